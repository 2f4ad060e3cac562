"""Deadlines and working hours by China's calendar: against the library, against the measure in SQL, at the edges."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import chinese_calendar
import duckdb
import pytest

from kpi_xl import measures, working_calendar
from kpi_xl.functions import FUNCTIONS
from kpi_xl.functions.catalog.arguments import column
from kpi_xl.measures.working_days import create_working_days

DEADLINE, WORKHOURS = FUNCTIONS["KPI_DEADLINE"], FUNCTIONS["KPI_WORKHOURS"]


def serial(year: int, month: int, day: int) -> float:
    return float((dt.date(year, month, day) - dt.date(1899, 12, 30)).days)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2025-09-28", 3, (2025, 10, 1)),
        ("2025-09-28 18:30", "3天", (2025, 10, 1)),
        ("2025-09-28", "3 个自然日内", (2025, 10, 1)),
        ("2025-09-28", "3个工作日", (2025, 10, 9)),  # 29 and 30 September, then National Day to 8 October
        ("2025-09-26", "1工作日", (2025, 9, 28)),  # a Sunday that is worked
        ("2025-09-28", "３个工作日", (2025, 10, 9)),
        ("2025-09-28", None, (2025, 10, 1)),  # the scheme's own term for appeals
    ],
)
def test_the_last_day_to_act(start: str, days: object, end: tuple[int, int, int]) -> None:
    assert DEADLINE(start, days) == serial(*end)


def test_terms_that_cannot_be_are_refused() -> None:
    assert DEADLINE("2025-09-28", "三天") == "参数错误：天数应为不小于 1 的整数，或 3天、3个工作日，而不是“三天”"
    assert DEADLINE("2025-09-28", 0) == "参数错误：天数应为不小于 1 的整数，或 3天、3个工作日，而不是“0”"
    assert "天数" in DEADLINE("2025-09-28", -1)
    assert DEADLINE("2025-09-28", None, "manager-kpi") == "参数错误：本方案没有规定申诉期限，请写明天数"
    assert DEADLINE("2040-09-28", "3个工作日") == "参数错误：工作日历只有 2004–2026 年的放假安排"
    assert DEADLINE("2040-09-28", 3) == serial(2040, 10, 1)
    assert DEADLINE(column("2025-09-01", "", "?"), 3)[1] == [""]


def test_every_day_of_the_calendar_is_that_of_the_library() -> None:
    unpacked = working_calendar._unpacked(working_calendar.packed())
    assert unpacked == working_calendar.exceptions()
    first, last = working_calendar.supported_years()
    day = dt.date(first, 1, 1)
    while day.year <= last:
        assert working_calendar.is_working_day(day) == chinese_calendar.is_workday(day), day
        day += dt.timedelta(days=1)
    with pytest.raises(working_calendar.UnknownYearError):
        working_calendar.is_working_day(day)


def test_working_hours_are_those_of_the_measure() -> None:
    """The same seconds as the SQL behind 工单处理时效 in its working alternative, for tickets around holidays and at night."""
    draw = random.Random(2025)
    begin = dt.datetime(2025, 1, 1)
    pairs = []
    for _ in range(600):
        start = begin + dt.timedelta(seconds=draw.randrange(365 * 86400))
        pairs.append((start, start + dt.timedelta(seconds=draw.choice((draw.randrange(86400), draw.randrange(20 * 86400))))))
    connection = duckdb.connect()
    create_working_days(connection, dt.date(2025, 1, 1), dt.date(2026, 2, 1))
    connection.execute("CREATE TABLE tickets (place INTEGER, created_at TIMESTAMP, closed_at TIMESTAMP)")
    connection.executemany("INSERT INTO tickets VALUES (?, ?, ?)", [(place, *pair) for place, pair in enumerate(pairs)])
    text = (Path(measures.__file__).parent / "base" / "working_to_close.sql").read_text(encoding="utf-8")
    for hours in ((9, 18), (8, 20)):
        query = text.format(table="tickets", start_hour=hours[0], end_hour=hours[1])
        counted = connection.execute(f"SELECT working_seconds FROM ({query}) ORDER BY place").fetchall()
        shown = WORKHOURS([[pair[0]] for pair in pairs], [[pair[1]] for pair in pairs], *hours)
        assert [round(row[0] * 3600) for row in shown] == [row[0] for row in counted]


def test_working_hours_at_the_edges() -> None:
    assert WORKHOURS("2025-10-01 08:00", "2025-10-08 20:00") == 0.0
    assert WORKHOURS("2025-09-01 08:00", "") == ""
    assert WORKHOURS("2025-09-02", "2025-09-01") == "参数错误：办结时间早于创建时间"
    assert WORKHOURS("2025-09-01 08:00", "2025-09-01 20:00", 18, 9) == "参数错误：下班时间应晚于上班时间"
    assert "2004–2026" in WORKHOURS("2030-01-01", "2030-01-02")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2025-09-30 16:00", "未办结"), ""),
        (("2025-09-30 16:00", "-"), ""),
        (("2025-09-29 08:00", "2025-09-29 20:00", 8.5, 17.5), 9.0),
        (("2025-09-29 08:00", "2025-09-29 20:00", "", 12), 3.0),
        (("2025-09-30", "2025-09-30", 0.375), "参数错误：上班时间应为 0 到 24 的钟点，如 9 或 8.5，而不是“0.375”"),
        (("2025-09-30", "2025-09-30", 9, 25), "参数错误：下班时间应为 0 到 24 的钟点，如 9 或 8.5，而不是“25”"),
        (("2025-09-30", "2025-09-30", [[9, 8]]), "参数错误：上班时间只能是一个数字"),
        (("2025-09-30", "2025-09-30", "#REF!"), "#REF!"),
    ],
)
def test_what_closed_and_the_hours_may_say(arguments: tuple[object, ...], said: object) -> None:
    assert WORKHOURS(*arguments) == said


@pytest.mark.parametrize(
    ("start", "days", "said"),
    [
        ("-", 3, ""),
        ("2025-09-28", "暂无", ""),
        ("9999-12-31", 1, "参数错误：日期应在 1900 年到 9999 年之间"),
        ("1850-01-01", 1, "参数错误：日期应在 1900 年到 9999 年之间"),
        ("9999-12-30", 1, serial(9999, 12, 31)),
    ],
)
def test_deadlines_at_the_edges_of_the_calendar(start: object, days: object, said: object) -> None:
    assert DEADLINE(start, days) == said
