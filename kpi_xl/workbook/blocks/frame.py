"""The frame of a form: title, person, free text, signatures. Nothing here knows a scoring rule."""

from __future__ import annotations

from dataclasses import replace

from kpi_xl.drawing import validation
from kpi_xl.drawing.canvas import absolute
from kpi_xl.drawing.style import (
    CENTER,
    HEAD,
    HEADING,
    INPUT,
    INPUT_TEXT,
    LABEL,
    NOTE,
    SMALL,
    SUBTITLE,
    TITLE,
    formatted,
)
from kpi_xl.glossary import EMPLOYEE_ID, HR, PERIOD, PERIOD_SPAN, POSITION, REGION, SIGNATURE, SUPERVISOR, TEAM
from kpi_xl.workbook.blocks.form import Form, Options

DATE_FORMAT = 'yyyy"年"m"月"d"日"'


def title(form: Form, options: Options) -> None:
    """Title and a line with the period; option `text` replaces the scheme's name, `subtitle` the second line."""
    canvas = form.canvas
    canvas.put(1, str(options.get("text", form.title)), TITLE, across=canvas.columns)
    canvas.height(32)
    canvas.next()
    subtitle = "考核周期：{{ period_label }}" + ("　　{{ variant_text }}" if form.scheme.applied else "")
    canvas.put(1, str(options.get("subtitle", subtitle)), SUBTITLE, across=canvas.columns)
    canvas.height(18)
    canvas.next()
    canvas.gap(4)


def person(form: Form, options: Options) -> None:
    """Who is appraised: label and value, three pairs a row.

    Option `fields`: pairs of label and placeholder that replace the usual ones; `months` false: no input for the months of the
    period (on the sheets that follow the main one, whose cells carry the names).
    """
    canvas = form.canvas
    pairs = [(str(label), str(value)) for label, value in options.get("fields", _PERSON)]
    main = bool(options.get("months", True))
    if main:
        pairs.append(("考核月数", "months"))
    spans = _thirds(canvas.columns)
    for start in range(0, len(pairs), 3):
        canvas.height(21)
        row = pairs[start : start + 3]
        for (label_at, value_at, across), (label, value) in zip(spans, [*row, *[("", "")] * (3 - len(row))], strict=True):
            canvas.put(label_at, label, LABEL)
            if value == "months":
                form.months = absolute(canvas.input(value_at, "months", validation.MONTHS, across=across))
                continue
            address = canvas.put(value_at, value or None, replace(CENTER, locked=False), across=across)
            if main and value in _IDENTITY:
                canvas.name(_IDENTITY[value], address)
        canvas.next()
    canvas.gap()


_PERSON = (
    ("姓名", "{{ person.name }}"),
    (EMPLOYEE_ID, "{{ person.id }}"),
    (POSITION, "{{ person.position }}"),
    (TEAM, "{{ person.team }}"),
    (REGION, "{{ person.region }}"),
    (SUPERVISOR, "{{ person.manager }}"),
    (PERIOD, "{{ period_label }}"),
    (PERIOD_SPAN, "{{ period_span_text }}"),
)
_IDENTITY = {"{{ person.name }}": "id_name", "{{ person.id }}": "id_person"}


def heading(form: Form, options: Options) -> None:
    """A heading over the whole width; option `text`."""
    form.canvas.put(1, str(options["text"]), HEADING, across=form.canvas.columns)
    form.canvas.height(21)
    form.canvas.next()


def note(form: Form, options: Options) -> None:
    """A small explanation in grey; option `text`, which may hold placeholders (`lines`: how many it may need)."""
    canvas, text = form.canvas, str(options["text"])
    canvas.put(1, text, NOTE, across=canvas.columns)
    canvas.fit([(text + "\n" * (int(options.get("lines", 1)) - 1), canvas.width(1, canvas.columns))], size=8.5, least=15)
    canvas.next()


def text_input(form: Form, options: Options) -> None:
    """A label with room to write; options `label`, `key`, `height` (points), `hint` (prompt)."""
    canvas = form.canvas
    canvas.put(1, str(options["label"]), LABEL)
    canvas.input(2, str(options["key"]), validation.TEXT, INPUT_TEXT, across=canvas.columns - 1)
    canvas.height(float(options.get("height", 40)))
    canvas.next()


def sign_off(form: Form, options: Options) -> None:
    """Signatures with dates; below them publication and appeal deadline. Options: `roles` (key, label), `publication`."""
    canvas, appeal = form.canvas, form.scheme.appeal
    roles = [(str(key), str(label)) for key, label in options.get("roles", _ROLES)]
    spans = _thirds(canvas.columns)
    canvas.height(20)
    for number, (label_at, _value_at, across) in enumerate(spans):
        canvas.put(label_at, roles[number][1] if number < len(roles) else "", HEAD, across=across + 1)
    canvas.next()
    for suffix, label, rule, style, height in (
        ("", SIGNATURE, validation.NAME, INPUT, 30),
        ("_date", "日期", validation.DATE, formatted(INPUT, DATE_FORMAT), 20),
    ):
        canvas.height(height)
        for number, (label_at, value_at, across) in enumerate(spans):
            canvas.put(label_at, label if number < len(roles) else "", LABEL)
            if number < len(roles):
                canvas.input(value_at, f"sign_{roles[number][0]}{suffix}", rule, style, across=across)
            else:
                canvas.put(value_at, None, CENTER, across=across)
        canvas.next()
    if appeal is not None and appeal.days is not None and options.get("publication", True):
        _publication(form, appeal.days)
    canvas.gap(3)


_ROLES = (("employee", "员工（被考核人）"), ("supervisor", SUPERVISOR), ("hr", HR))


def _publication(form: Form, days: int) -> None:
    """Date of publication, the appeal deadline that follows from it, and whether the employee appeals."""
    canvas = form.canvas
    (first, second, third) = _thirds(canvas.columns)
    canvas.height(21)
    canvas.put(first[0], "公布日期", LABEL)
    published = canvas.input(first[1], "published_on", validation.DATE, formatted(INPUT, DATE_FORMAT), across=first[2])
    canvas.put(second[0], "申诉截止", LABEL)
    deadline = f'IF(ISNUMBER({published}),{published}+{form.plan.ref("scheme", "appeal.days")},"公布后 {days} 天内")'
    canvas.output(second[1], "appeal_deadline", deadline, formatted(CENTER, DATE_FORMAT), across=second[2])
    canvas.put(third[0], "本人意见", LABEL)
    canvas.input(third[1], "consent", validation.choice(("同意", "申诉")), across=third[2])
    canvas.next()


def appeal_note(form: Form, options: Options) -> None:
    """How to appeal, in the words of the scheme."""
    if form.scheme.appeal is not None:
        note(form, {"text": f"申诉：{form.scheme.appeal.text}"})


def legend(form: Form, options: Options) -> None:
    """What the colours mean."""
    note(form, {"text": "底色：黄 = 手工填写；蓝 = 系统取数；橙 = 未得满分；灰 = 待评（缺数据，不按 0 分计）。"})


def advice(form: Form, options: Options) -> None:
    """A loop over strengths, gaps, suggestions or training needs of the view; options `heading` and `path`."""
    canvas = form.canvas
    heading(form, {"text": options["heading"]})
    canvas.put(1, f"{{{{ for entry in {options['path']} }}}}")
    canvas.next()
    canvas.put(1, "{{ entry.title }}", LABEL, across=2)
    canvas.put(3, "{{ entry.text }}", SMALL, across=canvas.columns - 2)
    canvas.height(32)
    canvas.next()
    canvas.put(1, "{{ end }}")
    canvas.next()
    canvas.gap()


def _thirds(columns: int) -> tuple[tuple[int, int, int], ...]:
    """Cut the grid into three pairs: (column of the label, column of the value, columns that the value spans)."""
    if columns == 8:
        return ((1, 2, 2), (4, 5, 2), (7, 8, 1))
    width = columns // 3
    return tuple((1 + i * width, 2 + i * width, width - 1 if i < 2 else columns - 2 * width - 1) for i in range(3))
