"""The sign of points: a column called 扣分 holds what is taken off, 加分 and 扣分 side by side are two, mixed signs are asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.exports import read_exports
from tests.command_line import kpi_xl

from .files import NOW, workbook, write

HEAD = "工号,姓名,发生日期,奖惩事项"
TAKEN = ("扣分", "扣罚", "扣减", "扣分值", "扣罚分值")


def points(path: Path, *more: object) -> dict[tuple[str, str], float | None]:
    run = kpi_xl("measure", path, *more, "--period", "2025-09", "--measure", "additions", "--measure", "deductions", "--json")
    assert run.returncode == 0, run.stderr
    return {(row["agent"], row["measure"]): row["value"] for row in json.loads(run.stdout)["rows"]}


def events(folder: Path, header: str, *rows: str) -> Path:
    return write(folder, f"{HEAD},{header}", *rows, name="奖惩.csv")


def sign(path: Path) -> list[tuple[str, str | None, bool]]:
    found = read_exports([path], now=NOW).decisions
    return [(one.ground, one.answer, one.stops) for one in found if one.kind.code == "sign"]


@pytest.mark.parametrize("header", TAKEN)
@pytest.mark.parametrize("minus", ["", "-"])
def test_what_is_called_a_deduction_is_taken_off(tmp_path: Path, header: str, minus: str) -> None:
    path = events(tmp_path, header, f"A1,张伟,2025-09-03,迟到,{minus}2", f"A2,李娜,2025-09-04,投诉有责,{minus}5")
    assert points(path) == {
        ("A1", "additions"): 0, ("A1", "deductions"): 2, ("A2", "additions"): 0, ("A2", "deductions"): 5,
    }  # fmt: skip
    assert sign(path) == [("read", "taken_off", False)]


@pytest.mark.parametrize("header", ["加分", "奖励分"])
def test_what_is_called_an_addition_is_given(tmp_path: Path, header: str) -> None:
    path = events(tmp_path, header, "A1,张伟,2025-09-03,客户表扬,2")
    assert points(path) == {("A1", "additions"): 2, ("A1", "deductions"): 0}


@pytest.mark.parametrize(
    ("given", "taken"), [("加分", "扣分"), ("奖励分", "扣罚"), ("奖励分", "处罚分"), ("加分数", "减分"), ("奖励积分", "扣除分")]
)
@pytest.mark.parametrize("sheet", [False, True])
def test_two_columns_are_two(tmp_path: Path, given: str, taken: str, sheet: bool) -> None:
    rows = ["A1,张伟,2025-09-03,迟到,,2", "A2,李娜,2025-09-04,客户表扬,5,", "A2,李娜,2025-09-05,其他,3,1"]
    path = events(tmp_path, f"{given},{taken}", *rows)
    if sheet:
        cells = [f"{HEAD},{given},{taken}".split(","), *([cell or None for cell in row.split(",")] for row in rows)]
        path = workbook(tmp_path, {"奖惩": cells}, "奖惩.xlsx")
    assert points(path) == {
        ("A1", "additions"): 0, ("A1", "deductions"): 2, ("A2", "additions"): 8, ("A2", "deductions"): 1,
    }  # fmt: skip
    tables = read_exports([path], now=NOW)
    assert tables.connection.execute("SELECT sum(points) FROM events").fetchall() == [(5,)]


@pytest.mark.parametrize("header", ["扣分", "加分"])
def test_a_column_that_mixes_signs_is_asked(tmp_path: Path, header: str) -> None:
    path = events(tmp_path, header, "A1,张伟,2025-09-03,甲,2", "A1,张伟,2025-09-04,乙,-3")
    assert sign(path) == [("open", None, True)]
    assert points(path) == {}  # nobody has a figure: it is not 0


@pytest.mark.parametrize(
    ("rows", "ground"),
    [
        (["投诉有责,-5", "客户表扬,3"], "read"), (["客户表扬,3"], "read"), (["投诉有责,5", "迟到,2"], "guess"),
        (["迟到,2", "客户表扬,3"], "guess"), (["新品学习,2"], "read"), (["零投诉奖励,2"], "read"), (["客户表扬,-2"], "guess"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("header", ["奖惩分值", "加减分"])
def test_signed_points_agree_with_their_kinds(tmp_path: Path, header: str, rows: Sequence[str], ground: str) -> None:
    path = events(tmp_path, header, *[f"A1,张伟,2025-09-03,{row}" for row in rows])
    assert [found[:2] for found in sign(path)] == [(ground, "signed")]


@pytest.mark.parametrize(("word", "taken", "given"), [("taken_off", 7, 0), ("given", 0, 7), ("signed", 0, 7)])
def test_the_mapping_file_declares(tmp_path: Path, word: str, taken: int, given: int) -> None:
    path = events(tmp_path, "奖惩分值", "A1,张伟,2025-09-03,迟到,2", "A1,张伟,2025-09-04,投诉有责,5")
    mapping = write(
        tmp_path, f'[[export]]\nfile = "奖惩.csv"\n[export.events]\nmeaning = {{ points = "{word}" }}', name="映射.toml"
    )
    assert points(path, "--mapping", mapping) == {("A1", "additions"): given, ("A1", "deductions"): taken}


def test_the_form_of_the_team(tmp_path: Path) -> None:
    path = events(tmp_path, "扣分", "A1,张伟,2025-09-03,迟到,2", "A2,李娜,2025-09-04,投诉有责,5")
    roster = write(tmp_path, "工号,姓名,班组,岗位", "A1,张伟,一组,客服", "A2,李娜,一组,客服", name="花名册.csv")
    run = kpi_xl(
        "generate", path, "--scheme", "outsourced-maintenance", "--period", "2025-09", "--roster", roster,
        "--out", tmp_path / "out", "--no-html",
    )  # fmt: skip
    assert run.returncode in (0, 1), run.stderr
    (form,) = (tmp_path / "out" / "2025-09" / "一组").glob("*.xlsx")
    rows = [[cell for cell in row if cell is not None] for row in openpyxl.load_workbook(form, data_only=True)["考核表"].values]
    last = {str(row[0]): [cell for cell in row if _is_number(cell)] for row in rows if row and row[0] in ("加分", "扣分")}
    assert [float(last[name][-1]) for name in ("加分", "扣分")] == [0, -7]


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) or str(cell).lstrip("-").replace(".", "", 1).isdigit()


def test_a_meaning_that_is_none_is_refused(tmp_path: Path) -> None:
    path = events(tmp_path, "奖惩分值", "A1,张伟,2025-09-03,迟到,2")
    mapping = write(tmp_path, '[[export]]\n[export.events]\nmeaning = { points = "negative" }', name="映射.toml")
    run = kpi_xl("measure", path, "--mapping", mapping, "--period", "2025-09")
    assert run.returncode == 2
    assert "signed、taken_off、given" in run.stderr
