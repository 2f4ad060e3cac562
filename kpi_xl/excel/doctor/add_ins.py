"""Which route is there, and whether Excel can load its add-in: present, of this version, not blocked, not disabled, not twice."""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from kpi_xl.errors import KpiError, Text
from kpi_xl.excel.add_in import build_add_in
from kpi_xl.excel.configuration import read_configuration
from kpi_xl.excel.doctor.checkup import INSTALL, Checkup, well
from kpi_xl.excel.doctor.office import Office
from kpi_xl.excel.install import INTERPRETER, KEPT_IMPORTS, MODULES, xlwings_source
from kpi_xl.excel.memory import Memory, read_memory
from kpi_xl.excel.windows import Windows, zone
from kpi_xl.excel.wrappers import MODULE

_INTERNET = 3
_TEXT = re.compile(r"<t[^>]*>([^<]*)</t>")


@dataclass(frozen=True)
class Routes:
    """How functions come into Excel on this computer, and the Python that each route starts (empty: none is named)."""

    add_in: bool
    imports: bool
    settings: dict[str, str]
    pythons: tuple[str, ...]
    memory: Memory | None
    damaged: KpiError | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The add-ins that the routes need."""
        return ("kpi-xl.xlam",) * self.add_in + ("xlwings.xlam",) * self.imports


def find_routes(windows: Windows) -> Routes:
    """See which routes are there: our add-in in Excel's start folder; importing, by what is remembered or still configured."""
    settings = read_configuration(windows.configuration, windows.encoding)
    memory, damaged = None, None
    try:
        memory = read_memory(windows)
    except KpiError as error:
        damaged = error
    add_in = windows.add_in.exists()
    imports = (memory is not None and memory.imports) or MODULE in settings.get(MODULES, "").split(";")
    pythons = [interpreter_of(windows.add_in) or ""] if add_in else []
    pythons += [settings.get(INTERPRETER, "")] if imports else []
    return Routes(add_in, imports, settings, tuple(dict.fromkeys(pythons)), memory, damaged)


def interpreter_of(add_in: Path) -> str | None:
    """Return the Python that an add-in of ours starts: the second text of its sheet, behind INTERPRETER_WIN."""
    try:
        with zipfile.ZipFile(add_in) as package:
            texts = _TEXT.findall(package.read("xl/sharedStrings.xml").decode("utf-8"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    return html.unescape(texts[1]) if len(texts) > 1 and texts[0] == INTERPRETER else None


def check_routes(windows: Windows, office: Office, routes: Routes) -> list[Checkup]:
    """Say which route is active, and where functions would come twice."""
    if routes.damaged is not None:
        return [Checkup("failed", routes.damaged.message, routes.damaged.remedy)]
    if not routes.add_in and routes.memory is not None and routes.memory.own:
        return [
            Checkup(
                "failed",
                Text(
                    f"加载项不见了，可能被杀毒软件隔离：{windows.add_in}",
                    f"the add-in is gone, perhaps into an antivirus program's quarantine: {windows.add_in}",
                ),
                Text(
                    "请在杀毒软件的隔离区恢复它并加入信任，或加入信任后重新运行 kpi-xl excel install",
                    "restore it there and allow it, or allow the folder and run kpi-xl excel install again",
                ),
            )
        ]
    if not routes.add_in and not routes.imports:
        return [Checkup("failed", Text("函数没有安装", "the functions are not installed"), INSTALL)]
    return [_active(routes), *_listed_module(routes), *_twice(windows, office)]


def _active(routes: Routes) -> Checkup:
    if routes.add_in and routes.imports:
        return Checkup(
            "warning",
            Text(
                "两种方式都在：加载项 kpi-xl.xlam（任何工作簿），和 xlwings 的 Import Functions（只在导入过的工作簿）",
                "both routes are there: the add-in kpi-xl.xlam (every workbook), and functions imported into single workbooks",
            ),
            KEPT_IMPORTS,
        )
    if routes.add_in:
        return well("正在使用：加载项 kpi-xl.xlam，任何工作簿都可用", "active: the add-in kpi-xl.xlam, in every workbook")
    return well(
        "正在使用：xlwings 的 Import Functions，只在导入过的工作簿可用",
        "active: functions imported by xlwings, in those workbooks alone",
    )


def _listed_module(routes: Routes) -> list[Checkup]:
    if MODULE not in routes.settings.get(MODULES, "").split(";"):
        return []
    return [
        Checkup(
            "warning",
            Text(
                f"xlwings.conf 的 UDF MODULES 中还有 {MODULE}（旧版写的），会取代其他项目的函数",
                f"UDF MODULES in xlwings.conf still names {MODULE} (an earlier version did), instead of other projects'",
            ),
            INSTALL,
        )
    ]


def _twice(windows: Windows, office: Office) -> list[Checkup]:
    """Copies in the start folder, and add-ins that Excel was told to open by hand, define the functions once more."""
    copies = [file for file in windows.start_folder.glob("*kpi*xl*.xlam") if file.name.lower() != windows.add_in.name]
    options = windows.registry.values("HKCU", rf"{office.user_key}\Options")
    opened = [str(value) for name, value in options.items() if name.upper().startswith("OPEN") and "kpi-xl" in str(value).lower()]
    return [
        Checkup(
            "warning",
            Text(f"函数还从另一处加载：{place}", f"the functions are loaded from another place, too: {place}"),
            Text(
                "只留启动文件夹中的 kpi-xl.xlam：删除副本，或在 文件 → 选项 → 加载项 → 转到 中取消勾选",
                "keep kpi-xl.xlam in the start folder alone: delete the copy, or untick it under File > Options > Add-ins > Go",
            ),
        )
        for place in [*map(str, copies), *opened]
    ]


def check_add_ins(windows: Windows, office: Office, routes: Routes) -> list[Checkup]:
    """Check the add-ins' files: their version, whether Windows blocks them, whether Excel disabled them."""
    found = []
    if routes.add_in:
        found += _own_version(windows)
    if routes.imports:
        found += _xlwings_version(windows)
    files = [windows.start_folder / name for name in routes.names]
    files += [file for file in (windows.starter, windows.import_starter) if file.exists()]
    found += [one for file in files for one in (*_blocked(file), *_disabled(windows, office, file))]
    if found or not routes.names:
        return found
    return [well("加载项版本一致，没有被锁定或禁用", "the add-in is of this version, neither blocked nor disabled")]


def _own_version(windows: Windows) -> list[Checkup]:
    python = interpreter_of(windows.add_in)
    try:
        if python is not None and windows.add_in.read_bytes() == build_add_in(python):
            return []
    except KpiError as error:
        return [Checkup("failed", error.message, error.remedy)]
    what = Text(
        "加载项 kpi-xl.xlam 与 Python 中的 kpi-xl、xlwings 版本不同，或被改过",
        "kpi-xl.xlam is of another version than kpi-xl and xlwings in Python, or was changed",
    )
    return [Checkup("failed", what, INSTALL)]


def _xlwings_version(windows: Windows) -> list[Checkup]:
    again = Text(
        "请关闭 Excel，重新运行 kpi-xl excel install（加上原来的选项）", "close Excel and run kpi-xl excel install again"
    )
    if not windows.xlwings.exists():
        return [
            Checkup(
                "failed", Text("xlwings 加载项没有安装，或被隔离", "the xlwings add-in is not there, or in quarantine"), again
            )
        ]
    try:
        if windows.xlwings.read_bytes() == xlwings_source().read_bytes():
            return []
    except KpiError as error:
        return [Checkup("failed", error.message, error.remedy)]
    what = Text("xlwings 加载项与 Python 中的 xlwings 版本不同", "the add-in and Python's xlwings are of different versions")
    return [Checkup("failed", what, again)]


def _blocked(file: Path) -> list[Checkup]:
    if zone(file) < _INTERNET:
        return []
    return [
        Checkup(
            "warning",
            Text(
                f"Windows 认为 {file.name} 来自网络：可能在受保护的视图中打开，或宏被阻止",
                f"Windows takes {file.name} for a file from the internet: Protected View, or its macros are blocked",
            ),
            Text(
                f"关闭 Excel，右键 {file} → 属性 → 勾选“解除锁定” → 确定",
                f"close Excel; right-click {file} > Properties > tick Unblock > OK",
            ),
        )
    ]


def _disabled(windows: Windows, office: Office, file: Path) -> list[Checkup]:
    """Excel remembers by path what it held for the cause of a crash, in small letters, in UTF-16 within binary values."""
    wanted = file.name.encode("utf-16-le").lower()  # bytes, at whatever offset they begin
    items = windows.registry.values("HKCU", rf"{office.user_key}\Resiliency\DisabledItems").values()
    if not any(isinstance(item, bytes) and wanted in item.lower() for item in items):
        return []
    return [
        Checkup(
            "failed",
            Text(f"Excel 出错后禁用了 {file.name}", f"Excel disabled {file.name} after a crash"),
            Text(
                "文件 → 选项 → 加载项 → 管理：禁用项目 → 转到 → 选中它 → 启用，再重新打开 Excel",
                "File > Options > Add-ins > Manage: Disabled Items > Go > Enable, then restart Excel",
            ),
        )
    ]
