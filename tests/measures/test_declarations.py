"""Declarations: the built-in ones obey the rules for users' files; users' files are refused with place, reason and remedy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.measures import built_in_catalog, load_catalog, measure_tables
from kpi_xl.measures.base import base_views
from kpi_xl.measures.check import check_expression, check_measures
from kpi_xl.measures.docs import measures_page
from kpi_xl.measures.evidence import evidence

from .september import SEPTEMBER, TICKETS, at
from .tables_for_tests import make_tables

GOOD = """
[quick_close]
name = "四小时办结率"
table = "tickets"
of = "closed_at IS NOT NULL AND kind <> '安装'"
left_out = "未办结或安装单"
hit = "date_diff('second', created_at, closed_at) <= {hours} * 3600"
parameters = { hours = 6 }
unit = "ratio"
better = "higher"
definition = "{hours} 小时内办结的工单 / 已办结的非安装工单"

[quick_close.alternatives.day]
hit = "closed_at <= created_at + INTERVAL {days} DAY"
parameters = { days = 1 }
definition = "{days} 天内办结"
"""


def load(tmp_path: Path, text: str):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return load_catalog(path)


def test_a_measure_of_ones_own_runs_with_its_evidence_and_alternative(tmp_path):
    catalog = load(tmp_path, GOOD)
    tables = make_tables({"tickets": TICKETS}, data_end=at("2025-10-05 00:00"))
    row = measure_tables(tables, SEPTEMBER, catalog=catalog, measures=["quick_close"]).inputs()["赵一"]["quick_close"]
    assert (row.numerator, row.denominator) == (1, 2)
    day = measure_tables(tables, SEPTEMBER, catalog=catalog, measures=["quick_close"], definitions={"quick_close": "day"})
    assert day.inputs()["赵一"]["quick_close"].numerator == 2
    reasons = {row.record: row.reason for row in evidence(tables, SEPTEMBER, ["quick_close"], catalog=catalog)}
    assert reasons == {"001": "计入，达标", "002": "计入，未达标", "003": "未办结或安装单", "004": "未办结或安装单"}


def test_every_mistake_of_a_file_is_told_at_once(tmp_path):
    text = """
    [a]
    name = "甲"
    table = "tickets"
    hit = "nosuch = 1"
    unit = "ratio"
    better = "higher"
    definition = "甲"
    [b]
    name = "乙"
    table = "tickets"
    hit = "getenv('HOME') = 'x'"
    unit = "ratio"
    better = "higher"
    definition = "乙"
    [c]
    name = "丙"
    table = "tickets"
    value = "kind"
    unit = "points"
    better = "higher"
    definition = "丙"
    [fcr]
    name = "丁"
    table = "tickets"
    hit = "reopened"
    unit = "ratio"
    better = "lower"
    definition = "丁"
    """
    with pytest.raises(KpiError) as caught:
        load(tmp_path, text)
    told = {problem.where: problem.message.en for problem in caught.value.problems}
    assert "no column 'nosuch'" in told["own.toml: [a].hit"]
    assert "function getenv is not allowed" in told["own.toml: [b].hit"]
    assert "must be a number" in told["own.toml: [c].value"]
    assert "taken" in told["own.toml: fcr"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[x]\nname = 3\n", "[x].name"),
        ('[x]\ntable = "roster"\n', "[x].table"),
        ('[x]\nunit = "furlongs"\n', "[x].unit"),
        ('[x]\nhitt = "TRUE"\n', "[x].hitt"),
        ('[x]\nhit = "TRUE"\nvalue = "1"\n', "[x]"),
        ('[x]\nper = "1"\n', "[x].per"),
        ("[x]\nparameters = { days = -1 }\n", "[x].parameters"),
        ('[x]\nwhen = "kind"\ntable = "tickets"\n', "[x].when"),
        ("[X]\n", "[X]"),
        ("x = 1\n", "[x]"),
        ('[x.alternatives.y]\nhit = "TRUE"\n', "[x.alternatives.y].definition"),
        ('[x.parts.y]\ntable = "calls"\n', "[x.parts.y].table"),
    ],
)
def test_wrong_keys_and_values_are_placed(tmp_path, text, where):
    with pytest.raises(KpiError) as caught:
        load(tmp_path, text)
    assert f"own.toml: {where}" in {problem.where for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        ('[x]\nhitt = "TRUE"\n', "[x].hitt", "hit"),
        ("[x]\npart = 1\n", "[x].part", "parts"),
        ("[x]\nparts = 1\n", "[x.parts.…]", "[x.parts.normal]"),
        ('[x.alternatives.y]\ndefinition = "d"\nhits = "TRUE"\n', "[x.alternatives.y].hits", "hit"),
        ('[x]\nbetter = "hihger"\n', "[x].better", "higher"),
        ('[x]\ntable = "ticket"\n', "[x].table", "tickets"),
        ('[x]\ntable = "tickets"\noptional = ["customers"]\n', "[x].optional", "customer"),
        ("[x]\nmin_sample = 0\n", "[x].min_sample", "5"),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest_right_one(tmp_path, text, where, remedy):
    with pytest.raises(KpiError) as caught:
        load(tmp_path, text)
    found = {problem.where: problem.remedy.zh for problem in caught.value.problems}
    assert remedy in found[f"own.toml: {where}"]


def test_a_file_that_is_no_toml_or_absent_is_refused(tmp_path):
    with pytest.raises(KpiError, match="TOML"):
        load(tmp_path, "[x\n")
    with pytest.raises(KpiError, match="打不开"):
        load_catalog(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "text",
    [
        "read_csv('/etc/passwd')", "(SELECT 1)", "TRUE; DROP TABLE tickets", "count(*) > 1",
        "lag(created_at) OVER () > created_at",
        "tickets.agent = 'x'", "contacts IN (SELECT 1)", "EXISTS (SELECT 1)", "created_at > now()", "contacts = (",
        "contacts[1] = 1",
        "[x FOR x IN [1]]", "COLUMNS(*) = 1", "contacts::JSON = '1'", "$1 = 2", "{weeks} > 1", "kind COLLATE NOCASE = 'x'",
        "random() > 0.5",
        "regexp_matches(kind, '(a+)+')", "getvariable('x') = 1", "contacts = 918273000", "x -> x + 1", "kind = current_user", "",
        "1" + " + 1" * 3000, "row = 1", "source = 0",
    ],
)  # fmt: skip
def test_what_is_not_an_expression_over_known_columns_is_refused(text):
    sql, problems = check_expression(text, "tickets", "x", ["days"])
    assert sql is None
    assert problems


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("contacts = 1 -- a comment", '"contacts" = 1'),
        ("contacts BETWEEN 1 AND {days}", '"contacts" BETWEEN 1 AND {days}'),
        ("created_at < {data_end} - INTERVAL {days} DAY", '"created_at" < {data_end} - INTERVAL {days} DAY'),
        ("kind = 'it''s; DROP'", "\"kind\" = 'it''s; DROP'"),
    ],
)
def test_what_runs_is_what_was_understood(text, written):
    assert check_expression(text, "tickets", "x", ["days"]) == (written, [])


def test_the_column_of_events_that_is_a_keyword_can_be_used():
    sql, problems = check_expression('hour("at") < 12', "events", "x")
    assert (sql, problems) == ('HOUR("at") < 12', [])


def test_the_built_in_measures_obey_the_same_rules():
    _, problems = check_measures(built_in_catalog().measures.values())
    assert problems == []


def test_written_back_measures_count_the_same(tmp_path):
    checked, _ = check_measures(built_in_catalog().measures.values())
    from kpi_xl.measures.catalog import Catalog

    tables = make_tables({"tickets": TICKETS}, data_end=at("2025-10-05 00:00"))
    again = measure_tables(tables, SEPTEMBER, catalog=Catalog({measure.id: measure for measure in checked}))
    assert again.counts == measure_tables(tables, SEPTEMBER).counts


def test_every_base_view_declares_what_it_is():
    for view in base_views():
        assert view.columns, view.name
        assert "{table}" in view.sql


def test_the_documentation_page_is_current():
    page = Path(__file__).parents[2] / "docs" / "measures.md"
    assert page.read_text(encoding="utf-8") == measures_page(), "run python -m kpi_xl.measures.docs docs/measures.md"


def test_measures_of_built_in_schemes_exist():
    from kpi_xl.schemes import list_schemes

    known = set(built_in_catalog().measures)
    for scheme in list_schemes():
        added = [indicator for variant in scheme.variants for indicator in variant.add]
        named = {indicator.measure for indicator in (*scheme.indicators, *added) if indicator.measure}
        assert named <= known, (scheme.id, named - known)


def test_the_fast_path_does_not_import_sqlglot_or_pandas():
    code = (
        "import sys, kpi_xl.measures as m; m.built_in_catalog(); "
        "print(sorted({'sqlglot', 'pandas', 'chinese_calendar', 'openpyxl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
