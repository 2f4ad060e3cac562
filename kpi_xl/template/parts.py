"""The other parts that name cells: defined names, tables, drawings, charts, comments, pivot sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from kpi_xl.ooxml.book import Book
from kpi_xl.ooxml.formulas import Formula, parse_formula
from kpi_xl.ooxml.refs import Area, cell_name, parse_area
from kpi_xl.ooxml.xml import Node, attribute_span, escape
from kpi_xl.template.layout import Arrangement, FormulaPlace
from kpi_xl.template.ranges import Patch, anchor_row, stretched

_OUTSIDE = FormulaPlace(-1)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its part and the formulas of its series, titles and categories with the element of each."""

    part: str
    formulas: tuple[tuple[Node, Formula], ...]


def name_patches(book: Book, growing: frozenset[int]) -> Iterator[Patch]:
    """Walk over the defined names that name rows of growing sheets."""
    for name in book.names:
        formula = parse_formula(name.text, name.local, book.numbers, areas=not name.name.lower().startswith(("in_", "out_")))
        if any(ref.sheet in growing and ref.first.row for ref in formula.refs):
            yield name.node.inner, name.node.close, partial(_formula, formula)


def _formula(formula: Formula, layout: Arrangement) -> bytes:
    return escape(layout.formula(formula, _OUTSIDE)).encode()


def _area(sheet: int, text: str, layout: Arrangement) -> bytes:
    return stretched(layout, sheet, text).encode()


def _anchor(sheet: int, row: int, layout: Arrangement) -> bytes:
    return str(anchor_row(layout, sheet, row)).encode()


def drawing_parts(book: Book, sheet: int) -> list[str]:
    """Return the drawing parts of a worksheet."""
    part = book.sheet_parts.get(sheet)
    return list(book.package.related(part, "drawing")) if part else []


def drawing_patches(book: Book, part: str, sheet: int) -> Iterator[Patch]:
    """Walk over the anchors of a drawing: they move with their rows, and stretch when they may."""
    for anchor in book.package.tree(part).children:
        start, end = (anchor.child(name) for name in ("from", "to"))
        top = start.child("row") if start else None
        bottom = end.child("row") if end else None
        if top is None or anchor.get("editAs") == "absolute":
            continue
        first = int(top.text)
        yield top.inner, top.close, partial(_anchor, sheet, first)
        if bottom is not None:
            make = partial(_rigid, sheet, first) if anchor.get("editAs") == "oneCell" else partial(_anchor, sheet)
            yield bottom.inner, bottom.close, partial(make, int(bottom.text))


def _rigid(sheet: int, first: int, last: int, layout: Arrangement) -> bytes:
    """Return the last row of an anchor that keeps its height in rows."""
    return str(anchor_row(layout, sheet, first) + last - first).encode()


def charts(book: Book) -> list[Chart]:
    """Return all charts of the workbook, also those on chart sheets and of the newer kinds (chartex)."""
    found = []
    for name in book.package.entries:
        lower = name.lower()
        if "/charts/" in lower and lower.endswith(".xml") and lower.rpartition("/")[2].startswith("chart"):
            nodes = (node for node in book.package.tree(name).all("f") if node.text.strip() and not node.children)
            found.append(Chart(name, tuple((node, parse_formula(node.text, None, book.numbers, areas=True)) for node in nodes)))
    return found


def chart_patches(chart: Chart, growing: frozenset[int], concerned: Callable[[Formula], bool]) -> Iterator[Patch]:
    """Walk over the series of a chart that read filled cells: ranges follow the rows, cached points go."""
    for node, formula in chart.formulas:
        if any(ref.sheet in growing and ref.first.row for ref in formula.refs):
            yield node.inner, node.close, partial(_formula, formula)
        if node.parent is not None and concerned(formula):
            for cache in node.parent.children:
                if cache.name in ("numCache", "strCache", "multiLvlStrCache", "lvl"):
                    yield cache.start, cache.end, _nothing


def _nothing(_layout: Arrangement) -> bytes:
    return b""


def tables(book: Book) -> dict[str, tuple[int, Area, str]]:
    """Return the tables by name: sheet number, area, part."""
    found: dict[str, tuple[int, Area, str]] = {}
    for sheet, part in book.sheet_parts.items():
        for name in book.package.related(part, "table"):
            tree = book.package.tree(name)
            area = parse_area(tree.get("ref"))
            if area is not None:
                found[tree.get("displayName") or tree.get("name") or name] = (sheet, area, name)
    return found


def table_patches(book: Book, part: str, sheet: int) -> Iterator[Patch]:
    """Walk over the areas in a table part: the table, its filter, its sort order."""
    data, tree = book.package.xml(part), book.package.tree(part)
    for node in (tree, *tree.all("autoFilter", "sortState", "sortCondition")):
        span = attribute_span(data, node, "ref")
        if span:
            yield *span, partial(_area, sheet, node.get("ref"))
    for node in tree.all("calculatedColumnFormula", "totalsRowFormula"):
        formula = parse_formula(node.text, sheet, book.numbers)
        yield node.inner, node.close, partial(_formula, formula)


def comment_patches(book: Book, part: str, sheet: int) -> Iterator[Patch]:
    """Walk over the cells that comments (old and threaded) belong to; a comment in a repeated row stays with the first copy."""
    data = book.package.xml(part)
    for node in book.package.tree(part).all("comment", "threadedComment"):
        area, span = parse_area(node.get("ref")), attribute_span(data, node, "ref")
        if area and span:
            yield *span, partial(_cell, sheet, area)


def vml_patches(book: Book, part: str, sheet: int) -> Iterator[Patch]:
    """Walk over the notes and controls of a VML drawing: the row each belongs to, and the rows of its box."""
    for data in book.package.tree(part).all("ClientData"):
        row, anchor = data.child("Row"), data.child("Anchor")
        if row is not None and row.text.strip().isdecimal():
            yield row.inner, row.close, partial(_anchor, sheet, int(row.text))
        numbers = anchor.text.split(",") if anchor is not None else []
        if anchor is not None and len(numbers) == 8 and all(number.strip().lstrip("-").isdecimal() for number in numbers):
            yield anchor.inner, anchor.close, partial(_box, sheet, tuple(map(int, numbers)))


def _cell(sheet: int, area: Area, layout: Arrangement) -> bytes:
    return cell_name(anchor_row(layout, sheet, area.top - 1) + 1, area.left).encode()


def _box(sheet: int, box: tuple[int, ...], layout: Arrangement) -> bytes:
    """Return the box of a note: it keeps its height in rows."""
    top = anchor_row(layout, sheet, box[2])
    return ", ".join(map(str, (*box[:2], top, *box[3:6], top + box[6] - box[2], box[7]))).encode()


def pivot_patches(book: Book, part: str, growing: frozenset[int]) -> Iterator[Patch]:
    """Walk over the source of a pivot cache when it is an area of a growing sheet."""
    data = book.package.xml(part)
    for node in book.package.tree(part).all("worksheetSource"):
        sheet, span = book.numbers.get(node.get("sheet").casefold()), attribute_span(data, node, "ref")
        if sheet is not None and sheet in growing and span:
            yield *span, partial(_area, sheet, node.get("ref"))
