"""Three spreadsheet programs that compute a workbook anew: LibreOffice, Gnumeric, IronCalc. What one hides another shows."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import Cell

from kpi_xl.office import find_office

from . import office
from .conftest import require

Values = dict[tuple[str, str], Any]
"""What each cell shows, by sheet and address: a float, a text (errors as ``#N/A``), a bool; empty cells are absent."""

_SECONDS = 300


def libreoffice(path: Path, folder: Path) -> Values:
    """Return all cells of a workbook as LibreOffice computes them."""
    require(find_office() is not None, "LibreOffice is not installed")
    (done,) = office.convert([path], "xlsx", folder / "libreoffice")
    return _cached(done)


def gnumeric(path: Path, folder: Path) -> Values:
    """Return all cells of a workbook as Gnumeric computes them: its order of types is Excel's."""
    program = shutil.which("ssconvert")
    require(program is not None, "Gnumeric (ssconvert) is not installed")
    (folder / "gnumeric").mkdir(parents=True, exist_ok=True)
    done = folder / "gnumeric" / f"{path.stem}.xlsx"
    ran = subprocess.run(
        [str(program), "--recalc", str(path), str(done)], capture_output=True, timeout=_SECONDS, check=False, text=True
    )
    assert done.is_file(), ran.stderr
    return _cached(done)


def ironcalc(path: Path, folder: Path) -> Values:
    """Return all cells of a workbook as IronCalc computes them. It reads what openpyxl writes, not every form of a package."""
    require(importlib.util.find_spec("ironcalc") is not None, "ironcalc is not installed (uv sync --group engines)")
    import ironcalc as engine

    (folder / "ironcalc").mkdir(parents=True, exist_ok=True)
    plain = folder / "ironcalc" / path.name
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell, Cell):
                    cell.comment = None  # IronCalc looks for comments where Excel puts them
                    cell.data_type = "s" if cell.data_type == "inlineStr" else cell.data_type  # it wants shared strings
    book.save(plain)
    _without_types_of_nothing(plain)
    model = engine.load_from_xlsx(str(plain), "en", "UTC", "en")
    model.evaluate()
    found: Values = {}
    for number, sheet in enumerate(book.worksheets):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    value = model.get_cell_value(number, cell.row, cell.column)
                    if value is not None:
                        found[sheet.title, cell.coordinate] = value
    return found


def _without_types_of_nothing(path: Path) -> None:
    """openpyxl calls empty cells numbers (``<c r="A1" t="n" />``), and IronCalc takes them for zeros."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, body in parts.items():
            target.writestr(name, re.sub(rb'(<c [^>]*?) t="n"( ?/>|></c>)', rb"\1/>", body) if "/worksheets/" in name else body)


ENGINES: Mapping[str, Callable[[Path, Path], Values]] = {"LibreOffice": libreoffice, "Gnumeric": gnumeric, "IronCalc": ironcalc}


def _cached(path: Path) -> Values:
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        (sheet.title, cell.coordinate): float(cell.value) if type(cell.value) is int else cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
