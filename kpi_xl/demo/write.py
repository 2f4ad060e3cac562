"""Write the invented department's exports, roster and ratings into a folder."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from kpi_xl.arguments import StrPath
from kpi_xl.demo.dirt import Dirt
from kpi_xl.demo.rows import (
    CONTRIBUTION_HEADER,
    HR_RATING_HEADER,
    QUALITY_HEADER,
    RATING_HEADER,
    REPAIR_HEADER,
    ROSTER_HEADER,
    TICKET_HEADER,
    TicketRows,
    call_back_row,
    contribution_rows,
    quality_rows,
    repair_rows,
    roster_row,
    total_row,
)
from kpi_xl.demo.sinks import CsvSink, Entry, Sink, XlsxSink
from kpi_xl.demo.staff import Agent, invent_staff
from kpi_xl.demo.traffic import Traffic
from kpi_xl.periods import Period

LAST_MONTH = Period.parse("2025-09")
QUARTER = Period.parse("2025-Q3")
_UNRATED = 20  # one in so many people has no rating of collaboration in the last month


@dataclass(frozen=True)
class DemoFiles:
    """What was written. `exports` are the files with the work; `ratings` has a file per period, in the order of `periods`.

    `periods` are the months in order and, with three of them, the quarter. `rows` counts, by file name, the lines below the
    headers that hold a record (copies and faulty ones included; without blank lines and the total). `dirt` counts the faults
    by kind (`kpi_xl.demo.dirt.RATES` explains them; ``contribution_same_name`` are rows of a name that two people have),
    `unrated` are the ids of the people left without a rating in the last month.
    """

    folder: Path
    exports: tuple[Path, ...]
    roster: Path
    periods: tuple[Period, ...]
    ratings: tuple[Path, ...]
    rows: Mapping[str, int]
    dirt: Mapping[str, int]
    unrated: tuple[str, ...]


def write_demo(
    folder: StrPath,
    *,
    seed: int = 2025,
    months: Literal[1, 3] = 3,
    agents: int = 60,
    tickets_per_agent_month: float = 55,
    workbooks: bool = True,
) -> DemoFiles:
    """Invent an after-sales department and write its exports for the last month (`months` 1) or the whole quarter (3).

    The same arguments give the same bytes. `workbooks` False writes CSV where a department would have XLSX: those rows stream
    to the disk, for departments of thousands of people. An existing file that this function did
    not write, or that somebody changed since, is refused (`kpi_xl.outputs`).
    """
    folder = Path(folder)
    rng = Random(seed)  # noqa: S311  invented data, not secrets: it must come out the same every time
    whole = QUARTER if months == 3 else LAST_MONTH
    span = whole.months
    staff = invent_staff(rng, agents, span)
    folder.mkdir(parents=True, exist_ok=True)
    writer = _Writer(folder, whole, workbooks, Dirt(rng), rng)
    exports = writer.write_work(staff, tickets_per_agent_month)
    exports += writer.write_reviews(staff)
    roster = writer.write_roster(staff)
    unrated = tuple(a.id for a in sorted(rng.sample(staff, max(1, agents // _UNRATED)), key=lambda a: a.id))
    periods = (LAST_MONTH,) if months == 1 else (*QUARTER.months, QUARTER)
    ratings = [writer.write_ratings(staff, period, unrated if period == LAST_MONTH else ()) for period in periods]
    return DemoFiles(folder, tuple(exports), roster, periods, tuple(ratings), writer.rows, dict(writer.dirt.counts), unrated)


def _label(period: Period) -> str:
    """Return the period as file names have it: ``202509``, ``2025Q3``."""
    return str(period).replace("-", "")


class _Writer:
    """Writes one file after the other (those of the daily work side by side) and counts their rows."""

    def __init__(self, folder: Path, whole: Period, workbooks: bool, dirt: Dirt, rng: Random) -> None:
        self.dirt = dirt
        self.rows: dict[str, int] = {}
        self._folder = folder
        self._whole = whole
        self._span = whole.months
        self._workbooks = workbooks
        self._rng = rng
        self._reviewed: set[tuple[str, Period]] = set()

    def write_work(self, staff: list[Agent], per_agent_month: float) -> list[Path]:
        """Write tickets, call-backs and repairs, in the order of time."""
        first, last = self._whole.start, self._whole.end - dt.timedelta(days=1)
        titles = (f"售后工单明细（{first} 至 {last}）", "导出时间：2025-10-01 08:12　导出人：系统管理员")
        with ExitStack() as stack:
            tickets = CsvSink(
                self._folder / f"工单导出_{_label(self._whole)}.csv", TICKET_HEADER, encoding="gb18030", titles=titles
            )
            repairs = CsvSink(self._folder / "维修记录.csv", REPAIR_HEADER, encoding="utf-8-sig")
            ratings = self._table("满意度回访", RATING_HEADER, ("客户满意度回访明细", "评分 1~5 分，4 分及以上为满意"))
            for sink in (tickets, repairs, ratings):
                stack.enter_context(closing(sink))
            ticket_rows = TicketRows(self._rng, self.dirt, first)
            for day in Traffic(self._rng, staff, self._span, per_agent_month).days():
                for text in ticket_rows.rows(day.tickets):
                    self._write(tickets, text)
                for i, repair in enumerate(day.repairs, start=1):
                    for row in repair_rows(repair, f"WX{day.day:%y%m%d}{i:05d}", self._rng, self.dirt):
                        self._write(repairs, row)
                for call_back in day.call_backs:
                    sheet = f"{day.day.month}月"
                    self._write(ratings, call_back_row(call_back, self._rng, self.dirt), sheet)
                    if self.dirt.strikes("rating_blank_row"):
                        self._write(ratings, [None] * len(RATING_HEADER), sheet)
            tickets.write(total_row(self.rows[tickets.path.name]))
        return [tickets.path, repairs.path, ratings.path]

    def write_reviews(self, staff: list[Agent]) -> list[Path]:
        """Write quality checks and contributions, month by month in the order of time."""
        quality = self._table("质检记录", QUALITY_HEADER, ("录音质检与神秘客抽查记录",))
        shared = Counter(agent.name for agent in staff)
        contributions = CsvSink(self._folder / "知识库贡献.csv", CONTRIBUTION_HEADER, encoding="utf-8")
        with closing(quality), closing(contributions):
            for month, period in enumerate(self._span):
                checks: list[tuple[dt.datetime, list[Entry]]] = []
                gifts: list[tuple[dt.datetime, list[Entry]]] = []
                for agent in staff:
                    days = _working_days(agent, period)
                    found = quality_rows(agent, month, days, self._rng, self.dirt)
                    if found:
                        self._reviewed.add((agent.id, period))
                    checks += found
                    gifts += contribution_rows(agent, month, days, shared[agent.name] > 1, self._rng, self.dirt)
                for _, row in sorted(checks, key=lambda entry: entry[0]):
                    self._write(quality, row, "质检明细")
                for _, row in sorted(gifts, key=lambda entry: entry[0]):
                    self._write(contributions, row)
        return [quality.path, contributions.path]

    def write_roster(self, staff: list[Agent]) -> Path:
        """Write the roster."""
        roster = self._table("花名册", ROSTER_HEADER, ("售后服务部花名册（2025年9月30日）",))
        with closing(roster):
            for agent in staff:
                self._write(roster, roster_row(agent), "花名册")
        return roster.path

    def write_ratings(self, staff: list[Agent], period: Period, unrated: Sequence[str]) -> Path:
        """Write what the supervisors rated: collaboration, and professionalism of those whom nobody checked in the period."""
        months = [i for i, month in enumerate(self._span) if period.start <= month.start < period.end]
        sink = self._table(f"主管评分_{_label(period)}", HR_RATING_HEADER, (f"主管评分表（{period.label}）", "满分 100 分"))
        with closing(sink):
            for agent in staff:
                if agent.id in unrated or not any(_working_days(agent, self._span[i]) for i in months):
                    continue
                profiles = [agent.profiles[i] for i in months]
                marks = {"协同能力": sum(p.collaboration for p in profiles)}
                if not any((agent.id, self._span[i]) in self._reviewed for i in months):
                    marks["服务专业性"] = sum(p.quality for p in profiles)
                for indicator, mark in marks.items():
                    self._write(sink, [agent.id, agent.name, agent.manager, "主管", indicator, round(mark / len(months))], "评分")
        return sink.path

    def _table(self, stem: str, header: Sequence[str], titles: Sequence[str]) -> Sink:
        if self._workbooks:
            return XlsxSink(self._folder / f"{stem}.xlsx", header, titles=titles)
        return CsvSink(self._folder / f"{stem}.csv", header, encoding="utf-8-sig")

    def _write(self, sink: Sink, row: Sequence[Entry], sheet: str = "") -> None:
        sink.write(row, sheet)
        if any(value not in (None, "") for value in row):
            self.rows[sink.path.name] = self.rows.get(sink.path.name, 0) + 1


def _working_days(agent: Agent, period: Period) -> list[dt.date]:
    days = (period.start + dt.timedelta(days=i) for i in range((period.end - period.start).days))
    return [day for day in days if agent.on_duty(day)]
