"""What an export cannot contain: complaints where nothing distinguishes kinds, open tickets where only closed ones are listed.

Such a figure is missing, with the reason; it is never 0. A month without a complaint, and a month of which every ticket has been
closed since, are no such thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from kpi_xl.cell_words import word
from kpi_xl.decisions import Decision
from kpi_xl.errors import Text
from kpi_xl.exports.columns.vocabulary import normalise
from kpi_xl.exports.meaning.tell import Bound
from kpi_xl.exports.rows.stage import Stage

Unknown = Mapping[tuple[str, str], Text]
"""Per (table, column, canonical or derived) why no export tells it."""

_ONE_KIND = 20
"""So many tickets of one single kind come from an export that was filtered by it."""
_ALL_CLOSED = 10
"""So many tickets without an open one among them can tell that only closed ones were exported."""
_COMPLAINT = re.compile(r"投诉|complain", re.IGNORECASE)
_CLOSED_NAME = re.compile(
    r"(?<!未|不)(?:已?办结|已?归档|已完成|已完结|已关闭|已结案?|已?竣工|已解决|(?<![a-z])(?:closed|resolved)(?![a-z]))",
    re.IGNORECASE,
)
_OPEN_NAME = re.compile(r"未|全部|所有|(?<![a-z])(?:all|open)(?![a-z])", re.IGNORECASE)
_CLOSED_STATUS = frozenset(
    (
        *("已办结", "办结", "已归档", "归档", "已完成", "完成", "已完结", "完结", "已关闭", "关闭", "已结案", "结案", "已结单"),
        *("已竣工", "竣工", "已解决", "已回单", "closed", "resolved", "completed", "done", "solved", "archived", "finished"),
    )
)
_STATUS_HEADERS = frozenset(
    map(
        normalise,
        (
            *("工单状态", "状态", "单据状态", "订单状态", "处理状态", "流程状态", "当前状态", "任务状态", "ticket_status"),
            *("status", "state", "ticket_state", "incident_state", "case_status"),
        ),
    )
)


@dataclass(frozen=True)
class Limits:
    """What follows for the tables: columns bound anew per stage (its number), and what no export tells."""

    bound: Mapping[int, Bound]
    unknown: Unknown


def find_limits(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage]) -> Limits:
    """Look at all ticket exports together: what one cannot contain another may."""
    tickets = [stage for stage in stages if "tickets" in stage.bound]
    if not tickets:
        return Limits({}, {})
    fixed = {stage.number: kind for stage in tickets if (kind := _fixed_kind(connection, stage)) is not None}
    unknown: dict[tuple[str, str], Text] = {}
    others = [stage for stage in tickets if stage.number not in fixed and "kind" in stage.bound["tickets"]]
    if fixed and not others:
        unknown["tickets", "among_kinds"] = _one_kind(fixed)
        if not any(_COMPLAINT.search(kind) for kind in fixed.values()):
            unknown["tickets", "complaint"] = _one_kind(fixed)
    if all(_only_closed(connection, stage) for stage in tickets):
        unknown["tickets", "is_open"] = Text("导出里只有已办结的工单", "only closed tickets were exported")
    decided = {number for number, kind in fixed.items() if not _COMPLAINT.search(kind)}
    return Limits({number: {"tickets": {"kind_fixed": "true"}} for number in decided}, unknown)


def open_questions(decisions: Sequence[Decision], columns: Mapping[str, frozenset[str]]) -> Unknown:
    """Return the columns that no sheet gives because the question what they mean is open."""
    found: dict[tuple[str, str], Text] = {}
    for decision in decisions:
        table = decision.table
        if decision.ground != "open" or not decision.kind.stops or table is None or table not in columns:
            continue
        title, why = decision.kind.title, decision.evidence
        for name in sorted(decision.columns - columns[table]):
            reason = Text(f"{title.zh}不明（{why.zh}）", f"not known: {title.en} ({why.en})")
            found.setdefault((table, name), reason)
    return found


def _one_kind(fixed: Mapping[int, str]) -> Text:
    kinds = "、".join(dict.fromkeys(fixed.values()))
    return Text(f"工单类型全是“{kinds}”，分不出投诉", f"every ticket's kind is {kinds!r}: complaints cannot be told")


def _fixed_kind(connection: duckdb.DuckDBPyConnection, stage: Stage) -> str | None:
    """Return the one kind of all tickets of a sheet: made constant, or the only one of many; None where kinds differ."""
    feed = next(f for f in stage.feeds if f.table == "tickets")
    if "kind" in feed.constants:
        return feed.constants["kind"]
    kind = stage.bound["tickets"].get("kind")
    if kind is None or _differ(stage, "kind"):
        return None
    row = connection.execute(
        f"SELECT min({kind}), min({kind}) = max({kind}), count({kind}) FROM {stage.table} s WHERE s.fate IS NULL"  # noqa: S608
    ).fetchone()
    if not row or not row[1] or row[2] < _ONE_KIND or _COMPLAINT.search(row[0]):
        return None
    return str(row[0])


def _differ(stage: Stage, name: str) -> bool:
    """Tell whether already the first rows hold several values of a column, which saves looking at all."""
    column = stage.column("tickets", name)
    if column is None:
        return False
    place, rows = column.positions[0], stage.sheet.head[stage.header.index + 1 :]
    return len({row[place].strip() for row in rows if place < len(row) and row[place].strip()}) > 1


def _only_closed(connection: duckdb.DuckDBPyConnection, stage: Stage) -> bool:
    """Tell whether a sheet holds no open ticket and could hold none: by its name, its statuses, or its last hours."""
    bound = stage.bound["tickets"]
    closed, created = bound.get("closed_at"), bound.get("created_at")
    if closed is None or created is None or stage.column("tickets", "closed_at") is None:
        return False
    row = connection.execute(
        f"SELECT count(*), count({closed}) FROM {stage.table} s WHERE s.fate IS NULL"  # noqa: S608
    ).fetchone()
    total, done = row or (0, 0)
    if not total or done < total:
        return False
    if _is_named_closed(stage):
        return True
    if total < _ALL_CLOSED:
        return False
    return _has_closed_statuses(stage) or _closes_what_is_new(connection, stage, created, closed)


def _is_named_closed(stage: Stage) -> bool:
    names = [stage.sheet.file, stage.sheet.sheet or ""]
    return any(_CLOSED_NAME.search(name) and not _OPEN_NAME.search(name) for name in names)


def _has_closed_statuses(stage: Stage) -> bool:
    """Tell whether a column of statuses knows closed ones only."""
    rows = stage.sheet.head[stage.header.index + 1 :]
    for place, name in enumerate(stage.header.names):
        if name is None or normalise(name) not in _STATUS_HEADERS:
            continue
        said = {word(row[place]) for row in rows if place < len(row) and row[place].strip()}
        if said:
            return said <= _CLOSED_STATUS
    return False


def _closes_what_is_new(connection: duckdb.DuckDBPyConnection, stage: Stage, created: str, closed: str) -> bool:
    """Tell whether tickets opened within the usual duration before the end are all closed: half of them would be open."""
    row = connection.execute(
        f"WITH t AS (SELECT {created} AS opened, {closed} AS done FROM {stage.table} s WHERE s.fate IS NULL),"  # noqa: S608
        " usual AS (SELECT median(date_diff('second', opened, done)) AS seconds, max(greatest(opened, done)) AS last FROM t)"
        " SELECT count(*) FROM t, usual WHERE date_diff('second', opened, last) < seconds"
    ).fetchone()
    return bool(row and row[0] >= _ALL_CLOSED)
