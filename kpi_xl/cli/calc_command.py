"""``kpi-xl calc``: the cell functions in LibreOffice Calc."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpi_xl.cli import console
from kpi_xl.errors import Text
from kpi_xl.outputs import write_output

calc_app = typer.Typer(no_args_is_help=True, help="LibreOffice Calc 中的 KPI 函数。  The cell functions in LibreOffice Calc.")


@calc_app.command("build")
def build(out: Annotated[Path, typer.Option("--out", help="写到哪个 .oxt 文件")] = Path("kpi-xl.oxt")) -> None:
    """生成 Calc 扩展文件（.oxt）。  Build the add-in."""
    from kpi_xl.calc.build import build_oxt

    write_output(out, build_oxt())
    console.say(Text(f"已生成 {out}，双击即可装进 LibreOffice", f"wrote {out}; open it with LibreOffice to install it"))


@calc_app.command("install")
def install() -> None:
    """为当前用户安装到 LibreOffice。  Install the add-in for this user."""
    from kpi_xl.calc.install import install_add_in

    install_add_in()
    console.say(
        Text(
            "已安装。重新打开 LibreOffice Calc，在单元格中输入 =KPI_GRADE(87) 试一试",
            "installed; restart LibreOffice Calc and type =KPI_GRADE(87)",
        )
    )


@calc_app.command("uninstall")
def uninstall() -> None:
    """从 LibreOffice 中移除。  Remove the add-in."""
    from kpi_xl.calc.install import uninstall_add_in

    uninstall_add_in()
    console.say(Text("已移除", "removed"))
