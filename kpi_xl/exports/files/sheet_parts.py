"""What stands in a workbook's package beside the values: number formats, hidden rows and columns, formulas without a result.

Each sheet's part is read once, in pieces, by looking for a few tags in its bytes; nothing of it is kept but what is told here.
Standard library only: the child process (`excel_child`) works with it. Rows and columns count from 0.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from kpi_xl.exports.files.number_formats import DATES_FROM, Shape, read_shapes

_PIECE = 4 << 20
_LONGEST = 1 << 20
"""A cell and its text are shorter than this."""
_KEPT = 1000
"""So many formulas without a result are kept."""

# A tag is shorter than a thousand bytes: without a limit, a hostile part could make the search for its end very long.
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]{0,999}+>")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]{0,999}+>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]{0,999}+>")
_PLACE = re.compile(rb"\br=[\"']\$?([A-Za-z]*)\$?(\d*)[\"']")
_STYLE = re.compile(rb"\bs=[\"'](\d+)[\"']")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_NUMBER = re.compile(rb"[^<]*(?:<(?:\w+:)?f\b[^>]{0,999}+(?:(?<=/)>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v\b[^>]{0,99}+>([^<]*)<")
_FORMULA = re.compile(
    rb"<(?:\w+:)?f\b[^>]{0,999}+(?:(?<=/)>|>[^<]*</(?:\w+:)?f>)\s*(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v\b[^>]{0,99}+>([^<]*)<)"
)
_OTHER = re.compile(rb"\bt=[\"'](?:str|b|e)[\"']")
"""The type of a result that is no number: somebody computed it, even where it is an empty text."""
_PREFIX = re.compile(rb"<(\w+:)?worksheet\b")
_USUAL = re.compile(rb'<c r="[A-Z]+\d+"(?: s="\d+")?(?: t="\w+")?\s?/?>')
_FROM_A_DAY = rb'(?: t="n")?>(?:<f\b[^>]{0,999}+(?:(?<=/)>|>[^<]*</f>))?<v>(-[^<]*|[1-9][^<]*)</v>'
_LOOKED_AT = 2000
_CLOCK = Shape("clock")
_MIN, _MAX = re.compile(rb"\bmin=[\"'](\d+)[\"']"), re.compile(rb"\bmax=[\"'](\d+)[\"']")


@dataclass
class SheetParts:
    """What one sheet shows beside its values.

    `shapes`: per column the runs of cells with a meaning format (first row, last row, shape). `clocks`: per row and column the
    numbers of days in clock formats that readers take for dates. `hidden`: runs of hidden rows. `formulas`: the first cells
    whose formula has no result; `zeros`: those whose result is 0, where no formula of the sheet has any other.
    """

    shapes: dict[int, list[tuple[int, int, Shape]]] = field(default_factory=dict)
    clocks: dict[int, dict[int, float]] = field(default_factory=dict)
    hidden: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    zeros: list[tuple[int, int]] = field(default_factory=list)
    computed: bool = False


class Package:
    """The package of an XLSX workbook. Raises KeyError, ValueError or zipfile errors where it is not one."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._names = {_plain(name): name for name in package.namelist()}
        relations = self._relations("", "_rels/.rels")
        book = next((target for kind, target in relations.values() if kind == "officedocument"), "xl/workbook.xml")
        folder = posixpath.dirname(book)
        self._targets = self._relations(folder, posixpath.join(folder, "_rels", posixpath.basename(book) + ".rels"))
        styles = next((target for kind, target in self._targets.values() if kind == "styles"), f"{folder}/styles.xml")
        self._shapes = read_shapes(package.read(self._names[styles])) if styles in self._names else {}
        self._sheets: dict[str, str] = {}
        self.recalculates = False
        for element in ElementTree.fromstring(package.read(self._names[book])).iter():  # noqa: S314 - no document types (`guard`)
            tag = element.tag.rpartition("}")[2]
            if tag == "sheet":
                number = next((value for key, value in element.items() if key.rpartition("}")[2] == "id" and "}" in key), "")
                self._sheets[element.get("name", "")] = self._targets.get(number, ("", ""))[1]
            elif tag == "calcPr":
                self.recalculates = element.get("fullCalcOnLoad") in ("1", "true")

    def _relations(self, folder: str, part: str) -> dict[str, tuple[str, str]]:
        name = self._names.get(_plain(part))
        if name is None:
            return {}
        found = {}
        for one in ElementTree.fromstring(self._package.read(name)):  # noqa: S314 - no document types (`guard`)
            target = one.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[one.get("Id", "")] = (one.get("Type", "").rpartition("/")[2].casefold(), _plain(path))
        return found

    def sheet(self, name: str) -> SheetParts:
        """Read what one sheet shows; nothing where its part is not to be found, as readers of values do."""
        part = self._names.get(self._sheets.get(name, ""))
        found = SheetParts()
        if part is not None:
            with self._package.open(part) as stream:
                reader = _Reader(found, self._shapes)
                for piece in _pieces(stream):
                    reader.read(piece)
        if self.recalculates and not found.formulas and not found.computed:
            found.formulas = found.zeros
        return found


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def _pieces(stream: object) -> Iterator[bytes]:
    """Yield the part in pieces that end where a row or a cell begins."""
    tail, marks = b"", (b"<row", b"<c ")
    while piece := stream.read(_PIECE):  # type: ignore[attr-defined]
        if not tail and (root := _PREFIX.search(piece)) and root[1]:
            marks = (b"<" + root[1] + b"row", b"<" + root[1] + b"c ")
        chunk = tail + piece
        cut = max(chunk.rfind(mark) for mark in marks)
        cut = cut if cut > 0 else max(0, len(chunk) - _LONGEST)
        yield chunk[:cut]
        tail = chunk[cut:]
    yield tail


class _Reader:
    """Reads the pieces of a sheet's part in order."""

    def __init__(self, found: SheetParts, shapes: Mapping[int, Shape]) -> None:
        self._found, self._shapes = found, shapes
        self._row, self._column = -1, -1
        self._tags = self._pattern(rb"")
        self._letters: dict[bytes, int] = {}
        self._by_text = {str(style).encode(): shape for style, shape in shapes.items()}
        self._usual = self._usual_pattern(rb"", "percent", "zeros")
        self._clocks = self._usual_pattern(_FROM_A_DAY, "clock")
        self._begun, self._is_usual = False, True

    def _pattern(self, condition: bytes) -> re.Pattern[bytes]:
        cell = rb"|(?P<cell><(?:\w+:)?c\b" + condition + rb"[^>]{0,999}+>)" if self._shapes else b""
        return re.compile(_ROW.pattern + cell)

    def _usual_pattern(self, behind: bytes, *kinds: str) -> re.Pattern[bytes] | None:
        styles = [text for text, shape in self._by_text.items() if shape.kind in kinds]
        group = (b"(" if not behind else b"(?:") + b"|".join(styles) + b")"
        return re.compile(rb'<c r="([A-Z]+)(\d+)" s="' + group + b'"' + behind) if styles else None

    def read(self, piece: bytes) -> None:
        """Read a piece."""
        if not self._begun:
            self._begin(piece)
        if not self._is_usual:
            self._read_tags(piece)
        else:
            self._read_usual_tags(piece)
        if b"<f" in piece or b":f" in piece:
            self._read_formulas(piece)

    def _begin(self, piece: bytes) -> None:
        """Look how the program that wrote the part writes cells."""
        self._begun = True
        self._read_columns(piece)
        cells = [cell for cell, _ in zip(_CELL.finditer(piece), range(_LOOKED_AT), strict=False)]
        self._is_usual = all(_USUAL.match(cell[0]) for cell in cells)
        if all(_PLACE.search(cell[0]) for cell in cells):  # else the cells before those of interest must be counted
            styles = b"|".join(self._by_text)
            self._tags = self._pattern(rb"(?=[^>]{0,999}\bs=[\"'](?:" + styles + rb")[\"'])")

    def _read_columns(self, piece: bytes) -> None:
        hidden = [tag for tag in _COLUMN.findall(piece) if _HIDDEN.search(tag)]
        ends = [(_MIN.search(tag), _MAX.search(tag)) for tag in hidden]
        self._found.hidden_columns = [(int(low[1]) - 1, int(high[1]) - 1) for low, high in ends if low and high]

    def _read_tags(self, piece: bytes) -> None:
        """Read the tags of cells whose attributes stand in any order, or which do not say where they are."""
        for match in self._tags.finditer(piece):
            tag = match[0]
            place = _PLACE.search(tag)
            if match.lastgroup != "cell":
                self._row, self._column = int(place[2]) - 1 if place and place[2] else self._row + 1, -1
                if _HIDDEN.search(tag):
                    _extend(self._found.hidden, self._row)
                continue
            if place and place[2]:
                self._row, self._column = int(place[2]) - 1, _column(place[1])
            else:
                self._column += 1
            style = _STYLE.search(tag)
            shape = self._shapes.get(int(style[1])) if style else None
            if shape is not None and not tag.endswith(b"/>"):
                number = _NUMBER.match(piece, match.end()) if shape.kind == "clock" else None
                self._note(self._row, self._column, shape, number[1] if number else b"")

    def _read_usual_tags(self, piece: bytes) -> None:
        """Do the same where every cell's tag begins as all programs write it, ten times as fast."""
        for letters, number, style in self._usual.findall(piece) if self._usual else ():
            column = self._letters.get(letters)
            if column is None:
                column = self._letters.setdefault(letters, _column(letters))
            runs = self._found.shapes.setdefault(column, [])
            row, shape = int(number) - 1, self._by_text[style]
            if runs and runs[-1][1] == row - 1 and runs[-1][2] is shape:
                runs[-1] = (runs[-1][0], row, shape)
            else:
                runs.append((row, row, shape))
        for letters, number, days in self._clocks.findall(piece) if self._clocks else ():
            self._note(int(number) - 1, _column(letters), _CLOCK, days)
        if b"hidden=" in piece:
            for tag in _ROW.findall(piece):
                if _HIDDEN.search(tag) and (place := _PLACE.search(tag)) and place[2]:
                    _extend(self._found.hidden, int(place[2]) - 1)

    def _note(self, row: int, column: int, shape: Shape, text: bytes) -> None:
        if shape.kind == "clock":
            days = _float(text)
            if days < 0 or 1 <= days < DATES_FROM:
                self._found.clocks.setdefault(row, {})[column] = days
            return
        runs = self._found.shapes.setdefault(column, [])
        if runs and runs[-1][2] == shape and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row, shape)
        else:
            runs.append((row, row, shape))

    def _read_formulas(self, piece: bytes) -> None:
        found = self._found
        for match in _FORMULA.finditer(piece):
            result = match[1]
            if found.computed and result:
                continue
            begin = max(piece.rfind(b"<c ", 0, match.start()), piece.rfind(b":c ", 0, match.start()))
            tag = piece[begin : match.start()]
            if result not in (None, b"", b"0") or _OTHER.search(tag):
                found.computed = True
                continue
            kept = found.zeros if result else found.formulas
            place = _PLACE.search(tag)
            if len(kept) < _KEPT and place and place[2]:
                kept.append((int(place[2]) - 1, _column(place[1])))


def _extend(runs: list[tuple[int, int]], row: int) -> None:
    if runs and runs[-1][1] == row - 1:
        runs[-1] = (runs[-1][0], row)
    else:
        runs.append((row, row))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1


def _float(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
