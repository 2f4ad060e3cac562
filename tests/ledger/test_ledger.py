"""Append only, chained, all or nothing; out to a backup and in again."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_xl.errors import KpiError
from kpi_xl.ledger import NewEntry, backup, check_ledger, export, open_ledger, restore
from kpi_xl.ledger.model import GENESIS, blob_key

from .entries import AT, entry


def filled(path: Path, count: int = 5) -> Path:
    with open_ledger(str(path)) as ledger:
        ledger.append([entry(n) for n in range(count)])
    return path


def spoil(path: Path, *statements: str) -> None:
    """What an administrator can do: take the triggers away and change what he likes."""
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_entries_come_back_as_they_were_entered_and_follow_one_another(tmp_path: Path) -> None:
    with open_ledger(str(filled(tmp_path / "l.db", 3))) as ledger:
        found = list(ledger.entries())
        assert [e.kind for e in found] == ["opened", "issued", "issued", "issued"]
        assert found[0].previous == GENESIS
        assert [e.previous for e in found[1:]] == [e.hash for e in found[:-1]]
        assert found[1].body["name"] == "张三"
        assert ledger.blob(blob_key(b"sealed")) == b"sealed"
        assert [e.person for e in ledger.entries(("issued",), persons=("001",))] == ["001"]
        assert check_ledger(ledger).sound


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    if os.name == "posix":
        assert stat.S_IMODE(filled(tmp_path / "l.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("table", ["kpi_entries", "kpi_blobs"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete(tmp_path: Path, table: str, statement: str) -> None:
    connection = sqlite3.connect(filled(tmp_path / "l.db"))
    column = "body" if table == "kpi_entries" else "data"
    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        connection.execute(statement.format(table, column))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kpi_entries SET body = replace(body, '张三', '李四') WHERE seq = 3",
        "UPDATE kpi_entries SET at = '2024-01-01T00:00:00' WHERE seq = 4",
        "UPDATE kpi_entries SET person = 'x' WHERE seq = 2",
        "DELETE FROM kpi_entries WHERE seq = 4",
        "UPDATE kpi_entries SET hash = printf('%064d', 7) WHERE seq = 3",
        "UPDATE kpi_blobs SET data = 'x'",
        "DELETE FROM kpi_blobs",
    ],
)
def test_tampering_is_found(tmp_path: Path, statement: str) -> None:
    path = filled(tmp_path / "l.db")
    spoil(path, statement)
    with open_ledger(str(path)) as ledger:
        assert not check_ledger(ledger).sound


@given(
    position=st.integers(1, 6), column=st.sampled_from(["kind", "at", "person", "period", "issue", "body", "previous", "hash"])
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_of_any_column_is_found(tmp_path: Path, position: int, column: str) -> None:
    path = tmp_path / f"{position}{column}.db"
    if not path.exists():
        filled(path)
    spoil(path, f"UPDATE kpi_entries SET {column} = {column} || 'x' WHERE seq = {position}")
    with open_ledger(str(path)) as ledger:
        assert not check_ledger(ledger).sound


def test_a_cut_end_is_found_with_the_head_that_was_noted(tmp_path: Path) -> None:
    path = filled(tmp_path / "l.db")
    with open_ledger(str(path)) as ledger:
        _, head = ledger.head()
    spoil(path, "DELETE FROM kpi_entries WHERE seq >= 5")
    with open_ledger(str(path)) as ledger:
        assert check_ledger(ledger).sound
        assert not check_ledger(ledger, head=head).sound


def test_a_failing_batch_enters_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path / "l.db")

    def half() -> Iterator[NewEntry]:
        yield entry(7)
        raise RuntimeError("the power went off")

    with open_ledger(str(path)) as ledger:
        with pytest.raises(RuntimeError):
            ledger.append(half())
        connection = sqlite3.connect(path)
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON kpi_entries WHEN NEW.seq = 900 BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )
        connection.commit()
        connection.close()
        with pytest.raises(KpiError, match="没有写入任何内容"):
            ledger.append([entry(n) for n in range(1200)])
        assert ledger.head()[0] == 6
        assert check_ledger(ledger).sound


def test_a_killed_writer_leaves_a_sound_ledger(tmp_path: Path) -> None:
    path = filled(tmp_path / "l.db")
    code = f"""
        import os
        from kpi_xl.ledger import NewEntry, open_ledger
        import kpi_xl.ledger.store as store
        inner, calls = store._batches, 0
        def dying(items):
            for part in inner(items):
                yield part
                if part and isinstance(part[0], NewEntry):
                    os._exit(9)
        store._batches = dying
        with open_ledger({str(path)!r}) as ledger:
            ledger.append([NewEntry("issued", "{AT}", {{"n": str(n)}}) for n in range(2000)])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False, capture_output=True)
    assert done.returncode == 9, done.stderr
    with open_ledger(str(path)) as ledger:
        assert ledger.head()[0] == 6
        assert check_ledger(ledger).sound
        ledger.append([entry(9)])
        assert check_ledger(ledger).sound


def test_two_writers_make_one_chain(tmp_path: Path) -> None:
    path = filled(tmp_path / "l.db")
    code = (
        "import sys; from kpi_xl.ledger import NewEntry, open_ledger\n"
        f"with open_ledger({str(path)!r}) as ledger:\n"
        f"    for n in range(20): ledger.append([NewEntry('issued', '{AT}', {{'n': sys.argv[1] + str(n)}})])\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, mark]) for mark in "ab"]
    assert [process.wait() for process in running] == [0, 0]
    with open_ledger(str(path)) as ledger:
        check = check_ledger(ledger)
        assert check.entries == 46
        assert [fault.zh for fault in check.faults if "封印" not in fault.zh] == []


def test_a_backup_restores_everything(tmp_path: Path) -> None:
    saved = tmp_path / "backup.jsonl.gz"
    with open_ledger(str(filled(tmp_path / "l.db"))) as ledger:
        assert backup(ledger, saved) == ledger.head()
        before = list(ledger.entries())
    with open_ledger(str(tmp_path / "new.db")) as ledger:
        assert restore(saved, ledger)[0] == 6
        assert list(ledger.entries()) == before
        assert check_ledger(ledger).sound
        with pytest.raises(KpiError, match="不是空的"):
            restore(saved, ledger)


def test_a_damaged_backup_restores_nothing(tmp_path: Path) -> None:
    saved = tmp_path / "backup.jsonl.gz"
    with open_ledger(str(filled(tmp_path / "l.db"))) as ledger:
        backup(ledger, saved)
    lines = gzip.decompress(saved.read_bytes()).decode().splitlines()
    spoiled = {
        "changed": [line.replace("张三", "李四") for line in lines],
        "cut": lines[:-2],
        "shortened": [*lines[:-2], lines[-1]],
        "other": ['{"kpi-xl ledger backup": 2}', *lines[1:]],
        "empty": [],
    }
    for name, changed in spoiled.items():
        (tmp_path / name).write_bytes(gzip.compress("\n".join(changed).encode()))
        with open_ledger(str(tmp_path / f"{name}.db")) as ledger:
            with pytest.raises(KpiError):
                restore(tmp_path / name, ledger)
            assert ledger.head() == (0, GENESIS)


def test_a_broken_ledger_makes_no_backup(tmp_path: Path) -> None:
    path = filled(tmp_path / "l.db")
    spoil(path, "UPDATE kpi_entries SET body = '{}' WHERE seq = 3")
    with open_ledger(str(path)) as ledger, pytest.raises(KpiError, match="第 3 条"):
        backup(ledger, tmp_path / "b.gz")
    assert not (tmp_path / "b.gz").exists()


def test_the_export_is_a_line_of_json_an_entry(tmp_path: Path) -> None:
    with open_ledger(str(filled(tmp_path / "l.db", 2))) as ledger:
        assert export(ledger, tmp_path / "out.jsonl") == 3
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert lines[1]["body"]["name"] == "张三"


@pytest.mark.parametrize("url", ["nonsense://x", "sqlite+nothing:///:memory:", "postgresql+nodriver://host/db"])
def test_a_bad_url_has_a_remedy(url: str) -> None:
    with pytest.raises(KpiError):
        open_ledger(url)


def test_a_missing_ledger_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="没有台账"):
        open_ledger(str(tmp_path / "absent.db"), create=False)
    assert not (tmp_path / "absent.db").exists()


def test_sqlalchemy_is_imported_by_the_ledger_alone() -> None:
    package = Path(__file__).resolve().parents[2] / "kpi_xl"
    users = {
        path.relative_to(package).parts[0] for path in package.rglob("*.py") if "sqlalchemy" in path.read_text(encoding="utf-8")
    }
    assert users == {"ledger"}


@pytest.mark.skipif(shutil.which("true") is None, reason="needs a POSIX shell")
def test_the_password_of_a_url_is_not_shown() -> None:
    with pytest.raises(KpiError) as caught:
        open_ledger("postgresql+nodriver://hr:geheim@host/db")
    assert "geheim" not in str(caught.value)


def test_a_place_that_cannot_be_written_has_a_remedy_and_leaves_nothing(tmp_path: Path) -> None:
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    file.write_text("x")
    with open_ledger(str(filled(tmp_path / "l.db"))) as ledger:
        with pytest.raises(KpiError, match="写不了"):
            backup(ledger, folder)
        with pytest.raises(KpiError, match="写不了"):
            export(ledger, file / "out.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".db") == ["file", "folder"]
