"""Writing files: whole or not at all, and nothing of anybody else's is overwritten. Every output goes through here.

The rule. A file may be written where there is none. Where there is one, it is replaced when this program wrote it and it is
still what was written, or when it already holds what is to be written. Any other file is kept: `write_output` and `replacing`
refuse, and `put`, which fills a folder, renames it first. What the same command reads is never written, whatever it is.

How the program knows what it wrote: it notes the SHA-256 of each output under the place of the file, in the user's own folder
for such things (`memory_folder`; no names and no content are kept there). A file that came from another computer is therefore
not known and is kept; the same goes when the note cannot be written. A run's folder carries its own notes (run.json).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kpi_xl.errors import KpiError, Place, Text

MEMORY = "KPI_XL_STATE"
"""The environment variable that names another folder for what the program remembers of its outputs."""
READABLE, PRIVATE = 0o644, 0o600
GENERATED = ("Generated from `", "<!-- 由 kpi-xl schemes --docs 生成")
"""What stands at the top of the pages of documentation that the program makes: they say that they are made anew."""
_TOP = 600
_SQLITE = "sqlite:///"

Read = str | Path | None
"""Something that a command reads: a file, the address of a ledger, the name of a scheme (which may be a file), or nothing."""


def memory_folder() -> Path:
    """Return where the program remembers what it wrote."""
    if given := os.environ.get(MEMORY):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "kpi-xl" / "outputs"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "kpi-xl" / "outputs"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "kpi-xl" / "outputs"


# --- the rule -------------------------------------------------------------------------------------------------------------


def require_free(path: Path, inputs: Iterable[Read] = ()) -> None:
    """Refuse a place that must not be written: an input of the same command, or a file that this program did not write.

    Commands ask before they work; `write_output` and `replacing` ask again. Raises KpiError with the remedy.
    """
    refuse_inputs(path, inputs)
    with writing(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        mine = not os.path.lexists(path) or is_ours(path)
    if not mine:
        raise not_ours(path)


def refuse_inputs(path: Path, inputs: Iterable[Read]) -> None:
    """Refuse a place that is one of the files read, by whatever name: another case, a link, another spelling of the path."""
    for read in inputs:
        if read is not None and _same_file(path, _path(read)):
            raise KpiError(
                Text(f"{path} 是本次要读取的文件，不能写到它上面", f"{path} is read by this command and is never written"),
                Text("请换一个文件名", "choose another name"),
                where=Place.of(path),
            )


def refuse_inputs_in(folder: Path, names: Iterable[str], inputs: Iterable[Read]) -> None:
    """Refuse when one of the files to be put into a folder is one of the files read; for thousands of names. Raises KpiError."""
    read = {_identity(_path(one)) for one in inputs if one is not None} - {None}
    for name in names if read else ():
        if _identity(folder / name) in read:
            refuse_inputs(folder / name, [folder / name])


def _path(read: str | Path) -> Path:
    return Path(str(read).removeprefix(_SQLITE))


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from all others, whatever it is called."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # there is none, or it is no path at all (the address of a database)
        return None
    return found.st_dev, found.st_ino


def is_ours(path: Path) -> bool:
    """Tell whether this program wrote the file and nobody changed it since. Raises OSError for one that cannot be read."""
    if path.is_symlink() or not path.is_file():
        return False
    noted = _noted(path)
    return noted is not None and noted == sha256_of(path)


def was_ours(path: Path) -> bool:
    """Tell whether this program wrote a file at this place once, whatever stands there now."""
    return _noted(path) is not None


def not_ours(path: Path) -> KpiError:
    """Return the error for a file that is kept."""
    return KpiError(
        Text(
            f"{path} 已经存在，不是本程序写出的，或写出后有人改过，没有覆盖",
            f"{path} exists and was not written by this program, or was changed since: it was not overwritten",
        ),
        Text("请换一个文件名，或先把它移走、改名", "choose another name, or move it away first"),
        where=Place.of(path),
    )


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them does not exist, or is no path at all (the address of a database)
        return False


# --- what was written -----------------------------------------------------------------------------------------------------


def note_written(path: Path, digest: str) -> None:
    """Remember that the file at this place is ours; when that fails, the next run keeps the file and says so."""
    with contextlib.suppress(OSError):
        note = _note_of(path)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(digest, encoding="ascii")


def forget_written(path: Path) -> None:
    """Forget a file that was removed."""
    with contextlib.suppress(OSError):
        _note_of(path).unlink(missing_ok=True)


def _noted(path: Path) -> str | None:
    try:
        return _note_of(path).read_text(encoding="ascii")
    except (OSError, ValueError):
        return None


def _note_of(path: Path) -> Path:
    """The folder is taken as the system knows it, the file's own name as given: a link in its place is not followed."""
    place = os.path.normcase(path.parent.resolve() / path.name)
    return memory_folder() / hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()


# --- writing --------------------------------------------------------------------------------------------------------------


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


def write_output(path: Path, data: bytes | str, inputs: Iterable[Read] = ()) -> None:
    """Write a file that the user named, by the rule above. `inputs` are the files that the command reads.

    Folders are made as needed. Raises KpiError for a file that is not ours, for an input, and where the system does not let us.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    with replacing(path, inputs, content=content) as stream:
        stream.write(content)


@contextmanager
def replacing(
    path: Path, inputs: Iterable[Read] = (), *, mode: int = READABLE, content: bytes | None = None, folders: bool = True
) -> Iterator[IO[bytes]]:
    """A file to write into, which takes its place, by the rule above, when it is complete and on the disk.

    `content`: what will be written, when it is known: a file that already holds it is no other file. `folders` false: a folder
    that is missing is a mistake. Raises KpiError.
    """
    refuse_inputs(path, inputs)
    if content is None or not _holds(path, content):
        require_free(path)
    with writing(path), _beside(path, mode, folders=folders) as (stream, temporary):
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
        digest = sha256_of(temporary)
        stream.close()
        temporary.replace(path)
    note_written(path, digest)


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size == len(content) and path.read_bytes() == content


def put_output(
    path: Path, data: bytes | str, inputs: Iterable[Read] = (), made_here: Callable[[bytes], bool] | None = None
) -> Path | None:
    """Write one of the files of a folder; one there that is not ours is renamed first. Returns where that one is now.

    `made_here` tells content of ours that another computer may have written. Raises KpiError for an input, and where the system
    does not let us.
    """
    refuse_inputs(path, inputs)
    digest, kept = put(path, data, _noted(path), made_here)
    note_written(path, digest)
    return kept


def write_page(path: Path, text: str) -> None:
    """Write a page of documentation: one that says at its top that it is made anew is replaced. Raises KpiError for another."""
    require_page(path)
    write_atomically(path, text)


def require_page(path: Path) -> None:
    """Refuse a place where another file stands than a page of documentation that says that it is made anew. Raises KpiError."""
    with writing(path):
        top = path.read_text(encoding="utf-8", errors="replace")[:_TOP] if os.path.lexists(path) else GENERATED[0]
    if not any(mark in top for mark in GENERATED):
        raise not_ours(path)


def write_atomically(path: Path, data: bytes | str) -> str:
    """Write `data` beside `path`, flush it to the disk and put it in place in one step. Returns the SHA-256 of the content.

    Whatever stands there is replaced: for files of ours alone. Raises KpiError where the system does not let us.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    with writing(path), _beside(path, READABLE) as (stream, temporary):
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
        stream.close()
        temporary.replace(path)
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _beside(path: Path, mode: int, *, folders: bool = True) -> Iterator[tuple[IO[bytes], Path]]:
    """A temporary file in the folder of `path`; it goes when anything fails."""
    if folders:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".~", suffix=".part", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            temporary.chmod(mode)
            yield stream, temporary
    except BaseException:
        temporary.unlink(missing_ok=True)
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
        if not os.path.lexists(kept):
            return path.rename(kept)
    raise FileExistsError(path)
