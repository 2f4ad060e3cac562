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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kpi_xl.errors import Text
from kpi_xl.functions import FUNCTIONS, Function
from kpi_xl.native.calls import native_form
from kpi_xl.native.forms import NoNativeFormError, Operand, Standard
from kpi_xl.ooxml.book import Book, Sheet, open_book
from kpi_xl.ooxml.formula_cells import Address, read_formulas
from kpi_xl.ooxml.formulas import Token, read_tokens, split_sheet
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
MODES: tuple[Mode, ...] = ("native", "functions", "values")
MAX_FORMULA = 8192
_MARK = b"kpi_"


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
    parts_with_calls = [name for name in package.entries if name.lower().endswith(".xml") and _MARK in package.xml(name).lower()]
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
    if not any(name.lower().endswith(".xml") and _MARK in package.xml(name).lower() for name in package.entries):
        return ()
    return lower_template(path, read_scheme(path)).kept


# --- one formula -------------------------------------------------------------------------------------------------------------


def lower(formula: str, standard: Standard) -> str:
    """Return a formula (without ``=``) with its calls in native form. Raises NoNativeFormError."""
    found = _Reader(formula, standard, native=True).read()
    if len(found) >= MAX_FORMULA:
        found = _Reader(formula, replace(standard, brief=True), native=True).read()
    if len(found) >= MAX_FORMULA:
        raise NoNativeFormError(f"展开后超过 {MAX_FORMULA} 个字符", f"it would be longer than {MAX_FORMULA} characters")
    return found


def name_scheme(formula: str, standard: Standard) -> str:
    """Return a formula whose calls all name a scheme: those that name none get the range of 评级标准.

    Raises NoNativeFormError for a formula that cannot be read.
    """
    return _Reader(formula, standard, native=False).read()


def has_call(formula: str) -> bool:
    """Tell whether a formula calls one of the functions; words in quotes are no calls."""
    return _MARK.decode() in formula.lower() and any(
        token.subtype == "OPEN" and _function(token.value) for token in read_tokens(formula) or ()
    )


def _function(token: str) -> Function | None:
    """Return the function that a token opens: ``KPI_GRADE(``, ``_xll.KPI_GRADE(``, ``[1]!KPI_GRADE(`` of an add-in."""
    name = token.rstrip("(").rpartition("!")[2].rpartition(".")[2].lstrip("@").upper()
    return FUNCTIONS.get(name)


class _Reader:
    """Reads the tokens of one formula from left to right, calls inside calls first."""

    def __init__(self, formula: str, standard: Standard, *, native: bool) -> None:
        self._tokens: Sequence[Token] = read_tokens(formula) or ()
        self._at = 0
        self._standard = standard
        self._native = native

    def read(self) -> str:
        arguments = self._arguments()
        if not self._tokens or self._at < len(self._tokens) or len(arguments) != 1:
            raise NoNativeFormError("看不懂的公式", "the formula cannot be read")
        return "".join(token.value for token in arguments[0])

    def _arguments(self) -> list[list[Token]]:
        """Read up to the bracket that closes the present call (or to the end): its arguments as tokens, calls rewritten."""
        found: list[list[Token]] = [[]]
        arrays = 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.type == "FUNC" and token.subtype == "CLOSE":
                break
            self._at += 1
            arrays += {"OPEN": 1, "CLOSE": -1}.get(token.subtype, 0) if token.type == "ARRAY" else 0
            if token.type == "FUNC":
                found[-1].append(self._call(token.value))
            elif token.type == "SEP" and not arrays:
                found.append([])
            else:
                found[-1].append(token)
        return found

    def _call(self, opening: str) -> Token:
        arguments = self._arguments()
        if self._at == len(self._tokens):
            raise NoNativeFormError("公式缺少右括号", "a bracket is not closed")
        self._at += 1
        function = _function(opening)
        texts = ["".join(token.value for token in argument) for argument in arguments]
        if function is None:
            return Token(f"{opening}{','.join(texts)})", "OPERAND", "CALL")
        given = [] if texts == [""] else arguments
        if not function.least <= len(given) <= len(function.arguments):
            raise NoNativeFormError(f"{function.name} 的参数个数不对", f"{function.name} has a wrong number of arguments")
        takes_scheme = function.arguments[-1].kind == "scheme"
        named = takes_scheme and len(given) == len(function.arguments) and texts[-1].strip() not in ("", '""')
        plain = given[: len(function.arguments) - 1] if takes_scheme else given
        if takes_scheme and not self._standard.in_place:
            raise NoNativeFormError(
                f"“{SHEET}”表的行列与方案不符（插入、删除过行）", f"the rows of the sheet {SHEET} are not those of the scheme"
            )
        if not self._native:
            if takes_scheme and not named:
                texts = [*texts[: len(plain)], self._standard.plan.area]
            return Token(f"{opening}{','.join(texts)})", "OPERAND", "CALL")
        if named:
            _same_scheme(_term(given[-1]), self._standard)
        return Token(native_form(function.name, [_term(argument) for argument in plain], self._standard), "OPERAND", "CALL")


def _term(tokens: Sequence[Token]) -> Operand:
    """Return an argument, in brackets unless it is a single operand; one that is left out is a blank."""
    text = "".join(token.value for token in tokens).strip()
    inside = [token for token in tokens if token.type != "WHITE-SPACE"]
    if not inside:
        return Operand('""')
    if len(inside) == 1:
        words = inside[0].subtype == "TEXT"
        return Operand(text, text[1:-1].replace('""', '"') if words else None)
    array = inside[0].type == "ARRAY" and sum(token.type == "ARRAY" and token.subtype == "OPEN" for token in inside) == 1
    return Operand(text if array and inside[-1].type == "ARRAY" else f"({text})")


def _same_scheme(term: Operand, standard: Standard) -> None:
    """Refuse a call that names another scheme than the form's."""
    _prefix, sheet = split_sheet(term.text)
    own = {standard.scheme.id, standard.scheme.reference} if not standard.scheme.applied else {standard.scheme.reference}
    if sheet != SHEET and (term.literal or "").strip() not in own:
        raise NoNativeFormError(
            f"方案 {term.text} 不是这份考核表的方案（{standard.scheme.reference}）",
            f"{term.text} is not the scheme of this form ({standard.scheme.reference})",
        )


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
        self._standard = replace(self.standard, in_place=self._standard_in_place())

    def edits(self) -> dict[str, list[Edit]]:
        """Return the changes by part: cells, conditional formats, validations, defined names."""
        found: dict[str, list[Edit]] = {}
        stale = self._stale() if self.mode != "functions" else set()
        for sheet in self.book.sheets.values():
            found[sheet.part] = [*self._cells(sheet, stale), *self._around(sheet)]
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
        for holder in sheet.tree.all("conditionalFormatting", "dataValidation"):
            area = holder.child("sqref")
            where = sheet.where(area.text if area is not None else holder.get("sqref"))
            for node in holder.all("formula", "formula1", "formula2", "f"):
                yield from self._text(node, where)

    def _text(self, node: Node, where: str) -> Iterator[Edit]:
        """Rewrite a formula that has no cached value; without a native form it stays."""
        text = node.full_text()
        if not has_call(text):
            return
        try:
            yield node.inner, node.close, escape(self._rewritten(text)).encode()
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

    def _standard_in_place(self) -> bool:
        """Tell whether the tables of 评级标准 stand where the scheme's plan has them: native forms point at their cells."""
        number = self.book.numbers.get(SHEET.casefold())
        sheet = self.book.sheets.get(number) if number is not None else None
        if sheet is None:
            return False

        def shown(row: int) -> str:
            cell = sheet.rows[row].cells.get(1) if row in sheet.rows else None
            string = self.book.text(cell) if cell is not None else None
            return string.text if string is not None else ""

        for placed in self.standard.plan.placed:
            if not shown(placed.title_row).startswith(placed.section.title):
                return False
            names = [str(row[0]) if isinstance(row[0], str) else "" for row in placed.section.rows]
            if any(name and shown(placed.first_row + offset) != name for offset, name in enumerate(names)):
                return False
        return True
