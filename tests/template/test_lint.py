"""The lint finds what a spreadsheet program would repair, and nothing in files that are sound."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from kpi_xl.ooxml import lint

from .books import parts, repack

SHEET = "xl/worksheets/sheet1.xml"


def dressed() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("S")
    sheet.write_row("A1", [1, "字"])
    sheet.write_formula("A2", "=A1", None, 1)
    sheet.merge_range("D1:E2", "")
    sheet.conditional_format("A1:A2", {"type": "cell", "criteria": "<", "value": 1, "format": book.add_format({"bold": True})})
    book.define_name("x_", "=S!$A$1")
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("part", "before", "after", "message"),
    [
        (SHEET, b'r="B1"', b'r="A1"', "a cell twice, out of order, or with a wrong address"),
        (SHEET, b'r="B1"', b'r="B7"', "a cell twice, out of order, or with a wrong address"),
        (SHEET, b'<row r="2"', b'<row r="1"', "rows out of order, or a row number out of range"),
        (SHEET, b"<v>1</v>", b"<v>1,5</v>", "not a number: 1,5"),
        (SHEET, b"<v>1</v>", b"<v>nan</v>", "not a number: nan"),
        (SHEET, b'r="A1"', b'r="A1" s="999"', "style 999 does not exist"),
        (SHEET, b't="s"', b't="x"', "there is no type x"),
        (SHEET, b't="s"><v>0', b't="s"><v>7', "a shared string that does not exist"),
        (SHEET, b'<mergeCell ref="D1:E2"', b'<mergeCell ref="E2:F3"/><mergeCell ref="D1:E2"', "merged cells overlap"),
        (SHEET, b'<mergeCell ref="D1:E2"', b'<mergeCell ref="D1:ZZZZ2"', "mergeCell has the wrong area 'D1:ZZZZ2'"),
        (SHEET, b'dxfId="0"', b'dxfId="5"', "a conditional format without its style"),
        (
            SHEET,
            b"</sheetData>",
            b"</sheetData><drawing xmlns:r='http://x/relationships' r:id='rId9'/>",
            "drawing names a part that does not exist",
        ),
        ("xl/workbook.xml", b'name="x_"', b'name="x_" localSheetId="4"', "a name belongs to a sheet that does not exist"),
        ("xl/workbook.xml", b'name="S"', b'name="a/b"', "the name of a sheet breaks the rules"),
        ("[Content_Types].xml", b"/xl/styles.xml", b"/xl/style.xml", "a part in the list of content types does not exist"),
    ],
)
def test_mistakes(part: str, before: bytes, after: bytes, message: str) -> None:
    source = dressed()
    assert lint(source) == []
    data = parts(source)[part]
    assert before in data
    assert message in [problem.message.en for problem in lint(repack(source, {part: data.replace(before, after, 1)}))]


def test_mistakes_in_tables() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    sheet.add_table("A1:B3", {"columns": [{"header": "甲"}, {"header": "乙\n二"}]})
    book.close()
    source = stream.getvalue()
    assert lint(source) == []
    table = parts(source)["xl/tables/table1.xml"]
    for before, after, message in (
        ('name="甲"', 'name="丙"', "a table header and its cell differ"),
        ('ref="A1:B3" totals', 'ref="A1:B1" totals', "a table without a row for data"),
        ('ref="A1:B3" totals', 'ref="A1:C3" totals', "the area of a table does not fit its columns"),
    ):
        changed = table.replace(before.encode(), after.encode())
        assert changed != table
        assert message in [problem.message.en for problem in lint(repack(source, {"xl/tables/table1.xml": changed}))]


@pytest.mark.data
def test_real_files_are_sound(test_data: Path) -> None:
    """Files that Excel, WPS and XlsxWriter wrote: no false alarm."""
    for path in sorted(test_data.glob("templates/*.xlsx")) + sorted(test_data.glob("xlsx-suites/XlsxWriter/*.xlsx")):
        assert lint(path) == [], path.name
