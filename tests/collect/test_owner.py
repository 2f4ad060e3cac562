"""What the owner of a form cannot raise unnoticed: whose it is, parts of measured figures, ratings that were delivered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.collect.cells import closed, read_content
from kpi_xl.collect.fields import with_parts_closed
from kpi_xl.ledger import Ledger, open_ledger
from kpi_xl.ledger.model import TAKEN
from kpi_xl.ooxml.package import read_package
from kpi_xl.schemes import load_scheme

from ..command_line import kpi_xl
from ..job.samples import write_csv
from .forms import RATED, Issued, codes, collect, enter, make_form, only, typed

HOURS = {"fcr": Decimal("0.82"), "handling_hours.normal": Decimal(240)}
"""Hours ten times too long, and no urgent tickets: 1.5 points of 15."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(str(tmp_path / "台账.db")) as opened:
        yield opened


@pytest.fixture
def issued(tmp_path: Path) -> tuple[Path, str]:
    """A form that `generate` made of one slow ticket and a rating, and the ledger it is entered in."""
    tickets = write_csv(
        tmp_path / "工单.csv",
        ("工单编号", "客服工号", "客户编号", "创建时间", "办结时间", "工单类型", "首次解决", "是否紧急"),
        [(f"T{n}", "A1", f"C{n}", "2025-09-01 08:00", "2025-09-11 08:00", "咨询", "是", "否") for n in range(8)],
    )
    roster = write_csv(tmp_path / "花名册.csv", ("工号", "姓名", "班组", "岗位"), [("A1", "张伟", "一组", "客服")])
    ratings = write_csv(tmp_path / "评分.csv", ("工号", "协同能力"), [("A1", "70")])
    ledger = str(tmp_path / "台账.db")
    asked = ["generate", tickets, "--scheme", "appliance-agent", "--period", "2025-09", "--roster", roster, "--ratings", ratings]
    made = kpi_xl(*asked, "--out", tmp_path / "out", "--ledger", ledger, "--no-html")
    assert made.returncode == 0, made.stderr
    return tmp_path / "out" / "2025-09" / "一组" / "A1_张伟.xlsx", ledger


def _cell(book: openpyxl.Workbook, name: str) -> Any:
    sheet, _, cell = book.defined_names[name].attr_text.rpartition("!")
    return book[sheet.strip("'")][cell.replace("$", "")]


def _back(form: Path, cells: dict[str, object], formats: dict[str, str] | None = None) -> Path:
    book = openpyxl.load_workbook(form)
    for name, value in cells.items():
        _cell(book, name).value = value
    for name, code in (formats or {}).items():
        _cell(book, name).number_format = code
    path = form.parents[3] / "收回" / form.name
    path.parent.mkdir(exist_ok=True)
    book.save(path)
    return path


def _collected(form: Path, ledger: str, *more: str) -> dict[str, Any]:
    told = kpi_xl("collect", form, "--ledger", ledger, "--json", "--workers", "1", "--out", form.parent / "收集结果.xlsx", *more)
    found: dict[str, Any] = json.loads(told.stdout)["people"][0]
    return found


def test_whose_it_is_and_what_was_measured_is_locked(issued: tuple[Path, str]) -> None:
    book = openpyxl.load_workbook(issued[0])
    assert book["考核表"].protection.sheet
    locked = ("id_name", "id_person", "in_months", "in_handling_hours__normal", "in_handling_hours__urgent")
    for name in (*locked, "in_handling_hours__urgent_share"):
        assert _cell(book, name).protection.locked, name
    for name in ("in_collaboration", "in_professionalism", "in_csat", "in_comment_supervisor", "in_sign_employee"):
        assert not _cell(book, name).protection.locked, name


def test_people_are_locked_on_every_sheet(issued: tuple[Path, str]) -> None:
    book = openpyxl.load_workbook(issued[0])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value in ("张伟", "A1", "2025年9月")]
    assert len(cells) > 4
    assert all(cell.protection.locked for cell in cells)


def test_a_blank_form_lets_hr_write_whose_it_is(tmp_path: Path) -> None:
    assert kpi_xl("template", "fill", "appliance-agent", "--out", tmp_path / "空.xlsx").returncode == 0
    book = openpyxl.load_workbook(tmp_path / "空.xlsx")
    assert not _cell(book, "id_name").protection.locked
    assert not _cell(book, "in_handling_hours__urgent").protection.locked


def test_an_hour_of_urgent_tickets_that_nobody_had_is_found(issued: tuple[Path, str]) -> None:
    """1 hour and 100 % of the tickets would have turned 1.5 points into 15."""
    cells: dict[str, object] = {"in_handling_hours__urgent": 1, "in_handling_hours__urgent_share": 1}
    person = _collected(_back(issued[0], cells), issued[1])
    assert person["status"] == "check"
    edited = {f["place"]: f["stands"] for f in person["findings"] if f["code"] == "edited"}
    assert sorted(edited.values()) == ["1", "1"]
    assert person["result"]["points"]["handling_hours"] == person["before"]["points"]["handling_hours"] == "1.50"


def test_another_name_or_id_is_found(issued: tuple[Path, str]) -> None:
    person = _collected(_back(issued[0], {"id_name": "李娜", "id_person": "A2"}), issued[1])
    assert person["person"] == "A1"
    assert "other_person" in {f["code"] for f in person["findings"]}


def test_a_rating_that_was_delivered_and_differs_is_laid_before_hr(issued: tuple[Path, str]) -> None:
    form, ledger = issued
    back = _back(form, {"in_collaboration": 95, "in_professionalism": 88})
    person = _collected(back, ledger)
    (finding,) = [f for f in person["findings"] if f["code"] == "differs"]
    assert (person["status"], finding["stood"], finding["stands"]) == ("check", "70", "95")
    assert "70" in finding["text"]
    assert "95" in finding["text"]
    weights = {i.id: i.weight for i in load_scheme("appliance-agent").indicators}
    assert Decimal(person["result"]["points"]["collaboration"]) == weights["collaboration"] * Decimal("0.70")
    assert Decimal(person["result"]["points"]["professionalism"]) == weights["professionalism"] * Decimal("0.88")
    taken = _collected(back, ledger, "--take", "newest")
    assert Decimal(taken["result"]["points"]["collaboration"]) == weights["collaboration"] * Decimal("0.95")
    assert _collected(back, ledger)["result"] == taken["result"]


def test_what_hr_decided_is_entered_once(tmp_path: Path, ledger: Ledger) -> None:
    form = make_form(tmp_path / "out", values={"collaboration": Decimal(70)})
    enter(ledger, [form])
    path = typed(form, tmp_path / "back" / form.path.name, {"collaboration": 95})
    for take in ("ask", "ask", "newest", "newest", "ask"):
        collect(ledger, [path], take=take)
    points = [entry.body["appraisal"]["points"]["collaboration"] for entry in ledger.entries((TAKEN,))]
    assert points == ["3.50", "4.75"]


@pytest.mark.parametrize("same", [70, 70.0, "70", "70分", "７０"])
def test_the_same_rating_written_another_way_is_unchanged(tmp_path: Path, ledger: Ledger, same: object) -> None:
    form = make_form(tmp_path / "out", values={"collaboration": Decimal(70)})
    enter(ledger, [form])
    person = only(collect(ledger, [typed(form, tmp_path / "back" / form.path.name, {"collaboration": same})]))
    assert "differs" not in codes(person)


def test_a_blank_rating_that_is_filled_in_is_taken(tmp_path: Path, ledger: Ledger) -> None:
    form = make_form(tmp_path / "out", values=HOURS, locked=True)
    enter(ledger, [form])
    person = only(collect(ledger, [typed(form, tmp_path / "back" / form.path.name, dict(RATED))]))
    assert (person.status, codes(person) - {"seal_lost"}) == ("taken", set())


# --- forms of earlier issues, whose seals left the parts open -----------------------------------------------------------------


@pytest.fixture
def earlier(tmp_path: Path, ledger: Ledger) -> Issued:
    form = make_form(tmp_path / "out", values=HOURS, locked=True)
    enter(ledger, [form])
    return form


def test_a_form_of_an_earlier_issue_is_collected_and_its_open_parts_are_watched(
    tmp_path: Path, ledger: Ledger, earlier: Issued
) -> None:
    content = read_content(read_package(earlier.data))
    sheet, at = content.names["in_handling_hours__urgent"]
    holder = content.sheet(sheet)
    assert holder is not None
    assert at in holder.open  # as they were issued
    raised = {"handling_hours.urgent": 1, "handling_hours.urgent_share": 1}
    person = only(collect(ledger, [typed(earlier, tmp_path / "back" / earlier.path.name, {**RATED, **raised})]))
    assert person.status == "check"
    assert "edited" in codes(person)
    assert person.result is not None
    assert person.result["points"]["handling_hours"] == "1.50"


def test_hours_that_were_all_typed_stay_open(tmp_path: Path) -> None:
    scheme = load_scheme("appliance-agent")
    form = make_form(tmp_path, values={"fcr": Decimal("0.8")}, locked=True)
    content = read_content(read_package(form.data))
    assert with_parts_closed(content, scheme) == content
    fewer = closed(content, ["handling_hours.urgent", "no such key"])
    assert sum(len(sheet.open) for sheet in content.sheets) - sum(len(sheet.open) for sheet in fewer.sheets) == 1


# --- per cent in a field of 100 points ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        (0.9, "0%", "百分号"),
        (0.9, "0.00%;[Red]-0.00%", "百分号"),
        (90, "0%", "百分号"),
        (0.9, "General", "0.9 分还是 90 分"),
        (0.9, '0.0"%"', "0.9 分还是 90 分"),
        (1, "0.00", "1 分还是 100 分"),
        ("90%", "General", "百分号"),
    ],
)
def test_a_percentage_in_a_field_of_points_is_asked_about(issued: tuple[Path, str], value: object, code: str, said: str) -> None:
    form, ledger = issued
    person = _collected(_back(form, {"in_professionalism": value}, {"in_professionalism": code}), ledger)
    (finding,) = [f for f in person["findings"] if f["code"] in ("out_of_range", "wrong_type")]
    assert person["status"] == "check"
    assert said in finding["text"]
    assert person["result"]["points"]["professionalism"] is None


@pytest.mark.parametrize(("value", "code"), [(90, "General"), (0, "0.00"), (1.5, "0.00"), (100, '0"分"')])
def test_points_are_taken(issued: tuple[Path, str], value: float, code: str) -> None:
    form, ledger = issued
    person = _collected(_back(form, {"in_professionalism": value}, {"in_professionalism": code}), ledger)
    assert person["status"] == "taken"
    assert person["result"]["points"]["professionalism"] is not None


@pytest.mark.parametrize(("value", "code"), [(0.9, "0%"), (0.9, "General"), ("90%", "General"), (1, "0%")])
def test_a_field_of_ratios_takes_per_cent(issued: tuple[Path, str], value: object, code: str) -> None:
    form, ledger = issued
    person = _collected(_back(form, {"in_csat": value}, {"in_csat": code}), ledger)
    assert person["status"] == "taken"
    assert person["result"]["points"]["csat"] is not None
