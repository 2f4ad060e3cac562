"""Values in cells: their types, the limits of the format, and what is done at each limit."""

from __future__ import annotations

import datetime as dt
import enum
import io
import zoneinfo
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.errors import KpiError
from kpi_xl.ooxml import read_form
from kpi_xl.template import compile_template
from kpi_xl.template.values import date_serial

from .books import cells_of, draw, fill, parts

SHEET = "xl/worksheets/sheet1.xml"
WHOLE = compile_template(draw({"A1": "{{ v }}", "B1": "<{{ v }}>"}, names={"whole": "S!$A$1", "part": "S!$B$1"}))
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")


def sheet_of(value: Any) -> Worksheet:
    sheet = openpyxl.load_workbook(io.BytesIO(WHOLE.render({"v": value})))["S"]
    assert isinstance(sheet, Worksheet)
    return sheet


class Level(enum.StrEnum):
    GOOD = "良好"


@pytest.mark.parametrize(
    ("value", "cell", "text"),
    [
        (None, None, "<>"),
        ("", None, "<>"),
        ("张三", "张三", "<张三>"),
        (Decimal("86.40"), 86.4, "<86.40>"),
        (Decimal("1E+3"), 1000, "<1000>"),
        (Decimal("-0.00"), 0.0, "<-0.00>"),
        (Decimal("0.12345678901234567890"), 0.12345678901234568, "<0.12345678901234567890>"),
        (17, 17, "<17>"),
        (0.1 + 0.2, 0.30000000000000004, "<0.30000000000000004>"),
        (True, True, "<TRUE>"),
        (False, False, "<FALSE>"),
        (10**17 + 1, "100000000000000001", "<100000000000000001>"),  # Excel would make 100000000000000000 of it
        (dt.date(2025, 9, 1), dt.datetime(2025, 9, 1), "<2025-09-01>"),
        (dt.datetime(2025, 9, 1, 8, 3), dt.datetime(2025, 9, 1, 8, 3), "<2025-09-01 08:03>"),
        (dt.datetime(2025, 9, 1, 8, 3, 59), dt.datetime(2025, 9, 1, 8, 3, 59), "<2025-09-01 08:03:59>"),
        (dt.datetime(2025, 9, 1, tzinfo=SHANGHAI), dt.datetime(2025, 9, 1), "<2025-09-01 00:00>"),
        (dt.date(1899, 12, 31), "1899-12-31", "<1899-12-31>"),
        (Level.GOOD, "良好", "<良好>"),
        (np.int64(5), 5, "<5>"),
        (np.float64(0.5), 0.5, "<0.5>"),
        (Fraction(1, 4), 0.25, "<0.25>"),
        ("a < b & c > d", "a < b & c > d", "<a < b & c > d>"),
        ("第一行\r\n第二行\r第三行", "第一行\n第二行\n第三行", "<第一行\n第二行\n第三行>"),
        ("  两边有空格 ", "  两边有空格 ", "<  两边有空格 >"),
        ("5%b%%", "5%b%%", "<5%b%%>"),
        ("007", "007", "<007>"),
    ],
)
def test_types(value: Any, cell: Any, text: str) -> None:
    sheet = sheet_of(value)
    assert sheet["A1"].value == cell
    assert type(sheet["A1"].value) is type(cell)
    assert sheet["B1"].value == text


@pytest.mark.parametrize("text", ["=1+1", "+86 139", "-5", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1", "\t=1"])
def test_text_never_becomes_a_formula(text: str) -> None:
    cell = sheet_of(text)["A1"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix
    assert not sheet_of("plain")["A1"].quotePrefix


def test_style_variants_appear_only_where_needed() -> None:
    source = draw({"A1": "{{ v }}", "A2": "{{ d }}"})
    template = compile_template(source)
    plain = template.render({"v": "x", "d": None})
    dated = template.render({"v": "x", "d": dt.date(2025, 9, 1)})
    assert parts(plain)["xl/styles.xml"] == parts(source)["xl/styles.xml"]
    assert openpyxl.load_workbook(io.BytesIO(dated))["S"]["A2"].is_date
    assert template.render({"v": "x", "d": None}) == plain


def test_a_date_keeps_the_format_of_its_cell() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["S"]["A1"].number_format = "yyyy年m月"

    cell = fill(draw({"A1": "{{ d }}"}, change=change), {"d": dt.date(2025, 9, 1)})["S"]["A1"]
    assert (cell.value, cell.number_format) == (dt.datetime(2025, 9, 1), "yyyy年m月")


def test_the_date_system_of_1904() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904

    source = draw({"A1": "{{ d }}", "A2": "{{ t }}"}, change=change, names={"d": "S!$A$1", "t": "S!$A$2"})
    out = compile_template(source).render({"d": dt.date(2025, 9, 1), "t": dt.datetime(1905, 1, 1, 6)})
    assert b"<v>44439</v>" in parts(out)[SHEET]
    assert read_form(out) == {"d": dt.date(2025, 9, 1), "t": dt.datetime(1905, 1, 1, 6)}


@given(st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 31, 23, 59, 59)))
def test_serial_numbers_agree_with_openpyxl(moment: dt.datetime) -> None:
    serial = date_serial(moment)
    assert serial is not None
    assert abs(from_excel(float(serial)) - moment) < dt.timedelta(milliseconds=1)


@settings(deadline=None, max_examples=50)
@given(st.datetimes(dt.datetime(1905, 1, 1), dt.datetime(2150, 1, 1)).map(lambda moment: moment.replace(microsecond=0)))
def test_every_moment_survives(moment: dt.datetime) -> None:
    found = read_form(WHOLE.render({"v": moment}))["whole"]
    assert found == moment or found == moment.date()


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_every_text_survives(text: str) -> None:
    found = read_form(WHOLE.render({"v": text}))
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert (found["whole"] or "") == expected
    assert found["part"] == f"<{expected}>"


@settings(deadline=None, max_examples=60)
@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
)
def test_every_number_survives_as_a_double(value: Any) -> None:
    assert float(str(read_form(WHOLE.render({"v": value}))["whole"])) == float(value)


def test_control_characters_and_escapes() -> None:
    text = "a\x07b_x0041_c\ud800\uffff"
    out = WHOLE.render({"v": text})
    assert read_form(out)["whole"] == text
    assert b"a_x0007_b_x005F_x0041_c_xD800__xFFFF_" in parts(out)[SHEET]


def test_the_longest_text() -> None:
    assert sheet_of("长" * 32_765)["A1"].value == "长" * 32_765
    with pytest.raises(KpiError):
        WHOLE.render({"v": "😀" * 16_384})  # each counts twice in Excel


@dataclass(frozen=True)
class Person:
    name: str
    manager: Person | None = None
    tags: tuple[str, ...] = ("一", "二")


def test_paths() -> None:
    cells = {
        **{
            "A1": "{{ person.name }}",
            "A2": "{{ person.manager.name }}",
            "A3": "{{ person.tags[1] }}",
            "A4": "{{ person.tags.0 }}",
        },
        **{"A5": '{{ points["fcr.rate"] }}', "A6": "{{points['满意度']}}", "A7": "{{ by_number.7 }}", "A8": "{{ 姓名 }}"},
        **{"A9": "{{ person.manager.manager.name }}"},
    }
    person = Person("张三", Person("李四"))
    view = {"person": person, "points": {"fcr.rate": 1, "满意度": 2}, "by_number": {"7": 3}, "姓名": "王五"}
    expected = {"A1": "张三", "A2": "李四", "A3": "二", "A4": "一", "A5": 1, "A6": 2, "A7": 3, "A8": "王五"}
    assert cells_of(fill(draw(cells), view)) == expected


def test_items_of_different_kinds_in_one_loop() -> None:
    source = draw({"A1": "{{ for p in people }}", "A2": "{{ p.name }}", "B2": "{{ p.manager }}", "A3": "{{ end }}"})
    people = [Person("a"), {"name": "b", "manager": 1}, {"name": None, "manager": "x", "other": 0}]
    assert cells_of(fill(source, {"people": people})) == {"A1": "a", "A2": "b", "B2": 1, "B3": "x"}


def test_the_loop_variable_itself() -> None:
    source = draw({"A1": "{{ for x in xs }}", "A2": "{{ x }}", "B2": "第{{ loop.index }}项：{{ x }}", "A3": "{{ end }}"})
    assert cells_of(fill(source, {"xs": iter(("p", "q"))})) == {"A1": "p", "B1": "第1项：p", "A2": "q", "B2": "第2项：q"}


def test_named_inputs_and_known_results() -> None:
    cells = {
        **{"A1": "{{ name }}", "B2": 0.5, "B3": "=B2*2", "B4": "=B3&A1", "B5": "=B2>1", "B6": "=B2+1", "A8": "x"},
        **{"A9": "{{ name }}"},
    }
    names = {
        **{
            "in_fcr__rate": "S!$B$2",
            "out_points__fcr": "S!$B$3",
            "out_text": "S!$B$4",
            "out_flag": "S!$B$5",
            "out_none": "S!$B$6",
        },
        **{"in_new": "S!$D$20", "in_kept": "S!$A$8", "in_name": "S!$A$9", "in_merged": "S!$A$10:$C$10"},
    }

    def change(book: openpyxl.Workbook) -> None:
        book["S"]["B2"].number_format = "0.00%"
        book["S"].merge_cells("A10:C10")

    template = compile_template(draw(cells, names=names, change=change))
    assert template.inputs == ("fcr.rate", "new", "kept", "name", "merged")
    assert template.outputs == ("points.fcr", "text", "flag", "none")
    inputs = {"fcr.rate": Decimal("0.85"), "new": "新", "merged": dt.date(2025, 9, 1)}
    known = {"points.fcr": Decimal("1.70"), "text": "<1.7>张", "flag": False}
    out = template.render({"name": "张"}, inputs=inputs, cached=known)
    formulas, values = (openpyxl.load_workbook(io.BytesIO(out), data_only=only)["S"] for only in (False, True))
    assert [formulas[f"B{row}"].value for row in range(2, 7)] == [0.85, "=B2*2", "=B3&A1", "=B2>1", "=B2+1"]
    assert [values[f"B{row}"].value for row in range(2, 7)] == [0.85, 1.7, "<1.7>张", False, None]
    assert formulas["B2"].number_format == "0.00%"
    assert [values[cell].value for cell in ("D20", "A8", "A9", "A10")] == ["新", "x", "张", dt.datetime(2025, 9, 1)]
    cleared = read_form(template.render({"name": "张"}, inputs={"fcr.rate": None, "name": "王"}))
    assert cleared["in_fcr__rate"] is None
    assert cleared["in_name"] == "王"


def test_links() -> None:
    cells = {
        **{"A1": "{{ for r in rows }}", "A2": "{{ link: r.url | r.title }}", "B2": "{{ link: r.url }}", "A3": "{{ end }}"},
        "A4": "{{ link: top }}",
    }
    rows = [
        {"url": 'https://example.com/?a=1&b="2"'.replace('"', "%22"), "title": '工单 "7" <重>'},
        {"url": None, "title": "没有链接"},
        {"url": "mailto:hr@example.com", "title": "长" * 300},
    ]
    template = compile_template(draw(cells))
    assert template.names == ("rows", "r.url", "r.title", "top")
    out = template.render({"rows": rows, "top": "#S!A1"})
    found, shown = (cells_of(openpyxl.load_workbook(io.BytesIO(out), data_only=only)) for only in (False, True))
    assert found["A1"] == '=HYPERLINK("https://example.com/?a=1&b=%222%22","工单 ""7"" <重>")'
    assert (shown["A1"], shown["B1"], shown["A2"]) == ('工单 "7" <重>', rows[0]["url"], "没有链接")
    assert "B2" not in shown
    assert found["A3"] == f'=HYPERLINK("mailto:hr@example.com","{"长" * 255}"&"{"长" * 45}")'
    assert found["A4"] == '=HYPERLINK("#S!A1","#S!A1")'
    for bad in ("javascript:alert(1)", "https://x y", 'https://x",A1)&("', "https://" + "x" * 255, "=1"):
        with pytest.raises(KpiError):
            template.render({"rows": [], "top": bad})
    with pytest.raises(KpiError):
        compile_template(draw({"A1": "见 {{ link: x }}"}))
