"""The declared measures: read from TOML, with parts and alternatives worked in, every mistake reported at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from kpi_xl.codec import parse_toml
from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.measures.declare import LARGEST_PARAMETER, read_measures
from kpi_xl.measures.model import Measure
from kpi_xl.nearest import did_you_mean

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Catalog:
    """All measures that can be asked for, by id, in the order of their files."""

    measures: Mapping[str, Measure]

    def __getitem__(self, measure_id: str) -> Measure:
        """Return the measure of that id. Raises KpiError with the nearest names."""
        try:
            return self.measures[measure_id]
        except KeyError:
            raise unknown_measure(measure_id, self.measures) from None

    def resolve(self, ids: Iterable[str] | None, definitions: Mapping[str, str]) -> tuple[Measure, ...]:
        """Return the wanted measures (None: all) with the chosen definitions and parameters worked in.

        `definitions` maps a measure id to ``alternative``, ``alternative:7`` or ``alternative:days=7,hours=2``; a composite
        measure's
        choice holds for its parts. Raises KpiError for unknown measures, alternatives and parameters.
        """
        for measure_id in definitions:
            choose(self[measure_id], definitions[measure_id])
        wanted = list(self.measures.values()) if ids is None else [self[measure_id] for measure_id in dict.fromkeys(ids)]
        return tuple(choose(measure, _definition_for(measure, definitions)) for measure in wanted)


@cache
def built_in_catalog() -> Catalog:
    """Return the measures that come with the program."""
    return Catalog(_read_files(sorted(Path(__file__).parent.glob("*.toml")), trusted=True))


def load_catalog(own: Path | None = None) -> Catalog:
    """Return the built-in measures, and those of the user's file, whose SQL is checked. Raises KpiError with every mistake."""
    built_in = built_in_catalog()
    if own is None:
        return built_in
    added = _read_files([own], trusted=False, taken=built_in.measures)
    return Catalog({**built_in.measures, **added})


def _read_files(paths: Iterable[Path], *, trusted: bool, taken: Mapping[str, Measure] | None = None) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    problems: list[Problem] = []
    for path in paths:
        found, mistakes = read_measures(_read_toml(path), path.name, source="decided" if trusted else "user")
        problems += mistakes
        for measure in found:
            if measure.id in measures or (taken and measure.id in taken):
                problems.append(
                    Problem(
                        f"{path.name}: {measure.id}",
                        Text("这个指标编号已被占用", "this measure id is taken"),
                        Text("请换一个编号", "choose another id"),
                    )
                )
            measures.setdefault(measure.id, measure)
        if not trusted and not mistakes:
            from kpi_xl.measures.check import check_measures  # sqlglot: only for files of users

            checked, mistakes = check_measures(found)
            problems += mistakes
            measures.update({measure.id: measure for measure in checked if measure.id in measures})
        if problems:
            raise KpiError(
                Text(
                    f"指标文件里有 {len(problems)} 处错误，没有采用",
                    f"the measures file has {len(problems)} mistakes and was not used",
                ),
                Text("请按每一条后面的提示修改", "correct each as told behind it"),
                problems,
                where=Place.of(path, key=problems[0].where),
            )
    return measures


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise KpiError(
            Text(f"打不开指标文件 {path}：{error.strerror}", f"cannot open the measures file {path}: {error.strerror}"),
            Text("请检查路径和权限", "check the path and the permissions"),
            where=Place.of(path),
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KpiError(
            Text(f"{path.name} 不是有效的 TOML（UTF-8）：{error}", f"{path.name} is not valid TOML in UTF-8: {error}"),
            Text("请修正该处；字符串要用引号括起来", "correct that place; strings need quotes"),
            where=Place.of(path),
        ) from error


def _definition_for(measure: Measure, definitions: Mapping[str, str]) -> str:
    if measure.id in definitions:
        return definitions[measure.id]
    parent = measure.id.partition(".")[0]
    chosen = definitions.get(parent, "")
    name = chosen.partition(":")[0]
    return chosen if name == measure.default or any(a.name == name for a in measure.alternatives) else ""


def with_alternative(measure: Measure, name: str) -> Measure:
    """Return the measure with an alternative worked in, its parameters still in braces. Raises KpiError when there is none."""
    if name in ("", measure.default):
        return measure
    try:
        alternative = measure.alternative(name)
    except KeyError:
        raise _unknown_alternative(measure, name) from None
    changes: dict[str, Any] = {
        field: getattr(alternative, field)
        for field in ("definition", "of", "hit", "value", "per", "left_out", "optional", "any_of")
        if getattr(alternative, field) is not None
    }
    # the window and its parameters belong to the outcome; another outcome that does not name them has none
    own_outcome = alternative.hit is not None or alternative.value is not None
    if own_outcome:
        changes |= {"pending": alternative.pending, "lookback": None}
    if own_outcome or alternative.parameters is not None:
        changes["parameters"] = alternative.parameters or ()
    return replace(measure, **changes)


def choose(measure: Measure, definition: str = "", key: str = "") -> Measure:
    """Return the measure with a definition (``silence:7``; ``""`` is the default one) and its parameters worked in, under a key.

    Raises KpiError when there is no such alternative or parameter, or a value is not a whole number from 0 to 100,000.
    """
    name, _, values = definition.partition(":")
    chosen = with_alternative(measure, name)
    parameters = _parameters(chosen, values)
    fill = {parameter: str(value) for parameter, value in parameters}

    def filled(text: str | None) -> str | None:
        return None if text is None else _PLACEHOLDER.sub(lambda match: fill.get(match[1], match[0]), text)

    return replace(
        chosen,
        definition=filled(chosen.definition) or "",
        of=filled(chosen.of) or "",
        hit=filled(chosen.hit),
        value=filled(chosen.value),
        per=filled(chosen.per),
        pending=filled(chosen.pending),
        parameters=parameters,
        chosen=definition if definition not in ("", measure.default) else "",
        key=key or measure.id,
    )


def _parameters(measure: Measure, values: str) -> tuple[tuple[str, int], ...]:
    parameters = dict(measure.parameters)
    order = list(parameters)
    for position, part in enumerate(filter(None, (piece.strip() for piece in values.split(",")))):
        name, equals, text = part.rpartition("=")
        name = name.strip() if equals else (order[position] if position < len(order) else "")
        number = int(text) if re.fullmatch(r"\d{1,6}", text.strip()) else -1
        if name not in parameters or not 0 <= number <= LARGEST_PARAMETER:
            declared = "、".join(f"{known}={default}" for known, default in measure.parameters) or "（无）"
            raise KpiError(
                Text(f"指标 {measure.id} 的参数“{part}”不对", f"the parameter {part!r} of measure {measure.id} is not valid"),
                Text(
                    f"可用的参数及默认值：{declared}；值为 0 到 {LARGEST_PARAMETER} 的整数",
                    f"its parameters with defaults: {declared}; values are whole numbers from 0 to {LARGEST_PARAMETER}",
                ),
            )
        parameters[name] = number
    return tuple(parameters.items())


def _unknown_alternative(measure: Measure, name: str) -> KpiError:
    names = "、".join([measure.default, *(alternative.name for alternative in measure.alternatives)])
    return KpiError(
        Text(f"指标 {measure.id} 没有口径“{name}”", f"measure {measure.id} has no definition {name!r}"),
        Text(f"可选的口径：{names}", f"its definitions: {names}"),
    )


def unknown_measure(measure_id: str, known: Iterable[str]) -> KpiError:
    """Return the error for a measure id that does not exist, with near names."""
    return KpiError(Text(f"没有指标“{measure_id}”", f"there is no measure {measure_id!r}"), did_you_mean(measure_id, list(known)))
