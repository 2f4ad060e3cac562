"""Invented people for parity tests: values at, just below and just above everything that decides about points or a grade."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

from kpi_xl.numbers import divide
from kpi_xl.schemes.inputs import Input, inputs_of, inputs_of_scheme
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import Bands, Split
from kpi_xl.scoring import score
from kpi_xl.scoring.model import Value

_STEPS = [Decimal(0), Decimal("0.0000001"), Decimal("-0.0000001"), Decimal("0.001"), Decimal("-0.001"), Decimal("0.005")]


def invent(scheme: Scheme, count: int, seed: int, *, missing: float = 0.04) -> list[dict[str, Value]]:
    """Return `count` people: exactly at the edges of rules, at random, and on either side of grade bounds."""
    source = random.Random(seed)
    people = list(_at_edges(scheme, source))[: count // 2]
    bounds = [grade.lower for grade in scheme.grades if grade.lower > 0]
    while len(people) < count:
        person = _person(scheme, source, missing)
        if bounds and source.random() < 0.5:
            people += _around(scheme, person, source.choice(bounds), source)
        else:
            people.append(person)
    return people[:count]


def _at_edges(scheme: Scheme, source: random.Random) -> Iterator[dict[str, Value]]:
    """One person for each edge of each rule, with exactly that value."""
    for indicator in scheme.indicators:
        entry = next((entry for entry in inputs_of(indicator) if entry.key == indicator.id and not entry.options), None)
        if entry is None or isinstance(indicator.rule, Split):
            continue
        for edge in sorted(set(edges_of(indicator))):
            yield _person(scheme, source, 0) | {entry.key: _legal(edge, entry)}


def _person(scheme: Scheme, source: random.Random, missing: float) -> dict[str, Value]:
    owners = {indicator.id: indicator for indicator in scheme.indicators}
    person: dict[str, Value] = {}
    for entry in inputs_of_scheme(scheme):
        owner = owners.get(entry.indicator or "")
        if owner and isinstance(owner.rule, Split) and entry.key == owner.id:
            continue  # the bare key of a composite has no cell of its own
        if source.random() >= missing:
            person[entry.key] = _value(entry, owner, source)
    return person


def _value(entry: Input, owner: Indicator | None, source: random.Random) -> Value:
    if entry.options:
        return source.choice(entry.options)
    if entry.allowed:
        low, high = source.choice(entry.allowed)
        return _within(low, high, entry, source)
    edges = list(edges_of(owner)) if owner else []
    if edges and source.random() < 0.4:
        value = source.choice(edges) + source.choice(_STEPS)
        return _legal(value, entry)
    low = entry.low if entry.low is not None else Decimal(0)
    high = entry.high if entry.high is not None else max([*edges, Decimal(3)]) * 2
    return _within(low, high, entry, source)


def _within(low: Decimal, high: Decimal, entry: Input, source: random.Random) -> Decimal:
    if entry.whole:
        return Decimal(source.randint(int(low), int(high)))
    if source.random() < 0.5:  # a ratio of counts, as exports give it
        denominator = source.randint(1, 400)
        return low + (high - low) * divide(source.randint(0, denominator), denominator)
    return (low + (high - low) * Decimal(source.randint(0, 10**6)) / 10**6).quantize(Decimal("0.0001"))


def _legal(value: Decimal, entry: Input) -> Decimal:
    if entry.whole:
        value = value.to_integral_value()
    if entry.low is not None:
        value = max(value, entry.low)
    return value if entry.high is None else min(value, entry.high)


def edges_of(indicator: Indicator) -> Iterator[Decimal]:
    """Everything in a rule at which points begin, end or bend."""
    rule = indicator.rule
    target = getattr(rule, "target", None)
    if isinstance(target, Decimal):
        yield target
        unit = getattr(rule, "unit", None)
        if unit is not None:
            yield from (target - unit * n for n in range(4))
    if isinstance(rule, Bands):
        for band in rule.bands:
            yield from (bound for bound in (band.first, band.last) if bound is not None)
    if isinstance(rule, Split):
        yield from (part.target for part in rule.parts if isinstance(part.target, Decimal))
    allowance = getattr(rule, "allowance", None)
    if allowance is not None:
        yield from (allowance, allowance + 1)


def _around(scheme: Scheme, person: dict[str, Value], bound: Decimal, source: random.Random) -> list[dict[str, Value]]:
    """Move one input after the other until the total crosses the bound; return the person just before and just after it."""
    total = _total(scheme, person)
    if total is None:
        return [person]
    upwards = total < bound
    entries = [
        entry
        for indicator in scheme.indicators
        for entry in inputs_of(indicator)
        if isinstance(person.get(entry.key), Decimal) and not entry.whole and not entry.allowed
    ]
    source.shuffle(entries)
    for entry in entries:
        here = Decimal(person[entry.key])
        ends = [entry.low if entry.low is not None else Decimal(0), entry.high if entry.high is not None else here * 3 + 1]
        reached = {end: _total(scheme, person | {entry.key: end}) or Decimal(0) for end in ends}
        there = (max if upwards else min)(ends, key=lambda end: reached[end])
        if (reached[there] >= bound) == upwards:
            return _bisect(scheme, person, entry.key, (here, there), bound)
        person = person | {entry.key: there}
    return [person]


def _bisect(
    scheme: Scheme, person: dict[str, Value], key: str, ends: tuple[Decimal, Decimal], bound: Decimal
) -> list[dict[str, Value]]:
    """Return two people that differ by a hair in one input and stand on either side of the bound."""
    before, after = ends
    side = (_total(scheme, person | {key: after}) or Decimal(0)) >= bound
    for _ in range(40):
        middle = ((before + after) / 2).quantize(Decimal("1e-9"))
        if ((_total(scheme, person | {key: middle}) or Decimal(0)) >= bound) == side:
            after = middle
        else:
            before = middle
    return [person | {key: before}, person | {key: after}]


def _total(scheme: Scheme, person: dict[str, Value]) -> Decimal | None:
    return score(scheme, person).total
