"""A believable department for the tests of the summaries: 3 regions, 6 teams, some people awaiting ratings, one failed."""

from __future__ import annotations

import random
from decimal import Decimal

from kpi_xl.errors import Text
from kpi_xl.exports.model import SourceTable
from kpi_xl.issues import Care, Disposition, Issue
from kpi_xl.measures.model import MeasureRow
from kpi_xl.numbers import divide
from kpi_xl.people import Person
from kpi_xl.view.summarise import PersonSummary, failed_person, summarise_person

from .samples import flagship, sample_view

TEAMS = tuple((region, region + group) for region in ("华东", "华南", "华北") for group in ("一组", "二组"))
_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = (*"伟芳娜敏静丽强磊洋艳勇杰娟涛超", "秀英", "晓雯", "明轩", "子涵", "雨桐")
_SHARES = {"fcr": (74, 92), "csat": (84, 96), "repeat_complaint": (2, 8), "first_fix": (86, 97), "completeness": (93, 100)}
_MEANS = {"handling_hours.normal": (17, 29), "handling_hours.urgent": (3, 6), "professionalism": (75, 94), "knowledge": (12, 25)}


def sample_people(count: int = 60) -> list[PersonSummary]:
    """Summaries of `count` people, the same every time: about one in fifteen awaits a rating, the last one failed."""
    chance = random.Random(11)
    scheme = flagship()
    found = []
    for i in range(count - 1):
        region, team = TEAMS[i % len(TEAMS)]
        name = _FAMILY[i % len(_FAMILY)] + _GIVEN[(i * 7) % len(_GIVEN)]
        person = Person(f"{i + 1:04d}", name, team, region, "在线客服" if i % 3 else "电话客服")
        skill = chance.uniform(0.45, 0.97)
        counts = {
            "fcr": (int(180 * skill), 182), "csat": (int(78 * (0.55 + skill * 0.45)), 80),
            "repeat_complaint": (int(24 * (1.05 - skill)), 182), "first_fix": (int(38 * (0.5 + skill / 2)), 38),
            "completeness": (int(1092 * (0.8 + skill / 5)), 1092),
        }  # fmt: skip
        rated = {
            "professionalism": f"{55 + 42 * skill:.0f}",
            "collaboration": f"{50 + 45 * skill:.0f}",
            "knowledge": str(int(skill * 3)),
        }
        if i % 15 == 7:
            del rated["collaboration"]
        view = sample_view(person=person, counts=counts, rated=rated, history=[], with_evidence=i % 4 == 0)
        found.append(summarise_person(view, f"{team}/{person.id}_{name}.html", {"collaboration": "维修、物流部门"}))
    broken = Person("9999", "诸葛明", "华北二组", "华北", "在线客服")
    return [*found, failed_person(broken, scheme, "写入考核表时磁盘已满，请清理后重新运行同一命令")]


def team_measures() -> list[MeasureRow]:
    """Pooled rows by team, the same every time."""
    chance = random.Random(5)
    rows = []
    for _, team in TEAMS:
        for key, (low, high) in _SHARES.items():
            hits = int(1820 * chance.uniform(low, high) / 100)
            rows.append(MeasureRow("2025-09", "team", team, key, Decimal(hits), 1820, divide(hits, 1820), 1820, "ok"))
        for key, (low, high) in _MEANS.items():
            value = Decimal(f"{chance.uniform(low, high):.{0 if key == 'knowledge' else 2}f}")
            rows.append(MeasureRow("2025-09", "team", team, key, value, 300, value, 300, "ok"))
    return rows


def sample_sources() -> list[SourceTable]:
    """Three exports; rows used and set aside add up to the rows read."""

    def source(file: str, sheet: str | None, read: int, aside: int) -> SourceTable:
        return SourceTable(file, sheet, "0" * 64, read, read - aside, aside, 1, ("tickets",), {}, "gb18030")

    return [
        source("工单导出_2025Q3.csv", None, 32_418, 21_544),
        source("回访明细_202509.xlsx", "回访", 4_806, 37),
        source("维修完工_202509.xls", "Sheet1", 2_290, 12),
    ]


_REASONS: dict[str, tuple[Disposition, Care, str, str]] = {
    "duplicate": ("set_aside", "fold", "工单编号重复，内容完全相同", "已保留第一条；请检查导出条件是否重叠"),
    "unknown_agent": ("set_aside", "once", "客服不在花名册中", "在花名册中补上此人，或在映射文件中写明对应的工号"),
    "closed_before_created": ("kept", "each", "办结时间早于创建时间", "核对系统时间；此单不计入处理时效"),
}


def sample_issues() -> list[Issue]:
    """Forty-two faults of three kinds in one file."""

    def issue(code: str, row: int, column: str, value: str, count: int = 1, elsewhere: int = 0) -> Issue:
        fate, care, reason, remedy = _REASONS[code]
        return Issue(
            code,
            fate,
            "工单导出_2025Q3.csv",
            None,
            row,
            column,
            value,
            Text(reason, code),
            Text(remedy, code),
            count,
            care,
            elsewhere,
        )

    return [
        issue("duplicate", 212, "工单编号", "GD250900211"),
        issue("duplicate", 980, "工单编号", "GD250900978", 31),
        issue("unknown_agent", 77, "客服", "张伟2", 6),
        issue("closed_before_created", 1401, "办结时间", "2025/9/3 7:59", 4, 3),
    ]
