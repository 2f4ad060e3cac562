"""What a number means, as values: which meaning was taken, on what ground, what speaks for it, and how to say otherwise.

Every number that reaches a score has a column, a table, a sign, a scale, a unit, a time zone, a key and a month. Each of these
is *read* from the file, *declared* by a person (in the mapping file or in 导入检查.xlsx), a *guess*, or *open*: nothing tells,
and the number is missing. A guess or an open question that can change anybody's points stops the making of forms until a person
has declared it; measuring goes on, and the figures are marked 待确认.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from kpi_xl.errors import Text

BLANK = "…"
"""Stands in a line for an answer that nobody can suggest."""
_NUMBERS = ("scale", "month_starts")
"""Settings that are numbers: their lines have no quotes, so that only the blank is to be filled in."""

Ground = Literal["read", "declared", "guess", "open"]
"""Where a meaning comes from: words, formats or values of the file; a person; a likelihood; nowhere (the figure is missing)."""


@dataclass(frozen=True)
class Option:
    """One meaning that can be declared: the word of the mapping file, and what HR reads in the drop-down."""

    word: str
    label: Text


@dataclass(frozen=True)
class DecisionKind:
    """A kind of decision. `title` names it; `read` tells how the answer is read from a file, `asked` when it is asked.

    `setting` is the key of the mapping file that declares it, with ``{table}``, ``{column}`` and ``{detail}`` to be filled in:
    ``month_starts``, ``export.date_order``, ``export.{table}.meaning.{column}``. `options` are the meanings to choose from; none:
    a number or a text. `stops`: a guess can change points, so that no forms are made upon it.
    """

    code: str
    title: Text
    read: Text
    asked: Text
    setting: str
    options: tuple[Option, ...] = ()
    stops: bool = True

    def label(self, word: str | None) -> Text:
        """Return what HR reads for an answer; a dash where there is none."""
        if word is None:
            return Text("—", "—")
        return next((option.label for option in self.options if option.word == word), Text(word, word))


@dataclass(frozen=True)
class Decision:
    """One decision about a file, a sheet or a column of it (`header` as the file has it, `table` and `column` canonical).

    `answer` is a word of its kind's options, or a number or text; None where the question is open. `columns` are the canonical
    columns of `table` whose figures depend on it; empty: all of the table (of every table where `table` is None). `count` is how
    many rows it concerns, `detail` what in particular (a word of satisfaction, a person).
    """

    kind: DecisionKind
    ground: Ground
    evidence: Text
    answer: str | None = None
    file: str | None = None
    sheet: str | None = None
    table: str | None = None
    column: str | None = None
    header: str | None = None
    columns: frozenset[str] = frozenset()
    count: int = 0
    detail: str = ""

    @property
    def settled(self) -> bool:
        """Whether the meaning was read or declared."""
        return self.ground in ("read", "declared")

    @property
    def stops(self) -> bool:
        """Whether no forms may be made before a person has declared it."""
        return self.kind.stops and not self.settled

    @property
    def taken(self) -> Text:
        """What HR reads for the meaning that was taken; a dash where the question is open."""
        return Text("没有这一列", "no such column") if self.answer == "" else self.kind.label(self.answer)

    @property
    def setting(self) -> str:
        """The key path of the mapping file that declares it."""
        return ".".join(self.path)

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead to the setting, from the top of the mapping file; a detail may hold any sign."""
        parts = self.kind.setting.split(".")
        return tuple(part.format(table=self.table or "", column=self.column or "", detail=self.detail) for part in parts)

    def concerns(self, needed: Mapping[str, Collection[str]]) -> bool:
        """Tell whether figures that need these columns (table -> columns) depend on the decision."""
        if self.table is None:
            return any(needed.values())
        wanted = needed.get(self.table, ())
        return bool(wanted) and (not self.columns or not self.columns.isdisjoint(wanted))

    def line(self, word: str | None = None) -> str:
        """Return the lines of a mapping file that declare `word` (None: what was taken, else … for somebody to fill in).

        >>> no = Text("", "")
        >>> print(Decision(DecisionKind("x", no, no, no, "export.rows"), "open", no, file="a.csv").line("ticket"))
        [[export]]
        file = "a.csv"
        rows = "ticket"
        """
        chosen = word or self.answer or BLANK
        *section, key = map(_key, self.path)
        value = chosen if is_number(chosen) or (chosen == BLANK and key in _NUMBERS) else _text(chosen)
        if not section:
            return f"{key} = {value}"
        lines = ["[[export]]", f"file = {_text(self.file or '*')}"]
        if self.sheet is not None:
            lines.append(f"sheet = {_text(self.sheet)}")
        if len(section) > 1:
            lines.append(f"[{'.'.join(section)}]")
        return "\n".join([*lines, f"{key} = {value}"])


def is_number(word: str) -> bool:
    """Tell whether an answer stands in the mapping file as a number, without quotes."""
    return word.isascii() and word.replace(".", "", 1).isdigit()


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
