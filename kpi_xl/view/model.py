"""What a workbook and a page show: everything shaped, labelled and ordered, so that templates do no arithmetic.

Numbers that a cell holds are Decimal (or None: the cell stays blank); what people read beside them is text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kpi_xl.people import Person

CellValue = str | Decimal | int | bool | dt.date | dt.datetime | None


@dataclass(frozen=True)
class PartView:
    """A part of a composite indicator (普通工单 / 紧急工单)."""

    id: str
    name: str
    target_text: str
    actual: CellValue
    actual_text: str


@dataclass(frozen=True)
class IndicatorView:
    """One line of the form. `status` is one of scored / missing / insufficient / waived.

    `attainment` is the share of the weight that was earned, 0..1 (None: unknown); 1 means that the target is met.
    """

    id: str
    name: str
    group: str
    weight: Decimal
    definition: str
    target: CellValue
    target_text: str
    actual: CellValue
    actual_text: str
    points: Decimal | None
    points_text: str
    attainment: Decimal | None
    status: str
    why: str
    remark: str
    sample_text: str = ""
    parts: tuple[PartView, ...] = ()
    weight_text: str = ""
    attainment_text: str = ""
    status_text: str = ""

    @property
    def basis(self) -> str:
        """What stands behind the figure, and what must be said of it: ``依据 149 / 182；其中 13 条观察期未满，按现状计入``."""
        return "；".join(text for text in (f"依据 {self.sample_text}" if self.sample_text else "", self.remark) if text)


@dataclass(frozen=True)
class GroupView:
    """A block of the form with its subtotal."""

    id: str
    name: str
    weight: Decimal | None
    subtotal: Decimal | None
    subtotal_text: str
    indicators: tuple[IndicatorView, ...]
    weight_text: str = ""


@dataclass(frozen=True)
class EvidenceRow:
    """A ticket behind a figure. `counted`: it is in the denominator; `hit`: also in the numerator.

    `hit` is None where a value is averaged; `good` turns it round where fewer hits are better. `part`: the part of a composite
    indicator that the row counts in. `value` (a number of `unit`; shares in per cent), `numerator` and `denominator` are what
    the figure is made of, so that adding up the rows gives it. `reason` is blank where the other columns say all.
    Ids, times and flags only: no customer data.
    """

    indicator: str
    indicator_name: str
    record: str
    at: dt.datetime | None
    counted: bool
    hit: bool | None
    value_text: str
    reason: str
    at_text: str = ""
    counted_text: str = ""
    hit_text: str = ""
    good: bool | None = None
    part: str = ""
    value: Decimal | None = None
    unit: str = ""
    numerator: Decimal | None = None
    denominator: Decimal | None = None

    @property
    def remark(self) -> str:
        """Part and reason in one line, for the page: ``紧急工单``, ``普通工单，观察期未满，按现状计入``."""
        return "，".join(text for text in (self.part, self.reason) if text)


@dataclass(frozen=True)
class EvidenceGroup:
    """The records behind one indicator's figure: a line that counts them, then the rows, misses and left-out ones first.

    `cut_text` says how many rows are not among `rows` and where they are; empty when all are there.
    """

    indicator: str
    name: str
    summary: str
    rows: tuple[EvidenceRow, ...]
    cut_text: str = ""


@dataclass(frozen=True)
class TrendPoint:
    """An earlier (or the present) period of the same cycle; `final` False: shown as 预估 or 待评."""

    period: str
    label: str
    total: Decimal | None
    grade: str | None
    final: bool
    total_text: str = ""
    grade_text: str = ""
    change_text: str = ""
    current: bool = False


@dataclass(frozen=True)
class GradeRow:
    """A grade band of the scheme as people read it (``80 ≤ 总分 < 90``); `current` marks the person's own."""

    name: str
    lower: Decimal
    range_text: str
    coefficient_text: str
    actions_text: str
    current: bool


@dataclass(frozen=True)
class Advice:
    """A strength, a gap against target or a training need, tied to its indicator."""

    indicator: str
    title: str
    text: str


@dataclass(frozen=True)
class View:
    """All that one person's workbook and page show.

    `inputs` are the values behind the defined names ``in_*`` and `outputs` the cached values behind ``out_*`` (without prefix).
    """

    title: str
    scheme: str
    scheme_name: str
    variant_text: str
    period: str
    period_label: str
    period_start: dt.date
    period_end: dt.date
    person: Person
    groups: tuple[GroupView, ...]
    total: Decimal | None
    total_text: str
    full_total: Decimal
    so_far: Decimal
    so_far_text: str
    provisional_text: str
    grade: str | None
    grade_text: str
    coefficient: Decimal | None
    coefficient_text: str
    actions: tuple[str, ...]
    missing: tuple[str, ...]
    missing_text: str
    strengths: tuple[Advice, ...]
    gaps: tuple[Advice, ...]
    suggestions: tuple[Advice, ...]
    training: tuple[Advice, ...]
    next_step: str
    trend: tuple[TrendPoint, ...]
    alerts: tuple[EvidenceRow, ...]
    evidence: tuple[EvidenceRow, ...]
    evidence_note: str
    issued_at: dt.datetime
    appeal_text: str
    data_note: str
    inputs: Mapping[str, CellValue] = field(default_factory=dict)
    outputs: Mapping[str, CellValue] = field(default_factory=dict)
    report_title: str = "绩效反馈报告"
    summary: str = ""
    full_total_text: str = ""
    status_text: str = ""
    grade_scale: tuple[GradeRow, ...] = ()
    evidence_groups: tuple[EvidenceGroup, ...] = ()
    trend_text: str = ""
    alerts_text: str = ""
    notes: tuple[str, ...] = ()
    issued_text: str = ""
    period_span_text: str = ""
    confidential_text: str = ""

    @property
    def all_notes(self) -> tuple[str, ...]:
        """What must be said beside the result: of the scoring, then of the data."""
        return (*self.notes, self.data_note) if self.data_note else self.notes

    @property
    def indicators(self) -> tuple[IndicatorView, ...]:
        """All indicators in the order of the form."""
        return tuple(indicator for group in self.groups for indicator in group.indicators)

    @property
    def indicator(self) -> Mapping[str, IndicatorView]:
        """The indicators by id, for templates: ``{{ indicator.fcr.remark }}``."""
        return {indicator.id: indicator for indicator in self.indicators}
