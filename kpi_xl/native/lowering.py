"""Lowering: ``KPI_*`` calls in a template become native formulas, so that whoever signs needs no add-in.

A template is lowered once, before it is compiled; openpyxl's tokenizer reads the formulas. The modes:

- ``native``: a call without a native form loses its formula: a named output (``out_...``) is written as its known value, any
  other cell keeps its cached value when nothing that is filled in can change it, else it is left blank. Each is listed.
- ``functions`` keeps the calls. Those that name no scheme get the range of 评级标准: a function by itself cannot know in whose
  form it stands.
- ``values``: as ``native``, and every named output becomes a value. Formulas over cells that people still fill in by hand are
  no named outputs and stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kpi_xl.errors import Text
from kpi_xl.native.forms import NoNativeFormError, Standard
from kpi_xl.native.one_formula import MARK, MAX_FORMULA, has_call, lower, name_scheme
from kpi_xl.native.places import MAX_VALIDATION, calculated_columns, formulas_around, in_place
from kpi_xl.ooxml.book import Book, Sheet, open_book
from kpi_xl.ooxml.formula_cells import Address, read_formulas
from kpi_xl.ooxml.package import Archive, pack, read_package
from kpi_xl.ooxml.refs import cell_name
from kpi_xl.ooxml.stale import CellPlace, References
from kpi_xl.ooxml.xml import Edit, Node, apply_edits, escape
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard import read_scheme
from kpi_xl.standard.plan import plan_standard
from kpi_xl.standard.tables import SHEET
from kpi_xl.template import parts
from kpi_xl.template.placeholders import suspicious

Mode = Literal["native", "functions", "values"]
__all__ = ["MODES", "Kept", "Lowered", "Mode", "calls_left", "has_call", "lower", "lower_template", "name_scheme"]
MODES: tuple[Mode, ...] = ("native", "functions", "values")


@dataclass(frozen=True)
class Kept:
    """A formula with a call that has no native form: where it stands, and why."""

    where: str
    formula: str
    reason: Text

    def text(self, file: str) -> Text:
        """Return it as a line for people."""
        return Text(
            f"{file} {self.where}：{self.formula} 没有原生公式（{self.reason.zh}），请改用其他公式",
            f"{file} {self.where}: {self.formula} has no native form ({self.reason.en}), write it differently",
        )


@dataclass(frozen=True)
class Lowered:
    """The template with its formulas rewritten, and what could not be."""

    data: bytes
    kept: tuple[Kept, ...] = ()


def lower_template(source: bytes | Path, scheme: Scheme, mode: Mode = "native") -> Lowered:
    """Return a template with its ``KPI_*`` calls lowered (or completed, or frozen: see the module).

    `scheme` is the one that the form was built for. Raises KpiError for a file that is no workbook.
    """
    package = read_package(source)
    parts_with_calls = [name for name in package.entries if name.lower().endswith(".xml") and MARK in package.xml(name).lower()]
    if not parts_with_calls and mode != "values":
        return Lowered(source.read_bytes() if isinstance(source, Path) else source)
    book = open_book(package)
    work = _Work(book, Standard(scheme, plan_standard(scheme)), mode)
    edits = work.edits()
    packed = [
        pack(name, apply_edits(package.xml(name), edits[name]), once=True) if edits.get(name) else entry
        for name, entry in package.entries.items()
    ]
    return Lowered(Archive().extended(packed).finish(), tuple(work.kept))


def calls_left(path: Path) -> tuple[Kept, ...]:
    """Return the calls of a template that have no native form, by the scheme on its own sheet 评级标准.

    Raises KpiError when there are calls, but that sheet cannot be read as a scheme.
    """
    package = read_package(path)
    if not any(name.lower().endswith(".xml") and MARK in package.xml(name).lower() for name in package.entries):
        return ()
    return lower_template(path, read_scheme(path)).kept


# --- a whole template --------------------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """The rewriting of one template."""

    book: Book
    standard: Standard
    mode: Mode

    def __post_init__(self) -> None:
        self.kept: list[Kept] = []
        self._outputs = set(self._named("out_"))
        self._standard = replace(self.standard, in_place=_in_place(self.book, self.standard))

    def edits(self) -> dict[str, list[Edit]]:
        """Return the changes by part: cells, conditional formats, validations, columns of tables, defined names."""
        found: dict[str, list[Edit]] = {}
        stale = self._stale() if self.mode != "functions" else set()
        for sheet in self.book.sheets.values():
            found[sheet.part] = [*self._cells(sheet, stale), *self._around(sheet)]
            for part, node, where in calculated_columns(self.book, sheet.number):
                found.setdefault(part, []).extend(self._text(node, where))
        found[self.book.part] = [
            edit for name in self.book.names for edit in self._text(name.node, name.name)
        ]  # fmt: skip
        return found

    def _rewritten(self, formula: str) -> str:
        """Return the formula as it is to stand in the template. Raises NoNativeFormError."""
        return (name_scheme if self.mode == "functions" else lower)(formula, self._standard)

    def _cells(self, sheet: Sheet, stale: set[CellPlace]) -> Iterator[Edit]:
        formulas, groups = read_formulas(self.book, sheet)
        nodes = {(cell.row, cell.column): cell for row in sheet.rows.values() for cell in row.cells.values() if cell.formula}
        changed: dict[Address, str | None] = {}
        for at, formula in formulas.items():
            text = formula.text()
            if self.mode == "values" and (sheet.number, *at) in self._outputs:
                changed[at] = None
            elif has_call(text):
                try:
                    changed[at] = self._rewritten(text)
                except NoNativeFormError as error:
                    self.kept.append(Kept(sheet.where(cell_name(*at)), f"={text}", error.reason))
                    if self.mode != "functions":
                        changed[at] = None
        for members in groups.values():
            if any(at in changed for at in members):  # a shared formula of which one is rewritten is written out for all
                for at in members:
                    changed.setdefault(at, formulas[at].text())
        for at, new in changed.items():
            cell = nodes[at]
            node = cell.formula
            if node is None or node.get("t") == "dataTable":
                continue
            blank = new is None and (sheet.number, *at) in stale and (sheet.number, *at) not in self._outputs
            if blank and cell.value is not None:
                yield cell.value.start, cell.value.end, b""
            yield node.start, node.end, b"" if new is None else self._element(sheet, node, new)

    def _element(self, sheet: Sheet, node: Node, text: str) -> bytes:
        """Write ``<f>`` anew; that of an array keeps its attributes, a shared one becomes one of its own."""
        kept = sheet.data[node.start : node.inner].rstrip(b"/>") if node.get("t") == "array" else f"<{sheet.prefix}f".encode()
        return kept + b">" + escape(text).encode() + f"</{sheet.prefix}f>".encode()

    def _around(self, sheet: Sheet) -> Iterator[Edit]:
        """Rewrite conditional formats and validations."""
        for found in formulas_around(sheet):
            longest = MAX_VALIDATION if found.kind == "validation" else MAX_FORMULA
            yield from self._text(found.node, sheet.where(found.area), longest)

    def _text(self, node: Node, where: str, longest: int = MAX_FORMULA) -> Iterator[Edit]:
        """Rewrite a formula that has no cached value; without a native form it stays."""
        text = node.full_text()
        if not has_call(text):
            return
        try:
            new = self._rewritten(text)
            if len(new) > longest:
                raise NoNativeFormError(f"数据有效性的公式最多 {longest} 个字符", f"a validation takes {longest} characters")
            yield node.inner, node.close, escape(new).encode()
        except NoNativeFormError as error:
            self.kept.append(Kept(where, f"={text}", error.reason))

    def _named(self, prefix: str) -> Iterator[CellPlace]:
        for name in self.book.names:
            target = self.book.target(name.text) if name.name.lower().startswith(prefix) else None
            if target is not None:
                yield target[0], target[1].top, target[1].left

    def _stale(self) -> set[CellPlace]:
        """Return the cells that filling may change: placeholders, inputs, repeated rows, and all formulas over them."""
        filled = set(self._named("in_"))
        for sheet in self.book.sheets.values():
            for row in sheet.rows.values():
                for cell in row.cells.values():
                    string = self.book.text(cell) if cell.kind in ("s", "inlineStr", "str") else None
                    if string is not None and suspicious(string.text):
                        filled.add((sheet.number, cell.row, cell.column))
        formulas = {number: read_formulas(self.book, sheet)[0] for number, sheet in self.book.sheets.items()}
        tables = {name: (sheet, area) for name, (sheet, area, _) in parts.tables(self.book).items()}
        return References(self.book, formulas, tables).stale(filled)


def _in_place(book: Book, standard: Standard) -> bool:
    number = book.numbers.get(SHEET.casefold())
    sheet = book.sheets.get(number) if number is not None else None
    return sheet is not None and in_place(book, sheet, standard.plan)
