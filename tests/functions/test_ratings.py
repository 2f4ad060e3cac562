"""Ratings whose scale or direction the cells themselves tell: read so, or refused by row; never counted the other way round."""

from __future__ import annotations

from typing import Any

import pytest

from kpi_xl.cell_words import SATISFACTION
from kpi_xl.functions import FUNCTIONS


def call(name: str, cells: list[Any], *more: Any) -> Any:
    return FUNCTIONS[name]([[cell] for cell in cells], *more)


@pytest.mark.parametrize(
    ("cells", "limit", "share"),
    [
        (["1-非常满意", "2-满意", "3-一般", "4-不满意"], None, 0.5),
        (["1-非常满意", "1", 3.0, "3-一般"], None, 0.5),  # bare digits mean what their words say elsewhere
        (["3 - Highly Satisfied", "2 - Satisfied", "1 - Dissatisfied"], None, pytest.approx(2 / 3)),
        (["5-非常满意", "4-满意", "3-一般"], None, pytest.approx(2 / 3)),
        (["5-非常满意", "4-满意", "3-一般"], 5, pytest.approx(1 / 3)),  # who states a limit asks for it
        (["1-非常满意", "5-非常不满意"], 4, 0.5),  # which cannot be meant where 1 is the best
        (["5-非常满意", "0-未评价", "未接通", "挂机", "拒绝评价"], None, 1.0),
        (["8/10", "7/10"], 8, 0.5), (["6/7", "5/7"], 6, 0.5), (["2/3", "1/3"], 2, 0.5), (["★★★★★", "★☆☆☆☆"], None, 0.5),
    ],
)  # fmt: skip
def test_words_and_scales_decide(cells: list[Any], limit: Any, share: Any) -> None:
    assert call("KPI_CSAT", cells, *([] if limit is None else [limit])) == share


@pytest.mark.parametrize(
    ("name", "cells", "more", "said"),
    [
        ("KPI_CSAT", ["1-非常满意", 5], (), "第 2 行：评分 5 没有文字说明，而别的格写着 1＝非常满意"),
        ("KPI_CSAT", ["2-满意", 5], (), "第 2 行：评分 5 没有文字说明"),
        ("KPI_CSAT", ["1-满意", "2-不满意", "3-满意", 4], (), "第 4 行：评分“4”说不清"),
        ("KPI_CSAT", [4, "4/10"], (), "第 2 行：评分 4/10 不是满意起点 4 所属的 5 分制"),
        ("KPI_CSAT", [9, "4/5"], (8,), "第 2 行：评分 4/5 不是满意起点 8 所属的 10 分制"),
        ("KPI_CSAT", [9, "★★★★★"], (8,), "第 2 行：评分 ★★★★★ 不是满意起点 8"),
        ("KPI_MEAN_RATING", [5, "1-非常满意"], (), "没有文字说明"),
        ("KPI_MEAN_RATING", ["1-非常满意", "2-满意"], (), "第 1 行：评分“1-非常满意”的分数和文字方向相反"),
        ("KPI_MEAN_RATING", ["4/5", "8/10"], (), "第 2 行：评分 8/10 不是 5 分制"),
        ("KPI_MEAN_RATING", ["4/5", 8], (), "第 2 行：评分 8 不是 5 分制"),
        ("KPI_MEAN_RATING", ["1-满意", "2-不满意", "3-满意"], (), "互相矛盾"),
        ("KPI_NPS", [10, "4/5"], (), "第 2 行：推荐意愿应为 0 到 10 的数字，而不是“4/5”"),
        ("KPI_NPS", [10, "★★★★☆"], (), "第 2 行：推荐意愿应为 0 到 10"),
    ],
)  # fmt: skip
def test_what_stays_open_is_refused_by_row(name: str, cells: list[Any], more: tuple[Any, ...], said: str) -> None:
    answer = call(name, cells, *more)
    assert isinstance(answer, str), answer
    assert answer.startswith("参数错误：")
    assert said in answer


def test_a_rating_that_was_not_given_is_no_zero() -> None:
    assert call("KPI_MEAN_RATING", ["0-未评价", 4, "5分", "未按键"]) == 4.5
    assert call("KPI_NPS", ["0 - 未回复", "9分", "10/10"]) == 100.0
    assert call("KPI_MEAN_RATING", ["0-未评价", "未接通"]) == "无数据"
    assert call("KPI_MEAN_RATING", ["3 - Highly Satisfied", "2 - Satisfied", "1 - Dissatisfied"]) == 2.0


@pytest.mark.parametrize("side", SATISFACTION)
def test_every_word_of_satisfaction_counts_as_in_an_export(side: Any) -> None:
    for word in SATISFACTION[side]:
        expected = {"满意": 1.0, "未评价": "无数据"}.get(side, 0.0)
        assert call("KPI_CSAT", [word]) == expected, word


def test_the_header_of_a_column_of_flags_is_no_answer() -> None:
    assert call("KPI_FCR", ["首次解决", "是", "否"]) == "参数错误：第 1 行“首次解决”像是表头，请从数据的第一行选起"
    assert "像是表头" in call("KPI_FCR", ["一次解决", 1.0, True])
    assert call("KPI_FCR", ["首次解决", "非首次解决", "是", "否"]) == 0.5
    assert call("KPI_FCR", ["首次解决", "首次解决"]) == call("KPI_FCR", ["首次解决"]) == call("KPI_FCR", ["已解决", "是"]) == 1.0
    assert call("KPI_FCR", ["首次解决", "暂无"]) == 1.0
