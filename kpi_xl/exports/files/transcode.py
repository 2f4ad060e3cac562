"""Rewrite a text file in UTF-8, strictly. Also a program: decodes one span of a big file, so that several cores share the work.

Standard library only, because `transcode` starts this file as a process of its own (no ``multiprocessing``: a user's script
without a main guard would start itself again).
"""

from __future__ import annotations

import codecs
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

_CHUNK = 1 << 22
_SHARED_FROM = 48 << 20
"""Bytes from which a second process pays for its start."""


def transcode(source: Path, encoding: str, target: Path) -> None:
    """Write `source` as UTF-8 to `target`. Raises UnicodeError at the first wrong byte.

    GB18030 is cut at line ends: a line feed is never the second byte of a character. Other encodings are decoded in one piece.
    """
    size = source.stat().st_size
    parts = min(os.cpu_count() or 1, 4, size // (_SHARED_FROM // 2)) if encoding == "gb18030" and size >= _SHARED_FROM else 1
    cuts = [0, *(_line_end(source, size * i // parts) for i in range(1, parts)), size]
    spans = [(a, b) for a, b in pairwise(cuts) if a < b]
    helpers = []
    for number, (start, end) in enumerate(spans[1:], start=1):
        piece = target.with_name(f"{target.name}.{number}")
        command = [sys.executable, "-P", str(Path(__file__)), str(source), encoding, str(piece), str(start), str(end)]
        helpers.append((subprocess.Popen(command, stderr=subprocess.DEVNULL), piece))  # noqa: S603 - our own program
    try:
        start, end = spans[0] if spans else (0, 0)
        decode_span(source, encoding, target, start, end)
        with target.open("ab") as out:
            for process, piece in helpers:
                if process.wait() != 0:
                    raise UnicodeError(f"not {encoding} throughout")
                with piece.open("rb") as text:
                    shutil.copyfileobj(text, out, _CHUNK)
                piece.unlink()
    finally:
        for process, _ in helpers:
            if process.poll() is None:
                process.kill()
                process.wait()


def _line_end(source: Path, position: int) -> int:
    with source.open("rb") as file:
        file.seek(position)
        file.readline()
        return file.tell()


def decode_span(source: Path, encoding: str, target: Path, start: int, end: int) -> None:
    """Decode the bytes from `start` to `end` into `target`. Raises UnicodeError."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    left = end - start
    with source.open("rb") as file, target.open("wb") as out:
        file.seek(start)
        while left > 0 and (piece := file.read(min(_CHUNK, left))):
            left -= len(piece)
            out.write(decoder.decode(piece).encode("utf-8"))
        out.write(decoder.decode(b"", final=True).encode("utf-8"))


if __name__ == "__main__":
    try:
        decode_span(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
    except UnicodeError:
        sys.exit(3)
