"""Exports -> Tables: guard, read, map, type, clean, and offer the canonical tables as views over the stage tables."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import datetime as dt
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from kpi_xl.arguments import Several, StrPath, optional, read_path, read_paths, read_period, refuse
from kpi_xl.cell_zones import DEPARTMENT
from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError, Problem, Text, shown_name
from kpi_xl.exports.agents import insert_rows, settle_agents
from kpi_xl.exports.columns.mapping import MappingFile, read_mapping, reckoning_of
from kpi_xl.exports.columns.mapping_fit import check_names, check_sheets, unused_entries
from kpi_xl.exports.columns.refusal import unusable
from kpi_xl.exports.columns.which import which_columns
from kpi_xl.exports.files.copies import Copy, find_copies
from kpi_xl.exports.files.csv_source import has_blank_lines, scan
from kpi_xl.exports.files.opening import open_file
from kpi_xl.exports.files.told import require_computed, sheet_issues, unread_issues
from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.meaning.limits import find_limits, open_questions
from kpi_xl.exports.meaning.net import settle_net
from kpi_xl.exports.meaning.settle import settle
from kpi_xl.exports.model import Progress, RawSheet, SourceTable, Tables, Unread
from kpi_xl.exports.months import reckon, timeless, within
from kpi_xl.exports.plan import Planned, plan_sheets
from kpi_xl.exports.roster import read_people, tell_regions
from kpi_xl.exports.rows import clean
from kpi_xl.exports.rows.changed_ids import without_customers
from kpi_xl.exports.rows.date_order import date_orders
from kpi_xl.exports.rows.elsewhere import mark_elsewhere
from kpi_xl.exports.rows.keys import resolve_duplicates
from kpi_xl.exports.rows.known import Known, likely_years
from kpi_xl.exports.rows.other_header import refuse_other_header
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage, load_stage, plan_stage, put_in_order
from kpi_xl.exports.rows.zones_told import counted, zone_decisions
from kpi_xl.exports.views import create_views, data_end, rating_is_there
from kpi_xl.periods import Period, Reckoning
from kpi_xl.tables import when_of

Columns = Mapping[str, frozenset[str]]
"""Canonical columns per canonical table."""

_MEMORY = "400MB"
_DISABLED = "top_n_window_elimination"
"""It rewrites ``row_number() = 1`` to arg_max, at twice the cost."""

_MIXES_ROWS = "in_clause"
"""It makes a join of ``x IN (five words and more)``. Loading a large file through a join, DuckDB does not keep the order of its
rows, whatever is set, and the row numbers of all issues would be wrong."""

_AT_ONCE = min(4, os.cpu_count() or 1)
"""So many files are opened and loaded at the same time: a workbook keeps one core busy, a small text file hardly two."""


@dataclass(frozen=True)
class Loaded:
    """What became of a file: its stages (their numbers still to come), all its sheets, and the sheets that were not read."""

    stages: tuple[Stage, ...]
    decisions: tuple[Decision, ...]
    opened: tuple[tuple[str, str | None], ...]
    ignored: tuple[Unread, ...]


@dataclass(frozen=True)
class Refused:
    """A given file that cannot be used, and why."""

    path: Path
    is_roster: bool
    error: KpiError


def connect() -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB: UTC, limited memory, spills into a folder of the temporary directory, insertion order kept."""
    connection = duckdb.connect(":memory:")
    spill = Path(tempfile.gettempdir()) / f"kpi-xl-{secrets.token_hex(8)}"
    connection.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{_MEMORY}'; SET temp_directory = {quote(str(spill))}")
    connection.execute(f"SET preserve_insertion_order = true; SET disabled_optimizers = '{_DISABLED}'")
    return connection


def read_exports(
    paths: Several[StrPath],
    *,
    mapping: StrPath | MappingFile | None = None,
    roster: StrPath | None = None,
    period: Period | str | None = None,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
    columns: Columns | None = None,
    reckoning: Reckoning | None = None,
) -> Tables:
    """Read exports of after-sales systems into the canonical tables.

    `paths` are CSV, TSV, XLSX or XLS files; `mapping` a mapping file (`kpi_xl.exports.columns.mapping`); `roster` names people;
    `period` decides which rows count as used. `now` (default: the clock) is the moment after which a time lies in the future.
    Raises KpiError for arguments that cannot be used, when a file cannot be used at all, naming every such file, and when the
    mapping file names a file or sheet wrongly; single bad rows become issues. `reckoning`: how the scheme reckons its months,
    where the mapping file does not say; KpiError when they contradict each other, or the tickets lack the time that it needs.

    `columns` says which canonical columns of which tables will be used (`kpi_xl.measures.needed_columns`); of the tables that it
    names, others are left unread, which is faster. Keys, people, teams and all times are read in any case, so that the same rows
    are used and set aside and the data ends at the same time. What differs: columns left unread are not in `Tables.columns` and
    have no issues (a number that cannot be read); rows of one ticket that differ in them only count as exact copies.
    """
    return read_what_can_be_read(
        paths,
        mapping=mapping,
        roster=roster,
        period=period,
        progress=progress,
        now=now,
        columns=columns,
        reckoning=reckoning,
        all_or_nothing=True,
    )[0]


def read_what_can_be_read(
    paths: Several[StrPath],
    *,
    mapping: StrPath | MappingFile | None = None,
    roster: StrPath | None = None,
    period: Period | str | None = None,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
    columns: Columns | None = None,
    reckoning: Reckoning | None = None,
    all_or_nothing: bool = False,
    lenient: bool = False,
) -> tuple[Tables, tuple[Refused, ...]]:
    """Read as `read_exports` does, but leave out exports that cannot be used; each file is opened once.

    Returns the tables and what was left out. Raises KpiError, naming every unusable file, when no export is left or the roster
    is among them; with `all_or_nothing` when there is any. `lenient`: numeric dates that fit several orders of day and month are
    read with the day first, as a decision on the ground of a guess, instead of refusing the file.
    """
    report: Progress = progress or (lambda _stage, _done: None)
    problems: list[Problem] = []
    files = read_paths("paths", paths, problems)
    people = optional(read_path)("roster", roster, problems)
    span = optional(read_period)("period", period, problems)
    own = None if mapping is None or isinstance(mapping, MappingFile) else read_path("mapping", mapping, problems)
    refuse("read_exports", problems)
    maps = read_mapping(own) if own else mapping if isinstance(mapping, MappingFile) else None
    agreed = reckoning_of(maps, reckoning)
    span = None if span is None else agreed.of(span)
    if maps and not maps.given and files:
        maps = check_names(maps, [shown_name(path) for path in [*files, *([people] if people else [])]])
    moment = now or dt.datetime.now()  # noqa: DTZ005 - exports hold local times
    zone = maps.time_zone if maps else None
    given = Known(zone or DEPARTMENT, zone is not None, likely_years(span, moment), lenient)
    connection = connect()
    try:
        with tempfile.TemporaryDirectory(prefix="kpi-xl-") as folder:
            clean.create_issues(connection)
            connection.execute(f"SET disabled_optimizers = '{_DISABLED},{_MIXES_ROWS}'")
            once, copies = find_copies(files, maps, people)
            sources = [(path, False) for path in once] + ([(people, True)] if people else [])
            stages, chosen, refused = _load_all(
                connection, sources, copies, maps, Path(folder), report, columns, all_or_nothing, given
            )
            connection.execute(f"SET disabled_optimizers = '{_DISABLED}'")
            tables = _finish(connection, stages, chosen, span, moment, maps, report, agreed)
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return tables, tuple(refused)


def _load_all(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[tuple[Path, bool]],
    copies: Sequence[Copy],
    maps: MappingFile | None,
    folder: Path,
    report: Progress,
    columns: Columns | None,
    all_or_nothing: bool,
    given: Known,
) -> tuple[list[Stage], list[Decision], list[Refused]]:
    """Open, plan and load every file (with: is it the roster?), some at the same time.

    Returns their stages, what was decided about their columns, and the unusable.
    """
    refused: list[Refused] = []
    stages: list[Stage] = []
    chosen: list[Decision] = []
    opened: list[tuple[str, str | None]] = []
    if not files:
        raise KpiError(
            Text("没有给出导出文件", "no export was given"),
            Text("请写上至少一个 CSV 或 XLSX 文件", "name at least one CSV or XLSX file"),
        )

    def load(number: int, path: Path, is_roster: bool) -> Loaded:
        own = folder / str(number)
        own.mkdir()
        with connection.cursor() as cursor:
            try:
                return _load_file(cursor, number, path, is_roster, maps, own, columns, given)
            except KpiError:
                _drop_stages(cursor, number)
                raise

    with ThreadPoolExecutor(min(_AT_ONCE, len(files))) as pool:
        waiting = [pool.submit(load, number, path, is_roster) for number, (path, is_roster) in enumerate(files)]
        for done, (future, (path, is_roster)) in enumerate(zip(waiting, files, strict=True)):
            report(Text(f"读取 {shown_name(path)}", f"reading {shown_name(path)}"), done / len(files) * 0.8)
            try:
                loaded = future.result()
            except KpiError as error:
                refused.append(Refused(path, is_roster, error))
                continue
            except BaseException:  # interrupted, or a fault of ours: what has not begun need not begin
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            opened += loaded.opened
            chosen += loaded.decisions
            for issue in unread_issues(shown_name(path), loaded.ignored):
                clean.add_issue(connection, len(stages), issue)
            stages += [replace(stage, number=number) for number, stage in enumerate(loaded.stages, len(stages))]
    exports = sum(not is_roster for _, is_roster in files)
    if refused and (all_or_nothing or any(one.is_roster for one in refused) or len(refused) == exports):
        raise _refusal(refused)
    for stage in stages:
        row = stage.sheet.row(stage.header.index)
        for name in stage.header.repeated:
            repeated = issue_of("repeated_header", stage.sheet.file, stage.sheet.sheet, row=row, column=name)
            clean.add_issue(connection, stage.number, repeated)
        for name in dict.fromkeys(name for feed in stage.feeds for name in feed.untimely if name not in stage.labels.values()):
            untimely = issue_of("no_time_column", stage.sheet.file, stage.sheet.sheet, row=row, column=name)
            clean.add_issue(connection, stage.number, untimely)
        for issue in sheet_issues(stage.sheet, stage.header):
            clean.add_issue(connection, stage.number, issue)
    for one in copies:
        name, original = shown_name(one.path), shown_name(one.original)
        opened += [(name, sheet) for file, sheet in opened if file == original]
        place = next((s.number for s in stages if s.sheet.file == original), 0)
        clean.add_issue(connection, place, issue_of("same_file", name, value=original))
    for entry in unused_entries(maps, opened) if maps else ():
        clean.add_issue(connection, 0, issue_of("unused_mapping", maps.path if maps else "", value=entry))
    return stages, chosen, refused


def _drop_stages(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Give back the memory of a file that was refused when some of it was loaded already."""
    query = "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, ?)"
    for (table,) in connection.execute(query, [f"stage{number}_"]).fetchall():
        connection.execute(f"DROP TABLE {table}")


def _refusal(refused: Sequence[Refused]) -> KpiError:
    """Return one error for all files that cannot be used."""
    if len(refused) == 1:
        return refused[0].error
    listed = [(shown_name(one.path), one.error) for one in refused]
    return KpiError(
        Text(f"有 {len(refused)} 个文件不能用", f"{len(refused)} files cannot be used"),
        Text("请逐个处理后再试", "deal with each, then try again"),
        [problem for file, e in listed for problem in (Problem(file, e.message, e.remedy), *e.problems)],
    )


def _load_file(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    path: Path,
    is_roster: bool,
    maps: MappingFile | None,
    folder: Path,
    columns: Columns | None,
    given: Known,
) -> Loaded:
    """Open a file, choose what its sheets feed and load those. The names of its stage tables begin with its number."""
    sheets, unread = open_file(path, maps.entry(shown_name(path), None) if maps else None, folder)
    named = [sheet.sheet for sheet in sheets if sheet.sheet is not None]
    if maps and named:
        check_sheets(maps, shown_name(path), named, [one.sheet or "" for one in unread])
    plan = plan_sheets(sheets, maps, ["roster"] if is_roster else None, folder)
    if not plan.planned:
        require_computed([(sheet, -1) for sheet in sheets])
        raise unusable(path, plan.refused, is_roster=is_roster)
    require_computed([(one.sheet, one.header.index) for one in plan.planned])
    stages = tuple(_load_one(connection, f"stage{number}_{i}", one, folder, columns, given) for i, one in enumerate(plan.planned))
    for stage in stages:
        if clean.reread(connection, stage):
            refuse_other_header(connection, stage)
    told = [(*counted(connection, stage), *zone_decisions(connection, stage, given)) for stage in stages]
    return Loaded(
        tuple(replace(stage, decisions=decisions) for stage, decisions in zip(stages, told, strict=True)),
        tuple(decision for one in plan.planned for decision in which_columns(one.sheet, one.header, one.feeds)),
        tuple((shown_name(path), name) for name in [*named, *(one.sheet or "" for one in unread)]) or ((shown_name(path), None),),
        (*unread, *plan.unread),
    )


def _load_one(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    planned: Planned,
    folder: Path,
    columns: Columns | None,
    given: Known,
) -> Stage:
    header, feeds, entry = planned.header, planned.feeds, planned.entry

    def load(sheet: RawSheet) -> Stage:
        orders = date_orders(connection, sheet, header, feeds, entry, given)
        stage = plan_stage(table, sheet, header, feeds, entry, orders, columns, given)
        load_stage(connection, stage)
        return stage

    if planned.sheet.sheet is not None:  # our own CSV of a workbook's sheet
        return load(planned.sheet)
    with ThreadPoolExecutor(1) as beside:
        scanned = beside.submit(scan, planned.sheet.path)
        try:
            stage = load(planned.sheet) if planned.sheet.plain_lines else None
        except duckdb.Error:
            stage = None
    sheet = replace(planned.sheet, sha256=planned.sheet.sha256 or scanned.result().sha256)
    if stage is not None:
        loaded = connection.execute(f"SELECT count(*) FROM {stage.table}").fetchone()
        if (loaded and loaded[0] == scanned.result().lines - header.index - 1) or not has_blank_lines(sheet.path):
            return replace(stage, sheet=sheet)
        connection.execute(f"DROP TABLE {stage.table}")
    return load(put_in_order(sheet, header, folder))


def _finish(
    connection: duckdb.DuckDBPyConnection,
    stages: list[Stage],
    chosen: Sequence[Decision],
    period: Period | None,
    now: dt.datetime,
    maps: MappingFile | None,
    report: Progress,
    reckoning: Reckoning,
) -> Tables:
    """Clean the stage tables and build what the next room works with."""
    report(Text("清理数据", "cleaning"), 0.8)
    for stage in stages:
        clean.clean_rows(connection, stage, now)
    people = read_people(connection, [s for s in stages if s.primary.table == "roster"])
    repeated = resolve_duplicates(connection, stages, people)
    settled = {stage.number: settle(connection, stage) for stage in stages}
    limits = find_limits(connection, stages)
    bound = {number: (one.bound, limits.bound.get(number, {})) for number, one in settled.items()}
    decisions = [*chosen, *(decision for stage in stages for decision in stage.decisions), *repeated]
    decisions += [decision for one in settled.values() for decision in one.decisions]
    for place, stage in enumerate(stages):
        stages[place], told = settle_net(connection, stage)
        decisions += told
    agents, lookups = settle_agents(connection, [s for s in stages if s.primary.table != "roster"], people)
    tell_regions(connection, stages, people or agents.values())
    mark_elsewhere(connection, stages, period, by_roster=bool(people))
    connection.execute("CREATE TABLE agents (id VARCHAR, name VARCHAR, team VARCHAR, region VARCHAR)")
    insert_rows(connection, "agents", [(a.id, a.name, a.team or None, a.region or None) for a in agents.values()])
    columns = without_customers(connection, stages, create_views(connection, stages, bound, lookups))
    decisions += reckon(connection, columns, stages, period, reckoning)
    for stage in stages:
        connection.execute(f"ALTER TABLE {stage.table} DROP COLUMN raw")
    report(Text("核对行数", "counting"), 0.95)
    sources = tuple(_count(connection, stage, period, maps) for stage in stages)
    report(Text("读取完毕", "read"), 1.0)
    end = data_end(connection, columns, now)
    unknown = {**limits.unknown, **open_questions(decisions, columns)}
    everybody = tuple(agents.values())
    return Tables(connection, columns, sources, people, everybody, end, tuple(decisions), unknown, reckoning)


def _count(connection: duckdb.DuckDBPyConnection, stage: Stage, period: Period | None, maps: MappingFile | None) -> SourceTable:
    """Count the rows of a source, and say how many lie outside the period."""
    inside = []
    for feed in stage.feeds:
        when = when_of(feed.table, period.basis) if period else None
        bound = stage.bound[feed.table]
        test = rating_is_there(stage) if feed.table == "ratings" else "true"
        if period and when:
            test += f" AND {within(bound[when], period) if when in bound else 'false'}"
        inside.append(f"({test})")
    used = f"s.fate IS NULL AND ({' OR '.join(inside)})"
    unused = f"s.fate IS NULL AND coalesce(NOT ({' OR '.join(inside)}), true)"
    row = connection.execute(
        f"SELECT count(*), count(*) FILTER ({used}), count(*) FILTER ({unused} AND NOT ({timeless(stage, period)})),"
        f" count(*) FILTER ({unused} AND {timeless(stage, period)}) FROM {stage.table} s"
    ).fetchone()
    read, kept, *others = row or (0, 0, 0, 0)
    for code, count in zip(("outside_period", "no_basis_time"), others, strict=True):
        if count:
            clean.add_issue(connection, stage.number, issue_of(code, stage.sheet.file, stage.sheet.sheet, count=count))
    return SourceTable(
        file=stage.sheet.file,
        sheet=stage.sheet.sheet,
        sha256=stage.sheet.sha256,
        rows_read=read,
        rows_used=kept,
        rows_set_aside=read - kept,
        header_row=stage.sheet.row(stage.header.index),
        tables=tuple(f.table for f in stage.feeds),
        columns=dict(stage.labels),
        encoding=stage.sheet.encoding,
        mapping=maps.path if maps and stage.mapping else None,
    )
