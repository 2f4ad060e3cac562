"""The calculator behind cached values: Excel's order of types, arrays, intersection; what it does not know it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.native.compute.engine import At, Calculator
from kpi_xl.native.compute.grid import Box, Cells, Grid, Table, Typed, read_cells
from kpi_xl.native.compute.library import FUNCTIONS
from kpi_xl.native.compute.values import Error, UnknownError
from kpi_xl.ooxml.book import open_book
from kpi_xl.ooxml.package import read_package
from kpi_xl.ooxml.refs import Area

VALUES = {
    (1, 1): "姓名",
    (1, 2): "得分",
    (2, 1): "张三",
    (2, 2): 95.0,
    (3, 1): "李四",
    (3, 2): 87.0,
    (4, 1): "王五",
    (4, 2): "待评",
    (5, 2): Error("#N/A"),
}


def calculator() -> Calculator:
    grid = Grid("表", dict(VALUES), bottom=5, right=2)
    grid.put((8, 1), Typed("B2+1"))
    grid.put((9, 1), Typed("A10"))
    grid.put((10, 1), Typed("A9"))
    cells = Cells({"表": grid}, {("", "得分"): "表!$B$2", ("", "全部"): "表!$B$2:$B$3"})
    cells.tables["名单"] = Table(Box("表", Area(1, 1, 3, 2)), {"姓名": 1, "得分": 2}, 1, 0)
    return Calculator(cells, FUNCTIONS)


def value(formula: str, row: int = 2, *, array: bool = False) -> Any:
    found = calculator().formula(formula, At("表", row, 5, array))
    return found.code if isinstance(found, Error) else found


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # numbers < texts < FALSE < TRUE
        ("(20<0)>0", True),
        ("FALSE>0", True),
        ('"a">9E9', True),
        ('TRUE>"zz"', True),
        ("TRUE=1", False),
        ('"A"="a"', True),
        ('A9999=""', True),
        ("A9999=0", True),
        ("A9999=FALSE", True),
        ('"无数据">=0.85', True),
        # operators
        ("-2^2", 4.0),
        ("2^3^2", 64.0),
        ("10%*50", 5.0),
        ("1+2*3&4", "74"),
        ("1=1=TRUE", True),
        ('"12"+1', 13.0),
        ('"85%"*1', 0.85),
        ("TRUE+TRUE", 2.0),
        ('"x"+1', "#VALUE!"),
        ("1/0", "#DIV/0!"),
        ("0.1+0.2-0.3", 0.0),
        ('1/3&""', "0.333333333333333"),
        ('"2025-09-02 12:00"-"2025-09-01"', 1.5),
        ("B5+1", "#N/A"),
        ("0^0", "#NUM!"),
        # ranges and arrays
        ("SUM(B1:B4)", 182.0),
        ("SUM(B:B)", "#N/A"),
        ("COUNT(B:B)", 2.0),
        ("COUNTA(A1:A8)", 5.0),
        ("B2:B3*1", 95.0),
        ("B3:B4*1", "#VALUE!"),
        ("SUM({1,2;3,4}*2)", 20.0),
        ("SUMPRODUCT((B2:B4>=87)*1)", 3.0),
        ('SUMPRODUCT(--(A2:A4="李四"),B2:B4)', 87.0),
        ("INDEX(A:A,2)", "张三"),
        ("OFFSET(A1,1,1)", 95.0),
        ("SUM(OFFSET(A1,1,1,2,1))", 182.0),
        ("ROW(B3)", 3.0),
        ("ROWS(B2:B4)", 3.0),
        # looking up and criteria
        ('VLOOKUP("李四",A1:B4,2,FALSE)', 87.0),
        ('VLOOKUP("没有",A1:B4,2,FALSE)', "#N/A"),
        ("LOOKUP(85,{0,60,80,90},{1,2,3,4})", 3.0),
        ("LOOKUP(-1,{0,60},{1,2})", "#N/A"),
        ('MATCH("张*",A1:A4,0)', 2.0),
        ('COUNTIF(A1:A4,"?三")', 1.0),
        ('COUNTIF(B1:B4,">=90")', 1.0),
        ('COUNTIF(B1:B4,"<>待评")', 3.0),
        ('SUMIF(A1:A4,"张三",B1:B4)', 95.0),
        ('COUNTIFS(A2:A4,"<>",B2:B4,">0")', 2.0),
        ('AVERAGEIF(B2:B4,">0")', 91.0),
        ('SUMIFS(B2:B4,A2:A4,"李四")', 87.0),
        # conditions and texts
        ('IF(B2>90,"优","")', "优"),
        ("IF(FALSE,1)", False),
        ("IF(TRUE,)", 0.0),
        ('IFERROR(1/0,"错")', "错"),
        ("IFNA(B5,0)", 0.0),
        ("IF({1,0},5,6)", [[5.0, 6.0]]),
        ("ROUND(2.675,2)", 2.68),
        ("ROUND(-2.5,0)", -3.0),
        ("ROUNDUP(1.01,0)", 2.0),
        ("INT(-1.5)", -2.0),
        ('LEFT("待评：x",2)', "待评"),
        ('MID("abc",2,5)', "bc"),
        ('TRIM(" a  b ")', "a b"),
        ('FIND("b","abc")', 2.0),
        ('FIND("z","abc")', "#VALUE!"),
        ('SUBSTITUTE("a,b",",","；")', "a；b"),
        ("ISNUMBER(B4)", False),
        ("AND(B2>1,TRUE)", True),
        ("OR(FALSE,0)", False),
        ("N(TRUE)", 1.0),
        ("DATE(2025,9,1)", 45901.0),
        ("MONTH(45901)", 9.0),
        ("MOD(-1,3)", 2.0),
        ("T(B2)", ""),
        ("MEDIAN(B2:B3)", 91.0),
        # names and tables
        ("得分+1", 96.0),
        ("SUM(全部)", 182.0),
        ("SUM(名单[得分])", 182.0),
        ("名单[[#This Row],[得分]]", 95.0),
        ("COUNTA(名单[#All])", 6.0),
        ("A8", 96.0),
        ("_xlfn.SINGLE(B2:B3)", 95.0),
    ],
)
def test_what_a_formula_gives(formula: str, expected: Any) -> None:
    assert value(formula) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "TODAY()",
        'TEXT(1,"0%")',
        'INDIRECT("A1")',
        '"张"<"李"',
        '"８７"+1',
        '"3月1日"+0',
        "A9",
        "其他!A1",
        "没有的名称",
        "[1]Sheet1!A1",
        "SUM((A1,B1))",
        "名单[没有]",
        "A1:INDEX(A:A,3)",
        "CHAR(200)",
        "IF()",
        "VLOOKUP(1)",
        "ISNUMBER(1,2)",
        "INT(1E300*1E10)+IF(,,)+MATCH()",
        '1E20&""',
    ],
)
def test_what_it_does_not_know(formula: str) -> None:
    with pytest.raises(UnknownError):
        value(formula)


def test_an_array_formula_takes_ranges_whole() -> None:
    assert value("B2:B4*1", array=True) == [[95.0], [87.0], [Error("#VALUE!")]]
    assert value('IF(B2:B4="待评",1,0)', array=True) == [[0.0], [0.0], [1.0]]


def test_a_long_column_of_running_totals_is_known() -> None:
    grid = Grid("表", {(1, 1): 1.0}, bottom=3000, right=1)
    for row in range(2, 3001):
        grid.put((row, 1), Typed(f"A{row - 1}+1"))
    calculator = Calculator(Cells({"表": grid}), FUNCTIONS)
    for row in range(1, 3001):
        assert calculator.cell("表", row, 1) == row


@pytest.mark.data
def test_it_agrees_with_what_excel_left_in_real_workbooks(test_data: Path) -> None:
    """Thousands of values that Excel, WPS and others computed: what is known is right."""
    known, wrong = 0, []
    for path in sorted([*test_data.glob("templates/*.xlsx"), *test_data.glob("xlsx-suites/**/*.xlsx")]):
        try:
            cells = read_cells(open_book(read_package(path)))
        except KpiError:
            continue
        found = Calculator(cells, FUNCTIONS)
        for name, grid in cells.grids.items():
            for at, typed in grid.formulas.items():
                cached = grid.values.get(at)
                try:
                    computed = found.cell(name, *at) if cached is not None else None
                except UnknownError:
                    continue
                if cached is None:
                    continue
                known += 1
                near = (
                    isinstance(cached, float)
                    and isinstance(computed, float)
                    and abs(cached - computed) <= 1e-9 * max(1, abs(cached))
                )
                if not near and cached != computed:
                    wrong.append((path.name, name, at, typed.text, cached, computed))
    assert known > 1500
    # two files whose writers put other values into them than the formulas have
    assert not [one for one in wrong if one[0] not in ("test_CalcChain.xlsx", "tests_errors.xlsx")]
