"""Figures from lists: rates, mean rating, satisfaction, NPS, first-contact resolution, the dealers' customer score."""

from __future__ import annotations

from decimal import Decimal

from kpi_xl.cell_words import SATISFACTION, word
from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import (
    Cell,
    CellError,
    as_cell,
    block,
    column,
    each,
    elementwise,
    flags,
    given,
    is_missing,
    not_rated,
    number,
    problem_text,
    raise_error,
    refuse,
    shown,
)
from kpi_xl.functions.ratings import Survey, has_digits, scale_of
from kpi_xl.glossary import NO_DATA
from kpi_xl.numbers import divide, format_plain
from kpi_xl.schemes import Scheme, load_scheme
from kpi_xl.scoring import score

SATISFIED = frozenset(word(one) for one in SATISFACTION["满意"])
UNSATISFIED = frozenset(word(one) for said in ("一般", "不满意") for one in SATISFACTION[said])
"""The usual words of satisfaction, as exports understand them."""
_NPS_TOP = 10
FIVE = 5
_SATISFIED_FROM = 4
SCALES = (1, FIVE, 10, 100)
"""The scales of satisfaction: the least one that has the limit is meant. That of five begins at 1, the others at 0."""
DEALER_SCHEME = "dealer-cs"
"""The scheme whose four questions KPI_CS adds up."""


def rate(numerator: object, denominator: object) -> Cell:
    """Return numerator / denominator for each pair; 无数据 when the denominator is 0, because nothing was counted."""

    def one(hits: Cell, of: Cell) -> Cell:
        if is_missing(hits) or is_missing(of):
            return NO_DATA
        top, bottom = number(hits, "分子"), number(of, "分母")
        if bottom < 0:
            raise refuse("分母", of, "不小于 0 的数字")
        return as_cell(divide(top, bottom)) if bottom else NO_DATA

    return elementwise(one, numerator, denominator)


def mean_rating(ratings: object) -> Cell:
    """Return the mean of the ratings given; blanks, 无数据 and 未评价 are no ratings. Ratings of several scales are refused."""
    survey = Survey.of(ratings)

    def one(cell: Cell) -> Decimal:
        value = survey.mark(cell, "评分")
        if value < 0:
            raise CellError("参数错误：评分不能为负数")
        survey.of_one_scale(cell, value, "评分")
        return value

    values = each(ratings, one, not_rated)
    if values and max(values) > 1 and any(0 < value < 1 for value in values):
        raise CellError("参数错误：评分混用了小数和分数（如 0.95 和 4），请统一")
    return as_cell(divide(sum(values, Decimal(0)), len(values))) if values else NO_DATA


def nps(ratings: object) -> Cell:
    """Return the net promoter score, -100..100: share of 9-10 less share of 0-6, times 100 (Reichheld 2003)."""
    survey = Survey.of(ratings)

    def one(cell: Cell) -> Decimal:
        value = survey.mark(cell, "推荐意愿")
        if not 0 <= value <= _NPS_TOP or 0 < value < 1 or scale_of(cell) not in (None, _NPS_TOP):
            raise refuse("推荐意愿", cell, "0 到 10 的数字")
        return value

    values = each(ratings, one, not_rated)
    if not values:
        return NO_DATA
    balance = sum(1 if value >= 9 else -1 if value <= 6 else 0 for value in values)
    return as_cell(divide(Decimal(100 * balance), len(values)))


def csat(ratings: object, satisfied_from: object = None) -> Cell:
    """Return satisfied ratings / valid ratings. A rating is a number (satisfied from `satisfied_from` on) or its words.

    Words: 满意 and better count as satisfied; 一般 and worse do not. Blanks, ``-`` and 无数据 are no valid ratings. The limit
    tells the scale (up to 1: 0-1, up to 5: 1-5, up to 10: 0-10, else 0-100); a rating that the scale does not have is refused.
    Beside a digit the word decides (``1-非常满意``), for bare digits of the same range too, unless a limit is given and the
    digits run upwards: then it is that limit which is asked for.
    """
    stated = list(given(column(satisfied_from)))
    limits = stated or [_SATISFIED_FROM]
    if len(limits) > 1:
        raise CellError("参数错误：满意起点只能是一个数字")
    limit = number(limits[0], "满意起点")
    if not 0 < limit <= SCALES[-1]:
        raise refuse("满意起点", limits[0], f"大于 0、不超过 {SCALES[-1]} 的数字")
    survey = Survey.of(ratings)
    by_limit = bool(stated) and survey.words.direction == "high"
    marks = each(ratings, lambda cell: _satisfied(survey, cell, limit, by_limit=by_limit), not_rated)
    return as_cell(divide(sum(marks), len(marks))) if marks else NO_DATA


def _satisfied(survey: Survey, cell: Cell, limit: Decimal, *, by_limit: bool) -> bool:
    said = survey.word(cell)
    if said is not None and not (by_limit and has_digits(cell)):
        return said == "满意"
    value = survey.mark(cell, "评分")
    scale = next(one for one in SCALES if limit <= one)
    if value > scale:
        raise CellError(f"参数错误：评分 {shown(cell)} 超过 {scale} 分，请写明满意起点")
    if value < 0 or (scale > 1 and 0 < value < 1) or (scale == FIVE and value == 0):
        raise CellError(f"参数错误：评分 {shown(cell)} 不在 {1 if scale == FIVE else 0}–{scale} 分之内")
    named = scale_of(cell)
    if named is not None and not limit <= named <= scale:
        raise CellError(f"参数错误：评分 {shown(cell)} 不是满意起点 {format_plain(limit)} 所属的 {scale} 分制，请写明满意起点")
    return value >= limit


def fcr(tickets: object) -> Cell:
    """Return tickets resolved at first contact / all tickets, from one yes/no per ticket."""
    marks = flags(tickets, "首次解决标记")
    return as_cell(divide(sum(marks), len(marks))) if marks else NO_DATA


def customer_score(answers: object) -> Cell:
    """Return each customer's CS by the rules of the dealers' scheme; one customer a row (or 4 cells below each other).

    25 x q / 100 over the 4 questions; an answer is 100 (very good, good, fairly satisfied), 75 (average, fair) or 0-25 (bad,
    complaint); others are refused. A row without any answer is a failed call-back and stays blank.
    """
    rows = block(answers)
    scheme = load_scheme(DEALER_SCHEME)
    keys = [indicator.id for indicator in scheme.indicators]
    if len(rows[0]) == 1 and len(rows) == len(keys):
        rows = [[row[0] for row in rows]]
    if len(rows[0]) != len(keys):
        raise CellError(f"参数错误：应选 {len(keys)} 列，每行一位客户的第 1–{len(keys)} 题")
    scores = [[_customer(scheme, keys, row)] for row in rows]
    return scores if len(scores) > 1 else scores[0][0]


def _customer(scheme: Scheme, keys: list[str], row: list[Cell]) -> Cell:
    try:
        for cell in row:
            raise_error(cell)
        absent = [str(place) for place, cell in enumerate(row, start=1) if is_missing(cell)]
        if len(absent) == len(row):
            return ""
        if absent:
            return f"待评：缺第 {'、'.join(absent)} 题"
        total = score(scheme, {key: number(cell, "答案") for key, cell in zip(keys, row, strict=True)}).total
    except CellError as error:
        return str(error)
    except KpiError as error:
        return str(problem_text(error))
    return as_cell(total)
