"""KPI_SCHEMES: which schemes there are."""

from __future__ import annotations

from functools import cache
from typing import Final

from kpi_xl.cell_words import word
from kpi_xl.functions.cells import Cell, CellError, as_cell, column, is_blank, raise_error, text
from kpi_xl.glossary import GRADE
from kpi_xl.schemes import list_schemes

HEAD: Final = ("编号", "名称", "满分", GRADE)
NONE: Final = "不设等级"


def schemes(words: object = None) -> Cell:
    """Return a table of the schemes below a header: id, name, full marks, grades from the highest down.

    `words`: only those with all of the words in id or name. Raises CellError when there are none.
    """
    wanted = []
    for cell in column(words):
        raise_error(cell)
        if not is_blank(cell) and (isinstance(cell, bool) or cell != 0):  # 0: Calc's empty cell
            wanted += word(text(cell, "关键词")).split()
    found = [list(row) for row in _rows() if all(one in word(f"{row[0]} {row[1]}") for one in wanted)]
    if not found:
        raise CellError(f"没有含“{' '.join(wanted)[:40]}”的方案；=KPI_SCHEMES() 列出全部")
    return [list(HEAD), *found]


@cache
def _rows() -> tuple[tuple[Cell, ...], ...]:
    """The built-in schemes in the order of their documents, read once a process."""
    return tuple(
        (scheme.id, scheme.name, as_cell(scheme.total), "、".join(grade.name for grade in scheme.grades) or NONE)
        for scheme in list_schemes()
    )
