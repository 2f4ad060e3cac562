"""Cell addresses: columns, rows, rectangles and the lists of them that a sheet's attributes hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

MAX_ROW = 1_048_576
MAX_TEXT = 32_767
"""Characters that a cell holds (UTF-16 units)."""
MAX_COLUMN = 16_384

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


@lru_cache(maxsize=4096)
def column_number(letters: str) -> int:
    """Return 1 for ``A``, 16384 for ``XFD``; larger numbers for letters beyond the sheet."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=4096)
def column_letters(number: int) -> str:
    """Return the letters of a column number (1 is ``A``)."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def parse_cell(text: str) -> tuple[int, int] | None:
    """Return (row, column) of an address such as ``C7`` or ``$C$7``, None for anything that is not a cell of a sheet."""
    match = _CELL.fullmatch(text)
    if not match:
        return None
    row, column = int(match[2]), column_number(match[1])
    return (row, column) if 1 <= row <= MAX_ROW and column <= MAX_COLUMN else None


def cell_name(row: int, column: int) -> str:
    """Return the address of a cell (``C7``)."""
    return f"{column_letters(column)}{row}"


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, all borders inclusive, 1-based. `single`: written as one cell (``C7``, not ``C7:C7``)."""

    top: int
    left: int
    bottom: int
    right: int
    single: bool = False

    def __str__(self) -> str:
        first = cell_name(self.top, self.left)
        return (
            first
            if self.single and (self.top, self.left) == (self.bottom, self.right)
            else f"{first}:{cell_name(self.bottom, self.right)}"
        )

    def contains(self, row: int, column: int) -> bool:
        """Tell whether a cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def overlaps(self, other: Area) -> bool:
        """Tell whether the two rectangles share a cell."""
        return self.top <= other.bottom and other.top <= self.bottom and self.left <= other.right and other.left <= self.right

    def at_rows(self, top: int, bottom: int) -> Area:
        """Return the same columns on other rows."""
        return replace(self, top=top, bottom=bottom)


def parse_area(text: str) -> Area | None:
    """Read ``C7`` or ``A1:D9`` (with or without ``$``, corners in any order); None for anything else, whole columns too."""
    first, colon, last = text.partition(":")
    start = parse_cell(first)
    if start is None:
        return None
    end = parse_cell(last) if colon else start
    if end is None:
        return None
    (top, left), (bottom, right) = start, end
    return Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right), single=not colon)
