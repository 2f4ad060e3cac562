"""LibreOffice as another program on this machine: where it is, and the surroundings in which it runs."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_OURS = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")


def find_office() -> str | None:
    """Return the path of LibreOffice, None when it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def office_environment() -> dict[str, str]:
    """Return the environment to start LibreOffice's programs in: ours, without the traces of this Python.

    LibreOffice's own Python takes the first `python3` on PATH for its home. In a virtual environment (``uv run``) or beside a
    second Python (pyenv, Docker's images) that is ours: LibreOffice then starts, but no Python extension in it works.
    """
    ours = {Path(folder) for folder in (sys.prefix, sys.base_prefix, os.environ.get("VIRTUAL_ENV")) if folder}
    system = os.defpath.split(os.pathsep)
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    kept = [folder for folder in folders if folder in system or Path(folder).parent not in ours]
    return {name: value for name, value in os.environ.items() if name not in _OURS} | {"PATH": os.pathsep.join(kept)}
