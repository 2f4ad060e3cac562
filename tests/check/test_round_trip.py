"""What HR chooses in 导入检查.xlsx is worth the same as a mapping file in TOML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.check.book import check_book
from kpi_xl.check.build import _decisions
from kpi_xl.check.model import Check, Request
from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import KpiError, Text
from kpi_xl.exports import read_exports
from kpi_xl.exports.columns.mapping import MappingFile, read_mapping
from kpi_xl.exports.decision_kinds import DECISION_KINDS

from ..exports.files import NOW, write
from .books import checked, choose, department, lines, row_of
from .questions import SCALE, Asked, asking

MOMENT = dt.datetime(2025, 10, 8, 9, 30)
_TABLES = {"column": ("tickets", "closed_at"), "unit": ("calls", "talk_seconds"), "percent": ("quality", "score")}


def decision(code: str, ground: Ground = "open", answer: str | None = None) -> Decision:
    table, column = _TABLES.get(code, ("ratings", "rating"))
    kind = DECISION_KINDS[code]
    detail = '还行.吧 "1"' if "{detail}" in kind.setting else ""
    return Decision(kind, ground, Text("证据", "evidence"), answer, "导出.xlsx", "九月", table, column, "某列", detail=detail)


def book(folder: Path, *decisions: Decision) -> Path:
    """Write the workbook for decisions about files that are not there."""
    rows = _decisions(decisions, {}, None)
    path = folder / "导入检查.xlsx"
    path.write_bytes(check_book(Check(Request((), MOMENT), (), rows, (), (), (), (), (), ())))
    return path


def toml(folder: Path, text: str) -> Path:
    path = folder / "映射.toml"
    path.write_text(text, encoding="utf-8")
    return path


def same(one: MappingFile, other: MappingFile) -> bool:
    return (one.entries, one.time_zone, one.month_starts, one.basis) == (
        other.entries, other.time_zone, other.month_starts, other.basis,
    )  # fmt: skip


def answers() -> Iterator[tuple[str, str, str]]:
    """Every kind with what may be typed and the word that it means."""
    for code, kind in DECISION_KINDS.items():
        for option in kind.options:
            yield code, option.label.zh, option.word
            yield code, option.word, option.word
    yield from (("scale", "10", "10"), ("month_starts", "26", "26"), ("time_zone", "Asia/Urumqi", "Asia/Urumqi"))
    yield from (("column", "完成时间", "完成时间"), ("call_status", "外呼结果", "外呼结果"))


@pytest.mark.parametrize(("code", "typed", "word"), list(answers()))
def test_an_answer_is_worth_its_line(tmp_path: Path, code: str, typed: str, word: str) -> None:
    asked = decision(code)
    path = choose(book(tmp_path, asked), "口径确认", "您的决定", int(typed) if typed.isdigit() else typed, 情况="待确认")
    line = asked.line(word)
    text = line if "[[export]]" in line else f'{line}\n[[export]]\nfile = "*"\n'
    found, wanted = read_mapping(path), read_mapping(toml(tmp_path, text))
    assert same(
        found, wanted if "[[export]]" in line else MappingFile("", (), (), wanted.time_zone, wanted.month_starts, wanted.basis)
    )


@pytest.mark.parametrize("code", list(DECISION_KINDS))
@pytest.mark.parametrize("ground", ["open", "guess", "read"])
def test_given_back_as_it_was_made_it_declares_nothing(tmp_path: Path, code: str, ground: Ground) -> None:
    kind = DECISION_KINDS[code]
    answer = None if ground == "open" else kind.options[0].word if kind.options else "5"
    found = read_mapping(book(tmp_path, decision(code, ground, answer)))
    assert same(found, MappingFile("", ()))


@pytest.mark.parametrize("code", [code for code, kind in DECISION_KINDS.items() if len(kind.options) > 1])
def test_what_was_declared_stays_declared_and_can_be_taken_back(tmp_path: Path, code: str) -> None:
    declared = decision(code, "declared", DECISION_KINDS[code].options[1].word)
    path = book(tmp_path, declared)
    line = declared.line()
    text = line if "[[export]]" in line else f'{line}\n[[export]]\nfile = "*"\n'
    wanted = read_mapping(toml(tmp_path, text))
    if "[[export]]" in line:
        assert same(read_mapping(path), wanted)
    else:
        assert read_mapping(path).basis == wanted.basis is not None
    assert same(read_mapping(choose(path, "口径确认", "您的决定", None, 情况="已声明")), MappingFile("", ()))


def test_what_was_read_is_declared_otherwise_when_it_is_changed(tmp_path: Path) -> None:
    read = decision("date_order", "read", "dmy")
    path = choose(book(tmp_path, read), "口径确认", "您的决定", "月/日/年", 情况="读出")
    assert same(read_mapping(path), read_mapping(toml(tmp_path, read.line("mdy"))))


def test_answers_about_one_sheet_are_one_entry(tmp_path: Path) -> None:
    """The first entry that fits is the only one that holds: two entries for a sheet would lose the second answer."""
    path = book(tmp_path, decision("best"), decision("scale"), decision("date_order"), decision("basis"))
    choose(path, "口径确认", "您的决定", "分数越低越满意（1 最好）", 事项="满意度哪一头是最好")
    choose(path, "口径确认", "您的决定", 10.0, 事项="满意度的满分")
    choose(path, "口径确认", "您的决定", "年/月/日", 事项="日期里日和月的先后")
    choose(path, "口径确认", "您的决定", "办结时间", 事项="工单按哪个时间归入月份")
    [entry] = read_mapping(path).entries
    assert (entry.date_order, entry.sections["ratings"].scale) == ("ymd", 10)
    assert entry.sections["ratings"].meaning == {"rating": "low"}
    assert read_mapping(path).basis == "closed"


def test_a_pattern_written_for_a_file_holds_for_others_too(tmp_path: Path) -> None:
    path = book(tmp_path, decision("scale"), decision("date_order"))
    choose(path, "口径确认", "您的决定", 10, 事项="满意度的满分")
    choose(path, "口径确认", "您的决定", "月/日/年", 事项="日期里日和月的先后")
    choose(path, "口径确认", "文件", "导出*", 事项="日期里日和月的先后")
    choose(path, "口径确认", "工作表", None, 事项="日期里日和月的先后")
    maps = read_mapping(path)
    own, other = maps.entry("导出.xlsx", "九月"), maps.entry("导出2.xlsx", None)
    assert own is not None
    assert other is not None
    assert (own.sections["ratings"].scale, own.date_order) == (10, "mdy")
    assert (other.sections, other.date_order) == ({}, "mdy")


# --- what cannot be understood --------------------------------------------------------------------------------------------


def refusal(path: Path) -> KpiError:
    with pytest.raises(KpiError) as raised:
        read_mapping(path)
    return raised.value


def test_a_word_that_is_no_answer_is_refused_with_its_cell(tmp_path: Path) -> None:
    path = choose(book(tmp_path, decision("best")), "口径确认", "您的决定", "越多越好", 情况="待确认")
    error = refusal(path)
    assert error.where is not None
    assert (error.where.file, error.where.sheet, error.where.cell) == ("导入检查.xlsx", "口径确认", "I5")
    assert "越多越好" in str(error)
    assert "分数越高越满意" in str(error)


def test_a_value_of_another_kind_is_refused_with_its_cell(tmp_path: Path) -> None:
    path = book(tmp_path, decision("scale"), decision("month_starts"))
    choose(path, "口径确认", "您的决定", "很多", 事项="满意度的满分")
    choose(path, "口径确认", "您的决定", "月底", 事项="考核月从几号开始")
    places = {problem.where for problem in refusal(path).problems}
    assert places == {"口径确认!I5", "口径确认!I6"}


def test_all_wrong_cells_are_told_at_once(tmp_path: Path) -> None:
    path = book(tmp_path, decision("best"), decision("sign"))
    for title in ("满意度哪一头是最好", "奖惩分值的正负"):
        choose(path, "口径确认", "您的决定", "不知道", 事项=title)
    assert len(refusal(path).problems) == 2


def test_a_workbook_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = openpyxl.Workbook()
    other.save(tmp_path / "工单.xlsx")
    assert "不是 kpi-xl check 写出的工作簿" in str(refusal(tmp_path / "工单.xlsx"))


def test_a_list_that_lost_a_column_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, decision("best"))
    changed = openpyxl.load_workbook(path)
    changed["口径确认"].delete_cols(11)
    changed.save(path)
    assert "表头里缺少：设置" in str(refusal(path))


def test_one_thing_said_twice_is_refused_with_both_cells(tmp_path: Path) -> None:
    path = book(tmp_path, decision("basis"))
    choose(path, "口径确认", "您的决定", "办结时间", 情况="待确认")
    changed = openpyxl.load_workbook(path)
    sheet = changed["其他设置"]
    row = sheet.max_row
    for column, text in enumerate(("", "", "basis", "归档时间"), start=1):
        sheet.cell(row, column).value = text  # type: ignore[assignment]
    changed.save(path)
    assert "口径确认!I5" in str(refusal(path))


# --- the other sheets -----------------------------------------------------------------------------------------------------


def test_sheets_in_another_order_and_columns_added_change_nothing(tmp_path: Path) -> None:
    path = choose(book(tmp_path, decision("best")), "口径确认", "您的决定", "low", 情况="待确认")
    before = read_mapping(path)
    changed = openpyxl.load_workbook(path)
    changed.move_sheet("口径确认", 3)
    changed["口径确认"].insert_cols(3)
    changed["口径确认"]["C4"] = "我的备注"
    changed["口径确认"].insert_rows(1)
    changed.save(path)
    assert same(read_mapping(path), before)


def test_changing_one_meaning_declares_the_whole_table(tmp_path: Path) -> None:
    exports = department(tmp_path)
    path = checked(tmp_path, exports / "工单.csv")
    assert same(read_mapping(path), MappingFile("", ()))
    choose(path, "列对照", "含义", "不用", 列名="客户电话")
    [entry] = read_mapping(path).entries
    assert (entry.file, entry.sheet, entry.tables) == ("工单.csv", None, ())
    assert {name: headers[0] for name, headers in entry.sections["tickets"].columns.items()} == {
        "ticket_id": "工单编号", "agent": "客服", "team": "班组", "kind": "工单类型", "urgent": "是否紧急",
        "created_at": "创建时间", "closed_at": "办结时间", "customer": "", **_archived(path),
    }  # fmt: skip
    tables = read_exports([exports / "工单.csv"], mapping=path, now=NOW)
    assert tables.sources[0].columns["tickets.created_at"] == "创建时间"


def _archived(path: Path) -> dict[str, str]:
    """The tables may have a column for it."""
    row = next(row for row in lines(path, "列对照") if row["列名"] == "归档时间")
    return {} if row["含义"] == "不用" else {"archived_at": "归档时间"}


def test_another_column_for_a_meaning_gives_the_same_tables_as_toml(tmp_path: Path) -> None:
    exports = department(tmp_path)
    path = checked(tmp_path, exports / "工单.csv")
    for header, meaning in (("办结时间", "不用"), ("归档时间", "办结时间")):
        choose(path, "列对照", "含义", meaning, 列名=header)
    columns = (
        'ticket_id = "工单编号", agent = "客服", team = "班组", customer = "客户电话", kind = "工单类型", urgent = "是否紧急"'
        ', created_at = "创建时间", closed_at = "归档时间"'
    )
    text = f'[[export]]\nfile = "工单.csv"\n[export.tickets]\ncolumns = {{ {columns} }}\n'
    rows = []
    for mapping in (path, toml(tmp_path, text)):
        tables = read_exports([exports / "工单.csv"], mapping=mapping, now=NOW)
        rows.append(tables.connection.execute("SELECT ticket_id, closed_at FROM tickets ORDER BY ALL").fetchall())
    assert rows[0] == rows[1]
    assert ("T2", dt.datetime(2025, 9, 13, 8, 0)) in rows[0]


def test_a_date_and_its_clock_in_two_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "单号,经办,开单日,开单钟点", "T1,张伟,2025/9/1,8:03", name="别的叫法.csv")
    out = tmp_path / "导入检查.xlsx"
    from ..command_line import kpi_xl

    assert kpi_xl("check", path, "--out", out).returncode == 1  # the file cannot be used yet
    table = {row["表"] for row in lines(out, "列对照")}
    assert len(table) == 1
    book_ = openpyxl.load_workbook(out)
    sheet = book_["列对照"]
    for header, meaning in (
        ("单号", "工单编号"),
        ("经办", "客服"),
        ("开单日", "创建时间（日期）"),
        ("开单钟点", "创建时间（时刻）"),
    ):
        row = row_of(sheet, {"列名": header})
        sheet.cell(row, 3).value, sheet.cell(row, 6).value = "工单", meaning
    book_.save(out)
    tables = read_exports([path], mapping=out, now=NOW)
    assert tables.connection.execute("SELECT agent, created_at FROM tickets").fetchall() == [
        ("张伟", dt.datetime(2025, 9, 1, 8, 3))
    ]


def test_what_the_headers_say_of_the_whole_file_is_kept_when_a_column_is_changed(tmp_path: Path) -> None:
    """An export of installations has no column for the kind; a list that HR changed is complete and must not lose it."""
    rows = ("工单编号,施工人员,创建时间,外线回单时间,客户电话", "T1,张伟,2025/9/1 8:03,2025/9/1 18:00,13800000001")
    export = write(tmp_path, *rows)
    path = checked(tmp_path, export)
    [row] = [row for row in lines(path, "列对照") if row["列名"].startswith("（整个文件都是）")]
    assert row["含义"] == "工单类型"
    choose(path, "列对照", "含义", "不用", 列名="客户电话")
    kinds = [
        read_exports([export], mapping=mapping, now=NOW).connection.execute("SELECT kind FROM tickets").fetchall()
        for mapping in (None, path)
    ]
    assert kinds[0] == kinds[1] == [("安装",)]


def test_two_columns_of_one_meaning_are_refused_with_both_cells(tmp_path: Path) -> None:
    path = checked(tmp_path, department(tmp_path) / "工单.csv")
    choose(path, "列对照", "含义", "办结时间", 列名="备注")
    error = refusal(path)
    assert "“备注”和“办结时间”" in str(error)
    assert str(error).count("列对照!F") == 2


def test_a_meaning_that_the_table_lacks_is_refused(tmp_path: Path) -> None:
    path = checked(tmp_path, department(tmp_path) / "工单.csv")
    choose(path, "列对照", "含义", "满意程度", 列名="备注")
    assert "“满意程度”不是“工单”的一列" in str(refusal(path))


def test_a_table_without_a_column_is_not_fed(tmp_path: Path) -> None:
    rows = ("工单编号,客服,创建时间,办结时间,满意度评分", "T1,张伟,2025/9/1 8:03,2025/9/1 18:00,5")
    export = write(tmp_path, *rows, name="两用.csv")
    path = checked(tmp_path, export)
    ratings = [row["列名"] for row in lines(path, "列对照") if row["表"] == "满意度回访" and row["含义"] != "不用"]
    assert "满意度评分" in ratings
    for header in ratings:
        choose(path, "列对照", "含义", "不用", 列名=header, 表="满意度回访")
    tables = read_exports([export], mapping=path, now=NOW)
    assert tables.sources[0].tables == ("tickets",)


def test_an_answer_about_a_column_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    export = department(tmp_path) / "工单.csv"
    with asking(Asked("column", "tickets", "closed_at", "办结时间")):
        path = checked(tmp_path, export)
    choose(path, "口径确认", "您的决定", "归档时间", 情况="推测")
    [entry] = read_mapping(path).entries
    assert entry.sections["tickets"].prefer == {"closed_at": ("归档时间",)}
    tables = read_exports([export], mapping=path, now=NOW)
    assert tables.sources[0].columns["tickets.closed_at"] == "归档时间"
    assert tables.sources[0].columns["tickets.kind"] == "工单类型"


def test_a_person_chosen_for_an_unknown_name(tmp_path: Path) -> None:
    exports = department(tmp_path)
    roster = tmp_path / "花名册.csv"
    path = checked(tmp_path, exports, "--roster", roster)
    choose(path, "人员", "其实是谁", "002　李四", 姓名或工号="李四2")
    choose(path, "人员", "其实是谁", "003　王五", 姓名或工号="王五(离职)")
    given = [exports / "工单.csv", exports / "回访.csv"]
    agents = read_exports(given, roster=roster, mapping=path, now=NOW).agents
    assert {agent.id for agent in agents} == {"001", "002", "003", "004"}
    assert {agent.id for agent in read_exports(given, roster=roster, now=NOW).agents} == {"001", "004"}


EVERYTHING = """
time_zone = "Asia/Urumqi"
month_starts = 26
basis = "closed"
[[export]]
file = "工单*.csv"
encoding = "utf-8"
delimiter = ","
header_row = 1
date_order = "ymd"
missing = ["暂无", "N/A"]
tables = ["tickets"]
times_in = "UTC"
rows = "ticket"
[export.tickets]
columns = { ticket_id = "工单编号", agent = "客服", created_at = "创建时间", urgent = "是否紧急", customer = "" }
prefer = { closed_at = "归档时间" }
constants = { kind = "安装" }
values = { urgent = { "加急 1.5" = true, "普通" = false }, kind = { "咨.询" = "咨询" } }
completeness = ["客户电话", "备注"]
[[export]]
file = "回访.csv"
[export.ratings]
scale = 7.5
meaning = { rating = "low" }
values = { label = { "还行吧" = "一般" } }
"""


def test_everything_that_a_mapping_file_can_say_comes_through_the_workbook(tmp_path: Path) -> None:
    exports = department(tmp_path)
    wanted = read_mapping(toml(tmp_path, EVERYTHING))
    path = checked(tmp_path, exports, "--mapping", tmp_path / "映射.toml")
    found = read_mapping(path)
    assert (found.time_zone, found.month_starts, found.basis) == ("Asia/Urumqi", 26, "closed")
    for file in ("工单.csv", "回访.csv"):
        one, other = found.entry(file, None), wanted.entry(file, None)
        assert one is not None
        assert other is not None
        assert {**vars(one), "file": ""} == {**vars(other), "file": ""}


def test_a_declaration_goes_from_workbook_to_workbook(tmp_path: Path) -> None:
    exports = department(tmp_path)
    with asking(SCALE):
        first = checked(tmp_path, exports, name="一.xlsx")
        choose(first, "口径确认", "您的决定", 10, 情况="推测")
        second = checked(tmp_path, exports, "--mapping", first, name="二.xlsx")
    assert [row["情况"] for row in lines(second, "口径确认")] == ["已声明"]
    assert same(read_mapping(second), read_mapping(first))
    assert read_mapping(second).entries[0].sections["ratings"].scale == 10


@pytest.mark.office
def test_a_workbook_saved_by_another_program(tmp_path: Path) -> None:
    from ..office import convert

    exports = department(tmp_path)
    with asking(SCALE):
        path = checked(tmp_path, exports, "--roster", tmp_path / "花名册.csv")
    choose(path, "口径确认", "您的决定", 10, 情况="推测")
    choose(path, "列对照", "含义", "不用", 列名="客户电话")
    choose(path, "人员", "其实是谁", "002　李四", 姓名或工号="李四2")
    [saved] = convert([path], "xlsx", tmp_path / "另存")
    assert same(read_mapping(saved), read_mapping(path))


def test_files_of_one_name_in_two_folders_are_listed_once_and_changed_together(tmp_path: Path) -> None:
    paths = []
    for place, agent in (("北京", "张伟"), ("上海", "王芳")):
        (tmp_path / place).mkdir()
        rows = (f"{place}{n},{agent},2025-09-1{n} 8:00,{agent}的徒弟" for n in range(3))
        paths.append(write(tmp_path / place, "工单编号,客服,创建时间,协办人", *rows, name="工单.csv"))
    path = checked(tmp_path, *paths)
    assert len(lines(path, "列对照")) == 4
    choose(path, "列对照", "含义", "不用", 列名="客服")
    choose(path, "列对照", "含义", "客服", 列名="协办人")
    tables = read_exports(paths, mapping=path, now=NOW)
    found = tables.connection.execute("SELECT DISTINCT agent FROM tickets ORDER BY 1").fetchall()
    assert found == [("张伟的徒弟",), ("王芳的徒弟",)]


def test_a_staff_id_with_zeros_in_front_goes_from_workbook_to_workbook(tmp_path: Path) -> None:
    """001 is a text wherever it is written: the next workbook lists it among the other settings."""
    exports = department(tmp_path)
    roster = ("--roster", tmp_path / "花名册.csv")
    first = choose(checked(tmp_path, exports, *roster), "人员", "其实是谁", "002　李四", 姓名或工号="李四2")
    second = checked(tmp_path, exports, *roster, "--mapping", first, name="又一次.xlsx")
    for path in (first, second):
        entry = read_mapping(path).entry("工单.csv", None)
        assert entry is not None
        assert entry.sections["tickets"].values == {"agent": {"李四2": "002"}}


def test_headers_and_constants_that_are_digits_stay_as_they_are(tmp_path: Path) -> None:
    path = book(tmp_path, decision("column"))
    choose(path, "口径确认", "您的决定", "0012", 情况="待确认")
    changed = openpyxl.load_workbook(path)
    sheet = changed["其他设置"]
    for row, (key, value) in enumerate((("tickets.constants.team", "007"), ("header_row", 3)), start=sheet.max_row - 3):
        for column, text in enumerate(("导出.xlsx", "九月", key, value), start=1):
            sheet.cell(row, column).value = text
    changed.save(path)
    (entry,) = read_mapping(path).entries
    assert (entry.header_row, entry.sections["tickets"].constants) == (3, {"team": "007"})
    assert entry.sections["tickets"].prefer == {"closed_at": ("0012",)}


@pytest.mark.parametrize(("title", "typed"), [("考核月从几号开始", 31), ("时间的时区", "Mars/Olympus")])
def test_a_wrong_setting_of_the_department_is_refused_with_its_cell(tmp_path: Path, title: str, typed: object) -> None:
    path = book(tmp_path, decision("month_starts"), decision("time_zone"))
    choose(path, "口径确认", "您的决定", typed, 事项=title)
    error = refusal(path)
    assert error.where is not None
    assert (error.where.sheet, (error.where.cell or "")[:1]) == ("口径确认", "I")


def test_the_column_of_words_is_shown_by_its_header_and_can_be_denied(tmp_path: Path) -> None:
    rows = (f"T{n},张伟,2025-09-1{n} 10:00,{word}" for n, word in enumerate(("满意", "一般", "不满意")))
    export = write(tmp_path, "工单编号,客服,回访时间,评价", *rows, name="回访.csv")
    path = checked(tmp_path, export)
    (row,) = [row for row in lines(path, "口径确认") if row["事项"] == "满意度按评分还是按文字"]
    assert (row["目前的理解"], row["您的决定"]) == ("评价", "评价")
    choose(path, "口径确认", "您的决定", "没有这一列", 事项="满意度按评分还是按文字")
    entry = read_mapping(path).entry("回访.csv", None)
    assert entry is not None
    assert entry.sections["ratings"].columns == {"label": ("",)}
