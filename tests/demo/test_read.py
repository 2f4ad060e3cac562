"""What `read_exports` finds in the demo is what the demo says it put in."""

from __future__ import annotations

from collections import Counter

import pytest

from kpi_xl.demo import LAST_MONTH, QUARTER, DemoFiles
from kpi_xl.exports import Tables, read_exports


@pytest.fixture(scope="module")
def tables(demo: DemoFiles) -> Tables:
    return read_exports(demo.exports, roster=demo.roster, period=QUARTER)


def _found(tables: Tables) -> Counter[tuple[str, str]]:
    """Count the issues by file (the first two characters of its name) and kind."""
    found: Counter[tuple[str, str]] = Counter()
    for issue in tables.issues():
        found[issue.file[:2], issue.code] += issue.count
    return found


def test_every_issue_is_one_that_was_put_in(demo: DemoFiles, tables: Tables) -> None:
    dirt = demo.dirt
    assert _found(tables) == {
        ("工单", "duplicate"): dirt["ticket_copy"],
        ("工单", "superseded"): dirt["ticket_update"],
        ("工单", "unknown_agent"): dirt["ticket_unknown_agent"],
        ("工单", "no_agent"): dirt["ticket_no_agent"],
        ("工单", "closed_before_created"): dirt["ticket_closed_before_created"],
        ("工单", "outside_period"): dirt["ticket_outside_period"],
        ("工单", "absurd_time"): dirt["ticket_absurd_year"],
        ("工单", "blank"): dirt["ticket_blank_row"],
        ("工单", "total_row"): 1,
        ("满意", "blank"): dirt["rating_blank_row"],
        ("维修", "duplicate"): dirt["repair_copy"],
        ("维修", "required_missing"): dirt["repair_no_asset"],
        ("维修", "unknown_agent"): dirt["repair_unknown_agent"],
        ("质检", "required_missing"): dirt["quality_missing_score"],
        ("知识", "required_missing"): dirt["contribution_rejected"],
        ("知识", "ambiguous_agent"): dirt["contribution_same_name"],
        ("花名", "roster_namesakes"): 1,
    }


@pytest.mark.parametrize("period", [LAST_MONTH, QUARTER])
def test_used_and_set_aside_add_up(demo: DemoFiles, tables: Tables, period: object) -> None:
    read = tables if period == QUARTER else read_exports(demo.exports, roster=demo.roster, period=LAST_MONTH)
    for source in read.sources:
        assert source.rows_used + source.rows_set_aside == source.rows_read, source
    rows = Counter[str]()
    for source in read.sources:
        rows[source.file] += source.rows_read
    blank_or_total = {
        demo.exports[0].name: demo.dirt["ticket_blank_row"] + 1,
        demo.exports[2].name: demo.dirt["rating_blank_row"],
    }
    for name, count in rows.items():
        assert count == demo.rows[name] + blank_or_total.get(name, 0), name


def test_people_and_values_arrive(demo: DemoFiles, tables: Tables) -> None:
    assert len(tables.people) == 60
    assert {person.variants for person in tables.people} == {(), ("technical",)}
    ask = tables.connection.execute
    known = {person.id for person in tables.people}
    agents = {str(row[0]) for row in ask("SELECT DISTINCT agent FROM contributions").fetchall()}
    assert agents <= known
    ratings = ask(
        "SELECT min(rating), max(rating), count(*) - count(rating) FROM ratings WHERE call_status = '成功接通'"
    ).fetchone()
    assert ratings == (1, 5, demo.dirt["rating_missing_marker"])
    # full-width marks are read as numbers
    score = ask("SELECT min(score), max(score) FROM quality").fetchone()
    assert score is not None
    assert 30 < score[0] < score[1] <= 100
    ticket = ask("SELECT min(length(ticket_id)), bool_and(starts_with(ticket_id, '00')) FROM tickets").fetchone()
    assert ticket == (13, True)
