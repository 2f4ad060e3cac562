"""Pictures by name: a picture whose name or alternative text is ``{{ signature }}`` gives way to the one in the view.

Place, size and frame are those of the sample picture. The view holds the bytes of a PNG, JPEG or GIF file, or None: then nothing
is seen. Media are stored, not deflated: their formats are compressed already.
"""

from __future__ import annotations

import posixpath
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpi_xl.errors import Problem, Text
from kpi_xl.ooxml.book import Book, Sheet
from kpi_xl.ooxml.package import Packed, pack
from kpi_xl.ooxml.refs import cell_name
from kpi_xl.ooxml.xml import Edit, Node, set_attribute
from kpi_xl.template.placeholders import (
    SYNTAX_REMEDY,
    BadSyntaxError,
    Marker,
    Path,
    UnknownPathError,
    look_up,
    parse_text,
    show_path,
    suspicious,
)
from kpi_xl.template.program import cannot_fill, unknown_name

_KINDS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"))
_NOTHING = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
"""A transparent PNG of one pixel."""
_NAMES = ("name", "descr", "title")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to replace: where it is fixed, the path of its bytes, its relation in the relations part of its drawing."""

    where: str
    path: Path
    number: int
    link: str

    def media(self, view: object) -> Packed:
        """Return the media part. Raises KpiError for what is no picture."""
        try:
            value = look_up(view, self.path)
        except UnknownPathError as error:
            raise cannot_fill([unknown_name(self.where, str(error.args[0]))]) from None
        data = _NOTHING if value is None else value
        kind = next((kind for start, kind in _KINDS if isinstance(data, bytes) and data.startswith(start)), None)
        if kind is None:
            message = Text(f"{show_path(self.path)} 不是图片", f"{show_path(self.path)} is no picture")
            raise cannot_fill(
                [Problem(self.where, message, Text("给 PNG、JPEG 或 GIF 文件的内容", "give the bytes of a PNG, JPEG or GIF"))]
            )
        return Packed(f"xl/media/filled{self.number}.{kind}", 0, zlib.crc32(data), len(data), data)


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures of one drawing with the two halves of its relations part, between which their relations stand."""

    rels: str
    head: bytes
    tail: bytes
    prefix: str
    relation_type: str
    pictures: tuple[Picture, ...]

    def write(self, view: object) -> Iterator[Packed]:
        """Return the media parts and the relations part for a view."""
        links = []
        for picture in self.pictures:
            media = picture.media(view)
            yield media
            target = "../media/" + posixpath.basename(media.name)
            links.append(f'<{self.prefix}Relationship Id="{picture.link}" Type="{self.relation_type}" Target="{target}"/>')
        yield pack(self.rels, self.head + "".join(links).encode() + self.tail)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a drawing: its gallery, and the edits that free its pictures from the sample."""

    drawing: str
    gallery: Gallery
    edits: tuple[Edit, ...]


def find_pictures(book: Book, sheet: Sheet, first: int, problems: list[Problem]) -> Iterator[Found]:
    """Walk over the drawings of a sheet with named pictures, numbered from `first`; mistakes go to `problems`."""
    package = book.package
    for drawing in package.related(sheet.part, "drawing"):
        pictures: list[Picture] = []
        edits: list[Edit] = []
        for node in package.tree(drawing).all("pic"):
            found = _picture(package.xml(drawing), node, sheet, first + len(pictures), problems)
            if found:
                pictures.append(found[0])
                edits += found[1]
        folder, base = posixpath.split(drawing)
        rels = package.find(f"{folder}/_rels/{base}.rels")
        if pictures and rels:
            data, tree = package.xml(rels), package.tree(rels)
            sample = next(node for node in tree.children if node.get("Type").endswith("/image"))
            prefix = data[tree.start + 1 : tree.inner].partition(b"Relationships")[0].decode()
            gallery = Gallery(rels, data[: tree.close], data[tree.close :], prefix, sample.get("Type"), tuple(pictures))
            yield Found(drawing, gallery, tuple(edits))
            first += len(pictures)


def _picture(data: bytes, node: Node, sheet: Sheet, number: int, problems: list[Problem]) -> tuple[Picture, list[Edit]] | None:
    named = next(node.all("cNvPr"), None)
    blip = next(node.all("blip"), None)
    text = next((named.get(name) for name in _NAMES if suspicious(named.get(name))), "") if named else ""
    if named is None or not text:
        return None
    where = _anchor(node, sheet)
    try:
        content = parse_text(text)
    except BadSyntaxError:
        content = None
    path = content[0] if content and not isinstance(content, Marker) and len(content) == 1 else None
    if not isinstance(path, tuple):
        message = Text(f"看不懂图片的名称：{text}", f"cannot read the name of a picture: {text}")
        problems.append(Problem(where, message, SYNTAX_REMEDY))
        return None
    embed = re.search(rb"\s([\w.-]+:embed)\s*=", data[blip.start : blip.inner]) if blip else None
    if blip is None or embed is None or next(blip.all("svgBlip"), None) is not None:
        message = Text("这张图片不能替换（链接的图片或 SVG）", "this picture cannot be replaced (linked, or SVG)")
        problems.append(Problem(where, message, Text("换成插入的 PNG 或 JPEG 样图", "insert a PNG or JPEG as the sample")))
        return None
    link = f"rIdFilled{number}"
    edits = [set_attribute(data, blip, embed[1].decode(), link)]
    edits += [set_attribute(data, named, name, show_path(path)) for name in _NAMES if suspicious(named.get(name))]
    return Picture(where, path, number, link), edits


def _anchor(node: Node, sheet: Sheet) -> str:
    present: Node | None = node
    while present is not None:
        start = present.child("from")
        row, column = (start.child("row"), start.child("col")) if start else (None, None)
        if row is not None and column is not None:
            return sheet.where(cell_name(int(row.text) + 1, int(column.text) + 1))
        present = present.parent
    return sheet.name


def missing_types(tree: Node, prefix: str) -> bytes:
    """Return the entries of the content types that pictures need beside the present ones."""
    known = {node.get("Extension").lower() for node in tree.children if node.name == "Default"}
    kinds: Sequence[str] = [kind for _, kind in _KINDS if kind not in known]
    return "".join(f'<{prefix}Default Extension="{kind}" ContentType="image/{kind}"/>' for kind in kinds).encode()
