"""What was written, so that a run goes on where it stopped and never overwrites what somebody changed.

While a run is under way, each finished person is a line of ``.kpi-xl-progress.jsonl`` in the period's folder; at the end
everything is in run.json and the journal goes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from kpi_xl.job.files import sha256_of, writing
from kpi_xl.job.model import PersonOutcome, Remedy
from kpi_xl.view.department import AlertRow, MissingRow, PersonRow
from kpi_xl.view.summarise import PersonSummary

JOURNAL = ".kpi-xl-progress.jsonl"
RUN = "run.json"


class Journal:
    """The finished people of earlier and interrupted runs of this folder, and the open journal of the present one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / JOURNAL
        self._stream: IO[str] | None = None
        self.issued_at: dt.datetime | None = None
        self.finished: dict[str, PersonOutcome] = {}
        self.written: dict[str, str] = {}
        self._read_run()
        self._read_journal()

    def unchanged(self, person_id: str, fingerprint: str) -> PersonOutcome | None:
        """Return the earlier outcome when it came from the same input and its files are still what was written."""
        outcome = self.finished.get(person_id)
        if outcome is None or outcome.fingerprint != fingerprint or outcome.error is not None:
            return None
        for name, digest in outcome.files.items():
            path = self.folder / name
            if not path.is_file() or sha256_of(path) != digest:
                return None
        return outcome

    def open(self, issued_at: dt.datetime) -> None:
        """Start the journal of this run; an interrupted one is continued. Raises KpiError for a folder that cannot be written."""
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._stream = self._path.open("a", encoding="utf-8")
        self._stream.write(json.dumps({"issued_at": issued_at.isoformat()}) + "\n")
        self._stream.flush()

    def add(self, outcome: PersonOutcome) -> None:
        """Note a finished person."""
        if self._stream is None:
            raise RuntimeError("the journal is not open")
        self._stream.write(json.dumps(_plain(outcome), ensure_ascii=False) + "\n")
        self._stream.flush()
        self.finished[outcome.id] = outcome
        self.written.update(outcome.files)

    def close(self) -> None:
        """Close the file; it stays on the disk until `forget`."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def forget(self) -> None:
        """Remove the journal: run.json has taken its place."""
        self.close()
        self._path.unlink(missing_ok=True)

    def _read_run(self) -> None:
        try:
            document = json.loads((self.folder / RUN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        for entry in document.get("people", []):
            self._remember({**entry, "kept": ()})  # what a finished run kept aside, it has told
        self.written.update(document.get("files", {}))

    def _read_journal(self) -> None:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:  # the line that was being written when the run stopped
                continue
            if "issued_at" in entry and "id" not in entry:
                self.issued_at = self.issued_at or dt.datetime.fromisoformat(entry["issued_at"])
            else:
                self._remember(entry)

    def _remember(self, entry: Mapping[str, Any]) -> None:
        try:
            outcome = _outcome(entry)
        except (KeyError, TypeError, ValueError):  # written by another version: those people are simply made again
            return
        self.finished[outcome.id] = outcome
        self.written.update(outcome.files)


def people_of(outcomes: Iterable[PersonOutcome]) -> list[dict[str, Any]]:
    """Return the ``people`` of run.json."""
    return [_plain(outcome) for outcome in outcomes]


def _plain(outcome: PersonOutcome) -> dict[str, Any]:
    document = {field.name: getattr(outcome, field.name) for field in dataclasses.fields(outcome) if field.name != "fault"}
    document["summary"] = dataclasses.asdict(outcome.summary)
    document["remedy"] = [dataclasses.asdict(remedy) for remedy in outcome.remedy]
    document["files"] = dict(outcome.files)
    document["error"] = None if outcome.error is None else outcome.error.zh
    plain: dict[str, Any] = json.loads(json.dumps(document, ensure_ascii=False, default=str))
    return plain


def _outcome(entry: Mapping[str, Any]) -> PersonOutcome:
    if entry["error"] is not None:
        raise ValueError("a failed person is made again")
    summary = entry["summary"]
    row = dict(summary["row"])
    for key in ("total", "coefficient"):
        row[key] = None if row[key] is None else Decimal(row[key])
    return PersonOutcome(
        id=entry["id"],
        fingerprint=entry["fingerprint"],
        summary=PersonSummary(
            PersonRow(**row),
            tuple(AlertRow(**alert) for alert in summary["alerts"]),
            tuple(MissingRow(**missing) for missing in summary["missing"]),
            summary["path"],
        ),
        total=entry["total"],
        grade=entry["grade"],
        coefficient=entry["coefficient"],
        scheme=entry["scheme"],
        variants=tuple(entry["variants"]),
        files=dict(entry["files"]),
        kept=tuple(entry["kept"]),
        remedy=tuple(Remedy(**remedy) for remedy in entry["remedy"]),
        payout=entry["payout"],
    )
