"""China's working calendar: weekends, statutory holidays and 调休, by the yearly notice of the State Council.

The dates come from the package chinesecalendar. Hosts that have no packages (LibreOffice's Python, Pyodide) get its exceptions as
a text beside this module (`packed`), a few kilobytes instead of its source.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKED = "working_calendar.txt"
"""The file beside this module in such a host's copy."""


@dataclass(frozen=True)
class Exceptions:
    """What departs from the week: weekdays that are off, weekend days that are worked; the years that are known."""

    off: frozenset[dt.date]
    worked: frozenset[dt.date]
    first_year: int
    last_year: int


class UnknownYearError(Exception):
    """A day in a year whose holidays are not known."""


@cache
def exceptions() -> Exceptions:
    """Return the exceptions of the known years. Raises ImportError where there is neither the package nor its text."""
    try:
        from chinese_calendar import constants  # 0.05 s; only when a working calendar is asked for
    except ImportError:
        path = Path(__file__).with_name(PACKED)
        if not path.is_file():
            raise
        return _unpacked(path.read_text(encoding="ascii"))
    weekend = 5
    years = {day.year for day in (*constants.holidays, *constants.workdays)}
    return Exceptions(
        frozenset(day for day in constants.holidays if day.weekday() < weekend),
        frozenset(day for day in constants.workdays if day.weekday() >= weekend),
        min(years),
        max(years),
    )


def supported_years() -> tuple[int, int]:
    """Return the first and the last year whose holidays are known."""
    known = exceptions()
    return known.first_year, known.last_year


def is_working_day(day: dt.date) -> bool:
    """Return whether the day is worked. Raises UnknownYearError for a year whose holidays are not known."""
    known = exceptions()
    if not known.first_year <= day.year <= known.last_year:
        raise UnknownYearError(day)
    return day in known.worked or (day.weekday() < 5 and day not in known.off)


def packed() -> str:
    """Return the exceptions as text: the years, then a line of days off and a line of days worked."""
    known = exceptions()
    lines = [f"{known.first_year} {known.last_year}"]
    lines += [" ".join(f"{day:%y%m%d}" for day in sorted(days)) for days in (known.off, known.worked)]
    return "\n".join(lines) + "\n"


def _unpacked(text: str) -> Exceptions:
    years, off, worked = text.splitlines()
    first, last = map(int, years.split())
    return Exceptions(_days(off), _days(worked), first, last)


def _days(line: str) -> frozenset[dt.date]:
    return frozenset(dt.date(2000 + int(word[:2]), int(word[2:4]), int(word[4:6])) for word in line.split())
