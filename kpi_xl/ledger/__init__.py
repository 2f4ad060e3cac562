"""The ledger: what was issued and what came back, append only, each entry holding the hash of the one before.

SQLAlchemy (Core) is imported here and nowhere else; ``kpi_xl.ledger.model`` alone does not need it.
"""

from kpi_xl.ledger.check import Check, check_ledger
from kpi_xl.ledger.model import Entry, NewEntry
from kpi_xl.ledger.store import Ledger, LedgerMovedError, open_ledger
from kpi_xl.ledger.transfer import backup, export, restore

__all__ = [
    "Check",
    "Entry",
    "Ledger",
    "LedgerMovedError",
    "NewEntry",
    "backup",
    "check_ledger",
    "export",
    "open_ledger",
    "restore",
]
