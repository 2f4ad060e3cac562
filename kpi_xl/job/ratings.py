"""Typed ratings (``--ratings``): a line per person and indicator, or a line per person with a column per indicator.

Persons are found by id, then by a name that only one person has; indicators by id or by name. What cannot be used becomes an
issue with its cell; several raters of one indicator are averaged, as the scheme says.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.exports import open_sheets
from kpi_xl.exports.model import RawSheet
from kpi_xl.issues import Issue
from kpi_xl.job.model import Assigned
from kpi_xl.numbers import divide
from kpi_xl.schemes.inputs import inputs_of_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.model import Value
from kpi_xl.scoring.raters import RaterScore, combine_raters
from kpi_xl.scoring.values import read_values

_PERSON = ("工号", "被考核人", "被考核人工号", "员工工号", "person", "id", "agent")
_NAME = ("姓名", "员工姓名", "name")
_ROLE = ("评分人角色", "评分关系", "rater_role", "role")
_RATER = ("评分人", "rater")
_INDICATOR = ("指标", "考核指标", "indicator")
_VALUE = ("评分", "得分", "分数", "value", "score")
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
    "bad_rating": (Text("评分无法采用", "the rating cannot be used"), Text("改正后重新运行", "mend it and run again")),
    "repeated_rating": (
        Text("同一评分人对同一指标评了多次，采用最后一次", "the same rater rated the indicator twice; the last one counts"),
        Text("删去多余的行", "remove the other rows"),
    ),
}


@dataclass(frozen=True)
class Ratings:
    """Values by person id and input key, samples behind means, remarks (anonymity) by person, and what could not be used."""

    values: Mapping[str, Mapping[str, Value]]
    samples: Mapping[str, Mapping[str, int]]
    notes: Mapping[str, tuple[str, ...]]
    issues: tuple[Issue, ...]


@dataclass(frozen=True)
class _Entry:
    person: str
    name: str
    rater: str
    role: str
    indicator: str
    value: str
    sheet: RawSheet
    row: int
    column: str


def read_ratings(path: Path, assigned: Sequence[Assigned]) -> Ratings:
    """Read a ratings file (xlsx, xls, csv). Raises KpiError when it has no recognisable header."""
    with tempfile.TemporaryDirectory(prefix="kpi-xl-") as workdir:
        entries = [entry for sheet in open_sheets(path, Path(workdir)) for entry in _entries(sheet, path, assigned)]
    return _collect(entries, assigned)


def _entries(sheet: RawSheet, path: Path, assigned: Sequence[Assigned]) -> Iterator[_Entry]:
    inputs = {word for entry in assigned for i in inputs_of_scheme(entry.scheme) for word in (i.key, i.name)}
    with sheet.path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [[cell.strip() for cell in row] for row in csv.reader(stream, delimiter=sheet.delimiter)]
    at = next((i for i, row in enumerate(rows[:_HEADER_WITHIN]) if _is_header(row, inputs)), None)
    if at is None:
        raise KpiError(
            Text(
                f"{path.name}（{sheet.sheet or '文本'}）：找不到评分表的表头",
                f"{path.name} ({sheet.sheet or 'text'}): no header of a ratings sheet found",
            ),
            Text(
                "表头应有 工号、指标、评分 三列，或 工号 和以指标命名的各列；可用 kpi-xl template ratings 生成",
                "the header needs 工号, 指标, 评分, or 工号 and a column per indicator; kpi-xl template ratings makes one",
            ),
        )
    header = rows[at]
    find = {name: _find(header, words) for name, words in _WORDS.items()}
    wide = [(i, word) for i, word in enumerate(header) if word in inputs] if find["indicator"] is None else []
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if not any(row):
            continue

        def cell(name: str, row: Sequence[str] = row) -> str:
            place = find[name]
            return row[place] if place is not None and place < len(row) else ""

        who = (cell("person") or cell("name"), cell("name"), cell("rater"), cell("role"))
        if wide:
            for place, word in wide:
                if place < len(row) and row[place]:
                    yield _Entry(*who, word, row[place], sheet, number, word)
        elif cell("value"):
            yield _Entry(*who, cell("indicator"), cell("value"), sheet, number, header[find["value"] or 0])


_WORDS = {"person": _PERSON, "name": _NAME, "rater": _RATER, "role": _ROLE, "indicator": _INDICATOR, "value": _VALUE}


def _is_header(row: Sequence[str], inputs: Iterable[str]) -> bool:
    if _find(row, _PERSON) is None and _find(row, _NAME) is None:
        return False
    return (_find(row, _INDICATOR) is not None and _find(row, _VALUE) is not None) or bool(set(row) & set(inputs))


def _find(header: Sequence[str], words: Sequence[str]) -> int | None:
    lowered = [cell.casefold() for cell in header]
    return next((lowered.index(word) for word in words if word in lowered), None)


def _collect(entries: Sequence[_Entry], assigned: Sequence[Assigned]) -> Ratings:
    by_id = {entry.person.id: entry for entry in assigned}
    names = _unique_names(assigned)
    issues: list[Issue] = []
    given: dict[tuple[str, str, str, str], tuple[_Entry, Value]] = {}
    for entry in entries:
        found = by_id.get(entry.person) or names.get(entry.person)
        if found is None:
            issues.append(_issue("unknown_person", entry, entry.person))
            continue
        key = _input_key(found.scheme, entry.indicator)
        if key is None:
            issues.append(_issue("unknown_indicator", entry, entry.indicator))
            continue
        problems: list[Problem] = []
        value = read_values(found.scheme, {key: entry.value}, {}, problems).get(key)
        issues += [_issue("bad_rating", entry, entry.value, problem) for problem in problems]
        if value is None:
            continue
        place = (found.person.id, key, entry.role, entry.rater)
        if place in given:
            issues.append(_issue("repeated_rating", given[place][0], given[place][0].value))
        given[place] = (entry, value)
    return _averaged(given, by_id, issues)


def _averaged(
    given: Mapping[tuple[str, str, str, str], tuple[_Entry, Value]], by_id: Mapping[str, Assigned], issues: list[Issue]
) -> Ratings:
    people: dict[str, dict[str, list[tuple[str, str, Value]]]] = {}
    for (person, key, role, rater), (_, value) in given.items():
        people.setdefault(person, {}).setdefault(key, []).append((role, rater, value))
    values: dict[str, dict[str, Value]] = {}
    samples: dict[str, dict[str, int]] = {}
    notes: dict[str, tuple[str, ...]] = {}
    for person, keys in people.items():
        scheme = by_id[person].scheme
        values[person], samples[person] = {}, {}
        if scheme.raters is not None:
            groups = {group.indicator for group in scheme.raters.groups}
            marked = [(key, value) for key in groups & set(keys) for _, _, value in keys[key] if isinstance(value, Decimal)]
            combined = combine_raters(scheme, [RaterScore(key, value) for key, value in marked])
            values[person].update(combined.values)
            notes[person] = combined.notes
            keys = {key: marks for key, marks in keys.items() if key not in groups}
        for key, marks in keys.items():
            numbers = [value for _, _, value in marks if isinstance(value, Decimal)]
            values[person][key] = divide(sum(numbers, Decimal(0)), len(numbers)) if numbers else marks[-1][2]
            if len(numbers) > 1:
                samples[person][key] = len(numbers)
    return Ratings(values, samples, notes, tuple(issues))


def _unique_names(assigned: Sequence[Assigned]) -> dict[str, Assigned]:
    found: dict[str, Assigned | None] = {}
    for entry in assigned:
        found[entry.person.name] = None if entry.person.name in found else entry
    return {name: entry for name, entry in found.items() if entry is not None}


def _input_key(scheme: Scheme, word: str) -> str | None:
    inputs = inputs_of_scheme(scheme)
    return next((i.key for i in inputs if i.key == word), None) or next((i.key for i in inputs if i.name == word), None)


def _issue(code: str, entry: _Entry, value: str, problem: Problem | None = None) -> Issue:
    reason, remedy = _REASONS[code]
    if problem is not None:
        reason = Text(f"{reason.zh}：{problem.message.zh}", f"{reason.en}: {problem.message.en}")
        remedy = problem.remedy
    return Issue(code, "set_aside", entry.sheet.file, entry.sheet.sheet, entry.row, entry.column, value, reason, remedy)
