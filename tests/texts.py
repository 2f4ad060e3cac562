"""All texts of the product that HR may read, with the place where each stands, and the second words found in them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kpi_xl.glossary import TERMS

ROOT = Path(__file__).resolve().parent.parent

Text = tuple[str, str]
"""The file, relative to the project, and the text."""


def product_texts() -> Iterator[Text]:
    """Yield the texts of Python (no docstrings, no comments), of TOML (no comments) and of the report templates."""
    for path in sorted((ROOT / "kpi_xl").rglob("*.py")):
        yield from ((_place(path), text) for text in literals(ast.parse(path.read_text(encoding="utf-8"))))
    for path in sorted((ROOT / "kpi_xl").rglob("*.toml")):
        yield from ((_place(path), text) for text in _values(tomllib.loads(path.read_text(encoding="utf-8"))))
    for path in sorted((ROOT / "report_templates").glob("*.j2")):
        source = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield from ((_place(path), text) for text in re.findall(r"[^<>{}\"'\n]+", source))


def second_words(text: str) -> list[str]:
    """Return what is wrong with a text, as sentences; empty where it uses the words of the glossary."""
    found = []
    for term in TERMS:
        bare = text
        for compound in term.compounds:
            bare = bare.replace(compound, "")
        found += [f"“{word}” should be “{term.word}”" for word in term.refused if word in bare]
        found += [f"“{word}” alone should be “{term.word}”" for word in term.refused_alone if text.strip() == word]
    return found


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def literals(tree: ast.Module) -> Iterator[str]:
    """Yield the string literals that are values, the fixed parts of f-strings among them; docstrings are statements."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def _values(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
