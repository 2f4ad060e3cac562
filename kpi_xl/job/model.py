"""What passes between the steps of the job; everything here can be sent to a worker process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_xl import arguments
from kpi_xl.arguments import instance_of, one_of, optional
from kpi_xl.collect.passwords import Passwords
from kpi_xl.errors import Text
from kpi_xl.faults import Fault
from kpi_xl.measures.model import Evidence, MeasureRow
from kpi_xl.native.lowering import MODES, Mode
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.model import PastResult, Value
from kpi_xl.view.summarise import PersonSummary

if TYPE_CHECKING:  # what only the main process handles: a worker starts without DuckDB
    from kpi_xl.exports.model import Progress
    from kpi_xl.exports.usable import FailedFile


@dataclass(frozen=True)
class Order:
    """What the user asked for. `scheme` is an id or a file; `now` is local time; `workers` None: one per processor.

    `exports` may be empty when there are a roster and ratings. `entered` are parameters of the company and facts that hold for
    everybody (``{"complaint_rate_limit": "3%"}``); `waive` are groups of indicators that HR waives. `ledger`
    (a URL) takes in what is issued; with `passwords` each workbook is encrypted with its person's own. `formulas`: what becomes
    of the forms' ``KPI_*`` calls (see `kpi_xl.native.lowering`). Raises KpiError, before any work, for values of other kinds.
    """

    exports: tuple[Path, ...]
    scheme: str
    period: Period
    out: Path
    now: dt.datetime
    variants: tuple[str, ...] = ()
    roster: Path | None = None
    mapping: Path | None = None
    ratings: Path | None = None
    entered: Mapping[str, Value | float] = field(default_factory=dict)
    waive: tuple[str, ...] = ()
    ledger: str | None = None
    passwords: Passwords | None = None
    formulas: Mode = "native"
    html: bool = True
    pdf: bool = False
    workers: int | None = None
    scheduler: str | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        arguments.read_fields(self, _ORDER, "generate")

    @property
    def folder(self) -> Path:
        """The folder of the period's results."""
        return self.out / str(self.period)


_ORDER: Mapping[str, arguments.Reader[Any]] = {
    "exports": arguments.read_paths,
    "scheme": arguments.read_reference,
    "period": arguments.read_period,
    "out": arguments.read_path,
    "now": arguments.read_moment,
    "variants": arguments.read_names,
    "roster": optional(arguments.read_path),
    "mapping": optional(arguments.read_path),
    "ratings": optional(arguments.read_path),
    "entered": arguments.read_entered,
    "waive": arguments.read_names,
    "ledger": optional(arguments.read_reference),
    "passwords": optional(instance_of(Passwords, Text("写密码文件的路径", "name the password file"))),
    "formulas": one_of(MODES),
    "html": arguments.read_flag,
    "pdf": arguments.read_flag,
    "workers": optional(arguments.read_count),
    "scheduler": optional(arguments.read_text),
    "progress": optional(arguments.read_callable),
}
"""How each field is read, whoever makes an order: the command line, a script, another program."""


@dataclass(frozen=True)
class Assigned:
    """Who is appraised (a team stands as a person of its own name), by which scheme, and the folder and stem of the files.

    `members` are the agents whose counts are pooled; None: the person's own counts. `key` tells schemes of a run apart.
    """

    person: Person
    scheme: Scheme
    folder: str
    stem: str
    members: tuple[str, ...] | None = None
    key: str = ""


@dataclass(frozen=True)
class NotAppraised:
    """A person on the roster who gets no form, with the reason; listed in run.json and in the summary."""

    person: Person
    reason: Text


@dataclass(frozen=True)
class PersonTask:
    """Everything that one person's files are made of. `scheme` is a key of `Span.schemes`."""

    assigned_id: str
    person: Person
    scheme: str
    folder: str
    stem: str
    rows: tuple[MeasureRow, ...]
    typed: tuple[tuple[str, Value], ...]
    samples: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    history: tuple[PastResult, ...]
    fingerprint: str = ""
    password: str | None = field(default=None, repr=False)  # not in the fingerprint, which is kept in run.json


@dataclass(frozen=True)
class Settings:
    """What all people of a run share. `forms` maps a scheme key to the path of its form template.

    `password_mark` changes when the password file does, so that the workbooks are made again.
    """

    folder: Path
    period: Period
    issued_at: dt.datetime
    data_end: dt.datetime | None
    html: bool
    forms: Mapping[str, Path]
    schemes: Mapping[str, Scheme]
    waive: tuple[str, ...] = ()
    password_mark: str = ""


@dataclass(frozen=True)
class Span:
    """A few dozen people at a time: what one task of the executor works on.

    `written` is the SHA-256, by path below the period's folder, of what earlier runs wrote for these people.
    """

    settings: Settings
    people: tuple[PersonTask, ...]
    written: Mapping[str, str]


@dataclass(frozen=True)
class Remedy:
    """A call-back that customer service must follow up: the record, its day, and the answers that say why."""

    record: str
    at: str
    problem: str


@dataclass(frozen=True)
class PersonOutcome:
    """What became of one person. `files` maps a path below the period's folder to the SHA-256 of what was written.

    `error` is set when the files could not be made, and `fault` too when that is our fault; `kept` are files that somebody had
    changed and that were set beside.
    `payout` is the bonus, where the scheme's own base gives one.
    """

    id: str
    fingerprint: str
    summary: PersonSummary
    total: str | None
    grade: str | None
    coefficient: str | None
    scheme: str
    variants: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    error: Text | None = None
    remedy: tuple[Remedy, ...] = ()
    payout: str | None = None
    fault: Fault | None = None


@dataclass(frozen=True)
class Report:
    """What the run did. `failed` maps a person's id to the reason; `unchanged` counts people whose files were already there.

    `to_do` is how many things somebody has to decide or mend (需要您处理), `issue_count` how many faults concern this period
    and roster (`kpi_xl.issues`). `failed_files` are exports that could not be used; the others were. `log` names the file in
    `folder` that holds the tracebacks of faults of ours.
    """

    folder: Path
    people: int
    done: int
    unchanged: int
    failed: Mapping[str, Text]
    not_appraised: tuple[NotAppraised, ...]
    kept: tuple[str, ...]
    warnings: tuple[Text, ...]
    issue_count: int
    pending: int
    failed_files: tuple[FailedFile, ...] = ()
    log: str | None = None
    to_do: int = 0
