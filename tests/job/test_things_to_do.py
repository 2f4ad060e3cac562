"""需要您处理 N 处: one number on page, workbook, console and in run.json, of what concerns this month and roster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ..command_line import kpi_xl
from ..exports.files import workbook, write

HEAD = "工单编号,客服,班组,客户,工单类型,创建时间,首次响应时间,办结时间,首次解决"
GOOD = [f"T{i:03},{'张 三' if i % 2 else '李四'},一组,C{i},咨询,2025-09-{i % 28 + 1:02} 9:00,,2025-09-29,是" for i in range(40)]
EARLIER = [f"E{i:03},张三,一组,C{i},咨询,2025-07-{i % 28 + 1:02} 9:00,,,是" for i in range(20)]
ROSTER = ("工号,姓名,班组,区域,岗位", "A001,张　三,一组,华东,客服", "A002,李四,一组,华东,客服")


def generate(folder: Path, *rows: str, ratings: Path | None = None, roster: tuple[str, ...] = ROSTER) -> dict[str, Any]:
    """Run the job over these rows beside good ones; return what it printed as JSON."""
    export = write(folder, HEAD, *GOOD, *EARLIER, *rows)
    people = write(folder, *roster, name="花名册.csv")
    more = ["--ratings", ratings] if ratings else []
    options = ["--scheme", "appliance-agent", "--period", "2025-09", "--out", folder / "结果", "--workers", 1, "--json"]
    ran = kpi_xl("generate", export, "--roster", people, *more, *options)
    assert ran.returncode == 0, ran.stderr
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def made(folder: Path, name: str) -> Path:
    return folder / "结果" / "2025-09" / name


def cells(folder: Path, sheet: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(made(folder, "数据问题.xlsx"))
    return [row for row in book[sheet].iter_rows(values_only=True) if any(row)]


def test_an_orderly_month_has_nothing_to_do(tmp_path: Path) -> None:
    said = generate(tmp_path, ",,,,,,,,", HEAD, GOOD[0], "合计,,,,,,,,40")
    assert (said["to_do"], said["issues"]) == (0, 0)
    assert "没有需要您处理的问题" in str(cells(tmp_path, "概览"))
    page = made(tmp_path, "index.html").read_text(encoding="utf-8")
    assert "0 处" in page
    assert 'id="to-do"' not in page


def test_a_department_within_an_export_of_the_whole_company(tmp_path: Path) -> None:
    """Thousands of rows of strangers, some of them unreadable, are one thing to decide; the names are all there."""
    strangers = [f"X{i:04},外人{i % 300:03},九组,C,咨询,2025-09-01 9:00,,{'昨天' if i % 3 else ''},是" for i in range(900)]
    said = generate(tmp_path, *strangers, "Y1,李四（离职）,一组,C,咨询,2025-09-01 9:00,,,是")
    assert (said["to_do"], said["issues"]) == (1, 1)
    page = made(tmp_path, "index.html").read_text(encoding="utf-8")
    assert "需要您处理 1 处" in page
    assert '<a href="#to-do">1 处</a>' in page
    names = {row[0]: row for row in cells(tmp_path, "花名册外的人")}
    assert {f"外人{i:03}" for i in range(300)} < set(names)
    assert names["李四(离职)"][2] == "李四（A002）"
    assert len([row for row in cells(tmp_path, "花名册里没有的人") if row[0] == "工单.csv"]) == 901
    run = json.loads(made(tmp_path, "run.json").read_text(encoding="utf-8"))
    assert [(one["code"], one["rows"]) for one in run["to_do"]] == [("unknown_agent", 901)]
    assert run["counts"]["to_do"] == 1


def test_faults_of_another_month_are_listed_and_no_fault(tmp_path: Path) -> None:
    bad = [f"B{i},张三,一组,C,咨询,2025-0{7 + i % 2}-03 9:00,,昨天,是" for i in range(6)]
    said = generate(tmp_path, *bad)
    assert (said["to_do"], said["issues"]) == (0, 0)
    rows = [row for row in cells(tmp_path, "办结没有时间") if row[0] == "工单.csv"]
    assert len(rows) == 6
    assert {row[5] for row in rows} == {"否"}


def test_the_console_says_the_same_number(tmp_path: Path) -> None:
    export = write(
        tmp_path, HEAD, *GOOD, *EARLIER, "B1,张三,一组,C,咨询,2025-09-03 9:00,,昨天,是", "B2,,一组,C,咨询,2025-09-03 9:00,,,是"
    )
    people = write(tmp_path, *ROSTER, name="花名册.csv")
    options = ["--period", "2025-09", "--roster", people]
    ran = kpi_xl("generate", export, *options, "--scheme", "appliance-agent", "--out", tmp_path / "结果", "--workers", 1)
    assert "需要您处理 2 处" in ran.stdout
    measured = kpi_xl("measure", export, *options)
    assert "需要您处理 2 处：" in measured.stdout
    document = json.loads(kpi_xl("measure", export, *options, "--json").stdout)
    assert (document["to_do"], document["unknown_people"]) == (2, [])


def test_measure_names_everybody_whom_the_roster_does_not_have(tmp_path: Path) -> None:
    strangers = [f"X{i:04},外人{i:03},九组,C,咨询,2025-09-01 9:00,,,是" for i in range(250)]
    export = write(tmp_path, HEAD, *GOOD, *strangers, "Y,李四2,一组,C,咨询,2025-09-01 9:00,,,是")
    people = write(tmp_path, *ROSTER, name="花名册.csv")
    document = json.loads(kpi_xl("measure", export, "--period", "2025-09", "--roster", people, "--json").stdout)
    assert {person["agent"] for person in document["unknown_people"]} == {f"外人{i:03}" for i in range(250)} | {"李四2"}
    assert [person["near"] for person in document["unknown_people"] if person["near"]] == ["李四（A002）"]
    shown = kpi_xl("measure", export, "--period", "2025-09", "--roster", people).stdout
    assert "251 人：李四2≈李四（A002）" in shown
    assert "--json" in shown


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_a_ratings_file_holds_besides_ratings(tmp_path: Path, kind: str) -> None:
    rows = [
        ["工号", "姓名", "协同能力", "知识库贡献"],
        ["A001", "张 三", "90", "2"],
        ["", "李　四", "91", "#N/A"],
        ["合计", "", "181", "2"],
        ["", "平均", "90.5", "1"],
        ["共 2 人", "", "", ""],
        ["A777", "外人", "88", "1"],
        ["", "李四（离职）", "88", "1"],
    ]
    if kind == "csv":
        ratings = write(tmp_path, *[",".join(row) for row in rows], name="评分.csv")
    else:
        ratings = workbook(tmp_path, {"评分": rows}, name="评分.xlsx")
        book = openpyxl.load_workbook(ratings)
        book["评分"]["D3"].data_type = "e"
        book.save(ratings)
    said = generate(tmp_path, ratings=ratings)
    assert said["to_do"] == 2
    unknown = [row for row in cells(tmp_path, "评分表里认不得的人") if row[0] == ratings.name]
    assert [(row[2], row[4]) for row in unknown] == [(7, "A777 外人"), (8, "李四（离职）")]
    assert "名单里最接近的是 李四（A002）" in unknown[1][-1]
    assert [row[2] for row in cells(tmp_path, "合计行") if row[0] == ratings.name] == [4, 5, 6]
    wrong = cells(tmp_path, "不能用的评分" if kind == "csv" else "评分是错误值")
    assert [(row[2], row[3]) for row in wrong if row[0] == ratings.name] == [(3, "知识库贡献")]
    people = json.loads(made(tmp_path, "run.json").read_text(encoding="utf-8"))["people"]
    assert len(people) == 2


def test_six_rating_faults_of_one_kind_name_their_six_rows(tmp_path: Path) -> None:
    people = ("工号,姓名,班组,区域,岗位", *(f"B{i:02},员工{i},一组,华东,客服" for i in range(8)))
    rows = ["工号,协同能力", *(f"B{i:02},{120 + i}" for i in range(6)), "B07,90"]
    generate(tmp_path, ratings=write(tmp_path, *rows, name="评分.csv"), roster=people)
    (line,) = [row for row in cells(tmp_path, "概览") if row[1] == "不能用的评分"]
    assert "“协同能力”第2、3、4、5、6、7行" in line
    listed = [row for row in cells(tmp_path, "不能用的评分") if row[0] == "评分.csv"]
    assert [row[2] for row in listed] == [2, 3, 4, 5, 6, 7]
    assert all(str(120 + i) in str(row) for i, row in enumerate(listed))
