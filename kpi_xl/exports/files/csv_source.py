"""Text exports -> a UTF-8 file that DuckDB reads directly, or, when its lines are not in order, a repaired copy of it."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kpi_xl.errors import KpiError, Place, Text, shown_name
from kpi_xl.exports.columns.mapping import ExportMapping
from kpi_xl.exports.columns.vocabulary import header_words, vocabulary
from kpi_xl.exports.files.encoding import detect_encoding
from kpi_xl.exports.files.guard import Guarded, refuse, sha256
from kpi_xl.exports.files.transcode import transcode
from kpi_xl.exports.model import RawSheet

_HEAD_CHARACTERS = 1 << 20
_HEAD_ROWS = 1000
_DELIMITERS = (",", "\t", ";", "|", "，")
_WITHIN_GB18030 = ("gb2312", "gbk", "cp936")
"""What people write for a Chinese export; the name of one person may still need the larger set."""
_MAX_LINES = 100
"""A quoted value that runs over more lines than this is a quote that was never closed."""


def open_text(guarded: Guarded, mapping: ExportMapping | None, workdir: Path) -> RawSheet:
    """Decode the export, find its delimiter and read its first rows. Raises KpiError when the encoding does not fit."""
    path = guarded.path
    encoding = mapping.encoding if mapping and mapping.encoding else detect_encoding(path)
    encoding = codecs.lookup(encoding).name
    encoding = "gb18030" if encoding in _WITHIN_GB18030 else encoding
    text_path, digest = path, ""  # of the user's own file the hash comes with `scan`, beside the loading
    if encoding not in ("utf-8", "utf-8-sig", "ascii"):
        text_path = workdir / f"text{len(list(workdir.iterdir()))}.csv"
        try:
            transcode(path, encoding, text_path)
        except UnicodeError as error:
            raise _wrong_encoding(path, encoding) from error
        digest = sha256(path)
    try:
        with text_path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read(_HEAD_CHARACTERS)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding) from error
    if len(text) == _HEAD_CHARACTERS:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    delimiter = mapping.delimiter if mapping and mapping.delimiter else find_delimiter(text)
    head: list[tuple[str, ...]] = []
    plain = True
    for fields, source in records(io.StringIO(text, newline=""), delimiter):
        if len(head) >= _HEAD_ROWS:
            break
        head.append(tuple(fields) if fields is not None else (source,))
        plain = plain and (len(head) > 40 or "\n" not in source.rstrip("\r\n"))
    return RawSheet(shown_name(path), None, text_path, delimiter, tuple(head), encoding, digest, plain)


def _wrong_encoding(path: Path, encoding: str) -> KpiError:
    return refuse(
        path,
        f"不是完整的 {encoding} 文本，为免乱码没有读取",
        f"is not {encoding} throughout; it was not read, lest it be garbled",
        "请重新导出，或在映射文件中写对 encoding（utf-8、gb18030、utf-16）",
        "export it again, or set the right encoding (utf-8, gb18030, utf-16) in the mapping file",
    )


def find_delimiter(text: str) -> str:
    """Return the delimiter under which the first lines hold the most known header words, then the most columns."""
    lines = text[:60_000].splitlines(keepends=True)[:40]
    words = vocabulary()

    def merit(delimiter: str) -> tuple[int, int]:
        rows = [fields for fields, _ in records(iter(lines), delimiter) if fields]
        known = max(
            (
                sum(1 for cell in row if len(cell) < 60 and any(f in words.strong for f in header_words(cell)))
                for row in rows[:30]
            ),
            default=0,
        )
        widths = sorted(len(row) for row in rows)
        return (known, widths[len(widths) // 2] if widths else 0)

    there = [delimiter for delimiter in _DELIMITERS if any(delimiter in line for line in lines)]
    return max(there, key=merit, default=_DELIMITERS[0])


def records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[list[str] | None, str]]:
    """Yield each record as (fields, source text); fields are None where a quote is not closed properly.

    `lines` keep their ends. A blank line is a record without fields. After a bad record reading goes on with the line after
    its first one, so that a stray quote costs one row and not the rest of the file.
    """
    pending: list[str] = []
    stream = iter(lines)
    while True:
        line = pending.pop(0) if pending else next(stream, None)
        if line is None:
            return
        if '"' not in line:
            bare = line.rstrip("\r\n")
            yield (bare.split(delimiter) if bare else []), line
            continue
        taken = [line]
        while True:
            source = "".join(taken)
            fields, more = _parse(source, delimiter)
            if not more or len(taken) > _MAX_LINES:
                break
            extra = pending.pop(0) if pending else next(stream, None)
            if extra is None:
                break
            taken.append(extra)
        if fields is None:
            pending[:0] = taken[1:]
            source = line
        yield fields, source


def _parse(source: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """Parse one record; (None, True) when its quote is still open, (None, False) when it is wrong."""
    try:
        rows = list(csv.reader([source], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return None, "unexpected end of data" in str(error)
    return (rows[0] if rows else []), False


@dataclass(frozen=True)
class Scan:
    """What one pass over a file's bytes tells: its SHA-256 and how many lines it has."""

    sha256: str
    lines: int


def scan(path: Path) -> Scan:
    """Hash a file and count its lines, in one pass (meant for a thread beside the loading)."""
    digest = hashlib.sha256()
    feeds = returns = 0
    last = b""
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
            feeds += piece.count(b"\n")
            returns += 0 if feeds else piece.count(b"\r")
            last = piece[-1:]
    return Scan(digest.hexdigest(), (feeds or returns) + (last not in (b"\n", b"\r")))


def has_blank_lines(path: Path) -> bool:
    """Tell whether blank lines stand between the rows (those at the very end do not count).

    DuckDB leaves blank lines out, which would shift the row numbers. A text with blank lines inside quotes is a false alarm
    that costs time only.
    """
    with path.open("rb") as file:
        tail, blank = b"", False
        while piece := file.read(1 << 20):
            chunk = tail + piece
            if blank and piece.strip(b"\r\n"):
                return True
            body = chunk.rstrip(b"\r\n")
            if b"\n\n" in body or b"\n\r\n" in body or b"\r\r" in body:
                return True
            rest = chunk[len(body) :]
            blank = rest.count(b"\n") > 1 or rest.count(b"\r") > 1
            tail = chunk[-3:]
    return False


def repair(sheet: RawSheet, header_index: int, width: int, target: Path) -> RawSheet:
    """Write the rows below the header to `target` as a clean CSV of `width` columns; bad rows become blank ones.

    A record is bad when its quotes do not close or when it has more or fewer columns than the header; empty columns at its
    end do not count, and records that lack only columns without a header are filled up.
    """
    named = max((i + 1 for i, name in enumerate(sheet.head[header_index]) if name.strip()), default=width)
    bad: list[tuple[int, str]] = []
    blanks = 0
    try:
        with sheet.path.open(encoding="utf-8-sig", newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            empty = [""] * width
            for number, (fields, text) in enumerate(records(source, sheet.delimiter)):
                if number <= header_index:
                    continue
                if fields is not None and not any(fields):
                    blanks += 1
                    continue
                for _ in range(blanks):
                    writer.writerow(empty)
                blanks = 0
                row = _fit(fields, named, width)
                if row is None:
                    bad.append((sheet.row(number), text.strip("\r\n")[:200]))
                writer.writerow(row or empty)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(Path(sheet.file), sheet.encoding) from error
    except csv.Error as error:
        why = Text(f"读不下去（{error}）", f"cannot be read ({error})")
        raise KpiError.at(Place(sheet.file), why, Text("请重新导出", "export it again")) from error
    return replace(sheet, path=target, delimiter=",", plain_lines=True, bad_rows=tuple(bad))


def _fit(fields: list[str] | None, named: int, width: int) -> list[str] | None:
    """Return the fields as exactly `width` clean values, or None when the record does not fit the header."""
    if fields is None or len(fields) < named:
        return None
    if any(fields[width:]):
        return None
    row = fields[:width] + [""] * (width - len(fields))
    return [f.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") if "\r" in f or "\0" in f else f for f in row]
