"""Forms and other workbooks: built from schemes and layouts, filled by the compiled template engine.

The functions here import openpyxl only when they run; filling (`kpi_xl.template`) never does.
"""

from __future__ import annotations

from pathlib import Path

from kpi_xl.schemes.model import Scheme


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
