"""Time by China's working calendar: the last day to act, working hours between two moments."""

from __future__ import annotations

import datetime as dt
import re

from kpi_xl.cell_words import NOT_YET, plain, word
from kpi_xl.functions.cells import (
    Cell,
    CellError,
    as_cell,
    column,
    elementwise,
    given,
    is_missing,
    moment,
    number,
    refuse,
    whole,
)
from kpi_xl.functions.scheme_argument import read_scheme
from kpi_xl.numbers import divide
from kpi_xl.working_calendar import UnknownYearError, is_working_day, supported_years

_SERIAL_OF_DAY_0 = dt.date(1899, 12, 30)
MOST_DAYS = 3660
_TERM = re.compile(r"([0-9]{1,4})个?(工作日|自然日|日历日|日历天|天|日)(?:内|之内|以内)?")
_WORKING = "工作日"
OWN_TERM = "申诉期限"
_HOUR = 3600
START_HOUR, END_HOUR = 9, 18
"""The working hours of a day where the call names none: those of the measure 工单处理时效 in its working alternative."""


def deadline(start: object, days: object = None, scheme: object = None) -> Cell:
    """Return the last day to act, as a date's serial number (1900 system): `days` after the day of `start`, that day not counted.

    A number counts calendar days, as the schemes' own terms do; ``3个工作日`` counts working days by China's calendar. Without
    `days` the scheme's term for appeals holds.
    """
    chosen = read_scheme(scheme)
    term = chosen.appeal.days if chosen.appeal is not None else None

    def one(start_cell: Cell, days_cell: Cell) -> Cell:
        if is_missing(start_cell) or is_missing(days_cell):
            return ""
        day = moment(start_cell, "起算日期").date()
        count, working = read_term(days_cell, term)
        serial = (day - _SERIAL_OF_DAY_0).days
        if serial < 1 or serial + count > (dt.date.max - _SERIAL_OF_DAY_0).days:
            raise CellError("参数错误：日期应在 1900 年到 9999 年之间")
        end = _working_days_after(day, count) if working else day + dt.timedelta(days=count)
        return float((end - _SERIAL_OF_DAY_0).days)

    return elementwise(one, start, OWN_TERM if _is_left_out(days) else days)


def _is_left_out(days: object) -> bool:
    """Tell whether an argument was left out (or is blank, as one that is left out arrives in some programs)."""
    return days is None or days == ""  # a blank cell comes as a range


def read_term(cell: Cell, own: int | None) -> tuple[int, bool]:
    """Read a term: how many days, and whether they are working days. Raises CellError."""
    if cell == OWN_TERM:
        if own is None:
            raise CellError("参数错误：本方案没有规定申诉期限，请写明天数")
        return own, False
    if isinstance(cell, str):
        match = _TERM.fullmatch(plain(cell).replace(" ", ""))
        if match:
            return whole(match[1], "天数", least=1, most=MOST_DAYS), match[2] == _WORKING
    try:
        return whole(cell, "天数", least=1, most=MOST_DAYS), False  # 0 is what an empty cell says in Calc
    except CellError:
        raise refuse("天数", cell, "不小于 1 的整数，或 3天、3个工作日") from None


def _working_days_after(day: dt.date, count: int) -> dt.date:
    try:
        while count:
            day += dt.timedelta(days=1)
            count -= is_working_day(day)
    except (UnknownYearError, ImportError, OverflowError) as error:
        raise _no_calendar(error) from error
    return day


def work_hours(created: object, closed: object, start_hour: object = None, end_hour: object = None) -> Cell:
    """Return the working hours from creation to close for each pair, to the second; blank while the ticket is open.

    Working days (holidays and 调休) from `start_hour` to `end_hour` (9 and 18), as the measure 工单处理时效 counts them in its
    working alternative (``kpi_xl/measures/base/working_to_close.sql``).
    """
    first, last = (
        _hour(hour, default, what)
        for hour, default, what in ((start_hour, START_HOUR, "上班时间"), (end_hour, END_HOUR, "下班时间"))
    )
    if first >= last:
        raise CellError("参数错误：下班时间应晚于上班时间")

    def one(start: Cell, end: Cell) -> Cell:
        if is_missing(start) or is_missing(end) or (isinstance(end, str) and word(end) in NOT_YET):
            return ""
        opening, closing = moment(start, "创建时间"), moment(end, "办结时间")
        if closing < opening:
            raise CellError("参数错误：办结时间早于创建时间")
        try:
            return as_cell(divide(_working_seconds(opening, closing, first, last), 3600))
        except (UnknownYearError, ImportError) as error:
            raise _no_calendar(error) from error

    return elementwise(one, created, closed)


def _hour(cell: object, default: int, what: str) -> int:
    """Read an hour of the day, 8.5 for 8:30, as seconds. A cell that holds a time is a part of a day; refused."""
    cells = list(given(column(cell)))
    if len(cells) > 1:
        raise CellError(f"参数错误：{what}只能是一个数字")
    if not cells:
        return default * _HOUR
    hour = number(cells[0], what)
    seconds = hour * _HOUR
    if not 0 <= hour <= 24 or 0 < hour < 1 or seconds != seconds.to_integral_value():
        raise refuse(what, cells[0], "0 到 24 的钟点，如 9 或 8.5")
    return int(seconds)


def _working_seconds(opening: dt.datetime, closing: dt.datetime, first: int, last: int) -> int:
    days = (closing.date() - opening.date()).days
    between = sum(is_working_day(opening.date() + dt.timedelta(days=day)) for day in range(days))
    return between * (last - first) + _worked_by(closing, first, last) - _worked_by(opening, first, last)


def _worked_by(time: dt.datetime, first: int, last: int) -> int:
    """Return the working seconds of that day until then; `first` and `last` in seconds of the day."""
    if not is_working_day(time.date()):
        return 0
    passed = time.hour * 3600 + time.minute * 60 + time.second
    return max(0, min(passed, last) - first)


def _no_calendar(error: Exception) -> CellError:
    if isinstance(error, ImportError):
        return CellError("本环境没有工作日历，请用完整安装的 kpi-xl")
    start, end = supported_years()
    return CellError(f"参数错误：工作日历只有 {start}–{end} 年的放假安排")
