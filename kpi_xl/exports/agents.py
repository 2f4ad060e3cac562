"""Settle who the agents are: the roster's people, the agents of the exports, and the table by which the views look them up."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import duckdb

from kpi_xl.exports import people_match
from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.people_match import Resolved, Roster, Seen
from kpi_xl.exports.rows import clean
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.people import Person
from kpi_xl.tables import TABLES

AGENT_COLUMN = {"hr_ratings": "person"}
"""The column that names the person, where it is not ``agent``."""

Lookup = Literal["none", "team", "agent"]
"""What the rows of a sheet must look up: nothing, only team and region of their agent, or also who the agent is."""

_LISTED = 50


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert the rows as one statement over lists (`executemany` takes 0.3 ms a row)."""
    if rows:
        lists = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f"INSERT INTO {table} SELECT {', '.join('unnest(?)' for _ in lists)}", lists)


def read_people(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage]) -> tuple[Person, ...]:
    """Read the people of the roster; a repeated id is an issue and its first row counts."""
    people: dict[str, Person] = {}
    names = [c.name for c in TABLES["roster"].columns]
    for stage in stages:
        bound = stage.bound["roster"]
        chosen = ", ".join(bound.get(n, "NULL") for n in names)
        rows = connection.execute(
            f"SELECT s.rowid, {chosen} FROM {stage.table} s WHERE s.fate IS NULL ORDER BY s.rowid"
        ).fetchall()
        twice: list[int] = []
        for rowid, *values in rows:
            row = dict(zip(names, values, strict=True))
            if row["id"] in people:
                twice.append(rowid)
                continue
            joined = row["joined_on"]
            people[row["id"]] = Person(
                row["id"], row["name"], row["team"] or "", row["region"] or "", row["position"] or "", row["manager"] or "",
                joined.date() if joined else None, row["status"] or "在职", row["scheme"],
                tuple(re.findall(r"[^\s,，、+;；]+", row["variant"] or "")),
            )  # fmt: skip
        if twice:
            clean.set_aside(
                connection,
                stage,
                "roster_duplicate",
                f"s.rowid IN ({', '.join(map(str, twice))})",
                quote(stage.labels["roster.id"]),
                bound["id"],
            )
    return tuple(people.values())


def settle_agents(
    connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], people: Sequence[Person]
) -> tuple[dict[str, Person], dict[int, Lookup]]:
    """Decide who each agent is. Returns the agents, and what the rows of each source must look up (table ``agent_map``)."""
    connection.execute("CREATE TABLE agent_map (source INTEGER, agent VARCHAR, team VARCHAR, id VARCHAR, fate VARCHAR)")
    seen: list[Seen] = []
    for stage in stages:
        bound = stage.bound[stage.primary.table]
        agent = bound[AGENT_COLUMN.get(stage.primary.table, "agent")]
        others = ", ".join(bound.get(name, "NULL::VARCHAR") for name in ("team", "region", "agent_name"))
        rows = connection.execute(
            f"SELECT {agent}, {others}, count(*) FROM {stage.table} s WHERE s.fate IS NULL GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        seen += [Seen(stage.number, a, t, r, count, name) for a, t, r, name, count in rows]
    resolved = _resolve(seen, people)
    known: list[Seen] = []
    for one in seen:
        found = resolved[one.source, one.agent, one.team].id
        if found is not None:
            known.append(replace(one, agent=found))
    agents = people_match.agents_of_exports(known)
    if people:
        agents = people_match.fill_from_exports(people, agents)
    insert_rows(connection, "agent_map", [(*key, r.id, r.fate) for key, r in resolved.items()])
    for stage in stages:
        _set_unknown_aside(connection, stage, resolved)
        if not people:
            _warn_of_names(connection, stage, [one for one in seen if one.source == stage.number])
    lookups: dict[int, Lookup] = dict.fromkeys((stage.number for stage in stages), "none")
    for one in known:
        if (one.team or "", one.region or "") != (agents[one.agent].team, agents[one.agent].region):
            lookups[one.source] = "team"
    lookups |= {key[0]: "agent" for key, r in resolved.items() if r.id not in (None, key[1])}
    return agents, lookups


def _resolve(seen: Sequence[Seen], people: Sequence[Person]) -> dict[tuple[int, str, str | None], Resolved]:
    """Find the person for every (source, agent, team); the name beside a staff id is the one that it mostly stands with."""
    keys = dict.fromkeys((one.source, one.agent, one.team) for one in seen)
    if not people:
        return {key: Resolved(key[1], None) for key in keys}
    names: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for one in seen:
        if one.name:
            names[one.source, one.agent][one.name] += one.rows
    roster = Roster(people)
    return {key: roster.resolve(key[1], key[2], people_match.most(names[key[0], key[1]]) or None) for key in keys}


def _set_unknown_aside(
    connection: duckdb.DuckDBPyConnection, stage: Stage, resolved: Mapping[tuple[int, str, str | None], Resolved]
) -> None:
    table = stage.primary.table
    bound = stage.bound[table]
    name = AGENT_COLUMN.get(table, "agent")
    for code in ("unknown_agent", "ambiguous_agent"):
        if any(key[0] == stage.number and r.fate == code for key, r in resolved.items()):
            where = (
                f"EXISTS (FROM agent_map m WHERE m.source = {stage.number} AND m.fate = {quote(code)} AND m.agent = {bound[name]}"
                f" AND m.team IS NOT DISTINCT FROM {bound.get('team', 'NULL')})"
            )
            clean.set_aside(connection, stage, code, where, quote(stage.labels.get(f"{table}.{name}", name)), bound[name])


def _is_staff_id(agent: str) -> bool:
    """Tell an id from a name: it has a digit and no Chinese character (张伟2 is a name)."""
    return agent.isascii() and any(c.isdigit() for c in agent)


def _warn_of_names(connection: duckdb.DuckDBPyConnection, stage: Stage, seen: Sequence[Seen]) -> None:
    """Without a roster, names may hide several people, and who moved between teams counts in one: say so."""
    label = stage.labels.get(f"{stage.primary.table}.{AGENT_COLUMN.get(stage.primary.table, 'agent')}")
    file, sheet = stage.sheet.file, stage.sheet.sheet
    teams: dict[str, set[str]] = defaultdict(set)
    for one in seen:
        if one.team:
            teams[one.agent].add(one.team)
    shown = {
        "names_with_digits": [f"{a}、{b}" for a, b in people_match.digit_names(sorted({one.agent for one in seen}))],
        "agent_in_several_teams": [],
        "id_in_several_teams": [],
    }
    for agent, several in sorted(teams.items()):
        if len(several) > 1:
            code = "id_in_several_teams" if _is_staff_id(agent) else "agent_in_several_teams"
            shown[code].append(f"{agent}：{'、'.join(sorted(several)[:5])}")
    for code, values in shown.items():
        for value in values[:_LISTED]:
            clean.add_issue(connection, stage.number, issue_of(code, file, sheet, column=label, value=value))
        if len(values) > _LISTED:
            rest = len(values) - _LISTED
            clean.add_issue(connection, stage.number, issue_of(code, file, sheet, column=label, count=rest))
