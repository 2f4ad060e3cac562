"""How long ``kpi-xl collect`` takes per form and how much memory, against a floor: reading every file and hashing it.

    python benchmarks/collect.py --forms 10000 [--workers 2] [--json]

The forms are those of an invented department (`kpi_xl.demo`), made by ``kpi-xl generate --ledger`` and handed back as they are.
Both commands run in processes of their own. `peak_mb` is the largest of the processes. The exit code is 1 when a form was not
taken.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from kpi_xl.demo import write_demo

_COMMAND = [sys.executable, "-c", "from kpi_xl.cli import main; main()"]


@dataclass(frozen=True)
class Result:
    """What was measured; times are wall-clock seconds unless the name says CPU."""

    forms: int
    taken: int
    workers: int
    seconds: float
    cpu_ms_per_form: float
    peak_mb: float
    floor_cpu_ms_per_form: float
    times_floor_cpu: float
    ledger_mb: float


def main() -> int:
    """Run the benchmark and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=500)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpi-xl-benchmark-") as temporary:
        result = measure(Path(temporary), options.forms, options.workers)
    if options.json:
        print(json.dumps(asdict(result)))
    else:
        for name, value in asdict(result).items():
            print(f"{name:>22}  {value}")
    return 0 if result.taken == result.forms else 1


def measure(folder: Path, people: int, workers: int) -> Result:
    """Make the forms of so many people, collect them, and read them for the floor."""
    demo = write_demo(folder / "demo", months=1, agents=people, tickets_per_agent_month=10, workbooks=False)
    ledger, out = str(folder / "ledger.db"), folder / "out"
    generate = ["generate", *map(str, demo.exports), "--scheme", "appliance-agent", "--period", str(demo.periods[0])]
    generate += [
        "--roster",
        str(demo.roster),
        "--ratings",
        str(demo.ratings[0]),
        "--out",
        str(out),
        "--ledger",
        ledger,
        "--no-html",
    ]
    subprocess.run([*_COMMAND, *generate, "--workers", str(workers)], stdout=subprocess.DEVNULL, check=True)
    forms = [path for path in out.rglob("*_*.xlsx") if path.parent.parent.parent == out]
    before = time.process_time()
    for path in forms:
        hashlib.sha256(path.read_bytes()).hexdigest()
    floor = (time.process_time() - before) * 1000 / len(forms)
    collect = [
        "collect",
        str(out),
        "--ledger",
        ledger,
        "--out",
        str(folder / "收集结果.xlsx"),
        "--workers",
        str(workers),
        "--json",
    ]
    started = time.perf_counter()
    process = subprocess.Popen([*_COMMAND, *collect], stdout=subprocess.PIPE, text=True)
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # reaped above: Popen must not wait for it again
    cpu = (usage.ru_utime + usage.ru_stime) * 1000 / len(forms)
    return Result(
        forms=len(forms),
        taken=json.loads(said)["counts"]["taken"],
        workers=workers,
        seconds=round(seconds, 1),
        cpu_ms_per_form=round(cpu, 2),
        peak_mb=round(usage.ru_maxrss / 1024, 1),
        floor_cpu_ms_per_form=round(floor, 3),
        times_floor_cpu=round(cpu / floor, 1),
        ledger_mb=round(Path(ledger).stat().st_size / 1e6, 1),
    )


if __name__ == "__main__":
    sys.exit(main())
