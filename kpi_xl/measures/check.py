"""The check of SQL that users declare: one expression over known columns with known functions, and nothing else.

The text is parsed by sqlglot and every node is compared to an allow-list. What runs is the SQL that sqlglot writes back, so a
text
that two parsers read differently cannot slip through. An empty copy of the tables then tells whether the types fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import duckdb
import sqlglot
from sqlglot import exp

from kpi_xl.errors import Problem, Text
from kpi_xl.measures.base import base_relation, known_columns, mentioned_columns, views_for
from kpi_xl.measures.model import Alternative, Measure
from kpi_xl.nearest import did_you_mean
from kpi_xl.tables import SQL_TYPES, TABLES

_CONDITIONS = ("of", "hit", "pending")
_NUMBERS = ("value", "per")
_EXPRESSIONS = (*_CONDITIONS, *_NUMBERS)
_LONGEST = 2_000
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

# A placeholder stands in for a number while sqlglot reads the text; nobody writes these numbers by chance
_FIRST_MARK = 918_273_000
_END_MARK = "7391-08-26 03:14:15"

FUNCTIONS: Mapping[type[exp.Expr], str] = {
    exp.Abs: "abs", exp.Ceil: "ceil", exp.Coalesce: "coalesce", exp.Contains: "contains", exp.DateDiff: "date_diff",
    exp.DateTrunc: "date_trunc",
    exp.TimestampTrunc: "date_trunc", exp.Extract: "extract", exp.Floor: "floor", exp.Greatest: "greatest", exp.If: "if",
    exp.Least: "least",
    exp.Length: "length", exp.Lower: "lower", exp.Nullif: "nullif", exp.Round: "round", exp.StartsWith: "starts_with", exp.Trim:
    "trim",
    exp.Upper: "upper", exp.Year: "year", exp.Month: "month", exp.Day: "day", exp.Hour: "hour", exp.Minute: "minute",
    exp.Second: "second",
    exp.DayOfWeek: "dayofweek", exp.DayOfWeekIso: "isodow",
}  # fmt: skip
"""The functions that an expression may use, by sqlglot's class."""

_STRUCTURE: tuple[type[exp.Expr], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.And, exp.Or, exp.Not, exp.EQ,
    exp.NEQ, exp.GT, exp.GTE,
    exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod,
    exp.Neg, exp.Case,
    exp.Interval, exp.Var, exp.DataType, exp.Cast, exp.TryCast,
)  # fmt: skip
_CAST_TYPES = frozenset({"BIGINT", "INT", "DOUBLE", "VARCHAR", "TEXT", "DATE", "TIMESTAMP", "TIMESTAMPNTZ", "BOOLEAN", "DECIMAL"})


_Refuse = Callable[[tuple[str, str], tuple[str, str]], None]


def check_measures(measures: Iterable[Measure]) -> tuple[list[Measure], list[Problem]]:
    """Return the measures with their SQL written back from what was understood, and every problem found in them."""
    checked: list[Measure] = []
    problems: list[Problem] = []
    connection = _empty_tables()
    for measure in measures:
        where = f"{measure.origin}: [{measure.id}]"
        parameters = [name for name, _ in measure.parameters]
        own, found = _check_fields(connection, measure.table, measure, where, parameters)
        problems += found
        alternatives = []
        for alternative in measure.alternatives:
            place = f"{measure.origin}: [{measure.id}.alternatives.{alternative.name}]"
            names = [name for name, _ in alternative.parameters or measure.parameters]
            changes, found = _check_fields(connection, measure.table, alternative, place, names)
            problems += found
            alternatives.append(replace(alternative, **changes))  # type: ignore[arg-type]
        checked.append(replace(measure, alternatives=tuple(alternatives), **own))  # type: ignore[arg-type]
    connection.close()
    return checked, problems


def _check_fields(
    connection: duckdb.DuckDBPyConnection, table: str, declared: Measure | Alternative, where: str, parameters: list[str]
) -> tuple[dict[str, str], list[Problem]]:
    written: dict[str, str] = {}
    problems: list[Problem] = []
    for field in _EXPRESSIONS:
        text = getattr(declared, field)
        if text is None:
            continue
        sql, found = check_expression(text, table, f"{where}.{field}", parameters)
        if sql is not None:
            written[field] = sql
            found = _check_type(connection, table, field, sql, f"{where}.{field}")
        problems += found
    return written, problems


def check_expression(text: str, table: str, where: str, parameters: Iterable[str] = ()) -> tuple[str | None, list[Problem]]:
    """Return the expression as it will run (None when refused) and what is wrong with it.

    `table` gives the known columns; `parameters` are the names that may stand in braces, besides ``{data_end}``.
    """
    problems: list[Problem] = []

    def refuse(message: tuple[str, str], remedy: tuple[str, str]) -> None:
        problem = Problem(where, Text(*message), Text(*remedy))
        if problem not in problems:
            problems.append(problem)

    marks = {name: str(_FIRST_MARK + position) for position, name in enumerate(parameters)}
    literal = {**marks, "data_end": f"TIMESTAMP '{_END_MARK}'"}
    for name in _PLACEHOLDER.findall(text):
        if name not in literal:
            names = "、".join(f"{{{known}}}" for known in literal)
            refuse(
                (f"没有参数 {{{name}}}", f"there is no parameter {{{name}}}"),
                (f"可用：{names}", f"declare it under parameters, or use {names}"),
            )
    if len(text) > _LONGEST or str(_FIRST_MARK)[:6] in text or _END_MARK in text:
        refuse(
            ("表达式太长或含有保留的数字", "the expression is too long or holds a reserved number"),
            ("请写短一些", "write a shorter one"),
        )
    if problems:
        return None, problems
    try:
        statements = sqlglot.parse(_PLACEHOLDER.sub(lambda match: literal[match[1]], text), read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        refuse(
            (f"看不懂这个表达式：{reason}", f"the expression cannot be read: {reason}"),
            ("请检查括号、引号和运算符", "check brackets, quotes and operators"),
        )
        return None, problems
    if len(statements) != 1 or statements[0] is None:
        refuse(("只能写一个表达式", "it must be one expression"), ("去掉分号", "remove the semicolon"))
        return None, problems
    tree = statements[0]
    for node in tree.walk():
        _check_node(node, table, refuse)
    if problems:
        return None, problems
    sql = tree.sql(dialect="duckdb", comments=False, identify=True)
    sql = re.sub(rf"CAST\('{_END_MARK}' AS TIMESTAMP\)", "{data_end}", sql)
    for name, mark in marks.items():
        sql = re.sub(rf"'{mark}'|\b{mark}\b", f"{{{name}}}", sql)
    return sql, []


def _check_node(node: exp.Expr, table: str, refuse: _Refuse) -> None:
    if isinstance(node, exp.Query | exp.Subquery | exp.Table | exp.DDL | exp.DML | exp.Command):
        refuse(
            ("不能用查询语句或子查询", "queries and sub-queries are not allowed"),
            ("只写一行数据上的条件或算式", "write a condition or formula over one row"),
        )
    elif isinstance(node, exp.Window):
        refuse(
            ("不能用窗口函数", "window functions are not allowed"),
            ("可用现成的派生列，如 previous_complaint_at", "use a derived column such as previous_complaint_at"),
        )
    elif isinstance(node, exp.AggFunc) and type(node) not in FUNCTIONS:
        refuse(
            (f"不能用汇总函数 {node.sql_name().lower()}", f"the aggregate {node.sql_name().lower()} is not allowed"),
            ("指标只说一行怎么算，汇总由程序做", "a measure speaks of one row; counting is done by the program"),
        )
    elif isinstance(node, exp.Column):
        name = node.name.lower()
        if node.table or not isinstance(node.this, exp.Identifier) or name not in known_columns(table):
            near = did_you_mean(name, known_columns(table))
            refuse((f"表 {table} 没有列“{node.sql()}”", f"table {table} has no column {node.sql()!r}"), (near.zh, near.en))
    elif isinstance(node, exp.DataType):
        if node.this.name not in _CAST_TYPES:
            refuse(
                (f"不能转换成 {node.sql()}", f"casting to {node.sql()} is not allowed"),
                ("可用 BIGINT、DOUBLE、VARCHAR、DATE、TIMESTAMP", "use BIGINT, DOUBLE, VARCHAR, DATE or TIMESTAMP"),
            )
    elif isinstance(node, exp.Func) and type(node) not in FUNCTIONS and not isinstance(node, _STRUCTURE):
        name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
        refuse(
            (f"不能用函数 {name}", f"the function {name} is not allowed"),
            (
                f"可用的函数：{'、'.join(sorted(set(FUNCTIONS.values())))}",
                f"functions: {', '.join(sorted(set(FUNCTIONS.values())))}",
            ),
        )
    elif not isinstance(node, _STRUCTURE) and type(node) not in FUNCTIONS:
        refuse(
            (f"不能用这种写法：{node.sql()[:60]}", f"this construct is not allowed: {node.sql()[:60]}"),
            ("请用比较、AND/OR/NOT、CASE 和算式", "use comparisons, AND/OR/NOT, CASE and arithmetic"),
        )


def _check_type(connection: duckdb.DuckDBPyConnection, table: str, field: str, sql: str, where: str) -> list[Problem]:
    """Bind the expression against empty tables: conditions must be yes/no, values numbers."""
    filled = _PLACEHOLDER.sub(lambda match: "TIMESTAMP '2000-01-01'" if match[1] == "data_end" else "1", sql)
    relation = base_relation(table, views_for(table, mentioned_columns(table, [sql])))
    relation = _PLACEHOLDER.sub(lambda match: "TIMESTAMP '2000-01-01'" if match[1] == "data_end" else "1", relation)
    try:
        found = connection.execute(f"SELECT ({filled}) AS result FROM {relation} AS base LIMIT 0")
        kind = str(found.description[0][1]) if found.description else ""
        found.fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        return [
            Problem(
                where,
                Text(f"类型不符：{reason}", f"the types do not fit: {reason}"),
                Text("请检查列的类型", "check the types of the columns"),
            )
        ]
    wanted_boolean = field in _CONDITIONS
    is_boolean = kind == "BOOLEAN"
    is_number = kind.split("(")[0] in (
        "BIGINT",
        "INTEGER",
        "DOUBLE",
        "FLOAT",
        "HUGEINT",
        "DECIMAL",
        "SMALLINT",
        "TINYINT",
        "UBIGINT",
    )
    if wanted_boolean != is_boolean or not (is_boolean or is_number):
        expected = ("是/否条件", "a yes/no condition") if wanted_boolean else ("数值", "a number")
        return [
            Problem(
                where,
                Text(f"结果是 {kind}，应为{expected[0]}", f"the result is {kind}, but must be {expected[1]}"),
                Text(
                    "例如 answered AND wait_seconds <= 30" if wanted_boolean else "例如 wait_seconds",
                    "see docs/measures.md for examples",
                ),
            )
        ]
    return []


def _empty_tables() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table in TABLES.values():
        columns = ", ".join(f'"{column.name}" {SQL_TYPES[column.type]}' for column in table.columns)
        connection.execute(f"CREATE TABLE {table.name} ({columns}, source INTEGER, row BIGINT)")
    connection.execute("CREATE TABLE working_days (day DATE, working BOOLEAN, days_before BIGINT)")
    return connection
