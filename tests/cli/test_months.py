"""Months from the command line: how they are written, where they begin, by which time, and what forms and run.json say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.write import write_scheme

from ..command_line import kpi_xl

TICKETS = """工单编号,客服,创建时间,办结时间,工单类型
T1,张伟,2025-08-27 08:00,2025-08-27 09:00,咨询
T2,张伟,2025-09-10 08:00,2025-09-10 09:00,咨询
T3,张伟,2025-09-26 08:00,2025-09-26 09:00,咨询
"""
SPILLED = """工单编号,客服,创建时间,办结时间,工单类型
T1,张伟,2025-08-27 08:00,2025-09-01 09:00,咨询
T2,张伟,2025-09-10 08:00,2025-09-10 09:00,咨询
T3,张伟,2025-09-26 08:00,,咨询
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def measured(*arguments: object) -> dict[str, Any]:
    done = kpi_xl("measure", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def volume(document: dict[str, Any]) -> dict[str, float | None]:
    return {row["period"]: row["value"] for row in document["rows"] if row["measure"] == "volume"}


@pytest.mark.parametrize("written", ["2025-09", "202509", "2025/9", "2025年9月"])
def test_september_from_the_26th_of_august(written: str, tmp_path: Path) -> None:
    export, mapping = write(tmp_path, "工单.csv", TICKETS), write(tmp_path, "映射.toml", "month_starts = 26\n")
    document = measured(export, "--period", written, "--mapping", mapping)
    assert (document["period"], document["month_starts"], document["basis"]) == ("2025-09", 26, "created")
    assert volume(document) == {"2025-09": 2}
    assert volume(measured(export, "--period", written)) == {"2025-09": 2}  # the calendar month holds T2 and T3


def test_a_quarter_is_the_sum_of_such_months(tmp_path: Path) -> None:
    export, mapping = write(tmp_path, "工单.csv", TICKETS), write(tmp_path, "映射.toml", "month_starts = 26\n")
    document = measured(export, "--period", "2025年第三季度", "--mapping", mapping)
    assert volume(document) == {"2025-07": None, "2025-08": None, "2025-09": 2, "2025-Q3": 2}
    assert volume(measured(export, "--period", "2025", "--mapping", mapping))["2025-10"] == 1


def test_days_are_refused_with_the_line_to_write(tmp_path: Path) -> None:
    done = kpi_xl("measure", write(tmp_path, "工单.csv", TICKETS), "--period", "2025-08-26..2025-09-25")
    assert done.returncode == 2
    assert "请写成 2025-09，并在映射文件（--mapping）里写 month_starts = 26" in done.stderr


def test_by_closing(tmp_path: Path) -> None:
    export, mapping = write(tmp_path, "工单.csv", SPILLED), write(tmp_path, "映射.toml", 'basis = "closed"\n')
    by_creation = measured(export, "--period", "2025-09")
    assert volume(by_creation) == {"2025-09": 2}
    assert {issue["code"]: issue["count"] for issue in by_creation["issues"]} == {"basis_left_out": 1, "outside_period": 1}
    by_closing = measured(export, "--period", "2025-09", "--mapping", mapping)
    assert volume(by_closing) == {"2025-09": 2}
    assert {issue["code"]: issue["count"] for issue in by_closing["issues"]} == {"no_basis_time": 1}


def generate(export: Path, out: Path, scheme: object, *more: object, period: str = "2025-09") -> Any:
    return kpi_xl("generate", export, "--scheme", scheme, "--period", period, "--out", out, "--no-html", "--workers", 1, *more)


def everything_said(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)


def test_the_form_and_the_record_say_which_days_and_which_time(tmp_path: Path) -> None:
    export = write(tmp_path, "工单.csv", SPILLED)
    mapping = write(tmp_path, "映射.toml", 'month_starts = 26\nbasis = "closed"\n')
    done = generate(export, tmp_path / "结果", "appliance-agent", "--mapping", mapping)
    assert done.returncode == 0, done.stderr
    (form,) = [path for path in (tmp_path / "结果" / "2025-09").rglob("*.xlsx") if "张伟" in path.name]
    assert "2025年9月（8月26日至9月25日，按办结时间）" in everything_said(form)
    record = json.loads((tmp_path / "结果" / "2025-09" / "run.json").read_text(encoding="utf-8"))
    assert (record["period"], record["month_starts"], record["basis"]) == ("2025-09", 26, "closed")


def test_the_pages_say_it_and_what_goes_by_creation_all_the_same(tmp_path: Path) -> None:
    export, mapping = write(tmp_path, "工单.csv", SPILLED), write(tmp_path, "映射.toml", 'basis = "closed"\n')
    scheme = scheme_file(tmp_path, "方案.toml")
    text = scheme.read_text(encoding="utf-8").replace('measure = "fcr"', 'measure = "unresolved_48h"')
    assert "unresolved_48h" in text
    scheme.write_text(text, encoding="utf-8")
    done = kpi_xl(
        "generate",
        export,
        "--scheme",
        scheme,
        "--period",
        "2025-09",
        "--out",
        tmp_path / "结果",
        "--mapping",
        mapping,
        "--workers",
        1,
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "结果" / "2025-09"
    (page,) = [path for path in folder.rglob("*.html") if "张伟" in path.name]
    assert "2025年9月（按办结时间）" in page.read_text(encoding="utf-8")
    assert "2025年9月（按办结时间）" in (folder / "index.html").read_text(encoding="utf-8")
    assert "超时未结工单仍按创建时间归入本周期" in page.read_text(encoding="utf-8")


def test_ratings_of_the_month_are_those_of_its_name(tmp_path: Path) -> None:
    export, mapping = write(tmp_path, "工单.csv", TICKETS), write(tmp_path, "映射.toml", "month_starts = 26\n")
    for month, code in (("9", 0), ("8", 2)):
        ratings = write(tmp_path, "评分.csv", f"2025年{month}月主管评分,,\n工号,指标,评分\n张伟,attitude,90\n")
        done = generate(export, tmp_path / "结果", "appliance-agent", "--mapping", mapping, "--ratings", ratings)
        assert done.returncode == code, done.stderr


def test_an_ordinary_form_says_nothing_of_it_but_the_run_warns(tmp_path: Path) -> None:
    export = write(tmp_path, "工单.csv", SPILLED)
    done = generate(export, tmp_path / "结果", "appliance-agent")
    assert done.returncode == 0, done.stderr
    assert '有 1 张工单在2025年9月办结，但不在2025年9月创建，不计入；如按办结时间考核，请写 basis = "closed"' in done.stderr
    (form,) = [path for path in (tmp_path / "结果" / "2025-09").rglob("*.xlsx") if "张伟" in path.name]
    assert "按创建时间" not in everything_said(form)


def scheme_file(folder: Path, name: str, *lines: str) -> Path:
    text = write_scheme(load_scheme("appliance-agent"))
    return write(folder, name, "\n".join([*lines, text]))


def test_the_scheme_may_say_it_and_is_not_contradicted(tmp_path: Path) -> None:
    export = write(tmp_path, "工单.csv", SPILLED)
    scheme = scheme_file(tmp_path, "方案.toml", "month_starts = 26", 'basis = "closed"')
    done = generate(export, tmp_path / "结果", scheme)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "结果" / "2025-09" / "run.json").read_text(encoding="utf-8"))
    assert (record["month_starts"], record["basis"]) == (26, "closed")
    other = write(tmp_path, "映射.toml", "month_starts = 21\n")
    done = generate(export, tmp_path / "另", scheme, "--mapping", other)
    assert done.returncode == 2
    assert "month_starts = 21，考核方案写的是 month_starts = 26" in done.stderr
    wrong = scheme_file(tmp_path, "错.toml", "month_starts = 31")
    done = kpi_xl("scheme", "check", wrong)
    assert done.returncode == 2
    assert "month_starts" in done.stdout + done.stderr


def test_a_person_whose_scheme_goes_by_other_months_is_told_apart(tmp_path: Path) -> None:
    export = write(tmp_path, "工单.csv", TICKETS)
    scheme = scheme_file(tmp_path, "方案.toml", "month_starts = 26")
    roster = write(
        tmp_path, "花名册.csv", f"工号,姓名,班组,岗位,状态,考核方案\n001,张伟,一组,客服,在职,\n002,李四,一组,客服,在职,{scheme}\n"
    )
    done = generate(export, tmp_path / "结果", "appliance-agent", "--roster", roster)
    assert done.returncode == 1, done.stderr
    record = json.loads((tmp_path / "结果" / "2025-09" / "run.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in record["failed"]] == ["002"]
    assert "month_starts = 26" in record["failed"][0]["reason"]


def test_months_of_earlier_runs_line_up(tmp_path: Path) -> None:
    export, mapping = write(tmp_path, "工单.csv", TICKETS), write(tmp_path, "映射.toml", "month_starts = 26\n")
    for period in ("2025-09", "2025年10月"):
        done = generate(export, tmp_path / "结果", "appliance-agent", "--mapping", mapping, period=period)
        assert done.returncode == 0, done.stderr
    assert sorted(path.parent.name for path in (tmp_path / "结果").glob("*/run.json")) == ["2025-09", "2025-10"]
