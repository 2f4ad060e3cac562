"""The cells of a worksheet as they are written: cut out of the bytes where they are written the usual way.

Parsing a sheet is most of the work of sealing and of verifying, and nearly every cell of a form stands in the forms of all the
other people too. So a sheet is cut at its cells, and each distinct piece of bytes is read once.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import NamedTuple

from kpi_xl.collect.model import FormCell
from kpi_xl.ooxml.book import unescape
from kpi_xl.ooxml.read import string_text
from kpi_xl.ooxml.xml import parse_light

STRING = "shared string"
"""Kind of a cell whose value is the number of a shared string."""
_ATTRIBUTES = rb'(?: [A-Za-z]+="[^"<>]*")*'
_ROW = rb'<row(?: [\w:]+="[^"<>]*")*'
_ROWS = rb"(?:" + _ROW + rb"/>\s*|" + _ROW + rb">\s*</row>\s*)*" + _ROW + rb">\s*"
"""Rows without cells, and the start of the row in which the next cell stands."""
_PIECE = re.compile(
    rb'r="([A-Z]{1,3}[0-9]{1,7})"(' + _ATTRIBUTES + rb")(?:/>|>"
    rb"(?:<f(" + _ATTRIBUTES + rb")(?:/>|>([^<]*)</f>))?(?:<v ?/>|<v>([^<]*)</v>)?(?:(<is>(?:(?!</is>).)*</is>))?</c>)"
    rb"\s*(?:</row>\s*" + _ROWS + rb")?",
    re.DOTALL,
)
_HEAD = re.compile(rb"\s*" + _ROWS)
_ATTRIBUTE = re.compile(rb' ([A-Za-z]+)="([^"]*)"')


class WrittenCell(NamedTuple):
    """A cell with its address, style and content (None: blank); `shared`: the number of the shared formula it belongs to.

    Of a shared formula only the first cell has the text. The value of kind `STRING` is the number of a shared string.
    """

    at: str
    style: str
    cell: FormCell | None
    shared: str | None = None


class _UnusualError(ValueError):
    pass


def written_cells(data: bytes) -> list[WrittenCell] | None:
    """Return the cells of a worksheet part in UTF-8; None when it is not written as Excel, WPS and LibreOffice write.

    Unusual is everything in which a cell could hide: no address first, prefixes, comments, CDATA, elements we do not know.
    """
    first, last = data.find(b"<sheetData>"), data.rfind(b"</sheetData>")
    if first < 0 or last < 0 or data.count(b"sheetData") != 2:
        return None
    # as if one more row began after the last cell: then every piece ends inside a row
    head, *pieces = (data[first + len(b"<sheetData>") : last] + b"<row>").split(b"<c ")
    if not _HEAD.fullmatch(head):
        return None
    try:
        return [_piece(piece) for piece in pieces]
    except (ValueError, SyntaxError):  # the tree of the whole part is the judge of what is wrong
        return None


@lru_cache(maxsize=1 << 13)
def _piece(piece: bytes) -> WrittenCell:
    """Read what stands from one cell to the next."""
    found = _PIECE.fullmatch(piece)
    if found is None:
        raise _UnusualError
    attributes = dict(_ATTRIBUTE.findall(found[2]))
    formula = shared = None
    if found[3] is not None:
        formula = _plain(found[4] or b"")
        of_formula = dict(_ATTRIBUTE.findall(found[3]))
        shared = _plain(of_formula[b"si"]) if of_formula.get(b"t") == b"shared" and b"si" in of_formula else None
    value = None if found[5] is None else _plain(found[5])
    inline = None if found[6] is None else string_text(parse_light(found[6]))
    style, kind = _plain(attributes.get(b"s", b"0")), _plain(attributes.get(b"t", b"n"))
    return written_cell(found[1].decode(), style, kind, formula, shared, value, inline)


def written_cell(
    at: str, style: str, kind: str, formula: str | None, shared: str | None, value: str | None, inline: str | None
) -> WrittenCell:
    """Return the cell that these parts make; a formula counts, its cached result does not."""
    if formula is not None:
        return WrittenCell(at, style, FormCell("f", formula), shared)
    return WrittenCell(at, style, _content(kind, value, inline))


def _content(kind: str, value: str | None, inline: str | None) -> FormCell | None:
    if kind == "inlineStr":
        return FormCell("s", as_lines(inline)) if inline else None
    if not value:
        return None
    if kind == "s":
        return FormCell(STRING, str(int(value)))
    if kind == "d" and (number := _serial(value)):
        return FormCell("n", number)
    if kind in ("str", "d"):
        return FormCell("s", as_lines(unescape(value)))
    if kind == "b":
        return FormCell("b", "1" if value.strip() in ("1", "true") else "0")
    return FormCell("e" if kind == "e" else "n", value.strip())


def _serial(text: str) -> str:
    """Return the serial number of a date that a strict workbook spells out; other workbooks hold the number."""
    try:
        moment = dt.datetime.fromisoformat(text.strip().removesuffix("Z"))
    except ValueError:
        return ""
    return repr((moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1))  # noqa: DTZ001 - cells know no time zone


def as_lines(text: str) -> str:
    """Return the text with the line ends of one kind."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(data: bytes) -> str:
    """Return text or an attribute without the escapes of XML."""
    if b"&" in data or b"\r" in data:
        return parse_light(b"<t>" + data + b"</t>").text or ""
    return data.decode()
