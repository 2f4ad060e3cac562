"""What single schemes ask of the job: pooled call-backs, the bonus, several raters, parameters, yearly means, teams."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.errors import KpiError
from kpi_xl.job import Order, run
from kpi_xl.schemes import load_scheme, write_scheme

from .samples import STAFF, files_below, order, run_document, totals, write_csv, write_roster, write_tickets

CALL_BACKS = ("工单编号", "客服", "班组", "评价时间", "题目", "评分", "回访状态")


def call_backs(*customers: tuple[str, str, str, tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows of (ticket, agent, status, answers to questions 1..4)."""
    return [
        (ticket, agent, "一组", f"2025-09-{5 + number:02} 10:00", f"第{question}题", answer, status)
        for number, (ticket, agent, status, answers) in enumerate(customers)
        for question, answer in enumerate(answers, start=1)
        if answer != ""
    ]


def entries(asked: Order) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in run_document(asked)["people"]}


def named_cell(path: Path, name: str) -> object:
    book = openpyxl.load_workbook(path, data_only=True)
    (sheet, cell), *_ = book.defined_names[name].destinations
    return book[sheet][cell.replace("$", "")].value


# --- call-backs -------------------------------------------------------------------------------------------------------------


def test_call_backs_are_scored_by_customer_and_pooled(tmp_path: Path) -> None:
    rows = call_backs(
        ("T1", "001", "成功", (100, 100, 100, 100)),  # 100
        ("T2", "001", "成功", (75, 100, 100, 100)),  # 93.75
        ("T3", "001", "成功", (100, 20, 75, 100)),  # 73.75, dissatisfied with question 2
        ("T4", "001", "未接通", (0, 0, 0, 0)),  # never counts
        ("T5", "001", "成功", (100, 100, 100, "")),  # a question without an answer
        ("T6", "001", "成功", (50, 100, 100, 100)),  # 50 is no allowed score
        ("T7", "002", "成功", (0, 0, 25, 0)),
    )
    exports = write_csv(tmp_path / "回访.csv", CALL_BACKS, rows)
    asked = order(tmp_path, exports, scheme="dealer-cs", roster=write_roster(tmp_path, STAFF[:3]))
    report = run(asked)
    assert not report.failed
    found = entries(asked)
    assert found["001"]["total"] == "89.17"  # (100 + 93.75 + 73.75) / 3 = 89.1666…
    assert found["002"]["total"] == "6.25"
    assert found["003"]["total"] is None
    assert [entry["record"] for entry in found["001"]["remedy"]] == ["T3"]
    assert found["001"]["remedy"][0]["problem"] == "第 2 题 20 分"
    form = asked.folder / "一组/001_张三.xlsx"
    assert (named_cell(form, "in_cs_9_count"), named_cell(form, "in_cs_9_sum")) == (3, 267.5)
    assert named_cell(form, "in_remedy_1_ticket") == "T3"
    sheet = openpyxl.load_workbook(asked.folder / "回访补救清单.xlsx").active
    assert sheet is not None
    listed = [[cell.value for cell in row][:4] for row in sheet.iter_rows() if str(row[0].value).startswith("T")]
    assert [(row[0], row[2], row[3]) for row in listed] == [("T3", "001", "张三"), ("T7", "002", "李四")]


def test_questions_five_and_six_are_shown_and_earn_nothing(tmp_path: Path) -> None:
    rows = call_backs(
        ("T1", "001", "成功", (100, 100, 100, 100, 75, 100)),
        ("T2", "001", "成功", (75, 100, 100, 100, 25, "")),  # dissatisfied with question 5
        ("T3", "001", "成功", (100, 100, 75, 100, 50, 100)),  # 50 is no allowed score: this answer is not used
    )
    exports = write_csv(tmp_path / "回访.csv", CALL_BACKS, rows)
    asked = order(tmp_path, exports, scheme="dealer-cs", variants=("advisor",))
    run(asked)
    # (100 + 93.75 + 93.75) / 3, whatever questions 5 and 6 say; the rounded points add up to 22.92 + 25 + 22.92 + 25 = 95.84
    assert totals(asked) == {"001": "95.83"}
    form = next(asked.folder.glob("*/001_001.xlsx"))
    assert named_cell(form, "out_total") == 95.83
    assert (named_cell(form, "in_q5"), named_cell(form, "in_q6")) == (50, 100)  # (75 + 25) / 2
    assert [(entry["record"], entry["problem"]) for entry in entries(asked)["001"]["remedy"]] == [("T2", "按时交车 25 分")]
    cells = [str(cell.value) for row in openpyxl.load_workbook(form)["考核表"].iter_rows() for cell in row]
    assert any("不计分的题目有 1 个不允许的分值" in text for text in cells)


def test_no_list_without_dissatisfied_customers(tmp_path: Path) -> None:
    exports = write_csv(tmp_path / "回访.csv", CALL_BACKS, call_backs(("T1", "001", "成功", (100, 100, 75, 100))))
    asked = order(tmp_path, exports, scheme="dealer-cs")
    run(asked)
    assert totals(asked) == {"001": "93.75"}
    assert "回访补救清单.xlsx" not in files_below(asked.folder)


def test_the_workshop_is_judged_by_question_three(tmp_path: Path) -> None:
    rows = call_backs(("T1", "001", "成功", (0, 0, 100, 0)), ("T2", "001", "成功", (100, 100, 75, 100)))
    exports = write_csv(tmp_path / "回访.csv", CALL_BACKS, rows)
    asked = order(tmp_path, exports, scheme="dealer-cs", variants=("workshop",))
    run(asked)
    assert totals(asked) == {"001": "87.50"}


def test_a_questionnaire_without_ticket_ids_is_known_by_its_customer(tmp_path: Path) -> None:
    head = ("客户", *CALL_BACKS[1:])
    exports = write_csv(tmp_path / "回访.csv", head, call_backs(("C1", "001", "成功", (100, 100, 75, 100))))
    asked = order(tmp_path, exports, scheme="dealer-cs")
    run(asked)
    assert totals(asked) == {"001": "93.75"}


# --- bonus ------------------------------------------------------------------------------------------------------------------

BONUS_STAFF = (
    ("001", "张三", "一组", "", "客服专员", "", "2020-01-01", "在职", "", "specialist"),
    ("002", "李四", "一组", "", "安装", "", "2020-01-01", "在职", "", "other"),
    ("003", "王五", "一组", "", "安装", "", "2025-09-01", "试用", "", "other"),
    ("009", "丁一", "一组", "", "经理", "", "2018-01-01", "在职", "", "manager"),
)
BONUS_RATINGS = ("工号", "CPI 错误", "返修品质合格率", "返修数量达成率", "返修任务达成率", "数据报表与档案准确完整率")
DEPARTMENT = ("安装锁具数量", "安装单价", "维修锁具数量", "维修单价")


def bonus_order(folder: Path, department: tuple[object, ...], **options: Any) -> Order:
    blank = ("", "", "", "")
    rows = [
        ("001", 2, "98.2%", "", "", "", *blank),
        ("002", 0, "", "94.2%", "", "", *blank),
        ("009", 0, "", "", "95%", "98%", *blank),
    ]
    everybody = [("全部", "", "", "", "", "", *department)] if department else []
    ratings = write_csv(folder / "评分.csv", (*BONUS_RATINGS, *DEPARTMENT), [*everybody, *rows])
    return order(folder, scheme="monthly-bonus", roster=write_roster(folder, BONUS_STAFF), ratings=ratings, **options)


@pytest.mark.parametrize("by_option", [False, True])
def test_the_bonus_counts_heads_without_probation_people(tmp_path: Path, by_option: bool) -> None:
    entered = {"installed_units": "100", "install_price": "20", "repaired_units": "50", "repair_price": "14"}
    asked = bonus_order(tmp_path, (), entered=entered) if by_option else bonus_order(tmp_path, tuple(entered.values()))
    report = run(asked)
    assert not report.failed
    assert [(n.person.id, n.person.status) for n in report.not_appraised] == [("003", "试用")]
    found = entries(asked)
    # base = (100 x 20 + 50 x 14) / 3 = 900; 001: 40 - 1 + 60 - 6; 002: 40 - 1 + 60; 009: 30 + 10 + 60
    assert {person: (entry["total"], entry["payout"]) for person, entry in found.items()} == {
        "001": ("93.00", "837.00"),
        "002": ("99.00", "891.00"),
        "009": ("100.00", "900.00"),
    }
    form = asked.folder / "一组/001_张三.xlsx"
    assert named_cell(form, "out_figure_bonus_base") == 900
    assert named_cell(form, "out_bonus") == 837
    assert "奖金：900 × 93.00 ÷ 100 = 837.00" in (asked.folder / "一组/001_张三.html").read_text(encoding="utf-8")


def test_the_summaries_show_what_is_paid_and_add_it_up_by_team(tmp_path: Path) -> None:
    staff = [*BONUS_STAFF[:3], (*BONUS_STAFF[3][:2], "二组", *BONUS_STAFF[3][3:]), ("010", "赵六", "二组", *BONUS_STAFF[1][3:])]
    entered = {"installed_units": "100", "install_price": "20", "repaired_units": "50", "repair_price": "32"}
    asked = replace(bonus_order(tmp_path, (), entered=entered), roster=write_roster(tmp_path, staff))
    run(asked)
    # base = (100 x 20 + 50 x 32) / 4 = 900; 010 has no ratings: 待评, no bonus
    book = openpyxl.load_workbook(asked.folder / "汇总.xlsx")
    lines = [[cell.value for cell in row] for row in book["排名"].iter_rows()]
    head = next(line for line in lines if line[0] == "名次")
    at = head.index("奖金（元）")
    assert {line[1]: line[at] for line in lines if line[1] in ("001", "002", "009", "010")} == {
        "001": 837, "002": 891, "009": 900, "010": None,
    }  # fmt: skip
    cell = next(row[at] for row in book["排名"].iter_rows() if row[1].value == "001")
    assert (cell.data_type, cell.number_format) == ("n", "#,##0.00")
    teams = [[cell.value for cell in row] for row in book["奖金合计"].iter_rows()]
    assert [(line[0], line[2], line[3], line[4]) for line in teams if line[0] in ("一组", "二组")] == [
        ("一组", 2, 2, 1728),
        ("二组", 2, 1, 900),
    ]
    assert [(line[3], line[4]) for line in teams if line[0] == "合计"] == [(3, 2628)]
    assert any("1 人未算出奖金" in str(line[0]) for line in teams)
    index = (asked.folder / "index.html").read_text(encoding="utf-8")
    assert all(text in index for text in ("奖金（元）", "837.00", "1,728.00", "2,628.00"))
    assert "837.00" not in (asked.folder / "一组/index.html").read_text(encoding="utf-8"), "money is no matter of the team's page"
    again = run(asked)
    assert again.unchanged == 4
    assert openpyxl.load_workbook(asked.folder / "汇总.xlsx")["奖金合计"]["E6"].value is not None


def test_no_column_of_money_where_nothing_is_paid(tmp_path: Path) -> None:
    exports = write_tickets(tmp_path)
    asked = order(tmp_path, exports, roster=write_roster(tmp_path))
    run(asked)
    book = openpyxl.load_workbook(asked.folder / "汇总.xlsx")
    assert "奖金合计" not in book.sheetnames
    assert not any("奖金" in str(cell.value) for row in book["排名"].iter_rows() for cell in row)
    assert "奖金" not in (asked.folder / "index.html").read_text(encoding="utf-8")


def test_without_the_department_s_figures_there_are_points_but_no_bonus(tmp_path: Path) -> None:
    asked = bonus_order(tmp_path, ())
    run(asked)
    assert {person: (entry["total"], entry["payout"]) for person, entry in entries(asked).items()}["001"] == ("93.00", None)


def test_no_bonus_while_the_heads_are_not_known(tmp_path: Path) -> None:
    entered = {"installed_units": "100", "install_price": "20", "repaired_units": "50", "repair_price": "14"}
    asked = bonus_order(tmp_path, (), entered=entered)
    write_roster(tmp_path, [*BONUS_STAFF, ("010", "赵六", "一组", "", "", "", "2020-01-01", "在职", "", "")])
    report = run(asked)
    assert set(report.failed) == {"010"}
    assert {entry["payout"] for entry in run_document(asked)["people"]} == {None}, "2700 / 3 would pay the three too much"
    assert any("参加月度考核人数" in text.zh and "--set head_count" in text.zh for text in report.warnings)
    known = replace(asked, entered={**entered, "head_count": "4"})
    report = run(known)
    assert report.warnings == ()
    assert entries(known)["009"]["payout"] == "675.00"


def test_a_person_without_a_variant_fails_alone(tmp_path: Path) -> None:
    asked = bonus_order(tmp_path, ())
    staff = [*BONUS_STAFF, ("010", "赵六", "一组", "", "", "", "2020-01-01", "在职", "", "")]
    report = run(replace(asked, roster=write_roster(tmp_path, staff)))
    assert set(report.failed) == {"010"}


# --- several raters -----------------------------------------------------------------------------------------------------------


def raters_order(folder: Path, **options: Any) -> Order:
    marks = [("上级", "甲总", 90), ("下级", "小赵", 61), ("下级", "小钱", 83), ("下级", "小孙", 96)]
    rows = [("001", role, rater, mark) for role, rater, mark in marks]
    ratings = write_csv(folder / "评分.csv", ("工号", "评分人角色", "评分人", "评分"), rows)
    roster = write_roster(folder, [(*STAFF[0][:8], "", "supervisor")])
    return order(folder, scheme="role-360", period="2025-Q3", roster=roster, ratings=ratings, **options)


def test_an_absent_group_is_missing_unless_waived(tmp_path: Path) -> None:
    asked = raters_order(tmp_path)
    run(asked)
    assert totals(asked) == {"001": None}
    waived = raters_order(tmp_path / "b", waive=("peers",))
    run(waived)
    assert totals(waived) == {"001": "87.50"}  # 75 x 0.9 + 25 x 0.8
    with pytest.raises(KpiError) as error:
        run(raters_order(tmp_path / "c", waive=("peer",)))
    assert "peers" in error.value.problems[0].remedy.zh


def test_no_output_names_a_rater_or_shows_a_single_anonymous_mark(tmp_path: Path) -> None:
    asked = raters_order(tmp_path, waive=("peers",))
    run(asked)
    for name, content in files_below(asked.folder).items():
        texts = [content.decode("utf-8", "ignore")]
        if name.endswith(".xlsx"):
            book = openpyxl.load_workbook(asked.folder / name)
            texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
        for secret in ("小赵", "小钱", "小孙", "甲总"):
            assert not any(secret in text for text in texts), (name, secret)
        if name.endswith(".xlsx"):
            assert not {"61", "83", "96"} & set(texts), name


# --- when people are appraised -------------------------------------------------------------------------------------------------

ROLES = (
    (*STAFF[0][:8], "", "supervisor"),
    (*STAFF[1][:8], "", ""),
    (*STAFF[3][:8], "", "manager"),
)


def roles_order(folder: Path, period: str, *rated: str, **options: Any) -> Order:
    rows = [(person, "上级", "甲总", 90) for person in rated]
    rows += [(person, "下级", f"下{n}", 80) for person in rated if person != "002" for n in range(3)]
    ratings = write_csv(folder / f"评分{period}.csv", ("工号", "评分人角色", "评分人", "评分"), rows)
    options = {"waive": ("peers",), "ratings": ratings, "roster": write_roster(folder, ROLES), **options}
    return order(folder, scheme="role-360", period=period, **options)


def test_a_manager_is_appraised_by_the_year_and_the_others_by_the_quarter(tmp_path: Path) -> None:
    report = run(roles_order(tmp_path, "2025-Q3", "001", "002"))
    assert report.warnings == ()
    assert [(n.person.id, n.reason.zh) for n in report.not_appraised] == [("009", "按年考核，2025年第3季度没有评分和数据")]
    asked = roles_order(tmp_path, "2025", "009")
    run(asked)
    assert totals(asked)["009"] == "87.00", "70 % x 90 + 30 % x 80, no mean of quarters"
    assert "仅供参考" not in "".join(shown(next(asked.folder.glob("*/009_*.xlsx"))))


def test_a_form_before_its_time_says_that_it_is_no_result(tmp_path: Path) -> None:
    asked = roles_order(tmp_path, "2025-Q3", "001", "009")
    report = run(asked)
    assert [text.zh for text in report.warnings if "role-360:manager" in text.zh and "考核周期是年" in text.zh]
    assert totals(asked)["009"] == "87.00"
    manager, other = (next(asked.folder.glob(f"*/{who}_*.xlsx")) for who in ("009", "001"))
    note = "本方案按年考核；本表只汇总2025年第3季度，仅供参考，不作为考核结果"
    assert any(note in text for text in shown(manager))
    assert note in manager.with_suffix(".html").read_text(encoding="utf-8")
    assert not any("仅供参考" in text for text in shown(other))


def test_a_month_of_a_yearly_scheme_is_made_when_it_is_all_that_was_asked_for(tmp_path: Path) -> None:
    asked = order(tmp_path, write_tickets(tmp_path), scheme="department-annual", roster=write_roster(tmp_path))
    report = run(asked)
    assert report.done == 3
    assert any("考核周期是年，本次按月汇总；考核表上已注明仅供参考" in text.zh for text in report.warnings)


def shown(form: Path) -> list[str]:
    return [str(cell.value) for row in openpyxl.load_workbook(form)["考核表"].iter_rows() for cell in row if cell.value]


def test_the_mean_of_a_year_keeps_its_goals_and_says_whose_marks_do_not_count(tmp_path: Path) -> None:
    for quarter, mark in enumerate((80, 82, 84, 91), start=1):
        marks = [("001", "上级", "甲总", mark), *[("001", "下级", f"下{n}", mark) for n in range(3)]]
        ratings = write_csv(tmp_path / f"{quarter}.csv", ("工号", "评分人角色", "评分人", "评分"), marks)
        run(roles_order(tmp_path, f"2025-Q{quarter}", ratings=ratings))
    head = ("工号", "评分人角色", "评分人", "指标", "评分")
    rows = [("001", "", "", "goals", 95), ("001", "下级", "下1", "", 10)]  # one mark alone is withheld
    asked = roles_order(tmp_path, "2025", ratings=write_csv(tmp_path / "年.csv", head, rows))
    run(asked)
    assert totals(asked)["001"] == "84.25"
    form = next(asked.folder.glob("*/001_*.xlsx"))
    assert named_cell(form, "in_goals") == 95
    assert any("(80.00 + 82.00 + 84.00 + 91.00) ÷ 4" in text and "不足 3 人" in text for text in shown(form))


# --- parameters -----------------------------------------------------------------------------------------------------------------


def test_blanks_of_the_company_are_named_and_filled(tmp_path: Path) -> None:
    roster = write_roster(tmp_path, STAFF[3:])
    ratings = write_csv(tmp_path / "评分.csv", ("工号", "regulations"), [("009", 90)])
    asked = order(tmp_path, scheme="department-head", roster=roster, ratings=ratings)
    with pytest.raises(KpiError) as error:
        run(asked)
    blanks = {problem.where for problem in error.value.problems}
    assert len(blanks) >= 3
    report = run(replace(asked, entered=dict.fromkeys(blanks, "0.05")))
    assert report.done == 1
    with pytest.raises(KpiError) as error:
        run(replace(asked, entered={**dict.fromkeys(blanks, "0.05"), "nonsense": "1"}))
    assert [problem.where for problem in error.value.problems] == ["--set nonsense"]


# --- means of earlier results -------------------------------------------------------------------------------------------------

DAILY = ("工号", "指标", "评分")
ITEMS = ("attitude", "efficiency", "quality", "customer", "employee")


def quarters(folder: Path, marks: tuple[int, ...]) -> Path:
    roster = write_roster(folder, STAFF[:1])
    for number, mark in enumerate(marks, start=1):
        ratings = write_csv(folder / f"评分{number}.csv", DAILY, [("001", item, mark) for item in ITEMS])
        run(order(folder, scheme="satisfaction-special", period=f"2025-Q{number}", roster=roster, ratings=ratings))
    return roster


def test_a_year_is_the_mean_of_its_quarters_and_days(tmp_path: Path) -> None:
    roster = quarters(tmp_path, (80, 82, 84, 91))
    ratings = write_csv(tmp_path / "日常.csv", DAILY, [("001", "日常成绩", 90), ("001", "日常成绩", 95)])
    asked = order(tmp_path, scheme="satisfaction-special", period="2025", roster=roster, ratings=ratings)
    run(asked)
    assert totals(asked) == {"001": "88.38"}  # 92.5 / 2 + 84.25 / 2 = 88.375
    form = asked.folder / "一组/001_张三.xlsx"
    assert named_cell(form, "out_total") == 88.38
    assert [named_cell(form, f"in_quarter_{n}") for n in range(1, 5)] == [80, 82, 84, 91]
    assert named_cell(form, "in_day") == 92.5


def test_a_year_with_a_quarter_missing_is_pending_and_says_so(tmp_path: Path) -> None:
    roster = quarters(tmp_path, (80, 82, 84))
    ratings = write_csv(tmp_path / "日常.csv", DAILY, [("001", "日常成绩", 90)])
    asked = order(tmp_path, scheme="satisfaction-special", period="2025", roster=roster, ratings=ratings)
    run(asked)
    assert totals(asked) == {"001": None}
    assert "季度成绩只有 3 次，需要 4 次" in (asked.folder / "一组/001_张三.html").read_text(encoding="utf-8")


def test_ratings_for_the_year_itself_come_before_means(tmp_path: Path) -> None:
    roster = quarters(tmp_path, (80, 82, 84, 91))
    ratings = write_csv(tmp_path / "年度.csv", DAILY, [("001", item, 60) for item in ITEMS])
    asked = order(tmp_path, scheme="satisfaction-special", period="2025", roster=roster, ratings=ratings)
    run(asked)
    assert totals(asked) == {"001": "60.00"}


# --- typed in place of counted ------------------------------------------------------------------------------------------------


def test_a_typed_value_in_place_of_a_counted_one_is_told_on_the_form(tmp_path: Path) -> None:
    ratings = write_csv(tmp_path / "评分.csv", ("工号", "首次问题解决率", "协同能力"), [("001", "50%", 90), ("002", "", 80)])
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path), ratings=ratings)
    run(asked)
    typed, counted = (next(asked.folder.glob(f"*/{who}_*.xlsx")) for who in ("001", "002"))
    assert named_cell(typed, "in_fcr") == 0.5
    assert any("首次问题解决率采用录入的数值，没有采用导出数据" in text for text in shown(typed))
    assert not any("没有采用导出数据" in text for text in shown(counted))


# --- several schemes -----------------------------------------------------------------------------------------------------------


def test_a_team_s_figures_are_those_of_its_own_scheme(tmp_path: Path) -> None:
    """The agents' scheme counts calendar hours, the other one working hours: neither page may show the other's figure."""
    hours = replace(load_scheme("appliance-agent"), id="working", definitions=(("handling_hours", "working"),))
    other = tmp_path / "working.toml"
    other.write_text(write_scheme(hours), encoding="utf-8")
    staff = [STAFF[0], STAFF[1], (*STAFF[2][:8], str(other), "")]
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path, staff))
    assert not run(asked).failed
    one, two = ((asked.folder / team / "index.html").read_text(encoding="utf-8") for team in ("一组", "二组"))
    index = (asked.folder / "index.html").read_text(encoding="utf-8")
    alone = order(tmp_path / "b", asked.exports[0], roster=write_roster(tmp_path / "b", [STAFF[2]]), scheme=str(other))
    run(alone)
    wanted = re.search(r"[\d.]+ 小时(?=</td>)", (alone.folder / "二组/index.html").read_text(encoding="utf-8"))
    assert wanted is not None
    assert wanted[0] != "10 小时"
    assert "10 小时" in one
    assert "10 小时" in index
    assert wanted[0] not in index
    assert wanted[0] in two


# --- teams ----------------------------------------------------------------------------------------------------------------------


def test_teams_pool_the_counts_of_their_people(tmp_path: Path) -> None:
    exports = write_tickets(tmp_path)
    asked = order(tmp_path, exports, scheme="team-core", roster=write_roster(tmp_path, STAFF[:3]))
    report = run(asked)
    assert not report.failed
    assert set(totals(asked)) == {"一组", "二组"}
    form = asked.folder / "一组/一组_团队考核.xlsx"
    # 10 tickets at 10 minutes and 10 at 11
    assert named_cell(form, "in_first_response_minutes") == 10.5
    assert (asked.folder / "一组/index.html").is_file()
