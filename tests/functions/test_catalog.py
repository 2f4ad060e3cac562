"""The catalog: every example runs, every text fits the wizard, nothing ever raises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kpi_xl
from kpi_xl.errors import KpiError
from kpi_xl.functions import CATALOG, FUNCTIONS, Function
from kpi_xl.functions.cells import CellError
from kpi_xl.functions.docs import functions_page, with_table

from .bad import BAD

NAMES = [
    *("KPI_GRADE", "KPI_COEFFICIENT", "KPI_ACTION", "KPI_STREAK", "KPI_NEXT_STEP", "KPI_BONUS", "KPI_RANK"),
    *("KPI_SCORE", "KPI_WHY", "KPI_TOTAL", "KPI_WEIGHT", "KPI_TARGET"),
    *("KPI_PASS", "KPI_GAP", "KPI_TEXT"),
    *("KPI_RATE", "KPI_MEAN_RATING", "KPI_NPS", "KPI_CSAT", "KPI_FCR", "KPI_CS"),
    *("KPI_HOURS", "KPI_REPEAT", "KPI_FIRST_FIX", "KPI_DEADLINE", "KPI_WORKHOURS"),
    *("KPI_WEIGHTED", "KPI_RANK_BY", "KPI_MEAN_BY", "KPI_NPS_BY"),
    *("KPI_SCHEMES", "KPI_CHECK", "KPI_RESULT"),
    *("KPI_MEASURES",),
]
ARGUMENTS = {
    "KPI_GRADE": "score scheme", "KPI_COEFFICIENT": "score scheme", "KPI_ACTION": "score scheme",
    "KPI_SCORE": "indicator actual scheme", "KPI_WHY": "indicator actual scheme", "KPI_TOTAL": "indicators actuals scheme",
    "KPI_WEIGHT": "indicator scheme", "KPI_TARGET": "indicator scheme", "KPI_RATE": "numerator denominator",
    "KPI_MEAN_RATING": "ratings", "KPI_NPS": "ratings", "KPI_CSAT": "ratings satisfied_from", "KPI_FCR": "flags",
    "KPI_HOURS": "created closed", "KPI_REPEAT": "customers dates days", "KPI_FIRST_FIX": "assets dates days",
    "KPI_CS": "answers", "KPI_STREAK": "grades grade", "KPI_NEXT_STEP": "grades scheme", "KPI_BONUS": "base score scheme",
    "KPI_PASS": "indicator actual scheme", "KPI_GAP": "score scheme", "KPI_TEXT": "score indicators actuals scheme",
    "KPI_SCHEMES": "words", "KPI_CHECK": "range kind", "KPI_RESULT": "id period what",
    "KPI_DEADLINE": "start days scheme", "KPI_WORKHOURS": "created closed start_hour end_hour",
    "KPI_WEIGHTED": "values weights", "KPI_RANK_BY": "score group scores groups",
    "KPI_MEAN_BY": "key keys ratings", "KPI_NPS_BY": "key keys ratings",
    "KPI_RANK": "score scores", "KPI_MEASURES": "table period",
}  # fmt: skip


def test_the_promised_names_and_arguments() -> None:
    assert [function.name for function in CATALOG] == NAMES
    assert {f.name: " ".join(a.name for a in f.arguments) for f in CATALOG} == ARGUMENTS


@pytest.mark.parametrize("function", CATALOG, ids=lambda function: function.name)
def test_the_texts_fit_the_wizard(function: Function) -> None:
    texts = [function.doc, *(argument.doc for argument in function.arguments)]
    assert all(0 < len(text) <= 255 for text in texts)
    assert all(any("一" <= character <= "鿿" for character in text) for text in texts)
    assert all(argument.name.isascii() and argument.name.isidentifier() for argument in function.arguments)
    required = [not argument.optional for argument in function.arguments]
    assert required == sorted(required, reverse=True), "optional arguments stand last"


@pytest.mark.parametrize(
    ("function", "number"),
    [(function, number) for function in CATALOG for number in range(len(function.examples))],
    ids=lambda value: value.name if isinstance(value, Function) else str(value),
)
def test_examples(function: Function, number: int) -> None:
    example = function.examples[number]
    assert function(*example.arguments) == example.result
    assert getattr(kpi_xl, function.name)(*example.arguments) == example.result


def test_every_function_has_an_example() -> None:
    assert all(function.examples or function.engine for function in CATALOG)


def test_there_are_at_least_fifty_kinds_of_bad_cells() -> None:
    assert len(BAD) >= 50


@pytest.mark.parametrize("function", CATALOG, ids=lambda function: function.name)
def test_bad_arguments_in_every_place_give_short_texts(function: Function) -> None:
    good = list(function.examples[0].arguments) if function.examples else [[["客服"]], "2025-09"]
    good += [None] * (len(function.arguments) - len(good))
    cells = BAD[::5] if function.engine else BAD  # each call of the engine costs a tenth of a second
    for place in range(len(function.arguments)):
        for bad in cells:
            arguments = [*good[:place], bad, *good[place + 1 :]]
            _check(function, function(*arguments), arguments)
    for bad in cells:
        _check(function, function(*[bad] * len(function.arguments)), [bad])
    _check(function, function(), [])
    _check(function, function(*[1] * 9), [1] * 9)


@pytest.mark.parametrize("function", [f for f in CATALOG if not f.engine], ids=lambda function: function.name)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_implementation_raises_nothing_but_what_a_cell_can_show(function: Function, data: st.DataObject) -> None:
    """Without the safety net of `Function.__call__`: an unforeseen exception is a bug, even where no cell would show it."""
    cell = st.sampled_from([bad for bad in BAD if not isinstance(bad, list | tuple)]) | st.floats() | st.text(max_size=8)
    argument = cell | st.lists(st.lists(cell, max_size=4), max_size=4)
    arguments = [data.draw(argument) for _ in range(data.draw(st.integers(function.least, len(function.arguments))))]
    try:
        result = function.implementation(*arguments)
    except (CellError, KpiError):
        return
    _check(function, result, arguments)


def _check(function: Function, result: Any, arguments: list[Any]) -> None:
    """Numbers, short one-line texts, or a table of them: nothing that frightens or that a spreadsheet cannot take."""
    rows = result if isinstance(result, list) else [[result]]
    width = len(rows[0])
    for row in rows:
        assert isinstance(row, list), function.name
        assert len(row) == width
        for cell in row:
            assert isinstance(cell, str | int | float), (function.name, arguments, cell)
            assert cell == cell, (function.name, arguments)
            assert not isinstance(cell, str) or (len(cell) <= 255 and "Traceback" not in cell and "Error" not in cell), cell
            assert not isinstance(cell, str) or "无法计算" not in cell, (function.name, arguments)


def test_the_functions_start_without_heavy_libraries() -> None:
    code = (
        "import sys\n"
        "from kpi_xl.functions import FUNCTIONS\n"
        "assert FUNCTIONS['KPI_GRADE'](87) == '中级客服'\n"
        "heavy = {'pandas', 'duckdb', 'sqlglot', 'openpyxl', 'xlwings', 'numpy', 'typer', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_scheme_is_a_name_and_never_a_file() -> None:
    for name in ("../secret.toml", "C:\\scheme.toml", "/etc/passwd", "scheme.toml", "\\\\server\\share\\x.toml"):
        shown = name if len(name) <= 20 else name[:19] + "…"
        assert FUNCTIONS["KPI_GRADE"](87, name).startswith(
            f"参数错误：没有“{shown}”这个方案；可用：after-sales-3d、appliance-agent、"
        )


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        *((name, "中级客服") for name in ("Appliance-Agent", "ＡＰＰＬＩＡＮＣＥ－ＡＧＥＮＴ", " 家电售后客服绩效考核表 ")),
        *((name, "中级客服") for name in ("appliance-agent：TECHNICAL", "家电售后客服绩效考核表:technical+大促期（618、双11）")),
        ("manager", "参数错误：没有“manager”这个方案；可用：manager-kpi、"),
        ("appliance-agent:nope", "参数错误：方案 appliance-agent 没有变体“nope”；可用：technical（"),
        ("appliance-agent:", "参数错误：没有“appliance-agent:”这个方案"),
    ],
)
def test_a_scheme_goes_by_its_id_and_its_name_in_any_case(name: str, grade: str) -> None:
    shown = FUNCTIONS["KPI_GRADE"](87, name)
    assert shown.startswith(grade)
    assert len(shown) <= 255


WRITE_ANEW = "run python -m kpi_xl.functions.docs docs/functions.md README.md README.zh-CN.md"


def test_the_reference_page_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "functions.md"
    assert page.read_text(encoding="utf-8") == functions_page(), WRITE_ANEW


def test_no_figure_of_the_page_is_left_to_be_filled_in() -> None:
    assert not re.findall(r"@\w+@", functions_page())


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_tables_of_the_readmes_are_current(name: str) -> None:
    page = (Path(__file__).parents[2] / name).read_text(encoding="utf-8")
    assert with_table(page) == page, WRITE_ANEW
