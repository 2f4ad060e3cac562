"""导入检查.xlsx read back: what HR chose in it, as the same tables that a mapping file in TOML gives.

A cell declares something when HR changed it, or when it said before that a person had declared it. So the workbook given back as
it was made declares nothing new. Everything then goes through the same checks as a mapping file in TOML; `Document.places` tells
in which cell a setting stands.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from kpi_xl.decisions import is_number
from kpi_xl.errors import KpiError, Place, Problem, Text, shown_name
from kpi_xl.exports.columns import mapping_words as words
from kpi_xl.exports.columns.mapping_sheet import Row, Setting, read_lists
from kpi_xl.exports.columns.mapping_tables import read_columns
from kpi_xl.exports.columns.mapping_words import ANSWER, BEFORE, DECLARED, FILE, PERSON, SETTING, SHEET, VALUE, YES_NO
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.nearest import did_you_mean
from kpi_xl.tables import TABLES

_TOP = ("time_zone", "month_starts", "basis")
_LISTS = ("missing", "tables", "completeness")
_NUMBERS = ("header_row", "ratings.scale", "month_starts")
_SEPARATORS = "、,，;；\n"

_Group = tuple[str, str | None]
"""The file and sheet that an entry is about."""
_DEPARTMENT: _Group = ("", None)
"""What is about no file: the keys at the top."""


@dataclass(frozen=True)
class Document:
    """What a mapping file in TOML would hold, and in which cell each key of it stands (``export[0].ratings.scale``)."""

    table: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)

    def located(self, problem: Problem) -> Problem:
        """Return the problem with the cell in place of the key path."""
        key = problem.where
        while key and key not in self.places:
            cut = max(key.rfind("."), key.rfind("["))
            key = key[:cut] if cut > 0 else ""
        return Problem(self.places.get(key, problem.where), problem.message, problem.remedy)


def read_document(path: Path) -> Document:
    """Read what HR declared in 导入检查.xlsx. Raises KpiError with every cell that cannot be understood."""
    lists = read_lists(
        path,
        {
            words.DECISIONS: (FILE, SHEET, ANSWER, SETTING, BEFORE, DECLARED),
            words.COLUMNS: (FILE, SHEET, words.TABLE, words.HEADER, words.MEANING, BEFORE, DECLARED),
            words.PEOPLE: (FILE, SHEET, PERSON, SETTING, BEFORE),
            words.SETTINGS: (FILE, SHEET, SETTING, VALUE),
        },
    )
    if not lists:
        raise KpiError.at(
            Place.of(path),
            Text(
                f"不是 kpi-xl check 写出的工作簿：没有工作表 {words.DECISIONS}、{words.COLUMNS}",
                f"is no workbook of `kpi-xl check`: it has no sheet {words.DECISIONS} or {words.COLUMNS}",
            ),
            Text("--mapping 要给导入检查.xlsx，或 TOML 的映射文件", "give 导入检查.xlsx or a mapping file in TOML"),
        )
    problems: list[Problem] = []
    settings = [
        *_answers(lists.get(words.DECISIONS, ()), problems),
        *_people(lists.get(words.PEOPLE, ())),
        *_others(lists.get(words.SETTINGS, ()), problems),
    ]
    settings = read_columns(lists.get(words.COLUMNS, ()), settings, problems)
    document = document_of(settings, problems)
    if problems:
        raise wrong_cells(path, problems)
    return document


def wrong_cells(path: Path, problems: Sequence[Problem]) -> KpiError:
    """Return the error for cells that cannot be understood."""
    sheet, _, cell = problems[0].where.partition("!")
    name = shown_name(path)
    return KpiError(
        Text(f"{name} 有 {len(problems)} 处填写要改", f"{len(problems)} cells of {name} have to be changed"),
        Text(
            "请在这些单元格的下拉列表中选择，再用 --mapping 给出", "choose from the drop-downs of these cells, then give it again"
        ),
        problems,
        where=Place.of(path, sheet or None, cell=cell or None),
    )


# --- the sheets -----------------------------------------------------------------------------------------------------------


def _answers(rows: Sequence[Row], problems: list[Problem]) -> Iterator[Setting]:
    """口径确认: the answers that HR gave, and those that were declared before."""
    for row in rows:
        answer = row[ANSWER]
        if not answer or not row[SETTING] or (answer == row[BEFORE] and not row[DECLARED]):
            continue
        path, code = _path_of(row, problems)
        if not path:
            continue
        value = _word(code, path, answer, row.place(ANSWER), problems)
        if path[0] == "export":
            yield Setting(row[FILE] or "*", row[SHEET] or None, path[1:], value, row.place(ANSWER))
        else:
            yield Setting(None, None, path, value, row.place(ANSWER))


def _path_of(row: Row, problems: list[Problem]) -> tuple[tuple[str, ...], str]:
    """Return the key path and the kind of a row of 口径确认."""
    try:
        code, *path = json.loads(row[SETTING])
        if code in DECISION_KINDS and path and all(isinstance(part, str) for part in path):
            return tuple(path), code
    except (ValueError, TypeError):
        pass
    problems.append(
        Problem(
            row.place(SETTING),
            Text(f"“{row[SETTING]}”不是一项设置", f"{row[SETTING]!r} is no setting"),
            Text(
                "不要改动隐藏的列；可用 kpi-xl check 重新生成", "leave the hidden columns alone; `kpi-xl check` makes them anew"
            ),
        )
    )
    return (), ""


def _word(code: str, path: tuple[str, ...], answer: str, place: str, problems: list[Problem]) -> str | int | Decimal:
    """Return the word of the mapping file for what stands in a cell: a label of the kind, its word, a number or a text."""
    kind = DECISION_KINDS[code]
    labels = {option.label.zh: option.word for option in kind.options}
    if answer in labels:
        return labels[answer]
    known = {word.casefold(): word for word in labels.values()}
    if answer.casefold() in known:
        return known[answer.casefold()]
    if labels:
        message = Text(f"“{answer}”不是“{kind.title.zh}”的一种答案", f"{answer!r} is no answer to: {kind.title.en}")
        problems.append(Problem(place, message, did_you_mean(answer, list(labels))))
    return plain_value(path, answer)


def plain_value(path: tuple[str, ...], text: str) -> str | int | Decimal:
    """Return a cell's text as TOML would: a number where the key is one, nothing where there is no such column, else the text.

    A staff id (001) and a header (2025) stay as they stand.
    """
    if text == words.NO_COLUMN:
        return ""
    key = ".".join(path).removeprefix("export.")
    if key in _NUMBERS and is_number(text):
        return Decimal(text) if "." in text else int(text)
    return text


def _people(rows: Sequence[Row]) -> Iterator[Setting]:
    """人员: who a name really is. The cell begins with the person's id."""
    for row in rows:
        chosen = row[PERSON]
        if not chosen or chosen == row[BEFORE] or not row[SETTING]:
            continue
        for file, sheet, *path in json.loads(row[SETTING]):
            yield Setting(file, sheet, tuple(path), chosen.split("　")[0], row.place(PERSON))


def _others(rows: Sequence[Row], problems: list[Problem]) -> Iterator[Setting]:
    """其他设置: a key of the mapping file and its value a row."""
    for row in rows:
        key, value = row[SETTING], row[VALUE]
        if not value:
            continue
        path = split_key(key)
        if path[0] in _TOP:
            code = path[0]
            yield Setting(None, None, path, _word(code, path, value, row.place(VALUE), problems), row.place(VALUE))
        elif not key:
            message = Text("没有写是哪一项设置", "it is not said which setting this is")
            problems.append(Problem(row.place(VALUE), message, Text("在“设置”一列写上，如 tickets.constants.kind", "name it")))
        else:
            yield Setting(row[FILE] or "*", row[SHEET] or None, path, _typed(path, value), row.place(VALUE))


def split_key(key: str) -> tuple[str, ...]:
    """Split a key at its points, but for the last part, which may be a word of the export: ``tickets.values.urgent.加急 1.5``."""
    parts = key.removeprefix("export.").split(".")
    most = 4 if len(parts) > 1 and parts[1] == "values" else 3
    return tuple(key.removeprefix("export.").split(".", most - 1))


def _typed(path: tuple[str, ...], text: str) -> Any:  # noqa: ANN401 - what TOML could hold
    """Return a value as the key wants it: a list, a yes or no, a number, a text."""
    if path[-1] in _LISTS or (len(path) == 3 and path[1] == "columns" and any(sign in text for sign in "、")):
        for sign in _SEPARATORS:
            text = text.replace(sign, "\x00")
        return [part.strip() for part in text.split("\x00") if part.strip()]
    if len(path) == 4 and path[1] == "values" and _is_flag(path[0], path[2]) and text in YES_NO:
        return YES_NO[text]
    return plain_value(path, text)


def _is_flag(table: str, column: str) -> bool:
    return table in TABLES and any(one.name == column and one.type == "flag" for one in TABLES[table].columns)


def _shown(value: object) -> str:
    """Return what HR reads in the drop-downs for a value."""
    kind = next((kind for kind in DECISION_KINDS.values() if any(option.word == value for option in kind.options)), None)
    return kind.label(str(value)).zh if kind else str(value)


# --- one document ---------------------------------------------------------------------------------------------------------


def document_of(settings: Sequence[Setting], problems: list[Problem]) -> Document:
    """Put settings together as one mapping file, one entry per file and sheet, those with a wide name last.

    The first entry that fits a file is the only one that holds for it, so an entry takes in what the wider ones say.
    """
    groups: dict[_Group, dict[tuple[str, ...], Setting]] = {}
    for one in settings:
        group = groups.setdefault((one.file or "", one.sheet), {})
        before = group.setdefault(one.path, one)
        if before.value != one.value:
            message = Text(
                f"与 {before.place} 写的不一样：{_shown(before.value)} 与 {_shown(one.value)}",
                f"contradicts {before.place}: {before.value}",
            )
            problems.append(Problem(one.place, message, Text("请只留一处，或写成一样", "leave one of them, or write the same")))
    top = groups.pop(_DEPARTMENT, {})
    table: dict[str, Any] = {path[0]: one.value for path, one in top.items()}
    places = {path[0]: one.place for path, one in top.items()}
    ordered = sorted(groups, key=_width)
    for index, key in enumerate(ordered):
        wider = [groups[other] for other in reversed(ordered) if other != key and _covers(other, key)]
        merged = {path: one for group in (*wider, groups[key]) for path, one in group.items()}
        table.setdefault("export", []).append(_entry(key, merged, f"export[{index}]", places))
    return Document(table, places)


def _width(key: _Group) -> tuple[bool, bool, bool]:
    file, sheet = key
    return file == "*", _is_pattern(file), sheet is None or _is_pattern(sheet)


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _covers(wide: _Group, narrow: _Group) -> bool:
    file = wide[0] == narrow[0] or fnmatch.fnmatch(narrow[0], wide[0])
    return file and (wide[1] is None or (narrow[1] is not None and fnmatch.fnmatch(narrow[1], wide[1])))


def _entry(key: _Group, settings: Mapping[tuple[str, ...], Setting], where: str, places: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"file": key[0]} | ({"sheet": key[1]} if key[1] is not None else {})
    for path, one in settings.items():
        inner = entry
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = one.value
        places[".".join((where, *path))] = one.place
    places.setdefault(where, next(iter(settings.values())).place)
    return entry
