"""The teams' pooled figures: sums of counts by team, beside the targets of the scheme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from kpi_xl.numbers import divide, format_points
from kpi_xl.periods import Period
from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.rule_kinds import Better, Unit
from kpi_xl.schemes.targets import reaches
from kpi_xl.view import words
from kpi_xl.view.department import FigureCell, FigureColumn, PersonRow, TeamRow
from kpi_xl.view.figures import goal, part_goals

if TYPE_CHECKING:  # the room of the measures brings DuckDB along, which rendering does not need
    from kpi_xl.measures.model import MeasureRow


@dataclass(frozen=True)
class PooledColumn:
    """A column of team figures. `target` None: nothing to compare with (a rating, or a target per head)."""

    head: FigureColumn
    measure: str
    unit: Unit
    target: Decimal | None
    better: Better | None


def figure_columns(scheme: Scheme, months: int) -> tuple[PooledColumn, ...]:
    """List what can be pooled by team: each indicator that a measure fills, a composite one by its parts."""
    columns = []
    for indicator in scheme.indicators:
        if indicator.measure is None:
            continue
        parts = part_goals(scheme, indicator, {})
        for part, aim in parts:
            head = FigureColumn(f"{indicator.id}.{part.id}", part.name, aim.text)
            unit = part.unit or indicator.unit
            columns.append(PooledColumn(head, f"{indicator.measure}.{part.id}", unit, aim.value, aim.better))
        if parts:
            continue
        aim = goal(scheme, indicator, {}, months)
        per_head = indicator.unit == "count"  # a target per person says nothing about a team's sum
        head = FigureColumn(indicator.id, indicator.name, "" if per_head or aim.value is None else aim.text)
        columns.append(PooledColumn(head, indicator.measure, indicator.unit, None if per_head else aim.value, aim.better))
    return tuple(columns)


def team_rows(
    columns: Sequence[PooledColumn],
    people: Sequence[PersonRow],
    measures: Iterable[MeasureRow],
    period: Period,
    page: str,
    *,
    mixed: bool = False,
) -> tuple[TeamRow, ...]:
    """Shape one row a team that has people, by region (the most frequent of its people) and team.

    `page` is the file beside the people's pages, ``""`` for none.

    `mixed`: the people's schemes differ in their full marks, so that their totals have no mean.
    """
    by_team = {(row.subject, row.measure): row for row in measures if str(row.period) == str(period)}
    teams: dict[str, list[PersonRow]] = {}
    for row in people:
        teams.setdefault(row.team, []).append(row)
    shaped = []
    for region, team, members in sorted(
        ((usual_region(rows), team, rows) for team, rows in teams.items()), key=lambda entry: entry[:2]
    ):
        totals = [row.total for row in members if row.total is not None]
        mean = format_points(divide(sum(totals, Decimal(0)), len(totals))) if totals and not mixed else words.DASH
        cells = tuple(_cell(column, by_team.get((team, column.measure))) for column in columns)
        folder = next((row.href.rpartition("/")[0] for row in members if "/" in row.href), "")
        href = f"{folder}/{page}" if page and folder else ""
        paid = [row.bonus for row in members if row.bonus is not None]
        bonus = sum(paid, Decimal(0)) if paid else None
        shaped.append(
            TeamRow(team, region, len(members), len(totals), mean, cells, href, len(paid), bonus, words.money_text(bonus))
        )
    return tuple(shaped)


def usual_region(people: Sequence[PersonRow]) -> str:
    """Return the region that most of the people have, the first in order of equally frequent ones; empty for none."""
    regions = Counter(row.region for row in people if row.region)
    return min(regions, key=lambda region: (-regions[region], region), default="")


def _cell(column: PooledColumn, row: MeasureRow | None) -> FigureCell:
    if row is None or row.value is None:
        return FigureCell(words.MISSING, "", None, "")
    value = Decimal(row.value)
    reached = None
    if column.target is not None and column.better:
        reached = reaches(value, column.target, column.better)
    return FigureCell(
        words.figure_text(value, column.unit), f"{row.sample} 条记录", reached, "" if reached in (None, True) else "未达标"
    )
