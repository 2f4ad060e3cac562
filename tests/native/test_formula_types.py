"""All formulas under Excel's order of types, by a checker of types: no condition meets a number, no cell is taken for one."""

from __future__ import annotations

import io
from collections.abc import Iterator

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.native.calls import FORMS
from kpi_xl.native.forms import NoNativeFormError, Standard
from kpi_xl.native.lowering import lower, lower_template
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.inputs import inputs_of
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import plan_standard
from kpi_xl.workbook.build import build_form

from .cases import examples, schemes
from .formula_types import Checker, collapsed, parse
from .sheets import literal_call

AGENT = Standard(load_scheme("appliance-agent"), plan_standard(load_scheme("appliance-agent")))
FIGURES = (
    *("KPI_MEAN_RATING(A1:A9)", "KPI_NPS(A1:A9)", "KPI_CSAT(A1:A9)", "KPI_CSAT(A1:A9,B1)", "KPI_FCR(A1:A9)"),
    *("KPI_RANK(A1,B1:B9)", "KPI_RANK(B1:B9,B1:B9)", "KPI_RANK(A1,名单)", "KPI_STREAK(A1:A9,B1)", "KPI_RATE(A1,B1)"),
    *("KPI_CS(A1:D1)", "KPI_CS(A1:A4)", "KPI_HOURS(A1,B1)", 'KPI_SCORE("handling_hours",D1:F1)'),
    *("KPI_GRADE(KPI_RATE(A1,B1))", "KPI_BONUS(B1,KPI_RATE(A1,A2))", "KPI_RATE(KPI_RATE(A1,B1),C1)"),
)


@pytest.mark.parametrize(
    ("formula", "fault"),
    [
        ('IF(IF(ISNUMBER(E9),(E9<0),0)>0,"参数错误",E9)', "a condition meets a number"),  # always true in Excel: FALSE > 0
        ("(A1>B1)>0", "a condition meets a number"),
        ("IF(A1=TRUE,1,0)>=FALSE", "a condition meets a number"),
        ("SUMPRODUCT(A1:A9>2)", "a condition alone in SUMPRODUCT"),
        ("SUM(ISNUMBER(A1),2)", "a condition alone in SUM"),
        ("LOOKUP(A1=1,B1:B2,C1:C2)", "a condition alone in LOOKUP"),
        ("IF(A1>=0,1,2)", "a cell that may hold no number is compared"),
        ("SUMPRODUCT((A1:A9>=4)*1)", "a cell that may hold no number is compared"),
        ("IF(A1=0,1,2)", "a cell that may hold no number is compared"),  # a blank is 0
        ("ISNUMBER(A1)*A1", "may calculate with a text"),  # a text there is an error, not 0
        ('IF(ISNUMBER(A1),1,A1+1)&""', "may calculate with a text"),
        ('IF(LEFT(A1,2),1,2)&"x"', "a text as a condition"),
        ("SUMPRODUCT(IF(ISNUMBER(A1:A9),1,0))", "a choice over several cells"),
        ("N(A1)", "no function of Excel 2013"),
        ("LET(x,1,x)", "no function of Excel 2013"),
        ('A1&"' + 300 * "x" + '"', "more than 255 characters"),
        (f"SUM({','.join(['1'] * 5000)})", "longer than 8192"),
    ],
)
def test_the_checker_finds(formula: str, fault: str) -> None:
    assert any(fault in found for found in Checker().check(formula))


@pytest.mark.parametrize(
    "formula",
    [
        'IF(ISNUMBER(E9),IF((E9<0)+(E9>1)>0,"参数错误",E9*2),"")',
        "SUMPRODUCT(ISNUMBER(A1:A9)*(A1:A9>=4))",
        'SUMPRODUCT((A1:A9<"")*((A1:A9>=4)+(A1:A9=0)))',
        'SUMPRODUCT(((A1:A9=0)+(A1:A9=FALSE)>0)*(A1:A9&""<>""))',
        'IF(COUNT(A1,B1)=2,A1/B1,"")',
        'IF(COUNT(A1,B1)<2,"",A1/B1)',
        "OR(AND(A1>1,A1<=100),A1=评级标准!$A$1)",
        "IFERROR(A1*1,0)",
        "SUMPRODUCT(ISNUMBER(A1:A9)*(A1:A9>=IF(ISNUMBER(B1),B1,4)))",
    ],
)
def test_the_checker_lets_pass(formula: str) -> None:
    assert not Checker().check(formula)


def test_formulas_are_read_by_precedence() -> None:
    assert str(parse("1+2*A1^2>=3%&LEFT(B1,-1)")) == "((1+(2*(A1^2)))>=((3/100)&LEFT(B1,-1)))"


def calls_of(scheme: Scheme) -> Iterator[str]:
    """Every call that has a native form over the scheme's own rules, on a cell, on several, on another call's result."""
    for indicator in scheme.indicators:
        for entry in inputs_of(indicator):
            yield from (f'KPI_SCORE("{entry.key}",{cell})' for cell in ("E9", "E9:E12", "KPI_RATE(A1,B1)"))
        yield f'KPI_TARGET("{indicator.id}")'
    for name in ("KPI_GRADE", "KPI_COEFFICIENT", "KPI_ACTION"):
        yield from (f"{name}(A1)", f"{name}(A1:A9)")
    yield from ("KPI_WEIGHT(A1)", "KPI_WEIGHT(A1:A9)")
    if scheme.bonus is not None:
        yield from ("KPI_BONUS(A1,B1)", "KPI_BONUS(A1:A9,B1:B9)")


def _lowered(call: str, standard: Standard) -> str:
    """Return the native form, empty where a call has none: a rule that takes one cell at a time, a call inside a long one."""
    try:
        return lower(call, standard)
    except NoNativeFormError:
        return ""


def test_every_native_form_keeps_types_apart() -> None:
    wrong = {}
    for scheme in schemes():
        standard = Standard(scheme, plan_standard(scheme))
        for call in calls_of(scheme):
            formula = _lowered(call, standard)
            if formula and (faults := Checker().check(formula)):
                wrong[scheme.reference, call] = faults
    assert not wrong


def test_every_figure_keeps_types_apart() -> None:
    calls = [*FIGURES, *(literal_call(case) for case in examples())]
    assert {name for name in FORMS if not any(name in call for call in calls)} == set()
    assert not {call: faults for call in calls if (faults := Checker().check(lower(call, AGENT)))}


def test_several_cells_are_not_taken_together() -> None:
    """MIN, MAX, COUNT over the cells of an array formula would give the points of one cell to all."""
    wrong = {}
    for scheme in schemes():
        standard = Standard(scheme, plan_standard(scheme))
        for call in calls_of(scheme):
            cells = next((cells for cells in ("E9:E12", "A1:A9") if cells in call), None)
            formula = "" if cells is None else _lowered(call, standard)
            if formula and cells and (found := collapsed(formula, cells)):
                wrong[scheme.reference, call] = found
    assert not wrong


def test_every_formula_of_the_forms_keeps_types_apart() -> None:
    """Cells, conditional formats and validations of all forms, blank: what the other cells of the sheet hold is known."""
    wrong = {}
    for scheme in (scheme for scheme in schemes() if all(p.value is None for p in scheme.parameters)):
        book = openpyxl.load_workbook(io.BytesIO(lower_template(build_form(scheme), scheme).data))
        for sheet in book.worksheets:
            cells = {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}
            checker = Checker(sheet={at: value for at, value in cells.items() if not str(value).startswith("{{")})
            for at, formula, filled in _formulas(sheet):
                if faults := checker.check(formula, filled):
                    wrong[scheme.reference, sheet.title, at] = (faults, formula)
    assert not wrong


def _formulas(sheet: Worksheet) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield place, formula, and the cells that hold something: a validation asks about what was typed."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f" and isinstance(cell.value, str):
                yield cell.coordinate, cell.value[1:], frozenset()
    for area in sheet.conditional_formatting:
        for rule in area.rules:
            yield from ((str(area.sqref), formula, frozenset[str]()) for formula in rule.formula)
    for rule in sheet.data_validations.dataValidation:
        if rule.type == "custom":
            at = str(rule.sqref)
            yield at, str(rule.formula1), frozenset({at.split(" ", 1)[0].partition(":")[0]})
