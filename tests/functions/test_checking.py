"""KPI_CHECK and the functions that it speaks for cannot disagree; KPI_SCHEMES lists what the functions take."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl.cell_words import ERRORS
from kpi_xl.functions import FUNCTIONS
from kpi_xl.functions.checking import KINDS
from kpi_xl.schemes import list_schemes

from .bad import BAD

BESIDE: dict[str, Any] = {
    "得分": lambda cell: FUNCTIONS["KPI_GRADE"](cell),
    "评分": lambda cell: FUNCTIONS["KPI_MEAN_RATING"]([[cell]]),
    "推荐意愿": lambda cell: FUNCTIONS["KPI_NPS"]([[cell]]),
    "比率": lambda cell: FUNCTIONS["KPI_SCORE"]("fcr", cell),
    "日期": lambda cell: FUNCTIONS["KPI_HOURS"](cell, cell),
    "是否": lambda cell: FUNCTIONS["KPI_FCR"]([[cell]]),
    "fcr": lambda cell: FUNCTIONS["KPI_SCORE"]("fcr", cell),
    "协同能力": lambda cell: FUNCTIONS["KPI_SCORE"]("协同能力", cell),
    "knowledge": lambda cell: FUNCTIONS["KPI_SCORE"]("knowledge", cell),
}
"""What each kind speaks for."""
ALONE = [cell for cell in BAD if not isinstance(cell, list | tuple)]
CELLS: Any = (
    st.sampled_from(
        [
            *ALONE,
            87,
            0.87,
            "87%",
            "8７分",
            "5星",
            "4/5",
            "★★★",
            "2025-09-01",
            "01/09/2025",
            45901.5,
            "是",
            "部分",
            "无",
            dt.datetime(2025, 9, 1),
        ]
    )
    | st.floats()
    | st.integers()
    | st.text(max_size=6)
)


def check(cells: Any, *kind: Any) -> Any:
    return FUNCTIONS["KPI_CHECK"](cells, *kind)


def column(*cells: Any) -> list[list[Any]]:
    return [[cell] for cell in cells]


@pytest.mark.parametrize("kind", BESIDE)
@settings(max_examples=300, deadline=None)
@given(cell=CELLS)
def test_fine_is_what_the_function_takes(kind: str, cell: Any) -> None:
    said, result = check([[cell], [None]], kind), BESIDE[kind](cell)
    refused = isinstance(result, str) and (result.startswith("参数错误") or result in ERRORS)
    assert said.startswith("第 1 行：") is refused, (said, result)
    assert refused or said in ("", "没有问题（1 行）")


def test_every_kind_is_held_against_its_function() -> None:
    assert set(BESIDE) >= set(KINDS)


@pytest.mark.parametrize(
    ("cells", "kind", "said"),
    [
        (column(92, "87%", 75), "得分", "第 2 行：得分应为数字，不带百分号（“87%”）"),
        (column(92, "优", "87%", "良"), None, "第 2 行：得分应为数字，而不是“优”；另有 2 行有问题"),
        (column("得分", 90, 80), "得分", "第 1 行：得分应为数字，而不是“得分”（如是表头，请从下一行选起）"),
        (column(90, "待评", "８７", None, "87 分", None, None), 0, "没有问题（5 行，其中空白 1 行）"),
        (column(90, 0.87), "", "第 2 行：得分 0.87 像是百分数；87% 请填 87，不带百分号"),
        (column(90, 870), None, "第 2 行：总分 870.00 不在 0~100 之间"),
        (column(90, "#N/A"), None, "第 2 行：错误值 #N/A"),
        ([[1.5, 2], [3, "x"]], None, "第 2 行第 2 列：得分应为数字，而不是“x”"),
        (column(0.95, 4, 3), "评分", "整列：评分混用了小数和分数（如 0.95 和 4），请统一"),
        (column(5, "4星", "4/5", None, 3), "评分", "没有问题（5 行，其中空白 1 行）"),
        (column(0.9, "85%", 85), "比率", "第 3 行：“比率”的值 85 超出范围；85% 请输入 0.85 或 85%"),
        (column("2025-09-01", "01/09/2025"), "日期", "第 2 行：此格应为日期，如 2025-09-01，而不是“01/09/2025”"),
        (column("是", "×", "部分"), "是否", "第 3 行：首次解决标记应为是/否（或 1/0、TRUE/FALSE），而不是“部分”"),
        (column(None, ""), "得分", ""),
        (None, None, ""),
        (column(1), "百分", f"参数错误：没有“百分”这一种，可写 {'、'.join(KINDS)}，或默认方案的指标（如 fcr）"),
        (column(1), column("得分", "评分"), "参数错误：种类只能写一个"),
        (column(1), "#REF!", "#REF!"),
    ],
)
def test_what_is_said_of_a_column(cells: Any, kind: Any, said: str) -> None:
    assert check(cells, kind) == said


def test_ten_thousand_rows_are_checked_at_once() -> None:
    cells = column(*(place / 200 + 2 for place in range(10_000)))
    assert check(cells) == "没有问题（10000 行）"
    cells[9_999] = ["x"]
    assert check(cells).startswith("第 10000 行：")


# --- KPI_SCHEMES -------------------------------------------------------------------------------------------------------------


def test_every_scheme_is_listed_with_an_id_that_the_functions_take() -> None:
    head, *rows = FUNCTIONS["KPI_SCHEMES"]()
    assert head == ["编号", "名称", "满分", "等级"]
    assert [row[0] for row in rows] == [scheme.id for scheme in list_schemes()]
    for id_, _name, full, grades in rows:
        said = FUNCTIONS["KPI_GRADE"](full, id_)
        if "变体" not in said:
            assert said == ("本方案不设等级" if grades == "不设等级" else grades.split("、")[0])


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("KPI　经理", ["manager-kpi"]),
        ("OB", ["ob-satisfaction"]),
        (0, None),
        ("", None),
        (column("企业", "客服"), ["enterprise-service"]),
    ],
)
def test_words_choose_schemes(words: Any, ids: list[str] | None) -> None:
    rows = FUNCTIONS["KPI_SCHEMES"](words)[1:]
    assert [row[0] for row in rows] == (ids or [scheme.id for scheme in list_schemes()])


def test_no_scheme_of_that_word() -> None:
    assert FUNCTIONS["KPI_SCHEMES"]("火箭") == "没有含“火箭”的方案；=KPI_SCHEMES() 列出全部"
