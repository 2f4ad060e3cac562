"""What installing and checking need to know of a Windows computer, behind one object that tests can make up."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kpi_xl.errors import KpiError, Text


class Registry(Protocol):
    """Read access to the Windows registry."""

    def read(self, root: str, key: str, name: str = "") -> str | int | None:
        """Return a value of ``HKCU`` or ``HKCR`` (``name`` empty: the default value), None when it does not exist."""
        ...


@dataclass(frozen=True)
class Windows:
    """The computer: its registry, environment variables, home folder and the Python that runs this program."""

    registry: Registry
    environment: Mapping[str, str]
    home: Path
    python: Path

    @property
    def add_in(self) -> Path:
        """Where Excel loads add-ins from when it starts."""
        return Path(self.environment.get("APPDATA", str(self.home))) / "Microsoft" / "Excel" / "XLSTART" / "xlwings.xlam"

    @property
    def configuration(self) -> Path:
        """The configuration file that the xlwings add-in reads."""
        return self.home / ".xlwings" / "xlwings.conf"

    @property
    def memory(self) -> Path:
        """Where the installation remembers what it changed, so that removing it leaves no trace."""
        return self.home / ".xlwings" / "kpi-xl-install.json"

    @property
    def former_add_in(self) -> Path:
        """Where an add-in of another version waits that was there before, until it is put back."""
        return self.memory.with_name("xlwings-before-kpi-xl.xlam")

    @property
    def starter(self) -> Path:
        """The workbook to begin with; in the home folder itself, because OneDrive often takes over the documents folder."""
        return self.home / "kpi-xl" / "KPI函数入门.xlsm"

    @property
    def interpreter(self) -> Path:
        """The Python without a console window, if it is there."""
        silent = self.python.with_name("pythonw.exe")
        return silent if silent.exists() else self.python


def this_computer() -> Windows:
    """Return this computer. Raises KpiError on other systems than Windows."""
    if sys.platform != "win32":
        raise KpiError(
            Text("桌面版 Excel 的函数只能安装在 Windows 上", "functions in desktop Excel can be installed on Windows only"),
            Text(
                "Mac 或网页版 Excel 请用 kpi-xl excel lite；LibreOffice 请用 kpi-xl calc install",
                "on a Mac or in Excel for the web use kpi-xl excel lite; for LibreOffice kpi-xl calc install",
            ),
        )
    return Windows(_WindowsRegistry(), os.environ, Path.home(), Path(sys.executable))


class _WindowsRegistry:
    def read(self, root: str, key: str, name: str = "") -> str | int | None:
        import winreg  # type: ignore[unused-ignore] # exists on Windows only

        roots = {"HKCU": winreg.HKEY_CURRENT_USER, "HKCR": winreg.HKEY_CLASSES_ROOT}  # type: ignore[attr-defined,unused-ignore]
        try:
            with winreg.OpenKey(roots[root], key) as opened:  # type: ignore[attr-defined,unused-ignore]
                value = winreg.QueryValueEx(opened, name)[0]  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return None
        return value if isinstance(value, str | int) else None
