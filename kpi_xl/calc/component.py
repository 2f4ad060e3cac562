# ruff: noqa: ANN401 - UNO's objects have no types
"""The UNO component inside the add-in: hands a formula's arguments to the catalog's function and its result back.

Runs in LibreOffice's own Python. The core lies beside it in ``pythonpath/``; where that Python is older than the core needs,
every function says so instead of showing ``#NAME?``. Hence nothing but old syntax in this file.
"""

import re
import sys
from typing import Any

import uno
import unohelper
from com.sun.star.task import XJob
from kpixl import XFunctions  # type: ignore[import-not-found]

SERVICES = ("org.kpixl.Functions", "_xll")
RESOLVE_JOB = "org.kpixl.ResolveNames"
_LEAST = (3, 11)


def _call(name: str, arguments: "tuple[Any, ...]") -> Any:
    if sys.version_info < _LEAST:
        return (("需要内置 Python 3.11 以上的 LibreOffice（现为 {}.{}）".format(*sys.version_info[:2]),),)
    from kpi_xl.functions import FUNCTIONS

    return _to_uno(FUNCTIONS[name](*[_from_uno(argument) for argument in arguments]))


def _from_uno(value: Any) -> Any:
    """A range comes as a tuple of rows, an argument left out as None; numbers are floats, dates and TRUE too."""
    return [list(row) for row in value] if isinstance(value, tuple) else value


def _to_uno(value: Any) -> "tuple[tuple[Any, ...], ...]":
    """Every result goes back as rows of cells; one cell is one row with one cell."""
    rows = value if isinstance(value, list) else [[value]]
    return tuple(tuple(float(cell) if isinstance(cell, int) else cell for cell in row) for row in rows)


def _method(name: str) -> Any:
    def call(self: Any, *arguments: Any) -> Any:
        return _call(name, arguments)

    return call


def _names() -> "list[str]":
    """The methods of the interface, as its type tells them: the one list that is there even without the core."""
    context = uno.getComponentContext()
    manager = context.getValueByName("/singletons/com.sun.star.reflection.theTypeDescriptionManager")
    members = manager.getByHierarchicalName("kpixl.XFunctions").getMembers()
    return [member.getMemberName() for member in members]


Functions = type("Functions", (unohelper.Base, XFunctions), {name: _method(name) for name in _names()})

_UNRESOLVED = re.compile(r"(?<![\w.])(" + "|".join(_names()) + r")\(", re.IGNORECASE)
_FORMULA_CELLS = 16  # com.sun.star.sheet.CellFlags.FORMULA


class ResolveNames(unohelper.Base, XJob):  # type: ignore[misc] # UNO's types are made at run time
    """Runs after a document was loaded: enters formulas with ``KPI_...`` again.

    Calc knows an add-in's short names when a formula is typed, not when it reads a file; there they are ``#NAME?``.
    """

    def execute(self, arguments: Any) -> None:
        environment = next((pair.Value for pair in arguments if pair.Name == "Environment"), ())
        document = next((pair.Value for pair in environment if pair.Name == "Model"), None)
        if document is None or not document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            return
        modified = document.isModified()
        for sheet in document.getSheets():
            for block in sheet.queryContentCells(_FORMULA_CELLS):
                _enter_again(sheet, block)
        document.setModified(modified)


def _enter_again(sheet: Any, block: Any) -> None:
    for row, line in enumerate(block.getFormulaArray()):
        for column, formula in enumerate(line):
            if not _UNRESOLVED.search(formula):
                continue
            cell = block.getCellByPosition(column, row)
            if not cell.getFormula().startswith("{"):
                cell.setFormula(formula)
                continue
            array = sheet.createCursorByRange(cell)
            array.collapseToCurrentArray()
            array.setArrayFormula(array.getArrayFormula().strip("{}"))


g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the name that LibreOffice looks for
for _service in SERVICES:
    g_ImplementationHelper.addImplementation(lambda context: Functions(), _service, (_service,))
g_ImplementationHelper.addImplementation(lambda context: ResolveNames(), RESOLVE_JOB, (RESOLVE_JOB,))
