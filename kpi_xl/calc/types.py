"""The type library (.rdb) of the add-in: one UNO interface with one method per cell function, without the LibreOffice SDK.

The binary format is the one of `unoidl-write`: magic, offset and size of the root map, entities, maps of (name, entity) sorted by
name; all numbers little-endian 32 bit. A string is written once and referred to by its offset with the highest bit set.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from kpi_xl.functions import Function

MODULE = "kpixl"
INTERFACE = "XFunctions"
ARGUMENT = "any"
"""A cell or a range; may be left out."""
RESULT = "any"
"""A number, a text, or an ``XVolatileResult`` that holds a table (`results`)."""
_INTERFACE_KIND = b"\x05"
_MODULE_KIND = b"\x00"
_IN = b"\x00"


def write_types(functions: Iterable[Function]) -> bytes:
    """Return the type library with ``kpixl.XFunctions``; every argument may be a cell or a range, or left out."""
    library = _Library()
    interface = library.add_interface(functions)
    module = library.add_map({INTERFACE: interface}, module=True)
    root = library.add_map({MODULE: module}, module=False)
    library.data[8:16] = struct.pack("<II", root, 1)
    return bytes(library.data)


class _Library:
    """The bytes so far; each method appends something and returns its offset."""

    def __init__(self) -> None:
        self.data = bytearray(b"UNOIDL\xff\x00" + bytes(8))
        self.strings: dict[str, int] = {}

    def number(self, value: int) -> None:
        self.data += struct.pack("<I", value)

    def string(self, text: str) -> None:
        if text in self.strings:
            self.number(self.strings[text] | 0x8000_0000)
            return
        self.strings[text] = len(self.data)
        self.number(len(text))
        self.data += text.encode("ascii")

    def add_interface(self, functions: Iterable[Function]) -> int:
        methods = list(functions)
        start = len(self.data)
        self.data += _INTERFACE_KIND
        self.number(1)
        self.string("com.sun.star.uno.XInterface")
        self.number(0)  # optional bases
        self.number(0)  # attributes
        self.number(len(methods))
        for function in methods:
            self.string(function.name)
            self.string(RESULT)
            self.number(len(function.arguments))
            for argument in function.arguments:
                self.data += _IN
                self.string(argument.name)
                self.string(ARGUMENT)
            self.number(0)  # exceptions
        return start

    def add_map(self, entries: dict[str, int], *, module: bool) -> int:
        names = {}
        for name in sorted(entries):
            names[name] = len(self.data)
            self.data += name.encode("ascii") + b"\x00"
        start = len(self.data)
        if module:
            self.data += _MODULE_KIND
            self.number(len(entries))
        for name in sorted(entries):
            self.number(names[name])
            self.number(entries[name])
        return start
