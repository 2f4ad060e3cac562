"""KPI_MEASURES: the measures of a table that stands in the sheet. The only function that needs the measure engine."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import Block, Cell, CellError, as_cell, block, column, given, is_blank, moment, raise_error, text
from kpi_xl.glossary import AGENT, NO_DATA, PERIOD
from kpi_xl.periods import Period

_FIRST_SERIAL = 10_000  # five digits: no year and no month

if TYPE_CHECKING:
    from kpi_xl.measures import MeasureRow


def measures(table: object, period: object) -> Cell:
    """Return one row per agent with the measures that the table allows, below a header row; 无数据 where nothing was counted.

    `table` is an export as it is: header first, columns under their usual Chinese or English names; dates as cells or text.
    The range goes the way of a file, so that it is read, cleaned and counted by the same rules. Raises CellError and KpiError.
    """
    try:
        from kpi_xl.exports import read_exports
        from kpi_xl.measures import built_in_catalog, measure_tables
    except ImportError as error:
        raise CellError("本环境没有指标引擎，请用完整安装的 kpi-xl") from error
    chosen = _period(period)
    rows = block(table)
    if len(rows) < 2:
        return "" if all(is_blank(cell) for row in rows for cell in row) else NO_DATA
    with tempfile.TemporaryDirectory(prefix="kpi-xl-") as folder:
        path = Path(folder) / "选中的区域.csv"
        _write(path, rows)
        tables = read_exports([path], period=chosen)
    with tables.connection:
        counted = [row for row in measure_tables(tables, chosen).rows("agent") if row.period == str(chosen)]
        names = {measure.id: measure.name for measure in built_in_catalog().resolve(None, {})}
    return _as_table(counted, names)


def _period(period: object) -> Period:
    cells = list(given(column(period)))
    if len(cells) != 1:
        raise CellError("参数错误：考核周期应为一个，如 2025-09、2025-Q3 或 2025")
    return read_period(cells[0])


def read_period(cell: Cell) -> Period:
    """Read a period as people write it; Excel makes a date of 2025-09 when it is typed. Raises CellError."""
    if isinstance(cell, float) and not cell.is_integer():  # 2025.1 may be January or October
        raise CellError("参数错误：考核周期不能是小数，请写成 2025-09 或 '2025.9（文本）")
    if isinstance(cell, float) and _FIRST_SERIAL <= cell < 10 * _FIRST_SERIAL:  # a date, as Calc hands it over
        cell = moment(cell, PERIOD)
    if isinstance(cell, dt.date):
        return Period.parse(f"{cell:%Y-%m}")
    try:
        return Period.parse(text(cell, PERIOD))
    except KpiError as error:
        raise CellError(f"参数错误：{error.message.zh}；{error.remedy.zh}") from error


def _write(path: Path, rows: Block) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            for cell in row:
                raise_error(cell)
            writer.writerow([_shown(cell) for cell in row])


def _shown(cell: Cell) -> str:
    if is_blank(cell):
        return ""
    if isinstance(cell, dt.datetime):
        zone = f"{cell:%z}"
        return f"{cell:%Y-%m-%d}" if cell.time() == dt.time() and not zone else f"{cell:%Y-%m-%d %H:%M:%S}{zone}"
    if isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))  # an id typed as a number
    return str(cell)


def _as_table(counted: list[MeasureRow], names: dict[str, str]) -> Cell:
    """Return agents by measures; a measure for which nobody has a value is left out, and so are the teams' medians."""
    values = {(row.subject, row.measure): row.value for row in counted}
    known = {row.measure for row in counted if row.value is not None}
    shown = [name for name in names if name in known]
    agents = list(dict.fromkeys(row.subject for row in counted))
    if not agents or not shown:
        return NO_DATA
    table: list[list[Cell]] = [[AGENT, *(names[name] for name in shown)]]
    for agent in agents:
        found = [values.get((agent, name)) for name in shown]
        table.append([agent, *(NO_DATA if value is None else as_cell(value) for value in found)])
    return table
