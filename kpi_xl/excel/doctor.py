"""Finds out why a function does not work in Excel: each check says what it found and what to do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kpi_xl.errors import KpiError, Text
from kpi_xl.excel.configuration import read_configuration
from kpi_xl.excel.install import MODULE, add_in_source
from kpi_xl.excel.windows import Windows

_OFFICE = r"Software\Microsoft\Office\16.0\Excel\Security"
_POLICY = r"Software\Policies\Microsoft\Office\16.0\Excel\Security"
_SECONDS = 60

Run = Callable[[list[str]], tuple[int, str]]
"""Runs a program; returns exit code and what it printed."""


@dataclass(frozen=True)
class Checkup:
    """The outcome of one check; `remedy` None when all is well."""

    state: Literal["ok", "warning", "failed"]
    what: Text
    remedy: Text | None = None


def run_program(command: list[str]) -> tuple[int, str]:
    """Run a program for the doctor; a program that cannot start has exit code -1."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return -1, str(error)
    return done.returncode, f"{done.stdout}\n{done.stderr}".strip()


def examine(windows: Windows, run: Run = run_program) -> list[Checkup]:
    """Check Excel, WPS, the add-in, its configuration, Python, trust settings and paths, in the order in which to mend them."""
    settings = read_configuration(windows.configuration)
    return [
        _excel(windows),
        _add_in(windows),
        _modules(settings),
        _python(settings, run),
        _trust(windows),
        _macros(windows),
        _paths(windows, settings),
    ]


def _excel(windows: Windows) -> Checkup:
    class_id = windows.registry.read("HKCR", r"Excel.Application\CLSID")
    if not class_id:
        return Checkup(
            "failed",
            Text("没有找到 Microsoft Excel", "Microsoft Excel was not found"),
            Text(
                "请安装桌面版 Excel；只有 WPS 的电脑请用考核表中的原生公式",
                "install desktop Excel; where there is only WPS, use the native formulas",
            ),
        )
    server = str(windows.registry.read("HKCR", rf"CLSID\{class_id}\LocalServer32") or "").lower()
    if any(name in server for name in ("wps", "kingsoft", r"\et.exe")):
        return Checkup(
            "failed",
            Text(f"Excel 的程序接口被 WPS 占用：{server}", f"WPS has taken over Excel's interface: {server}"),
            Text(
                "打开“WPS 配置工具” → 高级 → 兼容设置，取消“与 Microsoft Office 兼容”，再用 Office 安装程序修复 Excel",
                "WPS configuration tool > Advanced > compatibility: switch it off, then repair Office",
            ),
        )
    return Checkup("ok", Text("Excel 已安装，程序接口正常", "Excel is installed and answers for itself"))


def _add_in(windows: Windows) -> Checkup:
    install = Text("请运行 kpi-xl excel install，然后重新打开 Excel", "run kpi-xl excel install, then restart Excel")
    if not windows.add_in.exists():
        return Checkup("failed", Text("xlwings 加载项没有安装", "the xlwings add-in is not installed"), install)
    try:
        same = windows.add_in.read_bytes() == add_in_source().read_bytes()
    except KpiError as error:
        return Checkup("failed", error.message, error.remedy)
    if not same:
        return Checkup(
            "failed",
            Text("xlwings 加载项与 Python 中的 xlwings 版本不同", "the add-in and Python's xlwings are of different versions"),
            install,
        )
    return Checkup("ok", Text("xlwings 加载项版本一致", "the xlwings add-in matches Python's xlwings"))


def _modules(settings: dict[str, str]) -> Checkup:
    if MODULE not in settings.get("UDF MODULES", "").split(";"):
        return Checkup(
            "failed",
            Text(f"xlwings.conf 的 UDF MODULES 中没有 {MODULE}", f"UDF MODULES in xlwings.conf does not name {MODULE}"),
            Text("请运行 kpi-xl excel install", "run kpi-xl excel install"),
        )
    return Checkup("ok", Text("xlwings.conf 已登记函数模块", "xlwings.conf names the functions"))


def _python(settings: dict[str, str], run: Run) -> Checkup:
    interpreter = settings.get("INTERPRETER_WIN", "")
    if not interpreter:
        return Checkup(
            "failed",
            Text("xlwings.conf 没有指定 Python（INTERPRETER_WIN）", "xlwings.conf names no Python (INTERPRETER_WIN)"),
            Text("请运行 kpi-xl excel install", "run kpi-xl excel install"),
        )
    command = interpreter.replace("pythonw.exe", "python.exe")
    code, said = run([command, "-c", f"import pythoncom, {MODULE} as m; print(m.KPI_GRADE(87))"])
    if code != 0:
        last = said.splitlines()[-1] if said else str(code)
        return Checkup(
            "failed",
            Text(f"{command} 不能运行函数：{last}", f"{command} cannot run the functions: {last}"),
            Text(
                "请在这个 Python 中重新安装：python -m pip install --upgrade kpi-xl xlwings pywin32；被杀毒软件拦截时加入信任",
                "reinstall there: python -m pip install --upgrade kpi-xl xlwings pywin32; allow it in the antivirus program",
            ),
        )
    return Checkup("ok", Text(f"{command} 能运行函数", f"{command} runs the functions"))


def _trust(windows: Windows) -> Checkup:
    if windows.registry.read("HKCU", _POLICY, "AccessVBOM") == 0:
        return Checkup(
            "failed",
            Text("公司策略禁止“信任对 VBA 工程对象模型的访问”", "a policy forbids access to the VBA project object model"),
            Text("请联系 IT；或改用 kpi-xl excel lite（不需要宏）", "ask IT, or use kpi-xl excel lite, which needs no macros"),
        )
    if windows.registry.read("HKCU", _OFFICE, "AccessVBOM") != 1:
        return Checkup(
            "failed",
            Text("没有勾选“信任对 VBA 工程对象模型的访问”", "access to the VBA project object model is not trusted"),
            Text(
                "文件 → 选项 → 信任中心 → 宏设置，勾选后重新打开 Excel",
                "File > Options > Trust Center > Macro Settings, then restart Excel",
            ),
        )
    return Checkup("ok", Text("已信任 VBA 工程对象模型", "access to the VBA project object model is trusted"))


def _macros(windows: Windows) -> Checkup:
    level = windows.registry.read("HKCU", _POLICY, "VBAWarnings") or windows.registry.read("HKCU", _OFFICE, "VBAWarnings")
    if level == 4:
        return Checkup(
            "failed",
            Text("Excel 禁用了所有宏且不提示", "Excel disables all macros without notification"),
            Text(
                "宏设置改为“禁用所有宏，并发出通知”，打开工作簿时点“启用内容”",
                "choose 'disable with notification' and enable the content",
            ),
        )
    return Checkup("ok", Text("宏可以启用", "macros can be enabled"))


def _paths(windows: Windows, settings: dict[str, str]) -> Checkup:
    clouds = [Path(windows.environment[name]) for name in ("OneDrive", "OneDriveCommercial") if windows.environment.get(name)]
    inside = [
        path
        for path in (windows.starter, Path(settings.get("INTERPRETER_WIN") or windows.python))
        if any(path.is_relative_to(cloud) for cloud in clouds)
    ]
    if inside:
        return Checkup(
            "warning",
            Text(f"文件在 OneDrive 中：{inside[0]}", f"a file lies in OneDrive: {inside[0]}"),
            Text(
                "请把 Python 和工作簿放在本机文件夹（如 C:\\kpi-xl）",
                "keep Python and the workbook in a local folder (C:\\kpi-xl)",
            ),
        )
    return Checkup("ok", Text("文件都在本机文件夹", "all files lie in local folders"))
