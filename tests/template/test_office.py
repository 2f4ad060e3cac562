"""A real spreadsheet program reads the output: right values, right growth, and forms that it saved are read back."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.ooxml import read_form
from kpi_xl.template import compile_template

from ..office import convert
from .books import VIEW, cells_of, draw, every_feature, parts

CELLS = {
    **{
        "A1": "{{ name }}",
        "B1": "{{ total }}",
        "C1": "{{ day }}",
        "D1": "{{ odd }}",
        "A2": "{{ for g in groups }}",
        "A3": "{{ g.name }}",
    },
    **{
        "A4": "{{ for r in g.rows }}",
        "A5": "{{ r }}",
        "B5": "=A5*$B$1",
        "C5": "=SUM(A$5:A5)",
        "D5": "=A5/SUM(A$4:A$6)",
        "A6": "{{ end }}",
    },
    **{
        "A7": "小计",
        "B7": "=SUM(B5:B5)",
        "A8": "{{ end }}",
        "A9": "总计",
        "B9": '=SUMIF(A2:A8,"小计",B2:B8)',
        "B10": "=COUNT(A2:A8)",
    },
}
NAMES = {"in_note": "S!$E$9", "out_total": "S!$B$9", "out_count": "S!$B$10", "name": "S!$A$1", "odd": "S!$D$1", "day": "S!$C$1"}
GROUPS = [{"name": "甲", "rows": [1, 2, 3]}, {"name": "乙", "rows": []}, {"name": "丙", "rows": [4]}]


@pytest.mark.office
def test_libreoffice_computes_what_the_cells_say(soffice: str, tmp_path: Path) -> None:
    template = compile_template(draw(CELLS, names=NAMES))
    view = {"name": "=1+1", "total": Decimal("2.5"), "day": dt.date(2025, 9, 1), "odd": " a\n<b>&'\"_x0041_ ", "groups": GROUPS}
    out = template.render(view, inputs={"note": "备注"}, cached={"total": Decimal(25), "count": 4})
    path = tmp_path / "filled.xlsx"
    path.write_bytes(out)
    (saved,) = convert([path], "xlsx", tmp_path / "out")
    found = read_form(saved)
    assert found == {
        **{"in_note": "备注", "out_total": Decimal(25), "out_count": Decimal(4), "name": "=1+1"},
        **{"odd": view["odd"], "day": dt.date(2025, 9, 1)},
    }
    values = cells_of(openpyxl.load_workbook(saved, data_only=True))
    assert [values.get(f"B{row}") for row in range(2, 12)] == [None, 2.5, 5, 7.5, 15, None, None, 0, None, 10]
    assert [values.get(f"C{row}") for row in (3, 4, 5, 11)] == [1, 3, 6, 4]
    assert [values.get(f"D{row}") for row in (3, 4, 5, 11)] == pytest.approx([1 / 6, 1 / 3, 1 / 2, 1])


@pytest.mark.office
def test_libreoffice_opens_every_feature(soffice: str, tmp_path: Path) -> None:
    path = tmp_path / "all.xlsx"
    path.write_bytes(compile_template(every_feature()).render(VIEW))
    (saved,) = convert([path], "xlsx", tmp_path / "out")
    values = cells_of(openpyxl.load_workbook(saved, data_only=True), "表")
    assert (values["A1"], values["B1"], values["C1"], values["C2"], values["C3"]) == ("张三", 0.5, 1, 6, 2)
    detail = cells_of(openpyxl.load_workbook(saved), "It's 明细")
    assert [detail[f"C{row}"] for row in range(2, 6)] == [f"=B{row}*2" for row in range(2, 6)]
    assert b"{{" not in b"".join(parts(saved.read_bytes()).values())


@pytest.mark.office
def test_openpyxl_and_libreoffice_read_the_same(soffice: str, tmp_path: Path) -> None:
    texts = [
        "plain",
        "＝全角",
        "tab\there",
        "line\nbreak",
        "  both  ",
        "😀",
        "a" * 5000,
        "_x000D_",
        "5e3",
        "TRUE",
        "2025/9/1",
        "'quoted",
        "\u3000全角空格\u3000",
    ]
    source = draw({"A1": "{{ for t in texts }}", "A2": "{{ t }}", "A3": "{{ end }}"})
    out = compile_template(source).render({"texts": texts})
    path = tmp_path / "texts.xlsx"
    path.write_bytes(out)
    (saved,) = convert([path], "xlsx", tmp_path / "out")
    for data in (out, saved.read_bytes()):
        found = cells_of(openpyxl.load_workbook(io.BytesIO(data)))
        got = [found[f"A{row}"] for row in range(1, len(texts) + 1)]
        assert [value.replace("_x005F_", "_").replace("_x000D_", "_x000D_") for value in got] == texts
