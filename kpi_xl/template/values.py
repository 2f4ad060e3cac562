"""Typed values to the XML of a cell.

Decisions, none of them silent:

- text never becomes a formula; a text that begins like one (``= + - @``, tab, line break) gets a style with ``quotePrefix``, so
  that it stays text when somebody edits the cell;
- a number is written exactly up to the 17 digits that a cell holds; an integer of more than 15 digits (an id) is written as text,
  because Excel would replace its last digits by zeros; NaN and infinity are refused;
- a date becomes the serial number of the workbook's date system; in a cell formatted as General it gets a date style; a date
  before the first day of the system is written as text;
- a time zone is dropped: the cell shows the clock that the value shows;
- plain text is written as ``t="str"`` (as SheetJS does; a third fewer bytes), text with line breaks, spaces to keep or escapes
  as an inline string;
- control characters are written as ``_xHHHH_``, as Excel does; line ends become the line break of a cell;
- more than 32,767 characters (UTF-16 units, Excel's limit) are refused.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from kpi_xl.errors import Text
from kpi_xl.ooxml.refs import MAX_TEXT
from kpi_xl.ooxml.xml import escape

_REMEMBERED = 512
_LONG = 128
_EXACT = 15  # significant digits that survive in Excel
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_TARGET = re.compile(r"(?:https?://|mailto:|#)[^\x00-\x20\"<>]+")
_LONGEST_LITERAL = 255
_MARKUP = re.compile("[<>&]")
_STARTS = frozenset({"", " ", "=", "+", "-", "@", "＝", "＋", "－", "＠"})
_FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells know no time zone
_EPOCH_1904 = dt.datetime(1904, 1, 1)  # noqa: DTZ001
_MODERN = 1_500  # from this day on both systems simply count days
_LEAP_BUG = 61  # the serial number of 1 March 1900
_DAY = dt.timedelta(days=1)


class BadValueError(ValueError):
    """A value that no cell can hold; carries what is wrong and what to do."""

    def __init__(self, message: Text, remedy: Text) -> None:
        super().__init__(message.en)
        self.message = message
        self.remedy = remedy


class LinkValue(NamedTuple):
    """Where a cell leads and what it shows; written as ``HYPERLINK``, which moves with its row and needs no other part."""

    target: str
    text: str


class Locked(NamedTuple):
    """A value that people must not change: its cell is written with a locked style though the template leaves it open."""

    value: Any


class LockedText(str):
    """A text that people must not change: a cell that it fills is written with a locked style, within a text it is a text."""

    __slots__ = ()


class Verbatim(bytes):
    """The rest of a cell as the template has it: written when nothing else is given."""

    __slots__ = ()


def cell_text(text: str) -> str:
    """Return a text as the content of ``<t>``, escaped. Raises BadValueError when it is too long."""
    if len(text) > MAX_TEXT or len(text) * 2 > MAX_TEXT < len(text.encode("utf-16-le", "surrogatepass")) // 2:
        raise BadValueError(
            Text(f"文字有 {len(text)} 个字符，单元格最多 {MAX_TEXT} 个", f"{len(text)} characters, a cell holds {MAX_TEXT}"),
            Text("缩短文字，或分写到几行", "shorten the text or spread it over rows"),
        )
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _UNSAFE.search(text):
        text = _UNSAFE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    return escape(text)


def link_formula(link: LinkValue) -> str:
    """Return the formula of a link, escaped. Raises BadValueError for what is no address of the web, of mail or of a cell."""
    target = link.target
    if not _TARGET.fullmatch(target) or len(target) > _LONGEST_LITERAL:
        raise BadValueError(
            Text(f"{target[:60]} 不能作为链接", f"{target[:60]} cannot be a link"),
            Text(
                "链接写 https://、mailto: 或 #工作表!A1，最多 255 个字符",
                "give https://, mailto: or #Sheet!A1, at most 255 characters",
            ),
        )
    return escape(f"HYPERLINK({_literal(target)},{_literal(link.text)})")


def _literal(text: str) -> str:
    """Return a text as a string of a formula: at most 255 characters each, joined by ``&``."""
    plain = _UNSAFE.sub("\ufffd", text)
    chunks = [plain[start : start + _LONGEST_LITERAL] for start in range(0, len(plain), _LONGEST_LITERAL)] or [""]
    return "&".join('"' + chunk.replace('"', '""') + '"' for chunk in chunks)


def number_text(value: Decimal | float) -> str:
    """Return a number as a cell holds it: a double, at most 17 digits. Raises BadValueError for NaN and infinity."""
    try:
        as_double = float(value)
    except (OverflowError, ValueError):  # an integer beyond 1.8e308, a signalling NaN
        as_double = math.nan
    if not math.isfinite(as_double):
        raise BadValueError(
            Text(f"{value} 不是单元格能存的数", f"{value} is not a number that a cell can hold"),
            Text("没有数据时给 None（空白），不要给 NaN 或无穷大", "give None (blank) where there is no number"),
        )
    if as_double == int(as_double) and abs(as_double) < 1e15:
        return str(int(as_double))
    return repr(as_double)


def date_serial(value: dt.date, *, date1904: bool = False) -> str | None:
    """Return the serial number of a date or datetime, None before the first day of the date system.

    >>> date_serial(dt.date(2025, 9, 1)), date_serial(dt.datetime(1900, 1, 1, 12)), date_serial(dt.date(1899, 1, 1))
    ('45901', '1.5', None)
    """
    epoch = _EPOCH_1904 if date1904 else _EPOCH
    serial = value.toordinal() - epoch.toordinal()
    if not date1904 and serial < _LEAP_BUG:
        serial -= 1  # Excel counts a 29 February 1900 that never was
    if serial < (0 if date1904 else 1):
        return None
    if not isinstance(value, dt.datetime):
        return str(serial)
    clock = value.replace(tzinfo=None) - dt.datetime.combine(value, dt.time())
    return repr(serial + clock / _DAY) if clock else str(serial)


def plain_text(value: Any) -> str:  # noqa: ANN401 - refuses what it does not know
    """Return a value as a part of a longer text: nothing for None, ISO dates, numbers without exponent, TRUE and FALSE."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        number_text(value)
        return f"{value:f}"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}" if not value.second else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, numbers.Real):
        return number_text(float(value))
    raise _unknown_type(value)


def _unknown_type(value: object) -> BadValueError:
    name = type(value).__name__
    return BadValueError(
        Text(f"{name} 不是单元格能存的类型", f"a cell cannot hold a value of type {name}"),
        Text("占位符要指向文字、数字、日期或 None", "let the placeholder name a text, a number, a date or None"),
    )


Encode = Callable[[Any], bytes]


class Encoders(dict[type, Encode]):
    """``encoders[type(value)](value)`` is the XML; a type that is met for the first time gets the encoder of its base."""

    __slots__ = ()

    def __missing__(self, kind: type) -> Encode:
        base = next((plain for wide, plain in _BASES if issubclass(kind, wide)), None)
        self[kind] = self[base] if base is not None else _refuse
        return self[kind]


_BASES: tuple[tuple[type, type], ...] = (
    *((kind, kind) for kind in (str, dt.datetime, dt.date, Decimal)),
    *((numbers.Integral, int), (numbers.Real, float)),
)


def _refuse(value: object) -> bytes:
    raise _unknown_type(value)


class _Texts(dict[str, bytes]):
    """Plain texts as cells; what needs escapes, another style or much room goes the slow way.

    The first ones are remembered: labels come again in every workbook, ids do not.
    """

    __slots__ = ("_head", "_slow", "_tail")

    def __init__(self, head: str, tail: str, slow: Encode) -> None:
        super().__init__()
        self._head, self._tail, self._slow = head.encode(), tail.encode(), slow

    def __missing__(self, value: str) -> bytes:
        if len(value) > _LONG or not (value.isalnum() or _plain(value)):  # letters and digits of any script need no escapes
            return self._slow(value)
        encoded = self._head + value.encode() + self._tail
        if len(self) < _REMEMBERED:
            self[value] = encoded
        return encoded


def _plain(value: str) -> bool:
    """Tell whether a text can stand in XML as it is and cannot be taken for a formula."""
    return (
        value.isprintable() and value[:1] not in _STARTS and value[-1] != " " and "_x" not in value and not _MARKUP.search(value)
    )


def _decimal_encoder(head: str, tail: str) -> Encode:
    """Return an encoder of exact numbers; they are not remembered, because hashing a Decimal costs more than writing it."""
    before, behind = head.encode(), tail.encode()

    def decimal(value: Decimal) -> bytes:
        digits = str(value)
        if len(digits) > _EXACT or "E" in digits or not value.is_finite():
            digits = number_text(value)
        return before + digits.encode() + behind

    return decimal


class _Days(dict[int, bytes]):
    """Serial numbers of days behind the beginning of a cell."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self._head = head

    def __missing__(self, days: int) -> bytes:
        found = b"%b%d" % (self._head, days)
        if len(self) < _REMEMBERED:
            self[days] = found
        return found


class _Clock(dict[int, bytes]):
    """Seconds of a day as the fraction of a serial number, to 11 decimals: half a microsecond, beyond what any cell shows."""

    def __missing__(self, seconds: int) -> bytes:
        found = self[seconds] = f"{seconds / 86400:.11f}"[1:].rstrip("0").rstrip(".").encode()
        return found


_CLOCK = _Clock()


@dataclass
class StyleVariants:
    """Styles that a value may need beside the one of its cell; `used` is raised when a rendered cell has one of them.

    Maps (style id of the cell, ``quote`` | ``date`` | ``datetime`` | ``locked``) to the id of a style that was appended.
    """

    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    used: bool = False


def value_encoders(style: str, prefix: str, variants: StyleVariants, *, date1904: bool) -> Encoders:
    """Return encoders that write everything of a cell after ``<c r="C7"``, for one style id (empty: none)."""
    close = f"</{prefix}v></{prefix}c>"
    plain = f' s="{style}"' if style else ""
    number_head, number_tail = f"{plain}><{prefix}v>".encode(), close.encode()
    blank = f"{plain}/>".encode()

    def styled(kind: str) -> str:
        other = variants.ids.get((style, kind))
        if other is None:
            return plain
        variants.used = True
        return f' s="{other}"'

    def text(value: str) -> bytes:
        if not value:
            return blank
        content = cell_text(value)
        look = styled("quote") if value.startswith(_FORMULA_LIKE) else plain
        space = ' xml:space="preserve"' if content != content.strip() or "\n" in content or "  " in content else ""
        return f'{look} t="inlineStr"><{prefix}is><{prefix}t{space}>{content}</{prefix}t></{prefix}is></{prefix}c>'.encode()

    def number(value: float) -> bytes:
        return number_head + number_text(value).encode() + number_tail

    def whole(value: int) -> bytes:
        return number(value) if -(10**_EXACT) < value < 10**_EXACT else text(str(int(value)))

    def date(value: dt.date) -> bytes:
        serial = date_serial(value, date1904=date1904)
        if serial is None:
            return text(plain_text(value))
        look = styled("datetime" if isinstance(value, dt.datetime) else "date")
        return f"{look}><{prefix}v>{serial}{close}".encode()

    def moment(value: dt.datetime) -> bytes:
        day = value.toordinal() - epoch
        if value.microsecond or day < _MODERN:
            return date(value)
        return days[day] + _CLOCK[value.hour * 3600 + value.minute * 60 + value.second] + number_tail

    days = _Days(number_head)
    epoch = (_EPOCH_1904 if date1904 else _EPOCH).toordinal()
    moments = date if (style, "datetime") in variants.ids else moment
    flags = {flag: f'{plain} t="b"><{prefix}v>{flag:d}{close}'.encode() for flag in (True, False)}

    def locked(held: Locked) -> bytes:
        other = variants.ids.get((style, "locked"))
        if other is None:  # locked already
            return encoders[type(held.value)](held.value)
        variants.used = True
        if not closed:
            closed.append(value_encoders(other, prefix, variants, date1904=date1904))
        return closed[0][type(held.value)](held.value)

    def locked_text(value: LockedText) -> bytes:
        return locked(Locked(str(value))) if value else blank  # nothing is told: it may be written in

    texts = _Texts(f'{plain} t="str"><{prefix}v>', close, text)
    texts[""] = blank
    closed: list[Encoders] = []
    encoders = Encoders(
        {
            Locked: locked,
            LockedText: locked_text,
            str: texts.__getitem__,
            Decimal: _decimal_encoder(f"{plain}><{prefix}v>", close),
            int: whole,
            float: number,
            bool: flags.__getitem__,
            dt.date: date,
            dt.datetime: moments,
            type(None): lambda _none: blank,
            Verbatim: bytes,
            LinkValue: lambda value: (
                f'{plain} t="str"><{prefix}f>{link_formula(value)}</{prefix}f><{prefix}v>{cell_text(value.text)}{close}'.encode()
            ),
        }
    )
    return encoders


def formula_encoders(head: str, formula: str, prefix: str, *, date1904: bool) -> Encoders:
    """Return encoders that write a formula cell behind `head` (its address and style) with its known value; None: not known.

    Without `formula` they write what stands behind it: the value and the end of the cell.
    """
    opening = f"{head}>{formula}<{prefix}v>" if formula else f"<{prefix}v>"
    typed = (f'{head} t="str">{formula}<{prefix}v>', f'{head} t="b">{formula}<{prefix}v>') if formula else (opening, opening)
    close = f"</{prefix}v></{prefix}c>"
    unknown = f"{head}>{formula}</{prefix}c>".encode() if formula else f"</{prefix}c>".encode()

    def date(value: dt.date) -> bytes:
        serial = date_serial(value, date1904=date1904)
        if serial is None:
            raise _unknown_type(value)
        return f"{opening}{serial}{close}".encode()

    def number(value: float) -> bytes:
        return f"{opening}{number_text(value)}{close}".encode()

    return Encoders(
        {
            str: lambda text: f"{typed[0]}{cell_text(text)}{close}".encode(),
            bool: lambda flag: f"{typed[1]}{flag:d}{close}".encode(),
            Decimal: _decimal_encoder(opening, close),
            int: number,
            float: number,
            dt.date: date,
            dt.datetime: date,
            type(None): lambda _none: unknown,
        }
    )


def kind_encoders() -> Encoders:
    """Return encoders for the attribute ``t`` of a formula cell whose formula moves."""
    kinds: dict[type, Encode] = {kind: lambda _value: b"" for kind in (Decimal, int, float, dt.date, dt.datetime, type(None))}
    return Encoders(kinds | {str: lambda _text: b' t="str"', bool: lambda _flag: b' t="b"'})
