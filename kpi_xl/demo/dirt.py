"""The faults that real exports have, put in on purpose, counted as they are put in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

RATES: Mapping[str, float] = {
    # rows of the tickets; a row gets at most one of these
    "ticket_copy": 1 / 260,  # an exact second row
    "ticket_update": 1 / 330,  # an older state of the ticket stands above the last one
    "ticket_unknown_agent": 1 / 500,  # handled by somebody who is not in the roster
    "ticket_no_agent": 1 / 400,
    "ticket_closed_before_created": 1 / 700,
    "ticket_outside_period": 1 / 900,  # last year's date; the spill-over of the month before comes on top
    "ticket_absurd_year": 1 / 2000,  # 2205 for 2025
    # single cells of the tickets; the row stays good
    "cell_unreadable_marker": 1 / 300,  # ? or N/A instead of a time
    "cell_full_width": 1 / 350,
    "ticket_blank_row": 1 / 1500,
    # the other files
    "rating_missing_marker": 1 / 60,  # '-', '?', '0 - Unknown' though the customer was reached
    "rating_full_width": 1 / 120,
    "rating_blank_row": 1 / 800,
    "repair_copy": 1 / 400,
    "repair_no_asset": 1 / 450,
    "repair_unknown_agent": 1 / 600,
    "quality_missing_score": 1 / 150,
    "quality_full_width": 1 / 90,
    "contribution_rejected": 1 / 12,  # not accepted, hence no date of acceptance
}
"""How often each fault is put in, per row of its file. Every fault occurs at about even distances, so small demos have it too."""


class Dirt:
    """Decides where a fault goes, and keeps the count of what was put in (`counts`, by fault)."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._left = {kind: rng.randrange(3, max(4, int(0.8 / rate))) for kind, rate in RATES.items()}
        self.counts: Counter[str] = Counter()

    def strikes(self, kind: str) -> bool:
        """Tell whether the present row gets this fault; if so, it is counted."""
        self._left[kind] -= 1
        if self._left[kind] > 0:
            return False
        mean = 1 / RATES[kind]
        self._left[kind] = self._rng.randrange(max(1, int(0.4 * mean)), int(1.6 * mean) + 1)
        self.counts[kind] += 1
        return True

    def first_to_strike(self, *kinds: str) -> str | None:
        """Return the first of `kinds` that strikes the present row, so that a row has one fault of them at most."""
        return next((kind for kind in kinds if self.strikes(kind)), None)


def full_width(number: int) -> str:
    """Write a whole number with full-width digits, as a Chinese input method does.

    >>> full_width(92)
    '９２'
    """
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))
