"""What a lowered workbook holds: the added sheet, everything else as it was, values that programs compute alike."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from kpi_xl.errors import KpiError
from kpi_xl.functions import FUNCTIONS
from kpi_xl.ooxml.book import open_book
from kpi_xl.ooxml.cell_edits import NewCell, cell_edits
from kpi_xl.ooxml.package import Archive, pack, read_package
from kpi_xl.ooxml.xml import apply_edits
from kpi_xl.schemes import load_scheme
from kpi_xl.standard import open_scheme
from kpi_xl.standard.tables import SHEET
from kpi_xl.workbook.build import build_standard
from kpi_xl.workbook.lowered import lower_workbook

from ..engines import ENGINES
from ..schema import mistakes
from .books import SCORES, around, changed, formulas, lowered, parts, saved, sheet_book, shown, with_part


def test_the_added_sheet_is_one_that_a_scheme_can_be_read_from(tmp_path: Path) -> None:
    path = tmp_path / "月报.xlsx"
    path.write_bytes(lowered({"B1": "=KPI_GRADE(A1)"}).data)
    assert open_scheme(path).id == "appliance-agent"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["月报", SHEET]
    assert book[SHEET]["A1"].font.b
    assert book[SHEET].print_area
    assert not book[SHEET].protection.sheet
    assert mistakes(path) == mistakes_of_the_source(tmp_path)
    assert lower_workbook(path.read_bytes()).data == path.read_bytes()  # nothing is left to do


def mistakes_of_the_source(folder: Path) -> list[str]:
    path = folder / "before.xlsx"
    path.write_bytes(saved(sheet_book(SCORES)))
    return mistakes(path)


# --- what else is in the package ----------------------------------------------------------------------------------------------


def test_everything_else_is_copied_as_bytes() -> None:
    book = around()
    page = book["月报"]
    chart = BarChart()
    chart.add_data(Reference(page, min_col=1, min_row=1, max_row=6))
    page.add_chart(chart, "H1")
    data = with_part(saved(book), "xl/vbaProject.bin", b"macros")
    data = with_part(data, "xl/calcChain.xml", b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>')
    before, after = parts(data), parts(lower_workbook(data).data)
    edited = {name for name in before if before[name] != after.get(name)}
    assert edited == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml", "xl/tables/table1.xml", "xl/calcChain.xml", "docProps/app.xml",
    } - ({"docProps/app.xml"} if before["docProps/app.xml"] == after["docProps/app.xml"] else set())  # fmt: skip
    assert "xl/calcChain.xml" not in after
    assert set(after) - set(before) == {name for name in after if name.startswith("xl/worksheets/sheet") and name not in before}


def test_the_formats_of_the_book_keep_their_numbers() -> None:
    book = sheet_book({**SCORES, "B1": "=KPI_GRADE(A1)"})
    book["月报"]["A1"].number_format = '0.000"分"'
    book["月报"]["A1"].font = openpyxl.styles.Font(name="隶书", size=20)
    done = openpyxl.load_workbook(io.BytesIO(lower_workbook(saved(book)).data))
    assert done["月报"]["A1"].number_format == '0.000"分"'
    assert done["月报"]["A1"].font.name == "隶书"
    source = openpyxl.load_workbook(io.BytesIO(build_standard(load_scheme("appliance-agent"))))[SHEET]
    for row in source.iter_rows():
        for cell in row:
            there = done[SHEET][cell.coordinate]
            assert there.number_format == cell.number_format
            assert (there.font.b, there.font.sz, there.fill.fgColor.rgb) == (cell.font.b, cell.font.sz, cell.fill.fgColor.rgb)
            assert there.value == cell.value


def test_titles_in_the_properties_name_the_sheet() -> None:
    app = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><HeadingPairs><vt:vector size="2" '
        'baseType="variant"><vt:variant><vt:lpstr>工作表</vt:lpstr></vt:variant><vt:variant><vt:i4>1</vt:i4></vt:variant></vt:vector>'
        '</HeadingPairs><TitlesOfParts><vt:vector size="1" baseType="lpstr"><vt:lpstr>月报</vt:lpstr></vt:vector></TitlesOfParts>'
        "</Properties>"
    )
    data = saved(sheet_book({"A1": 95, "B1": "=KPI_GRADE(A1)"}), {"docProps/app.xml": (r"(?s)<Properties.*", app)})
    text = parts(lower_workbook(data).data)["docProps/app.xml"].decode()
    assert "<vt:i4>2</vt:i4>" in text
    assert '<vt:vector size="2" baseType="lpstr"><vt:lpstr>月报</vt:lpstr><vt:lpstr>评级标准</vt:lpstr>' in text


# --- values -------------------------------------------------------------------------------------------------------------------


def cached(data: bytes, values: dict[str, str]) -> bytes:
    """Return a workbook with cached values in its first sheet: ``n5``, ``tTEXT`` or ``e#N/A``."""
    for address, value in values.items():
        kind = {"n": "", "t": ' t="str"', "e": ' t="e"'}[value[0]]
        part = parts(data)["xl/worksheets/sheet1.xml"].decode()
        start = part.index(f'<c r="{address}"')
        end = part.index("</c>", start)
        formula = part[part.index("<f>", start) : part.index("</f>", start) + 4]
        part = part[:start] + f'<c r="{address}"{kind}>{formula}<v>{value[1:]}</v>' + part[end:]
        data = changed(data, {"xl/worksheets/sheet1.xml": (r"(?s)^.+$", part)})
    return data


BOOK = {
    "A1": 95,
    "B1": "=KPI_GRADE(A1)",
    "C1": '=TEXT(KPI_BONUS(1000,A1),"0.0")',
    "D1": '=C1&TEXT(A1,"0")',
    "E1": '=TEXT(A1,"0")',
}


def test_a_value_that_nobody_here_can_compute_stays_when_the_functions_had_worked() -> None:
    worked = cached(saved(sheet_book(BOOK)), {"B1": "t高级客服", "C1": "t1200.0", "D1": "t1200.095", "E1": "t95"})
    done = lower_workbook(worked)
    assert shown(done.data) == {"A1": 95, "B1": "高级客服", "C1": "1200.0", "D1": "1200.095", "E1": "95"}
    assert done.dropped == 0
    assert b"fullCalcOnLoad" not in parts(done.data)["xl/workbook.xml"] or b"fullCalcOnLoad" in parts(worked)["xl/workbook.xml"]


@pytest.mark.parametrize("grade", ["e#NAME?", "t中级客服"])
def test_without_the_functions_it_goes_and_programs_compute_it(grade: str) -> None:
    data = cached(saved(sheet_book(BOOK)), {"B1": grade, "C1": "t错", "D1": "t错95", "E1": "t95"})
    done = lower_workbook(data)
    assert shown(done.data) == {"A1": 95, "B1": "高级客服", "E1": "95"}
    assert done.dropped == 2
    assert b'fullCalcOnLoad="1"' in parts(done.data)["xl/workbook.xml"]


def test_dates_that_count_from_1904_are_left_to_programs() -> None:
    book = sheet_book({"A1": 40000, "A2": 40001.5, "B1": "=KPI_HOURS(A1,A2)", "B2": "=KPI_RATE(1,2)"})
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    done = lower_workbook(saved(book))
    assert shown(done.data)["B1"] == 36  # a difference of two days is the same in either way of counting
    assert not done.different
    book["月报"]["B3"] = "=YEAR(A1)+KPI_RATE(1,2)"
    again = lower_workbook(saved(book))
    assert "B3" not in shown(again.data)
    assert again.dropped == 1


def test_what_a_call_that_stays_gives_is_written() -> None:
    done = lowered({"B1": '=KPI_WHY("fcr",0.82)', "B2": '=IF(KPI_GRADE(A1)="高级客服",B1,"")', "B3": "=LEN(B1)"})
    values = shown(done.data)
    assert values["B1"] == values["B2"] == FUNCTIONS["KPI_WHY"]("fcr", 0.82)
    assert values["B3"] == len(values["B1"])
    assert formulas(done.data)["B1"] == '=KPI_WHY("fcr",0.82)'


def test_a_result_that_becomes_another_is_listed() -> None:
    done = lowered({"C1": "８７", "B1": "=KPI_GRADE(C1)", "B2": "=KPI_GRADE(A1)"})
    (different,) = done.different
    assert (different.where, different.function) == ("月报!B1", "中级客服")
    assert different.native.startswith("参数错误")
    assert shown(done.data)["B1"] == different.native


def test_cells_that_stand_nowhere_yet_are_written() -> None:
    """openpyxl writes the first cell of an array only; the others are put into their rows."""
    done = lowered({"J1": ("J1:J8", "=KPI_GRADE(A1:A8)"), "K10": 1})
    values = shown(done.data)
    assert [values.get(f"J{row}", "") for row in range(1, 9)] == [
        "高级客服",
        "高级客服",
        "初级客服",
        "",
        "待评",
        "待改进",
        "",
        "",
    ]
    assert values["K10"] == 1


# --- in spreadsheet programs ---------------------------------------------------------------------------------------------------


def test_it_is_refused_only_as_a_workbook_is() -> None:
    untouched = saved(sheet_book(SCORES))
    assert lower_workbook(untouched).data == untouched
    assert lower_workbook(untouched).lowered == 0


@pytest.mark.office
@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_the_values_are_those_that_programs_compute(engine: str, tmp_path: Path) -> None:
    """Cells, several schemes, conditions by name: computed anew by a program, compared with what was written."""
    book = around()
    page = book["月报"]
    page["A3"] = 72.5
    for row in range(1, 7):
        page[f"J{row}"] = f"=KPI_GRADE(A{row})"
        page[f"K{row}"] = f'=KPI_COEFFICIENT(A{row},"after-sales-3d")'
        page[f"L{row}"] = f'=IF(KPI_GRADE(A{row})="高级客服",KPI_BONUS(1000,A{row}),0)'
    page["M1"], page["M2"] = '=COUNTIF(J1:J6,"高级客服")', "=SUM(L1:L6)"
    book["名单"]["H2"] = 60
    path = tmp_path / "月报.xlsx"
    done = lower_workbook(saved(book))
    path.write_bytes(done.data)
    found = ENGINES[engine](path, tmp_path)
    names = ("M1", "M2", *(f"{column}{row}" for column in "JKL" for row in range(1, 7)))
    values = shown(done.data)
    assert not done.different
    wrong = {
        name: (values.get(name, ""), found.get(("月报", name), ""))
        for name in names
        if values.get(name, "") != found.get(("月报", name), "")
    }
    assert not wrong


@pytest.mark.office
@pytest.mark.parametrize("engine", ["LibreOffice", "Gnumeric"])
def test_arrays_and_names_that_look_back_are_computed_alike(engine: str, tmp_path: Path) -> None:
    """A name of a validation refers to cells beside it; IronCalc knows neither arrays nor such names."""
    path = tmp_path / "月报.xlsx"
    done = lower_workbook(saved(around()))
    book = openpyxl.load_workbook(io.BytesIO(done.data))
    page = book["月报"]
    for row in range(2, 7):
        page[f"E{row}"], page[f"C{row}"] = "=等级校验1", "=等级条件1"
    page["J1"] = openpyxl.worksheet.formula.ArrayFormula("J1:J3", "=" + lower_workbook_formula("KPI_GRADE(A1:A3)"))
    book.save(path)
    found = ENGINES[engine](path, tmp_path)
    grades = {row: FUNCTIONS["KPI_GRADE"](SCORES[f"A{row}"]) for row in range(1, 7)}
    assert [found["月报", f"E{row}"] for row in range(2, 7)] == [grades[row] != "待改进" for row in range(2, 7)]
    assert [found["月报", f"C{row}"] for row in range(2, 7)] == [grades[row] == "高级客服" for row in range(2, 7)]
    assert [found["月报", f"J{row}"] for row in range(1, 4)] == [grades[row] for row in range(1, 4)]


def lower_workbook_formula(formula: str) -> str:
    """Return the native form of one array formula."""
    done = lower_workbook(saved(sheet_book({**SCORES, "B1": ("B1:B3", f"={formula}")})))
    return formulas(done.data)["B1"].removeprefix("=")


@pytest.mark.data
@pytest.mark.slow
def test_workbooks_of_excel_and_wps_take_the_sheet(test_data: Path, tmp_path: Path) -> None:
    """A call put into each real workbook: the sheet and its formats fit into packages that other programs wrote."""
    tried, wrong = 0, []
    for path in [*sorted(test_data.glob("templates/*.xlsx")), *sorted(test_data.glob("xlsx-suites/**/*.xls[xm]"))[::7]]:
        try:
            data = _with_call(path)
            before = mistakes(path)
            done = lower_workbook(data)
        except (KpiError, zipfile.BadZipFile, StopIteration):  # broken, encrypted, or without a worksheet
            continue
        out = tmp_path / path.name
        out.write_bytes(done.data)
        tried += 1
        after = [one for one in mistakes(out) if one.partition(":")[2] not in {known.partition(":")[2] for known in before}]
        if done.lowered != 1 or done.sheets != (SHEET,) or after:
            wrong.append((path.name, done.lowered, done.sheets, after[:3]))
        if not before and path.parent.name != "excelize":
            assert openpyxl.load_workbook(out).sheetnames[-1] == SHEET
            assert open_scheme(out).id == "appliance-agent"
    assert tried > 40
    assert not wrong


def _with_call(path: Path) -> bytes:
    """Return a workbook with a call in a new last row of its first worksheet."""
    book = open_book(read_package(path))
    sheet = next(iter(book.sheets.values()))
    row = max(sheet.rows, default=0) + 1
    new = {(row, 1): NewCell(None, "KPI_GRADE(95)")}
    entries = [
        pack(name, apply_edits(sheet.data, cell_edits(sheet, new))) if name == sheet.part else entry
        for name, entry in book.package.entries.items()
    ]
    return Archive().extended(entries).finish()
