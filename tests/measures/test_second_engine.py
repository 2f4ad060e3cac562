"""SQL against plain loops, on random tables; and the two properties that make roll-ups safe."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, given, settings

from kpi_xl.measures import measure_tables
from kpi_xl.measures.counting import count_measures
from kpi_xl.periods import Period

from .definitions import COLUMNS, every_definition
from .reference import REFERENCE, World, expected
from .strategies import worlds
from .tables_for_tests import make_tables

PERIOD = Period.parse("2025")
MODEST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def test_the_reference_knows_every_measure_and_definition():
    assert {measure.key for measure in every_definition()} == set(REFERENCE)


@MODEST
@given(worlds)
def test_sql_agrees_with_plain_loops(rows):
    tables = make_tables(rows, columns=COLUMNS, data_end=dt.datetime(2025, 11, 20))
    measures = every_definition()
    places = {measure.key: measure.decimals for measure in measures}
    counts = count_measures(tables, PERIOD, measures)
    found = {
        (count.agent, count.month, count.measure): (
            count.sample, Decimal(count.numerator).scaleb(-places[count.measure]), count.denominator, count.pending,
        )
        for count in counts.counts
    }  # fmt: skip
    wanted = expected(World(rows, tables.data_end), dt.date(2025, 1, 1), dt.date(2026, 1, 1))
    assert found == wanted


@MODEST
@given(worlds)
def test_pooled_counts_are_the_roll_up(rows):
    rows["tickets"] = [{**row, "team": {"A1": "一组", "A2": "一组"}.get(row["agent"], "二组")} for row in rows["tickets"]]
    tables = make_tables(rows, columns=COLUMNS, data_end=dt.datetime(2025, 11, 20))
    counts = measure_tables(tables, PERIOD)
    measures = {measure.key: measure for measure in counts.measures}
    pooled: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for count in counts.counts:
        total = pooled[counts.subject_of(count.agent, "team"), count.measure]
        for place, value in enumerate((count.sample, count.numerator, count.pending)):
            total[place] += value
    for row in counts.rows("team"):
        if row.period != "2025" or row.measure.endswith(".median") or row.status == "missing":
            continue
        sample, numerator, pending = pooled[row.subject, row.measure]
        assert (row.sample, row.unmatured) == (sample, pending)
        assert row.numerator == Decimal(numerator).scaleb(-measures[row.measure].decimals)
    by_month: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in counts.rows():
        if row.period != "2025" and row.numerator is not None:
            by_month[row.subject, row.measure] += row.numerator
    for row in counts.rows():
        if row.period == "2025" and row.numerator is not None:
            assert row.numerator == by_month[row.subject, row.measure]


@settings(MODEST, max_examples=5)
@given(worlds)
def test_fused_queries_equal_each_measure_alone(rows):
    tables = make_tables(rows, columns=COLUMNS, data_end=dt.datetime(2025, 11, 20))
    measures = every_definition()
    together = set(count_measures(tables, PERIOD, measures).counts)
    alone = {count for measure in measures for count in count_measures(tables, PERIOD, [measure]).counts}
    assert together == alone
