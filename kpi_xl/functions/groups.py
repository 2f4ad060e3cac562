"""Figures within a group of rows: place in the team, mean rating and NPS of each person or team."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from kpi_xl.functions import grading, rates
from kpi_xl.functions.cells import (
    Block,
    Cell,
    CellError,
    column,
    elementwise,
    is_missing,
    is_range,
    key_of,
    raise_error,
    shown,
    text,
)
from kpi_xl.glossary import NO_DATA, POINTS
from kpi_xl.people import id_key

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
    places = {name: iter(_places(wanted, cells, members[name])) for name, wanted in asked.items()}

    def answer(name: Cell) -> Cell:
        return next(places[name]) if name in places else name

    return [[answer(name) for name in row] for row in names] if is_range(names) else answer(names)


def _places(wanted: list[Cell], scores: list[Cell], rows: list[int]) -> list[Cell]:
    """Return the places of the wanted scores among a group's, each found once: one column for all who ask."""
    found = _within(scores, rows, lambda own: grading.rank([[cell] for cell in wanted], own))
    return [row[0] for row in found] if is_range(found) else [found] * len(wanted)


def _within(cells: list[Cell], rows: list[int], figure: Callable[[Block], Cell]) -> Cell:
    """Return a figure of a group's cells; a refusal names the row in the whole range, of which the group is a part."""
    try:
        return figure([[cells[row]] for row in rows])
    except CellError:
        own = set(rows)
    try:
        return figure([[cell if row in own else None] for row, cell in enumerate(cells)])
    except CellError as error:
        return str(error)


def mean_by(key: object, keys: object, ratings: object) -> Cell:
    """Return the mean rating of each key (a person, a team), from the ratings in its rows; 无数据 when there is none."""
    return _by(key, keys, ratings, rates.mean_rating)


def nps_by(key: object, keys: object, ratings: object) -> Cell:
    """Return the net promoter score of each key, from the ratings in the rows of that key; 无数据 when there is none."""
    return _by(key, keys, ratings, rates.nps)


def _by(key: object, keys: object, ratings: object, figure: Callable[[Block], Cell]) -> Cell:
    members = _members("评分", ratings, "分组", keys)
    cells = column(ratings)
    known: dict[str, Cell] = {}

    def one(cell: Cell) -> Cell:
        name = _name(cell)
        if name not in known:
            known[name] = _within(cells, members[name], figure) if name in members else NO_DATA
        return known[name]

    return elementwise(one, key)


def _members(what: str, values: object, whose: str, keys: object) -> _Rows:
    """Return the rows of each key, by its text. Raises CellError when the lists differ in length."""
    cells = column(keys)
    count = len(column(values))
    if len(cells) != count:
        raise CellError(f"参数错误：{what}与{whose}的个数不同（{count} 与 {len(cells)}）")
    try:
        return _grouped(*key_of(keys)[1:])
    except TypeError as error:
        raise CellError("参数错误：分组应为文字或编号") from error


def _name(cell: Cell) -> str:
    """Return a key as ids are compared everywhere."""
    return id_key(text(cell, "分组"))


@lru_cache(maxsize=16)
def _grouped(cells: tuple[Cell, ...], _types: tuple[type, ...]) -> _Rows:
    """Group once: a column of calls asks for each row again, with the same cells."""
    found: _Rows = {}
    for row, cell in enumerate(cells):
        raise_error(cell)
        if not is_missing(cell):
            found.setdefault(_name(cell), []).append(row)
    return found
