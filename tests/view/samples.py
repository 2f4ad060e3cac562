"""Believable people of the flagship scheme for the tests of the view, the pages and the forms: values, counts and evidence."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kpi_xl.measures.model import Evidence, MeasureRow
from kpi_xl.numbers import divide
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.model import PastResult
from kpi_xl.scoring.score import score
from kpi_xl.view.build import Dossier, build_view
from kpi_xl.view.model import View

PERIOD = Period.parse("2025-09")
ISSUED = dt.datetime.fromisoformat("2025-10-09T09:30")
DATA_END = dt.datetime.fromisoformat("2025-09-30T21:00")
PERSON = Person("0012", "欧阳晓雯", "华东一组", "华东", "在线客服", "周海燕", dt.date(2021, 3, 1))

COUNTS: Mapping[str, tuple[int, int]] = {
    "fcr": (149, 182),
    "csat": (71, 76),
    "repeat_complaint": (7, 182),
    "first_fix": (33, 38),
    "completeness": (1080, 1092),
}
RATED: Mapping[str, str] = {"professionalism": "91.5", "collaboration": "76", "knowledge": "2"}
HOURS: Mapping[str, str] = {"handling_hours": "19.42", "handling_hours.normal": "20.6", "handling_hours.urgent": "5.2"}


def measure_row(
    measure: str, numerator: str | int, denominator: int, value: Decimal, *, subject: str, unmatured: int = 0
) -> MeasureRow:
    return MeasureRow("2025-09", "agent", subject, measure, Decimal(numerator), denominator, value, denominator, "ok", unmatured)


def sample_rows(subject: str = PERSON.id, counts: Mapping[str, tuple[int, int]] = COUNTS) -> list[MeasureRow]:
    """Rows of the quantitative measures, with 12 repairs whose window is open."""
    rows = [
        measure_row(key, hits, total, divide(hits, total), subject=subject, unmatured=12 if key == "first_fix" else 0)
        for key, (hits, total) in counts.items()
    ]
    sizes = {"handling_hours": 177, "handling_hours.normal": 163, "handling_hours.urgent": 14}
    rows += [measure_row(key, "1", sizes[key], Decimal(value), subject=subject) for key, value in HOURS.items()]
    rows.append(measure_row("handling_hours.urgent_share", 14, 177, divide(14, 177), subject=subject))
    return rows


def sample_values(rows: list[MeasureRow], rated: Mapping[str, str] = RATED) -> dict[str, Decimal | str]:
    values: dict[str, Decimal | str] = {row.measure: row.value for row in rows if row.value is not None}
    return values | {key: Decimal(value) for key, value in rated.items()}


def sample_evidence(agent: str = PERSON.id) -> list[Evidence]:
    """182 tickets of a month with their part in three measures; 5 are open, 2 of them for longer than 48 hours."""
    chance = random.Random(7)
    found = []
    for i in range(182):
        at = dt.datetime.fromisoformat("2025-09-01T08:03") + dt.timedelta(hours=3.9 * i)
        ticket, first = f"GD2509{i:05d}", i % 11 not in (3, 8)
        found.append(Evidence(agent, "fcr", ticket, at, True, first, None, False, ""))
        still_open = i in (150, 167, 178, 180, 181)
        hours = None if still_open else Decimal(chance.randrange(30, 400)) / 10
        reason = "未结，不计入处理时效" if still_open else ""
        found.append(Evidence(agent, "handling_hours", ticket, at, not still_open, None, hours, False, reason))
        found.append(Evidence(agent, "repeat_complaint", ticket, at, True, i % 26 == 0, None, False, ""))
        found.append(Evidence(agent, "unresolved_48h", ticket, at, True, i in (150, 167), None, False, ""))
    return found


def sample_history() -> list[PastResult]:
    results = [("2025-04", "78.12", "初级客服"), ("2025-05", "81.40", "中级客服"), ("2025-06", "83.95", "中级客服"),
               ("2025-08", "88.20", "中级客服")]  # fmt: skip
    found = [PastResult(Period.parse(p), Decimal(total), grade, True) for p, total, grade in results]
    return [*found, PastResult(Period.parse("2025-07"), None, None, False)]


def flagship(*variants: str) -> Scheme:
    return load_scheme("appliance-agent", variants)


def sample_view(
    *,
    person: Person = PERSON,
    rated: Mapping[str, str] = RATED,
    counts: Mapping[str, tuple[int, int]] = COUNTS,
    history: list[PastResult] | None = None,
    scheme: Scheme | None = None,
    with_evidence: bool = True,
    extra: Mapping[str, Decimal] | None = None,
) -> View:
    scheme = scheme or flagship()
    rows = sample_rows(person.id, counts)
    values = sample_values(rows, rated) | dict(extra or {})
    return build_view(
        Dossier(
            scheme=scheme,
            appraisal=score(scheme, values, samples={row.measure: row.sample for row in rows}),
            values=values,
            person=person,
            period=PERIOD,
            issued_at=ISSUED,
            measure_rows=rows,
            evidence=sample_evidence(person.id) if with_evidence else (),
            history=sample_history() if history is None else history,
            data_end=DATA_END,
            data_note="数据来源：工单导出_202509.csv、回访_202509.xlsx；数据截止 2025年9月30日 21:00。",
        )
    )


def weak_view() -> View:
    """Somebody short of every target for months: the longest page that one person gives."""
    counts = {
        "fcr": (90, 182),
        "csat": (40, 76),
        "repeat_complaint": (30, 182),
        "first_fix": (20, 38),
        "completeness": (840, 1092),
    }
    totals = {"2025-04": "68.12", "2025-05": "69.40", "2025-06": "63.95", "2025-07": "66.95", "2025-08": "64.20"}
    return sample_view(
        counts=counts,
        rated={"professionalism": "77.8", "collaboration": "60", "knowledge": "1"},
        extra={"handling_hours.normal": Decimal(40), "handling_hours.urgent": Decimal(9)},
        history=[PastResult(Period.parse(period), Decimal(total), "待改进", True) for period, total in totals.items()],
    )


def renamed(name: str) -> Person:
    return replace(PERSON, name=name)
