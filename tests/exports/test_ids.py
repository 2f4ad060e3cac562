"""Ids lose what is no part of them, and are never joined on where a spreadsheet has changed them."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from kpi_xl.cell_words import bare
from kpi_xl.exports import read_exports
from kpi_xl.measures import measure_tables
from kpi_xl.periods import Period

from ..command_line import kpi_xl
from .files import NOW, check_balance, codes, column, workbook, write

SEPTEMBER = Period.parse("2025-09")
DRESSED = (
    "A01", "A01\t", " A01 ", "\u3000A01", "\xa0A01\xa0", "\u200bA01", "A01\u200f", "\u202aA01\u202c", "\u2060A01", "\ufeffA01", "A\u200b01",
    '="A01"', "'A01", "'A01'", '="A01\t"', "Ａ０１", "\x01A01", "\u202fA01", "‘A01’",
)  # fmt: skip


@pytest.mark.parametrize("text", DRESSED)
def test_a_text_loses_what_is_no_part_of_it(text: str) -> None:
    assert bare(text).replace("Ａ０１", "A01") == "A01"


@pytest.mark.parametrize("text", ["O'Brien", "A=1", "张 伟", "A'", "=A1", "3-1", "A.1"])
def test_what_is_part_of_it_stays(text: str) -> None:
    assert bare(text) == text


@pytest.mark.parametrize("many", [0, 1500])
@pytest.mark.parametrize("usual", ["B{}", "{}", "王{}"])
def test_dressed_ids_are_one_person_wherever_they_stand(tmp_path: Path, many: int, usual: str) -> None:
    """In a small file, and below thousands of rows that show nothing of the kind."""
    rows = [f"N{i}\t{usual.format(i % 50)}\t一组{i % 20}\t2025-09-01 08:00" for i in range(many)]
    odd = [
        f"T{i}\t{text}\t\u200b二组\t2025-09-01 08:00"
        for i, text in enumerate(DRESSED)
        if not text.endswith("\t") and "\t" not in text
    ]
    tables = read_exports([write(tmp_path, "工单编号\t客服工号\t班组\t创建时间", *rows, *odd)], now=NOW)
    assert set(column(tables, "agent")[many:]) == {"A01"}
    assert set(column(tables, "team")[many:]) == {"二组"}


def test_a_quoted_tab_and_the_wrapping_inside_quotes(tmp_path: Path) -> None:
    path = write(
        tmp_path, "工单编号,客服工号,创建时间", '"T1\t","A01\t",2025-09-01', '"=""T2""","=""A01""","=""2025-09-02 08:00"""'
    )
    tables = read_exports([path], now=NOW)
    assert column(tables, "ticket_id") == ["T1", "T2"]
    assert column(tables, "agent") == ["A01", "A01"]
    assert codes(tables) == {}


def test_cells_and_the_roster_lose_it_too(tmp_path: Path) -> None:
    rows = [["工单编号", "客服", "创建时间"], ["T1", "张伟\u200b", "2025-09-01"], ["T2", "\ufeff张伟", "2025-09-01"]]
    roster = write(tmp_path, "工号,姓名,班组,岗位", "A01\u200b,张伟\u2060,一组,客服", name="花名册.csv")
    tables = read_exports([workbook(tmp_path, {"S": rows})], roster=roster, now=NOW)
    assert column(tables, "agent") == ["A01", "A01"]


def test_the_same_customer_in_two_files(tmp_path: Path) -> None:
    head = "工单编号,客服工号,客户电话,创建时间,办结时间,工单类型"
    one = write(tmp_path, head, "T1,A1,13800001111,2025-09-01 08:00,2025-09-01 09:00,投诉", name="a.csv")
    two = write(tmp_path, head, '"T2\t","A1","13800001111\t",2025-09-05 08:00,2025-09-05 09:00,投诉', name="b.csv")
    done = kpi_xl("measure", one, two, "--period", "2025-09", "--measure", "repeat_complaint")
    assert "50.00%" in done.stdout


def test_six_dresses_of_one_person(tmp_path: Path) -> None:
    agents = ["A01", "\u200bA01", "\ufeffA01", "\u202aA01\u202c", '="A01"', "'A01"]
    lines = [f"T{i}\t{agent}\t2025-09-01 08:00\t咨询" for i, agent in enumerate(agents)]
    done = kpi_xl(
        "measure", write(tmp_path, "工单编号\t客服工号\t创建时间\t工单类型", *lines), "--period", "2025-09", "--measure", "volume"
    )
    assert "│ A01  │      6 │" in done.stdout


HEAD = "工单编号,客服,客户编号,创建时间,办结时间,工单类型"


@pytest.mark.parametrize(
    "shown", ["2.02509E+17", "2.02509e+17", "2E+17", "2.02509E17", "1.234567890123456E+15", "２．０２Ｅ＋１７", "'2.02509E+17"]
)
@pytest.mark.parametrize("many", [0, 1500])
def test_tickets_of_one_shown_number_stay_several(tmp_path: Path, shown: str, many: int) -> None:
    usual = [f"{i:06d},王五,C{i},2025-09-01 08:00,2025-09-01 10:00,咨询" for i in range(many)]
    lines = [
        f"{shown},{agent},C,2025-09-0{day} 08:00,2025-09-0{day} 10:00,投诉"
        for day, agent in ((1, "张伟"), (2, "李娜"), (3, "张伟"))
    ]
    tables = read_exports([write(tmp_path, HEAD, *usual, *lines)], now=NOW)
    assert column(tables, "agent")[many:] == ["张伟", "李娜", "张伟"]
    assert column(tables, "ticket_id")[many:] == [None] * 3
    assert codes(tables) == {"scientific_id": 3}
    assert "科学计数法" in tables.issues()[0].reason.zh
    assert "按文本重新导出" in tables.issues()[0].remedy.zh


@pytest.mark.parametrize(
    "ids",
    [("12E5", "1E3", "7E10"), ("1E3", "1E4", "1E5"), ("A1.5E+3", "B1E+10", "C"), ("1.5", "2.25", "10.1"), ("1-2E3", "x", "y")],
)
def test_codes_with_an_e_are_codes(tmp_path: Path, ids: tuple[str, ...]) -> None:
    lines = [f"{one},张伟,C,2025-09-01 08:00,2025-09-01 10:00,咨询" for one in ids]
    tables = read_exports([write(tmp_path, HEAD, *lines)], now=NOW)
    assert column(tables, "ticket_id") == list(ids)
    assert codes(tables) == {}


def test_what_may_be_a_code_is_none_among_scientific_numbers(tmp_path: Path) -> None:
    lines = [f"{one},张伟,C,2025-09-01 08:00,2025-09-01 10:00,咨询" for one in ("1.38E10", "1E10", "12E5")]
    tables = read_exports([write(tmp_path, HEAD, *lines)], now=NOW)
    assert column(tables, "ticket_id") == [None, None, "12E5"]


def test_people_in_scientific_notation_are_set_aside(tmp_path: Path) -> None:
    lines = [f"T{i},{agent},C,2025-09-01 08:00,,咨询" for i, agent in enumerate(("2.025E+11", "A1", "2.025E+11"))]
    tables = read_exports([write(tmp_path, HEAD, *lines)], now=NOW)
    assert column(tables, "agent") == ["A1"]
    assert codes(tables) == {"scientific_key": 2}
    check_balance(tables)


def test_numbers_of_more_digits_than_a_cell_keeps(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEAD.split(","), [202509010001234567, "张伟", 1234567890123456, "2025-09-01", "2025-09-02", "投诉"],
                [202509010001234999, "李娜", 13800001111, "2025-09-01", "2025-09-02", "咨询"]):  # fmt: skip
        sheet.append(row)
    book.save(tmp_path / "工单.xlsx")
    tables = read_exports([tmp_path / "工单.xlsx"], now=NOW)
    assert column(tables, "ticket_id") == [None, None]
    assert column(tables, "customer") == [None, "13800001111"]


@pytest.mark.parametrize("last", ["1.39E+10", "13900001111"])
def test_strangers_of_one_shown_telephone_are_no_repeat(tmp_path: Path, last: str) -> None:
    lines = [f"T{i},张伟,1.38E+10,2025-09-0{i} 08:00,2025-09-0{i} 10:00,投诉" for i in (1, 2, 3)]
    path = write(tmp_path, HEAD, *lines, f"T4,张伟,{last},2025-09-03 08:00,2025-09-03 10:00,咨询")
    tables = read_exports([path], now=NOW)
    counts = measure_tables(tables, SEPTEMBER)
    assert {row.value for row in counts.rows("agent") if row.measure == "repeat_complaint"} <= {None}
    done = kpi_xl("measure", path, "--period", "2025-09", "--measure", "repeat_complaint")
    assert "0.00%" not in done.stdout
    assert "科学计数法" in done.stdout


def test_a_few_changed_customers_cost_only_themselves(tmp_path: Path) -> None:
    lines = [f"T{i},张伟,C{i % 150},2025-09-{i % 28 + 1:02d} 08:00,,投诉" for i in range(300)]
    path = write(tmp_path, HEAD, *lines, "U1,张伟,1.38E+10,2025-09-03 08:00,,投诉")
    rows = measure_tables(read_exports([path], now=NOW), SEPTEMBER).rows("agent")
    assert [row.denominator for row in rows if row.measure == "repeat_complaint" and row.period == "2025-09"] == [300]


def test_the_command_keeps_the_three_tickets(tmp_path: Path) -> None:
    lines = [f"2.02509E+17,{agent},C{i},2025-09-0{i} 08:00,2025-09-0{i} 10:00,{kind}"
             for i, (agent, kind) in enumerate((("张伟", "投诉"), ("李娜", "咨询"), ("张伟", "咨询")), start=1)]  # fmt: skip
    done = kpi_xl(
        "measure", write(tmp_path, HEAD, *lines), "--period", "2025-09", "--measure", "volume", "--measure", "complaint_rate"
    )
    assert "│ 张伟 │      2 │ 50.00% │" in done.stdout
    assert "│ 李娜 │      1 │  0.00% │" in done.stdout
    assert "科学计数法" in done.stdout
