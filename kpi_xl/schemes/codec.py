"""Turns plain tables (what TOML and the sheet 评级标准 give) into the classes of `model`, and back without loss.

The dataclasses are the schema: a field's name is the key, its type says what may stand there, its default makes it optional.
Every mistake becomes a `Problem` and reading goes on with a stand-in, so that one run reports them all.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from kpi_xl.errors import Problem, Text
from kpi_xl.numbers import parse_number
from kpi_xl.schemes.model import Scheme, Source
from kpi_xl.schemes.rule_kinds import RULE_KINDS, MedianRef, ParameterRef, Rating, Rule, Target

_NUMBER_REMEDY = Text('写成数字（如 20、0.85）或百分数（如 "85%"）', 'write a number (20, 0.85) or a percentage ("85%")')


def did_you_mean(word: str, known: Collection[str]) -> Text:
    """Return a remedy that names the nearest known words, or all of them."""
    near = next(filter(None, (difflib.get_close_matches(w, list(known), n=2, cutoff=0.6) for w in (word, word.lower()))), [])
    listed = "、".join(near or known)
    if near:
        return Text(f"是不是想写 {listed}？", f"did you mean {', '.join(near)}?")
    return Text(f"可用的有：{listed or '（无）'}", f"known: {', '.join(known) or '(none)'}")


def read_scheme_table(table: Mapping[str, Any], problems: list[Problem]) -> Scheme:
    """Read a scheme from plain nested tables; what is wrong is appended to `problems`, and stand-ins take its place."""
    scheme = _read(Scheme, table, "", problems)
    if not isinstance(scheme, Scheme):  # pragma: no cover - a mapping always gives a Scheme
        raise TypeError("a scheme must be a table")
    return scheme


def scheme_table(scheme: Scheme) -> dict[str, Any]:
    """Return the scheme as plain nested tables (str, int, bool, Decimal, list, dict), without the fields at their defaults."""
    written = _write(scheme)
    if not isinstance(written, dict):  # pragma: no cover - a dataclass always gives a table
        raise TypeError("a scheme must be a table")
    return written


# --- reading ---------------------------------------------------------------------------------------------------------------


@cache
def _fields(cls: type) -> tuple[tuple[str, Any, bool], ...]:
    """Name, type and "is required" of each field."""
    hints = typing.get_type_hints(cls)
    return tuple(
        (f.name, hints[f.name], f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING)
        for f in dataclasses.fields(cls)
    )


def _problem(problems: list[Problem], where: str, message: Text, remedy: Text) -> None:
    problems.append(Problem(where, message, remedy))


def _read(hint: Any, value: Any, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - driven by the types of the fields
    """Read `value` as the type `hint`; on a mistake note the problem and return a stand-in of that type."""
    if hint == Target:
        return _read_target(value, where, problems)
    if hint == Rule:
        return _read_rule(value, where, problems)
    if hint is Source:
        return _read_source(value, where, problems)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _read(next(a for a in arguments if a is not type(None)), value, where, problems)
    if origin is Literal:
        return _read_literal(arguments, value, where, problems)
    if origin is tuple:
        return _read_tuple(arguments, value, where, problems)
    if dataclasses.is_dataclass(hint):
        return _read_table(typing.cast("type", hint), value, where, problems)
    return _read_scalar(hint, value, where, problems)


def _read_scalar(hint: Any, value: Any, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401
    if hint is bool:
        if isinstance(value, bool):
            return value
        _problem(
            problems, where, Text(f"应为 true 或 false，现为 {value!r}", f"must be true or false, not {value!r}"),
            Text("写 true 或 false，不加引号", "write true or false without quotes"),
        )  # fmt: skip
        return False
    if hint is str:
        if isinstance(value, str):
            return value
        _problem(problems, where, Text(f"应为文字，现为 {value!r}", f"must be text, not {value!r}"),
                 Text("写成带引号的文字", "write text in quotes"))  # fmt: skip
        return ""
    number = _number(value)
    if number is None or (hint is int and number != number.to_integral_value()):
        kind = Text("应为整数", "must be a whole number") if hint is int else Text("应为数字", "must be a number")
        _problem(problems, where, Text(f"{kind.zh}，现为 {value!r}", f"{kind.en}, not {value!r}"), _NUMBER_REMEDY)
        return hint(0)
    return int(number) if hint is int else number


def _number(value: Any) -> Decimal | None:  # noqa: ANN401
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, int):
        return Decimal(value)
    return parse_number(value) if isinstance(value, str) else None


def _read_literal(options: tuple[Any, ...], value: Any, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401
    plain = int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value
    if plain in options and not isinstance(plain, bool):
        return plain
    message = Text(f"不认识的值 {value!r}", f"unknown value {value!r}")
    _problem(problems, where, message, did_you_mean(str(value), [str(option) for option in options]))
    return options[0]


def _read_tuple(arguments: tuple[Any, ...], value: object, where: str, problems: list[Problem]) -> tuple[Any, ...]:
    element = arguments[0]
    if arguments[-1] is not Ellipsis:
        return _read_pair(arguments, value, where, problems)
    pair = typing.get_args(element) if typing.get_origin(element) is tuple else ()
    if len(pair) == 2 and pair[0] is str and pair[1] is not Ellipsis:
        if not isinstance(value, Mapping):
            _problem(problems, where, Text("应为“键 = 值”的表", "must be a table of key = value"),
                     Text("写成 { 键 = 值, … }", "write { key = value, ... }"))  # fmt: skip
            return ()
        return tuple((key, _read(pair[1], item, f"{where}.{key}", problems)) for key, item in value.items())
    if not isinstance(value, Sequence) or isinstance(value, str):
        _problem(problems, where, Text("应为列表", "must be a list"), Text("写成 [ … ]", "write [ ... ]"))
        return ()
    items = (_read(element, item, f"{where}[{index}]", problems) for index, item in enumerate(value))
    return tuple(item for item in items if item is not None)


def _read_pair(arguments: tuple[Any, ...], value: object, where: str, problems: list[Problem]) -> tuple[Any, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == len(arguments):
        return tuple(_read(a, item, f"{where}[{i}]", problems) for i, (a, item) in enumerate(zip(arguments, value, strict=True)))
    _problem(problems, where, Text("应为两个数字的列表", "must be a list of two numbers"), Text("写成 [0, 25]", "write [0, 25]"))
    return tuple(Decimal(0) for _ in arguments)


def _read_target(value: Any, where: str, problems: list[Problem]) -> Target:  # noqa: ANN401
    if value == "median":
        return MedianRef()
    if isinstance(value, Mapping) and set(value) == {"parameter"} and isinstance(value["parameter"], str):
        return ParameterRef(value["parameter"])
    number = _number(value)
    if number is None:
        _problem(
            problems, where, Text(f"目标值看不懂：{value!r}", f"cannot read the target {value!r}"),
            Text('写成数字、百分数（"85%"）、"median"（团队中位数）或 { parameter = "…" }',
                 'write a number, a percentage ("85%"), "median" or { parameter = "..." }'),
        )  # fmt: skip
        return Decimal(1)
    return number


def _read_rule(value: Any, where: str, problems: list[Problem]) -> Rule:  # noqa: ANN401
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in RULE_KINDS:
        message = Text(f"不认识的计分规则 {kind!r}", f"unknown rule kind {kind!r}")
        _problem(problems, f"{where}.kind", message, did_you_mean(str(kind), RULE_KINDS))
        return Rating()
    rule: Rule = _read_table(RULE_KINDS[kind], {k: v for k, v in value.items() if k != "kind"}, where, problems)
    return rule


def _read_source(value: object, where: str, problems: list[Problem]) -> Source:
    origin, _, note = value.partition(":") if isinstance(value, str) else ("", "", "")
    if origin == "document":
        return Source("document", note.strip())
    if origin == "decided" and note.strip():
        return Source("decided", note.strip())
    _problem(
        problems, where, Text(f"来源看不懂：{value!r}", f"cannot read the source {value!r}"),
        Text('写 "document"、"document: 说明" 或 "decided: 理由"', 'write "document", "document: note" or "decided: why"'),
    )  # fmt: skip
    return Source("document")


def _read_table(cls: type, value: Any, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401
    """Read a dataclass; None (dropped by the caller) when the value is no table at all."""
    if not isinstance(value, Mapping):
        _problem(problems, where, Text(f"应为一张表，现为 {value!r}", f"must be a table, not {value!r}"),
                 Text("写成 [段] 或 { 键 = 值 }", "write a [section] or { key = value }"))  # fmt: skip
        return None
    fields = _fields(cls)
    prefix = f"{where}." if where else ""
    names = [name for name, _, _ in fields]
    for key in value:
        if key not in names:
            message = Text(f"不认识的键 {key}", f"unknown key {key}")
            _problem(problems, f"{prefix}{key}", message, did_you_mean(str(key), names))
    found: dict[str, Any] = {}
    for name, hint, required in fields:
        if name in value:
            found[name] = _read(hint, value[name], f"{prefix}{name}", problems)
        elif required:
            message = Text(f"缺少 {name}", f"{name} is missing")
            _problem(problems, f"{prefix}{name}", message, Text(f"补上 {name} = …", f"add {name} = ..."))
            found[name] = _stand_in(hint)
    return cls(**found)


def _stand_in(hint: Any) -> Any:  # noqa: ANN401
    """A harmless value of that type, with which checking goes on."""
    return _read(hint, None, "", []) if hint not in (str, bool) else hint()


# --- writing ---------------------------------------------------------------------------------------------------------------


def _write(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Source):
        return f"{value.origin}: {value.note}" if value.note else value.origin
    if isinstance(value, ParameterRef):
        return {"parameter": value.parameter}
    if isinstance(value, MedianRef):
        return "median"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = next((kind for kind, rule in RULE_KINDS.items() if type(value) is rule), None)
        table: dict[str, Any] = {"kind": kind} if kind else {}
        hints = {name: hint for name, hint, _ in _fields(type(value))}
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if item is not None and (field.default is dataclasses.MISSING or item != field.default):
                table[field.name] = _write_field(hints[field.name], item)
        return table
    if isinstance(value, tuple):
        return [_write(item) for item in value]
    return value


def _write_field(hint: Any, item: Any) -> Any:  # noqa: ANN401
    """Write a field; tuples of (text, value) pairs become tables of key = value."""
    arguments = typing.get_args(hint)
    pair = typing.get_args(arguments[0]) if typing.get_origin(hint) is tuple and arguments[-1] is Ellipsis else ()
    if len(pair) == 2 and pair[0] is str and pair[1] is not Ellipsis:
        return {key: _write(value) for key, value in item}
    return _write(item)
