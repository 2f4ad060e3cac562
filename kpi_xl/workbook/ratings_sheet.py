"""The ratings sheet: a line per person, a column per indicator that people type; `generate --ratings` reads it."""

from __future__ import annotations

from openpyxl.workbook import Workbook

from kpi_xl.schemes.inputs import Input, inputs_of_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.workbook import validation
from kpi_xl.workbook.canvas import Canvas
from kpi_xl.workbook.layout import SheetLayout
from kpi_xl.workbook.page import package, set_up_page
from kpi_xl.workbook.style import HEAD, INPUT, NOTE, TITLE, formatted
from kpi_xl.workbook.texts import NUMBER_FORMATS


def build_ratings(scheme: Scheme, rows: int) -> bytes:
    """Return an empty ratings sheet with `rows` lines. Columns: 工号, 姓名, then every input that no measure fills."""
    entries = typed_inputs(scheme)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "评分"
    canvas = Canvas(book, sheet, [12.0, 12.0, *[max(12.0, 2.2 * len(entry.name)) for entry in entries]])
    canvas.put(1, f"{scheme.name} · 评分表", TITLE, across=canvas.columns)
    canvas.height(30)
    canvas.next()
    canvas.put(1, "每人一行；没有评分的格子留空（留空为待评，不按 0 分计）。比率可写 85% 或 0.85。", NOTE, across=canvas.columns)
    canvas.height(18)
    canvas.next()
    for column, header in enumerate(["工号", "姓名", *[entry.name for entry in entries]], start=1):
        canvas.put(column, header, HEAD)
    canvas.height(24)
    canvas.next()
    sheet.freeze_panes = f"C{canvas.row}"
    for _ in range(rows):
        for column in (1, 2):
            canvas.put(column, None, formatted(INPUT, "@"))
        for column, entry in enumerate(entries, start=3):
            address = canvas.put(column, None, formatted(INPUT, "General" if entry.options else NUMBER_FORMATS[entry.unit]))
            canvas.validations.add(validation.for_input(entry), address)
        canvas.next()
    canvas.finish()
    layout = SheetLayout("评分", (), (), "landscape" if len(entries) > 4 else "portrait", pages=0)
    set_up_page(sheet, layout, canvas)
    sheet.print_title_rows = "3:3"
    return package(book, f"{scheme.name} · 评分表")


def typed_inputs(scheme: Scheme) -> tuple[Input, ...]:
    """Return the inputs that people type: those of indicators and facts without a measure."""
    measured = {indicator.id for indicator in scheme.indicators if indicator.measure}
    measured_facts = {fact.id for fact in scheme.facts if fact.measure}
    return tuple(
        entry
        for entry in inputs_of_scheme(scheme)
        if (entry.indicator not in measured if entry.indicator else entry.key not in measured_facts)
    )
