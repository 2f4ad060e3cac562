"""The mapping file: what a user says about the columns of his exports, validated when loaded, every mistake at once.

time_zone = "Asia/Shanghai"   # optional: the department's; times that name a zone are converted to it
month_starts = 26             # optional: the month of September runs from 26 August to 25 September
basis = "closed"              # optional: created | closed | archived: which time puts a ticket into a month

[[export]]                    # none is needed where only the lines above are said
file = "工单*.csv"            # glob on the file name; the first entry that fits wins; about no given file: an issue
sheet = "Sheet1"              # optional glob on the sheet
encoding = "gb18030"          # optional; else detected
header_row = 3                # optional; else found by its words
date_order = "dmy"            # dmy | mdy | ymd; else decided from the whole column
missing = ["暂无"]             # further texts that mean: no value
tables = ["tickets"]          # optional: feed only these
times_in = "UTC"              # optional: the zone of this file's times that name none; else the department's
rows = "ticket"               # optional: ticket | person | row: what a row is where one number stands on rows of several people

[export.tickets]
columns = { ticket_id = "单号", agent = "处理人", created_at = ["日期", "时间"], kind = "" }      # "": there is none
prefer = { agent = "处理人" }     # of several columns that fit, this one; the others are found as without a mapping
meaning = { net_seconds = "hours" }      # what the values of a column mean (kpi_xl.exports.decision_kinds)
constants = { kind = "安装" }
values = { urgent = { "加急" = true } }
completeness = ["客户电话", "故障现象"]      # fields_filled / fields_required

`columns` that name everything a table requires are complete: the program adds no further column to the table. Where they name
less they correct what the program finds, as `prefer` does in any case. Entries for one file add up; else the first one wins.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from kpi_xl.cell_words import DURATIONS
from kpi_xl.cell_zones import is_zone
from kpi_xl.codec import Codec, parse_toml
from kpi_xl.errors import KpiError, Place, Problem, Text, shown_name
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.nearest import did_you_mean
from kpi_xl.periods import LAST_START, Basis, Reckoning
from kpi_xl.tables import TABLES, ColumnType

EXTRA_COLUMNS: dict[str, dict[str, ColumnType]] = {
    table.name: {
        **({"agent_name": "text"} if any(c.name == "agent" for c in table.columns) else {}),
        **({"updated_at": "time"} if table.name == "tickets" else {}),
        **({"record_id": "id"} if table.key is None else {}),
        **({"rating_text": "text"} if table.name == "ratings" else {}),
    }
    for table in TABLES.values()
}
"""Columns that help cleaning but are no part of the canonical tables: the name beside a staff id, the time of the last update,
the number of a record whose table has no key, what a rating's cell says besides its digits."""

NONE = ("",)
"""What ``columns`` say where the file has no such column."""

UNIT_NAMES = tuple(name for name, _, _ in DURATIONS)
"""What may be declared for the unit of a column of durations."""

Constant = Annotated[str, "a number, too"]
"""A text that may be written as a number or a date."""


WORKBOOKS = (".xlsx", ".xlsm", ".xls")
"""Endings of a mapping file that is a workbook: 导入检查.xlsx."""


@dataclass(frozen=True)
class TableMapping:
    """What the mapping file says about one canonical table of an export; headers as they stand in the file."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prefer: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, Constant] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str | bool]] = field(default_factory=dict)
    completeness: tuple[str, ...] = ()
    scale: float | None = None
    meaning: Mapping[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> Mapping[str, tuple[str, ...]]:
        """The headers that are named for canonical columns; an answer to which of several is meant outweighs a list."""
        return {name: headers for name, headers in {**self.columns, **self.prefer}.items() if headers != NONE}

    def has_no(self, column: str) -> bool:
        """Tell whether it says that there is no such column."""
        return column not in self.prefer and self.columns.get(column) == NONE

    def is_complete(self, table: str) -> bool:
        """Tell whether its `columns` name all that the table requires: then the program adds none."""
        return bool(self.columns) and all(name in {**self.columns, **self.constants} for name in TABLES[table].required)


@dataclass(frozen=True)
class ExportMapping:
    """One ``[[export]]`` entry: for which file and sheet, which tables it feeds (none named: any), and what is said of them."""

    file: str = "*"
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    missing: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    times_in: str | None = None
    rows: Literal["ticket", "person", "row"] | None = None
    sections: Mapping[str, TableMapping] = field(default_factory=dict)

    def fits(self, file: str, sheet: str | None) -> bool:
        """Tell whether the entry is about the file of that name, and about the sheet (None: any)."""
        if not (fnmatch.fnmatch(file, self.file) or file == self.file):
            return False
        return sheet is None or self.sheet is None or sheet == self.sheet or fnmatch.fnmatch(sheet, self.sheet)


@dataclass(frozen=True)
class MappingFile:
    """The entries of a mapping file, in order; `path` is shown in messages and in the run's record.

    `given` are the names of the files that it was held against (`kpi_xl.exports.columns.mapping_fit`); empty before that.
    """

    path: str
    entries: tuple[ExportMapping, ...]
    given: tuple[str, ...] = ()
    time_zone: str | None = None
    month_starts: int | None = None
    basis: Basis | None = None

    def entry(self, file: str, sheet: str | None) -> ExportMapping | None:
        """Return the first entry that fits the file name and the sheet, with what others for the same file add to it."""
        return added([entry for entry in self.entries if entry.fits(file, sheet)])


def added(entries: Sequence[ExportMapping]) -> ExportMapping | None:
    """Return the first of the entries, with what others for the same file add to it; None when there is none."""
    return reduce(_added, [entry for entry in entries if entry.file == entries[0].file]) if entries else None


def _added(first: ExportMapping, other: ExportMapping) -> ExportMapping:
    """Return the first entry, filled up with what it does not say and the other does."""
    sections = {
        table: _filled_up(first.sections.get(table, TableMapping()), other.sections.get(table, TableMapping()))
        for table in {**first.sections, **other.sections}
    }
    return replace(_filled_up(first, other), sections=sections)


_Entry = TypeVar("_Entry", TableMapping, ExportMapping)


def _filled_up(first: _Entry, other: _Entry) -> _Entry:
    said: dict[str, Any] = {}
    for part in fields(first):
        one, more = getattr(first, part.name), getattr(other, part.name)
        said[part.name] = {**more, **one} if isinstance(one, Mapping) else more if one in (None, ()) else one
    return replace(first, **said)


def reckoning_of(maps: MappingFile | None, scheme: Reckoning | None = None) -> Reckoning:
    """Return how the months are reckoned: as the mapping file says, else as the scheme does. Raises KpiError: they contradict."""
    said = Reckoning(maps.month_starts, maps.basis) if maps else Reckoning()
    where = shown_name(Path(maps.path)) if maps else ""
    return said.with_other(
        scheme or Reckoning(), Text(f"映射文件 {where}", f"the mapping file {where}"), Text("考核方案", "the scheme")
    )


def read_mapping(path: Path) -> MappingFile:
    """Read and check a mapping file, in TOML or as the workbook 导入检查.xlsx. Raises KpiError with every problem in it."""
    if path.suffix.lower() in WORKBOOKS:
        return _read_workbook(path)
    remedy = Text(
        "请按 kpi-xl map 导出文件 写出的草稿改正", "correct it, starting from the draft that `kpi-xl map EXPORT` writes"
    )
    try:
        document = parse_toml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KpiError(
            Text(f"映射文件读不了：{shown_name(path)}（{error}）", f"cannot read the mapping file {shown_name(path)} ({error})"),
            remedy,
            where=Place.of(path),
        ) from error
    problems: list[Problem] = []
    listed = _FILES.read_table(_Document, document, "", problems)
    problems.extend(_wrong_top(listed))
    if listed is None or not (document.get("export") or listed != _Document()):
        message = Text("没有 [[export]] 段", "no [[export]] section")
        remedy_here = Text("至少写一段 [[export]]，或 month_starts、basis", "write an [[export]], or month_starts, or basis")
        problems.append(Problem("export", message, remedy_here))
    if listed is None or problems:
        raise KpiError(
            Text(
                f"映射文件 {shown_name(path)} 有 {len(problems)} 处错误",
                f"the mapping file {shown_name(path)} has {len(problems)} mistakes",
            ),
            remedy,
            problems,
            where=Place.of(path, key=problems[0].where),
        )
    return _mapping_file(path, listed)


def _read_workbook(path: Path) -> MappingFile:
    """Read 导入检查.xlsx: the same checks, each mistake with its cell. A workbook in which nothing was chosen says nothing."""
    from kpi_xl.exports.columns import mapping_book  # it needs the words of this module's tables

    document = mapping_book.read_document(path)
    problems: list[Problem] = []
    listed = _FILES.read_table(_Document, document.table, "", problems)
    problems.extend(_wrong_top(listed))
    if listed is None or problems:
        raise mapping_book.wrong_cells(path, [document.located(problem) for problem in problems])
    return _mapping_file(path, listed)


def _mapping_file(path: Path, listed: _Document) -> MappingFile:
    return MappingFile(shown_name(path), listed.export, (), listed.time_zone, listed.month_starts, listed.basis)


@dataclass(frozen=True)
class _Document:
    """What may stand at the top of a mapping file."""

    export: tuple[ExportMapping, ...] = ()
    time_zone: str | None = None
    month_starts: int | None = None
    basis: Basis | None = None


def _wrong_top(listed: _Document | None) -> Iterator[Problem]:
    """Find what is wrong with the department's settings."""
    if listed is not None and listed.time_zone is not None:
        yield from _wrong_zone(listed.time_zone, "time_zone")
    if listed is not None and listed.month_starts is not None and not 1 <= listed.month_starts <= LAST_START:
        message = Text(f"考核月不能从 {listed.month_starts} 日开始", f"a month cannot begin on day {listed.month_starts}")
        remedy = Text(f"写 1 到 {LAST_START} 的整数", f"write a whole number from 1 to {LAST_START}")
        yield Problem("month_starts", message, remedy)


def _read_entry(value: object, where: str, problems: list[Problem]) -> ExportMapping | None:
    fed = {name: value[name] for name in TABLES if name in value} if isinstance(value, Mapping) else {}
    read = {name: _read_section(name, section, f"{where}.{name}", problems) for name, section in fed.items()}
    sections = {name: section for name, section in read.items() if section is not None}
    entry = _FILES.read_table(ExportMapping, value, where, problems, TABLES, sections=sections)
    problems.extend(_wrong_entry(entry, where) if entry else ())
    return entry


def _read_section(table: str, value: object, where: str, problems: list[Problem]) -> TableMapping | None:
    section = _FILES.read_table(TableMapping, value, where, problems)
    if section is None:
        return None
    problems.extend([*_wrong_section(table, section, where), *_wrong_values(table, section, where)])
    problems.extend(_wrong_meaning(table, section, where))
    folded = {name: {word.strip().casefold(): v for word, v in words.items()} for name, words in section.values.items()}
    return replace(section, values=folded)


def _read_words(value: object, where: str, problems: list[Problem]) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(_read_word(one, where, problems) for one in listed)


def _read_word(value: object, where: str, problems: list[Problem]) -> str:
    if isinstance(value, Mapping | list | bool):
        message = Text(f"应为文字，现为 {value!r}", f"must be text, not {value!r}")
        problems.append(Problem(where, message, Text("写成带引号的文字", "write text in quotes")))
    return str(value)


def _read_meaning(value: object, where: str, problems: list[Problem]) -> str | bool:
    return value if isinstance(value, bool) else _read_word(value, where, problems)


def _read_constant(value: object, where: str, problems: list[Problem]) -> str:
    return str(_read_meaning(value, where, problems))


_FILES = Codec({ExportMapping: _read_entry, tuple[str, ...]: _read_words, Constant: _read_constant, str | bool: _read_meaning})


def _wrong_entry(entry: ExportMapping, where: str) -> Iterator[Problem]:
    if entry.encoding is not None and not _known_encoding(entry.encoding):
        message = Text(f"不认识的编码“{entry.encoding}”", f"unknown encoding {entry.encoding!r}")
        remedy = Text("写 utf-8、gb18030 或 utf-16", "write utf-8, gb18030 or utf-16")
        yield Problem(f"{where}.encoding", message, remedy)
    if entry.header_row is not None and entry.header_row < 1:
        message = Text("表头行从 1 数起", "header rows count from 1")
        yield Problem(f"{where}.header_row", message, Text("写 1 或更大的数", "write 1 or more"))
    if entry.times_in is not None:
        yield from _wrong_zone(entry.times_in, f"{where}.times_in")
    for name in entry.tables:
        if name not in TABLES:
            message = Text(f"没有叫“{name}”的表", f"no table {name!r}")
            yield Problem(f"{where}.tables", message, did_you_mean(name, TABLES))


def _wrong_zone(name: str, where: str) -> Iterator[Problem]:
    if not is_zone(name):
        message = Text(f"不认识的时区“{name}”", f"unknown time zone {name!r}")
        yield Problem(where, message, Text("写 Asia/Shanghai、UTC 或 +08:00", "write Asia/Shanghai, UTC or +08:00"))


def _known_encoding(name: str) -> bool:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def _wrong_section(table: str, section: TableMapping, where: str) -> Iterator[Problem]:
    for key, owner, default in (("completeness", "tickets", ()), ("scale", "ratings", None)):
        if getattr(section, key) != default and table != owner:
            message = Text(f"“{key}”只用于表 {owner}", f"{key!r} belongs to table {owner}")
            yield Problem(f"{where}.{key}", message, Text(f"移到 [export.{owner}]", f"move it to [export.{owner}]"))
    known = [*(column.name for column in TABLES[table].columns), *EXTRA_COLUMNS[table]]
    for part in ("columns", "prefer", "constants", "values", "meaning"):
        for name in getattr(section, part):
            if name not in known:
                message = Text(f"表 {table} 没有列“{name}”", f"table {table} has no column {name!r}")
                yield Problem(f"{where}.{part}.{name}", message, did_you_mean(name, known))
    durations = {column.name for column in TABLES[table].columns if column.type == "seconds"}
    for name, unit in section.meaning.items():
        if name in durations and unit not in UNIT_NAMES:
            message = Text(f"时长的单位不能是“{unit}”", f"{unit!r} is no unit of durations")
            remedy = Text("写 seconds、minutes、hours 或 days", "write seconds, minutes, hours or days")
            yield Problem(f"{where}.meaning.{name}", message, remedy)
    named = [("columns", *item) for item in section.columns.items()] + [("prefer", *item) for item in section.prefer.items()]
    for part, name, headers in named:
        if (part != "columns" or headers != NONE) and not (headers and all(header.strip() for header in headers)):
            message = Text("应是列名，或列名的列表", "should be a header or a list of headers")
            remedy = Text(f'写成 {name} = "列名"；没有这一列时写 ""', f'write {name} = "Header", or "" where there is none')
            yield Problem(f"{where}.{part}.{name}", message, remedy)


def _wrong_meaning(table: str, section: TableMapping, where: str) -> Iterator[Problem]:
    own = {kind.setting: kind for kind in DECISION_KINDS.values()}
    for name, said in section.meaning.items():
        kind = own.get(f"export.{table}.meaning.{name}")
        words = [option.word for option in kind.options] if kind else []
        if words and said not in words:
            message = Text(f"“{said}”不是可选的意思", f"{said!r} is none of the meanings")
            yield Problem(f"{where}.meaning.{name}", message, Text(f"可选：{'、'.join(words)}", f"use {', '.join(words)}"))


def _wrong_values(table: str, section: TableMapping, where: str) -> Iterator[Problem]:
    flags = {column.name for column in TABLES[table].columns if column.type == "flag"}
    for name, words in section.values.items():
        for word, meaning in words.items():
            if (name in flags) != isinstance(meaning, bool):
                message = Text(f"新值 {meaning!r} 的类型不对", f"{meaning!r} has the wrong type")
                remedy = Text("是/否的列写 true 或 false，其他列写文字", "yes/no columns take true or false, others a text")
                yield Problem(f"{where}.values.{name}.{word}", message, remedy)
