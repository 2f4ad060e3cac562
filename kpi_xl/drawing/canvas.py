"""A sheet being drawn from top to bottom: cells with styles and merges, row heights, named inputs and outputs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
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
        top = row or self.row
        for r in range(top, top + down):
            for c in range(column, column + across):
                self._dress(r, c, style)
        cell = self.sheet.cell(top, column)
        cell.value = _plain(value) if isinstance(value, Decimal) else value
        if isinstance(value, str):
            cell.data_type = "s"  # a text that begins with "=" is still a text
        if across > 1 or down > 1:
            self.sheet.merge_cells(start_row=top, start_column=column, end_row=top + down - 1, end_column=column + across - 1)
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

    def _dress(self, row: int, column: int, style: Style) -> None:
        cell = self.sheet.cell(row, column)
        cell.font, cell.fill = style.font(), style.pattern()
        cell.alignment, cell.border = style.alignment(), style.border()
        cell.protection, cell.number_format = style.protection(), style.number_format
