"""The usual ways of writing a time, in files and in ranges; columns that hold none; words in place of a time of closing."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kpi_xl.exports import read_exports
from kpi_xl.functions.tables import measures
from kpi_xl.measures import measure_tables
from kpi_xl.periods import Period

from ..command_line import kpi_xl
from .files import NOW, check_balance, codes, column, told, workbook, write

SEPTEMBER = Period.parse("2025-09")
AT_8_03 = dt.datetime(2025, 9, 1, 8, 3)
WRITTEN = (
    "2025年9月1日 星期一 8:03", "2025/09/01 周一 08:03", "2025-09-01\xa008:03", "9/13/2025, 8:03:00\u202fAM", "9/13/2025, 8:03:00 AM",
    "Mon Sep 01 2025 08:03:00 GMT+0800 (中国标准时间)", "2025-09-01 08:03:00 CST", "20250901 08:03:00", "2025-09-01 08:03:00,123",
    "Mon, 01 Sep 2025 08:03:00 +0800",
)  # fmt: skip


def test_ten_ways_in_one_column(tmp_path: Path) -> None:
    lines = [f"T{i}\t张伟\t{text}\t咨询" for i, text in enumerate(WRITTEN)]
    path = write(tmp_path, "工单编号\t客服\t创建时间\t工单类型", *lines)
    found = column(read_exports([path], now=NOW), "created_at")
    assert found == [
        AT_8_03.replace(day=13) if text.startswith("9/13") else AT_8_03.replace(microsecond=123000 if "123" in text else 0)
        for text in WRITTEN
    ]
    done = kpi_xl("measure", path, "--period", "2025-09", "--measure", "volume")
    assert "│ 张伟 │     10 │" in done.stdout


@pytest.mark.parametrize("text", WRITTEN)
def test_each_way_below_a_sample_of_others(tmp_path: Path, text: str) -> None:
    lines = [f"N{i}\t张伟\t2025-09-01 08:03:00" for i in range(1500)]
    tables = read_exports([write(tmp_path, "工单编号\t客服\t创建时间", *lines, f"T\t张伟\t{text}")], now=NOW)
    assert codes(tables) == {}


@pytest.mark.parametrize(("first", "parts"), [("1756684980", 1), ("1756684980000", 1000)])
def test_seconds_since_1970_where_all_say_so(tmp_path: Path, first: str, parts: int) -> None:
    lines = [f"T{i},张伟,{int(first) + 60 * i * parts}" for i in range(3)]
    tables = read_exports([write(tmp_path, "工单编号,客服,创建时间", *lines)], now=NOW)
    assert column(tables, "created_at") == [AT_8_03 + dt.timedelta(minutes=i) for i in range(3)]
    (decision,) = told(tables)
    assert (decision.kind.code, decision.ground, decision.count) == ("time_zone", "read", 3)


def test_seconds_since_1970_among_times_are_none(tmp_path: Path) -> None:
    lines = ["T1,张伟,1756684980", "T2,张伟,2025-09-01 08:03"]
    assert codes(read_exports([write(tmp_path, "工单编号,客服,创建时间", *lines)], now=NOW)) == {"required_unparseable": 1}
    named = write(tmp_path, "工单编号,客服,创建时间（时间戳）", *lines, name="b.csv")
    assert column(read_exports([named], now=NOW), "created_at") == [AT_8_03, AT_8_03]


@pytest.mark.parametrize(
    ("day", "clock"),
    [("45901", "0.335416666666667"), ("2025-09-01", "0.335416666666667"), ("2025/9/1", "0.335416666666667"), ("45901", "8:03"),
     ("2025-09-01 00:00:00", "08:03:00"), ("2025-09-01 00:00:00", "0.335416666666667"), ("2025/9/1 0:00", "8:03"), ("2025-09-01", "1899-12-30 08:03:00")],
)  # fmt: skip
def test_a_day_beside_a_clock(tmp_path: Path, day: str, clock: str) -> None:
    path = write(tmp_path, "工单编号,客服,创建日期,创建时间", f"T1,张伟,{day},{clock}", f"T2,张伟,{day},{clock}")
    assert column(read_exports([path], now=NOW), "created_at") == [AT_8_03, AT_8_03]


def test_midnight_beside_a_serial_day(tmp_path: Path) -> None:
    path = write(
        tmp_path, "工单编号,客服,创建日期,创建时间", "T1,张伟,45901,0", "T2,张伟,45901,0.5", "T3,张伟,45901,6.94444444444444e-05"
    )
    found = column(read_exports([path], now=NOW), "created_at")
    assert found == [dt.datetime(2025, 9, 1), dt.datetime(2025, 9, 1, 12), dt.datetime(2025, 9, 1, 0, 0, 6)]


def test_day_and_clock_as_numbers_of_a_workbook(tmp_path: Path) -> None:
    head = ["工单编号", "客服", "创建日期", "创建时间", "办结时间", "工单类型"]
    rows = [[f"T{i}", "张伟", 45900 + i, 8 / 24, 45900 + i + 10 / 24, "咨询"] for i in (1, 2, 3)]
    done = kpi_xl(
        "measure",
        workbook(tmp_path, {"S": [head, *rows]}),
        "--period",
        "2025-09",
        "--measure",
        "volume",
        "--measure",
        "handling_hours",
    )
    assert "│ 张伟 │      3 │             2.00 │" in done.stdout


@pytest.mark.parametrize("day", [dt.datetime(2025, 9, 1), 45901.0, "2025-09-01", "2025/9/1"])
@pytest.mark.parametrize("clock", [0.333333333333333, "8:00", dt.time(8)])
def test_a_range_hands_over_dates_and_fractions(day: object, clock: object) -> None:
    head = ["工单编号", "客服", "创建日期", "创建时间", "办结时间", "工单类型"]
    rows = [[f"T{i}", "张伟", day, clock, dt.datetime(2025, 9, 1, 10), "咨询"] for i in (1, 2)]
    table = measures([head, *rows], "2025-09")
    assert dict(zip(table[0], table[1], strict=True)).items() >= {"客服": "张伟", "工单量": 2.0, "工单处理时效": 2.0}.items()


HEAD = "工单编号,客服,创建时间,办结时间"
LATE = "T3,张伟,2025-09-10 08:00,2025-09-10 10:00"


@pytest.mark.parametrize(
    "words",
    [
        ("是", "否"),
        ("已办结", "已完成"),
        ("1小时20分", "2天"),
        ("36:00:00", "1:30"),
        ("5.5", "30"),
        ("3600", "25000"),
        ("18:00", "8:03"),
    ],
)
def test_a_column_without_times_is_no_time(tmp_path: Path, words: tuple[str, str]) -> None:
    path = write(tmp_path, HEAD, f"T1,张伟,2025-09-01,{words[0]}", f"T2,张伟,2025-09-02,{words[1]}", "T3,张伟,2025-09-02,-")
    tables = read_exports([path], now=NOW)
    assert "closed_at" not in tables.columns["tickets"]
    (issue,) = tables.issues()
    assert (issue.code, issue.column, issue.disposition) == ("no_time_column", "办结时间", "kept")
    values = {row.measure: row.value for row in measure_tables(tables, SEPTEMBER).rows("agent")}
    assert values.get("unresolved_48h") is None
    assert values.get("handling_hours") is None


def test_another_column_that_holds_times_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,创建时间,办结时间,关闭时间", "T1,张伟,2025-09-01 08:00,是,2025-09-01 09:00")
    tables = read_exports([path], now=NOW)
    assert column(tables, "closed_at") == [dt.datetime(2025, 9, 1, 9)]


def test_an_empty_column_of_times_is_one(tmp_path: Path) -> None:
    tables = read_exports([write(tmp_path, HEAD, "T1,张伟,2025-09-01,", "T2,张伟,2025-09-02,-")], now=NOW)
    assert "closed_at" in tables.columns["tickets"]
    assert codes(tables) == {}


def test_a_column_that_hr_named_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,2025-09-01,是")
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[export]]\n[export.tickets]\ncolumns = { closed_at = "办结时间" }\n', encoding="utf-8")
    assert "closed_at" in read_exports([path], mapping=mapping, now=NOW).columns["tickets"]


@pytest.mark.parametrize("word", ["已完成", "已办结", "完成", "closed", "Resolved", "见备注"])
def test_done_without_a_time_is_not_open(tmp_path: Path, word: str) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,2025-09-01 08:00,2025-09-01 10:00", f"T2,张伟,2025-09-01 08:00,{word}", LATE)
    tables = read_exports([path], now=NOW)
    assert codes(tables) == {"closed_without_time": 1}
    values = {row.measure: row.value for row in measure_tables(tables, SEPTEMBER).rows("agent") if row.period == "2025-09"}
    assert (values["unresolved_48h"], values["handling_hours"], values["volume"]) == (0, 2, 3)
    check_balance(tables)


@pytest.mark.parametrize("word", ["未完成", "未办结", "处理中", "Open", "In Progress", "-", ""])
def test_words_that_say_open_are_open(tmp_path: Path, word: str) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,2025-09-01 08:00,2025-09-01 10:00", f"T2,张伟,2025-09-01 08:00,{word}", LATE)
    tables = read_exports([path], now=NOW)
    assert codes(tables) == {}
    values = {row.measure: row.value for row in measure_tables(tables, SEPTEMBER).rows("agent") if row.period == "2025-09"}
    assert values["unresolved_48h"] == 1
