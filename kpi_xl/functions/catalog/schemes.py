"""Around the results: which schemes there are, what is wrong with a column, what was issued."""

from __future__ import annotations

from kpi_xl.functions import checking, listing, results
from kpi_xl.functions.catalog.arguments import column
from kpi_xl.functions.function import Argument, Example, Function

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "KPI_SCHEMES",
        "列出考核方案的编号、名称、满分和等级，第一行是表头。编号（或编号加变体）可用作其他函数的 scheme。",
        (Argument("words", "value", "只列编号或名称中含这些词的方案，几个词用空格隔开；省略时全部列出。", optional=True),),
        listing.schemes,
        (
            Example(
                ("客服 企业",),
                [["编号", "名称", "满分", "等级"], ["enterprise-service", "企业客服绩效考核表", 100.0, "不设等级"]],
            ),
            Example(("没有的词",), "没有含“没有的词”的方案；=KPI_SCHEMES() 列出全部"),
        ),
    ),
    Function(
        "KPI_CHECK",
        "检查一列数据，指出第一处函数会报错的地方和原因。行号从所选区域的第一行数起，并说明另有几行有问题；"
        "都能用时返回“没有问题（20 行）”。",
        (
            Argument("range", "table", "要检查的区域，不含表头。"),
            Argument(
                "kind",
                "value",
                "这一列是什么：得分（省略时）、评分、推荐意愿、比率、日期、是否，或默认方案的指标编号、名称（按它的范围检查）。",
                optional=True,
            ),
        ),
        checking.check,
        (
            Example((column(92, "87%", 75),), "第 2 行：得分应为数字，不带百分号（“87%”）"),
            Example((column(5, "4星", None, 3), "评分"), "没有问题（4 行，其中空白 1 行）"),
            Example((column(0.9, 85), "fcr"), "第 2 行：“首次问题解决率”的值 85 超出范围；85% 请输入 0.85 或 85%"),
        ),
    ),
    Function(
        "KPI_RESULT",
        "从结果文件夹或台账取某人某期已出的结果，只读。在本工作簿的 xlwings.conf 表写一行：KPI RESULTS | 结果文件夹、台账文件"
        "（可用相对路径）或 postgresql:// 地址；没有设置的一律不读。结果更新后按 Ctrl+Alt+F9 重算。",
        (
            Argument("id", "cells", "工号：一个单元格或一片区域。"),
            Argument("period", "cells", "考核周期：2025-09、2025年9月、2025-Q3 或 2025。"),
            Argument(
                "what",
                "cells",
                "要查的内容：总分、等级、绩效系数、奖金、名次、状态、姓名、团队、岗位、方案；台账中还可写指标的编号或名称，返回得分。",
            ),
        ),
        results.result,
        (
            Example(("001", "2025-09", "总分"), results.NOT_SET),
            Example((column("001", "002"), "2025-09", "等级"), results.NOT_SET),
        ),
        workbook=True,
    ),
)
