"""Appraisal periods: a month, a quarter or a year, the months they consist of, and how months are reckoned.

A department may let its month begin on another day than the first (`month_starts`), and may put a ticket into the month in which
it was closed or archived instead of created (`basis`). A period carries both, so that whatever counts or shows it agrees.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal, get_args

from kpi_xl.errors import KpiError, Text
from kpi_xl.glossary import PERIOD

Cycle = Literal["month", "quarter", "year"]
MONTHS_IN: dict[Cycle, int] = {"month": 1, "quarter": 3, "year": 12}

Basis = Literal["created", "closed", "archived"]
"""Which time puts a ticket into a month."""
BASES: tuple[Basis, ...] = get_args(Basis)
BASIS_LABELS: dict[str, str] = {"created": "按创建时间", "closed": "按办结时间", "archived": "按归档时间"}

LAST_START = 28
"""Every month has this day, so a month may begin on it at the latest."""
NAMED_AFTER_ITS_END = 16
"""Months that begin on this day or later are named after the month in which they end: 26 August to 25 September is September."""

_YEARS = 1900, 2999
"""A typing error beyond; the calendar itself ends where the period before or after the last ones would lie."""
_QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_YEAR = re.compile(r"(?P<year>\d{4})(年度?)?")
_MONTH = re.compile(r"(?P<year>\d{4})([-/.年](?P<month>\d{1,2})|(?P<digits>\d{2}))(月份?)?")
_QUARTER = re.compile(
    r"(?P<year>\d{4})([-/.]?Q(?P<q>[1-4])|[-/.年]?第?(?P<zh>[1-4一二三四])季度?)|Q(?P<q2>[1-4])[-/.]?(?P<year2>\d{4})"
)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")


@dataclass(frozen=True, order=True)
class Period:
    """A month, quarter or year. `start` is its first day; order is by time, then by length.

    `month_starts` is the day on which its months begin (1: calendar months), `basis` the time that puts a ticket into it.
    """

    start: dt.date
    cycle: Cycle
    month_starts: int = 1
    basis: Basis = "created"

    @classmethod
    def parse(cls, text: str, month_starts: int = 1, basis: Basis = "created") -> Period:
        """Read ``2025-09``, ``2025-Q3`` or ``2025``, also written 202509, 2025/9, 2025年9月, 2025Q3, 2025年第三季度, 2025年.

        Raises KpiError for anything else, with the way to say it where the text names days.

        >>> Period.parse("2025年9月", month_starts=26).start
        datetime.date(2025, 8, 26)
        """
        calendar = _calendar_period(text)
        return calendar.reckoned(month_starts, basis)

    def reckoned(self, month_starts: int | None = None, basis: Basis | None = None) -> Period:
        """Return the period of the same name whose months begin on another day, or that goes by another time of the tickets.

        None: as it is. Raises KpiError for a day that not every month has.
        """
        starts = self.month_starts if month_starts is None else month_starts
        if not 1 <= starts <= LAST_START:
            raise KpiError(
                Text(f"考核月不能从 {starts} 日开始", f"a month cannot begin on day {starts}"),
                Text(f"month_starts 写 1 到 {LAST_START} 的整数", f"month_starts is a whole number from 1 to {LAST_START}"),
            )
        return Period(_first_day(self.year, self.month, starts), self.cycle, starts, basis or self.basis)

    @property
    def year(self) -> int:
        """The year that the (first month of the) period is named after."""
        return self._named.year

    @property
    def month(self) -> int:
        """The calendar month that the (first month of the) period is named after, 1 to 12."""
        return self._named.month

    @property
    def _named(self) -> dt.date:
        """The first day of the calendar month that its first month is named after."""
        return _add_months(self.start.replace(day=1), 1 if self.month_starts >= NAMED_AFTER_ITS_END else 0)

    @property
    def month_count(self) -> int:
        """Number of months in the period: 1, 3 or 12."""
        return MONTHS_IN[self.cycle]

    @property
    def end(self) -> dt.date:
        """First day after the period (the period is half open)."""
        return _add_months(self.start, self.month_count)

    @property
    def months(self) -> tuple[Period, ...]:
        """The months of the period, in order."""
        return tuple(replace(self, start=_add_months(self.start, i), cycle="month") for i in range(self.month_count))

    @property
    def previous(self) -> Period:
        """The period of the same length just before this one."""
        return replace(self, start=_add_months(self.start, -self.month_count))

    def __str__(self) -> str:
        if self.cycle == "year":
            return f"{self.year:04d}"
        if self.cycle == "quarter":
            return f"{self.year:04d}-Q{(self.month + 2) // 3}"
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def name(self) -> str:
        """The period as HR names it: ``2025年9月``, ``2025年第3季度``, ``2025年度``."""
        if self.cycle == "year":
            return f"{self.year}年度"
        if self.cycle == "quarter":
            return f"{self.year}年第{(self.month + 2) // 3}季度"
        return f"{self.year}年{self.month}月"

    @property
    def label(self) -> str:
        """The name with what is unusual about the period: ``2025年9月（8月26日至9月25日，按办结时间）``."""
        unusual = [self._days] if self.month_starts != 1 else []
        if self.basis != "created":
            unusual.append(BASIS_LABELS[self.basis])
        return f"{self.name}（{'，'.join(unusual)}）" if unusual else self.name

    @property
    def _days(self) -> str:
        first, last = self.start, self.end - dt.timedelta(days=1)
        years = (f"{first.year}年", f"{last.year}年") if first.year != last.year else ("", "")
        return "至".join(f"{year}{day.month}月{day.day}日" for year, day in zip(years, (first, last), strict=True))


@dataclass(frozen=True)
class Reckoning:
    """How a department reckons its months: the day on which they begin, and which time puts a ticket into one. None: not said."""

    month_starts: int | None = None
    basis: Basis | None = None

    def of(self, period: Period) -> Period:
        """Return the period as the department reckons it. Raises KpiError where the period itself says otherwise."""
        own = Reckoning(
            None if period.month_starts == 1 else period.month_starts, None if period.basis == "created" else period.basis
        )
        agreed = own.with_other(self, Text(PERIOD, "the period"), Text("映射文件或方案", "the mapping file or the scheme"))
        return period.reckoned(agreed.month_starts, agreed.basis)

    def with_other(self, other: Reckoning, own_name: Text, other_name: Text) -> Reckoning:
        """Return what both say together. Raises KpiError where they contradict each other."""
        for key in ("month_starts", "basis"):
            mine, theirs = getattr(self, key), getattr(other, key)
            if mine is not None and theirs is not None and mine != theirs:
                raise KpiError(
                    Text(
                        f"{own_name.zh}写的是 {key} = {mine}，{other_name.zh}写的是 {key} = {theirs}",
                        f"{own_name.en} says {key} = {mine}, {other_name.en} {key} = {theirs}",
                    ),
                    Text("请改成一致，或只在一处写明", "make them agree, or say it in one place only"),
                )
        return Reckoning(
            other.month_starts if self.month_starts is None else self.month_starts,
            other.basis if self.basis is None else self.basis,
        )


_USUAL = Text("请写成 2025-09（月）、2025-Q3（季）或 2025（年）", "write 2025-09 (month), 2025-Q3 (quarter) or 2025 (year)")


def unreadable(text: str, remedy: Text = _USUAL) -> KpiError:
    """Return the error for a text that names no period."""
    return KpiError(Text(f"看不懂{PERIOD}“{text}”", f"cannot read the period {text!r}"), remedy)


def _calendar_period(text: str) -> Period:
    """Read a period of calendar months. Raises KpiError."""
    said = re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text)).upper().replace("–", "-").replace("—", "-")
    year, month, cycle = _parts(said)
    if not _YEARS[0] <= year <= _YEARS[1] or not 1 <= month <= 12:
        raise unreadable(text, _remedy(said))
    return Period(dt.date(year, month, 1), cycle)


def _parts(said: str) -> tuple[int, int, Cycle]:
    """Return year, first month and length; month 0 for what cannot be read."""
    if match := _YEAR.fullmatch(said):
        return int(match["year"]), 1, "year"
    if match := _QUARTER.fullmatch(said):
        quarter = match["q"] or match["q2"] or match["zh"]
        return int(match["year"] or match["year2"]), 3 * int(_QUARTERS.get(quarter, quarter)) - 2, "quarter"
    if match := _MONTH.fullmatch(said):
        return int(match["year"]), int(match["month"] or match["digits"]), "month"
    return 0, 0, "month"


def _remedy(said: str) -> Text:
    days = [day for match in _DAY.finditer(said) if (day := _day(*(int(part) for part in match.groups() if part)))]
    if not days:
        return _USUAL
    if len(days) == 1:
        return Text(f"请写成 {days[0]:%Y-%m}", f"write {days[0]:%Y-%m}")
    first, last = days[0], days[-1]
    meant = next((period for period in _months_from(first) if period.end - dt.timedelta(days=1) == last), None)
    if meant is None:
        return Text(
            f"{_USUAL.zh}；考核月不从 1 日开始时，在映射文件写 month_starts = 日",
            f"{_USUAL.en}; when months do not begin on the first, say month_starts = DAY in the mapping file",
        )
    if meant.month_starts == 1:
        return Text(f"请写成 {meant}", f"write {meant}")
    return Text(
        f"请写成 {meant}，并在映射文件（--mapping）里写 month_starts = {meant.month_starts}",
        f"write {meant}, and month_starts = {meant.month_starts} in the mapping file (--mapping)",
    )


def _months_from(first: dt.date) -> tuple[Period, ...]:
    """Return the month, quarter and year that begin on a day; a quarter and a year only where one does."""
    if first.day > LAST_START:
        return ()
    month = Period(first, "month", first.day)
    quarter = (replace(month, cycle="quarter"),) if month.month % 3 == 1 else ()
    year = (replace(month, cycle="year"),) if month.month == 1 else ()
    return (month, *quarter, *year)


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if _YEARS[0] <= year <= _YEARS[1] else None
    except ValueError:
        return None


def _first_day(year: int, month: int, starts: int) -> dt.date:
    """Return the first day of the month of that name."""
    named = dt.date(year, month, 1)
    return (_add_months(named, -1) if starts >= NAMED_AFTER_ITS_END else named).replace(day=starts)


def _add_months(day: dt.date, count: int) -> dt.date:
    """Return the same day (1 to 28) of another month."""
    index = day.year * 12 + day.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, day.day)
