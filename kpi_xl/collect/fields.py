"""What came back in the input cells, cell by cell: typed, unchanged, cleared, out of range, of a wrong type."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal

from kpi_xl.cell_words import UNIT_WORDS
from kpi_xl.collect.cells import closed, input_name
from kpi_xl.collect.model import Content, Field, FieldState, FormCell, Sealed
from kpi_xl.collect.written import as_lines
from kpi_xl.errors import Problem, Text
from kpi_xl.numbers import format_plain, from_float, parse_amount
from kpi_xl.ooxml.read import ErrorValue, NamedCell
from kpi_xl.ooxml.refs import cell_name, parse_cell
from kpi_xl.periods import Period
from kpi_xl.schemes.inputs import Input, input_parts, inputs_of_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.values import doubt, is_doubtful, read_values, says_nothing

PREFIX = "in_"
_FORMULA = Text("填的是公式，公式的结果不采用", "a formula was typed; its result is not taken")
_NUMBER = Text("应填数字", "a number is wanted")
_PERCENT = Text("不应带百分号（单元格是百分比格式）", "takes no per cent sign (the cell is formatted as per cent)")
_GONE = Text("单元格已被删除", "the cell was deleted")
_ERROR = Text("单元格里是错误值", "the cell holds an error value")


def with_parts_closed(content: Content, scheme: Scheme) -> Content:
    """Close the blank parts of figures of which exports gave another part: forms of earlier issues left them open."""
    blank: set[str] = set()
    for indicator in scheme.indicators:
        parts = input_parts(indicator)
        if any(_is_fixed(content, key) for key in parts):
            blank |= {key for key in parts if _stands(content, key) is None}
    return closed(content, blank) if blank else content


def _is_fixed(content: Content, key: str) -> bool:
    sheet, at = content.names.get(input_name(key), ("", ""))
    holder = content.sheet(sheet)
    return holder is not None and at in holder.cells and at not in holder.open


def _stands(content: Content, key: str) -> FormCell | None:
    sheet, at = content.names.get(input_name(key), ("", ""))
    holder = content.sheet(sheet)
    return None if holder is None else holder.cells.get(at)


def read_fields(sealed: Sealed, scheme: Scheme, cells: Mapping[str, NamedCell]) -> tuple[Field, ...]:
    """Read the input cells of a form; those that were issued blank and came back blank are left out.

    `cells` is what stands behind the defined names now.
    """
    inputs = {input_name(entry.key): entry for entry in inputs_of_scheme(scheme)}
    found = []
    for name, (sheet, at) in sealed.content.names.items():
        if not name.startswith(PREFIX):
            continue
        entry = inputs.get(name)
        holder = sealed.content.sheet(sheet)
        stood = holder.cells.get(at) if holder else None
        key = entry.key if entry else name.removeprefix(PREFIX)
        label = entry.name if entry else _label(sealed.content, sheet, at) or key
        if holder is not None and at not in holder.open:
            # a figure of the exports: whoever writes over it edits a locked cell, which the seal tells; it still counts
            if stood is None:  # a part without data: it still has none
                continue
            issued = _shown(_raw(stood), entry)
            found.append(Field(key, label, f"{sheet}!{at}", issued, issued, "unchanged"))
            continue
        field = _field(key, label, entry, stood, cells.get(name), scheme, sealed.identity.period)
        if field.issued or field.text or field.state != "unchanged":
            found.append(field)
    return tuple(found)


def _field(
    key: str, label: str, entry: Input | None, stood: FormCell | None, here: NamedCell | None, scheme: Scheme, period: str
) -> Field:
    issued = "" if stood is None else _shown(_raw(stood), entry)
    if here is None:
        return Field(key, label, "", issued, "", "wrong_type", message=_GONE)
    place = f"{here.sheet}!{here.cell}"
    if here.formula is not None:
        return Field(key, label, place, issued, f"={here.formula}", "wrong_type", message=_FORMULA)
    value = here.value
    if isinstance(value, str) and not isinstance(value, ErrorValue):
        value = as_lines(value).strip() or None
    elif isinstance(value, Decimal):
        value = from_float(float(value))  # what a paste of 0.1 * 3 leaves behind is 0.3 to the program that shows it
    text = _shown(value, entry)
    if value is not None and stood is not None and _unchanged(stood, value):
        return Field(key, label, place, issued, text, "unchanged")
    if value is None or (entry is not None and isinstance(value, str) and says_nothing(entry, value)):
        return Field(key, label, place, issued, *(("", "unchanged") if stood is None else (text, "cleared")))
    if isinstance(value, ErrorValue):
        return Field(key, label, place, issued, text, "wrong_type", message=_ERROR)
    if entry is None:
        message = _months_differ(key, value, period) or _no_waiver(key, value)
        kept = None if message else value if isinstance(value, Decimal) else text
        return Field(key, label, place, issued, text, "out_of_range" if message else "typed", kept, message)
    if isinstance(value, dt.date | dt.time | bool):
        return Field(key, label, place, issued, text, "wrong_type", message=_NUMBER)
    if isinstance(value, Decimal) and entry.unit != "ratio" and (here.percent or is_doubtful(entry, value)):
        shown, question = (f"{format_plain(value * 100, 4)}%", _PERCENT) if here.percent else (text, doubt(entry, value).message)
        return Field(key, label, place, issued, shown, "out_of_range", message=question)
    problems: list[Problem] = []
    usable = read_values(scheme, {key: value}, {}, problems).get(key)
    if problems or usable is None:
        not_a_number = (
            not entry.options and isinstance(value, str) and parse_amount(value, UNIT_WORDS.get(entry.unit, ())) is None
        )
        state: FieldState = "wrong_type" if not_a_number else "out_of_range"
        return Field(key, label, place, issued, text, state, message=problems[0].message if problems else _NUMBER)
    if stood is not None and usable == _raw(stood):  # the same, written in another way
        return Field(key, label, place, issued, text, "unchanged")
    return Field(key, label, place, issued, text, "typed" if stood is None else "differs", usable)


def _months_differ(key: str, value: object, period: str) -> Text | None:
    """The months of the period are known; a form that says otherwise computes something else."""
    if key != "months":
        return None
    months = Period.parse(period).month_count
    return None if value == months else Text(f"考核月数应为 {months}", f"the period has {months} months")


def _no_waiver(key: str, value: object) -> Text | None:
    """A group is waived by 是 and nothing else: the form's own formulas ask for that."""
    if not key.startswith("waive_") or value in ("是", "否"):
        return None
    return Text("只能填 是 或 否；没有豁免", "write 是 or 否; it is not waived")


def _unchanged(stood: FormCell, value: object) -> bool:
    raw = _raw(stood)
    if isinstance(value, bool) or isinstance(raw, bool):
        return value is raw
    if isinstance(raw, Decimal):
        number = value if isinstance(value, Decimal) else _serial(value) if isinstance(value, dt.date) else None
        return number is not None and math.isclose(float(number), float(raw), rel_tol=1e-12, abs_tol=1e-300)
    return isinstance(value, str) and value == raw.strip()


def _serial(moment: dt.date) -> float:
    start = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells know no time zone
    full = moment if isinstance(moment, dt.datetime) else dt.datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001
    return (full - start).total_seconds() / 86_400


def _raw(cell: FormCell) -> Decimal | str | bool:
    if cell.kind == "n":
        try:
            return Decimal(cell.value)
        except ArithmeticError:
            return cell.value
    return cell.value == "1" if cell.kind == "b" else cell.value


def _shown(value: object, entry: Input | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        ratio = entry is not None and entry.unit == "ratio"
        return f"{format_plain(value * 100, 4)}%" if ratio else format_plain(value, 6)
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)


def _label(content: Content, sheet: str, at: str) -> str:
    """Return the text that stands to the left of a cell, else above it: what people take for its name."""
    holder, place = content.sheet(sheet), parse_cell(at)
    if holder is None or place is None:
        return ""
    row, column = place
    left = [cell_name(row, c) for c in range(column - 1, 0, -1)]
    above = [cell_name(r, column) for r in range(row - 1, max(row - 4, 0), -1)]
    for address in (*left, *above):
        cell = holder.cells.get(address)
        if cell is not None and cell.kind == "s" and address not in holder.open:
            return cell.value.splitlines()[0][:40]
    return ""
