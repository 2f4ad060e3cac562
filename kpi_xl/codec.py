"""Turns plain tables (what TOML, JSON and sheets give) into frozen dataclasses, and back without loss.

The dataclasses are the schema: a field's name is the key, its type says what may stand there, its default makes it optional.
Every mistake becomes a `Problem` and reading goes on with a stand-in, so that one run reports them all. Numbers with a point must
come as Decimal (``parse_float=Decimal``). Standard library only: schemes are read in Pyodide, too.
"""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections import abc
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from kpi_xl.errors import Problem, Text
from kpi_xl.nearest import did_you_mean
from kpi_xl.numbers import parse_number

T = TypeVar("T")
Reader = Callable[[Any, str, list[Problem]], Any]
"""Takes what stands in the file, its key path and the list of problems; returns the value, or a stand-in besides a problem."""

_MOST_DIGITS = 15
"""Numbers beyond 10^15, or as small, are figures of nothing; to write ``1e999999`` out would keep the machine busy."""
_ITEM_REMEDY = Text("写成 { 键 = 值, … }", "write { key = value, ... }")
_NUMBER_REMEDY = Text('写成数字（如 20、0.85）或百分数（如 "85%"）', 'write a number (20, 0.85) or a percentage ("85%")')
_SCALARS: dict[Any, tuple[Text, Text]] = {
    bool: (Text("应为 true 或 false", "must be true or false"), Text("不加引号", "write true or false without quotes")),
    str: (Text("应为文字", "must be text"), Text("写成带引号的文字", "write text in quotes")),
    int: (Text("应为整数", "must be a whole number"), _NUMBER_REMEDY),
    float: (Text("应为数字", "must be a number"), _NUMBER_REMEDY),
    Decimal: (Text("应为数字", "must be a number"), _NUMBER_REMEDY),
}
"""What is said of a value that is none, and the remedy."""


def parse_toml(text: str) -> dict[str, Any]:
    """Return what TOML text says, numbers with a point as Decimal. Raises TOMLDecodeError for all that cannot be used.

    tomllib itself lets other errors out: for numbers of thousands of digits, and for tables too deep to walk through.
    """
    try:
        table = tomllib.loads(text, parse_float=Decimal)
        repr(table)  # as messages will
    except tomllib.TOMLDecodeError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise tomllib.TOMLDecodeError(str(error)) from error
    return table


@dataclass(frozen=True)
class Codec:
    """Reads and writes one family of files.

    `readers` and `writers` are for what these files spell in a way of their own, by type hint (an ``Annotated`` one, where only
    some fields are spelled so) and by class. A union is read as its first member that is not None.
    """

    readers: Mapping[Any, Reader] = field(default_factory=dict)
    writers: Mapping[type, Callable[[Any], Any]] = field(default_factory=dict)

    def read(self, hint: Any, value: Any, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - driven by type hints
        """Read `value` as the type `hint`; on a mistake note the problem and return a stand-in of that type."""
        if hint in self.readers:
            return self.readers[hint](value, where, problems)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            if value is None and type(None) in arguments:
                return None
            return self.read(next(a for a in arguments if a is not type(None)), value, where, problems)
        if origin is Annotated:
            return self.read(arguments[0], value, where, problems)
        if origin is Literal:
            return _read_literal(arguments, value, where, problems)
        if origin is tuple and arguments[-1] is not Ellipsis:
            return self._read_row(arguments, value, where, problems)
        if item := _item_of(hint):
            items = self._read_items(item, value, where, problems)
            return tuple(items.items()) if origin is tuple else items
        if origin in (tuple, frozenset):
            return origin(self._read_list(arguments[0], value, where, problems))
        if dataclasses.is_dataclass(hint):
            return self.read_table(typing.cast("type", hint), value, where, problems)
        return value if hint is Any else _read_scalar(hint, value, where, problems)

    def read_table(
        self, cls: type[T], value: object, where: str, problems: list[Problem], elsewhere: Collection[str] = (), **given: object
    ) -> T | None:
        """Read a dataclass, whose `given` fields are no keys of the file; None only when the value is no table at all."""
        found = self.read_fields(cls, value, where, problems, given, elsewhere)
        if found is None:
            return None
        for name, hint in _required(cls, {*found, *given}).items():
            message, remedy = Text(f"缺少 {name}", f"{name} is missing"), Text(f"补上 {name} = …", f"add {name} = ...")
            problems.append(Problem(_join(where, name), message, remedy))
            found[name] = self._stand_in(hint)
        return cls(**found, **given)

    def load(self, cls: type[T], value: object, elsewhere: Collection[str] = (), **given: object) -> T:
        """Read a dataclass from one of the program's own files. Raises ValueError with every mistake."""
        problems: list[Problem] = []
        found = self.read_table(cls, value, "", problems, elsewhere, **given)
        if found is None or problems:
            raise ValueError("; ".join(problem.in_language("en") for problem in problems))
        return found

    def read_fields(
        self,
        cls: type,
        value: object,
        where: str,
        problems: list[Problem],
        apart: Collection[str] = (),
        elsewhere: Collection[str] = (),
    ) -> dict[str, Any] | None:
        """Read those fields of a dataclass that stand there; None: it is no table.

        Fields `apart` are no keys; keys `elsewhere` may stand there and are read by somebody else.
        """
        if not isinstance(value, Mapping):
            message = Text(f"应为一张表，现为 {value!r}", f"must be a table, not {value!r}")
            problems.append(Problem(where, message, Text("写成 [段] 或 { 键 = 值 }", "write a [section] or { key = value }")))
            return None
        fields = {name: hint for name, (hint, _) in _fields(cls).items() if name not in apart}
        for key in value:
            if key not in fields and key not in elsewhere:
                message = Text(f"不认识的键 {key}", f"unknown key {key}")
                problems.append(Problem(_join(where, key), message, did_you_mean(str(key), [*fields, *elsewhere])))
        return {n: self.read(hint, value[n], _join(where, n), problems) for n, hint in fields.items() if n in value}

    def _read_items(self, item: Any, value: object, where: str, problems: list[Problem]) -> dict[str, Any]:  # noqa: ANN401
        if isinstance(value, Mapping):
            return {key: self.read(item, one, _join(where, key), problems) for key, one in value.items()}
        problems.append(Problem(where, Text("应为“键 = 值”的表", "must be a table of key = value"), _ITEM_REMEDY))
        return {}

    def _read_list(self, item: Any, value: object, where: str, problems: list[Problem]) -> list[Any]:  # noqa: ANN401
        if not isinstance(value, Sequence) or isinstance(value, str):
            problems.append(Problem(where, Text("应为列表", "must be a list"), Text("写成 [ … ]", "write [ ... ]")))
            return []
        items = [self.read(item, one, f"{where}[{index}]", problems) for index, one in enumerate(value)]
        return [one for one in items if one is not None]

    def _read_row(self, hints: tuple[Any, ...], value: object, where: str, problems: list[Problem]) -> tuple[Any, ...]:
        if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == len(hints):
            pairs = enumerate(zip(hints, value, strict=True))
            return tuple(self.read(hint, one, f"{where}[{index}]", problems) for index, (hint, one) in pairs)
        message = Text(f"应为 {len(hints)} 个数字的列表", f"must be a list of {len(hints)} numbers")
        problems.append(Problem(where, message, Text("写成 [0, 25]", "write [0, 25]")))
        return tuple(self._stand_in(hint) for hint in hints)

    def _stand_in(self, hint: Any) -> Any:  # noqa: ANN401
        """A harmless value of that type, with which checking goes on."""
        return self.read(hint, None, "", [])

    def write(self, value: Any) -> Any:  # noqa: ANN401
        """Return a value as plain tables (str, int, bool, Decimal, list, dict), without the fields at their defaults."""
        if type(value) in self.writers:
            return self.writers[type(value)](value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self.write_fields(value)
        if isinstance(value, frozenset):
            value = tuple(sorted(value))
        return [self.write(item) for item in value] if isinstance(value, tuple) else value

    def write_fields(self, value: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
        """Return the fields of a dataclass that are not at their defaults."""
        table: dict[str, Any] = {}
        for one in dataclasses.fields(value):
            item = getattr(value, one.name)
            default = one.default if one.default_factory is dataclasses.MISSING else one.default_factory()
            if item is not None and item != default:
                items = _item_of(_fields(value.__class__)[one.name][0]) is not None
                table[one.name] = {key: self.write(v) for key, v in dict(item).items()} if items else self.write(item)
        return table


@cache
def _fields(cls: type) -> dict[str, tuple[Any, bool]]:
    """Type and "is required" of each field, by name."""
    hints = typing.get_type_hints(cls, include_extras=True)
    unset = dataclasses.MISSING
    return {f.name: (hints[f.name], f.default is unset and f.default_factory is unset) for f in dataclasses.fields(cls)}


def _required(cls: type, there: Collection[str]) -> dict[str, Any]:
    """The types of the fields that have no default and are not `there`."""
    return {name: hint for name, (hint, required) in _fields(cls).items() if required and name not in there}


def _item_of(hint: Any) -> Any:  # noqa: ANN401
    """The type of the values of what stands in files as key = value: a mapping, or pairs of a text and a value; else None."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and arguments[-1] is Ellipsis:
        pair = typing.get_args(arguments[0]) if typing.get_origin(arguments[0]) is tuple else ()
        return pair[1] if len(pair) == 2 and pair[0] is str and pair[1] is not Ellipsis else None
    return arguments[1] if origin is abc.Mapping else None


def _join(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _read_scalar(hint: Any, value: Any, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401
    if hint in (bool, str):
        if isinstance(value, hint):
            return value
    else:
        number = read_number(value)
        if number is not None and (hint is not int or number == number.to_integral_value()):
            return hint(number)
    message, remedy = _SCALARS[hint]
    problems.append(Problem(where, Text(f"{message.zh}，现为 {value!r}", f"{message.en}, not {value!r}"), remedy))
    return hint()


def read_number(value: object) -> Decimal | None:
    """Return the number that stands in a file, as a number or as text (``"85%"``); None for anything else."""
    number = parse_number(value) if isinstance(value, str) else value
    if isinstance(number, int) and not isinstance(number, bool):
        number = Decimal(number)
    if not isinstance(number, Decimal) or not number.is_finite():
        return None
    return number if not number or abs(number.adjusted()) <= _MOST_DIGITS else None


def _read_literal(options: tuple[Any, ...], value: Any, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401
    number = read_number(value) if isinstance(value, Decimal) else None
    plain = int(number) if number is not None and number == number.to_integral_value() else value
    if plain in options and not isinstance(plain, bool):
        return plain
    message = Text(f"不认识的值 {value!r}", f"unknown value {value!r}")
    problems.append(Problem(where, message, did_you_mean(str(value), [str(option) for option in options])))
    return options[0]
