"""``kpi-xl check``: everything is looked at, nothing stops it, nothing of HR's is overwritten."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.check.reading import files_of, is_check_book
from kpi_xl.errors import KpiError
from kpi_xl.exports.columns.mapping_words import meanings, offered
from kpi_xl.ooxml import lint
from kpi_xl.tables import TABLES

from ..command_line import kpi_xl
from ..exports.files import workbook, write
from .books import checked, choose, department, lines
from .questions import SCALE, Asked, asking

LISTS = ["文件", "口径确认", "列对照", "人员", "月份", "重复", "其他设置", "选项"]


def document(*arguments: object) -> dict[str, Any]:
    done = kpi_xl("check", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_folder_is_checked_file_by_file(tmp_path: Path) -> None:
    exports = department(tmp_path)
    (exports / "~$工单.xlsx").write_bytes(b"lock")
    (exports / ".DS_Store").write_bytes(b"")
    (exports / "说明.docx").write_bytes(b"")
    path = checked(tmp_path, exports, "--roster", tmp_path / "花名册.csv", "--period", "2025-09")
    assert openpyxl.load_workbook(path).sheetnames == LISTS
    rows = {row["文件"]: row for row in lines(path, "文件")}
    assert list(rows) == ["回访.csv", "工单.csv", "花名册.csv"]
    tickets = rows["工单.csv"]
    assert (tickets["读取行数"], tickets["采用"], tickets["搁置"], tickets["表头行"]) == (6, 1, 5, 1)
    assert "花名册里没有这个人：3 行" in tickets["原因"]
    assert rows["花名册.csv"]["种类"] == "花名册"


def test_the_last_check_in_the_folder_is_no_export(tmp_path: Path) -> None:
    exports = department(tmp_path)
    path = checked(exports, exports)
    assert is_check_book(path)
    assert files_of([exports]) == (exports / "回访.csv", exports / "工单.csv")
    assert not is_check_book(workbook(tmp_path, {"工单": [["工单编号"]]}))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="文件夹里没有导出文件"):
        files_of([tmp_path])


def test_a_file_that_cannot_be_used_is_listed_first_and_stops_nothing(tmp_path: Path) -> None:
    exports = department(tmp_path)
    write(exports, "没有,用,的", "1,2,3", name="别的.csv")
    (exports / "坏的.xlsx").write_bytes(b"PK\x03\x04")
    out = tmp_path / "导入检查.xlsx"
    done = kpi_xl("check", exports, "--out", out)
    assert done.returncode == 1
    assert "别的.csv：前 30 行里没有认得的表头" in done.stderr
    rows = lines(out, "文件")
    assert [(row["文件"], row["情况"]) for row in rows][:2] == [("别的.csv", "不能用"), ("坏的.xlsx", "不能用")]
    assert {row["文件"] for row in rows[2:]} == {"回访.csv", "工单.csv"}
    assert {row["列名"] for row in lines(out, "列对照") if row["文件"] == "别的.csv"} == {"没有", "用", "的"}


@pytest.mark.parametrize("with_roster", [False, True])
def test_when_nothing_can_be_used_the_page_is_still_made(tmp_path: Path, with_roster: bool) -> None:
    write(tmp_path, "没有,用,的", "1,2,3", name="别的.csv")
    write(tmp_path, "也,没有", "1,2", name="花名册.csv")
    out = tmp_path / "导入检查.xlsx"
    more = ("--roster", tmp_path / "花名册.csv") if with_roster else ()
    done = kpi_xl("check", tmp_path / "别的.csv", *more, "--out", out)
    assert done.returncode == 1
    assert {row["情况"] for row in lines(out, "文件")} == {"不能用"}
    assert len(lines(out, "文件")) == 1 + with_roster


def test_columns_that_hr_names_make_an_unusable_file_usable(tmp_path: Path) -> None:
    export = write(tmp_path, "工单编号,经手,创建时间,办结时间", "T1,张伟,2025/9/1 8:03,2025/9/1 18:00")
    out = tmp_path / "导入检查.xlsx"
    assert kpi_xl("check", export, "--out", out).returncode == 1
    choose(out, "列对照", "含义", "客服", 列名="经手")
    done = kpi_xl("measure", export, "--period", "2025-09", "--mapping", out, "--json")
    assert done.returncode == 0, done.stderr
    assert {row["agent"] for row in json.loads(done.stdout)["rows"]} == {"张伟"}


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    exports = department(tmp_path)
    path = checked(tmp_path, exports)
    choose(path, "列对照", "含义", "不用", 列名="客户电话")
    before = path.read_bytes()
    done = kpi_xl("check", exports, "--out", path)
    assert done.returncode == 2
    assert "没有覆盖" in done.stderr
    assert path.read_bytes() == before


def test_another_ending_is_refused(tmp_path: Path) -> None:
    assert kpi_xl("check", department(tmp_path), "--out", tmp_path / "检查.csv").returncode == 2


def test_a_mapping_file_that_is_wrong_is_told_and_no_page_is_made(tmp_path: Path) -> None:
    exports = department(tmp_path)
    write(tmp_path, "[[export]]", 'file = "工单.csv"', 'date_order = "xyz"', name="错.toml")
    out = tmp_path / "导入检查.xlsx"
    assert kpi_xl("check", exports, "--mapping", tmp_path / "错.toml", "--out", out).returncode == 2
    assert not out.exists()


def test_questions_stop_nothing_and_come_first(tmp_path: Path) -> None:
    exports = department(tmp_path)
    read = Asked("date_order", "tickets", "created_at", "ymd", ground="read")
    with asking(read, SCALE, Asked("best", "ratings", "rating", ground="open")):
        path = checked(tmp_path, exports)
        found = document(exports, "--out", tmp_path / "二.xlsx")
    rows = lines(path, "口径确认")
    assert [(row["情况"], row["您的决定"]) for row in rows] == [("待确认", None), ("推测", None), ("读出", "年/月/日")]
    assert (rows[1]["目前的理解"], rows[1]["依据"], rows[1]["列"]) == ("5", "最高分是 5", "评分")
    assert found["to_confirm"] == 2
    assert [one["kind"] for one in found["decisions"]] == ["best", "scale", "date_order"]
    assert found["decisions"][1]["line"].splitlines()[-1] == "scale = 5"
    book = openpyxl.load_workbook(path)
    assert book.active is not None
    assert book.active.title == "口径确认"


def test_with_a_scheme_only_what_it_needs_is_to_be_confirmed(tmp_path: Path) -> None:
    """The month's scheme of appliance agents counts nothing by channel; the check says so and asks nothing about it."""
    exports = department(tmp_path)
    unused = Asked("unit", "tickets", "channel", "seconds", columns=frozenset({"channel"}))
    with asking(SCALE, unused):
        found = document(exports, "--scheme", "appliance-agent", "--out", tmp_path / "一.xlsx")
    assert {one["kind"]: one["used"] for one in found["decisions"]} == {"scale": True, "unit": False}
    assert found["to_confirm"] == 1


def test_a_scheme_that_is_not_there_is_told(tmp_path: Path) -> None:
    out = tmp_path / "导入检查.xlsx"
    assert kpi_xl("check", department(tmp_path), "--scheme", "aplliance", "--out", out).returncode == 2
    assert not out.exists()


def test_every_drop_down_offers_what_is_understood(tmp_path: Path) -> None:
    exports = department(tmp_path)
    with asking(Asked("best", "ratings", "rating", ground="open"), Asked("column", "tickets", "closed_at", "办结时间")):
        path = checked(tmp_path, exports, "--roster", tmp_path / "花名册.csv")
    book = openpyxl.load_workbook(path)
    offers = {}
    for title in ("口径确认", "列对照", "人员"):
        for rule in book[title].data_validations.dataValidation:
            cells = book[rule.formula1.split("!")[0]][rule.formula1.split("!")[1].replace("$", "")]
            offers |= {f"{title}!{place}": [cell.value for (cell,) in cells] for place in str(rule.sqref).split()}
    assert offers["口径确认!I5"] == ["分数越高越满意", "分数越低越满意（1 最好）"]
    assert offers["口径确认!I6"][-3:] == ["办结时间", "归档时间", "备注"]
    assert offers["列对照!F5"][:3] == ["不用", "工单编号", "客服"]
    assert offers["人员!H6"][0] == "002　李四"
    assert all(answer for answer in offers.values())


@pytest.mark.parametrize("table", list(TABLES))
def test_no_two_columns_of_a_table_have_the_same_word(table: str) -> None:
    assert {meaning.column for meaning in meanings(table).values()} >= {column.name for column in TABLES[table].columns}
    words = offered(table)
    assert len(set(words)) == len(words)
    assert set(words[1:]) <= set(meanings(table))


# --- what the other sheets say --------------------------------------------------------------------------------------------


def test_examples_tell_of_no_person(tmp_path: Path) -> None:
    path = checked(tmp_path, department(tmp_path), "--roster", tmp_path / "花名册.csv")
    shown = {row["列名"]: row["例（隐去个人信息）"] for row in lines(path, "列对照") if row["文件"] == "工单.csv"}
    text = "".join(row["例（隐去个人信息）"] for row in lines(path, "列对照"))
    assert not {word for word in ("张伟", "李四", "138", "客户催促") if word in text}
    assert "2025/9/1 8:03" in shown["创建时间"]
    assert "咨询" in shown["工单类型"]
    assert shown["备注"] == "形如：某某某某某、某"


def test_people_that_do_not_match(tmp_path: Path) -> None:
    path = checked(tmp_path, department(tmp_path), "--roster", tmp_path / "花名册.csv", "--period", "2025-09")
    rows = lines(path, "人员")
    unknown = {row["姓名或工号"]: row for row in rows if row["情况"] == "数据里有，花名册上没有"}
    assert set(unknown) == {"外人", "李四2", "王五(离职)"}
    assert unknown["李四2"]["说明"] == "是不是 李四（002）？"
    assert unknown["王五(离职)"]["说明"] == "是不是 王五（003）？"
    assert {row["行数"] for row in unknown.values()} <= {"1", "2"}
    assert unknown["外人"]["说明"] == "花名册里没有相近的姓名"
    assert {row["姓名或工号"] for row in rows if row["情况"] == "花名册上有，数据里没有"} == {
        "002 李四", "003 王五", "005 孙七", "006 孙七",
    }  # fmt: skip
    assert [row["姓名或工号"] for row in rows if row["情况"] == "同名"] == ["孙七：005（二组）、006（一组）"]


def test_rows_by_month_and_basis(tmp_path: Path) -> None:
    path = checked(tmp_path, department(tmp_path) / "工单.csv", "--period", "2025-09")
    rows = {row["月份"]: row for row in lines(path, "月份")}
    assert list(rows) == ["2025-08", "2025-09", "2025-10", "2025年9月"]
    assert [row["按创建（发生）时间"] for row in rows.values()] == [1, 3, 0, 3]
    assert [row["按办结时间"] for row in rows.values()] == [0, 3, 1, 3]


def test_what_counted_once(tmp_path: Path) -> None:
    path = checked(tmp_path, department(tmp_path))
    [row] = [row for row in lines(path, "重复") if row["文件"] == "工单.csv"]
    assert row["行数"] == 1
    assert "T2" in row["例"]


def test_ratings_are_held_against_scheme_and_people(tmp_path: Path) -> None:
    exports = department(tmp_path)
    ratings = write(tmp_path, "工号,姓名,服务专业性", "001,张伟,90", "099,外人,80", name="评分.csv")
    more = ("--roster", tmp_path / "花名册.csv", "--scheme", "appliance-agent", "--period", "2025-09", "--ratings", ratings)
    path = checked(tmp_path, exports, *more)
    [row] = [row for row in lines(path, "文件") if row["种类"] == "评分表"]
    assert "评分表里的人不在本次考核名单中：1 处" in row["原因"]
    assert "评分表里的人不在本次考核名单中" in {row["情况"] for row in lines(path, "人员")}


def test_the_workbook_has_no_mistake_that_excel_would_mend(tmp_path: Path) -> None:
    exports = department(tmp_path)
    with asking(SCALE, Asked("best", "ratings", "rating", ground="open")):
        path = checked(tmp_path, exports, "--roster", tmp_path / "花名册.csv", "--period", "2025-09")
    assert not lint(path)


def test_the_same_input_gives_the_same_parts(tmp_path: Path) -> None:
    exports = department(tmp_path)
    books = [checked(tmp_path, exports, name=f"{number}.xlsx") for number in (1, 2)]
    parts = [
        {name: archive.read(name) for name in archive.namelist() if name not in ("xl/sharedStrings.xml",)}
        for archive in (zipfile.ZipFile(io.BytesIO(book.read_bytes())) for book in books)
    ]
    assert parts[0] == parts[1]  # the time of the check is a text


# --- real exports ---------------------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize("name", ["call-centre.xlsx", "ecommerce-csat.csv", "IMS装机明细_202102.xlsx"])
def test_public_exports_are_checked_and_given_back(tmp_path: Path, test_data: Path, name: str) -> None:
    export = test_data / "exports" / name
    path = checked(tmp_path, export)
    assert lines(path, "文件")[0]["情况"] == "采用"
    assert len(lines(path, "列对照")) >= 5
    assert kpi_xl("check", export, "--mapping", path, "--out", tmp_path / "二.xlsx").returncode == 0


def test_every_way_of_recognising_a_column_can_be_told(tmp_path: Path) -> None:
    """A status found by its values and an archiving time that stands in for the closing time are shown like any other column."""
    write(tmp_path, "工单编号,客服,创建时间,归档时间", "T1,张伟,2025/9/1 8:03,2025/9/2 8:00", name="工单.csv")
    rated = (f"T{at},张伟,2025-09-13 10:00,{5 - at % 2},{'成功接通' if at % 3 else '无人接听'}" for at in range(12))
    write(tmp_path, "工单编号,客服,回访时间,评分,结果A", *rated, name="回访.csv")
    path = checked(tmp_path, tmp_path / "工单.csv", tmp_path / "回访.csv")
    told = {(row["列名"], row["含义"]): row["怎样认出"] for row in lines(path, "列对照")}
    assert told["结果A", "回访状态"] == "按值判断"
    assert told["归档时间", "办结时间"] == "没有别的列，由“归档时间”代替"


def test_a_required_column_that_nothing_names_is_asked_for(tmp_path: Path) -> None:
    """A file without a column for the agent cannot be used; the check asks which one it is, and the answer makes it usable."""
    rows = ["T1,王芳组,2025-09-01 9:00,5", "T2,王芳组,2025-09-02 9:00,4"]
    export = write(tmp_path, "工单编号,服务小队,创建时间,满意度评分", *rows)
    asked = kpi_xl("check", export, "--out", tmp_path / "导入检查.xlsx")
    assert asked.returncode == 1
    assert "待确认 1 处" in asked.stdout
    (row,) = [row for row in lines(tmp_path / "导入检查.xlsx", "口径确认") if row["情况"] == "待确认"]
    assert "没有一列叫“客服”" in row["依据"]
    assert row["您的决定"] is None
    choose(tmp_path / "导入检查.xlsx", "口径确认", "您的决定", "服务小队", 事项="用哪一列")
    options = ["--period", "2025-09", "--measure", "volume", "--measure", "mean_rating", "--json"]
    done = kpi_xl("measure", export, "--mapping", tmp_path / "导入检查.xlsx", *options)
    found = {row["measure"]: row["value"] for row in json.loads(done.stdout)["rows"] if row["agent"] == "王芳组"}
    assert (found["volume"], found["mean_rating"]) == (2, 4.5)


def test_with_a_scheme_it_asks_what_the_making_of_forms_stops_at(tmp_path: Path) -> None:
    """With months by archiving, which column tells when a ticket was archived decides points as much as any."""
    rows = (f"T{n},张伟,2025-09-0{n} 8:03,2025-09-0{n} 18:00,0{n}/09/2025" for n in range(1, 9))
    tickets = write(tmp_path, "工单编号,客服,创建时间,办结时间,归档时间", *rows, name="工单.csv")
    write(tmp_path, "工号,姓名,班组,岗位", "001,张伟,一组,客服", name="花名册.csv")
    (tmp_path / "映射.toml").write_text('basis = "archived"\n', encoding="utf-8")
    asked = []
    for name, more in (
        ("check", ("--out", tmp_path / "导入检查.xlsx")),
        ("generate", ("--out", tmp_path / "结果", "--workers", 1)),
    ):
        options = ("--roster", tmp_path / "花名册.csv", "--period", "2025-09", "--scheme", "appliance-agent", *more)
        done = kpi_xl(name, tickets, "--mapping", tmp_path / "映射.toml", *options)
        asked.append((done.stdout + done.stderr).count("日期里日和月的先后"))
    assert asked == [1, 1]


def test_a_roster_that_cannot_be_used_is_no_list_without_remarks(tmp_path: Path) -> None:
    exports = department(tmp_path)
    write(tmp_path, "工号,班组", "001,一组", name="花名册.csv")
    done = kpi_xl("check", exports, "--roster", tmp_path / "花名册.csv", "--out", tmp_path / "导入检查.xlsx")
    assert done.returncode == 1
    assert "人员没有核对" in openpyxl.load_workbook(tmp_path / "导入检查.xlsx")["人员"]["A3"].value
