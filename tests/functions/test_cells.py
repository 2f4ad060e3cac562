"""What cells may hold, and how they are read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from kpi_xl.functions import cells
from kpi_xl.functions.cells import CellError

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
