"""PDF beside each workbook, made by LibreOffice where it is installed."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kpi_xl.errors import KpiError, Text
from kpi_xl.office import find_office, office_environment
from kpi_xl.outputs import put_output

_AT_ONCE = 25
_SECONDS_EACH = 30


def require_office() -> str:
    """Return the path of LibreOffice. Raises KpiError when it is not installed."""
    program = find_office()
    if program is None:
        raise KpiError(
            Text("要生成 PDF，需要安装 LibreOffice", "PDF needs LibreOffice"),
            Text("请安装 LibreOffice，或去掉 --pdf，在 Excel/WPS 中另存为 PDF", "install LibreOffice, or leave --pdf out"),
        )
    return program


def convert(workbooks: Sequence[Path]) -> list[Path]:
    """Convert each workbook to a PDF of the same name beside it; return those workbooks that could not be converted."""
    office = require_office()
    failed: list[Path] = []
    by_folder: dict[Path, list[Path]] = {}
    for workbook in workbooks:
        by_folder.setdefault(workbook.parent, []).append(workbook)
    with tempfile.TemporaryDirectory(prefix="kpi-xl-office-") as profile:
        for folder, members in by_folder.items():
            for start in range(0, len(members), _AT_ONCE):
                failed += _convert_some(office, Path(profile), folder, members[start : start + _AT_ONCE])
    return failed


def _convert_some(office: str, profile: Path, folder: Path, workbooks: Sequence[Path]) -> list[Path]:
    """LibreOffice exits 0 on junk, so only the files tell; they are made in a scratch folder and moved when whole."""
    with tempfile.TemporaryDirectory(prefix=".~pdf", dir=folder) as scratch:
        command = [
            office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf", "--outdir", scratch,
            *(str(path) for path in workbooks),
        ]  # fmt: skip
        with contextlib.suppress(subprocess.TimeoutExpired):  # what is not there after that is reported as failed
            subprocess.run(  # noqa: S603 - LibreOffice, with our own arguments
                command,
                capture_output=True,
                timeout=60 + _SECONDS_EACH * len(workbooks),
                check=False,
                env=office_environment(),
            )
        failed = []
        for workbook in workbooks:
            made = Path(scratch) / f"{workbook.stem}.pdf"
            if made.is_file() and made.stat().st_size > 0:
                put_output(workbook.with_suffix(".pdf"), made.read_bytes())  # a signed scan of that name is kept beside
            else:
                failed.append(workbook)
    return failed
