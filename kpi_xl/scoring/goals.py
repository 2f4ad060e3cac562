"""Goals beside the points: the weighted completion of a plan, and the progress of OKR key results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.errors import KpiError, Text
from kpi_xl.numbers import divide
from kpi_xl.schemes.model import KeyResult


@dataclass(frozen=True)
class GoalChange:
    """A change of a goal during the period. Each needs its reason; their number is kept."""

    reason: str


@dataclass(frozen=True)
class Goal:
    """A line of the 工作目标计划表: `completion` 0..100, None while it is not judged."""

    name: str
    weight: Decimal
    completion: Decimal | None
    adjustments: tuple[GoalChange, ...] = ()


def goal_completion(goals: Sequence[Goal]) -> Decimal | None:
    """Return the weighted completion 0..100, unrounded; None without goals or while one is not judged.

    Raises KpiError: no weight at all, a completion outside 0..100, an adjustment without a reason.
    """
    for goal in goals:
        if goal.weight < 0 or (goal.completion is not None and not 0 <= goal.completion <= 100):
            raise KpiError(
                Text(f"目标“{goal.name}”的权重或完成率不可用", f"weight or completion of the goal {goal.name} cannot be used"),
                Text("权重不小于 0，完成率填 0~100", "a weight of at least 0, a completion of 0..100"),
            )
        if any(not adjustment.reason.strip() for adjustment in goal.adjustments):
            raise KpiError(
                Text(f"目标“{goal.name}”的调整没有写理由", f"an adjustment of the goal {goal.name} has no reason"),
                Text("补写调整理由，重新审核备案", "write the reason and have it checked and filed again"),
            )
    if not goals or any(goal.completion is None for goal in goals):
        return None
    weights = sum((goal.weight for goal in goals), Decimal(0))
    if weights == 0:
        raise KpiError(Text("各目标的权重都是 0", "all goals weigh 0"), Text("给目标填写权重", "give the goals weights"))
    return divide(sum((goal.weight * (goal.completion or Decimal(0)) for goal in goals), Decimal(0)), weights)


def adjustment_count(goals: Sequence[Goal]) -> int:
    """Return how many adjustments the plan has seen."""
    return sum(len(goal.adjustments) for goal in goals)


def key_result_progress(key_result: KeyResult, start: Decimal, current: Decimal) -> Decimal:
    """Return the progress 0..1 of a key result: (current - start) / (target - start), unrounded (decided).

    A `relative` target means an increase over the start: +30% from 0.40 aims at 0.52. Raises KpiError when start = target.
    """
    target = start * (1 + key_result.target) if key_result.relative else key_result.target
    if target == start:
        raise KpiError(
            Text(f"关键结果“{key_result.name}”的起点与目标相同", f"start and target of {key_result.id} are the same"),
            Text("检查起点值或目标值", "check the start or the target"),
        )
    return max(Decimal(0), min(Decimal(1), divide(current - start, target - start)))
