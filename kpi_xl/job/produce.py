"""One person's files: values -> appraisal -> view -> workbook and page. Runs in a worker; one failure stops nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from kpi_xl.errors import KpiError, Text
from kpi_xl.job.facts import facts_from
from kpi_xl.job.files import keep_aside, sha256_of, write_atomically
from kpi_xl.job.model import Outcome, PersonTask, Settings, Span
from kpi_xl.page import render_person
from kpi_xl.scoring import score
from kpi_xl.view.build import build_view
from kpi_xl.view.model import View
from kpi_xl.view.summarise import failed_person, summarise_person
from kpi_xl.workbook.outputs import cached_outputs, form_inputs
from kpi_xl.workbook.template import Template, compile_template


def produce_span(span: Span) -> list[Outcome]:
    """Make the files of a span of people.

    A file that is there but is not what an earlier run wrote has been changed by somebody: it is kept beside, renamed.
    """
    return [_produce(span.settings, task, span.written) for task in span.people]


def fingerprint(settings: Settings, task: PersonTask, form_digest: str, version: str) -> str:
    """Return what identifies the input of one person's files: same fingerprint, same files (the time of issue apart)."""
    parts = (version, form_digest, settings.period, settings.html, settings.data_end, settings.schemes[task.scheme], task)
    return hashlib.sha256(repr(parts).encode("utf-8")).hexdigest()


def _produce(settings: Settings, task: PersonTask, written: Mapping[str, str]) -> Outcome:
    scheme = settings.schemes[task.scheme]
    try:
        view = make_view(settings, task)
        files = _render(settings, task, view)
        digests: dict[str, str] = {}
        kept: list[str] = []
        for name, content in files.items():
            path = settings.folder / name
            if path.is_file() and written.get(name) != sha256_of(path):
                kept.append(keep_aside(path).relative_to(settings.folder).as_posix())
            digests[name] = write_atomically(path, content)
    except Exception as error:
        reason = error.message if isinstance(error, KpiError) else _unexpected(error)
        if isinstance(error, KpiError) and error.problems:
            first = error.problems[0]
            reason = Text(f"{reason.zh}：{first.in_language('zh')}", f"{reason.en}: {first.in_language('en')}")
        summary = failed_person(task.person, scheme, reason.zh)
        return Outcome(
            task.assigned_id, task.fingerprint, summary, None, None, None, scheme.id, scheme.applied, error=reason
        )  # fmt: skip
    page = f"{task.folder}/{task.stem}.html" if settings.html else ""
    waits_for = {indicator.id: indicator.entered_by for indicator in scheme.indicators if indicator.entered_by}
    return Outcome(
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
    )


def make_view(settings: Settings, task: PersonTask) -> View:
    """Score one person and shape the view. Raises KpiError for values that the scheme refuses."""
    scheme = settings.schemes[task.scheme]
    months = settings.period.month_count
    facts = facts_from(scheme, task.rows, dict(task.typed))
    samples = {**facts.samples, **dict(task.samples)}
    appraisal = score(scheme, facts.values, samples=samples, months=months, unmatured=facts.unmatured)
    view = build_view(
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
        data_note="；".join(task.notes),
    )
    return replace(view, inputs=form_inputs(scheme, facts.values, appraisal, months=months))


def _render(settings: Settings, task: PersonTask, view: View) -> dict[str, bytes | str]:
    form = settings.forms[task.scheme]
    inputs = {**view.inputs, "months": settings.period.month_count}
    workbook = _compiled(form, form.stat().st_mtime_ns).render(view, cached=view.outputs, inputs=inputs)
    files: dict[str, bytes | str] = {f"{task.folder}/{task.stem}.xlsx": workbook}
    if settings.html:
        files[f"{task.folder}/{task.stem}.html"] = render_person(view)
    return files


@lru_cache(maxsize=32)
def _compiled(form: Path, modified: int) -> Template:
    """Compile a form once per process; `modified` makes an edited form a new one."""
    return compile_template(form)


def _unexpected(error: Exception) -> Text:
    what = f"{type(error).__name__}: {error}"
    return Text(f"程序内部出错（{what}），请联系维护者", f"internal error ({what}), tell the maintainers")
