"""One query per table: every measure becomes one column (its outcome per row), counted together in one pass.

The inner select (`outcomes`) is the same for counting and for evidence, so the two cannot disagree.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpi_xl.errors import Text
from kpi_xl.measures.base import BaseView, base_relation, canonical_columns, mentioned_columns, views_for
from kpi_xl.measures.catalog import choose
from kpi_xl.measures.model import Measure
from kpi_xl.periods import Basis, Period
from kpi_xl.tables import BASIS_COLUMNS, TABLES, first_of_month, when_of

RECORDS: Mapping[str, tuple[str, ...]] = {
    "tickets": ("ticket_id",), "calls": ("call_id",), "ratings": ("ticket_id", "customer", "question"), "repairs": ("repair_id",),
    "quality": ("ticket_id",),
}  # fmt: skip
"""The column by which people know a row of the table (else the spreadsheet row stands in), and what stands for it."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Fused:
    """Measures of one table that are counted in one query: same month column, same parameters of their base views."""

    table: str
    when: str
    measures: tuple[Measure, ...]
    views: tuple[BaseView, ...]
    parameters: Mapping[str, int]


def columns_of(measure: Measure) -> frozenset[str]:
    """Return the known columns (canonical and derived) that the measure's expressions name."""
    return mentioned_columns(measure.table, (measure.of, measure.hit, measure.value, measure.per, measure.pending))


def absent_columns(measure: Measure, columns: Mapping[str, frozenset[str]]) -> tuple[str, ...] | None:
    """Return the columns that the measure needs and the exports do not have; None when the whole table is absent."""
    if measure.table not in columns:
        return None
    # columns of a table that every usable export has (agent, time) are required there; optional ones may be absent
    needed = canonical_columns(measure.table, columns_of(measure) - measure.optional) - measure.optional
    if measure.any_of.isdisjoint(columns[measure.table]):
        needed |= measure.any_of
    return tuple(sorted(needed - columns[measure.table]))


def reason_unknown(measure: Measure, unknown: Mapping[tuple[str, str], Text], *, optional: bool = False) -> Text | None:
    """Return why the exports cannot tell something that the measure needs (`optional`: or may use); None when they can."""
    names = columns_of(measure) | (measure.optional if optional else frozenset())
    needed = (names | canonical_columns(measure.table, names)) - (frozenset() if optional else measure.optional)
    return next((why for (table, name), why in unknown.items() if table == measure.table and name in needed), None)


def fitting(measure: Measure, columns: Mapping[str, frozenset[str]]) -> Measure:
    """Return the measure, or the first of the definitions that stand in for it when the exports lack its columns.

    A definition that was chosen stays. None stands in that cannot be counted either.
    """
    if measure.chosen or not absent_columns(measure, columns):
        return measure
    return next((other for other in _stand_ins(measure) if absent_columns(other, columns) == ()), measure)


def _stand_ins(measure: Measure) -> Iterator[Measure]:
    return (choose(measure, name, measure.key) for name in ([] if measure.chosen else measure.otherwise))


def _definitions(measure: Measure, present: Mapping[str, frozenset[str]] | None) -> tuple[Measure, ...]:
    """Return the definitions of a measure that may be counted: the one that fits, where the columns of the exports are known."""
    return (measure, *_stand_ins(measure)) if present is None else (fitting(measure, present),)


def needed_columns(
    measures: Iterable[Measure],
    *,
    evidence: bool = False,
    basis: Basis = "created",
    present: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, frozenset[str]]:
    """Return the canonical columns per table that counting the (resolved) measures reads: the `columns` of `read_exports`.

    A column counts as read when an expression of the measure, or of a base view behind it, mentions it. `evidence` adds what the
    evidence shows of a row; `basis` is the time that puts tickets into a month, where it is not their creation; `present` are the
    columns of the exports, where they are known: then only the definition that is counted matters. A table that none of the
    measures is about has no columns of interest; tables without time
    (the roster, typed ratings) are not restricted.
    """
    found: dict[str, set[str]] = {table.name: set() for table in TABLES.values() if table.when is not None}
    for measure in [one for asked in measures for one in _definitions(asked, present)]:
        names = columns_of(measure) | measure.optional
        if basis != "created" and measure.table == "tickets":
            names |= {BASIS_COLUMNS[basis]}
        sql = (view.sql for view in views_for(measure.table, names))
        found[measure.table] |= names | mentioned_columns(measure.table, sql) | {measure.when or ""}
        if evidence:
            found[measure.table] |= {measure.record or "", *RECORDS.get(measure.table, ())}
    return {table: frozenset(names & {column.name for column in TABLES[table].columns}) for table, names in found.items()}


def fuse(measures: Iterable[Measure], basis: Basis = "created") -> tuple[Fused, ...]:
    """Group measures into as few queries as possible; `basis`: what puts a ticket into a month, where a measure does not say."""
    groups: list[tuple[str, str, dict[str, BaseView], dict[str, int], list[Measure]]] = []
    for measure in measures:
        when = measure.when or when_of(measure.table, basis) or ""
        views = views_for(measure.table, columns_of(measure))
        placeholders = {name for view in views for name in _PLACEHOLDER.findall(view.sql)}
        wanted = {name: value for name, value in measure.parameters if name in placeholders}
        for table, column, group_views, parameters, members in groups:
            fits = all(parameters.get(name, value) == value for name, value in wanted.items())
            if table == measure.table and column == when and fits:
                group_views.update({view.name: view for view in views})
                parameters.update(wanted)
                members.append(measure)
                break
        else:
            groups.append((measure.table, when, {view.name: view for view in views}, dict(wanted), [measure]))
    return tuple(
        Fused(table, when, tuple(members), tuple(views.values()), parameters)
        for table, when, views, parameters, members in groups
    )


def timestamp(moment: dt.datetime | dt.date) -> str:
    """Return a SQL literal of a moment."""
    full = moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time())
    return f"TIMESTAMP '{full.isoformat(sep=' ')}'"


def outcomes(
    group: Fused,
    period: Period,
    data_end: dt.datetime,
    columns: Sequence[str] = (),
    *,
    with_scope: bool = False,
    agents: Sequence[str] = (),
) -> str:
    """Return the inner select: agent, `columns`, and per measure i its outcome ``o{i}`` (NULL: not counted), ``p{i}``, ``d{i}``.

    `with_scope` adds ``s{i}``, whether the row is within `of`, which only the evidence needs.
    """
    when = f'"{group.when}"'  # quoted: the events' column "at" is a keyword
    selected = ["agent", *columns]
    for i, measure in enumerate(group.measures):
        outcome = _scaled(measure, f"({measure.outcome})")
        scope = [] if measure.of.strip().upper() == "TRUE" else [f"({measure.of})"]
        if measure.per:
            scope.append(f"({measure.per}) IS NOT NULL")
        selected.append(f"CASE WHEN {' AND '.join(scope)} THEN {outcome} END AS o{i}" if scope else f"{outcome} AS o{i}")
        if measure.per:
            selected.append(f"({measure.per}) AS d{i}")
        if measure.pending:
            selected.append(f"({measure.pending}) AS p{i}")
        if with_scope:
            selected.append(f"({measure.of}) AS s{i}")
    relation = base_relation(group.table, group.views)
    alias = "" if relation == group.table else " AS base"
    where = [f"{when} >= {timestamp(period.start)}", f"{when} < {timestamp(period.end)}", "agent IS NOT NULL"]
    if agents:
        where.append(f"agent IN ({', '.join(_quoted(agent) for agent in agents)})")
    body = ",\n  ".join(selected)
    sql = f"SELECT\n  {body}\nFROM {relation}{alias}\nWHERE {' AND '.join(where)}"
    values = {**{name: str(value) for name, value in group.parameters.items()}, "data_end": timestamp(data_end)}
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), sql)


def counting_query(group: Fused, period: Period, data_end: dt.datetime) -> str:
    """Return the fused query: agent, month (first day), number of rows, then sample, numerator[, denominator][, pending] per
    measure."""
    one_month = period.month_count == 1
    month = f"DATE '{period.start.isoformat()}'" if one_month else "month"
    selected = ["agent", f"{month} AS month", "count(*) AS row_count"]
    for i, measure in enumerate(group.measures):
        selected.append(f"count(o{i})")
        selected.append(f"CAST(coalesce(sum(o{i}), 0) AS BIGINT)" if measure.is_value else f"count(CASE WHEN o{i} THEN 1 END)")
        if measure.per:
            selected.append(f"CAST(coalesce(sum(CASE WHEN o{i} IS NOT NULL THEN d{i} END), 0) AS BIGINT)")
        if measure.pending:
            selected.append(f"count(CASE WHEN p{i} THEN o{i} END)")
    columns = () if one_month else (f"{first_of_month(group.when, period.month_starts)} AS month",)
    inner = outcomes(group, period, data_end, columns)
    grouping = "agent" if one_month else "agent, month"
    return f"SELECT {', '.join(selected)}\nFROM (\n{inner}\n) AS outcome\nGROUP BY {grouping}"


def _scaled(measure: Measure, outcome: str) -> str:
    """Return the outcome as a whole number when it is a value: floating sums would depend on the order of the rows."""
    if not measure.is_value:
        return outcome
    if measure.decimals:
        return f"CAST(round({outcome} * {10**measure.decimals}) AS BIGINT)"
    return f"CAST({outcome} AS BIGINT)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
