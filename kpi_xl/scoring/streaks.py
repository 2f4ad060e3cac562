"""Running results of one grade, and what they lead to. Only final results of the same cycle count: months with months."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kpi_xl.periods import Cycle, Period
from kpi_xl.schemes.model import Scheme, Streak
from kpi_xl.scoring.model import PastResult


@dataclass(frozen=True)
class GradeRun:
    """How often `grade` was reached in a row up to the latest result; `skipped` periods had no final result."""

    grade: str
    count: int
    skipped: tuple[Period, ...] = ()


@dataclass(frozen=True)
class NextStep:
    """What the scheme's streak rules ask for after the latest final result; `text` says it in Chinese, empty without a rule."""

    run: GradeRun | None
    due: tuple[Streak, ...]
    near: tuple[Streak, ...]
    text: str


def streak(history: Iterable[PastResult], grade: str, cycle: Cycle) -> GradeRun:
    """Count the latest final results of that cycle that are `grade` without a break.

    A period without a final result, also one that is absent from the history, neither continues nor breaks the run: it is named.
    Decided (the document is silent). When a period appears twice, the later entry counts.
    """
    found = {result.period: result for result in history if result.period.cycle == cycle}
    if not found:
        return GradeRun(grade, 0)
    period, earliest = max(found), min(found)
    count, skipped, pending = 0, [], []
    while period >= earliest:
        result = found.get(period)
        if result is None or not result.final or result.grade is None:
            pending.append(period)
        elif result.grade != grade:
            break
        else:
            count += 1
            skipped += pending  # a gap before the run began is not part of it
            pending = []
        period = period.previous
    return GradeRun(grade, count, tuple(reversed(skipped)))


def latest_grade(history: Iterable[PastResult], cycle: Cycle) -> str | None:
    """Return the grade of the latest final result of that cycle."""
    final = [result for result in history if result.period.cycle == cycle and result.final and result.grade is not None]
    return max(final, key=lambda result: result.period).grade if final else None


def next_step(scheme: Scheme, history: Iterable[PastResult], cycle: Cycle) -> NextStep:
    """Say which streak rules are due (`times` or more results in a row) and which are near, after these results."""
    results = tuple(history)
    grade = latest_grade(results, cycle)
    if grade is None:
        return NextStep(None, (), (), "")
    run = streak(results, grade, cycle)
    rules = [rule for rule in scheme.streaks if rule.grade == grade]
    due = tuple(rule for rule in rules if run.count >= rule.times)
    near = tuple(rule for rule in rules if run.count < rule.times)
    labels = "、".join(period.name for period in run.skipped)
    gap = f"（{labels}没有最终结果，不计入也不中断）" if labels else ""
    texts = [f"已连续 {run.count} 次“{grade}”{gap}：{rule.action}" for rule in due]
    texts += [f"已连续 {run.count} 次“{grade}”{gap}，再有 {rule.times - run.count} 次：{rule.action}" for rule in near]
    return NextStep(run, due, near, "；".join(texts))
