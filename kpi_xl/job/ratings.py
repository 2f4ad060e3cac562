"""Typed ratings (``--ratings``): a line per person with a column per indicator, or a line per person, rater and indicator.

Persons are found by id, then by a name that only one person has; indicators by id or by name. A line for 全部 holds for
everybody. What cannot be used becomes an issue with its cell. Every rater's line counts: marks of several raters are averaged,
lines that name no rater are raters of their own, and where the scheme has groups of raters they are combined as it says. The
second line of the same rater, and a second figure for what is no matter of judgement (a number of events, an amount), is set
aside and listed. No rater's name or single mark of an anonymous group goes any further than this module.
"""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from kpi_xl.cell_words import fold_width, is_missing
from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.exports import open_sheets
from kpi_xl.exports.model import RawSheet
from kpi_xl.exports.people_match import Roster, who
from kpi_xl.issues import Disposition, Issue
from kpi_xl.job.model import Assigned
from kpi_xl.job.rating_issues import rating_issue
from kpi_xl.job.rating_sheet import error_values, is_total_row, layout, read_rows, totals, unread_columns
from kpi_xl.numbers import divide
from kpi_xl.people import name_key, plain_name
from kpi_xl.periods import Period
from kpi_xl.schemes.inputs import Input, inputs_by_word
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.model import Value
from kpi_xl.scoring.raters import RaterScore, combine_raters
from kpi_xl.scoring.values import read_input
from kpi_xl.workbook.ratings_sheet import EVERYBODY

_EVERYBODY = (EVERYBODY, "全体", "所有人", "all")
_RESULT_OF: Mapping[str, tuple[str, ...]] = {
    "day": ("日常成绩", "日常", "day"),
    "month": ("月度成绩", "月度", "month"),
    "quarter": ("季度成绩", "季度", "quarter"),
}
"""How a ratings file calls earlier results that a yearly mean is made of (`kpi_xl.schemes.model.RollupPart.of`)."""
_SELF = ("自评", "自我评价", "本人", "self")
"""Roles by which people rate themselves. Their marks are a remark on a form, never points."""
_JUDGED = ("points", "rating", "ratio", "index")
"""Units in which several people can give different figures for the same thing, so that their mean is one."""
_MONTH = re.compile(r"([0-9]{4})\s*年\s*([0-9]{1,2})\s*月")


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
    """One mark and where it stands. `wide`: it stands in a column of its indicator, not in a line of its own.

    `name` is the person's name where an id stands beside it.
    """

    person: str
    name: str
    rater: str
    role: str
    indicator: str
    value: str
    wide: bool
    sheet: RawSheet
    row: int
    column: str


def read_ratings(path: Path, assigned: Sequence[Assigned], period: Period | None = None) -> Ratings:
    """Read a ratings file (xlsx, xls, csv).

    Raises KpiError when none of its sheets has a recognisable header, and for one whose title names a month outside `period`.
    """
    known = _Known(assigned)
    collected = _Collected(known)
    with tempfile.TemporaryDirectory(prefix="kpi-xl-") as workdir:
        sheets = open_sheets(path, Path(workdir))
        headed = [(sheet, rows, at) for sheet in sheets for rows, at in (read_rows(sheet, known.words),)]
        if all(at is None for _, _, at in headed):
            raise _no_header(path, sheets[0])
        for sheet, rows, at in headed:
            if at is None:
                collected.issues.append(rating_issue("ignored_sheet", sheet))
                continue
            if period is not None:
                _check_title(path, rows[:at], period)
            collected.issues += totals(sheet, rows, at)
            for entry in _entries(sheet, rows, at, known):
                collected.add(entry)
            collected.issues += unread_columns(sheet, rows, at, known.words)
        collected.issues += error_values(path, [sheet for sheet, _, at in headed if at is not None], known.words)
    return collected.ratings()


def _check_title(path: Path, above: Sequence[Sequence[str]], period: Period) -> None:
    """Refuse last month's ratings: a title above the header may name the month."""
    for year, month in _MONTH.findall(" ".join(cell for row in above for cell in row)):
        if not any((one.start.year, one.start.month) == (int(year), int(month)) for one in period.months):
            raise KpiError.at(
                Place.of(path),
                Text(
                    f"标题写的是 {year}年{month}月，本次考核{period.label}",
                    f"its title names {year}-{month}, this run covers {period}",
                ),
                Text("换成本期的评分表，或更正标题", "give the ratings of this period, or correct the title"),
            )


def _entries(sheet: RawSheet, rows: Sequence[Sequence[str]], at: int, known: _Known) -> Iterator[_Entry]:
    header = rows[at]
    find, is_long = layout(header)
    wide = [] if is_long else [(i, word) for i, word in enumerate(header) if word in known.words]
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if is_total_row(row, find.values()):
            continue

        def cell(name: str, row: Sequence[str] = row) -> str:
            place = find[name]
            return row[place] if place is not None and place < len(row) else ""

        person = cell("person") or known.first(cell("name"), cell("team"))
        who = (person, cell("name") if cell("person") else "", plain_name(fold_width(cell("rater"))), cell("role"))
        if is_long:
            if known.is_given(cell("value")):
                yield _Entry(*who, cell("indicator"), cell("value"), False, sheet, number, header[find["value"] or 0])
            continue
        for place, word in wide:
            if place < len(row) and known.is_given(row[place]):
                yield _Entry(*who, word, row[place], True, sheet, number, word)


class _Known:
    """The appraised people by id and by names of their own, and what their schemes call their inputs."""

    def __init__(self, assigned: Sequence[Assigned]) -> None:
        self.by_id = {entry.person.id: entry for entry in assigned}
        self._roster = Roster([entry.person for entry in assigned])
        names: dict[str, Assigned | None] = {}
        for entry in assigned:
            name = name_key(entry.person.name)
            names[name] = None if name in names else entry
        self._by_name = {name: entry for name, entry in names.items() if entry is not None}
        self._inputs: dict[int, dict[str, Input]] = {}
        for entry in assigned:
            if id(entry.scheme) not in self._inputs:
                self._inputs[id(entry.scheme)] = inputs_by_word(entry.scheme)
        self._options = {label for inputs in self._inputs.values() for one in inputs.values() for label in one.options}
        results = {word for words in _RESULT_OF.values() for word in words}
        self.words = frozenset(word for words in self._inputs.values() for word in words) | (
            results if any(entry.scheme.rollups for entry in assigned) else set()
        )

    def find(self, word: str) -> Assigned | None:
        """Return who has this id or name, in letters and digits of either width and with whatever blanks."""
        narrow = fold_width(word).strip()
        return self.by_id.get(word) or self.by_id.get(narrow) or self._by_name.get(name_key(word))

    def near(self, person: str, name: str) -> str:
        """Name the appraised people who may be meant by somebody who is not among them."""
        return who(self._roster.near(person, name))

    def first(self, *words: str) -> str:
        """Return the first word that names somebody: a team beside a name may be what is appraised, or where a person works."""
        given = [word for word in words if word]
        return next((word for word in given if word.casefold() in _EVERYBODY or self.find(word)), given[0] if given else "")

    def is_given(self, value: str) -> bool:
        """Tell whether a cell holds a rating: a blank and words such as ``暂无`` are none, unless a choice has such an option."""
        return not is_missing(value) or value in self._options

    def input(self, scheme: Scheme, word: str) -> Input | None:
        return self._inputs[id(scheme)].get(word)


class _Collected:
    """Sorts marks to whom and what they are about; `ratings` then averages them."""

    def __init__(self, known: _Known) -> None:
        self._known = known
        self.issues: list[Issue] = []
        self._common: list[_Entry] = []
        self._given: dict[tuple[str, str], list[tuple[_Entry, Value]]] = defaultdict(list)
        self._marks: dict[tuple[str, str], dict[str, dict[str, Decimal]]] = defaultdict(lambda: defaultdict(dict))
        self._results: dict[str, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
        self._refused: set[tuple[str, str | None, int]] = set()

    def add(self, entry: _Entry) -> None:
        if entry.person.casefold() in _EVERYBODY:
            self._common.append(entry)
            return
        found = self._known.find(entry.person)
        if found is None:
            near = self._known.near(entry.person, entry.name)
            self._refuse_line("unknown_person", entry, f"{entry.person} {entry.name}".strip(), near)
        elif entry.name and not _same_name(entry.name, found):
            self._refuse_line("wrong_name", entry, f"{entry.person} {entry.name}")
        elif self._by_oneself(entry, found):
            self._refuse_line("self_rating", entry, entry.person)
        else:
            self._add_of(found, entry)

    def _add_of(self, found: Assigned, entry: _Entry) -> None:
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

    def _by_oneself(self, entry: _Entry, found: Assigned) -> bool:
        if entry.role.casefold() in _SELF:
            return _group_of(found.scheme, entry.role) is None
        return bool(entry.rater) and self._known.find(entry.rater) is found

    def _is_rater(self, entry: _Entry, scheme: Scheme, one: Input | None) -> bool:
        """Tell a single rater's mark from a mean that HR typed: it names a rater or a role, or stands in a line of its own."""
        about_group = one is None or one.key in _groups(scheme)
        return about_group and bool(entry.role or (one is not None and (entry.rater or not entry.wide)))

    def _add_value(self, entry: _Entry, found: Assigned, one: Input) -> None:
        anonymous = one.key in _groups(found.scheme)
        value = self._read(entry, one, "" if anonymous else entry.value)
        if value is None:
            return
        given = self._given[found.person.id, one.key]
        if entry.rater and any((before.role, before.rater) == (entry.role, entry.rater) for before, _ in given):
            self._refuse("repeated_rating", entry, entry.value)
        elif given and (one.options or one.whole or one.unit not in _JUDGED):
            if value != given[0][1]:
                self._refuse("second_figure", entry, entry.value)
        else:
            if given and not entry.rater:
                self._refuse("unnamed_rater", entry, "" if anonymous else entry.value, "kept")
            given.append((entry, value))

    def _add_mark(self, entry: _Entry, found: Assigned) -> None:
        """Note a rater's mark, item by item of his sheet. Lines without a rater are raters of their own."""
        group = _group_of(found.scheme, entry.role or entry.indicator)
        if group is None:
            self._refuse("unknown_role", entry, entry.role or entry.indicator)
            return
        one = self._known.input(found.scheme, group)
        value = self._read(entry, one, "") if one is not None else None
        if isinstance(value, Decimal):
            self._note_mark((found.person.id, group), entry, value)

    def _note_mark(self, place: tuple[str, str], entry: _Entry, value: Decimal) -> None:
        raters = self._marks[place]
        unnamed = (f"#{number}" for number in range(len(raters) + 1))
        rater = entry.rater or next(name for name in unnamed if entry.indicator not in raters.get(name, {}))
        if entry.indicator in raters[rater]:
            self._refuse("repeated_rating", entry, "")
        else:
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
            why = problem if shown else None
            self.issues.append(rating_issue("bad_rating", entry.sheet, entry.row, entry.column, shown, problem=why))
        return value

    def _refuse(self, code: str, entry: _Entry, value: str, disposition: Disposition = "set_aside") -> None:
        self.issues.append(rating_issue(code, entry.sheet, entry.row, entry.column, value, disposition))

    def _refuse_line(self, code: str, entry: _Entry, value: str, near: str = "") -> None:
        """Refuse a whole line: told once, however many marks it has."""
        place = (entry.sheet.file, entry.sheet.sheet, entry.row)
        if place not in self._refused:
            self._refused.add(place)
            self.issues.append(rating_issue(code, entry.sheet, entry.row, None, value, near=near))

    def ratings(self) -> Ratings:
        """Average what was given, person by person."""
        values: dict[str, dict[str, Value]] = defaultdict(dict)
        samples: dict[str, dict[str, int]] = defaultdict(dict)
        notes: dict[str, list[str]] = defaultdict(list)
        self._lines_become_marks()
        for (person, key), given in self._given.items():
            numbers = [value for _, value in given if isinstance(value, Decimal)]
            values[person][key] = divide(sum(numbers, Decimal(0)), len(numbers)) if numbers else given[0][1]
            if len(numbers) > 1:
                samples[person][key] = len(numbers)
                notes[person].append(f"{self._name_of(person, key)}取 {len(numbers)} 位评分人的平均")
        scores: dict[str, list[RaterScore]] = defaultdict(list)
        for (person, group), raters in self._marks.items():
            for items in raters.values():
                scores[person].append(RaterScore(group, divide(sum(items.values(), Decimal(0)), len(items))))
        for person, own in scores.items():
            combined = combine_raters(self._known.by_id[person].scheme, own)
            values[person].update(combined.values)
            if combined.notes:
                notes[person] += combined.notes
        self._add_common(values)
        results = {person: {cycle: tuple(given) for cycle, given in cycles.items()} for person, cycles in self._results.items()}
        return Ratings(values, samples, {person: tuple(said) for person, said in notes.items()}, results, tuple(self.issues))

    def _lines_become_marks(self) -> None:
        """Take several lines about a group of raters as single marks: one alone is a mean that HR typed.

        Beside single marks such a mean does not count: it could show the mark of somebody who is anonymous.
        """
        for (person, key), given in list(self._given.items()):
            if key not in _groups(self._known.by_id[person].scheme):
                continue
            if len(given) > 1:
                for entry, value in given:
                    self._note_mark((person, key), entry, Decimal(value))
            elif (person, key) in self._marks:
                self._refuse("mean_beside_marks", given[0][0], "")
            else:
                continue
            del self._given[person, key]

    def _name_of(self, person: str, key: str) -> str:
        one = self._known.input(self._known.by_id[person].scheme, key)
        return one.name if one is not None else key

    def _add_common(self, values: dict[str, dict[str, Value]]) -> None:
        """Give everybody what stands in the lines for 全部, unless there is a value of their own."""
        shared: dict[tuple[str, str], Value] = {}
        for entry in self._common:
            inputs = {person: self._known.input(found.scheme, entry.indicator) for person, found in self._known.by_id.items()}
            usable = {person: one for person, one in inputs.items() if one is not None}
            if not usable:
                self._refuse("unknown_indicator", entry, entry.indicator)
            elif any((person, one.key) in shared for person, one in usable.items()):
                self._refuse("repeated_rating", entry, entry.value)
            else:
                read = {one: self._read(entry, one, entry.value) for one in dict.fromkeys(usable.values())}
                shared |= {(person, one.key): value for person, one in usable.items() if (value := read[one]) is not None}
        for (person, key), value in shared.items():
            values[person].setdefault(key, value)


def _same_name(name: str, found: Assigned) -> bool:
    """Tell whether a name is the person's; without a roster nobody's name is known, it is the id then."""
    return name_key(name) == name_key(found.person.name) or found.person.name == found.person.id


def _groups(scheme: Scheme) -> frozenset[str]:
    return frozenset(group.indicator for group in scheme.raters.groups) if scheme.raters else frozenset()


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
        where=Place.of(path, sheet.sheet),
    )
