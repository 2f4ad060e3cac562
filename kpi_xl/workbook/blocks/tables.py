"""Tables that people fill in: facts and their figures, goals, logs, checklists, key results, pooled scores, ratings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpi_xl.drawing import validation
from kpi_xl.drawing.canvas import Canvas
from kpi_xl.drawing.style import (
    CENTER,
    HEAD,
    INPUT,
    INPUT_TEXT,
    LABEL,
    MEASURED,
    NOTE,
    RESULT,
    SMALL,
    STRONG,
    Style,
    formatted,
)
from kpi_xl.glossary import RATER, TARGET
from kpi_xl.native.texts import NUMBER_FORMATS
from kpi_xl.schemes.inputs import inputs_of_scheme
from kpi_xl.schemes.model import Figure
from kpi_xl.workbook.blocks.form import Form, Options
from kpi_xl.workbook.blocks.frame import heading as put_heading


@dataclass(frozen=True)
class Kind:
    """What a column of a table takes: its validation and its look."""

    rule: validation.Validation
    style: Style


_KINDS: Mapping[str, Kind] = {
    "text": Kind(validation.TEXT, INPUT_TEXT),
    "name": Kind(validation.NAME, INPUT),
    "number": Kind(validation.number(), INPUT),
    "percent": Kind(validation.number(percent=True), formatted(INPUT, "0%")),
    "score": Kind(validation.number(*validation.HUNDRED), INPUT),
    "date": Kind(validation.DATE, formatted(INPUT, "yyyy-mm-dd")),
    "pass": Kind(validation.PASS_FAIL, INPUT),
    "yes": Kind(validation.YES_NO, INPUT),
}


def table(form: Form, options: Options) -> None:
    """Empty lines to fill in. Options: `key`, `rows`, `columns` (label, key, across, kind, options), `heading`, `totals`.

    The cells are named ``in_<key>_<line>_<column>``. `totals`: lines below, each a label and a formula over columns
    (``sum``, ``weighted`` mean, ``count``); they are blank while nothing is entered.
    """
    canvas = form.canvas
    if options.get("heading"):
        put_heading(form, {"text": options["heading"]})
    columns = _placed(options["columns"], canvas.columns)
    canvas.put(1, "序号", HEAD)
    for at, across, column in columns:
        canvas.put(at, str(column["label"]), HEAD, across=across)
    canvas.height(20)
    canvas.next()
    first = canvas.row
    given = list(options.get("lines", []))
    for number in range(1, max(int(options.get("rows", 0)), len(given)) + 1):
        canvas.put(1, number, CENTER)
        texts = list(given[number - 1]) if number <= len(given) else []
        for index, (at, across, column) in enumerate(columns):
            if index < len(texts) and texts[index] != "":
                canvas.put(at, str(texts[index]), SMALL, across=across)
                continue
            kind = _kind(column)
            canvas.input(at, f"{options['key']}_{number}_{column['key']}", kind.rule, kind.style, across=across)
        widths = [(str(t), canvas.width(at, across)) for t, (at, across, _c) in zip(texts, columns, strict=False)]
        canvas.fit(widths, least=float(options.get("height", 22)))
        canvas.next()
    cells = {str(column["key"]): _range(at, first, canvas.row - 1) for at, _across, column in columns}
    for entry in options.get("totals", []):
        _total(canvas, str(options["key"]), entry, cells)
    canvas.gap()


def _kind(column: Mapping[str, Any]) -> Kind:
    if column.get("options"):
        return Kind(validation.choice(tuple(str(o) for o in column["options"])), INPUT)
    return _KINDS[str(column.get("kind", "text"))]


def _placed(columns: Sequence[Mapping[str, Any]], last: int) -> list[tuple[int, int, Mapping[str, Any]]]:
    """Give each column its place after the running number; the last one takes what is left."""
    found, at = [], 2
    for number, column in enumerate(columns):
        across = int(column.get("across", 1)) if number < len(columns) - 1 else last - at + 1
        found.append((at, across, column))
        at += across
    return found


def _total(canvas: Canvas, key: str, entry: Mapping[str, Any], cells: Mapping[str, str]) -> None:
    """A line below a table: label on the left, value on the right."""
    value = cells[str(entry["value"])]
    formulas: dict[str, Callable[[], str]] = {
        "sum": lambda: f'IF(COUNT({value})=0,"",ROUND(ROUND(SUM({value}),8),2))',
        "mean": lambda: f'IF(COUNT({value})=0,"",ROUND(ROUND(AVERAGE({value}),8),2))',
        "weighted": lambda: _weighted(value, cells[str(entry["weight"])]),
        "entered": lambda: f'IF(COUNTA({value})=0,"",COUNTA({value}))',
        "count": lambda: f'IF(COUNTA({value})=0,"",COUNTIF({value},"{entry["equals"]}"))',
        "sum_of": lambda: (
            f'IF(COUNT({value})=0,"",ROUND(ROUND(SUMIF({cells[str(entry["by"])]},"{entry["equals"]}",{value}),8),2))'
        ),
    }
    canvas.put(1, str(entry["label"]), LABEL, across=canvas.columns - 2)
    canvas.calc(canvas.columns - 1, f"{key}_{entry['key']}", formulas[str(entry["formula"])](), STRONG, across=2)
    canvas.height(20)
    canvas.next()


def _weighted(value: str, weight: str) -> str:
    """Mean by weight over the lines that have both; numbers come before the empty text, in every program cell by cell."""
    weights = f'SUMPRODUCT(({value}<"")*({weight}<""),{weight})'
    return f'IF({weights}=0,"",ROUND(ROUND(SUMPRODUCT(({weight}<"")*1,{value},{weight})/{weights},8),2))'


def _range(column: int, first: int, last: int) -> str:
    letter = chr(ord("A") + column - 1)
    return f"{letter}{first}:{letter}{last}"


# --- facts, figures, bonus -------------------------------------------------------------------------------------------------


def facts(form: Form, options: Options) -> None:
    """The inputs beside the indicators, and the figures made of them; option `heading`. A fact that has a cell is left out."""
    canvas, scheme = form.canvas, form.scheme
    entries = [entry for entry in inputs_of_scheme(scheme) if entry.indicator is None and entry.key not in form.inputs]
    if not entries and not scheme.figures:
        return
    put_heading(form, {"text": options.get("heading", "基础数据")})
    measured = {fact.id for fact in scheme.facts if fact.measure}
    words = {fact.id: fact.definition or (f"由{fact.entered_by}填写" if fact.entered_by else "") for fact in scheme.facts}
    for entry in entries:
        canvas.put(1, entry.name, LABEL, across=2)
        style = formatted(MEASURED if entry.key in measured else INPUT, NUMBER_FORMATS[entry.unit])
        form.inputs[entry.key] = canvas.input(3, entry.key, validation.for_input(entry), style)
        canvas.put(4, words.get(entry.key, ""), SMALL, across=canvas.columns - 3)
        canvas.fit([(words.get(entry.key, ""), canvas.width(4, canvas.columns - 3))], size=9, least=20)
        canvas.next()
    for figure in scheme.figures:
        canvas.put(1, figure.name, LABEL, across=2)
        form.figures[figure.id] = canvas.output(
            3, f"figure_{figure.id}", _figure(form, figure), formatted(STRONG, NUMBER_FORMATS[figure.unit])
        )
        canvas.put(4, _figure_text(form, figure), SMALL, across=canvas.columns - 3)
        canvas.fit([(_figure_text(form, figure), canvas.width(4, canvas.columns - 3))], size=9, least=20)
        canvas.next()
    canvas.gap()


def _figure(form: Form, figure: Figure) -> str:
    """The sum of the products, divided; blank while a fact is missing."""
    needed = [form.inputs[name] for product in figure.products for name in product]
    total = "+".join("*".join(form.inputs[name] for name in product) for product in figure.products)
    if figure.per is None:
        return f'IF(COUNT({",".join(needed)})={len(needed)},{total},"")'
    per = form.inputs[figure.per]
    return f'IF(COUNT({",".join((*needed, per))})={len(needed) + 1},IF({per}>0,({total})/{per},""),"")'


def _figure_text(form: Form, figure: Figure) -> str:
    names = {fact.id: fact.name for fact in form.scheme.facts}
    total = " + ".join(" × ".join(names[name] for name in product) for product in figure.products)
    return f"（{total}）÷ {names[figure.per]}" if figure.per else total


def bonus(form: Form, options: Options) -> None:
    """The bonus that follows from the result; an error that says so where there is no coefficient. Needs the result above it."""
    rule, canvas = form.scheme.bonus, form.canvas
    if rule is None or form.total is None:
        return
    put_heading(form, {"text": options.get("heading", "奖金计算")})
    canvas.put(1, "奖金基数（元）", LABEL, across=2)
    base = form.figures.get(rule.base or "")
    if base is None:
        base = canvas.input(3, "bonus_base", validation.number(what="金额（元）"), formatted(INPUT, "#,##0.00"))
    else:
        canvas.output(3, "bonus_base", base, formatted(CENTER, "#,##0.00"))
    by_total = rule.by == "total"
    canvas.put(4, "奖金 = 基数 × 总分 ÷ 满分" if by_total else "奖金 = 基数 × 绩效系数", SMALL, across=canvas.columns - 3)
    canvas.height(21)
    canvas.next()
    canvas.put(1, "奖金（元）", LABEL, across=2)
    if by_total:
        share = f"{form.total}/{form.plan.ref('scheme', 'total')}"
        formula = f'IF(COUNT({base},{form.total})=2,ROUND(ROUND({base}*{share},8),2),"")'
    else:
        factor = form.coefficient or ""
        amount = f'IF({factor}="无","无系数，不能计算",IF(COUNT({base},{factor})=2,ROUND(ROUND({base}*{factor},8),2),""))'
        formula = amount
    canvas.output(3, "bonus", formula, formatted(RESULT, "#,##0.00"))
    canvas.put(4, str(options.get("note", "")), NOTE, across=canvas.columns - 3)
    canvas.height(28)
    canvas.next()
    canvas.gap()


# --- checklists, key results, pooled scores --------------------------------------------------------------------------------


def checklist(form: Form, options: Options) -> None:
    """The scheme's checklist of option `id`: pass or fail, without points."""
    canvas = form.canvas
    chosen = next(c for c in form.scheme.checklists if c.id == str(options["id"]))
    put_heading(form, {"text": options.get("heading", chosen.name)})
    half = canvas.columns // 2
    for at, across, label in ((1, 1, "序号"), (2, half - 1, "检查项"), (half + 1, 1, "结论"), (half + 2, 0, "说明")):
        canvas.put(at, label, HEAD, across=across or canvas.columns - half - 1)
    canvas.height(20)
    canvas.next()
    first = canvas.row
    for number, item in enumerate(chosen.items, start=1):
        canvas.put(1, number, CENTER)
        canvas.put(2, item, SMALL, across=half - 1)
        canvas.input(half + 1, f"check_{chosen.id}_{number}", validation.PASS_FAIL)
        canvas.input(half + 2, f"check_{chosen.id}_{number}_note", validation.TEXT, INPUT_TEXT, across=canvas.columns - half - 1)
        canvas.fit([(item, canvas.width(2, half - 1))], size=9, least=float(options.get("height", 24)))
        canvas.next()
    cells = _range(half + 1, first, canvas.row - 1)
    canvas.put(1, "不合格项数", LABEL, across=half)
    failed = f'IF(COUNTA({cells})=0,"",COUNTIF({cells},"不合格"))'
    canvas.calc(half + 1, f"check_{chosen.id}_failed", failed, STRONG)
    canvas.put(half + 2, chosen.note, SMALL, across=canvas.columns - half - 1)
    canvas.height(20)
    canvas.next()
    canvas.gap()


def key_results(form: Form, options: Options) -> None:
    """OKR: start, target, current value and progress 0..100 %; no points."""
    canvas, plan = form.canvas, form.plan
    put_heading(form, {"text": options.get("heading", "关键结果（OKR，不计分）")})
    spans = ((1, 3, "关键结果"), (4, 1, TARGET), (5, 1, "起点"), (6, 2, "当前"), (8, canvas.columns - 7, "进度"))
    for at, across, label in spans:
        canvas.put(at, label, HEAD, across=across)
    canvas.height(20)
    canvas.next()
    for result in form.scheme.key_results:
        number_format = NUMBER_FORMATS[result.unit]
        goal = plan.ref("key_result", result.id)
        canvas.put(1, result.name, SMALL, across=3)
        canvas.output(4, f"kr_{result.id}_target", goal, formatted(CENTER, '"提升 "0%' if result.relative else number_format))
        rule = validation.number(percent=result.unit == "ratio")
        start = canvas.input(5, f"kr_{result.id}_start", rule, formatted(INPUT, number_format))
        current = canvas.input(6, f"kr_{result.id}_current", rule, formatted(INPUT, number_format), across=2)
        end = f"{start}*(1+{goal})" if result.relative else goal
        progress = f"MAX(0,MIN(1,({current}-{start})/({end}-{start})))"
        formula = f'IF(COUNT({start},{current})<2,"",IF({end}={start},IF({current}>={start},1,0),{progress}))'
        canvas.calc(8, f"kr_{result.id}_progress", formula, formatted(STRONG, "0%"), across=canvas.columns - 7)
        canvas.height(22)
        canvas.next()
    canvas.gap()


def pooled(form: Form, options: Options) -> None:
    """Scores of customers pooled by month, quarter and year: sum of the customers' scores / number of them.

    Options: `key`, `heading`, `labels` (count, sum, score). Two columns are typed per month; the rest follows.
    """
    canvas, key = form.canvas, str(options["key"])
    put_heading(form, {"text": options["heading"]})
    labels = [str(label) for label in options.get("labels", ("成功回访数", "CS 合计", "CS 得分"))]
    spans = ((1, 2), (3, 1), (4, 2), (6, canvas.columns - 5))
    for (at, across), label in zip(spans, ["期间", *labels], strict=True):
        canvas.put(at, label, HEAD, across=across)
    canvas.height(20)
    canvas.next()
    quarters: list[tuple[str, str]] = []
    for quarter in range(1, 5):
        first = canvas.row
        for month in range(3 * quarter - 2, 3 * quarter + 1):
            canvas.put(1, f"{month} 月", CENTER, across=2)
            whole = validation.number(whole=True, what="整数")
            count = canvas.input(3, f"{key}_{month}_count", whole)
            summed = canvas.input(4, f"{key}_{month}_sum", validation.number(), across=2)
            _score(canvas, f"{key}_month_{month}", count, summed, CENTER)
        cells = (f"SUM(C{first}:C{canvas.row - 1})", f"SUM(D{first}:D{canvas.row - 1})")
        quarters.append(cells)
        _pooled_line(canvas, f"第 {quarter} 季度", f"{key}_quarter_{quarter}", cells)
    year = ("+".join(count for count, _sum in quarters), "+".join(summed for _count, summed in quarters))
    _pooled_line(canvas, "全年", f"{key}_year", year)
    canvas.gap()


def _pooled_line(canvas: Canvas, label: str, name: str, cells: tuple[str, str]) -> None:
    canvas.put(1, label, STRONG, across=2)
    count, summed = cells
    canvas.formula(3, f'IF(({count})=0,"",{count})', STRONG)
    canvas.formula(4, f'IF(({count})=0,"",{summed})', STRONG, across=2)
    _score(canvas, name, f"({count})", f"({summed})", STRONG)


def _score(canvas: Canvas, name: str, count: str, summed: str, style: Style) -> None:
    formula = f'IF(SUM({count})>0,ROUND(ROUND(SUM({summed})/SUM({count}),8),2),"")'
    canvas.calc(6, name, formula, formatted(style, "0.00"), across=canvas.columns - 5)
    canvas.height(18)
    canvas.next()


def raters(form: Form, options: Options) -> None:
    """The collection sheet of a 360 review: a line per rater and group, the mean of each group, and the pooling of small ones.

    Names are never asked for in anonymous groups: raters have numbers. Option `rows`: raters per group.
    """
    canvas, rules = form.canvas, form.scheme.raters
    if rules is None:
        return
    groups = [g for g in rules.groups if any(i.id == g.indicator for i in form.scheme.indicators)]
    put_heading(form, {"text": options.get("heading", "评分汇总")})
    spans = [(2 + 2 * n, 2 if n < len(groups) - 1 else canvas.columns - 1 - 2 * n) for n in range(len(groups))]
    canvas.put(1, RATER, HEAD)
    for (at, across), group in zip(spans, groups, strict=True):
        canvas.put(at, f"{group.name}{'（匿名）' if group.anonymous else ''}", HEAD, across=across)
    canvas.height(20)
    canvas.next()
    first, rows = canvas.row, int(options.get("rows", 8))
    for number in range(1, rows + 1):
        canvas.put(1, f"{number} 号", CENTER)
        for (at, across), group in zip(spans, groups, strict=True):
            if group.anonymous or number <= 2:
                canvas.input(at, f"rater_{group.indicator}_{number}", _KINDS["score"].rule, across=across)
            else:
                canvas.put(at, None, CENTER, across=across)
        canvas.height(20)
        canvas.next()
    last = canvas.row - 1
    anonymous = [_range(at, first, last) for (at, _a), g in zip(spans, groups, strict=True) if g.anonymous]
    minimum = form.plan.ref("scheme", "raters.minimum")
    for label, kind in (("人数", "count"), ("采用分数", "mean")):
        canvas.put(1, label, LABEL)
        for (at, across), group in zip(spans, groups, strict=True):
            own = _range(at, first, last)
            formula = f"COUNT({own})" if kind == "count" else _group_mean(own, anonymous if group.anonymous else [], minimum)
            shown = f'IF(COUNT({own})=0,"",{formula})' if kind == "count" else formula
            style = formatted(STRONG, "General" if kind == "count" else "0.00")
            canvas.calc(at, f"raters_{group.indicator}_{kind}", shown, style, across=across)
        canvas.height(22)
        canvas.next()
    canvas.gap()


def _group_mean(own: str, pool: Sequence[str], minimum: str) -> str:
    """Mean of a group; an anonymous one below the minimum is pooled with the others, a pool below it is not shown."""
    if not pool:
        return f'IF(COUNT({own})=0,"",ROUND(ROUND(AVERAGE({own}),8),2))'
    small = "OR(" + ",".join(f"COUNT({cells})<{minimum}" for cells in pool) + ")"
    together = ",".join(pool)
    pooled_mean = f'IF(COUNT({together})<{minimum},"",ROUND(ROUND(AVERAGE({together}),8),2))'
    return f'IF(COUNT({own})=0,"",IF({small},{pooled_mean},ROUND(ROUND(AVERAGE({own}),8),2)))'


def rating_sheet(form: Form, options: Options) -> None:
    """One rater's sheet: items with their weight in words, a rating 0-100 each, the mean. Options: `key`, `items`, `heading`."""
    canvas, key = form.canvas, str(options["key"])
    if options.get("heading"):
        put_heading(form, {"text": options["heading"]})
    spans = ((1, 1, "序号"), (2, 2, "评价项目"), (4, 2, "评分（0–100）"), (6, canvas.columns - 5, "事实依据"))
    for at, across, label in spans:
        canvas.put(at, label, HEAD, across=across)
    canvas.height(20)
    canvas.next()
    first = canvas.row
    for number, item in enumerate(options["items"], start=1):
        canvas.put(1, number, CENTER)
        canvas.put(2, str(item), SMALL, across=2)
        canvas.input(4, f"{key}_{number}", _KINDS["score"].rule, across=2)
        canvas.input(6, f"{key}_{number}_note", validation.TEXT, INPUT_TEXT, across=canvas.columns - 5)
        canvas.fit([(str(item), canvas.width(2, 2))], size=9, least=28)
        canvas.next()
    cells = _range(4, first, canvas.row - 1)
    canvas.put(1, "平均分", LABEL, across=3)
    mean = f'IF(COUNT({cells})<{len(list(options["items"]))},"",ROUND(ROUND(AVERAGE({cells}),8),2))'
    canvas.calc(4, f"{key}_mean", mean, formatted(STRONG, "0.00"), across=2)
    canvas.put(6, None, CENTER, across=canvas.columns - 5)
    canvas.height(22)
    canvas.next()
    canvas.gap()
