"""The workbook to begin with: every example living, beside what it must give, and equal to it, cell by cell."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.excel.starter import HEAD_ROW, build_import_starter, build_starter
from kpi_xl.excel.wrappers import MODULE
from kpi_xl.functions import CATALOG, FUNCTIONS
from kpi_xl.functions.cells import block

BUILDERS = pytest.mark.parametrize("build", [build_starter, build_import_starter], ids=["add-in", "import"])
EXAMPLES = {example.formula(f.name): (f, example) for f in CATALOG for example in f.examples}


def _sheet(build: Callable[[], bytes]) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(build())).worksheets[0]


def _columns(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[HEAD_ROW] if cell.value}


@BUILDERS
def test_every_function_and_every_example_is_shown(build: Callable[[], bytes]) -> None:
    sheet = _sheet(build)
    assert list(_columns(sheet)) == ["函数", "说明", "示例", "结果", "应为", "相符"]
    assert [c.value for c in sheet["A"][HEAD_ROW:] if c.value] == [f.name for f in CATALOG if f.examples]
    shown = [c for c in sheet["C"][HEAD_ROW:] if c.value]
    assert [c.value for c in shown] == list(EXAMPLES)
    assert {(c.data_type, c.quotePrefix) for c in shown} == {("s", True)}


@BUILDERS
def test_each_result_is_literally_what_stands_beside_it(build: Callable[[], bytes]) -> None:
    """Results through the catalog, laid out as the program will; the expected cells as they stand; the sheet's own test."""
    sheet = _sheet(build)
    columns = _columns(sheet)
    result, expected, same = columns["结果"], columns["应为"], columns["相符"]
    width, compared = expected - result, 0
    for row in range(HEAD_ROW + 1, sheet.max_row + 1):
        cell = sheet.cell(row, result)
        if cell.value is None:
            continue
        array = isinstance(cell.value, ArrayFormula)
        function, example = EXAMPLES[cell.value.text if array else cell.value]
        given = block(FUNCTIONS[function.name](*example.arguments))
        if array:
            last = sheet.cell(row + len(given) - 1, result + len(given[0]) - 1)
            assert cell.value.ref == f"{cell.coordinate}:{last.coordinate}"
        assert array == (len(given) * len(given[0]) > 1)
        for down, line in enumerate(given):
            for right in range(width):
                there, test = sheet.cell(row + down, expected + right), sheet.cell(row + down, same + right)
                if right >= len(line):
                    assert there.value is None
                    assert test.value is None
                    continue
                assert there.value == ('=""' if line[right] == "" else line[right])
                assert type(there.value) is type(line[right]) or isinstance(line[right], float)
                shown = sheet.cell(row + down, result + right).coordinate
                equal = f'AND(ISNUMBER({shown})=ISNUMBER({there.coordinate}),{shown}&""={there.coordinate}&"")'
                assert test.value == f'=IFERROR(IF({equal},"✓","✗"),"✗")'
                compared += 1
    assert str(sheet["A3"].value).endswith(f'/ {compared}"')
    assert compared == sum(len(block(e.result)) * len(block(e.result)[0]) for _, e in EXAMPLES.values())


def test_with_the_add_in_it_needs_no_macros() -> None:
    book = openpyxl.load_workbook(io.BytesIO(build_starter()), keep_vba=True)
    assert not [name for name in book.vba_archive.namelist() if "vba" in name]
    assert "不必启用宏" in str(book.worksheets[0]["A2"].value)
    assert book.sheetnames == ["KPI函数"]
    book.vba_archive.close()


def test_for_importing_it_says_itself_what_to_import() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        data = build_import_starter()
    book = openpyxl.load_workbook(io.BytesIO(data), keep_vba=True)
    assert "xl/vbaProject.bin" in book.vba_archive.namelist()
    book.vba_archive.close()
    settings = [[cell.value for cell in row] for row in book["xlwings.conf"].iter_rows()]
    assert settings == [["UDF MODULES", MODULE], ["ADD_WORKBOOK_TO_PYTHONPATH", "false"]]
    assert "Import Functions" in str(book.worksheets[0]["A2"].value)
