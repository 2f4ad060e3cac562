"""The same ledger on a PostgreSQL server of its own: appended, chained, refused, backed up into SQLite."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from kpi_xl.ledger import backup, check_ledger, open_ledger, restore
from kpi_xl.ledger.model import blob_key

from ..conftest import require
from .entries import entry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Start a server in a folder of its own, reached by a socket there; it refuses to run as root, so then as ``nobody``."""
    pytest.importorskip("psycopg")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(programs[-1]) if programs else shutil.which("initdb")
    require(found is not None, "PostgreSQL is not installed")
    binaries = Path(str(found)).parent
    folder = Path(tempfile.mkdtemp(prefix="kpi-xl-pg-"))
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(folder, account.pw_uid, account.pw_gid)
    who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    data = str(folder / "data")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120, **who)  # type: ignore[call-overload]

    run(str(binaries / "initdb"), "-D", data, "-U", "kpi", "--auth=trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run(str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://kpi@/postgres?host={folder}"
    finally:
        run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_a_shared_ledger_works_like_a_file(url: str, tmp_path: Path) -> None:
    with open_ledger(url) as ledger:
        ledger.append([entry(n) for n in range(5)])
        ledger.append([entry(9)])
        assert [e.seq for e in ledger.entries()] == list(range(1, 8))
        assert ledger.blob(blob_key(b"sealed")) == b"sealed"
        assert check_ledger(ledger).sound
        backup(ledger, tmp_path / "b.gz")
        head = ledger.head()
    engine = create_engine(url)
    for statement in ("UPDATE kpi_entries SET body = '{}'", "DELETE FROM kpi_entries", "TRUNCATE kpi_blobs"):
        with pytest.raises(DBAPIError, match="append only"), engine.begin() as connection:
            connection.execute(text(statement))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE kpi_entries DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE kpi_entries SET person = 'x' WHERE seq = 3"))
    engine.dispose()
    with open_ledger(url) as ledger:
        assert not check_ledger(ledger).sound
    with open_ledger(str(tmp_path / "copy.db")) as ledger:
        restore(tmp_path / "b.gz", ledger)
        assert ledger.head() == head
        assert check_ledger(ledger).sound
