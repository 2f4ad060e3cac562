"""The pieces of which readings are made: forms of writing a value, and small SQL expressions over ``{x}``, the raw text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kpi_xl.cell_words import EDGES, INVISIBLE, NARROW, SHOWN, WIDE, WRAPPED, WRAPPINGS

_OUTER = f"{EDGES}{SHOWN}{INVISIBLE[: len(SHOWN)]}"
"""What is no part of a text at its ends: ASCII spaces and control characters, and blanks beyond ASCII."""
EDGES_AND_UNSEEN = f"\\x7f{INVISIBLE}"
"""The inside of a character class: what a text that is not plain ASCII may hold beyond what is part of it."""


@dataclass(frozen=True)
class Spelling:
    """One way of writing a type: how to recognise it (in a sample after NFKC, and in SQL), and how to read it.

    `sql` may misread texts that the pattern does not fit, unless it is `safe`. `exact` gives the one strptime format of a sample
    value: a list of formats of which the first fits costs a seventh of one that begins with wrong ones. `rest`: it is
    for what the others leave.
    """

    name: str
    pattern: re.Pattern[str]
    sql: str
    exact: Callable[[str], str | None] | None = None
    safe: bool = False
    rest: bool = False

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
    """Return SQL for the text in one width and `bare`, as `cell_words` makes it; a text of plain ASCII costs little."""
    narrowed = f"translate({text}, {quote(WIDE + INVISIBLE)}, {quote(NARROW + SHOWN)})"
    return _unwrapped(f"CASE WHEN {is_ascii(text)} THEN {text} ELSE {narrowed} END")


def bared(text: str) -> str:
    """Return SQL for the text without what is no part of it, as `cell_words.bare` makes it; letters keep their width."""
    seen = f"translate({text}, {quote(INVISIBLE)}, {quote(SHOWN)})"
    return _unwrapped(f"CASE WHEN {is_ascii(text)} THEN {text} ELSE {seen} END")


def _unwrapped(text: str) -> str:
    """Return SQL for the text without spaces and control characters at its ends and without the wrappings of a text."""
    outer = f"trim({text}, {quote(EDGES)})"
    starts = " OR ".join(f"starts_with(v, {quote(sign)})" for sign in WRAPPED)
    inner = "v"
    for pattern, kept in WRAPPINGS:
        inner = f"trim(regexp_replace({inner}, {quote(pattern)}, {quote(kept)}), {quote(EDGES)})"
    # a list of one, so that the long expression stands there once
    return f"list_transform([{outer}], lambda v: CASE WHEN {starts} THEN {inner} ELSE v END)[1]"


def outer_trimmed(text: str) -> str:
    """Return SQL for the text without blanks of any kind at its ends."""
    return f"trim({text}, {quote(_OUTER)})"


def is_ascii(text: str) -> str:
    """Return SQL that tells whether the text has as many characters as bytes."""
    return f"length({text}) = strlen({text})"


def narrow(text: str) -> str:
    """Return SQL for the `bare` text in one width, with the minus sign of typographers made the usual one."""
    return folded(f"replace({text}, '−', '-')")


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
