"""The last argument of many functions: which scheme. An id, an id with variants, or a 评级标准 range."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, lru_cache

from kpi_xl.cell_words import plain
from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import Block, Cell, CellError, block, is_blank, is_range, raise_error, remembered, shown
from kpi_xl.numbers import round_points
from kpi_xl.schemes import list_schemes, load_scheme, read_base_scheme
from kpi_xl.schemes.model import Grade, Indicator, Scheme
from kpi_xl.scoring import grade_of
from kpi_xl.standard.decode import scheme_from_rows
from kpi_xl.standard.tables import SHEET

DEFAULT_SCHEME = "appliance-agent"
_MOST_ROWS = 2000
_FIRST_TABLE = "方案"
_LONGEST = 255


def read_scheme(argument: object) -> Scheme:
    """Return the scheme that the argument names, or that stands in the range (the sheet 评级标准 from its first cell on).

    Blank (or Calc's 0 for an empty cell) is the default. Raises CellError; for a range with the address of the first mistake.
    """
    if isinstance(argument, Scheme):  # a caller in Python that has read it
        return argument
    if not is_range(argument):
        return _named(argument)
    rows = block(argument)
    return _named(rows[0][0]) if len(rows) == len(rows[0]) == 1 else _from_table(rows)


def _read_table(rows: Block) -> Scheme:
    while len(rows) > 1 and all(is_blank(cell) for cell in rows[-1]):
        rows.pop()
    if len(rows) > _MOST_ROWS:
        raise CellError(f"参数错误：评级标准区域最多 {_MOST_ROWS} 行")
    for row in rows:
        for cell in row:
            raise_error(cell)
            if not (cell is None or isinstance(cell, str | float | int | Decimal)):
                raise CellError(f"参数错误：评级标准区域中不应有“{shown(cell)}”")
    if not any(plain(str(row[0] or "")).startswith(_FIRST_TABLE) for row in rows):
        raise CellError("参数错误：方案区域应从“评级标准”表的第一格选起，选到最后一列")
    try:
        return scheme_from_rows(tuple(map(tuple, rows)), SHEET)
    except KpiError as error:
        if not error.problems:
            raise CellError(f"参数错误：{error.message.zh}") from error
        problem = error.problems[0]
        raise CellError(f"参数错误：{problem.where} {problem.message.zh}；{problem.remedy.zh}") from error


_from_table = remembered(_read_table)
"""Reads a table once: Excel asks again for every formula, with the same cells."""


def _named(cell: Cell) -> Scheme:
    raise_error(cell)
    if is_blank(cell) or (cell == 0 and not isinstance(cell, bool)):
        return _load(DEFAULT_SCHEME)
    return _load(_reference(cell))


def _reference(cell: Cell) -> str:
    """Return the id (with variants) of a scheme that is named by id or Chinese name, in any case. Raises CellError.

    Only names of what is built in: a cell must not make this computer open the file that a workbook from elsewhere asks for.
    """
    if not isinstance(cell, str):
        raise _unknown(cell)
    base, colon, variants = (part.strip() for part in plain(cell).partition(":"))
    found = _names().get(_folded(base))
    if found is None or bool(colon) != bool(variants):
        raise _unknown(cell)
    return f"{found}:{'+'.join(_variant(found, name.strip()) for name in variants.split('+'))}" if variants else found


@cache
def _names() -> Mapping[str, str]:
    """Return the ids of the built-in schemes by id and by Chinese name, in small letters."""
    listed = list_schemes()
    return {_folded(scheme.name): scheme.id for scheme in listed} | {_folded(scheme.id): scheme.id for scheme in listed}


def _folded(name: str) -> str:
    """Return a name as it is compared: in one width and in small letters, without spaces (``CS 考核`` is cs考核)."""
    return "".join(plain(name).casefold().split())


def _variant(scheme: str, name: str) -> str:
    """Return the id of a variant that is named by id or Chinese name, which may lack its remark in brackets.

    Raises CellError that lists the variants.
    """
    variants = read_base_scheme(scheme).variants
    asked = _folded(name)
    for variant in variants:
        if asked in (_folded(variant.id), _folded(variant.name)):
            return variant.id
    short = [variant.id for variant in variants if asked == _folded(variant.name).partition("(")[0]]
    if len(short) == 1:
        return short[0]
    listed = "、".join(f"{variant.id}（{variant.name}）" for variant in variants) or "没有变体"
    raise CellError(f"参数错误：方案 {scheme} 没有变体“{shown(name)}”；可用：{listed}")


def _unknown(cell: Cell) -> CellError:
    """Return the message that lists the ids, those like the one asked for first."""
    asked = _folded(cell) if isinstance(cell, str) else ""
    near = [_names()[name] for name in get_close_matches(asked[:_LONGEST], _names(), 3, 0.5)]
    listed = "、".join(dict.fromkeys((*near, *sorted(_names().values()))))
    lead, end = f"参数错误：没有“{shown(cell)}”这个方案；可用：", "…（全部见 =KPI_SCHEMES()）"
    room = _LONGEST - len(lead) - len(end)
    return CellError(lead + (listed if len(listed) <= room else listed[:room].rpartition("、")[0] + end))


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
