"""Where several headers fit one canonical column: is it clear which of them is meant?

It is when the words are not equally good (``lesser`` in ``synonyms.toml``), when the columns say the same, or when a person has
said so. Else the first by the order of the words is taken, which is a guess.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpi_xl.cell_times import NUMERIC, read_time
from kpi_xl.cell_words import NO, YES, plain
from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import Text
from kpi_xl.exports.columns.header import Feed, Header, Match, column_type
from kpi_xl.exports.columns.vocabulary import header_words, vocabulary
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.model import RawSheet
from kpi_xl.numbers import parse_number
from kpi_xl.people import id_key
from kpi_xl.tables import TABLES, ColumnType

DECIDING: Mapping[str, tuple[str, ...]] = {
    "tickets": (
        *("agent", "kind", "urgent", "created_at", "first_response_at", "closed_at", "resolved_first_contact", "reopened"),
        "contacts",
    ),
    "calls": ("agent", "started_at", "answered", "wait_seconds", "talk_seconds", "resolved"),
    "ratings": ("agent", "rated_at", "rating"),
    "repairs": ("agent", "done_at"),
    "quality": ("agent", "checked_at", "score"),
    "contributions": ("agent", "accepted_at"),
    "events": ("agent", "at"),
    "hr_ratings": ("person", "value"),
}
"""Columns whose choice changes points. Teams, customers and numbers stand in several columns of most exports."""

_PEOPLE = ("agent", "person")
_BETWEEN = re.compile(r"[\s()（）\[\]【】/,，_\-:：|]+")
_APART = dt.timedelta(minutes=10)
"""Steps of one moment (taken, sent on) are noted minutes apart at most."""
_RARE = 0.02
"""Times of so few rows may lie further apart (a lost order that was sent on later)."""
_MEANT = 0.5
"""So many values of a column must be of its kind; a column of remarks is no rival."""

Row = tuple[int, str, str]
"""Spreadsheet row, the value that is taken, and the one that another column has."""


@dataclass(frozen=True)
class Rival:
    """Another column that fits: how much less its word says, and the rows in which it differs, of how many compared."""

    header: str
    lesser: int
    differing: tuple[Row, ...]
    compared: int


def which_columns(sheet: RawSheet, header: Header, feeds: Sequence[Feed]) -> list[Decision]:
    """Return a decision for each column that decides points and that several headers of the sheet fit."""
    found: list[Decision] = []
    for feed in feeds:
        for column in DECIDING.get(feed.table, ()):
            match = feed.matches.get(column)
            if match is None or len(match.positions) != 1 or (feed is not feeds[0] and _is_first(feeds[0], column, match)):
                continue
            others = list(_rivals(sheet, header, feeds, feed, column))
            if others:
                found.append(_decision(sheet, header, feed, column, others))
        found += _left_out(sheet, header, feed)
    return found


def as_good_as(sheet: RawSheet, header: Header, feeds: Sequence[Feed], feed: Feed, column: str) -> list[str]:
    """Return the headers that fit a column as well as the one that is taken, and say something else."""
    if column not in DECIDING.get(feed.table, ()) or len(feed.matches[column].positions) != 1:
        return []
    found = _rivals(sheet, header, feeds, feed, column)
    return [rival.header for rival in found if rival.differing and not rival.lesser]


def _is_first(first: Feed, column: str, match: Match) -> bool:
    return column in first.matches and first.matches[column].positions == match.positions


def _rivals(sheet: RawSheet, header: Header, feeds: Sequence[Feed], feed: Feed, column: str) -> Iterator[Rival]:
    match, words = feed.matches[column], vocabulary().tables[feed.table]
    listed = (words.weak if match.how == "weak" else words.strong).get(column, ())
    beside = "agent_name" if column == "agent" else ""
    elsewhere = {
        p for f in feeds for name, m in f.matches.items() if name not in (column, beside) and m.how != "weak" for p in m.positions
    }
    taken = _level(_words(header, match.positions[0]), feed.table, column) if match.how != "mapping" else 0
    for place, name in enumerate(header.names):
        if name is None or place in match.positions or place in elsewhere or not _words(header, place) & set(listed):
            continue
        differing, compared = _compare(sheet, header, feed, column, place)
        if compared and (differing or not beside or place not in feed.matches.get(beside, match).positions):
            yield Rival(name, max(_level(_words(header, place), feed.table, column) - taken, 0), tuple(differing), compared)


def _words(header: Header, place: int) -> set[str]:
    """Return the forms of a header; one that repeats another is looked up without its number."""
    name = header.names[place] or ""
    return set(header_words(re.sub(r"_\d+$", "", name) if name in header.repeated else name))


def _level(forms: set[str], table: str, column: str) -> int:
    """Return how far the word of a header stands back behind the best ones."""
    levels = vocabulary().tables[table].lesser.get(column, ())
    return next((number for number, level in enumerate(levels, start=1) if forms & set(level)), 0)


def _compare(sheet: RawSheet, header: Header, feed: Feed, column: str, other: int) -> tuple[list[Row], int]:
    """Return the rows of the sample in which another column says something else, and in how many both say something."""
    kind = column_type(feed.table, column)
    place = feed.matches[column].positions[0]
    both: list[Row] = []
    for number, row in enumerate(sheet.head[header.index + 1 :], sheet.row(header.index + 1)):
        one, two = (row[p].strip() if p < len(row) else "" for p in (place, other))
        if one and two:
            both.append((number, one, two))
    meanings = [(_meaning(one, kind, feed, column), _meaning(two, kind, feed, column)) for _, one, two in both]
    known = [(row, one, two) for row, (one, two) in zip(both, meanings, strict=True) if two is not None]
    if not known or len(known) < _MEANT * len(both):
        return [], 0
    if column in _PEOPLE:
        return _other_people(both), len(both)
    differing = [row for row, one, two in known if not _same(one, two)]
    return ([] if kind == "time" and len(differing) <= _RARE * len(known) else differing), len(known)


def _other_people(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that name two people. An id and a name are one person where the id mostly stands with that name."""
    mixed: dict[str, Counter[str]] = defaultdict(Counter)
    plainly: list[Row] = []
    pairs: list[tuple[Row, str, str]] = []
    for row in rows:
        one, two = id_key(row[1]), id_key(row[2])
        if _is_id(one) == _is_id(two):
            plainly += [] if _parts(one) & _parts(two) else [row]
        else:
            staff_id, name = (one, two) if _is_id(one) else (two, one)
            mixed[staff_id][name] += 1
            pairs.append((row, staff_id, name))
    others = [row for row, staff_id, name in pairs if name != mixed[staff_id].most_common(1)[0][0]]
    return plainly + (others if len(others) > _RARE * len(pairs) else [])


def _parts(person: str) -> set[str]:
    """Return a person as written and its parts: A01-张伟 is A01."""
    return {person, *_BETWEEN.split(person)} - {""}


def _is_id(person: str) -> bool:
    return person.isascii() and any(c.isdigit() for c in person)


def _meaning(text: str, kind: ColumnType, feed: Feed, column: str) -> object:
    """Return what a value says, as far as a look at it tells; None when it is of another kind."""
    said = plain(text).casefold()
    words = {**vocabulary().values.get(f"{feed.table}.{column}", {}), **feed.mapping.values.get(column, {})}
    if kind == "time":
        return read_time(text) or (said if NUMERIC.fullmatch(said) else None)
    if kind == "flag":
        flags = dict.fromkeys(NO, False) | dict.fromkeys(YES, True) | words
        return flags.get(said, flags.get(said.split("-")[-1].strip()))
    if kind in ("number", "seconds", "count"):
        return parse_number(said.split(" ")[0]) if said[:1].isdigit() else None
    return words.get(said) if words else said


def _same(one: object, two: object) -> bool:
    if isinstance(one, dt.datetime) and isinstance(two, dt.datetime):
        midnight = dt.time()
        return abs(one - two) <= _APART or (midnight in (one.time(), two.time()) and one.date() == two.date())
    return one == two


def _decision(sheet: RawSheet, header: Header, feed: Feed, column: str, rivals: Sequence[Rival]) -> Decision:
    match = feed.matches[column]
    name = header.names[match.positions[0]] or ""
    doubtful = [rival for rival in rivals if rival.differing and not rival.lesser]
    ground: Ground = "declared" if match.how == "mapping" else "guess" if doubtful else "read"
    shown = doubtful or rivals
    others = "、".join(f"“{rival.header}”" for rival in shown)
    listed = ", ".join(repr(rival.header) for rival in shown)
    zh = TABLES[feed.table].column(column).zh
    evidence = Text(f"“{name}”和{others}都对得上“{zh}”", f"{name!r} and {listed} fit {column}")
    return Decision(
        DECISION_KINDS["column"],
        ground,
        Text(evidence.zh + _why(ground, name, shown).zh, evidence.en + _why(ground, name, shown).en),
        name,
        sheet.file,
        sheet.sheet,
        feed.table,
        column,
        name,
        frozenset({column}),
        max(len(rival.differing) for rival in rivals),
    )


def _why(ground: Ground, name: str, rivals: Sequence[Rival]) -> Text:
    if ground == "declared":
        return Text("；映射文件写明用前者", "; the mapping file says the former")
    differing = next((rival for rival in rivals if rival.differing), None)
    if differing is None:
        return Text("；前面的行里说的一样，或只差几分钟", "; they say the same in the first rows, or minutes apart")
    row, one, two = differing.differing[0]
    zh = f"；第 {row} 行“{name}”是 {one}，“{differing.header}”是 {two}"
    en = f"; in row {row} {name!r} is {one}, {differing.header!r} is {two}"
    if ground == "guess":
        return Text(zh, en)
    return Text(f"{zh}；前者的列名说得更准", f"{en}; the header of the former says it better")


def _left_out(sheet: RawSheet, header: Header, feed: Feed) -> list[Decision]:
    """Return what a complete mapping leaves out that would have been used without it."""
    if not feed.mapping.is_complete(feed.table):
        return []
    used = {p for m in feed.matches.values() for p in m.positions}
    words = vocabulary().tables[feed.table]
    known = {word for listed in words.strong.values() for word in listed}
    names = [n for p, n in enumerate(header.names) if n and p not in used and known.intersection(header_words(n))]
    if not names:
        return []
    shown, listed = "、".join(f"“{n}”" for n in names), ", ".join(map(repr, names))
    evidence = Text(
        f"映射文件写全了{TABLES[feed.table].zh}的列，没有用：{shown}",
        f"the mapping file names the columns of {feed.table} in full; not used: {listed}",
    )
    return [Decision(DECISION_KINDS["column"], "declared", evidence, None, sheet.file, sheet.sheet, feed.table)]
