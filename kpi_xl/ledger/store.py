"""Opening a ledger, appending in one transaction, reading."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, create_engine, event, func, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.ledger.model import GENESIS, OPENED, Entry, NewEntry, blob_key, chained
from kpi_xl.ledger.tables import blobs, entries, metadata

FORMAT = 1
_BATCH = 500
_LOCK = 5_274_001  # any number: writers on PostgreSQL queue up behind this advisory lock


class LedgerMovedError(KpiError):
    """Others entered something between reading the ledger and writing."""


class Ledger:
    """An open ledger. Made by `open_ledger`; use it as a context manager, so that connections are given back."""

    def __init__(self, engine: Engine, label: str) -> None:
        self._engine = engine
        self.label = label

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def append(self, new: Iterable[NewEntry], *, after: str | None = None) -> int:
        """Append entries, all of them or none (one transaction); return their number. They are taken from `new` one by one.

        `after` is the hash of the last entry on which they rest. Raises LedgerMovedError when others have been entered since,
        KpiError when the database refuses; nothing has been entered then.
        """
        waiting = iter(new)
        first = next(waiting, None)
        if first is None:
            return 0
        with self._writing() as connection:
            if after is not None and _head(connection)[1] != after:
                raise LedgerMovedError(
                    Text(f"台账 {self.label} 刚刚有别人登记", f"somebody else entered into the ledger {self.label}"),
                    Text("请再运行一次", "run it again"),
                )
            return append_to(connection, chain([first], waiting))

    def restore_into(self, rows: Iterable[Entry], data: Iterable[bytes]) -> int:
        """Write entries of a backup as they are, in one transaction. Raises KpiError when the ledger is not empty."""
        with self._writing() as connection:
            if connection.execute(select(func.count()).select_from(entries)).scalar_one():
                raise KpiError(
                    Text(f"台账 {self.label} 不是空的，不能恢复进去", f"the ledger {self.label} is not empty"),
                    Text("请恢复到一个新的台账", "restore into a new ledger"),
                )
            _put_blobs(connection, data)
            count = 0
            for part in _batches(rows):
                connection.execute(entries.insert(), [_row(entry) for entry in part])
                count += len(part)
            return count

    def entries(
        self,
        kinds: Sequence[str] = (),
        *,
        periods: Sequence[str] = (),
        persons: Sequence[str] = (),
        issues: Sequence[str] = (),
    ) -> Iterator[Entry]:
        """Walk over entries in the order in which they were entered; all of them without conditions."""
        query = select(entries).order_by(entries.c.seq)
        conditions = (
            (entries.c.kind, kinds),
            (entries.c.period, periods),
            (entries.c.person, persons),
            (entries.c.issue, issues),
        )
        for column, wanted in conditions:
            if wanted:
                query = query.where(column.in_(list(wanted)))
        with self._reading() as connection:
            for row in _stream(connection, query):
                yield _entry(row)

    def issues(self) -> frozenset[str]:
        """Return the issue ids that have been entered as issued."""
        query = select(entries.c.issue).where(entries.c.kind == "issued")
        with self._reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def blob(self, key: str) -> bytes | None:
        """Return the bytes of that SHA-256, None when there are none."""
        with self._reading() as connection:
            found = connection.execute(select(blobs.c.data).where(blobs.c.sha256 == key)).scalar_one_or_none()
        return None if found is None else _bytes(found)

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """Walk over all blobs."""
        with self._reading() as connection:
            for row in _stream(connection, select(blobs).order_by(blobs.c.sha256)):
                yield row["sha256"], _bytes(row["data"])

    def head(self) -> tuple[int, str]:
        """Return number and hash of the last entry; (0, 64 zeros) for an empty ledger."""
        with self._reading() as connection:
            return _head(connection)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise _failed(self.label, error) from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that no other writer shares: the chain has one end."""
        try:
            with self._engine.connect().execution_options(kpi_writes=True) as connection, connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield connection
        except DBAPIError as error:
            raise _failed(self.label, error) from error


def open_ledger(url: str, *, create: bool = True, read_only: bool = False) -> Ledger:
    """Open a ledger by URL (``sqlite:///台账.db``, ``postgresql+psycopg://host/db``) or by the path of an SQLite file.

    A new one is made when `create`; else a missing one raises KpiError, as do URLs that no installed driver understands.
    `read_only`: the database itself refuses to write; no file is made, not even beside it, and no lock keeps writers out.
    """
    full = url if "://" in url else f"sqlite:///{Path(url).as_posix()}"
    shown = re.sub(r"://[^@/]*@", "://***@", url)  # a password must not get into a message or a log
    try:
        parsed = make_url(full)
        label = shown
        if parsed.get_backend_name() == "sqlite":
            _prepare_file(parsed.database, create and not read_only, label)
        engine = create_engine(_read_only(parsed) if read_only else parsed, pool_pre_ping=True)
        if read_only:
            engine = engine.execution_options(postgresql_readonly=True)
        elif engine.dialect.name == "sqlite":
            _use_sqlite(engine)
        exists = inspect(engine).has_table(entries.name)
        if not exists and (read_only or not create):
            raise _absent(label)
        if not exists:
            with engine.connect().execution_options(kpi_writes=True) as connection, connection.begin():
                metadata.create_all(connection)
    except (ArgumentError, NoSuchModuleError) as error:
        raise KpiError(
            Text(f"看不懂台账地址 {shown}", f"cannot read the ledger URL {shown}"),
            Text(
                "写成 sqlite:///台账.db 或 postgresql+psycopg://用户@主机/库",
                "write sqlite:///ledger.db or postgresql+psycopg://user@host/db",
            ),
        ) from error
    except ImportError as error:
        raise KpiError(
            Text(f"缺少数据库驱动 {error.name}", f"the database driver {error.name} is not installed"),
            Text(f"请运行 pip install {error.name}", f"run pip install {error.name}"),
        ) from error
    except SQLAlchemyError as error:
        raise _failed(shown, error) from error
    return Ledger(engine, label)


def _read_only(url: URL) -> URL:
    """Return the URL with SQLite's own mode for reading."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith("file:"):
        return url
    return url.set(database=Path(url.database).absolute().as_uri(), query={"mode": "ro", "uri": "true"})


def append_to(connection: Connection, new: Iterable[NewEntry]) -> int:
    """Append within a transaction; the first entry of a ledger is the note of its opening. Returns the number without it."""
    seq, previous = _head(connection)
    count = 0
    for part in _batches(new):
        rows = []
        for one in part if seq else [NewEntry(OPENED, part[0].at, {"format": FORMAT}), *part]:
            entry = chained(one, seq + 1, previous)
            rows.append(_row(entry))
            seq, previous = entry.seq, entry.hash
        _put_blobs(connection, (blob for one in part for blob in one.blobs))
        connection.execute(entries.insert(), rows)
        count += len(part)
    return count


def _put_blobs(connection: Connection, data: Iterable[bytes]) -> None:
    """Write the blobs that are not there yet."""
    for part in _batches(data):
        keyed = {blob_key(blob): blob for blob in part}
        there = set(connection.execute(select(blobs.c.sha256).where(blobs.c.sha256.in_(list(keyed)))).scalars())
        rows = [{"sha256": key, "data": blob} for key, blob in keyed.items() if key not in there]
        if rows:
            connection.execute(blobs.insert(), rows)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    part: list[Any] = []
    for item in items:
        part.append(item)
        if len(part) == _BATCH:
            yield part
            part = []
    if part:
        yield part


def _bytes(data: object) -> bytes:
    """Return a blob as bytes, also when somebody put a text in its place (the check will find it)."""
    return bytes(data) if isinstance(data, bytes | bytearray | memoryview) else str(data).encode()


def _head(connection: Connection) -> tuple[int, str]:
    row = connection.execute(select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)).first()
    return (0, GENESIS) if row is None else (int(row[0]), str(row[1]))


def _stream(connection: Connection, query: Select[Any]) -> Iterator[RowMapping]:
    yield from connection.execution_options(yield_per=_BATCH).execute(query).mappings()


def _entry(row: RowMapping) -> Entry:
    return Entry(
        row["seq"], row["kind"], row["at"], row["person"], row["period"], row["issue"], row["body"], row["previous"], row["hash"]
    )


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "at": entry.at,
        "person": entry.person,
        "period": entry.period,
        "issue": entry.issue,
        "body": entry.text,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _prepare_file(database: str | None, create: bool, label: str) -> None:
    """Make an SQLite file that only its owner can read: it holds appraisals."""
    if not database or database == ":memory:" or database.startswith("file:"):
        return
    path = Path(database)
    if path.exists():
        return
    if not create:
        raise _absent(label)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise KpiError(
            Text(f"不能建立台账文件 {path}（{error.strerror}）", f"cannot make the ledger {path} ({error.strerror})"),
            Text("请检查文件夹和权限", "check the folder and its permissions"),
            where=Place.of(path),
        ) from error


def _use_sqlite(engine: Engine) -> None:
    """Let SQLAlchemy begin transactions (the driver's own habit would begin them late) and make every commit reach the disk."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
        connection.isolation_level = None
        for pragma in ("busy_timeout = 30000", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("kpi_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _absent(label: str) -> KpiError:
    return KpiError(
        Text(f"没有台账 {label}", f"there is no ledger {label}"),
        Text(
            "检查 --ledger；台账由 kpi-xl generate --ledger 建立", "check --ledger; a ledger is made by kpi-xl generate --ledger"
        ),
    )


def _failed(label: str, error: SQLAlchemyError) -> KpiError:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return KpiError(
        Text(f"台账读写失败，没有写入任何内容：{reason}", f"the ledger failed, nothing was entered: {reason}"),
        Text(
            "检查台账地址、权限和磁盘空间；数据库正忙时稍后再试", "check the URL, permissions and disk space, or try again later"
        ),
    )
