"""What was changed: sealed content against present content, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial

from kpi_xl.collect.formulas import canonical, plain
from kpi_xl.collect.model import Content, Edit, FormCell, FormSheet
from kpi_xl.collect.rowmap import Rows, align
from kpi_xl.ooxml.refs import cell_name, parse_cell

_SAME = 1e-12
"""Programs save a double with 15 to 17 digits; a difference below that is not an edit."""


def compare(sealed: Content, current: Content) -> tuple[Edit, ...]:
    """Return every difference of the locked content: values, formulas, added cells, moved rows, re-pointed names, sheets.

    Cached results, styles and what stands in open cells do not count. A file that was only opened and saved gives none.
    """
    pairs = dict(_paired(sealed, current))
    edits = [Edit("sheet", name, "", name, "") for name, found in pairs.items() if found is None]
    present = {old: new for old, new in pairs.items() if new is not None}
    renamed = {old: new.name for old, new in present.items() if new.name != old}
    edits += [Edit("sheet", old, "", old, new) for old, new in renamed.items()]
    known = {sheet.name for sheet in present.values()}
    edits += [
        Edit("sheet", sheet.name, "", "", sheet.name) for sheet in current.sheets if sheet.name not in known and sheet.cells
    ]
    sheets = [sheet for sheet in sealed.sheets if sheet.name in present]
    rows = {sheet.name: align(sheet, present[sheet.name], sealed, current) for sheet in sheets}
    for sheet in sheets:
        edits += _moved_rows(sheet, present[sheet.name], rows[sheet.name])
        edits += _cells(sheet, present[sheet.name], rows, renamed)
    edits += _names(sealed, current, rows, renamed)
    return tuple(edits)


def _paired(sealed: Content, current: Content) -> Iterator[tuple[str, FormSheet | None]]:
    """Pair the sheets by name; a single one that is missing is the single one that is new."""
    missing = [sheet for sheet in sealed.sheets if current.sheet(sheet.name) is None]
    new = [sheet for sheet in current.sheets if sealed.sheet(sheet.name) is None]
    renamed = {missing[0].name: new[0]} if len(missing) == len(new) == 1 else {}
    for sheet in sealed.sheets:
        yield sheet.name, current.sheet(sheet.name) or renamed.get(sheet.name)


def _moved_rows(old: FormSheet, new: FormSheet, rows: Rows) -> Iterator[Edit]:
    for row in rows.inserted:
        yield Edit("rows", new.name, f"{row}:{row}", "", f"第 {row} 行是插入的")
    for row in rows.removed:
        yield Edit("rows", old.name, f"{row}:{row}", f"原第 {row} 行", f"原第 {row} 行被删除")


def _cells(old: FormSheet, new: FormSheet, rows: Mapping[str, Rows], renamed: Mapping[str, str]) -> Iterator[Edit]:
    places = rows[old.name]
    expected: set[str] = set()
    for at, stood in old.cells.items():
        here = _place(at, places)
        if here is None:
            continue
        expected.add(here)
        if at in old.open:
            continue
        stands = new.cells.get(here)
        if stands is None:
            yield Edit("cleared", new.name, here, _shown(stood), "")
        elif not _same(stood, stands, old.name, rows, renamed):
            yield Edit("changed", new.name, here, _shown(stood), _shown(stands))
    free = {_place(at, places) for at in old.open}
    for at, stands in new.cells.items():
        if at not in expected and at not in free:
            yield Edit("added", new.name, at, "", _shown(stands))


def _place(at: str, rows: Rows) -> str | None:
    if not rows.moved:
        return at
    cell = parse_cell(at)
    row = rows.place(cell[0]) if cell else None
    return cell_name(row, cell[1]) if cell and row is not None else None


def _same(stood: FormCell, stands: FormCell, sheet: str, rows: Mapping[str, Rows], renamed: Mapping[str, str]) -> bool:
    if stood == stands:
        # a formula that stayed letter by letter although rows moved points at other cells now
        return (
            stood.kind != "f" or not any(found.moved for found in rows.values()) or _follows(stood, stands, sheet, rows, renamed)
        )
    if stood.kind != stands.kind:
        return False
    if stood.kind == "n":
        return _close(stood.value, stands.value)
    if stood.kind == "f":
        moved = any(found.moved for found in rows.values())
        return (not moved and plain(stood.value) == plain(stands.value)) or _follows(stood, stands, sheet, rows, renamed)
    return False


def _follows(stood: FormCell, stands: FormCell, sheet: str, rows: Mapping[str, Rows], renamed: Mapping[str, str]) -> bool:
    """Is it the old formula with its references moved as the rows were, and with the sheets' new names?"""
    if not renamed and not any(found.moved for found in rows.values()):
        return False
    by_name = {name.casefold(): found for name, found in rows.items()}
    new_names = {old.casefold(): new.casefold() for old, new in renamed.items()}
    move = partial(_row_now, by_name, sheet.casefold())
    return canonical(stood.value, move, lambda name: new_names.get(name, name)) == plain(stands.value)


def _row_now(rows: Mapping[str, Rows], own: str, sheet: str, row: int) -> int | None:
    found = rows.get(sheet or own)
    return row if found is None else found.place(row)


def _close(one: str, other: str) -> bool:
    try:
        return math.isclose(float(one), float(other), rel_tol=_SAME, abs_tol=1e-300)
    except ValueError:
        return False


def _names(sealed: Content, current: Content, rows: Mapping[str, Rows], renamed: Mapping[str, str]) -> Iterator[Edit]:
    """Names decide which cell is read back: one that points elsewhere is an edit."""
    for name, (sheet, cell) in sealed.names.items():
        if sheet not in rows:
            continue
        here = _place(cell, rows[sheet])
        expected = (renamed.get(sheet, sheet), here)
        found = current.names.get(name)
        if found != expected and here is not None:
            stands = "已删除" if found is None else f"{found[0]}!{found[1]}"
            yield Edit("name", expected[0], here, f"名称 {name}", f"名称 {name} → {stands}")


def _shown(cell: FormCell) -> str:
    if cell.kind == "b":
        return "TRUE" if cell.value == "1" else "FALSE"
    return f"={cell.value}" if cell.kind == "f" else cell.value
