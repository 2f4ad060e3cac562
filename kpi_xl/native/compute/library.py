"""The functions that the calculator knows: those in native forms, and those that stand around scores in practice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP
from math import floor, sqrt

from kpi_xl.native.compute.engine import At, Calculator, Special, Value
from kpi_xl.native.compute.grid import Box
from kpi_xl.native.compute.lookups import LOOKUPS
from kpi_xl.native.compute.parse import Node
from kpi_xl.native.compute.values import (
    DIVISION,
    NOT_AVAILABLE,
    NUMBER,
    VALUE,
    Error,
    Plain,
    Scalar,
    UnknownError,
    checked,
    element,
    lifted,
    number,
    rounded,
    scalars,
    text,
    truth,
)

# --- cell by cell ----------------------------------------------------------------------------------------------------------

Reader = Callable[[Scalar], Scalar]


def _each(function: Callable[..., Scalar], *readers: Reader, least: int | None = None, default: Scalar = 1.0) -> Special:
    """A function of single values: errors pass through, each argument is read by its reader."""

    def one(*values: Scalar) -> Scalar:
        read = [reader(value) for reader, value in zip(readers, values, strict=False)]
        return next((value for value in read if isinstance(value, Error)), None) or function(*read)

    def call(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
        if not (len(readers) if least is None else least) <= len(arguments) <= len(readers):
            raise UnknownError("arguments")
        given = [calculator.plain(node, at) for node in arguments]
        return lifted(one, *given, *[default] * (len(readers) - len(given)))

    return call


def _whole(value: Scalar) -> Scalar:
    found = number(value)
    return found if isinstance(found, Error) else float(floor(found))


def _tests(function: Callable[[Scalar], Scalar]) -> Special:
    """A function that takes any value, errors too."""

    def call(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
        (node,) = arguments
        return lifted(function, calculator.plain(node, at))

    return call


def _find(part: str, whole: str, start: float) -> Scalar:
    found = whole.find(part, int(start) - 1) if start >= 1 else -1
    return VALUE if found < 0 else float(found + 1)


def _substitute(whole: str, old: str, new: str) -> Scalar:
    return whole.replace(old, new) if old else whole


def _modulo(one: float, other: float) -> Scalar:
    return DIVISION if other == 0 else one - other * floor(one / other)


def _date(year: float, month: float, day: float) -> Scalar:
    if not 1901 <= year <= 9999:
        raise UnknownError("year")
    months = int(year) * 12 + int(month) - 1
    try:
        there = date(months // 12, months % 12 + 1, 1) + timedelta(days=int(day) - 1)
    except (ValueError, OverflowError):
        return NUMBER
    return float((there - date(1899, 12, 30)).days)


def _calendar(part: Callable[[date], int]) -> Special:
    def one(serial: float) -> Scalar:
        if not 61 <= serial < 2_958_466:
            raise UnknownError("date")
        return float(part(date(1899, 12, 30) + timedelta(days=int(serial))))

    return _each(one, number)


def _char(code: float) -> Scalar:
    if not 1 <= code < 128:
        raise UnknownError("CHAR")
    return chr(int(code))


# --- conditions ------------------------------------------------------------------------------------------------------------


def _if(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
    condition = calculator.plain(arguments[0], at)
    yes = arguments[1] if len(arguments) > 1 else None
    given = len(arguments) > 2
    if not isinstance(condition, list):
        met = truth(condition)
        if isinstance(met, Error):
            return met
        if not met and not given:
            return False
        found = calculator.value(yes if met else arguments[2], at)
        return 0.0 if found is None and (yes if met else arguments[2]) is None else found
    branches = calculator.plain(yes, at), calculator.plain(arguments[2], at) if given else False

    def one(met: Scalar, first: Scalar, second: Scalar) -> Scalar:
        state = truth(met)
        return state if isinstance(state, Error) else first if state else second

    return lifted(one, condition, *branches)


def _unless(wrong: Callable[[Scalar], bool]) -> Special:
    def call(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
        value = calculator.plain(arguments[0], at)
        if not isinstance(value, list):
            return calculator.plain(arguments[1], at) if wrong(value) else value
        return lifted(lambda one, other: other if wrong(one) else one, value, calculator.plain(arguments[1], at))

    return call


# --- many cells ------------------------------------------------------------------------------------------------------------


def _numbers(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Iterator[float | Error]:
    """Walk over the numbers of the arguments: of areas and arrays the numbers alone, of single values all that can be read."""
    for node in arguments:
        value = calculator.value(node, at)
        if isinstance(value, Box):
            value = calculator.array(value)
        if isinstance(value, list):
            yield from (one for one in scalars(value) if isinstance(one, Error) or type(one) is float)
        else:
            yield number(value)


def _over(function: Callable[[list[float]], Scalar]) -> Special:
    def call(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
        found = list(_numbers(calculator, arguments, at))
        wrong = next((one for one in found if isinstance(one, Error)), None)
        return wrong or function([one for one in found if not isinstance(one, Error)])

    return call


def _counted(counts: Callable[[Scalar], bool]) -> Special:
    def call(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
        total = 0
        for node in arguments:
            value = calculator.value(node, at)
            alone = not isinstance(value, Box | list)
            values = scalars(calculator.array(value) if isinstance(value, Box) else value)
            total += sum(counts(number(one) if alone and counts(0.0) and not counts("") else one) for one in values)
        return float(total)

    return call


def _logical(combine: Callable[[list[bool]], bool]) -> Special:
    def call(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
        found: list[bool] = []
        for node in arguments:
            value = calculator.value(node, at)
            many = isinstance(value, Box | list)
            for one in scalars(calculator.array(value) if isinstance(value, Box) else value):
                if many and (one is None or isinstance(one, str)):
                    continue
                state = truth(one)
                if isinstance(state, Error):
                    return state
                found.append(state)
        return combine(found) if found else VALUE

    return call


def _sumproduct(calculator: Calculator, arguments: Sequence[Node | None], at: At) -> Value:
    arrays: list[Plain] = []
    for node in arguments:
        value = calculator.value(node, replace(at, array=True))
        arrays.append(calculator.array(value) if isinstance(value, Box) else value)
    shapes = {(len(value), len(value[0])) if isinstance(value, list) else (1, 1) for value in arrays}
    if len(shapes) > 1:
        return VALUE
    ((height, width),) = shapes
    total = 0.0
    for i in range(height):
        for j in range(width):
            product = 1.0
            for value in arrays:
                one = element(value, i, j)
                if isinstance(one, Error):
                    return one
                product *= one if type(one) is float else 0.0
            total += product
    return checked(total)


def _text_of(value: Scalar) -> Scalar:
    return value if isinstance(value, str | Error) else ""


def _mean(values: list[float]) -> Scalar:
    return sum(values) / len(values) if values else DIVISION


def _median(values: list[float]) -> Scalar:
    ordered, middle = sorted(values), len(values) // 2
    if not ordered:
        return NUMBER
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _round(mode: str) -> Special:
    return _each(lambda value, digits: rounded(value, digits, mode), number, number)


FUNCTIONS: Mapping[str, Special] = {
    **LOOKUPS,
    "IF": _if,
    "IFERROR": _unless(lambda value: isinstance(value, Error)),
    "IFNA": _unless(lambda value: value == NOT_AVAILABLE),
    "ISNUMBER": _tests(lambda value: type(value) is float),
    "ISTEXT": _tests(lambda value: isinstance(value, str)),
    "ISBLANK": _tests(lambda value: value is None),
    "ISERROR": _tests(lambda value: isinstance(value, Error)),
    "ISNA": _tests(lambda value: value == NOT_AVAILABLE),
    "ISLOGICAL": _tests(lambda value: isinstance(value, bool)),
    "AND": _logical(all),
    "OR": _logical(any),
    "NOT": _each(lambda value: not value, truth),
    "TRUE": lambda _calculator, _arguments, _at: True,
    "FALSE": lambda _calculator, _arguments, _at: False,
    "NA": lambda _calculator, _arguments, _at: NOT_AVAILABLE,
    "SUM": _over(lambda values: checked(sum(values, 0.0))),
    "AVERAGE": _over(_mean),
    "MAX": _over(lambda values: max(values, default=0.0)),
    "MIN": _over(lambda values: min(values, default=0.0)),
    "MEDIAN": _over(_median),
    "COUNT": _counted(lambda value: type(value) is float),
    "COUNTA": _counted(lambda value: value is not None),
    "SUMPRODUCT": _sumproduct,
    "ROUND": _round(ROUND_HALF_UP),
    "ROUNDUP": _round(ROUND_UP),
    "ROUNDDOWN": _round(ROUND_DOWN),
    "INT": _each(lambda value: float(floor(value)), number),
    "ABS": _each(lambda value: abs(value), number),
    "MOD": _each(_modulo, number, number),
    "SQRT": _each(lambda value: NUMBER if value < 0 else sqrt(value), number),
    "SIGN": _each(lambda value: float((value > 0) - (value < 0)), number),
    "N": _tests(lambda value: value if isinstance(value, float | Error) and type(value) is not bool else float(value is True)),
    "VALUE": _each(lambda value: value, number),
    "T": _tests(_text_of),
    "LEFT": _each(lambda whole, count: whole[: int(count)] if count >= 0 else VALUE, text, number, least=1),
    "RIGHT": _each(
        lambda whole, count: (whole[-int(count) :] if int(count) else "") if count >= 0 else VALUE, text, number, least=1
    ),
    "MID": _each(
        lambda whole, start, count: whole[int(start) - 1 :][: int(count)] if start >= 1 and count >= 0 else VALUE,
        *(text, number, number),
    ),
    "LEN": _each(lambda whole: float(len(whole.encode("utf-16-le")) // 2), text),
    "TRIM": _each(lambda whole: " ".join(word for word in whole.split(" ") if word), text),
    "LOWER": _each(lambda whole: whole.lower(), text),
    "UPPER": _each(lambda whole: whole.upper(), text),
    "EXACT": _each(lambda one, other: one == other, text, text),
    "FIND": _each(_find, text, text, number, least=2),
    "SUBSTITUTE": _each(_substitute, text, text, text),
    "CONCATENATE": _each(lambda *words: "".join(words), *[text] * 30, least=1, default=""),
    "CHAR": _each(_char, number),
    "DATE": _each(_date, _whole, _whole, _whole),
    "YEAR": _calendar(lambda day: day.year),
    "MONTH": _calendar(lambda day: day.month),
    "DAY": _calendar(lambda day: day.day),
}
