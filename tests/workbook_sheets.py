"""Fills forms and reads them back without the code under test: raw XML in, LibreOffice's CSV out."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

from . import office

CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false"
"""First sheet only, raw values instead of what is shown."""


def names_of(form: bytes, prefix: str) -> dict[str, str]:
    """Return ``key -> cell`` of the defined names with a prefix that stand on the first sheet."""
    book = openpyxl.load_workbook(io.BytesIO(form))
    first = book.sheetnames[0]
    found = {}
    for name, defined in book.defined_names.items():
        sheet, _, cell = defined.attr_text.rpartition("!")
        if name.startswith(prefix) and sheet.strip("'") == first:
            found[name.removeprefix(prefix)] = cell.replace("$", "")
    return found


def fill(form: bytes, cells: Mapping[str, Decimal | int | str]) -> bytes:
    """Write values into empty cells of the first sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(form)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = body.decode()
                for cell, value in cells.items():
                    text, count = re.subn(
                        rf'<c r="{cell}"( s="\d+")?[^>]*?(/>|></c>)', lambda m, c=cell, v=value: _cell(c, m, v), text
                    )
                    assert count == 1, cell
                body = text.encode()
            target.writestr(name, body)
    return out.getvalue()


def _cell(cell: str, match: re.Match[str], value: Decimal | int | str) -> str:
    head = f'<c r="{cell}"{match[1] or ""}'
    if isinstance(value, str):
        return f'{head} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"{head}><v>{float(value)!r}</v></c>"


def recalculated(files: Sequence[Path], out: Path) -> list[list[list[str]]]:
    """Return the first sheet of each file as rows of texts, computed anew by LibreOffice."""
    tables = []
    for result in office.convert(files, CSV, out):
        with result.open(encoding="utf-8", newline="") as stream:
            tables.append(list(csv.reader(stream)))
    return tables


def retyped(
    form: Path, cases: Sequence[Mapping[str, Decimal | int | str]], results: Sequence[str], drive: office.Drive
) -> list[list[str | float]]:
    """Open a form once, type each case into empty cells of its first sheet; return its `results`, computed anew, per case."""
    typed = [{cell: value if isinstance(value, str) else float(value) for cell, value in case.items()} for case in cases]
    found: list[list[str | float]] = drive({"open": form.as_uri(), "cases": typed, "results": list(results)})["cases"]
    return found


def at(table: Sequence[Sequence[str]], cell: str) -> str:
    """Return the text of a cell (``E8``)."""
    match = re.fullmatch(r"([A-Z]+)(\d+)", cell)
    assert match
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    row = int(match[2])
    return table[row - 1][column - 1] if row <= len(table) and column <= len(table[row - 1]) else ""
