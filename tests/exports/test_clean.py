"""What becomes of rows that are not in order, and who the agents are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.exports import read_exports
from kpi_xl.exports.kinds import FATES, KINDS
from kpi_xl.exports.people_match import Roster
from kpi_xl.measures import measure_tables
from kpi_xl.people import Person
from kpi_xl.periods import Period

from .files import HEADER, NOW, check_balance, codes, column, workbook, write

SEPTEMBER = Period.parse("2025-09")
ROSTER = (
    "工号,姓名,班组,区域,岗位,状态,考核方案,方案变体",
    "A001,张伟,一组,华东,客服,在职,,",
    "A002,张伟,二组,华东,客服,在职,appliance-agent,technical、promotion",
    "A003,李娜,一组,华北,客服,试用,,",
)


def roster(folder: Path, *more: str) -> Path:
    return write(folder, *ROSTER, *more, name="花名册.csv")


def test_exact_copies_count_once(tmp_path: Path) -> None:
    line = "T1,张伟,一组,C1,2025/9/1 8:00,2025/9/1 9:00,否"
    tables = read_exports([write(tmp_path, HEADER, line, "T2,张伟,一组,C1,2025/9/1 8:00,,否", line, line)], now=NOW)
    assert column(tables, "row") == [2, 3]
    assert [(i.code, i.row, i.value) for i in tables.issues()] == [("duplicate", 4, "T1"), ("duplicate", 5, "T1")]
    check_balance(tables)


def test_the_last_update_wins(tmp_path: Path) -> None:
    head = "工单编号,客服,创建时间,办结时间,更新时间"
    tables = read_exports(
        [
            write(
                tmp_path,
                head,
                "T1,张伟,2025/9/1,,2025/9/3",
                "T1,李娜,2025/9/1,2025/9/2,2025/9/2",
                "T2,李娜,2025/9/1,,",
                "T2,李娜,2025/9/1,2025/9/4,",
            )
        ],
        now=NOW,
    )
    assert column(tables, "agent") == ["张伟", "李娜"]
    assert [(i.code, i.row) for i in tables.issues()] == [("superseded", 3), ("superseded", 4)]


def test_overlapping_exports(tmp_path: Path) -> None:
    one = write(tmp_path, HEADER, "T1,张伟,一组,C1,2025/9/1,,否", "T2,张伟,一组,C1,2025/9/1,,否", name="八月.csv")
    two = write(tmp_path, HEADER, "T2,张伟,一组,C1,2025/9/1,2025/9/5,否", "T3,张伟,一组,C1,2025/9/2,,否", name="九月.csv")
    tables = read_exports([one, two], now=NOW)
    assert column(tables, "ticket_id") == ["T1", "T2", "T3"]
    assert column(tables, "source") == [0, 1, 1]
    check_balance(tables)


def test_closed_before_created_is_closed_after_an_unknown_time(tmp_path: Path) -> None:
    """It is told; nobody is blamed for a ticket that stayed open, and it is neither within 48 hours nor beyond."""
    tables = read_exports([write(tmp_path, HEADER, "T1,张伟,一组,C1,2025/9/2 8:00,2025/9/1 9:00,否")], now=NOW)
    names = ["unresolved_48h", "resolution", "resolved_48h", "handling_hours"]
    rows = {row.measure: row for row in measure_tables(tables, Period.parse("2025-09"), measures=names).rows("agent")}
    assert (rows["unresolved_48h"].value, rows["resolution"].value) == (0, 1)
    assert [rows[name].status for name in ("resolved_48h", "handling_hours")] == ["missing", "missing"]
    issue = tables.issues()[0]
    assert (issue.code, issue.row, issue.column, issue.value, issue.disposition) == (
        "closed_before_created",
        2,
        "办结时间",
        "2025-09-01 09:00:00",
        "kept",
    )


def test_times_that_are_not_credible(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER,
        "T1,张伟,一组,C1,1900/1/1,,否",
        "T2,张伟,一组,C1,2026/1/1,,否",
        "T3,张伟,一组,C1,2025/9/1,2031/1/1,否",
        "T4,张伟,一组,C1,2025/9/1,,否",
    )
    tables = read_exports([path], now=NOW)
    assert codes(tables) == {"absurd_time": 1, "future_time": 1, "absurd_value": 1}
    assert column(tables, "closed_at") == [None, None]
    assert tables.data_end == dt.datetime(2025, 9, 1)
    check_balance(tables)


def test_rows_outside_the_period_stay_as_history(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER,
        "T1,张伟,一组,C1,2025/8/31 23:59,,否",
        "T2,张伟,一组,C1,2025/9/1 0:00,,否",
        "T3,张伟,一组,C1,2025/10/1,,否",
    )
    tables = read_exports([path], period=SEPTEMBER, now=NOW)
    assert column(tables, "ticket_id") == ["T1", "T2", "T3"]
    assert (tables.sources[0].rows_used, codes(tables)) == (1, {"outside_period": 2})
    check_balance(tables)


def test_required_values(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER,
        "T1,,一组,C1,2025/9/1,,否",
        "T2,张伟,一组,C1,,,否",
        "T3,张伟,一组,C1,昨天,,否",
        ",-,一组,C1,2025/9/1,,否",
        "T5,无,,C1,2025/9/1,,",
    )
    tables = read_exports([path], now=NOW)
    assert codes(tables) == {"no_agent": 3, "required_missing": 1, "required_unparseable": 1}
    unread = next(i for i in tables.issues() if i.code == "required_unparseable")
    assert (unread.row, unread.column, unread.value) == (4, "创建时间", "昨天")
    check_balance(tables)


def test_agents_are_matched_by_id_then_unique_name_then_team(tmp_path: Path) -> None:
    rows = [
        "A001,一组",
        "a003,一组",
        "李娜,一组",
        "张伟,二组",
        "张伟,九组",
        "张伟2,一组",
        "李娜(A003),一组",
        "A002-张伟,一组",
        "王五,一组",
    ]
    lines = [f"T{i},{row},C1,2025/9/1,,否" for i, row in enumerate(rows)]
    tables = read_exports([write(tmp_path, HEADER, *lines)], roster=roster(tmp_path), now=NOW)
    assert column(tables, "agent") == ["A001", "A003", "A003", "A002", "A003", "A002"]
    assert [(i.code, i.row, i.value) for i in tables.issues() if i.care == "once"] == [
        ("ambiguous_agent", 6, "张伟"),
        ("unknown_agent", 7, "张伟2"),
        ("unknown_agent", 10, "王五"),
    ]
    check_balance(tables)
    assert column(tables, "team") == ["一组", "一组", "一组", "二组", "一组", "二组"]
    assert [p.variants for p in tables.people] == [(), ("technical", "promotion"), ()]
    assert [(p.id, p.region) for p in tables.agents] == [("A001", "华东"), ("A002", "华东"), ("A003", "华北")]


def test_a_name_beside_a_foreign_id(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,坐席工号,坐席姓名,创建时间", "T1,8001,李娜,2025/9/1", "T2,8002,赵六,2025/9/1")
    assert [(a.id, a.name) for a in read_exports([path], now=NOW).agents] == [("8001", "李娜"), ("8002", "赵六")]
    tables = read_exports([path], roster=roster(tmp_path), now=NOW)
    assert column(tables, "agent") == ["A003"]
    assert codes(tables) == {"unknown_agent": 1, "roster_namesakes": 1, "team_in_several_regions": 1}


def test_a_roster_with_a_repeated_id(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, "T1,李娜,一组,C1,2025/9/1,,否")
    tables = read_exports([path], roster=roster(tmp_path, "A003,李娜,二组,华南,客服,在职,,"), now=NOW)
    assert [p.team for p in tables.people if p.id == "A003"] == ["一组"]
    assert codes(tables) == {"roster_duplicate": 1, "roster_namesakes": 1, "team_in_several_regions": 1}
    check_balance(tables)


def test_without_a_roster_the_most_frequent_team_counts(tmp_path: Path) -> None:
    lines = [
        f"T{i},{agent},{team},C1,2025/9/1,,否"
        for i, (agent, team) in enumerate([("张伟", "一组"), ("张伟", "二组"), ("张伟", "二组"), ("张伟2", "")])
    ]
    tables = read_exports([write(tmp_path, HEADER, *lines)], now=NOW)
    assert column(tables, "team") == ["二组", "二组", "二组", None]
    assert codes(tables) == {"agent_in_several_teams": 1, "names_with_digits": 1}
    assert [a.id for a in tables.agents] == ["张伟", "张伟2"]


def test_a_digit_behind_a_name_is_another_person() -> None:
    people = Roster([Person("1", "张伟"), Person("2", "张伟2")])
    assert (people.resolve("张伟", None).id, people.resolve("张伟2", None).id, people.resolve("张伟3", None).fate) == (
        "1",
        "2",
        "unknown_agent",
    )


def test_ratings_in_a_ticket_export(tmp_path: Path) -> None:
    head = "工单编号,客服,创建时间,办结时间,满意度评分"
    path = write(
        tmp_path,
        head,
        "T1,张伟,2025/9/1,2025/9/2,5",
        "T2,张伟,2025/9/1,,4 - 满意",
        "T3,张伟,2025/9/1,,",
        "T4,张伟,2025/9/1,,99",
        *[f"S{i},张伟,2025/9/1,,3" for i in range(200)],
    )
    tables = read_exports([path], now=NOW)
    assert tables.sources[0].tables == ("tickets", "ratings")
    ratings = tables.connection.execute("SELECT rated_at, rating, scale FROM ratings ORDER BY row LIMIT 2").fetchall()
    assert ratings == [(dt.datetime(2025, 9, 2), 5.0, 5.0), (dt.datetime(2025, 9, 1), 4.0, 5.0)]
    assert len(column(tables, "rating", "ratings")) == 202
    assert codes(tables) == {"scale_guessed": 1, "absurd_value": 1}
    check_balance(tables)


def test_ratings_in_words(tmp_path: Path) -> None:
    path = write(
        tmp_path, "工单编号,客服,评价时间,满意度,回访状态", "T1,张伟,2025/9/1,非常满意,已接通", "T2,张伟,2025/9/1,,未接通"
    )
    tables = read_exports([path], now=NOW)
    assert tables.connection.execute("SELECT label, rating, call_status FROM ratings ORDER BY row").fetchall() == [
        ("非常满意", None, "已接通"),
        (None, None, "未接通"),
    ]


@pytest.mark.parametrize(
    ("header", "row", "table"),
    [
        ("坐席,来电时间,是否接听,等待时长", "张伟,2025/9/1 8:00,已接听,12", "calls"),
        ("维修单号,机身号,维修人员,完工时间", "R1,SN1,张伟,2025/9/1", "repairs"),
        ("客服,质检日期,质检得分,质检项目", "张伟,2025/9/1,95,用语", "quality"),
        ("贡献人,采纳日期,标题", "张伟,2025/9/1,怎样除霜", "contributions"),
        ("姓名,奖惩日期,奖惩类别,奖惩分值", "张伟,2025/9/1,表扬,2", "events"),
        ("被考核人,评分人,评分人角色,指标,评分", "张伟,李娜,主管,professionalism,90", "hr_ratings"),
        ("工单编号,客服,日期,评分", "T1,张伟,2025/9/1,5", "ratings"),
    ],
)
def test_every_table_is_recognised_by_its_words(tmp_path: Path, header: str, row: str, table: str) -> None:
    tables = read_exports([write(tmp_path, header, row, name="导出.csv")], now=NOW)
    assert list(tables.columns) == [table]
    assert tables.sources[0].rows_used == 1


def test_completeness_counts_filled_fields(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "工单编号,客服,创建时间,电话,地址",
        "T1,张伟,2025/9/1,138,上海",
        "T2,张伟,2025/9/1,-,",
        "T3,张伟,2025/9/1, ,北京",
        "T4,张伟,2025/9/1,139,待填",
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[export]]\nmissing = ["待填"]\n[export.tickets]\ncompleteness = ["电话", "地址"]\n', encoding="utf-8")
    tables = read_exports([path], mapping=mapping, now=NOW)
    assert tables.connection.execute("SELECT fields_filled, fields_required FROM tickets ORDER BY row").fetchall() == [
        (2, 2),
        (0, 2),
        (1, 2),
        (1, 2),
    ]
    assert "fields_filled" in tables.columns["tickets"]


def test_refusal_names_what_is_wanting_and_what_was_found(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,创建时间,受理客服员,备注", "T1,2025/9/1,张伟,x")
    with pytest.raises(KpiError) as refused:
        read_exports([path], now=NOW)
    assert "客服（agent）" in refused.value.message.zh
    assert "受理客服员" in refused.value.message.zh
    assert 'agent = "受理客服员"' in refused.value.remedy.zh


def test_every_kind_has_its_words() -> None:
    assert len(FATES) == len(KINDS)
    assert all(k.reason.zh and k.reason.en and k.remedy.zh and k.remedy.en for k in KINDS.values())


def test_full_width_ids_are_the_same_person_and_the_same_ticket(tmp_path: Path) -> None:
    """A repeated ticket in the other width is a later state of it; leading zeros still count."""
    lines = ["Ｔ００１,Ａ０１,,,2025/9/1 8:00,,", "T001,A01,,,2025/9/1 8:00,2025/9/2 8:00,", "T2,０１２,,,2025/9/1 8:00,,"]
    people = write(tmp_path, "工号,姓名,岗位", "Ａ０１,张　伟,客服", "012,李娜,客服", name="花名册.csv")
    for given in (people, None):
        tables = read_exports([write(tmp_path, HEADER, *lines)], roster=given, now=NOW)
        assert {a.id for a in tables.agents} == {"012", "A01"}
        assert column(tables, "ticket_id") == ["T001", "T2"]
        assert codes(tables) == {"superseded": 1}
    named = write(tmp_path, HEADER, lines[0].replace("Ａ０１", "王（大）"))
    people = write(tmp_path, "工号,姓名,岗位", "A03,王(大),客服", name="花名册.csv")
    assert column(read_exports([named], roster=people, now=NOW), "agent") == ["A03"]


@pytest.mark.parametrize("sort", ["csv", "xlsx"])
def test_a_header_among_the_rows(tmp_path: Path, sort: str) -> None:
    """Pages pasted together: the header comes again, here with spaces around it and with a total under each page."""
    head = "工单编号,客服,创建时间,是否紧急,总数"
    page = ["T{0},张伟,2025/9/1 8:00,否,1", "合计,,,,1"]
    lines = [line.format(number) for number in (1, 2) for line in (head if number == 1 else f" {head} ", *page)]
    path = write(tmp_path, *lines) if sort == "csv" else workbook(tmp_path, {"S": [line.split(",") for line in lines]})
    tables = read_exports([path], now=NOW)
    assert codes(tables) == {"header_row": 1, "total_row": 2}
    issue = next(i for i in tables.issues() if i.code == "header_row")
    assert (issue.row, "表头" in issue.reason.zh) == (4, True)
    check_balance(tables)


def test_a_header_among_the_rows_of_texts_only(tmp_path: Path) -> None:
    people = write(tmp_path, "工号,姓名,岗位", "A01,张伟,客服", "工号,姓名,岗位", "A02,岗位,客服", name="花名册.csv")
    tables = read_exports([write(tmp_path, HEADER, "T1,A01,,,2025/9/1 8:00,,")], roster=people, now=NOW)
    assert [p.id for p in tables.people] == ["A01", "A02"]
    assert codes(tables) == {"header_row": 1}
    check_balance(tables)


def test_ids_in_several_teams_are_not_called_names(tmp_path: Path) -> None:
    lines = [
        f"T{i},{agent},{team},,2025/9/1 8:00,," for i, (agent, team) in enumerate((a, t) for a in ("A01", "张伟") for t in "甲乙")
    ]
    found = {i.code: (i.value, i.reason.zh[:4]) for i in read_exports([write(tmp_path, HEADER, *lines)], now=NOW).issues()}
    assert found == {"id_in_several_teams": ("A01：乙、甲", "同一个工"), "agent_in_several_teams": ("张伟：乙、甲", "同一个姓")}
