"""KPI_RESULT: what was issued, from the place that the workbook names and from no other; nothing is ever written."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kpi_xl.functions import FUNCTIONS
from kpi_xl.functions.results import NOT_SET, Told, told_by_workbook
from kpi_xl.job import run
from kpi_xl.ledger import NewEntry, open_ledger

from ..job.samples import STAFF, order, write_csv, write_roster, write_tickets

STAFF_LEFT = (*STAFF, ("010", "赵六", "二组", "华南", "客服", "丁一", "2020-01-01", "离职", "", ""))


def call(place: str | None, *arguments: Any, folder: str = "") -> Any:
    with told_by_workbook(None if place is None else Told(place, folder)):
        return FUNCTIONS["KPI_RESULT"](*arguments)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a month: `结果` and `台账.db`; 001 has a total, the others lack ratings."""
    folder = tmp_path_factory.mktemp("部门")
    ratings = write_csv(
        folder / "评分.csv",
        ("工号", "服务专业性", "协同能力", "知识库贡献", "客户满意度", "重复投诉率", "一次修复率", "工单信息完整性"),
        [("001", 90, 80, 2, "95%", "3%", "90%", "98%"), ("002", 60, 70, 1, "80%", "9%", "70%", "90%")],
    )  # fmt: skip
    asked = order(
        folder, write_tickets(folder), roster=write_roster(folder, STAFF_LEFT), ratings=ratings, ledger=str(folder / "台账.db"),
        html=False,
    )  # fmt: skip
    run(asked)
    return folder


@pytest.fixture(scope="module")
def document(made: Path) -> Any:
    return json.loads((made / "结果" / "2025-09" / "run.json").read_text(encoding="utf-8"))


@pytest.fixture(params=["结果", "台账.db"])
def place(request: pytest.FixtureRequest, made: Path) -> Iterator[str]:
    """Both kinds of places, and afterwards that nothing in or beside them has changed."""
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in made.rglob("*")}
    yield str(made / request.param)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in made.rglob("*")} == before


def test_what_run_json_says_of_everybody(place: str, document: Any) -> None:
    assert [person["id"] for person in document["people"] if person["total"] is not None] == ["001", "002"]
    for person in document["people"]:
        total = "待评" if person["total"] is None else float(person["total"])
        row = person["summary"]["row"]
        assert call(place, person["id"], "2025-09", "总分") == total
        assert call(place, person["id"], "2025-09", "等级") == (person["grade"] or "待评")
        assert call(place, person["id"], "2025-09", "姓名") == row["name"]
        assert call(place, person["id"], "2025-09", "团队") == row["team"]
        assert call(place, person["id"], "2025-09", "方案") == row["scheme_name"]


def test_ranges_come_back_as_ranges(place: str) -> None:
    assert call(place, [["001"], ["002"], [None], ["003"]], "2025年9月", "名次") == [[1.0], [2.0], [""], ["待评"]]
    head = [["总分", "绩效系数"]]
    table = call(place, [["001"], ["003"]], "202509", head)
    assert [len(row) for row in table] == [2, 2]
    assert table[1] == ["待评", "待评"]


@pytest.mark.parametrize("period", ["2025-09", "2025/9", "２０２５年９月", 202509.0, dt.datetime(2025, 9, 1), 45901.0])
def test_periods_in_the_usual_spellings(place: str, period: Any) -> None:
    assert call(place, "001", period, "姓名") == "张三"


def test_an_id_that_lost_its_zeros(place: str) -> None:
    assert call(place, 1.0, "2025-09", "姓名") == "张三"
    assert call(place, " ００１ ", "2025-09", "姓名") == "张三"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("777", "2025-09", "总分"), "2025-09 的结果中没有“777”"),
        (("001", "2025-08", "总分"), "没有 2025-08 的结果"),
        (("001", "2025-Q3", "总分"), "没有 2025-Q3 的结果"),
        (("003", "2025-09", "状态"), "待评"),
        (("", "2025-09", "总分"), ""),
        (("#N/A", "2025-09", "总分"), "#N/A"),
        (("001", 2025.9, "总分"), "参数错误：考核周期不能是小数，请写成 2025-09 或 '2025.9（文本）"),
        (("001", "九月", "总分"), "参数错误：看不懂考核周期“九月”"),
        ((True, "2025-09", "总分"), "参数错误：工号应为文字，而不是“TRUE”"),
        (("001", "2025-09", "工资"), "参数错误："),
    ],
)
def test_what_there_is_not_is_said(place: str, arguments: tuple[Any, ...], said: str) -> None:
    shown = call(place, *arguments)
    assert shown.startswith(said)
    assert said or not shown


def test_who_was_not_appraised(made: Path) -> None:
    assert call(str(made / "结果"), "010", "2025-09", "总分") == "不参加考核：离职，本期没有数据"


def test_points_of_indicators_stand_in_the_ledger(made: Path) -> None:
    ledger = str(made / "台账.db")
    assert call(ledger, "001", "2025-09", "服务专业性") == 9.0
    assert call(ledger, "001", "2025-09", "professionalism") == 9.0
    assert call(ledger, "003", "2025-09", "professionalism") == "待评"
    assert call(ledger, "003", "2025-09", "fcr") == call(ledger, "003", "2025-09", "首次问题解决率") != "待评"
    said = call(str(made / "结果"), "001", "2025-09", "fcr")
    assert said.startswith("参数错误：结果文件夹中没有“fcr”")
    assert "各指标的得分在台账中" in said


def test_a_form_that_came_back_counts(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "台账.db"
    shutil.copy(made / "台账.db", path)
    assert call(str(path), "003", "2025-09", "状态") == "待评"
    assert call(str(path), "001", "2025-09", "状态") == "已发放"
    with open_ledger(str(path)) as ledger:
        (issued,) = ledger.entries(("issued",), persons=("003",))
        appraisal = {**issued.body["record"]["appraisal"], "total": "88.50", "grade": "中级客服", "coefficient": "1"}
        taken = {"file": "x.xlsx", "file_sha256": "0" * 64, "rule": "ask", "appraisal": appraisal}
        ledger.append([NewEntry("taken", "2025-10-09T09:00:00", taken, "003", "2025-09", issued.issue)])
    assert call(str(path), "003", "2025-09", [["总分", "等级", "绩效系数", "状态"]]) == [[88.5, "中级客服", 1.0, "已收回"]]
    with open_ledger(str(path)) as ledger:  # issued anew: what came back was another form
        ledger.append([NewEntry("issued", "2025-10-10T09:00:00", issued.body, "003", "2025-09", "another")])
    assert call(str(path), "003", "2025-09", "状态") == "待评"


def test_a_run_made_anew_is_read_anew(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "结果"
    shutil.copytree(made / "结果" / "2025-09", folder / "2025-09")
    assert call(str(folder), "001", "2025-09", "姓名") == call(str(folder / "2025-09"), "001", "2025-09", "姓名") == "张三"
    path = folder / "2025-09" / "run.json"
    path.write_text(path.read_text(encoding="utf-8").replace("张三", "张三三"), encoding="utf-8")
    assert call(str(folder), "001", "2025-09", "姓名") == "张三三"


# --- the setting -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [None, "", "  "])
def test_without_a_setting_nothing_is_read(place: str | None) -> None:
    assert call(place, "001", "2025-09", "总分") == NOT_SET
    assert FUNCTIONS["KPI_RESULT"]("001", "2025-09", "总分") == NOT_SET


def test_a_relative_path_starts_at_the_workbook(made: Path) -> None:
    for place in ("结果", "./结果", "台账.db", "sqlite:///台账.db"):
        assert call(place, "001", "2025-09", "姓名", folder=str(made)) == "张三"
    absent = "参数错误：工作簿没有保存在本机，KPI RESULTS 请写完整路径"
    for folder in ("", "https://d.docs.live.net/1/考核"):
        assert call("结果", "001", "2025-09", "姓名", folder=folder) == absent


@pytest.mark.parametrize(
    "place",
    [
        r"\\server\share\结果",
        "//server/share/x",
        "http://host/run.json",
        "file:///etc",
        "smb://host/x",
        "mysql://host/db",
        "a\0b",
    ],
)
def test_no_network_is_touched_unless_the_setting_says_postgresql(place: str) -> None:
    said = call(place, "001", "2025-09", "总分", folder="/tmp")  # noqa: S108 - nothing is made there
    assert said == "参数错误：KPI RESULTS 只能是本机的文件夹、台账文件或 postgresql:// 地址"


def test_what_is_no_place_of_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    (tmp_path / "密码.txt").write_text("secret", encoding="utf-8")
    with sqlite3.connect(tmp_path / "别的.db") as other:
        other.execute("CREATE TABLE t (a)")
    other.close()
    broken = tmp_path / "坏"
    (broken / "2025-09").mkdir(parents=True)
    said = {name: call(name, "001", "2025-09", "总分", folder=str(tmp_path)) for name in ("空", "密码.txt", "没有", "别的.db")}
    assert said["空"] == "参数错误：KPI RESULTS 指向的“空”里没有考核结果（run.json）"
    assert said["密码.txt"] == "参数错误：KPI RESULTS 指向的“密码.txt”不是结果文件夹或台账"
    assert said["没有"] == "参数错误：KPI RESULTS 指向的“没有”不存在"
    assert said["别的.db"].startswith("参数错误：KPI RESULTS 指向的台账打不开")
    for number, text in enumerate(
        ("", "[]", "{}", '{"versions": {}, "people": []}', '{"versions": {"kpi-xl": 1}, "people": [1]}')
    ):
        (broken / "2025-09" / "run.json").write_text(text + " " * number, encoding="utf-8")
        assert call("坏", "001", "2025-09", "总分", folder=str(tmp_path)) == (
            "参数错误：KPI RESULTS 指向的 run.json 读不了，请重新生成结果"
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["别的.db", "坏", "密码.txt", "空"]


def test_a_ledger_opened_for_reading_refuses_to_write(made: Path) -> None:
    with open_ledger(str(made / "台账.db"), read_only=True) as ledger, pytest.raises(Exception, match="readonly"):
        ledger.append([NewEntry("issued", "2025-10-10T09:00:00", {}, "003", "2025-09", "x")])


def test_a_ledger_that_others_write_to_is_read(made: Path) -> None:
    writer = sqlite3.connect(made / "台账.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert call(str(made / "台账.db"), "002", "2025-09", "姓名") == "李四"
    finally:
        writer.execute("ROLLBACK")
        writer.close()


def test_a_thousand_cells_open_the_place_once(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kpi_xl.functions import results

    opened: list[Any] = []
    real = results.read_results
    monkeypatch.setattr(results, "read_results", lambda *given: (opened.append(given), real(*given))[1])
    said = call(str(made / "台账.db"), [["001"]] * 1000, "2025-09", "姓名")
    assert said == [["张三"]] * 1000
    assert len(opened) == 1
