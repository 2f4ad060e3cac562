"""The formulas as text: numbers of the scheme only as references, rounding everywhere, blank in and blank out."""

from __future__ import annotations

import re

import pytest

from kpi_xl.native import arithmetic
from kpi_xl.schemes import inputs_of, list_schemes, load_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import plan_standard


def formula(scheme: Scheme, indicator_id: str, **cells: str) -> str:
    """Return the points formula with short names in place of the references."""
    plan = plan_standard(scheme)
    text = arithmetic.points(scheme.indicator(indicator_id), arithmetic.Actuals(cells or {indicator_id: "E9"}, months="H6"), plan)
    names = {ref: "_".join(key) for key, ref in plan.cells.items() if ":" not in ref}
    return re.sub(r"评级标准!\$[A-Z]+\$\d+(?!:)", lambda m: names.get(m[0], m[0]), text)


@pytest.mark.parametrize(
    ("reference", "indicator", "expected"),
    [
        (
            "appliance-agent",
            "fcr",
            'IF(ISNUMBER(E9),ROUND(ROUND(MAX(0,MIN(weight_fcr,weight_fcr*MIN(1,E9/target_fcr))),8),2),"")',
        ),
        (
            "appliance-agent",
            "repeat_complaint",
            "IF(ISNUMBER(E9),ROUND(ROUND(MAX(0,MIN(weight_repeat_complaint,weight_repeat_complaint*"
            'IF(E9<=target_repeat_complaint,1,target_repeat_complaint/E9))),8),2),"")',
        ),
        (
            "appliance-agent",
            "knowledge",
            "IF(ISNUMBER(E9),ROUND(ROUND(MAX(0,MIN(weight_knowledge,weight_knowledge*"
            'MIN(1,E9/(target_knowledge*MAX(1,H6))))),8),2),"")',
        ),
        (
            "monthly-bonus:other",
            "repair_quantity",
            "IF(ISNUMBER(E9),ROUND(ROUND(MAX(0,MIN(weight_repair_quantity,weight_repair_quantity-rule_repair_quantity_points*"
            'ROUNDUP(ROUND(MAX(0,target_repair_quantity-E9)/rule_repair_quantity_unit,8),0))),8),2),"")',
        ),
        (
            "manager-kpi",
            "complaints",
            "IF(ISNUMBER(E9),ROUND(ROUND(MAX(0,MIN(weight_complaints,weight_complaints-rule_complaints_points*"
            'MAX(0,E9-rule_complaints_allowance*ROUNDUP(MAX(1,H6)/3,0)))),8),2),"")',
        ),
        (
            "outsourced-maintenance",
            "additions",
            "ROUND(ROUND(rule_additions_sign*MAX(0,MIN(rule_additions_cap,rule_additions_points*IF(ISNUMBER(E9),E9,0))),8),2)",
        ),
    ],
)
def test_golden_formulas(reference: str, indicator: str, expected: str) -> None:
    assert formula(load_scheme(reference), indicator) == expected


def test_no_formula_holds_a_number_of_the_scheme() -> None:
    """A weight, target or bound written into a formula would not follow HR's edit of 评级标准."""
    for base in list_schemes():
        plan = plan_standard(base)
        for indicator in base.indicators:
            cells = {entry.key: "E9" for entry in inputs_of(indicator)} | dict.fromkeys(arithmetic.facts_needed(indicator), "E8")
            text = arithmetic.points(indicator, arithmetic.Actuals(cells, months="H6"), plan)
            plain = re.sub(r"(评级标准!)?\$?[A-Z]+\$?\d+|\"[^\"]*\"", "", text)
            levels = getattr(indicator.rule, "levels", 0)
            assert {int(n) for n in re.findall(r"\d+", plain)} <= {0, 1, 2, 3, 8, *range(levels + 1)}, indicator.id


def test_every_formula_fits_into_a_cell() -> None:
    for base in list_schemes():
        plan = plan_standard(base)
        for indicator in base.indicators:
            cells = {entry.key: "$AB$123" for entry in inputs_of(indicator)} | dict.fromkeys(
                arithmetic.facts_needed(indicator), "E8"
            )
            assert len(arithmetic.points(indicator, arithmetic.Actuals(cells), plan)) < 8192


def test_a_total_is_pending_until_every_indicator_has_points() -> None:
    lines = arithmetic.Lines(["F1", "F2"], ["B1", "B2"])
    assert lines.total == 'IF(COUNT(F1,F2)=2,ROUND(ROUND(SUM(F1,F2),8),2),"待评")'
    assert "B1" in lines.provisional("D1")


def test_the_coefficient_is_looked_up_not_computed() -> None:
    plan = plan_standard(load_scheme("appliance-agent"))
    text = arithmetic.coefficient("A30", plan)
    assert text.startswith("IF(ISNUMBER(A30),LOOKUP(A30,评级标准!$A$")
    assert text.endswith(',"待评")')
