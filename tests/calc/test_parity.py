"""20,000 inputs, four engines: the core, xlwings' COM path (stub of pywin32), the add-in and the lowered formulas in Calc."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.errors import KpiError
from kpi_xl.native.forms import Standard
from kpi_xl.native.lowering import lower
from kpi_xl.numbers import from_float
from kpi_xl.ooxml.formulas import parse_formula
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.inputs import inputs_of
from kpi_xl.schemes.rule_kinds import Split
from kpi_xl.scoring import grade_of, score_indicator
from kpi_xl.standard.plan import plan_standard
from kpi_xl.workbook.build import build_standard

from ..excel.com import caller, xlwings_with_functions
from ..excel.pywin32_stub import Workbook

pytestmark = [pytest.mark.office, pytest.mark.slow]

INPUTS = 20_000
REFUSED = "参数错误"
SCHEME = load_scheme("appliance-agent")
SIMPLE = [i for i in SCHEME.indicators if not isinstance(i.rule, Split)]
STEPS = (-0.01, -0.006, -0.005, -0.0049999, -0.004, -1e-9, 0, 1e-9, 0.004, 0.0049999, 0.005, 0.006, 0.01)


@pytest.fixture
def call() -> Iterator[Callable[..., Any]]:
    """Call a function as Excel does."""
    with xlwings_with_functions() as xlwings:
        yield caller(xlwings, Workbook())


def cases() -> list[tuple[float | str, str, float]]:
    """Scores and actual values: on and around every bound, the rest random with few and with many digits."""
    draw = random.Random(20250901)
    scores: list[float | str] = [bound + step for bound in (0, 70, 80, 90, 100) for step in STEPS]
    scores += [round(n / 200, 3) for n in range(0, 20_001, 7)]  # every kind of half cent
    scores += ["待评", "", -1, 870, 100.004, 100.005]
    actuals: list[tuple[str, float]] = []
    for indicator in SIMPLE:
        (entry,) = inputs_of(indicator)
        target = float(getattr(indicator.rule, "target", 1))
        bounds = [target, *(float(b) for b in (entry.low, entry.high) if b is not None)]
        actuals += [(indicator.id, bound + step) for bound in bounds for step in (*STEPS, 0.3, -0.3, 1, -1)]
        actuals += [(indicator.id, value) for value in (0, 0.5, 1, 2, 3, 1 / 3, target / 3, target * 2 / 3)]
    scores += [draw.uniform(0, 100) if n % 2 else round(draw.uniform(0, 100), n % 5) for n in range(INPUTS - len(scores))]
    for n in range(INPUTS - len(actuals)):
        indicator = SIMPLE[n % len(SIMPLE)]
        (entry,) = inputs_of(indicator)
        value = draw.uniform(float(entry.low or 0), float(entry.high or 12))
        actuals.append((indicator.id, round(value) if entry.whole else value if n % 2 else round(value, n % 6)))
    draw.shuffle(scores)
    draw.shuffle(actuals)
    return [(score, name, actual) for score, (name, actual) in zip(scores, actuals, strict=True)]


def in_python(score: float | str, name: str, actual: float) -> tuple[str | float, str | float, str | float]:
    """Grade, coefficient and points by the core alone."""
    grade: str | float
    coefficient: str | float
    if isinstance(score, str):
        grade = coefficient = score
    else:
        try:
            found = grade_of(SCHEME, from_float(float(score)) or Decimal(0))
        except KpiError:
            grade = coefficient = REFUSED
        else:
            assert found is not None
            grade = found.name
            coefficient = f"无系数（{found.name}）" if found.coefficient is None else float(found.coefficient)
    if not isinstance(score, str) and 0 < score <= 1:  # 0.87 may be 87 %
        grade = coefficient = REFUSED
    (entry,) = inputs_of(SCHEME.indicator(name))
    if entry.of_hundred and 0 < actual <= 1:
        return grade, coefficient, REFUSED
    try:
        points = score_indicator(SCHEME, name, {name: from_float(float(actual)) or Decimal(0)}).points
    except KpiError:
        return grade, coefficient, REFUSED
    return grade, coefficient, "" if points is None else float(points)


def lowered_workbook(rows: list[tuple[float | str, str, float]]) -> bytes:
    """A workbook with a lowered formula in three columns of every row, over its own 评级标准."""
    standard = Standard(SCHEME, plan_standard(SCHEME))
    graded = [parse_formula(lower(f"{name}(A1)", standard), 0, {}) for name in ("KPI_GRADE", "KPI_COEFFICIENT")]
    scored = {i.id: parse_formula(lower(f'KPI_SCORE("{i.id}",C1)', standard), 0, {}) for i in SIMPLE}
    workbook = openpyxl.load_workbook(io.BytesIO(build_standard(SCHEME)))
    sheet = workbook.create_sheet("计算", 0)
    for number, (score, name, actual) in enumerate(rows):
        formulas = (*graded, scored[name])
        sheet.append(
            [None if score == "" else score, name, actual, *(f"={formula.moved(number, 0).text()}" for formula in formulas)]
        )
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def differences(expected: list[tuple[Any, ...]], shown: list[tuple[Any, ...]], rows: list[Any]) -> list[Any]:
    """Return the rows that differ: numbers to the cent exactly, words exactly, refusals as such."""

    def plain(value: Any) -> Any:
        if isinstance(value, str) and value.startswith(REFUSED):
            return REFUSED
        return round(value, 8) if isinstance(value, float) else value

    return [
        (row, wanted, found)
        for row, wanted, found in zip(rows, expected, shown, strict=True)
        if tuple(map(plain, wanted)) != tuple(map(plain, found))
    ]


def test_four_engines_agree_on_20000_inputs(
    calc: Callable[[dict[str, Any]], Any],
    call: Callable[..., Any],
    tmp_path: Path,
) -> None:
    rows = cases()
    assert len(rows) == INPUTS
    expected = [in_python(*row) for row in rows]
    assert {points for _grade, _coefficient, points in expected} >= {0.0, REFUSED}
    scores, names, actuals = ([[row[column]] for row in rows] for column in range(3))

    over_com = zip(call("KPI_GRADE", scores), call("KPI_COEFFICIENT", scores), call("KPI_SCORE", names, actuals), strict=True)
    assert not differences(expected, [tuple(cell[0] for cell in row) for row in over_com], rows)

    job = {
        "tables": {f"A1:C{INPUTS}": [list(row) for row in rows]},
        "arrays": {
            f"D1:D{INPUTS}": f"=KPI_GRADE(A1:A{INPUTS})",
            f"E1:E{INPUTS}": f"=KPI_COEFFICIENT(A1:A{INPUTS})",
            f"F1:F{INPUTS}": f"=KPI_SCORE(B1:B{INPUTS};C1:C{INPUTS})",
        },
        "data": [f"D1:F{INPUTS}"],
    }
    (by_addin,) = calc(job)["data"]
    assert not differences(expected, [tuple(row) for row in by_addin], rows)

    path = tmp_path / "lowered.xlsx"
    path.write_bytes(lowered_workbook(rows))
    (natively,) = calc({"open": path.as_uri(), "recalculate": True, "data": [f"D1:F{INPUTS}"]})["data"]
    assert not differences(expected, [tuple(row) for row in natively], rows)
