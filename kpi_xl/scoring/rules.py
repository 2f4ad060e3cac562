"""The arithmetic: one small function per rule kind, from an actual value to points and the calculation in words.

Points are rounded as everywhere (`round_points`) and stay between 0 and the weight; only additions and deductions stand outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from kpi_xl.numbers import divide, format_percent, format_plain, format_points, round_half_up, round_points, started_units
from kpi_xl.schemes.describe import band_range, band_run, format_amount
from kpi_xl.schemes.inputs import level_keys, median_key, part_key, share_key
from kpi_xl.schemes.model import Indicator
from kpi_xl.schemes.rule_kinds import (
    Adjustment,
    AllOrNothing,
    Attainment,
    Band,
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
    Unit,
)
from kpi_xl.schemes.targets import quarters, reaches
from kpi_xl.scoring.model import Value


@dataclass(frozen=True)
class Case:
    """One indicator to be scored: its weight that counts, the entered values, the filled-in parameters, the months.

    `names`: what the facts are called, for the calculation in words.
    """

    indicator: Indicator
    weight: Decimal
    values: Mapping[str, Value]
    parameters: Mapping[str, Decimal]
    months: int = 1
    names: Mapping[str, str] = field(default_factory=dict)

    def number(self, key: str) -> Decimal:
        """Return the entered number of that key. Raises KeyError when it is missing."""
        return Decimal(self.values[key])

    @property
    def actual(self) -> Decimal:
        """The number entered under the indicator's own id."""
        return self.number(self.indicator.id)

    def target(self, target: Target) -> Decimal:
        """Return the target as a number, from the scheme, a parameter or the team's median."""
        if isinstance(target, ParameterRef):
            return self.parameters[target.parameter]
        return self.number(median_key(self.indicator)) if isinstance(target, MedianRef) else target


@dataclass(frozen=True)
class Scored:
    """Points, rounded, and the calculation in one line."""

    points: Decimal
    why: str


def score_rule(case: Case) -> Scored:
    """Score an indicator whose inputs are all there (`missing_keys` is empty)."""
    rule = case.indicator.rule
    match rule:
        case Attainment():
            return _attainment(rule, case)
        case AllOrNothing():
            return _all_or_nothing(rule, case)
        case ShortfallDeduction():
            return _shortfall_deduction(rule, case)
        case EventDeduction():
            return _event_deduction(rule, case)
        case Bands():
            return _bands(rule, case)
        case Choice():
            return _choice(rule, case)
        case Rating():
            return _rating(rule, case)
        case Split():
            return _split(rule, case)
        case RatingCounts():
            return _rating_counts(rule, case)
        case Adjustment():
            return _adjustment(rule, case)
        case _:
            assert_never(rule)


def missing_keys(indicator: Indicator, values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the input keys without which the indicator cannot be scored; an indicator with no data at all gives its id."""
    rule = indicator.rule
    match rule:
        case Adjustment():
            return ()
        case RatingCounts():
            counts = [values.get(key, Decimal(0)) for key in level_keys(indicator)]
            return () if any(Decimal(count) > 0 for count in counts) else (indicator.id,)
        case Split():
            return _missing_parts(indicator, rule, values)
        case Attainment() | AllOrNothing() | ShortfallDeduction() | EventDeduction() | Bands() | Choice() | Rating():
            if indicator.id not in values:
                return (indicator.id,)
            median = median_key(indicator)
            return (median,) if indicator.traits.needs_median and median not in values else ()
        case _:
            assert_never(rule)


def _missing_parts(indicator: Indicator, rule: Split, values: Mapping[str, Value]) -> tuple[str, ...]:
    if rule.share_of is None:
        return tuple(key for key in (part_key(indicator, part.id) for part in rule.parts) if key not in values)
    present = _present_parts(indicator, rule, values)
    if not present:
        return (indicator.id,)
    share = share_key(indicator, rule.share_of)
    return (share,) if len(present) == len(rule.parts) and share not in values else ()


def _present_parts(indicator: Indicator, rule: Split, values: Mapping[str, Value]) -> dict[str, str]:
    """Input key by part that has data; the bare key stands for the first part when that one has no value of its own."""
    keys = {part.id: part_key(indicator, part.id) for part in rule.parts}
    if rule.share_of and keys[rule.parts[0].id] not in values:
        keys[rule.parts[0].id] = indicator.id
    return {part: key for part, key in keys.items() if key in values}


def show(value: Decimal, unit: Unit) -> str:
    """Show an actual value: a ratio as per cent with two decimals (up to four where they count), else a plain number."""
    if unit == "ratio":
        exact = value * 100 == round_half_up(value * 100, 2)
        return format_percent(value, 2 if exact else 4)
    return format_plain(value, 4)


def _outcome(points: Decimal, weight: Decimal, text: str) -> Scored:
    bounded = round_points(max(Decimal(0), min(weight, points)))
    return Scored(bounded, f"{text} = {format_points(bounded)}")


def attainment(actual: Decimal, target: Decimal, better: Better) -> Decimal:
    """Return min(1, actual / target), or target / actual when lower is better. A target of 0 or below is met or not."""
    if reaches(actual, target, better):
        return Decimal(1)
    if target <= 0:  # a team's median can be 0
        return Decimal(0)
    return max(Decimal(0), divide(actual, target)) if better == "higher" else divide(target, actual)


def _attainment(rule: Attainment, case: Case) -> Scored:
    unit, weight = case.indicator.unit, case.weight
    target = case.target(rule.target) * (case.months if rule.per_month else 1)
    actual = abs(case.actual) if rule.absolute else case.actual
    reached = attainment(actual, target, rule.better)
    shown, goal = show(actual, unit), format_amount(target, unit)
    if rule.absolute and case.actual < 0:
        shown = f"|{show(case.actual, unit)}|"
    if rule.per_month and case.months > 1:
        goal = f"({format_amount(case.target(rule.target), unit)} × {case.months})"
    if reached == 1:
        sign = "≥" if rule.better == "higher" else "≤"
        return _outcome(weight, weight, f"{shown} {sign} {goal}，达标：1 × {format_plain(weight, 4)}")
    if reached == 0:
        return _outcome(Decimal(0), weight, f"{shown} 对 {goal}，达成率 0：0 × {format_plain(weight, 4)}")
    quotient = f"{shown} ÷ {goal}" if rule.better == "higher" else f"{goal} ÷ {shown}"
    return _outcome(weight * reached, weight, f"{quotient} × {format_plain(weight, 4)}")


def _all_or_nothing(rule: AllOrNothing, case: Case) -> Scored:
    unit, target = case.indicator.unit, case.target(rule.target)
    met = reaches(case.actual, target, rule.better)
    sign = {("higher", True): "≥", ("higher", False): "<", ("lower", True): "≤", ("lower", False): ">"}[rule.better, met]
    points = round_points(case.weight if met else Decimal(0))
    verdict = "达标" if met else "未达标"
    return Scored(
        points, f"{show(case.actual, unit)} {sign} {format_amount(target, unit)}，{verdict}，得 {format_points(points)}"
    )


def _shortfall_deduction(rule: ShortfallDeduction, case: Case) -> Scored:
    unit, target = case.indicator.unit, case.target(rule.target)
    short = target - case.actual if rule.better == "higher" else case.actual - target
    steps = started_units(short, rule.unit)
    weight, points = format_plain(case.weight, 4), format_plain(rule.points, 4)
    if steps == 0:
        sign = "≥" if rule.better == "higher" else "≤"
        return _outcome(
            case.weight, case.weight, f"{show(case.actual, unit)} {sign} {format_amount(target, unit)}，不扣分：{weight}"
        )
    gap = f"{show(case.actual, unit)} 比 {format_amount(target, unit)} 差 {format_amount(short, unit)}"
    text = f"{gap}，按每 {format_amount(rule.unit, unit)} 计 {steps} 档：{weight} - {points} × {steps}"
    return _outcome(case.weight - rule.points * steps, case.weight, text)


def _event_deduction(rule: EventDeduction, case: Case) -> Scored:
    allowance = rule.allowance * (quarters(case.months) if rule.per_quarter else 1)
    weight, points, count = format_plain(case.weight, 4), format_plain(rule.points, 4), format_plain(case.actual)
    if case.actual <= allowance:
        within = f"{count} 次，在允许的 {format_plain(allowance)} 次内" if allowance else f"{count} 次"
        return Scored(round_points(case.weight), f"{within}，不扣分，得 {format_points(case.weight)}")
    over = f"({count} - {format_plain(allowance)})" if allowance else count
    return _outcome(case.weight - rule.points * (case.actual - allowance), case.weight, f"{weight} - {points} × {over}")


def band_points(band: Band, actual: Decimal) -> Decimal | None:
    """Return the points that a band gives to the value, linear between its bounds; None outside the band."""
    low, high = band.range
    if (low is not None and actual < low) or (high is not None and actual > high):
        return None
    if band.first is None or band.last is None or band.first_points == band.last_points:
        return band.first_points
    way = divide(actual - band.first, band.last - band.first)
    return band.first_points + (band.last_points - band.first_points) * way


def _bands(rule: Bands, case: Case) -> Scored:
    # a border value belongs to the band that gives more points
    hits = [(points, band) for band in rule.bands if (points := band_points(band, case.actual)) is not None]
    raw, band = max(hits, key=lambda hit: hit[0])
    share = case.weight / case.indicator.weight if case.weight != case.indicator.weight else Decimal(1)
    points = round_points(max(Decimal(0), min(case.weight, raw * share)))
    unit = case.indicator.unit
    scaled = "" if share == 1 else f"，× {format_plain(share, 4)}"
    return Scored(
        points, f"{show(case.actual, unit)} 落在 {band_range(band, unit)}：{band_run(band)}{scaled}，得 {format_points(points)}"
    )


def _choice(rule: Choice, case: Case) -> Scored:
    options = dict(rule.options)
    label = str(case.values[case.indicator.id])
    best = max(options.values())
    text = f"{label}：{format_plain(options[label])} ÷ {format_plain(best)} × {format_plain(case.weight, 4)}"
    return _outcome(case.weight * divide(options[label], best), case.weight, text)


def _rating(rule: Rating, case: Case) -> Scored:
    text = f"{show(case.actual, case.indicator.unit)} ÷ {format_plain(rule.scale)} × {format_plain(case.weight, 4)}"
    return _outcome(case.weight * divide(case.actual, rule.scale), case.weight, text)


def _split(rule: Split, case: Case) -> Scored:
    values = {part: case.number(key) for part, key in _present_parts(case.indicator, rule, case.values).items()}
    present = [part for part in rule.parts if part.id in values]
    shares = {part.id: divide(1, len(present)) for part in present}
    if rule.share_of and len(present) > 1:
        share = case.number(share_key(case.indicator, rule.share_of))
        shares = {part.id: share if part.id == rule.share_of else 1 - share for part in present}
    points, texts = Decimal(0), []
    for part in present:
        unit, target = part.unit or case.indicator.unit, case.target(part.target)
        reached = attainment(values[part.id], target, part.better)
        points += case.weight * shares[part.id] * reached
        shown, goal = show(values[part.id], unit), format_amount(target, unit)
        rate = "1" if reached == 1 else f"{shown} ÷ {goal}" if part.better == "higher" else f"{goal} ÷ {shown}"
        whole = _share_text(shares[part.id], len(present), rule) if len(present) > 1 else ""
        texts.append(f"{part.name} {shown}：{rate} × {format_plain(case.weight, 4)}{whole}")
    return _outcome(points, case.weight, " + ".join(texts))


def _share_text(share: Decimal, count: int, rule: Split) -> str:
    return f" × {show(share, 'ratio')}" if rule.share_of else f" ÷ {count}"


def _rating_counts(rule: RatingCounts, case: Case) -> Scored:
    counts = {level: Decimal(case.values.get(key, 0)) for level, key in enumerate(level_keys(case.indicator), start=1)}
    answers, total = sum(counts.values()), sum(level * count for level, count in counts.items())
    mean = divide(total, answers)
    voided = Decimal(case.values.get(rule.voided_by, 0))
    mismatches = Decimal(case.values.get(rule.deducted_by, 0))
    weight = format_plain(case.weight, 4)
    base = f"均分 {format_plain(Decimal(total))} ÷ {format_plain(Decimal(answers))} = {format_plain(mean, 4)}"
    if voided > 0:
        return Scored(
            Decimal("0.00"),
            f"{base}；{case.names.get(rule.voided_by, rule.voided_by)} {format_plain(voided)}，{weight} 分全扣，得 0.00",
        )
    text = f"{base}；{weight} × {format_plain(mean, 4)} ÷ {rule.levels}"
    if mismatches > 0:
        text += f" - {format_plain(rule.deduction)} × {format_plain(mismatches)}"
    return _outcome(case.weight * divide(mean, rule.levels) - rule.deduction * mismatches, case.weight, text)


def _adjustment(rule: Adjustment, case: Case) -> Scored:
    amount = Decimal(case.values.get(case.indicator.id, 0))
    raw = rule.points * amount
    capped = raw if rule.cap is None else min(raw, rule.cap)
    points = round_points(rule.sign * capped)
    if case.indicator.id not in case.values:
        return Scored(Decimal("0.00"), "没有记录，计 0")
    text = f"{'+' if rule.sign > 0 else '-'}{format_plain(rule.points)} × {format_plain(amount, 4)}"
    limit = f"，最多 {format_plain(rule.cap)}" if rule.cap is not None and raw > rule.cap else ""
    return Scored(points, f"{text}{limit} = {format_points(points)}")
