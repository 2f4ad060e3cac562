"""Python as a face of its own: the page's script runs, arguments are refused before any work, types reach those who import."""

from __future__ import annotations

import datetime as dt
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kpi_xl
from kpi_xl.job.people import scheme_chooser

from .conftest import require
from .job.samples import NOW, files_below, order, write_csv, write_roster, write_tickets

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
SCRIPT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
PRINTED = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)[0]


# --- the page ---------------------------------------------------------------------------------------------------------------


def test_the_month_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "month.py"
    script.write_text(SCRIPT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out == PRINTED
    assert (tmp_path / "收集结果.xlsx").is_file()
    assert len(SCRIPT.splitlines()) <= 30


def test_the_page_names_everything_that_is_exported() -> None:
    named = re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(kpi_xl.__all__)
    assert sorted(kpi_xl.__all__) == dir(kpi_xl)
    assert all(getattr(kpi_xl, name) is not None for name in kpi_xl.__all__)


def test_the_import_brings_nothing_else() -> None:
    code = "import sys, kpi_xl; print([name for name in sys.modules if name.startswith('kpi_xl.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_name_that_is_not_there_is_told() -> None:
    with pytest.raises(AttributeError, match="genrate"):
        _ = kpi_xl.genrate


# --- what is taken ----------------------------------------------------------------------------------------------------------


def test_paths_as_text_make_what_the_command_line_makes(tmp_path: Path) -> None:
    tickets, roster = write_tickets(tmp_path), write_roster(tmp_path)
    kpi_xl.run(order(tmp_path, tickets, roster=roster))
    report = kpi_xl.generate([str(tickets)], period="2025-09", out=str(tmp_path / "又"), roster=str(roster), now=NOW, workers=1)
    made, typed = files_below(tmp_path / "结果" / "2025-09"), files_below(report.folder)
    del made["run.json"], typed["run.json"]  # holds timings
    assert made == typed
    assert report.done == 4


def test_a_ledger_and_a_password_file_are_paths(tmp_path: Path) -> None:
    secrets = write_csv(tmp_path / "密码.csv", ("工号", "密码"), [("001", "a"), ("002", "b"), ("003", "c"), ("009", "d")])
    secrets.chmod(0o600)
    report = kpi_xl.generate(
        (write_tickets(tmp_path),),
        period=kpi_xl.Period.parse("2025-09"),
        out=tmp_path / "结果",
        roster=write_roster(tmp_path),
        ledger=tmp_path / "台账.db",
        passwords=str(secrets),
        html=False,
        workers=1,
        now=NOW,
    )
    back = kpi_xl.collect_forms(
        [report.folder], ledger=str(tmp_path / "台账.db"), passwords=secrets, period="2025-09", workers=1, now=NOW
    )
    assert back.counts["taken"] == report.done == 4
    assert back.clean
    assert back.warnings == ()


def test_numbers_may_stand_for_what_the_company_enters(tmp_path: Path) -> None:
    asked = order(tmp_path, scheme="department-head", entered={"complaint_rate_limit": 0.03, "complaint_days_limit": "2"})
    scheme = scheme_chooser(asked.scheme, asked.variants, asked.entered)(kpi_xl.Person("001", "张三"))
    filled = {parameter.id: parameter.value for parameter in scheme.parameters if parameter.value is not None}
    assert filled == {"complaint_rate_limit": Decimal("0.03"), "complaint_days_limit": Decimal(2)}


def test_collecting_tells_what_it_set_aside(tmp_path: Path) -> None:
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path))
    kpi_xl.run(asked)
    out = tmp_path / "收集结果.xlsx"
    first = kpi_xl.collect_forms([asked.folder], ledger=tmp_path / "新.db", out=out, workers=1, now=NOW)
    assert "是空的" in first.warnings[0].zh
    assert first.kept is None
    before = out.read_bytes()
    second = kpi_xl.collect_forms([asked.folder], ledger=tmp_path / "新.db", out=out, workers=1, now=NOW)
    assert second.kept is not None
    assert second.kept.read_bytes() == before


def test_measures_of_frames_and_values_of_numpy(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"agent": ["001"] * 4, "created_at": [dt.datetime(2025, 9, day) for day in (1, 2, 3, 4)],
         "resolved_first_contact": [True, True, True, False]}
    )  # fmt: skip
    own = tmp_path / "自有.toml"
    own.write_text(
        '[tickets_in_all]\nname = "工单数"\ntable = "tickets"\nfigure = "sum"\nunit = "count"\nbetter = "higher"\n'
        'definition = "工单数"\n',
        encoding="utf-8",
    )
    rows = kpi_xl.measure({"tickets": frame}, "2025-09", measures=("fcr", "tickets_in_all"), own=str(own))
    assert [(row.subject, row.measure, row.value) for row in rows] == [("001", "fcr", 0.75), ("001", "tickets_in_all", 4)]
    scheme = kpi_xl.load_scheme("appliance-agent")
    plain = kpi_xl.score(scheme, {"professionalism": 90, "fcr": 0.75})
    assert kpi_xl.score(scheme, {"professionalism": np.int64(90), "fcr": np.float64(0.75)}) == plain
    assert kpi_xl.score(scheme, pd.Series({"professionalism": 90, "fcr": 0.75})) == plain  # type: ignore[arg-type]


# --- what is refused, before any work ---------------------------------------------------------------------------------------

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"exports": "没有.csv"}, r"写成 \['没有.csv'\]"),
    ({"exports": Path("没有.csv")}, r"写成 \['没有.csv'\]"),
    ({"exports": b"a.csv"}, "应为列表"),
    ({"exports": {"a.csv": 1}}, "应为列表"),
    ({"exports": ["a.csv", 5]}, r"exports\[1\] 应为路径，不是 5"),
    ({"exports": None}, "应为列表，不是 None"),
    ({"scheme": None}, "scheme 应为文本或路径"),
    ({"period": "2025-13"}, "看不懂考核周期“2025-13”"),
    ({"period": dt.date(2025, 9, 1)}, "看不懂考核周期"),
    ({"period": 2025.5}, "看不懂考核周期"),
    ({"out": ""}, "out 应为路径"),
    ({"out": "a\0b"}, "out 应为路径"),
    ({"variants": "technical"}, r"写成 \['technical'\]"),
    ({"variants": [1]}, r"variants\[0\] 应为文本"),
    ({"waive": "peer"}, r"写成 \['peer'\]"),
    ({"roster": ["r.csv"]}, "roster 应为路径"),
    ({"mapping": 1}, "mapping 应为路径"),
    ({"ratings": True}, "ratings 应为路径"),
    ({"entered": [("a", 1)]}, "entered 应为字典"),
    ({"entered": {"a": None}}, r"entered\['a'\] 应为数字或文本"),
    ({"entered": {"a": True}}, r"entered\['a'\] 应为数字或文本"),
    ({"ledger": 5}, "ledger 应为文本或路径"),
    ({"passwords": {"001": "x"}}, "写密码文件的路径"),
    ({"formulas": "natve"}, "写 'native'、'functions'、'values' 之一"),
    ({"html": "no"}, "写 True、False 之一"),
    ({"pdf": 1}, "写 True、False 之一"),
    ({"workers": 0}, "应为不小于 1 的整数"),
    ({"workers": 2.0}, "应为不小于 1 的整数"),
    ({"workers": True}, "应为不小于 1 的整数"),
    ({"scheduler": 8786}, "scheduler 应为文本"),
    ({"progress": "yes"}, "progress 应为函数"),
    ({"now": "2025-10-08"}, "不带时区的 datetime"),
    ({"now": dt.datetime(2025, 10, 8, tzinfo=dt.UTC)}, "不带时区的 datetime"),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG, ids=lambda value: next(iter(value)) if isinstance(value, dict) else "")
def test_wrong_arguments_are_refused_before_any_work(wrong: dict[str, Any], told: str, tmp_path: Path) -> None:
    """Neither the export nor the roster exists: had any work begun, that would be told instead."""
    given: dict[str, Any] = {"exports": ["没有.csv"], "period": "2025-09", "out": tmp_path / "结果", "roster": "没有花名册.csv"}
    with pytest.raises(kpi_xl.KpiError, match=told) as caught:
        kpi_xl.generate(**{**given, **wrong})
    assert caught.value.remedy.zh
    assert caught.value.remedy.en
    assert not (tmp_path / "结果").exists()
    # who makes an order himself is told the same
    fields = {"scheme": "appliance-agent", "now": NOW, **given, **wrong}
    with pytest.raises(kpi_xl.KpiError, match=told):
        kpi_xl.Order(**fields)


def test_all_wrong_arguments_are_told_at_once() -> None:
    with pytest.raises(kpi_xl.KpiError) as caught:
        kpi_xl.generate("a.csv", period="", out=1, variants="technical", workers=-1)  # type: ignore[arg-type]
    assert [problem.where for problem in caught.value.problems] == ["exports", "period", "out", "variants", "workers"]


def test_a_keyword_that_does_not_exist_is_refused_by_python_itself() -> None:
    with pytest.raises(TypeError, match="rooster"):
        kpi_xl.generate(["a.csv"], period="2025-09", out="x", rooster="r.csv")  # type: ignore[call-arg]


def test_a_password_file_that_is_not_there_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(kpi_xl.KpiError, match="读不到密码文件"):
        kpi_xl.generate(["没有.csv"], period="2025-09", out=tmp_path, passwords=tmp_path / "没有.csv")


SCHEME = kpi_xl.load_scheme("appliance-agent")
CALLS: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], str]] = [
    (kpi_xl.load_scheme, ("appliance-agent", "technical"), {}, r"写成 \['technical'\]"),
    (kpi_xl.load_scheme, (None,), {}, "应为文本或路径，不是 None"),
    (kpi_xl.load_scheme, (b"appliance-agent",), {}, "应为文本或路径"),
    (kpi_xl.score, ("appliance-agent", {}), {}, "load_scheme"),
    (kpi_xl.score, (SCHEME, [("fcr", 1)]), {}, "应为字典"),
    (kpi_xl.score, (SCHEME, {1: 0.8}), {}, "没有指标 1"),
    (kpi_xl.score, (SCHEME, {}), {"waive": "peer"}, r"写成 \['peer'\]"),
    (kpi_xl.score, (SCHEME, {}), {"months": 0}, "应为不小于 1 的整数"),
    (kpi_xl.score, (SCHEME, {"fcr": object()}), {}, "不是数字"),
    (kpi_xl.score, (SCHEME, {"fcr": [0.8]}), {}, "不是数字"),
    (kpi_xl.read_exports, ("工单.csv",), {}, r"写成 \['工单.csv'\]"),
    (kpi_xl.read_exports, (["工单.csv"],), {"roster": 5}, "roster 应为路径"),
    (kpi_xl.read_exports, (["工单.csv"],), {"period": "九月"}, "看不懂考核周期"),
    (kpi_xl.read_exports, (["工单.csv"],), {"mapping": {}}, "mapping 应为路径"),
    (kpi_xl.measure, ("工单.csv", "2025-09"), {}, "写 read_exports 的结果"),
    (kpi_xl.measure, ({}, "2025-13"), {}, "看不懂考核周期“2025-13”"),
    (kpi_xl.measure, ({}, "2025-09"), {"by": "班组"}, "写 'agent'、'team'、'region' 之一"),
    (kpi_xl.measure, ({}, "2025-09"), {"measures": "fcr"}, r"写成 \['fcr'\]"),
    (kpi_xl.measure, ({}, "2025-09"), {"definitions": "fcr=flag"}, "应为字典"),
    (kpi_xl.measure, ({}, "2025-09"), {"definitions": {"fcr": 7}}, r"definitions\['fcr'\] 应为文本，不是 7"),
    (kpi_xl.measure, ({}, "9999-12"), {}, "看不懂考核周期"),
    (kpi_xl.collect_forms, ("表.xlsx",), {"ledger": "l.db"}, r"写成 \['表.xlsx'\]"),
    (kpi_xl.collect_forms, (["表.xlsx"],), {"ledger": None}, "ledger 应为文本或路径"),
    (kpi_xl.collect_forms, (["表.xlsx"],), {"ledger": "l.db", "take": "last"}, "写 'ask'、'newest'、'first' 之一"),
    (kpi_xl.collect_forms, (["表.xlsx"],), {"ledger": "l.db", "period": "x"}, "看不懂考核周期"),
]


@pytest.mark.parametrize(("call", "given", "options", "told"), CALLS, ids=[f"{c[0].__name__}-{n}" for n, c in enumerate(CALLS)])
def test_every_function_refuses_what_it_cannot_use(
    call: Callable[..., Any], given: tuple[Any, ...], options: dict[str, Any], told: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kpi_xl.KpiError, match=told):
        call(*given, **options)
    assert not list(tmp_path.iterdir())


# --- types ------------------------------------------------------------------------------------------------------------------

TYPED = """
import datetime as dt
from pathlib import Path

import kpi_xl

tables: kpi_xl.Tables = kpi_xl.read_exports(["a.csv", Path("b.csv")], period="2025-09")
rows: list[kpi_xl.MeasureRow] = kpi_xl.measure(tables, kpi_xl.Period.parse("2025"), by="team", measures={"fcr"})
report: kpi_xl.Report = kpi_xl.generate((Path("a.csv"),), period="2025-09", out="x", roster="r.csv", variants=["technical"])
reasons: list[kpi_xl.Text] = list(report.failed.values())
issues: list[kpi_xl.Issue] = tables.issues()
scheme: kpi_xl.Scheme = kpi_xl.load_scheme(Path("my.toml"))
points: kpi_xl.IndicatorResult = kpi_xl.score(scheme, {"fcr": "82%", "professionalism": 90, "kb": None}).result("fcr")
back: kpi_xl.Collection = kpi_xl.collect_forms(["x"], ledger=Path("l.db"), take="newest")
try:
    order = kpi_xl.Order((Path("a.csv"),), "appliance-agent", kpi_xl.Period.parse("2025"), Path("x"), dt.datetime.min)
    report = kpi_xl.run(order)
except kpi_xl.KpiError as error:
    problems: tuple[kpi_xl.Problem, ...] = error.problems
kpi_xl.genrate  # E: attr-defined
kpi_xl.generate("a.csv", period="2025-09", out="x")  # E: arg-type
kpi_xl.generate(["a.csv"], period="2025-09", out="x", variants="technical")  # E: arg-type
kpi_xl.generate(["a.csv"], period="2025-09", out="x", formulas="natve")  # E: arg-type
kpi_xl.generate(["a.csv"], period="2025-09", out="x", rooster="r.csv")  # E: call-arg
kpi_xl.generate(["a.csv"], period="2025-09")  # E: call-arg
kpi_xl.load_scheme("appliance-agent", "technical")  # E: arg-type
kpi_xl.score("appliance-agent", {})  # E: arg-type
kpi_xl.score(scheme, {}, waive="peer")  # E: arg-type
kpi_xl.read_exports("a.csv")  # E: arg-type
kpi_xl.measure(tables, "2025", by="person")  # E: arg-type
kpi_xl.collect_forms("x", ledger="l.db")  # E: arg-type
"""


@pytest.mark.slow
def test_a_type_checker_sees_right_and_wrong_calls(tmp_path: Path) -> None:
    """The file lies elsewhere, so mypy reads the installed package, whose types count because of py.typed alone."""
    pytest.importorskip("mypy")
    path = tmp_path / "use.py"
    wrong_on_purpose = 'variants="technical")\n'
    assert wrong_on_purpose in SCRIPT
    text = TYPED + SCRIPT.replace(wrong_on_purpose, 'variants="technical")  # E: arg-type\n')
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), str(path)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    found = {(int(line), code) for line, code in re.findall(r"use\.py:(\d+): error: .*\[([\w-]+)\]", done.stdout)}
    marked = ((number, re.search(r"# E: ([\w-]+)", line)) for number, line in enumerate(text.splitlines(), start=1))
    assert found == {(number, mark[1]) for number, mark in marked if mark}, done.stdout + done.stderr


def test_the_wheel_carries_the_mark_of_its_types(tmp_path: Path) -> None:
    uv = shutil.which("uv")
    require(uv is not None, "uv is not installed")
    done = subprocess.run(
        [str(uv), "build", "--wheel", "-q", "-o", str(tmp_path), str(ROOT)], capture_output=True, text=True, check=False
    )
    require("Failed to fetch" not in done.stderr, "the build backend cannot be fetched")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert {"kpi_xl/py.typed", "kpi_xl/arguments.py", "kpi_xl/schemes/appliance-agent.toml"} <= set(wheel.namelist())
