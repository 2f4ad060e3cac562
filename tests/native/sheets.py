"""Calls laid out in a workbook over the sheet of a scheme, lowered, with what the functions themselves give."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

from kpi_xl.functions import FUNCTIONS
from kpi_xl.functions.function import literal
from kpi_xl.native.lowering import lower_template
from kpi_xl.schemes.model import Scheme
from kpi_xl.workbook.build import build_standard

from ..engines import Values

SHEET_NAME = "表"
REFUSED = "参数错误"
Case = tuple[str, tuple[Any, ...]]
"""A function's name and its arguments; nested lists are ranges."""


@dataclass(frozen=True)
class LaidOut:
    """The lowered workbook, and by address what each call must show, with the call in words."""

    data: bytes
    expected: Mapping[str, tuple[Any, str]]

    def wrong(self, shown: Values) -> dict[str, tuple[Any, Any]]:
        """Return the calls whose native form shows something else than the function gives."""
        return {
            f"{address} {call}": (found, wanted)
            for address, (wanted, call) in self.expected.items()
            if not same(found := shown.get((SHEET_NAME, address), ""), wanted)
        }


def same(shown: Any, wanted: Any) -> bool:
    """Numbers to 1E-9, words exactly; of a refusal the native form says less than the function."""
    if isinstance(wanted, float | int):
        return isinstance(shown, float | int) and not isinstance(shown, bool) and abs(shown - wanted) < 1e-9
    if wanted.startswith((REFUSED, "缺数据")):
        return str(shown).startswith((REFUSED, "缺数据")) or (wanted.startswith("缺数据") and shown == "")
    return bool(shown == wanted) or (wanted.startswith("待评") and str(shown).startswith("待评"))


def lay_out(scheme: Scheme, cases: Sequence[Case], *, name: str | None = None) -> LaidOut:
    """Write each call's ranges into cells, the call beside them, and lower all; a native form must exist for each."""
    book = openpyxl.load_workbook(io.BytesIO(build_standard(scheme)))
    sheet = book.create_sheet(SHEET_NAME, 0)
    expected: dict[str, tuple[Any, str]] = {}
    top = 1
    for function, arguments in cases:
        typed, column, height = [], 4, 1
        for argument in arguments:
            if not isinstance(argument, list):
                typed.append(literal(argument))
                continue
            for i, row in enumerate(argument):
                for j, cell in enumerate(row):
                    sheet.cell(top + i, column + j).value = cell
                    if isinstance(cell, str):
                        sheet.cell(top + i, column + j).data_type = "e" if cell in _ERRORS else "s"
            right = column + len(argument[0]) - 1
            typed.append(f"{get_column_letter(column)}{top}:{get_column_letter(right)}{top + len(argument) - 1}")
            if len(argument) == len(argument[0]) == 1:
                typed[-1] = typed[-1].partition(":")[0]
            height = max(height, len(argument))
            column = right + 2
        spare = len(FUNCTIONS[function].arguments) - len(arguments)
        takes_scheme = FUNCTIONS[function].arguments[-1].kind == "scheme" and spare > 0
        own = [*[None] * (spare - 1), name or scheme.reference] if takes_scheme else []
        formula, result = f"={function}({','.join(typed)})", FUNCTIONS[function](*arguments, *own)
        if isinstance(result, list) and len(result) > 1:
            sheet[f"A{top}"] = ArrayFormula(f"A{top}:A{top + len(result) - 1}", formula)
            expected |= {f"A{top + i}": (line[0], f"{formula} {arguments}") for i, line in enumerate(result)}
        else:
            sheet[f"A{top}"] = formula
            expected[f"A{top}"] = (result[0][0] if isinstance(result, list) else result, f"{formula} {arguments}")
        top += height + 1
    out = io.BytesIO()
    book.save(out)
    lowered = lower_template(out.getvalue(), scheme)
    assert not lowered.kept, [entry.text("") for entry in lowered.kept]
    return LaidOut(lowered.data, expected)


_ERRORS = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")
