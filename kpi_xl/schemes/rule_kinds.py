"""The kinds of rules: each says how an actual value becomes points between 0 and the indicator's weight. Data only.

A new kind is one more class here and one more member of `Rule`; docs/rule-kinds.md lists the places that have to know it, all of
which the type checker names. The field names below are the keys of a scheme file. Standard library only, like `model`.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

Better = Literal["higher", "lower"]
Unit = Literal["ratio", "points", "hours", "minutes", "seconds", "days", "count", "rating", "money", "index"]
"""``points`` is a rating 0-100, ``rating`` one on a scale of its own, ``index`` runs from -100 to 100 (NPS)."""


@dataclass(frozen=True)
class ParameterRef:
    """A target that is read from a parameter of the scheme; in files ``{ parameter = "id" }``."""

    parameter: str


@dataclass(frozen=True)
class MedianRef:
    """A target that is the median of the team, the input ``<indicator>.median``; in files ``"median"``."""


Target = Decimal | ParameterRef | MedianRef


@dataclass(frozen=True)
class Attainment:
    """``weight x min(1, actual/target)``, or ``target/actual`` when lower is better (full marks at 0).

    `per_month`: the target is multiplied by the months of the period. `absolute`: deviations count by their absolute value.
    """

    kind: ClassVar[str] = "attainment"
    word: ClassVar[str] = "达成率"

    target: Target
    better: Better = "higher"
    per_month: bool = False
    absolute: bool = False


@dataclass(frozen=True)
class AllOrNothing:
    """The whole weight when the target is met, else 0."""

    kind: ClassVar[str] = "all_or_nothing"
    word: ClassVar[str] = "全得或全无"

    target: Target
    better: Better = "higher"


@dataclass(frozen=True)
class ShortfallDeduction:
    """The weight, less `points` for each started `unit` by which the actual value falls short of `target`."""

    kind: ClassVar[str] = "shortfall_deduction"
    word: ClassVar[str] = "不足扣分"

    target: Target
    unit: Decimal
    points: Decimal
    better: Better = "higher"


@dataclass(frozen=True)
class EventDeduction:
    """The weight, less `points` for each event beyond `allowance` (`per_quarter`: allowance x quarters, at least one)."""

    kind: ClassVar[str] = "event_deduction"
    word: ClassVar[str] = "按次扣分"

    points: Decimal
    allowance: Decimal = Decimal(0)
    per_quarter: bool = False


@dataclass(frozen=True)
class Band:
    """A band of actual values from `first` to `last` (either order) whose points run from `first_points` to `last_points`.

    ``first`` or ``last`` None is open-ended. Equal points: a fixed band. A border belongs to the band that gives more points.
    """

    first_points: Decimal
    last_points: Decimal
    first: Decimal | None = None
    last: Decimal | None = None

    @property
    def range(self) -> tuple[Decimal | None, Decimal | None]:
        """Lower and upper bound (None: open), whatever the order in which they are written."""
        if self.first is not None and self.last is not None:
            return min(self.first, self.last), max(self.first, self.last)
        return self.first, self.last


@dataclass(frozen=True)
class Bands:
    """Points by band, fixed or interpolated."""

    kind: ClassVar[str] = "bands"
    word: ClassVar[str] = "分段计分"

    better: Better
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Choice:
    """The superior chooses a label: ``weight x its value / the highest value``."""

    kind: ClassVar[str] = "choice"
    word: ClassVar[str] = "选项"

    options: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Rating:
    """``weight x rating / scale``; `allowed` restricts what one person may enter (ranges, both ends included).

    A mean over several answers (a sample above 1) only has to lie between the lowest and the highest allowed number.
    """

    kind: ClassVar[str] = "rating"
    word: ClassVar[str] = "评分折算"

    scale: Decimal = Decimal(100)
    allowed: tuple[tuple[Decimal, Decimal], ...] = ()


@dataclass(frozen=True)
class Part:
    """A part of a composite indicator, scored against its own target.

    Its input key is ``<indicator>.<id>``; `own_key`: the id alone is the key (the prefixed form is understood, too).
    """

    id: str
    name: str
    target: Target
    better: Better = "lower"
    unit: Unit | None = None
    own_key: bool = False


@dataclass(frozen=True)
class Split:
    """Attainment per part. Without `share_of` the weight is split equally and every part is needed.

    With `share_of` set to one of two parts, its share is the input ``<indicator>.<part>_share`` and the other part takes the
    rest; a part without data gives its share to the other one. The bare key ``<indicator>`` stands for the first part.
    """

    kind: ClassVar[str] = "split"
    word: ClassVar[str] = "分项达成率"

    parts: tuple[Part, ...]
    share_of: str | None = None


@dataclass(frozen=True)
class RatingCounts:
    """Mean rating from counts per rating (``<indicator>.1`` ... ``<indicator>.N``), then deductions.

    ``weight x mean / levels - deduction x (input deducted_by)``, 0 when the input `voided_by` is above 0, never below 0.
    """

    kind: ClassVar[str] = "rating_counts"
    word: ClassVar[str] = "评分计数"

    levels: int
    voided_by: str
    deducted_by: str
    deduction: Decimal


@dataclass(frozen=True)
class Adjustment:
    """Points outside the weights: added (`sign` 1) or deducted (-1), `points` per unit entered, at most `cap`. Not entered: 0."""

    kind: ClassVar[str] = "adjustment"
    word: ClassVar[str] = "加减分"

    sign: Literal[1, -1]
    points: Decimal = Decimal(1)
    cap: Decimal | None = None


Rule = (
    Attainment | AllOrNothing | ShortfallDeduction | EventDeduction | Bands | Choice | Rating | Split | RatingCounts | Adjustment
)

_KINDS: tuple[type[Rule], ...] = typing.get_args(Rule)
RULE_KINDS: dict[str, type[Rule]] = {rule.kind: rule for rule in _KINDS}
"""Every kind by its name in scheme files (key ``kind``); `word` is its name on the sheet 评级标准."""
