"""其他设置: what a mapping file says besides meanings and columns, so that the workbook alone is the whole mapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kpi_xl.check.model import SettingRow
from kpi_xl.decisions import Decision
from kpi_xl.exports.columns.mapping import NONE, ExportMapping, MappingFile, TableMapping
from kpi_xl.exports.columns.mapping_words import NO_COLUMN
from kpi_xl.exports.decision_kinds import DECISION_KINDS

_TOP = {
    "basis": "工单按哪个时间归入月份；不填为创建时间",
    "month_starts": "考核月从几号开始，如 26；不填为 1 号",
    "time_zone": "部门所在时区；不填为 Asia/Shanghai",
}
_FILE_KEYS = ("encoding", "delimiter", "header_row", "date_order", "missing", "tables", "times_in", "rows")

Place = tuple[str, str | None]
"""A file and its sheet."""


def settings_of(maps: MappingFile | None, places: Sequence[Place], decisions: Iterable[Decision]) -> tuple[SettingRow, ...]:
    """Return the settings of the department, then those of each file and sheet that was opened.

    What 口径确认 shows as declared is left out: it is said there.
    """
    said = {(one.file, one.sheet, one.path) for one in decisions if one.ground == "declared"}
    top = [
        SettingRow(None, None, key, _top(maps, key), note, _choices(key))
        for key, note in _TOP.items()
        if not any(path == (key,) for _, _, path in said)
    ]
    rows = [
        SettingRow(file, sheet, ".".join(path), value)
        for file, sheet in dict.fromkeys(places)
        for path, value in (_entry(maps.entry(file, sheet)) if maps else ())
        if not {(file, sheet, ("export", *path)), (file, None, ("export", *path))} & said
    ]
    return (*top, *rows)


def _top(maps: MappingFile | None, key: str) -> str:
    value = getattr(maps, key) if maps is not None else None
    return "" if value is None else DECISION_KINDS[key].label(str(value)).zh if key in DECISION_KINDS else str(value)


def _choices(key: str) -> tuple[str, ...]:
    return tuple(option.label.zh for option in DECISION_KINDS[key].options) if key in DECISION_KINDS else ()


def _entry(entry: ExportMapping | None) -> Iterator[tuple[tuple[str, ...], str]]:
    if entry is None:
        return
    for key in _FILE_KEYS:
        value = getattr(entry, key)
        if value not in (None, ()):
            yield (key,), "、".join(value) if isinstance(value, tuple) else str(value)
    for table, section in entry.sections.items():
        for path, text in _section(section):
            yield (table, *path), text


def _section(section: TableMapping) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, headers in section.columns.items():
        if headers == NONE:
            yield ("columns", name), NO_COLUMN
    for name, headers in section.prefer.items():
        yield ("prefer", name), "、".join(headers)
    for part in ("constants", "meaning"):
        named: Mapping[str, str] = getattr(section, part)
        yield from (((part, name), value) for name, value in named.items())
    for name, listed in section.values.items():
        for word, value in listed.items():
            yield ("values", name, word), {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else value
    if section.completeness:
        yield ("completeness",), "、".join(section.completeness)
    if section.scale is not None:
        yield ("scale",), f"{section.scale:g}"
