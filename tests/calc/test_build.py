"""The package itself: reproducible bytes, a type library, and a core that needs nothing but the standard library."""

from __future__ import annotations

import ast
import io
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from kpi_xl.calc.build import build_oxt
from kpi_xl.calc.install import find_unopkg, install_add_in
from kpi_xl.calc.types import write_types
from kpi_xl.errors import KpiError
from kpi_xl.functions import CATALOG
from kpi_xl.office import office_environment

from ..conftest import require


def test_the_same_bytes_twice() -> None:
    assert build_oxt() == build_oxt()


def test_all_parts_are_listed_and_well_formed() -> None:
    with zipfile.ZipFile(io.BytesIO(build_oxt())) as archive:
        names = set(archive.namelist())
        for name in names:
            if name.endswith((".xml", ".xcu")):
                ElementTree.fromstring(archive.read(name))
        manifest = archive.read("META-INF/manifest.xml").decode()
    assert names >= {"description.xml", "CalcAddIns.xcu", "Jobs.xcu", "kpixl.rdb", "kpi_functions.py"}
    assert all(f'full-path="{name}"' in manifest for name in ("CalcAddIns.xcu", "Jobs.xcu", "kpixl.rdb", "kpi_functions.py"))
    assert not any("__pycache__" in name or "/cli/" in name or "/excel/" in name for name in names)


def test_the_type_library_begins_as_unoidl_says() -> None:
    data = write_types(CATALOG)
    assert data[:8] == b"UNOIDL\xff\x00"
    offset, size = struct.unpack("<II", data[8:16])
    name_at, _ = struct.unpack("<II", data[offset : offset + 8])
    assert size == 1
    assert data[name_at : data.index(b"\x00", name_at)] == b"kpixl"


def test_what_runs_before_the_version_is_asked_is_old_syntax() -> None:
    """An older Python inside LibreOffice must come as far as to say so in the cell."""
    inside = ("__init__", "calc/__init__", "calc/names", "calc/ranges", "calc/results")
    with zipfile.ZipFile(io.BytesIO(build_oxt())) as archive:
        for name in ("kpi_functions.py", *(f"pythonpath/kpi_xl/{module}.py" for module in inside)):
            ast.parse(archive.read(name), name, feature_version=(3, 8))


def test_functions_take_ranges_as_calc_hands_them_over() -> None:
    """Tuples of rows, which a cache can compare, in place of lists."""
    wrong = [
        (function.name, example)
        for function in CATALOG
        for example in function.examples
        if function(*(_as_tuples(argument) for argument in example.arguments)) != example.result
    ]
    assert not wrong


def _as_tuples(value: Any) -> Any:
    return tuple(_as_tuples(part) for part in value) if isinstance(value, list) else value


def test_the_core_inside_runs_on_the_standard_library_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(build_oxt())) as archive:
        archive.extractall(tmp_path)
    code = (
        "import sys\n"
        f"sys.path.insert(0, {str(tmp_path / 'pythonpath')!r})\n"
        "from kpi_xl.functions import CATALOG, FUNCTIONS\n"
        "wrong = [f.name for f in CATALOG for e in f.examples if f(*e.arguments) != e.result]\n"
        "assert not wrong, wrong\n"
        "assert FUNCTIONS['KPI_MEASURES']([['a']], '2025') .startswith('本环境')\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_libreoffice_the_error_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr("kpi_xl.calc.install._PLACES", ())
    with pytest.raises(KpiError, match="kpi-xl calc build"):
        find_unopkg()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root is refused")
def test_root_is_told_to_use_an_ordinary_account(soffice: str) -> None:
    with pytest.raises(KpiError, match="root"):
        install_add_in()


@pytest.mark.office
def test_install_and_uninstall_for_an_ordinary_user(soffice: str, tmp_path: Path) -> None:
    """LibreOffice's own tool takes the package, lists it as registered, and gives it up again."""
    require(hasattr(os, "geteuid"), "not a POSIX system")
    home = tmp_path / "home"
    home.mkdir()
    # unopkg refuses root; another user needs a home of its own and a way into pytest's folders
    ordinary: list[str] = []
    if os.geteuid() == 0:
        require(shutil.which("setpriv") is not None, "setpriv (util-linux) is not installed")
        ordinary = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for folder in (home, tmp_path, *list(tmp_path.parents)[:3]):  # a worker of xdist has a folder more
            if folder.stat().st_uid == os.geteuid() and folder != Path(folder.anchor) / "tmp":
                folder.chmod(0o755)
        os.chown(home, 65534, 65534)
    package = home / "kpi-xl.oxt"
    package.write_bytes(build_oxt())
    tool = str(find_unopkg())

    def run(*arguments: str) -> str:
        environment = {"HOME": str(home), "PATH": office_environment()["PATH"], "LANG": "C.UTF-8"}
        done = subprocess.run([*ordinary, tool, *arguments], capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("add", "--force", "--suppress-license", str(package))
    listed = run("list")
    assert "org.kpixl.functions" in listed
    assert "is registered: yes" in listed
    run("remove", "org.kpixl.functions")
    assert "org.kpixl.functions" not in run("list")
