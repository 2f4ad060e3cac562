"""KPI_MEASURES: a table in the sheet, measured as an export would be."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kpi_xl.functions import FUNCTIONS

TICKETS: list[list[Any]] = [
    ["工单编号", "客服", "创建时间", "办结时间", "首次解决"],
    ["T1", "张三", dt.datetime(2025, 9, 1, 8), dt.datetime(2025, 9, 1, 20), "是"],
    ["T2", "张三", "2025-09-02 08:00", "2025-09-04 08:00", "否"],
    ["T3", 1001.0, "2025-09-02 08:00", None, "是"],
]


def measure(table: Any, period: Any = "2025-09") -> Any:
    return FUNCTIONS["KPI_MEASURES"].implementation(table, period)


def test_a_row_per_agent_with_what_the_columns_allow() -> None:
    header, *agents = measure(TICKETS)
    shown = {row[0]: dict(zip(header, row, strict=True)) for row in agents}
    assert set(shown) == {"张三", "1001"}
    assert shown["张三"]["首次问题解决率"] == 0.5
    assert shown["张三"]["工单处理时效"] == 30.0
    assert shown["1001"]["工单处理时效"] == "无数据"
    assert "客户满意度" not in header
    assert not [name for name in header if "median" in name]


def test_the_period_may_be_a_date_or_a_year() -> None:
    assert measure(TICKETS, dt.datetime(2025, 9, 1)) == measure(TICKETS, [["2025-09"]])
    assert measure(TICKETS, 2025.0)[0][0] == "客服"


@pytest.mark.parametrize("period", ["2025年9月", "202509", 202509.0, "2025.9", "2025/9"])
def test_the_period_may_be_written_in_the_usual_ways(period: object) -> None:
    assert measure(TICKETS, period) == measure(TICKETS, "2025-09")


def test_what_cannot_be_measured_says_why() -> None:
    call = FUNCTIONS["KPI_MEASURES"]
    assert "考核周期不能是小数" in call(TICKETS, 2025.1)  # January, or October without its zero
    assert call(TICKETS, "九月") == "参数错误：看不懂考核周期“九月”；请写成 2025-09（月）、2025-Q3（季）或 2025（年）"
    assert call(TICKETS, "2025-09-01") == "参数错误：看不懂考核周期“2025-09-01”；请写成 2025-09"
    assert call(TICKETS, None).startswith("参数错误：考核周期应为一个")
    assert call([["姓名", "备注"], ["张三", "x"]], "2025-09").startswith("参数错误：")
    assert call([["工单编号", "客服", "创建时间"], ["T1", "张三", "#N/A"]], "2025-09") == "#N/A"
    assert call([[None], [None]], "2025-09")
    assert call("T1", "2025-09") == "无数据"
