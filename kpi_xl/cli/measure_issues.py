"""What ``kpi-xl measure`` says of faults in the data: what is to be done, what was settled, who is not on the roster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kpi_xl.cli import console
from kpi_xl.errors import Text
from kpi_xl.glossary import SET_ASIDE
from kpi_xl.issues import Concern, concerns, to_do

if TYPE_CHECKING:
    from kpi_xl.exports.model import UnknownPerson
    from kpi_xl.issues import Issue

_NAMES = 40
"""So many people who are not on the roster are named on the screen; --json names all."""


def issues_document(issues: Sequence[Issue], unknown: Sequence[UnknownPerson]) -> dict[str, Any]:
    """Return the JSON of the issues, how many things are to be done, and everybody whom the roster does not have."""
    language = console.language()
    return {
        "issues": [
            {
                "code": issue.code,
                "disposition": issue.disposition,
                "file": issue.file,
                "sheet": issue.sheet,
                "row": issue.row,
                "column": issue.column,
                "value": issue.value,
                "reason": issue.reason.in_language(language),
                "remedy": issue.advice.in_language(language),
                "count": issue.count,
                "elsewhere": issue.elsewhere,
            }
            for issue in issues
        ],
        "to_do": len(to_do(issues)),
        "unknown_people": [
            {
                "agent": person.agent,
                "name": person.name,
                "near": person.near,
                "rows": person.rows,
                "rows_in_period": person.rows_in_period,
                "files": list(person.files),
            }
            for person in unknown
        ],
    }


def print_issue_summary(issues: Sequence[Issue], unknown: Sequence[UnknownPerson] = ()) -> None:
    """Print what is to be done, the decisions first, then what was settled; one line per kind and file, with an example."""
    found = concerns(issues)
    things = [one for one in found if one.to_do]
    if things:
        console.say(Text(f"需要您处理 {len(things)} 处：", f"{len(things)} things to do:"))
        for number, one in enumerate(things, start=1):
            _print(one, f"{number}.", one.ours)
            if one.code == "unknown_agent":
                _print_unknown(unknown)
    settled = [one for one in found if not one.to_do]
    if settled:
        console.say(Text("不需要处理，供核对：", "settled, for information:"))
        for one in settled:
            _print(one, "-", one.count)
            if one.code == "unknown_agent":
                _print_unknown(unknown)


def _print(one: Concern, mark: str, count: int) -> None:
    fate = Text(SET_ASIDE, "set aside") if one.disposition == "set_aside" else Text("保留", "kept")
    files, row = ("、".join(file for file in one.files if file), one.rows[0] if one.rows else None)
    place = Text(f"，如 {files} 第 {row} 行", f", e.g. {files} row {row}") if row else Text(f"，{files}", f", {files}")
    place = place if files else Text("", "")
    more = one.elsewhere if one.to_do else 0
    beside = Text(f"（另有 {more} 行不算本期的问题）", f" ({more} more are no fault of this period)") if more else Text("", "")
    console.say(
        Text(
            f"  {mark} {count:>6} 行 {fate.zh}：{one.reason.zh}{place.zh}{beside.zh}",
            f"  {mark} {count:>6} rows {fate.en}: {one.reason.en}{place.en}{beside.en}",
        )
    )


def _print_unknown(unknown: Sequence[UnknownPerson]) -> None:
    """Name the people whom the roster does not have; those with near people of the roster first."""
    ordered = sorted(unknown, key=lambda person: (not person.near, not person.rows_in_period))
    names = [f"{person.agent}{f'≈{person.near}' if person.near else ''}" for person in ordered[:_NAMES]]
    left = len(ordered) - len(names)
    console.say(
        Text(
            f"      {len(ordered)} 人：{'、'.join(names)}" + (f" … 另有 {left} 人，用 --json 全部列出" if left else ""),
            f"      {len(ordered)} people: {', '.join(names)}" + (f" ... {left} more, --json names all" if left else ""),
        )
    )
