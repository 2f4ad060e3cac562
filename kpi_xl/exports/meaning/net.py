"""Tickets: whether a column of durations whose header does not say so (工单历时) leaves out the time that they were suspended.

Told from the suspended tickets: a net duration is shorter than the time from creation to close, any other is that time.
"""

# ruff: noqa: S608 - the SQL is put together from our own names

from __future__ import annotations

from dataclasses import replace

import duckdb

from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import Text
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.rows.stage import Stage

_NEARLY_ALL = 0.9
_ROUNDING = 60
"""Seconds by which a rounded duration may differ from the exact one."""


def settle_net(connection: duckdb.DuckDBPyConnection, stage: Stage) -> tuple[Stage, tuple[Decision, ...]]:
    """Return the sheet, without the column when it is the whole time from creation to close, and what was decided about it."""
    feed = next((feed for feed in stage.feeds if feed.table == "tickets"), None)
    if feed is None or "net_seconds" not in feed.matches or feed.matches["net_seconds"].how != "weak":
        return stage, ()
    bound = stage.bound["tickets"]
    if "net_seconds" not in bound:  # nobody asked for it
        return stage, ()
    label = stage.labels["tickets.net_seconds"]
    suspended, shorter, whole = _compared(connection, stage)
    if suspended and shorter >= _NEARLY_ALL * suspended:
        why = Text(
            f"挂起过的 {suspended} 张工单里，有 {shorter} 张的“{label}”短于创建到办结的时间：已扣除挂起",
            f"of {suspended} suspended tickets {shorter} are shorter than from creation to close: suspension is taken off",
        )
        return stage, (_decision(stage, label, label, "read", why),)
    if suspended and whole >= _NEARLY_ALL * suspended:
        why = Text(
            f"挂起过的 {suspended} 张工单里，有 {whole} 张的“{label}”就是创建到办结的时间：没有扣除挂起，不用作净处理时长",
            f"of {suspended} suspended tickets {whole} are the time from creation to close: not net, so not used as such",
        )
        return _without(stage), (_decision(stage, label, "", "read", why),)
    why = Text(
        f"看不出“{label}”是否已扣除挂起，暂按已扣除",
        "nothing tells whether suspension is taken off; taken as if it were",
    )
    return stage, (_decision(stage, label, label, "guess", why),)


def _compared(connection: duckdb.DuckDBPyConnection, stage: Stage) -> tuple[int, int, int]:
    """Return how many tickets were suspended, and how many of those durations are shorter than, or are, the whole time."""
    bound = stage.bound["tickets"]
    if not {"created_at", "closed_at", "suspended_seconds"} <= set(bound):
        return 0, 0, 0
    difference = f"date_diff('second', {bound['created_at']}, {bound['closed_at']}) - {bound['net_seconds']}"
    row = connection.execute(
        f"SELECT count(*), count(*) FILTER ({difference} > {_ROUNDING}), count(*) FILTER (abs({difference}) <= {_ROUNDING})"
        f" FROM {stage.table} s WHERE s.fate IS NULL AND {bound['suspended_seconds']} > {_ROUNDING} AND {difference} IS NOT NULL"
    ).fetchone()
    return row or (0, 0, 0)


def _without(stage: Stage) -> Stage:
    bound = {**stage.bound, "tickets": {n: e for n, e in stage.bound["tickets"].items() if n != "net_seconds"}}
    read = {**stage.read, "tickets": {n: c for n, c in stage.read["tickets"].items() if n != "net_seconds"}}
    labels = {name: label for name, label in stage.labels.items() if name != "tickets.net_seconds"}
    return replace(stage, bound=bound, read=read, labels=labels)


def _decision(stage: Stage, label: str, answer: str, ground: Ground, why: Text) -> Decision:
    return Decision(
        DECISION_KINDS["column"],
        ground,
        why,
        answer,
        file=stage.sheet.file,
        sheet=stage.sheet.sheet,
        table="tickets",
        column="net_seconds",
        header=label,
        columns=frozenset({"net_seconds"}),
    )
