"""Every scheme, and each of its variants, from a ratings sheet that the tool prepared to the workbook that it fills."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.job import rated_people, run
from kpi_xl.schemes.inputs import input_titles
from kpi_xl.scoring import score, with_parameters
from kpi_xl.scoring.model import Value
from kpi_xl.standard import open_scheme
from kpi_xl.workbook.forms import built_in_forms
from kpi_xl.workbook.ratings_sheet import build_ratings, typed_inputs

from ..workbook_people import invent
from .samples import order, run_document, write_roster

REFERENCES = list(dict.fromkeys(scheme.reference for scheme in built_in_forms().values()))


def fill(data: bytes, people: Mapping[str, Mapping[str, Value]], titles: Mapping[str, str]) -> bytes:
    """Type values into a ratings sheet, as HR would."""
    book = openpyxl.load_workbook(BytesIO(data))
    sheet = book["评分"]
    head = next(row for row in sheet.iter_rows() if row[0].value in ("工号", "团队"))
    column = {cell.value: cell.column for cell in head}
    for row in sheet.iter_rows(min_row=head[0].row + 1):
        for key, value in people.get(str(row[0].value), {}).items():
            sheet.cell(row[0].row, column[titles[key]], value if isinstance(value, str) else float(value))
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_typed(values: Mapping[str, Value]) -> dict[str, Value]:
    """What is left of a value once a spreadsheet has kept it as a float."""
    return {key: value if isinstance(value, str) else Decimal(repr(float(value))) for key, value in values.items()}


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_filled_ratings_sheet_gives_the_total_of_score(reference: str, tmp_path: Path) -> None:
    name, _, variant = reference.partition(":")
    variants = tuple(filter(None, variant.split("+")))
    base = open_scheme(reference)
    entered = {parameter.id: "3%" if parameter.unit == "ratio" else "5" for parameter in base.parameters}
    roster = write_roster(tmp_path)
    schemes, people = rated_people(roster, reference, ())
    assert [scheme.reference for scheme in schemes] == [reference]
    typed = typed_inputs(base, every=True)
    given = dict(zip([person for person, _ in people], map(as_typed, invent(base, len(people), 7, missing=0.02)), strict=True))
    sheet = tmp_path / "评分.xlsx"
    sheet.write_bytes(fill(build_ratings(schemes, 5, people, every=True), given, input_titles(typed)))

    period = {"month": "2025-09", "quarter": "2025-Q3", "year": "2025"}[base.cycles[0]]
    asked = order(
        tmp_path, scheme=name, variants=variants, period=period, roster=roster, ratings=sheet, entered=entered, html=False
    )
    report = run(asked)

    assert not report.failed
    assert run_document(asked)["counts"]["issues"] == {}
    assert report.people == len(people)
    results = {entry["id"]: entry for entry in run_document(asked)["people"]}
    for person, values in given.items():
        expected = score(with_parameters(base, entered), values, months=asked.period.month_count)
        entry = results[person]
        assert entry["total"] == (None if expected.total is None else f"{expected.total:.2f}")
        assert entry["grade"] == expected.grade
        workbook = next(asked.folder / file for file in entry["files"] if file.endswith(".xlsx"))
        assert shown_total(workbook) == ("待评" if expected.total is None else float(expected.total))


def shown_total(path: Path) -> object:
    """Return the cached value of the form's total."""
    book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    (sheet, cell), *_ = book.defined_names["out_total"].destinations
    return book[sheet][cell.replace("$", "")].value
