"""What ``kpi-xl measure`` says about the meaning of the data: which figures wait for a decision, and the lines that settle it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kpi_xl.cli import console
from kpi_xl.errors import Place, Text

if TYPE_CHECKING:
    from kpi_xl.decisions import Decision
    from kpi_xl.exports.model import Tables
    from kpi_xl.measures import Counts

MARK = "?"
"""Behind a figure that depends on a decision that nobody settled."""
HEAD = "待确认"

Waiting = Mapping[str, Sequence["Decision"]]
"""By measure key the unsettled decisions that its figures depend on; measures without any are left out."""


def waiting_for(tables: Tables, counts: Counts) -> Waiting:
    """Find the measures whose figures depend on a decision that nobody settled."""
    from kpi_xl.measures.dependence import unsettled_for

    if all(decision.settled for decision in tables.decisions):
        return {}
    found = {measure.key: unsettled_for(measure, tables) for measure in counts.measures}
    return {key: decisions for key, decisions in found.items() if decisions}


def codes(measure: str, waiting: Waiting) -> list[str]:
    """Return the kinds of decision that a figure waits for, by the key of its measure (``csat``, ``mttr.median``)."""
    return list(dict.fromkeys(decision.kind.code for decision in waiting.get(measure.removesuffix(".median"), ())))


def titles(measure: str, waiting: Waiting) -> str:
    """Return the same for people."""
    found = waiting.get(measure.removesuffix(".median"), ())
    return "、".join(dict.fromkeys(decision.kind.title.zh for decision in found))


def document_of(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Return all decisions for the JSON document."""
    language = console.language()
    return [
        {
            "kind": one.kind.code,
            "title": one.kind.title.in_language(language),
            "ground": one.ground,
            "file": one.file,
            "sheet": one.sheet,
            "column": one.header or one.column,
            "table": one.table,
            "answer": one.answer,
            "evidence": one.evidence.in_language(language),
            "count": one.count,
            "stops": one.stops,
            "line": one.line(),
        }
        for one in decisions
    ]


def print_decisions(decisions: Sequence[Decision]) -> None:
    """Print what is to be confirmed, each with its lines; what was read or declared is counted by kind."""
    unsettled = [decision for decision in decisions if not decision.settled]
    if unsettled:
        console.say(Text("待确认的口径：", "to be confirmed:"))
    for decision in unsettled:
        _print_question(decision)
    for ground, head in (("declared", Text("已声明", "declared")), ("read", Text("从文件读出", "read from the files"))):
        kinds = Counter(decision.kind.title for decision in decisions if decision.ground == ground)
        if kinds:
            zh = "；".join(title.zh + (f" {count} 处" if count > 1 else "") for title, count in kinds.items())
            en = "; ".join(title.en + (f" ({count})" if count > 1 else "") for title, count in kinds.items())
            console.say(Text(f"口径，{head.zh}：{zh}", f"meanings, {head.en}: {en}"))


def _print_question(decision: Decision) -> None:

    place = Place(decision.file or "*", decision.sheet, decision.header).text
    taken = Text(f"推测为“{decision.taken.zh}”", f"taken as {decision.answer}")
    if decision.answer is None:
        taken = Text("看不出来，按缺数据处理", "nothing tells, so the value is missing")
    console.say(
        Text(
            f"  {MARK} {decision.kind.title.zh}：{taken.zh} —— {place.zh}：{decision.evidence.zh}",
            f"  {MARK} {decision.kind.title.en}: {taken.en} - {place.en}: {decision.evidence.en}",
        )
    )
    for option in decision.kind.options:
        console.say(Text(f"      {option.word}：{option.label.zh}", f"      {option.word}: {option.label.en}"))
    for line in decision.line().splitlines():
        console.say(f"      {line}")
