"""How much CPU a filled workbook costs: the compiled template against openpyxl, xltpl and XlsxWriter; and reading a form back.

One run, one machine, the same form for all, drawn as the forms of this project are: 40 lines of 8 cells (what the scheme says is
printed; the actual values are named inputs, the points live formulas with named results, the reasons and remarks are filled in),
two charts, validations, conditional formats and protection; 60 detail rows; the sheet with the rating rules. CPU time of the
process in its quiet fifth (the 20th percentile, the same for all: other programs on the machine only ever add); making the data
does not count.
``python benchmarks/fill.py [--json] [--rows N] [--repeat N]``
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

LINES, DETAIL = 40, 60
FIRST, LAST = 4, 4 + LINES - 1  # the rows of the indicators
COLUMNS = ("name", "weight", "definition", "target", "actual", "points", "why", "remark")
PRINTED = ("name", "weight", "definition", "target")
FILLED = ("why", "remark")
DETAIL_COLUMNS = ("record", "indicator", "at", "counted", "hit", "value", "reason")
START = dt.datetime(2025, 9, 1, 8)  # noqa: DTZ001 - a clock on the wall

View = dict[str, Any]


def make_view(number: int, rows: int) -> View:
    """Return invented data of one person: 40 indicators and `rows` tickets."""
    indicators = []
    for line in range(LINES):
        weight, actual = Decimal(line % 7 + 1), Decimal((number * 37 + line * 11) % 1000) / 1000
        indicators.append(
            {
                "name": f"指标 {line + 1}",
                "weight": weight,
                "definition": f"按工单统计的口径 {line + 1}：分子除以分母",
                "target": Decimal("0.85"),
                "actual": actual,
                "points": points_of(actual, weight),
                "why": f"{actual:.2%} / 85% × {weight}",
                "remark": "" if line % 3 else "样本不足",
            }
        )
    evidence = [
        {
            "record": f"T{number:05d}{line:04d}",
            "indicator": f"指标 {line % LINES + 1}",
            "at": START + dt.timedelta(minutes=17 * line + number),
            "counted": line % 5 > 0,
            "hit": line % 3 > 0,
            "value": Decimal(line * 7 % 240) / 10,
            "reason": "已计入" if line % 5 else "客户要求改期，不计",
        }
        for line in range(rows)
    ]
    outputs = {f"points_{line}": indicator["points"] for line, indicator in enumerate(indicators)}
    outputs["total"] = sum(outputs.values(), Decimal(0))
    outputs["weight"] = sum((indicator["weight"] for indicator in indicators), Decimal(0))
    return {
        "inputs": {f"actual_{line}": indicator["actual"] for line, indicator in enumerate(indicators)},
        "outputs": outputs,
        "title": "客服专员月度绩效考核表",
        "name": f"员工{number}",
        "id": f"{number:06d}",
        "indicators": indicators,
        "evidence": evidence,
    }


def points_of(actual: Decimal, weight: Decimal) -> Decimal:
    """Return the points that the form's formula gives: attainment times weight, at most the weight."""
    return round(round(min(Decimal(1), actual / Decimal("0.85")) * weight, 8), 2)


def draw(stream: io.BytesIO, put: Callable[[str, Any], Any], rows: int, *, loop: bool) -> None:
    """Draw the form with XlsxWriter. `put` tells what stands in a field; `loop`: repeated rows as markers."""
    import xlsxwriter

    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    form, detail = book.add_worksheet("考核表"), book.add_worksheet("明细")
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "align": "center"})
    body = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
    number = book.add_format({"border": 1, "num_format": "0.00"})
    percent = book.add_format({"border": 1, "num_format": "0.00%"})
    typed = book.add_format({"border": 1, "num_format": "0.00%", "bg_color": "#FFF2CC", "locked": False})
    formats = dict.fromkeys(COLUMNS, body) | {"weight": number, "points": number, "target": percent, "actual": typed}
    form.merge_range("A1:H1", put("title", None), head)
    form.write_row("A2", ["姓名", put("name", None), "工号", put("id", None)], body)
    form.write_row("A3", ["指标", "权重", "定义", "目标", "实际", "得分", "说明", "备注"], head)
    for line in range(LINES):
        row = FIRST + line
        for column, key in enumerate(COLUMNS):
            if key == "points":
                formula = f"=ROUND(ROUND(MIN(1,E{row}/D{row})*B{row},8),2)"
                form.write_formula(row - 1, column, formula, formats[key], put("points", line) or 0)
                book.define_name(f"out_points_{line}", f"=考核表!$F${row}")
            elif key == "actual":
                form.write(row - 1, column, put("actual", line), formats[key])
                book.define_name(f"in_actual_{line}", f"=考核表!$E${row}")
            else:
                form.write(row - 1, column, put(key, line), formats[key])
    form.write(LAST, 0, "合计", head)
    form.write_formula(LAST, 1, f"=SUM(B{FIRST}:B{LAST})", number)
    form.write_formula(LAST, 5, f"=ROUND(ROUND(SUM(F{FIRST}:F{LAST}),8),2)", number)
    book.define_name("out_weight", f"=考核表!$B${LAST + 1}")
    book.define_name("out_total", f"=考核表!$F${LAST + 1}")
    form.data_validation(FIRST - 1, 4, LAST - 1, 4, {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1})
    form.conditional_format(FIRST - 1, 5, LAST - 1, 5, {"type": "data_bar"})
    red = book.add_format({"font_color": "red"})
    form.conditional_format(FIRST - 1, 4, LAST - 1, 4, {"type": "cell", "criteria": "<", "value": f"$D{FIRST}", "format": red})
    form.protect()
    form.set_paper(9)
    form.fit_to_pages(1, 1)
    for kind, column, at in (("bar", "E", "J3"), ("line", "F", "J20")):
        chart = book.add_chart({"type": kind})
        series = (f"=考核表!$A${FIRST}:$A${LAST}", f"=考核表!${column}${FIRST}:${column}${LAST}")
        chart.add_series({"name": "达成", "categories": series[0], "values": series[1]})
        form.insert_chart(at, chart)
    draw_detail(book, detail, put, rows, (head, body), loop=loop)
    draw_rules(book, (head, body, number))
    book.close()


def draw_rules(book: Any, looks: tuple[Any, Any, Any]) -> None:  # noqa: ANN401
    """Draw the sheet with the rating rules, which nothing is filled into."""
    head, body, number = looks
    rules = book.add_worksheet("评级标准")
    rules.write_row("A1", ["编号", "指标", "单位", "方向", "权重", "目标", "得分规则", "来源"], head)
    for line in range(LINES):
        texts = [
            f"kpi_{line}",
            f"指标 {line + 1}",
            "%",
            "越高越好",
            line % 7 + 1,
            0.85,
            "达标得满分，未达标按比例计分",
            "绩效考核方案 2025 第三条",
        ]
        for column, value in enumerate(texts):
            rules.write(1 + line, column, value, number if column in (4, 5) else body)
    for line, (grade, lowest, coefficient) in enumerate(
        (("优秀", 90, 1.2), ("良好", 80, 1.0), ("合格", 60, 0.8), ("不合格", 0, 0.5))
    ):
        rules.write_row(LINES + 2 + line, 0, [grade, lowest, coefficient], body)


def draw_detail(book: Any, detail: Any, put: Callable[[str, Any], Any], rows: int, looks: tuple[Any, Any], *, loop: bool) -> None:  # noqa: ANN401
    """Draw the sheet with the tickets."""
    head, body = looks
    moment = book.add_format({"border": 1, "num_format": "yyyy-mm-dd hh:mm"})
    detail.write_row("A1", ["工单", "指标", "时间", "计入", "达标", "数值", "原因"], head)
    detail.freeze_panes(1, 0)
    if loop:
        detail.write("A2", "{{ for row in evidence }}")
        detail.write("A4", "{{ end }}")
    for line in range(1 if loop else rows):
        for column, key in enumerate(DETAIL_COLUMNS):
            value = f"{{{{ row.{key} }}}}" if loop else put(key, ("evidence", line))
            write = detail.write_datetime if isinstance(value, dt.datetime) else detail.write
            write(1 + line + loop, column, value, moment if key == "at" else body)


def make_template() -> bytes:
    """Return the form with placeholders and markers."""

    def put(key: str, line: Any) -> str | None:  # noqa: ANN401
        if line is None:
            return f"{{{{ {key} }}}}"
        return printed[line][key] if key in PRINTED else f"{{{{ indicators.{line}.{key} }}}}" if key in FILLED else None

    printed = make_view(0, 0)["indicators"]

    stream = io.BytesIO()
    draw(stream, put, 0, loop=True)
    return stream.getvalue()


def by_field(view: View) -> Callable[[str, Any], Any]:
    """Return the values for `draw`."""

    def put(key: str, line: Any) -> Any:  # noqa: ANN401
        if line is None:
            return view[key]
        return view["evidence"][line[1]][key] if isinstance(line, tuple) else view["indicators"][line][key]

    return put


def with_engine(_rows: int) -> Callable[[View], bytes]:
    """Our engine: the template is compiled once."""
    from kpi_xl.template import compile_template

    template = compile_template(make_template())

    return lambda view: template.render(view, cached=view["outputs"], inputs=view["inputs"])


def with_openpyxl(rows: int) -> Callable[[View], bytes]:
    """Load, set each cell, save: the usual way (it loses every cached value)."""
    import openpyxl

    stream = io.BytesIO()
    printed = make_view(0, 0)["indicators"]
    draw(stream, lambda key, line: printed[line][key] if line is not None and key in PRINTED else None, rows, loop=False)
    source = stream.getvalue()

    def fill(view: View) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(source))
        form, detail = book["考核表"], book["明细"]
        form["A1"], form["B2"], form["D2"] = view["title"], view["name"], view["id"]
        for line, indicator in enumerate(view["indicators"]):
            for column, key in enumerate(COLUMNS):
                if key in FILLED or key == "actual":
                    form.cell(FIRST + line, column + 1).value = indicator[key]
        for line, ticket in enumerate(view["evidence"]):
            for column, key in enumerate(DETAIL_COLUMNS):
                detail.cell(2 + line, column + 1).value = ticket[key]
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return fill


def with_xltpl(_rows: int) -> Callable[[View], bytes]:
    """The template library xltpl (Jinja2 over openpyxl), its template read once."""
    import openpyxl
    from xltpl.writerx import BookWriter

    folder = Path(tempfile.mkdtemp())
    book = openpyxl.load_workbook(io.BytesIO(make_template()))
    form, detail = book["考核表"], book["明细"]
    for row in form.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and "{{ indicators." in cell.value:
                _, line, key = cell.value.strip("{} ").split(".")
                cell.value = f"{{{{ indicators[{line}].{key} }}}}"
    detail.delete_rows(4)
    detail.delete_rows(2)
    from openpyxl.comments import Comment

    detail["A2"].comment = Comment("beforerow{% for row in evidence %}", "x")
    detail["G2"].comment = Comment("aftercell{% endfor %}", "x")
    book.save(folder / "template.xlsx")
    writer = BookWriter(str(folder / "template.xlsx"))

    def fill(view: View) -> bytes:
        writer.render_book([{**view, "tpl_name": name, "sheet_name": name} for name in ("考核表", "明细")])
        writer.save(str(folder / "out.xlsx"))
        return (folder / "out.xlsx").read_bytes()

    return fill


def with_xlsxwriter(rows: int) -> Callable[[View], bytes]:
    """XlsxWriter draws the whole workbook anew."""

    def fill(view: View) -> bytes:
        stream = io.BytesIO()
        draw(stream, by_field(view), rows, loop=False)
        return stream.getvalue()

    return fill


WAYS = {"engine": with_engine, "openpyxl": with_openpyxl, "xltpl": with_xltpl, "xlsxwriter": with_xlsxwriter}


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the CPU time of one call in ms."""
    before = time.process_time()
    work()
    return (time.process_time() - before) * 1000


def quiet(figures: Iterable[float]) -> float:
    """Return the 20th percentile."""
    return statistics.quantiles(figures, n=5, method="inclusive")[0]


def measure(way: str, rows: int, repeat: int) -> dict[str, float]:
    """Fill `repeat` workbooks one way: CPU ms a workbook, bytes, peak MB of the process."""
    fill = WAYS[way](rows)
    fill(make_view(0, rows))
    figures = []
    size = 0
    for number in range(1, repeat + 1):
        view = make_view(number, rows)
        before = time.process_time()
        size = len(fill(view))
        figures.append((time.process_time() - before) * 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_ms": quiet(figures), "bytes": size, "peak_mb": peak}


def measure_reading(rows: int, repeat: int) -> dict[str, float]:
    """Read the named cells of a filled form back: ours against openpyxl, after making sure that both read the same."""
    import openpyxl

    from kpi_xl.ooxml import read_form

    form = with_engine(rows)(make_view(7, rows))

    def by_openpyxl() -> dict[str, Any]:
        book = openpyxl.load_workbook(io.BytesIO(form), data_only=True)
        found = {}
        for name, defined in book.defined_names.items():
            for sheet, address in defined.destinations:
                found[name] = book[sheet][address.replace("$", "")].value
        return found

    ours, theirs = read_form(form), by_openpyxl()
    if len(ours) != 2 * LINES + 2 or {name: float(str(value)) for name, value in ours.items()} != theirs:
        raise SystemExit(f"the readers disagree: {ours} {theirs}")
    return {
        "engine_ms": quiet(cpu_ms(lambda: read_form(form)) for _ in range(repeat * 5)),
        "openpyxl_ms": quiet(cpu_ms(by_openpyxl) for _ in range(max(5, repeat // 2))),
    }


def main() -> None:
    """Run every way in a process of its own and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=DETAIL)
    parser.add_argument("--repeat", type=int, default=40, help="workbooks per way (the engine fills ten times as many)")
    parser.add_argument("--only", choices=[*WAYS, "reading"], help="one way, in this process")
    options = parser.parse_args()
    if options.only:
        one = measure_reading if options.only == "reading" else lambda rows, repeat: measure(options.only, rows, repeat)
        print(json.dumps(one(options.rows, options.repeat)))
        return
    found: dict[str, dict[str, float]] = {}
    for way in [*WAYS, "reading"]:
        repeat = options.repeat * (10 if way == "engine" else 1)
        command = [sys.executable, __file__, "--only", way, "--rows", str(options.rows), "--repeat", str(repeat)]
        found[way] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    reading = found.pop("reading")
    usual = found["openpyxl"]["cpu_ms"]
    result = {
        "fill_ratio": round(usual / found["engine"]["cpu_ms"], 1),
        "read_ratio": round(reading["openpyxl_ms"] / reading["engine_ms"], 1),
        "rows": options.rows,
        "fill": {way: {key: round(value, 3) for key, value in figures.items()} for way, figures in found.items()},
        "read": {key: round(value, 3) for key, value in reading.items()},
    }
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    for way, figures in found.items():
        times = usual / figures["cpu_ms"]
        size = f"{figures['bytes']:8.0f} bytes {figures['peak_mb']:5.0f} MB"
        print(f"{way:11}{figures['cpu_ms']:9.3f} ms {times:7.1f} x openpyxl {size}")
    print(f"read back  {reading['engine_ms']:9.3f} ms {result['read_ratio']:7.1f} x openpyxl ({reading['openpyxl_ms']:.1f} ms)")


if __name__ == "__main__":
    main()
