"""Reading named cells back, from files as Excel, WPS and LibreOffice save them."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from kpi_xl.errors import KpiError
from kpi_xl.ooxml import ErrorValue, NamedCell, read_form, read_named_cells
from kpi_xl.ooxml.formats import format_kind
from kpi_xl.ooxml.read import serial_value

from .books import draw, parts, repack

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def with_cells(cells: str, names: dict[str, str]) -> bytes:
    """Return a workbook whose sheet has these rows as XML."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.add_worksheet("S").write("A1", "共享")
    for name, target in names.items():
        book.define_name(name, f"={target}")
    book.close()
    source = stream.getvalue()
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    rich = '<r><t>富</t></r><r><rPr/><t xml:space="preserve"> 文本</t></r><rPh sb="0" eb="1"><t>fu</t></rPh>'
    strings = f'<sst xmlns="{MAIN}"><si><t>共享</t></si><si>{rich}</si><si/></sst>'
    return repack(source, {"xl/worksheets/sheet1.xml": sheet.encode(), "xl/sharedStrings.xml": strings.encode()})


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("", None),
        ("<c r='A1'/>", None),
        ("<c r='A1'><v>86.4</v></c>", Decimal("86.4")),
        ("<c r='A1' t='n'><v>0.82999999999999996</v></c>", Decimal("0.83")),
        ("<c r='A1'><v>1.7E-2</v></c>", Decimal("0.017")),
        ("<c r='A1' t='s'><v>0</v></c>", "共享"),
        ("<c r='A1' t='s'><v>1</v></c>", "富 文本"),
        ("<c r='A1' t='s'><v>2</v></c>", None),
        ("<c r='A1' t='s'><v>99</v></c>", None),
        ("<c r='A1' t='str'><f>A2</f><v>算出来</v></c>", "算出来"),
        ("<c r='A1' t='str'><f>A2</f><v></v></c>", None),
        ("<c r='A1' t='inlineStr'><is><t>直接</t></is></c>", "直接"),
        ("<c r='A1' t='inlineStr'><is><r><t>两</t></r><r><t>段</t></r><rPh sb='0' eb='1'><t>x</t></rPh></is></c>", "两段"),
        ("<c r='A1' t='inlineStr'><is><t>a_x000D_b_x005F_x0041_</t></is></c>", "a\rb_x0041_"),
        ("<c r='A1' t='inlineStr'><is><t><![CDATA[<b>]]></t></is></c>", "<b>"),
        ("<c r='A1' t='b'><v>1</v></c>", True),
        ("<c r='A1' t='b'><v>0</v></c>", False),
        ("<c r='A1' t='e'><v>#N/A</v></c>", ErrorValue("#N/A")),
        ("<c r='A1' t='d'><v>2025-09-01</v></c>", dt.date(2025, 9, 1)),
        ("<c r='A1' t='d'><v>2025-09-01T08:03:00Z</v></c>", dt.datetime(2025, 9, 1, 8, 3)),
        ("<c><v>5</v></c>", Decimal(5)),
        ("<!-- <c r='A1'><v>666</v></c> --><c r='A1'><v>5</v></c>", Decimal(5)),
    ],
)
def test_kinds_of_cells(cell: str, value: object) -> None:
    found = read_form(with_cells(f"<row r='1'>{cell}</row>", {"x_": "S!$A$1"}))["x_"]
    assert found == value
    assert type(found) is type(value)


def test_names_and_places() -> None:
    names = {
        **{
            "in_a": "S!$A$1",
            "in_b": "'S'!$A$2",
            "lost": "S!#REF!",
            "area": "S!$A$1:$B$2",
            "merged": "S!$C$1:$D$2",
            "number": "5",
        },
        **{"other": "'It''s'!$B$2", "relative": "S!A1", "elsewhere": "[1]S!$A$1", "gone": "Nowhere!$A$1"},
    }

    def change(book: openpyxl.Workbook) -> None:
        book["S"].merge_cells("C1:D2")
        book["S"].print_area = "A1"

    source = draw({"A1": 1, "A2": "=A1", "C1": "m", "It's!B2": "o"}, names=names, change=change)
    assert read_named_cells(source) == {
        **{
            "in_a": NamedCell("S", "A1", Decimal(1)),
            "in_b": NamedCell("S", "A2", None, "A1"),
            "merged": NamedCell("S", "C1", "m"),
        },
        **{"other": NamedCell("It's", "B2", "o"), "relative": NamedCell("S", "A1", Decimal(1))},
    }


def test_dates_by_their_format() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("S")
    expected: dict[str, Any] = {}
    cases = [
        ("yyyy-mm-dd", 45901, dt.date(2025, 9, 1)),
        ("yyyy年m月d日", 45901.5, dt.datetime(2025, 9, 1, 12)),
        ("yyyy/m/d h:mm", 45901, dt.datetime(2025, 9, 1)),
        ("h:mm", 0.25, dt.time(6)),
        ("[h]:mm", 1.5, dt.datetime(1900, 1, 1, 12)),
        ('0.00"年"', 45901, Decimal(45901)),
        ("#,##0", 45901, Decimal(45901)),
        ("yyyy-mm-dd", -1, Decimal(-1)),
    ]
    for row, (code, number, value) in enumerate(cases):
        sheet.write_number(row, 0, number, book.add_format({"num_format": code}))
        book.define_name(f"n_{row}", f"=S!$A${row + 1}")
        expected[f"n_{row}"] = value
    book.close()
    assert read_form(stream.getvalue()) == expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", ""),
        ("@", ""),
        ("0.00%", ""),
        ('"d"0', ""),
        ("[Red]0.0", ""),
        ("[$¥-804]#,##0.00", ""),
        ("0.00E+00", ""),
        ("[$-804]yyyy年m月d日", "date"),
        ("m/d", "date"),
        ("mmm-yy", "date"),
        ("[$-F800]dddd, mmmm dd, yyyy", "date"),
        ("h:mm:ss AM/PM", "time"),
        ("[ss]", "time"),
        ("上午/下午h时mm分", "time"),
        ("yyyy-mm-dd hh:mm;@", "datetime"),
    ],
)
def test_what_a_format_shows(code: str, kind: str) -> None:
    assert format_kind(176, code) == kind


@given(st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(2200, 1, 1)))
def test_serials_and_back(moment: dt.datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    serial = Decimal(repr((moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)))
    assert serial_value(serial, "datetime", date1904=False) == moment


def test_broken_files(tmp_path: Path) -> None:
    source = draw({"A1": 1}, names={"x": "S!$A$1"})
    sheet = parts(source)["xl/worksheets/sheet1.xml"]
    for data in (
        b"",
        b"junk",
        source[:200],
        repack(source, {"xl/worksheets/sheet1.xml": sheet[:-20]}),
        with_cells("<row r='1'><c r='A1'><v>1_0</v></c></row>", {"x_": "S!$A$1"}),
    ):
        with pytest.raises(KpiError):
            read_form(data)
    with pytest.raises(KpiError, match="密码"):
        read_form(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))


@pytest.mark.parametrize("rest", ["", "<!-- x -->", "<row r='9'><c><v>1</v></c></row>", "<row r='9'><c s='0' r='A9'/></row>"])
def test_the_short_way_and_the_long_way_agree(rest: str) -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"/></row>'
    rows += '<row r="3"><c r="A3"><v>3</v></c><c r="AA3" t="b"><v>1</v></c></row>'
    rows += '<row r="2"><c r="A2" t="inlineStr"><is><t>乱序</t></is></c></row>' + rest
    expected = {"A1": "共享", "B1": None, "C1": None, "A2": "乱序", "A3": Decimal(3), "AA3": True}
    found = read_form(with_cells(rows, {f"n_{cell}": f"S!${cell[:-1]}${cell[-1]}" for cell in expected}))
    assert found == {f"n_{cell}": value for cell, value in expected.items()}


@pytest.mark.data
def test_agrees_with_openpyxl_on_real_files(test_data: Path) -> None:
    compared = 0
    for path in sorted(test_data.glob("templates/*.xlsx")) + sorted(test_data.glob("xlsx-suites/*/*.xlsx")):
        try:
            ours = read_named_cells(path)
            book = openpyxl.load_workbook(path, data_only=True)
        except Exception:  # noqa: S112 - files that one of the two refuses are not compared
            continue
        for cell in ours.values():
            theirs = book[cell.sheet][cell.cell].value
            compared += 1
            if isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
                assert float(str(cell.value)) == pytest.approx(theirs), (path.name, cell)
            elif isinstance(theirs, str):
                assert cell.value == theirs, (path.name, cell)
    assert compared > 10
