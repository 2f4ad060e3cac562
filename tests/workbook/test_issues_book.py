"""数据问题.xlsx: what is to be done first, then every row, however many, in the house style."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.errors import KpiError
from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.model import UnknownPerson
from kpi_xl.issues import Issue
from kpi_xl.ooxml.lint import lint
from kpi_xl.view.concerns import Every, build_issues
from kpi_xl.view.department import IssuesView
from kpi_xl.view.summarise import Cohort
from kpi_xl.workbook import issues_book
from kpi_xl.workbook.issues_book import OVERVIEW, write_issues_book

from ..view.crowd import sample_sources
from ..view.samples import ISSUED, PERIOD

WRONG_DATE = ("工单.csv", None, 12, "创建时间", "2205-01-01")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "issues.xlsx"
    path.write_bytes(issues_book.build_issues())
    return path


def view_of(*issues: Issue, every: Every | None = None) -> IssuesView:
    unknown = [UnknownPerson("李四（离职）", "", ("工单.csv",), 3, 2, "李四（A007）")]
    return build_issues(Cohort([], [], PERIOD, ISSUED, issues, sample_sources()), every, unknown)


def book_of(template: Path, view: IssuesView) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(write_issues_book(template, view)))


def texts(book: openpyxl.Workbook, sheet: str) -> list[tuple[object, ...]]:
    return [row for row in book[sheet].iter_rows(values_only=True) if any(row)]


def test_the_first_sheet_says_what_is_to_be_done_then_what_was_settled(template: Path) -> None:
    book = book_of(
        template,
        view_of(
            issue_of("absurd_time", "工单.csv", row=12, column="创建时间", value="2205-01-01"),
            issue_of("blank", "工单.csv", row=40, count=7),
        ),
    )
    assert book.sheetnames[0] == OVERVIEW
    first = [[value for value in row if value is not None] for row in texts(book, OVERVIEW)]
    said = [row[0] for row in first]
    assert said.index("需要您处理 1 处") < next(i for i, row in enumerate(first) if "“创建时间”第12行" in row)
    settled = next(i for i, text in enumerate(said) if str(text).startswith("不需要处理"))
    assert [row[:3] for row in first[settled + 2 :]] == [["空行", "工单.csv", 7]]
    assert [row[0] for row in texts(book, "花名册外的人")][-1] == "李四（离职）"
    assert "行数核对" in book.sheetnames


def test_each_row_is_listed_with_file_row_column_value_and_remedy(template: Path) -> None:
    issues = [issue_of("absurd_time", *WRONG_DATE[:2], row=12, column="创建时间", value="2205-01-01")] * 3
    book = book_of(template, view_of(*issues))
    rows = [row for row in texts(book, "不可信的日期") if row[0] == "工单.csv"]
    assert len(rows) == 3
    assert rows[0][:5] == WRONG_DATE
    assert rows[0][-1] == "请更正日期"
    sheet = book["不可信的日期"]
    assert sheet.auto_filter.ref == "A5:I8"
    assert sheet.freeze_panes == "A6"
    assert sheet["A6"].font.name == sheet["A5"].font.name == "微软雅黑"


def test_a_full_sheet_goes_on_on_another(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issues_book, "MAX_ROW", 105)
    issues = [issue_of("no_agent", "工单.csv", row=row, value=f"v{row}") for row in range(2, 252)]
    book = book_of(template, view_of(*issues))
    parts = [name for name in book.sheetnames if name.startswith("没有客服的行")]
    assert parts == ["没有客服的行（1）", "没有客服的行（2）", "没有客服的行（3）"]
    listed = [row[4] for name in parts for row in texts(book, name) if row[0] == "工单.csv"]
    assert listed == [f"v{row}" for row in range(2, 252)]


def test_what_an_export_holds_cannot_break_the_workbook(template: Path) -> None:
    values = ["=1+1", "<b>&", "{{ title }}", "\x01\x0b", "_x0041_", "a\nb", " x ", "😀"]
    issues = [issue_of("unparseable", "{{ for x in y }}.csv", row=row, value=value) for row, value in enumerate(values, 2)]
    made = write_issues_book(template, view_of(*issues))
    book = openpyxl.load_workbook(io.BytesIO(made))
    cells = [row[4] for row in book["看不懂的值"].iter_rows(min_row=6)]
    assert all(cell.data_type in ("s", "inlineStr") for cell in cells)
    assert [cell.value for cell in cells if cell.value in values] == [v for v in values if v not in ("\x01\x0b", "_x0041_")]
    assert made == write_issues_book(template, view_of(*issues))


def test_a_template_whose_columns_were_moved_is_followed(template: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template)
    sheet = book["明细"]
    for row in (5, 7):
        sheet.cell(row, 4).value, sheet.cell(row, 5).value = sheet.cell(row, 5).value, sheet.cell(row, 4).value
    own = tmp_path / "issues.xlsx"
    book.save(own)
    issue = issue_of("absurd_time", "工单.csv", row=12, column="创建时间", value="2205-01-01")
    rows = texts(book_of(own, view_of(issue)), "不可信的日期")
    assert rows[-1][3:5] == ("2205-01-01", "创建时间")


def test_no_issues_at_all(template: Path) -> None:
    view = view_of()
    book = book_of(template, replace(view, unknown_rows=()))
    assert book.sheetnames == [OVERVIEW, "花名册外的人", "行数核对"]
    assert any("没有需要您处理的问题" in str(row[0]) for row in texts(book, OVERVIEW))


def test_the_file_has_no_mistakes_of_the_format(template: Path) -> None:
    assert lint(write_issues_book(template, view_of(issue_of("no_agent", "工单.csv", row=2)))) == []


def test_a_template_without_a_sheet_of_details_is_refused(template: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template)
    book.remove(book["明细"])
    own = tmp_path / "issues.xlsx"
    book.save(own)
    with pytest.raises(KpiError, match="没有“明细”工作表"):
        write_issues_book(own, view_of())
    own.write_bytes(b"PK not a workbook")
    with pytest.raises(KpiError):
        write_issues_book(own, view_of())
