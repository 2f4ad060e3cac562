"""One demo of the default size for all tests of this room."""

from __future__ import annotations

import pytest

from kpi_xl.demo import DemoFiles, write_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    """Return the default demo: sixty people, three months."""
    return write_demo(tmp_path_factory.mktemp("demo"))
