"""Sheets that list records: the tickets behind each figure."""

from __future__ import annotations

from dataclasses import replace

from openpyxl.utils import get_column_letter

from kpi_xl.drawing.style import CENTER, HEAD, NOTE, SMALL, SUBTITLE, TITLE, formatted
from kpi_xl.glossary import RECORD_NUMBER
from kpi_xl.workbook.blocks.form import Form, Options

EVIDENCE_WIDTHS = (17.0, 11.0, 21.0, 17.0, 8.5, 8.5, 10.0, 7.0, 8.0, 8.0, 26.0)
_CELL = replace(CENTER, size=9)
_COLUMNS = (
    ("指标", "indicator_name", SMALL),
    ("分项", "part", _CELL),
    (RECORD_NUMBER, "record", SMALL),
    ("时间", "at", formatted(_CELL, "yyyy-mm-dd hh:mm")),
    ("计入", "counted_text", _CELL),
    ("达标", "hit_text", _CELL),
    ("数值", "value", formatted(_CELL, "0.00")),
    ("单位", "unit", _CELL),
    ("分子", "numerator", _CELL),
    ("分母", "denominator", _CELL),
    ("说明", "reason", SMALL),
)
_HOW = (
    "复核方法：按“指标”（有分项的再按“分项”）筛选后——有“达标”列的比率 = 达标条数 ÷ 计入条数（越低越好的指标用未达标条数）；"
    "有“分子”“分母”的 = 分子合计 ÷ 分母合计；其余 = “数值”的平均值。"
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
    canvas.height(16)
    canvas.next()
    canvas.put(1, _HOW, NOTE, across=canvas.columns)
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
    # from the header to the repeated line, which becomes all lines when the loop runs
    canvas.sheet.auto_filter.ref = f"A{header}:{get_column_letter(canvas.columns)}{header + 2}"
    sheet = canvas.sheet
    sheet.freeze_panes = f"A{header + 1}"
    sheet.print_title_rows = f"{header}:{header}"
