"""Mapping files: what they may say, every mistake at once, and drafts that mean the same as no mapping at all."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.exports import read_exports
from kpi_xl.exports.columns.draft import draft_mapping
from kpi_xl.exports.columns.mapping import EXTRA_COLUMNS, read_mapping
from kpi_xl.exports.columns.vocabulary import normalise, vocabulary
from kpi_xl.exports.usable import read_usable
from kpi_xl.tables import TABLES

from .files import HEADER, NOW, ROW, codes, column, workbook, write

WRONG = """
surprise = 1
[[export]]
file = 3
date_order = "dym"
encoding = "gb99"
header_row = 0
tables = ["tickets", "orders"]
[export.orders]
[export.tickets]
columns = { agent = "处理人", speed = "速度", customer = [] }
constants = { colour = "红" }
values = { urgent = { "加急" = "yes" }, kind = { "1" = true } }
scale = 5
typo = 1
"""


def test_every_mistake_at_once(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(WRONG, encoding="utf-8")
    with pytest.raises(KpiError, match=r"m\.toml") as refused:
        read_mapping(path)
    assert {p.where for p in refused.value.problems} == {
        "surprise", "export[0].file", "export[0].date_order", "export[0].encoding", "export[0].header_row", "export[0].tables", "export[0].orders",
        "export[0].tickets.columns.speed", "export[0].tickets.columns.customer", "export[0].tickets.constants.colour",
        "export[0].tickets.values.urgent.加急", "export[0].tickets.values.kind.1", "export[0].tickets.scale", "export[0].tickets.typo",
    }  # fmt: skip
    assert all(p.remedy.zh and p.remedy.en for p in refused.value.problems)


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        ("[[export]]\nshet = '九月'", "export[0].shet", "sheet"),
        ("[[export]]\n[export.ticket]", "export[0].ticket", "tickets"),
        ("[[export]]\ntables = ['rating']", "export[0].tables", "ratings"),
        ("[[export]]\n[export.tickets.columns]\ncreated = '日期'", "export[0].tickets.columns.created", "created_at"),
        ("[[export]]\ntickets = 3", "export[0].tickets", "{ 键 = 值 }"),
        ("[[export]]\n[export.tickets.columns]\nagent = [true]", "export[0].tickets.columns.agent", "引号"),
        ("export = ['a.csv']", "export[0]", "[段]"),
        ("[[exports]]", "exports", "export"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(tmp_path: Path, text: str, where: str, remedy: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KpiError) as refused:
        read_mapping(path)
    found = {p.where: p.remedy.zh for p in refused.value.problems}
    assert remedy in found[where]


def test_numbers_and_yes_or_no_are_as_good_as_texts_in_constants(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        "[[export]]\nmissing = [0, '暂无']\n[export.ratings]\nscale = 5\nconstants = { scale = 5.0, question = true }",
        encoding="utf-8",
    )
    entry = read_mapping(path).entries[0]
    assert (entry.missing, entry.sections["ratings"].scale) == (("0", "暂无"), 5.0)
    assert entry.sections["ratings"].constants == {"scale": "5.0", "question": "True"}


@pytest.mark.parametrize("text", ["[[export]", "", "x = 1"])
def test_unusable_mapping_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KpiError, match=r"m\.toml"):
        read_mapping(path)
    with pytest.raises(KpiError, match=r"没有\.toml"):
        read_mapping(tmp_path / "没有.toml")


def test_first_entry_that_fits_wins(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        '[[export]]\nfile = "工单*.xlsx"\nsheet = "九月"\nheader_row = 3\n[[export]]\nfile = "*.xlsx"\nheader_row = 5\n',
        encoding="utf-8",
    )
    mapping = read_mapping(path)
    rows = [
        entry.header_row if (entry := mapping.entry(file, sheet)) else None
        for file, sheet in (("工单1.xlsx", "九月"), ("工单1.xlsx", "十月"), ("a.csv", None))
    ]
    assert rows == [3, 5, None]


def test_columns_constants_and_header_row(tmp_path: Path) -> None:
    export = write(tmp_path, "甲,乙,丙", "工单编号,客服,创建时间", "编码,谁,哪天", "001,张伟,2025/9/1")
    path = tmp_path / "m.toml"
    path.write_text(
        '[[export]]\nfile = "工单.csv"\nheader_row = 3\n[export.tickets]\nconstants = { kind = "安装", urgent = "是" }\n'
        '[export.tickets.columns]\nticket_id = "编码"\nagent = "谁"\ncreated_at = "哪天"\n',
        encoding="utf-8",
    )
    tables = read_exports([export], mapping=path, now=NOW)
    assert tables.connection.execute("SELECT ticket_id, agent, kind, urgent, row FROM tickets").fetchone() == (
        "001",
        "张伟",
        "安装",
        True,
        4,
    )
    assert tables.sources[0].mapping == "m.toml"
    assert {"kind", "urgent"} <= tables.columns["tickets"]


def test_a_mapped_header_that_is_absent_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('[[export]]\n[export.tickets.columns]\ncustomer = "会员卡号"\n', encoding="utf-8")
    with pytest.raises(KpiError, match="会员卡号"):
        read_exports([write(tmp_path, HEADER, ROW)], mapping=path, now=NOW)


def test_a_draft_means_the_same_as_no_mapping(tmp_path: Path) -> None:
    text = write(tmp_path, "标题行", "", HEADER + ",评分", ROW + ",5")
    book = workbook(
        tmp_path,
        {"通话 (1)": [["坐席", "日期", "时间", "是否接听", '说"明'], ["张伟", "2025/9/1", "8:03:00", "是", "x"]], "空": []},
    )
    draft = draft_mapping([text, book])
    mapping = tmp_path / "m.toml"
    mapping.write_text(draft, encoding="utf-8")
    plain, drafted = read_exports([text, book], now=NOW), read_exports([text, book], mapping=mapping, now=NOW)
    assert plain.columns == drafted.columns
    assert [s.columns for s in plain.sources] == [s.columns for s in drafted.sources]
    for table in plain.columns:
        assert plain.connection.execute(f"FROM {table}").fetchall() == drafted.connection.execute(f"FROM {table}").fetchall()
    assert all(s.mapping for s in drafted.sources)
    assert "例：2025/9/1 8:03" in draft


def test_a_draft_calls_the_name_beside_an_id_by_its_name(tmp_path: Path) -> None:
    draft = draft_mapping(
        [write(tmp_path, "工单编号,客服工号,客服姓名,创建时间,更新时间", "T1,A01,张伟,2025/9/1 8:03,2025/9/2 8:03")]
    )
    assert 'agent_name = "客服姓名"    # 客服姓名；' in draft
    assert 'updated_at = "更新时间"    # 最后更新时间；' in draft


def test_the_customer_is_not_offered_as_the_agent(tmp_path: Path) -> None:
    path = write(tmp_path, "ticket_number,created_date,requestor_fname,ticket status", "T1,2025-09-01,Ann,Open")
    with pytest.raises(KpiError) as refused:
        read_exports([path], now=NOW)
    assert refused.value.remedy is not None
    assert 'agent = "列名"' in refused.value.remedy.zh
    assert '# agent = "列名"' in draft_mapping([path])


def test_a_draft_for_an_unusable_file_says_what_to_fill_in(tmp_path: Path) -> None:
    draft = draft_mapping([write(tmp_path, "工单编号,创建时间,内容", "T1,01/09/2025,x")])
    assert '# agent = "列名"    # 客服：必需' in draft
    assert 'date_order = "dmy"    # 从前面的行分不清' in draft
    assert tomllib.loads(draft)["export"][0]["tickets"]["columns"]["ticket_id"] == "工单编号"


def test_map_command(tmp_path: Path) -> None:
    write(tmp_path, HEADER, ROW)
    command = [sys.executable, "-c", "from kpi_xl.cli import main; main()", "map", "工单.csv"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert tomllib.loads(shown.stdout.decode())["export"][0]["tables"] == ["tickets"]
    subprocess.run([*command, "--out", "m.toml"], cwd=tmp_path, capture_output=True, check=True)
    (tmp_path / "m.toml").write_text((tmp_path / "m.toml").read_text(encoding="utf-8") + "# 核对过\n", encoding="utf-8")
    again = subprocess.run([*command, "--out", "m.toml"], cwd=tmp_path, capture_output=True, check=False)
    assert again.returncode == 2
    assert "已经存在" in again.stderr.decode()
    assert column(read_exports([tmp_path / "工单.csv"], mapping=tmp_path / "m.toml", now=NOW), "agent") == ["张伟"]


def test_the_words_name_real_columns_and_only_once() -> None:
    for name, words in vocabulary().tables.items():
        known = {c.name for c in TABLES[name].columns} | set(EXTRA_COLUMNS[name])
        for group in (words.strong, words.weak, words.together, words.fallback):
            assert set(group) <= known, name
        assert set(words.marks) <= set(words.strong)
        listed = [w for column, ws in words.strong.items() if column != "agent" for w in ws]
        assert sorted(listed) == sorted(set(listed)), name
        assert set(TABLES[name].required) <= set(words.strong)
        assert all(normalise(w) == w for w in listed)


def mapping_file(folder: Path, *entries: str) -> Path:
    path = folder / "映射.toml"
    path.write_text("".join(f"[[export]]\n{entry}\n" for entry in entries), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("工但.csv", "工单.csv"),
        ("工单-2025-08.csv", "工单-2025-10.csv"),
        ("工单.xlsx", "工单.csv"),
        ("data/工单.csv", "工单.csv"),
        ("ＡＢ.csv", "ab.csv"),
    ],
)
def test_a_misspelt_file_of_the_mapping_is_refused(tmp_path: Path, written: str, there: str) -> None:
    mapping = mapping_file(tmp_path, f'file = "{written}"', 'file = "通话*"')
    with pytest.raises(KpiError, match=f"没有给出；是不是“{there}”") as refused:
        read_exports([write(tmp_path, HEADER, ROW, name=there)], mapping=mapping, now=NOW)
    assert [p.where for p in refused.value.problems] == ["映射.toml [[export]] 1"]
    assert f'file = "{there}"' in refused.value.problems[0].remedy.zh
    assert ('file = "工单-*.csv"' in refused.value.problems[0].remedy.zh) == ("2025" in written)


def test_a_mapping_that_fits_no_file_is_refused(tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path, 'file = "通话*.xlsx"', 'file = "质检明细.csv"')
    with pytest.raises(KpiError, match=r"写的是 通话\*\.xlsx、质检明细\.csv，给出的是 工单\.csv"):
        read_exports([write(tmp_path, HEADER, ROW)], mapping=mapping, now=NOW)


def test_a_mapping_shared_by_more_exports_than_are_given(tmp_path: Path) -> None:
    mapping = mapping_file(
        tmp_path, 'file = "工单*"', 'file = "工单0.csv"', 'file = "通话明细.csv"', 'file = "*.xlsx"\nsheet = "质检"'
    )
    book = workbook(tmp_path, {"Sheet1": [HEADER.split(","), ROW.replace("T001", "T002").split(",")]}, name="b.xlsx")
    tables = read_exports([write(tmp_path, HEADER, ROW), book], mapping=mapping, now=NOW)
    told = [(i.file, i.value) for i in tables.issues() if i.code == "unused_mapping"]
    assert told == [
        ("映射.toml", '第 2 段 file = "工单0.csv"；给出的是 工单.csv、b.xlsx'),
        ("映射.toml", '第 3 段 file = "通话明细.csv"；给出的是 工单.csv、b.xlsx'),
        ("映射.toml", '第 4 段 file = "*.xlsx", sheet = "质检"；工作表有 Sheet1'),
    ]


def test_a_wrong_sheet_of_a_named_workbook_is_refused(tmp_path: Path) -> None:
    book = workbook(tmp_path, {"九月": [HEADER.split(","), ROW.split(",")], "封面": []})
    wrong = mapping_file(tmp_path, 'file = "工单.xlsx"\nsheet = "九月份"')
    with pytest.raises(KpiError, match=r"没有叫“九月份”的工作表.*只有 九月") as refused:
        read_exports([book], mapping=wrong, now=NOW)
    assert 'sheet = "九月"' in refused.value.remedy.zh
    right = mapping_file(tmp_path, 'file = "工单.xlsx"\nsheet = "九月"', 'file = "工单.xlsx"\nsheet = "十月"')
    assert codes(read_exports([book], mapping=right, now=NOW)) == {"ignored_sheet": 1, "unused_mapping": 1}


def test_a_broken_file_does_not_make_the_mapping_wrong(tmp_path: Path) -> None:
    """What is about the broken file is not called unused, and what is about the good one still holds."""
    broken = tmp_path / "通话.csv"
    broken.write_bytes(b"")
    mapping = mapping_file(tmp_path, 'file = "通话.csv"\ndate_order = "dmy"', 'file = "工单.csv"\ndate_order = "mdy"')
    good = write(tmp_path, HEADER, ROW.replace("2025/9/1 8:03", "09/01/2025").replace("2025/9/1 18:00", ""))
    tables, failures = read_usable([good, broken], mapping=mapping)
    assert [failure.file for failure in failures] == ["通话.csv"]
    assert codes(tables) == {}
    assert [str(value) for value in column(tables, "created_at")] == ["2025-09-01 00:00:00"]


def test_a_draft_holds_no_personal_data(tmp_path: Path) -> None:
    """Ids, names and free text show their shape; times, numbers and the words of short lists are quoted."""
    head = "工单编号,客服工号,客服姓名,班组,客户,创建时间,是否紧急,联系次数,工单类型,渠道,评分,评价"
    rows = [
        f"T2025{i},A{i:02d},张小伟,售后一组,1380013800{i},2025/9/1 8:03,{'否' if i else '张小伟'},{i},维修,13800138000,5,打给李女士说地址在长安路{i}号"
        for i in range(3)
    ]
    draft = draft_mapping([write(tmp_path, head, *rows)])
    assert not any(secret in draft for secret in ("138", "张小伟", "A01", "李女士", "长安路", "T2025"))
    for shown in (
        "形如：A00000", "形如：A00", "形如：某某某", "形如：00000000000", "例：2025/9/1 8:03", "例：售后一组", "例：维修", "例：0、1、2", "例：某某某、否",
    ):  # fmt: skip
        assert shown in draft, shown
    book = write(tmp_path, "王小二,13900139000,长安路8号", "李小三,13700137000,长安路9号", name="无表头.csv")
    assert "看不到表头，前面最满的一行形如：某某某、00000000000、某某某0某" in draft_mapping([book])
    assert not any(secret in draft_mapping([book]) for secret in ("139", "王小二", "137", "长安路"))
