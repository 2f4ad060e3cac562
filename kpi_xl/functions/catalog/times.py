"""Figures from dates: handling hours, repeated complaints, first-time fix."""

from __future__ import annotations

from kpi_xl.functions import deadlines, times
from kpi_xl.functions.catalog.arguments import DATES, DAYS, SCHEME, column
from kpi_xl.functions.function import Argument, Example, Function

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "KPI_HOURS",
        "处理时效（自然小时）= 办结时间 − 创建时间。未结（空白）返回空白。",
        (
            Argument("created", "cells", "创建时间：日期时间，或 2025-09-01 08:00 这样的文字。"),
            Argument("closed", "cells", "办结时间；未结留空白。"),
        ),
        times.hours,
        (Example(("2025-09-01 08:00", "2025-09-02 09:30"), 25.5),),
        native=True,
    ),
    Function(
        "KPI_REPEAT",
        "重复投诉占比：同一客户在观察期内再次投诉的件数 ÷ 投诉件数。每行一件投诉；以全部工单为分母时，请另用 KPI_RATE。",
        (Argument("customers", "list", "客户编号或电话，每件投诉一格。"), DATES, DAYS),
        times.repeat,
        (Example((column("甲", "乙", "甲", "甲"), column("2025-09-01", "2025-09-02", "2025-09-20", "2025-12-01")), 0.25),),
    ),
    Function(
        "KPI_FIRST_FIX",
        "一次修复率：观察期内没有再次维修的维修单数 ÷ 维修单数。同一台机器以机身号识别。",
        (Argument("assets", "list", "机身号，每张维修单一格。"), DATES, DAYS),
        times.first_fix,
        (Example((column("A1", "A2", "A1", "A3"), column("2025-09-01", "2025-09-02", "2025-09-20", "2025-09-30")), 0.75),),
    ),
    Function(
        "KPI_DEADLINE",
        "截止日期：从起算日期起若干天的最后一天（起算当天不计）。结果是日期序号，请把单元格格式设为日期，可以再加减。",
        (
            Argument("start", "cells", "起算日期，如公布日期；只看日期，不看几点。空白仍为空白。"),
            Argument(
                "days",
                "cells",
                "天数：数字为自然日；“3个工作日”为工作日（按国务院放假与调休安排）；省略为方案规定的申诉期限。",
                optional=True,
            ),
            SCHEME,
        ),
        deadlines.deadline,
        (
            Example(("2025-09-28", 3), 45931.0),
            Example(("2025-09-28", "3个工作日"), 45939.0),
            Example((column("2025-09-01", ""),), column(45904.0, "")),
        ),
        native=True,
    ),
    Function(
        "KPI_WORKHOURS",
        "处理时效（工作小时）：创建到办结之间的工作时间，工作日按国务院放假与调休安排。未结（空白）返回空白。",
        (
            Argument("created", "cells", "创建时间：日期时间，或 2025-09-01 08:00 这样的文字。"),
            Argument("closed", "cells", "办结时间；未结留空白。"),
            Argument("start_hour", "value", "上班时间，省略为 9；8:30 写 8.5。", optional=True),
            Argument("end_hour", "value", "下班时间，省略为 18；17:30 写 17.5。", optional=True),
        ),
        deadlines.work_hours,
        (
            Example(("2025-09-01 08:00", "2025-09-02 09:30"), 9.5),
            Example(("2025-09-30 17:00", "2025-10-09 10:00"), 2.0),
            Example(("2025-09-27 09:00", "2025-09-28 12:00"), 3.0),
        ),
    ),
)
