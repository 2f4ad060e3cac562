"""The second engine: every built-in measure and definition again, as plain loops over rows, read from the definitions in words.

`REFERENCE[measure@definition]` gives the fate of one row: None (not counted), or (outcome, is the window open?, denominator).
Written
without looking at the SQL; `expected` adds up by agent and month.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from kpi_xl.working_calendar import is_working_day

Row = dict[str, Any]
Fate = tuple[Any, bool, int] | None


class World:
    """All rows of all tables, and when the data ended."""

    def __init__(self, rows: dict[str, list[Row]], data_end: dt.datetime) -> None:
        self.rows = {name: [{**row, "row": number} for number, row in enumerate(items, start=2)] for name, items in rows.items()}
        self.end = data_end


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


def hours(count: int) -> dt.timedelta:
    return dt.timedelta(hours=count)


def hit(value: bool | None, is_open: bool = False) -> Fate:
    return None if value is None else (bool(value), is_open, 1)


def number(value: Any, denominator: int = 1) -> Fate:
    return None if value is None else (value, False, denominator)


def is_complaint(ticket: Row) -> bool | None:
    if ticket.get("kind") is None or ticket.get("kind_fixed"):
        return None
    return "投诉" in ticket["kind"] or "complain" in ticket["kind"].lower()


def same_customer(world: World, ticket: Row, *, complaints: bool) -> list[Row]:
    found = [
        other
        for other in world.rows["tickets"]
        if other["customer"] == ticket["customer"] and (is_complaint(other) or not complaints)
    ]
    return sorted(found, key=lambda other: (other["created_at"], other["ticket_id"], other["row"]))


def fcr_contact(world: World, t: Row) -> Fate:
    if t["contacts"] is None:
        return None
    return hit(t["contacts"] == 1 and not t["reopened"])


def fcr_silence(world: World, t: Row) -> Fate:
    if t["customer"] is None:
        return None
    line = same_customer(world, t, complaints=False)
    place = next(i for i, other in enumerate(line) if other["row"] == t["row"])
    silent = place + 1 == len(line) or line[place + 1]["created_at"] - t["created_at"] > days(7)
    return hit(silent, place + 1 == len(line) and t["created_at"] + days(7) > world.end)


def repeat(world: World, t: Row, step: int) -> Fate:
    complaint = is_complaint(t)
    if complaint is None or (complaint and t["customer"] is None):
        return None
    if not complaint:
        return hit(False)
    line = same_customer(world, t, complaints=True)
    place = next(i for i, other in enumerate(line) if other["row"] == t["row"]) + step
    near = 0 <= place < len(line) and abs(line[place]["created_at"] - t["created_at"]) <= days(30)
    is_open = step > 0 and place == len(line) and t["created_at"] + days(30) > world.end
    return hit(near, is_open)


def working_seconds(start: dt.datetime, end: dt.datetime, opening: int = 9, closing: int = 18) -> int:
    """Walk day by day and add what lies between the working hours."""
    total, day = 0, start.date()
    while day <= end.date():
        if is_working_day(day):
            open_at = dt.datetime.combine(day, dt.time(opening))
            close_at = dt.datetime.combine(day, dt.time(closing))
            total += max(0, int((min(end, close_at) - max(start, open_at)).total_seconds()))
        day += days(1)
    return total


def handling(world: World, t: Row, urgent: bool | None = None, working: bool = False) -> Fate:
    if t["closed_at"] is None or t["closed_at"] < t["created_at"]:
        return None
    if urgent is not None and bool(t["urgent"]) != urgent:
        return None
    if working:
        return number(working_seconds(t["created_at"], t["closed_at"]))
    return number(int((t["closed_at"] - t["created_at"]).total_seconds()))


def response_seconds(world: World, t: Row) -> Fate:
    if t["first_response_at"] is None or t["first_response_at"] < t["created_at"]:
        return None
    return number(int((t["first_response_at"] - t["created_at"]).total_seconds()))


def within(world: World, start: dt.datetime, done: dt.datetime | None, limit: dt.timedelta) -> Fate:
    return hit(done is not None and done - start <= limit, done is None and start + limit > world.end)


def alert(world: World, t: Row) -> Fate:
    return None if t["alerted_at"] is None else within(world, t["alerted_at"], t["followed_up_at"], hours(2))


def only_complaints(world: World, t: Row, fate: Callable[[], Fate]) -> Fate:
    return fate() if is_complaint(t) else None


def late_answer(world: World, t: Row) -> Fate:
    return hit(working_seconds(t["created_at"], t["first_response_at"] or world.end) > 9 * 3600)


def net(world: World, t: Row) -> Fate:
    return number(t["net_seconds"]) if t["net_seconds"] is not None and t["net_seconds"] >= 0 else None


def without_suspension(world: World, t: Row) -> Fate:
    whole = handling(world, t)
    if whole is None or t["suspended_seconds"] is None or not 0 <= t["suspended_seconds"] <= whole[0]:
        return None
    return number(whole[0] - t["suspended_seconds"])


def is_late(world: World, t: Row, at: dt.datetime) -> bool | None:
    """Whether a ticket that is done at a time is late; due times that are days only mean the ends of these days."""
    if t["overdue"] is not None:
        return bool(t["overdue"])
    if t["in_time"] is not None:
        return not t["in_time"]
    if t["due_at"] is None:
        return None
    dues = [other["due_at"] for other in world.rows["tickets"] if other["due_at"] is not None]
    if all(due.time() == dt.time() for due in dues):
        return at >= t["due_at"] + days(1)
    return at > t["due_at"]


def on_time(world: World, t: Row) -> Fate:
    if t["closed_at"] is None:
        return hit(False) if is_late(world, t, world.end) else None
    late = is_late(world, t, t["closed_at"])
    return None if late is None else hit(not late)


def overdue_open(world: World, t: Row) -> Fate:
    return hit(False if t["closed_at"] is not None else is_late(world, t, world.end))


def arrival(world: World, t: Row) -> Fate:
    if t["arrived_at"] is None or t["arrived_at"] < t["created_at"]:
        return None
    return number(int((t["arrived_at"] - t["created_at"]).total_seconds()))


def completeness(world: World, t: Row) -> Fate:
    if not t["fields_required"] or t["fields_filled"] is None:
        return None
    return number(t["fields_filled"], t["fields_required"])


def reached(r: Row) -> bool:
    status = r["call_status"]
    if status is None or not status.strip():
        return True
    if any(word in status for word in "未不无没拒挂") or any(word in status for word in ("失败", "空号", "关机")):
        return False
    if any(word in status for word in ("成功", "接通", "完成", "已回访", "有效", "接听", "应答", "已评价")):
        return True
    return status.strip().lower() in (
        "success", "successful", "answered", "connected", "reached", "completed", "ok", "是", "y", "yes", "1", "true",
    )  # fmt: skip


def valid(r: Row) -> bool:
    return reached(r) and r["rating"] is not None and 0 <= r["rating"] <= (r["scale"] or 5)


SATISFIED = ("非常满意", "很满意", "十分满意", "比较满意", "较满意", "满意", "very satisfied", "satisfied", "very good", "good")
SIDES = dict.fromkeys(SATISFIED, "满意") | {"一般": "一般", "不满意": "不满意"}


def said(r: Row) -> str | None:
    """The side that a row's words are on; None without words, and for words that nobody knows."""
    return r.get("verdict") or SIDES.get((r["label"] or "").strip().lower())


def csat(world: World, r: Row) -> Fate:
    if not reached(r) or (r.get("verdict") is None and r["rating"] is not None and not valid(r)):
        return None
    if r.get("verdict") is None and r["rating"] is not None:
        return hit(r["rating"] / (r["scale"] or 5) >= 0.8)
    return hit(None if said(r) is None else said(r) == "满意")


def bad_rating(world: World, r: Row) -> Fate:
    if not reached(r) or (r.get("verdict") is None and r["rating"] is not None and not valid(r)):
        return None
    if r.get("verdict") is None and r["rating"] is not None:
        return hit(r["rating"] / (r["scale"] or 5) <= 0.4)
    return hit(None if said(r) is None else said(r) == "不满意")


def csat_label(world: World, r: Row) -> Fate:
    return hit(None if said(r) is None else said(r) == "满意") if reached(r) else None


def csat_last(world: World, r: Row) -> Fate:
    if not valid(r):
        return None
    if r["customer"] is not None:
        rivals = [
            other for other in world.rows["ratings"]
            if valid(other) and other["customer"] == r["customer"] and other["rated_at"].date() == r["rated_at"].date()
        ]  # fmt: skip
        if max(rivals, key=lambda other: (other["rated_at"], other["row"]))["row"] != r["row"]:
            return None
    return csat(world, r)


def nps(world: World, r: Row) -> Fate:
    question = r["question"] or ""
    if (
        not reached(r)
        or r["rating"] is None
        or not 0 <= r["rating"] <= 10
        or not ("推荐" in question or "nps" in question.lower())
    ):
        return None
    return number(100 if r["rating"] >= 9 else -100 if r["rating"] <= 6 else 0)


def question(which: int) -> Callable[[World, Row], Fate]:
    def fate(world: World, r: Row) -> Fate:
        asked = (r["question"] or "").lower() in (f"{which}", f"q{which}", f"第{which}题", f"问题{which}")
        return number(r["rating"]) if asked and reached(r) and r["rating"] is not None and 0 <= r["rating"] <= 100 else None

    return fate


def stars(which: int) -> Callable[[World, Row], Fate]:
    # half up, as DuckDB rounds
    return lambda world, r: hit(int(r["rating"] + 0.5) == which) if valid(r) and (r["scale"] or 5) == 5 else None


def first_fix(world: World, r: Row) -> Fate:
    if r["asset"] is None:
        return None
    line = sorted(
        (other for other in world.rows["repairs"] if other["asset"] == r["asset"]),
        key=lambda other: (other["done_at"], other["repair_id"], other["row"]),
    )
    place = next(i for i, other in enumerate(line) if other["row"] == r["row"])
    rework = place + 1 < len(line) and line[place + 1]["done_at"] - r["done_at"] <= days(30)
    return hit(not rework, place + 1 == len(line) and r["done_at"] + days(30) > world.end)


def call(column: str) -> Callable[[World, Row], Fate]:
    return lambda world, c: None if c["answered"] is False else number(c[column])


def answered_30s(world: World, c: Row) -> Fate:
    if c["answered"] is False or (c["wait_seconds"] is not None and c["wait_seconds"] > 30):
        return hit(False)  # either alone is enough to be no hit
    if c["answered"] is None or c["wait_seconds"] is None:
        return None
    return hit(True)


def kind(*names: str) -> Callable[[World, Row], Fate]:
    return lambda world, e: hit(None if e["kind"] is None else e["kind"] in names)


def amount(own: float | None, signed: float | None) -> Fate:
    """A column of one side alone, else the points by their sign."""
    value = signed if own is None else own
    return number(value) if value is not None and value > 0 else None


def one(world: World, row: Row) -> Fate:
    return hit(True)


TICKETS: dict[str, Callable[[World, Row], Fate]] = {
    "volume@default": one,
    "tickets_per_head@default": one,
    "fcr@flag": lambda w, t: hit(t["resolved_first_contact"]),
    "fcr@contact": fcr_contact,
    "fcr@silence": fcr_silence,
    "handling_hours@calendar": handling,
    "handling_hours@working": lambda w, t: handling(w, t, working=True),
    "handling_hours.normal@calendar": lambda w, t: handling(w, t, urgent=False),
    "handling_hours.normal@working": lambda w, t: handling(w, t, urgent=False, working=True),
    "handling_hours.urgent@calendar": lambda w, t: handling(w, t, urgent=True),
    "handling_hours.urgent@working": lambda w, t: handling(w, t, urgent=True, working=True),
    "handling_hours.urgent_share@default": lambda w, t: hit(bool(t["urgent"])) if handling(w, t) else None,
    "repeat_complaint@backward": lambda w, t: repeat(w, t, -1),
    "repeat_complaint@forward": lambda w, t: repeat(w, t, 1),
    "completeness@default": completeness,
    "alert_follow_up@default": alert,
    "unresolved_48h@default": lambda w, t: hit(t["closed_at"] is None and w.end - t["created_at"] > hours(48)),
    "first_response_minutes@default": response_seconds,
    "response_hours@default": response_seconds,
    "response_seconds@default": response_seconds,
    "replied_1min@default": lambda w, t: within(w, t["created_at"], t["first_response_at"], dt.timedelta(seconds=60)),
    "response_24h@default": lambda w, t: within(w, t["created_at"], t["first_response_at"], hours(24)),
    "resolved_48h@default": lambda w, t: within(w, t["created_at"], t["closed_at"], hours(48)),
    "resolution@default": lambda w, t: hit(t["closed_at"] is not None and not t["reopened"]),
    "complaint_rate@default": lambda w, t: hit(is_complaint(t)),
    "complaints@default": lambda w, t: hit(is_complaint(t)),
    "complaint_handling@default": lambda w, t: only_complaints(w, t, lambda: hit(t["closed_at"] is not None)),
    "complaints_on_time@default": lambda w, t: only_complaints(
        w, t, lambda: within(w, t["created_at"], t["closed_at"], hours(48))
    ),
    "late_answers@default": late_answer,
    "net_hours@system": lambda w, t: None if t["closed_at"] is None else net(w, t),
    "net_hours@suspended": without_suspension,
    "net_hours@all": net,
    "on_time@system": on_time,
    "on_time@flag": lambda w, t: hit(t["in_time"] if t["overdue"] is None else not t["overdue"]),
    "overdue_open@default": overdue_open,
    "arrival_hours@default": arrival,
}
RATINGS: dict[str, Callable[[World, Row], Fate]] = {
    "csat@rating": csat,
    "csat@label": csat_label,
    "csat@last_per_day": csat_last,
    "mean_rating@default": lambda w, r: number(r["rating"]) if valid(r) else None,
    "nps@default": nps,
    "complaints_in_ratings@default": bad_rating,
    "ratings@default": lambda w, r: hit(True) if valid(r) else None,
    **{f"ratings.{which}@default": stars(which) for which in range(1, 6)},
    **{f"q{which}@default": question(which) for which in range(1, 7)},
}
REPAIRS: dict[str, Callable[[World, Row], Fate]] = {"first_fix@days": first_fix, "repairs@default": one}
CALLS: dict[str, Callable[[World, Row], Fate]] = {
    "answered@default": lambda w, c: hit(c["answered"]),
    "answered_30s@default": answered_30s,
    "resolved@default": lambda w, c: None if c["answered"] is False else hit(c["resolved"]),
    "wait_seconds@default": call("wait_seconds"),
    "handling_seconds@default": call("talk_seconds"),
    "calls@default": one,
}
QUALITY: dict[str, Callable[[World, Row], Fate]] = {
    "professionalism@default": lambda w, q: number(q["score"]) if q["score"] is not None and 0 <= q["score"] <= 100 else None,
}
EVENTS: dict[str, Callable[[World, Row], Fate]] = {
    "not_asked@default": kind("未邀请评价", "未邀评", "未请客户评价", "not_asked"),
    "mismatches@default": kind("评价不符", "评价未填", "评分不符", "评分未填", "mismatch", "mismatches"),
    "cpi_errors@default": kind("CPI差错", "CPI错误", "CPI", "cpi_error", "cpi_errors"),
    "trainings@default": lambda w, e: hit(None if e["kind"] is None else "培训" in e["kind"] or "training" in e["kind"].lower()),
    "additions@default": lambda w, e: amount(e.get("added"), e["points"]),
    "deductions@default": lambda w, e: amount(e.get("taken_off"), None if e["points"] is None else -e["points"]),
}
BY_TABLE = {
    "tickets": TICKETS, "ratings": RATINGS, "repairs": REPAIRS, "calls": CALLS, "quality": QUALITY, "events": EVENTS,
    "contributions": {"knowledge@default": one},
}  # fmt: skip
REFERENCE = {key: fate for fates in BY_TABLE.values() for key, fate in fates.items()}
WHEN = {
    "tickets": "created_at", "ratings": "rated_at", "repairs": "done_at", "calls": "started_at", "quality": "checked_at",
    "events": "at",
    "contributions": "accepted_at",
}  # fmt: skip

Totals = dict[tuple[str, dt.date, str], tuple[int, Decimal, int, int]]


def expected(world: World, start: dt.date, end: dt.date) -> Totals:
    """Return (sample, numerator, denominator, open windows) per agent, month and ``measure@definition``; without empty ones."""
    sums: dict[tuple[str, dt.date, str], list[Any]] = defaultdict(lambda: [0, Decimal(0), 0, 0])
    for table, fates in BY_TABLE.items():
        for row in world.rows.get(table, []):
            when = row[WHEN[table]]
            if row["agent"] is None or not start <= when.date() < end:
                continue
            for key, judge in fates.items():
                fate = judge(world, row)
                if fate is None:
                    continue
                outcome, is_open, denominator = fate
                total = sums[row["agent"], when.date().replace(day=1), key]
                total[0] += 1
                total[1] += Decimal(str(outcome)) if not isinstance(outcome, bool) else Decimal(int(outcome))
                total[2] += denominator
                total[3] += is_open
    return {key: (total[0], total[1], total[2], total[3]) for key, total in sums.items()}
