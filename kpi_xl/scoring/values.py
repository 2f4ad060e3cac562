"""Reads what people type into the values that rules take: numbers, choices, blanks; collects everything that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from operator import index

from kpi_xl.cell_words import UNIT_WORDS, is_missing, plain
from kpi_xl.errors import Problem, Text
from kpi_xl.nearest import did_you_mean
from kpi_xl.numbers import format_plain, from_float, parse_amount
from kpi_xl.schemes.inputs import Input, inputs_of_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.model import Value

Entered = Value | int | float | None
"""What callers may pass: text as typed (``85%``, ``20小时``), a number, a choice's label, or None for a blank."""

_TOO_LARGE = Decimal(10) ** 12


def read_values(
    scheme: Scheme, entered: Mapping[str, Entered], samples: Mapping[str, int], problems: list[Problem]
) -> dict[str, Value]:
    """Return the usable values by input key; blanks are left out. Each unusable one is appended to `problems`."""
    inputs = {entry.key: entry for entry in inputs_of_scheme(scheme)}
    given: dict[str, str] = {}
    found: dict[str, Value] = {}
    for key, raw in entered.items():
        entry = inputs.get(key) or inputs.get(_unprefixed(scheme, key))
        if entry is None:
            problems.append(
                Problem(
                    key,
                    Text(f"方案 {scheme.id} 没有指标 {key}", f"scheme {scheme.id} has no input {key}"),
                    _unknown_remedy(str(key), inputs),
                )
            )
            continue
        if entry.key in given:
            message = Text(f"与 {given[entry.key]} 是同一项", f"the same as {given[entry.key]}")
            problems.append(Problem(key, message, Text("只保留一个", "keep one of them")))
            continue
        given[entry.key] = key
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            continue
        value = read_input(entry, raw, samples.get(entry.key, samples.get(entry.indicator or "", 1)) > 1, problems)
        if value is not None:
            found[entry.key] = value
    return found


def _unprefixed(scheme: Scheme, key: str) -> str:
    """``complaints.complaint_rate`` also means the part ``complaint_rate`` of the indicator ``complaints``."""
    owner, _, part = str(key).partition(".")
    owners = (indicator for indicator in scheme.indicators if indicator.id == owner)
    known = (one for indicator in owners for one in indicator.traits.parts)
    return part if any(one.own_key and one.id == part for one in known) else key


def _unknown_remedy(key: str, inputs: Mapping[str, Input]) -> Text:
    """Name the input that is called so in the form, or the ids that look like it."""
    named = next((entry.key for entry in inputs.values() if entry.name == key), None)
    return did_you_mean(named or key, inputs)


def says_nothing(entry: Input, typed: str) -> bool:
    """Tell whether what people typed for an input is a blank or a word such as ``暂无``: but a choice may have such an option.

    Whoever reads cells asks this first; `read_values`, which programs call, refuses such words.
    """
    return is_missing(typed) and plain(typed) not in entry.options


def read_input(entry: Input, raw: Value | float, mean: bool, problems: list[Problem]) -> Value | None:
    """Read one value; None when it cannot be used, which is appended to `problems`. `mean`: it stands for several answers."""

    def refuse(zh: str, en: str, remedy: Text) -> None:
        shown = f"{raw:f}" if isinstance(raw, Decimal) else str(raw)
        problems.append(Problem(entry.key, Text(f"“{entry.name}”的值 {shown} {zh}", f"{shown}: {en}"), remedy))

    if entry.options:
        label = str(raw).strip()
        if label in entry.options:
            return label
        refuse(
            "不在选项中",
            "is not one of the choices",
            Text(f"可选：{'、'.join(entry.options)}", f"choose: {', '.join(entry.options)}"),
        )
        return None
    number = _number(raw, entry)
    if number is None:
        refuse("不是数字", "is not a number", Text("写数字，如 20、0.85、85%", "write a number such as 20, 0.85 or 85%"))
    elif isinstance(raw, str) and _is_percent(raw) and entry.unit != "ratio":
        refuse("不应带百分号", "takes no per cent sign", _range_text(entry))
    elif not isinstance(raw, Decimal) and is_doubtful(entry, number):
        problems.append(doubt(entry, number))
    elif abs(number) >= _TOO_LARGE:
        refuse("过大", "is too large", Text("检查单位和小数点", "check the unit and the decimal point"))
    elif (entry.low is not None and number < entry.low) or (entry.high is not None and number > entry.high):
        refuse("超出范围", "is out of range", _range_remedy(entry, number, isinstance(raw, str) and _is_percent(raw)))
    elif isinstance(raw, str) and entry.percent_above_one and abs(number) > 1 and not _is_percent(raw):
        refuse("看不出是否百分数", "may or may not be a percentage", _percent_remedy(number))
    elif entry.whole and number != number.to_integral_value():
        refuse("应为整数", "must be a whole number", Text("次数、份数写整数", "write a whole number"))
    elif entry.allowed and not _is_allowed(entry, number, mean):
        shown = "、".join(format_plain(a) if a == b else f"{format_plain(a)}~{format_plain(b)}" for a, b in entry.allowed)
        refuse("不是允许的分值", "is not an allowed score", Text(f"只能填 {shown}", f"allowed: {shown}"))
    else:
        return number
    return None


def is_doubtful(entry: Input, number: Decimal) -> bool:
    """Tell whether a number that somebody wrote in a field of 0-100 points may be a percentage: 0.9, what 90 % is in a cell.

    Means that were computed (Decimal) are not asked about by `read_input`; whoever reads cells asks here.
    """
    return entry.of_hundred and 0 < number <= 1


def doubt(entry: Input, number: Decimal) -> Problem:
    """Return the question about such a number."""
    few, many = format_plain(number, 6), format_plain(number * 100, 4)
    return Problem(
        entry.key,
        Text(f"“{entry.name}”的值 {few} 是 {few} 分还是 {many} 分？", f"{few}: is it {few} or {many} points?"),
        Text(
            f"本项满分 100 分：{many} 分请写 {many}，不写百分号；只能填 0 或大于 1 的分数",
            f"it is out of 100: for {many} points write {many} without a per cent sign; a mark is 0 or above 1",
        ),
    )


def _number(raw: Value | float, entry: Input) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str):
        return parse_amount(raw, UNIT_WORDS.get(entry.unit, ()))
    number = from_float(raw) if isinstance(raw, float) else _whole(raw)
    return number if number is not None and number.is_finite() else None


def _whole(raw: Decimal | int) -> Decimal | None:
    """A whole number may be one of NumPy's, which is no int; anything else is no number."""
    try:
        return raw if isinstance(raw, Decimal) else Decimal(index(raw))
    except TypeError:
        return None


def _is_allowed(entry: Input, number: Decimal, mean: bool) -> bool:
    if mean:
        return min(low for low, _ in entry.allowed) <= number <= max(high for _, high in entry.allowed)
    return any(low <= number <= high for low, high in entry.allowed)


def _range_text(entry: Input) -> Text:
    def shown(bound: Decimal | None) -> str:
        if bound is None:
            return "∞"
        return f"{format_plain(bound * 100)}%" if entry.unit == "ratio" else format_plain(bound)

    if entry.high is None:
        return Text(f"填不小于 {shown(entry.low)} 的数", f"write a number of at least {shown(entry.low)}")
    return Text(
        f"填 {shown(entry.low)}~{shown(entry.high)} 之间的数", f"write a number within {shown(entry.low)}..{shown(entry.high)}"
    )


def _is_percent(raw: str) -> bool:
    return plain(raw).endswith("%")


def _percent_remedy(number: Decimal) -> Text:
    small, large = f"{number.normalize():f}%", f"{(number * 100).normalize():f}%"
    return Text(f"写明百分号：{small} 或 {large}", f"write the per cent sign: {small} or {large}")


def _range_remedy(entry: Input, number: Decimal, typed_percent: bool) -> Text:
    if entry.unit == "ratio" and not typed_percent and abs(number) > 1 and (entry.low or 0) <= number / 100 <= (entry.high or 1):
        percent, ratio = f"{number.normalize():f}%", f"{(number / 100).normalize():f}"
        return Text(f"{percent} 请输入 {ratio} 或 {percent}", f"for {percent} write {ratio} or {percent}")
    return _range_text(entry)
