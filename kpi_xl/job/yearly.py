"""Results of a longer period as arithmetic means of earlier results, where the scheme says so (`Scheme.rollups`).

Such a result has a form of its own: one indicator, the mean, and the results that it is made of beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kpi_xl.numbers import divide
from kpi_xl.periods import Period
from kpi_xl.schemes.model import Fact, Group, Indicator, Rollup, RollupPart, Scheme
from kpi_xl.schemes.rule_kinds import Rating
from kpi_xl.scoring.model import Value
from kpi_xl.scoring.rollup import roll_up

MEAN = "mean_result"
"""The id of the one indicator, and of its group."""

_NAMES = {"day": "日常", "month": "月度", "quarter": "季度"}
_CYCLES = {"month": "月度", "quarter": "季度", "year": "年度"}


@dataclass(frozen=True)
class Mean:
    """The inputs of the form (`scheme_of_mean`), and how the mean came about or what is missing (Chinese)."""

    values: Mapping[str, Value]
    note: str


def rollup_for(scheme: Scheme, period: Period) -> Rollup | None:
    """Return the scheme's rule for means over a period of this length, if it has one."""
    return next((rollup for rollup in scheme.rollups if rollup.cycle == period.cycle), None)


def scheme_of_mean(scheme: Scheme, rollup: Rollup) -> Scheme:
    """Return the scheme of the longer period's form: the mean carries all points; grades, facts and appeal stay."""
    indicator = Indicator(
        id=MEAN,
        name=f"{'、'.join(_NAMES[part.of] for part in rollup.parts)}成绩平均",
        group=MEAN,
        weight=scheme.total,
        unit="points",
        rule=Rating(scale=scheme.total),
        definition=rollup.source.note if rollup.source else "",
        entered_by="各期考核结果",
        sources=(("rule", rollup.source),) if rollup.source else (),
    )
    return replace(
        scheme,
        groups=(Group(MEAN, f"{_CYCLES[rollup.cycle]}成绩"),),
        indicators=(indicator,),
        facts=(*(fact for part in rollup.parts for fact in _facts(part)), *scheme.facts),
        rollups=(),
        variants=(),
        definitions=(),
        figures=(),
        parameters=(),
        key_results=(),
        checklists=(),
        raters=None,
        bonus=None,
        provisional=False,
    )


def mean_of(scheme: Scheme, rollup: Rollup, results: Mapping[str, Sequence[Decimal | None]]) -> Mean:
    """Average earlier results (by cycle, in the order of time; None: not final) into the inputs of the form."""
    rolled = roll_up(scheme, rollup.cycle, results)
    values: dict[str, Value] = {} if rolled.total is None else {MEAN: rolled.total}
    for part in rollup.parts:
        given = results.get(part.of, ())
        if part.times > 1:
            numbered = enumerate(given[: part.times], start=1)
            values.update({f"{part.of}_{number}": result for number, result in numbered if result is not None})
        elif final := [result for result in given if result is not None]:
            values[part.of] = divide(sum(final, Decimal(0)), len(final))
    return Mean(values, rolled.why)


def _facts(part: RollupPart) -> tuple[Fact, ...]:
    if part.times == 1:
        return (Fact(part.of, f"{_NAMES[part.of]}成绩平均", "points"),)
    return tuple(Fact(f"{part.of}_{n}", f"第 {n} 次{_NAMES[part.of]}成绩", "points") for n in range(1, part.times + 1))
