"""The measure of the seal: every edit of a locked cell is found, and nothing is found where nothing was edited."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.collect.model import Sealed
from kpi_xl.collect.seal import open_payload, read_seal
from kpi_xl.collect.verify import verify_file
from kpi_xl.ledger import Ledger, open_ledger
from kpi_xl.ooxml.package import read_package

from .. import office
from .forms import Issued, codes, collect, enter, make_form, only

SCHEMES = (
    "appliance-agent",
    "role-360:manager",
    "dealer-cs:workshop",
    "monthly-bonus:specialist",
    "department-annual",
    "staff-five",
    "service-quality-five",
    "ob-satisfaction",
    "team-core",
    "after-sales-3d",
)
PER_FORM = 10
XLSX = "Calc MS Excel 2007 XML"
pytestmark = [pytest.mark.office, pytest.mark.slow]


@dataclass(frozen=True)
class Planned:
    """An edit: where, what stood there, what is written (None: cleared)."""

    sheet: str
    cell: str
    stood: str
    value: str | float | None


def plan(sealed: Sealed, source: random.Random, count: int) -> list[Planned]:
    """Choose locked cells at random and something else to stand there."""
    cells = [(s.name, at, c) for s in sealed.content.sheets for at, c in s.cells.items() if at not in s.open]
    found = []
    for sheet, at, cell in source.sample(cells, count):
        stood = f"={cell.value}" if cell.kind == "f" else cell.value
        if cell.kind == "n":
            value: str | float | None = source.choice([float(cell.value) + 1, float(cell.value) * 1.0001 + 1e-6, None])
        elif cell.kind == "f":
            constant = re.sub(r"\b8\),2\)", "8),1)", f"={cell.value}")
            value = source.choice([17.5, None, constant if constant != stood else "=1+1"])
        else:
            value = source.choice([stood + " ", stood.replace("，", "、") if "，" in stood else "改" + stood, 5.0, None])
        found.append(Planned(sheet, at, stood, value))
    return found


def missed(edits: Sequence[Planned], path: Path, ledger: Ledger) -> list[Planned]:
    """Return the edits that verification does not name with what stood there; fail on anything else that it names."""
    verdict = verify_file(path, ledger=ledger)
    told = {(e.sheet, e.cell): e for e in verdict.edits}
    wanted = {(e.sheet, e.cell): e for e in edits}
    assert set(told) <= set(wanted), (path, [e for place, e in told.items() if place not in wanted])
    return [edit for place, edit in wanted.items() if place not in told or told[place].stood != edit.stood]


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> list[Issued]:
    """A form of each of ten schemes."""
    folder = tmp_path_factory.mktemp("forms")
    return [make_form(folder, f"{n:03d}", "欧阳晓雯", scheme=scheme, seed=n) for n, scheme in enumerate(SCHEMES, start=1)]


@pytest.fixture(scope="module")
def ledger(forms: list[Issued], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with open_ledger(str(tmp_path_factory.mktemp("ledger") / "l.db")) as opened:
        enter(opened, forms)
        yield opened


def _sealed(form: Issued) -> Sealed:
    sealed, _ = read_seal(read_package(form.data))
    assert sealed is not None
    return open_payload(sealed.payload)


def test_100_of_100_edits_made_with_openpyxl_are_found(forms: list[Issued], ledger: Ledger, tmp_path: Path) -> None:
    lost: list[Planned] = []
    for number, form in enumerate(forms):
        edits = plan(_sealed(form), random.Random(100 + number), PER_FORM)
        book = openpyxl.load_workbook(io.BytesIO(form.data))
        for edit in edits:
            book[edit.sheet][edit.cell].value = edit.value
        book.save(tmp_path / form.path.name)
        lost += missed(edits, tmp_path / form.path.name, ledger)
    assert lost == []


def test_100_of_100_edits_made_in_libreoffice_are_found(
    forms: list[Issued], ledger: Ledger, tmp_path: Path, soffice: str
) -> None:
    jobs, planned = [], []
    for number, form in enumerate(forms):
        edits = plan(_sealed(form), random.Random(200 + number), PER_FORM)
        planned.append(edits)
        cells = [[edit.sheet, edit.cell, edit.value] for edit in edits]
        jobs.append({"open": form.path.as_uri(), "edits": cells, "save": {XLSX: (tmp_path / form.path.name).as_uri()}})
    with office.running(tmp_path) as drive:
        for job in jobs:
            drive(job)
    lost = [e for form, edits in zip(forms, planned, strict=True) for e in missed(edits, tmp_path / form.path.name, ledger)]
    assert lost == []


def test_50_honest_round_trips_raise_no_alarm(forms: list[Issued], ledger: Ledger, tmp_path: Path, soffice: str) -> None:
    """People with different values through LibreOffice, some of them twice; the seal's own part survives it."""
    made = [make_form(tmp_path / "out", f"1{n:02d}", "李䶮", scheme=SCHEMES[n % len(SCHEMES)], seed=300 + n) for n in range(40)]
    once = office.convert([form.path for form in made], "xlsx", tmp_path / "once", recalculate=True)
    twice = office.convert(once[:10], "xlsx", tmp_path / "twice", recalculate=False)
    assert len(once) + len(twice) == 50
    alarms = {path.name: verdict.edits for path in (*once, *twice) if not (verdict := verify_file(path)).unchanged}
    assert alarms == {}
    enter(ledger, made)
    for path in once:
        person = only_of(collect(ledger, [path]), path)
        assert person.result == person.before
        assert "seal_lost" not in codes(person)


def only_of(collection, path: Path):  # type: ignore[no-untyped-def]
    """Return the person of a file; the others of the ledger have returned nothing."""
    (person,) = [p for p in collection.people if p.form is not None and p.form.file == path.name]
    return person


def test_typing_in_libreoffice_comes_back(ledger: Ledger, tmp_path: Path, soffice: str) -> None:
    from .forms import MEASURED, RATED

    form = make_form(tmp_path / "out", "900", "王伟", values=MEASURED)
    sealed = _sealed(form)
    cells = [[*sealed.content.names[f"in_{key}"], float(value)] for key, value in RATED.items() if not isinstance(value, str)]
    back = tmp_path / form.path.name
    with office.running(tmp_path) as drive:
        drive({"open": form.path.as_uri(), "edits": cells, "save": {XLSX: back.as_uri()}})
    with open_ledger(str(tmp_path / "own.db")) as own:
        enter(own, [form])
        person = only(collect(own, [back]))
    assert person.status == "taken", person.findings
    assert person.form is not None
    assert {f.key for f in person.form.fields if f.state == "typed"} == set(RATED)
    assert person.result is not None
    assert person.result["total"] is not None
