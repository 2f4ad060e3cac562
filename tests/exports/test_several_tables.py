"""Several tables on one sheet, below or beside each other: each is found, or it is told that it was not read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.errors import KpiError
from kpi_xl.exports.columns.draft import draft_mapping
from kpi_xl.exports.model import Tables

from .books import CALLS, RATINGS, TICKETS, Row, book, call, rating, read, text, ticket
from .files import check_balance, codes, column

WRITERS = pytest.mark.parametrize("write", [book, text])
WITH_TICKET = ("工单编号", "客服", "评价时间", "评分", "评价")


def with_ticket(number: int) -> list[object]:
    """Return a rating that is as wide as a ticket."""
    return [f"S{number}", *rating(number), "满意"]


def places(tables: Tables) -> list[tuple[tuple[str, ...], int, int]]:
    """Return what each table feeds, where its header stands, and how many rows it gave."""
    return [(source.tables, source.header_row, source.rows_used) for source in tables.sources]


@WRITERS
def test_a_second_table_below(tmp_path: Path, write: type) -> None:
    rows = [TICKETS, *map(ticket, range(2)), [None] * 5, WITH_TICKET, *map(with_ticket, range(3))]
    tables = read(write(tmp_path, rows))
    assert places(tables) == [(("tickets",), 1, 2), (("ratings",), 5, 3)]
    assert column(tables, "row") == [2, 3]
    assert column(tables, "row", "ratings") == [6, 7, 8]
    assert codes(tables).keys() <= {"scale_guessed"}
    check_balance(tables)


@WRITERS
@pytest.mark.parametrize("titles", [[], [["评价明细"]], [["评价明细"], ["单位：分", "九月"]]])
@pytest.mark.parametrize("blanks", [1, 3])
def test_titles_and_blank_rows_between(tmp_path: Path, write: type, titles: Sequence[Row], blanks: int) -> None:
    rows = [["工单明细"], TICKETS, ticket(0), *[[]] * blanks, *titles, RATINGS, rating(0), [], CALLS, call(0), call(1)]
    tables = read(write(tmp_path, rows))
    second = 4 + blanks + len(titles)
    assert places(tables) == [(("tickets",), 2, 1), (("ratings",), second, 1), (("calls",), second + 3, 2)]
    assert codes(tables).keys() <= {"scale_guessed"}


def test_a_table_below_more_rows_than_are_looked_at(tmp_path: Path) -> None:
    rows = [TICKETS, *map(ticket, range(1200)), [], RATINGS, *map(rating, range(3))]
    tables = read(book(tmp_path, rows))
    assert places(tables) == [(("tickets",), 1, 1200), (("ratings",), 1203, 3)]


@pytest.mark.parametrize("blank", [",,,,", None])
def test_of_a_long_text_such_a_table_is_refused(tmp_path: Path, blank: str | None) -> None:
    rows: list[Row] = [TICKETS, *map(ticket, range(1200)), *([[None] * 5] if blank else []), WITH_TICKET, with_ticket(0)]
    with pytest.raises(KpiError, match=f"第 {1203 if blank else 1202} 行是另一张表的表头"):
        read(text(tmp_path, rows))


@WRITERS
def test_no_blank_row_between(tmp_path: Path, write: type) -> None:
    tables = read(write(tmp_path, [TICKETS, *map(ticket, range(3)), WITH_TICKET, with_ticket(0)]))
    assert places(tables) == [(("tickets",), 1, 3), (("ratings",), 5, 1)]


@WRITERS
def test_the_smaller_table_may_stand_above(tmp_path: Path, write: type) -> None:
    rows = [["评价"], RATINGS, *map(rating, range(4)), [], ["工单"], TICKETS, *map(ticket, range(3))]
    assert places(read(write(tmp_path, rows))) == [(("ratings",), 2, 4), (("tickets",), 9, 3)]


@WRITERS
def test_two_of_the_same_kind_with_columns_in_another_order(tmp_path: Path, write: type) -> None:
    turned = [TICKETS[1], TICKETS[0], *TICKETS[2:]]
    rows = [TICKETS, ticket(0), [], turned, ["李娜", "T7", *ticket(7)[2:]]]
    tables = read(write(tmp_path, rows))
    assert column(tables, "agent") == ["张伟", "李娜"]
    assert column(tables, "ticket_id") == ["T0", "T7"]


@WRITERS
def test_each_table_has_its_own_rows_in_messages(tmp_path: Path, write: type) -> None:
    rows = [TICKETS, ticket(0), ticket(1, None), [None] * 5, WITH_TICKET, with_ticket(0), ["S1", None, *rating(0)[1:], "满意"]]
    tables = read(write(tmp_path, rows))
    assert [i.row for i in tables.issues() if i.code == "no_agent"] == [3, 7]


@WRITERS
@pytest.mark.parametrize("title", [[], [["第2页"]]])
def test_the_same_header_again_is_the_same_table(tmp_path: Path, write: type, title: list[Row]) -> None:
    rows = [TICKETS, *map(ticket, range(3)), [None] * 5, *title, TICKETS, *map(ticket, range(3, 5))]
    tables = read(write(tmp_path, rows))
    assert places(tables) == [(("tickets",), 1, 5)]
    assert codes(tables)["header_row"] == 1
    check_balance(tables)


def test_a_summary_below_is_told_and_not_read(tmp_path: Path) -> None:
    rows = [
        TICKETS,
        *map(ticket, range(3)),
        [],
        ["班组", "客服", "渠道", "工单量"],
        ["一组", "张伟", "电话", 3],
        ["一组", "李娜", "电话", 1],
    ]
    tables = read(book(tmp_path, rows))
    assert places(tables) == [(("tickets",), 1, 3)]
    assert [(i.code, i.row, i.count) for i in tables.issues()] == [("ignored_table", 6, 2)]


@pytest.mark.parametrize("write", [book, text])
def test_records_of_words_are_no_header(tmp_path: Path, write: type) -> None:
    rows = [
        ["工号", "姓名", "班组", "岗位", "状态"],
        ["A1", "张伟", "客服组", "客服专员", "在职"],
        [],
        ["A2", "李娜", "客服组", "客服专员", "在职"],
        ["王芳", "王芳", "技能组", "工程师", "在职"],
        [],
        ["刘洋", "刘洋", "部门", "负责人", "在职"],
    ]
    roster = write(tmp_path, rows, name="花名册.xlsx" if write is book else "花名册.csv")
    tables = read(book(tmp_path, [TICKETS, ticket(0)]), roster=roster)
    assert [p.id for p in tables.people] == ["A1", "A2", "王芳", "刘洋"]


@WRITERS
def test_blank_rows_between_records_mean_nothing(tmp_path: Path, write: type) -> None:
    tables = read(write(tmp_path, [TICKETS, ticket(0), [None] * 5, ticket(1), [None] * 5, [None] * 5, ticket(2)]))
    assert column(tables, "row") == [2, 4, 7]
    assert codes(tables) == {"blank": 3}


# -- side by side


def _beside(left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    wide, narrow = len(left[0]), len(right[0])
    height = max(len(left), len(right))
    lefts = [*left, *[[None] * wide] * (height - len(left))]
    rights = [*right, *[[None] * narrow] * (height - len(right))]
    return [[*one, None, *other] for one, other in zip(lefts, rights, strict=True)]


@WRITERS
@pytest.mark.parametrize(("tickets", "ratings"), [(5, 2), (2, 5), (3, 3)])
def test_tables_side_by_side(tmp_path: Path, write: type, tickets: int, ratings: int) -> None:
    rows = _beside([TICKETS, *map(ticket, range(tickets))], [RATINGS, *map(rating, range(ratings))])
    tables = read(write(tmp_path, rows))
    assert places(tables) == [(("tickets",), 1, tickets), (("ratings",), 1, ratings)]
    assert codes(tables).keys() <= {"scale_guessed"}


def test_titles_over_tables_side_by_side(tmp_path: Path) -> None:
    rows = [["工单", *[None] * 5, "评价"], *_beside([TICKETS, ticket(0)], [RATINGS, rating(0)])]
    tables = read(book(tmp_path, rows, ["A1:E1", "G1:I1"]))
    assert places(tables) == [(("tickets",), 2, 1), (("ratings",), 2, 1)]


@WRITERS
def test_a_summary_beside_gives_no_values_to_the_records(tmp_path: Path, write: type) -> None:
    rows = _beside([TICKETS, *map(ticket, range(4))], [("客服", "班组", "满意度"), ("张伟", "二组", 4.5)])
    tables = read(write(tmp_path, rows))
    assert places(tables) == [(("tickets",), 1, 4)]
    assert [(i.code, i.row, i.count) for i in tables.issues()] == [("ignored_table", 1, 1)]


@WRITERS
def test_a_blank_column_within_a_table_means_nothing(tmp_path: Path, write: type) -> None:
    rows = [[*row[:3], None, *row[3:]] for row in (TICKETS, ticket(0), ticket(1))]
    tables = read(write(tmp_path, rows))
    assert column(tables, "closed_at") == [ticket(0)[3], ticket(1)[3]]
    assert codes(tables) == {}


# -- with a mapping file


def _mapping(folder: Path, entries: str) -> Path:
    path = folder / "m.toml"
    path.write_text(entries, encoding="utf-8")
    return path


STACKED: list[Row] = [TICKETS, ticket(0), [None] * 5, WITH_TICKET, with_ticket(0), with_ticket(1)]


@pytest.mark.parametrize(("row", "table", "used"), [(1, "tickets", 1), (4, "ratings", 2)])
def test_a_mapping_chooses_a_table_by_its_header_row(tmp_path: Path, row: int, table: str, used: int) -> None:
    path = book(tmp_path, STACKED)
    tables = read(path, mapping=_mapping(tmp_path, f'[[export]]\nfile = "*"\nheader_row = {row}\n'))
    assert places(tables) == [((table,), row, used)]
    assert codes(tables)["ignored_table"] == 3 - used


def test_a_mapping_of_columns_is_about_the_table_that_has_them(tmp_path: Path) -> None:
    said = '[[export]]\nfile = "*"\n{}[export.tickets]\ncolumns = {{ closed_at = "办结时间" }}\n'
    path = book(tmp_path, STACKED)
    tables = read(path, mapping=_mapping(tmp_path, said.format("")))
    assert places(tables) == [(("tickets",), 1, 1), (("ratings",), 4, 2)]
    alone = read(path, mapping=_mapping(tmp_path, said.format('tables = ["tickets"]\n')))
    assert places(alone) == [(("tickets",), 1, 1)]
    assert codes(alone)["ignored_table"] == 2


@WRITERS
def test_the_draft_means_the_same(tmp_path: Path, write: type) -> None:
    path = write(tmp_path, STACKED)
    plain = places(read(path))
    draft = draft_mapping([path])
    assert draft.count("[[export]]") == 2
    assert places(read(path, mapping=_mapping(tmp_path, draft))) == plain


def test_headers_side_by_side_need_not_stand_in_one_row(tmp_path: Path) -> None:
    tickets: list[Row] = [["工单明细", *[None] * 4], TICKETS, ticket(0), ticket(1)]
    tables = read(book(tmp_path, _beside(tickets, [RATINGS, rating(0)])))
    assert places(tables) == [(("tickets",), 2, 2), (("ratings",), 1, 1)]


def test_a_record_without_its_id_is_no_header(tmp_path: Path) -> None:
    rows: list[Row] = [["工号", "姓名", "班组", "岗位"], ["A1", "张伟", "一组", "客服"], [None, "客服", "客服组", "工程师"]]
    tables = read(text(tmp_path, [TICKETS, ticket(0)]), roster=text(tmp_path, rows, name="花名册.csv"))
    assert [p.id for p in tables.people] == ["A1"]


@pytest.mark.parametrize("file", ["xlsx", "csv"])
def test_a_table_below_that_feeds_the_roster_only(tmp_path: Path, file: str) -> None:
    """A roster file: what stands below the people is not read as people."""
    write = book if file == "xlsx" else text
    rows: list[Row] = [["工号", "姓名", "岗位"], ["A1", "张伟", "客服"], [], TICKETS, ticket(0)]
    tables = read(book(tmp_path, [TICKETS, ticket(0)]), roster=write(tmp_path, rows, name=f"花名册.{file}"))
    assert [p.id for p in tables.people] == ["A1"]


@WRITERS
def test_a_header_of_two_rows_below_another_table(tmp_path: Path, write: type) -> None:
    rows: list[Row] = [RATINGS, rating(0), [], ["工单明细"]]
    rows += [["工单编号", "客服", "创建时间", None, "工单类型"], [None, None, "日期", "时间", None]]
    rows += [["T0", "张伟", "2025-09-01", "08:03", "咨询"], ["T1", "张伟", "2025-09-02", "09:00", "咨询"]]
    tables = read(write(tmp_path, rows))
    assert places(tables) == [(("ratings",), 1, 1), (("tickets",), 6, 2)]
    assert str(column(tables, "created_at")[0]) == "2025-09-01 08:03:00"


def test_merged_headers_of_two_rows_below_another_table(tmp_path: Path) -> None:
    rows: list[Row] = [TICKETS, ticket(0), [], ["客服", "评价时间", None, "评分"], [None, "日期", "时间", None]]
    rows += [["李娜", "2025-09-03", "10:00", 5]]
    tables = read(book(tmp_path, rows, ["A4:A5", "B4:C4", "D4:D5"]))
    assert places(tables) == [(("tickets",), 1, 1), (("ratings",), 5, 1)]
    assert str(column(tables, "rated_at", "ratings")[0]) == "2025-09-03 10:00:00"


def test_formulas_and_hidden_rows_are_those_of_their_table(tmp_path: Path) -> None:
    rows: list[Row] = [TICKETS, ticket(0), [], WITH_TICKET, with_ticket(0), with_ticket(1)]

    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[6].hidden = True

    tables = read(book(tmp_path, rows, change=hide))
    assert [(i.row, i.count) for i in tables.issues() if i.code == "hidden_rows"] == [(6, 1)]
    with pytest.raises(KpiError, match="D6"):
        read(book(tmp_path, [*rows[:5], ["S1", "李娜", rating(1)[1], "=4+1", "满意"]]))
