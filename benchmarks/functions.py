"""Cell functions over 10,000 cells, each way: ``python benchmarks/functions.py [--json]``.

One call over the range, and a call a cell, both against a plain Python loop over the core function. Goal: one call of KPI_GRADE
over 10,000 rows takes less than 10 times the loop. Medians of one run; results compared equal. ``--com`` adds both over xlwings'
COM code against the tests' stub of pywin32 (run as ``python -m benchmarks.functions --com``): what xlwings itself adds, without
Excel and without crossing between processes. What a spreadsheet program adds, and native formulas: ``benchmarks/calc.py``.
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
from kpi_xl.numbers import divide, round_points
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


Column = list[list[float]]
Work = Callable[[], object]


def _cases(scores: Column, ratios: Column, ranked: Column, people: Column) -> dict[str, tuple[Work, Work, Work]]:
    """Return by function: one call over the range, the bare loop over the core, a call a cell."""
    call = FUNCTIONS
    return {
        "KPI_GRADE": (
            lambda: call["KPI_GRADE"](scores),
            lambda: _grade_loop(scores),
            lambda: [[call["KPI_GRADE"](row[0])] for row in scores],
        ),
        "KPI_SCORE": (
            lambda: call["KPI_SCORE"]("fcr", ratios),
            lambda: [[float(score_indicator(SCHEME, "fcr", {"fcr": row[0]}).points or 0)] for row in ratios],
            lambda: [[call["KPI_SCORE"]("fcr", row[0])] for row in ratios],
        ),
        "KPI_RATE": (
            lambda: call["KPI_RATE"](scores, 100.0),
            lambda: [[float(divide(Decimal(repr(row[0])), 100))] for row in scores],
            lambda: [[call["KPI_RATE"](row[0], 100.0)] for row in scores],
        ),
        "KPI_TOTAL": (
            lambda: call["KPI_TOTAL"]([KEYS], people),
            lambda: [[float(score(SCHEME, dict(zip(KEYS, row, strict=True))).total or 0)] for row in people],
            lambda: [[call["KPI_TOTAL"]([KEYS], [row])] for row in people],
        ),
        "KPI_RANK": (
            lambda: call["KPI_RANK"](ranked, ranked),
            lambda: _rank_loop(ranked),
            lambda: [[call["KPI_RANK"](row[0], ranked)] for row in ranked],
        ),
    }


def _over_com(scores: Column, ranked: Column) -> dict[str, float]:
    """Return the milliseconds of calls as xlwings makes them for Excel: the stub hands over ranges and takes results."""
    from tests.excel.com import caller, xlwings_with_functions
    from tests.excel.pywin32_stub import Workbook

    with xlwings_with_functions() as xlwings:
        call = caller(xlwings, Workbook())
        ways: dict[str, Work] = {
            "kpi_grade_com_ms": lambda: call("KPI_GRADE", scores),
            "kpi_grade_a_cell_com_ms": lambda: [call("KPI_GRADE", [row]) for row in scores],
            "kpi_rank_com_ms": lambda: call("KPI_RANK", ranked, ranked),
            "kpi_rank_a_cell_com_ms": lambda: [call("KPI_RANK", [row], ranked) for row in ranked],
        }
        return {name: round(_seconds(work) * 1000, 1) for name, work in ways.items()}


def main() -> None:
    """Measure and print one JSON document, or lines for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--com", action="store_true", help="also over xlwings' COM code (stub of pywin32)")
    given = parser.parse_args()
    draw = random.Random(4)
    scores = [[round(draw.uniform(2, 100), 3)] for _ in range(given.rows)]  # up to 1 they would be refused as percentages
    ratios = [[row[0] / 100] for row in scores]
    ranked = scores[: given.rows // 5]  # a column of calls grows with the square
    people = [
        [draw.random(), draw.uniform(1, 60), *(draw.random() for _ in range(3)), 88.0, 0.97, 90.0, 2.0]
        for _ in range(given.rows // 10)
    ]
    cases = _cases(scores, ratios, ranked, people)
    report: dict[str, float] = {"rows": given.rows}
    for name, (ranged, loop, singly) in cases.items():
        assert ranged() == loop() == singly(), name
        in_range, in_loop, a_cell = _seconds(ranged), _seconds(loop), _seconds(singly)
        report[f"{name.lower()}_times_core_loop"] = round(in_range / in_loop, 2)
        report[f"{name.lower()}_a_cell_times_core_loop"] = round(a_cell / in_loop, 2)
        report[f"{name.lower()}_ms"] = round(in_range * 1000, 1)
        report[f"{name.lower()}_a_cell_ms"] = round(a_cell * 1000, 1)
    if given.com:
        report |= _over_com(scores, ranked)
    if given.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key:32} {value}")


if __name__ == "__main__":
    main()
