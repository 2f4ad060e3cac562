"""Weighted means, places and ratings by group: what they count, what they refuse, and the same from their native forms."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from kpi_xl.functions import FUNCTIONS
from kpi_xl.functions.catalog.arguments import column
from kpi_xl.schemes import load_scheme

from .. import engines
from ..native.sheets import Case, lay_out

WEIGHTED, RANK_BY, MEAN_BY, NPS_BY = (FUNCTIONS[f"KPI_{name}"] for name in ("WEIGHTED", "RANK_BY", "MEAN_BY", "NPS_BY"))


def test_a_missing_value_gives_its_weight_to_the_others_and_says_so() -> None:
    assert WEIGHTED([[90, 80, 70]], [[50, 30, 20]]) == 83.0
    assert WEIGHTED([[90, "-", 70]], [["50%", "30%", "20%"]]) == "84.29（缺 1 项，按其余权重折算）"
    assert WEIGHTED([[None, "无数据"]], [[1, 1]]) == "无数据"
    assert WEIGHTED([[90, 80], [70, None]], [[1, 3]]) == [[82.5], ["70.00（缺 1 项，按其余权重折算）"]]
    assert WEIGHTED([[90, 70], [80, None]], [[1], [3]]) == [[82.5, "70.00（缺 1 项，按其余权重折算）"]]


@pytest.mark.parametrize(
    ("values", "weights", "message"),
    [
        ([[90, 80]], [[1, 2, 3]], "对不上"),
        ([[90, 80]], [[1, -2]], "第 2 个权重应为不小于 0 的数字"),
        ([[90, 80]], [[0, 0]], "权重之和为 0"),
        ([[90, None]], [[0, 1]], "有数据的各项权重之和为 0"),
        ([[90, "优"]], [[1, 1]], "第 2 个数值应为数字"),
        ([[90, 80]], [[1, None]], "第 2 个权重应为数字"),
    ],
)
def test_weights_that_cannot_be_are_refused(values: Any, weights: Any, message: str) -> None:
    assert message in WEIGHTED(values, weights)


def test_places_within_a_group() -> None:
    scores, teams = column(95, 88, 92, 88, None, "待评"), column("一组", "二组", "二组 ", "一组", "一组", "二组")
    assert RANK_BY(scores, teams, scores, teams) == column(1, 2, 1, 2, "", "待评")
    assert RANK_BY(88, "三组", scores, teams) == "参数错误：没有分组“三组”"
    assert RANK_BY(70, "一组", scores, teams).startswith("参数错误：得分不在排名区域内")
    assert "个数不同" in RANK_BY(88, "一组", scores, teams[:-1])
    # a bad score concerns its own group alone
    bad = column(95, "优秀", 92)
    assert RANK_BY(column(95, 92), column("一组", "二组"), bad, column("一组", "二组", "二组")) == column(
        1, "参数错误：第 2 行：得分应为数字，而不是“优秀”"
    )


def test_keys_are_compared_as_ids() -> None:
    assert MEAN_BY(column(12, "12", "a1"), column(12.0, "12", "A1"), column(5, 3, 4)) == column(4.0, 4.0, 4.0)
    assert MEAN_BY("乙", column("甲"), column(5)) == "无数据"
    assert MEAN_BY(
        column("张三", "a 01", "012", "未分配"), column("张 三", "张　三", "Ａ01", "未分配"), column(5, 4, 3, 1)
    ) == column(4.5, 3.0, "无数据", "无数据")
    assert NPS_BY(column("甲", "乙"), column("甲", "甲", "乙"), column(10, 3, "什么")) == column(
        0.0, "参数错误：第 3 行：推荐意愿应为数字，而不是“什么”"
    )


def test_random_groups_agree_with_the_function_of_one_group() -> None:
    draw = random.Random(3)
    teams = [[draw.choice("甲乙丙")] for _ in range(300)]
    scores = [[round(draw.uniform(40, 100), 2)] for _ in range(300)]
    ratings = [[draw.randint(1, 5)] for _ in range(300)]
    places = RANK_BY(scores, teams, scores, teams)
    for team in "甲乙丙":
        rows = [row for row, (name,) in enumerate(teams) if name == team]
        own = [scores[row] for row in rows]
        assert [places[row] for row in rows] == FUNCTIONS["KPI_RANK"](own, own)
        assert MEAN_BY(team, teams, ratings) == FUNCTIONS["KPI_MEAN_RATING"]([ratings[row] for row in rows])


def cases() -> list[Case]:
    draw = random.Random(11)
    scores = (95, 88, 88.004, 88.005, 70, 0, 0.87, 4.2, None, "待评", "待评：已得 3 分", "无数据", "优秀")
    ratings = (10, 9, 8, 6, 3, 1, 0, 0.5, -1, 11, None, "-", "无数据", "缺数据：回访", "满意")
    teams = ("一组", "二组", "A1", "a1", 12, None)

    def cells(pool: tuple[Any, ...], count: int) -> list[list[Any]]:
        clean = [cell for cell in pool if type(cell) is int and cell > 0] if draw.random() < 0.6 else pool
        return [[draw.choice(clean)] for _ in range(count)]

    found: list[Case] = []
    for _ in range(60):
        count = draw.randint(2, 8)
        keys = [[draw.choice(teams)] for _ in range(count)]
        key = [[draw.choice([row[0] for row in keys])]]
        own = cells(scores, count)
        values = cells((90, 80.5, 0, -3, None, "-", "无数据", "优"), count)
        found += [
            ("KPI_RANK_BY", ([[draw.choice([row[0] for row in own])]], key, own, keys)),
            ("KPI_MEAN_BY", (key, keys, cells(ratings, count))),
            ("KPI_NPS_BY", (key, keys, cells(ratings, count))),
            (
                "KPI_WEIGHTED",
                (values, cells((50, 30, 0, 20, -1, None), count)),
            ),
        ]
    found += [("KPI_DEADLINE", ([[start]], [[days]])) for start in (45901, 45901.75, None) for days in (0, 3, 3.5, -1, None)]
    return found


@pytest.mark.office
@pytest.mark.slow
def test_native_forms_in_three_programs(soffice: str, tmp_path: Path) -> None:
    laid_out = lay_out(load_scheme("appliance-agent"), cases())
    path = tmp_path / "groups.xlsx"
    path.write_bytes(laid_out.data)
    assert not {name: wrong for name, compute in engines.ENGINES.items() if (wrong := laid_out.wrong(compute(path, tmp_path)))}
