"""Workbooks -> one UTF-8 CSV per sheet, read in a child process with limited memory (the second fence behind `guard`)."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kpi_xl.errors import shown_name
from kpi_xl.exports.columns.vocabulary import spellings
from kpi_xl.exports.files import guard
from kpi_xl.exports.files.guard import Guarded, refuse
from kpi_xl.exports.model import Noticed, RawSheet, SheetFacts, Unread

_HEAD_ROWS = 1000
_SECONDS = 900


def open_workbook(guarded: Guarded, workdir: Path) -> tuple[list[RawSheet], list[Unread]]:
    """Return the visible sheets that hold anything, and the hidden or empty ones. Raises KpiError."""
    path, digest = guarded.path, guard.sha256(guarded.path)
    folder = workdir / f"book{len(list(workdir.iterdir()))}"
    folder.mkdir()
    (folder / "words.json").write_text(json.dumps(sorted(spellings())), encoding="utf-8")
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
    unread: list[Unread] = []
    for entry in json.loads(manifest.read_text(encoding="utf-8")):
        if not entry["visible"] or not (entry["rows"] or entry["uncomputed"]):
            unread.append(Unread(entry["name"], entry["rows"], not entry["visible"]))
            continue
        text = folder / entry["csv"]
        head, facts = _head(text), _facts(entry)
        sheets.append(
            RawSheet(
                shown_name(path), entry["name"], text, ",", head, guarded.content, digest, False, guarded.date1904, facts=facts
            )
        )
    if not sheets:
        raise _nothing(path, [sheet for sheet in unread if sheet.hidden and sheet.rows])
    return sheets, unread


def _nothing(path: Path, hidden: list[Unread]) -> Exception:
    if hidden:
        names = "、".join(sheet.sheet or "" for sheet in hidden)
        return refuse(
            path,
            f"只有隐藏的工作表里有内容（{names}）",
            f"only hidden sheets hold anything ({names})",
            "请取消隐藏要用的工作表后保存",
            "unhide the sheets to be used and save it",
        )
    return refuse(path, "工作簿里没有内容", "the workbook holds nothing", "请重新导出", "export it again")


def _facts(entry: Mapping[str, Any]) -> SheetFacts:
    def pairs(name: str) -> tuple[tuple[int, int], ...]:
        return tuple((first, second) for first, second in entry[name])

    return SheetFacts(
        columns_before=entry["left"],
        merged_areas=entry["merged"],
        merges=tuple((top, left, bottom, right) for top, left, bottom, right in entry["merges"]),
        hidden=pairs("hidden"),
        hidden_columns=pairs("hidden_columns"),
        uncomputed=pairs("uncomputed"),
        noticed=tuple(Noticed(row, start, tuple(cells), apart) for row, start, cells, apart in entry["noticed"]),
    )


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
