"""Nothing is lost: what filling does not concern has the bytes of the template, in real files and in files with every feature."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.errors import KpiError
from kpi_xl.ooxml import lint, read_form
from kpi_xl.ooxml.xml import parse
from kpi_xl.template import compile_template

from .books import VIEW, cells_of, draw, every_feature, parts, repack, with_placeholder

CHAIN = {"[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/calcChain.xml"}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"


def differing(source: bytes, out: bytes) -> set[str]:
    """Return the parts that are not the same in both."""
    before, after = parts(source), parts(out)
    return {name for name in before | after if before.get(name) != after.get(name)}


def texts(data: bytes, ending: str) -> dict[str, str]:
    """Return the parts with this ending as text."""
    return {name: part.decode() for name, part in parts(data).items() if name.endswith(ending)}


def test_only_what_filling_concerns_changes() -> None:
    source = every_feature()
    out = compile_template(source).render(VIEW)
    assert lint(out) == lint(source) == []
    changed = differing(source, out)
    untouched = ["styles", "theme", "media", "sheet3", "sheet4", "printer", "docProps", "tables", "chartsheet", "drawing1.xml"]
    assert not [name for name in changed if any(word in name for word in untouched)]
    assert {SHEET, "xl/worksheets/sheet2.xml", "xl/workbook.xml", "xl/sharedStrings.xml"} <= changed
    assert "{{" not in "".join(texts(out, "xml").values()) + "".join(texts(out, "vml").values())


def test_formulas_keep_their_kind_and_the_caches_that_stay_right() -> None:
    first = texts(compile_template(every_feature()).render(VIEW), "sheet1.xml")[SHEET]
    assert 'cm="1"' in first
    assert "SORT(别的!A1:A3)" in first
    assert '<f t="array" ref="F1:F2">' in first
    assert re.search(r'<c r="C3"[^>]*><f>LEN\("x"\)\+别的!A1</f><v>4</v></c>', first)
    assert "<f>B1*2</f></c>" in first
    assert "<f>SUM('It''s 明细'!B2:B5)</f></c>" in first


def test_drawings_charts_comments_and_sparklines_follow() -> None:
    out = compile_template(every_feature()).render(VIEW)
    second = texts(out, "sheet2.xml")["xl/worksheets/sheet2.xml"]
    assert second.count("<x14:sparkline>") == 4
    assert "<xm:f>'It''s 明细'!B5:C5</xm:f><xm:sqref>D5</xm:sqref>" in second
    charts = [chart for name, chart in texts(out, ".xml").items() if name.startswith("xl/charts/chart") and "明细" in chart]
    assert len(charts) == 2
    for chart in charts:
        filled, _, other = chart.partition("别的")
        assert "<c:f>'It''s 明细'!$B$2:$B$5</c:f></c:numRef>" in filled
        assert "<c:f>'It''s 明细'!$A$2:$A$5</c:f></c:strRef>" in filled or "$A$2:$A$5</c:f></c:numRef>" in filled
        assert "Cache" not in filled
        assert "!$A$1:$A$3" in other
    assert "<definedName name=\"行\">'It''s 明细'!$B$2:$B$5</definedName>" in texts(out, "workbook.xml")["xl/workbook.xml"]
    comments = next(text for text in texts(out, ".xml").values() if "下面的批注" in text)
    assert 'ref="A6"' in comments
    assert 'ref="A1"' in comments
    assert any("<x:Row>5</x:Row>" in drawing for drawing in texts(out, ".vml").values())
    anchors = re.findall(r"<xdr:from>.*?<xdr:row>(\d+)</xdr:row>", texts(out, "drawing2.xml")["xl/drawings/drawing2.xml"])
    assert sorted(map(int, anchors)) == [0, 7]


def test_the_same_arguments_give_the_same_bytes() -> None:
    source = every_feature()
    first = compile_template(source)
    out = first.render(VIEW)
    first.render({**VIEW, "rows": [], "name": "=1"})
    assert first.render(VIEW) == out == compile_template(source).render(VIEW)


def test_a_template_without_placeholders_keeps_every_part() -> None:
    source = draw({"A1": "x", "A2": "=A1", "B1": 5})
    assert differing(source, compile_template(source).render({})) == set()


def test_the_calculation_chain_goes() -> None:
    source = draw({"A1": "{{ x }}", "A2": "=A1"})
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    link = f'<Relationship Id="rId99" Type="{OFFICE}/calcChain" Target="calcChain.xml"/>'
    changes = {
        "[Content_Types].xml": ("</Types>", f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/></Types>'),
        "xl/_rels/workbook.xml.rels": ("</Relationships>", f"{link}</Relationships>"),
    }
    changed = {name: texts(source, name)[name].replace(*change).encode() for name, change in changes.items()}
    chain = f'<calcChain xmlns="{MAIN}"><c r="A2" i="1"/></calcChain>'.encode()
    out = compile_template(repack(source, {**changed, "xl/calcChain.xml": chain})).render({"x": 1})
    assert not [name for name, data in parts(out).items() if b"calcChain" in data or "calcChain" in name]


def prefixed(source: bytes) -> bytes:
    """Rewrite worksheets, workbook and strings with a namespace prefix, as some programs do."""
    changes: dict[str, bytes | None] = {}
    for name, text in texts(source, ".xml").items():
        if name.startswith(("xl/worksheets/sheet", "xl/workbook", "xl/sharedStrings")):
            changes[name] = re.sub(r"<(/?)(?![?!])(\w+)(?=[ />])", r"<\1x:\2", text).replace("xmlns=", "xmlns:x=").encode()
    return repack(source, changes)


def test_prefixes_survive() -> None:
    cells = {"A1": "{{ x }}", "A2": "{{ for r in rows }}", "A3": "{{ r }}", "B3": "=A3", "A4": "{{ end }}", "A5": "=SUM(A3:A3)"}
    source = prefixed(draw(cells, names={"in_v": "S!$C$1", "out_s": "S!$A$5"}))
    out = compile_template(source).render({"x": "a b\n", "rows": [1, 2]}, inputs={"v": 3}, cached={"s": 3})
    sheet = parts(out)[SHEET]
    parse(sheet)
    assert not re.search(rb"<(c|v|f|is|t|row)[ >/]", sheet)
    assert b'<x:c r="A3"' in sheet
    assert read_form(out) == {"in_v": 3, "out_s": 3}


def test_strict_names_absolute_paths_and_utf16() -> None:
    source = draw({"A1": "{{ x }}", "A2": "=A1"}, names={"out_y": "S!$A$2"})
    changes: dict[str, bytes | None] = {}
    for name, data in parts(source).items():
        text = data.decode().replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
        text = text.replace(OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships").replace(
            'Target="worksheets/', 'Target="/xl/worksheets/'
        )
        changes[name] = text.encode()
        if name == SHEET:
            changes[name] = ('<?xml version="1.0" encoding="UTF-16"?>' + text.rpartition("?>")[2]).encode("utf-16")
    out = compile_template(repack(source, changes)).render({"x": "好"}, cached={"y": "好"})
    assert read_form(out) == {"out_y": "好"}
    assert "<v>好</v>".encode() in parts(out)[SHEET]


def test_rows_and_cells_without_addresses() -> None:
    source = draw({"A1": "{{ for r in rows }}", "A2": "{{ r }}", "B2": "x", "A3": "{{ end }}", "A4": "=SUM(A2:A2)"})
    sheet = re.sub(rb'<(row|c) r="[A-Z]*\d+"', rb"<\1", parts(source)[SHEET])
    out = compile_template(repack(source, {SHEET: sheet})).render({"rows": [1, 2]})
    assert cells_of(openpyxl.load_workbook(io.BytesIO(out))) == {"A1": 1, "B1": "x", "A2": 2, "B2": "x", "A3": "=SUM(A1:A2)"}


def test_an_input_on_a_sheet_without_rows() -> None:
    source = draw({"A1": "x"}, names={"in_v": "空!$B$2"}, change=lambda book: book.create_sheet("空"))
    sheet = re.sub(rb"<sheetData ?/>|<sheetData></sheetData>", b"<sheetData/>", parts(source)["xl/worksheets/sheet2.xml"])
    assert b"<sheetData/>" in sheet
    out = compile_template(repack(source, {"xl/worksheets/sheet2.xml": sheet})).render({}, inputs={"v": 5})
    assert read_form(out) == {"in_v": 5}
    assert lint(out) == []


def test_shared_formulas_move_apart() -> None:
    source = draw(
        {
            "A1": 1,
            "A2": "{{ for r in rows }}",
            "A3": "{{ r }}",
            "A4": "{{ end }}",
            "A5": 2,
            "A6": 3,
            "B1": "=A1",
            "B5": "=A5",
            "B6": "=A6",
        }
    )
    sheet = parts(source)[SHEET]
    for cell, text in (("B5", b'<f t="shared" ref="B5:B6" si="0">A5+A$3</f>'), ("B6", b'<f t="shared" si="0"/>')):
        sheet = re.sub(rb'(<c r="' + cell.encode() + rb'"[^>]*>)<f>[^<]*</f>', lambda match, text=text: match[1] + text, sheet)
    out = compile_template(repack(source, {SHEET: sheet})).render({"rows": [7, 8, 9]})
    found = cells_of(openpyxl.load_workbook(io.BytesIO(out)))
    assert (found["B5"], found["B6"], found["B1"]) == ("=A5+A$2", "=A6+A$2", "=A1")


def test_a_template_file_becomes_a_workbook() -> None:
    source = draw({"A1": "{{ x }}"})
    types = parts(source)["[Content_Types].xml"].replace(b"sheet.main+xml", b"template.main+xml")
    out = compile_template(repack(source, {"[Content_Types].xml": types})).render({"x": 1})
    assert parts(out)["[Content_Types].xml"] == parts(source)["[Content_Types].xml"]


def test_unzip_accepts_the_file(tmp_path: Path) -> None:
    path = tmp_path / "中文名.xlsx"
    path.write_bytes(compile_template(every_feature()).render(VIEW))
    assert subprocess.run(["unzip", "-tq", str(path)], capture_output=True, check=False).returncode == 0


@pytest.mark.data
@pytest.mark.slow
def test_real_files_keep_their_parts(test_data: Path) -> None:
    """Every file of the collections that opens: nothing but the calculation chain changes, and the lint finds nothing new."""
    checked = 0
    for path in sorted(test_data.glob("templates/*.xlsx")) + sorted(test_data.glob("xlsx-suites/*/*.xlsx")):
        try:
            out = compile_template(path).render({})
        except KpiError:
            continue
        checked += 1
        assert differing(path.read_bytes(), out) <= CHAIN, path.name
        assert len(lint(out)) <= len(lint(path)), path.name
    assert checked > 300


@pytest.mark.data
@pytest.mark.slow
def test_real_files_as_templates_lose_nothing(test_data: Path) -> None:
    """The first plain text of each file becomes a placeholder: only its sheets, the strings and what depends on them change."""
    concerned = ("xl/worksheets/sheet", "xl/sharedStrings", "xl/workbook.xml", "xl/charts/chart", "xl/pivotCache/")
    for path in sorted(test_data.glob("templates/*.xlsx")):
        source = path.read_bytes()
        template, text = with_placeholder(source)
        out = compile_template(template).render({"x": text})
        changed = differing(template, out) - CHAIN
        assert all(name.startswith(concerned) for name in changed), path.name
        # a pivot table over filled cells reads them anew
        assert all(b'refreshOnLoad="1"' in parts(out)[name] for name in changed if "pivot" in name), path.name
        before, after = (openpyxl.load_workbook(io.BytesIO(data)) for data in (source, out))
        for sheet in before.worksheets:
            assert cells_of(before, sheet.title) == cells_of(after, sheet.title), (path.name, sheet.title)
        assert len(lint(out)) <= len(lint(source)), path.name
