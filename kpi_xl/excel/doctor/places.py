"""Lines of xlwings.conf that are misread, and files in the folders of OneDrive."""

from __future__ import annotations

from pathlib import Path

from kpi_xl.errors import Text
from kpi_xl.excel.configuration import bad_lines
from kpi_xl.excel.doctor.add_ins import Routes
from kpi_xl.excel.doctor.checkup import Checkup, well
from kpi_xl.excel.doctor.office import Office
from kpi_xl.excel.windows import Windows

_CLOUDS = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")


def check_configuration(windows: Windows, routes: Routes) -> list[Checkup]:
    """Name the lines of xlwings.conf that its add-in drops; our own add-in does not read that file."""
    if not routes.imports:
        return []
    found = [
        Checkup(
            "warning",
            Text(
                f"{windows.configuration} 第 {bad.number} 行读不对：{bad.why.zh}",
                f"{windows.configuration}, line {bad.number}: {bad.why.en}",
            ),
            Text(
                '用记事本改成 "名称","值" 一行一个，不留空行，编码选 ANSI，保存后重新打开 Excel',
                'write "NAME","value", one a line, without empty lines, in the encoding ANSI, and restart Excel',
            ),
        )
        for bad in bad_lines(windows.configuration, windows.encoding)
    ]
    return found or [well("xlwings.conf 各行都能读到", "every line of xlwings.conf is read")]


def check_places(windows: Windows, office: Office, routes: Routes) -> list[Checkup]:
    """Check that files lie where Excel and Python find them under one name."""
    clouds = [Path(windows.environment[name]) for name in _CLOUDS if windows.environment.get(name)]
    ours = [windows.starter, windows.import_starter, windows.add_in, *map(Path, routes.pythons)]
    inside = next((path for path in ours if any(path.is_relative_to(cloud) for cloud in clouds)), None)
    found = []
    if inside is not None:
        found.append(
            Checkup(
                "warning",
                Text(f"文件在 OneDrive 中：{inside}", f"a file lies in OneDrive: {inside}"),
                Text(
                    "请把 Python 和工作簿放在本机文件夹（如 C:\\kpi-xl）",
                    "keep Python and the workbook in a local folder (C:\\kpi-xl)",
                ),
            )
        )
    online = _opened_online(windows, office) if routes.imports else None
    if online is not None:
        found.append(
            Checkup(
                "warning",
                Text(
                    f"最近打开的工作簿在 OneDrive 或 SharePoint 上：{online}；导入的函数在其中可能找不到本机文件夹而出错",
                    f"a workbook opened of late lies on OneDrive or SharePoint: {online}; imported functions may fail in it",
                ),
                Text(
                    "改用加载项（kpi-xl excel install），或在 xlwings.conf 工作表加一行 ADD_WORKBOOK_TO_PYTHONPATH、false",
                    "use the add-in (kpi-xl excel install), or add ADD_WORKBOOK_TO_PYTHONPATH, false to the sheet xlwings.conf",
                ),
            )
        )
    return found or [well("文件都在本机文件夹", "all files lie in local folders")]


def _opened_online(windows: Windows, office: Office) -> str | None:
    """Return a workbook with macros among those that Excel lists as opened of late, if it has an address in the web."""
    users = windows.registry.keys("HKCU", rf"{office.user_key}\User MRU")
    keys = [rf"{office.user_key}\File MRU", *(rf"{office.user_key}\User MRU\{user}\File MRU" for user in users)]
    for key in keys:
        for name, value in windows.registry.values("HKCU", key).items():
            address = str(value).rpartition("*")[2]
            if name.lower().startswith("item") and address.lower().startswith("https://") and address.lower().endswith(".xlsm"):
                return address
    return None
