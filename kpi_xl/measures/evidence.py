"""The rows behind each figure: what counted, what was left out and why, what missed. From the same outcomes as the counts."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from kpi_xl.exports.model import Tables
from kpi_xl.glossary import MISSING
from kpi_xl.measures.base import known_columns
from kpi_xl.measures.catalog import Catalog, built_in_catalog
from kpi_xl.measures.counting import prepare
from kpi_xl.measures.model import SECONDS_IN, Evidence, Measure
from kpi_xl.measures.query import RECORDS, Fused, absent_columns, columns_of, fitting, fuse, outcomes, reason_unknown
from kpi_xl.numbers import divide, format_plain
from kpi_xl.periods import Period
from kpi_xl.tables import TABLES

_BATCH = 4_096
_PLACES = 1 << 40
_FIRST_PLACE = f"""CASE WHEN customer IS NULL THEN CAST(source AS BIGINT) * {_PLACES} + row
  ELSE min(CAST(source AS BIGINT) * {_PLACES} + row) OVER (PARTITION BY agent, customer) END"""
"""Without ticket ids only the customer says which answers belong to one questionnaire. Customers may be known by their telephone
numbers, which forms and pages must not show: the place of the customer's first row stands for them."""

UNIT_NAMES: Mapping[str, str] = {
    "hours": "小时",
    "minutes": "分钟",
    "seconds": "秒",
    "points": "分",
    "rating": "分",
    "money": "元",
}


def evidence(
    tables: Tables,
    period: Period,
    measures: Iterable[str],
    agents: Sequence[str] | None = None,
    definitions: Mapping[str, str] | None = None,
    *,
    catalog: Catalog | None = None,
    all_rows: bool = True,
) -> Iterator[Evidence]:
    """Yield what became of each row of the period in each measure, ordered by agent (then table, time and record).

    One query per table for all agents together, streamed. `agents`: only these, None for all. `all_rows` False leaves out the
    rows
    that are outside a measure's `of` (a ticket that is no complaint says little about complaints). A part asked for together with
    its whole (``handling_hours.urgent``) yields the rows that it counts; the whole says why others are left out. Measures whose
    columns the exports lack yield nothing. Raises KpiError as `measure_tables` does.
    """
    resolved = (catalog or built_in_catalog()).resolve(measures, definitions or {})
    period = tables.reckoning.of(period)
    fit = [fitting(measure, tables.columns) for measure in resolved]
    countable = [measure for measure in fit if _is_told(measure, tables)]
    prepare(tables, countable, period)
    asked = frozenset(measure.id for measure in countable)
    told = frozenset(key for key in asked if "." in key and key.partition(".")[0] in asked)
    streams = [_stream(tables, group, period, agents or (), all_rows, told) for group in fuse(countable, period.basis)]
    return heapq.merge(*streams, key=lambda row: row.agent)


def evidence_by_agent(
    tables: Tables,
    period: Period,
    measures: Iterable[str],
    agents: Sequence[str] | None = None,
    definitions: Mapping[str, str] | None = None,
    *,
    catalog: Catalog | None = None,
    all_rows: bool = True,
) -> Iterator[tuple[str, list[Evidence]]]:
    """Yield (agent, all evidence of the agent), agents in order; see `evidence`."""
    rows = evidence(tables, period, measures, agents, definitions, catalog=catalog, all_rows=all_rows)
    for agent, group in groupby(rows, key=lambda row: row.agent):
        yield agent, list(group)


def _is_told(measure: Measure, tables: Tables) -> bool:
    return absent_columns(measure, tables.columns) == () and reason_unknown(measure, tables.unknown) is None


def show_value(measure: Measure, value: Decimal | None) -> str:
    """Return a row's value for people: ``6.5 小时``; empty when the measure has no value per row."""
    return "" if value is None else f"{format_plain(value)} {UNIT_NAMES.get(measure.unit, '')}".rstrip()


def _stream(
    tables: Tables, group: Fused, period: Period, agents: Sequence[str], all_rows: bool, told: frozenset[str]
) -> Iterator[Evidence]:
    """Yield the evidence of the measures of one query; `told`: parts whose left-out rows the whole explains."""
    known = tables.columns[group.table]
    record = group.measures[0].record or next(iter(RECORDS.get(group.table, ())), None)
    by_customer = group.table == "ratings" and record not in known and {"question", "customer"} <= known
    shown = _FIRST_PLACE if by_customer else f'"{record}"' if record in known else "NULL"
    columns = (f"{shown} AS record", f'"{group.when}" AS happened_at', "source", "row")
    inner = outcomes(group, period, tables.data_end, columns, with_scope=True, agents=agents)
    sql = f"SELECT * FROM (\n{inner}\n) AS outcome ORDER BY agent, happened_at, record, source, row"
    cursor = tables.connection.cursor()
    try:
        cursor.execute(sql)
        readers = _readers(group, all_rows, told)
        while rows := cursor.fetchmany(_BATCH):
            for row in rows:
                agent, name, at = row[0], row[1], row[2]
                label = _place(name, len(tables.sources)) if by_customer else name or f"第 {row[4]} 行"
                for read in readers:
                    found = read(row)
                    if found is not None:
                        yield Evidence(agent, found[0], label, at, *found[1:])
    finally:
        cursor.close()


def _place(place: int, sources: int) -> str:
    """Name a row; where several files or sheets were read, with the number of its one."""
    source, row = divmod(place, _PLACES)
    return f"第 {row} 行" if sources == 1 else f"来源 {source + 1} 第 {row} 行"


_Found = (
    tuple[str, bool, bool | None, Decimal | None, bool, str]
    | tuple[str, bool, bool | None, Decimal | None, bool, str, Decimal, Decimal]
)
"""The fields of an `Evidence` from `measure` on, without record and time."""


def _readers(group: Fused, all_rows: bool, told: frozenset[str]) -> list[Callable[[Sequence[Any]], _Found | None]]:
    """Return a function per measure that reads its columns (outcome, d, p, scope) out of a row of the query."""
    readers = []
    position = 5
    for measure in group.measures:
        outcome = position
        per = outcome + 1 if measure.per else None
        pending = outcome + 1 + bool(measure.per) if measure.pending else None
        scope = outcome + 1 + bool(measure.per) + bool(measure.pending)
        position = scope + 1
        readers.append(_reader(measure, outcome, per, pending, scope, all_rows, measure.id in told))
    return readers


def _reader(
    measure: Measure, outcome: int, per: int | None, pending: int | None, scope: int, all_rows: bool, told: bool
) -> Callable[[Sequence[Any]], _Found | None]:
    unknown = f"{MISSING}，不计入（{_zh_columns(measure)}）"
    unit = Decimal(10**measure.decimals * SECONDS_IN.get(measure.unit, 1))
    left_out = measure.left_out
    key = measure.key
    done, not_done = ("达标", "未达标") if measure.better == "higher" and measure.figure == "ratio" else ("发生", "未发生")
    hit_reason, miss_reason = ("计入", "计入") if measure.hit is None else (f"计入，{done}", f"计入，{not_done}")

    def read(row: Sequence[Any]) -> _Found | None:
        found = row[outcome]
        if found is None:
            if told:
                return None
            if row[scope]:
                return (key, False, None, None, False, unknown)
            return (key, False, None, None, False, left_out) if all_rows else None
        is_open = bool(pending is not None and row[pending])
        if measure.is_value:
            reason = "计入，观察期未满" if is_open else "计入"
            if per is not None and row[per]:
                return (key, True, None, divide(found, row[per]), is_open, reason, Decimal(found), Decimal(row[per]))
            return (key, True, None, divide(found, unit), is_open, reason)
        reason = hit_reason if found else miss_reason
        return (key, True, bool(found), None, is_open, reason + ("，观察期未满" if is_open else ""))

    return read


def _zh_columns(measure: Measure) -> str:
    """Name the columns whose absence can make the outcome unknown."""
    known = known_columns(measure.table)
    when = TABLES[measure.table].when
    names = [known[name].zh for name in sorted(columns_of(measure)) if name != when]
    return "、".join(names)
