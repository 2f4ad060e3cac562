# ruff: noqa: ANN401 - UNO's objects have no types
"""How a result goes back to Calc, so that its texts compare: one cell as a value, a table by way of a volatile result.

Calc compares texts by their place in its pool of strings and puts a text there when it comes as a single value or in a table that
holds texts only (``[][]string``). Python can name the type of a table in one place only: the event of an ``XVolatileResult``.

Calc keeps a listener to every such result until the document is closed, also when the formula was computed anew. Therefore one
object stands for one content: computing again what did not change adds nothing, and a closed document gives everything back.
"""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakValueDictionary

import uno
import unohelper
from com.sun.star.sheet import ResultEvent, XVolatileResult


class Table(unohelper.Base, XVolatileResult):  # type: ignore[misc] # UNO's types are made at run time
    """A table with its type; tells whoever listens at once, and never again."""

    def __init__(self, kind: str, rows: Any) -> None:
        self._event = ResultEvent()
        self._event.Value = uno.Any(kind, rows)

    def addResultListener(self, listener: Any) -> None:  # noqa: N802 - UNO's name
        """Hand the table over. The listener is not kept: nothing will change, and it keeps this object."""
        listener.modified(self._event)

    def removeResultListener(self, listener: Any) -> None:  # noqa: N802 - UNO's name
        """Nothing was kept."""


_tables: WeakValueDictionary[Any, Table] = WeakValueDictionary()
_lock = threading.Lock()


def living_tables() -> int:
    """Return how many tables the open documents hold: one a content."""
    return len(_tables)


def to_uno(value: Any) -> Any:
    """Return a function's result as Calc takes it: a number or a text for one cell, a `Table` for more."""
    if not isinstance(value, list):
        return _cell(value)
    rows = tuple(tuple(_cell(cell) for cell in row) for row in value)
    if not rows or not rows[0]:
        return ""
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    kind = _kind(rows)
    with _lock:
        table = _tables.get((kind, rows))
        if table is None:
            table = _tables[kind, rows] = Table(kind, rows)
    return table


def _cell(value: Any) -> Any:
    """Numbers are doubles: an integer in a table would become another kind of number. Nothing is an empty text."""
    if value is None:
        return ""
    return float(value) if isinstance(value, int) else value


def _kind(rows: Any) -> str:
    kinds = {type(cell) for row in rows for cell in row}
    if kinds == {float}:
        return "[][]double"
    return "[][]string" if kinds == {str} else "[][]any"
