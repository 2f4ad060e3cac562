"""The native forms of figures from cells: rates, mean rating, satisfaction, NPS, first-contact resolution, hours, CS."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from kpi_xl.cell_words import FIRST_RESOLVED, MISSING_WORDS, NO, NOT_FIRST_RESOLVED, YES
from kpi_xl.functions.cells import FLAG_HEADERS, FLAG_WORDS, LAST_SERIAL
from kpi_xl.functions.rates import FIVE, SATISFIED, SCALES, UNSATISFIED
from kpi_xl.native.forms import (
    NO_DATA,
    Form,
    NoNativeFormError,
    Operand,
    Standard,
    among,
    both_say,
    computes_arrays,
    count_given,
    is_blank,
    is_number,
    one_of,
    plainly,
    says,
    says_anything,
    unread,
)

_ANSWERS = 4
_FIRST_YEAR = 1900

_USUAL = re.compile(r"满意|评$|^(一般|是|否)$")
"""The words of satisfaction that a formula has room for; others, which the function knows, are refused."""


def _rate(standard: Standard, terms: Sequence[Operand]) -> str:
    hits, of = terms
    share = f'IF({of}>0,{hits}/{of},IF({of}=0,{NO_DATA},"参数错误：分母应为不小于 0 的数字"))'
    words = both_say(hits, of, MISSING_WORDS)
    other = NO_DATA if standard.brief else f'IF({words}>0,"参数错误：分子和分母应为数字",{NO_DATA})'
    return f'IF(({is_blank(hits)})+({is_blank(of)})>0,"",IF(ISNUMBER({hits})*ISNUMBER({of})>0,{share},{other}))'


def _mean_rating(standard: Standard, terms: Sequence[Operand]) -> str:
    (ratings,) = terms
    shown = f"IF(COUNT({ratings})=0,{NO_DATA},AVERAGE({ratings}))"
    parts = _numbers_among(ratings, ">0", "<1")
    shown = f'IF((MAX({ratings})>1)*{parts}>0,"参数错误：评分混用了小数和分数（如 0.95 和 4），请统一",{shown})'
    shown = f'IF({_numbers_among(ratings, "<0")}>0,"参数错误：评分不能为负数",{shown})'
    return f'IF({unread(ratings, MISSING_WORDS)}>0,"参数错误：评分应为数字",{shown})'


def _nps(standard: Standard, terms: Sequence[Operand]) -> str:
    (ratings,) = terms
    outside = "+".join(_numbers_among(ratings, *bounds) for bounds in (("<0",), (">10",), (">0", "<1")))
    balance = f"100*({_numbers_among(ratings, '>=9')}-{_numbers_among(ratings, '<=6')})/COUNT({ratings})"
    wrong = f"{unread(ratings, MISSING_WORDS)}+{outside}"
    return f'IF({wrong}>0,"参数错误：推荐意愿应为 0 到 10 的数字",IF(COUNT({ratings})=0,{NO_DATA},{balance}))'


def _numbers_among(cells: Operand, *bounds: str) -> str:
    """Return how many numbers keep all bounds (``>=9``)."""
    return f"SUMPRODUCT({'*'.join((is_number(cells), *(f'({cells}{bound})' for bound in bounds)))})"


def _csat(standard: Standard, terms: Sequence[Operand]) -> str:
    """Satisfied / valid ratings, numbers and words; a word that is neither is refused."""
    ratings, given = terms[0], terms[1] if len(terms) > 1 and terms[1].text != '""' else None
    if given is not None and given.is_block:
        raise NoNativeFormError("满意起点不是一个单元格", "the limit is not a single cell")
    limit = f"IF(ISNUMBER({given}),{given},4)" if given else "4"
    satisfied, unsatisfied = ([word for word in sorted(words) if _USUAL.search(word)] for words in (SATISFIED, UNSATISFIED))

    def by(bound: str, words: str) -> str:
        return f"{is_number(ratings)}*({ratings}{bound}{limit})+{words}"

    share = _share(
        ratings,
        (by(">=", among(ratings, satisfied)), by("<", among(ratings, unsatisfied))),
        (by(">=", one_of(ratings, satisfied)), by("<", one_of(ratings, unsatisfied))),
        MISSING_WORDS,
        "评分应为数字或满意/不满意",
    )
    share = _within_scale(ratings, limit, share)
    return f'IF(ISNUMBER({given})+({says(given, MISSING_WORDS)}=0)=0,"参数错误：满意起点应为数字",{share})' if given else share


def _within_scale(ratings: Operand, limit: str, share: str) -> str:
    """Refuse ratings that the scale of the limit does not have, as the function does."""
    least, *others, most = SCALES
    scale = str(most)
    for one in (*reversed(others), least):
        scale = f"IF({limit}<={one},{one},{scale})"
    part = f"({ratings}>0)*({ratings}<1)*({limit}>{least})+({ratings}=0)*({scale}={FIVE})"
    outside = f"SUMPRODUCT({is_number(ratings)}*(({ratings}>{scale})+({ratings}<0)+{part}))"
    share = f'IF({outside}>0,"参数错误：评分不在满意起点所属的分制内，请写明满意起点",{share})'
    return f'IF(({limit}<=0)+({limit}>{most})>0,"参数错误：满意起点应为大于 0、不超过 {most} 的数字",{share})'


def _fcr(standard: Standard, terms: Sequence[Operand]) -> str:
    """Yes / (yes + no); a mark that is neither is refused."""
    (flags,) = terms
    agreed, denied = (*YES, *FIRST_RESOLVED), (*NO, *NOT_FIRST_RESOLVED)
    true = f"(({flags}=1)+({flags}=TRUE)>0)"
    false = f"(({flags}=0)+({flags}=FALSE)>0)*{says_anything(flags)}"
    plain = (f"{true}+{among(flags, agreed)}", f"{false}+{among(flags, denied)}")
    share = _share(
        flags,
        plain,
        (f"({true}+{one_of(flags, agreed)}>0)", f"({false}+{one_of(flags, denied)}>0)"),
        [word for word in MISSING_WORDS if word not in NO],
        "首次解决标记应为是/否（或 1/0、TRUE/FALSE）",
    )
    if not flags.several:
        return share
    only = f"(SUMPRODUCT({among(flags, FLAG_WORDS)})=1)*(SUMPRODUCT({plain[0]}+{plain[1]})>1)"
    header = f"({among(Operand(f'INDEX({flags},1,1)'), FLAG_HEADERS)})*{only}"
    return f'IF({header}>0,"参数错误：第 1 行像是表头，请从数据的第一行选起",{share})'


def _share(cells: Operand, plain: tuple[str, str], longer: tuple[str, str], missing: Collection[str], expected: str) -> str:
    """Yes / (yes + no); cells with words of `missing`, or of those that always mean nothing, are left out, others refused.

    `plain` and `longer`: what is 1 where a cell says yes, and no; by the operators where all cells are plain, else by functions.
    """

    def of(yes: str, no: str) -> str:
        return f"IF(SUMPRODUCT({yes}+{no})=0,{NO_DATA},SUMPRODUCT({yes}+0)/SUMPRODUCT({yes}+{no}))"

    refusal = f'"参数错误：{expected}"'
    read = f"{computes_arrays(cells)},SUMPRODUCT({longer[0]}+{longer[1]})={count_given(cells, missing)}"
    second = f"IF(IF({read},FALSE),{of(*longer)},{refusal})"
    return f"IF({plainly(cells, f'{plain[0]}+{plain[1]}', missing)},{of(*plain)},{second})"


def _hours(standard: Standard, terms: Sequence[Operand]) -> str:
    """Hours from creation to close, both to the second; what is no day since 1900 is refused (20250901 is a number, too).

    A date in text is converted by the program, where it begins with its year: of 01/09/2025 nobody can tell day and month.
    """
    created, closed = terms
    hours = f"(ROUND({closed}*86400,0)-ROUND({created}*86400,0))/3600"
    later = f'IF({closed}*1<{created}*1,"参数错误：办结时间早于创建时间",{hours})'
    outside = "+".join(map(no_date, terms))
    given = "*".join(f"({says(time, MISSING_WORDS)})" for time in terms)
    refusal = '"参数错误：创建和办结时间应为日期"'
    return f'IF({given}=0,"",IFERROR(IF({outside}>0,{refusal},{later}),{refusal}))'


def no_date(time: Operand) -> str:
    """Return a number above 0 where a cell is no day since 1900, an error where it is no date at all."""
    return f"({time}*1<1)+({time}*1>={LAST_SERIAL})+IF(ISNUMBER({time}),0,{_early_year(time)})"


def _early_year(time: Operand) -> str:
    """Return 1 where a text begins with four digits that are no year, an error where it begins otherwise (4/5 is a date, too)."""
    return f'((LEFT(TRIM({time}),4)&"e0")*1<{_FIRST_YEAR})*1'


def _customer_score(standard: Standard, terms: Sequence[Operand]) -> str:
    """25 x answer / 100 over the four answers of one customer, rounded once."""
    (answers,) = terms
    cells = answers.cells
    if cells is None or (cells.bottom - cells.top, cells.right - cells.left) not in ((0, _ANSWERS - 1), (_ANSWERS - 1, 0)):
        raise NoNativeFormError("答案不是一位客户的 4 格", "the answers are not the four cells of one customer")
    places = [f"1,{n}" if cells.top == cells.bottom else f"{n},1" for n in range(1, _ANSWERS + 1)]
    given = "+".join(says(Operand(f"INDEX({answers},{place})"), MISSING_WORDS) for place in places)
    allowed = f"({answers}=100)+({answers}=75)+({answers}>=0)*({answers}<=25)"
    points = f"ROUND(ROUND(SUM({answers})*25/100,8),2)"
    checked = f'IF(SUMPRODUCT({is_number(answers)}*({allowed}))=4,{points},"参数错误：答案应为 100、75 或 0–25")'
    return f'IF({given}=0,"",IF({given}<4,"待评：缺题",{checked}))'


FORMS: Mapping[str, Form] = {
    "KPI_RATE": _rate,
    "KPI_MEAN_RATING": _mean_rating,
    "KPI_NPS": _nps,
    "KPI_CSAT": _csat,
    "KPI_FCR": _fcr,
    "KPI_HOURS": _hours,
    "KPI_CS": _customer_score,
}
