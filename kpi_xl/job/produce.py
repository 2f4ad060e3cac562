"""One person's files: values -> appraisal -> view -> workbook and page. Runs in a worker; one failure stops nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from kpi_xl.collect.model import Identity
from kpi_xl.collect.passwords import decrypt, encrypt, no_password
from kpi_xl.collect.records import make_record
from kpi_xl.collect.seal import seal
from kpi_xl.errors import KpiError, Text
from kpi_xl.faults import Fault
from kpi_xl.job.callbacks import Pooled, pool_evidence
from kpi_xl.job.facts import facts_from
from kpi_xl.job.files import LOG
from kpi_xl.job.model import PersonOutcome, PersonTask, Remedy, Settings, Span
from kpi_xl.numbers import format_points
from kpi_xl.outputs import put, sha256_of
from kpi_xl.page import render_person
from kpi_xl.people import Person
from kpi_xl.schemes.inputs import input_parts
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import Appraisal, payout, score
from kpi_xl.template import Locked, LockedText, Template, compile_once
from kpi_xl.view.build import Dossier, build_view
from kpi_xl.view.model import CellValue, View
from kpi_xl.view.summarise import failed_person, summarise_person
from kpi_xl.workbook.identity import fingerprint as scheme_fingerprint
from kpi_xl.workbook.outputs import cached_outputs, form_inputs

POOLED_TABLE = "cs"
"""The key of the form's table of call-backs by month (block ``pooled`` of a layout)."""
REMEDY_TABLE = "remedy"
"""The key of the form's table of customers to follow up."""


def produce_span(span: Span) -> list[PersonOutcome]:
    """Make the files of a span of people.

    A file that is there but is not what an earlier run wrote has been changed by somebody: it is kept beside, renamed.
    """
    return [_produce(span.settings, task, span.written) for task in span.people]


def fingerprint(settings: Settings, task: PersonTask, form_digest: str, version: str) -> str:
    """Return what identifies the input of one person's files: same fingerprint, same files (the time of issue apart).

    The form's digest stands for the scheme: every form carries a fingerprint of its rules.
    """
    shared = (version, form_digest, settings.period, settings.html, settings.data_end, settings.waive, settings.password_mark)
    return hashlib.sha256(repr((shared, task)).encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class _Made:
    """One person's result: the view, what the seal keeps of the scoring, and what the summaries need besides."""

    view: View
    record: Mapping[str, Any]
    measured: frozenset[str]
    """The inputs that exports gave: their cells are locked. What people typed, and what is still missing, stays open."""
    closed: frozenset[str] = frozenset()
    """The inputs without a value whose indicator has others that exports gave: what has no rows is not for people to type."""
    remedy: tuple[Remedy, ...] = ()
    payout: str | None = None


def _produce(settings: Settings, task: PersonTask, written: Mapping[str, str]) -> PersonOutcome:
    scheme = settings.schemes[task.scheme]
    try:
        made = _make(settings, task)
        files = _render(settings, task, made)
        digests: dict[str, str] = {}
        kept: list[str] = []
        for name, content in files.items():
            digests[name], aside = _put(settings, task, name, content, written.get(name))
            if aside is not None:
                kept.append(aside.relative_to(settings.folder).as_posix())
    except KpiError as error:
        return failed_outcome(settings, task, reason_of(error))
    except Exception as error:
        return failed_outcome(settings, task, _unexpected(error), Fault.of(task.assigned_id, error))
    view = made.view
    page = f"{task.folder}/{task.stem}.html" if settings.html else ""
    waits_for = {indicator.id: indicator.entered_by for indicator in scheme.indicators if indicator.entered_by}
    return PersonOutcome(
        id=task.assigned_id,
        fingerprint=task.fingerprint,
        summary=summarise_person(view, page, waits_for),
        total=None if view.total is None else f"{view.total:.2f}",
        grade=view.grade,
        coefficient=None if view.coefficient is None else str(view.coefficient),
        scheme=scheme.id,
        variants=scheme.applied,
        files=digests,
        kept=tuple(kept),
        remedy=made.remedy,
        payout=made.payout,
    )


def failed_outcome(settings: Settings, task: PersonTask, reason: Text, fault: Fault | None = None) -> PersonOutcome:
    """Return the outcome of somebody who has no files, with the reason, and the fault when it is ours."""
    scheme = settings.schemes[task.scheme]
    summary = failed_person(task.person, scheme, reason.zh)
    return PersonOutcome(
        task.assigned_id, task.fingerprint, summary, None, None, None, scheme.id, scheme.applied, error=reason, fault=fault
    )  # fmt: skip


def reason_of(error: KpiError) -> Text:
    """Say in one line why somebody has no files; the first problem stands for all."""
    reason = error.message
    if error.problems:
        first = error.problems[0]
        return Text(f"{reason.zh}：{first.in_language('zh')}", f"{reason.en}: {first.in_language('en')}")
    return reason


def _make(settings: Settings, task: PersonTask) -> _Made:
    """Score one person and shape the view. Raises KpiError for values that the scheme refuses."""
    scheme = settings.schemes[task.scheme]
    months = settings.period.month_count
    pooled = pool_evidence(scheme, task.evidence) if scheme.callbacks else None
    if pooled is None:
        facts = facts_from(scheme, task.rows, dict(task.typed))
    else:
        facts = facts_from(scheme, (), {**pooled.values, **dict(task.typed)})
    samples = {**facts.samples, **(pooled.samples if pooled else {}), **dict(task.samples)}
    used = {indicator.group for indicator in scheme.indicators}
    waive = [group for group in settings.waive if group in used]
    appraisal = score(scheme, facts.values, samples=samples, months=months, waive=waive, unmatured=facts.unmatured)
    bonus, bonus_text = _bonus(scheme, appraisal)
    appraisal = replace(appraisal, notes=(*appraisal.notes, *bonus_text))
    view = build_view(
        Dossier(
            scheme=scheme,
            appraisal=appraisal,
            values=facts.values,
            person=task.person,
            period=settings.period,
            issued_at=settings.issued_at,
            measure_rows=task.rows,
            evidence=task.evidence,
            history=task.history,
            outputs=cached_outputs(scheme, facts.values, appraisal, months=months),
            data_end=settings.data_end,
            data_note="；".join(note for note in (*task.notes, pooled.note if pooled else "") if note),
        )
    )
    inputs = form_inputs(scheme, facts.values, appraisal, months=months)
    record = make_record(facts.values, samples, facts.unmatured, appraisal)
    measured = frozenset(facts.values) - {key for key, _ in task.typed}
    closed = _closed(scheme, measured & inputs.keys(), dict(task.typed))
    if pooled is None:
        return _Made(replace(view, inputs=inputs), record, measured, closed, payout=bonus)
    cells = _callback_cells(pooled)
    return _Made(replace(view, inputs=inputs | cells), record, measured | set(cells), closed, pooled.remedy, bonus)


def _closed(scheme: Scheme, measured: Collection[str], typed: Collection[str]) -> frozenset[str]:
    """The parts without data of indicators of which exports gave another part: the urgent tickets of somebody who had none."""
    found: set[str] = set()
    for indicator in scheme.indicators:
        parts = input_parts(indicator)
        if any(key in measured for key in parts):
            found |= {key for key in parts if key not in measured and key not in typed}
    return frozenset(found)


def _bonus(scheme: Scheme, appraisal: Appraisal) -> tuple[str | None, tuple[str, ...]]:
    """The bonus that follows from the scheme's own base, with its calculation; the reason where the grade allows none."""
    try:
        paid = payout(scheme, appraisal)
    except KpiError as error:
        return None, (error.message.zh,)
    return (None, ()) if paid is None else (format_points(paid.amount), (f"奖金：{paid.why}",))


def _callback_cells(pooled: Pooled) -> dict[str, CellValue]:
    """The cells of the form's tables of pooled call-backs and of the customers to follow up, as far as there are lines."""
    cells: dict[str, CellValue] = {}
    for month, (count, total) in pooled.months.items():
        cells |= {f"{POOLED_TABLE}_{month}_count": count, f"{POOLED_TABLE}_{month}_sum": total}
    for number, entry in enumerate(pooled.remedy, start=1):
        cells |= {f"{REMEDY_TABLE}_{number}_ticket": entry.record, f"{REMEDY_TABLE}_{number}_problem": entry.problem}
    return cells


def _render(settings: Settings, task: PersonTask, made: _Made) -> dict[str, bytes | str]:
    form, view = settings.forms[task.scheme], made.view
    inputs = {key: Locked(view.inputs.get(key)) if key in made.measured else value for key, value in view.inputs.items()}
    inputs |= {key: Locked(None) for key in made.closed}
    inputs["months"] = Locked(settings.period.month_count)
    shown = replace(
        view,
        person=_locked_person(view.person),
        period_label=LockedText(view.period_label),
        period_span_text=LockedText(view.period_span_text),
    )
    workbook = _compiled(form, form.stat().st_mtime_ns).render(shown, cached=view.outputs, inputs=inputs)
    workbook = seal(workbook, _identity(settings, task), made.record, made.closed)
    files: dict[str, bytes | str] = {f"{task.folder}/{task.stem}.xlsx": workbook}
    if settings.html:
        files[f"{task.folder}/{task.stem}.html"] = render_person(view)
    return files


def _locked_person(person: Person) -> Person:
    """Whose form it is, in cells that are locked where something is told of the person."""
    return replace(
        person,
        id=LockedText(person.id),
        name=LockedText(person.name),
        team=LockedText(person.team),
        region=LockedText(person.region),
        position=LockedText(person.position),
        manager=LockedText(person.manager),
    )


def _put(settings: Settings, task: PersonTask, name: str, content: bytes | str, known: str | None) -> tuple[str, Path | None]:
    """Write one file, a workbook encrypted when there are passwords. Returns its SHA-256 and where a changed one was kept."""
    path = settings.folder / name
    if isinstance(content, str) or not settings.password_mark:
        return put(path, content, known)
    if task.password is None:
        raise no_password(task.person.id)
    password = task.password

    def same(there: bytes) -> bool:
        try:
            return decrypt(there, [password], name) == content
        except KpiError:  # another password, or no encrypted workbook at all
            return False

    return put(path, encrypt(content, password), known, same)


def _identity(settings: Settings, task: PersonTask) -> Identity:
    scheme, form, who = settings.schemes[task.scheme], settings.forms[task.scheme], task.person
    return Identity(
        person=who.id,
        name=who.name,
        team=who.team,
        period=str(settings.period),
        scheme=scheme.reference,
        fingerprint=scheme_fingerprint(scheme),
        form=_digest(form, form.stat().st_mtime_ns)[:12],
    )


@lru_cache(maxsize=32)
def _digest(form: Path, modified: int) -> str:
    """Hash a form once per process."""
    return sha256_of(form)


@lru_cache(maxsize=32)
def _compiled(form: Path, modified: int) -> Template:
    """Compile a form once per process; `modified` makes an edited form a new one."""
    return compile_once(form)


def _unexpected(error: Exception) -> Text:
    what = f"{type(error).__name__}: {error}"
    return Text(f"程序内部出错（{what}），请把 {LOG} 发给维护者", f"internal error ({what}), send {LOG} to the maintainers")
