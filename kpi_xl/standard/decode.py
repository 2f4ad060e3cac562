"""Reads the sheet 评级标准 back: tables -> plain nested tables -> the same validation as a TOML file, with cell addresses.

A table is found by its title in the first column, its columns by their headers; unknown headers are a problem, absent ones mean
absent values. HR may insert rows, move tables, add lines at the end of a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.glossary import ORIGIN, RATER, WEIGHT
from kpi_xl.numbers import from_float
from kpi_xl.schemes.inputs import MEDIAN
from kpi_xl.schemes.load import parse_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.rule_kinds import RULE_KINDS
from kpi_xl.standard.tables import (
    CANCELLED,
    CHOICES,
    CYCLES,
    DETAILS,
    NO_COEFFICIENT,
    ORIGINS,
    PARAMETER_PREFIX,
    RULE_COLUMNS,
    RULE_FIELDS,
    SCHEME_ROWS,
    SHEET,
    TABLES,
)

_FORMER_WORDS = {"评价人": RATER, "评价人出处": f"{RATER}{ORIGIN}"}  # sheets that HR saved before 评分人 was the one word
_YES_NO = {"是": True, "否": False}


@dataclass
class Line:
    """A row of a table: values by field, and the address of each (``评级标准!D14``)."""

    values: dict[str, Any]
    cells: dict[str, str]

    def text(self, name: str) -> str:
        """Return a value as text; empty when absent."""
        return str(self.values.get(name) or "").strip()


@dataclass
class DecodedSheet:
    """The plain table under construction, where each key path came from, and what is wrong with the sheet itself."""

    table: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def locate(self, where: str) -> str:
        """Return the cell of a key path, or of the nearest path above it."""
        path = where
        while path:
            if path in self.places:
                return self.places[path]
            path = re.sub(r"(\.[^.\[\]]+|\[\d+\]|^[^.\[\]]+)$", "", path)
        return f"{SHEET}（{where}）"


def scheme_from_rows(rows: Sequence[Sequence[Any]], name: str) -> Scheme:
    """Read a scheme from the cells of the sheet, or of a range from its first cell on; `name` names it in messages.

    Raises KpiError with every mistake, each with the address of its cell.
    """
    reading = read_rows(rows, name)
    return parse_scheme(reading.table, name, reading.locate)


def read_rows(rows: Sequence[Sequence[Any]], name: str) -> DecodedSheet:
    """Read the sheet into the plain tables of a scheme file, not validated. Raises KpiError for what cannot be understood."""
    reading = DecodedSheet()
    sections = _sections([list(row) for row in rows], reading)
    _read_scheme_rows(sections.pop("scheme", []), reading)
    _read_indicators(sections, reading)
    _read_plain(sections, reading)
    _read_variants(sections, reading)
    if reading.problems:
        raise KpiError(
            Text(f"{name} 的{SHEET}表有 {len(reading.problems)} 处看不懂", f"{name}: {len(reading.problems)} mistakes"),
            Text("按每条提示修改该单元格", "change each of these cells"),
            reading.problems,
            where=Place(name, SHEET),
        )
    return reading


# --- the sheet -------------------------------------------------------------------------------------------------------------


def _sections(rows: list[list[Any]], reading: DecodedSheet) -> dict[str, list[Line]]:
    """Cut the sheet into its tables: a title, a header, lines up to the next title; empty lines are skipped."""
    titles = {title: key for key, (title, _columns) in TABLES.items()}
    starts: list[tuple[int, str]] = []
    for number, row in enumerate(rows):
        name = _word(re.split(r"\u3000", str(row[0] or ""), maxsplit=1)[0])
        if name in titles and not any(row[1:]) and not (starts and starts[-1][0] == number - 1):
            starts.append((number, titles[name]))
    found: dict[str, list[Line]] = {}
    for index, (start, key) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(rows)
        if start + 1 < len(rows):
            found[key] = _lines(key, rows, start + 1, end, reading)
    return found


def _lines(key: str, rows: list[list[Any]], header: int, end: int, reading: DecodedSheet) -> list[Line]:
    fields = {column.header: column.field for column in TABLES[key][1]}
    columns: dict[int, str] = {}
    for index, head in enumerate(rows[header]):
        if head is None or not str(head).strip():
            continue
        if _word(head) not in fields:
            reading.problems.append(
                Problem(
                    _address(header, index),
                    Text(f"不认识的表头“{head}”", f"unknown header {head!r}"),
                    Text(f"可用的表头：{'、'.join(fields)}", f"known: {', '.join(fields)}"),
                )
            )
            continue
        columns[index] = fields[_word(head)]
    lines = []
    for number in range(header + 1, end):
        values = {name: _plain(rows[number][index]) for index, name in columns.items()}
        values = {name: value for name, value in values.items() if value is not None}
        if values:
            lines.append(Line(values, {name: _address(number, index) for index, name in columns.items()}))
    return lines


def _word(cell: Any) -> str:  # noqa: ANN401 - whatever a cell holds
    """Return a title, header or label in the word of today."""
    return _FORMER_WORDS.get(str(cell).strip(), str(cell).strip())


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a cell holds
    """Return a cell's value: numbers as Decimal by their shortest form, texts stripped, blanks as None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return Decimal(int(value))  # Excel hands over every number as a float, also the 2 of "twice in a row"
    if isinstance(value, int | float):
        return from_float(float(value))
    text = "" if value is None else str(value).replace("\r\n", "\n").strip()
    return text or None


def _address(row: int, column: int) -> str:
    return f"{SHEET}!{chr(ord('A') + column) if column < 26 else f'第{column + 1}列'}{row + 1}"


# --- tables to keys --------------------------------------------------------------------------------------------------------


def _read_scheme_rows(lines: list[Line], reading: DecodedSheet) -> None:
    paths = {label: path for path, label in SCHEME_ROWS.items()}
    for line in lines:
        label = _word(line.text("label"))
        if label not in paths:
            reading.problems.append(_unknown(line.cells["label"], label, paths))
            continue
        path = paths[label]
        if "value" not in line.values:
            continue
        name = "" if path == "source" else path.rpartition(".")[2]  # the scheme's own source is the name of its document
        value, place = _decode(name, line, "value", reading), line.cells["value"]
        holder: dict[str, Any] = reading.table
        if path.startswith("bounds."):
            bounds = reading.table.setdefault("bounds", [Decimal(0), Decimal(100)])
            bounds[int(path[-1])] = value
            reading.places[f"bounds[{path[-1]}]"] = reading.places["bounds"] = place
            continue
        *above, last = path.split(".")
        for step in above:
            holder = holder.setdefault(step, {})
        holder[last] = value
        reading.places[path] = place


def _read_indicators(sections: dict[str, list[Line]], reading: DecodedSheet) -> None:
    """Indicators with their rules; those of a variant go into ``variants[i].add``."""
    details = _details(sections, reading)
    variants = [line.text("id") for line in sections.get("variants", [])]
    own: list[dict[str, Any]] = []
    reading.table["indicators"] = own
    added: dict[str, list[dict[str, Any]]] = {variant: [] for variant in variants}
    known: list[str] = []
    for line in sections.pop("indicators", []):
        variant = line.text("variant")
        if variant and variant not in added:
            reading.problems.append(_unknown(line.cells["variant"], variant, variants))
            continue
        home = added[variant] if variant else own
        base = f"variants[{variants.index(variant)}].add" if variant else "indicators"
        where = f"{base}[{len(home)}]"
        key = line.text("id") + (f"@{variant}" if variant else "")
        table: dict[str, Any] = {}
        rule: dict[str, Any] = {}
        for name, cell in line.cells.items():
            if name == "variant":
                continue
            holder, path = (rule, f"{where}.rule.{name}") if name in (*RULE_COLUMNS, "kind") else (table, f"{where}.{name}")
            reading.places[path] = cell
            if name in line.values:
                holder[name] = _decode(name, line, name, reading)
        reading.places[where] = reading.places[f"{where}.rule"] = line.cells.get("id", SHEET)
        kind = RULE_KINDS.get(str(rule.get("kind")))
        rule = {k: v for k, v in rule.items() if k == "kind" or kind is None or k in kind.__dataclass_fields__}
        details(key, where, table, rule)
        home.append({**table, "rule": rule})
        known.append(key)
    for name in DETAILS:
        for line in sections.pop(name, []):
            if line.text("indicator") not in known:
                reading.problems.append(_unknown(line.cells["indicator"], line.text("indicator"), known))
    for index, variant in enumerate(variants):
        if added[variant]:
            reading.table.setdefault("_added", {})[index] = added[variant]


def _details(
    sections: Mapping[str, list[Line]], reading: DecodedSheet
) -> Callable[[str, str, dict[str, Any], dict[str, Any]], None]:
    """Return a function that adds to an indicator what the tables below say about it."""

    def lines_of(section: str, key: str) -> list[Line]:
        return [line for line in sections.get(section, []) if line.text("indicator") == key]

    def add(key: str, where: str, table: dict[str, Any], rule: dict[str, Any]) -> None:
        labels = {label: name for name, label in RULE_FIELDS.items()}
        for line in lines_of("rule", key):
            name = labels.get(line.text("name"))
            if name is None:
                reading.problems.append(_unknown(line.cells["name"], line.text("name"), labels))
                continue
            rule[name] = _decode("flag", line, "value", reading)
            reading.places[f"{where}.rule.{name}"] = line.cells["value"]
        for section in ("parts", "bands"):
            for index, line in enumerate(lines_of(section, key)):
                entry = {n: _decode(n, line, n, reading) for n in line.values if n != "indicator"}
                rule.setdefault(section, []).append(entry)
                reading.places.update({f"{where}.rule.{section}[{index}].{n}": cell for n, cell in line.cells.items()})
                reading.places[f"{where}.rule.{section}[{index}]"] = line.cells["indicator"]
        for line in lines_of("options", key):
            rule.setdefault("options", {})[line.text("label")] = line.values.get("value", "")
            reading.places[f"{where}.rule.options.{line.text('label')}"] = line.cells["value"]
        for index, line in enumerate(lines_of("allowed", key)):
            rule.setdefault("allowed", []).append([line.values.get("low", ""), line.values.get("high", "")])
            reading.places[f"{where}.rule.allowed[{index}]"] = line.cells["low"]
        for line in lines_of("sources", key):
            table.setdefault("sources", {})[line.text("about")] = _decode("source", line, "source", reading)
            reading.places[f"{where}.sources.{line.text('about')}"] = line.cells["source"]

    return add


def _read_plain(sections: dict[str, list[Line]], reading: DecodedSheet) -> None:
    """Tables whose lines are the model's objects, one each; and the few that gather lines."""
    for key in ("grades", "groups", "parameters", "facts", "figures", "streaks", "key_results"):
        lines = sections.pop(key, [])
        if key == "grades":
            lines = lines[::-1]  # the sheet begins with the lowest, because LOOKUP wants it so; files begin with the highest
        for index, line in enumerate(lines):
            entry = {name: _decode(name, line, name, reading) for name in line.values}
            if entry.get("coefficient") == NO_COEFFICIENT:
                del entry["coefficient"]
            reading.table.setdefault(key, []).append(entry)
            reading.places.update({f"{key}[{index}].{name}": cell for name, cell in line.cells.items()})
            reading.places[f"{key}[{index}]"] = next(iter(line.cells.values()))
    for index, line in enumerate(sections.pop("rater_groups", [])):
        entry = {name: _decode(name, line, name, reading) for name in line.values}
        reading.table.setdefault("raters", {}).setdefault("groups", []).append(entry)
        reading.places.update({f"raters.groups[{index}].{name}": cell for name, cell in line.cells.items()})
    _read_rollups(sections.pop("rollups", []), reading)
    _read_checklists(sections.pop("checklists", []), reading)
    for line in sections.pop("definitions", []):
        reading.table.setdefault("definitions", {})[line.text("measure")] = line.text("value")
    notes = [line.text("value") for line in sections.pop("notes", [])]
    if notes:
        reading.table["notes"] = notes


def _read_rollups(lines: list[Line], reading: DecodedSheet) -> None:
    for line in lines:
        entry = {name: _decode(name, line, name, reading) for name in line.values}
        head: dict[str, Any] = {k: entry.pop(k) for k in ("cycle", "source") if k in entry}
        rollups = reading.table.setdefault("rollups", [])
        if not rollups or rollups[-1]["cycle"] != head.get("cycle"):
            rollups.append({**head, "parts": []})
        place = f"rollups[{len(rollups) - 1}]"
        reading.places.update({f"{place}.parts[{len(rollups[-1]['parts'])}].{n}": cell for n, cell in line.cells.items()})
        reading.places.setdefault(place, next(iter(line.cells.values())))
        rollups[-1]["parts"].append(entry)


def _read_checklists(lines: list[Line], reading: DecodedSheet) -> None:
    for line in lines:
        entry = {name: _decode(name, line, name, reading) for name in line.values}
        item = entry.pop("item", "")
        lists = reading.table.setdefault("checklists", [])
        if not lists or lists[-1]["id"] != entry.get("id"):
            lists.append({**entry, "items": []})
            reading.places[f"checklists[{len(lists) - 1}]"] = next(iter(line.cells.values()))
        lists[-1]["items"].append(item)


def _read_variants(sections: dict[str, list[Line]], reading: DecodedSheet) -> None:
    added = reading.table.pop("_added", {})
    variants = reading.table.setdefault("variants", []) if sections.get("variants") else []
    for index, line in enumerate(sections.get("variants", [])):
        variants.append({name: _decode(name, line, name, reading) for name in line.values})
        reading.places.update({f"variants[{index}].{name}": cell for name, cell in line.cells.items()})
        reading.places[f"variants[{index}]"] = line.cells["id"]
        if index in added:
            variants[-1]["add"] = added[index]
    ids = [str(variant.get("id")) for variant in variants]
    changes = {WEIGHT: "weights", "名称": "names", "定义": "definitions"}
    for line in sections.get("variant_changes", []):
        variant, indicator, what = line.text("variant"), line.text("indicator"), line.text("what")
        if variant not in ids:
            reading.problems.append(_unknown(line.cells["variant"], variant, ids))
        elif what == CANCELLED:
            variants[ids.index(variant)].setdefault("remove", []).append(indicator)
        elif what in changes:
            variants[ids.index(variant)].setdefault(changes[what], {})[indicator] = line.values.get("value", "")
            reading.places[f"variants[{ids.index(variant)}].{changes[what]}.{indicator}"] = line.cells["value"]
        else:
            reading.problems.append(_unknown(line.cells["what"], what, (*changes, CANCELLED)))


# --- values ----------------------------------------------------------------------------------------------------------------


def _decode(name: str, line: Line, column: str, reading: DecodedSheet) -> Any:  # noqa: ANN401 - a plain value
    """Turn what a cell shows back into what a file holds; what cannot be read is noted and passed on as it is."""
    value, cell = line.values[column], line.cells[column]
    if name in CHOICES:
        return _code(CHOICES[name], value, cell, reading)
    if name == "source":
        head, _, note = str(value).partition("：")
        code = _code(ORIGINS, head.strip(), cell, reading)
        return f"{code}: {note.strip()}" if note.strip() else code
    if name == "cycles":
        return [_code(CYCLES, part, cell, reading) for part in re.split(r"[、,，\n]", str(value)) if part]
    if name in ("actions", "exclusive_with", "applied", "excluded_status", "check_points"):
        return [part for part in str(value).split("\n") if part]
    if name == "products":
        return [part.split("×") for part in str(value).split("\n") if part]
    if name == "target" and value == MEDIAN:
        return "median"
    if name == "target" and isinstance(value, str) and value.startswith(PARAMETER_PREFIX):
        return {"parameter": value.removeprefix(PARAMETER_PREFIX)}
    if name in ("waivable", "anonymous", "relative", "own_key", "provisional", "required_variant", "ranked", "callbacks", "flag"):
        return _YES_NO.get(value, value) if isinstance(value, str) else value
    return value


def _code(codes: Mapping[str, str], word: Any, cell: str, reading: DecodedSheet) -> Any:  # noqa: ANN401
    for code, shown in codes.items():
        if word in (shown, code):
            return code
    reading.problems.append(_unknown(cell, str(word), codes.values()))
    return word


def _unknown(cell: str, word: str, known: Any) -> Problem:  # noqa: ANN401 - any collection of words
    listed = "、".join(known)
    return Problem(
        cell,
        Text(f"不认识的内容“{word}”", f"unknown {word!r}"),
        Text(
            f"可填：{listed}" if listed else "改成指标表中已有的编号",
            f"known: {listed}" if listed else "use an id of the table 指标",
        ),
    )
