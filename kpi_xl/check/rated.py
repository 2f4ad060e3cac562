"""The ratings file held against the scheme and the people, as `generate` will read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kpi_xl.check.model import FileRow, PersonRow, Request
from kpi_xl.check.people import near_people, person_word
from kpi_xl.errors import KpiError, shown_name
from kpi_xl.exports.model import Tables
from kpi_xl.issues import Issue
from kpi_xl.job.files import sha256_of
from kpi_xl.job.people import assign, scheme_chooser
from kpi_xl.job.ratings import read_ratings

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
            return [FileRow(ROLE, name, None, False, why="没有这个文件")], []
        why = f"写上 --scheme 和 --period 才能核对；SHA-256 {sha256_of(path)[:16]}"
        return [FileRow(ROLE, name, None, True, why=why)], []
    people = (tables.people or tables.agents) if tables else ()
    try:
        assigned = assign(people, scheme_chooser(request.scheme, request.variants, {}), active).assigned
        ratings = read_ratings(path, assigned, request.period)
    except KpiError as error:
        return [FileRow(ROLE, name, None, False, why=f"{error.message.zh}。{error.remedy.zh}")], []
    rated = f"{len(ratings.values)} 人有评分"
    files = [FileRow(ROLE, name, None, True, why="；".join([rated, *_reasons(ratings.issues)]))]
    persons = [
        PersonRow(issue.reason.zh, issue.value or "", file=name, sheet=issue.sheet, rows="1", note=_note(issue, tables))
        for issue in ratings.issues
        if issue.code in _PERSON
    ]
    return files, persons


def _reasons(issues: Sequence[Issue]) -> list[str]:
    counted = Counter(issue.reason.zh for issue in issues)
    return [f"{reason}：{count} 处" for reason, count in counted.most_common()]


def _note(issue: Issue, tables: Tables | None) -> str:
    near = near_people(issue.value or "", tables.people) if tables else []
    where = f"第 {issue.row} 行；" if issue.row else ""
    return where + (f"是不是 {'、'.join(map(person_word, near))}？" if near else issue.remedy.zh)
