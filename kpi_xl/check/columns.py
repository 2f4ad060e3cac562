"""列对照: each column of each file, used or not, and what it was taken for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_xl.check.model import ColumnRow
from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError, Text, shown_name
from kpi_xl.exports.columns.draft import IMPERSONAL, TELLING, examples, shape, spelled
from kpi_xl.exports.columns.header import (
    Candidate,
    Feed,
    Header,
    How,
    Match,
    candidates,
    choose_feeds,
    column_type,
    column_values,
    find_header,
    guess_header,
)
from kpi_xl.exports.columns.mapping import NONE, MappingFile
from kpi_xl.exports.columns.mapping_words import UNUSED, WHOLE_FILE, Meaning, meaning_label
from kpi_xl.exports.columns.refusal import merit
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.files.opening import open_file
from kpi_xl.exports.model import RawSheet, SheetFacts
from kpi_xl.tables import TABLES, ColumnType

_HOW: dict[How, str] = {
    "synonym": "列名是“{word}”",
    "values": "按值判断",
    "stand-in": "没有别的列，由“{word}”代替",
    "weak": "列名像“{word}”，请核对",
    "together": "由“{word}”合成",
    "mapping": "映射中写明",
    "fallback": "没有别的列",
}
_SHAPES, _MOST_SHOWN, _MOST_NAMED = 3, 400, 12
"""So many examples of an unused column; characters of the examples at most; so many unused columns are named."""


@dataclass(frozen=True)
class SheetLook:
    """A sheet as it was opened: its columns for each table that it feeds, its headers, what it is besides its values."""

    file: str
    sheet: str | None
    rows: tuple[ColumnRow, ...]
    headers: tuple[str, ...]
    facts: SheetFacts
    wanting: tuple[Decision, ...] = ()
    """Which column is meant, of required ones that were not recognised, so that the sheet cannot be used."""


def look_at(path: Path, maps: MappingFile | None, *, is_roster: bool) -> list[SheetLook]:
    """Open a file and tell what its columns are taken for; nothing for a file that cannot be opened."""
    name = shown_name(path)
    with tempfile.TemporaryDirectory(prefix="kpi-xl-") as folder:
        try:
            sheets, _ = open_file(path, maps.entry(name, None) if maps else None, Path(folder))
        except KpiError:
            return []
        return [_look(name, sheet, maps, is_roster=is_roster) for sheet in sheets]


def _look(file: str, sheet: RawSheet, maps: MappingFile | None, *, is_roster: bool) -> SheetLook:
    entry = maps.entry(file, sheet.sheet) if maps else None
    known = find_header(sheet.head, entry)
    header = known or guess_header(sheet.head)
    names = [name for name in header.names if name] if header else []
    if header is None or (known is None and any(TELLING.search(name) for name in names)):  # a record is no header
        return SheetLook(file, sheet.sheet, (), (), sheet.facts)
    sample = sheet.head[header.index + 1 :]
    found = candidates(header, sample, entry)
    feeds = choose_feeds(found, ["roster"] if is_roster else None) if known else []
    wanting: tuple[Decision, ...] = ()
    if not feeds:
        wanted = [one for one in found if not is_roster or one.feed.table == "roster"]
        nearest = max(wanted, key=merit, default=None)
        feeds = [nearest.feed] if nearest else []
        wanting = tuple(_wanting(file, sheet.sheet, nearest, header)) if nearest and nearest.marked else ()
    rows = tuple(row for feed in feeds for row in _rows(file, sheet.sheet, feed, header, sample))
    return SheetLook(file, sheet.sheet, rows, tuple(names), sheet.facts, wanting)


def _wanting(file: str, sheet: str | None, nearest: Candidate, header: Header) -> Iterator[Decision]:
    """Ask for each required column of the table that the sheet comes nearest to, and that no header names."""
    table = TABLES[nearest.feed.table]
    used = {position for match in nearest.feed.matches.values() for position in match.positions}
    free = [name for position, name in enumerate(header.names) if name and position not in used][:_MOST_NAMED]
    for column in nearest.missing:
        evidence = Text(
            f"像是{table.zh}，但没有一列叫“{table.column(column).zh}”；没有用上的列：{'、'.join(free)}",
            f"looks like {table.name}, but no header names {column}; unused: {', '.join(free)}",
        )
        kind, concerned = DECISION_KINDS["column"], frozenset({column})
        yield Decision(kind, "open", evidence, None, file, sheet, table.name, column, None, concerned)


def _rows(file: str, sheet: str | None, feed: Feed, header: Header, sample: Sequence[Sequence[str]]) -> Iterator[ColumnRow]:
    """Yield the columns of a sheet in the order of the file; one that means two things to a table twice."""
    table = TABLES[feed.table].zh
    for position, name in enumerate(header.names):
        if name is None:
            continue
        values = column_values(position, sample)
        meant = [(column, match) for column, match in feed.matches.items() if position in match.positions]
        for column, match in meant:
            part = match.positions.index(position) + 1 if len(match.positions) > 1 else 0
            label = meaning_label(feed.table, Meaning(column, part))
            shown = _shown(column, column_type(feed.table, column), values, guessed=match.how == "weak")
            yield ColumnRow(file, sheet, table, name, shown, label, _how(match), _is_listed(feed, column))
        if not meant:
            yield ColumnRow(file, sheet, table, name, _shapes(values), UNUSED, "")
    yield from _constants(file, sheet, feed)


def _constants(file: str, sheet: str | None, feed: Feed) -> Iterator[ColumnRow]:
    """Yield what the headers say of the whole file (an export of installations): no column, but it means something."""
    for column, value in feed.constants.items():
        if column not in feed.mapping.constants:
            label = meaning_label(feed.table, Meaning(column))
            yield ColumnRow(file, sheet, TABLES[feed.table].zh, f"{WHOLE_FILE}{value}", "", label, "由表头得知")


def _is_listed(feed: Feed, column: str) -> bool:
    """Tell whether the list of columns in the mapping file names it; an answer to which of several is meant is no list."""
    return feed.mapping.columns.get(column, NONE) != NONE


def _shown(column: str, kind: ColumnType, values: Sequence[str], *, guessed: bool) -> str:
    """Quote some values as a draft of a mapping file does: nothing that may tell of a person."""
    return examples(column, guessed, kind, values)[:_MOST_SHOWN]


def _shapes(values: Sequence[str]) -> str:
    """Quote times and short numbers of a column that nothing is known of, and the shapes of everything else."""
    different = dict.fromkeys(" ".join(value.split()) for value in values)
    masked = dict.fromkeys(value if IMPERSONAL.fullmatch(value) else shape(value) for value in different)
    return "形如：" + "、".join([*masked][:_SHAPES]) if masked else "（前面的行都是空的）"


def _how(match: Match) -> str:
    return _HOW[match.how].format(word=spelled(match.word) if match.word else "")
