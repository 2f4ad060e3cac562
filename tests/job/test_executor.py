"""Workers end with the process that started them, however it ended, and do not talk about it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

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


_INTERRUPTED = """
import os, sys, time
import kpi_xl.job.produce
from kpi_xl.job.executor import open_executor

if __name__ == "__main__":
    try:
        with open_executor(2, None, 9) as executor:
            if "ready" in sys.argv:
                executor.submit(os.getpid).result()
            futures = [executor.submit(time.sleep, 600) for _ in range(8)]
            print("started", flush=True)
            futures[0].result()
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="a terminal of another kind")
@pytest.mark.parametrize("moment", ["starting", "ready"])
@pytest.mark.parametrize("everybody", [True, False], ids=["terminal", "kill"])
def test_an_interrupt_ends_the_workers_at_once_and_without_a_traceback(tmp_path, moment, everybody):
    """A terminal sends Ctrl-C to the workers too, while they import as while they work; `kill -INT` reaches the parent alone."""
    script = tmp_path / "job.py"
    script.write_text(_INTERRUPTED, encoding="utf-8")
    command = [sys.executable, str(script), moment]
    parent = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # jobs in the background begin with it ignored
    )
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        if moment == "starting":
            time.sleep(0.2)
        (os.killpg if everybody else os.kill)(parent.pid, signal.SIGINT)
        said, complaints = parent.communicate(timeout=60)
    finally:
        if parent.poll() is None:
            os.killpg(parent.pid, signal.SIGKILL)
    assert (parent.returncode, said, complaints) == (130, "", "")
