"""The last argument of many functions: which scheme. An id, an id with variants, or a 评级标准 range."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from kpi_xl.cell_words import plain
from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import Cell, CellError, block, is_blank, raise_error, shown
from kpi_xl.numbers import round_points
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.model import Grade, Indicator, Scheme
from kpi_xl.scoring import grade_of
from kpi_xl.standard.decode import scheme_from_rows
from kpi_xl.standard.tables import SHEET

DEFAULT_SCHEME = "appliance-agent"
_MOST_ROWS = 2000
_FIRST_TABLE = "方案"
_NAME = re.compile(r"[\w-]{1,40}(:[\w-]{1,40}(\+[\w-]{1,40}){0,9})?")


def read_scheme(argument: object) -> Scheme:
    """Return the scheme that the argument names, or that stands in the range (the sheet 评级标准 from its first cell on).

    Blank (or Calc's 0 for an empty cell) is the default. Raises CellError; for a range with the address of the first mistake.
    """
    if isinstance(argument, Scheme):  # a caller in Python that has read it
        return argument
    rows = block(argument)
    if len(rows) == 1 and len(rows[0]) == 1:
        return _named(rows[0][0])
    while len(rows) > 1 and all(is_blank(cell) for cell in rows[-1]):
        rows.pop()
    if len(rows) > _MOST_ROWS:
        raise CellError(f"参数错误：评级标准区域最多 {_MOST_ROWS} 行")
    for row in rows:
        for cell in row:
            raise_error(cell)
            if not (cell is None or isinstance(cell, str | float | int | Decimal)):
                raise CellError(f"参数错误：评级标准区域中不应有“{shown(cell)}”")
    return _from_table(tuple(tuple(row) for row in rows))


@lru_cache(maxsize=8)
def _from_table(rows: tuple[tuple[Cell, ...], ...]) -> Scheme:
    """Read the table once: Excel asks again for every formula, with the same cells."""
    if not any(plain(str(row[0] or "")).startswith(_FIRST_TABLE) for row in rows):
        raise CellError("参数错误：方案区域应从“评级标准”表的第一格选起，选到最后一列")
    try:
        return scheme_from_rows(rows, SHEET)
    except KpiError as error:
        if not error.problems:
            raise CellError(f"参数错误：{error.message.zh}") from error
        problem = error.problems[0]
        raise CellError(f"参数错误：{problem.where} {problem.message.zh}；{problem.remedy.zh}") from error


def _named(cell: Cell) -> Scheme:
    raise_error(cell)
    if is_blank(cell) or (cell == 0 and not isinstance(cell, bool)):
        return _load(DEFAULT_SCHEME)
    name = plain(cell) if isinstance(cell, str) else ""
    # only names: a cell must not make this computer open the file that a workbook from elsewhere asks for
    if not _NAME.fullmatch(name):
        raise CellError(f"参数错误：没有“{shown(cell)}”这个方案")
    return _load(name)


@lru_cache(maxsize=64)
def _load(name: str) -> Scheme:
    try:
        return load_scheme(name)
    except KpiError as error:
        raise CellError(f"参数错误：{error.message.zh}") from error


def find_indicator(scheme: Scheme, cell: Cell) -> Indicator:
    """Return the indicator named by id or by its Chinese name. Raises CellError."""
    name = plain(cell) if isinstance(cell, str) else shown(cell)
    for indicator in scheme.indicators:
        if name in (indicator.id, indicator.name):
            return indicator
    raise CellError(f"参数错误：方案中没有指标“{shown(cell)}”")


def in_limits(scheme: Scheme, score: Decimal) -> Decimal:
    """Return the score rounded to 2 decimals. Raises CellError when the scheme cannot give it (870 typed for 87.0)."""
    try:
        grade_of(scheme, score)
    except KpiError as error:
        raise CellError(f"参数错误：{error.message.zh}") from error
    return round_points(score)


def find_grade(scheme: Scheme, score: Decimal) -> Grade:
    """Return the grade of a score, read from the score rounded to 2 decimals (89.994 is not 90, 89.995 is).

    Raises CellError for a scheme without grades and for a score that the scheme cannot give (870 typed for 87.0).
    """
    try:
        found = grade_of(scheme, score)
    except KpiError as error:
        raise CellError(f"参数错误：{error.message.zh}") from error
    if found is None:
        raise CellError("本方案不设等级" if not scheme.grades else "本方案没有这个得分的等级")
    return found
