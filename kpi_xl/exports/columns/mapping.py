"""The mapping file: what a user says about the columns of his exports, validated when loaded, every mistake at once.

[[export]]
file = "工单*.csv"            # glob on the file name; the first entry that fits wins; about no given file: an issue
sheet = "Sheet1"              # optional glob on the sheet
encoding = "gb18030"          # optional; else detected
header_row = 3                # optional; else found by its words
date_order = "dmy"            # dmy | mdy | ymd; else decided from the whole column
missing = ["暂无"]             # further texts that mean: no value
tables = ["tickets"]          # optional: feed only these

[export.tickets]
columns = { ticket_id = "单号", agent = "处理人", created_at = ["日期", "时间"] }
constants = { kind = "安装" }
values = { urgent = { "加急" = true } }
completeness = ["客户电话", "故障现象"]      # fields_filled / fields_required
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.tables import TABLES, ColumnType

EXTRA_COLUMNS: dict[str, dict[str, ColumnType]] = {
    table.name: {
        **({"agent_name": "text"} if any(c.name == "agent" for c in table.columns) else {}),
        **({"updated_at": "time"} if table.name == "tickets" else {}),
    }
    for table in TABLES.values()
}
"""Columns that help cleaning but are no part of the canonical tables: the name beside a staff id, the time of the last update."""

_DATE_ORDERS = ("dmy", "mdy", "ymd")
_ENTRY_KEYS = {
    "file": str, "sheet": str, "encoding": str, "delimiter": str, "header_row": int, "date_order": str, "missing": list,
    "tables": list,
}  # fmt: skip
_TABLE_KEYS = {"columns": dict, "constants": dict, "values": dict, "completeness": list, "scale": (int, float)}


@dataclass(frozen=True)
class TableMapping:
    """What the mapping file says about one canonical table of an export; headers as they stand in the file."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str | bool]] = field(default_factory=dict)
    completeness: tuple[str, ...] = ()
    scale: float | None = None


@dataclass(frozen=True)
class ExportMapping:
    """One ``[[export]]`` entry: for which file and sheet, and what it says."""

    file: str = "*"
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    date_order: str | None = None
    missing: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    tables: Mapping[str, TableMapping] = field(default_factory=dict)

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

    def entry(self, file: str, sheet: str | None) -> ExportMapping | None:
        """Return the first entry that fits the file name and the sheet."""
        return next((entry for entry in self.entries if entry.fits(file, sheet)), None)


def read_mapping(path: Path) -> MappingFile:
    """Read and check a mapping file. Raises KpiError with every problem in it."""
    remedy = Text(
        "请按 kpi-xl map 导出文件 写出的草稿改正", "correct it, starting from the draft that `kpi-xl map EXPORT` writes"
    )
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KpiError(
            Text(f"映射文件读不了：{path.name}（{error}）", f"cannot read the mapping file {path.name} ({error})"),
            remedy,
            where=Place.of(path),
        ) from error
    problems: list[Problem] = []
    entries: list[ExportMapping] = []
    for key in sorted(set(document) - {"export"}):
        problems.append(_problem(key, "不认识的键", "unknown key", "只写 [[export]] 段", "write [[export]] sections only"))
    listed = document.get("export", [])
    if not isinstance(listed, list) or not listed:
        problems.append(
            _problem(
                "export", "没有 [[export]] 段", "no [[export]] section", "至少写一段 [[export]]", "write at least one [[export]]"
            )
        )
        listed = []
    for number, section in enumerate(listed):
        entries.append(_read_entry(section, f"export[{number}]", problems))
    if problems:
        raise KpiError(
            Text(f"映射文件 {path.name} 有 {len(problems)} 处错误", f"the mapping file {path.name} has {len(problems)} mistakes"),
            remedy,
            problems,
            where=Place.of(path, key=problems[0].where),
        )
    return MappingFile(path.name, tuple(entries))


def _problem(where: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> Problem:
    return Problem(where, Text(zh, en), Text(remedy_zh, remedy_en))


def _check_types(section: Mapping[str, Any], kinds: Mapping[str, Any], where: str, problems: list[Problem]) -> dict[str, Any]:
    """Keep the values of the right type; a problem for each of another type."""
    good: dict[str, Any] = {}
    for key, value in section.items():
        if key not in kinds:
            continue
        if not isinstance(value, kinds[key]) or isinstance(value, bool):
            problems.append(
                _problem(
                    f"{where}.{key}",
                    f"类型不对：{value!r}",
                    f"wrong type: {value!r}",
                    "参照草稿的写法",
                    "write it as the draft does",
                )
            )
        else:
            good[key] = value
    return good


def _read_entry(section: Mapping[str, Any], where: str, problems: list[Problem]) -> ExportMapping:
    tables: dict[str, TableMapping] = {}
    for key, value in section.items():
        if key in _ENTRY_KEYS:
            continue
        if key not in TABLES or not isinstance(value, dict):
            known = "、".join(TABLES)
            problems.append(
                _problem(
                    f"{where}.{key}",
                    f"没有叫“{key}”的键或表",
                    f"no key or table {key!r}",
                    f"表名只能是 {known}",
                    f"tables are {', '.join(TABLES)}",
                )
            )
        else:
            tables[key] = _read_table(key, value, f"{where}.{key}", problems)
    good = _check_types(section, _ENTRY_KEYS, where, problems)
    order = good.get("date_order")
    if order is not None and order not in _DATE_ORDERS:
        problems.append(
            _problem(
                f"{where}.date_order",
                f"“{order}”不是日期顺序",
                f"{order!r} is no date order",
                "写 dmy、mdy 或 ymd",
                "write dmy, mdy or ymd",
            )
        )
    encoding = good.get("encoding")
    if encoding is not None and not _known_encoding(encoding):
        problems.append(
            _problem(
                f"{where}.encoding",
                f"不认识的编码“{encoding}”",
                f"unknown encoding {encoding!r}",
                "写 utf-8、gb18030 或 utf-16",
                "write utf-8, gb18030 or utf-16",
            )
        )
    if good.get("header_row", 1) < 1:
        problems.append(
            _problem(f"{where}.header_row", "表头行从 1 数起", "header rows count from 1", "写 1 或更大的数", "write 1 or more")
        )
    for name in good.get("tables", []):
        if name not in TABLES:
            problems.append(
                _problem(
                    f"{where}.tables",
                    f"没有叫“{name}”的表",
                    f"no table {name!r}",
                    f"可写 {'、'.join(TABLES)}",
                    f"write one of {', '.join(TABLES)}",
                )
            )
    return ExportMapping(
        file=good.get("file", "*"), sheet=good.get("sheet"), encoding=encoding, delimiter=good.get("delimiter"),
        header_row=good.get("header_row"), date_order=order, missing=tuple(str(m) for m in good.get("missing", [])),
        only=tuple(good.get("tables", [])), tables=tables,
    )  # fmt: skip


def _known_encoding(name: str) -> bool:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def _read_table(table: str, section: Mapping[str, Any], where: str, problems: list[Problem]) -> TableMapping:
    for key in sorted(set(section) - set(_TABLE_KEYS)):
        problems.append(
            _problem(
                f"{where}.{key}",
                f"不认识的键“{key}”",
                f"unknown key {key!r}",
                f"可写 {'、'.join(_TABLE_KEYS)}",
                f"write {', '.join(_TABLE_KEYS)}",
            )
        )
    good = _check_types(section, _TABLE_KEYS, where, problems)
    for key, owner in (("completeness", "tickets"), ("scale", "ratings")):
        if key in good and table != owner:
            problems.append(
                _problem(
                    f"{where}.{key}",
                    f"“{key}”只用于表 {owner}",
                    f"{key!r} belongs to table {owner}",
                    f"移到 [export.{owner}]",
                    f"move it to [export.{owner}]",
                )
            )
    known = {c.name for c in TABLES[table].columns} | set(EXTRA_COLUMNS[table])
    columns: dict[str, tuple[str, ...]] = {}
    for part in ("columns", "constants", "values"):
        for name in good.get(part, {}):
            if name not in known:
                problems.append(
                    _problem(
                        f"{where}.{part}.{name}",
                        f"表 {table} 没有列“{name}”",
                        f"table {table} has no column {name!r}",
                        f"可写 {'、'.join(sorted(known))}",
                        f"write one of {', '.join(sorted(known))}",
                    )
                )
    for name, headers in good.get("columns", {}).items():
        listed = [headers] if isinstance(headers, str) else headers
        if not isinstance(listed, list) or not listed or not all(isinstance(h, str) and h.strip() for h in listed):
            problems.append(
                _problem(
                    f"{where}.columns.{name}",
                    "应是列名，或列名的列表",
                    "should be a header or a list of headers",
                    f'写成 {name} = "列名"',
                    f'write {name} = "Header"',
                )
            )
        elif name in known:
            columns[name] = tuple(listed)
    values: dict[str, dict[str, str | bool]] = {}
    for name, words in good.get("values", {}).items():
        if not isinstance(words, dict):
            problems.append(
                _problem(
                    f"{where}.values.{name}",
                    "应是“原值 = 新值”的表",
                    "should be a table of value = value",
                    f'写成 {name} = {{ "加急" = true }}',
                    f'write {name} = {{ "Urgent" = true }}',
                )
            )
            continue
        is_flag = name in {c.name for c in TABLES[table].columns if c.type == "flag"}
        for word, value in words.items():
            if is_flag != isinstance(value, bool):
                problems.append(
                    _problem(
                        f"{where}.values.{name}.{word}",
                        f"新值 {value!r} 的类型不对",
                        f"{value!r} has the wrong type",
                        "是/否的列写 true 或 false，其他列写文字",
                        "yes/no columns take true or false, others a text",
                    )
                )
        values[name] = {
            word.strip().casefold(): value if isinstance(value, bool) else str(value) for word, value in words.items()
        }
    return TableMapping(
        columns=columns,
        constants={name: str(value) for name, value in good.get("constants", {}).items()},
        values=values,
        completeness=tuple(str(h) for h in good.get("completeness", [])),
        scale=float(good["scale"]) if "scale" in good else None,
    )
