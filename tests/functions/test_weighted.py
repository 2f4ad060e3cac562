"""KPI_WEIGHTED: a mean that leaves missing values out and says so."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_xl.functions import FUNCTIONS

REFUSED = "参数错误"


def weighted(values: Any, weights: Any) -> Any:
    return FUNCTIONS["KPI_WEIGHTED"](values, weights)


@given(st.lists(st.tuples(st.integers(10, 100), st.integers(1, 60)), min_size=1, max_size=8))
def test_nothing_missing_is_a_number(pairs: list[tuple[int, int]]) -> None:
    wanted = Fraction(sum(value * weight for value, weight in pairs), sum(weight for _, weight in pairs))
    values, weights = [value for value, _ in pairs], [weight for _, weight in pairs]
    assert weighted([values], [weights]) == pytest.approx(float(wanted), abs=1e-9)
    assert weighted([[value] for value in values], [[weight] for weight in weights]) == weighted([values], [weights])
    assert weighted([values], [[weight] for weight in weights]) == weighted([values], [weights])


@pytest.mark.parametrize("nothing", [None, "", "　", "-", "无数据", "暂无", "待评", "待评：已得 3 分，缺协同能力", "N/A"])
def test_what_is_missing_is_left_out_and_told(nothing: Any) -> None:
    assert weighted([[90, nothing, 80]], [[50, 20, 30]]) == "86.25（缺 1 项，按其余权重折算）"
    assert weighted([[87.5, nothing, nothing]], [[50, 20, 30]]) == "87.50（缺 2 项，按其余权重折算）"
    assert weighted([[nothing] * 3], [[50, 20, 30]]) == "无数据"


@pytest.mark.parametrize(
    ("values", "weights", "said"),
    [
        ([90, 80], [0.6, 0.4], 86.0),
        ([90, 80], ["60%", "40%"], 86.0),
        ([90, 80], [60, 40], 86.0),
        ([90, 80], ["60分", "４０"], 86.0),
        (["90分", "80"], [1, 1], 85.0),
        (["85%", 0.95], [1, 1], 0.9),
        ([0.85, None], [1, 1], "0.85（缺 1 项，按其余权重折算）"),
        ([0.85125, None], [1, 1], "0.8513（缺 1 项，按其余权重折算）"),
        ([84.28571, None], [1, 1], "84.29（缺 1 项，按其余权重折算）"),
        ([-0.00001, None], [1, 1], "0.00（缺 1 项，按其余权重折算）"),
        ([90, None], [1, 0], 90.0),
        ([90, 10], [1, 0], 90.0),
        ([None, 10], [1, 0], f"{REFUSED}：有数据的各项权重之和为 0"),
        ([90, None], [1, None], 90.0),
        ([90, 80], [1, None], f"{REFUSED}：第 2 个权重应为数字，而不是空白"),
        ([90, 80], [0, 0], f"{REFUSED}：权重之和为 0"),
        ([90, 80], [None, "-"], f"{REFUSED}：权重之和为 0"),
        ([90, 80], [2, -1], f"{REFUSED}：第 2 个权重应为不小于 0 的数字，而不是“-1”"),
        ([90, 80], [2, "重"], f"{REFUSED}：第 2 个权重应为数字，而不是“重”"),
        ([90, "好"], [2, 1], f"{REFUSED}：第 2 个数值应为数字，而不是“好”"),
        ([90, True], [2, 1], f"{REFUSED}：第 2 个数值应为数字，而不是“TRUE”"),
        ([90, 80], [0.2, 30], f"{REFUSED}：权重混用了小数和分数（如 0.2 和 30），请统一"),
        ([90, "85%"], [1, 1], f"{REFUSED}：数值混用了小数和分数（如 0.85 和 90），请统一"),
        ([9.5, 0.5], [1, 1], 5.0),
        ([90, 80], [0.5, 1.5], 82.5),
        ([90, "#N/A"], [1, 1], "#N/A"),
        ([90, 80], [1, "#REF!"], "#REF!"),
        ([90, 80, 70], [1, 1], f"{REFUSED}：数值是 1行×3列，权重是 1行×2列，对不上"),
    ],
)
def test_one_person(values: list[Any], weights: list[Any], said: Any) -> None:
    assert weighted([values], [weights]) == said


def test_a_row_a_person() -> None:
    table = [[90, 80], [100, None], [None, None], ["好", 80], ["#N/A", 80]]
    assert weighted(table, [[60, 40]]) == [
        [86.0], ["100.00（缺 1 项，按其余权重折算）"], ["无数据"], [f"{REFUSED}：第 1 个数值应为数字，而不是“好”"], ["#N/A"],
    ]  # fmt: skip
    assert weighted([[90, 100], [80, 60]], [[0.5], [0.5]]) == [[85.0, 80.0]]


def test_single_cells() -> None:
    assert weighted(90, 1) == 90.0
    assert weighted(None, 1) == "无数据"
