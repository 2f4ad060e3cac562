"""Which decisions about the meaning of an export a measure depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kpi_xl.decisions import Decision
from kpi_xl.exports.model import Tables
from kpi_xl.measures.model import Measure
from kpi_xl.measures.query import needed_columns
from kpi_xl.periods import Basis
from kpi_xl.tables import TABLES, when_of

Columns = dict[str, frozenset[str]]
"""Canonical columns per canonical table."""


def depended_on(
    measures: Iterable[Measure], present: Mapping[str, frozenset[str]] | None = None, basis: Basis = "created"
) -> Columns:
    """Return the canonical columns per table on which the (resolved) measures depend.

    Besides those that their expressions read: whose row it is, in which month, and whether it counts once. `present` are the
    columns of the exports, where they are known: a measure then depends on those of the definition that is counted.
    """
    listed = list(measures)
    found = needed_columns(listed, present=present, basis=basis)
    used = {measure.table for measure in listed}
    anyway = {table: {"agent", "team", when_of(table, basis), TABLES[table].key} for table in used}
    return {
        table: columns | {name for name in anyway[table] if name} if table in used else frozenset()
        for table, columns in found.items()
    }


def unsettled_for(measure: Measure, tables: Tables) -> tuple[Decision, ...]:
    """Return the decisions that nobody settled yet and on which the (resolved) measure depends."""
    waiting = [decision for decision in tables.decisions if not decision.settled]
    basis = tables.reckoning.basis or "created"
    columns = depended_on([measure], tables.columns, basis) if waiting else {}
    return tuple(decision for decision in waiting if decision.concerns(columns))
