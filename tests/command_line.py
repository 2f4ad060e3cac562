"""The command line in this process: what it prints and its exit code, without the second that a new interpreter takes to start.

`tests/cli/test_process.py` holds it against real processes.
"""

from __future__ import annotations

import io
import subprocess
import sys
from unittest.mock import patch

import pytest

from kpi_xl.cli import main


def kpi_xl(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``kpi-xl`` with these arguments; nothing it prints reaches the test's own streams."""
    words = ["kpi-xl", *map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with (
        patch.object(sys, "argv", words),
        patch.object(sys, "stdout", out),
        patch.object(sys, "stderr", err),
        pytest.raises(SystemExit) as stop,
    ):
        main()
    said, complaints = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, int(stop.value.code or 0), said, complaints)
