"""Give every row of the stage tables its fate: used, or set aside for a reason; and write down what was wrong.

The fate is the row's: a row that is set aside counts for none of the tables that its sheet feeds. The order of the steps is the
order of the reasons: a row is named once, by the first thing that is wrong with it.
"""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import datetime as dt

import duckdb

from kpi_xl.cell_words import NOT_YET, TOTAL_OF, TOTAL_WORD
from kpi_xl.exports.kinds import FATES, KINDS
from kpi_xl.exports.model import ISSUE_CAP
from kpi_xl.exports.rows.date_order import EXAMPLES, contradictory_dates, only_order
from kpi_xl.exports.rows.spellings import folded, quote
from kpi_xl.exports.rows.stage import Stage, StageColumn, header_cells, required_columns
from kpi_xl.exports.rows.typing_sql import SCIENTIFIC, meant
from kpi_xl.issues import Issue
from kpi_xl.tables import TABLES

EARLIEST = "TIMESTAMP '1990-01-01'"
LATEST = "TIMESTAMP '2100-01-01'"
SHOWN_CHARACTERS = 200
"""So much of a value an issue shows."""
_MAY_BE_SCIENTIFIC = r"\d[eE]\d{1,2}"
"""A code of its own among other codes; a number among numbers in scientific notation."""


def create_issues(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables of issues, and of the people whom issues are about: who may be meant."""
    connection.execute(
        "CREATE TABLE issues (source INTEGER, code VARCHAR, file VARCHAR, sheet VARCHAR, row BIGINT,"
        " column_name VARCHAR, value VARCHAR, count BIGINT, elsewhere BIGINT)"
    )
    connection.execute("CREATE TABLE doubtful_people (source INTEGER, code VARCHAR, value VARCHAR, name VARCHAR, near VARCHAR)")


def add_issue(connection: duckdb.DuckDBPyConnection, source: int, issue: Issue) -> None:
    """Write down one issue of a source."""
    value = None if issue.value is None else issue.value[:SHOWN_CHARACTERS]
    connection.execute(
        "INSERT INTO issues VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [source, issue.code, issue.file, issue.sheet, issue.row, issue.column, value, issue.count, issue.elsewhere],
    )


def add_issues(
    connection: duckdb.DuckDBPyConnection, stage: Stage, code: str, where: str, column: str = "NULL", value: str = "NULL"
) -> int:
    """Write down an issue for each row of the stage that `where` selects.

    Of a kind that is only counted (``fold``) up to the cap; one more stands for the rest. `where`, `column` and `value` are SQL
    over ``s``. Returns the number of rows.
    """
    row = connection.execute(f"SELECT count(*) FROM {stage.table} s WHERE {where}").fetchone()
    total = int(row[0]) if row else 0
    if total == 0:
        return 0
    capped = KINDS[code].care == "fold" and total > ISSUE_CAP
    listed = ISSUE_CAP - 1 if capped else total
    columns = (
        f"{stage.number}, {quote(code)}, {quote(stage.sheet.file)},"
        f" {quote(stage.sheet.sheet) if stage.sheet.sheet is not None else 'NULL'}, s.rowid + {stage.first_row}"
    )
    order = f"FROM {stage.table} s WHERE {where}" + (f" ORDER BY s.rowid LIMIT {listed}" if capped else "")
    connection.execute(f"INSERT INTO issues SELECT {columns}, {column}, left({value}, {SHOWN_CHARACTERS}), 1, 0 {order}")
    if capped:
        first = f"FROM {stage.table} s WHERE {where} ORDER BY s.rowid LIMIT 1 OFFSET {listed}"
        connection.execute(f"INSERT INTO issues SELECT {columns}, NULL, NULL, {total - listed}, 0 {first}")
    return total


def set_aside(
    connection: duckdb.DuckDBPyConnection, stage: Stage, code: str, where: str, column: str = "NULL", value: str = "NULL"
) -> None:
    """Give the fate `code` to the rows without a fate that `where` selects, and write them down."""
    condition = f"s.fate IS NULL AND ({where})"
    if add_issues(connection, stage, code, condition, column, value):
        connection.execute(f"UPDATE {stage.table} AS s SET fate = {FATES[code]} WHERE {condition}")


def reread(connection: duckdb.DuckDBPyConnection, stage: Stage) -> bool:
    """Read the doubtful rows of a table just loaded again, with every form of value; tells whether there are any.

    Raises KpiError for contradictory dates.
    """
    doubtful = _has_doubtful_rows(connection, stage)
    if doubtful:
        _reread(connection, stage)
        _contradictory_dates(connection, stage)
    return doubtful


def clean_rows(connection: duckdb.DuckDBPyConnection, stage: Stage, now: dt.datetime) -> None:
    """Settle everything that a row shows by itself: bad, blank and total rows, required values, unreadable values, times."""
    doubtful = _has_doubtful_rows(connection, stage)
    if doubtful:
        _bad_rows(connection, stage)
        wanting = _wanting(stage)
        set_aside(connection, stage, "blank", f"{wanting} AND {_says_nothing(stage)}")
        set_aside(connection, stage, "header_row", _is_header(stage))
        set_aside(connection, stage, "total_row", f"{wanting} AND {_any('s.raw', TOTAL_WORD)}")
        set_aside(connection, stage, "total_row", f"{_lacking(stage)} AND {_any(_first_cells(stage), TOTAL_OF)}")
    _changed_ids(connection, stage)
    if doubtful:
        _required(connection, stage)
        _unreadable(connection, stage)
    _times(connection, stage, now)
    if doubtful:
        _ended_without_time(connection, stage)


def _has_doubtful_rows(connection: duckdb.DuckDBPyConnection, stage: Stage) -> bool:
    row = connection.execute(f"SELECT count(raw) > 0 FROM {stage.table}").fetchone()
    return bool(row and row[0])


def _reread(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Read the doubtful rows again with every form that the fast reading, chosen from the sample, left out."""
    changes = []
    for column in stage.columns:
        if column.reading.doubt:  # elsewhere the fast reading is right, and the full one is dear
            doubt, full = column.reading.doubt(column.kept, f"s.{column.name}"), column.reading.full(column.kept)
            changes.append(f"{column.name} = CASE WHEN {doubt} THEN {full} ELSE s.{column.name} END")
    if changes:
        connection.execute(f"UPDATE {stage.table} AS s SET {', '.join(changes)} WHERE s.raw IS NOT NULL")


def _wanting(stage: Stage) -> str:
    """SQL: something of the row could not be read, or a required value is not there."""
    parts = [f"s.{column.name} IS NULL" for column in required_columns(stage)]
    typed = [column for column in stage.columns if column.type not in ("id", "text")]
    parts += [f"(s.{column.name} IS NULL AND {column.kept} IS NOT NULL)" for column in typed]
    return f"(s.raw IS NOT NULL AND ({' OR '.join(parts) or 'false'}))"


def _lacking(stage: Stage) -> str:
    """SQL: a required value is not there."""
    parts = [f"s.{column.name} IS NULL" for column in required_columns(stage)]
    return f"(s.raw IS NOT NULL AND ({' OR '.join(parts) or 'false'}))"


def _says_nothing(stage: Stage) -> str:
    """SQL: no text stands in any column that is used; how many of some are filled is no text."""
    counted = [column.number for column in stage.columns if column.counts]
    texts = f"list_filter(s.raw, lambda v, i: i NOT IN ({', '.join(map(str, counted))}))" if counted else "s.raw"
    return f"len(list_filter({texts}, lambda v: trim(v) <> '')) = 0" + "".join(f" AND s.raw[{n}] = '0'" for n in counted)


def _any(texts: str, pattern: str) -> str:
    """SQL: one of the texts of a list fits the pattern."""
    return f"len(list_filter({texts}, lambda v: regexp_full_match(v, {quote(pattern)}))) > 0"


def _first_cells(stage: Stage) -> str:
    """SQL: the list of the texts of the first columns, which a stage keeps behind those that it reads."""
    return f"s.raw[{len(stage.columns) + 1}:]"


def _is_header(stage: Stage) -> str:
    """SQL: wherever one of our columns is filled, it holds its own header, and at least two do."""
    texts = [(f"trim({column.kept})", cell) for column, cell in header_cells(stage)]
    if len(texts) < 2:
        return "false"
    same = " + ".join(f"CASE WHEN {text} = {quote(cell)} THEN 1 ELSE 0 END" for text, cell in texts)
    other = " AND ".join(f"coalesce({text} IN ({quote(cell)}, ''), true)" for text, cell in texts)
    return f"s.raw IS NOT NULL AND {other} AND {same} >= 2"


def _contradictory_dates(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Refuse a column of which more than one date in a hundred only fits the order that was not taken from the first rows.

    Then the dates that fit both orders are as doubtful. Raises KpiError with rows of either order.
    """
    for column in stage.columns:
        if column.swapped is None:
            continue
        other, kept = column.swapped(column.kept), column.kept
        row = connection.execute(
            f"SELECT count(*), list({kept} ORDER BY s.rowid)[1:{EXAMPLES}], list(s.rowid ORDER BY s.rowid)[1:{EXAMPLES}],"
            f" (SELECT count({column.name}) FROM {stage.table})"
            f" FROM {stage.table} s WHERE s.raw IS NOT NULL AND s.{column.name} IS NULL AND {other} IS NOT NULL"
        ).fetchone()
        if row and row[0] * 100 > row[3]:
            found = _rows_of_either_order(stage, column)
            against = [(rowid + stage.first_row, text) for text, rowid in zip(row[1], row[2], strict=True)]
            order = "dmy" if only_order(against[0][1]) == "dmy" else "mdy"
            raise contradictory_dates(stage.sheet, column.label, {**found, order: against})


def _rows_of_either_order(stage: Stage, column: StageColumn) -> dict[str, list[tuple[int, str]]]:
    """Return those of the first rows that prove an order of day and month: the ones that decided it."""
    found: dict[str, list[tuple[int, str]]] = {"dmy": [], "mdy": []}
    place = column.positions[0]
    for number, fields in enumerate(stage.sheet.head[stage.header.index + 1 :], stage.first_row):
        value = fields[place] if place < len(fields) else ""
        order = only_order(value)
        if order and len(found[order]) < EXAMPLES:
            found[order].append((number, value.strip()))
    return found


def _bad_rows(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    if not stage.sheet.bad_rows:
        return
    file, sheet = stage.sheet.file, stage.sheet.sheet
    rows = [row for row, _ in stage.sheet.bad_rows]
    found = [stage.number, file, sheet, rows, [text[:SHOWN_CHARACTERS] for _, text in stage.sheet.bad_rows]]
    connection.execute("INSERT INTO issues SELECT ?, 'malformed', ?, ?, unnest(?), NULL, unnest(?), 1, 0", found)
    ids = ", ".join(str(row - stage.first_row) for row in rows)
    connection.execute(f"UPDATE {stage.table} SET fate = {FATES['malformed']} WHERE rowid IN ({ids})")


def _changed_ids(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Make ids that a spreadsheet has changed (2.02509E+17) unknown: several share what is left of them.

    Rows whose person or appliance nobody can tell are set aside.
    """
    required = required_columns(stage)
    for column in stage.columns:
        if column.type != "id":
            continue
        where = _changed(connection, stage, column)
        if where is None:
            continue
        label, text = quote(column.label), f"s.{column.name}"
        if column in required:
            set_aside(connection, stage, "scientific_key", where, label, text)
        elif add_issues(connection, stage, "scientific_id", f"s.fate IS NULL AND {where}", label, text):
            connection.execute(f"UPDATE {stage.table} AS s SET {column.name} = NULL WHERE {where}")


def _changed(connection: duckdb.DuckDBPyConnection, stage: Stage, column: StageColumn) -> str | None:
    """SQL: the id is none any more; None when the column has no such id. Where it has, 1E10 is none either, else it is a code."""
    test = f"regexp_full_match(s.{column.name}, {{}})".format
    kept = "s.raw IS NOT NULL AND " if column.reading.doubt else ""  # whatever may be such an id is doubtful
    row = connection.execute(f"SELECT count(*) FROM {stage.table} s WHERE {kept}{test(quote(SCIENTIFIC.pattern))}").fetchone()
    if not row or not row[0]:
        return None
    return f"({test(quote(f'{SCIENTIFIC.pattern}|{_MAY_BE_SCIENTIFIC}'))})"


def _failed(column: StageColumn) -> str:
    """SQL: the value stands there, means something, and could not be read."""
    return f"(s.raw IS NOT NULL AND s.{column.name} IS NULL AND {meant(column.kept, column.missing)})"


def _required(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    table = TABLES[stage.primary.table]
    for name in sorted(table.required, key=lambda n: n not in ("agent", "person")):
        column = stage.column(table.name, name)
        if column is None:
            continue
        label, text = quote(column.label), column.kept
        if column.type not in ("id", "text"):
            set_aside(connection, stage, "required_unparseable", _failed(column), label, text)
        code = "no_agent" if name in ("agent", "person") else "required_missing"
        code = "roster_incomplete" if table.name == "roster" else code
        set_aside(connection, stage, code, f"s.{column.name} IS NULL", label, text)


def _unreadable(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    for column in stage.columns:
        if column.type in ("id", "text") or column.counts or column in _ends(stage):
            continue
        failed = f"s.fate IS NULL AND {_failed(column)}"
        add_issues(connection, stage, "unparseable", failed, quote(column.label), column.kept)


def _ends(stage: Stage) -> dict[StageColumn, str]:
    """Return the columns whose being there says that a ticket was closed or answered, and the issue where they hold no time."""
    found = {"closed_at": "closed_without_time", "first_response_at": "answered_without_time"}
    columns = {stage.column("tickets", name): code for name, code in found.items()}
    return {column: code for column, code in columns.items() if column is not None and "created_at" in stage.bound["tickets"]}


def _ended_without_time(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Where 已完成 stands in place of a time, the ticket is closed, nobody knows when; where 处理中 stands, it is open.

    The former get a time before creation, by which measures know that there is no duration (`_not_before_creation`).
    """
    for column, code in _ends(stage).items():
        words = ", ".join(quote(word) for word in NOT_YET)
        ended = f"{_failed(column)} AND lower({folded(column.kept)}) NOT IN ({words})"
        if add_issues(connection, stage, code, f"s.fate IS NULL AND {ended}", quote(column.label), column.kept):
            before = f"{stage.bound['tickets']['created_at']} - INTERVAL 1 SECOND"
            connection.execute(f"UPDATE {stage.table} AS s SET {column.name} = {before} WHERE {ended}")


def _times(connection: duckdb.DuckDBPyConnection, stage: Stage, now: dt.datetime) -> None:
    """Set aside rows whose own time is not credible; other times that are not become missing."""
    table = TABLES[stage.primary.table]
    bound = stage.bound[table.name]
    limit = f"TIMESTAMP {quote((now + dt.timedelta(days=1)).isoformat(' ', 'seconds'))}"
    when = stage.column(table.name, table.when) if table.when else None
    planned = [stage.column(table.name, column.name) for column in table.columns if column.planned]
    for column in stage.columns:
        if column.type != "time":
            continue
        expr, label, shown = f"s.{column.name}", quote(column.label), f"CAST(s.{column.name} AS VARCHAR)"
        absurd, future = f"({expr} < {EARLIEST} OR {expr} >= {LATEST})", "false" if column in planned else f"{expr} > {limit}"
        span = connection.execute(
            f"SELECT min({expr}) < {EARLIEST}, max({expr}) > {limit} FROM {stage.table} s WHERE s.fate IS NULL"
        ).fetchone()
        if not span or not any(span):
            continue
        if column is when:
            set_aside(connection, stage, "absurd_time", absurd, label, shown)
            set_aside(connection, stage, "future_time", future, label, shown)
        elif add_issues(connection, stage, "absurd_value", f"s.fate IS NULL AND ({absurd} OR {future})", label, shown):
            connection.execute(f"UPDATE {stage.table} AS s SET {column.name} = NULL WHERE {absurd} OR {future}")
    if table.name == "tickets" and "created_at" in bound:
        _not_before_creation(connection, stage, "closed_at", "closed_before_created")
        _not_before_creation(connection, stage, "first_response_at", "response_before_created")
        _not_before_creation(connection, stage, "arrived_at", "arrived_before_created")


def _not_before_creation(connection: duckdb.DuckDBPyConnection, stage: Stage, name: str, code: str) -> None:
    """Tell times before the start. They stay: the ticket is closed, or was answered; to the measures the duration is unknown."""
    column = stage.column("tickets", name)
    if column is None:
        return
    before = f"s.fate IS NULL AND s.{column.name} < {stage.bound['tickets']['created_at']}"
    add_issues(connection, stage, code, before, quote(column.label), f"CAST(s.{column.name} AS VARCHAR)")
