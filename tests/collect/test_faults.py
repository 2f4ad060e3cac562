"""What we stumble over in one form stops no other, and its traceback is in a log beside the results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.collect import read
from kpi_xl.collect.read import COLLECT_LOG
from kpi_xl.errors import KpiError, Place
from kpi_xl.ledger import open_ledger

from .forms import enter, make_form, typed


@pytest.fixture
def back(tmp_path: Path) -> Path:
    """Two forms that came back; the ledger l.db issued them."""
    forms = [make_form(tmp_path / "out", person=person, name=name) for person, name in (("001", "张三"), ("002", "李四"))]
    with open_ledger(str(tmp_path / "l.db")) as opened:
        enter(opened, forms)
    for number, form in enumerate(forms, start=1):
        typed(form, tmp_path / "back" / f"{number}.xlsx", {})
    return tmp_path / "back"


def collected(folder: Path, *more: str) -> Any:
    out = folder.parent / "收集" / "收集结果.xlsx"
    asked = ["collect", str(folder), "--ledger", str(folder.parent / "l.db"), "--out", str(out), "--workers", "1", *more]
    return CliRunner().invoke(app, asked)


def test_a_fault_of_ours_is_logged_beside_the_results(back: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = read.read_fields

    def read_fields(sealed: Any, *rest: Any) -> Any:
        if sealed.identity.person == "002":
            raise AssertionError("a mistake of ours")
        return real(sealed, *rest)

    monkeypatch.setattr(read, "read_fields", read_fields)
    result = collected(back, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    log = back.parent / "收集" / COLLECT_LOG
    assert document["log"] == str(log)
    assert [(file["file"], file["error"]) for file in document["files"]] == [
        ("1.xlsx", None),
        ("2.xlsx", f"2.xlsx：读取时出错（AssertionError: a mistake of ours），请把 {COLLECT_LOG} 发给维护者"),
    ]
    assert [person["person"] for person in document["people"] if person["status"] == "taken"] == ["001"]
    text = log.read_text(encoding="utf-8")
    assert "\n=== 2.xlsx\nTraceback (most recent call last):\n" in text
    assert "in read_fields" in text
    assert text.endswith("\nAssertionError: a mistake of ours\n")
    assert "Traceback" not in result.output
    assert f"程序内部出错的记录在 {log}，请发给维护者" in result.stderr
    listed = openpyxl.load_workbook(log.with_name("收集结果.xlsx"))
    cells = {str(cell.value) for sheet in listed for row in sheet.iter_rows() for cell in row}
    assert any(COLLECT_LOG in cell for cell in cells)


def test_a_file_that_is_no_form_is_no_fault_of_ours(back: Path) -> None:
    openpyxl.Workbook().save(back / "x.xlsx")
    result = collected(back, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["log"] is None
    assert not list((back.parent / "收集").glob("*.log"))


def test_what_is_no_form_carries_its_place(tmp_path: Path) -> None:
    for name, content in (("二月：表.xlsx", b"PK not a workbook"), ("a: b.xlsx", b"x,y\n1,2\n"), ("空.xlsx", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(KpiError) as refused:
            read.open_workbook(path)
        assert refused.value.where == Place(name)
        assert refused.value.message.zh.startswith(f"{name}：")
