"""xlwings Lite: the wheel and main.py, in Pyodide under Node, with every function that needs no engine."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from kpi_xl.excel.lite import WHEEL, build_wheel, write_lite, write_main
from kpi_xl.functions import CATALOG

from ..conftest import require

PYODIDE = "0.29.0"
_STUB = """
import sys, types
xlwings = types.ModuleType("xlwings")
found = {}
def func(f=None, **options):
    def mark(f):
        found[f.__name__] = options
        return f
    return mark(f) if f else mark
xlwings.func = func
xlwings.arg = lambda name, **options: (lambda f: f)
xlwings.ret = lambda **options: (lambda f: f)
sys.modules["xlwings"] = xlwings
"""
_CHECK = """
import json
from kpi_xl.functions import CATALOG
wrong = [
    f"{f.name}: {e.formula(f.name)}" for f in CATALOG for e in f.examples
    if globals()[f.name](*e.arguments) != e.result or f.signature != inspect.signature(globals()[f.name])
]
heavy = sorted({"pandas", "numpy", "duckdb", "openpyxl"} & set(sys.modules))
report = json.dumps({"functions": sorted(found), "wrong": wrong, "heavy": heavy, "measures": KPI_MEASURES([["a"]], "2025")})
"""


def test_the_wheel_is_reproducible_and_its_record_is_right() -> None:
    data = build_wheel()
    assert data == build_wheel()
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        record = next(name for name in wheel.namelist() if name.endswith("RECORD"))
        lines = list(csv.reader(wheel.read(record).decode().splitlines()))
        assert {name for name, _, _ in lines} == set(wheel.namelist())
        for name, digest, size in lines:
            if name != record:
                content = wheel.read(name)
                assert hashlib.sha256(content).digest() == urlsafe_b64decode(digest.removeprefix("sha256=") + "=")
                assert len(content) == int(size)


def test_the_files_to_paste(tmp_path: Path) -> None:
    names = [path.name for path in write_lite(tmp_path)]
    assert names == ["main.py", "requirements.txt", WHEEL]
    compile((tmp_path / "main.py").read_text(encoding="utf-8"), "main.py", "exec")
    assert len(write_main()) < 250_000


def test_main_py_runs_without_the_package(tmp_path: Path) -> None:
    """In plain Python first: an interpreter that knows neither kpi-xl nor anything but the standard library."""
    program = tmp_path / "main.py"
    program.write_text(f"import inspect\n{_STUB}\n{write_main()}\n{_CHECK}\nprint(report)\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "-S", str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    _check(json.loads(done.stdout))


def _check(report: dict[str, object]) -> None:
    assert report["functions"] == sorted(function.name for function in CATALOG)
    assert report["wrong"] == []
    assert report["heavy"] == []
    assert str(report["measures"]).startswith("本环境")


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with npm's pyodide in it; KPI_XL_PYODIDE names one that is already there."""
    require(shutil.which("node") is not None and shutil.which("npm") is not None, "Node.js (node, npm) is not installed")
    given = os.environ.get("KPI_XL_PYODIDE")
    folder = Path(given) if given else tmp_path_factory.mktemp("pyodide")
    if not (folder / "node_modules" / "pyodide").is_dir():
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"pyodide@{PYODIDE}"],
            capture_output=True,
            text=True,
            check=False,
        )
        require(done.returncode == 0, f"npm cannot install pyodide: {done.stderr[-300:]}")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("way", ["wheel", "main.py"])
def test_in_pyodide(pyodide: Path, tmp_path: Path, way: str) -> None:
    write_lite(tmp_path)
    if way == "wheel":  # what installing a pure wheel does: its files go into site-packages
        start = (
            "import site, zipfile\n"
            f"zipfile.ZipFile('/given/{WHEEL}').extractall(site.getsitepackages()[0])\n"
            "import importlib.metadata\n"
            "assert importlib.metadata.version('kpi-xl-functions')\n"
            "from kpi_xl.excel.functions import *\n"
        )
    else:
        start = (tmp_path / "main.py").read_text(encoding="utf-8")
    program = tmp_path / "program.py"
    program.write_text(f"import inspect\n{_STUB}\n{start}\n{_CHECK}\nreport\n", encoding="utf-8")
    script = pyodide / "run.mjs"
    script.write_text(
        "import { loadPyodide } from 'pyodide';\n"
        "import { readFileSync } from 'node:fs';\n"
        "const [program, wheel, name] = process.argv.slice(2);\n"
        "const python = await loadPyodide();\n"
        "python.FS.mkdir('/given');\n"
        "python.FS.writeFile('/given/' + name, readFileSync(wheel));\n"
        "console.log(python.runPython(readFileSync(program, 'utf8')));\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["node", str(script), str(program), str(tmp_path / WHEEL), WHEEL],
        capture_output=True,
        text=True,
        check=False,
        cwd=pyodide,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    _check(json.loads(done.stdout))
