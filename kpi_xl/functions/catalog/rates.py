"""Figures from lists: rates, mean rating, NPS, satisfaction, first-contact resolution, the dealers' CS."""

from __future__ import annotations

from kpi_xl.functions import rates
from kpi_xl.functions.catalog.arguments import RATINGS, column
from kpi_xl.functions.function import Argument, Example, Function

SATISFIED_FROM = (
    "满意起点：不低于它算满意，省略为 4（五分制）；6–10 为十分制，更大为百分制，不超过 1 为 0–1 制。分制以外的评分报错。"
)

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "KPI_RATE",
        "比率 = 分子 ÷ 分母。分母为 0 时返回“无数据”：没有样本不等于 0%。文字大于任何数字，=KPI_RATE(0,0)>=0.85 为 TRUE，"
        '请写 =IF(ISNUMBER(A2),IF(A2>=0.85,…),"无数据") 或用 KPI_PASS。',
        (
            Argument("numerator", "cells", "分子：达标的数量，一个单元格或一片区域。"),
            Argument("denominator", "cells", "分母：统计的总数，一个单元格或一片区域。"),
        ),
        rates.rate,
        (Example((82, 100), 0.82), Example((0, 0), "无数据")),
        native=True,
    ),
    Function(
        "KPI_MEAN_RATING",
        "平均评分：有效评分的算术平均；空白和“无数据”不计入，一个有效评分都没有时返回“无数据”"
        "（是文字，大于任何数字，比较前先用 ISNUMBER 判断）。",
        (RATINGS,),
        rates.mean_rating,
        (Example((column(5, 4, None, 3),), 4.0),),
        native=True,
    ),
    Function(
        "KPI_NPS",
        "净推荐值 NPS：（9–10 分占比 − 0–6 分占比）× 100，范围 −100 到 100。没有评分时返回“无数据”"
        "（是文字，大于任何数字，比较前先用 ISNUMBER 判断）。",
        (Argument("ratings", "list", "推荐意愿评分（0–10）所在的区域；空白不计入。"),),
        rates.nps,
        (Example((column(10, 9, 8, 3),), 25.0),),
        native=True,
    ),
    Function(
        "KPI_CSAT",
        "客户满意度 = 满意的评价数 ÷ 有效评价数。评价可以是分数（不低于满意起点为满意），也可以是“满意”“一般”“不满意”等文字。"
        "没有评价时返回“无数据”（是文字，大于任何数字，比较前先用 ISNUMBER 判断）。",
        (
            RATINGS,
            Argument(
                "satisfied_from",
                "value",
                SATISFIED_FROM,
                optional=True,
            ),
        ),
        rates.csat,
        (Example((column(5, 4, 3, None),), 2 / 3), Example((column("满意", "不满意"),), 0.5), Example((column(9, 7), 8), 0.5)),
        native=True,
    ),
    Function(
        "KPI_FCR",
        "首次问题解决率 = 首次解决的工单数 ÷ 工单总数。每张工单一个标记，空白和“暂无”不计入。没有标记时返回“无数据”"
        "（是文字，大于任何数字，比较前先用 ISNUMBER 判断）。",
        (Argument("flags", "list", "首次解决标记，每张工单一格：是/否、已解决/未解决、完成/未完成、有/无、1/0、Y/N 等。"),),
        rates.fcr,
        (Example((column("是", "否", 1, True),), 0.75), Example((column("已解决", "无", "暂无"),), 0.5)),
        native=True,
    ),
    Function(
        "KPI_CS",
        "汽车经销商 CS 得分：每位客户 4 题，各题 25 × 答案 ÷ 100 之和。答案只能是 100、75 或 0–25。"
        "整行空白为回访未成功，返回空白。",
        (Argument("answers", "table", "第 1–4 题的答案：4 列，每位客户一行；一位客户也可以是 4 行 1 列。"),),
        rates.customer_score,
        (Example(([[100, 75, 100, 25]],), 75.0),),
        native=True,
    ),
)
