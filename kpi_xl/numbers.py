"""The only place where numbers are read from text, rounded and shown.

Decisions: Decimal from the counts on; ``ROUND(ROUND(x, 8), 2)`` half up, exactly as the formulas in the
workbooks compute it; a grade is read from the rounded total only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal

from kpi_xl.cell_words import LABELLED, OUT_OF, STARS, plain

EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
"""The arithmetic context of every division in the project; explicit, because the global one may be changed by others."""

_CENT = Decimal("0.01")
_GUARD = Decimal("0.00000001")
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?( *%)?")


def parse_number(text: str) -> Decimal | None:
    """Read a number strictly: digits, sign, thousands commas, point, exponent, per cent; full-width forms are accepted.

    Returns None for anything else (``NaN``, ``Infinity``, ``1_000``, ``''``), which plain ``Decimal()`` would let in.

    >>> parse_number("85 %"), parse_number("１，２３４．５"), parse_number("NaN"), parse_number("1_0")
    (Decimal('0.85'), Decimal('1234.5'), None, None)
    """
    if any(unicodedata.category(c) in ("No", "Nl") for c in text):  # 8² would become 82, ① a 1
        return None
    written = plain(text).replace("−", "-")
    if not _NUMBER.fullmatch(written):
        return None
    value = Decimal(written.rstrip("% ").replace(",", ""))
    return EXACT.divide(value, Decimal(100)) if written.endswith("%") else value


def parse_amount(text: str, units: Collection[str]) -> Decimal | None:
    """Read a number strictly, alone or with one of its units behind it.

    >>> parse_amount("87 分", ["分"]), parse_amount("总分", ["分"]), parse_amount("85%分", ["分"])
    (Decimal('87'), None, None)
    """
    written = plain(text).casefold()
    unit = next((unit for unit in sorted(units, key=len, reverse=True) if written.endswith(unit)), "")
    bare = written.removesuffix(unit)
    return parse_number(text) if not unit else None if bare.endswith("%") else parse_number(bare)


def parse_rating(text: str) -> Decimal | None:
    """Read a customer's rating as surveys write it: a number, ``4/5``, stars, or a number with its unit or words behind it.

    >>> parse_rating("★★★★☆"), parse_rating("3 - Satisfied"), parse_rating("１０分"), parse_rating("4/5"), parse_rating("满意")
    (Decimal('4'), Decimal('3'), Decimal('10'), Decimal('4'), None)
    """
    value = parse_number(text)
    if value is not None:
        return value
    written = plain(text)
    if STARS.fullmatch(written):
        return Decimal(written.count("★"))
    match = OUT_OF.fullmatch(written) or LABELLED.fullmatch(written)
    return Decimal(match[1]) if match else None


def from_float(value: float) -> Decimal:
    """Return a float as the spreadsheet that holds it shows and compares it: 15 significant digits. NaN and infinities stay.

    >>> from_float(0.3 * 3), from_float(89.995)
    (Decimal('0.9'), Decimal('89.995'))
    """
    return Decimal(f"{value:.15g}")


def divide(numerator: Decimal | int, denominator: Decimal | int) -> Decimal:
    """Divide in the project's arithmetic context (40 digits). Raises ZeroDivisionError's Decimal form for 0."""
    return EXACT.divide(Decimal(numerator), Decimal(denominator))


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Round half away from zero to `places` decimals, as Excel's ROUND does."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=EXACT)


def round_points(value: Decimal) -> Decimal:
    """Round points or a total: ``ROUND(ROUND(x, 8), 2)``, half up.

    >>> round_points(Decimal("17.004999999999999"))
    Decimal('17.01')
    """
    rounded = value.quantize(_GUARD, rounding=ROUND_HALF_UP, context=EXACT).quantize(_CENT, rounding=ROUND_HALF_UP)
    return rounded or rounded.copy_abs()  # a deduction of nothing is 0.00, not -0.00


def started_units(amount: Decimal, unit: Decimal) -> int:
    """Count the started units of a shortfall: a started point counts whole. The inner ROUND(x, 8) comes first.

    >>> started_units(Decimal("0.008"), Decimal("0.01")), started_units(Decimal("0.01"), Decimal("0.01"))
    (1, 1)
    """
    if amount <= 0:
        return 0
    return int(round_half_up(EXACT.divide(amount, unit), 8).to_integral_value(rounding=ROUND_CEILING))


def format_points(value: Decimal) -> str:
    """Show points with exactly two decimals (``17.00``)."""
    return f"{round_points(value):.2f}"


def format_plain(value: Decimal, places: int = 2) -> str:
    """Show a number with at most `places` decimals, without trailing zeros (``24``, ``4.5``)."""
    text = f"{round_half_up(value, places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_percent(value: Decimal, places: int = 2) -> str:
    """Show a ratio as per cent; never rounded onto 0 % or 100 % unless it is exactly that.

    >>> format_percent(Decimal("0.99999")), format_percent(Decimal("1")), format_percent(Decimal("0.82"))
    ('99.99%', '100.00%', '82.00%')
    """
    shown = round_half_up(value * 100, places)
    step = Decimal(1).scaleb(-places)
    if shown == 100 and value < 1:
        shown -= step
    elif shown == 0 and value > 0:
        shown = step
    return f"{shown:.{places}f}%"
