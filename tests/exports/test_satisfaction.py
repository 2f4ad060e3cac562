"""What ratings mean: words decide, else the header and the range, else it is asked; what nobody tells is no figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kpi_xl.decisions import Decision
from kpi_xl.exports import Tables, read_exports
from tests.command_line import kpi_xl

from .files import NOW, codes, column, workbook, write

DAY = "2025-09-03 08:{:02d}:00"


def export(folder: Path, values: Sequence[object], header: str = "满意度", name: str = "评价.csv") -> Path:
    rows = [f'P{i},张伟,{DAY.format(i % 60)},"{value}"' for i, value in enumerate(values)]
    return write(folder, f"工单编号,客服,评价时间,{header}", *rows, name=name)


def read(folder: Path, values: Sequence[object], header: str = "满意度") -> Tables:
    return read_exports([export(folder, values, header)], now=NOW)


def decided(tables: Tables, code: str) -> Decision:
    return next(one for one in tables.decisions if one.kind.code == code)


def figures(*arguments: object, measures: Sequence[str] = ("csat",), period: str = "2025-09") -> dict[str, Any]:
    named = [part for one in measures for part in ("--measure", one)]
    run = kpi_xl("measure", *arguments, "--period", period, *named, "--json")
    assert run.returncode == 0, run.stderr
    found = {row["measure"]: row["value"] for row in json.loads(run.stdout)["rows"]}
    return {one: found.get(one) for one in measures}  # of whom nothing counts there is no row


NINE_OF_TEN = [True] * 9 + [False]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("1-非常满意", "3-不满意"), ("1：很满意", "3：不满意"), ("1(非常满意)", "3(不满意)"), ("非常满意(1)", "不满意(3)"),
        ("1 - Very Satisfied", "3 - Dissatisfied"), ("１－非常满意", "３－不满意"), ("1.满意", "2.不满意"),
        ("1 非常满意", "5 非常不满意"),
        ("5-非常满意", "1-非常不满意"), ("2-满意", "1-不满意"), ("3 - Highly Satisfied", "1 - Unsatisfied"),
        ("0-满意", "1-不满意"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("sheet", [False, True])
def test_the_word_beside_the_digit_decides(tmp_path: Path, good: str, bad: str, sheet: bool) -> None:
    values = [good if one else bad for one in NINE_OF_TEN]
    path = export(tmp_path, values)
    if sheet:
        rows = [[f"P{i}", "张伟", DAY.format(i), value] for i, value in enumerate(values)]
        path = workbook(tmp_path, {"评价": [["工单编号", "客服", "评价时间", "满意度"], *rows]}, "评价.xlsx")
    found = figures(path, measures=("csat", "mean_rating", "complaints_in_ratings"))
    assert found["csat"] == pytest.approx(0.9)
    assert found["complaints_in_ratings"] == 1
    tables = read_exports([path], now=NOW)
    assert decided(tables, "best").ground == "read"
    assert not [one for one in tables.decisions if one.stops]
    best = decided(tables, "best").answer
    if found["mean_rating"] is not None:  # turned to the usual direction, or none
        higher = [value for (value,) in tables.connection.execute("SELECT rating FROM ratings ORDER BY row").fetchall()]
        assert best in ("high", "low")
        assert higher[0] > higher[-1]


def test_a_second_level_that_is_satisfied_counts_on_a_short_scale(tmp_path: Path) -> None:
    """80 % of three would count the best key alone; the words say that 2 is satisfied too."""
    assert figures(export(tmp_path, ["1-非常满意", "2-满意", "2-满意", "3-不满意"]))["csat"] == pytest.approx(0.75)


def test_a_bare_digit_means_what_it_means_elsewhere(tmp_path: Path) -> None:
    assert figures(export(tmp_path, ["1-非常满意", "1", "1", "3-不满意"]))["csat"] == pytest.approx(0.75)


@pytest.mark.parametrize("values", [["1-非常满意", "1-非常不满意"], ["1-非常满意", "3-一般", "5-满意"]])
def test_words_that_contradict_one_another_are_asked(tmp_path: Path, values: list[str]) -> None:
    tables = read(tmp_path, values * 5)
    assert decided(tables, "best").ground == "open"
    assert figures(tmp_path / "评价.csv")["csat"] is None


@pytest.mark.parametrize("values", [[1] * 54 + [3] * 6, [1, 2, 3], [0] * 6 + [1] * 54, [1, 2, 2], [1, 2, 3, 4] * 5, [1], [3, 3]])
@pytest.mark.parametrize("header", ["满意度", "评分", "按键"])
def test_bare_keys_are_asked_and_give_no_figure(tmp_path: Path, values: list[int], header: str) -> None:
    tables = read(tmp_path, values, header)
    assert [(one.ground, one.stops) for one in tables.decisions if one.kind.code in ("scale", "best")] == [("open", True)] * 2
    assert decided(tables, "scale").count == len(values)
    assert figures(tmp_path / "评价.csv", measures=("csat", "mean_rating")) == {"csat": None, "mean_rating": None}


@pytest.mark.parametrize(
    ("lines", "csat"),
    [
        ('scale = 3\nmeaning = { rating = "low" }', 0.9),
        ('scale = 3\nmeaning = { rating = "high" }', 0.1),
    ],
)
def test_declared_keys_are_counted(tmp_path: Path, lines: str, csat: float) -> None:
    path = export(tmp_path, [1] * 54 + [3] * 6)
    mapping = write(tmp_path, f'[[export]]\nfile = "评价.csv"\n[export.ratings]\n{lines}', name="映射.toml")
    assert figures(path, "--mapping", mapping)["csat"] == pytest.approx(csat)
    tables = read_exports([path], mapping=mapping, now=NOW)
    assert {one.ground for one in tables.decisions if one.kind.code in ("scale", "best")} == {"declared"}


@pytest.mark.parametrize(
    ("values", "header", "scale", "csat"),
    [
        ([5, 4], "评分", "5", 1.0), ([5, 4, 5], "满意度", "5", 1.0), ([1, 2, 3, 4, 5], "满意度", "5", 0.4),
        ([4, 3], "评分", "5", 0.5),
        ([10, 7, 8], "评分", "10", 2 / 3), ([90, 70, 85], "满意度得分", "100", 2 / 3),
        (["4/5", "5/5", "2/5"], "评分", "5", 2 / 3),
        (["★★★★☆", "★★☆☆☆"], "评价", "5", 0.5), (["5分", "3分"], "满意度", "5", 0.5), ([2, 3, 3], "满意度（满分5分）", "5", 0.0),
        ([2, 3, 1], "csat_score(1-5)", "5", 0.0), ([3, 2], "星级", "5", 0.0), ([5, 4], "评分（满分10分）", "10", 0.0),
        (["85%", "90 %", "50%"], "评分", "100", 2 / 3), (["2/5", "3/5"], "评分", "5", 0.0), ([3, 2], "stars", "5", 0.0),
    ],
)  # fmt: skip
def test_what_the_file_answers_is_not_asked(tmp_path: Path, values: list[object], header: str, scale: str, csat: float) -> None:
    tables = read(tmp_path, values, header)
    assert (decided(tables, "scale").ground, decided(tables, "scale").answer) == ("read", scale)
    assert not [one.kind.code for one in tables.decisions if one.stops]
    assert figures(tmp_path / "评价.csv")["csat"] == pytest.approx(csat)


def test_a_column_with_the_scale_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,评价时间,评分,满分", "T1,张伟,2025/9/1,8,10", "T2,张伟,2025/9/1,3,10")
    tables = read_exports([path], now=NOW)
    assert (decided(tables, "scale").ground, decided(tables, "scale").answer) == ("read", "10")
    assert figures(path)["csat"] == 0.5


def test_the_header_may_explain_the_keys(tmp_path: Path) -> None:
    assert figures(export(tmp_path, [1, 1, 1, 3], "满意度(1满意 2一般 3不满意)"))["csat"] == 0.75


def test_a_second_column_of_words_explains_the_keys(tmp_path: Path) -> None:
    lines = [f"P{i},张伟,2025/9/1,{key},{said}" for i, (key, said) in enumerate([(1, "非常满意")] * 3 + [(3, "不满意")])]
    path = write(tmp_path, "工单编号,客服,评价时间,评分,满意度", *lines)
    tables = read_exports([path], now=NOW)
    assert (decided(tables, "best").ground, decided(tables, "best").answer) == ("read", "low")
    assert figures(path)["csat"] == 0.75


@pytest.mark.parametrize(
    ("values", "header"), [([1] * 40 + [2] * 5 + [5] * 5, "满意度"), ([1, 2, 3, 4, 5], "满意度按键"), ([5, 5, 4], "IVR满意度")]
)
def test_a_likely_direction_is_a_guess(tmp_path: Path, values: list[int], header: str) -> None:
    tables = read(tmp_path, values, header)
    assert (decided(tables, "best").ground, decided(tables, "best").stops) == ("guess", True)
    assert figures(tmp_path / "评价.csv")["csat"] is not None


def test_two_numbers_are_no_rating(tmp_path: Path) -> None:
    tables = read(tmp_path, ["8-9", "8 - 9", "8,5", "9", "10", "7"], "评分")
    assert column(tables, "rating", "ratings") == [None, None, None, 9, 10, 7]
    assert codes(tables)["unparseable"] == 3


def test_unknown_is_missing_and_not_the_lowest(tmp_path: Path) -> None:
    path = export(tmp_path, ["0 - Unknown", "0-未评价", "3 - Highly Satisfied", "1 - Unsatisfied", "2 - Satisfied"], "满意度")
    assert figures(path)["csat"] == pytest.approx(2 / 3)


# --- words without a score ---------------------------------------------------------------------------------------------------


def test_words_alone_give_csat_at_once(tmp_path: Path) -> None:
    said = [
        "非常满意",
        "满意",
        "好评",
        "五星",
        "很好",
        "一般",
        "中评",
        "不满意",
        "差评",
        "非常不满意",
        "未评价",
        "无",
        "未回复",
        "",
    ]
    path = export(tmp_path, said)
    assert figures(path, measures=("csat", "complaints_in_ratings")) == {"csat": 0.5, "complaints_in_ratings": 3}
    by_label = kpi_xl("measure", path, "--period", "2025-09", "--measure", "csat", "--definition", "csat=label", "--json")
    assert json.loads(by_label.stdout)["rows"][0]["value"] == 0.5
    tables = read_exports([path], now=NOW)
    assert decided(tables, "by_words").ground == "read"
    assert not [one for one in tables.decisions if one.stops]


def test_unknown_words_are_listed_and_missing(tmp_path: Path) -> None:
    path = export(tmp_path, ["满意", "不满意", "还行", "还行", "凑合"])
    tables = read_exports([path], now=NOW)
    listed = {(issue.value, issue.count) for issue in tables.issues() if issue.code == "unknown_word"}
    assert listed == {("还行", 2), ("凑合", 1)}
    words = [(one.detail, one.count, one.stops) for one in tables.decisions if one.kind.code == "word"]
    assert words == [("还行", 2, False), ("凑合", 1, False)]
    assert figures(path)["csat"] == 0.5
    mapping = write(
        tmp_path,
        '[[export]]\nfile = "评价.csv"\n[export.ratings]\nvalues = { label = { "还行" = "满意", "凑合" = "未评价" } }',
        name="映射.toml",
    )
    assert figures(path, "--mapping", mapping)["csat"] == pytest.approx(3 / 4)


def test_free_text_is_no_satisfaction(tmp_path: Path) -> None:
    tables = read(tmp_path, [f"师傅第{i}次来得很快" for i in range(30)] + ["很好"], "评价")
    assert "label" not in tables.columns["ratings"]
    assert codes(tables)["unknown_word"] == 30
    assert figures(tmp_path / "评价.csv")["csat"] is None


def test_one_export_with_scores_and_one_with_words(tmp_path: Path) -> None:
    scores = export(tmp_path, [5, 4, 1, 1], "评分", "一.csv")
    words = export(tmp_path, ["满意", "满意", "满意", "不满意"], "满意度", "二.csv")
    assert figures(scores, words)["csat"] == pytest.approx(5 / 8)


# --- call status -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "电话接通状态",
        "接通状态",
        "呼叫状态",
        "外呼结果",
        "拨打状态",
        "拨打结果",
        "回访状态",
        "呼叫结果",
        "外呼状态",
        "电话拨打情况说明",
    ],
)
def test_only_answered_call_backs_count(tmp_path: Path, header: str) -> None:
    lines = [
        f"P{i},张伟,2025/9/1,{rating},{status}"
        for i, (rating, status) in enumerate([(5, "成功接通"), (5, "成功接通"), (1, "未接通"), (1, "无人接听"), (2, "成功接通")])
    ]
    path = write(tmp_path, f"工单编号,客服,回访时间,满意度评分,{header}", *lines)
    assert figures(path)["csat"] == pytest.approx(2 / 3)
    found = decided(read_exports([path], now=NOW), "call_status")
    assert (found.ground, found.header) == (("guess" if header == "电话拨打情况说明" else "read"), header)


def test_a_status_that_nobody_knows_is_asked(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,回访时间,评分,回访状态", "P1,张伟,2025/9/1,5,成功接通", "P2,张伟,2025/9/1,5,甲类")
    assert decided(read_exports([path], now=NOW), "call_status").ground == "guess"


def test_a_status_of_tickets_is_no_call_status(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,评价时间,评分,处理进度", "P1,张伟,2025/9/1,5,已完成", "P2,张伟,2025/9/1,4,处理中")
    assert not [one for one in read_exports([path], now=NOW).decisions if one.kind.code == "call_status"]
    assert figures(path)["csat"] == 1.0


@pytest.mark.parametrize("header", ["回访结果", "评价结果"])
def test_statuses_under_a_header_of_results_tell_who_was_reached(tmp_path: Path, header: str) -> None:
    rows = [(5, "成功接通"), (1, "无人接听"), (4, "接通"), (1, "拒接")]
    lines = [f"P{i},张伟,2025/9/1,{rating},{status}" for i, (rating, status) in enumerate(rows)]
    path = write(tmp_path, f"工单编号,客服,评价时间,评分,{header}", *lines)
    assert figures(path)["csat"] == 1.0
    assert decided(read_exports([path], now=NOW), "call_status").ground == "read"


def test_words_of_satisfaction_under_such_a_header_stay_words(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,评价时间,评分,回访结果", "P1,张伟,2025/9/1,5,满意", "P2,张伟,2025/9/1,1,不满意")
    assert not [one for one in read_exports([path], now=NOW).decisions if one.kind.code == "call_status"]
    assert figures(path)["csat"] == 0.5


@pytest.mark.parametrize(("values", "ground"), [([5, 4, 5, 0, 99], "guess"), ([5, 4, 3, 9], "guess"), ([2, 9, 8, 4], "read")])
def test_a_scale_that_only_few_ratings_need_is_a_guess(tmp_path: Path, values: list[int], ground: str) -> None:
    assert decided(read(tmp_path, values, "评分"), "scale").ground == ground


def test_zeros_among_marks_of_five_are_asked_about(tmp_path: Path) -> None:
    values = [5, 5, 0, 0, 4]
    assert decided(read(tmp_path, values, "评分"), "scale").ground == "guess"
    assert decided(read(tmp_path, values, "评分（0-5）"), "scale").ground == "read"
    mapping = write(tmp_path, "[[export]]", 'file = "评价.csv"', 'missing = ["0"]', name="m.toml")
    path = export(tmp_path, values, "评分")
    assert not [one for one in read_exports([path], mapping=mapping, now=NOW).decisions if one.stops]
    assert figures(path, "--mapping", mapping)["csat"] == 1.0


def test_an_answer_about_another_column_leaves_the_status_looked_for(tmp_path: Path) -> None:
    """Only a list that is complete, or one that names the status, says that no other column holds it."""
    rows = (f"T{n},张伟,2025-09-{n + 10} 10:00,{5 - n % 5},满意,{'成功接通' if n % 3 else '无人接听'}" for n in range(12))
    path = write(tmp_path, "工单编号,客服,回访时间,评分,评价,结果A", *rows)
    mapping = tmp_path / "m.toml"
    for said, found in (('label = ""', ["call_status"]), ('call_status = ""', [])):
        mapping.write_text(f'[[export]]\nfile = "*"\n[export.ratings.columns]\n{said}\n', encoding="utf-8")
        tables = read_exports([path], mapping=mapping, now=NOW)
        assert [one.kind.code for one in tables.decisions if one.stops] == found
