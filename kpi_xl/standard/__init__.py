"""The sheet 评级标准: a scheme as tables that HR reads, changes and gives back.

`tables` says which tables and words there are, `rows` fills them, `plan` says where each number stands, `overview` is the printed
part, `sheet` draws all of it, `read` and `decode` make a scheme of it again. ``open_scheme(reference)`` loads a scheme wherever
it stands.
Only `sheet` and `read` import openpyxl; they are imported when they are needed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kpi_xl.schemes import apply_variants, load_scheme
from kpi_xl.schemes.model import Scheme


def open_scheme(reference: str | os.PathLike[str], variants: Sequence[str] = ()) -> Scheme:
    """Load a scheme wherever it stands: an id (``appliance-agent:technical``), a TOML file, or the sheet 评级标准 of a workbook.

    Raises KpiError with every problem, by key or by cell address.
    """
    name = os.fspath(reference)
    if not name.lower().endswith((".xlsx", ".xlsm")):
        return load_scheme(reference, variants)
    return apply_variants(read_scheme(Path(name)), variants)


def read_scheme(path: Path) -> Scheme:
    """Read a scheme from the sheet 评级标准 of a workbook. Raises KpiError with cell addresses."""
    from kpi_xl.standard.read import scheme_from_workbook

    return scheme_from_workbook(path)
