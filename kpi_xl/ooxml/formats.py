"""What a number format shows: is a number in a cell a date?"""

from __future__ import annotations

import re
from typing import Literal

DateKind = Literal["date", "datetime", "time", ""]

_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59), *range(71, 82)}
_TIMES = {18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56}
_NOT_DIGITS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)


_PERCENTS = {9, 10}


def is_percent(number: int, code: str) -> bool:
    """Tell whether a number format shows a number as per cent.

    >>> is_percent(9, ""), is_percent(180, "0.0%;[Red]-0.0%"), is_percent(181, '0"%"'), is_percent(2, "")
    (True, True, False, False)
    """
    return number in _PERCENTS if not code else "%" in _NOT_DIGITS.sub("", code.partition(";")[0])


def format_kind(number: int, code: str) -> DateKind:
    """Return what a number format shows, from its code or (without one) its built-in number; empty for numbers and text.

    >>> format_kind(176, "yyyy/m/d"), format_kind(177, '0.00"元"'), format_kind(178, "[$-804]aaaa h:mm"), format_kind(14, "")
    ('date', '', 'time', 'date')
    """
    if not code:
        if number not in _BUILT_IN_DATES:
            return ""
        return "datetime" if number == 22 else "time" if number in _TIMES else "date"
    plain = _NOT_DIGITS.sub("", code.partition(";")[0]).lower()
    if plain.strip() in ("general", "@", "") or re.search(r"[#?]", plain):
        return ""
    if re.search(r"[hs]|am/pm", plain):
        return "datetime" if re.search(r"[yd]", plain) else "time"
    return "date" if re.search(r"[ymd]", plain) else ""
