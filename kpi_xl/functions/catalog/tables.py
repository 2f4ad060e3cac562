"""What needs the measure engine: the measures of a table in the sheet."""

from __future__ import annotations

from kpi_xl.functions import tables
from kpi_xl.functions.function import Argument, Function

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "KPI_MEASURES",
        "由工作表中带表头的明细算各客服的指标：返回一张表，每人一行。需要安装完整的 kpi-xl（WPS、Calc、网页版不支持）。",
        (
            Argument("table", "table", "明细区域，第一行是表头（工单、通话、评价等，列名用常见的中英文叫法）。"),
            Argument("period", "value", "考核周期：2025-09、2025-Q3 或 2025。"),
        ),
        tables.measures,
        (),
        engine=True,
    ),
)
