"""The rows of a sheet to programs: which bytes stay, where values go, which formulas move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kpi_xl.ooxml.book import Book, CellNode, Row, Sheet
from kpi_xl.ooxml.formula_cells import Address, read_formulas
from kpi_xl.ooxml.formulas import Formula, parse_formula
from kpi_xl.ooxml.refs import column_letters
from kpi_xl.ooxml.xml import attribute_span, escape_attribute
from kpi_xl.template.layout import RowRun, Section
from kpi_xl.template.placeholders import Content, Link, Marker, Path
from kpi_xl.template.program import (
    HOLE,
    AtPath,
    Cached,
    InputSlot,
    Item,
    Joined,
    Linked,
    LoopIndex,
    Moving,
    Program,
    Slot,
)
from kpi_xl.template.values import Encoders, StyleVariants, Verbatim, formula_encoders, kind_encoders, value_encoders


@dataclass(eq=False)
class SheetPlan:
    """What is known about a sheet before it is compiled: contents of marked cells, named cells, formulas, stale caches."""

    sheet: Sheet
    contents: Mapping[Address, Content | Marker]
    inputs: dict[Address, str] = field(default_factory=dict)
    outputs: dict[Address, str] = field(default_factory=dict)
    stale: set[Address] = field(default_factory=set)
    first_marker: int = 0

    @property
    def grows(self) -> bool:
        """Whether the sheet has marker rows."""
        return self.first_marker > 0


@dataclass(eq=False)
class RowCompiler:
    """Compiles the runs of one sheet. `growing` maps the numbers of growing sheets to the row of their first marker."""

    book: Book
    plan: SheetPlan
    variants: StyleVariants
    growing: Mapping[int, int]
    _encoders: dict[str, Encoders] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._prefix = self.plan.sheet.prefix

    def compile(self, run: RowRun, around: tuple[Section, ...], *, blank: bool = False) -> Program:
        """Compile a run; `blank`: without values and formulas, for the copy that stands for no items."""
        sheet = self.plan.sheet
        slots: list[Slot] = []
        items: list[Item] = []
        local = True
        for row in self._rows(run):
            for item in self._row(row, run, around, slots, blank=blank):
                items.append(item)
                if isinstance(item, Moving) and not self._stays(item.formula, run, around):
                    local = False
        return Program(sheet.number, run.first, items, slots, local=local)

    def _rows(self, run: RowRun) -> Iterator[Row]:
        """Walk over the rows of a run, with those that only a defined name asks for."""
        rows = self.plan.sheet.rows
        wanted = {
            row
            for row, column in self.plan.inputs
            if run.first <= row <= run.last and (row not in rows or column not in rows[row].cells)
        }
        for number in sorted(wanted | {number for number in rows if run.first <= number <= run.last}):
            row = rows.get(number) or Row(number, None)
            missing = {column for at, column in self.plan.inputs if at == number} - set(row.cells)
            if missing:
                cells = row.cells | {column: CellNode(number, column, None) for column in missing}
                row = Row(number, row.node, dict(sorted(cells.items())))
            yield row

    def _row(self, row: Row, run: RowRun, around: tuple[Section, ...], slots: list[Slot], *, blank: bool) -> Iterator[Item]:
        data, prefix, delta = self.plan.sheet.data, self._prefix.encode(), row.number - run.first
        if row.node is None:
            yield b"<" + prefix + b'row r="'
            yield delta
            yield b'">'
        else:
            yield from self._open_row(row, delta)
        for cell in row.cells.values():
            yield from self._cell(cell, delta, around, slots, blank=blank)
        yield (
            b"</" + prefix + b"row>"
            if row.node is None or row.node.close == row.node.inner == row.node.end
            else data[row.node.close : row.node.end]
        )

    def _open_row(self, row: Row, delta: int) -> Iterator[Item]:
        data, node = self.plan.sheet.data, row.node
        if node is None:
            return
        head_end = node.inner - (2 if data[node.inner - 2 : node.inner] == b"/>" else 1)
        span = attribute_span(data, node, "r")
        if span:
            yield data[node.start : span[0]]
            yield delta
            yield data[span[1] : head_end] + b">"
        else:
            yield data[node.start : head_end] + b' r="'
            yield delta
            yield b'">'

    def _cell(self, cell: CellNode, delta: int, around: tuple[Section, ...], slots: list[Slot], *, blank: bool) -> Iterator[Item]:
        """Write one cell: a value slot, a formula, or what the template has."""
        at = (cell.row, cell.column)
        content = self.plan.contents.get(at)
        key = self.plan.inputs.get(at)
        if isinstance(content, Marker):
            content = None
        if blank and (content is not None or cell.formula is not None):
            yield from self._head(cell, delta)
            yield self._styled(cell) + b"/>"
        elif content is not None or key is not None:
            shown = self._expression(content, around) if content is not None else None
            expression = InputSlot(key, shown or self._verbatim(cell)) if key is not None else shown
            yield from self._head(cell, delta)
            yield HOLE
            slots.append(Slot(expression or Joined(()), self._value_encoders(cell.style), self.plan.sheet.where(cell.name)))
        elif cell.formula is not None and (at in self.plan.stale or at in self.plan.outputs or self._moving(cell) is not None):
            yield from self._formula_cell(cell, delta, slots)
        elif at in self.plan.outputs and not blank:
            yield from self._frozen_cell(cell, delta, slots)
        else:
            yield from self._static(cell, delta)

    def _head(self, cell: CellNode, delta: int) -> Iterator[Item]:
        """Write ``<c r="C7"`` and the attributes other than style and type."""
        yield f'<{self._prefix}c r="{column_letters(cell.column)}'.encode()
        yield delta
        others = ""
        if cell.node is not None and cell.formula is not None:
            others = "".join(
                f' {key}="{escape_attribute(value)}"' for key, value in cell.node.attributes.items() if key in ("cm", "vm", "ph")
            )
        yield f'"{others}'.encode()

    def _styled(self, cell: CellNode) -> bytes:
        return f' s="{cell.style}"'.encode() if cell.style else b""

    def _static(self, cell: CellNode, delta: int) -> Iterator[Item]:
        data, node = self.plan.sheet.data, cell.node
        if node is None:
            return
        span = attribute_span(data, node, "r")
        if span:
            digits = len(data[span[0] : span[1]].rstrip(b"0123456789"))
            yield data[node.start : span[0] + digits]
            yield delta
            yield data[span[1] : node.end]
        else:
            at = node.start + 1 + len(self._prefix) + 1
            yield data[node.start : at] + f' r="{column_letters(cell.column)}'.encode()
            yield delta
            yield b'"' + data[at : node.end]

    def _verbatim(self, cell: CellNode) -> Verbatim:
        """Return everything of a cell behind its address, as the template has it."""
        if cell.node is None:
            return Verbatim(b"/>")
        data, node = self.plan.sheet.data, cell.node
        others = "".join(
            f' {key}="{escape_attribute(value)}"' for key, value in node.attributes.items() if key != "r" and "@" not in key
        )
        if node.inner == node.end:
            return Verbatim(others.encode() + b"/>")
        return Verbatim(others.encode() + b">" + data[node.inner : node.end])

    def _value_encoders(self, style: str) -> Encoders:
        if style not in self._encoders:
            self._encoders[style] = value_encoders(style, self._prefix, self.variants, date1904=self.book.date1904)
        return self._encoders[style]

    def _expression(self, content: Content, around: tuple[Section, ...]) -> AtPath | LoopIndex | Joined | Linked:
        first = content[0]
        if isinstance(first, Link):
            return Linked(bind(first.target, around), bind(first.text, around) if first.text else None)
        if len(content) == 1 and not isinstance(first, str):
            return bind(first, around)
        return Joined(
            tuple(bind(part, around) if isinstance(part, tuple) else part for part in content if not isinstance(part, Link))
        )

    def _formula_cell(self, cell: CellNode, delta: int, slots: list[Slot]) -> Iterator[Item]:
        """Write a formula with its cached value: a known one from outside, the template's own while it is right, or none."""
        at, where, prefix = (cell.row, cell.column), self.plan.sheet.where(cell.name), self._prefix
        formula = list(self._formula(cell))
        key = self.plan.outputs.get(at)
        date1904 = self.book.date1904
        yield from self._head(cell, delta)
        if key is not None and all(isinstance(item, bytes) for item in formula):
            whole = b"".join(item for item in formula if isinstance(item, bytes)).decode()
            yield HOLE
            slots.append(
                Slot(Cached(key), formula_encoders(self._styled(cell).decode(), whole, prefix, date1904=date1904), where)
            )
        elif key is not None:
            yield self._styled(cell)
            yield HOLE
            slots.append(Slot(Cached(key), kind_encoders(), where))
            yield b">"
            yield from formula
            yield HOLE
            slots.append(Slot(Cached(key), formula_encoders("", "", prefix, date1904=date1904), where))
        else:
            kept = cell.value if at not in self.plan.stale else None
            kind = f' t="{cell.kind}"' if kept is not None and cell.kind != "n" else ""
            yield self._styled(cell) + f"{kind}>".encode()
            yield from formula
            yield (self.plan.sheet.data[kept.start : kept.end] if kept is not None else b"") + f"</{prefix}c>".encode()

    def _frozen_cell(self, cell: CellNode, delta: int, slots: list[Slot]) -> Iterator[Item]:
        """Write a named output that has no formula (any more): its known value, else what the template has."""
        encoders = Encoders(self._value_encoders(cell.style))
        verbatim = self._verbatim(cell)
        encoders[type(None)] = lambda _none: verbatim
        yield from self._head(cell, delta)
        yield HOLE
        slots.append(Slot(Cached(self.plan.outputs[cell.row, cell.column]), encoders, self.plan.sheet.where(cell.name)))

    def _formula(self, cell: CellNode) -> Iterator[Item]:
        """Write ``<f>``: as it is, or with references that move; shared formulas become formulas of their own when they move."""
        node, moving = cell.formula, self._moving(cell)
        if node is None:
            return
        if moving is None:
            yield self.plan.sheet.data[node.start : node.end]
            return
        yield f"<{self._prefix}f".encode()
        for name, value in node.attributes.items():
            if name in ("ref", "r1", "r2") and node.get("t") != "shared":
                yield f' {name}="'.encode()
                yield Moving(parse_formula(value, self.plan.sheet.number, self.book.numbers, areas=name == "ref"), cell.row)
                yield b'"'
            elif name not in ("si", "ref") and (name, value) != ("t", "shared"):
                yield f' {name}="{escape_attribute(value)}"'.encode()
        yield b">"
        yield Moving(moving, cell.row)
        yield f"</{self._prefix}f>".encode()

    def _moving(self, cell: CellNode) -> Formula | None:
        """Return the formula of a cell when it has to be written anew in some layout."""
        if not self.growing or cell.formula is None:
            return None
        formula = self.formulas.get((cell.row, cell.column))
        if formula is None:
            return None
        if cell.formula.get("t") == "shared" and self.growing:
            group = self.shared_groups.get(cell.formula.get("si"), ())
            return formula if any(self._moves(self.formulas[at], at[0]) for at in group) else None
        return formula if self._moves(formula, cell.row) else None

    def moves_at(self, at: Address) -> bool:
        """Tell whether the formula of a cell has to be written anew in some layout."""
        return bool(self.growing) and self._moves(self.formulas[at], at[0])

    def _moves(self, formula: Formula, row: int) -> bool:
        inside = self.plan.grows and row >= self.plan.first_marker
        return any(
            inside
            or (ref.first.row and ref.sheet is not None and ref.sheet in self.growing and ref.rows[1] >= self.growing[ref.sheet])
            for ref in formula.refs
        )

    def _stays(self, formula: Formula, run: RowRun, around: tuple[Section, ...]) -> bool:
        """Tell whether a formula's text depends on the output row of its run alone."""
        looped = any(section.kind == "for" for section in around)
        for ref in formula.refs:
            top, bottom = ref.rows
            if not ref.first.row or ref.sheet is None:
                continue
            fixed = ref.first.fixed_row, (ref.last or ref.first).fixed_row
            own = ref.sheet == self.plan.sheet.number and run.first <= top and bottom <= run.last and not (looped and any(fixed))
            still = (ref.sheet not in self.growing or bottom < self.growing[ref.sheet]) and (not looped or all(fixed))
            if not own and not still:
                return False
        return True

    @property
    def formulas(self) -> Mapping[Address, Formula]:
        """All formulas of the sheet, shared ones written out."""
        if not hasattr(self, "_formulas"):
            self._formulas, self._groups = read_formulas(self.book, self.plan.sheet)
        return self._formulas

    @property
    def shared_groups(self) -> Mapping[str, list[Address]]:
        """The cells of each shared formula, by its number."""
        return self._groups if self.formulas is not None else {}


def bind(path: Path, around: tuple[Section, ...]) -> AtPath | LoopIndex:
    """Tell which loop's item, or the view itself, a path begins with."""
    if path == ("loop", "index"):
        return LoopIndex(next((section.depth for section in reversed(around) if section.kind == "for"), 0))
    for section in reversed(around):
        if section.kind == "for" and section.name == path[0]:
            return AtPath(section.depth, path[1:])
    return AtPath(0, path)
