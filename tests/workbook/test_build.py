"""The built forms: reproducible, complete, named, validated, printable, and in words that Excel 2013 knows."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.formula import Tokenizer

from kpi_xl.native.lowering import lower_template
from kpi_xl.resources import templates_folder
from kpi_xl.schemes import list_schemes
from kpi_xl.schemes.inputs import inputs_of_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.rule_kinds import Split
from kpi_xl.scoring import score, with_parameters
from kpi_xl.standard.plan import plan_standard
from kpi_xl.template import compile_template
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.forms import all_templates, built_in_forms
from kpi_xl.workbook.layout import load_layout
from kpi_xl.workbook.outputs import cached_outputs

from .. import office

FORMS = {name: scheme for name, scheme in built_in_forms().items() if name != "monthly-bonus.xlsx"}
EXCEL_2013 = {
    "ABS", "AND", "AVERAGE", "CHAR", "COUNT", "COUNTA", "COUNTIF", "IF", "INDEX", "ISNUMBER", "LEFT", "LOOKUP", "MATCH", "MAX",
    "MID", "MIN", "N", "NOT", "OR", "ROUND", "ROUNDUP", "SUBSTITUTE", "SUM", "SUMIF", "SUMPRODUCT", "TRIM",
}  # fmt: skip


def book_of(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    return all_templates()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_scheme_has_a_form_and_the_committed_files_are_what_the_builder_makes(built: dict[str, bytes]) -> None:
    folder = templates_folder("workbook")
    assert {f"{scheme.id}.xlsx" for scheme in list_schemes()} <= set(built)
    assert {path.name for path in folder.glob("*.xlsx")} == set(built)
    stale = [name for name, data in built.items() if parts((folder / name).read_bytes()) != parts(data)]
    assert not stale, f"run kpi-xl template build: {stale}"


def test_the_same_scheme_gives_the_same_bytes(built: dict[str, bytes]) -> None:
    assert build_form(FORMS["appliance-agent.xlsx"]) == built["appliance-agent.xlsx"]


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_input_and_output_has_its_named_cell(name: str, built: dict[str, bytes]) -> None:
    scheme = FORMS[name]
    if scheme.parameters:
        scheme = with_parameters(scheme, {p.id: 1 for p in scheme.parameters})
    template = compile_template(built[name])
    bare = {i.id for i in scheme.indicators if isinstance(i.rule, Split)}
    wanted = {entry.key for entry in inputs_of_scheme(scheme)} - bare
    assert wanted <= set(template.inputs)
    assert {"total", "so_far", *(f"points_{i.id}" for i in scheme.indicators)} <= set(template.outputs)
    assert set(template.outputs) <= set(cached_outputs(scheme, {}, score(scheme, {})))


@pytest.mark.parametrize("name", sorted(FORMS))
def test_input_cells_are_unlocked_and_validated_and_formulas_are_locked(name: str, built: dict[str, bytes]) -> None:
    book = book_of(built[name])
    for key, defined in book.defined_names.items():
        title, _, address = defined.attr_text.rpartition("!")
        sheet = book[title.strip("'")]
        cell = sheet[address.replace("$", "")]
        assert sheet.protection.sheet
        if key.startswith("in_"):
            assert not cell.protection.locked, key
            rules = [rule for rule in sheet.data_validations.dataValidation if cell.coordinate in rule.sqref]
            assert len(rules) == 1, key
            assert rules[0].error, key
            assert len(rules[0].prompt or "") <= 255
            assert len(rules[0].error) <= 225
        if key.startswith(("out_", "calc_")):
            assert cell.protection.locked, key
            assert str(cell.value).startswith("="), key


@pytest.mark.parametrize("name", sorted(FORMS))
def test_formulas_use_only_functions_of_excel_2013(name: str, built: dict[str, bytes]) -> None:
    used = set()
    for sheet in book_of(lower_template(built[name], FORMS[name]).data).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert len(str(cell.value)) <= 8192
                    tokens = Tokenizer(str(cell.value)).items
                    used |= {t.value.rstrip("(") for t in tokens if t.type == "FUNC" and t.subtype == "OPEN"}
    assert used <= EXCEL_2013


@pytest.mark.parametrize("name", sorted(FORMS))
def test_the_grade_is_a_call_over_the_standard_of_the_form(name: str, built: dict[str, bytes]) -> None:
    if FORMS[name].grades:
        book = book_of(built[name])
        sheet, _, cell = book.defined_names["out_grade"].attr_text.rpartition("!")
        assert str(book[sheet.strip("'")][cell.replace("$", "")].value).startswith("=KPI_GRADE(")
        assert str(book[sheet.strip("'")][cell.replace("$", "")].value).endswith(f",{plan_standard(FORMS[name]).area})")


def test_weights_and_targets_stand_on_the_standard_sheet_only() -> None:
    book = book_of(build_form(FORMS["appliance-agent.xlsx"]))
    fcr = str(book["考核表"][book.defined_names["out_points_fcr"].attr_text.rpartition("!")[2].replace("$", "")].value)
    numbers = [t.value for t in Tokenizer(fcr).items if t.type == "OPERAND" and t.subtype == "NUMBER"]
    assert set(numbers) <= {"0", "1", "2", "8"}  # bounds and places of rounding
    assert "评级标准!" in fcr


def test_cell_notes_tell_the_document_from_our_decision() -> None:
    book = book_of(build_form(FORMS["appliance-agent.xlsx"]))
    notes = [cell.comment.text for row in book["考核表"].iter_rows() for cell in row if cell.comment]
    assert any("文件规定" in note for note in notes)
    assert any("我方决定" in note for note in notes)


def test_the_improvement_plan_shows_up_for_nobody_until_it_is_asked_for() -> None:
    book = book_of(build_form(FORMS["appliance-agent.xlsx"]))
    assert {sheet.title for sheet in book.worksheets if sheet.sheet_state == "hidden"} == {"绩效改进计划"}
    assert any("仅在启动绩效改进时填写" in str(cell.value) for row in book["绩效改进计划"].iter_rows() for cell in row)
    assert book["绩效申诉表"].sheet_state == "visible"
    assert not book.security.lockStructure


def test_a_scheme_of_the_user_gets_the_general_form() -> None:
    scheme: Scheme = next(s for s in list_schemes() if s.id == "service-quality-five")
    own = Scheme(**{**scheme.__dict__, "id": "my-own", "total": Decimal(100)})
    assert load_layout(own).sheets[0].name == "考核表"
    assert "points_knowledge" in compile_template(build_form(own)).outputs


@pytest.mark.office
@pytest.mark.slow
def test_the_main_form_prints_on_one_page_and_nothing_is_cut_at_the_side(soffice: str, tmp_path: Path) -> None:
    """A sheet set to one page wide and one high gives one page; the form sheets come first, one page each."""
    files = []
    for name in FORMS:
        files.append(tmp_path / name)
        files[-1].write_bytes(blank_of(FORMS[name]))
    for name, pdf in zip(FORMS, office.convert(files, "pdf", tmp_path / "out"), strict=True):
        book = openpyxl.load_workbook(tmp_path / name)
        single = [s for s in book.worksheets if s.page_setup.fitToHeight == 1]
        assert book.worksheets[0] in single
        assert all(s.page_setup.fitToWidth == 1 and s.page_setup.paperSize == 9 for s in book.worksheets)
        # the other sheets (明细, 评级标准) take what they need: at least one page each, never a second column of pages
        shown = [s for s in book.worksheets if s.sheet_state == "visible"]
        assert len(shown) <= office.pages(pdf) <= len(single) + 1 + 6


def blank_of(scheme: Scheme) -> bytes:
    from kpi_xl.workbook.blank import fill_form

    return fill_form(scheme, {}).data
