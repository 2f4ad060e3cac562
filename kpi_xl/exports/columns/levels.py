"""Headers of two rows: the name of a group above the names of its columns, merged or with blank cells behind the group's name.

工单编号 | 创建时间 |        A column is known by the lower word where that is enough (客户信息 over 客户编号), else by both
         | 日期     | 时间   (创建时间 日期). A group whose name is that of a time is one time out of its date and its clock.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_xl.exports.columns.vocabulary import header_words, normalise, vocabulary
from kpi_xl.exports.model import Area

_CONTAINER = re.compile(r"(信息|资料|情况|数据|明细|详情|内容|环节|阶段|\binfo|\bdetails?)$", re.IGNORECASE)
_GENERAL = frozenset(
    map(normalise, ("", "基本", "基础", "工单", "服务", "业务", "详细", "其他", "其它", "主要", "系统", "时间", "日期"))
)
"""Groups whose name adds nothing to the names below it."""
_VALUE = re.compile(r"\s*[+-]?[\d￥¥$][\d\s:：./,\-年月日时分秒%+]*|.*\d{4}.*|.*\d[:：]\d.*", re.DOTALL)
_LONGEST = 30
TIME_PARTS = frozenset(map(normalise, ("日期", "时间", "时刻", "时分", "钟点", "date", "time", "年月日", "时分秒")))
"""What the date and the clock of a time are called below its name."""


@dataclass(frozen=True)
class Group:
    """A name of the upper row and the columns that it stands over (first, last)."""

    name: str
    first: int
    last: int

    @property
    def columns(self) -> range:
        """The columns of the group."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True)
class Levels:
    """A header of two rows: the places of both (from 0), one name for each column, and the groups of several columns."""

    upper: int
    lower: int
    names: tuple[str, ...]
    groups: tuple[Group, ...]


def find_levels(head: Sequence[Sequence[str]], index: int, merges: Sequence[Area]) -> Levels | None:
    """Return the two rows of the header of which row `index` is one; None where that row is all of it."""
    for upper in (index, index - 1):
        if upper >= 0 and upper + 1 < len(head):
            above, below = _padded(head[upper], head[upper + 1])
            groups = _groups(above, below, [area for area in merges if area[0] <= upper <= area[2]])
            if groups and (_is_lower(above, below, groups) if upper == index else _is_upper(above, below, groups, merges, upper)):
                return Levels(upper, upper + 1, _names(above, below, groups), tuple(g for g in groups if g.last > g.first))
    return None


def _padded(above: Sequence[str], below: Sequence[str]) -> tuple[list[str], list[str]]:
    width = max(len(above), len(below))
    clean = ([re.sub(r"\s+", " ", cell.replace("\ufeff", "")).strip() for cell in row] for row in (above, below))
    first, second = ([*row, *[""] * (width - len(row))] for row in clean)
    return first, second


def _groups(above: Sequence[str], below: Sequence[str], merges: Sequence[Area]) -> list[Group]:
    """Return the names of the upper row that have another name below: merged across, repeated, or with blanks behind them."""
    wide = {left: right for _, left, _, right in merges if right > left}
    found = []
    column = 0
    while column < len(above):
        last = min(wide.get(column, column), len(above) - 1)
        name = above[column]
        if name and column not in wide:
            while last + 1 < len(above) and above[last + 1] in ("", name) and below[last + 1] not in ("", name) and below[column]:
                last += 1
        if name and any(below[place] and below[place] != name for place in range(column, last + 1)):
            found.append(Group(name, column, last))
        column = last + 1
    return found


def _is_lower(above: Sequence[str], below: Sequence[str], groups: Sequence[Group]) -> bool:
    """Tell whether the row below a header is its second level: names under groups of several columns, and nothing else."""
    if not any(group.last > group.first for group in groups):
        return False
    inside = {column for group in groups if group.last > group.first for column in group.columns}
    return all(
        _is_label(said) if column in inside else not said or said == above[column] or (not above[column] and _is_label(said))
        for column, said in enumerate(below)
    )


def is_value(text: str) -> bool:
    """Tell whether a cell holds a number, a date or a clock, and so is no name of a column.

    >>> is_value("2025-09-01 08:03"), is_value("90%"), is_value("满意度1"), is_value("创建时间")
    (True, True, False, False)
    """
    return _VALUE.fullmatch(text) is not None


def _is_label(text: str) -> bool:
    return not text or (len(text) <= _LONGEST and not is_value(text))


def _is_upper(above: Sequence[str], below: Sequence[str], groups: Sequence[Group], merges: Sequence[Area], row: int) -> bool:
    """Tell whether the row above a header holds the names of groups: several, or a known one; a title is neither."""
    if not all(_is_label(said) for said in above) or not any(group.last > group.first for group in groups):
        return False
    words, width = vocabulary(), sum(1 for said in below if said)
    if any(form in words.strong for group in groups for form in header_words(group.name) if len(group.columns) < width):
        return True
    merged = any(top <= row <= bottom and right > left for top, left, bottom, right in merges)
    said = {cell for cell in above if cell}
    return merged and len(said) > 1 and not any(character in ":：" or character.isdigit() for cell in said for character in cell)


def _names(above: Sequence[str], below: Sequence[str], groups: Sequence[Group]) -> tuple[str, ...]:
    over = {column: group.name for group in groups for column in group.columns}
    often = Counter(normalise(said) for said in below if said)
    words = vocabulary()
    names = []
    for column, said in enumerate(below):
        group = over.get(column, "")
        if not said:
            known = any(form in words.strong or form in words.weak for form in header_words(above[column]))
            names.append(above[column] if known or group == "" else "")
        elif not group or normalise(group) == normalise(said):
            names.append(said)
        else:
            names.append(_joined(group, said, repeated=often[normalise(said)] > 1))
    return tuple(names)


def _joined(group: str, said: str, *, repeated: bool) -> str:
    """Return the name of a column in a group: the lower word, unless both together say more."""
    words = vocabulary()
    stem = _CONTAINER.sub("", group)
    for front in (group, stem):
        if normalise(front + said) in words.strong:
            return f"{front} {said}"
    lower = header_words(said)
    if repeated or (normalise(said) in TIME_PARTS and any(form in words.strong for form in header_words(group))):
        return f"{group} {said}"
    if any(form in words.strong for form in lower) or normalise(stem) in _GENERAL:
        return said
    own = stem != group or any(form in words.strong or form in words.weak for form in header_words(group))
    return f"{group} {said}" if own and any(form in words.weak for form in lower) else said


def group_words(groups: Sequence[Group], lower: Sequence[str | None]) -> Mapping[str, tuple[int, ...]]:
    """Return the columns of each group by the words that it may be known by: its name, and its name with 时间 or 日期 behind."""
    found: dict[str, tuple[int, ...]] = {}
    for group in groups:
        stem = _CONTAINER.sub("", group.name)
        forms = [*header_words(group.name), *(normalise(stem + said) for said in ("时间", "日期", " time", " date", " at"))]
        for form in forms:
            found.setdefault(form, tuple(column for column in group.columns if column < len(lower) and lower[column]))
    return found
