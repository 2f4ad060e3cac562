"""What stands around a sheet's cells and names them: merges, formats, validations, links, breaks, filters, views, sparklines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from kpi_xl.ooxml.book import Book, Sheet
from kpi_xl.ooxml.formulas import Formula, Ref, parse_formula
from kpi_xl.ooxml.refs import Area, cell_name, parse_area
from kpi_xl.ooxml.xml import Edit, Node, apply_edits, attribute_span, escape, escape_attribute, set_attribute
from kpi_xl.template.layout import Arrangement, FormulaPlace

Patch = tuple[int, int, Callable[[Arrangement], bytes]]
"""A span of a part, and what stands there in a layout."""

_STRETCHED = {"autoFilter": "ref", "sortState": "ref", "sortCondition": "ref", "dimension": "ref"}
_POINTS = {"pane": "topLeftCell", "sheetView": "topLeftCell", "inputCells": "r", "cellWatch": "r", "cellSmartTags": "r"}
_LISTS = {"mergeCells", "hyperlinks", "rowBreaks", "dataValidations", "ignoredErrors", "protectedRanges", "sparklines"}
_RANGED = {"conditionalFormatting", "dataValidation", "ignoredError", "protectedRange"}
_FORMULAS = {"formula", "formula1", "formula2", "f"}


def stretched(layout: Arrangement, sheet: int, text: str) -> str:
    """Return an area as it reads in the layout, seen from outside; empty when all of it vanished."""
    area = parse_area(text)
    if area is None:
        return text
    span = layout.span(sheet, area.top, area.bottom)
    return "" if span is None else str(area.at_rows(*span))


def spread(layout: Arrangement, sheet: int, text: str) -> str:
    """Return a list of areas (``sqref``) as it reads in the layout."""
    found: list[str] = []
    for part in text.split():
        area = parse_area(part)
        if area is None:
            found.append(part)
        else:
            found += [str(area.at_rows(*span)) for span in layout.spans(sheet, area.top, area.bottom)]
    return " ".join(found)


class RangePatches:
    """Finds what has to change around the cells of a sheet. `grows`: whether the sheet's own rows move."""

    def __init__(self, book: Book, sheet: Sheet, growing: frozenset[int]) -> None:
        self._book, self._sheet, self._growing = book, sheet, growing
        self._data = sheet.data
        self._grows = sheet.number in growing
        self._formulas: dict[int, Formula] = {}

    def patches(self) -> Iterator[Patch]:
        """Walk over the spans that depend on the layout."""
        yield from self._walk(self._sheet.tree)

    def _walk(self, node: Node) -> Iterator[Patch]:
        for child in node.children:
            if child is self._sheet.grid:
                continue
            if child.name in _LISTS:
                if self._concerns(child):
                    yield child.start, child.end, partial(self._list, child)
            elif child.name in _RANGED:
                if self._concerns(child):
                    yield child.start, child.end, partial(self._ranged, child)
            else:
                if self._grows:
                    yield from self._single(child)
                yield from self._walk(child)

    def _concerns(self, node: Node) -> bool:
        """Tell whether anything in an element can change: its own rows move, or its formulas name a sheet that grows."""
        return self._grows or any(ref.sheet in self._growing for inner in node.all() for ref in self._refs(inner))

    def _refs(self, node: Node) -> Iterator[Ref]:
        if node.name in _FORMULAS and node.text.strip():
            yield from self._formula(node).refs
        if node.name == "hyperlink":
            yield from parse_formula(node.get("location"), self._sheet.number, self._book.numbers).refs

    def _formula(self, node: Node) -> Formula:
        if node.start not in self._formulas:
            self._formulas[node.start] = parse_formula(node.text, self._sheet.number, self._book.numbers)
        return self._formulas[node.start]

    def _single(self, node: Node) -> Iterator[Patch]:
        """Attributes that name one cell or one area."""
        sheet = self._sheet.number
        if node.name in _STRETCHED:
            yield from self._attribute(node, _STRETCHED[node.name], lambda layout, text: stretched(layout, sheet, text) or "A1")
        elif node.name in _POINTS:
            yield from self._attribute(node, _POINTS[node.name], self._point)
        elif node.name == "selection":
            yield from self._attribute(node, "activeCell", self._point)
            yield from self._attribute(node, "sqref", lambda layout, text: spread(layout, sheet, text) or "A1")
        elif node.name in ("from", "to") and (row := node.child("row")) is not None:
            yield row.inner, row.close, partial(self._anchor, int(row.text))

    def _anchor(self, row: int, layout: Arrangement) -> bytes:
        return str(anchor_row(layout, self._sheet.number, row)).encode()

    def _attribute(self, node: Node, name: str, change: Callable[[Arrangement, str], str]) -> Iterator[Patch]:
        span = attribute_span(self._data, node, name) if name else None
        if span:
            text = node.get(name)
            yield *span, lambda layout: escape_attribute(change(layout, text)).encode()

    def _point(self, layout: Arrangement, text: str) -> str:
        area = parse_area(text)
        if area is None:
            return text
        row = layout.row(self._sheet.number, area.top)
        below = layout.span(self._sheet.number, area.top, area.top + 1000) if row is None else None
        return cell_name(row or (below[0] if below else 1), area.left)

    def _list(self, node: Node, layout: Arrangement) -> bytes:
        """Write a list element with the children that are still there, and its counts."""
        children: list[bytes] = []
        for child in node.children:
            children += self._children(child, layout)
        if not children:
            return b""
        edits: list[Edit] = [(node.inner, node.close, b"".join(children))]
        for name in ("count", "manualBreakCount"):
            if name in node.attributes:
                edits.append(set_attribute(self._data, node, name, str(len(children))))
        return self._edited(node, edits)

    def _children(self, child: Node, layout: Arrangement) -> list[bytes]:
        sheet = self._sheet.number
        if child.name in _RANGED:
            written = self._ranged(child, layout)
            return [written] if written else []
        if child.name in ("mergeCell", "hyperlink"):
            area = parse_area(child.get("ref"))
            if area is not None:
                return [
                    self._copy(child, area, first, last, layout, source)
                    for first, last, source in layout.copies(sheet, area.top, area.bottom)
                ]
        if child.name == "brk":
            row = int(child.get("id") or 0)
            return [
                self._edited(child, [set_attribute(self._data, child, "id", str(last))])
                for _, last, _ in layout.copies(sheet, row, row)
            ]
        if (
            child.name == "sparkline"
            and (place := child.child("sqref")) is not None
            and (area := parse_area(place.text)) is not None
        ):
            copies: list[bytes] = []
            for first, last, source in layout.copies(sheet, area.top, area.bottom):
                edits: list[Edit] = [(place.inner, place.close, str(area.at_rows(first, last)).encode())]
                copies.append(self._edited(child, edits + self._formula_edits(child, layout, source)))
            return copies
        return [self._data[child.start : child.end]]

    def _copy(self, child: Node, area: Area, first: int, last: int, layout: Arrangement, source: FormulaPlace) -> bytes:
        edits = [set_attribute(self._data, child, "ref", str(area.at_rows(first, last)))]
        if child.get("location"):
            formula = parse_formula(child.get("location"), None, self._book.numbers)
            edits.append(set_attribute(self._data, child, "location", layout.formula(formula, FormulaPlace(source.sheet))))
        return self._edited(child, edits)

    def _ranged(self, node: Node, layout: Arrangement) -> bytes:
        """Write an element with ``sqref`` (attribute or child) and formulas; nothing when its cells are gone."""
        place = node.child("sqref")
        before = place.text if place is not None else node.get("sqref")
        after = spread(layout, self._sheet.number, before)
        if not after:
            return b""
        edits: list[Edit] = [
            (place.inner, place.close, after.encode()) if place is not None else set_attribute(self._data, node, "sqref", after)
        ]
        first = parse_area(before.split()[0])
        top = first.top if first else 1
        source = next((source for _, _, source in layout.copies(self._sheet.number, top, top)), FormulaPlace(self._sheet.number))
        return self._edited(node, edits + self._formula_edits(node, layout, source))

    def _formula_edits(self, node: Node, layout: Arrangement, source: FormulaPlace) -> list[Edit]:
        return [
            (inner.inner, inner.close, escape(layout.formula(self._formula(inner), source)).encode())
            for inner in node.all(*_FORMULAS)
            if inner.text.strip() and not inner.children
        ]

    def _edited(self, node: Node, edits: list[Edit]) -> bytes:
        moved = [(start - node.start, end - node.start, replacement) for start, end, replacement in edits]
        return apply_edits(self._data[node.start : node.end], moved)


def anchor_row(layout: Arrangement, sheet: int, row: int) -> int:
    """Return the row (from 0) that an anchor of a drawing moves to; from a vanished row to the next one that is there."""
    found = layout.span(sheet, row + 1, 1_048_576)
    return row if found is None else found[0] - 1
