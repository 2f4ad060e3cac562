"""导入检查.xlsx drawn: a sheet per list, drop-downs where HR decides, the columns by which a row is read back hidden."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from kpi_xl.check.model import Check, ColumnRow, DecisionRow, FileRow, PersonRow
from kpi_xl.drawing.canvas import Canvas, Content
from kpi_xl.drawing.style import (
    AMBER_FILL,
    AMBER_INK,
    CENTER,
    GREY_FILL,
    HEAD,
    INPUT,
    MUTED,
    NOTE,
    SMALL,
    SUBTITLE,
    TITLE,
    Style,
)
from kpi_xl.exports.columns import mapping_words as words
from kpi_xl.exports.columns.mapping_words import BEFORE, DECLARED, FILE, GROUNDS, SETTING, SHEET, TABLE_NAMES, UNUSED, offered
from kpi_xl.glossary import ROWS, SET_ASIDE, TEAM
from kpi_xl.tables import TABLES
from kpi_xl.view.words import moment_text
from kpi_xl.workbook.layout import SheetLayout
from kpi_xl.workbook.page import package, set_up_page

TITLE_TEXT = "导入检查"
_FREE_ROWS = 8
"""Empty rows of 其他设置 to type into."""
_MOST_HEIGHT = 120.0

_CENTERED = replace(CENTER, size=9)
_WARN = replace(SMALL, fill=AMBER_FILL, color=AMBER_INK)
_WARN_CENTER = replace(_CENTERED, fill=AMBER_FILL, color=AMBER_INK, bold=True)
_INPUT = replace(INPUT, size=9.5, horizontal="left")
_ASK = replace(_INPUT, fill=AMBER_FILL, bold=True)
_PALE = replace(SMALL, color=MUTED)


@dataclass(frozen=True)
class Column:
    """A column of a list. `hidden`: it is for reading the row back; `wrap` columns decide the height of a row."""

    head: str
    width: float
    style: Style = SMALL
    hidden: bool = False


@dataclass(frozen=True)
class Cell:
    """What stands in one cell, in its own style where that is not its column's; `choices` make it a drop-down."""

    value: Content
    style: Style | None = None
    choices: tuple[str, ...] = ()
    open_list: bool = False


Line = Sequence[Cell | Content]


@dataclass
class _Lists:
    """The lists of the drop-downs, on a hidden sheet: a list in the rule itself may hold 255 signs and no comma."""

    book: Workbook
    _ranges: dict[tuple[str, ...], str] = field(default_factory=dict)

    def range_of(self, choices: tuple[str, ...]) -> str:
        """Return where the list stands, written down when it is new."""
        if choices not in self._ranges:
            sheet = self.book[words.LISTS] if words.LISTS in self.book.sheetnames else self.book.create_sheet(words.LISTS)
            sheet.sheet_state = "hidden"
            letter = get_column_letter(len(self._ranges) + 1)
            for row, choice in enumerate(choices, start=1):
                sheet[f"{letter}{row}"].value = choice
                sheet[f"{letter}{row}"].data_type = "s"
            self._ranges[choices] = f"{words.LISTS}!${letter}$1:${letter}${len(choices)}"
        return self._ranges[choices]


def check_book(check: Check) -> bytes:
    """Return the workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    lists = _Lists(book)
    for title, head, note, columns, lines in _sheets(check):
        _draw(book, lists, check, title, head, note, columns, list(lines))
    if words.LISTS in book.sheetnames:
        book.move_sheet(words.LISTS, len(book.sheetnames))
    book.active = book.sheetnames.index(words.DECISIONS) if check.waiting else 0
    return package(book, TITLE_TEXT)


_Sheet = tuple[str, str, str, tuple[Column, ...], Iterable[Line]]
"""Name, title, what is to be done with it, columns, rows."""


def _sheets(check: Check) -> Iterator[_Sheet]:
    waiting = len(check.waiting)
    todo = f"有 {waiting} 处待您确认，见“{words.DECISIONS}”。" if waiting else "没有待确认的口径。"
    lost = f"有 {len(check.unusable)} 个文件不能用，原因见下。" if check.unusable else ""
    yield words.FILES, "读入的文件", f"{lost}{todo}改好后保存，用 --mapping 把本文件交回。", _FILES, map(_file, check.files)
    yield (
        words.DECISIONS,
        "口径确认",
        (
            f"待您确认 {waiting} 处。橙色各行是推测的或看不出来的：在“{words.ANSWER}”里选一项，不选就不算声明；其他各行"
            if waiting
            else "各行"
        )
        + f"供核对，要改时在“{words.ANSWER}”里另选。",
        _DECISIONS,
        map(_decision, check.decisions),
    )
    yield (
        words.COLUMNS,
        "列对照",
        f"每个文件的每一列被当作什么。要改时在“{words.MEANING}”里另选；改了某张表的任何一列，这张表就以本页所列为准。",
        _COLUMNS,
        map(_column, check.columns),
    )
    yield (
        words.PEOPLE,
        "人员",
        _about_people(check),
        _PEOPLE,
        (_person(row) for row in check.people),
    )  # fmt: skip
    yield (
        words.MONTHS,
        "月份",
        "各文件每月的行数。底色加深的是考核周期；几列相差大时，请确认工单按哪个时间归入月份。",
        (*_MONTHS, *(Column(head, 18, _CENTERED) for head in check.month_heads)),
        (_month(row.file, row.sheet, row.table, row.month, row.counts, row.in_period) for row in check.months),
    )
    yield words.REPEATED, "重复", "只计一次的行和文件，以及编号相同而分别计的记录。", _REPEATED, (
        (row.file, row.sheet, row.reason, row.examples, row.count, row.remedy) for row in check.repeats
    )  # fmt: skip
    yield (
        words.SETTINGS,
        "其他设置",
        "映射文件的其余设置。全部门的设置不写文件；文件名每月不同时可写成 工单*.csv。写法见 docs/mapping.md。",
        _SETTINGS,
        _settings(check),
    )


def _about_people(check: Check) -> str:
    if check.request.roster is None:
        return "没有给出花名册，人员没有核对。"
    if any(row.role == TABLES["roster"].zh for row in check.unusable):
        return "花名册不能用（原因见“文件”），人员没有核对。"
    return f"名单与数据对不上的人。若其实是花名册上的某人，在“{words.PERSON}”里选择。"


_PLACE = (Column(FILE, 24), Column(SHEET, 12))
_FILES = (
    *(Column("种类", 9, _CENTERED), *_PLACE, Column("情况", 9, _CENTERED), Column("用作", 18)),
    *(Column("表头行", 8, _CENTERED), Column("编码", 12, _CENTERED), Column("读取行数", 10, _CENTERED)),
    *(Column("采用", 9, _CENTERED), Column(SET_ASIDE, 9, _CENTERED), Column("原因", 46), Column("另外", 24)),
)
_DECISIONS = (
    *(Column("情况", 9, _CENTERED), Column("事项", 24), *_PLACE, Column("列", 14), Column("目前的理解", 20)),
    *(Column("依据", 40), Column(ROWS, 8, _CENTERED), Column(words.ANSWER, 26, _INPUT), Column("本方案", 8, _CENTERED)),
    *(Column(SETTING, 30, hidden=True), Column(BEFORE, 20, hidden=True), Column(DECLARED, 8, hidden=True)),
)
_COLUMNS = (
    *(*_PLACE, Column(words.TABLE, 12, _CENTERED), Column(words.HEADER, 22), Column("例（隐去个人信息）", 44)),
    *(Column(words.MEANING, 22, _INPUT), Column("怎样认出", 26), Column(BEFORE, 20, hidden=True)),
    Column(DECLARED, 8, hidden=True),
)
_PEOPLE = (
    *(Column("情况", 24), Column("姓名或工号", 26), Column(TEAM, 14), *_PLACE, Column(ROWS, 9, _CENTERED)),
    *(Column("说明", 40), Column(words.PERSON, 22, _INPUT), Column(SETTING, 30, hidden=True), Column(BEFORE, 20, hidden=True)),
)
_MONTHS = (*_PLACE, Column(words.TABLE, 14, _CENTERED), Column("月份", 16, _CENTERED))
_REPEATED = (*_PLACE, Column("情况", 40), Column("例", 50), Column(ROWS, 9, _CENTERED), Column("建议", 40))
_SETTINGS = (
    *(Column(FILE, 26, _INPUT), Column(SHEET, 14, _INPUT), Column(SETTING, 34, _INPUT), Column(words.VALUE, 34, _INPUT)),
    Column("说明", 44),
)


def _file(row: FileRow) -> Line:
    state = Cell("采用") if row.usable and row.rows_read is not None else Cell("—")
    why = Cell(row.why, None if row.usable else _WARN)
    return (
        row.role, row.file, row.sheet, state if row.usable else Cell("不能用", _WARN_CENTER), row.tables, row.header_row,
        row.encoding, row.rows_read, row.rows_used, row.rows_set_aside, why, row.facts,
    )  # fmt: skip


def _decision(row: DecisionRow) -> Line:
    """The answer cell of a guess or an open question is empty: given back unchanged, it declares nothing."""
    one = row.decision
    answer = row.answer if one.settled and one.answer is not None else ""
    asked = not one.settled and row.used
    state = Cell(GROUNDS[one.ground], _WARN_CENTER if asked else None)
    title = Cell(one.kind.title.zh + (f"：{one.detail}" if one.detail else ""), _WARN if asked else None)
    return (
        state, title, one.file, one.sheet, one.header, row.answer, one.evidence.zh, one.count or None,
        Cell(answer, _ASK if asked else None, row.choices, row.open_list), "用到" if row.used else "没用到",
        json.dumps([one.kind.code, *one.path], ensure_ascii=False), answer, "是" if one.ground == "declared" else "",
    )  # fmt: skip


def _column(row: ColumnRow) -> Line:
    choices = offered(TABLE_NAMES[row.table])
    meaning = Cell(row.meaning, None, choices if row.meaning in choices else (row.meaning, *choices))
    pale = _PALE if row.meaning == UNUSED else None
    return (
        row.file, row.sheet, row.table, Cell(row.header, pale), Cell(row.examples, pale), meaning, row.how, row.meaning,
        "是" if row.declared else "",
    )  # fmt: skip


def _person(row: PersonRow) -> Line:
    chosen: Cell | Content = Cell("", None, row.near, open_list=True) if row.settings else Cell("", SMALL)
    return row.state, row.who, row.team, row.file, row.sheet, row.rows, row.note, chosen, row.settings, ""


def _month(file: str, sheet: str | None, table: str, month: str, counts: Sequence[int | None], in_period: bool) -> Line:
    style = replace(_CENTERED, fill=GREY_FILL, bold=True) if in_period else None
    return file, sheet, table, Cell(month, style), *(Cell("—" if count is None else count, style) for count in counts)


def _settings(check: Check) -> Iterator[Line]:
    for row in check.settings:
        key = Cell(row.key, SMALL) if row.file is None else row.key
        place: tuple[Cell, Cell] | tuple[str, str | None] = (
            (Cell("", SMALL), Cell("", SMALL)) if row.file is None else (row.file, row.sheet)
        )
        yield *place, key, Cell(row.value, None, row.choices), row.note
    for _ in range(_FREE_ROWS):
        yield "", "", "", "", ""


# --- drawing --------------------------------------------------------------------------------------------------------------


def _draw(
    book: Workbook,
    lists: _Lists,
    check: Check,
    title: str,
    head: str,
    note: str,
    columns: tuple[Column, ...],
    lines: Sequence[Line],
) -> None:
    canvas = Canvas(book, book.create_sheet(title), [column.width for column in columns])
    seen = sum(not column.hidden for column in columns)
    about = f"考核周期：{check.request.period.label}　　" if check.request.period else ""
    canvas.put(1, head, TITLE, across=seen)
    canvas.height(32)
    canvas.next()
    canvas.put(1, f"{about}检查时间：{moment_text(check.request.now)}", SUBTITLE, across=seen)
    canvas.height(20)
    canvas.next()
    canvas.put(1, note, NOTE, across=seen)
    canvas.fit([(note, canvas.width(1, seen))], size=8.5, least=22)
    canvas.next()
    top = canvas.row
    for at, column in enumerate(columns, start=1):
        canvas.put(at, column.head, HEAD)
        canvas.sheet.column_dimensions[get_column_letter(at)].hidden = column.hidden
    canvas.height(22)
    canvas.next()
    rules: dict[tuple[str, bool], DataValidation] = {}
    for line in lines:
        _put_line(canvas, lists, rules, columns, line)
    if not lines:
        canvas.put(1, "没有", _PALE, across=seen)
        canvas.next()
    for rule in rules.values():
        canvas.sheet.add_data_validation(rule)
    _finish(canvas, title, top, seen)


def _put_line(
    canvas: Canvas,
    lists: _Lists,
    rules: dict[tuple[str, bool], DataValidation],
    columns: Sequence[Column],
    line: Line,
) -> None:
    texts = []
    for at, (column, item) in enumerate(zip(columns, line, strict=True), start=1):
        cell = item if isinstance(item, Cell) else Cell(item)
        address = canvas.put(at, cell.value if cell.value != "" else None, cell.style or column.style)
        if cell.choices:
            rule = rules.setdefault((lists.range_of(cell.choices), cell.open_list), _rule(lists.range_of(cell.choices), cell))
            rule.add(address)
        if isinstance(cell.value, str) and not column.hidden:
            texts.append((cell.value, column.width))
    canvas.fit(texts, size=9)
    canvas.height(min(_MOST_HEIGHT, canvas.sheet.row_dimensions[canvas.row].height))
    canvas.next()


def _rule(where: str, cell: Cell) -> DataValidation:
    """A drop-down; of an open list other texts may be typed, too."""
    return DataValidation(
        type="list",
        formula1=where,
        allow_blank=True,
        showErrorMessage=not cell.open_list,
        errorTitle="请检查填写内容",
        error="请从下拉列表中选择。",
    )


def _finish(canvas: Canvas, title: str, top: int, seen: int) -> None:
    sheet = canvas.sheet
    last = max(canvas.row - 1, top)
    sheet.freeze_panes = f"A{top + 1}"
    sheet.print_title_rows = f"{top}:{top}"
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(canvas.columns)}{last}"
    set_up_page(sheet, SheetLayout(title, (), (), "landscape", pages=0), canvas)
    sheet.print_area = f"A1:{get_column_letter(seen)}{last}"
    sheet.protection.sheet = False
