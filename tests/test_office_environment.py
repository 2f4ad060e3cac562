"""LibreOffice must not find this Python: the one inside it would take our folder for its home."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kpi_xl.office import office_environment


def test_this_python_leaves_no_trace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    active = tmp_path / "venv"
    folders = [active / "bin", Path(sys.prefix) / "bin", "/usr/local/bin", "/opt/python/bin", "/usr/bin", "/bin"]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    monkeypatch.setenv("PYTHONHOME", str(active))
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    monkeypatch.setattr(sys, "base_prefix", "/opt/python")
    environment = office_environment()
    assert environment["PATH"] == "/usr/local/bin:/usr/bin:/bin"
    assert not {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"} & environment.keys()


def test_the_folders_of_the_system_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python of the system lies among the programs that LibreOffice needs."""
    monkeypatch.setattr(sys, "prefix", "/usr")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert office_environment()["PATH"] == "/usr/bin:/bin"
