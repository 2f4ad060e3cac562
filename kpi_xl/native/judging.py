"""The native forms of what people ask after the points: is the target met, how far is the next grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kpi_xl.cell_words import MISSING_WORDS
from kpi_xl.functions.judging import AT_THE_TOP, MET, NO_TARGET, NOT_MET
from kpi_xl.native.forms import NO_DATA, Form, NoNativeFormError, Operand, Standard, says
from kpi_xl.native.grades import graded_by
from kpi_xl.native.points import given_cells, input_of, refused
from kpi_xl.native.texts import live_target
from kpi_xl.schemes.inputs import Input, inputs_of, part_key
from kpi_xl.schemes.model import Indicator
from kpi_xl.schemes.rule_kinds import Split
from kpi_xl.schemes.targets import TargetPart, target_parts

_NO_NUMBER = '"参数错误：实际值应为数字"'


def _passed(standard: Standard, terms: Sequence[Operand]) -> str:
    """达标 or 未达标 for a value (or a row of parts) of an indicator that is named in the formula."""
    name, actual = terms
    entry = input_of(standard.scheme, name)
    if entry.indicator is None:
        raise NoNativeFormError(f"“{entry.name}”不单独计分", f"{entry.key} has no points of its own")
    indicator = standard.scheme.indicator(entry.indicator)
    given = given_cells(indicator, entry, name, actual)
    verdict = _verdict(standard, indicator, given)
    if entry.options:
        return _chosen(standard, indicator, actual, verdict)
    return _checked(indicator, given, verdict)


def _verdict(standard: Standard, indicator: Indicator, given: Mapping[str, str]) -> str:
    """What is to be said of numbers that can be used."""
    parts = target_parts(standard.scheme, indicator)
    goals = [_goal(standard, part, given) for part in parts]
    none = _no_target(standard, parts)
    if not all(goals):
        return none
    keys = [part_key(indicator, part.id) for part in indicator.traits.parts] or [indicator.id]
    found = [(part, given[key], goal) for part, key, goal in zip(parts, keys, goals, strict=True) if key in given]
    if not found:  # the share of a part alone
        return NO_DATA
    short = "+".join(f"IF(ISNUMBER({cell}),IF({_meets(part, cell, goal)},0,1),0)" for part, cell, goal in found)
    shared = isinstance(indicator.rule, Split) and indicator.rule.share_of is not None
    there = "+".join(f"IF(ISNUMBER({cell}),1,0)" for _part, cell, _goal in found)
    needed = 1 if shared else len(keys)
    verdict = f'IF({short}>0,"{NOT_MET}",IF({there}>={needed},"{MET}",{NO_DATA}))'
    unsure = [goal for part, goal in zip(parts, goals, strict=True) if part.words]
    known = "+".join(f"IF(ISNUMBER({goal}),0,1)" for goal in unsure)
    return f"IF({known}>0,{none},{verdict})" if unsure else verdict


def _goal(standard: Standard, part: TargetPart, given: Mapping[str, str]) -> str:
    """The cell of a target; empty where there is none."""
    if part.better is None or not part.place:
        return ""
    return given.get(part.place[1], "") if part.place[0] == "input" else standard.plan.ref(*part.place)


def _meets(part: TargetPart, cell: str, goal: str) -> str:
    own = f"ABS({cell})" if part.absolute else cell
    return f"{own}{'>=' if part.better == 'higher' else '<='}{goal}"


def _no_target(standard: Standard, parts: Sequence[TargetPart]) -> str:
    texts = [live_target(replace(part, name=""), standard.plan) for part in parts]
    shown = '&"；"&'.join(text.formula or f'"{text.value}"' for text in texts)
    return f'"{NO_TARGET}（"&{shown}&"）"'


def _checked(indicator: Indicator, given: Mapping[str, str], verdict: str) -> str:
    """Say it of numbers in their range; blank stays blank, words for no data give 无数据, others are refused."""
    inputs: Mapping[str, Input] = {one.key: one for one in inputs_of(indicator)}
    wrong = "+".join(refused(inputs[key], cell, "") for key, cell in given.items())
    verdict = f'IF({wrong}>0,"参数错误：实际值不在允许的范围内",{verdict})'
    cells = list(given.values())  # of a row one by one: not every program takes TRIM of a range
    words = "+".join(f"IF(ISNUMBER({cell}),0,{says(Operand(cell), MISSING_WORDS)})" for cell in cells)
    numbers = "+".join(f"IF(ISNUMBER({cell}),1,0)" for cell in cells)
    blank = "&".join(f"TRIM({cell})" for cell in cells)
    return f'IF({words}>0,{_NO_NUMBER},IF({numbers}>0,{verdict},IF({blank}="","",{NO_DATA})))'


def _chosen(standard: Standard, indicator: Indicator, actual: Operand, verdict: str) -> str:
    labels = standard.plan.ref("options", indicator.id, "label")
    other = f'IF({says(actual, MISSING_WORDS)}>0,"参数错误：实际值不在选项中",{NO_DATA})'
    return f'IF(TRIM({actual})="","",IF(COUNTIF({labels},{actual})>0,{verdict},{other}))'


def _gap(standard: Standard, terms: Sequence[Operand]) -> str:
    """The points to the next grade and its name: a comparison for each bound, from the lowest."""
    ordered = sorted(range(len(standard.scheme.grades)), key=lambda place: standard.scheme.grades[place].lower)
    least = standard.scheme.limits[0]

    def shown(rounded: str) -> str:
        text = f'"{AT_THE_TOP}"'
        for place in range(len(ordered) - 1, -1, -1):
            if standard.scheme.grades[ordered[place]].lower <= least:
                break
            lower, name = (standard.plan.ref("grade", str(place), field) for field in ("lower", "name"))
            lacks = f'"距“"&{name}&"”还差 "&TEXT(ROUND({lower}-{rounded},2),"0.00")&" 分"'
            text = f"IF({rounded}<{lower},{lacks},{text})"
        return text

    return graded_by(standard, terms[0], shown)


FORMS: Mapping[str, Form] = {"KPI_PASS": _passed, "KPI_GAP": _gap}
