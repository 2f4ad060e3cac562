"""The words of 导入检查.xlsx: its sheets, its headers, and what HR calls the columns of the canonical tables.

The room that writes the workbook and the module that reads it back (`mapping_book`) share them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kpi_xl.decisions import Ground
from kpi_xl.exports.columns.draft import HELPERS
from kpi_xl.exports.columns.header import column_type
from kpi_xl.exports.columns.mapping import EXTRA_COLUMNS
from kpi_xl.tables import TABLES

FILES, DECISIONS, COLUMNS, PEOPLE, MONTHS, REPEATED, SETTINGS, LISTS = (
    "文件", "口径确认", "列对照", "人员", "月份", "重复", "其他设置", "选项",
)  # fmt: skip
"""The sheets; the last one is hidden and holds the lists of the drop-downs."""

FILE, SHEET, TABLE, HEADER = "文件", "工作表", "表", "列名"
ANSWER, MEANING, PERSON, VALUE = "您的决定", "含义", "其实是谁", "值"
"""Headers of the cells that HR fills in: of 口径确认, 列对照, 人员, 其他设置."""
SETTING, BEFORE, DECLARED = "设置", "原来填的", "已声明"
"""Headers of the columns by which a row is read back; hidden but on 其他设置."""

GROUNDS: Mapping[Ground, str] = {"read": "读出", "declared": "已声明", "guess": "推测", "open": "待确认"}

UNUSED = "不用"
"""The meaning of a column that is not read."""
WHOLE_FILE = "（整个文件都是）"
"""Stands in place of a header, before a value that holds for every row."""
NO_COLUMN = "没有这一列"
"""The answer where no column of the file has what is asked for."""
YES_NO: Mapping[str, bool] = {"是": True, "否": False}


@dataclass(frozen=True)
class Meaning:
    """What a column of an export can be: a canonical column, or a part of one that stands in several columns (from 1; 0: all)."""

    column: str
    part: int = 0


def column_label(table: str, column: str) -> str:
    """Return what HR calls a canonical or helping column."""
    known = next((one.zh for one in TABLES[table].columns if one.name == column), None)
    return known or HELPERS.get(column, column)


def meaning_label(table: str, meaning: Meaning) -> str:
    """Return the word of the drop-down: ``创建时间``, ``创建时间（时刻）``, ``客服（第2列）``.

    >>> meaning_label("tickets", Meaning("created_at", 1)), meaning_label("tickets", Meaning("agent", 2))
    ('创建时间（日期）', '客服（第2列）')
    """
    label = column_label(table, meaning.column)
    if not meaning.part:
        return label
    if column_type(table, meaning.column) == "time" and meaning.part <= len(_TIME_PARTS):
        return f"{label}（{_TIME_PARTS[meaning.part - 1]}）"
    return f"{label}（第{meaning.part}列）"


_TIME_PARTS = ("日期", "时刻")
_MOST_PARTS = 6


@cache
def meanings(table: str) -> Mapping[str, Meaning]:
    """Return every word that may stand in 含义 for a table, beside 不用, with what it means."""
    names = [*(column.name for column in TABLES[table].columns), *EXTRA_COLUMNS[table]]
    wholes = [Meaning(name) for name in names]
    parts = [Meaning(name, part) for part in range(1, _MOST_PARTS + 1) for name in names]
    return {meaning_label(table, meaning): meaning for meaning in (*wholes, *parts)}


def offered(table: str) -> tuple[str, ...]:
    """Return the words of the drop-down: 不用, the columns, and for times their date and their clock."""
    shown = [
        label
        for label, meaning in meanings(table).items()
        if not meaning.part or (meaning.part <= len(_TIME_PARTS) and column_type(table, meaning.column) == "time")
    ]
    return (UNUSED, *shown)


TABLE_NAMES: Mapping[str, str] = {table.zh: table.name for table in TABLES.values()}
"""The canonical tables by what HR calls them."""
