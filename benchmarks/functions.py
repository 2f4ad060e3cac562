"""Cell functions over a range against a plain Python loop over the core function: ``python benchmarks/functions.py [--json]``.

Goal: one call of KPI_GRADE over 10,000 rows takes less than 10 times the loop. Medians of one run; results compared equal.
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


def main() -> None:
    """Measure and print one JSON document, or lines for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    draw = random.Random(4)
    scores = [[round(draw.uniform(0, 100), 3)] for _ in range(given.rows)]
    ratios = [[row[0] / 100] for row in scores]
    people = [
        [draw.random(), draw.uniform(1, 60), *(draw.random() for _ in range(3)), 88.0, 0.97, 90.0, 2.0]
        for _ in range(given.rows // 10)
    ]
    cases: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "KPI_GRADE": (lambda: FUNCTIONS["KPI_GRADE"](scores), lambda: _grade_loop(scores)),
        "KPI_SCORE": (
            lambda: FUNCTIONS["KPI_SCORE"]("fcr", ratios),
            lambda: [[float(score_indicator(SCHEME, "fcr", {"fcr": row[0]}).points or 0)] for row in ratios],
        ),
        "KPI_TOTAL": (
            lambda: FUNCTIONS["KPI_TOTAL"]([KEYS], people),
            lambda: [[float(score(SCHEME, dict(zip(KEYS, row, strict=True))).total or 0)] for row in people],
        ),
    }
    report: dict[str, float] = {"rows": given.rows}
    for name, (ranged, loop) in cases.items():
        assert ranged() == loop(), name
        in_range, in_loop = _seconds(ranged), _seconds(loop)
        report[f"{name.lower()}_times_core_loop"] = round(in_range / in_loop, 2)
        report[f"{name.lower()}_ms"] = round(in_range * 1000, 1)
    if given.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key:32} {value}")


if __name__ == "__main__":
    main()
