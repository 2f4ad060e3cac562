"""KPI_TEXT: a result in a sentence or two, by the rules of advice that the feedback page goes by (kpi_xl/view/advice.toml)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import (
    Block,
    Cell,
    CellError,
    block,
    column,
    elementwise,
    is_blank,
    is_range,
    problem_text,
    raise_error,
)
from kpi_xl.functions.grading import PENDING, read_total
from kpi_xl.functions.judging import NO_GRADES, gap_text
from kpi_xl.functions.points import people_of, read_actuals, read_inputs
from kpi_xl.functions.scheme_argument import in_limits, read_scheme
from kpi_xl.numbers import format_plain, format_points
from kpi_xl.schemes.inputs import Input
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import Value, grade_of, score
from kpi_xl.scoring.values import read_values
from kpi_xl.view.advice import AdviceLists, advise
from kpi_xl.view.figures import goal, group_views

LONGEST: Final = 255
"""A cell takes more; a formula that takes the text as a constant does not."""
_UNFINISHED: Final = "总分待评"


def feedback(score_: object, indicators: object = None, actuals: object = None, scheme: object = None) -> Cell:
    """Return each total in words: grade, coefficient, what the next grade lacks, what follows from the grade.

    With indicators and actual values (laid out as for `total`; one person a total): strengths, the gap that cost most points,
    and its suggestion. Nothing is said of an indicator without data. A pending total stays 待评.
    """
    chosen = read_scheme(scheme)
    names, table = block(indicators), block(actuals)
    if all(is_blank(cell) for cell in column(indicators)):
        if not all(is_blank(cell) for cell in column(actuals)):
            raise CellError("参数错误：给出了实际值，没有给出指标")
        return elementwise(lambda cell: _sentence(_result_text(chosen, read_total(chosen, cell))), score_)
    return _for_people(chosen, score_, names, table)


def _for_people(scheme: Scheme, scores: object, names: Block, table: Block) -> Cell:
    """Return a text a person, in the shape of the scores."""
    people, _across = people_of(names, table)
    rows = block(scores)
    if len(rows) * len(rows[0]) != len(people):
        raise CellError(f"参数错误：得分有 {len(rows) * len(rows[0])} 个，实际值是 {len(people)} 人的，对不上")
    inputs = read_inputs(scheme, names)
    texts = iter([_person(scheme, cell, inputs, cells) for cell, cells in zip(column(scores), people, strict=True)])
    shaped = [[next(texts) for _ in row] for row in rows]
    return shaped if is_range(scores) else shaped[0][0]


def _person(scheme: Scheme, cell: Cell, inputs: Sequence[Input | None], cells: Sequence[Cell]) -> Cell:
    try:
        raise_error(cell)
        if is_blank(cell):
            return ""
        values = read_actuals(list(inputs), list(cells))
        try:
            told = _result_text(scheme, read_total(scheme, cell))
        except CellError as error:
            if str(error) != PENDING:
                raise
            told = _UNFINISHED
        found = _advice(scheme, values)
    except CellError as error:
        return str(error)
    except KpiError as error:
        return str(problem_text(error))
    if told == _UNFINISHED and not (found.strengths or found.gaps):
        return PENDING
    return _fitted(_sentence(told), found)


def _result_text(scheme: Scheme, entered: Decimal) -> str:
    """Say total, grade, coefficient, distance and action in one sentence (without its full stop)."""
    total = in_limits(scheme, entered)
    clauses = [f"总分 {format_points(total)} 分"]
    grade = grade_of(scheme, total)
    if grade is not None:
        clauses.append(f"评为“{grade.name}”")
        if grade.coefficient is not None:
            clauses.append(f"绩效系数 {format_plain(grade.coefficient)}")
        elif any(other.coefficient is not None for other in scheme.grades):
            clauses.append("没有绩效系数")
    clauses.append(gap_text(scheme, total) if scheme.grades else NO_GRADES)
    action = f"；后续措施：{'、'.join(grade.actions)}" if grade is not None and grade.actions else ""
    return "，".join(clauses) + action


def _sentence(text: str) -> str:
    return text + "。"


def _advice(scheme: Scheme, entered: dict[str, Value]) -> AdviceLists:
    """Return what the feedback page would list for these values. Raises KpiError for values that cannot be used."""
    appraisal = score(scheme, entered)
    values = read_values(scheme, entered, {}, [])
    views = tuple(view for group in group_views(scheme, appraisal, values, {}, 1) for view in group.indicators)
    return advise(scheme, views, {view.id: goal(scheme, scheme.indicator(view.id), values, 1) for view in views}, {})


def _fitted(told: str, found: AdviceLists) -> str:
    """Join what fits: the result first, then the biggest gap, its suggestion, the strengths; shown in the order of the page."""
    strengths = ["优势：" + "、".join(one.title.replace("　", " ") for one in found.strengths) + "。"] if found.strengths else []
    gaps = [f"失分最多的是{one.title}：{one.text}" for one in found.gaps[:1]]
    suggested = [f"建议：{one.text}" for one in found.suggestions if one.indicator in {gap.indicator for gap in found.gaps[:1]}]
    shown = [told]
    for part in (*gaps, *suggested, *strengths):
        if sum(map(len, shown)) + len(part) <= LONGEST:
            shown.append(part)
    return "".join(part for part in (told, *strengths, *gaps, *suggested) if part in shown)
