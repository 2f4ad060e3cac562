"""The weighted mean of what is there: missing values give their weight to the others, and the result says so."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from kpi_xl.cell_words import UNIT_WORDS, plain
from kpi_xl.functions.cells import Block, Cell, CellError, as_cell, block, is_missing, number, raise_error, refuse
from kpi_xl.glossary import AWAITING, NO_DATA, WEIGHT
from kpi_xl.numbers import divide, format_points, parse_amount, round_half_up

LARGE: Final = 10
"""From this number on one between 0 and 1 beside it is taken for a percentage among points, and refused."""


def weighted(values: object, weights: object) -> Cell:
    """Return the weighted mean of the values given; where some are missing, in words how many, after the mean of the others.

    Missing: blank, 无数据, 待评 and the like; what has the weight 0 is not missed.

    `values` and `weights` alike in size: one result. A row of weights over a table of values: a result per row; a column of
    weights beside a table: a result per column.
    """
    table, factors = block(values), block(weights)
    if len(table) * len(table[0]) == len(factors) * len(factors[0]):
        return _mean([cell for row in table for cell in row], _weights([cell for row in factors for cell in row]))
    if len(factors) == 1 and len(factors[0]) == len(table[0]):
        given = _weights(factors[0])
        return [[_shown(row, given)] for row in table]
    if len(factors[0]) == 1 and len(factors) == len(table):
        given = _weights([row[0] for row in factors])
        return [[_shown(list(cells), given) for cells in zip(*table, strict=True)]]
    raise CellError(f"参数错误：数值是 {_size(table)}，权重是 {_size(factors)}，对不上")


def _size(table: Block) -> str:
    return f"{len(table)}行×{len(table[0])}列"


def _weights(cells: list[Cell]) -> list[Decimal | None]:
    """Read the weights; None where there is none."""
    found = [_number(cell, f"第 {place} 个权重") for place, cell in enumerate(cells, start=1)]
    for place, (weight, cell) in enumerate(zip(found, cells, strict=True), start=1):
        if weight is not None and weight < 0:
            raise refuse(f"第 {place} 个权重", cell, "不小于 0 的数字")
    known = [weight for weight in found if weight is not None]
    if not sum(known):
        raise CellError("参数错误：权重之和为 0")
    _require_one_scale(known, WEIGHT, "0.2 和 30")
    return found


def _number(cell: Cell, what: str) -> Decimal | None:
    """Read a number, also ``87分`` and ``85%``; None where it is missing or pending. Raises CellError."""
    raise_error(cell)
    if is_missing(cell):
        return None
    if isinstance(cell, str):
        written = plain(cell)
        if written.startswith(AWAITING):
            return None
        points = parse_amount(written, UNIT_WORDS["points"])
        return number(cell if points is None else points, what)
    return number(cell, what)


def _require_one_scale(numbers: list[Decimal], what: str, example: str) -> None:
    if max(numbers, default=0) >= LARGE and any(0 < one < 1 for one in numbers):
        raise CellError(f"参数错误：{what}混用了小数和分数（如 {example}），请统一")


def _shown(cells: list[Cell], weights: list[Decimal | None]) -> Cell:
    try:
        return _mean(cells, weights)
    except CellError as error:
        return str(error)


def _mean(cells: list[Cell], weights: list[Decimal | None]) -> Cell:
    values = [_number(cell, f"第 {place} 个数值") for place, cell in enumerate(cells, start=1)]
    pairs = list(zip(values, weights, strict=True))
    for place, (value, weight) in enumerate(pairs, start=1):
        if value is not None and weight is None:
            raise CellError(f"参数错误：第 {place} 个权重应为数字，而不是空白")
    given = [value for value in values if value is not None]
    if not given:
        return NO_DATA
    _require_one_scale(given, "数值", "0.85 和 90")
    present = sum((weight for value, weight in pairs if value is not None and weight), Decimal(0))
    if not present:
        raise CellError("参数错误：有数据的各项权重之和为 0")
    mean = divide(sum((value * weight for value, weight in pairs if value is not None and weight), Decimal(0)), present)
    missing = sum(value is None and bool(weight) for value, weight in pairs)
    return f"{_in_words(mean)}（缺 {missing} 项，按其余权重折算）" if missing else as_cell(mean)


def _in_words(mean: Decimal) -> str:
    """Show two decimals, of a rate (below 1) up to four."""
    if abs(mean) >= 1:
        return format_points(mean)
    shown = f"{round_half_up(round_half_up(mean, 8), 4) or Decimal(0):.4f}"
    return shown[:-2] + shown[-2:].rstrip("0")
