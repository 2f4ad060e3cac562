"""In which unit the plain numbers of a column of durations are: declared, named by the header, told by the values, or guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_xl.cell_words import DURATIONS, plain
from kpi_xl.decisions import Ground
from kpi_xl.errors import Text
from kpi_xl.exports.columns.vocabulary import unit_of
from kpi_xl.numbers import parse_number

SECONDS: Mapping[str, int] = {name: seconds for name, _, seconds in DURATIONS}
"""The seconds of a unit of time."""

_UNIT_ZH = {"seconds": "秒", "minutes": "分钟", "hours": "小时", "days": "天"}
_SHORTEST_TALK = 15
"""A conversation of fewer seconds, in the middle of all, is none: the numbers are minutes."""
_LONGEST_CALL = 14_400
"""A call or a wait of more seconds, in the middle of all, is none either: the numbers may be milliseconds."""
_ENOUGH = 3
_SHORT = 30
_FRACTIONS = 0.2


_NO_EVIDENCE = Text("", "")


@dataclass(frozen=True)
class Unit:
    """The unit of a column's plain numbers (no ground: there are none).

    `fractions`: they are parts of a day, as spreadsheets keep times.
    """

    name: str = "seconds"
    ground: Ground | None = None
    evidence: Text = _NO_EVIDENCE
    fractions: bool = False

    @property
    def seconds(self) -> int:
        """How many seconds a number 1 is."""
        return SECONDS["days"] if self.fractions else SECONDS[self.name]


IN_SECONDS = Unit()
"""What a plain number is where nothing is known."""


def unit_of_column(
    table: str, column: str, header: str, values: Sequence[str], declared: str | None, gross: Sequence[tuple[str, float]] = ()
) -> Unit:
    """Decide the unit of a column of that canonical table from its values (texts that mean something).

    `gross` pairs a value with the seconds from creation to close of its row: the duration is no longer than these.
    """
    numbers = [float(n) for v in values if (n := parse_number(v)) is not None and "%" not in v]
    if declared is not None:
        return Unit(declared, "declared", Text(f"映射文件写明了{_UNIT_ZH[declared]}", f"the mapping file says {declared}"))
    named = unit_of(header)
    if _are_day_fractions(values, numbers, named):
        why = Text(
            f"都小于 1 且小数很长（如 {values[0]}），是电子表格的时间", "all below 1 with many digits: times of a spreadsheet"
        )
        return Unit("days", "read", why, fractions=True)
    if named is not None:
        return Unit(named, "read" if numbers else None, Text(f"列名写着{_UNIT_ZH[named]}", f"the header says {named}"))
    sizes = [abs(number) for number in numbers if number]
    if not sizes:
        return Unit()
    return _of_second_column(gross) or (_of_calls(column, sizes) if table == "calls" else _of_tickets(sizes))


def _are_day_fractions(values: Sequence[str], numbers: Sequence[float], named: str | None) -> bool:
    """Tell whether plain numbers are spreadsheet times: all below one, with the many digits that fractions of a day have."""
    if not numbers or max(numbers) >= 1 or not any(len(plain(v).partition(".")[2]) >= 4 for v in values):
        return False
    return named in (None, "seconds") or (named == "minutes" and max(numbers) < 0.05)


def _of_calls(column: str, sizes: Sequence[float]) -> Unit:
    middle = _middle(sizes)
    parts = sum(size != int(size) for size in sizes) > _FRACTIONS * len(sizes)
    if parts and middle < _SHORT:
        why = Text("没有写单位，数值多为小数，不像秒", "no unit, mostly fractions: no seconds")
        return Unit("minutes", "guess", _median(middle, why))
    if column == "talk_seconds" and middle < _SHORTEST_TALK and len(sizes) >= _ENOUGH:
        return Unit("minutes", "guess", _median(middle, Text("没有写单位，数值太小，不像秒", "no unit, too small for seconds")))
    if middle > _LONGEST_CALL:
        why = Text("没有写单位，数值太大，不像秒（像是毫秒，请按秒重新导出）", "no unit, too large for seconds (milliseconds?)")
        return Unit("seconds", "guess", _median(middle, why))
    return Unit("seconds", "read", _median(middle, Text("数值的大小是秒", "the numbers are of the size of seconds")))


def _middle(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


def _median(middle: float, said: Text) -> Text:
    return Text(f"{said.zh}（中位数 {middle:g}）", f"{said.en} (median {middle:g})")


def _of_tickets(sizes: Sequence[float]) -> Unit:
    middle = _middle(sizes)
    whole = all(size == int(size) for size in sizes)
    name = "seconds" if whole and middle >= 3_600 else "minutes" if whole and middle >= 100 else "hours"
    return Unit(name, "guess", _median(middle, Text(f"没有写单位，猜是{_UNIT_ZH[name]}", f"no unit; perhaps {name}")))


def _of_second_column(gross: Sequence[tuple[str, float]]) -> Unit | None:
    """Return the largest unit in which the durations fit between creation and close, where they then fill a good part of it."""
    pairs = [(float(n), span) for v, span in gross if (n := parse_number(v)) is not None and n > 0 and span > 0]
    if len(pairs) < 2:
        return None
    for name in ("days", "hours", "minutes", "seconds"):
        shares = [number * SECONDS[name] / span for number, span in pairs]
        if sum(share <= 1.02 for share in shares) < 0.95 * len(shares):
            continue
        if _middle(shares) < 0.1:
            return None
        why = Text(f"与创建到办结的时间相符（按{_UNIT_ZH[name]}算）", f"agrees with the time from creation to close (in {name})")
        return Unit(name, "read", why)
    return None
