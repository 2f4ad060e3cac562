"""Text -> typed values, as SQL expressions for DuckDB: one list of the forms that each type may be written in.

A column is first read with the few forms that its sample shows (fast); whatever that leaves NULL is read again with all forms.
So both ways give the same values, and the price of rare forms is paid by rare values only. In every template ``{x}`` is the
raw text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xl.cell_words import (
    DURATIONS,
    ERRORS,
    LABELLED,
    MISSING,
    MISSING_STARTS,
    MISSING_WORDS,
    NO,
    OUT_OF,
    RANK,
    STARS,
    YES,
    fold_width,
    is_missing,
    plain,
)
from kpi_xl.exports.rows.spellings import Spelling, coalesce, folded, is_ascii, narrow, quote
from kpi_xl.exports.rows.times_sql import FIRST_YEAR, fast_times, time_forms
from kpi_xl.tables import ColumnType

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
)
_RATING_FORMS = (
    _PLAIN,
    Spelling("out of", OUT_OF, "try_cast(split_part({x}, '/', 1) AS DOUBLE)"),
    Spelling("stars", STARS, "CAST(length(replace({x}, '☆', '')) AS DOUBLE)"),
    Spelling("labelled", LABELLED, "try_cast(regexp_extract({x}, '^\\d+(\\.\\d+)?') AS DOUBLE)"),
    *_NUMBER_FORMS[1:],
)
_UNITS = tuple((f"({'|'.join(words)})", seconds) for _, words, seconds in DURATIONS)
_AMOUNT = r"(\d+(\.\d+)?)\s*"
_WORDED = re.compile(
    f"({'|'.join(_AMOUNT + unit for unit, _ in _UNITS)})(\\s*({'|'.join(_AMOUNT + unit for unit, _ in _UNITS)}))*", re.IGNORECASE
)


def _part(number: int) -> str:
    return f"try_cast(split_part({{x}}, ':', {number}) AS DOUBLE)"


def _seconds_forms(unit: int, fractions: bool) -> tuple[Spelling, ...]:
    """Return the forms of a duration. A plain number is in `unit` seconds, or a fraction of a day as Excel stores times."""
    factor = 86400 if fractions else unit
    worded = " + ".join(
        f"coalesce(try_cast(regexp_extract({{x}}, {quote('(?i)' + _AMOUNT + word)}, 1) AS DOUBLE) * {length}, 0)"
        for word, length in _UNITS
    )
    grouped = _NUMBER_FORMS[1]
    forms = (
        Spelling("plain", _PLAIN.pattern, f"({_NUMBER}) * {factor}", safe=True),
        Spelling("hours", re.compile(r"\d+:\d{1,2}:\d{1,2}(\.\d+)?"), f"{_part(1)} * 3600 + {_part(2)} * 60 + {_part(3)}"),
        Spelling("minutes", re.compile(r"\d+:\d{1,2}"), f"{_part(1)} * 60 + {_part(2)}"),
        Spelling("worded", _WORDED, worded),
        Spelling("grouped", grouped.pattern, f"{grouped.sql} * {factor}"),
    )
    return tuple(_whole(form) for form in forms)


def _whole(form: Spelling) -> Spelling:
    """Return the form that rounds its value to a whole number."""
    return replace(form, sql=f"CAST(round({form.sql}) AS BIGINT)")


@dataclass(frozen=True)
class Reading:
    """How one column of text becomes typed: the fast expression of its sample and the one that knows every form.

    Where `doubt`, SQL over the text and ``{v}``, the value that `fast` gave, is true, only `full` is to be believed.
    """

    fast: str
    full: str
    doubt: str = ""


@dataclass(frozen=True)
class Hints:
    """What is known about a column besides its type: order of numeric dates, date system, unit, words for values."""

    date_order: str = "dmy"
    date1904: bool = False
    unit: int = 1
    values: Mapping[str, str | bool] | None = None
    rating: bool = False
    missing: tuple[str, ...] = ()


def missing_variants() -> tuple[str, ...]:
    """Return the missing texts in their usual cases, so that the comparison needs no folding of every value."""
    words = ("", *MISSING, *(error.lower() for error in ERRORS))
    wide = (chr(ord(m) + 0xFEE0) for m in MISSING if len(m) == 1 and m.isascii())
    return tuple(dict.fromkeys((*(v for m in words for v in (m, m.upper(), m.capitalize(), m.title())), *wide)))


def present(raw: str, extra: Sequence[str] = ()) -> str:
    """Return SQL for the trimmed text, NULL where it means that there is no value."""
    words = ", ".join(quote(w) for w in _absent_words(extra))
    return f"CASE WHEN trim({raw}) IN ({words}) THEN NULL ELSE trim({raw}) END"


def _absent_words(extra: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*missing_variants(), *extra)))


def _text_doubt(kind: ColumnType, raw: str, sample: Sequence[str], words: Sequence[str], same: Sequence[str] | None) -> str:
    """Return SQL that is false of texts that stand for themselves, as nearly all of the sample do; empty when they do not.

    `words` are the texts that mean nothing, `same` the only ones that stand for themselves (None: all others). Looking every
    value up among the words costs more than parsing the file, so: a text that lies between two neighbours of the sorted words
    is none of them, and the sample tells between which ones the column's texts lie.
    """
    known = set(words)
    values = Counter(v for v in sample if v not in known)
    settled = _in_one_width if kind == "id" else str.strip
    often = Counter({v: n for v, n in values.items() if v == settled(v) and (same is None or v in same)})
    if not re.fullmatch(r"\w+", raw) or often.total() < _NEARLY_ALL * max(values.total(), 1):
        return ""
    if len(often) <= _FEW or same is not None:
        return f"{raw} NOT IN ({', '.join(quote(v) for v, _ in often.most_common())})"
    points = sorted(known)  # by code points, as DuckDB compares UTF-8
    gaps = Counter[int]()
    for value, rows in often.items():
        gaps[bisect_left(points, value)] += rows
    tests = []
    for place, _ in gaps.most_common():
        ends = [f"{raw} <= {quote(points[place - 1])}"] if place else []
        ends += [f"{raw} >= {quote(points[place])}"] if place < len(points) else []
        tests.append(f"({' OR '.join(ends)})")
    return f"({' AND '.join(tests)} OR {_unsettled(kind, raw, often)})"


def _unsettled(kind: ColumnType, raw: str, often: Counter[str]) -> str:
    """Return SQL that is true of texts with outer spaces or, in ids, full-width characters; cheap for texts like these.

    To compare lengths costs a fifth of trimming, and within plain ASCII only a space can be an outer space.
    """
    if sum(n for v, n in often.items() if v.isascii()) >= _NEARLY_ALL * often.total():
        inner = any(" " in v for v in often)
        spaces = f"starts_with({raw}, ' ') OR ends_with({raw}, ' ')" if inner else f"contains({raw}, ' ')"
        return f"NOT ({is_ascii(raw)}) OR {spaces}"
    wide = f" OR regexp_matches({raw}, '[！-～　]')" if kind == "id" else ""
    return f"{raw} <> trim({raw}){wide}"


def _in_one_width(text: str) -> str:
    return fold_width(text).strip()


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


def reading(kind: ColumnType, raw: str, sample: Sequence[str], hints: Hints) -> Reading:
    """Return the SQL that types the expression `raw` (NULL stays NULL; what cannot be read becomes NULL)."""
    if kind in ("id", "text"):
        return _read_text(kind, raw, sample, hints)
    if kind == "flag":
        return _read_flag(raw, sample, hints)
    written = [v for v in sample if not says_nothing(v, hints.missing)]
    values = [plain(v) for v in written]
    if kind == "time":
        forms = time_forms(hints.date_order, hints.date1904)
    elif kind == "seconds":
        forms = _seconds_forms(hints.unit, _are_day_fractions(values))
    elif hints.rating:
        forms = _RATING_FORMS
    else:
        forms = _NUMBER_FORMS
    if kind == "count":
        forms = tuple(_whole(f) for f in forms)
    seen = [f for f in forms if any(f.pattern.fullmatch(v) for v in values)]
    wide = any(v != s.strip() for v, s in zip(values, written, strict=True))
    chosen = seen or list(forms[:1])
    fast = fast_times(chosen, values) if kind == "time" else coalesce([f.guarded for f in chosen])
    full = coalesce([f.guarded for f in forms])
    doubt = _unread(raw) + (f" OR {{v}} < {FIRST_YEAR}" if kind == "time" else "")
    return Reading(fast.replace("{x}", narrow(raw) if wide else raw), full.replace("{x}", narrow(raw)), doubt)


def _unread(raw: str) -> str:
    return f"({{v}} IS NULL AND {raw} IS NOT NULL)"


def _are_day_fractions(values: Sequence[str]) -> bool:
    """Tell whether plain numbers are Excel times: all below one, with the many digits that fractions of a day have."""
    numbers = [float(v) for v in values if _PLAIN.pattern.fullmatch(v)]
    return bool(numbers) and max(numbers) < 1 and any(len(v.partition(".")[2]) >= 4 for v in values)


def _read_text(kind: ColumnType, raw: str, sample: Sequence[str], hints: Hints) -> Reading:
    absent = (*hints.missing, *(MISSING_WORDS if kind == "id" else ()))
    text = folded(raw) if kind == "id" else f"trim({raw})"
    full = f"CASE WHEN {text} IN ({', '.join(quote(w) for w in _absent_words(absent))}) THEN NULL ELSE {text} END"
    words = {w: v for w, v in (hints.values or {}).items() if isinstance(v, str)}
    if kind == "id":
        words |= {fold_width(w): v for w, v in words.items()}
    same = None
    if words:
        cases = " ".join(f"WHEN {quote(w)} THEN {quote(v)}" for w, v in words.items())
        full = f"CASE lower({text}) {cases} ELSE {full} END"
        same = [v for v in dict.fromkeys(words.values()) if words.get(v.casefold(), v) == v]
    doubt = _text_doubt(kind, raw, sample, _absent_words(absent), same)
    return Reading(raw, full, doubt) if doubt else Reading(full, full)


def _read_flag(raw: str, sample: Sequence[str], hints: Hints) -> Reading:
    meaning = dict.fromkeys(NO, False) | dict.fromkeys(YES, True)
    meaning |= {w: v for w, v in (hints.values or {}).items() if isinstance(v, bool)}
    seen = {v: meaning[word] for v in sample if (word := fold_width(v).strip(" ").lower()) in meaning}  # as `folded` trims

    def lookup(text: str, words: Iterable[str]) -> str:
        true = ", ".join(quote(w) for w in words if meaning[w]) or "NULL"
        false = ", ".join(quote(w) for w in words if not meaning[w]) or "NULL"
        return f"CASE WHEN {text} IN ({true}) THEN true WHEN {text} IN ({false}) THEN false END"

    word = f"lower({folded(raw)})"
    ranked = f"regexp_replace({word}, {quote(RANK)}, '')"
    number = f"try_cast({word} AS DOUBLE)"
    counted = f"CASE WHEN isfinite({number}) THEN {number} > 0 END"
    full = coalesce([lookup(word, sorted(meaning)), lookup(ranked, sorted(meaning)), counted])
    meaning |= seen  # as the sample spells them: nothing is folded in the fast reading
    return Reading(lookup(raw, sorted(seen)) if 0 < len(seen) <= _FEW else full, full, _unread(raw))
