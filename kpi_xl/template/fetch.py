"""Many paths of a view followed at once: common beginnings are taken once, the last steps from an object in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any

from kpi_xl.template.placeholders import Path, Step, step_into

Getter = Callable[[Any], Sequence[Any]]


class Leaf:
    """The last steps of all paths that end at one object."""

    __slots__ = ("_getters", "steps")

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self._getters: dict[type, Getter] = {}

    def getter(self, kind: type) -> Getter:
        """Return the fastest way to take the steps from objects of a type; what it raises is settled by `take`."""
        get = self._getters.get(kind)
        if get is None:
            get = self._getters[kind] = _getter(kind, self.steps)
        return get

    def take(self, holder: Any) -> Sequence[Any]:  # noqa: ANN401 - a view may hold anything
        """Return the values. Raises UnknownPathError."""
        try:
            return self.getter(type(holder))(holder)
        except (AttributeError, LookupError, TypeError):
            return [step_into(holder, step) for step in self.steps]


class Fetcher:
    """Takes the values at many paths from a view, in its own order: `order` tells which path each value belongs to."""

    __slots__ = ("_holders", "leaves", "order")

    def __init__(self, paths: Sequence[Path]) -> None:
        places: dict[Path, int] = {(): 0}
        self._holders: list[tuple[int, Step]] = []
        ends: dict[int, list[int]] = {}
        self.order = [number for number, path in enumerate(paths) if not path]
        self.leaves: list[tuple[int, Leaf | None]] = [(0, None)] * len(self.order)
        for number, path in enumerate(paths):
            for length in range(1, len(path)):
                if path[:length] not in places:
                    self._holders.append((places[path[: length - 1]], path[length - 1]))
                    places[path[:length]] = len(self._holders)
            if path:
                ends.setdefault(places[path[:-1]], []).append(number)
        for holder, numbers in ends.items():
            self.leaves.append((holder, Leaf(tuple(paths[number][-1] for number in numbers))))
            self.order += numbers

    @property
    def only_leaf(self) -> Leaf | None:
        """The leaf when all paths have a single step: then an object gives all values in one call."""
        return self.leaves[0][1] if len(self.leaves) == 1 and not self._holders else None

    def into(self, view: Any, values: list[Any]) -> None:  # noqa: ANN401
        """Append the values. Raises LookupError (mostly UnknownPathError) where the view has no such thing."""
        holders = [view]
        for place, step in self._holders:
            holder = holders[place]
            quick = type(step) is int and type(holder) in _SEQUENCES
            holders.append(holder[step] if quick else step_into(holder, step))
        for place, leaf in self.leaves:
            if leaf is None:
                values.append(view)
            else:
                values += leaf.take(holders[place])


_SEQUENCES = frozenset({tuple, list})


def _getter(kind: type, steps: tuple[Step, ...]) -> Getter:
    if issubclass(kind, Mapping):
        return _several(itemgetter(*steps), len(steps))
    attributes = all(isinstance(step, str) and step.isidentifier() for step in steps)
    if attributes and not issubclass(kind, (str, int, float, type(None))):
        return _several(attrgetter(*map(str, steps)), len(steps))
    return lambda holder: [step_into(holder, step) for step in steps]


def _several(get: Callable[[Any], Any], count: int) -> Getter:
    return get if count > 1 else lambda holder: (get(holder),)
