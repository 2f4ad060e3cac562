"""``kpi-xl`` as a process of its own says and returns what it does inside the tests' process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ..command_line import kpi_xl


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "appliance-agent", "fcr=82%", "--json"),
        ("schemes",),
        ("scheme", "show", "appliance-agent", "--lang", "en"),
        ("score", "no-such-scheme", "fcr=82%"),
        ("measure", "没有这个文件.csv", "--period", "2025-09"),
    ],
)
def test_the_same_as_in_process(arguments: tuple[str, ...]) -> None:
    code = "import sys; from kpi_xl.cli import main; sys.argv[0] = 'kpi-xl'; main()"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, encoding="utf-8", check=False)
    here = kpi_xl(*arguments)
    assert (here.returncode, here.stdout, here.stderr) == (done.returncode, done.stdout, done.stderr)
    assert here.returncode in (0, 2)
