"""Call-backs with several questions per customer: each customer's score, pooled over the successful ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.numbers import divide, round_points
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.score import score
from kpi_xl.scoring.values import Entered


@dataclass(frozen=True)
class Callback:
    """One customer's answers by input key; `reached` False: the call-back failed and never counts."""

    id: str
    answers: Mapping[str, Entered]
    reached: bool = True


@dataclass(frozen=True)
class PooledCallbacks:
    """`total`: sum of the customers' scores / counted call-backs (None without one). `remedy`: dissatisfied or complaining."""

    total: Decimal | None
    scores: tuple[tuple[str, Decimal], ...]
    failed: tuple[str, ...]
    incomplete: tuple[str, ...]
    remedy: tuple[str, ...]


def pool_callbacks(scheme: Scheme, callbacks: Sequence[Callback]) -> PooledCallbacks:
    """Score each reached customer and pool. One with an unanswered question is set aside as incomplete.

    Dissatisfied: an answer within the lowest allowed range of its question (0..25). Raises KpiError for a score not allowed.
    """
    scores, failed, incomplete, remedy = [], [], [], []
    for callback in callbacks:
        if not callback.reached:
            failed.append(callback.id)
            continue
        appraisal = score(scheme, callback.answers)
        if any(_dissatisfied(scheme, result.id, result.actual) for result in appraisal.results):
            remedy.append(callback.id)
        if appraisal.total is None:
            incomplete.append(callback.id)
        else:
            scores.append((callback.id, appraisal.total))
    total = round_points(divide(sum((points for _, points in scores), Decimal(0)), len(scores))) if scores else None
    return PooledCallbacks(total, tuple(scores), tuple(failed), tuple(incomplete), tuple(remedy))


def _dissatisfied(scheme: Scheme, indicator_id: str, actual: Decimal | str | None) -> bool:
    allowed = scheme.indicator(indicator_id).traits.allowed
    return bool(allowed) and isinstance(actual, Decimal) and actual <= min(allowed)[1]
