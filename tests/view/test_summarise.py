"""The summaries: shared ranks, distribution that adds up, pooled figures, alerts, gaps and the accounting of rows."""

from __future__ import annotations

import pickle
from dataclasses import replace
from decimal import Decimal
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_xl.people import Person
from kpi_xl.view.summarise import (
    Cohort,
    build_department,
    build_team,
    rank_people,
    summarise_person,
)

from .crowd import sample_issues, sample_people, sample_sources, team_measures
from .samples import ISSUED, PERIOD, flagship, sample_view


@pytest.fixture(scope="module")
def people():
    return sample_people(30)


@pytest.fixture(scope="module")
def department(people):
    not_appraised = [(Person("0099", "试用者", "华北一组"), "试用期不参加考核")]
    cohort = Cohort(people, [flagship()], PERIOD, ISSUED, sample_issues(), sample_sources(), not_appraised)
    return build_department(cohort, team_measures())


def rows_with(people, totals):
    row = people[0].row
    return [replace(row, id=str(i), total=None if t is None else Decimal(t)) for i, t in enumerate(totals)]


def test_equal_totals_share_the_rank(people):
    ranked = rank_people(rows_with(people, ["80", "90", None, "90", "95", "70"]))
    assert [(str(r.total), r.rank) for r in ranked] == [("95", 1), ("90", 2), ("90", 2), ("80", 4), ("70", 5), ("None", None)]


def test_ranks_start_again_with_each_scheme(people):
    one, two = rows_with(people, ["80", "90"]), [replace(r, scheme="z") for r in rows_with(people, ["60", "50"])]
    assert [r.rank for r in rank_people([*two, *one])] == [1, 2, 1, 2]


@given(st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=12))
def test_a_rank_is_one_more_than_the_number_of_better_totals(totals):
    base = summarise_person(BLANK, "").row
    ranked = rank_people(replace(base, id=str(i), total=None if t is None else Decimal(t)) for i, t in enumerate(totals))
    assert len(ranked) == len(totals)
    for row in ranked:
        better = sum(1 for t in totals if t is not None and row.total is not None and t > row.total)
        assert row.rank == (None if row.total is None else better + 1)


BLANK = sample_view(with_evidence=False)


def test_the_distribution_counts_everybody_once(department):
    assert sum(row.count for row in department.grade_rows) == len(department.people_rows) == 29
    assert [row.grade for row in department.grade_rows] == ["高级客服", "中级客服", "初级客服", "待改进", "待评"]
    assert abs(sum(row.share for row in department.grade_rows) - 1) < Decimal("1e-9")


def test_people_without_a_total_are_pending_with_the_reason(department):
    pending = [row for row in department.people_rows if row.status == "pending"]
    assert pending
    assert all(row.rank is None and row.total_text == "待评" and "协同能力" in row.missing_text for row in pending)
    assert {row.id for row in department.missing_rows} == {row.id for row in pending}
    assert {row.waits_for for row in department.missing_rows} == {"维修、物流部门"}


def test_failed_people_are_named_and_not_ranked(department):
    assert [(row.name, row.status) for row in department.failed_rows] == [("诸葛明", "failed")]
    assert "诸葛明" not in {row.name for row in department.people_rows}
    assert department.headlines[0].value == "30 人"
    assert [row.reason for row in department.not_appraised_rows] == ["试用期不参加考核"]


def test_team_figures_are_the_pooled_rows_beside_the_targets(department):
    heads = {column.indicator: column for column in department.columns}
    assert "collaboration" not in heads  # typed by people, nothing to pool
    assert heads["handling_hours.urgent"].target_text == "≤ 4 小时"
    assert heads["knowledge"].target_text == ""  # two a month is a target per person
    order = [column.indicator for column in department.columns]
    pooled = {(row.subject, row.measure): row.value for row in team_measures()}
    for row in department.team_rows:
        cell = row.cells[order.index("fcr")]
        assert cell.reached == (pooled[row.team, "fcr"] >= Decimal("0.85"))
        assert cell.reached_text == ("" if cell.reached else "未达标")
    assert sum(row.people for row in department.team_rows) == len(department.people_rows)


def test_teams_without_counts_show_missing_data(people):
    view = build_department(Cohort(people, [flagship()], PERIOD, ISSUED))
    assert {cell.text for row in view.team_rows for cell in row.cells} == {"缺数据"}


def test_links_are_relative_and_encoded(department, people):
    row = department.people_rows[0]
    assert "/" in row.href
    assert unquote(row.href).endswith(f"{row.id}_{row.name}.html")
    team = build_team(Cohort(people, [flagship()], PERIOD, ISSUED), row.team)
    assert all("/" not in member.href for member in team.people_rows)
    assert unquote(department.team_rows[0].href) == f"{department.team_rows[0].team}/index.html"
    hostile = summarise_person(BLANK, "javascript:alert(1)").row
    assert hostile.href.startswith("javascript%3A")


def test_a_team_page_holds_its_own_people_only(people):
    team = build_team(Cohort(people, [flagship()], PERIOD, ISSUED), "华南一组")
    assert {row.team for row in team.people_rows} == {"华南一组"}
    assert {row.team for row in team.alert_rows} <= {"华南一组"}
    assert team.people_rows[0].rank == 1


def test_variants_of_one_scheme_share_grades_and_ranking(people):
    schemes = [flagship("technical"), flagship()]
    view = build_department(Cohort(people, schemes, PERIOD, ISSUED))
    assert not view.several_schemes
    assert view.scheme_name == flagship().name
    assert sum(row.count for row in view.grade_rows) == len(view.people_rows)


def test_a_summary_survives_the_way_back_from_a_worker(people):
    assert pickle.loads(pickle.dumps(people)) == people  # noqa: S301 - our own bytes


def test_totals_of_different_full_marks_have_no_mean() -> None:
    fifty = replace(flagship(), id="fifty", total=Decimal(50), grades=())
    people = sample_people(24)
    one = build_department(Cohort(people, [flagship()], PERIOD, ISSUED))
    mixed = build_department(Cohort(people, [flagship(), fifty], PERIOD, ISSUED))
    assert one.headlines[2].value != "—"
    assert (mixed.headlines[2].value, mixed.headlines[2].note) == ("—", "各方案满分不同，不求平均")
    assert {row.mean_total_text for row in mixed.team_rows} == {"—"}


def test_a_team_in_two_regions_has_one_row(people) -> None:
    moved = [replace(one, row=replace(one.row, region="华西")) if one.row.id == "0001" else one for one in people]
    assert moved != people
    view = build_department(Cohort(moved, [flagship()], PERIOD, ISSUED), team_measures())
    assert len(view.team_rows) == len({row.team for row in view.people_rows})
    assert sum(row.people for row in view.team_rows) == len(view.people_rows)
    (team,) = [row for row in view.team_rows if row.team == moved[0].row.team]
    assert team.region == "华东"
    assert build_team(Cohort(moved, [flagship()], PERIOD, ISSUED), team.team).region == "华东"


def test_the_headline_says_how_many_things_are_to_be_done(people) -> None:
    things = build_department(Cohort(people, [flagship()], PERIOD, ISSUED, sample_issues())).headlines[-1]
    assert (things.label, things.value, things.href) == ("需要您处理", "2 处", "#to-do")
    none = build_department(Cohort(people, [flagship()], PERIOD, ISSUED)).headlines[-1]
    assert (none.value, none.href) == ("0 处", "")
