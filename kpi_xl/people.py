"""Who is appraised, and when two ways of writing a name are the same name."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from kpi_xl.cell_words import fold_width

CJK = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, as a range of a regular expression."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_BESIDE_CJK = re.compile(f"(?<=[{CJK}·]) (?=[{CJK}·])")
_NEAR_CJK = re.compile(f"(?<=[{CJK}·()]) | (?=[{CJK}·()])")
_DOTS = re.compile("[•・‧∙⋅・]")


@dataclass(frozen=True)
class Person:
    """A row of the roster, or what the exports tell about an agent when there is no roster (then `id` is the name)."""

    id: str
    name: str
    team: str = ""
    region: str = ""
    position: str = ""
    manager: str = ""
    joined_on: dt.date | None = None
    status: str = "在职"
    scheme: str | None = None
    variants: tuple[str, ...] = ()


def plain_name(name: str) -> str:
    """Return a name as it is shown: no invisible characters, no blanks between Chinese characters, single blanks elsewhere.

    >>> plain_name("张　三"), plain_name(" John   Smith ")
    ('张三', 'John Smith')
    """
    return _BESIDE_CJK.sub("", " ".join(_INVISIBLE.sub("", name).split()))


def name_key(name: str) -> str:
    """Return what is compared of a name: `plain_name` in one width and case, without blanks beside Chinese characters.

    >>> name_key("张 三") == name_key("张三"), name_key("JOHN  smith"), name_key("张三（２）")
    (True, 'john smith', '张三(2)')
    """
    return _NEAR_CJK.sub("", _DOTS.sub("·", plain_name(fold_width(name)))).casefold()


def id_key(text: str) -> str:
    """Return what is compared of an id: one width and case, no blanks.

    >>> id_key("Ａ 001") == id_key("a001"), id_key("0012") == id_key("12")
    (True, False)
    """
    return re.sub(r"\s+", "", fold_width(text)).casefold()
