"""What a cell function is: its name, Chinese documentation, arguments, examples and implementation; calling it never raises."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import Cell, CellError, problem_text

Kind = Literal["cells", "list", "table", "value", "scheme"]
"""``cells``: result by result, a range gives a range; ``list``: all cells together; ``table``: rows and columns count;
``value``: one cell; ``scheme``: an id, an id with variants, or a 评级标准 range."""


@dataclass(frozen=True)
class Argument:
    """An argument; `name` is what the function wizard shows (ASCII, a Python identifier), `doc` its Chinese explanation."""

    name: str
    kind: Kind
    doc: str
    optional: bool = False


@dataclass(frozen=True)
class Example:
    """Arguments as Python values (nested lists are ranges) and the result that they must give; the tests execute it."""

    arguments: tuple[Cell, ...]
    result: Cell

    def formula(self, name: str) -> str:
        """Return the example as one types it in Excel: ``=KPI_GRADE(87)``."""
        return f"={name}({','.join(literal(argument) for argument in self.arguments)})"


@dataclass(frozen=True)
class Function:
    """A cell function. Calling it never raises: whatever is wrong comes back as a short Chinese text for the cell."""

    name: str
    doc: str
    arguments: tuple[Argument, ...]
    implementation: Callable[..., Cell]
    examples: tuple[Example, ...]
    native: bool = False
    """Whether a native formula over the sheet 评级标准 can stand for it (Excel 2013 vocabulary)."""
    engine: bool = False
    """Whether it needs the measure engine (pandas, DuckDB), which Pyodide and the Calc add-in do not have."""
    workbook: bool = False
    """Whether it asks the calling workbook for a setting (`kpi_xl.functions.results.told_by_workbook`)."""

    def __call__(self, *values: Cell) -> Cell:
        if len(values) > len(self.arguments):
            return f"参数错误：最多 {len(self.arguments)} 个参数"
        filled = [*values, *[None] * (self.least - len(values))]
        try:
            return self.implementation(*filled)
        except CellError as error:
            return str(error)
        except KpiError as error:
            return str(problem_text(error))
        except Exception:  # a cell never shows a traceback; the property tests call the implementation itself
            return "参数错误：无法计算，请检查各参数"

    @property
    def least(self) -> int:
        """Number of arguments that must be given."""
        return sum(not argument.optional for argument in self.arguments)

    @property
    def signature(self) -> inspect.Signature:
        """The Python signature that xlwings inspects: plain positional arguments, optional ones with default None."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature(
            [inspect.Parameter(a.name, kind, default=None if a.optional else inspect.Parameter.empty) for a in self.arguments]
        )


def literal(value: Cell) -> str:
    """Return a value as one types it: text in quotes, a range as an array constant ``{1,2;3,4}``, blanks in it as ``""``."""
    if isinstance(value, list):
        rows = value if value and isinstance(value[0], list) else [value]
        return "{" + ";".join(",".join(literal(cell) or '""' for cell in row) for row in rows) + "}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return "" if value is None else f"{value:g}"
