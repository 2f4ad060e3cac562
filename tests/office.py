"""LibreOffice for tests: one profile per process, many files in one call, everything recalculated on load."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Timer
from typing import Any

from kpi_xl.office import find_office, office_environment

from .conftest import require

Drive = Callable[[dict[str, Any]], Any]
"""Hands one job to `office_driver.py` and returns its answer."""

# 0: always recalculate OOXML files on load; without it LibreOffice trusts cached values
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop></item>
</oor:items>
"""


@cache
def _profile(recalculate: bool) -> Path:
    """Return a fresh user profile of this process; parallel test workers must not share one."""
    folder = Path(tempfile.mkdtemp(prefix="kpi-xl-office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "user").mkdir()
    settings = _SETTINGS.format(mode=0 if recalculate else 1)
    (folder / "user" / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
    return folder


def convert(
    files: Sequence[Path], to: str, out: Path, *, recalculate: bool = True, timeout: float = 300, chunk: int = 100
) -> list[Path]:
    """Convert files with LibreOffice (``to``: ``xlsx``, ``pdf``, ``csv``); return the results in the same order.

    `recalculate`: compute every formula anew on load. Raises AssertionError when a result is missing (soffice exits 0 on junk).
    """
    program = find_office()
    assert program, "LibreOffice is not installed"
    out.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(files), chunk):
        part = [str(file) for file in files[start : start + chunk]]
        command = [
            program,
            f"-env:UserInstallation={_profile(recalculate).as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            to,
            "--outdir",
            str(out),
            *part,
        ]
        done = subprocess.run(command, capture_output=True, timeout=timeout, env=_environment(), check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
    suffix = to.partition(":")[0]
    results = [out / f"{file.stem}.{suffix}" for file in files]
    absent = [result.name for result in results if not result.is_file()]
    assert not absent, f"LibreOffice made no {absent}"
    return results


@contextmanager
def running(folder: Path, *, extensions: Path | None = None, seconds: float = 240) -> Iterator[Drive]:
    """Start a headless LibreOffice with a profile in `folder` and hand out the function that drives it.

    A job that is not answered within `seconds` ends the program, so that the test fails instead of waiting for ever.
    """
    program, python = find_office(), python_with_uno()
    assert program, "LibreOffice is not installed"
    require(python is not None, "LibreOffice's Python bridge (python3-uno) is not installed")
    pipe = f"kpi{uuid.uuid4().hex}"
    bundled = [f"-env:BUNDLED_EXTENSIONS={extensions.as_uri()}"] if extensions else []
    # a session of its own: `soffice` starts the program that does the work, restarts it once, and both must end
    office = subprocess.Popen(
        [
            program,
            *("--headless", "--norestore", "--nologo", "--nodefault", f"--accept=pipe,name={pipe};urp;"),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *bundled,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=_environment(),
    )
    driver = subprocess.Popen(
        [str(python), str(Path(__file__).with_name("office_driver.py")), pipe],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    )

    def drive(job: dict[str, Any]) -> Any:
        assert driver.stdin is not None
        assert driver.stdout is not None
        late = Timer(seconds, driver.kill)
        late.start()
        try:
            driver.stdin.write(json.dumps(job) + "\n")
            driver.stdin.flush()
            answer = driver.stdout.readline()
        finally:
            late.cancel()
        assert answer, f"LibreOffice or its driver ended, or did not answer within {seconds} s"
        return json.loads(answer)

    try:
        yield drive
    finally:
        driver.kill()
        driver.wait(30)
        os.killpg(office.pid, signal.SIGKILL)
        office.wait(30)


def _environment() -> dict[str, str]:
    return {**office_environment(), "SAL_USE_VCLPLUGIN": "svp"}


def python_with_uno() -> str | None:
    """Return a Python that has LibreOffice's bridge, None when there is none."""
    for python in ("/usr/bin/python3", sys.executable):
        if Path(python).exists():
            tried = subprocess.run([python, "-c", "import uno"], capture_output=True, check=False, env=_environment())
            if tried.returncode == 0:
                return python
    return None


def pages(pdf: Path) -> int:
    """Return the number of pages of a PDF (pdfinfo)."""
    text = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pages:")))


def pictures(pdf: Path, out: Path, *, dpi: int = 90) -> list[Path]:
    """Turn the pages of a PDF into PNG files (pdftoppm); return them in order."""
    out.mkdir(parents=True, exist_ok=True)
    subprocess.run(["pdftoppm", "-png", "-r", str(dpi), str(pdf), str(out / pdf.stem)], check=True, capture_output=True)
    return sorted(out.glob(f"{pdf.stem}-*.png"))
