"""``kpi-xl measure``: raw exports in, the measures of a period out, as a table, JSON, CSV or XLSX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from kpi_xl.cli import console, measure_decisions
from kpi_xl.cli.measure_decisions import Waiting
from kpi_xl.cli.measure_files import write_lines
from kpi_xl.cli.measure_issues import issues_document, print_issue_summary
from kpi_xl.cli.measure_question import Question
from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.glossary import AGENT, INSUFFICIENT, NO_DATA, REGION, TEAM
from kpi_xl.outputs import require_free

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from kpi_xl.exports.model import Tables
    from kpi_xl.measures import By, Counts, Measure, MeasureRow
    from kpi_xl.periods import Period

_STATUS = {
    "ok": Text("", ""),
    "missing": Text(NO_DATA, "missing"),
    "insufficient": Text(INSUFFICIENT, "insufficient"),
    "unmatured": Text("观察期未满", "unmatured"),
}
_WIDTHS = (10, 14, 10, 22, 22, 12, 10, 12, 8, 8, 12, 12, 60, 24)
_BY = {"agent": Text(AGENT, "agent"), "team": Text(TEAM, "team"), "region": Text(REGION, "region")}


def measure_command(
    exports: Annotated[list[Path], typer.Argument(help="导出的文件（CSV、TSV、XLSX、XLS），可给多个")],
    period: Annotated[str, typer.Option("--period", help="考核周期：2025-09、2025-Q3 或 2025")],
    by: Annotated[str, typer.Option("--by", help="按什么汇总：agent | team | region")] = "agent",
    measure: Annotated[
        list[str] | None, typer.Option("--measure", help="只要这些指标，可写多次；不写为全部有数据的和常用的")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="映射文件：TOML（kpi-xl map 可起草），或填好的导入检查.xlsx（kpi-xl check）")
    ] = None,
    roster: Annotated[Path | None, typer.Option("--roster", help="花名册")] = None,
    measures: Annotated[Path | None, typer.Option("--measures", help="自定义指标的文件（TOML）")] = None,
    definition: Annotated[
        list[str] | None, typer.Option("--definition", metavar="指标=口径", help="选用口径，如 fcr=silence:7，可写多次")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare-definitions", help="比较各种口径：谁的数值会变（可用 --measure 限定指标）")
    ] = False,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="列出每个指标背后的明细：计入、未计入及原因（先用 --measure 选指标）")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出一份 JSON")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="写到文件（.csv 或 .xlsx）")] = None,
) -> None:
    """从导出的明细统计指标。Count the measures of a period from raw exports."""
    from kpi_xl.measures import load_catalog
    from kpi_xl.periods import Period

    wanted_period = Period.parse(period)
    if by not in _BY:
        raise KpiError(
            Text(f"不能按“{by}”汇总", f"cannot group by {by!r}"), Text("可选：agent、team、region", "use agent, team or region")
        )
    if out is not None and out.suffix.lower() not in (".csv", ".xlsx"):
        raise KpiError(
            Text(f"不能写成“{out.suffix}”文件", f"cannot write a {out.suffix!r} file"),
            Text("请用 .csv 或 .xlsx", "use .csv or .xlsx"),
            where=Place.of(out),
        )
    if out is not None and compare:
        raise KpiError(
            Text("口径的比较不能写到文件", "a comparison of definitions is not written to a file"),
            Text("请去掉 --out，或用 --json", "leave --out out, or use --json"),
        )
    question = Question(
        exports=tuple(exports),
        period=wanted_period,
        by=cast("By", by),
        measures=None if measure is None else tuple(measure),
        definitions=_pairs(definition or ()),
        catalog=load_catalog(measures),
        mapping=mapping,
        roster=roster,
        as_json=as_json,
        out=out,
        own_measures=measures,
    )
    if out is not None:
        require_free(out, question.inputs)
    _answer(question, compare=compare, evidence=evidence)


def _answer(question: Question, *, compare: bool, evidence: bool) -> None:
    """Read, count and tell: the figures, what another definition would change, or the rows behind the figures."""
    from kpi_xl.cli.measure_evidence import tell_evidence
    from kpi_xl.exports.usable import read_usable, require_data
    from kpi_xl.measures import measure_tables

    period, definitions, catalog, measures = question.period, question.definitions, question.catalog, question.measures
    catalog.resolve(measures, definitions)  # a wrong name is told before any file is read
    tables, failures = read_usable(
        question.exports, mapping=question.mapping, roster=question.roster, period=period, lenient=True
    )
    require_data(tables, period, failures)
    if compare:
        _compare(tables, question)
    else:
        counts = measure_tables(tables, period, definitions=definitions, catalog=catalog, measures=measures)
        if evidence:
            tell_evidence(tables, counts, question)
        else:
            _report(tables, counts, question)
    for failure in failures:
        console.fail(failure.error)
    if failures:
        raise typer.Exit(1)


def _report(tables: Tables, counts: Counts, question: Question) -> None:
    """Give the measures as JSON, else as tables for people; and as a file when one is wanted."""
    by, out, everything = question.by, question.out, question.measures is not None
    issues = [*tables.issues(), *counts.notes]
    shown = _shown(counts, everything=everything)
    rows = [row for row in counts.rows(by) if row.measure.removesuffix(".median") in shown]
    waiting = measure_decisions.waiting_for(tables, counts)
    if out is not None:
        write_lines(out, _lines(rows, counts, by, waiting), "指标", _WIDTHS, question.inputs)
    if question.as_json:
        document = _document(counts.period, by, rows, issues_document(issues, tables.unknown_people()), waiting)
        console.write_json({**document, "decisions": measure_decisions.document_of(tables.decisions)})
        return
    common = frozenset(item.key for item in counts.measures if item.core or item.source == "user")
    _print(counts, rows, shown if everything or not (shown & common) else shown & common, by, waiting)
    measure_decisions.print_decisions(tables.decisions)
    print_issue_summary(issues, tables.unknown_people())
    if out is not None:
        console.say(Text(f"已写入 {out}", f"written to {out}"))


def _pairs(arguments: Iterable[str]) -> dict[str, str]:
    found = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise KpiError(
                Text(f"看不懂 --definition {argument}", f"cannot read --definition {argument}"),
                Text("请写成 指标=口径，如 fcr=silence:7", "write MEASURE=DEFINITION, for instance fcr=silence:7"),
            )
        found[key.strip()] = value.strip()
    return found


def _shown(counts: Counts, *, everything: bool) -> frozenset[str]:
    """Return the measures to show: those asked for; else the common ones, and whichever has data."""
    missing = {measure.key for measure in counts.missing_everywhere()}
    return frozenset(
        measure.key
        for measure in counts.measures
        if everything or measure.core or measure.source == "user" or measure.key not in missing
    )


# --- JSON and files -------------------------------------------------------------------------------------------------------


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _document(period: Period, by: str, rows: Sequence[MeasureRow], found: dict[str, Any], waiting: Waiting) -> dict[str, Any]:
    return {
        "period": str(period),
        "month_starts": period.month_starts,
        "basis": period.basis,
        "by": by,
        "rows": [
            {
                "period": row.period,
                by: row.subject,
                "measure": row.measure,
                "numerator": _number(row.numerator),
                "denominator": row.denominator,
                "value": None if row.value is None else float(row.value),
                "sample": row.sample,
                "status": row.status,
                "unmatured": row.unmatured,
                "confirm": measure_decisions.codes(row.measure, waiting),
            }
            for row in rows
        ],
        **found,
    }


def _lines(rows: Sequence[MeasureRow], counts: Counts, by: By, waiting: Waiting) -> Iterable[tuple[Any, ...]]:
    """Yield the header and the rows of the file: one line per subject, period and measure."""
    named = {measure.key: measure for measure in counts.measures}
    yield (
        "周期", _BY[by].zh, "姓名", "指标编号", "指标", "分子", "分母", "数值", "单位", "样本数", "状态", "观察期未满", "口径",
        measure_decisions.HEAD,
    )  # fmt: skip
    for row in rows:
        measure = named[row.measure.removesuffix(".median")]
        is_median = row.measure.endswith(".median")
        name = counts.agents[row.subject].name if by == "agent" else ""
        yield (
            row.period, row.subject, name, row.measure, measure.name + ("（中位数）" if is_median else ""),
            _number(row.numerator), row.denominator, _float(row.value), measure.unit, row.sample, _STATUS[row.status].zh or
            "正常", row.unmatured,
            measure.definition, measure_decisions.titles(row.measure, waiting),
        )  # fmt: skip


# --- for people -----------------------------------------------------------------------------------------------------------


def show(measure: Measure, value: Decimal | None) -> str:
    """Return a value as people read it: ``82.00%``, ``6.50``; a dash when there is none."""
    from kpi_xl.numbers import format_percent, format_plain, format_points

    if value is None:
        return "—"
    if measure.unit == "ratio":
        return format_percent(value)
    return format_plain(value) if measure.unit in ("count", "money") else format_points(value)


def _print(counts: Counts, rows: Sequence[MeasureRow], shown: frozenset[str], by: By, waiting: Waiting) -> None:
    """Print a table per kind of record for the whole period; months and the rarer measures are in the JSON and in the files."""
    from rich.console import Console

    screen = Console()
    language = console.language()
    whole = {(row.subject, row.measure): row for row in rows if row.period == str(counts.period)}
    missing = {measure.key for measure in counts.missing_everywhere()}
    screen.print(f"{counts.period.label}（{counts.period}）" if language == "zh" else str(counts.period), highlight=False)
    present = [measure for measure in counts.measures if measure.key in shown - missing]
    for table in dict.fromkeys(measure.table for measure in present):
        columns = [measure for measure in present if measure.table == table]
        per_grid = max(3, (screen.width - 14) // 12)
        for start in range(0, len(columns), per_grid):
            screen.print(_grid(counts, columns[start : start + per_grid], whole, by, waiting))
    if present:
        console.say(
            Text(
                "* 样本不足；~ 观察期未满，按现有数据计；— 无数据",
                "* insufficient sample; ~ window not over yet, counted as it stands; — no data",
            )
        )
    if any(measure.key in waiting for measure in present):
        console.say(
            Text(
                f"{measure_decisions.MARK} 待确认：数据的含义是推测的，见下面待确认的口径",
                f"{measure_decisions.MARK} to be confirmed: the meaning of the data was guessed, see below",
            )
        )
    _print_missing(counts, [measure for measure in counts.measures if measure.key in missing & shown])


def _grid(
    counts: Counts, columns: Sequence[Measure], whole: Mapping[tuple[str, str], MeasureRow], by: By, waiting: Waiting
) -> RichTable:
    from rich.table import Table

    from kpi_xl.tables import TABLES

    language = console.language()
    units = {"hours": "h", "minutes": "min", "seconds": "s"}
    title = TABLES[columns[0].table].zh if language == "zh" else columns[0].table
    grid = Table(title=title, title_justify="left")
    grid.add_column(_BY[by].in_language(language), overflow="fold")
    for measure in columns:
        unit = f" ({units[measure.unit]})" if measure.unit in units else ""
        grid.add_column((measure.name if language == "zh" else measure.key) + unit, justify="right", overflow="fold")
    for subject in dict.fromkeys(subject for subject, _ in whole):
        cells = (_cell(measure, whole.get((subject, measure.key)), waiting) for measure in columns)
        grid.add_row(_label(counts, subject, by), *cells)
    return grid


def _label(counts: Counts, subject: str, by: By) -> str:
    if by != "agent" or counts.agents[subject].name == subject:
        return subject
    return f"{subject} {counts.agents[subject].name}"


def _cell(measure: Measure, row: MeasureRow | None, waiting: Waiting) -> str:
    mark = measure_decisions.MARK if measure.key in waiting else ""
    if row is None or row.value is None:
        return f"—{mark}"
    return show(measure, row.value) + {"insufficient": "*", "unmatured": "~"}.get(row.status, "") + mark


def _print_missing(counts: Counts, missing: Sequence[Measure]) -> None:
    """Say which measures have no data at all, one line per reason."""
    from kpi_xl.tables import TABLES

    if not missing:
        return
    reasons: dict[tuple[str, str], list[Measure]] = {}
    for measure in missing:
        table = TABLES[measure.table]
        absent = counts.absent.get(measure.key, ())
        if measure.key in counts.reasons:
            why = (counts.reasons[measure.key].zh, counts.reasons[measure.key].en)
        elif absent is None:
            why = (f"导出中没有“{table.zh}”", f"the exports have no table {table.name}")
        elif absent:
            columns = "、".join(table.column(name).zh for name in absent)
            why = (f"“{table.zh}”中没有列：{columns}", f"table {table.name} lacks {', '.join(absent)}")
        else:
            why = (f"“{table.zh}”中没有可计入的行", f"no row of {table.name} counts")
        reasons.setdefault(why, []).append(measure)
    console.say(Text("没有数据的指标（不是 0）：", "measures without data (they are not 0):"))
    for (zh, en), measures in reasons.items():
        console.say(Text(f"  {zh} —— {'、'.join(m.name for m in measures)}", f"  {en}: {', '.join(m.key for m in measures)}"))


# --- definitions compared -------------------------------------------------------------------------------------------------


def _compare(tables: Tables, question: Question) -> None:
    from rich.console import Console
    from rich.table import Table

    from kpi_xl.measures.compare import compare_definitions

    period, by = question.period, question.by
    comparisons = compare_definitions(
        tables, period, question.measures, by=by, definitions=question.definitions, catalog=question.catalog
    )
    if question.as_json:
        console.write_json(
            {
                "period": str(period),
                "by": by,
                "comparisons": [
                    {
                        "measure": item.measure.id,
                        "definition": item.name,
                        "subjects": item.subjects,
                        "absent": None if item.absent is None else list(item.absent),
                        "changed": [
                            {
                                by: difference.subject,
                                "value": _float(difference.base.value),
                                "other": _float(difference.other.value),
                                "difference": _float(difference.difference),
                            }
                            for difference in item.changed
                        ],
                    }
                    for item in comparisons
                ],
            }
        )
        return
    screen = Console()
    for item in comparisons:
        title = (
            f"{item.measure.name}：{item.alternative.definition}"
            if console.language() == "zh"
            else f"{item.measure.id}: {item.name}"
        )
        if item.absent is not None:
            console.say(Text(f"{title} —— 数据不够，无法比较", f"{title} — the exports lack what it needs"))
            continue
        console.say(
            Text(
                f"{title} —— {item.subjects} 个中有 {len(item.changed)} 个数值会变",
                f"{title} — changes {len(item.changed)} of {item.subjects}",
            )
        )
        if item.changed:
            grid = Table()
            for head in (_BY[by], Text("现口径", "chosen"), Text("另一口径", "other"), Text("差", "difference")):
                grid.add_column(head.in_language(console.language()), justify="left" if head is _BY[by] else "right")
            for change in item.changed:
                difference = change.difference
                sign = "+" if difference is not None and difference > 0 else ""
                grid.add_row(
                    change.subject,
                    show(item.measure, change.base.value),
                    show(item.measure, change.other.value),
                    sign + show(item.measure, difference),
                )
            screen.print(grid)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
