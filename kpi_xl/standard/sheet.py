"""Draws the sheet 评级标准: every number of the scheme in a cell that HR can read, change and print."""

from __future__ import annotations

from decimal import Decimal

from openpyxl.workbook import Workbook

from kpi_xl.drawing.canvas import Canvas
from kpi_xl.drawing.style import CENTER, HEAD, HEADING, INPUT, NOTE, SMALL, TITLE, Style, formatted, line_count
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.overview import OVERVIEW_COLUMNS, overview
from kpi_xl.standard.plan import PlacedTable, StandardPlan
from kpi_xl.standard.tables import SHEET

WIDTHS = (21.0, 22.0, 16.0, 13.0, 14.0, 13.0, 14.0, 9.0, 40.0, 17.0, 15.0, 9.0, 12.0, 9.0, 9.0, 22.0, 26.0, 12.0)
_EXPLANATION = "考核表中的权重、目标、分段、等级均取自本表。"
_BELOW = (
    "以下为数据区（不打印），上面各表随它变化。人力资源可在此修改（修改前先撤销工作表保护），"
    "改后的文件可用 --scheme 文件名.xlsx 直接作为方案使用。请勿改动表头和编号列。"
)


def draw_standard(book: Workbook, plan: StandardPlan, scheme: Scheme, sheet: str = SHEET) -> Canvas:
    """Add the sheet to the workbook: the readable part, which is printed, and below it the tables that are read back.

    The caller protects the sheet and sets its paper like that of any other. `sheet` is its name, as in the plan.
    """
    canvas = Canvas(book, book.create_sheet(sheet), WIDTHS)
    canvas.put(1, f"评级标准：{scheme.name}", TITLE, across=OVERVIEW_COLUMNS)
    canvas.height(30)
    canvas.next()
    canvas.put(1, _EXPLANATION, NOTE, across=OVERVIEW_COLUMNS)
    canvas.height(18)
    _draw_overview(canvas, plan, scheme)
    canvas.put(1, _BELOW, NOTE, across=OVERVIEW_COLUMNS, row=plan.last_printed_row + 2)
    canvas.height(30, plan.last_printed_row + 2)
    for placed in plan.placed:
        _draw_section(canvas, placed)
    canvas.sheet.freeze_panes = "A3"
    canvas.sheet.print_area = f"A1:{chr(ord('A') + OVERVIEW_COLUMNS - 1)}{plan.last_printed_row}"
    canvas.sheet.print_title_rows = "1:1"
    return canvas


def _draw_overview(canvas: Canvas, plan: StandardPlan, scheme: Scheme) -> None:
    for table in overview(scheme, plan):
        canvas.put(1, table.title, HEADING, across=OVERVIEW_COLUMNS, row=table.title_row)
        canvas.height(24, table.title_row)
        for text, column, across in table.heads:
            canvas.put(column, text, HEAD, across=across, row=table.title_row + 1)
        canvas.height(20, table.title_row + 1)
        for line in table.lines:
            lines = 1
            for cell in line:
                ratio = cell.field in cell.placed.section.fields and _is_ratio(cell.placed, cell.line, cell.field, cell.value)
                style = _style("overview", cell.field, cell.value, ratio=ratio)
                formula = f'IF({cell.reference}="","",{cell.reference})'
                canvas.output(cell.column, cell.key, formula, style, across=cell.across, row=cell.row)
                width = canvas.width(cell.column, cell.across) * 1.1
                lines = max(lines, line_count(cell.value, width) if isinstance(cell.value, str) else 1)
            canvas.height(max(18.0, 14.0 * lines + 4), line[0].row)


def _draw_section(canvas: Canvas, placed: PlacedTable) -> None:
    section = placed.section
    span = max(sum(column.span for column in section.columns), 9)
    canvas.put(1, section.title + (f"　　{section.note}" if section.note else ""), HEADING, across=span, row=placed.title_row)
    canvas.height(24, placed.title_row)
    for head in section.columns:
        canvas.put(section.offset(head.field) + 1, head.header, HEAD, across=head.span, row=placed.title_row + 1)
    canvas.height(20, placed.title_row + 1)
    for offset, row in enumerate(section.rows):
        at = placed.first_row + offset
        lines = 1
        for head, value in zip(section.columns, row, strict=True):
            column = section.offset(head.field) + 1
            ratio = _is_ratio(placed, offset, head.field, value)
            style = _style(section.key, head.field, value, ratio=ratio)
            canvas.put(column, value, style, across=head.span, row=at)
            lines = max(lines, line_count(value, canvas.width(column, head.span) * 1.1) if isinstance(value, str) else 1)
        canvas.height(max(18.0, 14.0 * lines + 4), at)


def _style(section: str, field: str, value: object, *, ratio: bool) -> Style:
    if section == "parameters" and field == "value":
        return formatted(INPUT, "0.00%" if ratio else "General")
    if isinstance(value, Decimal | int):
        return formatted(CENTER, _percent_format(Decimal(value)) if ratio else "General")
    return SMALL


def _percent_format(value: Decimal) -> str:
    return "0%" if (value * 100) == int(value * 100) else "0.00%"


_RATIO_FIELDS = frozenset({"target", "first", "last", "low", "high", "value", "share"})


def _is_ratio(placed: PlacedTable, row: int, field: str, value: object) -> bool:
    """Tell whether a number is shown as per cent: targets of the unit 比率, bounds of their bands, shares."""
    if field == "share":
        return True
    section = placed.section
    if field not in _RATIO_FIELDS or "unit" not in section.fields:
        return False
    return section.rows[row][section.index("unit")] == "比率" and (value is None or isinstance(value, Decimal))
