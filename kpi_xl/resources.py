"""Where the two template folders are: beside the package in a checkout, inside it when installed from a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def templates_folder(kind: Literal["workbook", "report"]) -> Path:
    """Return the folder of the workbook (.xlsx) or report (Jinja2) templates that belong to this installation."""
    installed = _PACKAGE / "_templates" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / f"{kind}_templates"
