"""The native forms of what follows from a score: grade, coefficient, actions, bonus, rank, streaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kpi_xl.cell_words import MISSING_WORDS
from kpi_xl.functions.grading import SMALL_TOTALS, TOTALS_NOT_BELOW_ONE
from kpi_xl.native import arithmetic
from kpi_xl.native.forms import Form, NoNativeFormError, Operand, Standard, says

_DOUBTFUL = '"参数错误：得分像是百分数；87% 请填 87，不带百分号"'


def _grade(standard: Standard, terms: Sequence[Operand]) -> str:
    return _graded(standard, terms[0], lambda score: arithmetic.lookup(score, standard.plan, "name"))


def _coefficient(standard: Standard, terms: Sequence[Operand]) -> str:
    return _graded(standard, terms[0], lambda score: _factor(standard, score, "无系数（", "）"))


def _action(standard: Standard, terms: Sequence[Operand]) -> str:
    def shown(score: str) -> str:
        found = arithmetic.lookup(score, standard.plan, "actions")  # an empty cell found counts as 0, in some programs as "0"
        return f'IF({found}=0,"",SUBSTITUTE({found}&"",CHAR(10),"；"))'

    return _graded(standard, terms[0], shown)


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
        return f'IF(ISNUMBER({factor}),ROUND(ROUND({base}*{factor},8),2),"“"&{name}&"”没有绩效系数，不能计算奖金")'

    paid = _graded(standard, score, shown, graded=rule.by != "total")
    usable = f'IF(ISNUMBER({base}),IF({base}<0,"参数错误：奖金基数不能为负数",{paid}),"参数错误：奖金基数应为数字")'
    return f'IF(({base}="")+({score}="")>0,"",{usable})'


def _graded(standard: Standard, score: Operand, shown: Callable[[str], str], *, graded: bool = True) -> str:
    """Show what belongs to the grade of a score, rounded as it is printed; 待评 and blank stay, others are refused.

    `graded`: it needs a grade (a bonus by the total does not).
    """
    low, high = standard.limits
    rounded = f"ROUND(ROUND({score},8),2)"
    found = shown(rounded) if standard.scheme.grades or not graded else '"本方案不设等级"'
    if graded and standard.scheme.grades and min(grade.lower for grade in standard.scheme.grades) > standard.scheme.limits[0]:
        found = f'IFERROR({found},"本方案没有这个得分的等级")'
    if standard.scheme.total >= TOTALS_NOT_BELOW_ONE:
        found = f"IF(({score}>0)*({score}<=1),{_DOUBTFUL},{found})"
    inside = f'IF(({rounded}>={low})*({rounded}<={high}),{found},"参数错误：总分不在方案的范围内")'
    other = f'IF(LEFT({score},2)="待评","待评",IF(TRIM({score})="","","参数错误：得分应为数字"))'
    return f"IF(ISNUMBER({score}),{inside},{other})"


def _factor(standard: Standard, score: str, before: str, behind: str) -> str:
    """The coefficient, or the grade's name in words where it has none."""
    factor = arithmetic.lookup(score, standard.plan, "coefficient")
    name = arithmetic.lookup(score, standard.plan, "name")
    return f'IF(ISNUMBER({factor}),{factor},"{before}"&{name}&"{behind}")'


def _rank(standard: Standard, terms: Sequence[Operand]) -> str:
    """1 + how many scores are higher, compared as they are printed; a score that is not among them has no place."""
    score, scores = terms
    rounded = f"ROUND(ROUND({score},8),2)"

    def at_least(bound: str) -> str:
        return f"SUMPRODUCT(ISNUMBER({scores})*({scores}>={bound}))"

    # a score is printed higher when it is at least half a cent above; 5E-9 is what ROUND(x,8) gives on top
    higher, same = at_least(f"{rounded}+0.004999995"), at_least(f"{rounded}-0.005000005")
    found = f'IF({same}={higher},"参数错误：得分不在排名区域内",1+{higher})'
    doubtful = f"SUMPRODUCT(ISNUMBER({scores})*({scores}>0)*({scores}<=1))+({score}>0)*({score}<=1)"
    large = f"(MAX({scores})<=1)+(MAX({scores})>{SMALL_TOTALS})"
    found = f"IF(({doubtful})*({large})>0,{_DOUBTFUL},{found})"
    other = f'IF(LEFT({score},2)="待评","待评",IF(TRIM({score})="","","参数错误：得分应为数字"))'
    return f"IF(ISNUMBER({score}),{found},{other})"


def _streak(standard: Standard, terms: Sequence[Operand]) -> str:
    """How many of the latest grades are `grade`: those behind the last one that is another (blank and 待评 are none)."""
    grades, grade = terms
    cells = grades.cells
    if cells is None or (cells.left != cells.right and cells.top != cells.bottom):
        raise NoNativeFormError("历次等级不是一行或一列单元格", "the grades are not one row or column of cells")
    place = f"ROW({grades})" if cells.left == cells.right else f"COLUMN({grades})"
    same = f"(TRIM({grades})=TRIM({grade}))"
    other = f'SUMPRODUCT(MAX({says(grades, MISSING_WORDS)}*(LEFT({grades},2)<>"待评")*(1-{same})*{place}))'
    return f'IF(TRIM({grade})="","",SUMPRODUCT({same}*({place}>{other})))'


FORMS: Mapping[str, Form] = {
    "KPI_GRADE": _grade,
    "KPI_COEFFICIENT": _coefficient,
    "KPI_ACTION": _action,
    "KPI_BONUS": _bonus,
    "KPI_STREAK": _streak,
    "KPI_RANK": _rank,
}
