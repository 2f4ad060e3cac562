"""Out of the ledger and in again: entries to read, and backups that any database can take in."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.ledger.check import walk
from kpi_xl.ledger.model import Entry, blob_key
from kpi_xl.ledger.store import Ledger
from kpi_xl.outputs import PRIVATE, Read, replacing

_HEADER = {"kpi-xl ledger backup": 1}


def export(ledger: Ledger, path: Path, inputs: Iterable[Read] = ()) -> int:
    """Write all entries as JSON lines, bodies as objects, without blobs. Returns the number of entries.

    `inputs`: what must not be written, the ledger itself. Raises KpiError for a file that is not ours (see `kpi_xl.outputs`).
    """
    count = 0
    with replacing(path, inputs, mode=PRIVATE) as file:
        for entry in ledger.entries():
            document = {**asdict(entry), "body": entry.body}
            del document["text"]
            _line(file, document)
            count += 1
    return count


def backup(ledger: Ledger, path: Path, inputs: Iterable[Read] = ()) -> tuple[int, str]:
    """Write everything into one file (gzip, JSON lines) that `restore` takes in, whatever the database. Returns length and head.

    Raises KpiError when the chain is broken: a backup of a damaged ledger must not replace a good one; and as `export` does.
    """
    count, head = 0, ""
    with replacing(path, inputs, mode=PRIVATE) as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as out:
        _line(out, _HEADER)
        for key, data in ledger.blobs():
            _line(out, {"blob": key, "data": base64.b64encode(data).decode("ascii")})
        for entry, faults in walk(ledger.entries()):
            _require_sound(faults, ledger.label)
            _line(out, asdict(entry))
            count, head = entry.seq, entry.hash
        _line(out, {"end": count, "head": head})
    return count, head


def restore(path: Path, ledger: Ledger) -> tuple[int, str]:
    """Take a backup into an empty ledger. Returns length and head. Raises KpiError for a damaged file."""
    count, head = 0, ""
    end: dict[str, Any] = {}
    for line in _lines(path):
        if "end" in line:
            end = line
        elif "blob" in line and blob_key(base64.b64decode(str(line["data"]))) != line["blob"]:
            raise _damaged(path)
    for entry, faults in walk(_entries(path)):
        _require_sound(faults, path.name)
        count, head = entry.seq, entry.hash
    if end != {"end": count, "head": head}:
        raise _damaged(path)
    data = (base64.b64decode(str(line["data"])) for line in _lines(path) if "blob" in line)
    ledger.restore_into(_entries(path), data)
    return count, head


def _entries(path: Path) -> Iterator[Entry]:
    for line in _lines(path):
        if "seq" in line:
            try:
                yield Entry(**line)
            except TypeError as error:
                raise _damaged(path) from error


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            if json.loads(stream.readline()) != _HEADER:
                raise _damaged(path)
            for line in stream:
                yield json.loads(line)
    except FileNotFoundError as error:
        raise KpiError(
            Text(f"没有文件 {path}", f"there is no file {path}"), Text("检查路径", "check the path"), where=Place.of(path)
        ) from error
    except (OSError, EOFError, ValueError) as error:
        raise _damaged(path) from error


def _line(out: IO[bytes] | gzip.GzipFile, document: object) -> None:
    out.write((json.dumps(document, ensure_ascii=False) + "\n").encode("utf-8"))


def _require_sound(faults: list[Text], label: str) -> None:
    if faults:
        raise KpiError(
            Text(f"{label} 的哈希链不完整：{faults[0].zh}", f"the chain of {label} is broken: {faults[0].en}"),
            Text(
                "用 kpi-xl ledger verify 查看全部问题，用最近的完好备份恢复", "see kpi-xl ledger verify; restore a sound backup"
            ),
        )


def _damaged(path: Path) -> KpiError:
    return KpiError(
        Text(f"{path.name} 不是完好的台账备份", f"{path.name} is not a sound backup of a ledger"),
        Text("请用另一份备份", "use another backup"),
        where=Place.of(path),
    )
