"""A small September: tickets whose figures are worked out by hand in the comments."""

from __future__ import annotations

import datetime as dt

from kpi_xl.periods import Period

SEPTEMBER = Period.parse("2025-09")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def ticket(number: str, agent: str, created: str, **more: object) -> dict[str, object]:
    return {"ticket_id": number, "agent": agent, "created_at": at(created), "closed_at": None, **more}


TICKETS = [
    # Zhao: 3 tickets in September, 2 solved at first contact -> 2/3; closed after 6 h (urgent) and 24 h -> 30 h / 2 = 15 h
    ticket(
        "001",
        "赵一",
        "2025-09-01 08:00",
        closed_at=at("2025-09-01 14:00"),
        urgent=True,
        kind="投诉",
        customer="C1",
        resolved_first_contact=True,
    ),
    ticket(
        "002",
        "赵一",
        "2025-09-30 08:00",
        closed_at=at("2025-10-01 08:00"),
        urgent=None,
        kind="投诉",
        customer="C1",
        resolved_first_contact=True,
    ),
    ticket("003", "赵一", "2025-09-30 23:59:59", urgent=False, kind="咨询", customer="C2", resolved_first_contact=False),
    # Qian: one ticket whose flag is unknown, and one in August, which is history only
    ticket(
        "004",
        "钱二",
        "2025-09-10 10:00",
        closed_at=at("2025-09-10 10:30"),
        urgent=False,
        kind="安装",
        customer="C3",
        resolved_first_contact=None,
    ),
    ticket(
        "000",
        "钱二",
        "2025-08-02 08:00",
        closed_at=at("2025-08-03 08:00"),
        urgent=False,
        kind="投诉",
        customer="C1",
        resolved_first_contact=True,
    ),
]
