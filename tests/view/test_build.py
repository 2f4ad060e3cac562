"""The view of one person: labels, states that are not zero, advice, trend, next step, evidence."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl.measures.catalog import load_catalog
from kpi_xl.periods import Period
from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.scoring.model import PastResult
from kpi_xl.scoring.score import score
from kpi_xl.view import advice, records, words
from kpi_xl.view.advice import load_advice
from kpi_xl.view.build import Dossier, build_view
from kpi_xl.view.outlook import coefficient_text

from .samples import COUNTS, ISSUED, PERIOD, PERSON, RATED, flagship, sample_evidence, sample_history, sample_view, weak_view


def line(view, key):
    return next(indicator for indicator in view.indicators if indicator.id == key)


def test_a_complete_month_shows_total_grade_and_the_words_around_them():
    view = sample_view()
    assert (view.total_text, view.grade, view.coefficient_text) == ("96.27", "高级客服", "1.2")
    assert view.provisional_text == view.missing_text == ""
    assert view.period_span_text == "2025年9月1日至30日"
    assert view.issued_text == "2025年10月9日 09:30"
    assert view.summary.startswith("本期总分 96.27 分，评为“高级客服”。9 项有得分的指标中，3 项得到满分")
    assert "3 天内" in view.appeal_text
    assert [row.name for row in view.grade_scale if row.current] == ["高级客服"]
    assert [row.range_text for row in view.grade_scale] == [
        "90 分及以上", "80 分及以上，不足 90 分", "70 分及以上，不足 80 分", "70 分以下",
    ]  # fmt: skip
    assert view.grade_scale[-1].coefficient_text == "无"  # 待改进 has no coefficient: not 0, not 1


def test_each_line_shows_target_actual_sample_and_what_was_unmatured():
    view = sample_view()
    fcr = line(view, "fcr")
    assert (fcr.target, fcr.target_text, fcr.actual_text, fcr.sample_text) == (Decimal("0.85"), "≥ 85%", "81.87%", "149 / 182")
    hours = line(view, "handling_hours")
    assert [(p.name, p.target_text, p.actual_text) for p in hours.parts] == [
        ("普通工单", "≤ 24 小时", "20.6 小时"), ("紧急工单", "≤ 4 小时", "5.2 小时"),
    ]  # fmt: skip
    assert hours.sample_text == "177 条"
    assert line(view, "first_fix").remark == "其中 12 条观察期未满，按现状计入"
    assert line(view, "professionalism").target_text == "满分 100 分"
    assert line(view, "knowledge").target_text == "≥ 2"
    assert sum(i.points for i in view.indicators) == view.total == sum(g.subtotal for g in view.groups)


def test_missing_ratings_are_awaited_and_never_zero():
    view = sample_view(rated={"professionalism": "91.5"})
    knowledge = line(view, "knowledge")
    assert (knowledge.status, knowledge.points, knowledge.points_text, knowledge.actual_text) == ("missing", None, "待评", "待评")
    assert knowledge.attainment is None
    assert knowledge.remark == "待直接主管评分"
    assert (view.total, view.total_text, view.grade_text, view.coefficient_text) == (None, "待评", "待评", "待评")
    assert view.provisional_text == "97.19"
    assert view.missing_text == "尚缺协同能力（待评）、知识库贡献（待评）"
    assert "待评" in view.next_step
    shown = [a.indicator for a in (*view.strengths, *view.gaps, *view.suggestions, *view.training)]
    assert "knowledge" not in shown
    assert "collaboration" not in shown


def test_missing_exports_and_small_samples_are_named_differently():
    counts = {key: value for key, value in COUNTS.items() if key != "csat"}
    assert line(sample_view(counts=counts), "csat").status_text == "缺数据"
    demanding = replace(flagship(), indicators=tuple(replace(i, min_sample=50) for i in flagship().indicators))
    small = line(sample_view(scheme=demanding), "first_fix")
    assert (small.status, small.points_text, small.remark) == ("insufficient", "样本不足", "仅 38 条，不足 50 条，暂不计分")


def test_gaps_come_with_the_most_points_lost_first_and_say_how_many_records_were_short():
    view = sample_view()
    assert [gap.indicator for gap in view.gaps] == ["collaboration", "fcr", "first_fix", "handling_hours", "completeness"]
    fcr = next(gap for gap in view.gaps if gap.indicator == "fcr")
    # 85% of 182 is 154.7: 155 are needed, 149 are there
    assert fcr.text == "实际 81.87%，目标 ≥ 85%，差 3.13 个百分点；失 0.74 分；再有 6 张工单首次解决即可达到目标。"
    assert [a.indicator for a in view.suggestions] == ["collaboration", "fcr", "first_fix"]
    assert [a.indicator for a in view.training] == ["collaboration", "first_fix"]  # fcr earned 96% of its weight
    assert {a.indicator for a in view.strengths} == {"csat", "repeat_complaint", "professionalism", "knowledge"}


def test_nobody_who_lost_a_fifth_of_the_weight_is_told_that_it_is_little():
    view = weak_view()
    assert len(view.suggestions) > advice.load_advice().suggestions_at_most
    assert line(view, "professionalism").attainment == Decimal("0.778")
    told = {item.indicator for item in view.suggestions}
    assert {i.id for i in view.indicators if i.attainment is not None and i.attainment < Decimal("0.8")} <= told


def test_lower_is_better_counts_the_records_that_were_too_many():
    view = sample_view(counts={**COUNTS, "repeat_complaint": (14, 182)})
    gap = next(gap for gap in view.gaps if gap.indicator == "repeat_complaint")
    assert "超出 2.69 个百分点" in gap.text
    assert "少 5 张重复投诉工单" in gap.text  # 5% of 182 is 9.1: at most 9


def test_the_quarter_triples_the_monthly_target():
    scheme, period = flagship(), Period.parse("2025-Q3")
    values = {"knowledge": Decimal(5)}
    view = build_view(
        Dossier(
            scheme=scheme,
            appraisal=score(scheme, values, months=3),
            values=values,
            person=PERSON,
            period=period,
            issued_at=ISSUED,
        )
    )
    assert line(view, "knowledge").target_text == "≥ 6"


def test_the_trend_keeps_to_the_cycle_in_order_and_ignores_what_is_not_before():
    other = [
        PastResult(Period.parse("2025-Q2"), Decimal("70"), "初级客服", True),
        PastResult(Period.parse("2025-10"), Decimal("99"), "高级客服", True),
    ]
    view = sample_view(history=[*other, *reversed(sample_history())])
    assert [p.label for p in view.trend] == ["2025年4月", "2025年5月", "2025年6月", "2025年7月", "2025年8月", "2025年9月"]
    assert [p.change_text for p in view.trend] == ["—", "+3.28", "+2.55", "—", "—", "+8.07"]
    assert view.trend[-1].current
    assert view.trend_text == "比2025年8月（88.20 分）上升 8.07 分，为已有 5 次中的最好水平。"
    assert sample_view(history=[]).trend_text == "没有往期月度结果可供比较，本期起开始累计。"


def past(*grades):
    """Monthly results from 2025-09 backwards: the last one is August."""
    months = [f"2025-{9 - len(grades) + i:02d}" for i in range(len(grades))]
    return [
        PastResult(Period.parse(m), Decimal(95) if g else None, g, g is not None) for m, g in zip(months, grades, strict=True)
    ]


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ((), "本次为连续第 1 次评为“高级客服”；再连续 2 次，即达到“薪资上调 5%~10%”的条件。"),
        (("高级客服",), "本次为连续第 2 次评为“高级客服”；再连续 1 次"),
        (("高级客服", "高级客服"), "已连续 3 次评为“高级客服”，达到“薪资上调 5%~10%”的条件"),
        (("高级客服", "中级客服"), "本次为连续第 1 次"),
        # a month without a final result neither continues nor breaks the streak, and is named
        (("高级客服", None, "高级客服"), "已连续 3 次评为“高级客服”（2025年7月没有最终结果，不计入也不中断）"),
    ],
)
def test_the_next_step_follows_the_streak_rules(grades, expected):
    assert expected in sample_view(history=past(*grades)).next_step


def test_the_next_step_names_the_distance_to_the_next_grade():
    view = sample_view(counts={**COUNTS, "fcr": (60, 182), "first_fix": (20, 38)})
    assert view.grade == "中级客服"
    assert view.next_step == f"距离“高级客服”（90 分）还差 {90 - view.total} 分。"


def test_two_bad_months_lead_to_the_improvement_plan():
    bad = {"fcr": (40, 182), "csat": (30, 76), "repeat_complaint": (50, 182), "first_fix": (15, 38), "completeness": (700, 1092)}
    view = sample_view(counts=bad, history=past("待改进"))
    assert view.grade == "待改进"
    assert view.coefficient is None
    assert view.coefficient_text == "无"
    assert "已连续 2 次评为“待改进”，达到“启动绩效改进计划(PIP)或淘汰”的条件" in view.next_step
    assert any("导师带教" in action for action in view.actions)


def test_evidence_counts_misses_and_says_why_rows_were_left_out():
    view = sample_view()
    summaries = {group.name: group.summary for group in view.evidence_groups}
    assert summaries == {
        "首次问题解决率": "计入 182 条，其中未达标 33 条",
        "工单处理时效": "计入 177 条，未计入 5 条（未结，不计入处理时效 5）",
        "重复投诉率": "计入 182 条，其中未达标 7 条",  # fewer hits are better here
    }
    assert len(view.evidence) == 3 * 182
    fcr = view.evidence_groups[0]
    assert [row.good for row in fcr.rows[:33]] == [False] * 33
    assert fcr.cut_text == f"此处列出 {records.ROWS_ON_THE_PAGE} 条，全部 182 条见考核表“明细”工作表。"


def test_open_tickets_are_named_and_those_over_48_hours_are_alerts():
    view = sample_view()
    assert [(row.record, row.value_text) for row in view.alerts] == [("GD250900150", "123 小时"), ("GD250900167", "57 小时")]
    assert view.alerts_text == (
        "截至 2025年9月30日 21:00，本人名下有 5 张工单未结，未计入处理时效；其中 2 张已超过 48 小时，请优先处理并向主管说明原因。"
    )
    assert sample_view(with_evidence=False).alerts_text == ""


def test_the_reason_for_open_tickets_is_the_one_that_the_measure_gives():
    handling = load_catalog()[records.HANDLING_MEASURE]
    assert handling.left_out.startswith(records.OPEN_REASON)
    assert records.ALERT_MEASURE in load_catalog().measures
    assert set(records.evidence_measures(flagship())) <= set(load_catalog().measures)


def test_variants_show_their_own_lines():
    view = sample_view(scheme=flagship("technical", "promotion"), extra={"alert_follow_up": Decimal("0.96")})
    assert line(view, "alert_follow_up").target_text == "≥ 95%"
    assert {i.id: i.weight for i in view.indicators}["first_fix"] == 15
    assert "技术型" in view.variant_text
    assert "大促期" in view.variant_text


@pytest.mark.parametrize("scheme", list_schemes(), ids=lambda scheme: scheme.id)
def test_every_scheme_gives_a_view_without_data(scheme):
    if scheme.required_variant:
        scheme = load_scheme(scheme.id, (scheme.variants[0].id,))
    scheme = replace(scheme, parameters=tuple(replace(p, value=Decimal(3)) for p in scheme.parameters))
    view = build_view(
        Dossier(scheme=scheme, appraisal=score(scheme, {}), values={}, person=PERSON, period=PERIOD, issued_at=ISSUED)
    )
    assert {i.id for i in view.indicators} == {i.id for i in scheme.indicators}
    assert all(i.points_text and i.target_text for i in view.indicators)
    assert not any(i.points == 0 and i.status != "scored" for i in view.indicators)


def test_events_choices_and_counts_are_said_in_words():
    scheme = load_scheme("manager-kpi")
    values = {"complaints": Decimal(5), "late_answers": Decimal(0), "ad_hoc_tasks": "较满意", "training_failures": Decimal(1)}
    appraisal = score(scheme, values, months=3)
    view = build_view(
        Dossier(
            scheme=scheme, appraisal=appraisal, values=values, person=PERSON, period=Period.parse("2025-Q3"), issued_at=ISSUED
        )
    )
    assert (line(view, "complaints").target_text, line(view, "complaints").actual_text) == ("≤ 3 次", "5 次")
    assert line(view, "late_answers").target_text == "0 次"
    texts = {gap.indicator: gap.text for gap in view.gaps}
    assert texts["complaints"] == "实际 5 次，目标 ≤ 3 次，超出 2 次；失 2.00 分。"
    assert texts["ad_hoc_tasks"].startswith("评为“较满意”，最高为“很满意”")
    assert (view.grade_text, view.coefficient_text) == ("—", "—")  # no bands: that is not 待评


def test_the_advice_of_every_flagship_indicator_is_its_own():
    book = load_advice()
    for indicator in flagship("promotion").indicators:
        assert indicator.id in book.texts


def test_words():
    assert words.figure_text(Decimal("0.99999"), "ratio") == "99.99%"
    assert words.limit_text(Decimal("0.05"), "ratio") == "5%"
    assert words.distance_text(Decimal("0.031"), "ratio") == "3.1 个百分点"
    assert coefficient_text(Decimal("1.0")) == "1.0"
    assert coefficient_text(Decimal("0.85")) == "0.85"
    assert words.span_text(Period.parse("2025-Q3").start, Period.parse("2025-09").end) == "2025年7月1日至10月1日"


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries(
        {key: st.integers(0, total).map(lambda hits, total=total: (hits, total)) for key, (_, total) in COUNTS.items()}
    ),
    st.sets(st.sampled_from(sorted(RATED))),
)
def test_nothing_is_both_strength_and_gap_and_the_lines_add_up(counts, absent):
    view = sample_view(counts=counts, rated={k: v for k, v in RATED.items() if k not in absent}, with_evidence=False)
    assert not {a.indicator for a in view.strengths} & {a.indicator for a in view.gaps}
    assert {a.indicator for a in view.suggestions} <= {a.indicator for a in view.gaps}
    assert (view.total is None) == bool(absent)
    assert view.so_far == sum((i.points for i in view.indicators if i.points is not None), Decimal(0))
    assert all(i.attainment is None or 0 <= i.attainment <= 1 for i in view.indicators)
    assert (view.grade is None) == (view.total is None)


def test_evidence_rows_carry_no_customer_columns():
    names = set(type(sample_evidence()[0])._fields)
    assert names == {
        "agent", "measure", "record", "at", "counted", "hit", "value", "unmatured", "reason", "numerator", "denominator",
    }  # fmt: skip
