"""Finding the marker rows of a sheet and cutting the sheet into runs and sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kpi_xl.errors import Problem, Text
from kpi_xl.ooxml.book import Sheet
from kpi_xl.ooxml.refs import MAX_ROW, Area, cell_name
from kpi_xl.template.layout import Body, RowRun, Section
from kpi_xl.template.placeholders import Content, Marker

Contents = Mapping[tuple[int, int], Content | Marker]
"""What the cells with placeholders hold, by (row, column)."""


@dataclass
class _Open:
    """A section that is not closed yet."""

    row: int
    column: int
    marker: Marker
    depth: int
    items: list[RowRun | Section] = field(default_factory=list)
    begin: int = 0
    body: Body | None = None


def cut_sheet(sheet: Sheet, contents: Contents, tables: Sequence[Area], problems: list[Problem]) -> Body:
    """Return the sheet's rows as runs and sections; mistakes go to `problems`.

    `tables`: the areas of the sheet's tables, which put the formulas of their columns into marker rows as well.
    """
    top = _Open(0, 0, Marker("for"), 0, begin=1)
    open_sections = [top]
    markers = sorted((row, column, content) for (row, column), content in contents.items() if isinstance(content, Marker))
    seen: set[int] = set()
    for row, column, marker in markers:
        where = sheet.where(cell_name(row, column))
        if row in seen or _others(sheet, row, column, tables):
            problems.append(
                Problem(
                    where,
                    Text("标记行里还有别的内容", "a marker row holds something else"),
                    Text("标记要独占一行", "give the marker a row of its own"),
                )
            )
        if row in seen:
            continue
        seen.add(row)
        current = open_sections[-1]
        if marker.kind in ("for", "if"):
            _close_run(current, row)
            open_sections.append(_Open(row, column, marker, current.depth + (marker.kind == "for"), begin=row + 1))
        elif current is top or (marker.kind == "else" and current.body is not None):
            problems.append(
                Problem(
                    where,
                    Text("前面没有对应的 for 或 if", "no for or if before it"),
                    Text("删掉它，或补上开头的标记", "remove it, or add the opening marker"),
                )
            )
        elif marker.kind == "else":
            _close_run(current, row)
            current.body = Body(current.row + 1, row - 1, tuple(current.items))
            current.items, current.begin = [], row + 1
        else:
            open_sections.pop()
            _close_run(current, row)
            open_sections[-1].items.append(_section(sheet, current, row))
            open_sections[-1].begin = row + 1
            if not (current.body or Body(current.row + 1, row - 1, ())).last >= current.row + 1:
                problems.append(
                    Problem(
                        where,
                        Text("标记之间没有行", "no row between the markers"),
                        Text("把要重复的行放在两个标记之间", "put the rows to repeat between the markers"),
                    )
                )
    for unclosed in open_sections[1:]:
        where = sheet.where(cell_name(unclosed.row, unclosed.column))
        problems.append(
            Problem(
                where,
                Text("没有对应的 {{ end }}", "it has no {{ end }}"),
                Text("在要重复的行下面加一行 {{ end }}", "add a row with {{ end }} below the rows"),
            )
        )
    _close_run(top, MAX_ROW + 1)
    return Body(1, MAX_ROW, tuple(top.items))


def _close_run(current: _Open, row: int) -> None:
    """End the run of plain rows before `row`."""
    if current.begin < row:
        current.items.append(RowRun(current.begin, row - 1))


def _section(sheet: Sheet, current: _Open, row: int) -> Section:
    body = current.body or Body(current.row + 1, row - 1, tuple(current.items))
    otherwise = Body(body.last + 2, row - 1, tuple(current.items)) if current.body else None
    kind: Literal["for", "if"] = "for" if current.marker.kind == "for" else "if"
    return Section(
        kind,
        current.row,
        row,
        current.marker.name,
        current.marker.path,
        current.depth,
        body,
        otherwise,
        where=sheet.where(cell_name(current.row, current.column)),
    )


def _others(sheet: Sheet, row: int, column: int, tables: Sequence[Area]) -> bool:
    """Tell whether other cells of a marker row hold anything."""
    for cell in sheet.rows[row].cells.values():
        filled_by_table = cell.formula is not None and any(area.contains(row, cell.column) for area in tables)
        if cell.column != column and not filled_by_table and (cell.value is not None or cell.formula is not None):
            return True
    return False


def runs_of(body: Body) -> list[tuple[RowRun, tuple[Section, ...]]]:
    """Return all runs with the sections around each whose body they stand in (not as its other rows), outermost first."""
    found: list[tuple[RowRun, tuple[Section, ...]]] = []
    for item in body.items:
        if isinstance(item, RowRun):
            found.append((item, ()))
            continue
        found += [(run, (item, *around)) for run, around in runs_of(item.body)]
        found += runs_of(item.otherwise) if item.otherwise else []
    return found


def sections_of(body: Body) -> list[tuple[Section, tuple[Section, ...]]]:
    """Return all sections, outer ones before inner ones, each with the sections around it (as in `runs_of`)."""
    found: list[tuple[Section, tuple[Section, ...]]] = []
    for section in body.sections:
        found.append((section, ()))
        found += [(inner, (section, *around)) for inner, around in sections_of(section.body)]
        found += sections_of(section.otherwise) if section.otherwise else []
    return found
