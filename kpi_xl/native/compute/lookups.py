"""Functions that look cells up or count them by a criterion: LOOKUP, VLOOKUP, INDEX, MATCH, COUNTIF, SUMIF, OFFSET, ROW."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kpi_xl.native.compute.engine import At, Calculator, Special, Value
from kpi_xl.native.compute.grid import Box
from kpi_xl.native.compute.parse import Node
from kpi_xl.native.compute.values import (
    DIVISION,
    NOT_AVAILABLE,
    REFERENCE,
    VALUE,
    Array,
    Error,
    Plain,
    Scalar,
    UnknownError,
    compared,
    first,
    lifted,
    number,
    same,
    scalars,
    truth,
)
from kpi_xl.ooxml.refs import MAX_COLUMN, MAX_ROW, Area

Nodes = Sequence[Node | None]


def _block(calculator: Calculator, node: Node | None, at: At) -> Array:
    value = calculator.value(node, at)
    if isinstance(value, Box):
        return calculator.array(value)
    return value if isinstance(value, list) else [[value]]


def _number(calculator: Calculator, nodes: Nodes, place: int, at: At, default: float = 0.0) -> float:
    """Return a number among the arguments; one left out is the default, an empty one 0. Raises UnknownError for an error."""
    if place >= len(nodes):
        return default
    found = number(first(calculator.plain(nodes[place], at)))
    if isinstance(found, Error):
        raise UnknownError("argument")
    return found


# --- looking up -----------------------------------------------------------------------------------------------------------


def _kind(value: Scalar) -> type:
    return bool if isinstance(value, bool) else str if isinstance(value, str) else float


def _last_not_above(wanted: Scalar, values: Sequence[Scalar]) -> int | None:
    """Return the place of the last value of an ascending list that is not above the wanted one; others kinds are skipped."""
    found = None
    for place, value in enumerate(values):
        if value is None or isinstance(value, Error) or _kind(value) is not _kind(wanted):
            continue
        if compared(value, wanted) > 0:
            break
        found = place
    return found


def _equal(wanted: Scalar, values: Sequence[Scalar]) -> int | None:
    if isinstance(wanted, str) and re.search(r"[*?~]", wanted):
        matches = criterion(wanted)
        return next((place for place, value in enumerate(values) if matches(value)), None)
    wanted = 0.0 if wanted is None else wanted
    return next((place for place, value in enumerate(values) if value is not None and same(value, wanted)), None)


def _vectors(rows: Array) -> list[Scalar]:
    """Return the first column of a tall array, the first row of a wide one."""
    return [row[0] for row in rows] if len(rows) >= len(rows[0]) else list(rows[0])


def _lookup(calculator: Calculator, nodes: Nodes, at: At) -> Value:
    if len(nodes) != 3:
        raise UnknownError("LOOKUP")
    wanted = calculator.plain(nodes[0], at)
    keys, results = (_vectors(_block(calculator, node, at)) for node in nodes[1:])

    def one(value: Scalar) -> Scalar:
        if isinstance(value, Error):
            return value
        place = _last_not_above(0.0 if value is None else value, keys)
        return NOT_AVAILABLE if place is None or place >= len(results) else results[place]

    return lifted(one, wanted)


def _table_lookup(calculator: Calculator, nodes: Nodes, at: At, *, across: bool) -> Value:
    rows = _block(calculator, nodes[1], at)
    if across:
        rows = [list(column) for column in zip(*rows, strict=True)]
    wanted, place = calculator.plain(nodes[0], at), int(_number(calculator, nodes, 2, at))
    near = truth(first(calculator.plain(nodes[3], at))) if len(nodes) > 3 else True
    keys = [row[0] for row in rows]
    if isinstance(near, Error) or place < 1:
        return VALUE
    if place > len(rows[0]):
        return REFERENCE

    def one(value: Scalar) -> Scalar:
        if isinstance(value, Error):
            return value
        found = (_last_not_above if near else _equal)(0.0 if value is None else value, keys)
        return NOT_AVAILABLE if found is None else rows[found][place - 1]

    return lifted(one, wanted)


def _match(calculator: Calculator, nodes: Nodes, at: At) -> Value:
    rows = _block(calculator, nodes[1], at)
    kind = _number(calculator, nodes, 2, at, 1.0)
    if min(len(rows), len(rows[0])) > 1:
        return NOT_AVAILABLE
    if kind < 0:
        raise UnknownError("MATCH")
    keys = _vectors(rows)

    def one(value: Scalar) -> Scalar:
        if isinstance(value, Error):
            return value
        found = (_equal if kind == 0 else _last_not_above)(0.0 if value is None else value, keys)
        return NOT_AVAILABLE if found is None else float(found + 1)

    return lifted(one, calculator.plain(nodes[0], at))


def _index(calculator: Calculator, nodes: Nodes, at: At) -> Value:
    value = calculator.value(nodes[0], at)
    places = [calculator.plain(node, at) for node in nodes[1:]]
    if len(nodes) > 3 or any(isinstance(place, list) for place in places):
        raise UnknownError("INDEX")
    found = [number(first(place)) for place in places]
    wrong = next((one for one in found if isinstance(one, Error)), None)
    if wrong is not None:
        return wrong
    wanted = [int(one) for one in found if not isinstance(one, Error)]
    area = value.area if isinstance(value, Box) else None
    height = area.bottom - area.top + 1 if area else len(value) if isinstance(value, list) else 1
    width = area.right - area.left + 1 if area else len(value[0]) if isinstance(value, list) else 1
    row, column = (wanted[0], wanted[1]) if len(wanted) > 1 else (1, wanted[0]) if height == 1 else (wanted[0], 1)
    if len(wanted) == 1 and height > 1 and width > 1:
        raise UnknownError("INDEX")
    if not 0 <= row <= height or not 0 <= column <= width:
        return REFERENCE
    top, bottom = (row, row) if row else (1, height)
    left, right = (column, column) if column else (1, width)
    if isinstance(value, Box):
        a = value.area
        return Box(value.sheet, Area(a.top + top - 1, a.left + left - 1, a.top + bottom - 1, a.left + right - 1))
    block = value if isinstance(value, list) else [[value]]
    cut = [line[left - 1 : right] for line in block[top - 1 : bottom]]
    return cut if row == 0 or column == 0 else cut[0][0]


def _offset(calculator: Calculator, nodes: Nodes, at: At) -> Value:
    base = calculator.value(nodes[0], at)
    if not isinstance(base, Box):
        raise UnknownError("OFFSET")
    area = base.area
    top = area.top + int(_number(calculator, nodes, 1, at))
    left = area.left + int(_number(calculator, nodes, 2, at))
    height = int(_number(calculator, nodes, 3, at, area.bottom - area.top + 1))
    width = int(_number(calculator, nodes, 4, at, area.right - area.left + 1))
    if height < 1 or width < 1:
        raise UnknownError("OFFSET")
    if top < 1 or left < 1 or top + height - 1 > MAX_ROW or left + width - 1 > MAX_COLUMN:
        return REFERENCE
    return Box(base.sheet, Area(top, left, top + height - 1, left + width - 1))


def _place(calculator: Calculator, nodes: Nodes, at: At, *, down: bool, count: bool) -> Value:
    value = calculator.value(nodes[0], at) if nodes else Box(at.sheet, Area(at.row, at.column, at.row, at.column))
    if not isinstance(value, Box):
        raise UnknownError("ROW")
    area = calculator.cells.grids[value.sheet].known(value.area) if at.array and not count else value.area
    start, end = (area.top, area.bottom) if down else (area.left, area.right)
    if count:
        return float(end - start + 1)
    if not at.array or start == end:
        own = at.row if down else at.column
        return float(own if not at.array and start <= own <= end else start)
    places: list[Scalar] = [float(place) for place in range(start, end + 1)]
    return [[place] for place in places] if down else [list(places)]


def _choose(calculator: Calculator, nodes: Nodes, at: At) -> Value:
    place = int(_number(calculator, nodes, 0, at))
    return calculator.value(nodes[place], at) if 1 <= place < len(nodes) else VALUE


# --- criteria -------------------------------------------------------------------------------------------------------------


def criterion(wanted: Scalar) -> Callable[[Scalar], bool]:
    """Return the test that COUNTIF makes of its criterion: a value, or text with an operator and wildcards."""
    if not isinstance(wanted, str):
        return lambda value: value is not None and type(value) is type(wanted) and value == wanted
    match = re.match(r"(<>|<=|>=|=|<|>)?(.*)", wanted, re.DOTALL)
    sign, rest = (match[1] or "=", match[2]) if match else ("=", wanted)
    if not rest and wanted:
        blank = (lambda value: value is None) if sign == "=" else (lambda value: value is not None)
        if sign in ("=", "<>"):
            return blank
    other: Scalar = number(rest) if rest else ""
    if isinstance(other, Error) or not rest:
        other = rest
    if sign in ("=", "<>"):
        equal = _like(rest) if isinstance(other, str) else lambda value: type(value) is float and value == other
        return equal if sign == "=" else lambda value: not equal(value)
    if isinstance(other, str):
        raise UnknownError(wanted)
    tests: dict[str, Callable[[float, float], bool]] = {
        "<": lambda one, two: one < two,
        ">": lambda one, two: one > two,
        "<=": lambda one, two: one <= two,
        ">=": lambda one, two: one >= two,
    }
    limit, test = float(other or 0), tests[sign]
    return lambda value: type(value) is float and test(value, limit)


def _like(pattern: str) -> Callable[[Scalar], bool]:
    """Return the test of a text with wildcards (``*``, ``?``, ``~`` before one that is meant)."""
    pieces = re.findall(r"~[*?~]|[*?]|[^*?~]+|~", pattern)
    wild = {"*": ".*", "?": "."}
    found = re.compile("".join(wild.get(p, re.escape(p[1:] if len(p) == 2 and p[0] == "~" else p)) for p in pieces), re.I | re.S)
    return lambda value: (isinstance(value, str) and found.fullmatch(value) is not None) or (not pattern and value is None)


def _by_criterion(calculator: Calculator, nodes: Nodes, at: At, *, combine: Callable[[list[Scalar]], Scalar]) -> Value:
    """COUNTIF, SUMIF, AVERAGEIF: the values that stand where a cell of the area meets the criterion."""
    tested = calculator.value(nodes[0], at)
    wanted = calculator.plain(nodes[1], at)
    if not isinstance(tested, Box):
        return VALUE
    rows = calculator.array(tested)
    values = rows
    if len(nodes) > 2:
        other = calculator.value(nodes[2], at)
        if not isinstance(other, Box):
            return VALUE
        top, left = other.area.top, other.area.left
        values = [[calculator.cell(other.sheet, top + r, left + c) for c in range(len(rows[0]))] for r in range(len(rows))]

    def one(value: Scalar) -> Scalar:
        if isinstance(value, Error):
            raise UnknownError("criterion")
        meets = criterion(0.0 if value is None else value)
        return combine([shown for tested, shown in zip(scalars(rows), scalars(values), strict=True) if meets(tested)])

    return lifted(one, wanted)


def _by_criteria(calculator: Calculator, nodes: Nodes, at: At, *, combine: Callable[[list[Scalar]], Scalar], own: bool) -> Value:
    """COUNTIFS, SUMIFS, AVERAGEIFS: the values of the first area (`own`) where all cells meet their criteria."""
    pairs = nodes[1:] if own else nodes
    boxes = [calculator.value(node, at) for node in ([nodes[0]] if own else []) + list(pairs[::2])]
    wanted = [calculator.plain(node, at) for node in pairs[1::2]]
    if len(pairs) % 2 or any(isinstance(one, list | Error) for one in wanted) or not all(isinstance(box, Box) for box in boxes):
        raise UnknownError("criteria")
    areas = [list(scalars(calculator.array(box))) for box in boxes if isinstance(box, Box)]
    if len({len(area) for area in areas}) > 1:
        raise UnknownError("criteria")
    tests = [criterion(0.0 if one is None else first(one)) for one in wanted]
    columns = areas[1:] if own else areas
    meets = [all(test(column[n]) for test, column in zip(tests, columns, strict=True)) for n in range(len(areas[0]))]
    return combine([value for value, met in zip(areas[0], meets, strict=True) if met])


def _summed(values: list[Scalar]) -> Scalar:
    wrong = next((value for value in values if isinstance(value, Error)), None)
    return wrong or sum((value for value in values if type(value) is float), 0.0)


def _averaged(values: list[Scalar]) -> Scalar:
    numbers = [value for value in values if type(value) is float]
    wrong = next((value for value in values if isinstance(value, Error)), None)
    return wrong or (sum(numbers) / len(numbers) if numbers else DIVISION)


def _counted(values: list[Scalar]) -> Scalar:
    return float(len(values))


def _single(calculator: Calculator, nodes: Nodes, at: At) -> Value:
    """``@``: the cell of the own row or column of a reference, the first value of an array."""
    value: Plain = calculator.read(calculator.value(nodes[0], at), At(at.sheet, at.row, at.column))
    return first(value)


LOOKUPS: Mapping[str, Special] = {
    "LOOKUP": _lookup,
    "VLOOKUP": partial(_table_lookup, across=False),
    "HLOOKUP": partial(_table_lookup, across=True),
    "MATCH": _match,
    "INDEX": _index,
    "OFFSET": _offset,
    "CHOOSE": _choose,
    "ROW": partial(_place, down=True, count=False),
    "COLUMN": partial(_place, down=False, count=False),
    "ROWS": partial(_place, down=True, count=True),
    "COLUMNS": partial(_place, down=False, count=True),
    "SINGLE": _single,
    "COUNTIF": partial(_by_criterion, combine=_counted),
    "SUMIF": partial(_by_criterion, combine=_summed),
    "AVERAGEIF": partial(_by_criterion, combine=_averaged),
    "COUNTIFS": partial(_by_criteria, combine=_counted, own=False),
    "SUMIFS": partial(_by_criteria, combine=_summed, own=True),
    "AVERAGEIFS": partial(_by_criteria, combine=_averaged, own=True),
}
