"""``kpi-xl excel``: the cell functions in Excel: installing on Windows, checking, removing, and xlwings Lite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpi_xl.cli import console
from kpi_xl.errors import KpiError, Text

if TYPE_CHECKING:
    from kpi_xl.excel.windows import Windows

excel_app = typer.Typer(no_args_is_help=True, help="Excel 中的 KPI 函数。  The cell functions in Excel.")

_WOULD_INSTALL = Text(
    "在 Windows 上，本命令会：把加载项 kpi-xl.xlam 写到 Excel 启动文件夹，写出入门工作簿；不改别的设置。"
    "--with-import：改为安装 xlwings 加载项，在 xlwings.conf 中登记 Python",
    "on Windows this command writes the add-in kpi-xl.xlam into Excel's start folder, and a starter workbook, and changes no"
    " other setting; --with-import installs xlwings' add-in instead and tells xlwings.conf the Python",
)
_WOULD_UNINSTALL = Text(
    "在 Windows 上，本命令会移除 install 写入的文件，并恢复 xlwings.conf 原来的设置",
    "on Windows this command removes the files that install wrote and restores xlwings.conf",
)
_WOULD_EXAMINE = Text(
    "在 Windows 上，本命令会检查：Excel 与 WPS、公司策略、加载项、xlwings.conf、Python 与 DLL、杀毒拦截、宏设置、OneDrive 路径",
    "on Windows this command checks Excel and WPS, policies, the add-ins, xlwings.conf, Python and the DLL, antivirus, macros,"
    " and OneDrive",
)


@excel_app.command("install")
def install(
    with_import: Annotated[
        bool, typer.Option("--with-import", help="不用加载项，改用 xlwings 的 Import Functions（要信任 VBA 工程）")
    ] = False,
) -> None:
    """在 Windows 版 Excel 中安装。  Prepare Excel on Windows."""
    from kpi_xl.excel import install as room
    from kpi_xl.excel.memory import read_memory

    computer = _computer(_WOULD_INSTALL)
    written = room.install(computer, with_import=with_import)
    for path in written:
        console.say(Text(f"已写入 {path}", f"wrote {path}"))
    memory = read_memory(computer)
    if memory is not None and memory.imports and memory.own:
        console.say(room.KEPT_IMPORTS)
    console.say(Text("还需要您在 Excel 中完成：", "what is left to do in Excel:"))
    for number, step in enumerate(room.IMPORT_STEPS if with_import else room.NEXT_STEPS, start=1):
        console.say(f"{number}. {step.in_language(console.language())}")


@excel_app.command("uninstall")
def uninstall() -> None:
    """移除安装的文件，恢复原设置。  Undo the installation."""
    from kpi_xl.excel import install as room

    for path in room.uninstall(_computer(_WOULD_UNINSTALL)):
        console.say(Text(f"已移除 {path}", f"removed {path}"))


@excel_app.command("doctor")
def doctor(json: bool = typer.Option(False, "--json", help="输出 JSON")) -> None:
    """检查函数为什么不能用。  Find out why the functions do not work."""
    from kpi_xl.excel.doctor import examine

    findings = examine(_computer(_WOULD_EXAMINE))
    language = console.language()
    if json:
        console.write_json(
            [
                {
                    "state": found.state,
                    "what": found.what.in_language(language),
                    "remedy": found.remedy.in_language(language) if found.remedy else None,
                }
                for found in findings
            ]
        )
    else:
        signs = {"ok": "✓", "warning": "!", "failed": "✗"}
        for found in findings:
            console.say(f"{signs[found.state]} {found.what.in_language(language)}")
            if found.remedy:
                console.say(f"    → {found.remedy.in_language(language)}")
    if any(found.state == "failed" for found in findings):
        raise typer.Exit(1)


@excel_app.command("lite")
def lite(out: Annotated[Path, typer.Option("--out", help="写到哪个文件夹")] = Path("kpi-xl-lite")) -> None:
    """生成 xlwings Lite（Mac、网页、Windows 版 Excel，不需要宏）的文件。  Write the files for xlwings Lite."""
    from kpi_xl.excel.lite import write_lite

    for path in write_lite(out):
        console.say(Text(f"已写入 {path}", f"wrote {path}"))
    console.say(
        Text(
            "在 Excel 中安装加载项 xlwings Lite，把 main.py 的全部内容粘贴到它的 main.py，点 Restart，再输入 =KPI_GRADE(87)",
            "install the add-in xlwings Lite in Excel, paste all of main.py into its main.py, press Restart, type =KPI_GRADE(87)",
        )
    )


@excel_app.command("addin")
def addin(
    out: Annotated[Path, typer.Option("--out", help="写到哪个文件")] = Path("kpi-xl.xlam"),
    interpreter: Annotated[str, typer.Option("--interpreter", help="那台电脑上的 Python，如 C:\\Python311\\pythonw.exe")] = "",
) -> None:
    """生成可复制到 Windows 电脑的 Excel 加载项。  Write the Excel add-in, to be copied to a Windows computer."""
    from kpi_xl.excel.add_in import ANY_PYTHON, build_add_in
    from kpi_xl.outputs import require_free, write_output

    require_free(out)
    write_output(out, build_add_in(interpreter or ANY_PYTHON))
    console.say(Text(f"已写入 {out}", f"wrote {out}"))
    console.say(
        Text(
            "复制到 Windows 电脑的 %APPDATA%\\Microsoft\\Excel\\XLSTART，重新打开 Excel，再在任何工作簿中输入 =KPI_GRADE(87)；"
            "那台电脑的 Python 中须已安装 kpi-xl。没有在真正的 Excel 中试过",
            "copy it to %APPDATA%\\Microsoft\\Excel\\XLSTART on the Windows computer, restart Excel, type =KPI_GRADE(87) in any"
            " workbook; kpi-xl must be installed in that computer's Python. It was never tried in a real Excel",
        )
    )
    if not interpreter:
        console.say(
            Text(
                "加载项会启动 PATH 中的 pythonw；换一个 Python 请用 --interpreter",
                "the add-in starts the pythonw that PATH names; --interpreter names another one",
            )
        )


def _computer(what_it_would_do: Text) -> Windows:
    from kpi_xl.excel.windows import this_computer

    try:
        return this_computer()
    except KpiError:
        console.warn(what_it_would_do)
        raise
