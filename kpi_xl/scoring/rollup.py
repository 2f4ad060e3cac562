"""Totals of a longer period as arithmetic means of results, for the schemes whose document says so. Others pool counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.errors import KpiError, Text
from kpi_xl.numbers import divide, format_plain, format_points, round_points
from kpi_xl.periods import Cycle
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.score import grade_of

_NAMES = {"day": "日常", "month": "月度", "quarter": "季度"}


@dataclass(frozen=True)
class RolledUp:
    """Total and grade of the longer period; `total` None while results are missing, which `missing` says (Chinese)."""

    total: Decimal | None
    grade: str | None
    why: str
    missing: tuple[str, ...] = ()


def roll_up(scheme: Scheme, cycle: Cycle, totals: Mapping[str, Sequence[Decimal | None]]) -> RolledUp:
    """Average results into the total of `cycle`. `totals` by cycle of the results (``quarter``, ``day``), None: no final total.

    Raises KpiError when the scheme declares no arithmetic mean for that cycle (its counts are pooled instead).
    """
    rule = next((rollup for rollup in scheme.rollups if rollup.cycle == cycle), None)
    if rule is None:
        raise KpiError(
            Text(f"方案 {scheme.id} 没有规定 {cycle} 取平均", f"scheme {scheme.id} declares no mean for {cycle}"),
            Text("这类方案合并各月计数后重新计分", "pool the counts of the months and score again"),
        )
    total, texts, missing = Decimal(0), [], []
    for part in rule.parts:
        given = totals.get(part.of, ())
        results = [value for value in given if value is not None]
        name = _NAMES[part.of]
        if len(results) < part.times or len(results) < len(given):
            missing.append(f"{name}成绩只有 {len(results)} 次，需要 {max(part.times, len(given))} 次")
            continue
        mean = divide(sum(results, Decimal(0)), len(results))
        total += part.share * mean
        listed = " + ".join(format_points(value) for value in results) if len(results) <= 4 else f"{len(results)} 次之和"
        share = "" if part.share == 1 else f"{format_plain(part.share * 100)}% × "
        texts.append(f"{share}{name}平均 ({listed}) ÷ {len(results)}")
    if missing:
        return RolledUp(None, None, "；".join(missing), tuple(missing))
    rounded = round_points(total)
    grade = grade_of(scheme, rounded)
    return RolledUp(rounded, grade.name if grade else None, f"{' + '.join(texts)} = {format_points(rounded)}")
