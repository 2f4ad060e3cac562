"""What a number format makes of a number where that is meaning and not looks: per cent, leading zeros, a clock.

A person reads 90%, 000012 and 36:00:00 where the cells hold 0.9, 12 and 1.5; the text of the sheet says what is read. Standard
library only: the child process (`excel_child`) works with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from xml.etree import ElementTree

_BUILT_IN: Mapping[int, str] = {
    **{9: "0%", 10: "0.00%", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 45: "mm:ss", 47: "mmss.0"},
    **dict.fromkeys((32, 33, 55, 56), 'h"时"mm"分"'),
}
"""The formats without a text of their own in the file that mean something, as the Chinese Excel has them."""

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)|\[([^\]]*)\]|(AM/PM|A/P)|(.)', re.IGNORECASE | re.DOTALL)
_DAY = 86400
EXACT_BELOW = 1e15
"""Numbers from here on have more digits than a cell keeps."""
DATES_FROM = 10_000
"""A day number from here on (1927) in the format of a clock is a point in time of which only the clock is shown."""


@dataclass(frozen=True)
class Shape:
    """What the cells of a number format show: `kind`, and for zeros the parts of the format: 0 is a digit, others literal."""

    kind: Literal["percent", "zeros", "clock"]
    parts: tuple[str, ...] = ()


def read_shapes(styles: bytes) -> dict[int, Shape]:
    """Return the shape of each cell style (index in ``cellXfs``) of ``styles.xml`` that has one."""
    codes: dict[int, str] = dict(_BUILT_IN)
    chosen: list[int] = []
    for element in ElementTree.fromstring(styles):  # noqa: S314 - `guard` refuses document types, so there are no entities
        if _local(element) == "numFmts":
            codes |= {int(one.get("numFmtId", "-1")): one.get("formatCode", "") for one in element}
        elif _local(element) == "cellXfs":
            chosen = [int(one.get("numFmtId", "0")) for one in element]
    shapes = {number: shape for number in set(chosen) if (shape := shape_of(codes.get(number, "")))}
    return {style: shapes[number] for style, number in enumerate(chosen) if number in shapes}


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def shape_of(code: str) -> Shape | None:
    """Return what a format code means, by its first section; None where it is looks only, or a date, which readers know.

    >>> shape_of("0.0%").kind, shape_of("[$-804]hh:mm:ss;@").kind, shape_of('"GD"000000').parts
    ('percent', 'clock', ('GD', '0', '0', '0', '0', '0', '0'))
    >>> shape_of("0.00"), shape_of("yyyy-mm-dd hh:mm"), shape_of("[h]:mm:ss"), shape_of("General")
    (None, None, None, None)
    """
    if not code or code.casefold() == "general":
        return None
    tokens = list(_first_section(code))
    signs = "".join(text for kind, text in tokens if kind == "sign").casefold()
    if "%" in signs:
        return Shape("percent")
    if any(kind == "elapsed" for kind, _ in tokens):
        return None
    if re.search("[hs]", signs) and not re.search("[ydebg#?]", signs):
        return Shape("clock")
    zeros = signs.replace("-", "").replace("(", "").replace(")", "").replace("+", "").replace(" ", "")
    if len(zeros) >= 2 and not zeros.strip("0/:"):
        return Shape("zeros", _zeros([text for kind, text in tokens if kind in ("sign", "literal")]))
    return None


def _first_section(code: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(code):
        quoted, escaped, _, _, bracket, noon, sign = match.groups()
        if sign == ";":
            return
        if quoted is not None or escaped is not None:
            yield "literal", quoted if quoted is not None else escaped
        elif bracket is not None and re.fullmatch("h+|m+|s+", bracket, re.IGNORECASE):
            yield "elapsed", bracket
        elif sign is not None and noon is None:
            yield "sign", sign


def _zeros(parts: list[str]) -> tuple[str, ...]:
    """Leave out what only parts a telephone number into groups: it is written in other files without."""
    between = "".join("" if part == "0" else part for part in parts)
    groups = [len(group) for group in re.split("[^0]+", "".join(part if part == "0" else "-" for part in parts)) if group]
    if between and not between.strip(" -()+") and sum(groups) >= 7 and groups != [4, 2, 2]:
        return tuple(part for part in parts if part == "0")
    return tuple(parts)


def renderer(shape: Shape) -> Callable[[float], str | None]:
    """Return the function from a number to what a person sees of it; to None where the format adds nothing to it.

    >>> renderer(Shape("percent"))(0.905), renderer(Shape("zeros", ("0",) * 6))(12), renderer(Shape("clock"))(1.5)
    ('90.5%', '000012', '36:00:00')
    """
    if shape.kind == "percent":
        return _percent
    if shape.kind == "clock":
        return lambda number: clock(number) if abs(number) < DATES_FROM else None
    width, parts = shape.parts.count("0"), shape.parts

    def zeros(number: float) -> str | None:
        if not 0 <= number < EXACT_BELOW or number != int(number):
            return None
        digits = str(int(number)).zfill(width)
        return digits if len(parts) == width else _placed(digits, width, parts)

    return zeros


def _percent(number: float) -> str | None:
    if abs(number) >= EXACT_BELOW:
        return None
    text = f"{number * 100:.15g}"
    return f"{Decimal(text):f}%" if "e" in text else f"{text}%"


def _placed(digits: str, width: int, parts: Sequence[str]) -> str:
    """Put digits in the places of the zeros; those that are too many stand in the first."""
    rest = iter([digits[: len(digits) - width + 1], *digits[len(digits) - width + 1 :]])
    return "".join(next(rest) if part == "0" else part for part in parts)


def clock(days: float) -> str:
    """Return a number of days as H:MM:SS."""
    seconds = round(abs(days) * _DAY)
    return f"{'-' if days < 0 else ''}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
