"""What follows from several results or several people: streaks, ranks, raters, roll-ups, goals, call-backs, stability."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_xl.errors import KpiError
from kpi_xl.periods import Period
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.model import KeyResult
from kpi_xl.scoring import (
    Callback,
    Goal,
    PastResult,
    RaterScore,
    combine_raters,
    goal_completion,
    key_result_progress,
    next_step,
    pool_callbacks,
    rank,
    roll_up,
    score,
    stability,
    streak,
)
from kpi_xl.scoring.goals import GoalChange, adjustment_count

AGENT = load_scheme("appliance-agent")
TOP, POOR = "高级客服", "待改进"


def past(text: str) -> list[PastResult]:
    """``2025-07 高级客服, 2025-08 -`` (- : no final result)."""
    found = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        period, grade = entry.split()
        found.append(PastResult(Period.parse(period), None, None if grade == "-" else grade, final=grade != "-"))
    return found


@pytest.mark.parametrize(
    ("history", "grade", "count", "skipped"),
    [
        ("", TOP, 0, []),
        (f"2025-07 {TOP}, 2025-08 {TOP}, 2025-09 {TOP}", TOP, 3, []),
        (f"2025-09 {TOP}, 2025-07 {TOP}, 2025-08 {TOP}", TOP, 3, []),  # in any order
        (f"2025-07 {TOP}, 2025-08 中级客服, 2025-09 {TOP}", TOP, 1, []),
        (f"2025-07 {TOP}, 2025-08 {TOP}, 2025-09 中级客服", TOP, 0, []),
        (f"2025-07 {TOP}, 2025-08 -, 2025-09 {TOP}", TOP, 2, ["2025-08"]),  # neither continues nor breaks
        (f"2025-07 {TOP}, 2025-09 {TOP}", TOP, 2, ["2025-08"]),  # nor does a month without any entry
        (f"2025-07 中级客服, 2025-08 -, 2025-09 {TOP}", TOP, 1, []),  # a gap before the run is not part of it
        (f"2025-08 {TOP}, 2025-09 -", TOP, 1, ["2025-09"]),
        (f"2025-Q2 {TOP}, 2025-08 {TOP}, 2025-09 {TOP}, 2025-Q3 {TOP}", TOP, 2, []),  # months with months
        (f"2024-11 {TOP}, 2024-12 {TOP}, 2025-01 {TOP}", TOP, 3, []),  # a new year breaks nothing
        (f"2024-11 {TOP}, 2024-12 -, 2025-01 {TOP}", TOP, 2, ["2024-12"]),
        (f"2025-09 {POOR}, 2025-09 {TOP}", TOP, 1, []),  # a correction: the later entry counts
    ],
)
def test_streaks(history: str, grade: str, count: int, skipped: list[str]) -> None:
    run = streak(past(history), grade, "month")
    assert run.count == count
    assert [str(period) for period in run.skipped] == skipped


def test_quarters_count_with_quarters() -> None:
    history = past(f"2025-Q1 {TOP}, 2025-Q2 {TOP}, 2025-07 {POOR}, 2025-08 {POOR}")
    assert streak(history, TOP, "quarter").count == 2
    assert streak(history, POOR, "month").count == 2
    assert streak(past(f"2024-Q3 {TOP}, 2024-Q4 {TOP}, 2025-Q1 {TOP}"), TOP, "quarter").count == 3
    assert streak(past(f"2023 {TOP}, 2024 -, 2025 {TOP}"), TOP, "year").count == 2


def test_next_steps() -> None:
    poor = next_step(AGENT, past(f"2025-08 {POOR}, 2025-09 {POOR}"), "month")
    assert [rule.action for rule in poor.due] == ["启动绩效改进计划(PIP)或淘汰"]
    good = next_step(AGENT, past(f"2025-06 {TOP}, 2025-07 -, 2025-08 {TOP}"), "month")
    assert good.due == ()
    assert good.text == "已连续 2 次“高级客服”（2025年7月没有最终结果，不计入也不中断），再有 1 次：薪资上调 5%~10%"
    third = next_step(AGENT, past(f"2025-06 {TOP}, 2025-07 {TOP}, 2025-08 {TOP}"), "month")
    assert [rule.action for rule in third.due] == ["薪资上调 5%~10%"]
    assert next_step(AGENT, past("2025-09 中级客服"), "month").text == ""
    assert next_step(AGENT, [], "month").run is None


def test_ranks_are_shared() -> None:
    assert rank([Decimal(90), Decimal(80), None, Decimal(80), Decimal(70)]) == (1, 2, None, 2, 4)
    assert rank([Decimal("80.004"), Decimal("80")]) == (1, 1)  # only what is printed counts
    assert rank([]) == ()


@given(st.lists(st.integers(0, 10).map(Decimal)))
def test_ranks_follow_totals(totals: list[Decimal]) -> None:
    ranks = rank(totals)
    for total, place in zip(totals, ranks, strict=True):
        assert place == 1 + sum(other > total for other in totals)


SUPERVISOR = load_scheme("role-360:supervisor")


def raters(**groups: list[int]) -> list[RaterScore]:
    return [RaterScore(group, Decimal(value)) for group, values in groups.items() for value in values]


def test_rater_groups_of_three_stand_alone() -> None:
    means = combine_raters(SUPERVISOR, raters(superior=[90], peers=[80, 70, 90], subordinates=[60, 70, 80, 90]))
    assert means.values == {"superior": Decimal(90), "peers": Decimal(80), "subordinates": Decimal(75)}
    assert score(SUPERVISOR, means.values).total == Decimal("85.00")
    assert means.notes == ()


def test_small_groups_are_pooled() -> None:
    """2 peers and 3 subordinates: (80 + 90 + 60 + 70 + 75) / 5 = 75 for both."""
    means = combine_raters(SUPERVISOR, raters(superior=[90], peers=[80, 90], subordinates=[60, 70, 75]))
    assert means.values == {"superior": Decimal(90), "peers": Decimal(75), "subordinates": Decimal(75)}
    assert [figure.groups for figure in means.figures] == [("superior",), ("peers", "subordinates")]
    assert "合并" in means.notes[0]


def test_a_pool_below_three_is_withheld() -> None:
    means = combine_raters(SUPERVISOR, raters(superior=[90], peers=[80], subordinates=[60]))
    assert means.values == {"superior": Decimal(90)}
    assert [figure.groups for figure in means.figures] == [("superior",)]
    assert score(SUPERVISOR, means.values).missing == ("peers", "subordinates")


def test_an_absent_group_is_missing_not_pooled() -> None:
    means = combine_raters(SUPERVISOR, raters(superior=[90], subordinates=[60, 70, 80]))
    assert means.values == {"superior": Decimal(90), "subordinates": Decimal(70)}
    assert score(SUPERVISOR, means.values).missing == ("peers",)
    with pytest.raises(KpiError):
        combine_raters(load_scheme("role-360"), raters(peers=[80]))
    with pytest.raises(KpiError):
        combine_raters(AGENT, [])


def test_a_year_is_the_mean_of_its_quarters() -> None:
    quarters = [Decimal("80.00"), Decimal("90.00"), Decimal("85.00"), Decimal("86.01")]
    year = roll_up(SUPERVISOR, "year", {"quarter": quarters})
    assert year.total == Decimal("85.25")  # 341.01 / 4 = 85.2525
    assert year.why == "季度平均 (80.00 + 90.00 + 85.00 + 86.01) ÷ 4 = 85.25"
    waiting = roll_up(SUPERVISOR, "year", {"quarter": [*quarters[:3], None]})
    assert waiting.total is None
    assert "3 次" in waiting.missing[0]
    with pytest.raises(KpiError):
        roll_up(AGENT, "year", {})


def test_half_daily_half_quarterly() -> None:
    """50% x (90 + 80) / 2 + 50% x (70 + 80 + 90 + 60) / 4 = 42.5 + 37.5."""
    special = load_scheme("satisfaction-special")
    totals = {"day": [Decimal(90), Decimal(80)], "quarter": [Decimal(70), Decimal(80), Decimal(90), Decimal(60)]}
    assert roll_up(special, "year", totals).total == Decimal("80.00")
    assert roll_up(special, "year", {"quarter": totals["quarter"]}).total is None


def test_goals() -> None:
    goals = [Goal("A", Decimal(60), Decimal(100)), Goal("B", Decimal(40), Decimal(50), (GoalChange("客户延期"),))]
    assert goal_completion(goals) == Decimal(80)
    assert adjustment_count(goals) == 1
    assert goal_completion([]) is None
    assert goal_completion([Goal("A", Decimal(60), None)]) is None
    for bad in (
        Goal("A", Decimal(0), Decimal(1)),
        Goal("A", Decimal(1), Decimal(101)),
        Goal("A", Decimal(1), Decimal(1), (GoalChange(" "),)),
    ):
        with pytest.raises(KpiError):
            goal_completion([bad])


def test_okr_progress() -> None:
    repurchase, recommendation = load_scheme("after-sales-3d").key_results
    assert key_result_progress(repurchase, Decimal("0.45"), Decimal("0.55")) == Decimal("0.5")
    assert key_result_progress(repurchase, Decimal("0.45"), Decimal("0.40")) == 0
    assert key_result_progress(repurchase, Decimal("0.45"), Decimal("0.90")) == 1
    assert key_result_progress(recommendation, Decimal("0.40"), Decimal("0.46")) == Decimal("0.5")  # 0.40 -> 0.52
    falling = KeyResult("cost", "成本", "ratio", Decimal("0.1"))
    assert key_result_progress(falling, Decimal("0.2"), Decimal("0.15")) == Decimal("0.5")
    with pytest.raises(KpiError):
        key_result_progress(repurchase, Decimal("0.65"), Decimal("0.7"))


def test_call_backs_are_pooled_over_the_successful_ones() -> None:
    """Customers: 100, 73.75; (100 + 73.75) / 2 = 86.875 -> 86.88. The failed one never counts, the complaint goes to the list."""
    everything = {"q1": 100, "q2": 100, "q3": 100, "q4": 100}
    pooled = pool_callbacks(
        load_scheme("dealer-cs"),
        [
            Callback("a", everything),
            Callback("b", {"q1": 100, "q2": 75, "q3": 100, "q4": 20}),
            Callback("c", {}, reached=False),
            Callback("d", {"q1": 100}),
        ],
    )
    assert pooled.total == Decimal("86.88")
    assert pooled.remedy == ("b",)
    assert pooled.failed == ("c",)
    assert pooled.incomplete == ("d",)
    assert pool_callbacks(load_scheme("dealer-cs"), []).total is None


def test_stability() -> None:
    assert stability([Decimal("0.9")] * 4) == 100
    # mean 0.8, population deviation 0.1: 100 - 100 x 0.125
    assert stability([Decimal("0.7"), Decimal("0.9")]) == Decimal("87.5")
    assert stability([Decimal(0), Decimal(0), Decimal(0), Decimal(1)]) == 0
    assert stability([]) is None
    assert stability([Decimal(0)]) is None
