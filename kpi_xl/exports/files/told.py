"""What is said of a sheet besides its rows: what is hidden, what was not read, and formulas that nobody ever computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.exports.columns.header import Header
from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.model import RawSheet, Unread
from kpi_xl.issues import Issue


def unread_issues(file: str, unread: Sequence[Unread]) -> Iterator[Issue]:
    """Tell of sheets and tables that were not read."""
    for one in unread:
        if one.hidden and one.rows:
            yield issue_of("hidden_sheet", file, one.sheet, count=one.rows)
        elif one.row is not None:
            yield issue_of("ignored_table", file, one.sheet, row=one.row, count=max(one.rows, 1))
        else:
            yield issue_of("ignored_sheet", file, one.sheet)


def sheet_issues(sheet: RawSheet, header: Header) -> Iterator[Issue]:
    """Tell of hidden rows below the header and of hidden columns: they are read like the others."""
    hidden = [(max(first, header.index + 1), last) for first, last in sheet.facts.hidden if last > header.index]
    rows = sum(last - first + 1 for first, last in hidden)
    if rows:
        yield issue_of("hidden_rows", sheet.file, sheet.sheet, row=sheet.row(hidden[0][0]), count=rows)
    names = [name for place, name in enumerate(header.names) if name and _within(sheet.facts.hidden_columns, place)]
    if names:
        yield issue_of("hidden_columns", sheet.file, sheet.sheet, value="、".join(names), count=len(names))


def _within(runs: Sequence[tuple[int, int]], place: int) -> bool:
    return any(first <= place <= last for first, last in runs)


def require_computed(sheets: Sequence[tuple[RawSheet, int]]) -> None:
    """Raise KpiError when a formula below the header of a sheet (its row, from 0) has no result."""
    for sheet, header in sheets:
        wanting = [(row, column) for row, column in sheet.facts.uncomputed if row > header and column >= 0]
        if wanting:
            raise _uncomputed(sheet, wanting)


def _uncomputed(sheet: RawSheet, wanting: Sequence[tuple[int, int]]) -> KpiError:
    row, column = wanting[0]
    cell = f"{_letters(sheet.facts.columns_before + column)}{sheet.row(row)}"
    more_zh, more_en = (
        (f"这里和另外 {len(wanting) - 1} 格" if len(wanting) > 1 else ""),
        f" and {len(wanting) - 1} more" * (len(wanting) > 1),
    )
    return KpiError.at(
        Place(sheet.file, sheet.sheet, cell=cell),
        Text(f"{more_zh or '这里'}是公式，但没有算出结果", f"a formula without a result{more_en}"),
        Text("请用 Excel 或 WPS 打开并保存，再读取", "open it in Excel or WPS and save it, then read it again"),
    )


def _letters(column: int) -> str:
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return letters
