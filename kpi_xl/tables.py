"""The canonical tables: the one list of tables and columns that mapping, cleaning, measures and documentation all use.

Types: ``id`` text whose leading zeros count; ``text``; ``time`` timestamp without zone; ``flag`` yes/no; ``number``;
``seconds`` a duration in whole seconds; ``count`` a whole number. In DuckDB: VARCHAR, VARCHAR, TIMESTAMP, BOOLEAN, DOUBLE,
BIGINT, BIGINT.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kpi_xl.glossary import AGENT, EMPLOYEE_ID, POSITION, RATER, REGION, SUPERVISOR, TEAM, TICKET_NUMBER

ColumnType = Literal["id", "text", "time", "flag", "number", "seconds", "count"]

SQL_TYPES: dict[ColumnType, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "time": "TIMESTAMP",
    "flag": "BOOLEAN",
    "number": "DOUBLE",
    "seconds": "BIGINT",
    "count": "BIGINT",
}


@dataclass(frozen=True)
class Column:
    """A column of a canonical table; `zh` is what HR calls it. `required` ones must be found for the table to be usable."""

    name: str
    type: ColumnType
    zh: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A canonical table. `when` is the time column that puts a row into a month; `key` identifies a row, if anything does."""

    name: str
    zh: str
    columns: tuple[Column, ...]
    when: str | None = None
    key: str | None = None

    def column(self, name: str) -> Column:
        """Return the column of that name. Raises KeyError."""
        return next(c for c in self.columns if c.name == name)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which the table cannot be used."""
        return tuple(c.name for c in self.columns if c.required)


def _table(name: str, zh: str, when: str | None, key: str | None, *columns: Column) -> Table:
    return Table(name, zh, columns, when, key)


_AGENT = Column("agent", "id", AGENT, required=True)
_TEAM = Column("team", "text", TEAM)
_REGION = Column("region", "text", REGION)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "tickets", "工单", "created_at", "ticket_id",
            Column("ticket_id", "id", TICKET_NUMBER), _AGENT, _TEAM, _REGION, Column("customer", "id", "客户"),
            Column("channel", "text", "渠道"), Column("kind", "text", "工单类型"), Column("urgent", "flag", "是否紧急"),
            Column("created_at", "time", "创建时间", required=True), Column("first_response_at", "time", "首次响应时间"),
            Column("closed_at", "time", "办结时间"), Column("resolved_first_contact", "flag", "首次解决"),
            Column("reopened", "flag", "是否重开"), Column("contacts", "count", "联系次数"),
            Column("alerted_at", "time", "异常预警时间"), Column("followed_up_at", "time", "跟进时间"),
            # completeness is additive from the start: how many of the fields that count were filled, of how many
            Column("fields_filled", "count", "已填必填项数"), Column("fields_required", "count", "必填项数"),
        ),
        _table(
            "calls", "通话", "started_at", "call_id",
            Column("call_id", "id", "通话编号"), _AGENT, _TEAM, _REGION, Column("started_at", "time", "来电时间", required=True),
            Column("answered", "flag", "是否接听"), Column("wait_seconds", "seconds", "等待秒数"),
            Column("talk_seconds", "seconds", "通话秒数"), Column("resolved", "flag", "是否解决"),
        ),
        _table(
            "ratings", "满意度回访", "rated_at", None,
            Column("ticket_id", "id", TICKET_NUMBER), _AGENT, _TEAM, _REGION, Column("customer", "id", "客户"),
            Column("rated_at", "time", "评价时间", required=True), Column("rating", "number", "评分"),
            Column("label", "text", "评价"), Column("scale", "number", "满分"), Column("call_status", "text", "回访状态"),
            Column("question", "text", "题目"),
        ),
        _table(
            "repairs", "维修", "done_at", "repair_id",
            Column("repair_id", "id", "维修单号"), Column("ticket_id", "id", TICKET_NUMBER),
            Column("asset", "id", "机身号", required=True), _AGENT, _TEAM, _REGION,
            Column("done_at", "time", "完工时间", required=True),
        ),
        _table(
            "quality", "质检", "checked_at", None,
            _AGENT, _TEAM, _REGION, Column("checked_at", "time", "质检时间", required=True),
            Column("score", "number", "质检得分", required=True), Column("item", "text", "质检项目"),
            Column("ticket_id", "id", TICKET_NUMBER),
        ),
        _table(
            "contributions", "知识库贡献", "accepted_at", None,
            _AGENT, _TEAM, _REGION, Column("accepted_at", "time", "采纳时间", required=True), Column("title", "text", "标题"),
        ),
        _table(
            "events", "奖惩事件", "at", None,
            _AGENT, _TEAM, _REGION, Column("at", "time", "日期", required=True), Column("kind", "text", "类别", required=True),
            Column("points", "number", "分值"), Column("note", "text", "说明"),
        ),
        _table(
            "hr_ratings", "考核评分", None, None,
            Column("person", "id", "被考核人", required=True), Column("rater", "id", RATER),
            Column("rater_role", "text", "评分人角色"),
            Column("indicator", "id", "指标", required=True), Column("value", "text", "评分", required=True),
        ),
        _table(
            "roster", "花名册", None, "id",
            Column("id", "id", EMPLOYEE_ID, required=True), Column("name", "text", "姓名", required=True), _TEAM, _REGION,
            Column("position", "text", POSITION), Column("manager", "text", SUPERVISOR), Column("joined_on", "time", "入职日期"),
            Column("status", "text", "状态"), Column("scheme", "id", "考核方案"), Column("variant", "id", "方案变体"),
        ),
    )
}  # fmt: skip
