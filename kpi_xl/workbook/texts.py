"""Short texts of a form that depend on numbers of the scheme: each as a live formula and as the value that the formula gives.

The pairs stand side by side because they must agree: the value is what a viewer without a calculation shows (the cached value).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.numbers import format_plain
from kpi_xl.schemes.describe import UNIT_NAMES
from kpi_xl.schemes.inputs import target_of
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import (
    Adjustment,
    Attainment,
    Bands,
    Better,
    Choice,
    EventDeduction,
    MedianRef,
    ParameterRef,
    Part,
    Rating,
    Split,
    Target,
    Unit,
)
from kpi_xl.standard.plan import StandardPlan

SUFFIX: dict[Unit, str] = {**UNIT_NAMES, "ratio": "%"}
NUMBER_FORMATS: dict[Unit, str] = {
    "ratio": "0.00%",
    "points": "0.00",
    "hours": "0.00",
    "minutes": "0.00",
    "seconds": "0.00",
    "days": "0.00",
    "count": "General",
    "rating": "0.00",
    "money": "#,##0.00",
    "index": "0.00",
}
UNFILLED = "待公司填写"


@dataclass(frozen=True)
class LiveText:
    """A text cell: `formula` (without ``=``; None: plain text) and `value`, what it shows."""

    value: str
    formula: str | None = None


def target_text(
    indicator: Indicator, scheme: Scheme, plan: StandardPlan, months: int = 1, months_cell: str | None = None
) -> LiveText:
    """Return the target column of an indicator (``≥ 85%``); `months` and `months_cell`: the length of the period."""
    rule = indicator.rule
    match rule:
        case Rating():
            return _live("满分 ", rule.scale, "rating", plan.ref("rule", indicator.id, "scale"))
        case EventDeduction():
            allowance = _live(
                "≤ ", rule.allowance * _quarters(rule, months), "count", _allowance(indicator, rule, plan, months_cell)
            )
            return LiveText(allowance.value + " 次", f'{allowance.formula}&" 次"')
        case Adjustment():
            if rule.cap is None:
                return LiveText("不封顶")
            return _live("最多 ", rule.cap, "rating", plan.ref("rule", indicator.id, "cap"))
        case Bands():
            return LiveText("按分段")
        case Choice():
            return LiveText("按选项")
        case Split():
            return LiveText("按分项")
    target = target_of(indicator)
    better: Better = getattr(rule, "better", "higher")
    per_month = isinstance(rule, Attainment) and rule.per_month
    cell = _target_cell(target, plan, ("target", indicator.id))
    if cell and per_month and months_cell:
        cell = f"({cell}*MAX(1,{months_cell}))"
    factor = Decimal(months) if per_month else Decimal(1)
    return _target(target, better, indicator.unit, scheme, cell, factor)


def part_text(indicator: Indicator, part: Part, scheme: Scheme, plan: StandardPlan) -> LiveText:
    """Return the target of a part, led by its name (``紧急工单 ≤ 4 小时``)."""
    cell = _target_cell(part.target, plan, ("target", indicator.id, part.id))
    target = _target(part.target, part.better, part.unit or indicator.unit, scheme, cell, Decimal(1))
    return LiveText(f"{part.name} {target.value}", target.formula and f'"{part.name} "&{target.formula}')


def band_text(rule: Bands, unit: Unit) -> str:
    """Return the bands in words, one a line (``90%–95%：12 → 15 分``)."""

    def bound(value: Decimal) -> str:
        return f"{format_plain(value * 100)}%" if unit == "ratio" else format_plain(value)

    found = []
    for band in rule.bands:
        if band.first is None and band.last is not None:
            span = f"≤ {bound(band.last)}"
        elif band.last is None and band.first is not None:
            span = f"≥ {bound(band.first)}"
        elif band.first is not None and band.last is not None:
            span = f"{bound(band.first)}–{bound(band.last)}"
        else:
            span = "任意"
        first, last = format_plain(band.first_points), format_plain(band.last_points)
        found.append(f"{span}：{first} 分" if first == last else f"{span}：{first} → {last} 分")
    return "\n".join(found)


def grade_range(scheme: Scheme, index: int, plan: StandardPlan) -> LiveText:
    """Return the range of a grade, counted from the lowest (0): ``80 ≤ 总分 < 90``."""
    grades = sorted(scheme.grades, key=lambda g: g.lower)
    lower = format_plain(grades[index].lower)
    low_cell = plan.ref("grade", str(index), "lower")
    if index == 0 and len(grades) > 1:
        upper = format_plain(grades[1].lower)
        return LiveText(f"总分 < {upper}", f'"总分 < "&{plan.ref("grade", "1", "lower")}')
    if index == len(grades) - 1:
        return LiveText(f"总分 ≥ {lower}", f'"总分 ≥ "&{low_cell}')
    upper = format_plain(grades[index + 1].lower)
    high_cell = plan.ref("grade", str(index + 1), "lower")
    return LiveText(f"{lower} ≤ 总分 < {upper}", f'{low_cell}&" ≤ 总分 < "&{high_cell}')


def _target(target: Target | None, better: Better, unit: Unit, scheme: Scheme, cell: str | None, factor: Decimal) -> LiveText:
    sign = "≥ " if better == "higher" else "≤ "
    if isinstance(target, MedianRef):
        return LiveText(f"{sign}团队中位数")
    if isinstance(target, ParameterRef):
        value = next(p.value for p in scheme.parameters if p.id == target.parameter)
        if value is None:
            shown = _live(sign, Decimal(0), unit, cell)
            return LiveText(UNFILLED, cell and f'IF(ISNUMBER({cell}),{shown.formula},"{UNFILLED}")')
        filled = _live(sign, value, unit, cell)
        return LiveText(filled.value, cell and f'IF(ISNUMBER({cell}),{filled.formula},"{UNFILLED}")')
    return _live(sign, (target or Decimal(0)) * factor, unit, cell)


def _live(prefix: str, value: Decimal, unit: Unit, cell: str | None) -> LiveText:
    """Return prefix + number + unit. Numbers by ``&``: at most 4 decimals and no trailing zeros, on both sides."""
    shown = value * 100 if unit == "ratio" else value
    number = f"ROUND({cell}*100,4)" if unit == "ratio" else f"ROUND({cell},4)"
    suffix = f'&"{SUFFIX[unit]}"' if SUFFIX[unit] else ""
    return LiveText(f"{prefix}{format_plain(shown, 4)}{SUFFIX[unit]}", cell and f'"{prefix}"&{number}{suffix}')


def _target_cell(target: Target | None, plan: StandardPlan, key: tuple[str, ...]) -> str | None:
    if isinstance(target, ParameterRef):
        return plan.ref("parameter", target.parameter)
    return None if isinstance(target, MedianRef) else plan.ref(*key)


def _quarters(rule: EventDeduction, months: int) -> Decimal:
    return Decimal(max(1, -(-months // 3))) if rule.per_quarter else Decimal(1)


def _allowance(indicator: Indicator, rule: EventDeduction, plan: StandardPlan, months_cell: str | None) -> str:
    cell = plan.ref("rule", indicator.id, "allowance")
    return f"({cell}*ROUNDUP(MAX(1,{months_cell})/3,0))" if rule.per_quarter and months_cell else cell
