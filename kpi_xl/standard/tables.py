"""A scheme as the tables of the sheet 评级标准: their columns, their Chinese words, and the rows of a given scheme.

The same declarations serve the writer and the formulas (`kpi_xl.workbook`) and the reader (`kpi_xl.standard.decode`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from kpi_xl.glossary import COEFFICIENT, COUNT, DECIDED, GRADE, ORIGIN, PERIOD, RATER, TARGET, TOTAL, WEIGHT
from kpi_xl.schemes.model import (
    RULE_KINDS,
    Adjustment,
    AllOrNothing,
    Attainment,
    Bands,
    Choice,
    EventDeduction,
    Indicator,
    MedianRef,
    ParameterRef,
    Rating,
    RatingCounts,
    Rule,
    Scheme,
    ShortfallDeduction,
    Source,
    Split,
)

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
RULES: dict[type[Rule], str] = {
    Attainment: "达成率",
    AllOrNothing: "全得或全无",
    ShortfallDeduction: "不足扣分",
    EventDeduction: "按次扣分",
    Bands: "分段计分",
    Choice: "选项",
    Rating: "评分折算",
    Split: "分项达成率",
    RatingCounts: "评分计数",
    Adjustment: "加减分",
}
RULE_NAMES = {kind: RULES[rule] for kind, rule in RULE_KINDS.items()}
BONUS = {"coefficient": "按绩效系数", "total": "按总分"}
MEDIAN = "团队中位数"
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

CHOICES: dict[str, Mapping[str, str]] = {
    "unit": UNITS,
    "better": BETTER,
    "cycle": CYCLES,
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

_REMARKS = {
    "grades": "按下限从低到高排列，达到下限即属该等级；系数填“无”表示没有系数（不是 0）。",
    "indicators": "改权重、目标值后，本工作簿的得分随之变化；权重合计应等于总分。",
    "bands": "空白表示不设界限；界限值归入得分较高的一段；两端得分不同时，段内按直线折算。",
    "parameters": "文件留空、由公司确定的数值；未填写时不能评分。",
    "facts": "只作展示或计算材料，不单独计分。",
    "figures": "各行乘积相加；填了“除以”的再除以该项。",
    "rollups": "较长周期的总分 = 各行所列结果的算术平均数 × 占比之和。",
    "variant_changes": "“取消”表示该变体不考核此项。",
}
DETAILS = ("rule", "parts", "bands", "options", "allowed", "sources")
"""Tables whose lines belong to an indicator, named in their first column."""


def standard_sections(scheme: Scheme) -> list[StandardTable]:
    """Return the tables that this scheme needs, in reading order; a table without rows is left out."""
    rows: dict[str, Iterable[Row]] = {
        "scheme": _scheme_rows(scheme),
        "grades": _grade_rows(scheme),
        "groups": _objects("groups", scheme.groups),
        "indicators": _indicator_rows(scheme),
        "parameters": _objects("parameters", scheme.parameters),
        "facts": _objects("facts", scheme.facts),
        "figures": _objects("figures", scheme.figures),
        "rater_groups": _objects("rater_groups", scheme.raters.groups if scheme.raters else ()),
        "streaks": _objects("streaks", scheme.streaks),
        "rollups": _rollup_rows(scheme),
        "key_results": _objects("key_results", scheme.key_results),
        "checklists": _checklist_rows(scheme),
        "variants": _objects("variants", scheme.variants),
        "variant_changes": _variant_changes(scheme),
        "definitions": scheme.definitions,
        "notes": [(note,) for note in scheme.notes],
    }
    rows |= {key: _detail_rows(key, scheme) for key in DETAILS}
    sections = [
        StandardTable(key, title, columns, tuple(rows[key]), _REMARKS.get(key, "")) for key, (title, columns) in TABLES.items()
    ]
    return [section.trimmed() for section in sections if section.rows]


def owned_indicators(scheme: Scheme) -> list[tuple[str, str, Indicator]]:
    """Return ``(key, variant, indicator)``: the scheme's own (variant ``""``), then what variants would add (``id@variant``)."""
    own = [(i.id, "", i) for i in scheme.indicators]
    return own + [(f"{i.id}@{v.id}", v.id, i) for v in scheme.variants for i in v.add]


def _scheme_rows(scheme: Scheme) -> list[Row]:
    rows: list[Row] = []
    for path, label in SCHEME_ROWS.items():
        value: Any = scheme
        for step in path.split("."):
            value = None if value is None else value[int(step)] if step.isdigit() else getattr(value, step)
        if value is not None and value != ():
            rows.append((label, cell_value(path.rpartition(".")[2], value)))
    return rows


def _grade_rows(scheme: Scheme) -> list[Row]:
    """The lowest first, because LOOKUP wants it so; a grade without a coefficient says so."""
    ordered = sorted(scheme.grades, key=lambda grade: grade.lower)
    rows = _objects("grades", ordered)
    return [
        (*row[:2], NO_COEFFICIENT if grade.coefficient is None else row[2], *row[3:])
        for grade, row in zip(ordered, rows, strict=True)
    ]


def _indicator_rows(scheme: Scheme) -> list[Row]:
    rows = []
    for _key, variant, indicator in owned_indicators(scheme):
        special: dict[str, CellValue] = {"kind": RULES[type(indicator.rule)], "variant": variant or None}
        row: list[CellValue] = []
        for column in TABLES["indicators"][1]:
            holder: object = indicator.rule if column.field in ("better", "target") else indicator
            row.append(special.get(column.field) or cell_value(column.field, getattr(holder, column.field, None)))
        rows.append(tuple(row))
    return rows


def _objects(key: str, objects: Iterable[object], skip: int = 0) -> list[Row]:
    """Return a line per object: its fields in the order of the table's columns (from column `skip` on)."""
    columns = TABLES[key][1][skip:]
    return [tuple(cell_value(c.field, getattr(item, c.field)) for c in columns) for item in objects]


def _detail_rows(key: str, scheme: Scheme) -> list[Row]:
    """Return the lines of a table of details: none, one or more for each indicator, led by the indicator's key."""
    of_indicator: dict[str, Callable[[Indicator], Iterable[Row]]] = {
        "rule": _rule_parameters,
        "parts": lambda i: _objects("parts", getattr(i.rule, "parts", ()), 1),
        "bands": lambda i: _objects("bands", getattr(i.rule, "bands", ()), 1),
        "options": lambda i: getattr(i.rule, "options", ()),
        "allowed": lambda i: getattr(i.rule, "allowed", ()),
        "sources": lambda i: [(about, source_text(source)) for about, source in i.sources],
    }
    return [(owner, *row) for owner, _variant, indicator in owned_indicators(scheme) for row in of_indicator[key](indicator)]


def _rule_parameters(indicator: Indicator) -> list[Row]:
    """Return the parameters of a rule: numbers and names; a flag only when it is set."""
    rows: list[Row] = []
    for name, label in RULE_FIELDS.items():
        value = getattr(indicator.rule, name, None)
        if value is not None and value is not False:
            rows.append((label, cell_value("", value)))
    return rows


def _rollup_rows(scheme: Scheme) -> list[Row]:
    return [(CYCLES[r.cycle], CYCLES[p.of], p.share, p.times, source_text(r.source)) for r in scheme.rollups for p in r.parts]


def _checklist_rows(scheme: Scheme) -> list[Row]:
    return [(c.id, c.name, item, c.note or None, source_text(c.source)) for c in scheme.checklists for item in c.items]


def _variant_changes(scheme: Scheme) -> list[Row]:
    rows: list[Row] = []
    for v in scheme.variants:
        rows += [(v.id, indicator, WEIGHT, weight) for indicator, weight in v.weights]
        rows += [(v.id, indicator, "名称", name) for indicator, name in v.names]
        rows += [(v.id, indicator, "定义", text) for indicator, text in v.definitions]
        rows += [(v.id, indicator, CANCELLED, None) for indicator in v.remove]
    return rows


# --- values ----------------------------------------------------------------------------------------------------------------


def cell_value(field_name: str, value: Any) -> CellValue:  # noqa: ANN401 - any field of the model
    """Return what a cell shows for a field: a number, a Chinese word for a code or flag, lines for a tuple, None for nothing."""
    match value:
        case None | () | "":
            return None
        case bool():
            return "是" if value else "否"
        case Source():
            return source_text(value)
        case ParameterRef():
            return PARAMETER_PREFIX + value.parameter
        case MedianRef():
            return MEDIAN
        case Decimal() | int():
            return value
        case str():
            return CHOICES[field_name][value] if field_name in CHOICES else value
        case tuple() if field_name == "cycles":
            return "、".join(CYCLES[cycle] for cycle in value) or None
        case tuple() if field_name == "products":
            return lines("×".join(product) for product in value)
        case tuple():
            return lines(value)
    raise TypeError(f"{field_name}: {value!r}")


def lines(texts: Iterable[str]) -> str | None:
    """Join texts, one a line."""
    return "\n".join(texts) or None


def source_text(source: Source | None) -> str | None:
    """Return ``文件``, ``文件：原文……`` or ``我方决定：理由``."""
    if source is None:
        return None
    return ORIGINS[source.origin] + (f"：{source.note}" if source.note else "")
