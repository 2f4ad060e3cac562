"""The zip around the parts: read it with limits, write it fast and the same every time.

Parts that a workbook shares with its template are written as the deflated bytes they are; only changed parts are compressed.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from kpi_xl.errors import KpiError, Place, Text, shown_name
from kpi_xl.ooxml.xml import BadXmlError, Node, parse, parse_light, to_utf8

try:
    from isal.isal_zlib import compress as _compress
except ImportError:  # a machine for which there is no wheel: slower, and somewhat larger files
    from zlib import compress as _compress

quick_compress = _compress
"""Deflate for what is written once for each person. What it writes may depend on the kind of processor."""

MAX_PARTS = 20_000
MAX_BYTES = 1 << 30
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_DATE = 0x21  # 1980-01-01, the first day a zip can name: the same input gives the same bytes
_UTF8 = 0x800


@dataclass(frozen=True, slots=True)
class Packed:
    """A part ready for the zip: method 8 (deflated) or 0 (stored), CRC and size of the plain bytes, data as written."""

    name: str
    method: int
    crc: int
    size: int
    data: bytes


def pack(name: str, data: bytes, *, once: bool = False) -> Packed:
    """Compress a part: fast; with `once`, for a part that many workbooks share, thoroughly (a tenth smaller)."""
    packed = zlib.compress(data, 6, wbits=-15) if once else quick_compress(data, 1, wbits=-15)
    return Packed(name, 8, zlib.crc32(data), len(data), packed)


@dataclass(frozen=True, slots=True)
class Archive:
    """Packed parts laid out once: their bytes, their directory entries and their number; more parts may follow them."""

    body: bytes = b""
    directory: bytes = b""
    count: int = 0

    def extended(self, parts: Iterable[Packed]) -> Archive:
        """Return the archive with more parts behind the present ones."""
        body = [self.body]
        directory = [self.directory]
        offset, count = len(self.body), self.count
        for part in parts:
            name = part.name.encode()
            flags = 0 if part.name.isascii() else _UTF8
            sizes = (part.crc, len(part.data), part.size)
            head = _LOCAL.pack(b"PK\x03\x04", 20, flags, part.method, 0, _DATE, *sizes, len(name), 0)
            body += (head, name, part.data)
            directory.append(
                _CENTRAL.pack(b"PK\x01\x02", 20, 20, flags, part.method, 0, _DATE, *sizes, len(name), 0, 0, 0, 0, 0, offset)
                + name
            )
            offset += len(head) + len(name) + len(part.data)
            count += 1
        return Archive(b"".join(body), b"".join(directory), count)

    def finish(self) -> bytes:
        """Return the complete zip file. Raises KpiError beyond 4 GiB or 65,535 parts (Excel reads no ZIP64 form of them)."""
        if len(self.body) + len(self.directory) > 0xFFFFFFFF or self.count > 0xFFFF:
            raise KpiError(Text("工作簿超过 4 GB", "the workbook is larger than 4 GB"), Text("减少明细行数", "write fewer rows"))
        end = _END.pack(b"PK\x05\x06", 0, 0, self.count, self.count, len(self.directory), len(self.body), 0)
        return b"".join((self.body, self.directory, end))


@dataclass
class Package:
    """The parts of a workbook file, in the order of the file; XML parts are parsed when first asked for."""

    label: str
    entries: dict[str, Packed]
    _plain: dict[str, bytes] = field(default_factory=dict)
    _trees: dict[str, Node] = field(default_factory=dict)
    _by_lower: dict[str, str] = field(default_factory=dict)

    def find(self, name: str) -> str | None:
        """Return the real name of a part: part names are compared without case and without a leading slash."""
        if not self._by_lower:
            self._by_lower = {entry.lower().lstrip("/").replace("\\", "/"): entry for entry in self.entries}
        return self._by_lower.get(name.lower().lstrip("/"))

    def raw(self, name: str) -> bytes:
        """Return the plain bytes of a part as stored (not kept in memory)."""
        return unpack(self.entries[name], self.label)

    def xml(self, name: str) -> bytes:
        """Return an XML part in UTF-8."""
        if name not in self._plain:
            try:
                self._plain[name] = to_utf8(self.raw(name))
            except BadXmlError as error:
                raise broken(self.label, f"{name}: {error}") from error
        return self._plain[name]

    def tree(self, name: str) -> Node:
        """Return the parsed XML part. Raises KpiError when it is broken."""
        if name not in self._trees:
            try:
                self._trees[name] = parse(self.xml(name))
            except BadXmlError as error:
                raise broken(self.label, f"{name}: {error}") from error
        return self._trees[name]

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """Return relation id -> (last word of the type, real part name) of a part's internal relations (absolute or relative)."""
        folder, base = posixpath.split(name.replace("\\", "/"))
        rels = self.find(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
        found: dict[str, tuple[str, str]] = {}
        if rels is None:
            return found
        try:
            nodes = parse_light(self.xml(rels))
        except BadXmlError as error:
            raise broken(self.label, f"{rels}: {error}") from error
        for node in nodes:
            target = node.get("Target", "").replace("\\", "/")
            if node.get("TargetMode", "").lower() == "external" or not target:
                continue
            path = target if target.startswith("/") else posixpath.normpath(posixpath.join("/" + folder, target))
            real = self.find(path) or self.find(unquote(path))
            if real is not None:
                found[node.get("Id", "")] = (node.get("Type", "").rpartition("/")[2], real)
        return found

    def related(self, name: str, *types: str) -> Iterator[str]:
        """Walk over the parts that a part names with relations of these types."""
        for kind, part in self.relations(name).values():
            if kind in types:
                yield part


def unpack(entry: Packed, label: str) -> bytes:
    """Return the plain bytes of a packed part. Raises KpiError when they are damaged."""
    if entry.method == 0:
        data = entry.data
    else:
        try:
            worker = zlib.decompressobj(-15)
            data = worker.decompress(entry.data, entry.size + 1)
        except zlib.error as error:
            raise broken(label, f"{entry.name}: {error}") from error
    if len(data) != entry.size or zlib.crc32(data) != entry.crc:
        raise broken(label, f"{entry.name}: CRC")
    return data


def broken(label: str, detail: str) -> KpiError:
    """Return the error for a file that no spreadsheet program could open either."""
    return KpiError(
        Text(f"{label} 不是完好的 Excel 工作簿（{detail}）", f"{label} is not a sound Excel workbook ({detail})"),
        Text("在 Excel 或 WPS 中打开，另存为 .xlsx 后再用", "open it in Excel or WPS and save it as .xlsx"),
        where=Place(label),
    )


def read_package(source: bytes | Path, label: str | None = None) -> Package:
    """Read a workbook file without unpacking it; `label` names it in messages (a path is called by its name).

    Raises KpiError for files that are not zips, are encrypted, damaged, or larger than 1 GiB when unpacked.
    """
    label = label or (shown_name(source) if isinstance(source, Path) else "工作簿")
    try:
        data = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise KpiError(
            Text(f"读不到文件 {label}（{error.strerror}）", f"cannot read {label} ({error.strerror})"),
            Text("检查文件名和权限", "check the file name and its permissions"),
            where=Place(label),
        ) from error
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise KpiError(
            Text(f"{label} 加了密码，或是旧的 .xls 格式", f"{label} is encrypted, or an old .xls file"),
            Text("去掉密码、另存为 .xlsx 后再用", "remove the password and save it as .xlsx"),
            where=Place(label),
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise broken(label, str(error)) from error
    if len(infos) > MAX_PARTS or sum(info.file_size for info in infos) > MAX_BYTES:
        raise broken(label, "too large")
    if len({info.filename.lower().lstrip("/") for info in infos}) < len(infos):  # programs would not agree on which one counts
        raise broken(label, "a part appears twice")
    return Package(label, {info.filename: _entry(data, info, label) for info in infos})


def _entry(data: bytes, info: zipfile.ZipInfo, label: str) -> Packed:
    """Cut a part's deflated bytes out of the file; other methods than deflate are unpacked and packed again."""
    if info.flag_bits & 1:
        raise broken(label, f"{info.filename}: encrypted")
    if info.compress_type not in (0, 8):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return pack(info.filename, archive.read(info), once=True)
    at = info.header_offset
    if data[at : at + 4] != b"PK\x03\x04":
        raise broken(label, f"{info.filename}: header")
    names, extra = struct.unpack_from("<2H", data, at + 26)
    start = at + 30 + names + extra
    return Packed(info.filename, info.compress_type, info.CRC, info.file_size, data[start : start + info.compress_size])
