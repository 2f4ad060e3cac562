"""Times that name a zone are converted to the department's, told with a count and an example."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from pathlib import Path

import duckdb
import pytest

from kpi_xl.cell_times import read_time
from kpi_xl.cell_zones import is_zone, offset_minutes
from kpi_xl.errors import KpiError
from kpi_xl.exports import Tables, read_exports
from kpi_xl.exports.rows.clock_sql import Zones
from kpi_xl.exports.rows.typing_sql import Hints, reading
from kpi_xl.functions import times

from ..command_line import kpi_xl
from .files import NOW, column, workbook, write

HEAD = "工单编号,客服,创建时间,办结时间,工单类型"
MIDNIGHT = dt.datetime(2025, 9, 1, 0, 30)


def told(tables: Tables) -> list[tuple[str, str, int, str | None]]:
    return [(d.column or "", d.ground, d.count, d.answer) for d in tables.decisions if d.kind.code == "time_zone"]


def mapped(folder: Path, text: str) -> Path:
    path = folder / "映射.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "2025-08-31T16:30:00Z", "2025-08-31 16:30:00Z", "2025-08-31 16:30 UTC", "2025-08-31 16:30:00 GMT", "2025-08-31T16:30:00.000Z",
        "2025-08-31T16:30:00+00:00", "2025-08-31T18:30:00+02:00", "2025-08-31 12:30:00 -0400", "2025-08-31 12:30-04", "2025-09-01 00:30 CST",
        "2025-09-01 00:30:00 中国标准时间", "2025-09-01T00:30:00+08:00", "2025-09-01 00:30 GMT+8", "Sun, 31 Aug 2025 16:30:00 +0000",
        "Mon Sep 01 2025 00:30:00 GMT+0800 (中国标准时间)", "Sunday, August 31, 2025 at 4:30:00 PM UTC", "8/31/2025, 4:30:00\u202fPM UTC",
    ],
)  # fmt: skip
@pytest.mark.parametrize("many", [0, 1500])
def test_every_zone_is_converted_and_told(tmp_path: Path, text: str, many: int) -> None:
    usual = [f"N{i},张伟,2025-09-02 08:00:00,,咨询" for i in range(many)]
    path = write(tmp_path, HEAD.replace(",", "\t"), *[line.replace(",", "\t") for line in usual], f"T\t张伟\t{text}\t\t咨询")
    tables = read_exports([path], period="2025-09", now=NOW)
    assert column(tables, "created_at")[many:] == [MIDNIGHT]
    assert told(tables) == [("created_at", "read", 1, "Asia/Shanghai")]
    (decision,) = [d for d in tables.decisions if d.kind.code == "time_zone"]
    assert text in decision.evidence.zh
    assert "2025-09-01 00:30:00" in decision.evidence.zh
    assert not decision.stops


def test_times_without_a_zone_are_not_told_of(tmp_path: Path) -> None:
    tables = read_exports([write(tmp_path, HEAD, "T1,张伟,2025-09-01 08:00,2025-09-01 09:00,咨询")], now=NOW)
    assert told(tables) == []


def test_all_of_a_column_is_counted(tmp_path: Path) -> None:
    lines = [f"T{i},张伟,2025-09-01T08:00:00Z,2025-09-01T09:00:00+08:00,咨询" for i in range(1200)]
    tables = read_exports([write(tmp_path, HEAD, *lines, "U,张伟,2025-09-01 08:00,,咨询")], now=NOW)
    assert told(tables) == [("created_at", "read", 1200, "Asia/Shanghai"), ("closed_at", "read", 1200, "Asia/Shanghai")]


def test_cells_of_a_workbook_are_converted_too(tmp_path: Path) -> None:
    rows = [HEAD.split(","), ["T1", "张伟", "2025-08-31T16:30:00Z", "2025-09-01 01:30", "咨询"]]
    assert column(read_exports([workbook(tmp_path, {"S": rows})], now=NOW), "created_at") == [MIDNIGHT]


def test_the_department_may_be_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,2025-01-15T16:30:00Z,2025-07-15T16:30:00Z,咨询")
    mapping = mapped(tmp_path, 'time_zone = "America/New_York"\n[[export]]\n')
    tables = read_exports([path], mapping=mapping, now=NOW)
    assert column(tables, "created_at") == [dt.datetime(2025, 1, 15, 11, 30)]
    assert column(tables, "closed_at") == [dt.datetime(2025, 7, 15, 12, 30)]
    assert told(tables) == [("created_at", "declared", 1, "America/New_York"), ("closed_at", "declared", 1, "America/New_York")]


def test_times_that_name_no_zone_may_be_of_another_one(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,2025-08-31 16:30:00,2025-09-01T01:30:00+08:00,咨询", "T2,张伟,2025/8/31 16:30,,咨询")
    tables = read_exports([path], mapping=mapped(tmp_path, '[[export]]\ntimes_in = "UTC"\n'), now=NOW)
    assert column(tables, "created_at") == [MIDNIGHT, MIDNIGHT]
    assert column(tables, "closed_at")[0] == dt.datetime(2025, 9, 1, 1, 30)
    assert told(tables) == [("created_at", "declared", 2, "Asia/Shanghai"), ("closed_at", "read", 1, "Asia/Shanghai")]


@pytest.mark.parametrize("line", ['time_zone = "Asia/Peking"\n[[export]]\n', '[[export]]\ntimes_in = "../etc"\n'])
def test_an_unknown_zone_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(KpiError) as refused:
        read_exports([write(tmp_path, HEAD, "T1,张伟,2025-09-01,,咨询")], mapping=mapped(tmp_path, line), now=NOW)
    assert "时区" in str(refused.value.problems[0].message.zh)


def test_what_a_zone_is() -> None:
    assert [offset_minutes(text) for text in ("Z", "+0800", "GMT-3:30", "UTC+8", "cst", "MARS")] == [0, 480, -210, 480, 480, None]
    assert offset_minutes("CST", "America/Chicago") == -360
    assert [is_zone(name) for name in ("Asia/Shanghai", "UTC", "+08:00", "Europe/Berlin", "Mars/Base")] == [True] * 4 + [False]


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai", "Africa/Casablanca", "UTC"]
)
def test_sql_and_python_know_the_same_clocks(zone: str) -> None:
    """Hours around every change of the clocks, and any others, against the database of zones."""
    dice = random.Random(zone)
    info = zoneinfo.ZoneInfo(zone)
    moments = [
        dt.datetime(dice.randint(1992, 2037), dice.randint(1, 12), dice.randint(1, 28), dice.randint(0, 23), 30)
        for _ in range(400)
    ]
    moments += [dt.datetime(2025, month, 1) + dt.timedelta(hours=hour) for month in (3, 10, 11) for hour in range(0, 744, 1)]
    texts = [f"{moment:%Y-%m-%dT%H:%M:%S}Z" for moment in moments]
    expected = [moment.replace(tzinfo=dt.UTC).astimezone(info).replace(tzinfo=None) for moment in moments]
    full = reading("time", [], Hints(zones=Zones(zone))).full("v")
    found = duckdb.sql(f"SELECT {full} FROM (SELECT unnest(?::VARCHAR[]) AS v)", params=[texts]).fetchall()
    assert [value for (value,) in found] == expected
    assert [read_time(text, zone) for text in texts] == expected
    naive = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments]
    local = reading("time", [], Hints(zones=Zones("UTC", zone))).full("v")
    found = duckdb.sql(f"SELECT {local} FROM (SELECT unnest(?::VARCHAR[]) AS v)", params=[naive]).fetchall()
    assert [value for (value,) in found] == [
        moment.replace(tzinfo=info).astimezone(dt.UTC).replace(tzinfo=None) for moment in moments
    ]


def test_hours_over_two_zones_are_exact() -> None:
    assert times.hours("2025-09-01T08:00:00+08:00", "2025-09-01T01:30:00Z") == 1.5
    assert times.hours("2025-09-01 08:00", "2025-09-01T01:30:00Z") == 1.5
    utc = dt.datetime(2025, 9, 1, 1, 30, tzinfo=dt.UTC)
    assert times.hours("2025-09-01 08:00", utc) == 1.5


def test_the_month_is_the_departments(tmp_path: Path) -> None:
    lines = ["1,张伟,2025-08-31T16:30:00Z,2025-08-31T18:30:00Z,inquiry", "2,张伟,2025-09-10T02:00:00Z,2025-09-10T03:00:00Z,inquiry",
             "3,张伟,2025-09-30T16:30:00Z,2025-09-30T18:30:00Z,inquiry"]  # fmt: skip
    path = write(tmp_path, "ticket_id,assignee,created_at,solved_at,type", *lines)
    done = kpi_xl("measure", path, "--period", "2025-09", "--measure", "volume", "--measure", "handling_hours")
    assert "│ 张伟 │      2 │             1.50 │" in done.stdout


def test_two_zones_in_a_row(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,2025-09-01T08:00:00+08:00,2025-09-01T01:30:00Z,咨询")
    done = kpi_xl("measure", path, "--period", "2025-09", "--measure", "handling_hours")
    assert "│ 张伟 │             1.50 │" in done.stdout
