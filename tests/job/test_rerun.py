"""What a second run does with the files that it finds, and what a folder that cannot be written says."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import openpyxl
import pytest

from kpi_xl.collect.passwords import Passwords, encrypt
from kpi_xl.errors import KpiError
from kpi_xl.job import run
from kpi_xl.job.journal import JOURNAL, RUN

from .samples import NOW, STAFF, order, run_document, write_roster, write_tickets


def _kept(asked):
    return sorted(path.name for path in asked.folder.rglob("*_保留*"))


def test_what_orphaned_workers_wrote_is_not_called_changed_by_somebody(tmp_path):
    """A killed run leaves its journal; its workers write on for a moment, and nobody notes those files."""
    asked = order(tmp_path, write_tickets(tmp_path))
    run(asked)
    (asked.folder / RUN).unlink()
    started = json.dumps({"issued_at": NOW.isoformat()})
    (asked.folder / JOURNAL).write_text(f"{started}\n", encoding="utf-8")
    report = run(replace(asked, now=NOW.replace(hour=17)))
    assert report.kept == ()
    assert _kept(asked) == []


def test_encrypted_workbooks_of_a_killed_run_are_not_called_changed_by_somebody(tmp_path):
    """Encryption gives other bytes each time, so what is inside decides; a workbook of another content is still kept."""
    passwords = Passwords({person: f"pw-{person}" for person in ("001", "002", "003")}, "mark")
    asked = order(tmp_path, write_tickets(tmp_path), passwords=passwords)
    run(asked)
    form = next(asked.folder.rglob("001_*.xlsx"))
    (asked.folder / RUN).unlink()
    started = json.dumps({"issued_at": NOW.isoformat()})
    (asked.folder / JOURNAL).write_text(f"{started}\n", encoding="utf-8")
    other = io.BytesIO()
    openpyxl.Workbook().save(other)
    form.write_bytes(encrypt(other.getvalue(), "pw-001"))
    report = run(replace(asked, now=NOW.replace(hour=17)))
    assert [name.partition("/")[2] for name in report.kept] == [f"{form.stem}_保留1.xlsx"]
    assert report.failed == {}


def test_a_form_that_somebody_changed_is_kept_and_told_once(tmp_path):
    asked = order(tmp_path, write_tickets(tmp_path))
    run(asked)
    form = next(asked.folder.rglob("001_*.xlsx"))
    changed = form.read_bytes() + b"typed"
    form.write_bytes(changed)
    report = run(asked)
    assert [name.partition("/")[2] for name in report.kept] == [f"{form.stem}_保留1.xlsx"]
    assert form.with_name(f"{form.stem}_保留1.xlsx").read_bytes() == changed
    again = run(asked)
    assert again.unchanged == again.people
    assert again.kept == ()
    assert len(_kept(asked)) == 1


def test_summaries_that_somebody_changed_are_kept_and_told(tmp_path):
    asked = order(tmp_path, write_tickets(tmp_path))
    run(asked)
    for name in ("汇总.xlsx", "index.html"):
        path = asked.folder / name
        path.write_bytes(path.read_bytes() + b"typed")
    report = run(asked)
    assert sorted(report.kept) == ["index_保留1.html", "汇总_保留1.xlsx"]
    assert run_document(asked)["kept"] == list(report.kept)
    assert all((asked.folder / name).read_bytes().endswith(b"typed") for name in report.kept)
    assert run(asked).kept == ()


def test_a_folder_that_cannot_be_written_is_refused_with_its_name(tmp_path):
    (tmp_path / "结果").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(KpiError, match="结果") as refused:
        run(order(tmp_path, write_tickets(tmp_path)))
    assert refused.value.remedy is not None


def test_who_is_not_appraised_stands_in_the_summary(tmp_path):
    staff = [*STAFF, ("077", "退一", "一组", "华东", "客服", "丁一", "2020-01-01", "离职", "", "")]
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path, staff))
    run(asked)
    said = {entry["id"]: entry["reason"] for entry in run_document(asked)["not_appraised"]}
    assert "离职" in said["077"]
    sheet = openpyxl.load_workbook(asked.folder / "汇总.xlsx")["不参加考核"]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert rows["077"][1:] == ("退一", "一组", said["077"])
    assert "退一" in (asked.folder / "index.html").read_text(encoding="utf-8")
