"""The lines of the form: each indicator with its target, actual value, points and reason as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from kpi_xl.glossary import RATER
from kpi_xl.numbers import divide, format_plain, format_points
from kpi_xl.schemes.inputs import level_keys, part_key
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import Better, Part
from kpi_xl.schemes.targets import TargetPart, part_text, target_parts, target_text
from kpi_xl.scoring.model import Appraisal, IndicatorResult, Status, Value, Values
from kpi_xl.view import words
from kpi_xl.view.model import GroupView, IndicatorView, PartView

if TYPE_CHECKING:  # the room of the measures brings DuckDB along, which filling and rendering do not need
    from kpi_xl.measures.model import MeasureRow


@dataclass(frozen=True)
class Aim:
    """What an indicator is measured against. `value` None: there is no single number (a rating, a choice, parts)."""

    value: Decimal | None
    text: str
    better: Better | None = None


def group_views(
    scheme: Scheme, appraisal: Appraisal, values: Values, rows: Mapping[str, MeasureRow], months: int
) -> tuple[GroupView, ...]:
    """Shape every indicator that was scored, by group, in the order of the scheme. Groups without indicators are left out."""
    subtotals = dict(appraisal.subtotals)
    results = {result.id: result for result in appraisal.results}
    groups = []
    for group in scheme.groups:
        indicators = tuple(
            _indicator_view(scheme, indicator, results[indicator.id], values, rows, months)
            for indicator in scheme.indicators
            if indicator.group == group.id and indicator.id in results
        )
        if not indicators:
            continue
        subtotal = subtotals.get(group.id)
        weight = group.weight if group.weight is not None else sum((i.weight for i in indicators), Decimal(0))
        groups.append(
            GroupView(
                group.id,
                group.name,
                group.weight,
                subtotal,
                words.AWAITING if subtotal is None else format_points(subtotal),
                indicators,
                format_plain(weight),
            )
        )
    return tuple(groups)


def goal(scheme: Scheme, indicator: Indicator, values: Values, months: int) -> Aim:
    """Say what an indicator is measured against in a period of `months` months."""
    text, parts = target_text(scheme, indicator, values, months), target_parts(scheme, indicator, values)
    return replace(_aim(parts[0], months), text=text) if len(parts) == 1 else Aim(None, text)


def part_goals(scheme: Scheme, indicator: Indicator, values: Values) -> tuple[tuple[Part, Aim], ...]:
    """Say what each part of a composite indicator is measured against; empty for another."""
    parts = indicator.traits.parts
    return tuple(zip(parts, map(_aim, target_parts(scheme, indicator, values)), strict=True)) if parts else ()


def _aim(part: TargetPart, months: int = 1) -> Aim:
    return Aim(part.number(months) if part.better else None, part_text(part, months), part.better)


def _indicator_view(
    scheme: Scheme,
    indicator: Indicator,
    result: IndicatorResult,
    values: Values,
    rows: Mapping[str, MeasureRow],
    months: int,
) -> IndicatorView:
    aim = goal(scheme, indicator, values, months)
    parts = _part_views(scheme, indicator, values)
    row = rows.get(indicator.measure or indicator.id)
    actual = result.actual if result.actual is not None else values.get(indicator.id)
    status_text = _status_text(indicator, result.status)
    share = _earned_share(result)
    return IndicatorView(
        id=indicator.id,
        name=indicator.name,
        group=indicator.group,
        weight=result.weight,
        definition=indicator.definition,
        target=aim.value,
        target_text=aim.text,
        actual=actual,
        actual_text=_actual_text(indicator, actual, parts, status_text),
        points=result.points,
        points_text=status_text if result.points is None else format_points(result.points),
        attainment=share,
        status=result.status.value,
        why=result.why.removesuffix(f"（其中 {result.unmatured} 单观察期未满）"),  # the remark says it
        remark=_remark(indicator, result, row),
        sample_text=_sample_text(indicator, rows),
        parts=parts,
        weight_text=format_plain(result.weight) if result.weight else words.DASH,
        attainment_text=words.DASH if share is None else format_plain(share * 100, 1) + "%",
        status_text=status_text,
    )


def _earned_share(result: IndicatorResult) -> Decimal | None:
    if result.points is None or result.weight <= 0:
        return None
    return min(Decimal(1), max(Decimal(0), divide(result.points, result.weight)))


def _status_text(indicator: Indicator, status: Status) -> str:
    if status is Status.MISSING:
        return words.AWAITING if indicator.entered_by or not indicator.measure else words.MISSING
    return {Status.INSUFFICIENT: words.INSUFFICIENT, Status.WAIVED: words.WAIVED}.get(status, "")


def _part_views(scheme: Scheme, indicator: Indicator, values: Values) -> tuple[PartView, ...]:
    keys = level_keys(indicator)
    if keys:
        counts = [(level, values.get(key)) for level, key in reversed(list(enumerate(keys, start=1)))]
        return tuple(PartView(str(level), f"{level} 分", "", value, _times(value)) for level, value in counts)
    parts = []
    for part, aim in part_goals(scheme, indicator, values):
        value = values.get(part_key(indicator, part.id))
        text = words.figure_text(value, part.unit or indicator.unit) if isinstance(value, Decimal) else words.DASH
        parts.append(PartView(part.id, part.name, aim.text, value, text))
    return tuple(parts)


def _times(value: Value | None) -> str:
    return f"{format_plain(value)} 次" if isinstance(value, Decimal) else words.DASH


def _actual_text(indicator: Indicator, actual: Value | None, parts: tuple[PartView, ...], status_text: str) -> str:
    known = [part for part in parts if part.actual is not None]
    if known:
        return "；".join(f"{part.name} {part.actual_text}" for part in known)
    if isinstance(actual, str):
        return actual
    if actual is not None and indicator.traits.counts_events:
        return f"{format_plain(actual)} 次"
    return status_text or words.DASH if actual is None else words.figure_text(actual, indicator.unit)


def _sample_text(indicator: Indicator, rows: Mapping[str, MeasureRow]) -> str:
    """``149 / 182`` for a ratio, else how many records stand behind the figure (behind all parts of a composite)."""
    measure = indicator.measure or indicator.id
    row = rows.get(measure)
    parts = indicator.traits.parts
    if parts:
        samples = [found.sample for part in parts if (found := rows.get(f"{measure}.{part.id}")) is not None]
        return f"{sum(samples)} 条" if sum(samples) else ""
    if row is None or not row.sample or indicator.unit == "count":
        return ""
    if indicator.unit == "ratio" and row.numerator is not None and row.denominator:
        return f"{format_plain(row.numerator)} / {row.denominator}"
    return f"{row.sample} 条"


def _remark(indicator: Indicator, result: IndicatorResult, row: MeasureRow | None) -> str:
    status = result.status
    if status is Status.INSUFFICIENT:
        have = f"仅 {row.sample} 条，" if row is not None else ""
        return f"{have}不足 {indicator.min_sample} 条，暂不计分"
    if status is Status.WAIVED:
        return "经人力资源同意，本期不考核此项"
    if status is Status.MISSING:
        if indicator.entered_by or not indicator.measure:
            return f"待{indicator.entered_by or RATER}评分"
        return "导出数据中没有可用记录"
    # such rows count as they stand (decided in the scheme's document), so the form has to say how many there are
    unmatured = result.unmatured or (row.unmatured if row is not None else 0)
    return f"其中 {unmatured} 条观察期未满，按现状计入" if unmatured else ""
