"""The raw content of a workbook's cells, as a seal sees it: values and formulas, no styles, no cached results.

Typed values for people are the business of `kpi_xl.template.read`; here nothing is interpreted, so that a file saved by
another program compares equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

from kpi_xl.collect.formulas import shifted
from kpi_xl.collect.model import Cell, Content, Sheet
from kpi_xl.template.book import unescape
from kpi_xl.template.package import Package, broken
from kpi_xl.template.refs import cell_name, parse_cell
from kpi_xl.template.xml import BadXmlError, parse_light, to_utf8

SEAL_NAME = "kpi_seal"
_TARGET = re.compile(r"(?:'((?:[^']|'')+)'|([^'!:,()]+))!\$([A-Z]{1,3})\$([0-9]{1,7})(?::\$[A-Z]{1,3}\$[0-9]{1,7})?")
_NAMED = ("in_", "out_", "id_", "calc_")


def read_content(package: Package) -> Content:
    """Read all worksheets and our defined names. Raises KpiError for files that are no sound workbook."""
    workbook, parts = _workbook(package)
    strings = _strings(package, parts.get("sharedStrings"))
    unlocked = _unlocked(_raw(package, parts["styles"])) if "styles" in parts else frozenset()
    names, _ = _names(workbook)
    inputs: dict[str, set[str]] = {}
    for name, (sheet, cell) in names.items():
        if name.startswith("in_"):
            inputs.setdefault(sheet, set()).add(cell)
    sheets = []
    for name, part in _sheet_parts(workbook, package):
        try:
            cells, free = _sheet(_raw(package, part), strings, unlocked)
        except (ValueError, IndexError) as error:
            raise broken(package.label, f"{part}: {error}") from error
        # what the engine filled into an open cell that is no input (name, id, period) is as fixed as what is locked
        sheets.append(Sheet(name, cells, (free - cells.keys()) | inputs.get(name, set())))
    return Content(tuple(sheets), names)


def seal_mark(package: Package) -> str:
    """Return the text behind the defined name of the seal; empty when there is none."""
    workbook, _ = _workbook(package)
    return _names(workbook)[1]


def _workbook(package: Package) -> tuple[Element, dict[str, str]]:
    """Return the workbook part and the parts that it names, by the type of their relation."""
    part = _workbook_part(package)
    found = dict(package.relations(part).values())
    return _parsed(package.label, part, _raw(package, part)), found


def _workbook_part(package: Package) -> str:
    part = next(package.related("", "officeDocument"), None) or package.find("xl/workbook.xml")
    if part is None or part.lower().endswith(".bin"):
        raise broken(package.label, "xl/workbook.xml")
    return part


def _raw(package: Package, part: str) -> bytes:
    try:
        return to_utf8(package.raw(part))
    except BadXmlError as error:
        raise broken(package.label, f"{part}: {error}") from error


def _parsed(label: str, part: str, data: bytes) -> Element:
    try:
        return parse_light(data)
    except BadXmlError as error:
        raise broken(label, f"{part}: {error}") from error


def _sheet_parts(workbook: Element, package: Package) -> Iterator[tuple[str, str]]:
    relations = package.relations(_workbook_part(package))
    for node in _all(workbook, "sheet"):
        link = next((value for key, value in node.items() if key.endswith("/relationships}id")), "")
        kind, target = relations.get(link, ("", ""))
        if kind == "worksheet":
            yield node.get("name", ""), target


def _names(workbook: Element) -> tuple[dict[str, tuple[str, str]], str]:
    """Return our names with their cells, and the mark of the seal."""
    found: dict[str, tuple[str, str]] = {}
    mark = ""
    for node in _all(workbook, "definedName"):
        name, text = node.get("name", ""), node.text or ""
        if name == SEAL_NAME:
            mark = text.strip().strip('"')
        elif name.startswith(_NAMED) and (target := _TARGET.fullmatch(text)):
            found[name] = ((target[1] or target[2]).replace("''", "'"), target[3] + target[4])
    return found, mark


def _strings(package: Package, part: str | None) -> tuple[str, ...]:
    if part is None:
        return ()
    return tuple(_text(node) for node in _parsed(package.label, part, _raw(package, part)))


def _text(node: Element) -> str:
    """Return the text of ``si`` or ``is``, plain or in runs, without phonetic guides."""
    pieces = []
    for child in node:
        tag = child.tag.rpartition("}")[2]
        if tag == "t":
            pieces.append(child.text or "")
        elif tag == "r":
            pieces += [inner.text or "" for inner in child if inner.tag.rpartition("}")[2] == "t"]
    return unescape("".join(pieces))


@lru_cache(maxsize=16)
def _unlocked(styles: bytes) -> frozenset[str]:
    """Return the numbers of the cell styles that protection leaves open."""
    root = parse_light(styles)
    formats = next(_all(root, "cellXfs"), None)
    found = set()
    for number, node in enumerate(formats if formats is not None else ()):
        namespace = node.tag.rpartition("}")[0] + "}" if "}" in node.tag else ""
        rule = node.find(namespace + "protection")
        if rule is not None and rule.get("locked", "1") in ("0", "false"):
            found.add(str(number))
    return frozenset(found)


@lru_cache(maxsize=32)
def _sheet(data: bytes, strings: tuple[str, ...], unlocked: frozenset[str]) -> tuple[dict[str, Cell], frozenset[str]]:
    """Return the cells that hold something and the open addresses of a sheet; many forms share most of their sheets."""
    root = parse_light(data)
    cells: dict[str, Cell] = {}
    free: set[str] = set()
    masters: dict[str, tuple[str, str]] = {}
    for at, node in _cells(root):
        if node.get("s", "0") in unlocked:
            free.add(at)
        found = _cell(node, at, strings, masters)
        if found is not None:
            cells[at] = found
    return cells, frozenset(free)


def _cells(root: Element) -> Iterator[tuple[str, Element]]:
    """Walk over the cells; a row or cell without an address follows the one before it."""
    row, before = 0, ""
    data = next(_all(root, "sheetData"), None)
    for line in data if data is not None else ():
        row, before = int(line.get("r") or row + 1), ""
        for node in line:
            at = node.get("r")
            if at is None:
                place = parse_cell(before)
                at = cell_name(row, place[1] + 1 if place else 1)
            before = at
            yield at, node


def _cell(node: Element, at: str, strings: tuple[str, ...], masters: dict[str, tuple[str, str]]) -> Cell | None:
    kind, value, inline = node.get("t", "n"), None, None
    for child in node:
        tag = child.tag.rpartition("}")[2]
        if tag == "f":
            return Cell("f", _formula(child, at, masters))
        if tag == "v":
            value = child.text
        elif tag == "is":
            inline = _text(child)
    if kind == "inlineStr":
        return Cell("s", _lines(inline)) if inline else None
    if not value:
        return None
    if kind == "s":
        text = strings[int(value)]
        return Cell("s", _lines(text)) if text else None
    if kind in ("str", "d"):
        return Cell("s", _lines(unescape(value)))
    if kind == "b":
        return Cell("b", "1" if value.strip() in ("1", "true") else "0")
    return Cell("e" if kind == "e" else "n", value.strip())


def _formula(node: Element, at: str, masters: dict[str, tuple[str, str]]) -> str:
    """Return a formula's text; a shared one is written out for its cell."""
    text = node.text or ""
    index = node.get("si")
    if node.get("t") != "shared" or index is None:
        return text
    if text:
        masters[index] = (at, text)
        return text
    origin, text = masters.get(index, (at, ""))
    here, there = parse_cell(at), parse_cell(origin)
    if here is None or there is None:
        return text
    return shifted(text, here[0] - there[0], here[1] - there[1])


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _all(root: Element, name: str) -> Iterator[Element]:
    """Walk over the elements of that local name, whatever namespace (strict workbooks have their own)."""
    namespace = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
    return root.iter(namespace + name)
