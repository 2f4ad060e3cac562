"""The weighted mean of what is there: missing values give their weight to the others, and the result says so."""

from __future__ import annotations

from decimal import Decimal

from kpi_xl.cell_words import plain
from kpi_xl.functions.cells import Block, Cell, CellError, as_cell, block, is_missing, number, raise_error, refuse
from kpi_xl.glossary import AWAITING, NO_DATA
from kpi_xl.numbers import divide, format_points


def weighted(values: object, weights: object) -> Cell:
    """Return the weighted mean of the values given; where some are missing, in words how many, after the mean of the others.

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


def _weights(cells: list[Cell]) -> list[Decimal]:
    found = []
    for place, cell in enumerate(cells, start=1):
        raise_error(cell)
        weight = number(cell, f"第 {place} 个权重")
        if weight < 0:
            raise refuse(f"第 {place} 个权重", cell, "不小于 0 的数字")
        found.append(weight)
    if not sum(found):
        raise CellError("参数错误：权重之和为 0")
    return found


def _shown(cells: list[Cell], weights: list[Decimal]) -> Cell:
    try:
        return _mean(cells, weights)
    except CellError as error:
        return str(error)


def _mean(cells: list[Cell], weights: list[Decimal]) -> Cell:
    total = weight = Decimal(0)
    missing = 0
    for place, (cell, factor) in enumerate(zip(cells, weights, strict=True), start=1):
        raise_error(cell)
        if is_missing(cell) or (isinstance(cell, str) and plain(cell).startswith(AWAITING)):
            missing += 1
            continue
        total += number(cell, f"第 {place} 个数值") * factor
        weight += factor
    if missing == len(cells):
        return NO_DATA
    if not weight:
        raise CellError("参数错误：有数据的各项权重之和为 0")
    mean = divide(total, weight)
    return f"{format_points(mean)}（缺 {missing} 项，按其余权重折算）" if missing else as_cell(mean)
