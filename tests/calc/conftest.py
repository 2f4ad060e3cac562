"""A headless LibreOffice with the add-in in it, driven over UNO."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from kpi_xl.calc.build import build_oxt

from .. import office


@pytest.fixture(scope="session")
def calc(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[office.Drive]:
    """Return the function that hands a job to LibreOffice and returns its answer."""
    folder = tmp_path_factory.mktemp("office")
    with zipfile.ZipFile(io.BytesIO(build_oxt())) as archive:
        archive.extractall(folder / "extensions" / "kpi-xl.oxt")
    with office.running(folder, extensions=folder / "extensions") as drive:
        yield drive
