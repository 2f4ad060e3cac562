"""Ratings: their scale, which end is the best, and what the words beside them say; from the file, declared, or asked."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from kpi_xl.cell_words import satisfaction
from kpi_xl.decisions import Decision
from kpi_xl.digit_words import DigitWords, Pair, named_scale, pairs_in_header, read_words, split_cell
from kpi_xl.errors import Text
from kpi_xl.exports.meaning.labels import settle_labels
from kpi_xl.exports.meaning.scales import KEYS, Finding, best_end, scale_in_header, scale_of_values
from kpi_xl.exports.meaning.tell import Column, Settled
from kpi_xl.exports.rows.clean import add_issues
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage

_DEPEND = ("rating", "scale", "verdict")
_DENOMINATOR = r"try_cast(regexp_extract({text}, '/\s*(\d+)\s*$', 1) AS DOUBLE)"
_NPS_QUESTION = "({question} LIKE '%推荐%' OR lower({question}) LIKE '%nps%')"


@dataclass(frozen=True)
class Ratings:
    """What a sheet shows of its ratings: value -> rows, the words beside them, whether those stand in the cells or the header.

    `value` is SQL of a rating without those that mean "not rated"; `out_of`: cells that name the scale (``4/5``), by scale.
    """

    column: Column
    value: str
    counts: Mapping[float, int]
    words: DigitWords
    beside: bool
    out_of: Mapping[float, int]

    @property
    def header(self) -> str:
        return self.column.header


@dataclass(frozen=True)
class Scale:
    """The scale as SQL and, where it is one for all rows, as a number; with its decision. `own`: the file or HR names it."""

    sql: str | None
    number: float | None
    own: bool
    decision: Decision


def settle_ratings(connection: duckdb.DuckDBPyConnection, stage: Stage) -> Settled:
    """Decide what the ratings of a sheet mean, and what its words of satisfaction say where no rating tells."""
    if "ratings" not in stage.bound:
        return Settled()
    column = Column(connection, stage, "ratings", "rating")
    counts = _counts(column, column.bound) if column.bound else {}
    if column.bound is None or not counts:
        return settle_labels(Column(connection, stage, "ratings", "label"), "NULL")
    ratings = _look(column, column.bound, counts)
    scale = _scale(ratings)
    best, rating = _best(ratings, scale)
    if rating is not None and scale.sql is not None:
        _drop_beyond(ratings, scale.sql)
    verdict = _verdict(ratings, scale, best)
    bound = {"rating": rating, "scale": scale.sql if rating is not None else None}
    if verdict is not None:
        bound["verdict"] = verdict
    rest = settle_labels(Column(connection, stage, "ratings", "label"), rating or "NULL", ratings.words.unknown)
    return Settled((scale.decision, best, *rest.decisions), {"ratings": {**bound, **rest.bound.get("ratings", {})}})


def _counts(column: Column, value: str) -> dict[float, int]:
    where = f"{value} IS NOT NULL"
    question = column.stage.bound["ratings"].get("question")
    if question is not None:  # recommendation is asked from 0 to 10, whatever the scale of satisfaction
        where += f" AND NOT coalesce({_NPS_QUESTION.format(question=question)}, false)"
    return {float(str(number)): int(str(count)) for number, count in column.counted(value, where)}


def _look(column: Column, value: str, counts: dict[float, int]) -> Ratings:
    """Look at the texts beside the digits, at the header, and at a second column with words."""
    text = column.stage.bound["ratings"].get("rating_text")
    texts = {str(said): int(str(count)) for said, count in column.counted(text, f"{text} IS NOT NULL")} if text else {}
    own = next(f.mapping.values.get("label", {}) for f in column.stage.feeds if f.table == "ratings")
    split = [(pair[0], str(own.get(pair[1].casefold(), pair[1])), n) for said, n in texts.items() if (pair := split_cell(said))]
    empty = [said for said in texts if (pair := split_cell(said)) and satisfaction(str(own.get(pair[1], pair[1]))) == "未评价"]
    if empty and text:
        value = f"CASE WHEN {text} IN ({', '.join(quote(said) for said in empty)}) THEN NULL ELSE {value} END"
        counts = _counts(column, value)
    if text and any(_is_percent(said) for said in texts):
        value = f"CASE WHEN {text} LIKE '%\\%' ESCAPE '\\' OR {text} LIKE '%％' THEN {value} * 100 ELSE {value} END"
        counts = _counts(column, value)
    said = [pair for pair in split if satisfaction(pair[1]) != "未评价"]
    header = pairs_in_header(column.header)
    words = read_words([*said, *header])
    if not words.meaning and "scale" not in column.stage.bound["ratings"]:  # who writes the full marks beside means marks
        second = read_words(_second_column(column, value))
        words = words if second.contradiction or second.direction is None else second
    return Ratings(column, value, counts, words, bool(said or header), _out_of(texts))


def _second_column(column: Column, value: str) -> list[Pair]:
    label = column.stage.bound["ratings"].get("label")
    if label is None:
        return []
    rows = column.connection.execute(
        f"SELECT {value}, {label}, count(*) FROM {column.stage.table} s"
        f" WHERE s.fate IS NULL AND {value} IS NOT NULL AND {label} IS NOT NULL GROUP BY ALL LIMIT 2000"
    ).fetchall()
    return [(number, said, count) for number, said, count in rows if satisfaction(said) not in (None, "未评价")]


def _is_percent(said: str) -> bool:
    return said.rstrip().endswith(("%", "％"))


def _out_of(texts: Mapping[str, int]) -> dict[float, int]:
    found: dict[float, int] = {}
    for said, count in texts.items():
        scale = 100.0 if _is_percent(said) else named_scale(said)
        if scale:
            found[scale] = found.get(scale, 0) + count
    return found


# --- the scale --------------------------------------------------------------------------------------------------------------


def _scale(ratings: Ratings) -> Scale:
    """Return the scale: declared, a column, in the cells, in the header, by the words, else by the range of the values."""
    stage = ratings.column.stage
    feed = next(f for f in stage.feeds if f.table == "ratings")
    bound = stage.bound["ratings"]
    if feed.mapping.scale is not None or "scale" in feed.constants:
        number = feed.mapping.scale or _number(feed.constants.get("scale", ""))
        sql = f"CAST({feed.mapping.scale} AS DOUBLE)" if feed.mapping.scale is not None else bound["scale"]
        why = Text("映射文件写明", "the mapping file says so")
        return Scale(sql, number, True, _told(ratings, Finding(number, "declared", why)))
    if "scale" in bound:
        found = [value for value, _ in ratings.column.counted(bound["scale"], f"{bound['scale']} IS NOT NULL")]
        number = float(str(found[0])) if len(found) == 1 else None
        header = stage.labels.get("ratings.scale", "")
        why = Text(f"“{header}”列写明", f"the column {header!r} says so")
        answer = "、".join(f"{float(str(value)):g}" for value in found[:4]) or None
        return Scale(bound["scale"], number, True, ratings.column.decide("scale", "read", why, answer, columns=_DEPEND))
    if ratings.out_of:
        return _scale_in_cells(ratings)
    named = scale_in_header(ratings.header)
    if named is not None:
        finding = Finding(named, "read", Text(f"列名“{ratings.header}”写明", f"the header {ratings.header!r} says so"))
    else:
        finding = _scale_by_words(ratings) or scale_of_values(ratings.counts)
    return _with_nps(ratings, finding, named is not None)


def _with_nps(ratings: Ratings, finding: Finding, own: bool) -> Scale:
    sql = None if finding.answer is None else f"CAST({finding.answer} AS DOUBLE)"
    question = ratings.column.stage.bound["ratings"].get("question")
    if question is not None and sql is not None:
        sql = f"CASE WHEN {_NPS_QUESTION.format(question=question)} THEN 10.0 ELSE {sql} END"
    return Scale(sql, finding.answer, own, _told(ratings, finding))


def _scale_in_cells(ratings: Ratings) -> Scale:
    """``4/5``, stars, per cent: the cells name their scale, each its own where they differ."""
    shown = "、".join(f"{scale:g}" for scale in ratings.out_of)
    why = Text(f"评分里写明满分（如 4/5）：{shown}", f"the cells name the scale (as in 4/5): {shown}")
    number = next(iter(ratings.out_of)) if len(ratings.out_of) == 1 else None
    most = max(ratings.out_of, key=lambda scale: ratings.out_of[scale])
    text = ratings.column.stage.bound["ratings"].get("rating_text", "NULL")
    own = f"coalesce({_DENOMINATOR.format(text=text)}, CASE WHEN {text} LIKE '%\\%' ESCAPE '\\' THEN 100 END, {most})"
    sql = f"CAST({most} AS DOUBLE)" if number is not None else own
    return Scale(sql, number, True, ratings.column.decide("scale", "read", why, shown, columns=_DEPEND))


def _scale_by_words(ratings: Ratings) -> Finding | None:
    """The worst word of keys, or the best one of marks, stands beside the last digit of the scale."""
    words = ratings.words
    if not words.rank or words.contradiction:
        return None
    last = max(words.rank)
    ends = words.rank[last] < 0 if words.direction == "low" else words.rank[last] == 2
    why = Text(f"数字旁的文字：{words.shown}", f"the words beside the digits: {words.shown}")
    if words.direction and ends and last >= max(ratings.counts):
        return Finding(last, "read", why)
    if words.direction == "high" and last > KEYS:
        return None
    return Finding(None, "read", why) if words.direction else None


def _told(ratings: Ratings, finding: Finding) -> Decision:
    answer = None if finding.answer is None else f"{finding.answer:g}"
    return ratings.column.decide(
        "scale", finding.ground, finding.evidence, answer, columns=_DEPEND, count=sum(ratings.counts.values())
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


# --- which end is the best ----------------------------------------------------------------------------------------------------


def _best(ratings: Ratings, scale: Scale) -> tuple[Decision, str | None]:
    """Return the decision, and SQL of the rating as the higher the better; None where no rating can be told."""
    column, words = ratings.column, ratings.words
    total = sum(ratings.counts.values())

    def told(finding: Finding, answer: str | None) -> Decision:
        return column.decide("best", finding.ground, finding.evidence, answer, columns=_DEPEND, count=total)

    if column.declared in ("high", "low"):
        finding = Finding(None, "declared", Text("映射文件写明", "the mapping file says so"))
        return told(finding, column.declared), _turned(ratings, scale, column.declared)
    if words.contradiction:
        why = Text(f"数字旁的文字互相矛盾：{words.contradiction}", f"words beside digits contradict: {words.contradiction}")
        return told(Finding(None, "open", why), None), None
    if words.direction is not None:
        why = Text(f"数字旁的文字：{words.shown}", f"the words beside the digits: {words.shown}")
        return told(Finding(None, "read", why), words.direction), _turned(ratings, scale, words.direction)
    if ratings.out_of or _has_scale_column(ratings):
        return told(Finding(None, "read", scale.decision.evidence), "high"), _turned(ratings, scale, "high")
    if ratings.beside and words.meaning and scale.number is None:
        why = Text(f"按文字统计：{words.shown}", f"the words count: {words.shown}")
        return told(Finding(None, "read", why), None), None
    finding = best_end(ratings.counts, scale.number, ratings.header)
    answer = None if finding.answer is None else "high"
    return told(finding, answer), _turned(ratings, scale, "high") if answer else None


def _has_scale_column(ratings: Ratings) -> bool:
    return "ratings.scale" in ratings.column.stage.labels


def _turned(ratings: Ratings, scale: Scale, best: str) -> str | None:
    if scale.sql is None:
        return None
    if best == "high":
        return ratings.value
    if scale.number is None:
        return f"({scale.sql} + 1 - {ratings.value})"
    lowest = 0 if scale.number <= 1 or 0 in ratings.counts else 1
    return f"({scale.number + lowest} - {ratings.value})"


def _verdict(ratings: Ratings, scale: Scale, best: Decision) -> str | None:
    """Return SQL of what the words say of each row; None where the ratings alone decide."""
    words = ratings.words
    if not words.meaning or words.contradiction or (best.ground == "declared" and best.answer != words.direction):
        return None
    if not ratings.beside and scale.number is not None and scale.number > KEYS and best.answer == "high":
        return None
    cases = " ".join(f"WHEN {digit} THEN {quote(said)}" for digit, said in words.meaning.items())
    return f"CASE {ratings.value} {cases} END"


def _drop_beyond(ratings: Ratings, scale: str) -> None:
    """Tell the ratings outside their scale, which are missing."""
    column = ratings.column
    read = column.stage.column("ratings", "rating")
    if read is None:
        return
    beyond = f"s.fate IS NULL AND ({ratings.value} > {scale} OR {ratings.value} < 0)"
    if add_issues(
        column.connection, column.stage, "absurd_value", beyond, quote(read.label), f"CAST({ratings.value} AS VARCHAR)"
    ):
        column.connection.execute(f"UPDATE {column.stage.table} AS s SET {read.name} = NULL WHERE {beyond}")
