"""Where LibreOffice Calc cannot do what Excel does: one sentence each, for the function wizard and the documentation.

Shown to be the program's own doing in ``tests/calc``: its source is named beside each.
"""

from __future__ import annotations

from typing import Final

from kpi_xl.functions.function import Argument, Kind

EMPTY_CELL: Final = "单独引用的空单元格在 LibreOffice 中按 0 传入；可能为空时请写成区域，如 B2:B2。"
"""`ScInterpreter::ScExternal`: an argument of type ``any`` gets the value of a reference, and that of an empty cell is 0.

The type that shows the reference, ``XCellRange``, takes no numbers, texts, formulas or array constants. A range is handed over
cell by cell, with an empty text for an empty cell, even when it is one cell only.
"""

MIXED_TABLES: Final = (
    "LibreOffice 的数组公式，结果中既有数字又有文字的，其中的文字（空白、“无数据”、说明）与相同的文字比较为不相等，"
    'COUNTIF、VLOOKUP 也找不到：请改为每格一个公式，或写 =C2&""="无数据"、=IF(LEN(C2)=0,"",C2)。'
    "全是文字（如等级、奖惩）或全是数字的，不受影响。"
)
"""`ScUnoAddInCall::SetResult` puts the texts of a ``[][]string`` into the document's pool of strings, in which Calc compares;
`ScSequenceToMatrix::CreateMixedMatrix` leaves out those of a ``[][]any``."""

RANGE_ERRORS: Final = "区域中有错误值（#N/A 等）时，LibreOffice 不调用函数，整个公式返回 Err:504。"
"""`ScRangeToSequence::FillMixedArray` refuses a range with an error in it."""

_SINGLE: frozenset[Kind] = frozenset({"cells", "value"})


def empty_is_zero(argument: Argument) -> bool:
    """Tell whether one empty cell, arriving as 0, gives another result than a blank: not for schemes, nor where ranges go."""
    return argument.kind in _SINGLE
