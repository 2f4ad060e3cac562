"""``xlwings.conf`` as the add-in of xlwings reads it, and changed without harm to anybody's lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.excel.configuration import (
    bad_lines,
    can_write,
    change_configuration,
    drop_module,
    read_configuration,
)

PYTHON = r"C:\Python\pythonw.exe"
GOOD = b'"UDF MODULES","mine"\r\n"PYTHONPATH","D:\\a, b"\r\n'


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return tmp_path / "xlwings.conf"


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        ('"A","1"\r\n"B","2"\r\n', {"A": "1", "B": "2"}),
        ("a,1\nB , 2 \n", {"A": "1", "B": "2"}),  # without quotes; blanks around
        ('"A","x, y"', {"A": "x, y"}),
        ('"A","1"\n"a","2"\n', {"A": "1"}),  # the first counts
        ('"A","1","more"\n"B","2"\n', {"A": "1", "MORE": "B"}),  # everything behind is moved by one
        ('"A","1"\n\n"B","2"\n', {"A": "1", "": "B"}),
        ('alone\n"B","2"\n"C","3"\n', {"ALONE": "B", "2": "C"}),
        ('"A","1\n"B","2"\n', {"A": "1\n"}),
        ("", {}),
    ],
)
def test_it_is_read_two_values_at_a_time(conf: Path, content: str, settings: dict[str, str]) -> None:
    conf.write_text(content, encoding="ascii", newline="")
    found = read_configuration(conf, "cp936")
    assert found == settings


def test_without_a_file_there_are_no_settings(conf: Path) -> None:
    assert read_configuration(conf, "cp936") == {}
    assert bad_lines(conf, "cp936") == []


def test_it_is_read_in_the_code_page_of_the_computer(conf: Path) -> None:
    conf.write_bytes('"PYTHONPATH","D:\\考核"\r\n'.encode("gbk"))
    assert read_configuration(conf, "cp936") == {"PYTHONPATH": "D:\\考核"}
    assert read_configuration(conf, "cp1252") == {"PYTHONPATH": "D:\\¿¼ºË"}


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_byte_order_mark_hides_the_first_name(conf: Path, mark: bytes) -> None:
    encoding = "utf-8" if mark[0] == 0xEF else "utf-16-le"
    conf.write_bytes(mark + '"PYTHONPATH","D:\\考核"\n"B","2"\n'.encode(encoding))
    assert "PYTHONPATH" not in read_configuration(conf, "cp936")
    assert bad_lines(conf, "cp936")[0].number == 1
    change_configuration(conf, {"C": "3"}, "cp936")
    assert read_configuration(conf, "cp936") == {"C": "3", "PYTHONPATH": "D:\\考核", "B": "2"}
    assert bad_lines(conf, "cp936") == []


@pytest.mark.parametrize(
    ("content", "bad"),
    [
        (GOOD, {}),
        (b'"A","1"\n\n"B","2"\n', {2: "空行"}),
        (b'"A","1"\n\n', {2: "空行"}),
        (b'"A","1"\n# note\n', {2: "名称,值"}),
        (b'"A","1","2"\n', {1: "逗号多了"}),
        (b'A,C:\\a, b\n"B","2"\n', {1: "逗号多了"}),
        (b'"A","1\n"B","2"\n', {1: "引号不成对"}),
        (b'"A","1"\n"B","2"\n"a","3"\n', {3: "不起作用"}),
    ],
)
def test_lines_that_are_misread_are_named(conf: Path, content: bytes, bad: dict[int, str]) -> None:
    conf.write_bytes(content)
    found = bad_lines(conf, "cp936")
    assert len(found) >= len(bad)
    for line, (number, why) in zip(found, bad.items(), strict=False):
        assert (line.number, why in line.why.zh) == (number, True)
    assert bool(found) == bool(bad)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        GOOD,
        b'"A","1"\n',
        b'# \xb0\xa1 note\n\n"B","2",x\n',
        b"\x80\xff\xfe broken bytes\r\n",
        b'"UDF MODULES","mine"',
        b'x\n"INTERPRETER_WIN","C:\\other"\n',
    ],
)
def test_setting_and_removing_gives_back_every_byte(conf: Path, content: bytes) -> None:
    conf.write_bytes(content)
    change_configuration(conf, {"INTERPRETER_WIN": PYTHON}, "cp936")
    assert read_configuration(conf, "cp936")["INTERPRETER_WIN"] == PYTHON
    assert content in conf.read_bytes()
    change_configuration(conf, {"INTERPRETER_WIN": None}, "cp936")
    assert conf.read_bytes() == content


def test_a_setting_is_changed_in_its_place(conf: Path) -> None:
    conf.write_bytes(b'# \xbf\xbc\xba\xcb,\r\ninterpreter_win,C:\\old\r\n"B","2"\r\n')
    change_configuration(conf, {"INTERPRETER_WIN": PYTHON, "B": None}, "cp936")
    assert conf.read_bytes() == b'# \xbf\xbc\xba\xcb,\r\n"INTERPRETER_WIN","C:\\Python\\pythonw.exe"\r\n'


@pytest.mark.parametrize(("user", "encoding"), [("李雷", "cp1252"), ("😀", "cp936"), ("Łukasz", "cp1252")])
def test_what_the_code_page_cannot_write_changes_nothing(conf: Path, user: str, encoding: str) -> None:
    conf.write_bytes(GOOD)
    with pytest.raises(KpiError, match=encoding) as caught:
        change_configuration(conf, {"INTERPRETER_WIN": rf"C:\Users\{user}\pythonw.exe"}, encoding)
    assert user[0] in caught.value.message.zh
    assert conf.read_bytes() == GOOD
    assert [path.name for path in conf.parent.iterdir()] == [conf.name]


@pytest.mark.parametrize(
    ("text", "encoding", "can"),
    [
        ("C:\\李雷", "cp936", True),
        ("C:\\李雷", "cp1252", False),
        ("C:\\x", "cp1252", True),
        ("😀", "utf-8", True),
        ("😀", "cp936", False),
    ],
)
def test_what_a_code_page_has(text: str, encoding: str, can: bool) -> None:
    assert can_write(text, encoding) is can


def test_modules_are_dropped_one_by_one() -> None:
    assert drop_module("a;b;c", "b") == "a;c"
    assert drop_module("b", "b") == ""
    assert drop_module("bb;b;", "b") == "bb"
