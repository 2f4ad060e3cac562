"""Arguments that several functions take, and how an example's column of cells is written."""

from __future__ import annotations

from kpi_xl.functions.cells import Cell
from kpi_xl.functions.function import Argument

SCHEME = Argument(
    "scheme",
    "scheme",
    "考核方案（可省略，默认 appliance-agent）：方案编号或名称，如 manager-kpi；带变体写作 appliance-agent:technical；"
    "也可选中“评级标准”表的区域。",
    optional=True,
)
SCORE = Argument("score", "cells", "得分：一个单元格或一片区域；按四舍五入到两位小数后的得分判断。空白仍为空白。")
INDICATOR = Argument("indicator", "cells", "指标：编号（如 fcr）或名称（如 首次问题解决率），一个单元格或一片区域。")
ACTUAL = Argument(
    "actual",
    "cells",
    "实际值：比率写 0.85 或 85%（8% 写成 8 会报错），时效写小时数，评分写 0–100；空白或“无数据”表示缺数据，不按 0 分。"
    "由几部分组成的指标可选一行，各部分依次排列。",
)
RATINGS = Argument("ratings", "list", "评分所在的区域，每格一个，如 5、5分、4/5、5星；空白、“-”“暂无”“未评价”“未接通”等不计入。")
DATES = Argument("dates", "list", "日期所在的区域，与前一个区域一一对应；可以是日期、日期时间或 2025-09-01 这样的文字。")
DAYS = Argument("days", "value", "观察期天数，省略为 30 天。", optional=True)
GRADES = Argument("grades", "list", "历次等级，从早到晚；空白或“待评”的那一期既不延续也不打断。")


def column(*cells: Cell) -> list[list[Cell]]:
    """Return cells below each other, as an example's argument or result."""
    return [[cell] for cell in cells]
