"""A target is said in one way: page, form, cell function and ``scheme show`` agree for every indicator of every scheme."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.functions import FUNCTIONS
from kpi_xl.native.lowering import lower_template
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.schemes.inputs import median_key, part_key
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import Attainment, Band, Bands, EventDeduction, MedianRef, ParameterRef, Rule, Unit
from kpi_xl.schemes.targets import part_text, target_parts, target_text
from kpi_xl.scoring import score, with_parameters
from kpi_xl.scoring.model import Value
from kpi_xl.view.build import Dossier, build_view
from kpi_xl.view.figures import goal
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.outputs import cached_outputs

from .workbook_sheets import at, fill, names_of, recalculated


def states(scheme: Scheme) -> list[str]:
    """The scheme as it stands (unless it needs a variant) and with each variant."""
    plain = [] if scheme.required_variant else [scheme.id]
    return [*plain, *(f"{scheme.id}:{variant.id}" for variant in scheme.variants)]


REFERENCES = [reference for scheme in list_schemes() for reference in states(scheme)]


def filled_in(scheme: Scheme) -> Scheme:
    return with_parameters(scheme, {p.id: "3%" if p.unit == "ratio" else "7" for p in scheme.parameters})


def medians(scheme: Scheme) -> dict[str, Value]:
    return {median_key(i): Decimal("82.5") for i in scheme.indicators if i.traits.needs_median}


def in_the_form(cached: Mapping[str, object], indicator: Indicator) -> str:
    """What the target column says: one row, or a row for each part of a composite."""
    parts = indicator.traits.parts
    keys = [part_key(indicator, part.id) for part in parts] if parts else [indicator.id]
    return "；".join(str(cached[f"target_{key}"]) for key in keys)


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("months", [1, 3, 12])
def test_page_and_form_say_the_same(reference: str, months: int) -> None:
    scheme = filled_in(load_scheme(reference))
    for values in ({}, medians(scheme)):
        appraisal = score(scheme, values, months=months)
        period = {1: "2025-09", 3: "2025-Q3", 12: "2025"}[months]
        view = build_view(
            Dossier(
                scheme=scheme,
                appraisal=appraisal,
                values=values,
                person=Person("007", "欧阳晓明", "华东一组"),
                period=Period.parse(period),
                issued_at=dt.datetime(2025, 10, 9, 9),
            )
        )
        cached = cached_outputs(scheme, values, appraisal, months=months)
        shown = {line.id: line for line in view.indicators}
        for indicator in scheme.indicators:
            expected = target_text(scheme, indicator, values, months)
            assert shown[indicator.id].target_text == expected
            assert in_the_form(cached, indicator) == cached[f"target_{indicator.id}"] == expected
            if indicator.traits.parts:
                assert "；".join(f"{p.name} {p.target_text}" for p in shown[indicator.id].parts) == expected


@pytest.mark.parametrize("reference", REFERENCES)
def test_the_cell_function_says_the_number_or_the_same_words(reference: str) -> None:
    scheme = load_scheme(reference)
    for indicator in scheme.indicators:
        first = target_parts(scheme, indicator)[0]
        found = FUNCTIONS["KPI_TARGET"](indicator.id, reference)
        if first.better is not None and first.value is not None:
            assert found == pytest.approx(float(first.value))
        else:
            assert found == part_text(first)


@pytest.mark.parametrize("base", list_schemes(), ids=lambda scheme: scheme.id)
def test_scheme_show_and_the_page_of_a_month_say_the_same(base: Scheme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    for reference in states(base):
        scheme = load_scheme(reference)
        lines = CliRunner().invoke(app, ["scheme", "show", reference]).output.splitlines()
        for indicator in scheme.indicators:
            shown = re.split(r"  +", next(line for line in lines if f"{indicator.name} {indicator.id} " in line).strip())
            assert re.sub(r"（每[月季]）", "", shown[2]) == goal(scheme, indicator, {}, 1).text


def test_the_words() -> None:
    def said(rule: Attainment | EventDeduction | Bands, unit: str = "ratio", **context: object) -> str:
        indicator = Indicator("x", "指标", "g", Decimal(10), unit, rule)  # type: ignore[arg-type]
        return target_text(load_scheme("department-head"), indicator, **context)  # type: ignore[arg-type]

    assert said(Attainment(Decimal("0.85"))) == "≥ 85%"
    assert said(Attainment(Decimal(24), "lower"), "hours") == "≤ 24 小时"
    assert said(Attainment(Decimal(2), per_month=True), "count") == "≥ 2（每月）"
    assert said(Attainment(Decimal(2), per_month=True), "count", months=3) == "≥ 6"
    assert said(Attainment(Decimal("0.05"), "lower", absolute=True)) == "≤ ±5%"
    assert said(Attainment(MedianRef())) == "≥ 团队中位数"
    assert said(Attainment(MedianRef()), values={"x.median": Decimal("0.82")}) == "≥ 82%（团队中位数）"
    assert said(Attainment(ParameterRef("complaint_days_limit"), "lower"), "days") == "≤ ［待公司填写］"
    assert said(EventDeduction(Decimal(1)), "count") == "0 次"
    assert said(EventDeduction(Decimal(1), Decimal(3), per_quarter=True), "count") == "≤ 3 次（每季）"
    assert said(EventDeduction(Decimal(1), Decimal(3), per_quarter=True), "count", months=12) == "≤ 12 次"


def test_the_bound_of_bands_is_where_full_marks_begin() -> None:
    def said(better: str, *bands: tuple[int, int, str | None, str | None]) -> str:
        made = tuple(
            Band(Decimal(a), Decimal(b), first and Decimal(first), last and Decimal(last))  # type: ignore[arg-type]
            for a, b, first, last in bands
        )
        indicator = Indicator("x", "指标", "g", Decimal(10), "ratio", Bands(better, made))  # type: ignore[arg-type]
        return target_text(load_scheme("appliance-agent"), indicator)

    rising = [(10, 10, "0.95", None), (8, 10, "0.9", "0.95"), (0, 0, None, "0.9")]
    assert said("higher", *rising) == said("higher", *reversed(rising)) == "≥ 95%"
    assert said("lower", (10, 10, None, "0.01"), (10, 8, "0.01", "0.02"), (0, 0, "0.02", None)) == "≤ 1%"
    assert said("higher", (10, 10, "0.9", "0.95"), (10, 10, "0.95", None), (0, 0, None, "0.9")) == "≥ 90%"
    middle = [(5, 5, "0.95", None), (10, 10, "0.9", "0.95"), (0, 0, None, "0.9")]
    assert said("higher", *middle) == "按分段", "the best values have an end on either side"
    assert said("higher", (10, 10, None, None)) == "按分段"


@pytest.mark.office
@pytest.mark.slow
def test_a_spreadsheet_program_computes_the_same_texts(soffice: str, tmp_path: Path) -> None:
    """Blank forms with and without the company's numbers and the team's median, for a month and for a year."""
    files, expected = [], []
    for scheme, values, months in _contexts():
        form = lower_template(build_form(scheme), scheme).data
        inputs = names_of(form, "in_")
        cells = {inputs[name]: value for key, value in {"months": months, **values}.items() if (name := _name(key)) in inputs}
        files.append(tmp_path / f"{len(files)}.xlsx")
        files[-1].write_bytes(fill(form, cells))  # type: ignore[arg-type]
        expected.append((scheme, values, months, names_of(form, "out_")))
    compared = 0
    for table, (scheme, values, months, outputs) in zip(recalculated(files, tmp_path / "out"), expected, strict=True):
        for indicator in scheme.indicators:
            parts = indicator.traits.parts
            keys = [part_key(indicator, part.id) for part in parts] if parts else [indicator.id]
            for key, text in zip(keys, target_text(scheme, indicator, values, months).split("；"), strict=True):
                cell = outputs.get(f"target_{_name(key)}")
                assert cell is None or at(table, cell) == text, (scheme.reference, key)
                compared += cell is not None
    assert compared > 150


def _contexts() -> Iterator[tuple[Scheme, dict[str, Value], int]]:
    """Each form with a target that no form before it had: as it comes, and with everything that can be known of a year."""
    seen: set[tuple[Rule, Unit]] = set()
    for reference in REFERENCES:
        scheme = load_scheme(reference)
        targets = {(indicator.rule, indicator.unit) for indicator in scheme.indicators}
        if targets <= seen:
            continue
        seen |= targets
        yield scheme, {}, 1
        filled, values = filled_in(scheme), medians(scheme)
        by_period = any(part.each for indicator in scheme.indicators for part in target_parts(scheme, indicator))
        if filled != scheme or values or by_period:
            yield filled, values, 12


def _name(key: str) -> str:
    return key.replace(".", "__")
