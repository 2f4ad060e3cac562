"""A figure that the exports cannot contain is missing, with the reason, and never 0; one that is truly 0 stays 0."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from kpi_xl.exports import read_exports
from tests.command_line import kpi_xl

from ..exports.files import NOW, write

COMPLAINTS = ("repeat_complaint", "complaint_rate", "complaints")


def tickets(
    folder: Path,
    kinds: Sequence[str | None],
    *,
    last_open: bool = False,
    status: str = "",
    name: str = "工单.csv",
    who: str = "张伟",
) -> Path:
    """Write a ticket a day from 1 September, each open for six hours; data goes on to the 30th."""
    rows = []
    for number, kind in enumerate(kinds):
        day = f"2025-09-{1 + number % 28:02d}"
        closed = "" if last_open and number == 0 else f"{day} 16:00:00"
        cells = [f"{name[0]}{number}", who, f"C{number}", f"{day} 10:00:00", closed]
        rows.append(",".join([*cells, *([kind] if kind is not None else []), *([status] if status else [])]))
    head = (
        "工单编号,客服,客户编号,创建时间,办结时间"
        + (",工单类型" if kinds[0] is not None else "")
        + (",工单状态" if status else "")
    )
    return write(folder, head, *rows, name=name)


def figures(*arguments: object, measures: Sequence[str] = COMPLAINTS) -> dict[str, dict[str, float | None]]:
    named = [part for one in (*measures, "volume") for part in ("--measure", one)]
    run = kpi_xl("measure", *arguments, "--period", "2025-09", *named, "--json")
    assert run.returncode == 0, run.stderr
    found: dict[str, dict[str, float | None]] = {}
    for row in json.loads(run.stdout)["rows"]:
        if row["measure"] in measures:
            found.setdefault(row["agent"], {})[row["measure"]] = row["value"]
    return found


def said(*arguments: object, measure: str) -> str:
    return kpi_xl("measure", *arguments, "--period", "2025-09", "--measure", measure, "--measure", "volume").stdout


def constant(folder: Path, kind: str, file: str = "*") -> Path:
    text = f'[[export]]\nfile = "{file}"\n[export.tickets]\nconstants = {{ kind = "{kind}" }}'
    return write(folder, text, name="映射.toml")


@pytest.mark.parametrize("kind", ["安装", "维修", "咨询"])
def test_a_constant_kind_decides_nothing_about_complaints(tmp_path: Path, kind: str) -> None:
    path, mapping = tickets(tmp_path, [None] * 5), constant(tmp_path, kind)
    assert figures(path, "--mapping", mapping) == {"张伟": dict.fromkeys(COMPLAINTS)}
    assert f"工单类型全是“{kind}”，分不出投诉" in said(path, "--mapping", mapping, measure="complaint_rate")
    assert read_exports([path], mapping=mapping, now=NOW).connection.execute("SELECT DISTINCT kind FROM tickets").fetchall() == [
        (kind,)
    ]


def test_an_export_of_complaints_alone_has_no_rate(tmp_path: Path) -> None:
    path, mapping = tickets(tmp_path, [None] * 5), constant(tmp_path, "投诉")
    assert figures(path, "--mapping", mapping) == {"张伟": {"repeat_complaint": None, "complaint_rate": None, "complaints": 5}}


def test_an_export_without_kinds_has_no_complaints(tmp_path: Path) -> None:
    assert figures(tickets(tmp_path, [None] * 30)) == {"张伟": dict.fromkeys(COMPLAINTS)}


def test_an_export_filtered_by_one_kind_has_no_complaints(tmp_path: Path) -> None:
    assert figures(tickets(tmp_path, ["装机"] * 30)) == {"张伟": dict.fromkeys(COMPLAINTS)}


@pytest.mark.parametrize("kinds", [["咨询", "维修"] * 15, ["咨询"] * 3, ["咨询", ""] * 3])
def test_a_month_without_complaints_is_a_zero(tmp_path: Path, kinds: list[str]) -> None:
    assert figures(tickets(tmp_path, kinds)) == {"张伟": dict.fromkeys(COMPLAINTS, 0)}


def test_rows_of_a_constant_kind_stay_out_beside_an_export_that_knows(tmp_path: Path) -> None:
    calls = tickets(tmp_path, ["咨询", "投诉"] * 5, name="热线.csv")
    visits = tickets(tmp_path, [None] * 5, name="装机.csv", who="李娜")
    found = figures(calls, visits, "--mapping", constant(tmp_path, "安装", "装机.csv"))
    assert found["张伟"]["complaint_rate"] == 0.5
    assert found["李娜"] == dict.fromkeys(COMPLAINTS)


# --- open tickets ------------------------------------------------------------------------------------------------------------

OPEN = ("unresolved_48h", "resolution")


@pytest.mark.parametrize("name", ["已办结工单.csv", "9月归档.csv", "closed_tickets.csv"])
def test_an_export_of_closed_tickets_by_its_name(tmp_path: Path, name: str) -> None:
    path = tickets(tmp_path, ["咨询", "维修"] * 3, name=name)
    assert figures(path, measures=OPEN) == {"张伟": dict.fromkeys(OPEN)}
    assert "导出里只有已办结的工单" in said(path, measure="unresolved_48h")


def test_an_export_of_closed_tickets_by_its_statuses(tmp_path: Path) -> None:
    path = tickets(tmp_path, ["咨询", "维修"] * 10, status="已办结")
    assert figures(path, measures=("unresolved_48h",)) == {"张伟": {"unresolved_48h": None}}


def test_an_export_that_closes_what_was_just_opened(tmp_path: Path) -> None:
    rows = [f"T{i},张伟,2025-09-{1 + i // 20:02d} {i % 20:02d}:00:00,2025-09-30 23:00:00" for i in range(500)]
    rows += [f"N{i},张伟,2025-09-30 {10 + i % 12}:00:00,2025-09-30 22:30:00" for i in range(40)]
    path = write(tmp_path, "工单编号,客服,创建时间,办结时间", *rows)
    assert figures(path, measures=("unresolved_48h",)) == {"张伟": {"unresolved_48h": None}}


@pytest.mark.parametrize("name", ["工单.csv", "未办结工单.csv", "全部工单（含已办结）.csv"])
def test_a_month_of_which_everything_is_closed_by_now_is_a_zero(tmp_path: Path, name: str) -> None:
    path = tickets(tmp_path, ["咨询", "维修"] * 14, name=name)
    assert figures(path, measures=("unresolved_48h",)) == {"张伟": {"unresolved_48h": 0}}


def test_one_open_ticket_shows_that_open_ones_are_listed(tmp_path: Path) -> None:
    path = tickets(tmp_path, ["咨询", "维修"] * 5, last_open=True, status="已办结", name="已办结.csv")
    assert figures(path, measures=("unresolved_48h",)) == {"张伟": {"unresolved_48h": 1}}


def test_closed_and_open_tickets_in_two_files(tmp_path: Path) -> None:
    done = tickets(tmp_path, ["咨询", "维修"] * 5, name="已办结.csv")
    rest = write(tmp_path, "工单编号,客服,创建时间,办结时间", "X1,张伟,2025-09-02 10:00:00,", name="未办结.csv")
    assert figures(done, rest, measures=("unresolved_48h",)) == {"张伟": {"unresolved_48h": 1}}


# --- points and per cent -----------------------------------------------------------------------------------------------------


def checks(folder: Path, *scores: object) -> Path:
    return write(
        folder, "客服,质检日期,质检得分", *[f"张伟,2025-09-0{i},{score}" for i, score in enumerate(scores, 1)], name="质检.csv"
    )


@pytest.mark.parametrize(
    ("scores", "ground", "value"),
    [
        (("90%", "80%"), "guess", 85), (("90 %", "80"), "guess", 85), (("90", "80%"), "guess", 85), ((90, 80), "read", 85),
        (("0.9", "0.8"), "open", None), ((1, 90), "guess", 45.5), ((0, 80), "read", 40),
    ],
)  # fmt: skip
def test_scores_as_per_cent(tmp_path: Path, scores: tuple[object, ...], ground: str, value: float | None) -> None:
    path = checks(tmp_path, *scores)
    found = read_exports([path], now=NOW).decisions
    assert [(one.kind.code, one.ground, one.stops) for one in found] == [("percent", ground, ground != "read")]
    run = kpi_xl("measure", path, "--period", "2025-09", "--measure", "professionalism", "--json")
    assert [row["value"] for row in json.loads(run.stdout)["rows"]] == ([] if value is None else [value])


@pytest.mark.parametrize(("word", "value"), [("share", 85), ("points", 0.85)])
def test_a_declared_share_is_of_a_hundred(tmp_path: Path, word: str, value: float) -> None:
    path = checks(tmp_path, "0.9", "0.8")
    mapping = write(tmp_path, f'[[export]]\n[export.quality]\nmeaning = {{ score = "{word}" }}', name="映射.toml")
    run = kpi_xl("measure", path, "--mapping", mapping, "--period", "2025-09", "--measure", "professionalism", "--json")
    assert [row["value"] for row in json.loads(run.stdout)["rows"]] == [value]
