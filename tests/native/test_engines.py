"""Every native form under Excel's order of types (number < text < boolean): three programs must give what the functions give.

LibreOffice compares booleans as numbers and so hides a class of faults that Excel shows; Gnumeric and IronCalc do as Excel does.
What a native form does otherwise than the function is listed in `documented`, what a program does wrongly in `others`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from kpi_xl.native.calls import FORMS
from kpi_xl.schemes import load_scheme

from .. import engines
from .cases import below_headers, cases_of, examples, is_dressed, odd_cases, schemes
from .others import CONSTANTS, ERRORS, FAULTS, MADE, ORDER, ROUNDING, Fault
from .sheets import REFUSED, Expected, LaidOut, lay_out_all

pytestmark = [pytest.mark.office, pytest.mark.slow]
EVERY_FAULT = (*FAULTS, ROUNDING, ORDER, CONSTANTS, MADE)
ODD_CALLS = 3000
SEED = 20250901


def documented(shown: Any, one: Expected) -> bool:
    """Tell whether a native form may show this in place of what the function gives: never another number.

    It reads no numbers in words and nothing in full width: it refuses them. It shows an error before it refuses another cell, and
    a blank grade gives a blank also beside grades that the function refuses.
    """
    refused, given = str(shown).startswith(REFUSED), [*one.cells, *(a for a in one.case[1] if isinstance(a, str))]
    dates = one.case[0] == "KPI_HOURS"  # which does read dates in words
    dressed = refused and any(is_dressed(cell) and not (dates and cell[:4].isdigit()) for cell in given)
    error_first = shown in ERRORS and shown in one.cells and str(one.wanted).startswith(REFUSED)
    blank_grade = one.case[0] == "KPI_STREAK" and shown == "" and one.case[1][1][0][0] in (None, " ")
    return dressed or error_first or blank_grade


@pytest.fixture(scope="module")
def laid_out() -> LaidOut:
    """Return all calls in one workbook: every scheme on its edges, the catalog's examples, odd cells."""
    agent = load_scheme("appliance-agent")
    parts = [(scheme, cases_of(scheme)) for scheme in schemes()]
    return lay_out_all([*parts, (agent, [*examples(), *below_headers(), *odd_cases(ODD_CALLS, SEED)])])


def test_every_function_with_a_native_form_is_computed(laid_out: LaidOut) -> None:
    assert {one.case[0] for one in laid_out.expected.values()} == set(FORMS)


@pytest.mark.parametrize("program", list(engines.ENGINES))
def test_native_forms_give_what_the_functions_give(program: str, laid_out: LaidOut, soffice: str, tmp_path: Path) -> None:
    path = tmp_path / "calls.xlsx"
    path.write_bytes(laid_out.data)
    differing = laid_out.differing(engines.ENGINES[program](path, tmp_path))
    faults = [fault for fault in FAULTS if fault.program == program]
    left = {place: both for place, both in differing.items() if not documented(*both)}
    unexplained = {
        f"{place} {one.call}": (shown, one.wanted)
        for place, (shown, one) in left.items()
        if not any(fault.excuses(shown, one) for fault in faults)
    }
    assert not unexplained
    idle = [fault.formula for fault in faults if not any(fault.excuses(*both) for both in left.values())]
    assert not idle, "these faults excuse nothing any more"


def test_the_faults_of_other_programs_are_still_there(soffice: str, tmp_path: Path) -> None:
    """Each by a formula of its own, which at least one of the other two computes as Excel does."""
    shown = {name: compute(_reproductions(tmp_path), tmp_path) for name, compute in engines.ENGINES.items()}
    for number, fault in enumerate(EVERY_FAULT):
        found = {name: values.get((f"F{number}", "D1"), "") for name, values in shown.items()}
        assert found[fault.program] == pytest.approx(fault.shows), fault
        rest = [value for name, value in found.items() if name != fault.program]
        assert any(value == pytest.approx(fault.excel) for value in rest), (fault, found)


def _reproductions(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, fault in enumerate(EVERY_FAULT):
        sheet = book.create_sheet(f"F{number}")
        for address, value in fault.cells.items():
            sheet[address] = value
        sheet["D1"] = _formula(fault)
    path = folder / "faults.xlsx"
    book.save(path)
    return path


def _formula(fault: Fault) -> str | ArrayFormula:
    return f"={fault.formula}" if fault.rows == 1 else ArrayFormula(f"D1:D{fault.rows}", f"={fault.formula}")
