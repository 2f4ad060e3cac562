"""What comes back: typed, cleared, wrong, of another version, person or period; twice, renamed, contradicting."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.collect.collect import find_forms
from kpi_xl.collect.result_book import build_result_book
from kpi_xl.errors import KpiError
from kpi_xl.ledger import Ledger, check_ledger, open_ledger
from kpi_xl.ledger.model import COLLECTED, ISSUED, TAKEN
from kpi_xl.periods import Period
from kpi_xl.scoring import score

from .forms import LATER, MEASURED, RATED, Issued, changed, codes, collect, enter, make_form, only, saved_at, typed


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(str(tmp_path / "台账.db")) as opened:
        yield opened


@pytest.fixture
def form(tmp_path: Path, ledger: Ledger) -> Issued:
    """A form with its measured values, issued; the ratings are to be typed."""
    made = make_form(tmp_path / "out", values=MEASURED)
    enter(ledger, [made])
    return made


def back(form: Issued, tmp_path: Path, cells: dict[str, Any], name: str = "") -> Path:
    return typed(form, tmp_path / "back" / (name or form.path.name), cells)


def test_what_was_typed_is_scored_like_any_other_value(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    person = only(collect(ledger, [back(form, tmp_path, dict(RATED))]))
    expected = score(form.scheme, {**MEASURED, **RATED})
    assert person.status == "taken"
    assert person.form is not None
    assert {f.key: f.state for f in person.form.fields if f.state != "unchanged"} == dict.fromkeys(RATED, "typed")
    assert person.result is not None
    assert person.result["total"] == f"{expected.total:.2f}"
    assert person.result["grade"] == expected.grade
    assert person.before["total"] is None


def test_an_unchanged_value_keeps_all_its_digits(tmp_path: Path, ledger: Ledger) -> None:
    """A cell holds a double; what was not touched is scored with the exact value of the counts."""
    exact = {**MEASURED, **RATED, "fcr": Decimal(149) / Decimal(182)}
    made = make_form(tmp_path / "out", values=exact)
    enter(ledger, [made])
    shutil.copy(made.path, tmp_path / made.path.name)
    person = only(collect(ledger, [tmp_path / made.path.name]))
    assert person.form is not None
    assert {f.state for f in person.form.fields} == {"unchanged"}
    assert person.result == person.before


def test_no_cached_value_is_believed(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    """A total that somebody wrote into the file changes nothing."""
    path = back(form, tmp_path, dict(RATED))

    def fake(text: str) -> str:
        text, count = re.subn(r"</f><v\s*(?:/>|></v>)", "</f><v>100</v>", text)
        assert count > 20
        return text

    path.write_bytes(changed(path.read_bytes(), "xl/worksheets/sheet1.xml", fake))
    person = only(collect(ledger, [path]))
    assert person.result is not None
    assert person.result["total"] == f"{score(form.scheme, {**MEASURED, **RATED}).total:.2f}"


@pytest.mark.parametrize(
    ("key", "value", "state"),
    [
        ("fcr", 1.2, "out_of_range"),
        ("professionalism", 101, "out_of_range"),
        ("professionalism", "很好", "wrong_type"),
        ("professionalism", True, "wrong_type"),
        ("professionalism", "=90+5", "wrong_type"),
        ("fcr", None, "cleared"),
        ("months", 3, "out_of_range"),
    ],
)
def test_what_cannot_be_used_is_told_and_missing(
    form: Issued, ledger: Ledger, tmp_path: Path, key: str, value: Any, state: str
) -> None:
    person = only(collect(ledger, [back(form, tmp_path, {**RATED, key: value})]))
    assert person.status == "check"
    assert codes(person) - {"seal_lost"} == {state}
    assert person.result is not None
    assert (person.result["total"] is None) == (key != "months")


def test_a_word_for_nothing_over_a_figure_is_cleared_and_quoted(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    person = only(collect(ledger, [back(form, tmp_path, {**RATED, "fcr": "暂无"})]))
    (finding,) = [one for one in person.findings if one.code == "cleared"]
    assert finding.stands == "暂无"
    assert "暂无" in finding.text.zh


def test_a_date_in_a_number_cell_is_of_a_wrong_type(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    """``9-30`` typed into a cell becomes a date, which is a number underneath."""
    import datetime as dt

    person = only(collect(ledger, [back(form, tmp_path, {"professionalism": dt.date(2025, 9, 30)})]))
    assert "wrong_type" in codes(person)


def test_percentages_typed_as_text_are_understood(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    person = only(collect(ledger, [back(form, tmp_path, {**RATED, "fcr": "８５％"})]))
    assert (person.status, codes(person) - {"seal_lost"}) == ("check", {"differs"})
    assert person.form is not None
    assert next(f.value for f in person.form.fields if f.key == "fcr") == Decimal("0.85")


def test_edited_locked_cells_are_listed_and_do_not_change_the_score(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    path = back(form, tmp_path, dict(RATED))
    book = openpyxl.load_workbook(path)
    before = book["考核表"]["F10"].value
    book["考核表"]["F10"].value = 20
    book["评级标准"]["A1"].value = "改过的标准"
    book.save(path)
    person = only(collect(ledger, [path]))
    assert person.status == "check"
    edits = {f.place: (f.stood, f.stands) for f in person.findings if f.code == "edited"}
    assert edits["考核表!F10"] == (before, "20")
    assert edits["评级标准!A1"][1] == "改过的标准"
    assert person.result is not None
    assert person.result["total"] == f"{score(form.scheme, {**MEASURED, **RATED}).total:.2f}"


def test_two_forms_that_contradict_each_other_are_for_hr(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    one = back(form, tmp_path, {**RATED, "collaboration": 80}, "甲.xlsx")
    two = back(form, tmp_path, {**RATED, "collaboration": 95}, "乙.xlsx")
    person = only(collect(ledger, [one, two]))
    assert person.status == "undecided"
    assert person.form is None
    (conflict,) = [f for f in person.findings if f.code == "conflict"]
    assert "“80”" in conflict.text.zh
    assert "“95”" in conflict.text.zh
    assert [e.kind for e in ledger.entries((COLLECTED, TAKEN))] == [COLLECTED, COLLECTED]


def test_newest_and_first_decide_as_they_say(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    one = back(form, tmp_path, {**RATED, "collaboration": 80}, "甲.xlsx")
    two = back(form, tmp_path, {**RATED, "collaboration": 95}, "乙.xlsx")
    for path, stamp in ((one, "2025-10-06T08:00:00Z"), (two, "2025-10-07T08:00:00Z")):
        saved_at(path, stamp)
    assert only(collect(ledger, [two, one], take="ask")).status == "undecided"
    newest = only(collect(ledger, [two, one], take="newest"))
    assert newest.form is not None
    assert newest.form.file == "乙.xlsx"
    again = only(collect(ledger, [one], take="first"))  # what was taken stays: nothing is overwritten
    assert again.form is not None
    assert again.form.file == "乙.xlsx"
    assert len(list(ledger.entries((COLLECTED,)))) == 2
    assert len(list(ledger.entries((TAKEN,)))) == 1
    assert check_ledger(ledger).sound


def test_a_later_form_does_not_replace_the_one_that_was_taken(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    collect(ledger, [back(form, tmp_path, {**RATED, "collaboration": 80})])
    person = only(collect(ledger, [back(form, tmp_path / "later", {**RATED, "collaboration": 99})]))
    assert person.status == "undecided"
    assert "conflict" in codes(person)
    assert person.form is not None
    assert next(f.text for f in person.form.fields if f.key == "collaboration") == "80"
    assert len(list(ledger.entries((TAKEN,)))) == 1


def test_the_same_file_twice_is_entered_once(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    one = back(form, tmp_path, dict(RATED))
    copy = tmp_path / "back" / f"{one.stem} (1).xlsx"
    shutil.copy(one, copy)
    first = collect(ledger, [one, copy])
    assert only(first).status == "taken"
    assert [{f.code for f in file.findings} & {"duplicate"} for file in first.files] == [set(), {"duplicate"}]
    second = collect(ledger, [one])
    assert second.entered == 0
    assert {f.code for f in second.files[0].findings} == {"already_collected"}


def test_a_renamed_file_is_recognised(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    person = only(collect(ledger, [back(form, tmp_path, dict(RATED), "我的考核表.xlsx")]))
    assert person.status == "taken"
    assert "renamed" in codes(person)


def test_a_form_of_an_older_version_waits_for_hr(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    """The form was issued again with new data; the old one comes back."""
    newer = make_form(tmp_path / "again", values={**MEASURED, "fcr": Decimal("0.9")})
    enter(ledger, [newer])
    old = back(form, tmp_path, dict(RATED))
    person = only(collect(ledger, [old]))
    assert person.status == "undecided"
    assert "old_version" in codes(person)
    assert person.form is None
    taken = only(collect(ledger, [old], take="newest"))
    assert taken.status == "check"
    assert taken.form is not None


def test_somebody_elses_name_on_the_form_waits_for_hr(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    path = back(form, tmp_path, dict(RATED))
    book = openpyxl.load_workbook(path)
    sheet, _, cell = book.defined_names["id_name"].attr_text.rpartition("!")
    book[sheet.strip("'")][cell.replace("$", "")].value = "李四"
    book.save(path)
    person = only(collect(ledger, [path]))
    assert person.identity.name == "张三"
    assert "other_person" in codes(person)
    assert person.status == "undecided"


def test_a_form_under_somebody_elses_file_name_waits_for_hr(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    other = make_form(tmp_path / "out", "002", "李四", values=MEASURED)
    enter(ledger, [other])
    person = only(collect(ledger, [back(form, tmp_path, dict(RATED), "002_李四(1).xlsx")]))
    assert person.identity.person == "001"
    assert "other_person" in codes(person)
    assert person.status == "undecided"


def test_a_form_of_another_period_is_only_listed(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    path = back(form, tmp_path, dict(RATED))
    person = only(collect(ledger, [path], period=Period.parse("2025-10"), take="newest"))
    assert "other_period" in codes(person)
    assert person.form is None


def test_a_form_that_the_ledger_did_not_issue_is_marked(ledger: Ledger, tmp_path: Path) -> None:
    stranger = make_form(tmp_path / "out", "009", "王五", values={**MEASURED, **RATED})
    person = only(collect(ledger, [stranger.path]))
    assert "not_issued" in codes(person)
    assert person.status == "check"


def test_a_seal_that_nobody_has_makes_the_file_unusable(ledger: Ledger, tmp_path: Path) -> None:
    stranger = make_form(tmp_path / "out", "009", "王五", values=MEASURED)
    found = collect(ledger, [back(stranger, tmp_path, {})])
    assert found.files[0].error is not None
    assert found.people == ()
    assert not found.clean


def test_files_that_are_no_forms_stop_nobody(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    good = back(form, tmp_path, dict(RATED))
    junk = tmp_path / "back" / "junk.xlsx"
    junk.write_bytes(b"PK\x03\x04nothing")
    plain = tmp_path / "back" / "plain.xlsx"
    openpyxl.Workbook().save(plain)
    empty = tmp_path / "back" / "empty.xlsx"
    empty.write_bytes(b"")
    found = collect(ledger, [junk, good, plain, empty])
    assert [file.error is None for file in found.files] == [False, True, False, False]
    assert only(found).status == "taken"


def test_people_whose_form_is_missing_are_listed(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    enter(ledger, [make_form(tmp_path / "out", "002", "李四", values=MEASURED)])
    found = collect(ledger, [back(form, tmp_path, dict(RATED))])
    assert {p.identity.person: p.status for p in found.people} == {"001": "taken", "002": "missing"}


def test_a_scheme_that_changed_since_is_scored_by_its_old_rules(
    form: Issued, ledger: Ledger, tmp_path: Path, monkeypatch: Any
) -> None:
    """The ledger keeps the rules; the built-in scheme is not asked."""
    import kpi_xl.collect.read as read

    monkeypatch.setattr(read, "load_scheme", lambda reference: pytest.fail("the built-in scheme was used"))
    assert only(collect(ledger, [back(form, tmp_path, dict(RATED))])).status == "taken"


def test_issuing_again_enters_nothing_twice(form: Issued, ledger: Ledger) -> None:
    assert enter(ledger, [form]) == 0
    assert len(list(ledger.entries((ISSUED,)))) == 1


def test_folders_are_searched_without_lock_files_and_summaries(tmp_path: Path) -> None:
    for name in ("a/x.xlsx", "a/~$x.xlsx", "汇总.xlsx", "收集结果.xlsx", "b.txt", "c.XLSX"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert {p.name for p in find_forms([tmp_path])} == {"x.xlsx", "c.XLSX"}
    with pytest.raises(KpiError):
        find_forms([tmp_path / "absent"])


def test_the_result_book_lists_people_changes_and_files(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    one = back(form, tmp_path, {**RATED, "collaboration": 80}, "甲.xlsx")
    two = back(form, tmp_path, {**RATED, "collaboration": 95}, "乙.xlsx")
    enter(ledger, [make_form(tmp_path / "out", "002", "=李四", values=MEASURED)])
    book = openpyxl.load_workbook(io.BytesIO(build_result_book(collect(ledger, [one, two]), LATER)))
    assert book.sheetnames == ["收集结果", "填写明细", "冲突与改动", "文件"]
    people = {row[0]: row for row in book["收集结果"].iter_rows(min_row=5, values_only=True)}
    assert people["001"][4] == "待人力资源决定"
    assert people["002"][1] == "=李四"
    assert people["002"][4] == "未交"
    assert book["收集结果"]["B6"].data_type == "s"
    assert len(list(book["填写明细"].iter_rows(min_row=5))) == 6
    assert book["冲突与改动"]["D5"].value == "内容冲突"
    assert {row[0] for row in book["文件"].iter_rows(min_row=5, values_only=True)} == {"甲.xlsx", "乙.xlsx"}


def test_nothing_is_entered_when_the_ledger_fails(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    import sqlite3

    head = ledger.head()
    connection = sqlite3.connect(tmp_path / "台账.db")
    connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON kpi_entries WHEN NEW.kind = 'taken' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )
    connection.commit()
    connection.close()
    with pytest.raises(KpiError, match="没有写入任何内容"):
        collect(ledger, [back(form, tmp_path, dict(RATED))])
    assert ledger.head() == head


@pytest.mark.parametrize("scheme", ["role-360:manager", "dealer-cs:workshop", "monthly-bonus:specialist"])
def test_other_schemes_come_back_as_they_went(scheme: str, ledger: Ledger, tmp_path: Path) -> None:
    made = make_form(tmp_path, scheme=scheme, seed=7)
    enter(ledger, [made])
    person = only(collect(ledger, [made.path]))
    assert person.status == "taken"
    assert person.result == person.before


def test_times_come_from_the_caller(form: Issued, ledger: Ledger, tmp_path: Path) -> None:
    collect(ledger, [back(form, tmp_path, dict(RATED))])
    assert {e.at for e in ledger.entries((COLLECTED, TAKEN))} == {LATER.isoformat()}
