"""Which faults are no fault of this month: those in rows of another period, and of people who are not on the roster."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from kpi_xl.exports.kinds import KINDS
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.periods import Period
from kpi_xl.tables import TABLES

_ABOUT_PEOPLE = ("unknown_agent", "ambiguous_agent")
_ABOUT_THE_TIME = ("absurd_time", "future_time")
"""The time itself is wrong: it does not tell the month."""


def mark_elsewhere(
    connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], period: Period | None, *, by_roster: bool
) -> None:
    """Mark the issues of rows that do not concern this period, or (`by_roster`) nobody of the roster.

    A row whose time cannot be read may be of this period, and a row without an agent may be of anybody: they stay. Needs the
    table ``agent_map``, with the agents of rows that were set aside.
    """
    asked = [code for code, kind in KINDS.items() if kind.care in ("each", "once")]
    listed = ", ".join(map(quote, asked))
    for stage in stages:
        if stage.primary.table == "roster":
            continue
        tests = _outside(stage, period)
        if by_roster:
            tests.append(f"(i.code NOT IN ({', '.join(map(quote, _ABOUT_PEOPLE))}) AND {_stranger(stage)})")
        if tests:
            connection.execute(
                f"UPDATE issues AS i SET elsewhere = i.count FROM {stage.table} s WHERE i.source = {stage.number}"
                f" AND i.code IN ({listed}) AND i.row = s.rowid + {stage.first_row} AND ({' OR '.join(tests)})"
            )


def _outside(stage: Stage, period: Period | None) -> list[str]:
    """SQL: every time by which a table of the sheet puts the row into a month lies outside the period."""
    whens = [stage.bound[feed.table].get(TABLES[feed.table].when or "") for feed in stage.feeds]
    if period is None or None in whens:
        return []
    inside = [f"coalesce({when} >= TIMESTAMP '{period.start}' AND {when} < TIMESTAMP '{period.end}', true)" for when in whens]
    return [f"(i.code NOT IN ({', '.join(map(quote, _ABOUT_THE_TIME))}) AND NOT ({' OR '.join(inside)}))"]


def _stranger(stage: Stage) -> str:
    """SQL: the roster does not have the row's agent."""
    bound = stage.bound[stage.primary.table]
    agent = bound["person" if stage.primary.table == "hr_ratings" else "agent"]
    return (
        f"EXISTS (FROM agent_map m WHERE m.source = {stage.number} AND m.fate = 'unknown_agent' AND m.agent = {agent}"
        f" AND m.team IS NOT DISTINCT FROM {bound.get('team', 'NULL')})"
    )
