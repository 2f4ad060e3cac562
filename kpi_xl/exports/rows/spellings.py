"""The pieces of which readings are made: forms of writing a value, and small SQL expressions over ``{x}``, the raw text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kpi_xl.cell_words import NARROW, WIDE

_WIDE = "０１２３４５６７８９：／．，－＋＝％　（）−"
_NARROW = "0123456789:/.,-+=% ()-"


@dataclass(frozen=True)
class Spelling:
    """One way of writing a type: how to recognise it (in a sample after NFKC, and in SQL), and how to read it.

    `sql` may misread texts that the pattern does not fit, unless it is `safe`. `exact` gives the one strptime format of a sample
    value: a list of formats of which the first fits costs a seventh of one that begins with wrong ones.
    """

    name: str
    pattern: re.Pattern[str]
    sql: str
    exact: Callable[[str], str | None] | None = None
    safe: bool = False

    @property
    def guarded(self) -> str:
        """The SQL behind a test of the pattern, so that a form costs little where it does not apply and never misreads."""
        if self.safe:
            return self.sql
        flags = "(?i)" if self.pattern.flags & re.IGNORECASE else ""
        return f"CASE WHEN regexp_full_match({{x}}, {quote(flags + self.pattern.pattern)}) THEN {self.sql} END"


def quote(text: str) -> str:
    """Return an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def folded(text: str) -> str:
    """Return SQL for the trimmed text in one width, as `cell_words.fold_width` makes it; a text of plain ASCII costs little."""
    return f"trim(CASE WHEN {is_ascii(text)} THEN {text} ELSE translate({text}, {quote(WIDE)}, {quote(NARROW)}) END)"


def is_ascii(text: str) -> str:
    """Return SQL that tells whether the text has as many characters as bytes."""
    return f"length({text}) = strlen({text})"


def narrow(text: str) -> str:
    """Return SQL for the trimmed text with full-width digits and signs made narrow."""
    return f"trim(translate({text}, {quote(_WIDE)}, {quote(_NARROW)}))"


def replaced(text: str, edits: Iterable[tuple[str, str, int]]) -> str:
    """Return SQL for the text after edits, one after the other: pattern, replacement, how often (0: everywhere, else once)."""
    for pattern, replacement, count in edits:
        every = "" if count else ", 'g'"
        text = f"regexp_replace({text}, {quote(pattern)}, {quote(replacement)}{every})"
    return text


def strptime(text: str, formats: Iterable[str]) -> str:
    """Return SQL that reads a time by the first format that fits."""
    return f"try_strptime({text}, [{', '.join(quote(f) for f in formats)}])"


def coalesce(expressions: Sequence[str]) -> str:
    """Return SQL for the first expression that is not NULL."""
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(expressions)})"
