"""The outcome: total, grade, coefficient, what is still missing; the grade scale; the chart of attainment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties
from openpyxl.styles import Font as CellFont
from openpyxl.utils import get_column_letter

from kpi_xl.drawing.canvas import absolute
from kpi_xl.drawing.style import (
    ACCENT,
    CENTER,
    FONT,
    HEAD,
    HEADING,
    HELPER,
    MUTED,
    NOTE,
    RESULT,
    RESULT_LABEL,
    SMALL,
    STRONG,
    formatted,
    line_count,
)
from kpi_xl.glossary import COEFFICIENT, GRADE, PROVISIONAL, RANGE, TO_SUPPLY, TOTAL
from kpi_xl.native import arithmetic
from kpi_xl.native.texts import grade_range
from kpi_xl.numbers import format_plain
from kpi_xl.schemes.inputs import is_adjustment
from kpi_xl.standard.plan import StandardPlan
from kpi_xl.workbook.blocks.form import Form, Options

BAR = "5B84A8"
TARGET_LINE = "C0504D"


def result(form: Form, options: Options) -> None:
    """Total, grade and coefficient side by side; below them the points so far, 预估, what is missing, and what must be said."""
    canvas, scheme, plan = form.canvas, form.scheme, form.plan
    lines = _lines_of(form)
    full = format_plain(scheme.limits[1])
    figures = [("total", f"{options.get('label', TOTAL)}（满分 {full}）", "0.00")]
    if scheme.grades:
        figures.append(("grade", GRADE, "General"))
    if any(g.coefficient is not None for g in scheme.grades):
        figures.append(("coefficient", COEFFICIENT, "0.0#"))
    spans = _spread(canvas.columns, len(figures))
    canvas.height(18)
    for (column, across), (_key, label, _number_format) in zip(spans, figures, strict=True):
        canvas.put(column, label, RESULT_LABEL, across=across)
    canvas.next()
    canvas.height(30)
    for (column, across), (key, _label, number_format) in zip(spans, figures, strict=True):
        formula = lines.total if key == "total" else _GRADED[key](form.total or "", plan)
        address = canvas.output(column, key, formula, formatted(RESULT, number_format), across=across)
        form.total = address if key == "total" else form.total
        form.grade = address if key == "grade" else form.grade
        form.coefficient = address if key == "coefficient" else form.coefficient
        _pending(form, address)
    canvas.next()
    _progress(form, lines)
    # what formulas say (a bonus, what is waived) they say live: a second text would be stale once somebody types
    canvas.put(1, "{{ data_note }}", NOTE, across=canvas.columns)
    canvas.height(23)
    canvas.next()


def _grade(total: str, plan: StandardPlan) -> str:
    """The call that HR also uses elsewhere; it becomes a native formula when a form is made from the template."""
    return f"KPI_GRADE({total},{plan.area})"


_GRADED: Mapping[str, Callable[[str, StandardPlan], str]] = {"grade": _grade, "coefficient": arithmetic.coefficient}


def _spread(columns: int, count: int) -> list[tuple[int, int]]:
    """Cut the grid into `count` cells: (column, columns spanned). On eight columns the cuts follow the person block."""
    if columns == 8:
        return {1: [(1, 8)], 2: [(1, 3), (4, 5)], 3: [(1, 3), (4, 3), (7, 2)]}[count]
    width = columns // count
    return [(1 + i * width, width if i < count - 1 else columns - i * width) for i in range(count)]


def _lines_of(form: Form) -> arithmetic.Lines:
    indicators = form.scheme.indicators
    counted = [i.id for i in indicators if i.weight > 0 and not is_adjustment(i)]
    return arithmetic.Lines(
        [form.points[i] for i in counted],
        [form.weights[i] for i in counted],
        [form.points[i.id] for i in indicators if is_adjustment(i)],
        arithmetic.limits(form.scheme, form.plan),
        waivable=bool(form.waivers),
        exact="+".join(_unrounded(form, i) for i in counted) if form.scheme.callbacks else "",
    )


def _unrounded(form: Form, indicator: str) -> str:
    if form.scheme.indicator(indicator).traits.scale is None:
        return arithmetic.number_or_0(form.points[indicator])
    marks = arithmetic.number_or_0(form.inputs[indicator])
    return f"{form.weights[indicator]}*{marks}/{form.plan.ref('rule', indicator, 'scale')}"


def _progress(form: Form, lines: arithmetic.Lines) -> None:
    """Points so far, 预估 (where the scheme allows it), and the names of what is missing."""
    canvas, scheme = form.canvas, form.scheme
    canvas.height(20)
    canvas.put(1, "已得分", RESULT_LABEL)
    canvas.output(2, "so_far", lines.so_far, formatted(CENTER, "0.00"), across=2)
    missing_from = 4
    if scheme.provisional:
        canvas.put(4, PROVISIONAL, RESULT_LABEL)
        estimate = lines.provisional(form.plan.ref("scheme", "total"))
        canvas.output(5, "provisional", estimate, formatted(CENTER, '0.00"（预估）"'), across=2)
        missing_from = 7
    counted = [i for i in scheme.indicators if i.weight > 0 and not is_adjustment(i)]
    names = "&".join(f'IF({form.points[i.id]}={arithmetic.PENDING},"、{i.name}","")' for i in counted)
    if missing_from == 7:
        canvas.next()
        canvas.height(20)
        canvas.put(1, TO_SUPPLY, RESULT_LABEL)
        missing_from = 1
    else:
        canvas.put(missing_from, TO_SUPPLY, RESULT_LABEL)
    formula = f'IF({lines.complete},"无",MID({names},2,500))'
    canvas.output(missing_from + 1, "missing", formula, SMALL, across=canvas.columns - missing_from)
    canvas.next()


def grades(form: Form, options: Options) -> None:
    """The grade scale with coefficients and measures, from 评级标准, the highest first. Option `heading`."""
    canvas, scheme, plan = form.canvas, form.scheme, form.plan
    if not scheme.grades:
        return
    canvas.put(1, str(options.get("heading", "等级与激励措施")), HEADING, across=canvas.columns)
    canvas.height(21)
    canvas.next()
    has_coefficient = any(g.coefficient is not None for g in scheme.grades)
    spans = [(GRADE, 1, 2), (RANGE, 3, 1)]
    spans += [(COEFFICIENT, 4, 1), ("措施", 5, canvas.columns - 4)] if has_coefficient else [("措施", 4, canvas.columns - 3)]
    for label, column, across in spans:
        canvas.put(column, label, HEAD, across=across)
    canvas.height(18)
    canvas.next()
    ordered = sorted(scheme.grades, key=lambda g: g.lower)
    for index in reversed(range(len(ordered))):
        ref = {name: plan.ref("grade", str(index), name) for name in ("name", "coefficient", "actions")}
        name = canvas.output(1, f"band_{index}_name", ref["name"], STRONG, across=2)
        live = grade_range(scheme, index, plan)
        canvas.output(3, f"band_{index}_range", live.formula or f'"{live.value}"', CENTER)
        if has_coefficient:
            canvas.output(4, f"band_{index}_coefficient", ref["coefficient"], formatted(CENTER, "0.0#"))
        column, across = spans[-1][1:]
        text = f'SUBSTITUTE({ref["actions"]}&"",CHAR(10),"；")'
        canvas.output(column, f"band_{index}_actions", text, SMALL, across=across)
        canvas.fit([("；".join(ordered[index].actions), canvas.width(column, across))], size=9, least=18)
        _current(form, name, f"A{canvas.row}:{get_column_letter(canvas.columns)}{canvas.row}")
        canvas.next()
    streaks = "；".join(f"连续 {s.times} 次{s.grade}：{s.action}" for s in scheme.streaks)
    if streaks:
        canvas.put(1, f"连续结果（同一周期内的最终结果）：{streaks}。", NOTE, across=canvas.columns)
        canvas.height(14 * line_count(streaks, canvas.width(1, canvas.columns)) + 3)
        canvas.next()
    canvas.gap()


def _current(form: Form, name: str, row: str) -> None:
    """Mark the line of the grade that the person has."""
    if form.grade is None:
        return
    form.canvas.highlight(row, f"{absolute(name)}={absolute(form.grade)}", font=CellFont(bold=True, color=ACCENT))


def chart(form: Form, options: Options) -> None:
    """Attainment of each indicator as columns against the line of 100 %; option `height` in points.

    The data stand beside the printed page, so that the chart is live.
    """
    canvas, scheme = form.canvas, form.scheme
    shown = [i for i in scheme.indicators if i.weight > 0 and not is_adjustment(i)]
    left = canvas.columns + 2
    top = 3
    sheet = canvas.sheet
    for offset, text in enumerate(("图表数据（不打印）", "得分率", "目标线")):
        canvas.put(left + offset, text, HELPER, row=top)
    for number, indicator in enumerate(shown, start=1):
        row, points = top + number, form.points[indicator.id]
        canvas.put(left, indicator.name, HELPER, row=row)
        rate = f'IF(ISNUMBER({points}),ROUND({points}/{form.weights[indicator.id]},4),"")'
        canvas.output(left + 1, f"attainment_{indicator.id}", rate, formatted(HELPER, "0%"), row=row)
        canvas.put(left + 2, 1, formatted(HELPER, "0%"), row=row)
    last = top + len(shown)
    sheet.column_dimensions[get_column_letter(left)].width = 18
    height = float(options.get("height", 118))
    canvas.height(height)
    for column in range(1, canvas.columns + 1):
        canvas.put(column, None, formatted(NOTE, "General"))
    bars = BarChart()
    bars.type, bars.gapWidth = "col", 70
    bars.add_data(Reference(sheet, min_col=left + 1, min_row=top, max_row=last), titles_from_data=True)
    categories = Reference(sheet, min_col=left, min_row=top + 1, max_row=last)
    bars.set_categories(categories)
    line = LineChart()
    line.add_data(Reference(sheet, min_col=left + 2, min_row=top, max_row=last), titles_from_data=True)
    _dress(bars, line)
    bars += line
    start, end = AnchorMarker(col=0, row=canvas.row - 1), AnchorMarker(col=canvas.columns, row=canvas.row)
    bars.anchor = TwoCellAnchor(editAs="twoCell", _from=start, to=end)  # type: ignore[assignment]
    sheet.add_chart(bars)
    canvas.next()
    canvas.gap(4)


def dress_bars(bars: BarChart, number_format: str) -> None:
    """Give a column chart the house style: small grey letters, no frame, one colour, values inside the columns."""
    bars.title = None
    bars.y_axis.number_format = number_format
    bars.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=LineProperties(solidFill="E3E8ED", w=6350)))
    for axis in (bars.x_axis, bars.y_axis):
        axis.delete = False
        axis.textProperties = _letters(800)
        axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill="B8C2CC", w=6350))
    series = bars.series[0]
    series.graphicalProperties = GraphicalProperties(solidFill=BAR)
    series.dLbls = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False)
    series.dLbls.dLblPos, series.dLbls.txPr = "inEnd", _letters(800, "FFFFFF")
    series.dLbls.numFmt = number_format
    bars.graphical_properties = GraphicalProperties(noFill=True, ln=LineProperties(noFill=True))


def _dress(bars: BarChart, line: LineChart) -> None:
    """Dress the chart of attainment: 0 to 120 %, a thin dashed target line."""
    dress_bars(bars, "0%")
    bars.legend.position = "t"
    bars.legend.textProperties = _letters(800)
    bars.y_axis.scaling.min, bars.y_axis.scaling.max, bars.y_axis.majorUnit = 0, 1.2, 0.4
    target = line.series[0]
    target.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=TARGET_LINE, w=12700, prstDash="dash"))
    target.marker.symbol = "none"
    target.smooth = False


def _letters(size: int, color: str = MUTED) -> RichText:
    properties = CharacterProperties(sz=size, solidFill=color, latin=Font(typeface=FONT), ea=Font(typeface=FONT))
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=properties), endParaRPr=properties)])


def _pending(form: Form, cell: str) -> None:
    form.canvas.highlight(cell, f'{cell}="待评"', font=CellFont(color=MUTED, bold=False))
