"""One sheet -> one stage table in DuckDB: typed columns, a fate per row, and the raw text of rows in which something failed.

The text is typed while it is parsed, in one statement, and only the columns that are used are kept. ``rowid`` is the order in the
file, so ``rowid + first_row`` is the spreadsheet row; rows are never deleted from a stage table, they get a fate.
"""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from kpi_xl.cell_words import plain
from kpi_xl.errors import KpiError, Text
from kpi_xl.exports.columns.header import Feed, Header, column_type, column_values
from kpi_xl.exports.columns.mapping import EXTRA_COLUMNS, ExportMapping
from kpi_xl.exports.columns.vocabulary import unit_seconds, vocabulary
from kpi_xl.exports.files.csv_source import records, repair
from kpi_xl.exports.model import RawSheet
from kpi_xl.exports.rows.spellings import narrow, quote
from kpi_xl.exports.rows.typing_sql import Hints, Reading, missing_variants, present, reading, says_nothing
from kpi_xl.tables import TABLES, ColumnType

_OPPOSITE = {"dmy": "mdy", "mdy": "dmy"}
_SHOWN = 200
"""So many sample rows at least tell in which forms a column is written (all, where there are fewer)."""
EXAMPLES = 3
"""So many rows are quoted for either order of contradictory dates."""
_SHORT_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})\b.*")
_SHORT_DATE_SQL = r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})(\D.*)?$"


@dataclass(frozen=True)
class StageColumn:
    """A typed column of a stage table: where its text comes from and how it is read. `raw` is SQL over c0, c1, ..."""

    name: str
    type: ColumnType
    raw: str
    label: str
    reading: Reading
    missing: tuple[str, ...]
    swapped: str | None = None
    """SQL that reads numeric dates with day and month the other way round, where their order was told from the values."""


@dataclass(frozen=True)
class Stage:
    """A sheet in DuckDB, at the place `number` among the sources.

    `bound` tells, per feed and canonical column, the SQL over the stage table that gives its value.
    """

    number: int
    sheet: RawSheet
    header: Header
    feeds: tuple[Feed, ...]
    columns: tuple[StageColumn, ...]
    bound: Mapping[str, Mapping[str, str]]
    mapping: ExportMapping | None = None
    table: str = ""
    first_row: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def primary(self) -> Feed:
        """The feed that says which rows are wanting."""
        return self.feeds[0]

    def column(self, name: str) -> StageColumn | None:
        """Return the stage column of that name."""
        return next((c for c in self.columns if c.name == name), None)


def plan_stage(
    table: str,
    sheet: RawSheet,
    header: Header,
    feeds: Sequence[Feed],
    mapping: ExportMapping | None,
    orders: Mapping[int, str],
    wanted: Mapping[str, frozenset[str]] | None = None,
) -> Stage:
    """Work out the typed columns of a sheet, for a stage table of that name.

    `orders` gives the order of numeric dates per column position. `wanted` restricts the columns per table; what
    `_needed_anyway` tells is read in any case.
    """
    sample = sheet.head[header.index + 1 :]
    columns: dict[tuple[object, ...], StageColumn] = {}
    bound: dict[str, dict[str, str]] = {}
    labels: dict[str, str] = {}
    for feed in feeds:
        exprs: dict[str, str] = {}
        chosen = wanted[feed.table] | _needed_anyway(feed, feeds) if wanted and feed.table in wanted else frozenset(feed.matches)
        for name, match in feed.matches.items():
            if name not in chosen:
                continue
            kind = column_type(feed.table, name)
            values = dict(vocabulary().values.get(f"{feed.table}.{name}", {})) | dict(feed.mapping.values.get(name, {}))
            unit = unit_seconds(header.names[match.positions[0]] or "") if kind == "seconds" else 1
            key: tuple[object, ...] = (match.positions, kind, unit, name == "rating", tuple(sorted(values.items(), key=str)))
            if key not in columns:
                order = orders.get(match.positions[0])
                hints = Hints(order or "dmy", sheet.date1904, unit, values, name == "rating", mapping.missing if mapping else ())
                raw = _raw_sql(match.positions, kind)
                # a form that these rows do not show is read in full; durations must all be seen (see `typing_sql`)
                rows = sample if kind == "seconds" else sample[:: len(sample) // _SHOWN + 1]
                shown = [_joined(row, match.positions, kind) for row in rows]
                label = " + ".join(header.names[p] or "" for p in match.positions)
                swapped = None
                if kind == "time" and order in _OPPOSITE and not (mapping and mapping.date_order):
                    swapped = reading(kind, raw, (), replace(hints, date_order=_OPPOSITE[order])).full
                columns[key] = StageColumn(
                    f"t{len(columns)}", kind, raw, label, reading(kind, raw, shown, hints), hints.missing, swapped
                )
            exprs[name] = f"s.{columns[key].name}"
            labels[f"{feed.table}.{name}"] = columns[key].label
        exprs |= _constants(feed)
        if feed.completeness and (wanted is None or "fields_filled" in wanted.get(feed.table, ())):
            raw = " + ".join(f"CASE WHEN {present(f'c{p}')} IS NULL THEN 0 ELSE 1 END" for p in feed.completeness)
            columns["filled", feed.completeness] = StageColumn(
                f"t{len(columns)}", "count", f"CAST({raw} AS VARCHAR)", "", Reading(f"({raw})", f"({raw})"), ()
            )
            exprs["fields_filled"] = f"s.{columns['filled', feed.completeness].name}"
            exprs["fields_required"] = f"CAST({len(feed.completeness)} AS BIGINT)"
        bound[feed.table] = exprs
    for feed in feeds:
        for name, source in feed.shared.items():
            owner, _, column = source.partition(".")
            bound[feed.table][name] = bound[owner][column]
        for name, sources in vocabulary().tables[feed.table].fallback.items():
            mine = bound[feed.table].get(name)
            others = [bound[t][c] for t, _, c in (s.partition(".") for s in sources) if c in bound.get(t, {})]
            if mine and others and feed is not feeds[0]:
                bound[feed.table][name] = "coalesce(" + ", ".join(dict.fromkeys([mine, *others])) + ")"
    return Stage(0, sheet, header, tuple(feeds), tuple(columns.values()), bound, mapping, table, header.index + 2, labels)


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
        exprs[name] = f"({reading(kind, quote(value), [value], Hints()).full})"
    return exprs


def _raw_sql(positions: Sequence[int], kind: ColumnType) -> str:
    if len(positions) == 1:
        return f"c{positions[0]}"
    parts = ", ".join(f"c{p}" for p in positions)
    if kind == "time":
        return f"CASE WHEN c{positions[0]} IS NOT NULL THEN concat_ws(' ', {parts}) END"
    return f"coalesce({', '.join(present(f'c{p}') for p in positions)})"


def _joined(row: Sequence[str], positions: Sequence[int], kind: ColumnType) -> str:
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


def date_orders(
    connection: duckdb.DuckDBPyConnection, sheet: RawSheet, header: Header, feeds: Sequence[Feed], mapping: ExportMapping | None
) -> dict[int, str]:
    """Decide dd/mm against mm/dd per time column: from the sample when that is conclusive, else from the whole column.

    Where one date in a hundred or fewer proves another order than the rest, the rest decides and those cannot be read. Raises
    KpiError with the mapping line to write when a column fits both orders, and with the rows when it has dates of both.
    """
    if mapping and mapping.date_order:
        return {m.positions[0]: mapping.date_order for f in feeds for m in f.matches.values()}
    sample = sheet.head[header.index + 1 :]
    times = {m.positions[0] for f in feeds for n, m in f.matches.items() if column_type(f.table, n) == "time"}
    found = {position: order_of_sample(column_values(position, sample)) for position in sorted(times)}
    undecided = [position for position, order in found.items() if order is None]
    orders = {position: order for position, order in found.items() if order}
    for position in undecided:
        order = _order_of_whole_column(connection, sheet, header, position)
        if order:
            orders[position] = order
    for position in undecided:
        if position not in orders:  # another column of the same export shows how this system writes dates
            others = set(orders.values())
            if len(others) != 1:
                raise ambiguous_dates(sheet, header.names[position] or "", _example(sheet, header, position))
            orders[position] = others.pop()
    return orders


def order_of_sample(values: Sequence[str]) -> str | None:
    """Return the order of the numeric dates among the values: dmy, mdy or ymd, None when several fit, "" when there are none."""
    parts = [m.groups() for v in values if (m := _SHORT_DATE.fullmatch(plain(v)))]
    if not parts:
        return ""
    first, second, third = (max(int(p[i]) for p in parts) for i in range(3))
    return _order(first, second, third, {c for _, _, c in parts}, {a for a, _, _ in parts})


def _order(first: int, second: int, third: int, thirds: set[str], firsts: set[str]) -> str | None:
    """Return the only order that fits the largest parts; None when several do. Two-digit years may stand first or last."""
    if third < 100 and len(firsts) <= 2 < len(thirds) and first >= 20 and third <= 31 and second <= 12:
        return "ymd"
    fits = []
    if first <= 31 and second <= 12:
        fits.append("dmy")
    if first <= 12 and second <= 31:
        fits.append("mdy")
    if not fits and second <= 12 and third <= 31:
        fits.append("ymd")
    return fits[0] if len(fits) == 1 else None


def _order_of_whole_column(connection: duckdb.DuckDBPyConnection, sheet: RawSheet, header: Header, position: int) -> str | None:
    width = len(header.names)
    part = f"regexp_extract({narrow(f'c{position}')}, {quote(_SHORT_DATE_SQL)}, ['a', 'b', 'c', 'd'])"
    query = (
        "SELECT max(try_cast(p.a AS INT)), max(try_cast(p.b AS INT)), max(try_cast(p.c AS INT)), list(DISTINCT p.c),"
        " list(DISTINCT p.a), count(*) FILTER (try_cast(p.a AS INT) > 12 AND try_cast(p.b AS INT) <= 12),"
        " count(*) FILTER (try_cast(p.a AS INT) <= 12 AND try_cast(p.b AS INT) > 12), count(*)"
        f" FROM (SELECT {part} AS p FROM {read_csv_sql(sheet, header, width)}) WHERE p.a <> ''"
    )
    row = connection.execute(query).fetchone()
    if not row or row[0] is None:
        return None
    order = _order(int(row[0]), int(row[1]), int(row[2]), set(row[3]), set(row[4]))
    day_first, month_first, dates = row[5:]
    if order is not None or not (day_first and month_first):
        return order
    if min(day_first, month_first) * 100 > dates:
        raise contradictory_dates(sheet, header.names[position] or "", _contradicting(sheet, header, position))
    return "dmy" if day_first > month_first else "mdy"


def only_order(value: str) -> str | None:
    """Return the order of day and month that a numeric date proves: dmy or mdy; None when it fits both or neither.

    >>> only_order("13/04/2025"), only_order("05/23/2025"), only_order("05/04/2025")
    ('dmy', 'mdy', None)
    """
    match = _SHORT_DATE.fullmatch(plain(value))
    first, second = (int(match[1]), int(match[2])) if match else (0, 0)
    if first > 12 >= second > 0:
        return "dmy"
    return "mdy" if second > 12 >= first > 0 else None


def _contradicting(sheet: RawSheet, header: Header, position: int) -> dict[str, list[tuple[int, str]]]:
    """Find the first rows that prove either order: spreadsheet row and text."""
    found: dict[str, list[tuple[int, str]]] = {"dmy": [], "mdy": []}
    with sheet.path.open(encoding="utf-8-sig", newline="") as file:
        for number, (fields, _) in enumerate(records(file, sheet.delimiter), 1 if sheet.path_has_header else header.index + 2):
            value = fields[position] if fields and number > header.index + 1 and position < len(fields) else ""
            order = only_order(value)
            if order and len(found[order]) < EXAMPLES:
                found[order].append((number, value.strip()))
            if all(len(rows) == EXAMPLES for rows in found.values()):
                break
    return found


def _example(sheet: RawSheet, header: Header, position: int) -> str:
    values = column_values(position, sheet.head[header.index + 1 :])
    return next((v for v in values if _SHORT_DATE.fullmatch(plain(v))), "")


def ambiguous_dates(sheet: RawSheet, label: str, example: str) -> KpiError:
    """Return the error for a column whose order of day and month cannot be told."""
    line = f'[[export]]\nfile = "{sheet.file}"\ndate_order = "dmy"'
    return KpiError(
        Text(
            f"{sheet.file}：“{label}”列的日期（如 {example}）分不清日和月的先后",
            f"{sheet.file}: the dates of {label!r} (as {example}) fit both day/month and month/day",
        ),
        Text(
            f"请在映射文件中写明：\n{line}    # 日/月/年；月/日/年写 mdy",
            f"say which in the mapping file:\n{line}    # day/month/year; mdy for month/day/year",
        ),
    )


def contradictory_dates(sheet: RawSheet, label: str, found: Mapping[str, Sequence[tuple[int, str]]]) -> KpiError:
    """Return the error for a column of which some rows only fit day/month and others only month/day; `found` names such rows."""
    line = f'[[export]]\nfile = "{sheet.file}"\ndate_order = "dmy"'
    rows = {order: "、".join(str(row) for row, _ in places) for order, places in found.items()}
    texts = {order: "、".join(text for _, text in places) for order, places in found.items()}
    return KpiError(
        Text(
            f"{sheet.file}：“{label}”列的日期自相矛盾：第 {rows['dmy']} 行（{texts['dmy']}）只能是日在前，"
            f"第 {rows['mdy']} 行（{texts['mdy']}）只能是月在前",
            f"{sheet.file}: the dates of {label!r} contradict each other: rows {rows['dmy']} ({texts['dmy']}) can only be"
            f" day/month, rows {rows['mdy']} ({texts['mdy']}) only month/day",
        ),
        Text(
            "请统一日期写法后重新导出（来自两个系统的请分成两个文件）；若只认一种，请在映射文件中写明，对不上的行会搁置并列出：\n"
            f"{line}    # 日/月/年；月/日/年写 mdy",
            "export again with one order (two systems: two files); to accept one of them only, say so in the mapping file, and"
            f" the other rows are set aside and listed:\n{line}    # day/month/year; mdy for month/day/year",
        ),
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
    doubts = [f"({c.reading.doubt.replace('{v}', c.name)})" for c in stage.columns if c.reading.doubt]
    doubts += [f"{name} IS NULL" for name in required_columns(stage)]
    if all(c.type in ("id", "text") for c in stage.columns):  # else a header among the rows shows by what cannot be read
        cells = header_cells(stage)
        doubts += [f"{c.raw} = {quote(cells[c.name])}" for c in stage.columns if c.name in cells][:1]
    raws = ", ".join([c.raw for c in stage.columns] + [f"c{i}" for i in _texts(stage)])
    used = sorted({int(n) for c in stage.columns for n in re.findall(r"\bc(\d+)\b", c.raw)} | set(_texts(stage)))
    connection.execute(
        f"CREATE TABLE {stage.table} AS SELECT {', '.join(c.name for c in stage.columns)},"
        f" CASE WHEN {' OR '.join(doubts) or 'false'} THEN [{raws}] END AS raw, NULL::UTINYINT AS fate"
        f" FROM (SELECT {', '.join(f'{c.reading.fast} AS {c.name}' for c in stage.columns)}, {', '.join(f'c{i}' for i in used)}"
        f" FROM {read_csv_sql(sheet, stage.header, width)})"
    )


def required_columns(stage: Stage) -> list[str]:
    """Return the stage columns without which a row is set aside."""
    primary = stage.primary
    found = [name for name in TABLES[primary.table].required if name in primary.matches]
    return sorted({stage.bound[primary.table][name].removeprefix("s.") for name in found})


def header_cells(stage: Stage) -> dict[str, str]:
    """Return the header as it stands in the file for the stage columns that are one column of it."""
    cells = stage.sheet.head[stage.header.index]
    places = {c.name: int(c.raw[1:]) for c in stage.columns if re.fullmatch(r"c\d+", c.raw)}
    return {name: cells[place].strip() for name, place in places.items()}


def _texts(stage: Stage) -> list[int]:
    """Columns kept besides the used ones in the raw text of a failed row: the first two, where 合计 stands."""
    return [i for i, name in enumerate(stage.header.names) if name is not None][:2]
