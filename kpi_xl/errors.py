"""Texts in two languages, places in files, problems in declarations, and the one base class of everything that stops the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Text:
    """A message in the two languages of the command line: Chinese (the default everywhere) and English (``--lang en``)."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """Return the English text for ``"en"``, the Chinese one for anything else."""
        return self.en if lang == "en" else self.zh

    def __str__(self) -> str:
        return self.zh


@dataclass(frozen=True)
class Place:
    """Where an error is: the name of a file, and what is known of the place in it; of several mistakes, the first one's.

    `column` is a header, `cell` an address (``C7``), `key` a key path of a declaration (``indicators[2].weight``).
    """

    file: str
    sheet: str | None = None
    column: str | None = None
    cell: str | None = None
    key: str | None = None

    @classmethod
    def of(cls, path: Path, sheet: str | None = None, *, cell: str | None = None, key: str | None = None) -> Place:
        """Return the place in the file at `path`, which is called by its name alone."""
        return cls(shown_name(path), sheet, cell=cell, key=key)

    @property
    def text(self) -> Text:
        """The place in words: ``工单.xlsx（工作表 九月，“创建时间”列）``."""
        zh = (f"工作表 {self.sheet}" if self.sheet else "", f"“{self.column}”列" if self.column else "", self.cell, self.key)
        en = (f"sheet {self.sheet}" if self.sheet else "", f"column {self.column!r}" if self.column else "", self.cell, self.key)
        inside = Text("，".join(part for part in zh if part), ", ".join(part for part in en if part))
        return Text(f"{self.file}（{inside.zh}）", f"{self.file} ({inside.en})") if inside.zh else Text(self.file, self.file)

    def __str__(self) -> str:
        return self.text.zh


def shown_name(path: Path) -> str:
    """Return a file's name in sound text: archives packed in China hold names in GB 18030, which arrive as stray bytes."""
    name = path.name
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", "replace")
    return name


@dataclass(frozen=True)
class Problem:
    """One mistake in a declaration (a scheme, a measure, a mapping, a template): where it is, what is wrong, what to write.

    ``where`` is a key path (``indicators[2].weight``) or a cell address (``评级标准!C7``).
    """

    where: str
    message: Text
    remedy: Text

    def in_language(self, lang: str) -> str:
        """Return ``where: message → remedy`` on one line."""
        return f"{self.where}: {self.message.in_language(lang)} → {self.remedy.in_language(lang)}"


class KpiError(Exception):
    """Input that cannot be used at all; carries the remedy. The command line turns it into exit code 2.

    `where` is the file that it is about and the place in it, None when it is about no file; nobody reads that out of the message.
    Mistakes in single rows are not exceptions: they are issues (`kpi_xl.issues`).
    """

    def __init__(self, message: Text, remedy: Text, problems: Sequence[Problem] = (), *, where: Place | None = None) -> None:
        super().__init__(message.zh)
        self.message = message
        self.remedy = remedy
        self.problems = tuple(problems)
        self.where = where

    @classmethod
    def at(cls, where: Place, message: Text, remedy: Text, problems: Sequence[Problem] = ()) -> Self:
        """Return the error whose message begins with its place: ``工单.csv：文件是空的``."""
        place = where.text
        return cls(Text(f"{place.zh}：{message.zh}", f"{place.en}: {message.en}"), remedy, problems, where=where)

    def in_language(self, lang: str) -> str:
        """Return the message, each problem on its own line, and the remedy."""
        lines = [self.message.in_language(lang)]
        lines += [f"  - {problem.in_language(lang)}" for problem in self.problems]
        lines.append(("Remedy: " if lang == "en" else "处理办法：") + self.remedy.in_language(lang))
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.in_language("zh")

    def __reduce__(self) -> tuple[Callable[..., KpiError], tuple[object, ...]]:
        """Pickle with all fields, so that a worker process can hand the error to its parent."""
        return (partial(type(self), where=self.where), (self.message, self.remedy, self.problems))
