"""A month of a carrier's installation orders, by the time they were archived: figures of each person against plain pandas."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from ..command_line import kpi_xl

pytestmark = pytest.mark.data

MAPPING = """basis = "archived"

[[export]]
file = "IMS*.xlsx"

[export.tickets.columns]
ticket_id = "工单编码"
agent = "施工人员"
team = "施工人所在班组"
created_at = "boss派单时间"
closed_at = "外线回单时间"
archived_at = "boss归档时间"
net_seconds = "工单历时"
overdue = "是否超时"

[export.tickets.meaning]
net_seconds = "hours"
"""


def by_hand(path: Path) -> dict[str, tuple[float, float, float]]:
    """Count, mean net hours and share of orders in time of each person, of the orders archived in February 2021."""
    orders = pd.read_excel(path, dtype=str, engine="calamine")
    archived = pd.to_datetime(orders["boss归档时间"])
    orders = orders[(archived >= "2021-02-01") & (archived < "2021-03-01")]
    found = {}
    for person, own in orders.groupby("施工人员"):
        in_time = (own["是否超时"] == "未超时").mean()
        found[str(person)] = (float(len(own)), float(own["工单历时"].astype(float).mean()), float(in_time))
    return found


def test_count_net_hours_and_on_time_rate_of_each_person(test_data: Path, tmp_path: Path) -> None:
    orders = test_data / "exports" / "IMS装机明细_202102.xlsx"
    mapping = tmp_path / "映射.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    measures = [word for name in ("volume", "net_hours", "on_time") for word in ("--measure", name)]
    done = kpi_xl("measure", orders, "--period", "2021年2月", "--mapping", mapping, "--json", *measures)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    found: dict[str, dict[str, float]] = {}
    for row in document["rows"]:
        found.setdefault(row["agent"], {})[row["measure"]] = row["value"]
    wanted = by_hand(orders)
    assert set(found) == set(wanted)
    assert sum(count for count, _, _ in wanted.values()) == 469
    for person, (count, hours, in_time) in wanted.items():
        own = found[person]
        assert own["volume"] == count, person
        assert own["net_hours"] == pytest.approx(hours, abs=1e-4), person
        assert own["on_time"] == pytest.approx(in_time, abs=1e-9), person
    assert document["issues"] == []


def test_by_creation_the_orders_of_earlier_months_are_left_out_and_told(test_data: Path) -> None:
    orders = test_data / "exports" / "IMS装机明细_202102.xlsx"
    done = kpi_xl("measure", orders, "--period", "2021-02", "--json", "--measure", "volume")
    document = json.loads(done.stdout)
    assert sum(row["value"] for row in document["rows"] if row["measure"] == "volume") == 394
    assert {issue["code"]: issue["count"] for issue in document["issues"]}["basis_left_out"] == 73
