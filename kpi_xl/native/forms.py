"""What every native form is made of: the operands of a call, the scheme behind it, and what a cell says.

Excel 2013 vocabulary over the sheet 评级标准. Every form is a single function call or operand, so that it can stand wherever the
call stood, and works cell by cell in array formulas (hence no AND, OR). Blank in, blank out, as the function does; what a native
formula cannot do is read numbers typed as text (``８７``, ``85%``): it says so or shows no points, it never shows others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from kpi_xl.cell_words import MISSING, MISSING_STARTS
from kpi_xl.errors import Text
from kpi_xl.glossary import NO_DATA as _NO_DATA
from kpi_xl.native import arithmetic
from kpi_xl.ooxml.formulas import split_sheet
from kpi_xl.ooxml.refs import Area, parse_area
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import StandardPlan

NO_DATA = f'"{_NO_DATA}"'
_LONGEST_LITERAL = 250


class NoNativeFormError(Exception):
    """A call that no native formula can stand for; carries the reason."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = Text(zh, en)


@dataclass(frozen=True)
class Operand:
    """An argument of a call: its text (in brackets where it must be), and the words when it is nothing but words in quotes."""

    text: str
    literal: str | None = None

    @property
    def cells(self) -> Area | None:
        """The rectangle that the argument refers to, None when it is no plain reference."""
        prefix, _sheet = split_sheet(self.text)
        return parse_area(self.text[len(prefix) :])

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Standard:
    """The form's own scheme, and where its numbers stand on the sheet 评级标准; `in_place`: the sheet is as planned.

    `brief`: words in place of an actual value count as none instead of being refused, for a formula that would get too long.
    """

    scheme: Scheme
    plan: StandardPlan
    in_place: bool = True
    brief: bool = False

    @property
    def limits(self) -> tuple[str, str]:
        """The cells of the least and highest total (0 where the scheme sets no other)."""
        return arithmetic.limits(self.scheme, self.plan) or ("0", self.plan.ref("scheme", "total"))


Form = Callable[[Standard, Sequence[Operand]], str]
"""Makes the native form of a call from its arguments (without the scheme). Raises NoNativeFormError."""


# --- what a cell says --------------------------------------------------------------------------------------------------------


def count_given(cells: Operand, missing: Collection[str]) -> str:
    """Return how many cells say something: more than there are numbers, where some hold what a native formula cannot read."""
    return f"SUMPRODUCT({says(cells, missing)})"


def says(cells: Operand, missing: Collection[str]) -> str:
    """Return 1 where a cell says something, 0 where it is blank or holds a word that means nothing."""
    starts = "".join(f'*(LEFT({cells},{len(start)})<>"{start}")' for start in MISSING_STARTS)
    return f'(TRIM({cells})<>"")*(1-{one_of(cells, (*MISSING, *missing))}){starts}'


def one_of(cells: Operand, words: Collection[str]) -> str:
    """Return whether the cell's text is one of the words, in any case.

    A bar in the cell is none of those between the words.
    """
    text = f'"|"&SUBSTITUTE(LOWER(TRIM({cells})),"|","&&")&"|"'
    return f"ISNUMBER(FIND({text},{_literal('|' + '|'.join(words) + '|')}))"


def _literal(text: str) -> str:
    """Return a text as literals that Excel takes, joined: none is longer than 255 characters."""
    return "&".join(f'"{text[start : start + _LONGEST_LITERAL]}"' for start in range(0, len(text), _LONGEST_LITERAL))
