"""The workbook to begin with: every function with its examples, in a macro-enabled file that refers to the xlwings add-in."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

from kpi_xl.functions import CATALOG

_HEADS = ("函数", "说明", "示例（双击可查看）", "结果", "应为")
_WIDTHS = (20, 70, 46, 24, 24)
_HEAD_ROW = 3


def build_starter() -> bytes:
    """Return the starter workbook. Its VBA project is the empty one of xlwings' quickstart, with the reference that UDFs need."""
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill

    found = importlib.util.find_spec("xlwings")
    template = Path(found.origin).parent / "quickstart.xlsm" if found and found.origin else Path("quickstart.xlsm")
    book = openpyxl.load_workbook(template, keep_vba=True)
    sheet = book.worksheets[0]
    sheet.title = "KPI函数"
    sheet["A1"] = "KPI 考核函数入门"
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["A2"] = "首次使用：xlwings 选项卡 → Import Functions。之后双击“结果”列的单元格按回车，应与“应为”列相同。"
    for column, (head, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True), start=1):
        cell = sheet.cell(_HEAD_ROW, column, head)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="2F5597")
        sheet.column_dimensions[cell.column_letter].width = width
    row = _HEAD_ROW
    for function in CATALOG:
        for number, example in enumerate(function.examples):
            row += 1
            formula = example.formula(function.name)
            several = isinstance(example.result, list)
            shown = "；".join(str(cell) for line in example.result for cell in line) if several else example.result
            values = (function.name if number == 0 else None, function.doc if number == 0 else None, formula, formula, shown)
            for column, value in enumerate(values, start=1):
                cell = sheet.cell(row, column, value)
                cell.alignment = Alignment(vertical="top", wrap_text=True)
            sheet.cell(row, 3).data_type = "s"  # the formula as text, beside the living one
    sheet.freeze_panes = f"A{_HEAD_ROW + 1}"
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()
