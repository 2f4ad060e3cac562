"""The native forms of figures from cells: rates, mean rating, satisfaction, NPS, first-contact resolution, hours, CS."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kpi_xl.cell_words import FIRST_RESOLVED, MISSING_WORDS, NO, NOT_FIRST_RESOLVED, YES
from kpi_xl.functions.rates import FIVE, SATISFIED, SCALES, UNSATISFIED
from kpi_xl.native.forms import NO_DATA, Form, NoNativeFormError, Operand, Standard, count_given, one_of, says

_ANSWERS = 4


def _rate(standard: Standard, terms: Sequence[Operand]) -> str:
    hits, of = terms
    share = f'IF({of}>0,{hits}/{of},IF({of}=0,{NO_DATA},"参数错误：分母应为不小于 0 的数字"))'
    words = f"({says(hits, MISSING_WORDS)})*({says(of, MISSING_WORDS)})"
    other = NO_DATA if standard.brief else f'IF({words}>0,"参数错误：分子和分母应为数字",{NO_DATA})'
    return f'IF((TRIM({hits})="")+(TRIM({of})="")>0,"",IF(ISNUMBER({hits})*ISNUMBER({of})>0,{share},{other}))'


def _mean_rating(standard: Standard, terms: Sequence[Operand]) -> str:
    (ratings,) = terms
    shown = f"IF(COUNT({ratings})=0,{NO_DATA},AVERAGE({ratings}))"
    parts = f"SUMPRODUCT(ISNUMBER({ratings})*({ratings}>0)*({ratings}<1))"
    shown = f'IF((MAX({ratings})>1)*{parts}>0,"参数错误：评分混用了小数和分数（如 0.95 和 4），请统一",{shown})'
    shown = f'IF(SUMPRODUCT(ISNUMBER({ratings})*({ratings}<0))>0,"参数错误：评分不能为负数",{shown})'
    return f'IF({count_given(ratings, MISSING_WORDS)}>COUNT({ratings}),"参数错误：评分应为数字",{shown})'


def _nps(standard: Standard, terms: Sequence[Operand]) -> str:
    (ratings,) = terms

    def among(condition: str) -> str:
        return f"SUMPRODUCT(ISNUMBER({ratings})*({ratings}{condition}))"

    listed = count_given(ratings, MISSING_WORDS)
    part = f"SUMPRODUCT(ISNUMBER({ratings})*({ratings}>0)*({ratings}<1))"
    wrong = f'IF(({listed}>COUNT({ratings}))+{among("<0")}+{among(">10")}+{part}>0,"参数错误：推荐意愿应为 0 到 10 的数字"'
    return f"IF({listed}=0,{NO_DATA},{wrong},100*({among('>=9')}-{among('<=6')})/COUNT({ratings})))"


def _csat(standard: Standard, terms: Sequence[Operand]) -> str:
    """Satisfied / valid ratings, numbers and words; a word that is neither is refused."""
    ratings, given = terms[0], terms[1] if len(terms) > 1 and terms[1].text != '""' else None
    limit = f"IF(ISNUMBER({given}),{given},4)" if given else "4"
    yes = f"(ISNUMBER({ratings})*({ratings}>={limit})+{one_of(ratings, sorted(SATISFIED))}>0)"
    no = f"(ISNUMBER({ratings})*({ratings}<{limit})+{one_of(ratings, sorted(UNSATISFIED))}>0)"
    share = _share(ratings, yes, no, MISSING_WORDS, "评分应为数字或满意/不满意")
    share = _within_scale(ratings, limit, share)
    return f'IF({count_given(given, MISSING_WORDS)}>COUNT({given}),"参数错误：满意起点应为数字",{share})' if given else share


def _within_scale(ratings: Operand, limit: str, share: str) -> str:
    """Refuse ratings that the scale of the limit does not have, as the function does."""
    least, *others, most = SCALES
    scale = str(most)
    for one in (*reversed(others), least):
        scale = f"IF({limit}<={one},{one},{scale})"
    part = f"({ratings}>0)*({ratings}<1)*({limit}>{least})+({ratings}=0)*({scale}={FIVE})"
    outside = f"SUMPRODUCT(ISNUMBER({ratings})*(({ratings}>{scale})+({ratings}<0)+{part}))"
    share = f'IF({outside}>0,"参数错误：评分不在满意起点所属的分制内，请写明满意起点",{share})'
    return f'IF(({limit}<=0)+({limit}>{most})>0,"参数错误：满意起点应为大于 0、不超过 {most} 的数字",{share})'


def _fcr(standard: Standard, terms: Sequence[Operand]) -> str:
    """Yes / (yes + no); a mark that is neither is refused."""
    (flags,) = terms
    yes = f"(({flags}=1)+({flags}=TRUE)+{one_of(flags, (*YES, *FIRST_RESOLVED))}>0)"
    no = f'((({flags}=0)+({flags}=FALSE)+{one_of(flags, (*NO, *NOT_FIRST_RESOLVED))}>0)*({flags}<>""))'
    return _share(
        flags, yes, no, [word for word in MISSING_WORDS if word not in NO], "首次解决标记应为是/否（或 1/0、TRUE/FALSE）"
    )


def _share(cells: Operand, yes: str, no: str, missing: Collection[str], expected: str) -> str:
    """Yes / (yes + no); cells with words of `missing`, or of those that always mean nothing, are left out, others refused."""
    valid = f"SUMPRODUCT({yes}+{no})"
    listed = count_given(cells, missing)
    return f'IF({listed}=0,{NO_DATA},IF({valid}<{listed},"参数错误：{expected}",SUMPRODUCT({yes}*1)/{valid}))'


def _hours(standard: Standard, terms: Sequence[Operand]) -> str:
    """Hours from creation to close, both to the second."""
    created, closed = terms
    hours = f"(ROUND({closed}*86400,0)-ROUND({created}*86400,0))/3600"
    later = f'IF({closed}*1<{created}*1,"参数错误：办结时间早于创建时间",{hours})'
    return f'IF(({created}="")+({closed}="")>0,"",{later})'


def _customer_score(standard: Standard, terms: Sequence[Operand]) -> str:
    """25 x answer / 100 over the four answers of one customer."""
    (answers,) = terms
    cells = answers.cells
    if cells is None or (cells.bottom - cells.top, cells.right - cells.left) not in ((0, _ANSWERS - 1), (_ANSWERS - 1, 0)):
        raise NoNativeFormError("答案不是一位客户的 4 格", "the answers are not the four cells of one customer")
    allowed = f"({answers}=100)+({answers}=75)+({answers}>=0)*({answers}<=25)"
    points = f"SUMPRODUCT(ROUND(ROUND({answers}*25/100,8),2))"
    checked = f'IF(SUMPRODUCT(ISNUMBER({answers})*({allowed}))=4,{points},"参数错误：答案应为 100、75 或 0–25")'
    return f'IF(COUNT({answers})=0,"",IF(COUNT({answers})<4,"待评：缺题",{checked}))'


FORMS: Mapping[str, Form] = {
    "KPI_RATE": _rate,
    "KPI_MEAN_RATING": _mean_rating,
    "KPI_NPS": _nps,
    "KPI_CSAT": _csat,
    "KPI_FCR": _fcr,
    "KPI_HOURS": _hours,
    "KPI_CS": _customer_score,
}
