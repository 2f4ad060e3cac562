"""The pages in docs/schemes are what the tool writes now, and they say where each number comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.schemes import list_schemes
from kpi_xl.schemes.pages import scheme_page, scheme_pages

DOCS = Path(__file__).parents[2] / "docs/schemes"


def test_the_pages_are_not_stale() -> None:
    pages = scheme_pages(list_schemes())
    written = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    assert written.keys() == pages.keys(), "run kpi-xl schemes --docs"
    for name, text in pages.items():
        assert written[name] == text, f"{name} is stale: run kpi-xl schemes --docs"


def test_the_command_writes_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["schemes", "--docs", "--out", str(tmp_path / "页")])
    assert result.exit_code == 0
    assert len(list((tmp_path / "页").glob("*.md"))) == len(list_schemes()) + 1


@pytest.mark.parametrize("scheme", list_schemes(), ids=lambda scheme: scheme.id)
def test_a_page_names_every_indicator_and_every_decision(scheme: object) -> None:
    chosen = next(one for one in list_schemes() if one is scheme)
    page = scheme_page(chosen)
    for indicator in (*chosen.indicators, *(i for variant in chosen.variants for i in variant.add)):
        assert f"| {indicator.name} | `{indicator.id}` |" in page
        for _, source in indicator.sources:
            assert source.note in page
    for grade in chosen.grades:
        assert f"| {grade.name} |" in page
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert all(line.count("|") - line.count("\\|") >= 3 for line in tables)
    assert "None" not in page
