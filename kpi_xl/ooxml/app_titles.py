"""The titles of sheets in a workbook's properties (``docProps/app.xml``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kpi_xl.ooxml.xml import Edit, Node, escape, prefix_of, set_attribute


def title_edits(data: bytes, tree: Node, before: int, added: Sequence[str]) -> Iterable[Edit]:
    """Return the edits that name more sheets; none where the properties do not count `before` sheets first, as Excel does."""
    pairs, titles = (
        holder.child("vector") if (holder := tree.child(name)) else None for name in ("HeadingPairs", "TitlesOfParts")
    )
    if pairs is None or titles is None or not titles.get("size").isdecimal():
        return
    number = next(iter(pairs.all("i4")), None)
    names = [node for node in titles.children if node.name == "lpstr"]
    if number is None or number.text.strip() != str(before) or not 0 < before <= len(names):
        return
    yield number.inner, number.close, str(before + len(added)).encode()
    yield set_attribute(data, titles, "size", str(int(titles.get("size")) + len(added)))
    last = names[before - 1]
    tag = prefix_of(data, last).decode() + "lpstr"
    text = "".join(f"<{tag}>{escape(name)}</{tag}>" for name in added)
    yield last.end, last.end, text.encode()
