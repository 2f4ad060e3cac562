# ruff: noqa: E501, SIM905 - command lines read best as command lines
"""``kpi-xl score``, ``schemes`` and ``scheme``: exact JSON, exit codes, remedies, and a light start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ..command_line import kpi_xl

FULL = (
    "fcr=82% handling_hours.normal=20 handling_hours.urgent=5 handling_hours.urgent_share=0.1 csat=0.88 repeat_complaint=6% "
    "first_fix=90% professionalism=88 completeness=97% collaboration=90 knowledge=1"
).split()


def json_of(*arguments: str) -> dict:
    done = kpi_xl(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_json_of_a_full_result() -> None:
    document = json_of("score", "appliance-agent", *FULL, "--json")
    assert document["scheme"] == "appliance-agent"
    assert document["points"]["fcr"] == "19.29"
    assert document["why"]["fcr"] == "82.00% ÷ 85% × 20 = 19.29"
    assert document["total"] == document["so_far"] == "92.27"
    assert document["provisional"] is None
    assert document["grade"] == "高级客服"
    assert document["coefficient"] == "1.2"
    assert document["actions"] == ["年度评优候选", "旅游奖励候选", "优先晋升候选"]
    assert document["missing"] == []


def test_missing_data_is_no_error() -> None:
    document = json_of("score", "appliance-agent", "fcr=85%", "--json")
    assert document["total"] is None
    assert document["grade"] is None
    assert document["coefficient"] is None
    assert document["so_far"] == "20.00"
    assert document["provisional"] == "100.00"
    assert "csat" in document["missing"]
    assert json_of("score", "appliance-agent", "--json")["provisional"] is None


def test_coefficients_are_written_as_declared() -> None:
    values = [*FULL[:-1], "knowledge=0"]
    assert json_of("score", "appliance-agent:technical", *values, "--variant", "promotion", "--json")["total"] is None
    middling = [value.replace("professionalism=88", "professionalism=0") for value in FULL]
    assert json_of("score", "appliance-agent", *middling, "--json")["coefficient"] == "1.0"


def test_parameters_waivers_and_bonus() -> None:
    limits = "complaint_rate_limit=2% complaint_days_limit=3 compensation_limit=1000 budget_deviation_limit=5%".split()
    values = "regulations=90 plan=80 complaint_rate=2% complaint_days=3 compensation=0 budget_deviation=-5% cost_ratio=4% daily_affairs=100"
    settings = [part for limit in limits for part in ("--set", limit)]
    # a parameter may also stand among the values
    assert json_of("score", "department-head", *values.split(), "cost_ratio_limit=4%", *settings, "--json")["total"] == "93.50"
    missing = kpi_xl("score", "department-head", *values.split(), "--json")
    assert missing.returncode == 2
    assert missing.stdout == ""
    assert all(name.split("=")[0] in missing.stderr for name in limits)
    waived = json_of(
        "score", "role-360", "superior=90", "subordinates=85", "--variant", "supervisor", "--waive", "peers", "--json"
    )
    assert waived["total"] == "88.75"
    assert waived["notes"]
    facts = "installed_units=300 install_price=20 repaired_units=100 repair_price=15 head_count=5".split()
    paid = json_of("score", "monthly-bonus:specialist", "repair_quality=97.5%", "cpi_errors=2", *facts, "--json")
    assert paid["figures"] == {"bonus_base": "1500.00", "payout": "1380.00"}


def test_the_period_sets_the_months() -> None:
    values = [*FULL[:-1], "knowledge=3"]
    assert json_of("score", "appliance-agent", *values, "--period", "2025-Q3", "--json")["points"]["knowledge"] == "2.50"
    assert json_of("score", "appliance-agent", *values, "--json")["points"]["knowledge"] == "5.00"


def test_the_table_for_people() -> None:
    shown = kpi_xl("score", "appliance-agent", *FULL).stdout
    for text in ("首次问题解决率", "19.29", "量化指标 小计", "总分：92.27 / 100", "等级：高级客服，绩效系数 1.2"):
        assert text in shown
    pending = kpi_xl("score", "appliance-agent", "fcr=85%").stdout
    assert "待评" in pending
    assert "预估" in pending
    weak = (
        " ".join(FULL)
        .replace("csat=0.88", "csat=0")
        .replace("first_fix=90%", "first_fix=0")
        .replace("professionalism=88", "professionalism=0")
    )
    assert "等级：待改进，绩效系数 无" in kpi_xl("score", "appliance-agent", *weak.split()).stdout
    assert "Total: 92.27" in kpi_xl("score", "appliance-agent", *FULL, "--lang", "en").stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["score", "appliance-agent", "fcr=85"], "85%"),
        (["score", "appliance-agent", "frc=85%"], "fcr"),
        (["score", "appliance-agent", "fcr"], "ID=数值"),
        (["score", "appliance-agent", "fcr=85%", "fcr=86%"], "两次"),
        (["score", "appliance-agnt"], "appliance-agent"),
        (["score", "appliance-agent", "--variant", "tech"], "technical"),
        (["score", "appliance-agent", "--waive", "peers"], "不能豁免"),
        (["score", "appliance-agent", "--period", "2025-13"], "2025-09"),
        (["score", "appliance-agent", "--set", "x=1"], "没有参数"),
        (["score", "monthly-bonus"], "manager"),
        (["score", "appliance-agent", "fcr=85", "--lang", "en"], "Remedy"),
        (["scheme", "check", "nowhere.toml"], "打不开"),
        (["scheme", "export", "appliance-agent", "--out", "x.doc"], ".toml"),
    ],
)
def test_unusable_input_ends_with_2_and_a_remedy(arguments: list[str], hint: str) -> None:
    done = kpi_xl(*arguments)
    assert done.returncode == 2
    assert hint in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_schemes_and_scheme(tmp_path: Path) -> None:
    listed = json.loads(kpi_xl("schemes", "--json").stdout)
    assert len(listed) == 20
    assert set(listed[0]) >= {"id", "name", "subject", "cycle", "source"}
    assert len(kpi_xl("schemes").stdout.splitlines()) == 20
    shown = json_of("scheme", "show", "appliance-agent", "--json")
    assert shown["indicators"][0]["rule"] == {"kind": "attainment", "target": "0.85"}
    assert "≥ 85%" in kpi_xl("scheme", "show", "appliance-agent:technical").stdout
    assert "≤ ［待公司填写］" in kpi_xl("scheme", "show", "department-head").stdout
    out = tmp_path / "my.toml"
    assert kpi_xl("scheme", "export", "monthly-bonus", "--out", str(out)).returncode == 0
    assert kpi_xl("scheme", "check", str(out)).returncode == 0
    out.write_text(out.read_text(encoding="utf-8").replace("weight = 60", "weight = 61"), encoding="utf-8")
    checked = kpi_xl("scheme", "check", str(out))
    assert checked.returncode == 2
    assert checked.stderr.count("合计 101") == 3


def test_a_users_copy_runs_without_python(tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    kpi_xl("scheme", "export", "service-quality-five", "--out", str(out))
    text = out.read_text(encoding="utf-8").replace('id = "quality"', 'id = "smile"', 1).replace("weight = 20", "weight = 10", 1)
    text += '\n[[indicators]]\nid = "tea"\nname = "茶水"\ngroup = "dimensions"\nweight = 10\nunit = "count"\n'
    text += 'rule = { kind = "event_deduction", points = 2 }\n'
    out.write_text(text, encoding="utf-8")
    values = "response_hours=48 resolution=95% knowledge=100 communication=100 smile=100 tea=3".split()
    document = json_of("score", str(out), *values, "--json")
    assert document["points"]["response_hours"] == "5.00"
    assert document["points"]["tea"] == "4.00"
    assert document["total"] == "89.00"


HEAVY = ("pandas", "numpy", "duckdb", "sqlglot", "openpyxl", "xlwings", "sqlalchemy", "jinja2")


def test_score_starts_light() -> None:
    code = (
        "import sys; sys.argv = ['kpi-xl', 'score', 'appliance-agent', 'fcr=85%']\n"
        "from kpi_xl.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', sorted(set(sys.modules) & {set(HEAVY)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.rstrip().endswith("HEAVY []")


def test_the_core_needs_the_standard_library_alone() -> None:
    """It must run in Pyodide, where nothing else is there."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from kpi_xl.schemes import load_scheme, list_schemes, write_scheme\n"
        "import kpi_xl.scoring, kpi_xl.schemes.describe\n"
        "kpi_xl.scoring.score(load_scheme('appliance-agent'), {'fcr': '85%'}); list_schemes()\n"
        "names = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(names - set(sys.stdlib_module_names) - {'kpi_xl'}))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(Path.cwd())!r})\n{code}"],
                          capture_output=True, text=True, encoding="utf-8", check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_a_parameter_given_twice_is_refused() -> None:
    done = kpi_xl("score", "department-head", "complaint_rate_limit=1%", "--set", "complaint_rate_limit=2%", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "写了两次" in done.stderr


def test_an_exported_workbook_that_needs_a_variant_can_be_checked(tmp_path: Path) -> None:
    path = str(tmp_path / "mine.xlsx")
    assert kpi_xl("scheme", "export", "monthly-bonus", "--out", path).returncode == 0
    done = kpi_xl("scheme", "check", path)
    assert done.returncode == 0, done.stderr
