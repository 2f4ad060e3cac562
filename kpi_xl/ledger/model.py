"""An entry of the ledger and how the chain is computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""

# kinds known so far; a new kind needs no change of the tables: only the writers and readers of its body know it
OPENED = "opened"
SCHEME = "scheme"
ISSUED = "issued"
COLLECTED = "collected"
TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be entered. `at` is local time in ISO form; `person`, `period`, `issue` are empty where they do not apply.

    `body` holds plain JSON values (numbers as strings); `blobs` are bytes that the body names by their SHA-256.
    """

    kind: str
    at: str
    body: Mapping[str, Any]
    person: str = ""
    period: str = ""
    issue: str = ""
    blobs: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands in the ledger. `seq` counts from 1; `text` is the body as canonical JSON."""

    seq: int
    kind: str
    at: str
    person: str
    period: str
    issue: str
    text: str
    previous: str
    hash: str

    @property
    def body(self) -> dict[str, Any]:
        """The body, read anew at each call."""
        found: dict[str, Any] = json.loads(self.text)
        return found


def canonical(body: Mapping[str, Any]) -> str:
    """Return the one JSON text of a body: keys sorted, no blanks, Chinese as it is, stray halves of characters as ``?``."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")


def entry_hash(entry: Entry) -> str:
    """Return the SHA-256 over everything in an entry but its own hash: the one before is in it."""
    parts = [entry.previous, entry.seq, entry.kind, entry.at, entry.person, entry.period, entry.issue, entry.text]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def chained(new: NewEntry, seq: int, previous: str) -> Entry:
    """Return the entry that follows the one with the hash `previous`."""
    entry = Entry(seq, new.kind, new.at, new.person, new.period, new.issue, canonical(new.body), previous, hash="")
    return replace(entry, hash=entry_hash(entry))


def blob_key(data: bytes) -> str:
    """Return the name of a blob: its SHA-256."""
    return hashlib.sha256(data).hexdigest()
