"""Entering into the ledger what was issued: read from the finished files, so that a run that broke off can be completed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kpi_xl.collect.model import Sealed
from kpi_xl.collect.passwords import decrypt, is_encrypted
from kpi_xl.collect.seal import read_seal
from kpi_xl.ledger import Ledger, NewEntry
from kpi_xl.ledger.model import ISSUED, SCHEME, blob_key
from kpi_xl.ooxml.package import read_package
from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.write import write_scheme
from kpi_xl.workbook.identity import fingerprint

_BATCH = 50


@dataclass(frozen=True)
class Made:
    """A finished workbook: its path, its name below the period's folder, the SHA-256 of its bytes, its password if it has one."""

    path: Path
    name: str
    sha256: str
    password: str | None = field(default=None, repr=False)


def enter_issued(
    ledger: Ledger, made: Sequence[Made], schemes: Iterable[Scheme], period: str, at: str, executor: Executor
) -> int:
    """Enter the workbooks that the ledger does not have yet, with their schemes, in one transaction. Returns their number.

    `at`: local time in ISO form. Raises KpiError when the ledger cannot be written; then nothing has been entered.
    """
    known_files, known_issues = set(), set()
    for entry in ledger.entries((ISSUED,), periods=(period,)):
        known_files.add(entry.body["file_sha256"])
        known_issues.add(entry.issue)
    waiting = [one for one in made if one.sha256 not in known_files]
    batches = [tuple(waiting[start : start + _BATCH]) for start in range(0, len(waiting), _BATCH)]
    found: list[NewEntry] = []
    for batch, seals in zip(batches, executor.map(seals_of, batches), strict=True):
        for one, sealed in zip(batch, seals, strict=True):
            if sealed is not None and sealed.issue not in known_issues:
                known_issues.add(sealed.issue)
                found.append(_entry(one, sealed, at))
    if found:
        ledger.append([*_schemes(ledger, schemes, at), *found])
    return len(found)


def seals_of(made: Sequence[Made]) -> list[Sealed | None]:
    """Read the seals of finished workbooks. Runs in worker processes."""
    return [_seal_of(one) for one in made]


def _seal_of(made: Made) -> Sealed | None:
    data = made.path.read_bytes()
    if made.password is not None and is_encrypted(data):
        data = decrypt(data, (made.password,), made.path.name)
    return read_seal(read_package(data, made.path.name))[0]


def _entry(made: Made, sealed: Sealed, at: str) -> NewEntry:
    identity = asdict(sealed.identity)
    body = {
        **{key: identity[key] for key in ("name", "team", "scheme", "fingerprint", "form")},
        "digest": sealed.digest,
        "seal_sha256": blob_key(sealed.payload),
        "file": made.name,
        "file_sha256": made.sha256,
        "encrypted": made.password is not None,
        "record": dict(sealed.record),
    }
    who = sealed.identity
    return NewEntry(ISSUED, at, body, who.person, who.period, sealed.issue, (sealed.payload,))


def _schemes(ledger: Ledger, schemes: Iterable[Scheme], at: str) -> list[NewEntry]:
    """The rules themselves are entered once, so that a form can be scored anew when the built-in scheme has changed."""
    known = scheme_texts(ledger)
    wanted = {fingerprint(scheme): scheme for scheme in schemes}
    return [
        NewEntry(SCHEME, at, {"fingerprint": key, "reference": scheme.reference, "toml": write_scheme(scheme)})
        for key, scheme in wanted.items()
        if key not in known
    ]


def scheme_texts(ledger: Ledger) -> Mapping[str, str]:
    """Return the schemes of the ledger as TOML, by fingerprint."""
    return {entry.body["fingerprint"]: entry.body["toml"] for entry in ledger.entries((SCHEME,))}
