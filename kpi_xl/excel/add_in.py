"""``kpi-xl.xlam``: the cell functions in every workbook of Excel on Windows, without import and without trust to VBA projects.

It is the template of a custom add-in that xlwings ships (``xlwings quickstart --addin``), with what xlwings' manual asks of the
author of such an add-in done to it: the project renamed, the wrappers put in, the configuration sheet filled.

**It was never opened in Excel**, which was not at hand: that it works there follows from the formats' specifications, from the
manual and from the template, which xlwings' release makes in the same way. What was run: oletools and pcodedmp read it, and
LibreOffice loads its VBA project and executes our part of the code, not that of xlwings (tests/excel/test_add_in_office.py).

Which settings hold: the template's code asks the sheet ``kpi_xl.conf``, then files named ``kpi_xl.conf``, after the name of the
project; a user's ``xlwings.conf`` and the modules that it lists are neither read nor changed.

xlwings is under the BSD 3-clause license, its Dictionary class under MIT: their notices stay in their modules, and the document
properties name both. Nothing here needs a license key.
"""

from __future__ import annotations

import importlib.util
import io
import re
import zipfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from xml.sax.saxutils import escape

from kpi_xl import __version__
from kpi_xl.errors import KpiError, Text
from kpi_xl.excel.vba.project import Module, Project, read_project, write_project
from kpi_xl.excel.wrappers import MODULE, OPENING, TEXTS, UDFS, write_wizard, write_wrappers
from kpi_xl.functions import CATALOG, CATEGORY

PROJECT = "kpi_xl"
SHEET = f"{PROJECT}.conf"
ANY_PYTHON = "pythonw"
"""An interpreter for a computer that is not known yet: whatever Python its PATH names."""

_FIRST = 2
_TEMPLATE = "quickstart_addin.xlam"
_WHEN = (1980, 1, 1, 0, 0, 0)
_LONGEST = 255  # characters of a text in the function wizard
_BOOK, _CELLS, _STRINGS, _VBA = "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/vbaProject.bin"
_PROPERTIES = "docProps/core.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_AUTHOR_PATH = re.compile(r"<mc:AlternateContent.*?</mc:AlternateContent>", re.DOTALL)  # where its author saved the template

Value = str | bool | int | None


def build_add_in(interpreter: str) -> bytes:
    """Return kpi-xl.xlam: xlwings' own add-in template with our wrappers in its VBA project and its own conf sheet.

    `interpreter`: the Python to start (``INTERPRETER_WIN``); ``%NAME%`` stands for a variable of the environment. The same
    version of kpi-xl and xlwings and the same interpreter give the same bytes. Raises KpiError when xlwings' template is missing
    or not the one we know.
    """
    parts = _template()
    try:
        sheet, strings = _sheet(_rows(interpreter))
        parts[_VBA] = write_project(_project(read_project(parts[_VBA])))
        parts[_BOOK] = _book(parts[_BOOK].decode("utf-8")).encode("utf-8")
        parts[_CELLS], parts[_STRINGS], parts[_PROPERTIES] = sheet.encode(), strings.encode(), _document_properties().encode()
    except (KeyError, ValueError, OSError) as error:
        raise _unknown_template(str(error)) from error
    return _zip(parts)


def _template() -> dict[str, bytes]:
    """Return the parts of xlwings' template by name, the list of content types first."""
    found = importlib.util.find_spec("xlwings")
    file = Path(found.origin).parent / _TEMPLATE if found and found.origin else Path(_TEMPLATE)
    try:
        with zipfile.ZipFile(file) as package:
            parts = {name: package.read(name) for name in package.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise _unknown_template(str(error)) from error
    return {"[Content_Types].xml": parts.pop("[Content_Types].xml", b""), **parts}


def _unknown_template(why: str) -> KpiError:
    return KpiError(
        Text(f"xlwings 的加载项模板缺失或不认识：{why}", f"the add-in template of xlwings is missing or unknown: {why}"),
        Text("请重新安装：pip install --force-reinstall kpi-xl xlwings", "pip install --force-reinstall kpi-xl xlwings"),
    )


# --- the VBA project ------------------------------------------------------------------------------------------------------


def _project(template: Project) -> Project:
    """Return the template's project under our name, with our modules, without the sample of the template."""
    code, book = template.module("xlwings"), template.module("ThisWorkbook")
    project = replace(template, name=PROJECT).without_module("Module1")
    for module in (
        replace(code, source=_renamed(code.source)),
        replace(book, source=book.source + _lines(OPENING)),
        Module(UDFS, "standard", _lines(write_wrappers())),
        Module(TEXTS, "standard", _lines(write_wizard(SHEET, _FIRST))),
    ):
        project = project.with_module(module)
    return project


def _renamed(source: str) -> str:
    """Return xlwings' code with its name, and settings looked up in the add-in alone.

    The name is what its manual says to change. ``ThisWorkbook`` for ``ActiveWorkbook`` is what xlwings' own release does to this
    code for workbooks that carry it: settings then come from the add-in's sheet whatever workbook is active, and the command that
    starts Python no longer holds the active workbook's path. The DLL starts a Python for each different command, and takes
    2,047 characters of it at most.
    """
    named = source.replace('PROJECT_NAME As String = "myaddin"', f'PROJECT_NAME As String = "{PROJECT}"')
    if named == source:
        raise ValueError("PROJECT_NAME")
    return named.replace("ActiveWorkbook", "ThisWorkbook")


def _lines(source: str) -> str:
    return source.replace("\n", "\r\n")


# --- the sheet ------------------------------------------------------------------------------------------------------------


def _settings(interpreter: str) -> tuple[tuple[str, Value], ...]:
    """Return each setting that the code asks for; one that is missing here would be looked for in files."""
    return (
        ("INTERPRETER_WIN", interpreter),
        ("UDF MODULES", MODULE),
        ("PYTHONPATH", None),
        ("ADD_WORKBOOK_TO_PYTHONPATH", "false"),  # no module beside a workbook takes the place of one of ours
        ("CONDA PATH", None),
        ("CONDA ENV", None),
        ("DEBUG UDFS", False),
        ("USE UDF SERVER", False),
        ("SHOW CONSOLE", False),
        ("ONEDRIVE_CONSUMER_WIN", None),
        ("ONEDRIVE_COMMERCIAL_WIN", None),
        ("SHAREPOINT_WIN", None),
    )


def _rows(interpreter: str) -> list[list[Value]]:
    """Return the cells: settings in A and B from row 1 on, without a gap, as the code reads them; wizard texts from D on."""
    settings = _settings(interpreter)
    texts: list[list[Value]] = [["function", "description", "category", "arguments", "argument descriptions"]]
    for function in CATALOG:
        docs = [argument.doc[:_LONGEST] for argument in function.arguments]
        texts.append([function.name, function.doc[:_LONGEST], CATEGORY, len(docs), *docs])
    count = max(len(settings), len(texts))
    left: list[list[Value]] = [[*setting] for setting in settings] + [[None, None]] * (count - len(settings))
    right = texts + [[]] * (count - len(texts))
    return [[*left[row], None, *right[row]] for row in range(count)]


def _sheet(rows: list[list[Value]]) -> tuple[str, str]:
    """Return the sheet and the shared strings as XML; the sheet keeps the code name of the module behind it."""
    strings: dict[str, int] = {}
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(_cell(f"{chr(65 + column)}{number}", value, strings) for column, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    sheet = (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetPr codeName="Sheet2"/>'
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15.75"/>'
        f"<sheetData>{''.join(lines)}</sheetData></worksheet>"
    )
    texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    used = sum(isinstance(value, str) for row in rows for value in row)
    return sheet, f'{_XML}<sst xmlns="{_MAIN}" count="{used}" uniqueCount="{len(strings)}">{texts}</sst>'


def _cell(place: str, value: Value, strings: dict[str, int]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'


# --- the package ----------------------------------------------------------------------------------------------------------


def _book(text: str) -> str:
    renamed = text.replace('name="_myaddin.conf"', f'name="{SHEET}"')
    if renamed == text:
        raise ValueError("_myaddin.conf")
    return _AUTHOR_PATH.sub("", renamed)


def _document_properties() -> str:
    """Return the properties that Excel shows in its list of add-ins."""
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    told = (
        f"kpi-xl {__version__} 的单元格函数，在任何工作簿中可用，例如 =KPI_GRADE(87)。 "
        f"Contains xlwings {version('xlwings')}, Copyright (C) Zoomer Analytics LLC, BSD 3-clause license, and VBA-Dictionary, "
        "(c) Tim Hall, MIT license; the notices stand in the VBA modules xlwings and Dictionary."
    )
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{core}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{CATEGORY}</dc:title><dc:creator>kpi-xl</dc:creator><dc:description>{escape(told)}</dc:description>"
        "</cp:coreProperties>"
    )


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()
