"""Faults in the data as values: what was found, where, what became of the row, and whether somebody has to do something.

What HR is told is *things to do*, not rows: five thousand rows of people whom the roster does not have are one thing to decide,
and a row of another month is no fault of this one. `concerns` is the one place where issues are added up to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from kpi_xl.errors import Text

Disposition = Literal["set_aside", "kept"]

Care = Literal["each", "once", "look", "fold"]
"""What a fault asks of people. ``each``: every row is to be mended (one thing to do per file and sheet). ``once``: one decision,
however many rows and files. ``look``: settled, listed for whoever wants to look. ``fold``: settled, and only counted."""

SHOWN = 8
_TITLE = 24


@dataclass(frozen=True)
class IssueKind:
    """A kind of fault: its default fate, a reason for people, what they can do about it, and whether they have to.

    `title` names it in a few words; empty: the beginning of the reason.
    """

    code: str
    disposition: Disposition
    reason: Text
    remedy: Text
    care: Care = "each"
    title: str = ""


@dataclass(frozen=True)
class Issue:
    """One fault. `row` counts as a spreadsheet shows it (the header is row 1 when nothing stands above it); None: whole file.

    `count` is above 1 when one issue stands for several rows of the same fault; `row` is then the first of them. `elsewhere` of
    them are of another period, or of people who are not on the roster: listed, but no fault of this month. `near` names the
    people who may be meant.
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
    care: Care = "each"
    elsewhere: int = 0
    title: str = ""
    near: Text | None = None

    @property
    def advice(self) -> Text:
        """What to do, and who may be meant."""
        if self.near is None:
            return self.remedy
        return Text(f"{self.near.zh}；{self.remedy.zh}", f"{self.near.en}; {self.remedy.en}")

    @property
    def heading(self) -> str:
        """The kind in a few words."""
        return self.title or re.split(r"[：:，,；;（(。]", self.reason.zh, maxsplit=1)[0][:_TITLE]


@dataclass(frozen=True)
class Concern:
    """The faults of one kind in one place: a thing to do, or a thing that was settled.

    `file` and `sheet` are empty where it is one decision over several files, which `files` names. `reasons` is how many
    different reasons there are (each names its value); `reason` and `remedy` are the first. `rows`, `columns` and `values` are
    the first rows and different columns and values, of those that concern us where any do.
    """

    code: str
    care: Care
    disposition: Disposition
    heading: str
    files: tuple[str, ...]
    sheet: str
    reason: Text
    remedy: Text
    reasons: int
    count: int
    elsewhere: int
    rows: tuple[int, ...]
    columns: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def ours(self) -> int:
        """Rows that concern this period and this roster."""
        return self.count - self.elsewhere

    @property
    def to_do(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.care in ("each", "once") and self.ours > 0

    @property
    def faults(self) -> int:
        """How many faults it counts as: its rows that concern us, or the one decision."""
        return 0 if not self.to_do else 1 if self.care == "once" else self.ours


def concerns(issues: Iterable[Issue]) -> list[Concern]:
    """Add issues up by kind, file and sheet (one decision: by kind): what is to be done first, the most frequent first."""
    alike: dict[tuple[str, ...], list[Issue]] = {}
    for issue in issues:
        place = () if issue.care == "once" else (issue.file, issue.sheet or "")
        alike.setdefault((issue.code, issue.disposition, *place), []).append(issue)
    found = [_concern(group) for _, group in sorted(alike.items())]
    return sorted(found, key=lambda one: (not one.to_do, one.care != "once", -one.ours, -one.count))


def to_do(issues: Iterable[Issue]) -> list[Concern]:
    """Return what somebody has to decide or to mend: 需要您处理 N 处 is the length of it."""
    return [one for one in concerns(issues) if one.to_do]


def count_faults(issues: Iterable[Issue]) -> int:
    """Count the faults that concern this period and this roster: what is settled is none, a decision is one."""
    return sum(one.faults for one in concerns(issues))


def _concern(group: Sequence[Issue]) -> Concern:
    first = group[0]
    shown = [issue for issue in group if issue.elsewhere < issue.count] or group
    return Concern(
        code=first.code,
        care=first.care,
        disposition=first.disposition,
        heading=first.heading,
        files=tuple(dict.fromkeys(issue.file for issue in group)),
        sheet="" if first.care == "once" else first.sheet or "",
        reason=first.reason,
        remedy=first.remedy,
        reasons=len({issue.reason for issue in group}),
        count=sum(issue.count for issue in group),
        elsewhere=sum(issue.elsewhere for issue in group),
        rows=tuple(dict.fromkeys(issue.row for issue in shown if issue.row is not None))[:SHOWN],
        columns=tuple(dict.fromkeys(issue.column for issue in shown if issue.column)),
        values=tuple(dict.fromkeys(issue.value for issue in shown if issue.value))[:SHOWN],
    )
