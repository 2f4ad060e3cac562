"""Appraisal periods: a month, a quarter or a year, and the months they consist of."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from kpi_xl.errors import KpiError, Text

Cycle = Literal["month", "quarter", "year"]
MONTHS_IN: dict[Cycle, int] = {"month": 1, "quarter": 3, "year": 12}
_PATTERN = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")

_YEARS = 1900, 2999
"""A typing error beyond; the calendar itself ends where the period before or after the last ones would lie."""


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month, quarter or year. `start` is its first day; order is by time, then by length."""

    start: dt.date
    cycle: Cycle

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``2025-09``, ``2025-Q3`` or ``2025``. Raises KpiError for anything else."""
        match = _PATTERN.fullmatch(text.strip().upper())
        if not match or not _YEARS[0] <= int(match[1]) <= _YEARS[1]:
            raise KpiError(
                Text(f"看不懂考核周期“{text}”", f"cannot read the period {text!r}"),
                Text(
                    "请写成 2025-09（月）、2025-Q3（季）或 2025（年）",
                    "write 2025-09 (month), 2025-Q3 (quarter) or 2025 (year)",
                ),
            )
        year, quarter, month = int(match[1]), match[2], match[3]
        if quarter:
            return cls(dt.date(year, 3 * int(quarter) - 2, 1), "quarter")
        if month:
            return cls(dt.date(year, int(month), 1), "month")
        return cls(dt.date(year, 1, 1), "year")

    @property
    def month_count(self) -> int:
        """Number of calendar months in the period: 1, 3 or 12."""
        return MONTHS_IN[self.cycle]

    @property
    def end(self) -> dt.date:
        """First day after the period (the period is half open)."""
        return _add_months(self.start, self.month_count)

    @property
    def months(self) -> tuple[Period, ...]:
        """The months of the period, in order."""
        return tuple(Period(_add_months(self.start, i), "month") for i in range(self.month_count))

    @property
    def previous(self) -> Period:
        """The period of the same length just before this one."""
        return Period(_add_months(self.start, -self.month_count), self.cycle)

    def __str__(self) -> str:
        if self.cycle == "year":
            return f"{self.start.year:04d}"
        if self.cycle == "quarter":
            return f"{self.start.year:04d}-Q{(self.start.month + 2) // 3}"
        return f"{self.start:%Y-%m}"

    @property
    def label(self) -> str:
        """The period as HR writes it: ``2025年9月``, ``2025年第3季度``, ``2025年度``."""
        if self.cycle == "year":
            return f"{self.start.year}年度"
        if self.cycle == "quarter":
            return f"{self.start.year}年第{(self.start.month + 2) // 3}季度"
        return f"{self.start.year}年{self.start.month}月"


def _add_months(day: dt.date, count: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)
