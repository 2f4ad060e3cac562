"""Small templates and ways to look into what came out; shared by the tests of the template engine."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.worksheet.formula import ArrayFormula

from kpi_xl.ooxml import lint
from kpi_xl.template import compile_template


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
    """Return the cells of a sheet that hold anything; array formulas as their text."""
    held = {cell.coordinate: cell.value for row in book[sheet].iter_rows() for cell in row if cell.value is not None}
    return {name: value.text if isinstance(value, ArrayFormula) else value for name, value in held.items()}


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


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
VIEW = {"name": "张三", "total": 0.5, "rows": [{"id": f"T{number}", "n": number} for number in range(4)]}


def every_feature() -> bytes:
    """Return a workbook with what XlsxWriter can draw: placeholders on its first two sheets, the others concern nobody."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    form, detail, other, data = (book.add_worksheet(name) for name in ("表", "It's 明细", "别的", "Data"))
    draw_form(book, form)
    draw_detail(book, detail)
    for sheet, where in ((form, "M1"), (other, "C1")):
        chart = book.add_chart({"type": "line"})
        chart.add_series(
            {"categories": "='It''s 明细'!$A$3:$A$3", "values": "='It''s 明细'!$B$3", "data_labels": {"value": True}}
        )
        chart.add_series({"values": "=别的!$A$1:$A$3", "trendline": {"type": "linear"}})
        sheet.insert_chart(where, chart)
    other.write_column("A1", [1, 2, 3])
    data.write_column("A1", [1, 2, 3])
    data.write_formula("B1", "=SUM(A1:A3)", None, 6)
    alone = book.add_chart({"type": "column"})
    alone.add_series({"values": "=Data!$A$1:$A$3"})
    book.add_chartsheet("图").set_chart(alone)
    book.define_name("行", "='It''s 明细'!$B$3")
    book.define_name("Data!local", "=Data!$A$1")
    book.set_properties({"title": "t", "author": "a", "created": dt.datetime(2025, 1, 1)})
    book.set_custom_property("x", 1)
    book.close()
    return stream.getvalue()


def draw_form(book: xlsxwriter.Workbook, form: Any) -> None:
    """Draw a sheet with one of everything."""
    bold, red = book.add_format({"bold": True}), book.add_format({"bg_color": "red", "num_format": "0.00%"})
    form.write("A1", "{{ name }}", bold)
    form.write("B1", "{{ total }}", red)
    form.write_formula("C1", "=B1*2", None, 5)
    form.write_formula("C2", "=SUM('It''s 明细'!B3:B3)", None, 7)
    form.write_formula("C3", '=LEN("x")+别的!A1', red, 4)
    form.write_dynamic_array_formula("E1:E3", "=SORT(别的!A1:A3)")
    form.write_array_formula("F1:F2", "{=别的!A1:A2*2}")
    form.write_rich_string("A3", "a", bold, "粗", " c")
    form.write_url("A5", "https://example.com/?a=1&b=2", string="链接")
    form.write_url("A6", "internal:'It''s 明细'!A6")
    form.write_comment("A7", "批注")
    form.data_validation("B5", {"validate": "list", "source": ["是", "否"]})
    form.conditional_format("B6:B9", {"type": "3_color_scale"})
    form.conditional_format("B10:B19", {"type": "data_bar", "data_bar_2010": True})
    form.add_sparkline("D5", {"range": "别的!A1:A3"})
    form.add_table("H1:I3", {"columns": [{"header": "甲"}, {"header": "乙"}]})
    form.insert_image("K1", "x.png", {"image_data": io.BytesIO(PNG)})
    form.insert_textbox("K5", "文本框")
    form.insert_button("K10", {"macro": "x"})
    form.insert_checkbox("K12", True)
    form.set_header("&C第 &P 页")
    form.set_h_pagebreaks([20])
    form.protect("secret")
    form.freeze_panes(1, 1)
    form.autofilter("A20:B25")


def draw_detail(book: xlsxwriter.Workbook, detail: Any) -> None:
    """Draw a sheet with repeated rows and things around them."""
    detail.write_row("A1", ["号", "数", "双"])
    detail.write("A2", "{{ for row in rows }}")
    detail.write_row("A3", ["{{ row.id }}", "{{ row.n }}"])
    detail.write_formula("C3", "=B3*2")
    detail.write("A4", "{{ end }}")
    detail.write_formula("B5", "=SUM(B3:B3)")
    detail.write_comment("A5", "下面的批注")
    detail.write_comment("A1", "上面的批注")
    detail.add_sparkline("D3", {"range": "'It''s 明细'!B3:C3"})
    detail.insert_textbox("F7", "跟着走", {"object_position": 1})
    detail.insert_image("F1", "x.png", {"image_data": io.BytesIO(PNG), "object_position": 3})


def with_placeholder(source: bytes) -> tuple[bytes, str]:
    """Return a real file with its first plain text replaced by ``{{ x }}``, and that text."""
    strings = parts(source)["xl/sharedStrings.xml"]
    found = re.search(rb"<si><t>([^<&]{2,})</t></si>", strings)
    assert found
    changed = strings.replace(b"<t>" + found[1] + b"</t>", b"<t>{{ x }}</t>")
    return repack(source, {"xl/sharedStrings.xml": changed}), found[1].decode()
