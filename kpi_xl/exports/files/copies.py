"""The same bytes given twice, under one name or another: read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_xl.errors import shown_name
from kpi_xl.exports.columns.mapping import ExportMapping, MappingFile
from kpi_xl.exports.files.guard import sha256


@dataclass(frozen=True)
class Copy:
    """A file that is not read, and the given file with the same bytes that is."""

    path: Path
    original: Path


def find_copies(files: Sequence[Path], maps: MappingFile | None) -> tuple[list[Path], list[Copy]]:
    """Return the files to read, in their order, and the copies among the given ones.

    Only files of one size are hashed. Of a file and its copy that one is read which the mapping file is about, else the first;
    both are, when the mapping file says different things about them.
    """
    sizes: dict[int, list[int]] = defaultdict(list)
    for number, path in enumerate(files):
        if (size := _size(path)) > 0:
            sizes[size].append(number)
    copies: dict[int, int] = {}
    for alike in sizes.values():
        kept: dict[tuple[str, ExportMapping | None], int] = {}
        entries = {number: maps.entry(shown_name(files[number]), None) if maps else None for number in alike}
        hashes = {path: sha256(path) for path in {files[number] for number in alike}} if len(alike) > 1 else {}
        for number in sorted(alike, key=lambda n: entries[n] is None) if hashes else ():
            digest, entry = hashes[files[number]], entries[number]
            same = [n for (one, said), n in kept.items() if one == digest and (entry is None or said == entry)]
            if same:
                copies[number] = same[0]
            else:
                kept[digest, entry] = number
    read = [path for number, path in enumerate(files) if number not in copies]
    return read, [Copy(files[number], files[original]) for number, original in sorted(copies.items())]


def _size(path: Path) -> int:
    """Return the size of a file; 0 of what is none, or cannot be looked at: opening it will tell."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
