"""The twenty built-in schemes: ids as listed, each number with its source, inputs as the command line names them."""

from __future__ import annotations

from pathlib import Path

import pytest

import kpi_xl
from kpi_xl.schemes import inputs_of_scheme, list_schemes, load_scheme, read_base_scheme
from kpi_xl.schemes.describe import rule_text
from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.rule_kinds import Adjustment, Rating
from kpi_xl.schemes.targets import target_text
from kpi_xl.schemes.variants import weight_sum, work_in

INPUTS = {
    "appliance-agent": """
        fcr handling_hours.normal handling_hours.urgent handling_hours.urgent_share handling_hours csat
        repeat_complaint first_fix professionalism completeness collaboration knowledge
    """,
    "team-core": """
        csat resolution first_response_minutes quality knowledge_sharing teamwork development
    """,
    "department-annual": """
        volume volume.median resolution quality efficiency training teamwork
    """,
    "role-360": """
        superior goals
    """,
    "manager-kpi": """
        late_answers invalid_service_rate report_on_time complaints plm_usage training_coverage training_failures
        ad_hoc_tasks periodic_reports_on_time cooperation
    """,
    "department-quant": """
        csat resolution response_24h resolved_48h tickets_per_head tickets_per_head.median quality individual
    """,
    "staff-five": """
        csat complaint_rate first_response_minutes handling_hours solved handling_satisfaction teamwork
        communication knowledge_test trainings
    """,
    "monthly-bonus": """
        cpi_errors installed_units install_price repaired_units repair_price head_count
    """,
    "department-head": """
        regulations plan complaint_rate complaint_days compensation budget_deviation cost_ratio daily_affairs
    """,
    "enterprise-service": """
        csat fcr response_seconds handling_seconds complaint_handling stability learning answered_30s
        replied_1min
    """,
    "service-quality-policy": """
        satisfaction complaint_handling complaint_rate retention repurchase
    """,
    "dealer-cs": """
        q1 q2 q3 q4
    """,
    "service-quality-five": """
        response_hours resolution knowledge communication quality
    """,
    "staff-service-50": """
        attitude expertise problem_solving teamwork satisfaction
    """,
    "outsourced-maintenance": """
        complaints_on_time tests_done management missing_resources additions deductions
    """,
    "satisfaction-survey": """
        product_service communication relationship answers sent
    """,
    "service-awareness": """
        needs_understanding needs_solution communication attitude problem_solving complaint_handling
    """,
    "satisfaction-special": """
        attitude efficiency quality customer employee
    """,
    "ob-satisfaction": """
        ratings.1 ratings.2 ratings.3 ratings.4 ratings.5 not_asked mismatches
    """,
    "after-sales-3d": """
        first_response_minutes cycle_hours csat nps first_fix cost_ratio tickets_per_head tickets_per_head.median
        innovation
    """,
}


def test_the_list_is_complete_and_in_order() -> None:
    assert [scheme.id for scheme in list_schemes()] == list(INPUTS)
    assert [scheme.number for scheme in list_schemes()] == list(range(1, 21))


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_are_named_as_listed(name: str) -> None:
    assert [entry.key for entry in inputs_of_scheme(read_base_scheme(name))] == INPUTS[name].split()


def every_state(scheme: Scheme) -> list[Scheme]:
    alone = [work_in(scheme, variant) for variant in scheme.variants]
    return alone if scheme.required_variant else [scheme, *alone]


@pytest.mark.parametrize("scheme", list_schemes(), ids=lambda s: s.id)
def test_each_number_has_its_source(scheme: Scheme) -> None:
    for state in every_state(scheme):
        assert weight_sum(state) == scheme.total
        for indicator in state.indicators:
            about = dict(indicator.sources)
            assert "weight" in about or isinstance(indicator.rule, Adjustment), indicator.id
            assert indicator.measure or indicator.entered_by, indicator.id
            assert indicator.definition, indicator.id
            if target_text(state, indicator) and not isinstance(indicator.rule, Rating):
                assert "target" in about or "rule" in about, indicator.id
            assert rule_text(state, indicator)
        assert all(grade.source for grade in state.grades)
        assert all(source.note for indicator in state.indicators for _, source in indicator.sources if source.origin == "decided")


def test_target_and_rule_in_words() -> None:
    agent, manager, head = load_scheme("appliance-agent"), load_scheme("manager-kpi"), load_scheme("department-head")
    assert target_text(agent, agent.indicator("fcr")) == "≥ 85%"
    assert target_text(agent, agent.indicator("handling_hours")) == "普通工单 ≤ 24 小时；紧急工单 ≤ 4 小时"
    assert target_text(agent, agent.indicator("knowledge")) == "≥ 2（每月）"
    assert target_text(manager, manager.indicator("complaints")) == "≤ 3 次（每季）"
    assert target_text(manager, manager.indicator("invalid_service_rate")) == "≤ 1%"
    assert target_text(head, head.indicator("cost_ratio")) == "≤ ±［待公司填写］"
    assert rule_text(manager, manager.indicator("complaints")) == "超出 3 次/季后每次扣 1 分，扣完为止"
    assert "1%~2%：10 → 8 分" in rule_text(manager, manager.indicator("invalid_service_rate"))


def test_no_line_of_code_knows_a_scheme_by_name() -> None:
    """The one exception is the default of the cell functions and of the demo, which stands outside these rooms."""
    package = Path(kpi_xl.__file__).parent
    for room in ("schemes", "scoring"):
        for path in (package / room).glob("*.py"):
            code = "\n".join(
                line for line in path.read_text(encoding="utf-8").splitlines() if '"""' not in line and "``" not in line
            )
            assert not [name for name in INPUTS if f'"{name}' in code], path.name
