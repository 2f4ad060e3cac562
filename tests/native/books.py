"""Workbooks with calls in all the places where HR puts them, and a way to look at what became of them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl
from openpyxl.formatting.rule import FormulaRule
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table, TableFormula

from kpi_xl.workbook.lowered import LoweredBook, lower_workbook


def saved(book: Workbook, changes: Mapping[str, tuple[str, str]] | None = None) -> bytes:
    """Return a workbook as bytes; `changes`: in each part, a pattern and what stands for it (it must be found)."""
    out = io.BytesIO()
    book.save(out)
    return changed(out.getvalue(), changes or {})


def changed(data: bytes, changes: Mapping[str, tuple[str, str]]) -> bytes:
    """Return a package with text replaced in some parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            if name in changes:
                pattern, new = changes[name]
                text, count = re.subn(pattern, lambda _, new=new: new, body.decode())
                assert count, (name, pattern)
                body = text.encode()
            target.writestr(name, body)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Return a package with one more part."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def sheet_book(cells: Mapping[str, Any], sheet: str = "月报") -> Workbook:
    """Return a workbook of one sheet; a value ``(area, formula)`` is an array formula."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = sheet
    for address, value in cells.items():
        page[address] = ArrayFormula(*value) if isinstance(value, tuple) else value
    return book


def parts(data: bytes) -> dict[str, bytes]:
    """Return the parts of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def shown(data: bytes, sheet: str = "月报") -> dict[str, Any]:
    """Return the cached values of a sheet."""
    page = openpyxl.load_workbook(io.BytesIO(data), data_only=True)[sheet]
    return {cell.coordinate: cell.value for row in page.iter_rows() for cell in row if cell.value is not None}


def formulas(data: bytes, sheet: str = "月报") -> dict[str, str]:
    """Return the formulas of a sheet, of arrays those of the first cell."""
    page = openpyxl.load_workbook(io.BytesIO(data))[sheet]
    found = ((cell.coordinate, cell.value) for row in page.iter_rows() for cell in row if cell.data_type == "f")
    return {address: value.text if isinstance(value, ArrayFormula) else value for address, value in found}


SCORES = {"A1": 95, "A2": 89.995, "A3": 72, "A4": None, "A5": "待评：缺回访", "A6": 60}


def lowered(cells: dict[str, Any], **changes: tuple[str, str]) -> LoweredBook:
    """Return a workbook of the scores and these cells, lowered."""
    parts_changed = {f"xl/{name}": change for name, change in changes.items()}
    return lower_workbook(saved(sheet_book({**SCORES, **cells}), parts_changed))


def around() -> Any:
    """Return a workbook with calls in a condition, validations, names and a table."""
    book = sheet_book(SCORES)
    page = book["月报"]
    page.conditional_formatting.add("C2:C6", FormulaRule(formula=['KPI_GRADE(A2)="高级客服"']))
    page.conditional_formatting.add("D2:D6", FormulaRule(formula=['LEN(KPI_WHY("fcr",A2))>3']))
    rule = DataValidation("custom", formula1='=KPI_GRADE(A2)<>"待改进"')
    rule.add("E2:E6")
    page.add_data_validation(rule)
    book.defined_names["我的等级"] = DefinedName("我的等级", attr_text="KPI_GRADE(月报!$A$1)")
    page["G1"] = "=我的等级"
    people = book.create_sheet("名单")
    for row in (["姓名", "得分", "等级", "说明"], ["张三", 95, None, None], ["李四", 72, None, None]):
        people.append(row)
    table = Table(displayName="名单表", ref="A1:D3")
    table._initialise_columns()  # openpyxl makes the columns on saving only
    for column, name in zip(table.tableColumns, ("姓名", "得分", "等级", "说明"), strict=True):
        column.name = name
    table.tableColumns[2].calculatedColumnFormula = TableFormula(attr_text="KPI_GRADE(名单表[[#This Row],[得分]])")
    table.tableColumns[3].calculatedColumnFormula = TableFormula(attr_text='KPI_WHY("fcr",名单表[[#This Row],[得分]])')
    people.add_table(table)
    for row in (2, 3):
        people[f"C{row}"] = "=KPI_GRADE(名单表[[#This Row],[得分]])"
    people["F1"] = "=KPI_MEAN_RATING(名单表[得分])"
    return book
