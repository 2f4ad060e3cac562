"""How points in time are written, and the SQL that reads them: as the department's clock showed them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product

from kpi_xl.cell_times import (
    CHINESE,
    CHINESE_EDITS,
    CHINESE_TAIL,
    CLOCK,
    COMPACT,
    DAY,
    DOTTED,
    FRACTION,
    ISO,
    LATE,
    MERIDIEM,
    NUMERIC,
    SERIAL,
    SERIALS,
    TIDYING,
    UNTIDY,
    WORD,
    WORD_EDITS,
    tidy,
    zone_behind,
)
from kpi_xl.exports.rows.clock_sql import Zones
from kpi_xl.exports.rows.spellings import Spelling, coalesce, quote, replaced, strptime

_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f")
_ISO_EXACT = re.compile(r"\d{4}([-/])\d{1,2}[-/]\d{1,2}(?:([ T])(\d{1,2}:\d{1,2}(?::\d{1,2})?))?")
_DAY_WORD_YEAR = re.compile(r"\d{1,2}([ /-])([A-Za-z]{3,9})([ /-])(\d{4}|\d{2})" + CLOCK)
_CHINESE_EXACT = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日( ?)(\d{1,2}:\d{1,2}(?::\d{1,2})?)?")
_FORMATS = 2
EPOCHS = {
    1: re.compile(r"1\d{9}(\.\d{1,4})?", re.ASCII),
    1000: re.compile(r"1\d{12}(\.\d{1,4})?", re.ASCII),
}
"""Seconds and milliseconds since 1970 (in 2001 to 2033), as a column of nothing else holds them."""
FIRST_YEAR = "TIMESTAMP '1000-01-01'"
_DASHED = replaced("{x}", WORD_EDITS)
_SLASHED = "regexp_replace({x}, '[-.](\\d{1,2})[-.]', '/\\1/')"
_CHINESE = f"rtrim({replaced('{x}', CHINESE_EDITS)}, {quote(CHINESE_TAIL)})"


@cache
def time_forms(order: str, date1904: bool, zones: Zones, epoch: int | None = None) -> tuple[Spelling, ...]:
    """Return the forms of a point in time; `order` is that of numeric dates whose year does not stand first ("": unknown).

    `epoch`: numbers of 10 or 13 digits are that many of a second's parts since 1970 (1: seconds, 1000: milliseconds).
    """
    wall = _wall_forms(order, date1904)
    local = tuple(replace(form, sql=zones.local(form.sql), safe=form.safe) for form in wall)
    counted = (_epoch(epoch, zones),) if epoch else ()
    return (*counted, *local, _untidy(wall, zones))


def _wall_forms(order: str, date1904: bool) -> tuple[Spelling, ...]:
    """Return the forms that name neither a zone nor the half of the day, read as they stand."""
    first, second = ("%m", "%d") if order == "mdy" else ("%d", "%m")
    short = [f"{first}/{second}/%y", f"{first}/{second}/%Y"]
    if order == "ymd":
        short = ["%y/%m/%d", *short]
    words = ["%d-%b-%y", "%d-%b-%Y", "%d-%B-%y", "%d-%B-%Y", "%b-%d-%y", "%b-%d-%Y", "%B-%d-%Y"]
    # the cast takes 25/9/1 for the year 25 and leaves out what it does not know at the end: PM, +08:00, a second clock
    cast = "try_cast({x} AS TIMESTAMP)"
    whole = "right({x}, 1) <= '9' AND NOT contains({x}, '+') AND NOT contains(substr({x}, 11), '-')"
    whole += " AND NOT contains(substr({x}, 14), ' ')"
    iso = f"CASE WHEN {whole} AND {cast} >= {FIRST_YEAR} THEN {cast} END"
    serial = _serial("1904-01-01" if date1904 else "1899-12-30")
    return (
        Spelling("iso", ISO, iso, _exact_iso, safe=True),
        Spelling("numeric", NUMERIC, _numeric(order, short), lambda v: _exact_numeric(v, order)),
        Spelling("word", WORD, strptime(_DASHED, _with_clocks(words)), _exact_word),
        Spelling("chinese", CHINESE, f"try_cast({_CHINESE} AS TIMESTAMP)", _exact_chinese),
        Spelling("dotted", DOTTED, strptime("{x}", _with_clocks(["%Y.%m.%d"]))),
        Spelling("serial", SERIAL, serial),
        Spelling("compact", COMPACT, strptime("replace({x}, ' ', '')", ["%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d"])),
        Spelling("fraction", FRACTION, _day_and_fraction(short, serial)),
    )


def _numeric(order: str, short: Sequence[str]) -> str:
    """Read a numeric date in the column's order; where none is known, only what a day above 12 tells."""
    if order:
        return strptime(_SLASHED, _with_clocks(short))
    first, second = (f"try_cast(split_part({_SLASHED}, '/', {place}) AS INTEGER)" for place in (1, 2))
    day, month = (strptime(_SLASHED, _with_clocks([form])) for form in ("%d/%m/%Y", "%m/%d/%Y"))
    return f"CASE WHEN {first} > 12 AND {second} <= 12 THEN {day} WHEN {first} <= 12 AND {second} > 12 THEN {month} END"


def _epoch(parts: int, zones: Zones) -> Spelling:
    utc = f"make_timestamp(CAST(round(try_cast({{x}} AS DOUBLE) * {1_000_000 // parts}) AS BIGINT))"
    return Spelling("epoch", EPOCHS[parts], zones.from_utc(utc))


def _untidy(wall: Sequence[Spelling], zones: Zones) -> Spelling:
    """Return the form of everything else: the day of the week, commas, the half of the day, a zone behind it.

    Lists of one stand for names, so that long expressions stand there once.
    """
    plain = coalesce([form.guarded for form in wall])
    read = f"coalesce({plain}, {_with_meridiem(plain)})"
    naive = zones.local(read)
    told = f"list_transform([{zones.told('y')}], lambda r: {zones.zoned(read.replace('{x}', 'r'), 'y', _is_day('r'))})[1]"
    inner = f"CASE WHEN {zones.is_told('y')} AND NOT {_is_day('y')} THEN {told} ELSE {naive.replace('{x}', 'y')} END"
    sql = f"list_transform([trim({replaced('{x}', TIDYING)})], lambda y: {inner})[1]"
    return Spelling("untidy", re.compile(rf".*\d.*{UNTIDY}.*|.*{UNTIDY}.*\d.*"), sql, _exact_zoned, rest=True)


def _is_day(text: str) -> str:
    return f"regexp_full_match({text}, {quote(DAY.pattern)})"


def _with_clocks(days: Sequence[str]) -> list[str]:
    return [day + clock for day, clock in product(days, _CLOCKS)]


def _clock_of(value: str) -> str:
    parts = value.count(":")
    return ("", " %H:%M", " %H:%M:%S.%f" if "." in value[value.rfind(":") :] else " %H:%M:%S")[parts] if parts < 3 else ""


def _exact_iso(value: str) -> str | None:
    match = _ISO_EXACT.fullmatch(value)
    return f"%Y{match[1]}%m{match[1]}%d" + (match[2] or "") + _clock_of(match[3] or "").lstrip() if match else None


def _exact_chinese(value: str) -> str | None:
    match = _CHINESE_EXACT.fullmatch(value)
    return f"%Y年%m月%d日{match[1]}" + _clock_of(match[2] or "").lstrip() if match else None


def _exact_zoned(value: str) -> str | None:
    """Return the format of a plain ISO time with its zone, which stands in it as it is written."""
    zone = zone_behind(value)
    if zone is None or tidy(value) != value:
        return None
    wall = value[: value.rindex(zone)]
    form = _exact_iso(wall.rstrip())
    if form is None and (match := re.fullmatch(r"(.*:\d{2})\.\d{1,6}", wall, re.ASCII)):
        seconds = _exact_iso(match[1])
        form = seconds and f"{seconds}.%f"
    return form and form + value[len(wall.rstrip()) :]


def _exact_numeric(value: str, order: str) -> str | None:
    match = NUMERIC.fullmatch(value) if order else None
    if match is None:
        return None
    sign, year = match[1], "%Y" if len(match[2]) == 4 else "%y"
    first, second = ("%m", "%d") if order == "mdy" else ("%d", "%m")
    if order == "ymd" and year == "%y":
        return sign.join(("%y", "%m", "%d")) + _clock_of(match[3] or "")
    return sign.join((first, second, year)) + _clock_of(match[3] or "")


def _exact_word(value: str) -> str | None:
    match = _DAY_WORD_YEAR.fullmatch(value)
    if match is None:
        return None
    month, year = "%b" if len(match[2]) == 3 else "%B", "%Y" if len(match[4]) == 4 else "%y"
    return f"%d{match[1]}{month}{match[3]}{year}" + _clock_of(match[5] or "")


def fast_times(seen: Mapping[Spelling, Sequence[str]], zones: Zones) -> str:
    """Return SQL that reads times in the forms that a sample shows (with its values): exact formats, the most frequent first.

    What it gives before `FIRST_YEAR` is misread: there the year has two digits.
    """
    parts = []
    for form, values in seen.items():
        found = Counter(form.exact(v) if form.exact is not None else None for v in values)
        exact = [f for f, _ in found.most_common() if f is not None]
        if form.rest:  # each zone by itself; what has no exact format is read in full
            behind = dict.fromkeys(zone_behind(f) or "" for f in exact)
            parts += [zones.zone(strptime("{x}", [f for f in exact if zone_behind(f) == zone]), zone) for zone in behind]
            parts += [form.guarded] if None in found else []
            continue
        # the cast, which a safe form is, reads any clock; a format reads one, but costs half
        whole = form.safe and (None in found or len(exact) > _FORMATS)
        parts.append(zones.local(strptime("{x}", exact)) if exact and not whole else form.guarded)
    return coalesce(parts)


def _serial(epoch: str) -> str:
    number = "try_cast({x} AS DOUBLE)"
    whole = f"CAST(round({number} * 86400) AS BIGINT) * 1000000"
    return (
        f"CASE WHEN {number} BETWEEN {SERIALS[0]} AND {SERIALS[1]} THEN TIMESTAMP {quote(epoch)} + to_microseconds({whole}) END"
    )


def _day_and_fraction(short: Sequence[str], serial: str) -> str:
    day = "split_part({x}, ' ', 1)"
    number = f"CASE WHEN regexp_full_match({day}, {quote(SERIAL.pattern)}) THEN {serial.replace('{x}', day)} END"
    typed = f"coalesce(try_cast({day} AS TIMESTAMP), {strptime(day, short)}, {number})"
    clock = "split_part({x}, ' ', 2)"
    parts = " + ".join(
        f"coalesce(try_cast(split_part({clock}, ':', {n}) AS BIGINT), 0) * {s}" for n, s in ((1, 3600), (2, 60), (3, 1))
    )
    seconds = f"CASE WHEN contains({clock}, ':') THEN {parts} ELSE CAST(round(try_cast({clock} AS DOUBLE) * 86400) AS BIGINT) END"
    return f"{typed} + to_seconds({seconds})"


def _with_meridiem(read: str) -> str:
    """Read a time that names the half of the day (上午, 下午, AM, PM), before or after the clock."""
    spaced = quote(r"\s*" + MERIDIEM + r"\s*")
    typed = read.replace("{x}", f"trim(regexp_replace({{x}}, {spaced}, ' '))")
    late = f"regexp_matches({{x}}, {quote(LATE)})"
    shift = (
        f"CASE WHEN {late} AND hour(t) < 12 AND NOT (contains({{x}}, '中午') AND hour(t) >= 10) THEN INTERVAL '12 hours'"
        f" WHEN NOT {late} AND hour(t) = 12 THEN INTERVAL '-12 hours' ELSE INTERVAL '0 hours' END"
    )
    named = f"regexp_matches({{x}}, {quote(MERIDIEM)})"
    # a list of one, so that the long expression stands there once
    return f"CASE WHEN {named} THEN list_transform([{typed}], lambda t: t + {shift})[1] END"
