"""The one list of the cell functions: names, Chinese documentation, arguments, examples, implementation.

The xlwings module, the Calc add-in, the lowering to native formulas and the reference page are all made from it, so that they
cannot differ. Excel cuts a function's or an argument's documentation at 255 characters (a test keeps below).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from kpi_xl.errors import KpiError
from kpi_xl.functions import grading, points, rates, tables, times
from kpi_xl.functions.cells import Cell, CellError, problem_text

CATEGORY = "KPI 考核"

Kind = Literal["cells", "list", "table", "value", "scheme"]
"""``cells``: result by result, a range gives a range; ``list``: all cells together; ``table``: rows and columns count;
``value``: one cell; ``scheme``: an id, an id with variants, or a 评级标准 range."""


@dataclass(frozen=True)
class Argument:
    """An argument; `name` is what the function wizard shows (ASCII, a Python identifier), `doc` its Chinese explanation."""

    name: str
    kind: Kind
    doc: str
    optional: bool = False


@dataclass(frozen=True)
class Example:
    """Arguments as Python values (nested lists are ranges) and the result that they must give; the tests execute it."""

    arguments: tuple[Cell, ...]
    result: Cell

    def formula(self, name: str) -> str:
        """Return the example as one types it in Excel: ``=KPI_GRADE(87)``."""
        return f"={name}({','.join(literal(argument) for argument in self.arguments)})"


@dataclass(frozen=True)
class Function:
    """A cell function. Calling it never raises: whatever is wrong comes back as a short Chinese text for the cell."""

    name: str
    doc: str
    arguments: tuple[Argument, ...]
    implementation: Callable[..., Cell]
    examples: tuple[Example, ...]
    native: bool = False
    """Whether a native formula over the sheet 评级标准 can stand for it (Excel 2013 vocabulary)."""
    engine: bool = False
    """Whether it needs the measure engine (pandas, DuckDB), which Pyodide and the Calc add-in do not have."""

    def __call__(self, *values: Cell) -> Cell:
        if len(values) > len(self.arguments):
            return f"参数错误：最多 {len(self.arguments)} 个参数"
        filled = [*values, *[None] * (self.least - len(values))]
        try:
            return self.implementation(*filled)
        except CellError as error:
            return str(error)
        except KpiError as error:
            return str(problem_text(error))
        except Exception:  # a cell never shows a traceback; the property tests call the implementation itself
            return "参数错误：无法计算，请检查各参数"

    @property
    def least(self) -> int:
        """Number of arguments that must be given."""
        return sum(not argument.optional for argument in self.arguments)

    @property
    def signature(self) -> inspect.Signature:
        """The Python signature that xlwings inspects: plain positional arguments, optional ones with default None."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature(
            [inspect.Parameter(a.name, kind, default=None if a.optional else inspect.Parameter.empty) for a in self.arguments]
        )


def literal(value: Cell) -> str:
    """Return a value as one types it: text in quotes, a range as an array constant ``{1,2;3,4}``, blanks in it as ``""``."""
    if isinstance(value, list):
        rows = value if value and isinstance(value[0], list) else [value]
        return "{" + ";".join(",".join(literal(cell) or '""' for cell in row) for row in rows) + "}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return "" if value is None else f"{value:g}"


_SCHEME = Argument(
    "scheme",
    "scheme",
    "考核方案（可省略，默认 appliance-agent）：方案编号，如 manager-kpi；带变体写作 appliance-agent:technical；"
    "也可选中“评级标准”表的区域。",
    optional=True,
)
_SCORE = Argument("score", "cells", "得分：一个单元格或一片区域；按四舍五入到两位小数后的得分判断。空白仍为空白。")
_INDICATOR = Argument("indicator", "cells", "指标：编号（如 fcr）或名称（如 首次问题解决率），一个单元格或一片区域。")
_ACTUAL = Argument(
    "actual",
    "cells",
    "实际值：比率写 0.85 或 85%（8% 写成 8 会报错），时效写小时数，评分写 0–100；空白或“无数据”表示缺数据，不按 0 分。"
    "由几部分组成的指标可选一行，各部分依次排列。",
)
_RATINGS = Argument("ratings", "list", "评分所在的区域，每格一个，如 5、5分、4/5；空白、“-”、“暂无”“无数据”不计入。")
_DATES = Argument("dates", "list", "日期所在的区域，与前一个区域一一对应；可以是日期、日期时间或 2025-09-01 这样的文字。")
_DAYS = Argument("days", "value", "观察期天数，省略为 30 天。", optional=True)
_GRADES = Argument("grades", "list", "历次等级，从早到晚；空白或“待评”的那一期既不延续也不打断。")


def _column(*cells: Cell) -> list[list[Cell]]:
    return [[cell] for cell in cells]


_SATISFIED_FROM = (
    "满意起点：不低于它算满意，省略为 4（五分制）；6–10 为十分制，更大为百分制，不超过 1 为 0–1 制。分制以外的评分报错。"
)
CATALOG: tuple[Function, ...] = (
    Function(
        "KPI_GRADE",
        "按考核方案判定等级：输入得分，返回等级名称，如 87 分为“中级客服”。不到下一档的下限就不进档，89.99 不算 90。",
        (_SCORE, _SCHEME),
        grading.grade,
        (
            Example((87,), "中级客服"),
            Example((_column(95, 69.99, None),), _column("高级客服", "待改进", "")),
        ),
        native=True,
    ),
    Function(
        "KPI_COEFFICIENT",
        "返回得分所在等级的绩效系数。没有系数的等级（如“待改进”）返回“无系数”字样，不返回 0 或 1，以免误算奖金。",
        (_SCORE, _SCHEME),
        grading.coefficient,
        (Example((92,), 1.2), Example((87,), 1.0), Example((65,), "无系数（待改进）")),
        native=True,
    ),
    Function(
        "KPI_ACTION",
        "返回得分所在等级的后续措施，如培训、调岗、评优资格；没有规定措施的等级返回空白。",
        (_SCORE, _SCHEME),
        grading.action,
        (Example((65,), "培训/调岗；制定针对性培训并安排导师带教"), Example((87,), "")),
        native=True,
    ),
    Function(
        "KPI_SCORE",
        "按方案的计分规则算一个指标的得分（四舍五入到两位小数，不超过权重）。缺数据返回空白，不按 0 分。",
        (_INDICATOR, _ACTUAL, _SCHEME),
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
        (_INDICATOR, _ACTUAL, _SCHEME),
        points.why,
        (Example(("fcr", 0.82), "82.00% ÷ 85% × 20 = 19.29"), Example(("fcr", ""), "")),
    ),
    Function(
        "KPI_TOTAL",
        "由各指标的实际值算总分。缺任何一项时返回“待评”、已得分数和所缺指标。指标排成一行、每人一行时，返回每人的总分。",
        (
            Argument("indicators", "list", "指标编号或名称，排成一列或一行。"),
            Argument("actuals", "table", "实际值：与指标一一对应；也可以是一张表，每人一行（或一列）。空白表示缺数据。"),
            _SCHEME,
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
        (_INDICATOR, _SCHEME),
        points.weight,
        (Example(("fcr",), 20.0), Example(("first_fix", "appliance-agent:technical"), 15.0)),
        native=True,
    ),
    Function(
        "KPI_TARGET",
        "返回指标在方案中的目标值；没有要达到的数、待公司填写或取团队中位数的，用文字说明。",
        (_INDICATOR, _SCHEME),
        points.target,
        (Example(("fcr",), 0.85), Example(("handling_hours.urgent",), 4.0), Example(("professionalism",), "满分 100 分")),
        native=True,
    ),
    Function(
        "KPI_RATE",
        "比率 = 分子 ÷ 分母。分母为 0 时返回“无数据”：没有样本不等于 0%。",
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
        "平均评分：有效评分的算术平均；空白和“无数据”不计入，一个有效评分都没有时返回“无数据”。",
        (_RATINGS,),
        rates.mean_rating,
        (Example((_column(5, 4, None, 3),), 4.0),),
        native=True,
    ),
    Function(
        "KPI_NPS",
        "净推荐值 NPS：（9–10 分占比 − 0–6 分占比）× 100，范围 −100 到 100。",
        (Argument("ratings", "list", "推荐意愿评分（0–10）所在的区域；空白不计入。"),),
        rates.nps,
        (Example((_column(10, 9, 8, 3),), 25.0),),
        native=True,
    ),
    Function(
        "KPI_CSAT",
        "客户满意度 = 满意的评价数 ÷ 有效评价数。评价可以是分数（不低于满意起点为满意），也可以是“满意”“一般”“不满意”等文字。",
        (
            _RATINGS,
            Argument(
                "satisfied_from",
                "value",
                _SATISFIED_FROM,
                optional=True,
            ),
        ),
        rates.csat,
        (Example((_column(5, 4, 3, None),), 2 / 3), Example((_column("满意", "不满意"),), 0.5), Example((_column(9, 7), 8), 0.5)),
        native=True,
    ),
    Function(
        "KPI_FCR",
        "首次问题解决率 = 首次解决的工单数 ÷ 工单总数。每张工单一个标记，空白和“暂无”不计入。",
        (Argument("flags", "list", "首次解决标记，每张工单一格：是/否、已解决/未解决、完成/未完成、有/无、1/0、Y/N 等。"),),
        rates.fcr,
        (Example((_column("是", "否", 1, True),), 0.75), Example((_column("已解决", "无", "暂无"),), 0.5)),
        native=True,
    ),
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
        (Argument("customers", "list", "客户编号或电话，每件投诉一格。"), _DATES, _DAYS),
        times.repeat,
        (Example((_column("甲", "乙", "甲", "甲"), _column("2025-09-01", "2025-09-02", "2025-09-20", "2025-12-01")), 0.25),),
    ),
    Function(
        "KPI_FIRST_FIX",
        "一次修复率：观察期内没有再次维修的维修单数 ÷ 维修单数。同一台机器以机身号识别。",
        (Argument("assets", "list", "机身号，每张维修单一格。"), _DATES, _DAYS),
        times.first_fix,
        (Example((_column("A1", "A2", "A1", "A3"), _column("2025-09-01", "2025-09-02", "2025-09-20", "2025-09-30")), 0.75),),
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
    Function(
        "KPI_STREAK",
        "最近连续几期为指定等级。",
        (_GRADES, Argument("grade", "cells", "要数的等级，如 待改进。")),
        grading.streak,
        (Example((_column("中级客服", "待改进", "待改进"), "待改进"), 2),),
        native=True,
    ),
    Function(
        "KPI_NEXT_STEP",
        "按方案的连续结果规则，返回历次等级之后应采取的措施；没有触发连续规则时，返回最近一次等级的措施。",
        (_GRADES, _SCHEME),
        grading.next_step,
        (
            Example((_column("中级客服", "待改进", "待改进"),), "启动绩效改进计划(PIP)或淘汰"),
            Example((_column("待改进", "高级客服"),), "年度评优候选；旅游奖励候选；优先晋升候选"),
            Example((_column("", "待评"),), ""),
        ),
    ),
    Function(
        "KPI_BONUS",
        "绩效奖金 = 奖金基数 × 系数（方案规定按得分计发的，为基数 × 得分 ÷ 满分），四舍五入到分。"
        "没有系数的等级不能算奖金，会说明原因。",
        (Argument("base", "cells", "奖金基数（元）。"), _SCORE, _SCHEME),
        grading.bonus,
        (Example((2000, 92), 2400.0), Example((2000, 65), "“待改进”没有绩效系数，不能计算奖金")),
        native=True,
    ),
    Function(
        "KPI_RANK",
        "在一组得分中的名次，高分在前；得分相同名次相同（1、2、2、4）。",
        (_SCORE, Argument("scores", "list", "参加排名的全部得分；空白和“待评”不参加排名。")),
        grading.rank,
        (Example((88, _column(95, 88, 88, 70)), 2), Example((70, _column(95, 88, 88, 70)), 4)),
        native=True,
    ),
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

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in CATALOG}
