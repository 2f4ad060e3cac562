"""What docs/templates.md says is what the engine reads."""

from __future__ import annotations

import re
from pathlib import Path

from kpi_xl.template.placeholders import Marker, parse_text

PAGE = Path(__file__).resolve().parents[2] / "docs" / "templates.md"


def test_every_notation_of_the_page_can_be_read() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\|", "|")
    found = [parse_text(notation) for notation in re.findall(r"`([^`]*\{\{[^`]*)`", text)]
    assert None not in found
    assert len(found) >= 12
    assert {content.kind for content in found if isinstance(content, Marker)} == {"for", "if", "else", "end"}
