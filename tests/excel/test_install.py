"""Installing on Windows, checked on a made-up computer: what is written, what is mended, what is left behind (nothing)."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from kpi_xl.cli import excel_command
from kpi_xl.errors import KpiError
from kpi_xl.excel.add_in import build_add_in
from kpi_xl.excel.configuration import change_configuration, read_configuration
from kpi_xl.excel.install import install, uninstall, xlwings_source
from kpi_xl.excel.memory import read_memory
from kpi_xl.excel.windows import Windows
from kpi_xl.excel.wrappers import MODULE
from kpi_xl.outputs import put_output

from .made_up_windows import files_of, make_windows

ROUTES = pytest.mark.parametrize("with_import", [False, True], ids=["add-in", "import"])


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    return make_windows(tmp_path)


def _configured(windows: Windows) -> dict[str, str]:
    return read_configuration(windows.configuration, windows.encoding)


def _pythonw(windows: Windows) -> str:
    return str(windows.python.with_name("pythonw.exe"))


def _installed_by_an_earlier_version(windows: Windows, conf: bytes | None = None, add_in: bytes | None = None) -> None:
    """Leave what the versions before left that knew imports alone: the same files, by their code, and their memory."""
    settings: dict[str, str] = {}
    if conf is not None:
        windows.configuration.parent.mkdir(parents=True)
        windows.configuration.write_bytes(conf)
        settings = _configured(windows)
    windows.xlwings.parent.mkdir(parents=True, exist_ok=True)
    if add_in is not None:
        windows.former_xlwings.parent.mkdir(parents=True, exist_ok=True)
        windows.former_xlwings.write_bytes(add_in)
    remembered = {
        "interpreter": settings.get("INTERPRETER_WIN"), "had_add_in": add_in is not None, "had_configuration": conf is not None,
    }  # fmt: skip
    windows.memory.parent.mkdir(parents=True, exist_ok=True)
    windows.memory.write_text(json.dumps(remembered), encoding="utf-8")
    windows.xlwings.write_bytes(b"the add-in of an xlwings of then")
    listed = [name for name in settings.get("UDF MODULES", "").split(";") if name]
    settings |= {"UDF MODULES": ";".join([*listed, MODULE]), "INTERPRETER_WIN": r"C:\Old\pythonw.exe"}
    text = "".join(f'"{key}","{value}"\r\n' for key, value in settings.items())
    windows.configuration.write_bytes(text.encode(windows.encoding))
    put_output(windows.import_starter, b"the starter of then")


# --- the add-in -------------------------------------------------------------------------------------------------------------


def test_the_add_in_is_all_that_is_installed(windows: Windows) -> None:
    assert install(windows) == [windows.add_in, windows.starter]
    assert windows.add_in.read_bytes() == build_add_in(_pythonw(windows))
    assert windows.add_in.parent == windows.home / "AppData" / "Roaming" / "Microsoft" / "Excel" / "XLSTART"
    assert not windows.configuration.exists()
    assert not windows.xlwings.exists()


def test_xlwings_and_its_configuration_are_not_touched(windows: Windows) -> None:
    windows.configuration.parent.mkdir(parents=True)
    windows.configuration.write_bytes(b'"UDF MODULES","mine"\n')
    windows.xlwings.parent.mkdir(parents=True)
    windows.xlwings.write_bytes(b"an add-in of the user's own")
    before = files_of(windows)
    install(windows)
    after = files_of(windows)
    assert {name: after[name] for name in before} == before
    uninstall(windows)
    assert files_of(windows) == before


def test_an_add_in_of_our_name_that_somebody_copied_there_comes_back(windows: Windows) -> None:
    windows.add_in.parent.mkdir(parents=True)
    windows.add_in.write_bytes(b"copied by hand")
    before = files_of(windows)
    install(windows)
    install(windows)
    assert windows.add_in.read_bytes() == build_add_in(_pythonw(windows))
    uninstall(windows)
    assert files_of(windows) == before


# --- importing --------------------------------------------------------------------------------------------------------------


def test_importing_tells_xlwings_the_python_and_leaves_the_modules_alone(windows: Windows) -> None:
    assert install(windows, with_import=True) == [windows.xlwings, windows.configuration, windows.import_starter]
    assert windows.xlwings.read_bytes() == xlwings_source().read_bytes()
    assert _configured(windows) == {"INTERPRETER_WIN": _pythonw(windows)}
    assert not windows.add_in.exists()


def test_what_the_user_had_comes_back(windows: Windows) -> None:
    windows.configuration.parent.mkdir(parents=True)
    windows.configuration.write_bytes(
        '"UDF MODULES","mine;other"\n# 说明\n"INTERPRETER_WIN","C:\\Mine\\pythonw.exe"\n"SHOW CONSOLE","True"\n'.encode("gbk")
    )
    windows.xlwings.parent.mkdir(parents=True)
    windows.xlwings.write_bytes(b"an add-in of the user's own")
    before = files_of(windows)
    install(windows, with_import=True)
    install(windows, with_import=True)
    first, *rest = windows.configuration.read_bytes().splitlines(keepends=True)
    assert b"".join(rest) == before[".xlwings/xlwings.conf"]  # a bad line misleads those below it: ours goes to the top
    assert _pythonw(windows).encode("gbk") in first
    assert _configured(windows)["INTERPRETER_WIN"] == _pythonw(windows)
    uninstall(windows)
    assert files_of(windows) == before


def test_what_the_user_changed_meanwhile_stays(windows: Windows) -> None:
    windows.configuration.parent.mkdir(parents=True)
    windows.configuration.write_bytes(b'"SHOW CONSOLE","True"\r\n')
    install(windows, with_import=True)
    change_configuration(windows.configuration, {"PYTHONPATH": "D:\\考核"}, windows.encoding)
    uninstall(windows)
    assert _configured(windows) == {"PYTHONPATH": "D:\\考核", "SHOW CONSOLE": "True"}
    assert [path.name for path in windows.configuration.parent.iterdir()] == ["xlwings.conf"]


# --- either route -----------------------------------------------------------------------------------------------------------


@ROUTES
def test_installing_twice_is_installing_once(windows: Windows, with_import: bool) -> None:
    install(windows, with_import=with_import)
    before = {name: content for name, content in files_of(windows).items() if "入门" not in name}
    install(windows, with_import=with_import)
    assert {name: content for name, content in files_of(windows).items() if "入门" not in name} == before


@ROUTES
@pytest.mark.parametrize("then", [False, True], ids=["then add-in", "then import"])
def test_uninstall_leaves_no_trace(windows: Windows, with_import: bool, then: bool) -> None:
    before = files_of(windows)
    install(windows, with_import=with_import)
    install(windows, with_import=then)
    removed = uninstall(windows)
    assert files_of(windows) == before
    assert not any(path.exists() for path in removed)
    assert not windows.starter.parent.exists()
    assert not windows.memory.parent.exists()


def test_importing_takes_the_place_of_the_add_in(windows: Windows) -> None:
    install(windows)
    install(windows, with_import=True)
    assert not windows.add_in.exists()
    assert not windows.starter.exists()
    memory = read_memory(windows)
    assert memory is not None
    assert (memory.own, memory.imports) == (False, True)


def test_a_starter_that_somebody_changed_stays(windows: Windows) -> None:
    install(windows, with_import=True)
    windows.import_starter.write_bytes(b"with functions imported")
    install(windows)
    assert windows.import_starter.read_bytes() == b"with functions imported"
    uninstall(windows)
    assert files_of(windows).keys() == files_of(make_windows(windows.home.parent / "other")).keys() | {"kpi-xl/KPI函数入门.xlsm"}


def test_uninstall_without_install_says_so(windows: Windows) -> None:
    with pytest.raises(KpiError, match="没有安装记录"):
        uninstall(windows)


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', '{"interpreter": nul'])
def test_a_damaged_memory_has_a_remedy(windows: Windows, content: str) -> None:
    windows.memory.parent.mkdir(parents=True)
    windows.memory.write_text(content, encoding="utf-8")
    for command in (install, uninstall):
        with pytest.raises(KpiError, match="安装记录损坏"):
            command(windows)


@pytest.mark.parametrize("held", ["kpi-xl.xlam", "xlwings.xlam"])
def test_an_open_excel_is_named_and_nothing_is_changed(windows: Windows, monkeypatch: pytest.MonkeyPatch, held: str) -> None:
    install(windows)
    install(windows, with_import=True)
    install(windows)
    before = files_of(windows)
    opened = Path.open

    def refuse(self: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if self.name == held and mode != "rb":
            raise PermissionError(13, "Permission denied")
        return opened(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", refuse)
    for command in (install, uninstall):
        with pytest.raises(KpiError, match="请关闭全部 Excel 窗口"):
            command(windows)
    monkeypatch.undo()
    assert files_of(windows) == before


# --- after an earlier version -----------------------------------------------------------------------------------------------


def test_our_module_leaves_the_configuration_of_an_earlier_version(windows: Windows) -> None:
    """What workbooks with imported functions need stays: the add-in of xlwings, of this version, and the Python."""
    _installed_by_an_earlier_version(windows)
    install(windows)
    assert _configured(windows) == {"INTERPRETER_WIN": _pythonw(windows)}
    assert windows.xlwings.read_bytes() == xlwings_source().read_bytes()
    assert windows.add_in.exists()
    assert not windows.import_starter.exists()


def test_other_modules_stay_there(windows: Windows) -> None:
    _installed_by_an_earlier_version(windows, b'"UDF MODULES","mine;other"\r\n"SHOW CONSOLE","True"\r\n')
    install(windows)
    assert _configured(windows)["UDF MODULES"] == "mine;other"
    assert _configured(windows)["SHOW CONSOLE"] == "True"


@ROUTES
@pytest.mark.parametrize(
    ("conf", "add_in"),
    [
        (None, None),
        (b'"UDF MODULES","mine"\r\n"INTERPRETER_WIN","C:\\Mine\\pythonw.exe"\r\n', b"of the user's own"),
        (b'"SHOW CONSOLE","True"\r\n', None),
    ],
)
def test_uninstall_after_an_upgrade_restores_what_was_before_the_first(
    windows: Windows, with_import: bool, conf: bytes | None, add_in: bytes | None
) -> None:
    before = files_of(windows)
    _installed_by_an_earlier_version(windows, conf, add_in)
    install(windows, with_import=with_import)
    uninstall(windows)
    expected = dict(before)
    if conf is not None:
        expected[".xlwings/xlwings.conf"] = conf
    if add_in is not None:
        expected["AppData/Roaming/Microsoft/Excel/XLSTART/xlwings.xlam"] = add_in
    assert files_of(windows) == expected


def test_uninstall_knows_the_memory_of_an_earlier_version(windows: Windows) -> None:
    before = files_of(windows)
    _installed_by_an_earlier_version(windows)
    uninstall(windows)
    assert files_of(windows) == before


# --- names beyond the code page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("user", "encoding"), [("李雷", "cp1252"), ("😀", "cp936"), ("Łukasz", "cp1252")])
@ROUTES
def test_a_python_that_the_code_page_cannot_name(tmp_path: Path, user: str, encoding: str, with_import: bool) -> None:
    """Without an 8.3 name nothing is changed, and it is said what to do; with one that one is used."""
    windows = make_windows(tmp_path, user, encoding)
    windows.configuration.parent.mkdir()
    windows.configuration.write_bytes(b'"PYTHONPATH","C:\\mine"\r\n')
    before = files_of(windows)
    with pytest.raises(KpiError, match="代码页") as caught:
        install(windows, with_import=with_import)
    assert caught.value.remedy is not None
    assert "python -m venv" in caught.value.remedy.zh
    assert files_of(windows) == before

    short = replace(windows, short_name=lambda _: r"C:\Users\A1B2~1\Python\pythonw.exe")
    install(short, with_import=with_import)
    if with_import:
        assert _configured(short) == {"PYTHONPATH": "C:\\mine", "INTERPRETER_WIN": r"C:\Users\A1B2~1\Python\pythonw.exe"}
    else:
        assert windows.add_in.read_bytes() == build_add_in(r"C:\Users\A1B2~1\Python\pythonw.exe")
    uninstall(short)
    assert files_of(windows) == before


def test_a_home_folder_in_the_code_page_is_written_as_it_is(tmp_path: Path) -> None:
    windows = make_windows(tmp_path, "李雷", "cp936")
    install(windows, with_import=True)
    assert _pythonw(windows).encode("gbk") in windows.configuration.read_bytes()


@pytest.mark.parametrize("how", ["path", "environment"])
def test_a_python_of_the_store_is_refused(tmp_path: Path, how: str) -> None:
    windows = make_windows(tmp_path)
    store = r"C:\Users\x\AppData\Local\Microsoft\WindowsApps\PythonSoftwareFoundation.Python.3.11_qbz5n2kfra8p0"
    if how == "path":
        windows = replace(windows, python=Path(store + r"\python.exe"))
    else:
        scripts = windows.home / "env" / "Scripts"
        scripts.mkdir(parents=True)
        (scripts.parent / "pyvenv.cfg").write_text(f"home = {store}\n", encoding="utf-8")
        windows = replace(windows, python=scripts / "python.exe")
    before = files_of(windows)
    with pytest.raises(KpiError, match="Microsoft Store"):
        install(windows)
    assert files_of(windows) == before


# --- the commands -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def here(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> Windows:
    """The made-up computer, in the place of this one."""
    monkeypatch.setattr("kpi_xl.excel.windows.this_computer", lambda: windows)
    return windows


@pytest.mark.parametrize(
    ("with_import", "says"), [(False, ("kpi-xl.xlam", "相符")), (True, ("xlwings.conf", "信任对 VBA 工程", "Import Functions"))]
)
@pytest.mark.usefixtures("here")
def test_the_command_says_what_is_left_to_do(
    capsys: pytest.CaptureFixture[str], with_import: bool, says: tuple[str, ...]
) -> None:
    excel_command.install(with_import=with_import)
    said = capsys.readouterr().out
    assert all(text in said for text in says)
    assert ("Import Functions" in said) == with_import


def test_who_imported_before_is_told_what_stays(here: Windows, capsys: pytest.CaptureFixture[str]) -> None:
    _installed_by_an_earlier_version(here)
    excel_command.install(with_import=False)
    assert "以前导入过函数的 .xlsm" in capsys.readouterr().out


def test_the_doctor_says_what_to_do(here: Windows, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        excel_command.doctor(json=False)
    assert left.value.exit_code == 1
    assert "✗ 函数没有安装\n    → " in capsys.readouterr().out
    with pytest.raises(typer.Exit):
        excel_command.doctor(json=True)
    found = json.loads(capsys.readouterr().out)
    assert {"state": "failed", "what": "函数没有安装"}.items() <= found[1].items()
    assert here.memory.exists() is False


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows these commands work")
@pytest.mark.parametrize(("command", "says"), [("install", "启动文件夹"), ("uninstall", "恢复"), ("doctor", "OneDrive")])
def test_elsewhere_the_commands_say_what_they_would_do_and_exit_2(command: str, says: str) -> None:
    code = "from kpi_xl.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "excel", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert "excel lite" in done.stderr
