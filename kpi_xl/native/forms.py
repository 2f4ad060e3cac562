"""What every native form is made of: the operands of a call, the scheme behind it, and what a cell says.

Excel 2013 vocabulary over the sheet 评级标准. Every form is a single function call or operand, so that it can stand wherever the
call stood, and works cell by cell in array formulas (hence no AND, OR, MIN, MAX over what may be several cells). Blank in, blank
out, as the function does; what a native formula cannot do is read numbers typed as text (``８７``, ``85%``): it says so, it never
shows others.

Excel orders types: number < text < FALSE < TRUE. A condition therefore never meets a number in a comparison (``(x<0)>0`` is
always true): conditions are added or multiplied first. Lists are judged by operators (`is_number`, `says_anything`, `among`),
which every program computes cell by cell; functions of one text over a range (TRIM, FIND) are arrays in Excel and LibreOffice
only, so they stand behind `computes_arrays` and are needed for cells with stray spaces alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from kpi_xl.cell_words import MISSING, MISSING_STARTS
from kpi_xl.errors import Text
from kpi_xl.glossary import NO_DATA as _NO_DATA
from kpi_xl.native import arithmetic
from kpi_xl.ooxml.formulas import read_tokens, split_sheet
from kpi_xl.ooxml.refs import Area, parse_area
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import StandardPlan

WIDE_SPACE = "\u3000"
"""The full-width space, which TRIM leaves."""
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

    @property
    def several(self) -> bool:
        """Whether it may be several cells: a range, or a name or a column of a table, of which nobody can tell here."""
        depth = 0
        for token in read_tokens(self.text) or ():
            depth += (token.type == "FUNC") * ((token.subtype == "OPEN") - (token.subtype == "CLOSE"))
            if depth == 0 and token.type == "ARRAY":
                return True
            if depth == 0 and token.type == "OPERAND" and token.subtype == "RANGE":
                operand = Operand(token.value)
                row = "[@" in token.value or "[#This Row]" in token.value
                if operand.is_block or (operand.cells is None and not row):
                    return True
        return False

    @property
    def is_block(self) -> bool:
        """Whether it is written as more cells than one; of a name nobody can tell."""
        cells = self.cells
        return cells is not None and (cells.top, cells.left) != (cells.bottom, cells.right)

    @property
    def is_reference(self) -> bool:
        """Whether it is a reference and nothing else, as COUNTIF wants it."""
        tokens = read_tokens(self.text) or ()
        return len(tokens) == 1 and tokens[0].type == "OPERAND" and tokens[0].subtype == "RANGE"

    @property
    def as_range(self) -> Operand:
        """The same cells written with a colon: to IronCalc a single cell is no range to count in."""
        cells, prefix = self.cells, split_sheet(self.text)[0]
        return Operand(f"{self.text}:{self.text[len(prefix) :]}") if cells is not None and cells.single else self

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


def is_number(cells: Operand) -> str:
    """Return whether each cell holds a number: numbers come before all texts, blanks count as the empty text."""
    return f'({cells}<"")'


def says_anything(cells: Operand) -> str:
    """Return whether each cell holds anything at all, be it a space."""
    return f'({cells}&""<>"")'


def is_space(cells: Operand) -> str:
    """Return whether each cell holds a single space; to Gnumeric the wide one equals the narrow one."""
    return f'(({cells}=" ")+({cells}="{WIDE_SPACE}")>0)'


def among(cells: Operand, words: Collection[str]) -> str:
    """Return the number of words that each cell is, letter by letter but in any case: 1 or 0."""
    return "+".join(f'({cells}="{word}")' for word in dict.fromkeys(words))


def computes_arrays(cells: Operand) -> str:
    """Return whether the program takes functions of one text over these cells as arrays, as Excel does inside SUMPRODUCT."""
    return f"IFERROR(SUMPRODUCT(LEN({cells})^0),0)=ROWS({cells})*COLUMNS({cells})"


def plainly(cells: Operand, known: str, missing: Collection[str]) -> str:
    """Return the condition that each cell is blank, a word for nothing, or `known` (a sum that is 1 where it is).

    Cells with stray spaces or reasons behind a word (缺数据：...) are not plain: they take the longer way by `says` and `one_of`.
    """
    nothing = f"{is_space(cells)}+{among(cells, (*MISSING, *missing))}"
    return f"SUMPRODUCT({says_anything(cells)}*1)=SUMPRODUCT({known}+{nothing})"


def unread(cells: Operand, missing: Collection[str]) -> str:
    """Return how many cells say something that is neither a number nor a word for nothing."""
    longer = f"IF({computes_arrays(cells)},{count_given(cells, missing)}-COUNT({cells}),1)"
    return f"IF({plainly(cells, is_number(cells), missing)},0,{longer})"


def count_given(cells: Operand, missing: Collection[str]) -> str:
    """Return how many cells say something: more than there are numbers, where some hold what a native formula cannot read."""
    return f"SUMPRODUCT({says(cells, missing)})"


def is_blank(cell: Operand) -> str:
    """Return the condition that a cell holds nothing but spaces, wide ones too."""
    return f'TRIM(SUBSTITUTE({cell},"{WIDE_SPACE}",""))=""'


def says(cells: Operand, missing: Collection[str]) -> str:
    """Return 1 where a cell says something, 0 where it is blank or holds a word that means nothing; an error gives the error."""
    longest = max(map(len, MISSING_STARTS))
    starts = "".join(f"|{f'{start}：'[:longest]}" for start in MISSING_STARTS) + "|"  # as our own functions write them
    no_reason = f'(LEN(SUBSTITUTE("{starts}","|"&LEFT({cells},{longest})&"|",""))={len(starts)})'
    return f"(1-{one_of(cells, ('', WIDE_SPACE, *MISSING, *missing))})*{no_reason}"


def both_say(one: Operand, other: Operand, missing: Collection[str]) -> str:
    """Return 1 where two cells both say something; shorter than the product of `says`, which calls inside calls repeat."""
    words, found = f'"|{"|".join((WIDE_SPACE, *MISSING, *missing))}|"', "@"
    for cell in (one, other):
        words = f'SUBSTITUTE({words},{_between_bars(cell)},"{found}")'
    return f'(1-ISNUMBER(FIND("{found}",{words})))'


def one_of(cells: Operand, words: Collection[str]) -> str:
    """Return whether the cell's text is one of the words, in any case."""
    return f"ISNUMBER(FIND({_between_bars(cells)},{_literal('|' + '|'.join(words) + '|')}))"


def _between_bars(cells: Operand) -> str:
    """Return the cell's text as it would stand in a list; a bar in the cell is none of those between the words."""
    return f'"|"&SUBSTITUTE(LOWER(TRIM({cells})),"|","&&")&"|"'


def _literal(text: str) -> str:
    """Return a text as literals that Excel takes, joined: none is longer than 255 characters."""
    return "&".join(f'"{text[start : start + _LONGEST_LITERAL]}"' for start in range(0, len(text), _LONGEST_LITERAL))
