"""The ratings file held against the scheme and the people, as `generate` will read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kpi_xl.check.model import FileRow, PersonRow, Request
from kpi_xl.check.people import person_word
from kpi_xl.errors import KpiError, Place, Text, shown_name
from kpi_xl.exports.columns.mapping_words import COLUMNS
from kpi_xl.exports.model import Tables
from kpi_xl.exports.people_match import Roster
from kpi_xl.issues import Issue
from kpi_xl.job.people import assign, scheme_chooser
from kpi_xl.job.ratings import read_ratings
from kpi_xl.outputs import sha256_of

ROLE = "评分表"
_PERSON = ("unknown_person", "wrong_name")


def look_at_ratings(request: Request, tables: Tables | None, active: frozenset[str]) -> tuple[list[FileRow], list[PersonRow]]:
    """Return the rows of 文件 and 人员 about the ratings file; `active` are the ids with data in the period."""
    path = request.ratings
    if path is None:
        return [], []
    name = shown_name(path)
    if request.scheme is None or request.period is None:
        if not path.is_file():
            missing = KpiError.at(
                Place.of(path), Text("没有这个文件", "there is no such file"), Text("请核对 --ratings", "check --ratings")
            )
            return [unusable_row(ROLE, name, missing)], []
        why = f"写上 --scheme 和 --period 才能核对；SHA-256 {sha256_of(path)[:16]}"
        return [FileRow(ROLE, name, None, why=why)], []
    people = (tables.people or tables.agents) if tables else ()
    try:
        assigned = assign(people, scheme_chooser(request.scheme, request.variants, {}), active).assigned
        ratings = read_ratings(path, assigned, request.period)
    except KpiError as error:
        return [unusable_row(ROLE, name, error)], []
    rated = f"{len(ratings.values)} 人有评分"
    files = [FileRow(ROLE, name, None, why="；".join([rated, *_reasons(ratings.issues)]))]
    persons = [
        PersonRow(issue.reason.zh, issue.value or "", file=name, sheet=issue.sheet, rows="1", note=_note(issue, tables))
        for issue in ratings.issues
        if issue.code in _PERSON
    ]
    return files, persons


def unusable_row(role: str, file: str, error: KpiError, *, listed: bool = False) -> FileRow:
    """Return the row of a file that cannot be used; `listed`: its columns stand in 列对照, where HR can say what they are."""
    place = error.where
    why = error.message.zh.removeprefix(f"{place.text.zh}：" if place else "")
    help_ = f"可在“{COLUMNS}”里给各列选好含义，或换一份导出。" if listed else error.remedy.zh
    return FileRow(role, file, place.sheet if place else None, why=f"{why}。{help_}", error=error)


def _reasons(issues: Sequence[Issue]) -> list[str]:
    counted = Counter(issue.reason.zh for issue in issues)
    return [f"{reason}：{count} 处" for reason, count in counted.most_common()]


def _note(issue: Issue, tables: Tables | None) -> str:
    near = Roster(tables.people).near(issue.value or "") if tables else ()
    where = f"第 {issue.row} 行；" if issue.row else ""
    return where + (f"是不是 {'、'.join(map(person_word, near))}？" if near else issue.remedy.zh)
