"""A headless LibreOffice with the add-in in it, driven over UNO."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import require

from kpi_xl.calc.build import build_oxt

Drive = Callable[[dict[str, Any]], Any]


def _python_with_uno() -> str | None:
    for python in ("/usr/bin/python3", sys.executable):
        if (
            Path(python).exists()
            and subprocess.run([python, "-c", "import uno"], capture_output=True, check=False).returncode == 0
        ):
            return python
    return None


@pytest.fixture(scope="session")
def calc(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drive]:
    """Return a function that hands one job to `drive.py` and returns its answer."""
    python = _python_with_uno()
    require(python is not None, "LibreOffice's Python bridge (python3-uno) is not installed")
    folder = tmp_path_factory.mktemp("office")
    with zipfile.ZipFile(io.BytesIO(build_oxt())) as archive:
        archive.extractall(folder / "extensions" / "kpi-xl.oxt")
    pipe = f"kpi{uuid.uuid4().hex}"
    # a session of its own: `soffice` starts the program that does the work, restarts it once, and both must end
    office = subprocess.Popen(
        [
            soffice,
            *("--headless", "--norestore", "--nologo", "--nodefault", f"--accept=pipe,name={pipe};urp;"),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            f"-env:BUNDLED_EXTENSIONS={(folder / 'extensions').as_uri()}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    driver = subprocess.Popen(
        [str(python), str(Path(__file__).with_name("drive.py")), pipe],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def drive(job: dict[str, Any]) -> Any:
        assert driver.stdin is not None
        assert driver.stdout is not None
        driver.stdin.write(json.dumps(job) + "\n")
        driver.stdin.flush()
        answer = driver.stdout.readline()
        assert answer, "LibreOffice or its driver ended"
        return json.loads(answer)

    try:
        yield drive
    finally:
        driver.terminate()
        driver.wait(30)
        os.killpg(office.pid, signal.SIGTERM)
        office.wait(30)
