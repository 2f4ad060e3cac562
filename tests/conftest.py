"""What many tests share: the optional public test files, and programs that may be absent on a user's machine."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl.cell import MergedCell
from openpyxl.worksheet._reader import WorksheetReader
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange

from kpi_xl.office import find_office
from kpi_xl.outputs import MEMORY

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


def pytest_collection_finish() -> None:
    """Let the collector of cycles leave the modules alone and come less often: trees of XML are full of cycles that live long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


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


@pytest.fixture(scope="session", autouse=True)
def outputs_remembered_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the program remember what it wrote in a folder of the tests, not in the home of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MEMORY, str(tmp_path_factory.mktemp("outputs")))
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_input_and_output() -> Iterator[None]:
    """Leave out what no test looks at: the borders of merged areas on loading a workbook, and waiting for the disk.

    openpyxl draws the borders of each merged area anew, four fifths of the time it takes to load a form. Losing the machine's
    power cannot be tested here; what a killed process leaves behind does not depend on ``fsync``.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorksheetReader, "bind_merged_cells", _merge_without_borders)
        patch.setattr(os, "fsync", lambda _: None)
        yield


def _merge_without_borders(reader: WorksheetReader) -> None:
    areas = [CellRange(cell.ref) for cell in reader.parser.merged_cells.mergeCell] if reader.parser.merged_cells else []
    for area in areas:
        _, *others = area.cells
        reader.ws._cells.update({place: MergedCell(reader.ws, *place) for place in others})
    reader.ws.merged_cells = MultiCellRange(areas)


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
