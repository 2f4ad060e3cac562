"""A headless LibreOffice for the forms, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .. import office


@pytest.fixture(scope="session")
def spreadsheet(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[office.Drive]:
    """Return the function that hands a job to LibreOffice and returns its answer."""
    with office.running(tmp_path_factory.mktemp("office")) as drive:
        yield drive
