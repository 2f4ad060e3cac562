"""Reading scheme files: every mistake at once, each with its key and the fix; references with variants; round trips."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.schemes import list_schemes, load_scheme, parse_scheme, read_base_scheme, read_scheme_text, write_scheme
from kpi_xl.schemes.load import _split_reference

GOOD = """
id = "mine"
name = "我的方案"
subject = "agent"
cycles = ["month"]
source = "公司制度"

[[groups]]
id = "all"
name = "全部"
weight = 100

[[indicators]]
id = "fcr"
name = "首次解决率"
group = "all"
weight = 60
unit = "ratio"
rule = { kind = "attainment", target = "85%" }

[[indicators]]
id = "late"
name = "迟到"
group = "all"
weight = 40
unit = "count"
rule = { kind = "event_deduction", points = 5 }

[[grades]]
name = "好"
lower = 60

[[grades]]
name = "差"
lower = 0
"""


def problems_of(text: str) -> dict[str, str]:
    with pytest.raises(KpiError) as caught:
        read_scheme_text(text, "mine.toml")
    assert all(problem.remedy.zh for problem in caught.value.problems)
    return {problem.where: f"{problem.message} → {problem.remedy}" for problem in caught.value.problems}


def test_a_good_file() -> None:
    scheme = read_scheme_text(GOOD, "mine.toml")
    assert [indicator.weight for indicator in scheme.indicators] == [60, 40]
    assert scheme.indicators[0].rule.target == Decimal("0.85")


def test_seven_mistakes_are_seven_problems() -> None:
    text = (
        GOOD.replace('name = "我的方案"', 'nmae = "我的方案"')  # 1 unknown key, and 2 the required one is missing
        .replace("weight = 40", 'weight = "四十"')  # 3 not a number
        .replace('"attainment"', '"attainmet"')  # 4 unknown rule kind
        .replace('group = "all"\nweight = 60', 'group = "al"\nweight = 60')  # 5 unknown group
        .replace("lower = 0", "lower = 70")  # 6 grades not descending, 7 and the low totals have none
    )
    found = problems_of(text)
    assert "是不是想写 name" in found["nmae"]
    assert "缺少 name" in found["name"]
    assert "数字" in found["indicators[1].weight"]
    assert "是不是想写 attainment" in found["indicators[0].rule.kind"]
    assert "是不是想写 all" in found["indicators[0].group"]
    assert "递减" in found["grades[1].lower"] or "没有等级" in found["grades[1].lower"]
    with pytest.raises(KpiError) as caught:
        read_scheme_text(text, "mine.toml")
    assert len(caught.value.problems) == 7


@pytest.mark.parametrize(
    ("old", "new", "where", "hint"),
    [
        ("weight = 100", "weight = 90", "groups[0].weight", "改成 100"),
        ('id = "late"', 'id = "fcr"', "indicators[1].id", "重复"),
        ('id = "late"', 'id = "迟到"', "indicators[1].id", "小写字母"),
        ('target = "85%"', "target = 85", "indicators[0].rule.target", "85%"),
        ('target = "85%"', "target = 0", "indicators[0].rule.target", "大于 0"),
        ('target = "85%"', 'target = { parameter = "limit" }', "indicators[0].rule.target", "limit"),
        ('unit = "count"', 'unit = "counts"', "indicators[1].unit", "count"),
        ("points = 5", "points = nan", "indicators[1].rule.points", "数字"),
        ("points = 5", "points = 5, pionts = 6", "indicators[1].rule.pionts", "points"),
        ('cycles = ["month"]', "cycles = []", "cycles", "month"),
        ('cycles = ["month"]', 'cycles = ["week"]', "cycles[0]", "month"),
        ("lower = 60", "lower = 160", "grades[0].lower", "不超过 100"),
        ('name = "差"', 'name = "好"', "grades[1].name", "一次"),
        ("weight = 40", "weight = 40\nlow = 5\nhigh = 1", "indicators[1].low", "交换"),
        ("weight = 40", 'weight = 40\nsample_from = "answers"', "indicators[1].sample_from", "answers"),
        ("weight = 40", 'weight = 40\nsources = { weight = "somewhere" }', "indicators[1].sources.weight", "decided"),
    ],
)
def test_single_mistakes(old: str, new: str, where: str, hint: str) -> None:
    assert old in GOOD
    found = problems_of(GOOD.replace(old, new, 1))
    assert hint in found[where]
    assert list(found) == [where]


@pytest.mark.parametrize(("weight", "hint"), [(50, "再加 10"), (70, "减去 10")])
def test_weights_must_add_up(weight: int, hint: str) -> None:
    found = problems_of(GOOD.replace("weight = 60", f"weight = {weight}"))
    assert hint in found["indicators"]
    assert str(weight + 40) in found["groups[0].weight"]


BANDS = """rule = { kind = "bands", better = "higher", bands = [
  { last = 0.5, first_points = 0, last_points = 0 },
  { first = 0.5, last = 0.9, first_points = 10, last_points = 60 },
  { first = 0.9, first_points = 60, last_points = 60 },
] }"""


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("{ first = 0.5,", "{ first = 0.6,", "空档"),
        ("{ first = 0.5,", "{ first = 0.4,", "重叠"),
        ("{ last = 0.5,", "{ first = 0.1, last = 0.5,", "敞开"),
        ("first_points = 60, last_points = 60", "first_points = 60, last_points = 50", "渐变"),
        ("last_points = 60 },\n  { first = 0.9", "last_points = 61 },\n  { first = 0.9", "0~60"),
    ],
)
def test_band_mistakes(old: str, new: str, hint: str) -> None:
    text = GOOD.replace('rule = { kind = "attainment", target = "85%" }', BANDS)
    read_scheme_text(text, "mine.toml")
    assert old in text
    found = problems_of(text.replace(old, new, 1))
    assert any(hint in message for message in found.values()), found


VARIANT = """
[[variants]]
id = "busy"
name = "旺季"
weights = { fcr = 50 }
[[variants.add]]
id = "extra"
name = "加项"
group = "all"
weight = 10
unit = "points"
rule = { kind = "rating" }
"""


def test_variants_must_add_up() -> None:
    text = GOOD + VARIANT
    assert [i.id for i in read_scheme_text(text, "mine.toml").variants[0].add] == ["extra"]
    assert "110" in problems_of(text.replace("fcr = 50", "fcr = 60"))["variants[0]"]
    assert "fcr" in problems_of(text.replace("{ fcr = 50", "{ fcrr = 50, fcr = 50"))["variants[0].weights.fcrr"]
    assert "已经有了" in problems_of(text.replace('id = "extra"', 'id = "late"'))["variants[0].add[0].id"]


def test_combinations_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    other = VARIANT.replace("busy", "rush").replace("extra", "more").replace("fcr = 50", "late = 30")
    third = VARIANT.replace("busy", "quiet").replace("extra", "calm")
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + VARIANT + other + third, encoding="utf-8")
    both = load_scheme(path, ["rush", "busy"])
    assert both.applied == ("busy", "rush")
    assert both == load_scheme(f"{path}:busy+rush")
    with pytest.raises(KpiError, match="110"):
        load_scheme(path, ["busy", "quiet"])
    path.write_text(write_scheme(both), encoding="utf-8")
    with pytest.raises(KpiError, match="已经并入"):
        load_scheme(path, ["quiet"])


def test_a_variant_has_cycles_of_its_own_and_no_mean_of_results_that_it_does_not_have() -> None:
    everybody, manager = load_scheme("role-360"), load_scheme("role-360:manager")
    assert (everybody.cycles, [rollup.cycle for rollup in everybody.rollups]) == (("quarter", "year"), ["year"])
    assert (manager.cycles, manager.rollups) == (("year",), ())
    assert load_scheme("role-360:supervisor").rollups == everybody.rollups


def test_variants_of_built_in_schemes() -> None:
    both = load_scheme("appliance-agent", ["promotion", "technical"])
    assert both.reference == "appliance-agent:technical+promotion"
    assert both == load_scheme("appliance-agent:promotion", ["technical"])
    with pytest.raises(KpiError) as caught:
        load_scheme("appliance-agent:tecnical+promo")
    assert len(caught.value.problems) == 2
    with pytest.raises(KpiError) as caught:
        load_scheme("role-360:manager+supervisor")
    assert "不能同时" in str(caught.value)
    with pytest.raises(KpiError, match="必须选定变体"):
        load_scheme("monthly-bonus")
    assert not read_base_scheme("monthly-bonus").applied


@pytest.mark.parametrize(
    ("reference", "split"),
    [
        ("a", ("a", ())),
        ("a:b+c", ("a", ("b", "c"))),
        (r"C:\forms\my.toml", (r"C:\forms\my.toml", ())),
        (r"C:\forms\my.toml:b", (r"C:\forms\my.toml", ("b",))),
        ("./my.toml:b", ("./my.toml", ("b",))),
        ("a:", ("a", ())),
    ],
)
def test_references(reference: str, split: tuple[str, tuple[str, ...]]) -> None:
    assert _split_reference(reference) == split


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="打不开"):
        load_scheme(tmp_path / "no.toml")
    with pytest.raises(KpiError, match="打不开"):
        load_scheme(f"{tmp_path}/folder")
    path = tmp_path / "bad.toml"
    path.write_bytes("name = '考核'".encode("gb18030"))
    with pytest.raises(KpiError, match="UTF-8"):
        load_scheme(path)
    path.write_text("id = ", encoding="utf-8")
    with pytest.raises(KpiError, match="TOML"):
        load_scheme(path)
    path.write_text(GOOD, encoding="utf-8-sig")  # Notepad's byte order mark
    assert load_scheme(path).id == "mine"
    with pytest.raises(KpiError) as caught:
        load_scheme("appliance-agnet")
    assert "appliance-agent" in caught.value.remedy.zh


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"indicators": 3, "groups": "x", "grades": [1, "a"], "cycles": None, "variants": {"a": 1}},
        {"id": ["x"], "name": 1, "total": True, "indicators": [{"rule": []}, {"rule": {"kind": 5}}]},
        {"bounds": [1], "notes": "x", "definitions": [], "bonus": 1, "appeal": [], "raters": {"groups": [{}]}},
        {"indicators": [{"id": "a", "rule": {"kind": "split", "share_of": "x", "parts": []}}]},
        {"indicators": [{"id": "a", "rule": {"kind": "bands", "better": "up", "bands": [{}]}}]},
        {
            "indicators": [{"id": "a", "rule": {"kind": "rating", "allowed": [[1], "x", [5, 3]]}}],
            "figures": [{"products": [["a"]]}],
        },
        {"variants": [{"id": "v", "name": "v", "add": [{}], "remove": ["q"], "weights": [1]}], "rollups": [{}], "streaks": [{}]},
    ],
)
def test_any_table_gives_problems_not_tracebacks(table: dict) -> None:
    with pytest.raises(KpiError) as caught:
        parse_scheme(table, "x")
    assert caught.value.problems


def test_places_can_be_cell_addresses() -> None:
    with pytest.raises(KpiError) as caught:
        parse_scheme({"id": "x"}, "my.xlsx", locate=lambda where: f"评级标准!A1（{where}）")
    assert all(problem.where.startswith("评级标准!A1") for problem in caught.value.problems)


def test_loading_a_builtin_twice_gives_the_same_object() -> None:
    assert load_scheme("appliance-agent") is load_scheme("appliance-agent")
    assert len(list_schemes()) == 20


def test_mistakes_inside_indicators_do_not_hide_others() -> None:
    text = (
        GOOD.replace("weight = 60", "weight = 65")  # 1 the sum
        .replace('"attainment"', '"attainmet"')  # 2 the rule kind
        .replace('unit = "count"', 'unit = "counts"')  # 3 the unit
        .replace('group = "all"\nweight = 40', 'group = "al"\nweight = 40')  # 4 the group
        .replace("points = 5", 'points = -5, allowance = "x"')  # 5 and 6: one key unreadable, another one wrong
        .replace("lower = 60", 'lower = "sixty"')  # 7 the bound
        .replace('name = "差"', 'name = "好"')  # 8 a name twice
    )
    assert set(problems_of(text)) == {
        "indicators", "indicators[0].rule.kind", "indicators[1].unit", "indicators[1].group", "indicators[1].rule.points",
        "indicators[1].rule.allowance", "grades[0].lower", "grades[1].name",
    }  # fmt: skip


def test_a_wrong_sum_is_not_reported_again_by_each_variant() -> None:
    text = (GOOD + VARIANT).replace("{ fcr = 50", "{ late = 30")
    read_scheme_text(text, "mine.toml")
    assert set(problems_of(text.replace("weight = 60", "weight = 65"))) == {"indicators", "groups[0].weight"}
    assert set(problems_of(text.replace("weight = 60", "weight = 65").replace("late = 30", "late = 29"))) == {
        "indicators", "groups[0].weight", "variants[0]",
    }  # fmt: skip
