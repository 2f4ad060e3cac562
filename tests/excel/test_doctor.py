"""The doctor on made-up computers: each illness alone, found once, with what to do; a healthy one has none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kpi_xl.excel.add_in import ANY_PYTHON, build_add_in
from kpi_xl.excel.doctor import examine
from kpi_xl.excel.install import install
from kpi_xl.excel.windows import Windows
from kpi_xl.excel.wrappers import MODULE

from .made_up_windows import OFFICE, SERVER, ill, make_windows, noting, the_one, well, with_registry

EITHER = (False, True)
DEFENDER = r"SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
RULE = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
SECURITY = rf"{OFFICE}\Security"


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    return make_windows(tmp_path)


@pytest.mark.parametrize("with_import", EITHER, ids=["add-in", "import"])
def test_a_healthy_computer_has_nothing(windows: Windows, with_import: bool) -> None:
    install(windows, with_import=with_import)
    found = examine(windows, well)
    assert {one.state for one in found} == {"ok"}
    assert all(one.remedy is None for one in found)
    active = "Import Functions" if with_import else "加载项 kpi-xl.xlam"
    assert sum(active in one.what.zh and "正在使用" in one.what.zh for one in found) == 1


def test_a_computer_without_anything_of_ours(windows: Windows) -> None:
    assert [one.what.zh for one in ill(windows)] == ["函数没有安装"]


# --- Python -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_import", EITHER, ids=["add-in", "import"])
def test_the_python_that_excel_starts_is_run(windows: Windows, with_import: bool) -> None:
    install(windows, with_import=with_import)
    ran: list[list[str]] = []

    def broken(command: list[str]) -> tuple[int, str]:
        ran.append(command)
        return 1, "Traceback ...\nModuleNotFoundError: No module named 'pythoncom'"

    (found,) = [one for one in examine(windows, broken) if one.state != "ok"]
    assert "No module named 'pythoncom'" in found.what.zh
    assert [command[0] for command in ran] == [str(windows.python)]
    assert MODULE in ran[0][2]


def test_each_python_of_two_routes_is_run(windows: Windows) -> None:
    install(windows, with_import=True)
    other = windows.home / "other" / "python.exe"
    other.parent.mkdir()
    for file in windows.python.parent.iterdir():
        shutil.copy(file, other.parent)
    windows.add_in.write_bytes(build_add_in(str(other)))
    ran: list[str] = []
    examine(windows, noting(ran))
    assert ran == [str(other), str(windows.python)]


def test_an_add_in_that_was_copied_here_starts_any_python(windows: Windows) -> None:
    install(windows)
    windows.add_in.write_bytes(build_add_in(ANY_PYTHON))
    ran: list[str] = []
    found = [one for one in examine(windows, noting(ran)) if one.state != "ok"]
    assert ["PATH 中的 pythonw" in one.what.zh for one in found] == [True]
    assert ran == ["python"]


def test_variables_of_the_environment_are_replaced(windows: Windows) -> None:
    named = replace(windows, environment={**windows.environment, "UserProfile": str(windows.home)})
    install(named)
    windows.add_in.write_bytes(build_add_in("%USERPROFILE%/Python/pythonw.exe"))
    assert ill(named) == []


def test_a_python_of_the_store(windows: Windows) -> None:
    install(windows)
    windows.add_in.write_bytes(build_add_in(r"C:\Users\x\AppData\Local\Microsoft\WindowsApps\pythonw.exe"))
    first = ill(windows)[0]
    assert "Microsoft Store" in first.what.zh
    assert first.remedy is not None
    assert "python.org" in first.remedy.zh


def test_a_python_that_the_code_page_cannot_name(tmp_path: Path) -> None:
    windows = make_windows(tmp_path, "李雷", "cp936")
    install(windows)
    found = the_one(replace(windows, encoding="cp1252"))
    assert "代码页（cp1252）" in found.what.zh
    assert found.remedy is not None
    assert "python -m venv" in found.remedy.zh


# --- files ------------------------------------------------------------------------------------------------------------------


def _mark(file: Path) -> None:
    Path(f"{file}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\nHostUrl=about:internet\n", encoding="utf-8")


def _copy(windows: Windows) -> None:
    shutil.copy(windows.add_in, windows.add_in.with_name("kpi-xl - 副本.xlam"))


FILES: list[tuple[bool, Callable[[Windows], object], str, str, str]] = [
    (False, lambda w: w.add_in.unlink(), "failed", "可能被杀毒软件隔离", "恢复"),
    (False, lambda w: w.add_in.write_bytes(b"of another version"), "failed", "版本不同", "kpi-xl excel install"),
    (True, lambda w: w.xlwings.write_bytes(b"of another version"), "failed", "版本不同", "kpi-xl excel install"),
    (True, lambda w: w.xlwings.unlink(), "failed", "没有安装，或被隔离", "kpi-xl excel install"),
    (False, lambda w: _mark(w.add_in), "warning", "kpi-xl.xlam 来自网络", "解除锁定"),
    (False, lambda w: _mark(w.starter), "warning", "KPI函数入门.xlsx 来自网络", "解除锁定"),
    (True, lambda w: _mark(w.import_starter), "warning", "KPI函数入门.xlsm 来自网络", "解除锁定"),
    (False, _copy, "warning", "副本.xlam", "删除副本"),
    (False, lambda w: w.memory.write_text("{"), "failed", "安装记录损坏", "移走"),
    (True, lambda w: w.configuration.unlink(), "failed", "没有指定 Python", "kpi-xl excel install"),
    (
        True,
        lambda w: w.configuration.write_bytes(w.configuration.read_bytes() + b'\r\n"B","2"\r\n'),
        "warning",
        "第 2 行读不对：空行",
        "ANSI",
    ),
    (
        True,
        lambda w: w.configuration.write_bytes(w.configuration.read_bytes() + b'"A","B","C"\r\n'),
        "warning",
        "第 2 行读不对：逗号多了",
        "一行一个",
    ),
]


@pytest.mark.parametrize(("with_import", "spoil", "state", "message", "remedy"), FILES)
def test_what_the_files_tell(
    windows: Windows, with_import: bool, spoil: Callable[[Windows], object], state: str, message: str, remedy: str
) -> None:
    install(windows, with_import=with_import)
    spoil(windows)
    found = next(one for one in ill(windows) if message in one.what.zh)
    assert found.state == state
    assert found.remedy is not None
    assert remedy in found.remedy.zh


def test_a_file_from_this_computer_is_not_blocked(windows: Windows) -> None:
    install(windows)
    Path(f"{windows.add_in}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=0\n", encoding="utf-8")
    assert ill(windows) == []


@pytest.mark.parametrize("name", ["kpi-xl.xlam", "KPI函数入门.xlsx"])
@pytest.mark.parametrize("header", [b"\x02\x00\x00\x00\x40\x00\x00\x00", b"\x01\x00\x00"])
def test_what_excel_disabled_after_a_crash(windows: Windows, name: str, header: bytes) -> None:
    install(windows)
    item = header + f"c:\\users\\张三\\xlstart\\{name.lower()}\0".encode("utf-16-le")
    found = the_one(with_registry(windows, {("HKCU", rf"{OFFICE}\Resiliency\DisabledItems", "1A2B3C"): item}))
    assert f"禁用了 {name}" in found.what.zh
    assert found.remedy is not None
    assert "禁用项目" in found.remedy.zh


def test_what_excel_disabled_of_others_is_theirs(windows: Windows) -> None:
    install(windows)
    item = b"\x02\x00\x00\x00" + "c:\\tools\\solver.xlam\0".encode("utf-16-le")
    assert ill(with_registry(windows, {("HKCU", rf"{OFFICE}\Resiliency\DisabledItems", "1A2B3C"): item})) == []


def test_both_routes_are_told(windows: Windows) -> None:
    install(windows, with_import=True)
    windows.add_in.write_bytes(build_add_in(str(windows.interpreter)))
    found = the_one(windows)
    assert (found.state, "两种方式都在" in found.what.zh) == ("warning", True)
    assert found.remedy is not None
    assert "kpi-xl excel uninstall" in found.remedy.zh


def test_the_entry_of_an_earlier_version_is_told(windows: Windows) -> None:
    install(windows)
    windows.configuration.write_bytes(f'"UDF MODULES","mine;{MODULE}"\r\n'.encode())
    assert any("会取代其他项目的函数" in one.what.zh for one in ill(windows))


@pytest.mark.parametrize("variable", ["OneDrive", "OneDriveCommercial", "OneDriveConsumer"])
def test_onedrive(windows: Windows, variable: str) -> None:
    cloud = replace(windows, environment={**windows.environment, variable: str(windows.home)})
    install(cloud)
    found = the_one(cloud)
    assert (found.state, "OneDrive" in found.what.zh) == ("warning", True)


@pytest.mark.parametrize(("allowed", "count"), [(None, 1), (1, 0)])
def test_a_start_folder_on_the_network(
    windows: Windows, monkeypatch: pytest.MonkeyPatch, allowed: int | None, count: int
) -> None:
    install(windows)
    folder = windows.start_folder

    monkeypatch.setattr(Windows, "start_folder", property(lambda _: _Shown(folder)))
    places = ("HKCU", rf"{SECURITY}\Trusted Locations", "AllowNetworkLocations")
    found = ill(with_registry(windows, {places: allowed}))
    assert ["在网络上" in one.what.zh for one in found] == [True] * count


class _Shown:
    """A folder that is called as one of a server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return "\\\\server\\profiles\\XLSTART"

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def glob(self, pattern: str) -> object:
        return self.folder.glob(pattern)


def test_illnesses_come_in_the_order_in_which_to_mend_them(windows: Windows) -> None:
    install(windows, with_import=True)
    windows.xlwings.write_bytes(b"of another version")
    windows.configuration.write_bytes(b"\r\n" + windows.configuration.read_bytes())
    for file in windows.python.parent.glob("xlwings*"):
        file.unlink()
    sick = with_registry(
        replace(windows, environment={**windows.environment, "OneDrive": str(windows.home)}),
        {
            ("HKCR", SERVER, ""): r"C:\wps\et.exe",
            ("HKCU", SECURITY, "AccessVBOM"): 0,
            ("HKLM", DEFENDER, RULE): "1",
        },
    )
    words = ("WPS", "没有勾选", "版本不同", "空行", "没有指定 Python", "Defender", "OneDrive")
    assert [next(word for word in words if word in one.what.zh) for one in ill(sick)] == list(words)
