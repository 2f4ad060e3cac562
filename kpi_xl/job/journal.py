"""What was written, so that a run goes on where it stopped and never overwrites what somebody changed.

While a run is under way, each finished person is a line of ``.kpi-xl-progress.jsonl`` in the period's folder; at the end
everything is in run.json and the journal goes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from kpi_xl.codec import Codec
from kpi_xl.errors import Problem
from kpi_xl.job.model import PersonOutcome
from kpi_xl.outputs import sha256_of, writing

JOURNAL = ".kpi-xl-progress.jsonl"
RUN = "run.json"
_RUN = Codec()


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
        except (OSError, ValueError, RecursionError):
            return
        people = _table(document).get("people")
        for entry in people if isinstance(people, list) else []:
            self._remember({**_table(entry), "kept": ()})  # what a finished run kept aside, it has told
        self.written.update(_RUN.read(Mapping[str, str], _table(document).get("files", {}), "files", []))

    def _read_journal(self) -> None:
        try:
            lines = self._path.read_bytes().split(b"\n")
        except OSError:
            return
        for line in lines:
            try:
                entry = _table(json.loads(line.decode("utf-8")))
                if "issued_at" in entry and "id" not in entry:
                    self.issued_at = self.issued_at or dt.datetime.fromisoformat(entry["issued_at"])
                else:
                    self._remember(entry)
            except (ValueError, TypeError, RecursionError):  # cut short where the run stopped, maybe within a character
                continue

    def _remember(self, entry: Mapping[str, Any]) -> None:
        outcome = _outcome(entry)
        if outcome is not None:
            self.finished[outcome.id] = outcome
            self.written.update(outcome.files)


def people_of(outcomes: Iterable[PersonOutcome]) -> list[dict[str, Any]]:
    """Return the ``people`` of run.json."""
    return [_plain(outcome) for outcome in outcomes]


def _plain(outcome: PersonOutcome) -> dict[str, Any]:
    document = {**dataclasses.asdict(outcome), "error": None if outcome.error is None else outcome.error.zh}
    del document["fault"]  # a traceback of ours stands in the log
    plain: dict[str, Any] = json.loads(json.dumps(document, ensure_ascii=False, default=str))
    return plain


def _outcome(entry: Mapping[str, Any]) -> PersonOutcome | None:
    """Read a finished person. None for a failed one and for what another version wrote: those people are simply made again."""
    problems: list[Problem] = []
    outcome = _RUN.read_table(PersonOutcome, entry, "", problems) if entry.get("error") is None else None
    return None if problems else outcome


def _table(document: object) -> Mapping[str, Any]:
    return document if isinstance(document, dict) else {}
