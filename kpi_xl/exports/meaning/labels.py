"""Words of satisfaction where no rating tells: which are known, and which are listed and count as missing."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_xl.cell_words import satisfaction
from kpi_xl.decisions import Decision
from kpi_xl.errors import Text
from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.meaning.tell import Column, Settled, few, few_en
from kpi_xl.exports.rows.clean import add_issue

_LISTED = 20
"""So many unknown words are asked about one by one. A column with more, and more unknown rows than known, holds free text."""


def settle_labels(label: Column, rating: str, beside: Mapping[str, int] | None = None) -> Settled:
    """Decide about the words of the rows without a rating (SQL `rating`), and about unknown words `beside` digits."""
    counts: dict[str, int] = {}
    if label.bound is not None:
        rows = label.counted(label.bound, f"{label.bound} IS NOT NULL AND {rating} IS NULL")
        counts = {str(said): int(str(count)) for said, count in rows}
    said = {word: count for word, count in counts.items() if satisfaction(word) != "未评价"}
    known = {word: count for word, count in said.items() if satisfaction(word)}
    unknown = {word: count for word, count in said.items() if not satisfaction(word) and not _is_number(word)}
    if len(unknown) > _LISTED and sum(unknown.values()) > sum(known.values()):
        _list(label, {few(unknown, 3): sum(unknown.values())})
        return Settled((), {"ratings": {"label": None}})
    unknown |= dict(beside or {})
    _list(label, unknown)
    decisions = [_by_words(label, known)] if known else []
    return Settled((*decisions, *(_asked(label, word, count) for word, count in list(unknown.items())[:_LISTED])))


def _is_number(word: str) -> bool:
    return word.replace(".", "", 1).isdigit()


def _by_words(label: Column, known: Mapping[str, int]) -> Decision:
    why = Text(
        f"没有评分，按“{label.header}”列的文字统计：{few(known)}",
        f"no score: the words of {label.header!r} count: {few_en(known)}",
    )
    return label.decide("by_words", "read", why, label.header, columns=("label", "rating"), count=sum(known.values()))


def _asked(label: Column, word: str, count: int) -> Decision:
    why = Text(f"{count} 行写着“{word}”，按缺数据处理", f"{count} rows say {word!r} and count as missing")
    return label.decide("word", "open", why, columns=("label", "rating"), count=count, detail=word)


def _list(label: Column, unknown: Mapping[str, int]) -> None:
    sheet, header = label.stage.sheet, label.header or label.stage.labels.get("ratings.rating", "")
    for word, count in unknown.items():
        issue = issue_of("unknown_word", sheet.file, sheet.sheet, column=header, value=word, count=count)
        add_issue(label.connection, label.stage.number, issue)
