"""What a measure says it reads is all that it reads: without the other columns nothing changes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from kpi_xl.demo import LAST_MONTH, DemoFiles, write_demo
from kpi_xl.exports import Tables, read_exports
from kpi_xl.measures import built_in_catalog, measure_tables, needed_columns
from kpi_xl.measures.counting import count_measures
from kpi_xl.measures.evidence import evidence
from kpi_xl.periods import Period
from kpi_xl.tables import TABLES

from .definitions import COLUMNS, every_definition
from .strategies import worlds
from .tables_for_tests import make_tables

SOME = ("fcr", "handling_hours.urgent", "repeat_complaint", "csat", "first_fix", "professionalism", "knowledge", "unresolved_48h")


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds)
def test_each_definition_reads_what_it_says(rows):
    for measure in every_definition():
        table = TABLES[measure.table]
        kept = needed_columns([measure])[table.name] | {"agent", table.when}
        own = {table.name: rows[table.name]}
        less = {table.name: [{name: row[name] for name in row if name in kept} for row in rows[table.name]]}
        whole, part = (
            count_measures(make_tables(r, columns=COLUMNS, data_end=dt.datetime(2025, 11, 20)), Period.parse("2025"), [measure])
            for r in (own, less)
        )
        assert part.counts == whole.counts, measure.key


def test_only_what_is_mentioned_is_needed():
    needed = needed_columns(built_in_catalog().resolve(["repeat_complaint"], {}))
    assert needed["tickets"] == {"kind", "kind_fixed", "customer", "created_at", "ticket_id"}
    assert needed["calls"] == frozenset()
    assert "roster" not in needed
    csat = built_in_catalog().resolve(["csat"], {})
    assert needed_columns(csat)["ratings"] == {"rating", "label", "verdict", "scale", "call_status"}
    assert needed_columns(csat, evidence=True)["ratings"] >= {"ticket_id", "customer", "question"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo(tmp_path_factory.mktemp("demo"), months=1, agents=8, workbooks=False)


def _balance(tables: Tables) -> list[tuple[str, int, int, int]]:
    return [(s.file, s.rows_read, s.rows_used, s.rows_set_aside) for s in tables.sources]


def test_reading_less_measures_the_same(demo: DemoFiles):
    resolved = built_in_catalog().resolve(SOME, {})
    for chosen in (False, True):
        columns = needed_columns(resolved, evidence=chosen)
        whole = read_exports(demo.exports, roster=demo.roster, period=LAST_MONTH)
        part = read_exports(demo.exports, roster=demo.roster, period=LAST_MONTH, columns=columns)
        assert _balance(part) == _balance(whole)
        assert (part.agents, part.people, part.data_end) == (whole.agents, whole.people, whole.data_end)
        assert "channel" in whole.columns["tickets"]
        assert "channel" not in part.columns["tickets"]
        counts = [measure_tables(tables, LAST_MONTH, measures=SOME).counts for tables in (whole, part)]
        assert sorted(counts[0], key=str) == sorted(counts[1], key=str)
        assert len({count.measure for count in counts[0]}) == len(SOME)
        if chosen:
            assert list(evidence(part, LAST_MONTH, SOME)) == list(evidence(whole, LAST_MONTH, SOME))


def test_rows_of_another_kind_are_no_ratings_when_neither_column_is_wanted(tmp_path: Path):
    path = tmp_path / "工单.csv"
    path.write_text(
        "工单编号,客服,创建时间,评分,渠道,联系次数\nT1,张伟,2025/9/1,5,电话,x\nT2,张伟,2025/9/1,,电话,2\n", encoding="utf-8"
    )
    now = dt.datetime(2025, 10, 15)
    whole = read_exports([path], now=now)
    part = read_exports([path], now=now, columns=needed_columns(built_in_catalog().resolve(["volume"], {})))
    for tables in (whole, part):
        assert tables.connection.execute("SELECT count(*), count(rating) FROM ratings").fetchall() == [(1, 1)]
    assert {issue.code for issue in whole.issues()} - {issue.code for issue in part.issues()} == {"unparseable"}
    assert part.columns["tickets"] == {"ticket_id", "agent", "created_at"}
