"""Writes cells of a worksheet anew, or into it where it has none: formula, value, everything else as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_xl.ooxml.book import CellNode, Sheet
from kpi_xl.ooxml.formula_cells import Address
from kpi_xl.ooxml.refs import Area, cell_name
from kpi_xl.ooxml.xml import Edit, escape

_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|_x[0-9A-Fa-f]{4}_")


@dataclass(frozen=True, slots=True)
class NewCell:
    """What a cell is to hold. `formula` None: the present one stays; `over`: the area of an array formula.

    `value`: what the cell shows as (kind, text), kinds as in the format (``n``, ``str``, ``b``, ``e``); None: no value at all.
    """

    value: tuple[str, str] | None
    formula: str | None = None
    over: Area | None = None


def cell_edits(sheet: Sheet, cells: Mapping[Address, NewCell]) -> Iterator[Edit]:
    """Return the edits of a sheet for cells by address, in the order of the sheet."""
    for (row, column), new in sorted(cells.items()):
        there = sheet.rows.get(row)
        cell = there.cells.get(column) if there else None
        if cell is not None and cell.node is not None:
            yield cell.node.start, cell.node.end, _again(sheet, cell, new)
    yield from _absent(sheet, {at: new for at, new in cells.items() if _is_absent(sheet, at)})


def _is_absent(sheet: Sheet, at: Address) -> bool:
    row = sheet.rows.get(at[0])
    return row is None or at[1] not in row.cells


def _again(sheet: Sheet, cell: CellNode, new: NewCell) -> bytes:
    """Write a cell with its attributes, its formula unless there is a new one, and what else stands in it."""
    node = cell.node
    if node is None:
        return b""
    head = sheet.data[node.start : node.inner].rstrip(b"/>")
    head = re.sub(rb"\s(t|cm)=(\"[^\"]*\"|'[^']*')", lambda found: found[0] if _stays(found[1], cell, new) else b"", head)
    formula = b""
    if new.formula is not None:
        formula = _formula(sheet, new, cell)
    elif cell.formula is not None:
        formula = sheet.data[cell.formula.start : cell.formula.end]
    rest = b"".join(sheet.data[child.start : child.end] for child in node.children if child.name not in ("f", "v", "is"))
    return head + _content(sheet, formula, new, rest)


def _stays(attribute: bytes, cell: CellNode, new: NewCell) -> bool:
    """Tell whether an attribute of the cell stays: the mark of a dynamic array does unless another formula takes its place."""
    array = cell.formula is not None and cell.formula.get("t") == "array"
    return attribute == b"cm" and (new.formula is None or (array and new.over is not None))


def _formula(sheet: Sheet, new: NewCell, cell: CellNode | None = None) -> bytes:
    tag = f"{sheet.prefix}f"
    node = cell.formula if cell is not None else None
    if node is not None and node.get("t") == "array" and new.over is not None:
        head = sheet.data[node.start : node.inner].rstrip(b"/>")
    else:
        head = (f'<{tag} t="array" ref="{new.over}"' if new.over is not None else f"<{tag}").encode()
    return head + b">" + escape(new.formula or "").encode() + f"</{tag}>".encode()


def _content(sheet: Sheet, formula: bytes, new: NewCell, rest: bytes = b"") -> bytes:
    """Return the rest of the start tag, formula and value, and the end tag."""
    p = sheet.prefix
    kind, value = new.value or ("n", "")
    mark = b"" if kind == "n" else f' t="{kind}"'.encode()
    text = _ILLEGAL.sub(lambda found: "".join(f"_x{ord(one):04X}_" for one in found[0][:1]) + found[0][1:], value)
    shown = f"<{p}v>{escape(text)}</{p}v>".encode() if new.value is not None else b""
    return mark + b">" + formula + shown + rest + f"</{p}c>".encode()


def _absent(sheet: Sheet, cells: Mapping[Address, NewCell]) -> Iterator[Edit]:
    """Put cells into rows that do not have them, and rows into the sheet."""
    by_row: dict[int, dict[int, bytes]] = {}
    for (row, column), new in sorted(cells.items()):
        formula = _formula(sheet, new) if new.formula is not None else b""
        head = f'<{sheet.prefix}c r="{cell_name(row, column)}"'.encode()
        by_row.setdefault(row, {})[column] = head + _content(sheet, formula, new)
    for number, added in by_row.items():
        there = sheet.rows.get(number)
        if there is None or there.node is None:
            yield _new_row(sheet, number, b"".join(added.values()))
            continue
        node = there.node
        if node.close == node.inner and sheet.data[node.inner - 2 : node.inner] == b"/>":
            head = sheet.data[node.start : node.inner].rstrip(b"/>")
            yield node.start, node.end, head + b">" + b"".join(added.values()) + f"</{sheet.prefix}row>".encode()
            continue
        for column, element in added.items():
            behind = next((c.node.start for c in there.cells.values() if c.node is not None and c.column > column), node.close)
            yield behind, behind, element


def _new_row(sheet: Sheet, number: int, content: bytes) -> Edit:
    later = next((row.node.start for row in sheet.rows.values() if row.node is not None and row.number > number), None)
    grid = sheet.grid
    row = f'<{sheet.prefix}row r="{number}">'.encode() + content + f"</{sheet.prefix}row>".encode()
    if later is not None or grid is None:
        return later or 0, later or 0, row
    if grid.close == grid.inner and sheet.data[grid.inner - 2 : grid.inner] == b"/>":
        tag = f"{sheet.prefix}sheetData".encode()
        return grid.start, grid.end, b"<" + tag + b">" + row + b"</" + tag + b">"
    return grid.close, grid.close, row
