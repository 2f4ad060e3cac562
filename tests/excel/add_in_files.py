"""The add-in under the type of a workbook: openpyxl and LibreOffice know the parts, but not the type of an add-in."""

from __future__ import annotations

import io
import zipfile

from kpi_xl.excel.vba.project import Project, write_project


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
