"""What the calls of a formula mean at its place in any workbook: the scheme of each, and areas where one cell is expected.

A function is given a whole area and answers with as many results. In a plain cell the program shows the first of them, or hands
all to the function around the call (``SUM``). A native formula in a plain cell would be cut to its own row instead: such a cell
becomes an array formula, or takes the first cell of the area where nothing but the call stands in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from kpi_xl.functions import FUNCTIONS, Function
from kpi_xl.functions.points import input_keys
from kpi_xl.native.book_schemes import BookSchemes
from kpi_xl.native.forms import NoNativeFormError, Standard
from kpi_xl.native.one_formula import MANY, Chosen, inside
from kpi_xl.ooxml.formulas import AREA_FUNCTIONS, Ref, Token, parse_formula, read_tokens
from kpi_xl.ooxml.refs import Area, cell_name

_TAKE_AREAS = AREA_FUNCTIONS | frozenset(
    "VLOOKUP HLOOKUP LOOKUP INDEX MATCH ROWS COLUMNS ROW COLUMN OFFSET COUNTIF SUMIF AVERAGEIF ISREF SINGLE".split()  # noqa: SIM905
)
"""Functions that take whole areas in a plain cell too."""
_ONE_BY_ONE = frozenset({"cells", "value", "scheme"})

Manner = Literal["plain", "array", "around"]


class NeedsCellsError(NoNativeFormError):
    """A call that has to be written cell by cell: one of its areas is taken cell by cell, another one whole."""


@dataclass
class CellSetting:
    """The place of a formula: sheet, whether the cell is an array formula, whether the formula is for several cells at once.

    `offset`: which cell of the array formula is written (row, column from its first), where it is written cell by cell. `fixed`:
    only an address with ``$`` means one cell.
    """

    schemes: BookSchemes
    sheet: int | None
    manner: Manner = "plain"
    offset: tuple[int, int] | None = None
    fixed: bool = False
    used: set[str] = field(default_factory=set, init=False)
    """The schemes of the calls, by reference."""
    needs_array: bool = field(default=False, init=False)
    """Whether a call has several results that something around it takes: the cell must be an array formula."""

    @property
    def standard(self) -> Standard:
        """What native forms of functions that take no scheme are made with."""
        return self.schemes.plain

    def choose(self, argument: Sequence[Token]) -> Chosen:
        """Return the scheme that an argument names. Raises NoNativeFormError."""
        chosen = self.schemes.of_argument(argument, self.sheet, fixed=self.fixed or self.manner == "around")
        self.used.add(chosen.standard.scheme.reference)
        return chosen

    def fit(self, function: Function, given: list[list[Token]], *, whole: bool) -> tuple[list[list[Token]], bool]:
        """Return the arguments as the native form takes them, and whether it has several results. Raises NoNativeFormError."""
        kinds = [argument.kind for argument in function.arguments]
        found, several = [list(argument) for argument in given], False
        for place, argument in enumerate(given):
            if kinds[place] not in _ONE_BY_ONE or self._is_row_of_one(function, given, place):
                continue
            area = self._many(argument)
            if area is None:
                continue
            cell = self._one_cell(area, whole=whole) if isinstance(area, Area) else None
            if cell is not None:
                found[place] = [_written_anew(argument, cell)]
            else:
                several = True
        if several and any(kind not in _ONE_BY_ONE for kind in kinds[: len(given)]):
            raise NeedsCellsError(
                f"{function.name} 对一片区域逐格计算，请每格写一个公式", f"{function.name} over an area: write a formula a cell"
            )
        self.needs_array = self.needs_array or (several and self.manner == "plain")
        return found, several

    def named(self, function: Function, given: list[list[Token]]) -> tuple[list[list[Token]], str] | None:
        """Return the arguments with the indicator that a cell names now, and the condition that it still does."""
        if [argument.name for argument in function.arguments[:1]] != ["indicator"] or self.manner != "plain" or self.fixed:
            return None
        tokens = inside(given[0])
        formula = parse_formula(tokens[0].value, self.sheet, self.schemes.book.numbers) if len(tokens) == 1 else None
        ref = formula.pieces[0] if formula is not None and tokens[0].subtype == "RANGE" else None
        if not isinstance(ref, Ref) or ref.last is not None or ref.sheet is None:
            return None
        grid = self.schemes.cells.grids.get(self.schemes.book.sheet_nodes[ref.sheet].get("name").casefold())
        at = (ref.first.row, ref.first.column)
        words = grid.values.get(at) if grid is not None and at not in grid.formulas and at not in grid.arrays else None
        if not isinstance(words, str) or not words.strip():
            return None
        literal = '"' + words.replace('"', '""') + '"'
        trimmed = '"' + words.strip().replace('"', '""') + '"'
        return [[Token(trimmed, "OPERAND", "TEXT")], *given[1:]], f"{tokens[0].value}={literal}"

    def _one_cell(self, area: Area, *, whole: bool) -> tuple[int, int] | None:
        """Return the cell of an area that stands for it here: that of the present cell of an array, or the first."""
        if self.offset is not None:
            row, column = self.offset
            down, across = area.bottom > area.top, area.right > area.left
            return area.top + (row if down else 0), area.left + (column if across else 0)
        return (area.top, area.left) if whole and self.manner == "plain" else None

    def _is_row_of_one(self, function: Function, given: Sequence[Sequence[Token]], place: int) -> bool:
        """Tell whether an area is the parts of one composite indicator side by side."""
        if [argument.name for argument in function.arguments[:2]] != ["indicator", "actual"] or place != 1:
            return False
        name = inside(given[0])
        if len(name) != 1 or name[0].subtype != "TEXT":
            return False
        words = name[0].value[1:-1]
        area = self._many(given[1])
        for scheme in (self.standard.scheme, *(added.scheme for added in self.schemes.added.values())):
            for indicator in scheme.indicators:
                parts = len(input_keys(indicator)) if words in (indicator.id, indicator.name) else 1
                if parts > 1 and isinstance(area, Area) and area.right - area.left + 1 == parts:
                    return True
        return False

    # --- how many values an argument has -----------------------------------------------------------------------------------

    def _many(self, argument: Sequence[Token]) -> Area | Literal["some"] | None:
        """Return the area of an argument with several cells, ``some`` where it has several values, None for a single one.

        Raises NoNativeFormError for arithmetic with areas in a plain cell.
        """
        tokens = inside(argument)
        if len(tokens) == 1:
            return self.several(tokens[0])
        if any(token.subtype == MANY for token in tokens):
            return "some"
        if tokens and tokens[0].type == "ARRAY":
            return "some"
        inner = list(_outside_of_areas(tokens))
        if not any(self.several(token) for token in inner):
            wide = any(token.value.upper() in ("OFFSET(", "INDIRECT(") for token in tokens) and len(tokens) > 8
            return "some" if wide else None
        if self.manner == "plain":
            raise NoNativeFormError(
                "区域直接参与运算，普通公式只取同一行，请改为数组公式", "arithmetic with an area: make it an array formula"
            )
        return "some"

    def several(self, token: Token, depth: int = 0) -> Area | Literal["some"] | None:
        """Return the area of an operand with several cells, ``some`` where they are not known, None for a single one."""
        if token.type == "OPERAND" and token.subtype == MANY:
            return "some"
        if token.type != "OPERAND" or token.subtype != "RANGE":
            return None
        if "[" in token.value and not token.value.startswith("["):
            return None if "#This Row" in token.value or "[@" in token.value else "some"
        formula = parse_formula(token.value, self.sheet, self.schemes.book.numbers)
        piece = formula.pieces[0]
        if isinstance(piece, Ref):
            (top, bottom), (left, right) = piece.rows, piece.columns
            return Area(top, left, bottom, right) if piece.last is not None and (top, left) != (bottom, right) else None
        label = self.schemes.book.sheet_nodes[self.sheet].get("name").casefold() if self.sheet is not None else ""
        named = self.schemes.cells.name(token.value.rpartition("!")[2], label)
        tokens = inside(read_tokens(named) or ()) if named is not None else []
        if len(tokens) == 1 and depth < 3:
            return "some" if self.several(tokens[0], depth + 1) else None
        return "some"


def _written_anew(argument: Sequence[Token], cell: tuple[int, int]) -> Token:
    """Return a reference to one cell of an area, on the same sheet, relative as the area's first corner is."""
    (token,) = inside(argument)
    prefix, mark, _rest = token.value.rpartition("!")
    return Token(f"{prefix}{mark}{cell_name(*cell)}", "OPERAND", "RANGE")


def _outside_of_areas(tokens: Sequence[Token]) -> list[Token]:
    """Return the operands that stand where a plain cell takes one value, not where a function takes a whole area."""
    found: list[Token] = []
    opened: list[str] = []
    for place, token in enumerate(tokens):
        if token.subtype == "OPEN" and token.type in ("FUNC", "PAREN"):
            name = token.value[:-1].upper().rpartition("!")[2].lstrip("@").removeprefix("_XLFN.").removeprefix("_XLL.")
            opened.append(name)
        elif token.subtype == "CLOSE" and token.type in ("FUNC", "PAREN") and opened:
            opened.pop()
        elif token.type == "OPERAND" and not _taken_whole(tokens, place, opened):
            found.append(token)
    return found


def _taken_whole(tokens: Sequence[Token], place: int, opened: Sequence[str]) -> bool:
    """Tell whether a function takes an operand as a whole area: as an argument of its own, or anywhere within SUMPRODUCT."""
    if "SUMPRODUCT" in opened:
        return True
    alone = tokens[place - 1].subtype == "OPEN" or tokens[place - 1].type == "SEP"
    alone = alone and place + 1 < len(tokens) and (tokens[place + 1].subtype == "CLOSE" or tokens[place + 1].type == "SEP")
    return bool(opened) and alone and (opened[-1] in _TAKE_AREAS or opened[-1] in FUNCTIONS)


def safe_as_array(formula: str, setting: CellSetting) -> bool:
    """Tell whether a plain formula means the same as an array formula, its calls aside: no other area is cut to one cell."""
    return not any(setting.several(token) for token in _outside_of_areas(inside(read_tokens(formula) or ())))
