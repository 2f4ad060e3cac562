"""The whole job for one period: exports in; a workbook and a page per person, team pages, index, summaries and run.json out."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import kpi_xl
from kpi_xl.arguments import Several, StrPath, local_now
from kpi_xl.collect.passwords import Passwords, read_passwords
from kpi_xl.errors import KpiError, Text
from kpi_xl.exports.model import Progress, Tables
from kpi_xl.exports.months import basis_warnings, inside
from kpi_xl.exports.usable import FailedFile, read_usable, require_data
from kpi_xl.faults import Fault, fault_log
from kpi_xl.issues import count_faults, to_do
from kpi_xl.job import pdf
from kpi_xl.job.confirm import reminders, require_confirmed
from kpi_xl.job.executor import open_executor, run_bounded
from kpi_xl.job.files import LOG, OWN_FILES
from kpi_xl.job.history import ByPerson, earlier_results
from kpi_xl.job.issued import check_delivery, enter_outcomes
from kpi_xl.job.journal import Journal
from kpi_xl.job.model import Order, PersonOutcome, PersonTask, Report, Settings, Span
from kpi_xl.job.people import scheme_chooser
from kpi_xl.job.plan import Plan, evidence_of, make_plan
from kpi_xl.job.produce import failed_outcome, fingerprint, produce_span
from kpi_xl.job.summaries import FinishedRun, write_summaries
from kpi_xl.job.yearly import MEAN
from kpi_xl.native.lowering import Mode, lower_template
from kpi_xl.outputs import refuse_inputs_in, sha256_of, write_atomically
from kpi_xl.people import Person
from kpi_xl.periods import Period, Reckoning
from kpi_xl.schemes import read_base_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import Value
from kpi_xl.standard import open_scheme
from kpi_xl.tables import TABLES
from kpi_xl.template.dropped import is_signed
from kpi_xl.view.summarise import TEAM_PAGE, failed_person
from kpi_xl.workbook import form_template

SPAN = 50
"""People per task of the executor: enough that sending them costs little beside the work."""


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
    """Do the whole job. Raises KpiError when nothing can be done or something must be confirmed first (`require_confirmed`).

    What concerns single people is in the report.
    """
    clock = _Clock({})
    if order.pdf:
        pdf.require_office()
    said = check_delivery(order)
    scheme_of = scheme_chooser(order.scheme, order.variants, order.entered)
    default = _base_scheme(order)
    _say(order, Text("读取导出文件", "reading the exports"), 0.0)
    with clock.stage("read"):
        tables, failed_files = _read(order, default)
    order = replace(order, period=tables.reckoning.of(order.period))
    scheme_of = _reckoned_alike(scheme_of, tables)
    active = _active(tables, order.period)
    people = tables.people or [agent for agent in tables.agents if agent.id in active]
    with clock.stage("measure"):
        plan = make_plan(order, tables, people, active, scheme_of)
        unread = tuple(failed.issue for failed in failed_files)
        plan = replace(plan, issues=(*unread, *plan.issues), other_issues=(*unread, *plan.other_issues))
    require_confirmed(order, tables, plan.schemes.values())
    warnings = [*plan.warnings, *said, *basis_warnings(tables), *reminders(tables.decisions)]
    _spare_inputs(order, plan)
    journal = Journal(order.folder)
    issued_at = journal.issued_at or order.now
    with tempfile.TemporaryDirectory(prefix="kpi-xl-forms-") as forms_folder:
        settings = Settings(
            folder=order.folder,
            period=order.period,
            issued_at=issued_at,
            data_end=tables.data_end if order.exports else None,
            html=order.html,
            forms={key: _form(scheme, key, order.formulas, Path(forms_folder), warnings) for key, scheme in plan.schemes.items()},
            schemes=plan.schemes,
            waive=order.waive,
            password_mark=order.passwords.mark if order.passwords else "",
        )
        journal.open(issued_at)
        try:
            with clock.stage("produce"):
                outcomes, unchanged = _produce_all(order, tables, plan, settings, journal)
        finally:
            journal.close()
    log = _write_log(order, outcomes, issued_at)
    if order.ledger is not None:
        with clock.stage("ledger"):
            enter_outcomes(order, plan.schemes.values(), outcomes)
    if order.pdf:
        with clock.stage("pdf"):
            warnings += _make_pdfs(order, outcomes)
    outcomes += [_unassigned(person, error, default) for person, error in plan.failed]
    outcomes.sort(key=lambda outcome: outcome.id)
    with clock.stage("summaries"):
        report = Report(
            folder=order.folder,
            people=len(outcomes),
            done=sum(outcome.error is None for outcome in outcomes),
            unchanged=unchanged,
            failed={outcome.id: outcome.error for outcome in outcomes if outcome.error is not None},
            failed_files=failed_files,
            not_appraised=plan.left_out,
            kept=tuple(name for outcome in outcomes for name in outcome.kept),
            warnings=tuple(warnings),
            issue_count=count_faults(plan.issues),
            to_do=len(to_do(plan.issues)),
            pending=sum(outcome.error is None and outcome.total is None for outcome in outcomes),
            log=log,
        )
        report = write_summaries(FinishedRun(order, tables, plan, outcomes, report, clock.stages, issued_at), journal)
    journal.forget()
    _say(order, Text("完成", "done"), 1.0)
    return report


def _spare_inputs(order: Order, plan: Plan) -> None:
    """Refuse, before anything is written, to put a result where a file stands that this run reads. Raises KpiError."""
    pages = {f"{entry.folder}/{TEAM_PAGE}": None for entry in plan.assigned}
    forms = [f"{entry.folder}/{entry.stem}{suffix}" for entry in plan.assigned for suffix in (".xlsx", ".html", ".pdf")]
    reads = (*order.exports, order.roster, order.mapping, order.ratings, order.ledger, order.scheme)
    refuse_inputs_in(order.folder, (*OWN_FILES, *pages, *forms), reads)


def _base_scheme(order: Order) -> Scheme:
    """Return the scheme that was asked for; a roster may name the variants that it needs, person by person.

    Raises KpiError for one that cannot be used at all.
    """
    try:
        return open_scheme(order.scheme, order.variants)
    except KpiError:
        if order.roster is None or order.variants or order.scheme.lower().endswith((".xlsx", ".xlsm")):
            raise
        return read_base_scheme(order.scheme)


def _reckoned_alike(scheme_of: Callable[[Person], Scheme], tables: Tables) -> Callable[[Person], Scheme]:
    """Return the same choice of schemes, which raises KpiError for one that reckons its months otherwise than this run does."""

    def choose(person: Person) -> Scheme:
        scheme = scheme_of(person)
        run = Reckoning(tables.reckoning.month_starts or 1, tables.reckoning.basis or "created")
        scheme.reckoning.with_other(
            run, Text(f"方案“{scheme.reference}”", f"the scheme {scheme.reference}"), Text("本次考核", "this run")
        )
        return scheme

    return choose


def _read(order: Order, scheme: Scheme) -> tuple[Tables, tuple[FailedFile, ...]]:
    """Read the exports; without any, the roster says whom the ratings are about. Raises KpiError when that is not there.

    Ratings may stand alone for a period; exports of other periods alone are a mistake in the period, or the wrong files.
    """
    if not order.exports and (order.roster is None or order.ratings is None):
        raise KpiError(
            Text("没有给出导出文件", "no export was given"),
            Text(
                "请写上导出文件；只用人工评分时，请给出花名册（--roster）和评分表（--ratings）",
                "name the exports; for typed ratings alone, give a roster (--roster) and ratings (--ratings)",
            ),
        )
    tables, failed = read_usable(
        order.exports,
        mapping=order.mapping,
        roster=order.roster,
        period=order.period,
        progress=order.progress,
        reckoning=scheme.reckoning,
        lenient=True,  # what is guessed then is asked (`require_confirmed`), not left out with its file
    )
    if order.exports and order.ratings is None:
        require_data(tables, order.period, failed)
    return tables, failed


def _form(scheme: Scheme, key: str, formulas: Mode, folder: Path, warnings: list[Text]) -> Path:
    """Return the form of a scheme, its calls of functions lowered; `warnings` takes in what has no native form.

    One made up for a yearly mean has the general layout: its own is about other indicators.
    """
    if any(indicator.id == MEAN for indicator in scheme.indicators):
        scheme = replace(scheme, id=f"{scheme.id}-{MEAN}")
    own = folder / key.replace(":", "_")
    form = form_template(scheme, own)
    lowered = lower_template(form, scheme, formulas)
    warnings += [kept.text(form.name) for kept in lowered.kept]
    if is_signed(form):
        warnings.append(Text(f"模板 {form.name} 有数字签名；考核表不带这个签名", f"{form.name} is signed; the forms are not"))
    own.mkdir(parents=True, exist_ok=True)
    path = own / form.name
    path.write_bytes(lowered.data)
    return path


def _active(tables: Tables, period: Period) -> frozenset[str]:
    """Return the ids of those with any row in the period; rows of other periods are history only."""
    found: set[str] = set()
    for name in tables.columns:
        if TABLES[name].when is not None:
            rows = tables.connection.execute(
                f"SELECT DISTINCT agent FROM {name} WHERE {inside(name, period)}"  # noqa: S608 - our own table names
            ).fetchall()
            found |= {agent for (agent,) in rows if agent is not None}
    return frozenset(found)


def _produce_all(
    order: Order, tables: Tables, plan: Plan, settings: Settings, journal: Journal
) -> tuple[list[PersonOutcome], int]:
    digests = {key: sha256_of(path) for key, path in settings.forms.items()}
    history = earlier_results(order.out, order.period)
    outcomes: list[PersonOutcome] = []
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


def _results(span: Span, future: Any, settings: Settings) -> list[PersonOutcome]:  # noqa: ANN401
    """Return the outcomes of a span; a worker that died fails its people, not the run."""
    try:
        found: list[PersonOutcome] = future.result()
    except Exception as error:
        reason = Text(
            f"工作进程中断（{type(error).__name__}），请重新运行以补齐；若仍然中断，请把 {LOG} 发给维护者",
            f"the worker died ({error!r}); run again, and if it dies again send {LOG} to the maintainers",
        )
        fault = Fault.of("、".join(task.assigned_id for task in span.people), error)
        return [failed_outcome(settings, task, reason, fault) for task in span.people]
    return found


def _write_log(order: Order, outcomes: Sequence[PersonOutcome], issued_at: dt.datetime) -> str | None:
    """Write the tracebacks of the faults of ours, by the people's ids. Returns the log's name; None when there was no fault."""
    faults = [outcome.fault for outcome in sorted(outcomes, key=lambda one: one.id) if outcome.fault is not None]
    if not faults:
        return None
    write_atomically(order.folder / LOG, fault_log(faults, issued_at))
    return LOG


def _tasks(order: Order, tables: Tables, plan: Plan, history: ByPerson) -> Iterator[PersonTask]:
    """Join people with their measures, ratings and evidence; evidence is streamed scheme by scheme, in the order of ids."""
    for key, scheme in plan.schemes.items():
        for entry, evidence in evidence_of(plan, order, tables, key):
            person = entry.person
            yield PersonTask(
                assigned_id=person.id,
                person=person,
                scheme=key,
                folder=entry.folder,
                stem=entry.stem,
                rows=plan.rows[key].get(person.id, ()),
                typed=tuple(sorted(plan.typed.get(person.id, {}).items())),
                samples=tuple(sorted(plan.samples.get(person.id, {}).items())),
                notes=plan.notes.get(person.id, ()),
                evidence=tuple(evidence),
                history=history.get((person.id, scheme.id), ()),
                password=order.passwords.by_person.get(person.id) if order.passwords else None,
            )


def _make_pdfs(order: Order, outcomes: Sequence[PersonOutcome]) -> list[Text]:
    _say(order, Text("转换 PDF", "making PDF files"), 0.0)
    workbooks = [order.folder / name for outcome in outcomes for name in outcome.files if name.endswith(".xlsx")]
    missing = [
        path for path in workbooks
        if not path.with_suffix(".pdf").is_file() or path.with_suffix(".pdf").stat().st_mtime < path.stat().st_mtime
    ]  # fmt: skip
    return [Text(f"没能转成 PDF：{path.name}", f"no PDF could be made of {path.name}") for path in pdf.convert(missing)]


def _unassigned(person: Person, error: KpiError, default: Scheme) -> PersonOutcome:
    summary = failed_person(person, default, error.message.zh)
    return PersonOutcome(person.id, "", summary, None, None, None, default.id, default.applied, error=error.message)


def _say(order: Order, stage: Text, done: float) -> None:
    if order.progress is not None:
        order.progress(stage, done)


def generate(
    exports: Several[StrPath],
    *,
    scheme: StrPath = "appliance-agent",
    period: Period | str,
    out: StrPath,
    variants: Several[str] = (),
    roster: StrPath | None = None,
    mapping: StrPath | None = None,
    ratings: StrPath | None = None,
    entered: Mapping[str, Value | float] | None = None,
    waive: Several[str] = (),
    ledger: StrPath | None = None,
    passwords: Passwords | StrPath | None = None,
    formulas: Mode = "native",
    html: bool = True,
    pdf: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
) -> Report:
    """Make everything for one period: ``kpi-xl generate`` as a function. Files appear below `out`, in a folder of the period.

    `exports` are files of the after-sales system (empty: a roster and ratings alone); `scheme` an id, with variants or without
    (``appliance-agent:technical``), or a file. `entered` are the company's parameters (``{"complaint_rate_limit": "3%"}``);
    `passwords` a file of ``id,password``. `now` is the time of issue, local and without a zone (None: the clock). The others
    are explained at `kpi_xl.Order`.
    Raises KpiError: at once for arguments that cannot be used, all of them together; later for input that cannot be used at
    all, and when the meaning of the data was only guessed and a point depends on it (`kpi_xl.job.confirm`), before any file is
    made. What concerns single people or files is in the report.
    """
    given: dict[str, Any] = dict(locals())  # what each argument must be, the order knows
    file = passwords if isinstance(passwords, str | os.PathLike) else None
    given["now"] = local_now() if now is None else now
    given["entered"] = {} if entered is None else entered
    given["passwords"] = passwords if file is None else None
    order = Order(**given)
    return run(order if file is None else replace(order, passwords=read_passwords(Path(file))))
