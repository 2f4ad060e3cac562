"""Every kind of rule, built end to end: checked, said in words, scored, as a formula, on the sheet, in the form, on the page.

The kinds come from the union itself: a new one fails here until it has an example, and until every place knows it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest

from kpi_xl.native import arithmetic
from kpi_xl.native.lowering import lower_template
from kpi_xl.page import render_person
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes import inputs_of, read_scheme_text, write_scheme
from kpi_xl.schemes.check import check_scheme
from kpi_xl.schemes.describe import rule_text
from kpi_xl.schemes.model import Fact, Grade, Group, Indicator, Scheme
from kpi_xl.schemes.rule_kinds import (
    RULE_KINDS,
    Adjustment,
    AllOrNothing,
    Attainment,
    Band,
    Bands,
    Choice,
    EventDeduction,
    Part,
    Rating,
    RatingCounts,
    Rule,
    ShortfallDeduction,
    Split,
    Unit,
)
from kpi_xl.schemes.rule_traits import traits_of
from kpi_xl.schemes.targets import target_text
from kpi_xl.scoring import score
from kpi_xl.scoring.model import Value
from kpi_xl.standard import read_scheme
from kpi_xl.standard.plan import plan_standard
from kpi_xl.standard.tables import RULE_NAMES
from kpi_xl.template import compile_template
from kpi_xl.view.build import Dossier, build_view
from kpi_xl.view.model import View
from kpi_xl.workbook.build import build_form, build_standard
from kpi_xl.workbook.outputs import cached_outputs, form_inputs

from .workbook_sheets import at, names_of, recalculated

KINDS = get_args(Rule)


def d(text: str) -> Decimal:
    return Decimal(text)


@dataclass(frozen=True)
class Example:
    """A rule none of whose fields is at its default, a person's values, and what must come of them (weight 100, one month)."""

    rule: Rule
    unit: Unit
    values: Mapping[str, Value]
    rule_text: str
    target: str
    shown: str
    points: str
    why: str
    low: Decimal | None = None
    facts: tuple[str, ...] = ()


EXAMPLES: dict[type, Example] = {
    Attainment: Example(
        Attainment(d("0.05"), "lower", per_month=True, absolute=True), "ratio", {"x": d("-0.08")},
        "按绝对值计；得分 = 100 × min(1, 目标 ÷ 实际)，实际为 0 得满分", "≤ ±5%（每月）", "≤ ±5%",
        "62.50", "5% ÷ |-8.00%| × 100 = 62.50", low=d("-1"),
    ),
    AllOrNothing: Example(
        AllOrNothing(d("0.05"), "lower"), "ratio", {"x": d("0.04")},
        "达标得 100 分，不达标得 0 分", "≤ 5%", "≤ 5%", "100.00", "4.00% ≤ 5%，达标，得 100.00",
    ),
    ShortfallDeduction: Example(
        ShortfallDeduction(d("0.05"), d("0.01"), d("2"), "lower"), "ratio", {"x": d("0.062")},
        "每差 1 个百分点（不足按一档计）扣 2 分，扣完为止", "≤ 5%", "≤ 5%",
        "96.00", "6.20% 比 5% 差 1.2%，按每 1% 计 2 档：100 - 2 × 2 = 96.00",
    ),
    EventDeduction: Example(
        EventDeduction(d("5"), d("3"), per_quarter=True), "count", {"x": d("5")},
        "超出 3 次/季后每次扣 5 分，扣完为止", "≤ 3 次（每季）", "≤ 3 次", "90.00", "100 - 5 × (5 - 3) = 90.00",
    ),
    Bands: Example(
        Bands(
            "higher",
            (
                Band(d("100"), d("100"), d("0.95")),
                Band(d("60"), d("100"), d("0.9"), d("0.95")),
                Band(d("0"), d("0"), None, d("0.9")),
            ),
        ),
        "ratio", {"x": d("0.94")},
        "≥ 95%：100 分；90%~95%：60 → 100 分；≤ 90%：0 分", "≥ 95%", "≥ 95%", "92.00", "94.00% 落在 90%~95%：60 → 100，得 92.00",
    ),
    Choice: Example(
        Choice((("很满意", d("3")), ("满意", d("2")), ("不满意", d("0")))), "points", {"x": "满意"},
        "由上级选择：很满意 3、满意 2、不满意 0；得分 = 100 × 所选分值 ÷ 3", "很满意", "很满意",
        "66.67", "满意：2 ÷ 3 × 100 = 66.67",
    ),
    Rating: Example(
        Rating(d("10"), ((d("0"), d("4")), (d("9"), d("9")))), "rating", {"x": d("9")},
        "得分 = 100 × 评分 ÷ 10；只能填 0~4、9", "满分 10 分", "满分 10 分", "90.00", "9 ÷ 10 × 100 = 90.00",
    ),
    Split: Example(
        Split(
            (
                Part("normal", "普通", d("24"), "lower", "hours"),
                Part("urgent", "紧急", d("0.9"), "higher", "ratio", own_key=True),
            ),
            "urgent",
        ),
        "hours", {"x.normal": d("20"), "urgent": d("0.81"), "x.urgent_share": d("0.25")},
        "普通、紧急：按本人占比拆分权重，只有一类时该类占满，各按自己的目标计达成率",
        "普通 ≤ 24 小时；紧急 ≥ 90%", "普通 ≤ 24 小时；紧急 ≥ 90%",
        "97.50", "普通 20：1 × 100 × 75.00% + 紧急 81.00%：81.00% ÷ 90% × 100 × 25.00% = 97.50",
    ),
    RatingCounts: Example(
        RatingCounts(5, "voids", "lacks", d("2")), "rating", {"x.5": d("3"), "x.4": d("1"), "lacks": d("2")},
        "得分 = 100 × 均分 ÷ 5；voids 名大于 0 时全扣；lacks 名每次扣 2 分，扣完为止", "满分 5 分", "满分 5 分",
        "91.00", "均分 19 ÷ 4 = 4.75；100 × 4.75 ÷ 5 - 2 × 2 = 91.00", facts=("voids", "lacks"),
    ),
    Adjustment: Example(
        Adjustment(-1, d("2"), d("5")), "count", {"x": d("3")},
        "每项扣 2 分，最多 5 分", "最多 5 分", "最多 5 分", "-5.00", "-2 × 3，最多 5 = -5.00",
    ),
}  # fmt: skip


def scheme_of(example: Example) -> Scheme:
    """A scheme whose indicator ``x`` has the rule; beside one outside the weights stands another that carries them."""
    outside = traits_of(example.rule).outside_weights
    own = Indicator(
        "x", "样例", "g", d("0" if outside else "100"), example.unit, example.rule, "样例指标", entered_by="主管", low=example.low
    )
    others = (Indicator("other", "另一项", "g", d("100"), "points", Rating(), "评分", entered_by="主管"),) if outside else ()
    return Scheme(
        "sample",
        "样例方案",
        "agent",
        ("month",),
        "公司制度",
        (Group("g", "全部"),),
        (*others, own),
        grades=(Grade("好", d("60")), Grade("差", d("0"))),
        facts=tuple(Fact(name, f"{name} 名", "count", entered_by="主管") for name in example.facts),
    )


def values_of(example: Example) -> dict[str, Value]:
    return {**example.values, **({"other": d("90")} if traits_of(example.rule).outside_weights else {})}


def view_of(scheme: Scheme, values: Mapping[str, Value]) -> View:
    return build_view(
        Dossier(
            scheme=scheme,
            appraisal=score(scheme, values),
            values=values,
            person=Person("007", "欧阳晓明", "华东一组"),
            period=Period.parse("2025-09"),
            issued_at=dt.datetime(2025, 10, 9, 9),
        )
    )


def form_of(scheme: Scheme, values: Mapping[str, Value]) -> bytes:
    appraisal = score(scheme, values)
    cached, inputs = cached_outputs(scheme, values, appraisal), form_inputs(scheme, values, appraisal)
    template = compile_template(lower_template(build_form(scheme), scheme).data)
    return template.render(view_of(scheme, values), cached=cached, inputs=inputs)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def example(request: pytest.FixtureRequest) -> Example:
    assert request.param in EXAMPLES, f"write an example of {request.param.__name__} (docs/rule-kinds.md)"
    return EXAMPLES[request.param]


def test_every_kind_has_its_names() -> None:
    assert list(RULE_KINDS.values()) == list(KINDS)
    assert len(set(RULE_NAMES.values())) == len(KINDS)


def test_the_example_leaves_no_field_at_its_default(example: Example) -> None:
    """Otherwise a field could get lost between scheme, file and sheet unnoticed."""
    assert isinstance(example.rule, KINDS)
    for one in dataclasses.fields(example.rule):
        assert one.default is dataclasses.MISSING or getattr(example.rule, one.name) != one.default, one.name


def test_the_scheme_is_in_order_and_survives_its_file(example: Example) -> None:
    scheme = scheme_of(example)
    assert check_scheme(scheme) == []
    assert read_scheme_text(write_scheme(scheme), "again") == scheme


def test_the_sheet_goes_out_and_comes_back(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "scheme.xlsx"
    path.write_bytes(build_standard(scheme_of(example)))
    assert read_scheme(path) == scheme_of(example)


def test_rule_and_target_in_words(example: Example) -> None:
    scheme = scheme_of(example)
    indicator = scheme.indicator("x")
    assert rule_text(scheme, indicator) == example.rule_text
    assert target_text(scheme, indicator) == example.target
    assert target_text(scheme, indicator, example.values, 1) == example.shown


def test_points_and_reason(example: Example) -> None:
    scheme = scheme_of(example)
    result = score(scheme, values_of(example)).result("x")
    assert (f"{result.points}", result.why) == (example.points, example.why)
    nothing = score(scheme, {}).result("x")  # missing is not zero, but no deduction entered is none
    assert (nothing.points is None) != traits_of(example.rule).outside_weights


def test_the_native_formula_reads_the_numbers_of_the_sheet(example: Example) -> None:
    scheme = scheme_of(example)
    indicator, plan = scheme.indicator("x"), plan_standard(scheme)
    keys = [*(entry.key for entry in inputs_of(indicator)), *arithmetic.facts_needed(indicator)]
    cells = {key: f"E{row}" for row, key in enumerate(keys, start=9)}
    formula = arithmetic.points(indicator, arithmetic.Actuals(cells), plan)
    assert formula.startswith(("IF(", "ROUND(ROUND("))
    assert (
        plan.ref("rule", "x", "points") in formula
        if traits_of(example.rule).outside_weights
        else plan.ref("weight", "x") in formula
    )
    assert any(cell in formula for cell in cells.values())


def test_the_form_is_filled_with_the_points_and_the_target(example: Example) -> None:
    scheme = scheme_of(example)
    values = values_of(example)
    cells = _named(form_of(scheme, values))
    assert f"{Decimal(str(cells['out_points_x'])):.2f}" == example.points
    targets = [str(text) for name, text in cells.items() if name.startswith("out_target_") and name != "out_target_other"]
    assert sorted(targets) == ([] if traits_of(example.rule).levels else sorted(example.shown.split("；")))
    for key, value in form_inputs(scheme, values, score(scheme, values)).items():
        written = cells[f"in_{key.replace('.', '__')}"]
        assert written == (value if isinstance(value, str) else pytest.approx(float(str(value)))), key


def test_the_page_says_target_and_reason(example: Example) -> None:
    page = html.unescape(render_person(view_of(scheme_of(example), values_of(example))))
    assert example.why in page
    assert all(text in page for text in example.shown.split("；"))


@pytest.mark.office
def test_a_spreadsheet_program_computes_the_same(soffice: str, tmp_path: Path) -> None:
    """All kinds in one start of LibreOffice: it calculates the formulas anew and must find the values that were written."""
    files, expected = [], []
    for number, one in enumerate(EXAMPLES.values()):
        data = form_of(scheme_of(one), values_of(one))
        files.append(tmp_path / f"{number}.xlsx")
        files[-1].write_bytes(data)
        expected.append((one, names_of(data, "out_")))
    for table, (one, outputs) in zip(recalculated(files, tmp_path / "out"), expected, strict=True):
        assert f"{Decimal(at(table, outputs['points_x'])):.2f}" == one.points, one.rule
        shown = [at(table, cell) for key, cell in outputs.items() if key.startswith("target_") and key != "target_other"]
        assert sorted(shown) == ([] if traits_of(one.rule).levels else sorted(one.shown.split("；")))


def _named(data: bytes) -> dict[str, Any]:
    """Return what the named cells of the form hold: cached values and what was written."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    found = {}
    for name, defined in book.defined_names.items():
        sheet, _, cell = defined.attr_text.rpartition("!")
        found[name] = book[sheet.strip("'")][cell.replace("$", "")].value
    return found
