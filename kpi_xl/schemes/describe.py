"""Targets and rules in words, as the form, the documentation page and ``scheme show`` print them (Chinese)."""

from __future__ import annotations

from decimal import Decimal

from kpi_xl.numbers import format_plain
from kpi_xl.schemes.model import Indicator, Scheme
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


def target_text(scheme: Scheme, indicator: Indicator) -> str:
    """Return the target as the form prints it (``≥85%``, ``普通工单 ≤24 小时；紧急工单 ≤4 小时``); empty when there is none."""
    rule, unit = indicator.rule, indicator.unit
    if isinstance(rule, Attainment):
        suffix = "（每月）" if rule.per_month else ""
        return _bound(scheme, rule.target, rule.better, unit, absolute=rule.absolute) + suffix
    if isinstance(rule, AllOrNothing | ShortfallDeduction):
        return _bound(scheme, rule.target, rule.better, unit)
    if isinstance(rule, Split):
        return "；".join(f"{part.name} {_bound(scheme, part.target, part.better, part.unit or unit)}" for part in rule.parts)
    if isinstance(rule, EventDeduction):
        allowed = format_plain(rule.allowance)
        return f"≤{allowed} 次{'/季' if rule.per_quarter else ''}" if rule.allowance else "0 次"
    if isinstance(rule, Bands):
        best = max(rule.bands, key=lambda band: band.last_points + band.first_points)
        return _band_place(best, unit)
    return ""


def rule_text(scheme: Scheme, indicator: Indicator) -> str:
    """Return the scoring rule in one or two sentences."""
    rule, weight, unit = indicator.rule, format_plain(indicator.weight, 4), indicator.unit
    if isinstance(rule, Attainment):
        way = "实际 ÷ 目标" if rule.better == "higher" else "目标 ÷ 实际"
        size = "按绝对值计；" if rule.absolute else ""
        return f"{size}得分 = {weight} × min(1, {way})" + ("，实际为 0 得满分" if rule.better == "lower" else "")
    if isinstance(rule, AllOrNothing):
        return f"达标得 {weight} 分，不达标得 0 分"
    if isinstance(rule, ShortfallDeduction):
        return f"每差 {_unit_step(rule.unit, unit)}（不足按一档计）扣 {format_plain(rule.points)} 分，扣完为止"
    if isinstance(rule, EventDeduction):
        beyond = f"超出 {format_plain(rule.allowance)} 次{'/季' if rule.per_quarter else ''}后" if rule.allowance else ""
        return f"{beyond}每次扣 {format_plain(rule.points)} 分，扣完为止"
    if isinstance(rule, Bands):
        return "；".join(f"{_band_place(band, unit)}：{_band_points(band)}" for band in rule.bands)
    if isinstance(rule, Choice):
        best = max(value for _, value in rule.options)
        shares = "、".join(f"{label} {format_plain(value)}/{format_plain(best)}" for label, value in rule.options)
        return f"由上级选择：{shares}，乘以权重 {weight}"
    return _other_rule_text(scheme, indicator)


def _other_rule_text(scheme: Scheme, indicator: Indicator) -> str:
    rule, weight = indicator.rule, format_plain(indicator.weight, 4)
    if isinstance(rule, Rating):
        allowed = "、".join(
            format_plain(low) if low == high else f"{format_plain(low)}~{format_plain(high)}" for low, high in rule.allowed
        )
        return f"得分 = {weight} × 评分 ÷ {format_plain(rule.scale)}" + (f"；只能填 {allowed}" if allowed else "")
    if isinstance(rule, Split):
        names = "、".join(part.name for part in rule.parts)
        shares = "按本人占比拆分权重，只有一类时该类占满" if rule.share_of else "权重平分"
        return f"{names}：{shares}，各按自己的目标计达成率"
    if isinstance(rule, RatingCounts):
        facts = {fact.id: fact.name for fact in scheme.facts}
        return (
            f"得分 = {weight} × 均分 ÷ {rule.levels}；{facts.get(rule.voided_by, rule.voided_by)}大于 0 时全扣；"
            f"{facts.get(rule.deducted_by, rule.deducted_by)}每次扣 {format_plain(rule.deduction)} 分，扣完为止"
        )
    return adjustment_text(rule) if isinstance(rule, Adjustment) else ""


def adjustment_text(rule: Adjustment) -> str:
    """Return what an addition or deduction is worth: ``每项加 1 分，最多 10 分``."""
    cap = f"，最多 {format_plain(rule.cap)} 分" if rule.cap is not None else ""
    return f"每项{'加' if rule.sign > 0 else '扣'} {format_plain(rule.points)} 分{cap}"


def _bound(scheme: Scheme, target: Target, better: Better, unit: Unit, *, absolute: bool = False) -> str:
    sign = "≥" if better == "higher" else "≤"
    if isinstance(target, MedianRef):
        return f"{sign}团队中位数"
    if isinstance(target, ParameterRef):
        parameter = next((p for p in scheme.parameters if p.id == target.parameter), None)
        if parameter is None or parameter.value is None:
            return f"{sign}［　］（由公司填写）"
        target = parameter.value
    plus_minus = "±" if absolute else ""
    return f"{sign}{plus_minus}{format_amount(target, unit)}{UNIT_NAMES[unit]}"


def _unit_step(step: Decimal, unit: Unit) -> str:
    return f"{format_plain(step * 100, 4)} 个百分点" if unit == "ratio" else f"{format_plain(step, 4)}{UNIT_NAMES[unit]}"


def _band_place(band: Band, unit: Unit) -> str:
    if band.first is None and band.last is None:
        return "任意"
    if band.first is None:
        return f"≤{format_amount(band.last or Decimal(0), unit)}"
    if band.last is None:
        return f"≥{format_amount(band.first, unit)}"
    return f"{format_amount(band.first, unit)}~{format_amount(band.last, unit)}"


def _band_points(band: Band) -> str:
    first, last = format_plain(band.first_points), format_plain(band.last_points)
    return f"{first} 分" if first == last else f"{first} → {last} 分"
