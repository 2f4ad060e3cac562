"""What the doctor reads in the registry of made-up computers: policies, settings, versions, and the bits of Excel."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kpi_xl.excel.install import install
from kpi_xl.excel.windows import Windows

from .made_up_windows import (
    CLICK_TO_RUN,
    EXCEL,
    HEALTHY,
    OFFICE,
    POLICY,
    SERVER,
    FakeRegistry,
    Registered,
    ill,
    make_windows,
    the_one,
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
    found = the_one(with_registry(windows, changes))
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
    assert ill(with_registry(windows, changes)) == []


def test_without_trusted_places_the_setting_for_macros_holds(windows: Windows) -> None:
    install(windows)
    off: Registered = {
        ("HKCU", rf"{SECURITY}\Trusted Locations", "AllLocationsDisabled"): 1,
        ("HKCU", SECURITY, "VBAWarnings"): 4,
    }
    assert [("受信任位置" in one.what.zh, "禁用了所有宏" in one.what.zh) for one in ill(with_registry(windows, off))] == [
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
    assert "禁用了所有应用程序加载项" in the_one(other).what.zh
    without = {("HKCR", r"Excel.Application\CurVer", ""): None, ("HKCU", SECURITY, "AccessVBOM"): None}
    if version == "15":
        assert "禁用了所有" in the_one(with_registry(windows, {**without, ("HKCU", key, "DisableAllAddins"): 1})).what.zh


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
    assert ill(with_registry(windows, changes)) == []
    for file in windows.python.parent.glob("xlwings*"):
        file.rename(file.with_name(file.name.replace(str(bits), str(other))))
    found = the_one(with_registry(windows, changes))
    assert f"没有 xlwings{bits}-" in found.what.zh
    assert f"只有 xlwings{other}-" in found.what.zh


def test_where_the_bits_are_not_known_both_must_be_there(windows: Windows) -> None:
    install(windows)
    unknown = with_registry(windows, {("HKLM", CLICK_TO_RUN, "Platform"): None})
    assert ill(unknown) == []
    next(iter(windows.python.parent.glob("xlwings32*"))).unlink()
    assert "没有 xlwings64-" in the_one(unknown).what.zh


def test_a_dll_of_another_version_is_none(windows: Windows) -> None:
    install(windows)
    for file in windows.python.parent.glob("xlwings*"):
        file.rename(file.with_name(f"{file.name[:9]}-0.30.0.dll"))
    found = the_one(windows)
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
    assert ill(environment) == []


def test_the_made_up_registry_is_like_windows() -> None:
    registry = FakeRegistry({**HEALTHY, ("HKCU", r"A\B\C", "N"): 1, ("HKCU", r"A\B", ""): "x"})
    assert registry.keys("HKCU", "a") == ("B",)
    assert registry.read("HKCU", r"a\b\c", "n") == 1
    assert registry.read("HKCU", r"a\b\c", "other") is None
