"""The invented people spread over all four grades of the flagship system, in the real measures, scheme and scoring."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.demo import QUARTER, DemoFiles
from kpi_xl.exports import read_exports
from kpi_xl.measures import measure_tables
from kpi_xl.schemes import load_scheme
from kpi_xl.scoring import score
from kpi_xl.scoring.model import Appraisal

_MEASURES = (
    "fcr", "handling_hours.normal", "handling_hours.urgent", "handling_hours.urgent_share", "csat", "repeat_complaint",
    "first_fix", "professionalism", "completeness", "knowledge",
)  # fmt: skip


@pytest.fixture(scope="module")
def appraisals(demo: DemoFiles) -> list[Appraisal]:
    """Score everybody's quarter; what the supervisors typed is read with openpyxl."""
    tables = read_exports(demo.exports, roster=demo.roster, period=QUARTER)
    found = measure_tables(tables, QUARTER, measures=_MEASURES).inputs("agent")
    typed = _typed(demo.ratings[-1])
    return [
        score(
            load_scheme("appliance-agent", person.variants),
            {**{key: row.value for key, row in found[person.id].items() if row.value is not None}, **typed[person.id]},
            months=3,
        )
        for person in tables.people
    ]


def _typed(path: Path) -> dict[str, dict[str, Decimal]]:
    names = {"协同能力": "collaboration", "服务专业性": "professionalism"}
    values: dict[str, dict[str, Decimal]] = {}
    for person, _, _, _, indicator, value in list(openpyxl.load_workbook(path).active.values)[3:]:
        values.setdefault(str(person), {})[names[str(indicator)]] = Decimal(str(value))
    return values


def test_all_four_grades_occur_and_the_middle_ones_prevail(appraisals: list[Appraisal]) -> None:
    grades = Counter(appraisal.grade for appraisal in appraisals)
    assert set(grades) == {"高级客服", "中级客服", "初级客服", "待改进"}
    assert grades["中级客服"] + grades["初级客服"] >= 36
    assert 3 <= grades["高级客服"] <= 15
    assert 2 <= grades["待改进"] <= 9


def test_nobody_lacks_anything_in_the_quarter(appraisals: list[Appraisal]) -> None:
    assert {appraisal.missing for appraisal in appraisals} == {()}
