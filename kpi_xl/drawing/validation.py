"""Data validations of input cells, with Chinese prompts and messages, from what a scheme says about its inputs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from openpyxl.worksheet.datavalidation import DataValidation

from kpi_xl.numbers import format_plain
from kpi_xl.schemes.inputs import Input

Type = Literal["whole", "decimal", "list", "date", "textLength", "custom"]
Operator = Literal["between", "lessThanOrEqual", "greaterThanOrEqual"]

_PLAIN_UNITS = {"hours": "小时数", "minutes": "分钟数", "seconds": "秒数", "days": "天数", "money": "金额（元）"}


@dataclass(frozen=True)
class Validation:
    """What a cell accepts. `formula1`, `formula2` as in the file format; ``{cell}`` stands for the cell itself."""

    type: Type
    operator: Operator | None = None
    formula1: str | None = None
    formula2: str | None = None
    prompt: str = ""
    error: str = ""


HUNDRED = (Decimal(0), Decimal(100))
TEXT = Validation("textLength", "lessThanOrEqual", "2000", prompt="", error="不超过 2000 个字。")
NAME = Validation("textLength", "lessThanOrEqual", "40", prompt="签名或填写姓名。", error="姓名不超过 40 个字。")
DATE = Validation("date", "greaterThanOrEqual", "36526", prompt="填写日期，如 2025-10-09。", error="请填写日期，如 2025-10-09。")
YES_NO = Validation("list", formula1='"是,否"', prompt="请选择：是 / 否。", error="只能选择 是 或 否。")
PASS_FAIL = Validation(
    "list", formula1='"合格,不合格,不适用"', prompt="请选择：合格 / 不合格 / 不适用。", error="请从列表中选择。"
)
MONTHS = Validation(
    "whole",
    "between",
    "1",
    "12",
    prompt="考核期间的月数：月度填 1，季度填 3，年度填 12。",
    error="请填写 1 到 12 的整数。",
)


MARK = Validation(
    "custom",
    formula1="OR({cell}=0,AND({cell}>1,{cell}<=100))",
    prompt="请填写 0 到 100 之间的分数，不写百分号；没有数据请留空。",
    error="应为 0 到 100 之间的分数：90 分请填 90，不要填 90% 或 0.9。没有数据请留空，不要填 0。",
)
"""A mark out of 100; between 0 and 1 nobody can tell 0.9 from 90 %, which a cell keeps as 0.9."""


def choice(options: tuple[str, ...]) -> Validation:
    """Accept one of a few labels."""
    listed = " / ".join(options)
    return Validation(
        "list", formula1=f'"{",".join(options)}"', prompt=f"请选择：{listed}。", error=f"请从列表中选择：{listed}。"
    )


def number(
    low: Decimal | None = None, high: Decimal | None = None, *, percent: bool = False, whole: bool = False, what: str = "数字"
) -> Validation:
    """Accept a number between two bounds (both included, None: open)."""

    def shown(bound: Decimal) -> str:
        return f"{format_plain(bound * 100)}%" if percent else format_plain(bound)

    example = "，如 85%" if percent else ""
    if low is not None and high is not None:
        words = f"{shown(low)} 到 {shown(high)} 之间的{what}"
        rule = Validation("decimal", "between", f"{low:f}", f"{high:f}")
    elif high is not None:
        words = f"不大于 {shown(high)} 的{what}"
        rule = Validation("decimal", "lessThanOrEqual", f"{high:f}")
    else:
        bound = low if low is not None else Decimal(0)
        words = f"不小于 {shown(bound)} 的{what}"
        rule = Validation("decimal", "greaterThanOrEqual", f"{bound:f}")
    return replace(
        rule,
        type="whole" if whole else "decimal",
        prompt=f"请填写{words}{example}；没有数据请留空。",
        error=f"应为{words}{example}。没有数据请留空，不要填 0。",
    )


def for_input(entry: Input) -> Validation:
    """Return the validation of an input of a scheme."""
    if entry.options:
        return choice(entry.options)
    if entry.allowed:
        return _allowed(entry)
    if entry.of_hundred:
        return MARK
    what = "整数" if entry.whole else _PLAIN_UNITS.get(entry.unit, "数字")
    return number(entry.low, entry.high, percent=entry.unit == "ratio", whole=entry.whole, what=what)


def for_column(entry: Input) -> Validation:
    """Return the validation of a whole column of an input: a rule that names its cell would be there once for each cell."""
    rule = for_input(entry)
    return number(*HUNDRED, what="分数（不写百分号）") if rule is MARK else rule


def _allowed(entry: Input) -> Validation:
    """Accept numbers of a few ranges only (a mean of several answers lies between them)."""
    texts, terms = [], []
    for low, high in entry.allowed:
        texts.append(format_plain(low) if low == high else f"{format_plain(low)}–{format_plain(high)}")
        terms.append(f"AND({{cell}}>={low:f},{{cell}}<={high:f})")
    listed = "、".join(texts)
    return Validation(
        "custom",
        formula1=f"OR({','.join(terms)})",
        prompt=f"只能填写：{listed}；没有数据请留空。",
        error=f"只能填写：{listed}。",
    )


@dataclass
class Validations:
    """Collects the cells of each validation, so that the file holds each rule once."""

    _cells: dict[Validation, list[str]] = field(default_factory=dict)

    def add(self, validation: Validation, address: str) -> None:
        """Let `address` accept what `validation` says."""
        if validation.formula1 and "{cell}" in validation.formula1:
            validation = replace(validation, formula1=validation.formula1.replace("{cell}", address))
        self._cells.setdefault(validation, []).append(address)

    def rules(self) -> list[DataValidation]:
        """Return the openpyxl objects, in the order of first use."""
        found = []
        for validation, cells in self._cells.items():
            rule = DataValidation(
                type=validation.type,
                operator=validation.operator,
                formula1=validation.formula1,
                formula2=validation.formula2,
                allow_blank=True,
                showErrorMessage=True,
                showInputMessage=bool(validation.prompt),
                errorTitle="请检查填写内容",
                error=validation.error,
                promptTitle="填写说明" if validation.prompt else None,
                prompt=validation.prompt or None,
            )
            for cell in cells:
                rule.add(cell)
            found.append(rule)
        return found
