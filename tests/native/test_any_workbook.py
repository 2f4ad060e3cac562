"""Any workbook without the add-in: every call is lowered or listed, by the right scheme, with the right result."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
from openpyxl.formatting.rule import FormulaRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableFormula

from kpi_xl.functions import FUNCTIONS
from kpi_xl.native.lowering import has_call, lower_template
from kpi_xl.schemes import load_scheme
from kpi_xl.standard.tables import SHEET
from kpi_xl.workbook.build import build_form, build_standard
from kpi_xl.workbook.lowered import lower_workbook

from .books import SCORES, around, changed, formulas, lowered, parts, saved, sheet_book, shown


def test_a_month_as_in_the_readme() -> None:
    done = lowered(
        {
            **{f"B{row}": f"=KPI_GRADE(A{row})" for row in range(1, 7)},
            "C1": '=IF(KPI_GRADE(A1)="高级客服","奖",KPI_ACTION(A1))',
            "D1": '=COUNTIF(B1:B6,"高级客服")',
            "D2": '=SUMPRODUCT((B1:B6="高级客服")*1000)',
            "D3": '=IF(KPI_RATE(0,0)>=0.85,"达标","未达标")',
            "D4": "=KPI_RANK(A2,$A$1:$A$6)",
            "D5": "=D1+1",
            "D6": '="KPI_GRADE(A1) 的说明"',
        }
    )
    values = shown(done.data)
    grades = [FUNCTIONS["KPI_GRADE"](SCORES[f"A{row}"]) for row in range(1, 7)]
    assert (
        [values.get(f"B{row}", "") for row in range(1, 7)] == grades == ["高级客服", "高级客服", "初级客服", "", "待评", "待改进"]
    )
    assert (values["C1"], values["D1"], values["D2"], values["D3"], values["D4"], values["D5"]) == ("奖", 2, 2000, "达标", 2, 3)
    assert not [formula for formula in formulas(done.data).values() if has_call(formula[1:])]
    assert formulas(done.data)["D6"] == '="KPI_GRADE(A1) 的说明"'
    assert (done.lowered, done.kept, done.different, done.sheets, done.dropped) == (9, (), (), (SHEET,), 0)


# --- which scheme -----------------------------------------------------------------------------------------------------------


def test_each_scheme_gets_a_sheet_of_its_own() -> None:
    done = lowered(
        {
            "B1": '=KPI_COEFFICIENT(A1,"after-sales-3d")', "B2": "=KPI_GRADE(A1)",
            "B3": '=KPI_SCORE("fcr",0.82,"appliance-agent:technical")',
            "B4": '=KPI_GRADE(A1,"")', "B5": "=KPI_GRADE(A1,)", "B6": "=KPI_GRADE(A1,0)", "B7": '=KPI_GRADE(A1,"no-such-scheme")',
        }
    )  # fmt: skip
    assert done.sheets == ("评级标准-after-sales-3d", SHEET, "评级标准-appliance-agent+technical")
    assert all(len(name) <= 31 for name in done.sheets)
    values = shown(done.data)
    assert values["B1"] == FUNCTIONS["KPI_COEFFICIENT"](95, "after-sales-3d")
    assert values["B3"] == FUNCTIONS["KPI_SCORE"]("fcr", 0.82, "appliance-agent:technical")
    assert [values[f"B{row}"] for row in (2, 4, 5, 6)] == ["高级客服"] * 4
    assert "'评级标准-after-sales-3d'!$" in formulas(done.data)["B1"]
    (kept,) = done.kept
    assert kept.where == "月报!B7"
    assert "no-such-scheme" in kept.reason.zh


def test_a_scheme_that_is_only_named_where_nothing_can_be_lowered_adds_no_sheet() -> None:
    done = lowered({"B1": '=KPI_WHY("fcr",0.8,"manager-kpi")', "B2": "=KPI_RATE(1,2)"})
    assert done.sheets == ()
    assert [one.where for one in done.kept] == ["月报!B1"]
    assert shown(done.data)["B2"] == 0.5


def own_sheet(edit: str | None = None) -> Any:
    """Return a workbook with its own 评级标准, whose lowest bound of 高级客服 is 94 when `edit` says so."""
    book = openpyxl.load_workbook(io.BytesIO(build_standard(load_scheme("appliance-agent"))))
    if edit is not None:
        row = next(cell.row for cell in book[SHEET]["B"] if cell.value == "高级客服")
        book[SHEET].cell(row, 1).value = float(edit)
    page = book.create_sheet("月报", 0)
    for address, value in SCORES.items():
        page[address] = value
    return book


def test_the_numbers_of_the_own_sheet_count() -> None:
    book = own_sheet("94")
    page = book["月报"]
    book.defined_names["方案区"] = DefinedName("方案区", attr_text=f"{SHEET}!$A$1:$R$200")
    book.defined_names["方案号"] = DefinedName("方案号", attr_text='"manager-kpi"')
    page["B1"] = "=KPI_GRADE(A2)"
    page["B2"] = f"=KPI_GRADE(A2,{SHEET}!A:R)"
    page["B3"] = "=KPI_GRADE(A2,方案区)"
    page["B4"] = '=KPI_GRADE(A2,"appliance-agent")'
    page["B5"] = "=KPI_GRADE(A2,方案号)"
    page["B6"] = f"=KPI_GRADE(A2,{SHEET}!A1:R20)"
    done = lower_workbook(saved(book))
    values = shown(done.data)
    assert [values[f"B{row}"] for row in (1, 2, 3, 4)] == ["中级客服"] * 4
    assert values["B5"] == FUNCTIONS["KPI_GRADE"](89.995, "manager-kpi")
    assert done.sheets == ("评级标准-manager-kpi",)
    assert [one.where for one in done.kept] == ["月报!B6"]
    assert any("改过的数值" in remark.zh for remark in done.remarks)
    assert not any("改过的数值" in remark.zh for remark in lower_workbook(saved(own_sheet())).remarks)


def test_a_sheet_of_that_name_that_is_something_else_stays_what_it_is() -> None:
    book = sheet_book({**SCORES, "B1": "=KPI_GRADE(A1)"})
    book.create_sheet(SHEET)["A1"] = "部门的评级办法"
    done = lower_workbook(saved(book))
    assert done.sheets == ("评级标准-appliance-agent",)
    assert shown(done.data, SHEET) == {"A1": "部门的评级办法"}
    assert shown(done.data)["B1"] == "高级客服"
    assert any("读不成方案" in remark.zh for remark in done.remarks)


def test_a_cell_that_names_the_scheme_is_watched() -> None:
    done = lowered({"F1": "after-sales-3d", "F2": '="after-"&"sales-3d"', "B1": "=KPI_GRADE(A1,$F$1)", "B2": "=KPI_GRADE(A1,F2)"})
    assert shown(done.data)["B1"] == FUNCTIONS["KPI_GRADE"](95, "after-sales-3d")
    assert formulas(done.data)["B1"].startswith('=IF($F$1="after-sales-3d",')
    assert [one.where for one in done.kept] == ["月报!B2"]
    assert any("$F$1" in remark.zh for remark in done.remarks)


def test_a_cell_that_names_the_indicator_is_watched() -> None:
    done = lowered(
        {
            "F1": "首次问题解决率",
            "F2": "fcr",
            "B1": "=KPI_SCORE(F1,0.82)",
            "B2": "=KPI_SCORE(F2,0.82)",
            "B3": "=KPI_SCORE(F3,0.82)",
        }
    )
    assert shown(done.data)["B1"] == shown(done.data)["B2"] == FUNCTIONS["KPI_SCORE"]("fcr", 0.82)
    assert formulas(done.data)["B1"].startswith('=IF(F1="首次问题解决率",')
    assert [one.where for one in done.kept] == ["月报!B3"]


def test_the_user_says_which_scheme_the_others_are_by() -> None:
    data = saved(sheet_book({**SCORES, "B1": "=KPI_GRADE(A1)", "B2": '=KPI_GRADE(A1,"appliance-agent")'}))
    done = lower_workbook(data, load_scheme("after-sales-3d"))
    assert done.sheets == (SHEET, "评级标准-appliance-agent")
    assert shown(done.data)["B1"] == FUNCTIONS["KPI_GRADE"](95, "after-sales-3d")
    assert shown(done.data)["B2"] == "高级客服"


# --- areas ------------------------------------------------------------------------------------------------------------------


def test_areas_in_arrays_and_in_plain_cells() -> None:
    done = lowered(
        {
            "B1": ("B1:B3", "=KPI_GRADE(A1:A3)"),
            "C1": ("C1:C3", '=IF(KPI_GRADE(A1:A3)="高级客服",1,0)'),
            "D1": ("D1:D3", "=KPI_RANK(A1:A3,$A$1:$A$6)"),
            "E1": "=KPI_GRADE(A2:A3)", "E2": "=_xlfn.SINGLE(KPI_GRADE(A3:A6))", "E3": "=SUM(KPI_BONUS(1000,A1:A2))",
            "E4": '=SUMPRODUCT(--(KPI_GRADE(A1:A3)="高级客服"))', "E5": "=KPI_GRADE(A1:A3*1)",
            "E6": "=KPI_RANK(A1:A2,A1:A6)+0",
            "F1": "=KPI_MEAN_RATING({5;4})",
            "F2": '=A1:A3&SUM(KPI_BONUS(1000,A1:A2))', "F3": "=KPI_MEAN_RATING(G:G)", "G1": 4, "G2": 5,
        }
    )  # fmt: skip
    values, written = shown(done.data), formulas(done.data)
    assert [values[f"B{row}"] for row in (1, 2, 3)] == ["高级客服", "高级客服", "初级客服"]
    assert [values[f"C{row}"] for row in (1, 2, 3)] == [1, 1, 0]
    assert [values[f"D{row}"] for row in (1, 2, 3)] == [1, 2, 3]
    assert "ISNUMBER(A3)" in written["D3"]  # ranks cannot be one array formula: a formula a cell
    assert values["E1"] == "高级客服"
    assert "ISNUMBER(A2)" in written["E1"]  # what a plain cell shows of an area's results is the first
    assert "SINGLE" not in written["E2"]
    assert values["E2"] == "初级客服"
    assert (values["E3"], values["E4"], values["F1"], values["F3"]) == (2400, 2, 4.5, 4.5)
    sheet = parts(done.data)["xl/worksheets/sheet1.xml"].decode()
    assert 't="array" ref="E3"' in sheet
    assert 't="array" ref="E4"' in sheet
    assert {one.where for one in done.kept} == {"月报!E5", "月报!E6", "月报!F2"}


def test_a_dynamic_array_stays_one_and_shared_formulas_are_written_out() -> None:
    book = sheet_book({**SCORES, "B1": ("B1:B3", "=KPI_GRADE(A1:A3)"), "C1": "=KPI_GRADE(A1)", "C2": "=1", "C3": "=1"})
    data = saved(book, {"xl/worksheets/sheet1.xml": (r'<c r="B1"', '<c r="B1" cm="1"')})
    data = changed(
        data, {"xl/worksheets/sheet1.xml": (r"<f>KPI_GRADE\(A1\)</f>", '<f t="shared" ref="C1:C3" si="0">KPI_GRADE(A1)</f>')}
    )
    data = changed(data, {"xl/worksheets/sheet1.xml": (r"<f>1</f>", '<f t="shared" si="0"/>')})
    done = lower_workbook(data)
    assert b'<c r="B1" cm="1" t="str"><f t="array" ref="B1:B3">IF(' in parts(done.data)["xl/worksheets/sheet1.xml"]
    assert [formulas(done.data)[f"C{row}"].count(f"ISNUMBER(A{row})") for row in (1, 2, 3)] == [1, 1, 1]
    assert [shown(done.data)[f"C{row}"] for row in (1, 2, 3)] == ["高级客服", "高级客服", "初级客服"]


def test_a_small_file_that_asks_for_much_is_done_soon() -> None:
    deep = "KPI_RATE(1," * 900 + "2" + ")" * 900
    done = lowered(
        {
            "C1": ("C1:XFD1048576", "=KPI_GRADE(A1:A3)"), "B1": "=KPI_MEAN_RATING(A2:XFC1048575)", "B2": f"={deep}",
            "B3": "=KPI_RATE(1,B4)", "B4": "=KPI_RATE(B3,2)",
        }
    )  # fmt: skip
    assert "月报!B2" in {one.where for one in done.kept}
    assert done.dropped >= 3


def test_a_merged_cell_cannot_be_an_array() -> None:
    book = sheet_book({**SCORES, "B1": "=SUM(KPI_BONUS(1000,A1:A2))"})
    book["月报"].merge_cells("B1:C1")
    assert [one.where for one in lower_workbook(saved(book)).kept] == ["月报!B1"]


# --- around cells -----------------------------------------------------------------------------------------------------------


def test_conditions_validations_names_and_columns_of_tables() -> None:
    done = lower_workbook(saved(around()))
    book = openpyxl.load_workbook(io.BytesIO(done.data))
    page = book["月报"]
    rules = {str(area.sqref): area.rules[0].formula for area in page.conditional_formatting}
    assert rules == {"C2:C6": ["等级条件1"], "D2:D6": ['LEN(KPI_WHY("fcr",A2))>3']}
    assert [rule.formula1 for rule in page.data_validations.dataValidation] == ["等级校验1"]
    assert "ISNUMBER(月报!$A1)" in page.defined_names["等级校验1"].attr_text  # A2 as E2 sees it, seen from A1
    assert "ISNUMBER(月报!$A$1)" in book.defined_names["我的等级"].attr_text
    table = parts(done.data)["xl/tables/table1.xml"].decode()
    assert "ISNUMBER(名单表[[#This Row],[得分]])" in table
    assert {one.where for one in done.kept} == {"月报!D2:D6", "名单!名单表[说明]"}
    values = shown(done.data, "名单")
    assert (values["C2"], values["C3"], values["F1"]) == ("高级客服", "初级客服", 83.5)
    assert shown(done.data)["G1"] == "高级客服"


def test_conditions_that_look_at_moving_cells_beside_them_are_listed() -> None:
    """Going round the edge of the sheet, as Excel does in names, is not what LibreOffice does."""
    book = sheet_book(SCORES)
    page = book["月报"]
    page.conditional_formatting.add("D2:E6", FormulaRule(formula=['KPI_GRADE(A2)="高级客服"']))
    page.conditional_formatting.add("F2:G6", FormulaRule(formula=['KPI_GRADE($A2)="高级客服"']))
    page.conditional_formatting.add("H2:H6 J2:J6", FormulaRule(formula=['KPI_GRADE(H2)="高级客服"']))
    page.conditional_formatting.add("A7:C7", FormulaRule(formula=['KPI_GRADE(A6)="高级客服"']))
    done = lower_workbook(saved(book))
    assert {one.where for one in done.kept} == {"月报!D2:E6", "月报!H2:H6 J2:J6"}
    names = openpyxl.load_workbook(io.BytesIO(done.data))["月报"].defined_names
    assert ["ISNUMBER(月报!$A1)" in names["等级条件1"].attr_text, "ISNUMBER(月报!A$6)" in names["等级条件2"].attr_text] == [
        True,
        True,
    ]


_X14 = (
    '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
    'uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}">'
    '<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="1">'
    '<x14:dataValidation type="custom" allowBlank="1"><x14:formula1><xm:f>KPI_GRADE(名单!A2)="高级客服"</xm:f></x14:formula1>'
    "<xm:sqref>B2:B9</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
)


def test_validations_of_later_versions() -> None:
    book = sheet_book(SCORES)
    book.create_sheet("名单")["A2"] = 95
    data = saved(book, {"xl/worksheets/sheet1.xml": ("</worksheet>", _X14 + "</worksheet>")})
    done = lower_workbook(data)
    assert (done.lowered, done.kept) == (1, ())
    assert "<x14:formula1><xm:f>等级校验1</xm:f></x14:formula1>" in parts(done.data)["xl/worksheets/sheet1.xml"].decode()
    assert not openpyxl.load_workbook(io.BytesIO(done.data)).defined_names


def test_forms_list_what_stands_in_tables_and_what_a_validation_cannot_hold() -> None:
    form = openpyxl.load_workbook(io.BytesIO(build_form(load_scheme("appliance-agent"))))
    page = form.create_sheet("名单")
    for row in (["得分", "等级"], [95, None]):
        page.append(row)
    table = Table(displayName="名单表", ref="A1:B2")
    table._initialise_columns()
    for column, name in zip(table.tableColumns, ("得分", "等级"), strict=True):
        column.name = name
    table.tableColumns[1].calculatedColumnFormula = TableFormula(attr_text='KPI_WHY("fcr",名单表[[#This Row],[得分]])')
    table.tableColumns[0].calculatedColumnFormula = TableFormula(attr_text="KPI_RATE(1,2)")
    page.add_table(table)
    rule = DataValidation("custom", formula1='KPI_GRADE(A2)<>"待改进"')
    rule.add("A2")
    page.add_data_validation(rule)
    done = lower_template(saved(form), load_scheme("appliance-agent"))
    assert {one.where for one in done.kept} == {"名单表[等级]", "名单!A2"}
    text = next(body for name, body in parts(done.data).items() if name.startswith("xl/tables/")).decode()
    assert "KPI_RATE" not in text
    data = saved(form, {f"xl/worksheets/sheet{len(form.sheetnames)}.xml": ("</worksheet>", _X14 + "</worksheet>")})
    assert "名单!B2:B9" in {one.where for one in lower_template(data, load_scheme("appliance-agent")).kept}
