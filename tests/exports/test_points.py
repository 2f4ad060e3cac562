"""Scores of quality checks: points of a hundred; what cannot be such is asked or told, never dropped in silence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kpi_xl.exports import read_exports

from .files import NOW, codes, write


def checks(folder: Path, scores: Sequence[str]) -> Path:
    return write(folder, "客服,质检日期,质检得分", *(f"A{i},2025-09-0{i + 1},{s}" for i, s in enumerate(scores)), name="质检.csv")


@pytest.mark.parametrize(
    ("scores", "ground"),
    [
        (["92", "85"], "read"), (["92", "0"], "read"), (["9", "85"], "read"), (["92分", "85分"], "read"), (["105", "85"], "read"),
        (["0.9", "85"], "guess"), (["9", "8.5"], "guess"), (["0.9", "0.85"], "open"), (["90%", "85%"], "guess"),
    ],
)  # fmt: skip
def test_points_of_a_hundred(tmp_path: Path, scores: list[str], ground: str) -> None:
    tables = read_exports([checks(tmp_path, scores)], now=NOW)
    assert [one.ground for one in tables.decisions if one.kind.code == "percent"] == [ground]


@pytest.mark.parametrize("score", ["105", "-3"])
def test_a_score_beyond_the_scale_is_told(tmp_path: Path, score: str) -> None:
    assert codes(read_exports([checks(tmp_path, [score, "85"])], now=NOW))["absurd_value"] == 1
    assert not codes(read_exports([checks(tmp_path, ["100", "0"])], now=NOW))["absurd_value"]
