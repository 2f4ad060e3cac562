"""The house style of every sheet: one palette, one typeface, a handful of cell styles. Restrained: it is printed and signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

FONT = "微软雅黑"
INK = "1F2A37"
MUTED = "6B7785"
ACCENT = "1F4E79"
RULE = "B8C2CC"
HAIR = "D9DFE5"
HEAD_FILL = "E8EEF4"
SOFT_FILL = "F5F7F9"
INPUT_FILL = "FFF8E1"
MEASURED_FILL = "EAF3FA"
AMBER_FILL = "FCE8CC"
AMBER_INK = "8A4B08"
GREY_FILL = "ECEFF1"

Line = Literal["none", "hair", "thin", "medium"]
_SIDES = {
    "none": Side(),
    "hair": Side(style="thin", color=HAIR),
    "thin": Side(style="thin", color=RULE),
    "medium": Side(style="medium", color=ACCENT),
}


@dataclass(frozen=True)
class Style:
    """How a cell looks. `frame` draws all four sides; `top` and `bottom` override it. Sizes in points, colours as RRGGBB."""

    size: float = 10
    bold: bool = False
    italic: bool = False
    color: str = INK
    fill: str | None = None
    horizontal: str = "left"
    vertical: str = "center"
    wrap: bool = True
    frame: Line = "thin"
    top: Line | None = None
    bottom: Line | None = None
    number_format: str = "General"
    locked: bool = True

    def font(self) -> Font:
        """Return the openpyxl font."""
        return Font(name=FONT, size=self.size, bold=self.bold, italic=self.italic, color=self.color)

    def pattern(self) -> PatternFill:
        """Return the openpyxl fill."""
        return PatternFill("solid", fgColor=self.fill) if self.fill else PatternFill()

    def alignment(self) -> Alignment:
        """Return the openpyxl alignment."""
        indent = 1 if self.horizontal == "left" and self.frame != "none" else 0
        return Alignment(horizontal=self.horizontal, vertical=self.vertical, wrap_text=self.wrap, indent=indent)

    def border(self) -> Border:
        """Return the openpyxl border."""
        side = _SIDES[self.frame]
        top, bottom = self.top or self.frame, self.bottom or self.frame
        return Border(left=side, right=side, top=_SIDES[top], bottom=_SIDES[bottom])

    def protection(self) -> Protection:
        """Return the openpyxl protection."""
        return Protection(locked=self.locked)


TITLE = Style(size=18, bold=True, color=ACCENT, horizontal="center", frame="none", wrap=False)
SUBTITLE = Style(size=10, color=MUTED, horizontal="center", frame="none", wrap=False)
HEADING = Style(size=11, bold=True, color=ACCENT, frame="none", bottom="medium", wrap=False)
HEAD = Style(size=9.5, bold=True, fill=HEAD_FILL, horizontal="center")
LABEL = Style(size=9.5, color=MUTED, fill=SOFT_FILL, horizontal="center")
TEXT = Style()
SMALL = Style(size=9, color=INK)
CENTER = Style(horizontal="center")
NUMBER = Style(horizontal="center", number_format="0.00")
STRONG = Style(bold=True, horizontal="center")
SUBTOTAL = Style(bold=True, fill=SOFT_FILL, horizontal="center", top="thin")
RESULT_LABEL = Style(size=9.5, color=MUTED, fill=SOFT_FILL, horizontal="center")
RESULT = Style(size=16, bold=True, color=ACCENT, horizontal="center", wrap=False)
NOTE = Style(size=8.5, color=MUTED, frame="none", vertical="top")
INPUT = Style(fill=INPUT_FILL, horizontal="center", locked=False)
INPUT_TEXT = Style(fill=INPUT_FILL, horizontal="left", vertical="top", locked=False)
MEASURED = Style(fill=MEASURED_FILL, horizontal="center", locked=False)
HELPER = Style(size=8, color=MUTED, frame="none", wrap=False)


def formatted(style: Style, number_format: str) -> Style:
    """Return the style with a number format."""
    return replace(style, number_format=number_format)


def display_width(text: str) -> float:
    """Return the width of a text in column-width units: a Chinese character counts as about two."""
    return sum(1.95 if ord(c) > 0x2E7F else 1.35 if c in "≥≤×÷—…·" else 0.6 if c == " " else 1.05 for c in text)


def line_count(text: str, width: float) -> int:
    """Return how many lines a text needs in a column of that width (with the cell's padding taken off)."""
    usable = max(width - 0.9, 2)
    return sum(max(1, -(-int(display_width(part) * 100) // int(usable * 100))) for part in text.split("\n"))
