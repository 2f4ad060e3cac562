"""Tests stand alone: what several need is in a helper module or a fixture, and text names only files that are here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
_NAMED = re.compile(r"\b[A-Z][A-Z_]{2,}\.md\b|(?<![\w./])docs/[\w./-]+\.md\b")
"""A document as text names it: ``README.md``, ``docs/collect.md``."""


def test_no_test_module_is_imported_by_another() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {node.module}"
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2].startswith("test_")
    ]
    assert not found, "move what they share into a helper module"


def test_every_document_that_is_named_is_here() -> None:
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "kpi_xl").rglob("*.py"), *TESTS.rglob("*.py")]
    named = {(path, name) for path in texts for name in _NAMED.findall(path.read_text(encoding="utf-8"))}
    assert named
    assert not [f"{path.relative_to(ROOT)}: {name}" for path, name in sorted(named) if not (ROOT / name).is_file()]
