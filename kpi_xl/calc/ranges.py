"""Whole columns as arguments: a million rows, of which a month fills a hundred."""

from __future__ import annotations

from typing import Any

WHOLE = 2**20
"""Rows of a sheet; a range as high is a whole column, meant to end where its cells end."""
LEAST = 10_000
"""Rows that stay in any case: an array formula over more cells than its result has rows shows ``#N/A`` in the rest."""


def without_blank_end(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments with whole columns cut behind the last row that holds something, `LEAST` rows or more.

    Columns stay of one height, since they belong together (``A:A`` and ``B:B``).
    """
    columns = [one for one in arguments if isinstance(one, tuple) and len(one) >= WHOLE]
    if not columns:
        return arguments
    end = max(LEAST, *(_filled(one) for one in columns))
    return tuple(one[:end] if isinstance(one, tuple) and len(one) >= WHOLE else one for one in arguments)


def _filled(rows: tuple[Any, ...]) -> int:
    """Return how many rows there are up to the last that holds something; Calc hands over ``''`` for an empty cell."""
    blank = ("",) * len(rows[0])
    end = len(rows)
    while end and rows[end - 1] == blank:
        end -= 1
    return end
