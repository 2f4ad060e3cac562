"""A fault of ours costs one person, and its traceback is in a log beside run.json, whole and the same each time."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.faults import Fault, fault_log
from kpi_xl.job import Order, period, produce, run
from kpi_xl.job.files import LOG
from kpi_xl.job.model import PersonOutcome, Span
from kpi_xl.view.build import Dossier
from kpi_xl.view.model import View

from .samples import NOW, STAFF, order, run_document, write_roster, write_tickets


def department(folder: Path, **options: Any) -> Order:
    return order(folder, write_tickets(folder), roster=write_roster(folder), html=False, **options)


@pytest.fixture
def stumbling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the view of 002 fail as only a mistake of ours can."""
    real = produce.build_view

    def build_view(dossier: Dossier) -> View:
        if dossier.person.id == "002":
            try:
                return {}["列"]
            except KeyError as error:
                raise ZeroDivisionError("a divisor of 0") from error
        return real(dossier)

    monkeypatch.setattr(produce, "build_view", build_view)


@pytest.mark.usefixtures("stumbling")
def test_a_fault_of_ours_is_logged_beside_run_json(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = department(tmp_path)
    report = run(asked)
    assert (report.done, set(report.failed), report.log) == (3, {"002"}, LOG)
    reason = "程序内部出错（ZeroDivisionError: a divisor of 0），请把 内部错误.log 发给维护者"
    document = run_document(asked)
    assert document["log"] == LOG
    assert document["failed"] == [{"id": "002", "reason": reason}]
    assert "Traceback" not in (asked.folder / "run.json").read_text(encoding="utf-8")
    log = (asked.folder / LOG).read_text(encoding="utf-8")
    first, blank, about, *trace = log.splitlines()
    assert first.startswith("kpi-xl ")
    assert first.endswith(f", {NOW.isoformat()}")
    assert (blank, about, trace[0]) == ("", "=== 002", "Traceback (most recent call last):")
    assert "KeyError: '列'" in trace, "what led to it is there too"
    assert trace[-1] == "ZeroDivisionError: a divisor of 0"
    assert any("in build_view" in line for line in trace)
    assert not [name for person in STAFF for name in [person[1]] if name in log], "no person's name"
    assert capfd.readouterr() == ("", "")
    run(asked)
    assert (asked.folder / LOG).read_text(encoding="utf-8") == log, "the same fault gives the same log"


@pytest.mark.usefixtures("stumbling")
def test_the_screen_names_the_log_and_shows_no_traceback(tmp_path: Path) -> None:
    out = tmp_path / "结果"
    asked = ["generate", write_tickets(tmp_path), "--roster", write_roster(tmp_path), "--scheme", "appliance-agent"]
    asked += ["--period", "2025-09", "--out", out, "--no-html", "--workers", "1"]
    told = CliRunner().invoke(app, [str(word) for word in asked])
    assert told.exit_code == 1
    assert f"程序内部出错的记录在 {out / '2025-09' / LOG}，请发给维护者" in told.stderr
    assert "失败：002：程序内部出错" in told.stderr
    assert "Traceback" not in told.output
    as_json = CliRunner().invoke(app, [*[str(word) for word in asked], "--json"])
    assert f'"log": "{LOG}"' in as_json.stdout
    assert "Traceback" not in as_json.output


def test_without_a_fault_there_is_no_log(tmp_path: Path) -> None:
    staff = [*STAFF, ("004", "赵六", "二组", "华南", "客服", "丁一", "2020-01-01", "在职", "没有的方案", "")]
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path, staff), html=False)
    report = run(asked)
    assert (set(report.failed), report.log) == ({"004"}, None), "a mistake of the user's is no fault of ours"
    assert run_document(asked)["log"] is None
    assert not (asked.folder / LOG).exists()


def test_a_worker_that_dies_is_logged_once_for_its_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(period, "SPAN", 2)
    real = period.produce_span

    def die_once(span: Span) -> list[PersonOutcome]:
        if span.people[0].assigned_id == "001":
            raise MemoryError
        return list(real(span))

    monkeypatch.setattr(period, "produce_span", die_once)
    asked = department(tmp_path)
    report = run(asked)
    assert (set(report.failed), report.log) == ({"001", "002"}, LOG)
    assert all(f"请把 {LOG} 发给维护者" in reason.zh for reason in report.failed.values())
    log = (asked.folder / LOG).read_text(encoding="utf-8")
    assert log.count("Traceback") == 1
    assert "=== 001、002\n" in log
    assert log.endswith("\nMemoryError\n")


def test_no_team_takes_the_place_of_the_log(tmp_path: Path) -> None:
    staff = [(*STAFF[0][:2], LOG, *STAFF[0][3:])]
    asked = order(tmp_path, write_tickets(tmp_path, ("001",)), roster=write_roster(tmp_path, staff), html=False)
    assert not run(asked).failed
    assert not (asked.folder / LOG).exists()


def test_a_log_takes_names_of_stray_bytes(tmp_path: Path) -> None:
    stray = os.fsdecode("张三.xlsx".encode("gb18030"))
    fault = Fault.of("001", FileNotFoundError(2, "none", str(tmp_path / stray)))
    assert pickle.loads(pickle.dumps(fault)) == fault  # noqa: S301 - our own bytes
    log = fault_log([fault, Fault("002", "T"), fault], NOW).decode("utf-8")
    assert [line for line in log.splitlines() if line.startswith("===")] == ["=== 001", "=== 002"]
    assert "\\udc" in log
