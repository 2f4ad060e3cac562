"""A headless LibreOffice with the add-in in it, driven over UNO; beside it the tests' probe of what the add-in keeps."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpi_xl.calc.build import build_oxt

from .. import office

_PROBE = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest"><manifest:file-entry manifest:full-path="probe.py"
 manifest:media-type="application/vnd.sun.star.uno-component;type=Python"/></manifest:manifest>
"""


@pytest.fixture(scope="session")
def calc(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[office.Drive]:
    """Return the function that hands a job to LibreOffice and returns its answer."""
    folder = tmp_path_factory.mktemp("office")
    with zipfile.ZipFile(io.BytesIO(build_oxt())) as archive:
        archive.extractall(folder / "extensions" / "kpi-xl.oxt")
    probe = folder / "extensions" / "probe.oxt"
    (probe / "META-INF").mkdir(parents=True)
    (probe / "META-INF" / "manifest.xml").write_text(_PROBE, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("probe.py"), probe)
    with office.running(folder, extensions=folder / "extensions") as drive:
        yield drive
