"""From a score to what follows: grade, coefficient, actions, bonus, rank, streaks."""

from __future__ import annotations

from kpi_xl.functions import grading
from kpi_xl.functions.catalog.arguments import GRADES, SCHEME, SCORE, column
from kpi_xl.functions.function import Argument, Example, Function

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "KPI_GRADE",
        "按考核方案判定等级：输入得分，返回等级名称，如 87 分为“中级客服”。不到下一档的下限就不进档，89.99 不算 90。",
        (SCORE, SCHEME),
        grading.grade,
        (
            Example((87,), "中级客服"),
            Example((column(95, 69.99, None),), column("高级客服", "待改进", "")),
        ),
        native=True,
    ),
    Function(
        "KPI_COEFFICIENT",
        "返回得分所在等级的绩效系数。没有系数的等级（如“待改进”）返回“无系数”字样，不返回 0 或 1，以免误算奖金；"
        "文字大于任何数字，比较前先用 ISNUMBER 判断。",
        (SCORE, SCHEME),
        grading.coefficient,
        (Example((92,), 1.2), Example((87,), 1.0), Example((65,), "无系数（待改进）")),
        native=True,
    ),
    Function(
        "KPI_ACTION",
        "返回得分所在等级的后续措施，如培训、调岗、评优资格；没有规定措施的等级返回空白。",
        (SCORE, SCHEME),
        grading.action,
        (Example((65,), "培训/调岗；制定针对性培训并安排导师带教"), Example((87,), "")),
        native=True,
    ),
    Function(
        "KPI_STREAK",
        "最近连续几期为指定等级。",
        (GRADES, Argument("grade", "cells", "要数的等级，如 待改进。")),
        grading.streak,
        (Example((column("中级客服", "待改进", "待改进"), "待改进"), 2),),
        native=True,
    ),
    Function(
        "KPI_NEXT_STEP",
        "按方案的连续结果规则，返回历次等级之后应采取的措施；没有触发连续规则时，返回最近一次等级的措施。",
        (GRADES, SCHEME),
        grading.next_step,
        (
            Example((column("中级客服", "待改进", "待改进"),), "启动绩效改进计划(PIP)或淘汰"),
            Example((column("待改进", "高级客服"),), "年度评优候选；旅游奖励候选；优先晋升候选"),
            Example((column("", "待评"),), ""),
        ),
    ),
    Function(
        "KPI_BONUS",
        "绩效奖金 = 奖金基数 × 系数（方案规定按得分计发的，为基数 × 得分 ÷ 满分），四舍五入到分。"
        "没有系数的等级不能算奖金，会说明原因（文字大于任何数字，比较前先用 ISNUMBER 判断）。",
        (Argument("base", "cells", "奖金基数（元）。"), SCORE, SCHEME),
        grading.bonus,
        (Example((2000, 92), 2400.0), Example((2000, 65), "“待改进”没有绩效系数，不能计算奖金")),
        native=True,
    ),
    Function(
        "KPI_RANK",
        "在一组得分中的名次，高分在前；得分相同名次相同（1、2、2、4）。",
        (SCORE, Argument("scores", "list", "参加排名的全部得分；空白和“待评”不参加排名。")),
        grading.rank,
        (Example((88, column(95, 88, 88, 70)), 2), Example((70, column(95, 88, 88, 70)), 4)),
        native=True,
    ),
)
