"""A file that cannot be used among others: it is named by its own name, and costs the others nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError, Place
from kpi_xl.exports import Tables, load, read_exports
from kpi_xl.exports.usable import read_usable

from .files import HEADER, ROW, check_balance, codes, workbook, write

ODD_NAMES = ("二月：工单.csv", "a: b.csv", "：.csv")


def good(folder: Path, number: int, name: str = "") -> Path:
    return write(folder, HEADER, ROW.replace("T001", f"T{number}"), name=name or f"好{number}.csv")


def empty(folder: Path, name: str = "空.csv") -> Path:
    path = folder / name
    path.write_bytes(b"")
    return path


def late(folder: Path, name: str = "日期.csv") -> Path:
    """An export that is refused only after all of it was loaded: its last rows show another order of day and month."""
    rows = [f"D{i},张伟,一组,C1,{i % 28 + 1:02d}/{i % 9 + 1:02d}/2025,,否" for i in range(1200)]
    rows += [f"E{i},张伟,一组,C1,{i % 9 + 1:02d}/{13 + i % 15:02d}/2025,,否" for i in range(100)]
    return write(folder, HEADER, *rows, name=name)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count how often each file is opened, and how often a table is loaded from it."""
    counts: Counter[str] = Counter()
    really_open, really_load = load.open_file, load.load_stage

    def open_file(path: Path, *rest: object) -> object:
        counts[f"open {path.name}"] += 1
        return really_open(path, *rest)  # type: ignore[arg-type]

    def load_stage(connection: object, stage: object) -> None:
        counts[f"load {stage.sheet.file}"] += 1  # type: ignore[attr-defined]
        really_load(connection, stage)  # type: ignore[arg-type]

    monkeypatch.setattr(load, "open_file", open_file)
    monkeypatch.setattr(load, "load_stage", load_stage)
    return counts


def content(tables: Tables) -> tuple[object, ...]:
    rows = tables.connection.execute("SELECT * EXCLUDE (source), source FROM tickets ORDER BY ticket_id").fetchall()
    return rows, tables.sources, tables.issues(), tables.columns, tables.agents, tables.data_end


@pytest.mark.parametrize(("broken", "loaded"), [(empty, 0), (late, 1)])
def test_each_good_file_is_read_once_beside_a_bad_one(
    tmp_path: Path, opened: Counter[str], broken: Callable[[Path], Path], loaded: int
) -> None:
    book = workbook(tmp_path, {"九月": [HEADER.split(","), ROW.replace("T001", "T9").split(",")], "封面": []}, name="好9.xlsx")
    files = [good(tmp_path, 1), book, good(tmp_path, 2)]
    bad = broken(tmp_path)
    tables, failures = read_usable([files[0], bad, *files[1:]])
    assert [failure.file for failure in failures] == [bad.name]
    assert {name: count for name, count in opened.items() if bad.name not in name} == {
        f"{done} {path.name}": 1 for path in files for done in ("open", "load")
    }
    assert (opened[f"open {bad.name}"], opened[f"load {bad.name}"]) == (1, loaded)
    alone, none = read_usable(files)
    assert none == ()
    assert content(tables) == content(alone)
    check_balance(tables)


def test_rows_of_a_file_refused_late_are_gone(tmp_path: Path) -> None:
    tables, failures = read_usable([good(tmp_path, 1), late(tmp_path)])
    assert [failure.error.where for failure in failures] == [Place("日期.csv", None, "创建时间")]
    left = tables.connection.execute("SELECT sum(estimated_size) FROM duckdb_tables() WHERE table_name LIKE 'stage%'").fetchone()
    assert left == (1,)
    assert codes(tables) == {}
    issue = failures[0].issue
    assert (issue.file, issue.sheet, issue.column) == ("日期.csv", None, "创建时间")


def test_files_refused_early_and_late_are_named_together(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="2 个文件") as refused:
        read_exports([late(tmp_path), good(tmp_path, 1), empty(tmp_path)])
    assert [problem.where for problem in refused.value.problems] == ["日期.csv", "空.csv"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_bad_file_with_a_colon_in_its_name(tmp_path: Path, name: str) -> None:
    tables, failures = read_usable([good(tmp_path, 1), empty(tmp_path, name)])
    assert [(failure.file, failure.error.where, failure.issue.file) for failure in failures] == [(name, Place(name), name)]
    assert failures[0].error.message.zh == f"{name}：文件是空的"
    assert [source.file for source in tables.sources] == ["好1.csv"]
    with pytest.raises(KpiError, match="2 个文件") as refused:
        read_exports([empty(tmp_path, name), empty(tmp_path), good(tmp_path, 1)])
    assert [problem.where for problem in refused.value.problems] == [name, "空.csv"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_good_file_with_a_colon_in_its_name(tmp_path: Path, name: str) -> None:
    tables, failures = read_usable([good(tmp_path, 1, name), empty(tmp_path)])
    assert [failure.file for failure in failures] == ["空.csv"]
    assert [source.file for source in tables.sources] == [name]
    assert [issue.file for issue in read_exports([good(tmp_path, 1), good(tmp_path, 1, name)]).issues()] == [name]


def test_nothing_usable_is_refused(tmp_path: Path) -> None:
    people = write(tmp_path, "工号,姓名,班组,状态", "A01,张伟,一组,在职", name="花名册.csv")
    with pytest.raises(KpiError, match=r"^空\.csv"):
        read_usable([empty(tmp_path)], roster=people)
    with pytest.raises(KpiError, match="2 个文件"):
        read_usable([empty(tmp_path), late(tmp_path)], roster=people)


def test_an_unusable_roster_is_refused_together_with_what_else_is(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match=r"^没有\.csv：打不开") as refused:
        read_usable([good(tmp_path, 1)], roster=tmp_path / "没有.csv")
    assert refused.value.where == Place("没有.csv")
    with pytest.raises(KpiError) as both:
        read_usable([good(tmp_path, 1), empty(tmp_path)], roster=tmp_path / "没有.csv")
    assert [problem.where for problem in both.value.problems] == ["空.csv", "没有.csv"]


def test_a_sheet_that_lacks_columns_is_named(tmp_path: Path) -> None:
    book = workbook(tmp_path, {"九月": [["工单编号", "创建时间", "客户"], ["T1", "2025-09-01", "C"]]}, name="工单.xlsx")
    with pytest.raises(KpiError) as refused:
        read_exports([book])
    assert refused.value.where == Place("工单.xlsx", "九月")
    assert refused.value.message.zh.startswith("工单.xlsx（工作表 九月）：像是")
    assert refused.value.message.en.startswith("工单.xlsx (sheet 九月): looks like")
