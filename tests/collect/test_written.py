"""The quick way of reading a sheet sees exactly the cells that the parsed tree has, or gives up."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl.collect.cells import _parsed_cells
from kpi_xl.collect.written import WrittenCell, written_cells
from kpi_xl.ooxml.package import read_package
from kpi_xl.resources import templates_folder

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
FORMS = sorted(templates_folder("workbook").glob("*.xlsx"))


def sheets(data: bytes | Path) -> list[bytes]:
    package = read_package(data)
    return [package.raw(name) for name in package.entries if name.startswith("xl/worksheets/sheet")]


def by_tree(data: bytes) -> list[WrittenCell]:
    return list(_parsed_cells(ElementTree.fromstring(data)))


def sheet(inside: str) -> bytes:
    return f"<worksheet {NAMESPACE}><sheetData>{inside}</sheetData></worksheet>".encode()


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_every_form_is_read_the_quick_way(form: Path) -> None:
    for data in sheets(form):
        assert written_cells(data) == by_tree(data)


def test_what_openpyxl_saves_is_read_the_quick_way() -> None:
    book = openpyxl.load_workbook(FORMS[0])
    stream = io.BytesIO()
    book.save(stream)
    for data in sheets(stream.getvalue()):
        assert written_cells(data) == by_tree(data)


USUAL = [
    '<row r="1"><c r="A1" s="3" t="s"><v>0</v></c><c r="B1"/></row>',
    '<row r="1" x14ac:dyDescent="0.2"><c r="A1" t="str"><f>A2&amp;"x"</f><v>a &lt; b</v></c></row>'.replace("x14ac:", ""),
    '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">B1*2</f><v>4</v></c></row><row r="2"><c r="A2"><f t="shared" si="0"/>'
    "<v>6</v></c></row>",
    '<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> 甲 </t></is></c></row>',
    '<row r="1"><c r="A1" t="inlineStr"><is><r><t>甲</t></r><rPh sb="0" eb="1"><t>jia</t></rPh></is></c></row>',
    '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c><c r="C1"><v></v></c><c r="D1"><v/></c></row>',
    '\n  <row r="1">\n <c r="A1"><v>1</v></c>\n </row>\n',
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" ht="20"/><row r="3"><c r="A3"><v>2</v></c></row>',
]


@pytest.mark.parametrize("inside", USUAL)
def test_the_usual_ways_of_writing(inside: str) -> None:
    data = sheet(inside)
    assert written_cells(data) == by_tree(data)
    assert written_cells(data) is not None


HIDDEN = [
    '<row r="1"><c t="n" r="A1"><v>1</v></c></row>',
    '<row r="1"><c\tr="A1"><v>1</v></c></row>',
    "<row><c><v>1</v></c></row>",
    '<row r="1"><c r="A1"><v>1</v></c><!-- --><c r="B1"><v>2</v></c></row>',
    '<row r="1"><c r="A1"><v><![CDATA[1]]></v></c></row>',
    '<row r="1"><c r="A1"><v>1<!-- 9 --></v></c></row>',
    '<row r="1"><c r="A1"><v xml:space="preserve">1</v></c></row>',
    '<row r="1"><c r="A1"><v>1</v><f>2</f></c></row>',
    '<row r="1"><c r="A1"><v>1</v></c><x:c xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="B1"/></row>',
    '<row r="1"><c r="A1"><v>1</v></c><?x y?></row>',
    '<row r="1"><c r="A1"><v>1</v></c><row r="2"><c r="A2"><v>2</v></c></row></row>',
    '<row r="1"></row><c r="A1"><v>1</v></c><row r="2"/>',
    '<row r="1"><c r="A1" t="x>y"><v>1</v></c></row>',
]


@pytest.mark.parametrize("inside", HIDDEN)
def test_where_a_cell_could_hide_the_tree_decides(inside: str) -> None:
    assert written_cells(sheet(inside)) is None


def test_a_second_grid_is_not_overlooked() -> None:
    one = '<row r="1"><c r="A1"><v>1</v></c></row>'
    data = f"<worksheet {NAMESPACE}><!-- <sheetData> --><sheetData>{one}</sheetData></worksheet>".encode()
    assert written_cells(data) is None


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(USUAL + HIDDEN), st.integers(0, 200), st.integers(0, 200), st.sampled_from(USUAL + HIDDEN + list('<>/"&c '))
)
def test_after_any_edit_both_ways_agree(inside: str, start: int, length: int, put: str) -> None:
    """Whatever is cut out and put in: a sheet that a program could open is read the same both ways, or left to the tree."""
    data = sheet(inside[:start] + put + inside[start + length % 20 :])
    try:
        expected = by_tree(data)
    except (ElementTree.ParseError, ValueError, AttributeError, IndexError):
        return
    found = written_cells(data)
    assert found is None or found == expected
