"""Who is appraised by what, and how the files are called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_xl.errors import KpiError
from kpi_xl.job.files import safe_name
from kpi_xl.job.people import Assignment, assign, scheme_chooser
from kpi_xl.people import Person
from kpi_xl.schemes import load_scheme
from kpi_xl.workbook import write_scheme_workbook

ZHANG = Person("001", "张三", "一组", "华东", manager="丁一")
LI = Person("002", "李四", "一组", "华东", manager="丁一")
WANG = Person("003", "王五", "二组", "华南", manager="丁一")
DING = Person("009", "丁一", "管理组", "总部")
EVERYBODY = (ZHANG, LI, WANG, DING)


def chosen(
    people: tuple[Person, ...], scheme: str = "appliance-agent", *variants: str, active: tuple[str, ...] = ()
) -> Assignment:
    return assign(people, scheme_chooser(scheme, variants, {}), frozenset(active))


def test_teams_are_appraised_once_with_all_their_people() -> None:
    found = chosen((*EVERYBODY, Person("010", "无组")), "team-core")
    assert [(a.person.id, a.person.region, a.person.manager, a.members) for a in found.assigned] == [
        ("一组", "华东", "丁一", ("001", "002")),
        ("二组", "华南", "丁一", ("003",)),
        ("管理组", "总部", "", ("009",)),
    ]
    assert found.assigned[0].stem == "一组_团队考核"
    assert [entry.person.id for entry in found.left_out] == ["010"]


def test_people_of_a_team_with_another_scheme_still_count_for_the_team() -> None:
    own = replace(LI, scheme="appliance-agent")
    found = chosen((ZHANG, own, WANG), "team-core")
    assert {a.person.id: a.members for a in found.assigned} == {"002": None, "一组": ("001", "002"), "二组": ("003",)}


def test_two_team_schemes_for_one_team_are_refused_for_that_team() -> None:
    found = chosen((ZHANG, replace(LI, scheme="department-quant"), WANG), "team-core")
    assert [a.person.id for a in found.assigned] == ["二组"]
    assert [person.id for person, _ in found.failed] == ["一组"]


def test_a_scheme_for_managers_appraises_superiors_and_counts_their_people() -> None:
    found = chosen(EVERYBODY, "manager-kpi")
    assert [(a.person.id, a.members) for a in found.assigned] == [("009", ("001", "002", "003"))]


def test_a_roster_without_superiors_is_a_roster_of_managers() -> None:
    found = chosen(tuple(replace(person, manager="") for person in EVERYBODY), "manager-kpi")
    assert [(a.person.id, a.members) for a in found.assigned] == [(person.id, ()) for person in EVERYBODY]


def test_a_superior_is_found_by_id_or_by_a_name_that_only_one_person_has() -> None:
    twins = (DING, replace(DING, id="010"), replace(ZHANG, manager="010"), LI)
    assert [(a.person.id, a.members) for a in chosen(twins, "manager-kpi").assigned] == [("010", ("001",))]


def test_probation_people_are_left_out_where_the_scheme_says_so() -> None:
    found = chosen((ZHANG, replace(LI, status="试用")), "monthly-bonus", "other")
    assert [a.person.id for a in found.assigned] == ["001"]
    assert "试用人员不参加" in found.left_out[0].reason.zh
    assert len(chosen((replace(LI, status="试用"),)).assigned) == 1


@pytest.mark.parametrize("status", ["离职", "休假"])
def test_who_is_away_is_appraised_only_with_data(status: str) -> None:
    away = replace(LI, status=status)
    assert [entry.person for entry in chosen((away,)).left_out] == [away]
    assert [a.person for a in chosen((away,), active=("002",)).assigned] == [away]


def test_the_roster_names_schemes_and_variants_and_one_mistake_fails_one_person() -> None:
    people = (replace(ZHANG, variants=("technical",)), replace(LI, scheme="staff-five"), replace(WANG, scheme="nonsense"), DING)
    found = chosen(people, "appliance-agent", "promotion")
    assert {a.person.id: a.scheme.reference for a in found.assigned} == {
        "001": "appliance-agent:technical",
        "002": "staff-five",
        "009": "appliance-agent:promotion",
    }
    assert [(person.id, type(error)) for person, error in found.failed] == [("003", KpiError)]


def test_a_scheme_that_needs_a_variant_takes_it_from_the_roster() -> None:
    found = chosen((replace(ZHANG, variants=("specialist",)), LI), "monthly-bonus")
    assert [a.scheme.reference for a in found.assigned] == ["monthly-bonus:specialist"]
    assert [person.id for person, _ in found.failed] == ["002"]


def test_a_roster_that_names_the_file_s_scheme_means_the_file(tmp_path: Path) -> None:
    path = tmp_path / "我的方案.xlsx"
    path.write_bytes(write_scheme_workbook(load_scheme("appliance-agent")))
    book = openpyxl.load_workbook(path)
    cell = next(c for row in book["评级标准"].iter_rows(min_row=40) for c in row if c.value == 90)
    cell.value = 85
    book.save(path)
    choose = scheme_chooser(str(path), (), {})
    for named in (None, "appliance-agent"):
        assert choose(Person("1", "X", scheme=named)).grades[0].lower == 85
    assert choose(Person("1", "X", scheme="team-core")).id == "team-core"
    assert choose(Person("1", "X", scheme="appliance-agent:technical")).applied == ("technical",)


def test_parameters_are_filled_in() -> None:
    scheme = load_scheme("department-head")
    entered = {parameter.id: "5%" if parameter.unit == "ratio" else "7" for parameter in scheme.parameters}
    filled = scheme_chooser("department-head", (), entered)(ZHANG)
    assert all(parameter.value is not None for parameter in filled.parameters)


def test_file_names_differ_on_every_file_system() -> None:
    people = (Person("a", "X", "A/B"), Person("A", "x", "a/b"), Person("b", "X", "A_B"), Person("c", "..", "CON"))
    places = [f"{a.folder}/{a.stem}".casefold() for a in chosen(people).assigned]
    assert len(set(places)) == 4
    assert {a.folder for a in chosen(people).assigned} == {"a_b", "A_B~2", "A_B~3", "_CON"}


def test_no_team_s_folder_takes_the_place_of_a_file_of_the_run() -> None:
    people = [
        Person(str(n), "X", team) for n, team in enumerate(("index.html", "汇总.xlsx", "RUN.json", "CON .x", "COM¹", "nul.txt"))
    ]
    folders = {a.folder for a in chosen(tuple(people)).assigned}
    assert folders == {"index.html~2", "汇总.xlsx~2", "RUN.json~2", "_CON .x", "_COM¹", "_nul.txt"}


def test_long_names_of_many_people_stay_apart() -> None:
    people = tuple(Person(f"{'9' * 118}{n}", "张三", "一组") for n in range(12))
    stems = [a.stem for a in chosen(people).assigned]
    assert len(set(stems)) == 12
    assert max(len(stem.encode()) for stem in stems) <= 125


@given(st.text(max_size=80))
def test_a_safe_name_is_one_component_that_windows_takes(text: str) -> None:
    name = safe_name(text)
    assert name
    assert name not in (".", "..")
    assert not set(name) & set('<>:"/\\|?*\0\n\r\t')
    assert name == name.strip(" ")
    assert not name.endswith(".")
    assert len(name.encode("utf-8")) <= 121
    assert name.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
