"""The evidence of the measures as rows that people read: which records counted, which missed, which were left out and why."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpi_xl.glossary import OPEN
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.view import words
from kpi_xl.view.model import EvidenceGroup, EvidenceRow

if TYPE_CHECKING:  # the room of the measures brings DuckDB along, which filling and rendering do not need
    from kpi_xl.measures.model import Evidence

ALERT_MEASURE = "unresolved_48h"
"""The measure whose hits are the tickets to watch (doc: over 48 h unresolved is an exception)."""
HANDLING_MEASURE = "handling_hours"
OPEN_REASON = OPEN
"""How the measure `handling_hours` begins its reason for leaving an open ticket out."""
ROWS_ON_THE_PAGE = 40
"""Records an indicator shows on the page; misses and left-out ones come first, the form's sheet 明细 holds all of them."""


@dataclass(frozen=True)
class ShapedRecords:
    """The evidence of one person: all rows in the order of the form, the same by indicator for the page, and the alerts."""

    rows: tuple[EvidenceRow, ...]
    groups: tuple[EvidenceGroup, ...]
    alerts: tuple[EvidenceRow, ...]
    alerts_text: str


def evidence_measures(scheme: Scheme) -> tuple[str, ...]:
    """Return the measures whose evidence the view shapes: those of the indicators with their parts, and the one of the alerts."""
    wanted = [indicator.measure for indicator in scheme.indicators if indicator.measure]
    return tuple(dict.fromkeys([*wanted, *_parts(scheme), ALERT_MEASURE]))


def _parts(scheme: Scheme) -> dict[str, tuple[str, str]]:
    """Return measure id of a part -> (indicator, name of the part), of indicators that are counted in parts."""
    found: dict[str, tuple[str, str]] = {}
    for indicator in scheme.indicators:
        if indicator.measure is None:
            continue
        traits = indicator.traits
        names = {part.id: part.name for part in traits.parts}
        names |= {str(level): f"{level} 分" for level in range(1, traits.levels + 1)}
        found |= {f"{indicator.measure}.{key}": (indicator.id, name) for key, name in names.items()}
    return found


def shape_records(scheme: Scheme, evidence: Iterable[Evidence], data_end: dt.datetime | None) -> ShapedRecords:
    """Shape one person's evidence. Measures that no indicator uses are left out, except the one behind the alerts.

    `data_end` is the latest time in the data: an open ticket's age is counted up to it.
    """
    indicators = {indicator.measure: indicator for indicator in scheme.indicators if indicator.measure}
    parts = _parts(scheme)
    part_of: dict[tuple[str, str, dt.datetime | None], str] = {}
    found: dict[str, list[EvidenceRow]] = {indicator.id: [] for indicator in scheme.indicators}
    alerts: list[EvidenceRow] = []
    open_tickets = 0
    for item in evidence:
        indicator = indicators.get(item.measure)
        if indicator is not None:
            found[indicator.id].append(_row(indicator, item))
        if item.measure in parts and item.counted and item.hit is not False:
            owner, name = parts[item.measure]
            part_of[owner, item.record, item.at] = name
        if item.measure == ALERT_MEASURE and item.counted and item.hit:
            alerts.append(_alert(item, data_end))
        if item.measure == HANDLING_MEASURE and not item.counted and item.reason.startswith(OPEN_REASON):
            open_tickets += 1
    if part_of:
        found = {key: [_in_part(row, part_of.get((key, row.record, row.at))) for row in rows] for key, rows in found.items()}
    alerts.sort(key=lambda row: (row.at_text, row.record))
    groups = tuple(_group(scheme.indicator(key), rows) for key, rows in found.items() if rows)
    rows = tuple(row for indicator_rows in found.values() for row in indicator_rows)
    return ShapedRecords(rows, groups, tuple(alerts), _alerts_text(open_tickets, len(alerts), data_end))


def _row(indicator: Indicator, item: Evidence) -> EvidenceRow:
    good = None if item.hit is None else item.hit == (indicator.traits.better == "higher")
    as_told = "观察期未满，按现状计入" if item.unmatured else ""  # that a row counts or missed, columns of their own say
    value = item.value * 100 if item.value is not None and indicator.unit == "ratio" else item.value
    return EvidenceRow(
        indicator=indicator.id,
        indicator_name=indicator.name,
        record=item.record,
        at=item.at,
        counted=item.counted,
        hit=item.hit,
        value_text="" if item.value is None else words.figure_text(item.value, indicator.unit),
        reason=as_told if item.counted else item.reason,
        at_text=words.record_time_text(item.at),
        counted_text="计入" if item.counted else "未计入",
        hit_text="" if good is None or not item.counted else "达标" if good else "未达标",
        good=good if item.counted else None,
        value=value,
        unit="" if value is None else words.unit_name(indicator.unit),
        numerator=item.numerator,
        denominator=item.denominator,
    )


def _in_part(row: EvidenceRow, part: str | None) -> EvidenceRow:
    return replace(row, part=part) if part and row.counted else row


def _alert(item: Evidence, data_end: dt.datetime | None) -> EvidenceRow:
    hours = ""
    if item.at is not None and data_end is not None:
        hours = f"{int((data_end - item.at).total_seconds() // 3600)} 小时"
    return EvidenceRow(
        ALERT_MEASURE, "超 48 小时未结", item.record, item.at, True, True, hours, item.reason, words.record_time_text(item.at)
    )


def _group(indicator: Indicator, rows: Sequence[EvidenceRow]) -> EvidenceGroup:
    left_out = Counter(row.reason for row in rows if not row.counted)
    counted = [row for row in rows if row.counted]
    in_parts = Counter(row.part for row in counted if row.part)
    shares = "、".join(f"{part} {count}" for part, count in sorted(in_parts.items()))
    clauses = [f"计入 {len(counted)} 条" + (f"（{shares}）" if shares else "")]
    missed = sum(row.good is False for row in counted)
    if any(row.good is not None for row in counted):
        clauses.append(f"其中未达标 {missed} 条")
    if left_out:
        reasons = "；".join(f"{reason or '不在统计范围'} {count}" for reason, count in left_out.most_common())
        clauses.append(f"未计入 {left_out.total()} 条（{reasons}）")
    ordered = sorted(rows, key=lambda row: (row.good is not False, row.counted))  # stable: the time order stays within each kind
    shown = tuple(ordered[:ROWS_ON_THE_PAGE])
    cut = f"此处列出 {len(shown)} 条，全部 {len(rows)} 条见考核表“明细”工作表。" if len(rows) > len(shown) else ""
    return EvidenceGroup(indicator.id, indicator.name, "，".join(clauses), shown, cut)


def _alerts_text(open_tickets: int, late: int, data_end: dt.datetime | None) -> str:
    if not open_tickets and not late:
        return ""
    until = f"截至 {words.moment_text(data_end)}，" if data_end else ""
    text = f"{until}本人名下有 {max(open_tickets, late)} 张工单未结，未计入处理时效"
    return f"{text}；其中 {late} 张已超过 48 小时，请优先处理并向主管说明原因。" if late else f"{text}；没有超过 48 小时的。"


def note(records: ShapedRecords) -> str:
    """Say what the evidence is."""
    if not records.groups:
        return "本期没有来自导出数据的明细；得分依据为录入的评分。"
    return "依据只含编号、时间和判定，不含客户资料。"
