"""Calls over xlwings' COM path, as Excel makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kpi_xl.functions import FUNCTIONS

from .pywin32_stub import MISSING, Range, Workbook, xlwings_on_windows

MODULE = "kpi_xl.excel.functions"


@contextmanager
def xlwings_with_functions() -> Iterator[Any]:
    """Import xlwings as on Windows, with the functions in it."""
    with xlwings_on_windows(MODULE):
        import xlwings.com_server

        yield xlwings


def caller(xlwings: Any, book: Workbook) -> Callable[..., Any]:
    """Return what Excel's cell would show: nested lists become ranges, everything else is typed into the formula."""
    server = xlwings.com_server.XLPython()

    def call(name: str, *arguments: Any) -> Any:
        given = [Range(book, argument) if isinstance(argument, list) else argument for argument in arguments]
        given += [MISSING] * (len(FUNCTIONS[name].arguments) - len(given))
        book.Application.Caller = Range(book, [[None]])
        return server.CallUDF(MODULE, name, tuple(given), book, book.Application.Caller)

    return call
