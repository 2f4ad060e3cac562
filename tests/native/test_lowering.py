"""Calls become native formulas: nested, inside others, with the right results; what has no native form is listed."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.formatting.rule import FormulaRule
from openpyxl.workbook.defined_name import DefinedName

from kpi_xl.functions import CATALOG, FUNCTIONS
from kpi_xl.native.calls import FORMS
from kpi_xl.native.forms import NoNativeFormError, Operand, Standard
from kpi_xl.native.lowering import Mode, calls_left, has_call, lower, lower_template, name_scheme
from kpi_xl.ooxml import lint
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.plan import plan_standard
from kpi_xl.standard.tables import SHEET
from kpi_xl.template import compile_template
from kpi_xl.workbook.blank import fill_form
from kpi_xl.workbook.build import build_form, build_standard

from .. import engines
from .cases import has_no_single_form
from .sheets import Case, lay_out

AGENT = load_scheme("appliance-agent")
STANDARD = Standard(AGENT, plan_standard(AGENT))
AREA = STANDARD.plan.area
WEIGHT, URGENT = STANDARD.plan.ref("weight", "fcr"), STANDARD.plan.ref("target", "handling_hours", "urgent")
NEWER = ("LET(", "LAMBDA(", "XLOOKUP(", "FILTER(", "IFS(", "SWITCH(", "TEXTJOIN(", "CONCAT(", "MAXIFS(", "SEQUENCE(")


def test_the_catalog_says_which_functions_have_a_native_form() -> None:
    assert set(FORMS) == {function.name for function in CATALOG if function.native}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ('KPI_WEIGHT("fcr")*2', f"{WEIGHT}*2"),
        ('kpi_weight( "fcr" )', WEIGHT),
        ('_xll.KPI_WEIGHT("首次问题解决率","appliance-agent")', WEIGHT),
        ('[1]!KPI_WEIGHT("fcr",评级标准!A1:R99)', WEIGHT),
        ("ORG.KPIXL.FUNCTIONS.KPI_WEIGHT(\"fcr\",'评级标准'!$A:$R)", WEIGHT),
        ('KPI_TARGET("handling_hours.urgent",)', URGENT),
        ('"KPI_GRADE(87)"&A1', '"KPI_GRADE(87)"&A1'),
        ('IF(A1=",",{1,2;"KPI_GRADE(",")"},SUM((A1,B1)))', 'IF(A1=",",{1,2;"KPI_GRADE(",")"},SUM((A1,B1)))'),
        ('KPI_TARGET("handling_hours.urgent")', URGENT),
    ],
)
def test_what_becomes_of_a_call(formula: str, expected: str) -> None:
    assert lower(formula, STANDARD) == expected


def test_the_words_of_a_formula_stand_in_one_order() -> None:
    """A set has another order in each process: the same form would get other bytes in each run."""
    lowered = lower("KPI_CSAT(A1:A9)", STANDARD)
    assert lowered.index("|一般|一般满意|不太满意|不满意|中评|") > 0


def test_calls_inside_calls_and_inside_other_functions() -> None:
    for formula in (
        'IF(KPI_GRADE(F20)="高级客服","奖",KPI_ACTION(F20))',
        'KPI_GRADE(SUM(KPI_SCORE("fcr",E7),KPI_SCORE("csat",E9)))',
        "IFERROR(KPI_BONUS(B1,KPI_RATE(A1,A2)*100),0)",
    ):
        lowered = lower(formula, STANDARD)
        assert not has_call(lowered)
        assert lowered.count("(") == lowered.count(")")
        assert not [name for name in NEWER if name in lowered]
    assert (
        lower('IF(KPI_GRADE(F20)="高级客服","奖","")', STANDARD) == f'IF({lower("KPI_GRADE(F20)", STANDARD)}="高级客服","奖","")'
    )


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ('KPI_WHY("fcr",E7)', "没有对应的原生公式"),
        ('KPI_GRADE(F20,"manager-kpi")', "不是这份考核表的方案"),
        ('KPI_GRADE(F20,"appliance-agent:technical")', "不是这份考核表的方案"),
        ("KPI_GRADE(F20,A1)", "不是这份考核表的方案"),
        ("KPI_GRADE(F20,其他!A1:R99)", "不是这份考核表的方案"),
        ("KPI_SCORE(A7,E7)", "文字写明"),
        ('KPI_SCORE("nonsense",E7)', "没有指标“nonsense”"),
        ('KPI_SCORE("handling_hours",E7:F7)', "一行 3 格"),
        ("KPI_GRADE()", "参数个数不对"),
        ("KPI_RATE(1)", "参数个数不对"),
        ("KPI_GRADE(F20", "右括号"),
        ("KPI_GRADE(F20))", "看不懂"),
        ("KPI_STREAK(表1[等级],B1)", "一行或一列"),
        ("+".join(["KPI_GRADE(A1)"] * 60), "8192"),
    ],
)
def test_what_has_no_native_form_says_why(formula: str, reason: str) -> None:
    with pytest.raises(NoNativeFormError) as refused:
        lower(formula, STANDARD)
    assert reason in refused.value.reason.zh


def test_a_kept_call_gets_the_scheme_of_the_form() -> None:
    shown = name_scheme('IF(KPI_GRADE(F20)="","",KPI_SCORE("fcr",E7,"manager-kpi"))+KPI_RATE(1,2)', STANDARD)
    assert shown == f'IF(KPI_GRADE(F20,{AREA})="","",KPI_SCORE("fcr",E7,"manager-kpi"))+KPI_RATE(1,2)'


# --- whole templates ---------------------------------------------------------------------------------------------------------


def edited() -> bytes:
    """The agents' form as HR may have changed it: calls beside the form, in a condition, in a name."""
    book = openpyxl.load_workbook(io.BytesIO(build_form(AGENT)))
    sheet = book.worksheets[0]
    total = book.defined_names["out_total"].attr_text.rpartition("!")[2].replace("$", "")
    fcr = book.defined_names["in_fcr"].attr_text.rpartition("!")[2].replace("$", "")
    sheet["N40"] = f'=IF(KPI_GRADE({total})="高级客服","奖",KPI_ACTION({total}))'
    sheet["N41"] = f'=KPI_SCORE("fcr",{fcr})'
    sheet["N42"] = f'=KPI_WHY("fcr",{fcr})'
    sheet["N43"] = "=KPI_RATE(4,5)"
    sheet["N44"] = f'=KPI_GRADE({total},"manager-kpi")'
    book.defined_names["out_why_fcr"] = DefinedName("out_why_fcr", attr_text=f"{sheet.title}!$N$45")
    sheet["N45"] = f'=KPI_WHY("fcr",{fcr})'
    sheet.conditional_formatting.add("N40", FormulaRule(formula=[f'KPI_GRADE({total})="待改进"']))
    book.defined_names["等级"] = DefinedName("等级", attr_text=f"KPI_GRADE({sheet.title}!${total[0]}${total[1:]})")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rendered(mode: Mode) -> Any:
    lowered = lower_template(edited(), AGENT, mode)
    cached = {"total": 92, "why_fcr": "计算过程", "grade": "高级客服"}
    inputs = {"fcr": 0.82}
    data = compile_template(lowered.data).render(_Anything(), cached=cached, inputs=inputs)
    assert not lint(data)
    return openpyxl.load_workbook(io.BytesIO(data)), lowered.kept, data


class _Anything(dict[str, None]):
    def __missing__(self, key: str) -> None:
        return None

    def __contains__(self, key: object) -> bool:
        return True


def test_native_leaves_no_call_and_lists_what_it_could_not_lower() -> None:
    book, kept, _ = rendered("native")
    sheet = book.worksheets[0]
    formulas = [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert not [formula for formula in formulas if has_call(formula[1:])]
    assert sheet["N40"].value.startswith("=IF(IF(ISNUMBER(")
    assert sheet["N45"].value == "计算过程"
    assert sheet["N42"].value is None
    assert [entry.where.partition("!")[2] for entry in kept] == ["N42", "N44", "N45"]
    (rule,) = [rule for area in sheet.conditional_formatting if str(area.sqref) == "N40" for rule in area.rules]
    assert rule.formula[0].startswith("IF(ISNUMBER(")
    assert not has_call(book.defined_names["等级"].attr_text)


def test_functions_keeps_the_calls() -> None:
    book, kept, _ = rendered("functions")
    sheet = book.worksheets[0]
    assert sheet["N41"].value.endswith(f"{AREA})")
    assert sheet["N42"].value.startswith("=KPI_WHY(")
    assert not kept


@pytest.mark.parametrize("reference", ["appliance-agent", "after-sales-3d", "staff-service-50"])
def test_a_kept_call_reads_the_scheme_of_its_own_form(reference: str) -> None:
    """The range that completes a kept call is one that the function itself can read."""
    scheme = load_scheme(reference)
    filled = openpyxl.load_workbook(io.BytesIO(fill_form(scheme, {}, formulas="functions").data), data_only=True)
    cells = filled[SHEET][plan_standard(scheme).area.partition("!")[2].replace("$", "")]
    table = [[cell.value for cell in row] for row in cells]
    assert FUNCTIONS["KPI_GRADE"](45, table) == FUNCTIONS["KPI_GRADE"](45, reference)


def test_values_leaves_values_where_they_are_known() -> None:
    book, _, _data = rendered("values")
    cell = book.defined_names["out_total"].attr_text.rpartition("!")[2].replace("$", "")
    assert book.worksheets[0][cell].value == 92
    outputs = [n for n in book.defined_names if n.startswith("out_")]
    first = book.worksheets[0].title
    for name in outputs:
        sheet, _, address = book.defined_names[name].attr_text.rpartition("!")
        assert book[sheet.strip("'")][address.replace("$", "")].data_type != "f", name
    assert book[first]["N43"].value.startswith("=IF(")


def test_a_cached_value_that_nothing_can_change_stays() -> None:
    book = openpyxl.load_workbook(io.BytesIO(build_form(AGENT)))
    book.worksheets[0]["N40"] = "=KPI_NEXT_STEP(P1:P2)"
    out = io.BytesIO()
    book.save(out)
    data = lower_template(_with_cache(out.getvalue(), "N40", "评优"), AGENT).data
    shown = openpyxl.load_workbook(io.BytesIO(compile_template(data).render(_Anything())))
    assert shown.worksheets[0]["N40"].value == "评优"


def _with_cache(data: bytes, cell: str, text: str) -> bytes:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            body = source.read(name).decode() if name == "xl/worksheets/sheet1.xml" else source.read(name)
            if isinstance(body, str):
                body, count = re.subn(rf'(<c r="{cell}"[^>]*?)>(<f>.*?</f>)<v ?/?>(</v>)?', rf'\1 t="str">\2<v>{text}</v>', body)
                assert count == 1
            target.writestr(name, body)
    return out.getvalue()


def test_a_standard_whose_rows_moved_is_not_pointed_at() -> None:
    book = openpyxl.load_workbook(io.BytesIO(edited()))
    book[SHEET].insert_rows(20)
    out = io.BytesIO()
    book.save(out)
    kept = lower_template(out.getvalue(), AGENT).kept
    assert {entry.where.partition("!")[2] for entry in kept} >= {"N40", "N41"}
    assert not [entry for entry in kept if entry.where.endswith("N43")]


def test_check_reads_the_scheme_from_the_template(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(edited())
    assert [entry.where.partition("!")[2] for entry in calls_left(path)] == ["N42", "N44", "N45"]


def test_shared_and_array_formulas(tmp_path: Path) -> None:
    import zipfile

    book = openpyxl.load_workbook(io.BytesIO(build_standard(AGENT)))
    sheet = book.create_sheet("表", 0)
    for row in range(1, 4):
        sheet[f"B{row}"] = f"=KPI_GRADE(A{row})" if row == 1 else "=1"
    sheet["C1"] = openpyxl.worksheet.formula.ArrayFormula("C1:C3", "=KPI_GRADE(A1:A3)")
    out = io.BytesIO()
    book.save(out)
    shared = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as source, zipfile.ZipFile(shared, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                body = body.replace(b"<f>KPI_GRADE(A1)</f>", b'<f t="shared" ref="B1:B3" si="0">KPI_GRADE(A1)</f>')
                body = body.replace(b"<f>1</f>", b'<f t="shared" si="0"/>')
            target.writestr(name, body)
    lowered = lower_template(shared.getvalue(), AGENT)
    assert not lowered.kept
    sheet = openpyxl.load_workbook(io.BytesIO(lowered.data))["表"]
    assert [sheet[f"B{row}"].value.count(f"ISNUMBER(A{row})") for row in (1, 2, 3)] == [1, 1, 1]
    assert sheet["C1"].value.ref == "C1:C3"
    assert "ISNUMBER(A1:A3)" in sheet["C1"].value.text


def test_calls_in_a_form_without_a_person() -> None:
    modes: tuple[tuple[Mode, bool], ...] = (("native", False), ("functions", True), ("values", False))
    for mode, calls in modes:
        filled = fill_form(AGENT, {"fcr": "82%"}, formulas=mode)
        assert not filled.kept
        book = openpyxl.load_workbook(io.BytesIO(filled.data))
        formulas = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
        assert any(has_call(str(formula)[1:]) for formula in formulas) is calls


# --- results, by LibreOffice -------------------------------------------------------------------------------------------------

RATINGS: tuple[list[Any], ...] = (
    [5, 4, None], [None, "-"], [3.5, "无数据", 5], [3, "暂无", 4, "缺少数据：回访"], [9, "未评价", " "], [5, "什么"], ["什么"],
)  # fmt: skip
FCR_MARKS: tuple[list[Any], ...] = (
    ["首次解决", "是", "否"], ["首次解决", "非首次解决", "是"], ["首次解决", "暂无"], ["一次解决", 1, 0], ["首次解决"] * 2,
    ["是", "否", 1, 0, None, "-", "Y", "×"], [None], ["也许"], [2], ["是", "部分"], ["暂无", "未知"], ["是 ", True, False, "YES"],
    *([word, "否", "是"] for word in ("完成", "有", "已解决", "无", "没有", "未完成", "Not Resolved", "N/A", "?", "缺", "1.0")),
)  # fmt: skip
MORE: tuple[tuple[str, tuple[Any, ...]], ...] = (
    *(("KPI_GRADE", ([[score]],)) for score in (90, 89.995, 89.994, 0, 100, 100.004, 100.01, -1, None, "待评", 870)),
    *(("KPI_COEFFICIENT", ([[score]],)) for score in (95, 85, 75, 65, None, "待评")),
    *(("KPI_ACTION", ([[score]],)) for score in (95, 85, 75, 65, None)),
    *(
        ("KPI_BONUS", ([[base]], [[score]]))
        for base, score in ((2000, 92), (2000, 65), (None, 92), (1999.99, 85), (-1, 92), (1, "待评"))
    ),
    *(("KPI_SCORE", ("fcr", [[value]])) for value in (0.82, 0.9, 0, 1, 1.2, -0.1, None, "无数据")),
    *(("KPI_SCORE", ("repeat_complaint", [[value]])) for value in (0, 0.03, 0.2, None)),
    *(
        ("KPI_SCORE", ("handling_hours", [row]))
        for row in ([20, 5, 0.1], [30, None, None], [None, 8, None], [20, 5, None], [None] * 3)
    ),
    *(("KPI_SCORE", ("handling_hours.urgent", [[value]])) for value in (3, 8)),
    *(("KPI_WEIGHT", ([[name]],)) for name in ("fcr", "客户满意度", "nonsense", None)),
    *(("KPI_TARGET", (name,)) for name in ("fcr", "handling_hours", "handling_hours.urgent", "professionalism")),
    *(("KPI_RATE", ([[top]], [[bottom]])) for top, bottom in ((1, 3), (0, 0), (None, 3), (1, -1), ("-", 3))),
    *(("KPI_MEAN_RATING", ([[value] for value in row],)) for row in RATINGS),
    *(("KPI_NPS", ([[value] for value in row],)) for row in ([0, 6, 7, 8, 9, 10], [11, 3], *RATINGS)),
    *(("KPI_CSAT", ([[value] for value in row],)) for row in ([5, 3.9, "满意", "一般", None, "-"], [None], [5, "什么"])),
    *(("KPI_CSAT", ([[value] for value in row],)) for row in ([9, 7, 5, 4], [-1, 6, 99], [0.95, 0.9], [0, 5], [1, 5], [5.5, 4])),
    *(("KPI_CSAT", ([[9], [7.5], [10], [0]], [[limit]])) for limit in (9, 6, 10, 5, 80, 0.8, 101, -1)),
    *(("KPI_CSAT", ([[0.95], [0.7], [1], [0]], [[limit]])) for limit in (0.8, 1, 4, 9)),
    *(("KPI_MEAN_RATING", ([[value] for value in row],)) for row in ([0.95, 4], [0.95, 0.5], [-1, 4], [1, 0.5])),
    *(("KPI_NPS", ([[value] for value in row],)) for row in ([0.9, 9], [1, 9])),
    *((name, ([[score]],)) for name in ("KPI_GRADE", "KPI_COEFFICIENT", "KPI_ACTION") for score in (0.87, 1, 1.01, 0.001)),
    *(("KPI_BONUS", ([[2000]], [[score]])) for score in (0.87, 1, 1.01)),
    *(
        ("KPI_RANK", ([[score]], [[value] for value in scores]))
        for score, scores in (
            (0.87, (0.87, 0.9)),
            (87, (87, 0.9)),
            (0.9, (4.2, 0.9)),
            (87, (87, 0)),
            (1.004, (87, 1.004)),
            (0.9, (87,)),
        )
    ),
    *(("KPI_SCORE", ("professionalism", [[value]])) for value in (0.9, 1, 1.01, 0, 90)),
    *(("KPI_CSAT", ([[5], [4], [3], ["满意"], ["一般"]], [[limit]])) for limit in (None, 3, "-", "无数据", "四", 5, 0)),
    *(("KPI_FCR", ([[value] for value in row],)) for row in FCR_MARKS),
    *(("KPI_CS", ([row],)) for row in ([100, 75, 12.34, 0], [None] * 4, [100, 80, 75, 75], [100, None, 75, 75])),
    *(
        ("KPI_STREAK", ([[grade] for grade in row], [["待改进"]]))
        for row in (
            ["待改进", None, "待改进", "待评"],
            ["待改进", "中级客服"],
            [None],
            *(["待改进", nothing, "待改进 "] for nothing in (" ", "缺少数据：回访", "数据不足（3）", "无数据", "N/A")),
        )
    ),
    *(("KPI_RANK", ([[score]], [[95], [88.004], [88], [70], [None], ["待评"]])) for score in (88, 95, 70, 69, None, "待评")),
    *(("KPI_HOURS", ([[start]], [[end]])) for start, end in ((45901.5, 45902.25), (45901.5, None), (45902, 45901))),
)


@pytest.mark.office
def test_every_native_form_gives_what_the_function_gives(soffice: str, tmp_path: Path) -> None:
    """The examples of the catalog and more, each on rows of its own, computed by LibreOffice from the lowered formula."""
    cases = [(f.name, e.arguments) for f in CATALOG if f.native for e in f.examples if _own_scheme(f.name, e.arguments)]
    assert not _wrong(AGENT, [*cases, *MORE], tmp_path)


@pytest.mark.office
def test_a_forgotten_per_cent_sign_is_refused_natively_too(soffice: str, tmp_path: Path) -> None:
    costs = [("KPI_SCORE", ("cost_ratio", [[value]])) for value in (0.08, 0.1, 0.2, 1, 1.5, 2, 8, 800, -0.1, None)]
    assert not _wrong(load_scheme("after-sales-3d"), costs, tmp_path)
    rates = [("KPI_SCORE", ("repeat_complaint", [[value]])) for value in (0.04, 0.5, 1, 4)]
    assert not _wrong(AGENT, rates, tmp_path)


@pytest.mark.office
@pytest.mark.parametrize("reference", ["manager-kpi", "outsourced-maintenance", "department-head", "department-annual"])
def test_every_target_is_said_natively_too(reference: str, soffice: str, tmp_path: Path) -> None:
    scheme = load_scheme(reference)
    assert not _wrong(scheme, [("KPI_TARGET", (indicator.id,)) for indicator in scheme.indicators], tmp_path)


def _wrong(scheme: Scheme, cases: Sequence[Case], tmp_path: Path) -> dict[str, Any]:
    """Lower a call a case, let LibreOffice compute it, and return those that differ from the function's own result."""
    sheet = lay_out(scheme, cases)
    path = tmp_path / f"{scheme.id}-{len(cases)}.xlsx"
    path.write_bytes(sheet.data)
    return sheet.wrong(engines.libreoffice(path, tmp_path))


def _own_scheme(name: str, arguments: tuple[Any, ...]) -> bool:
    return not (FUNCTIONS[name].arguments[-1].kind == "scheme" and len(arguments) == len(FUNCTIONS[name].arguments)) and (
        # a native formula takes no numbers typed as text
        (name, arguments[1:2]) != ("KPI_SCORE", ("82%",)) and not has_no_single_form(name, arguments)
    )


@pytest.mark.parametrize(
    ("text", "several", "block"),
    [
        ("A1", False, False),
        ("$A$1:$A$1", False, False),
        ("A1:A9", True, True),
        ("'8月'!A1:B2", True, True),
        ("(A1:A3/B1:B3)", True, False),
        ("SUM(A1:A9)", False, False),
        ("(A1*100)", False, False),
        ("87", False, False),
        ("{1;2}", True, False),
        ("名单", True, False),
        ("表1[得分]", True, False),
        ("表1[@得分]", False, False),
        ("表1[[#This Row],[得分]]", False, False),
    ],
)
def test_what_may_be_several_cells(text: str, several: bool, block: bool) -> None:
    assert (Operand(text).several, Operand(text).is_block) == (several, block)


def test_calls_on_several_cells_where_one_is_needed_are_refused() -> None:
    manager = load_scheme("manager-kpi")
    cases = (
        ('KPI_SCORE("invalid_service_rate",A1:A9)', Standard(manager, plan_standard(manager)), "逐格"),
        ("KPI_CSAT(A1:A9,B1:B2)", STANDARD, "满意起点"),
        ("KPI_STREAK(A1:A9,B1:B2)", STANDARD, "要数的等级"),
        ("KPI_RANK(A1:A9,{1;2})", STANDARD, "排名区域"),
    )
    for call, standard, reason in cases:
        with pytest.raises(NoNativeFormError) as refused:
            lower(call, standard)
        assert reason in refused.value.reason.zh
