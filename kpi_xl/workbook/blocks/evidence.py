"""Sheets that list records: the tickets behind each figure."""

from __future__ import annotations

from kpi_xl.workbook.blocks.form import Form, Options
from kpi_xl.workbook.style import CENTER, HEAD, NOTE, SMALL, SUBTITLE, TITLE, formatted

EVIDENCE_WIDTHS = (20.0, 24.0, 19.0, 9.0, 9.0, 16.0, 34.0)
_COLUMNS = (
    ("指标", "indicator_name", SMALL),
    ("单号 / 记录号", "record", SMALL),
    ("时间", "at", formatted(CENTER, "yyyy-mm-dd hh:mm")),
    ("计入", "counted_text", CENTER),
    ("达标", "hit_text", CENTER),
    ("数值", "value_text", CENTER),
    ("说明", "reason", SMALL),
)


def evidence(form: Form, options: Options) -> None:
    """The tickets behind each figure: a loop over ``evidence`` of the view, with the header repeated on every page."""
    canvas = form.canvas
    canvas.put(1, "数据明细", TITLE, across=canvas.columns)
    canvas.height(30)
    canvas.next()
    canvas.put(1, "{{ person.name }}　{{ person.id }}　·　{{ period_label }}", SUBTITLE, across=canvas.columns)
    canvas.height(18)
    canvas.next()
    canvas.put(1, "{{ evidence_note }}", NOTE, across=canvas.columns)
    canvas.height(30)
    canvas.next()
    header = canvas.row
    for column, (label, _field, _style) in enumerate(_COLUMNS, start=1):
        canvas.put(column, label, HEAD)
    canvas.height(20)
    canvas.next()
    canvas.put(1, "{{ for row in evidence }}")
    canvas.next()
    for column, (_label, field, style) in enumerate(_COLUMNS, start=1):
        canvas.put(column, f"{{{{ row.{field} }}}}", style)
    canvas.height(18)
    canvas.next()
    canvas.put(1, "{{ end }}")
    canvas.next()
    sheet = canvas.sheet
    sheet.freeze_panes = f"A{header + 1}"
    sheet.print_title_rows = f"{header}:{header}"
