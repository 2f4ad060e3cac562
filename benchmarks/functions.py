"""Cell functions over 10,000 cells, each way: ``python benchmarks/functions.py [--json]``.

One call over the range, and a call a cell, both against a plain Python loop over the core function. Goal: one call of KPI_GRADE
over 10,000 rows takes less than 10 times the loop. Medians of one run; results compared equal. What a spreadsheet program adds to
each call, and native formulas, are measured in ``benchmarks/calc.py``.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from decimal import Decimal

from kpi_xl.functions import FUNCTIONS
from kpi_xl.numbers import round_points
from kpi_xl.schemes import load_scheme
from kpi_xl.scoring import grade_of, score, score_indicator

REPEATS = 5
SCHEME = load_scheme("appliance-agent")
KEYS = [
    *("fcr", "handling_hours", "csat", "repeat_complaint", "first_fix"),
    *("professionalism", "completeness", "collaboration", "knowledge"),
]


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _grade_loop(scores: list[list[float]]) -> list[list[str]]:
    found = []
    for (points,) in scores:
        grade = grade_of(SCHEME, Decimal(repr(points)))
        assert grade is not None
        found.append([grade.name])
    return found


def _rank_loop(scores: list[list[float]]) -> list[list[int]]:
    printed = [round_points(Decimal(repr(points))) for (points,) in scores]
    ordered = sorted(printed, reverse=True)
    first: dict[Decimal, int] = {}
    for place, points in enumerate(ordered, start=1):
        first.setdefault(points, place)
    return [[first[points]] for points in printed]


def main() -> None:
    """Measure and print one JSON document, or lines for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    draw = random.Random(4)
    scores = [[round(draw.uniform(1.001, 100), 3)] for _ in range(given.rows)]
    ratios = [[row[0] / 100] for row in scores]
    ranked = [[2 + row[0]] for row in scores[: given.rows // 5]]  # a column of calls grows with the square
    people = [
        [draw.random(), draw.uniform(1, 60), *(draw.random() for _ in range(3)), 88.0, 0.97, 90.0, 2.0]
        for _ in range(given.rows // 10)
    ]
    cases: dict[str, tuple[Callable[[], object], Callable[[], object], Callable[[], object]]] = {
        "KPI_GRADE": (
            lambda: FUNCTIONS["KPI_GRADE"](scores),
            lambda: _grade_loop(scores),
            lambda: [[FUNCTIONS["KPI_GRADE"](row[0])] for row in scores],
        ),
        "KPI_SCORE": (
            lambda: FUNCTIONS["KPI_SCORE"]("fcr", ratios),
            lambda: [[float(score_indicator(SCHEME, "fcr", {"fcr": row[0]}).points or 0)] for row in ratios],
            lambda: [[FUNCTIONS["KPI_SCORE"]("fcr", row[0])] for row in ratios],
        ),
        "KPI_TOTAL": (
            lambda: FUNCTIONS["KPI_TOTAL"]([KEYS], people),
            lambda: [[float(score(SCHEME, dict(zip(KEYS, row, strict=True))).total or 0)] for row in people],
            lambda: [[FUNCTIONS["KPI_TOTAL"]([KEYS], [row])] for row in people],
        ),
        "KPI_RANK": (
            lambda: FUNCTIONS["KPI_RANK"](ranked, ranked),
            lambda: _rank_loop(ranked),
            lambda: [[FUNCTIONS["KPI_RANK"](row[0], ranked)] for row in ranked],
        ),
    }
    report: dict[str, float] = {"rows": given.rows}
    for name, (ranged, loop, singly) in cases.items():
        assert ranged() == loop() == singly(), name
        in_range, in_loop, a_cell = _seconds(ranged), _seconds(loop), _seconds(singly)
        report[f"{name.lower()}_times_core_loop"] = round(in_range / in_loop, 2)
        report[f"{name.lower()}_a_cell_times_core_loop"] = round(a_cell / in_loop, 2)
        report[f"{name.lower()}_ms"] = round(in_range * 1000, 1)
        report[f"{name.lower()}_a_cell_ms"] = round(a_cell * 1000, 1)
    if given.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key:32} {value}")


if __name__ == "__main__":
    main()
