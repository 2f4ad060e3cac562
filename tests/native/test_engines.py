"""Every native form under Excel's order of types (number < text < boolean): three programs must give what the functions give.

LibreOffice compares booleans as numbers and so hides a class of faults that Excel shows; Gnumeric and IronCalc do as Excel does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.schemes.inputs import Input, inputs_of
from kpi_xl.schemes.model import Indicator, Scheme

from .. import engines
from ..workbook.test_parity import ways
from .sheets import Case, lay_out

REFERENCES = [reference for scheme in list_schemes() for reference in ways(scheme)]
STEPS = (0.0, 0.01, -0.01, 1e-9, -1e-9)
ODD: tuple[Any, ...] = (None, "", "无数据", "未回访", 0, -1, 0.5, 0.9, 1, 2, 87, 1e6)


def numbers_of(entry: Input, indicator: Indicator) -> Iterator[float]:
    """Values on and around every bound of an input, and its target's."""
    target = getattr(indicator.rule, "target", None)
    bounds = [float(b) for b in (entry.low, entry.high, target) if isinstance(b, int | float | Decimal)]
    for bound in bounds:
        yield from (bound + step for step in STEPS)


def cases_of(scheme: Scheme) -> list[Case]:
    """Every function over the scheme's own numbers: each indicator on its edges, each grade on its thresholds."""
    cases: list[Case] = []
    for indicator in scheme.indicators:
        entry = inputs_of(indicator)[0]
        options = list(entry.options or ())
        values = [*ODD, *numbers_of(entry, indicator), *options]
        cases += [("KPI_SCORE", (indicator.id, [[value]])) for value in values]
        cases += [("KPI_TARGET", (indicator.id,)), ("KPI_WEIGHT", (indicator.id,)), ("KPI_WEIGHT", ([[indicator.name]],))]
    edges = [float(grade.lower) + step for grade in scheme.grades for step in (*STEPS, -0.005, -0.006)]
    for score in [*edges, *ODD, "待评", "优秀", float(scheme.total), float(scheme.total) + 1]:
        cases += [(name, ([[score]],)) for name in ("KPI_GRADE", "KPI_COEFFICIENT", "KPI_ACTION")]
        if scheme.bonus is not None:
            cases.append(("KPI_BONUS", ([[1999.99]], [[score]])))
    return cases


RATINGS: tuple[Any, ...] = (
    *(5, 4, 3, 2, 1, 0, 10, 9, 6, 7.5, 0.5, -1, 100, 95, True, False, None, " ", "-", "无数据", "暂无", "未评价"),
    *("满意", "不满意", "一般", "是|y", "|", "什么", "N/A", "?"),
)
FLAGS: tuple[Any, ...] = (
    *("是", "否", 1, 0, True, False, None, " ", "-", "无", "有", "已解决", "未解决", "是|y", "|", 2, "也许", "√", "×", "Y", "no"),
)
SCORES: tuple[Any, ...] = (95, 88, 88.004, 88.005, 70, 0, 0.87, 100, None, "待评", "待评：已得 3 分", " ", "优秀", True)
GRADES: tuple[Any, ...] = ("高级客服", "中级客服", "待改进", "待改进 ", "待评", None, " ", "无数据", "-")
NUMBERS: tuple[Any, ...] = (0, 1, 2, 3, 0.5, -1, 100, None, " ", "-", "无数据", "abc", "=1", True)


def random_cases(count: int) -> list[Case]:
    """Figures of cells as people leave them: half of the ranges hold nothing wrong, so that figures come out, too."""
    draw = random.Random(7)

    def column(cells: tuple[Any, ...]) -> list[list[Any]]:
        clean = draw.random() < 0.5
        pool = [cell for cell in cells if not clean or cell is None or (type(cell) is int and cell > 0)] if clean else cells
        return [[draw.choice(pool)] for _ in range(draw.randint(1, 6))]

    cases: list[Case] = []
    for _ in range(count):
        scores = column(SCORES)
        cases += [
            ("KPI_MEAN_RATING", (column(RATINGS),)),
            ("KPI_NPS", (column(RATINGS),)),
            ("KPI_CSAT", (column(RATINGS),)),
            ("KPI_CSAT", (column(RATINGS), [[draw.choice((4, 8, 0.8, 80, 101, None, "四", "-"))]])),
            ("KPI_FCR", (column(FLAGS),)),
            ("KPI_RATE", ([[draw.choice(NUMBERS)]], [[draw.choice(NUMBERS)]])),
            ("KPI_RANK", ([[draw.choice((*SCORES, scores[0][0]))]], scores)),
            ("KPI_STREAK", ([[draw.choice(GRADES)] for _ in range(5)], [["待改进"]])),
            ("KPI_CS", ([[draw.choice((100, 75, 25, 0, 12.34, 80, None, "-", "好")) for _ in range(4)]],)),
            ("KPI_HOURS", ([[draw.choice((45901.5, 45902, None, "-"))]], [[draw.choice((45902.25, 45901, None, "无数据"))]])),
            ("KPI_GRADE", ([[draw.choice(SCORES)] for _ in range(4)],)),
            ("KPI_COEFFICIENT", ([[draw.choice(SCORES)] for _ in range(3)],)),
            ("KPI_ACTION", ([[draw.choice(SCORES)] for _ in range(3)],)),
            ("KPI_BONUS", ([[draw.choice(NUMBERS)] for _ in range(3)], [[draw.choice(SCORES)] for _ in range(3)])),
            ("KPI_SCORE", ("fcr", [[draw.choice(NUMBERS)] for _ in range(3)])),
            (
                "KPI_SCORE",
                ("handling_hours", [[draw.choice(NUMBERS), draw.choice(NUMBERS), draw.choice((0.1, 0.5, None, 2, "-"))]]),
            ),
        ]
    return cases


OTHERS_FAULTS: dict[str, str] = {}
"""What a program other than Excel computes wrongly, by call: each shown to be its fault below."""


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.parametrize("reference", REFERENCES)
def test_every_scheme_on_its_edges_in_three_programs(reference: str, soffice: str, tmp_path: Path) -> None:
    scheme = load_scheme(reference)
    laid_out = lay_out(scheme, cases_of(scheme))
    path = tmp_path / "edges.xlsx"
    path.write_bytes(laid_out.data)
    assert not {name: wrong for name, compute in engines.ENGINES.items() if (wrong := laid_out.wrong(compute(path, tmp_path)))}


@pytest.mark.office
@pytest.mark.slow
def test_figures_of_odd_cells_in_three_programs(soffice: str, tmp_path: Path) -> None:
    laid_out = lay_out(load_scheme("appliance-agent"), random_cases(60))
    path = tmp_path / "odd.xlsx"
    path.write_bytes(laid_out.data)
    assert not {name: wrong for name, compute in engines.ENGINES.items() if (wrong := laid_out.wrong(compute(path, tmp_path)))}
