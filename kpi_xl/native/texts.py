"""Short texts of a form that depend on numbers of the scheme: each as a live formula and as the value that the formula gives.

The pairs stand side by side because they must agree: the value is what a viewer without a calculation shows (the cached value).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from kpi_xl.numbers import format_plain
from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.rule_kinds import Unit
from kpi_xl.schemes.targets import TargetPart, part_text
from kpi_xl.standard.plan import StandardPlan

NUMBER_FORMATS: dict[Unit, str] = {
    "ratio": "0.00%",
    "points": "0.00",
    "hours": "0.00",
    "minutes": "0.00",
    "seconds": "0.00",
    "days": "0.00",
    "count": "General",
    "rating": "0.00",
    "money": "#,##0.00",
    "index": "0.00",
}


@dataclass(frozen=True)
class LiveText:
    """A text cell: `formula` (without ``=``; None: plain text) and `value`, what it shows now; `room`: its longest form."""

    value: str
    formula: str | None = None
    room: str = ""


def live_target(
    part: TargetPart, plan: StandardPlan, inputs: Mapping[str, str] | None = None, months_cell: str | None = None
) -> LiveText:
    """Return a target as it stands in a form, led by its name (``紧急工单 ≤ 4 小时``): the live rendering of `part_text`.

    `inputs`: cells of the person's values by key, for a median among them. `months_cell`: the length of the period in months.
    """
    value = part_text(part, 1)
    known = value if part.value is not None else part_text(replace(part, value=Decimal(99999)), 1)
    name = f"{part.name} " if part.name else ""
    formula = _target_formula(part, name + part.sign, plan, inputs or {}, months_cell)
    return LiveText(name + value, formula, name + (known if len(known) > len(value) else value))


def _target_formula(
    part: TargetPart, lead: str, plan: StandardPlan, inputs: Mapping[str, str], months_cell: str | None
) -> str | None:
    """Numbers by ``&``: at most 4 decimals and no trailing zeros, as `part_text` shows them."""
    match part.place:
        case ():
            return None
        case ("options", indicator):
            labels, values = (plan.ref("options", indicator, column) for column in ("label", "value"))
            return f"INDEX({labels},MATCH(MAX({values}),{values},0))"
        case ("input", key):
            cell = inputs.get(key)
        case _:
            cell = plan.ref(*part.place)
    if cell is None:
        return None
    lead = lead.replace('"', '""')
    counted = _in_period(part, cell, months_cell)
    number = f"ROUND({counted}*100,4)" if part.unit == "ratio" else f"ROUND({counted},4)"
    behind = f"{'%' if part.unit == 'ratio' else ''}{part.suffix}{part.note}"
    front = f'IF({counted}=0,"","{lead}")' if part.bare_zero else f'"{lead}"'
    shown = f"{front}&{number}" + (f'&"{behind}"' if behind else "")
    return f'IF(ISNUMBER({cell}),{shown},"{lead}{part.words}")' if part.words else shown


def _in_period(part: TargetPart, cell: str, months_cell: str | None) -> str:
    if part.each is None or months_cell is None:
        return cell
    return f"({cell}*{f'MAX(1,{months_cell})' if part.each == 'month' else f'ROUNDUP(MAX(1,{months_cell})/3,0)'})"


def grade_range(scheme: Scheme, index: int, plan: StandardPlan) -> LiveText:
    """Return the range of a grade, counted from the lowest (0): ``80 ≤ 总分 < 90``."""
    grades = sorted(scheme.grades, key=lambda g: g.lower)
    lower = format_plain(grades[index].lower)
    low_cell = plan.ref("grade", str(index), "lower")
    if index == 0 and len(grades) > 1:
        upper = format_plain(grades[1].lower)
        return LiveText(f"总分 < {upper}", f'"总分 < "&{plan.ref("grade", "1", "lower")}')
    if index == len(grades) - 1:
        return LiveText(f"总分 ≥ {lower}", f'"总分 ≥ "&{low_cell}')
    upper = format_plain(grades[index + 1].lower)
    high_cell = plan.ref("grade", str(index + 1), "lower")
    return LiveText(f"{lower} ≤ 总分 < {upper}", f'{low_cell}&" ≤ 总分 < "&{high_cell}')
