"""The seal finds edits, all of them, and nothing else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl.collect.cells import read_content
from kpi_xl.collect.differences import compare
from kpi_xl.collect.formulas import canonical, plain, shifted
from kpi_xl.collect.model import Edit
from kpi_xl.collect.seal import NAMESPACE, read_seal
from kpi_xl.collect.verify import verify_file
from kpi_xl.errors import KpiError
from kpi_xl.ledger import open_ledger
from kpi_xl.ooxml.package import read_package
from kpi_xl.template import compile_template

from .forms import changed, enter, make_form, typed


def edits_of(original: bytes, now: bytes) -> tuple[Edit, ...]:
    sealed, _ = read_seal(read_package(original))
    assert sealed is not None
    return compare(sealed.content, read_content(read_package(now)))


def test_a_sealed_form_opens_and_tells_whose_it_is(tmp_path: Path) -> None:
    form = make_form(tmp_path, "0012", "欧阳晓雯")
    sealed, digest = read_seal(read_package(form.data))
    assert sealed is not None
    assert (sealed.identity.person, sealed.identity.period, sealed.identity.scheme) == ("0012", "2025-09", "appliance-agent")
    assert sealed.digest == digest
    assert set(sealed.record["appraisal"]["points"]) == {i.id for i in form.scheme.indicators}
    book = openpyxl.load_workbook(io.BytesIO(form.data))
    assert book.defined_names["kpi_seal"].hidden
    assert edits_of(form.data, form.data) == ()


def test_the_part_says_what_the_seal_is_not(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(make_form(tmp_path).data)) as archive:
        part = archive.read("customXml/item1.xml").decode()
        types = archive.read("[Content_Types].xml").decode()
    assert NAMESPACE in part
    assert "不是《电子签名法》意义上的电子签名" in part
    assert "/customXml/itemProps1.xml" in types


def test_the_same_form_has_the_same_seal_and_another_value_another(tmp_path: Path) -> None:
    one, two = make_form(tmp_path / "a", seed=3), make_form(tmp_path / "b", seed=3)
    other = make_form(tmp_path / "c", seed=4)
    assert one.data == two.data
    assert read_seal(read_package(one.data))[1] != read_seal(read_package(other.data))[1]


def test_typing_into_input_cells_is_no_edit(tmp_path: Path) -> None:
    form = make_form(tmp_path, values={})
    back = typed(form, tmp_path / "back.xlsx", {"fcr": 0.8, "professionalism": 90, "sign_employee": "张三", "months": 1})
    assert edits_of(form.data, back.read_bytes()) == ()


def test_an_edit_is_told_with_what_stood_and_what_stands(tmp_path: Path) -> None:
    form = make_form(tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(form.data))
    sheet = book["考核表"]
    before = sheet["F10"].value
    sheet["F10"].value = 20
    sheet["Z99"].value = "加一格"
    name = sheet["B4"].value
    sheet["B4"].value = None
    book.save(tmp_path / "edited.xlsx")
    found = {(e.kind, e.cell): (e.stood, e.stands) for e in edits_of(form.data, (tmp_path / "edited.xlsx").read_bytes())}
    assert found == {("changed", "F10"): (before, "20"), ("added", "Z99"): ("", "加一格"), ("cleared", "B4"): (name, "")}


def test_a_name_that_points_elsewhere_is_found(tmp_path: Path) -> None:
    form = make_form(tmp_path)
    moved = changed(form.data, "xl/workbook.xml", lambda x: x.replace(">考核表!$E$10<", ">考核表!$E$14<", 1))
    (edit,) = edits_of(form.data, moved)
    assert (edit.kind, edit.cell) == ("name", "E10")
    assert "in_fcr" in edit.stands


def test_inserted_rows_are_one_edit_each_not_hundreds(tmp_path: Path) -> None:
    """Rows below an inserted one move with their formulas and names: only the insertion itself is told."""
    form = make_form(tmp_path)
    sealed, _ = read_seal(read_package(form.data))
    assert sealed is not None
    from kpi_xl.collect.model import Content, FormCell, FormSheet
    from kpi_xl.ooxml.refs import cell_name, parse_cell

    def down(cell: str) -> str:
        place = parse_cell(cell)
        assert place
        return cell_name(place[0] + (2 if place[0] >= 12 else 0), place[1])

    def moved(sheet: FormSheet) -> FormSheet:
        own = sheet.name == "考核表"

        def row(name: str, number: int) -> int:
            return number + 2 if (name == "考核表" or (not name and own)) and number >= 12 else number

        cells = {}
        for at, cell in sheet.cells.items():
            text = canonical(cell.value, row) if cell.kind == "f" else cell.value
            cells[down(at) if own else at] = FormCell(cell.kind, text)
        return FormSheet(sheet.name, cells, frozenset(down(at) if own else at for at in sheet.open))

    names = {name: (sheet, down(cell) if sheet == "考核表" else cell) for name, (sheet, cell) in sealed.content.names.items()}
    now = Content(tuple(moved(sheet) for sheet in sealed.content.sheets), names)
    assert [(e.kind, e.cell) for e in compare(sealed.content, now)] == [("rows", "12:12"), ("rows", "13:13")]


def test_a_renamed_sheet_is_one_edit(tmp_path: Path) -> None:
    form = make_form(tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(form.data))
    book["合规检查"].title = "检查"
    book.save(tmp_path / "renamed.xlsx")
    found = edits_of(form.data, (tmp_path / "renamed.xlsx").read_bytes())
    assert found[0] == Edit("sheet", "合规检查", "", "合规检查", "检查")


def test_a_seal_that_was_changed_is_told(tmp_path: Path) -> None:
    form = make_form(tmp_path)
    forged = changed(form.data, "customXml/item1.xml", lambda x: x.replace("eJ", "eK", 1))
    (tmp_path / "forged.xlsx").write_bytes(forged)
    verdict = verify_file(tmp_path / "forged.xlsx")
    assert not verdict.unchanged
    assert [edit.kind for edit in verdict.edits] == ["seal"]


def test_a_seal_made_anew_is_found_by_the_ledger_only(tmp_path: Path) -> None:
    form = make_form(tmp_path / "a", seed=1)
    forged = make_form(tmp_path / "b", seed=2)
    assert verify_file(forged.path).unchanged
    with open_ledger(str(tmp_path / "l.db")) as ledger:
        enter(ledger, [form])
        assert verify_file(form.path, ledger=ledger).unchanged
        assert not verify_file(forged.path, ledger=ledger).unchanged


def test_a_lost_seal_is_verified_with_the_ledger(tmp_path: Path) -> None:
    form = make_form(tmp_path)
    back = typed(form, tmp_path / "back.xlsx", {"fcr": 0.5})
    with pytest.raises(KpiError, match="--ledger"):
        verify_file(back)
    with open_ledger(str(tmp_path / "l.db")) as ledger:
        enter(ledger, [form])
        assert verify_file(back, ledger=ledger).unchanged


def test_what_never_was_a_form_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "x.xlsx")
    (tmp_path / "y.xlsx").write_bytes(b"PK\x03\x04 broken")
    for name in ("x.xlsx", "y.xlsx", "absent.xlsx"):
        with pytest.raises(KpiError):
            verify_file(tmp_path / name)


def test_a_template_that_carries_custom_xml_keeps_it(tmp_path: Path) -> None:
    """HR's own workbook may have a custom part already, and no defined names at all."""
    from kpi_xl.collect.model import Identity
    from kpi_xl.collect.seal import seal

    book = openpyxl.Workbook()
    book.active["A1"] = "甲"  # type: ignore[index]
    book.save(tmp_path / "own.xlsx")
    plain_book = compile_template(tmp_path / "own.xlsx").render({})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain_book)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        target.writestr("customXml/item1.xml", "<own/>")
    sealed = seal(out.getvalue(), Identity("1", "甲", "", "2025-09", "x", "y", "z"), {})
    with zipfile.ZipFile(io.BytesIO(sealed)) as archive:
        assert archive.read("customXml/item1.xml") == b"<own/>"
        assert NAMESPACE.encode() in archive.read("customXml/item2.xml")
    assert read_seal(read_package(sealed))[0] is not None
    assert openpyxl.load_workbook(io.BytesIO(sealed)).active["A1"].value == "甲"  # type: ignore[index]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SUM( A1 ,B2 )", "sum(A1,B2)"),
        ("'评级标准'!$G$36", "评级标准!$G$36"),
        ('IF(A1="a b",1,0.50)', 'IF(A1 = "a b",1,0.5)'),
        ("_xlfn.IFNA(A1,TRUE())", "IFNA(A1,TRUE)"),
    ],
)
def test_formulas_that_mean_the_same_compare_equal(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"), [('"a b"', '"ab"'), ("A1", "$A$1"), ("A1", "A11"), ("A!B1", "C!B1"), ("1.5", "1.05"), ("LOG10(A1)", "A1")]
)
def test_formulas_that_differ_do_not(one: str, other: str) -> None:
    assert plain(one) != plain(other)


@given(st.integers(-5, 50), st.integers(-2, 20))
@settings(max_examples=50, deadline=None)
def test_a_shared_formula_is_written_out_as_its_copy(rows: int, columns: int) -> None:
    from openpyxl.formula.translate import Translator
    from openpyxl.utils import get_column_letter

    text = 'SUM(D10:$F$12)*IF(C9>0,"D10",评级标准!G36)+LOG10(H20)'
    expected = Translator("=" + text, origin="D10").translate_formula(f"{get_column_letter(4 + columns)}{10 + rows}")
    assert "=" + shifted(text, rows, columns) == expected
