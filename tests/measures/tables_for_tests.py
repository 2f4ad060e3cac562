"""Tables made directly in DuckDB, by the contract of the exports room, so that measures are tested without files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from kpi_xl.exports.model import Tables
from kpi_xl.people import Person
from kpi_xl.tables import SQL_TYPES, TABLES

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def make_tables(
    rows: Rows,
    *,
    columns: Mapping[str, Sequence[str]] | None = None,
    people: Sequence[Person] = (),
    data_end: dt.datetime | None = None,
) -> Tables:
    """Return Tables that hold the rows. `columns`: those that the export had (default: the keys of the rows)."""
    connection = duckdb.connect(config={"threads": 1})
    present: dict[str, frozenset[str]] = {}
    latest = [dt.datetime(1970, 1, 1)]
    for name, items in rows.items():
        table = TABLES[name]
        declared = ", ".join(f'"{column.name}" {SQL_TYPES[column.type]}' for column in table.columns)
        connection.execute(f"CREATE TABLE {name} ({declared}, source INTEGER, row BIGINT)")
        lines = [[item.get(column.name) for column in table.columns] + [0, number] for number, item in enumerate(items, start=2)]
        if lines:
            marks = f"({', '.join('?' * len(lines[0]))})"
            connection.execute(
                f"INSERT INTO {name} VALUES {', '.join([marks] * len(lines))}", [value for line in lines for value in line]
            )
        found = set().union(*(item.keys() for item in items)) if items else {column.name for column in table.columns}
        present[name] = frozenset(columns[name] if columns and name in columns else found)
        latest += [value for item in items for value in item.values() if isinstance(value, dt.datetime)]
    agents: dict[str, Person] = {person.id: person for person in people}
    for items in rows.values():
        for item in items:
            if item.get("agent"):
                agents.setdefault(
                    item["agent"], Person(item["agent"], item["agent"], item.get("team") or "", item.get("region") or "")
                )
    return Tables(connection, present, (), tuple(people), tuple(agents.values()), data_end or max(latest))
