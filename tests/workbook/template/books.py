"""Small templates and ways to look into what came out; shared by the tests of the template engine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl

from kpi_xl.workbook.template import compile_template, lint


def draw(cells: Mapping[str, Any], *, names: Mapping[str, str] | None = None, change: Any = None) -> bytes:
    """Return a workbook with these cells (``Sheet!A1`` or ``A1`` of the first sheet, called ``S``) and defined names."""
    from openpyxl.workbook.defined_name import DefinedName

    book = openpyxl.Workbook()
    book.active.title = "S"
    for address, value in cells.items():
        sheet, _, cell = address.rpartition("!")
        if sheet and sheet not in book.sheetnames:
            book.create_sheet(sheet)
        book[sheet or "S"][cell] = value
    for name, target in (names or {}).items():
        book.defined_names[name] = DefinedName(name, attr_text=target)
    if change:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def fill(source: bytes, view: object, **arguments: Any) -> openpyxl.Workbook:
    """Fill a template, check the result with the lint, and load it with openpyxl (formulas as text)."""
    out = compile_template(source).render(view, **arguments)
    assert [problem.in_language("en") for problem in lint(out)] == []
    return openpyxl.load_workbook(io.BytesIO(out))


def cells_of(book: openpyxl.Workbook, sheet: str = "S") -> dict[str, Any]:
    """Return the cells of a sheet that hold anything."""
    return {cell.coordinate: cell.value for row in book[sheet].iter_rows() for cell in row if cell.value is not None}


def parts(data: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def repack(source: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """Return a workbook file with some parts replaced, added or (None) left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts(source) | dict(changes)).items():
            if data is not None:
                archive.writestr(name, data)
    return stream.getvalue()
