"""The result of scoring: points with their reasons, total, grade, and what is missing. Decimal throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from kpi_xl.periods import Period

Value = Decimal | str
"""An actual value: a number, or the label of a choice. A ratio is 0.85, never 85."""

Values = Mapping[str, Value]
"""Actual values by input key: ``fcr``, ``handling_hours.normal``, ``ratings.5``. An absent key is missing data."""


class Status(Enum):
    """Four different things that are not zero (house habit 5)."""

    SCORED = "scored"
    MISSING = "missing"
    INSUFFICIENT = "insufficient"
    WAIVED = "waived"


@dataclass(frozen=True)
class IndicatorResult:
    """Points of one indicator, rounded to 2 decimals; `why` is the calculation in one line (``82.00% ÷ 85% × 20 = 19.29``).

    `weight` is the one that counted: the scheme's, or a scaled one when groups were waived. `actual` is the plain input of an
    indicator with a single one; `needs` names the inputs that are missing; `unmatured` counts rows whose window is not over.
    """

    id: str
    name: str
    group: str
    weight: Decimal
    status: Status
    points: Decimal | None
    why: str
    actual: Value | None = None
    needs: tuple[str, ...] = ()
    unmatured: int = 0


@dataclass(frozen=True)
class Appraisal:
    """What a scheme says about one person and period.

    `total` is None while something is missing (`missing`: ids of those indicators, insufficient ones too); `so_far` adds what is
    there; `provisional` is labelled 预估 wherever shown. `grade` None with a total means that the scheme has no grades.
    `coefficient` None: the grade has none. `waived`: groups whose weight the others took over. `figures`: the scheme's figures
    that could be computed, unrounded. `notes`: what must be said beside the result (in Chinese).
    """

    scheme: str
    variants: tuple[str, ...]
    results: tuple[IndicatorResult, ...]
    subtotals: tuple[tuple[str, Decimal | None], ...]
    so_far: Decimal
    total: Decimal | None
    provisional: Decimal | None
    grade: str | None
    coefficient: Decimal | None
    actions: tuple[str, ...]
    missing: tuple[str, ...]
    waived: tuple[str, ...] = ()
    figures: tuple[tuple[str, Decimal], ...] = ()
    notes: tuple[str, ...] = ()

    def result(self, indicator_id: str) -> IndicatorResult:
        """Return the result of that indicator. Raises KeyError."""
        for result in self.results:
            if result.id == indicator_id:
                return result
        raise KeyError(indicator_id)


@dataclass(frozen=True)
class PastResult:
    """A result of the same person and scheme. `final` False: it had no total, or it was withdrawn."""

    period: Period
    total: Decimal | None
    grade: str | None
    final: bool = True
