"""Small exports written on the spot."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl

from kpi_xl.decisions import Decision
from kpi_xl.exports import Tables

NOW = dt.datetime(2025, 10, 15, 12, 0)
HEADER = "工单编号,客服,班组,客户,创建时间,办结时间,是否紧急"
ROW = "T001,张伟,一组,C1,2025/9/1 8:03,2025/9/1 18:00,否"


def told(tables: Tables) -> list[Decision]:
    """Return what was decided about the values of files (not how months are reckoned, which is always told)."""
    return [decision for decision in tables.decisions if decision.kind.code not in ("basis", "month_starts")]


def write(folder: Path, *lines: str, name: str = "工单.csv", encoding: str = "utf-8", end: str = "\n") -> Path:
    """Write lines as a text export."""
    path = folder / name
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path


def workbook(folder: Path, sheets: Mapping[str, Sequence[Sequence[object]]], name: str = "工单.xlsx") -> Path:
    """Write rows as a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    path = folder / name
    book.save(path)
    return path


def package(folder: Path, parts: Mapping[str, str], name: str = "hostile.xlsx") -> Path:
    """Write a minimal xlsx package, parts replaced or added as given."""
    base = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
        "</Types>",
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>'),
        "xl/sharedStrings.xml": '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="0" uniqueCount="0"/>',
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in (base | dict(parts)).items():
            archive.writestr(part, text)
    path = folder / name
    path.write_bytes(stream.getvalue())
    return path


def sheet_xml(rows: str) -> str:
    """Return a worksheet part around rows."""
    return (
        f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
    )


def codes(tables: Tables) -> Counter[str]:
    """Count the issues by kind."""
    found: Counter[str] = Counter()
    for issue in tables.issues():
        found[issue.code] += issue.count
    return found


def column(tables: Tables, name: str, table: str = "tickets") -> list[object]:
    """Return the values of a column in row order."""
    return [value for (value,) in tables.connection.execute(f"SELECT {name} FROM {table} ORDER BY source, row").fetchall()]


def check_balance(tables: Tables) -> None:
    """Assert that every row read is used or set aside, and that each row set aside is named exactly once."""
    aside: Counter[tuple[str, str | None]] = Counter()
    for issue in tables.issues():
        if issue.disposition == "set_aside":
            aside[issue.file, issue.sheet] += issue.count
    for source in tables.sources:
        assert source.rows_read == source.rows_used + source.rows_set_aside, source
        assert aside[source.file, source.sheet] == source.rows_set_aside, (source, aside)
