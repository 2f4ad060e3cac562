"""Reading back what people typed: the cells behind defined names, straight from the XML.

Works for files saved by Excel, WPS and LibreOffice: shared and inline strings, strings of formulas, booleans, errors, ISO dates,
dates by number format, both date systems. Nothing is computed: a formula's value is the one that the program saved.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from kpi_xl.ooxml.book import unescape
from kpi_xl.ooxml.formats import DateKind, format_kind, is_percent
from kpi_xl.ooxml.formulas import split_sheet
from kpi_xl.ooxml.package import Package, broken, read_package
from kpi_xl.ooxml.refs import cell_name, parse_area, parse_cell
from kpi_xl.ooxml.xml import BadXmlError, parse_light, to_utf8

Value = str | Decimal | bool | dt.date | dt.datetime | dt.time | None

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_PLAIN_TARGET = re.compile(r"('[^']+'|[^'!:,()]+)!\$([A-Z]{1,3})\$([0-9]{1,7})")
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells know no time zone
_EPOCH_1904 = dt.datetime(1904, 1, 1)  # noqa: DTZ001
_END_OF_DATES = 2_958_466  # 1 January 10000
_LEAP_BUG = 61


class _Look(NamedTuple):
    """What the number format of a cell style shows."""

    date: DateKind
    percent: bool


class ErrorValue(str):
    """An error value in a cell (``#N/A``): nobody typed it as a text."""

    __slots__ = ()


class NamedCell(NamedTuple):
    """A cell that a defined name stands for: where it is now, what it holds, its formula (empty where it is shared).

    `percent`: its number format shows per cent.
    """

    sheet: str
    cell: str
    value: Value
    formula: str | None = None
    percent: bool = False


def read_form(source: bytes | Path) -> dict[str, Value]:
    """Return the value of every defined name that stands for one cell (or one merged range).

    Numbers are Decimal, dates date or datetime, blank cells None, error values `CellError`. Names that lost their cell
    (``#REF!``) are absent. Raises KpiError for files that are no workbook, encrypted or damaged.
    """
    return {name: found.value for name, found in read_named_cells(source).items()}


def read_named_cells(source: bytes | Path) -> dict[str, NamedCell]:
    """Return every defined name that stands for one cell, with where the cell is now. Raises KpiError like `read_form`."""
    reader = Reader(read_package(source))
    names = list(reader.names())
    found = reader.at({name: (sheet, area) for name, sheet, area in names})
    return {name: found[name] for name, _, _ in names if name in found}


def cells_at(package: Package, places: Mapping[str, tuple[str, str]]) -> dict[str, NamedCell]:
    """Return the cells at these places (sheet, address), by the keys of `places`; absent: those on sheets that do not exist."""
    reader = Reader(package)
    known = {name.casefold() for name in reader.sheets}
    return reader.at({key: place for key, place in places.items() if place[0].casefold() in known})


class Reader:
    """Reads cells of a workbook; parts are parsed when they are needed."""

    def __init__(self, package: Package) -> None:
        self._package = package
        part = next(package.related("", "officeDocument"), None) or package.find("xl/workbook.xml")
        if part is None or part.lower().endswith(".bin"):
            raise broken(package.label, "xl/workbook.xml")
        self._part = part
        self._root = self._parse(part)
        self._ns = self._root.tag.rpartition("}")[0] + "}" if "}" in self._root.tag else ""
        relations = package.relations(part)
        self._v, self._f = f"{self._ns}v", f"{self._ns}f"
        self._related = dict(relations.values())
        self._sheets: dict[str, tuple[str, str]] = {}
        for node in self._root.iterfind(f"{self._ns}sheets/{self._ns}sheet"):
            link = next((value for key, value in node.items() if key.endswith("/relationships}id")), "")
            kind, target = relations.get(link, ("", ""))
            if kind == "worksheet":
                self._sheets[node.get("name", "").casefold()] = (node.get("name", ""), target)
        properties = self._root.find(f"{self._ns}workbookPr")
        self.date1904 = properties is not None and properties.get("date1904", "").lower() in ("1", "true", "on")

    def _parse(self, part: str, wanted: Collection[str] | None = None) -> Element:
        try:
            data = to_utf8(self._package.raw(part))
            return parse_light(data if wanted is None else only_cells(data, wanted))
        except (BadXmlError, ValueError) as error:
            raise broken(self._package.label, f"{part}: {error}") from error

    @property
    def sheets(self) -> list[str]:
        """Names of the worksheets, in the order of the tabs."""
        return [name for name, _ in self._sheets.values()]

    def names(self) -> Iterator[tuple[str, str, str]]:
        """Walk over (name, sheet, cell or area) of the defined names that stand for one cell or one area."""
        for name, text in chosen_names(self._root, self._ns).items():
            plain = _PLAIN_TARGET.fullmatch(text)
            if plain:
                sheet, at = plain[1].strip("'"), plain[2] + plain[3]
            else:
                prefix, title = split_sheet(text)
                area = parse_area(text[len(prefix) :])
                if area is None or title is None:
                    continue
                sheet, at = title, str(area)
            known = self._sheets.get(sheet.casefold())
            if known and not name.startswith("_xlnm."):
                yield name, known[0], at

    def at(self, places: Mapping[str, tuple[str, str]]) -> dict[str, NamedCell]:
        """Return what stands at these places (sheet, cell or merged range), by the keys of `places`."""
        by_sheet: dict[str, dict[str, str]] = {}
        for key, (sheet, area) in places.items():
            by_sheet.setdefault(sheet, {})[key] = area
        found: dict[str, NamedCell] = {}
        for sheet, areas in by_sheet.items():
            anchors = {area: area.partition(":")[0] for area in areas.values()}
            cells, merges = self.cells(sheet, set(anchors.values()), merged=any(":" in area for area in anchors))
            for key, area in areas.items():
                if ":" not in area or area in merges:
                    at = anchors[area]
                    found[key] = cells.get(at) or NamedCell(sheet, at, None)
        return found

    def cells(
        self, sheet: str, wanted: Collection[str] | None = None, *, merged: bool = False
    ) -> tuple[dict[str, NamedCell], set[str]]:
        """Return the wanted cells of a sheet (None: all of them) by address, and its merged ranges when asked for."""
        part, ns = self._sheets[sheet.casefold()][1], self._ns
        root = self._parse(part, wanted)
        nodes = {node.get("r"): node for node in _grid(root, ns)}
        if None in nodes:
            nodes = dict(_counted(root, ns))
        found: dict[str, NamedCell] = {}
        for at in nodes if wanted is None else wanted:
            node = nodes.get(at)
            if node is not None and at is not None:
                found[at] = NamedCell(sheet, at, self._value(node), node.findtext(self._f), self._is_percent(node.get("s", "0")))
        merges = {node.get("ref", "") for node in root.iter(f"{ns}mergeCell")} if merged else set()
        return found, merges

    def _value(self, node: Element) -> Value:
        """Return the typed value of a cell. Raises KpiError for a number that is none."""
        kind = node.get("t", "n")
        text = node.findtext(self._v) or ""
        if kind == "n":
            return self._number(text.strip(), node.get("s", "0")) if text else None
        if kind == "inlineStr":
            inline = node.find(f"{self._ns}is")
            return (None if inline is None else string_text(inline)) or None
        if kind == "s":
            index = text.strip()
            strings = self._strings
            known = index.isdecimal() and int(index) < len(strings)
            return (string_text(strings[int(index)]) or None) if known else None
        if kind == "str":
            return unescape(text) or None
        text = text.strip()
        if not text:
            return None
        if kind == "b":
            return text in ("1", "true")
        return ErrorValue(text) if kind == "e" else _iso(text)

    def _is_percent(self, style: str) -> bool:
        looks = self._looks
        return style.isdecimal() and int(style) < len(looks) and looks[int(style)].percent

    @cached_property
    def _strings(self) -> list[Element]:
        part = self._related.get("sharedStrings")
        return self._parse(part).findall(f"{self._ns}si") if part else []

    @cached_property
    def _looks(self) -> Sequence[_Look]:
        """For every cell style, what its number format shows."""
        part = self._related.get("styles")
        if part is None:
            return []
        try:
            return _looks_of(to_utf8(self._package.raw(part)), self._ns)
        except (BadXmlError, ValueError) as error:
            raise broken(self._package.label, f"{part}: {error}") from error

    def _number(self, text: str, style: str) -> Value:
        if not _NUMBER.fullmatch(text):
            if not text:
                return None
            raise broken(self._package.label, f"<v>{text[:20]}</v>")
        number = Decimal(text)
        looks = self._looks
        index = int(style) if style.isdecimal() else 0
        kind = looks[index].date if index < len(looks) else ""
        if kind and 0 <= number < _END_OF_DATES:
            return serial_value(number, kind, date1904=self.date1904)
        # 0.82999999999999996 is how a double is saved whose shortest digits are 0.83
        return Decimal(repr(float(text))) if len(text) > 16 else number


@lru_cache(maxsize=8)
def _looks_of(styles: bytes, ns: str) -> Sequence[_Look]:
    """Return what the number format of every cell style shows; forms that one program saved share their styles."""
    root = parse_light(styles)
    codes = {node.get("numFmtId", ""): node.get("formatCode", "") for node in root.iterfind(f"{ns}numFmts/{ns}numFmt")}
    numbers = [node.get("numFmtId") or "0" for node in root.iterfind(f"{ns}cellXfs/{ns}xf")]
    looks = {number: _look_of(int(number), codes.get(number, "")) for number in set(numbers)}
    return tuple(looks[number] for number in numbers)


def _look_of(number: int, code: str) -> _Look:
    return _Look(format_kind(number, code), is_percent(number, code))


def string_text(node: Element) -> str:
    """Return the text of ``si`` or ``is``, plain or in runs, without phonetic guides, whatever its namespace."""
    pieces = []
    for child in node:
        tag = child.tag.rpartition("}")[2]
        if tag == "t":
            pieces.append(child.text or "")
        elif tag == "r":
            pieces += [inner.text or "" for inner in child if inner.tag.rpartition("}")[2] == "t"]
    return unescape("".join(pieces))


def chosen_names(root: Element, namespace: str) -> dict[str, str]:
    """Return the defined names of a workbook part with their texts, as a spreadsheet program looks them up.

    A name of the whole workbook goes before one of a single sheet: programs give a sheet that was copied names of its own.
    """
    names: dict[str, str] = {}
    local: dict[str, str] = {}
    for node in root.iterfind(f"{namespace}definedNames/{namespace}definedName"):
        own = node.get("localSheetId") is not None
        (local if own else names).setdefault(node.get("name", ""), node.text or "")
    return {**local, **names}


def only_cells(data: bytes, wanted: Collection[str]) -> bytes:
    """Return a worksheet with no other cells than the wanted ones: parsing the rest is most of the work.

    Only for sheets written as Excel, WPS and LibreOffice do (address first in every cell, no prefix, no comments or CDATA in
    which something else could hide); others come back as they are.
    """
    usual = data.count(b"<c ") == data.count(b'<c r="') and data.count(b"<?") <= 1 and data.count(b"<sheetData>") == 1
    if not usual or b"<c>" in data or b"<c/>" in data or b"<!" in data:
        return data
    first, last = data.index(b"<sheetData>") + len(b"<sheetData>"), data.index(b"</sheetData>")
    if data.find(b"extLst", first, last) >= 0:
        return data
    pieces = [data[:first]]
    at = first
    for cell in sorted(wanted, key=_place):
        opening = b'<c r="%b"' % cell.encode()
        begin = data.find(opening, at, last)
        if begin < 0:
            begin = data.find(opening, first, last)  # rows out of order
            if begin < 0:
                continue
        at = data.index(b">", begin) + 1
        if data[at - 2 : at - 1] != b"/":
            at = data.index(b"</c>", at) + len(b"</c>")
        pieces.append(data[begin:at])
    pieces.append(data[last:])
    return b"".join(pieces)


def _place(cell: str) -> tuple[int, int]:
    return parse_cell(cell) or (0, 0)


def _grid(root: Element, ns: str) -> Iterator[Element]:
    """Walk over the cells of the grid (`only_cells` leaves the rows out), not over what an extension has inside."""
    for data in root.iterfind(f"{ns}sheetData"):
        for child in data:
            if child.tag == f"{ns}c":
                yield child
            elif child.tag == f"{ns}row":
                yield from child.iterfind(f"{ns}c")


def _counted(root: Element, ns: str) -> Iterator[tuple[str | None, Element]]:
    """Walk over the cells of a sheet that leaves addresses out: a row or cell without one follows the one before it."""
    row = 0
    for line in root.iterfind(f"{ns}sheetData/{ns}row"):
        row = int(line.get("r") or row + 1)
        column = 0
        for node in line.iterfind(f"{ns}c"):
            place = parse_cell(node.get("r", ""))
            column = place[1] if place else column + 1
            yield cell_name(row, column), node


def serial_value(number: Decimal, kind: DateKind, *, date1904: bool) -> dt.date | dt.datetime | dt.time:
    """Return the date, datetime or time of day behind a serial number, to the millisecond; `kind` is what its format shows."""
    days, milliseconds = int(number), round(float(number % 1) * 86_400_000)
    if kind == "time" and days == 0 and milliseconds < 86_400_000:
        return (_EPOCH + dt.timedelta(milliseconds=milliseconds)).time()
    epoch = _EPOCH_1904 if date1904 else _EPOCH
    if not date1904 and number < _LEAP_BUG:
        epoch += dt.timedelta(days=1)  # Excel counts a 29 February 1900 that never was
    moment = epoch + dt.timedelta(days=days, milliseconds=milliseconds)
    return moment.date() if kind == "date" and milliseconds == 0 else moment


def _iso(text: str) -> Value:
    """Read the ISO dates of strict workbooks; what is none stays text."""
    try:
        moment = dt.datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return text
    return moment if "T" in text else moment.date()
