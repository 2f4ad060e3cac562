"""What follows for a person: is the target met, what does the next grade take, the result in words."""

from __future__ import annotations

from kpi_xl.functions import feedback, judging
from kpi_xl.functions.catalog.arguments import ACTUAL, INDICATOR, SCHEME, SCORE, column
from kpi_xl.functions.function import Argument, Example, Function
from kpi_xl.glossary import NO_DATA

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "KPI_PASS",
        "实际值是否达到方案的目标：达标、未达标。写“无数据”“-”的返回“无数据”，空白仍为空白。"
        "没有目标数值的（打分、加减分、选项、团队中位数、待公司填写），返回“无目标（……）”并说明。",
        (INDICATOR, ACTUAL, SCHEME),
        judging.passed,
        (
            Example(("fcr", 0.82), "未达标"),
            Example(("fcr", column(0.85, 0.84, NO_DATA, None)), column("达标", "未达标", NO_DATA, "")),
            Example(("handling_hours", [[20, 5, 0.1]]), [["未达标"]]),
            Example(("professionalism", 88), "无目标（满分 100 分）"),
        ),
        native=True,
    ),
    Function(
        "KPI_GAP",
        "距上一档等级还差多少分，以及那一档的名称。已在最高档的返回“已是最高等级”，“待评”仍为“待评”。",
        (SCORE, SCHEME),
        judging.gap,
        (
            Example((87,), "距“高级客服”还差 3.00 分"),
            Example((column(95, 69.99, None),), column("已是最高等级", "距“初级客服”还差 0.01 分", "")),
        ),
        native=True,
    ),
    Function(
        "KPI_TEXT",
        "把结果写成一段反馈：总分、等级、绩效系数、距上一档的差距和后续措施。给出指标和实际值的，"
        "再写优势、失分最多的一项和改进建议，用语和界线与反馈网页相同。没有数据的指标不写。",
        (
            Argument("score", "cells", "总分：一个单元格或一片区域，每人一个。空白仍为空白。"),
            Argument("indicators", "list", "指标编号或名称，排成一行（或一列）；省略时只写总分和等级。", optional=True),
            Argument("actuals", "table", "实际值：与指标一一对应；多人时每人一行，与总分的次序相同。", optional=True),
            SCHEME,
        ),
        feedback.feedback,
        (
            Example((87,), "总分 87.00 分，评为“中级客服”，绩效系数 1，距“高级客服”还差 3.00 分。"),
            Example(
                (92, [["fcr", "csat"]], [[0.82, 0.95]]),
                "总分 92.00 分，评为“高级客服”，绩效系数 1.2，已是最高等级；后续措施：年度评优候选、旅游奖励候选、优先晋升候选。"
                "优势：客户满意度 95.00%。失分最多的是首次问题解决率：实际 82.00%，目标 ≥ 85%，差 3 个百分点；失 0.71 分。"
                "建议：接单时先问清机型、故障现象和已做过的操作，再对照知识库给方案；需要派修的一次约好时间和配件，避免客户二次来电。",
            ),
        ),
    ),
)
