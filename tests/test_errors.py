"""An error knows its place as data, in words of both languages, and keeps it on its way out of a worker."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.exports.files.guard import guard
from kpi_xl.job.executor import open_executor


@pytest.mark.parametrize(
    ("place", "zh", "en"),
    [
        (Place("二月：工单.csv"), "二月：工单.csv", "二月：工单.csv"),
        (Place("a.xlsx", "九月", "创建时间"), "a.xlsx（工作表 九月，“创建时间”列）", "a.xlsx (sheet 九月, column '创建时间')"),
        (Place("a.xlsx", "评级标准", cell="C7"), "a.xlsx（工作表 评级标准，C7）", "a.xlsx (sheet 评级标准, C7)"),
        (Place("m.toml", key="export[0].file"), "m.toml（export[0].file）", "m.toml (export[0].file)"),
    ],
)
def test_a_place_in_words(place: Place, zh: str, en: str) -> None:
    assert (place.text, str(place)) == (Text(zh, en), zh)


def test_a_message_begins_with_its_place() -> None:
    error = KpiError.at(Place("a: b.csv", "S"), Text("文件是空的", "the file is empty"), Text("重新导出", "export it again"))
    assert error.where == Place("a: b.csv", "S")
    assert error.in_language("zh") == "a: b.csv（工作表 S）：文件是空的\n处理办法：重新导出"
    assert error.in_language("en") == "a: b.csv (sheet S): the file is empty\nRemedy: export it again"


def test_a_place_names_a_file_in_sound_text() -> None:
    path = Path("/r") / os.fsdecode("张三.xlsx".encode("gb18030"))
    assert Place.of(path).file == "张三.xlsx"


def test_everything_in_an_error_survives_pickling() -> None:
    problem = Problem("评级标准!C7", Text("错", "wrong"), Text("改", "mend"))
    error = KpiError(Text("一", "one"), Text("二", "two"), [problem], where=Place("a.xlsx", "S", "C", "C7", "k"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.message, again.remedy, again.problems, again.where) == (
        error.message, error.remedy, error.problems, error.where,
    )  # fmt: skip
    assert str(again) == str(error)


def test_an_error_brings_its_place_out_of_a_worker_process(tmp_path: Path) -> None:
    empty = tmp_path / "二月：工单.csv"
    empty.write_bytes(b"")
    with open_executor(2, None, 2) as executor:
        error = executor.submit(guard, empty).exception(timeout=120)
    assert isinstance(error, KpiError)
    assert error.where == Place("二月：工单.csv")
    assert error.message.zh == "二月：工单.csv：文件是空的"
