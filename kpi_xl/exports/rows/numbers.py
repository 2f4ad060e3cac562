"""Tickets, repairs and calls have a number: one row counts for each, unless the number says something else again.

A number that starts anew in every branch stands on different things: tickets created at another time, repairs of another
appliance, calls at another time or of another agent. Rows of one thing are states of it: the last update wins, by the time of the
update where every row has one, else by the order of the exports and of the rows; a closing time says nothing about that, for a
ticket may be opened again.
"""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import Text
from kpi_xl.exports.columns.mapping import EXTRA_COLUMNS
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.people_match import Roster
from kpi_xl.exports.rows.clean import add_issues, set_aside
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.people import Person, id_key
from kpi_xl.tables import TABLES


@dataclass(frozen=True)
class Single:
    """What tells two things of one number apart: the time when they began, and the thing itself (the columns of both)."""

    began: str | None
    thing: str | None
    owner: str | None = None


SINGLE: Mapping[str, Single] = {
    "tickets": Single("created_at", None, "customer"),
    "repairs": Single(None, "asset"),
    "calls": Single("started_at", "agent"),
}
"""Tables of which one row is one thing. `owner`: the same owner speaks against another thing."""

_SHOWN = 3


def one_row_per_number(
    connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str, key: str, people: Sequence[Person]
) -> list[Decision]:
    """Keep one row per thing, over all sources. Returns what was decided where the rows of one number name several people."""
    union = " UNION ALL ".join(_keyed_rows(stage, table, key) for stage in stages)
    repeated = f"SELECT key FROM ({union}) GROUP BY key HAVING count(*) > 1"
    connection.execute(f"CREATE TEMP TABLE repeated AS SELECT * FROM ({union}) WHERE key IN ({repeated})")
    count = connection.execute("SELECT count(*) FROM repeated").fetchone()
    decisions: list[Decision] = []
    if count and count[0]:
        apart, shared = _read_states(connection, stages, table, key)
        _tell_things_apart(connection, apart)
        _name_persons(connection, people, shared)
        _rank(connection, doubtful=apart or shared)
        _set_aside(connection, stages, table, key)
        if apart:
            _tell_numbers_used_again(connection, stages, table, key)
        decisions = _decisions(connection, stages, table, key) if apart or shared else []
        connection.execute("DROP TABLE ranked; DROP VIEW known; DROP TABLE IF EXISTS persons; DROP TABLE states; DROP TABLE rows")
    connection.execute("DROP TABLE repeated")
    return decisions


def _keyed_rows(stage: Stage, table: str, key: str) -> str:
    bound = stage.bound[table]
    return (
        f"SELECT {bound[key]} AS key, {stage.number} AS source, s.rowid AS id"
        f" FROM {stage.table} s WHERE s.fate IS NULL AND {bound[key]} IS NOT NULL"
    )


def _read_states(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str, key: str) -> tuple[bool, bool]:
    """Create the table ``rows``: the rows of repeated numbers.

    Returns whether any number stands on rows that began at another time or are about another thing, and whether any on rows of
    several agents; mostly neither, and then most of what follows need not be asked.
    """
    connection.execute(f"CREATE TEMP TABLE rows AS {' UNION ALL '.join(_state(stage, table, key) for stage in stages)}")
    found = connection.execute(
        "SELECT bool_or(apart), bool_or(shared) FROM (SELECT min(began) <> max(began) OR min(thing) <> max(thing)"
        " OR (min(owner) <> max(owner) AND bool_and(began = date_trunc('day', began))) AS apart,"
        " min(agent) <> max(agent) AS shared FROM rows GROUP BY key)"
    ).fetchone()
    apart, shared = found or (False, False)
    return bool(apart), bool(shared)


def _tell_things_apart(connection: duckdb.DuckDBPyConnection, apart: bool) -> None:
    """Create the table ``states``: the rows, and which thing (`cluster`) of its number each is about.

    Times are compared as coarsely as the coarsest of the exports writes them. Where the beginning was recognised by a weak word
    only (日期), another one proves nothing; nor does it where the owner is the same. That two of other owners began on one day,
    of which no time is told, does not make them one either.
    """
    if not apart:
        connection.execute("CREATE TEMP TABLE states AS SELECT *, '' AS born, false AS dubious, '' AS cluster FROM rows")
        return
    connection.execute(
        "CREATE TEMP TABLE states AS WITH written AS (SELECT *,"
        " bool_and(began = date_trunc('day', began)) OVER s AS days,"
        " bool_and(began = date_trunc('minute', began)) OVER s AS minutes FROM rows WINDOW s AS (PARTITION BY source)),"
        " told AS (SELECT *, coalesce(CAST(CASE WHEN bool_or(days) OVER k THEN date_trunc('day', began)"
        " WHEN bool_or(minutes) OVER k THEN date_trunc('minute', began) ELSE began END AS VARCHAR), '') || '|' || thing AS born,"
        " bool_and(days) OVER k AS undated, bool_or(weak) OVER k AS unproved, bool_and(owner IS NOT NULL) OVER k AS owned"
        " FROM written WINDOW k AS (PARTITION BY key)),"
        " one AS (SELECT *, CASE WHEN unproved AND NOT owned THEN min(born) OVER (PARTITION BY key)"
        " WHEN owner IS NULL THEN born ELSE min(born) OVER (PARTITION BY key, owner) END AS first FROM told),"
        " two AS (SELECT *, CASE WHEN unproved THEN first ELSE min(first) OVER (PARTITION BY key, born) END AS second FROM one),"
        " three AS (SELECT *, CASE WHEN unproved OR owner IS NULL THEN second ELSE min(second) OVER (PARTITION BY key, owner) END"
        " AS third FROM two),"
        " four AS (SELECT *, CASE WHEN unproved AND owned THEN owner WHEN unproved THEN ''"
        " ELSE min(third) OVER (PARTITION BY key, born) END AS cluster FROM three)"
        " SELECT key, source, id, agent, team, name, updated, said, content, cluster,"
        " (NOT (unproved AND owned) AND min(born) OVER c <> max(born) OVER c)"
        " OR (undated AND min(owner) OVER c <> max(owner) OVER c) AS dubious FROM four WINDOW c AS (PARTITION BY key, cluster)"
    )


def _state(stage: Stage, table: str, key: str) -> str:
    bound, apart = stage.bound[table], SINGLE[table]
    names = [column.name for column in TABLES[table].columns] + list(EXTRA_COLUMNS[table])
    content = ", ".join(f"CAST({bound[n]} AS VARCHAR)" if n in bound else "NULL" for n in names if n != "agent_name")
    match = stage.primary.matches.get(apart.began or "") if apart.owner else None
    said = stage.mapping.rows if stage.mapping else None

    def of(name: str | None, absent: str = "NULL::VARCHAR") -> str:
        return bound.get(name or "", absent)

    return (
        f"SELECT {bound[key]} AS key, {stage.number} AS source, s.rowid AS id, {bound['agent']} AS agent, {of('team')} AS team,"
        f" {of('agent_name')} AS name, {of(apart.began, 'NULL::TIMESTAMP')} AS began, {of(apart.thing, quote(''))} AS thing,"
        f" {of(apart.owner)} AS owner, {'true' if match and match.how == 'weak' else 'false'} AS weak,"
        f" {of('updated_at', 'NULL::TIMESTAMP')} AS updated, {quote(said) if said else 'NULL::VARCHAR'} AS said,"
        f" hash([{content}]) AS content"
        f" FROM {stage.table} s WHERE s.rowid IN (SELECT id FROM repeated WHERE source = {stage.number})"
    )


def _name_persons(connection: duckdb.DuckDBPyConnection, people: Sequence[Person], shared: bool) -> None:
    """Create the view ``known``: the states and whose each is, so that a name and a staff id are not taken for two people."""
    if not shared:
        connection.execute("CREATE TEMP VIEW known AS SELECT *, agent AS person FROM states")
        return
    seen = connection.execute("SELECT agent, team, min(name) FROM states GROUP BY ALL ORDER BY ALL").fetchall()
    roster = Roster(people)
    ids: dict[str, set[str]] = {}
    for agent, _, name in seen:
        if name:
            ids.setdefault(id_key(name), set()).add(id_key(agent))
    persons = []
    for agent, team, name in seen:
        known = ids.get(id_key(agent), set())
        other = next(iter(known)) if len(known) == 1 else id_key(agent)
        persons.append((agent, team, roster.resolve(agent, team, name).id or other))
    connection.execute("CREATE TEMP TABLE persons (agent VARCHAR, team VARCHAR, person VARCHAR)")
    lists = [list(column) for column in zip(*persons, strict=True)]
    connection.execute("INSERT INTO persons SELECT unnest(?), unnest(?), unnest(?)", lists)
    connection.execute(
        "CREATE TEMP VIEW known AS SELECT s.*, p.person FROM states s JOIN persons p"
        " ON p.agent = s.agent AND p.team IS NOT DISTINCT FROM s.team"
    )


_JUDGED = (
    " seen AS (SELECT *, min(person) OVER c <> max(person) OVER c AS shared,"
    " bool_or(dubious) OVER c AS unclear, max(said) OVER c AS declared,"
    " bool_and(updated IS NOT NULL) OVER c AS dated, max(updated) OVER c AS latest"
    " FROM known WINDOW c AS (PARTITION BY key, cluster)),"
    " judged AS (SELECT *, dated AND min(person) FILTER (updated = latest) OVER c = max(person) FILTER (updated = latest)"
    " OVER c AS told FROM seen WINDOW c AS (PARTITION BY key, cluster)),"
    " ruled AS (SELECT *, CASE WHEN shared OR unclear THEN"
    " coalesce(declared, CASE WHEN shared AND NOT unclear AND told THEN 'update' ELSE 'guess' END) END AS mode FROM judged),"
    " parted AS (SELECT *, CASE WHEN mode = 'row' THEN CAST(content AS VARCHAR)"
    " WHEN shared AND mode IN ('person', 'guess') THEN person ELSE '' END AS part FROM ruled)"
)
_PLAIN = (
    " parted AS (SELECT *, NULL::VARCHAR AS mode, false AS shared, '' AS part,"
    " bool_and(updated IS NOT NULL) OVER (PARTITION BY key) AS dated FROM known)"
)


def _rank(connection: duckdb.DuckDBPyConnection, *, doubtful: bool) -> None:
    """Create the table ``ranked``: what wins in each thing, and how that was known.

    `mode`: NULL where one person has one thing; else ``update`` (the last update wins), what the mapping says (``ticket``,
    ``person``, ``row``), or ``guess``: each person keeps a row; of one person, the last row.
    """
    connection.execute(
        f"CREATE TEMP TABLE ranked AS WITH {_JUDGED if doubtful else _PLAIN}"
        " SELECT *, first_value(content) OVER w AS winner, first_value(agent) OVER w AS holder,"
        " first_value(person) OVER w AS holding, row_number() OVER"
        " (PARTITION BY key, cluster, part, content ORDER BY source, id) AS copy FROM parted WINDOW w AS"
        " (PARTITION BY key, cluster, part ORDER BY CASE WHEN dated THEN updated END DESC NULLS LAST, source DESC, id DESC)"
    )


def _set_aside(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str, key: str) -> None:
    connection.execute(
        "CREATE TEMP TABLE losers AS SELECT source, id, content = winner AS is_copy,"
        " CASE WHEN person <> holding THEN key || '：' || agent || ' → ' || holder ELSE key END AS told"
        " FROM ranked WHERE content <> winner OR copy > 1"
    )
    for stage in stages:
        own, label = f"source = {stage.number}", quote(stage.labels.get(f"{table}.{key}", key))
        for code, test in (("duplicate", "is_copy"), ("superseded", "NOT is_copy")):
            chosen = f"s.rowid IN (SELECT id FROM losers WHERE {own} AND {test})"
            shown = f"(SELECT any_value(l.told) FROM losers l WHERE l.{own} AND l.id = s.rowid)"
            set_aside(connection, stage, code, chosen, label, shown)
    connection.execute("DROP TABLE losers")


def _tell_numbers_used_again(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str, key: str) -> None:
    """Tell the rows that were kept although another thing has their number; the legs of one call are told by their export."""
    several = "count(DISTINCT source) > 1 AND " if SINGLE[table].thing == "agent" else ""
    again = f"SELECT key FROM ranked GROUP BY key HAVING {several}count(DISTINCT cluster) > 1"
    connection.execute(f"CREATE TEMP TABLE anew AS SELECT source, id FROM ranked WHERE key IN ({again})")
    for stage in stages:
        label = quote(stage.labels.get(f"{table}.{key}", key))
        kept = f"s.fate IS NULL AND s.rowid IN (SELECT id FROM anew WHERE source = {stage.number})"
        add_issues(connection, stage, "same_number", kept, label, stage.bound[table][key])
    connection.execute("DROP TABLE anew")


def _decisions(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str, key: str) -> list[Decision]:
    """Return one decision for each source, ground and kind of doubt; the source is that of a thing's last row."""
    rows = connection.execute(
        "WITH things AS (SELECT key, any_value(mode) AS mode, bool_or(shared) AS shared, max(source) AS source, count(*) AS n,"
        " string_agg(DISTINCT agent, '、' ORDER BY agent) AS people FROM ranked WHERE mode IS NOT NULL GROUP BY key, cluster)"
        " SELECT source, mode, shared, sum(n), count(*),"
        f" list(key || CASE WHEN shared THEN '（' || people || '）' ELSE '' END ORDER BY key)[1:{_SHOWN}] FROM things"
        " GROUP BY source, mode, shared ORDER BY source, mode, shared"
    ).fetchall()
    at = {stage.number: stage for stage in stages}
    return [_decision(at[source], table, key, *rest) for source, *rest in rows]


def _decision(
    stage: Stage, table: str, key: str, mode: str, shared: bool, rows: int, things: int, examples: Sequence[str]
) -> Decision:
    grounds: Mapping[str, Ground] = {"update": "read", "guess": "guess"}
    answers = {"update": "ticket", "guess": "person" if shared else "ticket"}
    label = stage.labels.get(f"{table}.{key}", key)
    shown = "、".join(examples) + (f" 等 {things} 个" if things > len(examples) else "")
    why = {
        "update": Text("有更新时间，以最后一次更新为准", "there is an update time: the last update wins"),
        "guess": Text("没有更新时间能判断", "no update time tells which is the last"),
    }.get(mode, Text("映射文件已写明", "the mapping file says so"))
    doubt = (
        Text(f"同一“{label}”在几个人名下：{shown}", f"one {label} on rows of several people: {shown}")
        if shared
        else Text(
            f"同一“{label}”的日期或客户不同，看不出是不是同一张：{shown}",
            f"one {label} with other dates or customers, perhaps of different tickets: {shown}",
        )
    )
    return Decision(
        DECISION_KINDS["rows"],
        grounds.get(mode, "declared"),
        Text(f"{doubt.zh}；{why.zh}", f"{doubt.en}; {why.en}"),
        answers.get(mode, mode),
        stage.sheet.file,
        stage.sheet.sheet,
        table,
        key,
        label,
        count=int(rows),
    )
