"""Enough of pywin32 and of Excel's objects for xlwings' own COM code to run on any system.

What runs for real: xlwings' decorators, `udfs.import_udfs` (the VBA text, the macro options), `com_server.XLPython().CallUDF`
with its conversion of arguments and results. What is faked: the COM calls below it. A range's value comes as pywin32 gives it: a
scalar for one cell, else a tuple of tuples; numbers as floats, dates as datetimes, error values as HRESULT integers.
"""

from __future__ import annotations

import atexit
import ctypes
import datetime as dt
import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

RANGE_IID = "{00020846-0000-0000-C000-000000000046}"
MISSING = -2147352572
"""What VBA hands over for an optional argument that was left out."""
ERROR_CODES = {
    "#NULL!": -2146826288,
    "#DIV/0!": -2146826281,
    "#VALUE!": -2146826273,
    "#REF!": -2146826265,
    "#NAME?": -2146826259,
    "#NUM!": -2146826252,
    "#N/A": -2146826246,
    "#GETTING_DATA": -2146826245,
    "#SPILL!": -2146826243,
    "#CONNECT!": -2146826242,
    "#BLOCKED!": -2146826241,
    "#UNKNOWN!": -2146826240,
    "#FIELD!": -2146826239,
    "#CALC!": -2146826238,
    "#BUSY!": -2146826237,
    "#PYTHON!": -2146826233,
}
"""What pywin32 gives for a cell with an error; xlwings' own table ends with #N/A."""


class VtError(int):
    """An error value by its number, for those that have no name here."""


class ComError(Exception):
    hresult = 0


class Module(types.ModuleType):
    """A module in which every name that nobody set is a fresh mock."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = mock.MagicMock(name=f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


def _modules() -> dict[str, types.ModuleType]:
    names = (
        *("pywintypes", "pythoncom", "win32api", "win32con", "win32event", "win32gui", "win32process", "win32timezone"),
        *("win32com", "win32com.client", "win32com.server", "win32com.server.util", "win32com.server.policy"),
        *("win32com.server.dispatcher", "win32com.server.exception"),
    )
    made = {name: Module(name) for name in names}
    for name, module in made.items():
        module.__path__ = []
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(made[parent], child, module)
    made["pywintypes"].com_error = ComError  # type: ignore[attr-defined]
    made["pywintypes"].error = ComError  # type: ignore[attr-defined]
    made["pywintypes"].TimeType = dt.datetime  # type: ignore[attr-defined]
    made["pywintypes"].IID = str  # type: ignore[attr-defined]
    made["pythoncom"].__file__ = __file__
    made["pythoncom"].IID_IDispatch = "dispatch"  # type: ignore[attr-defined]
    made["pythoncom"].TypeIIDs = {"dispatch": type("PyIDispatch", (), {})}  # type: ignore[attr-defined]
    made["pythoncom"].com_error = made["pythoncom"].ole_error = ComError  # type: ignore[attr-defined]
    client = made["win32com.client"]
    for name in ("CDispatch", "CoClassBaseClass", "DispatchBaseClass"):
        setattr(client, name, type(name, (), {}))
    client.Dispatch = lambda obj, **_: obj  # type: ignore[attr-defined]

    def unwrap(value: object) -> object:
        raise ComError("not a wrapped object")

    made["win32com.server.util"].unwrap = unwrap  # type: ignore[attr-defined]
    return made


@contextmanager
def xlwings_on_windows(*reload: str) -> Iterator[types.ModuleType]:
    """Import xlwings as on Windows, over the stub, and the modules in `reload` with it; put everything back afterwards."""
    import xlwings  # noqa: F401 - so that all it needs is imported before the platform is called win32

    affected = ("xlwings", *reload)
    saved = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "xlwings" or name in reload}
    for name in saved:
        del sys.modules[name]
    windows = {name: mock.MagicMock(name=name) for name in ("oledll", "windll", "PyDLL")}
    try:
        with (
            mock.patch.dict(sys.modules, _modules()),
            mock.patch.multiple(ctypes, create=True, **windows),
        ):
            with mock.patch.object(sys, "platform", "win32"):
                loaded = importlib.import_module("xlwings")
            assert loaded.has_pywin32
            atexit.unregister(sys.modules["xlwings._xlwindows"].cleanup)
            for name in reload:
                importlib.import_module(name)
            yield loaded
            sys.modules["xlwings.udfs"].com_executor.shutdown()
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] in affected or name in affected]:
            del sys.modules[name]
        sys.modules.update(saved)


# --- Excel's objects ---------------------------------------------------------------------------------------------------------


class Application:
    """Excel itself; keeps what `import_udfs` told it about the functions."""

    Version = "16.0"
    Hwnd = 1

    def __init__(self) -> None:
        self.options: dict[str, dict[str, Any]] = {}
        self.Caller: Any = None
        self.ran: list[tuple[str, ...]] = []

    def MacroOptions(self, macro: str, **options: Any) -> None:  # noqa: N802 - Excel's name
        self.options[macro] = options

    def Run(self, macro: str, *arguments: str) -> None:  # noqa: N802 - Excel's name
        self.ran.append((macro, *arguments))


class _Components:
    def __init__(self, book: Workbook) -> None:
        self.book = book

    def __call__(self, name: str) -> str:
        raise ComError("no such module")

    def Remove(self, component: str) -> None:  # noqa: N802 - Excel's name
        raise AssertionError("nothing to remove")

    def Import(self, path: str) -> None:  # noqa: N802 - Excel's name
        self.book.vba = Path(path).read_text(encoding="utf-8")


class _Sheets(list[Any]):
    @property
    def Count(self) -> int:  # noqa: N802 - Excel's name
        return len(self)


class Configuration:
    """The sheet ``xlwings.conf`` of a workbook."""

    Name = "xlwings.conf"

    def __init__(self, rows: list[tuple[Any, Any]]) -> None:
        self.rows = rows

    def Range(self, address: str) -> types.SimpleNamespace:  # noqa: N802 - Excel's name
        assert address.startswith("A1:B")
        return types.SimpleNamespace(Value=(*self.rows, (None, None)))


class Workbook:
    """A workbook with one sheet, and the VBA module that `import_udfs` puts into it; `Path` is its folder."""

    def __init__(self, name: str = "考核.xlsm", folder: str = "") -> None:
        self.Name = name
        self.Path = folder
        self.Application = Application()
        self.vba = ""
        self.VBProject = types.SimpleNamespace(VBComponents=_Components(self))
        self.sheet = types.SimpleNamespace(Name="Sheet1", Parent=self, Application=self.Application)
        self.Worksheets = _Sheets([self.sheet])


class _TypeInfo:
    def GetTypeInfo(self) -> _TypeInfo:  # noqa: N802 - pywin32's name
        return self

    def GetTypeAttr(self) -> types.SimpleNamespace:  # noqa: N802 - pywin32's name
        return types.SimpleNamespace(iid=RANGE_IID)


class Range:
    """A range with the values that pywin32 would give."""

    _oleobj_ = _TypeInfo()
    Row = Column = 1

    def __init__(self, book: Workbook, rows: list[list[Any]]) -> None:
        values = tuple(tuple(_variant(cell) for cell in row) for row in rows)
        self.Value = values[0][0] if len(values) == len(values[0]) == 1 else values
        self.Worksheet = book.sheet
        self.Application = book.Application
        self.Rows = types.SimpleNamespace(Count=len(values))
        self.Columns = types.SimpleNamespace(Count=len(values[0]))

    def GetAddress(self, *_: Any) -> str:  # noqa: N802 - Excel's name
        return "$A$1"


def _variant(cell: Any) -> Any:
    """Return a Python value as Excel would hold it and pywin32 hand it over."""
    if isinstance(cell, str):
        return ERROR_CODES.get(cell, cell or None)
    if isinstance(cell, VtError):
        return int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return float(cell)
    return cell
