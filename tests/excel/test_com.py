"""xlwings' real COM path over a stub of pywin32: registration, VBA wrappers, wizard texts, calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kpi_xl.cell_words import ERRORS
from kpi_xl.functions import CATALOG, CATEGORY, FUNCTIONS, Function

from ..functions.standard_range import sheet
from .com import MODULE, caller, xlwings_with_functions
from .pywin32_stub import ERROR_CODES, VtError, Workbook


@pytest.fixture(scope="module")
def udfs() -> Iterator[Any]:
    with xlwings_with_functions() as xlwings:
        yield xlwings


@pytest.fixture
def book() -> Workbook:
    return Workbook()


@pytest.fixture
def call(udfs: Any, book: Workbook) -> Callable[..., Any]:
    return caller(udfs, book)


def test_import_registers_every_function_with_its_chinese_texts(udfs: Any, book: Workbook) -> None:
    udfs.udfs.import_udfs(MODULE, book)
    options = book.Application.options
    assert set(options) == {f"'{book.Name}'!{function.name}" for function in CATALOG}
    for function in CATALOG:
        told = options[f"'{book.Name}'!{function.name}"]
        assert told["Description"] == function.doc
        assert told["Category"] == CATEGORY == "KPI 考核"
        assert told["ArgumentDescriptions"] == [argument.doc for argument in function.arguments]


@pytest.mark.parametrize("function", CATALOG, ids=lambda function: function.name)
def test_the_wrapper_of_a_function(udfs: Any, book: Workbook, function: Function) -> None:
    udfs.udfs.import_udfs(MODULE, book)
    names = [argument.name for argument in function.arguments]
    typed = ", ".join(f"Optional {a.name}" if a.optional else a.name for a in function.arguments)
    expected = (
        f"Function {function.name}({typed})\n"
        '    #If App = "Microsoft Excel" Then\n'
        "        If TypeOf Application.Caller Is Range Then On Error GoTo failed\n"
        f'        {function.name} = XLPy.CallUDF("{MODULE}", "{function.name}", Array({", ".join(names)}), ThisWorkbook, '
        "Application.Caller)\n"
        "        Exit Function\n"
        "    #Else\n"
        f'        {function.name} = XLPy.CallUDF("{MODULE}", "{function.name}", Array({", ".join(names)}))\n'
        "        Exit Function\n"
        "    #End If\n"
        "failed:\n"
        f"    {function.name} = Err.Description\n"
        "End Function\n"
    )
    assert expected in book.vba


def test_no_other_function_is_imported(udfs: Any, book: Workbook) -> None:
    udfs.udfs.import_udfs(MODULE, book)
    assert book.vba.count("End Function") == len(CATALOG)


@pytest.mark.parametrize(
    ("function", "number"),
    [(function, number) for function in CATALOG for number in range(len(function.examples))],
    ids=lambda value: value.name if isinstance(value, Function) else str(value),
)
def test_the_examples_give_the_same_over_com(call: Callable[..., Any], function: Function, number: int) -> None:
    example = function.examples[number]
    shown = call(function.name, *example.arguments)
    assert shown == _as_excel(example.result)


def _as_excel(result: Any) -> Any:
    """One cell comes back as itself, one row as a flat list, a table as rows; exactly what xlwings' VBA expects."""
    if not isinstance(result, list):
        return result
    if len(result) == 1:
        return result[0][0] if len(result[0]) == 1 else result[0]
    return result


def test_a_number_typed_into_the_formula(call: Callable[..., Any]) -> None:
    assert call("KPI_GRADE", 87.0) == "中级客服"
    assert call("KPI_GRADE", 87.0, "appliance-agent:technical") == "中级客服"


def test_a_range_comes_back_as_a_range(call: Callable[..., Any]) -> None:
    cells = [[95, None], ["８７", "#N/A"], ["abc", True]]
    assert call("KPI_GRADE", cells) == [
        ["高级客服", ""],
        ["中级客服", "#N/A"],
        ["参数错误：得分应为数字，而不是“abc”", "参数错误：得分应为数字，而不是“TRUE”"],
    ]


def test_a_blank_cell_stays_blank(call: Callable[..., Any]) -> None:
    assert call("KPI_GRADE", [[None]]) == ""


@pytest.mark.parametrize("error", ERROR_CODES)
def test_an_error_value_goes_through(call: Callable[..., Any], error: str) -> None:
    assert error in ERRORS
    assert call("KPI_GRADE", [[error]]) == error
    assert call("KPI_GRADE", [[95], [error], [None]]) == [["高级客服"], [error], [""]]
    assert call("KPI_MEAN_RATING", [[5], [error]]) == error
    assert call("KPI_RANK", [[80]], [[error], [80]]) == error


@pytest.mark.parametrize("error", ERROR_CODES)
def test_an_error_value_in_the_formula_itself(call: Callable[..., Any], error: str) -> None:
    """``=KPI_GRADE(NA())``: VBA hands the error over as it is, not in a range."""
    assert call("KPI_GRADE", ERROR_CODES[error]) == error
    assert call("KPI_GRADE", 87.0, ERROR_CODES[error]) == error


@pytest.mark.parametrize("code", [0x800A0000, 0x800A07D1, 0x800A0804, 0x800A0BB7, 0x800AFFFF])
def test_an_error_value_that_nobody_knows_yet_is_no_number(call: Callable[..., Any], code: int) -> None:
    cell = VtError(code - 2**32)
    assert call("KPI_GRADE", [[cell]]) == "#ERROR!"
    assert call("KPI_MEAN_RATING", [[5], [cell]]) == "#ERROR!"


@pytest.mark.parametrize("number", [-2146826245.0, -2146826246, -5, -40.5])
def test_a_negative_number_stays_a_number(call: Callable[..., Any], number: float) -> None:
    """Excel's numbers are floats over COM, so even one that equals a code is none."""
    assert call("KPI_RANK", [[number]], [[number], [90]]) == 2.0


@pytest.mark.parametrize("code", [-2147024809, 0x8009FFFF - 2**32, 0x800B0000 - 2**32, 50])
def test_other_integers_are_no_errors_of_excel(call: Callable[..., Any], code: int) -> None:
    assert call("KPI_RANK", [[VtError(code)]], [[VtError(code)], [2e9]]) == 2.0


def test_date_cells(call: Callable[..., Any]) -> None:
    created = dt.datetime(2025, 9, 1, 8)
    closed = created + dt.timedelta(hours=25.5)
    assert call("KPI_HOURS", [[created]], [[closed]]) == 25.5


def test_a_scheme_cell_that_is_empty_is_the_default(call: Callable[..., Any]) -> None:
    assert call("KPI_GRADE", [[87]], [[None]]) == "中级客服"


def test_the_sheet_of_the_scheme_as_argument(call: Callable[..., Any]) -> None:
    table = sheet("appliance-agent")
    edited = [[85.0, *row[1:]] if row[:2] == [90.0, "高级客服"] else row for row in table]
    assert call("KPI_GRADE", [[87]], table) == "中级客服"
    assert call("KPI_GRADE", [[87]], edited) == "高级客服"


def test_a_table_of_measures(call: Callable[..., Any]) -> None:
    day = dt.datetime(2025, 9, 1, 8)
    table = [["工单编号", "客服", "创建时间", "办结时间"], ["T1", "张三", day, day + dt.timedelta(hours=6)]]
    header, line = call("KPI_MEASURES", table, "2025-09")
    assert dict(zip(header, line, strict=True))["工单处理时效"] == 6.0


def test_ten_thousand_rows_in_one_call(call: Callable[..., Any]) -> None:
    scores = [[place / 100] for place in range(10_000)]
    grades = call("KPI_GRADE", scores)
    assert [row[0] for row in grades] == [FUNCTIONS["KPI_GRADE"](score) for (score,) in scores]
