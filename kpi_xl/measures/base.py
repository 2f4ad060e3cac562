"""Base views: the derived columns of a canonical table (``base/*.sql``), each written once and added only when it is asked for.

The words of satisfaction are put in for ``{said_satisfied}`` and its like.
A file holds one SELECT over ``{table}`` that keeps all rows and columns and adds some. Its header says ``-- table:``, ``--
needs:``
(columns, also of other base views) and one line ``-- column type 中文`` per column that it adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from kpi_xl.cell_words import SATISFACTION, Satisfaction
from kpi_xl.tables import TABLES, Column, ColumnType

_FOLDER = Path(__file__).parent / "base"
_HEADER = re.compile(r"^-- (\w+):(.*)$", re.MULTILINE)
_COLUMN = re.compile(r"^-- ([a-z_]\w*) (id|text|time|flag|number|seconds|count) (\S.*)$", re.MULTILINE)
_TEXT_LITERAL = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


@dataclass(frozen=True)
class BaseView:
    """One file of ``base/``: `columns` are added, `needs` are read besides the ones that every table has."""

    name: str
    table: str
    needs: tuple[str, ...]
    columns: tuple[Column, ...]
    sql: str


_SAID: Mapping[str, tuple[Satisfaction, ...]] = {
    "said_satisfied": ("满意",),
    "said_dissatisfied": ("不满意",),
    "said_otherwise": ("一般", "不满意"),
    "said_no_complaint": ("满意", "一般"),
}
"""Tests of a label that a view may ask for by name in braces: which sides its word is on."""


def _says(sides: tuple[Satisfaction, ...]) -> str:
    """Return SQL: the label is a word of these sides. In short lists: of five words and more DuckDB makes a join."""
    words = [word.replace("'", "''") for side in sides for word in SATISFACTION[side]]
    lists = [", ".join(f"'{word}'" for word in words[i : i + 4]) for i in range(0, len(words), 4)]
    return "(" + " OR ".join(f"lower(trim(label)) IN ({one})" for one in lists) + ")"


@cache
def base_views() -> tuple[BaseView, ...]:
    """Return all base views, in the order of their names."""
    views = []
    for path in sorted(_FOLDER.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        head = {key: value.strip() for key, value in _HEADER.findall(text)}
        columns = tuple(Column(name, cast("ColumnType", kind), zh) for name, kind, zh in _COLUMN.findall(text))
        needs = tuple(filter(None, (part.strip() for part in head["needs"].split(","))))
        sql = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
        for name, sides in _SAID.items():
            sql = sql.replace(f"{{{name}}}", _says(sides))
        views.append(BaseView(path.stem, head["table"], needs, columns, sql))
    return tuple(views)


@cache
def known_columns(table: str) -> Mapping[str, Column]:
    """Return the columns that an expression over the table may use: the canonical ones and the derived ones."""
    columns = {column.name: column for column in TABLES[table].columns}
    columns.update({column.name: column for view in base_views() if view.table == table for column in view.columns})
    return columns


def mentioned_columns(table: str, expressions: Iterable[str | None]) -> frozenset[str]:
    """Return the known columns that the expressions name (text literals do not count)."""
    known = known_columns(table)
    text = _TEXT_LITERAL.sub("''", " ".join(expression for expression in expressions if expression))
    return frozenset(name for name in (word.lower() for word in _NAME.findall(text)) if name in known)


def views_for(table: str, columns: Iterable[str]) -> tuple[BaseView, ...]:
    """Return the base views that give these columns, those they build upon first."""
    chosen: dict[str, BaseView] = {}

    def add(names: Iterable[str]) -> None:
        for view in base_views():
            if view.table == table and view.name not in chosen and any(column.name in names for column in view.columns):
                add(view.needs)
                chosen[view.name] = view

    add(frozenset(columns))
    return tuple(chosen.values())


def canonical_columns(table: str, columns: Iterable[str]) -> frozenset[str]:
    """Return the canonical columns behind these columns: a derived one stands for all that its view needs."""
    wanted = frozenset(columns)
    names = set(wanted)
    for view in views_for(table, wanted):
        names.update(view.needs)
    return frozenset(names & {column.name for column in TABLES[table].columns})


def base_relation(table: str, views: Iterable[BaseView]) -> str:
    """Return the relation that has the table's columns and those of the views: nested sub-selects, innermost first."""
    relation = table
    for view in views:
        body = view.sql.replace("{table}", relation)
        relation = f"({body})"
    return relation
