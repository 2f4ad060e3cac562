"""Values + scheme -> appraisal: points with their reasons, total, grade, and what is missing. A pure function."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext

from kpi_xl.arguments import Several, by_key, instance_of, read_count, read_names, refuse
from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.glossary import INSUFFICIENT, MISSING
from kpi_xl.nearest import did_you_mean
from kpi_xl.numbers import EXACT, divide, format_plain, format_points, round_points
from kpi_xl.schemes.inputs import Input, inputs_of, is_adjustment
from kpi_xl.schemes.model import Figure, Grade, Indicator, Scheme
from kpi_xl.schemes.rule_kinds import ParameterRef
from kpi_xl.scoring.model import Appraisal, IndicatorResult, Status, Value
from kpi_xl.scoring.rules import Case, missing_keys, score_rule
from kpi_xl.scoring.values import Entered, read_input, read_values


def score(
    scheme: Scheme,
    values: Mapping[str, Entered],
    *,
    samples: Mapping[str, int] | None = None,
    months: int = 1,
    waive: Several[str] = (),
    unmatured: Mapping[str, int] | None = None,
) -> Appraisal:
    """Score one person (or team) for one period.

    `values` by input key: ratios as 0.85 or ``"85%"``, choices by label, blanks as None; a bare composite key
    (``handling_hours=20``) counts as its first part alone. `samples`: counted rows by the same keys (absent: enough).
    `months` in the period; `waive`: waivable groups whose weight the others take over; `unmatured`: rows by indicator whose
    window is not over. Missing data is a result (`total` None), unusable input is not: KpiError with every problem.
    """
    problems: list[Problem] = []
    instance_of(Scheme, _LOAD)("scheme", scheme, problems)
    by_key(_VALUES)("values", values, problems)
    groups = read_names("waive", waive, problems)
    read_count("months", months, problems)
    refuse("score", problems)
    # the arithmetic must not depend on a decimal context that a host program changed
    with localcontext(EXACT):
        return _score(scheme, values, samples or {}, months, groups, unmatured or {})


_LOAD = Text("写 kpi_xl.load_scheme('方案编号')", "pass kpi_xl.load_scheme('id')")
_VALUES = Text("写成 {'fcr': '82%'}", "write {'fcr': '82%'}")


def _score(
    scheme: Scheme,
    values: Mapping[str, Entered],
    samples: Mapping[str, int],
    months: int,
    waive: Collection[str],
    unmatured: Mapping[str, int],
) -> Appraisal:
    problems: list[Problem] = []
    usable = read_values(scheme, values, samples, problems)
    problems += _missing_parameters(scheme)
    problems += _bad_waivers(scheme, waive)
    if problems:
        raise KpiError(
            Text(f"方案 {scheme.reference} 无法计分，有 {len(problems)} 处需要处理",
                 f"scheme {scheme.reference} cannot score: {len(problems)} problems"),
            Text("按每条提示修改后重试", "follow the hint of each line and try again"),
            problems,
        )  # fmt: skip
    factor = _waiver_factor(scheme, waive)
    parameters = {p.id: p.value for p in scheme.parameters if p.value is not None}
    names = {fact.id: fact.name for fact in scheme.facts}
    results = []
    for indicator in scheme.indicators:
        if indicator.group in waive:
            results.append(_blank(indicator, Status.WAIVED, "已豁免，权重由其余各组按比例分担"))
            continue
        case = Case(indicator, indicator.weight * factor, usable, parameters, months, names)
        result = _score_indicator(scheme, case, samples)
        if factor != 1:
            result = replace(
                result, why=f"{result.why}（豁免后权重 {format_plain(indicator.weight)} → {format_plain(case.weight, 4)}）"
            )
        if open_rows := unmatured.get(indicator.id, 0):
            result = replace(result, unmatured=open_rows, why=f"{result.why}（其中 {open_rows} 单观察期未满）")
        results.append(result)
    return _appraise(scheme, results, usable, tuple(group.id for group in scheme.groups if group.id in waive))


def score_indicator(scheme: Scheme, indicator_id: str, values: Mapping[str, Entered], *, months: int = 1) -> IndicatorResult:
    """Score one indicator alone. Raises KpiError for an unknown id, bad values, or a parameter that its own target waits for."""
    known = {indicator.id: indicator for indicator in scheme.indicators}
    if indicator_id not in known:
        raise KpiError(
            Text(
                f"方案 {scheme.reference} 没有指标 {indicator_id}", f"scheme {scheme.reference} has no indicator {indicator_id}"
            ),
            did_you_mean(indicator_id, known),
        )
    needed = {target.parameter for target in known[indicator_id].traits.targets if isinstance(target, ParameterRef)}
    parameters = tuple(parameter for parameter in scheme.parameters if parameter.id in needed)
    alone = replace(scheme, indicators=(known[indicator_id],), figures=(), grades=(), parameters=parameters)
    return score(alone, values, months=months).results[0]


def grade_of(scheme: Scheme, total: Decimal) -> Grade | None:
    """Return the grade of a total (rounded first), None when the scheme has no grades. Raises KpiError outside its range."""
    low, high = scheme.limits
    rounded = round_points(total)
    if not low <= rounded <= high:
        raise KpiError(
            Text(
                f"总分 {format_points(total)} 不在 {low:f}~{high:f} 之间",
                f"total {format_points(total)} is not within {low:f}..{high:f}",
            ),
            Text("检查总分", "check the total"),
        )
    return next((grade for grade in scheme.grades if rounded >= grade.lower), None)


def next_grade(scheme: Scheme, total: Decimal) -> Grade | None:
    """Return the grade above that of a total (rounded first), None at the top and where the scheme has no grades."""
    rounded = round_points(total)
    return min((grade for grade in scheme.grades if grade.lower > rounded), key=lambda grade: grade.lower, default=None)


def with_parameters(scheme: Scheme, filled: Mapping[str, Value | float]) -> Scheme:
    """Return the scheme with company parameters filled in. Raises KpiError for unknown ids and bad numbers, all at once."""
    known = {parameter.id: parameter for parameter in scheme.parameters}
    problems: list[Problem] = []
    values: dict[str, Decimal] = {}
    for key, raw in filled.items():
        if key not in known:
            problems.append(Problem(key, Text(f"没有参数 {key}", f"there is no parameter {key}"), did_you_mean(key, known)))
            continue
        parameter = known[key]
        high = Decimal(1) if parameter.unit == "ratio" else None
        found = read_input(Input(key, parameter.name, parameter.unit, None, Decimal(0), high), raw, False, problems)
        if found == 0:
            message = Text(f"参数“{parameter.name}”不能是 0", f"the parameter {key} cannot be 0")
            problems.append(Problem(key, message, Text("填大于 0 的数", "write a number above 0")))
        elif isinstance(found, Decimal):
            values[key] = found
    if problems:
        raise KpiError(
            Text("参数有误", "the parameters are wrong"), Text("按每条提示修改", "follow the hint of each line"), problems
        )
    return replace(scheme, parameters=tuple(replace(p, value=values.get(p.id, p.value)) for p in scheme.parameters))


# --- parts of score ---------------------------------------------------------------------------------------------------------


def _missing_parameters(scheme: Scheme) -> list[Problem]:
    return [
        Problem(
            parameter.id,
            Text(f"参数“{parameter.name}”还没有填写", f"the parameter {parameter.id} is not filled in"),
            Text(
                f"由公司确定后填写：--set {parameter.id}=… 或写进方案文件",
                f"fill it in: --set {parameter.id}=... or in the scheme file",
            ),
        )
        for parameter in scheme.parameters
        if parameter.value is None
    ]


def _bad_waivers(scheme: Scheme, waive: Collection[str]) -> list[Problem]:
    waivable = [group.id for group in scheme.groups if group.waivable]
    problems = [
        Problem(f"--waive {name}", Text(f"{name} 不能豁免", f"{name} cannot be waived"), did_you_mean(name, waivable))
        for name in waive
        if name not in waivable
    ]
    if waive and not problems and all(indicator.group in waive for indicator in scheme.indicators if indicator.weight > 0):
        problems.append(
            Problem("--waive", Text("全部指标都豁免了", "everything is waived"), Text("至少保留一组", "keep at least one group"))
        )
    return problems


def _waiver_factor(scheme: Scheme, waive: Collection[str]) -> Decimal:
    if not waive:
        return Decimal(1)
    kept = sum((i.weight for i in scheme.indicators if i.group not in waive), Decimal(0))
    return divide(sum((i.weight for i in scheme.indicators), Decimal(0)), kept)


def _blank(indicator: Indicator, status: Status, why: str, needs: Sequence[str] = ()) -> IndicatorResult:
    weight = Decimal(0) if status is Status.WAIVED else indicator.weight
    return IndicatorResult(indicator.id, indicator.name, indicator.group, weight, status, None, why, None, tuple(needs))


def missing_text(scheme: Scheme, indicator: Indicator, needs: Sequence[str]) -> str:
    """Return what an indicator lacks, by input keys, as it stands in place of the calculation."""
    names = {entry.key: entry.name for entry in inputs_of(indicator)} | {fact.id: fact.name for fact in scheme.facts}
    names[indicator.id] = indicator.name
    return f"{MISSING}：{'、'.join(f'{names.get(key, key)}（{key}）' for key in needs)}"


def _score_indicator(scheme: Scheme, case: Case, samples: Mapping[str, int]) -> IndicatorResult:
    indicator = case.indicator
    needs = missing_keys(indicator, case.values)
    if indicator.sample_from and indicator.sample_from not in case.values:
        needs = (*needs, indicator.sample_from)
    if needs:
        return replace(_blank(indicator, Status.MISSING, missing_text(scheme, indicator, needs), needs), weight=case.weight)
    sample = _sample(case, samples)
    if sample is not None and sample < indicator.min_sample:
        why = f"{INSUFFICIENT}：{sample} 条，至少要 {indicator.min_sample} 条"
        return replace(_blank(indicator, Status.INSUFFICIENT, why), weight=case.weight)
    outcome = score_rule(case)
    return IndicatorResult(
        indicator.id, indicator.name, indicator.group, case.weight, Status.SCORED, outcome.points, outcome.why,
        case.values.get(indicator.id),
    )  # fmt: skip


def _sample(case: Case, samples: Mapping[str, int]) -> int | None:
    """Rows behind the indicator; None when nobody counted them (typed values)."""
    indicator = case.indicator
    if indicator.sample_from:
        return int(case.number(indicator.sample_from))
    if indicator.id in samples:
        return samples[indicator.id]
    parts = [samples[entry.key] for entry in inputs_of(indicator) if entry.key in samples]
    return sum(parts) if parts else None


def _appraise(
    scheme: Scheme, results: Sequence[IndicatorResult], values: Mapping[str, Value], waived: tuple[str, ...]
) -> Appraisal:
    outside = {indicator.id for indicator in scheme.indicators if is_adjustment(indicator)}
    # weight 0 is shown beside and never missing
    missing = tuple(r.id for r in results if r.points is None and r.status is not Status.WAIVED and r.weight > 0)
    low, high = scheme.limits
    so_far = round_points(max(low, min(high, _sum(scheme, results))))
    total = None if missing else so_far
    grade = grade_of(scheme, total) if total is not None else None
    notes = [f"已豁免：{'、'.join(g.name for g in scheme.groups if g.id in waived)}；其余权重按比例折算"] if waived else []
    return Appraisal(
        scheme=scheme.id,
        variants=scheme.applied,
        results=tuple(results),
        subtotals=tuple((group.id, _subtotal(scheme, group.id, results)) for group in scheme.groups),
        so_far=so_far,
        total=total,
        provisional=_provisional(scheme, results, outside) if missing and scheme.provisional else None,
        grade=grade.name if grade else None,
        coefficient=grade.coefficient if grade else None,
        actions=grade.actions if grade else (),
        missing=missing,
        waived=waived,
        figures=_figures(scheme, values),
        notes=tuple(notes),
    )


def _sum(scheme: Scheme, results: Iterable[IndicatorResult]) -> Decimal:
    """Sum of the rounded points, so that the printed sheet adds up.

    Where customers' scores are pooled the unrounded points count: the document's total is the mean of the customers' scores,
    which a sum of rounded means could miss by a cent.
    """
    return sum(
        (_unrounded(scheme, r, r.points) if scheme.callbacks else r.points for r in results if r.points is not None),
        Decimal("0.00"),
    )


def _unrounded(scheme: Scheme, result: IndicatorResult, points: Decimal) -> Decimal:
    scale = scheme.indicator(result.id).traits.scale
    if scale is None or not isinstance(result.actual, Decimal):
        return points
    return result.weight * divide(result.actual, scale)


def _subtotal(scheme: Scheme, group: str, results: Sequence[IndicatorResult]) -> Decimal | None:
    """Sum of the points of a group; None while one of them is missing or the group is waived."""
    own = [r for r in results if r.group == group and (r.weight > 0 or r.points is not None)]
    waived = any(r.group == group and r.status is Status.WAIVED for r in results)
    if waived or any(r.points is None for r in own):
        return None
    return round_points(_sum(scheme, own))


def _provisional(scheme: Scheme, results: Sequence[IndicatorResult], outside: Collection[str]) -> Decimal | None:
    """Points / weights present x total, then additions and deductions; None when nothing is present."""
    present = [r for r in results if r.points is not None and r.id not in outside]
    weight = sum((r.weight for r in present), Decimal(0))
    if weight == 0:
        return None
    points = sum((r.points for r in present if r.points is not None), Decimal(0))
    adjusted = sum((r.points for r in results if r.points is not None and r.id in outside), Decimal(0))
    low, high = scheme.limits
    return round_points(max(low, min(high, divide(points, weight) * scheme.total + adjusted)))


def _figures(scheme: Scheme, values: Mapping[str, Value]) -> tuple[tuple[str, Decimal], ...]:
    """The figures whose facts are all there; one without a divisor above 0 is left out."""
    found = ((figure.id, figure_value(figure, values)) for figure in scheme.figures)
    return tuple((name, value) for name, value in found if value is not None)


def figure_value(figure: Figure, values: Mapping[str, Value]) -> Decimal | None:
    """Return the sum of the figure's products divided by its divisor, unrounded; None while a fact is missing."""
    needed = [name for product in figure.products for name in product] + ([figure.per] if figure.per else [])
    if any(name not in values for name in needed):
        return None
    total = Decimal(0)
    for product in figure.products:
        amount = Decimal(1)
        for name in product:
            amount *= Decimal(values[name])
        total += amount
    if figure.per is None:
        return total
    divisor = Decimal(values[figure.per])
    return divide(total, divisor) if divisor > 0 else None
