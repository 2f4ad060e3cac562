"""What is read from the run.json of earlier periods."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_xl.job.history import earlier_results
from kpi_xl.periods import Period

PERSON = '{"people": [{"id": %s, "scheme": "s", "total": %s, "grade": "中级客服"}]}'


@pytest.mark.parametrize("text", [PERSON % ('"001"', '"NaN"'), PERSON % ('"001"', '"1e"'), '{"people": 1}', "[" * 100_000])
def test_a_run_that_cannot_be_read_says_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "2025-08").mkdir()
    (tmp_path / "2025-08/run.json").write_text(text, encoding="utf-8")
    assert earlier_results(tmp_path, Period.parse("2025-09")) == {}


def test_a_run_is_read_by_person_and_scheme(tmp_path: Path) -> None:
    (tmp_path / "2025-08").mkdir()
    (tmp_path / "2025-08/run.json").write_text(PERSON % ("[1]", '"86.40"'), encoding="utf-8")
    assert [*earlier_results(tmp_path, Period.parse("2025-09"))] == [("[1]", "s")]
