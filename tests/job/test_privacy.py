"""No customer data in anything that is handed out: customers may be known by their telephone numbers."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from kpi_xl.job import run

from .samples import files_below, order, run_document, totals, write_csv

HEAD = ("客户电话", "客服", "班组", "评价时间", "题目", "评分", "回访状态")
PHONES = ("13912345678", "13987654321")


def _texts(content: bytes) -> bytes:
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return b"\n".join(package.read(name) for name in package.namelist())


@pytest.mark.parametrize("scheme", ["dealer-cs", "appliance-agent"])
@pytest.mark.parametrize("sheets", [1, 2])
def test_a_questionnaire_is_known_by_a_row_not_by_the_customer(tmp_path: Path, scheme: str, sheets: int) -> None:
    """The answers of a customer stay together, in one file as in two, and no number stands in any file."""
    answers = ((PHONES[0], (100, 100, 75, 100)), (PHONES[1], (0, 0, 25, 0)))
    rows = [
        (phone, "001", "一组", "2025-09-05 10:00", f"第{number}题", answer, "成功")
        for phone, given in answers
        for number, answer in enumerate(given, start=1)
    ]
    files = [write_csv(tmp_path / f"回访{n}.csv", HEAD, rows[n::sheets]) for n in range(sheets)]
    asked = order(tmp_path, *files, scheme=scheme)
    assert not run(asked).failed
    for name, content in files_below(asked.folder).items():
        found = re.findall(rb"139\d{8}", _texts(content))
        assert found == [], name
    if scheme == "dealer-cs":
        assert totals(asked) == {"001": "50.00"}  # (93.75 + 6.25) / 2
        (person,) = run_document(asked)["people"]
        place = "第 6 行" if sheets == 1 else "来源 1 第 4 行"
        assert [entry["record"] for entry in person["remedy"]] == [place]
