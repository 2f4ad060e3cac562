"""Opening one file: guarded first, then as the text of its sheets."""

from __future__ import annotations

from pathlib import Path

from kpi_xl.exports.columns.mapping import ExportMapping
from kpi_xl.exports.files.csv_source import open_text
from kpi_xl.exports.files.excel_source import open_workbook
from kpi_xl.exports.files.guard import guard
from kpi_xl.exports.model import RawSheet, Unread


def open_sheets(path: Path, workdir: Path) -> list[RawSheet]:
    """Guard and open any table file (CSV, XLSX, XLS); return its sheets as UTF-8 text below `workdir`. Raises KpiError.

    For other rooms that read small tables of their own, as the ratings of supervisors.
    """
    return open_file(path, None, workdir)[0]


def open_file(path: Path, entry: ExportMapping | None, folder: Path) -> tuple[list[RawSheet], list[Unread]]:
    """Guard and open one file; `entry` is what the mapping says about it. Raises KpiError.

    Returns its sheets as text, and those that are hidden or hold nothing.
    """
    guarded = guard(path)
    if guarded.content == "text":
        return [open_text(guarded, entry, folder)], []
    return open_workbook(guarded, folder)
