"""Names are checked against the view before anything is filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_xl.resources import templates_folder
from kpi_xl.template import compile_template
from kpi_xl.view.model import View

from .books import draw

CELLS = {
    **{
        "A1": "{{ person.name }}",
        "B1": "{{ person.nmae }}",
        "C1": "{{ total }}",
        "D1": "{{ totle }}",
        "E1": "{{ outputs.anything }}",
    },
    **{"A2": "{{ for group in groups }}", "A3": "{{ group.name }}", "B3": "{{ group.nam }}", "C3": "{{ loop.index }}"},
    **{
        "A4": "{{ for row in group.indicators }}",
        "A5": "{{ row.points }}",
        "B5": "{{ row.punkte }}",
        "C5": "{{ row.parts.0.actual }}",
    },
    **{
        "D5": "{{ row.parts.0.aktuell }}",
        "A6": "{{ end }}",
        "A7": "{{ end }}",
        "A8": "{{ for x in nothing }}",
        "A9": "{{ x.y }}",
    },
    **{"A10": "{{ end }}", "A11": "{{ if missing }}", "A12": "{{ indicators.0.name }}", "B12": "{{ indicators.0.nam }}"},
    **{"A13": "{{ end }}", "A14": "{{ person.name.x }}"},
}
UNKNOWN = ["B1", "D1", "B3", "B5", "D5", "A8", "B12", "A14"]


def test_against_the_class() -> None:
    problems = compile_template(draw(CELLS)).check(View)
    assert [problem.where for problem in problems] == [f"S!{cell}" for cell in UNKNOWN]
    assert problems[0].message.en == "there is no person.nmae in the data"


def test_against_a_sample() -> None:
    sample = {
        **{"person": {"name": "x"}, "total": None, "outputs": {"anything": 1}, "missing": (), "indicators": [{"name": 1}]},
        "groups": [{"name": "甲", "indicators": [{"points": 1, "parts": [{"actual": 1}]}]}],
    }
    problems = compile_template(draw(CELLS)).check(sample)
    assert [problem.where for problem in problems] == [f"S!{cell}" for cell in UNKNOWN]


@pytest.mark.parametrize("path", sorted(templates_folder("workbook").glob("*-*.xlsx")), ids=lambda path: path.name)
def test_the_built_in_forms_name_what_the_view_has(path: Path) -> None:
    assert compile_template(path).check(View) == []
