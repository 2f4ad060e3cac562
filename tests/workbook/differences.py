"""What a program computed in a form against what the core says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kpi_xl.numbers import from_float, parse_number
from kpi_xl.view.model import CellValue


def differences(found: Mapping[str, str | float], expected: Mapping[str, CellValue]) -> dict[str, tuple[str | float, str]]:
    """Return what the program computed and what the cached value says, where they differ."""
    wrong = {}
    for key, shown in found.items():
        wanted = expected[key.replace("__", ".")]
        if isinstance(wanted, Decimal | int):
            number = from_float(shown) if isinstance(shown, float) else parse_number(shown)
            same = number is not None and abs(number - wanted) < Decimal("1e-9")
        else:
            same = shown == (wanted or "")
        if not same:
            wrong[key] = (shown, str(wanted))
    return wrong
