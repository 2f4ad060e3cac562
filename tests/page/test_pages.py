"""The pages as markup: golden files, structure, escaping, states that are not zero, and who may see what."""

from __future__ import annotations

import os
import re
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl.page import charts, render_index, render_person, render_team
from kpi_xl.people import Person
from kpi_xl.resources import templates_folder
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.model import Bonus
from kpi_xl.scoring.score import score
from kpi_xl.view.build import Dossier, build_view
from kpi_xl.view.summarise import Cohort, build_department, build_team, summarise_person, with_bonus

from ..view.crowd import sample_issues, sample_people, sample_sources, team_measures
from ..view.samples import ISSUED, PERIOD, PERSON, flagship, renamed, sample_view
from .reading import Page

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture(scope="module")
def pages():
    people = sample_people(24)
    not_appraised = [(Person("0099", "试用者", "华北一组"), "试用期不参加考核")]
    cohort = Cohort(people, [flagship()], PERIOD, ISSUED, sample_issues(), sample_sources(), not_appraised)
    return {
        "person": render_person(sample_view()),
        "pending": render_person(sample_view(rated={"professionalism": "91.5"}, history=[], with_evidence=False)),
        "team": render_team(build_team(cohort, "华东一组", team_measures())),
        "index": render_index(build_department(cohort, team_measures())),
    }


@pytest.mark.parametrize("name", ["person", "pending", "team", "index"])
def test_golden(pages, name):
    """KPI_XL_UPDATE_GOLDEN=1 writes the files anew; read the difference before you commit it."""
    path = GOLDEN / f"{name}.html"
    if os.environ.get("KPI_XL_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(pages[name], encoding="utf-8")
    beside = path.with_suffix(".actual.html")
    if pages[name] != path.read_text(encoding="utf-8"):
        beside.write_text(pages[name], encoding="utf-8")
        pytest.fail(f"{path.name} differs; compare it with {beside.name} beside it")
    beside.unlink(missing_ok=True)


@pytest.mark.parametrize("name", ["person", "pending", "team", "index"])
def test_a_page_is_well_formed_and_stands_alone(pages, name):
    page = Page(pages[name])
    assert page.problems == []
    assert page.all("html") == [{"lang": "zh-CN"}]
    assert len(page.all("h1")) == 1
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form"}
    assert "url(" not in pages[name]
    assert "@import" not in pages[name]
    assert "http" not in pages[name].lower()
    assert all("://" not in (a.get("href") or "") for a in page.all("a"))
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)


@pytest.mark.parametrize("name", ["person", "pending", "team", "index"])
def test_rows_fill_their_tables_and_pictures_have_words(pages, name):
    page = Page(pages[name])
    drawings = [a for a in page.all("svg") if a.get("class")]
    assert drawings
    assert all(a.get("role") == "img" and a.get("aria-label") for a in drawings)
    for table in re.findall(r"<table.*?</table>", pages[name], re.S):
        widths = set()
        for row in re.findall(r"<tr.*?</tr>", table, re.S):
            cells = re.findall(r"<t[hd]\b[^>]*>", row)
            widths.add(sum(int((re.search(r'colspan="(\d+)"', cell) or [0, 1])[1]) for cell in cells))
        assert len(widths) == 1, table[:200]


def test_the_index_of_a_scheme_that_pays_has_a_cell_of_money_in_every_row():
    paying = replace(flagship(), bonus=Bonus("coefficient", base="pool"))
    people = [with_bonus(one, None if one.row.total is None else Decimal("1234.5")) for one in sample_people(24)]
    department = build_department(Cohort(people, [paying], PERIOD, ISSUED), team_measures())
    text = render_index(department)
    test_rows_fill_their_tables_and_pictures_have_words({"index": text}, "index")
    paid = sum(one.row.total is not None for one in people)
    assert department.bonus_total == Decimal("1234.5") * paid
    assert text.count("1,234.50") == paid
    assert sum(row.bonus or 0 for row in department.team_rows) == department.bonus_total


def test_the_report_holds_every_part_that_the_documents_ask_for(pages):
    text = Page(pages["person"]).text
    for part in (
        "指标得分",
        "优势",
        "与目标的差距及改进",
        "改进建议",
        "培训需求",
        "与往期比较",
        "下一步",
        "计分依据",
        "申诉与签收",
    ):
        assert part in text
    for fact in ("96.27", "高级客服", "149 / 182", "失 0.74 分", "123 小时", "3 天内", "仅限本人", "2025年9月1日至30日"):
        assert fact in text


def test_a_pending_report_shows_what_is_missing_and_no_grade(pages):
    text = Page(pages["pending"]).text
    assert "尚缺协同能力（待评）、知识库贡献（待评）" in text
    assert "预估总分（非最终结果） 97.19" in text
    assert "绩效系数" not in text
    assert " 0.00" not in text
    assert "没有往期月度结果可供比较" in text


def test_a_scheme_without_grades_prints_none():
    scheme = replace(flagship(), grades=(), streaks=())
    values = {"professionalism": Decimal(80)}
    view = build_view(
        Dossier(scheme=scheme, appraisal=score(scheme, values), values=values, person=PERSON, period=PERIOD, issued_at=ISSUED)
    )
    assert "评级标准" not in Page(render_person(view)).text
    assert "本方案不评等级" in Page(render_person(view)).text


def test_the_index_leads_to_every_page_it_names(pages):
    page = Page(pages["index"])
    links = {a["href"] for a in page.all("a")} - {"#to-do"}
    assert "to-do" in {attributes.get("id") for _, attributes in page.tags}
    assert len([link for link in links if link.endswith("/index.html")]) == 6
    assert len([link for link in links if not link.endswith("/index.html")]) == 23


def test_the_index_says_what_it_leaves_to_the_workbook():
    one = sample_people(2)[0]
    many = replace(one, alerts=one.alerts * 40)
    view = build_department(Cohort([many], [flagship()], PERIOD, ISSUED))
    assert "另有 20 张，见“汇总.xlsx”" in Page(render_index(view)).text


def test_a_person_page_shows_nobody_else():
    others = {summary.row.name for summary in sample_people(24)} - {PERSON.name}
    text = Page(render_person(sample_view())).text
    assert not [name for name in others if name in text]
    assert "名次" not in text


def test_hostile_names_stay_text():
    hostile = "<script>alert(1)</script>\"' onmouseover=x {{ 7*7 }} &amp;"
    view = sample_view(person=replace(renamed(hostile), team=hostile, manager=hostile))
    page = Page(render_person(view))
    assert not page.all("script")
    assert hostile in page.text
    summary = summarise_person(view, f"{hostile}.html")
    department = build_department(Cohort([summary], [flagship()], PERIOD, ISSUED))
    index = Page(render_index(department))
    assert index.problems == []
    assert not index.all("script")
    assert index.text.count(hostile) >= 2
    assert all(set(a) <= {"href"} for a in index.all("a"))


def poisoned(value, poison):
    """Replace every text inside a view by the poison, however deep it is."""
    if isinstance(value, str):
        return poison if value else value
    if isinstance(value, tuple):
        return tuple(poisoned(item, poison) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        if type(value).__name__ == "TrendPoint":
            return replace(value, label=poison, total_text=poison, grade=poison, grade_text=poison, change_text=poison)
        return replace(value, **{f.name: poisoned(getattr(value, f.name), poison) for f in fields(value)})
    return value


@settings(max_examples=25, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
)
def test_any_text_anywhere_in_a_view_is_escaped(text):
    poison = f'<b class="x">{text}</b>&"\''
    html = render_person(poisoned(VIEW, poison))
    page = Page(html)
    assert page.problems == []
    assert not [a for a in page.all("b") if a.get("class") == "x"]
    html = render_index(poisoned(DEPARTMENT, poison))
    page = Page(html)
    assert page.problems == []
    assert not [a for a in page.all("b") if a.get("class") == "x"]


VIEW = sample_view()
DEPARTMENT = build_department(
    Cohort(sample_people(4), [flagship()], PERIOD, ISSUED, sample_issues(), sample_sources()), team_measures()
)


def test_rendering_twice_gives_the_same_bytes():
    assert render_person(sample_view()) == render_person(sample_view())


def test_templates_do_no_arithmetic():
    for path in templates_folder("report").glob("*.html.j2"):
        for tag in re.findall(r"\{[{%](.*?)[%}]\}", path.read_text(encoding="utf-8"), re.S):
            plain = re.sub(r"'[^']*'|\"[^\"]*\"", "", tag).strip().removeprefix("-").removesuffix("-")
            assert not re.search(r"[+*/]|//|\s-\s|\b(round|sum|abs|length|int|float)\b", plain), f"{path.name}: {tag}"


# --- charts: coordinates -----------------------------------------------------------------------------------------------------


def test_a_missing_share_has_no_bar():
    assert charts.bar(None) is None
    assert charts.bar(Decimal(0)) == charts.Bar("0", "low")
    assert charts.bar(Decimal("0.965")) == charts.Bar("96.5", "part")
    assert charts.bar(Decimal(1)) == charts.Bar("100", "full")


@given(st.decimals(0, 100, places=2))
def test_the_mark_stands_in_the_band_of_the_grade(total):
    scheme = load_scheme("appliance-agent")
    rows = [replace(row, current=False) for row in VIEW.grade_scale]
    scale = charts.grade_scale(rows, total, Decimal(100), str(total))
    grade = next(g.name for g in sorted(scheme.grades, key=lambda g: -g.lower) if total >= g.lower)
    band = next(s for s in scale.segments if s.name == grade)
    assert Decimal(band.x) - 1 <= Decimal(scale.marker) <= Decimal(band.x) + Decimal(band.width) + 3


def test_a_period_without_a_result_interrupts_the_line():
    trend = charts.trend(VIEW.trend, VIEW.grade_scale)
    assert [dot.label for dot in trend.dots] == ["25年4月", "25年5月", "25年6月", "25年8月", "25年9月"]
    assert [path.count(",") for path in trend.paths] == [3, 2]
    assert charts.trend(VIEW.trend[-1:], VIEW.grade_scale) is None


@given(st.lists(st.one_of(st.none(), st.decimals(0, 110, places=2)), min_size=1, max_size=20))
def test_the_trend_stays_on_its_canvas(totals):
    points = [replace(VIEW.trend[-1], total=total, period=f"2025-{i % 12 + 1:02d}") for i, total in enumerate(totals)]
    trend = charts.trend(points, VIEW.grade_scale)
    if trend is None:
        assert sum(total is not None for total in totals[-12:]) < 2
        return
    assert all(0 <= Decimal(dot.x) <= 480 and 20 <= Decimal(dot.y) <= 200 for dot in trend.dots)
    assert all(20 <= Decimal(bound.y) <= 200 for bound in trend.bounds)


@given(st.decimals(64, 72, places=2))
def test_the_last_figure_does_not_run_into_the_name_of_a_grade(total):
    points = [replace(VIEW.trend[-1], total=t, period=f"2025-{i:02d}") for i, t in enumerate((Decimal("64.17"), total), start=7)]
    trend = charts.trend(points, VIEW.grade_scale)
    assert min(abs(Decimal(trend.dots[-1].text_y) - Decimal(bound.text_y)) for bound in trend.bounds) >= 10


# --- colours: WCAG AA --------------------------------------------------------------------------------------------------------


def luminance(colour):
    def channel(text):
        part = int(text, 16) / 255
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(colour[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, two):
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_colours_have_enough_contrast():
    css = (templates_folder("report") / "style.css.j2").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", css))
    for ground in ("#ffffff", colours["panel"]):
        for name in ("ink", "muted", "navy", "good", "warn", "bad"):
            assert contrast(colours[name], ground) >= 4.5, (name, ground)
    assert contrast("#ffffff", colours["navy"]) >= 4.5
    assert contrast(colours["ink"], colours["navy-soft"]) >= 4.5
    for bar in (colours["navy"], colours["navy-mid"], "#b4552d"):
        assert contrast(bar, "#e6eaef") >= 3  # what a graphic needs against its track
