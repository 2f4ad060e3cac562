"""Who is one person and who is another: blanks in names, totals that are nobody, near names, people whom a roster has twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_xl.cell_words import is_total
from kpi_xl.exports import Tables, read_exports
from kpi_xl.exports.people_match import Roster, lookalikes, spelled_alike, who
from kpi_xl.people import Person, name_key, plain_name
from kpi_xl.periods import Period

from .files import NOW, check_balance, codes, column, workbook, write

HEAD = ("工单编号", "客服", "班组", "区域", "创建时间")
SEPTEMBER = Period.parse("2025-09")
PEOPLE = ("A001,张伟,一组,华东,客服", "A002,张伟,二组,华东,客服", "A007,李四,一组,华东,客服", "0017,王小明,二组,华东,客服")


def tickets(folder: Path, *agents: str, kind: str = "csv", team: str = "一组") -> Path:
    rows = [(f"T{i}", agent, team, "", f"2025-09-{i + 1:02} 09:00") for i, agent in enumerate(agents)]
    if kind == "xlsx":
        return workbook(folder, {"工单": [HEAD, *rows]})
    return write(folder, ",".join(HEAD), *[",".join(row) for row in rows])


def roster(folder: Path, *rows: str) -> Path:
    return write(folder, "工号,姓名,班组,区域,岗位", *(rows or PEOPLE), name="花名册.csv")


def found(tables: Tables, code: str) -> list[tuple[int | None, str | None]]:
    return [(issue.row, issue.value) for issue in tables.issues() if issue.code == code]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("spelled", ["张 三", "张　三", "张\u00a0三", " 张三 ", "张  三", "张\u2003三", "张\u200b三"])
def test_a_name_with_blanks_is_the_same_name(tmp_path: Path, spelled: str, kind: str) -> None:
    tables = read_exports([tickets(tmp_path, "张三", spelled, "张三", "李四", kind=kind)], now=NOW)
    assert column(tables, "agent") == ["张三", "张三", "张三", "李四"]
    assert [(agent.id, agent.name) for agent in tables.agents] == [("张三", "张三"), ("李四", "李四")]
    check_balance(tables)


def test_a_name_is_shown_without_its_blanks_however_often_they_are_written(tmp_path: Path) -> None:
    tables = read_exports([tickets(tmp_path, "张 三", "张 三", "张三")], now=NOW)
    assert [agent.id for agent in tables.agents] == ["张三"]


def test_latin_names_keep_their_blanks_and_are_one_in_any_case(tmp_path: Path) -> None:
    tables = read_exports([tickets(tmp_path, "John Smith", "JOHN  SMITH", "John Smith", "JohnSmith", "Wei Li")], now=NOW)
    assert [agent.id for agent in tables.agents] == ["John Smith", "JohnSmith", "Wei Li"]


def test_blanks_in_exports_of_several_kinds_and_in_the_roster(tmp_path: Path) -> None:
    events = write(tmp_path, "姓名,奖惩日期,奖惩类别,奖惩分值", "李\u3000四,2025/9/2,表扬,2", name="奖惩.csv")
    people = roster(tmp_path, "A007,李 四,一组,华东,客服", "A008,张　三,一组,华东,客服")
    tables = read_exports([tickets(tmp_path, "张 三", "李四"), events], roster=people, now=NOW)
    assert [person.name for person in tables.people] == ["李四", "张三"]
    assert column(tables, "agent") == ["A008", "A007"]
    assert column(tables, "agent", "events") == ["A007"]
    assert not found(tables, "unknown_agent")


@pytest.mark.parametrize(
    "text",
    [
        *("合计", "合 计", "总计：", "小计", "汇总", "平均", "平均分", "合计12人", "合计：12", "共12人", "共 12 人", "共计 5 条"),
        *(
            "总计数",
            "人数：12",
            "(合计)",
            "【小计】",
            "一组小计",
            "张伟 汇总",
            "全员平均",
            "Total",
            "Grand Total",
            "Team A total",
        ),
    ],
)
def test_totals_are_nobody(tmp_path: Path, text: str) -> None:
    assert is_total(text)
    export = write(tmp_path, ",".join(HEAD), "T1,李四,一组,,2025-09-01 09:00", f"T2,{text},一组,,2025-09-30 09:00", f"{text},,,,")
    people = roster(tmp_path, *PEOPLE, f"{text},{text},,,", f"999,{text},一组,华东,客服", f",{text},,,")
    for given in (None, people):
        tables = read_exports([export], roster=given, now=NOW)
        assert [row for row, _ in found(tables, "total_row")][:2] == [3, 4]
        assert len(tables.agents) == 1
        assert not found(tables, "unknown_agent")
        check_balance(tables)
    assert [person.id for person in tables.people] == ["A001", "A002", "A007", "0017"]
    assert [row for row, _ in found(tables, "total_row")] == [3, 4, 6, 7, 8]


@pytest.mark.parametrize("name", ["张合", "总经理", "李平均衡", "Sumner", "Sum", "Totally", "共和", "Average Joe", "汇总员甲"])
def test_names_that_only_look_like_totals_are_people(tmp_path: Path, name: str) -> None:
    assert not is_total(name)
    assert [agent.id for agent in read_exports([tickets(tmp_path, name)], now=NOW).agents] == [name]


NEAR = [
    ("李四（离职）", "李四（A007）"),
    ("李四(实习)", "李四（A007）"),
    ("李四离职", "李四（A007）"),
    ("李四2", "李四（A007）"),
    ("张伟3", "张伟（A001）、张伟（A002）"),
    ("A-007", "李四（A007）"),
    ("17", "王小明（0017）"),
    ("00017", "王小明（0017）"),
    ("王晓明", "王小明（0017）"),
    ("A007-王五", "李四（A007）"),
    ("A007（离职）", "李四（A007）"),
    ("欧阳雪", ""),
]


@pytest.mark.parametrize(("agent", "near"), NEAR)
def test_near_people_are_offered_and_never_taken(tmp_path: Path, agent: str, near: str) -> None:
    tables = read_exports([tickets(tmp_path, agent, "李四")], roster=roster(tmp_path), now=NOW)
    assert column(tables, "agent") == ["A007"]
    (issue,) = [issue for issue in tables.issues() if issue.code == "unknown_agent"]
    assert (f"花名册里最接近的是 {near}" in issue.advice.zh) == bool(near)
    (unknown,) = tables.unknown_people()
    assert (unknown.near, unknown.rows, unknown.files) == (near, 1, ("工单.csv",))
    check_balance(tables)


def test_an_id_and_its_name_in_one_cell_are_one_person_and_told(tmp_path: Path) -> None:
    spelled = ["李四(A007)", "A007 李四", "A007-李四", "李四/A007", "A007"]
    tables = read_exports([tickets(tmp_path, *spelled)], roster=roster(tmp_path), now=NOW)
    assert set(column(tables, "agent")) == {"A007"}
    told = found(tables, "id_beside_name")
    assert [value for _, value in told] == sorted(f"{text} → 李四（A007）" for text in spelled[:-1])
    assert all(issue.care == "look" for issue in tables.issues() if issue.code == "id_beside_name")


def test_another_name_beside_an_id_of_the_roster_is_told(tmp_path: Path) -> None:
    export = write(
        tmp_path,
        "工单编号,坐席工号,坐席姓名,创建时间",
        "T1,A007,李 四,2025/9/1",
        "T2,A001,王五,2025/9/1",
        "T3,A002,张伟（二组）,2025/9/1",
    )
    tables = read_exports([export], roster=roster(tmp_path), now=NOW)
    assert found(tables, "name_differs") == [(None, "A001：王五 → 张伟")]
    assert column(tables, "agent") == ["A007", "A001", "A002"]


def test_namesakes_are_named_where_nobody_can_tell_them_apart(tmp_path: Path) -> None:
    tables = read_exports([tickets(tmp_path, "张 伟", team="")], roster=roster(tmp_path), now=NOW)
    (issue,) = [issue for issue in tables.issues() if issue.code == "ambiguous_agent"]
    assert "张伟（A001）、张伟（A002）" in issue.advice.zh
    assert found(tables, "roster_namesakes") == [(None, "张伟（A001）、张伟（A002）")]


def test_people_whom_the_roster_has_twice(tmp_path: Path) -> None:
    people = roster(
        tmp_path,
        "A001,张伟,一组,华东,客服",
        "A001,张 伟,一组,华东,客服",
        "a001,张伟,二组,华东,客服",
        "A002,李四,一组,华东,客服",
        "A003,李四,一组,华东,客服",
        ",王五,一组,华东,客服",
        "A009,,一组,华东,客服",
    )
    tables = read_exports([tickets(tmp_path, "A001")], roster=people, now=NOW)
    assert [(person.id, person.team) for person in tables.people] == [("A001", "一组"), ("A002", "一组"), ("A003", "一组")]
    assert found(tables, "roster_repeated") == [(3, "A001")]
    assert found(tables, "roster_duplicate") == [(4, "a001")]
    assert found(tables, "roster_namesakes") == [(None, "李四（A002）、李四（A003）")]
    assert [row for row, _ in found(tables, "roster_incomplete")] == [7, 8]
    check_balance(tables)


def test_a_team_in_two_regions_is_told_with_and_without_a_roster(tmp_path: Path) -> None:
    export = write(
        tmp_path,
        ",".join(HEAD),
        *[f"T{i},李四{i},一组,{'华南' if i else '华东'},2025-09-01" for i in range(3)],
        "T9,王五,二组,华东,2025-09-01",
    )
    told = found(read_exports([export], now=NOW), "team_works_in_several_regions")
    assert told == [(None, "一组：华南 2 人、华东 1 人")]
    people = roster(tmp_path, "1,赵六,三组,华东,客服", "2,孙七,三组,华北,客服", "3,周八,四组,华东,客服", "4,吴九,四组,,客服")
    tables = read_exports([export], roster=people, now=NOW)
    (issue,) = [issue for issue in tables.issues() if issue.code == "team_in_several_regions"]
    assert (issue.file, issue.value) == ("花名册.csv", "三组：华东 1 人、华北 1 人")


def test_faults_in_rows_of_other_months_and_other_people_are_elsewhere(tmp_path: Path) -> None:
    export = write(
        tmp_path,
        "工单编号,客服,创建时间,办结时间",
        "T1,李四,2025-09-01,昨天",
        "T2,李四,2025-08-01,昨天",
        "T3,外人,2025-09-01,昨天",
        "T4,外人,2025-08-01,昨天",
        "T5,李四,1900-01-01,",
        "T6,李四,昨天,",
        "T7,,2025-08-01,",
        "T8,,2025-09-01,",
    )
    tables = read_exports([export], roster=roster(tmp_path), period=SEPTEMBER, now=NOW)
    ours = {code: [i.row for i in tables.issues() if i.code == code and not i.elsewhere] for code in codes(tables)}
    assert ours["unparseable"] == [2]
    assert ours["unknown_agent"] == [4]
    assert (ours["absurd_time"], ours["required_unparseable"], ours["no_agent"]) == ([6], [7], [9])
    assert codes(tables)["unparseable"] == 4
    (unknown,) = tables.unknown_people()
    assert (unknown.rows, unknown.rows_in_period) == (2, 1)
    check_balance(tables)


def test_a_row_set_aside_of_somebody_else_is_no_fault_either(tmp_path: Path) -> None:
    export = write(tmp_path, "工单编号,客服,创建时间,办结时间", "T1,外人,昨天,", "T2,李四,昨天,", "T3,外人,2025-09-01,")
    tables = read_exports([export], roster=roster(tmp_path), period=SEPTEMBER, now=NOW)
    assert [(i.row, i.elsewhere) for i in tables.issues() if i.code == "required_unparseable"] == [(2, 1), (3, 0)]


def test_nothing_is_elsewhere_without_a_period_and_a_roster(tmp_path: Path) -> None:
    export = write(tmp_path, "工单编号,客服,创建时间,办结时间", "T1,外人,2025-08-01,昨天", "T2,李四,2025-09-01,昨天")
    assert not any(issue.elsewhere for issue in read_exports([export], now=NOW).issues())


def test_every_row_and_every_name_is_kept_beyond_what_screens_list(tmp_path: Path) -> None:
    path = tmp_path / "工单.csv"
    lines = [f"T{i},外人{i:04},一组,,2025-{'09' if i % 2 else '08'}-01 09:00" for i in range(1234)]
    path.write_text("\n".join([",".join(HEAD), *lines, "T9999,李四,一组,,2025-09-01"]) + "\n", encoding="utf-8")
    tables = read_exports([path], roster=roster(tmp_path), period=SEPTEMBER, now=NOW)
    listed = [issue for issue in tables.issues() if issue.code == "unknown_agent"]
    assert len(listed) == 200
    assert (sum(issue.count for issue in listed), sum(issue.elsewhere for issue in listed)) == (1234, 617)
    assert listed[-1].row == 201
    every = list(tables.every_issue("unknown_agent"))
    assert [issue.row for issue in every] == list(range(2, 1236))
    assert tables.issue_sizes()["unknown_agent"] == 1234
    unknown = tables.unknown_people()
    assert sorted(person.agent for person in unknown) == [f"外人{i:04}" for i in range(1234)]
    assert [person.rows_in_period for person in unknown] == [1] * 617 + [0] * 617
    check_balance(tables)


def test_a_blank_row_is_blank_where_filled_fields_are_counted(tmp_path: Path) -> None:
    mapping = write(
        tmp_path,
        '[[export]]', 'file = "*"', "[export.tickets]", 'completeness = ["渠道", "班组"]',
        name="映射.toml",
    )  # fmt: skip
    export = write(tmp_path, "工单编号,客服,班组,创建时间,渠道", "T1,李四,一组,2025-09-01,电话", ",,,,", "T3,,一组,2025-09-01,")
    tables = read_exports([export], mapping=mapping, now=NOW)
    assert codes(tables) == {"blank": 1, "no_agent": 1}
    assert tables.connection.execute("SELECT fields_filled, fields_required FROM tickets").fetchall() == [(2, 2)]


def test_lookalikes_without_a_roster(tmp_path: Path) -> None:
    tables = read_exports([tickets(tmp_path, "李四", "李四2", "李四（离职）", "张伟", "赵六3")], now=NOW)
    assert [value for _, value in found(tables, "names_with_digits")] == ["李四、李四(离职)", "李四、李四2"]
    assert len(tables.agents) == 5


def test_keys_of_names() -> None:
    assert name_key("阿卜杜拉 • 买买提") == name_key("阿卜杜拉·买买提")
    assert name_key("李四（离职）") == name_key("李四 (离职)") != name_key("李四")
    assert plain_name("Anna  Maria  O'Neil") == "Anna Maria O'Neil"
    assert lookalikes(["张伟", "李娜"]) == []
    assert spelled_alike({"A01": 1, "a01": 5}) == {"A01": "a01", "a01": "a01"}
    assert who(Roster([Person("张三", "张三")]).near("张三2")) == "张三"
