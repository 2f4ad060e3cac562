"""The whole job on small exports: what is written, what a second run does, what one mistake costs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.job import Order, period, run
from kpi_xl.job.journal import JOURNAL
from kpi_xl.job.model import PersonOutcome, Span

from .samples import STAFF, files_below, order, run_document, totals, write_csv, write_roster, write_tickets

RATED = ("工号", "服务专业性", "协同能力", "知识库贡献", "工单信息完整性")


def department(folder: Path, **options: object) -> Order:
    """Three agents and their superior, September 2025, by the flagship scheme."""
    return order(folder, write_tickets(folder), roster=write_roster(folder), **options)


def without_timings(asked: Order) -> str:
    document = run_document(asked)
    del document["timings"]
    return json.dumps(document, ensure_ascii=False)


def test_everything_is_written_under_safe_names(tmp_path: Path) -> None:
    asked = department(tmp_path)
    report = run(asked)
    names = set(files_below(asked.folder))
    assert names >= {"汇总.xlsx", "数据问题.xlsx", "index.html", "run.json"}
    assert names >= {f"一组/001_张三.{suffix}" for suffix in ("xlsx", "html")} | {"一组/index.html", "二组/003_王五.xlsx"}
    assert JOURNAL not in names
    assert not [name for name in names if name.endswith(".part")]
    assert (report.people, report.done, report.failed) == (4, 4, {})
    counts = run_document(asked)["counts"]
    assert counts["rows_used"] + counts["rows_set_aside"] == counts["rows_read"] == 34
    assert all(source["rows_used"] + source["rows_set_aside"] == source["rows_read"] for source in run_document(asked)["inputs"])


def test_without_pages(tmp_path: Path) -> None:
    asked = department(tmp_path, html=False)
    run(asked)
    assert not [name for name in files_below(asked.folder) if name.endswith(".html")]


def test_figures_come_from_the_tickets_and_the_ratings(tmp_path: Path) -> None:
    ratings = write_csv(tmp_path / "评分.csv", RATED, [("001", 90, 80, 2, "100%")])
    asked = department(tmp_path, scheme="staff-five")
    run(asked)
    people = {entry["id"]: entry for entry in run_document(asked)["people"]}
    missing = {row["indicator"] for row in people["001"]["summary"]["missing"]}
    assert {"csat", "teamwork", "knowledge_test"} <= missing
    assert not {"first_response_minutes", "handling_hours"} & missing
    flagship = department(tmp_path / "b", ratings=ratings)
    run(flagship)
    assert "collaboration" not in {r["indicator"] for r in run_document(flagship)["people"][0]["summary"]["missing"]}


def test_a_second_run_does_nothing_again(tmp_path: Path) -> None:
    asked = department(tmp_path)
    run(asked)
    before = files_below(asked.folder)
    report = run(replace(asked, now=asked.now.replace(hour=23)))
    after = files_below(asked.folder)
    assert report.unchanged == 4
    assert not report.kept
    people = {name for name in before if "_" in name}
    assert {name: before[name] for name in people} == {name: after[name] for name in people}


def test_only_changed_input_is_made_again(tmp_path: Path) -> None:
    ratings = write_csv(tmp_path / "评分.csv", RATED, [("001", 90, 80, 2, "100%")])
    asked = department(tmp_path, ratings=ratings)
    run(asked)
    before = files_below(asked.folder)
    write_csv(ratings, RATED, [("001", 70, 80, 2, "100%")])
    report = run(asked)
    after = files_below(asked.folder)
    assert report.unchanged == 3
    assert before["一组/001_张三.xlsx"] != after["一组/001_张三.xlsx"]
    assert before["一组/002_李四.xlsx"] == after["一组/002_李四.xlsx"]
    assert not report.kept


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = department(tmp_path)
    monkeypatch.setattr(period, "SPAN", 1)
    real = period.produce_span
    made: list[str] = []

    def stop_at_the_third(span: Span) -> list[PersonOutcome]:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(span.people[0].assigned_id)
        return list(real(span))

    monkeypatch.setattr(period, "produce_span", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        run(asked)
    assert (asked.folder / JOURNAL).is_file()
    assert not (asked.folder / "run.json").exists()
    monkeypatch.setattr(period, "produce_span", real)
    report = run(replace(asked, now=asked.now.replace(hour=23)))
    assert report.unchanged == 1, "the second one was made, but not yet noted"
    assert report.people == 4
    assert not report.kept

    whole = department(tmp_path / "whole")
    run(whole)
    assert files_below(asked.folder)["一组/001_张三.xlsx"] == files_below(whole.folder)["一组/001_张三.xlsx"]
    assert files_below(asked.folder)["管理组/009_丁一.html"] == files_below(whole.folder)["管理组/009_丁一.html"]


def test_a_worker_that_dies_fails_its_people_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = department(tmp_path)
    monkeypatch.setattr(period, "SPAN", 2)
    real = period.produce_span

    def die_once(span: Span) -> list[PersonOutcome]:
        if span.people[0].assigned_id == "001":
            raise MemoryError
        return list(real(span))

    monkeypatch.setattr(period, "produce_span", die_once)
    report = run(asked)
    assert set(report.failed) == {"001", "002"}
    assert report.done == 2
    monkeypatch.setattr(period, "produce_span", real)
    again = run(asked)
    assert not again.failed
    assert again.unchanged == 2


def test_one_person_fails_and_the_others_are_done(tmp_path: Path) -> None:
    staff = [*STAFF[:3], ("004", "赵六", "二组", "华南", "客服", "丁一", "2020-01-01", "在职", "没有的方案", "")]
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path, staff))
    report = run(asked)
    assert set(report.failed) == {"004"}
    assert report.done == 3
    assert [entry["id"] for entry in run_document(asked)["failed"]] == ["004"]
    assert not [name for name in files_below(asked.folder) if "赵六" in name]


def test_a_form_that_somebody_changed_is_kept_beside(tmp_path: Path) -> None:
    asked = department(tmp_path)
    run(asked)
    form = asked.folder / "一组/001_张三.xlsx"
    form.write_bytes(b"signed and filled in")
    report = run(asked)
    assert report.kept == ("一组/001_张三_保留1.xlsx",)
    assert (asked.folder / "一组/001_张三_保留1.xlsx").read_bytes() == b"signed and filled in"
    assert form.read_bytes() != b"signed and filled in"
    assert report.unchanged == 3


def test_a_foreign_file_in_the_place_of_a_new_one_is_kept(tmp_path: Path) -> None:
    asked = department(tmp_path)
    stranger = asked.folder / "汇总.xlsx"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"mine")
    run(asked)
    assert (asked.folder / "汇总_保留1.xlsx").read_bytes() == b"mine"


@pytest.mark.slow
def test_workers_make_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(period, "SPAN", 1)
    alone, together = department(tmp_path), department(tmp_path, workers=2, out=tmp_path / "zwei")
    run(alone)
    run(together)
    one, two = files_below(alone.folder), files_below(together.folder)
    assert without_timings(alone) == without_timings(together)
    del one["run.json"], two["run.json"]
    assert one == two


def test_names_that_files_cannot_have(tmp_path: Path) -> None:
    staff = [
        ("001", "张/三", "A/B组", "", "", "", "2020-01-01", "在职", "", ""),
        ("002", "张三", "A/B组", "", "", "", "2020-01-01", "在职", "", ""),
        ("003", "张三", "", "", "", "", "2020-01-01", "在职", "", ""),
    ]
    asked = order(tmp_path, write_tickets(tmp_path, teams=()), roster=write_roster(tmp_path, staff))
    report = run(asked)
    assert not report.failed
    names = {name for name in files_below(asked.folder) if name.endswith(".xlsx") and "_" in name}
    assert names == {"A_B组/001_张_三.xlsx", "A_B组/002_张三.xlsx", "未分组/003_张三.xlsx"}


def test_missing_is_shown_as_missing(tmp_path: Path) -> None:
    asked = department(tmp_path)
    run(asked)
    page = files_below(asked.folder)["一组/001_张三.html"].decode("utf-8")
    assert "待评" in page
    assert "缺数据" in page
    assert set(totals(asked).values()) == {None}


def test_one_run_with_several_schemes(tmp_path: Path) -> None:
    staff = [list(row) for row in STAFF]
    staff[0][9] = "technical"
    staff[1][8] = "staff-five"
    staff[3][8] = "manager-kpi"
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path, staff))
    report = run(asked)
    assert not report.failed
    people = {entry["id"]: (entry["scheme"], entry["variants"]) for entry in run_document(asked)["people"]}
    assert people == {
        "001": ("appliance-agent", ["technical"]),
        "002": ("staff-five", []),
        "003": ("appliance-agent", []),
        "009": ("manager-kpi", []),
    }
    assert set(run_document(asked)["schemes"]) == {"appliance-agent", "appliance-agent:technical", "staff-five", "manager-kpi"}


def test_two_schemes_of_the_same_id_stay_apart(tmp_path: Path) -> None:
    from kpi_xl.schemes import load_scheme, write_scheme

    own = tmp_path / "own.toml"
    scheme = load_scheme("staff-service-50")
    own.write_text(write_scheme(replace(scheme, name="我们的考核表")), encoding="utf-8")
    staff = [list(row) for row in STAFF]
    staff[0][8] = str(own)
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path, staff), scheme="staff-service-50")
    run(asked)
    names = {entry["id"]: entry["summary"]["row"]["scheme_name"] for entry in run_document(asked)["people"]}
    assert names["001"] == "我们的考核表"
    assert names["002"] == scheme.name


def test_nobody_to_appraise_is_an_error(tmp_path: Path) -> None:
    staff = [("077", "退一", "一组", "华东", "客服", "丁一", "2020-01-01", "离职", "", "")]
    ratings = write_csv(tmp_path / "评分.csv", ("工号", "指标", "评分"), [("077", "服务意识", "90")])
    with pytest.raises(KpiError, match="没有可考核的人员"):
        run(order(tmp_path, roster=write_roster(tmp_path, staff), ratings=ratings))


def test_ratings_alone_need_a_roster(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="没有给出导出文件"):
        run(order(tmp_path, ratings=write_csv(tmp_path / "评分.csv", ("工号", "协同能力"), [("001", 9)])))


def test_an_agent_scheme_without_a_roster_takes_who_is_in_the_data(tmp_path: Path) -> None:
    asked = order(tmp_path, write_tickets(tmp_path))
    run(asked)
    assert set(totals(asked)) == {"001", "002", "003"}
