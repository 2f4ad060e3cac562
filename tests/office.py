"""LibreOffice for tests: one profile per process, many files in one call, everything recalculated on load."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

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
    program = shutil.which("soffice") or shutil.which("libreoffice")
    assert program, "LibreOffice is not installed"
    out.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SAL_USE_VCLPLUGIN": "svp"}
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
        done = subprocess.run(command, capture_output=True, timeout=timeout, env=environment, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
    suffix = to.partition(":")[0]
    results = [out / f"{file.stem}.{suffix}" for file in files]
    absent = [result.name for result in results if not result.is_file()]
    assert not absent, f"LibreOffice made no {absent}"
    return results


def pages(pdf: Path) -> int:
    """Return the number of pages of a PDF (pdfinfo)."""
    text = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pages:")))


def pictures(pdf: Path, out: Path, *, dpi: int = 90) -> list[Path]:
    """Turn the pages of a PDF into PNG files (pdftoppm); return them in order."""
    out.mkdir(parents=True, exist_ok=True)
    subprocess.run(["pdftoppm", "-png", "-r", str(dpi), str(pdf), str(out / pdf.stem)], check=True, capture_output=True)
    return sorted(out.glob(f"{pdf.stem}-*.png"))
