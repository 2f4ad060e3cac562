"""The page room: a person's feedback report, a team's page and the department's index as HTML."""

from __future__ import annotations

from kpi_xl.page.render import render_index, render_person, render_team

__all__ = ["render_index", "render_person", "render_team"]
