"""Is the target met, and how far is the next grade: what people ask after the points."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.functions.cells import Cell, CellError, elementwise
from kpi_xl.functions.grading import read_total
from kpi_xl.functions.points import judge_each
from kpi_xl.functions.scheme_argument import in_limits, read_scheme
from kpi_xl.glossary import NO_DATA
from kpi_xl.numbers import format_points
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.targets import part_text, target_parts
from kpi_xl.scoring import Value, has_target, meets_target, next_grade
from kpi_xl.scoring.values import read_values

MET: Final = "达标"
NOT_MET: Final = "未达标"
NO_TARGET: Final = "无目标"
AT_THE_TOP: Final = "已是最高等级"
NO_GRADES: Final = "本方案不设等级"


def passed(indicator: object, actual: object, scheme: object = None) -> Cell:
    """Return 达标, 未达标 or 无数据 for each actual value, or 无目标 with what the scheme asks for instead of a number.

    Values are read as `points` reads them, a row with the parts of a composite too. Blank stays blank; words that say that
    there is no data give 无数据.
    """
    return judge_each(indicator, actual, scheme, _verdict, NO_DATA)


def _verdict(scheme: Scheme, indicator: Indicator, entered: Mapping[str, Value]) -> str:
    problems: list[Problem] = []
    values = read_values(scheme, entered, {}, problems)
    if problems:
        raise KpiError(Text("实际值不能用", "the values cannot be used"), Text("按提示修改", "follow the hint"), problems)
    if not has_target(scheme, indicator, values):
        return f"{NO_TARGET}（{'；'.join(part_text(part, 1) for part in target_parts(scheme, indicator, values))}）"
    found = meets_target(scheme, indicator, values)
    return NO_DATA if found is None else MET if found else NOT_MET


def gap(score: object, scheme: object = None) -> Cell:
    """Return how many points are missing to the next grade, and its name; at the highest grade that it is the highest."""
    chosen = read_scheme(scheme)
    return elementwise(lambda cell: _gap(chosen, in_limits(chosen, read_total(chosen, cell))), score)


def _gap(scheme: Scheme, total: Decimal) -> str:
    if not scheme.grades:
        raise CellError(NO_GRADES)
    return gap_text(scheme, total)


def gap_text(scheme: Scheme, total: Decimal) -> str:
    """Say what a total (rounded) of a scheme with grades lacks: ``距“高级客服”还差 3.00 分``, ``已是最高等级``."""
    better = next_grade(scheme, total)
    return AT_THE_TOP if better is None else f"距“{better.name}”还差 {format_points(better.lower - total)} 分"
