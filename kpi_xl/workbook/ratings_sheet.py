"""The ratings workbook: a line per person, a column per indicator that people type; `generate --ratings` reads it.

Where a scheme has groups of raters a second sheet takes single ratings, a line per rater.
"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.workbook import Workbook

from kpi_xl.drawing import validation
from kpi_xl.drawing.canvas import Canvas
from kpi_xl.drawing.style import HEAD, INPUT, NOTE, TITLE, formatted
from kpi_xl.glossary import EMPLOYEE_ID, TEAM
from kpi_xl.native.texts import NUMBER_FORMATS
from kpi_xl.schemes.inputs import Input, input_titles, inputs_of_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.workbook.layout import SheetLayout
from kpi_xl.workbook.page import package, set_up_page

EVERYBODY = "全部"
"""The id of a line that holds for everybody who has no value of his own: facts of the department, entered once."""

_NOTE = "每人一行；没有评分的格子留空（留空为待评，不按 0 分计）。比率可写 85% 或 0.85。"
_SEVERAL_NOTE = "多人评分的，另加“评分人”一列，每位评分人一行，取平均；次数、金额等统计数不取平均，只填一次。"
_TEAM_NOTE = "每个团队一行；没有评分的格子留空（留空为待评，不按 0 分计）。比率可写 85% 或 0.85。"
_COMMON_NOTE = f"“{EVERYBODY}”一行填全部门共用的数（如奖金基数），每期一次；某人不同的，写在本人行。"
_GROUP_NOTE = "评分人各项由人力资源填平均分；要由程序合并、匿名处理的，不填本表，填“逐人评分”。"
_RATER_NOTE = "每位评分人一行，写角色和评分；匿名角色写编号，不写姓名。任一匿名组人数不足时，程序合并或不显示。"


def build_ratings(schemes: Sequence[Scheme], rows: int, people: Sequence[tuple[str, str]] = (), *, every: bool = False) -> bytes:
    """Return a ratings workbook for a scheme, or for several variants of one.

    Columns: 工号, 姓名 (团队 where teams are appraised), then the typed inputs. `people` (id, name) stand in the first lines, at
    least `rows` follow in all; `every`: inputs that exports usually fill have a column, too.
    """
    entries = tuple({entry.key: entry for scheme in schemes for entry in typed_inputs(scheme, every=every)}.values())
    scheme = schemes[0]
    book = Workbook()
    grouped = scheme.raters is not None
    common = any(scheme.figures and not entry.indicator for entry in entries)
    notes = [(_TEAM_NOTE if scheme.subject == "team" else _NOTE) + ("" if grouped else _SEVERAL_NOTE)]
    notes += [_COMMON_NOTE] * common + [_GROUP_NOTE] * grouped
    lines = [*([(EVERYBODY, "")] if common else []), *people]
    lines += [("", "")] * (rows - len(lines))
    titles = input_titles(entries)
    columns = [(titles[entry.key], entry) for entry in entries]
    _scores_sheet(book, scheme, notes, columns, lines)
    if grouped:
        _raters_sheet(book, schemes, list(people), rows)
    return package(book, f"{scheme.name} · 评分表")


def typed_inputs(scheme: Scheme, *, every: bool = False) -> tuple[Input, ...]:
    """Return the inputs that people type: those without a measure, and those that somebody enters when there is no data.

    `every`: all inputs of the scheme.
    """
    measured = {indicator.id for indicator in scheme.indicators if indicator.measure and not indicator.entered_by}
    measured_facts = {fact.id for fact in scheme.facts if fact.measure}
    return tuple(
        entry
        for entry in inputs_of_scheme(scheme)
        if every or (entry.indicator not in measured if entry.indicator else entry.key not in measured_facts)
    )


def _scores_sheet(
    book: Workbook,
    scheme: Scheme,
    notes: Sequence[str],
    columns: Sequence[tuple[str, Input]],
    lines: Sequence[tuple[str, str]],
) -> None:
    """A line per person, blank ones for those to be written in; a column per input under its title."""
    sheet = book.worksheets[0]
    sheet.title = "评分"
    heads = [TEAM, "团队名称"] if scheme.subject == "team" else [EMPLOYEE_ID, "姓名"]
    canvas = Canvas(book, sheet, [12.0, 12.0, *[max(12.0, 2.2 * len(head)) for head, _ in columns]])
    _head(canvas, f"{scheme.name} · 评分表", notes, [*heads, *[head for head, _ in columns]])
    sheet.freeze_panes = f"C{canvas.row}"
    for known in lines:
        for column, text in enumerate(known, start=1):
            canvas.put(column, text or None, formatted(INPUT, "@"))
        for column, (_, entry) in enumerate(columns, start=3):
            address = canvas.put(column, None, formatted(INPUT, "General" if entry.options else NUMBER_FORMATS[entry.unit]))
            canvas.validations.add(validation.for_column(entry), address)
        canvas.next()
    _finish(canvas, "评分", wide=len(columns) > 4)


def _raters_sheet(book: Workbook, schemes: Sequence[Scheme], people: Sequence[tuple[str, str]], rows: int) -> None:
    """A line per rater: whom, in which role, which number. The role names the group that the rating counts in."""
    used = {indicator.id for scheme in schemes for indicator in scheme.indicators}
    raters = schemes[0].raters
    roles = tuple(group.name for group in raters.groups if group.indicator in used) if raters else ()
    canvas = Canvas(book, book.create_sheet("逐人评分"), [12.0, 12.0, 16.0, 14.0, 12.0])
    _head(canvas, f"{schemes[0].name} · 逐人评分", [_RATER_NOTE], [EMPLOYEE_ID, "姓名", "评分人角色", "评分人编号", "评分"])
    canvas.sheet.freeze_panes = f"A{canvas.row}"
    for _ in range(max(rows, 4 * len(people))):
        for column in (1, 2, 4):
            canvas.put(column, None, formatted(INPUT, "@"))
        canvas.validations.add(validation.choice(roles), canvas.put(3, None, INPUT))
        canvas.validations.add(validation.number(*validation.HUNDRED), canvas.put(5, None, INPUT))
        canvas.next()
    _finish(canvas, "逐人评分", wide=False)


def _head(canvas: Canvas, title: str, notes: Sequence[str], heads: Sequence[str]) -> None:
    canvas.put(1, title, TITLE, across=canvas.columns)
    canvas.height(30)
    canvas.next()
    for note in notes:
        canvas.put(1, note, NOTE, across=canvas.columns)
        canvas.fit([(note, canvas.width(1, canvas.columns))], size=9, least=18)
        canvas.next()
    for column, head in enumerate(heads, start=1):
        canvas.put(column, head, HEAD)
    canvas.sheet.print_title_rows = f"{canvas.row}:{canvas.row}"
    canvas.height(24)
    canvas.next()


def _finish(canvas: Canvas, name: str, *, wide: bool) -> None:
    canvas.finish()
    set_up_page(canvas.sheet, SheetLayout(name, (), (), "landscape" if wide else "portrait", pages=0), canvas)
