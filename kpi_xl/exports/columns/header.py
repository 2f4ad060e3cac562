"""Find the header row of a sheet by its words, and decide which columns feed which canonical tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kpi_xl.exports.columns.mapping import EXTRA_COLUMNS, ExportMapping, TableMapping
from kpi_xl.exports.columns.vocabulary import TableWords, header_words, normalise, vocabulary
from kpi_xl.tables import TABLES, ColumnType

How = Literal["mapping", "synonym", "weak", "together", "fallback"]

HEADER_WITHIN = 30
"""Rows from the top among which the header is looked for."""

PRECEDENCE = ("tickets", "calls", "repairs", "quality", "ratings", "contributions", "events", "hr_ratings", "roster")
"""When one sheet feeds several tables, the first of them is the primary one: it says which rows are wanting."""

_ALONE = ("hr_ratings", "roster")
_TIME_OF_DAY = re.compile(r"\s*((上午|下午)?\s*\d{1,2}[:：]\d{2}([:：]\d{2}(\.\d+)?)?(\s*[AaPp][Mm])?|0?\.\d+|0)\s*")
_ID_HEADER = re.compile(r"(工号|编号|号码|\bid|_id|id$|no\.?$)", re.IGNORECASE)
_NUMBER_START = re.compile(r"\s*\d+(\.\d+)?\s*([-–—:：分星/].*)?")


@dataclass(frozen=True)
class Header:
    """A header row: its place (0-based in the sheet) and the names of its columns, None where there is none.

    Repeated names got a number (``名称_2``); `repeated` lists those.
    """

    index: int
    names: tuple[str | None, ...]
    repeated: tuple[str, ...]

    def position(self, header: str) -> int | None:
        """Return the column of that header: literally, else by its normalised form."""
        if header in self.names:
            return self.names.index(header)
        wanted = normalise(header)
        return next((i for i, name in enumerate(self.names) if name is not None and normalise(name) == wanted), None)


@dataclass(frozen=True)
class Match:
    """Where a canonical column comes from: positions of the raw columns, how they were recognised, and by which word."""

    positions: tuple[int, ...]
    how: How
    word: str


_NO_MATCH = Match((), "mapping", "")


@dataclass(frozen=True)
class Feed:
    """How a sheet feeds one canonical table. `shared` columns are taken from another feed: column -> ``table.column``."""

    table: str
    matches: Mapping[str, Match]
    shared: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    mapping: TableMapping = field(default_factory=TableMapping)
    completeness: tuple[int, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A table that a sheet could feed, and what is wanting for it."""

    feed: Feed
    missing: tuple[str, ...]
    marked: bool


def find_header(head: Sequence[Sequence[str]], mapping: ExportMapping | None) -> Header | None:
    """Return the row that holds the most known header words, or None when no row holds two (or one that a mapping names)."""
    if mapping and mapping.header_row is not None:
        index = mapping.header_row - 1
        return make_header(head[index], index) if index < len(head) else None
    words = vocabulary()
    named = {normalise(h) for t in mapping.sections.values() for hs in t.headers.values() for h in hs} if mapping else set()
    best, best_score = -1, 0
    for index, row in enumerate(head[:HEADER_WITHIN]):
        score = 0
        for cell in set(row):
            forms = header_words(cell) if 0 < len(cell) <= 60 else ()
            if any(f in named for f in forms):
                score += 20
            elif any(f in words.strong for f in forms):
                score += 10
            elif any(f in words.weak for f in forms):
                score += 1
        if score > best_score:
            best, best_score = index, score
    return make_header(head[best], best) if best_score >= 11 else None


def guess_header(head: Sequence[Sequence[str]]) -> Header | None:
    """Return the first of the fullest rows: what to show when no header was recognised."""
    filled = [sum(1 for cell in row if cell.strip()) for row in head[:HEADER_WITHIN]]
    if not filled or max(filled) == 0:
        return None
    index = filled.index(max(filled))
    return make_header(head[index], index)


def make_header(row: Sequence[str], index: int) -> Header:
    """Clean the names of a header row and number the repeated ones."""
    names: list[str | None] = []
    seen: dict[str, int] = {}
    repeated: list[str] = []
    for cell in row:
        name = re.sub(r"\s+", " ", cell.replace("\ufeff", "")).strip()
        if not name:
            names.append(None)
            continue
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name = f"{name}_{seen[name]}"
            repeated.append(name)
        names.append(name)
    return Header(index, tuple(names), tuple(repeated))


def candidates(header: Header, sample: Sequence[Sequence[str]], mapping: ExportMapping | None) -> list[Candidate]:
    """Return how each canonical table could be fed from the sheet, in the order of `PRECEDENCE`."""
    found: list[Candidate] = []
    for table in PRECEDENCE:
        if mapping and mapping.tables and table not in mapping.tables:
            continue
        section = mapping.sections.get(table) if mapping else None
        found.append(_candidate(table, header, sample, section))
    return found


def choose_feeds(found: Sequence[Candidate], wanted: Sequence[str] | None = None) -> list[Feed]:
    """Choose the tables that the sheet really feeds, the primary one first; empty when none is usable.

    `wanted` restricts the choice (a roster file feeds the roster only).
    """
    if wanted is not None:
        found = [c for c in found if c.feed.table in wanted]
    usable = [c for c in found if c.marked and not c.missing]
    alone = [c for c in usable if c.feed.table in _ALONE]
    others = [c for c in usable if c.feed.table not in _ALONE]
    if any(c.feed.table == "hr_ratings" for c in alone):
        return [next(c.feed for c in alone if c.feed.table == "hr_ratings")]
    if not others:
        return [c.feed for c in alone[:1]]
    if (
        len(others) > 1
        and others[0].feed.table == "tickets"
        and others[0].feed.matches.get("created_at", _NO_MATCH).how == "weak"
    ):
        # 工单编号、客服、日期、评分: a rating that names its ticket, not a ticket
        others = others[1:]
    feeds = [c.feed for c in others]
    tables = {f.table for f in feeds}
    for candidate in found:
        feed = candidate.feed
        if feed.table in tables or not candidate.marked or not candidate.missing:
            continue
        shared = _shared(candidate, feeds)
        if shared is not None:
            feeds.append(Feed(feed.table, feed.matches, shared, feed.constants, feed.mapping, feed.completeness))
    return [feeds[0], *(_of_the_same_agent(feed, feeds[0]) for feed in feeds[1:])]


def _of_the_same_agent(feed: Feed, first: Feed) -> Feed:
    """Let what stands in the same row be of the agent whom the mapping file names for the row."""
    agent, own = first.matches.get("agent", _NO_MATCH), feed.matches.get("agent", _NO_MATCH)
    if agent.how != "mapping" or not agent.positions or own.how == "mapping":
        return feed
    return replace(feed, matches={**feed.matches, "agent": agent})


def _shared(candidate: Candidate, feeds: Sequence[Feed]) -> dict[str, str] | None:
    """Return where a secondary table takes its wanting columns from, or None when it cannot."""
    fallback = vocabulary().tables[candidate.feed.table].fallback
    shared: dict[str, str] = {}
    for column in candidate.missing:
        for source in fallback.get(column, ()):
            table, _, name = source.partition(".")
            if any(f.table == table and name in f.matches for f in feeds):
                shared[column] = source
                break
        else:
            return None
    return shared


def _candidate(table: str, header: Header, sample: Sequence[Sequence[str]], section: TableMapping | None) -> Candidate:
    words = vocabulary().tables[table]
    matches = _match(table, words, header, sample, section)
    marked = section is not None or any(m in matches and matches[m].how in ("synonym", "together") for m in words.marks)
    present = {normalise(n) for n in header.names if n is not None}
    constants: dict[str, str] = {}
    for when, implied in () if section and section.is_complete(table) else words.implied:
        if all(w in present for w in when):
            constants.update({c: v for c, v in implied.items() if c not in matches and not (section and section.has_no(c))})
    if section:
        constants.update(section.constants)
    if table == "ratings":
        matches = _rating_or_label(matches, sample)
    missing = tuple(c for c in TABLES[table].required if c not in matches and c not in constants)
    completeness = tuple(p for p in (header.position(h) for h in section.completeness) if p is not None) if section else ()
    return Candidate(Feed(table, matches, {}, constants, section or TableMapping(), completeness), missing, marked)


def _match(
    table: str, words: TableWords, header: Header, sample: Sequence[Sequence[str]], section: TableMapping | None
) -> dict[str, Match]:
    forms: dict[str, int] = {}
    for position, name in enumerate(header.names):
        for form in header_words(name) if name else ():
            forms.setdefault(form, position)
    matches: dict[str, Match] = {}
    used: set[int] = set()

    def take(column: str, positions: tuple[int, ...], how: How, word: str) -> None:
        matches[column] = Match(positions, how, word)
        used.update(positions)

    if section:
        for column, headers in section.headers.items():
            places = [header.position(h) for h in headers]
            if all(p is not None for p in places):
                take(column, tuple(p for p in places if p is not None), "mapping", "")
        if section.is_complete(table):
            return matches
    columns = [(c.name, c.type) for c in TABLES[table].columns]
    columns += list(EXTRA_COLUMNS[table].items())
    free = [(c, t) for c, t in columns if c not in matches and not (section and (c in section.constants or section.has_no(c)))]
    for column, kind in free:
        for group in words.together.get(column, ()):
            positions = [forms[w] for w in group if w in forms]
            if (
                len(positions) == len(group)
                and not used & set(positions)
                and (kind != "time" or _is_time_of_day(positions[-1], sample))
            ):
                generic = all(w in words.weak.get(column, ()) for w in group[:1])  # a date and a time say nothing about the table
                take(column, tuple(positions), "weak" if generic else "together", " + ".join(group))
                break
    for how, lists in (("synonym", words.strong), ("weak", words.weak)):
        for column, _ in free:
            if column in matches:
                continue
            word = next((w for w in lists.get(column, ()) if w in forms and forms[w] not in used), None)
            if word is not None:
                take(column, (forms[word],), "synonym" if how == "synonym" else "weak", word)
    beside = _name_beside_id(matches, words, header, forms, used)
    return {**matches, "agent_name": beside} if beside and not (section and section.has_no("agent_name")) else matches


def _name_beside_id(
    matches: Mapping[str, Match], words: TableWords, header: Header, forms: Mapping[str, int], used: set[int]
) -> Match | None:
    """Return the column with the agent's name where the agent is given by a staff id."""
    if (
        "agent" not in matches
        or "agent_name" in matches
        or not _ID_HEADER.search(header.names[matches["agent"].positions[0]] or "")
    ):
        return None
    names = (*words.strong.get("agent", ()), *words.weak.get("agent", ()))
    word = next((w for w in names if w in forms and forms[w] not in used and not _ID_HEADER.search(w)), None)
    return Match((forms[word],), "synonym", word) if word else None


def column_values(position: int, sample: Sequence[Sequence[str]]) -> list[str]:
    """Return the non-empty sample values of a column."""
    return [row[position] for row in sample if position < len(row) and row[position].strip()]


def _is_time_of_day(position: int, sample: Sequence[Sequence[str]]) -> bool:
    values = column_values(position, sample)
    return bool(values) and sum(1 for v in values if _TIME_OF_DAY.fullmatch(v)) >= 0.8 * len(values)


def _rating_or_label(matches: dict[str, Match], sample: Sequence[Sequence[str]]) -> dict[str, Match]:
    """Swap a rating that consists of words for a label, and a label that consists of numbers for a rating."""

    def numeric(column: str) -> bool | None:
        values = column_values(matches[column].positions[0], sample)
        return (
            sum(1 for v in values if _NUMBER_START.fullmatch(v) or v.strip().startswith("★")) * 2 >= len(values)
            if values
            else None
        )

    swapped = dict(matches)
    if "rating" in matches and "label" not in matches and matches["rating"].how != "mapping" and numeric("rating") is False:
        swapped["label"] = swapped.pop("rating")
    elif "label" in matches and "rating" not in matches and matches["label"].how != "mapping" and numeric("label"):
        swapped["rating"] = swapped.pop("label")
    return swapped


def column_type(table: str, column: str) -> ColumnType:
    """Return the type of a canonical or helping column."""
    return EXTRA_COLUMNS[table].get(column) or TABLES[table].column(column).type
