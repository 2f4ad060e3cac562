"""From a TOML document to measures: types, names and combinations are checked here, the SQL in `kpi_xl.measures.check`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kpi_xl.codec import Codec
from kpi_xl.errors import Problem, Text
from kpi_xl.measures.base import known_columns
from kpi_xl.measures.model import Alternative, Measure
from kpi_xl.nearest import did_you_mean
from kpi_xl.tables import TABLES

LARGEST_PARAMETER = 100_000
_ID = re.compile(r"[a-z][a-z0-9_]*")
_PART_ID = re.compile(r"[a-z0-9_]+")
_PART_APART = ("id", "origin", "chosen", "key", "table", "when", "record", "default", "otherwise", "alternatives")
"""Fields of a measure that are no keys of a part: the whole measure says them, or the program."""
_OUTCOME = ("hit", "value", "per", "pending")
_MEASURABLE = tuple(table.name for table in TABLES.values() if table.when)


def read_measures(
    document: Mapping[str, Any], file: str, source: Literal["document", "decided", "user"]
) -> tuple[list[Measure], list[Problem]]:
    """Return the measures of a TOML document (a table per measure, ``parts`` unfolded to ``id.part``) and all mistakes in it."""
    measures: list[Measure] = []
    problems: list[Problem] = []
    for measure_id, entry in document.items():
        if isinstance(entry, dict) and _ID.fullmatch(measure_id):
            section = _Section(file, source, measure_id, entry)
            measures += section.read()
            problems += section.problems
        else:
            message = Text(
                "每个指标是一节，节名为小写字母、数字和下划线",
                "each measure is a section named in lower case letters, digits and _",
            )
            problems.append(Problem(f"{file}: [{measure_id}]", message, Text("例如 [urgent_rate]", "for instance [urgent_rate]")))
    return measures, problems


def _read_text(value: object, where: str, problems: list[Problem]) -> str:
    if isinstance(value, str) and value.strip():
        return value
    message = Text(f"应为不空的文字，现为 {value!r}", f"must be a text that is not empty, not {value!r}")
    problems.append(Problem(where, message, Text("用引号写出", "write it in quotes")))
    return ""


def _read_least(value: object, where: str, problems: list[Problem]) -> int:
    if isinstance(value, int) and value >= 1:
        return value
    message = Text(f"应为 1 以上的整数，现为 {value!r}", f"must be a whole number from 1, not {value!r}")
    problems.append(Problem(where, message, Text("例如 5", "for instance 5")))
    return 1


def _read_parameters(value: object, where: str, problems: list[Problem]) -> tuple[tuple[str, int], ...]:
    if isinstance(value, dict) and all(_ID.fullmatch(name) and _is_parameter(default) for name, default in value.items()):
        return tuple(value.items())
    message = Text(
        f"参数的默认值应为 0 到 {LARGEST_PARAMETER} 的整数，现为 {value!r}",
        f"defaults must be whole numbers from 0 to {LARGEST_PARAMETER}, not {value!r}",
    )
    problems.append(Problem(where, message, Text("例如 { days = 30 }", "for instance { days = 30 }")))
    return ()


def _is_parameter(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_PARAMETER


_FILES = Codec({str: _read_text, int: _read_least, tuple[tuple[str, int], ...]: _read_parameters})


@dataclass(frozen=True)
class _Section:
    """The section of one measure, with its alternatives and parts; what is wrong with it gathers in `problems`."""

    file: str
    source: str
    id: str
    entry: Mapping[str, Any]
    problems: list[Problem] = dataclasses.field(default_factory=list)

    def read(self) -> list[Measure]:
        """Return the measure and its parts, or nothing when there are problems."""
        named = self._subsections("alternatives", _ID)
        read = [_FILES.read_table(Alternative, table, where, self.problems, name=name) for name, where, table in named]
        alternatives = tuple(alternative for alternative in read if alternative is not None)
        measure = self._measure(self.id, self.entry, alternatives)
        self.problems.extend([*_wrong_outcome(self._place(), measure), *_wrong_columns(self._place(), measure)])
        self.problems.extend(_wrong_stand_ins(self._place(), measure))
        parts = {name: table for name, where, table in self._subsections("parts", _PART_ID) if self._is_part(table, where)}
        if self.problems:
            return []
        return [measure, *(self._part(name, changes, alternatives) for name, changes in parts.items())]

    def _place(self, below: str = "") -> str:
        return f"{self.file}: [{self.id}{below}]"

    def _subsections(self, key: str, names: re.Pattern[str]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Walk over ``[id.key.name]``: name, place in messages, table."""
        listed = self.entry.get(key, {})
        for name, table in listed.items() if isinstance(listed, dict) else [("…", None)]:
            where, example = self._place(f".{key}.{name}"), f"[{self.id}.{key}.normal]"
            if isinstance(table, dict) and names.fullmatch(name):
                yield name, where, table
            else:
                message = Text(
                    "应为一节，节名为小写字母、数字和下划线", "must be a section named in lower case letters, digits and _"
                )
                self.problems.append(Problem(where, message, Text(f"例如 {example}", f"for instance {example}")))

    def _measure(self, measure_id: str, entry: Mapping[str, Any], alternatives: tuple[Alternative, ...]) -> Measure:
        figure = "ratio" if "hit" in entry or "per" in entry else "mean"
        measure = _FILES.read_table(
            Measure, {"figure": figure, "source": self.source, **entry}, self._place(), self.problems, ("alternatives", "parts"),
            id=measure_id, alternatives=alternatives, origin=self.file, chosen="", key="",
        )  # fmt: skip
        if measure is None:  # pragma: no cover - a mapping always gives a measure
            raise TypeError("a measure must be a table")
        return measure

    def _is_part(self, changes: Mapping[str, Any], where: str) -> bool:
        before = len(self.problems)
        _FILES.read_fields(Measure, changes, where, self.problems, _PART_APART)
        return len(self.problems) == before

    def _part(self, name: str, changes: Mapping[str, Any], alternatives: tuple[Alternative, ...]) -> Measure:
        """Build ``id.part``: the measure with the part's own keys on top.

        Alternatives hold for it as far as they do not touch those; for none of them, where it has an outcome of its own.
        """
        own_outcome = "hit" in changes or "value" in changes
        dropped = {"parts", "alternatives", "median", "default", "otherwise", *(_OUTCOME if own_outcome else ())}
        merged = {key: value for key, value in self.entry.items() if key not in dropped} | dict(changes)
        untouched = () if own_outcome else tuple(_without(alternative, changes) for alternative in alternatives)
        if untouched and "default" in self.entry:
            merged["default"] = self.entry["default"]
        return self._measure(f"{self.id}.{name}", merged, untouched)


def _without(alternative: Alternative, changes: Mapping[str, Any]) -> Alternative:
    """Return the alternative without what the part says itself; its definition in words stays."""
    touched = {field.name for field in dataclasses.fields(alternative)} & set(changes) - {"name", "definition"}
    unsaid: dict[str, Any] = dict.fromkeys(touched)
    return dataclasses.replace(alternative, **unsaid)


def _wrong_outcome(where: str, measure: Measure) -> Iterator[Problem]:
    if measure.hit is not None and measure.value is not None:
        message = Text("hit 与 value 只能写一个", "give hit or value, not both")
        yield Problem(where, message, Text("比率用 hit，平均数用 value", "hit for a ratio, value for a mean"))
    if measure.hit is None and measure.value is None and measure.figure not in ("sum", "per_head"):
        remedy = Text(
            '比率写 hit，平均数写 value；只数行数时写 figure = "sum"', 'write hit or value, or figure = "sum" to count rows'
        )
        yield Problem(where, Text("缺少 hit 或 value", "hit or value is missing"), remedy)
    if measure.per is not None and measure.value is None:
        yield Problem(f"{where}.per", Text("per 只能与 value 同用", "per goes with value"), Text("请写 value", "give value"))


def _wrong_stand_ins(where: str, measure: Measure) -> Iterator[Problem]:
    names = [alternative.name for alternative in measure.alternatives]
    for name in measure.otherwise:
        if name not in names:
            message = Text(f"没有口径“{name}”", f"there is no alternative {name!r}")
            yield Problem(f"{where}.otherwise", message, did_you_mean(name, names))


def _wrong_columns(where: str, measure: Measure) -> Iterator[Problem]:
    if measure.table not in _MEASURABLE:
        if measure.table:  # else it is missing, which was told
            message = Text(f"没有可统计的表“{measure.table}”", f"there is no table {measure.table!r} to measure")
            yield Problem(f"{where}.table", message, did_you_mean(measure.table, _MEASURABLE))
        return
    columns = TABLES[measure.table].columns
    times = [column.name for column in columns if column.type == "time"]
    named: list[tuple[str, str | None, list[str]]] = [
        ("when", measure.when, times),
        ("record", measure.record, [column.name for column in columns]),
        *(("optional", name, list(known_columns(measure.table))) for name in sorted(measure.optional)),
        *(("any_of", name, [column.name for column in columns]) for name in sorted(measure.any_of)),
    ]
    for key, name, known in named:
        if name is not None and name not in known:
            what = ("时间列", "time column") if key == "when" else ("列", "column")
            message = Text(f"表 {measure.table} 没有{what[0]}“{name}”", f"table {measure.table} has no {what[1]} {name!r}")
            yield Problem(f"{where}.{key}", message, did_you_mean(name, known))
