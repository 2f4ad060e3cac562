"""The rows of the invented files: headers as a Chinese ticket system names them, values as it prints them."""

from __future__ import annotations

import datetime as dt
from random import Random

from kpi_xl.demo.dirt import Dirt, full_width
from kpi_xl.demo.sinks import Entry
from kpi_xl.demo.staff import Agent
from kpi_xl.demo.traffic import LABELS, REQUIRED_FIELDS, CallBack, Repair, Ticket

TICKET_HEADER = (
    "工单编号", "工单类型", "受理渠道", "产品品类", "客户编号", "是否紧急", "客服工号", "客服姓名", "班组", "区域",
    "创建时间", "首次响应时间", "办结时间", "处理时长", "工单状态", "首次解决", "是否重开", "联系次数", "预警时间", "跟进时间",
    "已填必填项数", "必填项数", "信息完整率",
)  # fmt: skip
RATING_HEADER = ("工单编号", "客服工号", "客户编号", "回访时间", "回访状态", "评分", "满意度", "满分")
REPAIR_HEADER = ("维修单号", "工单编号", "机身号", "产品品类", "员工工号", "完工时间", "故障部位", "维修方式")
QUALITY_HEADER = ("质检时间", "客服工号", "工单编号", "质检项目", "质检得分", "质检员")
CONTRIBUTION_HEADER = ("标题", "贡献人", "班组", "审核结果", "采纳时间")
ROSTER_HEADER = ("工号", "姓名", "班组", "区域", "岗位", "主管", "入职日期", "状态", "考核方案", "方案变体")
HR_RATING_HEADER = ("被考核人", "姓名", "评分人", "评分人角色", "指标", "评分")

_STILL_OPEN = {"办结时间": "-", "处理时长": "-", "工单状态": "处理中", "首次解决": "否", "是否重开": "否"}
_FAULTS = ("制冷系统", "控制板", "电机", "排水泵", "传感器", "密封件", "电源", "显示屏")
_FIXES = ("更换配件", "现场调试", "清洗保养", "软件升级")
_TOPICS = (
    "不制冷排查", "异响处理", "安装环境核查", "退换货流程", "延保政策解释", "漏水处理", "联网配置", "故障代码速查",
    "投诉安抚话术", "清洗预约",
)  # fmt: skip
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # whatever the locale
_ITEMS = ("服务态度", "专业知识", "流程规范", "沟通技巧")


class TicketRows:
    """Turns tickets into rows of text, and puts the faults of the ticket export in."""

    def __init__(self, rng: Random, dirt: Dirt, start: dt.date) -> None:
        self._rng = rng
        self._dirt = dirt
        self._start = start
        self._strangers = 0

    def rows(self, tickets: list[Ticket]) -> list[list[str]]:
        """Return the rows of one day; second rows of a ticket come at the end of the day."""
        now: list[list[str]] = []
        later: list[list[str]] = []
        for ticket in tickets:
            row = self._row(ticket)
            if ticket.created.date() < self._start:
                self._dirt.counts["ticket_outside_period"] += 1
                now.append(row)
                continue
            first, second = self._spoil(ticket, row)
            now.append(first)
            if second:
                later.append(second)
            if self._dirt.strikes("ticket_blank_row"):
                now.append([""] * len(TICKET_HEADER))
        return now + later

    def _spoil(self, ticket: Ticket, row: list[str]) -> tuple[list[str], list[str] | None]:
        """Return the row with at most one fault of a row (and the second row, if that is the fault), perhaps one of a cell."""
        dirt = self._dirt
        fault = dirt.first_to_strike(
            "ticket_copy", "ticket_update", "ticket_unknown_agent", "ticket_no_agent", "ticket_closed_before_created",
            "ticket_outside_period", "ticket_absurd_year",
        )  # fmt: skip
        second = None
        if fault is None:
            if dirt.strikes("cell_unreadable_marker"):
                _set(row, "首次响应时间", self._rng.choice(("?", "N/A")))
            elif dirt.strikes("cell_full_width"):
                _set(row, "联系次数", full_width(ticket.contacts))
        elif fault == "ticket_copy":
            second = list(row)
        elif fault == "ticket_update":
            second = list(row)
            for name, value in {
                "办结时间": "-",
                "处理时长": "-",
                "工单状态": "处理中",
                "首次解决": "否",
                "是否重开": "否",
            }.items():
                _set(row, name, value)
            if row == second:  # the ticket is still open: its update says that the customer called again
                _set(second, "联系次数", str(ticket.contacts + 1))
        elif fault == "ticket_unknown_agent":
            self._strangers = self._strangers % 4 + 1
            _set(row, "客服工号", f"00990{self._strangers}")
            _set(row, "客服姓名", f"外包坐席0{self._strangers}")
        elif fault == "ticket_no_agent":
            blank = self._rng.choice(("", "-"))
            _set(row, "客服工号", blank)
            _set(row, "客服姓名", blank)
        elif fault == "ticket_closed_before_created":
            _set(row, "办结时间", _moment(ticket.created - dt.timedelta(minutes=self._rng.randrange(30, 2000))))
            _set(row, "处理时长", "-")
            _set(row, "工单状态", "已办结")
        else:
            _shift_years(row, ticket, -1 if fault == "ticket_outside_period" else 180)
        return row, second

    def _row(self, ticket: Ticket) -> list[str]:
        agent = ticket.agent
        return [
            ticket.id,
            ticket.kind,
            ticket.channel,
            ticket.product,
            ticket.customer,
            "是" if ticket.urgent else "否",
            agent.id,
            agent.name,
            agent.team,
            agent.region,
            _moment(ticket.created),
            _moment(ticket.responded),
            _moment(ticket.closed),
            _duration(ticket.closed - ticket.created) if ticket.closed else "-",
            "已办结" if ticket.closed else "处理中",
            "是" if ticket.resolved_first else "否",
            "是" if ticket.reopened else "否",
            str(ticket.contacts),
            _moment(ticket.alerted),
            _moment(ticket.followed_up),
            str(ticket.filled),
            str(REQUIRED_FIELDS),
            f"{ticket.filled / REQUIRED_FIELDS:.1%}",
        ]


def total_row(rows: int) -> list[str]:
    """Return the last line of the ticket export: the number of rows above it."""
    return ["合计", f"{rows}条", *[""] * (len(TICKET_HEADER) - 2)]


def call_back_row(call_back: CallBack, rng: Random, dirt: Dirt) -> list[Entry]:
    """Return a row of 满意度回访; the time is a true date of Excel."""
    ticket, rating = call_back.ticket, call_back.rating
    shown: Entry = "-" if rating is None else rating
    label = "" if rating is None else LABELS[rating]
    if rating is not None:
        if dirt.strikes("rating_missing_marker"):
            shown, label = rng.choice(("-", "?", "0 - Unknown")), ""
        elif dirt.strikes("rating_full_width"):
            shown = full_width(rating)
    return [ticket.id, ticket.agent.id, ticket.customer, call_back.at, call_back.status, shown, label, 5]


def repair_rows(repair: Repair, number: str, rng: Random, dirt: Dirt) -> list[list[Entry]]:
    """Return the row of a repair in 维修记录, twice when the fault is a copy."""
    ticket = repair.ticket
    agent, asset = ticket.agent.id, ticket.asset
    fault = dirt.first_to_strike("repair_copy", "repair_no_asset", "repair_unknown_agent")
    if fault == "repair_no_asset":
        asset = "-"
    elif fault == "repair_unknown_agent":
        agent = "009900"
    row: list[Entry] = [number, ticket.id, asset, ticket.product, agent, repair.done, rng.choice(_FAULTS), rng.choice(_FIXES)]
    return [row, list(row)] if fault == "repair_copy" else [row]


def quality_rows(agent: Agent, month: int, days: list[dt.date], rng: Random, dirt: Dirt) -> list[tuple[dt.datetime, list[Entry]]]:
    """Return four to six checks of one person in one month, each with its time; none for one in forty people."""
    if rng.random() < 1 / 40 or not days:
        return []
    rows: list[tuple[dt.datetime, list[Entry]]] = []
    for _ in range(rng.randrange(4, 7)):
        at = dt.datetime.combine(rng.choice(days), dt.time(9 + rng.randrange(9), rng.randrange(60)))
        score = min(100, max(35, round(rng.gauss(agent.profiles[month].quality, 5))))
        shown: Entry = score
        if dirt.strikes("quality_missing_score"):
            shown = "-"
        elif dirt.strikes("quality_full_width"):
            shown = full_width(score)
        text = f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
        rows.append((at, [text, agent.id, "", rng.choice(_ITEMS), shown, f"质检员{rng.randrange(1, 5)}"]))
    return rows


def contribution_rows(
    agent: Agent, month: int, days: list[dt.date], namesake: bool, rng: Random, dirt: Dirt
) -> list[tuple[dt.datetime, list[Entry]]]:
    """Return the contributions of one person in one month, each with its time: the file knows people by name and team only.

    A person with a `namesake` forgets the team every second time; then nobody can tell who it was.
    """
    rows: list[tuple[dt.datetime, list[Entry]]] = []
    mean, chance = agent.profiles[month].knowledge, rng.expovariate(1)
    while days and chance < mean:
        at = dt.datetime.combine(rng.choice(days), dt.time(10 + rng.randrange(8), rng.randrange(60)))
        rejected = dirt.strikes("contribution_rejected")
        title = f"{rng.choice(_TOPICS)}（{rng.randrange(1, 60)}）"
        accepted: Entry = "-" if rejected else f"{at:%d}-{_MONTH_NAMES[at.month - 1]}-{at:%y}"
        team = agent.team
        if namesake and not rejected and len(rows) % 2 == 0:
            team = ""
            dirt.counts["contribution_same_name"] += 1
        rows.append((at, [title, agent.name, team, "未采纳" if rejected else "已采纳", accepted]))
        chance += rng.expovariate(1)
    return rows


def roster_row(agent: Agent) -> list[Entry]:
    """Return the person's row of the roster."""
    return [
        agent.id, agent.name, agent.team, agent.region, agent.position, agent.manager, agent.joined_on, agent.status,
        "appliance-agent", agent.variant,
    ]  # fmt: skip


def _set(row: list[str], column: str, value: str) -> None:
    row[TICKET_HEADER.index(column)] = value


def _shift_years(row: list[str], ticket: Ticket, years: int) -> None:
    """Write the ticket's times with another year."""
    for name, at in (("创建时间", ticket.created), ("首次响应时间", ticket.responded), ("办结时间", ticket.closed)):
        _set(row, name, _moment(at.replace(year=at.year + years)) if at else "-")
    _set(row, "预警时间", "-")
    _set(row, "跟进时间", "-")


def _moment(at: dt.datetime | None) -> str:
    """Write a time as the ticket system does, unpadded (``2025/9/1 8:03``); ``-`` when there is none."""
    return f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02d}" if at else "-"


def _duration(length: dt.timedelta) -> str:
    """Write a duration as ``6小时30分钟``."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return f"{hours}小时{minutes}分钟" if hours else f"{minutes}分钟"
