"""The cells of a workbook that HR filled in, by their headers: whatever program saved it, in whatever order its sheets stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi_xl.errors import KpiError, Place, Text, shown_name
from kpi_xl.exports.files.guard import guard

_HEADER_WITHIN = 30
_MOST_ROWS = 100_000


@dataclass(frozen=True)
class Row:
    """A row of a list: the text of its cells by header, and their addresses. Cells of headers that are not there are empty."""

    texts: Mapping[str, str]
    addresses: Mapping[str, str]

    def __getitem__(self, header: str) -> str:
        """Return the text of the cell below that header."""
        return self.texts.get(header, "")

    def place(self, header: str) -> str:
        """Return where the cell is: ``口径确认!I7``."""
        return self.addresses.get(header, "")


@dataclass(frozen=True)
class Setting:
    """One setting as a cell gives it: about which file and sheet (None: the whole department), which key, what, and which cell.

    `path` are the keys from the top of the mapping file, ``export`` left out.
    """

    file: str | None
    sheet: str | None
    path: tuple[str, ...]
    value: Any
    place: str


def read_lists(path: Path, wanted: Mapping[str, Collection[str]]) -> dict[str, list[Row]]:
    """Read lists of a workbook: by sheet the headers that its list must have. Sheets that are not there are left out.

    Raises KpiError for a file that is no workbook and for a sheet that lost a header.
    """
    from openpyxl import load_workbook

    guarded = guard(path)
    if guarded.content != "xlsx":
        raise KpiError.at(
            Place.of(path),
            Text("不是 XLSX 工作簿", "is no XLSX workbook"),
            Text("请在 Excel 或 WPS 中另存为 XLSX", "save it as XLSX in Excel or WPS"),
        )
    try:
        book = load_workbook(path, data_only=True)
    except Exception as error:
        raise KpiError.at(
            Place.of(path),
            Text(f"工作簿打不开（{type(error).__name__}）", f"the workbook cannot be opened ({error})"),
            Text("请在 Excel 或 WPS 中打开后另存为新的 XLSX", "open it in Excel or WPS and save it as a new XLSX"),
        ) from error
    titles = {sheet.title.strip(): sheet for sheet in book.worksheets}
    found = {}
    for title, headers in wanted.items():
        if title in titles:
            rows = titles[title].iter_rows(max_row=min(titles[title].max_row, _MOST_ROWS))
            found[title] = list(_rows(shown_name(path), title, [[(c.coordinate, c.value) for c in row] for row in rows], headers))
    return found


def _rows(file: str, title: str, cells: Sequence[Sequence[tuple[str, object]]], headers: Collection[str]) -> Iterator[Row]:
    top, names = _header(file, title, cells, headers)
    for row in cells[top + 1 :]:
        texts = {name: text_of(row[at][1]) for name, at in names.items() if at < len(row)}
        if any(texts.values()):
            yield Row(texts, {name: f"{title}!{row[at][0]}" for name, at in names.items() if at < len(row)})


def _header(
    file: str, title: str, cells: Sequence[Sequence[tuple[str, object]]], headers: Collection[str]
) -> tuple[int, dict[str, int]]:
    """Return the row of the headers and the column of each."""
    best: set[str] = set()
    for index, row in enumerate(cells[:_HEADER_WITHIN]):
        names = {text_of(value): at for at, (_, value) in reversed(list(enumerate(row))) if text_of(value)}
        if set(headers) <= set(names):
            return index, names
        best = max(best, set(headers) & set(names), key=len)
    missing = [header for header in headers if header not in best]
    raise KpiError.at(
        Place(file, title),
        Text(f"表头里缺少：{'、'.join(missing)}", f"the header lacks {', '.join(missing)}"),
        Text(
            "不要删除或改名这张表的列（隐藏的列也要保留）；可用 kpi-xl check 重新生成一份，再填一次",
            "keep the columns of this sheet, the hidden ones too; `kpi-xl check` makes a new one to fill in",
        ),
    )


def text_of(value: object) -> str:
    """Return what a cell says as text: whole numbers without a point, yes and no as words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
