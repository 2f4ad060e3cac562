"""Workers end with the process that started them, however it ended."""

from __future__ import annotations

import subprocess
import sys

_JOB = """
import os, time
from kpi_xl.job.executor import open_executor

if __name__ == "__main__":
    with open_executor(2, None, 2) as executor:
        executor.submit(os.getpid).result()
        for _ in range(2):
            executor.submit(time.sleep, 600)
        print("started", flush=True)
        time.sleep(600)
"""


def test_workers_do_not_outlive_a_killed_parent(tmp_path):
    """The workers hold the parent's output open: it ends when the last of them is gone."""
    script = tmp_path / "job.py"
    script.write_text(_JOB, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    parent.kill()
    rest, _ = parent.communicate(timeout=60)
    assert rest == ""
