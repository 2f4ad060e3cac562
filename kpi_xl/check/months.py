"""月份: how many rows of each file lie in which month, by each of the times that could put them there."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from kpi_xl.check.model import MonthRow
from kpi_xl.exports.model import Tables
from kpi_xl.periods import NAMED_AFTER_ITS_END, Period
from kpi_xl.tables import TABLES

_BASES = ("closed_at", "archived_at")
"""Times of a ticket that could put it into a month, beside the one that does."""
HEADS = ("按创建（发生）时间", "按办结时间", "按归档时间")
_MOST_MONTHS = 36


def months_of(tables: Tables, period: Period | None) -> tuple[MonthRow, ...]:
    """Return a row per file, table and month; of the period, where one is given, a row more for all of it."""
    rows: list[MonthRow] = []
    for name, present in tables.columns.items():
        when = TABLES[name].when
        if when is None:
            continue
        known = {column.name for column in TABLES[name].columns}
        times = (when, *(base if name == "tickets" and base in known & present else None for base in _BASES))
        blank = tuple(None if time is None else 0 for time in times)
        counted: dict[tuple[int, str], list[int | None]] = defaultdict(partial(list, blank))
        for at, time in enumerate(times):
            for source, month, count in _counts(tables, name, time, period) if time else ():
                counted[source, month][at] = count
        rows += _listed(tables, name, counted, period)
    return tuple(sorted(rows, key=lambda row: (row.file, row.sheet or "", row.table, row.in_period, row.month)))


def _counts(tables: Tables, name: str, time: str, period: Period | None) -> list[tuple[int, str, int]]:
    """Return source, month (the period by its own name) and count. Our own table and column names, and dates."""
    month = _month(time, tables.reckoning.month_starts or 1)
    sql = f'SELECT source, {month}, count(*) FROM {name} WHERE "{time}" IS NOT NULL GROUP BY ALL'  # noqa: S608
    rows = tables.connection.execute(sql).fetchall()
    if period is not None:
        inside = f"\"{time}\" >= '{period.start}' AND \"{time}\" < '{period.end}'"
        sql = f"SELECT source, ?, count(*) FROM {name} WHERE {inside} GROUP BY ALL"  # noqa: S608
        rows += tables.connection.execute(sql, [f"={period}"]).fetchall()
    return [(source, month, count) for source, month, count in rows]


def _month(time: str, starts: int) -> str:
    """SQL: the month of a time by the name that it has where months begin on the day `starts`."""
    if starts == 1:
        return f"strftime(\"{time}\", '%Y-%m')"
    later = 1 if starts >= NAMED_AFTER_ITS_END else 0
    return f"strftime(date_trunc('month', \"{time}\" - INTERVAL {starts - 1} DAY) + INTERVAL {later} MONTH, '%Y-%m')"


def _listed(tables: Tables, name: str, counted: dict[tuple[int, str], list[int | None]], period: Period | None) -> list[MonthRow]:
    rows = []
    for source in dict.fromkeys(source for source, _ in counted):
        months = sorted(month for other, month in counted if other == source and not month.startswith("="))
        shown = months[-_MOST_MONTHS:] + [f"={period}"] * (period is not None)
        file, sheet = tables.sources[source].file, tables.sources[source].sheet
        for month in shown:
            counts = tuple(counted[source, month])
            label = period.label if period is not None and month.startswith("=") else month
            rows.append(MonthRow(file, sheet, TABLES[name].zh, label, counts, month.startswith("=")))
    return rows
