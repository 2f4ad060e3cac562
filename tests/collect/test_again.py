"""Several runs, several versions, files from anywhere: no form is lost, no seal is believed that nobody issued."""

from __future__ import annotations

import os
import re
import shutil
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kpi_xl.collect.collect import find_forms
from kpi_xl.collect.result_book import build_result_book
from kpi_xl.ledger import Ledger, NewEntry, open_ledger
from kpi_xl.ledger.model import TAKEN
from kpi_xl.periods import Period

from .forms import LATER, MEASURED, RATED, Issued, changed, codes, collect, enter, make_form, only, saved_at, typed

OCTOBER, SEPTEMBER = Period.parse("2025-10"), Period.parse("2025-09")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(str(tmp_path / "台账.db")) as opened:
        yield opened


@pytest.fixture
def form(tmp_path: Path, ledger: Ledger) -> Issued:
    made = make_form(tmp_path / "out", values=MEASURED, locked=True)
    enter(ledger, [made])
    return made


def returned(form: Issued, folder: Path, saved: str = "") -> Path:
    path = typed(form, folder / form.path.name, dict(RATED))
    if saved:
        saved_at(path, saved)
    return path


def test_a_form_collected_under_the_wrong_period_is_taken_under_the_right_one(
    form: Issued, ledger: Ledger, tmp_path: Path
) -> None:
    path = returned(form, tmp_path / "back")
    assert only(collect(ledger, [path], period=OCTOBER)).form is None
    person = only(collect(ledger, [path], period=SEPTEMBER))
    assert person.status == "taken"
    assert codes(person) == {"seal_lost"}


def test_a_stray_form_of_another_period_makes_nobody_of_that_period_missing(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    other = make_form(tmp_path / "out", "002", "李四", values=MEASURED)
    enter(ledger, [other])
    found = collect(ledger, [returned(form, tmp_path / "back")], period=OCTOBER)
    assert [person.identity.person for person in found.people] == ["001"]


def test_a_form_whose_issue_is_entered_later_is_taken_then(ledger: Ledger, tmp_path: Path) -> None:
    """HR generated without --ledger for one team, and made up for it."""
    other = make_form(tmp_path / "out", "002", "李四", values=MEASURED)
    enter(ledger, [other])
    late = make_form(tmp_path / "out", values={**MEASURED, **RATED})
    person = only(collect(ledger, [late.path], take="newest"))
    assert (person.form, codes(person)) == (None, {"unknown_seal"})
    enter(ledger, [late])
    assert only(collect(ledger, [late.path])).status == "taken"


@pytest.mark.parametrize("take", ["ask", "newest", "first"])
def test_a_seal_that_somebody_made_himself_is_never_taken(form: Issued, ledger: Ledger, tmp_path: Path, take: str) -> None:
    better = make_form(tmp_path / "home", values={**MEASURED, **RATED, "fcr": Decimal("0.99")})
    person = only(collect(ledger, [better.path], take=take))
    assert "unknown_seal" in codes(person)
    assert person.form is None
    assert person.status == "undecided"
    assert not list(ledger.entries((TAKEN,)))


def test_a_version_issued_again_does_not_pass_for_the_one_that_was_taken(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    """The same ratings on the form with the corrected figures: HR decides, and the right version is not overlooked."""
    collect(ledger, [returned(form, tmp_path / "one")])
    again = make_form(tmp_path / "again", values={**MEASURED, "completeness": Decimal("0.9900001")}, locked=True)
    enter(ledger, [again])
    person = only(collect(ledger, [returned(again, tmp_path / "two")]))
    assert person.status == "undecided"
    (conflict,) = [finding for finding in person.findings if finding.code == "conflict"]
    assert "发放版本" in conflict.text.zh


def test_who_has_not_returned_the_version_issued_again_is_listed(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    collect(ledger, [returned(form, tmp_path / "one")])
    other = make_form(tmp_path / "out", "002", "李四", values=MEASURED)
    enter(ledger, [other, make_form(tmp_path / "again", values={**MEASURED, "fcr": Decimal("0.9")})])
    found = {person.identity.person: person for person in collect(ledger, [other.path]).people}
    assert found["001"].status == "missing"
    assert codes(found["001"]) == {"old_version"}


@pytest.mark.parametrize("take", ["newest", "first"])
def test_rules_go_by_the_version_issued_last(form: Issued, ledger: Ledger, tmp_path: Path, take: str) -> None:
    """An outdated form that was saved later (or came earlier) is not the newer one."""
    again = make_form(tmp_path / "again", values={**MEASURED, "fcr": Decimal("0.9")}, locked=True)
    enter(ledger, [again])
    stamps = ("2025-10-09T08:00:00Z", "2025-10-07T08:00:00Z") if take == "newest" else ("2025-10-06T08:00:00Z",) * 2
    paths = [returned(form, tmp_path / "1", stamps[0]), returned(again, tmp_path / "2", stamps[1])]
    person = only(collect(ledger, paths, take=take))
    assert person.form is not None
    assert person.form.record["values"]["fcr"] == ["n", "0.9"]


def test_two_who_collect_at_once_do_not_overrule_each_other(
    form: Issued, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the ledger and writing, a colleague collects a form that contradicts."""
    mine = returned(form, tmp_path / "mine")
    theirs = typed(form, tmp_path / "theirs" / form.path.name, {**RATED, "professionalism": 99})
    real = Ledger.append
    waiting = [theirs]

    def meanwhile(self: Ledger, *arguments: Any, **options: Any) -> int:
        if waiting:
            collect(ledger, [waiting.pop()])
        return real(self, *arguments, **options)

    monkeypatch.setattr(Ledger, "append", meanwhile)
    person = only(collect(ledger, [mine]))
    assert "conflict" in codes(person)
    assert person.status == "undecided"
    assert len(list(ledger.entries((TAKEN,)))) == 1


def test_a_file_name_in_another_encoding_stops_nobody(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    """An archive packed on Chinese Windows and unpacked on Linux."""
    name = "张三.xlsx".encode("gb18030")
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    shutil.move(returned(form, tmp_path / "back"), path)
    junk = Path(os.fsdecode(os.fsencode(tmp_path) + b"/no" + name))
    junk.write_bytes(b"")
    found = collect(ledger, [path, junk])
    assert only(found).status == "taken"
    assert [file.file for file in found.files] == ["张三.xlsx", "no张三.xlsx"]
    assert found.files[1].error is not None
    found.files[1].error.zh.encode()
    assert build_result_book(found, LATER)


def test_stray_halves_of_characters_do_not_stop_the_ledger(ledger: Ledger) -> None:
    assert ledger.append([NewEntry("collected", LATER.isoformat(), {"text": "a\ud83d"})]) == 1
    assert [entry.body["text"] for entry in ledger.entries(("collected",))] == ["a?"]


def test_forms_in_other_formats_and_archives_are_found_and_said(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "back"
    returned(form, folder)
    for name in ("002_李四.xls", "003.et", "004.ods", "全组.zip"):
        (folder / name).write_bytes(b"PK\x03\x04")
    for name in ("._001.xlsx", "回访补救清单.xlsx", "收集结果_保留2.xlsx", "a.pdf", "run.json"):
        (folder / name).write_bytes(b"x")
    found = collect(ledger, find_forms([folder]))
    assert {file.file for file in found.files if file.error} == {"002_李四.xls", "003.et", "004.ods", "全组.zip"}
    assert only(found).status == "taken"


def _forged(data: bytes, edit: Callable[[str], str]) -> bytes:
    """Change what the seal says, and make its digests anew."""
    marks: list[str] = []

    def part(text: str) -> str:
        body = re.search("(<content[^>]*>)([^<]*)<", text)
        assert body
        plain = edit(zlib.decompressobj().decompress(b64decode(body[2])).decode()).encode("utf-8", "surrogatepass")
        digest = re.search('digest="([0-9a-f]{64})"', text)
        assert digest
        marks.extend((digest[1], sha256(plain).hexdigest()))
        return text.replace(body[2], b64encode(zlib.compress(plain)).decode()).replace(marks[0], marks[1])

    data = changed(data, "customXml/item1.xml", part)
    return changed(data, "xl/workbook.xml", lambda text: text.replace(marks[0], marks[1]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"person":"001"', '"person":["001"]'),
        ('"person":"001"', '"person":"0\\u00001"'),
        ('"person":"001"', '"person":"' + "0" * 300 + '"'),
        ('"name":"张三"', '"name":"\\ud83d"'),
        ('"period":"2025-09"', '"period":"soon"'),
        ('"values":{', '"values":{"fcr":["n","x"],'),
        ('"values":{', '"values":{"fcr":7,'),
        ('"appraisal":{', '"appraisal":{"missing":7,'),
        ('"samples":{}', '"samples":[1,2]'),
        ('"total":null', '"total":"x"'),
        ('"total":null', '"total":1e400'),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_what_stands_in_a_forged_seal_stops_nobody_else(ledger: Ledger, tmp_path: Path, old: str, new: str, known: bool) -> None:
    form = make_form(tmp_path / "out", values=MEASURED)
    good = make_form(tmp_path / "out", "002", "李四", values={**MEASURED, **RATED})
    if known:
        enter(ledger, [form, good])
    path = tmp_path / "back.xlsx"
    path.write_bytes(_forged(form.data, lambda text: _replaced(text, old, new)))
    found = collect(ledger, [path, good.path], take="newest")
    assert {p.identity.person: p.status for p in found.people}["002"] == ("taken" if known else "check")
    assert build_result_book(found, LATER)


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)
