"""The department's workbooks 汇总.xlsx and 回访补救清单.xlsx as templates: loops over a DepartmentView and a RemedyView."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.chart import BarChart, Reference
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from kpi_xl.drawing.canvas import Canvas
from kpi_xl.drawing.style import (
    AMBER_FILL,
    AMBER_INK,
    CENTER,
    GREY_FILL,
    HEAD,
    HEADING,
    LABEL,
    MUTED,
    NOTE,
    SMALL,
    SUBTITLE,
    SUBTOTAL,
    TITLE,
    Style,
    formatted,
)
from kpi_xl.glossary import (
    COEFFICIENT,
    EMPLOYEE_ID,
    GENERATED_AT,
    GRADE,
    NOT_APPRAISED,
    NOT_MADE,
    OPEN_TIME,
    POSITION,
    RANGE,
    REGION,
    SUPPLIED_BY,
    TEAM,
    TICKET_NUMBER,
    TO_SUPPLY,
    TOTAL,
)
from kpi_xl.workbook.blocks.result import dress_bars
from kpi_xl.workbook.layout import SheetLayout
from kpi_xl.workbook.page import package, set_up_page

POINTS = formatted(CENTER, "0.00")
PERCENT = formatted(CENTER, "0.0%")
MONEY_FORMAT = "#,##0.00"
MONEY = formatted(CENTER, MONEY_FORMAT)


@dataclass(frozen=True)
class Shown:
    """A column of a list: header, field of the row, style, width. `link` is the field that the cell leads to."""

    header: str
    field: str
    style: Style = CENTER
    width: float = 12
    link: str = ""

    @property
    def content(self) -> str:
        """What stands between the braces of the cell."""
        return f"link: row.{self.link} | row.{self.field}" if self.link else f"row.{self.field}"


_WHO = (
    Shown(EMPLOYEE_ID, "id", CENTER, 14),
    Shown("姓名", "name", CENTER, 14),
    Shown(TEAM, "team", CENTER, 16),
)
_TICKET = (
    Shown(TICKET_NUMBER, "ticket", SMALL, 22),
    Shown(EMPLOYEE_ID, "agent", CENTER, 14),
    *_WHO[1:],
    Shown("创建时间", "opened_text", CENTER, 20),
    Shown(OPEN_TIME, "hours_text", CENTER, 16),
)
_GRADES = (
    Shown(GRADE, "grade", CENTER, 14),
    Shown(RANGE, "range_text", CENTER, 20),
    Shown("人数", "count", CENTER, 9),
    Shown("占比", "share", PERCENT, 10),
    Shown("方案", "scheme_name", SMALL, 40),
)


@dataclass(frozen=True)
class Listing:
    """A sheet with a title and one list: the rows of `path` of the view. `note` stands above the list.

    `height` of a line in points; None: as high as its texts need.
    """

    name: str
    title: str
    path: str
    columns: tuple[Shown, ...]
    landscape: bool = False
    note: str = ""
    height: float | None = 19


def _ranking(*more: Shown) -> Listing:
    columns = (
        Shown("名次", "rank", CENTER, 7),
        *_WHO,
        Shown(REGION, "region", CENTER, 10),
        Shown(POSITION, "position", CENTER, 14),
        Shown(TOTAL, "total", POINTS, 10),
        Shown(GRADE, "grade_text", CENTER, 12),
        Shown(COEFFICIENT, "coefficient_text", CENTER, 10),
        *more,
        Shown("考核方案", "scheme_name", SMALL, 20),
        Shown(TO_SUPPLY, "missing_text", SMALL, 34),
    )
    return Listing("排名", "{{ title }} · 排名", "people_rows", columns, landscape=True, note="{{ scheme_name }}")


_PAID = Shown("奖金（元）", "bonus", MONEY, 13)
_PAID_TEAMS = Listing(
    "奖金合计",
    "奖金合计",
    "team_rows",
    (
        Shown(TEAM, "team", CENTER, 20),
        Shown(REGION, "region", CENTER, 12),
        Shown("考核人数", "people", CENTER, 12),
        Shown("已算奖金人数", "paid", CENTER, 14),
        Shown("奖金合计（元）", "bonus", MONEY, 18),
    ),
    note="{{ bonus_note }}",
)
_PEOPLE_LEFT = (
    Listing("超48小时预警", "超过 48 小时未结的工单", "alert_rows", _TICKET),
    Listing(
        TO_SUPPLY,
        "待补数据（缺数据的不按 0 分计）",
        "missing_rows",
        (
            *_WHO,
            Shown("缺少的指标", "indicator_name", SMALL, 20),
            Shown("原因", "reason", SMALL, 40),
            Shown(SUPPLIED_BY, "waits_for", SMALL, 24),
        ),
        landscape=True,
    ),
    Listing(NOT_MADE, "未生成考核表的人员", "failed_rows", (*_WHO, Shown("未生成的原因", "missing_text", SMALL, 70))),
    Listing(
        NOT_APPRAISED,
        "不参加本期考核的人员",
        "not_appraised_rows",
        (*_WHO, Shown("不参加本期考核的原因", "reason", SMALL, 60)),
    ),
)
_REMEDY = Listing(
    "补救清单",
    "{{ title }}",
    "rows",
    (
        Shown("回访单号", "record", SMALL, 20),
        Shown("回访日期", "at", CENTER, 13),
        *_WHO,
        Shown("不满意或投诉的问题", "problem", SMALL, 36),
        Shown("处理人", "owner", CENTER, 12),
        Shown("处理结果", "result", SMALL, 30),
        Shown("完成日期", "done", CENTER, 13),
    ),
    landscape=True,
    note="不满意或投诉的回访，交客户服务逐个处理；处理人、处理结果、完成日期由客户服务填写。",
)


def build_summary(*, pays: bool = False) -> bytes:
    """Return the template of 汇总.xlsx: ranking, grade distribution with chart, alerts over 48 h, who is missing what.

    `pays`: for schemes that pay a bonus, which then is a column of the ranking and, by team, a sheet of its own.
    """
    book = new_book()
    ranking = _ranking(_PAID) if pays else _ranking()
    _mark(list_sheet(book, ranking), ranking)
    _grades_sheet(book)
    if pays:
        _bonus_sheet(book)
    for listing in _PEOPLE_LEFT:
        list_sheet(book, listing)
    return package(book, "汇总")


def build_remedy() -> bytes:
    """Return the template of 回访补救清单.xlsx: the dissatisfied and complaining call-backs, for customer service."""
    book = new_book()
    list_sheet(book, _REMEDY)
    return package(book, "回访补救清单")


def new_book() -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def list_sheet(book: Workbook, listing: Listing) -> Canvas:
    """A sheet with a title and one list, the header repeated on every page."""
    canvas = Canvas(book, book.create_sheet(listing.name), [column.width for column in listing.columns])
    put_title(canvas, listing.title)
    if listing.note:
        canvas.put(1, listing.note, NOTE, across=canvas.columns)
        canvas.height(18)
        canvas.next()
    header = canvas.row
    put_list(canvas, listing.path, listing.columns, listing.height)
    canvas.sheet.freeze_panes = f"A{header + 1}"
    canvas.sheet.print_title_rows = f"{header}:{header}"
    finish_sheet(canvas, listing.name, landscape=listing.landscape)
    return canvas


def finish_sheet(canvas: Canvas, name: str, *, landscape: bool = False) -> None:
    set_up_page(canvas.sheet, SheetLayout(name, (), (), "landscape" if landscape else "portrait", pages=0), canvas)
    canvas.sheet.protection.sheet = False


def put_title(canvas: Canvas, title: str) -> None:
    canvas.put(1, title, TITLE, across=canvas.columns)
    canvas.height(32)
    canvas.next()
    canvas.put(1, "考核周期：{{ period_label }}　　" + GENERATED_AT + "：{{ issued_text }}", SUBTITLE, across=canvas.columns)
    canvas.height(20)
    canvas.next()
    canvas.gap(4)


def put_list(canvas: Canvas, path: str, columns: Sequence[Shown], height: float | None = 19) -> int:
    """A header and a loop; return the row of the line that is repeated, as it stands once the marker rows are gone.

    `height` in points; None: as high as the longest text needs, which the program works out that opens the workbook.
    """
    for at, column in enumerate(columns, start=1):
        canvas.put(at, column.header, HEAD)
    canvas.height(21)
    canvas.next()
    canvas.put(1, f"{{{{ for row in {path} }}}}")
    canvas.next()
    line = canvas.row
    for at, column in enumerate(columns, start=1):
        canvas.put(at, f"{{{{ {column.content} }}}}", column.style)
    if height is not None:
        canvas.height(height)
    canvas.next()
    canvas.put(1, "{{ end }}")
    canvas.next()
    return line


def _mark(canvas: Canvas, ranking: Listing) -> None:
    """Grey for 待评, amber for the grade that needs action."""
    line = canvas.row - 2
    at = next(n for n, column in enumerate(ranking.columns, start=1) if column.field == "grade_text")
    grade = f"${get_column_letter(at)}{line}"
    row = f"A{line}:{get_column_letter(canvas.columns)}{line}"
    canvas.highlight(row, f'{grade}="待评"', fill=GREY_FILL, font=Font(color=MUTED))
    canvas.highlight(row, f'OR({grade}="待改进",{grade}="不合格",{grade}="未达标")', fill=AMBER_FILL, font=Font(color=AMBER_INK))


def _bonus_sheet(book: Workbook) -> None:
    """The bonus by team, and the sum of all below."""
    canvas = list_sheet(book, _PAID_TEAMS)
    canvas.put(1, "合计", SUBTOTAL, across=3)
    canvas.put(4, "{{ bonus_paid }}", SUBTOTAL)
    canvas.put(5, "{{ bonus_total }}", formatted(SUBTOTAL, MONEY_FORMAT))
    canvas.height(21)
    canvas.next()


def _grades_sheet(book: Workbook) -> None:
    """Key figures, the distribution of grades, and its chart below the list."""
    canvas = Canvas(book, book.create_sheet("等级分布"), [column.width for column in _GRADES])
    put_title(canvas, "等级分布")
    canvas.put(1, "主要数字", HEADING, across=canvas.columns)
    canvas.height(22)
    canvas.next()
    canvas.put(1, "{{ for item in headlines }}")
    canvas.next()
    canvas.put(1, "{{ item.label }}", LABEL)
    canvas.put(2, "{{ item.value }}", CENTER)
    canvas.put(3, "{{ item.note }}", SMALL, across=3)
    canvas.height(20)
    canvas.next()
    canvas.put(1, "{{ end }}")
    canvas.next()
    canvas.gap()
    line = put_list(canvas, "grade_rows", _GRADES)
    canvas.gap()
    canvas.height(190)
    bars = BarChart()
    bars.type, bars.gapWidth = "col", 80
    bars.add_data(Reference(canvas.sheet, min_col=3, min_row=line, max_row=line), titles_from_data=False)
    bars.set_categories(Reference(canvas.sheet, min_col=1, min_row=line, max_row=line))
    dress_bars(bars, "0")
    bars.legend = None
    start, end = AnchorMarker(col=0, row=canvas.row - 1), AnchorMarker(col=canvas.columns, row=canvas.row)
    bars.anchor = TwoCellAnchor(editAs="twoCell", _from=start, to=end)  # type: ignore[assignment]
    canvas.sheet.add_chart(bars)
    canvas.next()
    finish_sheet(canvas, "等级分布")
