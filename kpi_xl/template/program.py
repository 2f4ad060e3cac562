"""Runs of rows compiled to one ``%`` format: static XML, row numbers, formulas that may move, and slots for values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain as joined
from operator import itemgetter
from typing import Any

from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.ooxml.formulas import Formula
from kpi_xl.ooxml.xml import escape
from kpi_xl.template.fetch import Fetcher
from kpi_xl.template.layout import Arrangement, CopyGroup, FormulaPlace, PlacedCopy
from kpi_xl.template.placeholders import Path, UnknownPathError, look_up
from kpi_xl.template.values import BadValueError, Encoders, LinkValue, Verbatim, plain_text

_REMEMBERED_BYTES = 4 << 20

Scope = tuple[Any, ...]
"""The view, then the present item of each loop around the row, outermost first."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What a workbook is filled with."""

    inputs: Mapping[str, Any]
    cached: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AtPath:
    """The value at a path of the view (depth 0) or of a loop's item."""

    depth: int
    path: Path


@dataclass(frozen=True, slots=True)
class LoopIndex:
    """The number of the present copy in its loop, from 1."""

    depth: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Text around values."""

    parts: tuple[str | AtPath | LoopIndex, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """A cell that leads somewhere."""

    target: AtPath | LoopIndex
    text: AtPath | LoopIndex | None


@dataclass(frozen=True, slots=True)
class InputSlot:
    """The input value of a named cell; without one, what the template has there."""

    key: str
    otherwise: AtPath | LoopIndex | Joined | Linked | Verbatim


@dataclass(frozen=True, slots=True)
class Cached:
    """The known value of a named formula cell, None when it is not known."""

    key: str


Expression = AtPath | LoopIndex | Joined | Linked | InputSlot | Cached


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value: where it comes from, how it is written, and the cell for error messages."""

    expression: Expression
    encoders: Encoders
    where: str


@dataclass(frozen=True, slots=True)
class Moving:
    """A formula of template row `row` whose references may change with the layout."""

    formula: Formula
    row: int


class _Hole:
    __slots__ = ()


HOLE = _Hole()
Item = bytes | int | Moving | _Hole
"""Static XML, the number of a row (as the distance from the first row of the run), a formula, or the place of the next slot."""


class Program:
    """The rows `first`... of a sheet, ready to be written at any output row."""

    def __init__(self, sheet: int, first: int, items: Sequence[Item], slots: Sequence[Slot], *, local: bool) -> None:
        self._sheet = sheet
        self._first = first
        self._items = _compact(items)
        self.slots = tuple(slots)
        self.local = local
        self._formats: dict[int, bytes] = {}
        self._bytes = 0
        self._sources()

    def _sources(self) -> None:
        """Sort the slots by where their values come from: values are taken source by source, then put in order at once."""
        by_depth: dict[int, list[int]] = {}
        inputs: list[int] = []
        cached: list[int] = []
        others: list[int] = []
        for place, slot in enumerate(self.slots):
            expression = slot.expression
            if isinstance(expression, AtPath):
                by_depth.setdefault(expression.depth, []).append(place)
            elif isinstance(expression, Cached):
                cached.append(place)
            elif isinstance(expression, InputSlot) and isinstance(expression.otherwise, Verbatim):
                inputs.append(place)
            else:
                others.append(place)
        order: list[int] = []
        self._fetchers: list[tuple[int, Fetcher]] = []
        for depth, places in sorted(by_depth.items()):
            fetcher = Fetcher([_path(self.slots[place].expression) for place in places])
            self._fetchers.append((depth, fetcher))
            order += [places[number] for number in fetcher.order]
        order += inputs + cached + others
        self._inputs = [(slot.key, slot.otherwise) for slot in self._at(inputs) if isinstance(slot, InputSlot)]
        self._cached = [slot.key for slot in self._at(cached) if isinstance(slot, Cached)]
        self._others = self._at(others)
        self._encoders = [self.slots[place].encoders for place in order]
        back = [order.index(place) for place in range(len(order))]
        self._arrange: Callable[[list[bytes]], tuple[bytes, ...]] = tuple if back == sorted(back) else itemgetter(*back)
        single = len(self._fetchers) == 1 and back == sorted(back) and not (inputs or cached or others)
        self._row_depth, self._row = (self._fetchers[0][0], self._fetchers[0][1].only_leaf) if single else (0, None)

    def _at(self, places: Sequence[int]) -> list[Expression]:
        return [self.slots[place].expression for place in places]

    def write(
        self,
        start: int,
        chain: tuple[PlacedCopy, ...],
        layout: Arrangement,
        scope: Scope,
        filling: Filling,
        index: tuple[int, ...],
    ) -> bytes:
        """Return the XML of the rows when the first becomes output row `start`. Raises KpiError naming each cell that fails."""
        pattern = self._formats.get(start) if self.local else None
        if pattern is None:
            pattern = self._pattern(start, chain, layout)
        try:
            values: list[Any] = []
            for depth, fetcher in self._fetchers:
                fetcher.into(scope[depth], values)
            if self._inputs:
                values += [filling.inputs.get(key, otherwise) for key, otherwise in self._inputs]
            if self._cached:
                values += [filling.cached.get(key) for key in self._cached]
            for expression in self._others:
                values.append(evaluate(expression, scope, filling, index))
            tails = [encoders[type(value)](value) for encoders, value in zip(self._encoders, values)]  # noqa: B905 - one by one
            return pattern % self._arrange(tails)
        except _FAILURES:
            raise self._explained(scope, filling, index) from None

    def write_copies(
        self, items: Sequence[Any], group: CopyGroup, chain: tuple[PlacedCopy, ...], layout: Arrangement, scope: Scope
    ) -> bytes | None:
        """Return the XML of many copies at once, for the plain case: items of one type, values of the items alone.

        None when the case is not plain, or when something fails: then the rows are to be written one by one.
        """
        if self._row is None or not self.local or self._row_depth != len(scope) or len(set(map(type, items))) != 1:
            return None
        height = group.section.body.last - group.section.body.first + 1
        patterns = [
            self._formats.get(group.start + number * height)
            or self._pattern(group.start + number * height, (*chain, group.copy(number)), layout)
            for number in range(len(items))
        ]
        get = self._row.getter(type(items[0]))
        try:
            columns = zip(*map(get, items), strict=True)
            tails = [_encoded(encoders, column) for encoders, column in zip(self._encoders, columns, strict=True)]
            return b"".join(patterns) % tuple(joined.from_iterable(zip(*tails, strict=True)))
        except (AttributeError, *_FAILURES):
            return None

    def _pattern(self, start: int, chain: tuple[PlacedCopy, ...], layout: Arrangement) -> bytes:
        """Return the format for an output row, remembered here when it depends on the row alone, else in the layout."""
        key = (id(self), start)
        if not self.local and key in layout.memory:
            found: bytes = layout.memory[key]
            return found
        pieces: list[bytes] = []
        for item in self._items:
            if isinstance(item, bytes):
                pieces.append(item)
            elif isinstance(item, int):
                pieces.append(b"%d" % (start + item))
            elif isinstance(item, Moving):
                source = FormulaPlace(self._sheet, item.row, chain, start + item.row - self._first)
                pieces.append(escape(layout.formula(item.formula, source)).replace("%", "%%").encode())
            else:
                pieces.append(b"%b")
        pattern = b"".join(pieces)
        if not self.local:
            layout.memory[key] = pattern
        elif self._bytes + len(pattern) <= _REMEMBERED_BYTES:
            self._formats[start] = pattern
            self._bytes += len(pattern)
        return pattern

    def _explained(self, scope: Scope, filling: Filling, index: tuple[int, ...]) -> KpiError:
        """Look for the cells that cannot be filled, one by one."""
        problems = []
        for slot in self.slots:
            try:
                value = evaluate(slot.expression, scope, filling, index)
                slot.encoders[type(value)](value)
            except UnknownPathError as error:
                problems.append(unknown_name(slot.where, str(error.args[0])))
            except BadValueError as error:
                problems.append(Problem(slot.where, error.message, error.remedy))
            except (TypeError, ValueError, OverflowError, LookupError) as error:
                problems.append(Problem(slot.where, Text(f"无法写入：{error}", f"cannot be written: {error}"), _CHECK_VALUE))
        return cannot_fill(problems)


_FAILURES = (LookupError, BadValueError, TypeError, ValueError, OverflowError)
_CHECK_VALUE = Text("检查这个占位符对应的数据", "check the data behind this placeholder")


def cannot_fill(problems: Sequence[Problem]) -> KpiError:
    """Return the error for values that do not fit into their cells."""
    return KpiError(
        Text(f"有 {len(problems)} 个单元格无法填写", f"{len(problems)} cells cannot be filled"),
        Text("按下面的提示修改数据或模板", "correct the data or the template as the lines say"),
        problems,
    )


def unknown_name(where: str, path: str) -> Problem:
    """Return the problem of a path that the view does not have."""
    return Problem(
        where,
        Text(f"数据里没有 {path}", f"there is no {path} in the data"),
        Text("改正占位符里的名称", "correct the name in the placeholder"),
    )


def evaluate(expression: Expression, scope: Scope, filling: Filling, index: tuple[int, ...]) -> Any:  # noqa: ANN401
    """Return the value of one expression. Raises UnknownPathError or BadValueError."""
    if isinstance(expression, AtPath):
        return look_up(scope[expression.depth], expression.path)
    if isinstance(expression, LoopIndex):
        return index[expression.depth - 1]
    if isinstance(expression, Joined):
        parts = expression.parts
        return "".join(part if isinstance(part, str) else plain_text(evaluate(part, scope, filling, index)) for part in parts)
    if isinstance(expression, Linked):
        target = evaluate(expression.target, scope, filling, index)
        text = target if expression.text is None else evaluate(expression.text, scope, filling, index)
        return text if target is None else LinkValue(plain_text(target), plain_text(text))
    if isinstance(expression, Cached):
        return filling.cached.get(expression.key)
    if expression.key in filling.inputs:
        return filling.inputs[expression.key]
    otherwise = expression.otherwise
    return otherwise if isinstance(otherwise, Verbatim) else evaluate(otherwise, scope, filling, index)


def _encoded(encoders: Encoders, column: Sequence[Any]) -> Iterable[bytes]:
    """Return the cells of a column; values of one type, as most columns hold, are encoded without looking at each type."""
    kinds = set(map(type, column))
    if len(kinds) == 1:
        return map(encoders[kinds.pop()], column)
    return [encoders[type(value)](value) for value in column]


def _path(expression: Expression) -> Path:
    return expression.path if isinstance(expression, AtPath) else ()


def _compact(items: Sequence[Item]) -> list[Item]:
    """Join neighbouring static pieces, with ``%`` doubled for the format."""
    compact: list[Item] = []
    for item in items:
        if isinstance(item, bytes):
            item = item.replace(b"%", b"%%")
            if compact and isinstance(compact[-1], bytes):
                compact[-1] += item
                continue
        compact.append(item)
    return compact
