"""Decisions made up for tests: what an export is taken to mean is asked of them, whatever the reading room itself would ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from kpi_xl.decisions import Decision
from kpi_xl.errors import Text
from kpi_xl.exports import load
from kpi_xl.exports.columns.mapping import MappingFile
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.model import SourceTable, Tables

EVIDENCE = Text("最高分是 5", "the highest is 5")


@dataclass(frozen=True)
class Asked:
    """A question about every sheet that feeds `table`: settled once the mapping file says so."""

    code: str
    table: str
    column: str
    answer: str | None = None
    detail: str = ""
    ground: Any = "guess"
    columns: frozenset[str] = frozenset()

    def decision(self, source: SourceTable, maps: MappingFile | None) -> Decision:
        header = source.columns.get(f"{self.table}.{self.column}")
        one = Decision(
            DECISION_KINDS[self.code], self.ground, EVIDENCE, self.answer, source.file, source.sheet, self.table, self.column,
            header, self.columns or frozenset({self.column}), 7, self.detail,
        )  # fmt: skip
        said = _said(maps, one)
        return one if said is None else replace(one, ground="declared", answer=said)


def _said(maps: MappingFile | None, one: Decision) -> str | None:
    """Return what the mapping file says of the decision's setting."""
    if maps is None:
        return None
    there: Any = maps.entry(one.file or "", one.sheet) if one.path[0] == "export" else maps
    for name in one.path[1:] if one.path[0] == "export" else one.path:
        if there is None:
            return None
        there = there.get(name) if isinstance(there, dict) else getattr(there, name, None) or _section(there, name)
    if isinstance(there, tuple):
        there = "、".join(there)
    return None if there is None else f"{there:g}" if isinstance(there, float) else str(there)


def _section(there: Any, name: str) -> Any:
    return there.sections.get(name) if hasattr(there, "sections") else None


SCALE = Asked("scale", "ratings", "rating", "5", columns=frozenset({"rating", "scale"}))


@contextmanager
def asking(*asked: Asked) -> Iterator[None]:
    """Let the reading room ask exactly this."""
    original = load._finish

    def finish(*arguments: Any, **named: Any) -> Tables:
        tables = original(*arguments, **named)
        maps = next((one for one in (*arguments, *named.values()) if isinstance(one, MappingFile)), None)
        return replace(tables, decisions=tuple(_decisions(asked, tables, maps)))

    with patch.object(load, "_finish", finish):
        yield


def _decisions(asked: Iterable[Asked], tables: Tables, maps: MappingFile | None) -> Iterator[Decision]:
    for question in asked:
        for source in tables.sources:
            if question.table in source.tables:
                yield question.decision(source, maps)
