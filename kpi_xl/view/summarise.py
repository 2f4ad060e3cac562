"""Many people's views become the department's index, the teams' pages and 汇总.xlsx."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from kpi_xl import glossary
from kpi_xl.issues import Issue
from kpi_xl.numbers import divide, format_percent, format_points
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.ranking import rank
from kpi_xl.view import words
from kpi_xl.view.concerns import TO_DO, account, accounting_text, settled_rows, to_do_rows, to_do_text
from kpi_xl.view.department import (
    AlertRow,
    DepartmentView,
    GradeCount,
    Headline,
    MissingRow,
    NotAppraisedRow,
    PersonRow,
    TeamView,
)
from kpi_xl.view.model import View
from kpi_xl.view.pooled import figure_columns, team_rows, usual_region

if TYPE_CHECKING:  # these rooms bring DuckDB along, which rendering does not need
    from kpi_xl.exports.model import SourceTable
    from kpi_xl.measures.model import MeasureRow

CONFIDENTIAL = f"{glossary.CONFIDENTIAL}：含全员考核结果，仅限人力资源和部门负责人查阅，请勿转发或张贴。"
TEAM_CONFIDENTIAL = f"{glossary.CONFIDENTIAL}：含本团队人员考核结果，仅限团队负责人、部门负责人和人力资源查阅，请勿转发或张贴。"
TEAM_PAGE = "index.html"
"""The file name of a team's page in the team's folder; the people's pages stand beside it."""
NO_TEAM = "未分组"


@dataclass(frozen=True)
class PersonSummary:
    """What the summaries need of one person's view; small, so that a worker can send it back instead of the view."""

    row: PersonRow
    alerts: tuple[AlertRow, ...]
    missing: tuple[MissingRow, ...]
    path: str


def summarise_person(view: View, path: str, waits_for: Mapping[str, str] | None = None) -> PersonSummary:
    """Take from a view what the summaries show.

    `path` is the person's page relative to the index (``一组/0001_张三.html``), ``""`` without pages; `waits_for` names who
    supplies an indicator (``Indicator.entered_by``), by its id.
    """
    person, final = view.person, view.total is not None
    row = PersonRow(
        rank=None,
        rank_text=words.DASH,
        id=person.id,
        name=person.name,
        team=person.team or NO_TEAM,
        region=person.region,
        position=person.position,
        total=view.total,
        total_text=view.total_text,
        grade=view.grade,
        grade_text=view.grade_text if final else words.AWAITING,
        coefficient=view.coefficient,
        coefficient_text=view.coefficient_text,
        missing_text=view.missing_text,
        status="final" if final else "pending",
        href=quote(path),
        scheme=view.scheme,
        scheme_name=view.scheme_name,
    )
    alerts = tuple(AlertRow(a.record, person.id, person.name, row.team, a.at_text, a.value_text) for a in view.alerts)
    missing = tuple(
        MissingRow(
            person.id,
            person.name,
            row.team,
            indicator.id,
            indicator.name,
            indicator.status_text,
            (waits_for or {}).get(indicator.id) or ("数据导出" if indicator.status_text != words.AWAITING else glossary.RATER),
        )
        for indicator in view.indicators
        if indicator.status in ("missing", "insufficient")
    )
    return PersonSummary(row, alerts, missing, path)


def with_bonus(summary: PersonSummary, amount: Decimal | None) -> PersonSummary:
    """Return the summary with the person's bonus."""
    return replace(summary, row=replace(summary.row, bonus=amount, bonus_text=words.money_text(amount)))


def failed_person(person: Person, scheme: Scheme, reason: str) -> PersonSummary:
    """Stand in for a person whose view or files could not be made; the summaries name them with the reason."""
    row = PersonRow(
        None, words.DASH, person.id, person.name, person.team or NO_TEAM, person.region, person.position, None,
        words.DASH, None, glossary.NOT_MADE, None, words.DASH, reason, "failed", "", scheme.id, scheme.name,
    )  # fmt: skip
    return PersonSummary(row, (), (), "")


def rank_people(rows: Iterable[PersonRow]) -> tuple[PersonRow, ...]:
    """Order by scheme and total and give ranks; equal totals share one (1, 2, 2, 4). Who has no total comes last, unranked."""
    ordered = sorted(rows, key=lambda row: (row.scheme, row.total is None, -(row.total or Decimal(0)), row.team, row.id))
    ranked: list[PersonRow] = []
    for _, group in groupby(ordered, key=lambda row: row.scheme):
        members = list(group)
        for row, place in zip(members, rank([member.total for member in members]), strict=True):
            ranked.append(replace(row, rank=place, rank_text=words.DASH if place is None else str(place)))
    return tuple(ranked)


def grade_counts(rows: Sequence[PersonRow], schemes: Sequence[Scheme]) -> tuple[GradeCount, ...]:
    """Count the people per grade, best first, then 待评. The counts add up to the people; failed ones are not counted."""
    counted = [row for row in rows if row.status != "failed"]
    counts = Counter((row.scheme, row.grade if row.total is not None else words.AWAITING) for row in counted)
    found = []
    for scheme in _once_each(schemes):
        bands = sorted(scheme.grades, key=lambda band: band.lower, reverse=True)
        for i, band in enumerate(bands):
            upper = f"，不足 {words.limit_text(bands[i - 1].lower, 'index')}" if i else ""
            text = f"{words.limit_text(band.lower, 'index')} 分及以上{upper}"
            if i == len(bands) - 1 and i:
                text = f"{words.limit_text(bands[i - 1].lower, 'index')} 分以下"
            found.append((scheme, band.name, counts[(scheme.id, band.name)], text))
        if not bands and counts[(scheme.id, None)]:
            found.append((scheme, "不设等级", counts[(scheme.id, None)], "本方案没有等级"))
        if counts[(scheme.id, words.AWAITING)]:
            found.append((scheme, words.AWAITING, counts[(scheme.id, words.AWAITING)], "数据或评分尚缺"))
    everyone = max(1, len(counted))
    shares = [divide(count, everyone) for _, _, count, _ in found]
    return tuple(
        GradeCount(grade, count, share, format_percent(share, 1), text, scheme.name)
        for (scheme, grade, count, text), share in zip(found, shares, strict=True)
    )


def _once_each(schemes: Sequence[Scheme]) -> list[Scheme]:
    """Leave one scheme of those that differ in their variants only: they share grades and ranking."""
    return list({scheme.id: scheme for scheme in reversed(schemes)}.values())[::-1]


@dataclass(frozen=True)
class Cohort:
    """The people of one period who are summed up together, and what is to be said of the data that they were appraised by.

    `meanings` are sentences about what the data were taken to mean.
    `schemes` are those in use, the most used one first; `not_appraised` people of the roster with the reason; `with_pages`
    False: no links to team pages. `issued_at` is local time.
    """

    people: Sequence[PersonSummary]
    schemes: Sequence[Scheme]
    period: Period
    issued_at: dt.datetime
    issues: Sequence[Issue] = ()
    sources: Sequence[SourceTable] = ()
    not_appraised: Sequence[tuple[Person, str]] = ()
    with_pages: bool = True
    meanings: Sequence[str] = ()


def build_department(cohort: Cohort, team_measures: Iterable[MeasureRow] = ()) -> DepartmentView:
    """Shape the department's index and 汇总.xlsx. `team_measures` are rows by team."""
    people, schemes, period, issues = cohort.people, cohort.schemes, cohort.period, cohort.issues
    rows = rank_people(summary.row for summary in people if summary.row.status != "failed")
    failed = tuple(summary.row for summary in people if summary.row.status == "failed")
    alerts = _alerts(people)
    columns = figure_columns(schemes[0], period.month_count) if schemes else ()
    accounting = account(cohort.sources)
    pays = any(scheme.bonus is not None and scheme.bonus.base for scheme in schemes)
    paid = [row.bonus for row in rows if row.bonus is not None]
    total = sum(paid, Decimal(0)) if paid else None
    mixed = _differ_in_full_marks(schemes)
    things = to_do_rows(issues)
    headlines = _headlines(rows, failed, alerts, len(things), mixed=mixed)
    if pays:
        headlines = (*headlines, Headline("奖金合计", words.money_text(total), _bonus_note(rows, schemes)))
    return DepartmentView(
        title="部门绩效汇总",
        period=str(period),
        period_label=period.label,
        scheme_name="、".join(scheme.name for scheme in _once_each(schemes)),
        headlines=headlines,
        people_rows=rows,
        grade_rows=grade_counts(rows, schemes),
        columns=tuple(column.head for column in columns),
        team_rows=team_rows(columns, rows, team_measures, period, TEAM_PAGE if cohort.with_pages else "", mixed=mixed),
        alert_rows=alerts,
        missing_rows=tuple(row for summary in people for row in summary.missing),
        to_do_text=to_do_text(len(things)),
        to_do_rows=things,
        settled_rows=settled_rows(issues),
        accounting=accounting,
        accounting_text=accounting_text(accounting),
        meanings=tuple(cohort.meanings),
        failed_rows=failed,
        issued_at=cohort.issued_at,
        issued_text=words.moment_text(cohort.issued_at),
        confidential_text=CONFIDENTIAL,
        several_schemes=len(_once_each(schemes)) > 1,
        not_appraised_rows=tuple(NotAppraisedRow(p.id, p.name, p.team or NO_TEAM, reason) for p, reason in cohort.not_appraised),
        pays=pays,
        bonus_paid=len(paid),
        bonus_total=total,
        bonus_note=_bonus_note(rows, schemes) if pays else "",
    )


def _bonus_note(rows: Sequence[PersonRow], schemes: Sequence[Scheme]) -> str:
    """Say for how many people there is no bonus yet; empty when all who are to have one have it."""
    paying = {scheme.id for scheme in schemes if scheme.bonus is not None and scheme.bonus.base}
    without = sum(row.bonus is None for row in rows if row.scheme in paying)
    return f"{without} 人未算出奖金（待评、无系数，或奖金基数未填）" if without else ""


def build_team(cohort: Cohort, team: str, team_measures: Iterable[MeasureRow] = ()) -> TeamView:
    """Shape a team's page, which stands in the team's folder; others of the cohort are left out."""
    people, schemes, period = cohort.people, cohort.schemes, cohort.period
    own = [summary for summary in people if summary.row.team == team]
    beside = [replace(s.row, href=quote(s.path.rpartition("/")[2])) for s in own if s.row.status != "failed"]
    rows = rank_people(beside)
    used = [scheme for scheme in schemes if any(row.scheme == scheme.id for row in rows)] or list(schemes[:1])
    columns = figure_columns(used[0], period.month_count) if used else ()
    return TeamView(
        title=f"{team} 绩效汇总",
        period=str(period),
        period_label=period.label,
        scheme_name="、".join(scheme.name for scheme in _once_each(used)),
        team=team,
        region=usual_region(rows),
        headlines=_headlines(rows, (), _alerts(own), None, mixed=_differ_in_full_marks(used)),
        people_rows=rows,
        grade_rows=grade_counts(rows, used),
        columns=tuple(column.head for column in columns),
        team_rows=team_rows(columns, rows, team_measures, period, "", mixed=_differ_in_full_marks(used)),
        alert_rows=_alerts(own),
        missing_rows=tuple(row for summary in own for row in summary.missing),
        issued_at=cohort.issued_at,
        issued_text=words.moment_text(cohort.issued_at),
        confidential_text=TEAM_CONFIDENTIAL,
        several_schemes=len(_once_each(used)) > 1,
    )


def _alerts(people: Sequence[PersonSummary]) -> tuple[AlertRow, ...]:
    return tuple(alert for summary in people for alert in summary.alerts)


def _differ_in_full_marks(schemes: Sequence[Scheme]) -> bool:
    """Tell whether totals of these schemes have no mean: 45 of 50 and 45 of 100 are different things."""
    return len({scheme.total for scheme in schemes}) > 1


def _headlines(
    rows: Sequence[PersonRow],
    failed: Sequence[PersonRow],
    alerts: Sequence[AlertRow],
    things: int | None,
    *,
    mixed: bool,
) -> tuple[Headline, ...]:
    totals = [row.total for row in rows if row.total is not None]
    pending = len(rows) - len(totals)
    mean = format_points(divide(sum(totals, Decimal(0)), len(totals))) if totals and not mixed else words.DASH
    about_mean = "各方案满分不同，不求平均" if mixed else "只计已出总分的人员" if pending else ""
    found = [
        Headline("考核人数", f"{len(rows) + len(failed)} 人", f"其中 {len(failed)} 人未生成" if failed else ""),
        Headline("已出总分", f"{len(totals)} 人", f"待评 {pending} 人" if pending else "全部完成"),
        Headline("平均总分", mean, about_mean),
        Headline("超 48 小时未结", f"{len(alerts)} 张", "需主管督办" if alerts else ""),
    ]
    if things is not None:
        found.append(Headline("需要您处理", f"{things:,} 处", "点击查看" if things else "数据没有问题", TO_DO if things else ""))
    return tuple(found)
