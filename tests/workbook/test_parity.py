"""A second, independent engine: LibreOffice recalculates the forms (no caches in them) and must agree with the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kpi_xl.native.lowering import lower_template
from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import score, with_parameters
from kpi_xl.scoring.model import Value
from kpi_xl.view.model import CellValue
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.outputs import cached_outputs, form_inputs

from .. import office
from ..workbook_people import invent
from ..workbook_sheets import fill, names_of, retyped
from .differences import differences

pytestmark = [pytest.mark.office, pytest.mark.slow]

APPLIANCE = ["appliance-agent", "appliance-agent:technical", "appliance-agent:promotion", "appliance-agent:technical+promotion"]
OTHERS = [scheme for scheme in list_schemes() if scheme.id != "appliance-agent"]


def ways(scheme: Scheme) -> list[str]:
    """The scheme as it stands and with each variant; a scheme that needs a variant only with one."""
    plain = [] if scheme.required_variant else [scheme.id]
    return [*plain, *(f"{scheme.id}:{variant.id}" for variant in scheme.variants)]


def filled_in(scheme: Scheme) -> Scheme:
    """The scheme with its company's blanks filled in."""
    return with_parameters(scheme, {p.id: "3%" if p.unit == "ratio" else "7" for p in scheme.parameters})


def disagreements(
    scheme: Scheme, people: Sequence[Mapping[str, Value]], months: int, folder: Path, spreadsheet: office.Drive
) -> tuple[dict[int, object], list[dict[str, CellValue]]]:
    """Let LibreOffice compute the form of each person, compare every named output; return who differs, and what was due.

    The form is opened once and each person typed into it; the first one's comes as a filled file, too.
    """
    form = lower_template(build_form(scheme), scheme).data
    inputs, outputs = names_of(form, "in_"), names_of(form, "out_")
    waivable = [g.id for g in scheme.groups if g.waivable and {i.group for i in scheme.indicators} > {g.id}]
    cases: list[dict[str, Value]] = []
    expected = []
    for number, values in enumerate(people):
        appraisal = score(scheme, values, months=months, waive=waivable[-1:] if number % 4 == 0 else ())
        written = form_inputs(scheme, values, appraisal, months=months)
        cases.append({inputs[key.replace(".", "__")]: value for key, value in written.items()})  # type: ignore[misc]
        expected.append(cached_outputs(scheme, values, appraisal, months=months))
    blank, first = folder / f"{scheme.id}.xlsx", folder / f"{scheme.id}-0.xlsx"
    blank.write_bytes(form)
    first.write_bytes(fill(form, cases[0]))
    cells = [*outputs.values()]
    results = [(0, *retyped(first, [{}], cells, spreadsheet)), *enumerate(retyped(blank, cases, cells, spreadsheet))]
    found = [(number, dict(zip(outputs, computed, strict=True))) for number, computed in results]
    wrong = {number: (people[number], differing) for number, one in found if (differing := differences(one, expected[number]))}
    return wrong, expected


@pytest.mark.parametrize(("reference", "months"), [*((reference, 1) for reference in APPLIANCE), ("appliance-agent", 3)])
def test_the_agents_form_agrees_for_people_around_every_threshold(
    reference: str, months: int, spreadsheet: office.Drive, tmp_path: Path
) -> None:
    scheme = load_scheme(reference)
    wrong, expected = disagreements(scheme, invent(scheme, 50, seed=20250901 + months), months, tmp_path, spreadsheet)
    assert not wrong
    assert {str(e["grade"]) for e in expected} == {"高级客服", "中级客服", "初级客服", "待改进", "待评"}


@pytest.mark.parametrize("base", OTHERS, ids=[scheme.id for scheme in OTHERS])
def test_every_other_form_agrees_in_a_hundred_cases(base: Scheme, spreadsheet: office.Drive, tmp_path: Path) -> None:
    references = ways(base)
    share = -(-100 // len(references))
    for number, reference in enumerate(references):
        scheme = filled_in(load_scheme(reference))
        months = 3 if "quarter" in scheme.cycles else 12 if "month" not in scheme.cycles else 1
        folder = tmp_path / str(number)
        folder.mkdir()
        wrong, _expected = disagreements(scheme, invent(scheme, share, seed=number + 7), months, folder, spreadsheet)
        assert not wrong
