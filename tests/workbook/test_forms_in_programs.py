"""Every form, blank and filled in, in three programs: what the core computes stands in every named output, in each of them.

The sheets of all forms are copied without their looks into one workbook, so that one conversion a program is enough. LibreOffice
alone computes many more people (`test_parity`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from kpi_xl.native.lowering import lower_template
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import score
from kpi_xl.scoring.model import Value
from kpi_xl.view.model import CellValue
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.outputs import cached_outputs, form_inputs

from .. import engines
from ..native.cases import schemes
from ..workbook_people import invent
from ..workbook_sheets import names_of
from .differences import differences

pytestmark = [pytest.mark.office, pytest.mark.slow]
PEOPLE = 2
Expected = Mapping[str, CellValue]


def copies(scheme: Scheme, book: Workbook, number: int) -> dict[str, tuple[dict[str, str], Expected]]:
    """Copy a form's sheets into the book, blank and for some people; return the outputs' cells and values by sheet."""
    data = lower_template(build_form(scheme), scheme).data
    form, inputs, outputs = openpyxl.load_workbook(io.BytesIO(data)), names_of(data, "in_"), names_of(data, "out_")
    months = 3 if "quarter" in scheme.cycles else 12 if "month" not in scheme.cycles else 1
    found = {}
    people = [{}, *(_rounded(values) for values in invent(scheme, PEOPLE, seed=number))]
    for person, values in enumerate(people):
        appraisal = score(scheme, values, months=months)
        typed = {} if not values else form_inputs(scheme, values, appraisal, months=months)
        cells = {inputs[key.replace(".", "__")]: value for key, value in typed.items()}
        _copy(form, book, number, person, cells)
        first = f"{form.sheetnames[0]}{number}_{person}"
        found[first] = (outputs, cached_outputs(scheme, values, appraisal, months=months) if values else {})
    return found


def _rounded(values: Mapping[str, Value]) -> dict[str, Value]:
    """Halves at the ninth decimal, which the forms round first, are rounded down by Gnumeric (`tests.native.others`)."""
    return {key: round(value, 8) if isinstance(value, Decimal) else value for key, value in values.items()}


def _copy(form: Workbook, book: Workbook, number: int, person: int, typed: Mapping[str, Any]) -> None:
    """Copy the form's sheets for the first person, for the others its first sheet alone, which points at the same figures."""
    first = form.sheetnames[0]
    suffixes = {title: f"{number}_{person if title == first else 0}" for title in form.sheetnames}
    reference = re.compile(rf"'?({'|'.join(map(re.escape, suffixes))})'?!")
    for sheet in form.worksheets if person == 0 else form.worksheets[:1]:
        copy = book.create_sheet(sheet.title + suffixes[sheet.title])
        for row in sheet.iter_rows():
            for cell in row:
                value = typed.get(cell.coordinate, cell.value) if sheet.title == first else cell.value
                if isinstance(value, str) and value.startswith("="):
                    value = reference.sub(lambda match: f"'{match[1]}{suffixes[match[1]]}'!", value)
                if value is not None and not str(value).startswith("{{"):
                    copy[cell.coordinate] = value if isinstance(value, str) else float(value)


def test_every_form_in_three_programs(soffice: str, tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    expected: dict[str, tuple[dict[str, str], Expected]] = {}
    for number, scheme in enumerate(scheme for scheme in schemes() if all(p.value is not None for p in scheme.parameters)):
        expected |= copies(scheme, book, number)
    path = tmp_path / "forms.xlsx"
    book.save(path)
    shown = {name: compute(path, tmp_path) for name, compute in engines.ENGINES.items()}
    for name, values in shown.items():
        wrong = {}
        for sheet, (outputs, wanted) in expected.items():
            got = {key: values.get((sheet, cell), "") for key, cell in outputs.items()}
            if wanted and (differing := differences(got, wanted)):
                wrong[sheet] = differing
        assert not wrong, name
    theirs = shown["LibreOffice"]  # cells without a name, and blank forms, which test_parity holds against the core
    for name, values in shown.items():
        places = sorted(theirs.keys() | values.keys())
        assert not {
            place: (theirs.get(place, ""), values.get(place, "")) for place in places if not alike(theirs, values, place)
        }, name


def alike(one: engines.Values, other: engines.Values, place: tuple[str, str]) -> bool:
    """Tell whether two programs show the same in a cell."""
    left, right = one.get(place, ""), other.get(place, "")
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) < 1e-9
    return bool(left == right)
