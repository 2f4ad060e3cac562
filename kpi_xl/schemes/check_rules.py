"""What must hold for a single indicator and its rule: targets, units, bands, choices, parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import assert_never

from kpi_xl.errors import Problem, Text
from kpi_xl.nearest import did_you_mean
from kpi_xl.schemes.inputs import is_adjustment
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import (
    Adjustment,
    AllOrNothing,
    Attainment,
    Bands,
    Choice,
    EventDeduction,
    ParameterRef,
    Rating,
    RatingCounts,
    ShortfallDeduction,
    Split,
    Target,
)

Readable = Callable[[str], bool]
"""Tells whether a key path could be read; what could not is reported already and not judged a second time."""


def problem(where: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> Problem:
    """Return a problem from its texts in both languages."""
    return Problem(where, Text(zh, en), Text(remedy_zh, remedy_en))


def require_known(where: str, what: Text, name: str, existing: Iterable[str]) -> Iterator[Problem]:
    """Report a name that is not among the known ones."""
    names = list(existing)
    if name not in names:
        yield Problem(where, Text(f"{what.zh} {name} 不存在", f"{what.en} {name} does not exist"), did_you_mean(name, names))


def check_indicator(scheme: Scheme, indicator: Indicator, where: str, readable: Readable) -> Iterator[Problem]:
    groups = [group.id for group in scheme.groups]
    if readable(f"{where}.group"):
        yield from require_known(f"{where}.group", Text("指标组", "group"), indicator.group, groups)
    if indicator.weight < 0 or (is_adjustment(indicator) and indicator.weight != 0):
        yield problem(
            f"{where}.weight",
            f"权重 {indicator.weight:f} 不合规",
            f"weight {indicator.weight:f} is not allowed",
            "加减分项写 0，其余不小于 0",
            "0 for additions and deductions, else at least 0",
        )
    if indicator.sample_from:
        yield from require_known(
            f"{where}.sample_from", Text("事实项", "fact"), indicator.sample_from, [f.id for f in scheme.facts]
        )
    if indicator.low is not None and indicator.high is not None and indicator.low >= indicator.high:
        yield problem(
            f"{where}.low",
            "下限不小于上限",
            "low is not below high",
            "交换 low 与 high",
            "swap low and high",
        )
    yield from (found for found in _check_rule(scheme, indicator, f"{where}.rule") if readable(found.where))


def _check_rule(scheme: Scheme, indicator: Indicator, where: str) -> Iterator[Problem]:
    rule = indicator.rule
    yield from _check_targets(scheme, indicator, where)
    match rule:
        case Attainment():
            yield from _check_share(indicator, rule.target, where)
        case AllOrNothing():
            pass  # nothing but the target
        case ShortfallDeduction():
            yield from _positive(f"{where}.unit", rule.unit)
            yield from _positive(f"{where}.points", rule.points)
        case EventDeduction() | Adjustment():
            yield from _positive(f"{where}.points", rule.points)
        case Bands():
            yield from _check_bands(rule, indicator.weight, where)
        case Choice():
            yield from _check_choice(rule, where)
        case Rating():
            yield from _check_rating(rule, where)
        case Split():
            yield from _check_split(rule, where)
        case RatingCounts():
            yield from _check_rating_counts(scheme, rule, where)
        case _:
            assert_never(rule)


def _check_targets(scheme: Scheme, indicator: Indicator, where: str) -> Iterator[Problem]:
    traits = indicator.traits
    known = [parameter.id for parameter in scheme.parameters]
    for index, target in enumerate(traits.targets):
        place = f"{where}.parts[{index}].target" if traits.parts else f"{where}.target"
        if isinstance(target, ParameterRef):
            yield from require_known(place, Text("参数", "parameter"), target.parameter, known)
        elif isinstance(target, Decimal):
            yield from _positive(place, target)


def _check_share(indicator: Indicator, target: Target, where: str) -> Iterator[Problem]:
    if indicator.unit == "ratio" and isinstance(target, Decimal) and target > (indicator.high or 1):
        share, percent = (f"{target / 100:f}", f"{target:f}%") if target <= 100 else ("0.85", "85%")
        yield problem(
            f"{where}.target",
            f"比率的目标值 {target:f} 大于 100%",
            f"a ratio's target of {target:f} is above 100 %",
            f'写成 {share} 或 "{percent}"',
            f'write {share} or "{percent}"',
        )


def _check_choice(rule: Choice, where: str) -> Iterator[Problem]:
    if len(rule.options) < 2 or max((value for _, value in rule.options), default=Decimal(0)) <= 0:
        yield problem(
            f"{where}.options",
            "至少要有两个选项，最高一项大于 0",
            "at least two options, the highest above 0",
            '写 options = { "很满意" = 3, "不满意" = 0 }',
            "write options = { good = 3, bad = 0 }",
        )


def _check_rating(rule: Rating, where: str) -> Iterator[Problem]:
    yield from _positive(f"{where}.scale", rule.scale)
    for low, high in rule.allowed:
        if not 0 <= low <= high <= rule.scale:
            yield problem(
                f"{where}.allowed",
                f"[{low:f}, {high:f}] 超出 0~{rule.scale:f}",
                f"[{low:f}, {high:f}] leaves 0..{rule.scale:f}",
                "每段写成 [低, 高]，都在满分之内",
                "write [low, high] within the scale",
            )


def _check_rating_counts(scheme: Scheme, rule: RatingCounts, where: str) -> Iterator[Problem]:
    for key, name in (("voided_by", rule.voided_by), ("deducted_by", rule.deducted_by)):
        yield from require_known(f"{where}.{key}", Text("事实项", "fact"), name, [fact.id for fact in scheme.facts])
    if rule.levels < 2:
        yield problem(
            f"{where}.levels",
            "至少两级评分",
            "at least two levels",
            "一般写 5",
            "usually 5",
        )


def _positive(where: str, value: Decimal) -> Iterator[Problem]:
    if value <= 0:
        yield problem(
            where,
            f"应大于 0，现为 {value:f}",
            f"must be above 0, not {value:f}",
            "写一个大于 0 的数",
            "write a number above 0",
        )


def _check_split(rule: Split, where: str) -> Iterator[Problem]:
    ids = [part.id for part in rule.parts]
    if len(ids) < 2 or len(set(ids)) < len(ids):
        yield problem(
            f"{where}.parts",
            "至少两个部分，编号不重复",
            "at least two parts with different ids",
            "写 parts = [{ id = … }, { id = … }]",
            "write parts = [{ id = ... }, { id = ... }]",
        )
    if rule.share_of is not None:
        yield from require_known(f"{where}.share_of", Text("部分", "part"), rule.share_of, ids)
        if len(ids) != 2:
            yield problem(
                f"{where}.share_of",
                "只有两个部分时才能按占比拆分",
                "share_of needs exactly two parts",
                "保留两个部分，或删去 share_of",
                "keep two parts, or drop share_of",
            )


def _check_bands(rule: Bands, weight: Decimal, where: str) -> Iterator[Problem]:
    for index, band in enumerate(rule.bands):
        if (band.first is None or band.last is None) and band.first_points != band.last_points:
            yield problem(
                f"{where}.bands[{index}]",
                "敞口的一段不能有渐变分值",
                "an open band cannot run between points",
                "first_points 与 last_points 写成相同，或写上界限",
                "write equal points, or give the bound",
            )
        for points in (band.first_points, band.last_points):
            if not 0 <= points <= weight:
                yield problem(
                    f"{where}.bands[{index}]",
                    f"{points:f} 分不在 0~{weight:f} 之间",
                    f"{points:f} is not within 0..{weight:f}",
                    "分值在 0 与权重之间",
                    "points lie between 0 and the weight",
                )
    ranges = sorted((band.range for band in rule.bands), key=lambda r: (r[0] is not None, r[0] or Decimal(0)))
    if not ranges or ranges[0][0] is not None or ranges[-1][1] is not None:
        yield problem(
            f"{where}.bands",
            "两端没有敞开，有的数值落不进任何一段",
            "the outer bands are not open",
            "最低一段不写 first，最高一段不写 last",
            "leave out first of the lowest and last of the highest band",
        )
    for (_, upper), (lower, _) in pairwise(ranges):
        if upper == lower and upper is not None:
            continue
        gap = upper is not None and lower is not None and upper < lower
        names = f"{'∞' if upper is None else f'{upper:f}'} / {'-∞' if lower is None else f'{lower:f}'}"
        yield problem(
            f"{where}.bands",
            f"分段之间有{'空档' if gap else '重叠'}：{names}",
            f"the bands have {'a gap' if gap else 'an overlap'}: {names}",
            "上一段的终点就是下一段的起点",
            "let each band begin where the one before ends",
        )
