"""A word or a spelling means the same wherever it stands: in an export, a formula, a ratings sheet, a form that came back.

What one place cannot read it refuses; it never reads another value. Exceptions stand here with their reason.
"""

# ruff: noqa: E501 - tables of spellings, a line a kind

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl import cell_words
from kpi_xl.cell_times import read_time
from kpi_xl.cell_words import (
    ERRORS,
    FIRST_RESOLVED,
    MISSING,
    MISSING_STARTS,
    MISSING_WORDS,
    NO,
    NOT_FIRST_RESOLVED,
    RESOLVED,
    UNIT_WORDS,
    UNRESOLVED,
    YES,
)
from kpi_xl.collect.fields import read_fields
from kpi_xl.collect.model import Content, Identity, Sealed
from kpi_xl.exports.columns.vocabulary import vocabulary
from kpi_xl.exports.rows.typing_sql import Hints, meant, reading
from kpi_xl.functions import cells
from kpi_xl.functions.cells import CellError
from kpi_xl.job.model import Assigned
from kpi_xl.job.ratings import read_ratings
from kpi_xl.numbers import parse_number
from kpi_xl.ooxml.read import ErrorValue, NamedCell
from kpi_xl.people import Person
from kpi_xl.schemes import load_scheme
from kpi_xl.schemes.inputs import Input, inputs_of
from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.rule_kinds import Choice
from kpi_xl.scoring.values import read_input, says_nothing
from kpi_xl.tables import ColumnType

from .job.samples import write_csv

CONNECTION = duckdb.connect(config={"threads": 1})
AGENT = load_scheme("appliance-agent")
RATED = "professionalism"
NOTHING, REFUSED = "nothing", "refused"
FIRST_CONTACT = Hints(values=vocabulary().values["tickets.resolved_first_contact"])
YES_WORDS, NO_WORDS = (*YES, *FIRST_RESOLVED), (*NO, *NOT_FIRST_RESOLVED)
OPEN = ("待定", "部分", "部分解决", "处理中", "也许", "未知的", "无所谓", "总分", "分", "优秀", "待评")
"""What is neither yes nor no, neither a figure nor nothing."""
WORDS = (*MISSING, *MISSING_WORDS, *(f"{start}：回访" for start in MISSING_STARTS), *YES_WORDS, *NO_WORDS, *OPEN, "", "3", "85%")


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


DRESSES: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "title": str.title,
    "wide": wide,
    "spaced": lambda text: f" {text}　",
}
dressed = pytest.mark.parametrize("dress", DRESSES)


# --- the four readers: each gives a value, or says that there is nothing, or refuses -----------------------------------------


def in_exports(kind: ColumnType, texts: Iterable[str], hints: Hints | None = None) -> dict[str, Any]:
    full = reading(kind, [], hints or Hints()).full("v")
    rows = CONNECTION.execute(f"SELECT v, {full}, {meant('v')} FROM (SELECT unnest(?::VARCHAR[]) AS v)", [list(texts)])
    return {text: value if value is not None else REFUSED if means else NOTHING for text, value, means in rows.fetchall()}


def in_export(kind: ColumnType, text: str, hints: Hints | None = None) -> Any:
    return in_exports(kind, [text], hints)[text]


def in_formula(read: Callable[[Any, str], Any], cell: Any) -> Any:
    try:
        found = [read(one, "值") for one in cells.given([cell])]
    except CellError:
        return REFUSED
    return found[0] if found else NOTHING


def mark_in_formula(cell: Any) -> Any:
    try:
        found = list(cells.flags([cell], "标记"))
    except CellError:
        return REFUSED
    return found[0] if found else NOTHING


def in_ratings(folder: Path, texts: list[str], scheme: Scheme = AGENT) -> dict[str, Any]:
    """Rate a person a text, all in one file."""
    people = [Person(f"P{place}", f"姓名{place}") for place in range(len(texts))]
    rows = [(person.id, text) for person, text in zip(people, texts, strict=True)]
    found = read_ratings(write_csv(folder / "评分.csv", ("工号", RATED), rows), [Assigned(p, scheme, "组", p.id) for p in people])
    refused = {f"P{(issue.row or 0) - 2}" for issue in found.issues}
    return {
        text: found.values[person.id][RATED] if person.id in found.values else REFUSED if person.id in refused else NOTHING
        for person, text in zip(people, texts, strict=True)
    }


def in_form(value: Any, key: str = RATED, scheme: Scheme = AGENT) -> Any:
    """Type into an input cell of a form that was issued blank."""
    content = Content((), {f"in_{key}": ("考核表", "B2")})
    sealed = Sealed(Identity("001", "张三", "一组", "2025-09", AGENT.id, "f", "g"), {}, content, "", b"")
    fields = read_fields(sealed, scheme, {f"in_{key}": NamedCell("考核表", "B2", value)})
    if not fields:
        return NOTHING
    return fields[0].value if fields[0].state == "typed" else REFUSED


# --- words -------------------------------------------------------------------------------------------------------------------


def test_no_word_means_two_things() -> None:
    assert not set(YES_WORDS) & set(NO_WORDS)
    assert not {*YES_WORDS, *NO_WORDS} & set(MISSING)
    assert {*YES_WORDS, *NO_WORDS} & set(MISSING_WORDS) == {"无", "没有"}
    assert set(RESOLVED) < set(FIRST_RESOLVED)
    assert set(UNRESOLVED) < set(NOT_FIRST_RESOLVED)
    for column, meanings in vocabulary().values.items():
        for word, meaning in meanings.items():
            if isinstance(meaning, bool):
                assert word not in (NO if meaning else YES), (column, word)
                assert word not in (*MISSING, *MISSING_WORDS), (column, word)


@pytest.mark.parametrize("word", [*MISSING, *MISSING_WORDS, *MISSING_STARTS, *YES_WORDS, *NO_WORDS])
def test_words_stand_in_the_lists_as_they_are_compared(word: str) -> None:
    assert cell_words.word(word) == word


def test_no_list_is_longer_than_a_text_in_a_formula_may_be() -> None:
    for words in (YES_WORDS, NO_WORDS, (*MISSING, *MISSING_WORDS)):
        assert len("|".join(words)) < 250
        assert not any("|" in word or '"' in word for word in words)


@dressed
def test_an_answer_is_the_same_in_an_export_and_in_a_formula(dress: str) -> None:
    """Numbers besides 0 and 1 apart: an export counts how often a ticket was reopened, a mark of 3 in a formula is a mistake."""
    texts = {DRESSES[dress](word): word for word in WORDS if word not in ("3", "85%")}
    found = {text: mark_in_formula(text) for text in texts}
    assert found == in_exports("flag", texts, FIRST_CONTACT)
    for text, word in texts.items():
        assert (found[text] is True) == (word in YES_WORDS), text
        assert (found[text] is False) == (word in NO_WORDS), text
        assert (found[text] == REFUSED) == (word in OPEN), text
    assert mark_in_formula(DRESSES[dress]("3")) == mark_in_formula(DRESSES[dress]("85%")) == REFUSED


@pytest.mark.parametrize("text", ["1 - 是", "2-否", "1 - YES", "0 - Unknown", "1 - 部分", "1.00", "0.00"])
def test_an_answer_behind_a_rank(text: str) -> None:
    assert mark_in_formula(text) == in_export("flag", text, FIRST_CONTACT)


def test_what_was_resolved_is_no_answer_to_another_question() -> None:
    reopened = Hints(values=vocabulary().values["tickets.reopened"])
    assert set(in_exports("flag", (*FIRST_RESOLVED, *NOT_FIRST_RESOLVED), reopened).values()) == {REFUSED}


@dressed
def test_where_a_figure_is_asked_for_all_four_say_the_same(dress: str, tmp_path: Path) -> None:
    texts = list(dict.fromkeys(DRESSES[dress](word) for word in WORDS))
    rated, exported = in_ratings(tmp_path, texts), in_exports("number", texts)
    for text in texts:
        found, number = exported[text], parse_number(text)
        expected = found if number is None else number
        assert (found in (NOTHING, REFUSED)) == (number is None), text
        assert number is None or found == float(number), text
        assert in_formula(cells.number, text) == expected, text
        if "%" in cell_words.plain(text):  # the points of this indicator take no per cent sign
            expected = REFUSED
        if isinstance(expected, Decimal | float) and 0 < expected <= 1:  # and 1 of 100 points may be 100 %
            expected = REFUSED
        assert rated[text] == in_form(text) == expected, text


@dressed
@pytest.mark.parametrize("kind", ["id", "time", "seconds", "count", "number"])
def test_nothing_is_nothing_for_every_kind_of_column(kind: ColumnType, dress: str) -> None:
    texts = [DRESSES[dress](word) for word in ("", *MISSING, *MISSING_WORDS)]
    assert in_exports(kind, texts) == dict.fromkeys(texts, NOTHING)
    for text in texts:
        assert in_formula(cells.moment, text) == in_formula(cells.text, text) == in_formula(cells.rating, text) == NOTHING


def test_a_text_stays_what_somebody_wrote() -> None:
    assert [in_export("text", word) for word in ("无", "暂无", "-", "未知")] == ["无", "暂无", NOTHING, NOTHING]


def test_error_values_are_no_value_anywhere(tmp_path: Path) -> None:
    """Nobody typed them: an export takes them for missing, a formula shows them, HR is told of them in lists and forms."""
    kinds: tuple[ColumnType, ...] = ("id", "text", "time", "number", "flag")
    for kind in kinds:
        assert in_exports(kind, ERRORS) == dict.fromkeys(ERRORS, NOTHING)
    assert in_ratings(tmp_path, list(ERRORS)) == dict.fromkeys(ERRORS, REFUSED)
    for error in ERRORS:
        assert in_formula(cells.number, error) == mark_in_formula(error) == in_form(ErrorValue(error)) == REFUSED


def test_a_choice_may_have_an_option_that_else_says_nothing(tmp_path: Path) -> None:
    options = (("无", Decimal(10)), ("有", Decimal(0)))
    chosen = [replace(one, rule=Choice(options)) if one.id == RATED else one for one in AGENT.indicators]
    scheme = replace(AGENT, indicators=tuple(chosen))
    assert in_ratings(tmp_path, ["无", "有", "暂无", "没有"], scheme) == {
        "无": "无",
        "有": "有",
        "暂无": NOTHING,
        "没有": NOTHING,
    }
    assert in_form("无", scheme=scheme) == "无"
    assert in_form("暂无", scheme=scheme) == NOTHING
    (entry,) = inputs_of(scheme.indicator(RATED))
    assert (says_nothing(entry, "无"), says_nothing(entry, "暂无")) == (False, True)


def test_a_form_waives_by_the_very_word_that_its_own_formulas_ask_for() -> None:
    assert in_form("是", "waive_x") == "是"
    assert in_form("有", "waive_x") == in_form("√", "waive_x") == REFUSED


# --- figures with something behind them --------------------------------------------------------------------------------------

RATINGS = (
    "5", "4.5", "5.", "-3", "+4", "−3", "１０", "10分", "１０ 分", "5分", "5 分", "5星", "4.5星", "4/5", "10 / 10", "★★★★☆", "★", "☆",
    "5（非常满意）", "3 - Highly Satisfied", "5：很好", "5=好", "5＝好", "8-9", "9 或 10", "5星级", "10分制", "1,234", "1,23", "1e3",
    "85%", "8²", "①", "5个", "满意", "总分", "分", "星", "五星", "1_000", "nan", "未评价", "暂无", "", "-",
)  # fmt: skip


@pytest.mark.parametrize("text", RATINGS)
def test_a_rating_is_the_same_in_an_export_and_in_a_formula(text: str) -> None:
    found = in_export("number", text, Hints(rating=True))
    assert in_formula(cells.rating, text) == (Decimal(str(found)) if isinstance(found, float) else found)


def test_a_space_before_the_per_cent_sign_of_a_rating() -> None:
    """A space changes nothing."""
    assert in_export("number", "85 %", Hints(rating=True)) == 0.85
    assert in_export("number", "85 %") == in_export("number", "85%", Hints(rating=True)) == 0.85
    assert in_formula(cells.rating, "85 %") == Decimal("0.85")


def test_people_who_type_ratings_are_read_strictly(tmp_path: Path) -> None:
    """Typed marks are points, not a survey's answers: a number and its unit; whatever else is refused, never another value."""
    rated, exported = in_ratings(tmp_path, list(RATINGS)), in_exports("number", RATINGS, Hints(rating=True))
    for text in RATINGS:
        number, found = parse_number(text), exported[text]
        assert rated[text] == in_form(text)
        assert rated[text] in (REFUSED, NOTHING, found), text
        assert (rated[text] == NOTHING) == (found == NOTHING)
        if number is not None and 0 <= number <= 100 and "%" not in text:
            assert rated[text] == number
    assert {text: rated[text] for text in ("10分", "5 分", "5星", "8-9", "4/5", "5（非常满意）")} == {
        "10分": 10, "5 分": 5, "5星": REFUSED, "8-9": REFUSED, "4/5": REFUSED, "5（非常满意）": REFUSED,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "text", "value"),
    [
        ("hours", "20小时", "20"), ("hours", "1.5 h", "1.5"), ("hours", "90分钟", None), ("minutes", "5分", "5"), ("minutes", "5分钟", "5"),
        ("seconds", "30秒", "30"), ("days", "3天", "3"), ("points", "８５分", "85"), ("points", "85星", None), ("rating", "5星", "5"),
        ("ratio", "85分", None), ("ratio", "85%", "0.85"), ("hours", "85%小时", None), ("count", "3次", None), ("points", "总分", None),
    ],
)  # fmt: skip
def test_a_value_may_have_its_own_unit_behind_it(unit: Any, text: str, value: str | None) -> None:
    problems: list[Any] = []
    found = read_input(Input("x", "指标", unit, "x"), text, False, problems)
    assert found == (None if value is None else Decimal(value))
    assert bool(problems) is (value is None)


@pytest.mark.parametrize("unit", ["days", "hours", "minutes", "seconds"])
def test_units_of_time_are_those_of_durations_in_exports(unit: str) -> None:
    seconds = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}[unit]
    texts = [f"2 {word}" for word in UNIT_WORDS[unit]]
    assert in_exports("seconds", texts) == dict.fromkeys(texts, 2 * seconds)


# --- times -------------------------------------------------------------------------------------------------------------------

TIMES = (
    "2025/9/1 8:03", "2025-09-01T08:03:00", "2025-09-01 08:03:00Z", "2025-09-01 08:03 +0800", "2025-09-01T08:03:00+08:00",
    "2025.9.1 8:03", "2025年9月1日 8:03", "2025年9月1日8时03分", "2025年9月1日8時3分5秒", "2025年9月1号", "2025年09月01日", "2025年9月1日 下午3:05",
    "2025/9/1 上午 8:03:00", "上午 2025/9/1 8:00", "2025/9/1 上午12:05", "2025/9/1 3:05 PM", "2025/9/1 12:00 a.m.", "2025/9/1 中午12:05",
    "2025/9/1 中午11:30", "2025/9/1 晚上8:00", "2025/9/1 凌晨12:30", "2025/9/1 早上8:00", "2025/9/1 13:05 PM", "01-Sep-25",
    "1 September 2025", "Sep 1, 2025 3:05 PM", "01-SEP-2025 08:03", "1Sep2025", "Sep 1 2025", "September 1, 2025", "1-September-25",
    "01-Sep-70", "01-Sep-68", "01-Sept-2025", "1-Sep-2025T08:00", "20250901", "20250901080300", "20250901 0803", "202509010803",
    "45901", "45901.3354166667", "20000", "80000", "19999", "80001", "２０２５／９／１　８：０３", "2025-09-01 0.335416666666667",
    "2025-09-01 24:00", "2025/9/1 24:00:00", "2025年9月1日24:00", "2025.9.1 24:00", "2025-09-01 24:01", "2025-09-01 8:3", "2025-09-01  8:03",
    "2025-9-1T08:03:00.123", "26/08/2025 08:03", "08/26/2025", "26.8.2025", "2025/2/30", "8:03", "昨天", "2025/9", "2025-09", "2025年9月",
    "202509", "12", "infinity", "45901x", "2025/13/1", "2025-09-01 08:60", "2025-09-01 08:03:60", "0025-09-01", "2025/09-01", "2025-09-01 08",
    "2025年9月1日 星期一 8:03", "2025/09/01 周一 08:03", "2025/9/1（周一）8:03", "星期一 2025/9/1 8:03", "2025年9月1日星期一 下午8:03:00",
    "2025-09-01\xa008:03", "9/13/2025, 8:03:00\u202fAM", "9/13/2025, 8:03:00 AM", "13/9/2025, 12:03:00 p.m.", "2025/9/1，8:03",
    "Mon Sep 01 2025 08:03:00 GMT+0800 (中国标准时间)", "Sun Aug 31 2025 16:03:00 GMT-0300 (CST)", "Mon Sep  1 08:03:00 CST 2025",
    "Mon Sep 01 08:03:00 2025", "Mon, 01 Sep 2025 08:03:00 +0800", "Mon, 1 Sep 2025 08:03 GMT", "Monday, September 1, 2025 at 8:03:00 AM GMT+8",
    "2025-09-01 08:03:00 UTC", "2025-09-01 08:03:00 utc", "2025-09-01 08:03 CST", "2025-09-01 08:03:00 中国标准时间", "2025-09-01 08:03（北京时间）",
    "2025-09-01 08:03 (UTC+8)", "2025-09-01T08:03:00.123+05:30", "2025-09-01T08:03:00,123Z", "2025-09-01T08:03+08:00[Asia/Shanghai]",
    "2025-09-01 08:03 EDT", "2025-09-01 08:03 MARS", "2025-09-01T08:03:00+25:00", "2025-09-01T08:03:00+08:75", "2025-09-01+08:00", "2025-09-01Z",
    "20250901 08:03:00", "20250901 8:03", "20250901T080300", "20250901T0803", "20250901T080300Z", "20250901-0800", "2025-09-01 08:03:00,123",
    "2025-09-01 08.03.00", "01-SEP-25 08.03.00.123456 AM", "8:03 2025-09-01", "08:03:00 2025/9/1", "2025-09-01 00:00:00 8:03", "2025-09-01 0:00 0.25",
    "2025-09-01 1899-12-30 08:03:00", "45901 0.335416666666667", "45901 0", "45901 8:03", "45901 24:00", "45901 8:3:5", "45901 6.9444444444e-05", "2025-09-01 0", "45901 1", "45901 2.5",
    '="2025-09-01 08:03"', "'2025-09-01 08:03", "\u200e2025-09-01 08:03\u200e", "2025-09-01 08:03\t", "2025−09−01", "2025-09-01 星期", "星期一", "Mon",
    "1 Sept 2025 8:03", "Sept. 1, 2025", "1756684980", "1756684980000",
    "2025年9月1日8时", "2025年9月1日8点30", "2025年9月1日，8时", "2025/9/1 下午 3时05分", "2025-09-01 PM", "3.5", "2025-09-01T", "26/08-2025",
)  # fmt: skip


def _order(text: str) -> str | None:
    """Return the order of day and month that a numeric date shows by a day above 12; empty when it does not, None for others."""
    parts = re.match(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]", text)
    if parts is None:
        return None
    first, second = int(parts[1]) > 12, int(parts[2]) > 12
    return "" if first == second else "dmy" if first else "mdy"


def _export_times(texts: list[str]) -> dict[str, dt.datetime | None]:
    """Read times as an export does, to whole seconds; those that only their column can explain are none."""
    found: dict[str, dt.datetime | None] = dict.fromkeys(texts)
    for order in ("dmy", "mdy"):
        chosen = [text for text in texts if (_order(text) in (order, None) if order == "dmy" else _order(text) == order)]
        full = reading("time", [], Hints(date_order=order)).full("v")
        rows = CONNECTION.execute(f"SELECT v, date_trunc('second', {full}) FROM (SELECT unnest(?::VARCHAR[]) AS v)", [chosen])
        found |= dict(rows.fetchall())
    return found


def test_a_time_is_the_same_in_an_export_and_in_a_formula() -> None:
    exported = _export_times(list(TIMES))
    assert {text: read_time(text) for text in TIMES} == exported
    assert sum(time is not None for time in exported.values()) > 50


@pytest.mark.parametrize("text", ["01/09/2025", "1.9.25", "25/9/1", "26/08/25", "12-11-2025 8:00"])
def test_a_date_that_only_its_column_can_explain_is_refused_in_a_formula(text: str) -> None:
    assert isinstance(in_export("time", text), dt.datetime)
    assert in_formula(cells.moment, text) == REFUSED


MONTHS = ("Jan", "February", "MAR", "apr", "May", "Sept", "December", "Mai")
clock = st.builds(
    "{}{:d}:{:02d}{}".format,
    st.sampled_from([" ", "T", "  ", "", " 上午", " 下午 ", "晚上", " 中午", "凌晨", " T"]),
    st.integers(0, 25),
    st.integers(0, 61),
    st.sampled_from(
        [
            "",
            ":05",
            ":5",
            ":59.75",
            ":60",
            " PM",
            "am",
            " p.m.",
            "Z",
            "+08:00",
            " +0800",
            "-05",
            " UTC",
            " GMT+8 (CST)",
            ",5",
            " CST",
        ]
    ),
)
chinese_clock = st.builds(
    "{}{:d}{}{:d}{}".format, st.sampled_from(["", " "]), st.integers(0, 25), st.sampled_from("时点時:"), st.integers(0, 61),
    st.sampled_from(["", "分", "分5秒", ":5", "分 ", ".5"]),
)  # fmt: skip
years, months, days = st.integers(1989, 2101), st.integers(0, 13), st.integers(0, 32)
day = (
    st.builds("{}{s}{}{s}{}".format, years, months, days, s=st.sampled_from("-/."))
    | st.builds("{}-{:02d}-{:02d}".format, years, months, days)
    | st.builds("{}{:02d}{:02d}".format, years, months, days)
    | st.builds("{}{s}{}{s}{}".format, days, months, years, s=st.sampled_from("-/."))
    | st.builds(
        "{}{}{}{}{}".format, days, st.sampled_from(["-", " ", ""]), st.sampled_from(MONTHS), st.sampled_from("- /"), years
    )
    | st.builds("{} {}, {}".format, st.sampled_from(MONTHS), days, years)
    | st.builds("{}-{}-{:02d}".format, days, st.sampled_from(MONTHS), st.integers(0, 99))
    | st.integers(19_990, 80_010).map(str)
)
chinese = st.builds(
    "{}年{}{}月{}{}".format, years, st.sampled_from(["", " "]), months, days, st.sampled_from(["日", "号", "", "日 "])
)


weekday = st.sampled_from(["", "", "", " 星期一", "周日 ", "(Mon)", " Sunday,", ","])
any_time = st.builds("{}{}{}".format, day, weekday, clock | st.just("") | st.just(" 0.25")) | st.builds(
    "{}{}".format, chinese, clock | chinese_clock
)


@settings(max_examples=60, deadline=None)
@given(st.lists(any_time, min_size=1, max_size=30))
def test_any_time_is_the_same_in_an_export_and_in_a_formula(texts: list[str]) -> None:
    assert {text: read_time(text) for text in texts} == _export_times(texts)
