"""File names that every system accepts, and files that are never half written."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kpi_xl.errors import KpiError, Place, Text

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *(f"{p}{i}" for p in ("COM", "LPT") for i in "123456789¹²³")}
_MAX_BYTES = 120
LOG = "内部错误.log"
"""The tracebacks of the faults of ours that a run met; run.json names it then."""
OWN_FILES = ("index.html", "汇总.xlsx", "数据问题.xlsx", "回访补救清单.xlsx", "run.json", LOG)
"""What a run puts beside the teams' folders: no team's folder can be called so."""


def safe_name(text: str, fallback: str = "未命名") -> str:
    """Return `text` as one path component that Windows, macOS and Linux accept.

    Forbidden characters become ``_``; reserved names, leading dots and trailing dots or spaces are dealt with; longer names than
    120 bytes of UTF-8 are cut at a character.

    >>> safe_name("A/B组"), safe_name("con"), safe_name(" .. ")
    ('A_B组', '_con', '未命名')
    """
    name = _FORBIDDEN.sub("_", text).strip().strip(".").strip()
    name = name.encode("utf-8")[:_MAX_BYTES].decode("utf-8", errors="ignore").rstrip(". ")
    if not name:
        return fallback
    return f"_{name}" if name.split(".")[0].rstrip().upper() in _RESERVED else name


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in a KpiError that `path` cannot be written; on Windows the usual reason is a workbook that is open."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise KpiError(
            Text(f"写不了 {path}（{why}），可能正在 Excel 或 WPS 中打开", f"cannot write {path} ({why}); is it open in Excel?"),
            Text("请关闭该文件后再运行；若没有打开，请换一个可以写的文件夹", "close it and run again, or choose another folder"),
            where=Place.of(path),
        ) from None


def write_atomically(path: Path, data: bytes | str) -> str:
    """Write `data` beside `path`, flush it to the disk and put it in place in one step. Returns the SHA-256 of the content.

    Raises KpiError where the system does not let us.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    with writing(path):
        _replace(path, content)
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".~", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def put(path: Path, data: bytes | str, known: str | None, same: Callable[[bytes], bool] | None = None) -> tuple[str, Path | None]:
    """Write `data` to `path`; a file there that somebody changed is first renamed. Returns the SHA-256 and where that one is now.

    Ours is what has the digest `known`, and also what already has the content to be written: nobody has noted the last files of a
    run that was killed. `same` tells whether other bytes hold that content too: encrypted ones differ each time. Raises KpiError
    where the system does not let us.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    digest = hashlib.sha256(content).hexdigest()
    with writing(path):
        there = sha256_of(path) if path.is_file() else None
        ours = there in (None, known, digest) or (same is not None and same(path.read_bytes()))
        kept = None if ours else keep_aside(path)
    return write_atomically(path, content), kept


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def keep_aside(path: Path) -> Path:
    """Rename a file that somebody changed, so that a new version cannot overwrite it. Returns its new place."""
    for number in range(1, 10_000):
        kept = path.with_name(f"{path.stem}_保留{number}{path.suffix}")
        if not kept.exists():
            return path.rename(kept)
    raise FileExistsError(path)
