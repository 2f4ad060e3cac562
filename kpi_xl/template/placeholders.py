"""The notation in cells: ``{{ person.name }}``, ``{{ for row in evidence }}``, ``{{ if path }}``, ``{{ else }}``, ``{{ end }}``.

A path is a name followed by ``.name``, ``.0``, ``[0]`` or ``["any key"]``; it is looked up by key (mappings), index (sequences)
or attribute.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kpi_xl.errors import Text

Step = str | int
Path = tuple[Step, ...]

_MARK = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_SUSPECT = re.compile(r"\{\{|\}\}|｛｛|｝｝|\{%.*?%\}")
_STEP = re.compile(r"\s*(?:\.\s*(\w+)|\[\s*(?:(\d+)|\"([^\"]*)\"|'([^']*)')\s*\])\s*")
_FOR = re.compile(r"for\s+(\w+)\s+in\s+(.+)", re.DOTALL)
_LINK = re.compile(r"link\s*:\s*([^|]+)(?:\|(.+))?", re.DOTALL)
_IF = re.compile(r"if\s+(.+)", re.DOTALL)
RESERVED = frozenset({"for", "in", "if", "else", "end", "loop", "image"})

SYNTAX_REMEDY = Text(
    "用半角花括号，写法：{{ person.name }}、{{ link: 网址 | 文字 }}、{{ for row in evidence }}、{{ if 路径 }}、{{ else }}、"
    "{{ end }}",
    "write {{ person.name }}, {{ link: url | text }}, {{ for row in evidence }}, {{ if path }}, {{ else }} or {{ end }}",
)


class BadSyntaxError(ValueError):
    """A placeholder that cannot be read; the text names it."""


class UnknownPathError(LookupError):
    """A path that the view does not have; the first argument is the part of the path that was found missing."""


@dataclass(frozen=True, slots=True)
class Marker:
    """The content of a marker row. `kind` for: `name` is the loop variable, `path` the collection. if: `path` the condition."""

    kind: Literal["for", "if", "else", "end"]
    name: str = ""
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Link:
    """``{{ link: row.url | row.title }}``: a cell that leads to `target` and shows `text` (without one: the target)."""

    target: Path
    text: Path | None = None


Content = tuple[str | Path | Link, ...]
"""A cell's text cut into plain text and paths; a single path or link is a whole-cell placeholder."""


def paths_of(content: Content | Marker) -> list[Path]:
    """Return the paths that a cell names."""
    if isinstance(content, Marker):
        return [content.path] if content.path else []
    found: list[Path] = []
    for piece in content:
        if isinstance(piece, Link):
            found += [piece.target, piece.text] if piece.text else [piece.target]
        elif not isinstance(piece, str):
            found.append(piece)
    return found


def parse_path(text: str) -> Path:
    """Read a path (``groups.0.name``, ``points["fcr.rate"]``). Raises BadSyntaxError."""
    text = text.strip()
    head = re.match(r"\w+", text)
    if head is None or not head[0].isidentifier() or head[0].startswith("_") or head[0] in RESERVED - {"loop"}:
        raise BadSyntaxError(text)
    steps: list[Step] = [head[0]]
    position = head.end()
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise BadSyntaxError(text)
        name, index, double, single = match.groups()
        if name is not None:
            if not (name.isdecimal() or name.isidentifier()) or name.startswith("_"):
                raise BadSyntaxError(text)
            steps.append(int(name) if name.isdecimal() else name)
        elif index is not None:
            steps.append(int(index))
        else:
            steps.append(double if double is not None else single)
        position = match.end()
    if steps[0] == "loop" and steps != ["loop", "index"]:
        raise BadSyntaxError(text)
    return tuple(steps)


def show_path(path: Path) -> str:
    """Return the path as one would write it."""
    shown = ""
    for step in path:
        simple = isinstance(step, int) or step.isidentifier()
        shown += f".{step}" if simple else f'["{step}"]'
    return shown.removeprefix(".")


def suspicious(text: str) -> bool:
    """Tell whether a text holds a placeholder, or something that was meant as one."""
    return ("{" in text or "}" in text or "｛" in text or "｝" in text) and _SUSPECT.search(text) is not None


def parse_text(text: str) -> Content | Marker | None:
    """Read the text of a cell: None without placeholders, a Marker, or the text cut at them. Raises BadSyntaxError."""
    if not suspicious(text):
        return None
    pieces: list[str | Path | Link] = []
    position = 0
    for match in _MARK.finditer(text):
        _plain(pieces, text[position : match.start()])
        position = match.end()
        words = match[1].strip()
        marker = _parse_marker(words)
        link = _LINK.fullmatch(words)
        if link:
            if text.strip() != match[0]:
                raise BadSyntaxError(match[0])
            return (Link(parse_path(link[1]), parse_path(link[2]) if link[2] else None),)
        if marker is None:
            pieces.append(parse_path(words))
        elif text.strip() == match[0]:
            return marker
        else:
            raise BadSyntaxError(match[0])
    _plain(pieces, text[position:])
    if len(pieces) == 3 and all(isinstance(piece, str) and not piece.strip() for piece in pieces[::2]):
        return (pieces[1],)
    return tuple(piece for piece in pieces if piece != "")


def _plain(pieces: list[str | Path | Link], text: str) -> None:
    if _SUSPECT.search(text):
        raise BadSyntaxError(text.strip())
    pieces.append(text)


def _parse_marker(words: str) -> Marker | None:
    if words in ("end", "else"):
        return Marker("end" if words == "end" else "else")
    loop = _FOR.fullmatch(words)
    if loop:
        if not loop[1].isidentifier() or loop[1] in RESERVED:
            raise BadSyntaxError(words)
        return Marker("for", loop[1], parse_path(loop[2]))
    condition = _IF.fullmatch(words)
    return Marker("if", "", parse_path(condition[1])) if condition else None


def step_into(holder: Any, step: Step) -> Any:  # noqa: ANN401 - a view may hold anything
    """Take one step of a path. None stays None: nothing known is a blank cell. Raises UnknownPathError."""
    if holder is None:
        return None
    try:
        if isinstance(holder, Mapping):
            return holder[step] if step in holder else holder[str(step)]
        if isinstance(step, int):
            if isinstance(holder, Sequence) and not isinstance(holder, str):
                return holder[step]
        elif not isinstance(holder, (str, int, float)):
            return getattr(holder, step)
    except (LookupError, AttributeError):
        pass
    raise UnknownPathError(step)


def look_up(holder: Any, path: Path) -> Any:  # noqa: ANN401 - a view may hold anything
    """Follow a path from `holder`. Raises UnknownPathError, which names the path as far as it went wrong."""
    for number, step in enumerate(path):
        try:
            holder = step_into(holder, step)
        except UnknownPathError:
            raise UnknownPathError(show_path(path[: number + 1])) from None
    return holder
