"""``kpi-xl template lower``: what it writes, says and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.errors import KpiError

from ..native.books import changed, formulas, parts, saved, sheet_book, shown

CELLS: dict[str, Any] = {"A1": 95, "A2": "８７", "B1": "=KPI_GRADE(A1)", "B2": "=KPI_GRADE(A2)", "B3": '=KPI_WHY("fcr",0.82)'}


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["template", "lower", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "月报.xlsx"
    path.write_bytes(saved(sheet_book(CELLS)))
    return path


def test_what_stays_and_what_changes_is_said(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "原生.xlsx"
    before = book.read_bytes()
    code, said, warned = run(book, "--out", out)
    assert (code, book.read_bytes()) == (0, before)
    assert "2 处换成原生公式，1 处没有换，1 处结果与函数不同，加了工作表 评级标准" in said
    assert "月报!B3：=KPI_WHY(" in warned
    assert "月报!B2：=KPI_GRADE(A2) 换成原生公式后显示“参数错误：得分应为数字”，函数的结果是“中级客服”" in warned
    assert shown(out.read_bytes())["B1"] == "高级客服"


def test_the_same_as_json(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "原生.xlsx"
    code, said, _ = run(book, "--out", out, "--json", "--scheme", "after-sales-3d")
    told = json.loads(said)
    assert code == 0
    assert (told["lowered"], told["sheets"], told["computed_on_opening"]) == (2, ["评级标准"], 0)
    assert [one["where"] for one in told["left"]] == ["月报!B3"]
    assert "评级标准" in openpyxl.load_workbook(out).sheetnames


def test_a_workbook_without_calls_comes_back_as_it_is(tmp_path: Path) -> None:
    path, out = tmp_path / "数据.xlsx", tmp_path / "同.xlsx"
    path.write_bytes(saved(sheet_book({"A1": "KPI_GRADE(A1)", "A2": '="KPI_GRADE(A1)"&1'})))
    code, said, warned = run(path, "--out", out)
    assert (code, warned) == (0, "")
    assert "没有 KPI 函数" in said
    assert out.read_bytes() == path.read_bytes()


def test_macros_stay_and_their_workbook_keeps_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "月报.xlsm"
    data = saved(sheet_book(CELLS))
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    pattern = r"application/vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet\.main\+xml"
    path.write_bytes(changed(data, {"[Content_Types].xml": (pattern, kind)}))
    assert run(path, "--out", tmp_path / "原生.xlsm")[0] == 0
    written = (tmp_path / "原生.xlsm").read_bytes()
    assert kind in parts(written)["[Content_Types].xml"].decode()
    assert formulas(written)["B1"].startswith("=IF(")
    with pytest.raises(KpiError) as refused:
        run(path, "--out", tmp_path / "原生.xlsx")
    assert "后缀要相同" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "工号,姓名\n".encode("gbk")])
def test_what_is_no_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "坏.xlsx"
    path.write_bytes(content)
    with pytest.raises(KpiError):
        run(path, "--out", tmp_path / "原生.xlsx")
    assert not (tmp_path / "原生.xlsx").exists()


def test_many_lines_are_cut_on_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "长.xlsx"
    path.write_bytes(saved(sheet_book({f"B{row}": f'=KPI_WHY("fcr",{row}%)' for row in range(1, 61)} | {"C1": "=KPI_RATE(1,2)"})))
    _, _, warned = run(path, "--out", tmp_path / "原生.xlsx")
    assert len(warned.splitlines()) == 41
    assert "还有 20 处" in warned
