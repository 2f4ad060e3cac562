"""Figures from dates: handling hours, repeated complaints, first-time fix."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from kpi_xl.functions.cells import (
    Cell,
    CellError,
    as_cell,
    column,
    elementwise,
    is_missing,
    moment,
    raise_error,
    text,
    whole,
)
from kpi_xl.glossary import NO_DATA
from kpi_xl.numbers import divide

_DAYS = 30


def hours(created: object, closed: object) -> Cell:
    """Return calendar hours from creation to close for each pair; blank while the ticket is open."""

    def one(start: Cell, end: Cell) -> Cell:
        if is_missing(start) or is_missing(end):
            return ""
        seconds = (moment(end, "办结时间") - moment(start, "创建时间")).total_seconds()
        if seconds < 0:
            raise CellError("参数错误：办结时间早于创建时间")
        return as_cell(divide(int(seconds), 3600))

    return elementwise(one, created, closed)


def repeat(customers: object, dates: object, days: object = _DAYS) -> Cell:
    """Return complaints by a customer who complained before, within `days` days / all complaints (one row per complaint)."""
    count, again = _count_returns(customers, dates, days, "客户")
    return as_cell(divide(again, count)) if count else NO_DATA


def first_fix(assets: object, dates: object, days: object = _DAYS) -> Cell:
    """Return repairs not followed by another repair of the same appliance within `days` days / all repairs."""
    count, again = _count_returns(assets, dates, days, "机身号")
    return as_cell(divide(count - again, count)) if count else NO_DATA


def _count_returns(subjects: object, dates: object, days: object, what: str) -> tuple[int, int]:
    """Return how many rows there are, and how many come within the window after the one before of the same subject."""
    window = _window(days)
    seen = _by_subject(subjects, dates, what)
    again = sum(later - earlier <= window for times in seen.values() for earlier, later in pairwise(times))
    return sum(len(times) for times in seen.values()), again


def _is_text(cell: Cell) -> bool:
    return isinstance(cell, str) and not any(map(str.isdigit, cell))


def _window(days: object) -> dt.timedelta:
    cells = [cell for cell in column(days) if not is_missing(cell)]
    if len(cells) > 1:
        raise CellError("参数错误：天数只能是一个数字")
    return dt.timedelta(days=whole(cells[0], "天数", least=1) if cells else _DAYS)


def _by_subject(subjects: object, dates: object, what: str) -> dict[str, list[dt.datetime]]:
    """Return the times of each subject, sorted; rows where both are blank are skipped. Raises CellError for half a row."""
    names, times = column(subjects), column(dates)
    if len(names) != len(times):
        raise CellError(f"参数错误：{what}与日期的个数不同（{len(names)} 与 {len(times)}）")
    seen: dict[str, list[dt.datetime]] = {}
    for place, (name, time) in enumerate(zip(names, times, strict=True), start=1):
        raise_error(name)
        raise_error(time)
        if is_missing(name) and is_missing(time):
            continue
        if is_missing(name) or is_missing(time):
            raise CellError(f"参数错误：第 {place} 行缺{what if is_missing(name) else '日期'}")
        try:
            seen.setdefault(text(name, what), []).append(moment(time, "日期"))
        except CellError as error:
            header = "；如是表头，请从下一行选起" if place == 1 < len(names) and _is_text(time) else ""
            raise CellError(f"参数错误：第 {place} 行：{str(error).removeprefix('参数错误：')}{header}") from None
    for found in seen.values():
        found.sort()
    return seen
