"""``kpi-xl.xlam``: the cell functions for every workbook of Excel on Windows, without import and without trust to VBA projects."""

from __future__ import annotations


def build_add_in(interpreter: str) -> bytes:
    """Return kpi-xl.xlam: xlwings' own add-in template with our wrappers in its VBA project and its own conf sheet.

    `interpreter`: the Python to start (``INTERPRETER_WIN``). The same version of kpi-xl and xlwings and the same interpreter give
    the same bytes.
    """
    raise NotImplementedError(interpreter)
