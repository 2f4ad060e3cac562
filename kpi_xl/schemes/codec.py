"""How schemes are spelled in plain tables (TOML, the sheet 评级标准): what `kpi_xl.codec` does not know by the types alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kpi_xl.codec import Codec, read_number
from kpi_xl.errors import Problem, Text
from kpi_xl.nearest import did_you_mean
from kpi_xl.schemes.model import Scheme, Source
from kpi_xl.schemes.rule_kinds import RULE_KINDS, MedianRef, ParameterRef, Rating, Rule, Target


def read_scheme_table(table: Mapping[str, Any], problems: list[Problem]) -> Scheme:
    """Read a scheme from plain nested tables; what is wrong is appended to `problems`, and stand-ins take its place."""
    scheme = _SCHEMES.read_table(Scheme, table, "", problems)
    if scheme is None:  # pragma: no cover - a mapping always gives a Scheme
        raise TypeError("a scheme must be a table")
    return scheme


def scheme_table(scheme: Scheme) -> dict[str, Any]:
    """Return the scheme as plain nested tables (str, int, bool, Decimal, list, dict), without the fields at their defaults."""
    return _SCHEMES.write_fields(scheme)


def _read_target(value: Any, where: str, problems: list[Problem]) -> Target:  # noqa: ANN401
    if value == "median":
        return MedianRef()
    if isinstance(value, Mapping) and set(value) == {"parameter"} and isinstance(value["parameter"], str):
        return ParameterRef(value["parameter"])
    number = read_number(value)
    if number is None:
        problems.append(Problem(
            where, Text(f"目标值看不懂：{value!r}", f"cannot read the target {value!r}"),
            Text('写成数字、百分数（"85%"）、"median"（团队中位数）或 { parameter = "…" }',
                 'write a number, a percentage ("85%"), "median" or { parameter = "..." }'),
        ))  # fmt: skip
        return Decimal(1)
    return number


def _read_source(value: object, where: str, problems: list[Problem]) -> Source:
    origin, _, note = value.partition(":") if isinstance(value, str) else ("", "", "")
    if origin == "document":
        return Source("document", note.strip())
    if origin == "decided" and note.strip():
        return Source("decided", note.strip())
    problems.append(Problem(
        where, Text(f"来源看不懂：{value!r}", f"cannot read the source {value!r}"),
        Text('写 "document"、"document: 说明" 或 "decided: 理由"', 'write "document", "document: note" or "decided: why"'),
    ))  # fmt: skip
    return Source("document")


def _write_source(source: Source) -> str:
    return f"{source.origin}: {source.note}" if source.note else source.origin


# --- rules: a table whose key `kind` names the class ------------------------------------------------------------------------


def _read_rule(value: Any, where: str, problems: list[Problem]) -> Rule:  # noqa: ANN401
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in RULE_KINDS:
        message = Text(f"不认识的计分规则 {kind!r}", f"unknown rule kind {kind!r}")
        problems.append(Problem(f"{where}.kind", message, did_you_mean(str(kind), RULE_KINDS)))
        return Rating()
    rule: Rule = _SCHEMES.read(RULE_KINDS[kind], {k: v for k, v in value.items() if k != "kind"}, where, problems)
    return rule


def _write_rule(rule: Rule) -> dict[str, Any]:
    kind = next(kind for kind, cls in RULE_KINDS.items() if type(rule) is cls)
    return {"kind": kind, **_SCHEMES.write_fields(rule)}


_SCHEMES = Codec(
    readers={Target: _read_target, Rule: _read_rule, Source: _read_source},
    writers={
        Source: _write_source,
        ParameterRef: lambda target: {"parameter": target.parameter},
        MedianRef: lambda _: "median",
        **dict.fromkeys(RULE_KINDS.values(), _write_rule),
    },
)
