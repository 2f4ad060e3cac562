"""What 导入检查.xlsx shows, as values: one class per sheet, one instance per row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError
from kpi_xl.periods import Period


@dataclass(frozen=True)
class Request:
    """What is to be looked at. `exports` are files; `scheme` (an id or a file, with `variants`) tells which questions matter."""

    exports: tuple[Path, ...]
    now: dt.datetime
    roster: Path | None = None
    ratings: Path | None = None
    scheme: str | None = None
    variants: tuple[str, ...] = ()
    period: Period | None = None
    mapping: Path | None = None


@dataclass(frozen=True)
class FileRow:
    """One file, or one sheet of it: what was read, used and set aside, and why; `error`: why nothing of it can be used."""

    role: str
    file: str
    sheet: str | None
    tables: str = ""
    header_row: int | None = None
    encoding: str = ""
    rows_read: int | None = None
    rows_used: int | None = None
    rows_set_aside: int | None = None
    why: str = ""
    facts: str = ""
    error: KpiError | None = None

    @property
    def usable(self) -> bool:
        """Whether anything of it can be used."""
        return self.error is None


@dataclass(frozen=True)
class DecisionRow:
    """One decision. `choices` are the words of the drop-down (none: a number or text is typed); `used`: the scheme needs it."""

    decision: Decision
    answer: str
    choices: tuple[str, ...]
    open_list: bool
    line: str
    used: bool = True


@dataclass(frozen=True)
class ColumnRow:
    """One column of a file, for one of the tables that it feeds. `meaning` is the word of the drop-down."""

    file: str
    sheet: str | None
    table: str
    header: str
    examples: str
    meaning: str
    how: str
    declared: bool = False


@dataclass(frozen=True)
class PersonRow:
    """One thing about a person that HR should look at. `settings` say, as JSON, what the choice of a person declares."""

    state: str
    who: str
    team: str = ""
    file: str = ""
    sheet: str | None = None
    rows: str = ""
    note: str = ""
    near: tuple[str, ...] = ()
    settings: str = ""


@dataclass(frozen=True)
class MonthRow:
    """Rows of one table of one file in one calendar month, by the times that could put them there (None: no such column)."""

    file: str
    sheet: str | None
    table: str
    month: str
    counts: tuple[int | None, ...]
    in_period: bool = False


@dataclass(frozen=True)
class RepeatRow:
    """What was counted once, or kept apart, though it looked the same."""

    file: str
    sheet: str | None
    reason: str
    examples: str
    count: int
    remedy: str


@dataclass(frozen=True)
class SettingRow:
    """A setting of the mapping file that stands on no other sheet; `file` None: of the whole department."""

    file: str | None
    sheet: str | None
    key: str
    value: str
    note: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """Everything that the workbook shows. `month_heads` head the counts of `months`."""

    request: Request
    files: tuple[FileRow, ...]
    decisions: tuple[DecisionRow, ...]
    columns: tuple[ColumnRow, ...]
    people: tuple[PersonRow, ...]
    months: tuple[MonthRow, ...]
    month_heads: tuple[str, ...]
    repeats: tuple[RepeatRow, ...]
    settings: tuple[SettingRow, ...]
    headers: Mapping[tuple[str, str | None], tuple[str, ...]] = field(default_factory=dict)

    @property
    def unusable(self) -> tuple[FileRow, ...]:
        """The files that could not be used."""
        return tuple(row for row in self.files if not row.usable)

    @property
    def waiting(self) -> tuple[DecisionRow, ...]:
        """The decisions that nobody settled and that the scheme needs."""
        return tuple(row for row in self.decisions if not row.decision.settled and row.used)
