"""No form is made upon a guess; figures that depend on one are marked; what held is kept."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import kpi_xl
from kpi_xl.errors import KpiError
from kpi_xl.exports.columns.mapping import read_mapping

from ..command_line import kpi_xl as command
from ..exports.files import write
from ..job.samples import NOW, write_roster, write_tickets
from .books import checked, choose
from .questions import SCALE, Asked, asking

BEST = Asked("best", "ratings", "rating", ground="open")
UNNEEDED = Asked("unit", "tickets", "channel", "seconds", columns=frozenset({"channel"}))
"""A question about a column that no measure of the scheme reads."""


@pytest.fixture
def given(tmp_path: Path) -> tuple[object, ...]:
    """Arguments of a month's run: tickets, call-backs, a roster."""
    tickets, roster = write_tickets(tmp_path), write_roster(tmp_path)
    rows = [
        f"T{place:03}{number:04},{agent},2025-09-{number + 10},5"
        for place, agent in enumerate(("001", "002"))
        for number in range(9)
    ]
    ratings = write(tmp_path, "工单编号,客服,回访时间,评分", *rows, name="回访.csv")
    return (tickets, ratings, "--roster", roster, "--period", "2025-09")


def generate(tmp_path: Path, given: tuple[object, ...], *more: object) -> Any:
    return command("generate", *given, "--scheme", "appliance-agent", "--out", tmp_path / "结果", "--workers", 1, *more)


def run_document(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "结果" / "2025-09" / "run.json").read_text(encoding="utf-8"))
    return found


def test_a_guess_that_a_point_depends_on_stops_and_nothing_is_written(tmp_path: Path, given: tuple[object, ...]) -> None:
    with asking(SCALE, BEST, UNNEEDED):
        done = generate(tmp_path, given)
    assert done.returncode == 2
    assert not (tmp_path / "结果").exists()
    assert "有 2 处数据的含义要先确认" in done.stderr
    assert "满意度的满分？推测为“5”（最高分是 5）" in done.stderr
    for line in ('file = "回访.csv"', "[export.ratings]", "scale = 5", "[export.ratings.meaning]", 'rating = "…"'):
        assert line in done.stderr
    assert "low（分数越低越满意（1 最好））" in done.stderr
    assert f"--roster {tmp_path / '花名册.csv'}" in done.stderr.replace("'", "")
    assert "--out 导入检查.xlsx" in done.stderr.replace("'", "")
    assert "时长的单位" not in done.stderr


def test_in_english_too(tmp_path: Path, given: tuple[object, ...]) -> None:
    with asking(SCALE):
        done = generate(tmp_path, given, "--lang", "en")
    assert "1 meanings of the data must be confirmed" in done.stderr
    assert "scale of satisfaction? taken as 5 (the highest is 5)" in done.stderr


def test_the_lines_it_shows_settle_it(tmp_path: Path, given: tuple[object, ...]) -> None:
    """All of them, one below the other in one file, as a person pastes them."""
    with asking(SCALE, Asked("best", "ratings", "rating", "high")):
        said = generate(tmp_path, given).stderr
        pasted = [line.strip() for line in said.splitlines() if line.startswith("      ")]
        (tmp_path / "映射.toml").write_text("\n".join(pasted), encoding="utf-8")
        done = generate(tmp_path, given, "--mapping", tmp_path / "映射.toml")
    assert done.returncode == 0, done.stderr
    held = [
        (one["kind"], one["ground"], one["answer"], one["file"], one["column"]) for one in run_document(tmp_path)["decisions"]
    ]
    assert held == [("scale", "declared", "5", "回访.csv", "评分"), ("best", "declared", "high", "回访.csv", "评分")]
    page = (tmp_path / "结果" / "2025-09" / "index.html").read_text(encoding="utf-8")
    assert "口径：满意度的满分：5（已声明；回访.csv，评分）；满意度哪一头是最好" in page


def test_the_workbook_settles_it_as_well(tmp_path: Path, given: tuple[object, ...]) -> None:
    with asking(SCALE, BEST):
        path = checked(tmp_path, *given, "--scheme", "appliance-agent")
        assert generate(tmp_path, given, "--mapping", path).returncode == 2  # nothing was chosen yet
        choose(path, "口径确认", "您的决定", 5, 事项="满意度的满分")
        choose(path, "口径确认", "您的决定", "分数越高越满意", 事项="满意度哪一头是最好")
        done = generate(tmp_path, given, "--mapping", path)
    assert done.returncode == 0, done.stderr
    assert {one["ground"] for one in run_document(tmp_path)["decisions"]} == {"declared"}
    assert run_document(tmp_path)["side_inputs"]["mapping"]["file"] == "导入检查.xlsx"


@pytest.mark.parametrize("ground", ["read", "declared"])
def test_what_was_read_or_declared_goes_through(tmp_path: Path, given: tuple[object, ...], ground: str) -> None:
    with asking(Asked("best", "ratings", "rating", "high", ground=ground)):
        assert generate(tmp_path, given).returncode == 0
    page = (tmp_path / "结果" / "2025-09" / "index.html").read_text(encoding="utf-8")
    assert ("口径：" in page) == (ground == "declared")


def test_an_unusual_meaning_that_was_read_stands_on_the_page(tmp_path: Path, given: tuple[object, ...]) -> None:
    with asking(Asked("best", "ratings", "rating", "low", ground="read")):
        assert generate(tmp_path, given).returncode == 0
    page = (tmp_path / "结果" / "2025-09" / "index.html").read_text(encoding="utf-8")
    assert "满意度哪一头是最好：分数越低越满意（1 最好）（从文件读出；回访.csv，评分）" in page


def test_a_guess_that_no_measure_needs_is_told_only(tmp_path: Path, given: tuple[object, ...]) -> None:
    with asking(UNNEEDED):
        done = generate(tmp_path, given)
    assert done.returncode == 0, done.stderr
    assert [one["ground"] for one in run_document(tmp_path)["decisions"]] == ["guess"]
    assert "还有 1 处口径没有确认，不影响本次的得分，记在 run.json：时长的单位" in done.stderr


def test_kinds_that_do_not_stop_are_told_only(tmp_path: Path, given: tuple[object, ...]) -> None:
    with asking(Asked("word", "ratings", "rating", ground="open", detail="还行")):
        assert generate(tmp_path, given).returncode == 0


def test_a_question_of_a_table_without_measures_does_not_stop(tmp_path: Path, given: tuple[object, ...]) -> None:
    """A question about call-backs is none for a scheme that is rated by hand alone."""
    ratings = write(tmp_path, "工号,月度成绩", "001,90", name="评分.csv")
    with asking(SCALE):
        done = command(
            "generate", *given, "--scheme", "role-360", "--out", tmp_path / "结果", "--workers", 1, "--ratings", ratings
        )
    assert "要先确认" not in done.stderr


def test_whose_row_it_is_concerns_every_measure_of_the_table(tmp_path: Path, given: tuple[object, ...]) -> None:
    with asking(Asked("rows", "tickets", "agent", ground="open")):
        done = generate(tmp_path, given)
    assert done.returncode == 2
    assert 'rows = "…"' in done.stderr


def test_the_function_of_python_stops_too(tmp_path: Path, given: tuple[object, ...]) -> None:
    tickets, ratings, _, roster, *_ = given
    with asking(SCALE), pytest.raises(KpiError) as raised:
        kpi_xl.generate([tickets, ratings], period="2025-09", out=tmp_path / "结果", roster=str(roster), now=NOW)
    assert len(raised.value.problems) == 1
    assert not (tmp_path / "结果").exists()


# --- measure --------------------------------------------------------------------------------------------------------------


def measured(given: tuple[object, ...], *more: object) -> dict[str, Any]:
    done = command("measure", *given, "--json", *more)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_measure_goes_on_and_marks_what_depends_on_a_guess(given: tuple[object, ...]) -> None:
    with asking(SCALE, BEST):
        found = measured(given)
    marks = {row["measure"]: row["confirm"] for row in found["rows"]}
    assert marks["csat"] == ["scale", "best"]
    assert marks["fcr"] == []
    assert [(one["kind"], one["ground"], one["file"], one["column"], one["answer"]) for one in found["decisions"]] == [
        ("scale", "guess", "回访.csv", "评分", "5"), ("best", "open", "回访.csv", "评分", None),
    ]  # fmt: skip
    assert found["decisions"][0]["line"].endswith("scale = 5")
    assert found["decisions"][0]["evidence"] == "最高分是 5"


def test_without_a_guess_nothing_is_marked(given: tuple[object, ...]) -> None:
    with asking(Asked("scale", "ratings", "rating", "5", ground="read")):
        found = measured(given)
    assert {tuple(row["confirm"]) for row in found["rows"]} == {()}
    assert [one["ground"] for one in found["decisions"]] == ["read"]


def test_the_screen_marks_them_and_lists_the_questions_first(given: tuple[object, ...]) -> None:
    read = Asked("date_order", "tickets", "created_at", "ymd", ground="read")
    with asking(read, SCALE):
        said = command("measure", *given, "--measure", "csat", "--measure", "fcr").stdout
    assert "100.00%?" in said
    assert "? 待确认：" in said
    assert "? 满意度的满分：推测为“5” —— 回访.csv（“评分”列）：最高分是 5" in said
    assert "      scale = 5" in said
    assert "口径，从文件读出：日期里日和月的先后" in said
    assert said.index("满意度的满分") < said.index("口径，从文件读出")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_files_have_a_column_for_it(tmp_path: Path, given: tuple[object, ...], ending: str) -> None:
    out = tmp_path / f"指标.{ending}"
    with asking(SCALE):
        assert command("measure", *given, "--out", out).returncode == 0
    if ending == "csv":
        head, *rows = csv.reader(out.read_text(encoding="utf-8-sig").splitlines())
    else:
        head, *rows = (
            [str(cell or "") for cell in row] for row in openpyxl.load_workbook(out)["指标"].iter_rows(values_only=True)
        )
    at, key = head.index("待确认"), head.index("指标编号")
    assert {row[at] for row in rows if row[key] == "csat"} == {"满意度的满分"}
    assert {row[at] for row in rows if row[key] == "fcr"} == {""}


def test_comparing_definitions_is_as_before(given: tuple[object, ...]) -> None:
    with asking(SCALE):
        assert "confirm" not in command("measure", *given, "--compare-definitions", "--measure", "fcr", "--json").stdout


# --- the documents --------------------------------------------------------------------------------------------------------


def test_the_example_of_the_documentation_is_a_mapping_file(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
    path = tmp_path / "映射.toml"
    path.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    maps = read_mapping(path)
    assert (maps.basis, maps.month_starts, len(maps.entries)) == ("closed", 26, 2)
    assert set(maps.entries[0].sections) == {"tickets"}


def test_the_page_about_reading_is_current() -> None:
    from kpi_xl.exports.decision_kinds import DECISION_KINDS
    from kpi_xl.exports.reading_docs import reading_page

    page = (Path(__file__).parents[2] / "docs" / "reading.md").read_text(encoding="utf-8")
    assert page == reading_page(), "run python -m kpi_xl.exports.reading_docs docs/reading.md"
    assert all(f"(`{code}`)" in page for code in DECISION_KINDS)


DATES = ("工单编号,客服,创建时间,办结时间", *(f"T{n},张伟,0{n}/09/2025 8:03,0{n}/09/2025 18:00" for n in range(1, 9)))


def test_dates_of_an_unknown_order_stop_with_their_line_however_many_files_there_are(
    tmp_path: Path, given: tuple[object, ...]
) -> None:
    """A question is no reason to leave the file out: forms without its tickets would look finished."""
    ambiguous = write(tmp_path, *DATES, name="别处.csv")
    for exports in (given, (ambiguous, *given)):
        done = command(
            "generate", ambiguous, *exports[1:], "--scheme", "appliance-agent", "--out", tmp_path / "结果", "--workers", 1
        )
        assert done.returncode == 2
        assert "日期里日和月的先后？推测为“日/月/年”" in done.stderr
        assert 'date_order = "dmy"' in done.stderr
        assert not (tmp_path / "结果").exists()


def test_dates_of_an_unknown_order_are_measured_and_marked(tmp_path: Path) -> None:
    path = write(tmp_path, *DATES, name="工单.csv")
    done = command("measure", path, "--period", "2025-09", "--measure", "volume", "--json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)["rows"][0]
    assert (row["measure"], row["value"], row["confirm"]) == ("volume", 8, ["date_order"])


def test_a_guessed_order_of_dates_is_named_where_it_leaves_no_data_in_the_period(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,创建时间", "T1,张伟,09/01/2025", "T2,张伟,09/02/2025", name="工单.csv")
    done = command("measure", path, "--period", "2025-09")
    assert done.returncode == 2
    assert "日和月的先后只是推测为“日/月/年”" in done.stderr
    assert "mdy（月/日/年）" in done.stderr


def test_the_line_for_a_number_lacks_only_the_number(tmp_path: Path, given: tuple[object, ...]) -> None:
    with asking(Asked("scale", "ratings", "rating", None, ground="open", columns=frozenset({"rating", "scale"}))):
        done = generate(tmp_path, given)
        assert "scale = …" in done.stderr
        assert done.returncode == 2
