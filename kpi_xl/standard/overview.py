"""The readable part of 评级标准, which is printed: indicators, targets, rules, bands, grades, in words and without ids.

Every figure is a live reference to the table below it that HR edits, so the two cannot disagree. One line for each line there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kpi_xl.glossary import COEFFICIENT, GRADE, TARGET, WEIGHT
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import OVERVIEW, PlacedTable, StandardPlan, overview_lines
from kpi_xl.standard.rows import owned_indicators
from kpi_xl.standard.tables import CellValue

OVERVIEW_COLUMNS = 9
"""The printed columns: A to I."""

_OWNER = "indicator"
_SHOWN: dict[str, tuple[str, tuple[tuple[str, str, int], ...]]] = {
    "indicators": (
        "指标、权重与目标",
        (
            ("指标", "name", 1), ("计分规则", "kind", 1), (WEIGHT, "weight", 1), ("方向", "better", 1), (TARGET, "target", 1),
            ("单位", "unit", 1), ("填写人", "entered_by", 2), ("定义 / 计算公式", "definition", 1),
        ),
    ),
    "parts": (
        "分项的目标",
        (("指标", _OWNER, 1), ("分项", "name", 1), (TARGET, "target", 1), ("方向", "better", 1), ("单位", "unit", 1)),
    ),
    "rule": ("规则的数值", (("指标", _OWNER, 1), ("参数", "name", 1), ("值", "value", 1))),
    "bands": (
        "各段的得分",
        (
            ("指标", _OWNER, 1), ("起", "first", 1), ("止", "last", 1), ("起点得分", "first_points", 1),
            ("止点得分", "last_points", 1),
        ),
    ),
    "options": ("各选项的分值", (("指标", _OWNER, 1), ("选项", "label", 1), ("分值", "value", 1))),
    "parameters": ("由公司确定的数值", (("参数", "name", 1), ("值", "value", 1), ("单位", "unit", 1))),
    "grades": (
        "等级、系数与措施",
        ((GRADE, "name", 1), ("下限（含）", "lower", 1), (COEFFICIENT, "coefficient", 1), ("措施", "actions", 6)),
    ),
    "streaks": ("连续结果的处理", ((GRADE, "grade", 1), ("连续次数", "times", 1), ("措施", "action", 7))),
}  # fmt: skip


@dataclass(frozen=True)
class OverviewCell:
    """A cell: `key` of its defined name, place (`row`, 1-based `column`, `across`), the reference and the value it shows.

    `section` and `field` say what it is, for its format; `line` is the 0-based line of the section.
    """

    key: str
    row: int
    column: int
    across: int
    reference: str
    value: CellValue
    placed: PlacedTable
    line: int
    field: str


@dataclass(frozen=True)
class OverviewTable:
    """A table: its title, its headers as (text, column, across), its cells line by line."""

    title: str
    title_row: int
    heads: tuple[tuple[str, int, int], ...]
    lines: tuple[tuple[OverviewCell, ...], ...]


def overview(scheme: Scheme, plan: StandardPlan) -> Iterator[OverviewTable]:
    """Yield the tables of the readable part in the order of the sheet."""
    owners = [key for key, _variant, _indicator in owned_indicators(scheme)]
    row = plan.overview_row
    for key in OVERVIEW:
        placed = next((placed for placed in plan.placed if placed.section.key == key), None)
        if placed is None or not overview_lines(placed.section):
            continue
        title, columns = _SHOWN[key]
        known = [column for column in columns if column[1] == _OWNER or column[1] in placed.section.fields]
        places = _places([across for _head, _field, across in known])
        lines = []
        for at, line in enumerate(overview_lines(placed.section), start=row + 2):
            cells, values = [], placed.section.rows[line]
            for (_head, name, across), column in zip(known, places, strict=True):
                source, source_line, source_field = placed, line, name
                if name == _OWNER:
                    source, source_field = plan.section("indicators"), "name"
                    source_line = owners.index(str(values[placed.section.index(_OWNER)]))
                elif key == "rule" and name == "value":
                    source, source_line, source_field = _named(plan, placed, line)
                value = source.section.rows[source_line][source.section.index(source_field)]
                reference = source.cell(source_line, source_field)
                cell_key = f"standard_{key}_{line}_{name}"
                cells.append(OverviewCell(cell_key, at, column, across, reference, value, placed, line, name))
            lines.append(tuple(cells))
        heads = tuple((head, column, across) for (head, _name, across), column in zip(known, places, strict=True))
        yield OverviewTable(title, row, heads, tuple(lines))
        row += len(lines) + 3


def overview_outputs(scheme: Scheme, plan: StandardPlan) -> dict[str, CellValue]:
    """Return what the cells of the readable part show, by output key."""
    cells = (cell for table in overview(scheme, plan) for line in table.lines for cell in line)
    return {cell.key: "" if cell.value is None else cell.value for cell in cells}


def _named(plan: StandardPlan, placed: PlacedTable, line: int) -> tuple[PlacedTable, int, str]:
    """Return where a parameter of a rule stands; for one that names a part or a fact by its id, where the name stands."""
    owner, value = (placed.section.rows[line][placed.section.index(name)] for name in (_OWNER, "value"))
    for key in ("parts", "facts"):
        other = next((other for other in plan.placed if other.section.key == key), None)
        for n, row in enumerate(other.section.rows if other and isinstance(value, str) else ()):
            fields = dict(zip(other.section.fields, row, strict=True)) if other else {}
            if other and fields["id"] == value and fields.get(_OWNER, owner) == owner:
                return other, n, "name"
    return placed, line, "value"


def _places(widths: list[int]) -> list[int]:
    return [1 + sum(widths[:n]) for n in range(len(widths))]
