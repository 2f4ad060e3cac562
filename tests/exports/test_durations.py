"""Durations: by the unit of the header, of the value, of the mapping file; a bare number that is no second is asked about."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.exports import Tables, read_exports
from kpi_xl.exports.columns.vocabulary import unit_of
from kpi_xl.exports.rows.durations import unit_of_column

from .files import NOW, write


def waits(tables: Tables) -> list[int | None]:
    return [value for (value,) in tables.connection.execute("SELECT talk_seconds FROM calls ORDER BY row").fetchall()]


def units(tables: Tables) -> list[tuple[str, str | None]]:
    return [(d.ground, d.answer) for d in tables.decisions if d.kind.code == "unit"]


def calls(folder: Path, header: str, *values: str) -> Path:
    return write(folder, f"坐席,来电时间,{header}", *[f'张伟,2025/9/1 8:00,"{value}"' for value in values])


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("通话时长（分钟）", "minutes"), ("通话时长(min)", "minutes"), ("通话时长(分)", "minutes"), ("talk_min", "minutes"), ("Talk time [min]", "minutes"), ("duration_minutes", "minutes"),
        ("通话时长（小时）", "hours"), ("处理时长(h)", "hours"), ("net_hours", "hours"), ("净历时（H）", "hours"), ("处理天数", "days"), ("历时（天）", "days"), ("通话秒数", "seconds"),
        ("talk_sec", "seconds"), ("wait_s", "seconds"), ("Speed of answer in seconds", "seconds"), ("通话时长", None), ("duration", None), ("今天处理时长", None), ("status", None),
    ],
)  # fmt: skip
def test_units_in_headers(header: str, unit: str | None) -> None:
    assert unit_of(header) == unit


@pytest.mark.parametrize(
    ("header", "value", "seconds"),
    [
        ("通话时长（分钟）", "1.5", 90), ("通话时长（小时）", "0.5", 1_800), ("通话时长（小时）", "1:30", 5_400), ("通话时长(h)", "36:00:00", 129_600), ("通话时长（天）", "2", 172_800),
        ("通话时长（分钟）", "1小时20分", 4_800), ("通话时长", "1小时20分", 4_800), ("通话时长", "90分钟", 5_400), ("通话时长", "2天3小时", 183_600), ("通话时长", "36:00:00", 129_600),
        ("通话时长", "00:45", 45), ("通话时长", "1.5h", 5_400), ("通话时长", "1，200", 1_200), ("通话时长", "１２０", 120), ("通话时长(秒)", "0.00165509", 143), ("通话时长（分钟）", "12", 720),
    ],
)  # fmt: skip
def test_values(tmp_path: Path, header: str, value: str, seconds: int) -> None:
    assert waits(read_exports([calls(tmp_path, header, value)], now=NOW)) == [seconds]


def test_several_ways_in_one_column(tmp_path: Path) -> None:
    tables = read_exports([calls(tmp_path, "通话时长（分钟）", "2", "90秒", "1小时", "0:05:00")], now=NOW)
    assert waits(tables) == [120, 90, 3_600, 300]
    assert units(tables) == [("read", "minutes")]


@pytest.mark.parametrize("values", [("143", "95", "212"), ("0", "67.5", "80"), ("", "-")])
def test_numbers_of_the_size_of_seconds_are_not_asked_about(tmp_path: Path, values: tuple[str, ...]) -> None:
    tables = read_exports([calls(tmp_path, "通话时长", *values)], now=NOW)
    assert not [d for d in tables.decisions if d.stops]


@pytest.mark.parametrize("values", [("1.5", "2.38", "0.7"), ("3", "2", "5", "4")])
def test_numbers_that_are_no_seconds_are_a_guess(tmp_path: Path, values: tuple[str, ...]) -> None:
    path = calls(tmp_path, "通话时长", *values)
    tables = read_exports([path], now=NOW)
    assert units(tables) == [("guess", "minutes")]
    (decision,) = tables.decisions
    assert decision.stops
    assert decision.setting == "export.calls.meaning.talk_seconds"
    mapping = tmp_path / "m.toml"
    mapping.write_text(decision.line("hours") + "\n", encoding="utf-8")
    declared = read_exports([path], mapping=mapping, now=NOW)
    assert units(declared) == [("declared", "hours")]
    assert waits(declared)[0] == round(float(values[0]) * 3_600)


def test_a_unit_that_is_none_is_named(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[export]]\n[export.calls]\nmeaning = { talk_seconds = "fortnights" }\n', encoding="utf-8")
    with pytest.raises(KpiError) as refused:
        read_exports([calls(tmp_path, "通话时长", "1")], mapping=mapping, now=NOW)
    assert refused.value.problems[0].where == "export[0].calls.meaning.talk_seconds"


def test_a_second_column_tells_the_unit() -> None:
    hours = [("1.5", 5_400.0), ("20", 90_000.0), ("3", 11_000.0)]
    found = unit_of_column("tickets", "net_seconds", "净历时", [value for value, _ in hours], None, hours)
    assert (found.name, found.ground) == ("hours", "read")
    alone = unit_of_column("tickets", "net_seconds", "净历时", ["1.5", "20", "3"], None)
    assert (alone.name, alone.ground) == ("hours", "guess")


def test_how_many_values_a_decision_is_about(tmp_path: Path) -> None:
    (decision,) = read_exports([calls(tmp_path, "通话时长（分钟）", "2", "-", "3")], now=NOW).decisions
    assert (decision.count, decision.file, decision.header) == (2, "工单.csv", "通话时长（分钟）")


@pytest.mark.parametrize(("header", "ground"), [("通话时长", "guess"), ("通话时长（秒）", "read")])
def test_numbers_too_large_for_seconds_are_asked_about(tmp_path: Path, header: str, ground: str) -> None:
    """Milliseconds, as some telephone systems export them; a header that says seconds is believed."""
    tables = read_exports([calls(tmp_path, header, "95000", "181000", "240000")], now=NOW)
    assert units(tables) == [(ground, "seconds")]
