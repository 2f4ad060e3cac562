"""Workbooks -> one UTF-8 CSV per sheet, read in a child process with limited memory (the second fence behind `guard`)."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

from kpi_xl.errors import shown_name
from kpi_xl.exports.files import guard
from kpi_xl.exports.files.guard import Guarded, refuse
from kpi_xl.exports.model import RawSheet

_HEAD_ROWS = 1000
_SECONDS = 900


def open_workbook(guarded: Guarded, workdir: Path) -> tuple[list[RawSheet], list[str]]:
    """Return the visible sheets that hold anything, and the names of the hidden or empty ones. Raises KpiError."""
    path, digest = guarded.path, guard.sha256(guarded.path)
    folder = workdir / f"book{len(list(workdir.iterdir()))}"
    folder.mkdir()
    child = Path(__file__).with_name("excel_child.py")
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [sys.executable, "-P", str(child), str(path), str(folder), str(guarded.memory_mb)],
            capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise _broken(path, "读取超时", "reading took too long") from error
    if done.returncode == 3:
        raise guard.encrypted(path)
    if done.returncode == 4:
        why = done.stdout.decode("utf-8", "replace").strip()
        raise _broken(path, why, why)
    manifest = folder / "sheets.json"
    if done.returncode != 0 or not manifest.exists():
        raise _broken(path, "读取程序因内容异常中止", "its content made the reader stop")
    sheets: list[RawSheet] = []
    ignored: list[str] = []
    for entry in json.loads(manifest.read_text(encoding="utf-8")):
        if not entry["visible"] or not entry["rows"]:
            ignored.append(entry["name"])
            continue
        text = folder / entry["csv"]
        sheets.append(
            RawSheet(shown_name(path), entry["name"], text, ",", _head(text), guarded.content, digest, False, guarded.date1904)
        )
    if not sheets:
        raise refuse(path, "工作簿里没有内容", "the workbook holds nothing", "请重新导出", "export it again")
    return sheets, ignored


def _head(path: Path) -> tuple[tuple[str, ...], ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(tuple(row) for row, _ in zip(csv.reader(file), range(_HEAD_ROWS), strict=False))


def _broken(path: Path, zh: str, en: str) -> Exception:
    return refuse(
        path,
        f"工作簿已损坏或内容异常（{zh}）",
        f"the workbook is broken or absurd inside ({en})",
        "请重新导出，或在 Excel、WPS 中打开后另存为新的 XLSX",
        "export it again, or open it in Excel or WPS and save it as a new XLSX",
    )
