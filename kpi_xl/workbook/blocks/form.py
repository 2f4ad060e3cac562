"""What the blocks of a form share: the scheme, where its numbers stand on 评级标准, the sheet, and the cells laid so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kpi_xl.drawing.canvas import Canvas
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import StandardPlan

Options = Mapping[str, Any]
"""What a layout says about a block, besides its kind."""


@dataclass
class Form:
    """A form under construction. Cell addresses are those of the current sheet; the figures of a scheme stand on one sheet.

    `points` and `weights` are by indicator id, `inputs` by input key, `figures` by id, `waivers` by group; `months` is the
    cell with the number of months.
    """

    scheme: Scheme
    plan: StandardPlan
    canvas: Canvas
    title: str
    months: str | None = None
    total: str | None = None
    grade: str | None = None
    coefficient: str | None = None
    points: dict[str, str] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    waivers: dict[str, str] = field(default_factory=dict)

    def group_name(self, group_id: str) -> str:
        """Return the name of a group of indicators."""
        return next((group.name for group in self.scheme.groups if group.id == group_id), group_id)

    def on(self, canvas: Canvas) -> Form:
        """Return the same form on another sheet, where no cell has been laid yet."""
        return Form(self.scheme, self.plan, canvas, self.title)
