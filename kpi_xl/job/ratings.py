"""Typed ratings (``--ratings``): a line per person with a column per indicator, or a line per person, rater and indicator.

Persons are found by id, then by a name that only one person has; indicators by id or by name. A line for 全部 holds for
everybody. What cannot be used becomes an issue with its cell. Marks of several raters are averaged; where the scheme has groups
of raters, as it says, and no rater's name or single mark of an anonymous group goes any further than this module.
"""

from __future__ import annotations

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.exports import open_sheets
from kpi_xl.exports.model import RawSheet
from kpi_xl.issues import Issue
from kpi_xl.job.model import Assigned
from kpi_xl.numbers import divide
from kpi_xl.schemes.inputs import Input, inputs_by_word
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.model import Value
from kpi_xl.scoring.raters import RaterScore, combine_raters
from kpi_xl.scoring.values import read_input
from kpi_xl.workbook.ratings_sheet import EVERYBODY

_EVERYBODY = (EVERYBODY, "全体", "所有人", "all")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "person": ("工号", "被考核人", "被考核人工号", "员工工号", "团队", "person", "id", "agent"),
    "name": ("姓名", "员工姓名", "name"),
    "role": ("评分人角色", "评分关系", "rater_role", "role"),
    "rater": ("评分人", "评分人编号", "评价人", "rater"),
    "indicator": ("指标", "考核指标", "indicator"),
    "value": ("评分", "得分", "分数", "value", "score"),
}
_RESULT_OF: Mapping[str, tuple[str, ...]] = {
    "day": ("日常成绩", "日常", "day"),
    "month": ("月度成绩", "月度", "month"),
    "quarter": ("季度成绩", "季度", "quarter"),
}
"""How a ratings file calls earlier results that a yearly mean is made of (`kpi_xl.schemes.model.RollupPart.of`)."""
_HEADER_WITHIN = 30

_REASONS: Mapping[str, tuple[Text, Text]] = {
    "unknown_person": (
        Text("评分表里的人不在本次考核名单中", "the rated person is not among the appraised"),
        Text("核对工号；同名的人请写工号", "check the id; write the id where names repeat"),
    ),
    "unknown_indicator": (
        Text("考核方案里没有这个指标", "the scheme has no such indicator"),
        Text("写指标名称或编号，见 kpi-xl scheme show", "write the indicator's name or id, see kpi-xl scheme show"),
    ),
    "unknown_role": (
        Text("考核方案里没有这种评分人", "the scheme has no raters of this role"),
        Text("写方案里的评分人角色，见 kpi-xl scheme show", "write a role of the scheme, see kpi-xl scheme show"),
    ),
    "bad_rating": (Text("评分无法采用", "the rating cannot be used"), Text("改正后重新运行", "mend it and run again")),
    "repeated_rating": (
        Text("同一评分人对同一指标评了多次，采用最后一次", "the same rater rated the indicator twice; the last one counts"),
        Text("删去多余的行", "remove the other rows"),
    ),
    "ignored_sheet": (
        Text("这张工作表不是评分表，没有读取", "this sheet holds no ratings and was not read"),
        Text("如果是评分表，请检查表头", "if it should, check its header"),
    ),
}


@dataclass(frozen=True)
class Ratings:
    """Values by person id and input key, samples behind means, remarks (anonymity) by person, and what could not be used.

    `results` are earlier results that were typed, by person and by the cycle that they are of.
    """

    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    samples: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    results: Mapping[str, Mapping[str, tuple[Decimal, ...]]] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """One mark and where it stands. `wide`: it stands in a column of its indicator, not in a line of its own."""

    person: str
    rater: str
    role: str
    indicator: str
    value: str
    wide: bool
    sheet: RawSheet
    row: int
    column: str


def read_ratings(path: Path, assigned: Sequence[Assigned]) -> Ratings:
    """Read a ratings file (xlsx, xls, csv). Raises KpiError when none of its sheets has a recognisable header."""
    known = _Known(assigned)
    collected = _Collected(known)
    with tempfile.TemporaryDirectory(prefix="kpi-xl-") as workdir:
        sheets = open_sheets(path, Path(workdir))
        headed = [(sheet, rows, at) for sheet in sheets for rows, at in (_rows(sheet, known.words),)]
        if all(at is None for _, _, at in headed):
            raise _no_header(path, sheets[0])
        for sheet, rows, at in headed:
            if at is None:
                collected.issues.append(_issue("ignored_sheet", sheet))
                continue
            for entry in _entries(sheet, rows, at, known.words):
                collected.add(entry)
    return collected.ratings()


def _rows(sheet: RawSheet, inputs: frozenset[str]) -> tuple[list[list[str]], int | None]:
    with sheet.path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [[cell.strip() for cell in row] for row in csv.reader(stream, delimiter=sheet.delimiter)]
    return rows, next((i for i, row in enumerate(rows[:_HEADER_WITHIN]) if _is_header(row, inputs)), None)


def _is_header(row: Sequence[str], inputs: frozenset[str]) -> bool:
    find = {name: _find(row, words) for name, words in _WORDS.items()}
    if find["person"] is None and find["name"] is None:
        return False
    long = find["value"] is not None and not (find["indicator"] is None and find["role"] is None)
    return long or bool(set(row) & inputs)


def _find(header: Sequence[str], words: Sequence[str]) -> int | None:
    lowered = [cell.casefold() for cell in header]
    return next((lowered.index(word) for word in words if word in lowered), None)


def _entries(sheet: RawSheet, rows: Sequence[Sequence[str]], at: int, inputs: frozenset[str]) -> Iterator[_Entry]:
    header = rows[at]
    find = {name: _find(header, words) for name, words in _WORDS.items()}
    is_long = find["value"] is not None and not (find["indicator"] is None and find["role"] is None)
    wide = [] if is_long else [(i, word) for i, word in enumerate(header) if word in inputs]
    for number, row in enumerate(rows[at + 1 :], start=at + 2):

        def cell(name: str, row: Sequence[str] = row) -> str:
            place = find[name]
            return row[place] if place is not None and place < len(row) else ""

        who = (cell("person") or cell("name"), cell("rater"), cell("role"))
        if is_long:
            if cell("value"):
                yield _Entry(*who, cell("indicator"), cell("value"), False, sheet, number, header[find["value"] or 0])
            continue
        for place, word in wide:
            if place < len(row) and row[place]:
                yield _Entry(*who, word, row[place], True, sheet, number, word)


class _Known:
    """The appraised people by id and by names of their own, and what their schemes call their inputs."""

    def __init__(self, assigned: Sequence[Assigned]) -> None:
        self.by_id = {entry.person.id: entry for entry in assigned}
        names: dict[str, Assigned | None] = {}
        for entry in assigned:
            names[entry.person.name] = None if entry.person.name in names else entry
        self._by_name = {name: entry for name, entry in names.items() if entry is not None}
        self._inputs: dict[int, dict[str, Input]] = {}
        for entry in assigned:
            if id(entry.scheme) not in self._inputs:
                self._inputs[id(entry.scheme)] = inputs_by_word(entry.scheme)
        results = {word for words in _RESULT_OF.values() for word in words}
        self.words = frozenset(word for words in self._inputs.values() for word in words) | (
            results if any(entry.scheme.rollups for entry in assigned) else set()
        )

    def find(self, word: str) -> Assigned | None:
        return self.by_id.get(word) or self._by_name.get(word)

    def input(self, scheme: Scheme, word: str) -> Input | None:
        return self._inputs[id(scheme)].get(word)


class _Collected:
    """Sorts marks to whom and what they are about; `ratings` then averages them."""

    def __init__(self, known: _Known) -> None:
        self._known = known
        self.issues: list[Issue] = []
        self._common: dict[str, _Entry] = {}
        self._given: dict[tuple[str, str, str, str], tuple[_Entry, Value]] = {}
        self._marks: dict[tuple[str, str], dict[str, dict[str, Decimal]]] = defaultdict(lambda: defaultdict(dict))
        self._results: dict[str, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))

    def add(self, entry: _Entry) -> None:
        if entry.person.casefold() in _EVERYBODY:
            self._common[entry.indicator] = entry
            return
        found = self._known.find(entry.person)
        if found is None:
            self._refuse("unknown_person", entry, entry.person)
            return
        scheme = found.scheme
        one = self._known.input(scheme, entry.indicator)
        cycle = next((cycle for cycle, words in _RESULT_OF.items() if entry.indicator.casefold() in words), None)
        if one is None and cycle is not None and any(part.of == cycle for rollup in scheme.rollups for part in rollup.parts):
            self._add_result(entry, found, cycle)
        elif scheme.raters is not None and self._is_rater(entry, scheme, one):
            self._add_mark(entry, found)
        elif one is None:
            self._refuse("unknown_indicator", entry, entry.indicator)
        else:
            self._add_value(entry, found, one)

    def _is_rater(self, entry: _Entry, scheme: Scheme, one: Input | None) -> bool:
        """Tell a single rater's mark from a mean that HR typed: it names a rater or a role, or stands in a line of its own."""
        groups = {group.indicator for group in scheme.raters.groups} if scheme.raters else set()
        about_group = one is None or one.key in groups
        return about_group and bool(entry.role or (one is not None and (entry.rater or not entry.wide)))

    def _add_value(self, entry: _Entry, found: Assigned, one: Input) -> None:
        value = self._read(entry, one, entry.value)
        if value is None:
            return
        place = (found.person.id, one.key, entry.role, entry.rater)
        if place in self._given:
            before = self._given[place][0]
            self._refuse("repeated_rating", before, before.value)
        self._given[place] = (entry, value)

    def _add_mark(self, entry: _Entry, found: Assigned) -> None:
        """Note a rater's mark, item by item of his sheet. Lines without a rater are raters of their own."""
        group = _group_of(found.scheme, entry.role or entry.indicator)
        if group is None:
            self._refuse("unknown_role", entry, entry.role or entry.indicator)
            return
        one = self._known.input(found.scheme, group)
        value = self._read(entry, one, "") if one is not None else None
        if not isinstance(value, Decimal):
            return
        raters = self._marks[(found.person.id, group)]
        unnamed = (f"#{number}" for number in range(len(raters) + 1))
        rater = entry.rater or next(name for name in unnamed if entry.indicator not in raters.get(name, {}))
        if entry.indicator in raters[rater]:
            self._refuse("repeated_rating", entry, "")
        raters[rater][entry.indicator] = value

    def _add_result(self, entry: _Entry, found: Assigned, cycle: str) -> None:
        total = Input(cycle, entry.indicator, "points", None, *found.scheme.limits)
        value = self._read(entry, total, entry.value)
        if isinstance(value, Decimal):
            self._results[found.person.id][cycle].append(value)

    def _read(self, entry: _Entry, one: Input, shown: str) -> Value | None:
        problems: list[Problem] = []
        value = read_input(one, entry.value, False, problems)
        for problem in problems:
            self.issues.append(_issue("bad_rating", entry.sheet, entry, shown, problem if shown else None))
        return value

    def _refuse(self, code: str, entry: _Entry, value: str) -> None:
        self.issues.append(_issue(code, entry.sheet, entry, value))

    def ratings(self) -> Ratings:
        """Average what was given, person by person."""
        values: dict[str, dict[str, Value]] = defaultdict(dict)
        samples: dict[str, dict[str, int]] = defaultdict(dict)
        notes: dict[str, tuple[str, ...]] = {}
        given: dict[tuple[str, str], list[Value]] = defaultdict(list)
        for (person, key, _, _), (_, value) in self._given.items():
            given[person, key].append(value)
        for (person, key), marks in given.items():
            numbers = [mark for mark in marks if isinstance(mark, Decimal)]
            values[person][key] = divide(sum(numbers, Decimal(0)), len(numbers)) if numbers else marks[-1]
            if len(numbers) > 1:
                samples[person][key] = len(numbers)
        scores: dict[str, list[RaterScore]] = defaultdict(list)
        for (person, group), raters in self._marks.items():
            for items in raters.values():
                scores[person].append(RaterScore(group, divide(sum(items.values(), Decimal(0)), len(items))))
        for person, own in scores.items():
            combined = combine_raters(self._known.by_id[person].scheme, own)
            values[person].update(combined.values)
            notes[person] = combined.notes
        for entry in self._common.values():
            self._add_common(entry, values)
        results = {person: {cycle: tuple(given) for cycle, given in cycles.items()} for person, cycles in self._results.items()}
        return Ratings(values, samples, notes, results, tuple(self.issues))

    def _add_common(self, entry: _Entry, values: dict[str, dict[str, Value]]) -> None:
        inputs = {person: self._known.input(found.scheme, entry.indicator) for person, found in self._known.by_id.items()}
        usable = {person: one for person, one in inputs.items() if one is not None}
        if not usable:
            self._refuse("unknown_indicator", entry, entry.indicator)
            return
        value = self._read(entry, next(iter(usable.values())), entry.value)
        if value is not None:
            for person, one in usable.items():
                values[person].setdefault(one.key, value)


def _group_of(scheme: Scheme, word: str) -> str | None:
    """Return the indicator of the group of raters that a role means: by its id, or its name with or without 直接."""
    used = {indicator.id for indicator in scheme.indicators}
    groups = scheme.raters.groups if scheme.raters else ()
    return next(
        (g.indicator for g in groups if g.indicator in used and _plain(word) in (_plain(g.indicator), _plain(g.name))), None
    )


def _plain(role: str) -> str:
    return role.casefold().removesuffix("评分").removeprefix("直接").removeprefix("直属").removesuffix("s")


def _no_header(path: Path, sheet: RawSheet) -> KpiError:
    return KpiError(
        Text(
            f"{path.name}（{sheet.sheet or '文本'}）：找不到评分表的表头",
            f"{path.name} ({sheet.sheet or 'text'}): no header of a ratings sheet found",
        ),
        Text(
            "表头应有 工号、指标、评分 三列，或 工号 和以指标命名的各列；可用 kpi-xl template ratings 生成",
            "the header needs 工号, 指标, 评分, or 工号 and a column per indicator; kpi-xl template ratings makes one",
        ),
    )


def _issue(code: str, sheet: RawSheet, entry: _Entry | None = None, value: str = "", problem: Problem | None = None) -> Issue:
    reason, remedy = _REASONS[code]
    if problem is not None:
        reason = Text(f"{reason.zh}：{problem.message.zh}", f"{reason.en}: {problem.message.en}")
        remedy = problem.remedy
    row, column = (entry.row, entry.column) if entry else (None, None)
    return Issue(code, "set_aside", sheet.file, sheet.sheet, row, column, value, reason, remedy)
