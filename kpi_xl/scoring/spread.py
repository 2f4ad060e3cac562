"""Stability of quality: how little a weekly figure varies."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kpi_xl.numbers import EXACT, divide


def stability(weekly: Sequence[Decimal]) -> Decimal | None:
    """Return ``100 - 100 x population standard deviation / mean``, unrounded, at least 0; None without a mean above 0.

    Decided for 质量稳定性, for which the document gives no formula. `weekly`: the CSAT of each week as a ratio.
    """
    if not weekly:
        return None
    mean = divide(sum(weekly, Decimal(0)), len(weekly))
    if mean == 0:
        return None
    variance = divide(sum(((value - mean) ** 2 for value in weekly), Decimal(0)), len(weekly))
    return max(Decimal(0), 100 - 100 * divide(EXACT.sqrt(variance), mean))
