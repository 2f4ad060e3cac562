"""What a cell holds and how a function reads it: numbers, ratios, dates, flags, blanks and error values.

A cell arrives in many dresses: Excel over COM gives floats, datetimes and None; xlwings Lite the same; LibreOffice floats (also
for dates and TRUE), ``''`` for blanks; people type ``８７`` or ``2025年9月1日``. Everything unreadable becomes a `CellError`
whose text is what the cell shows.
"""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from kpi_xl import cell_words
from kpi_xl.cell_times import from_serial, read_time
from kpi_xl.cell_words import ERRORS, Satisfaction, plain, resolved_at_first, satisfaction, word
from kpi_xl.cell_zones import DEPARTMENT, from_utc
from kpi_xl.digit_words import split_cell
from kpi_xl.errors import KpiError
from kpi_xl.numbers import from_float, parse_number, parse_rating

Cell = Any
"""None, ``''``, a number, bool, str, date or datetime; anything else is refused by the readers."""

Block = list[list[Cell]]
"""A range as rows of cells, all rows of the same length."""

Read = TypeVar("Read")

FLAG_HEADERS = ("首次解决", "一次解决")
"""Answers to whether it was resolved at first contact that are the usual headers of their column, too."""
FLAG_WORDS = (*FLAG_HEADERS, "非首次解决", "未一次解决")
"""Those and their opposites: where another cell says one of them, the first one is an answer."""

LAST_SERIAL = 2_958_466
"""The serial number of the day after 9999-12-31, behind which there is no date."""
_LONGEST_SHOWN = 20
_LONGEST_MESSAGE = 255
_LARGEST = 10**15
_LOW, _HIGH = 2, 4
"""Of five: up to here a rating is a bad one, from there on a good one."""
_REFUSED = "参数错误："
_KEPT = 16
_ROWS = frozenset((list, tuple))
_WHOLE_COLUMN = 65_536
"""From this height on a range is a whole column: the least that a program has (old workbooks)."""


class CellError(Exception):
    """A cell that cannot be used; its text is the Chinese message that the formula's cell shows, 255 characters at most."""

    def __init__(self, message: str) -> None:
        super().__init__(message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…")


def refuse(what: str, cell: Cell, expected: str) -> CellError:
    """Return the error that says which argument should have been what (``参数错误：得分应为数字，而不是“优秀”``)."""
    gap = " " if expected[0].isascii() else ""
    return CellError(f"参数错误：{what}应为{gap}{expected}，而不是“{shown(cell)}”")


def problem_text(error: KpiError) -> CellError:
    """Return the first problem of an error of the core as a cell's message, with its remedy: a cell has no second line."""
    if not error.problems:
        return CellError(f"参数错误：{error.message.zh}")
    return CellError(f"参数错误：{error.problems[0].message.zh}；{error.problems[0].remedy.zh}")


def shown(cell: Cell) -> str:
    """Return the cell as short text for a message; never raises."""
    if isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, str | numbers.Number | dt.date):
        text = str(cell)
    else:
        text = type(cell).__name__
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


# --- ranges ---------------------------------------------------------------------------------------------------------------


def is_range(value: object) -> bool:
    """Tell whether an argument came as a range (nested or flat list) rather than as a single cell."""
    return isinstance(value, list | tuple)


def block(value: object) -> Block:
    """Return any argument as rows: a single cell is 1 x 1, a flat list is one row, short rows are filled with blanks."""
    if not isinstance(value, list | tuple):
        return [[value]]
    rows = [list(row) for row in value] if any(isinstance(row, list | tuple) for row in value) else [list(value)]
    width = max((len(row) for row in rows), default=0)
    if width == 0:
        return [[None]]
    return [row + [None] * (width - len(row)) for row in rows]


def key_of(value: object) -> tuple[int, tuple[Cell, ...], tuple[type, ...]]:
    """Return a range as a key to remember results by: the same cells of the same types, in rows of the same length.

    1, 1.0 and TRUE are equal in Python and not the same in a cell. Raises TypeError for what cannot be in a cell (a dict).
    """
    rows = _rows(value)
    cells = tuple(chain.from_iterable(rows))
    hash(cells)
    return len(rows), cells, tuple(map(type, cells))


def remembered(compute: Callable[[Block], Read]) -> Callable[[object], Read]:
    """Return `compute` with its latest answers kept by what the range holds (`key_of`), refusals too.

    For what a column of calls asks again in each row, with the same range: a ranking, a scheme on a sheet. Never stale, since
    the content is the key; bounded to `_KEPT` ranges. Answers are shared: whoever gets one must not change it.
    """

    @lru_cache(maxsize=_KEPT)
    def kept(height: int, cells: tuple[Cell, ...], _types: tuple[type, ...]) -> Read | CellError:
        width = len(cells) // height
        try:
            return compute([list(cells[start : start + width]) for start in range(0, len(cells), width)])
        except CellError as error:
            return CellError(str(error))

    def recall(argument: object) -> Read:
        (held,) = _without_rest([argument])
        try:
            key = key_of(held)
        except TypeError:  # what no cell holds: the readers say so
            return compute(block(held))
        found = kept(*key)
        if isinstance(found, CellError):
            raise CellError(str(found))
        return found

    return recall


def column(value: object) -> list[Cell]:
    """Return all cells of an argument in reading order."""
    return list(chain.from_iterable(_rows(value)))


def _rows(value: object) -> Sequence[Sequence[Cell]]:
    """Return an argument as rows without copying those that are rows already: some functions are called once a row."""
    if isinstance(value, list | tuple) and value and _ROWS.issuperset(map(type, value)):
        widths = set(map(len, value))
        if len(widths) == 1 and 0 not in widths:
            return value
    return block(value)


def elementwise(function: Callable[..., Cell], *arguments: object) -> Cell:
    """Call `function` for each cell; ranges give a range of the same shape, single cells are repeated.

    A blank argument gives ``''``, an error value gives itself, a bad cell shows its message in its own place. One row against one
    column gives a table, as Excel's array arithmetic does. The result of whole columns (``A:A``) ends with the last row that
    holds something. Raises CellError when the shapes do not fit.
    """
    if not any(is_range(argument) for argument in arguments):
        return _one(function, arguments)
    blocks = [block(argument) for argument in _without_rest(arguments)]
    height, width = max(len(rows) for rows in blocks), max(len(rows[0]) for rows in blocks)
    for rows in blocks:
        if len(rows) not in (1, height) or len(rows[0]) not in (1, width):
            sizes = " 与 ".join(f"{len(rows)}行×{len(rows[0])}列" for rows in blocks)
            raise CellError(f"参数错误：区域大小不一致（{sizes}）")
    return [
        [_one(function, [rows[i if len(rows) > 1 else 0][j if len(rows[0]) > 1 else 0] for rows in blocks]) for j in range(width)]
        for i in range(height)
    ]


def _without_rest(arguments: Sequence[object]) -> list[object]:
    """Cut whole columns behind the last row that holds something in any of them.

    Raises CellError for one beside a range of another height: cut to the same length they would seem to fit, row against row.
    """
    tall = [argument for argument in arguments if isinstance(argument, list | tuple) and len(argument) >= _WHOLE_COLUMN]
    if not tall:
        return list(arguments)
    heights = dict.fromkeys(len(one) for one in arguments if isinstance(one, list | tuple) and len(one) > 1 and _is_column(one))
    if len(heights) > 1:
        raise CellError(f"参数错误：区域大小不一致（{' 与 '.join(f'{height}行' for height in heights)}）")
    last = max(1, *map(_filled_rows, tall))
    return [
        argument[:last] if isinstance(argument, list | tuple) and len(argument) >= _WHOLE_COLUMN else argument
        for argument in arguments
    ]


def _is_column(rows: Sequence[Cell]) -> bool:
    return isinstance(rows[0], list | tuple)


def _filled_rows(rows: Sequence[Cell]) -> int:
    for number in range(len(rows), 0, -1):
        row = rows[number - 1]
        for cell in row if isinstance(row, list | tuple) else (row,):
            if cell is not None and cell != "":  # a million rows: is_blank would take a second
                return number
    return 0


def _one(function: Callable[..., Cell], cells: Sequence[Cell]) -> Cell:
    try:
        blank = False
        for cell in cells:
            raise_error(cell)
            blank = blank or is_blank(cell)
        return "" if blank else function(*cells)
    except CellError as error:
        return str(error)


# --- kinds of cells -------------------------------------------------------------------------------------------------------


def raise_error(cell: Cell) -> None:
    """Raise CellError when the cell holds an error value."""
    if isinstance(cell, str) and cell.startswith("#") and cell in ERRORS:
        raise CellError(cell)


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell is empty: None, an empty text or nothing but spaces (also full-width ones)."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_missing(cell: Cell) -> bool:
    """Tell whether a cell says that there is no data: blank, ``-``, ``N/A``, ``暂无``, ``无数据`` and the like."""
    return cell_words.is_missing(cell) if isinstance(cell, str) else cell is None


def given(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Yield the cells that hold something; raises CellError at the first error value."""
    for cell in cells:
        raise_error(cell)
        if not is_missing(cell):
            yield cell


def each(argument: object, read: Callable[[Cell], Read], missing: Callable[[Cell], bool] = is_missing) -> list[Read]:
    """Return what `read` makes of each cell of a range that holds something, in reading order.

    Raises CellError at the first cell that cannot be read, and names it by its row in the range (and its column, where there are
    several); a text above numbers is taken for a header. An error value is handed on as it is.
    """
    rows = block(*_without_rest([argument]))
    found = []
    for row, line in enumerate(rows, start=1):
        for place, cell in enumerate(line, start=1):
            raise_error(cell)
            if missing(cell):
                continue
            try:
                found.append(read(cell))
            except CellError as error:
                raise _placed(error, cell, rows, row, place, read) from None
    return found


def _placed(error: CellError, cell: Cell, rows: Block, row: int, place: int, read: Callable[[Cell], object]) -> CellError:
    """Return the message with the place of the cell in it: ``参数错误：第 7 行：评分应为数字，而不是“什么”``."""
    said = str(error)
    if len(rows) == len(rows[0]) == 1 or not said.startswith(_REFUSED):
        return error
    where = f"第 {row} 行" if len(rows[0]) == 1 else f"第 {place} 列" if len(rows) == 1 else f"第 {row} 行第 {place} 列"
    below = [line[place - 1] for line in rows[1:]]
    if row == 1 and isinstance(cell, str) and not any(map(str.isdigit, cell)):
        if any(isinstance(one, int | float) for one in below):
            return CellError(f"{_REFUSED}{where}“{shown(cell)}”像是表头，请从数据的第一行选起")
        if _is_readable(next((one for one in below if not is_missing(one)), None), read):
            said += "；如是表头，请从下一行选起"
    return CellError(f"{_REFUSED}{where}：{said.removeprefix(_REFUSED)}")


def _is_readable(cell: Cell, read: Callable[[Cell], object]) -> bool:
    try:
        return not is_missing(cell) and read(cell) is not None
    except CellError:
        return False


# --- readers --------------------------------------------------------------------------------------------------------------


def number(cell: Cell, what: str) -> Decimal:
    """Read a number: 87, 87.0, ``'８７'``, ``'1,200'``, ``'85%'`` (0.85). TRUE and dates are no numbers. Raises CellError.

    Beyond 10^15, where a spreadsheet keeps no more digits, nothing is a figure of this trade; refused, too.
    """
    value: Decimal | None = None
    if isinstance(cell, float):  # by far the most frequent case: what Excel and Calc hand over
        value = from_float(cell)
    elif isinstance(cell, str):
        value = parse_number(cell)
    elif isinstance(cell, Decimal):
        value = cell
    elif isinstance(cell, numbers.Integral) and not isinstance(cell, bool):
        value = Decimal(int(cell)) if abs(int(cell)) <= _LARGEST else None
    elif isinstance(cell, numbers.Real) and not isinstance(cell, bool):
        value = from_float(float(cell))
    if value is None or not value.is_finite() or value.copy_abs() > _LARGEST:
        raise refuse(what, cell, "数字")
    return value


def whole(cell: Cell, what: str, *, least: int = 0, most: int = 36_500) -> int:
    """Read a whole number within bounds. Raises CellError."""
    value = number(cell, what)
    if value != value.to_integral_value() or not least <= value <= most:
        raise refuse(what, cell, f"{least} 到 {most} 的整数")
    return int(value)


def rating(cell: Cell, what: str) -> Decimal:
    """Read a customer's rating: a number, or text as surveys write it (``5星``, ``4/5``, ``3 - 一般``). Raises CellError.

    Refused where digit and word contradict each other (``1-非常满意``): of such a cell nobody can tell what it adds to a mean.
    """
    value = parse_rating(cell) if isinstance(cell, str) else None
    labelled = labelled_rating(cell)
    if labelled is not None:
        value, _said = labelled
        if is_backwards(*labelled):
            raise CellError(f"参数错误：{what}“{shown(cell)}”的分数和文字方向相反，请改成分数")
    return number(cell if value is None else value, what)


def is_backwards(value: Decimal, said: Satisfaction) -> bool:
    """Tell whether digit and word of a rating speak for a scale on which 1 is the best (``1-非常满意``, ``5-不满意``)."""
    return (said == "满意" and value <= _LOW) or (said == "不满意" and value >= _HIGH)


def labelled_rating(cell: Cell) -> tuple[Decimal, Satisfaction] | None:
    """Return digit and meaning of a rating whose word says it (``1-非常满意``, ``非常满意(5)``); None for every other cell."""
    pair = split_cell(cell) if isinstance(cell, str) else None
    said = satisfaction(pair[1]) if pair else None
    return (Decimal(str(pair[0])), said) if pair and said else None


def not_rated(cell: Cell) -> bool:
    """Tell whether a cell says that the customer rated nothing: missing, a word such as 未接通, 拒评, or ``0-未评价``."""
    if is_missing(cell) or not isinstance(cell, str):
        return is_missing(cell)
    return satisfaction(cell) == "未评价" or (labelled_rating(cell) or (0, ""))[1] == "未评价"


def flags(argument: object, what: str) -> list[bool]:
    """Return whether each ticket was resolved at first contact: TRUE, 1, 是, 已解决, √ ... / FALSE, 0, 否, 无, × ...

    Cells that hold nothing are left out; ``无`` is an answer here. Raises CellError, also for a first cell that may be the
    column's header: 首次解决 above answers of another kind (是, 1).
    """
    marks = each(argument, lambda cell: flag(cell, what), _no_answer)
    said = [word(cell) if isinstance(cell, str) else "" for cell in column(argument)]
    if len(marks) > 1 and said[0] in FLAG_HEADERS and sum(one in FLAG_WORDS for one in said) == 1:
        raise CellError(f"参数错误：第 1 行“{shown(column(argument)[0])}”像是表头，请从数据的第一行选起")
    return marks


def _no_answer(cell: Cell) -> bool:
    return is_missing(cell) and not (isinstance(cell, str) and resolved_at_first(cell) is not None)


def flag(cell: Cell, what: str) -> bool:
    """Read one answer to whether it was resolved at first contact. Raises CellError for what is none, blanks too."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, str):
        said = resolved_at_first(cell)
        value = parse_number(cell) if said is None else Decimal(said)
    else:
        value = None if isinstance(cell, dt.date) else number(cell, what)
    if value is None or value not in (0, 1):
        raise refuse(what, cell, "是/否（或 1/0、TRUE/FALSE）")
    return value == 1


def moment(cell: Cell, what: str) -> dt.datetime:
    """Read a date with or without time: a date cell, a serial number (1900 system) or text in any form that an export may have.

    Whole seconds; a time that names a zone is converted to China's (`cell_zones.DEPARTMENT`), as in an export. Raises CellError,
    also for dates such as 01/09/2025, of which nobody can tell day and month.
    """
    try:
        if isinstance(cell, dt.datetime):
            there = from_utc(cell.astimezone(dt.UTC).replace(tzinfo=None), DEPARTMENT) if cell.tzinfo else cell
            return (there + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        if isinstance(cell, dt.date):
            return dt.datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - cells have no zone
        found = read_time(cell) if isinstance(cell, str) else _from_number(number(cell, what))
    except (CellError, OverflowError):
        found = None
    if found is None:
        raise refuse(what, cell, "日期，如 2025-09-01")
    return found


def _from_number(days: Decimal) -> dt.datetime | None:
    """Read a serial number, or a date typed as 20250901, which the cell keeps as a number."""
    return from_serial(days) if 1 <= days < LAST_SERIAL else read_time(f"{days:f}")


def text(cell: Cell, what: str) -> str:
    """Read a name or an id: text as it is, a whole number without its ``.0`` (an id typed as number). Raises CellError."""
    if isinstance(cell, str):
        return plain(cell)
    if isinstance(cell, bool) or not isinstance(cell, numbers.Real | Decimal):
        raise refuse(what, cell, "文字")
    value = number(cell, what)
    return str(int(value)) if value == value.to_integral_value() else str(value)


def as_cell(value: Decimal | float | str | None) -> Cell:
    """Return a result as a cell takes it: a float for a number, ``''`` for None."""
    if value is None:
        return ""
    return float(value) if isinstance(value, Decimal) else value
