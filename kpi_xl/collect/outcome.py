"""What collecting comes to: forms with findings, people with a status, everything that HR must decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kpi_xl.collect.model import Edit, Field, Identity
from kpi_xl.errors import Text
from kpi_xl.faults import Fault

Take = Literal["ask", "newest", "first"]
TAKES: tuple[Take, ...] = ("ask", "newest", "first")

FindingCode = Literal[
    "edited",
    "seal_lost",
    "seal_damaged",
    "not_issued",
    "unknown_seal",
    "old_version",
    "other_person",
    "other_period",
    "renamed",
    "duplicate",
    "already_collected",
    "conflict",
    "cleared",
    "differs",
    "out_of_range",
    "wrong_type",
    "not_scored",
]

INFORMATION: frozenset[FindingCode] = frozenset({"renamed", "duplicate", "already_collected", "seal_lost"})
"""What is said beside, but needs nobody's attention."""

NEVER: frozenset[FindingCode] = frozenset({"other_period", "unknown_seal"})
"""With one of these a form is not taken by any rule."""

BLOCKING: frozenset[FindingCode] = NEVER | {"old_version", "other_person", "seal_damaged"}
"""With one of these a form is not taken before HR has decided."""

BY_LEDGER: frozenset[FindingCode] = frozenset({"other_period", "unknown_seal", "old_version", "not_issued"})
"""What depends on what the ledger has issued so far and on the period that is collected: found anew at each run."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be said about a form or a person: where, what, what stood there and what stands there now."""

    code: FindingCode
    text: Text
    place: str = ""
    stood: str = ""
    stands: str = ""


@dataclass(frozen=True, slots=True)
class CollectedForm:
    """A form that came back, now (`new`) or in an earlier run. `seq` orders the ones in the ledger, 0 for new ones."""

    file: str
    sha256: str
    issue: str
    identity: Identity
    record: Mapping[str, Any]
    fields: tuple[Field, ...]
    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...] = ()
    saved_at: str = ""
    program: str = ""
    seq: int = 0

    @property
    def new(self) -> bool:
        """It is not in the ledger yet."""
        return self.seq == 0

    @property
    def blocked(self) -> bool:
        """HR must decide before it is taken."""
        return any(finding.code in BLOCKING for finding in self.findings)

    @property
    def differs(self) -> bool:
        """It says something else than what HR delivered with it."""
        return any(finding.code == "differs" for finding in self.findings)

    @property
    def usable(self) -> bool:
        """There is a rule by which it may be taken."""
        return not any(finding.code in NEVER for finding in self.findings)

    @property
    def outdated(self) -> bool:
        """Another version was issued since."""
        return any(finding.code == "old_version" for finding in self.findings)

    @property
    def contents(self) -> tuple[tuple[str, str], ...]:
        """The version and what was typed: two forms with the same contents do not contradict each other."""
        return (("", self.issue), *((field.key, field.text) for field in self.fields))


PersonStatus = Literal["taken", "check", "undecided", "missing"]

URGENCY: tuple[PersonStatus, ...] = ("undecided", "check", "taken", "missing")
"""The order in which people are listed: what HR must do comes first."""

STATUS_TEXT: Mapping[PersonStatus, Text] = {
    "taken": Text("已收", "taken"),
    "check": Text("已收，需核对", "taken, to be checked"),
    "undecided": Text("待人力资源决定", "HR must decide"),
    "missing": Text("未交", "not returned"),
}


@dataclass(frozen=True, slots=True)
class PersonResult:
    """One person and period. `form` is the one that was taken (None: none); `result` the appraisal that follows."""

    identity: Identity
    status: PersonStatus
    form: CollectedForm | None
    others: tuple[CollectedForm, ...]
    result: Mapping[str, Any] | None
    before: Mapping[str, Any]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of a file. `person` is empty when it is no form at all; `error` says why it could not be used."""

    file: str
    person: str
    status: Text
    findings: tuple[Finding, ...] = ()
    error: Text | None = None
    program: str = ""
    saved_at: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Collection:
    """The outcome of one run. `entered` counts the new entries of the ledger, `head` is the hash of its last entry.

    `faults` are ours: files that we stumbled over, in the order of `files`; `log` is the file with their tracebacks. `kept` is
    where an earlier result workbook of the same name is now.
    """

    people: tuple[PersonResult, ...]
    files: tuple[FileResult, ...]
    entered: int
    head: str
    counts: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Text, ...] = ()
    kept: Path | None = None
    log: Path | None = None

    @property
    def clean(self) -> bool:
        """Everything that came back was taken and needs no second look (people whose form is missing do not count)."""
        return all(person.status in ("taken", "missing") for person in self.people) and all(f.error is None for f in self.files)
