"""What a command asks of exports beside reading them: to go on without a file that cannot be used, and data in its period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError, Place, Problem, Text, shown_name
from kpi_xl.exports.load import Columns, read_what_can_be_read
from kpi_xl.exports.model import Progress, Tables
from kpi_xl.exports.months import inside
from kpi_xl.issues import Issue
from kpi_xl.periods import Period, Reckoning
from kpi_xl.tables import when_of


@dataclass(frozen=True)
class FailedFile:
    """A file that could not be used, by its name, and why."""

    file: str
    error: KpiError

    @property
    def issue(self) -> Issue:
        """The same as an issue, for the lists of what is wrong with the data."""
        where = self.error.where or Place(self.file)
        said = (self.error.message, self.error.remedy)
        return Issue("unusable_file", "set_aside", self.file, where.sheet, None, where.column, None, *said, title="不能用的文件")


def read_usable(
    paths: Sequence[Path],
    *,
    mapping: Path | None = None,
    roster: Path | None = None,
    period: Period | None = None,
    progress: Progress | None = None,
    columns: Columns | None = None,
    lenient: bool = False,
    reckoning: Reckoning | None = None,
) -> tuple[Tables, tuple[FailedFile, ...]]:
    """Read exports; when some of several files cannot be used, go on with the others. Returns the tables and a refusal per file.

    The arguments are those of `read_exports` and `read_what_can_be_read`. Raises KpiError when no file can be used, or the roster
    or the mapping file cannot.
    """
    tables, refused = read_what_can_be_read(
        paths,
        mapping=mapping,
        roster=roster,
        period=period,
        progress=progress,
        columns=columns,
        lenient=lenient,
        reckoning=reckoning,
    )
    return tables, tuple(FailedFile(shown_name(one.path), one.error) for one in refused)


def require_data(tables: Tables, period: Period, failures: Sequence[FailedFile] = ()) -> None:
    """Raise KpiError when no usable row of any export lies in the period, saying which days the data covers.

    Records without a time (``hr_ratings``) count for every period. `failures` are files that could not be read: they are
    named too, for the data may be in one of them.
    """
    period = tables.reckoning.of(period)
    days: list[dt.datetime] = []
    for name in tables.columns:
        if name == "roster":
            continue
        when = when_of(name, period.basis)
        # our own table and column names, and dates
        if tables.connection.execute(f"SELECT 1 FROM {name} WHERE {inside(name, period)} LIMIT 1").fetchone():  # noqa: S608
            return
        span = tables.connection.execute(f'SELECT min("{when}"), max("{when}") FROM {name}').fetchone()  # noqa: S608
        days += [day for day in span or () if day is not None]
    problems = [Problem(failure.file, failure.error.message, failure.error.remedy) for failure in failures]
    if days:
        problems += [_guessed(one) for one in tables.decisions if one.kind.code == "date_order" and one.stops]
        first, last = f"{min(days):%Y-%m-%d}", f"{max(days):%Y-%m-%d}"
        raise KpiError(
            Text(
                f"导出文件里没有{period.label}的数据：数据从 {first} 到 {last}",
                f"the exports have no data in {period}: the data runs from {first} to {last}",
            ),
            Text("请核对 --period，或换成该周期的导出文件", "check --period, or give the exports of that period"),
            problems,
        )
    found = {(issue.file, issue.code): issue for issue in tables.issues() if issue.disposition == "set_aside"}
    problems += [Problem(issue.file, issue.reason, issue.remedy) for issue in found.values()]
    raise KpiError(
        Text("导出文件里没有一行可用的数据", "no row of the exports can be used"),
        Text("请检查导出文件（是否只有表头，日期是否正确）", "look at the exports: is there only a header, are the dates right?"),
        problems,
    )


def _guessed(decision: Decision) -> Problem:
    """Return the guess about dates that may be why they lie outside the period."""
    words = "、".join(f"{option.word}（{option.label.zh}）" for option in decision.kind.options)
    return Problem(
        Place(decision.file or "*", decision.sheet, decision.header).text.zh,
        Text(
            f"日和月的先后只是推测为“{decision.taken.zh}”（{decision.evidence.zh}）",
            f"the order of day and month was guessed as {decision.taken.en} ({decision.evidence.en})",
        ),
        Text(f"若不对，可选 {words}；写明：\n{decision.line()}", f"if it is wrong, write:\n{decision.line()}"),
    )
