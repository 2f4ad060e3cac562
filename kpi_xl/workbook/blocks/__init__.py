"""The blocks that forms are made of, by the kind that a layout names. Declared once, used by every form."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kpi_xl.workbook.blocks import evidence, frame, indicators, result, tables
from kpi_xl.workbook.blocks.form import Form, Options

BLOCKS: Mapping[str, Callable[[Form, Options], None]] = {
    "title": frame.title,
    "person": frame.person,
    "heading": frame.heading,
    "note": frame.note,
    "text_input": frame.text_input,
    "sign_off": frame.sign_off,
    "appeal_note": frame.appeal_note,
    "legend": frame.legend,
    "list": frame.advice,
    "indicators": indicators.indicators,
    "waivers": indicators.waivers,
    "result": result.result,
    "grades": result.grades,
    "chart": result.chart,
    "evidence": evidence.evidence,
    "table": tables.table,
    "facts": tables.facts,
    "bonus": tables.bonus,
    "checklist": tables.checklist,
    "key_results": tables.key_results,
    "pooled": tables.pooled,
    "raters": tables.raters,
    "rating_sheet": tables.rating_sheet,
}
