"""The same bytes given twice, under one name or another: read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kpi_xl.errors import shown_name
from kpi_xl.exports.columns.mapping import ExportMapping, MappingFile
from kpi_xl.exports.files.guard import sha256


@dataclass(frozen=True)
class Copy:
    """A file that is not read, and the given file with the same bytes that is."""

    path: Path
    original: Path


def find_copies(exports: Sequence[Path], maps: MappingFile | None, roster: Path | None = None) -> tuple[list[Path], list[Copy]]:
    """Return the exports to read, in their order, and the copies among them; what is the roster's copy is read as the roster.

    Only files of one size are hashed. Of a file and its copy that one is read which the mapping file is about, else the first;
    both are, when the mapping file says different things about them.
    """
    files = [*([roster] if roster else []), *exports]
    sizes: dict[int, list[int]] = defaultdict(list)
    for number, path in enumerate(files):
        if (size := _size(path)) > 0:
            sizes[size].append(number)
    said = [_said(maps, path) for path in files]
    copies: dict[int, int] = {}
    for alike in sizes.values():
        kept: list[tuple[str, int]] = []
        hashes = {path: sha256(path) for path in {files[number] for number in alike}} if len(alike) > 1 else {}
        for number in sorted(alike, key=lambda n: (files[n] != roster, said[n] is None)) if hashes else ():
            digest = hashes[files[number]]
            same = [n for other, n in kept if other == digest and (files[n] == roster or said[number] in (None, said[n]))]
            if same:
                copies[number] = same[0]
            else:
                kept.append((digest, number))
    first = len(files) - len(exports)
    read = [path for number, path in enumerate(files) if number >= first and number not in copies]
    return read, [Copy(files[number], files[original]) for number, original in sorted(copies.items())]


def _said(maps: MappingFile | None, path: Path) -> ExportMapping | None:
    """Return what the mapping file says about a file, whatever pattern it names it by."""
    entry = maps.entry(shown_name(path), None) if maps else None
    return replace(entry, file="") if entry else None


def _size(path: Path) -> int:
    """Return the size of a file; 0 of what is none, or cannot be looked at: opening it will tell."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
