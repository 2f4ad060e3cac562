"""Pictures by name: the sample in the template gives way to the one in the view, at its place and size."""

from __future__ import annotations

import io
import re
import struct
import zlib

import pytest
import xlsxwriter

from kpi_xl.errors import KpiError
from kpi_xl.ooxml import lint
from kpi_xl.template import compile_template

from .books import PNG, parts

JPEG = b"\xff\xd8\xff\xe0" + bytes(20)


def png(width: int) -> bytes:
    """Return a grey PNG of some width."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" + b"\x80" * width)) + chunk(b"IEND", b"")
    )


def template(*names: str, text: str = "x") -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    sheet.write("A1", text)
    for row, name in enumerate(names):
        sheet.insert_image(row, 2, "x.png", {"image_data": io.BytesIO(PNG), "description": name})
    book.close()
    return stream.getvalue()


def test_pictures_of_the_view_stand_in_the_places_of_the_samples() -> None:
    compiled = compile_template(template("{{ person.signature }}", "logo", "{{ seal }}"))
    assert compiled.names == ("person.signature", "seal")
    out = compiled.render({"person": {"signature": png(3)}, "seal": JPEG})
    assert lint(out) == []
    found = parts(out)
    assert found["xl/media/filled1.png"] == png(3)
    assert found["xl/media/filled2.jpeg"] == JPEG
    rels = dict(re.findall(r'Id="(\w+)"[^>]*Target="([^"]+)"', found["xl/drawings/_rels/drawing1.xml.rels"].decode()))
    embedded = re.findall(r'r:embed="(\w+)"', found["xl/drawings/drawing1.xml"].decode())
    assert [rels[link] for link in embedded] == ["../media/filled1.png", "../media/image1.png", "../media/filled2.jpeg"]
    assert b"{{" not in found["xl/drawings/drawing1.xml"]
    assert found["xl/media/image1.png"] == PNG


def test_no_picture_shows_nothing() -> None:
    out = compile_template(template("{{ signature }}")).render({"signature": None})
    assert lint(out) == []
    assert parts(out)["xl/media/filled1.png"].startswith(b"\x89PNG")


def test_what_is_no_picture_is_refused() -> None:
    compiled = compile_template(template("{{ signature }}"))
    for view in ({}, {"signature": "张三"}, {"signature": b"BM"}):
        with pytest.raises(KpiError) as caught:
            compiled.render(view)
        assert [problem.where for problem in caught.value.problems] == ["表!C1"]
    with pytest.raises(KpiError) as caught:
        compile_template(template("签名 {{ signature }}", "{{ a b }}"))
    assert [problem.where for problem in caught.value.problems] == ["表!C1", "表!C2"]


def test_pictures_move_with_growing_rows() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    for row, text in enumerate(("{{ for r in rows }}", "{{ r }}", "{{ end }}", "签名")):
        sheet.write(row, 0, text)
    sheet.insert_image("B4", "x.png", {"image_data": io.BytesIO(PNG), "description": "{{ signature }}"})
    book.close()
    out = compile_template(stream.getvalue()).render({"rows": [1, 2, 3], "signature": png(2)})
    drawing = parts(out)["xl/drawings/drawing1.xml"].decode()
    assert re.findall(r"<xdr:from><xdr:col>1</xdr:col>.*?<xdr:row>(\d+)<", drawing) == ["3"]
    assert "rIdFilled1" in drawing
