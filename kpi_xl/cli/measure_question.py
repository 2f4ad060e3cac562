"""What ``kpi-xl measure`` was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpi_xl.measures import By, Catalog
    from kpi_xl.periods import Period


@dataclass(frozen=True)
class Question:
    """What the user wants to know of exports. `measures` None: those with data and the common ones; `out`: a file to write."""

    exports: tuple[Path, ...]
    period: Period
    by: By
    measures: tuple[str, ...] | None
    definitions: Mapping[str, str]
    catalog: Catalog
    mapping: Path | None
    roster: Path | None
    as_json: bool
    out: Path | None
    own_measures: Path | None = None

    @property
    def inputs(self) -> tuple[Path | None, ...]:
        """The files that are read, which no output may take the place of."""
        return (*self.exports, self.mapping, self.roster, self.own_measures)
