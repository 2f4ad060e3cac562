"""Puts the add-in into the user's LibreOffice with its own tool, `unopkg`, and takes it out again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from kpi_xl.calc.build import build_oxt
from kpi_xl.calc.declaration import IDENTIFIER
from kpi_xl.errors import KpiError, Text
from kpi_xl.office import find_office, office_environment

_PLACES = (
    "/usr/lib/libreoffice/program/unopkg",
    "/opt/libreoffice/program/unopkg",
    "/Applications/LibreOffice.app/Contents/MacOS/unopkg",
    r"C:\Program Files\LibreOffice\program\unopkg.com",
    r"C:\Program Files (x86)\LibreOffice\program\unopkg.com",
)
_SECONDS = 180


def find_unopkg() -> Path:
    """Return LibreOffice's extension tool. Raises KpiError when there is no LibreOffice."""
    office = find_office()
    beside = [str(Path(office).resolve().with_name("unopkg"))] if office else []
    for place in (shutil.which("unopkg"), *beside, *_PLACES):
        if place and Path(place).is_file():
            return Path(place)
    raise KpiError(
        Text("没有找到 LibreOffice（unopkg）", "LibreOffice (unopkg) was not found"),
        Text(
            "请先安装 LibreOffice；或用 kpi-xl calc build --out kpi-xl.oxt 生成文件，再双击安装",
            "install LibreOffice, or run kpi-xl calc build --out kpi-xl.oxt and open the file with it",
        ),
    )


def install_add_in() -> None:
    """Build the add-in and install it for this user, replacing an older one. Raises KpiError when `unopkg` refuses."""
    tool = find_unopkg()
    with tempfile.TemporaryDirectory(prefix="kpi-xl-") as folder:
        package = Path(folder) / "kpi-xl.oxt"
        package.write_bytes(build_oxt())
        _run(tool, "add", "--force", "--suppress-license", str(package))


def uninstall_add_in() -> None:
    """Remove the add-in of this user. Raises KpiError when it is not installed or `unopkg` refuses."""
    _run(find_unopkg(), "remove", IDENTIFIER)


def _run(tool: Path, *arguments: str) -> None:
    if sys.platform != "win32" and os.geteuid() == 0:
        raise KpiError(
            Text("unopkg 不允许以 root 身份安装扩展", "unopkg refuses to install an extension for root"),
            Text("请用平时使用 LibreOffice 的账户运行本命令", "run this command as the user who works with LibreOffice"),
        )
    try:
        done = subprocess.run(  # noqa: S603 - LibreOffice's own tool, with fixed arguments
            [str(tool), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
            env=office_environment(),
        )
        said, failed = f"{done.stdout}\n{done.stderr}".strip(), done.returncode != 0
    except subprocess.TimeoutExpired:
        said, failed = f"{_SECONDS} s", True
    if failed:
        raise KpiError(
            Text(f"LibreOffice 没有接受这次操作：{_last(said)}", f"LibreOffice refused: {_last(said)}"),
            Text("请关闭全部 LibreOffice 窗口后重试", "close all windows of LibreOffice and try again"),
        )


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip() and "javaldx" not in line]
    return lines[-1] if lines else "unopkg"
