"""Counts and their roll-ups: month, quarter, year, team and region are sums of the same rows, so they can never disagree."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kpi_xl.errors import Text
from kpi_xl.issues import Issue
from kpi_xl.measures.model import SECONDS_IN, By, Count, Measure, MeasureRow, Status
from kpi_xl.numbers import divide
from kpi_xl.people import Person
from kpi_xl.periods import Period

NO_GROUP = "未分组"
"""The subject of people without a team or region in a roll-up."""


@dataclass(frozen=True)
class Counts:
    """What was counted for a period.

    `counts` are additive rows per agent, month and measure (those without a counted row are absent); `agents` are all subjects,
    by id; `covered` tells which tables have rows in which month; `absent` names, per measure that could not be counted, the
    columns that
    the exports lack (None: the whole table); `reasons` why, where that is not all: the exports cannot tell what it needs.
    `notes` are remarks on the data that concern measures.
    """

    period: Period
    measures: tuple[Measure, ...]
    counts: tuple[Count, ...]
    agents: Mapping[str, Person]
    covered: frozenset[tuple[str, dt.date]]
    absent: Mapping[str, tuple[str, ...] | None]
    data_end: dt.datetime
    notes: tuple[Issue, ...] = field(default=())
    reasons: Mapping[str, Text] = field(default_factory=dict)

    def rows(self, by: By = "agent", min_samples: Mapping[str, int] | None = None) -> list[MeasureRow]:
        """Return a row per subject, month of the period and measure, and one for the whole period (a month: one row only).

        Subjects in alphabetical order, then measures in their own order, then months and the whole. `min_samples` per measure
        overrides the measure's own: a smaller sample is ``insufficient``.
        """
        months = self.period.months
        periods = [*months, self.period] if len(months) > 1 else [self.period]
        sums = self._sums(by)
        subjects = sorted({self.subject_of(agent, by) for agent in self.agents})
        limits = min_samples or {}
        rows: list[MeasureRow] = []
        for subject in subjects:
            for measure in self.measures:
                limit = limits.get(measure.id, measure.min_sample)
                for period in periods:
                    total = sums.get((subject, period, measure.key), _NOTHING)
                    rows.append(self._row(period, by, subject, measure, total, limit))
        if any(measure.median for measure in self.measures):
            rows += self._medians(rows, by)
        return rows

    def inputs(self, by: By = "agent", min_samples: Mapping[str, int] | None = None) -> dict[str, dict[str, MeasureRow]]:
        """Return the rows of the whole period by subject and measure (with the medians): what scoring takes its values from."""
        whole = str(self.period)
        found: dict[str, dict[str, MeasureRow]] = defaultdict(dict)
        for row in self.rows(by, min_samples):
            if row.period == whole:
                found[row.subject][row.measure] = row
        return dict(found)

    def subject_of(self, agent: str, by: By) -> str:
        """Return the agent himself, or the team or region that he belongs to."""
        if by == "agent":
            return agent
        person = self.agents[agent]
        return (person.team if by == "team" else person.region) or NO_GROUP

    def missing_everywhere(self) -> tuple[Measure, ...]:
        """Return the measures for which nobody has a counted row in the period."""
        present = {count.measure for count in self.counts}
        zero = {measure.key for measure in self.measures if measure.none_is_zero and self._is_covered(measure, self.period)}
        return tuple(measure for measure in self.measures if measure.key not in present | zero)

    def _sums(self, by: By) -> dict[tuple[str, Period, str], _Sum]:
        months = {month.start: month for month in self.period.months}
        several = len(months) > 1
        sums: dict[tuple[str, Period, str], _Sum] = {}
        for count in self.counts:
            subject = self.subject_of(count.agent, by)
            for period in (months[count.month], self.period) if several else (self.period,):
                key = (subject, period, count.measure)
                total = sums.get(key)
                if total is None:
                    total = sums[key] = _Sum(heads=set())
                total.add(count)
        return sums

    def _row(self, period: Period, by: By, subject: str, measure: Measure, total: _Sum, limit: int) -> MeasureRow:
        def row(status: Status, numerator: Decimal | None, denominator: int | None, value: Decimal | None) -> MeasureRow:
            return MeasureRow(
                str(period), by, subject, measure.key, numerator, denominator, value, total.sample, status, total.pending
            )

        if total.sample == 0 or (measure.figure != "sum" and total.denominator == 0):
            if measure.none_is_zero and self._is_covered(measure, period):
                return row("ok", Decimal(0), 0, Decimal(0))
            return row("missing", None, None, None)
        numerator = Decimal(total.numerator).scaleb(-measure.decimals)
        denominator = len(total.heads) if measure.figure == "per_head" else total.denominator
        divisor = SECONDS_IN.get(measure.unit, 1)
        value = numerator if measure.figure == "sum" else divide(numerator, denominator)
        value = value if divisor == 1 else divide(value, divisor)
        status: Status = "ok"
        if total.sample < limit:
            status = "insufficient"
        elif total.pending:
            status = "unmatured"
        return row(status, numerator, denominator, value)

    def _is_covered(self, measure: Measure, period: Period) -> bool:
        return measure.key not in self.absent and any((measure.table, month.start) in self.covered for month in period.months)

    def _medians(self, rows: Iterable[MeasureRow], by: By) -> list[MeasureRow]:
        """Return ``<id>.median`` rows: for a person the median of his team, for a team that of all teams. Sample: how many are
        in it."""
        with_median = {measure.key for measure in self.measures if measure.median}
        values: dict[tuple[str, str, str], list[tuple[str, Decimal]]] = defaultdict(list)
        for row in rows:
            if row.measure in with_median and row.value is not None:
                peers = self.subject_of(row.subject, "team") if by == "agent" else ""
                values[row.period, peers, row.measure].append((row.subject, row.value))
        found = []
        for (period, _, measure), members in values.items():
            middle = statistics.median(value for _, value in members)
            for subject, _ in members:
                found.append(MeasureRow(period, by, subject, f"{measure}.median", None, None, middle, len(members), "ok"))
        return found


@dataclass
class _Sum:
    """Sums of counts while they are rolled up; `heads` are the agents with counted rows."""

    heads: set[str]
    sample: int = 0
    numerator: int = 0
    denominator: int = 0
    pending: int = 0

    def add(self, count: Count) -> None:
        self.heads.add(count.agent)
        self.sample += count.sample
        self.numerator += count.numerator
        self.denominator += count.denominator
        self.pending += count.pending


_NOTHING = _Sum(heads=set())
