"""Ratings files: wide and long, several raters, anonymity, facts for everybody, and what cannot be used."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.job.model import Assigned
from kpi_xl.job.ratings import Ratings, read_ratings
from kpi_xl.numbers import divide
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes import load_scheme

from .samples import write_csv

PEOPLE = (Person("001", "张三"), Person("002", "李四"), Person("003", "李四"))
RATER_HEAD = ("工号", "评分人角色", "评分人", "指标", "评分")


def read(folder: Path, scheme: str, head: tuple[str, ...], *rows: tuple[object, ...]) -> Ratings:
    assigned = [Assigned(person, load_scheme(scheme), "组", person.id) for person in PEOPLE]
    return read_ratings(write_csv(folder / "评分.csv", head, rows), assigned)


def codes(ratings: Ratings) -> list[tuple[str, int | None]]:
    return [(issue.code, issue.row) for issue in ratings.issues]


def test_wide_and_long_say_the_same(tmp_path: Path) -> None:
    wide = read(tmp_path, "appliance-agent", ("工号", "协同能力", "服务专业性"), ("001", "90", "85.5"), ("002", "", "70"))
    head = ("工号", "指标", "评分")
    long = read(
        tmp_path,
        "appliance-agent",
        head,
        ("001", "collaboration", 90),
        ("001", "服务专业性", 85.5),
        ("002", "professionalism", 70),
    )
    assert wide.values == long.values
    assert wide.values["001"] == {"collaboration": Decimal(90), "professionalism": Decimal("85.5")}
    assert wide.issues == long.issues == ()


def test_people_are_found_by_id_then_by_a_name_of_their_own(tmp_path: Path) -> None:
    found = read(tmp_path, "appliance-agent", ("姓名", "协同能力"), ("张三", "90"), ("李四", "80"))
    assert found.values == {"001": {"collaboration": Decimal(90)}}
    assert codes(found) == [("unknown_person", 3)]


def test_ids_and_raters_are_the_same_in_either_width(tmp_path: Path) -> None:
    head = ("工号", "评分人", "指标", "评分")
    found = read(tmp_path, "appliance-agent", head, ("００１", "Ａ9", "协同能力", "９０"), ("001", "A9", "协同能力", "80"))
    assert found.values == {"001": {"collaboration": Decimal(90)}}
    assert [code for code, _ in codes(found)] == ["repeated_rating"]


def test_ratings_of_another_month_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "评分.csv"
    path.write_text("主管评分表（2025年7月）\n工号,协同能力\n001,90\n", encoding="utf-8")
    assigned = [Assigned(PEOPLE[0], load_scheme("appliance-agent"), "组", "001")]
    for good in ("2025-07", "2025-Q3"):
        assert read_ratings(path, assigned, Period.parse(good)).values["001"] == {"collaboration": Decimal(90)}
    with pytest.raises(KpiError, match="2025年7月"):
        read_ratings(path, assigned, Period.parse("2025-09"))


def test_what_cannot_be_used_is_an_issue_with_its_cell(tmp_path: Path) -> None:
    head = ("工号", "指标", "评分")
    rows = (("001", "collaboration", "120"), ("001", "没有的", "9"), ("404", "collaboration", "9"), ("001", "knowledge", "九"))
    found = read(tmp_path, "appliance-agent", head, *rows)
    assert codes(found) == [("bad_rating", 2), ("unknown_indicator", 3), ("unknown_person", 4), ("bad_rating", 5)]
    assert found.issues[0].value == "120"
    assert found.values == {}


def test_raters_of_an_indicator_are_averaged_and_a_repeated_mark_is_told(tmp_path: Path) -> None:
    head = ("工号", "评分人", "指标", "评分")
    rows = (("001", "甲", "collaboration", 80), ("001", "乙", "collaboration", 90), ("001", "乙", "collaboration", 100))
    found = read(tmp_path, "appliance-agent", head, *rows)
    assert found.values["001"]["collaboration"] == 85, "the first mark of a rater counts, the second one is set aside"
    assert found.samples["001"] == {"collaboration": 2}
    assert found.notes["001"] == ("协同能力取 2 位评分人的平均",)
    assert codes(found) == [("repeated_rating", 4)]
    assert (found.issues[0].file, found.issues[0].value, found.issues[0].disposition) == ("评分.csv", "100", "set_aside")


WIDE = ("工号", "评分人", "协同能力", "服务专业性")


def test_every_rater_s_line_of_a_wide_sheet_counts(tmp_path: Path) -> None:
    rows = [("001", "甲", 80, 90), ("001", "乙", 90, ""), ("001", "丙", 100, 70), ("001", "甲", 10, 10)]
    found = read(tmp_path, "appliance-agent", WIDE, *rows)
    assert found.values["001"] == {"collaboration": Decimal(90), "professionalism": Decimal(80)}
    assert found.samples["001"] == {"collaboration": 3, "professionalism": 2}
    assert codes(found) == [("repeated_rating", 5)] * 2


def test_lines_without_a_rater_are_raters_of_their_own_and_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, "appliance-agent", ("工号", "协同能力"), ("001", 80), ("002", 60), ("001", 90))
    assert found.values == {"001": {"collaboration": Decimal(85)}, "002": {"collaboration": Decimal(60)}}
    assert [(issue.code, issue.row, issue.disposition) for issue in found.issues] == [("unnamed_rater", 4, "kept")]


def test_counts_choices_and_amounts_have_no_mean(tmp_path: Path) -> None:
    head = ("工号", "评分人", "CPI 错误", "返修数量达成率")
    found = read(tmp_path, "monthly-bonus:other", head, ("001", "甲", 2, "95%"), ("001", "乙", 3, "97%"), ("001", "丙", 2, ""))
    assert found.values["001"] == {"cpi_errors": Decimal(2), "repair_quantity": Decimal("0.96")}
    assert codes(found) == [("second_figure", 3)]
    chosen = read(tmp_path, "manager-kpi", ("工号", "ad_hoc_tasks"), ("001", "很满意"), ("001", "不满意"))
    assert chosen.values["001"] == {"ad_hoc_tasks": "很满意"}
    assert codes(chosen) == [("second_figure", 3)]


def test_several_wide_lines_about_an_anonymous_group_are_its_raters(tmp_path: Path) -> None:
    two = read(tmp_path, "role-360:supervisor", ("工号", "下级评分"), ("001", 85), ("001", 61))
    assert two.values["001"] == {}, "a mean of two raters would show each what the other gave"
    assert "61" not in "".join(f"{issue.value}" for issue in two.issues)
    three = read(tmp_path, "role-360:supervisor", ("工号", "下级评分"), ("001", 85), ("001", 61), ("001", 70))
    assert three.values["001"] == {"subordinates": Decimal(72)}


def test_single_marks_come_before_a_mean_that_was_typed(tmp_path: Path) -> None:
    head = ("工号", "评分人", "上级评分", "同级评分")
    rows = [("001", "", 90, 99), *[("001", rater, "", mark) for rater, mark in (("a", 80), ("b", 82), ("c", 84))]]
    found = read(tmp_path, "role-360:supervisor", head, *rows)
    assert found.values["001"] == {"superior": Decimal(90), "peers": Decimal(82)}
    assert codes(found) == [("mean_beside_marks", 2)]


def test_nobody_s_mark_for_himself_counts(tmp_path: Path) -> None:
    head = ("工号", "评分人角色", "评分人", "协同能力")
    rows = [("001", "自评", "", 100), ("001", "", "张三", 100), ("001", "", "002", 70)]
    found = read(tmp_path, "appliance-agent", head, *rows)
    assert found.values["001"] == {"collaboration": Decimal(70)}
    assert codes(found) == [("self_rating", 2), ("self_rating", 3)]


def test_a_line_whose_name_is_somebody_else_s_is_refused_once(tmp_path: Path) -> None:
    head = ("工号", "姓名", "协同能力", "服务专业性")
    found = read(tmp_path, "appliance-agent", head, ("001", "李四", 10, 20), ("002", "李 四", 80, ""), ("003", "", 70, ""))
    assert found.values == {"002": {"collaboration": Decimal(80)}, "003": {"collaboration": Decimal(70)}}
    assert codes(found) == [("wrong_name", 2)]


def test_a_team_beside_a_name_is_no_person(tmp_path: Path) -> None:
    found = read(tmp_path, "appliance-agent", ("团队", "姓名", "协同能力"), ("一组", "张三", 80))
    assert found.values == {"001": {"collaboration": Decimal(80)}}
    assert found.issues == ()
    team = [Assigned(Person("一组", "一组"), load_scheme("team-core"), "一组", "一组")]
    led = write_csv(tmp_path / "团队.csv", ("团队", "姓名", "质量评分", "quality"), [("一组", "丁一", "", 80)])
    assert read_ratings(led, team).values == {"一组": {"quality": Decimal(80)}}


def test_a_column_of_numbers_that_is_no_indicator_is_told(tmp_path: Path) -> None:
    head = ("序号", "工号", "协同能力", "服务专业度", "备注", "总分")
    found = read(tmp_path, "appliance-agent", head, (1, "001", 80, "", "3 月", 80), (2, "002", 70, 90, "", 160))
    assert [(issue.code, issue.row, issue.column) for issue in found.issues] == [("unread_column", 3, "服务专业度")]


def test_a_second_line_for_everybody_is_refused(tmp_path: Path) -> None:
    rows = (("全部", "安装单价", 20), ("全部", "install_price", 30))
    found = read(tmp_path, "monthly-bonus:other", ("工号", "指标", "评分"), *rows)
    assert found.values["001"] == {"install_price": Decimal(20)}
    assert codes(found) == [("repeated_rating", 3)]


def test_roles_feed_their_groups(tmp_path: Path) -> None:
    marks = [
        ("上级", "a", 90),
        ("同级", "b", 80),
        ("同级", "c", 82),
        ("peers", "d", 84),
        ("直接下级", "e", 70),
        ("下级", "f", 71),
        ("下级", "g", 72),
    ]
    found = read(tmp_path, "role-360:supervisor", RATER_HEAD, *[("001", role, rater, "", mark) for role, rater, mark in marks])
    assert found.values["001"] == {"superior": Decimal(90), "peers": Decimal(82), "subordinates": Decimal(71)}
    assert found.notes == {}
    assert found.issues == ()


def test_small_anonymous_groups_are_pooled_and_withheld_below_three(tmp_path: Path) -> None:
    marks = [("同级", "b", 80), ("同级", "c", 90), ("下级", "d", 70)]
    pooled = read(tmp_path, "role-360:supervisor", RATER_HEAD, *[("001", role, rater, "", mark) for role, rater, mark in marks])
    assert pooled.values["001"] == {"peers": Decimal(80), "subordinates": Decimal(80)}
    assert "合并" in pooled.notes["001"][0]
    withheld = read(tmp_path, "role-360:supervisor", RATER_HEAD, ("001", "同级", "b", "", 80), ("001", "下级", "d", "", 70))
    assert withheld.values["001"] == {}
    assert "匿名" in withheld.notes["001"][0]


def test_items_of_one_rater_are_one_rater(tmp_path: Path) -> None:
    rows = [("001", "下级", "", item, mark) for item, mark in (("沟通", 60), ("公平", 80), ("沟通", 90), ("公平", 90))]
    found = read(tmp_path, "role-360:supervisor", RATER_HEAD, *rows)
    assert found.values["001"] == {}, "two raters with two items each are two raters, not four"
    rows += [("001", "下级", "", "沟通", 90)]
    assert read(tmp_path, "role-360:supervisor", RATER_HEAD, *rows).values["001"] == {"subordinates": divide(70 + 90 + 90, 3)}


def test_a_mean_that_hr_typed_is_taken_as_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, "role-360:supervisor", ("工号", "同级评分", "下级评分"), ("001", 85, 80))
    assert found.values["001"] == {"peers": Decimal(85), "subordinates": Decimal(80)}


def test_issues_never_show_the_mark_of_an_anonymous_rater(tmp_path: Path) -> None:
    found = read(tmp_path, "role-360:supervisor", RATER_HEAD, ("001", "下级", "赵六", "", 199), ("001", "外星人", "钱七", "", 88))
    assert codes(found) == [("bad_rating", 2), ("unknown_role", 3)]
    shown = " ".join(f"{issue.value}{issue.reason.zh}{issue.remedy.zh}" for issue in found.issues)
    assert "199" not in shown
    assert "赵六" not in shown


def test_a_line_for_everybody_fills_what_nobody_has_of_his_own(tmp_path: Path) -> None:
    head = ("工号", "安装单价", "CPI 错误")
    found = read(tmp_path, "monthly-bonus:other", head, ("全部", "20", ""), ("001", "", "2"), ("002", "25", ""))
    assert found.values["001"] == {"cpi_errors": Decimal(2), "install_price": Decimal(20)}
    assert found.values["002"] == {"install_price": Decimal(25)}
    assert found.values["003"] == {"install_price": Decimal(20)}


def test_typed_results_of_shorter_periods(tmp_path: Path) -> None:
    head = ("工号", "指标", "评分")
    found = read(
        tmp_path, "satisfaction-special", head, ("001", "日常成绩", 80), ("001", "日常成绩", 90), ("001", "日常成绩", 101)
    )
    assert found.results == {"001": {"day": (Decimal(80), Decimal(90))}}
    assert codes(found) == [("bad_rating", 4)]


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="表头"):
        read(tmp_path, "appliance-agent", ("a", "b"), ("001", "90"))
