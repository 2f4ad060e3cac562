"""The doctor on made-up computers: each illness alone, found once, with what to do; a healthy one has none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kpi_xl.excel.add_in import ANY_PYTHON, build_add_in
from kpi_xl.excel.doctor import Checkup, Run, examine
from kpi_xl.excel.install import install
from kpi_xl.excel.windows import Windows
from kpi_xl.excel.wrappers import MODULE

from .made_up_windows import (
    CLICK_TO_RUN,
    EXCEL,
    HEALTHY,
    OFFICE,
    POLICY,
    SERVER,
    FakeRegistry,
    Registered,
    make_windows,
    with_registry,
)

ADD_IN, IMPORT, EITHER = (False,), (True,), (False, True)
DEFENDER = r"Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
RULE = "D4F940AB-401B-4EFC-AADC-AD5F3C50688A"
SECURITY = rf"{OFFICE}\Security"
CLOUD = r"Software\Policies\Microsoft\Cloud\Office\16.0\Excel"


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    return make_windows(tmp_path)


def _well(command: list[str]) -> tuple[int, str]:
    return 0, "中级客服"


def _noting(ran: list[str]) -> Run:
    def run(command: list[str]) -> tuple[int, str]:
        ran.append(command[0])
        return 0, ""

    return run


def _ill(windows: Windows) -> list[Checkup]:
    return [found for found in examine(windows, _well) if found.state != "ok"]


def _the_one(windows: Windows) -> Checkup:
    (found,) = _ill(windows)
    assert found.remedy is not None
    return found


@pytest.mark.parametrize("with_import", EITHER, ids=["add-in", "import"])
def test_a_healthy_computer_has_nothing(windows: Windows, with_import: bool) -> None:
    install(windows, with_import=with_import)
    found = examine(windows, _well)
    assert {one.state for one in found} == {"ok"}
    assert all(one.remedy is None for one in found)
    active = "Import Functions" if with_import else "加载项 kpi-xl.xlam"
    assert sum(active in one.what.zh and "正在使用" in one.what.zh for one in found) == 1


def test_a_computer_without_anything_of_ours(windows: Windows) -> None:
    assert [one.what.zh for one in _ill(windows)] == ["函数没有安装"]


# --- the registry -----------------------------------------------------------------------------------------------------------


REGISTRY: list[tuple[tuple[bool, ...], Registered, str, str, str]] = [
    (EITHER, {("HKCR", r"Excel.Application\CLSID", ""): None}, "failed", "没有找到 Microsoft Excel", "WPS"),
    (EITHER, {("HKCR", SERVER, ""): r"C:\Users\x\Kingsoft\WPS Office\et.exe"}, "failed", "被 WPS 占用", "WPS 配置工具"),
    (IMPORT, {("HKCU", SECURITY, "AccessVBOM"): 0}, "failed", "没有勾选", "信任中心"),
    (IMPORT, {("HKCU", SECURITY, "AccessVBOM"): None}, "failed", "没有勾选", "kpi-xl excel install"),
    (IMPORT, {("HKCU", rf"{POLICY}\Security", "AccessVBOM"): 0}, "failed", "公司策略禁止", "excel lite"),
    (IMPORT, {("HKLM", rf"{POLICY}\Security", "AccessVBOM"): 0}, "failed", "公司策略禁止", "excel lite"),
    (IMPORT, {("HKCU", SECURITY, "VBAWarnings"): 4}, "failed", "禁用了所有宏", "启用内容"),
    (IMPORT, {("HKCU", SECURITY, "VBAWarnings"): 3}, "failed", "有签名的宏", "启用内容"),
    (IMPORT, {("HKCU", rf"{CLOUD}\Security", "VBAWarnings"): 4}, "failed", "禁用了所有宏", "IT"),
    (EITHER, {("HKCU", r"Software\Policies\Microsoft\Office\16.0\Common", "VBAOff"): 1}, "failed", "VBAOff", "IT"),
    (EITHER, {("HKLM", r"Software\Policies\Microsoft\Office\16.0\Common", "VBAOff"): 1}, "failed", "VBAOff", "excel lite"),
    (EITHER, {("HKCU", SECURITY, "DisableAllAddins"): 1}, "failed", "禁用了所有应用程序加载项", "信任中心"),
    (EITHER, {("HKCU", rf"{POLICY}\Security", "DisableAllAddins"): 1}, "failed", "禁用了所有应用程序加载项", "IT"),
    (EITHER, {("HKCU", SECURITY, "RequireAddinSig"): 1}, "failed", "有签名的加载项", "信任中心"),
    (EITHER, {("HKLM", rf"{POLICY}\Security", "RequireAddinSig"): 1}, "failed", "有签名的加载项", "IT"),
    (EITHER, {("HKCU", rf"{SECURITY}\Trusted Locations", "AllLocationsDisabled"): 1}, "failed", "受信任位置", "信任中心"),
    (EITHER, {("HKCU", rf"{POLICY}\Security\Trusted Locations", "AllLocationsDisabled"): 1}, "failed", "受信任位置", "IT"),
    (ADD_IN, {("HKCU", rf"{POLICY}\Resiliency\AddinList", "KPI-XL.xlam"): "0"}, "failed", "不允许加载项 kpi-xl.xlam", "IT"),
    (ADD_IN, {("HKCU", rf"{POLICY}\Resiliency", "RestrictToList"): 1}, "failed", "不允许加载项 kpi-xl.xlam", "IT"),
    (IMPORT, {("HKCU", rf"{POLICY}\Resiliency", "RestrictToList"): 1}, "failed", "不允许加载项 xlwings.xlam", "IT"),
    (EITHER, {("HKLM", rf"SOFTWARE\Policies\{DEFENDER}", RULE): "1"}, "failed", "Defender", "excel lite"),
    (EITHER, {("HKLM", rf"SOFTWARE\{DEFENDER}", RULE.lower()): 1}, "failed", "Defender", "排除项"),
    (EITHER, {("HKLM", rf"SOFTWARE\Policies\{DEFENDER}", RULE): "6"}, "warning", "Defender", "排除项"),
    (
        EITHER,
        {("HKLM", r"SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager", "ASRRules"): f"x=2|{RULE}=1|y=1"},
        "failed",
        "Defender",
        "IT",
    ),
    (EITHER, {("HKCU", r"Software\Policies\Microsoft\Windows\System", "DisableCMD"): 2}, "failed", "命令提示符", "IT"),
    (
        ADD_IN,
        {("HKCU", rf"{OFFICE}\Options", "OPEN1"): r'/R "C:\Tools\kpi-xl.xlam"'},
        "warning",
        r"另一处加载：/R",
        "取消勾选",
    ),
    (
        IMPORT,
        {("HKCU", rf"{OFFICE}\User MRU\AD_1\File MRU", "Item 1"): "[F00000000]*https://d.docs.live.net/1/考核.xlsm"},
        "warning",
        "考核.xlsm",
        "ADD_WORKBOOK_TO_PYTHONPATH",
    ),
]


@pytest.mark.parametrize(
    ("with_import", "changes", "state", "message", "remedy"),
    [(route, *rest) for routes, *rest in REGISTRY for route in routes],
)
def test_what_the_registry_tells(
    windows: Windows, with_import: bool, changes: Registered, state: str, message: str, remedy: str
) -> None:
    install(windows, with_import=with_import)
    found = _the_one(with_registry(windows, changes))
    assert found.state == state
    assert message in found.what.zh
    assert found.remedy is not None
    assert remedy in found.remedy.zh
    assert found.what.en.isascii() or "考核" in found.what.en or "张三" in found.what.en


@pytest.mark.parametrize(
    "changes",
    [
        {("HKCU", SECURITY, "AccessVBOM"): 0},
        {("HKCU", rf"{POLICY}\Security", "AccessVBOM"): 0},
        {("HKCU", SECURITY, "VBAWarnings"): 4},
        {("HKLM", rf"{POLICY}\Security", "VBAWarnings"): 3},
        {("HKLM", rf"SOFTWARE\Policies\{DEFENDER}", RULE): "2"},  # audit
        {("HKLM", rf"SOFTWARE\Policies\{DEFENDER}", RULE): "0"},
        {("HKCU", rf"{POLICY}\Resiliency", "RestrictToList"): 1, ("HKCU", rf"{POLICY}\Resiliency\AddinList", "kpi-xl.xlam"): "1"},
        {("HKCU", rf"{OFFICE}\Options", "OPEN"): r'"C:\Tools\solver.xlam"'},
        {("HKCU", rf"{OFFICE}\File MRU", "Item 1"): "[F00000000]*https://d.docs.live.net/1/考核.xlsm"},
        {("HKCU", r"Software\Microsoft\Office\15.0\Excel\Security", "DisableAllAddins"): 1},  # of another Excel
    ],
)
def test_what_does_not_concern_the_add_in(windows: Windows, changes: Registered) -> None:
    """It needs no trust to VBA projects; its folder is trusted whatever is set for macros."""
    install(windows)
    assert _ill(with_registry(windows, changes)) == []


def test_without_trusted_places_the_setting_for_macros_holds(windows: Windows) -> None:
    install(windows)
    off: Registered = {
        ("HKCU", rf"{SECURITY}\Trusted Locations", "AllLocationsDisabled"): 1,
        ("HKCU", SECURITY, "VBAWarnings"): 4,
    }
    assert [("受信任位置" in one.what.zh, "禁用了所有宏" in one.what.zh) for one in _ill(with_registry(windows, off))] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("version", ["14", "15", "17"])
def test_the_keys_of_the_version_that_is_installed(windows: Windows, version: str) -> None:
    install(windows)
    key = rf"Software\Microsoft\Office\{version}.0\Excel\Security"
    other = with_registry(
        windows,
        {("HKCR", r"Excel.Application\CurVer", ""): f"Excel.Application.{version}", ("HKCU", key, "DisableAllAddins"): 1},
    )
    assert "禁用了所有应用程序加载项" in _the_one(other).what.zh
    without = {("HKCR", r"Excel.Application\CurVer", ""): None, ("HKCU", SECURITY, "AccessVBOM"): None}
    if version == "15":
        assert "禁用了所有" in _the_one(with_registry(windows, {**without, ("HKCU", key, "DisableAllAddins"): 1})).what.zh


# --- bits and the DLL -------------------------------------------------------------------------------------------------------

BITS: list[tuple[Registered, int]] = [
    ({("HKLM", CLICK_TO_RUN, "Platform"): "x86"}, 32),
    ({("HKLM", CLICK_TO_RUN, "Platform"): None, ("HKLM", r"SOFTWARE\Microsoft\Office\16.0\Outlook", "Bitness"): "x64"}, 64),
    (
        {
            ("HKLM", CLICK_TO_RUN, "Platform"): None,
            ("HKLM", r"SOFTWARE\WOW6432Node\Microsoft\Office\16.0\Outlook", "Bitness"): "x86",
        },
        32,
    ),
    ({("HKLM", CLICK_TO_RUN, "Platform"): None, ("HKCR", SERVER, ""): r"C:\Program Files (x86)\Office\EXCEL.EXE"}, 32),
    (
        {
            ("HKLM", CLICK_TO_RUN, "Platform"): None,
            ("HKLM", r"SOFTWARE\Microsoft\Office\15.0\ClickToRun\Configuration", "Platform"): "x64",
        },
        64,
    ),
    (
        {
            ("HKCR", SERVER, ""): None,
            ("HKCR", rf"WOW6432Node\CLSID\{EXCEL}\LocalServer32", ""): r"C:\x\EXCEL.EXE",
            ("HKLM", CLICK_TO_RUN, "Platform"): "x86",
        },
        32,
    ),
]


@pytest.mark.parametrize(("changes", "bits"), BITS)
def test_the_dll_must_have_the_bits_of_excel(windows: Windows, changes: Registered, bits: int) -> None:
    install(windows)
    other = 96 - bits
    for file in windows.python.parent.glob(f"xlwings{other}*"):
        file.unlink()
    assert _ill(with_registry(windows, changes)) == []
    for file in windows.python.parent.glob("xlwings*"):
        file.rename(file.with_name(file.name.replace(str(bits), str(other))))
    found = _the_one(with_registry(windows, changes))
    assert f"没有 xlwings{bits}-" in found.what.zh
    assert f"只有 xlwings{other}-" in found.what.zh


def test_where_the_bits_are_not_known_both_must_be_there(windows: Windows) -> None:
    install(windows)
    unknown = with_registry(windows, {("HKLM", CLICK_TO_RUN, "Platform"): None})
    assert _ill(unknown) == []
    next(iter(windows.python.parent.glob("xlwings32*"))).unlink()
    assert "没有 xlwings64-" in _the_one(unknown).what.zh


def test_a_dll_of_another_version_is_none(windows: Windows) -> None:
    install(windows)
    for file in windows.python.parent.glob("xlwings*"):
        file.rename(file.with_name(f"{file.name[:9]}-0.30.0.dll"))
    found = _the_one(windows)
    assert "只有 xlwings32-0.30.0.dll、xlwings64-0.30.0.dll" in found.what.zh
    assert found.remedy is not None
    assert "--force-reinstall" in found.remedy.zh


def test_in_an_environment_the_dll_lies_above_python(windows: Windows) -> None:
    scripts = windows.home / "env" / "Scripts"
    scripts.mkdir(parents=True)
    for name in ("python.exe", "pythonw.exe"):
        (scripts / name).touch()
    for file in windows.python.parent.glob("xlwings*"):
        shutil.copy(file, scripts.parent)
    environment = replace(windows, python=scripts / "python.exe")
    install(environment)
    assert _ill(environment) == []


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
    examine(windows, _noting(ran))
    assert ran == [str(other), str(windows.python)]


def test_an_add_in_that_was_copied_here_starts_any_python(windows: Windows) -> None:
    install(windows)
    windows.add_in.write_bytes(build_add_in(ANY_PYTHON))
    ran: list[str] = []
    found = [one for one in examine(windows, _noting(ran)) if one.state != "ok"]
    assert ["PATH 中的 pythonw" in one.what.zh for one in found] == [True]
    assert ran == ["python"]


def test_variables_of_the_environment_are_replaced(windows: Windows) -> None:
    named = replace(windows, environment={**windows.environment, "UserProfile": str(windows.home)})
    install(named)
    windows.add_in.write_bytes(build_add_in("%USERPROFILE%/Python/pythonw.exe"))
    assert _ill(named) == []


def test_a_python_of_the_store(windows: Windows) -> None:
    install(windows)
    windows.add_in.write_bytes(build_add_in(r"C:\Users\x\AppData\Local\Microsoft\WindowsApps\pythonw.exe"))
    first = _ill(windows)[0]
    assert "Microsoft Store" in first.what.zh
    assert first.remedy is not None
    assert "python.org" in first.remedy.zh


def test_a_python_that_the_code_page_cannot_name(tmp_path: Path) -> None:
    windows = make_windows(tmp_path, "李雷", "cp936")
    install(windows)
    found = _the_one(replace(windows, encoding="cp1252"))
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
    found = next(one for one in _ill(windows) if message in one.what.zh)
    assert found.state == state
    assert found.remedy is not None
    assert remedy in found.remedy.zh


def test_a_file_from_this_computer_is_not_blocked(windows: Windows) -> None:
    install(windows)
    Path(f"{windows.add_in}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=0\n", encoding="utf-8")
    assert _ill(windows) == []


@pytest.mark.parametrize("name", ["kpi-xl.xlam", "KPI函数入门.xlsx"])
@pytest.mark.parametrize("header", [b"\x02\x00\x00\x00\x40\x00\x00\x00", b"\x01\x00\x00"])
def test_what_excel_disabled_after_a_crash(windows: Windows, name: str, header: bytes) -> None:
    install(windows)
    item = header + f"c:\\users\\张三\\xlstart\\{name.lower()}\0".encode("utf-16-le")
    found = _the_one(with_registry(windows, {("HKCU", rf"{OFFICE}\Resiliency\DisabledItems", "1A2B3C"): item}))
    assert f"禁用了 {name}" in found.what.zh
    assert found.remedy is not None
    assert "禁用项目" in found.remedy.zh


def test_what_excel_disabled_of_others_is_theirs(windows: Windows) -> None:
    install(windows)
    item = b"\x02\x00\x00\x00" + "c:\\tools\\solver.xlam\0".encode("utf-16-le")
    assert _ill(with_registry(windows, {("HKCU", rf"{OFFICE}\Resiliency\DisabledItems", "1A2B3C"): item})) == []


def test_both_routes_are_told(windows: Windows) -> None:
    install(windows, with_import=True)
    windows.add_in.write_bytes(build_add_in(str(windows.interpreter)))
    found = _the_one(windows)
    assert (found.state, "两种方式都在" in found.what.zh) == ("warning", True)
    assert found.remedy is not None
    assert "kpi-xl excel uninstall" in found.remedy.zh


def test_the_entry_of_an_earlier_version_is_told(windows: Windows) -> None:
    install(windows)
    windows.configuration.write_bytes(f'"UDF MODULES","mine;{MODULE}"\r\n'.encode())
    assert any("会取代其他项目的函数" in one.what.zh for one in _ill(windows))


@pytest.mark.parametrize("variable", ["OneDrive", "OneDriveCommercial", "OneDriveConsumer"])
def test_onedrive(windows: Windows, variable: str) -> None:
    cloud = replace(windows, environment={**windows.environment, variable: str(windows.home)})
    install(cloud)
    found = _the_one(cloud)
    assert (found.state, "OneDrive" in found.what.zh) == ("warning", True)


@pytest.mark.parametrize(("allowed", "count"), [(None, 1), (1, 0)])
def test_a_start_folder_on_the_network(
    windows: Windows, monkeypatch: pytest.MonkeyPatch, allowed: int | None, count: int
) -> None:
    install(windows)
    folder = windows.start_folder

    monkeypatch.setattr(Windows, "start_folder", property(lambda _: _Shown(folder)))
    places = ("HKCU", rf"{SECURITY}\Trusted Locations", "AllowNetworkLocations")
    found = _ill(with_registry(windows, {places: allowed}))
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
            ("HKLM", rf"SOFTWARE\Policies\{DEFENDER}", RULE): "1",
        },
    )
    words = ("WPS", "没有勾选", "版本不同", "空行", "没有指定 Python", "Defender", "OneDrive")
    assert [next(word for word in words if word in one.what.zh) for one in _ill(sick)] == list(words)


def test_the_made_up_registry_is_like_windows() -> None:
    registry = FakeRegistry({**HEALTHY, ("HKCU", r"A\B\C", "N"): 1, ("HKCU", r"A\B", ""): "x"})
    assert registry.keys("HKCU", "a") == ("B",)
    assert registry.read("HKCU", r"a\b\c", "n") == 1
    assert registry.read("HKCU", r"a\b\c", "other") is None
