"""Mistakes in templates are found all at once when compiling, each with its cell; mistakes in the data when filling."""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation

from kpi_xl.errors import KpiError
from kpi_xl.template import compile_template

from .books import draw, parts, repack


def problems(source: bytes) -> dict[str, str]:
    """Return place -> message of the problems of a template."""
    with pytest.raises(KpiError) as caught:
        compile_template(source)
    assert caught.value.remedy.zh
    assert all(problem.remedy.zh and problem.remedy.en for problem in caught.value.problems)
    return {problem.where: problem.message.en for problem in caught.value.problems}


def test_all_problems_at_once() -> None:
    found = problems(
        draw(
            {
                **{"A1": "{{ 1x }}", "B1": "{{ name", "C1": "name }}", "D1": "{{ a..b }}", "E1": "{% for x in y %}"},
                **{"F1": "｛｛ 姓名 ｝｝", "A3": "x {{ for r in rows }}", "B3": "{{ _private }}", "C3": "{{ a | upper }}"},
                **{"D3": "{{ loop.last }}", "E3": "{{ }}", "A5": "{{ end }}", "A6": "{{ else }}"},
                **{"A7": "{{ for r in rows }}", "B7": "more", "A8": "y", "A9": "{{ end }}"},
                **{"A11": "{{ if x }}", "A12": "{{ end }}", "A14": "{{ for r in rows }}", "A15": "{{ r }}"},
            }
        )
    )
    places = "A1 B1 C1 D1 E1 F1 A3 B3 C3 D3 E3 A5 A6 A7 A12 A14"
    assert sorted(found) == sorted(f"S!{place}" for place in places.split())


def test_placeholders_where_nothing_can_be_filled() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["S"]
        sheet["A1"].comment = Comment("{{ note }}", "x")
        sheet.oddHeader.center.text = "{{ title }}"
        sheet.add_data_validation(DataValidation(type="list", formula1='"{{ a }},b"', sqref="B2"))
        sheet["C3"] = '="{{ x }}"&A1'
        book.create_sheet("{{ name }}")

    found = problems(draw({"A1": "x"}, change=change))
    assert set(found) == {"S!A1", "S", "S!B2", "S!C3", "{{ name }}"}
    assert found["S!A1"] == "a placeholder in a comment"
    assert found["S"] == "a placeholder in a page header"


def test_placeholders_in_shapes_charts_rich_text_and_table_headers() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    bold = book.add_format({"bold": True})
    sheet.insert_textbox("C5", "{{ text }}")
    sheet.write_rich_string("A1", "x ", bold, "{{ name }}")
    sheet.add_table("E1:F3", {"columns": [{"header": "{{ a }}"}, {"header": "b"}]})
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=表!$B$1:$B$3"})
    chart.set_title({"name": "{{ title }}"})
    sheet.insert_chart("H10", chart)
    book.close()
    found = problems(stream.getvalue())
    assert found["表!C5"] == "a placeholder in a shape or text box"
    assert found["表!A1"] == "the placeholder stands in a cell with several fonts"
    assert found["表!E1"] == "a placeholder in the header row of a table"
    assert found["表"] == "a placeholder in the text of a chart"


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("=A2", "it refers to a marker row (A2)"),
        ("=SUM(A4)", "it refers to a marker row (A4)"),
        ("=S!A8", "it refers to rows that may vanish (S!A8)"),
        ("=A1#", "a formula that cannot be read"),
    ],
)
def test_formulas_that_growing_would_break(formula: str, message: str) -> None:
    cells = {"A2": "{{ for r in rows }}", "A3": "{{ r }}", "A4": "{{ end }}", "A7": "{{ if x }}", "A8": "y", "A9": "{{ end }}"}
    assert problems(draw(cells | {"B12": formula})) == {"S!B12": message}


@pytest.mark.parametrize(
    ("formula", "cut"),
    [
        ("=SUM(B3)", True),
        ("=SUM(B$3:B$3)", True),
        ("=SUM(B2)", True),
        ("=COUNTIF(B3:B3,1)", True),
        ("=SUM(B6)", True),
        ("=SUM(B6:B6)", True),
        ("=SUM(B5:B7)", True),
        ("=SUM(B2:B3)", False),
        ("=SUM(B1:B4)", False),
        ("=SUM(B4:B9)", False),
        ("=B3", False),
        ("=SUM(B13:B13)", False),
    ],
)
def test_a_total_of_a_part_of_what_repeats_is_refused(formula: str, cut: bool) -> None:
    """It would be the first copy's: rows between the copies keep a range from stretching over them."""
    cells = {
        **{"A1": "{{ for r in rows }}", "B2": "{{ r.a }}", "B3": "{{ r.b }}", "C3": "=SUM(B2:B2)", "A4": "{{ end }}"},
        **{"A5": "{{ for t in teams }}", "A6": "{{ t.n }}", "B6": 1, "A7": "{{ for p in t.p }}", "B8": "{{ p }}"},
        **{"A9": "{{ end }}", "B10": "=SUM(B8:B8)", "A11": "{{ end }}"},
    }
    cells = {**cells, "A12": "{{ for x in xs }}", "B13": "{{ x }}", "A14": "{{ end }}"}
    source = draw(cells | {"B16": formula})
    if not cut:
        compile_template(source)
        return
    assert {where: text[:41] for where, text in problems(source).items()} == {
        "S!B16": "it refers to a part of the repeated rows "
    }


def test_named_cells_in_repeated_rows() -> None:
    source = draw({"A1": "{{ for r in rows }}", "A2": "{{ r }}", "A3": "{{ end }}"}, names={"in_x": "S!$B$2"})
    assert list(problems(source)) == ["S!B2"]


def test_files_that_are_no_workbooks(tmp_path: Path) -> None:
    encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    for data in (b"", b"PK\x03\x04", encrypted, b"hello", repack(draw({}), {"xl/workbook.xml": b"<a"})):
        with pytest.raises(KpiError):
            compile_template(data)
    with pytest.raises(KpiError, match=r"不存在的\.xlsx"):
        compile_template(tmp_path / "不存在的.xlsx")


def test_a_document_type_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    source = draw({"A1": "x"})
    for name in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        data = parts(source)[name]
        start = data.index(b"?>") + 2 if data.startswith(b"<?xml") else 0
        with pytest.raises(KpiError):
            compile_template(repack(source, {name: data[:start] + bomb + data[start:]}))


def test_a_damaged_part_is_refused() -> None:
    source = bytearray(draw({"A1": "{{ x }}"}))
    at = source.index(b"xl/worksheets/sheet1.xml") + 60
    source[at : at + 8] = b"\xff" * 8
    with pytest.raises(KpiError):
        compile_template(bytes(source))


@dataclass
class Row:
    n: Any


@pytest.mark.parametrize(
    "items",
    [[{"n": 1}, {"m": 2}], [Row(1), {"m": 1}], [Row(1), Row(object())], [Row([])], [Row(float("nan")), Row(1.0)], [3]],
)
def test_bad_items_name_the_cell(items: list[Any]) -> None:
    template = compile_template(draw({"A1": "{{ for r in rows }}", "B2": "{{ r.n }}", "A3": "{{ end }}"}))
    with pytest.raises(KpiError) as caught:
        template.render({"rows": items})
    assert [problem.where for problem in caught.value.problems] == ["S!B2"]


def test_unknown_names_and_bad_values_are_all_reported() -> None:
    cells = {
        "A1": "{{ name }}",
        "B2": "{{ person.nmae }} 先生",
        "C3": "{{ groups.5.x }}",
        "D4": "{{ ratio }}",
        "E5": "{{ long }}",
    }
    view = {"person": Row(1), "groups": [1], "ratio": Decimal("Infinity"), "long": "长" * 32_768}
    with pytest.raises(KpiError) as caught:
        compile_template(draw(cells)).render(view)
    assert {problem.where: problem.message.en for problem in caught.value.problems} == {
        "S!A1": "there is no name in the data",
        "S!B2": "there is no person.nmae in the data",
        "S!C3": "there is no groups.5 in the data",
        "S!D4": "Infinity is not a number that a cell can hold",
        "S!E5": "32768 characters, a cell holds 32767",
    }


@pytest.mark.parametrize("value", ["text", {"a": 1}, 5])
def test_loops_need_lists(value: object) -> None:
    template = compile_template(draw({"A1": "{{ for r in rows }}", "A2": "{{ r }}", "A3": "{{ end }}"}))
    with pytest.raises(KpiError) as caught:
        template.render({"rows": value})
    assert [(problem.where, problem.message.en) for problem in caught.value.problems] == [
        ("S!A1", "rows is not a list, rows cannot repeat over it")
    ]
    with pytest.raises(KpiError):
        template.render({})


def test_more_rows_than_a_sheet_has() -> None:
    template = compile_template(draw({"A1": "{{ for r in rows }}", "A2": "x", "A3": "{{ end }}", "A1048570": "last"}))
    assert len(template.render({"rows": [None] * 8})) > 0
    with pytest.raises(KpiError, match="1048576"):
        template.render({"rows": [None] * 10})
