"""A scheme as the rows of the sheet 评级标准: the tables of `kpi_xl.standard.tables`, filled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from kpi_xl.glossary import WEIGHT
from kpi_xl.schemes.inputs import MEDIAN
from kpi_xl.schemes.model import Indicator, Scheme, Source
from kpi_xl.schemes.rule_kinds import MedianRef, ParameterRef
from kpi_xl.standard.tables import (
    CANCELLED,
    CHOICES,
    CYCLES,
    DETAILS,
    NO_COEFFICIENT,
    ORIGINS,
    PARAMETER_PREFIX,
    RULE_COLUMNS,
    RULE_FIELDS,
    RULE_TABLES,
    SCHEME_ROWS,
    TABLES,
    CellValue,
    Row,
    StandardTable,
)

_REMARKS = {
    "grades": "按下限从低到高排列，达到下限即属该等级；系数填“无”表示没有系数（不是 0）。",
    "indicators": "改权重、目标值后，本工作簿的得分随之变化；权重合计应等于总分。",
    "bands": "空白表示不设界限；界限值归入得分较高的一段；两端得分不同时，段内按直线折算。",
    "parameters": "文件留空、由公司确定的数值；未填写时不能评分。",
    "facts": "只作展示或计算材料，不单独计分。",
    "figures": "各行乘积相加；填了“除以”的再除以该项。",
    "rollups": "较长周期的总分 = 各行所列结果的算术平均数 × 占比之和。",
    "variant_changes": "“取消”表示该变体不考核此项。",
}


def standard_sections(scheme: Scheme) -> list[StandardTable]:
    """Return the tables that this scheme needs, in reading order; a table without rows is left out."""
    rows: dict[str, Iterable[Row]] = {
        "scheme": _scheme_rows(scheme),
        "grades": _grade_rows(scheme),
        "groups": _objects("groups", scheme.groups),
        "indicators": _indicator_rows(scheme),
        "parameters": _objects("parameters", scheme.parameters),
        "facts": _objects("facts", scheme.facts),
        "figures": _objects("figures", scheme.figures),
        "rater_groups": _objects("rater_groups", scheme.raters.groups if scheme.raters else ()),
        "streaks": _objects("streaks", scheme.streaks),
        "rollups": _rollup_rows(scheme),
        "key_results": _objects("key_results", scheme.key_results),
        "checklists": _checklist_rows(scheme),
        "variants": _objects("variants", scheme.variants),
        "variant_changes": _variant_changes(scheme),
        "definitions": scheme.definitions,
        "notes": [(note,) for note in scheme.notes],
    }
    rows |= {key: _detail_rows(key, scheme) for key in DETAILS}
    sections = [
        StandardTable(key, title, columns, tuple(rows[key]), _REMARKS.get(key, "")) for key, (title, columns) in TABLES.items()
    ]
    return [section.trimmed() for section in sections if section.rows]


def owned_indicators(scheme: Scheme) -> list[tuple[str, str, Indicator]]:
    """Return ``(key, variant, indicator)``: the scheme's own (variant ``""``), then what variants would add (``id@variant``)."""
    own = [(i.id, "", i) for i in scheme.indicators]
    return own + [(f"{i.id}@{v.id}", v.id, i) for v in scheme.variants for i in v.add]


def _scheme_rows(scheme: Scheme) -> list[Row]:
    rows: list[Row] = []
    for path, label in SCHEME_ROWS.items():
        value: Any = scheme
        for step in path.split("."):
            value = None if value is None else value[int(step)] if step.isdigit() else getattr(value, step)
        if value is not None and value != ():
            rows.append((label, cell_value(path.rpartition(".")[2], value)))
    return rows


def _grade_rows(scheme: Scheme) -> list[Row]:
    """The lowest first, because LOOKUP wants it so; a grade without a coefficient says so."""
    ordered = sorted(scheme.grades, key=lambda grade: grade.lower)
    rows = _objects("grades", ordered)
    return [
        (*row[:2], NO_COEFFICIENT if grade.coefficient is None else row[2], *row[3:])
        for grade, row in zip(ordered, rows, strict=True)
    ]


def _indicator_rows(scheme: Scheme) -> list[Row]:
    rows = []
    for _key, variant, indicator in owned_indicators(scheme):
        special: dict[str, CellValue] = {"kind": indicator.rule.word, "variant": variant or None}
        row: list[CellValue] = []
        for column in TABLES["indicators"][1]:
            holder: object = indicator.rule if column.field in RULE_COLUMNS else indicator
            row.append(special.get(column.field) or cell_value(column.field, getattr(holder, column.field, None)))
        rows.append(tuple(row))
    return rows


def _objects(key: str, objects: Iterable[object], skip: int = 0) -> list[Row]:
    """Return a line per object: its fields in the order of the table's columns (from column `skip` on)."""
    columns = TABLES[key][1][skip:]
    return [tuple(cell_value(c.field, getattr(item, c.field)) for c in columns) for item in objects]


def _detail_rows(key: str, scheme: Scheme) -> list[Row]:
    """Return the lines of a table of details: none, one or more for each indicator, led by the indicator's key."""
    of_indicator: dict[str, Callable[[Indicator], Iterable[Row]]] = {
        "rule": _rule_parameters,
        "parts": lambda i: _objects("parts", i.traits.parts, 1),
        "bands": lambda i: _objects("bands", i.traits.bands, 1),
        "options": lambda i: i.traits.options,
        "allowed": lambda i: i.traits.allowed,
        "sources": lambda i: [(about, source_text(source)) for about, source in i.sources],
    }
    return [(owner, *row) for owner, _variant, indicator in owned_indicators(scheme) for row in of_indicator[key](indicator)]


def _rule_parameters(indicator: Indicator) -> list[Row]:
    """Return the parameters of a rule: numbers and names; a flag only when it is set. Raises ValueError: one without a label."""
    rule = indicator.rule
    own = {field.name: getattr(rule, field.name) for field in fields(rule) if field.name not in (*RULE_COLUMNS, *RULE_TABLES)}
    order = sorted(own, key=list(RULE_FIELDS).index)
    return [(RULE_FIELDS[name], cell_value("", own[name])) for name in order if own[name] is not None and own[name] is not False]


def _rollup_rows(scheme: Scheme) -> list[Row]:
    return [(CYCLES[r.cycle], CYCLES[p.of], p.share, p.times, source_text(r.source)) for r in scheme.rollups for p in r.parts]


def _checklist_rows(scheme: Scheme) -> list[Row]:
    return [(c.id, c.name, item, c.note or None, source_text(c.source)) for c in scheme.checklists for item in c.items]


def _variant_changes(scheme: Scheme) -> list[Row]:
    rows: list[Row] = []
    for v in scheme.variants:
        rows += [(v.id, indicator, WEIGHT, weight) for indicator, weight in v.weights]
        rows += [(v.id, indicator, "名称", name) for indicator, name in v.names]
        rows += [(v.id, indicator, "定义", text) for indicator, text in v.definitions]
        rows += [(v.id, indicator, CANCELLED, None) for indicator in v.remove]
    return rows


# --- values ----------------------------------------------------------------------------------------------------------------


def cell_value(field_name: str, value: Any) -> CellValue:  # noqa: ANN401 - any field of the model
    """Return what a cell shows for a field: a number, a Chinese word for a code or flag, lines for a tuple, None for nothing."""
    match value:
        case None | () | "":
            return None
        case bool():
            return "是" if value else "否"
        case Source():
            return source_text(value)
        case ParameterRef():
            return PARAMETER_PREFIX + value.parameter
        case MedianRef():
            return MEDIAN
        case Decimal() | int():
            return value
        case str():
            return CHOICES[field_name][value] if field_name in CHOICES else value
        case tuple() if field_name == "cycles":
            return "、".join(CYCLES[cycle] for cycle in value) or None
        case tuple() if field_name == "products":
            return lines("×".join(product) for product in value)
        case tuple():
            return lines(value)
    raise TypeError(f"{field_name}: {value!r}")


def lines(texts: Iterable[str]) -> str | None:
    """Join texts, one a line."""
    return "\n".join(texts) or None


def source_text(source: Source | None) -> str | None:
    """Return ``文件``, ``文件：原文……`` or ``我方决定：理由``."""
    if source is None:
        return None
    return ORIGINS[source.origin] + (f"：{source.note}" if source.note else "")
