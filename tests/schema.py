"""What the schemas of the Open XML SDK find wrong in a workbook."""

from __future__ import annotations

from pathlib import Path

from openxml_audit import FileFormat, OpenXmlValidator

VALIDATOR = OpenXmlValidator(file_format=FileFormat.OFFICE_2013, max_errors=0)


def mistakes(path: Path) -> list[str]:
    """Return the violations of the schema, without advice on style (strings in the cells instead of a table of strings)."""
    found = VALIDATOR.validate(str(path)).errors
    return [f"{e.part_uri} {e.path}: {e.description}" for e in found if e.severity.name == "ERROR"]
