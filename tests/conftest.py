"""What many tests share: the optional public test files, and programs that may be absent on a user's machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from kpi_xl.office import find_office

_SLOWER = ("office", "browser", "data", "slow")


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled Python in pytest's cache where the environment forbids to put it beside the sources (containers often do).

    Without it every worker and every process that a test starts compiles pandas, DuckDB's interface and all of us anew.
    """
    if sys.dont_write_bytecode and config.cache is not None:
        folder = str(config.cache.mkdir("bytecode"))
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.dont_write_bytecode = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, so that a plain mistake shows in the first minute."""
    items.sort(key=lambda item: sum(item.get_closest_marker(name) is not None for name in _SLOWER))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name a failed test at once (not in workers, which pass their reports on): a run that is cut short names it too."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nFAILED {report.nodeid} ({report.when})", file=sys.stderr, flush=True)


def require(present: bool, reason: str) -> None:
    """Skip with the reason when something is absent; in CI (``KPI_XL_REQUIRE_ALL=1``) that is a failure."""
    if present:
        return
    if os.environ.get("KPI_XL_REQUIRE_ALL") == "1":
        pytest.fail(f"KPI_XL_REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of the public test files, named by KPI_XL_TEST_DATA; these tests skip without it, in CI too."""
    folder = os.environ.get("KPI_XL_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("KPI_XL_TEST_DATA does not name the folder of the public test files")
    return Path(folder)


@pytest.fixture(scope="session")
def soffice() -> str:
    """Return the path of LibreOffice."""
    program = find_office()
    require(program is not None, "LibreOffice (soffice) is not installed")
    return str(program)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require(program is not None, "Chromium is not installed")
    return str(program)


@pytest.fixture(scope="session")
def pdftoppm() -> str:
    """Return the path of pdftoppm (poppler-utils)."""
    program = shutil.which("pdftoppm")
    require(program is not None, "pdftoppm (poppler-utils) is not installed")
    return str(program)
