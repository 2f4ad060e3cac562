"""Time zones behind a time, and what the clock of the department's zone shows then.

A time that names its zone (``Z``, ``+08:00``, ``CST``) is converted to the department's; others are in it already.
CST is China Standard Time, unless the department's own zone has another CST. Standard library only: it also runs in Pyodide,
where without a database of zones only China is known.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

DEPARTMENT = "Asia/Shanghai"
"""The zone of a department that says nothing else."""

_CHINA = dt.timezone(dt.timedelta(hours=8), "CST")
_HOURS = {
    **dict.fromkeys(("z", "utc", "gmt"), 0.0),
    **dict.fromkeys(("cst", "bjt", "hkt", "sgt", "中国标准时间", "北京时间", "中国时间", "china standard time"), 8.0),
    **{"jst": 9.0, "kst": 9.0, "est": -5.0, "edt": -4.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0},
    **{"cet": 1.0, "cest": 2.0},
}
OFFSET = r"(?:(?:UTC|GMT) ?[+-](?:1[0-4]|0?\d)(?::?[0-5]\d)?|[+-](?:1[0-4]|0\d)(?::?[0-5]\d)?)"
"""``+08:00``, ``-0330``, ``+08``, ``GMT+8``."""
NAMES = "|".join(sorted(_HOURS, key=len, reverse=True))
"""The zones that are known by their name, without case."""
ZONE = rf"(?i)\s*[(（]?\s*({OFFSET}|{NAMES})\s*[)）]?(?:\s*[(（\[][^()（）]*[)）\]])?$"
"""A zone at the end of a time, and a remark in brackets behind it, as JavaScript writes it; group 1 is the zone."""

FIRST, LAST = dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1)  # noqa: DTZ001 - the same for every zone
"""Between these times the changes of a zone's clocks are known."""


@dataclass(frozen=True)
class Change:
    """From `utc` on the clocks of a zone are `seconds` ahead of UTC; `wall` is the first time that they show only after it."""

    utc: dt.datetime
    wall: dt.datetime
    seconds: int


def is_zone(name: str) -> bool:
    """Tell whether there is a zone of that name (``Asia/Shanghai``)."""
    try:
        zone_of(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@cache
def zone_of(name: str) -> dt.tzinfo:
    """Return the zone of that name; UTC and China always, others by the system's database. Raises KeyError or ValueError.

    China's clocks have not changed since 1991; before that nothing is asked of exports.
    """
    if name == DEPARTMENT:
        return _CHINA
    offset = offset_minutes(name)
    if offset is not None:
        return dt.timezone(dt.timedelta(minutes=offset))
    from zoneinfo import ZoneInfo  # costs more than the rest of this module

    return ZoneInfo(name)


def offset_minutes(zone: str, department: str | None = None) -> int | None:
    """Return how many minutes a zone as `ZONE` finds it is ahead of UTC; None for a name that is not known.

    >>> offset_minutes("Z"), offset_minutes("+0800"), offset_minutes("GMT-3:30"), offset_minutes("cst")
    (0, 480, -210, 480)
    >>> offset_minutes("CST", "America/Chicago")
    -360
    """
    name = zone.strip().lower()
    signed = re.fullmatch(r"(?:utc|gmt)? ?([+-])(\d{1,2})(?::?(\d{2}))?", name, re.ASCII)
    if signed:
        minutes = int(signed[2]) * 60 + int(signed[3] or 0)
        return -minutes if signed[1] == "-" else minutes
    hours = {**_HOURS, **(_own_names(department) if department else {})}.get(name)
    return None if hours is None else round(hours * 60)


def named_offsets(department: str) -> dict[str, int]:
    """Return the minutes ahead of UTC of every zone known by its name (in small letters), as a department understands it."""
    return {name: round(hours * 60) for name, hours in {**_HOURS, **_own_names(department)}.items()}


@cache
def _own_names(department: str) -> dict[str, float]:
    """Return the hours of those known names that the department's own clocks go by, in winter and in summer."""
    zone = zone_of(department)
    found: dict[str, float] = {}
    for month in (1, 7):
        moment = dt.datetime(2025, month, 1, tzinfo=zone)
        name, offset = (moment.tzname() or "").lower(), moment.utcoffset()
        if name in _HOURS and offset is not None:
            found[name] = offset.total_seconds() / 3600
    return found


def to_department(wall: dt.datetime, minutes: int, department: str) -> dt.datetime:
    """Return what the department's clock shows when a clock `minutes` ahead of UTC shows `wall`. Raises OverflowError."""
    return from_utc(wall - dt.timedelta(minutes=minutes), department)


def from_utc(utc: dt.datetime, department: str) -> dt.datetime:
    """Return what the department's clock shows at a time of UTC (both without zone). Raises OverflowError."""
    changes = changes_of(department)
    seconds = next((change.seconds for change in reversed(changes) if utc >= change.utc), changes[0].seconds)
    return utc + dt.timedelta(seconds=seconds)


@cache
def changes_of(name: str) -> tuple[Change, ...]:
    """Return how far the clocks of a zone are ahead from `FIRST` on, and every change until `LAST`, in order."""
    zone = zone_of(name)
    if isinstance(zone, dt.timezone):
        return (Change(FIRST, FIRST, _ahead(zone, FIRST)),)
    now, before = FIRST, _ahead(zone, FIRST)
    found = [Change(FIRST, FIRST, before)]
    while now < LAST:
        after = now + dt.timedelta(days=20)  # no zone changes its clocks twice within them
        if _ahead(zone, after) != before:
            change = _between(zone, now, after, before)
            seconds = _ahead(zone, change)
            found.append(Change(change, change + dt.timedelta(seconds=max(before, seconds)), seconds))
            before, after = seconds, change
        now = after
    return tuple(found)


def _ahead(zone: dt.tzinfo, utc: dt.datetime) -> int:
    offset = utc.replace(tzinfo=dt.UTC).astimezone(zone).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def _between(zone: dt.tzinfo, low: dt.datetime, high: dt.datetime, before: int) -> dt.datetime:
    """Return the first minute at which the clocks are no longer `before` seconds ahead."""
    while high - low > dt.timedelta(minutes=1):
        middle = low + (high - low) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= low:
            break
        low, high = (middle, high) if _ahead(zone, middle) == before else (low, middle)
    return high
