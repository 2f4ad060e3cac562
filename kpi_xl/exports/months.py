"""Which tickets are in the period: by which of their times, and which others would count under another one."""

# ruff: noqa: S608 - the SQL is put together from our own names and dates

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError, Text
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.model import Tables
from kpi_xl.exports.rows.clean import add_issue
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.periods import BASIS_LABELS, Basis, Period, Reckoning
from kpi_xl.tables import BASIS_COLUMNS, TABLES, when_of

_VERBS: dict[Basis, Text] = {
    "created": Text("创建", "created"),
    "closed": Text("办结", "closed"),
    "archived": Text("归档", "archived"),
}


@dataclass(frozen=True)
class _Moved:
    """Tickets of a source: by another basis `out` would come in and `into` would go; `timeless` are in no month."""

    out: int
    into: int
    timeless: int


def reckon(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, frozenset[str]],
    stages: Sequence[Stage],
    period: Period | None,
    reckoning: Reckoning,
) -> list[Decision]:
    """Return what was decided about the months, and write down the tickets that the basis leaves out of the period.

    Raises KpiError when the tickets have no column with the time that was chosen.
    """
    decisions = []
    if reckoning.month_starts is not None:
        evidence = Text(
            f"映射文件或方案写明 month_starts = {reckoning.month_starts}", "the mapping file or the scheme says month_starts"
        )
        decisions.append(Decision(DECISION_KINDS["month_starts"], "declared", evidence, str(reckoning.month_starts)))
    if "tickets" in columns:
        basis = reckoning.basis or "created"
        _require_time(basis, columns["tickets"])
        other = _other(basis, columns["tickets"])
        about = [stage for stage in stages if "tickets" in stage.bound] if period and other else []
        moved = [_moved(connection, stage, basis, other, period) for stage in about if period and other]
        for stage, one in zip(about, moved, strict=True):
            _write_down(connection, stage, one)
        decisions.append(_decision(reckoning, other, period, moved))
    return decisions


def inside(table: str, period: Period) -> str:
    """SQL over a canonical table: the row concerns the period.

    A ticket without the time that puts tickets into months concerns the one in which it was created: by then it was open.
    """
    when = when_of(table, period.basis)
    if when is None:
        return "true"
    created = TABLES[table].when or when
    test = within(f'"{when}"', period)
    if created == when:
        return test
    begun = within(f'"{created}"', period)
    return f'({test} OR ("{when}" IS NULL AND {begun}))'


def basis_warnings(tables: Tables) -> tuple[Text, ...]:
    """Return what must be said of tickets that the basis leaves out of the period; nothing where it leaves none out."""
    return tuple(one.evidence for one in tables.decisions if one.kind is DECISION_KINDS["basis"] and one.count)


def within(expr: str, period: Period) -> str:
    """SQL: a time lies in the period."""
    return f"({expr} >= TIMESTAMP '{period.start}' AND {expr} < TIMESTAMP '{period.end}')"


def timeless(stage: Stage, period: Period | None) -> str:
    """SQL over the stage table ``s``: a ticket without the time that puts tickets into months."""
    if period is None or period.basis == "created" or stage.primary.table != "tickets":
        return "false"
    return f"{stage.bound['tickets'].get(BASIS_COLUMNS[period.basis], 'NULL')} IS NULL"


def _require_time(basis: Basis, present: frozenset[str]) -> None:
    if BASIS_COLUMNS[basis] in present:
        return
    zh = TABLES["tickets"].column(BASIS_COLUMNS[basis]).zh
    usable = [name for name, column in BASIS_COLUMNS.items() if column in present]
    raise KpiError(
        Text(
            f'{BASIS_LABELS[basis]}归入月份（basis = "{basis}"），而导出文件里没有“{zh}”',
            f"basis = {basis!r}, but the exports have no column {BASIS_COLUMNS[basis]}",
        ),
        Text(
            f"请导出带“{zh}”的文件，或在映射文件里指明是哪一列，或改写 basis（可用：{'、'.join(usable)}）",
            f"export that column, map it, or choose another basis ({', '.join(usable)})",
        ),
    )


def _other(basis: Basis, present: frozenset[str]) -> Basis | None:
    """Return the basis that the chosen one is compared to; None when the tickets have one time only."""
    others: tuple[Basis, ...] = ("closed", "archived") if basis == "created" else ("created",)
    return next((other for other in others if BASIS_COLUMNS[other] in present), None)


def _moved(connection: duckdb.DuckDBPyConnection, stage: Stage, basis: Basis, other: Basis, period: Period) -> _Moved:
    bound = stage.bound["tickets"]
    mine, theirs = (bound.get(BASIS_COLUMNS[one], "NULL::TIMESTAMP") for one in (basis, other))
    here, there = (f"coalesce({within(column, period)}, false)" for column in (mine, theirs))
    needed = " AND ".join(f"{bound[name]} IS NOT NULL" for name in TABLES["tickets"].required)
    row = connection.execute(
        f"SELECT count(*) FILTER ({there} AND NOT {here} AND {mine} IS NOT NULL),"
        f" count(*) FILTER ({here} AND NOT {there} AND {theirs} IS NOT NULL), count(*) FILTER ({mine} IS NULL)"
        f" FROM {stage.table} s WHERE s.fate IS NULL AND {needed}"
    ).fetchone()
    return _Moved(*row) if row else _Moved(0, 0, 0)


def _write_down(connection: duckdb.DuckDBPyConnection, stage: Stage, moved: _Moved) -> None:
    if moved.out:
        add_issue(connection, stage.number, issue_of("basis_left_out", stage.sheet.file, stage.sheet.sheet, count=moved.out))


def _decision(reckoning: Reckoning, other: Basis | None, period: Period | None, moved: Sequence[_Moved]) -> Decision:
    basis = reckoning.basis or "created"
    said = (
        Text("没有另行声明，按创建时间归入月份", "not declared: by creation")
        if reckoning.basis is None
        else Text(f"已声明{BASIS_LABELS[basis]}归入月份", f"declared: by the time {basis}")
    )
    parts = [said]
    if other is not None and period is not None:
        parts += _told(basis, other, period, moved)
    return Decision(
        DECISION_KINDS["basis"],
        "read" if reckoning.basis is None else "declared",
        Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts)),
        basis,
        table="tickets",
        column=BASIS_COLUMNS[basis],
        count=sum(one.out for one in moved),
    )


def _told(basis: Basis, other: Basis, period: Period, moved: Sequence[_Moved]) -> Iterator[Text]:
    out, into, timeless = (sum(getattr(one, name) for one in moved) for name in ("out", "into", "timeless"))
    mine, theirs, name, by = _VERBS[basis], _VERBS[other], period.name, BASIS_LABELS[other]
    if out:
        yield Text(
            f'有 {out} 张工单在{name}{theirs.zh}，但不在{name}{mine.zh}，不计入；如{by}考核，请写 basis = "{other}"'
            "，或在导入检查.xlsx 的“口径确认”里另选",
            f"{out} tickets {theirs.en} in {period} were not {mine.en} in it and are left out; "
            f'to appraise by the time {theirs.en}, say basis = "{other}"',
        )
    if into:
        yield Text(
            f"有 {into} 张工单在{name}{mine.zh}、不在{name}{theirs.zh}，已计入",
            f"{into} tickets {mine.en} in {period} were {theirs.en} in another one and count",
        )
    if timeless and basis != "created":
        yield Text(
            f"有 {timeless} 张工单尚未{mine.zh}，不在任何一个月内", f"{timeless} tickets are not yet {mine.en}: in no month"
        )
