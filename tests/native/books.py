"""Workbooks with calls in all the places where HR puts them, and a way to look at what became of them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.formula import ArrayFormula


def saved(book: Workbook, changes: Mapping[str, tuple[str, str]] | None = None) -> bytes:
    """Return a workbook as bytes; `changes`: in each part, a pattern and what stands for it (it must be found)."""
    out = io.BytesIO()
    book.save(out)
    return changed(out.getvalue(), changes or {})


def changed(data: bytes, changes: Mapping[str, tuple[str, str]]) -> bytes:
    """Return a package with text replaced in some parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            if name in changes:
                pattern, new = changes[name]
                text, count = re.subn(pattern, lambda _, new=new: new, body.decode())
                assert count, (name, pattern)
                body = text.encode()
            target.writestr(name, body)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Return a package with one more part."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def sheet_book(cells: Mapping[str, Any], sheet: str = "月报") -> Workbook:
    """Return a workbook of one sheet; a value ``(area, formula)`` is an array formula."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = sheet
    for address, value in cells.items():
        page[address] = ArrayFormula(*value) if isinstance(value, tuple) else value
    return book


def parts(data: bytes) -> dict[str, bytes]:
    """Return the parts of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def shown(data: bytes, sheet: str = "月报") -> dict[str, Any]:
    """Return the cached values of a sheet."""
    page = openpyxl.load_workbook(io.BytesIO(data), data_only=True)[sheet]
    return {cell.coordinate: cell.value for row in page.iter_rows() for cell in row if cell.value is not None}


def formulas(data: bytes, sheet: str = "月报") -> dict[str, str]:
    """Return the formulas of a sheet, of arrays those of the first cell."""
    page = openpyxl.load_workbook(io.BytesIO(data))[sheet]
    found = ((cell.coordinate, cell.value) for row in page.iter_rows() for cell in row if cell.data_type == "f")
    return {address: value.text if isinstance(value, ArrayFormula) else value for address, value in found}
