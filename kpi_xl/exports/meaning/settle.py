"""Decide what the values of a sheet mean, table by table, when its rows are cleaned."""

from __future__ import annotations

import duckdb

from kpi_xl.decisions import Decision
from kpi_xl.exports.meaning.events import settle_points
from kpi_xl.exports.meaning.points import settle_score
from kpi_xl.exports.meaning.satisfaction import settle_ratings
from kpi_xl.exports.meaning.status import settle_status
from kpi_xl.exports.meaning.tell import Column, Settled
from kpi_xl.exports.rows.stage import Stage


def settle(connection: duckdb.DuckDBPyConnection, stage: Stage) -> Settled:
    """Decide about the sheet, changing its stage table where a value must not be used as it stands."""

    def column(table: str, name: str) -> Column:
        return Column(connection, stage, table, name)

    parts = (
        settle_ratings(connection, stage),
        settle_status(column("ratings", "call_status")),
        settle_points(column("events", "points"), column("events", "added"), column("events", "taken_off")),
        settle_score(column("quality", "score")),
    )
    decisions: list[Decision] = []
    bound: dict[str, dict[str, str | None]] = {}
    for part in parts:
        decisions += part.decisions
        for table, columns in part.bound.items():
            bound.setdefault(table, {}).update(columns)
    return Settled(tuple(decisions), bound)
