"""The workbook to begin with: every function with its examples, living, beside the result that it must give.

With our add-in a plain .xlsx; for importing functions the same sheet in a workbook with macros, which refers to xlwings' add-in
and says on its own sheet ``xlwings.conf`` which module it imports.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_xl.excel.wrappers import MODULE
from kpi_xl.functions import CATALOG
from kpi_xl.functions.cells import Block, block

if TYPE_CHECKING:
    from openpyxl.cell import Cell as SheetCell
    from openpyxl.cell import MergedCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

SHEET, CONFIGURATION = "KPI函数", "xlwings.conf"
HEAD_ROW = 4
_HEADS = ("函数", "说明", "示例")
_BLOCKS = ("结果", "应为", "相符")
_WIDTHS = (20, 60, 46)
_BLOCK_WIDTHS = {"结果": (26, 12), "应为": (26, 12), "相符": (7, 4)}
"""The first column of a block, which nearly all results have alone, and each further one."""
_EQUAL, _UNEQUAL = "✓", "✗"
_TITLE = "KPI 考核函数入门"
_NOTE = (
    "关闭全部 Excel 窗口、重新打开后，函数在任何工作簿中可用，不必启用宏。“相符”列应全部是 ✓。"
    "显示 #NAME? 的，按 Ctrl+Alt+Shift+F9 全部重算；仍不对，运行 kpi-xl excel doctor。"
)
_IMPORT_NOTE = (
    "首次使用：启用宏 → xlwings 选项卡 → Import Functions。之后按 Ctrl+Alt+Shift+F9 全部重算，“相符”列应全部是 ✓。"
    "自己的 .xlsm 要用函数，先把 xlwings.conf 工作表复制过去。"
)


@dataclass(frozen=True)
class _Row:
    """An example: what stands in the first three columns, the living formula and the cells that it must give."""

    name: str | None
    doc: str | None
    formula: str
    expected: Block


def build_starter() -> bytes:
    """Return the workbook for our add-in: .xlsx, no macros."""
    import openpyxl

    book = openpyxl.Workbook()
    _fill(book.worksheets[0], _NOTE)
    return _saved(book)


def build_import_starter() -> bytes:
    """Return the workbook for importing. Its VBA project is the empty one of xlwings' quickstart, with the reference needed."""
    import openpyxl

    found = importlib.util.find_spec("xlwings")
    template = Path(found.origin).parent / "quickstart.xlsm" if found and found.origin else Path("quickstart.xlsm")
    book = openpyxl.load_workbook(template, keep_vba=True)
    settings = book["_xlwings.conf"]
    settings.delete_rows(1, settings.max_row)
    settings.title = CONFIGURATION
    for line in (("UDF MODULES", MODULE), ("ADD_WORKBOOK_TO_PYTHONPATH", "false")):
        settings.append(line)
    _fill(book.worksheets[0], _IMPORT_NOTE)
    saved = _saved(book)
    if book.vba_archive is not None:
        book.vba_archive.close()
    return saved


def _saved(book: Workbook) -> bytes:
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def _examples() -> Iterator[_Row]:
    for function in CATALOG:
        for number, example in enumerate(function.examples):
            first = number == 0
            yield _Row(
                function.name if first else None,
                function.doc if first else None,
                example.formula(function.name),
                block(example.result),
            )


def _fill(sheet: Worksheet, note: str) -> None:
    """Write the sheet: each example in as many rows as its result has, then results, what they must be, and whether they are."""
    from openpyxl.styles import Font
    from openpyxl.worksheet.formula import ArrayFormula
    from openpyxl.worksheet.properties import PageSetupProperties

    examples = list(_examples())
    width = max(len(example.expected[0]) for example in examples)
    result, expected, same = (len(_HEADS) + 1 + width * place for place in range(len(_BLOCKS)))
    sheet.title = SHEET
    sheet["A1"], sheet["A2"] = _TITLE, note
    sheet["A1"].font = Font(bold=True, size=16)
    _heads(sheet, width)
    row, cells = HEAD_ROW, 0
    for example in examples:
        row += 1
        for column, value in enumerate((example.name, example.doc, example.formula), start=1):
            _put(sheet, row, column, value)
        sheet.cell(row, 3).data_type = "s"  # the formula as text, beside the living one
        sheet.cell(row, 3).quotePrefix = True
        last = sheet.cell(row + len(example.expected) - 1, result + len(example.expected[0]) - 1)
        ref = f"{sheet.cell(row, result).coordinate}:{last.coordinate}"
        many = len(example.expected) * len(example.expected[0]) > 1
        _put(sheet, row, result, ArrayFormula(ref, example.formula) if many else example.formula)
        for down, line in enumerate(example.expected):
            for right, value in enumerate(line):
                there = _put(sheet, row + down, expected + right, '=""' if value == "" else value)
                _put(sheet, row + down, same + right, _test(sheet.cell(row + down, result + right).coordinate, there.coordinate))
                cells += 1
        row += len(example.expected) - 1
    area = f"{sheet.cell(HEAD_ROW + 1, same).coordinate}:{sheet.cell(row, same + width - 1).coordinate}"
    sheet["A3"] = f'="相符 "&COUNTIF({area},"{_EQUAL}")&" / {cells}"'
    sheet["A3"].font = Font(bold=True)
    sheet.freeze_panes = f"A{HEAD_ROW + 1}"
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _test(shown: str, expected: str) -> str:
    """Return the formula that compares two cells: numbers with numbers, and texts as Calc compares them in tables, too."""
    equal = f'AND(ISNUMBER({shown})=ISNUMBER({expected}),{shown}&""={expected}&"")'
    return f'=IFERROR(IF({equal},"{_EQUAL}","{_UNEQUAL}"),"{_UNEQUAL}")'


def _put(sheet: Worksheet, row: int, column: int, value: object) -> SheetCell | MergedCell:
    from openpyxl.styles import Alignment

    cell = sheet.cell(row, column)
    cell.value = value  # type: ignore[assignment] # openpyxl has no name for what a cell may hold
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _heads(sheet: Worksheet, width: int) -> None:
    """Write the heads; a block of results is as wide as the widest result, and its name stands over the first column."""
    from openpyxl.styles import Font, PatternFill

    heads = [*_HEADS, *(head for name in _BLOCKS for head in (name, *[""] * (width - 1)))]
    widths = [*_WIDTHS, *(_BLOCK_WIDTHS[name][place > 0] for name in _BLOCKS for place in range(width))]
    for column, (head, wide) in enumerate(zip(heads, widths, strict=True), start=1):
        cell = sheet.cell(HEAD_ROW, column, head)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="2F5597")
        sheet.column_dimensions[cell.column_letter].width = wide
