"""Computes formulas over the cells of a workbook: references, names, operators, implicit intersection, arrays, calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xl.native.compute.grid import MAX_CELLS, Box, Cells, size
from kpi_xl.native.compute.parse import Call, Constant, Node, Operation, Reference, parse_tree
from kpi_xl.native.compute.structured import structured_box
from kpi_xl.native.compute.values import (
    DIVISION,
    NUMBER,
    REFERENCE,
    VALUE,
    Array,
    Error,
    Plain,
    Scalar,
    UnknownError,
    checked,
    compared,
    element,
    lifted,
    number,
    same,
    text,
)
from kpi_xl.ooxml.formulas import parse_formula
from kpi_xl.ooxml.refs import Area

_DEEPEST = 40
_WORK, _SMALL = 20_000_000, 64


@dataclass(frozen=True, slots=True)
class At:
    """Where a formula stands: sheet (casefolded), row, column; `array`: ranges are taken whole, not cut to the own row."""

    sheet: str
    row: int
    column: int
    array: bool = False


Value = Plain | Box
Special = Callable[["Calculator", Sequence[Node | None], At], Value]


class Calculator:
    """Computes cells and formulas; each cell once. `functions` are called with trees, so that they can be lazy."""

    def __init__(
        self,
        cells: Cells,
        functions: Mapping[str, Special],
        trusted: Callable[[str, int, int], bool] | None = None,
        work: int = _WORK,
    ) -> None:
        """`trusted` tells whether a formula cell (sheet, row, column) keeps the value that stands in it.

        `work` is how many cells of areas may be read: beyond it only small areas are.
        """
        self.cells = cells
        self._functions = functions
        self._trusted = trusted or (lambda _sheet, _row, _column: False)
        self._sheets = {name: place for place, name in enumerate(cells.grids)}
        self._numbers = {place: name for name, place in self._sheets.items()}
        self._known: dict[tuple[str, int, int], Scalar | UnknownError] = {}
        self._arrays: dict[tuple[str, int, int], Plain] = {}
        self._depth = 0
        self._areas: dict[tuple[str, int, int, int, int], Array] = {}
        self._work = work

    # --- cells ------------------------------------------------------------------------------------------------------------

    def cell(self, sheet: str, row: int, column: int) -> Scalar:
        """Return the value of a cell. Raises UnknownError."""
        grid = self.cells.grids.get(sheet)
        if grid is None:
            raise UnknownError(sheet)
        at = grid.arrays.get((row, column), (row, column))
        typed = grid.formulas.get(at)
        if typed is None or self._trusted(sheet, row, column):
            return grid.values.get((row, column))
        key = (sheet, row, column)
        if key not in self._known:
            self._known[key] = UnknownError("a circle")
            try:
                self._known[key] = self._shown(sheet, at, (row, column))
            except UnknownError as error:
                self._known[key] = error
                if self._depth:  # what a deep chain leaves unknown may be known when it is asked for from nearer by
                    del self._known[key]
                    raise
        found = self._known[key]
        if isinstance(found, UnknownError):
            raise found
        return found

    def _shown(self, sheet: str, at: tuple[int, int], place: tuple[int, int]) -> Scalar:
        typed = self.cells.grids[sheet].formulas[at]
        if typed.over is None:
            return _of_cell(self.formula(typed.text, At(sheet, *at)))
        if (sheet, *at) not in self._arrays:
            self._arrays[sheet, *at] = self.formula(typed.text, At(sheet, *at, array=True))
        return _of_cell(element(self._arrays[sheet, *at], place[0] - at[0], place[1] - at[1]))

    def formula(self, formula: str, at: At) -> Plain:
        """Return the value of a formula as it stands at a place. Raises UnknownError."""
        if self._depth > _DEEPEST:
            raise UnknownError("a long chain of cells")
        self._depth += 1
        try:
            return self.plain(parse_tree(formula), at)
        finally:
            self._depth -= 1

    def array(self, box: Box) -> Array:
        """Return the values of an area, as far as anything stands there."""
        grid = self.cells.grids.get(box.sheet)
        if grid is None:
            raise UnknownError(box.sheet)
        area = grid.known(box.area)
        count = size(area)
        self._work -= count
        if count > MAX_CELLS or (self._work < 0 and count > _SMALL):
            raise UnknownError("too much work")
        key = (box.sheet, area.top, area.left, area.bottom, area.right)
        if key not in self._areas:
            columns = range(area.left, area.right + 1)
            rows = range(area.top, area.bottom + 1)
            self._areas[key] = [[self.cell(box.sheet, row, column) for column in columns] for row in rows]
        return self._areas[key]

    # --- trees ------------------------------------------------------------------------------------------------------------

    def plain(self, node: Node | None, at: At) -> Plain:
        """Return a value that is no reference: of an area the cell of the own row or column, or all in an array formula."""
        return self.read(self.value(node, at), at)

    def read(self, value: Value, at: At) -> Plain:
        """Return what a reference holds; other values as they are."""
        if not isinstance(value, Box):
            return value
        area = value.area
        if value.single:
            return self.cell(value.sheet, area.top, area.left)
        if at.array:
            return self.array(value)
        if area.left == area.right and area.top <= at.row <= area.bottom:
            return self.cell(value.sheet, at.row, area.left)
        if area.top == area.bottom and area.left <= at.column <= area.right:
            return self.cell(value.sheet, area.top, at.column)
        return VALUE

    def value(self, node: Node | None, at: At) -> Value:
        """Return the value of a tree; a reference stays one. Raises UnknownError."""
        match node:
            case None:
                return None
            case Constant():
                return node.value
            case Reference():
                return self.referred(node.text, at)
            case Call():
                function = self._functions.get(node.name)
                if function is None:
                    raise UnknownError(node.name)
                try:
                    return function(self, node.arguments, at)
                except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # arguments that are too few, or too large
                    raise UnknownError(node.name) from error
            case Operation():
                left = self.plain(node.left, at)
                right = self.plain(node.right, at)
                return lifted(_OPERATORS[node.sign], left, right)

    def referred(self, reference: str, at: At) -> Value:
        """Return what a reference or a name stands for."""
        formula = parse_formula(reference, self._sheets.get(at.sheet), self._sheets)
        if len(formula.pieces) != 1:
            raise UnknownError(reference)
        piece = formula.pieces[0]
        if not isinstance(piece, str):
            if piece.sheet is None:
                raise UnknownError(reference)
            (top, bottom), (left, right) = piece.rows, piece.columns
            return Box(self._numbers[piece.sheet], Area(top, left, bottom, right))
        if "[" in piece:
            return structured_box(self.cells, piece, at.sheet, at.row)
        if piece.upper() == "#REF!" or piece.endswith("#REF!"):
            return REFERENCE
        named = self.cells.name(piece.rpartition("!")[2], at.sheet)
        if named is None or self._depth > _DEEPEST:
            raise UnknownError(reference)
        self._depth += 1
        try:  # names are computed as array formulas are
            return self.value(parse_tree(named), replace(at, array=True))
        finally:
            self._depth -= 1


def _of_cell(value: Plain) -> Scalar:
    """Return what a cell shows of a result: the first of an array, 0 for a reference to a blank."""
    found = value[0][0] if isinstance(value, list) else value
    return 0.0 if found is None else found


# --- operators ------------------------------------------------------------------------------------------------------------


def _arithmetic(function: Callable[[float, float], float | Error]) -> Callable[[Scalar, Scalar], Scalar]:
    def operate(left: Scalar, right: Scalar) -> Scalar:
        one, other = number(left), number(right)
        if isinstance(one, Error):
            return one
        return other if isinstance(other, Error) else function(one, other)

    return operate


def _comparison(test: Callable[[Scalar, Scalar], bool]) -> Callable[[Scalar, Scalar], Scalar]:
    def operate(left: Scalar, right: Scalar) -> Scalar:
        if isinstance(left, Error):
            return left
        return right if isinstance(right, Error) else test(left, right)

    return operate


def _power(base: float, exponent: float) -> float | Error:
    if base == 0 and exponent <= 0:
        return NUMBER if exponent == 0 else DIVISION
    try:
        found = base**exponent
    except OverflowError:
        return NUMBER
    return NUMBER if isinstance(found, complex) else checked(found)


def _joined(left: Scalar, right: Scalar) -> Scalar:
    one, other = text(left), text(right)
    if isinstance(one, Error):
        return one
    return other if isinstance(other, Error) else one + other


def _difference(one: float, other: float) -> float | Error:
    found = one - other
    # a difference that is nothing but the noise of the last digit is 0 in the programs
    return 0.0 if found and abs(found) < 1e-15 * max(abs(one), abs(other)) else checked(found)


_OPERATORS: Mapping[str, Callable[[Scalar, Scalar], Scalar]] = {
    "+": _arithmetic(lambda one, other: checked(one + other)),
    "-": _arithmetic(_difference),
    "*": _arithmetic(lambda one, other: checked(one * other)),
    "/": _arithmetic(lambda one, other: DIVISION if other == 0 else checked(one / other)),
    "^": _arithmetic(_power),
    "neg": lambda left, _right: value if isinstance(value := number(left), Error) else -value or 0.0,
    "%": lambda left, _right: value if isinstance(value := number(left), Error) else value / 100,
    "&": _joined,
    "=": _comparison(same),
    "<>": _comparison(lambda left, right: not same(left, right)),
    "<": _comparison(lambda left, right: compared(left, right) < 0),
    ">": _comparison(lambda left, right: compared(left, right) > 0),
    "<=": _comparison(lambda left, right: compared(left, right) <= 0),
    ">=": _comparison(lambda left, right: compared(left, right) >= 0),
}
