"""The add-in in a real LibreOffice: every example, arrays, files saved and opened again, the function wizard."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from kpi_xl.calc.declaration import argument_text
from kpi_xl.calc.ranges import LEAST, WHOLE, without_blank_end
from kpi_xl.functions import CATALOG, FUNCTIONS, Function
from kpi_xl.functions.calc_notes import RANGE_ERRORS
from kpi_xl.functions.function import literal

from ..functions.standard_range import sheet
from ..office import Drive

pytestmark = pytest.mark.office

EXAMPLES = [(function, example) for function in CATALOG for example in function.examples]


class Sheet:
    """Lays examples out side by side: ranges in cells, the formula below row 50."""

    def __init__(self) -> None:
        self.column = 1
        self.job: dict[str, Any] = {"cells": {}, "formulas": {}, "arrays": {}, "read": []}

    def put(self, rows: list[list[Any]]) -> str:
        """Write a range and return its address."""
        for i, row in enumerate(rows, start=1):
            for j, cell in enumerate(row):
                if cell is not None:
                    self.job["cells"][f"{get_column_letter(self.column + j)}{i}"] = (
                        float(cell) if isinstance(cell, bool) else cell
                    )
        first, last = get_column_letter(self.column), get_column_letter(self.column + len(rows[0]) - 1)
        self.column += len(rows[0]) + 1
        return f"{first}1:{last}{len(rows)}"

    def add(self, function: Function, arguments: tuple[Any, ...], result: Any) -> None:
        typed = [self.put(a) if isinstance(a, list) else literal(a) for a in arguments]
        formula = f"={function.name}({';'.join(typed)})"
        first = get_column_letter(self.column)
        if not isinstance(result, list):
            address = f"{first}51"
            self.job["formulas"][address] = formula
        else:
            address = f"{first}51:{get_column_letter(self.column + len(result[0]) - 1)}{50 + len(result)}"
            self.job["arrays"][address] = formula
            self.column += len(result[0])
        self.job["read"].append(address)
        self.column += 2


def _as_rows(result: Any) -> list[list[Any]]:
    return result if isinstance(result, list) else [[result]]


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    sheet = Sheet()
    for function, example in EXAMPLES:
        sheet.add(function, example.arguments, example.result)
    return sheet.job


def test_every_example_of_every_function(calc: Drive, examples: dict[str, Any]) -> None:
    answer = calc(examples)["read"]
    wrong = {
        example.formula(function.name): (shown, example.result)
        for (function, example), shown in zip(EXAMPLES, answer, strict=True)
        if shown != _as_rows(example.result)
    }
    assert not wrong
    assert {function.name for function, _ in EXAMPLES} >= {f.name for f in CATALOG if not f.engine}


@pytest.mark.parametrize(("kind", "suffix"), [("calc8", "ods"), ("Calc MS Excel 2007 XML", "xlsx")])
def test_a_workbook_saved_and_opened_again_still_calculates(
    calc: Drive, examples: dict[str, Any], tmp_path: Path, kind: str, suffix: str
) -> None:
    url = (tmp_path / f"saved.{suffix}").as_uri()
    before = calc({**examples, "save": {kind: url}})["read"]
    again = calc({"open": url, "recalculate": True, "read": examples["read"]})["read"]
    assert again == before


def test_short_names_in_a_file_that_another_program_wrote(calc: Drive, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A2"], sheet["A3"] = 87, 95, None
    sheet["B1"] = "=KPI_GRADE(A1)"
    sheet["B2"] = '=IF(A2="","",KPI_GRADE(A2,"appliance-agent:technical")&"/"&KPI_COEFFICIENT(A2))'
    sheet["B3"] = "=_xll.KPI_GRADE(A1)"
    sheet["B4"] = "=SUM(A1:A2)"
    sheet["C1"] = openpyxl.worksheet.formula.ArrayFormula("C1:C3", "=KPI_GRADE(A1:A3)")
    path = tmp_path / "other.xlsx"
    book.save(path)
    answer = calc({"open": path.as_uri(), "read": ["B1:B4", "C1:C3"]})["read"]
    assert answer == [[["中级客服"], ["高级客服/1.2"], ["中级客服"], [182.0]], [["中级客服"], ["高级客服"], [""]]]


def test_the_same_grades_coefficients_and_points_as_in_python(calc: Drive) -> None:
    draw = random.Random(4)
    edges = [edge + step for edge in (0, 70, 80, 90, 100) for step in (-0.01, -0.006, -0.005, -0.004, 0, 0.004, 0.005, 0.01)]
    scores = edges + [draw.uniform(0, 100) for _ in range(3000)] + [round(draw.uniform(0, 100), 3) for _ in range(2000)]
    rows = [[score] for score in scores]
    last = len(rows)
    names = ("KPI_GRADE", "KPI_COEFFICIENT", "KPI_ACTION")
    job = {
        "tables": {f"A1:A{last}": rows, f"F1:F{last}": [[score / 100] for score in scores]},
        "arrays": {f"{column}1:{column}{last}": f"={name}(A1:A{last})" for column, name in zip("BCD", names, strict=True)}
        | {f"G1:G{last}": f'=KPI_SCORE("fcr";F1:F{last})'},
        "read": [f"{column}1:{column}{last}" for column in "BCDG"],
    }
    answer = calc(job)["read"]
    expected = [FUNCTIONS[name](rows) for name in names] + [FUNCTIONS["KPI_SCORE"]("fcr", [[s / 100] for s in scores])]
    assert answer == expected


def test_the_sheet_of_the_scheme_as_argument(calc: Drive) -> None:
    """As HR sees it: the table 评级标准 beside the scores, the lowest bound of 高级客服 moved from 90 to 85."""
    table = [["" if cell is None else cell for cell in row] for row in sheet("appliance-agent")]
    edited = [[85.0, *row[1:]] if row[:2] == [90.0, "高级客服"] else row for row in table]
    area = f"K1:{get_column_letter(10 + len(table[0]))}{len(table)}"
    scores = [[87.0], [84.99], [""]]
    for rows, expected in ((table, ["中级客服", "中级客服", ""]), (edited, ["高级客服", "中级客服", ""])):
        job = {"tables": {"A1:A3": scores, area: rows}, "arrays": {"B1:B3": f"=KPI_GRADE(A1:A3;{area})"}, "read": ["B1:B3"]}
        assert calc(job)["read"] == [[[name] for name in expected]]


def test_whole_columns_end_where_the_cells_end(calc: Drive) -> None:
    """A million rows take no longer than Calc needs to hand them over; below the last score the array formula stays blank."""
    job = {
        "tables": {"A1:B3": [["fcr", 0.9], ["csat", 0.5], ["fcr", 0.1]], "C1:C3": [[95.0], [60.0], [91.0]]},
        "formulas": {"G1": "=KPI_RANK(C2;C:C)", "G2": "=KPI_MEAN_RATING(C:C)"},
        "arrays": {"D1:D20": "=KPI_GRADE(C:C)", "E1:E4": "=KPI_SCORE(A:A;B:B)"},
        "read": ["D1:D4", "D20", "E1:E4", "G1:G2"],
    }
    expected = FUNCTIONS["KPI_SCORE"]([["fcr"], ["csat"], ["fcr"], [""]], [[0.9], [0.5], [0.1], [""]])
    grades = [["高级客服"], ["待改进"], ["高级客服"], [""]]
    assert calc(job)["read"] == [grades, [[""]], expected, [[3.0], [82.0]]]


def test_whole_columns_are_cut_together_and_other_ranges_not_at_all() -> None:
    blank, other = (("",),) * WHOLE, (("",),) * (WHOLE - 1)
    filled = (*blank[: LEAST + 400], (0.0,), *blank[LEAST + 401 :])
    assert [len(one) for one in without_blank_end((blank, other))] == [LEAST, WHOLE - 1]
    assert without_blank_end((blank, 5.0, None))[1:] == (5.0, None)
    assert [len(one) for one in without_blank_end((blank, filled))] == [LEAST + 401] * 2
    assert without_blank_end((blank, filled))[1][-1] == (0.0,)
    assert without_blank_end((other, "x")) == (other, "x")


def test_an_error_in_a_cell_stays_an_error(calc: Drive) -> None:
    """In a range it takes the whole function with it, before that is called (`calc_notes.RANGE_ERRORS`)."""
    job = {"formulas": {"A1": "=1/0", "B1": "=KPI_GRADE(A1)", "B2": "=KPI_MEAN_RATING(A1:A2)"}, "read": ["B1:B2"]}
    assert calc(job)["read"] == [[["Err:532"], ["Err:504"]]]
    assert "Err:504" in RANGE_ERRORS


def test_no_function_ever_fails_on_bad_cells(calc: Drive) -> None:
    bad: list[list[Any]] = [["abc"], [-5.0], [1e300], ["2025-99-99"], ["　"], ["=1+1"], ["#N/A"], [""], [0.5], ["是"]]
    formulas = {}
    for row, function in enumerate(CATALOG, start=1):
        formulas[f"C{row}"] = f"={function.name}({';'.join(['A1:A10'] * len(function.arguments))})"
        formulas[f"D{row}"] = f"={function.name}({';'.join(['A1'] * len(function.arguments))})"
        formulas[f"E{row}"] = f"={function.name}()"
    read = f"C1:E{len(CATALOG)}"
    shown = calc({"tables": {"A1:A10": bad}, "formulas": formulas, "read": [read]})["read"][0]
    assert not [cell for row in shown for cell in row if str(cell).startswith("Err:")]
    assert not [cell for row in shown for cell in row if "Traceback" in str(cell) or "Error" in str(cell)]


def test_the_function_wizard_explains_in_chinese(calc: Drive) -> None:
    shown = calc({"wizard": [function.name for function in CATALOG]})
    assert set(shown) == {function.name for function in CATALOG}
    for function in CATALOG:
        doc, arguments = shown[function.name]
        assert doc == function.doc
        assert [[name, text] for name, text, _ in arguments] == [[a.name, argument_text(a)] for a in function.arguments]
