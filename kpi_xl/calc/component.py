# ruff: noqa: ANN401 - UNO's objects have no types
"""The UNO component inside the add-in: hands a formula's arguments to the catalog's function and its result back.

Runs in LibreOffice's own Python. The core lies beside it in ``pythonpath/``; where that Python is older than the core needs,
every function says so instead of showing ``#NAME?``. Hence old syntax in this file, in `names`, `ranges`, `results`.
"""

import sys
from typing import Any

import unohelper
from kpixl import XFunctions  # type: ignore[import-not-found]

from kpi_xl.calc.names import ResolveNames, function_names
from kpi_xl.calc.ranges import without_blank_end
from kpi_xl.calc.results import to_uno

SERVICES = ("org.kpixl.Functions", "_xll")
RESOLVE_JOB = "org.kpixl.ResolveNames"
_LEAST = (3, 11)


def _call(name: str, arguments: "tuple[Any, ...]") -> Any:
    """A range comes as a tuple of rows, an argument left out as None; numbers are floats, dates and TRUE too."""
    if sys.version_info < _LEAST:
        return "需要内置 Python 3.11 以上的 LibreOffice（现为 {}.{}）".format(*sys.version_info[:2])
    from kpi_xl.functions import FUNCTIONS

    return to_uno(FUNCTIONS[name](*without_blank_end(arguments)))


def _method(name: str) -> Any:
    def call(self: Any, *arguments: Any) -> Any:
        return _call(name, arguments)

    return call


Functions = type("Functions", (unohelper.Base, XFunctions), {name: _method(name) for name in function_names()})

g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the name that LibreOffice looks for
for _service in SERVICES:
    g_ImplementationHelper.addImplementation(lambda context: Functions(), _service, (_service,))
g_ImplementationHelper.addImplementation(lambda context: ResolveNames(), RESOLVE_JOB, (RESOLVE_JOB,))
