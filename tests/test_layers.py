"""Data flows one way: a room imports only rooms that come before it, and no core room imports a face."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "kpi_xl"

ARCHITECTURE = PACKAGE.parent / "docs" / "architecture.md"
"""Its tables are the rule: which rooms there are, what each may import, and the modules below all of them."""


DOCS = sorted(path.relative_to(PACKAGE.parent) for path in (PACKAGE.parent / "docs").glob("*.md"))
MOST_LINES = 450
MEDIAN_LINES = 10


def _table(title: str) -> dict[str, list[str]]:
    """Return the rows of the first table below a heading, by the name in their first cell."""
    section = ARCHITECTURE.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in rows}


VOCABULARY = set(_table("The vocabulary"))
MAY_IMPORT: dict[str, set[str]] = {
    room: {name.strip() for name in cells[0].split(",")} - {""} for room, cells in _table("The rooms").items()
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


def test_every_room_and_module_is_listed_and_drawn() -> None:
    rooms = {p.parent.name for p in PACKAGE.glob("[!_]*/__init__.py")}
    assert rooms == set(MAY_IMPORT)
    assert {p.stem for p in PACKAGE.glob("*.py")} - {"__init__"} == VOCABULARY
    drawn = (ARCHITECTURE.parent / "pictures" / "flow.svg").read_text(encoding="utf-8")
    assert not {room for room in rooms if f">{room}</text>" not in drawn}


def test_each_room_may_import_only_rooms_listed_before_it() -> None:
    listed = list(MAY_IMPORT)
    assert not {
        (room, other) for room, allowed in MAY_IMPORT.items() for other in allowed if other not in listed[: listed.index(room)]
    }


def test_modules_and_functions_are_short() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert not {str(path.relative_to(PACKAGE)) for path, text in texts.items() if text.count("\n") > MOST_LINES}
    functions = [node for text in texts.values() for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert statistics.median((node.end_lineno or 0) - node.lineno + 1 for node in functions) <= MEDIAN_LINES


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", *(str(p) for p in DOCS)])
def test_files_that_the_documentation_names_exist(page: str) -> None:
    text = (PACKAGE.parent / page).read_text(encoding="utf-8")
    named = {
        path.rstrip("/.")
        for path in re.findall(r"(?:kpi_xl|tests|docs|benchmarks|workbook_templates|report_templates)/[\w./+-]*\w", text)
    }
    assert not {path for path in named if not list(PACKAGE.parent.glob(path)) and not list(PACKAGE.parent.glob(path + ".*"))}
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert not {link for link in links if not ((PACKAGE.parent / page).parent / link).exists()}


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
