"""Which of several columns that fit is meant: read where the file tells, declared by the mapping file, else asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from kpi_xl.decisions import Decision
from kpi_xl.errors import KpiError
from kpi_xl.exports import Tables, read_exports
from kpi_xl.exports.columns.draft import draft_mapping
from kpi_xl.exports.columns.vocabulary import vocabulary
from kpi_xl.exports.columns.which import DECIDING
from kpi_xl.tables import TABLES

from .files import NOW, column, workbook, write


def read(folder: Path, head: str, *rows: str, mapping: str = "", sort: str = "csv", name: str = "导出") -> Tables:
    lines = [head, *rows]
    path = (
        write(folder, *lines, name=f"{name}.csv")
        if sort == "csv"
        else workbook(folder, {"S": [line.split(",") for line in lines]}, name=f"{name}.xlsx")
    )
    own = folder / "m.toml"
    own.write_text(mapping, encoding="utf-8")
    return read_exports([path], mapping=own if mapping else None, now=NOW)


def chosen(tables: Tables) -> list[Decision]:
    return [decision for decision in tables.decisions if decision.kind.code == "column"]


def asked(tables: Tables) -> list[tuple[str | None, str | None]]:
    return [(decision.column, decision.answer) for decision in chosen(tables) if decision.stops]


TIMES = "2025-09-01 08:00,2025-09-02 09:00"

DOUBTFUL = [
    ("工单编号,处理人,受理人,创建时间", ["T1,张伟,李娜,2025-09-01", "T2,王芳,王芳,2025-09-01"], "agent", "处理人"),
    ("工单编号,处理人,处理人,创建时间", ["T1,张伟,李娜,2025-09-01"], "agent", "处理人"),
    ("工单编号,处理人工号,受理人,创建时间", ["T1,A1,李娜,2025-09-01", "T2,A1,王芳,2025-09-01"], "agent", "处理人工号"),
    ("单号,处理人工号,处理人,受理人,创建时间", ["T1,A1,张伟,李娜,2025-09-01", "T2,A1,张伟,王,2025-09-01"], "agent", "处理人工号"),
    ("工单编号,客服,受理时间,派单时间", [f"T1,张伟,{TIMES}"], "created_at", "派单时间"),
    ("工单编号,客服,报修时间,登记时间", ["T1,张伟,13/09/2025 08:00,21/09/2025 08:00"], "created_at", "报修时间"),
    ("工单编号,客服,创建时间,完成时间,办结时间", [f"T1,张伟,2025-09-01,{TIMES}"], "closed_at", "办结时间"),
    ("通话编号,坐席,接线员,来电时间,是否接听", ["P1,张伟,李娜,2025-09-01 08:00,是"], "agent", "坐席"),
    ("客服,评价时间,评分,满意度得分", ["张伟,2025-09-01,5,4"], "rating", "评分"),
    ("客服,质检日期,质检得分,录音得分", ["张伟,2025-09-01,90,80"], "score", "质检得分"),
    ("机身号,维修人员,完工时间,修复时间", [f"S1,张伟,{TIMES}"], "done_at", "完工时间"),
    ("贡献人,提交人,采纳日期,标题", ["张伟,李娜,2025-09-01,x"], "agent", "贡献人"),
]  # fmt: skip


@pytest.mark.parametrize("sort", ["csv", "xlsx"])
@pytest.mark.parametrize(("head", "rows", "name", "header"), DOUBTFUL)
def test_headers_that_fit_equally_well_and_differ_are_asked(
    tmp_path: Path, head: str, rows: Sequence[str], name: str, header: str, sort: str
) -> None:
    tables = read(tmp_path, head, *rows, sort=sort)
    assert asked(tables) == [(name, header)]
    (decision,) = chosen(tables)
    assert (decision.ground, decision.header, decision.columns) == ("guess", header, {name})
    assert re.search(rf"第 [23] 行“{header}”是", decision.evidence.zh)
    assert decision.line().endswith(f'.prefer]\n{name} = "{header}"')


SETTLED = [
    ("工单编号,客服工号,客服姓名,创建时间", ["T1,A1,张伟,2025-09-01", "T2,A2,张伟,2025-09-01"]),  # namesakes
    ("工单编号,处理人工号,处理人,创建时间", ["T1,A1,张伟,2025-09-01", "T2,A1,张 伟,2025-09-01"]),
    ("工单编号,处理人,受理人,创建时间", ["T1,张伟,张伟,2025-09-01", "T2,王芳,,2025-09-01", "T3,张伟,A1-张伟,2025-09-01"]),
    ("工单编号,客服,创建日期,创建时间", ["T1,张伟,2025-09-01,08:00"]),  # a date and its clock
    ("工单编号,客服,创建日期,创建时间", ["T1,张伟,2025-09-01,2025-09-01 08:00"]),
    ("工单编号,客服,创建时间,受理时间,派单时间", ["T1,张伟,2025-09-01,2025-09-03,2025-09-05"]),
    ("工单编号,客服,受理时间,派单时间", ["T1,张伟,2025-09-01 08:00:00,2025-09-01 08:00:12"]),  # steps of one moment
    ("工单编号,客服,创建时间,解决时间,关闭时间", [f"T1,张伟,2025-09-01,{TIMES}"]),
    ("工单编号,客服,创建时间,回单时间,归档时间", [f"T1,张伟,2025-09-01,{TIMES}"]),
    ("工单编号,客服,创建时间,办结时间,更新时间,首次响应时间", [f"T1,张伟,2025-09-01,{TIMES},2025-09-01"]),
    ("工单编号,客服,创建时间,办结时间,完成时间", ["T1,张伟,2025-09-01,2025-09-02,"]),
    ("工单编号,客服,创建时间,办结时间,解决时间", ["T1,张伟,2025-09-01,2025-09-02,3小时", "T2,张伟,2025-09-01,2025-09-02,已完成"]),
    ("工单编号,客服,创建时间,是否紧急,优先级", ["T1,张伟,2025-09-01,否,高"]),
    ("工单编号,客服,创建时间,紧急,是否加急", ["T1,张伟,2025-09-01,否,普通", "T2,张伟,2025-09-01,是,加急"]),
    ("工单编号,客服,创建时间,工单类型,业务类型", ["T1,张伟,2025-09-01,投诉,宽带"]),
    ("工单编号,客服,创建时间,班组,部门,客户编号,客户电话", ["T1,张伟,2025-09-01,一组,售后部,C1,138"]),
    ("工单编号,客服,姓名,创建时间", ["T1,张伟,王客户,2025-09-01"]),
    ("坐席,来电时间,呼叫时间,是否接听,等待时长,振铃时长", ["张伟,2025-09-01 08:00,2025-09-01 08:01,是,10,5"]),
    ("客服,评价时间,回访时间,评分,nps_score", [f"张伟,{TIMES},5,9"]),
]  # fmt: skip


@pytest.mark.parametrize(("head", "rows"), SETTLED)
def test_what_the_file_tells_is_not_asked(tmp_path: Path, head: str, rows: Sequence[str]) -> None:
    tables = read(tmp_path, head, *rows)
    assert asked(tables) == []
    assert {decision.ground for decision in chosen(tables)} <= {"read"}


def test_a_better_word_is_read_and_told(tmp_path: Path) -> None:
    (decision,) = chosen(read(tmp_path, "工单编号,客服,创建时间,解决时间,关闭时间", f"T1,张伟,2025-09-01,{TIMES}"))
    assert (decision.ground, decision.column, decision.answer) == ("read", "closed_at", "解决时间")
    assert "前者的列名说得更准" in decision.evidence.zh


def test_a_few_orders_that_were_sent_on_later_are_no_question(tmp_path: Path) -> None:
    rows = [f"T{n},张伟,2025-09-01 08:00,2025-09-0{1 + (n == 7)} 08:00" for n in range(100)]
    assert asked(read(tmp_path, "工单编号,客服,受理时间,派单时间", *rows)) == []
    assert asked(read(tmp_path, "工单编号,客服,受理时间,派单时间", *rows[:20])) == [("created_at", "派单时间")]


@pytest.mark.parametrize(("head", "rows", "name", "header"), DOUBTFUL)
def test_the_line_declares_it_and_changes_nothing_else(
    tmp_path: Path, head: str, rows: Sequence[str], name: str, header: str
) -> None:
    plain = read(tmp_path, head, *rows)
    (decision,) = chosen(plain)
    tables = read(tmp_path, head, *rows, mapping=decision.line())
    assert asked(tables) == []
    assert [(d.ground, d.column, d.answer) for d in chosen(tables)] == [("declared", name, header)]
    assert tables.sources[0].columns == plain.sources[0].columns
    rival = re.findall("“([^”]+)”", decision.evidence.zh)[1]
    other = read(tmp_path, head, *rows, mapping=decision.line(rival))
    assert other.sources[0].columns[f"{decision.table}.{name}"] == rival


def test_two_questions_of_one_file_are_answered_in_two_entries(tmp_path: Path) -> None:
    head = "工单编号,处理人,受理人,受理时间,派单时间,办结时间"
    row = f"T1,张伟,李娜,{TIMES},2025-09-05"
    first = read(tmp_path, head, row)
    assert len(asked(first)) == 2
    lines = "\n".join(d.line({"agent": "受理人", "created_at": "受理时间"}[d.column or ""]) for d in chosen(first))
    tables = read(tmp_path, head, row, mapping=lines)
    assert asked(tables) == []
    assert (column(tables, "agent"), str(column(tables, "created_at")[0])) == (["李娜"], "2025-09-01 08:00:00")
    assert {"ticket_id", "closed_at"} <= tables.columns["tickets"]


def test_an_answer_outweighs_a_list(tmp_path: Path) -> None:
    section = '[export.tickets]\ncolumns = { agent = "处理人", created_at = "创建时间" }\nprefer = { agent = "受理人" }'
    tables = read(tmp_path, "工单编号,处理人,受理人,创建时间", "T1,张伟,李娜,2025-09-01", mapping=f"[[export]]\n{section}")
    assert (column(tables, "agent"), tables.columns["tickets"]) == (["李娜"], {"agent", "created_at"})


def test_a_rating_in_a_ticket_is_of_the_agent_whom_the_mapping_names(tmp_path: Path) -> None:
    head = "工单编号,处理人,受理人,创建时间,评分"
    row = "T1,张伟,李娜,2025-09-01,5"
    assert asked(read(tmp_path, head, row)) == [("agent", "处理人")]
    tables = read(tmp_path, head, row, mapping='[[export]]\n[export.tickets.prefer]\nagent = "受理人"')
    assert (column(tables, "agent"), column(tables, "agent", "ratings")) == (["李娜"], ["李娜"])


def test_the_words_that_say_less_are_words_of_their_column() -> None:
    for name, words in vocabulary().tables.items():
        for own, levels in words.lesser.items():
            assert own in DECIDING[name]
            known = {word for listed in words.strong.values() for word in listed}
            assert {word for level in levels for word in level} <= known, (name, own)
    assert all(TABLES[name].column(own) for name, columns in DECIDING.items() for own in columns)


# --- a mapping that HR wrote is complete

FULL = "[[export]]\n[export.tickets.columns]\n"


def test_a_mapping_that_names_what_is_required_is_complete(tmp_path: Path) -> None:
    head = "编号,处理人,日期,办结时间,客户编号,姓名,更新时间,类型"
    rows = ["1,张伟,2025-09-01,2025-09-02,C1,王,2025-09-02,投诉", "1,李娜,2025-09-03,,C1,王,2025-09-02,投诉"]
    tables = read(tmp_path, head, *rows, mapping=FULL + 'agent = "处理人"\ncreated_at = "日期"')
    assert tables.columns["tickets"] == {"agent", "created_at"}
    assert column(tables, "agent") == ["张伟", "李娜"]
    (decision,) = chosen(tables)
    assert (decision.ground, decision.evidence.zh) == (
        "declared", "映射文件写全了工单的列，没有用：“办结时间”、“客户编号”、“更新时间”",
    )  # fmt: skip


def test_a_complete_mapping_adds_no_implied_value(tmp_path: Path) -> None:
    head, row = "工单编码,施工人员,boss派单时间,外线回单时间", f"T1,张伟,{TIMES}"
    assert column(read(tmp_path, head, row), "kind") == ["安装"]
    assert (
        "kind"
        not in read(tmp_path, head, row, mapping=FULL + 'agent = "施工人员"\ncreated_at = "boss派单时间"').columns["tickets"]
    )
    assert "kind" not in read(tmp_path, head, row, mapping=FULL + 'kind = ""').columns["tickets"]


@pytest.mark.parametrize(
    ("section", "present"),
    [
        ('[export.tickets.columns]\nticket_id = ""', {"agent", "created_at", "closed_at"}),
        ('[export.tickets.columns]\nclosed_at = ""\nticket_id = "流水"', {"agent", "created_at", "ticket_id"}),
        ('[export.tickets.columns]\nagent = "经办"', {"agent", "created_at", "ticket_id", "closed_at"}),
        ('[export.tickets]\nconstants = { kind = "安装" }', {"agent", "created_at", "ticket_id", "closed_at", "kind"}),
        ('[export.tickets]\nvalues = { urgent = { "加急" = true } }', {"agent", "created_at", "ticket_id", "closed_at"}),
        ('[export.tickets.columns]\nagent = "经办"\ncreated_at = "创建时间"\nticket_id = ""', {"agent", "created_at"}),
        ('[export.tickets]\ncolumns = { agent = "经办" }\nconstants = { created_at = "2025-09-01" }', {"agent", "created_at"}),
    ],
)  # fmt: skip
def test_none_and_what_is_no_complete_mapping(tmp_path: Path, section: str, present: set[str]) -> None:
    head, row = "工单编号,流水,客服,经办,创建时间,办结时间", "T1,7,张伟,李娜,2025-09-01,2025-09-02"
    assert read(tmp_path, head, row, mapping=f"[[export]]\n{section}").columns["tickets"] == present


def test_several_tables_of_one_file(tmp_path: Path) -> None:
    head, row = "工单编号,客服,创建时间,办结时间,评分", f"T1,张伟,{TIMES},5"
    sections = (
        '[export.tickets.columns]\nagent = "客服"\ncreated_at = "创建时间"\n'
        '[export.ratings.columns]\nagent = "客服"\nrated_at = "办结时间"\nrating = "评分"\n'
    )
    tables = read(tmp_path, head, row, mapping=f'[[export]]\ntables = ["tickets", "ratings"]\n{sections}')
    assert tables.columns == {"tickets": {"agent", "created_at"}, "ratings": {"agent", "rated_at", "rating", "scale"}}
    only = read(tmp_path, head, row, mapping=f'[[export]]\ntables = ["tickets"]\n{sections}')
    assert set(only.columns) == {"tickets"}


def test_none_is_said_of_columns_only(tmp_path: Path) -> None:
    for text in ('columns = { agent = ["", "客服"] }', 'columns = { agent = " " }', 'prefer = { agent = "" }'):
        with pytest.raises(KpiError) as refused:
            read(tmp_path, "工单编号,客服,创建时间", "T1,张伟,2025-09-01", mapping=f"[[export]]\n[export.tickets]\n{text}")
        assert 'agent = "列名"' in refused.value.problems[0].remedy.zh
    with pytest.raises(KpiError, match="没有叫“谁”的列"):
        read(
            tmp_path, "工单编号,客服,创建时间", "T1,张伟,2025-09-01", mapping='[[export]]\n[export.tickets.prefer]\nagent = "谁"'
        )


def test_a_draft_of_a_doubtful_file_says_what_else_fits(tmp_path: Path) -> None:
    head, row = "工单编号,处理人,受理人,创建时间,办结时间", f"T1,张伟,李娜,{TIMES}"
    plain = read(tmp_path, head, row)
    draft = draft_mapping([tmp_path / "导出.csv"])
    assert '# agent = "受理人"    # 也对得上，值不同，请核对用哪一列' in draft
    tables = read(tmp_path, head, row, mapping=draft)
    assert tables.sources[0].columns == plain.sources[0].columns
    assert asked(tables) == []


def test_the_lines_of_a_refusal_lose_nothing_that_was_found(tmp_path: Path) -> None:
    with pytest.raises(KpiError) as refused:
        read(tmp_path, "工单编号,谁,哪天,办结时间,工单类型", "T1,张伟,2025-09-01,2025-09-02,投诉")
    assert refused.value.remedy is not None
    lines = refused.value.remedy.zh
    snippet = lines[lines.index("[[export]]") : lines.rindex("（kpi-xl map")]
    filled = snippet.replace('agent = "列名"', 'agent = "谁"').replace('created_at = "列名"', 'created_at = "哪天"')
    tables = read(tmp_path, "工单编号,谁,哪天,办结时间,工单类型", "T1,张伟,2025-09-01,2025-09-02,投诉", mapping=filled)
    assert tables.columns["tickets"] == {"ticket_id", "agent", "created_at", "closed_at", "kind"}
