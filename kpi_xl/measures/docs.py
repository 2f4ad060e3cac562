"""The page ``docs/measures.md``, generated from the declarations: ``python -m kpi_xl.measures.docs docs/measures.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from kpi_xl.glossary import COUNT, DECIDED, ROWS
from kpi_xl.measures.base import base_views, known_columns
from kpi_xl.measures.catalog import Catalog, built_in_catalog, choose, with_alternative
from kpi_xl.measures.model import Measure
from kpi_xl.tables import TABLES

_UNITS = {
    "ratio": "比率", "points": "分", "hours": "小时", "minutes": "分钟", "seconds": "秒", "count": COUNT, "rating": "评分",
    "money": "元", "index": "指数",
}  # fmt: skip
_SOURCES = {"document": "文件", "decided": DECIDED, "user": "用户"}
_INTRO = """# 指标 · Measures

Generated from `kpi_xl/measures/*.toml` and `base/*.sql` by `python -m kpi_xl.measures.docs docs/measures.md`; a test keeps
it current.

A measure says which rows count (`of`) and which of them are hits (`hit`), or what number is taken (`value`, with `per` as
its own denominator). A row counts when `of` is true and the outcome is known; what is unknown is left out, never taken as 0.
Times are counted in whole seconds. Counts are kept per agent and month; months, quarters, years, teams and regions are sums
of the same counts; division comes last. A definition is chosen by `kpi-xl measure --definition fcr=silence:7`; for
`generate`, in the scheme: `kpi-xl scheme export ID --out my.toml`, in it the line `definitions = { fcr = "silence:7" }` above
the first `[[`. Your own measures go into a TOML file of the same form (`--measures FILE`).

`optional` columns may be absent from an export; of those in `any_of` one must be there; `otherwise` names definitions that
stand in, the first that can be counted, when the exports lack the columns of the default one. Which it was, `definition` in
words tells. `when` names the time that puts a row into a month, whatever the basis of the months is.

## 月份 · The months

`--period` takes 2025-09, 2025-Q3 and 2025, also written 202509, 2025/9, 2025.9, 2025年9月, 2025Q3, 2025年第三季度, 2025年.

`month_starts = 26` at the top of the mapping file (or of a scheme): September 2025 runs from 26 August to 25 September, both
days in it. A month that begins on day 1 to 15 is named after the month in which it begins, one that begins on day 16 to 28
after the month in which it ends; later days are refused, because not every month has them. Quarters and years are sums of
such months. `KPI_MEASURES` takes calendar months.

`basis = "closed"` (or `"archived"`; default `"created"`): which time puts a ticket into a month. Forms and pages say so beside
the period. Tickets without that time are in no month, which is counted and told. Measures of open tickets (`unresolved_48h`,
`overdue_open`, `resolution`, `complaint_handling`) go by creation whatever the basis is: else an open ticket would vanish, and
of closed tickets 100 % are closed. How many tickets the basis leaves out of the period is told (`basis_left_out`). Where
mapping file and scheme both say one of these and differ, nothing is made.

## 映射文件 · The mapping file

[mapping.md](mapping.md) has every key of it, and the workbook 导入检查.xlsx that says the same.

## 读取 · What is read

Ids (of agents, tickets, customers, appliances) have one width: `Ａ０１`, with or without a full-width space around it, is
`A01`, in every table and in the roster alike. Leading zeros count: `012` is not `12`. Where the agent is given by name,
`王（大）` is `王(大)` too; `张伟2` is never `张伟`.

A program that knows its measures may leave the other columns unread:
`read_exports(paths, columns=needed_columns(measures))`. A column is needed when an expression of a measure, or a base view
behind it, mentions it; keys, people, teams and all times are read in any case. So the rows that are used and set aside, the
counts and the end of the data are the same as when everything is read (tests compare them). Three things differ: a column
left unread has no issues (a 联系次数 that is no number is not listed when nothing counts 联系次数); rows of one ticket that
differ only in such columns are called exact copies instead of earlier states; a row that is empty but for such columns is
called blank. That is why the commands read everything: HR wants to see what is wrong with an export, even where no figure
depends on it today.

"""


def measures_page(catalog: Catalog | None = None) -> str:
    """Return the documentation page in Markdown: every measure by table with all its definitions, then the columns."""
    measures = list((catalog or built_in_catalog()).measures.values())
    parts = [_INTRO]
    for table in TABLES.values():
        own = [measure for measure in measures if measure.table == table.name]
        if own:
            parts.append(f"## {table.zh} · `{table.name}`\n\n")
            parts += [_section(measure) for measure in own]
    parts.append(_columns())
    return "".join(parts).rstrip("\n") + "\n"


def _section(measure: Measure) -> str:
    lines = [f"### `{measure.id}` {measure.name}", ""]
    better = "越高越好" if measure.better == "higher" else "越低越好"
    lines.append(
        f"{_UNITS[measure.unit]}，{better}；依据：{_SOURCES[measure.source]}{f'（{measure.note}）' if measure.note else ''}。"
    )
    lines += ["", "| 口径 | 说明 | 计入 `of` | 结果 | 观察期未满 |", "|---|---|---|---|---|"]
    for name in (measure.default, *(alternative.name for alternative in measure.alternatives)):
        chosen = choose(measure, name)
        declared = with_alternative(measure, name)
        parameters = ", ".join(f"{key}={value}" for key, value in chosen.parameters)
        label = f"`{name}`" + (f"（{parameters}）" if parameters else "")
        outcome = _outcome(declared)
        lines.append(f"| {label} | {chosen.definition} | {_code(declared.of)} | {outcome} | {_code(declared.pending)} |")
    lines += ["", ""]
    return "\n".join(lines)


def _outcome(measure: Measure) -> str:
    if measure.hit:
        return f"hit {_code(measure.hit)}"
    if measure.value:
        return f"value {_code(measure.value)}" + (f" per {_code(measure.per)}" if measure.per else "")
    return ROWS


def _code(sql: str | None) -> str:
    return f"`{' '.join(sql.split())}`" if sql and sql != "TRUE" else ""


def _columns() -> str:
    lines = ["## 可用的列 · Columns", ""]
    for table in TABLES.values():
        if not table.when:
            continue
        lines += [f"### `{table.name}`", "", "| 列 | 类型 | 说明 |", "|---|---|---|"]
        derived = {column.name: view.name for view in base_views() for column in view.columns}
        for column in known_columns(table.name).values():
            origin = f"（派生，`base/{derived[column.name]}.sql`）" if column.name in derived else ""
            lines.append(f"| `{column.name}` | {column.type} | {column.zh}{origin} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    from kpi_xl.outputs import write_page

    write_page(Path(sys.argv[1]), measures_page())
