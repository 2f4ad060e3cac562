"""Which comes first in numeric dates, the day or the month: told by the mapping, or proved by the dates themselves, or asked."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb

from kpi_xl.cell_times import tidy
from kpi_xl.cell_words import plain
from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.exports.columns.header import Feed, Header, column_type, column_values
from kpi_xl.exports.columns.mapping import ExportMapping
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.files.csv_source import records
from kpi_xl.exports.model import RawSheet
from kpi_xl.exports.rows.known import Known, Orders
from kpi_xl.exports.rows.spellings import narrow, quote
from kpi_xl.exports.rows.stage import read_csv_sql

EXAMPLES = 3
"""So many rows are quoted for either order of contradictory dates."""
_SHORT_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})\b.*")
_SHORT_DATE_SQL = r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})(\D.*)?$"


@dataclass(frozen=True)
class _Found:
    """An order that the dates show, with the date that shows it; `order` None: several fit, "": there are no numeric dates."""

    order: str | None
    proof: str = ""


def date_orders(
    connection: duckdb.DuckDBPyConnection,
    sheet: RawSheet,
    header: Header,
    feeds: Sequence[Feed],
    mapping: ExportMapping | None,
    known: Known,
) -> Orders:
    """Decide dd/mm against mm/dd (and yy/mm/dd) per time column: from the sample when that is conclusive, else from all values.

    Where one date in a hundred or fewer proves another order than the rest, the rest decides and those cannot be read. Raises
    KpiError with the mapping line to write when a column fits several orders (unless `known.lenient`: then the day is taken to
    come first, as a guess), and with the rows when it has dates of both.
    """
    sample = sheet.head[header.index + 1 :]
    times = {m.positions[0]: f"{f.table}.{n}" for f in feeds for n, m in f.matches.items() if column_type(f.table, n) == "time"}
    found = {position: _of_sample(column_values(position, sample), known) for position in sorted(times)}
    tell = partial(_decision, sheet, header, times)
    if mapping and mapping.date_order:
        order = mapping.date_order
        declared = [tell(position, order, "declared", _DECLARED) for position, one in found.items() if one.order != ""]
        return Orders({m.positions[0]: order for f in feeds for m in f.matches.values()}, tuple(declared))
    undecided = [position for position, one in found.items() if one.order is None]
    for position in undecided:
        found[position] = _order_of_whole_column(connection, sheet, header, position, known)
    orders = {position: one.order for position, one in found.items() if one.order}
    decisions = [tell(position, order, "read", _proved(found[position].proof)) for position, order in orders.items()]
    shown = set(orders.values())
    for position in (p for p in undecided if p not in orders):  # another column of the same export shows how this system writes
        example = _example(sheet, header, position)
        if len(shown) == 1:
            orders[position] = next(iter(shown))
            decisions.append(tell(position, orders[position], "read", _NEIGHBOUR))
        elif known.lenient:
            orders[position] = "dmy"
            decisions.append(tell(position, "dmy", "guess", _unknown(example)))
        else:
            raise ambiguous_dates(sheet, header.names[position] or "", example)
    return Orders(orders, tuple(decisions))


_DECLARED = Text("映射文件写明了 date_order", "the mapping file says so (date_order)")
_NEIGHBOUR = Text("同一文件的其他时间列写明了先后", "another time column of the file shows it")


def _proved(proof: str) -> Text:
    return Text(f"如 {proof}，只能这样读", f"for instance {proof}, which can only be read like this")


def _unknown(example: str) -> Text:
    return Text(f"如 {example}，几种先后都讲得通", f"for instance {example}, which fits several orders")


def _decision(
    sheet: RawSheet, header: Header, times: Mapping[int, str], position: int, order: str, ground: Ground, evidence: Text
) -> Decision:
    table, _, column = times[position].partition(".")
    name = header.names[position]
    return Decision(
        DECISION_KINDS["date_order"], ground, evidence, order, sheet.file, sheet.sheet, table, column, name, frozenset({column})
    )


def _of_sample(values: Sequence[str], known: Known) -> _Found:
    order = order_of_sample(values, known.years)
    return _Found(order, next((v.strip() for v in values if order and _shows(v, order)), ""))


def _shows(value: str, order: str) -> bool:
    """Tell whether a date alone shows the order; of one whose year has two digits and stands first, any does."""
    return only_order(value) == order or (order == "ymd" and bool(_SHORT_DATE.fullmatch(plain(value))))


def order_of_sample(values: Sequence[str], years: Collection[int] = ()) -> str | None:
    """Return the order of the numeric dates among the values: dmy, mdy or ymd, None when several fit, "" when there are none.

    `years` are those that the dates are likely of: 25-9-1 in all rows of a file of 2025 begins with the year.
    """
    short = (value for value in values if not value[:4].isdigit())  # most begin with the year
    parts = [m.groups() for v in short if (m := _SHORT_DATE.fullmatch(_first_of(v)))]
    if not parts:
        return ""
    first, second, third = (max(int(p[i]) for p in parts) for i in range(3))
    return _order((first, second, third), {a for a, _, _ in parts}, {c for _, _, c in parts}, years)


def _first_of(value: str) -> str:
    """Return the text without the day of the week, which may stand before a date."""
    text = plain(value)
    return tidy(text) if text[:1].isalpha() or not text.isascii() else text


def _order(highest: tuple[int, int, int], firsts: set[str], thirds: set[str], years: Collection[int]) -> str | None:
    """Return the only order that fits the largest parts; None when several do. Two-digit years may stand first or last."""
    first, second, third = highest
    begins = third < 100 and second <= 12 and third <= 31 and all(len(c) <= 2 for c in thirds)
    if begins and len(firsts) <= 2 < len(thirds) and first >= 20:
        return "ymd"
    fits = []
    ends = not any(len(number) == 1 for number in thirds)  # nobody writes a year with one digit
    if ends and first <= 31 and second <= 12:
        fits.append("dmy")
    if ends and first <= 12 and second <= 31:
        fits.append("mdy")
    if begins and (not fits or _are(firsts, years)):
        fits.append("ymd")
    if "ymd" in fits and len(thirds) > 1 and not _are(thirds, years):
        return "ymd"
    return fits[0] if len(fits) == 1 else None


def _are(numbers: Collection[str], years: Collection[int]) -> bool:
    """Tell whether all numbers of two digits are years of these."""
    short = {year % 100 for year in years}
    return all(len(number) == 2 and int(number) in short for number in numbers)


def _order_of_whole_column(
    connection: duckdb.DuckDBPyConnection, sheet: RawSheet, header: Header, position: int, known: Known
) -> _Found:
    width = len(header.names)
    part = f"regexp_extract({narrow(f'c{position}')}, {quote(_SHORT_DATE_SQL)}, ['a', 'b', 'c', 'd'])"
    a, b = "try_cast(p.a AS INT)", "try_cast(p.b AS INT)"
    query = (
        f"SELECT max({a}), max({b}), max(try_cast(p.c AS INT)), list(DISTINCT p.c),"
        f" list(DISTINCT p.a), count(*) FILTER ({a} > 12 AND {b} <= 12),"
        f" count(*) FILTER ({a} <= 12 AND {b} > 12), count(*),"
        f" first(t ORDER BY n) FILTER ({a} > 12 AND {b} <= 12), first(t ORDER BY n) FILTER ({a} <= 12 AND {b} > 12),"
        " first(t ORDER BY n)"
        f" FROM (SELECT {part} AS p, trim(c{position}) AS t, row_number() OVER () AS n"
        f" FROM {read_csv_sql(sheet, header, width)}) WHERE p.a <> ''"
    )
    row = connection.execute(query).fetchone()
    if not row or row[0] is None:
        return _Found(None)
    order = _order((int(row[0]), int(row[1]), int(row[2])), set(row[4]), set(row[3]), known.years)
    day_first, month_first, dates, *proofs = row[5:]
    proof = dict(zip(("dmy", "mdy", "ymd"), proofs, strict=True))
    if order is not None or not (day_first and month_first):
        return _Found(order, proof.get(order or "", ""))
    if min(day_first, month_first) * 100 > dates:
        raise contradictory_dates(sheet, header.names[position] or "", _contradicting(sheet, header, position))
    order = "dmy" if day_first > month_first else "mdy"
    return _Found(order, proof[order])


def only_order(value: str) -> str | None:
    """Return the order of day and month that a numeric date proves: dmy or mdy; None when it fits both or neither.

    >>> only_order("13/04/2025"), only_order("05/23/2025"), only_order("05/04/2025")
    ('dmy', 'mdy', None)
    """
    match = _SHORT_DATE.fullmatch(_first_of(value))
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
    return next((v for v in values if _SHORT_DATE.fullmatch(_first_of(v))), "")


def ambiguous_dates(sheet: RawSheet, label: str, example: str) -> KpiError:
    """Return the error for a column whose order of day and month cannot be told."""
    line = f'[[export]]\nfile = "{sheet.file}"\ndate_order = "dmy"'
    return KpiError(
        Text(
            f"{sheet.file}：“{label}”列的日期（如 {example}）分不清日和月的先后",
            f"{sheet.file}: the dates of {label!r} (as {example}) fit both day/month and month/day",
        ),
        Text(
            f"请在映射文件中写明：\n{line}    # 日/月/年；月/日/年写 mdy，年/月/日写 ymd",
            f"say which in the mapping file:\n{line}    # day/month/year; mdy for month/day/year, ymd for year/month/day",
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
