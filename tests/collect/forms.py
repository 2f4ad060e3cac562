"""Sealed forms of invented people, as the job makes them, and ledgers that issued them."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

from kpi_xl.collect.collect import collect_files
from kpi_xl.collect.intake import Intake
from kpi_xl.collect.issue import Made, enter_issued
from kpi_xl.collect.model import Identity
from kpi_xl.collect.outcome import Collection, PersonResult
from kpi_xl.collect.records import make_record
from kpi_xl.collect.seal import seal
from kpi_xl.ledger import Ledger
from kpi_xl.native.lowering import lower_template
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import score
from kpi_xl.scoring.model import Value
from kpi_xl.template import Locked, Template, compile_template
from kpi_xl.view.build import Dossier, build_view
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.identity import fingerprint
from kpi_xl.workbook.outputs import cached_outputs, form_inputs

from ..workbook_people import invent

NOW = dt.datetime.fromisoformat("2025-10-05T09:00")
LATER = dt.datetime.fromisoformat("2025-10-12T16:30")
SEPTEMBER = Period.parse("2025-09")
MEASURED: dict[str, Value] = {
    "fcr": Decimal("0.82"),
    "handling_hours.normal": Decimal("20.5"),
    "handling_hours.urgent": Decimal("5"),
    "handling_hours.urgent_share": Decimal("0.1"),
    "csat": Decimal("0.93"),
    "repeat_complaint": Decimal("0.02"),
    "first_fix": Decimal("0.9"),
    "completeness": Decimal("0.99"),
}
RATED: dict[str, Value] = {"professionalism": Decimal(91), "collaboration": Decimal(80), "knowledge": Decimal(2)}


class Here(Executor):
    """Runs everything at once in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@dataclass(frozen=True)
class Issued:
    """A form that was made for somebody, and where it lies."""

    person: str
    scheme: Scheme
    values: Mapping[str, Value]
    data: bytes
    path: Path


@cache
def _template(reference: str) -> Template:
    scheme = load_scheme(reference)
    return compile_template(lower_template(build_form(scheme), scheme).data)


def make_form(
    folder: Path,
    person: str = "001",
    name: str = "张三",
    *,
    scheme: str = "appliance-agent",
    period: Period = SEPTEMBER,
    values: Mapping[str, Value] | None = None,
    seed: int = 1,
    locked: bool = False,
) -> Issued:
    """Make a sealed form; `values` None: invented ones. `locked`: the cells of the values are closed, as measured ones are."""
    rules = load_scheme(scheme)
    used = dict(values) if values is not None else invent(rules, 1, seed)[0]
    appraisal = score(rules, used, months=period.month_count)
    who = Person(person, name, "华东一组", "华东")
    outputs = cached_outputs(rules, used, appraisal, months=period.month_count)
    view = build_view(
        Dossier(scheme=rules, appraisal=appraisal, values=used, person=who, period=period, issued_at=NOW, outputs=outputs)
    )
    inputs: dict[str, Any] = form_inputs(rules, used, appraisal, months=period.month_count) | {"months": period.month_count}
    if locked:
        inputs = {key: Locked(value) if key in used or key == "months" else value for key, value in inputs.items()}
    plain = _template(scheme).render(view, cached=view.outputs, inputs=inputs)
    identity = Identity(person, name, who.team, str(period), rules.reference, fingerprint(rules), "f" * 12)
    data = seal(plain, identity, make_record(used, {}, {}, appraisal))
    path = folder / f"{person}_{name}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return Issued(person, rules, used, data, path)


def enter(ledger: Ledger, forms: Sequence[Issued], period: Period = SEPTEMBER) -> int:
    """Enter forms as issued."""
    import hashlib

    made = [Made(form.path, form.path.name, hashlib.sha256(form.data).hexdigest()) for form in forms]
    return enter_issued(ledger, made, [form.scheme for form in forms], str(period), NOW.isoformat(), Here())


def typed(form: Issued, to: Path, cells: Mapping[str, Any]) -> Path:
    """Write into named input cells as a person would, save under another path (by openpyxl, which drops the seal's part)."""
    book = openpyxl.load_workbook(io.BytesIO(form.data))
    for name, value in cells.items():
        sheet, _, cell = book.defined_names[f"in_{name.replace('.', '__')}"].attr_text.rpartition("!")
        book[sheet.strip("'")][cell.replace("$", "")].value = float(value) if isinstance(value, Decimal) else value
    to.parent.mkdir(parents=True, exist_ok=True)
    book.save(to)
    return to


def collect(ledger: Ledger, paths: Sequence[Path], **options: Any) -> Collection:
    """Collect in this process."""
    return collect_files(paths, ledger, Here(), Intake(tuple(paths), ledger.label, LATER, **options))


def only(collection: Collection) -> PersonResult:
    """Return the single person of whom something came back."""
    (person,) = [p for p in collection.people if p.status != "missing"]
    return person


def codes(person: PersonResult) -> set[str]:
    """Return the codes of a person's findings."""
    return {finding.code for finding in person.findings}


def shuffled(seed: int) -> random.Random:
    return random.Random(seed)


def changed(data: bytes, part: str, edit: Callable[[str], str]) -> bytes:
    """Rewrite one part of a workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(name, edit(body.decode()).encode() if name == part else body)
    return out.getvalue()


def saved_at(path: Path, stamp: str) -> None:
    """Set the time of saving that the workbook tells."""

    def edit(text: str) -> str:
        text, count = re.subn(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{stamp}", text)
        assert count == 1
        return text

    path.write_bytes(changed(path.read_bytes(), "docProps/core.xml", edit))
