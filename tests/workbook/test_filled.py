"""Forms and summaries through the real engine: caches are right without a recalculation, inputs stay live, nothing is cut."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.native.lowering import lower_template
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import score, with_parameters
from kpi_xl.scoring.model import Value
from kpi_xl.template import compile_template
from kpi_xl.view.build import Dossier, build_view
from kpi_xl.view.department import DepartmentView, GradeCount, PersonRow
from kpi_xl.view.model import EvidenceRow, View
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.outputs import cached_outputs, form_inputs
from kpi_xl.workbook.summary import build_summary

from .. import office
from ..workbook_people import invent

NOW = dt.datetime(2025, 10, 9, 9, 0)
GOOD: dict[str, Value] = {
    "fcr": Decimal("0.82"), "handling_hours.normal": Decimal(20), "handling_hours.urgent": Decimal(5),
    "handling_hours.urgent_share": Decimal("0.1"), "csat": Decimal("0.93"), "repeat_complaint": Decimal("0.04"),
    "first_fix": Decimal("0.9"), "professionalism": Decimal(88), "completeness": Decimal("0.97"), "collaboration": Decimal(90),
    "knowledge": Decimal(2),
}  # fmt: skip


def view_of(scheme: Scheme, values: dict[str, Value], name: str = "欧阳晓明", rows: int = 0) -> View:
    view = build_view(
        Dossier(
            scheme=scheme,
            appraisal=score(scheme, values),
            values=values,
            person=Person("007", name, "华东一组", "华东", "客服专员", "周建国"),
            period=Period.parse("2025-09"),
            issued_at=NOW,
        )
    )
    evidence = tuple(
        EvidenceRow("fcr", "首次问题解决率", f"T{n:06}", NOW, True, n % 3 > 0, "", "计入", "", "计入", "达标")
        for n in range(rows)
    )
    return View(**{**view.__dict__, "evidence": evidence})


def filled(scheme: Scheme, values: dict[str, Value], **view: object) -> bytes:
    appraisal = score(scheme, values)
    shown = view_of(scheme, values, **view)  # type: ignore[arg-type]
    return compile_template(lower_template(build_form(scheme), scheme).data).render(
        shown, cached=cached_outputs(scheme, values, appraisal), inputs=form_inputs(scheme, values, appraisal)
    )


def named(data: bytes, *, values: bool = True) -> dict[str, object]:
    """Return what the named cells hold: cached values, or what was written."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=values)
    found = {}
    for name, defined in book.defined_names.items():
        sheet, _, cell = defined.attr_text.rpartition("!")
        found[name] = book[sheet.strip("'")][cell.replace("$", "")].value
    return found


@pytest.mark.parametrize("scheme_id", [scheme.id for scheme in list_schemes()])
def test_every_cached_value_is_there_without_a_recalculation(scheme_id: str) -> None:
    base = next(s for s in list_schemes() if s.id == scheme_id)
    scheme = load_scheme(scheme_id, [base.variants[0].id] if base.required_variant else [])
    scheme = with_parameters(scheme, {p.id: 1 for p in scheme.parameters})
    values = invent(scheme, 3, seed=3, missing=0.1)[2]
    cached = cached_outputs(scheme, values, score(scheme, values))
    cells = named(filled(scheme, values))
    for key, wanted in cached.items():
        name = f"out_{key.replace('.', '__')}"
        if name not in cells:
            continue
        if isinstance(wanted, Decimal | int):
            assert float(cells[name]) == pytest.approx(float(wanted)), name  # type: ignore[arg-type]
        else:
            assert (cells[name] or "") == (wanted or ""), name


def test_the_input_cells_hold_what_was_scored_and_the_months() -> None:
    cells = named(filled(load_scheme("appliance-agent"), GOOD))
    assert (cells["in_fcr"], cells["in_handling_hours__urgent_share"], cells["in_months"]) == (0.82, 0.1, 1)
    assert cells["id_person"] == "007"
    assert cells["out_total"] == pytest.approx(96.77)


def test_an_insufficient_value_is_not_written_because_the_formula_would_score_it() -> None:
    scheme = load_scheme("satisfaction-survey")
    values: dict[str, Value] = {k: Decimal(4) for k in ("product_service", "communication", "relationship", "answers")}
    appraisal = score(scheme, values)
    assert appraisal.total is None
    assert "product_service" not in form_inputs(scheme, values, appraisal)


def test_the_bare_key_of_a_composite_goes_to_its_first_part() -> None:
    scheme = load_scheme("appliance-agent")
    values: dict[str, Value] = {"handling_hours": Decimal(30)}
    assert form_inputs(scheme, values, score(scheme, values))["handling_hours.normal"] == Decimal(30)


@pytest.mark.office
def test_the_form_keeps_to_one_page_with_a_long_name_and_many_tickets(soffice: str, tmp_path: Path) -> None:
    scheme = load_scheme("appliance-agent")
    file = tmp_path / "long.xlsx"
    file.write_bytes(filled(scheme, GOOD, name="阿卜杜热合曼·买买提江·艾合买提", rows=200))
    book = openpyxl.load_workbook(file)
    assert book["明细"].max_row >= 200
    for sheet in book.sheetnames[1:]:
        del book[sheet]
    single = tmp_path / "single.xlsx"
    book.save(single)
    whole, main = office.convert([file, single], "pdf", tmp_path / "out", recalculate=False)
    assert office.pages(main) == 1
    assert office.pages(whole) > office.pages(main)


@pytest.mark.office
def test_typing_another_value_changes_points_total_and_grade(soffice: str, tmp_path: Path) -> None:
    scheme = load_scheme("appliance-agent")
    book = openpyxl.load_workbook(io.BytesIO(filled(scheme, GOOD)))
    sheet, _, cell = book.defined_names["in_fcr"].attr_text.rpartition("!")
    book[sheet][cell.replace("$", "")] = 0.1
    file = tmp_path / "typed.xlsx"
    book.save(file)
    (result,) = office.convert([file], "xlsx", tmp_path / "out")
    wanted = score(scheme, GOOD | {"fcr": Decimal("0.1")})
    cells = named(result.read_bytes())
    assert cells["out_points_fcr"] == pytest.approx(float(wanted.result("fcr").points or 0))
    assert (cells["out_total"], cells["out_grade"]) == (pytest.approx(float(wanted.total or 0)), wanted.grade)


def test_the_summary_lists_people_grades_and_what_is_missing() -> None:
    person = PersonRow(1, "1", "007", "=2+3", "一组", "华东", "专员", Decimal("91.5"), "91.50", "高级客服", "高级客服",
                       Decimal("1.2"), "1.2", "", "final", "", "appliance-agent", "家电售后客服")  # fmt: skip
    grades = tuple(
        GradeCount(name, n, Decimal(n) / 6, "", "", "家电") for n, name in enumerate(("高级客服", "中级客服", "待评"), 1)
    )
    fields = dict.fromkeys(DepartmentView.__dataclass_fields__, ())
    view = DepartmentView(**{  # type: ignore[arg-type]
        **fields, "title": "部门绩效汇总", "period": "2025-09", "period_label": "2025年9月", "scheme_name": "家电售后客服",
        "issued_at": NOW, "issued_text": "2025年10月9日", "confidential_text": "", "accounting_text": "",
        "several_schemes": False, "people_rows": (person,) * 40, "grade_rows": grades,
    })  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(compile_template(build_summary()).render(view)))
    assert book.sheetnames[:3] == ["排名", "等级分布", "超48小时预警"]
    ranking = [row for row in book["排名"].iter_rows(values_only=True) if row[1] == "007"]
    assert len(ranking) == 40
    assert ranking[0][2:4] == ("=2+3", "一组")
    assert ranking[0][6] == 91.5
    (chart,) = book["等级分布"]._charts
    first, last = (int(part.rpartition("$")[2]) for part in chart.series[0].val.numRef.f.rpartition("!")[2].split(":"))
    assert last - first + 1 == 3
