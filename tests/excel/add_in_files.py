"""VBA projects that tests read, and the add-in under the type of a workbook: openpyxl knows its parts, but not its type."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path

from kpi_xl.excel.vba.project import Project, write_project

from ..conftest import require


def as_workbook(add_in: bytes, project: Project | None = None) -> bytes:
    """Return the same package as a macro-enabled workbook, with another VBA project if one is given."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(add_in)) as source, zipfile.ZipFile(target, "w") as package:
        for name in source.namelist():
            content = source.read(name)
            if name == "[Content_Types].xml":
                content = content.replace(b"ms-excel.addin.macroEnabled", b"ms-excel.sheet.macroEnabled")
            if name == "xl/vbaProject.bin" and project is not None:
                content = write_project(project)
            package.writestr(name, content)
    return target.getvalue()


def vba_of_package(data: bytes) -> bytes:
    """Return the VBA project of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read("xl/vbaProject.bin")


def oletools() -> None:
    require(importlib.util.find_spec("oletools") is not None, "oletools is not installed (uv sync --group engines)")


def vba_of(name: str) -> bytes:
    """Return the VBA project of a file that comes with xlwings."""
    found = importlib.util.find_spec("xlwings")
    assert found
    assert found.origin
    with zipfile.ZipFile(Path(found.origin).parent / name) as package:
        return package.read("xl/vbaProject.bin")
