"""Golden figures on a small September, each worked out by hand in the comments; and the states that are not zero."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from kpi_xl.errors import KpiError
from kpi_xl.measures import measure, measure_tables
from kpi_xl.people import Person
from kpi_xl.periods import Period

from .september import SEPTEMBER, TICKETS, at, ticket
from .tables_for_tests import make_tables


@pytest.fixture
def september():
    return make_tables({"tickets": TICKETS}, data_end=at("2025-10-05 00:00"))


def value(counts, subject, measure_id, by="agent"):
    row = counts.inputs(by)[subject][measure_id]
    return (None if row.value is None else round(row.value, 6), row.numerator, row.denominator, row.status)


def test_figures_by_hand(september):
    counts = measure_tables(september, SEPTEMBER)
    assert value(counts, "赵一", "volume") == (3, 3, 3, "ok")
    assert value(counts, "赵一", "fcr") == (Decimal("0.666667"), 2, 3, "ok")
    assert value(counts, "赵一", "handling_hours") == (15, 108_000, 2, "ok")
    assert value(counts, "赵一", "handling_hours.urgent") == (6, 21_600, 1, "ok")
    assert value(counts, "赵一", "handling_hours.normal") == (24, 86_400, 1, "ok")
    assert value(counts, "赵一", "handling_hours.urgent_share") == (Decimal("0.5"), 1, 2, "ok")
    # 001 comes 30 days after 000 to the second: still within; 002 comes 29 days after 001
    assert value(counts, "赵一", "repeat_complaint") == (Decimal("0.666667"), 2, 3, "ok")
    # 003 has been open since 30 September, four days at the data's end
    assert value(counts, "赵一", "unresolved_48h") == (1, 1, 3, "ok")


def test_an_unknown_flag_is_left_out_not_false(september):
    counts = measure_tables(september, SEPTEMBER)
    assert value(counts, "钱二", "fcr") == (None, None, None, "missing")
    assert value(counts, "钱二", "handling_hours") == (Decimal("0.5"), 1_800, 1, "ok")


def test_a_second_beyond_the_window_is_no_repeat():
    tickets = [dict(row) for row in TICKETS]
    tickets[0]["created_at"] = at("2025-09-01 08:00:01")
    counts = measure_tables(make_tables({"tickets": tickets}, data_end=at("2025-10-05")), SEPTEMBER)
    assert value(counts, "赵一", "repeat_complaint")[1:3] == (1, 3)
    wider = measure_tables(make_tables({"tickets": tickets}), SEPTEMBER, definitions={"repeat_complaint": "backward:31"})
    assert value(wider, "赵一", "repeat_complaint")[1:3] == (2, 3)


def test_absent_columns_and_tables_are_missing_with_their_names(september):
    counts = measure_tables(september, SEPTEMBER)
    assert counts.absent["completeness"] == ("fields_filled", "fields_required")
    assert counts.absent["csat"] is None
    assert value(counts, "赵一", "csat") == (None, None, None, "missing")
    # optional columns may be absent: without 是否重开 every closed ticket counts as solved
    assert value(counts, "赵一", "resolution")[1:3] == (2, 3)


def test_normal_tickets_need_no_urgent_column_but_the_urgent_share_does():
    tickets = [{key: item for key, item in row.items() if key != "urgent"} for row in TICKETS]
    counts = measure_tables(make_tables({"tickets": tickets}), SEPTEMBER)
    assert value(counts, "赵一", "handling_hours.normal")[1:3] == (108_000, 2)
    assert value(counts, "赵一", "handling_hours.urgent")[3] == "missing"
    assert value(counts, "赵一", "handling_hours.urgent_share")[3] == "missing"


def test_unmatured_windows_are_counted_as_they_stand_and_flagged():
    repairs = [
        {"repair_id": "1", "agent": "赵一", "asset": "S1", "done_at": at("2025-09-01 00:00")},
        {"repair_id": "2", "agent": "赵一", "asset": "S1", "done_at": at("2025-09-20 00:00")},
        {"repair_id": "3", "agent": "赵一", "asset": "S2", "done_at": at("2025-09-05 00:00")},
    ]
    row = measure_tables(make_tables({"repairs": repairs}, data_end=at("2025-10-05")), SEPTEMBER).inputs()["赵一"]["first_fix"]
    # 1 came back after 19 days; the windows of 1 and 3 are over (3 to the second), that of 2 is not
    assert (row.numerator, row.denominator, row.status, row.unmatured) == (2, 3, "unmatured", 1)
    again = [*repairs, {"repair_id": "4", "agent": "钱二", "asset": "S1", "done_at": at("2025-10-04 00:00")}]
    row = measure_tables(make_tables({"repairs": again}, data_end=at("2025-10-05")), SEPTEMBER).inputs()["赵一"]["first_fix"]
    # 2 came back, too: its window is open, but nothing can change what it counts as
    assert (row.numerator, row.denominator, row.status, row.unmatured) == (1, 3, "ok", 0)


def test_rows_of_ties_do_not_depend_on_the_order_of_the_file():
    both = [
        ticket("002", "钱二", "2025-09-05 08:00", kind="投诉", customer="C1"),
        ticket("001", "赵一", "2025-09-05 08:00", kind="投诉", customer="C1"),
    ]
    for rows in (both, both[::-1]):
        counts = measure_tables(make_tables({"tickets": rows}), SEPTEMBER)
        assert value(counts, "赵一", "repeat_complaint")[1] == 0
        assert value(counts, "钱二", "repeat_complaint")[1] == 1


def test_no_contribution_is_zero_where_the_table_covers_the_month_else_missing():
    rows = {"tickets": TICKETS, "contributions": [{"agent": "钱二", "accepted_at": at("2025-08-03 00:00")}]}
    counts = measure_tables(make_tables(rows), Period.parse("2025-Q3"))
    found = {(row.subject, row.period): (row.value, row.status) for row in counts.rows() if row.measure == "knowledge"}
    assert found["赵一", "2025-08"] == (0, "ok")
    assert found["钱二", "2025-08"] == (1, "ok")
    assert found["赵一", "2025-09"] == (None, "missing")
    assert found["赵一", "2025-Q3"] == (0, "ok")


def test_a_small_sample_is_insufficient(september):
    counts = measure_tables(september, SEPTEMBER)
    rows = {row.measure: row for row in counts.rows(min_samples={"fcr": 4}) if row.subject == "赵一"}
    assert rows["fcr"].status == "insufficient"
    assert rows["volume"].status == "ok"


def test_people_of_the_roster_without_rows_are_listed_and_those_who_left_are_not():
    people = [
        Person("E1", "赵一", team="一组"),
        Person("E2", "孙三", team="一组"),
        Person("E3", "李四", team="二组", status="离职"),
    ]
    tables = make_tables({"tickets": [ticket("001", "E1", "2025-09-01 08:00")]}, people=people)
    counts = measure_tables(tables, SEPTEMBER)
    assert list(counts.agents) == ["E1", "E2"]
    assert value(counts, "E2", "handling_hours")[3] == "missing"
    assert value(counts, "一组", "volume", "team") == (1, 1, 1, "ok")


def test_medians_are_of_the_own_team():
    people = [Person(f"E{i}", f"E{i}", team="一组" if i < 4 else "二组") for i in range(1, 6)]
    tickets = [ticket(f"{i}-{k}", f"E{i}", "2025-09-01 08:00") for i in range(1, 6) for k in range(i)]
    rows = measure_tables(make_tables({"tickets": tickets}, people=people), SEPTEMBER).inputs()
    assert [rows[f"E{i}"]["volume.median"].value for i in range(1, 6)] == [2, 2, 2, Decimal("4.5"), Decimal("4.5")]


def test_tickets_per_head_of_a_team_divides_by_those_who_worked():
    people = [Person("E1", "E1", team="一组"), Person("E2", "E2", team="一组"), Person("E3", "E3", team="一组")]
    tickets = [ticket(f"{i}", "E1" if i < 3 else "E2", "2025-09-01 08:00") for i in range(5)]
    counts = measure_tables(make_tables({"tickets": tickets}, people=people), SEPTEMBER)
    assert value(counts, "一组", "tickets_per_head", "team") == (Decimal("2.5"), 5, 2, "ok")


def test_working_hours_skip_the_holiday_and_count_the_day_worked_instead():
    # 2025: 1-8 October are holidays, Sunday 28 September and Saturday 11 October are worked instead
    tickets = [
        ticket("1", "赵一", "2025-09-30 17:00", closed_at=at("2025-10-09 10:00")),  # 1 h + 1 h
        ticket("2", "赵一", "2025-09-27 12:00", closed_at=at("2025-09-28 10:00")),  # Saturday off, Sunday 1 h
    ]
    counts = measure_tables(make_tables({"tickets": tickets}), SEPTEMBER, definitions={"handling_hours": "working"})
    assert value(counts, "赵一", "handling_hours") == (Decimal("1.5"), 3 * 3600, 2, "ok")
    later = measure_tables(
        make_tables({"tickets": tickets}), SEPTEMBER, definitions={"handling_hours": "working:start_hour=10,end_hour=17"}
    )
    assert value(later, "赵一", "handling_hours") == (0, 0, 2, "ok")


def test_a_working_calendar_without_holidays_is_refused_only_when_asked_for():
    tables = make_tables(
        {"tickets": [ticket("1", "赵一", "2031-03-03 17:00", closed_at=at("2031-03-04 10:00"), first_response_at=None)]}
    )
    with pytest.raises(KpiError, match="放假安排"):
        measure_tables(tables, Period.parse("2031-03"), definitions={"handling_hours": "working"})
    counts = measure_tables(tables, Period.parse("2031-03"))
    assert value(counts, "赵一", "late_answers")[3] == "missing"
    assert value(counts, "赵一", "handling_hours")[0] == 17


def test_a_short_history_is_told(september):
    counts = measure_tables(september, Period.parse("2025-08"))
    assert [note.code for note in counts.notes] == ["short_history"]
    assert measure_tables(september, SEPTEMBER).notes == ()


@pytest.mark.parametrize(
    ("definitions", "words"),
    [
        ({"fcr": "guess"}, "没有口径"),
        ({"fcr": "silence:x"}, "参数"),
        ({"fcr": "silence:weeks=2"}, "参数"),
        ({"fcr": "flag:3"}, "参数"),
        ({"fcrr": "flag"}, "没有指标"),
    ],
)
def test_wrong_definitions_are_refused(september, definitions, words):
    with pytest.raises(KpiError, match=words):
        measure_tables(september, SEPTEMBER, definitions=definitions)


def test_a_composite_choice_holds_for_its_parts(september):
    counts = measure_tables(september, SEPTEMBER, definitions={"handling_hours": "working"})
    chosen = {item.id: item.chosen for item in counts.measures if item.id.startswith("handling_hours")}
    assert chosen == {
        "handling_hours": "working", "handling_hours.normal": "working", "handling_hours.urgent": "working",
        "handling_hours.urgent_share": "",
    }  # fmt: skip


def test_ratings_keep_their_decimals_and_scales():
    ratings = [
        {"agent": "赵一", "rated_at": at("2025-09-01"), "rating": 4.5, "scale": 5.0},
        {"agent": "赵一", "rated_at": at("2025-09-02"), "rating": 3.9, "scale": 5.0},
        {"agent": "赵一", "rated_at": at("2025-09-02"), "rating": 8.0, "scale": 10.0},
        {"agent": "赵一", "rated_at": at("2025-09-03"), "rating": 11.0, "scale": 10.0},
    ]
    counts = measure_tables(make_tables({"ratings": ratings}), SEPTEMBER)
    assert value(counts, "赵一", "mean_rating") == (Decimal("5.466667"), Decimal("16.4"), 3, "ok")
    assert value(counts, "赵一", "csat")[1:3] == (2, 3)


def test_frames_are_measured_and_wrong_ones_refused_all_at_once():
    frame = pd.DataFrame(
        {"agent": ["a", "a"], "started_at": pd.to_datetime(["2025-09-01", "2025-09-02"]), "answered": [True, False]}
    )
    rows = {row.measure: row for row in measure({"calls": frame}, "2025-09", measures=["answered", "calls"])}
    assert rows["answered"].value == Decimal("0.5")
    with pytest.raises(KpiError) as caught:
        measure({"calls": frame.drop(columns="agent").assign(colour="red"), "phones": frame}, "2025-09")
    assert {problem.where for problem in caught.value.problems} == {"calls.agent", "calls.colour", "phones"}
    with pytest.raises(KpiError, match="是") as caught:
        measure({"calls": frame.assign(answered="是")}, "2025-09")
    assert "CAST" not in str(caught.value)
