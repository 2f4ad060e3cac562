"""Compiled templates, kept while the process lasts: each period, each summary fills the same few files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kpi_xl.errors import shown_name
from kpi_xl.template.compile import compile_template
from kpi_xl.template.render import Template


def compile_once(path: Path) -> Template:
    """Compile a workbook file; the same content under the same name only once. Raises KpiError like `compile_template`."""
    try:
        data = path.read_bytes()
    except OSError:
        return compile_template(path)  # which says what is wrong with the file
    return _compiled(data, shown_name(path))


@lru_cache(maxsize=32)
def _compiled(data: bytes, label: str) -> Template:
    return compile_template(data, label)
