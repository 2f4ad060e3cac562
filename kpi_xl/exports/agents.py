"""Settle who the agents of the exports are, and make the table by which the views look them up."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import duckdb

from kpi_xl.cell_words import is_total
from kpi_xl.exports import people_match
from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.people_match import Resolved, Roster, Seen, who
from kpi_xl.exports.rows import clean
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.people import Person, id_key, name_key, plain_name

AGENT_COLUMN = {"hr_ratings": "person"}
"""The column that names the person, where it is not ``agent``."""

Lookup = Literal["none", "team", "agent"]
"""What the rows of a sheet must look up: nothing, only team and region of their agent, or also who the agent is."""


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert the rows as one statement over lists (`executemany` takes 0.3 ms a row)."""
    if rows:
        lists = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f"INSERT INTO {table} SELECT {', '.join('unnest(?)' for _ in lists)}", lists)


def settle_agents(
    connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], people: Sequence[Person]
) -> tuple[dict[str, Person], dict[int, Lookup]]:
    """Decide who each agent is. Returns the agents, and what the rows of each source must look up (table ``agent_map``)."""
    connection.execute("CREATE TABLE agent_map (source INTEGER, agent VARCHAR, team VARCHAR, id VARCHAR, fate VARCHAR)")
    seen = [one for stage in stages for one in _seen(connection, stage, "s.fate IS NULL")]
    roster = Roster(people) if people else None
    resolved = _resolve(seen, roster)
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
        own = [one for one in seen if one.source == stage.number]
        _set_unknown_aside(connection, stage, resolved)
        if roster is None:
            _warn_of_names(connection, stage, own)
        else:
            _name_the_doubtful(connection, roster, own, resolved)
            _tell_of_names(connection, stage, roster, own, resolved)
    lookups: dict[int, Lookup] = dict.fromkeys((stage.number for stage in stages), "none")
    for one in known:
        if (one.team or "", one.region or "") != (agents[one.agent].team, agents[one.agent].region):
            lookups[one.source] = "team"
    lookups |= {key[0]: "agent" for key, r in resolved.items() if r.id not in (None, key[1])}
    if roster is not None:
        others = [one for stage in stages for one in _seen(connection, stage, "s.fate IS NOT NULL")]
        more = {key: r for key, r in _resolve(others, roster).items() if key not in resolved}
        insert_rows(connection, "agent_map", [(*key, r.id, r.fate) for key, r in more.items()])
    return agents, lookups


def _seen(connection: duckdb.DuckDBPyConnection, stage: Stage, where: str) -> list[Seen]:
    """Return the agents of the rows that `where` selects, as the sheet writes them."""
    bound = stage.bound[stage.primary.table]
    agent = bound[AGENT_COLUMN.get(stage.primary.table, "agent")]
    others = ", ".join(bound.get(name, "NULL::VARCHAR") for name in ("team", "region", "agent_name"))
    rows = connection.execute(
        f"SELECT {agent}, {others}, count(*) FROM {stage.table} s WHERE {where} AND {agent} IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [Seen(stage.number, a, t, r, count, name and plain_name(name)) for a, t, r, name, count in rows]


def _names(seen: Sequence[Seen]) -> dict[tuple[int, str], str]:
    """Return the name that mostly stands beside an agent, by source and agent."""
    names: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for one in seen:
        if one.name:
            names[one.source, one.agent][one.name] += one.rows
    return {key: people_match.most(counted) for key, counted in names.items()}


def _resolve(seen: Sequence[Seen], roster: Roster | None) -> dict[tuple[int, str, str | None], Resolved]:
    """Find the person for every (source, agent, team); the name beside a staff id is the one that it mostly stands with.

    Without a roster an agent is what he is called, in the most frequent spelling of the same name.
    """
    keys = dict.fromkeys((one.source, one.agent, one.team) for one in seen)
    if roster is None:
        rows = Counter[str]()
        for one in seen:
            rows[one.agent] += one.rows
        spelled = people_match.spelled_alike(rows)
        found = {key: Resolved(spelled[key[1]], None) for key in keys}
    else:
        names = _names(seen)
        found = {key: roster.resolve(key[1], key[2], names.get(key[:2])) for key in keys}
    totals = {key: Resolved(None, "total_row") for key, r in found.items() if r.fate != "ambiguous_agent" and is_total(key[1])}
    return found | totals


def _set_unknown_aside(
    connection: duckdb.DuckDBPyConnection, stage: Stage, resolved: Mapping[tuple[int, str, str | None], Resolved]
) -> None:
    table = stage.primary.table
    bound = stage.bound[table]
    name = AGENT_COLUMN.get(table, "agent")
    for code in ("total_row", "unknown_agent", "ambiguous_agent"):
        if any(key[0] == stage.number and r.fate == code for key, r in resolved.items()):
            where = (
                f"EXISTS (FROM agent_map m WHERE m.source = {stage.number} AND m.fate = {quote(code)} AND m.agent = {bound[name]}"
                f" AND m.team IS NOT DISTINCT FROM {bound.get('team', 'NULL')})"
            )
            clean.set_aside(connection, stage, code, where, quote(stage.labels.get(f"{table}.{name}", name)), bound[name])


def _name_the_doubtful(
    connection: duckdb.DuckDBPyConnection,
    roster: Roster,
    seen: Sequence[Seen],
    resolved: Mapping[tuple[int, str, str | None], Resolved],
) -> None:
    """Note the name and the nearest people of the roster for everybody whom it does not have, or has several times."""
    names = _names(seen)
    found: dict[tuple[int, str, str], tuple[str, str]] = {}
    for one in seen:
        fate = resolved[one.source, one.agent, one.team].fate
        if fate not in ("unknown_agent", "ambiguous_agent"):
            continue
        name = names.get((one.source, one.agent), "")
        several = (*roster.namesakes(one.agent), *roster.namesakes(name))
        near = several if fate == "ambiguous_agent" else roster.near(one.agent, name)
        found.setdefault((one.source, fate, one.agent[: clean.SHOWN_CHARACTERS]), (name, who(near)))
    insert_rows(connection, "doubtful_people", [(*key, *said) for key, said in found.items()])


def _tell_of_names(
    connection: duckdb.DuckDBPyConnection,
    stage: Stage,
    roster: Roster,
    seen: Sequence[Seen],
    resolved: Mapping[tuple[int, str, str | None], Resolved],
) -> None:
    """Say where an id stood with its name in one cell, and where another name than the roster's stood beside the id."""
    told: dict[tuple[str, str], int] = defaultdict(int)
    for one in seen:
        who_it_is = resolved[one.source, one.agent, one.team]
        if who_it_is.id is None:
            continue
        person = roster.person(who_it_is.id)
        if who_it_is.beside:
            told["id_beside_name", f"{one.agent} → {who([person])}"] += one.rows
        elif one.name and id_key(one.agent) == id_key(person.id) and _differ(one.name, person.name):
            told["name_differs", f"{one.agent}：{one.name} → {person.name}"] += one.rows
    table = stage.primary.table
    label = stage.labels.get(f"{table}.{AGENT_COLUMN.get(table, 'agent')}")
    for (code, value), rows in sorted(told.items()):
        told_of = issue_of(code, stage.sheet.file, stage.sheet.sheet, column=label, value=value, count=rows)
        clean.add_issue(connection, stage.number, told_of)


def _differ(name: str, other: str) -> bool:
    """Tell whether two names are of different people: neither is the other with something beside it."""
    one, two = name_key(name), name_key(other)
    return one not in two and two not in one


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
        "names_with_digits": [f"{a}、{b}" for a, b in people_match.lookalikes(sorted({one.agent for one in seen}))],
        "agent_in_several_teams": [],
        "id_in_several_teams": [],
    }
    for agent, several in sorted(teams.items()):
        if len(several) > 1:
            code = "id_in_several_teams" if _is_staff_id(agent) else "agent_in_several_teams"
            shown[code].append(f"{agent}：{'、'.join(sorted(several)[:5])}")
    for code, values in shown.items():
        for value in values:
            clean.add_issue(connection, stage.number, issue_of(code, file, sheet, column=label, value=value))
