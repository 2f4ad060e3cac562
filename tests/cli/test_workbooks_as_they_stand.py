"""``measure`` and ``generate`` on workbooks as people keep them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import openpyxl
import pytest

from ..command_line import kpi_xl
from ..exports.books import CALLS, TICKETS, book, call, formats, rating, ticket

MONTH = ("--period", "2025-09", "--json")


def measured(path: Path, *measures: str, options: tuple[object, ...] = ()) -> dict[tuple[str, str], str]:
    """Return the values of the month by agent and measure."""
    asked = [word for measure in measures for word in ("--measure", measure)]
    told = kpi_xl("measure", path, *MONTH, *asked, *options)
    assert told.returncode == 0, told.stderr
    return {(row["agent"], row["measure"].split("@")[0]): row["value"] for row in json.loads(told.stdout)["rows"]}


def test_two_rows_of_header(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["工单编号", "客服", "创建时间", None, "办结时间", None, "工单类型"],
        [None, None, "日期", "时间", "日期", "时间"],
    ]
    rows += [
        [f"T{n}", "张伟", dt.date(2025, 9, n), dt.time(8, 3), dt.date(2025, 9, n + 1), dt.time(10), "咨询"] for n in (1, 2, 3)
    ]
    path = book(tmp_path, rows, ["A1:A2", "B1:B2", "C1:D1", "E1:F1", "G1:G2"])
    assert float(measured(path, "handling_hours")["张伟", "handling_hours"]) == pytest.approx(25.95)


def test_merged_agents(tmp_path: Path) -> None:
    rows = [TICKETS, *[ticket(n, ("张伟", None, None, "李娜", None, None)[n]) for n in range(6)]]
    values = measured(book(tmp_path, rows, ["B2:B4", "B5:B7"]), "volume")
    assert {agent: float(value) for (agent, _), value in values.items()} == {"张伟": 3, "李娜": 3}


def test_a_merged_roster_puts_people_into_their_teams(tmp_path: Path) -> None:
    rows = [["班组", "工号", "姓名", "岗位"], ["一组", "A1", "张伟", "客服"], [None, "A2", "李娜", "客服"]]
    roster = book(tmp_path, rows, ["A2:A3"], name="花名册.xlsx")
    tickets = book(tmp_path, [["工单编号", "客服工号", *TICKETS[2:]], *[[f"T{n}", f"A{n}", *ticket(n)[2:]] for n in (1, 2)]])
    out = tmp_path / "out"
    told = kpi_xl(
        *("generate", tickets, "--scheme", "appliance-agent", "--period", "2025-09", "--roster", roster),
        *("--out", out, "--workers", 1, "--no-html"),
    )
    assert told.returncode == 0, told.stderr
    assert sorted(p.name for p in (out / "2025-09" / "一组").iterdir()) == ["A1_张伟.xlsx", "A2_李娜.xlsx"]


def test_ratings_below_the_tickets(tmp_path: Path) -> None:
    rows = [TICKETS, ticket(0), ticket(1), [], ["工单编号", "客服", "评价时间", "评分", "评价"]]
    rows += [[f"S{n}", "张伟", rating(n)[1], score, "满意"] for n, score in ((1, 3), (2, 4))]
    values = measured(book(tmp_path, rows), "volume", "resolution", "mean_rating")
    found = {name: float(value) for (_, name), value in values.items()}
    assert (found["volume"], found["resolution"], found["mean_rating"]) == (2, 1, 3.5)


def test_ids_with_the_zeros_of_their_format(tmp_path: Path) -> None:
    roster = tmp_path / "花名册.csv"
    roster.write_text("工号,姓名,岗位\n000012,张伟,客服\n", encoding="utf-8")
    rows = [["工单编号", "客服工号", *TICKETS[2:]], *[[f"T{n}", 12, *ticket(n)[2:]] for n in (1, 2)]]
    path = book(tmp_path, rows, change=formats({"B2": "000000", "B3": "000000"}))
    values = measured(path, "volume", options=("--roster", roster))
    assert float(values["000012", "volume"]) == 2


def test_a_duration_of_more_than_a_day(tmp_path: Path) -> None:
    path = book(
        tmp_path,
        [CALLS, call(1, 1.5), call(2, 1), call(3, 143 / 86400)],
        change=formats({"F2": "hh:mm:ss", "F3": "[h]:mm:ss", "F4": "hh:mm:ss"}),
    )
    value = measured(path, "handling_seconds")["王芳", "handling_seconds"]
    assert float(value) == pytest.approx((129_600 + 86_400 + 143) / 3, abs=0.01)


def test_formulas_that_nobody_computed(tmp_path: Path) -> None:
    path = book(tmp_path, [TICKETS, ["T1", "张伟", dt.datetime(2025, 9, 1), "=C2+1", "咨询"]])
    told = kpi_xl("measure", path, "--period", "2025-09")
    assert told.returncode == 2
    assert "D2" in told.stderr
    assert "用 Excel 或 WPS 打开并保存" in told.stderr


def test_hidden_parts_are_told(tmp_path: Path) -> None:
    path = book(tmp_path, [TICKETS, *map(ticket, range(4))])
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].row_dimensions[3].hidden = True
    workbook.create_sheet("旧数据").append(["工单编号", "客服"])
    workbook["旧数据"].sheet_state = "hidden"
    workbook.save(path)
    told = kpi_xl("measure", path, "--period", "2025-09", "--measure", "volume")
    assert "隐藏或被筛选掉的行" in told.stdout + told.stderr
    assert "隐藏的工作表" in told.stdout + told.stderr
