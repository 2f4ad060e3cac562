"""Look at everything that was given, and shape what 导入检查.xlsx shows of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kpi_xl.check.columns import SheetLook, look_at
from kpi_xl.check.model import Check, ColumnRow, DecisionRow, FileRow, RepeatRow, Request
from kpi_xl.check.months import HEADS, months_of
from kpi_xl.check.people import people_of, with_data
from kpi_xl.check.rated import look_at_ratings, unusable_row
from kpi_xl.check.reading import ReadInputs, read_inputs
from kpi_xl.check.settings import settings_of
from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError, Text, shown_name
from kpi_xl.exports.columns.mapping_words import NO_COLUMN
from kpi_xl.exports.model import SheetFacts, SourceTable, Tables
from kpi_xl.issues import Issue
from kpi_xl.job.confirm import needed_by
from kpi_xl.job.people import base_scheme, scheme_chooser
from kpi_xl.outputs import sha256_of
from kpi_xl.schemes.model import Scheme
from kpi_xl.tables import TABLES

_REPEATED = ("duplicate", "superseded", "same_")
"""What the codes of issues about repeated rows, numbers and files hold."""
_SCALES = ("3", "5", "10", "100")
_RANK = {"open": 0, "guess": 1, "declared": 2, "read": 3}


def build_check(request: Request) -> Check:
    """Read everything and return what is to be shown. Raises KpiError for a mapping file or a scheme that cannot be used."""
    reckoning = None
    if request.scheme is not None:
        reckoning = base_scheme(request.scheme, request.variants).reckoning  # a wrong name is told before any file is read
    read = read_inputs(request.exports, request.roster, request.mapping, request.period, reckoning)
    if read.tables is not None and request.period is not None:
        request = replace(request, period=read.tables.reckoning.of(request.period))
    paths = [(path, False) for path in request.exports] + ([(request.roster, True)] if request.roster else [])
    looks = [look for path, is_roster in paths for look in look_at(path, read.mapping, is_roster=is_roster)]
    headers = {(look.file, look.sheet): look.headers for look in looks}
    tables = read.tables
    decisions = (*(one for look in looks for one in look.wanting), *(tables.decisions if tables else ()))
    active = with_data(tables, request.period) if tables else frozenset()
    rated, raters = look_at_ratings(request, tables, active)
    needed = _needed(request, tables)
    return Check(
        request=request,
        files=(*_files(request, read, looks), *rated, *_mapping_row(request.mapping)),
        decisions=_decisions(decisions, headers, needed),
        columns=_columns(looks),
        people=(*(people_of(tables, request.period) if tables else ()), *raters),
        months=months_of(tables, request.period) if tables else (),
        month_heads=HEADS,
        repeats=_repeats(tables.issues()) if tables else (),
        settings=settings_of(read.mapping, [(look.file, look.sheet) for look in looks], decisions),
        headers=headers,
    )


def _needed(request: Request, tables: Tables | None) -> dict[str, frozenset[str]] | None:
    """Return the columns on which points depend, exactly as the making of forms sees it; None without a scheme."""
    if request.scheme is None:
        return None
    schemes = _schemes(request, tables)
    if tables is None:
        return needed_by(schemes)
    return needed_by(schemes, tables.columns, tables.reckoning.basis or "created")


def _schemes(request: Request, tables: Tables | None) -> list[Scheme]:
    """Return the schemes of the people; who has one that cannot be used is told when forms are made."""
    choose = scheme_chooser(request.scheme or "", request.variants, {})
    found: dict[int, Scheme] = {}
    people = (tables.people or tables.agents) if tables else ()
    for person in people:
        try:
            scheme = choose(person)
        except KpiError:
            continue
        found[id(scheme)] = scheme
    return list(found.values())


# --- 文件 -----------------------------------------------------------------------------------------------------------------


def _files(request: Request, read: ReadInputs, looks: Sequence[SheetLook]) -> Iterator[FileRow]:
    """Yield a row per file and sheet: what cannot be used first."""
    facts = {(look.file, look.sheet): look.facts for look in looks}
    roster = shown_name(request.roster) if request.roster else None
    shown = {look.file for look in looks if look.rows}
    for failed in read.failed:
        yield unusable_row(_role(failed.file, roster), failed.file, failed.error, listed=failed.file in shown)
    if read.tables is not None:
        issues = read.tables.issues()
        for source in read.tables.sources:
            yield _source_row(source, issues, facts.get((source.file, source.sheet), SheetFacts()), _role(source.file, roster))
        for issue in issues:
            if issue.code == "ignored_sheet":
                yield FileRow(
                    _role(issue.file, roster), issue.file, issue.value or issue.sheet, why=f"没有读取：{issue.reason.zh}"
                )


def _role(file: str, roster: str | None) -> str:
    return "花名册" if file == roster else "导出"


def _mapping_row(path: Path | None) -> list[FileRow]:
    return [FileRow("映射", shown_name(path), None, why=f"SHA-256 {sha256_of(path)[:16]}")] if path is not None else []


def _source_row(source: SourceTable, issues: Sequence[Issue], facts: SheetFacts, role: str) -> FileRow:
    why: dict[str, int] = defaultdict(int)
    for issue in issues:
        if issue.disposition == "set_aside" and (issue.file, issue.sheet) == (source.file, source.sheet):
            why[issue.reason.zh] += issue.count
    return FileRow(
        role,
        source.file,
        source.sheet,
        "、".join(TABLES[table].zh for table in source.tables),
        source.header_row,
        source.encoding,
        source.rows_read,
        source.rows_used,
        source.rows_set_aside,
        "；".join(f"{reason}：{count} 行" for reason, count in sorted(why.items(), key=lambda item: -item[1])),
        "；".join(_facts(facts)),
    )


def _facts(facts: SheetFacts) -> Iterator[str]:
    for count, text in (
        (facts.merged_areas, "合并单元格 {} 处"),
        (sum(last - first + 1 for first, last in facts.hidden), "隐藏的行 {} 行"),
        (sum(last - first + 1 for first, last in facts.hidden_columns), "隐藏的列 {} 列"),
        (facts.rows_above, "表从第 {} 行以下开始"),
        (facts.columns_before, "表左边还有 {} 列"),
    ):
        if count:
            yield text.format(count)


def _columns(looks: Iterable[SheetLook]) -> tuple[ColumnRow, ...]:
    """Return the columns of all sheets; those of files with one name, as of two folders, once: a mapping is about both."""
    found: dict[tuple[object, ...], ColumnRow] = {}
    for row in (row for look in looks for row in look.rows):
        found.setdefault((row.file, row.sheet, row.table, row.header, row.meaning), row)
    return tuple(found.values())


# --- 口径确认 and 重复 -----------------------------------------------------------------------------------------------------


def _decisions(
    decisions: Iterable[Decision],
    headers: dict[tuple[str, str | None], tuple[str, ...]],
    needed: dict[str, frozenset[str]] | None,
) -> tuple[DecisionRow, ...]:
    rows = []
    for one in decisions:
        used = needed is None or one.concerns(needed)
        choices, is_open = _choices(one, headers)
        rows.append(DecisionRow(one, one.taken.zh, choices, is_open, one.line(), used))
    return tuple(sorted(rows, key=lambda row: (row.decision.settled, not row.used, _RANK[row.decision.ground])))


def _choices(decision: Decision, headers: dict[tuple[str, str | None], tuple[str, ...]]) -> tuple[tuple[str, ...], bool]:
    """Return the words to choose from, and whether others may be typed."""
    if decision.kind.options:
        return tuple(option.label.zh for option in decision.kind.options), False
    path = decision.path
    if path[-2:-1] in (("columns",), ("prefer",)):
        own = headers.get((decision.file or "", decision.sheet), ())
        return (*own, *([NO_COLUMN] if path[-2] == "columns" else [])), not own
    if path[-1] == "scale":
        return _SCALES, True
    return (), True


def _repeats(issues: Iterable[Issue]) -> tuple[RepeatRow, ...]:
    """Return what was counted once, by file and reason, with a few of the numbers."""
    groups: dict[tuple[str, str | None, Text], list[Issue]] = {}
    for issue in issues:
        if any(part in issue.code for part in _REPEATED):
            groups.setdefault((issue.file, issue.sheet, issue.reason), []).append(issue)
    return tuple(
        RepeatRow(file, sheet, reason.zh, _some(own), sum(issue.count for issue in own), own[0].remedy.zh)
        for (file, sheet, reason), own in groups.items()
    )


def _some(issues: Sequence[Issue], most: int = 5) -> str:
    values = list(dict.fromkeys(f"{issue.value}（第 {issue.row} 行）" if issue.row else issue.value or "" for issue in issues))
    return "、".join(value for value in values[:most] if value) + (" …" if len(values) > most else "")
