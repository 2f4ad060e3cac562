"""The sheet 评级标准: lossless both ways, mistakes with their cells, and what HR changes there changes the result."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_xl.errors import KpiError, Place
from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.schemes.codec import read_scheme_table, scheme_table
from kpi_xl.schemes.model import Grade, Parameter, Scheme, Source
from kpi_xl.scoring import score
from kpi_xl.standard import read_scheme
from kpi_xl.standard.decode import read_rows
from kpi_xl.standard.overview import overview, overview_outputs
from kpi_xl.standard.plan import plan_standard
from kpi_xl.standard.read import sheet_rows
from kpi_xl.standard.tables import TABLES
from kpi_xl.workbook import write_scheme_workbook
from kpi_xl.workbook.build import build_form

TITLES = {title for title, _columns in TABLES.values()}
EVERY = [scheme.id for scheme in list_schemes()]


def base(scheme_id: str) -> Scheme:
    return next(scheme for scheme in list_schemes() if scheme.id == scheme_id)


def cell_of(scheme: Scheme, *key: str) -> str:
    return plan_standard(scheme).ref(*key).partition("!")[2].replace("$", "")


@pytest.mark.parametrize("scheme_id", EVERY)
def test_a_scheme_comes_back_from_the_sheet_as_it_was(scheme_id: str, tmp_path: Path) -> None:
    file = tmp_path / "scheme.xlsx"
    file.write_bytes(write_scheme_workbook(base(scheme_id)))
    assert read_scheme(file) == base(scheme_id)


def test_a_sheet_saved_in_the_words_of_before_is_read(tmp_path: Path) -> None:
    file = tmp_path / "before.xlsx"
    file.write_bytes(write_scheme_workbook(base("role-360")))
    book = openpyxl.load_workbook(file)
    before = {"评分人": "评价人", "评分人出处": "评价人出处"}
    cells = [cell for row in book["评级标准"].iter_rows() for cell in row if cell.value in before]
    assert {cell.value for cell in cells} == set(before)
    for cell in cells:
        cell.value = before[str(cell.value)]
    book.save(file)
    assert read_scheme(file) == base("role-360")


@pytest.mark.parametrize("reference", ["appliance-agent:technical+promotion", "role-360:manager", "monthly-bonus:other"])
def test_a_form_of_a_variant_gives_the_scheme_with_the_variant_worked_in(reference: str, tmp_path: Path) -> None:
    file = tmp_path / "form.xlsx"
    scheme = load_scheme(reference)
    file.write_bytes(build_form(scheme))
    assert read_scheme(file) == scheme


@pytest.mark.parametrize("scheme_id", EVERY)
def test_what_is_printed_has_no_ids_and_follows_the_tables_below(scheme_id: str) -> None:
    scheme = base(scheme_id)
    scheme = load_scheme(scheme_id, [scheme.variants[0].id]) if scheme.required_variant else scheme
    plan = plan_standard(scheme)
    sheet = openpyxl.load_workbook(io.BytesIO(build_form(scheme)))["评级标准"]
    assert sheet.print_area == f"'评级标准'!$A$1:$I${plan.last_printed_row}"
    assert sheet.page_setup.orientation == "landscape"
    printed = [
        cell for row in sheet.iter_rows(min_row=5, max_row=plan.last_printed_row) for cell in row if cell.value is not None
    ]
    values = overview_outputs(scheme, plan)
    shown = {str(value) for value in values.values()}
    assert not shown & ({i.id for i in scheme.indicators} | {g.id for g in scheme.groups} | {"urgent"})
    assert {i.name for i in scheme.indicators} | {g.name for g in scheme.grades} <= shown
    assert len([cell for cell in printed if str(cell.value).startswith("=")]) == len(values)
    assert not {table.title for table in overview(scheme, plan)} & TITLES


texts = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)
numbers = st.decimals(0, 10**6, places=4).map(lambda n: n.normalize() + 0)
sources = st.one_of(st.none(), st.builds(Source, st.just("document"), st.just("")), st.builds(Source, st.just("decided"), texts))


@st.composite
def changed(draw: Callable[..., object]) -> Scheme:
    """A built-in scheme with arbitrary texts and numbers in it; it need not be a valid one."""
    scheme = base(str(draw(st.sampled_from(EVERY))))
    indicators = tuple(
        replace(i, name=draw(texts), weight=draw(numbers), definition=draw(texts), min_sample=draw(st.integers(1, 99)))
        for i in scheme.indicators
    )
    lower = sorted(draw(st.lists(st.decimals(0, 100, places=2), max_size=4, unique=True)), reverse=True)  # type: ignore[type-var]
    grades = tuple(
        Grade(draw(texts), one, draw(st.one_of(st.none(), numbers)), tuple(draw(st.lists(texts, max_size=3))), draw(sources))  # type: ignore[arg-type]
        for one in lower
    )
    parameters = tuple(Parameter(f"p{n}", draw(texts), "ratio", draw(st.one_of(st.none(), numbers))) for n in range(2))  # type: ignore[arg-type]
    return replace(scheme, indicators=indicators, grades=grades, streaks=(), parameters=parameters, notes=(draw(texts),))  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scheme=changed())
def test_whatever_a_scheme_says_comes_back(scheme: Scheme, tmp_path: Path) -> None:
    file = tmp_path / "any.xlsx"
    file.write_bytes(write_scheme_workbook(scheme))
    problems: list[object] = []
    read = read_scheme_table(read_rows(sheet_rows(file), file.name).table, problems)  # type: ignore[arg-type]
    assert not problems
    assert scheme_table(read) == scheme_table(scheme)


def test_hr_changes_weights_and_the_score_follows(tmp_path: Path) -> None:
    scheme, file = load_scheme("appliance-agent"), tmp_path / "mine.xlsx"
    file.write_bytes(write_scheme_workbook(scheme))
    book = openpyxl.load_workbook(file)
    sheet = book["评级标准"]
    sheet[cell_of(scheme, "weight", "csat")] = 10
    sheet[cell_of(scheme, "weight", "repeat_complaint")] = "15"
    sheet[cell_of(scheme, "target", "fcr")] = "80%"
    book.save(file)
    mine = read_scheme(file)
    assert (mine.indicator("repeat_complaint").weight, mine.indicator("csat").weight) == (Decimal(15), Decimal(10))
    assert score(mine, {"fcr": "0.4", "csat": "0.45"}).so_far == Decimal("15.00")


def test_every_mistake_on_the_sheet_is_reported_with_its_cell(tmp_path: Path) -> None:
    scheme, file = load_scheme("appliance-agent"), tmp_path / "wrong.xlsx"
    file.write_bytes(write_scheme_workbook(scheme))
    book = openpyxl.load_workbook(file)
    sheet = book["评级标准"]
    weight, target = cell_of(scheme, "weight", "fcr"), cell_of(scheme, "target", "handling_hours", "urgent")
    sheet[weight] = "很多"
    sheet[target] = "四小时"
    book.save(file)
    with pytest.raises(KpiError) as caught:
        read_scheme(file)
    places = {problem.where for problem in caught.value.problems}
    assert {f"评级标准!{weight}", f"评级标准!{target}"} <= places


def test_weights_that_do_not_add_up_are_reported_on_the_sheet(tmp_path: Path) -> None:
    scheme, file = load_scheme("appliance-agent"), tmp_path / "sum.xlsx"
    file.write_bytes(write_scheme_workbook(scheme))
    book = openpyxl.load_workbook(file)
    book["评级标准"][cell_of(scheme, "weight", "fcr")] = 30
    book.save(file)
    with pytest.raises(KpiError) as caught:
        read_scheme(file)
    assert all(problem.where.startswith("评级标准") for problem in caught.value.problems)


def test_an_unknown_header_and_an_unknown_word_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "head.xlsx"
    file.write_bytes(write_scheme_workbook(load_scheme("appliance-agent")))
    book = openpyxl.load_workbook(file)
    sheet = book["评级标准"]
    found = {str(cell.value): cell for row in sheet.iter_rows() for cell in row if cell.value}
    found["权重"].value = "份量"
    found["达成率"].value = "达标率"
    where = {f"评级标准!{cell}" for cell in _cells(sheet, ("份量", "达标率"))}
    book.save(file)
    with pytest.raises(KpiError) as caught:
        read_scheme(file)
    assert where <= {problem.where for problem in caught.value.problems}


def _cells(sheet: openpyxl.worksheet.worksheet.Worksheet, words: tuple[str, ...]) -> list[str]:
    return [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value in words]


@pytest.mark.parametrize("content", [b"", b"not a workbook", None])
def test_what_is_no_scheme_workbook_is_refused(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "other.xlsx"
    if content is None:
        openpyxl.Workbook().save(file)
    else:
        file.write_bytes(content)
    with pytest.raises(KpiError):
        read_scheme(file)


def test_a_weight_typed_into_the_printed_table_is_refused_with_its_cell(tmp_path: Path) -> None:
    file = tmp_path / "scheme.xlsx"
    file.write_bytes(write_scheme_workbook(base("appliance-agent")))
    book = openpyxl.load_workbook(file)
    sheet = book["评级标准"]
    assert str(sheet["C6"].value).startswith("=")
    sheet["C6"].value = 25
    book.save(file)
    with pytest.raises(KpiError) as caught:
        read_scheme(file)
    assert [problem.where for problem in caught.value.problems] == ["评级标准!C6"]
    assert caught.value.where == Place("scheme.xlsx", "评级标准", cell="C6")
