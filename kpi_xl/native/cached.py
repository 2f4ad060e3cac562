"""The cached values of a workbook whose calls became native formulas: right, or absent.

A cell is computed twice where that can be done: by the functions, as the workbook was, and by the native formulas, as it will be.
What the native formula gives is what programs will show, so that is written; where the two differ, it is reported.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kpi_xl.cell_words import ERRORS
from kpi_xl.functions import FUNCTIONS as CELL_FUNCTIONS
from kpi_xl.functions import Function
from kpi_xl.functions.catalog import times
from kpi_xl.glossary import AWAITING, MISSING
from kpi_xl.native.compute.engine import At, Calculator, Special, Value
from kpi_xl.native.compute.grid import Box, Cells, Grid, Typed
from kpi_xl.native.compute.library import FUNCTIONS as LIBRARY
from kpi_xl.native.compute.parse import Constant, Node, Reference
from kpi_xl.native.compute.values import Error, Plain, Scalar, UnknownError
from kpi_xl.native.forms import NoNativeFormError
from kpi_xl.native.one_formula import has_call
from kpi_xl.native.whole_book import Rewritten, formulas_by_sheet
from kpi_xl.ooxml.formula_cells import Address
from kpi_xl.ooxml.formulas import Token, parse_formula, read_tokens
from kpi_xl.ooxml.refs import cell_name
from kpi_xl.ooxml.stale import CellPlace, References
from kpi_xl.template import parts

_CLOSE = 1e-9
_WORK_OF_FUNCTIONS, _WORK_OF_CHECK = 100_000_000, 400_000
"""How many cells of areas are read for the functions, and for computing the native formulas as a check (some seconds)."""
_READS_FILES = "KPI_RESULT"
_DATES = ("DATE", "YEAR", "MONTH", "DAY")
_REFUSED = ("参数错误", MISSING, AWAITING)


@dataclass(frozen=True)
class Different:
    """A cell whose native formula shows something else than the function did."""

    where: str
    formula: str
    native: str
    function: str


@dataclass
class Computed:
    """What cells show, by sheet number and address; None where the value is not known, so that the cell is to have none.

    `sheets`: the values of the added sheets by name. `dropped`: formulas without a value now. `unsure`: calls whose native
    formula was not computed here as a check.
    """

    cells: dict[int, dict[Address, Scalar | None]] = field(default_factory=dict)
    sheets: dict[str, dict[Address, Scalar]] = field(default_factory=dict)
    different: list[Different] = field(default_factory=list)
    dropped: int = 0
    unsure: int = 0


def compute_values(done: Rewritten, added: Mapping[str, Grid]) -> Computed:
    """Return the values of all cells that a call decides; `added` are the cells of the new sheets by name."""
    return _Work(done, added).run()


class _Work:
    def __init__(self, done: Rewritten, added: Mapping[str, Grid]) -> None:
        self._done = done
        self._book = done.schemes.book
        self._old = done.schemes.cells
        self._labels = {number: node.get("name").casefold() for number, node in enumerate(self._book.sheet_nodes)}
        self._references = self._read_references()
        self._calls = self._call_cells()
        self._affected = self._affected_cells()
        self._added = added
        self._result = Computed()

    def run(self) -> Computed:
        before = Calculator(self._old, {**self._library(), **self._functions()}, self._unaffected, _WORK_OF_FUNCTIONS)
        known = {place: self._value(before, place) for place in sorted(self._affected)}
        cells = self._new_cells(known)
        after = Calculator(cells, self._library(), self._unaffected, _WORK_OF_CHECK)
        new = {place: self._value(after, place) for place in sorted(self._affected)}
        self._sheets(after)
        self._compare(known, new)
        self._settle(known, new)
        return self._result

    # --- which cells ------------------------------------------------------------------------------------------------------

    def _read_references(self) -> References:
        tables = {name: (sheet, area) for name, (sheet, area, _) in parts.tables(self._book).items()}
        return References(self._book, formulas_by_sheet(self._book), tables)

    def _call_cells(self) -> set[CellPlace]:
        """Return the cells whose formula calls a function, itself or by a defined name."""
        found = {(sheet, *at) for sheet, places in self._done.calls.items() for at in places}
        names = {name.name.upper() for name in self._book.names if has_call(name.text)}
        size = -1
        while names and size != len(names):  # names of names
            size = len(names)
            names |= {
                name.name.upper() for name in self._book.names if parse_formula(name.text, None, self._book.numbers).words & names
            }
        for sheet, formulas in formulas_by_sheet(self._book).items() if names else ():
            found |= {(sheet, *at) for at, formula in formulas.items() if formula.words & names}
        return found

    def _affected_cells(self) -> set[CellPlace]:
        """Return the cells with calls and all that depend on them, with the cells of their arrays."""
        found: set[CellPlace] = set()
        fresh = set(self._calls)
        while fresh:
            found |= self._references.stale(fresh | found)
            members = {
                (sheet, *at)
                for sheet in {place[0] for place in found}
                for at, first in self._old.grids[self._labels[sheet]].arrays.items()
                if (sheet, *first) in found
            }
            fresh = members - found
        return {place for place in found if self._holds_formula(place)}

    def _holds_formula(self, place: CellPlace) -> bool:
        grid = self._old.grids.get(self._labels[place[0]])
        return grid is not None and (place[1:] in grid.formulas or place[1:] in grid.arrays)

    def _unaffected(self, sheet: str, row: int, column: int) -> bool:
        """Tell whether a cell keeps the value that it has: one that no call decides, and that has one."""
        grid = self._old.grids.get(sheet)
        if grid is None or grid.values.get((row, column)) is None:
            return False
        return (self._book.numbers[sheet], row, column) not in self._affected

    # --- computing --------------------------------------------------------------------------------------------------------

    def _value(self, calculator: Calculator, place: CellPlace) -> Scalar | UnknownError:
        try:
            return calculator.cell(self._labels[place[0]], place[1], place[2])
        except UnknownError as error:
            return error
        except RecursionError:
            return UnknownError("deep")

    def _new_cells(self, known: Mapping[CellPlace, Scalar | UnknownError]) -> Cells:
        """Return the workbook as it will be: new formulas and names, new sheets; calls that stay hold what the function gives."""
        cells = Cells({name: copy.copy(grid) for name, grid in self._old.grids.items()}, dict(self._old.names), self._old.tables)
        for number, new in self._done.cells.items():
            grid = cells.grids[self._labels[number]]
            grid.formulas, grid.arrays = dict(grid.formulas), dict(grid.arrays)
            for at, typed in new.items():
                grid.arrays.pop(at, None)
                grid.put(at, typed)
        for place in self._calls:
            sheet, at = place[0], (place[1], place[2])
            if at in self._done.calls.get(sheet, ()) and at not in self._done.cells.get(sheet, {}):
                self._stands(cells.grids[self._labels[sheet]], at, sheet, known)
        for name in self._book.names:
            text = self._done.names.rewritten.get(name.node.start)
            if text is not None:
                cells.names[self._labels[name.local] if name.local is not None else "", name.name.casefold()] = text
        cells.grids.update({name.casefold(): grid for name, grid in self._added.items()})
        return cells

    def _stands(self, grid: Grid, at: Address, sheet: int, known: Mapping[CellPlace, Scalar | UnknownError]) -> None:
        """Let a call that stays, and its array, hold what the function gives; unknown ones stay unknown."""
        grid.formulas, grid.arrays, grid.values = dict(grid.formulas), dict(grid.arrays), dict(grid.values)
        for member in [at, *(one for one, first in grid.arrays.items() if first == at)]:
            value = known.get((sheet, *member), UnknownError(""))
            if isinstance(value, UnknownError):
                grid.formulas[member] = Typed("UNKNOWN()")
            else:
                grid.formulas.pop(member, None)
                grid.values[member] = value
            grid.arrays.pop(member, None)

    def _functions(self) -> dict[str, Special]:
        """The functions of the calls; not those that read files, and of dates only where days count from 1900."""
        closed = {_READS_FILES, *(function.name for function in times.FUNCTIONS)} if self._book.date1904 else {_READS_FILES}
        callable_here = [one for one in CELL_FUNCTIONS.values() if not one.engine and one.name not in closed]
        return {function.name: self._called(function) for function in callable_here}

    def _library(self) -> dict[str, Special]:
        return {name: one for name, one in LIBRARY.items() if not (self._book.date1904 and name in _DATES)}

    def _called(self, function: Function) -> Special:
        takes_scheme = function.arguments[-1].kind == "scheme"

        def call(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
            values: list[Any] = []
            for place, node in enumerate(arguments):
                if takes_scheme and place == len(function.arguments) - 1:
                    break
                values.append(_as_argument(calculator, calculator.value(node, at)))
            if takes_scheme:
                values += [None] * (len(function.arguments) - 1 - len(values))
                values.append(self._scheme(calculator, arguments[len(function.arguments) - 1 :], at))
            return _as_result(function(*values))

        return call

    def _scheme(self, calculator: Calculator, argument: Sequence[Node | None], at: At) -> Any:  # noqa: ANN401 - an argument
        """Return the scheme that the native form is by; what has none is left to the function."""
        node = argument[0] if argument else None
        tokens: Sequence[Token] = ()
        if isinstance(node, Reference):
            tokens = read_tokens(node.text) or ()
        elif isinstance(node, Constant) and isinstance(node.value, str):
            tokens = (Token('"' + node.value.replace('"', '""') + '"', "OPERAND", "TEXT"),)
        elif node is not None:
            return _as_argument(calculator, calculator.value(node, at))
        try:
            return self._done.schemes.of_argument(tokens, self._book.numbers.get(at.sheet), fixed=False).standard.scheme
        except NoNativeFormError:
            return _as_argument(calculator, calculator.value(node, at))

    # --- what is written --------------------------------------------------------------------------------------------------

    def _sheets(self, calculator: Calculator) -> None:
        for name, grid in self._added.items():
            for at in grid.formulas:
                try:
                    self._result.sheets.setdefault(name, {})[at] = calculator.cell(name.casefold(), *at)
                except UnknownError:
                    self._result.dropped += 1

    def _compare(self, known: Mapping[CellPlace, Scalar | UnknownError], new: Mapping[CellPlace, Scalar | UnknownError]) -> None:
        for place in sorted(self._calls):
            sheet, at = place[0], (place[1], place[2])
            if at not in self._done.cells.get(sheet, {}):
                continue
            function, native = known.get(place), new.get(place)
            if isinstance(function, UnknownError) or isinstance(native, UnknownError):
                self._result.unsure += isinstance(native, UnknownError)
            elif not _alike(function, native):
                grid = self._old.grids[self._labels[sheet]]
                formula = grid.formulas[grid.arrays.get(at, at)].text
                where = f"{grid.name}!{cell_name(*at)}"
                self._result.different.append(Different(where, f"={formula}", _shown(native), _shown(function)))

    def _settle(self, known: Mapping[CellPlace, Scalar | UnknownError], new: Mapping[CellPlace, Scalar | UnknownError]) -> None:
        """Write what is known; keep an unknown value that nothing changed, where the functions worked when it was computed."""
        cached = {place: self._old.grids[self._labels[place[0]]].values.get((place[1], place[2])) for place in self._affected}
        final = {place: known[place] if isinstance(new[place], UnknownError) else new[place] for place in self._affected}
        seen = [place for place in self._calls if cached.get(place) is not None and not isinstance(known[place], UnknownError)]
        worked = bool(seen) and all(_same(known[place], cached[place]) for place in seen)
        moved = {p for p, value in final.items() if not isinstance(value, UnknownError) and not _same(value, cached[p])}
        stale = self._references.stale(moved) if moved else set()
        for place, value in final.items():
            cells = self._result.cells.setdefault(place[0], {})
            if not isinstance(value, UnknownError):
                cells[place[1], place[2]] = value
                continue
            there = cached[place]
            usable = there is not None and not isinstance(there, Error) and place not in stale
            if not (usable and (worked or (not seen and place not in self._calls and not self._calls & stale))):
                cells[place[1], place[2]] = None
                self._result.dropped += 1


def _as_argument(calculator: Calculator, value: Value) -> Any:  # noqa: ANN401 - what a cell function takes
    if isinstance(value, Box):
        value = calculator.cell(value.sheet, value.area.top, value.area.left) if value.single else calculator.array(value)
    if isinstance(value, list):
        return [[cell.code if isinstance(cell, Error) else cell for cell in row] for row in value]
    return value.code if isinstance(value, Error) else value


def _as_result(value: Any) -> Plain:  # noqa: ANN401 - what a cell function gives
    if isinstance(value, list | tuple):
        rows = value if value and isinstance(value[0], list | tuple) else [value]
        return [[_one_result(cell) for cell in row] for row in rows]
    return _one_result(value)


def _one_result(value: Any) -> Scalar:  # noqa: ANN401 - what a cell function gives
    if isinstance(value, bool) or value is None:
        return "" if value is None else value
    if isinstance(value, int | float | Decimal):
        return float(value)
    text = str(value)
    return Error(text) if text in ERRORS else text


def _same(one: Scalar | UnknownError, other: Scalar | UnknownError) -> bool:
    if type(one) is float and type(other) is float:
        return abs(one - other) <= _CLOSE * max(1.0, abs(one))
    return type(one) is type(other) and one == other


def _alike(function: Scalar | None, native: Scalar | None) -> bool:
    """Tell whether two results say the same: the words of a refusal are shorter in native formulas."""
    if _same(function, native):
        return True
    if isinstance(function, str) and isinstance(native, str):
        return any(function.startswith(word) and native.startswith(word) for word in _REFUSED)
    return False


def _shown(value: Scalar | UnknownError | None) -> str:
    if isinstance(value, Error):
        return value.code
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.15g}" if isinstance(value, float) else str(value or "")
