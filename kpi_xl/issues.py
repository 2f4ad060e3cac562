"""Faults in the data as values: what was found, where, and what became of the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kpi_xl.errors import Text

Disposition = Literal["set_aside", "kept"]


@dataclass(frozen=True)
class IssueKind:
    """A kind of fault: its default fate, a reason for people and what they can do about it."""

    code: str
    disposition: Disposition
    reason: Text
    remedy: Text


@dataclass(frozen=True)
class Issue:
    """One fault. `row` counts as a spreadsheet shows it (the header is row 1 when nothing stands above it); None: whole file.

    `count` is above 1 when one issue stands for several rows of the same fault; `row` is then the first of them.
    """

    code: str
    disposition: Disposition
    file: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    reason: Text
    remedy: Text
    count: int = 1
