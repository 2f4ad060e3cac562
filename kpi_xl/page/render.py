"""Views become self-contained HTML pages (Jinja2): no script, no outside file, one page of markup per person."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kpi_xl.glossary import WORDS
from kpi_xl.page import charts
from kpi_xl.resources import templates_folder
from kpi_xl.view.department import DepartmentView, TeamView
from kpi_xl.view.model import View

_ROWS_ON_THE_INDEX = 60
"""Alerts and gaps that the index prints; the rest is in 汇总.xlsx, and the page says how many there are."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates_folder("report"), encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=True,
    )
    environment.globals["term"] = WORDS
    return environment


def render_person(view: View) -> str:
    """Return the feedback report of one person as an HTML document. It holds no figure of anybody else."""
    return (
        _environment()
        .get_template("person.html.j2")
        .render(
            view=view,
            bars={indicator.id: charts.bar(indicator.attainment) for indicator in view.indicators},
            scale=charts.grade_scale(view.grade_scale, view.total, view.full_total, view.total_text),
            trend=charts.trend(view.trend, view.grade_scale),
            suggestions={advice.indicator: advice.text for advice in view.suggestions},
            training={advice.indicator: advice.text for advice in view.training},
        )
    )


def render_team(view: TeamView) -> str:
    """Return a team's page as an HTML document, for its leader and HR."""
    return _environment().get_template("team.html.j2").render(view=view, distribution=charts.distribution(view.grade_rows))


def render_index(view: DepartmentView) -> str:
    """Return the department's index as an HTML document, for HR and the head of the department."""
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            view=view,
            distribution=charts.distribution(view.grade_rows),
            alerts=view.alert_rows[:_ROWS_ON_THE_INDEX],
            alerts_left=max(0, len(view.alert_rows) - _ROWS_ON_THE_INDEX),
            missing=view.missing_rows[:_ROWS_ON_THE_INDEX],
            missing_left=max(0, len(view.missing_rows) - _ROWS_ON_THE_INDEX),
        )
    )
