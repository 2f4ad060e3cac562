"""The cached values of a form: what its formulas compute, known before any spreadsheet program has opened it.

Keys are those of the defined names ``out_<key>`` and ``in_<key>``. The numbers come from the appraisal, the texts from the
functions that also make the formulas (`kpi_xl.native.texts`); a test recalculates every form and compares them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kpi_xl.glossary import WAIVED
from kpi_xl.native.arithmetic import PENDING
from kpi_xl.native.texts import grade_range
from kpi_xl.numbers import EXACT, divide, round_half_up, round_points
from kpi_xl.schemes.inputs import inputs_of_scheme, is_adjustment, median_key, part_key
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.targets import part_text, target_parts, target_text
from kpi_xl.scoring.model import Appraisal, Status, Value
from kpi_xl.standard.overview import overview_outputs
from kpi_xl.standard.plan import StandardPlan, plan_standard
from kpi_xl.standard.tables import NO_COEFFICIENT
from kpi_xl.view.model import CellValue

_PENDING = PENDING.strip('"')


def form_inputs(scheme: Scheme, values: Mapping[str, Value], appraisal: Appraisal, *, months: int = 1) -> dict[str, CellValue]:
    """Return the values of the input cells: what was scored, under the keys that have a cell, and the months of the period.

    Values of insufficient indicators are left out (the formulas would score them), but not the team's medians, which are their
    targets; a bare composite key goes to its first part.
    """
    owners = {entry.key: entry.indicator or entry.key for entry in inputs_of_scheme(scheme)}
    silent = {r.id for r in appraisal.results if r.points is None}
    medians = {median_key(indicator) for indicator in scheme.indicators}
    found: dict[str, CellValue] = {"months": months}
    for key, value in values.items():
        owner = owners.get(key, key)
        if owner not in silent or key in medians:
            found[key] = value
    for indicator in scheme.indicators:
        parts = indicator.traits.parts
        if parts and indicator.id in found:
            found.setdefault(part_key(indicator, parts[0].id), found.pop(indicator.id))
    present = {indicator.group for indicator in scheme.indicators}
    found.update({f"waive_{group}": "是" for group in appraisal.waived if group in present})
    return found


def cached_outputs(scheme: Scheme, values: Mapping[str, Value], appraisal: Appraisal, *, months: int = 1) -> dict[str, CellValue]:
    """Return the value of every formula of the scheme's form by output key (``points_fcr``, ``total``, ``band_0_range``, ...)."""
    plan = plan_standard(scheme)
    found: dict[str, CellValue] = {}
    found.update(_indicator_outputs(scheme, values, appraisal, months))
    found.update(_totals(scheme, appraisal))
    found.update(_scale(scheme, plan))
    found.update(_figures(scheme, appraisal))
    found.update(overview_outputs(scheme, plan))
    found.update({f"kr_{result.id}_target": result.target for result in scheme.key_results})
    if scheme.appeal is not None and scheme.appeal.days is not None:
        found["appeal_deadline"] = f"公布后 {scheme.appeal.days} 天内"
    return found


def _indicator_outputs(scheme: Scheme, values: Mapping[str, Value], appraisal: Appraisal, months: int) -> dict[str, CellValue]:
    found: dict[str, CellValue] = {}
    for indicator in scheme.indicators:
        outcome = appraisal.result(indicator.id)
        points = outcome.points
        waived = outcome.status is Status.WAIVED
        found[f"weight_{indicator.id}"] = outcome.weight
        found[f"points_{indicator.id}"] = WAIVED if waived else _PENDING if points is None else points
        found.update(_targets(scheme, indicator, values, months))
        if indicator.weight > 0 and not is_adjustment(indicator):
            rate = None if points is None else round_half_up(divide(points, outcome.weight), 4)
            found[f"attainment_{indicator.id}"] = "" if rate is None else rate
    return found


def _targets(scheme: Scheme, indicator: Indicator, values: Mapping[str, Value], months: int) -> dict[str, CellValue]:
    """The target column: that of the indicator, and of a composite those of its parts in their own rows."""
    found: dict[str, CellValue] = {f"target_{indicator.id}": target_text(scheme, indicator, values, months)}
    parts = indicator.traits.parts
    for part, target in zip(parts, target_parts(scheme, indicator, values) if parts else (), strict=True):
        found[f"target_{part_key(indicator, part.id)}"] = f"{part.name} {part_text(target, months)}"
    return found


def _totals(scheme: Scheme, appraisal: Appraisal) -> dict[str, CellValue]:
    complete = appraisal.total is not None
    names = "、".join(i.name for i in scheme.indicators if i.id in appraisal.missing)
    found: dict[str, CellValue] = {
        "total": _PENDING if appraisal.total is None else appraisal.total,
        "so_far": appraisal.so_far,
        "provisional": "" if appraisal.provisional is None else appraisal.provisional,
        "missing": "无" if complete else names,
        "grade": appraisal.grade if complete else _PENDING,
        "coefficient": _PENDING if not complete else NO_COEFFICIENT if appraisal.coefficient is None else appraisal.coefficient,
    }
    for group, subtotal in appraisal.subtotals:
        weights = [i.weight for i in scheme.indicators if i.group == group]
        found[f"subtotal_weight_{group}"] = sum(weights, Decimal(0))
        found[f"subtotal_{group}"] = _PENDING if subtotal is None else subtotal
    return found


def _figures(scheme: Scheme, appraisal: Appraisal) -> dict[str, CellValue]:
    """Figures made of facts, and the bonus when its base is one of them; blank while something is missing."""
    known = dict(appraisal.figures)
    found: dict[str, CellValue] = {f"figure_{figure.id}": known.get(figure.id, "") for figure in scheme.figures}
    rule = scheme.bonus
    if rule is None:
        return found
    base, total = known.get(rule.base or ""), appraisal.total
    found["bonus_base"], found["bonus"] = "" if base is None else base, ""
    if rule.by == "total" and base is not None and total is not None:
        found["bonus"] = round_points(base * divide(total, scheme.total))
    elif rule.by == "coefficient" and total is not None and appraisal.coefficient is None:
        found["bonus"] = "无系数，不能计算"
    elif rule.by == "coefficient" and base is not None and appraisal.coefficient is not None:
        found["bonus"] = round_points(base * appraisal.coefficient)
    return found


def _scale(scheme: Scheme, plan: StandardPlan) -> dict[str, CellValue]:
    """The lines of the grade scale, counted from the lowest grade (0)."""
    found: dict[str, CellValue] = {}
    for index, grade in enumerate(sorted(scheme.grades, key=lambda g: g.lower)):
        found[f"band_{index}_name"] = grade.name
        found[f"band_{index}_range"] = grade_range(scheme, index, plan).value
        found[f"band_{index}_coefficient"] = NO_COEFFICIENT if grade.coefficient is None else EXACT.plus(grade.coefficient)
        found[f"band_{index}_actions"] = "；".join(grade.actions)
    return found
