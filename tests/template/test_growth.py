"""Rows that repeat or vanish: what Excel would do to everything that names cells."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break

from kpi_xl.ooxml import lint
from kpi_xl.template import compile_template

from .books import cells_of, draw, fill, parts

LOOP = {
    "A1": "标题",
    "B1": 5,
    "A2": "{{ for row in rows }}",
    "A3": "{{ row.n }}",
    "B3": "=A3*2",
    "A4": "{{ end }}",
    "A5": "合计",
    "B5": "=SUM(B3)",
    "C5": "=SUM(B2:B4)",
    "D5": "=B1+1",
    "E5": "=SUM(B3:B3)/COUNT(A3:A3)",
}


def rows(count: int) -> dict[str, Any]:
    return {"rows": [{"n": number + 1} for number in range(count)]}


def test_rows_below_move_and_ranges_stretch() -> None:
    found = cells_of(fill(draw(LOOP), rows(3)))
    assert found == {
        **{"A1": "标题", "B1": 5, "A2": 1, "A3": 2, "A4": 3, "B2": "=A2*2", "B3": "=A3*2", "B4": "=A4*2"},
        **{"A5": "合计", "B5": "=SUM(B2:B4)", "C5": "=SUM(B2:B4)", "D5": "=B1+1", "E5": "=SUM(B2:B4)/COUNT(A2:A4)"},
    }


def test_one_item() -> None:
    assert cells_of(fill(draw(LOOP), rows(1)))["E3"] == "=SUM(B2:B2)/COUNT(A2:A2)"


def test_no_items_and_nothing_refers_to_them_leaves_no_row() -> None:
    found = cells_of(
        fill(draw({"A1": "x", "A2": "{{ for r in rows }}", "A3": "{{ r.n }}", "A4": "{{ end }}", "A5": "=A1"}), rows(0))
    )
    assert found == {"A1": "x", "A2": "=A1"}


def test_no_items_but_a_formula_needs_the_row_keeps_a_blank_one() -> None:
    found = cells_of(fill(draw(LOOP), rows(0)))
    assert found == {
        "A1": "标题",
        "B1": 5,
        "A3": "合计",
        "B3": "=SUM(B2)",
        "C3": "=SUM(B2:B2)",
        "D3": "=B1+1",
        "E3": "=SUM(B2:B2)/COUNT(A2:A2)",
    }


def test_else_rows_stand_for_no_items() -> None:
    source = draw(
        {"A1": "{{ for r in rows }}", "A2": "{{ r.n }}", "A3": "{{ else }}", "A4": "无", "A5": "{{ end }}", "A6": "=SUM(A2:A2)"}
    )
    assert cells_of(fill(source, rows(0))) == {"A1": "无", "A2": "=SUM(A1:A1)"}
    assert cells_of(fill(source, rows(2))) == {"A1": 1, "A2": 2, "A3": "=SUM(A1:A2)"}


@pytest.mark.parametrize(
    ("seen", "expected"), [(True, {"A1": "x", "A2": "有", "A3": "y"}), (0, {"A1": "x", "A2": "y"}), ([], {"A1": "x", "A2": "y"})]
)
def test_conditional_rows(seen: object, expected: dict[str, str]) -> None:
    source = draw({"A1": "x", "A2": "{{ if seen }}", "A3": "有", "A4": "{{ end }}", "A5": "y"})
    assert cells_of(fill(source, {"seen": seen})) == expected


def test_either_or() -> None:
    source = draw({"A1": "{{ if ok }}", "A2": "{{ a }}", "A3": "{{ else }}", "A4": "{{ b }}", "A5": "{{ end }}", "A6": "z"})
    assert cells_of(fill(source, {"ok": True, "a": 1})) == {"A1": 1, "A2": "z"}
    assert cells_of(fill(source, {"ok": False, "b": 2})) == {"A1": 2, "A2": "z"}


def test_formulas_in_repeated_rows_are_filled_down() -> None:
    source = draw(
        {
            **{"A1": 7, "A2": 0, "A3": "{{ for r in rows }}", "A4": "{{ r.n }}", "A5": "{{ end }}", "A6": "=SUM(A4:A4)"},
            "B4": "=A4*$A$1",  # fixed: the same cell in every copy
            "C4": "=C2+A4",  # relative, above: the row before (a running total)
            "D4": "=SUM(A$4:A4)",  # from the first copy to this one
            "E4": "=A4/A$6",  # fixed, below the rows
            "F4": "=A4/SUM(A$3:A$5)",  # around all copies: from marker to marker
            "G4": '=LEN("A4:A6")&Other!A4',  # text is no reference; another sheet is filled down as well
            "Other!A4": 1,
        }
    )
    found = cells_of(fill(source, rows(3)))
    assert [found[f"B{row}"] for row in (3, 4, 5)] == ["=A3*$A$1", "=A4*$A$1", "=A5*$A$1"]
    assert [found[f"C{row}"] for row in (3, 4, 5)] == ["=C2+A3", "=C3+A4", "=C4+A5"]
    assert [found[f"D{row}"] for row in (3, 4, 5)] == ["=SUM(A$3:A3)", "=SUM(A$3:A4)", "=SUM(A$3:A5)"]
    assert [found[f"E{row}"] for row in (3, 4, 5)] == ["=A3/A$6", "=A4/A$6", "=A5/A$6"]
    assert [found[f"F{row}"] for row in (3, 4, 5)] == [f"=A{row}/SUM(A$3:A$5)" for row in (3, 4, 5)]
    assert [found[f"G{row}"] for row in (3, 4, 5)] == [f'=LEN("A4:A6")&Other!A{row + 1}' for row in (3, 4, 5)]
    assert found["A6"] == "=SUM(A3:A5)"


def test_nested_loops() -> None:
    source = draw(
        {
            **{"A1": "{{ for group in groups }}", "A2": "{{ group.name }}", "B2": "{{ loop.index }}"},
            **{
                "A3": "{{ for row in group.rows }}",
                "A4": "{{ group.name }}",
                "B4": "{{ row.n }}",
                "C4": "=B4*B$2",
                "D4": "{{ loop.index }}",
            },
            **{"A5": "{{ end }}", "A6": "小计", "B6": "=SUM(B4:B4)", "A7": "{{ end }}", "A8": "总计", "B8": "=SUM(B1:B7)"},
        }
    )
    view = {
        "groups": [{"name": "甲", "rows": rows(2)["rows"]}, {"name": "乙", "rows": []}, {"name": "丙", "rows": rows(1)["rows"]}]
    }
    found = cells_of(fill(source, view))
    assert [found.get(f"A{row}") for row in range(1, 11)] == ["甲", "甲", "甲", "小计", "乙", None, "小计", "丙", "丙", "小计"]
    assert [found.get(f"B{row}") for row in range(1, 12)] == [
        *(1, 1, 2, "=SUM(B2:B3)"),
        *(2, None, "=SUM(B6:B6)"),
        *(3, 1, "=SUM(B9:B9)"),
        "=SUM(B1:B10)",
    ]
    assert [found[f"C{row}"] for row in (2, 3, 9)] == ["=B2*B$1", "=B3*B$1", "=B9*B$8"]
    assert [found[f"D{row}"] for row in (2, 3, 9)] == [1, 2, 1]


def test_a_condition_inside_a_loop() -> None:
    source = draw(
        {
            **{
                "A1": "{{ for r in rows }}",
                "A2": "{{ r.n }}",
                "B2": "=A2+1",
                "A3": "{{ if r.big }}",
                "A4": "大",
                "B4": "=A2",
                "A5": "{{ end }}",
            },
            **{"A6": "{{ end }}", "A7": "=SUM(A1:A6)"},
        }
    )
    view = {"rows": [{"n": 1, "big": False}, {"n": 9, "big": True}, {"n": 2, "big": False}]}
    assert cells_of(fill(source, view)) == {
        "A1": 1,
        "B1": "=A1+1",
        "A2": 9,
        "B2": "=A2+1",
        "A3": "大",
        "B3": "=A2",
        "A4": 2,
        "B4": "=A4+1",
        "A5": "=SUM(A1:A4)",
    }


def test_two_loops_on_a_sheet_and_formulas_on_another() -> None:
    source = draw(
        {
            **{
                "A1": "{{ for r in a }}",
                "A2": "{{ r }}",
                "A3": "{{ end }}",
                "A4": "x",
                "A5": "{{ for r in b }}",
                "A6": "{{ r }}",
                "A7": "{{ end }}",
                "A8": "y",
            },
            **{
                "Sum!A1": "=SUM(S!A2:A2)",
                "Sum!A2": "=SUM(S!A6)",
                "Sum!A3": "=S!A8&S!A4",
                "Sum!A4": "=SUM(S!A:A)",
                "Sum!A5": "=COUNTA(S!1:8)",
            },
        }
    )
    book = fill(source, {"a": [1, 2], "b": [3, 4, 5]})
    assert cells_of(book) == {"A1": 1, "A2": 2, "A3": "x", "A4": 3, "A5": 4, "A6": 5, "A7": "y"}
    assert list(cells_of(book, "Sum").values()) == [
        "=SUM(S!A1:A2)",
        "=SUM(S!A4:A6)",
        "=S!A7&S!A3",
        "=SUM(S!A:A)",
        "=COUNTA(S!1:7)",
    ]


def dressed(book: openpyxl.Workbook) -> None:
    """Put everything around the cells that names cells."""
    sheet = book["S"]
    sheet.merge_cells("C3:D3")
    sheet.merge_cells("A6:D6")
    sheet.merge_cells("F1:F5")
    validation = DataValidation(type="decimal", operator="between", formula1="0", formula2="$B$5", sqref="B3")
    sheet.add_data_validation(validation)
    below = DataValidation(type="list", formula1="$A$3:$A$3", sqref="A5:A6")
    sheet.add_data_validation(below)
    red = PatternFill(bgColor="FF0000")
    sheet.conditional_formatting.add("A3:B3", FormulaRule(formula=["$B3>$B$5"], fill=red))
    sheet.conditional_formatting.add("A5", FormulaRule(formula=["A5>A1"], fill=red))
    sheet.print_area = "A1:F6"
    sheet.print_title_rows = "1:1"
    sheet.auto_filter.ref = "A1:B4"
    sheet["A3"].hyperlink = "https://example.com/"
    sheet["A6"].hyperlink = "#S!A3"
    sheet.row_breaks.append(Break(id=5))
    sheet.freeze_panes = "A6"


def test_everything_around_the_cells_follows() -> None:
    book = fill(draw(LOOP | {"A6": "脚注"}, change=dressed), rows(3))
    sheet = book["S"]
    assert {str(area) for area in sheet.merged_cells.ranges} == {"C2:D2", "C3:D3", "C4:D4", "A6:D6", "F1:F5"}
    validations = {str(one.sqref): (one.formula1, one.formula2) for one in sheet.data_validations.dataValidation}
    assert validations == {"B2:B4": ("0", "$B$5"), "A5:A6": ("$A$2:$A$4", None)}
    formats = {
        str(area.sqref): [rule.formula for rule in rules] for area, rules in sheet.conditional_formatting._cf_rules.items()
    }
    assert formats == {"A2:B4": [["$B2>$B$5"]], "A5": [["A5>A1"]]}
    assert sheet.print_area == "'S'!$A$1:$F$6"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.auto_filter.ref == "A1:B4"
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.hyperlink] == ["A2", "A3", "A4", "A6"]
    assert [one.id for one in sheet.row_breaks.brk] == [5]
    assert sheet.freeze_panes == "A6"


def test_what_stands_around_vanished_rows_vanishes() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["S"]
        sheet.merge_cells("B3:C3")
        sheet.add_data_validation(DataValidation(type="whole", formula1="1", sqref="A3"))
        sheet["A3"].hyperlink = "https://example.com/"
        sheet.conditional_formatting.add("A3", FormulaRule(formula=["A3>1"], fill=PatternFill(bgColor="FF0000")))

    source = draw({"A1": "x", "A2": "{{ for r in rows }}", "A3": "{{ r.n }}", "A4": "{{ end }}"}, change=change)
    sheet = parts(compile_template(source).render(rows(0)))["xl/worksheets/sheet1.xml"]
    for gone in (b"mergeCell", b"dataValidation", b"hyperlink", b"conditionalFormatting"):
        assert gone not in sheet


def test_a_part_of_a_repeated_body_repeats_with_it() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["S"].conditional_formatting.add("A3", FormulaRule(formula=["A3>A2"], fill=PatternFill(bgColor="FF0000")))
        book["S"].merge_cells("A2:A3")

    source = draw({"A1": "{{ for r in rows }}", "A2": "{{ r.n }}", "B3": "=B2", "A4": "{{ end }}"}, change=change)
    sheet = fill(source, rows(2))["S"]
    assert [str(area.sqref) for area in sheet.conditional_formatting._cf_rules] == ["A2 A4"]
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:A2", "A3:A4"}


@settings(max_examples=60, deadline=None)
@given(
    before=st.integers(0, 3),
    body=st.integers(1, 3),
    after=st.integers(0, 3),
    count=st.integers(0, 4),
    top=st.integers(1, 12),
    height=st.integers(0, 6),
)
def test_a_range_from_outside_covers_the_same_cells(
    before: int, body: int, after: int, count: int, top: int, height: int
) -> None:
    """The sum over any range that does not cut a body is the sum of its cells' copies, however often the body is there."""
    last = before + body + after + 2
    first_body, last_body = before + 2, before + 1 + body
    bottom = min(top + height, last)
    top = min(top, last)
    inside = range(top, bottom + 1)
    covered = [row for row in inside if first_body <= row <= last_body]
    markers = {before + 1, last_body + 1}
    if (covered and len(covered) < body) or set(inside) <= markers:
        return
    cells: dict[str, Any] = {f"A{row}": row for row in range(1, last + 1)}
    cells[f"A{before + 1}"], cells[f"A{last_body + 1}"] = "{{ for r in rows }}", "{{ end }}"
    cells["S2!A1"] = f"=SUM(S!A{top}:A{bottom})"
    book = fill(draw(cells), {"rows": [SimpleNamespace()] * count})
    text = book["S2"]["A1"].value.removeprefix("=SUM(S!").removesuffix(")")
    got = [cell[0].value for cell in book["S"][text] if isinstance(cell[0].value, int)]
    plain = [row for row in inside if row not in markers and row not in covered]
    assert sorted(got) == sorted(plain + covered * count + (covered if not count and not plain and len(inside) else []))


def test_tables_grow_and_keep_a_row() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("S")
    columns = [{"header": "号"}, {"header": "数"}, {"header": "双", "formula": "=[@数]*2"}]
    sheet.add_table("B3:D6", {"columns": columns, "name": "T"})
    for row, text in ((3, "{{ for r in rows }}"), (4, "{{ r.a }}"), (5, "{{ end }}")):
        sheet.write(row, 1, text)
    sheet.write("C5", "{{ r.b }}")
    for cell in ("C4", "C6"):
        sheet.write_blank(cell, None)
    sheet.write_formula("F9", "=SUM(T[数])+SUM(C5)")
    book.close()
    template = compile_template(stream.getvalue())
    for count, area in ((0, "B3:D4"), (1, "B3:D4"), (3, "B3:D6")):
        out = template.render({"rows": [{"a": f"T{number}", "b": number} for number in range(count)]})
        assert lint(out) == []
        table = parts(out)["xl/tables/table1.xml"].decode()
        assert set(re.findall(r' ref="([^"]+)"', table)) == {area}
        found = cells_of(openpyxl.load_workbook(io.BytesIO(out)))
        assert [found.get(f"D{row}") for row in range(4, 4 + count)] == ["=[[#This Row],数]*2"] * count
        assert found[f"F{6 + max(count, 1)}"] == "=SUM(T[数])+" + ("SUM(C4:C6)" if count > 1 else "SUM(C4)")
