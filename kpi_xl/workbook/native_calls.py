"""The native form of each cell function: what a ``KPI_*`` call becomes in a workbook that is signed without any add-in.

Excel 2013 vocabulary over the sheet 评级标准; the arithmetic is that of `kpi_xl.workbook.native`. Every form is a single function
call or operand, so that it can stand wherever the call stood, and works cell by cell in array formulas (hence no AND, OR).
Blank in, blank out, as the function does; what a native formula cannot do is read numbers typed as text (``８７``, ``85%``): it
says so or shows no points, it never shows others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xl.cell_words import FIRST_RESOLVED, MISSING, MISSING_STARTS, MISSING_WORDS, NO, NOT_FIRST_RESOLVED, YES
from kpi_xl.errors import Text
from kpi_xl.functions.grading import SMALL_TOTALS, TOTALS_NOT_BELOW_ONE
from kpi_xl.functions.points import find_target, input_keys, inputs_by_name
from kpi_xl.functions.rates import FIVE, SATISFIED, SCALES, UNSATISFIED
from kpi_xl.glossary import NO_DATA
from kpi_xl.ooxml.formulas import split_sheet
from kpi_xl.ooxml.refs import Area, parse_area
from kpi_xl.schemes.inputs import Input, inputs_of, is_adjustment, part_key
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import ParameterRef
from kpi_xl.schemes.targets import part_text
from kpi_xl.standard.plan import StandardPlan
from kpi_xl.workbook import native
from kpi_xl.workbook.texts import live_target

_NO_DATA = f'"{NO_DATA}"'
_ANSWERS = 4
_DOUBTFUL = '"参数错误：得分像是百分数；87% 请填 87，不带百分号"'


class NoNativeFormError(Exception):
    """A call that no native formula can stand for; carries the reason."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = Text(zh, en)


@dataclass(frozen=True)
class Operand:
    """An argument of a call: its text (in brackets where it must be), and the words when it is nothing but words in quotes."""

    text: str
    literal: str | None = None

    @property
    def cells(self) -> Area | None:
        """The rectangle that the argument refers to, None when it is no plain reference."""
        prefix, _sheet = split_sheet(self.text)
        return parse_area(self.text[len(prefix) :])

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Standard:
    """The form's own scheme, and where its numbers stand on the sheet 评级标准; `in_place`: the sheet is as planned."""

    scheme: Scheme
    plan: StandardPlan
    in_place: bool = True

    @property
    def limits(self) -> tuple[str, str]:
        """The cells of the least and highest total (0 where the scheme sets no other)."""
        return native.limits(self.scheme, self.plan) or ("0", self.plan.ref("scheme", "total"))


def native_form(name: str, terms: Sequence[Operand], standard: Standard) -> str:
    """Return the native form of a call (`terms`: its arguments without the scheme). Raises NoNativeFormError."""
    form = FORMS.get(name)
    if form is None:
        raise NoNativeFormError(f"{name} 没有对应的原生公式", f"{name} has no native form")
    return form(standard, terms)


# --- what follows from a score -----------------------------------------------------------------------------------------------


def _grade(standard: Standard, terms: Sequence[Operand]) -> str:
    return _graded(standard, terms[0], lambda score: native.lookup(score, standard.plan, "name"))


def _coefficient(standard: Standard, terms: Sequence[Operand]) -> str:
    return _graded(standard, terms[0], lambda score: _factor(standard, score, "无系数（", "）"))


def _action(standard: Standard, terms: Sequence[Operand]) -> str:
    def shown(score: str) -> str:
        return f'SUBSTITUTE({native.lookup(score, standard.plan, "actions")}&"",CHAR(10),"；")'

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
        factor = native.lookup(rounded, standard.plan, "coefficient")
        name = native.lookup(rounded, standard.plan, "name")
        return f'IF(ISNUMBER({factor}),ROUND(ROUND({base}*{factor},8),2),"“"&{name}&"”没有绩效系数，不能计算奖金")'

    paid = _graded(standard, score, shown)
    usable = f'IF(ISNUMBER({base}),IF({base}<0,"参数错误：奖金基数不能为负数",{paid}),"参数错误：奖金基数应为数字")'
    return f'IF(({base}="")+({score}="")>0,"",{usable})'


def _graded(standard: Standard, score: Operand, shown: Callable[[str], str]) -> str:
    """Show what belongs to the grade of a score, rounded as it is printed; 待评 and blank stay, others are refused."""
    low, high = standard.limits
    rounded = f"ROUND(ROUND({score},8),2)"
    found = shown(rounded) if standard.scheme.grades else '"本方案不设等级"'
    if standard.scheme.grades and min(grade.lower for grade in standard.scheme.grades) > standard.scheme.limits[0]:
        found = f'IFERROR({found},"本方案没有这个得分的等级")'
    if standard.scheme.total >= TOTALS_NOT_BELOW_ONE:
        found = f"IF(({score}>0)*({score}<=1),{_DOUBTFUL},{found})"
    inside = f'IF(({rounded}>={low})*({rounded}<={high}),{found},"参数错误：总分不在方案的范围内")'
    other = f'IF(LEFT({score},2)="待评","待评",IF(TRIM({score})="","","参数错误：得分应为数字"))'
    return f"IF(ISNUMBER({score}),{inside},{other})"


def _factor(standard: Standard, score: str, before: str, behind: str) -> str:
    """The coefficient, or the grade's name in words where it has none."""
    factor = native.lookup(score, standard.plan, "coefficient")
    name = native.lookup(score, standard.plan, "name")
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
    other = f'SUMPRODUCT(MAX({_says(grades, MISSING_WORDS)}*(LEFT({grades},2)<>"待评")*(1-{same})*{place}))'
    return f'IF(TRIM({grade})="","",SUMPRODUCT({same}*({place}>{other})))'


# --- points, weights, targets ------------------------------------------------------------------------------------------------


def _points(standard: Standard, terms: Sequence[Operand]) -> str:
    """The points of an indicator that is named in the formula; a value that cannot be is refused as the function does."""
    name, actual = terms
    entry = _input(standard.scheme, name)
    if entry.indicator is None:
        raise NoNativeFormError(f"“{entry.name}”不单独计分", f"{entry.key} has no points of its own")
    indicator = standard.scheme.indicator(entry.indicator)
    inputs = {one.key: one for one in inputs_of(indicator)}
    given = _given(indicator, entry, name, actual)
    cells = dict.fromkeys((*inputs, *native.facts_needed(indicator)), "0" if indicator.traits.levels else '""')
    alone = f"LEFT({actual},0)" if list(given.values()) == [actual.text] else '""'  # an error in gives the error
    # a function is told no sample sizes
    formula = native.points(replace(indicator, sample_from=None), native.Actuals(cells | given), standard.plan, alone)
    wrong = [check for key, cell in given.items() if (check := _out_of_range(inputs[key], cell))]
    if is_adjustment(indicator):  # the form takes nothing entered for 0, the function for nothing
        formula = f"IF(ISNUMBER({actual}),{formula},{alone})"
    if wrong:
        hint = "；8% 请输入 0.08 或 8%" if entry.unit == "ratio" else "；90 分请写 90，不写百分号" if entry.of_hundred else ""
        formula = f'IF({"+".join(wrong)}>0,"参数错误：实际值不在允许的范围内{hint}",{formula})'
    for parameter in _parameters(indicator):
        called = next(p.name for p in standard.scheme.parameters if p.id == parameter)
        formula = f'IF(ISNUMBER({standard.plan.ref("parameter", parameter)}),{formula},"待填：{called}")'
    return formula


def _given(indicator: Indicator, entry: Input, name: Operand, actual: Operand) -> dict[str, str]:
    """Return the cell of each input that the call gives: one value, or a row with the parts of a composite."""
    keys, area = input_keys(indicator), actual.cells
    if name.literal in (indicator.id, indicator.name) and len(keys) > 1 and area is not None and area.left != area.right:
        if area.top != area.bottom or area.right - area.left + 1 != len(keys):
            raise NoNativeFormError(f"{indicator.name} 要一行 {len(keys)} 格", f"{indicator.id} takes a row of {len(keys)} cells")
        return {key: f"INDEX({actual},1,{place})" for place, key in enumerate(keys, start=1)}
    parts = indicator.traits.parts
    key = part_key(indicator, parts[0].id) if parts and entry.key == indicator.id else entry.key
    return {key: actual.text}


def _out_of_range(entry: Input, cell: str) -> str:
    """Return a number above 0 when the cell holds a number that the input cannot be; empty when any may be."""
    checks = [f"({cell}<{entry.low})"] if entry.low is not None else []
    high = 1 if entry.percent_above_one else entry.high  # above 1 nobody can tell 8 % from 800 %
    checks += [f"({cell}>{high})"] if high is not None else []
    checks += [f"({cell}<>INT({cell}))"] if entry.whole else []
    checks += [f"({cell}>0)*({cell}<=1)"] if entry.of_hundred else []  # 0.9 or 90?
    if entry.allowed:
        allowed = "+".join(f"({cell}>={low})*({cell}<={high})" for low, high in entry.allowed)
        checks.append(f"({allowed}=0)")
    return f"IF(ISNUMBER({cell}),{'+'.join(checks)},0)" if checks and not entry.options else ""


def _parameters(indicator: Indicator) -> list[str]:
    return [target.parameter for target in indicator.traits.targets if isinstance(target, ParameterRef)]


def _input(scheme: Scheme, name: Operand) -> Input:
    if name.literal is None:
        raise NoNativeFormError("指标要在公式里用文字写明", "the indicator must be named in the formula")
    found = inputs_by_name(scheme).get(name.literal)
    if found is None:
        raise NoNativeFormError(f"方案中没有指标“{name.literal}”", f"the scheme has no indicator {name.literal}")
    return found


def _weight(standard: Standard, terms: Sequence[Operand]) -> str:
    """The cell of a weight; where a cell names the indicator, it is looked up by id and by name."""
    (name,) = terms
    if name.literal is not None:
        for indicator in standard.scheme.indicators:
            if name.literal in (indicator.id, indicator.name):
                return standard.plan.ref("weight", indicator.id)
        raise NoNativeFormError(f"方案中没有指标“{name.literal}”", f"the scheme has no indicator {name.literal}")
    section = standard.plan.section("indicators")
    weights, ids, names = (section.span(0, len(standard.scheme.indicators) - 1, field) for field in ("weight", "id", "name"))
    by_name = f'IFERROR(INDEX({weights},MATCH({name},{names},0)),"参数错误：方案中没有这个指标")'
    return f'IF({name}="","",IFERROR(INDEX({weights},MATCH({name},{ids},0)),{by_name}))'


def _target(standard: Standard, terms: Sequence[Operand]) -> str:
    """The cell of a target, or words where there is none."""
    (name,) = terms
    if name.literal is None:
        raise NoNativeFormError("指标要在公式里用文字写明", "the indicator must be named in the formula")
    found = find_target(standard.scheme, name.literal)
    if found is None:
        raise NoNativeFormError(f"方案中没有指标“{name.literal}”", f"the scheme has no indicator {name.literal}")
    text = part_text(found)
    if found.better is None:
        return f"T({live_target(found, standard.plan).formula})" if found.place else f'"{text}"'
    if found.place[0] == "input":  # nobody told the function the team's results
        return f'"{text}"'
    cell = standard.plan.ref(*found.place)
    return f'IF(ISNUMBER({cell}),{cell},"{found.sign}{found.words}")' if found.words else cell


# --- figures from cells ------------------------------------------------------------------------------------------------------


def _rate(standard: Standard, terms: Sequence[Operand]) -> str:
    hits, of = terms
    share = f'IF({of}>0,{hits}/{of},IF({of}=0,{_NO_DATA},"参数错误：分母应为不小于 0 的数字"))'
    return f'IF(({hits}="")+({of}="")>0,"",IF(ISNUMBER({hits})*ISNUMBER({of}),{share},{_NO_DATA}))'


def _mean_rating(standard: Standard, terms: Sequence[Operand]) -> str:
    (ratings,) = terms
    shown = f"IF(COUNT({ratings})=0,{_NO_DATA},AVERAGE({ratings}))"
    parts = f"SUMPRODUCT(ISNUMBER({ratings})*({ratings}>0)*({ratings}<1))"
    shown = f'IF((MAX({ratings})>1)*{parts}>0,"参数错误：评分混用了小数和分数（如 0.95 和 4），请统一",{shown})'
    shown = f'IF(SUMPRODUCT(ISNUMBER({ratings})*({ratings}<0))>0,"参数错误：评分不能为负数",{shown})'
    return f'IF({_listed(ratings, MISSING_WORDS)}>COUNT({ratings}),"参数错误：评分应为数字",{shown})'


def _nps(standard: Standard, terms: Sequence[Operand]) -> str:
    (ratings,) = terms

    def among(condition: str) -> str:
        return f"SUMPRODUCT(ISNUMBER({ratings})*({ratings}{condition}))"

    listed = _listed(ratings, MISSING_WORDS)
    part = f"SUMPRODUCT(ISNUMBER({ratings})*({ratings}>0)*({ratings}<1))"
    wrong = f'IF(({listed}>COUNT({ratings}))+{among("<0")}+{among(">10")}+{part}>0,"参数错误：推荐意愿应为 0 到 10 的数字"'
    return f"IF({listed}=0,{_NO_DATA},{wrong},100*({among('>=9')}-{among('<=6')})/COUNT({ratings})))"


def _csat(standard: Standard, terms: Sequence[Operand]) -> str:
    """Satisfied / valid ratings, numbers and words; a word that is neither is refused."""
    ratings, given = terms[0], terms[1] if len(terms) > 1 and terms[1].text != '""' else None
    limit = f"IF(ISNUMBER({given}),{given},4)" if given else "4"
    yes = f"(ISNUMBER({ratings})*({ratings}>={limit})+{_one_of(ratings, sorted(SATISFIED))}>0)"
    no = f"(ISNUMBER({ratings})*({ratings}<{limit})+{_one_of(ratings, sorted(UNSATISFIED))}>0)"
    share = _share(ratings, yes, no, MISSING_WORDS, "评分应为数字或满意/不满意")
    share = _within_scale(ratings, limit, share)
    return f'IF({_listed(given, MISSING_WORDS)}>COUNT({given}),"参数错误：满意起点应为数字",{share})' if given else share


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
    yes = f"(({flags}=1)+({flags}=TRUE)+{_one_of(flags, (*YES, *FIRST_RESOLVED))}>0)"
    no = f'((({flags}=0)+({flags}=FALSE)+{_one_of(flags, (*NO, *NOT_FIRST_RESOLVED))}>0)*({flags}<>""))'
    return _share(
        flags, yes, no, [word for word in MISSING_WORDS if word not in NO], "首次解决标记应为是/否（或 1/0、TRUE/FALSE）"
    )


def _share(cells: Operand, yes: str, no: str, missing: Collection[str], expected: str) -> str:
    """Yes / (yes + no); cells with words of `missing`, or of those that always mean nothing, are left out, others refused."""
    valid = f"SUMPRODUCT({yes}+{no})"
    listed = _listed(cells, missing)
    return f'IF({listed}=0,{_NO_DATA},IF({valid}<{listed},"参数错误：{expected}",SUMPRODUCT({yes}*1)/{valid}))'


def _listed(cells: Operand, missing: Collection[str]) -> str:
    """Return how many cells say something: more than there are numbers, where some hold what a native formula cannot read."""
    return f"SUMPRODUCT({_says(cells, missing)})"


def _says(cells: Operand, missing: Collection[str]) -> str:
    """Return 1 where a cell says something, 0 where it is blank or holds a word that means nothing."""
    starts = "".join(f'*(LEFT({cells},{len(start)})<>"{start}")' for start in MISSING_STARTS)
    return f'(TRIM({cells})<>"")*(1-{_one_of(cells, (*MISSING, *missing))}){starts}'


def _one_of(cells: Operand, words: Collection[str]) -> str:
    """Return 1 where the cell's text is one of the words, in any case: one text of at most 255 characters, which Excel allows."""
    return f'ISNUMBER(FIND("|"&LOWER(TRIM({cells}))&"|","|{"|".join(words)}|"))'


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


FORMS: Mapping[str, Callable[[Standard, Sequence[Operand]], str]] = {
    "KPI_GRADE": _grade,
    "KPI_COEFFICIENT": _coefficient,
    "KPI_ACTION": _action,
    "KPI_BONUS": _bonus,
    "KPI_SCORE": _points,
    "KPI_WEIGHT": _weight,
    "KPI_TARGET": _target,
    "KPI_RATE": _rate,
    "KPI_MEAN_RATING": _mean_rating,
    "KPI_NPS": _nps,
    "KPI_CSAT": _csat,
    "KPI_FCR": _fcr,
    "KPI_HOURS": _hours,
    "KPI_CS": _customer_score,
    "KPI_STREAK": _streak,
    "KPI_RANK": _rank,
}
"""The native form of every function that has one, by name."""
