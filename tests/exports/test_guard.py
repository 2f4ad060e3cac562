"""Hostile and broken files are refused before a reader touches them; nothing aborts, nothing takes long."""

# ruff: noqa: E501 - tables of examples, and exports quoted a line a line

from __future__ import annotations

import gzip
import random
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl.errors import KpiError
from kpi_xl.exports import open_sheets
from kpi_xl.exports.files.excel_source import open_workbook
from kpi_xl.exports.files.guard import guard

from .files import HEADER, ROW, package, sheet_xml, workbook, write

SST = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4294967296" uniqueCount="4294967296"/>'


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"xl/worksheets/sheet1.xml": sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')}, "只有 2 格数据"),
        ({"xl/worksheets/sheet1.xml": sheet_xml('<row><c r="A1"><v>1</v></c><c r="ZZZZ99999999"><v>1</v></c></row>')}, "超出工作表边界"),
        ({"xl/sharedStrings.xml": SST}, "共享字符串"),
        ({"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'}, "DTD"),
        ({f"xl/media/{i}.bin": "" for i in range(20_001)}, "个部件"),
        ({"xl/vbaProject.xml": " " * (60 << 20)}, "压缩比"),
    ],
    ids=["last corner", "beyond the sheet", "string count", "document type", "entries", "ratio"],
)  # fmt: skip
def test_absurd_inside(tmp_path: Path, parts: Mapping[str, str], said: str) -> None:
    path = package(tmp_path, parts)
    with pytest.raises(KpiError, match=said) as refused:
        guard(path)
    assert path.name in refused.value.message.zh
    assert refused.value.remedy.zh


def test_what_only_the_child_survives(tmp_path: Path) -> None:
    """A sheet that the scan lets through, but that needs more memory than its size allows, stops the child, not us."""
    path = package(tmp_path, {"xl/worksheets/sheet1.xml": sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>')})
    guarded = guard(path)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(KpiError, match="内容异常"):
        open_workbook(replace(guarded, memory_mb=8), work)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.csv", b"", "空的"), ("空.xlsx", b"\xef\xbb\xbf \r\n", "空的"), ("零.csv", b"\0" * 9000, "空白字节"), ("报表.xls", b"<html><table><tr><td>1", "网页"),
        ("报表.xls", b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "网页"), ("合同.xlsx", b"%PDF-1.7 ...", "PDF"), ("图.csv", b"\x89PNG\r\n\x1a\n", "图片"),
        ("压缩.csv", gzip.compress(b"a,b", mtime=0), "gzip"), ("断.xlsx", b"PK\x03\x04" + b"x" * 100, "损坏"),
    ],
)  # fmt: skip
def test_not_what_the_name_says(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(KpiError, match=said):
        guard(path)


def test_a_zip_and_other_workbooks(tmp_path: Path) -> None:
    for name, inside, said in (
        ("包.zip", "工单.csv", "ZIP"),
        ("表.ods", "content.xml", "ODS"),
        ("表.xlsb", "xl/workbook.bin", "XLSB"),
    ):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr(inside, "x")
        with pytest.raises(KpiError, match=said):
            guard(path)


def test_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "密.xlsx"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(KpiError, match="密码"):
        guard(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="没有这个文件"):
        guard(tmp_path / "没有.csv")
    with pytest.raises(KpiError, match="文件夹") as refused:
        guard(tmp_path)
    assert refused.value.remedy is not None
    assert "*.csv" in refused.value.remedy.zh


def test_content_counts_not_the_name(tmp_path: Path) -> None:
    book = workbook(tmp_path, {"S": [HEADER.split(","), ROW.split(",")]})
    renamed = book.rename(tmp_path / "工单.xls")
    assert guard(renamed).content == "xlsx"
    text = write(tmp_path, HEADER, ROW, name="工单2.xls")
    assert guard(text).content == "text"
    (tmp_path / "work").mkdir()
    assert len(open_sheets(text, tmp_path / "work")) == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_damaged_workbooks_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, seed: int, hits: int) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = workbook(folder, {"S": [HEADER.split(","), ROW.split(",")]})
    data = bytearray(path.read_bytes())
    dice = random.Random(seed)
    for _ in range(hits):
        data[dice.randrange(len(data))] = dice.randrange(256)
    path.write_bytes(bytes(data[: dice.randrange(1, len(data)) if seed % 3 == 0 else len(data)]))
    (folder / "work").mkdir()
    try:
        sheets = open_sheets(path, folder / "work")
    except KpiError as refused:
        assert refused.remedy.zh  # noqa: PT017 - either outcome is right
    else:
        assert sheets


@pytest.mark.data
@pytest.mark.slow
def test_every_public_workbook_is_read_or_refused(test_data: Path, tmp_path: Path) -> None:
    """Real and nasty workbooks from three test suites: nothing aborts."""
    outcomes = {"read": 0, "refused": 0}
    files = [
        p for folder in ("xlsx-suites", "templates", "exports") for p in sorted((test_data / folder).rglob("*")) if p.is_file()
    ]
    for number, path in enumerate(files):
        work = tmp_path / str(number)
        work.mkdir()
        try:
            assert open_sheets(path, work)
            outcomes["read"] += 1
        except KpiError as refused:
            assert path.name in refused.message.zh  # noqa: PT017 - either outcome is right
            outcomes["refused"] += 1
    assert outcomes["read"] > 250
