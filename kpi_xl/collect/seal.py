"""The seal: what stood in a form when it was made, carried inside it.

It sits in a custom XML part (kept by Excel and LibreOffice), and its digest once more behind a hidden defined name, because some
programs drop custom XML parts (openpyxl does): then the ledger, which has the same bytes, takes the place of the part.

It is plain SHA-256 without a key: it finds edits, it does not prove who made them. It is not an electronic signature in the sense
of the law (《电子签名法》). Whoever rewrites cells *and* seal is found by the ledger only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from kpi_xl.collect.cells import SEAL_NAME, closed, read_content, seal_mark
from kpi_xl.collect.model import Content, FormCell, FormSheet, Identity, Sealed
from kpi_xl.errors import KpiError
from kpi_xl.ooxml.package import Archive, Package, Packed, broken, pack, quick_compress, read_package
from kpi_xl.ooxml.xml import BadXmlError, parse, prefix_of
from kpi_xl.periods import Period

NAMESPACE = "urn:kpi-xl:seal:1"
NOTICE = (
    "本文件的封印只用来发现锁定单元格是否被改动，不是《电子签名法》意义上的电子签名。"
    " This seal finds edits of locked cells; it is not an electronic signature."
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PROPERTIES = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_ITEM = re.compile(r"customxml/item(\d+)\.xml", re.IGNORECASE)
_BODY = re.compile(rb"<(?:\w+:)?content\b[^>]*>([A-Za-z0-9+/=\s]*)</")
_DIGEST = re.compile(rb"\bdigest=[\"']([0-9a-f]{64})[\"']")
_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>([^<]+)<")
_MAX_PAYLOAD = 64 << 20
_LONGEST = 200
_TOTAL = re.compile(r"(?:-?\d{1,9}(?:\.\d{1,9})?)?")
_BEFORE_NAMES = ("sheets", "functionGroups", "externalReferences")


def seal(workbook: bytes, identity: Identity, record: Mapping[str, Any], locked: Iterable[str] = ()) -> bytes:
    """Return the workbook with its seal; the same arguments give the same bytes on one machine, and the same digest on all.

    `record`: what was scored (plain JSON values); `locked`: the keys of inputs that stay as they are though their cells are
    blank. Raises KpiError when the bytes are no sound workbook.
    """
    package = read_package(workbook)
    content = closed(read_content(package), locked)
    text = _text(identity, {**record, "stamp": stamp_of(package)}, content)
    payload, digest = quick_compress(text), hashlib.sha256(text).hexdigest()
    number = 1 + max((int(found[1]) for name in package.entries if (found := _ITEM.fullmatch(name))), default=0)
    workbook_part = next(package.related("", "officeDocument"))
    folder, _, base = workbook_part.rpartition("/")
    relations = package.find(f"{folder}/_rels/{base}.rels") or f"{folder}/_rels/{base}.rels"
    changed = {
        "[Content_Types].xml": _with_type(package.xml("[Content_Types].xml"), number),
        relations: _with_relation(package.xml(relations), number),
        workbook_part: _with_name(package, workbook_part, digest),
    }
    parts = [pack(name, changed[name]) if name in changed else entry for name, entry in package.entries.items()]
    return Archive().extended([*parts, *_seal_parts(identity, digest, payload, number)]).finish()


def read_seal(package: Package) -> tuple[Sealed | None, str]:
    """Return the seal that a workbook carries (None: lost or damaged) and the digest that it should have (empty: none).

    The digest comes from the defined name, which survives programs that drop the custom part.
    """
    mark = seal_mark(package).rpartition(":")[2]
    for data in _items(package):
        body, digest = _BODY.search(data), _DIGEST.search(data)
        claimed = digest[1].decode() if digest else mark
        try:
            sealed = open_payload(base64.b64decode(body[1] if body else b""))
        except (binascii.Error, KpiError):
            return None, mark or claimed
        if sealed.digest != claimed or (mark and mark != claimed):
            return None, mark or claimed
        return sealed, claimed
    return None, mark


def stamp_of(package: Package) -> str:
    """Return the time of the last saving (UTC) that a workbook claims; empty when it claims none."""
    name = package.find("docProps/core.xml")
    found = _MODIFIED.search(package.raw(name)) if name else None
    return found[1].decode("ascii", "replace").strip() if found else ""


def has_seal_part(package: Package) -> bool:
    """Tell whether the custom part of a seal is there, sound or not."""
    return any(_items(package))


def open_payload(payload: bytes) -> Sealed:
    """Return what a seal's payload says. Raises KpiError when it is not one."""
    try:
        text = zlib.decompressobj().decompress(payload, _MAX_PAYLOAD)
        document = json.loads(text)
        sheets = tuple(
            FormSheet(name, {at: FormCell(kind, value) for at, (kind, value) in cells.items()}, frozenset(free))
            for name, cells, free in document["sheets"]
        )
        names = {name: (sheet, cell) for name, (sheet, cell) in document["names"].items()}
        identity = _identity(document["identity"])
        record = dict(document["record"])
        before = record.get("appraisal", {})
        if not isinstance(before, dict) or not _TOTAL.fullmatch(before.get("total") or ""):
            raise ValueError("appraisal")
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise broken("封印", str(error)) from error
    return Sealed(identity, record, Content(sheets, names), hashlib.sha256(text).hexdigest(), payload)


def _identity(document: Mapping[str, str]) -> Identity:
    """Return whose form it is. Raises ValueError for what the ledger could not hold: a seal can be anybody's work."""
    for value in document.values():
        if "\0" in value.encode("utf-8").decode() or len(value) > _LONGEST:
            raise ValueError(f"identity: {value[:20]!r}")
    try:
        Period.parse(document["period"])
    except KpiError as error:
        raise ValueError(error.message.en) from error
    return Identity(**document)


def _items(package: Package) -> Iterator[bytes]:
    """Walk over the custom XML parts of our namespace; programs move their relations, the parts themselves stay."""
    for name in package.entries:
        if _ITEM.fullmatch(name) and NAMESPACE.encode() in (data := package.raw(name))[:2000]:
            yield data


def _text(identity: Identity, record: Mapping[str, Any], content: Content) -> bytes:
    document = {
        "format": 1,
        "identity": asdict(identity),
        "record": record,
        "names": content.names,
        "sheets": [[sheet.name, sheet.cells, sorted(sheet.open)] for sheet in content.sheets],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _seal_parts(identity: Identity, digest: str, payload: bytes, number: int) -> list[Packed]:
    head = {"issue": digest[:16], "digest": digest, "algorithm": "sha-256", **asdict(identity)}
    attributes = " ".join(f"{name}={quoteattr(str(value))}" for name, value in head.items())
    item = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<seal xmlns="{NAMESPACE}" {attributes}><notice>{escape(NOTICE)}</notice>'
        f'<content encoding="zlib+base64">{base64.b64encode(payload).decode("ascii")}</content></seal>'
    )
    guid = str(uuid.UUID(digest[:32])).upper()
    properties = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<ds:datastoreItem ds:itemID="{{{guid}}}" xmlns:ds="{_OFFICE}/customXml">'
        f'<ds:schemaRefs><ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
    )
    link = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/relationships/customXmlProps" Target="itemProps{number}.xml"/></Relationships>'
    )
    return [
        pack(f"customXml/item{number}.xml", item.encode("utf-8")),
        pack(f"customXml/itemProps{number}.xml", properties.encode("utf-8")),
        pack(f"customXml/_rels/item{number}.xml.rels", link.encode("utf-8")),
    ]


def _with_type(types: bytes, number: int) -> bytes:
    added = f'<Override PartName="/customXml/itemProps{number}.xml" ContentType="{_PROPERTIES}"/>'
    if b'Extension="xml"' not in types:
        added = '<Default Extension="xml" ContentType="application/xml"/>' + added
    return _before_end(types, "Types", added)


def _with_relation(relations: bytes, number: int) -> bytes:
    # an absolute target means the same to every reader, wherever the workbook part lies
    link = f'<Relationship Id="rIdKpiSeal" Type="{_OFFICE}/relationships/customXml" Target="/customXml/item{number}.xml"/>'
    return _before_end(relations, "Relationships", link)


def _with_name(package: Package, part: str, digest: str) -> bytes:
    """Add the hidden defined name."""
    try:
        before, lead, after = _place_of_name(package.xml(part))
    except BadXmlError as error:
        raise broken(package.label, f"{part}: {error}") from error
    return b'%b<%bdefinedName name="%b" hidden="1">"kpi-xl:1:%b"</%bdefinedName>%b' % (
        before, lead, SEAL_NAME.encode(), digest.encode(), lead, after,
    )  # fmt: skip


def _place_of_name(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the workbook part before and after our name, and the prefix of its elements.

    The list of names stands where the format wants it.
    """
    before, closing, after = data.rpartition(b"</definedNames>")
    if closing and b"<!" not in data and before.count(b"<definedNames>") == 1 and closing not in before:
        return before, b"", closing + after
    tree = parse(data)
    lead = prefix_of(data, tree)
    names = tree.child("definedNames")
    if names is not None and names.end > names.inner:
        return data[: names.close], lead, data[names.close :]
    start = [child for child in tree.children if child.name in _BEFORE_NAMES][-1].end
    end = start if names is None else names.end  # an empty <definedNames/> gives way
    return data[:start] + b"<%bdefinedNames>" % lead, lead, b"</%bdefinedNames>" % lead + data[end:]


def _before_end(data: bytes, element: str, added: str) -> bytes:
    """Put elements at the end of a part's root, with the root's prefix."""
    found = re.search(rf"</(?:(\w+):)?{element}\s*>\s*$".encode(), data)
    if found is None:
        raise broken("工作簿", element)
    if found[1]:
        added = re.sub(r"<(\w)", rf"<{found[1].decode()}:\1", added)
    return data[: found.start()] + added.encode() + data[found.start() :]
