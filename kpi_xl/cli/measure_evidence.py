"""``kpi-xl measure --evidence``: the rows behind the figures, as a table, JSON, CSV or XLSX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kpi_xl.cli import console
from kpi_xl.cli.measure_files import write_lines
from kpi_xl.errors import KpiError, Text
from kpi_xl.glossary import AGENT, RECORD_NUMBER

if TYPE_CHECKING:
    from kpi_xl.cli.measure_question import Question
    from kpi_xl.exports.model import Tables
    from kpi_xl.measures import Counts, Measure
    from kpi_xl.measures.model import Evidence

_HEADS = (
    (AGENT, "agent"),
    ("指标", "measure"),
    (RECORD_NUMBER, "record"),
    ("时间", "time"),
    ("数值", "value"),
    ("结果", "result"),
)
_WIDTHS = (14, 22, 22, 20, 18, 10, 8, 8, 8, 12, 60)
_YES = {True: "是", False: "否", None: ""}


def tell_evidence(tables: Tables, counts: Counts, question: Question) -> None:
    """Write the evidence of the measures asked for to a file, if one is named, and print it: as JSON, or as a table.

    Raises KpiError when no measure is named, or the file cannot be written.
    """
    from kpi_xl.measures.evidence import evidence

    wanted, out = question.measures, question.out
    if not wanted:
        raise KpiError(
            Text("没有说明要看哪个指标的明细", "no measure is named whose rows are wanted"),
            Text("请加上 --measure，如 --measure fcr --evidence", "add --measure, for instance --measure fcr --evidence"),
        )

    def rows() -> Iterable[Evidence]:
        return evidence(tables, counts.period, wanted, definitions=question.definitions, catalog=question.catalog)

    named = {measure.key: measure for measure in counts.measures}
    if out is not None:
        written = write_lines(out, _lines(rows(), named), "明细", _WIDTHS, question.inputs) - 1
    if question.as_json:
        console.write_json({"period": str(counts.period), "evidence": [_document(row) for row in rows()]})
    elif out is not None:
        console.say(Text(f"已把 {written} 行明细写入 {out}", f"{written} rows written to {out}"))
    else:
        _print(rows(), named)


def _document(row: Evidence) -> dict[str, Any]:
    return {
        "agent": row.agent,
        "measure": row.measure,
        "record": row.record,
        "at": row.at.isoformat(sep=" ") if row.at else None,
        "counted": row.counted,
        "hit": row.hit,
        "value": None if row.value is None else float(row.value),
        "unmatured": row.unmatured,
        "reason": row.reason,
    }


def _lines(rows: Iterable[Evidence], named: Mapping[str, Measure]) -> Iterable[tuple[Any, ...]]:
    """Yield the header and a line per row and measure."""
    yield AGENT, "指标编号", "指标", RECORD_NUMBER, "时间", "数值", "单位", "计入", "达标", "观察期未满", "结果"
    for row in rows:
        measure = named[row.measure]
        value = None if row.value is None else float(row.value)
        yield (
            row.agent, row.measure, measure.name, row.record, row.at, value, measure.unit, _YES[row.counted], _YES[row.hit],
            _YES[row.unmatured], row.reason,
        )  # fmt: skip


def _print(rows: Iterable[Evidence], named: Mapping[str, Measure]) -> None:
    from rich.console import Console
    from rich.table import Table

    from kpi_xl.measures.evidence import show_value

    grid = Table()
    for head in _HEADS:
        grid.add_column(Text(*head).in_language(console.language()))
    for row in rows:
        time = f"{row.at:%Y-%m-%d %H:%M}" if row.at else ""
        grid.add_row(row.agent, named[row.measure].name, row.record, time, show_value(named[row.measure], row.value), row.reason)
    Console().print(grid)
