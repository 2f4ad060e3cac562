"""The add-in in a real LibreOffice: ``python -m benchmarks.calc [--json]`` from the project's folder.

Seconds to compute a column anew (10,000 grades, 2,000 ranks): one call a cell, one array formula, and the native formulas that
`kpi-xl template lower` makes of the calls; the mean of three, less the time to open and read the workbook. And to load 100,000
formula cells that call nothing, with the add-in and without it (the median of three).
"""

from __future__ import annotations

import argparse
import io
import json
import random
import statistics
import tempfile
import time
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.worksheet.formula import ArrayFormula

from kpi_xl.calc.build import build_oxt
from kpi_xl.workbook.lowered import lower_workbook
from tests.office import Drive, running

COLUMNS = (
    ("KPI_GRADE", 10_000, "=KPI_GRADE(A{0})"),
    ("KPI_RANK", 2_000, "=KPI_RANK(A{0},A$1:A${1})"),
)
LARGE = 20_000
REPEATS = 3


def _column(path: Path, rows: int, formula: str, *, array: bool) -> str:
    """Write scores in A and `formula` ({0}: the row, {1}: the last one) in B; return the file's address."""
    draw = random.Random(1)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(1, rows + 1):
        sheet[f"A{row}"] = round(draw.uniform(50, 100), 2)
        if formula and not array:
            sheet[f"B{row}"] = formula.format(row, rows)
    if array:
        area = f"B1:B{rows}"
        sheet["B1"] = ArrayFormula(area, formula.format(f"1:A{rows}", rows))
    book.save(path)
    return path.as_uri()


def _native(path: Path) -> str:
    """Lower the calls of a workbook; return the new file's address."""
    lowered = path.with_stem("native")
    lowered.write_bytes(lower_workbook(path).data)
    return lowered.as_uri()


def _seconds(drive: Drive, url: str) -> float:
    """Return the seconds of one computation of everything: those of a job with several less those of one without."""

    def run(times: int) -> float:
        start = time.perf_counter()
        drive({"open": url, "cases": [{"D1": float(n)} for n in range(times)], "results": ["B1"]})
        return time.perf_counter() - start

    run(0)
    return (run(REPEATS) - run(0)) / REPEATS


def _loading(drive: Drive, url: str) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        drive({"open": url})
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _large(path: Path) -> str:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in range(1, LARGE + 1):
        sheet.append([row, f"=A{row}*2", f"=IF(A{row}>3,1,2)", f"=ROUND(A{row}/3,2)", f"=SUM(A{row}:B{row})", f"=A{row}&B{row}"])
    book.save(path)
    return path.as_uri()


def main() -> None:
    """Measure and print one JSON document, or lines for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    measured: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="kpi-xl-") as name:
        folder = Path(name)
        large = _large(folder / "large.xlsx")
        with zipfile.ZipFile(io.BytesIO(build_oxt())) as archive:
            archive.extractall(folder / "extensions" / "kpi-xl.oxt")
        with running(folder / "with", extensions=folder / "extensions") as drive:
            for what, rows, formula in COLUMNS:
                for array in (True, False):
                    way = "one array formula" if array else "one call a cell"
                    url = _column(folder / "a.xlsx", rows, formula, array=array)
                    measured[f"{what}, {rows:,} rows, {way}"] = _seconds(drive, url)
                measured[f"{what}, {rows:,} rows, native formulas"] = _seconds(drive, _native(folder / "a.xlsx"))
            measured["100,000 formula cells loaded, with the add-in"] = _loading(drive, large)
        with running(folder / "without") as drive:
            measured["100,000 formula cells loaded, without it"] = _loading(drive, large)
    if given.json:
        print(json.dumps(measured))
        return
    for what, seconds in measured.items():
        print(f"{what}: {seconds:.3f} s")


if __name__ == "__main__":
    main()
