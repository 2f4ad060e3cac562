"""Targets, said in one way: the parts of a target (sign, number, unit, note), and their text.

Everything that shows a target uses these parts: the page, the form, ``scheme show``, the documentation and ``KPI_TARGET``. The
live formula of a form (`kpi_xl.native.texts`) is the other rendering of the same parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, assert_never

from kpi_xl.schemes.describe import UNIT_NAMES, format_amount
from kpi_xl.schemes.inputs import MEDIAN, median_key
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
    Unit,
)

UNFILLED = "［待公司填写］"
"""What stands for a number that the company has not filled in."""

Known = Mapping[str, Decimal | str]
"""Values of a person by input key, among them the team's median where it is known."""

_NOTHING: Known = {}
_SIGNS: dict[Better, str] = {"higher": "≥ ", "lower": "≤ "}
_EACH = {"month": "（每月）", "quarter": "（每季）"}


@dataclass(frozen=True)
class TargetPart:
    """A target, or that of a part (`name`): `sign`, `value` in `unit`, `suffix`, `note`: ``≥ 82%（团队中位数）``.

    `words` stand in the place of a number that is not known (`value` None) or where there is none. `better` None: nothing to be
    compared with (full marks of a rating, a cap). `each`: the number is for one month or quarter. `bare_zero`: 0 is said without
    its sign. `absolute`: a distance in either direction. `place`: where the number stands: a key of the sheet 评级标准
    (`StandardPlan.ref`; ``("options", id)`` for the best label of a choice), or ``("input", key)`` among the person's values.
    """

    sign: str = ""
    value: Decimal | None = None
    unit: Unit = "index"
    suffix: str = ""
    note: str = ""
    words: str = ""
    name: str = ""
    better: Better | None = None
    each: Literal["month", "quarter"] | None = None
    bare_zero: bool = False
    absolute: bool = False
    place: tuple[str, ...] = ()

    def number(self, months: int | None = None) -> Decimal | None:
        """Return the number for a period of so many months; None while it is not known."""
        if self.value is None or self.each is None or months is None:
            return self.value
        return self.value * (months if self.each == "month" else quarters(months))

    def reached(self, actual: Decimal, months: int | None = None) -> bool | None:
        """Tell whether an actual value reaches the target; None where there is no number to compare with."""
        number = self.number(months)
        if number is None or self.better is None:
            return None
        return reaches(abs(actual) if self.absolute else actual, number, self.better)


def reaches(actual: Decimal, target: Decimal, better: Better) -> bool:
    """Tell whether a value reaches its target: the one definition, exact, before any rounding."""
    return actual >= target if better == "higher" else actual <= target


def quarters(months: int) -> int:
    """Return how many quarters a period of so many months counts as: started ones, at least one."""
    return max(1, -(-months // 3))


def part_text(part: TargetPart, months: int | None = None) -> str:
    """Return a target without its name: ``≥ 85%``. Without `months` a target for each month says so: ``≥ 2（每月）``."""
    number = part.number(months)
    if number is None:
        return part.sign + part.words
    sign = "" if part.bare_zero and number == 0 else part.sign
    each = _EACH[part.each] if part.each and months is None else ""
    return f"{sign}{format_amount(number, part.unit)}{part.suffix}{part.note}{each}"


def target_text(scheme: Scheme, indicator: Indicator, values: Known = _NOTHING, months: int | None = None) -> str:
    """Return the target of an indicator: ``≥ 85%``, ``普通工单 ≤ 24 小时；紧急工单 ≤ 4 小时``, ``0 次``, ``满分 100 分``."""
    parts = target_parts(scheme, indicator, values)
    return "；".join(f"{part.name} {part_text(part, months)}".lstrip() for part in parts)


def target_parts(scheme: Scheme, indicator: Indicator, values: Known = _NOTHING) -> tuple[TargetPart, ...]:
    """Return the target's parts: one, or one for each part of a composite. `values`: the person's, for a median among them."""
    rule = indicator.rule
    match rule:
        case Attainment():
            return (_attainment_part(scheme, indicator, rule, values),)
        case AllOrNothing() | ShortfallDeduction():
            return (_limit(scheme, indicator, rule.target, rule.better, values),)
        case EventDeduction():
            return (_allowance(indicator, rule),)
        case Bands():
            return (_full_marks(indicator, rule),)
        case Choice():
            return (TargetPart(words=max(rule.options, key=lambda option: option[1])[0], place=("options", indicator.id)),)
        case Rating():
            return (_points_part("满分 ", rule.scale, indicator, "scale"),)
        case RatingCounts():
            return (_points_part("满分 ", Decimal(rule.levels), indicator, "levels"),)
        case Split():
            return _split_parts(scheme, indicator, rule, values)
        case Adjustment():
            return (TargetPart(words="不封顶") if rule.cap is None else _points_part("最多 ", rule.cap, indicator, "cap"),)
        case _:
            assert_never(rule)


def _limit(scheme: Scheme, indicator: Indicator, target: Target, better: Better, values: Known) -> TargetPart:
    """A number to be reached or not to be exceeded: fixed, given by the company, or the team's median."""
    unit = indicator.unit
    part = TargetPart(_SIGNS[better], unit=unit, suffix=UNIT_NAMES[unit], better=better)
    if isinstance(target, MedianRef):
        key = median_key(indicator)
        found = values.get(key)
        median = found if isinstance(found, Decimal) else None
        return replace(part, value=median, words=MEDIAN, note=f"（{MEDIAN}）", place=("input", key))
    if isinstance(target, ParameterRef):
        filled = next((p.value for p in scheme.parameters if p.id == target.parameter), None)
        return replace(part, value=filled, words=UNFILLED, place=("parameter", target.parameter))
    return replace(part, value=target, place=("target", indicator.id))


def _attainment_part(scheme: Scheme, indicator: Indicator, rule: Attainment, values: Known) -> TargetPart:
    part = _limit(scheme, indicator, rule.target, rule.better, values)
    sign = f"{part.sign}±" if rule.absolute else part.sign
    return replace(part, sign=sign, each="month" if rule.per_month else None, absolute=rule.absolute)


def _allowance(indicator: Indicator, rule: EventDeduction) -> TargetPart:
    return TargetPart(
        _SIGNS["lower"],
        rule.allowance,
        suffix=" 次",
        better="lower",
        each="quarter" if rule.per_quarter else None,
        bare_zero=True,
        place=("rule", indicator.id, "allowance"),
    )


def _full_marks(indicator: Indicator, rule: Bands) -> TargetPart:
    """The bound from which the highest points are given, up or down without end; ``按分段`` where there is no such bound."""
    most = max(max(band.first_points, band.last_points) for band in rule.bands)
    open_side = 1 if rule.better == "higher" else 0
    ends = [
        (bound, end, str(number))
        for number, band in enumerate(rule.bands)
        for end, bound, points in (("first", band.first, band.first_points), ("last", band.last, band.last_points))
        if bound is not None and points == most
    ]
    if not ends or not any(band.range[open_side] is None and band.first_points == most for band in rule.bands):
        return TargetPart(words="按分段")
    bound, end, number = (min if rule.better == "higher" else max)(ends, key=lambda found: found[0])
    return TargetPart(
        _SIGNS[rule.better],
        bound,
        indicator.unit,
        UNIT_NAMES[indicator.unit],
        better=rule.better,
        place=("band", indicator.id, number, end),
    )


def _split_parts(scheme: Scheme, indicator: Indicator, rule: Split, values: Known) -> tuple[TargetPart, ...]:
    found = []
    for part in rule.parts:
        unit = part.unit or indicator.unit
        limit = _limit(scheme, indicator, part.target, part.better, values)
        place = ("target", indicator.id, part.id) if isinstance(part.target, Decimal) else limit.place
        found.append(replace(limit, unit=unit, suffix=UNIT_NAMES[unit], name=part.name, place=place))
    return tuple(found)


def _points_part(sign: str, value: Decimal, indicator: Indicator, name: str) -> TargetPart:
    """Full marks or a cap, a number of the rule."""
    return TargetPart(sign, value, suffix=" 分", place=("rule", indicator.id, name))
