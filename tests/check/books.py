"""A small department to be checked, and 导入检查.xlsx as a person fills it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from ..command_line import kpi_xl
from ..exports.files import write

TICKETS = (
    "工单编号,客服,班组,客户电话,工单类型,是否紧急,创建时间,办结时间,归档时间,备注",
    "T1,张伟,一组,13800000001,咨询,否,2025/9/1 8:03,2025/9/1 18:00,2025/9/2 8:00,客户催促过",
    "T2,李四2,一组,13800000002,投诉,是,2025/9/2 8:03,2025/9/3 18:00,2025/9/13 8:00,",
    "T2,李四2,一组,13800000002,投诉,是,2025/9/2 8:03,2025/9/3 18:00,2025/9/13 8:00,",
    "T3,王五（离职）,二组,13800000003,维修,否,2025/8/30 8:03,2025/9/1 18:00,2025/9/21 8:00,无",
    "T4,外人,二组,13800000003,维修,否,2025/9/30 8:03,2025/10/1 18:00,2025/10/2 8:00,无",
    "合计,,,,,,,,,",
)
RATINGS = (
    "工单编号,客服,回访时间,评分,评价",
    "T1,张伟,2025/9/13 10:00,5,满意",
    "T2,赵六,2025/9/14 10:00,3,还行吧",
)
ROSTER = (
    "工号,姓名,班组,岗位,状态",
    "001,张伟,一组,客服,在职",
    "002,李四,一组,客服,在职",
    "003,王五,二组,客服,离职",
    "004,赵六,二组,客服,在职",
    "005,孙七,二组,客服,休假",
    "006,孙七,一组,客服,在职",
)


def department(folder: Path) -> Path:
    """Write the exports into a folder of their own, the roster beside it."""
    exports = folder / "导出"
    exports.mkdir(exist_ok=True)
    write(exports, *TICKETS, name="工单.csv")
    write(exports, *RATINGS, name="回访.csv")
    write(folder, *ROSTER, name="花名册.csv")
    return exports


def checked(folder: Path, *arguments: object, name: str = "导入检查.xlsx") -> Path:
    """Run ``kpi-xl check`` into a workbook."""
    out = folder / name
    done = kpi_xl("check", *arguments, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def lines(path: Path, title: str) -> list[dict[str, Any]]:
    """Return the rows of a sheet by their headers."""
    sheet = openpyxl.load_workbook(path)[title]
    names = [cell.value for cell in sheet[4]]
    rows = sheet.iter_rows(min_row=5, values_only=True)
    return [dict(zip(names, row, strict=True)) for row in rows if any(value is not None for value in row)]


def choose(path: Path, title: str, header: str, value: object, **where: object) -> Path:
    """Type a value into the cell below `header` of the row in which other cells hold what `where` says."""
    book = openpyxl.load_workbook(path)
    sheet = book[title]
    sheet.cell(row_of(sheet, where), _columns(sheet)[header]).value = value  # type: ignore[assignment]
    book.save(path)
    return path


def row_of(sheet: Worksheet, where: dict[str, object]) -> int:
    """Return the only row in which the cells hold that."""
    columns = _columns(sheet)
    found = [
        row
        for row in range(5, sheet.max_row + 1)
        if all(sheet.cell(row, columns[name]).value == text for name, text in where.items())
    ]
    assert len(found) == 1, (where, found)
    return found[0]


def _columns(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[4] if cell.value is not None}
