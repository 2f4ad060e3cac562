"""The invented work: tickets day by day, with the repairs, call-backs, repeat complaints and rework that follow from them.

Everything is streamed in the order of time; what follows later (a call-back, a rework) waits in the bucket of its day, so memory
grows with a month of work, not with the whole export.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import NamedTuple

from chinese_calendar import is_holiday, is_workday

from kpi_xl.demo.staff import ON_DUTY_DAYS, Agent, Profile
from kpi_xl.periods import Period

REQUIRED_FIELDS = 8
SPILL_DAYS = 3
"""Tickets of the last days before the first month are in the export too: outside the period, as in most real exports."""

_KINDS = {
    "咨询": (0.30, 0.4),
    "维修": (0.34, 1.5),
    "安装": (0.15, 1.1),
    "投诉": (0.12, 1.2),
    "退换": (0.09, 1.0),
}  # share, effort
_CHANNELS = (("400热线", "微信公众号", "京东客服", "天猫客服", "门店转单"), (0.46, 0.22, 0.14, 0.12, 0.06))
_PRODUCTS = (("空调", "冰箱", "洗衣机", "热水器", "油烟机", "电视"), (0.36, 0.18, 0.17, 0.12, 0.09, 0.08))
_HOURS = (2, 1, 1, 1, 1, 2, 5, 16, 52, 88, 96, 82, 58, 66, 84, 88, 80, 68, 56, 52, 44, 28, 12, 5)
_WEEKDAYS = (1.13, 1.0, 0.97, 0.95, 1.0, 1.07, 0.88)
_MONTHS = (0.9, 0.85, 0.9, 0.9, 1.0, 1.15, 1.16, 1.08, 0.88, 0.9, 1.1, 0.95)  # heat waves; 618 and 双11
_PROMOTIONS = {(6, 18), (6, 19), (8, 18), (8, 19), (9, 9), (11, 11), (11, 12), (12, 12)}
_FOLLOWING = 0.09  # share of the tickets that follow from earlier ones (repeat complaints, rework)
_URGENT = 0.10
_CALL_BACKS = 0.52
_ANSWERS = (("成功接通", "无人接听", "拒访", "空号"), (0.80, 0.13, 0.05, 0.02))
LABELS = {5: "非常满意", 4: "满意", 3: "一般", 2: "不满意", 1: "非常不满意"}


class Ticket(NamedTuple):
    """A ticket as the ticket system knows it when the export is made; times are to the minute."""

    id: str
    kind: str
    channel: str
    product: str
    asset: str
    customer: str
    urgent: bool
    agent: Agent
    created: dt.datetime
    responded: dt.datetime
    closed: dt.datetime | None
    resolved_first: bool
    reopened: bool
    contacts: int
    alerted: dt.datetime | None
    followed_up: dt.datetime | None
    filled: int


class Repair(NamedTuple):
    """A repair of an appliance, done by order of a ticket."""

    ticket: Ticket
    done: dt.datetime


class CallBack(NamedTuple):
    """A call-back after a ticket was closed; `rating` 1..5 only when the customer was reached."""

    ticket: Ticket
    at: dt.datetime
    status: str
    rating: int | None


class Day(NamedTuple):
    """What the department's systems recorded on one day, each list in the order of time."""

    day: dt.date
    tickets: list[Ticket]
    repairs: list[Repair]
    call_backs: list[CallBack]


class _Plan(NamedTuple):
    """A ticket that will be opened because of an earlier one."""

    kind: str
    customer: str
    asset: str
    product: str
    agent: Agent


class Traffic:
    """The simulation. `per_agent_month` is the mean number of tickets of one person in one month."""

    def __init__(self, rng: Random, staff: list[Agent], months: tuple[Period, ...], per_agent_month: float) -> None:
        self._rng = rng
        self._staff = staff
        self._start = months[0].start
        self._end = dt.datetime.combine(months[-1].end, dt.time())
        self._months = {(m.start.year, m.start.month): i for i, m in enumerate(months)}
        self._per_day = len(staff) * per_agent_month / 30.4 * (1 - _FOLLOWING)
        self._plans: defaultdict[dt.date, list[_Plan]] = defaultdict(list)
        self._repairs: defaultdict[dt.date, list[Repair]] = defaultdict(list)
        self._call_backs: defaultdict[dt.date, list[CallBack]] = defaultdict(list)
        self._customers = max(2_000, int(len(staff) * per_agent_month * len(months) * 0.8))

    def days(self) -> Iterator[Day]:
        """Yield the days in order, beginning with the few before the first month that spill over into it."""
        day = self._start - dt.timedelta(days=SPILL_DAYS)
        while day < self._end.date():
            tickets = [self._open(*draft) for draft in self._drafts(day)]
            repairs, call_backs = self._repairs.pop(day, []), self._call_backs.pop(day, [])
            if day < self._start:
                repairs, call_backs = [], []
            yield Day(day, tickets, sorted(repairs, key=lambda r: r.done), sorted(call_backs, key=lambda c: c.at))
            day += dt.timedelta(days=1)

    def _drafts(self, day: dt.date) -> list[tuple[str, dt.datetime, _Plan]]:
        """Return id, time and plan of the day's new tickets, in the order of time."""
        on_duty = [agent for agent in self._staff if agent.on_duty(day)] or self._staff[:1]
        # a person's share of the day's tickets makes up for the two days of rest
        expected = self._per_day * day_factor(day) * len(on_duty) * 7 / ON_DUTY_DAYS / len(self._staff)
        if day < self._start:
            expected *= 0.05
        count = max(1, round(self._rng.gauss(expected, math.sqrt(expected) * 0.8)))
        shares = list(accumulate(agent.load for agent in on_duty))
        agents = self._rng.choices(on_duty, cum_weights=shares, k=count)
        plans = [plan for plan in self._plans.pop(day, []) if plan.agent.away is None or plan.agent.on_duty(day)]
        plans += [self._new_plan(agent) for agent in agents]
        midnight = dt.datetime.combine(day, dt.time())
        hours = self._rng.choices(range(24), _HOURS, k=len(plans))
        times = sorted(midnight + dt.timedelta(hours=hour, minutes=self._rng.randrange(60)) for hour in hours)
        self._rng.shuffle(plans)
        return [(f"00{day:%y%m%d}{i:05d}", at, plan) for i, (at, plan) in enumerate(zip(times, plans, strict=True), start=1)]

    def _new_plan(self, agent: Agent) -> _Plan:
        rng = self._rng
        kind = rng.choices(list(_KINDS), [share for share, _ in _KINDS.values()])[0]
        product = rng.choices(*_PRODUCTS)[0]
        customer = f"K{rng.randrange(self._customers):08d}"
        return _Plan(kind, customer, f"SN{rng.randrange(10**9):09d}", product, agent)

    def _open(self, ticket_id: str, created: dt.datetime, plan: _Plan) -> Ticket:
        """Let a ticket happen, and plan what follows from it."""
        rng, profile = self._rng, self._profile(plan.agent, created)
        urgent = rng.random() < _URGENT
        first = rng.random() < profile.fcr
        closed = self._close(created, plan.kind, urgent, profile)
        alerted = created + dt.timedelta(hours=48)
        late = alerted < self._end and (closed is None or closed > alerted)
        prompt = rng.random() < profile.follow_up
        followed_up = alerted + dt.timedelta(minutes=rng.randrange(5, 118) if prompt else rng.randrange(125, 1500))
        resolved_first = first and closed is not None
        ticket = Ticket(
            id=ticket_id,
            kind=plan.kind,
            channel=rng.choices(*_CHANNELS)[0],
            product=plan.product,
            asset=plan.asset,
            customer=plan.customer,
            urgent=urgent,
            agent=plan.agent,
            created=created,
            responded=created + dt.timedelta(minutes=int(rng.expovariate(1 / (4 if urgent else 16)))),
            closed=closed,
            resolved_first=resolved_first,
            reopened=closed is not None and rng.random() < (0.01 if first else 0.12),
            contacts=(1 if rng.random() < 0.97 else 2) if resolved_first else 2 + min(6, int(rng.expovariate(1.1))),
            alerted=alerted if late else None,
            followed_up=followed_up if late and followed_up < self._end else None,
            filled=sum(rng.random() < profile.filled for _ in range(REQUIRED_FIELDS)),
        )
        self._follow_on(ticket, plan, profile)
        return ticket

    def _close(self, created: dt.datetime, kind: str, urgent: bool, profile: Profile) -> dt.datetime | None:
        """Return when the ticket was closed; None when it was still open at the time of the export."""
        rng = self._rng
        mean, sigma = (profile.urgent_hours, 0.6) if urgent else (profile.hours * _KINDS[kind][1], 0.7)
        hours = rng.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)
        closed = created + dt.timedelta(minutes=max(6, round(hours * 60)))
        # urgent tickets are closed around the clock, the others by day
        if not urgent and closed.hour >= 21 and closed.date() > created.date():
            closed = closed.replace(hour=19 + rng.randrange(2))
        elif not urgent and closed.hour < 8:
            closed = closed.replace(hour=8 + rng.randrange(2))
        return closed if closed < self._end else None

    def _follow_on(self, ticket: Ticket, plan: _Plan, profile: Profile) -> None:
        rng = self._rng
        if ticket.kind == "投诉" and rng.random() < profile.repeat:
            self._plans[ticket.created.date() + dt.timedelta(days=rng.randrange(1, 29))].append(plan)
        if ticket.closed is None:
            return
        if ticket.kind == "维修":
            done = max(ticket.created, ticket.closed - dt.timedelta(minutes=rng.randrange(5, 60)))
            self._repairs[done.date()].append(Repair(ticket, done))
            if rng.random() < profile.rework:
                self._plans[done.date() + dt.timedelta(days=rng.randrange(2, 24))].append(plan)
        if rng.random() < _CALL_BACKS:
            self._call_back(ticket, ticket.closed, profile)

    def _call_back(self, ticket: Ticket, closed: dt.datetime, profile: Profile) -> None:
        rng = self._rng
        day = dt.datetime.combine(closed.date() + dt.timedelta(days=rng.randrange(1, 4)), dt.time())
        at = day + dt.timedelta(hours=9 + rng.randrange(11), minutes=rng.randrange(60))
        if at >= self._end:
            return
        status = rng.choices(*_ANSWERS)[0]
        satisfied = profile.satisfied * (1.03 if ticket.resolved_first else 0.93) * (0.94 if ticket.kind == "投诉" else 1)
        rating = (
            rng.choices((5, 4), (0.62, 0.38))[0] if rng.random() < satisfied else rng.choices((3, 2, 1), (0.5, 0.27, 0.23))[0]
        )
        self._call_backs[at.date()].append(CallBack(ticket, at, status, rating if status == "成功接通" else None))

    def _profile(self, agent: Agent, at: dt.datetime) -> Profile:
        return agent.profiles[self._months.get((at.year, at.month), 0)]


def day_factor(day: dt.date) -> float:
    """Return the day's volume against the mean: season, day of the week, Chinese holidays with 调休, promotions.

    The library of holidays knows the years 2004 to 2026; the demo's own months lie within them.
    """
    factor = _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()]
    if is_holiday(day) and day.weekday() < 5:
        factor *= 0.8
    elif is_workday(day) and day.weekday() >= 5:
        factor *= 1.15
    return factor * (1.25 if (day.month, day.day) in _PROMOTIONS else 1.0)
