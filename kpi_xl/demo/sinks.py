"""Where the invented rows go: CSV files that stream, and XLSX workbooks whose bytes depend on nothing but their content."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from kpi_xl.outputs import replacing, require_free, write_output

Entry = str | int | float | dt.date | dt.datetime | None
_MADE_ON = dt.datetime(2025, 10, 1, 8, 12, tzinfo=dt.UTC)


class Sink(Protocol):
    """A file of rows below a header. `sheet` names the sheet in a workbook; a CSV file has one table only."""

    path: Path

    def write(self, row: Sequence[Entry], sheet: str = "") -> None:
        """Add a row."""

    def close(self) -> None:
        """Finish the file."""


class CsvSink:
    """A CSV file with Windows line ends, as ticket systems write them; dates as ``2025-09-01 08:03``."""

    def __init__(self, path: Path, header: Sequence[str], *, encoding: str, titles: Sequence[str] = ()) -> None:
        self.path = path
        self._place = ExitStack()
        self._stream = io.TextIOWrapper(self._place.enter_context(replacing(path)), encoding=encoding, newline="")
        self._writer = csv.writer(self._stream, lineterminator="\r\n")
        self._writer.writerows([title] for title in titles)
        self._writer.writerow(header)

    def write(self, row: Sequence[Entry], sheet: str = "") -> None:
        """Add a row; the sheet's name is not used."""
        self._writer.writerow([_as_text(value) for value in row])

    def close(self) -> None:
        """Put the file in its place."""
        self._stream.detach()
        self._place.close()


class XlsxSink:
    """A workbook with one table per sheet, each with title rows above its header; sheets appear in the order of first use."""

    def __init__(self, path: Path, header: Sequence[str], *, titles: Sequence[str] = ()) -> None:
        require_free(path)
        self.path = path
        self._header = header
        self._titles = titles
        self._book = Workbook(write_only=True)
        self._book.properties.creator = "kpi-xl demo"
        self._book.properties.created = _MADE_ON.replace(tzinfo=None)

    def write(self, row: Sequence[Entry], sheet: str = "") -> None:
        """Add a row to the sheet of that name."""
        if sheet not in self._book.sheetnames:
            self._start(sheet)
        self._book[sheet].append(list(row))

    def close(self) -> None:
        """Save the workbook, with every time stamp in it fixed."""
        raw = io.BytesIO()
        self._book.save(raw)
        write_output(self.path, _fix_times(raw.getvalue()))

    def _start(self, name: str) -> None:
        sheet = self._book.create_sheet(name)
        sheet.freeze_panes = f"A{len(self._titles) + 2}"
        for i, header in enumerate(self._header, start=1):
            sheet.column_dimensions[get_column_letter(i)].width = max(10, 2 * len(header) + 4)
        for i, title in enumerate(self._titles):
            sheet.append([self._bold(sheet, title, 14) if i == 0 else title])
        sheet.append([self._bold(sheet, header, 11) for header in self._header])

    @staticmethod
    def _bold(sheet: WriteOnlyWorksheet, text: str, size: int) -> object:
        cell = WriteOnlyCell(sheet, value=text)
        cell.font = Font(bold=True, size=size)
        return cell


def _as_text(value: Entry) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _fix_times(package: bytes) -> bytes:
    """Return the package with fixed times: openpyxl writes the present moment into the properties and each zip entry."""
    fixed = io.BytesIO()
    stamp = f"{_MADE_ON:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            entry = zipfile.ZipInfo(name, _MADE_ON.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return fixed.getvalue()
