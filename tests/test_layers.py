"""Data flows one way: a room imports only rooms that come before it, and no core room imports a face."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "kpi_xl"

VOCABULARY = {
    "arguments",
    "cell_times",
    "cell_words",
    "codec",
    "errors",
    "faults",
    "glossary",
    "issues",
    "lazy",
    "nearest",
    "numbers",
    "office",
    "people",
    "periods",
    "resources",
    "tables",
}
MAY_IMPORT: dict[str, set[str]] = {
    "ooxml": set(),
    "exports": set(),
    "measures": {"exports"},
    "schemes": set(),
    "scoring": {"schemes"},
    "view": {"exports", "measures", "schemes", "scoring"},
    "template": {"ooxml"},
    "drawing": {"schemes"},
    "standard": {"schemes", "drawing"},
    "workbook": {"schemes", "scoring", "view", "functions", "ooxml", "template", "drawing", "standard"},
    "page": {"view"},
    "demo": set(),
    "ledger": {"schemes", "scoring"},
    "collect": {"exports", "schemes", "scoring", "view", "ooxml", "template", "drawing", "standard", "workbook", "ledger"},
    "job": {
        *("exports", "measures", "schemes", "scoring", "view", "ooxml", "template", "drawing", "standard", "workbook", "page"),
        *("collect", "ledger"),
    },
    "functions": {"exports", "measures", "schemes", "scoring", "standard"},  # exports, measures: KPI_MEASURES, on its call only
    "excel": {"functions"},
    "calc": {"functions"},
    "cli": {
        *("exports", "measures", "schemes", "scoring", "view", "ooxml", "template", "drawing", "standard", "workbook", "page"),
        *("job", "demo", "functions", "excel", "calc", "ledger", "collect"),
    },
}


def _room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "kpi_xl" and len(parts) > 1 else None


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    rooms: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            rooms |= {room for alias in node.names if (room := _room(alias.name))}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] + ([f"kpi_xl.{a.name}" for a in node.names] if node.module == "kpi_xl" else [])
            rooms |= {room for name in names if (room := _room(name))}
    return rooms - {"__version__"}


def test_every_room_is_listed() -> None:
    rooms = {p.parent.name for p in PACKAGE.glob("[!_]*/__init__.py")}
    assert rooms == set(MAY_IMPORT)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    wrong = {
        f"{path.relative_to(PACKAGE)} imports {found}"
        for path in (PACKAGE / room).rglob("*.py")
        for found in _imports(path) - VOCABULARY - {room} - MAY_IMPORT[room]
    }
    assert not wrong


def test_the_vocabulary_imports_no_room() -> None:
    wrong = {name: found for name in VOCABULARY if (found := _imports(PACKAGE / f"{name}.py") - VOCABULARY)}
    assert not wrong


def test_nothing_imports_the_paid_parts_of_xlwings() -> None:
    paid = ("xlwings.pro", "xlwings.server", "xlwings.reports")
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [f"{node.module}.{a.name}" for a in node.names]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not [n for n in names if n.startswith(paid)], path


def test_score_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['kpi-xl', 'score', 'appliance-agent', 'fcr=0.82', '--json']\n"
        "from kpi_xl.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "heavy = {'pandas', 'duckdb', 'sqlglot', 'openpyxl', 'xlwings', 'numpy', 'jinja2', 'sqlalchemy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"fcr": "19.29"' in done.stdout


def test_a_worker_starts_without_the_heavy_libraries() -> None:
    """Workers of less than 100 MB make all the workbooks: DuckDB, SQLAlchemy, openpyxl and pandas stay in the main process."""
    heavy = ("duckdb", "numpy", "openpyxl", "pandas", "sqlalchemy", "sqlglot", "xlwings")
    code = f"import sys, kpi_xl.job.produce; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
