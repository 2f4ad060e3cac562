"""Several raters: the mean within each group, small anonymous groups pooled, nothing shown below the minimum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.errors import KpiError, Text
from kpi_xl.nearest import did_you_mean
from kpi_xl.numbers import divide
from kpi_xl.schemes.model import Raters, Scheme


@dataclass(frozen=True)
class RaterScore:
    """What one rater gave; `group` is the indicator that the group's mean feeds (``peers``). No name: it is not needed."""

    group: str
    value: Decimal


@dataclass(frozen=True)
class RaterFigure:
    """A mean that may be shown: of one group or of a pool. `count` raters; never below the minimum when anonymous."""

    groups: tuple[str, ...]
    name: str
    mean: Decimal
    count: int


@dataclass(frozen=True)
class RaterMeans:
    """`values` feed `score` (unrounded means); `figures` may be shown; `notes` say what was pooled or withheld (Chinese)."""

    values: Mapping[str, Decimal]
    figures: tuple[RaterFigure, ...]
    notes: tuple[str, ...]


def combine_raters(scheme: Scheme, scores: Iterable[RaterScore]) -> RaterMeans:
    """Combine single ratings into the inputs of the scheme's rater groups.

    Decided: when an anonymous group has fewer than `minimum` raters, the anonymous groups that have raters are pooled and each of
    them takes the pool's mean; a pool below the minimum is withheld, its groups are missing. A group without raters is missing.
    Raises KpiError for a scheme without raters, an unknown group, or a rating out of range (by `score` later).
    """
    if scheme.raters is None:
        raise KpiError(
            Text(f"方案 {scheme.id} 没有多人评分", f"scheme {scheme.id} has no raters"),
            Text("直接录入评分", "enter the rating itself"),
        )
    used = {indicator.id for indicator in scheme.indicators}
    names = {group.indicator: group.name for group in scheme.raters.groups if group.indicator in used}
    by_group: dict[str, list[Decimal]] = {group: [] for group in names}
    for entry in scores:
        if entry.group not in by_group:
            raise KpiError(
                Text(
                    f"方案 {scheme.reference} 没有评分人组 {entry.group}",
                    f"scheme {scheme.reference} has no rater group {entry.group}",
                ),
                did_you_mean(entry.group, by_group),
            )
        by_group[entry.group].append(entry.value)
    anonymous = [group.indicator for group in scheme.raters.groups if group.anonymous and by_group.get(group.indicator)]
    figures = [RaterFigure((g,), names[g], _mean(v), len(v)) for g, v in by_group.items() if v and g not in anonymous]
    pooled, notes = _anonymous_figures(scheme.raters, anonymous, by_group, names)
    figures += pooled
    return RaterMeans({group: figure.mean for figure in figures for group in figure.groups}, tuple(figures), tuple(notes))


def _anonymous_figures(
    raters: Raters, groups: Sequence[str], by_group: Mapping[str, Sequence[Decimal]], names: Mapping[str, str]
) -> tuple[list[RaterFigure], list[str]]:
    if all(len(by_group[group]) >= raters.minimum for group in groups):
        return [RaterFigure((g,), names[g], _mean(by_group[g]), len(by_group[g])) for g in groups], []
    pool = [value for group in groups for value in by_group[group]]
    joined = "、".join(names[group] for group in groups)
    if len(pool) < raters.minimum:
        return [], [f"{joined}评分人不足 {raters.minimum} 人，为保护匿名不显示也不计分"]
    figure = RaterFigure(tuple(groups), f"{joined}（合并）", _mean(pool), len(pool))
    return [figure], [f"{joined}中有一组不足 {raters.minimum} 人，合并为一个平均分"] if len(groups) > 1 else []


def _mean(values: Sequence[Decimal]) -> Decimal:
    return divide(sum(values, Decimal(0)), len(values))
