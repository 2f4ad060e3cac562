"""What the department's index, a team's page, 汇总.xlsx and 数据问题.xlsx show; shaped and ordered, no arithmetic left to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class PersonRow:
    """One person in a ranking. `rank` is shared by equal totals (1, 2, 2, 4) and None without a final total.

    `status` is final / pending / failed; `href` leads to the person's page, relative to the page that shows the row. `bonus`
    is money, None where the scheme pays none or while it cannot be computed.
    """

    rank: int | None
    rank_text: str
    id: str
    name: str
    team: str
    region: str
    position: str
    total: Decimal | None
    total_text: str
    grade: str | None
    grade_text: str
    coefficient: Decimal | None
    coefficient_text: str
    missing_text: str
    status: str
    href: str
    scheme: str
    scheme_name: str
    bonus: Decimal | None = None
    bonus_text: str = ""


@dataclass(frozen=True)
class GradeCount:
    """How many people have a grade. 待评 is counted as its own line, so the counts add up to the people. `share` is 0..1."""

    grade: str
    count: int
    share: Decimal
    share_text: str
    range_text: str
    scheme_name: str


@dataclass(frozen=True)
class AlertRow:
    """A ticket that was open for longer than 48 hours. Hours as text, because an open ticket keeps ageing."""

    ticket: str
    agent: str
    name: str
    team: str
    opened_text: str
    hours_text: str


@dataclass(frozen=True)
class MissingRow:
    """An indicator of a person that has no figure yet, why, and who has to supply it."""

    id: str
    name: str
    team: str
    indicator: str
    indicator_name: str
    reason: str
    waits_for: str


@dataclass(frozen=True)
class NotAppraisedRow:
    """A person of the roster who is not appraised in this period, and why (probation, left, no scheme)."""

    id: str
    name: str
    team: str
    reason: str


@dataclass(frozen=True)
class FigureCell:
    """A team's pooled figure of one indicator. `reached` None: there is no figure or no target to compare with."""

    text: str
    sample_text: str
    reached: bool | None
    reached_text: str


@dataclass(frozen=True)
class FigureColumn:
    """The head of a column of pooled figures."""

    indicator: str
    name: str
    target_text: str


@dataclass(frozen=True)
class TeamRow:
    """A team: its people and its pooled figures (sums of counts, never means of means), in the order of the columns.

    `bonus` adds up the bonuses of `paid` people; None when nobody has one.
    """

    team: str
    region: str
    people: int
    final: int
    mean_total_text: str
    cells: tuple[FigureCell, ...]
    href: str
    paid: int = 0
    bonus: Decimal | None = None
    bonus_text: str = ""


@dataclass(frozen=True)
class IssueRow:
    """A thing to do, or one that was settled: faults of one kind in one file (of a decision: in all files).

    `number` counts the things to do from 1 (0: settled), `anchor` is its place on the page. `count` are the rows that concern
    this period and roster, or all rows of what was settled; `elsewhere_text` says how many others there are. `place_text` names
    the first rows and values, `listed_on` the sheet of 数据问题.xlsx that lists them all (empty: none does), `link` leads there.
    """

    number: int
    anchor: str
    heading: str
    file: str
    sheet: str
    reason: str
    count: int
    elsewhere_text: str
    place_text: str
    listed_on: str
    link: str
    disposition: str
    disposition_text: str
    remedy: str


@dataclass(frozen=True)
class IssueDetailRow:
    """One fault as 数据问题.xlsx lists it: where it is, what was found, whether it concerns this period, what to do."""

    file: str
    sheet: str
    row: int | None
    column: str
    value: str
    count: int
    concerns_text: str
    disposition_text: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class IssueSheet:
    """Every fault of one kind: a sheet of 数据问题.xlsx, or several. `rows` (`size` of them) may be read once."""

    title: str
    heading: str
    note: str
    size: int
    rows: Iterable[IssueDetailRow]


@dataclass(frozen=True)
class UnknownRow:
    """Somebody in the exports whom the roster does not have, with the people of the roster who may be meant."""

    agent: str
    name: str
    near: str
    rows_in_period: int
    rows: int
    files: str


@dataclass(frozen=True)
class SourceRow:
    """Accounting of one source: `rows_used` + `rows_set_aside` = `rows_read`, always."""

    file: str
    sheet: str
    rows_read: int
    rows_used: int
    rows_set_aside: int


@dataclass(frozen=True)
class Headline:
    """One of the few figures at the top of the index. `href` leads to what it is about; empty: nowhere."""

    label: str
    value: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class SummaryView:
    """What the page of a team and that of the department have in common: ranking, pooled figures, alerts, what is missing."""

    title: str
    period: str
    period_label: str
    scheme_name: str
    headlines: tuple[Headline, ...]
    people_rows: tuple[PersonRow, ...]
    grade_rows: tuple[GradeCount, ...]
    columns: tuple[FigureColumn, ...]
    team_rows: tuple[TeamRow, ...]
    alert_rows: tuple[AlertRow, ...]
    missing_rows: tuple[MissingRow, ...]
    issued_at: dt.datetime
    issued_text: str
    confidential_text: str
    several_schemes: bool = False


@dataclass(frozen=True, kw_only=True)
class TeamView(SummaryView):
    """A team's page. It shows no money: a bonus concerns its person, HR and the head of the department."""

    team: str
    region: str


@dataclass(frozen=True, kw_only=True)
class DepartmentView(SummaryView):
    """The department's index and 汇总.xlsx: every person, team, alert and gap of one period.

    `meanings` are sentences about what the data were taken to mean, where a person declared it or it is not the usual.
    `pays`: a scheme in use pays a bonus from a base of its own; `bonus_total` adds up what `bonus_paid` people get.
    """

    to_do_text: str
    to_do_rows: tuple[IssueRow, ...]
    settled_rows: tuple[IssueRow, ...]
    accounting: tuple[SourceRow, ...]
    accounting_text: str
    failed_rows: tuple[PersonRow, ...]
    not_appraised_rows: tuple[NotAppraisedRow, ...] = ()
    pays: bool = False
    bonus_paid: int = 0
    bonus_total: Decimal | None = None
    bonus_note: str = ""
    meanings: tuple[str, ...] = ()


@dataclass(frozen=True)
class IssuesView:
    """数据问题.xlsx: what HR has to do, who is not on the roster, what was settled, the accounting of rows; then all faults.

    `detail` stands for each of `sheets` while its sheet is drawn: the template has one sheet of details, the workbook one for
    each kind of fault.
    """

    title: str
    period: str
    period_label: str
    to_do_text: str
    to_do_rows: tuple[IssueRow, ...]
    settled_rows: tuple[IssueRow, ...]
    unknown_rows: tuple[UnknownRow, ...]
    unknown_text: str
    accounting: tuple[SourceRow, ...]
    accounting_text: str
    issued_at: dt.datetime
    issued_text: str
    detail: IssueSheet
    sheets: tuple[IssueSheet, ...] = ()
