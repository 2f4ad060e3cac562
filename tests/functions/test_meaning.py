"""What the functions mean, case by case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kpi_xl.functions import FUNCTIONS
from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.scoring import score


def call(name: str, *arguments: Any) -> Any:
    return FUNCTIONS[name](*arguments)


@pytest.mark.parametrize(
    ("points", "grade", "coefficient"),
    [
        (100, "高级客服", 1.2), (90, "高级客服", 1.2), (89.995, "高级客服", 1.2),
        (89.9949, "中级客服", 1.0), (89.99, "中级客服", 1.0), (80, "中级客服", 1.0),
        (79.994, "初级客服", 0.8), (70, "初级客服", 0.8), (69.99, "待改进", "无系数（待改进）"),
        (0, "待改进", "无系数（待改进）"), ("87", "中级客服", 1.0), ("８７分", "中级客服", 1.0),
    ],
)  # fmt: skip
def test_grades_are_read_from_the_rounded_score(points: Any, grade: str, coefficient: Any) -> None:
    assert call("KPI_GRADE", points) == grade
    assert call("KPI_COEFFICIENT", points) == coefficient


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (100.01, "参数错误：总分 100.01 不在 0~100 之间"), (-1, "参数错误：总分 -1.00 不在 0~100 之间"),
        ("87%", "参数错误：得分应为数字，不带百分号"), (True, "参数错误：得分应为数字，而不是“TRUE”"),
        ("优", "参数错误：得分应为数字，而不是“优”"), ("待评：已得 60.00 分，缺协同能力", "待评"),
    ],
)  # fmt: skip
def test_what_is_no_score(bad: Any, message: str) -> None:
    assert call("KPI_GRADE", bad) == message


def test_a_grade_without_coefficient_never_becomes_a_number() -> None:
    assert call("KPI_BONUS", 2000, 69.99) == "“待改进”没有绩效系数，不能计算奖金"
    assert call("KPI_BONUS", [[2000], [2000.0], [""], [100]], [[95], [87], [87], [65]]) == [
        [2400.0], [2000.0], [""], ["“待改进”没有绩效系数，不能计算奖金"],
    ]  # fmt: skip
    assert call("KPI_BONUS", 1234.56, 75) == 987.65


@pytest.mark.parametrize(
    ("actual", "shown"),
    [
        (0.08, 5.0), ("8%", 5.0), ("0.08", 5.0), ("１２０％", 0.42), (1, 0.5),
        (8, "参数错误：“维修成本占收入比”的值 8 超出范围；8% 请输入 0.08 或 8%"),
        ("8", "参数错误：“维修成本占收入比”的值 8 超出范围；8% 请输入 0.08 或 8%"),
        (1.5, "参数错误：“维修成本占收入比”的值 1.5 看不出是否百分数；写明百分号：1.5% 或 150%"),
        ("250%", "参数错误：“维修成本占收入比”的值 250% 超出范围；填 0%~200% 之间的数"),
    ],
)  # fmt: skip
def test_eight_is_never_800_per_cent(actual: Any, shown: Any) -> None:
    assert call("KPI_SCORE", "cost_ratio", actual, "after-sales-3d") == shown
    assert call("KPI_SCORE", "cost_ratio", [[actual]], "after-sales-3d") == [[shown]]
    total = call("KPI_TOTAL", [["cost_ratio"]], [[actual]], "after-sales-3d")
    assert total == shown if isinstance(shown, str) else total.startswith(f"待评：已得 {shown:.2f} 分")


def test_points_of_indicators_by_id_and_by_name() -> None:
    assert call("KPI_SCORE", [["fcr"], ["csat"], ["重复投诉率"], ["professionalism"]], [[0.82], ["92%"], [0.1], [88]]) == [
        [19.29], [15.0], [5.0], [8.8],
    ]  # fmt: skip
    assert call("KPI_SCORE", "fcr", [["", "无数据", "#N/A", 85]]) == [
        ["", "", "#N/A", "参数错误：“首次问题解决率”的值 85 超出范围；85% 请输入 0.85 或 85%"],
    ]  # fmt: skip


def test_a_composite_takes_its_parts_side_by_side() -> None:
    people = [[20, 5, 0.1], [48, None, None], [None, None, None], [20, 5, "多"]]
    shown = call("KPI_SCORE", "工单处理时效", people)
    assert shown[:3] == [[14.7], [7.5], [""]]
    assert shown[3][0].startswith("参数错误：")
    assert call("KPI_SCORE", "handling_hours", 48) == 7.5
    assert call("KPI_SCORE", "handling_hours.urgent", 8) == 7.5


def test_the_why_is_the_one_of_the_scoring_core() -> None:
    result = score(load_scheme("appliance-agent"), {"first_fix": "80%"}).result("first_fix")
    assert call("KPI_WHY", "first_fix", "80%") == result.why
    assert call("KPI_SCORE", "first_fix", "80%") == float(result.points or 0)


COMPLETE = {
    "fcr": 0.82, "handling_hours.normal": 20, "handling_hours.urgent": 5, "handling_hours.urgent_share": 0.1, "csat": 0.91,
    "repeat_complaint": 0.04, "first_fix": 0.9, "professionalism": 88, "completeness": 0.97, "collaboration": 90, "knowledge": 2,
}  # fmt: skip


def test_totals_of_one_person_in_any_layout() -> None:
    expected = float(score(load_scheme("appliance-agent"), COMPLETE).total or 0)
    keys, values = list(COMPLETE), list(COMPLETE.values())
    column: Callable[[list[Any]], list[list[Any]]] = lambda cells: [[cell] for cell in cells]  # noqa: E731
    assert call("KPI_TOTAL", [keys], [values]) == expected
    assert call("KPI_TOTAL", column(keys), column(values)) == expected
    assert call("KPI_TOTAL", [keys], column(values)) == expected
    assert call("KPI_GRADE", expected) == score(load_scheme("appliance-agent"), COMPLETE).grade


def test_totals_of_many_people() -> None:
    keys, values = list(COMPLETE), list(COMPLETE.values())
    total = call("KPI_TOTAL", [keys], [values])
    lacking = [None if key == "knowledge" else value for key, value in COMPLETE.items()]
    wrong = ["#REF!" if key == "fcr" else value for key, value in COMPLETE.items()]
    assert call("KPI_TOTAL", [keys], [values, [None] * 11, lacking, wrong]) == [
        [total], [""], [f"待评：已得 {total - 5:.2f} 分，缺知识库贡献"], ["#REF!"],
    ]  # fmt: skip
    side_by_side = [[value, value] for value in values]
    assert call("KPI_TOTAL", [[key] for key in keys], side_by_side) == [[total, total]]


def test_totals_that_do_not_fit_say_so() -> None:
    assert call("KPI_TOTAL", [["fcr", "csat"]], [[1, 1, 1]]) == "参数错误：指标有 2 个，实际值是 1行×3列，对不上"
    assert call("KPI_TOTAL", [["fcr", "fcr"]], [[1, 1]]) == "参数错误：指标“fcr”出现两次"
    assert call("KPI_TOTAL", [["fcr", None]], [[1, 1]]) == "参数错误：实际值“1”没有指标名"
    assert call("KPI_TOTAL", [["fcr", "nope"]], [[1, 1]]) == "参数错误：第 2 列：方案中没有指标“nope”"


def test_weights_and_targets() -> None:
    assert call("KPI_WEIGHT", [["fcr", "首次问题解决率"]]) == [[20.0, 20.0]]
    assert call("KPI_TARGET", [["fcr", "handling_hours", "handling_hours.urgent", "knowledge", "professionalism", "x"]]) == [
        [0.85, 24.0, 4.0, 2.0, "满分 100 分", "参数错误：方案中没有指标“x”"],
    ]  # fmt: skip


def test_rates_never_invent_a_zero() -> None:
    assert call("KPI_RATE", [[82], [0], [0], [None], ["-"]], [[100], [5], [0], [5], [5]]) == [
        [0.82],
        [0.0],
        ["无数据"],
        [""],
        ["无数据"],
    ]
    assert call("KPI_MEAN_RATING", [[None], ["-"]]) == "无数据"
    assert call("KPI_FCR", [[None]]) == "无数据"
    assert call("KPI_SCORE", "fcr", call("KPI_RATE", 0, 0)) == ""


def test_satisfaction() -> None:
    assert call("KPI_CSAT", [[5], [4.0], ["3"], ["非常满意"], ["一般"], [None], ["无数据"]]) == 0.6
    assert call("KPI_CSAT", [[5], ["好吃"]]) == "参数错误：第 2 行：评分应为数字或满意/不满意，而不是“好吃”"
    assert call("KPI_NPS", [[10], [9], [0], [7]]) == 25.0
    assert call("KPI_NPS", [[11]]) == "参数错误：推荐意愿应为 0 到 10 的数字，而不是“11”"


@pytest.mark.parametrize(
    ("ratings", "limit", "said"),
    [
        ([9, 7, 5, 4], None, "评分 9 超过 5 分，请写明满意起点"),
        ([9, 7, 5, 4], "", "评分 9 超过 5 分"),
        ([-1, 6, 99], None, "评分 -1 不在 1–5 分之内"),
        ([0.95, 0.9], None, "评分 0.95 不在 1–5 分之内"),
        (["95%"], None, "不带百分号"),
        (["９５％", 4], 4, "不带百分号"),
        ([0, 5], None, "评分 0 不在 1–5 分之内"),
        (["8/10", 4], None, "评分 8/10 超过 5 分"),
        ([11, 9], 9, "评分 11 超过 10 分"),
        ([0.9], 9, "评分 0.9 不在 0–10 分之内"),
        ([101], 80, "评分 101 超过 100 分"),
        ([2, 1], 1, "评分 2 超过 1 分"),
        ([5], 0, "满意起点应为大于 0"),
        ([5], 400, "满意起点应为大于 0"),
    ],
)
def test_ratings_outside_their_scale_are_refused(ratings: list[Any], limit: Any, said: str) -> None:
    answer = call("KPI_CSAT", [[one] for one in ratings], *([] if limit is None else [limit]))
    assert str(answer).startswith("参数错误：")
    assert said in answer


@pytest.mark.parametrize(
    ("ratings", "limit", "share"),
    [
        ([5, 4, 3, 1], 4, 0.5), ([5, 4.5], 5, 0.5), ([9, 7, 0, 10], 9, 0.5), ([95, 60], 80, 0.5), ([1, 0], 1, 0.5),
        ([0.95, 0.7], 0.8, 0.5), (["4/5", "★★☆☆☆", "满意", "一般"], None, 0.5), (["5星", "2星"], None, 0.5),
    ],
)  # fmt: skip
def test_ratings_within_their_scale_are_counted(ratings: list[Any], limit: Any, share: float) -> None:
    assert call("KPI_CSAT", [[one] for one in ratings], *([] if limit is None else [limit])) == share


def test_means_do_not_mix_scales() -> None:
    assert call("KPI_MEAN_RATING", [[0.9], [0.8]]) == pytest.approx(0.85)
    assert "统一" in call("KPI_MEAN_RATING", [[0.95], [4]])
    assert "负数" in call("KPI_MEAN_RATING", [[-1], [4]])
    assert "百分号" in call("KPI_MEAN_RATING", [["95%"]])
    assert "百分号" in call("KPI_NPS", [["95%"]])
    assert "0 到 10" in call("KPI_NPS", [[0.95]])


@pytest.mark.parametrize("total", [0.87, 1, "0.87", 0.004])
def test_a_total_that_may_be_a_percentage_is_refused(total: object) -> None:
    for name in ("KPI_GRADE", "KPI_COEFFICIENT", "KPI_ACTION"):
        assert "像是百分数" in call(name, total)
    assert "像是百分数" in call("KPI_BONUS", 2000, total)
    assert "像是百分数" in call("KPI_RANK", total, [[total], [0.9]])
    assert "像是百分数" in call("KPI_RANK", 87, [[87], [total]])


def test_small_totals_of_small_schemes_are_totals() -> None:
    small = next(scheme for scheme in list_schemes() if scheme.total == 5)
    assert "像是百分数" not in str(call("KPI_GRADE", 0.87, small.id))
    assert call("KPI_RANK", 0.87, [[4.2], [0.87]]) == 2
    assert call("KPI_GRADE", 0) == "待改进"


@pytest.mark.parametrize("mark", [0.9, 1, "90%", "0.9"])
def test_a_mark_out_of_a_hundred_in_per_cent_is_refused(mark: object) -> None:
    assert "百分号" in call("KPI_SCORE", "professionalism", mark)
    assert "百分号" in call("KPI_WHY", "professionalism", mark)
    assert "百分号" in call("KPI_TOTAL", [["fcr", "professionalism"]], [[0.82, mark]])
    assert call("KPI_SCORE", "fcr", "90%") == call("KPI_SCORE", "fcr", 0.9) == 20.0


def test_hours() -> None:
    assert call("KPI_HOURS", [["2025-09-01 08:00"], [45901], ["2025-09-02"]], [["2025-09-01 20:30"], [None], ["2025-09-01"]]) == [
        [12.5], [""], ["参数错误：办结时间早于创建时间"],
    ]  # fmt: skip


def test_windows_are_closed_at_their_last_day() -> None:
    customers, at = [["甲"], ["甲"]], "2025-09-01 10:00"
    assert call("KPI_REPEAT", customers, [[at], ["2025-10-01 10:00"]]) == 0.5
    assert call("KPI_REPEAT", customers, [[at], ["2025-10-01 10:00:01"]]) == 0.0
    assert call("KPI_REPEAT", customers, [["2025-10-01 10:00"], [at]], 7) == 0.0
    assert call("KPI_FIRST_FIX", [["A"], ["A"], [13800000000.0]], [[at], ["2025-09-02"], ["2025-09-02"]]) == pytest.approx(2 / 3)
    assert call("KPI_REPEAT", [["甲"], [None]], [[at], [at]]) == "参数错误：第 2 行缺客户"
    assert call("KPI_REPEAT", [["甲"]], [[at], [at]]) == "参数错误：客户与日期的个数不同（1 与 2）"


def test_dealer_scores() -> None:
    assert call("KPI_CS", [[100, 100, 75, 0], [None] * 4, [100, 50, 75, 0], [100, None, 75, 0]]) == [
        [68.75], [""], ["参数错误：“第 2 题”的值 50 不是允许的分值；只能填 100、75、0~25"], ["待评：缺第 2 题"],
    ]  # fmt: skip
    assert call("KPI_CS", [[100], [100], [100], [25]]) == 81.25


def test_streaks() -> None:
    grades = [["待改进"], ["高级客服"], ["高级客服"], [None], ["待评"], ["高级客服"]]
    assert call("KPI_STREAK", grades, [["高级客服", "待改进"]]) == [[3, 0]]
    assert call("KPI_NEXT_STEP", grades) == "薪资上调 5%~10%"
    assert call("KPI_NEXT_STEP", [["高级"]]) == "参数错误：方案中没有等级“高级”"


def test_ranks_share_places() -> None:
    scores = [[95], [88.004], [88.0], ["待评：已得 60.00 分"], [None], [70]]
    assert call("KPI_RANK", scores, scores) == [[1], [2], [2], ["待评"], [""], [4]]
    assert call("KPI_RANK", 99, scores) == "参数错误：得分不在排名区域内"
