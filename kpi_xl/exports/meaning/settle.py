"""Decide what the values of a sheet mean, table by table, when its rows are cleaned."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from kpi_xl.decisions import Decision
from kpi_xl.exports.meaning.satisfaction import check_ratings
from kpi_xl.exports.rows.stage import Stage


@dataclass(frozen=True)
class Settled:
    """What was decided about one sheet; `scale` is SQL for the scale of its ratings, None without ratings."""

    decisions: tuple[Decision, ...] = ()
    scale: str | None = None


def settle(connection: duckdb.DuckDBPyConnection, stage: Stage) -> Settled:
    """Decide about the sheet, changing its stage table where a value must not be used as it stands."""
    return Settled((), check_ratings(connection, stage))
