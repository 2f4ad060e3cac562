"""Where the rows of a template land: sections that repeat or vanish, and what that does to references and ranges.

The rules, the same as Excel's for rows inserted, deleted and filled down:

- rows below a section move; a range around it, or one that covers its whole body, stretches over all copies;
- marker rows vanish; a range that begins or ends on one shrinks to the rows that remain;
- a formula in a repeated row is filled down: its references to its own row stay in its row, other relative references shift with
  each copy, references fixed with ``$`` do not (inside its own section they name the first copy);
- seen from outside, one cell of a repeated row is the one in the first copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from kpi_xl.ooxml.formulas import End, Formula, Ref
from kpi_xl.ooxml.refs import MAX_ROW
from kpi_xl.template.placeholders import Path

Shape = tuple[Any, ...]
"""How often each section of a body is there: per section (count, shape of each copy...), or (0, shape of the other rows)."""


@dataclass(eq=False)
class RowRun:
    """Rows `first` to `last` of the template that always stay together; `program` writes them."""

    first: int
    last: int
    program: Any = None
    blank: Any = None


@dataclass(eq=False)
class Body:
    """Rows `first` to `last`, cut into runs and sections without gaps."""

    first: int
    last: int
    items: tuple[RowRun | Section, ...]

    @property
    def sections(self) -> list[Section]:
        """The sections directly in it."""
        return [item for item in self.items if isinstance(item, Section)]


@dataclass(eq=False)
class Section:
    """A marked section: rows `first` (its marker) to `last` (``{{ end }}``).

    ``for``: the body is there once an item of the collection at `path`, which `name` holds; ``if``: once when the value at `path`
    is true. `otherwise` is there when the body is not. `keep_blank`: with no items one blank copy stays, because something refers
    to it. `depth`: in how many loops its body stands. `source` and `where` are set when the template is compiled: the bound path,
    and the marker's cell.
    """

    kind: Literal["for", "if"]
    first: int
    last: int
    name: str
    path: Path
    depth: int
    body: Body
    otherwise: Body | None = None
    keep_blank: bool = False
    source: Any = None
    where: str = ""


class PlacedCopy:
    """One copy of a body, put at an output row."""

    __slots__ = ("body", "group", "height", "number", "pieces", "start")

    def __init__(self, body: Body, shape: Shape, start: int, group: CopyGroup | None = None, number: int = 0) -> None:
        self.body, self.start, self.group, self.number = body, start, group, number
        self.pieces: list[tuple[RowRun | Section, int, CopyGroup | None]] = []
        shapes = iter(shape)
        row = start
        for item in body.items:
            if isinstance(item, RowRun):
                self.pieces.append((item, row, None))
                row += item.last - item.first + 1
            else:
                inner = CopyGroup(item, next(shapes), row)
                self.pieces.append((item, row, inner))
                row += inner.height
        self.height = row - start

    def first_row(self, top: int, bottom: int) -> int | None:
        """Return the first output row of template rows `top` to `bottom`, None when all of them vanished."""
        for item, row, group in self.pieces:
            if item.last < top:
                continue
            if item.first > bottom:
                break
            found = row + max(top, item.first) - item.first if group is None else group.first_row(top, bottom)
            if found is not None:
                return found
        return None

    def last_row(self, top: int, bottom: int) -> int | None:
        """Return the last output row of template rows `top` to `bottom`."""
        for item, row, group in reversed(self.pieces):
            if item.first > bottom:
                continue
            if item.last < top:
                break
            found = row + min(bottom, item.last) - item.first if group is None else group.last_row(top, bottom)
            if found is not None:
                return found
        return None

    def spans(self, top: int, bottom: int) -> list[tuple[int, int]]:
        """Return the output rows of a range: one span, or one a copy when it covers a part of a repeated body only."""
        for item, _, group in self.pieces:
            if group is not None and item.first < top and bottom < item.last:
                inside = [copy for copy in group.copies() if copy.body.first <= top and bottom <= copy.body.last]
                if not inside or (top, bottom) != (inside[0].body.first, inside[0].body.last):
                    return [span for copy in inside for span in copy.spans(top, bottom)]
        first, last = self.first_row(top, bottom), self.last_row(top, bottom)
        return [] if first is None or last is None else [(first, last)]

    def copies(self, top: int, bottom: int, chain: tuple[PlacedCopy, ...] = ()) -> list[tuple[int, int, tuple[PlacedCopy, ...]]]:
        """Return (first row, last row, copies around it) for every copy of what stands on these rows (a merged cell, a link)."""
        chain = (*chain, self)
        for item, _, group in self.pieces:
            if group is not None and item.first < top and bottom < item.last:
                inside = [copy for copy in group.copies() if copy.body.first <= top and bottom <= copy.body.last]
                return [found for copy in inside for found in copy.copies(top, bottom, chain)]
        first, last = self.first_row(top, bottom), self.last_row(top, bottom)
        return [] if first is None or last is None else [(first, last, chain)]


class CopyGroup:
    """All copies of a section's body, one under the other, or its other rows."""

    __slots__ = ("_copies", "count", "height", "other", "section", "start")

    def __init__(self, section: Section, shape: Shape, start: int) -> None:
        self.section, self.start = section, start
        self.count: int = shape[0]
        self.other: PlacedCopy | None = None
        self._copies: dict[int, PlacedCopy] = {}
        if self.count == 0:
            self.height = 0
            if section.otherwise is not None:
                self.other = PlacedCopy(section.otherwise, shape[1], start, self)
            elif section.keep_blank:
                self.other = PlacedCopy(section.body, shape[1], start, self)
            if self.other:
                self.height = self.other.height
        elif section.body.sections:
            row = start
            for number in range(self.count):
                self._copies[number] = copy = PlacedCopy(section.body, shape[1 + number], row, self, number)
                row += copy.height
            self.height = row - start
        else:
            self.height = self.count * (section.body.last - section.body.first + 1)

    def copy(self, number: int) -> PlacedCopy:
        """Return one copy of the body."""
        if number not in self._copies:
            height = self.section.body.last - self.section.body.first + 1
            self._copies[number] = PlacedCopy(self.section.body, (), self.start + number * height, self, number)
        return self._copies[number]

    def copies(self) -> list[PlacedCopy]:
        """Return all copies, or the other rows."""
        if self.count:
            return [self.copy(number) for number in range(self.count)]
        return [self.other] if self.other else []

    def first_row(self, top: int, bottom: int) -> int | None:
        """See `Placed.first_row`; a range over the body means the other rows when these stand in its place."""
        if self.count:
            return self.copy(0).first_row(top, bottom)
        if self.other is None:
            return None
        if self._touches(top, bottom):
            return self.other.start
        return self.other.first_row(top, bottom)

    def last_row(self, top: int, bottom: int) -> int | None:
        """See `Placed.last_row`; a range over the whole body reaches to the last copy."""
        if self.count:
            return self.copy(self.count - 1 if self._covers(top, bottom) else 0).last_row(top, bottom)
        if self.other is None:
            return None
        if self._touches(top, bottom):
            return self.other.start + self.other.height - 1
        return self.other.last_row(top, bottom)

    def _touches(self, top: int, bottom: int) -> bool:
        """Tell whether a range over the body means the other rows, because these stand in its place."""
        return self.section.otherwise is not None and top <= self.section.body.last and self.section.body.first <= bottom

    def _covers(self, top: int, bottom: int) -> bool:
        return top <= self.section.body.first and self.section.body.last <= bottom


@dataclass(frozen=True)
class FormulaPlace:
    """Where a formula stands: sheet, row in the template, the copies around it (outermost first) and its output row."""

    sheet: int
    row: int = 0
    chain: tuple[PlacedCopy, ...] = ()
    at: int = 0


@dataclass(eq=False)
class Arrangement:
    """One arrangement of all growing sheets: `sheets` has their placed rows by number, `memory` what was written for it."""

    sheets: Mapping[int, PlacedCopy]
    memory: dict[Any, Any] = field(default_factory=dict)

    def row(self, sheet: int, row: int) -> int | None:
        """Return the output row of a template row (first copy), None when it vanished."""
        placed = self.sheets.get(sheet)
        return row if placed is None else placed.first_row(row, row)

    def span(self, sheet: int, top: int, bottom: int) -> tuple[int, int] | None:
        """Return the output rows of a range seen from outside, None when all of it vanished."""
        placed = self.sheets.get(sheet)
        if placed is None:
            return top, bottom
        first, last = placed.first_row(top, bottom), placed.last_row(top, bottom)
        return None if first is None or last is None else (first, min(last, MAX_ROW))

    def spans(self, sheet: int, top: int, bottom: int) -> list[tuple[int, int]]:
        """Return the output rows of a range that repeats with its copies (formats, validations)."""
        placed = self.sheets.get(sheet)
        return [(top, bottom)] if placed is None else [(a, min(b, MAX_ROW)) for a, b in placed.spans(top, bottom) if a <= MAX_ROW]

    def copies(self, sheet: int, top: int, bottom: int) -> list[tuple[int, int, FormulaPlace]]:
        """Return every copy of what stands on these rows, with the place that its formulas are seen from."""
        placed = self.sheets.get(sheet)
        if placed is None:
            return [(top, bottom, FormulaPlace(sheet, top, (), top))]
        return [(first, last, FormulaPlace(sheet, top, chain, first)) for first, last, chain in placed.copies(top, bottom)]

    def formula(self, formula: Formula, source: FormulaPlace) -> str:
        """Return the text of a formula that stands at `source`."""
        return formula.text(lambda ref: self.show(ref, source))

    def show(self, ref: Ref, source: FormulaPlace) -> str:
        """Return a reference as it reads in the output; ``#REF!`` when its rows vanished."""
        if not ref.first.row:
            return str(ref)
        if ref.last is None:
            if ref.area:
                ends = self._ends(ref, source, ref.first.row, ref.first.row, ref.first.fixed_row, True)
                if ends is not None and ends[0] != ends[1]:
                    return str(replace(ref, first=_on(ref.first, ends[0]), last=_on(ref.first, ends[1])))
            else:
                ends = self._ends(ref, source, ref.first.row, ref.first.row, ref.first.fixed_row, False)
            return ref.prefix + "#REF!" if ends is None else str(replace(ref, first=_on(ref.first, ends[0])))
        top, bottom = sorted((ref.first, ref.last), key=lambda end: end.row)
        ends = self._ends(ref, source, top.row, bottom.row, top.fixed_row, True)
        if ends is not None and top.fixed_row != bottom.fixed_row:
            other = self._ends(ref, source, bottom.row, bottom.row, bottom.fixed_row, False)
            start = self._ends(ref, source, top.row, top.row, top.fixed_row, False)
            ends = (start or ends)[0], (other or ends)[1]
        if ends is None:
            return ref.prefix + "#REF!"
        first, last = ends if top is ref.first else (ends[1], ends[0])
        return str(replace(ref, first=_on(ref.first, first), last=_on(ref.last, last)))

    def _ends(self, ref: Ref, source: FormulaPlace, top: int, bottom: int, fixed: bool, stretch: bool) -> tuple[int, int] | None:
        """Return the output rows of template rows `top`..`bottom` as seen from `source`."""
        if ref.sheet is None:
            return top, bottom
        placed = self.sheets.get(ref.sheet)
        shift = 0
        if ref.sheet == source.sheet and source.chain:
            placed = next(copy for copy in reversed(source.chain) if copy.body.first <= top and bottom <= copy.body.last)
            if not fixed:
                shift = source.at - (placed.first_row(source.row, source.row) or source.at)
            elif placed is _own_loop(source.chain) and placed.group is not None:
                placed = placed.group.copy(0) if placed.group.count else placed
        elif not fixed and source.chain:
            shift = source.at - (source.chain[0].first_row(source.row, source.row) or source.at)
        if placed is None:
            first, last = top, bottom
        else:
            start, end = placed.first_row(top, bottom), placed.last_row(top, bottom)
            if start is None or end is None:
                return None
            first, last = start, end
        first, last = first + shift, (last if stretch else first) + shift
        return (first, min(last, MAX_ROW)) if first <= MAX_ROW else None


def _own_loop(chain: tuple[PlacedCopy, ...]) -> PlacedCopy | None:
    """Return the copy of the innermost loop in which a formula stands."""
    return next((copy for copy in reversed(chain) if copy.group is not None and copy.group.section.kind == "for"), None)


def _on(end: End, row: int) -> End:
    return replace(end, row=row)
