"""The words by which headers and values are recognised: ``synonyms.toml``, loaded once and normalised for comparison."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from kpi_xl.cell_words import FIRST_RESOLVED, NOT_FIRST_RESOLVED, RESOLVED, UNRESOLVED, plain, word

_BRACKETS = re.compile(r"[(\[【{].*?[)\]】}]")
_UNITS: tuple[tuple[str, int], ...] = (
    (r"小时|\bhours?\b|\bhrs?\b|\(h\)", 3600),
    (r"分钟|\bminutes?\b|\bmins?\b|\(分\)|\(m\)", 60),
)

_RESOLUTION: Mapping[str, Mapping[str, str | bool]] = {
    "calls.resolved": dict.fromkeys(UNRESOLVED, False) | dict.fromkeys(RESOLVED, True),
    "tickets.resolved_first_contact": dict.fromkeys(NOT_FIRST_RESOLVED, False) | dict.fromkeys(FIRST_RESOLVED, True),
}
"""The values of these columns are answers that the cell functions know, too."""


@lru_cache(maxsize=4096)  # the same cells are looked at under every delimiter and for every table
def normalise(text: str) -> str:
    """Reduce a header or a value to what is compared: NFKC, no case, no spaces, no punctuation.

    >>> normalise("Issue_reported at"), normalise("工单编号："), normalise("Ａｇｅｎｔ")
    ('issuereportedat', '工单编号', 'agent')
    """
    return "".join(c for c in word(text) if c.isalnum())


def header_words(header: str) -> tuple[str, ...]:
    """Return the normalised forms under which a header is looked up: as it is, and without bracketed remarks.

    >>> header_words("Answered (Y/N)")
    ('answeredyn', 'answered')
    """
    whole = normalise(header)
    bare = normalise(_BRACKETS.sub("", plain(header)))
    return (whole,) if bare in ("", whole) else (whole, bare)


def unit_seconds(header: str) -> int:
    """Return how many seconds one unit of the header means: ``等待时长（分钟）`` 60, ``(小时)`` 3600, else 1."""
    said = word(header).replace("_", " ")
    return next((factor for pattern, factor in _UNITS if re.search(pattern, said)), 1)


@dataclass(frozen=True)
class TableWords:
    """The words of one canonical table, normalised; see the head of ``synonyms.toml`` for their meaning."""

    marks: tuple[str, ...]
    strong: Mapping[str, tuple[str, ...]]
    weak: Mapping[str, tuple[str, ...]]
    together: Mapping[str, tuple[tuple[str, ...], ...]]
    fallback: Mapping[str, tuple[str, ...]]
    implied: tuple[tuple[tuple[str, ...], Mapping[str, str]], ...]
    lesser: Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True)
class Vocabulary:
    """All words: per table for headers, per ``table.column`` for values (value word -> canonical value, flags as True/False)."""

    tables: Mapping[str, TableWords]
    values: Mapping[str, Mapping[str, str | bool]]
    strong: frozenset[str]
    weak: frozenset[str]
    spelling: Mapping[str, str]
    """How a normalised word is written in the file, for messages."""


@cache
def vocabulary() -> Vocabulary:
    """Load the built-in words."""
    document = tomllib.loads(resources.files("kpi_xl.exports.columns").joinpath("synonyms.toml").read_text(encoding="utf-8"))
    values = document.pop("values")
    tables = {name: _table_words(section) for name, section in document.items()}
    return Vocabulary(
        tables=tables,
        values={
            **_RESOLUTION,
            **{f"{t}.{c}": _value_words(words) for t, columns in values.items() for c, words in columns.items()},
        },
        strong=frozenset(w for t in tables.values() for words in t.strong.values() for w in words),
        weak=frozenset(w for t in tables.values() for words in t.weak.values() for w in words),
        spelling={
            normalise(w): w
            for s in document.values()
            for part in ("columns", "weak")
            for ws in s.get(part, {}).values()
            for w in ws
        },
    )


def _table_words(section: Mapping[str, Any]) -> TableWords:
    def words(key: str) -> dict[str, tuple[str, ...]]:
        return {column: tuple(normalise(w) for w in listed) for column, listed in section.get(key, {}).items()}

    def groups(key: str) -> dict[str, tuple[tuple[str, ...], ...]]:
        listed = section.get(key, {})
        return {column: tuple(tuple(normalise(w) for w in group) for group in listed[column]) for column in listed}

    return TableWords(
        marks=tuple(section["marks"]),
        strong=words("columns"),
        weak=words("weak"),
        together=groups("together"),
        fallback={column: tuple(sources) for column, sources in section.get("fallback", {}).items()},
        implied=tuple((tuple(normalise(w) for w in rule["when"]), rule["constants"]) for rule in section.get("implied", [])),
        lesser=groups("lesser"),
    )


def _value_words(section: Mapping[str, list[str]]) -> dict[str, str | bool]:
    canonical: dict[str, str | bool] = {"true": True, "false": False}
    return {word.casefold(): canonical.get(value, value) for value, words in section.items() for word in words}
