"""What a form shows is what is read: nothing counts that a spreadsheet program would not show, no locked figure is replaced."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.collect.cells import read_content
from kpi_xl.collect.differences import compare
from kpi_xl.collect.model import Content, FormCell, FormSheet
from kpi_xl.collect.verify import verify_file
from kpi_xl.collect.written import written_cells
from kpi_xl.ledger import Ledger, open_ledger
from kpi_xl.ooxml.package import read_package
from kpi_xl.resources import templates_folder
from kpi_xl.scoring import score

from .forms import MEASURED, RATED, Issued, changed, codes, collect, enter, make_form, only, typed

SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(str(tmp_path / "台账.db")) as opened:
        yield opened


@pytest.fixture
def form(tmp_path: Path, ledger: Ledger) -> Issued:
    """A form as the job makes it: what was measured is locked, the ratings are to be typed."""
    made = make_form(tmp_path / "out", values=MEASURED, locked=True)
    enter(ledger, [made])
    return made


def place(form: Issued, name: str) -> str:
    target = openpyxl.load_workbook(io.BytesIO(form.data)).defined_names[name].attr_text
    return str(target.rpartition("!")[2].replace("$", ""))


def handed_in(form: Issued, tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "back" / form.path.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("value", [0.99, None, "=0.9+0.05", 20])
def test_a_locked_figure_that_was_written_over_is_told_and_counts_as_issued(
    form: Issued, ledger: Ledger, tmp_path: Path, value: float | None
) -> None:
    path = typed(form, tmp_path / "back" / form.path.name, {**RATED, "fcr": value})
    person = only(collect(ledger, [path]))
    assert person.status == "check"
    assert codes(person) - {"seal_lost"} == {"edited"}
    assert [f.place for f in person.findings if f.code == "edited"] == [f"考核表!{place(form, 'in_fcr')}"]
    assert person.result is not None
    assert person.result["total"] == f"{score(form.scheme, {**MEASURED, **RATED}).total:.2f}"
    verdict = verify_file(path, ledger=ledger)
    assert [edit.cell for edit in verdict.edits] == [place(form, "in_fcr")]


def test_ratings_typed_beside_locked_figures_are_no_edits(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    person = only(collect(ledger, [typed(form, tmp_path / "back" / form.path.name, dict(RATED))]))
    assert person.status == "taken"
    assert person.result is not None
    assert person.result["total"] == f"{score(form.scheme, {**MEASURED, **RATED}).total:.2f}"


@pytest.mark.parametrize("path", sorted(templates_folder("workbook").glob("*.xlsx")), ids=lambda path: path.stem)
def test_every_input_of_a_built_in_form_is_open_until_a_figure_closes_it(path: Path) -> None:
    content = read_content(read_package(path))
    for name, (sheet, cell) in content.names.items():
        found = content.sheet(sheet)
        assert found is not None
        assert not name.startswith("in_") or cell in found.open


@pytest.mark.parametrize("first", [True, False])
def test_a_name_that_only_one_sheet_knows_is_not_followed(form: Issued, ledger: Ledger, tmp_path: Path, first: bool) -> None:
    """Excel gives a copied sheet names of its own; the form's are those of the workbook."""
    path = typed(form, tmp_path / "back" / form.path.name, dict(RATED))

    def hijack(text: str) -> str:
        names = re.search(r"<definedName [^>]*name=\"in_professionalism\"[^>]*>[^<]*</definedName>", text)
        assert names
        local = '<definedName name="in_professionalism" localSheetId="1">评级标准!$B$7</definedName>'
        return text.replace(names[0], local + names[0] if first else names[0] + local)

    path.write_bytes(changed(path.read_bytes(), BOOK, hijack))
    person = only(collect(ledger, [path]))
    assert person.form is not None
    found = {field.key: (field.cell, field.text) for field in person.form.fields}
    assert found["professionalism"] == (f"考核表!{place(form, 'in_professionalism')}", "91")
    assert person.status == "taken"


def test_names_and_cells_of_extensions_are_not_read(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    path = typed(form, tmp_path / "back" / form.path.name, dict(RATED))
    cell = place(form, "in_professionalism")
    outside = f'<extLst><ext uri="{{0}}"><row r="1"><c r="{cell}"><v>100</v></c></row></ext></extLst></worksheet>'
    name = '<extLst><ext uri="{0}"><definedName name="in_professionalism">评级标准!$B$7</definedName></ext></extLst></workbook>'
    data = changed(path.read_bytes(), SHEET, lambda text: text.replace("</worksheet>", outside))
    data = changed(data, BOOK, lambda text: text.replace("</workbook>", name))
    person = only(collect(ledger, [handed_in(form, tmp_path, data)]))
    assert person.form is not None
    assert next(field.text for field in person.form.fields if field.key == "professionalism") == "91"


def test_a_cell_inside_another_cells_extension_is_not_read(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    path = typed(form, tmp_path / "back" / form.path.name, dict(RATED))
    cell = place(form, "in_professionalism")
    inner = f'<extLst><ext><c r="{cell}"><v>100</v></c></ext></extLst>'
    first = r"(<c r=\"A\d+\"[^>]*>(?:(?!</c>).)*)</c>"
    data = changed(path.read_bytes(), SHEET, lambda text: re.sub(first, rf"\1{inner}</c>", text, count=1))
    person = only(collect(ledger, [handed_in(form, tmp_path, data)]))
    assert person.form is not None
    assert next(field.text for field in person.form.fields if field.key == "professionalism") == "91"


@pytest.mark.parametrize(
    ("value", "counts"), [(1.0000000000000002, "1"), (0.1 * 9.5 - 1e-16, "0.95"), (0.30000000000000004, "0.3")]
)
def test_the_dust_of_doubles_is_not_held_against_anybody(ledger: Ledger, tmp_path: Path, value: float, counts: str) -> None:
    """A pasted sum is what the program shows, not 100.00000000000002 %, which would be out of range."""
    made = make_form(tmp_path / "out", values={})
    enter(ledger, [made])
    person = only(collect(ledger, [typed(made, tmp_path / "back" / made.path.name, {"fcr": value})]))
    assert person.form is not None
    (found,) = [field for field in person.form.fields if field.key == "fcr"]
    assert (found.state, str(found.value)) == ("typed", counts)


@pytest.mark.parametrize(("text", "state"), [("是", "typed"), ("否", "typed"), ("豁免", "out_of_range"), (1, "out_of_range")])
def test_a_waiver_is_yes_or_no(ledger: Ledger, tmp_path: Path, text: object, state: str) -> None:
    made = make_form(tmp_path / "out", values={}, scheme="role-360:manager")
    name = next(n for n in openpyxl.load_workbook(io.BytesIO(made.data)).defined_names if n.startswith("in_waive_"))
    enter(ledger, [made])
    person = only(collect(ledger, [typed(made, tmp_path / "back" / made.path.name, {name.removeprefix("in_"): text})]))
    assert person.form is not None
    (found,) = [field for field in person.form.fields if field.key.startswith("waive_")]
    assert found.state == state
    assert person.result is not None
    assert bool(person.result["waived"]) == (text == "是")


def test_a_locked_date_that_a_strict_workbook_spells_out_is_no_edit() -> None:
    """Excel saves dates as 2025-10-05T09:00:00 in Strict Open XML."""
    namespace = 'xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"'
    rows = '<row r="1"><c r="A1" t="d"><v>2025-09-01</v></c><c r="B1" t="d"><v>2025-10-05T09:00:00</v></c></row>'
    cells = written_cells(f"<worksheet {namespace}><sheetData>{rows}</sheetData></worksheet>".encode())
    assert cells is not None
    stood = FormSheet("S", {"A1": FormCell("n", "45901"), "B1": FormCell("n", "45935.375")})
    stands = FormSheet("S", {one.at: one.cell for one in cells if one.cell is not None})
    assert compare(Content((stood,), {}), Content((stands,), {})) == ()


def _cell_twice(form: Issued) -> bytes:
    row = int(re.sub("[A-Z]", "", place(form, "in_professionalism")))
    twin = f'<c r="{place(form, "in_professionalism")}"><v>100</v></c></row>'
    return changed(form.data, SHEET, lambda text: re.sub(rf'(<row r="{row}"(?:(?!</row>).)*)</row>', rf"\1{twin}", text))


def _sheet_twice(form: Issued) -> bytes:
    return changed(form.data, BOOK, lambda text: re.sub(r'(<sheet [^>]*name="考核表"[^>]*/>)', r"\1\1", text))


def _part_twice(form: Issued) -> bytes:
    stream = io.BytesIO(form.data)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(SHEET.upper(), archive.read(SHEET))
    return stream.getvalue()


@pytest.mark.parametrize("make", [_cell_twice, _sheet_twice, _part_twice])
def test_what_stands_there_twice_makes_a_file_unusable(form: Issued, ledger: Ledger, tmp_path: Path, make: object) -> None:
    """Of two cells, sheets or parts with one name, one program would show the first and another the last."""
    assert callable(make)
    data = make(form)
    assert data != form.data
    found = collect(ledger, [handed_in(form, tmp_path, data)])
    assert found.files[0].error is not None
    assert "不是完好的" in found.files[0].error.zh
