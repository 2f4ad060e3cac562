"""Was a form changed? The seal against the cells, and the seal against the ledger when there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi_xl.collect.cells import read_content
from kpi_xl.collect.differences import compare
from kpi_xl.collect.model import Edit, Identity, Sealed
from kpi_xl.collect.read import no_seal, open_workbook
from kpi_xl.collect.seal import has_seal_part, open_payload, read_seal
from kpi_xl.errors import KpiError, Place, Text, shown_name
from kpi_xl.ledger import Ledger
from kpi_xl.ledger.model import ISSUED

DISCLAIMER = Text(
    "说明：封印只能发现锁定单元格的改动，不能证明是谁改的，也不是《电子签名法》意义上的电子签名；"
    "把封印一并重做的人，只有对照台账（--ledger）才能发现。",
    "Note: the seal finds edits of locked cells. It does not prove who made them and is not an electronic signature; "
    "a seal that was made anew is found by comparison with the ledger only (--ledger).",
)
_SEAL_CHANGED = Edit("seal", "", "", "", "")


@dataclass(frozen=True)
class Verdict:
    """What was found. `in_ledger`: the ledger knows this seal (None: not asked). `edits` empty: unchanged."""

    path: Path
    identity: Identity | None
    issue: str
    edits: tuple[Edit, ...]
    in_ledger: bool | None = None

    @property
    def unchanged(self) -> bool:
        """Nothing was changed, and the ledger, if asked, knows the form."""
        return not self.edits and self.in_ledger is not False


def verify_file(path: Path, *, passwords: Sequence[str] = (), ledger: Ledger | None = None) -> Verdict:
    """Compare one workbook with its seal.

    Raises KpiError when it cannot be compared: no workbook, no seal, or a seal that was lost and no ledger that has it.
    """
    _data, package = open_workbook(path, tuple(passwords))
    sealed, digest = read_seal(package)
    if not digest:
        raise no_seal(path)
    known = None if ledger is None else issued_seal(ledger, digest)
    in_ledger = None if ledger is None else known is not None
    edits: tuple[Edit, ...] = ()
    if sealed is None:
        if has_seal_part(package):
            edits = (_SEAL_CHANGED,)
        elif known is None:
            raise KpiError.at(
                Place.of(path),
                Text("封印内容丢失（保存它的程序没有保留），无法逐格核对", "the program that saved it dropped the seal"),
                Text("加上 --ledger，用发放时台账里的封印核对", "add --ledger to compare with the seal in the ledger"),
            )
        sealed = known
    if sealed is None:
        return Verdict(path, None, digest[:16], edits, in_ledger)
    return Verdict(path, sealed.identity, sealed.issue, edits + compare(sealed.content, read_content(package)), in_ledger)


def issued_seal(ledger: Ledger, digest: str) -> Sealed | None:
    """Return what the ledger has under that digest, None when nothing was issued with it."""
    for entry in ledger.entries((ISSUED,), issues=(digest[:16],)):
        body = entry.body
        payload = ledger.blob(str(body["seal_sha256"]))
        if payload is not None and body["digest"] == digest:
            return open_payload(payload)
    return None


def as_document(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as plain JSON values."""
    identity = verdict.identity
    edits = [{"kind": e.kind, "sheet": e.sheet, "cell": e.cell, "stood": e.stood, "stands": e.stands} for e in verdict.edits]
    return {
        "file": str(verdict.path.with_name(shown_name(verdict.path))),
        "unchanged": verdict.unchanged,
        "person": identity.person if identity else None,
        "name": identity.name if identity else None,
        "period": identity.period if identity else None,
        "issue": verdict.issue,
        "in_ledger": verdict.in_ledger,
        "edits": edits,
    }
