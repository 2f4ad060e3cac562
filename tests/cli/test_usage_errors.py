"""A command line that is written wrongly: exit 2, in the user's language, with the remedy and without a traceback."""

from __future__ import annotations

import sys

import pytest

from kpi_xl.cli import console
from kpi_xl.cli.app import run

from ..job.samples import write_tickets

CASES = [
    (["generate", "x.csv", "--period", "2025-09"], "缺少选项 --scheme（考核方案", "Missing option '--scheme'"),
    (["measure", "--period", "2025-09"], "缺少参数 ", "Missing argument "),
    (["generate", "--perod", "2025-09"], "没有选项 --perod，是不是 --pdf, --period？", "No such option: --perod"),
    (["schemes", "--nothing-like-it"], "没有选项 --nothing-like-it", "No such option: --nothing-like-it"),
    (["generate", "--scheme", "s", "--period", "2025", "--out", "o", "--workers", "0"], "--workers 的值不对：", "--workers"),
    (["generate", "--scheme", "s", "--period", "2025", "--out", "o", "--workers", "x"], "要写整数", "integer"),
    (["generate", "--period"], "选项 --period 后面要写一个值", "'--period' requires"),
    (["schemes", "--json=3"], "选项 --json 后面不要写值", "does not take a value"),
    (["schemes", "extra"], "多写了：extra", "unexpected extra argument"),
    (["measur"], "没有命令 measur", "No such command 'measur'"),
]


@pytest.fixture
def told(monkeypatch, capsys):
    """Run a command line as the program does; returns the exit code and what it wrote on stdout and stderr."""
    monkeypatch.setattr(console, "_language", "zh")
    monkeypatch.delenv("KPI_XL_LANG", raising=False)

    def run_it(*arguments):
        monkeypatch.setattr(sys, "argv", ["kpi-xl", *arguments])
        with pytest.raises(SystemExit) as ended:
            run()
        return ended.value.code, *capsys.readouterr()

    return run_it


@pytest.mark.parametrize(("arguments", "chinese", "english"), CASES)
def test_usage_errors_are_told_in_the_language_asked_for(told, arguments, chinese, english):
    code, out, err = told(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("错误：")
    assert chinese in err
    assert "处理办法：运行 kpi-xl" in err
    assert "Error" not in err
    code, out, err = told("--lang", "en", *arguments)
    assert (code, out) == (2, "")
    assert english in err
    assert "Remedy: run kpi-xl" in err


def test_a_group_without_a_command_shows_its_help(told):
    code, out, err = told("ledger")
    assert (code, out) == (2, "")
    assert "backup" in err


def test_what_is_done_and_what_fails_keep_their_exit_codes(told, tmp_path):
    assert told("schemes", "--json")[0] == 0
    assert told("schemes", "--help")[0] == 0
    assert told("scheme", "show", "no-such-scheme")[0] == 2
    asked = ["measure", str(write_tickets(tmp_path)), str(tmp_path / "absent.csv"), "--period", "2025-09", "--json"]
    assert told(*asked)[0] == 1
