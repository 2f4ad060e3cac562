"""Whether Excel can start Python: it is there, runs the functions, has the DLL of xlwings beside it, and nothing forbids it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from kpi_xl.errors import Text
from kpi_xl.excel.configuration import PLAIN_FOLDER, can_write
from kpi_xl.excel.doctor.add_ins import Routes
from kpi_xl.excel.doctor.checkup import ASK_IT, INSTALL, Checkup, Run, well
from kpi_xl.excel.doctor.office import Office
from kpi_xl.excel.install import STORE_PYTHON, from_store
from kpi_xl.excel.windows import Windows
from kpi_xl.excel.wrappers import MODULE

_NO_CHILDREN = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
"""Microsoft's rule "Block all Office applications from creating child processes"."""
_BLOCK, _WARN = "1", "6"
_DEFENDER = r"Windows Defender\Windows Defender Exploit Guard\ASR\Rules"


def check_python(windows: Windows, office: Office, routes: Routes, run: Run) -> list[Checkup]:
    """Check each Python that a route starts."""
    return [one for python in routes.pythons for one in _check_one(windows, office, python, run)]


def _check_one(windows: Windows, office: Office, named: str, run: Run) -> Iterator[Checkup]:
    python = _expanded(named, windows.environment)
    if not python:
        what = Text("没有指定 Python（INTERPRETER_WIN）", "no Python is named (INTERPRETER_WIN)")
        yield Checkup("failed", what, INSTALL)
        return
    if python.lower() in ("python", "pythonw"):
        what = Text(
            f"Excel 会启动 PATH 中的 {python}，不一定装有 kpi-xl", f"Excel starts the {python} of the PATH, whichever that is"
        )
        yield Checkup("warning", what, INSTALL)
    else:
        if from_store(python):
            yield Checkup("failed", *STORE_PYTHON)
        if not can_write(python, windows.encoding):
            what = Text(
                f"Python 的路径中有本机代码页（{windows.encoding}）没有的文字：{python}",
                f"the path of Python has characters beyond this computer's code page ({windows.encoding}): {python}",
            )
            yield Checkup("failed", what, PLAIN_FOLDER)
        yield from _library(office, Path(python))
    yield _runs(python, run)


def _expanded(path: str, environment: Mapping[str, str]) -> str:
    """Return a path with ``%NAME%`` replaced, as Windows does; a name that is not set stays."""
    known = {name.upper(): value for name, value in environment.items()}
    return re.sub(r"%([^%]+)%", lambda found: known.get(found[1].upper(), found[0]), path)


def _runs(python: str, run: Run) -> Checkup:
    command = re.sub(r"(?i)pythonw(\.exe)?$", r"python\1", python)
    code, said = run([command, "-c", f"import pythoncom, {MODULE} as m; print(m.KPI_GRADE(87))"])
    if code == 0:
        return well(f"{command} 能运行函数", f"{command} runs the functions")
    last = said.splitlines()[-1] if said else str(code)
    return Checkup(
        "failed",
        Text(f"{command} 不能运行函数：{last}", f"{command} cannot run the functions: {last}"),
        Text(
            "请在这个 Python 中重新安装：python -m pip install --upgrade kpi-xl xlwings pywin32；被杀毒软件拦截时加入信任",
            "reinstall there: python -m pip install --upgrade kpi-xl xlwings pywin32; allow it in the antivirus program",
        ),
    )


def _library(office: Office, python: Path) -> list[Checkup]:
    """The DLL runs inside Excel, so it must have Excel's bits; it lies beside Python, or above it in an environment."""
    wanted = [f"xlwings{bits}-{version('xlwings')}.dll" for bits in ((office.bits,) if office.bits else (64, 32))]
    folders = (python.parent, python.parent.parent)
    if all(any((folder / name).is_file() for folder in folders) for name in wanted):
        return [
            well(
                f"{wanted[0]} 与 Excel 相符（Python 的位数不必相同）", f"{wanted[0]} fits Excel (Python's own bits do not matter)"
            )
        ]
    there = sorted({file.name for folder in folders if folder.is_dir() for file in folder.glob("xlwings??-*.dll")})
    return [
        Checkup(
            "failed",
            Text(
                f"Python 旁边没有 {'、'.join(wanted)}（{python.parent}）" + (f"，只有 {'、'.join(there)}" if there else ""),
                f"there is no {', '.join(wanted)} beside Python ({python.parent})"
                + (f", only {', '.join(there)}" if there else ""),
            ),
            Text(
                f"请在这个 Python 中运行 python -m pip install --force-reinstall --no-deps xlwings=={version('xlwings')}"
                "（不要加 --user）；被杀毒软件隔离的请恢复",
                f"run python -m pip install --force-reinstall --no-deps xlwings=={version('xlwings')} there, without --user;"
                " restore it if an antivirus program took it",
            ),
        )
    ]


def check_start(windows: Windows, routes: Routes) -> list[Checkup]:
    """Check what keeps Excel from starting Python, which it does through cmd.exe."""
    if not routes.names:
        return []
    found = []
    rule = _rule(windows)
    if rule in (_BLOCK, _WARN):
        found.append(
            Checkup(
                "failed" if rule == _BLOCK else "warning",
                Text(
                    f"Microsoft Defender 禁止 Office 启动其他程序（ASR 规则 {_NO_CHILDREN}），Excel 启动不了 Python",
                    f"Microsoft Defender keeps Office from starting programs (ASR rule {_NO_CHILDREN}), Python among them",
                ),
                Text(
                    "请 IT 为 Excel 启动的 cmd.exe 和这个 Python 加排除项；不能加时改用 kpi-xl excel lite 或原生公式",
                    "ask IT to exclude cmd.exe and this Python for Excel; else use kpi-xl excel lite or the native formulas",
                ),
            )
        )
    if windows.registry.read("HKCU", r"Software\Policies\Microsoft\Windows\System", "DisableCMD") in (1, 2):
        what = Text(
            "公司策略禁用命令提示符（DisableCMD），Excel 要通过它启动 Python", "a policy disables cmd.exe, which starts Python"
        )
        found.append(Checkup("failed", what, ASK_IT))
    return found or [well("没有策略禁止 Excel 启动 Python", "no policy keeps Excel from starting Python")]


def _rule(windows: Windows) -> str | None:
    """Return the state of the rule: 0 off, 1 block, 2 audit, 6 warn; set by a policy, by device management or locally."""
    for software in (r"SOFTWARE\Policies\Microsoft", r"SOFTWARE\Microsoft"):
        for name, value in windows.registry.values("HKLM", rf"{software}\{_DEFENDER}").items():
            if name.lower() == _NO_CHILDREN:
                return str(value)
        listed = windows.registry.read("HKLM", rf"{software}\Windows Defender\Policy Manager", "ASRRules")
        states = dict(one.lower().split("=", 1) for one in str(listed or "").split("|") if "=" in one)
        if _NO_CHILDREN in states:
            return states[_NO_CHILDREN].strip()
    return None
