"""Every form is valid by the schemas of the Open XML SDK: as a template, filled, and as a blank form."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_xl.resources import templates_folder
from kpi_xl.schemes import load_scheme
from kpi_xl.workbook.blank import fill_form
from kpi_xl.workbook.forms import built_in_forms
from kpi_xl.workbook.ratings_sheet import build_ratings

from ..schema import mistakes


@pytest.mark.parametrize("form", sorted(templates_folder("workbook").glob("*.xlsx")), ids=lambda path: path.stem)
def test_the_template(form: Path) -> None:
    assert mistakes(form) == []


@pytest.mark.parametrize("name", sorted(built_in_forms()))
def test_the_blank_form(name: str, tmp_path: Path) -> None:
    path = tmp_path / "blank.xlsx"
    path.write_bytes(fill_form(built_in_forms()[name], {}).data)
    assert mistakes(path) == []


def test_the_ratings_sheet(tmp_path: Path) -> None:
    path = tmp_path / "ratings.xlsx"
    path.write_bytes(build_ratings([load_scheme("appliance-agent")], 40))
    assert mistakes(path) == []
