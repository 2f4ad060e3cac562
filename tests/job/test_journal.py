"""Files that are never half written, and what the next run remembers of the one before."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from pathlib import Path

import pytest

from kpi_xl.errors import Text
from kpi_xl.job.journal import JOURNAL, Journal, people_of
from kpi_xl.job.model import PersonOutcome, Remedy
from kpi_xl.outputs import keep_aside, sha256_of, write_atomically
from kpi_xl.people import Person
from kpi_xl.schemes import load_scheme
from kpi_xl.view.summarise import failed_person

from .samples import NOW

SUMMARY = failed_person(Person("001", "张三", "一组"), load_scheme("appliance-agent"), "")


def outcome(person: str, files: dict[str, str]) -> PersonOutcome:
    return PersonOutcome(
        person, f"print-{person}", SUMMARY, "86.40", "中级客服", "1.0", "appliance-agent", ("technical",), files,
        remedy=(Remedy("T1", "2025-09-01", "第 1 题 0 分"),), payout="12.00",
    )  # fmt: skip


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.xlsx"
    digest = write_atomically(path, b"one")
    assert digest == sha256_of(path)
    with pytest.raises(TypeError):
        write_atomically(path, 7)  # type: ignore[arg-type]
    assert path.read_bytes() == b"one"
    assert [p.name for p in path.parent.iterdir()] == ["b.xlsx"]


def test_kept_files_get_new_numbers(tmp_path: Path) -> None:
    for number in (1, 2):
        path = tmp_path / "张三.xlsx"
        path.write_text(str(number))
        assert keep_aside(path).name == f"张三_保留{number}.xlsx"


def test_an_interrupted_run_is_remembered(tmp_path: Path) -> None:
    digest = write_atomically(tmp_path / "组/一.xlsx", b"one")
    journal = Journal(tmp_path)
    journal.open(NOW)
    journal.add(outcome("001", {"组/一.xlsx": digest}))
    journal.close()
    with (tmp_path / JOURNAL).open("a", encoding="utf-8") as stream:
        stream.write('{"id": "002", "name": "张')  # the line that was being written
    path = tmp_path / JOURNAL
    path.write_bytes(path.read_bytes()[:-1])  # down to a part of a character
    again = Journal(tmp_path)
    assert again.issued_at == NOW
    assert again.unchanged("001", "print-001") == outcome("001", {"组/一.xlsx": digest})
    assert again.unchanged("001", "other") is None
    assert again.unchanged("002", "print-002") is None


def test_a_changed_or_missing_file_is_not_unchanged(tmp_path: Path) -> None:
    digest = write_atomically(tmp_path / "一.xlsx", b"one")
    journal = Journal(tmp_path)
    journal.open(NOW)
    journal.add(outcome("001", {"一.xlsx": digest}))
    journal.close()
    (tmp_path / "一.xlsx").write_bytes(b"two")
    assert Journal(tmp_path).unchanged("001", "print-001") is None
    (tmp_path / "一.xlsx").unlink()
    assert Journal(tmp_path).unchanged("001", "print-001") is None


def test_run_json_of_another_version_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"people": [{"id": "001"}], "files": {}}), encoding="utf-8")
    assert Journal(tmp_path).finished == {}
    for text in (
        *("not json", "[1]", '{"people": [1, {"id": 1, "error": null}], "files": 3}', '{"people": 1}', '{"issued_at": 1}'),
        *('{"issued_at": "soon"}', "[" * 100_000),
    ):
        (tmp_path / "run.json").write_text(text, encoding="utf-8")
        (tmp_path / JOURNAL).write_text(f"{text}\n3\n", encoding="utf-8")
        assert Journal(tmp_path).finished == {}


def test_whoever_failed_is_made_again(tmp_path: Path) -> None:
    failed = dataclasses.replace(outcome("001", {}), error=Text("坏了", "broken"))
    (tmp_path / "run.json").write_text(json.dumps({"people": people_of([failed, outcome("002", {})])}), encoding="utf-8")
    assert set(Journal(tmp_path).finished) == {"002"}


def test_numbers_come_back_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"people": people_of([outcome("001", {})])}), encoding="utf-8")
    assert Journal(tmp_path).finished["001"] == outcome("001", {})
    paid = dataclasses.replace(SUMMARY.row, rank=3, total=Decimal("86.40"), coefficient=Decimal("1.0"), bonus=Decimal("1200.00"))
    full = dataclasses.replace(outcome("001", {}), summary=dataclasses.replace(SUMMARY, row=paid))
    (tmp_path / "run.json").write_text(json.dumps({"people": people_of([full])}), encoding="utf-8")
    back = Journal(tmp_path).finished["001"]
    assert back == full
    assert str(back.summary.row.total) == "86.40"
    assert back.summary.row.bonus == Decimal("1200.00")
