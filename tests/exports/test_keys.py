"""What stands in the exports more than once: the same file, the same row, the same number on one thing or on several."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from kpi_xl.exports import Tables, read_exports
from kpi_xl.exports.columns.mapping import read_mapping
from kpi_xl.exports.files.copies import find_copies

from ..command_line import kpi_xl
from .files import NOW, check_balance, codes, column, workbook, write

TICKETS = "工单编号,客服,客户编号,创建时间,办结时间"
EVENTS = "工号,姓名,发生日期,奖惩类别,奖惩分值,经办备注"
FINE = "A1,张伟,2025-09-03,投诉有责,-5,甲"
PRAISE = "A2,李娜,2025-09-04,客户表扬,3,乙"


_OURS = ("duplicate", "superseded", "same_number", "same_file")


def read(*paths: Path, mapping: Path | None = None, roster: Path | None = None) -> Tables:
    tables = read_exports(paths, mapping=mapping, roster=roster, now=NOW)
    check_balance(tables)
    return tables


def export(folder: Path, name: str, lines: Sequence[str], sort: str = "csv") -> Path:
    if sort == "csv":
        return write(folder, *lines, name=f"{name}.csv")
    return workbook(folder, {"S": [line.split(",") for line in lines]}, name=f"{name}.xlsx")


def mapping_file(folder: Path, text: str) -> Path:
    path = folder / "m.toml"
    path.write_text(text, encoding="utf-8")
    return path


def told(tables: Tables) -> list[tuple[str, str, int | None, str | None]]:
    return [(i.code, i.file, i.row, i.value) for i in tables.issues() if i.code in _OURS]


def decided(tables: Tables) -> list[tuple[str, str | None, str | None, int]]:
    return [(d.ground, d.answer, d.file, d.count) for d in tables.decisions if d.kind.code == "rows"]


# --- the same bytes


@pytest.mark.parametrize("sort", ["csv", "xlsx"])
@pytest.mark.parametrize("copy", ["events (1)", "又一份", "events"])
def test_the_same_bytes_are_read_once_and_named(tmp_path: Path, sort: str, copy: str) -> None:
    first = export(tmp_path, "events", [EVENTS, FINE, PRAISE], sort)
    second = first.with_stem(copy)
    if second != first:
        shutil.copy(first, second)
    tables = read(first, second)
    assert column(tables, "points", "events") == [-5.0, 3.0]
    assert told(tables) == [("same_file", second.name, None, first.name)]
    assert [source.file for source in tables.sources] == [first.name]


def test_files_of_one_size_that_differ_are_all_read(tmp_path: Path) -> None:
    one, two = write(tmp_path, EVENTS, FINE, name="a.csv"), write(tmp_path, EVENTS, FINE.replace("A1", "A9"), name="b.csv")
    assert one.stat().st_size == two.stat().st_size
    assert column(read(one, two), "agent", "events") == ["A1", "A9"]


def test_of_two_copies_the_one_in_the_mapping_file_is_read(tmp_path: Path) -> None:
    one = write(tmp_path, EVENTS, FINE, name="a.csv")
    two = Path(shutil.copy(one, tmp_path / "b.csv"))
    about_two = read_mapping(mapping_file(tmp_path, '[[export]]\nfile = "b.csv"\ntables = ["events"]'))
    assert [path.name for path in find_copies([one, two], about_two)[0]] == ["b.csv"]
    both = '[[export]]\nfile = "a.csv"\ntables = ["events"]\n[[export]]\nfile = "b.csv"\ntables = ["ratings"]'
    assert find_copies([one, two], read_mapping(mapping_file(tmp_path, both))) == ([one, two], [])
    tables = read(one, two, mapping=mapping_file(tmp_path, '[[export]]\nfile = "a.csv"\n[[export]]\nfile = "b*"\n'))
    assert codes(tables)["unused_mapping"] == 0


def test_a_roster_among_the_exports_is_the_roster(tmp_path: Path) -> None:
    people = write(tmp_path, "工号,姓名,岗位", "A1,张伟,客服", "A2,李娜,客服", name="花名册.csv")
    copy = Path(shutil.copy(people, tmp_path / "花名册 (1).csv"))
    events = write(tmp_path, EVENTS, FINE, name="a.csv")
    for other in (people, copy):
        tables = read(events, other, roster=people)
        assert ([p.id for p in tables.people], codes(tables)) == (["A1", "A2"], {"same_file": 1})
    assert [p.id for p in read(events, people).people] == ["A1", "A2"]


def test_a_copy_does_not_hide_that_a_file_is_absent_or_empty(tmp_path: Path) -> None:
    assert find_copies([tmp_path / "没有.csv", tmp_path, write(tmp_path, name="空.csv", end="")], None)[1] == []


# --- rows without a number: the whole row


@pytest.mark.parametrize("sort", ["csv", "xlsx"])
def test_overlapping_exports_without_a_number_count_each_row_once(tmp_path: Path, sort: str) -> None:
    third = "A3,王芳,2025-09-05,迟到,-2,丙"
    one, two = export(tmp_path, "a", [EVENTS, FINE, PRAISE], sort), export(tmp_path, "b", [EVENTS, PRAISE, third], sort)
    tables = read(one, two)
    assert column(tables, "points", "events") == [-5.0, 3.0, -2.0]
    place = one.name if sort == "csv" else f"{one.name} S"
    assert told(tables) == [("duplicate", two.name, 2, place)]


def test_overlapping_sheets_and_columns_in_another_order_and_spelling(tmp_path: Path) -> None:
    head = EVENTS.split(",")
    rows = [FINE.split(","), PRAISE.split(",")]
    turned = [["序号", *reversed(head)], ["1", *reversed([*rows[1][:2], "2025/9/4", *rows[1][3:]])]]
    tables = read(workbook(tmp_path, {"上旬": [head, *rows], "下旬": turned}, name="奖惩.xlsx"))
    assert column(tables, "points", "events") == [-5.0, 3.0]
    assert [(i.code, i.sheet, i.row) for i in tables.issues()] == [("duplicate", "下旬", 2)]


def test_equal_rows_of_one_export_are_as_many_as_they_are(tmp_path: Path) -> None:
    """Two equal penalties on a day are two, in one export and in two that overlap; a third in the later one is a third."""
    once, twice = [EVENTS, FINE, FINE], [EVENTS, FINE, FINE, FINE]
    assert len(column(read(write(tmp_path, *once)), "points", "events")) == 2
    tables = read(write(tmp_path, *once, name="a.csv"), write(tmp_path, *twice, name="b.csv"))
    assert len(column(tables, "points", "events")) == 3
    assert codes(tables) == {"duplicate": 2}


def test_rows_that_differ_in_a_column_that_is_not_used_are_different(tmp_path: Path) -> None:
    one = write(tmp_path, EVENTS, FINE, name="a.csv")
    two = write(tmp_path, EVENTS, FINE.replace("甲", "乙"), name="b.csv")
    assert len(column(read(one, two), "points", "events")) == 2


def test_what_tells_about_the_export_is_not_part_of_the_row(tmp_path: Path) -> None:
    head = "序号,客服,质检日期,质检得分,导出时间"
    one = write(tmp_path, head, "1,张伟,2025-09-01,90,2025-10-01", "2,李娜,2025-09-02,80,2025-10-01", name="a.csv")
    two = write(tmp_path, head, "1,李娜,2025-09-02,80,2025-10-08", "2,李娜,2025-09-03,70,2025-10-08", name="b.csv")
    assert column(read(one, two), "score", "quality") == [90.0, 80.0, 70.0]
    plain = "序号,客服,质检日期,质检得分"
    one = write(tmp_path, plain, "71,张伟,2025-09-01,90", name="a.csv")
    two = write(tmp_path, plain, "84,张伟,2025-09-01,90", name="b.csv")
    assert len(column(read(one, two), "score", "quality")) == 2  # a number of its own, not a counter


def test_raters_without_a_name_in_two_files_are_two(tmp_path: Path) -> None:
    files = [write(tmp_path, "被考核人,指标,评分", f"张伟,attitude,{n}", "李娜,attitude,90", name=f"{n}.csv") for n in (80, 85)]
    assert len(column(read(*files), "value", "hr_ratings")) == 4
    named = [
        write(tmp_path, "被考核人,评分人,指标,评分", "李娜,王,attitude,90", f"张伟,王,attitude,{n}", name=f"{n}.csv")
        for n in (80, 85)
    ]
    assert len(column(read(*named), "value", "hr_ratings")) == 3


# --- numbers of calls, ratings, checks, events


def test_calls_that_stand_in_two_exports_are_one(tmp_path: Path) -> None:
    head = "通话编号,坐席,来电时间,是否接听,等待时长"
    one = write(tmp_path, head, "P1,张伟,2025-09-03 08:00:00,是,10", "P2,张伟,2025-09-04 08:00:00,否,40", name="a.csv")
    two = write(tmp_path, head, "P2,张伟,2025-09-04 08:00:00,否,40", "P3,张伟,2025-09-05 08:00:00,是,12", name="b.csv")
    tables = read(one, two)
    assert column(tables, "call_id", "calls") == ["P1", "P2", "P3"]
    assert told(tables) == [("duplicate", "b.csv", 2, "P2")]


def test_the_legs_of_a_call_and_numbers_that_start_anew(tmp_path: Path) -> None:
    head = "通话编号,坐席,来电时间,是否接听"
    legs = write(tmp_path, head, "P1,张伟,2025-09-03 08:00:00,是", "P1,李娜,2025-09-03 08:02:00,是", name="a.csv")
    assert (len(column(read(legs), "agent", "calls")), codes(read(legs))) == (2, {})
    days = write(tmp_path, head.replace("来电时间", "日期"), "P1,张伟,2025-09-03,是", "P1,张伟,2025-09-04,是", name="c.csv")
    assert (len(column(read(days), "agent", "calls")), decided(read(days))) == (2, [])
    south = write(tmp_path, head, "P1,王芳,2025-09-11 09:00:00,否", name="b.csv")
    tables = read(legs, south)
    assert column(tables, "agent", "calls") == ["张伟", "李娜", "王芳"]
    assert (codes(tables), decided(tables)) == ({"same_number": 3}, [])


@pytest.mark.parametrize(
    ("head", "row", "later", "table", "value"),
    [
        ("评价编号,客服,评价时间,评分", "R1,张伟,2025-09-01 08:00,4", "R1,张伟,2025-09-01 08:00,5", "ratings", "rating"),
        ("质检编号,客服,质检日期,质检得分", "Q1,张伟,2025-09-01,80", "Q1,张伟,2025-09-01,90", "quality", "score"),
        (
            "奖惩单号,姓名,奖惩日期,奖惩类别,奖惩分值",
            "E1,张伟,2025-09-01,表扬,2",
            "E1,张伟,2025-09-01,表扬,3",
            "events",
            "points",
        ),
        ("知识编号,贡献人,采纳日期,标题", "K1,张伟,2025-09-01,旧题", "K1,张伟,2025-09-01,新题", "contributions", "title"),
    ],
)
def test_of_a_numbered_record_the_later_export_counts(
    tmp_path: Path, head: str, row: str, later: str, table: str, value: str
) -> None:
    one, two = write(tmp_path, head, row, name="a.csv"), write(tmp_path, head, later, name="b.csv")
    number, wanted = row.partition(",")[0], later.rpartition(",")[2]
    tables = read(one, two)
    assert [str(v).removesuffix(".0") for v in column(tables, value, table)] == [wanted]
    assert told(tables) == [("superseded", "a.csv", 2, number)]
    other = write(tmp_path, head, later.replace("张伟", "李娜").replace("09-01", "09-21"), name="b.csv")
    tables = read(one, other)
    assert (len(column(tables, value, table)), codes(tables)["same_number"]) == (2, 2)


def test_the_items_of_one_check_all_count(tmp_path: Path) -> None:
    head = "质检编号,客服,质检日期,质检项目,质检得分"
    rows = ["Q1,张伟,2025-09-01,用语,80", "Q1,张伟,2025-09-01,流程,90", "Q1,张伟,2025-09-01,流程,90"]
    one = write(tmp_path, head, *rows, name="a.csv")
    assert column(read(one), "score", "quality") == [80.0, 90.0, 90.0]
    two = write(tmp_path, head, *reversed(rows), "Q2,李娜,2025-09-02,用语,70", name="b.csv")
    tables = read(one, two)
    assert column(tables, "score", "quality") == [90.0, 90.0, 80.0, 70.0]
    assert codes(tables) == {"duplicate": 3}


# --- numbers of tickets


@pytest.mark.parametrize("sort", ["csv", "xlsx"])
@pytest.mark.parametrize("customers", [True, False])
def test_ticket_numbers_that_start_anew_per_branch(tmp_path: Path, sort: str, customers: bool) -> None:
    head = TICKETS if customers else TICKETS.replace("客户编号", "备注")
    east = export(tmp_path, "east", [head, "0001,张伟,C1,2025-09-01 08:00,2025-09-05 08:00"], sort)
    south = export(tmp_path, "south", [head, "0001,李娜,D1,2025-09-11 08:00,2025-09-12 08:00"], sort)
    tables = read(east, south)
    assert column(tables, "agent") == ["张伟", "李娜"]
    assert told(tables) == [("same_number", east.name, 2, "0001"), ("same_number", south.name, 2, "0001")]
    assert decided(tables) == []


def test_one_ticket_in_exports_of_different_precision_is_one(tmp_path: Path) -> None:
    seconds = write(tmp_path, TICKETS, "T1,张伟,C1,2025-09-01 08:00:31,", "T2,张伟,,2025-09-01 09:00:12,", name="a.csv")
    minutes = write(tmp_path, TICKETS, "T1,张伟,C1,2025-09-01 08:00,2025-09-02 08:00", name="b.csv")
    days = write(tmp_path, TICKETS, "T2,张伟,,2025-09-01,2025-09-03", name="c.csv")
    tables = read(seconds, minutes, days)
    assert column(tables, "ticket_id") == ["T1", "T2"]
    assert codes(tables)["same_number"] == 0


def test_a_ticket_opened_again_in_the_later_export_is_open(tmp_path: Path) -> None:
    """The closing time says nothing about which state is the last."""
    one = write(tmp_path, TICKETS, "T1,张伟,C1,2025-09-01 08:00,2025-09-02 08:00", name="a.csv")
    two = write(tmp_path, TICKETS, "T1,张伟,C1,2025-09-01 08:00,", name="b.csv")
    assert column(read(one, two), "closed_at") == [None]
    assert column(read(two, one), "closed_at") != [None]


def test_a_repair_number_on_two_appliances_is_two_repairs(tmp_path: Path) -> None:
    head = "维修单号,机身号,维修人员,完工时间"
    one = write(tmp_path, head, "R1,SN1,张伟,2025-09-01", "R2,SN2,张伟,2025-09-01", name="a.csv")
    two = write(tmp_path, head, "R1,SN9,李娜,2025-09-03", "R2,SN2,张伟,2025-09-02", name="b.csv")
    tables = read(one, two)
    assert column(tables, "asset", "repairs") == ["SN1", "SN9", "SN2"]
    assert codes(tables) == {"same_number": 2, "superseded": 1}


# --- one number, several people

PEOPLE = (
    "T1,张伟,C1,2025-09-01 08:00,",
    "T1,李娜,C1,2025-09-01 08:00,2025-09-02 08:00",
    "T1,李娜,C1,2025-09-01 08:00,2025-09-03 08:00",
)


def test_nobody_vanishes_where_no_update_time_tells_whose_a_ticket_is(tmp_path: Path) -> None:
    tables = read(write(tmp_path, TICKETS, *PEOPLE))
    assert column(tables, "agent") == ["张伟", "李娜"]
    assert [str(v)[:10] for v in column(tables, "closed_at")] == ["None", "2025-09-03"]
    assert decided(tables) == [("guess", "person", "工单.csv", 3)]
    (asked,) = (d for d in tables.decisions if d.kind.code == "rows")
    assert asked.stops
    assert "T1（张伟、李娜）" in asked.evidence.zh
    assert asked.line() == '[[export]]\nfile = "工单.csv"\nrows = "person"'


@pytest.mark.parametrize(
    ("word", "agents"), [("ticket", ["李娜"]), ("person", ["张伟", "李娜"]), ("row", ["张伟", "李娜", "李娜"])]
)
def test_what_a_row_is_can_be_declared(tmp_path: Path, word: str, agents: list[str]) -> None:
    tables = read(write(tmp_path, TICKETS, *PEOPLE), mapping=mapping_file(tmp_path, f'[[export]]\nrows = "{word}"'))
    assert column(tables, "agent") == agents
    assert decided(tables) == [("declared", word, "工单.csv", 3)]


def test_with_an_update_time_the_last_update_wins_and_who_lost_is_told(tmp_path: Path) -> None:
    head = TICKETS + ",更新时间"
    later = "T1,张伟,C1,2025-09-01 08:00,,2025-09-05 08:00"
    tables = read(write(tmp_path, head, later, "T1,李娜,C1,2025-09-01 08:00,2025-09-02 08:00,2025-09-02 08:00"))
    assert column(tables, "agent") == ["张伟"]
    assert told(tables) == [("superseded", "工单.csv", 3, "T1：李娜 → 张伟")]
    assert decided(tables) == [("read", "ticket", "工单.csv", 2)]
    equal = read(write(tmp_path, head, later, later.replace("张伟", "李娜")))
    assert decided(equal) == [("guess", "person", "工单.csv", 2)]
    assert column(equal, "agent") == ["张伟", "李娜"]


@pytest.mark.parametrize("roster", [True, False])
def test_a_name_and_a_staff_id_are_one_person(tmp_path: Path, roster: bool) -> None:
    """One export gives the id, the other the name: no second person, nothing to ask."""
    one = write(tmp_path, "工单编号,客服工号,客服姓名,创建时间,办结时间", "T1,A01,张 伟,2025-09-01 08:00,", name="a.csv")
    two = write(tmp_path, "工单编号,客服姓名,创建时间,办结时间", "T1,张伟,2025-09-01 08:00,2025-09-02 08:00", name="b.csv")
    people = write(tmp_path, "工号,姓名,岗位", "A01,张伟,客服", name="花名册.csv") if roster else None
    tables = read(one, two, roster=people)
    assert len(column(tables, "agent")) == 1
    assert decided(tables) == []


# --- dates that prove nothing


def test_another_date_under_a_weak_word_proves_no_other_ticket(tmp_path: Path) -> None:
    head = "工单编号,客服,工单类型,日期"
    tables = read(write(tmp_path, head, "T1,张伟,投诉,2025-09-01", "T1,张伟,投诉,2025-09-08", "T2,张伟,投诉,2025-09-08"))
    assert column(tables, "row") == [3, 4]
    assert decided(tables) == [("guess", "ticket", "工单.csv", 2)]
    mapping = mapping_file(tmp_path, '[[export]]\nrows = "row"')
    assert column(read(tmp_path / "工单.csv", mapping=mapping), "row") == [2, 3, 4]
    strong = read(write(tmp_path, head.replace("日期", "创建日期"), "T1,张伟,投诉,2025-09-01", "T1,张伟,投诉,2025-09-08"))
    assert (len(column(strong, "row")), decided(strong), codes(strong)) == (2, [], {"same_number": 2})


def test_customers_tell_tickets_apart_where_dates_do_not(tmp_path: Path) -> None:
    head = "工单编号,客服,工单类型,客户编号,日期"
    tables = read(write(tmp_path, head, "T1,张伟,投诉,C1,2025-09-01", "T1,张伟,投诉,C1,2025-09-08", "T1,张伟,投诉,C2,2025-09-08"))
    assert column(tables, "row") == [3, 4]
    assert (decided(tables), codes(tables)) == ([], {"superseded": 1, "same_number": 2})


def test_one_customer_and_another_creation_time_is_asked(tmp_path: Path) -> None:
    tables = read(write(tmp_path, TICKETS, "T1,张伟,C1,2025-09-01 08:00,", "T1,张伟,C1,2025-09-03 08:00,2025-09-04 08:00"))
    assert column(tables, "row") == [3]
    assert decided(tables) == [("guess", "ticket", "工单.csv", 2)]


@pytest.mark.parametrize(("day", "asked"), [("2025-09-01", True), ("2025-09-01 08:12", False)])
def test_other_customers_on_one_day_are_asked_where_no_time_is_told(tmp_path: Path, day: str, asked: bool) -> None:
    """To the minute alike, it is one ticket whose customer was corrected."""
    tables = read(write(tmp_path, TICKETS, f"T1,张伟,C1,{day},", f"T1,张伟,C2,{day},2025-09-04", "T2,张伟,C2,2025-09-02 08:00,"))
    assert column(tables, "row") == [3, 4]
    assert bool(decided(tables)) == asked


def test_what_is_decided_does_not_depend_on_how_many_rows_there_are(tmp_path: Path) -> None:
    """A branch's whole export, in which every number is used again by the other branch."""
    lines = [
        [f"{n:04},{who},{c}{n},2025-09-{day} 08:00,"]
        for who, c, day in (("张伟", "C", "01"), ("李娜", "D", "11"))
        for n in range(500)
    ]
    east = write(tmp_path, TICKETS, *(line for (line,) in lines[:500]), name="east.csv")
    south = write(tmp_path, TICKETS, *(line for (line,) in lines[500:]), name="south.csv")
    tables = read(east, south)
    assert codes(tables) == {"same_number": 1000}
    assert len(column(tables, "agent")) == 1000


# --- as HR runs it


def measured(*arguments: object) -> dict[tuple[str, str], float]:
    """Return the values of the whole period by person and measure."""
    done = kpi_xl("measure", *arguments, "--period", "2025-09", "--json")
    assert done.returncode == 0, done.stderr
    return {(row["agent"], row["measure"]): row["value"] for row in json.loads(done.stdout)["rows"]}


def test_measure_with_a_copy_given_twice_and_with_overlapping_calls(tmp_path: Path) -> None:
    events = write(
        tmp_path,
        "工号,姓名,发生日期,奖惩类别,奖惩分值",
        "A1,张伟,2025-09-03,投诉有责,-5",
        "A2,李娜,2025-09-04,客户表扬,3",
        name="events.csv",
    )
    for other in (events, Path(shutil.copy(events, tmp_path / "events (1).csv"))):
        found = measured(events, other, "--measure", "deductions", "--measure", "additions")
        assert (found["A1", "deductions"], found["A2", "additions"]) == (5, 3)
    said = kpi_xl("measure", events, tmp_path / "events (1).csv", "--period", "2025-09").stdout
    assert "与另一个文件内容完全相同，只读了一次" in said
    head = "通话编号,坐席,来电时间,是否接听,等待时长,通话时长"
    calls = [
        write(tmp_path, head, "P1,张伟,2025-09-03 08:00:00,是,10,100", "P2,张伟,2025-09-04 08:00:00,否,40,", name="calls_a.csv"),
        write(tmp_path, head, "P2,张伟,2025-09-04 08:00:00,否,40,", "P3,张伟,2025-09-05 08:00:00,是,12,100", name="calls_b.csv"),
    ]
    found = measured(*calls, "--measure", "calls", "--measure", "answered")
    assert (found["张伟", "calls"], round(found["张伟", "answered"], 4)) == (3, 0.6667)


def test_measure_over_branches_that_number_their_tickets_alike(tmp_path: Path) -> None:
    head = "工单编号,客服,区域,客户编号,创建时间,办结时间,工单类型"
    branches = [
        write(
            tmp_path,
            head,
            *(f"000{n},{who},{region},{mark}{n},2025-09-{day} 08:00,2025-09-{day + 4} 08:00,投诉" for n in (1, 2)),
            name=f"{mark}.csv",
        )
        for who, region, mark, day in (("张伟", "华东", "C", 11), ("李娜", "华南", "D", 21))
    ]
    found = measured(*branches, "--measure", "volume")
    assert (found["张伟", "volume"], found["李娜", "volume"]) == (2, 2)
