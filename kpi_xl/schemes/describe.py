"""Rules and amounts in words, as the form, the documentation page and ``scheme show`` print them (Chinese)."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from kpi_xl.numbers import format_plain
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import (
    Adjustment,
    AllOrNothing,
    Attainment,
    Band,
    Bands,
    Choice,
    EventDeduction,
    Rating,
    RatingCounts,
    ShortfallDeduction,
    Split,
    Unit,
)

UNIT_NAMES: dict[Unit, str] = {
    "ratio": "",
    "points": " 分",
    "hours": " 小时",
    "minutes": " 分钟",
    "seconds": " 秒",
    "days": " 天",
    "count": "",
    "rating": " 分",
    "money": " 元",
    "index": "",
}
"""What stands behind a number of that unit."""


def format_amount(value: Decimal, unit: Unit) -> str:
    """Show a target or bound without its unit: ``85%``, ``24``, ``0.5``."""
    return f"{format_plain(value * 100, 4)}%" if unit == "ratio" else format_plain(value, 4)


def rule_text(scheme: Scheme, indicator: Indicator) -> str:
    """Return the scoring rule in one or two sentences."""
    rule, weight, unit = indicator.rule, format_plain(indicator.weight, 4), indicator.unit
    match rule:
        case Attainment():
            return _attainment_text(rule, weight)
        case AllOrNothing():
            return f"达标得 {weight} 分，不达标得 0 分"
        case ShortfallDeduction():
            return f"每差 {_unit_step(rule.unit, unit)}（不足按一档计）扣 {format_plain(rule.points)} 分，扣完为止"
        case EventDeduction():
            beyond = f"超出 {format_plain(rule.allowance)} 次{'/季' if rule.per_quarter else ''}后" if rule.allowance else ""
            return f"{beyond}每次扣 {format_plain(rule.points)} 分，扣完为止"
        case Bands():
            return "；".join(band_line(band, unit) for band in rule.bands)
        case Choice():
            return _choice_text(rule, weight)
        case Rating():
            return _rating_text(rule, weight)
        case Split():
            return _split_text(rule)
        case RatingCounts():
            return _rating_counts_text(rule, weight, {fact.id: fact.name for fact in scheme.facts})
        case Adjustment():
            return _adjustment_text(rule)
        case _:
            assert_never(rule)


def band_range(band: Band, unit: Unit) -> str:
    """Return the values of a band: ``≤ 1%``, ``1%~2%``, ``≥ 20%``."""
    if band.first is not None and band.last is not None:
        return f"{format_amount(band.first, unit)}~{format_amount(band.last, unit)}"
    if band.last is not None:
        return f"≤ {format_amount(band.last, unit)}"
    return "任意" if band.first is None else f"≥ {format_amount(band.first, unit)}"


def band_run(band: Band) -> str:
    """Return the points of a band, from its first to its last value: ``10``, ``10 → 8``."""
    first, last = format_plain(band.first_points), format_plain(band.last_points)
    return first if first == last else f"{first} → {last}"


def band_line(band: Band, unit: Unit) -> str:
    """Return a band in words: ``1%~2%：10 → 8 分``."""
    return f"{band_range(band, unit)}：{band_run(band)} 分"


def _attainment_text(rule: Attainment, weight: str) -> str:
    way = "实际 ÷ 目标" if rule.better == "higher" else "目标 ÷ 实际"
    size = "按绝对值计；" if rule.absolute else ""
    return f"{size}得分 = {weight} × min(1, {way})" + ("，实际为 0 得满分" if rule.better == "lower" else "")


def _unit_step(step: Decimal, unit: Unit) -> str:
    return f"{format_plain(step * 100, 4)} 个百分点" if unit == "ratio" else f"{format_plain(step, 4)}{UNIT_NAMES[unit]}"


def _choice_text(rule: Choice, weight: str) -> str:
    options = "、".join(f"{label} {format_plain(value)}" for label, value in rule.options)
    best = max(value for _, value in rule.options)
    return f"由上级选择：{options}；得分 = {weight} × 所选分值 ÷ {format_plain(best)}"


def _rating_text(rule: Rating, weight: str) -> str:
    allowed = "、".join(
        format_plain(low) if low == high else f"{format_plain(low)}~{format_plain(high)}" for low, high in rule.allowed
    )
    return f"得分 = {weight} × 评分 ÷ {format_plain(rule.scale)}" + (f"；只能填 {allowed}" if allowed else "")


def _split_text(rule: Split) -> str:
    names = "、".join(part.name for part in rule.parts)
    shares = "按本人占比拆分权重，只有一类时该类占满" if rule.share_of else "权重平分"
    return f"{names}：{shares}，各按自己的目标计达成率"


def _rating_counts_text(rule: RatingCounts, weight: str, names: dict[str, str]) -> str:
    return (
        f"得分 = {weight} × 均分 ÷ {rule.levels}；{names.get(rule.voided_by, rule.voided_by)}大于 0 时全扣；"
        f"{names.get(rule.deducted_by, rule.deducted_by)}每次扣 {format_plain(rule.deduction)} 分，扣完为止"
    )


def _adjustment_text(rule: Adjustment) -> str:
    cap = f"，最多 {format_plain(rule.cap)} 分" if rule.cap is not None else ""
    return f"每项{'加' if rule.sign > 0 else '扣'} {format_plain(rule.points)} 分{cap}"
