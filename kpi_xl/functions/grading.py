"""From a score to what follows: grade, coefficient, actions, bonus, rank, streaks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpi_xl import scoring
from kpi_xl.cell_words import UNIT_WORDS, plain
from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import (
    Block,
    Cell,
    CellError,
    as_cell,
    each,
    elementwise,
    is_missing,
    number,
    remembered,
    shown,
    text,
)
from kpi_xl.functions.scheme_argument import find_grade, in_limits, read_scheme
from kpi_xl.glossary import AWAITING, GRADE, POINTS
from kpi_xl.numbers import format_plain, parse_amount, round_points
from kpi_xl.periods import Period
from kpi_xl.schemes.model import Grade, Scheme
from kpi_xl.scoring import PastResult

PENDING = AWAITING
"""What stands where a grade would, while an indicator has no data."""

_BETWEEN = "；"
_MOST_RESULTS = 1200
TOTALS_NOT_BELOW_ONE = 50
"""From these full marks on nobody's total is above 0 and at most 1."""
SMALL_TOTALS = 5
"""Full marks of the least schemes: where the best of a ranking has no more, 0.87 may be a total."""


def read_score(cell: Cell, what: str = POINTS) -> Decimal:
    """Read a score in points. ``87%`` is refused: nobody can tell 87 from 0.87. Raises CellError (``待评`` for a pending one)."""
    if isinstance(cell, str):
        word = plain(cell)
        if word.startswith(PENDING):
            raise CellError(PENDING)
        if word.endswith("%"):
            raise CellError(f"参数错误：{what}应为数字，不带百分号")
        points = parse_amount(word, UNIT_WORDS["points"])
        return number(cell if points is None else points, what)
    return number(cell, what)


def read_total(scheme: Scheme, cell: Cell) -> Decimal:
    """Read a total of a scheme: one of 0.87 under full marks of 50 or 100 is what a cell formatted as 87 % holds; refused."""
    total = read_score(cell)
    if scheme.total >= TOTALS_NOT_BELOW_ONE and 0 < total <= 1:
        raise _doubtful(total)
    return total


def _doubtful(total: Decimal) -> CellError:
    return CellError(f"参数错误：得分 {format_plain(total, 6)} 像是百分数；87% 请填 87，不带百分号")


def grade(score: object, scheme: object = None) -> Cell:
    """Return the grade's name for each score."""
    chosen = read_scheme(scheme)
    return elementwise(lambda cell: find_grade(chosen, read_total(chosen, cell)).name, score)


def coefficient(score: object, scheme: object = None) -> Cell:
    """Return the coefficient of each score's grade; a grade without one says so in words, so that no bonus comes out of it."""
    chosen = read_scheme(scheme)
    return elementwise(lambda cell: as_cell(_coefficient(find_grade(chosen, read_total(chosen, cell)))), score)


def _coefficient(found: Grade) -> Decimal:
    if found.coefficient is None:
        raise CellError(f"无系数（{found.name}）")
    return found.coefficient


def action(score: object, scheme: object = None) -> Cell:
    """Return what the scheme says follows from each score's grade."""
    chosen = read_scheme(scheme)
    return elementwise(lambda cell: _BETWEEN.join(find_grade(chosen, read_total(chosen, cell)).actions), score)


def bonus(base: object, score: object, scheme: object = None) -> Cell:
    """Return the bonus, rounded to cents: base x coefficient, or base x score / full marks where the scheme says so.

    Without a coefficient it says why there is no bonus.
    """
    chosen = read_scheme(scheme)

    def one(base_cell: Cell, score_cell: Cell) -> Cell:
        amount = number(base_cell, "奖金基数")
        if amount < 0:
            raise CellError("参数错误：奖金基数不能为负数")
        points = in_limits(chosen, read_total(chosen, score_cell))
        try:
            return as_cell(scoring.bonus(amount, points, chosen).amount)
        except KpiError as error:
            raise CellError(error.message.zh) from error

    return elementwise(one, base, score)


def rank(score: object, scores: object) -> Cell:
    """Return the place of each score among all scores, the highest first; equal scores share the place (1, 2, 2, 4).

    Scores are compared as they are printed, with 2 decimals. Blank and pending ones among the scores have no place. Scores above
    0 and up to 1, which is how cells keep percentages, are refused unless all are out of five.
    """
    ranking = _ranking(scores)

    def one(cell: Cell) -> Cell:
        place = ranking.places.get(ranking.checked(read_score(cell)))
        if place is None:
            raise CellError("参数错误：得分不在排名区域内")
        return place

    return elementwise(one, score)


@dataclass(frozen=True)
class _Ranking:
    """The places by printed score, and whether scores up to 1 are totals (the best of all has no more than 5)."""

    places: Mapping[Decimal, int | None]
    out_of_five: bool

    @classmethod
    def of(cls, rows: Block) -> _Ranking:
        """Rank the scores of a range. Raises CellError."""
        totals = each(rows, read_score, _has_no_place)
        ranking = cls({}, 1 < max(totals, default=Decimal(0)) <= SMALL_TOTALS)
        printed = [ranking.checked(total) for total in totals]
        return cls(dict(zip(printed, scoring.rank(printed), strict=True)), ranking.out_of_five)

    def checked(self, total: Decimal) -> Decimal:
        """Return the score as it is printed. Raises CellError for one that may be a percentage."""
        if 0 < total <= 1 and not self.out_of_five:
            raise _doubtful(total)
        return round_points(total)


_ranking = remembered(_Ranking.of)


def _has_no_place(cell: Cell) -> bool:
    return is_missing(cell) or (isinstance(cell, str) and plain(cell).startswith(PENDING))


def _history(grades: object, known: Collection[str] | None = None) -> list[PastResult]:
    """Return the final grades as results of months in a row, the latest last; blank and 待评 neither continue nor break a run.

    Raises CellError for a grade that is not `known` (None: any may be one).
    """

    def one(cell: Cell) -> str:
        name = text(cell, GRADE)
        if known is not None and name not in known and not name.startswith(PENDING):
            raise CellError(f"参数错误：方案中没有等级“{shown(name)}”")
        return name

    final = [name for name in each(grades, one) if not name.startswith(PENDING)]
    if len(final) > _MOST_RESULTS:
        raise CellError(f"参数错误：历次等级最多 {_MOST_RESULTS} 个")
    month = Period.parse("2000-01")
    history = []
    for name in final:
        history.append(PastResult(month, None, name))
        month = Period(month.end, "month")
    return history


def streak(grades: object, grade: object) -> Cell:
    """Return how many of the latest results in a row are of that grade; `grades` from the earliest to the latest."""
    history = _history(grades)
    return elementwise(lambda cell: scoring.streak(history, text(cell, GRADE), "month").count, grade)


def next_step(grades: object, scheme: object = None) -> Cell:
    """Return what the scheme's streak rules ask for after these results, or else the actions of the latest grade."""
    chosen = read_scheme(scheme)
    known = {grade.name: grade for grade in chosen.grades}
    history = _history(grades, known)
    step = scoring.next_step(chosen, history, "month")
    if step.run is None:
        return ""
    return _BETWEEN.join([rule.action for rule in step.due] or known[step.run.grade].actions)
