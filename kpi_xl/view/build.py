"""One person's view: everything that the form and the page show about a period, shaped from the results of the rooms before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kpi_xl.numbers import format_plain, format_points
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.model import Appraisal, PastResult, Values
from kpi_xl.view import advice, figures, outlook, records, words
from kpi_xl.view.model import CellValue, View

if TYPE_CHECKING:  # the room of the measures brings DuckDB along, which filling and rendering do not need
    from kpi_xl.measures.model import Evidence, MeasureRow

CONFIDENTIAL = "个人绩效资料，仅限本人、直接主管和人力资源查阅，请勿转发或张贴。"


@dataclass(frozen=True)
class Dossier:
    """What is known of one person's appraisal, and what its view is shaped from.

    `values` are the inputs that were scored; `measure_rows` and `evidence` those of this person (other periods' rows are
    ignored); `data_end` the latest time in the data; `history` earlier results of the person under this scheme, in any
    order; `outputs` the cached values of the form's formulas. `issued_at` is local time.
    """

    scheme: Scheme
    appraisal: Appraisal
    values: Values
    person: Person
    period: Period
    issued_at: dt.datetime
    measure_rows: Iterable[MeasureRow] = ()
    evidence: Iterable[Evidence] = ()
    history: Sequence[PastResult] = ()
    data_end: dt.datetime | None = None
    outputs: Mapping[str, CellValue] = field(default_factory=dict)
    data_note: str = ""


def build_view(dossier: Dossier) -> View:
    """Shape one person's appraisal. Nothing is scored here."""
    scheme, appraisal, values, period = dossier.scheme, dossier.appraisal, dossier.values, dossier.period
    rows = {row.measure: row for row in dossier.measure_rows if str(row.period) == str(period)}
    groups = figures.group_views(scheme, appraisal, values, rows, period.month_count)
    indicators = tuple(indicator for group in groups for indicator in group.indicators)
    goals = {i.id: figures.goal(scheme, scheme.indicator(i.id), values, period.month_count) for i in indicators}
    lists = advice.advise(scheme, indicators, goals, rows)
    results = outlook.results_so_far(period, appraisal, dossier.history)
    trend = outlook.trend_points(results)
    waiting = outlook.waiting_text(indicators)
    shaped = records.shape_records(scheme, dossier.evidence, dossier.data_end)
    final = appraisal.total is not None
    return View(
        title=scheme.name,
        scheme=scheme.id,
        scheme_name=scheme.name,
        variant_text="、".join(variant.name for variant in scheme.variants if variant.id in scheme.applied),
        period=str(period),
        period_label=period.label,
        period_start=period.start,
        period_end=period.end - dt.timedelta(days=1),
        person=dossier.person,
        groups=groups,
        total=appraisal.total,
        total_text=words.AWAITING if appraisal.total is None else format_points(appraisal.total),
        full_total=scheme.total,
        so_far=appraisal.so_far,
        so_far_text=format_points(appraisal.so_far),
        provisional_text="" if final or appraisal.provisional is None else format_points(appraisal.provisional),
        grade=appraisal.grade,
        grade_text=_grade_text(scheme, appraisal),
        coefficient=appraisal.coefficient,
        coefficient_text=_coefficient_text(scheme, appraisal),
        actions=appraisal.actions,
        missing=appraisal.missing,
        missing_text=waiting,
        strengths=lists.strengths,
        gaps=lists.gaps,
        suggestions=lists.suggestions,
        training=lists.training,
        next_step=outlook.next_step_text(scheme, results),
        trend=trend,
        alerts=shaped.alerts,
        evidence=shaped.rows,
        evidence_note=records.note(shaped),
        issued_at=dossier.issued_at,
        appeal_text=outlook.appeal_text(scheme),
        data_note=dossier.data_note,
        inputs=dict(values),
        outputs=dict(dossier.outputs),
        summary=outlook.summary_text(appraisal, indicators, lists.gaps, waiting),
        full_total_text=format_plain(scheme.total),
        status_text=words.AWAITING if not final else "",
        grade_scale=outlook.grade_scale(scheme, appraisal.grade),
        evidence_groups=shaped.groups,
        trend_text=outlook.trend_text(trend, period.cycle),
        alerts_text=shaped.alerts_text,
        notes=_notes(scheme, appraisal),
        issued_text=words.moment_text(dossier.issued_at),
        period_span_text=words.span_text(period.start, period.end - dt.timedelta(days=1)),
        confidential_text=CONFIDENTIAL,
    )


def _grade_text(scheme: Scheme, appraisal: Appraisal) -> str:
    """A scheme without bands has no grade, which is not 待评."""
    if not scheme.grades:
        return words.DASH
    return appraisal.grade or words.AWAITING


def _coefficient_text(scheme: Scheme, appraisal: Appraisal) -> str:
    if not scheme.grades:
        return words.DASH
    return words.AWAITING if appraisal.total is None else outlook.coefficient_text(appraisal.coefficient)


def _notes(scheme: Scheme, appraisal: Appraisal) -> tuple[str, ...]:
    shown = {figure.id: figure for figure in scheme.figures}
    figures_ = [f"{shown[key].name}：{words.figure_text(value, shown[key].unit)}" for key, value in appraisal.figures]
    return (*appraisal.notes, *figures_)
