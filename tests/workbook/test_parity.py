"""A second, independent engine: LibreOffice recalculates the forms (no caches in them) and must agree with the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from kpi_xl.numbers import parse_number
from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import score, with_parameters
from kpi_xl.scoring.model import Value
from kpi_xl.view.model import CellValue
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.lowering import lower_template
from kpi_xl.workbook.outputs import cached_outputs, form_inputs

from ..workbook_people import invent
from ..workbook_sheets import at, fill, names_of, recalculated

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


def differences(
    table: list[list[str]], cells: Mapping[str, str], expected: Mapping[str, CellValue]
) -> dict[str, tuple[str, str]]:
    """Return what LibreOffice computed and what the cached value says, where they differ."""
    found = {}
    for key, cell in cells.items():
        shown, wanted = at(table, cell), expected[key.replace("__", ".")]
        if isinstance(wanted, Decimal | int):
            number = parse_number(shown)
            same = number is not None and abs(number - wanted) < Decimal("1e-9")
        else:
            same = shown == (wanted or "")
        if not same:
            found[key] = (shown, str(wanted))
    return found


def disagreements(
    scheme: Scheme, people: Sequence[Mapping[str, Value]], months: int, folder: Path
) -> tuple[dict[int, object], list[dict[str, CellValue]]]:
    """Fill a form per person, let LibreOffice compute it, compare every named output; return who differs, and what was due."""
    form = lower_template(build_form(scheme), scheme).data
    inputs, outputs = names_of(form, "in_"), names_of(form, "out_")
    waivable = [g.id for g in scheme.groups if g.waivable and {i.group for i in scheme.indicators} > {g.id}]
    files, expected = [], []
    for number, values in enumerate(people):
        appraisal = score(scheme, values, months=months, waive=waivable[-1:] if number % 4 == 0 else ())
        cells = {inputs[k.replace(".", "__")]: v for k, v in form_inputs(scheme, values, appraisal, months=months).items()}
        files.append(folder / f"{scheme.id}-{number}.xlsx")
        files[-1].write_bytes(fill(form, cells))  # type: ignore[arg-type]
        expected.append(cached_outputs(scheme, values, appraisal, months=months))
    wrong: dict[int, object] = {}
    for number, table in enumerate(recalculated(files, folder / "out")):
        if differing := differences(table, outputs, expected[number]):
            wrong[number] = (people[number], differing)
    return wrong, expected


@pytest.mark.parametrize(("reference", "months"), [*((reference, 1) for reference in APPLIANCE), ("appliance-agent", 3)])
def test_the_agents_form_agrees_for_people_around_every_threshold(
    reference: str, months: int, soffice: str, tmp_path: Path
) -> None:
    scheme = load_scheme(reference)
    wrong, expected = disagreements(scheme, invent(scheme, 50, seed=20250901 + months), months, tmp_path)
    assert not wrong
    assert {str(e["grade"]) for e in expected} == {"高级客服", "中级客服", "初级客服", "待改进", "待评"}


@pytest.mark.parametrize("base", OTHERS, ids=[scheme.id for scheme in OTHERS])
def test_every_other_form_agrees_in_a_hundred_cases(base: Scheme, soffice: str, tmp_path: Path) -> None:
    references = ways(base)
    share = -(-100 // len(references))
    for number, reference in enumerate(references):
        scheme = filled_in(load_scheme(reference))
        months = 3 if "quarter" in scheme.cycles else 12 if "month" not in scheme.cycles else 1
        folder = tmp_path / str(number)
        folder.mkdir()
        wrong, _expected = disagreements(scheme, invent(scheme, share, seed=number + 7), months, folder)
        assert not wrong
