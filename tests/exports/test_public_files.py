"""The public exports, with the built-in words alone: counts that anybody can count again in the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.exports import Tables, read_exports
from kpi_xl.exports.columns.draft import draft_mapping
from kpi_xl.periods import Period

from .files import NOW, check_balance, codes

pytestmark = pytest.mark.data


def load(test_data: Path, name: str, period: str) -> Tables:
    tables = read_exports([test_data / "exports" / name], period=Period.parse(period), now=NOW)
    check_balance(tables)
    return tables


def one(tables: Tables, query: str) -> tuple[object, ...]:
    row = tables.connection.execute(query).fetchone()
    assert row is not None
    return row


def test_call_centre(test_data: Path) -> None:
    tables = load(test_data, "call-centre.xlsx", "2021-Q1")
    assert tables.sources[0].tables == ("calls", "ratings")
    assert one(
        tables, "SELECT count(*), count(*) FILTER (answered), count(*) FILTER (resolved), count(DISTINCT agent) FROM calls"
    ) == (5000, 4054, 3646, 8)
    assert one(tables, "SELECT round(avg(wait_seconds), 2), min(talk_seconds) FROM calls WHERE answered")[0] == 67.52
    assert one(tables, "SELECT count(*), round(avg(rating), 2), min(scale) FROM ratings") == (4054, 3.4, 5.0)


def test_field_service(test_data: Path) -> None:
    tables = load(test_data, "IMS装机明细_202102.xlsx", "2021-02")
    assert one(tables, "SELECT count(*), min(kind), count(closed_at), count(first_response_at) FROM tickets") == (
        469,
        "安装",
        469,
        469,
    )
    assert one(tables, "SELECT agent, team, region, row FROM tickets ORDER BY row LIMIT 1") == (
        "汪安浩",
        "百色铁通_靖西驻点",
        "靖西县",
        2,
    )
    assert {"戚哲恩", "戚哲恩5"} & {a.id for a in tables.agents}


def test_contacts_with_ratings(test_data: Path) -> None:
    tables = load(test_data, "ecommerce-csat.csv", "2023-08")
    assert tables.sources[0].rows_read == 17_182
    assert one(tables, "SELECT count(*), count(DISTINCT agent), min(rating), max(rating) FROM ratings") == (
        17_182,
        1368,
        1.0,
        5.0,
    )
    assert codes(tables)["response_before_created"] == 635


def test_events_per_ticket(test_data: Path) -> None:
    tables = load(test_data, "incident-events.csv", "2016")
    assert one(tables, "SELECT count(*), count(DISTINCT ticket_id) FROM tickets") == (890, 890)
    assert codes(tables)["superseded"] + codes(tables)["duplicate"] == 5998 - 890


@pytest.mark.parametrize("name", ["help-desk.csv", "测试故障工单.csv", "IMS装机及时率报表.xls"])
def test_exports_without_an_agent_are_refused(test_data: Path, name: str) -> None:
    path = test_data / "exports" / name
    with pytest.raises(KpiError, match="客服（agent）") as refused:
        read_exports([path], now=NOW)
    assert f'file = "{name}"' in refused.value.remedy.zh
    assert "# agent = " in draft_mapping([path])


@pytest.mark.parametrize(
    ("name", "period", "read"),
    [
        ("IMS装机明细_202102.xlsx", "2021-02", {"created_at": "boss派单时间"}),
        ("call-centre.xlsx", "2021-Q1", {}),
        ("ecommerce-csat.csv", "2023-08", {}),
        ("incident-events.csv", "2016", {"created_at": "opened_at", "closed_at": "resolved_at", "urgent": "urgency"}),
    ],
)
def test_which_column_and_which_ticket_is_not_asked_of_files_that_tell(
    test_data: Path, name: str, period: str, read: dict[str, str]
) -> None:
    """派单 follows 受理 within seconds; 归档 and the record's own creation say less; a number has one creation time."""
    decisions = [d for d in load(test_data, name, period).decisions if d.kind.code in ("column", "rows")]
    assert [d for d in decisions if not d.settled] == []
    assert {d.column: d.answer for d in decisions}.items() >= read.items()
