"""kpi-xl.xlam as a file: what is in it, that xlwings' generator would write the same, and what other programs read in it."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import FileFormat, OpenXmlValidator

from kpi_xl.errors import KpiError
from kpi_xl.excel import add_in
from kpi_xl.excel.add_in import ANY_PYTHON, build_add_in
from kpi_xl.excel.functions import __name__ as functions_module
from kpi_xl.excel.vba.project import Project, read_project
from kpi_xl.excel.wrappers import MODULE, write_wrappers
from kpi_xl.functions import CATALOG, CATEGORY, Function

from ..command_line import kpi_xl
from .add_in_files import as_workbook, oletools, vba_of
from .com import xlwings_with_functions
from .pywin32_stub import Workbook

PYTHON = r"C:\Program Files\Python & Co\pythonw.exe"
MODULES = ("ThisWorkbook", "Dictionary", "xlwings", "Sheet2", "xlwings_udfs", "kpi_xl_wizard")
WORDS = """
call case close const declare defbool defbyte defcur defdate defdbl defint deflng deflnglng deflngptr defobj defsng defstr
defvar dim do else elseif end endif enum erase event exit for friend function get global gosub goto if implements input let lock
loop lset next on open option print private public put raiseevent redim resume return rset seek select set static stop sub type
unlock wend while with write rem any as byref byval each in new shared until withevents optional paramarray preserve spc tab
then to addressof and eqv imp is like mod not or typeof xor abs cbool cbyte ccur cdate cdbl cdec cint clng clnglng clngptr csng
cstr cvar cverr date debug doevents fix int len lenb me pset scale sgn string array circle inputb lbound ubound boolean byte
currency double integer long longlong longptr single variant true false nothing empty null attribute lineinput cdecl decimal
defdec
"""
"""The reserved identifiers of MS-VBAL 3.3.5.2, in small letters: VBA does not tell capitals from them."""


@pytest.fixture(scope="module")
def built() -> bytes:
    return build_add_in(PYTHON)


@pytest.fixture(scope="module")
def parts(built: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(built)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.fixture(scope="module")
def project(parts: dict[str, bytes]) -> Project:
    return read_project(parts["xl/vbaProject.bin"])


@pytest.fixture(scope="module")
def file(built: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("add-in") / "kpi-xl.xlam"
    path.write_bytes(built)
    return path


@pytest.fixture(scope="module")
def generated() -> Iterator[str]:
    """What xlwings' own Import Functions writes into an add-in of our name."""
    with xlwings_with_functions() as xlwings:
        book = Workbook("kpi-xl.xlam")
        xlwings.udfs.import_udfs(MODULE, book)
        yield book.vba


# --- the code -------------------------------------------------------------------------------------------------------------


def test_the_wrappers_are_what_xlwings_generates(generated: str, project: Project) -> None:
    assert write_wrappers() == generated
    assert project.module("xlwings_udfs").source == generated.replace("\n", "\r\n")
    assert generated.count("End Function") == len(CATALOG)


def test_the_module_that_the_wrappers_name_exists() -> None:
    assert functions_module == MODULE


def test_xlwings_modules_keep_their_source_but_for_the_name_and_the_workbook_asked(project: Project) -> None:
    template = read_project(vba_of("quickstart_addin.xlam"))
    assert tuple(module.name for module in project.modules) == MODULES
    for name in ("Dictionary", "Sheet2"):
        assert project.module(name) == template.module(name)
    assert project.module("ThisWorkbook").source.startswith(template.module("ThisWorkbook").source)
    before = template.module("xlwings").source.splitlines()
    after = project.module("xlwings").source.splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    named = ('Public Const PROJECT_NAME As String = "myaddin"', 'Public Const PROJECT_NAME As String = "kpi_xl"')
    assert named in changed
    assert {(old.replace("ActiveWorkbook", "ThisWorkbook"), new) for old, new in changed if (old, new) != named} == {
        (new, new) for old, new in changed if (old, new) != named
    }


def test_the_settings_are_asked_of_the_add_in_alone(project: Project) -> None:
    """No sheet or file of another workbook decides which Python starts; one command for all workbooks means one Python."""
    assert "ActiveWorkbook" not in project.module("xlwings").source
    asked = set(re.findall(r'GetConfig\("([^"]+)"', project.module("xlwings").source))
    set_here = {key for key, _ in add_in._settings(PYTHON)}
    files = {"INTERPRETER_MAC", "ONEDRIVE_CONSUMER_MAC", "ONEDRIVE_COMMERCIAL_MAC", "SHAREPOINT_MAC"}
    assert asked - set_here - files == {
        "INTERPRETER",
        "LICENSE_KEY",
        "TEMP DIR",
        "SHOW_ERROR_POPUPS",
    }  # never or only on an error


def test_the_code_is_ascii_and_within_the_limits_of_vba(project: Project) -> None:
    for name in ("ThisWorkbook", "xlwings_udfs", "kpi_xl_wizard"):
        source = project.module(name).source
        assert source.isascii()
        lines = source.split("\r\n")
        assert not any("\n" in line for line in lines)
        assert max(map(len, lines)) < 1023
        assert len(lines) < 65_534
        assert source.startswith(f'Attribute VB_Name = "{name}"\r\n')


@pytest.mark.parametrize("function", CATALOG, ids=lambda function: function.name)
def test_no_argument_is_a_word_that_vba_keeps_for_itself(function: Function) -> None:
    """``Function KPI_X(date)`` does not compile, and then no function of the add-in works."""
    assert not {argument.name.lower() for argument in function.arguments} & set(WORDS.split())
    assert len({argument.name.lower() for argument in function.arguments}) == len(function.arguments)


def test_what_is_opened_describes_the_functions(project: Project) -> None:
    assert project.module("ThisWorkbook").source.endswith(
        "\r\nPrivate Sub Workbook_Open()\r\n    On Error Resume Next\r\n    DescribeKpiFunctions\r\nEnd Sub\r\n"
    )
    wizard = project.module("kpi_xl_wizard").source
    assert f"For place = 2 To {len(CATALOG) + 1}" in wizard
    assert 'Worksheets("kpi_xl.conf")' in wizard


# --- the sheet ------------------------------------------------------------------------------------------------------------


def _sheet(add_in_file: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(as_workbook(add_in_file)))["kpi_xl.conf"]


def test_the_configuration_sheet(built: bytes) -> None:
    sheet = _sheet(built)
    settings = {}
    for key, value in sheet.iter_rows(max_col=2, values_only=True):
        if key is None:
            break
        settings[key] = value
    assert settings == {
        "INTERPRETER_WIN": PYTHON,
        "UDF MODULES": "kpi_xl.excel.functions",
        "PYTHONPATH": None,
        "ADD_WORKBOOK_TO_PYTHONPATH": "false",
        "CONDA PATH": None,
        "CONDA ENV": None,
        "DEBUG UDFS": False,
        "USE UDF SERVER": False,
        "SHOW CONSOLE": False,
        "ONEDRIVE_CONSUMER_WIN": None,
        "ONEDRIVE_COMMERCIAL_WIN": None,
        "SHAREPOINT_WIN": None,
    }
    after = [key for (key,) in sheet.iter_rows(min_row=len(settings) + 1, max_col=1, values_only=True)]
    assert not any(after)  # the code reads down to the first gap


def test_the_texts_of_the_function_wizard(built: bytes) -> None:
    sheet = _sheet(built)
    for row, function in enumerate(CATALOG, start=2):
        docs = [argument.doc for argument in function.arguments]
        cells = [cell.value for cell in sheet[row][3 : 7 + len(docs)]]
        assert cells == [function.name, function.doc, CATEGORY, len(docs), *docs]
        assert all(len(text) <= 255 for text in [function.doc, *docs])


def test_a_path_with_odd_characters_arrives_whole() -> None:
    odd = 'C:\\用户\\张 <三> & "四"\\pythonw.exe'
    assert _sheet(build_add_in(odd))["B1"].value == odd


# --- the package ----------------------------------------------------------------------------------------------------------


def test_the_same_bytes_each_time_and_another_python_alone_changes_the_strings(built: bytes, parts: dict[str, bytes]) -> None:
    assert build_add_in(PYTHON) == built
    fresh = [sys.executable, "-c", f"import sys, kpi_xl.excel.add_in as a; sys.stdout.buffer.write(a.build_add_in({PYTHON!r}))"]
    elsewhere = subprocess.run(fresh, capture_output=True, check=True, env={"PYTHONHASHSEED": "7"}).stdout
    assert hashlib.sha256(elsewhere).digest() == hashlib.sha256(built).digest()
    with zipfile.ZipFile(io.BytesIO(build_add_in(ANY_PYTHON))) as other:
        assert [name for name in other.namelist() if other.read(name) != parts[name]] == ["xl/sharedStrings.xml"]


def test_it_is_an_add_in_with_every_part_declared(parts: dict[str, bytes]) -> None:
    types = parts["[Content_Types].xml"].decode()
    declared = dict(re.findall(r'PartName="/([^"]+)" ContentType="([^"]+)"', types))
    assert next(iter(parts)) == "[Content_Types].xml"
    assert declared["xl/workbook.xml"] == "application/vnd.ms-excel.addin.macroEnabled.main+xml"
    assert declared["xl/vbaProject.bin"] == "application/vnd.ms-office.vbaProject"
    assert set(declared) == {name for name in parts if not name.endswith(".rels")} - {"[Content_Types].xml"}
    assert b"felix" not in parts["xl/workbook.xml"]


def test_it_is_valid_by_the_schema(parts: dict[str, bytes], tmp_path: Path) -> None:
    template = importlib.util.find_spec("xlwings")
    assert template
    assert template.origin
    base = (Path(template.origin).parent / "quickstart_addin.xlam").read_bytes()
    assert not _mistakes(build_add_in(PYTHON), tmp_path) - _mistakes(base, tmp_path)


def _mistakes(data: bytes, folder: Path) -> Counter[tuple[str, str]]:
    path = folder / "kpi-xl.xlam"
    path.write_bytes(data)
    found = OpenXmlValidator(file_format=FileFormat.OFFICE_2013, max_errors=0).validate(str(path))
    return Counter((str(e.part_uri), e.description) for e in found.errors if e.severity.name == "ERROR")


def test_the_licences_go_along(parts: dict[str, bytes], project: Project) -> None:
    told = parts["docProps/core.xml"].decode()
    assert "BSD 3-clause" in told
    assert "MIT license" in told
    code = project.module("xlwings").source
    assert "BSD 3-clause license" in code
    assert "Redistributions of source code must retain" in code
    assert "License: MIT" in project.module("Dictionary").doc


def test_a_template_that_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(add_in, "_TEMPLATE", "quickstart.xlsm")
    with pytest.raises(KpiError) as unknown:
        build_add_in(PYTHON)
    assert "不认识" in unknown.value.message.zh
    monkeypatch.setattr(add_in, "_TEMPLATE", "none.xlam")
    with pytest.raises(KpiError):
        build_add_in(PYTHON)


# --- other programs -------------------------------------------------------------------------------------------------------


def test_oletools_lists_our_functions_and_xlwings_code(file: Path) -> None:
    oletools()
    from oletools.olevba import VBA_Parser

    parser = VBA_Parser(str(file))
    code = {stream.rpartition("/")[2]: text for _, stream, _, text in parser.extract_macros()}
    assert set(code) == set(MODULES)
    assert re.findall(r"^Function (\w+)\(", code["xlwings_udfs"], re.MULTILINE) == sorted(f.name for f in CATALOG)
    assert "Function XLPy()" in code["xlwings"]
    assert not parser.detect_vba_stomping()


def test_pcodedmp_finds_no_compiled_code(file: Path) -> None:
    oletools()
    done = subprocess.run([Path(sys.executable).with_name("pcodedmp"), file], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert re.findall(r"PROJ_NAME:\s+0+\s+([0-9A-F ]+?)\s{2,}", done.stdout) == ["6B 70 69 5F 78 6C"]  # kpi_xl
    assert "Line #" not in done.stdout


# --- the command ----------------------------------------------------------------------------------------------------------


def test_the_command_writes_it(tmp_path: Path) -> None:
    out = tmp_path / "kpi-xl.xlam"
    told = kpi_xl("excel", "addin", "--out", out, "--interpreter", PYTHON)
    assert told.returncode == 0
    assert out.read_bytes() == build_add_in(PYTHON)
    assert "XLSTART" in told.stdout
    assert kpi_xl("excel", "addin", "--out", out).returncode == 0
    assert out.read_bytes() == build_add_in(ANY_PYTHON)
