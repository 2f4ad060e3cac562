"""The indicator table: weight, definition, target, actual value, points, remark; a subtotal per group."""

from __future__ import annotations

from dataclasses import replace

from openpyxl.styles import Font

from kpi_xl import glossary
from kpi_xl.drawing import validation
from kpi_xl.drawing.canvas import absolute
from kpi_xl.drawing.style import (
    AMBER_FILL,
    AMBER_INK,
    CENTER,
    GREY_FILL,
    HEAD,
    HEADING,
    INPUT,
    LABEL,
    MEASURED,
    MUTED,
    NUMBER,
    SMALL,
    STRONG,
    SUBTOTAL,
    formatted,
    line_count,
)
from kpi_xl.native import arithmetic
from kpi_xl.native.texts import NUMBER_FORMATS, LiveText, live_target
from kpi_xl.schemes.describe import band_line
from kpi_xl.schemes.inputs import MEDIAN, Input, inputs_of, is_adjustment, median_key, part_key
from kpi_xl.schemes.model import Indicator
from kpi_xl.schemes.targets import target_parts
from kpi_xl.workbook.blocks.form import Form, Options

HEADERS = ("指标", glossary.WEIGHT, "定义 / 计算公式", glossary.TARGET, glossary.ACTUAL, glossary.POINTS, "说明")
NAME, WEIGHT, DEFINITION, TARGET, ACTUAL, POINTS, REMARK = range(1, 8)
WEIGHT_STYLE = formatted(CENTER, "General")
TARGET_STYLE = replace(CENTER, size=9)


def indicators(form: Form, options: Options) -> None:
    """The groups of option `groups` (all by default): a table each with heading and subtotal, or all in one.

    Options: `letters` leads the headings with A, B, C; `one_table` puts all groups into one table, each under a line with its
    subtotal; `subtotals` false leaves the subtotals out.
    """
    every = [group.id for group in form.scheme.groups]
    wanted = [g for g in options.get("groups", every) if any(i.group == g for i in form.scheme.indicators)]
    subtotals = bool(options.get("subtotals", len(wanted) > 1))
    one_table = bool(options.get("one_table", False))
    if one_table:
        _head(form, str(options.get("heading", "考核指标")))
    for number, group in enumerate(wanted):
        letter = f"{chr(ord('A') + number)}  " if options.get("letters", False) and len(wanted) > 1 else ""
        if one_table:
            row = form.canvas.row
            form.canvas.next(1 if subtotals else 0)
        else:
            _head(form, letter + form.group_name(group))
        for indicator in (i for i in form.scheme.indicators if i.group == group):
            _line(form, indicator, _remark_columns(form))
        if subtotals and one_table:
            _subtotal(form, group, form.group_name(group), row)
        elif subtotals:
            _subtotal(form, group, "小计", form.canvas.row)
            form.canvas.next()
        if not one_table:
            form.canvas.gap(5)
    if one_table:
        form.canvas.gap(5)


def _remark_columns(form: Form) -> int:
    return form.canvas.columns - REMARK + 1


def _head(form: Form, heading: str) -> None:
    canvas = form.canvas
    canvas.put(1, heading, HEADING, across=canvas.columns)
    canvas.height(21)
    canvas.next()
    for column, header in enumerate(HEADERS, start=1):
        canvas.put(column, header, HEAD, across=_remark_columns(form) if column == REMARK else 1)
    canvas.height(19)
    canvas.next()


def _subtotal(form: Form, group: str, label: str, row: int) -> None:
    """A line with the weights and points of a group, below its indicators or (in one table) above them."""
    canvas = form.canvas
    lines = [i for i in form.scheme.indicators if i.group == group]
    if all(is_adjustment(i) for i in lines):
        points = [form.points[i.id] for i in lines]
    else:
        points = [form.points[i.id] for i in lines if i.weight > 0]
    canvas.put(1, label, SUBTOTAL, row=row)
    canvas.output(2, f"subtotal_weight_{group}", f"SUM({','.join(form.weights[i.id] for i in lines)})", SUBTOTAL, row=row)
    canvas.put(3, None, SUBTOTAL, across=3, row=row)
    canvas.output(POINTS, f"subtotal_{group}", arithmetic.subtotal(points), formatted(SUBTOTAL, "0.00"), row=row)
    canvas.put(REMARK, None, SUBTOTAL, across=_remark_columns(form), row=row)
    _pending_format(form, f"{_letter(POINTS)}{row}")
    canvas.height(20, row)


def _line(form: Form, indicator: Indicator, remark_across: int) -> None:
    """One indicator; a composite one takes a row for each of its inputs."""
    canvas, plan = form.canvas, form.plan
    entries = entries_of(indicator)
    rows = len(entries)
    definition = definition_text(indicator)
    form.inputs.update(
        {entry.key: entry_input(form, indicator, entry, canvas.row + offset) for offset, entry in enumerate(entries)}
    )
    texts = [_target_of(form, indicator, entry) for entry in entries]
    canvas.fit(
        [
            (indicator.name, canvas.width(NAME) * 0.95),
            (definition, canvas.width(DEFINITION) * 1.1),
            ("说" * 20, canvas.width(REMARK, remark_across) * 1.1),
        ],
        least=max(20.0, max(15 * line_count(live.room or live.value, canvas.width(TARGET) * 1.1) + 5 for live in texts)),
        rows=rows,
    )
    name = canvas.put(NAME, indicator.name, STRONG, down=rows)
    weight = canvas.output(
        WEIGHT,
        f"weight_{indicator.id}",
        arithmetic.counting_weight(indicator, form.scheme, plan, form.waivers),
        WEIGHT_STYLE,
        down=rows,
    )
    canvas.put(DEFINITION, definition, SMALL, down=rows)
    for at, (entry, live) in enumerate(zip(entries, texts, strict=True), start=canvas.row):
        if live.formula is None:
            canvas.put(TARGET, live.value, TARGET_STYLE, row=at)
        else:
            canvas.output(TARGET, f"target_{entry.key}", live.formula, TARGET_STYLE, row=at)
    form.weights[indicator.id] = weight
    cells = {entry.key: form.inputs[entry.key] for entry in entries}
    cells |= {key: form.inputs[key] for key in arithmetic.facts_needed(indicator) if key not in cells}
    formula = arithmetic.points(indicator, arithmetic.Actuals(cells, months=form.months, weight=weight), plan, arithmetic.PENDING)
    formula = arithmetic.unless_waived(formula, form.waivers.get(indicator.group))
    points = canvas.output(POINTS, f"points_{indicator.id}", formula, NUMBER, down=rows)
    form.points[indicator.id] = points
    canvas.put(REMARK, f"{{{{ indicator.{indicator.id}.basis }}}}", SMALL, across=remark_across, down=rows)
    _notes(form, indicator, name, weight, f"{_letter(TARGET)}{canvas.row}")
    _points_format(form, points, weight)
    canvas.next(rows)


def waivers(form: Form, options: Options) -> None:
    """Whether HR waives a group of raters that does not exist here; the others then take over its weight."""
    canvas = form.canvas
    groups = [g for g in form.scheme.groups if g.waivable and any(i.group == g.id for i in form.scheme.indicators)]
    if len(groups) < 2:
        return
    for group in groups:
        canvas.put(1, f"豁免：{group.name}", LABEL, across=2)
        form.waivers[group.id] = absolute(canvas.input(3, f"waive_{group.id}", validation.YES_NO))
        text = "该组没有评分人、经人力资源同意时选“是”，其余各组按比例折算；不选即为不豁免。"
        canvas.put(4, text, SMALL, across=canvas.columns - 3)
        canvas.height(20)
        canvas.next()
    canvas.gap()


def entries_of(indicator: Indicator) -> tuple[Input, ...]:
    """Return the inputs that have a cell of their own; the bare key that stands for a composite's first part has none."""
    entries = inputs_of(indicator)
    if indicator.traits.parts:
        return tuple(entry for entry in entries if entry.key != indicator.id)
    return entries


def entry_input(form: Form, indicator: Indicator, entry: Input, row: int, column: int = ACTUAL, across: int = 1) -> str:
    """Write the input cell of an actual value: tinted by where it comes from, validated by what it may be."""
    style = MEASURED if indicator.measure else INPUT
    number_format = NUMBER_FORMATS[entry.unit] if not entry.options else "General"
    return form.canvas.input(
        column, entry.key, validation.for_input(entry), formatted(style, number_format), row=row, across=across
    )


def definition_text(indicator: Indicator) -> str:
    """Return the definition, with the bands or the choices in words below it."""
    traits = indicator.traits
    found = [f"考评目的：{indicator.purpose}"] if indicator.purpose else []
    found += [f"· {point}" for point in indicator.check_points]
    found += [indicator.definition] if indicator.definition else []
    found += [band_line(band, indicator.unit) for band in traits.bands]
    if traits.options:
        found.append("选项：" + " / ".join(label for label, _value in traits.options))
    return "\n".join(found)


def _target_of(form: Form, indicator: Indicator, entry: Input) -> LiveText:
    """Return the target column in the row of an input; beside an input without a target, what it is."""
    parts = indicator.traits.parts
    keys = [part_key(indicator, part.id) for part in parts] if parts else [indicator.id]
    targets = dict(zip(keys, target_parts(form.scheme, indicator), strict=True))
    if entry.key in targets:
        return live_target(targets[entry.key], form.plan, form.inputs, form.months)
    return LiveText(MEDIAN if entry.key == median_key(indicator) else entry.name)


def _notes(form: Form, indicator: Indicator, name: str, weight: str, target: str) -> None:
    """Attach 出处 to the cells: what the document says, and what we decided."""
    words = {"document": "文件规定", "decided": f"{glossary.DECIDED}（文件未写明）"}
    cells = {"weight": (weight, glossary.WEIGHT), "target": (target, glossary.TARGET)}
    rest: list[str] = []
    for about, source in indicator.sources:
        text = words[source.origin] + (f"：{source.note}" if source.note else "")
        if about in cells:
            cell, label = cells[about]
            form.canvas.note(cell, f"{label}{glossary.ORIGIN}：{text}")
        else:
            rest.append(f"{'计分规则' if about == 'rule' else about}{glossary.ORIGIN}：{text}")
    if rest:
        form.canvas.note(name, "\n".join(rest))


def _points_format(form: Form, points: str, weight: str) -> None:
    """Amber below full marks, grey while pending."""
    form.canvas.highlight(points, f"AND(ISNUMBER({points}),{points}<{weight})", fill=AMBER_FILL, font=Font(color=AMBER_INK))
    _pending_format(form, points)


def _pending_format(form: Form, cell: str) -> None:
    form.canvas.highlight(cell, f"NOT(ISNUMBER({cell}))", fill=GREY_FILL, font=Font(color=MUTED, italic=True))


def _letter(column: int) -> str:
    return chr(ord("A") + column - 1)
