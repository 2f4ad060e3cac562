"""A sheet being drawn from top to bottom: cells with styles and merges, row heights, named inputs and outputs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal

from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.cell_style import StyleArray
from openpyxl.styles.styleable import StyleableObject
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.drawing.style import INPUT, TEXT, Style, line_count
from kpi_xl.drawing.validation import Validation, Validations

LINE_POINTS = 1.55
"""Height of a line in units of the font size; CJK fonts of Windows and Linux differ, this fits both."""

Content = str | int | float | Decimal | dt.date | None


def defined_name(prefix: str, key: str) -> str:
    """Return the defined name of an input or output: ``in_`` / ``out_`` + key, dots as double underscores."""
    return f"{prefix}_{key.replace('.', '__')}"


def sheet_ref(title: str) -> str:
    """Return a sheet's name as formulas write it: quoted only when it must be."""
    return title if title.isalnum() else "'" + title.replace("'", "''") + "'"


def absolute(address: str) -> str:
    """Return ``$C$7`` for ``C7``."""
    letters = address.rstrip("0123456789")
    return f"${letters}${address[len(letters) :]}"


def _plain(value: Decimal) -> int | float:
    """Return the number as the file holds it: whole numbers without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


@dataclass
class Canvas:
    """A worksheet with a cursor. `row` is the next free row (1-based); columns are 1-based and end at `columns`."""

    book: Workbook
    sheet: Worksheet
    widths: Sequence[float]
    row: int = 1
    validations: Validations = field(default_factory=Validations)
    _worn: dict[tuple[Style, int, int], list[StyleArray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, width in enumerate(self.widths, start=1):
            self.sheet.column_dimensions[get_column_letter(index)].width = width
        self.sheet.sheet_view.showGridLines = False

    @property
    def columns(self) -> int:
        """Number of columns of the printed grid."""
        return len(self.widths)

    def put(
        self, column: int, value: Content, style: Style = TEXT, *, across: int = 1, down: int = 1, row: int | None = None
    ) -> str:
        """Write a value into a cell, merged over `across` columns and `down` rows; return its address (``C7``)."""
        self._dress(row or self.row, column, style, across, down)
        cell = self.sheet.cell(row or self.row, column)
        cell.value = _plain(value) if isinstance(value, Decimal) else value
        if isinstance(value, str):
            cell.data_type = "s"  # a text that begins with "=" is still a text
        return str(cell.coordinate)

    def output(
        self, column: int, key: str, formula: str, style: Style, *, across: int = 1, down: int = 1, row: int | None = None
    ) -> str:
        """Write a formula whose cached value has the key `key` (defined name ``out_<key>``)."""
        address = self.formula(column, formula, style, across=across, down=down, row=row)
        self.name(defined_name("out", key), address)
        return address

    def formula(self, column: int, formula: str, style: Style, *, across: int = 1, down: int = 1, row: int | None = None) -> str:
        """Write a formula (without its ``=``)."""
        address = self.put(column, None, style, across=across, down=down, row=row)
        self.sheet[address].value = f"={formula}"
        return address

    def calc(self, column: int, name: str, formula: str, style: Style, *, across: int = 1) -> str:
        """Write a formula over cells that people fill in by hand (name ``calc_<name>``): blank until they do."""
        address = self.formula(column, formula, style, across=across)
        self.name(f"calc_{name}", address)
        return address

    def input(
        self,
        column: int,
        key: str,
        validation: Validation | None,
        style: Style = INPUT,
        *,
        across: int = 1,
        row: int | None = None,
    ) -> str:
        """Write a cell that people (or the engine) fill in: unlocked, coloured, validated, named ``in_<key>``."""
        address = self.put(column, None, style, across=across, row=row)
        self.name(defined_name("in", key), address)
        if validation:
            self.validations.add(validation, address)
        return address

    def name(self, name: str, address: str) -> None:
        """Give a cell a workbook-wide name. Raises ValueError when the name is taken."""
        if name in self.book.defined_names:
            raise ValueError(f"{name} is defined twice")
        self.book.defined_names[name] = DefinedName(name, attr_text=f"{sheet_ref(self.sheet.title)}!{absolute(address)}")

    def note(self, address: str, text: str) -> None:
        """Attach a cell note (来源)."""
        comment = Comment(text, "kpi-xl", height=40 + 18 * line_count(text, 34), width=250)
        self.sheet[address].comment = comment

    def highlight(self, cells: str, formula: str, *, fill: str | None = None, font: Font | None = None) -> None:
        """Format cells by a condition."""
        pattern = PatternFill("solid", bgColor=fill, fgColor=fill) if fill else None
        rule = FormulaRule(formula=[formula], fill=pattern, font=font)  # type: ignore[no-untyped-call]
        self.sheet.conditional_formatting.add(cells, rule)

    def height(self, points: float, row: int | None = None) -> None:
        """Set the height of a row."""
        self.sheet.row_dimensions[row or self.row].height = round(points * 4) / 4

    def fit(self, texts: Iterable[tuple[str, float]], size: float = 10, least: float = 20, rows: int = 1) -> float:
        """Set the heights of `rows` rows from the cursor so that each ``(text, column width)`` fits; return the total height."""
        lines = max((line_count(text, width * 10 / size) for text, width in texts), default=1)
        total = max(least * rows, lines * size * LINE_POINTS + 6)
        for offset in range(rows):
            self.height(total / rows, self.row + offset)
        return total

    def width(self, column: int, across: int = 1) -> float:
        """Return the width of a run of columns."""
        return sum(self.widths[column - 1 : column - 1 + across])

    def next(self, rows: int = 1) -> None:
        """Move the cursor down."""
        self.row += rows

    def gap(self, points: float = 7) -> None:
        """Leave a thin empty row."""
        self.height(points)
        self.next()

    def finish(self) -> None:
        """Attach the collected validations."""
        for rule in self.validations.rules():
            self.sheet.add_data_validation(rule)

    def _dress(self, row: int, column: int, style: Style, across: int, down: int) -> None:
        """Style a cell, merged over `across` columns and `down` rows.

        openpyxl compares every font, fill and border with all those of the book, for each cell at the edge of a merged area anew:
        most of the time of a form. What came out is kept for the next area of this style and size.
        """
        area = CellRange(min_col=column, min_row=row, max_col=column + across - 1, max_row=row + down - 1)
        places = [*area.cells]
        worn = self._worn.get((style, across, down))
        if worn is None:
            self._dress_first(area, style)
            self._worn[style, across, down] = [_look_of(self.sheet.cell(*place)) for place in places]
            return
        _set_look(self.sheet.cell(row, column), worn[0])
        for place, look in zip(places[1:], worn[1:], strict=True):
            self.sheet._cells[place] = MergedCell(self.sheet, *place)
            _set_look(self.sheet._cells[place], look)
        if len(places) > 1:
            self.sheet.merged_cells.add(area)

    def _dress_first(self, area: CellRange, style: Style) -> None:
        """Let openpyxl style the first cell of an area, the others alike, and merge them."""
        first, *others = (self.sheet.cell(*place) for place in area.cells)
        first.font, first.fill = style.font(), style.pattern()
        first.alignment, first.border = style.alignment(), style.border()
        first.protection, first.number_format = style.protection(), style.number_format
        for cell in others:
            _set_look(cell, _look_of(first))
        if others:
            self.sheet.merge_cells(area.coord)


def _look_of(cell: StyleableObject) -> StyleArray:
    """Return a copy of the numbers under which the book keeps the cell's font, fill, border ...; they have no public name."""
    look: StyleArray = copy(cell._style)  # type: ignore[attr-defined]
    return look


def _set_look(cell: StyleableObject, look: StyleArray) -> None:
    cell._style = copy(look)  # type: ignore[attr-defined]
