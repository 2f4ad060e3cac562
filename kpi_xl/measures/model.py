"""What a measure is, what counting yields, and the rows that are shown: frozen data, no arithmetic.

A measure says which rows of a table count (`of`) and which of them are hits (`hit`), or what number is averaged (`value`).
Everything else follows from those: numerator, denominator and sample, the evidence, the documentation, the comparison of
definitions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

Unit = Literal["ratio", "points", "hours", "minutes", "seconds", "count", "rating", "money", "index"]
UNITS: tuple[Unit, ...] = ("ratio", "points", "hours", "minutes", "seconds", "count", "rating", "money", "index")

Figure = Literal["ratio", "mean", "sum", "per_head"]
"""How counts become a value. ratio: numerator / denominator; mean: the same, of a value; sum: the numerator alone (a number of
rows,
or a total); per_head: the numerator divided by the agents who have any."""
FIGURES: tuple[Figure, ...] = ("ratio", "mean", "sum", "per_head")

Status = Literal["ok", "missing", "insufficient", "unmatured"]
By = Literal["agent", "team", "region"]
BYS: tuple[By, ...] = ("agent", "team", "region")

SECONDS_IN: Mapping[str, int] = {"hours": 3600, "minutes": 60, "seconds": 1}
"""Seconds in a unit of time. Values of such measures are declared, summed and exchanged in whole seconds."""

_FIXED_POINT: frozenset[str] = frozenset({"points", "rating", "money", "index"})


@dataclass(frozen=True)
class Alternative:
    """Another definition (口径) of a measure: the fields of the measure that it replaces. None: as in the measure."""

    name: str
    definition: str
    of: str | None = None
    hit: str | None = None
    value: str | None = None
    per: str | None = None
    pending: str | None = None
    left_out: str | None = None
    optional: frozenset[str] | None = None
    any_of: frozenset[str] | None = None
    parameters: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True)
class Measure:
    """A measure as declared. Expressions are SQL over one row of `table` and the derived columns of its base views.

    A row is counted when `of` is true and the outcome (`hit`, else `value` with `per`, else the row itself) is known. `pending`:
    the row's window was not over when the data ended, and its outcome could still change. `optional`: columns that may be absent
    from the export; of those in `any_of` one must be there. `otherwise` names alternatives that stand in, the first that can be
    counted, when the exports lack the columns of the default definition. `none_is_zero`: no rows mean 0, in months that the table
    covers, instead of missing. `median`: ``<id>.median`` of the team is given too. `when`: the time that puts a row into a month,
    whatever the basis of the period is.
    `parameters` (name, default) stand in the expressions as ``{name}``; ``{data_end}`` is the latest time in the data.
    """

    id: str
    name: str
    table: str
    unit: Unit
    better: Literal["higher", "lower"]
    definition: str
    figure: Figure
    of: str = "TRUE"
    hit: str | None = None
    value: str | None = None
    per: str | None = None
    pending: str | None = None
    when: str | None = None
    record: str | None = None
    left_out: str = "不在统计范围"
    source: Literal["document", "decided", "user"] = "user"
    note: str = ""
    optional: frozenset[str] = frozenset()
    any_of: frozenset[str] = frozenset()
    parameters: tuple[tuple[str, int], ...] = ()
    default: str = "default"
    otherwise: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    lookback: str | None = None
    core: bool = False
    none_is_zero: bool = False
    median: bool = False
    min_sample: int = 1
    origin: str = ""
    chosen: str = ""
    """The definition that was chosen and is worked in, e.g. ``silence:7``; empty: not resolved, or the default one."""
    key: str = ""
    """Under which name its counts are kept: the id, or ``id@definition`` when definitions are compared."""

    @property
    def outcome(self) -> str:
        """The SQL expression whose being known makes a row count."""
        return self.hit or self.value or "TRUE"

    @property
    def is_value(self) -> bool:
        """Whether numbers are summed (True) or hits counted (False)."""
        return self.hit is None and self.value is not None

    @property
    def decimals(self) -> int:
        """Decimal places kept when values are summed as integers: 4 for ratings, points, money and indices, else 0."""
        return 4 if self.is_value and self.unit in _FIXED_POINT else 0

    def alternative(self, name: str) -> Alternative:
        """Return the alternative of that name. Raises KeyError."""
        for alternative in self.alternatives:
            if alternative.name == name:
                return alternative
        raise KeyError(name)


class Count(NamedTuple):
    """The additive counts of one agent, month and measure (its key). All integers; sums in units of 10^-decimals.

    Numerator: hits, or the sum of values. Denominator: counted rows, or the sum of `per`. `pending`: rows whose window was open.
    """

    agent: str
    month: dt.date
    measure: str
    sample: int
    numerator: int
    denominator: int
    pending: int


@dataclass(frozen=True)
class MeasureRow:
    """A measure of one subject in one period (a month of the period, or the whole).

    `numerator` is exact (whole seconds for times); `value` is in the measure's unit, None when there is none to show.
    `unmatured` is
    the number of counted rows whose window was not over at the end of the data.
    """

    period: str
    by: By
    subject: str
    measure: str
    numerator: Decimal | None
    denominator: int | None
    value: Decimal | None
    sample: int
    status: Status
    unmatured: int = 0


class Evidence(NamedTuple):
    """What became of one row in one measure. `hit` is None where a value is averaged; `value` is in the measure's unit.

    `numerator` and `denominator` are given where a row has both (`per`: filled and required fields); `value` is their quotient.
    Carries ids, times and flags only; `reason` is Chinese, for the sheet 明细.
    """

    agent: str
    measure: str
    record: str
    at: dt.datetime | None
    counted: bool
    hit: bool | None
    value: Decimal | None
    unmatured: bool
    reason: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
