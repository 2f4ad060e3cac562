"""列对照 of 导入检查.xlsx: which column of an export HR said to be what.

Where HR changed the meaning of one column of a table, the whole list of that table is what HR wrote: complete, with nothing that
the program would add. Where nothing was changed, the list says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpi_xl.errors import Problem, Text
from kpi_xl.exports.columns import mapping_words as words
from kpi_xl.exports.columns.mapping_sheet import Row, Setting
from kpi_xl.exports.columns.mapping_words import (
    BEFORE,
    DECLARED,
    FILE,
    HEADER,
    MEANING,
    SHEET,
    TABLE,
    UNUSED,
    WHOLE_FILE,
    Meaning,
)
from kpi_xl.nearest import did_you_mean

_Block = tuple[str, str | None, str]
"""File, sheet and canonical table."""


def read_columns(rows: Sequence[Row], others: Sequence[Setting], problems: list[Problem]) -> list[Setting]:
    """Return the settings of 列对照 after the `others`; what one of those says of the same column outweighs it."""
    blocks: dict[_Block, list[Row]] = {}
    for row in rows:
        table = words.TABLE_NAMES.get(row[TABLE]) or (row[TABLE] if row[TABLE] in words.TABLE_NAMES.values() else None)
        if table is not None:
            blocks.setdefault((row[FILE] or "*", row[SHEET] or None, table), []).append(row)
        elif row[TABLE] or row[MEANING]:
            message = Text(f"没有叫“{row[TABLE]}”的表", f"no table {row[TABLE]!r}")
            problems.append(Problem(row.place(TABLE), message, did_you_mean(row[TABLE], list(words.TABLE_NAMES))))
    settings = list(others)
    fed: dict[tuple[str, str | None], dict[str, bool]] = {}
    for block, own in blocks.items():
        changed = any((row[MEANING] or UNUSED) != (row[BEFORE] or UNUSED) for row in own)
        declares = changed or any(row[DECLARED] for row in own)
        listed = own if changed else [row for row in own if row[DECLARED]]
        columns = _columns(block[2], listed, problems) if declares else {}
        fed.setdefault(block[:2], {})[block[2]] = bool(columns) or not declares
        said = {one.path[1:] for one in others if (one.file, one.sheet) == block[:2] and one.path[:1] == block[2:]}
        settings += [one for one in _settings(block, columns) if one.path[1:] not in said]
        if changed and columns:
            settings += [one for one in _dropped(block, columns, own) if one.path[1:] not in said]
    return settings + _restricted(fed, blocks, problems)


def _columns(table: str, rows: Sequence[Row], problems: list[Problem]) -> dict[str, list[Row]]:
    """Return the rows of each canonical column, in the order of their parts."""
    found: dict[str, dict[int, Row]] = {}
    for row in rows:
        meaning = _meaning(table, row, problems)
        if meaning is None:
            continue
        parts = found.setdefault(meaning.column, {})
        if meaning.part in parts or (parts and 0 in (meaning.part, *parts)):
            problems.append(_twice(row, parts.get(meaning.part) or next(iter(parts.values()))))
            continue
        parts[meaning.part] = row
    for column, parts in found.items():
        if 0 not in parts and sorted(parts) != list(range(1, len(parts) + 1)):
            problems.append(_first_part_missing(table, column, next(iter(parts.values()))))
    return {column: [parts[part] for part in sorted(parts)] for column, parts in found.items()}


def _meaning(table: str, row: Row, problems: list[Problem]) -> Meaning | None:
    chosen = row[MEANING]
    if not chosen or chosen == UNUSED:
        return None
    known = words.meanings(table)
    meaning = known.get(chosen) or next((one for one in known.values() if one.column == chosen.casefold() and not one.part), None)
    if meaning is None:
        message = Text(f"“{chosen}”不是“{row[TABLE]}”的一列", f"{chosen!r} is no column of {table}")
        problems.append(Problem(row.place(MEANING), message, did_you_mean(chosen, words.offered(table))))
    return meaning


def _twice(row: Row, other: Row) -> Problem:
    return Problem(
        row.place(MEANING),
        Text(
            f"“{row[HEADER]}”和“{other[HEADER]}”（{other.place(MEANING)}）都是“{row[MEANING]}”",
            f"{row[HEADER]!r} and {other[HEADER]!r} ({other.place(MEANING)}) are both {row[MEANING]}",
        ),
        Text(
            f"只留一列，另一列选“{UNUSED}”；日期和时刻分在两列时，分别选“…（日期）”和“…（时刻）”",
            f"leave one of them, say {UNUSED} of the other; for a date and a clock choose …（日期） and …（时刻）",
        ),
    )


def _first_part_missing(table: str, column: str, row: Row) -> Problem:
    first = words.meaning_label(table, Meaning(column, 1))
    return Problem(
        row.place(MEANING),
        Text(f"没有哪一列是“{first}”", f"no column is {first}"),
        Text(f"给前一列选“{first}”，或这一列选“{words.column_label(table, column)}”", f"choose {first} for the one before it"),
    )


def _settings(block: _Block, columns: Mapping[str, Sequence[Row]]) -> list[Setting]:
    """Return the list of a table's columns; what holds for the whole file is a constant."""
    file, sheet, table = block
    settings = []
    for column, own in columns.items():
        headers, place = [row[HEADER] for row in own], own[0].place(MEANING)
        if headers[0].startswith(WHOLE_FILE):
            value = headers[0].removeprefix(WHOLE_FILE)
            settings.append(Setting(file, sheet, (table, "constants", column), value, place))
        else:
            named = headers[0] if len(headers) == 1 else headers
            settings.append(Setting(file, sheet, (table, "columns", column), named, place))
    return settings


def _dropped(block: _Block, columns: Mapping[str, Sequence[Row]], rows: Sequence[Row]) -> list[Setting]:
    """Return that there is no such column for each meaning that HR took from a column and gave to no other."""
    file, sheet, table = block
    known = words.meanings(table)
    before = {known[row[BEFORE]].column: row.place(MEANING) for row in rows if row[BEFORE] in known}
    return [
        Setting(file, sheet, (table, "columns", column), "", place) for column, place in before.items() if column not in columns
    ]


def _restricted(
    fed: Mapping[tuple[str, str | None], Mapping[str, bool]], blocks: Mapping[_Block, Sequence[Row]], problems: list[Problem]
) -> list[Setting]:
    """Of a sheet where HR took every column from a table, name the tables that are left."""
    settings = []
    for (file, sheet), tables in fed.items():
        left = [table for table, used in tables.items() if used]
        gone = next((table for table, used in tables.items() if not used), None)
        if gone is None:
            continue
        place = blocks[file, sheet, gone][0].place(MEANING)
        if left:
            settings.append(Setting(file, sheet, ("tables",), left, place))
        else:
            message = Text(f"{file} 的列全部不用", f"no column of {file} is used")
            problems.append(Problem(place, message, Text("请不要给出这个文件", "leave the file out")))
    return settings
