"""The process that reads one workbook with calamine and writes its sheets as CSV; started by `excel_source`, never imported.

A hostile workbook can abort the reader's process, which no ``except`` catches; so it is this process, with limited memory, and
not the user's. Standard library and calamine only.

Arguments: workbook, folder for the CSV files, memory limit in MB. Writes ``sheets.json`` into the folder when it succeeds.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sys
from pathlib import Path


def text_of(value: object) -> str:
    """Return a cell as text: dates in ISO form, numbers without a trailing .0, durations as H:MM:SS."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") if "\r" in value or "\0" in value else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        if value.microsecond >= 999_500:  # 08:02:59.9999 is 08:03:00 stored as a fraction of a day
            value += dt.timedelta(seconds=1)
        value = value.replace(microsecond=0, tzinfo=None)
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.time):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return "" if value is None else str(value)


def limit_memory(megabytes: int) -> None:
    """Cap the address space of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limit = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main(workbook: str, folder: str, megabytes: int) -> int:
    """Read the workbook. Exit code 0 done, 3 encrypted, 4 broken (the reason on stdout)."""
    import python_calamine

    data = Path(workbook).read_bytes()
    limit_memory(megabytes + 2 * (len(data) >> 20))
    manifest = []
    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        for number, meta in enumerate(book.sheets_metadata):
            if meta.typ is not python_calamine.SheetTypeEnum.WorkSheet:
                continue
            visible = meta.visible is python_calamine.SheetVisibleEnum.Visible
            rows = write_sheet(book, meta.name, Path(folder) / f"{number}.csv") if visible else 0
            manifest.append({"name": meta.name, "csv": f"{number}.csv", "visible": visible, "rows": rows})
    except python_calamine.PasswordError:
        return 3
    except (python_calamine.CalamineError, ValueError, OSError, KeyError, IndexError, OverflowError) as error:
        sys.stdout.write(str(error)[:300])
        return 4
    (Path(folder) / "sheets.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


def write_sheet(book: object, name: str, target: Path) -> int:
    """Write one sheet from its first row and column on; blank rows at the end are left out. Returns the number of rows."""
    sheet = book.get_sheet_by_name(name)  # type: ignore[attr-defined]
    written = blanks = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for row in sheet.iter_rows():
            cells = [text_of(cell) for cell in row]
            if not any(cells):
                blanks += 1
                continue
            for _ in range(blanks):
                writer.writerow([""] * len(cells))
            writer.writerow(cells)
            written += blanks + 1
            blanks = 0
    return written


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
