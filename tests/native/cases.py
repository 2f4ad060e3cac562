"""Calls to compute natively: every scheme on its edges, and figures of cells as people leave them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from typing import Any

from kpi_xl.cell_words import plain
from kpi_xl.functions import CATALOG, FUNCTIONS
from kpi_xl.functions.points import input_keys
from kpi_xl.numbers import parse_number, parse_rating
from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.schemes.inputs import Input, inputs_of
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.scoring import with_parameters

from ..workbook_people import edges_of
from .sheets import Case

STEPS = (0.0, 0.01, -0.01, 1e-9, -1e-9)
ODD: tuple[Any, ...] = (
    *(None, "", " ", "\u3000", "无数据", "-", "未回访", "缺数据：回访", "待评", "0.5", "85%", True, False, "#N/A", "#DIV/0!"),
    *(0, -1, 0.5, 0.9, 1, 1.001, 2, 87, 100, 101, 1e6),
)


def schemes() -> list[Scheme]:
    """Every scheme and each of its variants, and once more with the company's blanks filled in where there are any."""
    found = []
    for base in list_schemes():
        plain_one = [] if base.required_variant else [base.id]
        found += [load_scheme(name) for name in (*plain_one, *(f"{base.id}:{variant.id}" for variant in base.variants))]
    filled = [with_parameters(one, {p.id: "3%" if p.unit == "ratio" else "7" for p in one.parameters}) for one in found]
    return [*found, *(one for one in filled if one.parameters)]


def cases_of(scheme: Scheme) -> list[Case]:
    """Every function over the scheme's own numbers: each indicator on its edges, each grade on its thresholds."""
    cases: list[Case] = []
    for indicator in scheme.indicators:
        for entry in inputs_of(indicator):
            cases += [("KPI_SCORE", (entry.key, [[value]])) for value in _values_of(entry, indicator)]
        cases += [("KPI_SCORE", (indicator.id, [row])) for row in _rows_of(indicator)]
        cases += [("KPI_TARGET", (entry.key,)) for entry in inputs_of(indicator) if "." not in entry.key]
        cases += [("KPI_WEIGHT", (indicator.id,)), ("KPI_WEIGHT", ([[indicator.name]],)), ("KPI_WEIGHT", ([[indicator.id]],))]
    cases += [("KPI_WEIGHT", ([[name]],)) for name in (None, " ", "*", "f?r", "无此指标")]
    edges = [float(grade.lower) + step for grade in scheme.grades for step in (*STEPS, -0.005, -0.006)]
    for score in [*edges, *ODD, "待评：已得 3 分", "优秀", float(scheme.total), float(scheme.total) + 1]:
        cases += [(name, ([[score]],)) for name in ("KPI_GRADE", "KPI_COEFFICIENT", "KPI_ACTION")]
        if scheme.bonus is not None:
            cases.append(("KPI_BONUS", ([[1999.99]], [[score]])))
    return cases


def _values_of(entry: Input, indicator: Indicator) -> Iterator[Any]:
    """Values on and around every bound of an input, of its rule and of the values that are allowed."""
    yield from (*ODD, *entry.options)
    bounds = {bound for bound in (entry.low, entry.high, *(b for pair in entry.allowed for b in pair)) if bound is not None}
    for bound in sorted({*bounds, *edges_of(indicator)}):
        yield from (float(bound) + step for step in STEPS)


def _rows_of(indicator: Indicator) -> Iterator[list[Any]]:
    """Rows with the parts of a composite: each part present or not, wrong or not."""
    keys = input_keys(indicator)
    if len(keys) == 1:
        return
    draw = random.Random(3)
    typical = [float(edge) for edge in edges_of(indicator)] or [0.0, 1.0, 2.0, 10.0]
    for _ in range(25):
        yield [
            draw.choice((None, "-", "abc", True, 0, 0.1, 0.5, 1, *typical)) if draw.random() < 0.4 else draw.choice(typical)
            for _ in keys
        ]
    yield [None] * len(keys)
    yield [0.5] * len(keys)


def examples() -> list[Case]:
    """The examples of the catalog for every function that has a native form."""
    return [
        (function.name, example.arguments)
        for function in CATALOG
        if function.native
        for example in function.examples
        if not (function.arguments[-1].kind == "scheme" and len(example.arguments) == len(function.arguments))
        and not has_no_single_form(function.name, example.arguments)
    ]


def has_no_single_form(name: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether a call has no native form although its function has one: working days; several groups at once."""
    return (name == "KPI_DEADLINE" and arguments[1:2] == ("3个工作日",)) or (
        name in ("KPI_RANK_BY", "KPI_MEAN_BY", "KPI_NPS_BY") and isinstance(arguments[0], list)
    )


# --- cells as people leave them ------------------------------------------------------------------------------------------------

WORDS: tuple[Any, ...] = (
    *(
        "满意",
        "不满意",
        "一般",
        "非常满意",
        "好评",
        "很好",
        "还行",
        "是",
        "否",
        "有",
        "无",
        "没有",
        "已解决",
        "未解决",
        "完成",
        "√",
        "×",
        "Y",
        "no",
    ),
    *(
        "是|y",
        "|",
        "y|",
        "|y",
        "&&",
        "@",
        "*",
        "?",
        "~",
        "是*",
        "<5",
        ">0",
        "=1",
        "#",
        '"',
        "'",
        "是\n",
        "满意，",
        "什么",
        "abc",
        "N/A",
        "n/a",
        "NaN",
    ),
    *(
        "无数据",
        "暂无",
        "未评价",
        "-",
        "--",
        "—",
        "/",
        "缺",
        "缺数据：回访",
        "样本不足（3）",
        "待评",
        "待评：已得 3 分",
        "高级客服",
        "待改进",
    ),
    *(" ", "\u3000", "", " 是", "是 ", "待改进 ", "满意 ", "\u3000满意"),
)
DRESSED: tuple[Any, ...] = (
    *(
        "5",
        "4.5",
        "85%",
        "1,200",
        "８７",
        "5分",
        "5星",
        "4/5",
        "★★★★☆",
        "3 - 满意",
        "1 - 是",
        "１",
        "ＹＥＳ",
        "95 ",
        "'87",
        "1e2",
        "+5",
    ),
)
NUMBERS: tuple[Any, ...] = (
    *(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 75, 87, 88, 88.004, 88.005, 95, 100, 101, 7.5, 0.5, 0.87, 0.95, 12.34, -1, -0.5, 1e6),
)
OTHERS: tuple[Any, ...] = (None, True, False, "#N/A", "#DIV/0!")


def is_dressed(cell: Any) -> bool:
    """Tell whether a text is something that the functions read and native formulas do not: a number in words, full width."""
    if not isinstance(cell, str):
        return False
    written = cell.strip(" ")
    return parse_number(cell) is not None or parse_rating(cell) is not None or plain(cell) != written or written[:1].isdigit()


def odd_cases(count: int, seed: int) -> list[Case]:
    """Calls over cells of all kinds: half of the lists are clean, so that figures come out, the others hold a few strays."""
    draw = random.Random(seed)

    def clean(*kinds: Sequence[Any]) -> Any:
        return draw.choice(draw.choice(kinds))

    def cell() -> Any:
        return clean(NUMBERS, NUMBERS, WORDS, DRESSED, OTHERS)

    def cells(*kinds: Sequence[Any], most: int = 6) -> list[list[Any]]:
        stray = 0.0 if draw.random() < 0.5 else 0.25
        return [[cell() if draw.random() < stray else clean(*kinds)] for _ in range(draw.randint(1, most))]

    ratings, blanks = (1, 2, 3, 4, 5), (None, "-", "无数据", " ")
    flags = ("是", "否", 1, 0, "Y", "no", "已解决", "无", True, False)
    scores, grades = (95, 88, 88.004, 88.005, 70, 0, 100), ("高级客服", "中级客服", "待改进", "待改进", "待改进", "待评", None)
    cases: list[Case] = []
    while len(cases) < count:
        ranked = cells(scores, scores, blanks, ("待评", "待评：已得 3 分"))
        limit = draw.choice((4, 8, 0.8, 80, 101, 0, None, "四", "-", "5"))
        cases += [
            ("KPI_MEAN_RATING", (cells(ratings, ratings, blanks),)),
            ("KPI_NPS", (cells((0, 6, 7, 8, 9, 10), blanks),)),
            ("KPI_CSAT", (cells(ratings, ratings, blanks, ("满意", "一般", "不满意")),)),
            ("KPI_CSAT", (cells(ratings, (0.5, 0.9, 1), (6, 8, 10), (60, 80), most=4), [[limit]])),
            ("KPI_FCR", (cells(flags, flags, blanks),)),
            ("KPI_RATE", ([[cell()]], [[cell()]])),
            ("KPI_RANK", ([[draw.choice((cell(), ranked[0][0], ranked[-1][0]))]], ranked)),
            *([("KPI_RANK", (ranked, ranked))] if isinstance(FUNCTIONS["KPI_RANK"](ranked, ranked), list) else []),
            ("KPI_STREAK", (cells(grades, grades, ("-", "无数据")), [[draw.choice(("待改进", "高级客服", None, " "))]])),
            ("KPI_CS", ([[draw.choice((100, 75, 25, 0, 12.34, cell())) for _ in range(4)]],)),
            ("KPI_CS", ([[draw.choice((100, 75, 12.5, 12.34))] for _ in range(4)],)),
            ("KPI_HOURS", ([[draw.choice((45901.5, dt.datetime(2025, 9, 1, 8), cell()))]], [[draw.choice((45902.25, cell()))]])),
            ("KPI_GRADE", ([[draw.choice((95, 60, cell()))] for _ in range(3)],)),
            ("KPI_COEFFICIENT", ([[cell()]],)),
            ("KPI_ACTION", ([[cell()]],)),
            ("KPI_BONUS", ([[draw.choice((2000, cell()))]], [[draw.choice((95, cell()))]])),
            ("KPI_BONUS", ([[draw.choice((2000, cell()))] for _ in range(3)], [[draw.choice((95, 85))] for _ in range(3)])),
            ("KPI_SCORE", ("fcr", [[draw.choice((0.82, 0.9, cell()))] for _ in range(3)])),
            ("KPI_SCORE", ("repeat_complaint", [[draw.choice((0.01, 0.04, cell()))] for _ in range(2)])),
            ("KPI_SCORE", ("professionalism", [[cell()]])),
            (
                "KPI_SCORE",
                ("handling_hours", [[draw.choice((20, cell())), draw.choice((5, cell())), draw.choice((0.1, None, cell()))]]),
            ),
            ("KPI_WEIGHT", ([[draw.choice(("fcr", "客户满意度", " fcr ", cell()))] for _ in range(2)],)),
        ]
    return cases[:count]
