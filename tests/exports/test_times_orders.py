"""The order of day, month and a year of two digits: read with its evidence, declared, asked; guessed only where asked to be lenient."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.exports import Tables, read_exports
from kpi_xl.exports.load import read_what_can_be_read
from kpi_xl.exports.rows.date_order import order_of_sample

from ..command_line import kpi_xl
from .files import NOW, column, told, workbook, write

HEAD = "工单编号,客服,创建时间"


def orders(tables: Tables) -> list[tuple[str | None, str, str | None]]:
    return [(d.column, d.ground, d.answer) for d in tables.decisions if d.kind.code == "date_order"]


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["25-9-1", "25-9-2"], "ymd"), (["25-09-01", "25-09-02"], "ymd"), (["25/9/1 8:03"], "ymd"), (["24-12-31", "25-01-01"], "ymd"), (["25.09.03", "25.09.11"], "ymd"),
        (["25-09-01", "25-09-30"], "ymd"), (["25-09-25"], None), (["25-09-24", "25-09-25"], None), (["01-09-25", "02-09-25"], None), (["13-09-25"], "dmy"),
        (["09-13-25"], "mdy"), (["01/09/2025"], None), (["26/08/2025"], "dmy"), (["08/26/2025"], "mdy"), (["2025-09-01"], ""), (["12-09-01", "12-09-02"], None),
    ],
)  # fmt: skip
def test_what_the_values_tell(values: list[str], order: str | None) -> None:
    assert order_of_sample(values, {2024, 2025}) == order


@pytest.mark.parametrize("form", ["{}-{}-{}", "{}/{}/{}", "{}.{}.{}"])
@pytest.mark.parametrize("many", [2, 1500])
def test_a_year_of_two_digits_in_front(tmp_path: Path, form: str, many: int) -> None:
    lines = [f"T{i},张伟,{form.format(25, 9, i % 9 + 1)} 8:03" for i in range(many)]
    path = write(tmp_path, HEAD, *lines)
    tables = read_exports([path], period="2025-09", now=NOW)
    assert column(tables, "created_at")[:2] == [dt.datetime(2025, 9, 1, 8, 3), dt.datetime(2025, 9, 2, 8, 3)]
    assert orders(tables) == [("created_at", "read", "ymd")]
    (decision,) = told(tables)
    assert "25" in decision.evidence.zh


def test_a_workbook_with_such_years(tmp_path: Path) -> None:
    rows = [HEAD.split(","), ["T1", "张伟", "25-9-1 8:03"], ["T2", "张伟", "25-9-2 8:03"]]
    assert orders(read_exports([workbook(tmp_path, {"S": rows})], now=NOW)) == [("created_at", "read", "ymd")]


def test_a_year_that_is_not_this_one_is_asked(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,12-09-01", "T2,张伟,12-09-02")
    with pytest.raises(KpiError, match="分不清日和月") as refused:
        read_exports([path], period="2025-09", now=NOW)
    assert "ymd" in refused.value.remedy.zh
    assert orders(read_exports([path], period="2012-09", now=NOW)) == [("created_at", "read", "ymd")]


def test_dates_that_fit_both_are_guessed_where_that_is_wanted(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,01/09/2025", "T2,张伟,02/09/2025")
    with pytest.raises(KpiError, match="分不清日和月"):
        read_exports([path], now=NOW)
    tables, refused = read_what_can_be_read([path], now=NOW, lenient=True)
    assert refused == ()
    assert column(tables, "created_at")[0] == dt.datetime(2025, 9, 1)
    (decision,) = told(tables)
    assert (decision.kind.code, decision.ground, decision.answer, decision.header) == ("date_order", "guess", "dmy", "创建时间")
    assert decision.stops
    assert "01/09/2025" in decision.evidence.zh
    assert 'date_order = "mdy"' in decision.line("mdy")


def test_a_declared_order_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, "T1,张伟,01/09/2025")
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[export]]\ndate_order = "mdy"\n', encoding="utf-8")
    assert orders(read_exports([path], mapping=mapping, now=NOW)) == [("created_at", "declared", "mdy")]


@pytest.mark.parametrize("above", [0, 1500])
def test_the_date_that_tells_it_is_quoted(tmp_path: Path, above: int) -> None:
    usual = [f"T{i},张伟,0{i % 9 + 1}/09/2025" for i in range(above)]
    tables = read_exports([write(tmp_path, HEAD, *usual, "U,张伟,26/08/2025 8:03")], now=NOW)
    (decision,) = told(tables)
    assert (decision.ground, decision.answer) == ("read", "dmy")
    assert "26/08/2025" in decision.evidence.zh


def test_the_neighbour_is_the_evidence(tmp_path: Path) -> None:
    tables = read_exports([write(tmp_path, f"{HEAD},办结时间", "T1,张伟,26/08/2025,01/09/2025")], now=NOW)
    assert orders(tables) == [("created_at", "read", "dmy"), ("closed_at", "read", "dmy")]


def test_dates_with_the_year_in_front_are_not_told_of(tmp_path: Path) -> None:
    assert told(read_exports([write(tmp_path, HEAD, "T1,张伟,2025-09-01")], now=NOW)) == []


def test_a_numeric_date_below_others_is_read_only_where_it_tells_its_order(tmp_path: Path) -> None:
    lines = [f"T{i},张伟,2025-09-01 08:03:00" for i in range(1500)]
    tables = read_exports([write(tmp_path, HEAD, *lines, "U,张伟,9/13/2025", "V,张伟,9/3/2025")], now=NOW)
    assert column(tables, "created_at")[-1] == dt.datetime(2025, 9, 13)
    (issue,) = tables.issues()
    assert (issue.code, issue.value) == ("required_unparseable", "9/3/2025")


def test_the_command_reads_the_year_in_front(tmp_path: Path) -> None:
    path = write(
        tmp_path, f"{HEAD},办结时间,工单类型", "T1,张伟,25-9-1 8:03,25-9-1 9:03,咨询", "T2,张伟,25-9-2 8:03,25-9-2 9:03,咨询"
    )
    done = kpi_xl("measure", path, "--period", "2025-09", "--measure", "volume")
    assert "│ 张伟 │      2 │" in done.stdout
