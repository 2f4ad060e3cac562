"""Faults of ours: an unexpected exception stops one person or one file only; its traceback goes to a log for the maintainers."""

from __future__ import annotations

import datetime as dt
import platform
import traceback
from collections.abc import Iterable
from dataclasses import dataclass

import kpi_xl


@dataclass(frozen=True)
class Fault:
    """An exception that nobody expected: what was being worked on (a person's id, a file), and the whole traceback."""

    about: str
    traceback: str

    @classmethod
    def of(cls, about: str, error: BaseException) -> Fault:
        """Return the fault behind an exception that was caught, with everything that led to it."""
        return cls(about, "".join(traceback.format_exception(error)))


def fault_log(faults: Iterable[Fault], at: dt.datetime) -> bytes:
    """Return the log of a run at that moment in UTF-8: versions first, then each fault once, in the order given.

    Our own lines hold ids and file names only; what a traceback quotes, we do not choose.
    """
    lines = [f"kpi-xl {kpi_xl.__version__}, Python {platform.python_version()}, {platform.system()}, {at.isoformat()}"]
    lines += [f"\n=== {fault.about}\n{fault.traceback.rstrip()}" for fault in dict.fromkeys(faults)]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")  # names of files may hold stray bytes
