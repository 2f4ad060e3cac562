"""What the result means: grade scale, summary, trend against earlier periods and the sentences around them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kpi_xl.numbers import format_plain, format_points
from kpi_xl.periods import Period
from kpi_xl.schemes.model import Grade, Scheme, Streak
from kpi_xl.scoring.model import Appraisal
from kpi_xl.scoring.model import PastResult as PastResult  # part of what this room takes
from kpi_xl.scoring.score import next_grade
from kpi_xl.scoring.streaks import next_step
from kpi_xl.view import words
from kpi_xl.view.model import Advice, GradeRow, IndicatorView, TrendPoint

_CYCLES = {"month": "月", "quarter": "季", "year": "年"}


def coefficient_text(coefficient: Decimal | None) -> str:
    """``1.2``, or 无 where the grade has none (which is not 0 and not 1)."""
    return "无" if coefficient is None else f"{coefficient:.1f}" if coefficient == round(coefficient, 1) else str(coefficient)


def grade_scale(scheme: Scheme, grade: str | None) -> tuple[GradeRow, ...]:
    """List the grade bands from the best down, the person's own marked."""
    bands = sorted(scheme.grades, key=lambda band: band.lower, reverse=True)
    return tuple(
        GradeRow(
            band.name,
            band.lower,
            _range_text(band, bands[i - 1] if i else None, i == len(bands) - 1),
            coefficient_text(band.coefficient),
            "、".join(band.actions) or words.DASH,
            band.name == grade,
        )
        for i, band in enumerate(bands)
    )


def _range_text(band: Grade, above: Grade | None, lowest: bool) -> str:
    if above is None:
        return f"{format_plain(band.lower)} 分及以上"
    if lowest:
        return f"{format_plain(above.lower)} 分以下"
    return f"{format_plain(band.lower)} 分及以上，不足 {format_plain(above.lower)} 分"


def results_so_far(period: Period, appraisal: Appraisal, history: Sequence[PastResult]) -> tuple[PastResult, ...]:
    """Order the earlier results of the same cycle and put the present one at the end; later or other periods are left out."""
    earlier = {past.period: past for past in history if past.period.cycle == period.cycle and past.period.start < period.start}
    present = PastResult(period, appraisal.total, appraisal.grade, appraisal.total is not None)
    return (*(earlier[key] for key in sorted(earlier)), present)


def trend_points(results: Sequence[PastResult]) -> tuple[TrendPoint, ...]:
    """Shape the results for the chart and the table beside it; the last one is the present period."""
    points: list[TrendPoint] = []
    for past in results:
        before = points[-1].total if points else None
        final = past.final and past.total is not None
        points.append(
            TrendPoint(
                str(past.period),
                past.period.name,
                past.total,
                past.grade,
                final,
                words.AWAITING if past.total is None else format_points(past.total),
                past.grade or (words.DASH if final else words.AWAITING),
                _change_text(past.total, before),
                past is results[-1],
            )
        )
    return tuple(points)


def _change_text(total: Decimal | None, before: Decimal | None) -> str:
    if total is None or before is None:
        return words.DASH
    change = total - before
    return "持平" if change == 0 else f"{'+' if change > 0 else '−'}{format_points(abs(change))}"


def trend_text(points: tuple[TrendPoint, ...], cycle: str) -> str:
    """Say in one sentence how the present total compares with the one before and with the best one."""
    name = _CYCLES[cycle]
    earlier = [point for point in points[:-1] if point.total is not None]
    present = points[-1]
    if not earlier:
        return f"没有往期{name}度结果可供比较，本期起开始累计。"
    if present.total is None:
        return f"本期总分待评；上一次总分为{earlier[-1].label} {earlier[-1].total_text} 分。"
    change = present.total - (earlier[-1].total or Decimal(0))
    moved = "持平" if change == 0 else f"{'上升' if change > 0 else '下降'} {format_points(abs(change))} 分"
    best = max(point.total for point in earlier if point.total is not None)
    record = f"，为已有 {len(earlier) + 1} 次中的最好水平" if present.total > best and len(earlier) > 1 else ""
    return f"比{earlier[-1].label}（{earlier[-1].total_text} 分）{moved}{record}。"


def summary_text(appraisal: Appraisal, indicators: tuple[IndicatorView, ...], gaps: tuple[Advice, ...], waiting: str) -> str:
    """Say the result in words: total and grade, or what was earned so far and is still awaited; then where points were lost."""
    counted = [view for view in indicators if view.attainment is not None]
    full = sum(view.attainment == 1 for view in counted)
    sentences = []
    if appraisal.total is None:
        sentences.append(f"{waiting}，总分和等级待评；目前已得 {format_points(appraisal.so_far)} 分。")
    else:
        grade = f"，评为“{appraisal.grade}”" if appraisal.grade else ""
        sentences.append(f"本期总分 {format_points(appraisal.total)} 分{grade}。")
    if counted:
        sentences.append(f"{len(counted)} 项有得分的指标中，{full} 项得到满分")
        views = {view.id: view for view in counted}
        lost = [(gap.title, views[gap.indicator].weight - (views[gap.indicator].points or 0)) for gap in gaps[:2]]
        most = [f"{name}（{format_points(points)} 分）" for name, points in lost]
        sentences.append(f"，失分最多的是{'和'.join(most)}。" if most else "。")
    return "".join(sentences)


def waiting_text(indicators: tuple[IndicatorView, ...]) -> str:
    """Say which indicators have no points, and why: ``尚缺服务专业性（待评）``; empty when nothing is missing."""
    absent = [f"{view.name}（{view.status_text}）" for view in indicators if view.status in ("missing", "insufficient")]
    return f"尚缺{'、'.join(absent)}" if absent else ""


def appeal_text(scheme: Scheme) -> str:
    """Say how to appeal, in the document's words; the usual ones where the document says nothing."""
    if scheme.appeal is not None:
        return scheme.appeal.text
    return "对考核结果有异议的，请向直接主管提出书面申诉；仍有争议的，由人力资源部复核。"


def next_step_text(scheme: Scheme, results: Sequence[PastResult]) -> str:
    """Say what follows: streak rules that are due or near, then what separates the present total from the next grade."""
    present = results[-1]
    if not scheme.grades:
        return "本方案不评等级，结果用于反馈和改进。"
    if present.total is None or present.grade is None:
        return "本期总分待评，数据和评分补齐后确定等级；在此之前不判定连续结果。"
    step = next_step(scheme, results, present.period.cycle)
    sentences = []
    if step.run is not None:
        skipped = "、".join(period.name for period in step.run.skipped)
        gap = f"（{skipped}没有最终结果，不计入也不中断）" if skipped else ""
        sentences += [_due_text(rule, step.run.count, gap) for rule in step.due]
        sentences += [_near_text(rule, step.run.count, gap) for rule in step.near]
    better = next_grade(scheme, present.total)
    if better is None:
        sentences.append(f"本期已是最高等级“{present.grade}”，请继续保持。")
    else:
        short = format_points(better.lower - present.total)
        sentences.append(f"距离“{better.name}”（{format_plain(better.lower)} 分）还差 {short} 分。")
    return "".join(sentences)


def _due_text(rule: Streak, count: int, gap: str) -> str:
    return f"已连续 {count} 次评为“{rule.grade}”{gap}，达到“{rule.action}”的条件，由直接主管和人力资源确认后执行。"


def _near_text(rule: Streak, count: int, gap: str) -> str:
    left = rule.times - count
    return f"本次为连续第 {count} 次评为“{rule.grade}”{gap}；再连续 {left} 次，即达到“{rule.action}”的条件。"
