"""The raw content of a workbook's cells, as a seal sees it: values and formulas, no styles, no cached results.

Typed values for people are the business of `kpi_xl.ooxml.read`; here nothing is interpreted, so that a file saved by
another program compares equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element

from kpi_xl.collect.formulas import shifted
from kpi_xl.collect.model import Content, FormCell, FormSheet
from kpi_xl.collect.written import STRING, WrittenCell, as_lines, written_cell, written_cells
from kpi_xl.ooxml.package import Package, broken
from kpi_xl.ooxml.read import chosen_names, string_text
from kpi_xl.ooxml.refs import cell_name, parse_cell
from kpi_xl.ooxml.xml import BadXmlError, parse_light, to_utf8

SEAL_NAME = "kpi_seal"
_TARGET = re.compile(r"(?:'((?:[^']|'')+)'|([^'!:,()]+))!\$([A-Z]{1,3})\$([0-9]{1,7})(?::\$[A-Z]{1,3}\$[0-9]{1,7})?")
_Found = TypeVar("_Found")
_NAMED = ("in_", "out_", "id_", "calc_")


def read_content(package: Package) -> Content:
    """Read all worksheets and our defined names. Raises KpiError for files that are no sound workbook."""
    part = _workbook_part(package)
    relations = package.relations(part)
    workbook = _read(package, part, _read_workbook)
    parts = dict(relations.values())
    strings = _read(package, parts["sharedStrings"], _shared_strings) if "sharedStrings" in parts else ()
    unlocked = _read(package, parts["styles"], _unlocked) if "styles" in parts else frozenset()
    inputs: dict[str, set[str]] = {}
    for name, (sheet, cell) in workbook.names.items():
        if name.startswith("in_"):
            inputs.setdefault(sheet, set()).add(cell)
    sheets = []
    for name, link in workbook.sheets:
        kind, target = relations.get(link, ("", ""))
        if kind != "worksheet":
            continue
        cells, free = _read(package, target, partial(_sheet, strings=strings, unlocked=unlocked))
        # what the engine filled into an open cell that is no input (name, id, period) is as fixed as what is locked; so is an
        # input that was locked with its figure
        fixed = cells.keys() - free
        sheets.append(FormSheet(name, cells, (free - cells.keys()) | (inputs.get(name, set()) - fixed)))
    return Content(tuple(sheets), workbook.names)


def closed(content: Content, keys: Iterable[str]) -> Content:
    """Return the content with the cells of these inputs closed: what appears in them is an edit."""
    places = {content.names.get(input_name(key)) for key in keys}
    if not places:
        return content
    sheets = (
        replace(sheet, open=frozenset(at for at in sheet.open if (sheet.name, at) not in places)) for sheet in content.sheets
    )
    return replace(content, sheets=tuple(sheets))


def input_name(key: str) -> str:
    """Return the defined name of an input's cell (``in_handling_hours__urgent``)."""
    return "in_" + key.replace(".", "__")


def seal_mark(package: Package) -> str:
    """Return the text behind the defined name of the seal; empty when there is none."""
    return _read(package, _workbook_part(package), _read_workbook).mark


class _Workbook(NamedTuple):
    """What the workbook part says: sheets with the ids of their relations, our names with their cells, the mark of the seal."""

    sheets: tuple[tuple[str, str], ...]
    names: Mapping[str, tuple[str, str]]
    mark: str


@lru_cache(maxsize=8)
def _read_workbook(data: bytes) -> _Workbook:
    root = parse_light(data)
    namespace = _namespace(root)
    sheets = tuple(
        (node.get("name", ""), next((value for key, value in node.items() if key.endswith("/relationships}id")), ""))
        for node in root.iterfind(f"{namespace}sheets/{namespace}sheet")
    )
    if len({name.casefold() for name, _ in sheets}) < len(sheets):
        raise BadXmlError("two sheets of one name")
    names: dict[str, tuple[str, str]] = {}
    mark = ""
    for name, text in chosen_names(root, namespace).items():
        if name == SEAL_NAME:
            mark = text.strip().strip('"')
        elif name.startswith(_NAMED) and (target := _TARGET.fullmatch(text)):
            names[name] = ((target[1] or target[2]).replace("''", "'"), target[3] + target[4])
    return _Workbook(sheets, names, mark)


def _workbook_part(package: Package) -> str:
    part = next(package.related("", "officeDocument"), None) or package.find("xl/workbook.xml")
    if part is None or part.lower().endswith(".bin"):
        raise broken(package.label, "xl/workbook.xml")
    return part


def _read(package: Package, part: str, reader: Callable[[bytes], _Found]) -> _Found:
    """Hand a part in UTF-8 to its reader. Raises KpiError for what no program could read either."""
    try:
        return reader(to_utf8(package.raw(part)))
    except (ValueError, IndexError) as error:
        raise broken(package.label, f"{part}: {error}") from error


@lru_cache(maxsize=8)
def _shared_strings(data: bytes) -> tuple[str, ...]:
    return tuple(string_text(node) for node in parse_light(data))


@lru_cache(maxsize=16)
def _unlocked(styles: bytes) -> frozenset[str]:
    """Return the numbers of the cell styles that protection leaves open."""
    root = parse_light(styles)
    formats = next(_all(root, "cellXfs"), None)
    found = set()
    for number, node in enumerate(formats if formats is not None else ()):
        rule = node.find(_namespace(node) + "protection")
        if rule is not None and rule.get("locked", "1") in ("0", "false"):
            found.add(str(number))
    return frozenset(found)


@lru_cache(maxsize=8)
def _sheet(data: bytes, strings: tuple[str, ...], unlocked: frozenset[str]) -> tuple[dict[str, FormCell], frozenset[str]]:
    """Return the cells that hold something and the open addresses of a sheet; many forms share most of their sheets."""
    cells: dict[str, FormCell] = {}
    free: set[str] = set()
    masters: dict[str, tuple[str, str]] = {}
    written = written_cells(data) or list(_parsed_cells(parse_light(data)))
    if len({one.at for one in written}) < len(written):  # one reader would see the first, another the last
        raise ValueError("a cell stands there twice")
    for at, style, cell, shared in written:
        if style in unlocked:
            free.add(at)
        if cell is None:
            continue
        if shared is not None:
            cell = FormCell("f", _written_out(cell.value, shared, at, masters))
        elif cell.kind == STRING:
            text = strings[int(cell.value)]
            if not text:
                continue
            cell = FormCell("s", as_lines(text))
        cells[at] = cell
    return cells, frozenset(free)


def _parsed_cells(root: Element) -> Iterator[WrittenCell]:
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
            yield _parsed_cell(node, at)


def _parsed_cell(node: Element, at: str) -> WrittenCell:
    value = formula = shared = inline = None
    for child in node:
        tag = child.tag.rpartition("}")[2]
        if tag == "f":
            formula = child.text or ""
            shared = child.get("si") if child.get("t") == "shared" else None
        elif tag == "v":
            value = child.text
        elif tag == "is":
            inline = string_text(child)
    return written_cell(at, node.get("s", "0"), node.get("t", "n"), formula, shared, value, inline)


def _written_out(text: str, index: str, at: str, masters: dict[str, tuple[str, str]]) -> str:
    """Return a shared formula's text, written out for its cell."""
    if text:
        masters[index] = (at, text)
        return text
    origin, text = masters.get(index, (at, ""))
    here, there = parse_cell(at), parse_cell(origin)
    if here is None or there is None:
        return text
    return shifted(text, here[0] - there[0], here[1] - there[1])


def _all(root: Element, name: str) -> Iterator[Element]:
    """Walk over the elements of that local name, whatever namespace (strict workbooks have their own)."""
    return root.iter(_namespace(root) + name)


def _namespace(node: Element) -> str:
    return node.tag.rpartition("}")[0] + "}" if "}" in node.tag else ""
