"""Prepares Excel on Windows for the cell functions, and takes everything back. Files only: Excel itself is not started.

Two routes. The add-in (the default) is one file, ``kpi-xl.xlam`` in Excel's start folder: the functions work in every workbook,
nothing else is touched. Importing is the way of xlwings: its add-in copies the functions into a workbook with macros, for which
a person must trust the VBA project. Which module a workbook imports is said by its own sheet ``xlwings.conf``, not by the user's
file, where it would replace other projects' modules; that file is told the Python alone.

Who installed by importing before and takes the add-in now keeps what the workbooks with imported functions need (the add-in of
xlwings, the Python), and loses the entry in ``UDF MODULES``. Excel takes a workbook's own functions before those of an add-in, so
that nothing is defined twice in one place; the doctor says that both routes are there.
"""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from kpi_xl.errors import KpiError, Text
from kpi_xl.excel.add_in import build_add_in
from kpi_xl.excel.configuration import PLAIN_FOLDER, can_write, change_configuration, drop_module, read_configuration
from kpi_xl.excel.memory import Memory, read_memory, write_memory
from kpi_xl.excel.starter import build_import_starter, build_starter
from kpi_xl.excel.windows import Windows
from kpi_xl.excel.wrappers import MODULE
from kpi_xl.outputs import forget_written, is_ours, put_output, write_atomically

MODULES, INTERPRETER = "UDF MODULES", "INTERPRETER_WIN"

NEXT_STEPS = (
    Text("关闭全部 Excel 窗口后重新打开 Excel", "close all Excel windows and start Excel again"),
    Text(
        "在任何工作簿的单元格中输入 =KPI_GRADE(87)，应显示“中级客服”；不对时运行 kpi-xl excel doctor",
        "type =KPI_GRADE(87) in any workbook; if it fails, run kpi-xl excel doctor",
    ),
    Text("打开入门工作簿：“相符”列应全部是 ✓", "open the starter workbook: its column 相符 should show ✓ everywhere"),
)
"""What a person does in Excel once the add-in is in place."""

IMPORT_STEPS = (
    Text(
        "在 Excel 中：文件 → 选项 → 信任中心 → 信任中心设置 → 宏设置，勾选“信任对 VBA 工程对象模型的访问”",
        "in Excel: File > Options > Trust Center > Macro Settings: tick 'Trust access to the VBA project object model'",
    ),
    Text("关闭全部 Excel 窗口后重新打开 Excel，功能区会出现 xlwings 选项卡", "close all Excel windows and start Excel again"),
    Text(
        "打开入门工作簿，启用宏，点 xlwings 选项卡的 Import Functions；“相符”列应全部是 ✓",
        "open the starter workbook, enable macros, click Import Functions on the xlwings tab; column 相符: all ✓",
    ),
    Text(
        "自己的 .xlsm：先把入门工作簿的 xlwings.conf 工作表复制进去，再点 Import Functions；不对时运行 kpi-xl excel doctor",
        "in an .xlsm of your own: copy the sheet xlwings.conf into it, then Import Functions; if it fails: kpi-xl excel doctor",
    ),
)
"""What a person must do in Excel to import functions: no program may tick that box for them."""

KEPT_IMPORTS = Text(
    "以前导入过函数的 .xlsm 仍用它自己的那一份，升级后在其中再点一次 Import Functions；"
    "没有这样的工作簿时，运行 kpi-xl excel uninstall 再 install，只留加载项",
    "workbooks with imported functions keep their own; after an upgrade click Import Functions there again; if there are none,"
    " kpi-xl excel uninstall and install again leaves the add-in alone",
)
"""What is said to those who used the other route before."""


def xlwings_source() -> Path:
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


def from_store(interpreter: str) -> bool:
    """Tell whether a Python is that of Microsoft Store, or an environment made with it."""
    path = PureWindowsPath(interpreter)
    settings = Path(interpreter).parent.parent / "pyvenv.cfg"
    base = settings.read_text(encoding="utf-8", errors="replace") if settings.is_file() else ""
    home = [line.partition("=")[2] for line in base.splitlines() if line.partition("=")[0].strip().lower() == "home"]
    return any("windowsapps" in text.lower() for text in (str(path), *home))


STORE_PYTHON = (
    Text(
        "这是 Microsoft Store 版的 Python：Windows 会把它写的文件藏起来，Excel 看不到加载项，也找不到 xlwings 的 DLL",
        "this Python is from Microsoft Store: Windows hides the files it writes, so Excel sees no add-in and no xlwings DLL",
    ),
    Text(
        "请从 python.org 安装 Python（64 位），用它运行 py -m pip install kpi-xl 和 py -m kpi_xl excel install；"
        "再到 设置 → 应用 → 应用执行别名 关闭 python.exe",
        "install Python (64 bit) from python.org, run py -m pip install kpi-xl and py -m kpi_xl excel install with it, and switch"
        " off the app execution alias of python.exe in Windows' settings",
    ),
)
"""What is wrong with it, and what to do."""


def spoken_interpreter(windows: Windows) -> str:
    """Return the path of Python as VBA's code can hand it to a DLL: in the ANSI code page, by its 8.3 name if need be.

    Raises KpiError with what to do when neither can be written.
    """
    path = windows.interpreter
    if can_write(str(path), windows.encoding):
        return str(path)
    short = windows.short_name(path)
    if short is not None and can_write(short, windows.encoding):
        return short
    raise KpiError(
        Text(
            f"Python 的路径中有本机代码页（{windows.encoding}）没有的文字，Excel 启动不了它：{path}",
            f"the path of Python has characters beyond this computer's code page ({windows.encoding}): {path}",
        ),
        PLAIN_FOLDER,
    )


# --- installing -----------------------------------------------------------------------------------------------------------


def install(windows: Windows, *, with_import: bool = False) -> list[Path]:
    """Prepare one of the routes and write its starter workbook; return the files written. Twice is the same as once.

    `with_import`: the way of xlwings, in the place of our add-in. A starter workbook that somebody changed is kept beside,
    renamed, and is among the files returned. Raises KpiError, before anything is changed, for a Python that Excel cannot start
    and when Excel holds an add-in open; for a configuration that the code page cannot write, which then stays as it was.
    """
    if from_store(str(windows.python)):
        raise KpiError(*STORE_PYTHON)
    interpreter = spoken_interpreter(windows)
    _require_closed(windows)
    add_in = b"" if with_import else build_add_in(interpreter)
    starter, place, other = (
        (build_import_starter(), windows.import_starter, windows.starter)
        if with_import
        else (build_starter(), windows.starter, windows.import_starter)
    )
    before = read_memory(windows) or Memory(imports=False)
    memory = _remember(windows, before, with_import=with_import)
    written = []
    if with_import:
        if before.own:
            _take_out(windows.add_in, windows.former_add_in, had=False)
    else:
        write_atomically(windows.add_in, add_in)
        written.append(windows.add_in)
    if memory.imports:
        written += _prepare_import(windows, interpreter)
    _remove_ours(other)
    kept = put_output(place, starter)
    return [*written, place, *([] if kept is None else [kept])]


def uninstall(windows: Windows) -> list[Path]:
    """Undo `install`: remove what it wrote, restore what it changed; return the files removed. The user's own settings stay.

    Raises KpiError when nothing was installed or Excel holds an add-in open.
    """
    memory = read_memory(windows)
    if memory is None:
        raise KpiError(
            Text("没有安装记录，无需移除", "nothing was installed by kpi-xl"),
            Text("安装请运行 kpi-xl excel install", "kpi-xl excel install installs it"),
        )
    _require_closed(windows)
    removed = []
    if memory.own:
        removed += _take_out(windows.add_in, windows.former_add_in, had=False)
    if memory.imports:
        removed += _take_out(windows.xlwings, windows.former_xlwings, had=memory.had_add_in)
        removed += _restore_configuration(windows, memory)
    for starter in (windows.starter, windows.import_starter):
        removed += _remove_ours(starter)
    windows.memory.unlink()
    for folder in (windows.starter.parent, windows.memory.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return removed


def _require_closed(windows: Windows) -> None:
    """Excel lets nobody write an add-in that it has loaded. Raises KpiError."""
    for add_in in (windows.add_in, windows.xlwings):
        try:
            if add_in.exists():
                with add_in.open("r+b"):
                    pass
        except PermissionError as error:
            raise KpiError(
                Text(f"Excel 正在使用加载项 {add_in.name}", f"Excel holds the add-in {add_in.name} open"),
                Text("请关闭全部 Excel 窗口后重试", "close all Excel windows and try again"),
            ) from error


def _remember(windows: Windows, before: Memory, *, with_import: bool) -> Memory:
    """Write down, and keep beside, what is there before a route is prepared for the first time; return what holds now."""
    memory = replace(before, own=not with_import)
    if with_import and not before.imports:
        memory = replace(
            memory,
            imports=True,
            interpreter=_settings(windows).get(INTERPRETER),
            had_add_in=windows.xlwings.exists(),
            had_configuration=windows.configuration.exists(),
        )
        if memory.had_add_in and windows.xlwings.read_bytes() != xlwings_source().read_bytes():
            _keep(windows.xlwings, windows.former_xlwings)
    if memory.own and not before.own and windows.add_in.exists():
        _keep(windows.add_in, windows.former_add_in)
    if memory.imports and windows.configuration.exists() and (not before.imports or _without_our_module(windows)):
        _keep(windows.configuration, windows.former_configuration)
    write_memory(windows, memory)
    return memory


def _settings(windows: Windows) -> dict[str, str]:
    return read_configuration(windows.configuration, windows.encoding)


def _without_our_module(windows: Windows) -> dict[str, str | None]:
    """Return the change that takes our module out of the list of modules; other modules stay."""
    listed = _settings(windows).get(MODULES, "")
    return {MODULES: drop_module(listed, MODULE) or None} if MODULE in listed.split(";") else {}


def _keep(file: Path, beside: Path) -> None:
    """Keep a copy; not in the start folder, where Excel would load both."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, beside)


def _prepare_import(windows: Windows, interpreter: str) -> list[Path]:
    """Put the add-in of the installed xlwings in place and tell it the Python; our module leaves the list of modules."""
    changes = {INTERPRETER: interpreter, **_without_our_module(windows)}
    change_configuration(windows.configuration, changes, windows.encoding)
    write_atomically(windows.xlwings, xlwings_source().read_bytes())
    return [windows.xlwings, windows.configuration]


def _take_out(add_in: Path, former: Path, *, had: bool) -> list[Path]:
    """Remove an add-in of ours, or put back the one that was there; return what is gone."""
    gone = add_in.exists() and not had and not former.exists()
    if former.exists():
        shutil.copyfile(former, add_in)
        former.unlink()
    elif not had:
        add_in.unlink(missing_ok=True)
    return [add_in] if gone else []


def _restore_configuration(windows: Windows, memory: Memory) -> list[Path]:
    """Take our settings out of xlwings.conf; byte for byte as it was, when nobody else changed it. Returns what is gone."""
    file, former = windows.configuration, windows.former_configuration
    change_configuration(file, {INTERPRETER: memory.interpreter, **_without_our_module(windows)}, windows.encoding)
    left = _settings(windows)
    if former.exists():
        if left == read_configuration(former, windows.encoding):
            shutil.copyfile(former, file)
        former.unlink()
    if file.exists() and not left and not memory.had_configuration and not file.read_bytes().strip():
        file.unlink()
        return [file]
    return []


def _remove_ours(file: Path) -> list[Path]:
    """Remove a file that we wrote and nobody changed; return what is gone."""
    if not (file.exists() and is_ours(file)):
        return []
    file.unlink()
    forget_written(file)
    return [file]
