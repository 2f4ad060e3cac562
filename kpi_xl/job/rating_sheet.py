"""A sheet of ratings: where its header is, which column is what, and what stands on it besides ratings."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kpi_xl.cell_words import is_total
from kpi_xl.exports.model import RawSheet
from kpi_xl.issues import Issue
from kpi_xl.job.rating_issues import rating_issue
from kpi_xl.numbers import parse_number
from kpi_xl.ooxml.book import Book, Sheet, open_book
from kpi_xl.ooxml.package import read_package

WORDS: Mapping[str, tuple[str, ...]] = {
    "person": ("工号", "被考核人", "被考核人工号", "员工工号", "person", "id", "agent"),
    "team": ("团队",),
    "name": ("姓名", "员工姓名", "name"),
    "role": ("评分人角色", "评分关系", "评分人类型", "与被考核人关系", "角色", "rater_role", "role"),
    "rater": ("评分人", "评分人编号", "评分人姓名", "评分者", "打分人", "评价人", "考评人", "评委", "rater"),
    "indicator": ("指标", "考核指标", "indicator"),
    "value": ("评分", "得分", "分数", "value", "score"),
}
_BYSTANDERS = (
    *("序号", "编号", "备注", "说明", "部门", "班组", "小组", "区域", "岗位", "职务", "电话", "手机"),
    *("日期", "月份", "年份", "周期", "考核周期", "合计", "总计", "总分", "平均", "平均分", "名次", "排名"),
)
"""Columns of numbers that ratings sheets have beside the ratings."""
_HEADER_WITHIN = 30
_FIRST_CELLS = 5
"""So many cells of a row at its beginning may say that it is a row of totals."""


def read_rows(sheet: RawSheet, inputs: frozenset[str]) -> tuple[list[list[str]], int | None]:
    """Return the texts of the rows, and the place of the header among them (None: there is none)."""
    with sheet.path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [[cell.strip() for cell in row] for row in csv.reader(stream, delimiter=sheet.delimiter)]
    return rows, next((i for i, row in enumerate(rows[:_HEADER_WITHIN]) if _is_header(row, inputs)), None)


def _is_header(row: Sequence[str], inputs: frozenset[str]) -> bool:
    find, is_long = layout(row)
    if all(find[name] is None for name in ("person", "name", "team")):
        return False
    return is_long or bool(set(row) & inputs)


def layout(header: Sequence[str]) -> tuple[dict[str, int | None], bool]:
    """Return the places of the known columns, and whether each line is one mark."""
    find = {name: _find(header, words) for name, words in WORDS.items()}
    return find, find["value"] is not None and not (find["indicator"] is None and find["role"] is None)


def _find(header: Sequence[str], words: Sequence[str]) -> int | None:
    lowered = [cell.casefold() for cell in header]
    return next((lowered.index(word) for word in words if word in lowered), None)


def is_total_row(row: Sequence[str], named: Iterable[int | None]) -> bool:
    """Tell a row of totals or means: it says so where a person is named, or in its first cells."""
    places = {0, 1, *(place for place in named if place is not None and place < _FIRST_CELLS)}
    return any(is_total(row[place]) for place in places if place < len(row))


def totals(sheet: RawSheet, rows: Sequence[Sequence[str]], at: int) -> Iterator[Issue]:
    """Name the rows of totals below the header; they are nobody's ratings."""
    find, _ = layout(rows[at])
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if is_total_row(row, find.values()):
            yield rating_issue("total_row", sheet, number, None, next((cell for cell in row if is_total(cell)), ""))


def error_values(path: Path, sheets: Sequence[RawSheet], inputs: frozenset[str]) -> Iterator[Issue]:
    """Name the cells with error values (``#N/A``) in columns of ratings: reading a workbook leaves them blank."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return
    book = open_book(read_package(path))
    read = {sheet.sheet: sheet for sheet in sheets}
    for sheet in book.sheets.values():
        if sheet.name in read:
            for row, header, value in _errors_below(book, sheet, inputs | set(WORDS["value"])):
                yield rating_issue("error_value", read[sheet.name], row, header, value, "kept")


def _errors_below(book: Book, sheet: Sheet, headers: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    """Yield row, header and value of each error value that stands below one of the headers."""
    found: dict[int, str] = {}
    for number, row in sheet.rows.items():
        for column, cell in row.cells.items():
            text = book.text(cell)
            if cell.kind == "e" and column in found:
                yield number, found[column], cell.value.text if cell.value is not None else ""
            elif text is not None and text.text.strip() in headers:
                found.setdefault(column, text.text.strip())


def unread_columns(sheet: RawSheet, rows: Sequence[Sequence[str]], at: int, inputs: frozenset[str]) -> Iterator[Issue]:
    """Name the columns of numbers that are neither an indicator nor anything else that is known."""
    header = rows[at]
    find, is_long = layout(header)
    if is_long:
        return
    for place, word in enumerate(header):
        if not word or word in inputs or word in _BYSTANDERS or place in find.values():
            continue
        below = ((number, row[place]) for number, row in enumerate(rows[at + 1 :], start=at + 2) if place < len(row))
        first = next((number for number, cell in below if parse_number(cell) is not None), None)
        if first is not None:
            yield rating_issue("unread_column", sheet, first, word)
