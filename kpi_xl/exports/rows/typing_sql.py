"""Text -> typed values, as SQL expressions for DuckDB: one list of the forms that each type may be written in.

A column is first read with the few forms that its sample shows (fast); whatever that leaves NULL is read again with all forms.
So both ways give the same values, and the price of rare forms is paid by rare values only. In every template of a form ``{x}``
is the raw text; a reading is put together anew for each text that it is over, so no SQL is ever searched for a name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xl.cell_words import (
    DURATIONS,
    ERRORS,
    LABELLED,
    LABELLED_BEHIND,
    MISSING,
    MISSING_STARTS,
    MISSING_WORDS,
    NO,
    OUT_OF,
    RANK,
    STARS,
    YES,
    bare,
    fold_width,
    is_missing,
    plain,
)
from kpi_xl.exports.rows.clock_sql import AT_HOME, Zones
from kpi_xl.exports.rows.durations import IN_SECONDS, Unit
from kpi_xl.exports.rows.spellings import (
    EDGES_AND_UNSEEN,
    Spelling,
    bared,
    coalesce,
    folded,
    is_ascii,
    narrow,
    outer_trimmed,
    quote,
)
from kpi_xl.exports.rows.times_sql import FIRST_YEAR, fast_times, time_forms
from kpi_xl.tables import ColumnType

SCIENTIFIC = re.compile(r"[+-]?\d(\.\d*)?[eE][+]\d{1,3}|[+-]?\d\.\d*[eE]\d{1,3}|[+-]?\d{16,}\.0*", re.ASCII)
"""What a spreadsheet makes of a long id: ``2.02509E+17``, ``1.38e10``, or a number of more digits than its cells keep. Codes that
hold an E between digits (``12E5``) have neither a point nor a sign."""
_FIRST_SIGNS = frozenset("!'(=>`a‘’“")
"""Texts that begin below ``!`` (spaces, control characters) or with a sign that may wrap a text lie between these."""
_ODD_TEXT = f"^[\\x00-\\x20='‘’`]|[\\x00-\\x20\\x7f]$|[{EDGES_AND_UNSEEN}]"
_ODD_ID = f"{_ODD_TEXT}|[！-～]"
_FEW = 8
"""So many different values are looked up one by one."""
_NEARLY_ALL = 0.95
_DOUBLE = "try_cast({x} AS DOUBLE)"
_NUMBER = f"CASE WHEN isfinite({_DOUBLE}) AND NOT contains({{x}}, '_') THEN {_DOUBLE} END"
_PLAIN = Spelling("plain", re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+"), _NUMBER, safe=True)
_NUMBER_FORMS = (
    _PLAIN,
    Spelling("grouped", re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"), "try_cast(replace({x}, ',', '') AS DOUBLE)"),
    Spelling("percent", re.compile(r"[+-]?[\d,]+(\.\d+)?\s*%"), "try_cast(replace(rtrim({x}, '% '), ',', '') AS DOUBLE) / 100"),
    Spelling("points", re.compile(r"[+-]?\d+(\.\d+)?\s*分"), "try_cast(rtrim({x}, '分 ') AS DOUBLE)"),
)
_OF_HUNDRED = replace(_NUMBER_FORMS[2], sql="try_cast(replace(rtrim({x}, '% '), ',', '') AS DOUBLE)")
"""In a field of points ``90%`` is 90 of a hundred, not 0.9."""
_POINT_FORMS = (*_NUMBER_FORMS[:2], _OF_HUNDRED, _NUMBER_FORMS[3])
_RATING_FORMS = (
    _PLAIN,
    _NUMBER_FORMS[2],
    Spelling("out of", OUT_OF, "try_cast(split_part({x}, '/', 1) AS DOUBLE)"),
    Spelling("stars", STARS, "CAST(length(replace({x}, '☆', '')) AS DOUBLE)"),
    Spelling("labelled", LABELLED, "try_cast(regexp_extract({x}, '^\\d+(\\.\\d+)?') AS DOUBLE)"),
    Spelling("labelled behind", LABELLED_BEHIND, "try_cast(regexp_extract({x}, '(\\d+(\\.\\d+)?)\\D*$', 1) AS DOUBLE)"),
    _NUMBER_FORMS[1],
)
_UNITS = tuple((f"({'|'.join(words)})", seconds) for _, words, seconds in DURATIONS)
_AMOUNT = r"(\d+(\.\d+)?)\s*"
_WORDED = re.compile(
    f"({'|'.join(_AMOUNT + unit for unit, _ in _UNITS)})(\\s*({'|'.join(_AMOUNT + unit for unit, _ in _UNITS)}))*", re.IGNORECASE
)


def _part(number: int) -> str:
    return f"try_cast(split_part({{x}}, ':', {number}) AS DOUBLE)"


def _seconds_forms(unit: Unit) -> tuple[Spelling, ...]:
    """Return the forms of a duration. A plain number is in `unit`; a clock of two parts shows hours where the unit is long."""
    factor = unit.seconds
    worded = " + ".join(
        f"coalesce(try_cast(regexp_extract({{x}}, {quote('(?i)' + _AMOUNT + word)}, 1) AS DOUBLE) * {length}, 0)"
        for word, length in _UNITS
    )
    grouped = _NUMBER_FORMS[1]
    larger, smaller = (3600, 60) if unit.name in ("hours", "days") and not unit.fractions else (60, 1)
    forms = (
        Spelling("plain", _PLAIN.pattern, f"({_NUMBER}) * {factor}", safe=True),
        Spelling("hours", re.compile(r"\d+:\d{1,2}:\d{1,2}(\.\d+)?"), f"{_part(1)} * 3600 + {_part(2)} * 60 + {_part(3)}"),
        Spelling("minutes", re.compile(r"\d+:\d{1,2}"), f"{_part(1)} * {larger} + {_part(2)} * {smaller}"),
        Spelling("worded", _WORDED, worded),
        Spelling("grouped", grouped.pattern, f"{grouped.sql} * {factor}"),
    )
    return tuple(_whole(form) for form in forms)


def _whole(form: Spelling) -> Spelling:
    """Return the form that rounds its value to a whole number; none for what no count can be (an order number of 20 digits)."""
    return replace(form, sql=f"try_cast(round({form.sql}) AS BIGINT)")


Sql = Callable[[str], str]
"""SQL over a text, which is given as SQL: a column of the file, or what a row of a stage table kept."""
Doubt = Callable[[str, str], str]
"""SQL over a text and the value that it was read as."""


@dataclass(frozen=True)
class Reading:
    """How one column of text becomes typed: the fast expression of its sample and the one that knows every form.

    Where `doubt` is true (None: nowhere), only `full` is to be believed.
    """

    fast: Sql
    full: Sql
    doubt: Doubt | None = None


@dataclass(frozen=True)
class Hints:
    """What is known about a column besides its type: order of numeric dates, date system, unit, words for values.

    `points`: numbers are points of a hundred. `joined`: its text is put together from several columns, so that looking at it
    twice costs more than reading it in full.
    """

    date_order: str = "dmy"
    date1904: bool = False
    unit: Unit = IN_SECONDS
    values: Mapping[str, str | bool] | None = None
    rating: bool = False
    points: bool = False
    missing: tuple[str, ...] = ()
    joined: bool = False
    zones: Zones = AT_HOME
    epoch: int | None = None


def missing_variants() -> tuple[str, ...]:
    """Return the missing texts in their usual cases, so that the comparison needs no folding of every value."""
    words = ("", *MISSING, *(error.lower() for error in ERRORS))
    wide = (chr(ord(m) + 0xFEE0) for m in MISSING if len(m) == 1 and m.isascii())
    return tuple(dict.fromkeys((*(v for m in words for v in (m, m.upper(), m.capitalize(), m.title())), *wide)))


def present(raw: str, extra: Sequence[str] = ()) -> str:
    """Return SQL for the trimmed text, NULL where it means that there is no value."""
    words, text = ", ".join(quote(w) for w in _absent_words(extra)), outer_trimmed(raw)
    return f"CASE WHEN {text} IN ({words}) THEN NULL ELSE {text} END"


def _absent_words(extra: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*missing_variants(), *extra)))


def _text_doubt(kind: ColumnType, sample: Sequence[str], words: Sequence[str], same: Sequence[str] | None) -> Doubt | None:
    """Return SQL that is false of texts that stand for themselves, as nearly all of the sample do; None when they do not.

    `words` are the texts that mean nothing, `same` the only ones that stand for themselves (None: all others). Looking every
    value up among the words costs more than parsing the file, so: a text that lies between two neighbours of the sorted words
    is none of them, and the sample tells between which ones the column's texts lie.
    """
    known = set(words)
    values = Counter(v for v in sample if v not in known)
    settled = _in_one_width if kind == "id" else bare
    often = Counter({v: n for v, n in values.items() if v == settled(v) and (same is None or v in same)})
    if kind == "id":
        often = Counter({v: n for v, n in often.items() if not SCIENTIFIC.fullmatch(v)})
    if often.total() < _NEARLY_ALL * max(values.total(), 1):
        return None
    if len(often) <= _FEW or same is not None:
        listed = ", ".join(quote(v) for v, _ in often.most_common())
        return lambda raw, _: f"{raw} NOT IN ({listed})"
    points = sorted(known | _FIRST_SIGNS)  # by code points, as DuckDB compares UTF-8
    gaps = Counter[int]()
    for value, rows in often.items():
        gaps[bisect_left(points, value)] += rows

    def outside(raw: str, place: int) -> str:
        ends = [f"{raw} <= {quote(points[place - 1])}"] if place else []
        ends += [f"{raw} >= {quote(points[place])}"] if place < len(points) else []
        return f"({' OR '.join(ends)})"

    def doubt(raw: str, _: str) -> str:
        tests = " AND ".join(outside(raw, place) for place, _ in gaps.most_common())
        return f"({tests} OR {_unsettled(kind, raw, often)})"

    return doubt


def _unsettled(kind: ColumnType, raw: str, often: Counter[str]) -> str:
    """Return SQL that is true of texts that are not as `bare` leaves them, and of ids that may be numbers; cheap for others.

    Within plain ASCII only the ends can hold what is no part of a text (how a text begins, `_FIRST_SIGNS` tell), and numbers can
    only stand among texts that begin with a digit.
    """
    tests = [f"substr({raw}, -1) <= ' '", f"NOT ({is_ascii(raw)})"]
    if sum(n for v, n in often.items() if v.isascii()) < _NEARLY_ALL * often.total():
        tests = [f"regexp_matches({raw}, {quote(_ODD_ID if kind == 'id' else _ODD_TEXT)})"]
    if kind == "id" and any(v[:1].isdigit() or v[:1] in "+-." for v in often):
        tests += [f"contains({raw}, '.')", f"contains({raw}, '+')"]
    return " OR ".join(tests)


def _in_one_width(text: str) -> str:
    return bare(fold_width(text))


def says_nothing(text: str, extra: Sequence[str] = ()) -> bool:
    """Tell whether a text means that there is no value; error values, which a formula passes on, mean that in an export."""
    return is_missing(text, extra) or plain(text).upper() in ERRORS


def meant(text: str, extra: Sequence[str] = ()) -> str:
    """Return SQL that is true of a text that means something where a figure is asked for."""
    words = dict.fromkeys(
        ("", *MISSING, *MISSING_WORDS, *(e.lower() for e in ERRORS), *(fold_width(m.casefold()) for m in extra))
    )
    starts = "".join(f" AND NOT starts_with({folded(text)}, {quote(start)})" for start in MISSING_STARTS)
    return f"{text} IS NOT NULL AND lower({folded(text)}) NOT IN ({', '.join(map(quote, words))}){starts}"


def reading(kind: ColumnType, sample: Sequence[str], hints: Hints) -> Reading:
    """Return the SQL that types a text (NULL stays NULL; what cannot be read becomes NULL)."""
    if kind in ("id", "text"):
        return _read_text(kind, sample, hints)
    if kind == "flag":
        return _read_flag(sample, hints)
    written = [v for v in sample if not says_nothing(v, hints.missing)]
    values = [plain(v) for v in written]
    if kind == "time":
        forms = time_forms(hints.date_order, hints.date1904, hints.zones, hints.epoch)
    elif kind == "seconds":
        forms = _seconds_forms(hints.unit)
    elif hints.rating:
        forms = _RATING_FORMS
    elif hints.points:
        forms = _POINT_FORMS
    else:
        forms = _NUMBER_FORMS
    if kind == "count":
        forms = tuple(_whole(f) for f in forms)
    seen = shown_forms(forms, values)
    wide = any(v != s.strip(" ") for v, s in zip(values, written, strict=True))
    chosen = seen or {forms[0]: []}
    absent = [w for w in map(plain, hints.missing) if any(f.pattern.fullmatch(w) for f in forms)]
    fast = _but_for(absent, fast_times(chosen, hints.zones) if kind == "time" else coalesce([f.guarded for f in chosen]))
    full = _but_for(absent, coalesce([f.guarded for f in forms]))
    return Reading(
        lambda raw: _of_narrow(fast, raw) if wide else fast.replace("{x}", raw),
        lambda raw: _of_narrow(full, raw),
        _unread_time if kind == "time" else _unread,
    )


def _but_for(absent: Sequence[str], read: str) -> str:
    """Return SQL that reads no value where the text is one that the mapping file calls missing (``0``, ``99``)."""
    return f"CASE WHEN {{x}} IN ({', '.join(map(quote, absent))}) THEN NULL ELSE {read} END" if absent else read


def shown_forms(forms: Sequence[Spelling], values: Sequence[str]) -> dict[Spelling, list[str]]:
    """Return the forms that the values show, and those values: each counts for all that fit it; for the last one, if none does.

    (The last form of times is tried on whatever the others leave.)
    """
    shown = {form: [v for v in values if form.pattern.fullmatch(v)] for form in forms}
    if forms[-1].rest:
        others = {value for form in forms[:-1] for value in shown[form]}
        shown[forms[-1]] = [value for value in shown[forms[-1]] if value not in others]
    return {form: fitting for form, fitting in shown.items() if fitting}


def _of_narrow(read: str, raw: str) -> str:
    """Return SQL that reads the text in one width; a list of one, so that the text's expression stands there once."""
    return f"list_transform([{narrow(raw)}], lambda x: {read.replace('{x}', 'x')})[1]"


def _unread(raw: str, value: str) -> str:
    return f"({value} IS NULL AND {raw} IS NOT NULL)"


def _unread_time(raw: str, value: str) -> str:
    return f"{_unread(raw, value)} OR {value} < {FIRST_YEAR}"


def _read_text(kind: ColumnType, sample: Sequence[str], hints: Hints) -> Reading:
    absent = _absent_words((*hints.missing, *(MISSING_WORDS if kind == "id" else ())))
    words = {w: v for w, v in (hints.values or {}).items() if isinstance(v, str)}
    if kind == "id":
        words |= {fold_width(w): v for w, v in words.items()}

    def full(raw: str) -> str:
        text = folded(raw) if kind == "id" else bared(raw)
        own = f"CASE WHEN {text} IN ({', '.join(quote(w) for w in absent)}) THEN NULL ELSE {text} END"
        cases = " ".join(f"WHEN {quote(w)} THEN {quote(v)}" for w, v in words.items())
        return f"CASE lower({text}) {cases} ELSE {own} END" if words else own

    same = [v for v in dict.fromkeys(words.values()) if words.get(v.casefold(), v) == v] if words else None
    doubt = None if hints.joined else _text_doubt(kind, sample, absent, same)
    return Reading(lambda raw: raw, full, doubt) if doubt else Reading(full, full)


def _read_flag(sample: Sequence[str], hints: Hints) -> Reading:
    meaning = dict.fromkeys(NO, False) | dict.fromkeys(YES, True)
    meaning |= {w: v for w, v in (hints.values or {}).items() if isinstance(v, bool)}
    seen = {v: meaning[word] for v in sample if (word := _in_one_width(v).lower()) in meaning}  # as `folded` trims
    spelled = meaning | seen  # as the sample spells them: nothing is folded in the fast reading

    def lookup(text: str, words: Iterable[str]) -> str:
        true = ", ".join(quote(w) for w in words if spelled[w]) or "NULL"
        false = ", ".join(quote(w) for w in words if not spelled[w]) or "NULL"
        return f"CASE WHEN {text} IN ({true}) THEN true WHEN {text} IN ({false}) THEN false END"

    def full(raw: str) -> str:
        word = f"lower({folded(raw)})"
        ranked = f"regexp_replace({word}, {quote(RANK)}, '')"
        number = f"try_cast({word} AS DOUBLE)"
        counted = f"CASE WHEN isfinite({number}) THEN {number} > 0 END"
        return coalesce([lookup(word, sorted(meaning)), lookup(ranked, sorted(meaning)), counted])

    fast: Sql = (lambda raw: lookup(raw, sorted(seen))) if 0 < len(seen) <= _FEW else full
    return Reading(fast, full, _unread)
