"""Works variants into a scheme. The order in which they are named does not matter: the order of the file does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.nearest import did_you_mean
from kpi_xl.schemes.inputs import is_adjustment
from kpi_xl.schemes.model import Indicator, Scheme, Variant


def apply_variants(scheme: Scheme, variants: Sequence[str]) -> Scheme:
    """Return the scheme with the variants worked in. Raises KpiError: unknown, exclusive, missing, or not adding up."""
    wanted = tuple(variant.id for variant in scheme.variants if variant.id in variants)
    if scheme.applied:
        if not variants or set(variants) == set(scheme.applied):
            return scheme
        raise KpiError(
            Text(
                f"方案 {scheme.reference} 已经并入变体，不能再并入",
                f"scheme {scheme.reference} has its variants worked in already",
            ),
            Text("从不带变体的方案开始", "start from the scheme without variants"),
        )
    problems = [*_unknown(scheme, variants), *_exclusive(scheme, wanted)]
    if problems:
        raise KpiError(
            Text(f"方案 {scheme.id} 的变体有误", f"the variants of scheme {scheme.id} are wrong"),
            Text("按每条提示修改", "follow the hint of each line"),
            problems,
        )
    if not wanted:
        if scheme.required_variant:
            names = "、".join(f"{v.id}（{v.name}）" for v in scheme.variants)
            raise KpiError(
                Text(f"方案 {scheme.id} 必须选定变体", f"scheme {scheme.id} needs a variant"),
                Text(f"加上 --variant，可选：{names}", f"add --variant, one of: {', '.join(v.id for v in scheme.variants)}"),
            )
        return scheme
    result = scheme
    for variant in scheme.variants:
        if variant.id in wanted:
            result = work_in(result, variant)
    result = replace(result, applied=wanted)
    _require_sum(result)
    return result


def work_in(scheme: Scheme, variant: Variant) -> Scheme:
    """Return the scheme with one variant worked in; sums are not checked here."""
    weights, names, definitions = dict(variant.weights), dict(variant.names), dict(variant.definitions)

    def changed(indicator: Indicator) -> Indicator:
        return replace(
            indicator,
            weight=weights.get(indicator.id, indicator.weight),
            name=names.get(indicator.id, indicator.name),
            definition=definitions.get(indicator.id, indicator.definition),
        )

    kept = [indicator for indicator in (*scheme.indicators, *variant.add) if indicator.id not in variant.remove]
    order = {group.id: index for index, group in enumerate(scheme.groups)}
    kept.sort(key=lambda indicator: order.get(indicator.group, len(order)))
    cycles = variant.cycles or scheme.cycles
    rollups = tuple(r for r in scheme.rollups if not variant.cycles or all(part.of in (*cycles, "day") for part in r.parts))
    return replace(scheme, cycles=cycles, rollups=rollups, indicators=tuple(changed(indicator) for indicator in kept))


def weight_sum(scheme: Scheme) -> Decimal:
    """Return the sum of the weights; additions and deductions stand outside."""
    return sum((i.weight for i in scheme.indicators if not is_adjustment(i)), Decimal(0))


def _unknown(scheme: Scheme, variants: Sequence[str]) -> list[Problem]:
    known = [variant.id for variant in scheme.variants]
    return [
        Problem(f"--variant {name}", Text(f"方案 {scheme.id} 没有变体 {name}", f"scheme {scheme.id} has no variant {name}"),
                did_you_mean(name, known))
        for name in variants if name not in known
    ]  # fmt: skip


def _exclusive(scheme: Scheme, wanted: Sequence[str]) -> list[Problem]:
    found = []
    for variant in scheme.variants:
        for other in variant.exclusive_with:
            if variant.id in wanted and other in wanted and variant.id < other:
                found.append(
                    Problem(
                        f"--variant {variant.id} --variant {other}",
                        Text(f"{variant.id} 与 {other} 不能同时使用", f"{variant.id} and {other} exclude each other"),
                        Text("只保留一个", "keep one of them"),
                    )
                )
    return found


def _require_sum(scheme: Scheme) -> None:
    total = weight_sum(scheme)
    if total != scheme.total:
        names = "+".join(scheme.applied)
        raise KpiError(
            Text(
                f"方案 {scheme.id} 并入 {names} 后权重合计为 {total:f}，应为 {scheme.total:f}",
                f"with {names} the weights of scheme {scheme.id} add up to {total:f}, not {scheme.total:f}",
            ),
            Text(
                "修改变体的 weights，或用 exclusive_with 说明不能同时使用",
                "change the variant's weights, or declare exclusive_with",
            ),
        )
