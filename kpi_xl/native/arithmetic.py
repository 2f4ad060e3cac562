"""Scoring as native spreadsheet formulas: from a rule and cell references to formula text (without the leading ``=``).

The same arithmetic as `kpi_xl.scoring`, in the vocabulary of Excel 2013 (no LET, LAMBDA, IFS, TEXTJOIN), so that a signed form
calculates in Excel, WPS, LibreOffice and on a phone. Numbers of the scheme are never written into a formula: they are references
into the sheet 评级标准, so HR's edit there changes the form. Rounding is ``ROUND(ROUND(x,8),2)``; blank in, blank out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from kpi_xl.schemes.inputs import level_keys, median_key, part_key, share_key
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import (
    Adjustment,
    AllOrNothing,
    Attainment,
    Bands,
    Better,
    Choice,
    EventDeduction,
    MedianRef,
    ParameterRef,
    Rating,
    RatingCounts,
    ShortfallDeduction,
    Split,
    Target,
)
from kpi_xl.standard.plan import BandCells, StandardPlan

_SingleRule = Attainment | AllOrNothing | ShortfallDeduction | EventDeduction | Bands | Rating
CELL_BY_CELL = Attainment | AllOrNothing | ShortfallDeduction | EventDeduction | Rating | Choice | Split | Adjustment
"""The rules whose formula can also give the points of several cells at once, in an array formula."""
PENDING = '"待评"'
WAIVED = '"豁免"'


@dataclass(frozen=True)
class Actuals:
    """Where the actual values of one indicator stand: input key (``fcr``, ``handling_hours.normal``, ``volume.median``) to cell.

    `months` is the cell with the number of months of the period (None: one month). `weight` is a cell with the weight that
    counts, when it is not the one on 评级标准 (groups that are waived change the weights of the others). `each`: what stands
    there may be several cells, of which each has its own points, so that nothing may take them together (`CELL_BY_CELL` rules).
    """

    cells: Mapping[str, str] = field(default_factory=dict)
    months: str | None = None
    weight: str | None = None
    each: bool = False

    def __getitem__(self, key: str) -> str:
        return self.cells[key]


def points(indicator: Indicator, actuals: Actuals, plan: StandardPlan, blank: str = '""') -> str:
    """Return the formula of an indicator's points, 0..weight with 2 decimals; `blank` where an actual value is absent.

    Raises KeyError when `actuals` lacks a cell that the rule needs (see `kpi_xl.schemes.inputs.inputs_of`).
    """
    rule = indicator.rule
    weight = actuals.weight or plan.ref("weight", indicator.id)
    match rule:
        case Choice():
            return _choice(indicator, actuals, plan, weight, blank)
        case Split():
            return _split(indicator, rule, actuals, plan, weight, blank)
        case RatingCounts():
            return _rating_counts(indicator, rule, actuals, plan, weight, blank)
        case Adjustment():
            return _adjustment(indicator, actuals, plan)
        case Attainment() | AllOrNothing() | ShortfallDeduction() | EventDeduction() | Bands() | Rating():
            return _single(indicator, rule, actuals, plan, weight, blank)
        case _:
            assert_never(rule)


def facts_needed(indicator: Indicator) -> tuple[str, ...]:
    """Return the facts of the scheme that the points of an indicator depend on: a sample size, deductions."""
    return (*indicator.traits.facts, *((indicator.sample_from,) if indicator.sample_from else ()))


def _single(indicator: Indicator, rule: _SingleRule, actuals: Actuals, plan: StandardPlan, weight: str, blank: str) -> str:
    """Points of a rule with a single actual value, and the team's median where that is the target."""
    own = actuals[indicator.id]
    needed = [own, actuals[median_key(indicator)]] if indicator.traits.needs_median else [own]
    expression = _rounded(_bounded(_expression(indicator, rule, actuals, plan, weight), weight, each=actuals.each))
    if indicator.sample_from:
        enough = f"{number_or_0(actuals[indicator.sample_from])}>={plan.ref('min_sample', indicator.id)}"
        return f"IF(AND({_present(needed)},{enough}),{expression},{blank})"
    return f"IF({_present(needed)},{expression},{blank})"


def _expression(indicator: Indicator, rule: _SingleRule, actuals: Actuals, plan: StandardPlan, weight: str) -> str:
    """Return the points before bounding and rounding."""
    own = actuals[indicator.id]
    match rule:
        case Attainment():
            goal = target_value(indicator, rule.target, actuals, plan)
            goal = f"({goal}*{_months(actuals)})" if rule.per_month else goal
            if rule.absolute:
                own, goal = f"ABS({own})", f"ABS({goal})"
            unsure = not isinstance(rule.target, Decimal)
            return f"{weight}*{attainment(own, goal, rule.better, may_be_zero=unsure, each=actuals.each)}"
        case AllOrNothing():
            goal = target_value(indicator, rule.target, actuals, plan)
            return f"IF({own}{'>=' if rule.better == 'higher' else '<='}{goal},{weight},0)"
        case ShortfallDeduction():
            goal = target_value(indicator, rule.target, actuals, plan)
            short = f"{goal}-{own}" if rule.better == "higher" else f"{own}-{goal}"
            unit, each = plan.ref("rule", indicator.id, "unit"), plan.ref("rule", indicator.id, "points")
            return f"{weight}-{each}*ROUNDUP(ROUND({_at_least_0(short, each=actuals.each)}/{unit},8),0)"
        case EventDeduction():
            allowance = plan.ref("rule", indicator.id, "allowance")
            if rule.per_quarter:
                allowance = f"{allowance}*ROUNDUP({_months(actuals)}/3,0)"
            extra = _at_least_0(f"{own}-{allowance}", each=actuals.each)
            return f"{weight}-{plan.ref('rule', indicator.id, 'points')}*{extra}"
        case Bands():
            return band_points(own, plan.bands(indicator))
        case Rating():
            return f"{weight}*{own}/{plan.ref('rule', indicator.id, 'scale')}"
        case _:
            assert_never(rule)


def attainment(actual: str, target: str, better: Better, *, may_be_zero: bool = False, each: bool = False) -> str:
    """Return ``min(1, actual/target)``, or ``target/actual`` when lower is better; a target of 0 is met or not."""
    if better == "lower":
        return f"IF({actual}<={target},1,{target}/{actual})"
    if may_be_zero:
        return f"IF({actual}>={target},1,IF({target}>0,{actual}/{target},0))"
    return f"IF({actual}<{target},{actual}/{target},1)" if each else f"MIN(1,{actual}/{target})"


def band_points(actual: str, bands: Sequence[BandCells]) -> str:
    """Return the points of the band that holds the value; on a border the better one; inside it a straight line."""
    terms = []
    for band in bands:
        if band.first is not None and band.last is not None:
            low, high = f"MIN({band.first},{band.last})", f"MAX({band.first},{band.last})"
            inside = f"AND({actual}>={low},{actual}<={high})"
            slope = f"({band.last_points}-{band.first_points})/({band.last}-{band.first})"
            terms.append(f"IF({inside},{band.first_points}+({actual}-{band.first})*{slope},0)")
        elif band.last is None:
            terms.append(f"IF({actual}>={band.first},{band.first_points},0)")
        else:
            terms.append(f"IF({actual}<={band.last},{band.last_points},0)")
    return f"MAX({','.join(terms)})"


def target_value(indicator: Indicator, target: Target, actuals: Actuals, plan: StandardPlan) -> str:
    """Return the cell of a target: on 评级标准, the company's parameter there, or the team's median among the inputs."""
    if isinstance(target, ParameterRef):
        return plan.ref("parameter", target.parameter)
    if isinstance(target, MedianRef):
        return actuals[median_key(indicator)]
    return plan.ref("target", indicator.id)


def _choice(indicator: Indicator, actuals: Actuals, plan: StandardPlan, weight: str, blank: str) -> str:
    """Weight x the chosen label's value / the highest value; a label that is not in the list is no choice."""
    own = actuals[indicator.id]
    labels, values = plan.ref("options", indicator.id, "label"), plan.ref("options", indicator.id, "value")
    chosen = f"SUMIF({labels},{own},{values})" if actuals.each else f"INDEX({values},MATCH({own},{labels},0))"
    gained = _bounded(f"{weight}*{chosen}/MAX({values})", weight, each=actuals.each)
    return f"IF(COUNTIF({labels},{own})=0,{blank},{_rounded(gained)})"


def _split(indicator: Indicator, rule: Split, actuals: Actuals, plan: StandardPlan, weight: str, blank: str) -> str:
    """Points of a composite: parts weighted by a share that is an input, or equally; an absent part gives its share away."""
    cells = {part.id: actuals[part_key(indicator, part.id)] for part in rule.parts}
    ratios = {}
    for part in rule.parts:
        if isinstance(part.target, ParameterRef):
            target = plan.ref("parameter", part.target.parameter)
        else:
            target = plan.ref("target", indicator.id, part.id)
        ratios[part.id] = attainment(cells[part.id], target, part.better, each=actuals.each)

    def rounded(points: str) -> str:
        return _rounded(_bounded(points, weight, each=actuals.each))

    if rule.share_of is None:
        mean = f"({'+'.join(ratios.values())})/{len(ratios)}"
        return f"IF({_present(list(cells.values()))},{rounded(f'{weight}*{mean}')},{blank})"
    (other,) = (part.id for part in rule.parts if part.id != rule.share_of)
    share = actuals[share_key(indicator, rule.share_of)]
    apart, rest = cells[rule.share_of], cells[other]
    both = f"{weight}*({share}*{ratios[rule.share_of]}+(1-{share})*{ratios[other]})"
    alone = f"IF(ISNUMBER({apart}),{_rounded(f'{weight}*{ratios[rule.share_of]}')},{blank})"
    only_rest = f"IF(ISNUMBER({rest}),{_rounded(f'{weight}*{ratios[other]}')},{alone})"
    return f"IF({_present([apart, rest])},IF(ISNUMBER({share}),{rounded(both)},{blank}),{only_rest})"


def _rating_counts(
    indicator: Indicator, rule: RatingCounts, actuals: Actuals, plan: StandardPlan, weight: str, blank: str
) -> str:
    """Mean rating from counts per level, then the deductions; without a single rating there is nothing to score."""
    counts = [actuals[key] for key in level_keys(indicator)]
    total = f"({'+'.join(map(number_or_0, counts))})"
    weighted = "+".join(f"{level}*{number_or_0(cell)}" for level, cell in enumerate(counts, start=1))
    levels, each = plan.ref("rule", indicator.id, "levels"), plan.ref("rule", indicator.id, "deduction")
    scored = f"{weight}*({weighted})/{total}/{levels}-{each}*{number_or_0(actuals[rule.deducted_by])}"
    kept = f"IF({number_or_0(actuals[rule.voided_by])}>0,0,{scored})"
    return f"IF({total}>0,{_rounded(_bounded(kept, weight))},{blank})"


def _adjustment(indicator: Indicator, actuals: Actuals, plan: StandardPlan) -> str:
    """Points outside the weights, signed and capped; nothing entered is 0, not missing."""
    amount = f"{plan.ref('rule', indicator.id, 'points')}*{number_or_0(actuals[indicator.id])}"
    cap = plan.find("rule", indicator.id, "cap")
    amount = _bounded(amount, cap, each=actuals.each) if cap else _at_least_0(amount, each=actuals.each)
    sign = plan.ref("rule", indicator.id, "sign")
    return _rounded(f"{sign}*{amount}")


def counting_weight(indicator: Indicator, scheme: Scheme, plan: StandardPlan, waivers: Mapping[str, str]) -> str:
    """Return the weight that counts: the scheme's, or scaled up for what is waived (`waivers`: cell with 是 by group)."""
    own = plan.ref("weight", indicator.id)
    if not waivers:
        return own

    def kept(one: Indicator) -> str:
        cell = plan.ref("weight", one.id)
        return f'IF({waivers[one.group]}="是",0,{cell})' if one.group in waivers else cell

    everything = "+".join(plan.ref("weight", i.id) for i in scheme.indicators)
    rest = "+".join(kept(i) for i in scheme.indicators)
    scaled = f"{own}*({everything})/MAX(1,{rest})"
    return f'IF({waivers[indicator.group]}="是",0,{scaled})' if indicator.group in waivers else scaled


def unless_waived(formula: str, waiver: str | None) -> str:
    """Return 豁免 instead of points when the group's waiver says 是."""
    return f'IF({waiver}="是",{WAIVED},{formula})' if waiver else formula


# --- totals, grade, coefficient --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lines:
    """The cells that a total adds up: `points` and `weights` of the indicators that must be there, and what stands outside.

    `outside`: additions and deductions. `limits`: cells of the least and highest total, None when they cannot be left. `exact`:
    the sum of the unrounded points, where that is the total (call-backs that are pooled).
    """

    points: Sequence[str]
    weights: Sequence[str]
    outside: Sequence[str] = ()
    limits: tuple[str, str] | None = None
    waivable: bool = False
    exact: str = ""

    @property
    def complete(self) -> str:
        """The condition that every indicator has points or is waived."""
        waived = "".join(f"+IF({cell}={WAIVED},1,0)" for cell in self.points) if self.waivable else ""
        return f"COUNT({','.join(self.points)}){waived}={len(self.points)}"

    @property
    def so_far(self) -> str:
        """The sum of the points that are there; text (待评) does not count."""
        return _within(_rounded(self.exact or f"SUM({','.join((*self.points, *self.outside))})"), self.limits)

    @property
    def total(self) -> str:
        """The sum of the points; 待评 while one is missing."""
        return f"IF({self.complete},{self.so_far},{PENDING})"

    def provisional(self, full: str) -> str:
        """预估: points / weights present x the scheme's total, then the adjustments; blank when complete or nothing is there."""
        present = "+".join(f"IF(ISNUMBER({cell}),{weight},0)" for cell, weight in zip(self.points, self.weights, strict=True))
        adjusted = f"+SUM({','.join(self.outside)})" if self.outside else ""
        estimate = f"SUM({','.join(self.points)})/({present})*{full}{adjusted}"
        return f'IF(OR({self.complete},({present})<=0),"",{_rounded(_within(estimate, self.limits))})'


def subtotal(points: Sequence[str]) -> str:
    """Return the sum of a group's rounded points; 待评 while one is missing."""
    return Lines(points, ()).total


def coefficient(total_cell: str, plan: StandardPlan, pending: str = PENDING) -> str:
    """Return the grade's coefficient; the text 无 where it has none, so that arithmetic with it fails."""
    return f"IF(ISNUMBER({total_cell}),{lookup(total_cell, plan, 'coefficient')},{pending})"


def lookup(score: str, plan: StandardPlan, field_name: str) -> str:
    """Return what stands in a column of the table of grades (ascending lower bounds) for a score that is a number."""
    return f"LOOKUP({score},{plan.column('grades', 'lower')},{plan.column('grades', field_name)})"


def limits(scheme: Scheme, plan: StandardPlan) -> tuple[str, str] | None:
    """Return the cells of the least and highest total, or None when the scheme does not bound it."""
    return (plan.ref("scheme", "bounds.0"), plan.ref("scheme", "bounds.1")) if scheme.bounds else None


def _within(expression: str, bounds: tuple[str, str] | None) -> str:
    return f"MAX({bounds[0]},MIN({bounds[1]},{expression}))" if bounds else expression


def _rounded(expression: str) -> str:
    return f"ROUND(ROUND({expression},8),2)"


def _bounded(expression: str, most: str, *, each: bool = False) -> str:
    if each:
        return f"IF({expression}<{most},{_at_least_0(expression, each=True)},{most})"
    return f"MAX(0,MIN({most},{expression}))"


def _at_least_0(expression: str, *, each: bool = False) -> str:
    return f"IF({expression}>0,{expression},0)" if each else f"MAX(0,{expression})"


def _present(cells: Sequence[str]) -> str:
    """Return the condition that each cell holds a number."""
    found = "*".join(f"ISNUMBER({cell})" for cell in cells)
    return found if len(cells) == 1 else f"{found}=1"


def number_or_0(cell: str) -> str:
    """Return the number in a cell, 0 where there is none. ``N`` of an empty cell is an error in Gnumeric."""
    return f"IF(ISNUMBER({cell}),{cell},0)"


def _months(actuals: Actuals) -> str:
    return f"MAX(1,{actuals.months})" if actuals.months else "1"
