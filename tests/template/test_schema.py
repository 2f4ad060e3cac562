"""What filling writes is valid by the schemas of the Open XML SDK (package openxml-audit), wherever the template was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from openxml_audit import FileFormat, OpenXmlValidator

from kpi_xl.template import compile_template

from .books import VIEW, draw, every_feature, parts, repack, with_placeholder

VALIDATOR = OpenXmlValidator(file_format=FileFormat.OFFICE_2013, max_errors=0)


def mistakes(data: bytes, folder: Path) -> Counter[tuple[str, str]]:
    """Return the violations of the schema as (part, what), without advice on style."""
    path = folder / "book.xlsx"
    path.write_bytes(data)
    found = VALIDATOR.validate(str(path))
    return Counter((str(e.part_uri), e.description) for e in found.errors if e.severity.name == "ERROR")


def test_a_planted_mistake_is_found(tmp_path: Path) -> None:
    source = draw({"A1": "x", "A2": 1})
    sheet = parts(source)["xl/worksheets/sheet1.xml"]
    wrong = sheet.replace(b"<v>1</v></c>", b"<v>1</v><f>1</f></c>")
    assert wrong != sheet
    assert mistakes(repack(source, {"xl/worksheets/sheet1.xml": wrong}), tmp_path) - mistakes(source, tmp_path)


def test_every_feature_stays_valid(tmp_path: Path) -> None:
    source = every_feature()
    assert not mistakes(compile_template(source).render(VIEW), tmp_path) - mistakes(source, tmp_path)


@pytest.mark.parametrize("rows", [0, 1, 40])
def test_growing_sheets_stay_valid(rows: int, tmp_path: Path) -> None:
    source = draw(
        {
            "A1": "{{ name }}",
            "A2": "{{ for row in rows }}",
            "A3": "{{ row.text }}",
            "B3": "{{ row.number }}",
            "C3": "=B3*2",
            "D3": "{{ link: row.url | row.text }}",
            "A4": "{{ end }}",
            "C5": "=SUM(C3:C3)",
        }
    )
    items = [{"text": f"=甲<{n}>", "number": n / 3, "url": f"https://example.com/{n}"} for n in range(rows)]
    filled = compile_template(source).render({"name": "a&b\x07", "rows": items})
    assert not mistakes(filled, tmp_path) - mistakes(source, tmp_path)


@pytest.mark.data
@pytest.mark.slow
def test_real_files_stay_as_valid_as_they_were(test_data: Path, tmp_path: Path) -> None:
    """The first plain text of each file becomes a placeholder; whatever the file's own program did wrong may stay."""
    checked = 0
    for path in sorted(test_data.glob("templates/*.xlsx")):
        source = path.read_bytes()
        template, text = with_placeholder(source)
        out = compile_template(template).render({"x": text})
        assert not mistakes(out, tmp_path) - mistakes(source, tmp_path), path.name
        checked += 1
    assert checked
