"""Text in any usual encoding and shape, workbooks of any shape: the same rows come out, with their row numbers."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.exports import read_exports
from kpi_xl.exports.files import transcode
from kpi_xl.exports.files.csv_source import has_blank_lines, records

from .files import HEADER, NOW, ROW, check_balance, codes, column, workbook, write

SECOND = "T002,李䶮,二组,C2,2025/9/2 9:00,,是"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    tables = read_exports([write(tmp_path, HEADER, ROW, SECOND, encoding=encoding, end=end)], now=NOW)
    assert column(tables, "agent") == ["张伟", "李䶮"]
    assert column(tables, "row") == [2, 3]
    assert column(tables, "ticket_id") == ["T001", "T002"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    lines = [line.replace(",", delimiter) for line in (HEADER, ROW)]
    assert column(read_exports([write(tmp_path, *lines, name="工单.tsv")], now=NOW), "agent") == ["张伟"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("工單編號,客服,建立時間\nT1,陳小明,2025/9/1\n" * 20, "big5"),
        ("工单,客服\nテスト,カタカナひらがな\n" * 20, "shift_jis"),
        ("номер,агент\nодин,два три\n" * 20, "cp1251"),
    ],
)
def test_a_wrong_guess_is_refused_not_garbled(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "工单.csv"
    path.write_bytes(text.encode(encoding, "ignore"))
    with pytest.raises(KpiError, match="编码") as refused:
        read_exports([path], now=NOW)
    assert 'encoding = "' in refused.value.remedy.zh


@pytest.mark.parametrize("said", ["gbk", "GB2312", "cp936", "gb18030"])
def test_gbk_in_the_mapping_means_the_whole_of_gb18030(tmp_path: Path, said: str) -> None:
    path = write(tmp_path, HEADER, ROW.replace("张伟", "李䶮"), encoding="gb18030")
    mapping = tmp_path / "m.toml"
    mapping.write_text(f'[[export]]\nencoding = "{said}"\n', encoding="utf-8")
    assert column(read_exports([path], mapping=mapping, now=NOW), "agent") == ["李䶮"]


def test_the_mapping_names_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "工单.csv"
    path.write_bytes("工單編號,客服,建立時間\nT1,陳小明,2025/9/1\n".encode("big5"))
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[[export]]\nencoding = "big5"\n[export.tickets]\ncolumns = { ticket_id = "工單編號", created_at = "建立時間" }\n',
        encoding="utf-8",
    )
    assert column(read_exports([path], mapping=mapping, now=NOW), "agent") == ["陳小明"]
    mapping.write_text('[[export]]\nencoding = "utf-8"\n', encoding="utf-8")
    with pytest.raises(KpiError, match="utf-8"):
        read_exports([path], mapping=mapping, now=NOW)


def test_chinese_that_comes_late(tmp_path: Path) -> None:
    ascii_rows = [f"T{i},A{i % 9},2025/9/1 8:00,{'x' * 60}" for i in range(20_000)]
    path = write(
        tmp_path, "ticket_id,agent,created_at,note", *ascii_rows, "T99999,张伟,2025/9/1 8:00,客户说明", encoding="gb18030"
    )
    tables = read_exports([path], now=NOW)
    assert column(tables, "agent")[-1] == "张伟"
    assert tables.sources[0].encoding == "gb18030"


def test_title_rows_empty_columns_and_totals(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "工单明细（2025年9月）",
        "",
        "工单编号,,客服,创建时间,,备注",
        "001,,张伟,2025/9/1,,a",
        "",
        "002,,李娜,2025/9/2,,b",
        "合计,,2条,,,",
        "",
        "",
    )
    tables = read_exports([path], now=NOW)
    assert column(tables, "ticket_id") == ["001", "002"]
    assert column(tables, "row") == [4, 6]
    assert tables.sources[0].header_row == 3
    assert codes(tables) == {"blank": 1, "total_row": 1}
    check_balance(tables)


def test_repeated_headers_get_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,创建时间,客户,客户", "T1,张伟,2025/9/1,甲,乙")
    assert column(read_exports([path], now=NOW), "customer") == ["甲"]
    assert codes(read_exports([path], now=NOW)) == {"repeated_header": 1}
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[export]]\n[export.tickets]\ncolumns = { customer = "客户_2" }\n', encoding="utf-8")
    assert column(read_exports([path], mapping=mapping, now=NOW), "customer") == ["乙"]


def test_line_breaks_commas_and_quotes_inside_values(tmp_path: Path) -> None:
    path = write(tmp_path, "备注,工单编号,客服,创建时间", '"第一行\n\n第三行, 有""引号""",T1,张伟,2025/9/1', "x,T2,李娜,2025/9/2")
    tables = read_exports([path], now=NOW)
    assert column(tables, "ticket_id") == ["T1", "T2"]
    assert column(tables, "row") == [2, 3]


def test_a_stray_quote_costs_one_row(tmp_path: Path) -> None:
    rows = [f"T{i},张伟,2025/9/1" for i in range(300)]
    rows[7] = '"T7,张伟,2025/9/1'
    rows[200] = 'T200,"张"伟,2025/9/1'
    tables = read_exports([write(tmp_path, "工单编号,客服,创建时间", *rows)], now=NOW)
    assert tables.sources[0].rows_used == 298
    assert [(i.row, i.value) for i in tables.issues()] == [(9, rows[7]), (202, rows[200])]
    check_balance(tables)


def test_rows_that_do_not_fit_the_header(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "工单编号,客服,创建时间,",
        "T1,张伟,2025/9/1",
        "T2,张伟",
        "T3,张伟,2025/9/1,,",
        "T4,张伟,2025/9/1,,多",
        "T5,张伟,2025/9/1,",
    )
    tables = read_exports([path], now=NOW)
    assert column(tables, "ticket_id") == ["T1", "T3", "T5"]
    assert [i.row for i in tables.issues()] == [3, 5]
    check_balance(tables)


def test_mixed_line_ends_and_nul(tmp_path: Path) -> None:
    path = tmp_path / "工单.csv"
    path.write_bytes("工单编号,客服,创建时间\r\nT1,张伟,2025/9/1\nT2,李\0娜,2025/9/2\r\n".encode())
    tables = read_exports([path], now=NOW)
    assert column(tables, "ticket_id") == ["T1", "T2"]


def test_several_sheets(tmp_path: Path) -> None:
    head, row = HEADER.split(","), ROW.split(",")
    sheets = {"九月": [head, row], "说明": [["本表由系统导出"]], "十月": [["工单明细"], head, ["T009", *row[1:]]]}
    path = workbook(tmp_path, sheets)
    tables = read_exports([path], now=NOW)
    assert [(s.sheet, s.header_row) for s in tables.sources] == [("九月", 1), ("十月", 2)]
    assert column(tables, "ticket_id") == ["T001", "T009"]
    ignored = next(i for i in tables.issues() if i.code == "ignored_sheet")
    assert ignored.sheet == "说明"


def test_gaps_above_and_beside_keep_row_numbers(tmp_path: Path) -> None:
    blank = [None] * 7
    path = workbook(
        tmp_path, {"S": [blank, blank, [None, *HEADER.split(",")], [None, *ROW.split(",")], blank, [None, *SECOND.split(",")]]}
    )
    tables = read_exports([path], now=NOW)
    assert column(tables, "row") == [4, 6]
    check_balance(tables)


def test_a_roster_sheet_beside_the_tickets(tmp_path: Path) -> None:
    people = [["工号", "姓名", "班组", "岗位", "入职日期"], ["007", "张伟", "一组", "客服", dt.date(2020, 1, 2)]]
    tables = read_exports([workbook(tmp_path, {"工单": [HEADER.split(","), ROW.split(",")], "花名册": people})], now=NOW)
    assert tables.people[0].joined_on == dt.date(2020, 1, 2)
    assert column(tables, "agent") == ["007"]


def test_big_gb18030_files_are_decoded_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcode, "_SHARED_FROM", 4000)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    text = "".join(f"T{i},李䶮,客户{i}\n" for i in range(2000))
    source, target = tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_bytes(text.encode("gb18030"))
    transcode.transcode(source, "gb18030", target)
    assert target.read_text(encoding="utf-8") == text
    source.write_bytes(text.encode("gb18030")[:-9] + b"\xff\xff\n")
    with pytest.raises(UnicodeError):
        transcode.transcode(source, "gb18030", target)


def test_records_are_those_of_the_standard_library_where_the_file_is_clean() -> None:
    lines = ['a,"b ""q"" , c",d\n', '"x\n', 'y",2,3\n', ",,\n"]
    assert [fields for fields, _ in records(iter(lines), ",")] == [["a", 'b "q" , c', "d"], ["x\ny", "2", "3"], ["", "", ""]]


@pytest.mark.parametrize(
    ("text", "blank"), [("a\nb\n\n\n", False), ("a\n\nb\n", True), ("a\r\n\r\nb", True), ("a\r\nb\r\n", False), ("a\r\rb", True)]
)
def test_blank_lines(tmp_path: Path, text: str, blank: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    assert has_blank_lines(path) is blank


def test_unusable_files_are_named_together(tmp_path: Path) -> None:
    empty = tmp_path / "空.csv"
    empty.write_bytes(b"")
    strange = write(tmp_path, "甲,乙,丙", "1,2,3", name="怪.csv")
    with pytest.raises(KpiError, match="2 个文件") as refused:
        read_exports([empty, write(tmp_path, HEADER, ROW), strange], now=NOW)
    assert [p.where for p in refused.value.problems] == ["空.csv", "怪.csv"]


def test_no_files() -> None:
    with pytest.raises(KpiError, match="没有给出"):
        read_exports([])


def test_the_connection_is_closed_to_the_outside(tmp_path: Path) -> None:
    tables = read_exports([write(tmp_path, HEADER, ROW)], now=NOW)
    with pytest.raises(Exception, match=r"disabled|Permission"):
        tables.connection.execute(f"SELECT * FROM read_csv('{tmp_path / '工单.csv'}')")
    assert tables.connection.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)


def test_files_read_at_the_same_time_keep_their_order(tmp_path: Path) -> None:
    """However long each takes: sources, rows and refusals come in the order in which the files were given."""
    paths = []
    for number, encoding in enumerate(("gb18030", "utf-8", "utf-16", "utf-8-sig", "gb18030", "utf-8")):
        gap = [""] if number % 2 else []  # blank lines are the slow way
        rows = [f"T{number}{i:04d},张伟{number},一组,C1,2025/9/1 8:03,,否" for i in range(500 - 90 * number)]
        paths.append(write(tmp_path, HEADER, rows[0], *gap, *rows[1:], name=f"{number}.csv", encoding=encoding))
    rows = {name: [HEADER.split(","), f"T9{name},李娜,一组,C1,2025/9/1 8:03,,否".split(",")] for name in ("甲", "乙")}
    paths.insert(1, workbook(tmp_path, {**rows, "空": []}, name="b.xlsx"))
    tables = read_exports(paths, now=NOW)
    names = [path.name for path in paths]
    assert [s.file for s in tables.sources] == ["0.csv", "b.xlsx", "b.xlsx", *names[2:]]
    for place, source in enumerate(tables.sources):
        own = tables.connection.execute(f"SELECT ticket_id, row FROM tickets WHERE source = {place} ORDER BY row").fetchall()
        assert len(own) == source.rows_used
        assert own[0][0][1] == ("9" if source.sheet else source.file[0])
    assert [(i.file, i.value or i.sheet) for i in tables.issues() if i.code == "ignored_sheet"] == [("b.xlsx", "空")]
    check_balance(tables)
    for broken in (0, 4):
        paths[broken].write_bytes(b"")
    with pytest.raises(KpiError, match="有 2 个文件不能用") as refused:
        read_exports(paths, now=NOW)
    assert [problem.where for problem in refused.value.problems] == ["0.csv", "3.csv"]


def test_rows_of_a_large_file_keep_their_places(tmp_path: Path) -> None:
    """DuckDB reads a file of more than one buffer in parallel; the row numbers must not depend on which part comes first."""
    kinds = ["咨询", "投诉", "安装", "维修", "退货", "换货", "回访", "其他"]
    padding = "x" * 900
    lines = [f"T{i:06d},张伟{i % 7},{kinds[i % 8]},2025/9/1 8:{i % 60:02d},{padding}" for i in range(80_000)]
    lines[3] = lines[3].replace("张伟3", " 张伟3 ")
    path = write(tmp_path, "工单编号,客服,工单类型,创建时间,备注", *lines)
    assert path.stat().st_size > 2 * 33_554_432
    for export in ([path], [path, write(tmp_path, HEADER, ROW, name="b.csv")]):
        tables = read_exports(export, now=NOW)
        strays = "SELECT count(*) FROM tickets WHERE source = 0 AND row <> CAST(ticket_id[2:] AS INTEGER) + 2"
        assert tables.connection.execute(strays).fetchone() == (0,)


def test_a_name_of_stray_bytes_is_shown_in_sound_text(tmp_path: Path) -> None:
    """Archives packed in China hold names in GB 18030; DuckDB, consoles and run.json take sound text only."""
    good, empty = tmp_path / os.fsdecode("工单.csv".encode("gb18030")), tmp_path / os.fsdecode("空.csv".encode("gb18030"))
    try:
        write(tmp_path, HEADER, ROW, ROW.replace("张伟", "")).rename(good)
    except OSError:
        pytest.skip("this file system takes sound names only")
    tables = read_exports([good], now=NOW)
    assert tables.sources[0].file == "工单.csv"
    assert {issue.file for issue in tables.issues()} == {"工单.csv"}
    empty.touch()
    with pytest.raises(KpiError) as refused:
        read_exports([empty], now=NOW)
    refused.value.in_language("zh").encode("utf-8")
