"""Figures within one's own group, weighted means and deadlines, lowered: three programs compute what the functions say."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from kpi_xl.functions import FUNCTIONS
from kpi_xl.native.forms import NoNativeFormError, Standard
from kpi_xl.native.lowering import MAX_FORMULA, lower
from kpi_xl.schemes import load_scheme
from kpi_xl.standard.plan import plan_standard

from .. import engines
from .sheets import Case, lay_out, same

AGENT = load_scheme("appliance-agent")
STANDARD = Standard(AGENT, plan_standard(AGENT))
KEYS: tuple[Any, ...] = ("A01", "a01", "甲组", "乙组", 12, "12", "0012", "=甲组", "*", "甲?", "张三", ">5", "3-1", 0.5)
NOBODY: tuple[Any, ...] = (None, " ", "-", "未分配", "无")
STRAY: tuple[Any, ...] = ("John Smith", "张 三", "甲 组", " 甲组", "A01 ", "甲组\u3000", "John  Smith")
SCORES: tuple[Any, ...] = (95, 88, 88.004, 88.005, 87.995, 70, 0, 100, None, "待评", " ", "无数据")
ODD_SCORES: tuple[Any, ...] = ("优秀", "待评：已得 3 分", 0.87, 1, 4.2, True, "缺数据：回访", "无数据 ")
RATINGS: tuple[Any, ...] = (5, 4, 3, 2, 1, 0, 10, 9, 6, 7.5, None, "-", "无数据", "暂无", " ")
ODD_RATINGS: tuple[Any, ...] = (0.5, -1, 11, "什么", True, "样本不足（2）", "- ", "?x")
VALUES: tuple[Any, ...] = (90, 80.5, 100, 0, 67.125, None, "-", "待评", "无数据", "\u3000")
ODD_VALUES: tuple[Any, ...] = (0.85, -3, "好", True, "待评：缺 2 项", "缺数据：回访")
WEIGHTS: tuple[Any, ...] = (20, 30, 50, 15, 0, 1, 5)
ODD_WEIGHTS: tuple[Any, ...] = (0.2, -1, None, "-", "重", True)
UNREAD = ("参数错误：分组的名称中有空格，或单元格中有别的文字", "参数错误：数值应为数字", "参数错误：权重应为不小于 0 的数字")


def grouped_cases(count: int, odd: bool) -> list[Case]:
    """Ranges as people leave them; `odd`: with stray spaces in keys, and cells that are refused."""
    draw = random.Random(11 + odd)

    def pool(good: tuple[Any, ...], bad: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*good, *bad) if odd and draw.random() < 0.4 else good

    cases: list[Case] = []
    for _ in range(count):
        height = draw.randint(1, 8)
        names = draw.sample(pool((*KEYS, *NOBODY), STRAY), 3)
        keys = [[draw.choice(names)] for _ in range(height)]
        key = draw.choice((*[row[0] for row in keys], draw.choice((*KEYS, *NOBODY))))
        for name, cells, bad in (
            ("KPI_MEAN_BY", RATINGS, ODD_RATINGS),
            ("KPI_NPS_BY", RATINGS, ODD_RATINGS),
        ):
            choice = pool(cells, bad)
            cases.append((name, ([[key]], keys, [[draw.choice(choice)] for _ in range(height)])))
        choice = pool(SCORES, ODD_SCORES)
        scores = [[draw.choice(choice)] for _ in range(height)]
        at = draw.randrange(height)
        group = keys[at][0] if draw.random() < 0.9 else key
        named = [[name if name not in NOBODY or draw.random() < 0.2 else "甲组"] for (name,) in keys]
        cases.append(("KPI_RANK_BY", ([[scores[at][0]]], [[group]], scores, named)))
        width = draw.randint(1, 5)
        values = [draw.choice(pool(VALUES, ODD_VALUES)) for _ in range(width)]
        weights = [draw.choice(pool(WEIGHTS, ODD_WEIGHTS)) for _ in range(width)]
        cases.append(("KPI_WEIGHTED", ([values], [weights])))
    return cases


DEADLINES: list[Case] = [
    *(
        ("KPI_DEADLINE", ([[date]], [[days]]))
        for date in (45930, 45930.75, "2025-09-30", "2025-09-30 08:30", None, "-", 0.5, "01/09/2025", "好", 2958465)
        for days in (0, 3, 1.5, -1, None, "暂无", 40000)
    ),
    *(("KPI_DEADLINE", ([[45930]], days)) for days in ("3天", "3 自然日", "申诉期限", 3)),
]


def _without(cases: list[Case], *cells: Any) -> list[Case]:
    def holds(value: Any) -> bool:
        return any(map(holds, value)) if isinstance(value, list | tuple) else any(value is cell for cell in cells)

    return [case for case in cases if not holds(case[1])]


@pytest.mark.office
@pytest.mark.parametrize("engine", engines.ENGINES)
def test_plain_cells_in_three_programs(engine: str, tmp_path: Path) -> None:
    """What needs no function of a text over a range: the same in every program, to the digit and to the word."""
    laid_out = lay_out(AGENT, grouped_cases(120, odd=False))
    path = tmp_path / "plain.xlsx"
    path.write_bytes(laid_out.data)
    assert not laid_out.wrong(engines.ENGINES[engine](path, tmp_path))


@pytest.mark.office
@pytest.mark.parametrize("engine", engines.ENGINES)
def test_odd_cells_in_three_programs(engine: str, tmp_path: Path) -> None:
    """Where TRIM of a range is no array, the form may refuse what the function reads; it never shows another figure."""
    cases = grouped_cases(150, odd=True)
    laid_out = lay_out(AGENT, _without(cases, True) if engine == "LibreOffice" else cases)  # where TRUE is a number
    path = tmp_path / "odd.xlsx"
    path.write_bytes(laid_out.data)
    wrong = laid_out.wrong(engines.ENGINES[engine](path, tmp_path))
    if engine != "LibreOffice":
        wrong = {call: told for call, told in wrong.items() if not str(told[0]).startswith(UNREAD)}
    assert not wrong


@pytest.mark.office
@pytest.mark.parametrize("engine", engines.ENGINES)
def test_deadlines_in_three_programs(engine: str, tmp_path: Path) -> None:
    laid_out = lay_out(AGENT, DEADLINES)
    path = tmp_path / "deadlines.xlsx"
    path.write_bytes(laid_out.data)
    wrong = laid_out.wrong(engines.ENGINES[engine](path, tmp_path))
    if engine == "IronCalc":  # it makes no number of the text 2025e0, nor a time of a text with a clock; the form then says so
        wrong = {call: told for call, told in wrong.items() if "2025-09-30" not in call or "参数错误" not in str(told[0])}
    assert not wrong


def test_the_cases_tell_figures_and_refusals() -> None:
    said: dict[str, list[Any]] = {}
    for name, arguments in [*grouped_cases(150, odd=True), *grouped_cases(120, odd=False)]:
        said.setdefault(name, []).append(FUNCTIONS[name](*arguments))
    for name, results in said.items():
        cells = [one[0][0] if isinstance(one, list) else one for one in results]
        assert sum(isinstance(cell, float | int) for cell in cells) > 40, name
        assert any(str(cell).startswith("参数错误") for cell in cells), name
        assert name == "KPI_RANK_BY" or "无数据" in cells, name
    assert any("按其余权重折算" in str(cell) for cell in said["KPI_WEIGHTED"])
    assert not same("参数错误：x", 1.0)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("KPI_RANK_BY(A1:A9,B1:B9,A1:A9,B1:B9)", "逐格"),
        ("KPI_RANK_BY(A1,B1,A1:A9,B1:B8)", "行数、列数不同"),
        ("KPI_RANK_BY(A1,B1,A1:A9,{1;2;3;4;5;6;7;8;9})", "单元格区域"),
        ("KPI_MEAN_BY(A1:A2,B1:B9,C1:C9)", "逐格"),
        ("KPI_MEAN_BY(客服,B1:B9,C1:C9)", "逐格"),
        ("KPI_NPS_BY({1;2},B1:B9,C1:C9)", "逐格"),
        ("KPI_WEIGHTED(A1:C2,A3:C3)", "行数、列数不同"),
        ("KPI_WEIGHTED(A1:A3,A1:C1)", "行数、列数不同"),
        ("KPI_WEIGHTED({1,2},{1,2})", "单元格区域"),
        ('KPI_DEADLINE(A1,"3个工作日")', "工作日"),
        ('KPI_DEADLINE(A1,"好")', "天数应为"),
        ("KPI_WORKHOURS(A1,B1)", "没有对应的原生公式"),
    ],
)
def test_what_has_no_native_form_says_why(formula: str, reason: str) -> None:
    with pytest.raises(NoNativeFormError) as refused:
        lower(formula, STANDARD)
    assert reason in refused.value.reason.zh


def test_a_day_typed_as_a_number_is_refused_natively() -> None:
    """20250930 is a date to the function; the native form takes no serial number behind the last day."""
    assert ">=2958466" in lower("KPI_DEADLINE(A1,3)", STANDARD)
    assert FUNCTIONS["KPI_DEADLINE"](20250930, 3) == 45933.0


def test_a_scheme_without_a_time_for_appeals_has_no_deadline_for_them() -> None:
    scheme = load_scheme("manager-kpi")
    with pytest.raises(NoNativeFormError) as refused:
        lower("KPI_DEADLINE(A1)", Standard(scheme, plan_standard(scheme)))
    assert "没有规定申诉期限" in refused.value.reason.zh


@pytest.mark.parametrize(
    "formula",
    [
        "KPI_RANK_BY(A2,B2,'客服 明细 2025'!$A$2:$A$20001,'客服 明细 2025'!$B$2:$B$20001)",
        "KPI_RANK_BY([@得分],[@组],明细[得分],明细[组])",
        "KPI_MEAN_BY(A2,'客服 明细 2025'!$A$2:$A$20001,'客服 明细 2025'!$B$2:$B$20001)",
        "KPI_NPS_BY(A2,明细[客服],明细[评分])",
        'KPI_NPS_BY("甲组",A:A,B:B)',
        "KPI_WEIGHTED(明细[得分],明细[权重])",
    ],
)
def test_usual_references_fit_into_a_formula(formula: str) -> None:
    assert len(lower(formula, STANDARD)) < MAX_FORMULA
