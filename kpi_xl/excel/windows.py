"""What installing and checking need to know of a Windows computer, behind one object that tests can make up."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from kpi_xl.errors import KpiError, Text

Value = str | int | bytes
"""What a value of the registry may be here: text, a number, binary data."""


class Registry(Protocol):
    """Read access to the Windows registry: ``HKCU``, ``HKLM`` (of 64 bit Windows as it is) and ``HKCR``."""

    def read(self, root: str, key: str, name: str = "") -> Value | None:
        """Return a value (``name`` empty: the default value), None when it does not exist."""
        ...

    def values(self, root: str, key: str) -> Mapping[str, Value]:
        """Return all values of a key by name; empty when it does not exist."""
        ...

    def keys(self, root: str, key: str) -> tuple[str, ...]:
        """Return the names of the keys below a key; empty when it does not exist."""
        ...


def _no_short_name(_path: Path) -> str | None:
    return None


@dataclass(frozen=True)
class Windows:
    """The computer: registry, environment, home folder, the Python that runs this program, and how its names are written."""

    registry: Registry
    environment: Mapping[str, str]
    home: Path
    python: Path
    encoding: str = field(default_factory=locale.getencoding)
    """The ANSI code page, in which VBA reads files and hands texts to a DLL."""
    short_name: Callable[[Path], str | None] = _no_short_name
    """Returns the 8.3 name of a path, None where Windows has given none."""

    @property
    def start_folder(self) -> Path:
        """Where Excel loads add-ins from when it starts."""
        return Path(self.environment.get("APPDATA", str(self.home))) / "Microsoft" / "Excel" / "XLSTART"

    @property
    def add_in(self) -> Path:
        """Our own add-in with the functions in it."""
        return self.start_folder / "kpi-xl.xlam"

    @property
    def former_add_in(self) -> Path:
        """Where an add-in of our name waits that somebody put there before, until it is put back."""
        return self.memory.with_name("kpi-xl-before-install.xlam")

    @property
    def xlwings(self) -> Path:
        """The add-in of xlwings, which imports functions into workbooks."""
        return self.start_folder / "xlwings.xlam"

    @property
    def former_xlwings(self) -> Path:
        """Where an add-in of xlwings of another version waits that was there before, until it is put back."""
        return self.memory.with_name("xlwings-before-kpi-xl.xlam")

    @property
    def configuration(self) -> Path:
        """The configuration file that the add-in of xlwings reads."""
        return self.home / ".xlwings" / "xlwings.conf"

    @property
    def former_configuration(self) -> Path:
        """The configuration file as it was before this program first changed it."""
        return self.configuration.with_name("xlwings.conf.before-kpi-xl")

    @property
    def memory(self) -> Path:
        """Where the installation remembers what it changed, so that removing it leaves no trace."""
        return self.home / ".xlwings" / "kpi-xl-install.json"

    @property
    def starter(self) -> Path:
        """The workbook to begin with; in the home folder itself, because OneDrive often takes over the documents folder."""
        return self.home / "kpi-xl" / "KPI函数入门.xlsx"

    @property
    def import_starter(self) -> Path:
        """The same with macros, into which functions can be imported."""
        return self.starter.with_suffix(".xlsm")

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
    return Windows(_WindowsRegistry(), os.environ, Path.home(), Path(sys.executable), locale.getencoding(), _short_name)


def zone(file: Path) -> int:
    """Return from which zone Windows says that a file came (3: the internet); 0 where it says nothing."""
    try:
        mark = Path(f"{file}:Zone.Identifier").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    found = [line.partition("=")[2].strip() for line in mark.splitlines() if line.strip().lower().startswith("zoneid")]
    return int(found[0]) if found and found[0].isdecimal() else 0


def _short_name(path: Path) -> str | None:
    import ctypes

    room = ctypes.create_unicode_buffer(32_768)
    kernel: Any = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore] # exists on Windows only
    length = kernel.GetShortPathNameW(str(path), room, len(room))
    return room.value if 0 < length < len(room) else None


class _WindowsRegistry:
    _ROOTS = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE", "HKCR": "HKEY_CLASSES_ROOT"}  # noqa: RUF012

    def __init__(self) -> None:
        self._winreg: Any = import_module("winreg")  # exists on Windows only

    def read(self, root: str, key: str, name: str = "") -> Value | None:
        try:
            with self._opened(root, key) as opened:
                value = self._winreg.QueryValueEx(opened, name)[0]
        except OSError:
            return None
        return value if isinstance(value, Value) else None

    def values(self, root: str, key: str) -> Mapping[str, Value]:
        try:
            with self._opened(root, key) as opened:
                held = [self._winreg.EnumValue(opened, place) for place in range(self._winreg.QueryInfoKey(opened)[1])]
        except OSError:
            return {}
        return {name: value for name, value, _kind in held if isinstance(value, Value)}

    def keys(self, root: str, key: str) -> tuple[str, ...]:
        try:
            with self._opened(root, key) as opened:
                return tuple(self._winreg.EnumKey(opened, place) for place in range(self._winreg.QueryInfoKey(opened)[0]))
        except OSError:
            return ()

    def _opened(self, root: str, key: str) -> Any:  # noqa: ANN401 - a handle of winreg
        seen = self._winreg.KEY_READ | (self._winreg.KEY_WOW64_64KEY if root == "HKLM" else 0)
        return self._winreg.OpenKey(getattr(self._winreg, self._ROOTS[root]), key, 0, seen)
