"""Which values a scheme asks for: the keys of the command line, the input cells of the form, the columns of a ratings sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, assert_never

from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import (
    Adjustment,
    AllOrNothing,
    Attainment,
    Bands,
    Choice,
    EventDeduction,
    Rating,
    RatingCounts,
    ShortfallDeduction,
    Split,
    Target,
    Unit,
)
from kpi_xl.schemes.rule_traits import Traits

_HUNDRED = Decimal(100)
_RANGES: dict[Unit, tuple[Decimal | None, Decimal | None]] = {
    "ratio": (Decimal(0), Decimal(1)),
    "points": (Decimal(0), Decimal(100)),
    "index": (Decimal(-100), Decimal(100)),
}
_AT_LEAST_0: tuple[Decimal | None, Decimal | None] = (Decimal(0), None)

MEDIAN = "团队中位数"
"""What a target is called that follows from the team's results."""

Need = Literal["required", "optional"]


@dataclass(frozen=True)
class Input:
    """One value that somebody types or a measure gives. `indicator` None: a fact of the scheme.

    `low`, `high`: the range of valid numbers (both ends included, None: open). `options`: the labels of a choice.
    `whole`: a number of events. `percent_above_one`: typed text above 1 needs its per cent sign, because 8 can mean 8 % or 800 %
    where low figures earn points (a completion of 1.02 can only be 102 %). `need` ``optional``: the indicator can be scored
    without it.
    """

    key: str
    name: str
    unit: Unit
    indicator: str | None
    low: Decimal | None = None
    high: Decimal | None = None
    options: tuple[str, ...] = ()
    whole: bool = False
    need: Need = "required"
    allowed: tuple[tuple[Decimal, Decimal], ...] = ()
    percent_above_one: bool = False

    @property
    def of_hundred(self) -> bool:
        """It is a mark out of 100, for which people also write per cent: 0.9 there may be 90."""
        return self.unit != "ratio" and self.high == _HUNDRED and self.low == 0 and not self.options and not self.whole


def inputs_of(indicator: Indicator) -> tuple[Input, ...]:
    """Return the inputs of one indicator, in the order of the form."""
    rule = indicator.rule
    match rule:
        case Split():
            return _split_inputs(indicator, rule)
        case RatingCounts():
            return _rating_count_inputs(indicator)
        case (
            Attainment() | AllOrNothing() | ShortfallDeduction() | EventDeduction() | Bands() | Choice() | Rating() | Adjustment()
        ):
            return _single_inputs(indicator)
        case _:
            assert_never(rule)


def _single_inputs(indicator: Indicator) -> tuple[Input, ...]:
    """The value under the indicator's own id, and the team's median where that is the target."""
    traits = indicator.traits
    low, high = _range(indicator, traits)
    need: Need = "optional" if indicator.weight == 0 else "required"
    own = Input(
        indicator.id,
        indicator.name,
        indicator.unit,
        indicator.id,
        low,
        high,
        options=tuple(label for label, _ in traits.options),
        whole=traits.counts_events,
        need=need,
        allowed=traits.allowed,
        percent_above_one=indicator.unit == "ratio" and traits.better == "lower",
    )
    if not traits.needs_median:
        return (own,)
    median = Input(median_key(indicator), f"{indicator.name}（{MEDIAN}）", indicator.unit, indicator.id, low, high, need=need)
    return (own, median)


def inputs_of_scheme(scheme: Scheme) -> tuple[Input, ...]:
    """Return every input of the scheme: those of its indicators, then its facts. A key appears once."""
    found = {entry.key: entry for indicator in scheme.indicators for entry in inputs_of(indicator)}
    for fact in scheme.facts:
        low, high = _RANGES.get(fact.unit, _AT_LEAST_0)
        found.setdefault(
            fact.id, Input(fact.id, fact.name, fact.unit, None, low, high, whole=fact.unit == "count", need="optional")
        )
    return tuple(found.values())


def input_titles(inputs: Iterable[Input]) -> dict[str, str]:
    """Return what heads the column of each input, by key: its name, with the key behind it where others have the same name."""
    listed = list(inputs)
    names = Counter(entry.name for entry in listed)
    return {entry.key: entry.name if names[entry.name] == 1 else f"{entry.name}（{entry.key}）" for entry in listed}


def inputs_by_word(scheme: Scheme) -> dict[str, Input]:
    """Return every input by each word that may stand for it: its key, its title, its name (the first one's of that name)."""
    inputs = inputs_of_scheme(scheme)
    found = {f"{entry.name}（{entry.key}）": entry for entry in inputs}
    for entry in inputs:
        found.setdefault(entry.name, entry)
    return {**found, **{entry.key: entry for entry in inputs}}


def target_of(indicator: Indicator) -> Target | None:
    """Return the target of an indicator that has a single one, else None."""
    return indicator.traits.target


def part_key(indicator: Indicator, part_id: str) -> str:
    """Return the input key of a part of a composite indicator."""
    own = any(part.id == part_id and part.own_key for part in indicator.traits.parts)
    return part_id if own else f"{indicator.id}.{part_id}"


def median_key(indicator: Indicator) -> str:
    """Return the input key of the team's median."""
    return f"{indicator.id}.median"


def share_key(indicator: Indicator, part_id: str) -> str:
    """Return the input key of the share of a part of a composite indicator."""
    return f"{indicator.id}.{part_id}_share"


def level_keys(indicator: Indicator) -> tuple[str, ...]:
    """Return the input keys of the counts per rating, from 1 on."""
    return tuple(f"{indicator.id}.{level}" for level in range(1, indicator.traits.levels + 1))


def _range(indicator: Indicator, traits: Traits) -> tuple[Decimal | None, Decimal | None]:
    low, high = _RANGES.get(indicator.unit, _AT_LEAST_0)
    if traits.scale is not None:
        low, high = Decimal(0), traits.scale
    return (
        low if indicator.low is None else indicator.low,
        high if indicator.high is None else indicator.high,
    )


def _split_inputs(indicator: Indicator, rule: Split) -> tuple[Input, ...]:
    need: Need = "optional" if rule.share_of else "required"
    found = []
    for part in rule.parts:
        unit = part.unit or indicator.unit
        low, high = _RANGES.get(unit, _AT_LEAST_0)
        found.append(Input(part_key(indicator, part.id), part.name, unit, indicator.id, low, high, need=need))
    if rule.share_of:
        shared = next(part for part in rule.parts if part.id == rule.share_of)
        low, high = _RANGES["ratio"]
        found.append(
            Input(share_key(indicator, shared.id), f"{shared.name}占比", "ratio", indicator.id, low, high, need="optional")
        )
        found.append(Input(indicator.id, rule.parts[0].name, indicator.unit, indicator.id, *_AT_LEAST_0, need="optional"))
    return tuple(found)


def _rating_count_inputs(indicator: Indicator) -> tuple[Input, ...]:
    """The counts per rating; what voids or deducts are facts of the scheme."""
    return tuple(
        Input(key, f"{level} 分", "count", indicator.id, *_AT_LEAST_0, whole=True, need="optional")
        for level, key in enumerate(level_keys(indicator), start=1)
    )


def input_parts(indicator: Indicator) -> tuple[str, ...]:
    """Return the keys of the inputs that make up one figure: parts with the share, counts per rating; one key for most.

    The bare key that stands for a composite's first part, and the team's median, which is no figure of the person, are left out.
    """
    keys = tuple(entry.key for entry in inputs_of(indicator) if entry.key != median_key(indicator))
    return keys if len(keys) == 1 or not indicator.traits.parts else tuple(key for key in keys if key != indicator.id)


def is_adjustment(indicator: Indicator) -> bool:
    """Tell whether the indicator adds to or deducts from the total outside the weights."""
    return indicator.traits.outside_weights
