"""收集结果.xlsx: people with their status first, then what was typed, what HR must look at, and every file.

The template is drawn once per run with the house's canvas and filled by the compiled engine, so that 10,000 forms are no trouble.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from kpi_xl.collect.outcome import INFORMATION, STATUS_TEXT, Collection, Finding, PersonResult
from kpi_xl.errors import KpiError
from kpi_xl.glossary import AWAITING, EMPLOYEE_ID, GRADE, TEAM, TO_SUPPLY, TOTAL
from kpi_xl.ooxml.package import read_package
from kpi_xl.periods import Period
from kpi_xl.template import compile_template

NO_PENDING = "—"
_BOOK = "收集结果"
"""The title in the properties of the workbook: programs that save it leave it there."""
_STATES = {
    "typed": "已填写",
    "differs": "与交来的评分不同",
    "cleared": "被清空",
    "out_of_range": "超出范围",
    "wrong_type": "类型不对",
}
_CODES = {
    "edited": "锁定单元格被改",
    "seal_lost": "封印丢失",
    "seal_damaged": "封印被改",
    "not_issued": "无发放记录",
    "unknown_seal": "封印不在台账",
    "old_version": "旧版表",
    "other_person": "人员不符",
    "other_period": "周期不符",
    "renamed": "文件改名",
    "duplicate": "重复提交",
    "already_collected": "以前已收",
    "conflict": "内容冲突",
    "cleared": "被清空",
    "differs": "与交来的评分不同",
    "out_of_range": "超出范围",
    "wrong_type": "类型不对",
    "not_scored": "不能重算",
}
_REMEDIES = {
    "edited": "请本人说明；总分按发放时的规则重算，不受影响",
    "seal_damaged": "请本人重交未改动的表，或核对后用 --take newest 采用",
    "not_issued": "确认是否用了别的台账",
    "unknown_seal": "不采用；若确是发放的表，先用 generate --ledger 补登发放，再收一次",
    "old_version": "请按最新发放的表重填，或用 --take newest 采用",
    "other_person": "确认是谁的表；确认后用 --take newest 采用",
    "other_period": "放到对应周期再收",
    "conflict": "确认采用哪一份，再用 --take newest 或 --take first",
    "cleared": "该项按缺数据处理（待评），确认是否有意",
    "differs": "现按评分表的值计分；确认以考核表为准时，用 --take newest 采用，或改评分表后重新发放",
    "out_of_range": "该项按缺数据处理（待评），请更正后重交",
    "wrong_type": "该项按缺数据处理（待评），请更正后重交",
    "not_scored": "核对填写内容",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of one of the lists; unused fields stay empty."""

    id: str = ""
    name: str = ""
    team: str = ""
    period: str = ""
    status: str = ""
    total: Decimal | None = None
    grade: str = ""
    before: Decimal | None = None
    before_grade: str = ""
    missing: int | None = None
    typed: str = ""
    findings: str = ""
    file: str = ""
    kind: str = ""
    place: str = ""
    label: str = ""
    stood: str = ""
    stands: str = ""
    text: str = ""
    remedy: str = ""
    program: str = ""
    saved_at: str = ""
    sha256: str = ""
    lines_1: bool = True
    lines_3: bool = False
    lines_6: bool = False


def build_result_book(collection: Collection, now: dt.datetime) -> bytes:
    """Return the workbook. `now` is local time."""
    rows = {
        "people": [_person(person) for person in collection.people],
        "fields": [row for person in collection.people for row in _fields(person)],
        "findings": [row for person in collection.people for row in _findings(person)],
        "files": _files(collection),
    }
    periods = sorted({person.identity.period for person in collection.people})
    view: dict[str, Any] = {
        **{path: [_with_height(row, columns) for row in rows[path]] for _sheet, _title, path, columns in _LISTS},
        "period_label": "、".join(Period.parse(period).label for period in periods) or NO_PENDING,
        "issued_text": f"{now:%Y-%m-%d %H:%M}",
        "note": _note(collection.counts),
    }
    return compile_template(_template()).render(view)


def is_result_book(path: Path) -> bool:
    """Tell whether a file is a result workbook, as it was written or with what HR put into it since."""
    try:
        package = read_package(path)
    except (KpiError, OSError):
        return False
    name = package.find("docProps/core.xml")
    core = package.raw(name) if name else b""
    return b">kpi-xl</" in core and f">{_BOOK}</".encode() in core


def _with_height(row: _Row, columns: Sequence[tuple[str, str, str, float]]) -> _Row:
    """Choose the height in which the longest text of a row fits."""
    from kpi_xl.drawing.style import line_count

    lines = max(line_count(str(getattr(row, field) or ""), width) for _label, field, _style, width in columns)
    if lines <= 1:
        return row
    return replace(row, lines_1=False, lines_3=lines <= 3, lines_6=lines > 3)


def _note(counts: Mapping[str, int]) -> str:
    parts = [f"{STATUS_TEXT[status].zh} {counts[status]} 人" for status in STATUS_TEXT]
    files = f"文件 {counts['files']} 个（不能使用 {counts['unusable']} 个）"
    return (
        "；".join((*parts, files)) + "。总分与等级均按台账中的规则重新计算，不采用表内的计算结果；封印不是法律意义上的电子签名。"
    )


def _who(person: PersonResult) -> dict[str, Any]:
    who = person.identity
    return {"id": who.person, "name": who.name, "team": who.team, "period": who.period}


def _person(person: PersonResult) -> _Row:
    result, before = person.result or {}, person.before
    form = person.form
    typed = [] if form is None else [f"{f.label} {f.text}" for f in form.fields if f.state == "typed"]
    kinds = dict.fromkeys(_CODES[finding.code] for finding in person.findings if finding.code not in INFORMATION)
    return _Row(
        **_who(person),
        status=STATUS_TEXT[person.status].zh,
        total=_points(result.get("total")),
        grade=str(result.get("grade") or (AWAITING if form is not None else "")),
        before=_points(before.get("total")),
        before_grade=str(before.get("grade") or AWAITING),
        missing=len(result["missing"]) if "missing" in result else None,
        typed="；".join(typed)[:2000],
        findings="、".join(kinds),
        file=form.file if form is not None else "",
    )


def _points(text: object) -> Decimal | None:
    return Decimal(str(text)) if text is not None else None


def _fields(person: PersonResult) -> list[_Row]:
    found = []
    for form in ((person.form,) if person.form else ()) + tuple(one for one in person.others if one.new):
        for field in form.fields:
            if field.state != "unchanged":
                found.append(
                    _Row(
                        **_who(person),
                        file=form.file,
                        label=field.label,
                        place=field.cell,
                        stood=field.issued,
                        stands=field.text,
                        status=_STATES[field.state],
                        text=field.message.zh if field.message else "",
                        kind="采用" if form is person.form and field.state == "typed" else "未采用",
                    )
                )
    return found


def _findings(person: PersonResult) -> list[_Row]:
    return [
        _Row(
            **_who(person),
            kind=_CODES[finding.code],
            place=finding.place,
            stood=finding.stood,
            stands=finding.stands,
            text="" if finding.code == "edited" else finding.text.zh,  # 原来 and 现在 say it
            remedy=_REMEDIES.get(finding.code, ""),
        )
        for finding in sorted(person.findings, key=_weight)
        if finding.code not in INFORMATION
    ]


def _weight(finding: Finding) -> int:
    return list(_CODES).index(finding.code)


def _files(collection: Collection) -> list[_Row]:
    return [
        _Row(
            file=file.file,
            id=file.person,
            status=file.status.zh,
            text=file.error.zh if file.error else "；".join(f.text.zh for f in file.findings)[:2000],
            program=file.program,
            saved_at=file.saved_at.replace("T", " ").removesuffix("Z"),
            sha256=file.sha256[:16],  # the ledger has all of it
        )
        for file in collection.files
    ]


_CENTER, _SMALL, _POINTS = "center", "small", "points"
_WHO = ((EMPLOYEE_ID, "id", _CENTER, 11.0), ("姓名", "name", _CENTER, 12.0))
_LISTS: tuple[tuple[str, str, str, tuple[tuple[str, str, str, float], ...]], ...] = (
    (
        "收集结果",
        "考核表收集结果",
        "people",
        (
            *_WHO,
            (TEAM, "team", _CENTER, 14.0),
            ("周期", "period", _CENTER, 10.0),
            ("状态", "status", _CENTER, 17.0),
            (TOTAL, "total", _POINTS, 9.0),
            (GRADE, "grade", _CENTER, 10.0),
            ("发放时总分", "before", _POINTS, 11.0),
            ("发放时等级", "before_grade", _CENTER, 11.0),
            (TO_SUPPLY, "missing", _CENTER, 10.0),
            ("填写内容", "typed", _SMALL, 44.0),
            ("需核对", "findings", _SMALL, 22.0),
        ),
    ),
    (
        "填写明细",
        "填写明细（与发放时不同的项目）",
        "fields",
        (
            *_WHO,
            ("周期", "period", _CENTER, 10.0),
            ("项目", "label", _SMALL, 24.0),
            ("单元格", "place", _CENTER, 15.0),
            ("发放时", "stood", _CENTER, 16.0),
            ("收回时", "stands", _SMALL, 26.0),
            ("情况", "status", _CENTER, 11.0),
            ("说明", "text", _SMALL, 32.0),
            ("是否采用", "kind", _CENTER, 10.0),
            ("文件", "file", _SMALL, 26.0),
        ),
    ),
    (
        "冲突与改动",
        "冲突与改动（由人力资源决定）",
        "findings",
        (
            *_WHO,
            ("周期", "period", _CENTER, 10.0),
            ("问题", "kind", _CENTER, 15.0),
            ("位置", "place", _CENTER, 16.0),
            ("原来", "stood", _SMALL, 26.0),
            ("现在", "stands", _SMALL, 26.0),
            ("说明", "text", _SMALL, 44.0),
            ("处理建议", "remedy", _SMALL, 36.0),
        ),
    ),
    (
        "文件",
        "收到的文件",
        "files",
        (
            ("文件", "file", _SMALL, 30.0),
            (EMPLOYEE_ID, "id", _CENTER, 11.0),
            ("状态", "status", _CENTER, 11.0),
            ("说明", "text", _SMALL, 60.0),
            ("保存程序", "program", _SMALL, 20.0),
            ("最后保存（UTC）", "saved_at", _CENTER, 19.0),
            ("SHA-256（前16位）", "sha256", _SMALL, 20.0),
        ),
    ),
)
"""Sheet, title, list of the view, and its columns: label, field, style, width in characters."""
_HEIGHTS = {1: 21, 3: 44, 6: 85}
"""Points of a row for up to so many lines: not every program fits a row to its wrapped text when it opens a file."""


@cache
def _template() -> bytes:
    """Draw the template; openpyxl is imported here, when somebody collects."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.workbook import Workbook

    from kpi_xl.drawing.canvas import Canvas
    from kpi_xl.drawing.style import (
        AMBER_FILL,
        AMBER_INK,
        CENTER,
        GREY_FILL,
        HEAD,
        MUTED,
        NOTE,
        SMALL,
        SUBTITLE,
        TITLE,
        formatted,
    )
    from kpi_xl.workbook.layout import SheetLayout
    from kpi_xl.workbook.page import package, set_up_page

    styles = {_CENTER: CENTER, _SMALL: SMALL, _POINTS: formatted(CENTER, "0.00")}
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, title, path, columns in _LISTS:
        canvas = Canvas(book, book.create_sheet(name), [width for *_, width in columns])
        for text, style, height in (
            (title, TITLE, 32),
            ("考核周期：{{ period_label }}　　收集时间：{{ issued_text }}", SUBTITLE, 20),
            ("{{ note }}", NOTE, 30),
        ):
            canvas.put(1, text, style, across=canvas.columns)
            canvas.height(height)
            canvas.next()
        header = canvas.row
        for at, (label, *_rest) in enumerate(columns, start=1):
            canvas.put(at, label, HEAD)
        canvas.height(_HEIGHTS[1])
        canvas.next()
        canvas.put(1, f"{{{{ for row in {path} }}}}")
        canvas.next()
        for lines, height in _HEIGHTS.items():
            canvas.put(1, f"{{{{ if row.lines_{lines} }}}}")
            canvas.next()
            for at, (_label, field, style_name, _width) in enumerate(columns, start=1):
                canvas.put(at, f"{{{{ row.{field} }}}}", styles[style_name])
            canvas.height(height)
            if path == "people":
                row, at = f"A{canvas.row}:{get_column_letter(canvas.columns)}{canvas.row}", canvas.row
                urgent = f'OR($E{at}="待人力资源决定",$E{at}="已收，需核对")'
                canvas.highlight(row, urgent, fill=AMBER_FILL, font=Font(color=AMBER_INK))
                canvas.highlight(row, f'$E{at}="未交"', fill=GREY_FILL, font=Font(color=MUTED))
            canvas.next()
            canvas.put(1, "{{ end }}")
            canvas.next()
        canvas.put(1, "{{ end }}")
        canvas.next()
        canvas.sheet.freeze_panes = f"A{header + 1}"
        canvas.sheet.print_title_rows = f"{header}:{header}"
        set_up_page(canvas.sheet, SheetLayout(name, (), (), "landscape", pages=0), canvas)
        canvas.sheet.protection.sheet = False
    return package(book, _BOOK)
