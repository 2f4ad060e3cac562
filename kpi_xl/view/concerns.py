"""What is wrong with the data, as people read it: what they have to do, what was settled, every fault, every row accounted for.

What counts as a thing to do is decided in `kpi_xl.issues`; the page, 数据问题.xlsx, the console and run.json all say that number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpi_xl import glossary
from kpi_xl.issues import SHOWN, Concern, Issue, concerns
from kpi_xl.view import words
from kpi_xl.view.department import IssueDetailRow, IssueRow, IssueSheet, IssuesView, SourceRow, UnknownRow

if TYPE_CHECKING:  # these rooms bring DuckDB along, which rendering does not need
    from kpi_xl.exports.model import SourceTable, UnknownPerson
    from kpi_xl.view.summarise import Cohort


@dataclass(frozen=True)
class Every:
    """All issues: how many of each kind, and the issues of a kind one after the other."""

    sizes: Mapping[str, int]
    of: Callable[[str], Iterator[Issue]]


TO_DO = "#to-do"
"""Where the page lists what is to be done."""
UNKNOWN_SHEET = "花名册外的人"
_DISPOSITIONS = {"set_aside": f"{glossary.SET_ASIDE}，不计入", "kept": "保留，已计入"}
_FATES = {"basis_left_out": "归入别的周期，不计入本期"}
"""Kinds of which the usual words would be wrong."""
_NO_LETTER = re.compile(r"\W+")
_TITLE = 24
_COLUMNS = 3
_OTHER_SHEETS = ("概览", UNKNOWN_SHEET, "行数核对", "明细")
_UNKNOWN = "unknown_agent"


def to_do_rows(issues: Sequence[Issue]) -> tuple[IssueRow, ...]:
    """Return what somebody has to decide or mend, the decisions first, then what concerns the most rows."""
    found = concerns(issues)
    sheets = _titles(found)
    things = [one for one in found if one.to_do]
    return tuple(_row(one, number, sheets) for number, one in enumerate(things, start=1))


def settled_rows(issues: Sequence[Issue]) -> tuple[IssueRow, ...]:
    """Return what nobody has to do anything about: it was settled, or concerns other months and other people."""
    found = concerns(issues)
    sheets = _titles(found)
    return tuple(_row(one, 0, sheets) for one in found if not one.to_do)


def to_do_text(things: int) -> str:
    """Say how many things there are to do."""
    return f"需要您处理 {things:,} 处" if things else "没有需要您处理的问题"


def _titles(found: Iterable[Concern]) -> dict[str, str]:
    """Return the sheet of each kind whose faults are listed, in the order of what is to be done first."""
    titles: dict[str, str] = {}
    for one in found:
        if one.care == "fold" or one.code in titles:
            continue
        title = wanted = _NO_LETTER.sub("", one.heading)[:_TITLE] or one.code[:_TITLE]
        number = 1
        while title in _OTHER_SHEETS or title in titles.values():
            number += 1
            title = f"{wanted}{number}"
        titles[one.code] = title
    return titles


def _row(one: Concern, number: int, sheets: dict[str, str]) -> IssueRow:
    several, sheet = one.reasons > 1, sheets.get(one.code, "")
    return IssueRow(
        number=number,
        anchor=f"to-do-{number}" if number else "",
        heading=one.heading,
        file="、".join(one.files),
        sheet=one.sheet,
        reason=f"{one.reason.zh}（另有 {one.reasons - 1} 种情况）" if several else one.reason.zh,
        count=one.ours if number else one.count,
        elsewhere_text=_elsewhere(one) if number or one.care in ("each", "once") else "",
        place_text=_places(one),
        listed_on=sheet or words.DASH,
        link=f"#'{sheet}'!A1" if sheet else "#概览!A1",
        disposition=one.disposition,
        disposition_text=_fate(one),
        remedy=_remedy(one, sheet),
    )


def _fate(one: Concern | Issue) -> str:
    return _FATES.get(one.code) or _DISPOSITIONS[one.disposition]


def _elsewhere(one: Concern) -> str:
    """Say how many rows are no fault of this month."""
    return f"另有 {one.elsewhere:,} 行属于其他月份或不在花名册的人，不算本期的问题" if one.elsewhere else ""


def _places(one: Concern) -> str:
    """Name the first rows and their columns, or the values where they say more: people, teams."""
    count = one.ours or one.count
    if one.care == "once" or not one.rows:
        values = "、".join(value if len(value) <= _TITLE else f"{value[:_TITLE]}…" for value in one.values)
        return values + (" 等" if count > len(one.values) > 0 and (one.code != _UNKNOWN or len(one.values) == SHOWN) else "")
    columns = "、".join(f"“{column}”" for column in one.columns[:_COLUMNS])
    return f"{columns}第{'、'.join(map(str, one.rows))}行" + ("等" if count > len(one.rows) else "")


def _remedy(one: Concern, sheet: str) -> str:
    if one.code == _UNKNOWN:
        return f"应参加考核的，请加入花名册，或更正导出中的姓名、工号；不属于本部门的，无需处理。名单见“{UNKNOWN_SHEET}”"
    return f"逐行的原因和建议见 数据问题.xlsx 的“{sheet}”" if one.reasons > 1 else one.remedy.zh


def build_issues(
    cohort: Cohort,
    every: Every | None = None,
    unknown: Sequence[UnknownPerson] = (),
) -> IssuesView:
    """Shape 数据问题.xlsx. `every` has all issues, of which the cohort has the first of each kind; None: it has them all."""
    issues = cohort.issues
    listed = every or Every(Counter(issue.code for issue in issues), lambda code: (i for i in issues if i.code == code))
    accounting = account(cohort.sources)
    found = concerns(issues)
    first = {one.code: one for one in reversed(found)}
    sheets = tuple(_sheet(first[code], title, listed) for code, title in _titles(found).items())
    things = to_do_rows(issues)
    return IssuesView(
        title="数据问题清单",
        period=str(cohort.period),
        period_label=cohort.period.label,
        to_do_text=to_do_text(len(things)),
        to_do_rows=things,
        settled_rows=settled_rows(issues),
        unknown_rows=tuple(
            UnknownRow(one.agent, one.name, one.near, one.rows_in_period, one.rows, "、".join(one.files)) for one in unknown
        ),
        unknown_text=_unknown_text(unknown),
        accounting=accounting,
        accounting_text=accounting_text(accounting),
        issued_at=cohort.issued_at,
        issued_text=words.moment_text(cohort.issued_at),
        detail=IssueSheet("", "", "", 0, ()),
        sheets=sheets,
    )


def _sheet(one: Concern, title: str, listed: Every) -> IssueSheet:
    note = "各行的原因和建议不同，见最后两列。" if one.reasons > 1 else f"{one.reason.zh}。{_remedy(one, title)}。"
    return IssueSheet(title, one.heading, note, listed.sizes[one.code], map(_detail, listed.of(one.code)))


def _detail(issue: Issue) -> IssueDetailRow:
    return IssueDetailRow(
        issue.file, issue.sheet or "", issue.row, issue.column or "", issue.value or "", issue.count,
        "" if issue.elsewhere < issue.count else "否", _fate(issue), issue.reason.zh, issue.advice.zh,
    )  # fmt: skip


def _unknown_text(unknown: Sequence[UnknownPerson]) -> str:
    if not unknown:
        return "导出里的人都在花名册中，或没有给出花名册。"
    inside, near = sum(one.rows_in_period > 0 for one in unknown), sum(bool(one.near) for one in unknown)
    return f"共 {len(unknown):,} 人，其中 {inside:,} 人在本期有记录；{near:,} 人与花名册上的人相近，没有合并，请核对。"


def account(sources: Sequence[SourceTable]) -> tuple[SourceRow, ...]:
    """Return the accounting of each source."""
    return tuple(SourceRow(s.file, s.sheet or "", s.rows_read, s.rows_used, s.rows_set_aside) for s in sources)


def accounting_text(rows: Sequence[SourceRow]) -> str:
    """Return the accounting of all sources in a sentence."""
    read, used, aside = (sum(getattr(row, key) for row in rows) for key in ("rows_read", "rows_used", "rows_set_aside"))
    if not rows:
        return "本次没有导入数据文件。"
    return f"共读取 {len(rows)} 个来源、{read:,} 行：采用 {used:,} 行，搁置 {aside:,} 行（含考核周期以外的记录）。"
