"""Which files of the package the cell functions need: for hosts that get a copy of the core instead of an installed package."""

from __future__ import annotations

from pathlib import Path

from kpi_xl.working_calendar import PACKED, packed

_PACKAGE = Path(__file__).resolve().parent.parent
_MODULES = (
    "__init__.py",
    "arguments.py",
    "cell_times.py",
    "cell_words.py",
    "cell_zones.py",
    "codec.py",
    "errors.py",
    "glossary.py",
    "issues.py",
    "nearest.py",
    "numbers.py",
    "people.py",
    "periods.py",
    "working_calendar.py",
)
_ROOMS = ("schemes", "standard", "scoring", "functions")
_ADVICE = tuple(f"view/{name}" for name in ("__init__.py", "advice.py", "advice.toml", "figures.py", "model.py", "words.py"))
_NOT_NEEDED = frozenset(
    {
        *("standard/read.py", "standard/sheet.py"),  # they need openpyxl
        *("functions/docs.py", "functions/core_files.py"),  # they make pages and packages
        *("standard/plan.py", "standard/rows.py", "standard/overview.py", "schemes/pages.py"),  # they write
    }
)


def core_files() -> dict[str, bytes]:
    """Return the files by their name inside the copy (``kpi_xl/numbers.py``), sorted: standard library only, no engine."""
    files = [_PACKAGE / name for name in (*_MODULES, *_ADVICE)]
    for room in _ROOMS:
        files += [path for path in (_PACKAGE / room).rglob("*") if path.suffix in (".py", ".toml")]
    files = [path for path in files if path.relative_to(_PACKAGE).as_posix() not in _NOT_NEEDED]
    copied = {f"kpi_xl/{path.relative_to(_PACKAGE).as_posix()}": path.read_bytes() for path in files}
    copied[f"kpi_xl/{PACKED}"] = packed().encode("ascii")
    return dict(sorted(copied.items()))
