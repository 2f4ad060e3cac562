"""Calls laid out in a workbook over the sheet of a scheme, lowered, with what the functions themselves give."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.functions import FUNCTIONS
from kpi_xl.functions.function import literal
from kpi_xl.native.forms import Standard
from kpi_xl.native.lowering import lower, lower_template
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import plan_standard
from kpi_xl.standard.tables import SHEET
from kpi_xl.workbook.build import build_standard

from ..engines import Values

SHEET_NAME = "表"
REFUSED = "参数错误"
Case = tuple[str, tuple[Any, ...]]
"""A function's name and its arguments; nested lists are ranges."""


@dataclass(frozen=True)
class Expected:
    """What a cell must show. `call`: the call in words; `formula`: what stands in the cell; `together`: one of an array's."""

    wanted: Any
    call: str
    case: Case
    formula: str = ""
    together: bool = False

    @property
    def cells(self) -> list[Any]:
        """What the cells hold that the call is about."""
        return [cell for argument in self.case[1] if isinstance(argument, list) for row in argument for cell in row]


@dataclass(frozen=True)
class LaidOut:
    """A lowered workbook, and by sheet and address what each call must show."""

    data: bytes
    expected: Mapping[tuple[str, str], Expected] = field(default_factory=dict)

    def wrong(self, shown: Values) -> dict[str, tuple[Any, Any]]:
        """Return the calls whose native form shows something else than the function gives."""
        return {
            f"{sheet}!{cell} {one.call}": (found, one.wanted) for (sheet, cell), (found, one) in self.differing(shown).items()
        }

    def differing(self, shown: Values) -> dict[tuple[str, str], tuple[Any, Expected]]:
        """Return the cells that show something else than the function gives, with what they show."""
        return {
            place: (found, one) for place, one in self.expected.items() if not same(found := shown.get(place, ""), one.wanted)
        }


def literal_call(case: Case) -> str:
    """Return a call with all its arguments written into it; ranges stand in cells from A1 on, behind each other."""
    name, arguments = case
    typed, column = [], 1
    for argument in arguments:
        if not isinstance(argument, list):
            typed.append(literal(argument))
            continue
        rows = argument if isinstance(argument[0], list) else [argument]
        right = column + len(rows[0]) - 1
        typed.append(f"{get_column_letter(column)}1:{get_column_letter(right)}{len(rows)}")
        column = right + 1
    return f"{name}({','.join(typed)})"


def same(shown: Any, wanted: Any) -> bool:
    """Numbers to 1E-9, words exactly; of a refusal the native form says less than the function."""
    if isinstance(wanted, float | int):
        return (
            isinstance(shown, float | int) and not isinstance(shown, bool) and abs(shown - wanted) <= 1e-9 * max(1, abs(wanted))
        )
    for start in (REFUSED, "缺数据", "待评"):
        if wanted.startswith(start):
            return str(shown).startswith(start)
    return bool(shown == wanted)


def lay_out(scheme: Scheme, cases: Sequence[Case], *, name: str | None = None) -> LaidOut:
    """Write each call's ranges into cells, the call beside them, and lower all; a native form must exist for each."""
    book = openpyxl.load_workbook(io.BytesIO(build_standard(scheme)))
    sheet = book.create_sheet(SHEET_NAME, 0)
    expected = dict(_written(sheet, cases, name or scheme.reference, lambda call: call))
    lowered = lower_template(_saved(book), scheme)
    assert not lowered.kept, [entry.text("") for entry in lowered.kept]
    return LaidOut(lowered.data, expected)


def lay_out_all(parts: Sequence[tuple[Scheme, Sequence[Case]]]) -> LaidOut:
    """Lay out the calls of many schemes in one workbook, each over its own 评级标准 (``S0``, ``S1`` ...), formulas lowered.

    A scheme whose parameters are filled in is handed to the functions as the cells of that sheet.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    expected: dict[tuple[str, str], Expected] = {}
    for number, (scheme, cases) in enumerate(parts):
        rows = [
            list(row) for row in openpyxl.load_workbook(io.BytesIO(build_standard(scheme)))[SHEET].iter_rows(values_only=True)
        ]
        standard_sheet = book.create_sheet(f"S{number}")
        for row, values in enumerate(rows, start=1):
            for column, value in enumerate(values, start=1):
                if value is not None and not str(value).startswith("="):
                    standard_sheet.cell(row, column).value = value
        filled = any(parameter.value is not None for parameter in scheme.parameters)
        native = _lowering(scheme, f"S{number}")
        expected |= dict(_written(book.create_sheet(f"C{number}"), cases, rows if filled else scheme.reference, native))
    return LaidOut(_saved(book), expected)


def _lowering(scheme: Scheme, title: str) -> Callable[[str], str]:
    standard = Standard(scheme, plan_standard(scheme))
    return lambda call: lower(call, standard).replace(f"{SHEET}!", f"{title}!")


def _written(
    sheet: Worksheet, cases: Sequence[Case], scheme: Any, native: Callable[[str], str]
) -> Iterator[tuple[tuple[str, str], Expected]]:
    """Write one case below the other: the result in column A, the cells of its arguments from column D on."""
    top = 1
    for function, arguments in cases:
        typed, column, height = [], 4, 1
        for argument in arguments:
            if not isinstance(argument, list):
                typed.append(literal(argument))
                continue
            for i, row in enumerate(argument):
                for j, value in enumerate(row):
                    cell = sheet.cell(top + i, column + j)
                    cell.value = value
                    if isinstance(value, str):
                        cell.data_type = "e" if value in _ERRORS else "s"
            right = column + len(argument[0]) - 1
            typed.append(f"{get_column_letter(column)}{top}:{get_column_letter(right)}{top + len(argument) - 1}")
            if len(argument) == len(argument[0]) == 1:
                typed[-1] = typed[-1].partition(":")[0]
            height = max(height, len(argument))
            column = right + 2
        spare = len(FUNCTIONS[function].arguments) - len(arguments)
        takes_scheme = FUNCTIONS[function].arguments[-1].kind == "scheme" and spare > 0
        own = [*[None] * (spare - 1), scheme] if takes_scheme else []
        call, result = f"{function}({','.join(typed)})", FUNCTIONS[function](*arguments, *own)
        formula = native(call)
        lines = result if isinstance(result, list) else [[result]]
        together = len(lines) > 1
        sheet[f"A{top}"] = ArrayFormula(f"A{top}:A{top + len(lines) - 1}", f"={formula}") if together else f"={formula}"
        for i, line in enumerate(lines):
            case = (function, arguments)
            yield (sheet.title, f"A{top + i}"), Expected(line[0], f"={call} {arguments}", case, formula, together)
        top += height + 1


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_ERRORS = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")
