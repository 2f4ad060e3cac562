"""Ranking with shared ranks: equal totals share the rank, the next one counts on (1, 2, 2, 4)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kpi_xl.numbers import round_points


def rank(totals: Sequence[Decimal | None]) -> tuple[int | None, ...]:
    """Return the rank of each total, the highest is 1; None (no final total) has none and takes no place.

    >>> rank([Decimal(90), Decimal(80), None, Decimal(80), Decimal(70)])
    (1, 2, None, 2, 4)
    """
    rounded = [None if total is None else round_points(total) for total in totals]
    places: dict[Decimal, int] = {}
    for place, total in enumerate(sorted((total for total in rounded if total is not None), reverse=True), start=1):
        places.setdefault(total, place)
    return tuple(None if total is None else places[total] for total in rounded)
