"""What is known when a file is read, besides the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from kpi_xl.cell_zones import DEPARTMENT
from kpi_xl.decisions import Decision
from kpi_xl.periods import Period


@dataclass(frozen=True)
class Known:
    """The department's zone (and whether a person declared it), the years that its dates are likely of, and what is not asked.

    `lenient`: dates that fit several orders are guessed instead of refused.
    """

    department: str = DEPARTMENT
    zone_declared: bool = False
    years: frozenset[int] = frozenset()
    lenient: bool = False


def likely_years(period: Period | None, now: dt.datetime) -> frozenset[int]:
    """Return the years of the period, this one and the one before."""
    years = {now.year - 1, now.year}
    if period is not None:
        years |= set(range(period.start.year, (period.end - dt.timedelta(days=1)).year + 1))
    return frozenset(years)


@dataclass(frozen=True)
class Orders:
    """The order of numeric dates (dmy, mdy, ymd) by the position of their column, and how each was found."""

    by_position: Mapping[int, str] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
