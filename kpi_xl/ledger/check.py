"""Is the ledger still what was entered? The chain is computed anew, entry by entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kpi_xl.errors import Text
from kpi_xl.ledger.model import GENESIS, ISSUED, Entry, blob_key, entry_hash
from kpi_xl.ledger.store import Ledger

_SHOWN = 50


@dataclass(frozen=True)
class Check:
    """What the check found. `head` is the hash of the last entry: whoever keeps it can tell later that nothing was cut off.

    `faults` are at most 50, `count` tells how many there are.
    """

    entries: int
    head: str
    faults: tuple[Text, ...]
    count: int

    @property
    def sound(self) -> bool:
        """Nothing was changed, removed or put in between."""
        return self.count == 0


def check_ledger(ledger: Ledger, *, head: str | None = None) -> Check:
    """Check chain and blobs. `head`: a hash noted earlier that must be in the chain (else its end was written anew)."""
    faults: list[Text] = []
    keys = {key for key, data in ledger.blobs() if blob_key(data) == key}
    entries, last = 0, GENESIS
    seen = head is None
    for entry, problems in walk(ledger.entries()):
        faults += problems
        entries, last = entry.seq, entry.hash
        seen = seen or entry.hash == head
        if not problems and entry.kind == ISSUED and entry.body.get("seal_sha256") not in keys:
            faults.append(
                Text(
                    f"第 {entry.seq} 条：所附的封印内容缺失或被改动",
                    f"entry {entry.seq}: its sealed content is missing or changed",
                )
            )
    if not seen:
        faults.append(
            Text(
                f"链中没有先前记下的哈希 {head}：末尾被截断或重写过",
                f"{head} is not in the chain: its end was cut off or rewritten",
            )
        )
    return Check(entries, last, tuple(faults[:_SHOWN]), len(faults))


def walk(entries: Iterable[Entry]) -> Iterable[tuple[Entry, list[Text]]]:
    """Yield each entry with what is wrong with it."""
    previous, number = GENESIS, 0
    for entry in entries:
        faults = []
        if entry.seq != number + 1:
            faults.append(
                Text(f"第 {number + 1} 至 {entry.seq - 1} 条不见了", f"entries {number + 1} to {entry.seq - 1} are missing")
            )
        if entry.previous != previous:
            faults.append(Text(f"第 {entry.seq} 条与前一条接不上", f"entry {entry.seq} does not follow the one before"))
        if entry_hash(entry) != entry.hash:
            faults.append(Text(f"第 {entry.seq} 条的内容被改动过", f"entry {entry.seq} was changed"))
        yield entry, faults
        previous, number = entry.hash, entry.seq
