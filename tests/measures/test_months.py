"""Measures by fiscal month and by basis, counted again by plain loops; and the measures over what systems say themselves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_xl.measures import measure_tables, needed_columns
from kpi_xl.measures.catalog import built_in_catalog
from kpi_xl.measures.counts import Counts
from kpi_xl.measures.evidence import evidence
from kpi_xl.measures.query import fitting
from kpi_xl.periods import BASES, Basis, Period

from .reference import REFERENCE, World
from .strategies import worlds
from .tables_for_tests import make_tables

TIMES: dict[Basis, str] = {"created": "created_at", "closed": "closed_at", "archived": "archived_at"}
FOLLOWING = {
    "volume": "default",
    "handling_hours": "calendar",
    "net_hours": "system",
    "on_time": "system",
    "resolved_48h": "default",
}
BY_CREATION = {"unresolved_48h": "default", "overdue_open": "default", "resolution": "default", "complaint_handling": "default"}
START = dt.datetime(2025, 9, 10, 8)


def month_of(moment: dt.datetime, starts: int) -> dt.date:
    """The first day of the month that holds a moment, found by walking back day by day."""
    day = moment.date()
    while day.day != starts:
        day -= dt.timedelta(days=1)
    return day


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds, st.integers(1, 28), st.sampled_from(BASES), st.sampled_from(["2025", "2025-Q4", "2025-10"]))
def test_months_agree_with_plain_loops_and_with_the_evidence(
    rows: dict[str, list[dict[str, Any]]], starts: int, basis: Basis, name: str
) -> None:
    period = Period.parse(name, starts, basis)
    tables = make_tables(
        {"tickets": rows["tickets"]}, columns={"tickets": [*TIMES.values(), *ALL]}, data_end=dt.datetime(2025, 11, 20)
    )
    world = World({"tickets": rows["tickets"]}, tables.data_end)
    wanted: Counter[tuple[str, dt.date, str]] = Counter()
    for measure, definition in (FOLLOWING | BY_CREATION).items():
        time = "created_at" if measure in BY_CREATION else TIMES[basis]
        for row in world.rows["tickets"]:
            if row["agent"] is None or row[time] is None or not period.start <= row[time].date() < period.end:
                continue
            if REFERENCE[f"{measure}@{definition}"](world, row) is not None:
                wanted[row["agent"], month_of(row[time], starts), measure] += 1
    ids = [*FOLLOWING, *BY_CREATION]
    counts = measure_tables(tables, period, measures=ids)
    assert {(count.agent, count.month, count.measure): count.sample for count in counts.counts} == dict(wanted)
    shown = Counter((row.agent, row.measure) for row in evidence(tables, period, ids) if row.counted)
    summed: Counter[tuple[str, str]] = Counter()
    for (agent, _, measure), sample in wanted.items():
        summed[agent, measure] += sample
    assert shown == summed


ALL = (
    "ticket_id", "agent", "customer", "kind", "urgent", "first_response_at", "reopened", "overdue", "in_time", "due_at",
    "net_seconds", "suspended_seconds", "arrived_at",
)  # fmt: skip


def count(rows: list[dict[str, Any]], *measures: str, period: str = "2025-09", **options: Any) -> Counts:
    filled = [{"agent": "A", "ticket_id": f"T{n}", "created_at": START, **row} for n, row in enumerate(rows)]
    return measure_tables(make_tables({"tickets": filled}, **options), Period.parse(period), measures=measures)


def value(counts: Counts, measure: str) -> float | None:
    found = counts.inputs()["A"][measure].value
    return None if found is None else float(found)


def after(hours: float) -> dt.datetime:
    return START + dt.timedelta(hours=hours)


def test_the_systems_net_time_is_averaged_over_closed_tickets() -> None:
    rows = [{"closed_at": after(9), "net_seconds": 3600}, {"closed_at": after(9), "net_seconds": 7200}]
    rows += [{"closed_at": None, "net_seconds": 999}, {"closed_at": after(9), "net_seconds": None}]
    counts = count(rows, "net_hours")
    assert (value(counts, "net_hours"), counts.inputs()["A"]["net_hours"].sample) == (1.5, 2)


def test_without_it_the_suspension_is_taken_off() -> None:
    rows = [{"closed_at": after(10), "suspended_seconds": 4 * 3600}, {"closed_at": after(10), "suspended_seconds": None}]
    rows += [{"closed_at": after(1), "suspended_seconds": 7200}, {"closed_at": None, "suspended_seconds": 0}]
    counts = count(rows, "net_hours")
    assert (value(counts, "net_hours"), counts.inputs()["A"]["net_hours"].sample) == (6, 1)
    assert "减去挂起时长" in counts.measures[0].definition
    assert counts.absent == {}


def test_what_stands_in_is_shown_by_the_evidence_and_read() -> None:
    measure = built_in_catalog()["net_hours"]
    only = {"tickets": frozenset({"created_at", "net_seconds"})}
    assert fitting(built_in_catalog().resolve(["net_hours"], {})[0], only).chosen == "all"
    assert {"net_seconds", "suspended_seconds", "closed_at"} <= needed_columns([measure])["tickets"]
    there = {"tickets": frozenset({"created_at", "closed_at", "net_seconds", "suspended_seconds"})}
    assert needed_columns([measure], present=there)["tickets"] == {"net_seconds", "closed_at"}
    assert needed_columns([measure], present=there, basis="archived")["tickets"] >= {"archived_at"}
    rows = [{"agent": "A", "ticket_id": "T1", "created_at": START, "closed_at": after(10), "suspended_seconds": 3600}]
    (found,) = evidence(make_tables({"tickets": rows}), Period.parse("2025-09"), ["net_hours"])
    assert found.value == 9


def test_a_definition_that_was_chosen_is_not_replaced() -> None:
    tables = make_tables({"tickets": [{"agent": "A", "created_at": START, "closed_at": after(1), "net_seconds": 60}]})
    counts = measure_tables(tables, Period.parse("2025-09"), definitions={"net_hours": "suspended"}, measures=["net_hours"])
    assert counts.absent == {"net_hours": ("suspended_seconds",)}


def test_on_time_goes_by_the_flag_and_else_by_the_due_time() -> None:
    rows: list[dict[str, Any]] = [
        {"closed_at": after(9), "overdue": False, "due_at": after(5)},  # the flag wins: on time
        {"closed_at": after(2), "overdue": True, "due_at": after(5)},  # the flag wins: late
        {"closed_at": after(5), "overdue": None, "due_at": after(5)},  # in the very second
        {"closed_at": after(6), "overdue": None, "due_at": after(5)},  # late
        {"closed_at": None, "overdue": None, "due_at": after(5)},  # open and late
        {"closed_at": None, "overdue": None, "due_at": after(500)},  # open, not yet due: does not count
        {"closed_at": None, "overdue": False, "due_at": after(5)},  # open, not late says the system: does not count
        {"closed_at": after(9), "overdue": None, "due_at": None},  # unknown
    ]
    counts = count(rows, "on_time", "overdue_open", data_end=after(48))
    assert (value(counts, "on_time"), counts.inputs()["A"]["on_time"].sample) == (0.4, 5)
    assert value(counts, "overdue_open") == 1


def test_due_days_last_to_the_end_of_the_day() -> None:
    midnight = dt.datetime(2025, 9, 12)
    rows = [{"due_at": midnight, "closed_at": midnight + dt.timedelta(hours=hours)} for hours in (-1, 23.9, 24)]
    assert value(count(rows, "on_time"), "on_time") == pytest.approx(2 / 3)
    rows.append({"due_at": midnight + dt.timedelta(hours=18), "closed_at": midnight})  # times: then midnight is one
    assert value(count(rows, "on_time"), "on_time") == pytest.approx(2 / 4)


def test_the_flag_alone_is_enough_and_nothing_is_missing() -> None:
    counts = count([{"overdue": True}, {"overdue": False}, {"overdue": None}], "on_time", "overdue_open")
    assert value(counts, "on_time") == 0.5
    assert counts.absent == {"overdue_open": ("closed_at",)}
    counts = count([{"closed_at": after(1)}], "on_time", "overdue_open", "net_hours", "arrival_hours")
    assert set(counts.absent) == {"on_time", "overdue_open", "net_hours", "arrival_hours"}
    assert counts.absent["on_time"] == ("due_at", "in_time", "overdue")


def test_a_flag_of_what_was_in_time_is_no_flag_of_what_is_overdue() -> None:
    rows = [
        {"closed_at": after(1), "in_time": True},
        {"closed_at": after(1), "in_time": False},
        {"closed_at": None, "in_time": False},
    ]
    counts = count(rows, "on_time", "overdue_open")
    assert (value(counts, "on_time"), value(counts, "overdue_open")) == (pytest.approx(1 / 3), 1)
    assert value(count([{"in_time": True}, {"in_time": False}], "on_time"), "on_time") == 0.5


def test_arrival() -> None:
    rows = [{"arrived_at": after(2)}, {"arrived_at": after(4)}, {"arrived_at": None}, {"arrived_at": after(-1)}]
    assert value(count(rows, "arrival_hours"), "arrival_hours") == 3


def test_open_tickets_do_not_vanish_when_months_go_by_closing() -> None:
    rows = [{"closed_at": None}, {"closed_at": after(30 * 24)}, {"closed_at": after(1)}]
    filled = [{"agent": "A", "ticket_id": f"T{n}", "created_at": START, **row} for n, row in enumerate(rows)]
    tables = make_tables({"tickets": filled}, data_end=after(60 * 24))
    counts = measure_tables(tables, Period.parse("2025-09", basis="closed"), measures=["volume", "unresolved_48h", "resolution"])
    assert [value(counts, name) for name in ("volume", "unresolved_48h", "resolution")] == [1, 1, pytest.approx(2 / 3)]


def test_the_working_calendar_reaches_back_to_tickets_created_years_before() -> None:
    row = {"agent": "A", "ticket_id": "T", "created_at": dt.datetime(2022, 9, 1, 9), "closed_at": dt.datetime(2025, 9, 1, 9)}
    tables = make_tables({"tickets": [row]})
    counts = measure_tables(
        tables, Period.parse("2025-09", basis="closed"), definitions={"handling_hours": "working"}, measures=["handling_hours"]
    )
    assert value(counts, "handling_hours") is not None
