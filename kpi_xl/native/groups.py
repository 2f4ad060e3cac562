"""The native forms of figures by rows and groups, and of deadlines in calendar days.

Which rows belong to a key is judged by the operator ``=`` (any case, ``12`` and the number 12 alike), which every program
computes cell by cell; COUNTIF would take ``0012`` for 12. Where keys hold spaces or cells odd words, functions of a text over a
range are needed, which are arrays in Excel and LibreOffice only: elsewhere the form says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kpi_xl.cell_words import MISSING, MISSING_STARTS, MISSING_WORDS, plain
from kpi_xl.functions.cells import LAST_SERIAL, CellError
from kpi_xl.functions.deadlines import MOST_DAYS, OWN_TERM, read_term
from kpi_xl.functions.grading import SMALL_TOTALS
from kpi_xl.functions.weighted import LARGE
from kpi_xl.glossary import AWAITING
from kpi_xl.native.figures import no_date
from kpi_xl.native.forms import (
    NO_DATA,
    WIDE_SPACE,
    Form,
    NoNativeFormError,
    Operand,
    Standard,
    among,
    computes_arrays,
    is_blank,
    is_number,
    is_space,
    says,
    says_anything,
)
from kpi_xl.native.grades import _DOUBTFUL as DOUBTFUL

_UNREADABLE = '"参数错误：分组的名称中有空格，或单元格中有别的文字，请改为单独的名称和数字"'


# --- operands ------------------------------------------------------------------------------------------------------------------


def _ranges(*terms: Operand) -> list[Operand]:
    """Return references of one size, written with a colon. Raises NoNativeFormError for others, and for what is none."""
    if not all(term.is_reference for term in terms):
        raise NoNativeFormError("不是直接选的单元格区域", "the arguments are no plain ranges")
    sizes = {(area.bottom - area.top, area.right - area.left) for area in (term.cells for term in terms) if area is not None}
    if len(sizes) > 1:
        raise NoNativeFormError("两片区域的行数、列数不同", "the two ranges differ in size")
    return [term.as_range for term in terms]


def _single(term: Operand) -> Operand:
    if term.several:
        raise NoNativeFormError("对一片区域逐格计算，请每格写一个公式", "over an area: write a formula a cell")
    return term


# --- what the cells of a group hold --------------------------------------------------------------------------------------------


def _plain(cells: Operand, mask: str, count: Callable[[str], str], *more: str) -> str:
    """Return the condition that the cells of a mask are blank, numbers, words for nothing or `more`, or reasons behind them.

    `count`: what counts the cells of the mask that are like a pattern (``待评?*``).
    """
    nothing = f"{is_space(cells)}+{among(cells, (*MISSING, *MISSING_WORDS, *more))}"
    longest = max(map(len, MISSING_STARTS))
    patterns = [*(f"{start}："[:longest] + "*" for start in MISSING_STARTS), *(f"{word}?*" for word in more)]
    reasons = count("+".join(f'COUNTIF({cells},"{pattern}")' for pattern in patterns))
    return f"SUMPRODUCT({mask}*{says_anything(cells)})=SUMPRODUCT({mask}*({is_number(cells)}+{nothing}))+{reasons}"


def _among_own(key: Operand, keys: Operand) -> Callable[[str], str]:
    """Return what narrows COUNTIF to the rows of a key. Of one that reads as a number it counts none: ``0012`` is not 12."""
    wild = f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({key},"~","~~"),"*","~*"),"?","~?")'

    criterion = f'COUNTIFS({keys},"="&{wild},'

    def narrowed(counts: str) -> str:
        own = counts.replace("COUNTIF(", criterion)
        return f'IF(ISNUMBER(IFERROR({key}*1,"")),0,{own})'

    return narrowed


def _odd(cells: Operand, mask: str, *, pending: bool) -> str:
    """Return how many cells of a mask say something that is no number; `pending`: 待评 says nothing. Needs `computes_arrays`."""
    told = f'*(LEFT(TRIM({cells}),{len(AWAITING)})<>"{AWAITING}")' if pending else ""
    return f"SUMPRODUCT({mask}*{says(cells, MISSING_WORDS)}{told})-SUMPRODUCT({mask}*{is_number(cells)})"


def _bare(cells: Operand) -> str:
    """Return texts without spaces, as ids are compared."""
    return f'SUBSTITUTE(SUBSTITUTE({cells}," ",""),"{WIDE_SPACE}","")'


Shown = Callable[[str, str], str]
"""What is shown of one's own rows: gets their mask, and how many of their cells are odd ('': none)."""


def _group(key: Operand, keys: Operand, cells: Operand, shown: Shown, *, pending: bool = False) -> str:
    """Show what `shown` makes of the rows of a key: by operators alone where neither keys hold spaces nor cells odd words."""
    mask, longer = f'({keys}&""={key}&"")', f"({_bare(keys)}={_bare(key)})"
    patterns = [pattern for space in (" ", WIDE_SPACE) for pattern in (f"?*{space}*", f"*{space}?*")]  # one space is a blank
    stray = "+".join((*(f'COUNTIF({keys},"{pattern}")' for pattern in patterns), f'IF({key}&""={_bare(key)},0,1)'))
    plainly = f"IF({stray}=0,{_plain(cells, mask, _among_own(key, keys), *([AWAITING] if pending else []))},FALSE)"
    full = f"IF({computes_arrays(keys)},{shown(longer, _odd(cells, longer, pending=pending))},{_UNREADABLE})"
    return f"IF({plainly},{shown(mask, '')},{full})"


def _counter(cells: Operand, mask: str) -> Callable[..., str]:
    """Return what counts the numbers of a mask within bounds (``>=9``)."""

    def count(*bounds: str) -> str:
        return f"SUMPRODUCT({'*'.join((mask, is_number(cells), *(f'({cells}{bound})' for bound in bounds)))})"

    return count


def _of_somebody(key: Operand, figure: str) -> str:
    """A blank key stays blank; one that means nobody (未分配) has no ratings."""
    return f'IF({is_blank(key)},"",IF({says(key, MISSING_WORDS)}=0,{NO_DATA},{figure}))'


def _mean_by(standard: Standard, terms: Sequence[Operand]) -> str:
    key, (keys, ratings) = _single(terms[0]), _ranges(*terms[1:])

    def shown(mask: str, odd: str) -> str:
        count = _counter(ratings, mask)
        mean = f"IF({count()}=0,{NO_DATA},SUMPRODUCT({mask}*1,{ratings})/{count()})"
        mean = f'IF({count(">0", "<1")}*{count(">1")}>0,"参数错误：评分混用了小数和分数（如 0.95 和 4），请统一",{mean})'
        wrong = "+".join((*([odd] if odd else []), count("<0")))
        return f'IF({wrong}>0,"参数错误：评分应为不小于 0 的数字",{mean})'

    return _of_somebody(key, _group(key, keys, ratings, shown))


def _nps_by(standard: Standard, terms: Sequence[Operand]) -> str:
    key, (keys, ratings) = _single(terms[0]), _ranges(*terms[1:])

    def shown(mask: str, odd: str) -> str:
        count = _counter(ratings, mask)
        balance = f"IF({count()}=0,{NO_DATA},100*({count('>=9')}-{count('<=6')})/{count()})"
        wrong = "+".join((*([odd] if odd else []), count("<0"), count(">10"), count(">0", "<1")))
        return f'IF({wrong}>0,"参数错误：推荐意愿应为 0 到 10 的数字",{balance})'

    return _of_somebody(key, _group(key, keys, ratings, shown))


def _rank_by(standard: Standard, terms: Sequence[Operand]) -> str:
    """1 + how many scores of the group are higher, compared as they are printed."""
    score, group, (scores, groups) = _single(terms[0]), _single(terms[1]), _ranges(*terms[2:])
    rounded = f"ROUND(ROUND({score},8),2)"
    no_score = f'IF(LEFT(TRIM({score}),{len(AWAITING)})="{AWAITING}","{AWAITING}","参数错误：得分应为数字")'

    def shown(mask: str, odd: str) -> str:
        count = _counter(scores, mask)
        # a score is printed higher when it is at least half a cent above; 5E-9 is what ROUND(x,8) gives on top
        higher, same = count(f">={rounded}+0.004999995"), count(f">={rounded}-0.005000005")
        place = f'IF({same}={higher},"参数错误：得分不在排名区域内",1+{higher})'
        large = f"IF({count('>1')}=0,1,{count(f'>{SMALL_TOTALS}')})"
        place = f"IF(({score}>0)*({score}<=1)*{large}>0,{DOUBTFUL},{place})"
        place = f"IF({count('>0', '<=1')}*{large}>0,{DOUBTFUL},IF(ISNUMBER({score}),{place},{no_score}))"
        place = f'IF({odd}>0,"参数错误：得分应为数字",{place})' if odd else place
        return f'IF(SUMPRODUCT({mask}*1)=0,"参数错误：没有这个分组",{place})'

    ranked = _group(group, groups, scores, shown, pending=True)
    known = f'IF({says(group, MISSING_WORDS)}=0,"参数错误：没有这个分组",{ranked})'
    return f'IF(({is_blank(score)})+({is_blank(group)})>0,"",{known})'


# --- the weighted mean ----------------------------------------------------------------------------------------------------------


def _weighted(standard: Standard, terms: Sequence[Operand]) -> str:
    """The weighted mean of the numbers; in words how many are missing."""
    values, weights = _ranges(*terms)
    valued, weighted = is_number(values), is_number(weights)
    present = f"SUMPRODUCT({valued}*1,{weights})"
    missing = f"SUMPRODUCT((1-{valued})*{weighted}*({weights}>0))"
    mean = f"SUMPRODUCT({values},{weights})/{present}"
    said = f'TEXT(ROUND(ROUND({mean},8),IF(ABS({mean})<1,4,2)),"0.00##")&"（缺 "&{missing}&" 项，按其余权重折算）"'
    shown = f'IF({present}=0,"参数错误：有数据的各项权重之和为 0",IF({missing}=0,{mean},{said}))'
    shown = f'IF({_two_scales(values)}>0,"参数错误：数值混用了小数和分数（如 0.85 和 90），请统一",{shown})'
    shown = f"IF(SUMPRODUCT({valued}*1)=0,{NO_DATA},{shown})"
    shown = f'IF(SUMPRODUCT({valued}*(1-{weighted}))>0,"参数错误：有数值缺权重",{shown})'
    shown = f'IF({_unread(values)}>0,"参数错误：数值应为数字",{shown})'
    shown = f'IF({_two_scales(weights)}>0,"参数错误：权重混用了小数和分数（如 0.2 和 30），请统一",{shown})'
    shown = f'IF(SUM({weights})=0,"参数错误：权重之和为 0",{shown})'
    negative = f"SUMPRODUCT({weighted}*({weights}<0))"
    return f'IF({_unread(weights)}+{negative}>0,"参数错误：权重应为不小于 0 的数字",{shown})'


def _unread(cells: Operand) -> str:
    """Return how many cells say something that is neither a number nor pending nor a word for nothing."""
    longer = f"IF({computes_arrays(cells)},{_odd(cells, '1', pending=True)},1)"
    return f"IF({_plain(cells, '1', str, AWAITING)},0,{longer})"


def _two_scales(cells: Operand) -> str:
    count = _counter(cells, "1")
    return f"{count(f'>={LARGE}')}*{count('>0', '<1')}"


# --- a deadline -----------------------------------------------------------------------------------------------------------------


def _deadline(standard: Standard, terms: Sequence[Operand]) -> str:
    """The day plus calendar days; working days need a calendar that no formula has.

    A date in text is converted by the program, where it begins with its year: of 01/09/2025 nobody can tell day and month.
    """
    start = terms[0]
    days = _days(standard, terms[1] if len(terms) > 1 and terms[1].text != '""' else Operand("", OWN_TERM))
    given = f"({says(start, MISSING_WORDS)})"
    outside = f"{no_date(start)}+({start}*1+{days}>={LAST_SERIAL})"
    if not days.text.isdigit():
        outside += f"+IF(ISNUMBER({days}),({days}<1)+({days}>{MOST_DAYS})+({days}<>INT({days})),1)"
        given += f"*({says(days, MISSING_WORDS)})"
    refusal = '"参数错误：日期应为日期，天数应为整数（工作日没有原生公式）"'
    return f'IF({given}=0,"",IFERROR(IF({outside}>0,{refusal},INT(ROUND({start}*86400,0)/86400)+{days}),{refusal}))'


def _days(standard: Standard, days: Operand) -> Operand:
    """Return the cell or the number of the days. Raises NoNativeFormError for working days and for what is no number of days."""
    if days.literal is None:
        return days
    own = standard.scheme.appeal.days if standard.scheme.appeal is not None else None
    try:
        count, working = read_term(days.literal, own)
    except CellError as error:
        raise NoNativeFormError(str(error), f"{days.literal} is no number of days") from error
    if working:
        raise NoNativeFormError("工作日没有原生公式", "working days have no native form")
    return Operand(standard.plan.ref("scheme", "appeal.days") if plain(days.literal) == OWN_TERM else str(count))


FORMS: Mapping[str, Form] = {
    "KPI_WEIGHTED": _weighted,
    "KPI_RANK_BY": _rank_by,
    "KPI_MEAN_BY": _mean_by,
    "KPI_NPS_BY": _nps_by,
    "KPI_DEADLINE": _deadline,
}
