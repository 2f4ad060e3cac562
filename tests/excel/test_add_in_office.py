"""kpi-xl.xlam in LibreOffice, the only other program with VBA: it loads the project, and executes our part of it.

Its Basic knows no conditional compilation and neither xlwings' DLL nor ``MacroOptions``; these are put aside or replaced by
something that says how it was called. So xlwings' own module is loaded here and not executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kpi_xl.excel.add_in import build_add_in
from kpi_xl.excel.vba.project import Module, Project, read_project
from kpi_xl.excel.wrappers import MODULE
from kpi_xl.functions import CATALOG, CATEGORY, Function

from ..office import Drive, running
from .add_in_files import as_workbook, vba_of_package

pytestmark = pytest.mark.office

PYTHON = r"C:\Python311\pythonw.exe"
LOAD = {"FilterName": "Calc MS Excel 2007 VBA XML", "MacroExecutionMode": 4}  # 4: execute without asking
TOLD = """Attribute VB_Name = "probe"
Dim told As String

Function XLPy()
    Set XLPy = New FakePython
End Function

Sub Remember(Optional Macro, Optional Description, Optional Category, Optional ArgumentDescriptions)
    Dim place As Long
    told = told & Macro & "|" & Description & "|" & Category
    If Not IsMissing(ArgumentDescriptions) Then
        For place = LBound(ArgumentDescriptions) To UBound(ArgumentDescriptions)
            told = told & "|" & ArgumentDescriptions(place)
        Next place
    End If
    told = told & Chr(10)
End Sub

Function Registered() As String
    told = ""
    DescribeKpiFunctions
    Registered = told
End Function
"""
PYTHON_FAKE = """Attribute VB_Name = "FakePython"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = False
Attribute VB_Exposed = False

Public Function CallUDF(moduleName, functionName, arguments, book, caller)
    Dim place As Long
    If Not IsMissing(arguments(0)) Then
        If arguments(0) = "gone" Then Err.Raise 1000, , "Python is gone"
    End If
    CallUDF = moduleName & "|" & functionName
    For place = LBound(arguments) To UBound(arguments)
        If IsMissing(arguments(place)) Then
            CallUDF = CallUDF & "|missing"
        Else
            CallUDF = CallUDF & "|" & arguments(place)
        End If
    Next place
End Function
"""


@pytest.fixture(scope="module")
def drive(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drive]:
    with running(tmp_path_factory.mktemp("office")) as drive:
        yield drive


@pytest.fixture(scope="module")
def built() -> bytes:
    return build_add_in(PYTHON)


@pytest.fixture(scope="module")
def project(built: bytes) -> Project:
    return read_project(vba_of_package(built))


def test_libreoffice_loads_the_add_in_and_every_module(drive: Drive, built: bytes, project: Project, tmp_path: Path) -> None:
    file = tmp_path / "kpi-xl.xlam"
    file.write_bytes(built)
    found = drive({"open": file.as_uri(), "load": LOAD, "basic": True, "read": ["A1:B2"]})
    assert found["basic"]["project"] == "kpi_xl"
    assert found["basic"]["vba"] is True
    assert found["basic"]["modules"].keys() == {module.name for module in project.modules}
    for module in project.modules:
        assert _code(found["basic"]["modules"][module.name]) == _code(module.source), module.name
    assert found["read"] == [[["INTERPRETER_WIN", PYTHON], ["UDF MODULES", MODULE]]]


def _code(source: str) -> list[str]:
    """Return the lines but for those on the module itself, which LibreOffice writes in its own way."""
    own = re.compile(r"Attribute |Rem Attribute |Option VBASupport|Option ClassModule")
    return "\n".join(line for line in source.splitlines() if not own.match(line)).strip("\n").split("\n")


@pytest.fixture(scope="module")
def executed(drive: Drive, built: bytes, project: Project, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What LibreOffice computes with our code: the texts registered, and each wrapper called from a cell."""
    wizard = project.module("kpi_xl_wizard")
    wrappers = project.module("xlwings_udfs")
    ours = project.without_module("xlwings").without_module("Dictionary")
    for module in (
        replace(wizard, source=wizard.source.replace("Application.MacroOptions ", "Remember ")),
        replace(wrappers, source=_for_this_basic(wrappers.source)),
        Module("probe", "standard", TOLD.replace("\n", "\r\n")),
        Module("FakePython", "class", PYTHON_FAKE.replace("\n", "\r\n")),
    ):
        ours = ours.with_module(module)
    file = tmp_path_factory.mktemp("executed") / "kpi-xl.xlsm"
    file.write_bytes(as_workbook(built, ours))
    formulas = {"Z1": "=Registered()", "Z2": '=KPI_GRADE("gone")'}
    for row, function in enumerate(CATALOG, start=3):
        formulas[f"Z{row}"] = f"={function.name}({';'.join(_given(function))})"
    read = drive({"open": file.as_uri(), "load": LOAD, "formulas": formulas, "read": [f"Z1:Z{len(CATALOG) + 2}"]})["read"][0]
    return [value for (value,) in read]


def _given(function: Function) -> list[str]:
    return [f'"{argument.name}"' for argument in function.arguments if not argument.optional]


def _for_this_basic(source: str) -> str:
    """Return the wrappers as the compiler sees them where ``App`` is Microsoft Excel, for a cell as the caller.

    LibreOffice does not know the caller, and takes ``base``, which VBA reserves in ``Option Base`` only, for a word of its own.
    """
    source = re.sub(r"    #Else\r\n.*?    #End If\r\n", "", source, flags=re.DOTALL)
    source = re.sub(r"(?:    #If|#Const) .*?\r\n", "", source)
    return re.sub(r"\bbase\b", "base_", source.replace("If TypeOf Application.Caller Is Range Then ", ""))


def test_the_texts_reach_macro_options(executed: list[str]) -> None:
    texts = [[f.doc, CATEGORY, *[argument.doc for argument in f.arguments]] for f in CATALOG]
    expected = ["|".join([f"'kpi-xl.xlsm'!{f.name}", *told]) for f, told in zip(CATALOG, texts, strict=True)]
    assert executed[0].splitlines() == expected


def test_an_error_of_python_is_told_in_the_cell(executed: list[str]) -> None:
    assert executed[1] == "Python is gone"


@pytest.mark.parametrize("function", CATALOG, ids=lambda function: function.name)
def test_a_wrapper_calls_python_with_its_arguments(executed: list[str], function: Function) -> None:
    given = ["missing" if argument.optional else argument.name for argument in function.arguments]
    assert executed[2 + CATALOG.index(function)] == "|".join([MODULE, function.name, *given])
