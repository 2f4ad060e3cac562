"""What other programs than Excel compute wrongly, each shown by a formula that has nothing of ours, and what it excuses.

A fault that is mended fails its test: then its excuse goes, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .sheets import REFUSED, Expected

ERRORS = ("#N/A", "#DIV/0!")
LISTS = frozenset({"KPI_MEAN_RATING", "KPI_NPS", "KPI_CSAT", "KPI_FCR", "KPI_RANK", "KPI_STREAK"})
Excuses = Callable[[Any, Expected], bool]
"""Takes what a program shows and what it should have; tells whether the fault explains it."""


@dataclass(frozen=True)
class Fault:
    """A wrong result of a program. `shows` stands in the first cell of the formula (of an array, where it has `rows`)."""

    program: str
    formula: str
    shows: Any
    excel: Any
    why: str
    excuses: Excuses
    cells: Mapping[str, Any]
    rows: int = 1


def _flags(shown: Any, one: Expected) -> bool:
    return any(isinstance(cell, bool) for cell in one.cells)


def _flags_counted(shown: Any, one: Expected) -> bool:
    return one.case[0] == "KPI_STREAK" and str(shown).startswith(REFUSED) and any(cell in (0, 1) for cell in one.cells)


def _stray(shown: Any, one: Expected) -> bool:
    """A list with spaces around a word, or with a reason: refused, because the program cannot trim a range; never a number."""
    unclean = [
        c for c in one.cells if isinstance(c, str) and len(c) > 1 and (c != c.strip(" ") or c.startswith(("待评", "缺", "样本")))
    ]
    return one.case[0] in LISTS and str(shown).startswith(REFUSED) and bool(unclean)


def _errors_in_arrays(shown: Any, one: Expected) -> bool:
    return one.together and one.wanted in ERRORS and str(shown).startswith(REFUSED)


def _arrays(shown: Any, one: Expected) -> bool:
    return one.together


def _dates_in_text(shown: Any, one: Expected) -> bool:
    return one.case[0] == "KPI_HOURS" and str(shown).startswith(REFUSED)


def _another_error(shown: Any, one: Expected) -> bool:
    return one.case[0] == "KPI_STREAK" and shown == "#VALUE!" and one.wanted in ERRORS


_ARRAYS = "SUMPRODUCT takes its arguments as arrays, whatever functions they are made of"
FAULTS = (
    Fault(
        *("LibreOffice", "ISNUMBER(A1)", True, False, "a logical value is no number: it is loaded from .xlsx as 1"),
        *(_flags, {"A1": True}),
    ),
    Fault("LibreOffice", "COUNTIF(A1,TRUE)", 1, 0, "a number is not a logical value", _flags_counted, {"A1": 1}),
    Fault("Gnumeric", "SUMPRODUCT(LEN(A2:A3))", "#VALUE!", 3, _ARRAYS, _stray, {"A2": "ab", "A3": "c"}),
    Fault("IronCalc", "SUMPRODUCT(LEN(A2:A3))", "#VALUE!", 3, _ARRAYS, _stray, {"A2": "ab", "A3": "c"}),
    Fault(
        *("Gnumeric", "LEFT(A1:A2,1)", "#", "#N/A", "an error in an array is no text that begins with #", _errors_in_arrays),
        *({"A1": "#N/A", "A2": "c"}, 2),
    ),
    Fault(
        *("IronCalc", "ROUND(A2:A3,0)", "#VALUE!", 1, "an array formula computes each of its cells", _arrays),
        *({"A2": 1, "A3": 2}, 2),
    ),
    Fault(
        *("IronCalc", '"2025-09-01 08:00"*1', "#VALUE!", 45901 + 1 / 3, "a text that is a date becomes its number"),
        *(_dates_in_text, {}),
    ),
    Fault(
        *("IronCalc", 'SUMPRODUCT(LARGE((A1:A2="x")*1,1))', "#VALUE!", "#N/A", "an error passes on as it is", _another_error),
        {"A1": "#N/A", "A2": "x"},
    ),
)

ROUNDING = Fault(
    *("Gnumeric", "ROUND(A1,8)", 8.38499999, 8.385, "ROUND takes the number as it is shown, with 15 digits"),
    *(lambda shown, one: False, {"A1": 8.384999995}),
)
"""A half at the ninth decimal: `tests.workbook.test_forms_in_programs` leaves such values out."""
ORDER = Fault(
    *("LibreOffice", "(A1<0)>0", False, True, "number < text < FALSE < TRUE: every logical value is greater than every number"),
    *(lambda shown, one: False, {"A1": 20}),
)
"""Why LibreOffice alone is no judge."""
CONSTANTS = Fault(
    *("IronCalc", "COUNT({10;9})", 0, 2, "the numbers of an array constant count"),
    *(lambda shown, one: False, {}),
)
MADE = Fault(
    *("IronCalc", "ISNUMBER(OFFSET(A1,1,0))", False, True, "a reference that OFFSET makes is one"),
    *(lambda shown, one: False, {"A2": 95}),
)
"""Why calls over array constants and over OFFSET, which people write, are not among the cases that IronCalc computes."""
