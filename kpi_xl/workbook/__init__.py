"""Forms and other workbooks: built from schemes and layouts, filled by the compiled template engine, read back as schemes.

The functions here import openpyxl only when they run; filling (`kpi_xl.template`) never does.
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
    from kpi_xl.workbook.standard_reader import scheme_from_workbook

    return scheme_from_workbook(path)


def write_scheme_workbook(scheme: Scheme) -> bytes:
    """Return a workbook with the sheet 评级标准 alone, to be edited and given back as ``--scheme my.xlsx``."""
    from kpi_xl.workbook.build import build_standard

    return build_standard(scheme)


def form_template(scheme: Scheme, folder: Path) -> Path:
    """Return the form of a scheme: the file in ``workbook_templates`` when it fits, else one built into `folder`.

    A file fits when it was made for this very scheme (same rules, same variants): HR may have changed its looks, not its rules.
    """
    from kpi_xl.workbook.forms import form_template as find

    return find(scheme, folder)
