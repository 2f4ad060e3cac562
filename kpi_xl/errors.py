"""Texts in two languages, problems in declarations, and the one base class of everything that stops the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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

    Mistakes in single rows are not exceptions: they are issues (`kpi_xl.issues`).
    """

    def __init__(self, message: Text, remedy: Text, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message.zh)
        self.message = message
        self.remedy = remedy
        self.problems = tuple(problems)

    def in_language(self, lang: str) -> str:
        """Return the message, each problem on its own line, and the remedy."""
        lines = [self.message.in_language(lang)]
        lines += [f"  - {problem.in_language(lang)}" for problem in self.problems]
        lines.append(("Remedy: " if lang == "en" else "处理办法：") + self.remedy.in_language(lang))
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.in_language("zh")

    def __reduce__(self) -> tuple[type[KpiError], tuple[Text, Text, tuple[Problem, ...]]]:
        """Pickle with all fields, so that a worker process can hand the error to its parent."""
        return (type(self), (self.message, self.remedy, self.problems))
