"""Groups, weights, deadlines, working hours on 20,000 rows: plain loops, xlwings' COM path, the add-in; lowered ones in Calc."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.native.forms import Standard
from kpi_xl.native.lowering import lower
from kpi_xl.ooxml.formulas import parse_formula
from kpi_xl.schemes import load_scheme
from kpi_xl.standard.plan import plan_standard
from kpi_xl.workbook.build import build_standard
from kpi_xl.working_calendar import is_working_day

from ..excel.com import caller, xlwings_with_functions
from ..excel.pywin32_stub import Workbook
from ..measures.reference import working_seconds

pytestmark = [pytest.mark.office, pytest.mark.slow]

ROWS, DATES, LOWERED, BLOCK = 20_000, 3_000, 1_000, 10
EPOCH = dt.datetime(1899, 12, 30)
SCHEME = load_scheme("appliance-agent")
Rows = list[list[Any]]


@pytest.fixture
def call() -> Iterator[Callable[..., Any]]:
    """Call a function as Excel does."""
    with xlwings_with_functions() as xlwings:
        yield caller(xlwings, Workbook())


def people() -> Rows:
    """Score, team, agent, rating, four values: half cents, ties, missing ones, ids as text and as numbers."""
    draw = random.Random(20251001)
    rows = []
    for number in range(ROWS):
        score: Any = round(draw.uniform(40, 100), draw.choice((0, 1, 2, 3)))
        rating: Any = draw.choice((1, 2, 3, 4, 5, 5, "", "-", "无数据", 4.5))
        values = [
            draw.choice((60.0, 72.5, 88.25, 100.0, 0.0, 95.125, "", "待评") if number % 3 else (60.0, 99.5)) for _ in range(4)
        ]
        agent: Any = f"A{draw.randrange(400):03}" if number % 2 else float(draw.randrange(1, 400))
        rows.append([score if number % 50 else "待评", f"{draw.randrange(60)}组", agent, rating, *values])
    return rows


def ranked(rows: Rows) -> list[Any]:
    """One more than there are higher scores in the team."""
    found = defaultdict(list)
    for score, team, *_ in rows:
        if score != "待评":
            found[team].append(Decimal(repr(score)).quantize(Decimal("0.01"), ROUND_HALF_UP))
    above = {team: {one: sum(other > one for other in scores) for one in set(scores)} for team, scores in found.items()}
    return [
        "待评" if score == "待评" else 1 + above[team][Decimal(repr(score)).quantize(Decimal("0.01"), ROUND_HALF_UP)]
        for score, team, *_ in rows
    ]


def means(rows: Rows) -> list[Any]:
    found = defaultdict(list)
    for _score, _team, agent, rating, *_ in rows:
        if not isinstance(rating, str):
            found[agent].append(rating)
    return [sum(found[row[2]]) / len(found[row[2]]) if row[2] in found else "无数据" for row in rows]


WEIGHTS = [40.0, 30.0, 20.0, 10.0]


def weighted(rows: Rows) -> list[Any]:
    found: list[Any] = []
    for row in rows:
        pairs = [(value, weight) for value, weight in zip(row[4:], WEIGHTS, strict=True) if not isinstance(value, str)]
        missing = len(WEIGHTS) - len(pairs)
        mean = (
            sum(Decimal(value) * Decimal(weight) for value, weight in pairs) / sum(Decimal(w) for _, w in pairs)
            if pairs
            else None
        )
        shown = "" if mean is None else f"{mean.quantize(Decimal('0.01'), ROUND_HALF_UP):.2f}"
        found.append(
            "无数据" if mean is None else float(mean) if not missing
            else f"{shown}（缺 {missing} 项，按其余权重折算）"
        )  # fmt: skip
    return found


def differences(wanted: list[Any], shown: list[Any], rows: Rows) -> list[Any]:
    return [
        (row, one, other)
        for row, one, other in zip(rows, wanted, shown, strict=True)
        if (isinstance(one, str) != isinstance(other, str)) or (one != other if isinstance(one, str) else abs(one - other) > 1e-9)
    ]


def test_figures_of_20000_people(calc: Callable[[dict[str, Any]], Any], call: Callable[..., Any]) -> None:
    rows = people()
    wanted = {"KPI_RANK_BY": ranked(rows), "KPI_MEAN_BY": means(rows), "KPI_WEIGHTED": weighted(rows)}
    scores, teams, agents, ratings = ([[row[place]] for row in rows] for place in range(4))
    over_com = {
        "KPI_RANK_BY": call("KPI_RANK_BY", scores, teams, scores, teams),
        "KPI_MEAN_BY": call("KPI_MEAN_BY", agents, agents, ratings),
        "KPI_WEIGHTED": call("KPI_WEIGHTED", [row[4:] for row in rows], [WEIGHTS]),
    }
    for name, cells in over_com.items():
        assert not differences(wanted[name], [cell for (cell,) in cells], rows), name
    job = {
        "tables": {f"A1:H{ROWS}": rows, "M1:P1": [WEIGHTS]},
        "arrays": {
            f"I1:I{ROWS}": f"=KPI_RANK_BY(A1:A{ROWS};B1:B{ROWS};A1:A{ROWS};B1:B{ROWS})",
            f"J1:J{ROWS}": f"=KPI_MEAN_BY(C1:C{ROWS};C1:C{ROWS};D1:D{ROWS})",
            f"K1:K{ROWS}": f"=KPI_WEIGHTED(E1:H{ROWS};M1:P1)",
        },
        "data": [f"I1:K{ROWS}"],
    }
    (by_addin,) = calc(job)["data"]
    for place, name in enumerate(wanted):
        assert not differences(wanted[name], [line[place] for line in by_addin], rows), name


def moments() -> Rows:
    draw = random.Random(20251002)
    first = dt.datetime(2024, 1, 1)
    starts = [first + dt.timedelta(seconds=draw.randrange(600 * 86_400)) for _ in range(DATES)]
    return [[start, start + dt.timedelta(seconds=draw.randrange(12 * 86_400)), draw.randint(1, 12)] for start in starts]


def serial(moment: dt.datetime) -> float:
    return (moment - EPOCH).total_seconds() / 86_400


def after(start: dt.datetime, count: int) -> dt.datetime:
    """Walk day by day."""
    while count:
        start += dt.timedelta(days=1)
        count -= is_working_day(start.date())
    return start


def test_dates_of_3000_tickets(calc: Callable[[dict[str, Any]], Any], call: Callable[..., Any]) -> None:
    rows = moments()
    hours = [working_seconds(start, end) / 3600 for start, end, _ in rows]
    days = [serial(after(start.replace(hour=0, minute=0, second=0), count)) for start, _, count in rows]
    created, closed = [[start] for start, *_ in rows], [[end] for _, end, _ in rows]
    spans = [[f"{count}个工作日"] for *_, count in rows]
    assert not differences(hours, [cell for (cell,) in call("KPI_WORKHOURS", created, closed)], rows)
    assert not differences(days, [cell for (cell,) in call("KPI_DEADLINE", created, spans)], rows)
    job = {
        "tables": {f"A1:C{DATES}": [[serial(start), serial(end), f"{count}个工作日"] for start, end, count in rows]},
        "arrays": {
            f"D1:D{DATES}": f"=KPI_WORKHOURS(A1:A{DATES};B1:B{DATES})",
            f"E1:E{DATES}": f"=KPI_DEADLINE(A1:A{DATES};C1:C{DATES})",
        },
        "data": [f"D1:E{DATES}"],
    }
    (by_addin,) = calc(job)["data"]
    assert not differences(hours, [line[0] for line in by_addin], rows)
    assert not differences(days, [line[1] for line in by_addin], rows)


def test_lowered_formulas_a_row(calc: Callable[[dict[str, Any]], Any], tmp_path: Path) -> None:
    """Each row asks about the block of ten rows that it stands in."""
    rows = people()[:LOWERED]
    blocks = [rows[start : start + BLOCK] for start in range(0, LOWERED, BLOCK)]
    few = [[[score, f"{team[0]}组", f"A{str(agent)[-1]}", *rest] for score, team, agent, *rest in block] for block in blocks]
    wanted = [[cell for block in few for cell in figure(block)] for figure in (ranked, means, weighted)]
    standard = Standard(SCHEME, plan_standard(SCHEME))
    workbook = openpyxl.load_workbook(io.BytesIO(build_standard(SCHEME)))
    sheet = workbook.create_sheet("计算", 0)
    sheet["M1"], sheet["N1"], sheet["O1"], sheet["P1"] = WEIGHTS
    for start, block in zip(range(1, LOWERED + 1, BLOCK), few, strict=True):
        last = start + BLOCK - 1
        formulas = [
            f"KPI_RANK_BY(A{start},B{start},A${start}:A${last},B${start}:B${last})",
            f"KPI_MEAN_BY(C{start},C${start}:C${last},D${start}:D${last})",
            f"KPI_WEIGHTED(E{start}:H{start},M$1:P$1)",
        ]
        lowered = [parse_formula(lower(formula, standard), 0, {}) for formula in formulas]
        for number, row in enumerate(block):
            for place, cell in enumerate(row, start=1):
                sheet.cell(start + number, place).value = None if cell == "" else cell
            for place, formula in enumerate(lowered, start=9):
                sheet.cell(start + number, place).value = f"={formula.moved(number, 0).text()}"
    path = tmp_path / "lowered.xlsx"
    workbook.save(path)
    (natively,) = calc({"open": path.as_uri(), "recalculate": True, "data": [f"I1:K{LOWERED}"]})["data"]
    everybody = [row for block in few for row in block]
    for place, column in enumerate(wanted):
        assert not differences(column, [line[place] for line in natively], everybody), place
