"""The command line: exit codes, one JSON document, what HR reads; from issue to result in one go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.errors import KpiError
from kpi_xl.ledger import open_ledger

from .forms import enter, make_form, typed


def run(*arguments: object, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=True)
    if isinstance(result.exception, KpiError):
        assert code == 2, result.exception
        return result.exception
    assert result.exit_code == code, (result.output, result.exception)
    return json.loads(result.stdout) if "--json" in arguments else result.stdout


def test_verify_tells_changes_and_what_it_is_not(tmp_path: Path) -> None:
    form = make_form(tmp_path)
    ledger = tmp_path / "l.db"
    with open_ledger(str(ledger)) as opened:
        enter(opened, [form])
    assert "没有改动" in run("verify", form.path)
    assert "不是《电子签名法》意义上的电子签名" in run("verify", form.path)
    edited = typed(form, tmp_path / "edited.xlsx", {})
    book = openpyxl.load_workbook(edited)
    book["考核表"]["F10"].value = 20
    book.save(edited)
    document = run("verify", edited, form.path, "--ledger", ledger, "--json", code=1)
    assert [file["unchanged"] for file in document["files"]] == [False, True]
    (edit,) = document["files"][0]["edits"]
    assert (edit["cell"], edit["stands"]) == ("F10", "20")
    assert edit["stood"].startswith("=IF(")


def test_verify_of_something_else_is_unusable(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "x.xlsx")
    assert "没有封印" in str(run("verify", tmp_path / "x.xlsx", code=2))
    assert "没有台账" in str(run("verify", tmp_path / "x.xlsx", "--ledger", tmp_path / "no.db", code=2))


def test_collect_writes_ledger_and_workbook_and_overwrites_nothing(tmp_path: Path) -> None:
    form = make_form(tmp_path / "out")
    ledger, out = tmp_path / "l.db", tmp_path / "收集结果.xlsx"
    with open_ledger(str(ledger)) as opened:
        enter(opened, [form])
    folder = tmp_path / "back"
    typed(form, folder / form.path.name, {})
    document = run("collect", folder, "--ledger", ledger, "--out", out, "--workers", 1, "--json")
    assert document["counts"]["taken"] == 1
    assert document["entered"] == 2
    assert out.is_file()
    text = run("collect", folder, "--ledger", ledger, "--out", out, "--workers", 1)
    assert "台账新增 0 条" in text
    assert (tmp_path / "收集结果_保留1.xlsx").is_file()
    assert run("ledger", "verify", "--ledger", ledger, "--json")["sound"]


def test_forms_issued_without_a_ledger_are_taken_and_told(tmp_path: Path) -> None:
    form = make_form(tmp_path / "out")
    arguments = ("collect", form.path, "--ledger", tmp_path / "new.db", "--out", tmp_path / "r.xlsx", "--workers", 1)
    document = run(*arguments, "--json", code=1)
    assert (document["counts"]["check"], document["entered"]) == (1, 2)
    said = CliRunner().invoke(app, [*map(str, arguments[:3]), str(tmp_path / "other.db"), *map(str, arguments[4:])])
    assert "没有发放记录" in said.stderr


def test_collect_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    form = make_form(tmp_path)
    assert "--take" in str(run("collect", form.path, "--ledger", tmp_path / "l.db", "--take", "any", code=2))
    assert "没有文件" in str(run("collect", tmp_path / "no", "--ledger", tmp_path / "l.db", code=2))


def test_the_ledger_goes_out_and_in(tmp_path: Path) -> None:
    ledger, new = tmp_path / "l.db", tmp_path / "new.db"
    with open_ledger(str(ledger)) as opened:
        enter(opened, [make_form(tmp_path)])
    head = run("ledger", "verify", "--ledger", ledger, "--json")["head"]
    assert "已导出 3 条" in run("ledger", "export", "--ledger", ledger, "--out", tmp_path / "e.jsonl")
    run("ledger", "backup", "--ledger", ledger, "--out", tmp_path / "b.gz")
    run("ledger", "restore", tmp_path / "b.gz", "--ledger", new)
    assert run("ledger", "verify", "--ledger", new, "--head", head, "--json")["sound"]
    assert not run("ledger", "verify", "--ledger", new, "--head", "0" * 64, "--json", code=1)["sound"]


@pytest.mark.slow
def test_generate_issues_and_collect_takes_back(tmp_path: Path) -> None:
    """The whole way: exports, sealed and encrypted workbooks, the ledger, and back again."""
    import datetime as dt

    from kpi_xl.collect.passwords import read_passwords
    from kpi_xl.demo import write_demo
    from kpi_xl.job import Order
    from kpi_xl.job import run as generate

    demo = write_demo(tmp_path / "exports", agents=4, months=1)
    secret = tmp_path / "p.csv"
    secret.write_text("\n".join(f"0010{n:02d},geheim{n}" for n in range(1, 5)), encoding="utf-8")
    secret.chmod(0o600)
    ledger = tmp_path / "l.db"
    order = Order(
        exports=demo.exports,
        scheme="appliance-agent",
        period=demo.periods[0],
        out=tmp_path / "out",
        now=dt.datetime.fromisoformat("2025-10-05T09:00"),
        roster=demo.roster,
        ratings=demo.ratings[0],
        html=False,
        workers=1,
        ledger=str(ledger),
        passwords=read_passwords(secret),
    )
    assert generate(order).done == 4
    assert generate(order).unchanged == 4
    back = tmp_path / "back"
    back.mkdir()
    for path in (tmp_path / "out").glob("*/*/0*.xlsx"):
        (back / path.name).write_bytes(path.read_bytes())
    out = tmp_path / "收集结果.xlsx"
    document = run("collect", back, "--ledger", ledger, "--out", out, "--password-file", secret, "--workers", 1, "--json")
    assert document["counts"]["taken"] == 4
    assert all(person["result"]["total"] == person["before"]["total"] for person in document["people"])
