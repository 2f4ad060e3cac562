"""One file that came back: guarded, decrypted, its seal compared, its input cells read. Runs in worker processes."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from kpi_xl.collect.cells import read_content
from kpi_xl.collect.differences import compare
from kpi_xl.collect.fields import read_fields, with_parts_closed
from kpi_xl.collect.model import Identity, Returned, Sealed, SealState
from kpi_xl.collect.passwords import decrypt, is_encrypted
from kpi_xl.collect.seal import has_seal_part, open_payload, read_seal, stamp_of
from kpi_xl.errors import KpiError, Place, Text, shown_name
from kpi_xl.exports.files.guard import guard, guard_bytes
from kpi_xl.faults import Fault
from kpi_xl.ooxml.package import Package, read_package
from kpi_xl.ooxml.read import cells_at
from kpi_xl.schemes.load import load_scheme, read_scheme_text
from kpi_xl.schemes.model import Scheme
from kpi_xl.workbook.identity import fingerprint

COLLECT_LOG = "收集时内部错误.log"
"""The name of the log of what we stumbled over, beside the results."""
MAX_FILE = 64 << 20
"""A form is some 100 KB; what is larger than this on the disk is none."""
_PROGRAM = re.compile(rb"<Application>([^<]*)<")


@dataclass(frozen=True)
class File:
    """A file to be read. `passwords` are tried in order; `payload` is the seal from the ledger when the file lost its own."""

    path: Path
    passwords: tuple[str, ...] = field(default=(), repr=False)
    payload: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Batch:
    """A few dozen files: what one task of the executor works on. `schemes` are scheme texts (TOML) by fingerprint."""

    files: tuple[File, ...]
    schemes: Mapping[str, str] = field(default_factory=dict, repr=False)


def open_workbook(path: Path, passwords: tuple[str, ...] = ()) -> tuple[bytes, Package]:
    """Return the bytes and the package of a workbook that may be encrypted. Raises KpiError when it is unusable or hostile."""
    where = Place.of(path)
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_FILE else b""
    except OSError as error:
        raise KpiError.at(
            where,
            Text(f"打不开（{error.strerror}）", f"cannot be opened ({error.strerror})"),
            Text("检查路径和权限", "check the path and its permissions"),
        ) from error
    if size > MAX_FILE:
        raise KpiError.at(
            where,
            Text(f"文件过大（{size >> 20} MB），不是考核表", "too large for a form"),
            Text("请交原来的考核表", "hand in the form itself"),
        )
    if is_encrypted(data) and passwords:
        data = decrypt(data, passwords, where.file)
        guard_bytes(path, data)
    elif guard(path).content != "xlsx":
        raise KpiError.at(
            where,
            Text("不是 .xlsx 工作簿", "not an .xlsx workbook"),
            Text("在 Excel 或 WPS 中另存为 .xlsx 后再交", "save it as .xlsx in Excel or WPS"),
        )
    return data, read_package(data, where.file)


def read_batch(batch: Batch) -> list[Returned]:
    """Read files. Whatever is wrong with one is in its result: one bad file stops no other."""
    return [_read_or_error(file, batch.schemes) for file in batch.files]


def _read_or_error(file: File, schemes: Mapping[str, str]) -> Returned:
    try:
        return _read(file, schemes)
    except KpiError as error:
        return Returned(file.path, error=error.message)
    except Exception as error:
        return _not_read(file.path, error)


def _not_read(path: Path, error: Exception) -> Returned:
    """Return the result of a file over which we stumbled: its traceback is for the maintainers."""
    name, what = shown_name(path), f"{type(error).__name__}: {error}"
    said = Text(
        f"{name}：读取时出错（{what}），请把 {COLLECT_LOG} 发给维护者", f"{name}: {what}; send {COLLECT_LOG} to the maintainers"
    )
    return Returned(path, error=said, fault=Fault.of(name, error))


def _read(file: File, schemes: Mapping[str, str]) -> Returned:
    data, package = open_workbook(file.path, file.passwords)
    sealed, digest = read_seal(package)
    if not digest:
        raise no_seal(file.path)
    state: SealState = "whole" if sealed is not None else "damaged" if has_seal_part(package) else "absent"
    found = Returned(file.path, hashlib.sha256(data).hexdigest(), seal=state, issue=digest[:16], digest=digest)
    if sealed is None and file.payload is not None:
        sealed = open_payload(file.payload)
    if sealed is None:
        return found
    scheme = scheme_of(sealed.identity, schemes)
    if scheme is None:
        reference = sealed.identity.scheme
        raise KpiError.at(
            Place.of(file.path),
            Text(f"找不到它所用的方案 {reference}", f"its scheme {reference} is not known"),
            Text("使用发放时的台账", "use the ledger with which it was issued"),
        )
    sealed = replace(sealed, content=with_parts_closed(sealed.content, scheme))
    content = read_content(package)
    return replace(
        found,
        identity=sealed.identity,
        record=sealed.record,
        fields=read_fields(sealed, scheme, cells_at(package, content.names)),
        edits=compare(sealed.content, content),
        face=frozenset("!".join(cell) for name, cell in sealed.content.names.items() if name.startswith("id_")),
        saved_at=_saved_at(package, sealed, file.path),
        program=_program(package),
    )


def no_seal(path: Path) -> KpiError:
    """Return the error for a workbook that never was a form of ours."""
    return KpiError.at(
        Place.of(path),
        Text("没有封印，不是 kpi-xl 发放的考核表", "no seal, not a form of kpi-xl"),
        Text("请交原来的考核表", "hand in the form that was issued"),
    )


def scheme_of(identity: Identity, schemes: Mapping[str, str]) -> Scheme | None:
    """Return the scheme of a form: as the ledger keeps it, else the built-in one if its rules are still the same."""
    text = schemes.get(identity.fingerprint)
    return _parsed(text) if text is not None else _built_in(identity.scheme, identity.fingerprint)


@lru_cache(maxsize=64)
def _parsed(text: str) -> Scheme:
    return read_scheme_text(text, "台账")


@lru_cache(maxsize=64)
def _built_in(reference: str, wanted: str) -> Scheme | None:
    try:
        scheme = load_scheme(reference)
    except KpiError:
        return None
    return scheme if fingerprint(scheme) == wanted else None


def _saved_at(package: Package, sealed: Sealed, path: Path) -> str:
    """Return when the file was saved last (UTC): as its program says, or by the file system when the program says nothing new."""
    said = stamp_of(package)
    if said and said != sealed.record.get("stamp"):
        return said
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _program(package: Package) -> str:
    name = package.find("docProps/app.xml")
    found = _PROGRAM.search(package.raw(name)) if name else None
    return html.unescape(found[1].decode("utf-8", "replace").strip()) if found else ""
