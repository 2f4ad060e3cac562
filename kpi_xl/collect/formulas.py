"""Formula texts that mean the same compare equal, whichever program wrote them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from kpi_xl.ooxml.refs import MAX_COLUMN, MAX_ROW, column_letters, column_number

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"]|"")*")
    |(?P<sheet>'(?:[^']|'')*'!|[^\s"'!(),;:+\-*/^&=<>{}%\[\]#]+!)
    |(?P<cell>\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?![\w(.!]))
    |(?P<space>\s+)
    |(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[^\W\d][\w.]*)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")

RowMap = Callable[[str, int], int | None]
"""From a sheet (casefolded; empty: the formula's own) and a row to the row where it is now, None when it is gone."""


@lru_cache(maxsize=8192)
def plain(formula: str) -> str:
    """Return the one way to write a formula: no blanks, capitals, no needless quotes, no ``_xlfn.`` prefixes."""
    return canonical(formula)


def canonical(formula: str, rows: RowMap | None = None, sheets: Callable[[str], str] | None = None) -> str:
    """Like `plain`, with references moved by `rows` and sheets renamed by `sheets` (casefolded name to name)."""
    pieces: list[str] = []
    sheet = ""
    for kind, text in _tokens(formula):
        if kind == "space":
            continue
        if kind == "sheet":
            sheet = text[:-1].strip("'").replace("''", "'").casefold()
            pieces.append((sheets(sheet) if sheets else sheet) + "!")
            continue
        if kind == "cell":
            pieces.append(_moved(text, sheet, rows) if rows else text.upper())
        elif kind == "number":
            pieces.append(repr(float(text)))
        elif kind == "word":
            pieces.append(text.upper().removeprefix("_XLFN.").removeprefix("_XLWS."))
        else:
            pieces.append(text)
        if kind != "cell" and text != ":":  # the sheet before a range holds for both of its corners
            sheet = ""
    return "".join(pieces).replace("TRUE()", "TRUE").replace("FALSE()", "FALSE")


def shifted(formula: str, rows: int, columns: int) -> str:
    """Return a formula as a copy of its cell `rows` and `columns` away has it (shared formulas)."""
    return "".join(_copied(text, rows, columns) if kind == "cell" else text for kind, text in _tokens(formula))


def _tokens(formula: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(formula):
        yield match.lastgroup or "other", match[0]


def _moved(text: str, sheet: str, rows: RowMap) -> str:
    match = _CELL.fullmatch(text)
    if match is None:
        return text
    row = rows(sheet, int(match[4]))
    return "#REF!" if row is None else f"{match[1]}{match[2].upper()}{match[3]}{row}"


def _copied(text: str, rows: int, columns: int) -> str:
    match = _CELL.fullmatch(text)
    if match is None:
        return text
    column = column_number(match[2]) + (0 if match[1] else columns)
    row = int(match[4]) + (0 if match[3] else rows)
    if not (1 <= column <= MAX_COLUMN and 1 <= row <= MAX_ROW):
        return "#REF!"
    return f"{match[1]}{column_letters(column)}{match[3]}{row}"
