"""A VBA project: its modules with their source, read from ``vbaProject.bin`` and written again (MS-OVBA 2.3).

Written is the source alone, as other libraries do it and as xlwings' own release does for its templates: the version ``FFFF``
in ``_VBA_PROJECT`` tells Excel that no compiled code (performance cache) is there, so that it compiles the source. What the
project refers to, its code page and its protection stay as they were read; marks of a module as private or read-only do not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from kpi_xl.excel.vba.compound_file import read_streams, write_streams
from kpi_xl.excel.vba.compression import compress, decompress

Kind = Literal["document", "class", "standard"]
"""``document``: behind a sheet or the workbook; ``class``; ``standard``: functions and procedures for all."""

_CODE_PAGE, _NAME, _VERSION, _MODULES, _COOKIE, _END = 0x03, 0x04, 0x09, 0x0F, 0x13, 0x10
_MODULE, _MODULE_UNICODE, _STREAM, _STREAM_UNICODE = 0x19, 0x47, 0x1A, 0x32
_DOC, _DOC_UNICODE, _OFFSET, _HELP, _MODULE_COOKIE = 0x1C, 0x48, 0x31, 0x1E, 0x2C
_PROCEDURAL, _OTHER, _MODULE_END = 0x21, 0x22, 0x2B
_NO_CACHE = bytes.fromhex("CC61FFFF000000")
_LISTED = {"document": "Document", "class": "Class", "standard": "Module"}
_ANY_COOKIE = b"\xff\xff"


@dataclass(frozen=True)
class Module:
    """A module: `source` as it is stored, with its ``Attribute`` lines (Excel ends lines in CR LF); `doc`: its description."""

    name: str
    kind: Kind
    source: str
    doc: str = ""


@dataclass(frozen=True)
class Project:
    """A project; `head`: the records on the project itself and what it refers to; `properties`: the text of its ``PROJECT``."""

    name: str
    modules: tuple[Module, ...]
    head: bytes
    properties: str
    encoding: str

    def module(self, name: str) -> Module:
        """Return the module of that name. Raises KeyError."""
        return {module.name: module for module in self.modules}[name]

    def with_module(self, module: Module) -> Project:
        """Return the project with the module in the place of the one of its name, or behind all others."""
        if any(known.name == module.name for known in self.modules):
            return replace(self, modules=tuple(module if known.name == module.name else known for known in self.modules))
        return replace(self, modules=(*self.modules, module))

    def without_module(self, name: str) -> Project:
        """Return the project without the module of that name, if there is one."""
        return replace(self, modules=tuple(module for module in self.modules if module.name != name))


def read_project(data: bytes) -> Project:
    """Return the project in ``vbaProject.bin``. Raises ValueError or OSError for other bytes."""
    streams = read_streams(data)
    if not {"PROJECT", "VBA/dir"} <= set(streams):
        raise ValueError("no VBA project: its streams PROJECT or dir are missing")
    listing = decompress(streams["VBA/dir"])
    records = list(_records(listing))
    encoding = next(f"cp{int.from_bytes(body, 'little')}" for kind, body, _ in records if kind == _CODE_PAGE)
    begin = next(at for kind, _, at in records if kind == _MODULES)
    properties = streams["PROJECT"].decode(encoding)
    modules = [_read_module(part, streams, properties, encoding) for part in _split([r for r in records if r[2] >= begin])]
    name = next(body for kind, body, _ in records if kind == _NAME).decode(encoding)
    return Project(name, tuple(modules), listing[:begin], properties, encoding)


def write_project(project: Project) -> bytes:
    """Return ``vbaProject.bin`` without compiled code. Raises ValueError for text that the project's code page cannot hold."""
    sources = {f"VBA/{module.name}": compress(module.source.encode(project.encoding)) for module in project.modules}
    names = [(module.name.encode(project.encoding), module.name.encode("utf-16-le")) for module in project.modules]
    return write_streams(
        {
            **sources,
            "VBA/_VBA_PROJECT": _NO_CACHE,
            "VBA/dir": compress(_listing(project)),
            "PROJECT": _properties(project).encode(project.encoding),
            "PROJECTwm": b"".join(narrow + b"\0" + wide + b"\0\0" for narrow, wide in names) + b"\0\0",
        }
    )


# --- the stream dir -------------------------------------------------------------------------------------------------------

_Record = tuple[int, bytes, int]
"""Kind, content, and where the record begins."""


def _records(listing: bytes) -> Iterator[_Record]:
    at = 0
    while at + 6 <= len(listing):
        kind, size = struct.unpack_from("<HI", listing, at)
        size = 6 if kind == _VERSION else size  # the one record whose size says something else than its size
        yield kind, listing[at + 6 : at + 6 + size], at
        at += 6 + size


def _split(records: list[_Record]) -> Iterator[dict[int, bytes]]:
    """Hand out the records of each module."""
    part: dict[int, bytes] = {}
    for kind, body, _ in records:
        if kind == _MODULE:
            part = {}
        part[kind] = body
        if kind == _MODULE_END:
            yield part


def _read_module(part: dict[int, bytes], streams: dict[str, bytes], properties: str, encoding: str) -> Module:
    name = part[_MODULE].decode(encoding)
    stream = streams[f"VBA/{part[_STREAM].decode(encoding)}"]
    source = decompress(stream[int.from_bytes(part[_OFFSET], "little") :]).decode(encoding)
    kind: Kind = "standard"
    if _PROCEDURAL not in part:
        kind = "class" if f"\r\nClass={name}\r\n" in f"\r\n{properties}" else "document"
    return Module(name, kind, source, part[_DOC].decode(encoding))


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HI", kind, len(body)) + body


def _listing(project: Project) -> bytes:
    head = b"".join(
        _record(_NAME, project.name.encode(project.encoding)) if kind == _NAME else project.head[at : at + 6 + len(body)]
        for kind, body, at in _records(project.head)
    )
    count = len(project.modules).to_bytes(2, "little")
    modules = b"".join(_module_records(module, project.encoding) for module in project.modules)
    return head + _record(_MODULES, count) + _record(_COOKIE, _ANY_COOKIE) + modules + _record(_END)


def _module_records(module: Module, encoding: str) -> bytes:
    name, wide = module.name.encode(encoding), module.name.encode("utf-16-le")
    return b"".join(
        (
            _record(_MODULE, name) + _record(_MODULE_UNICODE, wide),
            _record(_STREAM, name) + _record(_STREAM_UNICODE, wide),
            _record(_DOC, module.doc.encode(encoding)) + _record(_DOC_UNICODE, module.doc.encode("utf-16-le")),
            _record(_OFFSET, bytes(4)),  # the source begins at once: no compiled code stands before it
            _record(_HELP, bytes(4)) + _record(_MODULE_COOKIE, _ANY_COOKIE),
            _record(_PROCEDURAL if module.kind == "standard" else _OTHER) + _record(_MODULE_END),
        )
    )


# --- the stream PROJECT ---------------------------------------------------------------------------------------------------


def _properties(project: Project) -> str:
    """Return the properties with the modules of the project: their list, and their windows in the editor (all closed)."""
    head, _, tail = project.properties.partition("[Workspace]")
    lines = head.splitlines()
    listed = [number for number, line in enumerate(lines) if line.startswith(tuple(f"{word}=" for word in _LISTED.values()))]
    first = listed[0] if listed else 1
    kept = [f'Name="{project.name}"' if line.startswith("Name=") else line for line in _without(lines, listed)]
    kept[first:first] = [_listed(module) for module in project.modules]
    windows = dict(line.split("=", 1) for line in tail.splitlines() if "=" in line)
    shown = [f"{module.name}={windows.get(module.name, '0, 0, 0, 0, C')}" for module in project.modules]
    return "\r\n".join([*kept, "[Workspace]", *shown, ""])


def _without(lines: list[str], numbers: list[int]) -> list[str]:
    return [line for number, line in enumerate(lines) if number not in numbers]


def _listed(module: Module) -> str:
    return f"{_LISTED[module.kind]}={module.name}" + ("/&H00000000" if module.kind == "document" else "")
