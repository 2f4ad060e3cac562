"""Which scheme a form was made for: a fingerprint of the rules, carried in the document's properties."""

from __future__ import annotations

import hashlib
import zipfile
from functools import lru_cache
from pathlib import Path

from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.write import write_scheme


@lru_cache(maxsize=256)
def fingerprint(scheme: Scheme) -> str:
    """Return what identifies the rules of a scheme; every form carries it in its properties."""
    return hashlib.sha256(write_scheme(scheme).encode("utf-8")).hexdigest()[:16]


def fingerprint_of(path: Path) -> str | None:
    """Return the fingerprint that a form carries, None when it has none."""
    try:
        with zipfile.ZipFile(path) as archive:
            core = archive.read("docProps/core.xml").decode("utf-8", "replace")
    except (OSError, zipfile.BadZipFile, KeyError):
        return None
    _, found, rest = core.partition("<cp:keywords>")
    return rest.partition("</cp:keywords>")[0] if found else None
