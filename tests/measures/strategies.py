"""Random small tables whose values meet at the edges: few agents and customers, times that coincide or lie exactly a window
apart."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

START = dt.datetime(2025, 9, 25)
"""Near the National Day holidays and their 调休, so that the working calendar matters."""

_OFFSETS = [
    0,
    1,
    59,
    60,
    61,
    1800,
    3600,
    7200,
    7201,
    86_399,
    86_400,
    86_401,
    2 * 86_400,
    7 * 86_400,
    30 * 86_400,
    30 * 86_400 + 1,
]
times = st.builds(
    lambda day, offset, hour: START + dt.timedelta(days=day, seconds=offset, hours=hour),
    st.sampled_from([-30, -7, 0, 1, 3, 7, 10, 30, 37, 60]), st.sampled_from(_OFFSETS), st.sampled_from([0, 8, 9, 12, 17, 18, 23]),
)  # fmt: skip
agents = st.sampled_from(["A1", "A2", None, "A3"])
maybe_flag = st.sampled_from([True, False, None])
seconds_later = st.sampled_from([None, *_OFFSETS, 3 * 86_400])


def _table(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries({"agent": agents, **columns}), max_size=14)


def _after(row: dict[str, Any], start: str, *columns: str) -> dict[str, Any]:
    for column in columns:
        later = row[column]
        row[column] = None if later is None or row[start] is None else row[start] + dt.timedelta(seconds=later)
    return row


_LATER = ("first_response_at", "closed_at", "arrived_at", "archived_at", "due_at")
_tickets = _table(
    ticket_id=st.sampled_from(["001", "002", "003", "010"]), customer=st.sampled_from(["C1", "C2", None]),
    kind=st.sampled_from(["投诉", "客户投诉", "Complaint", "咨询", None]), urgent=maybe_flag, created_at=times,
    first_response_at=seconds_later,
    closed_at=seconds_later, resolved_first_contact=maybe_flag, reopened=maybe_flag, contacts=st.sampled_from([None, 0, 1, 2]),
    alerted_at=st.one_of(st.none(), times), followed_up_at=seconds_later, fields_filled=st.sampled_from([None, 0, 3, 5]),
    fields_required=st.sampled_from([None, 0, 5]), kind_fixed=st.sampled_from([None, None, None, True]),
    overdue=maybe_flag, in_time=maybe_flag,
    net_seconds=st.sampled_from([None, 0, 61, 90_000]),
    suspended_seconds=st.sampled_from([None, 0, 60, 86_400]), arrived_at=seconds_later, archived_at=seconds_later,
    due_at=st.sampled_from([None, 0, 60, 86_400]),
).map(lambda rows: [_after(_after(row, "created_at", *_LATER), "alerted_at", "followed_up_at") for row in rows])  # fmt: skip
_ratings = _table(
    customer=st.sampled_from(["C1", "C2", None]), rated_at=times, rating=st.sampled_from([None, -1, 0, 1, 2, 3.5, 4, 4.5, 5, 6,
    8, 9, 10, 80, 100]),
    scale=st.sampled_from([None, 5, 10, 100]), label=st.sampled_from([None, "满意", "非常满意", "一般", "不满意",
    "Very Satisfied", " 很满意 ", "还行"]), verdict=st.sampled_from([None, None, "满意", "一般", "不满意"]),
    call_status=st.sampled_from([None, "", "成功接通", "未接通", "无人接听", "已接通", "接通失败", "Answered", "busy", "拒接"]),
    question=st.sampled_from([None, "1", "Q2", "第3题", "q4", "Q5", "问题6", "推荐意愿", "NPS"]),
)  # fmt: skip
_repairs = _table(repair_id=st.sampled_from(["R1", "R2", "R3"]), asset=st.sampled_from(["S1", "S2", None]), done_at=times)
_calls = _table(
    started_at=times, answered=maybe_flag, wait_seconds=st.sampled_from([None, 0, 30, 31, 600]),
    talk_seconds=st.sampled_from([None, 0, 225]),
    resolved=maybe_flag,
)  # fmt: skip
_quality = _table(checked_at=times, score=st.sampled_from([None, -1, 0, 92.125, 100, 101]))
_events = _table(
    at=times, kind=st.sampled_from([None, "未邀评", "评价不符", "CPI差错", "新品培训", "Training", "表扬"]),
    points=st.sampled_from([None, 0, 2.5, -3]), added=st.sampled_from([None, None, 5]),
    taken_off=st.sampled_from([None, None, 2]),
)  # fmt: skip
_contributions = _table(accepted_at=times)

worlds = st.fixed_dictionaries(
    {
        "tickets": _tickets, "ratings": _ratings, "repairs": _repairs, "calls": _calls, "quality": _quality, "events": _events,
        "contributions": _contributions,
    }
)  # fmt: skip
