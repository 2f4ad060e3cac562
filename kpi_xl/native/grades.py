"""The native forms of what follows from a score: grade, coefficient, actions, bonus, rank, streaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kpi_xl.cell_words import MISSING, MISSING_STARTS, MISSING_WORDS
from kpi_xl.functions.grading import PENDING, SMALL_TOTALS, TOTALS_NOT_BELOW_ONE
from kpi_xl.native import arithmetic
from kpi_xl.native.forms import (
    Form,
    NoNativeFormError,
    Operand,
    Standard,
    among,
    computes_arrays,
    is_blank,
    is_number,
    is_space,
    plainly,
    says,
    says_anything,
)

_UNREAD = '"参数错误：历次等级中有空格或不是等级名称的内容，请改正"'
_DOUBTFUL = '"参数错误：得分像是百分数；87% 请填 87，不带百分号"'


def _grade(standard: Standard, terms: Sequence[Operand]) -> str:
    return graded_by(standard, terms[0], lambda score: arithmetic.lookup(score, standard.plan, "name"))


def _coefficient(standard: Standard, terms: Sequence[Operand]) -> str:
    return graded_by(standard, terms[0], lambda score: _factor(standard, score, "无系数（", "）"))


def _action(standard: Standard, terms: Sequence[Operand]) -> str:
    def shown(score: str) -> str:
        found = arithmetic.lookup(score, standard.plan, "actions")  # an empty cell found counts as 0, in some programs as "0"
        return f'IF({found}=0,"",SUBSTITUTE({found}&"",CHAR(10),"；"))'

    return graded_by(standard, terms[0], shown)


def _bonus(standard: Standard, terms: Sequence[Operand]) -> str:
    """Base x coefficient (or x score / full marks), to cents; in words where the grade has no coefficient."""
    base, score = terms
    rule, total = standard.scheme.bonus, standard.plan.ref("scheme", "total")
    if rule is None:
        raise NoNativeFormError("本方案没有奖金规则", "the scheme has no bonus rule")

    def shown(rounded: str) -> str:
        if rule.by == "total":
            return f"ROUND(ROUND({base}*{rounded}/{total},8),2)"
        factor = arithmetic.lookup(rounded, standard.plan, "coefficient")
        name = arithmetic.lookup(rounded, standard.plan, "name")
        return f'IFERROR(ROUND(ROUND({base}*{factor},8),2),"“"&{name}&"”没有绩效系数，不能计算奖金")'

    paid = graded_by(standard, score, shown, graded=rule.by != "total")
    usable = f'IF(ISNUMBER({base}),IF({base}<0,"参数错误：奖金基数不能为负数",{paid}),"参数错误：奖金基数应为数字")'
    return f'IF(({is_blank(base)})+({is_blank(score)})>0,"",{usable})'


def graded_by(standard: Standard, score: Operand, shown: Callable[[str], str], *, graded: bool = True) -> str:
    """Show what belongs to the grade of a score, rounded as it is printed; 待评 and blank stay, others are refused.

    `graded`: it needs a grade (a bonus by the total does not).
    """
    low, high = standard.limits
    rounded = f"ROUND(ROUND({score},8),2)"
    found = shown(rounded) if standard.scheme.grades or not graded else '"本方案不设等级"'
    if graded and standard.scheme.grades and min(grade.lower for grade in standard.scheme.grades) > standard.scheme.limits[0]:
        found = f'IFERROR({found},"本方案没有这个得分的等级")'
    if standard.scheme.total >= TOTALS_NOT_BELOW_ONE:
        found = f"IF(ROUNDUP({score},0)=1,{_DOUBTFUL},{found})"  # above 0 and at most 1
    inside = f'IF(({rounded}>={low})*({rounded}<={high}),{found},"参数错误：总分不在方案的范围内")'
    return f"IF(ISNUMBER({score}),{inside},{_no_score(score)})"


def _no_score(score: Operand) -> str:
    """Show what stands for a score that is no number: 待评 and blank stay."""
    return f'IF(LEFT(TRIM({score}),{len(PENDING)})="{PENDING}","{PENDING}",IF({is_blank(score)},"","参数错误：得分应为数字"))'


def _factor(standard: Standard, score: str, before: str, behind: str) -> str:
    """The coefficient, or the grade's name in words where it has none."""
    factor = arithmetic.lookup(score, standard.plan, "coefficient")
    name = arithmetic.lookup(score, standard.plan, "name")
    return f'IF(ISNUMBER({factor}),{factor},"{before}"&{name}&"{behind}")'


def _rank(standard: Standard, terms: Sequence[Operand]) -> str:
    """1 + how many scores are higher, compared as they are printed; a score that is not among them has no place."""
    score, scores = terms[0], terms[1].as_range
    if score.several and not scores.is_reference:
        raise NoNativeFormError("排名区域不是单元格区域", "the scores to rank among are no cells")
    rounded = f"ROUND(ROUND({score},8),2)"

    def at_least(bound: str) -> str:
        if scores.is_reference:
            return f'COUNTIF({scores},">="&{bound})'
        return f"SUMPRODUCT({is_number(scores)}*({scores}>={bound}))"

    # a score is printed higher when it is at least half a cent above; 5E-9 is what ROUND(x,8) gives on top
    higher, same = at_least(f"({rounded}+0.004999995)"), at_least(f"({rounded}-0.005000005)")
    found = f'IF({same}={higher},"参数错误：得分不在排名区域内",1+{higher})'
    large = f"(MAX({scores})<=1)+(MAX({scores})>{SMALL_TOTALS})"
    found = f"IF(({score}>0)*({score}<=1)*({large})>0,{_DOUBTFUL},{found})"
    doubtful = f"SUMPRODUCT({is_number(scores)}*({scores}>0)*({scores}<=1))*({large})"
    found = f"IF({doubtful}>0,{_DOUBTFUL},IF(ISNUMBER({score}),{found},{_no_score(score)}))"
    return f'IF({_unranked(scores)}>0,"参数错误：排名区域中应为数字",{found})'


def _unranked(scores: Operand) -> str:
    """Return how many of the scores are neither a number nor pending nor nothing."""
    pending = f'+COUNTIF({scores},"{PENDING}*")' if scores.is_reference else ""
    given = f'SUMPRODUCT({says(scores, MISSING_WORDS)}*(LEFT(TRIM({scores}),{len(PENDING)})<>"{PENDING}"))'
    longer = f"IF({computes_arrays(scores)},{given}-COUNT({scores}),1)"
    return f"IF({plainly(scores, is_number(scores), MISSING_WORDS)}{pending},0,{longer})"


def _streak(standard: Standard, terms: Sequence[Operand]) -> str:
    """How many of the latest grades are `grade`: those behind the last one that is another (blank and 待评 are none)."""
    grades, grade = terms[0].as_range, terms[1]
    cells = grades.cells
    if cells is None or (cells.left != cells.right and cells.top != cells.bottom):
        raise NoNativeFormError("历次等级不是一行或一列单元格", "the grades are not one row or column of cells")
    if grade.is_block:
        raise NoNativeFormError("要数的等级不是一个单元格", "the grade to count is not a single cell")
    place = f"ROW({grades})" if cells.left == cells.right else f"COLUMN({grades})"

    def behind(same: str, given: str) -> str:
        last = f"SUMPRODUCT(LARGE({given}*(1-{same})*{place},1))"
        return f"SUMPRODUCT({same}*({place}>{last}))"

    plain = f"{says_anything(grades)}*(1-({is_space(grades)}+{among(grades, (PENDING, *MISSING, *MISSING_WORDS))}))"
    longer = f'{says(grades, MISSING_WORDS)}*(LEFT(TRIM({grades}),{len(PENDING)})<>"{PENDING}")'
    odd = ("?* ", " ?*", *(f"{start}?*" for start in (PENDING, *MISSING_STARTS)))
    stray = "+".join(f'COUNTIF({grades},"{pattern}")' for pattern in odd)
    flags = f"COUNTIF({grades},TRUE)+COUNTIF({grades},FALSE)"
    counted = f"IF({computes_arrays(grades)},{behind(f'(TRIM({grades})=TRIM({grade}))', longer)},{_UNREAD})"
    counted = f"IF({stray}=0,{behind(f'({grades}=TRIM({grade}))', plain)},{counted})"
    counted = f"IF({flags}>0,{_UNREAD},{counted})"
    return f'IF({is_blank(grade)},"",{counted})'


FORMS: Mapping[str, Form] = {
    "KPI_GRADE": _grade,
    "KPI_COEFFICIENT": _coefficient,
    "KPI_ACTION": _action,
    "KPI_BONUS": _bonus,
    "KPI_STREAK": _streak,
    "KPI_RANK": _rank,
}
