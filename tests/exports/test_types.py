"""Texts become the values that a person would read in them; the fast reading and the full one never differ."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl.cell_words import MISSING, MISSING_WORDS
from kpi_xl.errors import KpiError
from kpi_xl.exports import read_exports
from kpi_xl.exports.rows.durations import Unit, unit_of_column
from kpi_xl.exports.rows.typing_sql import Hints, reading
from kpi_xl.tables import ColumnType

from .files import HEADER, NOW, ROW, codes, column, workbook, write

CONNECTION = duckdb.connect(config={"threads": 1})


def read(kind: ColumnType, text: str, hints: Hints | None = None) -> object:
    """Read one text with the forms that it shows itself, and with all forms; both must agree."""
    one = reading(kind, [text], hints or Hints())
    fast, full, doubt = one.fast("v"), one.full("v"), one.doubt("v", "fast") if one.doubt else "false"
    both = f"SELECT v, {fast} AS fast, {full} AS whole FROM (SELECT ?::VARCHAR AS v)"
    row = CONNECTION.execute(f"SELECT CASE WHEN {doubt} THEN NULL ELSE fast END, whole FROM ({both})", [text]).fetchone()
    assert row is not None
    assert row[0] == row[1], text
    return row[0]


SEPTEMBER_1 = dt.datetime(2025, 9, 1)
AT_8_03 = SEPTEMBER_1.replace(hour=8, minute=3)
AT_15_05 = SEPTEMBER_1.replace(hour=15, minute=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025/9/1 8:03", AT_8_03), ("2025-09-01T08:03:00", AT_8_03), ("2025-09-01 00:03:00Z", AT_8_03), ("2025.9.1 8:03", AT_8_03),
        ("2025年9月1日 8:03", AT_8_03), ("2025年9月1日8时03分", AT_8_03), ("2025年09月01日", SEPTEMBER_1), ("2025年9月1日 下午3:05", AT_15_05),
        ("2025/9/1 上午 8:03:00", AT_8_03), ("2025/9/1 上午12:05", SEPTEMBER_1.replace(minute=5)), ("2025/9/1 3:05 PM", AT_15_05),
        ("2025/9/1 中午12:05", SEPTEMBER_1.replace(hour=12, minute=5)), ("2025/9/1 晚上8:00", SEPTEMBER_1.replace(hour=20)),
        ("01-Sep-25", SEPTEMBER_1), ("1 September 2025", SEPTEMBER_1), ("Sep 1, 2025 3:05 PM", AT_15_05), ("01-SEP-2025 08:03", AT_8_03),
        ("01/09/2025 08:03", AT_8_03), ("1.9.25", SEPTEMBER_1), ("01-09-2025", SEPTEMBER_1), ("20250901", SEPTEMBER_1), ("20250901080300", AT_8_03),
        ("45901", SEPTEMBER_1), ("45901.3354166667", AT_8_03), ("２０２５／９／１　８：０３", AT_8_03), ("2025-09-01 0.335416666666667", AT_8_03),
        ("2025/2/30", None), ("8:03", None), ("昨天", None), ("2025/9", None), ("12", None), ("", None), ("infinity", None), ("45901x", None),
    ],
)  # fmt: skip
def test_times(text: str, expected: dt.datetime | None) -> None:
    assert read("time", text) == expected


def test_time_hints() -> None:
    assert read("time", "09/01/2025", Hints(date_order="mdy")) == SEPTEMBER_1
    assert read("time", "25/9/1", Hints(date_order="ymd")) == SEPTEMBER_1
    assert read("time", "44439", Hints(date1904=True)) == SEPTEMBER_1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("85%", 0.85), ("８５％", 0.85), ("0.85", 0.85), ("1,234.5", 1234.5), ("１，２３４", 1234), ("1e3", 1000), ("-3", -3), (".5", 0.5),
     ("1_000", None), ("nan", None), ("inf", None), ("0x1F", None), ("1,23", None), ("3 - a", None), ("", None)],
)  # fmt: skip
def test_numbers(text: str, expected: float | None) -> None:
    assert read("number", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 - Highly Satisfied", 3),
        ("5分", 5),
        ("4.5星", 4.5),
        ("★★★★☆", 4),
        ("4/5", 4),
        ("5（非常满意）", 5),
        ("满意", None),
        ("10", 10),
    ],
)
def test_ratings(text: str, expected: float | None) -> None:
    assert read("number", text, Hints(rating=True)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0:02:23", 143), ("02:23", 143), ("100:00:00", 360_000), ("6小时30分钟", 23_400), ("2天3个小时", 183_600), ("45秒", 45), ("1h30m", 5_400),
     ("2 minutes 5 seconds", 125), ("109", 109), ("1,200", 1_200), ("67.5", 68), ("0.00165509", 143), ("很久", None), ("0:2:x", None),
     ("99999999999999999999", None), ("999999999999999999天", None)],
)  # fmt: skip
def test_seconds(text: str, expected: int | None) -> None:
    unit = unit_of_column("calls", "talk_seconds", "时长", [text], None)
    assert read("seconds", text, Hints(unit=unit)) == expected


def test_seconds_in_the_unit_of_the_header() -> None:
    assert read("seconds", "1.5", Hints(unit=Unit("minutes"))) == 90
    assert read("seconds", "0:02:23", Hints(unit=Unit("minutes"))) == 143


@pytest.mark.parametrize(
    ("text", "expected"),
    [("是", True), ("否", False), ("Y", True), ("Ｎ", False), ("TRUE", True), ("有", True), ("无", False), ("0", False), ("3", True), ("1 - High", True),
     ("2 - Medium", False), ("也许", None), ("", None)],
)  # fmt: skip
def test_flags(text: str, expected: bool | None) -> None:
    assert read("flag", text, Hints(values={"high": True, "medium": False})) == expected


@pytest.mark.parametrize("text", ["-", "?", "N/A", "n/a", "0 - Unknown", "/", "NULL", "—", "", "  ", "未知"])
def test_missing_texts_are_missing(text: str) -> None:
    for kind in ("id", "text", "time", "number", "seconds", "count"):
        assert read(kind, text) is None  # type: ignore[arg-type]


def test_ids_keep_their_zeros() -> None:
    assert read("id", " 00123 ") == "00123"
    assert read("id", "无") is None
    assert read("text", "无") == "无"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12), st.sampled_from(["time", "number", "seconds", "flag", "count", "id"]))
def test_any_text_is_read_or_missing_and_never_an_error(text: str, kind: ColumnType) -> None:
    read(kind, text.replace("\0", "").encode("utf-8", "ignore").decode())


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2099, 12, 31)),
    st.sampled_from(
        [
            "%Y-%m-%d %H:%M:%S",
            "%Y/%m/%d %H:%M",
            "%Y年%m月%d日 %H时%M分",
            "%d/%m/%Y %H:%M",
            "%d-%b-%y %H:%M",
            "%Y%m%d%H%M%S",
            "%Y/%m/%d %I:%M %p",
        ]
    ),
)
def test_times_written_in_any_form_come_back(moment: dt.datetime, form: str) -> None:
    if "%y" in form and moment.year > 2068:
        moment = moment.replace(year=2025, day=min(moment.day, 28))
    kept = moment.replace(microsecond=0, second=moment.second if "%S" in form else 0)
    assert read("time", moment.strftime(form)) == kept


SAMPLES: list[list[str]] = [
    [f"T{i:06d}" for i in range(50)], [f"{i:06d}" for i in range(50)], [f"{name}{i}" for i in range(9) for name in "张王李暂"],
    ["电话", "微信", "邮件"], ["是", "否"], ["2025/9/1 8:03", "2025/9/1"], ["2025-09-01 08:03:00"], ["5", "4"], ["", "-"], ["投诉", "咨询"],
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SAMPLES),
    st.sampled_from(
        [*MISSING, *MISSING_WORDS, "暂停", "T1", "0 - Unknowns", "投诉单", "25/9/1", "2025-09-01 08:03:00 PM", "1_000", "nan"]
    )
    | st.text(max_size=4)
    | st.sampled_from([value for sample in SAMPLES for value in sample]),
    st.sampled_from(["", " ", "\u3000", "\xa0"]),
    st.sampled_from(["id", "text", "time", "flag", "number"]),
    st.sampled_from([{}, {"投诉单": "投诉", "投诉": "投诉", "咨询": "咨询"}]),
)
def test_what_the_sample_did_not_show_is_read_in_full(
    sample: list[str], text: str, space: str, kind: ColumnType, values: dict[str, str | bool]
) -> None:
    value = f"{space}{text}".replace("\0", "").encode("utf-8", "ignore").decode()
    expressions = reading(kind, sample, Hints(values=values))
    doubt = expressions.doubt("v", "fast") if expressions.doubt else "false"
    both = f"SELECT v, {expressions.fast('v')} AS fast, {expressions.full('v')} AS whole FROM (SELECT ?::VARCHAR AS v)"
    for written in (value, value[::-1]):
        row = CONNECTION.execute(f"SELECT ({doubt}) IS TRUE, fast, whole FROM ({both})", [written]).fetchone()
        assert row is not None
        assert row[0] or row[1] == row[2], (written, row)
        assert not (
            row[0] and kind == "id" and text in sample[:-1] and not space and not values and written == value and len(sample) > 8
        )


@pytest.mark.parametrize("word", ["c4", "{x}", "{v}", "s.raw[3]", "t2", "it's"])
def test_words_that_look_like_our_sql_are_only_words(tmp_path: Path, word: str) -> None:
    """Each is read again in full, as it stands below the sample: the SQL is put together, never searched for names."""
    usual = [f"T{i},张伟,2025/9/1,8:{i % 60:02d},咨询,{i % 2}" for i in range(1500)]
    last = [f"U1,张伟,2025年9月1日,下午3:05,{word},{word}", f"U2,张伟,2025/9/1,8:03, {word} ,"]
    path = write(tmp_path, "工单编号,客服,日期,时间,工单类型,是否紧急", *usual, *last)
    mapping = tmp_path / "m.toml"
    values = f'{{ kind = {{ "{word}" = "安装 {word}" }}, urgent = {{ "{word}" = true }} }}'
    mapping.write_text(
        f'[[export]]\n[export.tickets]\ncolumns = {{ created_at = ["日期", "时间"] }}\nvalues = {values}\n', encoding="utf-8"
    )
    tables = read_exports([path], mapping=mapping, now=NOW)
    assert column(tables, "created_at")[-2:] == [AT_15_05, AT_8_03]
    assert column(tables, "kind")[-2:] == [f"安装 {word}"] * 2
    assert column(tables, "urgent")[-2:] == [True, None]


def test_rare_forms_below_the_sample_are_read_too(tmp_path: Path) -> None:
    usual = [f"T{i},张伟,2025/9/1 8:{i % 60:02d},1" for i in range(1500)]
    path = write(
        tmp_path, "工单编号,客服,创建时间,联系次数", *usual, "T1501,张伟,2025年9月1日 下午3:05,１２", "T1502,张伟,45901.5,x"
    )
    tables = read_exports([path], now=NOW)
    assert column(tables, "created_at")[-2:] == [AT_15_05, SEPTEMBER_1.replace(hour=12)]
    assert column(tables, "contacts")[-2:] == [12, None]
    issue = next(i for i in tables.issues() if i.code == "unparseable")
    assert (issue.row, issue.column, issue.value, issue.disposition) == (1503, "联系次数", "x", "kept")


def test_day_and_month_are_told_from_the_whole_column(tmp_path: Path) -> None:
    head = "工单编号,客服,创建时间"
    early = [f"T{i},张伟,0{i % 9 + 1}/0{i % 8 + 1}/2025" for i in range(2000)]
    day_first = write(tmp_path, head, *early, "T9999,张伟,26/08/2025", name="d.csv")
    assert column(read_exports([day_first], now=NOW), "created_at")[-1] == dt.datetime(2025, 8, 26)
    assert column(read_exports([day_first], now=NOW), "created_at")[1] == dt.datetime(2025, 2, 2)
    month_first = write(tmp_path, head, *early, "T9999,张伟,08/26/2025", name="m.csv")
    assert column(read_exports([month_first], now=NOW), "created_at")[-1] == dt.datetime(2025, 8, 26)


def test_dates_that_fit_both_orders_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,创建时间", "T1,张伟,01/09/2025", "T2,张伟,02/09/2025")
    with pytest.raises(KpiError, match="分不清日和月") as refused:
        read_exports([path], now=NOW)
    assert 'date_order = "dmy"' in refused.value.remedy.zh
    mapping = tmp_path / "映射.toml"
    mapping.write_text('[[export]]\nfile = "工单.csv"\ndate_order = "mdy"\n', encoding="utf-8")
    assert column(read_exports([path], mapping=mapping, now=NOW), "created_at")[0] == dt.datetime(2025, 1, 9)


@pytest.mark.parametrize("below", [0, 1500])
@pytest.mark.parametrize("blank", [0, 1])
def test_dates_that_contradict_each_other_are_named(tmp_path: Path, below: int, blank: int) -> None:
    """Whether both stand in the first rows or one only below them, the rows are named as they stand in the file."""
    usual = [f"T{i},张伟,13/04/2025" for i in range(below)]
    others = [f"U{i},张伟,05/23/2025 8:03" for i in range(2 + below // 50)]
    path = write(tmp_path, "工单编号,客服,创建时间", "T,张伟,26/08/2025", *[""] * blank, *usual, *others, "V,张伟,01/02/2025")
    with pytest.raises(KpiError, match="自相矛盾") as refused:
        read_exports([path], now=NOW)
    told = refused.value.message.zh
    day_first = (
        "第 2 行（26/08/2025）" if not below else f"第 2、{3 + blank}、{4 + blank} 行（26/08/2025、13/04/2025、13/04/2025）"
    )
    assert f"{day_first}只能是日在前" in told
    first = 3 + blank + below
    rows = "、".join(str(first + i) for i in range(min(3, len(others))))
    assert f"第 {rows} 行（{'、'.join(['05/23/2025 8:03'] * min(3, len(others)))}）只能是月在前" in told
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[export]]\ndate_order = "dmy"\n', encoding="utf-8")
    assert codes(read_exports([path], mapping=mapping, now=NOW))["required_unparseable"] == len(others)


@pytest.mark.parametrize("place", [0, 150, 1900])
def test_a_single_date_of_the_other_order_is_a_bad_row(tmp_path: Path, place: int) -> None:
    lines = [f"T{i},张伟,{i % 28 + 1:02d}/09/2025" for i in range(2000)]
    lines.insert(place, "T9999,张伟,05/23/2025")
    tables = read_exports([write(tmp_path, "工单编号,客服,创建时间", *lines)], now=NOW)
    assert codes(tables) == {"required_unparseable": 1}


def test_a_column_that_fits_both_follows_its_neighbour(tmp_path: Path) -> None:
    path = write(tmp_path, "工单编号,客服,创建时间,办结时间", "T1,张伟,26/08/2025,01/09/2025", "T2,张伟,27/08/2025,02/09/2025")
    assert column(read_exports([path], now=NOW), "closed_at")[0] == SEPTEMBER_1


def test_unit_in_the_header(tmp_path: Path) -> None:
    path = write(tmp_path, "坐席,来电时间,等待时长（分钟）,通话时长", "张伟,2025/9/1 8:00,1.5,0:02:23")
    tables = read_exports([path], now=NOW)
    assert tables.connection.execute("SELECT wait_seconds, talk_seconds FROM calls").fetchone() == (90, 143)


def test_excel_cells_keep_their_meaning(tmp_path: Path) -> None:
    rows = [["工单编号", "客服", "日期", "时间", "联系次数"], ["001", "张伟", dt.datetime(2025, 9, 1), dt.time(8, 3), 2]]
    tables = read_exports([workbook(tmp_path, {"S": rows})], now=NOW)
    assert tables.connection.execute("SELECT ticket_id, created_at, contacts FROM tickets").fetchone() == ("001", AT_8_03, 2)


def test_values_in_the_mapping(tmp_path: Path) -> None:
    path = write(
        tmp_path, "工单编号,客服,创建时间,是否超时", "T1,张伟,2025/9/1,未超时", "T2,张伟,2025/9/1,超时", "T3,张伟,2025/9/1,也许"
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[[export]]\n[export.tickets]\ncolumns = { urgent = "是否超时" }\nvalues = { urgent = { "未超时" = false, "超时" = true } }\n',
        encoding="utf-8",
    )
    tables = read_exports([path], mapping=mapping, now=NOW)
    assert column(tables, "urgent") == [False, True, None]
    assert codes(tables)["unparseable"] == 1


@pytest.mark.parametrize("many", [0, 2000])
@pytest.mark.parametrize("usual", ["A{i:04d}", "客服{i}"])
def test_ids_have_one_width(tmp_path: Path, usual: str, many: int) -> None:
    """Wherever they stand: in a small file, or below thousands of rows that show nothing of the kind."""
    rows = [f"T{i:05d},{usual.format(i=i % 50)},C{i},2025/9/1 8:03" for i in range(many)]
    odd = [
        "Ｔ９０００１,　Ａ０１　,Ｃ－００１,2025/9/1 8:03",
        "T90002,A01,C-001,2025/9/1 8:03",
        "T90003,张伟（早）,－,2025/9/1 8:03",
    ]
    tables = read_exports([write(tmp_path, "工单编号,客服,客户,创建时间", *rows, *odd)], now=NOW)
    found = tables.connection.execute("SELECT ticket_id, agent, customer FROM tickets ORDER BY row").fetchall()[many:]
    assert found == [("T90001", "A01", "C-001"), ("T90002", "A01", "C-001"), ("T90003", "张伟(早)", None)]


def test_the_width_of_a_mapped_id_does_not_matter(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[export]]\n[export.tickets]\nvalues = { agent = { "ａ０１" = "B7" } }\n', encoding="utf-8")
    tables = read_exports([write(tmp_path, HEADER, ROW.replace("张伟", "A01"))], mapping=mapping, now=NOW)
    assert column(tables, "agent") == ["B7"]


def test_a_number_that_the_mapping_file_calls_missing_is_missing(tmp_path: Path) -> None:
    rows = ["P1,张伟,2025-09-01,5", "P2,张伟,2025-09-02,99", "P3,张伟,2025-09-03,0", "P4,张伟,2025-09-04,４"]
    path = write(tmp_path, "评价编号,客服,评价时间,评分", *rows, name="评价.csv")
    mapping = write(tmp_path, "[[export]]", 'file = "评价.csv"', 'missing = ["0", "99"]', name="m.toml")
    tables = read_exports([path], mapping=mapping, now=NOW)
    assert column(tables, "rating", "ratings") == [5, None, None, 4]
