"""Times that name a zone, or are counted from 1970: which they are, how many, and what is told of them."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpi_xl.cell_times import TIDYING, read_time, tidy, zone_behind
from kpi_xl.cell_words import plain
from kpi_xl.cell_zones import ZONE, from_utc
from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import Text
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.rows.clock_sql import Zones
from kpi_xl.exports.rows.spellings import narrow, quote, replaced
from kpi_xl.exports.rows.times_sql import EPOCHS
from kpi_xl.exports.rows.typing_sql import says_nothing

if TYPE_CHECKING:
    import duckdb

    from kpi_xl.exports.rows.known import Known
    from kpi_xl.exports.rows.stage import Stage, StageColumn

_EPOCH_HEADER = re.compile(r"时间戳|timestamp|epoch|unix|毫秒|\(ms\)|_ms$|_ts$", re.IGNORECASE)
_CLOCK = r"(?i)(:\d{1,2}.*|\dT?\d{6}(\.\d+)?\s*)"
"""What stands before a zone: a clock (the last part of a date is no zone)."""
_MAY_NAME = re.compile(r"[A-Za-z\u4e00-\u9fff]|\d[^-]*:.*[-+]|\+")
"""What a text shows that may name a zone: letters, or a sign behind a clock."""


@dataclass(frozen=True)
class ZoneCheck:
    """Which texts of a column name a zone. `shown`: the sample has such a text, `example`; `untidy`: not only at its very end."""

    zones: Zones
    shown: bool
    example: str = ""
    untidy: bool = False
    epoch: int | None = None

    def told(self, text: str) -> str:
        """SQL that tells whether the text names a zone (never NULL)."""
        if self.epoch:
            return f"coalesce(regexp_full_match(trim({text}), {quote(EPOCHS[self.epoch].pattern)}), false)"
        return self._told(f"trim({replaced(narrow(text), TIDYING)})" if self.untidy else f"trim({text})")

    def told_anywhere(self, text: str) -> str:
        """SQL that tells the same, however the text is written."""
        return self._told(f"trim({replaced(narrow(text), TIDYING)})")

    def _told(self, text: str) -> str:
        behind = "(?i)" + _CLOCK.removeprefix("(?i)") + ZONE.removeprefix("(?i)")
        return f"coalesce(regexp_matches({text}, {quote(behind)}), false)"


def check_zones(zones: Zones, sample: Sequence[str], epoch: int | None) -> ZoneCheck:
    """Return the check of a time column, from its sample."""
    if epoch:
        return ZoneCheck(zones, True, next((v for v in sample if EPOCHS[epoch].fullmatch(plain(v))), ""), epoch=epoch)
    named = [v for v in sample if zone_of_time(v)]
    untidy = any(tidy(v.strip()) != v.strip() for v in named)
    return ZoneCheck(zones, bool(named), named[0] if named else "", untidy)


def zone_of_time(text: str) -> str | None:
    """Return the zone that a time names behind its clock; None where it names none, or is no time."""
    if not _MAY_NAME.search(text):
        return None
    tidied = tidy(plain(text))
    zone = zone_behind(tidied)
    if zone is None or not re.search(_CLOCK + ZONE.removeprefix("(?i)"), tidied, re.ASCII):
        return None
    return zone if read_time(text) is not None else None


def epoch_of(header: str, values: Sequence[str], missing: Sequence[str]) -> int | None:
    """Return 1 or 1000 where the numbers of a column are seconds or milliseconds since 1970: the header or all values say so."""
    if not any(value.strip(" '\"=").startswith("1") for value in values):  # in 2001 to 2033 they do
        return None
    meant = [plain(v) for v in values if not says_nothing(v, missing)]
    for parts, pattern in EPOCHS.items():
        fitting = sum(pattern.fullmatch(v) is not None for v in meant)
        if fitting and (fitting == len(meant) or _EPOCH_HEADER.search(header)):
            return parts
    return None


def counted(connection: duckdb.DuckDBPyConnection, stage: Stage) -> tuple[Decision, ...]:
    """Return what was decided about the columns before they were read, with the number of values that it concerns."""
    found = []
    for decision in stage.decisions:
        column = stage.column(decision.table or "", decision.column or "")
        row = connection.execute(f"SELECT count({column.name}) FROM {stage.table}").fetchone() if column else None
        found.append(replace(decision, count=int(row[0])) if row else decision)
    return tuple(found)


def zone_decisions(connection: duckdb.DuckDBPyConnection, stage: Stage, known: Known) -> tuple[Decision, ...]:
    """Tell of every time column that holds times of a zone: how many, an example, and what was made of it.

    To be called once; the helping columns of the stage table are dropped.
    """
    found: list[Decision] = []
    row = connection.execute(f"SELECT count(raw) FROM {stage.table}").fetchone()
    doubtful = bool(row and row[0])
    for column in stage.columns:
        if column.zones is None or not (doubtful or column.zones.shown or column.zones.zones.times_in):
            continue
        count, example = _told_times(connection, stage, column, column.zones)
        if count:
            ground: Ground = "declared" if known.zone_declared else "read"
            found.append(_decision(stage, column, ground, _converted(column.zones, example), known.department, count))
        if column.zones.zones.times_in and column.zones.zones.times_in != known.department:
            row = connection.execute(f"SELECT count({column.name}) FROM {stage.table}").fetchone()
            naive = (row[0] if row else 0) - count
            if naive > 0:
                found.append(_decision(stage, column, "declared", _moved(column.zones.zones), known.department, naive))
    return tuple(found)


def _told_times(connection: duckdb.DuckDBPyConnection, stage: Stage, column: StageColumn, check: ZoneCheck) -> tuple[int, str]:
    if check.shown:
        row = connection.execute(
            f"SELECT count(*) FILTER ({column.zoned} AND {column.name} IS NOT NULL) FROM {stage.table}"
        ).fetchone()
        connection.execute(f"ALTER TABLE {stage.table} DROP COLUMN {column.zoned}")
        return int(row[0]) if row else 0, check.example
    told = check.told_anywhere(column.kept)
    row = connection.execute(
        f"SELECT count(*), first({column.kept} ORDER BY s.rowid) FROM {stage.table} s"
        f" WHERE s.raw IS NOT NULL AND s.{column.name} IS NOT NULL AND {told}"
    ).fetchone()
    return (int(row[0]), row[1] or "") if row else (0, "")


def _decision(stage: Stage, column: StageColumn, ground: Ground, evidence: Text, department: str, count: int) -> Decision:
    table, name = _canonical(stage, column)
    file, sheet = stage.sheet.file, stage.sheet.sheet
    kind = DECISION_KINDS["time_zone"]
    return Decision(kind, ground, evidence, department, file, sheet, table, name, column.label, frozenset({name}), count)


def _canonical(stage: Stage, column: StageColumn) -> tuple[str, str]:
    """Return the table and the canonical column that a stage column is read for."""
    return next((table, name) for table, names in stage.read.items() for name, one in names.items() if one is column)


def _converted(check: ZoneCheck, example: str) -> Text:
    department = check.zones.department
    shown = example.strip()
    if check.epoch:
        utc = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=float(plain(shown)) / check.epoch)  # noqa: DTZ001
        local: dt.datetime | None = from_utc(utc.replace(microsecond=0), department)
        what = Text("从 1970 年起的秒数或毫秒数（世界时）", "seconds or milliseconds since 1970 (UTC)")
    else:
        local = read_time(shown, department)
        zone = zone_of_time(shown) or ""
        name = {"Z": "Z（世界时）"}.get(zone.upper(), f"{zone}（中国标准时间）" if zone.upper() == "CST" else zone)
        what = Text(f"时间后写着 {name}", f"the times name a zone ({zone})")
    return Text(
        f"{what.zh}，换算成 {department}：如 {shown} 即 {local}", f"{what.en}; converted to {department}: {shown} is {local}"
    )


def _moved(zones: Zones) -> Text:
    return Text(
        f"没有写时区的时间按 {zones.times_in}（映射文件 times_in）换算成 {zones.department}",
        f"times that name no zone are those of {zones.times_in} (times_in of the mapping file), converted to {zones.department}",
    )
