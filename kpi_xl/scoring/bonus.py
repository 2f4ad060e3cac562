"""The bonus that follows from a result: base x coefficient of the grade, or base x total / full total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.errors import KpiError, Text
from kpi_xl.numbers import divide, format_plain, format_points, round_points
from kpi_xl.people import Person
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.model import Appraisal
from kpi_xl.scoring.score import grade_of


@dataclass(frozen=True)
class Payment:
    """An amount of money, rounded to 2 decimals, and its calculation in one line."""

    amount: Decimal
    why: str


def bonus(base: Decimal, result: Appraisal | Decimal | None, scheme: Scheme) -> Payment:
    """Compute the bonus of a total (or of an appraisal's).

    Raises KpiError: no total yet (待评), a scheme without a bonus rule, a grade without a coefficient (待改进 has none, not 0).
    """
    total = result.total if isinstance(result, Appraisal) else result
    if scheme.bonus is None:
        raise KpiError(
            Text(f"方案 {scheme.id} 没有奖金规则", f"scheme {scheme.id} has no bonus rule"),
            Text('在方案文件里写 bonus = { by = "coefficient" }', 'write bonus = { by = "coefficient" } in the scheme file'),
        )
    if total is None:
        raise KpiError(
            Text("总分待评，不能计算奖金", "the total is pending: there is no bonus yet"),
            Text("补齐缺少的指标后再算", "complete the missing indicators first"),
        )
    if scheme.bonus.by == "total":
        amount = round_points(base * divide(round_points(total), scheme.total))
        why = f"{format_plain(base, 4)} × {format_points(total)} ÷ {format_plain(scheme.total)} = {format_points(amount)}"
        return Payment(amount, why)
    grade = grade_of(scheme, total)
    if grade is None or grade.coefficient is None:
        name = grade.name if grade else "无等级"
        raise KpiError(
            Text(f"“{name}”没有绩效系数，不能计算奖金", f"the grade {name} has no coefficient: no bonus can be computed"),
            Text(
                "系数不是 0 也不是 1；按该等级的措施处理"
                + (f"（{'、'.join(grade.actions)}）" if grade and grade.actions else ""),
                "it is neither 0 nor 1; follow the actions of the grade",
            ),
        )
    amount = round_points(base * grade.coefficient)
    return Payment(amount, f"{format_plain(base, 4)} × {grade.coefficient:f}（{grade.name}） = {format_points(amount)}")


def payout(scheme: Scheme, appraisal: Appraisal) -> Payment | None:
    """Return the bonus from the scheme's own base figure; None when the base or the total is not there yet."""
    base = dict(appraisal.figures).get(scheme.bonus.base or "") if scheme.bonus else None
    return None if base is None or appraisal.total is None else bonus(base, appraisal, scheme)


def is_appraised(scheme: Scheme, person: Person) -> bool:
    """Tell whether the scheme appraises a person of this status (probation staff may be left out)."""
    return person.status not in scheme.excluded_status


def head_count(scheme: Scheme, people: Iterable[Person]) -> int:
    """Count the people whom the scheme appraises: the divisor of a bonus base per head."""
    return sum(1 for person in people if is_appraised(scheme, person))
