"""Installing on Windows, checked on a made-up computer: what is written, what is mended, what is left behind (nothing)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.errors import KpiError
from kpi_xl.excel.configuration import add_module, drop_module, read_configuration, write_configuration
from kpi_xl.excel.doctor import examine
from kpi_xl.excel.install import MODULE, add_in_source, install, uninstall
from kpi_xl.excel.windows import Windows
from kpi_xl.functions import CATALOG

EXCEL = "{00024500-0000-0000-C000-000000000046}"
SECURITY = r"Software\Microsoft\Office\16.0\Excel\Security"
POLICY = r"Software\Policies\Microsoft\Office\16.0\Excel\Security"
HEALTHY: dict[tuple[str, str, str], str | int] = {
    ("HKCR", r"Excel.Application\CLSID", ""): EXCEL,
    ("HKCR", rf"CLSID\{EXCEL}\LocalServer32", ""): r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE /automation",
    ("HKCU", SECURITY, "AccessVBOM"): 1,
}


@dataclass
class FakeRegistry:
    values: Mapping[tuple[str, str, str], str | int] = field(default_factory=lambda: dict(HEALTHY))

    def read(self, root: str, key: str, name: str = "") -> str | int | None:
        return self.values.get((root, key, name))


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    home = tmp_path / "张三"
    python = home / "Python" / "python.exe"
    python.parent.mkdir(parents=True)
    python.touch()
    python.with_name("pythonw.exe").touch()
    return Windows(FakeRegistry(), {"APPDATA": str(home / "AppData" / "Roaming")}, home, python)


def _files(windows: Windows) -> dict[str, bytes]:
    return {str(p.relative_to(windows.home)): p.read_bytes() for p in windows.home.rglob("*") if p.is_file()}


def _well(command: list[str]) -> tuple[int, str]:
    return 0, "中级客服"


def test_install_writes_add_in_configuration_and_starter(windows: Windows) -> None:
    assert install(windows) == [windows.add_in, windows.configuration, windows.starter]
    assert windows.add_in.read_bytes() == add_in_source().read_bytes()
    assert read_configuration(windows.configuration) == {
        "UDF MODULES": MODULE,
        "INTERPRETER_WIN": str(windows.python.with_name("pythonw.exe")),
    }
    assert {found.state for found in examine(windows, _well)} == {"ok"}


def test_installing_twice_is_installing_once(windows: Windows) -> None:
    install(windows)
    before = {name: content for name, content in _files(windows).items() if not name.endswith(".xlsm")}
    install(windows)
    assert {name: content for name, content in _files(windows).items() if not name.endswith(".xlsm")} == before


def test_uninstall_leaves_no_trace(windows: Windows) -> None:
    before = _files(windows)
    install(windows)
    install(windows)
    removed = uninstall(windows)
    assert set(removed) == {windows.add_in, windows.starter, windows.configuration}
    assert _files(windows) == before
    assert not windows.starter.parent.exists()


def test_what_the_user_had_comes_back(windows: Windows) -> None:
    write_configuration(
        windows.configuration, {"UDF MODULES": "mine;other", "INTERPRETER_WIN": r"C:\Mine\pythonw.exe", "SHOW CONSOLE": "True"}
    )
    windows.add_in.parent.mkdir(parents=True)
    windows.add_in.write_bytes(b"an add-in of the user's own")
    before = windows.configuration.read_bytes()
    install(windows)
    assert read_configuration(windows.configuration)["UDF MODULES"] == f"mine;other;{MODULE}"
    uninstall(windows)
    assert windows.configuration.read_bytes() == before
    assert windows.add_in.exists()


def test_uninstall_without_install_says_so(windows: Windows) -> None:
    with pytest.raises(KpiError, match="没有安装记录"):
        uninstall(windows)


def test_an_open_excel_is_named(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("kpi_xl.excel.install.shutil.copyfile", refuse)
    with pytest.raises(KpiError, match="请关闭全部 Excel 窗口"):
        install(windows)


def test_the_starter_workbook_shows_every_function_and_keeps_the_macros(windows: Windows) -> None:
    install(windows)
    book = openpyxl.load_workbook(windows.starter, keep_vba=True)
    sheet = book.worksheets[0]
    assert book.vba_archive is not None
    names = [cell.value for cell in sheet["A"] if str(cell.value).startswith("KPI_")]
    assert names == [function.name for function in CATALOG if function.examples]
    living = [cell.value for cell in sheet["D"] if cell.data_type == "f"]
    shown = [cell.value for cell in sheet["C"] if cell.data_type == "s"][1:]
    assert living == shown == [e.formula(f.name) for f in CATALOG for e in f.examples]


@pytest.mark.parametrize(
    ("change", "message", "remedy"),
    [
        ({("HKCR", r"Excel.Application\CLSID", ""): None}, "没有找到 Microsoft Excel", "WPS"),
        (
            {("HKCR", rf"CLSID\{EXCEL}\LocalServer32", ""): r"C:\Users\x\Kingsoft\WPS Office\et.exe"},
            "被 WPS 占用",
            "WPS 配置工具",
        ),
        ({("HKCU", SECURITY, "AccessVBOM"): 0}, "没有勾选", "信任中心"),
        ({("HKCU", POLICY, "AccessVBOM"): 0}, "公司策略禁止", "excel lite"),
        ({("HKCU", SECURITY, "VBAWarnings"): 4}, "禁用了所有宏", "启用内容"),
    ],
)
def test_the_doctor_reads_the_registry(
    windows: Windows, change: dict[tuple[str, str, str], str | int | None], message: str, remedy: str
) -> None:
    install(windows)
    values = {key: value for key, value in {**HEALTHY, **change}.items() if value is not None}
    sick = Windows(FakeRegistry(values), windows.environment, windows.home, windows.python)
    (found,) = [found for found in examine(sick, _well) if found.state != "ok"]
    assert message in found.what.zh
    assert found.remedy is not None
    assert remedy in found.remedy.zh


def test_the_doctor_looks_at_files(windows: Windows) -> None:
    assert [found.state for found in examine(windows, _well)] == ["ok", "failed", "failed", "failed", "ok", "ok", "ok"]
    install(windows)
    windows.add_in.write_bytes(b"of another version")
    (found,) = [found for found in examine(windows, _well) if found.state != "ok"]
    assert "版本不同" in found.what.zh


def test_the_doctor_runs_the_python_of_the_configuration(windows: Windows) -> None:
    install(windows)
    ran: list[list[str]] = []

    def broken(command: list[str]) -> tuple[int, str]:
        ran.append(command)
        return 1, "Traceback ...\nModuleNotFoundError: No module named 'pythoncom'"

    (found,) = [found for found in examine(windows, broken) if found.state != "ok"]
    assert "No module named 'pythoncom'" in found.what.zh
    assert ran[0][0] == str(windows.python)


def test_the_doctor_warns_of_onedrive(windows: Windows) -> None:
    cloud = Windows(windows.registry, {**windows.environment, "OneDrive": str(windows.home)}, windows.home, windows.python)
    install(cloud)
    assert [found.state for found in examine(cloud, _well)][-1] == "warning"


def test_modules_are_added_and_dropped_one_by_one() -> None:
    assert add_module("", "b") == "b"
    assert add_module("a;b", "b") == "a;b"
    assert drop_module("a;b;c", "b") == "a;c"


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows these commands work")
@pytest.mark.parametrize(("command", "says"), [("install", "启动文件夹"), ("uninstall", "恢复"), ("doctor", "OneDrive")])
def test_elsewhere_the_commands_say_what_they_would_do_and_exit_2(command: str, says: str) -> None:
    code = "from kpi_xl.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "excel", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert "excel lite" in done.stderr
