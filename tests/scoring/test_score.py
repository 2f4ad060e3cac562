"""Scoring as a whole: missing is not zero, subtotals, provisional figures, bad input, waivers, parameters, bonus."""

from __future__ import annotations

import decimal
from decimal import Decimal

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.numbers import format_points
from kpi_xl.people import Person
from kpi_xl.schemes import load_scheme
from kpi_xl.scoring import Status, bonus, grade_of, head_count, is_appraised, payout, score, score_indicator, with_parameters

FULL = {
    "fcr": "0.85",
    "handling_hours.normal": 24,
    "csat": 0.9,
    "repeat_complaint": "5%",
    "first_fix": Decimal("0.92"),
    "professionalism": 100,
    "completeness": 1,
    "collaboration": 100,
    "knowledge": 2,
}
AGENT = load_scheme("appliance-agent")


def problems_of(call) -> dict[str, str]:
    with pytest.raises(KpiError) as caught:
        call()
    return {problem.where: f"{problem.message} → {problem.remedy}" for problem in caught.value.problems}


def test_why_shows_the_calculation() -> None:
    appraisal = score(AGENT, {**FULL, "fcr": "82%", "repeat_complaint": "6%"})
    assert appraisal.result("fcr").why == "82.00% ÷ 85% × 20 = 19.29"
    assert appraisal.result("repeat_complaint").why == "5% ÷ 6.00% × 10 = 8.33"
    assert appraisal.result("csat").why == "90.00% ≥ 90%，达标：1 × 15 = 15.00"
    manager = load_scheme("manager-kpi")
    assert score(manager, {"complaints": 5}).result("complaints").why == "15 - 1 × (5 - 3) = 13.00"
    assert (
        score(manager, {"invalid_service_rate": "1.5%"}).result("invalid_service_rate").why == "1.50% 落在 1%~2%：10 → 8，得 9.00"
    )


def test_missing_is_not_zero() -> None:
    appraisal = score(AGENT, {"fcr": "85%", "csat": None, "first_fix": " "})
    assert appraisal.total is None
    assert appraisal.grade is None
    assert appraisal.so_far == 20
    assert appraisal.provisional == 100
    assert "csat" in appraisal.missing
    assert appraisal.result("csat").status is Status.MISSING
    assert appraisal.result("csat").points is None
    assert score(AGENT, {}).provisional is None


def test_subtotals_add_up_and_wait_for_their_group() -> None:
    full = score(AGENT, FULL)
    assert dict(full.subtotals) == {"quantitative": Decimal("70.00"), "qualitative": Decimal("30.00")}
    partly = score(AGENT, {key: value for key, value in FULL.items() if key != "knowledge"})
    assert dict(partly.subtotals) == {"quantitative": Decimal("70.00"), "qualitative": None}


def test_composite_parts() -> None:
    def hours(**entered) -> tuple[str, str | None]:
        result = score(AGENT, {key.replace("__", "."): value for key, value in entered.items()}).result("handling_hours")
        return result.why, None if result.points is None else f"{result.points}"

    assert hours(handling_hours=48)[1] == "7.50"
    assert hours(handling_hours__urgent=8)[1] == "7.50"
    # only one kind present: it takes all 15, whatever the share says
    assert hours(handling_hours__normal=48, handling_hours__urgent_share="0%")[1] == "7.50"
    # the parts win over the overall mean, which exports deliver beside them
    assert hours(handling_hours=99, handling_hours__normal=24)[1] == "15.00"
    # a bare value is the normal part
    assert hours(handling_hours=48, handling_hours__urgent=4, handling_hours__urgent_share="20%")[1] == "9.00"
    why, points = hours(handling_hours__normal=24, handling_hours__urgent=4)
    assert points is None
    assert "handling_hours.urgent_share" in why


def test_sample_below_the_minimum_is_insufficient() -> None:
    survey = load_scheme("satisfaction-survey")
    values = {"product_service": 4, "communication": 4, "relationship": 4, "sent": 10}
    few = score(survey, {**values, "answers": 4})
    assert {result.status for result in few.results} == {Status.INSUFFICIENT}
    assert few.total is None
    assert few.provisional is None
    unknown = score(survey, values)
    assert {result.status for result in unknown.results} == {Status.MISSING}
    enough = score(survey, {**values, "answers": 5})
    assert enough.total == 80
    assert dict(enough.figures) == {"response_rate": Decimal("0.5")}
    assert score(AGENT, FULL, samples={"fcr": 0}).result("fcr").status is Status.INSUFFICIENT


def test_unmatured_rows_are_flagged() -> None:
    result = score(AGENT, FULL, unmatured={"first_fix": 3}).result("first_fix")
    assert result.unmatured == 3
    assert "3 单观察期未满" in result.why


def test_every_bad_value_is_reported_at_once() -> None:
    found = problems_of(
        lambda: score(
            AGENT,
            {"fcr": 85, "cast": 1, "professionalism": "85%", "collaboration": 101, "knowledge": "两", "handling_hours": "1e30"},
            waive=["quantitative"],
        )
    )
    assert "85%" in found["fcr"]
    assert "0.85" in found["fcr"]
    assert "csat" in found["cast"]
    assert "0~100" in found["professionalism"]
    assert "0~100" in found["collaboration"]
    assert "不是数字" in found["knowledge"]
    assert "过大" in found["handling_hours"]
    assert "不能豁免" in found["--waive quantitative"]


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1_000", "--", True, float("nan"), float("inf"), "0.8.5"])
def test_strange_numbers_are_refused(bad: object) -> None:
    assert list(problems_of(lambda: score(AGENT, {"knowledge": bad}))) == ["knowledge"]


def test_choices_and_counts() -> None:
    manager = load_scheme("manager-kpi")
    found = problems_of(lambda: score(manager, {"ad_hoc_tasks": "还行", "complaints": 2.5, "late_answers": -1}))
    assert "很满意" in found["ad_hoc_tasks"]
    assert "整数" in found["complaints"]
    assert "late_answers" in found


def test_only_allowed_call_back_scores() -> None:
    dealer = load_scheme("dealer-cs")
    found = problems_of(lambda: score(dealer, {"q1": 50, "q2": 75, "q3": 100, "q4": 25}))
    assert list(found) == ["q1"]
    assert "100、75、0~25" in found["q1"]
    # the mean over several customers is no single answer
    assert score(dealer, {"q1": 50, "q2": 75, "q3": 100, "q4": 25}, samples={"q1": 2}).total == Decimal("62.50")


def test_missing_parameters_are_named_each() -> None:
    head = load_scheme("department-head")
    found = problems_of(lambda: score(head, {"regulations": 90}))
    assert set(found) == {
        "complaint_rate_limit",
        "complaint_days_limit",
        "compensation_limit",
        "budget_deviation_limit",
        "cost_ratio_limit",
    }
    bad = problems_of(
        lambda: with_parameters(head, {"complaint_rate_limt": "2%", "compensation_limit": 0, "cost_ratio_limit": "x"})
    )
    assert "complaint_rate_limit" in bad["complaint_rate_limt"]
    assert set(bad) == {"complaint_rate_limt", "compensation_limit", "cost_ratio_limit"}
    assert "2%" in problems_of(lambda: with_parameters(head, {"complaint_rate_limit": 2}))["complaint_rate_limit"]


def test_parts_may_carry_their_indicator() -> None:
    limits = dict.fromkeys(
        ("complaint_rate_limit", "complaint_days_limit", "compensation_limit", "budget_deviation_limit", "cost_ratio_limit"),
        "0.1",
    )
    head = with_parameters(load_scheme("department-head"), limits)
    result = score(
        head, {"complaints.complaint_rate": "20%", "complaints.complaint_days": "0.2", "complaints.compensation": "0.2"}
    ).result("complaints")
    assert result.points == Decimal("10.00")


def test_waiving() -> None:
    supervisor = load_scheme("role-360:supervisor")
    appraisal = score(supervisor, {"superior": 90, "subordinates": 80, "peers": 70}, waive=["peers"])
    assert appraisal.total == Decimal("87.50")
    assert appraisal.waived == ("peers",)
    assert appraisal.result("peers").status is Status.WAIVED
    assert "同级" in appraisal.notes[0]
    assert "60 → 75" in appraisal.result("superior").why
    assert appraisal.total == sum(r.points for r in appraisal.results if r.points is not None)
    assert "--waive" in problems_of(lambda: score(supervisor, {}, waive=["superior", "peers", "subordinates"]))


def test_grade_edges_are_half_open() -> None:
    names = [grade_of(AGENT, Decimal(total)).name for total in ("100", "90", "89.99", "80", "79.99", "70", "69.99", "0")]
    assert names == ["高级客服", "高级客服", "中级客服", "中级客服", "初级客服", "初级客服", "待改进", "待改进"]
    assert grade_of(AGENT, Decimal("89.995")).name == "高级客服"  # rounded first
    assert grade_of(load_scheme("team-core"), Decimal(50)) is None
    with pytest.raises(KpiError):
        grade_of(AGENT, Decimal("100.01"))


def test_bonus_by_coefficient() -> None:
    assert bonus(Decimal(1000), score(AGENT, FULL), AGENT).amount == Decimal("1200.00")
    assert bonus(Decimal(1000), Decimal(80), AGENT).amount == Decimal("1000.00")
    with pytest.raises(KpiError, match="没有绩效系数") as caught:
        bonus(Decimal(1000), Decimal(60), AGENT)
    assert "不是 0 也不是 1" in str(caught.value)
    with pytest.raises(KpiError, match="待评"):
        bonus(Decimal(1000), score(AGENT, {}), AGENT)
    with pytest.raises(KpiError, match="没有奖金规则"):
        bonus(Decimal(1000), Decimal(60), load_scheme("team-core"))


def test_bonus_pool_per_head() -> None:
    """(300 locks x 20 + 100 repairs x 15) / 5 people = 1,500; 94.2% of the task: 30 - 1; 1,500 x 99 / 100 = 1,485."""
    scheme = load_scheme("monthly-bonus:manager")
    facts = {"installed_units": 300, "install_price": 20, "repaired_units": 100, "repair_price": 15, "head_count": 5}
    appraisal = score(scheme, {"rework_completion": "94.2%", "data_accuracy": "98%", "cpi_errors": 0, **facts})
    assert dict(appraisal.figures) == {"bonus_base": Decimal(1500)}
    paid = payout(scheme, appraisal)
    assert paid is not None
    assert paid.amount == Decimal("1485.00")
    assert paid.why == "1500 × 99.00 ÷ 100 = 1485.00"
    assert payout(scheme, score(scheme, {"cpi_errors": 0, **facts})) is None
    assert score(scheme, {**facts, "head_count": 0}).figures == ()


def test_probation_staff_are_not_appraised() -> None:
    scheme = load_scheme("monthly-bonus:specialist")
    people = [Person("1", "张三"), Person("2", "李四", status="试用"), Person("3", "王五", status="休假")]
    assert [is_appraised(scheme, person) for person in people] == [True, False, True]
    assert head_count(scheme, people) == 2
    assert is_appraised(AGENT, people[1])


def test_one_indicator_alone() -> None:
    assert score_indicator(AGENT, "fcr", {"fcr": "82%"}).points == Decimal("19.29")
    with pytest.raises(KpiError):
        score_indicator(AGENT, "frc", {"frc": "82%"})


def test_a_changed_decimal_context_does_not_matter() -> None:
    expected = score(AGENT, {**FULL, "fcr": "82%"})
    with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_DOWN)):
        assert score(AGENT, {**FULL, "fcr": "82%"}) == expected


def test_a_deduction_of_nothing_is_not_minus_zero() -> None:
    appraisal = score(load_scheme("outsourced-maintenance"), {"missing_resources": 0, "deductions": "0"})
    assert [str(appraisal.result(key).points) for key in ("missing_resources", "deductions")] == ["0.00", "0.00"]


@pytest.mark.parametrize(
    ("reference", "key", "typed", "points"),
    [
        ("manager-kpi", "plm_usage", 0.3 * 3, "8.00"),  # 0.8999999999999999 is 90 % in a cell
        ("manager-kpi", "training_coverage", 0.1 + 0.7, "3.00"),
        ("manager-kpi", "invalid_service_rate", 1.1 - 1.08, "8.00"),
        ("manager-kpi", "plm_usage", "89.9999999%", "7.00"),  # typed: taken unrounded
        ("monthly-bonus:specialist", "repair_quality", 1 - 0.05, "36.00"),
    ],
)
def test_noise_of_floats_does_not_move_a_band(reference: str, key: str, typed: float | str, points: str) -> None:
    assert format_points(score(load_scheme(reference), {key: typed}).result(key).points or Decimal(0)) == points


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ({"cost_ratio": "8"}, "8% 请输入 0.08 或 8%"),  # 8 % earns everything, 800 % next to nothing
        ({"cost_ratio": "2"}, "写明百分号：2% 或 200%"),
        ({"cost_ratio": Decimal(12)}, "12% 请输入 0.12 或 12%"),
        ({"csat": "101%"}, "填 0%~100% 之间的数"),
        ({"csat": "8²%"}, "写数字"),
        ({"innovation": "90﹪"}, "填 0~100 之间的数"),
        ({"csat.nps": "50"}, "csat"),  # not a part of csat
        ({"CSAT": "90%"}, "是不是想写 csat"),
        ({"服务周期": "20"}, "是不是想写 cycle_hours"),
    ],
)
def test_what_could_be_misread_is_asked_back(typed: dict[str, str], hint: str) -> None:
    with pytest.raises(KpiError) as caught:
        score(load_scheme("after-sales-3d"), typed)
    assert hint in caught.value.problems[0].remedy.zh


def test_ratios_above_1_with_their_sign_or_without_doubt() -> None:
    assert score(load_scheme("after-sales-3d"), {"cost_ratio": "150%"}).result("cost_ratio").points == Decimal("0.33")
    assert score(load_scheme("after-sales-3d"), {"cost_ratio": Decimal("1.5")}).result("cost_ratio").points == Decimal("0.33")
    assert score(load_scheme("monthly-bonus:other"), {"repair_quantity": "1.02"}).result("repair_quantity").points == 40


def test_one_input_under_two_names_is_given_twice() -> None:
    limits = {f"{key}_limit": "5%" for key in ("complaint_rate", "budget_deviation", "cost_ratio")}
    scheme = with_parameters(load_scheme("department-head"), limits | {"complaint_days_limit": "3", "compensation_limit": "9"})
    with pytest.raises(KpiError, match="同一项"):
        score(scheme, {"complaint_rate": "1%", "complaints.complaint_rate": "2%"})
