"""The evidence adds up to the counts, says why a row was left out, and comes ordered by agent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings

from kpi_xl.measures import built_in_catalog, measure_tables
from kpi_xl.measures.compare import compare_definitions
from kpi_xl.measures.evidence import evidence, evidence_by_agent, show_value
from kpi_xl.periods import Period

from .definitions import COLUMNS
from .september import SEPTEMBER, TICKETS, at
from .strategies import worlds
from .tables_for_tests import make_tables


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds)
def test_evidence_adds_up_to_the_counts(rows):
    tables = make_tables(rows, columns=COLUMNS, data_end=dt.datetime(2025, 11, 20))
    period = Period.parse("2025")
    ids = list(built_in_catalog().measures)
    counts = measure_tables(tables, period, measures=ids)
    shown = list(evidence(tables, period, ids))
    assert [row.agent for row in shown] == sorted(row.agent for row in shown)
    found: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    pending: Counter[tuple[str, str]] = Counter()
    for row in shown:
        found[row.agent, row.measure] += row.counted
        hits[row.agent, row.measure] += row.hit or 0
        pending[row.agent, row.measure] += row.unmatured
    measures = {measure.key: measure for measure in counts.measures}
    for row in (row for row in counts.rows() if row.period == "2025" and not row.measure.endswith(".median")):
        key = (row.subject, row.measure)
        assert (found[key], pending[key]) == (row.sample, row.unmatured)
        if row.numerator is not None and measures[row.measure].hit:
            assert hits[key] == row.numerator


def test_each_row_says_what_became_of_it():
    tables = make_tables({"tickets": TICKETS}, data_end=at("2025-10-05 00:00"))
    rows = {(row.record, row.measure): row for row in evidence(tables, SEPTEMBER, ["fcr", "handling_hours"])}
    assert rows["001", "fcr"].hit is True
    assert rows["001", "fcr"].reason == "计入，达标"
    assert rows["003", "fcr"].reason == "计入，未达标"
    assert rows["003", "handling_hours"].reason == "未结，不计入处理时效"
    assert (rows["004", "fcr"].counted, rows["004", "fcr"].reason) == (False, "缺数据，不计入（首次解决）")
    assert rows["001", "handling_hours"].value == 6
    assert ("000", "fcr") not in rows  # August


def test_evidence_of_some_agents_by_agent_without_what_is_out_of_scope():
    tables = make_tables({"tickets": TICKETS, "calls": []}, data_end=at("2025-10-05 00:00"))
    found = list(evidence_by_agent(tables, SEPTEMBER, ["handling_hours", "volume", "answered"], ["赵一"], all_rows=False))
    assert [(agent, len(rows)) for agent, rows in found] == [("赵一", 5)]


def test_values_are_shown_in_their_unit():
    catalog = built_in_catalog()
    assert show_value(catalog["handling_hours"], Decimal("6.5")) == "6.5 小时"
    assert show_value(catalog["fcr"], None) == ""


def test_comparing_definitions_names_who_changes_and_what_cannot_be_compared():
    tables = make_tables({"tickets": TICKETS}, data_end=at("2025-10-05 00:00"))
    found = {(item.measure.id, item.name): item for item in compare_definitions(tables, SEPTEMBER)}
    assert found["fcr", "contact"].absent == ("contacts",)
    changes = {change.subject: (change.base.value, change.other.value) for change in found["fcr", "silence"].changed}
    assert changes["钱二"] == (None, 1)
    # forward: 001 is followed by 002 after 29 days, 002 by none
    repeat = {change.subject: change.difference for change in found["repeat_complaint", "forward"].changed}
    assert round(repeat["赵一"], 6) == Decimal("-0.333333")
