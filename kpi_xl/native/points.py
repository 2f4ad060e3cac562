"""The native forms of an indicator's points, weight and target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpi_xl.cell_words import MISSING_WORDS
from kpi_xl.functions.points import find_target, input_keys, inputs_by_name, lacking
from kpi_xl.native import arithmetic
from kpi_xl.native.forms import Form, NoNativeFormError, Operand, Standard, is_blank, says
from kpi_xl.native.texts import live_target
from kpi_xl.schemes.inputs import Input, inputs_of, is_adjustment, part_key, share_key
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import ParameterRef
from kpi_xl.schemes.targets import part_text

_MOST_NAMED = 40
"""Of how many indicators one can be looked up by its name in a cell: each takes a level of nesting, of which there are 64."""


def _points(standard: Standard, terms: Sequence[Operand]) -> str:
    """The points of an indicator that is named in the formula; a value that cannot be is refused as the function does."""
    name, actual = terms
    entry = input_of(standard.scheme, name)
    if entry.indicator is None:
        raise NoNativeFormError(f"“{entry.name}”不单独计分", f"{entry.key} has no points of its own")
    indicator = standard.scheme.indicator(entry.indicator)
    inputs = {one.key: one for one in inputs_of(indicator)}
    given = given_cells(indicator, entry, name, actual)
    cells = dict.fromkeys((*inputs, *arithmetic.facts_needed(indicator)), "0" if indicator.traits.levels else '""')
    alone = f"LEFT({actual},0)" if list(given.values()) == [actual.text] else '""'  # an error in gives the error
    anything = "+".join(says(Operand(cell), MISSING_WORDS) for cell in given.values())
    each = actual.several and len(given) == 1
    if each and not isinstance(indicator.rule, arithmetic.CELL_BY_CELL):
        raise NoNativeFormError("这类指标要逐格写公式", "points by this kind of rule take one cell at a time")
    lack = lacking(standard.scheme, indicator, given)
    if lack:  # whatever the value is
        formula = f'IF({anything}>0,"{lack}",{alone})'
    else:
        partial = _lack_of_some(standard.scheme, indicator, given)
        blank = f'IF({anything}>0,"{partial}",{alone})' if partial else alone
        formula = arithmetic.points(indicator, arithmetic.Actuals(cells | given, each=each), standard.plan, blank)
    if is_adjustment(indicator):  # the form takes nothing entered for 0, the function for nothing
        formula = f"IF(ISNUMBER({actual}),{formula},{alone})"
    for parameter in _parameters(indicator):
        called = next(p.name for p in standard.scheme.parameters if p.id == parameter)
        unknown = f'IF({anything}>0,"参数错误：参数“{called}”还没有填写",{alone})'
        formula = f"IF(ISNUMBER({standard.plan.ref('parameter', parameter)}),{formula},{unknown})"
    labels = standard.plan.ref("options", indicator.id, "label") if entry.options else ""
    wrong = "+".join(refused(inputs[key], cell, labels, brief=standard.brief) for key, cell in given.items())
    hint = "；8% 请输入 0.08 或 8%" if entry.unit == "ratio" else "；90 分请写 90，不写百分号" if entry.of_hundred else ""
    return f'IF({wrong}>0,"参数错误：实际值不是数字，或不在允许的范围内{hint}",{formula})'


def _lack_of_some(scheme: Scheme, indicator: Indicator, given: Mapping[str, str]) -> str:
    """Return what is missing where some of the cells hold values and yet there are no points; empty where that cannot be."""
    if indicator.traits.levels:
        return lacking(scheme, indicator, ())
    if len(given) == 1:
        return ""
    share = next((key for part in indicator.traits.parts if (key := share_key(indicator, part.id)) in given), None)
    return lacking(scheme, indicator, [key for key in given if key != share] if share else ())


def given_cells(indicator: Indicator, entry: Input, name: Operand, actual: Operand) -> dict[str, str]:
    """Return the cell of each input that the call gives: one value, or a row with the parts of a composite."""
    keys, area = input_keys(indicator), actual.cells
    if name.literal in (indicator.id, indicator.name) and len(keys) > 1 and area is not None and area.left != area.right:
        if area.top != area.bottom or area.right - area.left + 1 != len(keys):
            raise NoNativeFormError(f"{indicator.name} 要一行 {len(keys)} 格", f"{indicator.id} takes a row of {len(keys)} cells")
        return {key: f"INDEX({actual},1,{place})" for place, key in enumerate(keys, start=1)}
    parts = indicator.traits.parts
    key = part_key(indicator, parts[0].id) if parts and entry.key == indicator.id else entry.key
    return {key: actual.text}


def refused(entry: Input, cell: str, labels: str, *, brief: bool = False) -> str:
    """Return a number above 0 when the cell holds a number that the input cannot be, or words that are none of its `labels`.

    A number and never a lone condition: Excel holds that FALSE is greater than 0.
    """
    if entry.options:
        return f"{says(Operand(cell), MISSING_WORDS)}*(COUNTIF({labels},{cell})=0)"
    checks = [f"({cell}<{entry.low})"] if entry.low is not None else []
    high = 1 if entry.percent_above_one else entry.high  # above 1 nobody can tell 8 % from 800 %
    checks += [f"({cell}>{high})"] if high is not None else []
    checks += [f"({cell}<>INT({cell}))"] if entry.whole else []
    checks += [f"({cell}>0)*({cell}<=1)"] if entry.of_hundred else []  # 0.9 or 90?
    if entry.allowed:
        allowed = "+".join(f"({cell}>={low})*({cell}<={high})" for low, high in entry.allowed)
        checks.append(f"({allowed}=0)")
    words = "0" if brief else says(Operand(cell), MISSING_WORDS)
    return f"IF(ISNUMBER({cell}),{'+'.join(['0', *checks])},{words})"


def _parameters(indicator: Indicator) -> list[str]:
    return [target.parameter for target in indicator.traits.targets if isinstance(target, ParameterRef)]


def input_of(scheme: Scheme, name: Operand) -> Input:
    if name.literal is None:
        raise NoNativeFormError("指标要在公式里用文字写明", "the indicator must be named in the formula")
    found = inputs_by_name(scheme).get(name.literal)
    if found is None:
        raise NoNativeFormError(f"方案中没有指标“{name.literal}”", f"the scheme has no indicator {name.literal}")
    return found


def _weight(standard: Standard, terms: Sequence[Operand]) -> str:
    """The cell of a weight; where a cell names the indicator, it is looked up by id and by name."""
    (name,) = terms
    if name.literal is not None:
        for indicator in standard.scheme.indicators:
            if name.literal in (indicator.id, indicator.name):
                return standard.plan.ref("weight", indicator.id)
        raise NoNativeFormError(f"方案中没有指标“{name.literal}”", f"the scheme has no indicator {name.literal}")
    if len(standard.scheme.indicators) > _MOST_NAMED:
        raise NoNativeFormError("指标太多，请在公式里用文字写明", "too many indicators: the name must stand in the formula")
    section, found = standard.plan.section("indicators"), '"参数错误：方案中没有这个指标"'
    for row in reversed(range(len(standard.scheme.indicators))):
        named = "+".join(f"(TRIM({name})={section.cell(row, field)})" for field in ("id", "name"))
        found = f"IF({named}>0,{section.cell(row, 'weight')},{found})"
    return f'IF({is_blank(name)},"",{found})'


def _target(standard: Standard, terms: Sequence[Operand]) -> str:
    """The cell of a target, or words where there is none."""
    (name,) = terms
    if name.literal is None:
        raise NoNativeFormError("指标要在公式里用文字写明", "the indicator must be named in the formula")
    found = find_target(standard.scheme, name.literal)
    if found is None:
        raise NoNativeFormError(f"方案中没有指标“{name.literal}”", f"the scheme has no indicator {name.literal}")
    text = part_text(found)
    if found.better is None:
        return f"T({live_target(found, standard.plan).formula})" if found.place else f'"{text}"'
    if found.place[0] == "input":  # nobody told the function the team's results
        return f'"{text}"'
    cell = standard.plan.ref(*found.place)
    return f'IF(ISNUMBER({cell}),{cell},"{found.sign}{found.words}")' if found.words else cell


FORMS: Mapping[str, Form] = {
    "KPI_SCORE": _points,
    "KPI_WEIGHT": _weight,
    "KPI_TARGET": _target,
}
