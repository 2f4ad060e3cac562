"""How long ``kpi-xl generate`` takes per person, against a floor: copying the form and writing a small page for each.

    python benchmarks/generate.py --people 1000 [--workers 2] [--json]

The exports are invented (seeded), one month, XLSX up to 2,000 people and CSV beyond. The command runs in its own process, start
and imports included; CPU time counts its workers too. `peak_mb` is the largest of the processes, `worker_peak_mb` the largest of
the workers (Linux only, with two workers or more; else 0). The exit code is 1 when files are missing. `stages` are the command's
own seconds per stage, from its run.json: what is fixed and what grows with the people.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from kpi_xl.demo import DemoFiles, write_demo
from kpi_xl.resources import templates_folder

_SCHEME = "appliance-agent"
_COMMAND = [sys.executable, "-c", "from kpi_xl.cli import main; main()", "generate"]
_PAGE = "<!doctype html><meta charset=utf-8><title>绩效反馈</title>" + "<p>首次问题解决率 82.00%，目标 85%。</p>" * 100
_WORKBOOKS_UP_TO = 2000


@dataclass(frozen=True)
class Result:
    """What was measured; times are wall-clock seconds unless the name says CPU."""

    people: int
    tickets: int
    workers: int
    seconds: float
    seconds_per_person: float
    cpu_ms_per_person: float
    peak_mb: float
    worker_peak_mb: float
    files: int
    mb_written: float
    floor_ms_per_person: float
    floor_cpu_ms_per_person: float
    times_floor: float
    times_floor_cpu: float
    demo_seconds: float
    exit_code: int
    stages: dict[str, float]


def main() -> int:
    """Run the benchmark and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--tickets", type=float, default=40, help="tickets per person and month")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, help="work here and keep the files (default: a temporary folder)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpi-xl-generate-") as temporary:
        result = measure(options.folder or Path(temporary), options.people, options.tickets, options.workers)
    if options.json:
        print(json.dumps(asdict(result)))
    else:
        for name, value in asdict(result).items():
            print(f"{name:>24}  {value}")
    complete = result.exit_code == 0 and result.files >= 2 * result.people
    if not complete:
        print(f"incomplete: {result.files} files for {result.people} people, exit code {result.exit_code}", file=sys.stderr)
    return 0 if complete else 1


def measure(folder: Path, people: int, tickets: float, workers: int) -> Result:
    """Invent the exports, run the floor and the command, and compare."""
    started = time.perf_counter()
    demo = write_demo(
        folder / "exports", months=1, agents=people, tickets_per_agent_month=tickets, workbooks=people <= _WORKBOOKS_UP_TO
    )
    demo_seconds = time.perf_counter() - started
    floor_seconds, floor_cpu = _floor(folder / "floor", people)
    seconds, cpu, peak_mb, worker_peak_mb, exit_code = _generate(demo, folder / "out", workers)
    written = [path for path in (folder / "out").rglob("*") if path.is_file()]
    return Result(
        people=people,
        tickets=demo.rows[demo.exports[0].name],
        workers=workers,
        seconds=round(seconds, 3),
        seconds_per_person=round(seconds / people, 5),
        cpu_ms_per_person=round(cpu / people * 1000, 3),
        peak_mb=round(peak_mb, 1),
        worker_peak_mb=round(worker_peak_mb, 1),
        files=sum(path.suffix in (".xlsx", ".html") for path in written),
        mb_written=round(sum(path.stat().st_size for path in written) / 1e6, 2),
        floor_ms_per_person=round(floor_seconds / people * 1000, 4),
        floor_cpu_ms_per_person=round(floor_cpu / people * 1000, 4),
        times_floor=round(seconds / floor_seconds, 1),
        times_floor_cpu=round(cpu / floor_cpu, 1),
        demo_seconds=round(demo_seconds, 2),
        exit_code=exit_code,
        stages=next((json.loads(path.read_text(encoding="utf-8"))["timings"] for path in written if path.name == "run.json"), {}),
    )


def _floor(folder: Path, people: int) -> tuple[float, float]:
    """Copy the form and write a small page for each person. Returns wall-clock and CPU seconds."""
    form = templates_folder("workbook") / f"{_SCHEME}.xlsx"
    folder.mkdir(parents=True)
    started, cpu = time.perf_counter(), time.process_time()
    for number in range(people):
        shutil.copyfile(form, folder / f"{number}.xlsx")
        (folder / f"{number}.html").write_text(_PAGE, encoding="utf-8")
    return time.perf_counter() - started, time.process_time() - cpu


def _generate(demo: DemoFiles, out: Path, workers: int) -> tuple[float, float, float, float, int]:
    """Run the command. Returns wall-clock seconds, CPU seconds with workers, MB of the largest process and worker, exit code."""
    arguments = [*map(str, demo.exports), "--scheme", _SCHEME, "--period", str(demo.periods[0]), "--out", str(out)]
    arguments += ["--roster", str(demo.roster), "--ratings", str(demo.ratings[0]), "--workers", str(workers)]
    started = time.perf_counter()
    process = subprocess.Popen([*_COMMAND, *arguments], stdout=subprocess.DEVNULL)
    peaks = [0.0]
    watch = threading.Thread(target=_watch_workers, args=(process.pid, peaks), daemon=True)
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # reaped above: Popen must not wait for it again
    watch.join(5)
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, max(peaks), process.returncode


def _watch_workers(parent: int, peaks: list[float]) -> None:
    """Note the peak memory of the workers (MB) until the command ends."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    while children.exists():
        with contextlib.suppress(OSError):  # it ended between two looks
            for child in children.read_text(encoding="ascii").split():
                said = Path(f"/proc/{child}/status").read_text(encoding="utf-8")
                if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8", errors="replace"):
                    peaks.append(max(peaks.pop(), int(said.split("VmHWM:")[1].split()[0]) / 1024))
        time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main())
