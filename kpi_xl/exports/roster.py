"""The people of the roster: whom it lists once, twice or by half, and what must be said of them."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from kpi_xl.cell_words import is_total
from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.people_match import Roster, who
from kpi_xl.exports.rows import clean
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.people import Person, id_key, name_key, plain_name
from kpi_xl.tables import TABLES

_Row = tuple[int, dict[str, Any]]


def read_people(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage]) -> tuple[Person, ...]:
    """Read the people of the roster.

    A row of totals is nobody; of rows with one id the first counts, and equal rows are one; people of one name with different
    ids are different people. Each is an issue.
    """
    people: dict[str, Person] = {}
    for stage in stages:
        rows = _rows(connection, stage)
        totals = [rowid for rowid, row in rows if is_total(row["id"]) or is_total(row["name"])]
        _set_aside(connection, stage, "total_row", totals)
        again: dict[str, list[int]] = {"roster_repeated": [], "roster_duplicate": []}
        for rowid, row in rows:
            if rowid in totals:
                continue
            person, key = _person(row), id_key(row["id"])
            if key in people:
                again["roster_repeated" if person == people[key] else "roster_duplicate"].append(rowid)
            else:
                people[key] = person
        for code, rowids in again.items():
            _set_aside(connection, stage, code, rowids)
    found = tuple(people.values())
    for namesakes in Roster(found).repeated_names:
        _tell(connection, stages[-1], "roster_namesakes", "roster.name", who(namesakes))
    return found


def _rows(connection: duckdb.DuckDBPyConnection, stage: Stage) -> list[_Row]:
    names = [c.name for c in TABLES["roster"].columns]
    chosen = ", ".join(stage.bound["roster"].get(name, "NULL") for name in names)
    rows = connection.execute(f"SELECT s.rowid, {chosen} FROM {stage.table} s WHERE s.fate IS NULL ORDER BY s.rowid").fetchall()
    return [(rowid, dict(zip(names, values, strict=True))) for rowid, *values in rows]


def _person(row: Mapping[str, Any]) -> Person:
    joined = row["joined_on"]
    return Person(
        row["id"], plain_name(row["name"]), row["team"] or "", row["region"] or "", row["position"] or "",
        plain_name(row["manager"] or ""), joined.date() if joined else None, row["status"] or "在职", row["scheme"],
        tuple(re.findall(r"[^\s,，、+;；]+", row["variant"] or "")),
    )  # fmt: skip


def _set_aside(connection: duckdb.DuckDBPyConnection, stage: Stage, code: str, rowids: Sequence[int]) -> None:
    if rowids:
        where = f"s.rowid IN ({', '.join(map(str, rowids))})"
        clean.set_aside(connection, stage, code, where, quote(stage.labels["roster.id"]), stage.bound["roster"]["id"])


def _tell(connection: duckdb.DuckDBPyConnection, stage: Stage, code: str, column: str, value: str) -> None:
    told = issue_of(code, stage.sheet.file, stage.sheet.sheet, column=stage.labels.get(column), value=value)
    clean.add_issue(connection, stage.number, told)


def tell_regions(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], people: Iterable[Person]) -> None:
    """Say which teams have people in several regions: they are summed up as one team.

    In a roster the region is the team's; in an export it may be the customer's, so that this is nothing to do.
    """
    regions: dict[str, Counter[str]] = defaultdict(Counter)
    for person in people:
        if person.team and person.region:
            regions[person.team][person.region] += 1
    rosters = [stage for stage in stages if stage.primary.table == "roster"]
    named = [s for s in (*rosters, *stages) if "region" in s.bound[s.primary.table]]
    code = "team_in_several_regions" if rosters else "team_works_in_several_regions"
    for team, counted in sorted(regions.items()):
        if len({name_key(region) for region in counted}) > 1 and named:
            stage = named[0]
            value = f"{team}：" + "、".join(f"{region} {n} 人" for region, n in counted.most_common())
            _tell(connection, stage, code, f"{stage.primary.table}.region", value)
