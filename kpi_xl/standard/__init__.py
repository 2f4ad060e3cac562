"""The sheet 评级标准: a scheme as tables that HR reads, changes and gives back.

`tables` says which tables and words there are, `rows` fills them, `plan` says where each number stands, `overview` is the printed
part, `sheet` draws all of it, `read` and `decode` make a scheme of it again. ``open_scheme(reference)`` loads a scheme wherever
it stands.
Only `sheet` and `read` import openpyxl; they are imported when they are needed.
"""

from __future__ import annotations

from pathlib import Path

from kpi_xl.arguments import Several, StrPath, read_names, read_reference, refuse
from kpi_xl.errors import Problem
from kpi_xl.schemes import apply_variants, load_scheme
from kpi_xl.schemes.model import Scheme


def open_scheme(reference: StrPath, variants: Several[str] = ()) -> Scheme:
    """Load a scheme wherever it stands: an id (``appliance-agent:technical``), a TOML file, or the sheet 评级标准 of a workbook.

    Raises KpiError with every problem, by key or by cell address, and for arguments that cannot be used.
    """
    problems: list[Problem] = []
    name = read_reference("reference", reference, problems)
    chosen = read_names("variants", variants, problems)
    refuse("load_scheme", problems)
    if not name.lower().endswith((".xlsx", ".xlsm")):
        return load_scheme(name, chosen)
    return apply_variants(read_scheme(Path(name)), chosen)


def read_scheme(path: Path) -> Scheme:
    """Read a scheme from the sheet 评级标准 of a workbook. Raises KpiError with cell addresses."""
    from kpi_xl.standard.read import scheme_from_workbook

    return scheme_from_workbook(path)
