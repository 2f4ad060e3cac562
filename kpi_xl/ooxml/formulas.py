"""Formulas cut into text and references, so that references can follow rows that move, and copies of rows that are filled down.

openpyxl's tokenizer tells references from strings and names; nothing here searches in formula text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from kpi_xl.ooxml.refs import MAX_COLUMN, MAX_ROW, column_letters, column_number

_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_CELLS = re.compile(rf"({_CELL})(?::({_CELL}))?")
_ROWS = re.compile(r"(\$?)([0-9]{1,7}):(\$?)([0-9]{1,7})")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_PARTS = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")
_SHEET = re.compile(r"'((?:[^']|'')*)'!|([^'!:\[\]]+)!")
_PLAIN_SHEET = re.compile(r"[^\W\d]\w*")
_LIKE_ADDRESS = re.compile(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*([Cc][0-9]*)?|[Cc][0-9]*")
_SHEETS = re.compile(r"'([^'\[\]:]*):([^'\[\]:]*)'!|([^'!:\[\]]+):([^'!:\[\]]+)!")

AREA_FUNCTIONS = frozenset(
    """SUM AVERAGE AVERAGEA COUNT COUNTA COUNTBLANK MAX MAXA MIN MINA PRODUCT MEDIAN MODE MODE.SNGL STDEV STDEV.S STDEV.P
    STDEVP STDEVA VAR VAR.S VAR.P VARP SUMSQ SUMPRODUCT SUMIF SUMIFS COUNTIF COUNTIFS AVERAGEIF AVERAGEIFS MAXIFS MINIFS
    LARGE SMALL RANK RANK.EQ RANK.AVG PERCENTILE PERCENTILE.INC PERCENTILE.EXC QUARTILE QUARTILE.INC GEOMEAN HARMEAN
    SUBTOTAL AGGREGATE CONCAT TEXTJOIN TRIMMEAN FREQUENCY COUNTUNIQUE AND OR""".split()  # noqa: SIM905 - a list of strings would take eighty lines
)
"""Functions in which one cell of a repeated row, given from outside (``SUM(C10)``), means the cells of all its copies: who points
at the one row that the template shows writes exactly that."""


@dataclass(frozen=True, slots=True)
class End:
    """A corner of a reference: column and row, each relative or fixed by ``$``; row 0 or column 0 in whole columns or rows."""

    column: int
    row: int
    fixed_column: bool
    fixed_row: bool

    def moved(self, rows: int, columns: int) -> End | None:
        """Return the corner as a copy `rows` and `columns` away has it; None outside the sheet."""
        row = self.row if self.fixed_row or not self.row else self.row + rows
        column = self.column if self.fixed_column or not self.column else self.column + columns
        inside = (not self.row or 1 <= row <= MAX_ROW) and (not self.column or 1 <= column <= MAX_COLUMN)
        return replace(self, row=row, column=column) if inside else None

    def __str__(self) -> str:
        column = ("$" if self.fixed_column else "") + column_letters(self.column) if self.column else ""
        row = ("$" if self.fixed_row else "") + str(self.row) if self.row else ""
        return column + row


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference. `prefix` is the sheet as written (``'8月'!``), `sheet` its number (None: in another workbook, or several).

    `last` is None for a single cell. `area`: a single cell that stands for all copies of its row.
    """

    prefix: str
    sheet: int | None
    first: End
    last: End | None = None
    area: bool = False
    sheets: tuple[int, ...] = ()

    def __str__(self) -> str:
        end = f":{self.last}" if self.last is not None else ""
        return f"{self.prefix}{self.first}{end}"

    def moved(self, rows: int, columns: int) -> str:
        """Return the reference as a copy of the formula has it (``#REF!`` outside the sheet)."""
        first = self.first.moved(rows, columns)
        last = self.last.moved(rows, columns) if self.last else None
        if first is None or (self.last is not None and last is None):
            return self.prefix + "#REF!"
        return str(replace(self, first=first, last=last))

    @property
    def rows(self) -> tuple[int, int]:
        """First and last row (whole columns: all rows)."""
        last = self.last or self.first
        return (min(self.first.row, last.row) or 1, max(self.first.row, last.row) or MAX_ROW)

    @property
    def columns(self) -> tuple[int, int]:
        """First and last column (whole rows: all columns)."""
        last = self.last or self.first
        return (min(self.first.column, last.column) or 1, max(self.first.column, last.column) or MAX_COLUMN)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula's text cut at its references. `words`: function and other names in it, in capitals; `opaque`: not understood."""

    pieces: tuple[str | Ref, ...]
    words: frozenset[str] = frozenset()
    opaque: bool = False

    @property
    def refs(self) -> Iterable[Ref]:
        """The references, in order."""
        return (piece for piece in self.pieces if isinstance(piece, Ref))

    def text(self, show: Callable[[Ref], str] = str) -> str:
        """Put the formula together again, each reference as `show` writes it."""
        return "".join(piece if isinstance(piece, str) else show(piece) for piece in self.pieces)

    def moved(self, rows: int, columns: int) -> Formula:
        """Return the formula as a copy of its cell has it."""
        return self if not (rows or columns) else Formula(_again(self, rows, columns), self.words)


def _again(formula: Formula, rows: int, columns: int) -> tuple[str | Ref, ...]:
    pieces: list[str | Ref] = []
    for piece in formula.pieces:
        if isinstance(piece, str):
            pieces.append(piece)
            continue
        first = piece.first.moved(rows, columns)
        last = piece.last.moved(rows, columns) if piece.last else None
        lost = first is None or (piece.last is not None and last is None)
        pieces.append(piece.prefix + "#REF!" if lost or first is None else replace(piece, first=first, last=last))
    return tuple(pieces)


Book = Mapping[str, int]
"""Sheet names, casefolded, to sheet numbers."""


def parse_formula(text: str, sheet: int | None, book: Book, *, areas: bool = False) -> Formula:
    """Cut a formula (without ``=``) at its references.

    `sheet` is the sheet of unqualified references. `areas`: every single cell stands for all copies of its row (names, series of
    charts). A formula that the tokenizer cannot read comes back `opaque`, without references.
    """
    tokens = read_tokens(text)
    if tokens is None:
        return Formula((text,), opaque=True)
    pieces: list[str | Ref] = []
    words: set[str] = set()
    functions: list[str] = []
    for number, token in enumerate(tokens):
        if token.type == "FUNC" and token.subtype == "OPEN":
            head, colon, name = token.value[:-1].rpartition(":")
            functions.append(name.upper().removeprefix("_XLFN.").removeprefix("@"))
            words.add(functions[-1])
            if colon:  # A1:INDEX(...): the tokenizer gives the corner and the function as one
                pieces += (_reference(head, sheet, book), ":")
            pieces.append(name + "(")
            continue
        if token.type == "FUNC" and token.subtype == "CLOSE" and functions:
            functions.pop()
        elif token.type == "PAREN":
            functions.append("") if token.subtype == "OPEN" else functions and functions.pop()
        elif token.type == "OPERAND" and token.subtype == "RANGE":
            piece = _reference(token.value, sheet, book)
            if isinstance(piece, str):
                words.add(piece.upper())
            elif areas or (functions and functions[-1] in AREA_FUNCTIONS and _whole_argument(tokens, number)):
                piece = replace(piece, area=True)
            pieces.append(piece)
            continue
        pieces.append(token.value)
    return Formula(_merged(pieces), frozenset(words))


class Token(NamedTuple):
    """A token of openpyxl's tokenizer."""

    value: str
    type: str
    subtype: str


@lru_cache(maxsize=1024)
def read_tokens(text: str) -> tuple[Token, ...] | None:
    """Return the tokens of a formula, None for one that cannot be read."""
    # openpyxl takes 0.3 s to import: readers of forms and fillers of compiled templates do without
    from openpyxl.formula.tokenizer import Tokenizer, TokenizerError

    try:
        return tuple(Token(item.value, item.type, item.subtype) for item in Tokenizer("=" + text).items)
    except (TokenizerError, ValueError, IndexError, AssertionError):
        return None


def _whole_argument(tokens: tuple[Token, ...], number: int) -> bool:
    """Tell whether an operand is a whole argument of its function, not a part of an expression."""

    def next_to(step: int, *borders: str) -> bool:
        at = number + step
        while 0 <= at < len(tokens) and tokens[at].type == "WHITE-SPACE":
            at += step
        return 0 <= at < len(tokens) and (tokens[at].type == "SEP" or tokens[at].subtype in borders)

    return next_to(-1, "OPEN") and next_to(1, "CLOSE")


def _merged(pieces: Iterable[str | Ref]) -> tuple[str | Ref, ...]:
    merged: list[str | Ref] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)


def split_sheet(text: str) -> tuple[str, str | None]:
    """Return (prefix as written, sheet name without quotes), the name None where there is no prefix: ``'It''s'!A1``."""
    match = _SHEET.match(text)
    if match is None:
        return "", None
    return match[0], match[1].replace("''", "'") if match[1] is not None else match[2]


def quoted_sheet(name: str) -> str:
    """Return a sheet's name as formulas write it: in quotes unless it is a plain word that is no address.

    >>> quoted_sheet("评级标准"), quoted_sheet("It's"), quoted_sheet("A1"), quoted_sheet("2025")
    ('评级标准', "'It''s'", "'A1'", "'2025'")
    """
    plain = _PLAIN_SHEET.fullmatch(name) is not None and not _LIKE_ADDRESS.fullmatch(name)
    return name if plain else "'" + name.replace("'", "''") + "'"


def _reference(text: str, sheet: int | None, book: Book) -> Ref | str:
    """Read an operand; names, structured references, other workbooks and errors come back as text."""
    several = _SHEETS.match(text)
    sheets: tuple[int, ...] = ()
    if several:
        prefix = several[0]
        ends = [book.get((several[one] or several[other] or "").casefold(), -1) for one, other in ((1, 3), (2, 4))]
        if -1 in ends:
            return text
        sheets, target = tuple(range(min(ends), max(ends) + 1)), None
    else:
        prefix, name = split_sheet(text)
        target = sheet if name is None else book.get(name.casefold())
        if name is not None and target is None:
            return text
    body = text[len(prefix) :]
    marks = ""
    while body.startswith(("@", "+", "-")):
        marks, body = marks + body[0], body[1:]
    second = body.find("!")
    if second >= 0 and ":" in body[:second]:  # Sheet1!A1:Sheet1!B2
        body = body[: body.index(":") + 1] + body[second + 1 :]
    corners = _corners(body)
    if corners is None:
        return text
    return Ref(marks + prefix, target, corners[0], corners[1], sheets=sheets)


def _corners(body: str) -> tuple[End, End | None] | None:
    cells = _CELLS.fullmatch(body)
    if cells:
        first, last = _end(cells[1]), _end(cells[2]) if cells[2] else None
        if first is None or (cells[2] and last is None):
            return None
        return first, last
    rows = _ROWS.fullmatch(body)
    if rows and 1 <= int(rows[2]) <= MAX_ROW and 1 <= int(rows[4]) <= MAX_ROW:
        return End(0, int(rows[2]), False, bool(rows[1])), End(0, int(rows[4]), False, bool(rows[3]))
    columns = _COLUMNS.fullmatch(body)
    if columns:
        left, right = column_number(columns[1]), column_number(columns[2])
        if left <= MAX_COLUMN and right <= MAX_COLUMN:
            fixed = body.startswith("$"), body.partition(":")[2].startswith("$")
            return End(left, 0, fixed[0], False), End(right, 0, fixed[1], False)
    return None


def _end(text: str) -> End | None:
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    column, row = column_number(match[2]), int(match[4])
    if column > MAX_COLUMN or not 1 <= row <= MAX_ROW:
        return None
    return End(column, row, bool(match[1]), bool(match[3]))
