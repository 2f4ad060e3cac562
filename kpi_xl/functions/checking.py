"""KPI_CHECK: the first cell of a column that a function would refuse, and why. It asks the functions themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from kpi_xl.cell_words import ERRORS, plain
from kpi_xl.errors import KpiError, Problem
from kpi_xl.functions import grading, points, rates
from kpi_xl.functions.cells import (
    Cell,
    CellError,
    block,
    column,
    is_blank,
    is_missing,
    is_range,
    moment,
    problem_text,
    raise_error,
    shown,
)
from kpi_xl.functions.scheme_argument import DEFAULT_SCHEME, read_scheme
from kpi_xl.glossary import POINTS
from kpi_xl.schemes.inputs import Input
from kpi_xl.scoring.values import read_input

REFUSED: Final = "参数错误："
_ROW = re.compile(rf"^{REFUSED}(第 ?\d+ ?[行格个](第 ?\d+ ?列)?[:：，]?)?")
_LONGEST = 255
_RATIO = Input("ratio", "比率", "ratio", None, Decimal(0), Decimal(1))

Check = Callable[[Cell], Cell]
"""What the function says of a single cell; raises CellError for what it cannot use."""


def _ratio(cell: Cell) -> Cell:
    if is_missing(cell):
        return ""
    problems: list[Problem] = []
    read_input(_RATIO, points.read_value(_RATIO, cell), False, problems)
    if problems:
        raise CellError(f"{REFUSED}{problems[0].message.zh}；{problems[0].remedy.zh}")
    return ""


def _date(cell: Cell) -> Cell:
    return "" if is_missing(cell) else moment(cell, "此格").isoformat()


KINDS: Final[Mapping[str, Check]] = {
    POINTS: grading.grade,
    "评分": lambda cell: rates.mean_rating([[cell]]),
    "推荐意愿": lambda cell: rates.nps([[cell]]),
    "比率": _ratio,
    "日期": _date,
    "是否": lambda cell: rates.fcr([[cell]]),
}
"""What a column may hold, and the function (or its reader) that tells whether it could use a cell."""
_WHOLE: Final[Mapping[str, Check]] = {"评分": rates.mean_rating}
"""Functions that compare the cells of a column with each other."""


def check(cells: object, kind: object = None) -> Cell:
    """Return the first bad cell by row and why, with how many more rows are bad; ``没有问题（20 行）`` when all can be used.

    Rows count from the first one of the range; blank ones at its end are none. `kind`: a key of `KINDS` (left out: scores), or
    an indicator of the default scheme by id or name. Raises CellError for another one.
    """
    name, one = _kind(kind)
    rows = block(cells)
    while rows and all(map(is_blank, rows[-1])):
        rows.pop()
    if not rows:
        return ""
    bad: dict[int, str] = {}
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row, start=1):
            reason = "" if is_blank(cell) else _reason(one, cell)
            if reason:
                at = f"第 {number} 行" + (f"第 {place} 列" if len(row) > 1 else "")
                bad.setdefault(number, f"{at}：{reason}" + _hint(number, cell))
    if bad:
        more = f"；另有 {len(bad) - 1} 行有问题" if len(bad) > 1 else ""
        return next(iter(bad.values()))[: _LONGEST - len(more)] + more
    if name in _WHOLE and (together := _reason(_WHOLE[name], rows)):
        return f"整列：{together}"
    blank = sum(all(map(is_blank, row)) for row in rows)
    return f"没有问题（{len(rows)} 行" + (f"，其中空白 {blank} 行）" if blank else "）")


def _kind(argument: object) -> tuple[str, Check]:
    given = [cell for cell in column(argument) if not is_blank(cell)]
    if len(given) > 1:
        raise CellError(f"{REFUSED}种类只能写一个")
    cell = given[0] if given else 0
    raise_error(cell)
    if cell == 0 and not isinstance(cell, bool):  # Calc's empty cell
        return POINTS, KINDS[POINTS]
    word = plain(cell) if isinstance(cell, str) else shown(cell)
    if word in KINDS:
        return word, KINDS[word]
    if word in points.inputs_by_name(read_scheme(DEFAULT_SCHEME)):
        return word, lambda value: points.points(word, value)
    raise CellError(f"{REFUSED}没有“{shown(cell)}”这一种，可写 {'、'.join(KINDS)}，或默认方案的指标（如 fcr）")


def _reason(one: Check, cell: Cell) -> str:
    """Return why the function would refuse the cell, with what stands in it; empty when it would not."""
    try:
        raise_error(cell)
        said = one(cell)
    except CellError as error:
        said = str(error)
    except KpiError as error:
        said = str(problem_text(error))
    if not isinstance(said, str):
        return ""
    if said in ERRORS:
        return f"错误值 {said}"
    if not said.startswith(REFUSED):
        return ""
    reason = _ROW.sub("", said)
    text = f"{cell:.15g}" if isinstance(cell, float) else shown(cell)
    return reason if is_range(cell) or text in reason else f"{reason}（“{text}”）"


def _hint(number: int, cell: Cell) -> str:
    """The first row may be the table's header, which no function skips."""
    header = number == 1 and isinstance(cell, str) and cell not in ERRORS and not any(map(str.isdigit, cell))
    return "（如是表头，请从下一行选起）" if header else ""
