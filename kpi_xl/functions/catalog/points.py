"""From actual values to points: one indicator, its calculation in words, the total, weights and targets."""

from __future__ import annotations

from kpi_xl.functions import points
from kpi_xl.functions.catalog.arguments import ACTUAL, INDICATOR, SCHEME
from kpi_xl.functions.function import Argument, Example, Function

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "KPI_SCORE",
        "按方案的计分规则算一个指标的得分（四舍五入到两位小数，不超过权重）。缺数据返回空白，不按 0 分。",
        (INDICATOR, ACTUAL, SCHEME),
        points.points,
        (
            Example(("fcr", 0.82), 19.29),
            Example(("首次问题解决率", "82%"), 19.29),
            Example(("handling_hours", [[20, 5, 0.1]]), [[14.7]]),
        ),
        native=True,
    ),
    Function(
        "KPI_WHY",
        "说明一个指标的得分是怎么算出来的，如“82.00% ÷ 85% × 20 = 19.29”，可放在得分旁边供核对。",
        (INDICATOR, ACTUAL, SCHEME),
        points.why,
        (Example(("fcr", 0.82), "82.00% ÷ 85% × 20 = 19.29"), Example(("fcr", ""), "")),
    ),
    Function(
        "KPI_TOTAL",
        "由各指标的实际值算总分。缺任何一项时返回“待评”、已得分数和所缺指标。指标排成一行、每人一行时，返回每人的总分。"
        "“待评”是文字，大于任何数字：=KPI_TOTAL(…)>=90 为 TRUE，比较前先用 ISNUMBER 判断。",
        (
            Argument("indicators", "list", "指标编号或名称，排成一列或一行。"),
            Argument("actuals", "table", "实际值：与指标一一对应；也可以是一张表，每人一行（或一列）。空白表示缺数据。"),
            SCHEME,
        ),
        points.total,
        (
            Example(
                ([["fcr", "csat"]], [[0.82, 0.9]]),
                "待评：已得 34.29 分，缺工单处理时效、重复投诉率、一次修复率、服务专业性、工单信息完整性、协同能力、知识库贡献",
            ),
        ),
    ),
    Function(
        "KPI_WEIGHT",
        "返回指标在方案中的权重（以分计）。",
        (INDICATOR, SCHEME),
        points.weight,
        (Example(("fcr",), 20.0), Example(("first_fix", "appliance-agent:technical"), 15.0)),
        native=True,
    ),
    Function(
        "KPI_TARGET",
        "返回指标在方案中的目标值；没有要达到的数、待公司填写或取团队中位数的，用文字说明。",
        (INDICATOR, SCHEME),
        points.target,
        (Example(("fcr",), 0.85), Example(("handling_hours.urgent",), 4.0), Example(("professionalism",), "满分 100 分")),
        native=True,
    ),
)
