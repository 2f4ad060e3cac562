"""Which decisions about the meaning of an export a measure depends on."""

from __future__ import annotations

from collections.abc import Iterable

from kpi_xl.decisions import Decision
from kpi_xl.measures.model import Measure
from kpi_xl.measures.query import needed_columns
from kpi_xl.tables import TABLES

Columns = dict[str, frozenset[str]]
"""Canonical columns per canonical table."""


def depended_on(measures: Iterable[Measure]) -> Columns:
    """Return the canonical columns per table on which the (resolved) measures depend.

    Besides those that their expressions read: whose row it is, in which month, and whether it counts once.
    """
    listed = list(measures)
    found = needed_columns(listed)
    used = {measure.table for measure in listed}
    anyway = {table: {"agent", "team", TABLES[table].when, TABLES[table].key} for table in used}
    return {
        table: columns | {name for name in anyway[table] if name} if table in used else frozenset()
        for table, columns in found.items()
    }


def unsettled_for(measure: Measure, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that nobody settled yet and on which the (resolved) measure depends."""
    waiting = [decision for decision in decisions if not decision.settled]
    columns = depended_on([measure]) if waiting else {}
    return tuple(decision for decision in waiting if decision.concerns(columns))
