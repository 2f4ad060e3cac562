"""Several tables on one sheet, one below the other or side by side: each becomes a sheet of its own, or is told as not read.

A row is the header of a further table when it is made of words, two or more of them known headers, and not the same header once
more (pages pasted together stay one table). Whether what stands below it can be used decides what becomes of it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from kpi_xl.exports.columns.header import (
    HEADER_WITHIN,
    Feed,
    Header,
    candidates,
    choose_feeds,
    find_header,
    header_score,
    mapped_words,
)
from kpi_xl.exports.columns.levels import is_value
from kpi_xl.exports.columns.mapping import ExportMapping, MappingFile, added
from kpi_xl.exports.columns.vocabulary import header_words, normalise, spellings, vocabulary
from kpi_xl.exports.files.csv_source import records
from kpi_xl.exports.files.guard import sha256
from kpi_xl.exports.model import Area, Noticed, RawSheet, SheetFacts, Unread

_HEAD_ROWS = 1000
_KNOWN = 3
_TITLES, _TITLE_TEXTS = 4, 3
_SAMPLE = 60
_END = 1 << 62
Record = tuple[list[str] | None, str]
"""The fields of a row (None: it does not split) and its source text."""


@dataclass(frozen=True)
class Divided:
    """The tables of a sheet, in order, and those that were recognised as tables of their own but cannot be used."""

    tables: tuple[RawSheet, ...]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True)
class _Cut:
    """Where a table begins (a title above its header included), and whether it can be used by itself."""

    start: int
    usable: bool


def divide(sheet: RawSheet, entry: ExportMapping | None, workdir: Path, wanted: Sequence[str] | None = None) -> Divided:
    """Return the tables of a sheet; `wanted` restricts what they may feed. A sheet of one table is returned as it is."""
    header = find_header(sheet.head, entry, sheet.facts.merges)
    if header is None:
        return Divided((sheet,))
    usable = _usability(entry, wanted)
    cuts = _cuts_across(sheet, header, entry, usable)
    pieces = _below(sheet, cuts, workdir) if cuts else _beside(sheet, header, usable, workdir)
    if pieces is None:
        return Divided((sheet,))
    parts = [divide(piece, None if entry and entry.header_row else entry, workdir, wanted) for piece in pieces.tables]
    unread = [one for part in parts for one in part.unread]
    return Divided(tuple(table for part in parts for table in part.tables), (*pieces.unread, *unread))


def entry_of(maps: MappingFile, sheet: RawSheet) -> tuple[ExportMapping | None, bool]:
    """Return what the mapping file says of one table (its header row within the text of it), and whether it is to be read.

    Of several tables on a sheet, one is read if no entry names the header row of another.
    """
    entries = [entry for entry in maps.entries if entry.fits(sheet.file, sheet.sheet)]
    above, rows = sheet.facts.rows_above, len(sheet.head)
    about = []
    for entry in entries:
        if entry.header_row is None:
            about.append(entry)
        elif above < entry.header_row <= above + rows or (above == 0 and rows < _HEAD_ROWS and len(entries) == 1):
            about.append(replace(entry, header_row=entry.header_row - above))
    return added(about), bool(about) or not entries


def unread_part(part: RawSheet, header: Header | None) -> Unread:
    """Tell of a table on a sheet of several that it was not read."""
    below = part.head[header.index + 1 :] if header else part.head
    return Unread(part.sheet, sum(1 for row in below if any(row)), row=part.row(header.index if header else 0))


Usable = Callable[[Sequence[Sequence[str]], Sequence[Area]], Sequence[Feed]]
"""What rows with a header would feed by themselves; empty: they cannot be used."""


def _usability(entry: ExportMapping | None, wanted: Sequence[str] | None) -> Usable:
    entry = None if entry and entry.header_row else entry  # what is said of one table by its header row is not said of others

    def usable(rows: Sequence[Sequence[str]], merges: Sequence[Area]) -> Sequence[Feed]:
        header = find_header(rows, entry, merges)
        sample = rows[header.index + 1 :] if header else ()
        return choose_feeds(candidates(header, sample, entry), wanted) if header and sample else ()

    return usable


# -- one below the other


def _cuts_across(sheet: RawSheet, header: Header, entry: ExportMapping | None, usable: Usable) -> list[_Cut]:
    """Return where further tables begin, in order; with the beginning of the sheet if a table stands above its header."""
    named = mapped_words(entry)
    found: list[Noticed] = []
    last = [_said(header.cells)]
    noticed = sheet.facts.noticed or tuple(_noticed(sheet))
    for one in noticed:
        known = header_score(one.cells, named) // 10
        if header.top <= one.row <= header.index or (found and one.row == found[-1].row + 1):
            continue
        if known >= 2 and _is_header(one, known) and not any(_same(cells, one.cells) for cells in last):
            found.append(one)
            last.append(_said(one.cells))
    if not found:
        return []
    own = next((one.start for one in noticed if header.top <= one.row <= header.index), header.top)
    samples = _samples(sheet, found, own)
    cuts = []
    for one in found:
        rows = samples[one.row]
        merges = _shifted(sheet.facts.merges, one.start, 0, one.start + len(rows))
        able = bool(usable(rows, merges))
        if able or (one.row > header.index and _is_surely_header(one, header_score(one.cells, named) // 10)):
            cuts.append(_Cut(one.start, able))
    starts = {cut.start: cut for cut in [*cuts, _Cut(own, True)]}
    first, *others = sorted(starts.values(), key=lambda cut: cut.start)
    return [replace(first, start=0), *others] if others else []


def _noticed(sheet: RawSheet) -> Iterator[Noticed]:
    """Notice the rows of a text file's beginning that could be headers, as the child process does with workbooks."""
    words = spellings()
    start, near, blank = 0, True, True
    for number, cells in enumerate(sheet.head):
        if not any(cells):
            blank = True
            continue
        if blank:
            start, near, blank = number, True, False
        if not words.isdisjoint(cells) and (near or len(words.intersection(cells)) >= _KNOWN):
            yield Noticed(number, start if near else number, cells, near)
        near = near and number - start < _TITLES and len(set(cells)) <= _TITLE_TEXTS


def _said(cells: Sequence[str]) -> list[str]:
    return [normalise(cell) for cell in cells]


def _is_header(one: Noticed, known: int) -> bool:
    """Tell a header from a record: words, hardly a digit, many of them known; more of them where no blank row stands above."""
    if not one.apart:
        return _is_surely_header(one, known)
    said = {cell.strip() for cell in one.cells} - {""}
    digits = sum(1 for cell in said if any(character.isdigit() for character in cell))
    return digits * 3 <= len(said) and not any(is_value(cell) for cell in said) and (known >= _KNOWN or known * 2 >= len(said))


def _is_surely_header(one: Noticed, known: int) -> bool:
    said = {cell.strip() for cell in one.cells} - {""}
    return known >= _KNOWN and known * 3 >= len(said) * 2 and not any(is_value(cell) for cell in said)


def _same(header: Sequence[str], cells: Sequence[str]) -> bool:
    """Tell whether a row is that header once more: wherever it says something, it says the same."""
    said = [(place, normalise(cell)) for place, cell in enumerate(cells) if cell.strip()]
    return all(place < len(header) and header[place] == word for place, word in said)


def _samples(sheet: RawSheet, found: Sequence[Noticed], own: int) -> dict[int, list[list[str]]]:
    """Return some rows of each table from its beginning on, up to the next one or to `own`, where the best header's begins."""
    starts = sorted([own, *(one.start for one in found)])
    ends = dict(pairwise([*starts, _END]))
    samples: dict[int, list[list[str]]] = {one.row: [] for one in found}
    for number, (fields, _) in enumerate(_records(sheet)):
        for one in found:
            if one.start <= number < min(ends[one.start], one.start + _SAMPLE):
                samples[one.row].append(fields or [])
    return samples


def _below(sheet: RawSheet, cuts: Sequence[_Cut], workdir: Path) -> Divided:
    """Write each table into a file of its own; blank rows at its end are left out."""
    tables, unread = [], []
    source = _Source(_records(sheet))
    for cut, end in [(one, other.start) for one, other in pairwise([*cuts, _Cut(_END, False)])]:
        target = _new_file(workdir)
        with target.open("w", encoding="utf-8", newline="") as out:
            head, filled = source.copy(out if cut.usable else None, sheet.delimiter, end)
        if cut.usable:
            tables.append(_part(sheet, target, head, cut.start, end))
        elif filled > 1:
            unread.append(Unread(sheet.sheet, filled - 1, row=sheet.row(cut.start)))
    return Divided(tuple(tables), tuple(unread))


class _Source:
    """The rows of a sheet, copied table by table."""

    def __init__(self, rows: Iterator[Record]) -> None:
        self._rows = enumerate(rows)
        self._next = next(self._rows, None)

    def copy(self, out: TextIO | None, delimiter: str, end: int) -> tuple[list[tuple[str, ...]], int]:
        """Copy the rows up to `end`; returns the first of them, and how many hold something."""
        head: list[tuple[str, ...]] = []
        blanks: list[list[str]] = []
        filled = 0
        while self._next is not None and self._next[0] < end:
            fields, text = self._next[1]
            self._next = next(self._rows, None)
            if fields is not None and not any(fields):
                blanks.append(fields)
                continue
            filled += 1
            for row, said in [*((blank, "") for blank in blanks), (fields, text)]:
                if out is not None:
                    _write(out, delimiter, row, said)
                if len(head) < _HEAD_ROWS:
                    head.append(tuple(row) if row is not None else (said,))
            blanks = []
        return head, filled


def _records(sheet: RawSheet) -> Iterator[Record]:
    with sheet.path.open(encoding="utf-8-sig", newline="") as file:
        if sheet.sheet is None:
            yield from records(file, sheet.delimiter)
        else:  # written by ourselves
            yield from ((row, "") for row in csv.reader(file))


def _write(out: TextIO, delimiter: str, fields: list[str] | None, text: str) -> None:
    """Write a record; one that does not split stays as it is."""
    if fields is None:
        out.write(text)
    else:
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(fields)


def _new_file(workdir: Path) -> Path:
    return workdir / f"table{len(list(workdir.iterdir()))}.csv"


def _part(sheet: RawSheet, path: Path, head: Sequence[tuple[str, ...]], start: int, end: int) -> RawSheet:
    facts = sheet.facts
    own = replace(
        facts,
        rows_above=facts.rows_above + start,
        merges=_shifted(facts.merges, start, 0, end),
        hidden=tuple(
            (max(first, start) - start, min(last, end - 1) - start)
            for first, last in facts.hidden
            if last >= start and first < end
        ),
        uncomputed=tuple((row - start, column) for row, column in facts.uncomputed if start <= row < end),
        noticed=tuple(
            replace(n, row=n.row - start, start=max(n.start - start, 0)) for n in facts.noticed if start <= n.row < end
        ),
    )
    return replace(sheet, path=path, head=tuple(head), sha256=_hash(sheet), facts=own)


def _hash(sheet: RawSheet) -> str:
    return sheet.sha256 or sha256(sheet.path)


def _shifted(merges: Sequence[Area], start: int, left: int, end: int) -> tuple[Area, ...]:
    return tuple(
        (top - start, a - left, bottom - start, b - left) for top, a, bottom, b in merges if start <= top < end and a >= left
    )


# -- side by side


def _beside(sheet: RawSheet, header: Header, usable: Usable, workdir: Path) -> Divided | None:
    """Cut the sheet at a blank column with a table on either side; None where there is none."""
    rows = sheet.head[header.top :]
    width = max((len(row) for row in rows), default=0)
    filled = [any(column < len(row) and row[column].strip() for row in rows) for column in range(width)]
    for column in range(1, width - 1):
        if filled[column] or not any(filled[:column]) or not any(filled[column:]):
            continue
        if column and not filled[column - 1]:
            continue
        right = next(place for place in range(column, width) if filled[place])
        spans = ((0, column), (right, width))
        sides = [[row[low:high] for row in sheet.head] for low, high in spans]
        able = [usable(side, _side_facts(sheet.facts, *span).merges) for side, span in zip(sides, spans, strict=True)]
        apart = [_is_another(able[0], sides[1]), _is_another(able[1], sides[0])]
        if not (all(able) or any(apart)):
            continue
        kept = tuple(_side(sheet, *span, workdir) for span, feeds in zip(spans, able, strict=True) if feeds)
        left_out = [side for side, feeds in zip(sides, able, strict=True) if not feeds]
        return Divided(kept, tuple(Unread(sheet.sheet, _height(side) - 1, row=sheet.row(header.top)) for side in left_out))
    return None


def _is_another(feeds: Sequence[Feed], beside: Sequence[Sequence[str]]) -> bool:
    """Tell whether what stands beside a usable table is another one, and not more columns: it names what that one has already."""
    if not feeds:
        return False
    words = vocabulary().tables[feeds[0].table].strong
    taken = {word for column in feeds[0].matches for word in words.get(column, ())}
    named = max(beside[:HEADER_WITHIN], key=header_score)
    return any(form in taken for cell in named if cell.strip() for form in header_words(cell))


def _height(rows: Sequence[Sequence[str]]) -> int:
    return sum(1 for row in rows if any(cell.strip() for cell in row))


def _side(sheet: RawSheet, left: int, right: int, workdir: Path) -> RawSheet:
    """Write the columns from `left` up to `right` into a file of their own."""
    target = _new_file(workdir)
    rows = ((None if fields is None else fields[left:right], text) for fields, text in _records(sheet))
    with target.open("w", encoding="utf-8", newline="") as out:
        head, _ = _Source(rows).copy(out, sheet.delimiter, _END)
    facts = _side_facts(sheet.facts, left, right)
    return replace(sheet, path=target, head=tuple(head), sha256=_hash(sheet), facts=facts)


def _side_facts(facts: SheetFacts, left: int, right: int) -> SheetFacts:
    return replace(
        facts,
        columns_before=facts.columns_before + left,
        merges=tuple((top, a - left, bottom, b - left) for top, a, bottom, b in facts.merges if a >= left and b < right),
        hidden_columns=tuple(
            (max(a, left) - left, min(b, right - 1) - left) for a, b in facts.hidden_columns if b >= left and a < right
        ),
        uncomputed=tuple((row, column - left) for row, column in facts.uncomputed if left <= column < right),
        noticed=tuple(replace(n, cells=n.cells[left:right]) for n in facts.noticed),
    )
