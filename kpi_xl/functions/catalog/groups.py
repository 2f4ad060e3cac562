"""Figures by rows and groups: weighted means, places within a team, ratings of each person or team."""

from __future__ import annotations

from kpi_xl.functions import groups, weighted
from kpi_xl.functions.catalog.arguments import SCORE, column
from kpi_xl.functions.function import Argument, Example, Function

_KEY = Argument("key", "cells", "要算的工号、姓名或团队：一个单元格或一片区域。空白仍为空白。")
_KEYS = Argument("keys", "list", "每条评分属于谁（工号、姓名或团队），与评分一一对应。")
_TEAM = column("一组", "一组", "二组", "二组")

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "KPI_WEIGHTED",
        "加权平均：缺数据的不计入，按其余权重折算，并在结果中写明缺几项（此时结果是文字）；全部缺时返回“无数据”。",
        (
            Argument(
                "values", "table", "数值：一行、一列，或一张表（每人一行时权重排成一行）。空白、“-”“无数据”“待评”表示缺数据。"
            ),
            Argument("weights", "list", "权重：与数值一一对应；百分数或分数都可以，不要求合计为 1 或 100。"),
        ),
        weighted.weighted,
        (
            Example(([[90, 80]], [[0.6, 0.4]]), 86.0),
            Example((column(90, 80, None), column(50, 30, 20)), "86.25（缺 1 项，按其余权重折算）"),
        ),
        native=True,
    ),
    Function(
        "KPI_RANK_BY",
        "在本组（如本团队）得分中的名次，高分在前；得分相同名次相同（1、2、2、4）。",
        (
            SCORE,
            Argument("group", "cells", "所在的组，如团队名称：一个单元格，或与得分同样大小的区域。"),
            Argument("scores", "list", "全部得分，每人一格；空白和“待评”不参加排名。"),
            Argument("groups", "list", "各人所在的组，与全部得分一一对应。"),
        ),
        groups.rank_by,
        (
            Example((88, "二组", column(95, 88, 92, 88), _TEAM), 2),
            Example((column(95, 88, 92, 88), _TEAM, column(95, 88, 92, 88), _TEAM), column(1, 2, 1, 2)),
        ),
        native=True,
    ),
    Function(
        "KPI_MEAN_BY",
        "按人或按团队的平均评分：只算属于 key 的评分；空白和“无数据”不计入，一个有效评分都没有时返回“无数据”。",
        (_KEY, _KEYS, Argument("ratings", "list", "评分，每格一个，如 5、5分、4/5；空白、“-”“无数据”不计入。")),
        groups.mean_by,
        (
            Example(("一组", _TEAM, column(5, 4, 3, None)), 4.5),
            Example((column("一组", "二组", "三组"), _TEAM, column(5, 4, 3, None)), column(4.5, 3.0, "无数据")),
        ),
        native=True,
    ),
    Function(
        "KPI_NPS_BY",
        "按人或按团队的净推荐值 NPS：（9–10 分占比 − 0–6 分占比）× 100，只算属于 key 的评分。",
        (_KEY, _KEYS, Argument("ratings", "list", "推荐意愿评分（0–10），每格一个；空白不计入。")),
        groups.nps_by,
        (
            Example(("一组", _TEAM, column(10, 9, 3, None)), 100.0),
            Example((column("一组", "二组"), _TEAM, column(10, 8, 3, 9)), column(50.0, 0.0)),
        ),
        native=True,
    ),
)
