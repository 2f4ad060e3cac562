"""What a Python caller passes, read into what the rooms use: paths as text or `Path`, periods as text, lists but no bare text.

A reader takes the argument's name, its value and a list of problems; it returns what the rooms use, and notes what it cannot
read in the list (then its result is a stand-in). `refuse` raises all problems of a call together, before any work is done.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.periods import Period, unreadable

StrPath = str | os.PathLike[str]
"""A path as text, as `Path`, or as anything else that the system takes for one."""

_Item_co = TypeVar("_Item_co", covariant=True)
_Read = TypeVar("_Read")
Reader = Callable[[str, object, list[Problem]], _Read]


class Several(Protocol[_Item_co]):
    """A list, tuple or set of items. A bare text is none: its ``__contains__`` takes text only, and a type checker refuses it."""

    def __contains__(self, value: object, /) -> bool: ...
    def __iter__(self) -> Iterator[_Item_co]: ...
    def __len__(self) -> int: ...


def local_now() -> dt.datetime:
    """Read the clock, for callers who give no time: local time without a zone, whole seconds."""
    return dt.datetime.now().astimezone().replace(tzinfo=None, microsecond=0)


def refuse(call: str, problems: Sequence[Problem]) -> None:
    """Raise KpiError when there are problems; `call` is the name of the function that was called."""
    if not problems:
        return
    if len(problems) == 1:
        only = problems[0]
        zh, en = (f"{call}：参数 {only.where} {only.message.zh}", f"{call}: argument {only.where} {only.message.en}")
        raise KpiError(Text(zh, en), only.remedy)
    raise KpiError(
        Text(f"{call} 有 {len(problems)} 个参数不能用", f"{call}: {len(problems)} arguments cannot be used"),
        Text("按每条提示修改", "follow the hint of each line"),
        problems,
    )


def read_fields(made: object, readers: Mapping[str, Reader[Any]], call: str) -> None:
    """Put in place, while a frozen dataclass is being made, what `readers` read from its fields. Raises KpiError."""
    problems: list[Problem] = []
    for name, read in readers.items():
        object.__setattr__(made, name, read(name, getattr(made, name), problems))
    refuse(call, problems)


def optional(read: Reader[_Read]) -> Reader[_Read | None]:
    """Return a reader that lets None stand."""
    return lambda name, value, problems: None if value is None else read(name, value, problems)


def one_of(options: Sequence[_Read]) -> Reader[_Read]:
    """Return a reader that takes these values only."""

    def read(name: str, value: object, problems: list[Problem]) -> _Read:
        for option in options:
            if isinstance(value, type(option)) and value == option:
                return option
        listed = [repr(option) for option in options]
        wrong = Text(f"不能是 {_shown(value)}", f"cannot be {_shown(value)}")
        problems.append(Problem(name, wrong, Text(f"写 {'、'.join(listed)} 之一", f"write one of {', '.join(listed)}")))
        return options[0]

    return read


def instance_of(kind: type[_Read], remedy: Text) -> Reader[_Read]:
    """Return a reader that takes objects of a class only; `remedy` says how to get one."""

    def read(name: str, value: object, problems: list[Problem]) -> _Read:
        if not isinstance(value, kind):
            problems.append(_other(name, value, Text(f" {kind.__name__}", f"a {kind.__name__}"), remedy))
        return cast("_Read", value)

    return read


def by_key(remedy: Text) -> Reader[Mapping[Any, Any]]:
    """Return a reader that takes mappings, and what can be walked over like one (a row of a DataFrame)."""

    def read(name: str, value: object, problems: list[Problem]) -> Mapping[Any, Any]:
        if not isinstance(value, Mapping) and not callable(getattr(value, "items", None)):
            problems.append(_other(name, value, Text("字典", "a mapping"), remedy))
        return cast("Mapping[Any, Any]", value)

    return read


def read_path(name: str, value: object, problems: list[Problem]) -> Path:
    """Read a path."""
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if isinstance(text, str) and text and "\0" not in text:
        return Path(text)
    wanted = Text("路径", "a path")
    problems.append(_other(name, value, wanted, Text("写文件路径，如 '花名册.xlsx'", "write a path such as 'roster.xlsx'")))
    return Path()


def read_reference(name: str, value: object, problems: list[Problem]) -> str:
    """Read a name that may as well be a file: a scheme's id or file, a ledger's file or URL."""
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if isinstance(text, str):
        return text
    wanted = Text("文本或路径", "text or a path")
    problems.append(_other(name, value, wanted, Text("写编号、地址或文件路径", "write an id, an address or a path")))
    return ""


def read_text(name: str, value: object, problems: list[Problem]) -> str:
    """Read plain text."""
    if isinstance(value, str):
        return value
    problems.append(_other(name, value, Text("文本", "text"), Text("写文本", "write text")))
    return ""


def read_paths(name: str, value: object, problems: list[Problem]) -> tuple[Path, ...]:
    """Read several paths; a single one must stand in a list."""
    return tuple(read_path(f"{name}[{number}]", item, problems) for number, item in enumerate(_items(name, value, problems)))


def read_names(name: str, value: object, problems: list[Problem]) -> tuple[str, ...]:
    """Read several names; a single one must stand in a list."""
    return tuple(read_text(f"{name}[{number}]", item, problems) for number, item in enumerate(_items(name, value, problems)))


def read_period(name: str, value: object, problems: list[Problem]) -> Period:
    """Read a period, or its text (``2025-09``, ``2025-Q3``, ``2025``)."""
    if isinstance(value, Period):
        return value
    try:
        if isinstance(value, float):
            raise unreadable(_shown(value))  # 2025.1 may be January or October
        return Period.parse(value if isinstance(value, str) else _shown(value))
    except KpiError as error:
        problems.append(Problem(name, error.message, error.remedy))
        return Period(dt.date.min, "month")


def read_moment(name: str, value: object, problems: list[Problem]) -> dt.datetime:
    """Read a moment of local time, which carries no zone here."""
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return value
    wanted = Text("不带时区的 datetime（本地时间）", "a datetime of local time without a zone")
    remedy = Text("写 now.astimezone().replace(tzinfo=None)", "write now.astimezone().replace(tzinfo=None)")
    problems.append(_other(name, value, wanted, remedy))
    return dt.datetime.min  # noqa: DTZ901 - local time


def read_flag(name: str, value: object, problems: list[Problem]) -> bool:
    """Read True or False; words such as ``"no"`` would be true."""
    return one_of((True, False))(name, value, problems)


def read_count(name: str, value: object, problems: list[Problem]) -> int:
    """Read a whole number from 1 on."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    wanted = Text("不小于 1 的整数", "a whole number from 1 on")
    problems.append(_other(name, value, wanted, Text("写 1、2、3……", "write 1, 2, 3...")))
    return 1


def read_callable(name: str, value: object, problems: list[Problem]) -> Callable[..., Any]:
    """Read a function to be called back."""
    if not callable(value):
        problems.append(_other(name, value, Text("函数", "a function"), Text("写一个函数", "pass a function")))
        return lambda *_: None
    return value


def read_entered(name: str, value: object, problems: list[Problem]) -> dict[str, str | int | float | Decimal]:
    """Read values by key: numbers, or text as people type it (``3%``)."""
    found: dict[str, str | int | float | Decimal] = {}
    before = len(problems)
    given = by_key(Text("写成 {'complaint_rate_limit': '3%'}", "write {'complaint_rate_limit': '3%'}"))(name, value, problems)
    for key, entry in given.items() if len(problems) == before else ():
        if isinstance(key, str) and isinstance(entry, str | int | float | Decimal) and not isinstance(entry, bool):
            found[key] = entry
        else:
            wanted = Text("数字或文本", "a number or text")
            problems.append(_other(f"{name}[{key!r}]", entry, wanted, Text("写 0.03 或 '3%'", "write 0.03 or '3%'")))
    return found


def read_choices(name: str, value: object, problems: list[Problem]) -> dict[str, str]:
    """Read texts by key: which definition of which measure."""
    remedy, found = Text("写成 {'fcr': 'silence:7'}", "write {'fcr': 'silence:7'}"), {}
    before = len(problems)
    given = by_key(remedy)(name, value, problems)
    for key, chosen in given.items() if len(problems) == before else ():
        if isinstance(key, str) and isinstance(chosen, str):
            found[key] = chosen
        else:
            problems.append(_other(f"{name}[{key!r}]", chosen, Text("文本", "text"), remedy))
    return found


def _items(name: str, value: object, problems: list[Problem]) -> Iterable[object]:
    if isinstance(value, str | os.PathLike):
        given = os.fspath(value)
        wrong = Text(f"应为列表，不是一个 {given!r}", f"must be a list, not a bare {given!r}")
        problems.append(Problem(name, wrong, Text(f"写成 [{given!r}]", f"write [{given!r}]")))
        return ()
    if isinstance(value, Iterable) and not isinstance(value, bytes | Mapping):
        return value
    problems.append(_other(name, value, Text("列表", "a list"), Text("写成 ['……', '……']", "write ['...', '...']")))
    return ()


def _other(name: str, value: object, wanted: Text, remedy: Text) -> Problem:
    shown = _shown(value)
    return Problem(name, Text(f"应为{wanted.zh}，不是 {shown}", f"must be {wanted.en}, not {shown}"), remedy)


def _shown(value: object) -> str:
    """Show a value in a message: what it is written like, or its class where that would be long."""
    text = repr(value)
    return text if len(text) <= 40 and "\n" not in text else type(value).__name__
