"""``kpi-xl measure`` from files to JSON, tables and files; and the public call-centre data, where it is at hand."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from ..command_line import kpi_xl

CALLS = """通话编号,客服,班组,来电时间,是否接听,等待秒数,通话秒数,是否解决
1,赵一,一组,2025-09-01 08:00:00,是,20,100,是
2,赵一,一组,2025-09-02 08:00:00,是,41,60,否
3,赵一,一组,2025-09-03 08:00:00,否,,,
4,=钱二,二组,2025-09-03 09:00:00,是,5,60,是
5,=钱二,二组,2025-08-03 09:00:00,是,5,60,是
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    path = tmp_path / "通话.csv"
    path.write_text(CALLS, encoding="utf-8")
    return path


def rows_of(document, measure, period):
    return {
        row.get("agent") or row.get("team"): row
        for row in document["rows"]
        if (row["measure"], row["period"]) == (measure, period)
    }


def test_json_has_months_and_the_whole(calls):
    done = kpi_xl("measure", calls, "--period", "2025-Q3", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["period"], document["by"]) == ("2025-Q3", "agent")
    row = rows_of(document, "answered", "2025-Q3")["赵一"]
    assert (row["numerator"], row["denominator"], row["sample"], row["status"]) == (2, 3, 3, "ok")
    assert row["value"] == pytest.approx(2 / 3)
    assert rows_of(document, "wait_seconds", "2025-09")["赵一"]["value"] == 30.5
    assert rows_of(document, "answered", "2025-08")["赵一"]["status"] == "missing"
    assert rows_of(document, "fcr", "2025-Q3")["赵一"]["value"] is None


def test_a_month_has_one_row_per_subject_and_teams_add_up(calls):
    document = json.loads(kpi_xl("measure", calls, "--period", "2025-09", "--by", "team", "--json", "--measure", "calls").stdout)
    assert [(row["team"], row["numerator"]) for row in document["rows"] if row["measure"] == "calls"] == [
        ("一组", 3),
        ("二组", 1),
    ]


def test_the_table_names_what_is_missing_and_why(calls):
    done = kpi_xl("measure", calls, "--period", "2025-09")
    assert "66.67%" in done.stdout
    assert "导出中没有“工单”" in done.stdout
    english = kpi_xl("--lang", "en", "measure", calls, "--period", "2025-09")
    assert "the exports have no table tickets" in english.stdout


def test_files_keep_text_that_looks_like_a_formula(calls, tmp_path):
    for name in ("out.csv", "out.xlsx"):
        assert kpi_xl("measure", calls, "--period", "2025-09", "--out", tmp_path / name).returncode == 0
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = {(line["客服"], line["指标编号"]): line for line in csv.DictReader(file)}
    assert lines["'=钱二", "answered"]["数值"] == "1.0"
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    cells = [cell for row in sheet.iter_rows(min_row=2, min_col=2, max_col=2) for cell in row]
    assert {(cell.value, cell.data_type) for cell in cells} == {("赵一", "s"), ("=钱二", "s")}
    assert list(tmp_path.glob(".out*")) == []


def test_own_measures_definitions_evidence_and_comparison(calls, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        '[long_calls]\nname = "长通话占比"\ntable = "calls"\nof = "answered"\nhit = "talk_seconds >= 90"\nunit = "ratio"\n'
        'better = "lower"\n'
        'definition = "通话 90 秒以上的 / 已接听的"\n', encoding="utf-8",
    )  # fmt: skip
    document = json.loads(kpi_xl("measure", calls, "--period", "2025-09", "--measures", own, "--json").stdout)
    assert rows_of(document, "long_calls", "2025-09")["赵一"]["value"] == 0.5
    shown = json.loads(
        kpi_xl(
            "measure", calls, "--period", "2025-09", "--measures", own, "--measure", "long_calls", "--evidence", "--json"
        ).stdout
    )
    assert [(row["record"], row["counted"], row["hit"]) for row in shown["evidence"] if row["agent"] == "赵一"] == [
        ("1", True, True), ("2", True, False), ("3", False, None),
    ]  # fmt: skip
    compared = json.loads(kpi_xl("measure", calls, "--period", "2025-09", "--compare-definitions", "--json").stdout)
    assert {item["measure"] for item in compared["comparisons"]} >= {"fcr", "csat"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--period", "2025-13"], "考核周期"),
        (["--period", "2025-09", "--by", "planet"], "汇总"),
        (["--period", "2025-09", "--definition", "fcr"], "--definition"),
        (["--period", "2025-09", "--definition", "fcr=guess"], "口径"),
        (["--period", "2025-09", "--measure", "fcrr"], "fcr"),
        (["--period", "2025-09", "--out", "x.pdf"], ".csv"),
        (["--period", "2025-09", "--evidence"], "--measure"),
        (["--period", "2025-09", "--measures", "none.toml"], "none.toml"),
    ],
)
def test_unusable_arguments_exit_2_with_the_remedy(calls, arguments, words):
    done = kpi_xl("measure", calls, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "处理办法" in done.stderr
    assert done.stdout == ""


def test_one_unusable_file_among_others_is_exit_1_and_the_others_count(calls, tmp_path):
    empty = tmp_path / "空.csv"
    empty.write_bytes(b"")
    done = kpi_xl("measure", calls, empty, "--period", "2025-09", "--json")
    assert done.returncode == 1
    assert "空.csv" in done.stderr
    assert rows_of(json.loads(done.stdout), "calls", "2025-09")["赵一"]["value"] == 3
    assert kpi_xl("measure", empty, "--period", "2025-09").returncode == 2


@pytest.mark.data
def test_the_call_centre_file_gives_its_known_figures(test_data):
    done = kpi_xl("measure", test_data / "exports" / "call-centre.xlsx", "--period", "2021-Q1", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)

    def pooled(measure):
        rows = rows_of(document, measure, "2021-Q1").values()
        return sum(row["numerator"] for row in rows), sum(row["denominator"] for row in rows), len(rows)

    assert pooled("answered") == (4054, 5000, 8)
    assert pooled("resolved") == (3646, 4054, 8)
    waited, answered, _ = pooled("wait_seconds")
    assert round(Decimal(waited) / answered, 2) == Decimal("67.52")
    rated, count, _ = pooled("mean_rating")
    assert round(Decimal(rated) / count, 2) == Decimal("3.40")


@pytest.mark.slow
def test_the_benchmark_finds_equal_counts():
    script = Path(__file__).parents[2] / "benchmarks" / "measure.py"
    done = subprocess.run(
        [sys.executable, script, "--rows", "20000", "--repeat", "1", "--json"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["equal_counts"] > 500
    assert {"times_duckdb_sql", "times_faster_than_pandas", "peak_mb"} <= found.keys()
