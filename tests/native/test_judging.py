"""KPI_PASS and KPI_GAP lowered: what three spreadsheet programs compute is what the functions say, for every scheme."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.functions import FUNCTIONS
from kpi_xl.functions.points import input_keys
from kpi_xl.native.forms import NoNativeFormError, Standard
from kpi_xl.native.lowering import lower
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.inputs import inputs_of
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.targets import target_parts
from kpi_xl.standard.plan import plan_standard
from kpi_xl.workbook.build import build_standard

from ..engines import ENGINES, Values

SCHEMES = (
    *("appliance-agent", "manager-kpi", "department-annual", "department-head", "staff-service-50", "outsourced-maintenance"),
    *("ob-satisfaction", "after-sales-3d", "monthly-bonus:manager", "dealer-cs", "team-core", "satisfaction-survey"),
)
SCORES = (
    *(0, -1, 0.5, 1, 1.5, 44.99, 45, 59.994, 59.995, 69.994, 69.995, 79.99, 80, 89.994, 89.995, 90, 90.001, 94.99, 95, 100, 870),
    *(None, "待评", "优", True),
)


def cases(scheme: Scheme) -> Iterator[tuple[str, tuple[Any, ...], list[Any]]]:
    """Yield function, arguments of the function, and the cells behind the last of them."""
    for score in SCORES:
        yield "KPI_GAP", ([[score]],), [score]
    for indicator in scheme.indicators:
        for value in _values(scheme, indicator):
            yield "KPI_PASS", (indicator.id, [[value]]), [value]
        keys = input_keys(indicator)
        for row in _rows(scheme, indicator) if len(keys) > 1 else ():
            yield "KPI_PASS", (indicator.name, [row]), row


def _values(scheme: Scheme, indicator: Indicator) -> list[Any]:
    targets = [float(part.value) for part in target_parts(scheme, indicator) if part.value is not None]
    around = [target + step for target in targets for step in (0, -0.01, 0.01, 1, -1, 1e-9)]
    options = inputs_of(indicator)[0].options
    return [*around, *options[:2], 0, 1, 0.5, 3, -0.2, 120, None, "无数据", "-", "x", True]


def _rows(scheme: Scheme, indicator: Indicator) -> list[list[Any]]:
    width = len(input_keys(indicator))
    goal = [float(part.value or 0) for part in target_parts(scheme, indicator)]
    on_target = [*goal, *[0.5] * width][:width]
    return [
        on_target, [value + 1 for value in on_target[:1]] + on_target[1:], [None] * width, ["-"] * width, [*on_target[:-1], None],
        [None] * (width - 1) + [0], [1] * width, [0] * width, ["x", *on_target[1:]], ["无数据", *on_target[1:]], [-5] * width,
        [2.5] * width, [3, *[0] * (width - 1)],
    ]  # fmt: skip


def workbook(scheme: Scheme) -> tuple[bytes, dict[str, tuple[str, Any]]]:
    """Return a workbook with a lowered formula a row, and by its cell the call and what the function says."""
    standard = Standard(scheme, plan_standard(scheme))
    book = openpyxl.load_workbook(io.BytesIO(build_standard(scheme)))
    sheet = book.create_sheet("表", 0)
    expected: dict[str, tuple[str, Any]] = {}
    for number, (name, arguments, cells) in enumerate(cases(scheme), start=1):
        for place, cell in enumerate(cells, start=2):
            sheet.cell(number, place).value = cell
        last = f"B{number}" if len(cells) == 1 else f"B{number}:{chr(ord('A') + len(cells))}{number}"
        typed = [f'"{argument}"' for argument in arguments[:-1]]
        sheet[f"A{number}"] = "=" + lower(f"{name}({','.join([*typed, last])})", standard)
        said = FUNCTIONS[name](*arguments, scheme.reference)
        expected[f"A{number}"] = f"{name}{arguments}", said[0][0] if isinstance(said, list) else said
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), expected


def wrong(shown: Values, expected: dict[str, tuple[str, Any]]) -> dict[str, tuple[Any, Any]]:
    found = {}
    for at, (call, said) in expected.items():
        value = shown.get(("表", at), "")
        same = str(value).startswith("参数错误") if str(said).startswith("参数错误") else value == said
        if not same:
            found[call] = value, said
    return found


@pytest.mark.office
@pytest.mark.parametrize("engine", ENGINES)
def test_what_three_programs_compute_is_what_the_functions_say(engine: str, tmp_path: Path) -> None:
    differences = {}
    for reference in SCHEMES:
        data, expected = workbook(load_scheme(reference))
        if engine == "LibreOffice":  # where TRUE is a number
            expected = {at: one for at, one in expected.items() if "True" not in one[0]}
        path = tmp_path / f"{reference.replace(':', '-')}.xlsx"
        path.write_bytes(data)
        differences |= {(reference, call): told for call, told in wrong(ENGINES[engine](path, tmp_path), expected).items()}
    assert not differences


@pytest.mark.office
def test_the_verdicts_and_reasons_all_occur() -> None:
    """The cases above would show little if all of them were refused."""
    said = [str(one) for reference in SCHEMES for _call, one in workbook(load_scheme(reference))[1].values()]
    for start in ("达标", "未达标", "无数据", "无目标", "参数错误", "距", "已是最高等级", "待评", "本方案不设等级"):
        assert any(one.startswith(start) for one in said), start
    assert "" in said


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("KPI_PASS(A1,B1)", "文字写明"),
        ('KPI_PASS("没有的",B1)', "没有指标"),
        ('KPI_PASS("handling_hours",B1:C1)', "一行 3 格"),
        ('KPI_PASS("fcr",B1,"manager-kpi")', "不是这份考核表的方案"),
    ],
)
def test_what_has_no_native_form_says_why(formula: str, reason: str) -> None:
    scheme = load_scheme("appliance-agent")
    with pytest.raises(NoNativeFormError) as refused:
        lower(formula, Standard(scheme, plan_standard(scheme)))
    assert reason in refused.value.reason.zh
