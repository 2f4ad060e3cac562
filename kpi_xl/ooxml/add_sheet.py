"""Puts worksheets of another workbook at the end of one: their styles appended to its own, everything else copied as bytes.

What a sheet needs is taken over: cells, widths, merged areas, print set-up, number formats, fonts, fills, borders, and the names
``_xlnm.Print_Area`` and ``_xlnm.Print_Titles``. Other defined names, drawings and tables of the added sheet are not.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpi_xl.ooxml.app_titles import title_edits
from kpi_xl.ooxml.book import Book, Sheet, open_book
from kpi_xl.ooxml.package import Package, read_package
from kpi_xl.ooxml.styles_merged import merge_styles
from kpi_xl.ooxml.xml import Edit, Node, apply_edits, escape, escape_attribute, prefix_of

_MAIN, _STRICT_MAIN = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_PRINT = ("_xlnm.Print_Area", "_xlnm.Print_Titles")
_BEFORE_NAMES = ("sheets", "functionGroups", "externalReferences")


@dataclass(frozen=True)
class Addition:
    """What becomes of a package: edits of its parts, new parts."""

    edits: Mapping[str, Sequence[Edit]]
    parts: Mapping[str, bytes]


def add_sheets(book: Book, sources: Iterable[bytes], more_names: str = "") -> Addition:
    """Return what adds the first sheet of each source workbook behind the last sheet of a book.

    `more_names` are ``definedName`` elements to add with those of the sheets. Raises KpiError for a source that is no workbook.
    """
    work = _Adding(book, more_names)
    for data in sources:
        work.add(open_book(read_package(data)))
    return work.finish()


class _Adding:
    def __init__(self, book: Book, more_names: str) -> None:
        self._book = book
        self._package: Package = book.package
        self._strict = book.tree.namespace.encode() == _STRICT_MAIN
        self._prefix = prefix_of(self._package.xml(book.part), book.tree).decode()
        self._parts: dict[str, bytes] = {}
        self._edits: dict[str, list[Edit]] = {}
        self._sheets: list[tuple[str, str]] = []
        self._names = more_names
        self._styles = book.related("styles")
        self._style_data = self._package.xml(self._styles) if self._styles else b""
        self._first_style_data = self._style_data

    def add(self, source: Book) -> None:
        """Take the first sheet of a workbook over."""
        sheet = source.sheets[0]
        styles = source.related("styles")
        places: Mapping[int, int] = {}
        if self._styles and styles:
            self._style_data, places = merge_styles(self._style_data, source.package.xml(styles))
        data = apply_edits(sheet.data, _cell_edits(source, sheet, places))
        if self._strict:
            data = data.replace(_MAIN, _STRICT_MAIN).replace(_RELATIONS.encode(), _STRICT_RELATIONS.encode())
        part = self._free_part()
        self._parts[part] = data
        place = len(self._book.sheet_nodes) + len(self._sheets)
        self._sheets.append((sheet.name, part))
        for name in source.names:
            if name.name in _PRINT and name.local == 0:
                self._names += self.name_element(name.name, place, name.text)

    def name_element(self, name: str, sheet: int, text: str) -> str:
        """Return a defined name of a sheet."""
        tag = f"{self._prefix}definedName"
        return f'<{tag} name="{escape_attribute(name)}" localSheetId="{sheet}">{escape(text)}</{tag}>'

    def _free_part(self) -> str:
        folder = posixpath.dirname(self._book.part.replace("\\", "/"))
        number = len(self._package.entries)
        while True:
            part = posixpath.join(folder, "worksheets", f"sheet{number}.xml")
            if self._package.find(part) is None and part not in self._parts:
                return part
            number += 1

    def finish(self) -> Addition:
        """Return the changes of all parts that know of sheets."""
        self._workbook_edits(self._relation_edits())
        self._content_type_edits()
        app = next(self._package.related("", "extended-properties", "extendedProperties"), None)
        if app and self._sheets:
            old = len(self._book.sheet_nodes)
            self._put(app, title_edits(self._package.xml(app), self._package.tree(app), old, [name for name, _ in self._sheets]))
        if self._styles and self._style_data != self._first_style_data:
            self._edits[self._styles] = [(0, len(self._first_style_data), self._style_data)]
        return Addition(self._edits, self._parts)

    def _put(self, part: str, edits: Iterable[Edit]) -> None:
        self._edits.setdefault(part, []).extend(edits)

    def _relation_edits(self) -> list[str]:
        """Add a relation for each sheet; return their ids."""
        folder, base = posixpath.split(self._book.part.replace("\\", "/"))  # some writers name parts so
        rels = self._package.find(posixpath.join(folder, "_rels", f"{base}.rels"))
        if rels is None or not self._sheets:
            return []
        tree, data = self._package.tree(rels), self._package.xml(rels)
        prefix = prefix_of(data, tree).decode()
        taken = {node.get("Id") for node in tree.children}
        kind = (_STRICT_RELATIONS if self._strict else _RELATIONS) + "/worksheet"
        found, added, number = [], "", 1
        for _name, part in self._sheets:
            while f"rId{number}" in taken:
                number += 1
            found.append(f"rId{number}")
            taken.add(found[-1])
            target = escape_attribute(posixpath.relpath(part, folder or "."))
            added += f'<{prefix}Relationship Id="{found[-1]}" Type="{kind}" Target="{target}"/>'
        self._put(rels, [(tree.close, tree.close, added.encode())])
        return found

    def _workbook_edits(self, ids: Sequence[str]) -> None:
        data, tree = self._package.xml(self._book.part), self._book.tree
        holder = tree.child("sheets")
        if holder is None:
            return
        relation, declared = _relation_attribute(data, self._book.sheet_nodes, strict=self._strict)
        numbers = [int(node.get("sheetId")) for node in self._book.sheet_nodes if node.get("sheetId").isdecimal()]
        added = ""
        for offset, ((name, _part), identity) in enumerate(zip(self._sheets, ids, strict=True)):
            number = max(numbers, default=0) + offset + 1
            label = escape_attribute(name)
            added += f'<{self._prefix}sheet{declared} name="{label}" sheetId="{number}" {relation}="{identity}"/>'
        self._put(self._book.part, [(holder.close, holder.close, added.encode())] if added else [])
        if not self._names:
            return
        names = tree.child("definedNames")
        if names is not None and names.close > names.inner:
            self._put(self._book.part, [(names.close, names.close, self._names.encode())])
            return
        tag = f"{self._prefix}definedNames"
        element = f"<{tag}>{self._names}</{tag}>".encode()
        if names is not None:
            self._put(self._book.part, [(names.start, names.end, element)])
            return
        at = max(node.end for node in tree.children if node.name in _BEFORE_NAMES)
        self._put(self._book.part, [(at, at, element)])

    def _content_type_edits(self) -> None:
        types = self._package.find("[Content_Types].xml")
        if types is None or not self._sheets:
            return
        tree = self._package.tree(types)
        prefix = prefix_of(self._package.xml(types), tree).decode()
        added = "".join(
            f'<{prefix}Override PartName="/{escape_attribute(part)}" ContentType="{_SHEET_TYPE}"/>'
            for _name, part in self._sheets
        )
        self._put(types, [(tree.close, tree.close, added.encode())])


def _relation_attribute(data: bytes, sheets: Sequence[Node], *, strict: bool) -> tuple[str, str]:
    """Return how a sheet names its relation (``r:id``), and the declaration that this takes when no sheet shows it."""
    for node in sheets:
        match = re.search(rb"\s([\w.-]+:id)\s*=", data[node.start : node.inner])
        if match:
            prefix = match[1].decode().partition(":")[0]
            own = re.search(rf'\s(xmlns:{prefix}\s*=\s*("[^"]*"|\'[^\']*\'))'.encode(), data[node.start : node.inner])
            return match[1].decode(), f" {own[1].decode()}" if own else ""
    return "r:id", f' xmlns:r="{_STRICT_RELATIONS if strict else _RELATIONS}"'


def _cell_edits(book: Book, sheet: Sheet, styles: Mapping[int, int]) -> Iterable[Edit]:
    """Write shared strings into the cells, point at the styles as they stand in the other workbook, let no tab be selected."""
    for node in sheet.tree.all("c", "row", "col", "sheetView"):
        attribute = "style" if node.name == "col" else "s"
        text = sheet.data[node.start : node.inner].decode()
        new = re.sub(rf'(\s{attribute}=")([0-9]+)"', lambda found: f'{found[1]}{styles.get(int(found[2]), 0)}"', text, count=1)
        if node.name == "sheetView":
            new = re.sub(r'\stabSelected="[^"]*"', "", new)
        value = node.child("v")
        if node.name == "c" and node.get("t") == "s" and value is not None:
            words = book.strings[int(value.text)].text
            new = re.sub(r'\st="s"', ' t="inlineStr"', new, count=1)
            yield value.start, value.end, f'<is><t xml:space="preserve">{escape(words)}</t></is>'.encode()
        if new != text:
            yield node.start, node.inner, new.encode()
