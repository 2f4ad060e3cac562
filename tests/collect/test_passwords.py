"""Own password per person, out and back with the same file; nothing leaves unprotected by mistake."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kpi_xl.collect.passwords import decrypt, encrypt, is_encrypted, read_passwords
from kpi_xl.collect.verify import verify_file
from kpi_xl.errors import KpiError
from kpi_xl.ledger import open_ledger

from .forms import collect, enter, make_form, only


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "001,geheim\n002,二号密码\n"),
        ("b.csv", "\ufeff工号,密码\n001 , geheim\n\n002,二号密码\n"),
        ("w.csv", "００１,geheim\n002　,二号密码\n"),
        ("c.toml", '"001" = "geheim"\n"002" = "二号密码"\n'),
    ],
)
def test_both_forms_of_the_file_are_read(tmp_path: Path, name: str, text: str) -> None:
    assert dict(read_passwords(written(tmp_path / name, text)).by_person) == {"001": "geheim", "002": "二号密码"}


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(KpiError, match="chmod 600"):
        read_passwords(written(tmp_path / "p.csv", "001,x\n", mode))


@pytest.mark.parametrize("text", ["", "001,\n", "001\n", "001,a\n001,b\n", f"001,{'x' * 256}\n"])
def test_mistakes_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(KpiError):
        read_passwords(written(tmp_path / "p.csv", text))


def test_the_passwords_are_never_shown(tmp_path: Path) -> None:
    found = read_passwords(written(tmp_path / "p.csv", "001,geheim\n"))
    assert "geheim" not in repr(found)
    assert found.mark != read_passwords(written(tmp_path / "q.csv", "001,anders\n")).mark


def test_a_workbook_comes_back_with_the_same_file(tmp_path: Path) -> None:
    form = make_form(tmp_path / "out")
    passwords = read_passwords(written(tmp_path / "p.csv", "999,falsch\n001,geheim\n"))
    with open_ledger(str(tmp_path / "l.db")) as ledger:
        enter(ledger, [form])
        locked = tmp_path / form.path.name
        locked.write_bytes(encrypt(form.data, "geheim"))
        assert is_encrypted(locked.read_bytes())
        assert decrypt(locked.read_bytes(), ["falsch", "geheim"], "x") == form.data
        assert verify_file(locked, passwords=passwords.candidates(locked)).unchanged
        assert collect(ledger, [locked]).files[0].error is not None
        assert only(collect(ledger, [locked], passwords=passwords)).status == "taken"


def test_a_wrong_password_says_so(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="打不开"):
        decrypt(encrypt(make_form(tmp_path).data, "geheim"), ["falsch"], "x.xlsx")


def test_the_id_in_the_file_name_is_tried_first(tmp_path: Path) -> None:
    passwords = read_passwords(written(tmp_path / "p.csv", "\n".join(f"{n},p{n}" for n in range(1, 500))))
    assert passwords.candidates(Path("123_张三.xlsx"))[0] == "p123"
    assert len(passwords.candidates(Path("张三.xlsx"))) == 300
