"""Parts that a filled workbook cannot keep: what speaks of the content as it was before filling."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from kpi_xl.ooxml.book import Book
from kpi_xl.ooxml.package import Package, read_package
from kpi_xl.ooxml.xml import Edit

_SIGNED = "digital-signature"
"""In the types of the relations and contents of a package's digital signatures, whatever their parts are called."""


def dropped_parts(book: Book) -> frozenset[str]:
    """Return the calculation chain, which names every formula cell and is built anew, and the digital signatures of the package.

    A signature is over bytes that filling changes: each form would open with an invalid one. The signature of a VBA project
    stays: it is over the macros alone, which are copied as they are.
    """
    chain = book.related("calcChain") or book.package.find("xl/calcChain.xml")
    return signature_parts(book.package) | (frozenset() if chain is None else {chain})


def signature_parts(package: Package) -> frozenset[str]:
    """Return the parts of a package's digital signatures: their origin, the signatures, certificates and relations."""
    typed = {target for target, kind in _typed_parts(package) if _SIGNED in kind}
    related = {found for part, found in _related_parts(package) if part}
    return frozenset(
        name
        for name in package.entries
        if name.lower().startswith("_xmlsignatures/") or name.lower() in typed or name.lower() in related
    )


def is_signed(workbook: Path) -> bool:
    """Tell whether a workbook file has a digital signature. Raises KpiError for one that is no workbook."""
    return bool(signature_parts(read_package(workbook)))


def drop_edits(package: Package, dropped: Collection[str]) -> Iterator[tuple[str, Edit]]:
    """Walk over what goes with the parts: relations to them and their content types, each with the part it stands in."""
    gone = {name.lower() for name in dropped}
    for name in package.entries:
        if name.lower().endswith(".rels") and name not in dropped:
            folder, _, base = name.rpartition("_rels/")
            relations = package.relations(folder + base[: -len(".rels")])
            for node in package.tree(name).children:
                found = relations.get(node.get("Id"))
                if (found and found[1].lower() in gone) or _is_signature(node.get("Type")):
                    yield name, (node.start, node.end, b"")
    types = package.find("[Content_Types].xml")
    for node in package.tree(types).children if types else ():
        if types and (node.get("PartName").lower().lstrip("/") in gone or _is_signature(node.get("ContentType"))):
            yield types, (node.start, node.end, b"")


def _is_signature(kind: str) -> bool:
    return f"/{_SIGNED}/" in kind or f".{_SIGNED}-" in kind


def _typed_parts(package: Package) -> Iterator[tuple[str, str]]:
    types = package.find("[Content_Types].xml")
    for node in package.tree(types).children if types else ():
        yield node.get("PartName").lower().lstrip("/"), node.get("ContentType")


def _related_parts(package: Package) -> Iterator[tuple[bool, str]]:
    """Walk over the targets of the package's own relations: is it the origin of signatures, and which part."""
    found = package.relations("")
    root = package.find("_rels/.rels")
    for node in package.tree(root).children if root else ():
        relation = found.get(node.get("Id"))
        if relation:
            yield _is_signature(node.get("Type")), relation[1].lower()
