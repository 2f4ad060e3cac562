"""What the modules of this folder share: a decision about a column of a sheet, and what was settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import Text
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.rows.stage import Stage

Bound = Mapping[str, Mapping[str, str | None]]
"""Per canonical table and column the SQL over ``s`` that takes the place of what was read; None: the column is not there."""


@dataclass(frozen=True)
class Settled:
    """What was decided about one sheet, and what its columns are bound to for that."""

    decisions: tuple[Decision, ...] = ()
    bound: Bound = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A canonical column of a stage: what decisions about it have in common."""

    connection: duckdb.DuckDBPyConnection
    stage: Stage
    table: str
    name: str

    @property
    def bound(self) -> str | None:
        """SQL over ``s`` of its value; None where the sheet has no such column, or it is not read."""
        return self.stage.bound.get(self.table, {}).get(self.name)

    @property
    def header(self) -> str:
        """Its header in the file; empty without one."""
        return self.stage.labels.get(f"{self.table}.{self.name}", "")

    @property
    def declared(self) -> str | None:
        """The meaning that the mapping file gives it."""
        feed = next((f for f in self.stage.feeds if f.table == self.table), None)
        return feed.mapping.meaning.get(self.name) if feed else None

    def decide(
        self,
        kind: str,
        ground: Ground,
        evidence: Text,
        answer: str | None = None,
        *,
        columns: tuple[str, ...] = (),
        count: int = 0,
        detail: str = "",
    ) -> Decision:
        """Return a decision about the column; `columns`: whose figures depend on it (none: its own)."""
        sheet = self.stage.sheet
        concerned = frozenset(columns or (self.name,))
        return Decision(
            DECISION_KINDS[kind], ground, evidence, answer, sheet.file, sheet.sheet, self.table, self.name,
            self.header or None, concerned, count, detail,
        )  # fmt: skip

    def counted(self, what: str, where: str = "true") -> list[tuple[object, ...]]:
        """Return the different values of SQL over the used rows, with how many rows have each, the commonest first."""
        return self.connection.execute(
            f"SELECT {what}, count(*) FROM {self.stage.table} s WHERE s.fate IS NULL AND ({where})"  # noqa: S608
            " GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 2000"
        ).fetchall()


def few(values: Mapping[str, int], shown: int = 6) -> str:
    """Return values with their counts for people: ``1（54 行）、3（6 行）``."""
    listed = "、".join(f"{value}（{count} 行）" for value, count in list(values.items())[:shown])
    return listed + ("……" if len(values) > shown else "")


def few_en(values: Mapping[str, int], shown: int = 6) -> str:
    """Return values with their counts: ``1 (54 rows), 3 (6 rows)``."""
    listed = ", ".join(f"{value} ({count} rows)" for value, count in list(values.items())[:shown])
    return listed + (", …" if len(values) > shown else "")
