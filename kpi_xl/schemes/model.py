"""What a scheme is: indicators with weights and rules, groups, variants, grade bands, streaks. Data only, no arithmetic.

Every class is frozen; `kpi_xl.schemes.load` makes them from TOML (or from the sheet 评级标准) and validates; `kpi_xl.scoring`
does the arithmetic. The rules of the indicators are in `rule_kinds`. Standard library only: this module is imported by cell
functions, also in Pyodide.

The field names below are the keys of a scheme file: `kpi_xl.schemes.codec` reads and writes the classes by their fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

from kpi_xl.periods import Basis, Cycle, Reckoning
from kpi_xl.schemes.rule_kinds import Rule, Unit
from kpi_xl.schemes.rule_traits import Traits, traits_of


@dataclass(frozen=True)
class Source:
    """Where a number comes from: the document, or our decision and why. Shown to HR as a cell note.

    In files one string: ``document``, ``document: 原文……`` or ``decided: why``.
    """

    origin: Literal["document", "decided"]
    note: str = ""


@dataclass(frozen=True)
class Parameter:
    """A blank that the company must fill in before the scheme can score (`value` None until then)."""

    id: str
    name: str
    unit: Unit
    value: Decimal | None = None
    note: str = ""


@dataclass(frozen=True)
class Indicator:
    """One line of the form. `measure` names the measure that fills it from exports; None: typed by people.

    `entered_by` says who types it when no measure gives it. `min_sample`: fewer counted rows are insufficient, like missing;
    `sample_from` names the fact that holds the sample when no measure counts it. `low`, `high`: what may be entered, when the
    unit's own range is not meant. Weight 0: shown, never missing. `sources` by what they are about (weight, target, rule, ...).
    """

    id: str
    name: str
    group: str
    weight: Decimal
    unit: Unit
    rule: Rule
    definition: str = ""
    measure: str | None = None
    entered_by: str = ""
    purpose: str = ""
    check_points: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    min_sample: int = 1
    sample_from: str | None = None
    sources: tuple[tuple[str, Source], ...] = ()

    @cached_property
    def traits(self) -> Traits:
        """What is asked about the rule without knowing its kind."""
        return traits_of(self.rule)


@dataclass(frozen=True)
class Group:
    """A block of indicators with a subtotal. `weight`, if given, must be what its indicators add up to."""

    id: str
    name: str
    weight: Decimal | None = None
    waivable: bool = False
    source: Source | None = None


@dataclass(frozen=True)
class Fact:
    """An input without points of its own: shown beside, a sample size, or the material of a figure. Never missing by itself."""

    id: str
    name: str
    unit: Unit
    definition: str = ""
    measure: str | None = None
    entered_by: str = ""


HEAD_COUNT = "head_count"
"""What a fact names as its measure when it is no measure of the exports: how many people the scheme appraises in a run."""


@dataclass(frozen=True)
class Figure:
    """A figure made of facts, shown beside the total: the sum of `products`, divided by the fact `per` if there is one.

    ``products = [["installed_units", "install_price"], ["repaired_units", "repair_price"]]``, ``per = "head_count"``.
    """

    id: str
    name: str
    unit: Unit
    products: tuple[tuple[str, ...], ...]
    per: str | None = None
    source: Source | None = None


@dataclass(frozen=True)
class Bonus:
    """How a bonus follows: ``base x coefficient of the grade`` or ``base x total / scheme total``; `base` names a figure."""

    by: Literal["coefficient", "total"]
    base: str | None = None
    source: Source | None = None


@dataclass(frozen=True)
class Grade:
    """A grade band: totals ``>= lower`` up to the next band. `coefficient` None: there is none, and using it is an error."""

    name: str
    lower: Decimal
    coefficient: Decimal | None = None
    actions: tuple[str, ...] = ()
    source: Source | None = None


@dataclass(frozen=True)
class Streak:
    """`times` or more running results of `grade` in the same cycle lead to `action`."""

    grade: str
    times: int
    action: str
    source: Source | None = None


@dataclass(frozen=True)
class Variant:
    """A named change of a scheme: other weights and names, additional or removed indicators. Variants combine.

    `weights`, `names` and `definitions` are by indicator id. `cycles` replace the scheme's, where these people are appraised at
    other times; a mean of results of a cycle that is not among them goes with it.
    """

    id: str
    name: str
    note: str = ""
    exclusive_with: tuple[str, ...] = ()
    weights: tuple[tuple[str, Decimal], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()
    add: tuple[Indicator, ...] = ()
    source: Source | None = None
    cycles: tuple[Cycle, ...] = ()


@dataclass(frozen=True)
class RaterGroup:
    """Raters of one role; their mean is the input of the indicator `indicator`. `anonymous` groups are never shown by name."""

    indicator: str
    name: str
    anonymous: bool = False


@dataclass(frozen=True)
class Raters:
    """Several raters. Anonymous groups below `minimum` raters are pooled; a pool below it is not shown and not counted."""

    groups: tuple[RaterGroup, ...]
    minimum: int = 3
    source: Source | None = None


@dataclass(frozen=True)
class RollupPart:
    """`share` of the longer period's total is the arithmetic mean of its results of cycle `of`; `times` of them are needed."""

    of: Literal["day", "month", "quarter"]
    share: Decimal
    times: int = 1


@dataclass(frozen=True)
class Rollup:
    """The total of a longer period as arithmetic means of results, where the document says so (otherwise counts are pooled)."""

    cycle: Cycle
    parts: tuple[RollupPart, ...]
    source: Source | None = None


@dataclass(frozen=True)
class KeyResult:
    """An OKR key result with its target; start and current value are typed. No points."""

    id: str
    name: str
    unit: Unit
    target: Decimal
    relative: bool = False
    source: Source | None = None


@dataclass(frozen=True)
class Checklist:
    """Lines that pass or fail, without points (a compliance annex, a resource check)."""

    id: str
    name: str
    items: tuple[str, ...]
    note: str = ""
    source: Source | None = None


@dataclass(frozen=True)
class Appeal:
    """Within how many calendar days after publication an appeal is possible (None: the document sets none), and who decides."""

    text: str
    days: int | None = None
    source: Source | None = None


@dataclass(frozen=True)
class Scheme:
    """An appraisal system. `total` is what the weights add up to (100 unless the document says otherwise).

    `number` is its place in the list of the documents; `applied` lists the variants that are already worked in;
    `required_variant`: the scheme scores with one of them only; `definitions` picks a measure's alternative by measure id;
    `month_starts` is the day on which its months begin and `basis` the time that puts a ticket into one (None: a calendar month,
    by creation, unless the mapping file says otherwise); `provisional` allows the 预估 figure;
    `bounds`: least and highest total when additions and deductions can leave 0..total;
    `excluded_status`: people of this status are not appraised; `ranked`: results are ranked; `callbacks`: the measured indicators
    are questions to one customer at a time, rated on a scale, whose scores are pooled (the total is the mean of the customers'
    scores), and the dissatisfied ones go to a list for customer service.
    """

    id: str
    name: str
    subject: str
    cycles: tuple[Cycle, ...]
    source: str
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    number: int = 0
    total: Decimal = Decimal(100)
    provisional: bool = False
    required_variant: bool = False
    ranked: bool = False
    callbacks: bool = False
    bounds: tuple[Decimal, Decimal] | None = None
    excluded_status: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    month_starts: int | None = None
    basis: Basis | None = None
    notes: tuple[str, ...] = ()
    appeal: Appeal | None = None
    bonus: Bonus | None = None
    raters: Raters | None = None
    grades: tuple[Grade, ...] = ()
    streaks: tuple[Streak, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    facts: tuple[Fact, ...] = ()
    figures: tuple[Figure, ...] = ()
    rollups: tuple[Rollup, ...] = ()
    key_results: tuple[KeyResult, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    variants: tuple[Variant, ...] = ()

    def indicator(self, indicator_id: str) -> Indicator:
        """Return the indicator of that id. Raises KeyError."""
        for indicator in self.indicators:
            if indicator.id == indicator_id:
                return indicator
        raise KeyError(indicator_id)

    @property
    def reckoning(self) -> Reckoning:
        """How it reckons its months."""
        return Reckoning(self.month_starts, self.basis)

    @property
    def limits(self) -> tuple[Decimal, Decimal]:
        """Least and highest total that the scheme can give."""
        return self.bounds or (Decimal(0), self.total)

    @property
    def reference(self) -> str:
        """The id with the variants worked in, as `load_scheme` reads it: ``appliance-agent:technical+promotion``."""
        return f"{self.id}:{'+'.join(self.applied)}" if self.applied else self.id
