# ruff: noqa: E501 - one strategy a line
"""TOML -> scheme -> TOML -> scheme loses nothing."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from kpi_xl.errors import KpiError, Problem
from kpi_xl.periods import Reckoning
from kpi_xl.schemes import list_schemes, load_scheme, read_scheme_text, write_scheme
from kpi_xl.schemes import model as m
from kpi_xl.schemes import rule_kinds as k
from kpi_xl.schemes.codec import read_scheme_table, scheme_table
from kpi_xl.standard import open_scheme
from kpi_xl.standard.plan import plan_standard
from kpi_xl.standard.sheet import draw_standard


@pytest.mark.parametrize("scheme", list_schemes(), ids=lambda s: s.id)
def test_built_in_schemes_survive(scheme: m.Scheme) -> None:
    assert read_scheme_text(write_scheme(scheme), "again") == scheme


def test_applied_variants_survive() -> None:
    both = load_scheme("appliance-agent:technical+promotion")
    assert read_scheme_text(write_scheme(both), "again") == both


def test_coefficients_keep_their_digits() -> None:
    assert "coefficient = 1.0\n" in write_scheme(load_scheme("appliance-agent"))


text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
ids = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
numbers = st.decimals(-1000, 1000, places=3) | st.integers(0, 100).map(Decimal)
sources = st.builds(m.Source, st.sampled_from(["document", "decided"]), text.map(lambda t: t.strip() or "x"))
targets = st.one_of(numbers, st.builds(k.ParameterRef, ids), st.just(k.MedianRef()))
better = st.sampled_from(["higher", "lower"])
maybe = st.none() | numbers


def pairs(values):
    return st.dictionaries(text.filter(bool), values, max_size=3).map(lambda d: tuple(d.items()))


def tuples(values, most=2):
    return st.lists(values, max_size=most).map(tuple)


by_kind = {
    k.Attainment: st.builds(k.Attainment, targets, better, st.booleans(), st.booleans()),
    k.AllOrNothing: st.builds(k.AllOrNothing, targets, better),
    k.ShortfallDeduction: st.builds(k.ShortfallDeduction, targets, numbers, numbers, better),
    k.EventDeduction: st.builds(k.EventDeduction, numbers, numbers, st.booleans()),
    k.Bands: st.builds(k.Bands, better, tuples(st.builds(k.Band, numbers, numbers, maybe, maybe))),
    k.Choice: st.builds(k.Choice, pairs(numbers)),
    k.Rating: st.builds(k.Rating, numbers, tuples(st.tuples(numbers, numbers))),
    k.Split: st.builds(
        k.Split,
        tuples(st.builds(k.Part, ids, text, targets, better, st.none() | st.just("ratio"), st.booleans())),
        st.none() | ids,
    ),
    k.RatingCounts: st.builds(k.RatingCounts, st.integers(2, 9), ids, ids, numbers),
    k.Adjustment: st.builds(k.Adjustment, st.sampled_from([1, -1]), numbers, maybe),
}
rules = st.one_of(*(by_kind[kind] for kind in get_args(k.Rule)))
units = st.sampled_from(get_args(k.Unit))
indicators = st.builds(
    m.Indicator, ids, text, ids, numbers, units, rules, text, st.none() | ids, text, text, tuples(text), maybe, maybe,
    st.integers(1, 9), st.none() | ids, pairs(sources),
)  # fmt: skip
cycles = tuples(st.sampled_from(["month", "quarter", "year"]))
variants = st.builds(
    m.Variant, ids, text, text, tuples(ids), pairs(numbers), pairs(text), pairs(text), tuples(ids), tuples(indicators, 1), st.none() | sources, cycles
)  # fmt: skip
schemes = st.builds(
    m.Scheme,
    ids, text, text, cycles, text,
    groups=tuples(st.builds(m.Group, ids, text, maybe, st.booleans(), st.none() | sources)),
    indicators=tuples(indicators),
    number=st.integers(0, 20),
    total=numbers,
    provisional=st.booleans(),
    bounds=st.none() | st.tuples(numbers, numbers),
    definitions=pairs(text),
    notes=tuples(text),
    appeal=st.none() | st.builds(m.Appeal, text, st.none() | st.integers(1, 9), st.none() | sources),
    bonus=st.none() | st.builds(m.Bonus, st.sampled_from(["coefficient", "total"]), st.none() | ids, st.none() | sources),
    raters=st.none() | st.builds(m.Raters, tuples(st.builds(m.RaterGroup, ids, text, st.booleans())), st.integers(1, 5)),
    grades=tuples(st.builds(m.Grade, text, numbers, maybe, tuples(text), st.none() | sources)),
    streaks=tuples(st.builds(m.Streak, text, st.integers(1, 5), text, st.none() | sources)),
    parameters=tuples(st.builds(m.Parameter, ids, text, units, maybe, text)),
    facts=tuples(st.builds(m.Fact, ids, text, units, text, st.none() | ids, text)),
    figures=tuples(st.builds(m.Figure, ids, text, units, tuples(tuples(ids)), st.none() | ids, st.none() | sources)),
    rollups=tuples(st.builds(m.Rollup, st.just("year"), tuples(st.builds(m.RollupPart, st.just("quarter"), numbers, st.integers(1, 4))))),
    key_results=tuples(st.builds(m.KeyResult, ids, text, units, numbers, st.booleans())),
    checklists=tuples(st.builds(m.Checklist, ids, text, tuples(text), text)),
    variants=tuples(variants, 1),
)  # fmt: skip


@given(scheme=schemes)
@settings(max_examples=80, deadline=None)
def test_nothing_is_lost(scheme: m.Scheme) -> None:
    problems: list[Problem] = []
    again = read_scheme_table(tomllib.loads(write_scheme(scheme), parse_float=Decimal), problems)
    assert problems == []
    assert again == scheme
    assert scheme_table(again) == scheme_table(scheme)


def test_how_the_months_are_reckoned_goes_through_file_and_sheet(tmp_path: Path) -> None:
    scheme = replace(load_scheme("appliance-agent"), month_starts=26, basis="archived")
    file = tmp_path / "方案.toml"
    file.write_text(write_scheme(scheme), encoding="utf-8")
    assert load_scheme(file) == scheme
    book = Workbook()
    draw_standard(book, plan_standard(scheme), scheme)
    book.save(tmp_path / "方案.xlsx")
    read = open_scheme(tmp_path / "方案.xlsx")
    assert (read.month_starts, read.basis) == (26, "archived")
    assert read.reckoning == Reckoning(26, "archived")
    plain = {str(row[0]) for row in plan_standard(load_scheme("appliance-agent")).section("scheme").section.rows}
    assert not plain & {"考核月起始日", "工单归入月份"}  # nothing new on the sheets of schemes that do not say it


@pytest.mark.parametrize("said", ["month_starts = 0", "month_starts = 29", 'basis = "paid"', 'month_starts = "26日"'])
def test_a_scheme_cannot_reckon_its_months_otherwise(said: str, tmp_path: Path) -> None:
    file = tmp_path / "方案.toml"
    file.write_text(f"{said}\n{write_scheme(load_scheme('appliance-agent'))}", encoding="utf-8")
    with pytest.raises(KpiError) as caught:
        load_scheme(file)
    assert [problem.where for problem in caught.value.problems] == [said.partition(" ")[0]]
