"""The sheet 评级标准, planned: a scheme as tables with a fixed cell for every number.

`plan_standard` needs no spreadsheet library: the formulas of the forms (`kpi_xl.native.arithmetic`) ask it for cell references,
`kpi_xl.standard.sheet` draws it, and `kpi_xl.standard.decode` reads it back, so the three cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.standard.rows import standard_sections
from kpi_xl.standard.tables import RULE_FIELDS, SCHEME_ROWS, SHEET, Row, StandardTable

FIRST_ROW = 4
"""The first table's title; above it stand the sheet's title and a line of explanation."""

OVERVIEW = ("indicators", "parts", "rule", "bands", "options", "parameters", "grades", "streaks")
"""The tables that the readable part shows again, in its order; `kpi_xl.standard.overview` says how."""


@dataclass(frozen=True)
class PlacedTable:
    """A section with the rows it takes: `title_row`, then the header, then the data from `first_row` on (1-based)."""

    section: StandardTable
    title_row: int
    sheet: str = SHEET
    """The name of the sheet as formulas write it, in quotes where it must be."""

    @property
    def first_row(self) -> int:
        """First row of data."""
        return self.title_row + 2

    @property
    def last_row(self) -> int:
        """Last row of data."""
        return self.first_row + len(self.section.rows) - 1

    def cell(self, row: int, field_name: str) -> str:
        """Return the absolute reference of a value: data row (0-based) and field."""
        return f"{self.sheet}!${_letter(self.section.offset(field_name))}${self.first_row + row}"

    def span(self, first: int, last: int, field_name: str) -> str:
        """Return the absolute range of a column from data row `first` to `last` (0-based, both included)."""
        letter = _letter(self.section.offset(field_name))
        return f"{self.sheet}!${letter}${self.first_row + first}:${letter}${self.first_row + last}"


@dataclass(frozen=True)
class BandCells:
    """References to one band: bounds (None: open-ended) and points at either bound."""

    first: str | None
    last: str | None
    first_points: str
    last_points: str


@dataclass(frozen=True)
class StandardPlan:
    """Where everything stands on the sheet. Every reference is absolute and names the sheet (``评级标准!$D$14``)."""

    placed: tuple[PlacedTable, ...]
    cells: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    overview_row: int = FIRST_ROW

    @property
    def last_printed_row(self) -> int:
        """The last row of the readable part; the tables that HR edits follow below it."""
        return self.overview_row + _overview_height(p.section for p in self.placed) - 2

    def ref(self, *key: str) -> str:
        """Return the cell of a value: ``("weight", "fcr")``, ``("target", "handling_hours", "normal")`` ... Raises KeyError."""
        return self.cells[key]

    def find(self, *key: str) -> str | None:
        """Return the cell of a value, or None when the scheme has no such number."""
        return self.cells.get(key)

    def bands(self, indicator: Indicator) -> tuple[BandCells, ...]:
        """Return the references of the bands of an indicator, in the order of the scheme."""
        return tuple(
            BandCells(
                first=None if band.first is None else self.ref("band", indicator.id, str(i), "first"),
                last=None if band.last is None else self.ref("band", indicator.id, str(i), "last"),
                first_points=self.ref("band", indicator.id, str(i), "first_points"),
                last_points=self.ref("band", indicator.id, str(i), "last_points"),
            )
            for i, band in enumerate(indicator.traits.bands)
        )

    def column(self, key: str, field_name: str) -> str:
        """Return the range of a whole column of a section (``评级标准!$A$40:$A$43``). Raises KeyError for an empty section."""
        placed = self.section(key)
        return placed.span(0, len(placed.section.rows) - 1, field_name)

    @property
    def area(self) -> str:
        """The whole sheet from its first cell on, as the scheme argument of a cell function takes it."""
        width = max(sum(column.span for column in placed.section.columns) for placed in self.placed)
        return f"{self.placed[0].sheet}!$A$1:${_letter(width - 1)}${max(placed.last_row for placed in self.placed)}"

    def section(self, key: str) -> PlacedTable:
        """Return a section with its place. Raises KeyError."""
        for placed in self.placed:
            if placed.section.key == key:
                return placed
        raise KeyError(key)


def plan_standard(scheme: Scheme, sheet: str = SHEET) -> StandardPlan:
    """Lay a scheme out on the sheet 评级标准: which table begins where, and the reference of every number in it.

    `sheet` is the name of the sheet as formulas write it, where a workbook has one for each of several schemes.
    """
    placed: list[PlacedTable] = []
    sections = standard_sections(scheme)
    row = FIRST_ROW + _overview_height(sections) + 2  # a line between says what follows
    for section in sections:
        placed.append(PlacedTable(section, row, sheet))
        row += len(section.rows) + 3
    by_key = {p.section.key: p for p in placed}
    return StandardPlan(tuple(placed), dict(_references(scheme, by_key)))


def _overview_height(sections: Iterable[StandardTable]) -> int:
    """Rows of the readable part: title, header, a line for each line below, an empty row; for every table."""
    heights = (len(overview_lines(section)) for section in sections if section.key in OVERVIEW)
    return sum(height + 3 for height in heights if height)


def overview_lines(section: StandardTable) -> list[int]:
    """Return the lines of a table that the readable part shows: not those of indicators that only variants would add.

    Grades stand highest first, as people read them.
    """
    lines = range(len(section.rows))
    if section.key == "grades":
        return list(reversed(lines))
    if section.key == "indicators":
        return [n for n in lines if "variant" not in section.fields or section.rows[n][section.index("variant")] is None]
    if "indicator" in section.fields:
        return [n for n in lines if "@" not in str(section.rows[n][section.index("indicator")])]
    return list(lines)


# --- the references --------------------------------------------------------------------------------------------------------


def _references(scheme: Scheme, placed: Mapping[str, PlacedTable]) -> Iterable[tuple[tuple[str, ...], str]]:
    """Yield every number's key and its reference. Of the indicators only the scheme's own have any."""
    paths = {label: path for path, label in SCHEME_ROWS.items()}
    for i, row in _rows(placed, "scheme"):
        yield ("scheme", paths[str(row[0])]), placed["scheme"].cell(i, "value")
    for i, row in _rows(placed, "groups"):
        if "weight" in placed["groups"].section.fields:
            yield ("group", str(row[0])), placed["groups"].cell(i, "weight")
    for i, indicator in enumerate(scheme.indicators):
        for name in ("name", "weight", "target", "min_sample"):
            yield (name, indicator.id), placed["indicators"].cell(i, name)
    labels = {label: name for name, label in RULE_FIELDS.items()}
    for i, row in _rows(placed, "rule"):
        yield ("rule", str(row[0]), labels[str(row[1])]), placed["rule"].cell(i, "value")
    for i, row in _rows(placed, "parts"):
        yield ("target", str(row[0]), str(row[1])), placed["parts"].cell(i, "target")
    yield from _band_references(placed)
    for name in ("label", "value"):
        yield from _ranges(placed, "options", name)
    for i, row in _rows(placed, "parameters"):
        yield ("parameter", str(row[0])), placed["parameters"].cell(i, "value")
    for i, row in _rows(placed, "key_results"):
        yield ("key_result", str(row[0])), placed["key_results"].cell(i, "target")
    for i, _row in _rows(placed, "grades"):
        for name in ("lower", "name", "coefficient", "actions"):
            yield ("grade", str(i), name), placed["grades"].cell(i, name)


def _rows(placed: Mapping[str, PlacedTable], key: str) -> Iterable[tuple[int, Row]]:
    return enumerate(placed[key].section.rows) if key in placed else ()


def _band_references(placed: Mapping[str, PlacedTable]) -> Iterable[tuple[tuple[str, ...], str]]:
    seen: dict[str, int] = {}
    for i, row in _rows(placed, "bands"):
        owner = str(row[0])
        seen[owner] = seen.get(owner, -1) + 1
        for name in ("first", "last", "first_points", "last_points"):
            yield ("band", owner, str(seen[owner]), name), placed["bands"].cell(i, name)


def _ranges(placed: Mapping[str, PlacedTable], key: str, name: str) -> Iterable[tuple[tuple[str, ...], str]]:
    """Yield, per indicator, the range of a column over its consecutive rows of a detail table."""
    owners = [str(row[0]) for _i, row in _rows(placed, key)]
    for owner in dict.fromkeys(owners):
        first, count = owners.index(owner), owners.count(owner)
        yield (key, owner, name), placed[key].span(first, first + count - 1, name)


def _letter(index: int) -> str:
    """Return the column letter of a 0-based index; the sheet has fewer than 26 columns."""
    return chr(ord("A") + index)
