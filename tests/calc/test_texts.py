"""Results compare as texts in Calc: by = and by every function that looks for a text, typed, saved, opened, computed anew."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.calc.declaration import argument_text
from kpi_xl.functions import CATALOG, FUNCTIONS
from kpi_xl.functions.calc_notes import EMPTY_CELL

from ..office import Drive

pytestmark = pytest.mark.office

TOP, LOW = "高级客服", "待改进"
FORMATS = {"ods": "calc8", "xlsx": "Calc MS Excel 2007 XML"}
PROBE = "org.kpixl.tests.Probe"


def finders(cells: str, first: str, beside: str) -> dict[str, tuple[str, Any]]:
    """Return the ways to look for a text among five results: formula and what it must give. The fourth is blank."""
    return {
        "=": (f'={first}="{TOP}"', 1.0),
        "<>": (f'={first}<>"{TOP}"', 0.0),
        "IF": (f'=IF({first}="{TOP}";"奖";"无")', "奖"),
        "EXACT": (f'=EXACT({first};"{TOP}")', 1.0),
        "COUNTIF": (f'=COUNTIF({cells};"{TOP}")', 2.0),
        "COUNTIFS": (f'=COUNTIFS({cells};"{TOP}";$A$1:$A$5;">92")', 1.0),
        "SUMIF": (f'=SUMIF({cells};"{TOP}";$A$1:$A$5)', 186.0),
        "SUMPRODUCT": (f'=SUMPRODUCT(({cells}="{TOP}")*1000)', 2000.0),
        "MATCH": (f'=MATCH("{LOW}";{cells};0)', 3.0),
        "VLOOKUP": (f'=VLOOKUP("{LOW}";{beside};2;0)', 30.0),
        "blank": (f'=COUNTIF({cells};"")+SUMPRODUCT(--({cells}=""))', 2.0),
        "each other": (f"=SUMPRODUCT(--({cells}={cells}))", 5.0),
        "not each other": (f"=SUMPRODUCT(--({cells}={first}))", 2.0),
    }


NESTED: dict[str, tuple[str, Any]] = {
    "IF": (f'=IF(KPI_GRADE(A1)="{TOP}";"奖";KPI_ACTION(A1))', "奖"),
    "SUMPRODUCT": (f'=SUMPRODUCT(--(KPI_GRADE(A1:A5)="{TOP}"))', 2.0),
    "MATCH": (f'=MATCH("{LOW}";KPI_GRADE(A1:A5);0)', 3.0),
    "INDEX": (f'=INDEX(KPI_GRADE(A1:A5);3)="{LOW}"', 1.0),
    "EXACT": (f'=EXACT(KPI_GRADE(A3);"{LOW}")', 1.0),
    "two calls": ("=KPI_GRADE(A1)=KPI_GRADE(A5)", 1.0),
    "two unlike calls": ("=KPI_GRADE(A1)=KPI_GRADE(A2)", 0.0),
    "a word of a function of numbers": ('=KPI_RATE(0;0)="无数据"', 1.0),
    "a message": ('=LEFT(KPI_GRADE("好");4)="参数错误"', 1.0),
    "numbers": ("=SUMPRODUCT(--(KPI_BONUS(1000;A1:A2)=1000))", 1.0),
}


def workbook() -> tuple[dict[str, Any], dict[str, tuple[str, Any]]]:
    """Return the job and its cases: scores in A, one call a cell in B, one array formula in D, what looks for texts in G."""
    cases = {f"single {name}": case for name, case in finders("$B$1:$B$5", "B1", "$B$1:$C$5").items()}
    cases |= {f"array {name}": case for name, case in finders("$D$1:$D$5", "D1", "$D$1:$E$5").items()}
    cases |= {f"nested {name}": case for name, case in NESTED.items()}
    beside = [[10.0], [20.0], [30.0], [40.0], [50.0]]
    formulas = {f"B{row}": f"=KPI_GRADE(A{row}:A{row})" for row in range(1, 6)}
    formulas |= {f"G{row}": formula for row, (formula, _) in enumerate(cases.values(), start=1)}
    job = {
        "tables": {"A1:A5": [[95.0], [89.0], [60.0], [""], [91.0]], "C1:C5": beside, "E1:E5": beside},
        "formulas": formulas,
        "arrays": {"D1:D5": "=KPI_GRADE(A1:A5)"},
        "read": [f"G1:G{len(cases)}", "B1:B5", "D1:D5"],
    }
    return job, cases


def wrong(cases: dict[str, tuple[str, Any]], answer: Any) -> dict[str, tuple[Any, Any]]:
    shown, single, array = answer["read"]
    assert single == array == [[TOP], ["中级客服"], [LOW], [""], [TOP]]
    return {name: (row[0], right) for (name, (_, right)), row in zip(cases.items(), shown, strict=True) if row[0] != right}


def test_results_are_found_by_every_comparison_as_typed(calc: Drive) -> None:
    job, cases = workbook()
    assert not wrong(cases, calc(job))
    assert not wrong(cases, calc({**job, "recalculate": True}))


@pytest.mark.parametrize("suffix", FORMATS)
def test_results_are_found_in_a_workbook_saved_and_opened_again(calc: Drive, tmp_path: Path, suffix: str) -> None:
    job, cases = workbook()
    url, again = ((tmp_path / f"{name}.{suffix}").as_uri() for name in ("saved", "again"))
    calc({**job, "save": {FORMATS[suffix]: url}})
    for recalculate in (False, True):
        opened = {"open": url, "recalculate": recalculate, "read": job["read"], "save": {FORMATS[suffix]: again}}
        assert not wrong(cases, calc(opened))
    assert not wrong(cases, calc({"open": again, "recalculate": True, "read": job["read"]}))


@pytest.mark.slow
def test_20000_grades_equal_those_of_python(calc: Drive) -> None:
    """Compared by Calc itself: = with the text of the core in the next column, and COUNTIF for each grade."""
    draw = random.Random(20250901)
    edges = [edge + step for edge in (70, 80, 90, 100) for step in (-0.01, -0.006, -0.005, -0.004, 0, 0.004, 0.005)]
    drawn = [round(draw.uniform(2, 100), draw.randrange(4)) for _ in range(20_000 - len(edges))]
    scores = [[score] for score in edges + drawn]
    grades = FUNCTIONS["KPI_GRADE"](scores)
    counts = Counter(grade for (grade,) in grades if not grade.startswith("参数错误"))  # 100.01 is no score
    last = len(scores)
    formulas = {"E1": f"=SUMPRODUCT(--(B1:B{last}=C1:C{last}))", "F1": f"=SUMPRODUCT(--EXACT(B1:B{last};C1:C{last}))"}
    formulas |= {f"G{row}": f'=COUNTIF(B1:B{last};"{grade}")' for row, grade in enumerate(counts, start=1)}
    job = {
        "tables": {f"A1:A{last}": scores, f"C1:C{last}": grades},
        "arrays": {f"B1:B{last}": f"=KPI_GRADE(A1:A{last})"},
        "formulas": formulas,
        "read": ["E1:F1", f"G1:G{len(counts)}"],
    }
    assert calc(job)["read"] == [[[last, last]], [[count] for count in counts.values()]]


def test_a_table_of_numbers_stays_numbers(calc: Drive) -> None:
    formulas = {"C1": "=SUM(B1:B3)", "C2": "=COUNT(B1:B3)", "C3": "=COUNTIF(B1:B3;1200)", "C4": "=SUM(KPI_BONUS(1000;A1:A3))"}
    table = {"A1:A3": [[95.0], [91.0], [80.0]]}
    job = {"tables": table, "arrays": {"B1:B3": "=KPI_BONUS(1000;A1:A3)"}, "formulas": formulas, "read": ["C1:C4"]}
    assert calc(job)["read"] == [[[3400.0], [3.0], [2.0], [3400.0]]]


def test_words_beside_numbers_in_one_array_formula_do_not_compare_and_what_to_write_instead(calc: Drive) -> None:
    """LibreOffice's own limit (`calc_notes.MIXED_TABLES`): the same word compares as soon as no number is beside it.

    When this fails, LibreOffice has mended it, and the note can go.
    """
    word = "无数据"
    find = [f'=B1="{word}"', f'=COUNTIF(B1:B2;"{word}")', f'=B1&""="{word}"', "=LEN(B1)=3", "=SUM(B1:B2)", "=COUNT(B1:B2)"]
    formulas = {f"C{row}": formula for row, formula in enumerate(find, start=1)}
    job = {"arrays": {"B1:B2": "=KPI_RATE(A1:A2;A1:A2)"}, "formulas": formulas, "read": ["B1:B2", "C1:C6"]}
    words = calc({**job, "tables": {"A1:A2": [[0.0], [0.0]]}})["read"]
    assert words == [[[word], [word]], [[1.0], [2.0], [1.0], [1.0], [0.0], [0.0]]]
    mixed = calc({**job, "tables": {"A1:A2": [[0.0], [1.0]]}})["read"]
    assert mixed == [[[word], [1.0]], [[0.0], [0.0], [1.0], [1.0], [1.0], [1.0]]]


def test_an_empty_cell_is_zero_alone_and_blank_as_a_range(calc: Drive, tmp_path: Path) -> None:
    """LibreOffice's own limit (`calc_notes.EMPTY_CELL`), and the way round it that the wizard names at each argument."""
    formulas = {
        "B1": "=KPI_GRADE(A1)",
        "B2": "=KPI_GRADE(A1:A1)",
        "B3": '=KPI_SCORE("fcr";A1:A1)',
        "B4": '=KPI_SCORE("fcr";A1)',
        "B5": '=IF(KPI_GRADE(A1:A1)="";"空";"有")',
    }
    urls = {name: (tmp_path / f"empty.{suffix}").as_uri() for suffix, name in FORMATS.items()}
    right = [[[LOW], [""], [""], [0.0], ["空"]]]
    assert calc({"formulas": formulas, "read": ["B1:B5"], "save": urls})["read"] == right
    for url in urls.values():
        assert calc({"open": url, "recalculate": True, "read": ["B1:B5"]})["read"] == right


def test_the_wizard_names_the_empty_cell_wherever_it_changes_the_answer() -> None:
    """Zero in place of a blank, tried on every single-cell argument of every example."""
    unsaid = []
    for function in CATALOG:
        for example in function.examples:
            given = [*example.arguments, *[None] * (len(function.arguments) - len(example.arguments))]
            for place, argument in enumerate(function.arguments):
                blank, zero = (function(*given[:place], cell, *given[place + 1 :]) for cell in (None, 0.0))
                said = EMPTY_CELL in argument_text(argument)
                if blank != zero and not said and argument.kind in ("cells", "value", "scheme"):
                    unsaid.append((function.name, argument.name))
    assert not unsaid


def test_one_content_is_one_result_and_a_closed_document_gives_all_back(calc: Drive) -> None:
    """Calc keeps a listener to each table until the document is closed: there must not be more of them than contents."""
    assert calc({"probe": PROBE})["probe"] == 0
    table, read = {"A1:A5": [[95.0], [89.0], [60.0], [""], [91.0]]}, [f"{column}1:{column}5" for column in "BCD"]
    arrays = dict.fromkeys(read[:2], "=KPI_GRADE(A1:A5)") | {read[2]: "=KPI_RANK(A1:A5;A1:A5)"}
    job = {"tables": table, "arrays": arrays, "read": read, "probe": PROBE}
    assert calc(job)["probe"] == 2
    # two cases: a cell typed in and cleared, everything computed after each
    same = {**job, "cases": [{"F1": float(n)} for n in range(50)], "results": ["B1"]}
    assert calc(same)["probe"] == 2
    typed = {**job, "cases": [{"A4": 50.0 + n} for n in range(10)], "results": ["B1"]}
    assert 2 < calc(typed)["probe"] <= 2 + 2 * 10
    assert calc({"probe": PROBE})["probe"] == 0


def test_the_two_documents_of_one_content_share_it_and_closing_one_leaves_the_other(calc: Drive) -> None:
    job = {"tables": {"A1:A2": [[95.0], [60.0]]}, "arrays": {"B1:B2": "=KPI_GRADE(A1:A2)"}, "read": ["B1:B2"]}
    for _ in range(2):
        assert calc({**job, "recalculate": True})["read"] == [[[TOP], [LOW]]]


def test_the_months_sheet_of_hr(calc: Drive, tmp_path: Path) -> None:
    """Calls a row, people counted and money added up over them, as another program wrote it: names short, nothing computed."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, score in enumerate((95, 91, 80), start=2):
        sheet[f"B{row}"] = score
        sheet[f"C{row}"] = f"=KPI_GRADE(B{row})"
        sheet[f"D{row}"] = f'=IF(KPI_GRADE(B{row})="{TOP}","奖",KPI_ACTION(B{row}))'
    sheet["G1"] = f'=COUNTIF(C2:C4,"{TOP}")'
    sheet["G2"] = f'=SUMPRODUCT((C2:C4="{TOP}")*1000)'
    book.save(tmp_path / "month.xlsx")
    for recalculate in (False, True):
        job = {"open": (tmp_path / "month.xlsx").as_uri(), "recalculate": recalculate, "read": ["G1:G2", "C2:D4"]}
        assert calc(job)["read"] == [[[2.0], [2000.0]], [[TOP, "奖"], [TOP, "奖"], ["中级客服", ""]]]
