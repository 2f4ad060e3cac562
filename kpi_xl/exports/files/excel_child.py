"""The process that reads one workbook with calamine and writes its sheets as CSV; started by `excel_source`, never imported.

A hostile workbook can abort the reader's process, which no ``except`` catches; so it is this process, with limited memory, and
not the user's. Standard library and calamine only, and the two modules beside it that are made for it.

A cell is written as a person sees it where that is meaning (`number_formats`), and a merged area has its value in all its cells.
Arguments: workbook, folder for the CSV files, memory limit in MB. The folder may hold ``words.json``, the words by which
rows are noticed that could be the header of a further table. Writes ``sheets.json`` into the folder when it succeeds.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":  # the modules of this very package, behind the standard library
    sys.path.insert(
        next((i for i, p in enumerate(sys.path) if p.endswith("-packages")), len(sys.path)), str(Path(__file__).parents[3])
    )

from kpi_xl.exports.files.number_formats import EXACT_BELOW, Shape, clock, renderer
from kpi_xl.exports.files.sheet_parts import Package, SheetParts

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_NOTICED = 2000
"""So many rows that could be headers are passed on; beyond, only those that hold `_KNOWN` known words."""
_KNOWN = 3
_TITLES = 4
"""A header stands within so many rows after a blank one."""
_MERGES = 2000
_WIDEST = 80
_END = 1 << 62
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - day numbers have no zone
_LEAP = dt.datetime(1900, 3, 1)  # noqa: DTZ001 - Excel has a 29 February 1900
_DATES_BEGIN = 1904
_TOTAL = re.compile(r"\s*[(（【]?\s*(合\s*计|总\s*计|小\s*计|汇\s*总|累\s*计|total|sum)", re.IGNORECASE)

Area = tuple[int, int, int, int]
"""A merged area: first row, first column, last row, last column; from 0."""


def text_of(value: object) -> str:
    """Return a cell as text: dates in ISO form, numbers without a trailing .0, durations as H:MM:SS.

    A number of more than 15 digits has lost the others: it is written so that nobody takes it for an id.
    """
    return _TEXTS.get(type(value), str)(value)


def _of_text(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") if "\r" in value or "\0" in value else value


def _of_number(value: float) -> str:
    if abs(value) >= EXACT_BELOW:
        mantissa, _, exponent = f"{value:.15E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    return str(int(value)) if value.is_integer() else repr(value)


def _of_datetime(value: dt.datetime) -> str:
    if value.microsecond >= 999_500:  # 08:02:59.9999 is 08:03:00 stored as a fraction of a day
        value += dt.timedelta(seconds=1)
    value = value.replace(microsecond=0, tzinfo=None)
    return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")


def _of_time(value: dt.time) -> str:
    seconds = value.hour * 3600 + value.minute * 60 + value.second + (value.microsecond >= 999_500)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: _of_text,
    float: _of_number,
    int: lambda value: _of_number(float(value)) if abs(value) >= EXACT_BELOW else str(value),
    bool: lambda value: "TRUE" if value else "FALSE",
    dt.datetime: _of_datetime,
    dt.time: _of_time,
    dt.timedelta: lambda value: clock(value / dt.timedelta(days=1)),
    type(None): lambda _: "",
}


def limit_memory(megabytes: int) -> None:
    """Cap the address space of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limit = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main(workbook: str, folder: str, megabytes: int) -> int:
    """Read the workbook. Exit code 0 done, 3 encrypted, 4 broken (the reason on stdout)."""
    import python_calamine

    data = Path(workbook).read_bytes()
    limit_memory(megabytes + 2 * (len(data) >> 20))
    known = Path(folder) / "words.json"
    words = frozenset(json.loads(known.read_text(encoding="utf-8"))) if known.exists() else frozenset()
    manifest = []
    try:
        package = Package(zipfile.ZipFile(io.BytesIO(data))) if data.startswith(b"PK") else None
        book = python_calamine.load_workbook(io.BytesIO(data))
        for number, meta in enumerate(book.sheets_metadata):
            if meta.typ is not python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            parts = package.sheet(meta.name) if package else None
            writer = _Writer(sheet, parts, words)
            entry = writer.write(Path(folder) / f"{number}.csv")
            visible = meta.visible is python_calamine.SheetVisibleEnum.Visible
            manifest.append({"name": meta.name, "csv": f"{number}.csv", "visible": visible, **entry})
    except python_calamine.PasswordError:
        return 3
    except (
        *(python_calamine.CalamineError, zipfile.BadZipFile, SyntaxError),  # ElementTree's own error is a SyntaxError
        *(ValueError, OSError, KeyError, IndexError, OverflowError),
    ) as error:
        sys.stdout.write(str(error)[:300])
        return 4
    (Path(folder) / "sheets.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


class _Writer:
    """Writes one sheet from its first row and column on; blank rows at the end are left out."""

    def __init__(self, sheet: CalamineSheet, parts: SheetParts | None, words: frozenset[str]) -> None:
        self._sheet, self._words = sheet, words
        self._formatted = parts is not None
        self._parts = parts or SheetParts()
        self._left = sheet.start[1] if sheet.start else 0  # rows are given from the first on, columns from the first filled one
        self._areas: list[Area] = sorted(
            (top, max(left - self._left, 0), bottom, right - self._left)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
            if right >= self._left
        )
        self._noticed: list[tuple[int, int, list[str], bool]] = []
        self._uncomputed: dict[int, list[int]] = {}
        for row, column in self._parts.formulas:
            self._uncomputed.setdefault(row, []).append(column - self._left)

    def write(self, target: Path) -> dict[str, object]:
        """Write the CSV; return what the manifest tells of the sheet."""
        rows = _blank_rows_left_out(self._rows())
        written = 0
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            for blanks, cells in rows:
                for _ in range(blanks):
                    writer.writerow([""] * len(cells))
                writer.writerow(cells)
                written += blanks + 1
        low = [area for area in self._areas if (area[3] > area[1] and area[2] - area[0] < 4) or area[0] < 60]
        return {
            "rows": written,
            "merged": len(self._areas),
            "merges": low[:_MERGES],
            "hidden": [(first, min(last, written - 1)) for first, last in self._parts.hidden if first < written],
            "left": self._left,
            "hidden_columns": [(first - self._left, last - self._left) for first, last in self._parts.hidden_columns],
            "noticed": self._noticed,
            "uncomputed": [(row, column) for row, columns in self._uncomputed.items() for column in columns],
        }

    def _rows(self) -> Iterator[list[str]]:
        merged, shapes, clocks, left = _Merged(self._areas), _Shapes(self._parts, self._left), self._parts.clocks, self._left
        words, unformatted = self._words, not self._formatted
        texts = _TEXTS
        start, near, blank = 0, True, True
        for number, row in enumerate(self._sheet.iter_rows()):
            cells = [texts.get(type(value), str)(value) for value in row]
            if shapes.any:
                shapes.show(number, row, cells)
            if number in clocks:
                for column, days in clocks[number].items():
                    if 0 <= column - left < len(cells):
                        cells[column - left] = clock(days)
            if unformatted:
                old_durations(row, cells)
            empty = not any(cells)
            if merged.any and not empty:
                merged.fill(number, cells)
            if empty:
                blank = True
            else:
                if blank:
                    start, near, blank = number, True, False
                if near or not words.isdisjoint(cells):
                    self._notice(number, start if near else number, near, row, cells)
                near = near and number - start < _TITLES and len(set(cells)) <= 3  # a blank and two texts: a title
                if number in self._uncomputed and any(_TOTAL.match(cell) for cell in cells):
                    del self._uncomputed[number]
            yield cells

    def _notice(self, number: int, start: int, near: bool, row: Sequence[object], cells: Sequence[str]) -> None:
        """Note a row that could be the header of a table: its number, and where its table begins if it is one."""
        said = [cell for cell in cells if cell]
        if not all(isinstance(value, str) for value in row if value is not None) or len(said) < 2:
            return
        if (near and len(self._noticed) < _NOTICED) or len(self._words.intersection(said)) >= _KNOWN:
            self._noticed.append((number, start, [cell[:_WIDEST] for cell in cells], near))


def old_durations(row: Sequence[object], cells: list[str]) -> None:
    """Take the dates before 1904 of an XLS workbook, of which no formats are known, for what they can only be: durations."""
    for column, value in enumerate(row):
        if isinstance(value, dt.date) and value.year < _DATES_BEGIN:
            moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
            leap = dt.timedelta(days=moment < _LEAP)
            cells[column] = clock((moment - _EPOCH - leap) / dt.timedelta(days=1))


def _blank_rows_left_out(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold something, each with the number of blank ones before it."""
    blanks = 0
    for cells in rows:
        if any(cells):
            yield blanks, cells
            blanks = 0
        else:
            blanks += 1


class _Shapes:
    """Shows numbers as their formats do, row by row."""

    def __init__(self, parts: SheetParts, left: int) -> None:
        self._columns = [_Shaped(column - left, runs) for column, runs in parts.shapes.items() if column >= left]
        self.any = bool(self._columns)

    def show(self, number: int, row: Sequence[object], cells: list[str]) -> None:
        """Write the row's numbers as they are seen."""
        for shaped in self._columns:
            if number > shaped.last:
                shaped.move(number)
            column = shaped.column
            if shaped.first <= number and column < len(row):
                value = row[column]
                if type(value) is float or type(value) is int:
                    cells[column] = shaped.render(value) or cells[column]


class _Shaped:
    """A column with the run of its formatted cells that the rows have come to."""

    def __init__(self, column: int, runs: Sequence[tuple[int, int, Shape]]) -> None:
        self.column, self._runs = column, iter(runs)
        self._renderers = {shape: renderer(shape) for _, _, shape in runs}
        self.first, self.last = -1, -1
        self.render = next(iter(self._renderers.values()))

    def move(self, number: int) -> None:
        """Go on to the run that ends at or after a row."""
        while self.last < number:
            self.first, self.last, shape = next(self._runs, (_END, _END, None))
            if shape is not None:
                self.render = self._renderers[shape]


class _Merged:
    """Fills merged areas from their first cell, row by row."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self._areas, self._at = areas, 0
        self._open: dict[int, tuple[int, str]] = {}
        self.any = bool(areas)

    def fill(self, number: int, cells: list[str]) -> None:
        """Fill a row (its number) that holds something of its own."""
        width = len(cells)
        said = sum(1 for cell in cells if cell)
        while self._at < len(self._areas) and self._areas[self._at][0] <= number:
            top, left, bottom, right = self._areas[self._at]
            self._at += 1
            if top != number or left >= width:
                continue
            text = cells[left]
            across = said > 1 and not _TOTAL.match(text)  # a title or a note alone in its row stays one cell
            for column in range(left, min(right, width - 1) + 1 if across else left + 1):
                self._open[column] = (bottom, text)
        for column, (bottom, text) in list(self._open.items()):
            if bottom < number:
                del self._open[column]
            elif not cells[column]:
                cells[column] = text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
