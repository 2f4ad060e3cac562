"""数据问题.xlsx: what HR has to do and what was settled, from a template; then every fault, a sheet per kind, as a stream.

The template (``issues.xlsx``) has one sheet of details. The workbook has a copy of it for each kind of fault, several where one
is full. The rows themselves do not go through the template engine: there may be millions, and each has the same few styles.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.drawing.canvas import LINE_POINTS, Canvas
from kpi_xl.drawing.style import CENTER, HEADING, NOTE, SMALL, STRONG, Style, line_count
from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.glossary import ROWS, SET_ASIDE
from kpi_xl.ooxml.book import open_book
from kpi_xl.ooxml.package import Archive, Package, Packed, pack, read_package
from kpi_xl.ooxml.refs import MAX_ROW
from kpi_xl.template import compile_once, compile_template
from kpi_xl.template.values import cell_text
from kpi_xl.view.concerns import UNKNOWN_SHEET
from kpi_xl.view.department import IssueDetailRow, IssueSheet, IssuesView
from kpi_xl.workbook.page import package
from kpi_xl.workbook.summary import Listing, Shown, finish_sheet, list_sheet, new_book, put_list, put_title

OVERVIEW = "概览"
_PATTERN = "明细"
_LINE = Style(size=9, wrap=False)
_LOOP = re.compile(r"\{\{\s*for\s+row\s+in\s+detail\.rows\s*\}\}")
_FIELD = re.compile(r"\{\{\s*row\.(\w+)\s*\}\}")
_LINK = Style(size=9, color="1F4E79", horizontal="center")
_AT_ONCE = 2000
_SIZE = 10.5
"""The size of letters by which the rows of the overview are fitted."""
_FILTER_BEHIND = rb"</sheetData>(<sheetProtection[^>]*/>)?"

_TO_DO = (
    Shown("序号", "number", CENTER, 6),
    Shown("问题", "heading", STRONG, 17),
    Shown("文件", "file", SMALL, 22),
    Shown("工作表", "sheet", CENTER, 10),
    Shown(ROWS, "count", CENTER, 8),
    Shown("在哪里", "place_text", SMALL, 24),
    Shown("说明", "reason", SMALL, 30),
    Shown("怎么办", "remedy", SMALL, 34),
    Shown("不算本期的", "elsewhere_text", SMALL, 22),
    Shown("逐行见", "listed_on", _LINK, 15, link="link"),
)
_SETTLED = (
    Shown("", "anchor", CENTER, 6),
    *_TO_DO[1:7],
    Shown("处理", "disposition_text", SMALL, 34),
    *_TO_DO[8:],
)
_SOURCE = (Shown("文件", "file", SMALL, 28), Shown("工作表", "sheet", CENTER, 14))
_UNKNOWN = Listing(
    UNKNOWN_SHEET,
    "花名册里没有的人",
    "unknown_rows",
    (
        Shown("导出中的写法", "agent", SMALL, 22),
        Shown("旁边的姓名", "name", CENTER, 14),
        Shown("花名册里最接近的人", "near", SMALL, 36),
        Shown("本期行数", "rows_in_period", CENTER, 10),
        Shown("全部行数", "rows", CENTER, 10),
        Shown("文件", "files", SMALL, 34),
    ),
    landscape=True,
    note="{{ unknown_text }}",
)
_ACCOUNTING = Listing(
    "行数核对",
    "行数核对：读取 = 采用 + 搁置",
    "accounting",
    (
        *_SOURCE,
        Shown("读取行数", "rows_read", CENTER, 12),
        Shown("采用", "rows_used", CENTER, 12),
        Shown(SET_ASIDE, "rows_set_aside", CENTER, 12),
    ),
    note="{{ accounting_text }}",
)
_DETAIL = Listing(
    _PATTERN,
    "{{ detail.heading }}",
    "detail.rows",
    (
        Shown("文件", "file", _LINE, 28),
        Shown("工作表", "sheet", _LINE, 12),
        Shown("行号", "row", _LINE, 9),
        Shown("列", "column", _LINE, 14),
        Shown("值", "value", _LINE, 26),
        Shown("属于本期", "concerns_text", _LINE, 10),
        Shown("处理", "disposition_text", _LINE, 15),
        Shown("问题", "reason", _LINE, 40),
        Shown("建议", "remedy", _LINE, 72),
    ),
    landscape=True,
    note="{{ detail.note }}",
)


def build_issues() -> bytes:
    """Return the template of 数据问题.xlsx: things to do, unknown people, accounting, and a sheet of details."""
    book = new_book()
    _overview(book)
    for listing in (_UNKNOWN, _ACCOUNTING, _DETAIL):
        list_sheet(book, listing)
    return package(book, "数据问题")


def _overview(book: Workbook) -> None:
    canvas = Canvas(book, book.create_sheet(OVERVIEW), [column.width for column in _TO_DO])
    put_title(canvas, "{{ title }}")
    canvas.put(1, "{{ accounting_text }}", NOTE, across=canvas.columns)
    canvas.height(18)
    canvas.next()
    _heading(canvas, "{{ to_do_text }}")
    put_list(canvas, "to_do_rows", _TO_DO, None)
    canvas.gap(14)
    _heading(canvas, "不需要处理，供核对（已自动处理，或与本期无关）")
    put_list(canvas, "settled_rows", _SETTLED, None)
    finish_sheet(canvas, OVERVIEW, landscape=True)


def _heading(canvas: Canvas, text: str) -> None:
    canvas.put(1, text, HEADING, across=canvas.columns)
    canvas.height(24)
    canvas.next()


def write_issues_book(template: Path, view: IssuesView) -> bytes:
    """Fill the template and return the workbook file: the same view gives the same bytes. Raises KpiError as templates do."""
    frame, pages = _frame(template, view.sheets)
    package = read_package(compile_template(frame, template.name).render(view))
    return _with_rows(package, view.sheets, pages)


@dataclass(frozen=True)
class _Page:
    """A sheet of details: of which kind, its name, the fields of its columns, the row where its lines begin, how many lines."""

    kind: int
    title: str
    fields: tuple[str, ...]
    first: int
    lines: int


def _frame(template: Path, sheets: Sequence[IssueSheet]) -> tuple[bytes, list[_Page]]:
    """Return the template with a sheet of details for each kind (several where one is full), each with one blank line.

    Raises KpiError for a file that is no workbook, and for one without a sheet of details.
    """
    compile_once(template)
    book = openpyxl.load_workbook(template)
    pattern, marker, fields = _pattern(book, template)
    room = MAX_ROW - marker + 1
    pages = []
    for kind, sheet in enumerate(sheets):
        for number, start in enumerate(range(0, max(sheet.size, 1), room), start=1):
            title = sheet.title + (f"（{number}）" if sheet.size > room else "")
            pages.append(_Page(kind, title, fields, marker, min(room, sheet.size - start)))
            _copy(book, pattern, pages[-1])
    book.remove(pattern)
    if _ACCOUNTING.name in book.sheetnames:
        book.move_sheet(book[_ACCOUNTING.name], len(pages))
    return package(book, "数据问题"), pages


def _pattern(book: Workbook, template: Path) -> tuple[Worksheet, int, tuple[str, ...]]:
    """Return the sheet of details, the row where its loop begins, and the fields of the line that is repeated."""
    for sheet in book.worksheets:
        rows = (
            [[str(value or "") for value in row] for row in sheet.iter_rows(values_only=True)] if sheet.title == _PATTERN else []
        )
        for number, row in enumerate(rows[:-2], start=1):
            if _LOOP.search(row[0]):
                found = [_FIELD.fullmatch(text.strip()) for text in rows[number]]
                return sheet, number, tuple(match[1] if match else "" for match in found)
    raise KpiError.at(
        Place.of(template, _PATTERN),
        Text("没有“明细”工作表，或其中没有逐行重复的 detail.rows", "no sheet of details with a loop over detail.rows"),
        Text("用 kpi-xl template build 重新生成 issues.xlsx，再改版式", "make issues.xlsx anew: kpi-xl template build"),
    )


def _copy(book: Workbook, pattern: Worksheet, page: _Page) -> None:
    """Add a copy of the sheet of details, its loop replaced by one blank line in the styles of the repeated one."""
    sheet = book.copy_worksheet(pattern)
    sheet.title = page.title
    for row in sheet.iter_rows(max_row=page.first - 1):
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = cell.value.replace("{{ detail.", f"{{{{ sheets.{page.kind}.")
    sheet.delete_rows(page.first)
    for at in range(1, len(page.fields) + 1):
        sheet.cell(page.first, at).value = None
    sheet.delete_rows(page.first + 1)
    sheet.row_dimensions[page.first].height = None
    sheet.freeze_panes, sheet.print_title_rows = pattern.freeze_panes, pattern.print_title_rows
    sheet.HeaderFooter = pattern.HeaderFooter
    sheet.sheet_view.showGridLines = False


def _with_rows(package: Package, sheets: Sequence[IssueSheet], pages: Sequence[_Page]) -> bytes:
    """Return the workbook with the lines of each page put in place of its blank line."""
    names = _parts_by_title(package)
    rows = [iter(sheet.rows) for sheet in sheets]
    filled = {names[page.title]: page for page in pages}
    parts = []
    for name, packed in package.entries.items():
        page = filled.get(name)
        if page is not None:
            parts.append(_page_part(name, package.xml(name), page, rows[page.kind]))
        elif name == names.get(OVERVIEW):
            parts.append(pack(name, _fitted(package.xml(name), _texts_by_row(package, OVERVIEW))))
        else:
            parts.append(packed)
    return Archive().extended(parts).finish()


def _parts_by_title(package: Package) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name."""
    relations = package.relations("xl/workbook.xml")
    return {node.get("name"): relations[node.relation()][1] for node in package.tree("xl/workbook.xml").all("sheet")}


def _texts_by_row(package: Package, title: str) -> dict[int, list[tuple[str, float]]]:
    """Return the texts of a sheet's rows, each with the width of its column."""
    book = open_book(package)
    sheet = next(sheet for sheet in book.sheets.values() if sheet.name == title)
    widths = [(int(c.get("min")), int(c.get("max")), float(c.get("width", "10"))) for c in sheet.tree.all("col")]

    def width(column: int) -> float:
        return next((wide for first, last, wide in widths if first <= column <= last), 10.0)

    return {
        number: [(text.text, width(column)) for column, cell in row.cells.items() if (text := book.text(cell)) is not None]
        for number, row in sheet.rows.items()
    }


def _fitted(sheet: bytes, texts: Mapping[int, Sequence[tuple[str, float]]]) -> bytes:
    """Give the rows without a height the height of their longest text: not every program works it out when it opens the file."""

    def high(row: re.Match[bytes]) -> bytes:
        lines = max((line_count(text, width * 10 / _SIZE) for text, width in texts.get(int(row[1]), ())), default=1)
        return b'<row r="%s" ht="%.2f" customHeight="1">' % (row[1], max(20, lines * _SIZE * LINE_POINTS + 6))

    return re.sub(rb'<row r="(\d+)">', high, sheet)


def _page_part(name: str, blank: bytes, page: _Page, rows: Iterator[IssueDetailRow]) -> Packed:
    """Pack a sheet while its lines come in, so that no more than a few of them are in memory."""
    line = re.search(rb'<row r="%d"[^>]*?(/>|>.*?</row>)' % page.first, blank, re.DOTALL)
    assert line is not None, name  # noqa: S101 - `_copy` made it
    styles = [match.decode() for match in re.findall(rb'<c r="[A-Z]+\d+"[^>]*? s="(\d+)"', line[0])]
    last = page.first + page.lines - 1
    area = f"A{page.first - 1}:{get_column_letter(len(page.fields))}{last}".encode()
    head = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:%s"' % area.partition(b":")[2], blank[: line.start()])
    tail = re.sub(_FILTER_BEHIND, rb'\g<0><autoFilter ref="%s"/>' % area, blank[line.end() :], count=1)
    squeeze = zlib.compressobj(3, zlib.DEFLATED, -15)
    packed, crc, size = [], 0, 0
    for piece in (head, *_lines(page, styles, islice(rows, page.lines)), tail):
        packed.append(squeeze.compress(piece))
        crc, size = zlib.crc32(piece, crc), size + len(piece)
    packed.append(squeeze.flush())
    return Packed(name, 8, crc, size, b"".join(packed))


def _lines(page: _Page, styles: Sequence[str], rows: Iterable[IssueDetailRow]) -> Iterator[bytes]:
    """Yield the lines as bytes of the sheet, some thousand at a time."""
    columns = [
        (get_column_letter(at), style, field) for at, (field, style) in enumerate(zip(page.fields, styles, strict=True), start=1)
    ]
    pieces: list[str] = []
    for number, row in enumerate(rows, start=page.first):
        cells = "".join(_cell(f"{letter}{number}", style, getattr(row, field, None)) for letter, style, field in columns)
        pieces.append(f'<row r="{number}">{cells}</row>')
        if len(pieces) == _AT_ONCE:
            yield "".join(pieces).encode()
            pieces.clear()
    yield "".join(pieces).encode()


def _cell(place: str, style: str, value: object) -> str:
    if value is None or value == "":
        return f'<c r="{place}" s="{style}"/>'
    if isinstance(value, int):
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_escaped(str(value))}</t></is></c>'


_escaped = lru_cache(4096)(cell_text)
