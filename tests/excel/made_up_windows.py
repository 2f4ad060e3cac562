"""A Windows computer made up for tests: its registry is a dictionary, its files lie in a temporary folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from kpi_xl.excel.doctor import Checkup, Run, examine
from kpi_xl.excel.windows import Value, Windows

EXCEL = "{00024500-0000-0000-C000-000000000046}"
OFFICE = r"Software\Microsoft\Office\16.0\Excel"
POLICY = r"Software\Policies\Microsoft\Office\16.0\Excel"
CLICK_TO_RUN = r"SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
SERVER = rf"CLSID\{EXCEL}\LocalServer32"
DLLS = tuple(f"xlwings{bits}-{version('xlwings')}.dll" for bits in (32, 64))
Registered = Mapping[tuple[str, str, str], Value | None]
"""Values by root, key and name; None: not there."""

HEALTHY: dict[tuple[str, str, str], Value | None] = {
    ("HKCR", r"Excel.Application\CLSID", ""): EXCEL,
    ("HKCR", r"Excel.Application\CurVer", ""): "Excel.Application.16",
    ("HKCR", SERVER, ""): r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE /automation",
    ("HKLM", CLICK_TO_RUN, "Platform"): "x64",
    ("HKCU", rf"{OFFICE}\Security", "AccessVBOM"): 1,
}


@dataclass
class FakeRegistry:
    """Keys and names in any case, as in Windows."""

    held: Registered = field(default_factory=lambda: dict(HEALTHY))

    def read(self, root: str, key: str, name: str = "") -> Value | None:
        return next((v for n, v in self.values(root, key).items() if n.lower() == name.lower()), None)

    def values(self, root: str, key: str) -> Mapping[str, Value]:
        return {n: v for (r, k, n), v in self.held.items() if (r, k.lower()) == (root, key.lower()) and v is not None}

    def keys(self, root: str, key: str) -> tuple[str, ...]:
        below = [k[len(key) + 1 :] for (r, k, _), v in self.held.items() if r == root and v is not None and _within(k, key)]
        return tuple(dict.fromkeys(name.split("\\")[0] for name in below))


def _within(key: str, folder: str) -> bool:
    return key.lower().startswith(folder.lower() + "\\")


def make_windows(folder: Path, user: str = "张三", encoding: str = "cp936") -> Windows:
    """Return a healthy computer with a Python, its DLLs and Excel, without anything of ours."""
    home = folder / user
    python = home / "Python" / "python.exe"
    python.parent.mkdir(parents=True)
    for name in ("python.exe", "pythonw.exe", *DLLS):
        python.with_name(name).touch()
    return Windows(FakeRegistry(), {"APPDATA": str(home / "AppData" / "Roaming")}, home, python, encoding)


def with_registry(windows: Windows, changes: Registered) -> Windows:
    """Return the computer with other values in its registry."""
    return replace(windows, registry=FakeRegistry({**HEALTHY, **changes}))


def files_of(windows: Windows) -> dict[str, bytes]:
    """Return the content of every file in the home folder."""
    return {str(path.relative_to(windows.home)): path.read_bytes() for path in windows.home.rglob("*") if path.is_file()}


# --- the doctor's visit ---


def well(_command: list[str]) -> tuple[int, str]:
    """A Python that runs the functions."""
    return 0, "中级客服"


def noting(ran: list[str]) -> Run:
    """Return a run of programs that notes their names."""

    def run(command: list[str]) -> tuple[int, str]:
        ran.append(command[0])
        return 0, ""

    return run


def ill(windows: Windows) -> list[Checkup]:
    """Return what the doctor finds wrong."""
    return [found for found in examine(windows, well) if found.state != "ok"]


def the_one(windows: Windows) -> Checkup:
    """Return the one thing that is wrong, with its remedy."""
    (found,) = ill(windows)
    assert found.remedy is not None
    return found
