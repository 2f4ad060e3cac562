"""The tables of the sheet 评级标准: their columns and their Chinese words.

The same declarations serve the writer (`kpi_xl.standard.rows`), the formulas (`kpi_xl.workbook`) and the reader
(`kpi_xl.standard.decode`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from kpi_xl.glossary import COEFFICIENT, COUNT, DECIDED, GRADE, ORIGIN, PERIOD, RATER, TARGET, TOTAL, WEIGHT
from kpi_xl.periods import BASIS_LABELS
from kpi_xl.schemes.rule_kinds import RULE_KINDS

CellValue = str | Decimal | int | None
Row = tuple[CellValue, ...]

SHEET = "评级标准"

BETTER = {"higher": "越高越好", "lower": "越低越好"}
UNITS = {
    "ratio": "比率",
    "points": "分",
    "hours": "小时",
    "minutes": "分钟",
    "seconds": "秒",
    "days": "天",
    "count": COUNT,
    "rating": "评分",
    "money": "元",
    "index": "指数",
}
CYCLES = {"day": "每日", "month": "月度", "quarter": "季度", "year": "年度"}
ORIGINS = {"document": "文件", "decided": DECIDED}
RULE_NAMES = {kind: rule.word for kind, rule in RULE_KINDS.items()}
BONUS = {"coefficient": "按绩效系数", "total": "按总分"}
PARAMETER_PREFIX = "参数："
CANCELLED = "取消"
NO_COEFFICIENT = "无"
RULE_FIELDS = {
    "per_month": "目标按月累计",
    "absolute": "按绝对值",
    "unit": "每一档",
    "points": "每档（次）分值",
    "allowance": "免扣次数",
    "per_quarter": "免扣按季累计",
    "scale": "满分刻度",
    "share_of": "占比分项",
    "levels": "评分档数",
    "voided_by": "清零项",
    "deducted_by": "扣分项",
    "deduction": "扣分项每次分值",
    "sign": "加减方向",
    "cap": "封顶",
}
"""Parameters of rules by field name, as HR reads them in the table 计分参数."""
RULE_COLUMNS = ("better", "target")
"""Fields of rules that have a column of the table 指标."""
RULE_TABLES = ("parts", "bands", "options", "allowed")
"""Fields of rules that have a table of their own."""

CHOICES: dict[str, Mapping[str, str]] = {
    "unit": UNITS,
    "better": BETTER,
    "cycle": CYCLES,
    "basis": BASIS_LABELS,
    "of": CYCLES,
    "by": BONUS,
    "kind": RULE_NAMES,
}
"""Fields that hold one of a few codes: code to Chinese, by field name."""


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: its header, the field of the model that it shows, and how many columns of the sheet it spans."""

    header: str
    field: str
    span: int = 1
    keep: bool = True


@dataclass(frozen=True)
class StandardTable:
    """A table of the sheet: `key` for programs, `title` and `columns` for people, and its rows."""

    key: str
    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[Row, ...]
    note: str = ""

    @property
    def fields(self) -> list[str]:
        """The fields of the columns."""
        return [column.field for column in self.columns]

    def index(self, field_name: str) -> int:
        """Return the place of a field in the rows. Raises ValueError."""
        return self.fields.index(field_name)

    def offset(self, field_name: str) -> int:
        """Return the 0-based column of the sheet where a field stands."""
        return sum(column.span for column in self.columns[: self.index(field_name)])

    def trimmed(self) -> StandardTable:
        """Return the section without the columns that are empty in every row, unless they are to `keep`."""
        kept = [i for i, column in enumerate(self.columns) if column.keep or any(row[i] is not None for row in self.rows)]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[i] for i in kept), rows=rows)


# --- the tables ------------------------------------------------------------------------------------------------------------

SCHEME_ROWS = {
    "id": "方案编号",
    "number": "序号",
    "name": "方案名称",
    "subject": "考核对象",
    "cycles": PERIOD,
    "month_starts": "考核月起始日",
    "basis": "工单归入月份",
    "source": ORIGIN,
    "total": TOTAL,
    "bounds.0": "总分下限",
    "bounds.1": "总分上限",
    "provisional": "缺数据时给预估",
    "required_variant": "必须选择变体",
    "ranked": "参与排名",
    "callbacks": "按客户回访合并计分",
    "excluded_status": "不参加考核的人员状态",
    "applied": "已采用变体",
    "appeal.text": "申诉",
    "appeal.days": "申诉期限（天）",
    "appeal.source": "申诉出处",
    "bonus.by": "奖金计算",
    "bonus.base": "奖金基数",
    "bonus.source": "奖金出处",
    "raters.minimum": "匿名最少人数",
    "raters.source": f"{RATER}{ORIGIN}",
}
"""The scheme's own values by key path; absent ones have no row."""

_SOURCE = TableColumn(ORIGIN, "source", 3, keep=False)
_OWNER = TableColumn("指标编号", "indicator")

TABLES: dict[str, tuple[str, tuple[TableColumn, ...]]] = {
    "scheme": ("方案", (TableColumn("项目", "label"), TableColumn("内容", "value", 6))),
    "grades": (
        "评定等级",
        (
            TableColumn("下限（含）", "lower"),
            TableColumn(GRADE, "name"),
            TableColumn(COEFFICIENT, "coefficient"),
            TableColumn("措施", "actions", 3),
            _SOURCE,
        ),
    ),
    "groups": (
        "指标分组",
        (
            TableColumn("分组编号", "id"),
            TableColumn("分组", "name"),
            TableColumn("分组权重", "weight", keep=False),
            TableColumn("可豁免", "waivable"),
            _SOURCE,
        ),
    ),
    "indicators": (
        "指标",
        (
            TableColumn("指标编号", "id"),
            TableColumn("指标", "name"),
            TableColumn("分组编号", "group"),
            TableColumn(WEIGHT, "weight"),
            TableColumn("计分规则", "kind"),
            TableColumn("方向", "better"),
            TableColumn(TARGET, "target"),
            TableColumn("单位", "unit"),
            TableColumn("定义/计算公式", "definition"),
            TableColumn("数据度量", "measure"),
            TableColumn("填写人", "entered_by"),
            TableColumn("最小样本", "min_sample"),
            TableColumn("样本来自", "sample_from", keep=False),
            TableColumn("最小值", "low", keep=False),
            TableColumn("最大值", "high", keep=False),
            TableColumn("考评目的", "purpose", keep=False),
            TableColumn("考核关键点", "check_points", keep=False),
            TableColumn("变体", "variant", keep=False),
        ),
    ),
    "rule": ("计分参数", (_OWNER, TableColumn("参数", "name"), TableColumn("值", "value"))),
    "parts": (
        "分项目标",
        (
            _OWNER,
            TableColumn("分项编号", "id"),
            TableColumn("分项", "name"),
            TableColumn(TARGET, "target"),
            TableColumn("方向", "better"),
            TableColumn("单位", "unit"),
            TableColumn("单独编号", "own_key", keep=False),
        ),
    ),
    "bands": (
        "分段计分",
        (
            _OWNER,
            TableColumn("起", "first"),
            TableColumn("止", "last"),
            TableColumn("起点得分", "first_points"),
            TableColumn("止点得分", "last_points"),
        ),
    ),
    "options": ("选项", (_OWNER, TableColumn("选项", "label"), TableColumn("分值", "value"))),
    "allowed": ("允许填写的数值", (_OWNER, TableColumn("从", "low"), TableColumn("到", "high"))),
    "parameters": (
        "公司填写的参数",
        (
            TableColumn("参数编号", "id"),
            TableColumn("参数", "name"),
            TableColumn("单位", "unit"),
            TableColumn("值", "value"),
            TableColumn("说明", "note", 3, keep=False),
        ),
    ),
    "facts": (
        "其他输入",
        (
            TableColumn("输入编号", "id"),
            TableColumn("输入", "name"),
            TableColumn("单位", "unit"),
            TableColumn("填写人", "entered_by"),
            TableColumn("数据度量", "measure", keep=False),
            TableColumn("定义", "definition", 3, keep=False),
        ),
    ),
    "figures": (
        "计算项",
        (
            TableColumn("计算项编号", "id"),
            TableColumn("计算项", "name"),
            TableColumn("单位", "unit"),
            TableColumn("相加的乘积", "products", 3),
            TableColumn("除以", "per", keep=False),
            _SOURCE,
        ),
    ),
    "rater_groups": (RATER, (_OWNER, TableColumn(RATER, "name"), TableColumn("匿名", "anonymous"))),
    "streaks": (
        "连续结果",
        (TableColumn(GRADE, "grade"), TableColumn("连续次数", "times"), TableColumn("措施", "action", 3), _SOURCE),
    ),
    "rollups": (
        "按平均数汇总",
        (
            TableColumn("周期", "cycle"),
            TableColumn("由", "of"),
            TableColumn("占比", "share"),
            TableColumn("至少次数", "times"),
            _SOURCE,
        ),
    ),
    "key_results": (
        "关键结果（OKR）",
        (
            TableColumn("编号", "id"),
            TableColumn("关键结果", "name"),
            TableColumn("单位", "unit"),
            TableColumn(TARGET, "target"),
            TableColumn("相对提升", "relative"),
            _SOURCE,
        ),
    ),
    "checklists": (
        "检查清单",
        (
            TableColumn("清单编号", "id"),
            TableColumn("清单", "name"),
            TableColumn("检查项", "item", 3),
            TableColumn("说明", "note", 3, keep=False),
            _SOURCE,
        ),
    ),
    "variants": (
        "变体",
        (
            TableColumn("变体编号", "id"),
            TableColumn("变体", "name"),
            TableColumn("不可同用", "exclusive_with"),
            TableColumn(PERIOD, "cycles", keep=False),
            TableColumn("说明", "note", 3, keep=False),
            _SOURCE,
        ),
    ),
    "variant_changes": (
        "变体调整",
        (TableColumn("变体编号", "variant"), _OWNER, TableColumn("项目", "what"), TableColumn("改为", "value", 4)),
    ),
    "definitions": ("口径", (TableColumn("度量编号", "measure"), TableColumn("采用口径", "value", 2))),
    "sources": ("指标出处", (_OWNER, TableColumn("项目", "about"), TableColumn(ORIGIN, "source", 6))),
    "notes": ("说明", (TableColumn("内容", "value", 9),)),
}
"""Every table by key: its title on the sheet and its columns."""

DETAILS = ("rule", "parts", "bands", "options", "allowed", "sources")
"""Tables whose lines belong to an indicator, named in their first column."""
