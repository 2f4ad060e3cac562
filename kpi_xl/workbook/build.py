"""Builds a form from a scheme and its layout, with openpyxl, the same bytes every time."""

from __future__ import annotations

from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.drawing.canvas import Canvas
from kpi_xl.ooxml.formulas import quoted_sheet
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import StandardPlan, plan_standard
from kpi_xl.standard.sheet import draw_standard
from kpi_xl.standard.tables import SHEET
from kpi_xl.workbook.blocks import BLOCKS
from kpi_xl.workbook.blocks.evidence import EVIDENCE_WIDTHS
from kpi_xl.workbook.blocks.form import Form
from kpi_xl.workbook.identity import fingerprint
from kpi_xl.workbook.layout import SheetLayout, load_layout
from kpi_xl.workbook.page import package, set_up_page

_ROWS_OF_A_PAGE = 46
"""Lines of 评级标准 that are still legible on one landscape page."""
EVIDENCE = SheetLayout("明细", (("evidence", {}),), EVIDENCE_WIDTHS, "portrait", pages=0)


def build_form(scheme: Scheme) -> bytes:
    """Return the template (.xlsx) of a scheme: its sheets, 明细 and 评级标准, with placeholders, names and live formulas."""
    layout = load_layout(scheme)
    book = Workbook()
    book.remove(book.worksheets[0])
    plan = plan_standard(scheme)
    form: Form | None = None
    for sheet in (*layout.sheets, EVIDENCE):
        canvas = Canvas(book, book.create_sheet(sheet.name), sheet.widths)
        form = Form(scheme, plan, canvas, layout.title) if form is None else form.on(canvas)
        for kind, options in sheet.blocks:
            BLOCKS[kind](form, options)
        canvas.finish()
        set_up_page(canvas.sheet, sheet, canvas)
        canvas.sheet.sheet_state = "hidden" if sheet.hidden else "visible"
    _standard(book, scheme, plan)
    return package(book, layout.title, keywords=fingerprint(scheme))


def build_standard(scheme: Scheme, sheet: str = SHEET) -> bytes:
    """Return a workbook with the sheet 评级标准 alone, unprotected: HR edits it and gives it back as ``--scheme``.

    `sheet` is another name for it, where a workbook gets one for each of several schemes.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    standard = _standard(book, scheme, plan_standard(scheme, quoted_sheet(sheet)), sheet)
    standard.protection.sheet = False
    return package(book, scheme.name)


def _standard(book: Workbook, scheme: Scheme, plan: StandardPlan, sheet: str = SHEET) -> Worksheet:
    """Add 评级标准: landscape, its readable part on one page unless the scheme is long."""
    standard = draw_standard(book, plan, scheme, sheet)
    set_up_page(standard.sheet, SheetLayout(standard.sheet.title, (), (), "landscape", pages=0), standard)
    standard.sheet.page_setup.fitToHeight = 1 if plan.last_printed_row <= _ROWS_OF_A_PAGE else 0
    return standard.sheet
