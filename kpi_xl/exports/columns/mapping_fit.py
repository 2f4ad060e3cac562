"""Does a mapping file fit the files that were given? An entry that is not used is told, one that is misspelt is refused.

One mapping file may serve for months and for more exports than are given today, so an entry without a file is an issue, not a
fault. It is a fault when the file that it seems to mean is there and would be read as if nothing had been said about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import PurePath

from kpi_xl.cell_words import fold_width
from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.exports.columns.mapping import ExportMapping, MappingFile

_SHOWN = 8


def check_names(maps: MappingFile, files: Sequence[str]) -> MappingFile:
    """Return the mapping file with the names of all given files, after looking for entries with a wrong name.

    Raises KpiError when an entry names no given file but nearly one that no entry is about, and when no entry fits any file.
    """
    free = [file for file in files if maps.entry(file, None) is None]
    problems = []
    for number, entry in enumerate(maps.entries, start=1):
        near = [] if _is_pattern(entry.file) or entry.file in files else [f for f in free if _alike(entry.file, f)]
        if near:
            stem, suffix = PurePath(near[0]).stem, PurePath(near[0]).suffix
            pattern = re.sub(r"\d[\d\s._-]*", "*", stem, count=1) + suffix
            monthly = Text(
                f"；文件名每月不同时可写 file = \"{pattern}\"", f'; for names that change each month write file = "{pattern}"'
            ) if re.search(r"\d", stem) else Text("", "")  # fmt: skip
            problems.append(
                Problem(
                    f"{maps.path} [[export]] {number}",
                    Text(
                        f"写的文件“{entry.file}”没有给出；是不是“{near[0]}”？",
                        f"names {entry.file!r}, which was not given; did you mean {near[0]!r}?",
                    ),
                    Text(f'请改成 file = "{near[0]}"{monthly.zh}', f'write file = "{near[0]}"{monthly.en}'),
                )
            )
    given = "、".join(files[:_SHOWN])
    if problems:
        first = problems[0].message
        raise KpiError(
            Text(
                f"映射文件 {maps.path} 与给出的文件（{given}）对不上：{first.zh}",
                f"the mapping file {maps.path} does not fit the given files ({given}): an entry {first.en}",
            ),
            Text(
                "请改正映射文件里的 file，否则这一段不会起作用", "correct file in the mapping file, else the entry has no effect"
            ),
            problems,
            where=Place(maps.path, key="export"),
        )
    if maps.entries and len(free) == len(files):
        named = "、".join(dict.fromkeys(entry.file for entry in maps.entries))
        raise KpiError(
            Text(
                f"映射文件 {maps.path} 没有一段对得上给出的文件：写的是 {named}，给出的是 {given}",
                f"no entry of the mapping file {maps.path} fits a given file: it names {named}; given: {given}",
            ),
            Text(
                "请把 file 改成给出的文件名（可用 *），或者去掉 --mapping",
                "write the name of a given file (with * where it varies), or leave --mapping out",
            ),
            where=Place(maps.path, key="export"),
        )
    return replace(maps, given=tuple(files))


def check_sheets(maps: MappingFile, file: str, sheets: Sequence[str], idle: Sequence[str]) -> None:
    """Raise KpiError when an entry for exactly this workbook names a sheet that it lacks, and a sheet is left without entry.

    `idle` are the names of its hidden and empty sheets.
    """
    free = [sheet for sheet in sheets if maps.entry(file, sheet) is None]
    for number, entry in enumerate(maps.entries, start=1):
        if entry.file != file or entry.sheet is None or not free or any(entry.fits(file, s) for s in (*sheets, *idle)):
            continue
        near = next((sheet for sheet in free if _alike(entry.sheet, sheet)), free[0])
        raise KpiError.at(
            Place(file),
            Text(
                f"没有叫“{entry.sheet}”的工作表（{maps.path} 第 {number} 段），只有 {'、'.join(sheets[:_SHOWN])}",
                f"has no sheet {entry.sheet!r} (entry {number} of {maps.path}), only {', '.join(sheets[:_SHOWN])}",
            ),
            Text(f'是不是 sheet = "{near}"？请改正，或删去这一段', f'did you mean sheet = "{near}"? Correct or drop the entry'),
        )


def unused_entries(maps: MappingFile, opened: Iterable[tuple[str, str | None]]) -> list[str]:
    """Describe the entries that are about none of the given files, or none of the sheets that their files hold."""
    places = list(opened)
    found = []
    for number, entry in enumerate(maps.entries, start=1):
        about = [(file, sheet) for file, sheet in places if entry.fits(file, None)]
        if any(entry.fits(file, None) for file in maps.given):
            if not about or any(entry.fits(file, sheet) for file, sheet in about):
                continue
            there = "工作表有 " + "、".join(dict.fromkeys(sheet or "" for _, sheet in about))
        else:
            there = "给出的是 " + "、".join(maps.given)
        found.append(f"第 {number} 段 {_named(entry)}；{there}")
    return found


def _named(entry: ExportMapping) -> str:
    return f'file = "{entry.file}"' + (f', sheet = "{entry.sheet}"' if entry.sheet is not None else "")


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _alike(written: str, there: str) -> bool:
    """Tell whether one name is probably meant for the other: but for a slip of the pen, the number of a month, the extension."""
    one, other = (fold_width(PurePath(name.replace("\\", "/")).stem).casefold().strip() for name in (written, there))
    if one == other or (re.search(r"[^\W\d]", one) and re.sub(r"\d+", "0", one) == re.sub(r"\d+", "0", other)):
        return True
    longest = max(len(one), len(other))
    same = sum(block.size for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())
    return same > 0 and longest - same <= max(1, longest // 6)
