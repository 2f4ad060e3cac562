"""Reads and writes ``xlwings.conf``: lines of ``"KEY","value"`` in the computer's own encoding, as the add-in reads them."""

from __future__ import annotations

import locale
import re
from collections.abc import Mapping
from pathlib import Path

_LINE = re.compile(r'\s*"([^"]*)"\s*,\s*"([^"]*)"\s*')


def read_configuration(path: Path) -> dict[str, str]:
    """Return the settings by upper-case key; empty when there is no file."""
    if not path.exists():
        return {}
    text = path.read_text(encoding=locale.getencoding(), errors="replace")
    return {match[1].upper(): match[2] for line in text.splitlines() if (match := _LINE.fullmatch(line))}


def write_configuration(path: Path, settings: Mapping[str, str]) -> None:
    """Write the settings, in their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f'"{key}","{value}"\n' for key, value in settings.items())
    path.write_text(text, encoding=locale.getencoding())


def add_module(listed: str, module: str) -> str:
    """Return the value of ``UDF MODULES`` with the module in it; other modules stay."""
    modules = [name for name in listed.split(";") if name]
    return ";".join(modules if module in modules else [*modules, module])


def drop_module(listed: str, module: str) -> str:
    """Return the value of ``UDF MODULES`` without the module."""
    return ";".join(name for name in listed.split(";") if name and name != module)
