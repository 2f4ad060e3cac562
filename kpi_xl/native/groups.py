"""The native forms of figures by rows and groups, and of deadlines in calendar days.

Masks are made by operators alone: not every program evaluates TRIM or ISNUMBER of a range inside SUMPRODUCT. ``x<""`` is true of
numbers and of nothing else: number < text < boolean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kpi_xl.cell_words import MISSING, MISSING_STARTS, MISSING_WORDS
from kpi_xl.functions.grading import SMALL_TOTALS
from kpi_xl.glossary import AWAITING, WEIGHT
from kpi_xl.native.figures import no_date
from kpi_xl.native.forms import NO_DATA, Form, NoNativeFormError, Operand, Standard
from kpi_xl.ooxml.refs import Area


def _area(cells: Operand, what: str) -> Area:
    area = cells.cells
    if area is None:
        raise NoNativeFormError(f"{what}不是直接选的单元格区域", f"{what} is no plain range")
    return area


def _size(area: Area) -> tuple[int, int]:
    return area.bottom - area.top + 1, area.right - area.left + 1


def _not_numbers(cells: Operand, mask: str = "1") -> str:
    """Return how many cells (of those in the mask) hold neither a number, nor nothing, nor a word that means nothing."""
    words = "+".join(f'({cells}="{word}")' for word in (*MISSING, *MISSING_WORDS, " "))
    return f'SUMPRODUCT({mask}*(({cells}&""<>"")-({cells}<"")-({words})))'


def _starting(cells: Operand, starts: Sequence[str], keys: str = "") -> str:
    """Return how many cells begin with one of the words; `keys`: ``range,key,`` of the rows that count."""
    return "+".join(f'COUNTIFS({keys}{cells},"{start}*")' for start in starts)


def _weighted(standard: Standard, terms: Sequence[Operand]) -> str:
    """The weighted mean of the numbers; in words how many are missing."""
    values, weights = terms
    size, factors = _size(_area(values, "数值")), _size(_area(weights, WEIGHT))
    count = size[0] * size[1]
    if count != factors[0] * factors[1] or (size != factors and 1 not in size):
        raise NoNativeFormError("每人一行的加权平均没有单个的公式", "a table of people needs a formula for each of them")
    if size != factors:
        raise NoNativeFormError("数值和权重的方向不同", "values and weights run in different directions")
    present = f'SUMPRODUCT(({values}<"")*1,{weights})'
    mean = f'SUMPRODUCT(({values}<"")*1,{weights},{values})/{present}'
    lacks = f'TEXT(ROUND(ROUND({mean},8),2),"0.00")&"（缺 "&({count}-COUNT({values}))&" 项，按其余权重折算）"'
    shown = f'IF({present}=0,"参数错误：有数据的各项权重之和为 0",IF(COUNT({values})={count},{mean},{lacks}))'
    shown = f"IF(COUNT({values})=0,{NO_DATA},{shown})"
    wrong = f"{_not_numbers(values)}-({_starting(values, (*MISSING_STARTS, AWAITING))})"
    shown = f'IF({wrong}>0,"参数错误：数值应为数字",{shown})'
    negative = f'SUMPRODUCT(({weights}<"")*({weights}<0))'
    usable = f'IF(SUM({weights})=0,"参数错误：权重之和为 0",{shown})'
    return f'IF((COUNT({weights})<{count})+{negative}>0,"参数错误：权重应为不小于 0 的数字",{usable})'


def _group(key: Operand, keys: Operand, shown: Callable[[str, str], str]) -> str:
    """Show a figure of the rows of a key: `shown` gets the mask and what COUNTIFS needs for it.

    Keys are compared as texts in any case; one with a blank before or behind it, which a function would not mind, is refused.
    """
    _area(keys, "分组")
    if key.cells is not None and _size(key.cells) != (1, 1):
        raise NoNativeFormError("对一片区域逐格计算，请每格写一个公式", "over an area: write a formula a cell")
    mask = f'({keys}&""={key}&"")'
    blanks = f'COUNTIF({keys}," *")+COUNTIF({keys},"* ")+(TRIM({key})<>{key}&"")'
    found = f'IF({blanks}>0,"参数错误：分组的前后有空格",{shown(mask, f"{keys},{key},")})'
    return f'IF(TRIM({key})="","",{found})'


def _rank_by(standard: Standard, terms: Sequence[Operand]) -> str:
    """1 + how many scores of the group are higher, compared as they are printed."""
    score, group, scores, groups = terms
    _same_size(scores, groups)
    rounded = f"ROUND(ROUND({score},8),2)"

    def shown(mask: str, keys: str) -> str:
        def among(condition: str) -> str:
            return f'SUMPRODUCT({mask}*({scores}<"")*{condition})'

        higher, same = among(f"({scores}>={rounded}+0.004999995)"), among(f"({scores}>={rounded}-0.005000005)")
        found = f'IF({same}={higher},"参数错误：得分不在排名区域内",1+{higher})'
        part = among(f"({scores}>0)*({scores}<=1)")
        five = f"({among(f'({scores}>{SMALL_TOTALS})')}=0)*({among(f'({scores}>1)')}>0)"
        doubtful = f"({part}+({score}>0)*({score}<=1)*ISNUMBER({score}))*(1-{five})"
        wrong = f"{_not_numbers(scores, mask)}-({_starting(scores, (*MISSING_STARTS, AWAITING), keys)})"
        other = f'IF(LEFT({score},2)="待评","待评","参数错误：得分应为数字")'
        found = f"IF(ISNUMBER({score}),{found},{other})"
        found = f'IF({doubtful}>0,"参数错误：得分像是百分数；87% 请填 87，不带百分号",{found})'
        found = f'IF({wrong}>0,"参数错误：得分应为数字",{found})'
        return f'IF(SUMPRODUCT({mask}*1)=0,"参数错误：没有这个分组",{found})'

    return f'IF(TRIM({score})="","",{_group(group, groups, shown)})'


def _same_size(cells: Operand, keys: Operand) -> None:
    if _size(_area(cells, "数值")) != _size(_area(keys, "分组")):
        raise NoNativeFormError("两片区域大小不同", "the two ranges differ in size")


def _mean_by(standard: Standard, terms: Sequence[Operand]) -> str:
    key, keys, ratings = terms
    _same_size(ratings, keys)

    def shown(mask: str, counted: str) -> str:
        numbers = f'{mask}*({ratings}<"")'
        mean = f"SUMPRODUCT({numbers},{ratings})/SUMPRODUCT({numbers})"
        found = f"IF(SUMPRODUCT({numbers})=0,{NO_DATA},{mean})"
        parts = f"SUMPRODUCT({numbers}*({ratings}>0)*({ratings}<1))*SUMPRODUCT({numbers}*({ratings}>1))"
        found = f'IF({parts}>0,"参数错误：评分混用了小数和分数（如 0.95 和 4），请统一",{found})'
        return _rated(ratings, mask, counted, f"SUMPRODUCT({numbers}*({ratings}<0))", found, "评分应为不小于 0 的数字")

    return _group(key, keys, shown)


def _nps_by(standard: Standard, terms: Sequence[Operand]) -> str:
    key, keys, ratings = terms
    _same_size(ratings, keys)

    def shown(mask: str, counted: str) -> str:
        numbers = f'{mask}*({ratings}<"")'

        def among(condition: str) -> str:
            return f"SUMPRODUCT({numbers}*({ratings}{condition}))"

        figure = f"100*({among('>=9')}-{among('<=6')})/SUMPRODUCT({numbers})"
        found = f"IF(SUMPRODUCT({numbers})=0,{NO_DATA},{figure})"
        part = f"SUMPRODUCT({numbers}*({ratings}>0)*({ratings}<1))"
        wrong = f"{among('<0')}+{among('>10')}+{part}"
        return _rated(ratings, mask, counted, wrong, found, "推荐意愿应为 0 到 10 的数字")

    return _group(key, keys, shown)


def _rated(ratings: Operand, mask: str, counted: str, wrong: str, found: str, expected: str) -> str:
    words = f"{_not_numbers(ratings, mask)}-({_starting(ratings, MISSING_STARTS, counted)})"
    return f'IF({wrong}+{words}>0,"参数错误：{expected}",{found})'


def _deadline(standard: Standard, terms: Sequence[Operand]) -> str:
    """The day plus calendar days; working days need a calendar that no formula has."""
    start, days = terms[0], terms[1] if len(terms) > 1 and terms[1].text != '""' else None
    if days is None:
        if standard.scheme.appeal is None or standard.scheme.appeal.days is None:
            raise NoNativeFormError("本方案没有规定申诉期限", "the scheme sets no term for appeals")
        days = Operand(standard.plan.ref("scheme", "appeal.days"))
    if days.literal is not None:
        raise NoNativeFormError("天数写成文字的（如工作日）没有原生公式", "a term in words has no native form")
    usable = f"IF(ISNUMBER({days}),({days}<1)+({days}<>INT({days})),1)"
    found = f'IF({usable}>0,"参数错误：天数应为不小于 1 的整数（工作日没有原生公式）",INT({start}*1)+{days})'
    refusal = '"参数错误：起算日期应为日期"'
    found = f"IFERROR(IF({no_date(start)}>0,{refusal},{found}),{refusal})"
    return f'IF((TRIM({start})="")+(TRIM({days})="")>0,"",{found})'


FORMS: Mapping[str, Form] = {
    "KPI_WEIGHTED": _weighted,
    "KPI_RANK_BY": _rank_by,
    "KPI_MEAN_BY": _mean_by,
    "KPI_NPS_BY": _nps_by,
    "KPI_DEADLINE": _deadline,
}
