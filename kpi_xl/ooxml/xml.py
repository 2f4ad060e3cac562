"""XML parts as bytes plus a tree of spans, so that a changed part differs from the template only where it must.

Nothing is ever serialised again: a part is edited by replacing spans of its bytes. Document types are refused (entity expansion),
other encodings than UTF-8 are converted first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.parsers import expat

_OPEN_TAG = re.compile(rb"<[^\s/>\"']+(?:[^\"'>]*(?:\"[^\"]*\"|'[^']*'))*[^\"'>]*>")
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_DEEPEST = 200  # no part of the format comes near; trees are walked by recursion
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


class BadXmlError(ValueError):
    """A part is not well-formed XML, or carries a document type."""


class Node:
    """An element: local name, namespace, attributes, text, children, and where it stands in the bytes.

    ``start`` is the byte of ``<``, ``inner`` the first byte after the start tag, ``close`` the byte of the end tag and ``end``
    the byte after the element. In an empty element (``<a/>``) the last three are the same. Attributes with a namespace have
    the key ``local@namespace``.
    """

    __slots__ = ("attributes", "children", "close", "end", "inner", "name", "namespace", "parent", "start", "text")

    def __init__(
        self, name: str, namespace: str, attributes: dict[str, str], start: int, inner: int, parent: Node | None
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.start = start
        self.inner = self.close = self.end = inner
        self.parent = parent
        self.children: list[Node] = []
        self.text = ""

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute without a namespace."""
        return self.attributes.get(name, default)

    def relation(self, name: str = "id") -> str:
        """Return ``r:id`` (or another attribute of the relationships namespace, transitional or strict)."""
        for key, value in self.attributes.items():
            local, _, namespace = key.partition("@")
            if local == name and namespace.endswith("/relationships"):
                return value
        return ""

    def child(self, name: str) -> Node | None:
        """Return the first child of that local name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, *names: str) -> Iterator[Node]:
        """Walk over all descendants (document order) whose local name is one of `names`; over all of them without names."""
        for child in self.children:
            if not names or child.name in names:
                yield child
            yield from child.all(*names)

    def full_text(self) -> str:
        """Return the text of the element and all its descendants."""
        return self.text + "".join(child.full_text() for child in self.children)


def to_utf8(data: bytes) -> bytes:
    """Return the part in UTF-8. Raises BadXmlError when the bytes are not in the encoding they declare."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        declared = _DECLARED.match(data, 3 if data[:3] == b"\xef\xbb\xbf" else 0)
        encoding = declared[1].decode() if declared else "utf-8"
    if encoding.lower() in ("utf-8", "utf8", "us-ascii", "ascii"):
        return data
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise BadXmlError(str(error)) from error
    return re.sub(r"(<\?xml[^>]*?encoding\s*=\s*[\"'])[^\"']+", r"\g<1>UTF-8", text, count=1).encode()


def parse(data: bytes) -> Node:
    """Parse a UTF-8 part into its tree of spans. Raises BadXmlError."""
    parser = expat.ParserCreate("utf-8", namespace_separator="\n")
    parser.buffer_text = True
    top = Node("", "", {}, 0, 0, None)
    current = top
    texts: list[str] = []
    depth = 0

    def refuse(*_: object) -> None:
        raise BadXmlError("document type")

    def attribute_key(key: str) -> str:
        namespace, _, local = key.rpartition("\n")
        return f"{local}@{namespace}" if namespace else local

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal current, depth
        depth += 1
        if depth > _DEEPEST:
            raise BadXmlError("nested too deeply")
        if texts:
            current.text += "".join(texts)
            texts.clear()
        index = parser.CurrentByteIndex
        tag = _OPEN_TAG.match(data, index)
        if tag is None:
            raise BadXmlError("tag")
        namespace, _, local = name.rpartition("\n")
        if "\n" in "".join(attributes):
            attributes = {attribute_key(key): value for key, value in attributes.items()}
        node = Node(local, namespace, attributes, index, tag.end(), current)
        current.children.append(node)
        current = node

    def end(_name: str) -> None:
        nonlocal current, depth
        depth -= 1
        if texts:
            current.text += "".join(texts)
            texts.clear()
        if data[current.inner - 2 : current.inner] != b"/>":
            current.close = parser.CurrentByteIndex
            current.end = data.index(b">", current.close) + 1
        current = current.parent or top

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadXmlError(str(error)) from error
    return top.children[0]


def parse_light(data: bytes) -> ElementTree.Element:
    """Parse a UTF-8 part into plain elements, for reading only: ten times faster than the tree of spans. Raises BadXmlError."""
    if b"<!DOCTYPE" in data:
        raise BadXmlError("document type")
    try:
        return ElementTree.fromstring(data)  # noqa: S314 - no document type, hence no entities to expand
    except ElementTree.ParseError as error:
        raise BadXmlError(str(error)) from error


def prefix_of(data: bytes, node: Node) -> bytes:
    """Return the namespace prefix of an element with its colon (``x:``), empty for the default namespace."""
    name = re.match(rb"<([^\s/>]+)", data[node.start : node.inner])
    head = name[1] if name else b""
    return head[: head.rfind(b":") + 1]


def attribute_span(data: bytes, node: Node, name: str) -> tuple[int, int] | None:
    """Return where the value of an attribute stands (without its quotes)."""
    pattern = rb"\s" + name.encode() + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
    # quoted values of the attributes before it are skipped, so that ' r="' inside a value is not taken for the attribute
    position = node.start
    for match in re.finditer(rb"\s[^\s=\"'/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*')", data[node.start : node.inner]):
        found = re.fullmatch(pattern, match[0])
        if found:
            group = 1 if found[1] is not None else 2
            return position + match.start() + found.start(group), position + match.start() + found.end(group)
    return None


def escape(text: str) -> str:
    """Escape element text (formulas, names)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(text: str) -> str:
    """Escape an attribute value for either kind of quotes."""
    return "".join(_ESCAPES.get(character, character) for character in text).replace("'", "&apos;")


Edit = tuple[int, int, bytes]


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Replace spans (start, end, replacement) of the bytes; spans must not overlap."""
    pieces: list[bytes] = []
    position = 0
    for start, end, replacement in sorted(edits, key=lambda edit: edit[:2]):
        if start < position:
            raise ValueError("edits overlap")
        pieces += (data[position:start], replacement)
        position = end
    pieces.append(data[position:])
    return b"".join(pieces)


def set_attribute(data: bytes, node: Node, name: str, value: str) -> Edit:
    """Return the edit that sets an attribute (adds it when it is absent)."""
    span = attribute_span(data, node, name)
    encoded = escape_attribute(value).encode()
    if span:
        return (*span, encoded)
    tag = re.match(rb"<[^\s/>]+", data[node.start : node.inner])
    at = node.start + (tag.end() if tag else 1)
    return at, at, b" " + name.encode() + b'="' + encoded + b'"'
