"""Count the measures of a period: one query per table, then nothing but sums (`kpi_xl.measures.counts`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kpi_xl.arguments import Several, StrPath, by_key, one_of, optional, read_choices, read_names, read_path, read_period, refuse
from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.exports.model import Tables
from kpi_xl.issues import Issue
from kpi_xl.measures.base import views_for
from kpi_xl.measures.catalog import Catalog, built_in_catalog, load_catalog
from kpi_xl.measures.counts import Counts
from kpi_xl.measures.frames import tables_from_frames
from kpi_xl.measures.model import BYS, By, Count, Measure, MeasureRow
from kpi_xl.measures.query import Fused, absent_columns, columns_of, counting_query, fuse
from kpi_xl.measures.working_days import create_working_days
from kpi_xl.people import Person
from kpi_xl.periods import Period

if TYPE_CHECKING:
    import pandas as pd

LEFT = "离职"
"""The roster's status of people who have left: without rows in the data they are not listed."""


def measure_tables(
    tables: Tables,
    period: Period,
    *,
    definitions: Mapping[str, str] | None = None,
    catalog: Catalog | None = None,
    measures: Iterable[str] | None = None,
) -> Counts:
    """Count measures per agent and month of the period.

    `measures`: ids, None for all of the catalogue. `definitions` chooses alternatives (``{"fcr": "silence:7"}``). A measure whose
    table or columns the exports lack is in `Counts.absent` and shows as missing. Raises KpiError for unknown ids and
    definitions, and when a working calendar is asked for in years whose holidays are not known.
    """
    resolved = (catalog or built_in_catalog()).resolve(measures, definitions or {})
    asked = frozenset(definitions or ()) | frozenset(measures or ())
    return count_measures(tables, period, resolved, asked)


def count_measures(tables: Tables, period: Period, resolved: Sequence[Measure], asked: frozenset[str] = frozenset()) -> Counts:
    """Count resolved measures, each under its key. `asked`: ids whose working calendar must not be left out in silence."""
    absent: dict[str, tuple[str, ...] | None] = {}
    for measure in resolved:
        lacking = absent_columns(measure, tables.columns)
        if lacking is None or lacking:
            absent[measure.key] = lacking
    try:
        prepare(tables, [measure for measure in resolved if measure.key not in absent], period)
    except KpiError:
        dated = [measure for measure in resolved if measure.key not in absent and needs_calendar(measure)]
        if any(measure.id in asked or measure.id.partition(".")[0] in asked for measure in dated):
            raise
        absent.update({measure.key: () for measure in dated})
    countable = [measure for measure in resolved if measure.key not in absent]
    counts: list[Count] = []
    covered: set[tuple[str, dt.date]] = set()
    for group in fuse(countable):
        rows = tables.connection.execute(counting_query(group, period, tables.data_end)).fetchall()
        covered.update((group.table, row[1]) for row in rows)
        counts += _counts(group, rows)
    notes = _short_history(tables, period, countable)
    agents = _agents(tables, {count.agent for count in counts})
    return Counts(period, tuple(resolved), tuple(counts), agents, frozenset(covered), absent, tables.data_end, tuple(notes))


def measure(
    tables: Tables | Mapping[str, pd.DataFrame],
    period: Period | str,
    *,
    by: By = "agent",
    definitions: Mapping[str, str] | None = None,
    measures: Several[str] | None = None,
    own: StrPath | None = None,
) -> list[MeasureRow]:
    """Measure tables that were read from exports, or DataFrames by canonical table name with canonical column names.

    `measures` are ids (None: all), `definitions` chooses alternatives (``{"fcr": "silence:7"}``), `own` is a file of measures of
    one's own. Returns `Counts.rows`: per subject, measure and month, and for the whole period. Raises KpiError for arguments
    that cannot be used, and for tables, columns, measures or definitions that do not exist.
    """
    problems: list[Problem] = []
    given = tables if isinstance(tables, Tables) else by_key(_TABLES)("tables", tables, problems)
    chosen = read_period("period", period, problems)
    grouped = one_of(BYS)("by", by, problems)
    defined = optional(read_choices)("definitions", definitions, problems)
    names = optional(read_names)("measures", measures, problems)
    file = optional(read_path)("own", own, problems)
    refuse("measure", problems)
    catalog = None if file is None else load_catalog(file)
    found = given if isinstance(given, Tables) else tables_from_frames(given)
    return measure_tables(found, chosen, definitions=defined, catalog=catalog, measures=names).rows(grouped)


_TABLES = Text("写 read_exports 的结果，或 {'tickets': DataFrame}", "pass what read_exports returns, or {'tickets': DataFrame}")


def needs_calendar(measure: Measure) -> bool:
    """Return whether the measure is counted in working time."""
    return any("working_days" in view.sql for view in views_for(measure.table, columns_of(measure)))


def prepare(tables: Tables, measures: Iterable[Measure], period: Period) -> None:
    """Create the working calendar when a measure needs it. Raises KpiError when its years are not known."""
    if not any(needs_calendar(measure) for measure in measures):
        return
    latest = tables.connection.execute(
        "SELECT greatest(max(closed_at), max(first_response_at)) FROM tickets WHERE created_at >= ? AND created_at < ?",
        [period.start, period.end],
    ).fetchall()
    last = latest[0][0].date() if latest[0][0] else period.start
    create_working_days(tables.connection, period.start, max(last, period.start), tables.data_end.year)


def _counts(group: Fused, rows: Iterable[tuple[Any, ...]]) -> Iterator[Count]:
    for row in rows:
        agent, month = row[0], row[1]
        position = 3
        for measure in group.measures:
            sample, numerator = row[position], row[position + 1]
            position += 2
            denominator = sample
            if measure.per:
                denominator = row[position]
                position += 1
            pending = 0
            if measure.pending:
                pending = row[position]
                position += 1
            if sample:
                yield Count(agent, month, measure.key, sample, numerator, denominator, pending)


def _agents(tables: Tables, counted: set[str]) -> dict[str, Person]:
    """Return everybody who is measured, by id: the roster, and who occurs in the counts."""
    known = {person.id: person for person in tables.agents}
    roster = {person.id: person for person in tables.people}
    people = {person.id: person for person in tables.people if person.status != LEFT}
    for agent in counted:
        people[agent] = roster.get(agent) or known.get(agent) or Person(agent, agent)
    return dict(sorted(people.items()))


def _short_history(tables: Tables, period: Period, measures: Sequence[Measure]) -> list[Issue]:
    """Say when the data does not reach back as far as a window looks: earlier complaints are then invisible, the rate too low."""
    notes = []
    for measure in measures:
        if not measure.lookback:
            continue
        days = dict(measure.parameters)[measure.lookback]
        when = measure.when or "created_at"
        (first,) = tables.connection.execute(f"SELECT min({when}) FROM {measure.table}").fetchall()[0]
        if first and first > dt.datetime.combine(period.start, dt.time()) - dt.timedelta(days=days - 1):
            notes.append(
                Issue(
                    "short_history", "kept", "", None, None, measure.id, first.strftime("%Y-%m-%d"),
                    Text(
                        f"“{measure.name}”要看周期开始前 {days} 天的记录，数据从 {first:%Y-%m-%d} 才开始，结果可能偏低",
                        f"{measure.id} looks back {days} days before the period, data begins {first:%Y-%m-%d}: perhaps too low",
                    ),
                    Text("请把上个月的导出一并给出", "give the earlier month's export as well"),
                    title="历史不够长",
                )
            )  # fmt: skip
    return notes
