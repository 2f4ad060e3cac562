"""Short names in files that other programs wrote: resolved on loading wherever formulas stand, everything else left as it is."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule, FormulaRule
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from ..office import Drive

pytestmark = pytest.mark.office

TOP = "高级客服"
FULL = "ORG.KPIXL.FUNCTIONS."
FORMATS = {"ods": "calc8", "xlsx": "Calc MS Excel 2007 XML"}
TRAP = "KPI_GRADE(a),b;c"  # the name of a sheet that looks like a call


def book_with(scores: list[float]) -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, score in enumerate(scores, start=1):
        sheet[f"A{row}"] = score
    return book, sheet


def save(book: openpyxl.Workbook, path: Path) -> str:
    book.save(path)
    return path.as_uri()


ARRAYS: dict[str, tuple[str, list[list[Any]]]] = {
    "C1:C3": (f'=IF(KPI_GRADE(A1:A3)="{TOP}",1,0)', [[1.0], [0.0], [0.0]]),
    "D1:D3": ('=KPI_GRADE(A1:A3,"manager-kpi")', [["本方案不设等级"]] * 3),
    "E1": ("=SUM(KPI_BONUS(1000,A1:A2))", [[2200.0]]),
    "F1:F2": ("=KPI_RANK(A1:A2,{95;89})", [[1.0], [2.0]]),
    "G1:H2": ("=KPI_RANK({95,89;60,95},{95,60;89,95})", [[1.0, 3.0], [4.0, 1.0]]),
    "I1:I3": (
        f'=IF(KPI_GRADE(A1:A3)="{TOP}","KPI_GRADE(1,2);{{3,4}}","a,b;c")',
        [["KPI_GRADE(1,2);{3,4}"], ["a,b;c"], ["a,b;c"]],
    ),
    "J1:J2": (f"=KPI_GRADE('{TRAP}'!A1:A2,\"appliance-agent\")", [[TOP], ["中级客服"]]),
    "K1:K3": ("=IF(A1:A3>80,A1:A3*{1;2;3},0)", [[95.0], [178.0], [0.0]]),
    "L1:L3": ('=IF(A1:A3>80,"KPI_GRADE(x,y)",0)', [["KPI_GRADE(x,y)"], ["KPI_GRADE(x,y)"], [0.0]]),
}
"""Area, formula as Excel writes it, result. The last two hold no call and are not touched."""


def arrays_book() -> openpyxl.Workbook:
    book, sheet = book_with([95, 89, 60])
    other = book.create_sheet(TRAP)
    other["A1"], other["A2"] = 91, 80
    for area, (formula, _) in ARRAYS.items():
        sheet[area.partition(":")[0]] = ArrayFormula(area, formula)
    return book


@pytest.mark.parametrize("suffix", FORMATS)
def test_array_formulas_live_through_loading_saving_and_loading(calc: Drive, tmp_path: Path, suffix: str) -> None:
    read, right = list(ARRAYS), [result for _, result in ARRAYS.values()]
    first = [area.partition(":")[0] for area in ARRAYS]
    url = save(arrays_book(), tmp_path / "arrays.xlsx")
    formulas: list[str] | None = None
    for number in range(3):
        after = (tmp_path / f"{number}.{suffix}").as_uri()
        job = {"open": url, "recalculate": number == 2, "read": read, "formula_of": first, "save": {FORMATS[suffix]: after}}
        answer = calc(job)
        assert answer["read"] == right
        assert answer["untouched"]
        formulas = formulas or answer["formula_of"]
        assert answer["formula_of"] == formulas
        url = after
    assert formulas is not None
    assert formulas[0] == f'{{=IF({FULL}KPI_GRADE(A1:A3)="{TOP}";1;0)}}'
    assert formulas[-1] == '{=IF(A1:A3>80;"KPI_GRADE(x,y)";0)}'


def test_an_excel_file_saved_by_calc_holds_the_same_arguments(calc: Drive, tmp_path: Path) -> None:
    url, saved = save(arrays_book(), tmp_path / "arrays.xlsx"), tmp_path / "saved.xlsx"
    calc({"open": url, "save": {FORMATS["xlsx"]: saved.as_uri()}})
    sheet = openpyxl.load_workbook(saved).worksheets[0]
    for area, (formula, _) in ARRAYS.items():
        cell = sheet[area.partition(":")[0]].value
        assert isinstance(cell, ArrayFormula)
        written = str(cell.text).replace(FULL, "").removeprefix("=").replace(f"$'{TRAP}'", f"'{TRAP}'")
        assert written == formula.removeprefix("=")


TEXTS = ("=KPI_GRADE(A1)", "{=KPI_GRADE(A1)}", "'=KPI_GRADE(A1)", "KPI_GRADE(A1)", " =KPI_GRADE(A1)")


def test_texts_sheets_and_hidden_rows(calc: Drive, tmp_path: Path) -> None:
    book, sheet = book_with([95, 89, 60])
    other = book.create_sheet(TRAP)
    other["A1"] = 91
    sheet["B1"] = '="KPI_GRADE(A1,""x"");"&kpi_grade(A1)'
    sheet["B2"] = "=Kpi_Grade(A2)"
    sheet["B3"] = f"=KPI_GRADE('{TRAP}'!A1,\"appliance-agent\")"
    sheet["B4"] = "KPI_GRADE(A1)"  # a text
    sheet["B5"] = "=XKPI_GRADE(A1)"
    sheet["B6"] = "=IFERROR(KPI_GRADES(A1),5)"
    for row, text in enumerate(TEXTS, start=7):
        sheet[f"B{row}"] = text
        sheet[f"B{row}"].data_type = "s"
    sheet["B12"] = "=1+1"
    sheet.row_dimensions[2].hidden = True
    sheet.protection.sheet, sheet.protection.password = True, "geheim"
    book.security = WorkbookProtection(workbookPassword="geheim", lockStructure=True)
    sheet["C1"] = ArrayFormula("C1:C3", f'=IF(KPI_GRADE(A1:A3)="{TOP}",1,0)')
    job = {"open": save(book, tmp_path / "texts.xlsx"), "read": ["B1:B6", "C1:C3", "B7:B12"]}
    answer = calc(job)
    assert answer["read"][2] == [*([text] for text in TEXTS), [2.0]]
    assert answer["read"][0] == [[f'KPI_GRADE(A1,"x");{TOP}'], ["中级客服"], [TOP], ["KPI_GRADE(A1)"], ["Err:525"], [5.0]]
    assert answer["read"][1] == [[1.0], [0.0], [0.0]]
    assert answer["untouched"]


def test_what_another_program_computed_stays_where_calc_does_not_know_a_function(calc: Drive, tmp_path: Path) -> None:
    """Functions of a newer Excel beside calls, also by way of defined names."""
    book, sheet = book_with([95])
    book.defined_names["甲"] = DefinedName("甲", attr_text="Sheet!$A$1")
    sheet["B1"], sheet["B2"], sheet["B3"] = "=KPI_GRADE(A1)", "=SOMETHING.NEW(A1)", "=SOMETHING.NEW(甲)"
    save(book, tmp_path / "empty.xlsx")
    with zipfile.ZipFile(tmp_path / "empty.xlsx") as source, zipfile.ZipFile(tmp_path / "full.xlsx", "w") as target:
        for name in source.namelist():
            content = source.read(name).decode()
            target.writestr(name, content.replace(")</f><v></v>", ")</f><v>7</v>").replace(")</f><v/>", ")</f><v>7</v>"))
    assert calc({"open": (tmp_path / "full.xlsx").as_uri(), "read": ["B1:B3"]})["read"] == [[[TOP], [7.0], [7.0]]]


_FLAT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body>
</office:document>
"""


def test_rows_that_a_filter_hides_and_gaps_between_formulas(calc: Drive, tmp_path: Path) -> None:
    """In LibreOffice's own format, as another program writes it; its search leaves out such rows."""
    row = (
        '<table:table-row{hidden}><table:table-cell office:value-type="float" office:value="95"/>'
        "<table:table-cell{formula}/></table:table-row>"
    )
    formula = ' table:formula="of:=KPI_GRADE([.A{})])"'.replace(")])", "])")
    rows = [
        row.format(hidden=' table:visibility="filter"' if n % 3 == 0 else "", formula=formula.format(n) if n % 200 < 100 else "")
        for n in range(1, 801)
    ]
    (tmp_path / "filtered.fods").write_text(_FLAT.format(rows="".join(rows)), encoding="utf-8")
    (shown,) = calc({"open": (tmp_path / "filtered.fods").as_uri(), "data": ["B1:B800"]})["data"]
    assert [cell for (cell,) in shown] == [TOP if n % 200 < 100 else "" for n in range(1, 801)]


def test_defined_names_of_the_workbook_and_of_a_sheet(calc: Drive, tmp_path: Path) -> None:
    book, sheet = book_with([95, 89, 60])
    book.defined_names["最高"] = DefinedName("最高", attr_text='KPI_GRADE(Sheet!$A$1,"appliance-agent")')
    sheet.defined_names["本表"] = DefinedName("本表", attr_text=f'IF(KPI_GRADE(95)="{TOP}","KPI_GRADE(1,2)","b;c")')
    book.defined_names["区域"] = DefinedName("区域", attr_text="Sheet!$A$1:$A$3")
    sheet["B1"], sheet["B2"], sheet["B3"] = '=最高&"!"', "=本表", "=SUM(区域)"
    sheet["B4"] = f'=SUMPRODUCT(--(KPI_GRADE(区域)="{TOP}"))'
    url = save(book, tmp_path / "names.xlsx")
    for number in range(2):
        after = {FORMATS["ods"]: (tmp_path / f"{number}.ods").as_uri()}
        answer = calc({"open": url, "recalculate": bool(number), "read": ["B1:B4"], "save": after})
        assert answer["read"] == [[[f"{TOP}!"], ["KPI_GRADE(1,2)"], [244.0], [1.0]]]
        assert answer["untouched"]
        url = after[FORMATS["ods"]]


def test_conditional_formats_and_validations(calc: Drive, tmp_path: Path) -> None:
    """On two sheets, with relative references and more than one area; read from what Calc saves."""
    book, _ = book_with([95])
    book.create_sheet("二")
    fill = PatternFill("solid", bgColor="FFFF00")
    for sheet in book.worksheets:
        sheet.conditional_formatting.add("C5:C9 B2:B3", FormulaRule(formula=['KPI_GRADE($A2,"a,b;KPI_GRADE(")=D1'], fill=fill))
        between = CellIsRule(operator="between", formula=["KPI_BONUS(1000,A5)", "KPI_BONUS(2000,A5)"], fill=fill)
        sheet.conditional_formatting.add("D5:D9", between)
        scale = ColorScaleRule(start_type="min", start_color="FF0000", end_type="max", end_color="00FF00")
        sheet.conditional_formatting.add("E5:E9", scale)
        sheet.conditional_formatting.add("F5:F9", FormulaRule(formula=["F5>3"], fill=fill))
        rule = DataValidation(
            type="decimal", operator="between", formula1="KPI_BONUS(1000,B6)", formula2="SUM($C$1,B7)", error="错"
        )
        other = DataValidation(type="whole", operator="greaterThan", formula1="B2")
        rule.error = "错"
        rule.add("E6:E8")
        other.add("I2:I4")
        sheet.add_data_validation(rule)
        sheet.add_data_validation(other)
    saved = tmp_path / "saved.xlsx"
    answer = calc({"open": save(book, tmp_path / "rules.xlsx"), "save": {FORMATS["xlsx"]: saved.as_uri()}})
    assert answer["untouched"]
    for sheet in openpyxl.load_workbook(saved).worksheets:
        rules = {str(area.sqref): [r.formula for r in area.rules] for area in sheet.conditional_formatting}
        assert rules == {
            "B2:B3 C5:C9": [[f'{FULL}KPI_GRADE($A2,"a,b;KPI_GRADE(")=D1']],
            "D5:D9": [[f"{FULL}KPI_BONUS(1000,A5)", f"{FULL}KPI_BONUS(2000,A5)"]],
            "E5:E9": [[]],
            "F5:F9": [["F5>3"]],
        }
        checks = {str(v.sqref): (v.formula1, v.formula2, v.error) for v in sheet.data_validations.dataValidation}
        assert checks["E6:E8"] == (f"{FULL}KPI_BONUS(1000,B6)", "SUM($C$1,B7)", "错")
        assert checks["I2:I4"][0] == "B2"


def test_a_large_sheet_without_calls_loads_quickly(calc: Drive, tmp_path: Path) -> None:
    """100,000 formula cells: looking for names among them takes a fraction of a second."""
    rows = 20_000
    formulas = ("A{0}*2", "IF(A{0}>3,1,2)", "ROUND(A{0}/3,2)", "SUM(A{0}:A{0})", "A{0}&B{0}")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in range(1, rows + 1):
        sheet.append([row, *(f"={formula.format(row)}" for formula in formulas)])
    plain, url = openpyxl.Workbook(), save(book, tmp_path / "large.xlsx")
    calc({"open": save(plain, tmp_path / "plain.xlsx")})
    start = time.perf_counter()
    answer = calc({"open": url, "formula_of": ["F20000"]})
    assert answer["formula_of"] == ["=A20000&B20000"]
    assert time.perf_counter() - start < 15  # 0.8 s alone on a machine
