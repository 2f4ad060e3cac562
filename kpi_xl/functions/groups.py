"""Figures within a group of rows: place in the team, mean rating and NPS of each person or team."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

from kpi_xl.functions import grading, rates
from kpi_xl.functions.cells import Cell, CellError, column, elementwise, is_missing, is_range, raise_error, shown, text
from kpi_xl.glossary import NO_DATA, POINTS

_Rows = dict[str, list[int]]


def rank_by(score: object, group: object, scores: object, groups: object) -> Cell:
    """Return the place of each score within its group, the highest first; equal scores share the place (1, 2, 2, 4).

    `scores` and `groups` go row by row. A score is compared as `grading.rank` compares it; a group's bad score concerns that
    group alone. Raises CellError when the lists differ in length.
    """
    members = _members(POINTS, scores, "分组", groups)
    cells = column(scores)
    asked: dict[str, list[Cell]] = {}

    def ask(score_cell: Cell, group_cell: Cell) -> Cell:
        name = _name(group_cell)
        if name not in members:
            raise CellError(f"参数错误：没有分组“{shown(group_cell)}”")
        asked.setdefault(name, []).append(score_cell)
        return name

    names = elementwise(ask, score, group)
    places = {name: iter(_places(wanted, [cells[row] for row in members[name]])) for name, wanted in asked.items()}

    def answer(name: Cell) -> Cell:
        return next(places[name]) if name in places else name

    return [[answer(name) for name in row] for row in names] if is_range(names) else answer(names)


def _places(wanted: list[Cell], scores: list[Cell]) -> list[Cell]:
    """Return the places of the wanted scores among a group's, each found once: one column for all who ask."""
    try:
        return [row[0] for row in grading.rank([[cell] for cell in wanted], [[cell] for cell in scores])]
    except CellError as error:
        return [str(error)] * len(wanted)


def mean_by(key: object, keys: object, ratings: object) -> Cell:
    """Return the mean rating of each key (a person, a team), from the ratings in its rows; 无数据 when there is none."""
    return _by(key, keys, ratings, rates.mean_rating)


def nps_by(key: object, keys: object, ratings: object) -> Cell:
    """Return the net promoter score of each key, from the ratings in the rows of that key; 无数据 when there is none."""
    return _by(key, keys, ratings, rates.nps)


def _by(key: object, keys: object, ratings: object, figure: Callable[[object], Cell]) -> Cell:
    members = _members("评分", ratings, "分组", keys)
    cells = column(ratings)
    known: dict[str, Cell] = {}

    def one(cell: Cell) -> Cell:
        name = _name(cell)
        if name not in known:
            known[name] = _figure([cells[row] for row in members.get(name, ())], figure)
        return known[name]

    return elementwise(one, key)


def _figure(cells: list[Cell], figure: Callable[[object], Cell]) -> Cell:
    try:
        return figure([[cell] for cell in cells]) if cells else NO_DATA
    except CellError as error:
        return str(error)


def _members(what: str, values: object, whose: str, keys: object) -> _Rows:
    """Return the rows of each key, by its text. Raises CellError when the lists differ in length."""
    cells = column(keys)
    count = len(column(values))
    if len(cells) != count:
        raise CellError(f"参数错误：{what}与{whose}的个数不同（{count} 与 {len(cells)}）")
    return _grouped(tuple(_hashable(cell) for cell in cells))


def _name(cell: Cell) -> str:
    """Return a key as it is compared: as text, in any case (as ``=`` compares in a spreadsheet)."""
    return text(cell, "分组").casefold()


def _hashable(cell: Cell) -> tuple[str, Hashable]:
    """Return a cell as what tells it from others: 1, 1.0 and TRUE are equal in Python, and not the same in a cell."""
    return type(cell).__name__, cell if isinstance(cell, Hashable) else str(cell)


@lru_cache(maxsize=8)
def _grouped(cells: tuple[tuple[str, Cell], ...]) -> _Rows:
    """Group once: a column of calls asks for each row again, with the same cells."""
    found: _Rows = {}
    for row, (_kind, cell) in enumerate(cells):
        raise_error(cell)
        if not is_missing(cell):
            found.setdefault(_name(cell), []).append(row)
    return found
