"""A compiled template, and filling it: look up, place, join, compress."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.ooxml.package import Archive, Packed, pack
from kpi_xl.ooxml.refs import MAX_ROW
from kpi_xl.template.layout import Arrangement, Body, CopyGroup, PlacedCopy, RowRun, Section, Shape
from kpi_xl.template.pictures import Gallery
from kpi_xl.template.placeholders import UnknownPathError, show_path
from kpi_xl.template.program import Filling, Program, Scope, cannot_fill, evaluate, unknown_name
from kpi_xl.template.shape import Use, unknown_uses
from kpi_xl.template.values import StyleVariants

Pieces = tuple[bytes | Callable[[Arrangement], bytes], ...]
_LAYOUTS = 32


@dataclass(frozen=True)
class LaidPart:
    """A part that depends on the layout alone (defined names, drawings, charts)."""

    name: str
    pieces: Pieces


@dataclass(frozen=True)
class SheetPart:
    """A worksheet: what stands before its rows, the rows, what stands after them. `filled`: values are written into it."""

    name: str
    number: int
    head: Pieces
    body: Body
    tail: Pieces
    filled: bool
    last_row: int


Survey = list[tuple[list[Any], list[Any]]]
"""What a body's sections hold this time: per section the items, and per item (or for the other rows) a survey of its own."""


@dataclass(eq=False)
class Template:
    """A compiled template. `names`: the paths of its placeholders; `inputs` and `outputs`: the keys of its named cells.

    `signed`: the template has a digital signature, which what is filled from it cannot have. Made by `compile_template`; each
    worker process compiles its own.
    """

    label: str
    archive: Archive
    styles: tuple[Packed, Packed] | None
    variants: StyleVariants
    parts: tuple[SheetPart | LaidPart, ...]
    bodies: Mapping[int, Body]
    galleries: tuple[Gallery, ...] = ()
    names: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    signed: bool = False
    _layouts: OrderedDict[tuple[Shape, ...], Arrangement] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, shape: object) -> list[Problem]:
        """Return the placeholders whose names a view of this shape does not have; `shape` is its class, or a sample."""
        return unknown_uses(self.uses, shape)

    def render(self, view: object, *, cached: Mapping[str, Any] | None = None, inputs: Mapping[str, Any] | None = None) -> bytes:
        """Fill the template and return the workbook file.

        `view` is anything with the names of the placeholders as attributes or keys. `inputs` are values for the cells named
        ``in_<key>`` (a dot in the key is ``__`` in the name); `cached` are known results of the formulas named ``out_<key>``.
        The same arguments give the same bytes (on another kind of processor, the same parts compressed in another way). Raises
        KpiError with every cell that cannot be filled.
        """
        filling = Filling(inputs or {}, cached or {})
        with self._lock:  # the encoders note which style variants a rendering needs
            self.variants.used = False
            surveys = {number: _survey(body, (view,), filling, ()) for number, body in self.bodies.items()}
            layout = self._layout(surveys)
            packed = [self._write(part, layout, surveys, view, filling) for part in self.parts]
            varied = self.variants.used
        for gallery in self.galleries:
            packed += gallery.write(view)
        if self.styles is not None:
            packed.append(self.styles[varied])
        return self.archive.extended(packed).finish()

    def _layout(self, surveys: Mapping[int, Survey]) -> Arrangement:
        """Return the layout for these counts, remembered for the workbooks that have the same."""
        key = tuple(_shape(self.bodies[number], survey) for number, survey in surveys.items())
        layout = self._layouts.get(key)
        if layout is None:
            sheets = {number: PlacedCopy(self.bodies[number], shape, 1) for number, shape in zip(surveys, key, strict=True)}
            layout = self._layouts[key] = Arrangement(sheets)
            if len(self._layouts) > _LAYOUTS:
                self._layouts.popitem(last=False)
        else:
            self._layouts.move_to_end(key)
        return layout

    def _write(
        self, part: SheetPart | LaidPart, layout: Arrangement, surveys: Mapping[int, Survey], view: object, filling: Filling
    ) -> Packed:
        """Write a part; what depends on the layout alone is remembered there, already compressed."""
        key = (part.name, "")
        if key in layout.memory:
            packed: Packed = layout.memory[key]
            return packed
        if isinstance(part, LaidPart):
            packed = pack(part.name, b"".join(_laid(part.pieces, layout)))
        else:
            out = _Writer(layout, filling)
            placed = layout.sheets.get(part.number)
            if placed is None:
                for run in part.body.items:
                    out.pieces.append(run.program.write(1, (), layout, (view,), filling, ()))  # type: ignore[union-attr]
            else:
                self._fits(part, placed)
                out.body(placed, surveys[part.number], (view,), (), (placed,))
            ends = layout.memory.get((part.name, "ends"))
            if ends is None:
                ends = layout.memory[part.name, "ends"] = (b"".join(_laid(part.head, layout)), b"".join(_laid(part.tail, layout)))
            packed = pack(part.name, b"".join((ends[0], *out.pieces, ends[1])))
            if part.filled:
                return packed
        layout.memory[key] = packed
        return packed

    def _fits(self, part: SheetPart, placed: PlacedCopy) -> None:
        """Refuse more rows than a sheet has."""
        last = placed.last_row(1, part.last_row)
        if last is not None and last > MAX_ROW:
            raise KpiError(
                Text(
                    f"{part.name} 需要 {last} 行，工作表最多 {MAX_ROW} 行",
                    f"{part.name} needs {last} rows, a sheet has {MAX_ROW}",
                ),
                Text("减少明细，或分成几个文件", "write fewer rows, or several files"),
            )


def _laid(pieces: Pieces, layout: Arrangement) -> Iterable[bytes]:
    return (piece if isinstance(piece, bytes) else piece(layout) for piece in pieces)


class _Writer:
    """Writes the rows of one sheet."""

    def __init__(self, layout: Arrangement, filling: Filling) -> None:
        self._layout, self._filling = layout, filling
        self.pieces: list[bytes] = []

    def body(
        self, placed: PlacedCopy, survey: Survey, scope: Scope, index: tuple[int, ...], chain: tuple[PlacedCopy, ...]
    ) -> None:
        """Write a body's runs and sections."""
        sections = iter(survey)
        for item, row, group in placed.pieces:
            if isinstance(item, RowRun):
                self.pieces.append(item.program.write(row, chain, self._layout, scope, self._filling, index))
                continue
            items, inner = next(sections)
            if group is None or not (group.count or group.other):
                continue
            if group.other is not None and item.otherwise is not None:
                self.body(group.other, inner[0], scope, index, (*chain, group.other))
            elif group.other is not None:
                self._blank(group.other, (*chain, group.other))
            elif item.body.sections or item.kind == "if":
                for number, value in enumerate(items):
                    copy = group.copy(number)
                    inside = (scope, index) if item.kind == "if" else ((*scope, value), (*index, number + 1))
                    self.body(copy, inner[number], *inside, (*chain, copy))
            else:
                self._copies(group, items, scope, index, chain)

    def _copies(
        self, group: CopyGroup, items: list[Any], scope: Scope, index: tuple[int, ...], chain: tuple[PlacedCopy, ...]
    ) -> None:
        """Write the copies of a body without sections of its own: most of a workbook's cells."""
        program: Program = group.section.body.items[0].program  # type: ignore[union-attr]
        row = group.start
        height = group.section.body.last - group.section.body.first + 1
        together = program.write_copies(items, group, chain, self._layout, scope)
        if together is not None:
            self.pieces.append(together)
            return
        for number, value in enumerate(items):
            self.pieces.append(
                program.write(
                    row, (*chain, group.copy(number)), self._layout, (*scope, value), self._filling, (*index, number + 1)
                )
            )
            row += height

    def _blank(self, placed: PlacedCopy, chain: tuple[PlacedCopy, ...]) -> None:
        """Write the blank copy that stands for no items."""
        for item, row, group in placed.pieces:
            if isinstance(item, RowRun):
                self.pieces.append(item.blank.write(row, chain, self._layout, (), self._filling, ()))
            elif group is not None and group.other is not None:
                self._blank(group.other, (*chain, group.other))


def _survey(body: Body, scope: Scope, filling: Filling, index: tuple[int, ...]) -> Survey:
    """Look up the collections and conditions of a body's sections."""
    found: Survey = []
    for section in body.sections:
        items = _items(section, scope, filling, index)
        inner: list[Any] = []
        if items and section.body.sections:
            for number, value in enumerate(items):
                inside = (scope, index) if section.kind == "if" else ((*scope, value), (*index, number + 1))
                inner.append(_survey(section.body, inside[0], filling, inside[1]))
        elif items:
            inner = [[]] if section.kind == "if" else []
        elif section.otherwise is not None:
            inner.append(_survey(section.otherwise, scope, filling, index))
        found.append((items, inner))
    return found


def _items(section: Section, scope: Scope, filling: Filling, index: tuple[int, ...]) -> list[Any]:
    """Return the items of a loop; one for a condition that holds."""
    try:
        value = evaluate(section.source, scope, filling, index)
    except UnknownPathError as error:
        raise cannot_fill([unknown_name(section.where, str(error.args[0]))]) from None
    if section.kind == "if":
        return [None] if value else []
    if value is None:
        return []
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        path = show_path(section.path)
        message = Text(f"{path} 不是列表，不能逐行重复", f"{path} is not a list, rows cannot repeat over it")
        raise cannot_fill([Problem(section.where, message, Text("for 后面要写列表的名称", "name a list after in"))])
    return list(value)


def _shape(body: Body, survey: Survey) -> Shape:
    """Return how often each section is there, the key of a layout."""
    shape: list[Shape] = []
    for section, (items, inner) in zip(body.sections, survey, strict=True):
        if items:
            copies = [_shape(section.body, one) for one in inner] if section.body.sections else []
            shape.append((len(items), *copies))
        elif section.otherwise is not None:
            shape.append((0, _shape(section.otherwise, inner[0])))
        else:
            shape.append((0, _nothing(section.body)))
    return tuple(shape)


def _nothing(body: Body) -> Shape:
    """Return the shape of a body whose sections are all empty."""
    return tuple((0, _nothing(section.otherwise or section.body)) for section in body.sections)
