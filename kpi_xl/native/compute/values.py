"""What a formula works with: numbers, texts, booleans, errors, blanks, arrays; Excel's order of types and its conversions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import repeat

from kpi_xl.numbers import parse_number


class UnknownError(Exception):
    """The value of a formula is not known here: a function, a reference or a conversion that this calculator does not have."""


@dataclass(frozen=True, slots=True)
class Error:
    """An error value (``#N/A``)."""

    code: str


Scalar = float | str | bool | Error | None
"""The value of one cell; None is a blank."""
Array = list[list[Scalar]]
"""Rows of values, all of one length."""
Plain = Scalar | Array

VALUE, NOT_AVAILABLE, DIVISION, NUMBER, REFERENCE = (Error(f"#{code}") for code in ("VALUE!", "N/A", "DIV/0!", "NUM!", "REF!"))

_LARGEST = 1e308
_MOST_CELLS = 2_000_000
_DATE = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no zone


# --- one value to another -------------------------------------------------------------------------------------------------


def number(value: Scalar) -> float | Error:
    """Return the value as arithmetic takes it: blank 0, TRUE 1, text read as a number or a date, else ``#VALUE!``.

    Raises UnknownError for a text that a program in China may read and this one does not (``3月1日``, ``8:00``).
    """
    if isinstance(value, float | Error):
        return value
    if value is None or isinstance(value, bool):
        return float(value or 0)
    return _from_text(value)


def _from_text(text: str) -> float | Error:
    plain = text.strip()
    if re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?%?", plain):
        found = parse_number(plain)
        if found is None:
            raise UnknownError(text)
        return float(found)
    date = _DATE.fullmatch(plain)
    if date is not None:
        try:
            there = datetime(*(int(date[group] or 0) for group in (1, 3, 4, 5, 6, 7)))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            return VALUE
        days = there - _EPOCH
        return days.days + days.seconds / 86400 if there.year > 1900 else VALUE
    if any(character.isdigit() for character in plain):
        raise UnknownError(text)  # ８７, 1,200, 3月1日, 8:00: programs do not agree
    return VALUE


def text(value: Scalar) -> str | Error:
    """Return the value as ``&`` takes it: 15 digits of a number, TRUE and FALSE, nothing for a blank."""
    if isinstance(value, str | Error):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e15:
        raise UnknownError(str(value))
    return f"{value:.15g}"


def truth(value: Scalar) -> bool | Error:
    """Return the value as a condition: numbers but 0 are true; a text is ``#VALUE!``."""
    if isinstance(value, bool | Error):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), VALUE)
    return bool(value)


def checked(value: float) -> float | Error:
    """Return a number, or ``#NUM!`` where it is none."""
    return value if abs(value) <= _LARGEST else NUMBER


def rounded(value: float, digits: float, mode: str) -> float | Error:
    """Round as a spreadsheet does: the digits as shown, half away from zero. `mode` is one of decimal's."""
    places = int(digits)
    if abs(places) > 30:
        raise UnknownError(str(digits))
    exact = Decimal(repr(value))
    if exact.adjusted() + places > 25:
        return value
    return float(exact.quantize(Decimal(1).scaleb(-places), rounding=mode))


# --- comparing ------------------------------------------------------------------------------------------------------------


def compared(left: Scalar, right: Scalar) -> int:
    """Return -1, 0 or 1 by Excel's order: numbers, then texts (in any case), then FALSE, TRUE; a blank is like the other side.

    Raises UnknownError for the order of two different texts: it depends on the language of the computer.
    """
    one, other = _like(left, right), _like(right, left)
    rank = _rank(one) - _rank(other)
    if rank:
        return 1 if rank > 0 else -1
    if isinstance(one, str) and isinstance(other, str):
        if one.casefold() == other.casefold():
            return 0
        if not one or not other:
            return 1 if one else -1
        raise UnknownError("order of texts")
    first, second = float(one or 0), float(other or 0)  # type: ignore[arg-type]
    return (first > second) - (first < second)


def same(left: Scalar, right: Scalar) -> bool:
    """Tell whether two values are equal as ``=`` has it."""
    one, other = _like(left, right), _like(right, left)
    if _rank(one) != _rank(other):
        return False
    return one.casefold() == other.casefold() if isinstance(one, str) and isinstance(other, str) else one == other


def _like(value: Scalar, other: Scalar) -> Scalar:
    if value is not None:
        return value
    return "" if isinstance(other, str) else False if isinstance(other, bool) else 0.0


def _rank(value: Scalar) -> int:
    return 2 if isinstance(value, bool) else 1 if isinstance(value, str) else 0


# --- arrays ---------------------------------------------------------------------------------------------------------------


def lifted(function: Callable[..., Scalar], *values: Plain) -> Plain:
    """Call a function of single values, place by place for arrays; one row or column is repeated, what is short is ``#N/A``."""
    arrays = [value for value in values if isinstance(value, list)]
    if not arrays:
        return function(*values)
    height, width = max(len(rows) for rows in arrays), max(len(rows[0]) for rows in arrays)
    if height * width > _MOST_CELLS:
        raise UnknownError("too many cells")
    if all(len(rows) == height and len(rows[0]) == width for rows in arrays):  # by far the most frequent case
        columns = [value if isinstance(value, list) else repeat(repeat(value)) for value in values]
        return [list(map(function, *rows)) for rows in zip(*columns, strict=False)]
    return [[function(*(element(value, i, j) for value in values)) for j in range(width)] for i in range(height)]


def element(value: Plain, row: int, column: int) -> Scalar:
    """Return the place of an array that stands at a place of a larger one."""
    if not isinstance(value, list):
        return value
    i, j = row if len(value) > 1 else 0, column if len(value[0]) > 1 else 0
    return value[i][j] if i < len(value) and j < len(value[0]) else NOT_AVAILABLE


def scalars(value: Plain) -> Iterator[Scalar]:
    """Walk over the values of an array in reading order, or over the one value."""
    if isinstance(value, list):
        for row in value:
            yield from row
    else:
        yield value


def first(value: Plain) -> Scalar:
    """Return what a single cell shows of a result."""
    return value[0][0] if isinstance(value, list) else value
