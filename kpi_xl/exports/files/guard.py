"""Look at a file before any reader touches it: what it really is, and whether reading it would be safe.

A workbook of 1.7 KB can make a reader take gigabytes or abort the whole process, so the zip is scanned part by part in constant
memory first: number of entries, compression ratio, document types, the rectangle that the cells span, the number of strings
that is announced. Only then (and in a child process, see `excel_source`) is it read.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kpi_xl.errors import KpiError, Place, Text

Content = Literal["xlsx", "xls", "text"]

MAX_ENTRIES = 20_000
MAX_UNPACKED = 4 << 30
MAX_RATIO = 250
RATIO_MATTERS_FROM = 50 << 20
"""A small part may compress as well as it likes; real sheets of 50 MB and more stay far below `MAX_RATIO`."""
MAX_CELLS = 60_000_000
SPARSE_FROM = 2_000_000
MAX_SPARSENESS = 40
"""A rectangle of more than `SPARSE_FROM` cells of which fewer than one in `MAX_SPARSENESS` is there, is refused."""

_CHUNK = 1 << 18
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']\$?([A-Za-z]{1,4})\$?(\d{1,10})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"'](\d{1,12})[\"']")
_SST = re.compile(rb"<(?:\w+:)?sst\b[^>]*>")
_UNIQUE = re.compile(rb"\buniqueCount=[\"'](\d+)[\"']")
_USES = re.compile(rb"\bcount=[\"'](\d+)[\"']")
_DTD = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_DATE1904 = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904=[\"'](?:1|true)[\"']")
_OTHER_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "PDF 文件", "a PDF"),
    (b"\x89PNG", "图片", "a picture"),
    (b"\xff\xd8\xff", "图片", "a picture"),
    (b"GIF8", "图片", "a picture"),
    (b"\x1f\x8b", "gzip 压缩包", "a gzip archive"),
    (b"Rar!", "RAR 压缩包", "a RAR archive"),
    (b"7z\xbc\xaf", "7z 压缩包", "a 7z archive"),
    (b"PAR1", "Parquet 文件", "a Parquet file"),
    (b"SQLite format 3", "SQLite 数据库", "an SQLite database"),
    (b"{\\rtf", "RTF 文档", "an RTF document"),
)


@dataclass(frozen=True)
class Guarded:
    """A file that may be read: what it is, its bytes' SHA-256 (None: not computed yet), and what it will need at most."""

    path: Path
    content: Content
    memory_mb: int = 0
    date1904: bool = False


def refuse(path: Path, zh: str, en: str, remedy_zh: str, remedy_en: str) -> KpiError:
    """Return the error for a file that cannot be used."""
    return KpiError.at(Place.of(path), Text(zh, en), Text(remedy_zh, remedy_en))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unopened(path: Path, error: OSError) -> KpiError:
    if path.is_dir():
        return refuse(
            path,
            "打不开：这是文件夹，不是文件",
            "cannot be opened: it is a folder, not a file",
            f"请写出里面的文件，如 {path / '*.csv'}",
            f"name the files inside, such as {path / '*.csv'}",
        )
    if not path.exists():
        return refuse(
            path,
            "打不开：没有这个文件",
            "cannot be opened: there is no such file",
            f"请核对路径和文件名；要找的是 {path.absolute()}",
            f"check the path and the name; it was looked for at {path.absolute()}",
        )
    return refuse(
        path, f"打不开（{error.strerror}）", f"cannot be opened ({error.strerror})", "请核对权限", "check the permissions"
    )


def guard(path: Path) -> Guarded:
    """Tell by its content what the file is. Raises KpiError when it is empty, encrypted, broken, absurd inside or not a table."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise _unopened(path, error) from error
    if not start.strip(b"\0\xef\xbb\xbf \t\r\n"):
        if path.stat().st_size <= len(start):
            raise refuse(path, "文件是空的", "the file is empty", "请重新导出", "export it again")
        raise refuse(
            path,
            "文件开头全是空白字节",
            "the file begins with nothing but blank bytes",
            "文件可能已损坏，请重新导出",
            "it is probably damaged; export it again",
        )
    if start.startswith(b"PK"):
        return _guard_zip(path, path)
    if start.startswith(_OLE):
        return _guard_ole(path)
    if start[:1] == b"\x09" and start[1:2] in (b"\x00", b"\x02", b"\x04", b"\x08") and len(start) > 8 and b"\0" in start[:16]:
        return Guarded(path, "xls", memory_mb=_xls_memory(path))  # BIFF without its OLE envelope
    for magic, zh, en in _OTHER_KINDS:
        if start.startswith(magic):
            raise refuse(
                path,
                f"内容是{zh}，不是表格",
                f"the content is {en}, not a table",
                "请从系统导出 CSV 或 XLSX",
                "export CSV or XLSX from the system",
            )
    lower = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lower.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<style")):
        raise refuse(
            path, "内容是网页（HTML/XML），只是名字像表格", "the content is a web page (HTML/XML) under a spreadsheet's name",
            "请用 Excel 或 WPS 打开后另存为 XLSX", "open it in Excel or WPS and save it as XLSX",
        )  # fmt: skip
    return Guarded(path, "text")


def _guard_ole(path: Path) -> Guarded:
    """An OLE envelope: an old workbook, or an encrypted new one."""
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        raise encrypted(path)
    if not any(name.encode("utf-16-le") in data for name in ("Workbook", "WORKBOOK", "Book", "BOOK", "workbook", "book")):
        raise refuse(
            path,
            "是旧式 Office 文档，但不是工作簿",
            "an old Office document, but not a workbook",
            "请另存为 XLSX",
            "save it as XLSX",
        )
    return Guarded(path, "xls", memory_mb=_xls_memory(path))


def _xls_memory(path: Path) -> int:
    return 256 + 40 * (path.stat().st_size >> 20)


def encrypted(path: Path) -> KpiError:
    """Return the error for a file that asks for a password."""
    return refuse(
        path,
        "文件有密码保护，打不开",
        "the file is encrypted",
        "请在 Excel 或 WPS 中取消打开密码后另存",
        "remove the password in Excel or WPS and save it again",
    )


def _absurd(path: Path, zh: str, en: str) -> KpiError:
    return refuse(
        path,
        f"工作簿内部异常：{zh}",
        f"absurd inside: {en}",
        "请在 Excel 或 WPS 中只保留数据区域，另存为新的 XLSX",
        "keep only the data in Excel or WPS and save it as a new XLSX",
    )


def _broken(path: Path, why: str) -> KpiError:
    return refuse(
        path,
        f"工作簿已损坏（{why}）",
        f"the workbook is broken ({why})",
        "请重新导出，或在 Excel、WPS 中打开修复后另存",
        "export it again, or repair it in Excel or WPS and save it",
    )


def _guard_zip(path: Path, source: Path | io.BytesIO) -> Guarded:
    try:
        with zipfile.ZipFile(source) as package:
            return _guard_package(path, package)
    except (
        zipfile.BadZipFile,
        OSError,
        EOFError,
        NotImplementedError,
        ValueError,
        zipfile.LargeZipFile,
        zlib.error,
    ) as error:
        raise _broken(path, str(error) or type(error).__name__) from error
    except RuntimeError as error:  # zipfile says so of encrypted entries
        raise encrypted(path) from error


def guard_bytes(path: Path, data: bytes) -> Guarded:
    """Like `guard`, for a workbook in memory (decrypted, say); `path` names it in messages."""
    return _guard_zip(path, io.BytesIO(data))


def _guard_package(path: Path, package: zipfile.ZipFile) -> Guarded:
    entries = package.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _absurd(path, f"有 {len(entries)} 个部件", f"{len(entries)} parts")
    names = {e.filename.replace("\\", "/").lstrip("/").lower() for e in entries}
    if "mimetype" in names and "content.xml" in names:
        raise refuse(
            path, "是 ODS 工作簿，不支持", "an ODS workbook is not supported", "请另存为 XLSX 或 CSV", "save it as XLSX or CSV"
        )
    if any(n.endswith("workbook.bin") for n in names):
        raise refuse(
            path, "是 XLSB 二进制工作簿，不支持", "an XLSB binary workbook is not supported", "请另存为 XLSX", "save it as XLSX"
        )
    if not any(n.startswith("xl/") or n.endswith("workbook.xml") for n in names) and "[content_types].xml" not in names:
        raise refuse(
            path,
            "是 ZIP 压缩包，不是工作簿",
            "a ZIP archive, not a workbook",
            "请先解压，再给出里面的导出文件",
            "unpack it and give the exports inside",
        )
    unpacked = sum(e.file_size for e in entries)
    if unpacked > MAX_UNPACKED:
        raise _absurd(path, f"解压后有 {unpacked >> 20} MB", f"{unpacked >> 20} MB unpacked")
    area, date1904 = 0, False
    for entry in entries:
        if entry.file_size > RATIO_MATTERS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise _absurd(path, f"{entry.filename} 压缩比异常", f"the compression ratio of {entry.filename}")
        if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            scan = _scan_part(path, package, entry)
            area += scan[0]
            date1904 = date1904 or scan[1]
    if area > MAX_CELLS:
        raise _absurd(path, f"单元格区域有 {area} 格", f"its sheets span {area} cells")
    return Guarded(path, "xlsx", memory_mb=384 + (unpacked >> 20) * 3 + (area * 48 >> 20), date1904=date1904)


def _chunks(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the part in pieces that overlap enough for a tag not to be cut."""
    tail = b""
    with package.open(entry) as part:
        while piece := part.read(_CHUNK):
            chunk = tail + piece
            yield chunk
            cut = chunk.rfind(b"<", len(chunk) - 512)
            tail = chunk[cut:] if cut > 0 else chunk[-512:]


def _scan_part(path: Path, package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, bool]:
    """Return how many cells the part's cells span and whether it sets the 1904 date system. Raises KpiError when absurd."""
    is_sheet = False
    last_row = last_column = cells = 0
    date1904 = False
    for chunk in _chunks(package, entry):
        if any(mark in chunk for mark in _DTD):
            raise _absurd(path, f"{entry.filename} 含文档类型声明（DTD）", f"{entry.filename} declares a document type (DTD)")
        is_sheet = is_sheet or b"sheetData" in chunk
        if is_sheet:
            found = _CELL.findall(chunk)
            cells += len(found)
            for letters in {f[0] for f in found}:
                last_column = max(last_column, _column_number(letters))
            if found:
                last_row = max(
                    last_row,
                    *(int(f[1]) for f in (found[0], found[-1])),
                    max(int(f[1]) for f in found if len(f[1]) >= 6) if any(len(f[1]) >= 6 for f in found) else 0,
                )
            rows = _ROW.findall(chunk)
            if rows:
                last_row = max(last_row, max(int(r) for r in rows))
            cells += chunk.count(b"<c>")
        elif (table := _SST.search(chunk)) is not None:
            unique, uses = _UNIQUE.search(table[0]), _USES.search(table[0])
            if int(unique[1] if unique else 0) > max(entry.file_size, 1000) or int(uses[1] if uses else 0) > 4 * MAX_CELLS:
                raise _absurd(
                    path, "声明的共享字符串数与内容不符", "far more shared strings are announced than there is room for"
                )
        date1904 = date1904 or _DATE1904.search(chunk) is not None
    if last_row > 1_048_576 or last_column > 16_384:
        raise _absurd(path, f"{entry.filename} 的单元格超出工作表边界", f"cells of {entry.filename} lie beyond the sheet")
    area = last_row * last_column if cells else 0
    if area > SPARSE_FROM and area > MAX_SPARSENESS * cells:
        raise _absurd(
            path,
            f"{entry.filename} 只有 {cells} 格数据，却延伸到第 {last_row} 行第 {last_column} 列",
            f"{entry.filename} has {cells} cells spread to row {last_row}, column {last_column}",
        )
    return area, date1904


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
