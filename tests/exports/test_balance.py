"""Every row read is used or set aside, and every row set aside has exactly one reason: over dirty generated files."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_xl.exports import read_exports
from kpi_xl.periods import Period

from .files import HEADER, NOW, check_balance, codes

IDS = st.sampled_from(["T1", "T2", "T3", "001", "", "-", "合计", "无"])
AGENTS = st.sampled_from(["张伟", "张伟2", "李娜", "A001", "王芳", "", "?", "小计", "  张伟 "])
TIMES = st.sampled_from(
    [
        "2025/9/1 8:03",
        "2025-09-02",
        "2025年9月3日 下午3:05",
        "45901.5",
        "",
        "N/A",
        "昨天",
        "1899-01-01",
        "2031/1/1",
        "2025/8/30",
        "2025/13/40",
    ]
)
TEXTS = st.sampled_from(["", "一组", "a,b", 'say "hi"', "two\nlines", "\n\n", "x" * 50, "😀", "/"])
FLAGS = st.sampled_from(["是", "否", "加急", "也许", "", "1"])
ROWS = st.lists(st.tuples(IDS, AGENTS, TEXTS, TEXTS, TIMES, TIMES, FLAGS).map(list), max_size=25)
DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(["", "\n", ",,,,,,", "a,b", 'T9,"open', "1,2,3,4,5,6,7,8", "   ", "合计,,,,,,", HEADER]),
    ),
    max_size=4,
)


def _lines(rows: list[list[str]], damage: list[tuple[int, str]], end: str) -> str:
    """Return the export as text, whole damaged lines inserted between the records."""
    records = []
    for row in rows:
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator="").writerow(row)
        records.append(stream.getvalue())
    for place, text in damage:
        records.insert(min(place, len(records)), text)
    return end.join([HEADER, *records]) + end


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=ROWS,
    damage=DAMAGE,
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    roster=st.booleans(),
)
def test_used_and_set_aside_make_what_was_read(
    rows: list[list[str]], damage: list[tuple[int, str]], end: str, encoding: str, roster: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "工单.csv"
        path.write_bytes(_lines(rows, damage, end).encode(encoding))
        people = Path(folder) / "花名册.csv"
        people.write_text(
            "工号,姓名,班组,岗位\nA001,张伟,一组,客服\nA002,张伟,二组,客服\nA003,李娜,一组,客服\n", encoding="utf-8"
        )
        tables = read_exports([path], roster=people if roster else None, period=Period.parse("2025-09"), now=NOW)
        check_balance(tables)
        tickets = tables.sources[0]
        counted = tables.connection.execute(
            "SELECT count(*) FROM tickets WHERE created_at >= '2025-09-01' AND created_at < '2025-10-01'"
        ).fetchone()
        assert counted == (tickets.rows_used,)
        assert (
            tickets.rows_used + codes(tables)["outside_period"]
            == tables.connection.execute("SELECT count(*) FROM tickets").fetchone()[0]
        )


def test_issue_cap_keeps_the_sum(tmp_path: Path) -> None:
    path = tmp_path / "工单.csv"
    path.write_text(HEADER + "\n" + "T1,,一组,C1,2025/9/1,,否\n" * 1234 + "T2,李娜,一组,C1,2025/9/1,,否\n", encoding="utf-8")
    tables = read_exports([path], now=NOW)
    check_balance(tables)
    assert codes(tables)["no_agent"] == 1234
    listed = [issue for issue in tables.issues() if issue.code == "no_agent"]
    assert len(listed) == 200
    assert (listed[0].row, listed[0].column) == (2, "客服")
    assert max(issue.count for issue in listed) == 1234 - 199
