"""Entries of invented people."""

from __future__ import annotations

from kpi_xl.ledger import NewEntry
from kpi_xl.ledger.model import blob_key

AT = "2025-10-05T09:00:00"


def entry(number: int, blob: bytes = b"sealed") -> NewEntry:
    body = {"n": str(number), "name": "张三", "seal_sha256": blob_key(blob)}
    return NewEntry("issued", AT, body, f"00{number}", "2025-09", f"i{number}", (blob,))
