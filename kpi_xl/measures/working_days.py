"""The working calendar of China (公休、法定节假日与调休) as the SQL table ``working_days``.

``working_days(day, working, days_before)``: `days_before` counts the working days before that day, so the working days between
two days are a subtraction. Source: `kpi_xl.working_calendar`.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import duckdb

from kpi_xl.errors import KpiError, Text
from kpi_xl.working_calendar import is_working_day, supported_years


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
    first_day, marks = _marks(max(start, first.year - 1), min(end, max(last.year + 1, until)))
    connection.execute(
        """CREATE OR REPLACE TABLE working_days AS
        SELECT CAST($first AS DATE) + CAST(place - 1 AS INTEGER) AS day, substr($marks, place, 1) = '1' AS working,
            CAST(length(replace(substr($marks, 1, place - 1), '0', '')) AS INTEGER) AS days_before
        FROM range(1, length($marks) + 1) AS places(place)""",
        {"first": first_day, "marks": marks},
    )


@cache
def _marks(first: int, last: int) -> tuple[dt.date, str]:
    """Return the first day of the years `first`..`last`, and a 1 for each of their days that is worked, a 0 for each other."""
    day, end = dt.date(first, 1, 1), dt.date(last, 12, 31)
    days = (day + dt.timedelta(days=number) for number in range((end - day).days + 1))
    return day, "".join("1" if is_working_day(one) else "0" for one in days)
