"""Find the header row of a sheet by its words, and decide which columns feed which canonical tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kpi_xl.cell_times import hold_times
from kpi_xl.exports.columns.levels import TIME_PARTS, find_levels, group_words
from kpi_xl.exports.columns.mapping import EXTRA_COLUMNS, ExportMapping, TableMapping
from kpi_xl.exports.columns.rating_columns import ratings_by_content
from kpi_xl.exports.columns.vocabulary import TableWords, header_words, normalise, vocabulary
from kpi_xl.exports.model import Area
from kpi_xl.tables import TABLES, ColumnType

How = Literal["mapping", "synonym", "weak", "together", "fallback", "values", "stand-in"]

HEADER_WITHIN = 30
"""Rows from the top among which the header is looked for."""

PRECEDENCE = ("tickets", "calls", "repairs", "quality", "ratings", "contributions", "events", "hr_ratings", "roster")
"""When one sheet feeds several tables, the first of them is the primary one: it says which rows are wanting."""

_ALONE = ("hr_ratings", "roster")
_DATE = re.compile(r"\s*(\d{1,4}\s*[-/.年月]\s*\d|\d{8}|\d{5}(\.\d+)?\s*$)")
_MOMENT = re.compile(r"\s*\d{1,4}\s*[-/.年月].*\d\s*[:：时]|\s*\d{5}\.\d+\s*$")
_CLOCK = r"(上午|下午)?\s*\d{1,2}[:：]\d{2}([:：]\d{2}(\.\d+)?)?(\s*[AaPp][Mm])?"
_TIME_OF_DAY = re.compile(rf"\s*((18\d\d-12-3[01][ T])?{_CLOCK}|0?\.\d+|0|\d(\.\d+)?[eE]-\d{{1,2}})\s*")
_ID_HEADER = re.compile(r"(工号|编号|号码|\bid|_id|id$|no\.?$)", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """A header row: its place (0-based in the sheet) and the names of its columns, None where there is none.

    Repeated names got a number (``名称_2``); `repeated` lists those. Of a header of two rows `index` is the lower one, `first`
    the upper one, `cells` what stands in the one or the other, and `groups` tells the columns under each name of the upper row.
    """

    index: int
    names: tuple[str | None, ...]
    repeated: tuple[str, ...]
    first: int = -1
    cells: tuple[str, ...] = ()
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def top(self) -> int:
        """The first of its rows."""
        return self.index if self.first < 0 else self.first

    def positions(self, header: str) -> tuple[int, ...]:
        """Return the columns that a header means: one by its name, or those of the group of that name; none: there is none."""
        found = self.position(header)
        return self.groups.get(normalise(header), ()) if found is None else (found,)

    def position(self, header: str) -> int | None:
        """Return the column of that header: literally, else by its normalised form."""
        if header in self.names:
            return self.names.index(header)
        wanted = normalise(header)
        named = next((i for i, name in enumerate(self.names) if name is not None and normalise(name) == wanted), None)
        if named is not None or self.first < 0:
            return named
        below = [i for i, cell in enumerate(self.cells) if normalise(cell) == wanted]
        return below[0] if len(below) == 1 else None


@dataclass(frozen=True)
class Match:
    """Where a canonical column comes from: positions of the raw columns, how they were recognised, and by which word."""

    positions: tuple[int, ...]
    how: How
    word: str


_NO_MATCH = Match((), "mapping", "")


@dataclass(frozen=True)
class Feed:
    """How a sheet feeds one canonical table. `shared` columns are taken from another feed: column -> ``table.column``.

    `untimely` are headers of times that were not taken, because no value of their columns is a time.
    """

    table: str
    matches: Mapping[str, Match]
    shared: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    mapping: TableMapping = field(default_factory=TableMapping)
    completeness: tuple[int, ...] = ()
    untimely: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A table that a sheet could feed, and what is wanting for it."""

    feed: Feed
    missing: tuple[str, ...]
    marked: bool


def find_header(head: Sequence[Sequence[str]], mapping: ExportMapping | None, merges: Sequence[Area] = ()) -> Header | None:
    """Return the row that holds the most known header words, or None when no row holds two (or one that a mapping names).

    Where names of groups stand above it, or names of columns below its groups, both rows are the header.
    """
    if mapping and mapping.header_row is not None:
        index = mapping.header_row - 1
        return header_at(head, index, merges) if 0 <= index < len(head) else None
    named = mapped_words(mapping)
    scores = [header_score(row, named) for row in head[:HEADER_WITHIN]]
    best = max(scores, default=0)
    return header_at(head, scores.index(best), merges) if best >= 11 else None


def mapped_words(mapping: ExportMapping | None) -> frozenset[str]:
    """Return the headers that a mapping names, normalised."""
    sections = mapping.sections.values() if mapping else ()
    return frozenset(normalise(h) for t in sections for hs in t.headers.values() for h in hs)


def header_score(row: Sequence[str], named: frozenset[str] = frozenset()) -> int:
    """Tell how much a row is like a header: 20 for a word that a mapping names, 10 for a known one, 1 for a usual one."""
    words = vocabulary()
    score = 0
    for cell in set(row):
        forms = header_words(cell) if 0 < len(cell) <= 60 else ()
        if any(f in named for f in forms):
            score += 20
        elif any(f in words.strong for f in forms):
            score += 10
        elif any(f in words.weak for f in forms):
            score += 1
    return score


def header_at(head: Sequence[Sequence[str]], index: int, merges: Sequence[Area] = ()) -> Header:
    """Return the header of which that row is one, or all."""
    levels = find_levels(head, index, merges)
    if levels is None:
        return make_header(head[index], index)
    header = make_header(levels.names, levels.lower)
    upper, lower = ([*head[at], *[""] * len(levels.names)] for at in (levels.upper, levels.lower))
    cells = tuple(below or above for above, below, _ in zip(upper, lower, levels.names, strict=False))
    return replace(header, first=levels.upper, cells=cells, groups=group_words(levels.groups, header.names))


def guess_header(head: Sequence[Sequence[str]], merges: Sequence[Area] = ()) -> Header | None:
    """Return the first of the fullest rows: what to show when no header was recognised."""
    filled = [len({cell.strip() for cell in row} - {""}) for row in head[:HEADER_WITHIN]]
    if not filled or max(filled) == 0:
        return None
    return header_at(head, filled.index(max(filled)), merges)


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
    return Header(index, tuple(names), tuple(repeated), cells=tuple(row))


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
        said = section is not None and (section.is_complete(table) or "call_status" in {**section.columns, **section.prefer})
        matches = ratings_by_content(matches, header, sample, mapped=said)
    missing = tuple(c for c in TABLES[table].required if c not in matches and c not in constants)
    completeness = tuple(p for p in (header.position(h) for h in section.completeness) if p is not None) if section else ()
    untimely = _untimely(table, words, header, sample, matches)
    return Candidate(Feed(table, matches, {}, constants, section or TableMapping(), completeness, untimely), missing, marked)


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
            places = [_in_order(header.positions(h), header, sample) for h in headers]
            if all(places):
                take(column, tuple(p for place in places for p in place), "mapping", "")
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
        for column, kind in free:
            if column in matches:
                continue
            if kind == "time" and how == "synonym" and (grouped := _group_of_time(lists.get(column, ()), header, sample, used)):
                take(column, grouped[0], "together", grouped[1])
                continue
            named = [w for w in lists.get(column, ()) if w in forms and forms[w] not in used]
            fitting = (w for w in named if kind != "time" or _may_be_times(forms[w], header, sample))
            # a required time that nobody can read is told row by row
            word = next(fitting, named[0] if named and column in TABLES[table].required else None)
            if word is not None:
                take(column, (forms[word],), "synonym" if how == "synonym" else "weak", word)
    for column, other in words.stand_in.items():
        said = section is not None and (section.has_no(column) or column in section.constants)
        if column not in matches and other in matches and not said:
            matches[column] = Match(matches[other].positions, "stand-in", matches[other].word)
    beside = _name_beside_id(matches, words, header, forms, used)
    return {**matches, "agent_name": beside} if beside and not (section and section.has_no("agent_name")) else matches


def _group_of_time(
    words: Sequence[str], header: Header, sample: Sequence[Sequence[str]], used: set[int]
) -> tuple[tuple[int, ...], str] | None:
    """Return the date and the clock under the name of a time, and the word; None where a column of its own has a better word."""
    single = {form for name in header.names if name for form in header_words(name)}
    for word in words:
        places = _in_order(header.groups.get(word, ()), header, sample)
        if places and not used & set(places):
            return places, word
        if word in single:
            return None
    return None


def _in_order(places: tuple[int, ...], header: Header, sample: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Return, of the columns of a group, the date and the clock, or the one that holds both; told by values, else by names."""
    if len(places) < 2:
        return places
    clocks = [p for p in places if _is_time_of_day(p, sample)]
    dates = [p for p in places if p not in clocks and _fit(p, sample, _DATE)]
    whole = [p for p in dates if _fit(p, sample, _MOMENT)]
    if whole or (dates and clocks):
        return (whole[0],) if whole else (dates[0], clocks[0])
    return tuple(p for p in places if normalise(header.cells[p]) in TIME_PARTS)[:2]


def _fit(position: int, sample: Sequence[Sequence[str]], pattern: re.Pattern[str]) -> bool:
    values = column_values(position, sample)
    return bool(values) and sum(1 for v in values if pattern.match(v)) >= 0.8 * len(values)


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


def _may_be_times(position: int, header: Header, sample: Sequence[Sequence[str]]) -> bool:
    """Tell whether a column may hold times; one without values may. The header once more among the rows is no value."""
    values = (row[position] for row in sample if position < len(row) and row[position].strip())
    return hold_times(value for value in values if value.strip() != header.names[position])


def _untimely(
    table: str, words: TableWords, header: Header, sample: Sequence[Sequence[str]], matches: Mapping[str, Match]
) -> tuple[str, ...]:
    """Return the headers that name a time of the table which was not found, and whose columns hold no time."""
    used = {position for match in matches.values() for position in match.positions}
    wanting = [c.name for c in TABLES[table].columns if c.type == "time" and c.name not in matches]
    named = {word for column in wanting for word in words.strong.get(column, ())}
    free = [(position, name) for position, name in enumerate(header.names) if name and position not in used]
    return tuple(name for place, name in free if named & set(header_words(name)) and not _may_be_times(place, header, sample))


def column_type(table: str, column: str) -> ColumnType:
    """Return the type of a canonical or helping column."""
    return EXTRA_COLUMNS[table].get(column) or TABLES[table].column(column).type
