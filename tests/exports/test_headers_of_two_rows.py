"""Headers of two rows: the name of a group above the names of its columns, merged or not, in workbooks and in text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.exports.columns.draft import draft_mapping
from kpi_xl.exports.columns.header import find_header
from kpi_xl.exports.columns.levels import find_levels

from .books import TICKETS, Row, book, read, text, ticket
from .files import check_balance, codes, column

DAY, CLOCK = dt.date(2025, 9, 1), dt.time(8, 3)
UPPER = ["工单编号", "客服", "创建时间", None, "办结时间", None, "工单类型"]
LOWER = [None, None, "日期", "时间", "日期", "时间", None]
MERGED = ["A1:A2", "B1:B2", "C1:D1", "E1:F1", "G1:G2"]
RECORDS: list[Row] = [
    ["T0", "张伟", DAY, CLOCK, dt.date(2025, 9, 2), dt.time(10), "咨询"],
    ["T1", "李娜", dt.date(2025, 9, 3), CLOCK, None, None, "投诉"],
]
CREATED = [dt.datetime(2025, 9, 1, 8, 3), dt.datetime(2025, 9, 3, 8, 3)]
CLOSED = [dt.datetime(2025, 9, 2, 10), None]


@pytest.mark.parametrize("merges", [MERGED, ["C1:D1", "E1:F1"], []])
@pytest.mark.parametrize("titles", [0, 1, 2])
def test_a_date_and_a_clock_under_one_name_are_one_time(tmp_path: Path, merges: list[str], titles: int) -> None:
    def lower(area: str) -> str:
        return ":".join(f"{end[0]}{int(end[1:]) + titles}" for end in area.split(":"))

    rows = [*[["九月工单明细"]] * titles, UPPER, LOWER, *RECORDS]
    tables = read(book(tmp_path, rows, [*map(lower, merges), *(["A1:G1"] if titles else [])]))
    assert column(tables, "created_at") == CREATED
    assert column(tables, "closed_at") == CLOSED
    assert column(tables, "agent") == ["张伟", "李娜"]
    assert column(tables, "kind") == ["咨询", "投诉"]
    assert column(tables, "row") == [3 + titles, 4 + titles]
    assert tables.sources[0].header_row == 2 + titles
    assert not tables.issues()


@pytest.mark.parametrize("upper", [UPPER, [None, None, "创建时间", None, "办结时间", None, None]])
def test_the_same_in_text(tmp_path: Path, upper: list[str | None]) -> None:
    lower = LOWER if upper is UPPER else ["工单编号", "客服", "日期", "时间", "日期", "时间", "工单类型"]
    tables = read(text(tmp_path, [upper, lower, *RECORDS]))
    assert column(tables, "created_at") == CREATED
    assert column(tables, "closed_at") == CLOSED
    assert column(tables, "kind") == ["咨询", "投诉"]


def test_names_in_the_lower_row_under_merged_groups(tmp_path: Path) -> None:
    upper = [None, None, "创建时间", None, "办结时间", None, None]
    lower = ["工单编号", "客服", "日期", "时间", "日期", "时间", "工单类型"]
    tables = read(book(tmp_path, [upper, lower, *RECORDS], ["C1:D1", "E1:F1"]))
    assert column(tables, "created_at") == CREATED


@pytest.mark.parametrize("name", ["创建时间", "受理时间", "创建", "派单时间"])
def test_a_group_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    upper = ["工单编号", "客服", name, None, "办结时间"]
    rows = [upper, [None, None, "日期", "时刻"], ["T0", "张伟", DAY, CLOCK, dt.datetime(2025, 9, 2, 10)]]
    tables = read(book(tmp_path, rows, ["A1:A2", "B1:B2", "C1:D1", "E1:E2"]))
    assert column(tables, "created_at") == CREATED[:1]
    assert column(tables, "closed_at") == CLOSED[:1]


def test_one_time_of_two_columns_beside_one_of_one(tmp_path: Path) -> None:
    """日期 and 时间 stand once only: they are nevertheless those of the group, not of the creation."""
    rows = [
        ["工单编号", "客服", "创建时间", "办结时间", None, "工单类型"],
        [None, None, None, "日期", "时间", None],
        ["T0", "张伟", dt.datetime(2025, 9, 1, 8), DAY, dt.time(10), "咨询"],
    ]
    tables = read(book(tmp_path, rows, ["A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:F2"]))
    assert column(tables, "created_at") == [dt.datetime(2025, 9, 1, 8)]
    assert column(tables, "closed_at") == [dt.datetime(2025, 9, 1, 10)]


def test_groups_that_only_contain_are_known_by_the_lower_words(tmp_path: Path) -> None:
    rows = [
        ["工单信息", None, None, "客户信息", None, "处理情况", None],
        ["工单编号", "创建时间", "工单类型", "客户编号", "客户电话", "客服", "办结时间"],
        ["T0", dt.datetime(2025, 9, 1, 8), "咨询", "C1", "13800138000", "张伟", dt.datetime(2025, 9, 1, 9)],
    ]
    tables = read(book(tmp_path, rows, ["A1:C1", "D1:E1", "F1:G1"]))
    assert tables.sources[0].columns["tickets.customer"] == "客户编号"
    assert column(tables, "agent") == ["张伟"]
    assert tables.sources[0].header_row == 2


def test_groups_tell_what_their_lower_words_leave_open(tmp_path: Path) -> None:
    """编号 stands under the ticket and under the customer, 工号 under the agent and under who inspects him."""
    rows = [
        ["工单信息", None, "客户信息", None, "客服", None, "质检", None],
        ["编号", "创建时间", "编号", "电话", "工号", "姓名", "工号", "姓名"],
        ["T0", dt.datetime(2025, 9, 1, 8), "C1", "139", "A1", "张伟", "Q1", "王芳"],
    ]
    tables = read(book(tmp_path, rows, ["A1:B1", "C1:D1", "E1:F1", "G1:H1"]))
    assert column(tables, "ticket_id") == ["T0"]
    assert column(tables, "customer") == ["C1"]
    assert column(tables, "agent") == ["A1"]
    assert [agent.name for agent in tables.agents] == ["张伟"]


def test_a_group_name_that_is_no_time_joins_nothing(tmp_path: Path) -> None:
    rows = [["工单编号", "客服", "时间", None], [None, None, "创建时间", "办结时间"], ["T0", "张伟", *ticket(0)[2:4]]]
    tables = read(book(tmp_path, rows, ["A1:A2", "B1:B2", "C1:D1"]))
    assert column(tables, "created_at") == [ticket(0)[2]]
    assert column(tables, "closed_at") == [ticket(0)[3]]


def test_the_same_two_rows_again_are_no_records(tmp_path: Path) -> None:
    tables = read(book(tmp_path, [UPPER, LOWER, RECORDS[0], UPPER, LOWER, RECORDS[1]], ["C1:D1", "E1:F1", "C4:D4", "E4:F4"]))
    assert column(tables, "created_at") == CREATED
    check_balance(tables)


# -- what is no header of two rows


def test_a_merged_name_over_records_is_one_row(tmp_path: Path) -> None:
    rows = [["工单编号", "客服", "客户", None, "创建时间"], ["T0", "张伟", "甲公司", "北京", dt.datetime(2025, 9, 1)]]
    tables = read(book(tmp_path, rows, ["C1:D1"]))
    assert tables.sources[0].header_row == 1
    assert column(tables, "ticket_id") == ["T0"]


def test_a_nameless_column_is_no_group(tmp_path: Path) -> None:
    tables = read(text(tmp_path, [["工单编号", "客服", None, "创建时间"], ["T0", "张伟", "甲", "2025-09-01"]]))
    assert tables.sources[0].rows_used == 1


@pytest.mark.parametrize(
    "above",
    [
        ["部门：客服部", None, None, "导出时间：2025-10-01 08:00", None],
        ["客服", "全部", "创建时间", "2025-09-01 至 2025-09-30", None],
        ["九月工单明细", None, None, None, None],
        ["客服", None, None, None, None],
    ],
)
def test_lines_above_a_header_are_no_groups(tmp_path: Path, above: list[str | None]) -> None:
    tables = read(text(tmp_path, [above, TICKETS, ticket(0)]))
    assert tables.sources[0].columns["tickets.created_at"] == "创建时间"
    assert tables.sources[0].header_row == 2
    assert codes(tables) == {}


def test_records_of_words_are_no_second_row() -> None:
    head = (("工号", "姓名", "", "岗位"), ("", "", "", "客服专员"))
    assert find_levels(head, 0, ()) is None


def test_a_header_of_one_row_is_as_before() -> None:
    header = find_header([TICKETS, ("T0", "张伟", "2025-09-01", "", "咨询")], None)
    assert header is not None
    assert (header.index, header.top, header.names, dict(header.groups)) == (0, 0, TICKETS, {})


# -- with a mapping file


def _mapping(folder: Path, columns: str, row: int | None = None) -> Path:
    path = folder / "m.toml"
    place = f"header_row = {row}\n" if row else ""
    path.write_text(f'[[export]]\nfile = "*"\n{place}[export.tickets]\ncolumns = {{ {columns} }}\n', encoding="utf-8")
    return path


@pytest.mark.parametrize("row", [None, 1, 2])
@pytest.mark.parametrize("created", ['"创建时间"', '["创建时间 日期", "创建时间 时间"]'])
def test_a_mapping_names_the_group_or_its_columns(tmp_path: Path, created: str, row: int | None) -> None:
    path = book(tmp_path, [UPPER, LOWER, *RECORDS], MERGED)
    tables = read(path, mapping=_mapping(tmp_path, f'ticket_id = "工单编号", created_at = {created}', row))
    assert column(tables, "created_at") == CREATED


def test_a_mapping_that_names_no_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="报修"):
        read(book(tmp_path, [UPPER, LOWER, *RECORDS], MERGED), mapping=_mapping(tmp_path, 'created_at = "报修"'))


def test_the_draft_means_the_same(tmp_path: Path) -> None:
    path = book(tmp_path, [["明细"], UPPER, LOWER, *RECORDS], ["C2:D2", "E2:F2"])
    mapping = tmp_path / "m.toml"
    mapping.write_text(draft_mapping([path]), encoding="utf-8")
    assert "header_row = 3" in mapping.read_text(encoding="utf-8")
    assert column(read(path, mapping=mapping), "created_at") == CREATED


def test_two_merged_titles_above_a_header_name_nothing(tmp_path: Path) -> None:
    rows = [["服务部报表", None, "制表：李四", None], ["工单编号", "姓名", "日期", "类型"], ["T0", "张伟", DAY, "咨询"]]
    tables = read(book(tmp_path, rows, ["A1:B1", "C1:D1"]))
    assert column(tables, "agent") == ["张伟"]
    assert column(tables, "created_at") == [dt.datetime(2025, 9, 1)]


@pytest.mark.parametrize(
    ("below", "cells", "created"),
    [
        (["星期", "日期", "时间"], ["星期一", DAY, CLOCK], CREATED[0]),
        (["时间", "日期", None], [CLOCK, DAY, None], CREATED[0]),
        (["日期", "时间", None], [DAY, dt.datetime(2025, 9, 1, 8, 3), None], CREATED[0]),
        (["年月日", "时分秒", None], [DAY, "8:03", None], CREATED[0]),
        (["date", "time", None], ["2025/9/1", "8:03 AM", None], CREATED[0]),
    ],
)
def test_the_values_tell_which_is_the_date(tmp_path: Path, below: Row, cells: Row, created: dt.datetime) -> None:
    rows = [["工单编号", "客服", "创建时间", None, None], [None, None, *below], ["T0", "张伟", *cells]]
    tables = read(book(tmp_path, rows, ["A1:A2", "B1:B2", "C1:E1"]))
    assert column(tables, "created_at") == [created]


def test_other_columns_of_a_group_are_no_part_of_its_time(tmp_path: Path) -> None:
    rows = [["客服", "评价", None, None], [None, "时间", "评分", "结果"], ["张伟", dt.datetime(2025, 9, 1, 8), 5, "满意"]]
    tables = read(book(tmp_path, rows, ["A1:A2", "B1:D1"]))
    assert column(tables, "rated_at", "ratings") == [dt.datetime(2025, 9, 1, 8)]
    assert column(tables, "rating", "ratings") == [5]
    assert column(tables, "label", "ratings") == ["满意"]


def test_group_names_repeated_over_their_columns(tmp_path: Path) -> None:
    upper = ["工单编号", "客服", "创建时间", "创建时间", "办结时间", "办结时间", "工单类型"]
    lower = ["工单编号", "客服", "日期", "时间", "日期", "时间", "工单类型"]
    assert column(read(text(tmp_path, [upper, lower, *RECORDS])), "created_at") == CREATED


def test_two_rows_below_a_row_of_containers(tmp_path: Path) -> None:
    top = ["基本信息", None, "处理信息", None, None, None, None]
    tables = read(book(tmp_path, [top, UPPER, LOWER, *RECORDS], ["A1:B1", "C1:G1", "C2:D2", "E2:F2"]))
    assert column(tables, "created_at") == CREATED
    assert tables.sources[0].header_row == 3
