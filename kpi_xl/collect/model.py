"""What passes between the steps of sealing, verifying and collecting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from kpi_xl.errors import Text, shown_name
from kpi_xl.faults import Fault
from kpi_xl.scoring.model import Value


class FormCell(NamedTuple):
    """A cell's raw content: ``n`` number, ``s`` text, ``b`` boolean, ``e`` error, ``f`` formula (without its result)."""

    kind: str
    value: str


@dataclass(frozen=True)
class FormSheet:
    """A worksheet: the cells that hold something, by address, and the addresses that people may write into."""

    name: str
    cells: dict[str, FormCell]
    open: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Content:
    """What a seal is about: sheets in the order of the tabs, and our defined names: name -> (sheet, cell)."""

    sheets: tuple[FormSheet, ...]
    names: Mapping[str, tuple[str, str]]

    def sheet(self, name: str) -> FormSheet | None:
        """Return the sheet of that name."""
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose form it is. `scheme` is a reference (id with variants); `fingerprint` is of its rules, `form` of the template."""

    person: str
    name: str
    team: str
    period: str
    scheme: str
    fingerprint: str
    form: str


@dataclass(frozen=True)
class Sealed:
    """What a seal says. `payload` is all of it as compressed JSON, `digest` the SHA-256 of that JSON before compression.

    `record` is what was scored when the form was made: values, samples, the appraisal, all as plain JSON.
    """

    identity: Identity
    record: Mapping[str, Any]
    content: Content
    digest: str
    payload: bytes = field(repr=False)

    @property
    def issue(self) -> str:
        """The id of this version of the form: same content, same id."""
        return self.digest[:16]


EditKind = Literal["changed", "cleared", "added", "name", "rows", "sheet", "seal"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference from what was sealed: what `stood` there and what `stands` there now (formulas with their ``=``)."""

    kind: EditKind
    sheet: str
    cell: str
    stood: str
    stands: str

    @property
    def text(self) -> Text:
        """The edit in words."""
        place = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        if self.kind == "seal":
            return Text("封印本身被改动", "the seal itself was changed")
        if self.kind == "rows":
            return Text(f"{place}：{self.stands or self.stood}", f"{place}: rows inserted or removed")
        if self.kind == "sheet":
            return Text(f"工作表“{self.stood or '无'}” → “{self.stands or '已删除'}”", f"sheet {self.stood!r} -> {self.stands!r}")
        if self.kind == "added":
            return Text(f"{place} 原为空，现为“{self.stands}”", f"{place} was blank, now {self.stands!r}")
        if self.kind == "cleared":
            return Text(f"{place} 原为“{self.stood}”，现为空", f"{place} was {self.stood!r}, now blank")
        return Text(f"{place} 原为“{self.stood}”，现为“{self.stands}”", f"{place} was {self.stood!r}, now {self.stands!r}")


SealState = Literal["whole", "absent", "damaged"]

FieldState = Literal["unchanged", "typed", "differs", "cleared", "out_of_range", "wrong_type"]
"""``typed``: into a cell that was issued blank; ``differs``: over a value that HR had delivered with the form."""


@dataclass(frozen=True, slots=True)
class Field:
    """An input cell that came back. `key` is the input's key, `label` what people call it, `text` and `issued` as shown.

    `value` is what can be scored or kept (None: blank or unusable); `message` says why it cannot be used.
    """

    key: str
    label: str
    cell: str
    issued: str
    text: str
    state: FieldState
    value: Value | None = None
    message: Text | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A file that came back, as a worker read it. `error`: it could not be read at all (`fault`: by our fault) or is no form.

    `issue` is the id that the file carries even when the seal itself was lost; `saved_at` when it was saved last (UTC), `program`
    by which program. `identity` and `record` are what the seal says, `face` the cells in which name and id stand.
    """

    path: Path
    sha256: str = ""
    error: Text | None = None
    seal: SealState = "absent"
    issue: str = ""
    digest: str = ""
    identity: Identity | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    edits: tuple[Edit, ...] = ()
    face: frozenset[str] = frozenset()
    saved_at: str = ""
    program: str = ""
    fault: Fault | None = None

    @property
    def name(self) -> str:
        """The file's name as people can read it."""
        return shown_name(self.path)
