"""The demo is reproducible, readable by other programs, believable, and has the faults in it that it declares."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter, defaultdict
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.demo import DemoFiles, write_demo
from kpi_xl.demo.dirt import RATES
from kpi_xl.demo.traffic import day_factor

Rows = list[dict[str, str]]


def _tickets(demo: DemoFiles) -> Rows:
    """Read the ticket export with the standard library: no title rows, blank rows or total."""
    with demo.exports[0].open(encoding="gb18030", newline="") as stream:
        lines = list(csv.reader(stream))
    return [dict(zip(lines[2], line, strict=True)) for line in lines[3:] if any(line) and line[0] != "合计"]


def _csv(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _moment(text: str) -> dt.datetime | None:
    return None if text in ("-", "?", "N/A") else dt.datetime.strptime(text, "%Y/%m/%d %H:%M")  # noqa: DTZ007


def _sheet_rows(path: Path, titles: int) -> list[dict[str, object]]:
    """Read every sheet of a workbook below its title rows; blank rows are left out."""
    rows: list[dict[str, object]] = []
    for sheet in openpyxl.load_workbook(path, read_only=True).worksheets:
        lines = list(sheet.iter_rows(values_only=True))
        header = [str(name) for name in lines[titles]]
        rows += [dict(zip(header, line, strict=False)) for line in lines[titles + 1 :] if any(v is not None for v in line)]
    return rows


@pytest.fixture(scope="module")
def tickets(demo: DemoFiles) -> Rows:
    return _tickets(demo)


@pytest.fixture(scope="module")
def roster(demo: DemoFiles) -> list[dict[str, object]]:
    return _sheet_rows(demo.roster, 1)


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first = write_demo(tmp_path / "a", agents=9)
    second = write_demo(tmp_path / "b", agents=9)
    other = write_demo(tmp_path / "c", agents=9, seed=7)
    names = sorted(path.name for path in first.folder.iterdir())
    assert len(names) == 10
    for name in names:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name
    assert (first.dirt, first.rows, first.unrated) == (second.dirt, second.rows, second.unrated)
    assert first.exports[0].read_bytes() != other.exports[0].read_bytes()


def test_ticket_export_looks_as_ticket_systems_write_it(demo: DemoFiles) -> None:
    lines = demo.exports[0].read_bytes().decode("gb18030").split("\r\n")
    assert lines[0] == "售后工单明细（2025-07-01 至 2025-09-30）"
    assert lines[2].startswith("工单编号,工单类型,")
    assert lines[-2].startswith(f"合计,{demo.rows['工单导出_2025Q3.csv']}条,")
    text = "\n".join(lines)
    assert "李䶮" in text
    with pytest.raises(UnicodeEncodeError):
        text.encode("gbk")


def test_size_and_ids(demo: DemoFiles, tickets: Rows) -> None:
    assert len(tickets) == demo.rows["工单导出_2025Q3.csv"]
    assert 8_000 <= len(tickets) <= 12_000
    assert all(row["工单编号"].startswith("00") for row in tickets)
    assert all(re.fullmatch(r"K\d{8}", row["客户编号"]) for row in tickets)  # pseudonyms, no telephone numbers
    assert any("/9/1 8:" in row["创建时间"] for row in tickets)


def test_every_kind_of_dirt_is_there_about_as_often_as_declared(demo: DemoFiles) -> None:
    files = {"ticket": 0, "cell": 0, "repair": 1, "rating": 2, "quality": 3, "contribution": 4}
    assert set(demo.dirt) == {*RATES, "contribution_same_name"}
    for kind, rate in RATES.items():
        expected = demo.rows[demo.exports[files[kind.partition("_")[0]]].name] * rate
        assert expected * 0.5 - 3 <= demo.dirt[kind] <= expected * 1.6 + 15, kind


def test_counts_of_ticket_dirt(demo: DemoFiles, tickets: Rows, roster: list[dict[str, object]]) -> None:
    known = {str(row["工号"]) for row in roster}
    seen: dict[str, dict[str, str]] = {}
    found: Counter[str] = Counter()
    for row in tickets:
        number, created, closed = row["工单编号"], _moment(row["创建时间"]), _moment(row["办结时间"])
        assert created is not None
        if number in seen:
            found["ticket_copy" if row == seen[number] else "ticket_update"] += 1
        else:
            seen[number] = row
            found["cell_unreadable_marker"] += row["首次响应时间"] in ("?", "N/A")
            found["cell_full_width"] += not row["联系次数"].isascii()
        found["ticket_no_agent"] += row["客服工号"] in ("", "-")
        found["ticket_unknown_agent"] += row["客服工号"] not in known and row["客服工号"] not in ("", "-")
        found["ticket_closed_before_created"] += closed is not None and closed < created
        found["ticket_outside_period"] += created.year < 2025 or created.month < 7
        found["ticket_absurd_year"] += created.year > 2100
    assert found == {kind: count for kind, count in demo.dirt.items() if kind in found}
    raw = demo.exports[0].read_bytes().decode("gb18030").split("\r\n")
    assert sum(not line.strip(",") for line in raw[:-1]) == demo.dirt["ticket_blank_row"]


def test_updates_come_after_the_older_state(tickets: Rows) -> None:
    last: dict[str, dict[str, str]] = {}
    for row in tickets:
        earlier = last.get(row["工单编号"])
        if earlier is not None and earlier != row:
            assert (earlier["工单状态"], earlier["办结时间"]) == ("处理中", "-")
            assert row["工单状态"] == "已办结" or int(row["联系次数"]) > int(earlier["联系次数"])
        last[row["工单编号"]] = row


def test_counts_of_dirt_in_the_other_files(demo: DemoFiles) -> None:
    _, repairs, ratings, quality, contributions = demo.exports
    rated = _sheet_rows(ratings, 2)
    reached = [row["评分"] for row in rated if row["回访状态"] == "成功接通"]
    assert sum(mark in ("-", "?", "0 - Unknown") for mark in reached) == demo.dirt["rating_missing_marker"]
    assert sum(isinstance(mark, str) and not mark.isascii() for mark in reached) == demo.dirt["rating_full_width"]
    assert len(rated) == demo.rows[ratings.name]
    done = _csv(repairs)
    assert len(done) == demo.rows[repairs.name]
    assert len(done) - len({row["维修单号"] for row in done}) == demo.dirt["repair_copy"]
    assert sum(row["机身号"] == "-" for row in done) == demo.dirt["repair_no_asset"]
    assert sum(row["员工工号"] == "009900" for row in done) == demo.dirt["repair_unknown_agent"]
    scores = [row["质检得分"] for row in _sheet_rows(quality, 1)]
    assert scores.count("-") == demo.dirt["quality_missing_score"]
    assert sum(isinstance(score, str) and score != "-" for score in scores) == demo.dirt["quality_full_width"]
    given = _csv(contributions)
    assert sum((row["贡献人"], row["班组"]) == ("王伟", "") for row in given) == demo.dirt["contribution_same_name"] > 0
    assert sum(row["采纳时间"] == "-" for row in given) == demo.dirt["contribution_rejected"]


def test_workbooks(demo: DemoFiles) -> None:
    book = openpyxl.load_workbook(demo.exports[2])
    assert book.sheetnames == ["7月", "8月", "9月"]
    assert [book["9月"][f"A{row}"].value for row in (1, 3)] == ["客户满意度回访明细", "工单编号"]
    assert isinstance(book["9月"]["D4"].value, dt.datetime)
    assert book.properties.modified == book.properties.created


def test_roster_has_the_difficult_people(demo: DemoFiles, roster: list[dict[str, object]]) -> None:
    names = Counter(row["姓名"] for row in roster)
    assert names["王伟"] == 2
    assert names["张伟"] == names["张伟2"] == names["李䶮"] == 1
    assert sum(names.values()) == len({row["工号"] for row in roster}) == 60
    assert Counter(row["状态"] for row in roster) == {"在职": 56, "试用": 2, "休假": 1, "离职": 1}
    assert Counter(row["方案变体"] for row in roster) == {None: 48, "technical": 12}
    assert len({row["区域"] for row in roster}) == 3
    assert set(Counter(row["班组"] for row in roster).values()) == {10}
    assert all(row["主管"] and isinstance(row["入职日期"], dt.datetime) for row in roster)


def test_some_have_no_rating_in_the_last_month_but_all_in_the_quarter(demo: DemoFiles) -> None:
    month, quarter = ({row["被考核人"] for row in _sheet_rows(path, 2)} for path in demo.ratings[-2:])
    assert [str(period) for period in demo.periods] == ["2025-07", "2025-08", "2025-09", "2025-Q3"]
    assert len(demo.unrated) == 3
    assert not month & set(demo.unrated)
    assert len(quarter) == 60
    # the one who left has no day of work in September
    assert len(month) == 60 - len(demo.unrated) - 1


def test_work_is_believable(demo: DemoFiles, tickets: Rows) -> None:
    assert 0.08 < sum(row["是否紧急"] == "是" for row in tickets) / len(tickets) < 0.12
    assert 0.05 < sum(row["预警时间"] != "-" for row in tickets) / len(tickets) < 0.25
    assert 0 < sum(row["工单状态"] == "处理中" for row in tickets) / len(tickets) < 0.05
    complaints = Counter(row["客户编号"] for row in tickets if row["工单类型"] == "投诉")
    assert sum(count - 1 for count in complaints.values() if count > 1) > 300
    repaired: defaultdict[str, set[str]] = defaultdict(set)
    for row in _csv(demo.exports[1]):
        repaired[row["机身号"]].add(row["维修单号"])
    assert sum(len(jobs) > 1 for jobs in repaired.values()) > 100
    nights = sum((_moment(row["创建时间"]) or dt.datetime.max).hour < 6 for row in tickets)  # noqa: DTZ901
    assert nights / len(tickets) < 0.02


def test_people_differ(tickets: Rows) -> None:
    solved: defaultdict[str, list[bool]] = defaultdict(list)
    for row in tickets:
        solved[row["客服工号"]].append(row["首次解决"] == "是")
    shares = sorted(sum(flags) / len(flags) for flags in solved.values() if len(flags) > 60)
    assert shares[0] < 0.6
    assert shares[-1] > 0.8


def test_seasonality() -> None:
    monday, sunday, makeup = dt.date(2025, 9, 22), dt.date(2025, 9, 21), dt.date(2025, 9, 28)
    assert day_factor(sunday) < day_factor(makeup) < day_factor(monday)
    assert day_factor(dt.date(2025, 10, 1)) < day_factor(dt.date(2025, 10, 15))
    assert day_factor(dt.date(2025, 8, 18)) > day_factor(dt.date(2025, 8, 11))


def test_one_month_without_workbooks(tmp_path: Path) -> None:
    demo = write_demo(tmp_path, months=1, agents=5, tickets_per_agent_month=20, workbooks=False)
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv"}
    assert [path.name for path in demo.ratings] == ["主管评分_202509.csv"]
    assert [str(period) for period in demo.periods] == ["2025-09"]
    assert demo.exports[0].name == "工单导出_202509.csv"
    assert sum(row["工单编号"].startswith("002509") for row in _tickets(demo)) > 50
