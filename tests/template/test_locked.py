"""A value that is handed over as `Locked` closes its cell; the others stay as the template has them."""

from __future__ import annotations

import io

import openpyxl
from openpyxl.styles import PatternFill, Protection
from openpyxl.workbook.defined_name import DefinedName

from kpi_xl.template import Locked, compile_template


def _form() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, key in enumerate(("fcr", "comment", "months"), start=1):
        cell = sheet.cell(row, 2)
        cell.number_format, cell.fill = "0.00%", PatternFill("solid", fgColor="EAF3FA")
        cell.protection = Protection(locked=key == "months")
        book.defined_names[f"in_{key}"] = DefinedName(f"in_{key}", attr_text=f"'{sheet.title}'!$B${row}")
    sheet.protection.sheet = True
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_locked_values_close_their_cells_and_keep_their_looks() -> None:
    template = compile_template(_form())
    filled = template.render({}, inputs={"fcr": Locked(0.82), "comment": "好", "months": Locked(3)})
    sheet = openpyxl.load_workbook(io.BytesIO(filled)).active
    assert sheet is not None
    assert [(sheet.cell(row, 2).value, sheet.cell(row, 2).protection.locked) for row in (1, 2, 3)] == [
        (0.82, True), ("好", False), (3, True),
    ]  # fmt: skip
    assert sheet["B1"].number_format == "0.00%"
    assert sheet["B1"].fill.fgColor.rgb == "00EAF3FA"


def test_each_rendering_decides_for_itself() -> None:
    template = compile_template(_form())
    open_ones = template.render({}, inputs={"fcr": 0.82, "comment": "x"})
    again = template.render({}, inputs={"fcr": Locked(0.5)})
    assert openpyxl.load_workbook(io.BytesIO(again)).active["B1"].protection.locked  # type: ignore[index]
    assert not openpyxl.load_workbook(io.BytesIO(open_ones)).active["B1"].protection.locked  # type: ignore[index]
