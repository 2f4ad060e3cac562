"""From a TOML document to measures: types, names and combinations are checked here, the SQL in `kpi_xl.measures.check`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from kpi_xl.errors import Problem, Text
from kpi_xl.measures.base import known_columns
from kpi_xl.measures.model import FIGURES, UNITS, Alternative, Measure
from kpi_xl.tables import TABLES

_ID = re.compile(r"[a-z][a-z0-9_]*")
_PART_ID = re.compile(r"[a-z0-9_]+")
_EXPRESSIONS = ("of", "hit", "value", "per", "pending")
_TEXTS = frozenset(
    {
        "name",
        "table",
        "unit",
        "better",
        "definition",
        "figure",
        "when",
        "record",
        "left_out",
        "source",
        "note",
        "default",
        "lookback",
    }
    | set(_EXPRESSIONS)
)
_FLAGS = frozenset({"core", "none_is_zero", "median"})
_PART_KEYS = (_TEXTS | _FLAGS | {"optional", "parameters", "min_sample"}) - {"table", "when", "record", "default"}
_MEASURE_KEYS = _PART_KEYS | {"table", "when", "record", "default", "alternatives", "parts"}
_ALTERNATIVE_KEYS = frozenset({*_EXPRESSIONS, "definition", "left_out", "optional", "parameters"})
_MEASURABLE = tuple(table.name for table in TABLES.values() if table.when)


def read_measures(
    document: Mapping[str, Any], file: str, source: Literal["document", "decided", "user"]
) -> tuple[list[Measure], list[Problem]]:
    """Return the measures of a TOML document (a table per measure, ``parts`` unfolded to ``id.part``) and all mistakes in it."""
    reader = _Reader(file, source)
    for measure_id, entry in document.items():
        reader.read(measure_id, entry)
    return reader.measures, reader.problems


class _Reader:
    """Collects measures and problems while it walks through one document."""

    def __init__(self, file: str, source: Literal["document", "decided", "user"]) -> None:
        self.file = file
        self.source = source
        self.measures: list[Measure] = []
        self.problems: list[Problem] = []

    def problem(self, where: str, message: tuple[str, str], remedy: tuple[str, str]) -> None:
        self.problems.append(Problem(f"{self.file}: {where}", Text(*message), Text(*remedy)))

    def read(self, measure_id: str, entry: object) -> None:
        if not isinstance(entry, dict) or not _ID.fullmatch(measure_id):
            self.problem(
                f"[{measure_id}]",
                (
                    "每个指标是一节，节名为小写字母、数字和下划线",
                    "each measure is a section named in lower case letters, digits and _",
                ),
                ("例如 [urgent_rate]", "for instance [urgent_rate]"),
            )
            return
        before = len(self.problems)
        self._check_keys(f"[{measure_id}]", entry, _MEASURE_KEYS)
        self._check_measure(measure_id, entry)
        alternatives = self._alternatives(measure_id, entry.get("alternatives", {}))
        parts = entry.get("parts", {})
        for part, changes in parts.items() if isinstance(parts, dict) else ():
            where = f"[{measure_id}.parts.{part}]"
            if not isinstance(changes, dict) or not _PART_ID.fullmatch(part):
                self.problem(
                    where,
                    ("部分必须是一节", "a part must be a section"),
                    ("例如 [x.parts.normal]", "for instance [x.parts.normal]"),
                )
                continue
            self._check_keys(where, changes, _PART_KEYS)
        if len(self.problems) > before:
            return
        self.measures.append(self._build(measure_id, entry, alternatives))
        for part, changes in parts.items():
            self.measures.append(self._part(measure_id, entry, part, changes, alternatives))

    def _check_keys(self, where: str, entry: Mapping[str, Any], allowed: frozenset[str]) -> None:
        for key, value in entry.items():
            place = f"{where}.{key}"
            if key not in allowed:
                self.problem(
                    place,
                    ("没有这个键", "there is no such key"),
                    (f"可用：{'、'.join(sorted(allowed))}", f"use one of {', '.join(sorted(allowed))}"),
                )
            elif key in _TEXTS and not (isinstance(value, str) and value.strip()):
                self.problem(
                    place, ("必须是不为空的文字", "must be a text that is not empty"), ("请用引号写出", "write it in quotes")
                )
            elif key in _FLAGS and not isinstance(value, bool):
                self.problem(place, ("必须是 true 或 false", "must be true or false"), ("不加引号", "without quotes"))
            elif key == "optional" and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
                self.problem(
                    place, ("必须是列名的列表", "must be a list of columns"), ('例如 ["urgent"]', 'for instance ["urgent"]')
                )
            elif key == "min_sample" and not (isinstance(value, int) and value >= 1):
                self.problem(place, ("必须是 1 以上的整数", "must be a whole number from 1"), ("例如 5", "for instance 5"))
            elif key == "parameters" and not (
                isinstance(value, dict)
                and all(
                    _ID.fullmatch(name) and isinstance(item, int) and not isinstance(item, bool) and 0 <= item <= 100_000
                    for name, item in value.items()
                )
            ):
                self.problem(
                    place,
                    ("参数的默认值必须是 0 到 100000 的整数", "defaults must be whole numbers from 0 to 100000"),
                    ("例如 { days = 30 }", "for instance { days = 30 }"),
                )

    def _check_measure(self, measure_id: str, entry: Mapping[str, Any]) -> None:
        where = f"[{measure_id}]"
        choices: dict[str, tuple[str, ...]] = {
            "table": _MEASURABLE, "unit": UNITS, "better": ("higher", "lower"), "figure": FIGURES, "source": ("document",
            "decided"),
        }  # fmt: skip
        for key in ("name", "table", "unit", "better", "definition"):
            if key not in entry:
                self.problem(f"{where}.{key}", ("缺少这个键", "this key is missing"), ("请补上", "add it"))
        for key, allowed in choices.items():
            if isinstance(entry.get(key), str) and entry[key] not in allowed:
                self.problem(
                    f"{where}.{key}",
                    (f"不能是“{entry[key]}”", f"cannot be {entry[key]!r}"),
                    (f"可选：{'、'.join(allowed)}", f"use one of {', '.join(allowed)}"),
                )
        if "hit" in entry and "value" in entry:
            self.problem(
                where,
                ("hit 与 value 只能写一个", "give hit or value, not both"),
                ("比率用 hit，平均数用 value", "hit for a ratio, value for a mean"),
            )
        if "hit" not in entry and "value" not in entry and entry.get("figure") not in ("sum", "per_head"):
            self.problem(
                where,
                ("缺少 hit 或 value", "hit or value is missing"),
                (
                    '比率写 hit，平均数写 value；只数行数时写 figure = "sum"',
                    'write hit or value, or figure = "sum" to count rows',
                ),
            )
        if "per" in entry and "value" not in entry:
            self.problem(f"{where}.per", ("per 只能与 value 同用", "per goes with value"), ("请写 value", "give value"))
        table = entry.get("table")
        if table in _MEASURABLE:
            known = {column.name: column for column in TABLES[table].columns}
            for key in ("when", "record"):
                if isinstance(entry.get(key), str) and (
                    entry[key] not in known or (key == "when" and known[entry[key]].type != "time")
                ):
                    self.problem(
                        f"{where}.{key}",
                        (f"表 {table} 没有列“{entry[key]}”，或不是时间列", f"table {table} has no such column, or it is no time"),
                        ("请写该表的列", "name a column of the table"),
                    )
            for column in entry.get("optional", ()):
                if column not in known_columns(table):
                    self.problem(
                        f"{where}.optional",
                        (f"表 {table} 没有列“{column}”", f"table {table} has no column {column!r}"),
                        ("请写该表的列", "name columns of the table"),
                    )

    def _alternatives(self, measure_id: str, entry: object) -> tuple[Alternative, ...]:
        found = []
        for name, changes in entry.items() if isinstance(entry, dict) else ():
            where = f"[{measure_id}.alternatives.{name}]"
            if not isinstance(changes, dict) or not _ID.fullmatch(name):
                self.problem(
                    where,
                    ("口径必须是一节", "an alternative must be a section"),
                    ("例如 [fcr.alternatives.flag]", "for instance [fcr.alternatives.flag]"),
                )
                continue
            self._check_keys(where, changes, _ALTERNATIVE_KEYS)
            if "definition" not in changes:
                self.problem(f"{where}.definition", ("缺少口径说明", "the definition in words is missing"), ("请补上", "add it"))
                continue
            found.append(_alternative(name, changes))
        return tuple(found)

    def _build(self, measure_id: str, entry: Mapping[str, Any], alternatives: tuple[Alternative, ...]) -> Measure:
        plain = {key: value for key, value in entry.items() if key in _TEXTS | _FLAGS | {"min_sample"}}
        plain.setdefault("figure", "ratio" if "hit" in entry or "per" in entry else "mean")
        plain.setdefault("source", self.source)
        return Measure(
            id=measure_id,
            optional=frozenset(entry.get("optional", ())),
            parameters=tuple(entry.get("parameters", {}).items()),
            alternatives=alternatives,
            origin=self.file,
            **plain,
        )

    def _part(
        self,
        measure_id: str,
        entry: Mapping[str, Any],
        part: str,
        changes: Mapping[str, Any],
        alternatives: tuple[Alternative, ...],
    ) -> Measure:
        """Build ``id.part``: the measure with the part's own keys on top. Alternatives hold for it as far as they do not touch
        those."""
        own_outcome = "hit" in changes or "value" in changes
        inherited = {key: value for key, value in entry.items() if key not in ("parts", "alternatives", "median", "default")}
        if own_outcome:
            inherited = {key: value for key, value in inherited.items() if key not in ("hit", "value", "per", "pending")}
            alternatives = ()
        untouched = tuple(
            _alternative(
                alternative.name,
                {
                    key: getattr(alternative, key)
                    for key in _ALTERNATIVE_KEYS
                    if getattr(alternative, key) is not None and (key == "definition" or key not in changes)
                },
            )
            for alternative in alternatives
        )
        merged = {**inherited, **changes}
        if untouched and "default" in entry:
            merged["default"] = entry["default"]
        return self._build(f"{measure_id}.{part}", merged, untouched)


def _alternative(name: str, changes: Mapping[str, Any]) -> Alternative:
    texts = {key: value for key, value in changes.items() if key not in ("optional", "parameters")}
    parameters = changes.get("parameters")
    return Alternative(
        name=name,
        optional=frozenset(changes["optional"]) if "optional" in changes else None,
        parameters=tuple(dict(parameters).items()) if parameters is not None else None,
        **texts,
    )
