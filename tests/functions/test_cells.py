"""What cells may hold, and how they are read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from kpi_xl.functions import FUNCTIONS, cells
from kpi_xl.functions.cells import CellError
from kpi_xl.functions.scheme_argument import read_scheme
from kpi_xl.schemes import load_scheme

from .standard_range import sheet

NOON = dt.datetime(2025, 9, 1, 12, 0)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (87, "87"), (87.5, "87.5"), (0.1 + 0.2, "0.3"), ("87", "87"), ("８７．５", "87.5"), ("1,200", "1200"),
        ("85%", "0.85"), (" 90 ", "90"), (Decimal("1.10"), "1.10"), ("-3", "-3"), ("−3", "-3"), (0, "0"), (-0.0, "-0.0"),
    ],
)  # fmt: skip
def test_numbers(cell: Any, value: str) -> None:
    assert cells.number(cell, "得分") == Decimal(value)


@pytest.mark.parametrize("cell", [True, "abc", "", None, "NaN", float("nan"), float("inf"), NOON, "1_0", "8 7", [1], {}, b"1"])
def test_no_numbers(cell: Any) -> None:
    with pytest.raises(CellError, match="参数错误：得分应为数字"):
        cells.number(cell, "得分")


@pytest.mark.parametrize(
    "cell",
    [
        NOON, "20250901 1200", 202509011200.0, "2025-09-01 12:00", "2025/9/1 12:00:00", "2025年9月1日 12:00",
        "2025年9月1日12时0分",
        "２０２５－０９－０１ １２：００", "2025.9.1 12:00", "2025-09-01T12:00:00.000", 45901.5, "45901.5",
        (NOON - dt.timedelta(hours=8)).replace(tzinfo=dt.UTC),
        NOON + dt.timedelta(microseconds=4),
    ],
)  # fmt: skip
def test_the_same_moment_in_many_dresses(cell: Any) -> None:
    assert cells.moment(cell, "日期") == NOON


@pytest.mark.parametrize(
    "cell", ["2025-13-01", "2025-02-30", "yesterday", -1, 0, 1e9, True, None, "2025-09-01 25:00", "01/09/2025", "100"]
)
def test_no_moments(cell: Any) -> None:
    with pytest.raises(CellError, match="日期应为日期"):
        cells.moment(cell, "日期")


def test_a_date_is_its_midnight() -> None:
    assert cells.moment(dt.date(2025, 9, 1), "日期") == cells.moment("2025-09-01", "日期") == cells.moment(45901, "日期")


@pytest.mark.parametrize("cell", [True, 1, 1.0, "是", "Y", "yes", "TRUE", "１", "√", "已解决", "1.0"])
def test_yes(cell: Any) -> None:
    assert cells.flag(cell, "标记") is True


@pytest.mark.parametrize("cell", [False, 0, 0.0, "否", "N", "no", "FALSE", "０", "×", "未解决"])
def test_no(cell: Any) -> None:
    assert cells.flag(cell, "标记") is False


@pytest.mark.parametrize("cell", [2, -1, 0.5, "也许", NOON, "NaN", None])
def test_neither_yes_nor_no(cell: Any) -> None:
    with pytest.raises(CellError, match="参数错误：标记应为"):
        cells.flag(cell, "标记")


@pytest.mark.parametrize("cell", [None, "", "  ", "　"])
def test_blank(cell: Any) -> None:
    assert cells.is_blank(cell)
    assert cells.is_missing(cell)


@pytest.mark.parametrize(
    "cell",
    ["-", "—", "N/A", "n/a", "／", "无数据", "缺数据：满意度（csat）", "缺少数据：满意度（csat）", "样本不足：2 条，至少要 5 条"],
)
def test_missing_but_not_blank(cell: Any) -> None:
    assert cells.is_missing(cell)
    assert not cells.is_blank(cell)


@pytest.mark.parametrize("cell", [0, 0.0, False, "0", "无所谓", "#N/A"])
def test_zero_is_not_missing(cell: Any) -> None:
    assert not cells.is_missing(cell)


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (1, [[1]]), ([1, 2], [[1, 2]]), ([[1], [2]], [[1], [2]]), ([[1, 2], [3]], [[1, 2], [3, None]]), ([], [[None]]),
        (((1,), (2,)), [[1], [2]]), ([[]], [[None]]),
    ],
)  # fmt: skip
def test_every_argument_becomes_rows(value: Any, rows: Any) -> None:
    assert cells.block(value) == rows


def test_elementwise_shapes() -> None:
    def add(a: float, b: float) -> float:
        return a + b

    assert cells.elementwise(add, 1, 2) == 3
    assert cells.elementwise(add, [[1], [2]], 10) == [[11], [12]]
    assert cells.elementwise(add, [[1], [2]], [[10, 20]]) == [[11, 21], [12, 22]]
    assert cells.elementwise(add, [[1, 2]], [[10, None]]) == [[11, ""]]
    assert cells.elementwise(add, [[1], ["#REF!"]], 1) == [[2], ["#REF!"]]
    with pytest.raises(CellError, match="3行×1列 与 2行×1列"):
        cells.elementwise(add, [[1], [2], [3]], [[1], [2]])


@pytest.mark.parametrize("cell", ["x" * 500, "a\nb\tc", object(), [1] * 9, {"a": 1}, NOON, 1e300, True])
def test_a_cell_in_a_message_is_short(cell: Any) -> None:
    shown = cells.shown(cell)
    assert len(shown) <= 20
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("KPI_MEAN_RATING", ([[5], [4], ["什么"]],), "第 3 行：评分应为数字，而不是“什么”"),
        ("KPI_MEAN_RATING", ([[5, 4, "什么"]],), "第 3 列：评分应为数字，而不是“什么”"),
        ("KPI_MEAN_RATING", ([[5, 4], [3, "什么"]],), "第 2 行第 2 列：评分应为数字，而不是“什么”"),
        ("KPI_MEAN_RATING", ([["评分"], [5]],), "第 1 行“评分”像是表头，请从数据的第一行选起"),
        ("KPI_MEAN_RATING", ([["什么"]],), "评分应为数字，而不是“什么”"),
        ("KPI_NPS", ([[9], [None], [11]],), "第 3 行：推荐意愿应为 0 到 10 的数字，而不是“11”"),
        ("KPI_CSAT", ([[5], ["好吃"]],), "第 2 行：评分应为数字或满意/不满意，而不是“好吃”"),
        ("KPI_FCR", ([["是"], ["也许"]],), "第 2 行：首次解决标记应为是/否（或 1/0、TRUE/FALSE），而不是“也许”"),
        ("KPI_RANK", (88, [["总分"], [88]]), "第 1 行“总分”像是表头，请从数据的第一行选起"),
        ("KPI_RANK", (88, [[88], ["总分"]]), "第 2 行：得分应为数字，而不是“总分”"),
        ("KPI_REPEAT", ([["甲"], ["乙"]], [["2025-09-01"], ["昨天"]]), "第 2 行：日期应为日期，如 2025-09-01，而不是“昨天”"),
    ],
)
def test_one_bad_cell_of_a_range_is_named_by_its_row(name: str, arguments: tuple[Any, ...], message: str) -> None:
    assert FUNCTIONS[name](*arguments) == f"参数错误：{message}"


def test_an_error_value_in_a_range_is_handed_on() -> None:
    assert FUNCTIONS["KPI_MEAN_RATING"]([[5], ["#N/A"]]) == "#N/A"
    assert FUNCTIONS["KPI_RANK"](5, [[5], ["#SPILL!"]]) == "#SPILL!"


def test_the_words_beside_a_digit_say_which_way_it_runs() -> None:
    ratings = [["1-非常满意"], ["3-不满意"], ["未接通"], ["非常满意(5)"], ["拒评"]]
    assert FUNCTIONS["KPI_CSAT"](ratings) == pytest.approx(2 / 3)
    assert FUNCTIONS["KPI_MEAN_RATING"](ratings[:1]) == "参数错误：评分“1-非常满意”的分数和文字方向相反，请改成分数"
    assert FUNCTIONS["KPI_MEAN_RATING"]([["5星"], ["4分"], ["★★★"], ["4/5"], ["5-非常满意"], ["未评价"]]) == 4.2


def test_whole_columns_end_where_their_cells_end() -> None:
    column = [[95.0], [None], [60.0], *[[None]] * 1_048_573]
    assert FUNCTIONS["KPI_GRADE"](column) == [["高级客服"], [""], ["待改进"]]
    assert FUNCTIONS["KPI_BONUS"](1000, column)[0] == [1200.0]
    assert FUNCTIONS["KPI_RATE"](column, [[100.0], *[[None]] * 1_048_575]) == [[0.95], [""], [""]]
    assert FUNCTIONS["KPI_MEAN_RATING"]([[5.0], *[[None]] * 1_048_575]) == 5.0
    assert len(FUNCTIONS["KPI_GRADE"]([[95.0], *[[None]] * 99])) == 100  # an ordinary range keeps its size


def test_what_is_remembered_of_a_range_tells_the_types_of_its_cells() -> None:
    assert FUNCTIONS["KPI_RANK"](2.0, [[2.0], [1.5]]) == 1
    assert FUNCTIONS["KPI_RANK"](2, [[2], [1.5]]) == 1
    assert FUNCTIONS["KPI_RANK"](1, [[2.0], [True]]).startswith("参数错误：第 2 行：得分应为数字")
    assert FUNCTIONS["KPI_RANK"](1, [[2.0], [1]]) == 2
    assert FUNCTIONS["KPI_MEAN_BY"](1, [[1], [1]], [[4], [2]]) == 3.0
    assert FUNCTIONS["KPI_MEAN_BY"](1, [[True], [1]], [[4], [2]]).startswith("参数错误")


def test_whole_columns_are_not_cut_until_they_fit() -> None:
    """Cut behind their last cells, ``A:A`` and ``B2:B4`` would have the same length, and each row its neighbour's value."""
    column: list[list[Any]] = [[5.0]] * 3 + [[None]] * 65_533
    assert "区域大小不一致" in FUNCTIONS["KPI_RATE"](column, [[5.0]] * 3)
    assert "区域大小不一致" in FUNCTIONS["KPI_RATE"](column, [[5.0]] * 3 + [[None]] * 65_534)
    assert FUNCTIONS["KPI_RATE"](column, column) == [[1.0]] * 3
    assert FUNCTIONS["KPI_RATE"](column, 10) == [[0.5]] * 3


def test_remembered_answers_go_by_content_and_type() -> None:
    asked = []

    @cells.remembered
    def first(rows: list[list[Any]]) -> Any:
        asked.append(rows)
        if rows[0][0] == "x":
            raise CellError("参数错误：x")
        return rows[0][0]

    alike: list[Any] = [[[1]], [[1.0]], [[True]], [["1"]], [[Decimal(1)]], [[1, None]], [[1], [None]], 1]
    for argument in alike * 2:
        first(argument)
    assert len(asked) == len(alike) - 1  # a single 1 is the range of one cell
    assert [type(first(argument)) for argument in alike[:4]] == [int, float, bool, str]
    for _ in range(3):
        with pytest.raises(CellError, match="参数错误：x"):
            first([["x"]])
    assert len(asked) == len(alike)
    scores: list[list[Any]] = [[90.0], [80.0]]
    assert FUNCTIONS["KPI_RANK"](80.0, scores) == 2
    scores[0][0] = 70.0  # the same list with other cells
    assert FUNCTIONS["KPI_RANK"](80.0, scores) == 1
    assert first({}) == {}  # no cell holds it, and nothing is kept of it
    with pytest.raises(KeyError):
        cells.remembered(lambda rows: {}["absent"])([[1]])


def test_a_true_on_a_scheme_sheet_is_no_one() -> None:
    """Equal in Python, another thing in a cell: the table read before must not stand in for this one."""
    table = sheet("appliance-agent")
    (row,) = [line for line in table if line[1] == "高级客服"]
    place = next(number for number, cell in enumerate(row) if cell == 1.2)
    for coefficient in (1.0, True):
        edited = [[*line[:place], coefficient, *line[place + 1 :]] if line is row else line for line in table]
        found = FUNCTIONS["KPI_COEFFICIENT"](95, edited)
        assert (found == 1.0) == (coefficient is not True) or str(found).startswith("参数错误"), found


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("KPI_NEXT_STEP", ([["等级"], ["待改进"]],), "第 1 行：方案中没有等级“等级”；如是表头，请从下一行选起"),
        ("KPI_NEXT_STEP", ([["待改进"], ["高级"]],), "第 2 行：方案中没有等级“高级”"),
        ("KPI_TOTAL", ([["fcr"], ["csta"]], [[0.8], [0.9]]), "第 2 行：方案中没有指标“csta”"),
        ("KPI_REPEAT", ([["客户"], ["甲"]], [["日期"], ["2025-09-01"]]), "如是表头，请从下一行选起"),
        ("KPI_CSAT", ([["评价"], ["满意"], ["不满意"]],), "第 1 行：评分应为数字或满意/不满意，而不是“评价”；如是表头"),
        ("KPI_RANK", (90, [["总分"], [90.0]]), "第 1 行“总分”像是表头"),
        ("KPI_RANK", (90, [[90.0], ["总分"]]), "第 2 行：得分应为数字，而不是“总分”"),
    ],
)
def test_bad_cells_and_headers_are_named_by_their_row(name: str, arguments: tuple[Any, ...], said: str) -> None:
    answer = FUNCTIONS[name](*arguments)
    assert answer.startswith("参数错误：")
    assert said in answer


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("家电售后客服绩效考核表:技术型", "appliance-agent:technical"),
        ("Appliance-Agent：大促期＋Technical", "appliance-agent:technical+promotion"),
        ("CS考核 : 销售", "dealer-cs:sales"),
        (" ｍａｎａｇｅｒ－ＫＰＩ ", "manager-kpi"),
    ],
)
def test_schemes_and_variants_by_any_name(written: str, reference: str) -> None:
    assert read_scheme(written) == load_scheme(reference)
