"""One word for a thing: no text of the product, no page, form or list it makes, uses a second word for a term of the glossary."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from kpi_xl import glossary
from kpi_xl.glossary import TERMS, WORDS, glossary_page
from kpi_xl.job import run
from kpi_xl.page import render_index, render_person, render_team
from kpi_xl.people import Person
from kpi_xl.view.summarise import Cohort, build_department, build_team
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.forms import built_in_forms
from kpi_xl.workbook.issues_book import build_issues
from kpi_xl.workbook.summary import build_remedy, build_summary

from .job.samples import files_below, order, write_roster, write_tickets
from .page.reading import Page
from .texts import ROOT, literals, product_texts, second_words
from .view.crowd import sample_issues, sample_people, sample_sources, team_measures
from .view.samples import ISSUED, PERIOD, flagship, sample_view


@dataclass(frozen=True)
class Allowed:
    """A place where a word of another's choosing stands, and why."""

    place: str
    word: str
    reason: str


ALLOWED = (
    Allowed("kpi_xl/glossary.py", "", "declares the words, the refused ones too"),
    Allowed("kpi_xl/exports/columns/synonyms.toml", "", "headers understood on input"),
    Allowed("kpi_xl/job/rating_sheet.py", "", "headers of rating sheets understood on input"),
    Allowed("kpi_xl/collect/passwords.py", "员工编号", "header of the password file understood on input"),
    Allowed("kpi_xl/cell_words.py", "缺少数据", "what KPI_SCORE said until now, in saved workbooks"),
    Allowed("kpi_xl/cell_words.py", "未办结", "what exports write in place of a time of closing"),
    Allowed("kpi_xl/standard/decode.py", "评价人", "title and header of sheets 评级标准 that HR saved until now"),
    Allowed("kpi_xl/standard/tables.py", "评定等级", "title of a data table by which saved sheets 评级标准 are read"),
    Allowed("kpi_xl/demo/rows.py", "", "sample exports, headed as the ticket systems head them"),
    Allowed(
        "kpi_xl/schemes/dealer-cs.toml", "班组", "the document's crews of the workshop, several to a car: not teams of agents"
    ),
    Allowed("kpi_xl/schemes/role-360.toml", "直接上级", "the document's rater beside 同级 and 直接下级"),
    Allowed("kpi_xl/workbook/layouts/role-360.toml", "直接上级", "the document's rater beside 同级 and 直接下级"),
)
ALONE = (
    *(allowed for allowed in ALLOWED if not allowed.word),
    Allowed("kpi_xl/collect/passwords.py", "工号", "header understood on input"),
    Allowed("kpi_xl/cell_words.py", "", "words understood on input"),
    *(
        Allowed(f"kpi_xl/functions/catalog/{name}.py", "", "cells of examples, as a person types them")
        for name in ("grades", "points", "rates", "times", "groups", "schemes")
    ),
    Allowed("kpi_xl/functions/docs.py", "区域", "a range of cells here"),
)
"""Where a term may stand alone as a literal of its own."""


_SECTION = "评定等级"  # in 评级标准, see ALLOWED


def _is_allowed(place: str, text: str, allowances: tuple[Allowed, ...]) -> bool:
    return any(allowed.place == place and allowed.word in text for allowed in allowances)


def test_each_word_is_declared_once() -> None:
    words = [term.word for term in TERMS]
    assert len(set(words)) == len(words)
    assert sorted(words) == sorted(WORDS.values())


def test_the_glossary_does_not_refuse_its_own_words() -> None:
    assert not [found for word in WORDS.values() for found in second_words(word)]


def test_no_text_of_the_product_uses_a_second_word() -> None:
    texts = list(product_texts())
    assert len(texts) > 5000  # the reader of the texts has not gone blind
    assert {place.rpartition(".")[2] for place, _text in texts} == {"py", "toml", "j2"}
    wrong = [
        f"{place}: {found}: {text[:60]}"
        for place, text in texts
        for found in second_words(text)
        if not _is_allowed(place, text, ALLOWED)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda allowed: f"{allowed.place}:{allowed.word}")
def test_an_allowance_is_needed(allowed: Allowed) -> None:
    assert any(place == allowed.place and allowed.word in text and second_words(text) for place, text in product_texts())


def test_a_term_that_stands_alone_comes_from_the_glossary() -> None:
    wrong = [
        f"{path.name}: {text}: use kpi_xl.glossary.{name.upper()}"
        for path in sorted((ROOT / "kpi_xl").rglob("*.py"))
        for text in literals(ast.parse(path.read_text(encoding="utf-8")))
        for name, word in WORDS.items()
        if text == word and not _is_allowed(path.relative_to(ROOT).as_posix(), text, ALONE)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("按班组汇总", "团队"), ("评级", "等级"), (" 系数 ", "绩效系数"), ("考核期", "考核周期"), ("机密 · 仅限本人", "保密"),
        ("评级标准", None), ("无系数", None), ("考核期间", None), ("缺少数据库驱动", None), ("团队", None),
    ],
)  # fmt: skip
def test_second_words_are_found_and_longer_words_are_left_alone(text: str, found: str | None) -> None:
    complaints = second_words(text)
    assert bool(complaints) == (found is not None)
    assert all(str(found) in complaint for complaint in complaints)


def test_the_page_for_people_is_current() -> None:
    page = ROOT / "docs" / "glossary.md"
    assert page.read_text(encoding="utf-8") == glossary_page(), "run python -m kpi_xl.glossary docs/glossary.md"


def test_the_documents_use_the_words() -> None:
    """The Chinese README, and the pages in docs with all their tables."""
    quoted = ("直接上级", "各班组共用", "团队（或写 班组）")
    pages = [ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
    assert len(pages) > 20
    lines = [line for page in pages if page.name != "glossary.md" for line in page.read_text(encoding="utf-8").splitlines()]
    assert not _wrong(cell for line in lines if not any(word in line for word in quoted) for cell in line.split("|"))


# --- what comes out ------------------------------------------------------------------------------------------------------


def _cells(workbook: bytes) -> Iterator[str]:
    """Yield everything that a workbook shows: names of sheets, texts of cells, notes, footers, prompts."""
    for sheet in openpyxl.load_workbook(io.BytesIO(workbook)):
        yield from (sheet.title, sheet.oddFooter.left.text or "", sheet.oddFooter.right.text or "")
        for check in sheet.data_validations.dataValidation:
            yield from (check.prompt or "", check.error or "")
        for row in sheet.iter_rows():
            yield from (str(cell.value) for cell in row if cell.value is not None)
            yield from (cell.comment.text for cell in row if cell.comment)


def _wrong(texts: Iterator[str], quoted: tuple[str, ...] = ()) -> list[str]:
    """Return the second words of texts; `quoted` are words of documents that the schemes in question may show."""
    return [f"{found}: {text[:60]}" for text in texts for found in second_words(text) if not any(word in text for word in quoted)]


def _page_texts(markup: str) -> Iterator[str]:
    page = Page(markup)
    yield from page.texts
    yield from (value for _tag, attributes in page.tags for value in attributes.values() if value)


def test_pages_use_the_words() -> None:
    left_out = [(Person("0099", "试用者", "华北一组"), "试用期不参加考核")]
    cohort = Cohort(sample_people(12), [flagship()], PERIOD, ISSUED, sample_issues(), sample_sources(), left_out)
    pages = [
        render_person(sample_view()),
        render_person(sample_view(rated={"professionalism": "91.5"}, history=[], with_evidence=False)),
        render_team(build_team(cohort, "华东一组", team_measures())),
        render_index(build_department(cohort, team_measures())),
    ]
    assert all(glossary.TEAM in page or glossary.GRADE in page for page in pages)
    assert not [wrong for page in pages for wrong in _wrong(_page_texts(page))]


@pytest.mark.parametrize(
    "name", ["appliance-agent", "manager-kpi", "role-360+manager", "satisfaction-survey", "outsourced-maintenance"]
)
def test_forms_use_the_words(name: str) -> None:
    texts = list(_cells(build_form(built_in_forms()[f"{name}.xlsx"])))
    assert f"{glossary.CONFIDENTIAL} · 仅限考核相关人员查阅" in texts
    assert glossary.TARGET in texts
    quoted = ("直接上级",) if name.startswith("role-360") else ()
    assert not _wrong((text for text in texts if text != _SECTION), quoted)


def test_lists_use_the_words() -> None:
    for made in (build_summary(pays=True), build_issues(), build_remedy()):
        texts = list(_cells(made))
        assert any(text.startswith("考核周期：") and f"{glossary.GENERATED_AT}：" in text for text in texts)
        assert not _wrong(iter(texts))


def test_a_month_of_files_uses_the_words(tmp_path: Path) -> None:
    """Filled forms, the summary and the list of issues, with the words that the rows bring along."""
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path))
    run(asked)
    made = files_below(asked.folder)
    books = {name: list(_cells(content)) for name, content in made.items() if name.endswith(".xlsx")}
    assert {"汇总.xlsx", "数据问题.xlsx"} < set(books)
    assert not [wrong for texts in books.values() for wrong in _wrong(text for text in texts if text != _SECTION)]
    pages = [content.decode("utf-8") for name, content in made.items() if name.endswith(".html")]
    assert len(pages) > 4
    assert not [wrong for page in pages for wrong in _wrong(_page_texts(page))]
