"""Passwords that open workbooks: a file with one per person, and the encryption of the Office formats (msoffcrypto-tool)."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kpi_xl.cell_words import fold_width
from kpi_xl.codec import parse_toml
from kpi_xl.errors import KpiError, Place, Problem, Text

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_HEADERS = {"id", "工号", "person", "员工编号"}
_LONGEST = 255  # what Excel's dialog takes
_MOST_TRIES = 300


@dataclass(frozen=True)
class Passwords:
    """A password per person, by id. `mark` changes when the file changes and gives nothing away (scrypt over the whole file)."""

    by_person: Mapping[str, str] = field(repr=False)
    mark: str

    def candidates(self, path: Path) -> tuple[str, ...]:
        """Return the passwords to try on a file: of the ids in its name first, the longest first; then a few hundred others.

        Trying one takes about a tenth of a second, so a renamed file among thousands of people may need its id in the name.
        """
        named = sorted((person for person in self.by_person if person in path.stem), key=len, reverse=True)
        others = [person for person in self.by_person if person not in path.stem]
        return tuple(dict.fromkeys(self.by_person[person] for person in (*named, *others[:_MOST_TRIES])))


def no_password(person: str) -> KpiError:
    """Return the error for a person whom the file forgets: nothing leaves unprotected by mistake."""
    return KpiError(
        Text(f"密码文件里没有 {person}", f"the password file has no {person}"),
        Text(f"在密码文件里为 {person} 加一个密码", f"add a password for {person}"),
    )


def read_passwords(path: Path) -> Passwords:
    """Read ``id,password`` (CSV) or ``"id" = "password"`` (TOML).

    Raises KpiError: unreadable, open to others than its owner (POSIX), or with mistakes (all of them).
    """
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise KpiError(
            Text(f"读不到密码文件 {path}（{error.strerror}）", f"cannot read the password file {path} ({error.strerror})"),
            Text("检查路径和权限", "check the path and its permissions"),
            where=Place.of(path),
        ) from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise KpiError(
            Text(f"密码文件 {path} 其他人也能读", f"others can read the password file {path}"),
            Text(f"先运行 chmod 600 {path}", f"run chmod 600 {path} first"),
            where=Place.of(path),
        )
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for where, wide, password in _toml(path, data) if path.suffix.lower() == ".toml" else _csv(data):
        person = fold_width(wide).strip()
        if not person or not password or len(password) > _LONGEST:
            message = Text("工号或密码为空，或密码超过 255 个字符", "id or password is empty, or longer than 255 characters")
            problems.append(Problem(where, message, Text("补全或缩短", "fill in or shorten")))
        elif person in found:
            problems.append(Problem(where, Text(f"{person} 出现两次", f"{person} appears twice"), Text("只留一行", "keep one")))
        else:
            found[person] = password
    if problems or not found:
        raise KpiError(
            Text(f"密码文件 {path.name} 有错误，或是空的", f"the password file {path.name} has mistakes or is empty"),
            Text('CSV 每行写 工号,密码；TOML 每行写 "工号" = "密码"', 'CSV: id,password a line; TOML: "id" = "password"'),
            problems,
            where=Place.of(path, key=problems[0].where if problems else None),
        )
    mark = hashlib.scrypt(data, salt=b"kpi-xl passwords", n=1 << 14, r=8, p=1, dklen=16).hex()
    return Passwords(found, mark)


def is_encrypted(data: bytes) -> bool:
    """Tell whether a file is in an OLE envelope: an encrypted workbook (or an old .xls file, which `decrypt` refuses)."""
    return data.startswith(_OLE)


def encrypt(workbook: bytes, password: str) -> bytes:
    """Return the workbook encrypted (agile encryption, AES-256); the same arguments give other bytes each time."""
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt(password, out)
    return out.getvalue()


def decrypt(data: bytes, passwords: Iterable[str], label: str) -> bytes:
    """Return the workbook that one of the passwords opens. Raises KpiError when none does."""
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            raise _unusable(label)
        for password in passwords:
            out = io.BytesIO()
            try:
                file.load_key(password=password, verify_password=True)
                file.decrypt(out)
            except InvalidKeyError:
                continue
            return out.getvalue()
    except (FileFormatError, DecryptionError, OSError, ValueError, KeyError) as error:
        raise _unusable(label) from error
    raise KpiError.at(
        Place(label),
        Text("密码文件里的密码打不开它", "no password of the password file opens it"),
        Text("核对密码文件；若本人改过打开密码，请他去掉后重交", "check the password file, or have the password removed"),
    )


def _unusable(label: str) -> KpiError:
    return KpiError.at(
        Place(label),
        Text("是旧的 .xls 格式，或加密方式不受支持", "an old .xls file, or encrypted in an unknown way"),
        Text("在 Excel 或 WPS 中另存为 .xlsx 后再交", "save it as .xlsx in Excel or WPS"),
    )


def _toml(path: Path, data: bytes) -> Iterable[tuple[str, str, str]]:
    try:
        table = parse_toml(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KpiError(
            Text(f"密码文件 {path.name} 不是合法的 TOML", f"{path.name} is not valid TOML"),
            Text('每行写 "工号" = "密码"', 'write "id" = "password" a line'),
            where=Place.of(path),
        ) from error
    for key, value in table.items():
        yield key, key.strip(), value if isinstance(value, str) else ""


def _csv(data: bytes) -> Iterable[tuple[str, str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[0].lower() in _HEADERS):
            continue
        yield f"{number}", cells[0], cells[1] if len(cells) > 1 else ""
