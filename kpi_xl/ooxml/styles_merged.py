"""Appends the cell formats of one workbook to the styles of another: none of those that it has changes its number."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from kpi_xl.ooxml.xml import Edit, Node, apply_edits, escape_attribute, parse, prefix_of, set_attribute

_FIRST_OWN_FORMAT = 164
"""Numbers of number formats below are built in."""
_LISTS = ("numFmts", "fonts", "fills", "borders")
_NUMBERED = (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"))


def merge_styles(data: bytes, source: bytes) -> tuple[bytes, Mapping[int, int]]:
    """Return the styles of a workbook with those of another behind them, and the new number of each cell format of that one.

    Raises BadXmlError for a part that is no XML.
    """
    tree, other = parse(data), parse(source)
    prefix = prefix_of(data, tree).decode()
    edits: list[Edit] = []
    offsets: dict[str, int] = {}
    for name in _LISTS[1:]:
        there = other.child(name)
        nodes = there.children if there else []
        offsets[name] = _append(tree, data, name, [copied(node, prefix) for node in nodes], edits, prefix)
    formats = _number_formats(tree, other)
    own = other.child("numFmts")
    wanted = [
        copied(node, prefix, {"numFmtId": str(formats[int(node.get("numFmtId"))])}) for node in (own.children if own else [])
    ]
    if wanted:
        _append(tree, data, "numFmts", wanted, edits, prefix)
    cells = other.child("cellXfs")
    elements = [_shifted(node, offsets, formats, prefix) for node in (cells.children if cells else [])]
    first = _append(tree, data, "cellXfs", elements, edits, prefix)
    return apply_edits(data, edits), {place: first + place for place in range(len(elements))}


def _number_formats(tree: Node, other: Node) -> dict[int, int]:
    """Return the new number of each number format that is not built in."""
    here, there = tree.child("numFmts"), other.child("numFmts")
    taken = {int(node.get("numFmtId")) for node in (here.children if here else [])}
    free = count(max(taken | {_FIRST_OWN_FORMAT - 1}) + 1)
    return {int(node.get("numFmtId")): next(free) for node in (there.children if there else [])}


def _append(tree: Node, data: bytes, name: str, elements: list[str], edits: list[Edit], prefix: str) -> int:
    """Put elements at the end of a list of the styles; return how many stand before them."""
    holder = tree.child(name)
    text = "".join(elements)
    tag = f"{prefix}{name}"
    if holder is None:
        at = _place_of(tree, name)
        edits.append((at, at, f'<{tag} count="{len(elements)}">{text}</{tag}>'.encode()))
        return 0
    before = len(holder.children)
    if holder.close == holder.inner and data[holder.inner - 2 : holder.inner] == b"/>":
        edits.append((holder.start, holder.end, f'<{tag} count="{len(elements)}">{text}</{tag}>'.encode()))
        return before
    edits.append((holder.close, holder.close, text.encode()))
    if holder.get("count"):
        edits.append(set_attribute(data, holder, "count", str(before + len(elements))))
    return before


def _place_of(tree: Node, name: str) -> int:
    """Return where a list that the styles do not have yet belongs: behind those that come before it."""
    order = (*_LISTS, "cellStyleXfs", "cellXfs")
    earlier = order[: order.index(name)]
    return max((node.end for node in tree.children if node.name in earlier), default=tree.inner)


def _shifted(node: Node, offsets: Mapping[str, int], formats: Mapping[int, int], prefix: str) -> str:
    """Return a cell format that names the appended fonts, fills, borders and number formats."""
    changed = {attribute: str(int(node.get(attribute) or 0) + offsets[name]) for attribute, name in _NUMBERED}
    number = int(node.get("numFmtId") or 0)
    changed |= {"numFmtId": str(formats.get(number, number)), "xfId": "0"}
    changed |= {"applyFont": "1", "applyFill": "1", "applyBorder": "1", "applyNumberFormat": "1"}
    return copied(node, prefix, changed)


def copied(node: Node, prefix: str, changed: Mapping[str, str] | None = None) -> str:
    """Write an element without namespaced attributes anew, with another prefix for its namespace."""
    attributes = {key: value for key, value in node.attributes.items() if "@" not in key} | dict(changed or {})
    head = "".join(f' {key}="{escape_attribute(value)}"' for key, value in attributes.items())
    inner = "".join(copied(child, prefix) for child in node.children)
    tag = f"{prefix}{node.name}"
    return f"<{tag}{head}>{inner}</{tag}>" if inner else f"<{tag}{head}/>"
