"""Which comes first in numeric dates, the day or the month: told by the mapping, or proved by the dates themselves, or asked."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb

from kpi_xl.cell_words import plain
from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.exports.columns.header import Feed, Header, column_type, column_values
from kpi_xl.exports.columns.mapping import ExportMapping
from kpi_xl.exports.files.csv_source import records
from kpi_xl.exports.model import RawSheet
from kpi_xl.exports.rows.spellings import narrow, quote
from kpi_xl.exports.rows.stage import read_csv_sql

EXAMPLES = 3
"""So many rows are quoted for either order of contradictory dates."""
_SHORT_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})\b.*")
_SHORT_DATE_SQL = r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})(\D.*)?$"


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
        for number, (fields, _) in enumerate(records(file, sheet.delimiter), 0 if sheet.path_has_header else header.index + 1):
            value = fields[position] if fields and number > header.index and position < len(fields) else ""
            order = only_order(value)
            if order and len(found[order]) < EXAMPLES:
                found[order].append((sheet.row(number), value.strip()))
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
        where=Place(sheet.file, sheet.sheet, label),
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
        where=Place(sheet.file, sheet.sheet, label),
    )
