"""Points from actual values: one indicator, its calculation in words, the total of a person or of many, weights and targets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

from kpi_xl.cell_words import UNIT_WORDS, plain
from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import (
    Block,
    Cell,
    CellError,
    as_cell,
    block,
    each,
    elementwise,
    is_blank,
    is_missing,
    is_range,
    number,
    problem_text,
    raise_error,
    refuse,
    shown,
)
from kpi_xl.functions.grading import PENDING
from kpi_xl.functions.scheme_argument import find_indicator, read_scheme
from kpi_xl.numbers import format_points, parse_amount
from kpi_xl.schemes.inputs import Input, inputs_of, inputs_of_scheme, part_key
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.targets import TargetPart, part_text, target_parts
from kpi_xl.scoring import IndicatorResult, Value, score, score_indicator
from kpi_xl.scoring.rules import missing_keys
from kpi_xl.scoring.score import missing_text
from kpi_xl.scoring.values import is_doubtful, says_nothing

# --- inputs -----------------------------------------------------------------------------------------------------------------


def input_keys(indicator: Indicator) -> tuple[str, ...]:
    """Return the input keys of an indicator, in the order in which their cells stand side by side.

    One for most; for a composite its parts and then the share (``handling_hours.normal``, ``.urgent``, ``.urgent_share``); for
    rating counts the counts and then the deductions; the value and the team's median.
    """
    keys = tuple(entry.key for entry in inputs_of(indicator))
    return keys if len(keys) == 1 or not indicator.traits.parts else tuple(k for k in keys if k != indicator.id)


def inputs_by_name(scheme: Scheme) -> Mapping[str, Input]:
    """Return the inputs by every name that a cell may give them: key, indicator's name, ``name.part``, fact's name.

    Made once for the schemes at hand: a column of calls asks again in each row. A scheme is known by being the same object
    (comparing two takes longer than making the names), which `read_scheme` gives as long as its argument stays the same.
    """
    kept = _NAMED.get(id(scheme))
    if kept is None or kept[0] is not scheme:
        if len(_NAMED) >= _MOST_NAMED:
            _NAMED.clear()
        kept = _NAMED[id(scheme)] = (scheme, _name_inputs(scheme))
    return kept[1]


_NAMED: dict[int, tuple[Scheme, Mapping[str, Input]]] = {}
"""By the identity of a scheme, which is held here, so that no other one can get it."""
_MOST_NAMED = 32


def _name_inputs(scheme: Scheme) -> dict[str, Input]:
    named: dict[str, Input] = {}
    for entry in inputs_of_scheme(scheme):
        if entry.indicator is None:
            named.setdefault(entry.name, entry)
    for indicator in scheme.indicators:
        own = inputs_of(indicator)
        for entry in own:
            named[f"{indicator.name}.{entry.name}"] = named[f"{indicator.id}.{entry.key}"] = entry
        named[indicator.name] = named[indicator.id] = next((entry for entry in own if entry.key == indicator.id), own[0])
    named.update({entry.key: entry for entry in inputs_of_scheme(scheme)})
    return named


def _known_input(named: Mapping[str, Input], cell: Cell) -> Input | None:
    return named.get(plain(cell) if isinstance(cell, str) else shown(cell))


def _find_input(named: Mapping[str, Input], cell: Cell) -> Input:
    raise_error(cell)
    found = _known_input(named, cell)
    if found is None:
        raise CellError(f"参数错误：方案中没有指标“{shown(cell)}”")
    return found


def _is_given(entry: Input | None, cell: Cell) -> bool:
    """Tell whether a cell holds a value of the input: a choice may have an option that is called 无."""
    return not says_nothing(entry, cell) if entry is not None and isinstance(cell, str) else not is_missing(cell)


def read_value(entry: Input, cell: Cell) -> Value:
    """Read an actual value: text as typed (a label, ``85%``, ``20小时``), which scoring reads and checks, else a number.

    A number above 1 may be a forgotten per cent sign where low ratios earn points (8 for 8 %): it is read as if it were typed
    text, which scoring refuses with the remedy. A cell formatted as 8 % holds 0.08. So is a mark out of 100 that may be a
    percentage: 0.9, which a cell formatted as 90 % holds.
    """
    if isinstance(cell, str):
        amount = parse_amount(cell, UNIT_WORDS.get(entry.unit, ()))
        if amount is not None:
            number(amount, entry.name)
        elif not entry.options:
            raise refuse(entry.name, cell, "数字")
        return plain(cell)
    if entry.options:
        return shown(cell)
    value = number(cell, entry.name)
    asked = (entry.percent_above_one and abs(value) > 1) or is_doubtful(entry, value)
    return f"{value:f}" if asked else value


# --- one indicator ------------------------------------------------------------------------------------------------------------


def points(indicator: object, actual: object, scheme: object = None) -> Cell:
    """Return the points of each actual value under its indicator's rule; blank or 无数据 gives blank, never 0.

    When the indicator needs more than was given (a team's median), the result says what. For one composite indicator and a range
    as wide as its parts, each row is one person: its parts in the scheme's order.
    """
    return _each(indicator, actual, scheme, lambda result: result.why if result.points is None else as_cell(result.points))


def why(indicator: object, actual: object, scheme: object = None) -> Cell:
    """Return the calculation behind `points` as text (``82.00% ÷ 85% × 20 = 19.29``)."""
    return _each(indicator, actual, scheme, lambda result: result.why)


def _each(indicator: object, actual: object, scheme: object, show: Callable[[IndicatorResult], Cell]) -> Cell:
    return judge_each(indicator, actual, scheme, lambda chosen, own, values: show(score_indicator(chosen, own.id, values)))


Judge = Callable[[Scheme, Indicator, Mapping[str, Value]], Cell]
"""What is to be said of the values of one indicator, as they were typed. May raise CellError and KpiError."""


def judge_each(indicator: object, actual: object, scheme: object, judge: Judge, missing: str = "") -> Cell:
    """Return what `judge` says of each actual value (of each row of parts); `missing` where a cell says that there is no data."""
    chosen = read_scheme(scheme)
    names, rows = block(indicator), block(actual)
    if len(names) == len(names[0]) == 1 and is_range(actual):
        found = next((i for i in chosen.indicators if names[0][0] in (i.id, i.name)), None)
        inputs = {entry.key: entry for entry in inputs_of(found)} if found else {}
        parts = [inputs[key] for key in input_keys(found)] if found else []
        if len(parts) > 1 and len(rows[0]) == len(parts):
            return [[_row(chosen, parts, row, judge, missing)] for row in rows]

    named = inputs_by_name(chosen)

    def one(name: Cell, cell: Cell) -> Cell:
        given = _is_given(_known_input(named, name), cell)
        return _judged(chosen, [_find_input(named, name)], [cell], judge) if given else missing

    return elementwise(one, indicator, actual)


def _row(scheme: Scheme, parts: list[Input], row: list[Cell], judge: Judge, missing: str) -> Cell:
    try:
        for cell in row:
            raise_error(cell)
        if any(map(_is_given, parts, row)):
            return _judged(scheme, parts, row, judge)
        return "" if all(map(is_blank, row)) else missing
    except CellError as error:
        return str(error)


def _judged(scheme: Scheme, inputs: list[Input], cells: list[Cell], judge: Judge) -> Cell:
    indicator = inputs[0].indicator
    if indicator is None:
        raise CellError(f"参数错误：“{inputs[0].name}”不单独计分")
    values = {entry.key: read_value(entry, cell) for entry, cell in zip(inputs, cells, strict=True) if _is_given(entry, cell)}
    try:
        return judge(scheme, scheme.indicator(indicator), values)
    except KpiError as error:
        raise problem_text(error) from error


def lacking(scheme: Scheme, indicator: Indicator, keys: Collection[str]) -> str:
    """Return what points lack where only these inputs have values, as the function says it; empty when they are enough."""
    sample = (indicator.sample_from,) if indicator.sample_from else ()
    needs = (*missing_keys(indicator, dict.fromkeys(keys, Decimal(1))), *sample)
    return missing_text(scheme, indicator, needs) if needs else ""


# --- the total ---------------------------------------------------------------------------------------------------------------


def total(indicators: object, actuals: object, scheme: object = None) -> Cell:
    """Return the total of the actual values, or 待评 with the points so far and what is missing.

    `indicators` and `actuals` alike in size: one person. A row of indicators over a table: a total per row; a column of
    indicators beside a table: a total per column. A person without any value stays blank.
    """
    chosen = read_scheme(scheme)
    names, table = block(indicators), block(actuals)
    people, across = people_of(names, table)
    inputs = read_inputs(chosen, names)
    totals = [_total(chosen, inputs, cells) for cells in people]
    if len(totals) == 1:
        return totals[0]
    return [totals] if across else [[value] for value in totals]


def people_of(names: Block, table: Block) -> tuple[list[list[Cell]], bool]:
    """Return one list of actual values per person, and whether people stand side by side."""
    count = len(names) * len(names[0])
    if len(names) == 1 and len(table[0]) == count:
        return table, False
    if len(names[0]) == 1 and len(table) == count:
        return [list(cells) for cells in zip(*table, strict=True)], True
    if len(table) * len(table[0]) == count:
        return [[cell for row in table for cell in row]], False
    raise CellError(f"参数错误：指标有 {count} 个，实际值是 {len(table)}行×{len(table[0])}列，对不上")


def _total(scheme: Scheme, inputs: list[Input | None], cells: list[Cell]) -> Cell:
    try:
        values = read_actuals(inputs, cells)
        if not values:
            return ""
        appraisal = score(scheme, values)
    except CellError as error:
        return str(error)
    except KpiError as error:
        return str(problem_text(error))
    if appraisal.total is not None:
        return as_cell(appraisal.total)
    absent = "、".join(scheme.indicator(key).name for key in appraisal.missing)
    return f"{PENDING}：已得 {format_points(appraisal.so_far)} 分，缺{absent}"


def read_inputs(scheme: Scheme, names: Block) -> list[Input | None]:
    """Return the input behind each name in reading order, None for a blank. Raises CellError, which names the place."""
    named = inputs_by_name(scheme)
    return each(names, lambda cell: None if is_blank(cell) else _find_input(named, cell), lambda cell: False)


def read_actuals(inputs: list[Input | None], cells: list[Cell]) -> dict[str, Value]:
    """Return one person's values by input key, without those that say nothing. Raises CellError."""
    values: dict[str, Value] = {}
    for entry, cell in zip(inputs, cells, strict=True):
        raise_error(cell)
        if not _is_given(entry, cell):
            continue
        if entry is None:
            raise CellError(f"参数错误：实际值“{shown(cell)}”没有指标名")
        if entry.key in values:
            raise CellError(f"参数错误：指标“{entry.key}”出现两次")
        values[entry.key] = read_value(entry, cell)
    return values


# --- what the scheme says -----------------------------------------------------------------------------------------------------


def weight(indicator: object, scheme: object = None) -> Cell:
    """Return the weight of each indicator."""
    chosen = read_scheme(scheme)
    return elementwise(lambda cell: as_cell(find_indicator(chosen, cell).weight), indicator)


def target(indicator: object, scheme: object = None) -> Cell:
    """Return the target of each indicator: a number, or the form's words where it is none to be reached or not known yet.

    A composite's parts have their own (``handling_hours.normal``); its bare name gives that of the first part.
    """
    chosen = read_scheme(scheme)

    def one(cell: Cell) -> Cell:
        found = find_target(chosen, plain(cell) if isinstance(cell, str) else shown(cell))
        if found is None:
            raise CellError(f"参数错误：方案中没有指标“{shown(cell)}”")
        return part_text(found) if found.better is None or found.value is None else as_cell(found.value)

    return elementwise(one, indicator)


def find_target(scheme: Scheme, name: str) -> TargetPart | None:
    """Return the target that goes by a name: of an indicator (of a composite that of its first part), or of a part."""
    for indicator in scheme.indicators:
        targets = target_parts(scheme, indicator)
        parts = indicator.traits.parts
        for part, target in zip(parts, targets if parts else (), strict=True):
            if name in (part_key(indicator, part.id), f"{indicator.id}.{part.id}", f"{indicator.name}.{part.name}"):
                return target
        if name in (indicator.id, indicator.name):
            return targets[0]
    return None
