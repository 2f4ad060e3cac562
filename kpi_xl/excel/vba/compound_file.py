"""The file within the file that holds a VBA project (MS-CFB, version 3): storages and streams in sectors of 512 bytes.

Reading is olefile's task; this module writes, without dates and free sectors: the same streams give the same bytes. Storages
stand in the root alone.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SECTOR, _MINI = 512, 64
_SMALL = 4096  # shorter streams lie in the ministream
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_IN_HEADER = 109  # as many sectors of the table of sectors the header can name
_HEADER = struct.Struct("<8s16sHHHHH6s9I")
_ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")


@dataclass
class _Entry:
    """One line of the directory; `left`, `right`, `child` are numbers of other lines."""

    name: str
    kind: int
    content: bytes = b""
    children: list[int] = field(default_factory=list)
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    color: int = _BLACK
    start: int = _END


def read_streams(data: bytes) -> dict[str, bytes]:
    """Return all streams by path (``VBA/dir``). Raises OSError for what is no compound file."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as opened:
        return {"/".join(path): opened.openstream(path).read() for path in opened.listdir(streams=True, storages=False)}


def write_streams(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file with these streams by path. Raises ValueError above about 7 MB."""
    entries = _directory(streams)
    sectors = _Sectors()
    small = bytearray()
    mini_table: list[int] = []
    for entry in entries:
        if entry.kind == _STREAM and 0 < len(entry.content) < _SMALL:
            entry.start = len(mini_table)
            _chain(mini_table, -(-len(entry.content) // _MINI))
            small += entry.content + bytes(-len(entry.content) % _MINI)
        elif entry.kind == _STREAM:
            entry.start = sectors.put(entry.content)
    entries[0].content = bytes(small)
    entries[0].start = sectors.put(entries[0].content)
    mini_start = sectors.put(_numbers(mini_table))
    mini_sectors = -(-len(mini_table) * 4 // _SECTOR)
    directory_start = sectors.put(b"".join(_line(entry) for entry in entries) + _unused(len(entries)))
    return sectors.file(directory_start, mini_start, mini_sectors)


class _Sectors:
    """The sectors behind the header, and the table that says which sector follows which."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.table: list[int] = []

    def put(self, content: bytes) -> int:
        """Append content in sectors; return the number of the first."""
        if not content:
            return _END
        first = len(self.table)
        self.content += content + bytes(-len(content) % _SECTOR)
        _chain(self.table, -(-len(content) // _SECTOR))
        return first

    def file(self, directory: int, mini: int, mini_sectors: int) -> bytes:
        """Return the whole file: header, sectors, and the table itself in the last sectors."""
        per_sector = _SECTOR // 4
        own = 0
        while own * per_sector < len(self.table) + own:
            own += 1
        if own > _IN_HEADER:
            raise ValueError("more than a VBA project of this writer can hold")
        places = [*range(len(self.table), len(self.table) + own)]
        table = _numbers([*self.table, *[_FAT] * own])
        head = _HEADER.pack(
            *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6), 0, own, directory, 0, _SMALL),
            *(mini, mini_sectors, _END, 0),
        )
        return head + _numbers(places, _IN_HEADER) + self.content + table


def _chain(table: list[int], count: int) -> None:
    """Append `count` sectors that follow each other."""
    first = len(table)
    table += [*range(first + 1, first + count), _END]


def _numbers(values: Sequence[int], least: int = 0) -> bytes:
    """Return numbers of 4 bytes, filled up with "free" to whole sectors, or to `least` numbers."""
    missing = least - len(values) if least else -len(values) % (_SECTOR // 4)
    return struct.pack(f"<{len(values) + missing}I", *values, *[_FREE] * missing)


# --- the directory --------------------------------------------------------------------------------------------------------


def _directory(streams: Mapping[str, bytes]) -> list[_Entry]:
    entries = [_Entry("Root Entry", _ROOT)]
    storages = {"": 0}
    for path, content in streams.items():
        folder, _, name = path.rpartition("/")
        if folder not in storages:
            storages[folder] = len(entries)
            entries[0].children.append(len(entries))
            entries.append(_Entry(folder, _STORAGE, start=0))
        entries[storages[folder]].children.append(len(entries))
        entries.append(_Entry(name, _STREAM, content))
    for entry in entries:
        ordered = sorted(entry.children, key=lambda number: _order(entries[number].name))
        deepest = len(ordered).bit_length() - 1
        entry.child = _tree(entries, ordered, 0, deepest)
    return entries


def _order(name: str) -> tuple[int, str]:
    """Return what directories are sorted by: the length, then the name in capitals."""
    return len(name), name.upper()


def _tree(entries: list[_Entry], ordered: list[int], level: int, deepest: int) -> int:
    """Hang sorted entries into a red-black tree and return its root: balanced, and only the deepest level is red."""
    if not ordered:
        return _NONE
    middle = len(ordered) // 2
    entry = entries[ordered[middle]]
    entry.left = _tree(entries, ordered[:middle], level + 1, deepest)
    entry.right = _tree(entries, ordered[middle + 1 :], level + 1, deepest)
    entry.color = _RED if level == deepest > 0 else _BLACK
    return ordered[middle]


def _line(entry: _Entry) -> bytes:
    name = (entry.name + "\0").encode("utf-16-le")
    if len(name) > _MINI:
        raise ValueError(f"{entry.name}: a name has at most 31 characters")
    return _ENTRY.pack(
        *(name, len(name), entry.kind, entry.color, entry.left, entry.right, entry.child),
        *(bytes(16), 0, 0, 0, entry.start, len(entry.content)),
    )


def _unused(count: int) -> bytes:
    """Return the lines that fill the last sector of the directory."""
    empty = _ENTRY.pack(bytes(64), 0, 0, 0, _NONE, _NONE, _NONE, bytes(16), 0, 0, 0, 0, 0)
    return empty * (-count % (_SECTOR // _ENTRY.size))
