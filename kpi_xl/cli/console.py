"""What the command line says and how: language, one JSON document, tables, progress bars, failures on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from kpi_xl.errors import KpiError, Text

_language = "zh"


def take_language(arguments: Sequence[str]) -> list[str]:
    """Take ``--lang X`` or ``--lang=X`` out of the arguments and remember it; ``KPI_XL_LANG`` is the default."""
    global _language
    _language = "en" if os.environ.get("KPI_XL_LANG", "zh").startswith("en") else "zh"
    rest: list[str] = []
    pending = iter(arguments)
    for argument in pending:
        if argument == "--lang":
            _language = "en" if next(pending, "zh") == "en" else "zh"
        elif argument.startswith("--lang="):
            _language = "en" if argument.endswith("=en") else "zh"
        else:
            rest.append(argument)
    return rest


def language() -> str:
    """Return ``"zh"`` or ``"en"``."""
    return _language


def say(message: Text | str) -> None:
    """Print a line on stdout, in the chosen language."""
    sys.stdout.write((message if isinstance(message, str) else message.in_language(_language)) + "\n")


def warn(message: Text | str) -> None:
    """Print a line on stderr, in the chosen language."""
    sys.stderr.write((message if isinstance(message, str) else message.in_language(_language)) + "\n")


def fail(error: KpiError) -> None:
    """Print an error with its problems and the remedy on stderr."""
    warn(("Error: " if _language == "en" else "错误：") + error.in_language(_language))


def tell_log(log: Path) -> None:
    """Say on stderr which file holds the traceback of a fault of ours; the screen does not."""
    warn(Text(f"程序内部出错的记录在 {log}，请发给维护者", f"an internal error is recorded in {log}: send it to the maintainers"))


def write_json(document: Any) -> None:  # noqa: ANN401 - whatever json can write
    """Print one JSON document on stdout, Chinese left readable."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


class Progress(Protocol):
    """What long work calls: the stage and the share of it that is done (0 to 1)."""

    def __call__(self, stage: Text, done: float, /) -> None:
        """Show the stage and how far it is."""


@contextmanager
def progress() -> Iterator[Progress | None]:
    """Show a progress bar on stderr while the block runs; None (silent) when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def show(stage: Text, done: float) -> None:
            bar.update(task, description=stage.in_language(_language), completed=min(done, 1.0))

        yield show
