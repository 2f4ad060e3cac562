"""Prepares Excel on Windows for the cell functions, and takes everything back. Files only: Excel itself is not started."""

from __future__ import annotations

import importlib.util
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from kpi_xl.errors import KpiError, Text
from kpi_xl.excel.configuration import add_module, drop_module, read_configuration, write_configuration
from kpi_xl.excel.starter import build_starter
from kpi_xl.excel.windows import Windows
from kpi_xl.outputs import forget_written, is_ours, put_output

MODULE = "kpi_xl.excel.functions"
_MODULES, _INTERPRETER = "UDF MODULES", "INTERPRETER_WIN"


@dataclass(frozen=True)
class _Memory:
    """What was there before: settings that we changed (None: absent), and whether the add-in was already installed."""

    interpreter: str | None
    had_add_in: bool
    had_configuration: bool


NEXT_STEPS = (
    Text(
        "在 Excel 中：文件 → 选项 → 信任中心 → 信任中心设置 → 宏设置，勾选“信任对 VBA 工程对象模型的访问”",
        "in Excel: File > Options > Trust Center > Macro Settings: tick 'Trust access to the VBA project object model'",
    ),
    Text("关闭全部 Excel 窗口后重新打开 Excel，功能区会出现 xlwings 选项卡", "close all Excel windows and start Excel again"),
    Text(
        "打开入门工作簿，启用宏，点 xlwings 选项卡的 Import Functions",
        "open the starter workbook, enable macros, click Import Functions on the xlwings tab",
    ),
    Text(
        "在单元格中输入 =KPI_GRADE(87)，应显示“中级客服”；不对时运行 kpi-xl excel doctor",
        "type =KPI_GRADE(87); if it fails, run kpi-xl excel doctor",
    ),
)
"""What a person must do in Excel: no program may tick that box for them."""


def add_in_source() -> Path:
    """Return the add-in that belongs to the installed xlwings, so that the versions cannot differ."""
    found = importlib.util.find_spec("xlwings")
    folder = Path(found.origin).parent if found and found.origin else Path()
    source = folder / "addin" / "xlwings.xlam"
    if not source.is_file():
        raise KpiError(
            Text("没有找到 xlwings 的加载项文件", "the add-in of xlwings was not found"),
            Text("请重新安装：pip install --force-reinstall xlwings", "reinstall it: pip install --force-reinstall xlwings"),
        )
    return source


def install(windows: Windows) -> list[Path]:
    """Copy the add-in, configure it, write the starter workbook; return the files written. Running it twice changes nothing more.

    A starter workbook that somebody changed is kept beside, renamed, and is among the files returned.

    Raises KpiError when Excel holds the add-in open.
    """
    settings = read_configuration(windows.configuration)
    if not windows.memory.exists():
        memory = _Memory(settings.get(_INTERPRETER), windows.add_in.exists(), windows.configuration.exists())
        windows.memory.parent.mkdir(parents=True, exist_ok=True)
        windows.memory.write_text(json.dumps(asdict(memory)), encoding="utf-8")
    try:
        _keep_add_in(windows)
        windows.add_in.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(add_in_source(), windows.add_in)
    except PermissionError as error:
        raise _excel_is_open() from error
    settings[_MODULES] = add_module(settings.get(_MODULES, ""), MODULE)
    settings[_INTERPRETER] = str(windows.interpreter)
    write_configuration(windows.configuration, settings)
    kept = put_output(windows.starter, build_starter())
    return [windows.add_in, windows.configuration, windows.starter, *([] if kept is None else [kept])]


def uninstall(windows: Windows) -> list[Path]:
    """Undo `install`: remove what it wrote, restore what it changed; return the files removed. The user's own settings stay.

    Raises KpiError when nothing was installed or Excel holds the add-in open.
    """
    if not windows.memory.exists():
        raise KpiError(
            Text("没有安装记录，无需移除", "nothing was installed by kpi-xl"),
            Text("安装请运行 kpi-xl excel install", "kpi-xl excel install installs it"),
        )
    memory = _Memory(**json.loads(windows.memory.read_text(encoding="utf-8")))
    removed = []
    try:
        if not memory.had_add_in and windows.add_in.exists():
            windows.add_in.unlink()
            removed.append(windows.add_in)
        if windows.former_add_in.exists():
            shutil.copyfile(windows.former_add_in, windows.add_in)
            windows.former_add_in.unlink()
    except PermissionError as error:
        raise _excel_is_open() from error
    _restore(windows, memory, removed)
    if windows.starter.exists() and is_ours(windows.starter):
        windows.starter.unlink()
        forget_written(windows.starter)
        removed.append(windows.starter)
    windows.memory.unlink()
    for folder in (windows.starter.parent, windows.memory.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return removed


def _keep_add_in(windows: Windows) -> None:
    """Keep an add-in of another version that somebody installed, to be put back; not beside it, where Excel would load both."""
    there = windows.add_in
    if there.exists() and not windows.former_add_in.exists() and there.read_bytes() != add_in_source().read_bytes():
        shutil.copyfile(there, windows.former_add_in)


def _restore(windows: Windows, memory: _Memory, removed: list[Path]) -> None:
    settings = read_configuration(windows.configuration)
    settings[_MODULES] = drop_module(settings.get(_MODULES, ""), MODULE)
    settings[_INTERPRETER] = memory.interpreter or ""
    kept = {key: value for key, value in settings.items() if value or key not in (_MODULES, _INTERPRETER)}
    if kept or memory.had_configuration:
        write_configuration(windows.configuration, kept)
    elif windows.configuration.exists():
        windows.configuration.unlink()
        removed.append(windows.configuration)


def _excel_is_open() -> KpiError:
    return KpiError(
        Text("Excel 正在使用 xlwings 加载项", "Excel holds the xlwings add-in open"),
        Text("请关闭全部 Excel 窗口后重试", "close all Excel windows and try again"),
    )
