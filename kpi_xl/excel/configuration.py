"""Reads and changes ``xlwings.conf`` as the add-in of xlwings reads it, which is not line by line.

What its code does (``GetConfigFromFile`` in the module Config): it opens the file ``For Input``, that is in the ANSI code page of
the computer, and asks ``Input #`` for two values at a time until the first is the name that it looks for. A value ends at a comma
or at the end of the line; one in quotes may hold commas. So a line with one value or three, also an empty one, moves everything
behind it by one: names are then taken for values. A byte order mark belongs to the first name, which is found no more.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.outputs import write_atomically

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_KEPT = "surrogateescape"  # bytes that the code page does not know come back as they were


@dataclass(frozen=True)
class BadLine:
    """A line that the add-in does not read as it was meant."""

    number: int
    why: Text


def read_configuration(path: Path, encoding: str) -> dict[str, str]:
    """Return the settings by upper-case key as the add-in finds them: the first of a name counts; empty without a file.

    `encoding`: the ANSI code page of the computer.
    """
    return _settings(_text(path, encoding, seen_by_add_in=True))


def bad_lines(path: Path, encoding: str) -> list[BadLine]:
    """Return the lines that the add-in drops, or that make it misread the lines below, with the reason."""
    found = []
    if (mark := _mark(path)) is not None:
        said = Text(
            f"文件开头有 {mark.upper()} 标记，第一行读不到", f"the file begins with a mark of {mark}: its first line is lost"
        )
        found.append(BadLine(1, said))
    text = _text(path, encoding)
    seen: set[str] = set()
    held = _by_line(text)
    for number, line in enumerate(text.splitlines(), start=1):
        values = held.get(number, [])
        if len(values) != 2 or line.count('"') % 2:
            found.append(BadLine(number, _why(line, len(values))))
        elif (key := values[0].upper()) in seen:
            found.append(
                BadLine(number, Text(f"{key} 上面已经有了，这一行不起作用", f"{key} stands above already: without effect"))
            )
        else:
            seen.add(key)
    return found


def change_configuration(path: Path, changes: Mapping[str, str | None], encoding: str) -> None:
    """Set the values of some keys (None: remove the key); every other line stays as it is. The file is written whole, or not.

    A new setting goes to the top, where no line above it can be misread. A byte order mark goes, and the text is converted to the
    code page. Raises KpiError, and leaves the file alone, for a value that the code page cannot write.
    """
    before = _text(path, encoding)
    lines = before.splitlines(keepends=True)
    end = "\n" if lines and lines[0].endswith("\n") and not lines[0].endswith("\r\n") else "\r\n"
    for key, value in changes.items():
        lines = _changed(lines, key, value, end)
    text = "".join(lines)
    if text == before and _mark(path) is None:
        return
    try:
        content = text.encode(encoding, _KEPT)
    except UnicodeEncodeError as error:
        raise _not_writable(path, error, encoding) from error
    write_atomically(path, content)


def can_write(text: str, encoding: str) -> bool:
    """Tell whether the code page has every character of a text, so that the add-in's code gets it as it is."""
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeError:
        return False


def drop_module(listed: str, module: str) -> str:
    """Return the value of ``UDF MODULES`` without the module; other modules stay."""
    return ";".join(name for name in listed.split(";") if name and name != module)


# --- the text -------------------------------------------------------------------------------------------------------------


def _mark(path: Path) -> str | None:
    """Return the encoding that a byte order mark at the beginning names."""
    raw = path.read_bytes()[:3] if path.exists() else b""
    return next((name for mark, name in _MARKS if raw.startswith(mark)), None)


def _text(path: Path, encoding: str, *, seen_by_add_in: bool = False) -> str:
    """Return the content; the add-in takes a mark, and all that follows it, for characters of the code page."""
    if not path.exists():
        return ""
    raw, mark = path.read_bytes(), _mark(path)
    if mark is None or seen_by_add_in:
        return raw.decode(encoding, _KEPT)
    return raw.decode(mark, "replace").removeprefix("\ufeff")


def _values(text: str) -> Iterator[tuple[int, str]]:
    """Yield what ``Input #`` reads, value by value, with the number of the line in which it begins."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    at, line = 0, 1
    while at < len(text):
        at += len(text[at:]) - len(text[at:].lstrip(" \t"))
        begun = line
        if text[at : at + 1] == '"':
            close = text.find('"', at + 1)
            close = len(text) if close < 0 else close
            value = text[at + 1 : close]
            line += value.count("\n")
            at = close + 1
        else:
            value = None
        stop = min((place for place in (text.find(",", at), text.find("\n", at)) if place >= 0), default=len(text))
        yield begun, text[at:stop].strip(" \t") if value is None else value
        line += text[stop : stop + 1] == "\n"
        at = stop + 1


def _settings(text: str) -> dict[str, str]:
    values = [value for _line, value in _values(text)]
    found: dict[str, str] = {}
    for key, value in zip(values[::2], values[1::2], strict=False):
        found.setdefault(key.upper(), value)
    return found


def _by_line(text: str) -> dict[int, list[str]]:
    """Return the values by the line in which they begin."""
    held: dict[int, list[str]] = {}
    for number, value in _values(text):
        held.setdefault(number, []).append(value)
    return held


def _changed(lines: list[str], key: str, value: str | None, end: str) -> list[str]:
    """Return the lines with the setting in the place of the line that the add-in reads, or at the top when there is none.

    A line of the same name that is not read stays: taking ours away again gives the lines as they were.
    """
    text = "".join(lines)
    if _settings(text).get(key) == value:
        return lines
    written = [] if value is None else [f'"{key}","{value}"{end}']
    place = _place(text, key)
    return written + lines if place is None else [*lines[:place], *written, *lines[place + 1 :]]


def _place(text: str, key: str) -> int | None:
    """Return the index of the line from which the add-in takes a setting; None when that is no line of two values."""
    values = list(_values(text))
    for (line, name), (next_line, _value) in zip(values[::2], values[1::2], strict=False):
        if name.upper() == key:
            return line - 1 if line == next_line and len(_by_line(text)[line]) == 2 else None
    return None


def _why(line: str, count: int) -> Text:
    if not line.strip():
        return Text("空行：下面各行都会错位", "an empty line: every line below is misread")
    if line.count('"') % 2:
        return Text("引号不成对：下面各行都会错位", "a quotation mark has no partner: every line below is misread")
    if count < 2:
        return Text("不是“名称,值”：下面各行都会错位", "no name and value: every line below is misread")
    return Text(
        "逗号多了：含逗号的值要放在引号里；下面各行都会错位",
        "too many commas: a value with one needs quotation marks; every line below is misread",
    )


def _not_writable(path: Path, error: UnicodeEncodeError, encoding: str) -> KpiError:
    what = error.object[error.start : error.end]
    return KpiError(
        Text(
            f"“{what}”不在本机的代码页（{encoding}）中，xlwings 读不到；{path} 没有改动",
            f"{what!r} is not in this computer's code page ({encoding}), so xlwings cannot read it; {path} was not changed",
        ),
        PLAIN_FOLDER,
        where=Place.of(path),
    )


PLAIN_FOLDER = Text(
    "请把 Python 放到只有英文字母的文件夹，在命令提示符中依次运行：python -m venv C:\\kpi-xl；"
    "C:\\kpi-xl\\Scripts\\pip install kpi-xl；C:\\kpi-xl\\Scripts\\kpi-xl excel install",
    "put Python into a folder with a plain name; in a command prompt: python -m venv C:\\kpi-xl, then"
    " C:\\kpi-xl\\Scripts\\pip install kpi-xl, then C:\\kpi-xl\\Scripts\\kpi-xl excel install",
)
"""What to do when the path of Python holds characters that the code of xlwings cannot be told."""
