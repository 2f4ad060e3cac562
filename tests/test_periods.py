"""Periods: how they are written, months that begin on another day, and what is told where a text names none."""

# ruff: noqa: E501 - tables of examples

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_xl.errors import KpiError, Text
from kpi_xl.periods import BASES, Period, Reckoning

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("canonical", "spellings"),
    [
        ("2025-09", ["202509", "2025-9", "2025/09", "2025/9", "2025.9", "2025.09", "2025年9月", "2025年09月份", "２０２５－０９", "2025 年 9 月", " 2025-09 ", "2025–09"]),
        ("2025-10", ["202510", "2025.10", "2025年10月"]),
        ("2025-01", ["2025.1", "202501"]),
        ("2025-Q3", ["2025Q3", "2025q3", "2025-q3", "2025年第三季度", "2025年第3季度", "2025年3季度", "2025年三季度", "2025/Q3", "Q3 2025", "２０２５Ｑ３"]),
        ("2025-Q1", ["2025年一季度"]),
        ("2025", ["2025年", "2025年度", "２０２５"]),
    ],
)  # fmt: skip
def test_the_usual_spellings_are_read_and_the_name_stays_canonical(canonical: str, spellings: list[str]) -> None:
    for text in spellings:
        assert Period.parse(text) == Period.parse(canonical), text
        assert str(Period.parse(text)) == canonical


@pytest.mark.parametrize(
    "text", ["", "2025-13", "2025-00", "202513", "20259", "25-09", "九月", "2025-Q5", "2025年第五季度", "2025-9-8-7", "09-2025", "1850-01", "2025-09-08", "20250908"]
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(KpiError, match="看不懂考核周期"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2025-08-26..2025-09-25", "请写成 2025-09，并在映射文件（--mapping）里写 month_starts = 26"),
        ("2025年8月26日至2025年9月25日", "请写成 2025-09，并在映射文件（--mapping）里写 month_starts = 26"),
        ("20250826-20250925", "请写成 2025-09，并在映射文件（--mapping）里写 month_starts = 26"),
        ("2025-09-05~2025-10-04", "请写成 2025-09，并在映射文件（--mapping）里写 month_starts = 5"),
        ("2024-12-26..2025-12-25", "请写成 2025，并在映射文件（--mapping）里写 month_starts = 26"),
        ("2025-09-01..2025-09-30", "请写成 2025-09"),
        ("2025-07-01..2025-09-30", "请写成 2025-Q3"),
        ("2025-09-03", "请写成 2025-09"),
        ("2025-08-26..2025-09-30", "在映射文件写 month_starts"),
        ("2025-08-31..2025-09-30", "在映射文件写 month_starts"),
    ],
)
def test_days_are_refused_with_the_way_to_say_them(text: str, wanted: str) -> None:
    with pytest.raises(KpiError) as caught:
        Period.parse(text)
    assert wanted in caught.value.remedy.zh


def test_months_that_begin_on_the_26th() -> None:
    september = Period.parse("2025-09", month_starts=26)
    assert (september.start, september.end) == (dt.date(2025, 8, 26), dt.date(2025, 9, 26))
    assert (str(september), september.name, september.label) == ("2025-09", "2025年9月", "2025年9月（8月26日至9月25日）")
    assert (str(september.previous), september.previous.end) == ("2025-08", september.start)
    year = Period.parse("2025", month_starts=26)
    assert (year.start, year.end) == (dt.date(2024, 12, 26), dt.date(2025, 12, 26))
    assert year.label == "2025年度（2024年12月26日至2025年12月25日）"
    assert Period.parse("2025-Q1", month_starts=26).start == dt.date(2024, 12, 26)


def test_a_month_is_named_after_where_most_of_it_lies() -> None:
    assert Period.parse("2025-09", 15).start == dt.date(2025, 9, 15)
    assert Period.parse("2025-09", 16).start == dt.date(2025, 8, 16)


@pytest.mark.parametrize("day", [0, 29, 31, -1])
def test_a_day_that_not_every_month_has_is_refused(day: int) -> None:
    with pytest.raises(KpiError, match="不能从"):
        Period.parse("2025-09", day)


periods = st.builds(
    lambda year, month, cycle, starts, basis: Period.parse(
        {"month": f"{year}-{month:02d}", "quarter": f"{year}-Q{(month + 2) // 3}", "year": f"{year}"}[cycle], starts, basis
    ),
    st.integers(1990, 2090), st.integers(1, 12), st.sampled_from(["month", "quarter", "year"]), st.integers(1, 28),
    st.sampled_from(BASES),
)  # fmt: skip


@given(periods)
def test_periods_meet_without_gap_and_are_their_months(period: Period) -> None:
    months = period.months
    assert (months[0].start, months[-1].end, len(months)) == (period.start, period.end, period.month_count)
    assert all(one.end == other.start for one, other in pairwise(months))
    assert period.previous.end == period.start
    assert period.previous < period
    assert Period.parse(str(period), period.month_starts, period.basis) == period
    assert [str(month)[:4] for month in months] == [f"{period.year}"] * len(months)
    assert period.reckoned(1, "created") == Period.parse(str(period))


def test_the_label_says_what_is_unusual_and_nothing_else() -> None:
    assert Period.parse("2025-09").label == "2025年9月"
    assert Period.parse("2025-09", basis="closed").label == "2025年9月（按办结时间）"
    assert Period.parse("2025-Q3", 26, "archived").label == "2025年第3季度（6月26日至9月25日，按归档时间）"


def test_a_reckoning_is_agreed_or_refused() -> None:
    ours, theirs = Text("映射文件", "mapping"), Text("方案", "scheme")
    agreed = Reckoning(26).with_other(Reckoning(basis="closed"), ours, theirs)
    assert agreed == Reckoning(26, "closed")
    assert agreed.of(Period.parse("2025-09")) == Period.parse("2025-09", 26, "closed")
    assert Reckoning().of(Period.parse("2025-09", 26)) == Period.parse("2025-09", 26)
    with pytest.raises(KpiError, match="映射文件写的是 month_starts = 26，方案写的是 month_starts = 21"):
        Reckoning(26).with_other(Reckoning(21), ours, theirs)
    with pytest.raises(KpiError, match="month_starts = 21"):
        Reckoning(26).of(Period.parse("2025-09", 21))
