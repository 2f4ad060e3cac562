"""The whole job for one period: exports in; a workbook and a page per person, team pages, index, summaries and run.json out."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import kpi_xl
from kpi_xl.errors import KpiError, Text
from kpi_xl.exports import read_exports
from kpi_xl.exports.model import Tables
from kpi_xl.issues import Issue
from kpi_xl.job import pdf
from kpi_xl.job.executor import open_executor, run_bounded
from kpi_xl.job.facts import measures_wanted
from kpi_xl.job.files import sha256_of
from kpi_xl.job.history import earlier_results
from kpi_xl.job.journal import Journal
from kpi_xl.job.model import Assigned, NotAppraised, Order, Outcome, PersonTask, Report, Settings, Span
from kpi_xl.job.people import assign
from kpi_xl.job.produce import fingerprint, produce_span
from kpi_xl.job.ratings import Ratings, read_ratings
from kpi_xl.job.summaries import write_summaries
from kpi_xl.measures import Counts, measure_tables
from kpi_xl.measures.evidence import evidence_by_agent
from kpi_xl.measures.model import Evidence, MeasureRow
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes.model import Scheme
from kpi_xl.tables import TABLES
from kpi_xl.view.records import evidence_measures
from kpi_xl.view.summarise import failed_person
from kpi_xl.workbook import form_template, open_scheme

SPAN = 50
"""People per task of the executor: enough that sending them costs little beside the work."""


_NO_FAULT = ("outside_period",)
"""Kinds of issue that are listed but are no fault: rows of other periods in the same export."""


@dataclass
class _Clock:
    """Seconds per stage, for run.json."""

    stages: dict[str, float]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.stages[name] = round(time.perf_counter() - started, 3)


def run(order: Order) -> Report:
    """Do the whole job. Raises KpiError when nothing can be done; what concerns single people is in the report."""
    clock = _Clock({})
    if order.pdf:
        pdf.find_office()
    default = open_scheme(order.scheme, order.variants)
    warnings = _check_scheme(default, order)
    _say(order, Text("读取导出文件", "reading the exports"), 0.0)
    with clock.stage("read"):
        tables = read_exports(
            order.exports, mapping=order.mapping, roster=order.roster, period=order.period, progress=order.progress
        )
    people = tables.people or [agent for agent in tables.agents if agent.id in _active(tables, order.period)]
    with clock.stage("measure"):
        plan = _Plan.make(order, tables, people, default)
    if not plan.assigned:
        raise KpiError(
            Text(f"{order.period.label}没有可考核的人员", f"nobody to appraise in {order.period}"),
            Text("请检查考核周期、花名册和导出文件的日期", "check the period, the roster and the dates in the exports"),
        )
    journal = Journal(order.folder)
    issued_at = journal.issued_at or order.now
    with tempfile.TemporaryDirectory(prefix="kpi-xl-forms-") as forms_folder:
        settings = Settings(
            folder=order.folder,
            period=order.period,
            issued_at=issued_at,
            data_end=tables.data_end,
            html=order.html,
            forms={key: form_template(scheme, Path(forms_folder)) for key, scheme in plan.schemes.items()},
            schemes=plan.schemes,
        )
        journal.open(issued_at)
        try:
            with clock.stage("produce"):
                outcomes, unchanged = _produce_all(order, tables, plan, settings, journal)
        finally:
            journal.close()
    if order.pdf:
        with clock.stage("pdf"):
            warnings += _make_pdfs(order, outcomes)
    outcomes += [_unassigned(order, person, error, default) for person, error in plan.failed]
    outcomes.sort(key=lambda outcome: outcome.id)
    with clock.stage("summaries"):
        report = Report(
            folder=order.folder,
            people=len(outcomes),
            done=sum(outcome.error is None for outcome in outcomes),
            unchanged=unchanged,
            failed={outcome.id: outcome.error for outcome in outcomes if outcome.error is not None},
            not_appraised=tuple(plan.left_out),
            kept=tuple(name for outcome in outcomes for name in outcome.kept),
            warnings=tuple(warnings),
            issue_count=sum(issue.count for issue in plan.issues if issue.code not in _NO_FAULT),
            pending=sum(outcome.error is None and outcome.total is None for outcome in outcomes),
        )
        write_summaries(order, tables, plan.counts, plan.schemes, plan.issues, outcomes, report, journal, clock.stages, issued_at)
    journal.forget()
    _say(order, Text("完成", "done"), 1.0)
    return report


@dataclass(frozen=True)
class _Plan:
    """Who gets what: people with schemes, measure rows by scheme and person, ratings, issues."""

    assigned: list[Assigned]
    left_out: list[NotAppraised]
    failed: list[tuple[Person, KpiError]]
    schemes: dict[str, Scheme]
    counts: dict[str, Counts]
    rows: Mapping[str, Mapping[str, tuple[MeasureRow, ...]]]
    ratings: Ratings
    issues: tuple[Issue, ...]

    @classmethod
    def make(cls, order: Order, tables: Tables, people: Sequence[Person], default: Scheme) -> _Plan:
        active = _active(tables, order.period)
        assigned, left_out, failed = assign(people, default, order.scheme, active)
        ratings = Ratings({}, {}, {}, ())
        if order.ratings is not None:
            ratings = read_ratings(order.ratings, assigned)
        schemes = {entry.scheme.reference: entry.scheme for entry in assigned}
        counts: dict[str, Counts] = {}
        rows: dict[str, dict[str, tuple[MeasureRow, ...]]] = {}
        for key, scheme in schemes.items():
            counts[key] = measure_tables(
                tables, order.period, definitions=dict(scheme.definitions), measures=measures_wanted(scheme)
            )
            limits = {i.measure: i.min_sample for i in scheme.indicators if i.measure}
            found = counts[key].inputs("agent", limits)
            rows[key] = {person: tuple(measured.values()) for person, measured in found.items()}
        notes = {note: None for counted in counts.values() for note in counted.notes}
        issues = (*tables.issues(), *notes, *ratings.issues)
        unusable = [(next(p for p in people if p.id == person_id), error) for person_id, error in failed.items()]
        return cls([a for a in assigned if a.person.id not in failed], left_out, unusable, schemes, counts, rows, ratings, issues)


def _active(tables: Tables, period: Period) -> frozenset[str]:
    """Return the ids of those with any row in the period; rows of other periods are history only."""
    found: set[str] = set()
    for name in tables.columns:
        when = TABLES[name].when
        if when is not None:
            rows = tables.connection.execute(
                f'SELECT DISTINCT agent FROM {name} WHERE "{when}" >= ? AND "{when}" < ?',  # noqa: S608 - our own table names
                [period.start, period.end],
            ).fetchall()
            found |= {agent for (agent,) in rows if agent is not None}
    return frozenset(found)


def _check_scheme(scheme: Scheme, order: Order) -> list[Text]:
    if scheme.required_variant and not scheme.applied:
        names = "、".join(f"{variant.id}（{variant.name}）" for variant in scheme.variants)
        raise KpiError(
            Text(f"方案 {scheme.id} 必须选定变体", f"scheme {scheme.id} needs a variant"),
            Text(f"请加 --variant，可选：{names}", f"add --variant: {', '.join(v.id for v in scheme.variants)}"),
        )
    if scheme.cycles and order.period.cycle not in scheme.cycles:
        cycles, present = "、".join(_CYCLES[cycle] for cycle in scheme.cycles), _CYCLES[order.period.cycle]
        return [
            Text(
                f"“{scheme.name}”的考核周期是{cycles}，本次按{present}汇总",
                f"{scheme.id} is appraised by {', '.join(scheme.cycles)}; this run covers a {order.period.cycle}",
            )
        ]
    return []


_CYCLES = {"month": "月", "quarter": "季", "year": "年"}


def _produce_all(order: Order, tables: Tables, plan: _Plan, settings: Settings, journal: Journal) -> tuple[list[Outcome], int]:
    digests = {key: sha256_of(path) for key, path in settings.forms.items()}
    history = earlier_results(order.out, order.period)
    outcomes: list[Outcome] = []
    unchanged = 0
    total = len(plan.assigned)
    spans = -(-total // SPAN)
    stage = Text("生成考核表与网页", "making workbooks and pages")

    def todo() -> Iterator[Span]:
        nonlocal unchanged
        waiting: list[PersonTask] = []
        for task in _tasks(order, tables, plan, history):
            marked = replace(task, fingerprint=fingerprint(settings, task, digests[task.scheme], kpi_xl.__version__))
            before = journal.unchanged(marked.assigned_id, marked.fingerprint)
            if before is not None:
                outcomes.append(before)
                unchanged += 1
                continue
            waiting.append(marked)
            if len(waiting) == SPAN:
                yield _span(settings, waiting, journal)
                waiting = []
        if waiting:
            yield _span(settings, waiting, journal)

    with open_executor(order.workers, order.scheduler, spans) as executor:
        workers = order.workers or 2
        for span, future in run_bounded(executor, produce_span, todo(), in_flight=2 * max(workers, 1)):
            for outcome in _results(span, future, settings):
                journal.add(outcome)
                outcomes.append(outcome)
            _say(order, stage, len(outcomes) / total)
    return outcomes, unchanged


def _span(settings: Settings, people: Sequence[PersonTask], journal: Journal) -> Span:
    names = [f"{task.folder}/{task.stem}.{suffix}" for task in people for suffix in ("xlsx", "html")]
    return Span(settings, tuple(people), {name: journal.written[name] for name in names if name in journal.written})


def _results(span: Span, future: Any, settings: Settings) -> list[Outcome]:  # noqa: ANN401
    """Return the outcomes of a span; a worker that died fails its people, not the run."""
    try:
        found: list[Outcome] = future.result()
    except Exception as error:
        reason = Text(f"工作进程中断（{type(error).__name__}），请重新运行以补齐", f"the worker died ({error!r}); run again")
        found = []
        for task in span.people:
            scheme = settings.schemes[task.scheme]
            summary = failed_person(task.person, scheme, reason.zh)
            found.append(Outcome(task.assigned_id, "", summary, None, None, None, scheme.id, scheme.applied, error=reason))
    return found


def _tasks(order: Order, tables: Tables, plan: _Plan, history: Mapping[tuple[str, str], Any]) -> Iterator[PersonTask]:
    """Join people with their measures, ratings and evidence; evidence is streamed scheme by scheme, in the order of ids."""
    for key, scheme in plan.schemes.items():
        members = [entry for entry in plan.assigned if entry.scheme.reference == key]
        everybody = len(plan.schemes) == 1
        stream = evidence_by_agent(
            tables,
            order.period,
            evidence_measures(scheme),
            None if everybody else [m.person.id for m in members],
            dict(scheme.definitions),
        )
        behind = _Merge(stream)
        for entry in sorted(members, key=lambda member: member.person.id):
            person = entry.person
            yield PersonTask(
                assigned_id=person.id,
                person=person,
                scheme=key,
                folder=entry.folder,
                stem=entry.stem,
                rows=plan.rows[key].get(person.id, ()),
                typed=tuple(sorted(plan.ratings.values.get(person.id, {}).items())),
                samples=tuple(sorted(plan.ratings.samples.get(person.id, {}).items())),
                notes=plan.ratings.notes.get(person.id, ()),
                evidence=tuple(behind.take(person.id)),
                history=history.get((person.id, scheme.id), ()),
            )


class _Merge:
    """Hands out the evidence of each person from a stream in the order of ids."""

    def __init__(self, stream: Iterator[tuple[str, list[Evidence]]]) -> None:
        self._stream = stream
        self._next: tuple[str, list[Evidence]] | None = next(stream, None)

    def take(self, person_id: str) -> list[Evidence]:
        while self._next is not None and self._next[0] < person_id:
            self._next = next(self._stream, None)
        if self._next is None or self._next[0] != person_id:
            return []
        found = self._next[1]
        self._next = next(self._stream, None)
        return found


def _make_pdfs(order: Order, outcomes: Sequence[Outcome]) -> list[Text]:
    _say(order, Text("转换 PDF", "making PDF files"), 0.0)
    workbooks = [order.folder / name for outcome in outcomes for name in outcome.files if name.endswith(".xlsx")]
    missing = [
        path for path in workbooks
        if not path.with_suffix(".pdf").is_file() or path.with_suffix(".pdf").stat().st_mtime < path.stat().st_mtime
    ]  # fmt: skip
    return [Text(f"没能转成 PDF：{path.name}", f"no PDF could be made of {path.name}") for path in pdf.convert(missing)]


def _unassigned(order: Order, person: Person, error: KpiError, default: Scheme) -> Outcome:
    summary = failed_person(person, default, error.message.zh)
    return Outcome(person.id, "", summary, None, None, None, default.id, default.applied, error=error.message)


def _say(order: Order, stage: Text, done: float) -> None:
    if order.progress is not None:
        order.progress(stage, done)


def generate(
    exports: Sequence[str | Path],
    *,
    scheme: str = "appliance-agent",
    period: str,
    out: str | Path,
    now: dt.datetime | None = None,
    **options: Any,  # noqa: ANN401 - the optional fields of Order
) -> Report:
    """Make everything for one period. `options` are the other fields of `kpi_xl.job.model.Order`.

    Raises KpiError when the input cannot be used at all.
    """
    return run(
        Order(
            exports=tuple(Path(path) for path in exports),
            scheme=str(scheme),
            period=Period.parse(period),
            out=Path(out),
            now=now or dt.datetime.now().astimezone().replace(tzinfo=None, microsecond=0),
            **options,
        )
    )
