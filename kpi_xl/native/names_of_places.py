"""Defined names that hold the native forms of conditional formats and validations, and names that are rewritten."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kpi_xl.native.forms import NoNativeFormError
from kpi_xl.native.one_formula import MAX_FORMULA
from kpi_xl.native.places import Around
from kpi_xl.ooxml.book import Book, Sheet
from kpi_xl.ooxml.formulas import End, Ref, parse_formula, quoted_sheet
from kpi_xl.ooxml.refs import Area, parse_area

_WORDS = {"condition": "等级条件", "validation": "等级校验"}


@dataclass(frozen=True)
class NewName:
    """A name of one sheet (its number) and its formula."""

    name: str
    sheet: int
    text: str


@dataclass
class NewNames:
    """The changes of a workbook's names: new ones, and new texts by where the element of the name begins."""

    book: Book
    new: list[NewName] = field(default_factory=list)
    rewritten: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._taken = {name.name.casefold() for name in self.book.names}
        self._known: dict[tuple[int, str], str] = {}

    def for_place(self, place: Around, sheet: Sheet, native: str) -> str:
        """Return the name that holds a native form as its cells have it. Raises NoNativeFormError."""
        areas = [parse_area(text) for text in place.area.split()]
        first = areas[0] if areas else None
        formula = parse_formula(native, sheet.number, self.book.numbers)
        relative = any(not (end.fixed_row and end.fixed_column) for ref in formula.refs for end in (ref.first, ref.last) if end)
        if first is None or (len(areas) > 1 and relative):
            raise NoNativeFormError("条件涉及几片区域，请分开设置", "it is for several areas: set one for each")
        text = formula.text(lambda ref: _as_in_first_cell(ref, sheet, first))
        if len(text) >= MAX_FORMULA:
            raise NoNativeFormError(f"展开后超过 {MAX_FORMULA} 个字符", f"it would be longer than {MAX_FORMULA} characters")
        if (sheet.number, text) not in self._known:
            name = self._free(_WORDS[place.kind])
            self._known[sheet.number, text] = name
            self.new.append(NewName(name, sheet.number, text))
        return self._known[sheet.number, text]

    def _free(self, word: str) -> str:
        number = 1
        while f"{word}{number}".casefold() in self._taken:
            number += 1
        self._taken.add(f"{word}{number}".casefold())
        return f"{word}{number}"


def _as_in_first_cell(ref: Ref, sheet: Sheet, area: Area) -> str:
    """Write a reference as a name has it: with its sheet, and as the cell A1 would see it. Raises NoNativeFormError.

    In an area of one column every cell sees the same column, so that it can be fixed; so for rows. Other references to the left
    or above would go round the edge of the sheet, which not all programs follow.
    """
    prefix = ref.prefix or f"{quoted_sheet(sheet.name)}!"
    first, last = _moved(ref.first, area), _moved(ref.last, area) if ref.last else None
    return str(replace(ref, prefix=prefix, first=first, last=last))


def _moved(end: End, area: Area) -> End:
    column_fixed = end.fixed_column or area.left == area.right
    row_fixed = end.fixed_row or area.top == area.bottom
    row = end.row if row_fixed or not end.row else end.row - area.top + 1
    column = end.column if column_fixed or not end.column else end.column - area.left + 1
    if (end.row and row < 1) or (end.column and column < 1):
        raise NoNativeFormError("条件引用了左边或上边随格变化的单元格", "it refers to cells that move, to the left or above")
    return End(column, row, column_fixed and bool(end.column), row_fixed and bool(end.row))
