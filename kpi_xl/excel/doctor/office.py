"""Which Excel there is: version, bits, whether WPS has taken its place, and what is set for it, by a policy or its user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpi_xl.errors import Text
from kpi_xl.excel.doctor.checkup import Checkup, well
from kpi_xl.excel.windows import Value, Windows

_VERSIONS = ("16.0", "15.0", "14.0")
_CLICK_TO_RUN = (
    r"SOFTWARE\Microsoft\Office\ClickToRun\Configuration",
    r"SOFTWARE\Microsoft\Office\15.0\ClickToRun\Configuration",
)


@dataclass(frozen=True)
class Office:
    """What the registry says of Excel."""

    server: str | None
    """The program that answers for ``Excel.Application``; None: none."""
    version: str
    """As in the names of registry keys: ``16.0`` (2016 to 365), ``15.0``, ``14.0``."""
    bits: int | None
    """32 or 64; None: not known."""

    @property
    def user_key(self) -> str:
        """Excel's key of the user's own settings, in HKCU."""
        return rf"Software\Microsoft\Office\{self.version}\Excel"


def find_office(windows: Windows) -> Office:
    """Read which Excel is installed."""
    class_id = windows.registry.read("HKCR", r"Excel.Application\CLSID")
    server = None
    if isinstance(class_id, str) and class_id:
        keys = (rf"CLSID\{class_id}\LocalServer32", rf"WOW6432Node\CLSID\{class_id}\LocalServer32")
        server = next((str(found) for key in keys if (found := windows.registry.read("HKCR", key))), "")
    version = _version(windows)
    return Office(server, version, _bits(windows, version, server or ""))


def _version(windows: Windows) -> str:
    """Return the version that the registry calls the current one, else the newest that a key speaks of."""
    current = re.search(r"\.(\d+)$", str(windows.registry.read("HKCR", r"Excel.Application\CurVer") or ""))
    if current:
        return f"{current[1]}.0"
    user = [version for version in _VERSIONS if windows.registry.keys("HKCU", rf"Software\Microsoft\Office\{version}\Excel")]
    return (user or list(_VERSIONS))[0]


def _bits(windows: Windows, version: str, server: str) -> int | None:
    said = [windows.registry.read("HKLM", key, "Platform") for key in _CLICK_TO_RUN]
    for software in ("SOFTWARE", r"SOFTWARE\WOW6432Node"):
        said.append(windows.registry.read("HKLM", rf"{software}\Microsoft\Office\{version}\Outlook", "Bitness"))
    known = next((str(one).lower() for one in said if one), "")
    if known in ("x86", "x64"):
        return 32 if known == "x86" else 64
    return 32 if "(x86)" in server.lower() else None


def settings(windows: Windows, office: Office, below: str, name: str) -> Iterator[tuple[Value, bool]]:
    """Yield what is set of Excel below a key (``Security``), policies first, and whether it is a policy; the first one holds."""
    for root, software in (
        ("HKCU", r"Software\Policies\Microsoft\Cloud\Office"),
        ("HKCU", r"Software\Policies\Microsoft\Office"),
        ("HKLM", r"Software\Policies\Microsoft\Office"),
    ):
        value = windows.registry.read(root, rf"{software}\{office.version}\{below}", name)
        if value is not None:
            yield value, True
    value = windows.registry.read("HKCU", rf"Software\Microsoft\Office\{office.version}\{below}", name)
    if value is not None:
        yield value, False


def setting(windows: Windows, office: Office, below: str, name: str) -> tuple[int | None, bool]:
    """Return the number that holds, None when nothing is set, and whether a policy set it."""
    for value, policy in settings(windows, office, below, name):
        if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
            return int(value), policy
    return None, False


def check_excel(office: Office) -> list[Checkup]:
    """Check that Excel is there and answers for itself."""
    if office.server is None:
        return [
            Checkup(
                "failed",
                Text("没有找到 Microsoft Excel", "Microsoft Excel was not found"),
                Text(
                    "请安装桌面版 Excel；只有 WPS 的电脑请用考核表中的原生公式",
                    "install desktop Excel; where there is only WPS, use the native formulas",
                ),
            )
        ]
    if any(name in office.server.lower() for name in ("wps", "kingsoft", r"\et.exe")):
        return [
            Checkup(
                "failed",
                Text(f"Excel 的程序接口被 WPS 占用：{office.server}", f"WPS has taken over Excel's interface: {office.server}"),
                Text(
                    "打开“WPS 配置工具” → 高级 → 兼容设置，取消“与 Microsoft Office 兼容”，再用 Office 安装程序修复 Excel",
                    "WPS configuration tool > Advanced > compatibility: switch it off, then repair Office",
                ),
            )
        ]
    bits = f"{office.bits} 位" if office.bits else "位数不明"
    return [
        well(
            f"Excel 已安装（{office.version}，{bits}），程序接口正常",
            f"Excel is installed ({office.version}, {office.bits or 'unknown'} bit) and answers for itself",
        )
    ]
