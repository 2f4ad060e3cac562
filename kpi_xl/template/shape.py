"""Do the names in a template exist? Followed along the types of the view, before anything is filled."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from kpi_xl.errors import Problem
from kpi_xl.template.placeholders import Path, Step, UnknownPathError, show_path, step_into
from kpi_xl.template.program import unknown_name


@dataclass(frozen=True, slots=True)
class Use:
    """A path in a template: its cell, and the loops around it (name of the variable, path of the collection), outermost first."""

    where: str
    path: Path
    loops: tuple[tuple[str, Path], ...] = ()


def unknown_uses(uses: Iterable[Use], shape: object) -> list[Problem]:
    """Return the paths that a view of this shape does not have.

    `shape` is the view's class (type hints are followed), or a sample of it; what it leaves open (Any, an empty list of a sample,
    keys of mappings) is taken for known.
    """
    problems = []
    for use in uses:
        variables: dict[str, Any] = {}
        known = True
        for name, path in use.loops:
            holder = _follow(shape, variables, path)
            known = known and not isinstance(holder, str)
            variables[name] = _item(holder)
        missing = _follow(shape, variables, use.path)
        if known and isinstance(missing, _Missing):
            problems.append(unknown_name(use.where, missing))
    return problems


class _Missing(str):
    """The path as far as it is unknown."""

    __slots__ = ()


def _follow(shape: object, variables: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401 - types and samples alike
    if path == ("loop", "index"):
        return int
    first = str(path[0])
    holder, rest = (variables[first], path[1:]) if first in variables else (shape, path)
    for number, step in enumerate(rest):
        if holder is Any:
            return Any
        holder = _step(holder, step)
        if holder is None:
            return _Missing(show_path(path[: len(path) - len(rest) + number + 1]))
    return holder


def _step(holder: Any, step: Step) -> Any:  # noqa: ANN401
    """Take one step from a type or from a sample; None where there is no such thing."""
    kind = _type(holder)
    if kind is None:
        try:
            value = step_into(holder, step)
        except UnknownPathError:
            return None
        return Any if value is None else value
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    if kind is Any or not isinstance(origin, type):
        return Any
    if issubclass(origin, Mapping):
        return arguments[1] if len(arguments) == 2 else Any
    if isinstance(step, int):
        return _item(kind) if issubclass(origin, Sequence) and not issubclass(origin, str) else None
    hints = _hints(origin)  # type: ignore[arg-type]  # classes can be hashed
    if step in hints:
        return hints[step]
    found = getattr(origin, step, None)
    if isinstance(found, property) and found.fget is not None:
        return _hints(found.fget).get("return", Any)
    return Any if found is not None else None


@cache
def _hints(kind: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """Return the type hints of a class or function; each of them is compiled, and a template asks for the same ones often."""
    return typing.get_type_hints(kind)


def _type(holder: Any) -> Any:  # noqa: ANN401
    """Return the type that a hint stands for (without ``| None``), None for a sample."""
    if isinstance(holder, types.UnionType) or typing.get_origin(holder) is typing.Union:
        others = [kind for kind in typing.get_args(holder) if kind is not type(None)]
        return others[0] if len(others) == 1 else Any
    return holder if holder is Any or isinstance(holder, type) or typing.get_origin(holder) is not None else None


def _item(holder: Any) -> Any:  # noqa: ANN401
    """Return the type of a collection's items, or its first item when it is a sample."""
    kind = _type(holder)
    if kind is None:
        first = next(iter(holder), None) if isinstance(holder, Sequence) and not isinstance(holder, str) else None
        return Any if first is None else first
    arguments = typing.get_args(kind)
    return arguments[0] if arguments else Any
