"""One sheet -> one stage table in DuckDB: typed columns, a fate per row, and the raw text of rows in which something failed.

The text is typed while it is parsed, in one statement, and only the columns that are used are kept. ``rowid`` is the order in the
file, so ``rowid + first_row`` is the spreadsheet row; rows are never deleted from a stage table, they get a fate.
"""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from kpi_xl.cell_times import read_time
from kpi_xl.decisions import Decision
from kpi_xl.exports.columns.header import Feed, Header, column_type
from kpi_xl.exports.columns.mapping import EXTRA_COLUMNS, ExportMapping
from kpi_xl.exports.columns.vocabulary import vocabulary
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.files.csv_source import repair
from kpi_xl.exports.model import RawSheet
from kpi_xl.exports.rows.clock_sql import Zones
from kpi_xl.exports.rows.durations import Unit, unit_of_column
from kpi_xl.exports.rows.known import Known, Orders
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.typing_sql import Hints, Reading, Sql, missing_variants, present, reading, says_nothing
from kpi_xl.exports.rows.zones_told import ZoneCheck, check_zones, epoch_of
from kpi_xl.tables import TABLES, ColumnType

_OPPOSITE = {"dmy": "mdy", "mdy": "dmy"}
_NOTHING = Known()
POINTS_OF_HUNDRED = frozenset({("quality", "score")})
"""Columns of points from 0 to 100, as (table, column)."""
_SHOWN = 200
"""So many sample rows at least tell in which forms a column is written (all, where there are fewer)."""


@dataclass(frozen=True)
class StageColumn:
    """A typed column of a stage table: from which columns of the file (by position, from 0) its text comes, and how it is read.

    `number` is its place among the columns of the stage, from 1. `swapped` reads numeric dates with day and month the other way
    round, where their order was told from the values. `zones` tells which texts name a zone, where times are read. `counts`: how
    many of those columns are filled is counted, nothing is read.
    """

    number: int
    type: ColumnType
    positions: tuple[int, ...]
    label: str
    reading: Reading
    missing: tuple[str, ...] = ()
    swapped: Sql | None = None
    counts: bool = False
    zones: ZoneCheck | None = None

    @property
    def name(self) -> str:
        """Its name in the stage table."""
        return f"t{self.number}"

    @property
    def text(self) -> str:
        """SQL over the columns of the file (c0, c1, ...): the text that is read; the parts of a time in a row, else the first."""
        parts = [f"c{p}" for p in self.positions]
        if self.counts:
            return f"CAST({_filled(self.positions, self.missing)} AS VARCHAR)"
        if len(parts) == 1:
            return parts[0]
        if self.type == "time":
            return f"CASE WHEN {parts[0]} IS NOT NULL THEN concat_ws(' ', {', '.join(parts)}) END"
        return f"coalesce({', '.join(present(part) for part in parts)})"

    @property
    def zoned(self) -> str:
        """The name of the helping column that tells whether the text names a zone, where the sample shows zones."""
        return f"z{self.number}"

    @property
    def kept(self) -> str:
        """SQL over the stage table ``s``: the same text, which rows keep where something was doubtful (else NULL)."""
        return f"s.raw[{self.number}]"


@dataclass(frozen=True)
class Stage:
    """A sheet in DuckDB, at the place `number` among the sources.

    Per feed and canonical column `bound` tells the SQL over the stage table ``s`` that gives its value, and `read` the stage
    column that it is, where it is one as it stands.
    """

    number: int
    sheet: RawSheet
    header: Header
    feeds: tuple[Feed, ...]
    columns: tuple[StageColumn, ...]
    read: Mapping[str, Mapping[str, StageColumn]]
    bound: Mapping[str, Mapping[str, str]]
    mapping: ExportMapping | None = None
    table: str = ""
    first_row: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()

    @property
    def primary(self) -> Feed:
        """The feed that says which rows are wanting."""
        return self.feeds[0]

    def column(self, table: str, name: str) -> StageColumn | None:
        """Return the stage column that the canonical column of that name is; None where it is something else, or absent."""
        return self.read[table].get(name) if table in self.read else None


def plan_stage(
    table: str,
    sheet: RawSheet,
    header: Header,
    feeds: Sequence[Feed],
    mapping: ExportMapping | None,
    orders: Orders,
    wanted: Mapping[str, frozenset[str]] | None = None,
    known: Known = _NOTHING,
) -> Stage:
    """Work out the typed columns of a sheet, for a stage table of that name.

    `orders` gives the order of numeric dates per column position, `known` what does not stand in the file. `wanted` restricts the
    columns per table; what `_needed_anyway` tells is read in any case.
    """
    columns = _Columns(sheet, header, mapping, orders.by_position, known)
    read: dict[str, dict[str, StageColumn]] = {}
    bound: dict[str, dict[str, str]] = {}
    labels: dict[str, str] = {}
    for feed in feeds:
        chosen = wanted[feed.table] | _needed_anyway(feed, feeds) if wanted and feed.table in wanted else frozenset(feed.matches)
        own = {name: columns.of(feed, name) for name in feed.matches if name in chosen}
        labels |= {f"{feed.table}.{name}": column.label for name, column in own.items()}
        constants = _constants(feed)
        if feed.completeness and (wanted is None or "fields_filled" in wanted.get(feed.table, ())):
            own["fields_filled"] = columns.filled(feed.completeness)
            constants.pop("fields_filled", None)
            constants["fields_required"] = f"CAST({len(feed.completeness)} AS BIGINT)"
        read[feed.table] = {name: column for name, column in own.items() if name not in constants}
        bound[feed.table] = {name: f"s.{column.name}" for name, column in own.items()} | constants
    _lend(feeds, read, bound)
    decisions = (*orders.decisions, *columns.decisions)
    first = sheet.row(header.index + 1)
    return Stage(0, sheet, header, tuple(feeds), columns.all, read, bound, mapping, table, first, labels, decisions)


def _lend(feeds: Sequence[Feed], read: dict[str, dict[str, StageColumn]], bound: dict[str, dict[str, str]]) -> None:
    """Give secondary feeds the columns that they take from others, and those that fill the gaps of their own."""
    for feed in feeds:
        own = bound[feed.table]
        for name, source in feed.shared.items():
            owner, _, lent = source.partition(".")
            own[name] = bound[owner][lent]
            if lent in read[owner]:
                read[feed.table][name] = read[owner][lent]
        for name, sources in vocabulary().tables[feed.table].fallback.items():
            others = [bound[t][c] for t, _, c in (s.partition(".") for s in sources) if c in bound.get(t, {})]
            if name in own and others and feed is not feeds[0]:
                own[name] = "coalesce(" + ", ".join(dict.fromkeys([own[name], *others])) + ")"
                read[feed.table].pop(name, None)


class _Columns:
    """The typed columns of a sheet as they are asked for; what is read from the same place in the same way is read once."""

    def __init__(
        self, sheet: RawSheet, header: Header, mapping: ExportMapping | None, orders: Mapping[int, str], known: Known
    ) -> None:
        self._sheet, self._header, self._mapping, self._orders, self._known = sheet, header, mapping, orders, known
        self._zones = Zones(known.department, (mapping.times_in if mapping else None) or "")
        self.decisions: list[Decision] = []
        self._sample = sheet.head[header.index + 1 :]
        self._found: dict[tuple[object, ...], StageColumn] = {}

    @property
    def all(self) -> tuple[StageColumn, ...]:
        """All columns that were asked for, by number."""
        return tuple(self._found.values())

    def of(self, feed: Feed, name: str) -> StageColumn:
        """Return the column that a canonical column of a feed is read from."""
        positions, kind = feed.matches[name].positions, column_type(feed.table, name)
        hints = self._hints(feed, name, kind)
        values = tuple(sorted((hints.values or {}).items(), key=str))
        key: tuple[object, ...] = (positions, kind, hints.unit, hints.rating, hints.points, values)
        if key not in self._found:
            label, shown = " + ".join(self._header.names[p] or "" for p in positions), self._shown(positions, kind)
            read, number = reading(kind, shown, hints), len(self._found) + 1
            zones = check_zones(self._zones, shown, hints.epoch) if kind == "time" else None
            swapped = self._swapped(positions, kind, hints)
            self._found[key] = StageColumn(number, kind, positions, label, read, hints.missing, swapped, False, zones)
            if hints.unit.ground:
                self.decisions.append(self._unit_decision(feed.table, name, label, hints.unit))
        return self._found[key]

    def _unit_decision(self, table: str, name: str, label: str, unit: Unit) -> Decision:
        file, sheet, ground = self._sheet.file, self._sheet.sheet, unit.ground or "open"
        kind = DECISION_KINDS["unit"]
        return Decision(kind, ground, unit.evidence, unit.name, file, sheet, table, name, label, frozenset({name}))

    def filled(self, positions: tuple[int, ...]) -> StageColumn:
        """Return the column that counts how many of the columns at these positions are filled."""
        missing = self._mapping.missing if self._mapping else ()
        count: Sql = lambda _: _filled(positions, missing)  # noqa: E731 - of the columns themselves, there is no text
        column = StageColumn(len(self._found) + 1, "count", positions, "", Reading(count, count), missing, counts=True)
        return self._found.setdefault(("filled", positions), column)

    def _hints(self, feed: Feed, name: str, kind: ColumnType) -> Hints:
        positions = feed.matches[name].positions
        values = dict(vocabulary().values.get(f"{feed.table}.{name}", {})) | dict(feed.mapping.values.get(name, {}))
        missing = self._mapping.missing if self._mapping else ()
        unit = self._unit(feed, name, missing) if kind == "seconds" else Unit()
        order = self._orders.get(positions[0]) or ""
        epoch = (
            epoch_of(self._header.names[positions[0]] or "", self._shown(positions, kind), missing) if kind == "time" else None
        )
        of_hundred, joined = (feed.table, name) in POINTS_OF_HUNDRED, len(positions) > 1
        return Hints(
            order, self._sheet.date1904, unit, values, name == "rating", of_hundred, missing, joined, self._zones, epoch
        )  # fmt: skip

    def _unit(self, feed: Feed, name: str, missing: tuple[str, ...]) -> Unit:
        positions = feed.matches[name].positions
        rows = [(text, row) for row in self._sample if not says_nothing(text := _joined(row, positions, "seconds"), missing)]
        header, declared = self._header.names[positions[0]] or "", feed.mapping.meaning.get(name)
        gross = [(text, span) for text, row in rows if (span := self._span(feed, row))] if feed.table == "tickets" else []
        return unit_of_column(feed.table, name, header, [text for text, _ in rows], declared, gross)

    def _span(self, feed: Feed, row: Sequence[str]) -> float:
        """Return the seconds from creation to close of a sample row, 0 where they are not known."""
        if not {"created_at", "closed_at"} <= set(feed.matches):
            return 0
        start, end = (read_time(_joined(row, feed.matches[name].positions, "time")) for name in ("created_at", "closed_at"))
        return (end - start).total_seconds() if start and end else 0

    def _shown(self, positions: Sequence[int], kind: ColumnType) -> list[str]:
        """The texts of the sample. A form that they do not show is read in full; durations and words must all be seen."""
        rows = self._sample if kind in ("seconds", "id", "text") else self._sample[:: len(self._sample) // _SHOWN + 1]
        return [_joined(row, positions, kind) for row in rows]

    def _swapped(self, positions: Sequence[int], kind: ColumnType, hints: Hints) -> Sql | None:
        order = self._orders.get(positions[0])
        if kind != "time" or order not in _OPPOSITE or (self._mapping and self._mapping.date_order):
            return None
        return reading(kind, (), replace(hints, date_order=_OPPOSITE[order])).full


def _needed_anyway(feed: Feed, feeds: Sequence[Feed]) -> frozenset[str]:
    """Return the columns that decide what becomes of a row, whose it is and when the data ends, whatever is measured."""
    table = TABLES[feed.table]
    names = {table.key, *table.required, "team", "region", *EXTRA_COLUMNS[feed.table]}
    names |= {column.name for column in table.columns if column.type == "time"}
    if feed.table == "ratings" and feed is not feeds[0]:  # a row of another kind has a rating or has not
        names |= {"rating", "label", "scale"}
    return frozenset(name for name in names if name)


def _constants(feed: Feed) -> dict[str, str]:
    exprs: dict[str, str] = {}
    for name, value in feed.constants.items():
        kind = column_type(feed.table, name)
        exprs[name] = f"({reading(kind, [value], Hints()).full(quote(value))})"
    return exprs


def _filled(positions: Sequence[int], missing: Sequence[str]) -> str:
    return "(" + " + ".join(f"CASE WHEN {present(f'c{p}', missing)} IS NULL THEN 0 ELSE 1 END" for p in positions) + ")"


def _joined(row: Sequence[str], positions: Sequence[int], kind: ColumnType) -> str:
    """Put a sample text together as `StageColumn.text` does."""
    if len(positions) == 1:
        return row[positions[0]] if positions[0] < len(row) else ""
    parts = [row[p] if p < len(row) else "" for p in positions]
    if kind == "time":
        return " ".join(p for p in parts if p) if parts[0] else ""
    return next((p for p in parts if not says_nothing(p)), "")


def read_csv_sql(sheet: RawSheet, header: Header, width: int) -> str:
    """Return the ``read_csv`` call: every column text, nothing sniffed.

    The texts that mean "no value" and occur in the first rows become NULL at once; a long list would cost as much as all else.
    """
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    seen = {cell for row in sheet.head for cell in row}
    words = ", ".join(quote(w) for w in missing_variants() if not w or w in seen)
    return (
        f"read_csv({quote(str(sheet.path))}, auto_detect=false, header=false, delim={quote(sheet.delimiter)},"
        " quote='\"', escape='\"', max_line_size=16777216, buffer_size=33554432,"
        f" columns={{{types}}}, skip={header.index + 1 if sheet.path_has_header else 0}, nullstr=[{words}])"
    )


def put_in_order(sheet: RawSheet, header: Header, workdir: Path) -> RawSheet:
    """Return the sheet with a repaired copy of its data rows, which DuckDB can read strictly."""
    return replace(
        repair(sheet, header.index, len(header.names), workdir / f"clean{len(list(workdir.iterdir()))}.csv"),
        path_has_header=False,
    )


def load_stage(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Create the stage table. Raises duckdb.Error when the file does not split into its columns."""
    sheet, width = stage.sheet, len(stage.header.names)
    doubts = [f"({c.reading.doubt(c.text, c.name)})" for c in stage.columns if c.reading.doubt]
    doubts += [f"{column.name} IS NULL" for column in required_columns(stage)]
    if all(c.type in ("id", "text") for c in stage.columns):  # else a header among the rows shows by what cannot be read
        doubts += [f"{column.text} = {quote(cell)}" for column, cell in header_cells(stage)[:1]]
    raws = ", ".join([c.text for c in stage.columns] + [f"c{i}" for i in _texts(stage)])
    used = sorted({p for c in stage.columns for p in c.positions} | set(_texts(stage)))
    connection.execute(
        f"CREATE TABLE {stage.table} AS SELECT {', '.join(c.name for c in stage.columns)}, {''.join(_zone_columns(stage))}"
        f" CASE WHEN {' OR '.join(doubts) or 'false'} THEN [{raws}] END AS raw, NULL::UTINYINT AS fate"
        f" FROM (SELECT {', '.join(f'{c.reading.fast(c.text)} AS {c.name}' for c in stage.columns)},"
        f" {', '.join(f'c{i}' for i in used)} FROM {read_csv_sql(sheet, stage.header, width)})"
    )


def _zone_columns(stage: Stage) -> list[str]:
    """SQL of the helping columns that tell which times name a zone; none where the sample shows no zone."""
    return [
        f"{column.zones.told(column.text)} AS {column.zoned}, " for column in stage.columns if column.zones and column.zones.shown
    ]


def required_columns(stage: Stage) -> list[StageColumn]:
    """Return the stage columns without which a row is set aside."""
    table = stage.primary.table
    found = [column for name in TABLES[table].required if (column := stage.column(table, name))]
    return [column for column in stage.columns if column in found]


def header_cells(stage: Stage) -> list[tuple[StageColumn, str]]:
    """Return the header as it stands in the file for the stage columns that are one column of it."""
    cells = stage.header.cells
    return [
        (column, cells[column.positions[0]].strip()) for column in stage.columns if len(column.positions) == 1 and column.label
    ]


def _texts(stage: Stage) -> list[int]:
    """Columns kept besides the used ones in the raw text of a failed row: the first two, where 合计 stands."""
    return [i for i, name in enumerate(stage.header.names) if name is not None][:2]
