"""A small invented department: roster, exports of one month with known figures, and orders for the job."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kpi_xl.job import Order
from kpi_xl.periods import Period

NOW = dt.datetime(2025, 10, 8, 9, 30)
ROSTER_HEAD = ("工号", "姓名", "班组", "区域", "岗位", "主管", "入职日期", "状态", "考核方案", "方案变体")
STAFF = (
    ("001", "张三", "一组", "华东", "客服", "丁一", "2020-01-01", "在职", "", ""),
    ("002", "李四", "一组", "华东", "客服", "丁一", "2020-01-01", "在职", "", ""),
    ("003", "王五", "二组", "华南", "客服", "丁一", "2020-01-01", "在职", "", ""),
    ("009", "丁一", "管理组", "总部", "主管", "", "2018-01-01", "在职", "", ""),
)
TICKET_HEAD = ("工单编号", "客服", "班组", "客户", "工单类型", "是否紧急", "创建时间", "首次响应时间", "办结时间", "首次解决")


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a table as UTF-8 with a byte order mark, as Excel does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([head, *rows])
    return path


def write_roster(folder: Path, staff: Iterable[Sequence[object]] = STAFF) -> Path:
    return write_csv(folder / "花名册.csv", ROSTER_HEAD, staff)


def write_tickets(
    folder: Path,
    agents: Sequence[str] = ("001", "002", "003"),
    each: int = 10,
    *,
    teams: Sequence[str] = ("一组", "一组", "二组"),
) -> Path:
    """`each` tickets per agent in September 2025; the n-th agent resolves all but n of them at the first contact."""
    rows = []
    for place, agent in enumerate(agents):
        for number in range(each):
            created = dt.datetime(2025, 9, 1 + number, 9, 0)
            team = teams[place % len(teams)] if teams else ""
            rows.append(
                (
                    f"T{place:03}{number:04}", agent, team, f"C{place}{number}", "咨询", "否", created,
                    created + dt.timedelta(minutes=10 + place), created + dt.timedelta(hours=10),
                    "否" if number < place else "是",
                )
            )  # fmt: skip
    return write_csv(folder / "工单.csv", TICKET_HEAD, rows)


def order(folder: Path, *exports: Path, scheme: str = "appliance-agent", period: str = "2025-09", **options: Any) -> Order:
    """Ask for everything of one period, in this process."""
    asked = Order(exports, scheme, Period.parse(period), folder / "结果", NOW, workers=1)
    return replace(asked, **options)


def run_document(asked: Order) -> dict[str, Any]:
    """Return run.json of a finished order."""
    document: dict[str, Any] = json.loads((asked.folder / "run.json").read_text(encoding="utf-8"))
    return document


def totals(asked: Order) -> dict[str, str | None]:
    """Return the total of everybody in run.json."""
    return {entry["id"]: entry["total"] for entry in run_document(asked)["people"]}


def files_below(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by its path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
