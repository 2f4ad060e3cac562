"""Styles that filling may need beside those of the template: text that must stay text, dates in cells formatted as General."""

from __future__ import annotations

from collections.abc import Iterable

from kpi_xl.ooxml.package import Package
from kpi_xl.ooxml.xml import apply_edits, parse, set_attribute
from kpi_xl.template.values import StyleVariants

_GENERAL = "0"
_DATE, _DATETIME = "14", "22"  # built-in formats that follow the reader's locale


def add_variants(package: Package, part: str, styles: Iterable[str], variants: StyleVariants) -> bytes | None:
    """Return the style sheet with the variants of the given style ids appended, and enter their ids into `variants`.

    Only workbooks in which a value needs one carry this style sheet; the others keep the template's bytes.
    """
    data, tree = package.xml(part), package.tree(part)
    holder = tree.child("cellXfs")
    formats = [node for node in holder.children if node.name == "xf"] if holder else []
    if holder is None or not formats:
        return None
    added: list[bytes] = []
    for style in sorted(styles, key=lambda text: (len(text), text)):
        number = int(style or 0)
        if number >= len(formats):
            continue
        node = formats[number]
        xml = data[node.start : node.end]
        kinds = {"quote": {"quotePrefix": "1"}}
        if node.get("numFmtId", _GENERAL) == _GENERAL:
            kinds["date"] = {"numFmtId": _DATE, "applyNumberFormat": "1"}
            kinds["datetime"] = {"numFmtId": _DATETIME, "applyNumberFormat": "1"}
        for kind, attributes in kinds.items():
            variants.ids[style, kind] = str(len(formats) + len(added))
            added.append(_changed(xml, attributes, data[tree.start : tree.inner]))
        protection = node.child("protection")
        if protection is not None and protection.get("locked", "1") in ("0", "false"):
            variants.ids[style, "locked"] = str(len(formats) + len(added))
            start, end, text = set_attribute(data, protection, "locked", "1")
            added.append(apply_edits(xml, [(start - node.start, end - node.start, text)]))
    grown = b"".join(added)
    return apply_edits(
        data, [(holder.close, holder.close, grown), set_attribute(data, holder, "count", str(len(formats) + len(added)))]
    )


def _changed(xml: bytes, attributes: dict[str, str], root: bytes) -> bytes:
    """Set attributes of an element that was cut out of its document; `root` declares the namespaces."""
    around = root if not root.endswith(b"/>") else root[:-2] + b">"
    tag = around[1:].split(maxsplit=1)[0].rstrip(b">")
    for name, value in attributes.items():
        whole = around + xml + b"</" + tag + b">"
        node = parse(whole).children[0]
        start, end, text = set_attribute(whole, node, name, value)
        xml = apply_edits(xml, [(start - len(around), end - len(around), text)])
    return xml
