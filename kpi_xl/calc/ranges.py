"""Whole columns as arguments: a million rows, of which a month fills a hundred."""

from __future__ import annotations

from typing import Any

LEAST = 10_000
"""Rows that stay in any case: an array formula over more cells than its result has rows shows ``#N/A`` in the rest."""


def without_blank_end(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments with long ranges cut behind the last row that holds something, `LEAST` rows or more.

    Ranges of one height stay of one height, since they belong together (``A:A`` and ``B:B``).
    """
    ends: dict[int, int] = {}
    for argument in arguments:
        if isinstance(argument, tuple) and len(argument) > LEAST:
            ends[len(argument)] = max(ends.get(len(argument), LEAST), _filled(argument))
    if not ends:
        return arguments
    return tuple(one[: ends.get(len(one), len(one))] if isinstance(one, tuple) else one for one in arguments)


def _filled(rows: tuple[Any, ...]) -> int:
    """Return how many rows there are up to the last that holds something; Calc hands over ``''`` for an empty cell."""
    blank = ("",) * len(rows[0])
    end = len(rows)
    while end and rows[end - 1] == blank:
        end -= 1
    return end
