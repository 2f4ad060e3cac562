"""No form is made upon a guess: what the schemes in use need and nobody settled yet stops the run, with the lines to write."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.exports.model import Tables
from kpi_xl.job.facts import measures_wanted
from kpi_xl.job.model import Order
from kpi_xl.measures import built_in_catalog
from kpi_xl.measures.dependence import Columns, depended_on
from kpi_xl.periods import Basis
from kpi_xl.schemes.model import Scheme
from kpi_xl.tables import TABLES

_USUAL: Mapping[str, str] = {
    "rows": "ticket", "best": "high", "sign": "signed", "unit": "seconds", "percent": "points", "basis": "created",
    "month_starts": "1",
}  # fmt: skip
"""The meanings that need no mention on a page when they were read from the file."""
_NAMED_EXPORTS = 4
_SPECIAL = re.compile(r"[\s'\"\\$&|;()<>*?`!#~\[\]{}]")
"""Signs that a shell would take for its own."""


def needed_by(
    schemes: Iterable[Scheme], present: Mapping[str, frozenset[str]] | None = None, basis: Basis = "created"
) -> Columns:
    """Return the canonical columns per table on which a point of these schemes depends; the people's own tables always do."""
    catalog = built_in_catalog()
    needed: Columns = {name: frozenset(c.name for c in TABLES[name].columns) for name in ("roster", "hr_ratings")}
    for scheme in schemes:
        measures = catalog.resolve(measures_wanted(scheme), dict(scheme.definitions))
        for table, columns in depended_on(measures, present, basis).items():
            needed[table] = needed.get(table, frozenset()) | columns
    return needed


def require_confirmed(order: Order, tables: Tables, schemes: Iterable[Scheme]) -> None:
    """Raise KpiError, one problem per decision, when a guess or an open question could change a point of these schemes."""
    needed = needed_by(schemes, tables.columns, order.period.basis)
    waiting = [decision for decision in tables.decisions if decision.stops and decision.concerns(needed)]
    if not waiting:
        return
    given = "写进映射文件"
    if order.mapping is not None:
        given = f"写进 {order.mapping.name}" + ("（在“口径确认”或“其他设置”里选好）" if order.mapping.suffix == ".xlsx" else "")
    command = check_command(order)
    raise KpiError(
        Text(
            f"有 {len(waiting)} 处数据的含义要先确认，考核表未生成",
            f"{len(waiting)} meanings of the data must be confirmed first; no forms were made",
        ),
        Text(
            f"把确认后的设置{given}，用 --mapping 给出；或运行 {command}，选好后用 --mapping 给出",
            "write the settings into a mapping file and give it with --mapping; "
            f"or run {command}, choose, and give that with --mapping",
        ),
        [_problem(decision) for decision in waiting],
    )


def check_command(order: Order) -> str:
    """Return the command line of the check that asks these questions in a workbook."""
    names = [str(path) for path in order.exports]
    exports = names if len(names) <= _NAMED_EXPORTS else [*names[:_NAMED_EXPORTS], "…"]
    options = {"--roster": order.roster, "--ratings": order.ratings, "--mapping": order.mapping, "--scheme": order.scheme}
    given = [word for key, value in options.items() if value is not None for word in (key, str(value))]
    variants = [word for variant in order.variants for word in ("--variant", variant)]
    words = [*exports, *given, *variants, "--period", str(order.period), "--out", "导入检查.xlsx"]
    return "kpi-xl check " + " ".join(shlex.quote(word) if _SPECIAL.search(word) else word for word in words)


def _problem(decision: Decision) -> Problem:
    place = Place(decision.file or "全部文件", decision.sheet, decision.header).text.zh
    kind = decision.kind
    taken = decision.taken.zh
    shown = (
        Text("看不出来", "nothing tells") if decision.answer is None else Text(f"推测为“{taken}”", f"taken as {decision.answer}")
    )
    listed = Text(
        "、".join(f"{option.word}（{option.label.zh}）" for option in kind.options),
        ", ".join(f"{option.word} ({option.label.en})" for option in kind.options),
    )
    lines = decision.line()
    blank = (
        Text("把 … 换成答案（数字不加引号）；", "put the answer for … (numbers without quotes); ")
        if "…" in lines
        else Text("", "")
    )
    choice = Text(f"可选 {listed.zh}；", f"one of {listed.en}; ") if kind.options else Text("", "")
    shown_lines = "\n".join("      " + line for line in lines.splitlines())
    return Problem(
        place,
        Text(f"{kind.title.zh}？{shown.zh}（{decision.evidence.zh}）", f"{kind.title.en}? {shown.en} ({decision.evidence.en})"),
        Text(f"{choice.zh}{blank.zh}写明：\n{shown_lines}", f"{choice.en}{blank.en}write:\n{shown_lines}"),
    )


# --- what is remembered and told ------------------------------------------------------------------------------------------


def recorded(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """Return the decisions as run.json keeps them."""
    return [
        {
            "kind": decision.kind.code,
            "ground": decision.ground,
            "answer": decision.answer,
            "file": decision.file,
            "sheet": decision.sheet,
            "column": decision.header or decision.column,
        }
        for decision in decisions
    ]


def reminders(decisions: Iterable[Decision]) -> list[Text]:
    """Return what is said of decisions that nobody settled and that did not stop the run."""
    waiting = Counter(decision.kind.title for decision in decisions if not decision.settled)
    if not waiting:
        return []
    zh, en = "、".join(title.zh for title in waiting), ", ".join(title.en for title in waiting)
    return [
        Text(
            f"还有 {waiting.total()} 处口径没有确认，不影响本次的得分，记在 run.json：{zh}",
            f"{waiting.total()} meanings are not confirmed; no point of this run depends on them, run.json lists them: {en}",
        )
    ]


def told(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """Return what the department's page says of the meanings that a person declared or that are not the usual ones."""
    return tuple(dict.fromkeys(_sentence(decision) for decision in decisions if _is_worth_telling(decision)))


def _is_worth_telling(decision: Decision) -> bool:
    usual = _USUAL.get(decision.kind.code)
    unusual = usual is not None and decision.answer not in (None, usual)
    return decision.ground == "declared" or not decision.settled or unusual


def _sentence(decision: Decision) -> str:
    ground = {"declared": "已声明", "read": "从文件读出", "guess": "推测", "open": "没有确认"}[decision.ground]
    place = "，".join(part for part in (decision.file, decision.sheet, decision.header) if part)
    return f"{decision.kind.title.zh}：{decision.taken.zh}（{ground}" + (f"；{place}）" if place else "）")
