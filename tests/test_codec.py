"""The decoder of all declarations: every mistake at once, each with its place and what to write; nothing lost on the way back."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest

from kpi_xl.codec import Codec, parse_toml
from kpi_xl.errors import Problem
from kpi_xl.nearest import did_you_mean

Loud = Annotated[str, "in capitals"]


@dataclass(frozen=True)
class Inner:
    name: str
    size: int = 1


@dataclass(frozen=True)
class Outer:
    name: str
    kind: Literal["a", "b"]
    inner: Inner
    weight: Decimal = Decimal(1)
    width: float = 1.0
    on: bool = False
    note: str | None = None
    many: tuple[Inner, ...] = ()
    names: frozenset[str] = frozenset()
    bounds: tuple[Decimal, Decimal] = (Decimal(0), Decimal(1))
    pairs: tuple[tuple[str, int], ...] = ()
    table: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    loud: Loud = ""
    options: Any = None
    program: str = "kpi-xl"


CODEC = Codec({Loud: lambda value, _where, _problems: str(value).upper()})
GOOD: dict[str, Any] = {
    "name": "x", "kind": "b", "inner": {"name": "y", "size": 2}, "weight": "85%", "width": Decimal("2.5"), "on": True,
    "note": None, "many": [{"name": "z"}], "names": ["q"], "bounds": [1, 2], "pairs": {"days": 30}, "table": {"k": ["v"]},
    "loud": "hey", "options": {"free": [1]},
}  # fmt: skip


def read(table: object, **given: object) -> tuple[Outer | None, dict[str, Problem]]:
    problems: list[Problem] = []
    outer = CODEC.read_table(Outer, table, "", problems, ("elsewhere",), **given)
    assert len({p.where for p in problems}) == len(problems)
    assert all(text.strip() for p in problems for text in (p.message.zh, p.message.en, p.remedy.zh, p.remedy.en))
    return outer, {p.where: p for p in problems}


def test_the_fields_say_what_may_stand_there() -> None:
    outer, problems = read({**GOOD, "elsewhere": 1}, program="mine")
    assert problems == {}
    assert outer == Outer(
        "x", "b", Inner("y", 2), Decimal("0.85"), 2.5, True, None, (Inner("z"),), frozenset({"q"}), (Decimal(1), Decimal(2)),
        (("days", 30),), {"k": ("v",)}, "HEY", {"free": [1]}, "mine",
    )  # fmt: skip


def test_every_mistake_is_told_at_once_and_reading_goes_on() -> None:
    wrong = {
        "kind": "c", "inner": {"size": Decimal("1.5"), "nmae": "y"}, "weight": "heavy", "width": True, "on": "yes", "note": 3,
        "many": [3, {"name": "z"}], "names": "q", "bounds": [1], "pairs": [1], "table": {"k": 3}, "program": "theirs",
    }  # fmt: skip
    outer, problems = read(wrong, program="mine")
    assert set(problems) == {
        "name", "kind", "inner.size", "inner.nmae", "inner.name", "weight", "width", "on", "note", "many[0]", "names", "bounds",
        "pairs", "table.k", "program",
    }  # fmt: skip
    assert outer is not None
    assert (outer.many, outer.program) == ((Inner("z"),), "mine")
    assert "name" in problems["inner.nmae"].remedy.zh


@pytest.mark.parametrize("nothing", [None, 3, "x", [], ()])
def test_what_is_no_table_is_told(nothing: object) -> None:
    outer, problems = read(nothing)
    assert outer is None
    assert set(problems) == {""}


@pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e999999", "1e-999999", "9" * 400, "'1e99'"])
def test_numbers_of_no_use_are_told_at_once(number: str) -> None:
    table = parse_toml(f"kind = {number}\nweight = {number}\nwidth = {number}\ninner = {{ name = 'y', size = {number} }}")
    assert set(read({"name": "x", **table})[1]) == {"kind", "weight", "width", "inner.size"}


@pytest.mark.parametrize("text", ["x = " + "9" * 5000, "x = 0x" + "F" * 5000, "x = " + "[" * 5000 + "]" * 5000, "x ="])
def test_toml_that_cannot_be_used_is_refused_in_one_way(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        parse_toml(text)


def test_the_programs_own_files_are_right_or_refused() -> None:
    assert CODEC.load(Inner, {"name": "x", "for": 1}, ("for",)) == Inner("x")
    with pytest.raises(ValueError, match=r"size: must be a whole number.*name: name is missing"):
        CODEC.load(Inner, {"size": "many"})


def test_what_is_written_is_read_again_and_defaults_are_left_out() -> None:
    outer = Outer("x", "a", Inner("y"), many=(Inner("z", 3),), pairs=(("days", 30),))
    written = CODEC.write(outer)
    assert written == {
        "name": "x",
        "kind": "a",
        "inner": {"name": "y"},
        "many": [{"name": "z", "size": 3}],
        "pairs": {"days": 30},
    }
    assert read(written) == (outer, {})


def test_an_unknown_word_is_answered_with_what_was_probably_meant() -> None:
    assert did_you_mean("CSTA", ["csat", "fcr"]).en == "did you mean csat? known: csat, fcr"
    assert did_you_mean("工单编好", ["工单编号", *map(str, range(20))]).zh == "是不是想写 工单编号？"
    assert did_you_mean("x", []).zh == "可用的有：（无）"
    many = did_you_mean("x", [f"word{number}" for number in range(40)])
    assert many.zh.endswith("word29 …共 40 个")
    assert many.en.endswith("word29 ... 40 in all")
