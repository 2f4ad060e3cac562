"""Months in the exports: which tickets are in the period by which time, what is told of the others, and the new times."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError
from kpi_xl.exports import Tables, read_exports
from kpi_xl.periods import Reckoning

from .files import NOW, check_balance, codes, workbook, write

HEADER = "工单编号,客服,创建时间,办结时间,归档时间"
ROWS = (
    "T1,张伟,2025-08-30 10:00,2025-09-02 10:00,2025-09-03 10:00",  # created before, closed in September
    "T2,张伟,2025-09-05 10:00,2025-09-06 10:00,2025-10-01 10:00",
    "T3,张伟,2025-09-28 10:00,2025-10-02 10:00,2025-10-03 10:00",  # closed after
    "T4,李四,2025-09-29 10:00,,",  # open
)


def mapping(folder: Path, *lines: str) -> Path:
    path = folder / "映射.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(folder: Path, *said: str, lines: tuple[str, ...] = (HEADER, *ROWS), period: str | None = "2025-09") -> Tables:
    tables = read_exports([write(folder, *lines)], mapping=mapping(folder, *said) if said else None, period=period, now=NOW)
    check_balance(tables)
    return tables


def decision(tables: Tables, code: str) -> Decision:
    (found,) = [one for one in tables.decisions if one.kind.code == code]
    return found


@pytest.mark.parametrize(
    ("said", "used", "counts"),
    [
        ((), 3, {"outside_period": 1, "basis_left_out": 1}),
        (('basis = "created"',), 3, {"outside_period": 1, "basis_left_out": 1}),
        (('basis = "closed"',), 2, {"outside_period": 1, "no_basis_time": 1, "basis_left_out": 1}),
        (('basis = "archived"',), 1, {"outside_period": 2, "no_basis_time": 1, "basis_left_out": 2}),
    ],
)
def test_a_ticket_is_in_the_month_of_the_time_that_was_chosen(
    said: tuple[str, ...], used: int, counts: dict[str, int], tmp_path: Path
) -> None:
    tables = read(tmp_path, *said)
    assert tables.sources[0].rows_used == used
    assert {code: sum(issue.count for issue in tables.issues() if issue.code == code) for code in counts} == counts


def test_that_a_basis_leaves_tickets_out_is_told_and_never_stops(tmp_path: Path) -> None:
    told = decision(read(tmp_path), "basis")
    assert (told.ground, told.answer, told.count, told.stops) == ("read", "created", 1, False)
    assert '有 1 张工单在2025年9月办结，但不在2025年9月创建，不计入；如按办结时间考核，请写 basis = "closed"' in told.evidence.zh
    told = decision(read(tmp_path, 'basis = "closed"'), "basis")
    assert (told.ground, told.answer, told.count) == ("declared", "closed", 1)
    assert "有 1 张工单尚未办结，不在任何一个月内" in told.evidence.zh


def test_where_nothing_is_left_out_nothing_is_warned_of(tmp_path: Path) -> None:
    tables = read(tmp_path, lines=(HEADER, ROWS[1]))
    assert decision(tables, "basis").count == 0
    assert not codes(tables)["basis_left_out"]
    assert read(tmp_path, lines=("工单编号,客服,创建时间", "T1,张伟,2025-09-02 10:00")).issues() == []


def test_the_first_and_the_last_day_of_a_month_from_the_26th_are_in(tmp_path: Path) -> None:
    days = ("2025-08-25 23:59:59", "2025-08-26 00:00:00", "2025-09-25 23:59:59", "2025-09-26 00:00:00")
    lines = ("工单编号,客服,创建时间", *(f"T{n},张伟,{day}" for n, day in enumerate(days)))
    tables = read(tmp_path, "month_starts = 26", lines=lines)
    assert tables.sources[0].rows_used == 2
    assert tables.reckoning == Reckoning(26)
    assert (decision(tables, "month_starts").ground, decision(tables, "month_starts").answer) == ("declared", "26")
    assert read(tmp_path, lines=lines).sources[0].rows_used == 2  # the calendar month holds the last two
    assert not [one for one in read(tmp_path, lines=lines).decisions if one.kind.code == "month_starts"]


@pytest.mark.parametrize("day", ["0", "29", "31"])
def test_a_day_that_not_every_month_has_is_refused(day: str, tmp_path: Path) -> None:
    with pytest.raises(KpiError) as caught:
        read(tmp_path, f"month_starts = {day}")
    assert [problem.where for problem in caught.value.problems] == ["month_starts"]


def test_a_mapping_file_needs_no_export_where_it_says_something_else(tmp_path: Path) -> None:
    read(tmp_path, 'basis = "closed"')
    with pytest.raises(KpiError, match="1 处错误"):
        read(tmp_path, "# nothing")


def test_a_basis_whose_time_no_file_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="而导出文件里没有“办结时间”"):
        read(tmp_path, 'basis = "closed"', lines=("工单编号,客服,创建时间", "T1,张伟,2025-09-02 10:00"))
    calls = write(tmp_path, "客服,来电时间,是否接听", "张伟,2025-09-02 10:00,是", name="通话.csv")
    read_exports([calls], mapping=mapping(tmp_path, 'basis = "closed"'), period="2025-09", now=NOW)  # no tickets: nothing to say


def test_the_scheme_says_it_where_the_mapping_file_does_not(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, *ROWS)
    tables = read_exports([path], period="2025-09", now=NOW, reckoning=Reckoning(26, "closed"))
    assert tables.reckoning == Reckoning(26, "closed")
    with pytest.raises(KpiError, match="写的是 basis = archived，考核方案写的是 basis = closed"):
        read_exports([path], mapping=mapping(tmp_path, 'basis = "archived"'), now=NOW, reckoning=Reckoning(None, "closed"))


def times(tables: Tables, *columns: str) -> list[tuple[object, ...]]:
    return tables.connection.execute(f"SELECT {', '.join(columns)} FROM tickets ORDER BY ticket_id").fetchall()


def test_an_order_that_is_only_archived_was_closed_then(tmp_path: Path) -> None:
    only = read(tmp_path, lines=("工单编号,客服,创建时间,归档时间", "T1,张伟,2025-09-02 10:00,2025-09-03 10:00"))
    assert times(only, "closed_at", "archived_at") == [(dt.datetime(2025, 9, 3, 10), dt.datetime(2025, 9, 3, 10))]
    both = read(tmp_path, lines=(HEADER, ROWS[0]))
    assert times(both, "closed_at", "archived_at") == [(dt.datetime(2025, 9, 2, 10), dt.datetime(2025, 9, 3, 10))]


PARTS = (
    ("closed_at", "办结日期", "办结时间"),
    ("closed_at", "完成日期", "完成时间"),
    ("first_response_at", "响应日期", "响应时间"),
    ("arrived_at", "到达日期", "到达时间"),
    ("due_at", "要求完成日期", "要求完成时间"),
    ("closed_at", "Closed Date", "Closed Time"),
)


@pytest.mark.parametrize(("column", "day", "clock"), PARTS)
def test_a_date_and_a_clock_in_two_columns_are_one_time(column: str, day: str, clock: str, tmp_path: Path) -> None:
    lines = (
        f"工单编号,客服,创建时间,{day},{clock}",
        "T1,张伟,2025-09-02 10:00,2025-09-03,18:30:05",
        "T2,张伟,2025-09-02 10:00,,",
    )
    wanted = [(dt.datetime(2025, 9, 3, 18, 30, 5),), (None,)]
    assert times(read(tmp_path, lines=lines), column) == wanted
    rows = [line.split(",") for line in lines]
    table = [rows[0], [*rows[1][:2], dt.datetime(2025, 9, 2, 10), dt.date(2025, 9, 3), dt.time(18, 30, 5)], rows[2]]
    assert times(read_exports([workbook(tmp_path, {"工单": table})], now=NOW), column) == wanted


def test_two_whole_times_are_not_joined(tmp_path: Path) -> None:
    lines = ("工单编号,客服,创建时间,完成日期,完成时间", "T1,张伟,2025-09-02 10:00,2025-09-03,2025-09-03 18:30")
    assert times(read(tmp_path, lines=lines), "closed_at") == [(dt.datetime(2025, 9, 3, 18, 30),)]


def test_a_due_time_may_lie_ahead_and_does_not_end_the_data(tmp_path: Path) -> None:
    lines = (
        "工单编号,客服,创建时间,要求完成时间",
        "T1,张伟,2025-10-14 10:00,2025-10-31 10:00",
        "T2,张伟,2025-10-14 10:00,2199-01-01",
    )
    tables = read(tmp_path, lines=lines, period=None)
    assert times(tables, "due_at") == [(dt.datetime(2025, 10, 31, 10),), (None,)]
    assert codes(tables) == {"absurd_value": 1}
    assert tables.data_end == dt.datetime(2025, 10, 14, 10)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("是否按时完成", ("是", "否")),
        ("是否及时", ("及时", "超时")),
        ("made_sla", ("TRUE", "FALSE")),
        ("是否按时", ("按时", "未按时")),
    ],
)
def test_a_flag_that_says_the_opposite_is_another_column(header: str, words: tuple[str, str], tmp_path: Path) -> None:
    lines = (f"工单编号,客服,创建时间,{header}", *(f"T{n},张伟,2025-09-02 10:00,{word}" for n, word in enumerate(words)))
    tables = read(tmp_path, lines=lines)
    assert times(tables, "in_time", "overdue") == [(True, None), (False, None)]


def test_an_arrival_before_the_creation_is_told(tmp_path: Path) -> None:
    lines = (
        "工单编号,客服,创建时间,到达时间",
        "T1,张伟,2025-09-02 10:00,2025-09-01 10:00",
        "T2,张伟,2025-09-02 10:00,2025-09-02 11:00",
    )
    tables = read(tmp_path, lines=lines)
    assert codes(tables) == {"arrived_before_created": 1}
    assert times(tables, "arrived_at") == [(dt.datetime(2025, 9, 1, 10),), (dt.datetime(2025, 9, 2, 11),)]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("是否超时", ("超时", "未超时")),
        ("超时标志", ("是", "否")),
        ("是否逾期", ("已逾期", "未逾期")),
        ("SLA Breached", ("TRUE", "FALSE")),
        ("is_overdue", ("1", "0")),
    ],
)
def test_the_systems_own_flag_is_read(header: str, words: tuple[str, str], tmp_path: Path) -> None:
    lines = (f"工单编号,客服,创建时间,{header}", *(f"T{n},张伟,2025-09-02 10:00,{word}" for n, word in enumerate((*words, ""))))
    tables = read(tmp_path, lines=lines)
    assert times(tables, "overdue") == [(True,), (False,), (None,)]
    assert tables.issues() == []


@pytest.mark.parametrize(
    ("header", "column", "value", "seconds"),
    [
        ("净历时（小时）", "net_seconds", "1.5", 5400), ("工单净历时(小时)", "net_seconds", "0.36", 1296),
        ("净处理时长（分钟）", "net_seconds", "90", 5400), ("净历时", "net_seconds", "1:30:00", 5400),
        ("挂起时长（分钟）", "suspended_seconds", "30", 1800), ("挂起总时长（小时）", "suspended_seconds", "2", 7200),
        ("net_hours", "net_seconds", "1.5", 5400),
    ],
)  # fmt: skip
def test_net_and_suspended_durations_are_read(header: str, column: str, value: str, seconds: int, tmp_path: Path) -> None:
    lines = (f"工单编号,客服,创建时间,{header}", f"T1,张伟,2025-09-02 10:00,{value}")
    assert times(read(tmp_path, lines=lines), column) == [(seconds,)]


def duration(folder: Path, *rows: tuple[str, str], mapped: bool = False) -> Tables:
    """Read tickets that took 10 hours, each with its 工单历时 and 挂起时长, in hours."""
    lines = ["工单编号,客服,创建时间,办结时间,工单历时（小时）,挂起时长（小时）"]
    lines += [f"T{n},张伟,2025-09-02 08:00,2025-09-02 18:00,{net},{held}" for n, (net, held) in enumerate(rows)]
    said = (
        "[[export]]", "[export.tickets.columns]", 'agent = "客服"', 'created_at = "创建时间"', 'closed_at = "办结时间"',
        'ticket_id = "工单编号"', 'net_seconds = "工单历时（小时）"', 'suspended_seconds = "挂起时长（小时）"',
    ) if mapped else ()  # fmt: skip
    return read(folder, *said, lines=tuple(lines))


def test_whether_a_duration_is_net_is_told_by_suspended_tickets(tmp_path: Path) -> None:
    net = duration(tmp_path, ("10", "0"), ("6", "4"), ("7", "3"))
    assert (decision(net, "column").ground, decision(net, "column").answer) == ("read", "工单历时（小时）")
    assert times(net, "net_seconds") == [(36000,), (21600,), (25200,)]
    whole = duration(tmp_path, ("10", "0"), ("10", "4"), ("9.99", "3"))
    assert (decision(whole, "column").ground, decision(whole, "column").answer) == ("read", "")
    assert "net_seconds" not in whole.columns["tickets"]
    assert times(whole, "net_seconds") == [(None,)] * 3


@pytest.mark.parametrize("rows", [[("10", "0"), ("10", "0")], [("10", "4"), ("6", "4")], [("10", ""), ("6", "")]])
def test_where_nothing_tells_it_is_a_guess_that_can_be_declared(rows: list[tuple[str, str]], tmp_path: Path) -> None:
    asked = decision(duration(tmp_path, *rows), "column")
    assert (asked.ground, asked.stops) == ("guess", True)
    assert asked.concerns({"tickets": {"net_seconds"}})
    assert not asked.concerns({"tickets": {"closed_at"}})
    assert 'net_seconds = "工单历时（小时）"' in asked.line()
    declared = duration(tmp_path, *rows, mapped=True)
    assert not [one for one in declared.decisions if one.kind.code == "column"]
    assert "net_seconds" in declared.columns["tickets"]
