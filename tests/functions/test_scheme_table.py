"""The scheme argument as the range of a 评级标准 sheet: what HR edits there, the functions use."""

from __future__ import annotations

from typing import Any

import pytest

from kpi_xl.functions import FUNCTIONS
from kpi_xl.functions.scheme_argument import read_scheme
from kpi_xl.schemes import list_schemes, load_scheme

from .standard_range import Rows, sheet


def change(rows: Rows, row_starts: str, old: Any, new: Any) -> Rows:
    """Return the rows with one cell changed: in the row that begins with `row_starts`."""
    changed = [list(row) for row in rows]
    (row,) = [row for row in changed if row[0] == row_starts and old in row]
    row[row.index(old)] = new
    return changed


REFERENCES = [f"{s.id}:{s.variants[0].id}" if s.required_variant else s.id for s in list_schemes()]


@pytest.mark.parametrize("scheme", [*REFERENCES, "appliance-agent:technical+promotion"])
def test_every_scheme_survives_the_sheet(scheme: str) -> None:
    assert read_scheme(sheet(scheme)) == load_scheme(scheme)


def test_the_same_results_as_by_id() -> None:
    table = sheet("appliance-agent")
    scores = [[95], [87], [69.99], [None]]
    assert FUNCTIONS["KPI_GRADE"](scores, table) == FUNCTIONS["KPI_GRADE"](scores)
    assert FUNCTIONS["KPI_SCORE"]("fcr", 0.82, table) == 19.29


def test_edited_bounds_weights_and_targets_are_used() -> None:
    table = sheet("appliance-agent")
    (grade,) = [row for row in table if row[1] == "高级客服" and row[0] == 90.0]
    edited = [[85.0, *row[1:]] if row is grade else row for row in table]
    assert FUNCTIONS["KPI_GRADE"](87, table) == "中级客服"
    assert FUNCTIONS["KPI_GRADE"](87, edited) == "高级客服"
    heavier = change(change(table, "professionalism", 10.0, 12.0), "completeness", 10.0, 8.0)
    assert FUNCTIONS["KPI_WEIGHT"]("professionalism", heavier) == 12.0
    assert FUNCTIONS["KPI_SCORE"]("professionalism", 50, heavier) == 6.0
    assert FUNCTIONS["KPI_TARGET"]("fcr", change(table, "fcr", 0.85, 0.8)) == 0.8


def test_a_mistake_names_its_cell() -> None:
    table = sheet("appliance-agent")
    shown = FUNCTIONS["KPI_GRADE"](87, change(table, "fcr", 20.0, 30.0))
    assert shown.startswith("参数错误：评级标准")
    shown = FUNCTIONS["KPI_GRADE"](87, change(table, "fcr", 20.0, "二十"))
    assert "评级标准!D" in shown


def test_a_wrong_range_says_where_to_begin() -> None:
    assert FUNCTIONS["KPI_GRADE"](87, [[1, 2], [3, 4]]) == "参数错误：方案区域应从“评级标准”表的第一格选起，选到最后一列"
    assert FUNCTIONS["KPI_GRADE"](87, [["方案"], ["#REF!"]]) == "#REF!"
    assert FUNCTIONS["KPI_GRADE"](87, [["a"]] * 3000) == "参数错误：评级标准区域最多 2000 行"
    assert FUNCTIONS["KPI_GRADE"](87, sheet("appliance-agent") + [[None] * 9] * 3000) == "中级客服"
