"""The pieces of which readings are made: forms of writing a value, and small SQL expressions over ``{x}``, the raw text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_FULL_WIDTH = str.maketrans({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "})
_WIDE = "０１２３４５６７８９：／．，－％　（）ＹＮｙｎ"
_NARROW = "0123456789:/.,-% ()YNyn"


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


def fold_width(text: str) -> str:
    """Return the text with full-width Latin letters, digits, signs and spaces (U+FF01 to U+FF5E, U+3000) made narrow.

    >>> fold_width("Ａ０１　")
    'A01 '
    """
    return text.translate(_FULL_WIDTH)


def folded(text: str) -> str:
    """Return SQL for the trimmed text in one width, as `fold_width` makes it; a text of plain ASCII costs little."""
    wide = "".join(map(chr, _FULL_WIDTH))
    return f"trim(CASE WHEN {is_ascii(text)} THEN {text} ELSE translate({text}, {quote(wide)}, {quote(fold_width(wide))}) END)"


def is_ascii(text: str) -> str:
    """Return SQL that tells whether the text has as many characters as bytes."""
    return f"length({text}) = strlen({text})"


def narrow(text: str) -> str:
    """Return SQL for the trimmed text with full-width digits and signs made narrow."""
    return f"trim(translate({text}, {quote(_WIDE)}, {quote(_NARROW)}))"


def strptime(text: str, formats: Iterable[str]) -> str:
    """Return SQL that reads a time by the first format that fits."""
    return f"try_strptime({text}, [{', '.join(quote(f) for f in formats)}])"


def coalesce(expressions: Sequence[str]) -> str:
    """Return SQL for the first expression that is not NULL."""
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(expressions)})"
