"""The sheet as it stands: number formats, merged areas, what is hidden, formulas that nobody computed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.errors import KpiError
from kpi_xl.exports import open_sheets
from kpi_xl.exports.files.excel_child import old_durations
from kpi_xl.exports.files.number_formats import renderer, shape_of
from kpi_xl.exports.model import Tables

from .books import CALLS, TICKETS, book, call, formats, read, rewrite, ticket
from .files import check_balance, codes, column, workbook


def cells(folder: Path, values: dict[str, tuple[object, str]], *, epoch: dt.datetime | None = None) -> dict[str, str]:
    """Return what is read of single cells of one sheet, each a value in a number format."""
    made = openpyxl.Workbook()
    if epoch is not None:
        made.epoch = epoch
    sheet = made.worksheets[0]
    sheet["A1"] = "x"
    for address, (value, code) in values.items():
        sheet[address] = value
        sheet[address].number_format = code
    path = folder / "cells.xlsx"
    made.save(path)
    (folder / "work").mkdir()
    (read_sheet,) = open_sheets(path, folder / "work")
    return {a: read_sheet.head[sheet[a].row - 1][sheet[a].column - 1] for a in values}


# -- number formats


@pytest.mark.parametrize(
    ("value", "code", "seen"),
    [
        (0.9, "0%", "90%"),
        (0.905, "0%", "90.5%"),  # what the cell holds, not what is left of it by rounding
        (0.3, "0.00%", "30%"),
        (1, "0%", "100%"),
        (-0.05, "0.0%;[Red]-0.0%", "-5%"),
        (0.0000001, "0%", "0.00001%"),
        (0.9, '0.0"%"', "0.9"),  # a literal sign
        (12, "000000", "000012"),
        (1234567, "000000", "1234567"),
        (12, '"GD"00000', "GD00012"),
        (12, r"\A0000;;", "A0012"),
        (20250901, "0000-00-00", "2025-09-01"),
        (80503, '00":"00":"00', "08:05:03"),
        (13800138000, "000-0000-0000", "13800138000"),  # grouped for the eye: other files have it without
        (12.5, "000000", "12.5"),
        (12, "0", "12"),
        (12, "0.00", "12"),
        (12, "#,##0", "12"),
        (1.5, "hh:mm:ss", "36:00:00"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (1.5, "[$-804]h:mm;@", "36:00:00"),
        (1.5, 'h"时"mm"分"', "36:00:00"),
        (2, "mm:ss", "48:00:00"),
        (59.5, "h:mm", "1428:00:00"),
        (60.5, "h:mm", "1452:00:00"),  # the 29 February 1900 of Excel
        (61.5, "h:mm", "1476:00:00"),
        (-0.5, "h:mm", "-12:00:00"),
        (0.25, "h:mm", "06:00:00"),
        (45901.25, "h:mm", "2025-09-01 06:00:00"),  # a point in time of which only the clock is shown
        (45901, "yyyy-mm-dd", "2025-09-01"),
        (123456789012345, "0", "123456789012345"),
        (1234567890123456, "0", "1.234567890123456E+15"),
        (202509010001234567, "0", "2.025090100012346E+17"),
        (1e18, "General", "1E+18"),
        ("0.9", "0%", "0.9"),  # a text has no format
    ],
)
def test_a_cell_is_read_as_it_is_seen(tmp_path: Path, value: object, code: str, seen: str) -> None:
    assert cells(tmp_path, {"C3": (value, code)}) == {"C3": seen}


@pytest.mark.parametrize("number", [1.5, 59.25, 60.25, 400.5])
def test_durations_do_not_depend_on_the_date_system(tmp_path: Path, number: float) -> None:
    seconds = round(number * 86400)
    shown = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    assert cells(tmp_path, {"B2": (number, "h:mm:ss")}, epoch=CALENDAR_MAC_1904) == {"B2": shown}


def test_formats_hold_for_their_own_cells_only(tmp_path: Path) -> None:
    mixed = {"B2": (0.5, "0%"), "B3": (0.5, "0.0"), "B5": (0.5, "0%"), "C3": (7, "000"), "D9": (7, "0000"), "A4": (7, "0")}
    assert cells(tmp_path, mixed) == {"B2": "50%", "B3": "0.5", "B5": "50%", "C3": "007", "D9": "0007", "A4": "7"}


def test_the_first_filled_column_need_not_be_the_first(tmp_path: Path) -> None:
    path = book(tmp_path, [], change=lambda sheet: _far(sheet))
    (sheet,) = open_sheets(path, _made(tmp_path))
    assert sheet.head[4:] == (("工号", "比例"), ("000012", "50%"))


def _far(sheet: Worksheet) -> None:
    sheet["D5"], sheet["E5"], sheet["D6"], sheet["E6"] = "工号", "比例", 12, 0.5
    sheet["D6"].number_format, sheet["E6"].number_format = "000000", "0%"


def _made(folder: Path) -> Path:
    work = folder / "work"
    work.mkdir()
    return work


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r'<c r="(\w+)" s="(\d+)"', r'<c s="\2" r="\1"'),  # attributes in another order
        (r' r="[A-Z]+\d+"', ""),  # cells that do not say where they are
        (r"<(/?)(row|c|v|f|is|t|sheetData|worksheet|dimension|sheetViews)\b", r"<\1x:\2"),
    ],
)
def test_other_programs_write_the_same_otherwise(tmp_path: Path, pattern: str, replacement: str) -> None:
    rows = [["工号", "姓名", "比例", "时长"], [12, "张伟", 0.9, 1.5], [13, "李娜", 0.8, 0.25]]
    shapes = {"A2": "000000", "A3": "000000", "C2": "0%", "C3": "0%", "D2": "hh:mm", "D3": "hh:mm"}
    path = book(tmp_path, rows, change=formats(shapes))
    if "x:" in replacement:
        rewrite(path, "xl/worksheets/sheet1.xml", "<worksheet xmlns=", "<worksheet xmlns:x=")
        pattern = r"<(/?)(?=[a-zA-Z])"
        replacement = r"<\1x:"
    rewrite(path, "xl/worksheets/sheet1.xml", pattern, replacement)
    (sheet,) = open_sheets(path, _made(tmp_path))
    assert sheet.head[1:] == (("000012", "张伟", "90%", "36:00:00"), ("000013", "李娜", "80%", "06:00:00"))


def test_many_rows_keep_their_formats(tmp_path: Path) -> None:
    """More than a piece of the sheet's part, which is read in pieces."""
    rows = [["工号", "备注", "比例"], *[[number, "备" * 200, number / 10_000] for number in range(9000)]]
    path = book(
        tmp_path,
        rows,
        change=formats({f"A{row}": "000000" for row in range(2, 9002)} | {f"C{row}": "0%" for row in range(2, 9002)}),
    )
    (sheet,) = open_sheets(path, _made(tmp_path))
    read_rows = sheet.path.read_text(encoding="utf-8").splitlines()[1:]
    assert all(row.startswith(f"{number:06d},") and row.endswith("%") for number, row in enumerate(read_rows))
    assert len(read_rows) == 9000


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("0%", "percent"),
        ("0.00%_ ", "percent"),
        ('"约"0%', "percent"),
        ("General", None),
        ("", None),
        ("@", None),
        ("yyyy/m/d h:mm", None),
        ('yyyy"年"m"月"', None),
        ("m/d", None),
        ("[mm]:ss", None),
        ("0.00E+00", None),
        ("#,##0.00_);[Red](#,##0.00)", None),
        ('_ "¥"* #,##0_ ', None),
        ("上午/下午h:mm", "clock"),
        ("h:mm AM/PM", "clock"),
        ("mm:ss.0;@", "clock"),
        ("00", "zeros"),
        ("000-00", "zeros"),
        ("[<1000]000;0", "zeros"),
    ],
)
def test_what_formats_mean(code: str, kind: str | None) -> None:
    shape = shape_of(code)
    assert (shape.kind if shape else None) == kind


def test_zeros_with_too_many_digits_keep_them_all() -> None:
    shape = shape_of('"A"00"-"00')
    assert shape is not None
    assert renderer(shape)(123456) == "A1234-56"


def test_zeros_of_the_format_belong_to_the_id(tmp_path: Path) -> None:
    rows = [["工单编号", "客服工号", *TICKETS[2:]], *[[f"T{n}", 12, *ticket(n)[2:]] for n in range(2)]]
    path = book(tmp_path, rows, change=formats({"B2": "000000", "B3": "000000"}))
    assert column(read(path), "agent") == ["000012", "000012"]


def test_a_call_of_more_than_a_day(tmp_path: Path) -> None:
    rows = [CALLS, call(1, 1.5), call(2, 1), call(3, 143 / 86400)]
    path = book(tmp_path, rows, change=formats({"F2": "hh:mm:ss", "F3": "[h]:mm:ss", "F4": "hh:mm:ss"}))
    tables = read(path)
    assert column(tables, "talk_seconds", "calls") == [129_600, 86_400, 143]
    assert not tables.issues()


def test_hand_written_clocks_are_rounded_to_the_second(tmp_path: Path) -> None:
    assert cells(tmp_path, {"B1": (0.3354166666666666, "h:mm:ss")}) == {"B1": "08:03:00"}


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (dt.datetime(1900, 1, 1, 12), "36:00:00"),
        (dt.date(1900, 1, 1), "24:00:00"),
        (dt.datetime(1900, 3, 1, 6), "1470:00:00"),
        (dt.datetime(2025, 9, 1, 8), "kept"),
        (0.5, "kept"),
    ],
)
def test_xls_tells_no_formats_but_nothing_happened_before_1904(value: object, seen: str) -> None:
    row = ["kept"]
    old_durations([value], row)
    assert row == [seen]


# -- merged areas


def test_merged_cells_hold_for_all_their_rows(tmp_path: Path) -> None:
    rows = [TICKETS, *[ticket(n, ("张伟", None, None, "李娜", None, "王芳")[n]) for n in range(6)]]
    tables = read(book(tmp_path, rows, ["B2:B4", "B5:B6"]))
    assert column(tables, "agent") == ["张伟", "张伟", "张伟", "李娜", "李娜", "王芳"]
    assert not tables.issues()


def test_merged_cells_hold_across(tmp_path: Path) -> None:
    rows = [
        [*TICKETS, "班组", "区域"],
        [*ticket(0), "华东", None],
        [*ticket(1), None, None],
        [*ticket(2, "李娜"), "二组", "华北"],
    ]
    tables = read(book(tmp_path, rows, ["F2:G3"]))
    assert column(tables, "team") == ["华东", "华东", "二组"]
    assert column(tables, "region") == ["华东", "华东", "华北"]


def test_blank_cells_that_are_not_merged_stay_blank(tmp_path: Path) -> None:
    tables = read(book(tmp_path, [TICKETS, ticket(0), ticket(1, None), ticket(2)], ["E2:E4"]))
    assert codes(tables) == {"no_agent": 1}


def test_merged_roster(tmp_path: Path) -> None:
    rows = [
        ["班组", "工号", "姓名", "岗位"],
        ["一组", "A1", "张伟", "客服"],
        [None, "A2", "李娜", "客服"],
        ["二组", "A3", "王芳", "客服"],
    ]
    roster = book(tmp_path, rows, ["A2:A3"], name="花名册.xlsx")
    tables = read(book(tmp_path, [TICKETS, ticket(0)]), roster=roster)
    assert [(p.id, p.team) for p in tables.people] == [("A1", "一组"), ("A2", "一组"), ("A3", "二组")]


def test_records_merged_over_two_rows_count_once(tmp_path: Path) -> None:
    rows = [TICKETS, ticket(0), [None] * 5, ticket(1), [None] * 5]
    tables = read(book(tmp_path, rows, [f"{letter}{row}:{letter}{row + 1}" for letter in "ABCDE" for row in (2, 4)]))
    assert column(tables, "ticket_id") == ["T0", "T1"]
    check_balance(tables)


@pytest.mark.parametrize("area", ["A1:E1", "A1:C1", "A1:B2", "A1:E3", "B1:E1"])
def test_a_merged_title_is_no_header(tmp_path: Path, area: str) -> None:
    top = openpyxl.utils.range_boundaries(area)
    lines = [[None] * 5 for _ in range(top[3] or 1)]
    lines[0][(top[0] or 1) - 1] = "客服工单明细表"
    tables = read(book(tmp_path, [*lines, TICKETS, ticket(0)], [area]))
    assert column(tables, "ticket_id") == ["T0"]
    assert tables.sources[0].header_row == len(lines) + 1


def test_notes_and_totals_that_are_merged_across_make_no_record(tmp_path: Path) -> None:
    note, total = ["备注：以上为九月的数据", None, None, None, None], ["合计", None, None, None, 2]
    roster = [
        ["工号", "姓名", "班组", "岗位"],
        ["A1", "张伟", "一组", "客服"],
        ["说明：含试用期人员", None, None, None],
        ["合计", None, None, 1],
    ]
    tables = read(
        book(tmp_path, [TICKETS, ticket(0), total, note], ["A3:D3", "A4:E4"]),
        roster=book(tmp_path, roster, ["A3:D3", "A4:C4"], name="花名册.xlsx"),
    )
    assert column(tables, "ticket_id") == ["T0"]
    assert [p.id for p in tables.people] == ["A1"]


def test_a_merged_area_without_end_is_harmless(tmp_path: Path) -> None:
    path = book(tmp_path, [TICKETS, ticket(0), ticket(1)], ["G2:H3"])
    rewrite(path, "xl/worksheets/sheet1.xml", "G2:H3", "B2:XFD1048576")
    tables = read(path)
    assert column(tables, "ticket_id") == ["T0", "T1"]


# -- what is hidden


def _hide(sheet: Worksheet) -> None:
    for row in (1, 3, 4, 6):
        sheet.row_dimensions[row].hidden = True
    sheet.column_dimensions["E"].hidden = True
    sheet.column_dimensions["H"].hidden = True


def test_hidden_rows_and_columns_count_and_are_told(tmp_path: Path) -> None:
    tables = read(book(tmp_path, [TICKETS, *map(ticket, range(5))], change=_hide))
    assert tables.sources[0].rows_used == 5
    told = {issue.code: (issue.row, issue.value, issue.count) for issue in tables.issues()}
    assert told == {"hidden_rows": (3, None, 3), "hidden_columns": (None, "工单类型", 1)}
    check_balance(tables)


def test_a_filter_that_hides_rows_is_told(tmp_path: Path) -> None:
    def filtered(sheet: Worksheet) -> None:
        sheet.auto_filter.ref = "A1:E5"
        sheet.auto_filter.add_filter_column(1, ["张伟"])
        sheet.row_dimensions[4].hidden = True

    tables = read(book(tmp_path, [TICKETS, *map(ticket, range(4))], change=filtered))
    assert [(i.code, i.row, i.count) for i in tables.issues()] == [("hidden_rows", 4, 1)]


def test_nothing_is_told_where_nothing_is_hidden(tmp_path: Path) -> None:
    def plain(sheet: Worksheet) -> None:
        sheet.row_dimensions[2].height = 30
        sheet.column_dimensions["A"].width = 20

    assert not read(book(tmp_path, [TICKETS, ticket(0)], change=plain)).issues()


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_told_with_its_rows(tmp_path: Path, state: str) -> None:
    path = workbook(tmp_path, {"九月": [TICKETS, ticket(0)], "八月": [TICKETS, ticket(1), ticket(2)], "空": []})
    made = openpyxl.load_workbook(path)
    made["八月"].sheet_state = state  # type: ignore[assignment]
    made["空"].sheet_state = state  # type: ignore[assignment]
    made.save(path)
    tables = read(path)
    assert column(tables, "ticket_id") == ["T0"]
    assert [(i.code, i.sheet, i.count) for i in tables.issues()] == [("hidden_sheet", "八月", 3), ("ignored_sheet", "空", 1)]


def test_a_workbook_with_hidden_sheets_only_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"说明": [], "数据": [TICKETS, ticket(0)]})
    made = openpyxl.load_workbook(path)
    made["数据"].sheet_state = "hidden"
    made.save(path)
    with pytest.raises(KpiError, match=r"隐藏的工作表.*数据"):
        read(path)


# -- formulas without a result


def _with(cell_formulas: dict[str, str], rows: int = 3) -> list[list[object]]:
    table = [list(TICKETS), *map(ticket, range(rows))]
    for address, formula in cell_formulas.items():
        table[int(address[1:]) - 1][ord(address[0]) - 65] = formula
    return table


@pytest.mark.parametrize("address", ["A2", "B3", "D4"])
def test_a_formula_without_a_result_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(KpiError, match="用 Excel 或 WPS 打开并保存") as refused:
        read(book(tmp_path, _with({address: '="T"&ROW()'})))
    assert address in refused.value.message.zh
    assert "Sheet" in str(refused.value)


def test_a_sheet_of_formulas_only_is_refused_for_that(tmp_path: Path) -> None:
    formulas = [[f"=数据!{letter}{row}" for letter in "ABCDE"] for row in range(1, 4)]
    with pytest.raises(KpiError, match="用 Excel 或 WPS 打开并保存"):
        read(book(tmp_path, formulas))


def test_formulas_of_a_roster_are_refused_too(tmp_path: Path) -> None:
    roster = book(tmp_path, [["工号", "姓名", "岗位"], ["A1", '="张"&"伟"', "客服"]], name="花名册.xlsx")
    with pytest.raises(KpiError, match=r"花名册.*公式"):
        read(book(tmp_path, [TICKETS, ticket(0)]), roster=roster)


def test_totals_and_titles_of_formulas_do_not_matter(tmp_path: Path) -> None:
    rows = [['="工单明细"', None, None, None, None], *_with({}), ["合计", None, "=COUNTA(A3:A5)", None, None]]
    tables = read(book(tmp_path, rows))
    assert tables.sources[0].rows_used == 3
    check_balance(tables)


def test_other_sheets_may_hold_any_formula(tmp_path: Path) -> None:
    tables = read(workbook(tmp_path, {"明细": _with({}), "统计": [["数量"], ["=COUNTA(明细!A:A)-1"]]}))
    assert tables.sources[0].rows_used == 3


@pytest.mark.parametrize(
    ("written", "refused"),
    [
        ("<f>1+1</f><v>2</v>", False),
        ("<f>1+1</f><v>0</v>", True),  # XlsxWriter: all results are 0, and Excel is asked to compute them
        ("<f>1+1</f><v/>", True),
        ("<f>1+1</f>", True),
        ('<f t="shared" si="0"/>', True),
        ('<f t="shared" ref="E2" si="0">1+1</f><v>3</v>', False),
    ],
)
def test_which_results_count_as_computed(tmp_path: Path, written: str, refused: bool) -> None:
    path = book(tmp_path, _with({"E2": "=1+1"}))
    rewrite(path, "xl/worksheets/sheet1.xml", r"<f>1\+1</f><v ?/?>(</v>)?", written)
    if refused:
        with pytest.raises(KpiError, match=r"E2.*公式"):
            read(path)
    else:
        assert _kinds(read(path))[1:] == ["咨询", "咨询"]


def test_an_empty_text_is_a_result(tmp_path: Path) -> None:
    path = book(tmp_path, _with({"E2": '=""'}))
    rewrite(
        path, "xl/worksheets/sheet1.xml", r'<c r="E2"( t="\w+")?><f>""</f><v ?/?>(</v>)?', '<c r="E2" t="str"><f>""</f><v></v>'
    )
    assert _kinds(read(path)) == [None, "咨询", "咨询"]


def _kinds(tables: Tables) -> list[object]:
    return column(tables, "kind")
