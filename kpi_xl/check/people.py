"""人员: who of the roster has no data, who in the data is not on the roster and who that may be, who has another's name."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from kpi_xl.check.model import PersonRow
from kpi_xl.exports.agents import AGENT_COLUMN
from kpi_xl.exports.model import SourceTable, Tables
from kpi_xl.exports.months import inside
from kpi_xl.exports.people_match import Roster
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.tables import TABLES

NO_DATA_HERE = "花名册上有，数据里没有"
UNKNOWN = "数据里有，花名册上没有"
AMBIGUOUS = "花名册上有几个同名的人"
SAME_NAME = "同名"
_TOLD = (
    *("names_with_digits", "agent_in_several_teams", "id_in_several_teams", "roster_duplicate", "roster_repeated"),
    *("roster_incomplete", "id_beside_name", "name_differs", "team_in_several_regions"),
)
"""Codes of issues that are about people."""


def people_of(tables: Tables, period: Period | None) -> tuple[PersonRow, ...]:
    """Return what HR should look at of the people, the unknown ones first."""
    rows = [*_unknown(tables), *_without_data(tables, period), *_namesakes(tables.people), *_told(tables)]
    return tuple(rows)


def person_word(person: Person) -> str:
    """Return a person as the drop-down shows him: the id, a wide blank, the name."""
    return f"{person.id}　{person.name}"


def _unknown(tables: Tables) -> Iterator[PersonRow]:
    rows = tables.connection.execute(
        "SELECT agent, fate, first(team), source FROM agent_map WHERE fate IS NOT NULL GROUP BY agent, fate, source"
        " ORDER BY fate DESC, agent, source"
    ).fetchall()
    counts = _row_counts(tables)
    roster = Roster(tables.people)
    for agent, fate, team, number in rows:
        source = tables.sources[number]
        near = roster.near(agent)
        yield PersonRow(
            UNKNOWN if fate == "unknown_agent" else AMBIGUOUS,
            agent,
            team or "",
            source.file,
            source.sheet,
            str(counts.get((source.file, source.sheet, agent), "")),
            f"是不是 {'、'.join(f'{p.name}（{p.id}）' for p in near)}？" if near else "花名册里没有相近的姓名",
            tuple(dict.fromkeys(map(person_word, (*near, *tables.people)))),
            _settings(source, agent),
        )


def _settings(source: SourceTable, agent: str) -> str:
    """Return what saying who it is declares: for each table of the sheet that word's meaning."""
    columns = [(table, AGENT_COLUMN.get(table, "agent")) for table in source.tables]
    paths = [
        [source.file, source.sheet, table, "values", column, agent]
        for table, column in columns
        if f"{table}.{column}" in source.columns
    ]
    return json.dumps(paths, ensure_ascii=False) if paths else ""


def _row_counts(tables: Tables) -> dict[tuple[str, str | None, str], int]:
    """Return how many rows an unknown person has, by file, sheet and name."""
    rows = tables.connection.execute(
        "SELECT file, sheet, value, sum(count)::BIGINT FROM issues WHERE code IN ('unknown_agent', 'ambiguous_agent')"
        " AND value IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return {(file, sheet, value): count for file, sheet, value, count in rows}


def _without_data(tables: Tables, period: Period | None) -> Iterator[PersonRow]:
    there = with_data(tables, None)
    inside = with_data(tables, period) if period else there
    for person in tables.people:
        if person.id not in inside:
            note = f"{period.label if period else '全部数据里'}没有记录" if person.id not in there else "只有别的月份的记录"
            note += f"；状态：{person.status}" if person.status != "在职" else ""
            yield PersonRow(NO_DATA_HERE, f"{person.id} {person.name}", person.team, note=note)


def with_data(tables: Tables, period: Period | None) -> frozenset[str]:
    """Return the ids of those with any row (in the period, where one is given)."""
    found: set[str] = set()
    for name in tables.columns:
        when = TABLES[name].when
        if name == "roster" or (when is None and name != "hr_ratings"):
            continue
        within = f" WHERE {inside(name, period)}" if period and when else ""
        column = AGENT_COLUMN.get(name, "agent")
        # our own table and column names, and dates
        rows = tables.connection.execute(f"SELECT DISTINCT {column} FROM {name}{within}").fetchall()  # noqa: S608
        found |= {agent for (agent,) in rows if agent is not None}
    return frozenset(found)


def _namesakes(people: Sequence[Person]) -> Iterator[PersonRow]:
    named: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        named[re.sub(r"\s+", "", person.name)].append(person)
    for name, several in sorted(named.items()):
        if len(several) > 1:
            listed = "、".join(f"{person.id}（{person.team or '—'}）" for person in several)
            note = "数据里只写姓名时，要有团队才能分清"
            yield PersonRow(SAME_NAME, f"{name}：{listed}", note=note)


def _told(tables: Tables) -> Iterator[PersonRow]:
    """What reading found out about people, as it says it."""
    for issue in tables.issues():
        if issue.code in _TOLD:
            rows = str(issue.count) if issue.count > 1 else ""
            yield PersonRow(issue.reason.zh, issue.value or "", "", issue.file, issue.sheet, rows, issue.remedy.zh)
