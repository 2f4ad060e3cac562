"""The working calendar of China (公休、法定节假日与调休) as the SQL table ``working_days``.

``working_days(day, working, days_before)``: `days_before` counts the working days before that day, so the working days between
two days are a subtraction. Source: the package chinesecalendar, which follows the yearly notice of the State Council.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from kpi_xl.errors import KpiError, Text


def supported_years() -> tuple[int, int]:
    """Return the first and the last year whose holidays are known."""
    from chinese_calendar import constants  # 0.05 s; only when a working calendar is asked for

    years = {day.year for day in (*constants.holidays, *constants.workdays)}
    return min(years), max(years)


def is_working_day(day: dt.date) -> bool:
    """Return whether the day is worked. The year must be supported."""
    from chinese_calendar import is_workday

    return bool(is_workday(day))


def create_working_days(connection: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date, until: int = 0) -> None:
    """Create the table ``working_days`` for the years of `first`..`last`, one more on either side, and on to the year `until`.

    Raises KpiError when `first`..`last` touches a year whose holidays are not known; the further ones are cut to what is known.
    """
    start, end = supported_years()
    if first.year < start or last.year > end:
        raise KpiError(
            Text(
                f"工作日历只有 {start}–{end} 年的放假安排，而数据涉及 {first.year}–{last.year} 年",
                f"the working calendar knows the holidays of {start}-{end}, but the data touches {first.year}-{last.year}",
            ),
            Text(
                "请改用日历时间口径（如 handling_hours=calendar），或升级 chinesecalendar（每年底国务院公布后更新）",
                "use the calendar definition (handling_hours=calendar), or upgrade chinesecalendar",
            ),
        )
    day, last_day = dt.date(max(start, first.year - 1), 1, 1), dt.date(min(end, max(last.year + 1, until)), 12, 31)
    rows, before = [], 0
    while day <= last_day:
        working = is_working_day(day)
        rows.append((day, working, before))
        before += working
        day += dt.timedelta(days=1)
    values = ", ".join(f"(DATE '{day}', {working}, {before})" for day, working, before in rows)
    connection.execute(
        f"CREATE OR REPLACE TABLE working_days AS SELECT * FROM (VALUES {values}) AS calendar(day, working, days_before)"
    )
