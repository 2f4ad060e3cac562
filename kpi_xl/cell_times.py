"""How points in time are written: the forms, and the reader of a single text.

Exports read the same forms with SQL (`kpi_xl.exports.rows.times_sql`), column by column; a test holds both readers together over
all forms. Standard library only: it also runs in Pyodide.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal

from kpi_xl.cell_words import is_missing, plain
from kpi_xl.cell_zones import DEPARTMENT, ZONE, offset_minutes, to_department

CLOCK = r"(\s*[T ]?\s*\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?"
ISO = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]+\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?", re.ASCII)
DAY = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}", re.ASCII)
"""A day alone: a zone behind it says nothing."""
NUMERIC = re.compile(r"\d{1,2}([-/.])\d{1,2}[-/.](\d{4}|\d{1,2})" + CLOCK, re.ASCII)
"""Day and month in an order that the column (or, of a single text, a day above 12) tells."""
WORD = re.compile(r"(\d{1,2}[ /-]*[A-Za-z]{3,9}\.?|[A-Za-z]{3,9}\.? +\d{1,2},?)[ ,/-]*(\d{4}|\d{2})" + CLOCK, re.ASCII)
CHINESE = re.compile(r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*[日号]?[\s\d:时時分秒点.]*", re.ASCII)
DOTTED = re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}" + CLOCK, re.ASCII)
SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
COMPACT = re.compile(r"(19|20)\d{6}(\s?\d{4}(\d{2})?)?", re.ASCII)
FRACTION = re.compile(r"\S+ (0?\.\d+|0(\.0*)?|\d(\.\d+)?[eE]-\d{1,2})|\d{5} ([01]?\d|2[0-3]):[0-5]?\d(:[0-5]?\d)?", re.ASCII)
"""A day and an Excel fraction of a day, as a Date and a Time column give when the latter is a plain number; or a serial day and a
clock."""
MERIDIEM = r"(上午|下午|早上|中午|晚上|凌晨|[aA]\.?[mM]\.?|[pP]\.?[mM]\.?)"
LATE = r"(?i)(下午|晚上|中午|p\.?m)"
"""The half of the day, before or after the clock."""

CHINESE_EDITS = ((r"\s*[年月]\s*", "-", 0), (r"\s*[日号]\s*", " ", 1), (r"\s*[时時点分]\s*", ":", 0))
"""What makes an ISO time of a Chinese one: pattern, replacement, how often (0: everywhere)."""
CHINESE_TAIL = ":秒 "
"""What then goes at the end."""
WORD_EDITS = (
    (r"^([A-Za-z]{3,})\.? +(\d{1,2}),? +", r"\1-\2-", 1),
    (r"^(\d{1,2})[ /-]*([A-Za-z]{3,})\.?[ ,/-]*", r"\1-\2-", 1),
)
"""What makes ``1-Sep-2025`` or ``Sep-1-2025`` of a date with the month's name."""

_CLOCK_SHOWN = r"(\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?)"
TIDYING = (
    (r"\s*[,(]?\s*(?:星期|礼拜|周)[一二三四五六日天]\s*[,)]?\s*", " ", 1),
    (
        r"(?i)\s*[,(]?\s*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\b\.?\s*[,)]?\s*",
        " ",
        1,
    ),
    (r"(?i)\s+at\s+", " ", 1),
    (r"(?i)\bsept\b", "Sep", 1),
    (r"(:\d{1,2}),(\d{1,9})", r"\1.\2", 1),
    (r"\s*,\s*(\d{1,2}:)", r" \1", 1),
    (r"^\s*([A-Za-z]{3,9}\.? +\d{1,2}) +" + _CLOCK_SHOWN + r"( .*)? (\d{4})$", r"\1 \4 \2\3", 1),
    (r"^\s*" + _CLOCK_SHOWN + r"\s+(\S*\d{4}\S*)$", r"\2 \1", 1),
    (r"^(\S+)[ T]0?0:00(?::00(?:\.0+)?)? +(\d{1,2}:\d.*|0?\.\d+|0(?:\.0*)?|\d(?:\.\d+)?[eE]-\d{1,2})$", r"\1 \2", 1),
    (r"\s(?:1899-12-3[01]|1900-01-0[01])[ T]+(\d)", r" \1", 1),
    (r"^((?:19|20)\d{2})(\d{2})(\d{2})[T ]+(\d{1,2}:\d{1,2})", r"\1-\2-\3 \4", 1),
    (r"^((?:19|20)\d{6})T(\d{4})", r"\1 \2", 1),
    (r"[ T](\d{1,2})\.(\d{2})\.(\d{2})(\.\d+)?( |$)", r" \1:\2:\3\5", 1),
)
"""What takes away from a time what is no part of it (the day of the week, a comma) and puts its parts into the usual order:
pattern, replacement, how often."""
UNTIDY = r"[A-Za-z,.:T周星礼]"
"""What a time shows that `TIDYING` or a zone may be about."""

SERIALS = (20_000, 80_000)
"""Serial numbers of days that are taken for dates (1954 to 2119)."""
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no zone
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)
_FIRST_YEAR = 1000  # before it the year has two digits

_CAST = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T\s]\s*(\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?))? *", re.ASCII)
_NAMES = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_MONTHS = {name: number for number, full in enumerate(_NAMES, start=1) for name in (full, full[:3])}
_CLOCK_BEHIND = r"(?: +(\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?))?"
_SHORT = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _CLOCK_BEHIND, re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})-([A-Za-z]+)-(\d{4}|\d{2})" + _CLOCK_BEHIND, re.ASCII)
_MONTH_DAY = re.compile(r"([A-Za-z]+)-(\d{1,2})-(\d{4}|\d{2})" + _CLOCK_BEHIND, re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})" + _CLOCK_BEHIND, re.ASCII)


def read_time(text: str, department: str = DEPARTMENT) -> dt.datetime | None:
    """Read a point in time, to whole seconds, as the department's clock shows it; None for a text that is none.

    A time that names its zone is converted. Dates such as 01/09/2025, of which nobody can tell day and month from the text alone,
    are none, nor are those whose year has two digits, unless the month's name stands there.

    >>> read_time("2025/9/1 下午3:05"), read_time("2025-09-01 24:00"), read_time("01/09/2025")
    (datetime.datetime(2025, 9, 1, 15, 5), datetime.datetime(2025, 9, 2, 0, 0), None)
    >>> read_time("2025-08-31T16:30:00Z"), read_time("Mon Sep 01 2025 08:03:00 GMT+0800 (中国标准时间)")
    (datetime.datetime(2025, 9, 1, 0, 30), datetime.datetime(2025, 9, 1, 8, 3))
    """
    written = plain(text).replace("−", "-")
    found = _read_plain(written)
    if found is None and re.search(UNTIDY, written):
        found = _read_untidy(written, department)
    return found.replace(microsecond=0) if found is not None and found.year >= _FIRST_YEAR else None


def hold_times(texts: Iterable[str]) -> bool:
    """Tell whether a column with these texts may hold times: at least one may be one, or none means anything.

    Plain numbers are times only where nearly all are, as days counted from 1900, as 20250901 or as seconds since 1970.
    """
    numbers: list[str] = []
    others = False
    for text in texts:
        if _PLAIN_NUMBER.fullmatch(plain(text)):
            numbers.append(text)
        elif _may_be_time(text):
            return True
        else:
            others = others or not is_missing(text)
    if others or not numbers:
        return not others
    return sum(_may_be_time(text) for text in numbers) >= 0.9 * len(numbers)


def _may_be_time(text: str) -> bool:
    tidied = tidy(plain(text))
    return read_time(text) is not None or bool(NUMERIC.fullmatch(tidied) or re.fullmatch(r"1\d{9}(\d{3})?", tidied, re.ASCII))


def tidy(text: str) -> str:
    """Return a `plain` text without the day of the week and the like, its parts in the usual order; the zone stays.

    >>> tidy("Mon, 01 Sep 2025 08:03:00 +0800"), tidy("2025年9月1日 星期一 8:03")
    ('01 Sep 2025 08:03:00 +0800', '2025年9月1日 8:03')
    """
    return _edited(text, TIDYING).strip()


def zone_behind(text: str) -> str | None:
    """Return the zone that a time (as `tidy` gives it) names, as it is written; None where there is none."""
    match = re.search(ZONE, text, re.ASCII)
    return match[1] if match and not DAY.fullmatch(text) else None


def _read_untidy(text: str, department: str) -> dt.datetime | None:
    tidied = tidy(text)
    zone = zone_behind(tidied)
    told = re.sub(ZONE, "", tidied, flags=re.ASCII).strip() if zone else tidied
    found = _read_plain(told)
    if found is None and re.search(MERIDIEM, told):
        found = _read_meridiem(told)
    if found is None or zone is None or DAY.fullmatch(told):
        return found
    minutes = offset_minutes(zone, department)
    try:
        return None if minutes is None else to_department(found, minutes, department)
    except OverflowError:
        return None


def _read_plain(text: str) -> dt.datetime | None:
    for pattern, reader in _FORMS:
        found = reader(text) if pattern.fullmatch(text) else None
        if found is not None:
            return found
    return None


def _read_meridiem(text: str) -> dt.datetime | None:
    found = _read_plain(re.sub(rf"\s*{MERIDIEM}\s*", " ", text, count=1, flags=re.ASCII).strip())
    if found is None:
        return None
    if not re.search(LATE, text):
        return found - dt.timedelta(hours=12) if found.hour == 12 else found
    return found if found.hour >= (10 if "中午" in text else 12) else _later(found, dt.timedelta(hours=12))


def _at(year: int, month: int, day: int, clock: str | None, *, until: int = 23) -> dt.datetime | None:
    """Return the moment; None where there is no such day or clock. `until` 24: midnight may be 24:00 of the day before."""
    hour, minute, second = ([*(clock or "0:0").split(":"), "0"])[:3]
    try:
        if int(hour) == until == 24 and not int(minute) and not float(second):
            return _later(dt.datetime(year, month, day), dt.timedelta(days=1))  # noqa: DTZ001
        micros = int(second.partition(".")[2][:6].ljust(6, "0"))
        return dt.datetime(year, month, day, int(hour), int(minute), int(second.partition(".")[0]), micros)  # noqa: DTZ001
    except ValueError:
        return None


def _later(moment: dt.datetime, span: dt.timedelta) -> dt.datetime | None:
    try:
        return moment + span
    except OverflowError:
        return None


def _cast(text: str) -> dt.datetime | None:
    match = _CAST.fullmatch(text)
    return _at(int(match[1]), int(match[3]), int(match[4]), match[5], until=24) if match else None


def _chinese(text: str) -> dt.datetime | None:
    return _cast(_edited(text, CHINESE_EDITS).rstrip(CHINESE_TAIL))


def _edited(text: str, edits: tuple[tuple[str, str, int], ...]) -> str:
    for pattern, replacement, count in edits:
        text = re.sub(pattern, replacement, text, count=count, flags=re.ASCII)
    return text


def _numeric(text: str) -> dt.datetime | None:
    match = _SHORT.fullmatch(text)
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if (first > 12) == (second > 12):
        return None
    month, day = (second, first) if first > 12 else (first, second)
    return _at(year, month, day, match[5])


def _named(text: str) -> dt.datetime | None:
    written = _edited(text, WORD_EDITS)
    match, month, day = _DAY_MONTH.fullmatch(written), 2, 1
    if match is None:
        match, month, day = _MONTH_DAY.fullmatch(written), 1, 2
    number = _MONTHS.get(match[month].lower()) if match else None
    return _at(_full_year(match[3]), number, int(match[day]), match[4]) if match and number else None


def _full_year(year: str) -> int:
    return int(year) if len(year) == 4 else int(year) + (1900 if int(year) > 68 else 2000)


def _dotted(text: str) -> dt.datetime | None:
    match = _YEAR_FIRST.fullmatch(text)
    return _at(int(match[1]), int(match[2]), int(match[3]), match[4]) if match else None


def _serial(text: str) -> dt.datetime | None:
    low, high = SERIALS
    return from_serial(Decimal(text)) if low <= Decimal(text) <= high else None


def from_serial(days: Decimal) -> dt.datetime:
    """Return the moment of a serial number of days (1900 system), to the second. Raises OverflowError beyond the calendar."""
    return EPOCH + dt.timedelta(seconds=int((days * 86_400).to_integral_value(rounding=ROUND_HALF_UP)))


def _compact(text: str) -> dt.datetime | None:
    digits = "".join(text.split())
    clock = f"{digits[8:10]}:{digits[10:12]}:{digits[12:14] or '0'}" if len(digits) > 8 else None
    return _at(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), clock)


def _day_and_fraction(text: str) -> dt.datetime | None:
    day, clock = text.split(" ")
    found = _cast(day) or (_numeric(day) if "/" in day else None) or (_serial(day) if SERIAL.fullmatch(day) else None)
    if ":" in clock:
        hours, minutes, seconds = ([*map(int, clock.split(":")), 0])[:3]
        span = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    else:
        span = from_serial(Decimal(clock)) - EPOCH
    return _later(found, span) if found is not None else None


_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], dt.datetime | None]], ...] = (
    (_CAST, _cast),
    (NUMERIC, _numeric),
    (WORD, _named),
    (CHINESE, _chinese),
    (DOTTED, _dotted),
    (SERIAL, _serial),
    (COMPACT, _compact),
    (FRACTION, _day_and_fraction),
)
"""The forms in the order in which they are tried, the same as that of the SQL."""
