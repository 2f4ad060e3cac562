"""The outcome of one check, and running programs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from kpi_xl.errors import Text

_SECONDS = 60

Run = Callable[[list[str]], tuple[int, str]]
"""Runs a program; returns exit code and what it printed."""


@dataclass(frozen=True)
class Checkup:
    """The outcome of one check; `remedy` None when all is well."""

    state: Literal["ok", "warning", "failed"]
    what: Text
    remedy: Text | None = None


ASK_IT = Text("这是公司策略，请把这一行发给 IT", "a policy says so: send this line to your IT")
INSTALL = Text(
    "请关闭 Excel，运行 kpi-xl excel install，再打开 Excel", "close Excel, run kpi-xl excel install, start Excel again"
)


def well(zh: str, en: str) -> Checkup:
    """Return the outcome of a check that found nothing wrong."""
    return Checkup("ok", Text(zh, en))


def run_program(command: list[str]) -> tuple[int, str]:
    """Run a program for the doctor; a program that cannot start has exit code -1."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return -1, str(error)
    return done.returncode, f"{done.stdout}\n{done.stderr}".strip()
