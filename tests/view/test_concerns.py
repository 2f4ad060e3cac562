"""What HR reads of faults: things to do apart from what was settled, and what is no fault of this month."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pytest

from kpi_xl.errors import Text
from kpi_xl.exports.kinds import KINDS, issue_of
from kpi_xl.exports.model import UnknownPerson
from kpi_xl.issues import Issue, concerns, count_faults, to_do
from kpi_xl.view.concerns import Every, build_issues, settled_rows, to_do_rows
from kpi_xl.view.summarise import Cohort

from .crowd import sample_issues, sample_sources
from .samples import ISSUED, PERIOD


def test_things_to_do_stand_apart_from_what_was_settled() -> None:
    rows = to_do_rows(sample_issues())
    assert [(row.number, row.heading, row.count, row.disposition_text) for row in rows] == [
        (1, "客服不在花名册中", 6, "搁置，不计入"),
        (2, "办结时间早于创建时间", 1, "保留，已计入"),
    ]
    assert "另有 3 行" in rows[1].elsewhere_text
    (settled,) = settled_rows(sample_issues())
    assert (settled.heading, settled.count, settled.listed_on) == ("工单编号重复", 32, "—")


def test_many_strangers_in_many_files_are_one_thing_to_decide() -> None:
    issues = [issue_of("unknown_agent", f"{file}.csv", row=row, value=f"外人{row}") for file in "ab" for row in range(2, 2502)]
    assert (len(to_do(issues)), count_faults(issues)) == (1, 1)
    (row,) = to_do_rows(issues)
    assert (row.count, row.file) == (5000, "a.csv、b.csv")
    assert "外人2、外人3" in row.place_text


def test_rows_of_other_months_and_other_people_are_no_fault_of_this_one() -> None:
    issues = [issue_of("unparseable", "a.csv", row=row, value="昨天", elsewhere=row % 2) for row in range(2, 12)]
    (one,) = concerns(issues)
    assert (one.count, one.elsewhere, one.ours, one.faults, one.to_do) == (10, 5, 5, 5, True)
    assert one.rows == (2, 4, 6, 8, 10)
    gone = [issue_of("unparseable", "a.csv", row=row, elsewhere=1) for row in range(2, 12)]
    assert (to_do(gone), count_faults(gone)) == ([], 0)
    (listed,) = settled_rows(gone)
    assert (listed.count, "另有 10 行" in listed.elsewhere_text) == (10, True)


@pytest.mark.parametrize(
    "code", ["blank", "header_row", "duplicate", "outside_period", "total_row", "superseded", "ignored_sheet"]
)
def test_what_was_settled_is_nothing_to_do(code: str) -> None:
    assert to_do([issue_of(code, "a.csv", row=2, count=9)]) == []


def test_one_reason_does_not_stand_for_others_of_its_kind_and_the_rows_are_named() -> None:
    faults = [
        Issue("bad_rating", "set_aside", "评分.xlsx", "评分", row, "协同能力", value, Text(reason, ""), Text(remedy, ""))
        for row, value, reason, remedy in (
            (5, "120", "120 超出范围", "填 0~100 之间的数"),
            (6, "八十", "八十 不是数字", "写数字"),
            (9, "八十", "八十 不是数字", "写数字"),
        )
    ]
    (row,) = to_do_rows(faults)
    assert (row.reason, row.count, row.place_text) == ("120 超出范围（另有 1 种情况）", 3, "“协同能力”第5、6、9行")
    assert f"“{row.listed_on}”" in row.remedy


def test_the_workbook_lists_each_fault_that_is_not_only_counted() -> None:
    view = build_issues(Cohort([], [], PERIOD, ISSUED, sample_issues(), sample_sources()))
    assert [(sheet.heading, sheet.size) for sheet in view.sheets] == [("客服不在花名册中", 1), ("办结时间早于创建时间", 1)]
    assert view.to_do_text == "需要您处理 2 处"
    assert all(row.rows_read == row.rows_used + row.rows_set_aside for row in view.accounting)
    assert view.accounting_text == "共读取 3 个来源、39,514 行：采用 17,921 行，搁置 21,593 行（含考核周期以外的记录）。"


def test_the_sheets_hold_all_rows_and_not_only_the_first() -> None:
    first = [issue_of("no_agent", "a.csv", row=2, count=500)]

    def of(code: str) -> Iterator[Issue]:
        return (issue_of(code, "a.csv", row=row, elsewhere=row % 2) for row in range(2, 502))

    view = build_issues(Cohort([], [], PERIOD, ISSUED, first), Every({"no_agent": 500}, of))
    (sheet,) = view.sheets
    rows = list(sheet.rows)
    assert (sheet.size, len(rows), rows[-1].row) == (500, 500, 501)
    assert {row.concerns_text for row in rows} == {"", "否"}


def test_near_people_are_named_with_the_stranger() -> None:
    issue = issue_of("unknown_agent", "a.csv", row=2, value="李四（离职）", near="李四（A007）")
    assert issue.advice.zh.startswith("花名册里最接近的是 李四（A007）；")
    assert "nearest on the roster: 李四（A007）" in issue.advice.en
    unknown = [
        UnknownPerson("李四（离职）", "", ("a.csv",), 3, 2, "李四（A007）"),
        UnknownPerson("外人", "", ("a.csv",), 3, 0, ""),
    ]
    view = build_issues(Cohort([], [], PERIOD, ISSUED, [issue]), None, unknown)
    assert [(row.agent, row.near, row.rows_in_period, row.rows) for row in view.unknown_rows] == [
        ("李四（离职）", "李四（A007）", 2, 3),
        ("外人", "", 0, 3),
    ]
    assert view.unknown_text == "共 2 人，其中 1 人在本期有记录；1 人与花名册上的人相近，没有合并，请核对。"
    (sheet,) = view.sheets
    assert "李四（A007）" in next(iter(sheet.rows)).remedy


def test_every_kind_has_a_sheet_of_its_own() -> None:
    issues = list(chain.from_iterable([issue_of(code, "a.csv", row=2)] for code in KINDS))
    view = build_issues(Cohort([], [], PERIOD, ISSUED, issues))
    titles = [sheet.title for sheet in view.sheets]
    assert len(set(titles)) == len(titles) == sum(kind.care != "fold" for kind in KINDS.values())
    assert all(0 < len(title) <= 28 and not set(title) & set("[]:*?/\\") for title in titles)


def test_every_kind_says_what_it_asks_of_people_and_has_a_short_name() -> None:
    """A kind of fault that is added has to be decided about: is it to be done, is it settled?"""
    assert [kind.code for kind in KINDS.values() if not kind.title] == []
    assert max(len(kind.title) for kind in KINDS.values()) <= 12
