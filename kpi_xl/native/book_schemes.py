"""The schemes that the calls of any workbook are by: its own sheets 评级标准, and those that will be added to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kpi_xl.errors import KpiError, Text
from kpi_xl.functions.cells import CellError
from kpi_xl.functions.scheme_argument import read_scheme
from kpi_xl.native.compute.grid import Cells, read_cells
from kpi_xl.native.compute.values import Error
from kpi_xl.native.forms import NoNativeFormError, Standard
from kpi_xl.native.one_formula import Chosen, inside, moved
from kpi_xl.native.places import in_place
from kpi_xl.ooxml.book import Book
from kpi_xl.ooxml.formulas import Ref, Token, parse_formula, quoted_sheet, read_tokens
from kpi_xl.ooxml.refs import Area
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.decode import scheme_from_rows
from kpi_xl.standard.plan import plan_standard
from kpi_xl.standard.tables import SHEET

MAX_SHEET = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_WIDTH = 40
_DEEPEST = 5


@dataclass(frozen=True)
class Added:
    """A sheet 评级标准 that the workbook gets: the scheme and the name of the sheet."""

    scheme: Scheme
    sheet: str


@dataclass
class BookSchemes:
    """Finds the scheme of each call. `default` is the one for calls that name none, where it was said by the user."""

    book: Book
    default: Scheme | None = None
    cells: Cells = field(init=False)
    added: dict[str, Added] = field(default_factory=dict)
    remarks: dict[str, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cells = read_cells(self.book)
        self._read: dict[tuple[int, Area | None], Scheme | None] = {}
        self._standards: dict[str, Standard] = {}
        self._taken = {node.get("name").casefold() for node in self.book.sheet_nodes}
        number = self.book.numbers.get(SHEET.casefold())
        self.own: Scheme | None = None
        if number is not None:
            try:
                self.own = self._scheme_of(number, None)
            except NoNativeFormError as error:
                self._remark(
                    f"“{SHEET}”表读不成方案（{error.reason.zh}），没有用它",
                    f"the sheet {SHEET} is no scheme ({error.reason.en}) and was not used",
                )

    def of_argument(self, argument: Sequence[Token], sheet: int | None, *, fixed: bool) -> Chosen:
        """Return the scheme that an argument names on a sheet. Raises NoNativeFormError.

        `fixed`: the formula is for several cells at once, so that only an address with ``$`` means one cell.
        """
        return self._of_tokens(inside(argument), sheet, fixed=fixed, depth=0)

    def of_no_argument(self) -> Chosen:
        """Return the scheme of calls that name none: the one that was given, the workbook's own, or that of the functions."""
        if self.default is not None:
            return self._standing(self.default)
        if self.own is not None:
            number = self.book.numbers[SHEET.casefold()]
            return Chosen(self._placed(self.own, number))
        return self._standing(read_scheme(None))

    @property
    def plain(self) -> Standard:
        """What functions that take no scheme are lowered with."""
        if "" not in self._standards:
            scheme = self.default or self.own or read_scheme(None)
            self._standards[""] = Standard(scheme, plan_standard(scheme))
        return self._standards[""]

    # --- what an argument says ---------------------------------------------------------------------------------------------

    def _of_tokens(self, tokens: Sequence[Token], sheet: int | None, *, fixed: bool, depth: int) -> Chosen:
        if not tokens:
            return self.of_no_argument()
        token = tokens[0]
        if len(tokens) == 1 and token.subtype == "TEXT":
            return self._named(token.value[1:-1].replace('""', '"'))
        if len(tokens) == 1 and token.subtype == "NUMBER" and float(token.value) == 0:
            return self.of_no_argument()
        if len(tokens) == 1 and token.subtype == "RANGE" and depth < _DEEPEST:
            formula = parse_formula(token.value, sheet, self.book.numbers)
            piece = formula.pieces[0]
            if isinstance(piece, Ref) and len(formula.pieces) == 1 and piece.sheet is not None:
                return self._referred(piece, token.value, fixed=fixed)
            label = self.book.sheet_nodes[sheet].get("name").casefold() if sheet is not None else ""
            named = self.cells.name(token.value.rpartition("!")[2], label)
            if named is not None:
                return self._of_tokens(inside(read_tokens(named) or ()), None, fixed=True, depth=depth + 1)
        raise NoNativeFormError("看不出是哪个方案：方案写成了算式", "which scheme it is cannot be told from an expression")

    def _named(self, words: str) -> Chosen:
        """Return the scheme of an id or a name: the workbook's own where it is that one, edited or not."""
        try:
            named: Scheme | None = read_scheme(words)
            why = ""
        except CellError as error:
            named, why = None, str(error)
        if not words.strip():
            return self.of_no_argument()
        own = self.own
        if own is not None and (own.reference == (named.reference if named else words.strip())):
            if named is not None and not same_numbers(own, named):
                self._remark(
                    f"“{own.reference}”按本簿“{SHEET}”表里改过的数值计算，而不是内置方案的数值",
                    f"{own.reference} is computed by the edited numbers of the sheet {SHEET}, not by the built-in ones",
                )
            return Chosen(self._placed(own, self.book.numbers[SHEET.casefold()]))
        if named is None:
            raise NoNativeFormError(why.removeprefix("参数错误："), f"there is no scheme {words!r}")
        return self._standing(named)

    def _referred(self, ref: Ref, text: str, *, fixed: bool) -> Chosen:
        number = ref.sheet
        if number is None:
            raise NoNativeFormError("看不出是哪个方案", "which scheme it is cannot be told")
        (top, bottom), (left, right) = ref.rows, ref.columns
        if (top, left) != (bottom, right):
            return self._of_area(number, Area(top, left, bottom, right))
        if fixed and not (ref.first.fixed_row and ref.first.fixed_column):
            raise NoNativeFormError("方案写在随行变化的单元格里", "a cell that is another one in each row names the scheme")
        grid = self.cells.grids[self.book.sheet_nodes[number].get("name").casefold()]
        if (top, left) in grid.formulas or (top, left) in grid.arrays:
            raise NoNativeFormError(f"方案由公式算出（{text}）", f"a formula computes the scheme ({text})")
        value = grid.values.get((top, left))
        if value is not None and not isinstance(value, str):
            raise NoNativeFormError(f"{text} 里不是方案编号", f"{text} holds no id of a scheme")
        chosen = self._named(value or "")
        words = (value or "").replace('"', '""')
        self._remark(
            f"方案写在 {text}：公式按现在的“{value or ''}”换成；以后改了这一格，公式会显示“方案已改”，请重新运行本命令",
            f"{text} names the scheme: the formulas are made for {value or ''!r}, and say so when that cell is changed",
        )
        return Chosen(chosen.standard, f'{text}="{words}"')

    def _of_area(self, number: int, area: Area) -> Chosen:
        """Return the scheme that a range of a sheet 评级标准 holds; the numbers are read from that sheet."""
        scheme = self._scheme_of(number, area)
        try:
            return Chosen(self._placed(scheme, number))
        except NoNativeFormError:
            whole = self._scheme_of(number, None)
            if not same_numbers(scheme, whole, variants=False):
                raise
            return Chosen(self._placed(whole, number))

    # --- sheets -----------------------------------------------------------------------------------------------------------

    def _scheme_of(self, number: int, area: Area | None) -> Scheme:
        """Read a sheet, or a range of it, as a scheme. Raises NoNativeFormError."""
        grid = self.cells.grids.get(self.book.sheet_nodes[number].get("name").casefold())
        if grid is None:
            raise NoNativeFormError("那里不是工作表", "that is no worksheet")
        if (number, area) not in self._read:
            known = grid.known(area) if area else Area(1, 1, min(grid.bottom, 5000), min(grid.right, _WIDTH))
            try:
                self._read[number, area] = _read(grid.values, known, whole=area is None)
            except (CellError, KpiError) as error:
                message = error.problems[0].message.zh if isinstance(error, KpiError) and error.problems else str(error)
                first = message.splitlines()[0].removeprefix("参数错误：")
                raise NoNativeFormError(f"区域读不成方案：{first}", "the range cannot be read as a scheme") from error
        found = self._read[number, area]
        if found is None:
            raise NoNativeFormError("区域读不成方案", "the range cannot be read as a scheme")
        return found

    def _placed(self, scheme: Scheme, number: int) -> Standard:
        """Return a scheme over a sheet that the workbook has. Raises NoNativeFormError where its rows are others."""
        sheet = self.book.sheets[number]
        known = self._standards.get(sheet.name)
        if known is None or known.scheme is not scheme:
            plan = plan_standard(scheme, quoted_sheet(sheet.name))
            known = self._standards[sheet.name] = Standard(scheme, plan, in_place(self.book, sheet, plan))
        if not known.in_place:
            raise moved()
        return known

    def _standing(self, scheme: Scheme) -> Chosen:
        """Return a scheme over its sheet: the workbook's own, one that an earlier run added, or a new one."""
        if self.own is not None and self.own.reference == scheme.reference and same_numbers(self.own, scheme):
            try:
                return Chosen(self._placed(self.own, self.book.numbers[SHEET.casefold()]))
            except NoNativeFormError:
                pass
        if scheme.reference not in self.added:
            found = self._from_before(scheme)
            if found is not None:
                return Chosen(found)
            self.added[scheme.reference] = Added(scheme, self._free_name(scheme))
        sheet = self.added[scheme.reference].sheet
        if sheet not in self._standards:
            self._standards[sheet] = Standard(scheme, plan_standard(scheme, quoted_sheet(sheet)))
        return Chosen(self._standards[sheet])

    def _from_before(self, scheme: Scheme) -> Standard | None:
        number = self.book.numbers.get(_sheet_name(scheme).casefold())
        if number is None:
            return None
        try:
            there = self._scheme_of(number, None)
            return self._placed(there, number) if there.reference == scheme.reference else None
        except NoNativeFormError:
            return None

    def _free_name(self, scheme: Scheme) -> str:
        """Return a name for the sheet: 评级标准 for the scheme of calls that name none, with the id behind it for others."""
        first = scheme.reference == (self.default or read_scheme(None)).reference and SHEET.casefold() not in self._taken
        name = SHEET if first else _sheet_name(scheme)
        number = 2
        while name.casefold() in self._taken:
            end = f"-{number}"
            name = _sheet_name(scheme)[: MAX_SHEET - len(end)] + end
            number += 1
        self._taken.add(name.casefold())
        return name

    def _remark(self, zh: str, en: str) -> None:
        self.remarks.setdefault(zh, Text(zh, en))


def _sheet_name(scheme: Scheme) -> str:
    return _FORBIDDEN.sub("+", f"{SHEET}-{scheme.reference}")[:MAX_SHEET].rstrip("+-")


def _read(values: Any, area: Area, *, whole: bool) -> Scheme:  # noqa: ANN401 - cells by address
    rows: list[list[Any]] = []
    for row in range(area.top, area.bottom + 1):
        found = [values.get((row, column)) for column in range(area.left, area.right + 1)]
        rows.append([cell.code if isinstance(cell, Error) else cell for cell in found])
    return scheme_from_rows(rows, SHEET) if whole else read_scheme(rows)


_WORDS_COUNT = ("grades", "options", "streaks", "parameters")
"""Tables whose words are results, not explanations."""


def same_numbers(one: Scheme, other: Scheme, *, variants: bool = True) -> bool:
    """Tell whether two schemes give the same results: explanations aside; without `variants`, by what native forms use."""
    if not variants:
        fields = ("total", "grades", "indicators", "bonus", "parameters", "limits")
        return all(getattr(one, name, None) == getattr(other, name, None) for name in fields)
    return _numbers(one) == _numbers(other)


def _numbers(scheme: Scheme) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Return the tables of a scheme without the words that explain."""

    def counts(key: str, place: int, value: object) -> bool:
        return place == 0 or key in _WORDS_COUNT or isinstance(value, Decimal | int)

    return [
        (key, [tuple(value for place, value in enumerate(row) if counts(key, place, value)) for row in placed.section.rows])
        for placed in plan_standard(scheme).placed
        if (key := placed.section.key) != "notes"
    ]
