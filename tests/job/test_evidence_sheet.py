"""The sheet 明细 of a workbook adds up to the figures on its form, by the method that the sheet itself states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from kpi_xl.job import run

from .samples import order, write_csv, write_roster

TICKETS = ("工单编号", "客服", "客户", "工单类型", "是否紧急", "创建时间", "办结时间", "首次解决", "已填必填项数", "必填项数")
RATINGS = ("工单编号", "客服", "客户", "评分", "回访时间", "回访状态")
REPAIRS = ("维修单号", "客服", "机身号", "完工时间")
Row = dict[str, object]


def exports(folder: Path) -> tuple[Path, ...]:
    """Uneven times, an open ticket, a repeated complaint, missing fields, a rating that does not count, a rework."""
    tickets, ratings, repairs = [], [], []
    for n in range(30):
        created = dt.datetime(2025, 9, 1 + n % 20, 8, n)
        closed = "" if n == 7 else created + dt.timedelta(minutes=100 + 137 * n)
        kind, customer = ("投诉", "C1") if n in (3, 12) else ("咨询", f"K{n}")
        urgent, flag = "是" if n % 5 == 0 else "否", "" if n == 4 else "是" if n % 3 else "否"
        tickets.append((f"T{n:03}", "001", customer, kind, urgent, created, closed, flag, 9 - n % 3, 9))
        state = "未接通" if n == 2 else "成功"
        ratings.append((f"T{n:03}", "001", customer, 1 + n % 5, created + dt.timedelta(days=2), state))
        repairs.append((f"R{n:03}", "001", f"M{n // 2 if n < 6 else n}", created))
    return (
        write_csv(folder / "工单.csv", TICKETS, tickets),
        write_csv(folder / "回访.csv", RATINGS, ratings),
        write_csv(folder / "维修.csv", REPAIRS, repairs),
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    folder = tmp_path_factory.mktemp("evidence")
    staff = [("001", "张三", "一组", "华东", "客服", "丁一", "2020-01-01", "在职", "", "")]
    asked = order(folder, *exports(folder), roster=write_roster(folder, staff), html=False)
    run(asked)
    return openpyxl.load_workbook(asked.folder / "一组" / "001_张三.xlsx", data_only=True)


def rows_of(book: Workbook) -> list[Row]:
    lines = list(book["明细"].iter_rows(values_only=True))
    start = next(n for n, line in enumerate(lines) if line[0] == "指标")
    return [dict(zip(map(str, lines[start]), line, strict=True)) for line in lines[start + 1 :] if line[0]]


def on_the_form(book: Workbook, key: str) -> float:
    sheet, _, cell = book.defined_names[f"in_{key.replace('.', '__')}"].attr_text.rpartition("!")
    value = book[sheet.strip("'")][cell.replace("$", "")].value
    assert isinstance(value, int | float), key
    return float(value)


def share(word: str) -> Callable[[list[Row]], float]:
    return lambda rows: sum(r["达标"] == word for r in rows) / sum(r["计入"] == "计入" for r in rows)


def mean(part: str) -> Callable[[list[Row]], float]:
    def of(rows: list[Row]) -> float:
        values = [r["数值"] for r in rows if r["分项"] == part and r["计入"] == "计入"]
        assert all(isinstance(value, int | float) for value in values)
        return sum(values) / len(values)  # type: ignore[arg-type]

    return of


def quotient(rows: list[Row]) -> float:
    return sum(r["分子"] or 0 for r in rows) / sum(r["分母"] or 0 for r in rows)  # type: ignore[misc]


METHODS: dict[str, tuple[str, Callable[[list[Row]], float]]] = {
    "fcr": ("首次问题解决率", share("达标")),
    "csat": ("客户满意度", share("达标")),
    "first_fix": ("一次修复率", share("达标")),
    "repeat_complaint": ("重复投诉率", share("未达标")),
    "completeness": ("工单信息完整性", quotient),
    "handling_hours.normal": ("工单处理时效", mean("普通工单")),
    "handling_hours.urgent": ("工单处理时效", mean("紧急工单")),
}


@pytest.mark.parametrize("key", METHODS)
def test_the_rows_give_the_figure_of_the_form(book: Workbook, key: str) -> None:
    name, method = METHODS[key]
    rows = [row for row in rows_of(book) if row["指标"] == name]
    assert any(row["计入"] == "计入" for row in rows)
    assert method(rows) == pytest.approx(on_the_form(book, key), abs=1e-9)


def test_numbers_have_their_unit_beside_them_and_no_reason_repeats_the_columns(book: Workbook) -> None:
    rows = rows_of(book)
    assert {row["单位"] for row in rows if row["指标"] == "工单处理时效" and row["数值"] is not None} == {"小时"}
    assert not [row for row in rows if row["计入"] == "计入" and row["说明"] and "观察期" not in str(row["说明"])]
    assert all(row["说明"] for row in rows if row["计入"] == "未计入")
    assert book["明细"].auto_filter.ref == f"A5:K{5 + len(rows)}"


def test_the_sheet_does_not_send_its_reader_to_itself(book: Workbook) -> None:
    above = [str(row[0]) for row in book["明细"].iter_rows(max_row=4, values_only=True)]
    assert not [line for line in above if "工作表" in line]
