"""What stands above the people: team pages, the department's index, 汇总.xlsx, 数据问题.xlsx and run.json."""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from typing import Any

import kpi_xl
from kpi_xl.errors import shown_name
from kpi_xl.exports.model import Tables
from kpi_xl.issues import Concern, Issue, to_do
from kpi_xl.job.confirm import recorded, told
from kpi_xl.job.files import safe_name
from kpi_xl.job.journal import RUN, Journal, people_of
from kpi_xl.job.model import Order, PersonOutcome, Report
from kpi_xl.job.plan import Plan
from kpi_xl.measures.model import MeasureRow
from kpi_xl.outputs import put, sha256_of
from kpi_xl.page import render_index, render_team
from kpi_xl.resources import templates_folder
from kpi_xl.template import compile_once
from kpi_xl.view.concerns import Every, build_issues
from kpi_xl.view.department import DepartmentView, IssuesView
from kpi_xl.view.summarise import TEAM_PAGE, Cohort, build_department, build_team, with_bonus
from kpi_xl.view.words import moment_text
from kpi_xl.workbook.issues_book import write_issues_book

_LIBRARIES = ("duckdb", "openpyxl", "jinja2", "python-calamine", "chinesecalendar")


@dataclass(frozen=True)
class FinishedRun:
    """A run whose people are done: what the summaries and run.json are made of. `stages` are the seconds per stage so far."""

    order: Order
    tables: Tables
    plan: Plan
    outcomes: Sequence[PersonOutcome]
    report: Report
    stages: Mapping[str, float]
    issued_at: dt.datetime


def write_summaries(run: FinishedRun, journal: Journal) -> Report:
    """Write everything that is made once per run, run.json last. Returns the report with the summaries that were kept aside."""
    folder = run.order.folder
    put_down = {name: put(folder / name, content, journal.written.get(name)) for name, content in _files(run).items()}
    digests = {name: digest for name, (digest, _) in put_down.items()}
    kept = [aside.relative_to(folder).as_posix() for _, aside in put_down.values() if aside is not None]
    report = replace(run.report, kept=(*run.report.kept, *kept))
    document = json.dumps(_run_document(replace(run, report=report), digests), ensure_ascii=False, indent=1)
    _, aside = put(folder / RUN, document, None, _is_run)
    return report if aside is None else replace(report, kept=(*report.kept, aside.name))


def _is_run(data: bytes) -> bool:
    """Tell a run.json of ours, of whatever run, from a file of that name that another program wrote."""
    try:
        return "kpi-xl" in json.loads(data)["versions"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def _files(run: FinishedRun) -> dict[str, bytes | str]:
    """Make the workbooks and pages of the department and of its teams, by their path in the period's folder."""
    cohort = _cohort(run)
    department = build_department(cohort, _pooled(run.plan, cohort))
    files: dict[str, bytes | str] = {
        "汇总.xlsx": _fill("summary+bonus" if department.pays else "summary", department),
        "数据问题.xlsx": _issues_book(run, cohort),
    }
    remedy = _remedy(run.order, run.outcomes, run.issued_at)
    if remedy.rows:
        files["回访补救清单.xlsx"] = _fill("remedy", remedy)
    if run.order.html:
        files["index.html"] = render_index(department)
        for folder, team in _teams(run.outcomes).items():
            files[f"{folder}/{TEAM_PAGE}"] = render_team(build_team(cohort, team, _pooled(run.plan, cohort, team)))
    return files


def _issues_book(run: FinishedRun, cohort: Cohort) -> bytes:
    """Make 数据问题.xlsx, with every fault of the tables and of all else."""
    tables, others = run.tables, run.plan.other_issues

    def of(code: str) -> Iterator[Issue]:
        return chain((issue for issue in others if issue.code == code), tables.every_issue(code))

    sizes = Counter(tables.issue_sizes()) + Counter(issue.code for issue in others)
    view = build_issues(cohort, Every(sizes, of), tables.unknown_people())
    return write_issues_book(templates_folder("workbook") / "issues.xlsx", view)


def _cohort(run: FinishedRun) -> Cohort:
    used = Counter((outcome.scheme, outcome.variants) for outcome in run.outcomes)
    return Cohort(
        people=[with_bonus(one.summary, None if one.payout is None else Decimal(one.payout)) for one in run.outcomes],
        schemes=sorted(run.plan.schemes.values(), key=lambda scheme: -used[(scheme.id, scheme.applied)]),
        period=run.order.period,
        issued_at=run.issued_at,
        issues=run.plan.issues,
        sources=run.tables.sources,
        meanings=told(run.tables.decisions),
        not_appraised=[(entry.person, entry.reason.zh) for entry in run.report.not_appraised],
        with_pages=run.order.html,
    )


def _pooled(plan: Plan, cohort: Cohort, team: str | None = None) -> list[MeasureRow]:
    """The teams' figures as the first scheme of the team (or of all) defines them: others may define a measure otherwise."""
    own = {person.row.scheme for person in cohort.people if team is None or person.row.team == team}
    first = next((scheme for scheme in cohort.schemes if scheme.id in own), None)
    return next((plan.counts[key].rows("team") for key, scheme in plan.schemes.items() if scheme is first), [])


@dataclass(frozen=True)
class _RemedyRow:
    """A call-back for customer service to follow up; the last three are theirs to fill in."""

    record: str
    at: str
    id: str
    name: str
    team: str
    problem: str
    owner: str = ""
    result: str = ""
    done: str = ""


@dataclass(frozen=True)
class RemedyView:
    """What fills 回访补救清单.xlsx."""

    title: str
    period_label: str
    issued_text: str
    rows: tuple[_RemedyRow, ...]


VIEWS: Mapping[str, type] = {
    "summary": DepartmentView,
    "summary+bonus": DepartmentView,
    "issues": IssuesView,
    "remedy": RemedyView,
}
"""The views that fill the department's templates, by the template's name; a person's form is filled with a `View`."""


def _remedy(order: Order, outcomes: Sequence[PersonOutcome], issued_at: dt.datetime) -> RemedyView:
    """Shape the list of dissatisfied and complaining call-backs, person by person."""
    rows = tuple(
        _RemedyRow(entry.record, entry.at, who.id, who.name, who.team, entry.problem)
        for outcome in outcomes
        for who in (outcome.summary.row,)
        for entry in outcome.remedy
    )
    return RemedyView("回访补救清单", order.period.label, moment_text(issued_at), rows)


def _fill(template: str, view: object) -> bytes:
    return compile_once(templates_folder("workbook") / f"{template}.xlsx").render(view)


def _teams(outcomes: Sequence[PersonOutcome]) -> dict[str, str]:
    """Folder of each team that has files."""
    found: dict[str, str] = {}
    for outcome in outcomes:
        for name in outcome.files:
            found.setdefault(name.partition("/")[0] or safe_name(outcome.summary.row.team), outcome.summary.row.team)
    return found


def _run_document(run: FinishedRun, files: Mapping[str, str]) -> dict[str, Any]:
    """Return run.json; `files` are the digests of the summaries by path."""
    order, report, sources = run.order, run.report, run.tables.sources
    inputs = [
        {
            "file": source.file,
            "sheet": source.sheet,
            "sha256": source.sha256,
            "rows_read": source.rows_read,
            "rows_used": source.rows_used,
            "rows_set_aside": source.rows_set_aside,
            "tables": list(source.tables),
            "columns": dict(source.columns),
        }
        for source in sources
    ]
    others = {"roster": order.roster, "mapping": order.mapping, "ratings": order.ratings}
    kinds = Counter[str]()
    for issue in run.plan.issues:
        kinds[issue.code] += issue.count
    return {
        "format": 1,
        "period": str(order.period),
        "month_starts": order.period.month_starts,
        "basis": order.period.basis,
        "issued_at": run.issued_at.isoformat(),
        "scheme": order.scheme,
        "schemes": {key: {"name": scheme.name, "source": scheme.source} for key, scheme in run.plan.schemes.items()},
        "inputs": inputs,
        "side_inputs": {key: {"file": shown_name(p), "sha256": sha256_of(p)} for key, p in others.items() if p is not None},
        "versions": {"kpi-xl": kpi_xl.__version__, "python": platform.python_version(), **_versions()},
        "counts": {
            "people": report.people,
            "done": report.done,
            "failed": len(report.failed),
            "pending": report.pending,
            "unchanged": report.unchanged,
            "rows_read": sum(source.rows_read for source in sources),
            "rows_used": sum(source.rows_used for source in sources),
            "rows_set_aside": sum(source.rows_set_aside for source in sources),
            "issues": dict(sorted(kinds.items())),
            "to_do": report.to_do,
        },
        "decisions": recorded(run.tables.decisions),
        "to_do": [_concern_document(one) for one in to_do(run.plan.issues)],
        "timings": dict(run.stages),
        "failed": [{"id": key, "reason": reason.zh} for key, reason in report.failed.items()],
        "log": report.log,
        "failed_files": [
            {"file": failed.file, "reason": failed.error.message.zh, "remedy": failed.error.remedy.zh}
            for failed in report.failed_files
        ],
        "not_appraised": [{"id": n.person.id, "name": n.person.name, "reason": n.reason.zh} for n in report.not_appraised],
        "kept": list(report.kept),
        "files": dict(files),
        "people": people_of(run.outcomes),
    }


def _concern_document(one: Concern) -> dict[str, Any]:
    """Return a thing to do as run.json has it."""
    return {
        "code": one.code,
        "files": list(one.files),
        "sheet": one.sheet,
        "rows": one.ours,
        "elsewhere": one.elsewhere,
        "reason": one.reason.zh,
        "remedy": one.remedy.zh,
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a vendored or stripped installation
            continue
    return found
